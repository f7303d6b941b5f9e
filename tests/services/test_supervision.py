"""Supervised items: who may do what, what is refused, what is kept, what is told, and looking back."""

import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data_access.config import load_settings
from data_access.observations import LoadInfo
from indicators import periods
from indicators.definition import DataStatus
from indicators.errors import CockpitError
from indicators.supervision import Act, State
from services import access, bootstrap, supervision_list, supervision_seed
from services.access import Actor
from services.bootstrap import Services
from services.notices import Notice
from services.panels import PanelWish
from services.supervision_panels import SupervisionPanels
from services.supervision_views import OpenItemsView, RatesView
from services.texts import Texts
from services.views import Choice

CITY, MAONAN, GAOZHOU, HUAZHOU = 440900000000, 440902000000, 440981000000, 440982000000
LEADER = Actor("l", "leader", "leader", (CITY,), display="市领导")
DUTY = Actor("d", "duty", "duty", (CITY,), display="值班员")
HEAD = Actor("h", "head", "county_head", (GAOZHOU,), display="高州负责人")
SIBLING = Actor("s", "sibling", "county_head", (HUAZHOU,))
UNIT = Actor("u", "unit", "unit", (CITY,), department="ndrc", display="发改委经办人")
COLLEAGUE = Actor("c", "colleague", "unit", (CITY,), department="ndrc", display="发改委同事")
OTHER = Actor("o", "other", "unit", (CITY,), department="agri")
ANALYST = Actor("a", "analyst", "analyst", (CITY,))

FRIDAY = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
"""Ten in the morning of a Friday in the city."""


class Clock:
    def __init__(self) -> None:
        self.now = FRIDAY

    def __call__(self) -> datetime:
        return self.now

    def on(self, **time: float) -> int:
        self.now += timedelta(**time)
        return int(self.now.timestamp())


CLOCK = Clock()


@pytest.fixture
def clock() -> Clock:
    CLOCK.now = FRIDAY
    return CLOCK


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Services, Path, Path]:
    """The cockpit on an empty store, built once, and a copy of that store to begin every test with."""
    CLOCK.now = FRIDAY
    path = tmp_path_factory.mktemp("supervision") / "city.db"
    services = bootstrap.build(
        load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{path}"}), clock=CLOCK
    )
    services.supervision.store.engine.dispose()
    return services, path, Path(shutil.copy(path, path.with_name("empty.db")))


@pytest.fixture
def services(built: tuple[Services, Path, Path], clock: Clock) -> Services:
    """The cockpit on an empty store."""
    services, path, empty = built
    services.supervision.store.engine.dispose()
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    shutil.copy(empty, path)
    return services


@pytest.fixture
def told(services: Services, monkeypatch: pytest.MonkeyPatch) -> list[Notice]:
    """What people were told."""
    heard: list[Notice] = []

    def put(_connection: Any, notices: Iterable[Notice]) -> int:
        heard.extend(notices)
        return len(heard)

    monkeypatch.setattr(services.telling, "put", put)
    return heard


def by_hand(services: Services, actor: Actor = LEADER, region: int = GAOZHOU, **values: str) -> int:
    """Something given out by hand to the development commission."""
    given = {
        "title": "城区内涝点整治",
        "department": "ndrc",
        "instruction": "请限期整治",
        "days": "5",
    } | values
    return services.supervision.dispatch(actor, f"hand:{region}", given)


def seen(services: Services, number: int, **values: str) -> dict[str, str]:
    """A form on the version that stands."""
    item = services.supervision.store.item(number)
    assert item is not None
    return {"version": str(item.version)} | values


ANSWERED = {"cause": "泵站老化", "measure": "更换三台水泵", "expected_on": "2026-12-20"}


def to_answered(services: Services, number: int) -> None:
    supervision = services.supervision
    supervision.sign(UNIT, number, seen(services, number))
    supervision.answer(UNIT, number, seen(services, number, **ANSWERED))


def refused(act: Callable[[], Any]) -> dict[str, str]:
    """The keys of the issues by field."""
    with pytest.raises(CockpitError) as error:
        act()
    return {issue.where: issue.key for issue in error.value.issues}


