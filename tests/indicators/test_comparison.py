"""Growth, differences, schedules, baselines and ranks, against published series and certified figures."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import comparison, periods
from indicators.comparison import Note, baseline, chain, difference_within_year, differs, growth, rank
from indicators.units import round_half_up

NAN = float("nan")
CASES = Path(__file__).parents[1] / "cases"
ARITHMETIC = json.loads((CASES / "timeseries" / "calendar_and_arithmetic_cases.json").read_text())["cases"]
CERTIFIED = json.loads((CASES / "strd" / "certified.json").read_text())["datasets"]


def cases(kind: str) -> list[Any]:
    return [pytest.param(c["input"], c["expected"], id=c["id"]) for c in ARITHMETIC if c["kind"] == kind]


def column(name: str, field: str) -> np.ndarray[Any, Any]:
    with (CASES / "timeseries" / name).open(encoding="utf-8") as file:
        return np.array([float(row[field]) if row[field] else NAN for row in csv.DictReader(file)])


def of(value: float, base: float) -> tuple[float, Note]:
    """Growth and note of one figure."""
    percent, note = growth(np.array(value), np.array(base))
    return float(percent), Note(int(note))


@pytest.mark.parametrize(
    ("base", "value", "note"),
    [
        (0, 0, Note.ZERO_BASE),
        (0, 5, Note.ZERO_BASE),
        (NAN, 5, Note.NO_BASE),
        (-100, -50, Note.LOSS_NARROWED),
        (-100, -150, Note.LOSS_WIDENED),
        (-100, 20, Note.TURNED_POSITIVE),
        (100, -20, Note.TURNED_NEGATIVE),
    ],
)
def test_a_base_that_cannot_bear_a_growth_gives_words_and_no_number(
    base: float, value: float, note: Note
) -> None:
    percent, said = of(value, base)
    assert np.isnan(percent)
    assert said is note


@pytest.mark.parametrize(("given_", "expected"), cases("growth"))
def test_the_growth_cases(given_: dict[str, float], expected: str) -> None:
    assert expected.startswith("missing")
    assert np.isnan(of(given_["value"], given_["base"])[0])


@pytest.mark.parametrize(("given_", "expected"), cases("ytd_growth_from_level"))
def test_a_cumulative_figure_grows_over_the_same_months(given_: dict[str, float], expected: float) -> None:
    (_, base), (_, value) = sorted(given_.items())
    assert of(value, base)[0] == pytest.approx(expected)


def test_bea_published_growth_is_met_within_its_rounding() -> None:
    met = 0
    for kind in ("current", "chained"):
        levels = column("bea_gdp_year.csv", f"level_{kind}")
        printed = column("bea_gdp_year.csv", f"growth_{kind}_published_pct")
        # Both levels are printed to one decimal, and so is the growth, which BEA takes from finer levels.
        least, _ = growth(levels[1:] - 0.05, levels[:-1] + 0.05)
        most, _ = growth(levels[1:] + 0.05, levels[:-1] - 0.05)
        met += int((np.abs(printed[1:] - (least + most) / 2) <= (most - least) / 2 + 0.055).sum())
    assert met == 188


def test_bls_monthly_changes_are_met_to_two_decimals() -> None:
    index, printed = column("bls_cpi_monthly.csv", "Index"), column("bls_cpi_monthly.csv", "Inflation")
    percent, _ = growth(index[1:], index[:-1])
    shown = [float(round_half_up(value, 2)) for value in percent]
    agree = np.abs(np.array(shown) - printed[1:]) < 0.0101
    assert agree.sum() == 1359


def test_a_chain_of_yearly_indices_is_the_index_with_a_fixed_base() -> None:
    yearly = column("nbs_gdp_annual.csv", "real_index_prev_year_100")
    fixed = column("nbs_gdp_annual.csv", "real_index_1978_100")
    np.testing.assert_allclose(chain(yearly), fixed, rtol=1e-6)


def test_nominal_growth_is_not_the_published_real_growth_and_the_difference_is_said() -> None:
    level = column("nbs_gdp_annual.csv", "gdp_current_price_yi_yuan")
    index = column("nbs_gdp_annual.csv", "real_index_prev_year_100")
    nominal, _ = growth(level[1:], level[:-1])
    real = index[1:] - 100
    assert np.max(nominal - real) == pytest.approx(23.3, abs=0.1)
    assert differs(real, nominal).sum() > 30
    assert not differs(np.array([4.2]), np.array([4.26])).any()


def test_single_quarters_are_differences_inside_one_year() -> None:
    cumulative = column("cn_gdp_quarter_cumulative.csv", "gdp_ytd_yi_yuan")
    expected = column("cn_gdp_quarter_cumulative.csv", "single_quarter_value_expected")
    before = np.where(np.arange(len(cumulative)) % 4 == 0, 0.0, np.roll(cumulative, 1))
    single, _ = difference_within_year(cumulative, before)
    known = np.isfinite(expected)
    np.testing.assert_allclose(single[known], expected[known], atol=0.05)


@pytest.mark.parametrize(
    ("given_", "expected"), [c for c in cases("months_from_ytd") if "warning" in c.values[1]]
)
def test_a_negative_month_stands_and_is_said(given_: dict[str, float], expected: dict[str, Any]) -> None:
    shorter, longer = (value for _, value in sorted(given_.items(), key=lambda pair: pair[0]))
    part, note = difference_within_year(np.array([longer]), np.array([shorter]))
    assert part.tolist() == [expected["2023-12"]]
    assert note.tolist() == [Note.NEGATIVE_PERIOD]


@pytest.mark.parametrize(("given_", "expected"), cases("cagr"))
def test_average_yearly_growth(given_: dict[str, float], expected: float) -> None:
    assert comparison.annual_rate(given_["start"], given_["end"], given_["years"]) == pytest.approx(expected)


@pytest.mark.parametrize("ends", [(0, 5), (-3, 5), (5, -3)])
def test_there_is_no_average_growth_from_or_to_what_is_not_positive(ends: tuple[float, float]) -> None:
    assert np.isnan(comparison.annual_rate(*ends, 3))


@pytest.mark.parametrize(("given_", "expected"), cases("plan_progress"))
def test_more_than_the_whole_plan_may_be_done(given_: dict[str, float], expected: dict[str, float]) -> None:
    done = comparison.completion(np.array([given_["ytd"]]), np.array([given_["annual_target"]]))
    assert done.tolist() == [expected["completion_pct"]]


def test_nothing_is_done_of_a_plan_that_is_not_there() -> None:
    assert np.isnan(comparison.completion(np.array([5.0, 5.0]), np.array([0.0, NAN]))).all()


def test_rates_differ_in_percentage_points() -> None:
    gap, note = comparison.difference(np.array([4.6, 4.6]), np.array([4.3, NAN]))
    assert gap[0] == 0.3
    assert note.tolist() == [Note.NONE, Note.NO_BASE]


@pytest.mark.parametrize("name", CERTIFIED)
def test_mean_and_deviation_keep_the_certified_digits(name: str) -> None:
    facts = CERTIFIED[name]
    with (CASES / "strd" / facts["data"]).open() as file:
        history = np.array([float(row["y"]) for row in csv.DictReader(file)])
    _, mean, deviation = baseline(np.array(0.0), history, least=3)
    assert digits(float(mean), float(facts["mean"])) >= 12
    assert digits(float(deviation), float(facts["sd_n_minus_1"])) >= 12


def digits(found: float, certified: float) -> float:
    """How many digits agree (the log relative error)."""
    return 15.0 if found == certified else -np.log10(abs(found - certified) / abs(certified))


def test_a_baseline_needs_enough_past_that_varies() -> None:
    short, flat, sound = [1.0, NAN, NAN], [4.0, 4.0, 4.0], [1.0, 2.0, 3.0]
    history = np.array([short, flat, sound]).T
    z, mean, _ = baseline(np.array([5.0, 5.0, 5.0]), history, least=3)
    assert np.isnan(z).tolist() == [True, True, False]
    assert z[2] == 3.0
    assert np.isnan(mean).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("values", "ranked", "ascending", "places"),
    [
        ((5, 9, 7), (1, 1, 1), False, [3, 1, 2]),
        ((5, 9, 9, 1), (1, 1, 1, 1), False, [3, 1, 1, 4]),
        ((5, NAN, 7), (1, 1, 1), False, [2, 0, 1]),
        ((5, 90, 7), (1, 0, 1), False, [2, 0, 1]),
        ((5, 9, 7), (1, 1, 1), True, [1, 3, 2]),
    ],
)
def test_equal_figures_share_a_place_and_what_is_missing_or_no_territory_has_none(
    values: Any, ranked: Any, ascending: bool, places: list[int]
) -> None:
    assert rank(np.array(values, float), np.array(ranked, bool), ascending).tolist() == places


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=20), st.randoms())
def test_the_order_of_arrival_does_not_change_a_rank(values: list[float], chance: Any) -> None:
    order = list(range(len(values)))
    chance.shuffle(order)
    every = np.ones(len(values), bool)
    straight, shuffled = rank(np.array(values), every), rank(np.array(values)[order], every)
    assert straight[order].tolist() == shuffled.tolist()


@given(st.floats(0.01, 1e9), st.floats(0.01, 1e9))
def test_growth_undoes_itself(value: float, base: float) -> None:
    percent, note = of(value, base)
    assert note is Note.NONE
    assert base * (1 + percent / 100) == pytest.approx(value, rel=1e-9, abs=base * 1e-12)


def test_the_year_before_of_a_cumulative_figure_is_the_same_span() -> None:
    key = periods.months_key(2024, 6, 6)
    assert periods.year_before(np.array([key])).tolist() == [periods.months_key(2023, 6, 6)]
