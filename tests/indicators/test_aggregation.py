"""Adding up over regions and over time: what comes out, how much of it was there, and what is refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.aggregation import distinct, from_records, over_regions, over_time, refusal, residual
from indicators.definition import RegionAggregation, TimeAggregation
from indicators.errors import CockpitError

NAN = float("nan")


def parts(*values: float) -> np.ndarray[Any, Any]:
    """One period of several children, as a column."""
    return np.array(values, float)[:, None]


@pytest.mark.parametrize(
    ("how", "children", "weights", "total"),
    [
        ("sum", (1, 2, 3), None, 6),
        ("sum", (-1, 1), None, 0),
        ("max", (1, 5, 3), None, 5),
        ("min", (4, 2, 3), None, 2),
        ("max_severity", (0, 3, 1), None, 3),
        ("weighted_mean", (10, 20), (1, 3), 17.5),
        ("pop_weighted_mean", (10, 20), (3, 1), 12.5),
    ],
)
def test_a_parent_is_made_of_its_children(how: str, children: Any, weights: Any, total: float) -> None:
    found = over_regions(how, parts(*children), weight=parts(*weights) if weights else None)
    assert found.value.tolist() == [total]
    assert not found.partial.any()


@pytest.mark.parametrize("how", ["sum", "max", "min"])
def test_a_child_that_is_missing_makes_the_parent_partial_and_never_a_zero(how: str) -> None:
    found = over_regions(how, parts(7, NAN, 7))
    assert found.partial.tolist() == [True]
    assert (found.reported.tolist(), found.expected.tolist()) == ([2], [3])
    assert found.value.tolist() == [14 if how == "sum" else 7]


def test_where_nobody_reported_there_is_nothing() -> None:
    found = over_regions("sum", parts(NAN, NAN))
    assert np.isnan(found.value).all()
    assert not found.partial.any()


def test_a_child_without_a_weight_did_not_report() -> None:
    found = over_regions("weighted_mean", parts(10, 90), weight=parts(2, NAN))
    assert found.value.tolist() == [10]
    assert found.reported.tolist() == [1]


def test_the_places_behind_a_child_are_counted_and_not_the_child() -> None:
    found = over_regions(
        "sum", parts(5, 8), reported=parts(18, 1).astype(int), expected=parts(23, 1).astype(int)
    )
    assert (found.reported.tolist(), found.expected.tolist()) == ([19], [24])


REFUSED = ("ratio_of_sums", "derived", "records", "distinct", "station_mean", "not_additive")


@pytest.mark.parametrize("how", REFUSED)
def test_what_cannot_be_added_is_refused_with_its_reason(how: str) -> None:
    with pytest.raises(CockpitError) as refused:
        over_regions(how, parts(1, 2), code="econ.income.gap")
    assert refused.value.key == "not_additive"
    assert refused.value.issues[0].params == {"code": "econ.income.gap", "reason": how}


def test_a_weighted_mean_without_weights_is_refused() -> None:
    with pytest.raises(CockpitError) as refused:
        over_regions("weighted_mean", parts(1, 2))
    assert refused.value.issues[0].params["reason"] == "missing_weight"


def test_every_way_of_the_vocabulary_either_adds_or_says_why_not() -> None:
    regional = {str(how): refusal(str(how)) for how in RegionAggregation}
    assert {how for how, issue in regional.items() if issue} == set(REFUSED)
    for how in TimeAggregation:
        months = np.array([[1.0], [2.0]])
        if refusal(str(how)) and how is not TimeAggregation.STATION_MEAN:
            with pytest.raises(CockpitError):
                over_time(how, months)
        else:
            assert np.isfinite(over_time(how, months, weight=np.ones((2, 1))).value).all()


@pytest.mark.parametrize(
    ("how", "steps", "whole", "coverage"),
    [
        ("sum", (1, 2, 3), 6, (3, 3)),
        ("sum", (1, NAN, 3), 4, (2, 3)),
        ("mean", (1, 2, 6), 3, (3, 3)),
        ("last", (1, 2, 6), 6, (1, 1)),
        ("last", (1, 2, NAN), 2, (0, 1)),
        ("cumulative", (10, 25, 45), 45, (1, 1)),
        ("max", (1, 7, 6), 7, (3, 3)),
        ("min", (4, 7, 6), 4, (3, 3)),
        ("station_mean", (4, 6), 5, (2, 2)),
    ],
)
def test_a_longer_period_is_made_of_the_shorter_ones(
    how: str, steps: Any, whole: float, coverage: Any
) -> None:
    found = over_time(how, parts(*steps))
    assert found.value.tolist() == [whole]
    assert (found.reported.item(), found.expected.item()) == coverage


def test_a_mean_over_time_may_be_weighted() -> None:
    assert over_time("weighted_mean", parts(10, 40), weight=parts(2, 1)).value.tolist() == [20]


def test_the_rest_of_a_printed_total_is_a_line_of_its_own() -> None:
    counties, own_account = (5.86, 12.36, 9.46, 7.29, 6.92), 21.87
    assert residual(np.array([65.58]), parts(*counties, own_account)).tolist() == [1.82]


def test_parts_that_add_up_leave_nothing_and_no_parts_leave_no_rest() -> None:
    assert residual(np.array([0.3]), parts(0.1, 0.2)).tolist() == [0.0]
    assert np.isnan(residual(np.array([5.0]), parts(NAN, NAN))).all()


def test_a_record_that_several_places_share_counts_once_above_them() -> None:
    parent, record = np.array([1, 1, 1, 2]), np.array([10, 10, 11, 10])
    assert distinct(parent, record, np.array([1, 2, 3])).tolist() == [2, 1, 0]


def test_medians_and_percentiles_are_taken_from_the_records() -> None:
    region, minutes = np.array([1, 1, 1, 2]), np.array([10.0, 20.0, 90.0, NAN])
    places = np.array([1, 2])
    assert from_records("median", region, minutes, places)[0] == 20
    assert from_records("mean", region, minutes, places)[0] == 40
    assert from_records("p90", region, minutes, places)[0] == pytest.approx(76)
    assert np.isnan(from_records("median", region, minutes, places)[1])


figures = st.lists(st.one_of(st.just(NAN), st.floats(-1e6, 1e6)), min_size=2, max_size=12)


@given(figures, st.integers(1, 11))
def test_a_total_is_the_total_of_totals(children: list[float], cut: int) -> None:
    cut = min(cut, len(children) - 1)
    whole = over_regions("sum", parts(*children))
    halves = [over_regions("sum", parts(*half)) for half in (children[:cut], children[cut:])]
    again = over_regions(
        "sum",
        np.array([half.value for half in halves]),
        reported=np.array([half.reported for half in halves]),
        expected=np.array([half.expected for half in halves]),
    )
    np.testing.assert_allclose(again.value, whole.value, rtol=1e-9, atol=1e-6)
    assert again.reported.tolist() == whole.reported.tolist()


@given(figures)
def test_the_rest_and_the_parts_make_the_total(children: list[float]) -> None:
    total = 123.0
    rest = residual(np.array([total]), parts(*children))
    if np.isfinite(rest).all():
        assert rest.item() + np.nansum(children) == pytest.approx(total, abs=1e-6)