# ---- the course of an item


def test_an_item_walks_from_dispatch_to_closing_and_every_step_stays(
    services: Services, clock: Clock
) -> None:
    supervision, number = services.supervision, by_hand(services)
    assert supervision.page(LEADER, number, "zh").line.due_on == date(2026, 12, 4)  # five working days on
    clock.on(hours=1)
    supervision.sign(UNIT, number, seen(services, number))
    supervision.answer(UNIT, number, seen(services, number, **ANSWERED))
    clock.on(hours=1)
    supervision.send_back(LEADER, number, seen(services, number, text="请写明时间", days="3"))
    supervision.answer(UNIT, number, seen(services, number, **ANSWERED | {"measure": "12月10日前换完"}))
    supervision.close(LEADER, number, seen(services, number, text="同意"))
    view = supervision.page(LEADER, number, "zh")
    assert [step.act for step in view.steps] == ["dispatch", "sign", "answer", "return", "answer", "close"]
    assert [step.measure for step in view.steps if step.act == Act.ANSWER] == [
        "更换三台水泵",
        "12月10日前换完",
    ]
    assert (view.line.state, view.line.round, view.line.late) == (State.CLOSED, 2, False)
    assert view.line.due_on == date(2026, 12, 2)  # three working days after the return


def test_a_dispatch_says_everything_that_is_missing_at_once(services: Services) -> None:
    wrong = refused(lambda: services.supervision.dispatch(LEADER, f"hand:{GAOZHOU}", {"days": "0"}))
    assert wrong == {
        "title": "field_missing", "department": "unknown_department", "instruction": "field_missing",
        "days": "field_number",
    }  # fmt: skip


def test_an_answer_needs_cause_measure_and_a_day_or_a_reason_for_nothing(services: Services) -> None:
    supervision, number = services.supervision, by_hand(services)
    supervision.sign(UNIT, number, seen(services, number))
    wrong = refused(lambda: supervision.answer(UNIT, number, seen(services, number)))
    assert wrong == dict.fromkeys(("cause", "measure", "expected_on"), "field_missing")
    past = ANSWERED | {"expected_on": "2026-11-01"}
    assert refused(lambda: supervision.answer(UNIT, number, seen(services, number, **past))) == {
        "expected_on": "day_past"
    }
    nothing = {"kind": "no_action", "reason": "whim"}
    wrong = refused(lambda: supervision.answer(UNIT, number, seen(services, number, **nothing)))
    assert wrong == {"reason": "field_choice", "text": "field_missing"}
    supervision.answer(
        UNIT, number, seen(services, number, kind="no_action", reason="known", text="已列入专项")
    )
    assert supervision.page(UNIT, number, "zh").steps[-1].reason == "known"


def test_what_the_machine_does_not_know_is_refused(services: Services) -> None:
    number = by_hand(services)
    for act in (services.supervision.close, services.supervision.send_back):
        assert refused(lambda act=act: act(LEADER, number, seen(services, number, text="x"))) == {
            "": "not_now"
        }
    assert refused(lambda: services.supervision.answer(UNIT, number, seen(services, number, **ANSWERED))) == {
        "": "not_now"
    }


def test_only_the_reviewer_closes_and_never_the_own_answer(services: Services) -> None:
    supervision, number = services.supervision, by_hand(services, HEAD)
    to_answered(services, number)
    closing = lambda actor: supervision.close(actor, number, seen(services, number))  # noqa: E731
    assert refused(lambda: closing(UNIT)) == {"": "forbidden"}
    assert refused(lambda: closing(LEADER)) == {"": "not_reviewer"}
    supervision.take_over(LEADER, number, seen(services, number))
    assert refused(lambda: closing(HEAD)) == {"": "not_reviewer"}
    closing(LEADER)
    assert supervision.page(HEAD, number, "zh").line.state is State.CLOSED


