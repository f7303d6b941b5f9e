"""Rules: what is read from them, what is refused, and what they say of figures."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.definition import (
    Basis,
    CalibreBreak,
    Frequency,
    Indicator,
    LimitVersion,
    Polarity,
    RegionAggregation,
    Release,
    RuleSpec,
    Sensitivity,
    TimeAggregation,
    rule_id,
)
from indicators.errors import CockpitError
from indicators.periods import day_key, months_key
from indicators.regions import Level
from indicators.rules import (
    LEVELS,
    REASON_TEXTS,
    RULE_FIELDS,
    RULE_TYPES,
    Kind,
    NoData,
    Readings,
    Reason,
    WarningLevel,
    check,
    parse,
    rule_of,
    verdicts,
)

LIBRARY = Path(__file__).parents[2] / "indicators" / "library"
NAN = float("nan")


def an_indicator(rule: dict | None = None, **changes) -> Indicator:
    plain = Indicator(
        code="econ.thing",
        system="econ",
        theme=None,
        headline=True,
        name_zh="某指标",
        name_en="Something",
        unit="%",
        unit_en="%",
        frequency=Frequency.MONTHLY,
        basis=Basis.PERIOD,
        polarity=Polarity.HIGHER_BETTER,
        agg_region=RegionAggregation.NOT_ADDITIVE,
        agg_time=TimeAggregation.NOT_ADDITIVE,
        lowest_level="county",
        department="stats",
        sensitivity=Sensitivity.PUBLIC,
        definition_zh="",
        release=Release(timedelta(days=20), timedelta(days=10)),
        rule=RuleSpec(rule) if rule else None,
    )
    return replace(plain, **changes)


UNDER = {"type": "threshold", "measure": "value", "op": "<", "red": -10, "orange": -5, "yellow": 0, "blue": 5}
OVER = {"type": "threshold", "measure": "value", "op": ">", "red": 20, "orange": 10, "yellow": 5, "blue": 0}
BAND = {"type": "band", "measure": "value", "red": [-2, 5], "blue": [0, 3]}


def levels(rule, *figures, **readings) -> list[str]:
    """The level that each figure breaches by itself."""
    verdict = verdicts(rule, Readings(np.array(figures, float), **readings))
    worst = np.where(verdict.breach, rule.latch_levels, 0).max(axis=-1)
    return [WarningLevel(level).word for level in worst.tolist()]


def reasons(rule, *figures, **readings) -> list[Reason]:
    verdict = verdicts(rule, Readings(np.array(figures, float), **readings))
    return [Reason(reason) for reason in verdict.reason.tolist()]


def faults(mapping: dict, indicator: Indicator | None = None) -> list[str]:
    return [issue.key for issue in check(mapping, indicator)]


@pytest.mark.parametrize(
    ("rule", "figures", "words"),
    [
        (UNDER, (6, 5, 4.9, 0, -0.0, -0.1, -5, -11), "none none blue blue blue yellow yellow red"),
        (OVER, (0, 0.1, 5, 5.1, 20, 21), "none blue blue yellow orange red"),
        (UNDER | {"op": "<="}, (5, 0, -10), "blue yellow red"),
        (OVER | {"op": ">="}, (0, 5, 20), "blue yellow red"),
        (BAND, (1, -0.1, 3.1, -2, -2.1, 5.1), "none blue blue blue red red"),
        (BAND | {"red": [None, 5]}, (-50, 6), "blue red"),
        ({"comparison": "==", "threshold": 0}, (0, -0.0, 1e-300), "blue blue none"),
        ({"comparison": "!=", "threshold": 0}, (0, 1, NAN), "none blue none"),
        ({"type": "state"}, (0, 1, 2, 3, 4), "none blue yellow orange red"),
    ],
)
def test_a_figure_breaches_a_level_exactly(rule, figures, words):
    assert levels(parse(rule), *figures) == words.split()


@pytest.mark.parametrize("op", [">", ">=", "<", "<=", "==", "!="])
def test_a_missing_figure_breaches_nothing_whatever_the_comparison(op):
    assert levels(parse({"comparison": op, "threshold": 0}), NAN) == ["none"]


@pytest.mark.parametrize(
    ("rule", "recovery"),
    [
        pytest.param(UNDER, (6, 1, -4, -9), id="a fifth of the way to the next milder threshold"),
        pytest.param(OVER, (-1, 4, 9, 18), id="downwards where high is bad"),
        pytest.param({"op": ">", "red": 100, "orange": 50}, (NAN, NAN, 40, 90), id="only two levels"),
        pytest.param({"op": ">", "red": 100}, (NAN, NAN, NAN, 100), id="a single level has no margin"),
        pytest.param(OVER | {"clear_margin": 1}, (-1, 4, 9, 19), id="a margin for all levels"),
        pytest.param(OVER | {"clear_margin": {"red": 3}}, (-1, 4, 9, 17), id="a margin for one level"),
        pytest.param(OVER | {"clear_margin": "none"}, (NAN, NAN, NAN, NAN), id="no recovery value"),
        pytest.param(OVER | {"recover": {"red": 15}}, (NAN, NAN, NAN, 15), id="only those that are written"),
    ],
)
def test_the_recovery_value_is_filled_in_when_the_rule_is_read(rule, recovery):
    assert parse({"type": "threshold"} | rule).sides[0].recovery == pytest.approx(recovery, nan_ok=True)


def test_a_worked_case_has_no_margin_that_it_does_not_state():
    rule = parse({"comparison": ">", "thresholds": {"yellow": 80, "red": 90}})
    assert all(value != value for value in rule.sides[0].recovery)


def test_both_sides_of_a_band_recover_towards_its_middle():
    below, above = parse(BAND).sides
    assert below.recovery == pytest.approx((0.4, NAN, NAN, -1.6), nan_ok=True)
    assert above.recovery == pytest.approx((2.6, NAN, NAN, 4.6), nan_ok=True)


@pytest.mark.parametrize(
    ("written", "hold_for"),
    [
        ({}, (0, 0, 0, 0)),
        ({"persist": 3}, (2, 2, 2, 2)),
        ({"persist": {"red": 1, "orange": 2, "blue": 4}}, (3, 0, 1, 0)),
        ({"for_periods": {"blue": 3}}, (3, 0, 0, 0)),
    ],
)
def test_persist_n_is_a_hold_of_n_less_one(written, hold_for):
    assert parse(OVER | written).hold_for == hold_for


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        (OVER | {"type": "treshold"}, "unknown_rule_type"),
        (OVER | {"persits": 2}, "unknown_rule_field"),
        (OVER | {"op": "≥"}, "rule_operator"),
        ({"type": "threshold", "op": ">"}, "rule_without_level"),
        (OVER | {"orange": 30}, "rule_order"),
        (OVER | {"orange": 20}, "rule_order"),
        (UNDER | {"yellow": 6}, "rule_order"),
        (OVER | {"red": "20"}, "rule_not_a_number"),
        (OVER | {"red": True}, "rule_not_a_number"),
        (OVER | {"red": NAN}, "rule_not_a_number"),
        (OVER | {"recover": {"red": 21}}, "rule_recovery_side"),
        (OVER | {"recover": {"red": 3, "orange": 9}}, "rule_recovery_order"),
        (OVER | {"recover": {"red": 3}, "clear_margin": {"red": 1}}, "rule_recovery_twice"),
        (OVER | {"clear_margin": -1}, "rule_margin"),
        (OVER | {"persist": 0}, "rule_span"),
        (OVER | {"persist": 1.5}, "rule_span"),
        (OVER | {"keep": -1}, "rule_span"),
        (OVER | {"keep": {"purple": 1}}, "unknown_warning_level"),
        (OVER | {"no_data": "ignore"}, "rule_no_data"),
        (OVER | {"no_data": "alert"}, "rule_no_data_level"),
        (OVER | {"level_scale": {"galaxy": 4}}, "rule_level_scale"),
        (OVER | {"level_scale": {"city": 0}}, "rule_level_scale"),
        (OVER | {"measure": "yoy"}, "rule_measure"),
        (OVER | {"measure": "baseline_z"}, "rule_measure"),
        (OVER | {"proposal_levels": ["purple"]}, "rule_proposal_levels"),
        (BAND | {"red": [5, -2]}, "rule_interval"),
        (BAND | {"red": 5}, "rule_interval"),
        (BAND | {"red": [1, 5]}, "rule_order"),
        ({"type": "refer"}, "rule_refer"),
        ({"type": "benchmark_gap", "op": "<", "red": -8}, "rule_benchmark"),
        ({"type": "benchmark_gap", "op": "<", "red": -8, "benchmark": {"region": "same"}}, "rule_benchmark"),
        ({"comparison": "==", "thresholds": {"red": 1, "blue": 0}}, "rule_pointwise"),
    ],
)
def test_a_wrong_rule_is_refused_by_name(rule, key):
    assert key in faults(rule)
    with pytest.raises(CockpitError):
        parse(rule)


def test_everything_that_is_wrong_is_told_at_once():
    assert set(faults(OVER | {"orange": 30, "persist": 0, "no_data": "?", "hue": "red"})) >= {
        "rule_order",
        "rule_span",
        "rule_no_data",
        "unknown_rule_field",
    }


def test_a_rule_may_not_refer_to_itself():
    assert faults({"type": "refer", "code": "econ.thing"}, an_indicator()) == ["rule_refer"]


def test_thresholds_are_scaled_to_the_level_of_the_region():
    rule = parse(OVER | {"level_scale": {"city": 4, "county": 1, "town": 0.25}})
    at = np.array([Level.CITY, Level.COUNTY, Level.TOWN])
    assert levels(rule, 6, 6, 6, region_level=at) == ["blue", "yellow", "red"]
    assert rule.threshold(WarningLevel.RED, Level.CITY) == (80,)


LIMITS = (
    LimitVersion(35, date(2016, 1, 1), date(2026, 2, 28)),
    LimitVersion(30, date(2026, 3, 1), date(2030, 12, 31)),
    LimitVersion(25, date(2031, 1, 1), None),
)
PM25 = {"type": "threshold", "op": ">", "red": 45, "orange": 37, "yellow": 30}


def test_the_level_that_is_the_limit_follows_the_version_of_the_data_period():
    rule = parse(PM25, an_indicator(limit_versions=LIMITS))
    keys = [
        day_key(date(2026, 2, 28)),
        day_key(date(2026, 3, 1)),
        day_key(date(2031, 1, 1)),
        day_key(date(2010, 1, 1)),
    ]
    assert rule.limit_level is WarningLevel.YELLOW
    assert levels(rule, 32, 32, 28, 32, period=np.array(keys)) == ["none", "yellow", "yellow", "yellow"]


def test_a_limit_that_fits_two_levels_must_be_named():
    indicator = an_indicator(limit_versions=LIMITS)
    assert faults(PM25 | {"blue": 25}, indicator) == ["rule_limit_level"]
    assert parse(PM25 | {"blue": 25, "limit_level": "yellow"}, indicator).limit_level is WarningLevel.YELLOW


@pytest.mark.parametrize(
    ("year", "month", "count", "judged"),
    [
        (2025, 12, 1, True),
        (2026, 2, 1, True),
        (2026, 3, 1, False),
        (2027, 2, 1, False),
        (2027, 3, 1, True),
        (2026, 6, 6, False),
        (2027, 6, 6, False),
        (2028, 6, 6, True),
    ],
)
def test_no_growth_is_judged_across_a_break(year, month, count, judged):
    broken = an_indicator(calibre_breaks=(CalibreBreak(date(2026, 3, 1), "口径调整"),))
    period = np.array([months_key(year, month, count)])
    growth = parse(UNDER | {"measure": "yoy_pct"}, broken)
    assert reasons(growth, -50, period=period) == [Reason.JUDGED if judged else Reason.ACROSS_BREAK]
    assert reasons(parse(UNDER, broken), -50, period=period) == [Reason.JUDGED]


@pytest.mark.parametrize(
    ("rule", "readings", "why"),
    [
        (UNDER, {"value": NAN}, Reason.NO_VALUE),
        (UNDER | {"measure": "yoy_pct"}, {"measure": NAN}, Reason.NO_BASE),
        ({"type": "target_gap", "op": "<", "red": -5}, {"measure": NAN}, Reason.NO_TARGET),
        ({"type": "schedule_gap", "op": "<", "red": -5}, {"measure": NAN}, Reason.NO_TARGET),
        ({"type": "deviation", "op": ">", "red": 3}, {"measure": NAN}, Reason.NO_BASELINE),
        (
            {"type": "benchmark_gap", "op": "<", "red": -5, "benchmark": {"region": "parent"}},
            {"measure": NAN},
            Reason.NO_BENCHMARK,
        ),
        (UNDER | {"min_base": 10}, {"base": 9.9}, Reason.BASE_TOO_SMALL),
        (UNDER | {"min_base": 10}, {"base": 10}, Reason.JUDGED),
        (UNDER | {"min_denominator": 30}, {"denominator": 29}, Reason.DENOMINATOR_TOO_SMALL),
        (UNDER | {"min_denominator": 30}, {"denominator": NAN}, Reason.DENOMINATOR_TOO_SMALL),
        (UNDER | {"min_denominator": 30}, {"denominator": 30}, Reason.JUDGED),
        (UNDER | {"min_value": 3}, {"value": 2}, Reason.BELOW_MIN_VALUE),
        (UNDER | {"min_age_months": 6}, {"age": 5}, Reason.TOO_YOUNG),
        (UNDER | {"min_age_months": 6}, {"age": 6}, Reason.JUDGED),
        (UNDER, {"coverage": 0.8}, Reason.PARTIAL),
        (UNDER, {"coverage": 1}, Reason.JUDGED),
        ({"type": "state"}, {"measure": 5, "value": 5}, Reason.NOT_A_LEVEL),
        ({"type": "state"}, {"measure": 1.5, "value": 1.5}, Reason.NOT_A_LEVEL),
    ],
)
def test_a_figure_that_cannot_be_judged_says_why(rule, readings, why):
    columns = {
        name: np.array([number], float) for name, number in ({"measure": -20, "value": 5} | readings).items()
    }
    verdict = verdicts(parse(rule), Readings(**columns))
    assert Reason(int(verdict.reason[0])) is why
    assert bool(verdict.breach.any()) == (why is Reason.JUDGED)
    assert bool(verdict.missing[0]) == (why not in (Reason.JUDGED, Reason.BELOW_MIN_VALUE, Reason.TOO_YOUNG))


def test_a_rule_does_not_speak_below_the_level_at_which_a_figure_is_published():
    rule = parse(UNDER, an_indicator(lowest_level="county"))
    verdict = verdicts(
        rule, Readings(np.array([-20.0, -20.0]), region_level=np.array([Level.COUNTY, Level.TOWN]))
    )
    assert verdict.outside.tolist() == [False, True]


def test_an_authority_is_mirrored_and_not_corrected():
    rule = parse({"type": "state", "red": 1, "note": "red at one would raise it"})
    assert rule.kind is Kind.STATUTORY
    assert levels(rule, 1) == ["blue"]


def test_what_has_no_warning_gives_no_verdicts():
    assert not rule_of(an_indicator()).compares
    assert not rule_of(an_indicator({"type": "none"})).compares
    assert rule_of(an_indicator({"type": "refer", "code": "econ.other"})).refers_to == "econ.other"


def test_the_policy_for_missing_periods_is_no_data_unless_stated():
    assert parse(OVER).no_data is NoData.NO_DATA
    assert parse(OVER | {"no_data": "keep"}).no_data is NoData.KEEP


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=4, unique=True),
    st.sampled_from([">", ">=", "<", "<="]),
    st.lists(st.floats(-2e6, 2e6) | st.just(NAN), min_size=1, max_size=30),
)
def test_a_severe_breach_is_a_milder_breach_and_a_breach_holds(bounds, op, figures):
    ordered = sorted(bounds, reverse=op in ("<", "<="))
    rule = parse(
        {"type": "threshold", "op": op} | {lv.word: b for lv, b in zip(LEVELS, ordered, strict=False)}
    )
    verdict = verdicts(rule, Readings(np.array(figures)))
    given_levels = verdict.breach[:, : len(ordered)]
    assert not (given_levels[:, 1:] & ~given_levels[:, :-1]).any()
    assert not (verdict.breach & ~verdict.hold).any()


def catalogue_rules() -> list:
    found = []
    for path in sorted(LIBRARY.glob("*.yaml")):
        document = yaml.safe_load(path.read_text("utf-8"))
        entries = document.get("indicators") if isinstance(document, dict) else None
        for entry in entries or ():
            rules = {"": entry.get("rule"), **entry.get("rules", {})}
            found += [
                pytest.param(one, id=rule_id(entry["code"], name)) for name, one in rules.items() if one
            ]
    return found


@pytest.mark.parametrize("mapping", catalogue_rules())
def test_every_rule_of_the_library_can_be_read(mapping):
    assert check(mapping) == []


def test_the_library_uses_every_type_and_the_words_are_those_of_the_vocabulary():
    vocabulary = yaml.safe_load((LIBRARY / "vocabulary.yaml").read_text("utf-8"))
    assert set(RULE_TYPES) == set(vocabulary["rule_types"])
    assert {parameters.values[0]["type"] for parameters in catalogue_rules()} == set(RULE_TYPES)
    assert set(vocabulary["rule_fields"]) - {"limit_versions"} <= set(RULE_FIELDS)
    measures = {word for kind in RULE_TYPES.values() for word in (*kind.measures, *kind.compared)}
    assert measures == set(vocabulary["measures"])


def test_every_reason_has_words():
    assert set(REASON_TEXTS) == set(Reason)
