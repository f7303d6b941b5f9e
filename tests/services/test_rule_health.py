"""The health of rules and proposals: counted within the reader's regions, kept with what a back-test said of them."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data_access.alerts import AlertStore
from data_access.config import StoreSettings
from data_access.engine import create_engine, transaction
from data_access.handling import HandlingStore
from data_access.migrations import create_schema
from data_access.rule_proposals import ProposalStore, rule_proposals
from indicators.catalog import Catalog
from indicators.definition import Frequency, Indicator, RegionAggregation
from indicators.errors import CockpitError
from services.access import Actor
from services.backtest import Backtest, BacktestWish
from services.handling_wishes import Answer
from services.ops_figures import ANSWERED, DUE, FIGURES, FIRED, RECOVERY, RED_SHARE, USELESS, OpsFigures
from services.query import Query, Question
from services.recorded import Recorded
from services.replays import Replays
from services.rule_health import RuleHealth
from services.rule_health_views import RuleRow, RulesView
from services.rule_proposals import RuleProposals
from services.scenes import Scene
from services.views import Choice
from tests.services.test_alerts import (
    CITY,
    HEAD_OF_NORTH,
    LEADER,
    NORTH,
    OVER_TEN,
    SOUTH,
    TREE,
    an_indicator,
    month,
)
from tests.services.test_handling import ANALYST, CASES, HEAD_OF_SOUTH, Handled

EDITOR = Actor("e", "数据编辑员", "editor", (CITY,), display="数据编辑员")
QUIET = "econ.quiet"
ZONE = timedelta(hours=8)
AFTER_JULY = datetime(2024, 7, 28, 4, tzinfo=UTC) + timedelta(days=25)


class Watched(Handled):
    """A world whose rules are looked at."""

    def define(self, *indicators: Indicator) -> None:
        super().define(*indicators)
        catalog = Catalog(indicators)
        query = Query(self.store, catalog, TREE, lambda: self.now)

        def begin():
            return transaction(self.engine)

        replays = Replays(query, catalog, TREE, self.store.counters)
        trial = Backtest(
            AlertStore(self.engine), replays, catalog, TREE, (), self.settings, lambda: self.now, ZONE
        )
        self.proposals = RuleProposals(
            ProposalStore(self.engine), self.handling, trial, catalog, TREE, begin, lambda: self.now
        )
        self.health = RuleHealth(
            AlertStore(self.engine), HandlingStore(self.engine), self.proposals, catalog, TREE, self.stands,
            self.settings, self.store.counters, lambda: self.now, ZONE,
        )  # fmt: skip
        self.ops = OpsFigures(
            AlertStore(self.engine), HandlingStore(self.engine), Recorded(self.store, catalog, ZONE), catalog, TREE, begin,
            dict, lambda at: at + 5 * 24 * 3600, False, lambda: self.now, ZONE,
        )  # fmt: skip
        self.query = query

    @staticmethod
    def stands(actor: Actor, choice: Choice, language: str) -> Scene:
        region = int(choice.region or actor.regions[0])
        return Scene(actor, TREE, region, True, language, None, None, None)

    def raise_until_july(self) -> None:
        """A warning in every second month."""
        for number in range(1, 8):
            self.judged(number, 12 if number % 2 else 3)

    def raised(self) -> list[str]:
        """The identities of the warnings of 高州, the oldest first."""
        return list(dict.fromkeys(event.alert for event in reversed(self.alerts.history(LEADER, (NORTH,)))))

    def answered(self, alert: str, reason: str = "") -> None:
        kind = "no_action" if reason else "measure"
        self.handling.answer(
            LEADER,
            alert,
            Answer(kind, "说明", reason=reason, expected="" if reason else "2024-12-01", cause="起因"),
        )  # type: ignore[arg-type]

    def rows(self, actor: Actor = LEADER, **filters: str) -> dict[str, RuleRow]:
        view = self.health.listed(actor, Choice(filters=filters))
        assert isinstance(view, RulesView)
        return {row.id: row for row in view.rows}


def a_figure(code: str) -> Indicator:
    """A figure of the cockpit itself, by the day; shares and means by the month."""
    plain = an_indicator(code, lowest_level="town")
    return plain if code in (RECOVERY, RED_SHARE) else replace(plain, frequency=Frequency.DAILY)


def a_world(engine: Engine) -> Watched:
    return Watched(
        engine,
        an_indicator(CASES, OVER_TEN, agg_region=RegionAggregation.DISTINCT),
        an_indicator(QUIET, OVER_TEN, agg_region=RegionAggregation.DISTINCT),
        *map(a_figure, FIGURES),
    )


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which a warning opened in 高州 in every second month up to July, of which each test gets a copy."""
    path = tmp_path_factory.mktemp("lived") / "store.db"
    engine = create_engine(StoreSettings(url=f"sqlite:///{path}", synchronous="normal"))
    create_schema(engine)
    a_world(engine).raise_until_july()
    engine.dispose()
    return path


