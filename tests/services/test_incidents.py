"""Incidents through their stages: who may, what is refused, what never changes, and the figures that follow."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_access.config import load_settings
from data_access.incidents import Incident
from data_access.packs import load_pack
from indicators import periods
from indicators.errors import CockpitError
from services import bootstrap, incident_rules, incident_seed, samples
from services.access import SYSTEM, Actor
from services.answers import Question
from services.bootstrap import Services
from services.incident_panels import IncidentPanels
from services.incident_rules import STAGES
from services.panels import PanelWish
from services.scenes import Scene
from services.views import Choice

CITY, GAOZHOU, HUAZHOU, CHANGPO = 440900000000, 440981000000, 440982000000, 440981129000
DUTY = Actor("d", "duty", "duty", (CITY,))
COUNTY = Actor("c", "county", "county_head", (GAOZHOU,))
SIBLING = Actor("s", "sibling", "county_head", (HUAZHOU,))
ANALYST = Actor("a", "analyst", "analyst", (CITY,))


class Clock:
    """Local time 2026-10-31 20:00, until it is told to go on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 10, 31, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def on(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(tmp_path: Path, clock: Clock) -> Services:
    """The cockpit on an empty store."""
    address = {"CHENGMAI_STORE_URL": f"sqlite:///{tmp_path}/city.db"}
    return bootstrap.build(load_settings(environ=address), clock=clock)


def told(**fields: str) -> dict[str, str]:
    """What somebody types for an incident of 18:00, reported at 18:20."""
    return {
        "title": "长坡镇山体滑坡", "category": "natural", "kind": "山体滑坡", "level": "4", "region": str(CHANGPO),
        "place": "长坡镇", "lon": "111.1", "lat": "22.0", "occurred_at": "2026-10-31T18:00",
        "reported_at": "2026-10-31T18:20", "reportable": "1",
    } | fields  # fmt: skip


def value(services: Services, code: str, region: int, day: str = "2026-10-31") -> float | None:
    """A figure of a period, as every screen would show it."""
    key = periods.read(day, "period")
    line = services.query.ask(SYSTEM, Question((code,), (region,), periods=(key,))).one()
    return line.value


def refused(act: Callable[[], Any]) -> dict[str, str]:
    """The keys of the issues by field."""
    with pytest.raises(CockpitError) as error:
        act()
    return {issue.where: issue.key for issue in error.value.issues}


# ---- 接报


def test_the_delay_is_computed_from_the_two_stamps_and_a_late_report_is_told(services: Services) -> None:
    incidents = services.incidents
    intime = incidents.register(DUTY, told())
    late = incidents.register(DUTY, told(occurred_at="2026-10-31T17:00", reported_at="2026-10-31T19:30"))
    lines = {one.id: one for one in incidents.open_incidents(DUTY)}
    assert (lines[intime].delay, lines[intime].late) == (20 * 60, False)
    assert (lines[late].delay, lines[late].late) == (150 * 60, True)
    assert value(services, "emerg.report.late", GAOZHOU) == 1
    assert value(services, "emerg.report.ontime_rate", CITY) == 50
    assert value(services, "emerg.report.delay", CITY) == 85


def test_an_incident_without_a_place_is_there_and_not_on_the_map(services: Services) -> None:
    number = services.incidents.register(DUTY, told(place="", lon="", lat=""))
    page = services.incidents.page(DUTY, number)
    assert (page.line.placed, page.line.where) == (False, "")
    assert services.incidents.marks(DUTY) == ()
    services.incidents.correct(DUTY, number, {"place": "长坡镇旧城村", "lon": "111.12", "lat": "22.03"})
    assert [(one.id, one.lon) for one in services.incidents.marks(DUTY)] == [(number, 111.12)]
    assert "旧城村" in services.incidents.page(DUTY, number).log[0].note, "what it said before is in the log"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"reported_at": "2026-10-31T17:00"}, {"reported_at": "report_before_occurrence"}),
        ({"occurred_at": "2026-11-01T08:00"}, {"occurred_at": "moment_in_future"}),
        ({"region": "999999"}, {"region": "unknown_region"}),
        ({"region": ""}, {"region": "field_missing"}),
        ({"lon": "200"}, {"lon": "field_position"}),
        ({"lat": ""}, {"lat": "field_position"}),
        ({"death": "-1"}, {"death": "field_count"}),
        ({"title": " ", "category": "weather", "occurred_at": "gestern"},
         {"title": "field_missing", "category": "field_choice", "occurred_at": "field_moment"}),
    ],
)  # fmt: skip
def test_what_cannot_be_so_is_told_at_its_field_and_nothing_is_stored(services, fields, wrong) -> None:
    found = refused(lambda: services.incidents.register(DUTY, told(**fields)))
    assert found == wrong
    assert services.incidents.open_incidents(DUTY) == ()


