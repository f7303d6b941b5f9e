"""Checks on incoming observations, read as a specification: what is a number, and what is asked about."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from indicators import formula, quality
from indicators.definition import (
    Basis,
    DataStatus,
    Frequency,
    Identity,
    Indicator,
    Polarity,
    RegionAggregation,
    Release,
    Sensitivity,
    TimeAggregation,
)
from indicators.errors import Severity
from indicators.periods import instant_key, months_key
from indicators.quality import Facts, Number, read_number, read_numbers
from indicators.regions import Level, Region, RegionTree

NUMBERS = json.loads(
    (Path(__file__).resolve().parents[1] / "cases" / "intake" / "number_parse_cases.json").read_text("utf-8")
)["cases"]

# ---------------------------------------------------------------- numbers


def as_expected(number: Number) -> dict[str, Any]:
    """A number in the words of the case file."""
    if number.problem:
        return {"error": number.problem}
    if number.value is None:
        return {"missing": True}
    said = {name: getattr(number, name) for name in ("unit", "qualifier", "footnote", "warning")}
    return {"value": number.value} | {name: text for name, text in said.items() if text}


@pytest.mark.parametrize("case", NUMBERS, ids=lambda case: case["id"])
def test_a_text_is_read_as_the_number_that_people_mean(case):
    expected = case["expected"]
    found = as_expected(read_number(case["text"]))
    if "error_or_value" in expected:
        assert found == {"value": expected["error_or_value"]} or "error" in found
    elif "error_or" in expected:
        assert found == expected["error_or"] or "error" in found
    else:
        assert found == expected


@pytest.mark.parametrize(
    "text", ["0x0", "0xffffffff", "1_000", "١٢٣", "NaN5", "NaN", "nan", "1/2", "$1.00", "--1", "5.", "1e5e5"]
)
def test_what_only_looks_like_a_number_is_refused(text):
    assert read_number(text).problem


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [("5.2亿元", 5.2, "亿元"), ("-3.1‰", -3.1, "‰"), ("12 μg/m³", 12, "μg/m³"), ("3万人", 3, "万人")],
)
def test_a_unit_behind_the_digits_is_kept_apart(text, value, unit):
    assert (read_number(text).value, read_number(text).unit) == (value, unit)


def test_a_column_is_read_at_once_and_says_the_same_as_cell_by_cell():
    texts = ["12", "-0.5", None, "—", "5.2%", "三", "0012", "-0", "1,234", "0.1"]
    values, odd = read_numbers(pd.Series(texts, dtype="str"))
    single = [read_number(text).value for text in texts]
    assert [None if np.isnan(value) else value for value in values] == single
    assert sorted(odd) == [4, 5, 6]
    assert not np.signbit(values[7])


# ---------------------------------------------------------------- facts

MAOMING, MAONAN, DIANBAI, OWN_ACCOUNT = 440900000000, 440902000000, 440904000000, 440970000000
JUNE_2023, JUNE_2024 = months_key(2023, 6, 6), months_key(2024, 6, 6)


def a_tree() -> RegionTree:
    return RegionTree(
        [
            Region(MAOMING, None, Level.CITY, "prefecture_city", "茂名市"),
            Region(MAONAN, MAOMING, Level.COUNTY, "district", "茂南区"),
            Region(DIANBAI, MAOMING, Level.COUNTY, "district", "电白区"),
            Region(OWN_ACCOUNT, MAOMING, Level.COUNTY, "city_own_account", "市本级", reporting_unit=True),
        ],
        MAOMING,
    )


def an_indicator(code: str = "t.revenue", **changes: Any) -> Indicator:
    plain = Indicator(
        code=code, system="t", theme="t", headline=True, name_zh=code, name_en=code, unit="亿元", unit_en="CNY",
        frequency=Frequency.MONTHLY, basis=Basis.YTD, polarity=Polarity.HIGHER_BETTER,
        agg_region=RegionAggregation.SUM, agg_time=TimeAggregation.CUMULATIVE, lowest_level="county",
        department="t", sensitivity=Sensitivity.PUBLIC, definition_zh="", release=Release(timedelta(20), timedelta(5)),
    )  # fmt: skip
    return replace(plain, **changes)


def facts(*rows: dict[str, Any], definitions: tuple[Indicator, ...] = (an_indicator(),)) -> Facts:
    """Facts of which only what matters is said; the rest is 茂名, June 2024, the first definition."""
    usual = {"indicator": 0, "item": 0, "region": MAOMING, "period": JUNE_2024, "value": np.nan, "yoy": np.nan,
             "status": int(DataStatus.UNSTATED), "incoming": True}  # fmt: skip
    filled = [usual | row for row in rows]
    kinds = {"value": float, "yoy": float, "incoming": bool}
    columns = {
        name: np.array([row[name] for row in filled], dtype=kinds.get(name, np.int64)) for name in usual
    }
    return Facts(columns, definitions)


def keys(findings: Any) -> list[str]:
    return [finding.key for finding in findings]


def test_facts_stand_in_the_order_of_the_store_with_the_last_stage_last():
    given = facts(
        {"region": MAONAN, "value": 1},
        {"value": 98, "status": int(DataStatus.FINAL)},
        {"value": 100, "status": int(DataStatus.PRELIMINARY)},
    )
    assert given.value.tolist() == [100, 98, 1]
    assert given.newest.tolist() == [False, True, True]
    assert given.order.tolist() == [2, 1, 0]


def test_what_comes_in_holds_before_what_is_known():
    given = facts({"value": 2}, {"value": 1, "incoming": False, "status": int(DataStatus.FINAL)})
    assert given.value[given.newest].tolist() == [2]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ({"value": 100}, {"value": 98}, ["duplicate_contradicts"]),
        ({"value": 100}, {"value": 100}, ["duplicate"]),
        ({"value": 100}, {"yoy": 4.2}, []),
        ({"value": 100, "yoy": 4.2}, {"value": 100, "yoy": 4.3}, ["duplicate_contradicts"]),
        ({"value": 100}, {"value": 98, "status": int(DataStatus.FINAL)}, []),
        ({"value": 100}, {"value": 98, "item": 1}, []),
    ],
)
def test_a_figure_said_twice(first, second, told):
    _, findings = quality.repeated(facts(first, second))
    assert keys(findings) == told


def test_the_level_and_the_growth_of_one_figure_become_one_fact():
    given = facts({"value": 100}, {"yoy": 4.2})
    keep, _ = quality.repeated(given)
    assert (given.value[keep].tolist(), given.yoy[keep].tolist()) == ([100], [4.2])


def test_a_contradiction_names_both_places():
    _, findings = quality.repeated(facts({"value": 100}, {"value": 98}))
    (finding,) = findings
    assert (finding.fact, finding.other) == (1, 0)
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [(100, 120, []), (100, 501, ["sudden_jump"]), (100, 19, ["sudden_jump"]), (0, 50, []), (-5, 60, [])],
)
def test_a_level_far_from_that_of_a_year_before_is_asked_about(before, now, told):
    given = facts({"period": JUNE_2023, "value": before, "incoming": False}, {"value": now})
    assert keys(quality.ranges(given)) == told


def test_a_rate_may_jump():
    rate = an_indicator(unit="%")
    given = facts({"period": JUNE_2023, "value": 0.1}, {"value": 9.0}, definitions=(rate,))
    assert keys(quality.ranges(given)) == []


@pytest.mark.parametrize(("value", "told"), [(101, 1), (-0.1, 1), (100, 0), (0, 0)])
def test_a_share_lies_between_nothing_and_all(value, told):
    share = an_indicator(unit="%", name_zh="第一产业占比")
    assert len(keys(quality.ranges(facts({"value": value}, definitions=(share,))))) == told


@pytest.mark.parametrize(
    ("words", "severity"), [("", Severity.WARNING), ("同比按可比价计算", Severity.NOTICE)]
)
def test_published_growth_that_the_levels_do_not_give_is_told(words, severity):
    given = facts(
        {"period": JUNE_2023, "value": 100},
        {"value": 110, "yoy": 4.2},
        definitions=(an_indicator(calibre_zh=words),),
    )
    (finding,) = quality.growths(given)
    assert (finding.key, finding.severity) == ("growth_differs", severity)
    assert finding.params == {"published": 4.2, "computed": 10.0}


def test_published_growth_within_rounding_is_not_told():
    given = facts({"period": JUNE_2023, "value": 100}, {"value": 104.24, "yoy": 4.2})
    assert keys(quality.growths(given)) == []


THREE = tuple(an_indicator(f"t.{name}") for name in ("total", "one", "two"))
IDENTITY = Identity("t.total", ("t.one", "t.two"), 0.05)


@pytest.mark.parametrize(
    ("total", "parts", "told"),
    [
        (30, (10, 20), []),
        (30.04, (10, 20), []),
        (31, (10, 20), ["identity"]),
        (31, (10, None), []),
    ],
)
def test_a_total_is_the_sum_of_its_parts(total, parts, told):
    rows = [{"indicator": i + 1, "value": part} for i, part in enumerate(parts) if part is not None]
    given = facts({"value": total}, *rows, definitions=THREE)
    findings = list(quality.identities(given, [IDENTITY]))
    assert keys(findings) == told
    if told:
        assert findings[0].params["gap"] == 1


def test_an_identity_among_known_figures_only_is_nobodys_news():
    rows = ({"indicator": i, "value": value, "incoming": False} for i, value in enumerate((31, 10, 20)))
    assert keys(quality.identities(facts(*rows, definitions=THREE), [IDENTITY])) == []


@pytest.mark.parametrize(("printed", "told"), [(67.0, []), (66.7, []), (13.12, ["formula_differs"])])
def test_a_published_ratio_is_held_against_its_formula(printed, told):
    done, plan = an_indicator("t.done"), an_indicator("t.plan", basis=Basis.POINT)
    rate = an_indicator("t.rate", unit="%", formula="100 * t.done / t.plan")
    given = facts(
        {"value": printed},
        {"indicator": 1, "value": 66.7 if printed > 60 else 3.79},
        {"indicator": 2, "value": 100 if printed > 60 else 29, "period": instant_key(2024, 6)},
        definitions=(rate, done, plan),
    )
    if printed == 67.0:
        given.value[given.indicator == 1] = 67.004
    findings = list(quality.published_ratios(given, {"t.rate": formula.parse(rate.formula or "")}))
    assert keys(findings) == told
    if told:
        assert findings[0].params["computed"] == 13.07


@pytest.mark.parametrize(
    ("city", "parts", "told"),
    [
        (65.58, {MAONAN: 20.0, DIANBAI: 21.89, OWN_ACCOUNT: 21.87}, ["unlisted_rest"]),
        (63.76, {MAONAN: 20.0, DIANBAI: 21.89, OWN_ACCOUNT: 21.87}, []),
        (41.89, {MAONAN: 20.0, DIANBAI: 21.89, OWN_ACCOUNT: 5.0}, []),
        (40.0, {MAONAN: 20.0, DIANBAI: 21.89}, ["parts_beyond_total"]),
        (40.0, {MAONAN: 45.0}, ["parts_beyond_total"]),
        (65.58, {MAONAN: 20.0}, []),
    ],
)
def test_regions_make_the_figure_above_them(city, parts, told):
    given = facts({"value": city}, *({"region": code, "value": value} for code, value in parts.items()))
    assert keys(quality.region_totals(given, a_tree())) == told


def test_what_cannot_be_added_is_not_added():
    mean = an_indicator(agg_region=RegionAggregation.NOT_ADDITIVE)
    given = facts({"value": 1}, {"region": MAONAN, "value": 9}, definitions=(mean,))
    assert keys(quality.region_totals(given, a_tree())) == []


@pytest.mark.parametrize(("total", "told"), [(31.0, True), (30.0, False), (30.4, True)])
def test_a_total_row_is_held_against_the_rows_of_its_table(total, told):
    assert (quality.printed_total(total, [10.0, 20.0], 0) is not None) is told


def test_a_figure_below_the_lowest_level_is_told_once_a_series():
    city_only = an_indicator(lowest_level="city")
    given = facts(
        {"value": 1}, {"region": MAONAN, "value": 1}, {"region": MAONAN, "value": 1, "period": JUNE_2023},
        definitions=(city_only,),
    )  # fmt: skip
    findings = list(quality.levels(given, a_tree()))
    assert keys(findings) == ["below_lowest_level"]
    assert findings[0].severity is Severity.NOTICE
