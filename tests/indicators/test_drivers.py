"""What drives a figure: contributions add up as a law, and a move is told from the usual course."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.drivers import MOST_PARTS, effects, gap, onset, quotient, rest
from indicators.formula import evaluate, parse

AMOUNTS = st.floats(0.01, 1e6)
FORMULAS = (
    "100 * x.a / x.b",
    "100 * x.a / x.b - 100",
    "x.a - x.b",
    "(x.a - x.b) / x.c",
    "0.2 * x.a + 0.8 * x.b",
    "x.a * x.b / x.c",
)


def of(**parts: float) -> dict[str, float]:
    return {f"x.{name}": value for name, value in parts.items()}


@given(st.sampled_from(FORMULAS), st.tuples(*[AMOUNTS] * 6))
def test_the_effects_of_the_parts_add_up_to_the_change(formula: str, ends: tuple[float, ...]) -> None:
    node = parse(formula)
    names = [name for name in ("x.a", "x.b", "x.c") if name in formula]
    now, base = dict(zip(names, ends, strict=False)), dict(zip(names, ends[3:], strict=False))
    found, change = effects(node, now, base) or ({}, np.nan)
    ends_of = [evaluate(node, {k: np.array([v]) for k, v in one.items()})[0] for one in (now, base)]
    assert change == pytest.approx(ends_of[0] - ends_of[1])
    scale = max(abs(one) for one in (*found.values(), 1.0))
    assert sum(found.values()) == pytest.approx(change, abs=1e-9 * scale)


def test_a_part_that_did_not_change_has_no_effect() -> None:
    found, change = effects(parse("100 * x.a / x.b"), of(a=50, b=100), of(a=80, b=100)) or ({}, 0)
    assert found == {"x.a": pytest.approx(-30), "x.b": 0}
    assert change == pytest.approx(-30)


def test_numerator_and_denominator_share_what_they_made_together() -> None:
    found, _ = effects(parse("100 * x.a / x.b"), of(a=60, b=120), of(a=80, b=100)) or ({}, 0)
    # half of −20/100 and −20/120; half of 140 × (1/120 − 1/100)
    assert found["x.a"] == pytest.approx(100 * -20 * (1 / 100 + 1 / 120) / 2)
    assert found["x.b"] == pytest.approx(100 * 140 * (1 / 120 - 1 / 100) / 2)


@pytest.mark.parametrize(
    ("formula", "now", "base"),
    [
        ("100 * x.a / x.b", of(a=1, b=0), of(a=1, b=2)),
        ("100 * x.a / x.b", of(a=float("nan"), b=1), of(a=1, b=2)),
        ("lag(x.a, 1) / x.b", of(a=1, b=1), of(a=1, b=2)),
        (" + ".join(f"x.a{n}" for n in range(MOST_PARTS + 1)),) + (({f"x.a{n}": 1.0 for n in range(MOST_PARTS + 1)}),) * 2,
    ],
)  # fmt: skip
def test_a_formula_that_cannot_be_taken_apart_is_not(formula: str, now: Any, base: Any) -> None:
    assert effects(parse(formula), now, base) is None


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=20), st.floats(-100, 200))
def test_what_parts_add_to_the_gap_of_a_quotient_adds_up_to_the_gap(
    parts: list[tuple[float, float]], reference: float
) -> None:
    above, below = np.array(parts).T
    found = gap(above, below, float(below.sum()), reference)
    whole = above.sum() / below.sum() - reference
    assert found.sum() == pytest.approx(whole, abs=1e-9 * max(1.0, np.abs(found).sum()))


@given(st.floats(-1e6, 1e6), st.lists(st.floats(-1e6, 1e6) | st.none(), min_size=1, max_size=8))
def test_the_rest_makes_up_the_total(total: float, contributions: list[float | None]) -> None:
    known = [one for one in contributions if one is not None]
    left = rest(total, contributions)
    scale = max(abs(total), *(abs(one) for one in known)) if known else 1.0
    if known:
        assert sum(known) + (left or 0.0) == pytest.approx(total, abs=1e-6 * max(1.0, scale))
    else:
        assert left is None


@pytest.mark.parametrize(
    ("formula", "numerator", "shift"),
    [
        ("100 * x.a / x.b", 300, 0),
        ("100 * x.a / x.b - 100", 300, -100),
        ("(x.a + x.a) / x.b", 6, 0),
        ("100 * (x.a / x.b)", 300, 0),
    ],
)
def test_a_quotient_of_sums_is_known(formula: str, numerator: float, shift: float) -> None:
    found = quotient(parse(formula))
    assert found is not None
    values = {"x.a": np.array([3.0]), "x.b": np.array([4.0])}
    assert evaluate(found.numerator, {"x.a": values["x.a"]})[0] == numerator
    assert (found.denominator, found.shift) == (parse("x.b"), shift)


@pytest.mark.parametrize(
    "formula", ["x.a - x.b", "x.a * x.b / x.c", "max(x.a, x.b) / x.c", "100 * (x.a / x.b - 1)"]
)
def test_other_formulas_are_not_quotients_of_sums(formula: str) -> None:
    assert quotient(parse(formula)) is None


CALM = [50.0, 51, 49, 50, 52, 48, 50, 51, 49, 50]


@pytest.mark.parametrize(
    ("recent", "bad", "expected"),
    [
        ([50, 50, 44, 43, 40, 38], -1, 12),   # fell two periods in, and stayed down
        ([50, 50, 44, 50, 40, 38], -1, 14),   # came back in between: the move is the later one
        ([50, 50, 44, 43, 40, 50], -1, None), # is back
        ([50, 50, 56, 57, 58, 60], -1, None), # the good way
        ([50, 50, 56, 57, 58, 60], 0, 12),    # either way counts
        ([50, 50, 56, 57, 58, float("nan")], 0, None),
    ],
)  # fmt: skip
def test_since_when_a_series_is_off_its_course(recent: list[float], bad: int, expected: int | None) -> None:
    move = onset(np.array(CALM + recent), bad)
    assert (move.place if move else None) == expected


def test_little_history_says_nothing() -> None:
    assert onset(np.array([1.0, 2, 3, 9, 9, 9, 9]), 1) is None


def test_a_series_that_never_varied_moves_with_any_change() -> None:
    move = onset(np.array([0.0] * 10 + [0, 0, 0, 0, 2, 3]), 1)
    assert move is not None
    assert (move.place, move.rising, move.usual, move.last) == (14, True, 0.0, 3.0)