@pytest.fixture
def world(lived: Path, tmp_path: Path) -> Iterator[Watched]:
    """A world on the engine that is quick to make; what depends on the engine takes `everywhere`."""
    for file in lived.parent.glob("store.db*"):
        shutil.copy(file, tmp_path)
    engine = create_engine(StoreSettings(url=f"sqlite:///{tmp_path}/store.db", synchronous="normal"))
    world = a_world(engine)
    world.now, world.loads = AFTER_JULY, 7
    yield world
    engine.dispose()


@pytest.fixture
def everywhere(engine: Engine) -> Watched:
    return a_world(engine)


def test_rules_that_cry_wolf_come_first_with_the_reasons_that_were_given(world: Watched) -> None:
    alerts = world.raised()
    assert len(alerts) == 4
    world.answered(alerts[0], "data")
    world.answered(alerts[1], "threshold")
    world.answered(alerts[2], "threshold")
    world.answered(alerts[3])
    rows = world.rows()
    assert next(iter(rows)) == CASES
    noisy = rows[CASES]
    assert (noisy.fired, noisy.standing, noisy.answered, noisy.useless, noisy.noise) == (4, 1, 4, 3, 75.0)
    assert noisy.over
    assert noisy.reasons == (("阈值不合适", 2), ("数据问题：口径、迟报或录入有误", 1))
    assert (rows[QUIET].last, rows[QUIET].troubles) == (None, ("silent",))
    assert list(world.rows(trouble="noise")) == [CASES]


def test_a_county_counts_its_own_warnings_only(world: Watched) -> None:
    for alert in world.raised():
        world.answered(alert, "data")
    assert world.rows(HEAD_OF_NORTH)[CASES].useless == 4
    south = world.rows(HEAD_OF_SOUTH)[CASES]
    assert (south.fired, south.useless, south.reasons) == (0, 0, ())


def test_a_rule_that_opens_and_closes_too_often_flaps(world: Watched) -> None:
    assert world.rows()[CASES].flapping == 1
    assert "flapping" in world.rows()[CASES].troubles


DRAFT = BacktestWish(CASES, {"yellow": 14})


def test_a_proposal_keeps_the_draft_the_reason_and_what_the_back_test_said(world: Watched) -> None:
    number = world.proposals.propose(EDITOR, DRAFT, "小数即超线", 0)
    (told,) = world.proposals.all(LEADER)
    assert (told.id, told.rule, told.reason, told.by, told.muted_until) == (
        number,
        CASES,
        "小数即超线",
        "数据编辑员",
        None,
    )
    assert told.changes == (("黄色界限", "10", "14"),)
    assert (told.live and told.live.openings, told.tried and told.tried.openings) == (4, 4)
    assert told.live != told.tried or world.rows()[CASES].proposals == 1
    world.judged(8, 30)  # what was said then stays as it was said
    (later,) = world.proposals.all(LEADER)
    assert later.live == told.live


def test_a_rule_is_muted_while_it_is_looked_at_and_every_list_says_so(world: Watched) -> None:
    alerts = world.raised()
    world.proposals.propose(EDITOR, DRAFT, "审议期间不打扰", 7)
    until = int(world.now.timestamp()) + 7 * 24 * 3600
    assert world.rows()[CASES].muted_until == until
    (standing,) = world.alerts.open_alerts(LEADER)
    assert standing.id == alerts[-1]
    silenced = world.handling.flags(LEADER, [standing])[standing.id].silenced
    assert silenced is not None
    assert (silenced.ends, silenced.reason) == (until, "审议期间不打扰")
    assert world.rows()[CASES].standing == 1
    world.now += timedelta(days=8)
    assert world.rows()[CASES].muted_until is None


def test_the_mute_ends_with_the_proposal(world: Watched) -> None:
    number = world.proposals.propose(EDITOR, DRAFT, "审议期间不打扰", 7)
    world.now += timedelta(hours=1)
    world.proposals.withdraw(EDITOR, number, "不改了")
    assert world.rows()[CASES].muted_until is None
    assert [one.state for one in world.handling.silences(LEADER)] == ["lifted"]


def test_an_adopted_proposal_stands_no_more_and_its_mute_ends_with_the_publication(world: Watched) -> None:
    number = world.proposals.propose(EDITOR, DRAFT, "审议期间不打扰", 7)
    suggested = world.proposals.suggestion(EDITOR, number)
    assert (suggested.rule, suggested.changed) == (CASES, {"yellow": 14})
    world.now += timedelta(hours=1)
    with transaction(world.engine) as connection:
        world.proposals.adopted(connection, number, 12, int(world.now.timestamp()), "publisher")
    (told,) = world.proposals.all(LEADER)
    assert (told.open, told.draft, told.mine) == (False, 12, False)
    assert world.rows()[CASES].proposals == 0
    assert world.rows()[CASES].muted_until is None
    for late in (
        lambda: world.proposals.suggestion(EDITOR, number),
        lambda: world.proposals.withdraw(EDITOR, number, "晚了"),
    ):
        with pytest.raises(CockpitError) as refused:
            late()
        assert refused.value.key == "record_changed"


