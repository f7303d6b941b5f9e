"""What drives a total: parts, ranks, the rest, and contributions that add up."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.contribution import Parts, Role, divide, shares, to_change, to_growth, to_rate

NAN = float("nan")
CASES = json.loads(
    (Path(__file__).parents[1] / "cases" / "timeseries" / "calendar_and_arithmetic_cases.json").read_text()
)["cases"]
HOME = 440900000000


def parts(
    values: Any, bases: Any = None, *, total: float, total_base: float = NAN, units: Any = (), **more: Any
) -> Parts:
    """The parts of a figure; regions are numbered from 1, those in ``units`` are reporting units."""
    region = np.arange(1, len(values) + 1)
    base = np.array(bases if bases is not None else [NAN] * len(values), float)
    settings = {"home": HOME, "additive": True, "ascending": False, "rest": True} | more
    return divide(
        region,
        np.isin(region, units),
        np.array(values, float),
        base,
        np.full(len(values), NAN),
        total=total,
        total_base=total_base,
        **settings,
    )


@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in CASES if c["kind"] == "contribution"])
def test_the_contribution_cases(case: dict[str, Any]) -> None:
    told, expected = case["input"], case["expected"]
    now, base = np.array([told["part_now"]]), np.array([told["base_part"]])
    assert to_growth(now, base, told["base_total"]).tolist() == [expected["contribution_pp"]]
    assert to_change(now, base, told["total_now"], told["base_total"]).tolist() == [
        expected["contribution_share_pct"]
    ]


def test_the_county_view_of_the_revenue_shows_counties_own_account_and_the_rest() -> None:
    found = parts((5.86, 12.36, 9.46, 7.29, 6.92, 21.87), total=65.58, units=(6,))
    assert found.role.tolist() == [Role.REGION] * 5 + [Role.REPORTING_UNIT, Role.RESIDUAL]
    assert found.value[-1] == 1.82
    assert found.region[-1] == HOME
    assert found.value[:5].sum() == pytest.approx(41.89)
    assert found.value.sum() == pytest.approx(65.58)
    assert found.rank.tolist() == [5, 1, 2, 3, 4, 0, 0]
    assert found.share.sum() == pytest.approx(100)


@pytest.mark.parametrize(
    ("values", "total", "more"),
    [
        ((1.0, 2.0), 3.0, {}),
        ((1.0, 2.004), 3.0, {}),
        ((1.0, NAN), 3.0, {}),
        ((1.0, 1.0), 3.0, {"rest": False}),
        ((1.0, 1.0), 3.0, {"additive": False}),
    ],
    ids=["adds up", "rounding", "a part is missing", "a roll-up", "a rate"],
)
def test_there_is_no_rest_without_a_printed_difference(
    values: Any, total: float, more: dict[str, bool]
) -> None:
    assert Role.RESIDUAL not in parts(values, total=total, **more).role


def test_a_reporting_unit_that_prints_nothing_is_not_a_part() -> None:
    found = parts((1.0, 2.0, NAN), total=3.0, units=(3,))
    assert found.region.tolist() == [1, 2]
    assert (found.reported, found.expected) == (2, 2)


def test_a_county_that_prints_nothing_is_a_part_without_a_place() -> None:
    found = parts((1.0, NAN), total=3.0)
    assert found.rank.tolist() == [1, 0]
    assert (found.reported, found.expected) == (1, 2)


def test_less_is_better_ranks_the_smallest_first() -> None:
    assert parts((1.0, 2.0), total=3.0, ascending=True).rank.tolist() == [1, 2]


def test_nobody_is_ranked_for_a_reader_who_may_not_know() -> None:
    assert parts((1.0, 2.0), total=3.0, ranked=False).rank.tolist() == [0, 0]


def test_a_total_that_is_not_positive_has_no_shares_and_bears_no_growth() -> None:
    some = np.array([1.0, -1.0])
    assert np.isnan(shares(some, 0.0)).all()
    assert np.isnan(to_growth(some, some, 0.0)).all()
    assert np.isnan(to_change(some, some, 5.0, 5.0)).all()


money = st.lists(st.tuples(st.floats(0.1, 1e5), st.floats(0.1, 1e5)), min_size=1, max_size=10)


@given(money, st.floats(-5, 500))
def test_contributions_add_up_to_the_growth_of_the_total(
    pairs: list[tuple[float, float]], rest: float
) -> None:
    now, base = np.array(pairs).T
    total, total_base = now.sum() + rest, base.sum() + 1.0
    found = parts(now, base, total=total, total_base=total_base)
    if Role.RESIDUAL in found.role:
        growth = 100 * (total - total_base) / total_base
        assert found.contribution.sum() == pytest.approx(growth, rel=1e-6, abs=1e-6)


@given(money, st.floats(0, 100))
def test_contributions_to_a_rate_add_up_to_its_gap(
    pairs: list[tuple[float, float]], reference: float
) -> None:
    numerator, denominator = np.array(pairs).T
    adds = to_rate(numerator, denominator, reference)
    assert adds.sum() == pytest.approx(numerator.sum() / denominator.sum() - reference, rel=1e-6, abs=1e-6)
