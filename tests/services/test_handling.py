"""What people do about warnings, and what is told of them: on both engines, from the load to the notice."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.exc import DBAPIError

from data_access import handling_tables as tables
from data_access.accounts import Account, Grant
from data_access.alerts import AlertStore
from data_access.config import StoreSettings, WarningSettings
from data_access.engine import create_engine, transaction
from data_access.handling import HandlingStore
from data_access.migrations import create_schema
from indicators.catalog import Catalog
from indicators.definition import Basis, Frequency, Indicator, RegionAggregation, Release
from indicators.errors import CockpitError
from services.access import Actor
from services.alerts import Alerts
from services.following import Following
from services.handling import Handling
from services.handling_wishes import Answer, SilenceWish
from services.notices import Notice
from services.query import Query
from tests.services.test_alerts import (
    CITY,
    HEAD_OF_NORTH,
    LEADER,
    NORTH,
    NOW,
    OVER_TEN,
    SOUTH,
    TREE,
    World,
    an_indicator,
    month,
)

HEAD_OF_SOUTH = Actor("s", "化州市委书记", "county_head", (SOUTH,))
ANALYST = Actor("a", "分析员", "analyst", (CITY,))
DUTY = Account("d", "duty", "值班员", "duty", grants=(Grant(CITY),))
HEAD = Account("h", "head", "高州市委书记", "county_head", grants=(Grant(NORTH),))
CASES = "econ.cases"
HOUR = 3600


class Heard:
    """Takes notices, and keeps them."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.fails = False

    def put(self, _connection: object, notices: list[Notice]) -> int:
        if self.fails:
            raise ConnectionError
        self.notices += notices
        return len(notices)

    def kinds(self) -> list[str]:
        return [notice.kind for notice in self.notices]

    def lines(self, kind: str) -> list[tuple[int, int, int]]:
        """Region, whom it spares and whom alone it is for, of everything told of a kind."""
        told = [notice for notice in self.notices if notice.kind == kind]
        lines = [line for notice in told for line in (notice.lines or (notice.subject,))]
        return [(line.region, line.unless, line.only) for line in lines]


class Handled(World):
    """A world whose warnings are followed and handled."""

    settings = WarningSettings(escalate_yellow="4 duty, 24 county_head", repeat_yellow_hours=48)

    def define(self, *indicators: Indicator) -> None:
        super().define(*indicators)
        catalog = Catalog(indicators)
        query = Query(self.store, catalog, TREE, lambda: self.now)
        self.kept = HandlingStore(self.engine)
        self.heard = getattr(self, "heard", Heard())

        def begin():
            return transaction(self.engine)

        people = (DUTY, HEAD)
        self.following = Following(
            self.kept, catalog, TREE, self.heard, lambda: people, begin, self.settings, query
        )
        self.alerts = Alerts(
            AlertStore(self.engine), self.store, query, catalog, TREE, follow=self.following.follow
        )
        self.handling = Handling(
            self.kept, self.alerts, catalog, TREE, begin, self.settings, lambda: self.now
        )

    def judged(self, number: int, value: float, region: int = NORTH, year: int = 2024) -> None:
        """The figure of a month comes, and is judged, in the month after it."""
        self.now = datetime(year, number, 28, 4, tzinfo=UTC) + timedelta(days=25)
        self.loaded(CASES, {month(number, year): value}, region)

    def later(self, hours: int) -> int:
        """Some hours pass; how many notices that makes."""
        self.now += timedelta(hours=hours)
        return self.following.due(int(self.now.timestamp()))

    def only(self, actor: Actor = LEADER) -> tuple[str, int]:
        """The one warning that stands open, with its version."""
        (alert,) = self.alerts.open_alerts(actor)
        return alert.id, self.handling.flags(actor, [alert])[alert.id].version

    def silenced(self, hours: int, actor: Actor = LEADER, **wish) -> int:
        until = int((self.now + timedelta(hours=hours)).timestamp())
        plain = {"region": NORTH, "until": until, "reason": "既定检修", "indicator": CASES}
        return self.handling.silence(actor, SilenceWish(**(plain | wish)))


