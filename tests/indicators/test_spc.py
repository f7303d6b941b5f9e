"""Control charts: every handed case, the table of the NIST handbook, and laws."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from indicators import charts
from indicators.charts import Lean

CASES = json.loads((Path(__file__).parents[1] / "cases" / "spc" / "expected.json").read_text("utf-8"))
NIST = (
    324.925, 324.675, 324.725, 324.350, 325.350, 325.225, 324.125, 324.525, 325.225, 324.600,
    324.625, 325.150, 328.325, 327.250, 327.825, 328.500, 326.675, 327.775, 326.875, 328.350,
)  # fmt: skip
"""NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.3: mean 325, k 0.3175, h 4.1959."""


def column(values) -> np.ndarray:
    return np.array([[np.nan if value is None else value] for value in values], float)


def ends(values, centre: float, deviation: float, rule: str, lean: Lean = Lean.BOTH) -> list[int]:
    """Where a pattern ends."""
    z = charts.standardised(column(values), np.array([centre]), np.array([deviation]))
    return np.flatnonzero(charts.runs(z, rule, lean)[:, 0]).tolist()


@pytest.mark.parametrize("case", CASES["run_rules"], ids=lambda case: case["id"])
def test_a_run_rule_marks_the_last_point_of_its_pattern(case):
    assert (
        ends(case["values"], case["center"], case["sd"], case["rule"])
        == (case["expected_violation_end_index0"])
    )


@pytest.mark.parametrize("case", CASES["run_rules_series_scaled"], ids=lambda case: case["id"])
def test_a_run_rule_on_a_series_of_its_own_centre_and_deviation(case):
    values = case["values"]
    centre, deviation = charts.in_control(column(values), np.ones(len(values), bool), 2)
    assert deviation[0] == pytest.approx(np.std(values, ddof=1))
    assert ends(values, centre[0], deviation[0], case["rule"]) == case["window_end_index0_by_definition"]


@pytest.mark.parametrize("case", CASES["ewma_small"], ids=lambda case: case["id"])
def test_a_weighted_mean_and_its_deviation(case):
    z = (column(case["values"]) - case["center"]) / case["sd"]
    mean, deviation = charts.ewma(z, case["lam"])
    assert mean[:, 0] * case["sd"] + case["center"] == pytest.approx(case["ewma"])
    assert deviation[:, 0] * case["sd"] == pytest.approx(case["sigma"])


def test_a_cumulative_sum_is_that_of_the_handbook():
    sums = charts.cusum(column(NIST) - 325, 0.3175, Lean.UPPER)[:, 0]
    assert sums[[4, 12, 13, 16, 19]] == pytest.approx([0.0325, 3.0075, 4.94, 11.9875, 19.035])
    assert np.flatnonzero(sums > 4.1959)[0] == 13


@pytest.mark.parametrize(
    ("rule", "values", "found"),
    [
        ("WE2", [2.5, 0, 2.5, 0, 2.5], [2, 4]),
        ("WE2", [2.5, 2.5, 0], [1]),
        ("WE2", [2.5, -2.5], []),
        ("WE2", [2, 2, 2], []),
        ("WE3", [1.5, 1.5, 0, 1.5, 1.5, 0], [4]),
        ("WE4", [0.1] * 9, [7, 8]),
        ("WE4", [0.1] * 7 + [0] + [0.1] * 7, []),
        ("N5", [-2.5, 0, -2.5], [2]),
        ("N6", [-1.5] * 4, [3]),
        ("N7", [0.9, -0.9, 0.1] * 5, [14]),
        ("N7", [0.9] * 14 + [1], []),
        ("N8", [1.5, -1.5] * 4, [7]),
        ("N8", [1.5, -1.5, 1] * 4, []),
    ],
)
def test_patterns_of_several_points(rule, values, found):
    assert ends(values, 0, 1, rule) == found


def test_a_period_without_a_figure_is_no_point_of_a_chart():
    assert ends([2.5, None, None, 2.5], 0, 1, "WE2") == [3]
    assert charts.cusum(column([1, None, 1]), 0.5)[:, 0] == pytest.approx([0.5, np.nan, 1.0], nan_ok=True)


def test_a_chart_with_one_bad_side_says_nothing_of_the_other():
    assert ends([3.5, -3.5], 0, 1, "WE1", Lean.UPPER) == [0]
    assert ends([3.5, -3.5], 0, 1, "WE1", Lean.LOWER) == [1]
    assert ends([6, 5, 4, 3, 2, 1], 0, 9, "N3", Lean.UPPER) == []


def test_too_few_figures_in_the_in_control_period_make_no_limits():
    centre, deviation = charts.in_control(column([1, 2, None, 4]), np.array([True, True, True, False]), 3)
    assert np.isnan(centre[0])
    assert np.isnan(deviation[0])


SERIES = arrays.arrays(float, (20, 2), elements=st.floats(-5, 5, width=16))


@given(SERIES, st.sampled_from(sorted(charts.PATTERNS)))
def test_a_mirrored_chart_has_the_mirrored_patterns(values, rule):
    assert (charts.runs(values, rule, Lean.UPPER) == charts.runs(-values, rule, Lean.LOWER)).all()


@given(SERIES, st.sampled_from(sorted(charts.PATTERNS)), st.integers(1, 19))
def test_what_comes_later_changes_no_verdict(values, rule, until):
    assert (charts.runs(values, rule)[:until] == charts.runs(values[:until], rule)).all()
    assert charts.cusum(values, 0.5)[:until] == pytest.approx(charts.cusum(values[:until], 0.5))


@given(SERIES, st.integers(2, 8), st.integers(0, 10))
def test_a_course_looks_back_no_further_than_it_says(values, reach, start):
    whole, part = charts.course(values, reach)[0], charts.course(values[start:], reach)[0]
    assert (whole[start + reach - 1 :] == part[reach - 1 :]).all()


def test_a_course_passes_over_gaps_and_ends_with_a_tie():
    falls, rises = charts.course(column([5, 4, None, 3, 3, 2, 4, 5]), 9)
    assert falls[:, 0] == pytest.approx([0, 1, np.nan, 2, 0, 1, 0, 0], nan_ok=True)
    assert rises[:, 0] == pytest.approx([0, 0, np.nan, 0, 0, 0, 1, 2], nan_ok=True)