def test_whoever_answered_cannot_review(services: Services) -> None:
    supervision, number = services.supervision, by_hand(services)
    supervision.sign(HEAD, number, seen(services, number))
    supervision.answer(HEAD, number, seen(services, number, **ANSWERED))
    supervision.take_over(HEAD, number, seen(services, number))
    assert refused(lambda: supervision.close(HEAD, number, seen(services, number))) == {"": "own_answer"}


def test_two_answer_at_once_and_the_second_sees_the_first_and_loses_nothing(services: Services) -> None:
    supervision, number = services.supervision, by_hand(services)
    supervision.sign(UNIT, number, seen(services, number))
    before = seen(services, number)
    supervision.answer(UNIT, number, before | ANSWERED)
    second = ANSWERED | {"cause": "管网淤积"}
    with pytest.raises(CockpitError) as error:
        supervision.answer(COLLEAGUE, number, before | second)
    assert error.value.key == "record_changed"
    assert error.value.issues[0].params["who"] == UNIT.display
    supervision.answer(COLLEAGUE, number, seen(services, number, **second))  # a supplement, before the review
    view = supervision.page(LEADER, number, "zh")
    assert [step.cause for step in view.steps if step.act == Act.ANSWER] == ["泵站老化", "管网淤积"]
    assert view.line.state is State.ANSWERED


def test_a_matter_is_not_given_twice_to_the_same_department(services: Services) -> None:
    supervision = services.supervision
    given = {"department": "env", "instruction": "请处理", "days": "5"}
    number = supervision.dispatch(LEADER, f"hotline:noise-{GAOZHOU}", given)
    again = lambda **more: supervision.dispatch(DUTY, f"hotline:noise-{GAOZHOU}", given | more)  # noqa: E731
    assert refused(again) == {"department": "already_supervised"}
    other = again(department="police")
    assert {one.id for one in supervision.of_source(LEADER, f"hotline:noise-{GAOZHOU}")} == {number, other}
    assert supervision.of_classes(LEADER, CITY) == {"noise": (2, 2)}
    assert supervision.of_classes(SIBLING, HUAZHOU) == {}


def test_a_matter_taken_up_again_soon_is_a_repetition(services: Services, clock: Clock) -> None:
    supervision = services.supervision
    first = by_hand(services)
    to_answered(services, first)
    supervision.close(LEADER, first, seen(services, first))
    clock.on(days=30)
    second = by_hand(services)
    assert supervision.page(LEADER, second, "zh").line.repeat_of == first
    clock.on(days=200)
    assert supervision.page(LEADER, by_hand(services, title="别的事"), "zh").line.repeat_of is None


# ---- who sees what


def test_a_unit_sees_the_own_items_and_nothing_else(services: Services) -> None:
    mine, others = by_hand(services), by_hand(services, department="agri")
    supervision = services.supervision
    assert [one.id for one in supervision.items(UNIT)] == [mine]
    assert refused(lambda: supervision.page(UNIT, others, "zh")) == {"": "unknown_item"}
    assert supervision.page(UNIT, mine, "zh").may == {Act.SIGN}
    assert refused(lambda: supervision.sign(OTHER, mine, seen(services, mine))) == {"": "unknown_item"}
    assert refused(lambda: by_hand(services, UNIT)) == {"": "forbidden"}
    assert not access.may(UNIT, "view")


def test_a_county_sees_nothing_of_its_sibling_by_any_door(services: Services) -> None:
    number = by_hand(services)
    supervision, texts = services.supervision, Texts("zh")
    assert [one.id for one in supervision.items(HEAD)] == [number]
    assert supervision.items(SIBLING) == []
    assert refused(lambda: supervision.page(SIBLING, number, "zh")) == {"": "unknown_item"}
    assert supervision_list.listing(supervision, SIBLING, {}, GAOZHOU, texts).total == 0
    assert supervision.boards(SIBLING, GAOZHOU, "zh").whole.total == 0
    assert supervision.dispatch_form(SIBLING, f"hand:{GAOZHOU}", "zh") is None
    assert refused(lambda: by_hand(services, SIBLING)) == {"": "unknown_source"}
    exported = supervision_list.export(supervision, SIBLING, {}, None, texts, "csv").decode("utf-8-sig")
    assert "内涝" not in exported