def a_world(engine: Engine) -> Handled:
    """One figure that every region publishes for itself, judged in a city with two counties."""
    return Handled(engine, an_indicator(CASES, OVER_TEN, agg_region=RegionAggregation.DISTINCT))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, of which each test gets a copy."""
    path = tmp_path_factory.mktemp("empty") / "store.db"
    engine = create_engine(StoreSettings(url=f"sqlite:///{path}", synchronous="normal"))
    create_schema(engine)
    engine.dispose()
    return path


@pytest.fixture
def world(empty: Path, tmp_path: Path) -> Iterator[Handled]:
    """A world on the engine that is quick to make; what depends on the engine takes `everywhere`."""
    for file in empty.parent.glob("store.db*"):
        shutil.copy(file, tmp_path)
    engine = create_engine(StoreSettings(url=f"sqlite:///{tmp_path / 'store.db'}"))
    yield a_world(engine)
    engine.dispose()


@pytest.fixture
def everywhere(engine: Engine) -> Handled:
    """A world on every engine in turn."""
    return a_world(engine)


def keys_of(call) -> list[str]:
    with pytest.raises(CockpitError) as refused:
        call()
    return [issue.key for issue in refused.value.issues]


# ---- what is told


def test_counties_that_open_together_are_one_notice(everywhere):
    everywhere.load(CASES, {month(6): 12}, NORTH)
    everywhere.load(CASES, {month(6): 25}, SOUTH)
    everywhere.alerts.evaluate_pending(everywhere.now)
    (notice,) = everywhere.heard.notices
    assert (notice.kind, notice.region, notice.level, len(notice.lines)) == ("alert.open", CITY, 4, 2)
    assert [line.region for line in notice.lines] == [SOUTH, NORTH]
    assert notice.lines[0].fields["figure"]["zh"].startswith("25")
    assert notice.department == "stats"


def test_what_was_told_is_not_told_again_by_another_look_or_another_process(world):
    world.loaded(CASES, {month(6): 12})
    world.alerts.evaluate_all(world.now)
    world.define(an_indicator(CASES, OVER_TEN))
    world.alerts.tick(world.now)
    world.later(1)
    assert world.heard.kinds() == ["alert.open"]


def test_a_notice_that_cannot_be_put_leaves_no_warning_either(everywhere):
    everywhere.heard.fails = True
    everywhere.load(CASES, {month(6): 12})
    with pytest.raises(ConnectionError):
        everywhere.alerts.evaluate_pending(everywhere.now)
    assert everywhere.alerts.open_alerts(LEADER) == ()
    everywhere.heard.fails = False
    everywhere.alerts.evaluate_pending(everywhere.now)
    assert everywhere.heard.kinds() == ["alert.open"]


def test_upgrades_and_the_end_are_told_and_a_downgrade_is_not(world):
    for number, value in enumerate([12, 25, 12, 1], 3):
        world.judged(number, value)
    news = [kind for kind in world.heard.kinds() if kind != "alert.escalate"]
    assert news == ["alert.open", "alert.upgrade", "alert.resolve"]
    assert [told.kind for told in world.kept.told() if told.kind in news] == news


def test_what_is_entered_for_the_past_tells_nobody(world):
    world.load(CASES, {month(3): 25, month(4): 1, month(5): 1, month(6): 1})
    world.alerts.evaluate_pending(world.now)
    assert world.kinds() == ["OPEN", "RESOLVE"]
    assert world.heard.kinds() == []


def test_a_revision_that_takes_a_warning_back_says_so_and_deletes_nothing(world):
    world.loaded(CASES, {month(5): 12})
    before = world.alerts.history(LEADER)
    world.loaded(CASES, {month(5): 2})
    assert world.heard.kinds() == ["alert.open", "alert.resolve"]
    assert world.alerts.history(LEADER)[-len(before) :] == before


def test_what_stood_before_anybody_followed_is_no_news(world):
    first = Alerts(
        AlertStore(world.engine),
        world.store,
        world.alerts._query,
        Catalog([an_indicator(CASES, OVER_TEN)]),
        TREE,
    )
    world.load(CASES, {month(5): 12})
    first.evaluate_pending(world.now)
    world.alerts.tick(world.now)
    world.later(1000)
    assert world.heard.kinds() == []


def test_a_rule_that_falls_silent_is_one_notice_to_the_owner_of_the_figures(world):
    for region in (NORTH, SOUTH, CITY):
        world.load(CASES, {month(4): 1, month(5): 1}, region)
    world.alerts.evaluate_pending(world.now)
    world.now += timedelta(days=40)
    world.alerts.tick(world.now)
    world.alerts.tick(world.now + timedelta(minutes=1))
    (notice,) = world.heard.notices
    assert (notice.kind, notice.level, notice.department) == ("rule.no_data", 0, "stats")


def test_repeats_and_escalation_come_in_time_and_once(everywhere):
    everywhere.loaded(CASES, {month(6): 12})
    hours = (3, 1, 19, 1, 47, 1, 7)
    assert [everywhere.later(one) for one in hours] == [0, 1, 0, 1, 0, 1, 0]
    assert everywhere.heard.kinds() == ["alert.open", "alert.escalate", "alert.escalate", "alert.repeat"]
    assert [notice.to for notice in everywhere.heard.notices] == [(), ("duty",), ("head",), ()]


def test_what_was_missed_during_a_stop_is_told_once_and_in_order(world):
    world.loaded(CASES, {month(6): 12})
    world.later(100)
    assert [one.step for one in world.kept.told() if one.step] == [1, 2]
    assert world.later(1) == 0


def test_a_warning_that_opens_and_closes_all_the_time_gets_one_advice(world):
    for number in range(1, 12):
        world.judged(number, 12 if number % 2 else 1)
    assert world.heard.kinds() == ["alert.open", "alert.resolve"] * 2 + ["alert.open", "rule.flapping"]
    (alert,) = world.alerts.open_alerts(LEADER)
    assert world.handling.flags(LEADER, [alert])[alert.id].flapping


def test_a_feed_flaps_by_its_last_results_and_calms_down_again(world):
    week = Release(timedelta(days=1), timedelta(days=1))
    world.define(
        an_indicator(
            CASES,
            OVER_TEN,
            frequency=Frequency.REALTIME,
            release=week,
            basis=Basis.POINT,
            agg_region=RegionAggregation.DISTINCT,
        )
    )
    moment = datetime(2024, 7, 25, 8, tzinfo=UTC)
    flapped = []
    for restless in [True] * 12 + [False] * 20:
        for value in (12, 1) if restless else (1,):
            moment += timedelta(minutes=5)
            world.now = moment - timedelta(hours=8)  # the clock of the city is ahead
            key = int(f"{moment:%Y%m%d%H%M}") * 1000
            world.loaded(CASES, {key: value})
        flapped.append(any(course.flapping for course in world.kept.courses().values()))
    begun = flapped.index(True)
    assert 1 <= begun <= 4
    assert all(flapped[begun:12])
    assert not flapped[-1]
    kinds = world.heard.kinds()
    assert kinds.count("rule.flapping") == 1
    assert kinds.count("alert.open") == kinds.count("alert.resolve") <= begun + 1


# ---- folding


def test_a_county_is_told_of_its_own_warning_where_the_city_stands_for_it(world):
    world.loaded(CASES, {month(6): 25}, CITY)
    world.loaded(CASES, {month(6): 12}, NORTH)
    assert world.heard.lines("alert.open") == [(CITY, 0, 0), (NORTH, CITY, 0)]
    alerts = world.alerts.open_alerts(LEADER)
    city, north = sorted(alerts, key=lambda one: one.region)
    assert world.handling.folds(alerts) == {north.id: city.id}
    assert world.handling.folds(world.alerts.open_alerts(HEAD_OF_NORTH)) == {}
    world.loaded(CASES, {month(6): 1}, CITY)
    assert world.heard.lines("alert.released") == [(NORTH, 0, CITY)]


def test_folding_and_silences_leave_the_counts_alone(world):
    world.loaded(CASES, {month(6): 25}, CITY)
    world.loaded(CASES, {month(6): 12}, NORTH)
    counts = world.alerts.counts(LEADER)
    world.silenced(24)
    assert world.alerts.counts(LEADER) == counts
    assert sum(counts.values()) == len(world.alerts.open_alerts(LEADER)) == 2


# ---- acknowledging


def test_who_takes_a_warning_stops_what_is_told_again(world):
    world.loaded(CASES, {month(6): 12})
    identity, version = world.only()
    assert world.handling.ack(LEADER, {identity: version}, "已布置") == 1
    assert world.later(100) == 0
    alerts = world.alerts.open_alerts(LEADER)
    flags = world.handling.flags(LEADER, alerts)[identity]
    assert (flags.acked.by, flags.acked.note) == ("市领导", "已布置")
    world.handling.unack(LEADER, {identity: version})
    assert world.handling.flags(LEADER, alerts)[identity].acked is None
    assert world.later(1) == 2


def test_an_upgrade_clears_the_acknowledgement_and_an_old_version_is_refused(world):
    world.judged(5, 12)
    identity, version = world.only()
    world.handling.ack(LEADER, {identity: version})
    world.judged(6, 25)
    same, newer = world.only()
    alerts = world.alerts.open_alerts(LEADER)
    assert (same, newer > version) == (identity, True)
    assert world.handling.flags(LEADER, alerts)[identity].acked is None
    assert keys_of(lambda: world.handling.ack(LEADER, {identity: version})) == ["record_changed"]


def test_a_downgrade_keeps_the_acknowledgement_and_another_warning_begins_without(world):
    world.judged(3, 25)
    identity, version = world.only()
    world.handling.ack(LEADER, {identity: version})
    world.judged(4, 12)
    assert world.handling.flags(LEADER, world.alerts.open_alerts(LEADER))[identity].acked
    world.judged(5, 1)
    assert keys_of(lambda: world.handling.ack(LEADER, {identity: version})) == ["record_changed"]
    world.judged(6, 25)
    again, _ = world.only()
    assert again != identity
    assert world.handling.flags(LEADER, world.alerts.open_alerts(LEADER))[again].acked is None


def test_several_are_taken_together_or_not_at_all(everywhere):
    everywhere.loaded(CASES, {month(6): 12}, NORTH)
    everywhere.loaded(CASES, {month(6): 12}, SOUTH)
    alerts = everywhere.alerts.open_alerts(LEADER)
    flags = everywhere.handling.flags(LEADER, alerts)
    wrong = {one: flag.version + 1 for one, flag in flags.items()}
    assert keys_of(lambda: everywhere.handling.ack(LEADER, wrong)) == ["record_changed"] * 2
    assert everywhere.handling.ack(LEADER, {one: flag.version for one, flag in flags.items()}) == 2


@pytest.mark.parametrize(("actor", "key"), [(ANALYST, "forbidden"), (HEAD_OF_SOUTH, "record_changed")])
def test_who_does_not_handle_a_warning_cannot_take_it(world, actor, key):
    """A sibling county is not even told that there is one."""
    world.loaded(CASES, {month(6): 12}, NORTH)
    identity, version = world.only()
    assert keys_of(lambda: world.handling.ack(actor, {identity: version})) == [key]


# ---- silences


def test_a_silence_hushes_until_its_end_and_then_says_once_what_still_stands(everywhere):
    everywhere.silenced(24)
    everywhere.loaded(CASES, {month(6): 12})
    assert everywhere.heard.kinds() == []
    (alert,) = everywhere.alerts.open_alerts(LEADER)
    assert everywhere.handling.flags(LEADER, [alert])[alert.id].silenced.reason == "既定检修"
    assert everywhere.later(24) == 0
    assert everywhere.later(1) == 1
    assert everywhere.later(1) == 0
    assert everywhere.heard.kinds() == ["alert.silence_over"]
    assert everywhere.handling.flags(LEADER, [alert])[alert.id].silenced is None


def test_a_silence_that_is_lifted_ends_at_once(world):
    number = world.silenced(24)
    world.loaded(CASES, {month(6): 12})
    world.handling.lift(LEADER, number)
    assert world.later(0) == 1
    assert keys_of(lambda: world.handling.lift(LEADER, number)) == ["record_changed"]
    (view,) = world.handling.silences(LEADER)
    assert view.state == "lifted"


def test_what_becomes_more_severe_breaks_a_silence_of_the_lower_level(world):
    world.silenced(48, level=2)
    world.loaded(CASES, {month(5): 12})
    world.loaded(CASES, {month(6): 25})
    assert world.heard.kinds() == ["alert.open"]
    assert world.heard.notices[0].level == 4


def test_the_clock_of_the_escalation_rests_during_a_silence(world):
    world.loaded(CASES, {month(6): 12})
    world.later(2)
    world.silenced(10)
    assert [world.later(1) for _ in range(10)] == [0] * 10
    assert world.later(1) == 1  # its end
    assert [world.later(1), world.later(1)] == [1, 0]
    assert world.heard.kinds() == ["alert.open", "alert.silence_over", "alert.escalate"]


@pytest.mark.parametrize(
    ("wish", "keys"),
    [
        ({"until": None}, ["no_end"]),
        ({"until": 1}, ["past_end"]),
        ({"until": int(NOW.timestamp()) + 32 * 24 * HOUR}, ["too_long"]),
        ({"reason": " "}, ["no_reason"]),
        ({"until": None, "reason": ""}, ["no_end", "no_reason"]),
        ({"indicator": "", "region": CITY}, ["all_silenced"]),
        ({"indicator": "econ.nothing"}, ["unknown_rule"]),
        ({"region": 1}, ["unknown_region"]),
        ({"level": 9}, ["unknown_level"]),
    ],
)
def test_everything_that_is_wrong_with_a_silence_is_told(world, wish, keys):
    assert keys_of(lambda: world.silenced(1, **wish)) == keys


@pytest.mark.parametrize(
    ("actor", "region"), [(HEAD_OF_SOUTH, NORTH), (HEAD_OF_NORTH, CITY), (ANALYST, NORTH)]
)
def test_nobody_silences_what_others_answer_for(world, actor, region):
    assert keys_of(lambda: world.silenced(1, actor, region=region)) == ["forbidden"]


def test_a_county_sees_no_silence_of_its_sibling_and_no_words_of_the_city(world):
    world.silenced(1, region=NORTH)
    world.silenced(1, region=CITY)
    assert world.handling.silences(HEAD_OF_SOUTH)[0].reason == ""
    assert [one.region for one in world.handling.silences(HEAD_OF_SOUTH)] == [CITY]
    assert [one.region for one in world.handling.silences(HEAD_OF_NORTH)] == [CITY, NORTH]


# ---- notes and answers


def test_notes_and_answers_stay_with_the_warning_and_inside_the_region(world):
    world.loaded(CASES, {month(6): 12})
    identity, _ = world.only()
    world.handling.note(ANALYST, identity, "看新增案件的构成")
    world.handling.answer(HEAD_OF_NORTH, identity, Answer("no_action", "节后集中录入", "data"))
    assert [note.text for note in world.handling.notes(LEADER, identity)] == ["看新增案件的构成"]
    assert [(one.kind, one.reason) for one in world.handling.answers(LEADER, identity)] == [
        ("no_action", "data")
    ]
    for ask in (world.handling.notes, world.handling.answers):
        assert keys_of(lambda ask=ask: ask(HEAD_OF_SOUTH, identity)) == ["unknown_alert"]
    assert keys_of(lambda: world.handling.note(HEAD_OF_SOUTH, identity, "?")) == ["unknown_alert"]


def test_the_words_of_the_city_are_not_read_by_a_county(world):
    world.loaded(CASES, {month(6): 25}, CITY)
    identity, version = world.only()
    world.handling.note(LEADER, identity, "化州拖累")
    world.handling.ack(LEADER, {identity: version}, "化州拖累")
    assert world.handling.notes(HEAD_OF_NORTH, identity) == ()
    seen = world.alerts.open_alerts(HEAD_OF_NORTH)
    assert world.handling.flags(HEAD_OF_NORTH, seen)[identity].acked.note == ""


@pytest.mark.parametrize(
    ("answer", "keys"),
    [
        (Answer("no_action", "没事"), ["no_reason"]),
        (Answer("no_action", "", "other"), ["nothing_written"]),
        (Answer("measure", "加派人手", expected="下月"), ["no_date"]),
    ],
)
def test_an_answer_that_lacks_something_is_refused(world, answer, keys):
    world.loaded(CASES, {month(6): 12})
    identity, _ = world.only()
    assert keys_of(lambda: world.handling.answer(LEADER, identity, answer)) == keys


def test_a_warning_that_never_was_has_no_notes(world):
    assert keys_of(lambda: world.handling.notes(LEADER, f"{CASES}:{NORTH}:202301")) == ["unknown_alert"]


def test_what_was_written_about_a_warning_cannot_be_changed(everywhere):
    everywhere.loaded(CASES, {month(6): 12})
    identity, version = everywhere.only()
    everywhere.handling.ack(LEADER, {identity: version})
    everywhere.handling.note(LEADER, identity, "备注")
    everywhere.handling.answer(LEADER, identity, Answer("measure", "加派人手"))
    for table in tables.WRITTEN_ONCE:
        with transaction(everywhere.engine) as connection:
            assert connection.scalar(select(func.count()).select_from(table))
        for change in (delete(table), update(table).values(at=0)):
            with pytest.raises(DBAPIError), transaction(everywhere.engine) as connection:
                connection.execute(change)