# ---- who


def test_a_county_acts_in_its_own_region_and_a_sibling_knows_of_nothing(services: Services) -> None:
    incidents = services.incidents
    number = incidents.register(COUNTY, told())
    assert refused(lambda: incidents.register(COUNTY, told(region=str(HUAZHOU)))) == {"region": "forbidden"}
    assert incidents.open_incidents(SIBLING, (CITY,)) == ()
    assert incidents.wartime_facts(SIBLING).incidents == ()
    for act in (
        lambda: incidents.page(SIBLING, number),
        lambda: incidents.write_log(SIBLING, number, {"note": "…"}),
        lambda: incidents.page(DUTY, number + 99),
    ):
        with pytest.raises(CockpitError) as error:
            act()
        assert error.value.key == "unknown_incident", (
            "the same words for what is hidden and what is not there"
        )


def test_an_analyst_sees_but_does_not_act_and_not_what_is_restricted(services: Services) -> None:
    incidents = services.incidents
    number = incidents.register(DUTY, told())
    hidden = incidents.register(
        DUTY, told(title="涉外事件", category="security", confidentiality="restricted")
    )
    assert [one.id for one in incidents.open_incidents(ANALYST)] == [number]
    assert {one.id for one in incidents.open_incidents(DUTY)} == {number, hidden}
    assert not incidents.page(ANALYST, number).commands
    with pytest.raises(CockpitError) as error:
        incidents.terminate(ANALYST, number, {"note": "…"})
    assert error.value.key == "forbidden"
    assert value(services, "emerg.event.count", GAOZHOU) == 2, "its figure counts all the same"


# ---- stages and levels


def test_the_six_stages_have_a_start_an_end_and_an_actor(services: Services, clock: Clock) -> None:
    incidents = services.incidents
    number = incidents.register(DUTY, told())
    for stage in STAGES[1:5]:
        clock.on(minutes=10)
        incidents.begin_stage(COUNTY, number, {"stage": stage})
    clock.on(minutes=5)
    for row in incidents.page(DUTY, number).stages:
        incidents.end_stage(DUTY, number, {"row": str(row.id)})
    incidents.terminate(DUTY, number, {"note": "险情排除", "assess": "1"})
    incidents.assess(DUTY, number, {"findings": "处置及时"})
    stages = incidents.page(DUTY, number).stages
    assert [one.stage for one in stages] == list(STAGES)
    assert all(one.ended_at is not None and one.ended_at >= one.began_at for one in stages)
    assert [one.begun_by for one in stages] == ["duty", *["county"] * 4, "duty"]


def test_a_wrong_stage_is_corrected_by_a_further_row(services: Services) -> None:
    incidents = services.incidents
    number = incidents.register(DUTY, told())
    first = incidents.page(DUTY, number).stages[0]
    incidents.correct_stage(
        DUTY, number, {"row": str(first.id), "began_at": "2026-10-31T18:25", "note": "时间有误"}
    )
    page = incidents.page(DUTY, number)
    assert page.corrected == {first.id}
    assert page.stages[0] == first, "the former row is what it was"
    assert refused(lambda: incidents.end_stage(DUTY, number, {"row": str(first.id)})) == {
        "row": "unknown_stage"
    }


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "end", "correct", "warning", "response", "report"]), st.integers(0, 5)
    ),
    max_size=12,
)