def test_an_analyst_reads_and_does_nothing(services: Services) -> None:
    number = by_hand(services)
    assert services.supervision.page(ANALYST, number, "zh").may == frozenset()
    assert services.supervision.dispatch_form(ANALYST, f"hand:{GAOZHOU}", "zh") is None
    assert refused(lambda: by_hand(services, ANALYST)) == {"": "forbidden"}


# ---- time


def test_what_is_overdue_is_told_once_for_each_deadline(
    services: Services, told: list[Notice], clock: Clock
) -> None:
    supervision, number = services.supervision, by_hand(services)
    told.clear()
    assert supervision.due(clock.on(days=3, hours=13)) == 0  # Monday before midnight: the day to sign
    assert supervision.due(clock.on(hours=2)) == 1
    assert supervision.due(clock.on(hours=2)) == 0
    assert [(one.kind, one.subject.fields["what"]) for one in told] == [("supervision.overdue", "超期未签收")]
    assert (told[0].to, told[0].department) == ((), "ndrc")
    supervision.sign(UNIT, number, seen(services, number))
    assert supervision.due(clock.on(days=5)) == 1  # past the fourth of December
    view = supervision.page(LEADER, number, "zh")
    assert (view.line.lateness, view.line.late, view.steps[-1].reason) == ("answer", True, "answer")
    supervision.answer(UNIT, number, seen(services, number, **ANSWERED))
    assert supervision.due(clock.on(days=7)) == 1
    assert supervision.page(LEADER, number, "zh").line.lateness == "review"


def test_the_rates_are_of_what_was_dispatched(services: Services, clock: Clock) -> None:
    supervision = services.supervision
    closed, open_, withdrawn, late = (by_hand(services, title=name) for name in "甲乙丙丁")
    to_answered(services, closed)
    supervision.close(LEADER, closed, seen(services, closed))
    supervision.withdraw(LEADER, withdrawn, seen(services, withdrawn, text="派错了"))
    clock.on(days=10)
    supervision.sign(UNIT, late, seen(services, late))
    supervision.answer(UNIT, late, seen(services, late, **ANSWERED))
    view = supervision.boards(LEADER, CITY, "zh")
    whole = view.whole
    assert (whole.total, whole.closed, whole.open, whole.overdue) == (3, 1, 2, 1)
    assert (whole.judged, whole.on_time) == (3, 1)
    assert whole.closure == pytest.approx(100 / 3)
    assert [line.code for line in view.departments] == ["ndrc"]
    assert [(line.code, line.rates) for line in view.regions] == [(f"{GAOZHOU:012d}", whole)]
    assert supervision.page(LEADER, open_, "zh").line.lateness == "answer"


def test_people_hear_of_what_concerns_them(services: Services, told: list[Notice]) -> None:
    number = by_hand(services)
    to_answered(services, number)
    services.supervision.close(LEADER, number, seen(services, number))
    assert [(one.kind, one.to, one.department) for one in told] == [
        ("supervision.dispatch", ("leader",), "ndrc"),
        ("supervision.sign", ("leader",), ""),
        ("supervision.answer", ("leader",), ""),
        ("supervision.close", ("leader",), "ndrc"),
    ]
    assert {one.address for one in told} == {f"/supervision/{number}"}
    assert len({one.key for one in told}) == len(told)


def test_a_corrected_day_moves_deadlines_to_come_and_no_others(services: Services) -> None:
    supervision = services.supervision
    editor = Actor("e", "editor", "editor", (CITY,))
    number = by_hand(services, days="1")
    change = {"day": "2026-11-30", "works": "rest", "reason": "全市停工"}
    assert refused(lambda: supervision.correct_day(LEADER, change)) == {"": "forbidden"}
    assert refused(lambda: supervision.correct_day(editor, {"works": "maybe"})) == {
        "day": "field_missing", "works": "field_choice", "reason": "field_missing",
    }  # fmt: skip
    supervision.correct_day(editor, change)
    assert supervision.page(LEADER, number, "zh").line.due_on == date(2026, 11, 30)
    assert supervision.page(LEADER, by_hand(services, days="1"), "zh").line.due_on == date(2026, 12, 1)