@pytest.mark.parametrize(
    ("wish", "reason", "days", "keys"),
    [
        (BacktestWish(CASES), "理由", 0, {"nothing_changed": "draft"}),
        (DRAFT, "  ", 0, {"no_reason": "reason"}),
        (BacktestWish(CASES), "", 0, {"nothing_changed": "draft", "no_reason": "reason"}),
        (DRAFT, "理由", 400, {"too_long": "until"}),
        (BacktestWish("econ.unknown"), "理由", 0, {"unknown_rule": ""}),
    ],
)
def test_what_is_wrong_with_a_proposal_is_told_at_its_field(
    world: Watched, wish: BacktestWish, reason: str, days: int, keys: dict[str, str]
) -> None:
    with pytest.raises(CockpitError) as refused:
        world.proposals.propose(EDITOR, wish, reason, days)
    assert {issue.key: issue.where for issue in refused.value.issues} == keys
    with world.engine.connect() as connection:
        assert connection.execute(select(rule_proposals.c.id)).all() == []
    assert world.handling.silences(LEADER) == ()


def test_a_draft_that_contradicts_itself_is_not_proposed(world: Watched) -> None:
    with pytest.raises(CockpitError) as refused:
        world.proposals.propose(EDITOR, BacktestWish(CASES, {"yellow": 25}), "理由")
    assert refused.value.key == "rule_order"


def test_who_only_reads_proposes_nothing_and_a_county_speaks_for_itself(world: Watched) -> None:
    with pytest.raises(CockpitError) as refused:
        world.proposals.propose(ANALYST, DRAFT, "理由")
    assert refused.value.key == "forbidden"
    world.proposals.propose(HEAD_OF_NORTH, DRAFT, "本县基数小", 7)
    assert [one.reason for one in world.proposals.all(LEADER)] == ["本县基数小"]
    assert world.proposals.all(HEAD_OF_SOUTH) == ()
    assert world.rows(HEAD_OF_SOUTH)[CASES].muted_until is None


def test_a_proposal_is_taken_back_once_with_a_reason(everywhere: Watched) -> None:
    world = everywhere
    world.raise_until_july()
    number = world.proposals.propose(EDITOR, DRAFT, "理由")
    with pytest.raises(CockpitError) as refused:
        world.proposals.withdraw(EDITOR, number, " ")
    assert refused.value.key == "no_reason"
    with pytest.raises(CockpitError) as refused:
        world.proposals.withdraw(HEAD_OF_NORTH, number, "不同意")
    assert refused.value.key == "forbidden"
    world.proposals.withdraw(EDITOR, number, "改用季节曲线")
    (told,) = world.proposals.all(LEADER)
    assert (told.withdrawn_why, told.mine) == ("改用季节曲线", False)
    with pytest.raises(CockpitError) as refused:
        world.proposals.withdraw(EDITOR, number, "再撤")
    assert refused.value.key == "record_changed"
    assert world.rows()[CASES].proposals == 0


def test_the_figures_of_warnings_come_from_their_history(world: Watched) -> None:
    alerts = world.raised()
    world.judged(8, 16, SOUTH)  # orange: an answer is due
    (orange,) = (one.id for one in world.alerts.open_alerts(LEADER, (SOUTH,)))
    world.answered(alerts[3], "data")
    world.answered(orange)
    raised = world.now
    world.now += timedelta(days=40)
    world.ops.settle(world.now)
    day = int(f"{(raised + ZONE):%Y%m%d}2359003")
    codes = (FIRED, USELESS, DUE, ANSWERED)
    answer = world.query.ask(LEADER, Question(codes, (CITY, NORTH, SOUTH), periods=(day,)))
    told = {(line.indicator, line.region): line.value for line in answer}
    assert [told[FIRED, region] for region in (CITY, NORTH, SOUTH)] == [1, 0, 1]
    assert [told[DUE, region] for region in (CITY, NORTH, SOUTH)] == [1, 0, 1]
    assert [told[ANSWERED, region] for region in (CITY, NORTH, SOUTH)] == [1, 0, 1]
    everything = world.query.ask(
        LEADER, Question((FIRED, USELESS), (CITY,), since=day - 10**11, until=day + 10**11)
    )
    totals = {
        code: sum(line.value or 0 for line in everything if line.indicator == code)
        for code in (FIRED, USELESS)
    }
    assert totals == {FIRED: 5, USELESS: 1}


def test_a_past_that_was_read_in_later_is_no_failing_of_anybody(world: Watched) -> None:
    world.loaded(CASES, {month(1, 2023): 30, month(2, 2023): 3}, SOUTH)
    assert any(event.back_dated for event in world.alerts.history(LEADER, (SOUTH,)))
    world.now += timedelta(days=40)
    world.ops.settle(world.now)
    first, last = 202301012359003, int(f"{world.now:%Y%m%d}2359003")
    answer = world.query.ask(LEADER, Question((FIRED,), (SOUTH,), since=first, until=last))
    assert not any(line.value for line in answer)


def test_settled_again_nothing_changes(world: Watched) -> None:
    world.now += timedelta(days=40)
    world.ops.settle(world.now)
    version = world.store.data_version()
    world.ops.settle(world.now)
    world.ops.tick(world.now)
    assert world.store.data_version() == version