@given(acts=ACTS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_stages_never_vanish_whatever_is_done(services: Services, acts: list[tuple[str, int]]) -> None:
    incidents = services.incidents
    number = incidents.register(DUTY, told())
    known = incidents.page(DUTY, number).stages
    for act, at in acts:
        row = str(known[at % len(known)].id)
        try:
            match act:
                case "begin":
                    incidents.begin_stage(DUTY, number, {"stage": STAGES[at]})
                case "end":
                    incidents.end_stage(DUTY, number, {"row": row})
                case "correct":
                    values = {"row": row, "began_at": "2026-10-31T18:30", "note": "更正"}
                    incidents.correct_stage(DUTY, number, values)
                case "warning":
                    incidents.set_warning(DUTY, number, {"level": str(at % 5)})
                case "response":
                    incidents.set_response(DUTY, number, {"level": str(at % 5), "kind": "防汛"})
                case "report":
                    incidents.report(DUTY, number, {"relocated": str(at)})
        except CockpitError:
            pass  # refused: nothing may have changed
        now = incidents.page(DUTY, number).stages
        assert [(one.id, one.stage, one.began_at, one.begun_by) for one in now[: len(known)]] == [
            (one.id, one.stage, one.began_at, one.begun_by) for one in known
        ]
        known = now


@pytest.mark.parametrize(("act", "other"), [("set_warning", "response"), ("set_response", "warning")])
def test_raising_one_level_never_changes_the_other(services: Services, act: str, other: str) -> None:
    incidents = services.incidents
    number = incidents.register(DUTY, told())
    incidents.set_warning(DUTY, number, {"level": "2"})
    incidents.set_response(DUTY, number, {"level": "3", "kind": "防风"})
    before = incidents.page(DUTY, number)
    getattr(incidents, act)(DUTY, number, {"level": "4", "kind": "防风"})
    after = incidents.page(DUTY, number)
    assert getattr(after.line, other) == getattr(before.line, other)
    assert getattr(after, other + "s") == getattr(before, other + "s")
    changed = "warning" if other == "response" else "response"
    assert getattr(after.line, changed) == 4
    assert len(getattr(after, changed + "s")) == 2, "the level before stands in the series"


# ---- figures of harm, tasks, plans


def test_the_latest_report_counts_and_the_earlier_ones_stay(services: Services, clock: Clock) -> None:
    incidents = services.incidents
    number = incidents.register(DUTY, told(relocated="40", affected="90"))
    clock.on(minutes=30)
    incidents.report(DUTY, number, {"kind": "followup", "relocated": "65"})
    counts = {one.metric: one for one in incidents.page(DUTY, number).counts}
    assert counts["relocated"].latest.value == 65
    assert [count.value for count, _ in counts["relocated"].earlier] == [40]
    assert counts["affected"].latest.value == 90, "a figure that is not told again stays"
    assert value(services, "emerg.event.relocated", CITY) == 65
    assert refused(lambda: incidents.report(DUTY, number, {"kind": "followup"})) == {"note": "empty_report"}


def test_a_task_is_overdue_by_the_clock_until_it_is_answered(services: Services, clock: Clock) -> None:
    incidents = services.incidents
    number = incidents.register(DUTY, told())
    incidents.assign(DUTY, number, {"unit": "消防救援支队", "task": "搜救", "minutes": "60", "rescue": "1"})
    row = str(incidents.page(DUTY, number).tasks[0].task.id)
    seen = []
    for minutes in (10, 25, 30):
        clock.on(minutes=minutes)
        seen.append(incidents.page(DUTY, number).tasks[0].overdue)
    assert seen == ["", "ack", "answer"]
    assert [one.task.unit for one in incidents.wartime_facts(DUTY).overdue] == ["消防救援支队"]
    incidents.task(DUTY, number, {"row": row, "what": "answered", "answer": "救出2人"})
    task = incidents.page(DUTY, number).tasks[0]
    assert task.overdue == ""
    assert task.task.acknowledged_at == task.task.answered_at, "who answers has acknowledged"
    assert value(services, "emerg.command.feedback_rate", GAOZHOU) == 0, "answered after its time"


def test_a_plan_proposes_and_a_person_accepts(services: Services) -> None:
    incidents = services.incidents
    number = incidents.register(DUTY, told(kind="台风", relocated="20"))
    assert incidents.page(DUTY, number).proposals == ()
    incidents.set_warning(DUTY, number, {"level": "3"})
    page = incidents.page(DUTY, number)
    assert [(one.plan.id, one.response, one.condition) for one in page.proposals] == [
        ("typhoon", 2, "warning")
    ]
    assert page.line.response == 0, "a proposal raises nothing"
    incidents.accept(DUTY, number, "typhoon")
    page = incidents.page(DUTY, number)
    assert page.line.responses == (("防风", 2),)
    assert len(page.tasks) == 8
    assert page.proposals == ()
    assert all(one.task.ack_due - one.task.issued_at == 5 * 60 for one in page.tasks), "wartime: five minutes"


def test_what_a_plan_makes_is_made_whole_or_not_at_all(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    incidents = services.incidents
    number = incidents.register(DUTY, told(kind="台风"))
    incidents.set_warning(DUTY, number, {"level": "3"})

    def broken(*_: object, **__: object) -> None:
        raise sa.exc.OperationalError("disk", None, OSError("full"))

    monkeypatch.setattr(services.recorded, "settle", broken)
    with pytest.raises(sa.exc.OperationalError):
        incidents.accept(DUTY, number, "typhoon")
    page = incidents.page(DUTY, number)
    assert (page.line.response, page.tasks) == (0, ())


def test_orange_or_a_response_of_the_second_level_is_wartime(services: Services) -> None:
    incidents = services.incidents
    number = incidents.register(DUTY, told())
    assert not incidents.wartime_facts(DUTY).wartime
    incidents.set_warning(DUTY, number, {"level": "3"})
    facts = incidents.wartime_facts(DUTY, (GAOZHOU,))
    assert facts.wartime
    assert (facts.incidents[0].stage, facts.incidents[0].running) == ("接报", True)
    assert not incidents.wartime_facts(DUTY, (HUAZHOU,)).wartime


# ---- the end


def test_an_assessment_falls_due_thirty_days_after_the_end(services: Services, clock: Clock) -> None:
    incidents = services.incidents
    number = incidents.register(DUTY, told())
    incidents.set_response(DUTY, number, {"level": "3", "kind": "救灾"})
    incidents.terminate(DUTY, number, {"note": "险情排除"})
    due = incidents.page(DUTY, number).assessment
    assert due is not None
    assert due.due_at == int(clock.now.timestamp()) + 30 * 86400
    assert incidents.page(DUTY, number).line.response == 0
    with pytest.raises(CockpitError) as error:
        incidents.assign(DUTY, number, {"unit": "…", "task": "…", "minutes": "5"})
    assert error.value.key == "incident_closed"
    clock.on(days=20)
    incidents.assess(
        DUTY, number, {"findings": "响应及时", "fixes": "自然资源局：补装监测设备", "days": "30"}
    )
    assert value(services, "emerg.review.done_rate", CITY, "2026-Q4") == 100
    fix = incidents.page(DUTY, number).actions[0]
    assert (fix.owner, fix.task) == ("自然资源局", "补装监测设备")


def test_an_assessment_that_is_late_lowers_the_rate(services: Services, clock: Clock) -> None:
    incidents = services.incidents
    number = incidents.register(DUTY, told(sensitive="1"))
    incidents.terminate(DUTY, number, {"note": "…"})
    clock.on(days=40)
    incidents.assess(DUTY, number, {"findings": "…"})
    assert value(services, "emerg.review.done_rate", CITY, "2026-Q4") == 0


def test_what_falls_due_without_an_act_is_counted_by_the_clock(services: Services, clock: Clock) -> None:
    incidents = services.incidents
    number = incidents.register(DUTY, told(sensitive="1"))
    incidents.terminate(DUTY, number, {"note": "…"})
    incidents.tick()
    assert value(services, "emerg.review.done_rate", CITY, "2026-Q4") is None, "not due yet: no denominator"
    clock.on(days=31)
    incidents.tick()
    assert value(services, "emerg.review.done_rate", CITY, "2026-Q4") == 0


def test_days_that_were_missed_during_a_stop_are_counted_one_after_the_other(
    services: Services, clock: Clock
) -> None:
    services.schedule.once()
    number = services.incidents.register(DUTY, told(sensitive="1"))
    services.incidents.terminate(DUTY, number, {"note": "…"})
    clock.on(days=75)
    services.incidents.tick()
    assert value(services, "emerg.review.done_rate", CITY, "2026-Q4") is None, (
        "today alone says nothing of it"
    )
    services.schedule.once()
    assert value(services, "emerg.review.done_rate", CITY, "2026-Q4") == 0


def test_a_duplicate_counts_once_and_stays(services: Services) -> None:
    incidents = services.incidents
    kept = incidents.register(DUTY, told(relocated="40"))
    twin = incidents.register(COUNTY, told(title="长坡塌方", occurred_at="2026-10-31T18:05", relocated="30"))
    assert [one.id for one in incidents.page(DUTY, kept).twins] == [twin]
    assert refused(lambda: incidents.merge(DUTY, twin, kept, " ")) == {"reason": "reason_missing"}
    assert refused(lambda: incidents.merge(DUTY, kept, kept, "…")) == {"into": "merge_with_itself"}
    assert value(services, "emerg.event.natural", CITY) == 2
    incidents.merge(DUTY, twin, kept, "同一处滑坡")
    assert value(services, "emerg.event.natural", CITY) == 1
    assert value(services, "emerg.event.relocated", GAOZHOU) == 40
    page = incidents.page(DUTY, twin)
    assert (page.head.merged_into, page.head.title, page.commands) == (kept, "长坡塌方", False)


# ---- figures at every level


def test_the_median_of_the_city_is_not_a_mean_of_medians(services: Services) -> None:
    for region, minutes in ((GAOZHOU, 10), (GAOZHOU, 12), (GAOZHOU, 14), (HUAZHOU, 60)):
        services.incidents.register(DUTY, told(region=str(region), reported_at=f"2026-10-31T18:{minutes:02}" if minutes < 60
                                               else "2026-10-31T19:00"))  # fmt: skip
    delays = {region: value(services, "emerg.report.delay", region) for region in (GAOZHOU, HUAZHOU, CITY)}
    assert delays == {GAOZHOU: 12, HUAZHOU: 60, CITY: 13}
    assert delays[CITY] != np.mean([12, 60])


def test_city_county_and_town_count_what_happened_in_them(services: Services) -> None:
    services.incidents.register(DUTY, told())
    services.incidents.register(DUTY, told(region=str(GAOZHOU)))
    counts = [value(services, "emerg.event.count", region) for region in (CHANGPO, GAOZHOU, CITY)]
    assert counts == [1, 2, 2]


def test_moving_an_incident_moves_its_figures(services: Services) -> None:
    number = services.incidents.register(DUTY, told())
    services.incidents.correct(DUTY, number, {"region": str(HUAZHOU)})
    counts = [value(services, "emerg.event.count", region) for region in (CHANGPO, GAOZHOU, HUAZHOU, CITY)]
    assert counts == [0, 0, 1, 1]


# ---- published and simulated


def test_published_incidents_stay_as_printed_and_enter_no_figure(services: Services) -> None:
    incidents = services.incidents
    assert incident_seed.load_published(incidents, services.pack) == 4
    assert incident_seed.load_published(incidents, services.pack) == 0
    heads = {head.title: head for head in incidents.heads(DUTY)}
    typhoon = next(head for title, head in heads.items() if "尤特" in title)
    assert (typhoon.occurred_at, typhoon.reported_at, typhoon.simulated) == (None, None, False)
    page = incidents.page(DUTY, typhoon.id)
    assert (page.line.delay, page.line.late, page.commands) == (None, False, False)
    counts = {one.metric: (one.latest.value, one.latest.note) for one in page.counts}
    assert counts["affected"] == (330_000, "多")
    assert counts["relocated"] == (90_000, "近")
    assert (counts["death"][0], counts["missing"][0], counts["houses"][0]) == (1, 5, 586)
    assert {one.quality for one in page.facts} == {"D"}
    assert incidents.open_incidents(DUTY) == ()
    levels = incidents.page(DUTY, next(head.id for title, head in heads.items() if "韦帕" in title)).responses
    assert [(one.kind, one.level) for one in levels] == [("防风", 4), ("防风", 3), ("防风", 1), ("防汛", 1)]
    assert value(services, "emerg.event.count", CITY, "2025-07-18") is None


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """A cockpit with the simulated incidents, at the moment at which they end."""
    path = tmp_path_factory.mktemp("incidents") / "city.db"
    clock = Clock()
    clock.now = datetime(2026, 10, 31, 16, 30, tzinfo=UTC)
    services = bootstrap.build(
        load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{path}"}), clock=clock
    )
    folder = services.pack.file("sample/spec.yaml")
    assert folder is not None
    count = incident_seed.fill_sample(
        services.incidents, services.pack, samples.read_spec(folder.parent), 440900
    )
    assert count > 4500
    return services


def test_simulated_incidents_are_marked_and_some_are_open_at_the_end(filled: Services) -> None:
    facts = filled.incidents.wartime_facts(DUTY)
    assert all(one.simulated for one in facts.incidents)
    assert len(facts.incidents) == 4
    worst = facts.incidents[0]
    assert (worst.kind, worst.warning, worst.response, worst.wartime) == ("台风", 3, 2, True)
    assert filled.tree.contains(440904000000, worst.place.code)
    assert facts.overdue
    assert sum(not one.placed for one in facts.incidents) == 1


def test_the_parts_of_the_sample_make_its_total_day_by_day(filled: Services) -> None:
    kinds = ("natural", "accident", "health", "security")
    codes = ("emerg.event.count", *(f"emerg.event.{kind}" for kind in kinds))
    keys = tuple(periods.read(f"2026-10-{day:02}", "period") for day in range(1, 32))
    answer = filled.query.ask(SYSTEM, Question(codes, (CITY, GAOZHOU), periods=keys))
    values = {(line.indicator, line.region, line.period): line.value for line in answer}
    for region in (CITY, GAOZHOU):
        for key in keys:
            assert values[codes[0], region, key] == sum(values[code, region, key] for code in codes[1:])


def test_the_planted_typhoon_stands_in_the_figures(filled: Services) -> None:
    relocated = [
        value(filled, "emerg.event.relocated", 440904000000, f"2026-09-{day}") for day in (16, 17, 18, 19)
    ]
    assert all(one is not None and one >= 2600 for one in relocated)
    assert (value(filled, "emerg.event.houses", 440983000000, "2026-09-17") or 0) >= 14


def test_the_duty_roster_names_somebody_in_every_county(filled: Services) -> None:
    lines = filled.incidents.on_duty(DUTY)
    assert {one.role for one in lines} == {"leader", "officer"}
    assert {one.place.code for one in lines} == {CITY, *filled.tree.at_level(3, CITY)}
    assert {one.place.code for one in filled.incidents.on_duty(COUNTY)} == {GAOZHOU}


def wish(services: Services, actor: Actor, region: int, **filters: str) -> PanelWish:
    own = services.tree.covers(actor.regions, region)
    scene = Scene(actor, services.tree, region, own, "zh", None, None, services.targets.current())
    return PanelWish(scene, Choice(filters=filters), services.clock())


def test_panels_show_a_reader_no_more_than_the_reader_answers_for(filled: Services) -> None:
    makers = IncidentPanels(filled.incidents, timedelta(hours=8)).makers()
    for name, make in makers.items():
        assert type(make(wish(filled, COUNTY, CITY))).__name__ == "Face", name
        assert type(make(wish(filled, COUNTY, GAOZHOU))).__name__ != "Face", name
    history: Any = makers["incidents.history"](wish(filled, COUNTY, GAOZHOU))
    assert all(filled.tree.contains(GAOZHOU, one.place.code) for one in history.incidents)


def test_the_history_is_narrowed_by_what_is_asked(filled: Services) -> None:
    makers = IncidentPanels(filled.incidents, timedelta(hours=8)).makers()
    found: Any = makers["incidents.history"](wish(filled, DUTY, CITY, **{"class": "health", "year": "2025"}))
    assert {one.category for one in found.incidents} == {"health"}
    assert 35 < found.total < 90, "about 60 a year"


def test_the_delay_panel_counts_every_first_report_once(filled: Services) -> None:
    view: Any = IncidentPanels(filled.incidents, timedelta(hours=8)).delay(wish(filled, DUTY, CITY))
    assert sum(count for _, _, count in view.bins) == view.count
    assert view.median < view.p90


# ---- pure rules


@pytest.mark.parametrize(
    ("seconds", "late"), [(119 * 60, False), (120 * 60, False), (120 * 60 + 1, True), (None, True)]
)
def test_a_first_report_is_late_beyond_two_hours(seconds: int | None, late: bool) -> None:
    head = Incident(1, None, "…", "accident", "", "", "", 4, CITY, "", None, None, 0, seconds, "", "", "internal", True,
                    False, False, None, None, 0, "duty")  # fmt: skip
    limits = incident_rules.load_rules(load_pack(bootstrap.ROOT / "packs" / "440900")).limits
    assert incident_rules.is_late(head, limits, now=3 * 3600) is late