# ---- panels and files


def test_panels_show_the_open_items_and_the_rates(services: Services) -> None:
    number = by_hand(services)
    panels = SupervisionPanels(services.supervision).panels()
    scene = services.boards.scene(LEADER, Choice(), "zh")
    wish = PanelWish(scene, Choice(), FRIDAY)
    items, rates = panels["supervision.items"](wish), panels["supervision.rates"](wish)
    assert isinstance(items, OpenItemsView)
    assert isinstance(rates, RatesView)
    assert ([one.id for one in items.lines], items.total, items.overdue) == ([number], 1, 0)
    assert rates.whole.total == 1


def test_the_file_has_the_rows_of_the_list_and_no_formula(services: Services) -> None:
    by_hand(services, title='=HYPERLINK("http://x")')
    texts = Texts("zh")
    listed = supervision_list.listing(services.supervision, LEADER, {"state": "open"}, None, texts)
    text = supervision_list.export(services.supervision, LEADER, {"state": "open"}, None, texts, "csv")
    rows = text.decode("utf-8-sig").splitlines()
    assert len(rows) == 1 + listed.total == 2
    assert '"=HYPERLINK' not in rows[1]
    assert listed.counts["open"] == listed.counts["dispatched"] == 1
    assert supervision_list.listing(services.supervision, LEADER, {"state": "closed"}, None, texts).total == 0


# ---- a warning, from dispatch to looking back


FLOODED = "sign.housing.flood_points"


def reported(services: Services, month: str, value: float) -> None:
    """A figure of 高州 of a month, judged at once."""
    rows = {
        "indicator": [FLOODED], "region": [GAOZHOU], "period": [periods.read(month, "point")], "value": [value],
        "status": [DataStatus.FINAL], "reason": [None], "source": [1],
    }  # fmt: skip
    now = services.clock()
    with services.supervision.store.transaction() as connection:
        services.store.write(
            rows, LoadInfo(f"load {month}", "file.csv", "tester", int(now.timestamp())), connection
        )
    services.alerts.evaluate_pending(now)


def warned(services: Services) -> str:
    """A warning of flooded places in 高州, and its id."""
    reported(services, "2026-09", 8)
    (alert,) = [one for one in services.alerts.open_alerts(LEADER) if one.indicator == FLOODED]
    return alert.id


def test_a_dispatch_on_a_warning_keeps_a_frozen_copy_of_what_was_seen(services: Services) -> None:
    alert = warned(services)
    supervision = services.supervision
    form = supervision.dispatch_form(LEADER, f"alert:{alert}", "zh")
    assert form is not None
    assert (form.title, form.department) == ("高州市 易涝积水点数", services.catalog.get(FLOODED).department)
    number = supervision.dispatch(LEADER, f"alert:{alert}", {"instruction": "请整治"})
    reported(services, "2026-10", 12)  # what comes later changes nothing of the copy
    view = supervision.page(LEADER, number, "zh")
    subject = next(one for one in view.seen if one.role == "subject")
    bound = next(one for one in view.seen if one.role == "threshold")
    assert (subject.code, subject.value, subject.period) == (FLOODED, 8, periods.read("2026-09", "point"))
    assert (bound.value, bound.op, view.line.level) == (6, ">", 3)
    assert [one.id for one in supervision.of_alert(LEADER, alert)] == [number]
    assert supervision.of_alerts(LEADER, [alert, "x:1:1"]) == {alert}
    assert supervision.dispatch_form(SIBLING, f"alert:{alert}", "zh") is None


