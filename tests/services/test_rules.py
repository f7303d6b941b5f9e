"""Further rules of an indicator, from change notes to screens: courses, charts, ranks, composites, lateness, scope."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from data_access.config import StoreSettings
from data_access.engine import create_engine
from data_access.migrations import create_schema
from indicators.alerts import Cause, EventKind
from indicators.definition import Basis, Frequency, Polarity, RegionAggregation, RuleSpec
from indicators.errors import CockpitError
from indicators.periods import months_key
from indicators.regions import Level, Region, RegionTree
from indicators.rules import rules_of
from services import checks
from services.access import SYSTEM
from services.alerts import AlertKey, alert_key
from tests.services.test_alerts import CITY, NORTH, NOW, OVER_TEN, SOUTH, World, an_indicator, month

ROOT = Path(__file__).parents[2]
WEST, EAST = 440983000000, 440904000000


def named(code: str = "econ.cases", main: dict | None = None, **rules):
    """An indicator that is published by region alone, with further rules."""
    specs = tuple(
        RuleSpec({"name_zh": name, "name_en": name, **rule}, name=name) for name, rule in rules.items()
    )
    return an_indicator(code, main, rules=specs, agg_region=RegionAggregation.NOT_ADDITIVE)


FALLING = {"type": "trend", "direction": "falling", "red": 4, "blue": 2}


def empty_store(folder: Path) -> Engine:
    """An engine on an empty store: what rules say does not depend on which engine keeps it (test_alerts has both)."""
    made = create_engine(StoreSettings(url=f"sqlite:///{folder}/{uuid4().hex}.db"))
    create_schema(made)
    return made


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return empty_store(tmp_path)


def stands(world: World) -> dict[tuple[str, int], str]:
    """Open warnings by rule and region."""
    return {(a.rule, a.region): a.level.word for a in world.alerts.open_alerts(SYSTEM)}


def told(world: World, rule: str) -> list[tuple[str, int, str]]:
    """The history of a rule in the north: kind, month, level; oldest first."""
    events = [event for event in world.alerts.history(SYSTEM, (NORTH,)) if event.rule == rule]
    return [(e.kind.name, e.period // 10**9 % 100, e.level.word) for e in reversed(events)]


def test_an_indicator_has_several_warnings_at_once_each_known_by_its_rule(engine):
    world = World(engine, named(main=OVER_TEN, falling=FALLING))
    world.loaded("econ.cases", {month(n): 30 - n for n in range(1, 5)})
    assert stands(world) == {("econ.cases", NORTH): "red", ("econ.cases~falling", NORTH): "blue"}
    further = next(a for a in world.alerts.open_alerts(SYSTEM) if a.rule != a.indicator)
    assert (further.indicator, further.title("zh"), further.measure) == (
        "econ.cases", "econ.cases · falling", "falling_run",
    )  # fmt: skip
    assert (further.value, further.measured, further.threshold, further.op) == (26, 3, 2, ">=")
    assert alert_key(further.id) == further.key == AlertKey("econ.cases~falling", NORTH, month(3))
    assert {e.rule for e in world.alerts.history(SYSTEM, indicator="econ.cases")} == {
        "econ.cases",
        "econ.cases~falling",
    }


@pytest.mark.parametrize(
    "text", ["", "econ.cases", "econ.cases:x:1", "a:b:c", ":1:2", "econ.cases:1:-2", "a:1:²"]
)
def test_what_is_no_identity_of_a_warning_is_told(text):
    with pytest.raises(CockpitError) as refused:
        alert_key(text)
    assert refused.value.issues[0].key == "unknown_alert"


def test_a_rule_that_is_no_more_ends_its_warnings_and_leaves_those_of_the_indicator(engine):
    world = World(engine, named(main=OVER_TEN, falling=FALLING))
    world.loaded("econ.cases", {month(n): 30 - n for n in range(1, 5)})
    world.define(named(main=OVER_TEN))
    world.alerts.tick(NOW)
    assert stands(world) == {("econ.cases", NORTH): "red"}
    newest = world.alerts.history(SYSTEM)[0]
    assert (newest.rule, newest.kind, newest.cause) == (
        "econ.cases~falling",
        EventKind.RESOLVE,
        Cause.RULE_REMOVED,
    )
    with pytest.raises(CockpitError):
        world.alerts.rule("econ.cases~falling")


def test_a_new_rule_on_figures_that_are_there_is_judged_at_the_next_round(engine):
    world = World(engine, named(main=OVER_TEN))
    world.loaded("econ.cases", {month(n): 4 - n / 10 for n in range(1, 5)})
    world.define(named(main=OVER_TEN, falling=FALLING))
    world.alerts.tick(NOW)
    assert stands(world) == {("econ.cases~falling", NORTH): "blue"}


CHART = {"type": "control", "chart": "western_electric", "side": "upper", "red": 1, "yellow": [2, 3],
         "in_control": {"from": "2023-01-01", "to": "2023-12-31"}}  # fmt: skip
SUM = {"type": "control", "chart": "cusum", "side": "upper", "red": 9, "yellow": 4,
       "in_control": {"from": "2023-01-01", "to": "2023-12-31"}}  # fmt: skip
RANKED = {"type": "rank", "end": "bottom", "red": 1, "least_siblings": 2}
BOTH = {"type": "composite", "of": ["econ.cases", "econ.cases~falling"], "when": "and"}
YEAR_OF_CONTROL = {month(n, 2023): 2 + n % 2 for n in range(1, 13)}


@pytest.mark.parametrize(
    ("rules", "values"),
    [
        ({"falling": FALLING}, [9, 8, 7, 7, 6, 5]),
        ({"chart": CHART}, [3, 9, 2, 5, 4, 5]),
        ({"sum": SUM}, [3, 5, 5, 5, 2, 9]),
        ({"falling": FALLING, "both": BOTH}, [40, 30, 20, 15, 12, 3]),
        ({"ranked": RANKED}, [5, 1, 5, 5, 1, 1]),
    ],
    ids=["trend", "run rules", "cumulative sum", "composite", "rank"],
)
@pytest.mark.parametrize("order", [range(6), (4, 0, 5, 2, 1, 3)], ids=["in order", "shuffled"])
def test_figures_that_come_one_by_one_make_the_history_that_all_at_once_make(
    engine, tmp_path, rules, values, order
):
    streamed = World(engine, named(main=OVER_TEN, **rules))
    streamed.loaded("econ.cases", YEAR_OF_CONTROL)
    streamed.loaded("econ.cases", {month(n): 3 for n in range(1, 7)}, SOUTH)
    for nth in order:
        streamed.loaded("econ.cases", {month(nth + 1): values[nth]})
        streamed.define(named(main=OVER_TEN, **rules))  # a restart after every figure
    at_once = World(empty_store(tmp_path), named(main=OVER_TEN, **rules))
    at_once.load("econ.cases", YEAR_OF_CONTROL)
    at_once.load("econ.cases", {month(n): 3 for n in range(1, 7)}, SOUTH)
    at_once.load("econ.cases", {month(n + 1): value for n, value in enumerate(values)})
    at_once.alerts.evaluate_all(NOW)
    assert stands(streamed) == stands(at_once)
    openings = {(a.rule, a.region): (a.opened, a.lasted) for a in streamed.alerts.open_alerts(SYSTEM)}
    assert openings == {(a.rule, a.region): (a.opened, a.lasted) for a in at_once.alerts.open_alerts(SYSTEM)}
    identity = f"econ.cases~{list(rules)[-1]}"
    assert told(at_once, identity)
    if list(order) == list(range(6)):
        assert told(streamed, identity) == told(at_once, identity)
    before = len(streamed.alerts.history(SYSTEM))
    streamed.alerts.evaluate_all(NOW)
    assert len(streamed.alerts.history(SYSTEM)) == before


def test_a_composite_warns_where_its_members_do_and_ends_with_one_of_them(engine):
    world = World(engine, named(main=OVER_TEN, falling=FALLING, both=BOTH))
    world.loaded("econ.cases", {month(n): v for n, v in enumerate((50, 40, 30, 26), 1)})
    assert stands(world)[("econ.cases~both", NORTH)] == "blue"
    world.loaded("econ.cases", {month(5): 24})
    assert stands(world)[("econ.cases~both", NORTH)] == "red"
    world.loaded("econ.cases", {month(6): 25})
    assert stands(world) == {("econ.cases", NORTH): "red"}
    assert [kind for kind, *_ in told(world, "econ.cases~both")] == ["OPEN", "UPGRADE", "RESOLVE"]


def test_a_composite_waits_for_all_its_members_until_they_are_overdue(engine):
    both = {"type": "composite", "of": ["econ.cases", "econ.other"], "when": "or"}
    definitions = (named(main=OVER_TEN, any=both), named("econ.other", OVER_TEN))
    world = World(engine, *definitions)
    world.loaded("econ.cases", {month(6): 30})
    world.loaded("econ.other", {month(5): 1})
    world.now = datetime(2024, 7, 15, tzinfo=UTC)  # due on the 20th, overdue after the 25th
    world.alerts.tick(world.now)
    assert ("econ.cases~any", NORTH) not in stands(world)
    world.now = datetime(2024, 7, 28, tzinfo=UTC)
    world.alerts.tick(world.now)
    assert stands(world)[("econ.cases~any", NORTH)] == "red"


def test_what_is_made_of_itself_is_not_judged_and_stops_no_other(engine):
    circle = {"type": "composite", "of": ["econ.cases~one", "econ.cases"], "when": "and"}
    back = {"type": "composite", "of": ["econ.cases~other", "econ.cases"], "when": "and"}
    world = World(engine, named(main=OVER_TEN, other=circle, one=back))
    world.load("econ.cases", {month(6): 30})
    report = world.alerts.evaluate_pending(NOW)
    assert {issue.key for issue in report.issues} >= {"composite_loop"}
    assert stands(world) == {("econ.cases", NORTH): "red"}


FAMILY = RegionTree(
    [
        Region(CITY, None, Level.CITY, "city", "茂名市", "Maoming", "maoming"),
        *(
            Region(code, CITY, Level.COUNTY, "county", str(code), str(code), str(code))
            for code in (NORTH, SOUTH, WEST, EAST)
        ),
    ],
    CITY,
)


def test_the_worst_of_the_siblings_is_warned_of_and_a_late_figure_turns_the_order(engine, monkeypatch):
    monkeypatch.setattr("tests.services.test_alerts.TREE", FAMILY)
    ranked = {"type": "rank", "end": "bottom", "red": 1, "yellow": 2}
    world = World(engine, named(ranked=ranked))
    for value, region in enumerate((NORTH, SOUTH, WEST, EAST), 1):
        world.loaded("econ.cases", {month(6): value}, region)
    assert stands(world) == {("econ.cases~ranked", NORTH): "red", ("econ.cases~ranked", SOUTH): "yellow"}
    world.loaded("econ.cases", {month(6): 0}, EAST)
    assert stands(world) == {("econ.cases~ranked", EAST): "red", ("econ.cases~ranked", NORTH): "yellow"}


def test_nobody_is_ranked_before_nearly_all_have_reported(engine, monkeypatch):
    monkeypatch.setattr("tests.services.test_alerts.TREE", FAMILY)
    world = World(engine, named(ranked={"type": "rank", "end": "bottom", "red": 1}))
    world.loaded("econ.cases", {month(5): 1}, EAST)
    for value, region in enumerate((NORTH, SOUTH, WEST), 1):
        world.loaded("econ.cases", {month(6): value}, region)
    assert stands(world) == {}


LATE = {"type": "late", "blue": 0, "yellow": 5, "red": 20}


def at_day(world: World, day: int, number: int = 7) -> None:
    """The scheduler comes by on a day."""
    world.now = datetime(2024, number, day, 4, tzinfo=UTC)
    world.alerts.tick(world.now)


def test_lateness_grows_by_days_and_ends_when_the_figure_comes(engine):
    world = World(engine, named(late=LATE))
    world.now = datetime(2024, 6, 25, tzinfo=UTC)
    for region in (NORTH, SOUTH):
        world.loaded("econ.cases", {month(5): 1}, region)
    world.loaded("econ.cases", {month(6): 1}, SOUTH)
    assert stands(world) == {}
    at_day(world, 21)  # June is due on the 20th of July
    assert stands(world) == {("econ.cases~late", NORTH): "blue"}
    at_day(world, 23)
    at_day(world, 26)
    (alert,) = world.alerts.open_alerts(SYSTEM)
    assert (alert.level.word, alert.period, alert.opened, alert.value) == ("yellow", month(6), month(6), None)
    assert alert.measured == pytest.approx(5 + 12 / 24, abs=0.6)
    world.loaded("econ.cases", {month(6): 1})
    assert stands(world) == {}
    assert told(world, "econ.cases~late") == [
        ("OPEN", 6, "blue"),
        ("UPGRADE", 6, "yellow"),
        ("RESOLVE", 6, "none"),
    ]
    history = len(world.alerts.history(SYSTEM))
    world.alerts.evaluate_all(world.now)
    assert len(world.alerts.history(SYSTEM)) == history


def test_a_silence_of_all_is_told_once_of_the_region_above(engine):
    world = World(engine, named(late=LATE))
    world.now = datetime(2024, 6, 25, tzinfo=UTC)
    for region in (CITY, NORTH, SOUTH):
        world.loaded("econ.cases", {month(5): 1}, region)
    at_day(world, 22)
    assert stands(world) == {("econ.cases~late", CITY): "blue"}


def test_a_stop_of_weeks_shows_what_is_late_when_the_clock_goes_on(engine):
    world = World(engine, named(late=LATE))
    world.now = datetime(2024, 6, 25, tzinfo=UTC)
    world.loaded("econ.cases", {month(5): 1})
    world.loaded("econ.cases", {month(6): 1, month(5): 1}, SOUTH)
    at_day(world, 12, 8)
    assert stands(world) == {("econ.cases~late", NORTH): "red"}


@pytest.mark.parametrize(
    ("scope", "warned"),
    [
        ({"levels": ["city"]}, {CITY}),
        ({"regions": ["440981"]}, {NORTH}),
        ({"except": ["440981"]}, {CITY, SOUTH}),
        ({"except": [{"region": "440981", "valid_to": "2024-05-31"}]}, {CITY, NORTH, SOUTH}),
        ({"except": [{"region": "440981", "valid_from": "2024-06-01"}]}, {CITY, SOUTH}),
    ],
)
def test_a_rule_speaks_where_its_scope_says(engine, scope, warned):
    world = World(engine, named(scoped=OVER_TEN | {"scope": scope}))
    for region in (CITY, NORTH, SOUTH):
        world.loaded("econ.cases", {month(6): 30}, region)
    assert {region for _, region in stands(world)} == warned


def test_an_exemption_that_begins_ends_the_warning_saying_so(engine):
    exempt = {"scope": {"except": [{"region": "440981", "valid_from": "2024-06-01"}]}}
    world = World(engine, named(scoped=OVER_TEN | exempt))
    world.loaded("econ.cases", {month(5): 30})
    world.loaded("econ.cases", {month(6): 30})
    newest = world.alerts.history(SYSTEM)[0]
    assert (newest.kind, newest.cause) == (EventKind.RESOLVE, Cause.OUT_OF_SCOPE)


def test_a_narrower_scope_leaves_no_orphan(engine):
    world = World(engine, named(scoped=OVER_TEN))
    world.loaded("econ.cases", {month(6): 30})
    world.define(replace(named(scoped=OVER_TEN | {"scope": {"levels": ["city"]}}), version=2))
    world.alerts.tick(NOW + timedelta(days=1))
    assert stands(world) == {}
    assert world.alerts.history(SYSTEM)[0].cause is Cause.OUT_OF_SCOPE


def test_a_rule_speaks_of_the_periods_in_which_it_is_valid(engine):
    world = World(engine, named(dated=OVER_TEN | {"valid_from": "2024-04-01", "valid_to": "2024-05-31"}))
    world.loaded("econ.cases", {month(n): 30 for n in range(1, 7)})
    assert told(world, "econ.cases~dated") == [("OPEN", 4, "red"), ("RESOLVE", 6, "none")]


def test_bounds_of_a_year_grow_with_its_months(engine):
    rule = {"type": "threshold", "op": ">", "red": 120, "blue": 60, "season": True}
    world = World(engine, replace(named(spent=rule), basis=Basis.YTD))
    first = months_key(2024, 1, 1)
    world.loaded("econ.cases", {months_key(2024, n, n): 6 * n for n in range(2, 5)} | {first: 4})
    assert told(world, "econ.cases~spent") == [("OPEN", 2, "blue")]


def test_a_rule_with_nothing_but_polarity_looks_at_the_bad_side():
    good_up = replace(
        named(
            course={"type": "trend", "blue": 3},
            place={"type": "rank", "blue": 3},
            chart=CHART | {"side": "lower"},
        ),
        polarity=Polarity.HIGHER_BETTER,
        frequency=Frequency.MONTHLY,
    )
    _, course, place, _ = rules_of(good_up)
    assert (course.measure, place.rank_from) == ("falling_run", "bottom")


def test_bounds_of_a_year_follow_the_season_curve_of_the_indicator_in_its_region(engine):
    class Curves:
        """A city in which hardly anything is due in the first half of a year."""

        @staticmethod
        def current():
            return Curves

        @staticmethod
        def target(*_):
            return None

        @staticmethod
        def curve(_, region: int, __=None):
            return (1, 2, 3, 4, 5, 6, 30, 50, 70, 80, 90, 100) if region == NORTH else None

    rule = {"type": "threshold", "op": ">", "red": 1200, "blue": 600, "season": True}
    spent = replace(named(spent=rule), basis=Basis.YTD)
    world = World(engine, spent)
    world.alerts._query._targets = Curves
    for region in (NORTH, SOUTH):
        world.loaded("econ.cases", {months_key(2024, 4, 4): 60}, region)
    (alert,) = world.alerts.open_alerts(SYSTEM)
    assert (alert.rule, alert.region, alert.level.word, alert.threshold) == (
        "econ.cases~spent",
        NORTH,
        "red",
        48,
    )


def test_a_pack_may_not_speak_of_regions_or_people_that_it_does_not_have(tmp_path):
    for name in ("common", "440900"):
        shutil.copytree(
            ROOT / "packs" / name, tmp_path / name, ignore=shutil.ignore_patterns("observations", "records")
        )
    rule = (
        "{name_zh: 少, name_en: Few, type: threshold, measure: yoy_pct, op: '<', blue: 0, "
        "scope: {regions: ['440981', '110101']}, recipients: {departments: [finance, wizards], roles: [king]}}"
    )
    (tmp_path / "440900" / "rules").mkdir()
    (tmp_path / "440900" / "rules" / "own.yaml").write_text(
        f"rules:\n  - {{code: econ.power.industrial, rules: {{few: {rule}}}}}\n", "utf-8"
    )
    found = checks.run([tmp_path / "440900"], tmp_path, NOW.date())
    told = {issue.key: issue.params for issue in found}
    assert told["rule_region_not_here"]["regions"] == "110101000000"
    assert told["rule_tells_nobody"]["words"] == "wizards, king"
    assert {issue.params["rule"] for issue in found} == {"econ.power.industrial~few"}
