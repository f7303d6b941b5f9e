"""Units: words, conversion, scale on display, rounding, and what a formula's unit says."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import units
from indicators.errors import CockpitError
from indicators.units import Agreement, conversion, display, parse, round_half_up

CASES = Path(__file__).parents[1] / "cases" / "timeseries" / "calendar_and_arithmetic_cases.json"
ROUNDING = [case for case in json.loads(CASES.read_text())["cases"] if case["kind"] == "rounding"]


@pytest.mark.parametrize(
    ("source", "target", "factor"),
    [
        ("亿元", "万元", 10**4),
        ("万元", "亿元", 1e-4),
        ("万亿元", "亿元", 10**4),
        ("万人", "人", 10**4),
        ("%", "个百分点", 1),
        ("‰", "%", 0.1),
        ("平方公里", "平方米", 10**6),
        ("万平方米", "平方公里", 0.01),
        ("万千瓦时", "亿千瓦时", 1e-4),
        ("亩", "平方米", 2000 / 3),
        ("件/万人", "件/人", 1e-4),
        ("小时", "分钟", 60),
        ("微克/立方米", "毫克/立方米", 1e-3),
        ("百万元", "亿元", 0.01),
        ("起/十万人", "起/万人", 0.1),
        ("％", "%", 1),
    ],
)
def test_a_figure_is_converted_between_units_of_one_kind(source: str, target: str, factor: float) -> None:
    assert conversion(source, target) == pytest.approx(factor, rel=1e-15)


@pytest.mark.parametrize(
    ("source", "target"), [("亿元", "万人"), ("人", "户"), ("%", "元"), ("亿元", "亿美元"), ("元", "元/人")]
)
def test_units_of_different_kinds_do_not_convert(source: str, target: str) -> None:
    with pytest.raises(CockpitError) as refused:
        conversion(source, target)
    assert refused.value.key == "unit_mismatch"


@pytest.mark.parametrize("text", ["亿圆圆", "万", "foo", "元/", "万%"])
def test_an_unknown_unit_is_refused_by_name(text: str) -> None:
    with pytest.raises(CockpitError) as refused:
        parse(text)
    assert refused.value.key == "unknown_unit"
    assert text in str(refused.value)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (12345.0, "万元", (1.2345, "亿元")),
        (3987.6, "亿元", (3987.6, "亿元")),
        (56_000.0, "人", (5.6, "万人")),
        (0.5, "亿元", (5000.0, "万元")),
        (98.7, "%", (98.7, "%")),
        (23.0, "微克/立方米", (23.0, "微克/立方米")),
        (-25_000.0, "万元", (-2.5, "亿元")),
    ],
)
def test_a_figure_is_shown_at_a_readable_scale(value: float, unit: str, shown: tuple[float, str]) -> None:
    number, word = display(value, unit)
    assert (number, word) == (pytest.approx(shown[0]), shown[1])


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in ROUNDING])
def test_figures_are_rounded_half_up_on_their_decimal_text(case: dict[str, Any]) -> None:
    asked = case["input"]
    assert round_half_up(asked["value"], asked["decimals"]) == case["expected"]


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(-0.04, 1, "0.0"), (-2.5, 0, "-3"), (1e16, 0, "10000000000000000"), (3.0, 2, "3.00"), (1e-7, 2, "0.00")],
)
def test_rounded_text_has_no_negative_zero_and_no_exponent(value: float, decimals: int, text: str) -> None:
    assert round_half_up(value, decimals) == text


def test_a_missing_value_has_no_text() -> None:
    with pytest.raises(ValueError, match="missing"):
        round_half_up(float("nan"), 1)


def test_ratios_are_known() -> None:
    assert units.is_ratio("%")
    assert not units.is_ratio("亿元")


def test_a_written_power_of_ten_converts_and_another_factor_weighs() -> None:
    share = units.product(units.literal(Fraction(100)), units.product(units.of("户"), units.of("户"), -1))
    score = units.product(units.literal(Fraction(1, 5)), units.of("分"))
    assert units.agreement(share, "%") is Agreement.COMPATIBLE
    assert units.agreement(share, "倍") is Agreement.CONTRADICTING
    assert units.agreement(score, "分") is Agreement.COMPATIBLE


# -- laws --------------------------------------------------------------------------------------------------

MONEY = st.sampled_from(["元", "千元", "万元", "百万元", "亿元", "万亿元"])


@given(MONEY, MONEY, MONEY)
def test_conversions_chain(one: str, two: str, three: str) -> None:
    assert conversion(one, two) * conversion(two, three) == pytest.approx(conversion(one, three), rel=1e-12)


@given(st.floats(-1e12, 1e12), st.sampled_from(["元", "万元", "亿元", "人", "%", "万千瓦时", "起/万人"]))
def test_a_figure_on_display_is_the_same_figure(value: float, unit: str) -> None:
    shown, word = display(value, unit)
    assert shown * conversion(word, unit) == pytest.approx(value, rel=1e-12)


@given(st.floats(-1e9, 1e9), st.integers(0, 6))
def test_rounding_moves_a_figure_by_half_a_digit_at_most(value: float, decimals: int) -> None:
    moved = Decimal(round_half_up(value, decimals)) - Decimal(repr(value))
    assert abs(moved) <= Decimal("0.5").scaleb(-decimals)