def test_when_the_warning_resolves_the_item_looks_back(services: Services, told: list[Notice]) -> None:
    alert, supervision = warned(services), services.supervision
    department = services.catalog.get(FLOODED).department
    number = supervision.dispatch(LEADER, f"alert:{alert}", {"instruction": "请整治"})
    unit = Actor("w", "worker", "unit", (CITY,), department=department)
    supervision.sign(unit, number, seen(services, number))
    supervision.answer(unit, number, seen(services, number, **ANSWERED))
    supervision.close(LEADER, number, seen(services, number))
    told.clear()
    reported(services, "2026-10", 0)
    view = supervision.page(unit, number, "en")
    subject = next(one for one in view.seen if one.role == "subject")
    assert (subject.value, subject.closed, subject.recovered) == (8, 8, 0)
    assert subject.recovered_period == periods.read("2026-10", "point")
    assert view.line.recovered_at is not None
    assert [one.kind for one in told if one.kind.startswith("supervision")] == ["supervision.recover"]
    assert not services.alerts.open_alerts(LEADER)
    reported(services, "2026-10", 0)  # told once, however often the round is judged
    assert [step.act for step in supervision.page(LEADER, number, "zh").steps].count("recover") == 1


def test_an_answer_to_an_item_is_an_answer_to_its_warning(services: Services) -> None:
    alert, supervision = warned(services), services.supervision
    number = supervision.dispatch(LEADER, f"alert:{alert}", {"instruction": "请整治", "department": "ndrc"})
    supervision.sign(UNIT, number, seen(services, number))
    supervision.answer(UNIT, number, seen(services, number, kind="no_action", reason="data", text="口径有误"))
    (kept,) = services.handling.answers(LEADER, alert)
    assert (kept.kind, kept.reason, kept.text, kept.item) == ("no_action", "data", "口径有误", number)


def test_several_warnings_go_each_to_its_own_department_or_none_does(services: Services) -> None:
    alert = warned(services)
    names = [f"alert:{alert}", f"hotline:noise-{GAOZHOU}"]
    numbers = services.supervision.dispatch_all(LEADER, names, {"instruction": "请处理"})
    found = [services.supervision.page(LEADER, number, "zh").item.department for number in numbers]
    assert found == [services.catalog.get(FLOODED).department, "hotline"]
    unknown = [f"hotline:water_supply-{GAOZHOU}", f"alert:{FLOODED}:{GAOZHOU}:1"]
    wrong = refused(lambda: services.supervision.dispatch_all(LEADER, unknown, {"instruction": "请处理"}))
    assert wrong == {"": "unknown_source"}
    assert len(services.supervision.items(LEADER)) == 2


def test_an_incident_and_a_problem_of_a_project_can_be_supervised(services: Services) -> None:
    moment = services.clock() + services.supervision.zone
    number = services.incidents.register(LEADER, {
        "title": "沙田镇山体滑坡", "category": "natural", "region": str(GAOZHOU), "level": "4",
        "occurred_at": (moment - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"),
        "reported_at": (moment - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
    })  # fmt: skip
    item = services.supervision.dispatch(LEADER, f"incident:{number}", {"instruction": "请督促处置"})
    view = services.supervision.page(LEADER, item, "zh")
    assert (view.line.title, view.line.department_code) == ("沙田镇山体滑坡", "emergency")
    assert ("事件级别", "一般") in view.told
    assert refused(lambda: services.supervision.dispatch(LEADER, "incident:999", {})) == {
        "": "unknown_source"
    }


# ---- the sample


def test_the_sample_is_drawn_the_same_for_the_same_seed(services: Services) -> None:
    reported(services, "2026-08", 8)
    count = supervision_seed.fill(
        services.supervision, services.alerts, services.projects, services.pack, 440900
    )
    items = services.supervision.items(LEADER)
    assert count == len(items) > 0
    assert all(item.simulated for item in items)
    steps = services.supervision.store.steps([item.id for item in items])
    for item in items:
        own = [step for step in steps if step.item == item.id]
        assert [step.number for step in own] == list(range(1, item.version + 1))
        assert own[-1].state == item.state
        assert [step.at for step in own] == sorted(step.at for step in own)
        assert own[-1].at <= services.supervision.now()
    assert (
        supervision_seed.fill(services.supervision, services.alerts, services.projects, services.pack, 1) == 0
    )
    assert services.supervision.due(services.supervision.now() + 10**8) == 0  # simulated items stand still
