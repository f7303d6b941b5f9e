"""Rules that look at more than one figure: what is read from them, what is refused, in which spelling."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.alerts import Alerts, Health, Timing, at, step
from indicators.catalog.checking import check as check_definitions
from indicators.catalog.reading import assemble, entries, layered
from indicators.charts import Lean
from indicators.definition import Basis, Frequency, Polarity, indicator_of, rule_id
from indicators.periods import months_key
from indicators.regions import Level
from indicators.rules import (
    RULE_FIELDS,
    RULE_TYPES,
    Readings,
    Reason,
    Recipients,
    check,
    measured,
    parse,
    rules_of,
    unit_compared,
    verdicts,
)
from indicators.rules.composing import together
from tests.indicators.test_catalog import MINI, words
from tests.indicators.test_catalog import parse as parse_yaml
from tests.indicators.test_rules import OVER, an_indicator, faults

TREND = {"type": "trend", "red": 4, "blue": 2}
LIMITED = {"centre": 10, "sd": 2, "since": "2024-01-01"}
DECLARED = {"in_control": {"from": "2023-01-01", "to": "2023-12-31"}}
CHART = {"type": "control", "red": 1, "blue": [2, 3], **LIMITED}
SUM = {"type": "control", "chart": "cusum", "red": 8, "blue": 4, **LIMITED}
RANK = {"type": "rank", "red": 1, "blue": 3}
BOTH = {"type": "composite", "of": ["econ.a", "econ.b~x"], "when": "and"}
LATE = {"type": "late", "red": 20, "blue": 0}
COUNTY = an_indicator(lowest_level="county")


@pytest.mark.parametrize(
    ("rule", "indicator", "keys"),
    [
        (TREND | {"blue": 4}, None, {"rule_order"}),
        (TREND | {"blue": 0}, None, {"rule_run"}),
        (TREND | {"blue": 1.5}, None, {"rule_run"}),
        (TREND | {"direction": "sideways"}, None, {"rule_word"}),
        (TREND, replace(COUNTY, basis=Basis.YTD, unit="亿元"), {"trend_of_cumulative"}),
        (TREND | {"measure": "yoy_pct"}, replace(COUNTY, basis=Basis.YTD, unit="亿元"), set()),
        (TREND, replace(COUNTY, basis=Basis.YTD, unit="%"), set()),
        (TREND, replace(COUNTY, frequency=Frequency.REALTIME), {"rule_without_rhythm"}),
        (CHART, replace(COUNTY, basis=Basis.YTD, unit="亿元"), {"trend_of_cumulative"}),
        (CHART | {"chart": "shewhart"}, None, {"rule_word"}),
        (CHART | {"red": 5}, None, {"rule_pattern"}),
        (CHART | {"red": "one"}, None, {"rule_pattern"}),
        (CHART | {"chart": "nelson", "red": 8}, None, set()),
        (CHART | {"side": "left"}, None, {"rule_word"}),
        (CHART | {"sd": 0}, None, {"chart_deviation"}),
        (CHART | {"centre": None}, None, {"chart_limits"}),
        (CHART | DECLARED, None, {"chart_limits"}),
        ({"type": "control", "red": 1} | DECLARED, COUNTY, set()),
        ({"type": "control", "red": 1, "in_control": {"from": "2023-12-31", "to": "2023-01-01"}}, None, {"chart_in_control"}),
        ({"type": "control", "red": 1, "in_control": {"from": "then", "to": "2023-01-01"}}, None, {"rule_day", "chart_limits"}),
        (CHART | {"since": None}, COUNTY, {"chart_since"}),
        (CHART | {"since": None}, None, set()),
        (SUM | {"k": -1}, None, {"chart_slack"}),
        (SUM | {"blue": 9}, None, {"rule_order"}),
        (SUM | {"recover": {"blue": 5}}, None, {"rule_recovery_side"}),
        (SUM | {"chart": "ewma", "lambda": 1.5}, None, {"chart_weight"}),
        (RANK | {"blue": 0}, None, {"rule_order", "rule_place"}),
        (RANK | {"red": 3, "blue": 1}, None, {"rule_order"}),
        (RANK | {"end": "middle"}, None, {"rule_word"}),
        (RANK | {"by": "weight"}, None, {"rule_word"}),
        (RANK | {"least_siblings": 1}, None, {"rule_siblings"}),
        (BOTH | {"of": ["econ.a"]}, None, {"composite_members"}),
        (BOTH | {"of": ["econ.a", "econ.a"]}, None, {"composite_members"}),
        (BOTH | {"of": "econ.a"}, None, {"composite_members"}),
        (BOTH | {"when": "xor"}, None, {"composite_when"}),
        (BOTH | {"when": "at_least 3"}, None, {"composite_when"}),
        (BOTH | {"when": {"at_least": 0}}, None, {"composite_when"}),
        (BOTH | {"folds": "yes"}, None, {"rule_flag"}),
        (LATE | {"blue": -1}, None, {"rule_overdue"}),
        (LATE | {"blue": 30}, None, {"rule_order"}),
        (LATE | {"persist": 2}, None, {"rule_late_field"}),
        (LATE | {"no_data": "keep"}, None, {"rule_late_field"}),
        (OVER | {"scope": "county"}, None, {"rule_scope"}),
        (OVER | {"scope": {"places": ["440981"]}}, None, {"rule_scope"}),
        (OVER | {"scope": {"levels": ["galaxy"]}}, None, {"rule_scope_level"}),
        (OVER | {"scope": {"regions": ["高州"]}}, None, {"rule_scope_region"}),
        (OVER | {"scope": {"except": [{"region": "440981", "valid_to": "soon"}]}}, None, {"rule_day"}),
        (OVER | {"scope": {"levels": ["town"]}}, COUNTY, {"rule_not_published"}),
        (OVER | {"scope": {"regions": ["440981102"]}}, COUNTY, {"rule_not_published"}),
        (OVER | {"scope": {"regions": ["440981"]}}, COUNTY, set()),
        (OVER | {"valid_from": "2024-13-01"}, None, {"rule_day"}),
        (OVER | {"valid_from": "2024-06-01", "valid_to": "2024-05-31"}, None, {"rule_validity"}),
        (OVER | {"season": [1, 2, 3]}, None, {"rule_season"}),
        (OVER | {"season": [9] * 11 + [100]}, None, set()),
        (OVER | {"season": [*range(12, 1, -1), 100]}, None, {"rule_season"}),
        (OVER | {"season": True}, replace(COUNTY, basis=Basis.PERIOD), {"rule_season_basis"}),
        (OVER | {"recipients": ["stats"]}, None, {"rule_recipients"}),
        (OVER | {"recipients": {"people": ["x"]}}, None, {"rule_recipients"}),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_refused_by_name_and_says_what_to_do(rule, indicator, keys):
    issues = check(rule, indicator)
    assert keys <= set(faults(rule, indicator))
    assert bool(issues) == bool(keys)
    assert all(issue.what and issue.do for issue in issues)


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 5), st.floats(allow_nan=True), st.sampled_from(["", "red", "and", "2024-01-01"]),
    st.lists(st.sampled_from(["a.b", 1, None, "440981"]), max_size=3),
    st.dictionaries(st.sampled_from(["red", "from", "region", "levels", "at_least"]), st.integers(0, 3) | st.text(max_size=2), max_size=2),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(RULE_TYPES)), st.dictionaries(st.sampled_from(RULE_FIELDS[3:]), ODD, max_size=6)
)
def test_whatever_stands_in_a_rule_is_told_and_never_breaks_the_reader(kind, written):
    for indicator in (None, COUNTY):
        assert all(issue.what for issue in check({"type": kind, **written}, indicator))


def test_what_is_not_said_is_the_bad_side_of_the_indicator():
    up, down = (replace(COUNTY, polarity=p) for p in (Polarity.HIGHER_BETTER, Polarity.LOWER_BETTER))
    assert [parse(TREND, one).measure for one in (up, down)] == ["falling_run", "rising_run"]
    assert [parse(RANK, one).rank_from for one in (up, down)] == ["bottom", "top"]
    charts = [parse(CHART, one).chart for one in (up, down, None)]
    assert [chart.lean for chart in charts if chart] == [Lean.LOWER, Lean.UPPER, Lean.BOTH]


def test_the_spelling_of_the_cases_is_read_too():
    written = {"type": "control", "chart": "ewma", "center": 10, "sd": 2, "lam": 0.5, "nsigmas": 1.6}
    rule = parse(written)
    assert (rule.chart and rule.chart.centre, rule.chart and rule.chart.weight) == (10, 0.5)
    assert verdicts(rule, Readings(np.array([[11.0], [13.0], [12.0]]))).breach[:, 0, 0].tolist() == [
        False,
        False,
        True,
    ]
    assert rule.sides[0].recovery[0] != rule.sides[0].recovery[0]
    trend = parse({"type": "trend", "comparison": ">=", "thresholds": {"red": 3}, "for_periods": 1})
    assert trend.hold_for == (1, 1, 1, 1)


def test_whom_a_rule_tells_and_which_unit_it_compares_in():
    rule = parse(OVER | {"recipients": {"departments": ["stats"], "roles": ["leader"]}})
    assert rule.recipients == Recipients(("stats",), ("leader",))
    assert [unit_compared(word, "件") for word in ("value", "falling_run", "schedule_gap_pp")] == [
        "件",
        "期",
        "百分点",
    ]


def test_limits_hold_between_their_days():
    rule = parse(OVER | {"valid_from": "2024-02-01", "valid_to": "2024-03-31"})
    keys = np.array([months_key(2024, month, 1) for month in range(1, 5)])
    found = verdicts(rule, Readings(np.full(4, 30.0), period=keys))
    assert found.outside.tolist() == [True, False, False, True]
    assert found.reason[0] == Reason.NOT_IN_FORCE


@pytest.mark.parametrize(
    ("policy", "states"), [("ok", [4, 4, 4, 0]), ("no_data", [4, 4, 4, 4]), ("keep", [4, 4, 4, 4])]
)
def test_the_keep_time_runs_through_missing_periods_where_these_count_as_no_breach(policy, states):
    rule = parse(OVER | {"keep": 2, "no_data": policy})
    values = np.array([30.0, np.nan, np.nan, np.nan])[:, None]
    verdict, alerts, seen = verdicts(rule, Readings(values)), Alerts.normal(1), []
    for nth in range(4):
        health = np.where(np.isnan(values[nth]), Health.NO_DATA, Health.OK).astype(np.int8)
        alerts, _ = step(alerts, Timing.of(rule), at(verdict, nth), health, nth + 1)
        seen.append(int(alerts.level[0]))
    assert seen == states


def test_a_trend_does_not_run_across_a_change_of_calibre():
    rule = replace(parse(TREND | {"direction": "falling"}), breaks=(date(2024, 3, 1),))
    keys = np.array([[months_key(2024, month, 1)] for month in range(1, 6)])
    falling = Readings(np.arange(9.0, 4.0, -1)[:, None], period=keys)
    assert measured(rule, falling).measure[:, 0].tolist() == [0, 1, 0, 1, 2]


LEVELS = st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=2, max_size=5)


@given(LEVELS, st.data())
def test_the_level_of_a_composite_is_what_so_many_members_have_reached(levels, data):
    needed = data.draw(st.integers(1, len(levels)))
    reached = together(np.array(levels, np.int8), needed)
    for column, level in enumerate(reached.tolist()):
        members = [row[column] for row in levels]
        assert sum(member >= level for member in members) >= needed
        assert level == 4 or sum(member > level for member in members) < needed


FIGURES = st.lists(st.floats(0, 9, width=16) | st.just(float("nan")), min_size=4, max_size=8)


@given(FIGURES, st.sampled_from(["bottom", "top"]))
def test_a_place_counts_who_is_worse_and_equal_figures_share_it(figures, end):
    rule = parse(RANK | {"end": end})
    row = np.array([figures])
    places = measured(rule, Readings(row)).measure[0]
    there = [figure for figure in figures if figure == figure]
    for figure, place in zip(figures, places.tolist(), strict=True):
        if place == place:
            worse = sum(other < figure if end == "bottom" else other > figure for other in there)
            assert place == worse + 1
    if len(set(there)) < 2 or len(there) < 3:
        assert np.isnan(places).all()


def test_reporting_of_a_part_of_the_family_makes_no_order():
    rule = parse(RANK | {"end": "bottom"})
    months = np.array([[1.0, 2, 3, 4], [1, 2, 3, np.nan]])
    assert np.isnan(measured(rule, Readings(months)).measure[1]).all()
    never = np.array([[1.0, 2, 3, np.nan], [1, 2, 3, np.nan]])
    assert measured(rule, Readings(never)).measure[1, :3].tolist() == [1, 2, 3]


def test_regions_without_siblings_have_no_place():
    rule = parse(RANK | {"end": "bottom"})
    found = verdicts(rule, Readings(np.array([[1.0, 2, 3, 9]]), group=np.array([7, 7, 7, 8])))
    assert found.reason[0].tolist() == [0, 0, 0, Reason.NO_SIBLINGS]
    assert found.missing[0].tolist() == [False, False, False, True]


def test_a_share_is_of_those_that_have_reported():
    rule = parse({"type": "rank", "by": "share", "end": "bottom", "red": 10, "blue": 25})
    tenth = measured(rule, Readings(np.arange(20.0)[None, :])).measure[0]
    assert tenth[:3].tolist() == [5, 10, 15]
    breach = verdicts(rule, Readings(np.arange(20.0)[None, :])).breach[0]
    assert (breach[:, 3].sum(), breach[:, 0].sum()) == (2, 5)


# -- in the catalogue ------------------------------------------------------------------------------------------


def rules_in_pack(text: str) -> list[str]:
    """What the check says of rules of a pack on the small system: keys and lines."""
    pack = parse_yaml(text, "rules.yaml", "pack")
    issues = check_definitions([*words(), parse_yaml(MINI, "mini.yaml"), pack], frozenset({"rules.yaml"}))
    return sorted(f"{issue.key} {issue.where}" for issue in issues)


NAMED = "rules:\n  - {{code: mini.tax, rules: {{{name}: {{name_zh: 连降, name_en: Falling, {rule}}}}}}}\n"
FALLS = "type: trend, measure: yoy_pct, direction: falling, blue: 3"


@pytest.mark.parametrize(
    ("name", "rule", "keys"),
    [
        ("falling", FALLS, set()),
        ("Falling", FALLS, {"rule_name"}),
        ("a.b", FALLS, {"rule_name"}),
        ("falling", FALLS.replace("falling", "rising"), {"side_against_polarity"}),
        ("falling", "type: rank, end: top, blue: 3", {"side_against_polarity"}),
        ("falling", "type: none", {"rule_says_nothing"}),
        ("falling", "type: trend, blue: 3", {"trend_of_cumulative"}),
        ("both", "type: composite, of: [mini.tax, mini.tux], when: and", {"composite_unknown_member"}),
        ("both", "type: composite, of: [mini.tax, mini.tax~both], when: and", {"composite_loop"}),
        ("both", "type: composite, of: [mini.tax, mini.open], when: and", {"composite_rhythm"}),
        ("gap", 'type: benchmark_gap, op: "<", blue: -1, benchmark: {region: parent}', {"benchmark_of_further_rule"}),
        ("here", 'type: threshold, measure: yoy_pct, op: "<", blue: 0, scope: {levels: [village]}', {"rule_not_published"}),
    ],
)  # fmt: skip
def test_further_rules_are_checked_in_their_place(name, rule, keys):
    told = rules_in_pack(NAMED.format(name=name, rule=rule))
    assert {one.split()[0] for one in told} == keys
    assert all(one.endswith("rules.yaml:2") for one in told)


def test_composites_that_lead_back_over_others_are_told_with_the_path():
    one = "one: {name_zh: 甲, name_en: One, type: composite, of: [mini.tax~two, mini.tax], when: or}"
    two = "two: {name_zh: 乙, name_en: Two, type: composite, of: [mini.tax~one, mini.tax], when: or}"
    pack = parse_yaml(f"rules:\n  - {{code: mini.tax, rules: {{{one}, {two}}}}}\n", "rules.yaml", "pack")
    issues = check_definitions([*words(), parse_yaml(MINI, "mini.yaml"), pack], frozenset({"rules.yaml"}))
    (loop,) = [issue for issue in issues if issue.key == "composite_loop"]
    assert loop.params["path"] == "mini.tax~one -> mini.tax~two -> mini.tax~one"


def test_a_pack_adds_rules_by_name_and_takes_them_away():
    library = MINI.replace(
        "  - code: mini.tax\n",
        f"  - code: mini.tax\n    rules: {{old: {{name_zh: 旧, name_en: Old, {FALLS}}}, kept: {{name_zh: 留, name_en: Kept, {FALLS}}}}}\n",
    )
    pack = parse_yaml(
        f"rules:\n  - {{code: mini.tax, rules: {{old: null, new: {{name_zh: 新, name_en: New, {FALLS}}}}}}}\n",
        "rules.yaml",
        "pack",
    )
    catalog = assemble(layered(entries([*words(), parse_yaml(library, "mini.yaml"), pack])))
    tax = catalog.get("mini.tax")
    assert [rule.id for rule in rules_of(tax)] == ["mini.tax", "mini.tax~kept", "mini.tax~new"]
    assert tax.rule is not None


def test_an_entry_of_rules_that_says_nothing_is_told():
    assert rules_in_pack("rules:\n  - {code: mini.tax}\n") == ["missing_field rules.yaml:2"]


def test_the_identity_of_a_rule_holds_the_code_of_its_indicator():
    assert (rule_id("a.b"), rule_id("a.b", "c")) == ("a.b", "a.b~c")
    assert indicator_of("a.b~c") == indicator_of("a.b") == "a.b"
    assert Level.COUNTY < Level.TOWN
