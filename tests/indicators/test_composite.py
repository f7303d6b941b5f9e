"""The health index: laws that hold for any signs, and a small city worked out by hand."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.composite import (
    Branch,
    change,
    compose,
    drawn,
    keys,
    ladder,
    robustness,
    rounded,
    standing,
    weighed,
)

NAN = float("nan")
SCORES = st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 100), max_size=6)


def a_city(*weights):
    """Two domains: the first of two themes (a, b | c), the second of one (d, e, f)."""
    one, two = weights or (1.0, 1.0)
    first = Branch("t1", (Branch("a"), Branch("b")))
    second = Branch("t2", (Branch("c"),))
    third = Branch("t3", (Branch("d"), Branch("e"), Branch("f")))
    return Branch("city", (Branch("d1", (first, second), one), Branch("d2", (third,), two)))


# ---- the scale


@pytest.mark.parametrize(
    ("value", "score"),
    [
        (35, 60),  # the legal limit of that time is the yellow line: 60 points
        (24, 80),  # the mildest line
        (29.5, 70),  # half way between blue and yellow
        (13, 100),  # one step (11) better than blue
        (18.5, 90),
        (5, 100),
        (37, 40),
        (45, 20),
        (53, 0),  # one step (8) beyond red
        (80, 0),
    ],
)
def test_the_lines_of_pm25_before_march_2026_make_this_scale(value, score):
    scale = ladder([24, 35, 37, 45], rising_is_bad=True, limit=0)
    assert scale.score(value) == pytest.approx(score)


def test_the_same_figure_scores_less_once_the_limit_is_stricter():
    before = ladder([24, 35, 37, 45], rising_is_bad=True).score(32)
    after = ladder([24, 30, 37, 45], rising_is_bad=True).score(32)
    assert before == pytest.approx(60 + 20 * 3 / 11)
    assert after == pytest.approx(60 - 20 * 2 / 7)


@pytest.mark.parametrize(
    ("value", "score"),
    [(100, 100), (99.5, 90), (99, 80), (97, 60), (95, 40), (92, 20), (89, 0), (50, 0)],
)
def test_a_share_is_not_asked_for_more_than_all_of_it(value, score):
    scale = ladder([99, 97, 95, 92], rising_is_bad=False, limit=100)
    assert scale.score(value) == pytest.approx(score)


@pytest.mark.parametrize(("value", "score"), [(0, 100), (1, 60), (2, 40), (3, 20), (4, 0)])
def test_a_count_whose_mildest_line_is_zero_is_best_at_zero(value, score):
    scale = ladder([0, 1, 2, 3], rising_is_bad=True, limit=0)
    assert scale.score(value) == pytest.approx(score)


def test_a_level_that_is_not_configured_leaves_its_neighbours_further_apart():
    scale = ladder([NAN, 100, 98, 95], rising_is_bad=False)
    assert [scale.score(value) for value in (102, 100, 98, 95, 92)] == pytest.approx([100, 80, 50, 20, 0])


@pytest.mark.parametrize("lines", [[], [5], [NAN, NAN, NAN, 5]])
def test_fewer_than_two_lines_make_no_scale(lines):
    assert ladder(lines, rising_is_bad=True) is None


def test_a_published_level_stands_in_the_middle_of_its_band():
    assert [standing(level) for level in range(5)] == [100, 70, 50, 30, 10]


LADDERS = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=4, unique=True).map(sorted)


@given(LADDERS, st.booleans(), st.lists(st.floats(-1e7, 1e7), min_size=2, max_size=20))
def test_scores_stay_within_bounds_and_a_worse_figure_never_scores_more(lines, rising, values):
    scale = ladder(lines if rising else lines[::-1], rising_is_bad=rising)
    scores = [scale.score(value) for value in sorted(values, reverse=not rising)]
    assert all(0 <= score <= 100 for score in scores)
    assert all(better >= worse - 1e-9 for better, worse in pairwise(scores))


@given(LADDERS, st.floats(-1e6, 1e6), st.floats(0.01, 100))
def test_the_unit_in_which_a_sign_is_measured_changes_nothing(lines, value, factor):
    own = ladder(lines, rising_is_bad=True).score(value)
    other = ladder([line * factor for line in lines], rising_is_bad=True).score(value * factor)
    assert own == pytest.approx(other, abs=0.01)


# ---- the index


def test_a_small_city_by_hand():
    """t1 = (90 + 70) / 2 = 80, t2 = 60, d1 = 70; t3 = (100 + 80) / 2 with f missing = 90 = d2; city 80."""
    found = compose(a_city(), {"a": 90, "b": 70, "c": 60, "d": 100, "e": 80}, least=0.5)
    assert {key: found[key].value for key in ("t1", "t2", "d1", "t3", "d2", "city")} == {
        "t1": 80, "t2": 60, "d1": 70, "t3": 90, "d2": 90, "city": 80,
    }  # fmt: skip
    assert found["city"].weights == pytest.approx({"a": 0.125, "b": 0.125, "c": 0.25, "d": 0.25, "e": 0.25})
    assert (found["t3"].there, found["t3"].expected) == (2, 3)
    assert (found["city"].there, found["city"].expected) == (5, 6)


def test_a_missing_sign_is_not_filled_and_its_weight_goes_to_its_siblings():
    found = compose(a_city(), {"a": 90, "c": 60, "d": 100, "e": 80, "f": 60}, least=0.5)
    assert "b" not in found["city"].weights
    assert found["t1"].value == 90
    assert found["city"].weights["a"] == pytest.approx(0.25)


def test_below_the_stated_coverage_there_is_no_index_and_the_siblings_make_up_for_it():
    found = compose(a_city(), {"a": 90, "b": 70, "c": 60, "d": 100}, least=0.5)
    assert found["t3"].value is None
    assert found["d2"].value is None
    assert (found["d2"].there, found["d2"].expected) == (1, 3)
    assert found["city"].value == 70
    assert compose(a_city(), {"a": 90}, least=0.5)["city"].value is None
    assert compose(a_city(), {}, least=0.0)["city"].value is None


@given(SCORES, st.floats(0.1, 10), st.floats(0.1, 10), st.sampled_from([0.0, 0.5, 1.0]))
def test_weights_add_up_to_one_and_an_index_lies_among_its_signs(scores, one, two, least):
    for key, index in compose(a_city(one, two), scores, least).items():
        if index.value is None:
            assert index.weights == {}
            continue
        assert sum(index.weights.values()) == pytest.approx(1), key
        assert all(weight > 0 for weight in index.weights.values())
        assert set(index.weights) <= set(scores)
        assert min(index.scores.values()) - 1e-9 <= index.value <= max(index.scores.values()) + 1e-9


@given(SCORES.filter(bool), st.floats(0, 50))
def test_a_better_sign_never_lowers_the_index(scores, more):
    before = compose(a_city(), scores, 0.0)["city"].value
    for sign in scores:
        better = scores | {sign: min(100, scores[sign] + more)}
        assert compose(a_city(), better, 0.0)["city"].value >= before - 1e-9


@given(SCORES, st.permutations(range(2)), st.floats(0.1, 10))
def test_neither_the_order_of_parts_nor_the_size_of_all_weights_changes_an_index(scores, order, factor):
    tree = a_city()
    other = Branch("city", tuple(weighed(tree.parts[place], {"d1": factor, "d2": factor}) for place in order))
    own, turned = compose(tree, scores, 0.5)["city"].value, compose(other, scores, 0.5)["city"].value
    assert own == pytest.approx(turned) if own is not None else turned is None


# ---- what moved it


def test_what_each_sign_did_adds_up_to_the_change_by_hand():
    """b 70 → 90 with weight 1/8: +2.5; c 60 → 56 with 1/4: −1; the rest stands: +1.5 in all."""
    whole = {"a": 90, "b": 70, "c": 60, "d": 100, "e": 80, "f": 60}
    before = compose(a_city(), whole, 0.5)["city"]
    after = compose(a_city(), whole | {"b": 90, "c": 56}, 0.5)["city"]
    moved = change(before, after)
    assert (moved.before, moved.after) == (75, 76.5)
    assert {sign: part for sign, part in moved.signs.items() if part} == pytest.approx({"b": 2.5, "c": -1})
    assert moved.coverage == pytest.approx(0)
    assert (moved.joined, moved.left) == ((), ())


def test_a_sign_that_joins_is_told_apart_from_what_the_others_did():
    """f comes with 60 while d and e stand at 100 and 80: t3 90 → 80, the city 80 → 75, and no sign moved."""
    before = compose(a_city(), {"a": 90, "b": 70, "c": 60, "d": 100, "e": 80}, 0.5)["city"]
    after = compose(a_city(), {"a": 90, "b": 70, "c": 60, "d": 100, "e": 80, "f": 60}, 0.5)["city"]
    moved = change(before, after)
    assert moved.total == pytest.approx(-5)
    assert moved.coverage == pytest.approx(-5)
    assert all(part == 0 for part in moved.signs.values())
    assert moved.joined == ("f",)


@given(SCORES, SCORES)
def test_contributions_always_add_up(first, second):
    before, after = compose(a_city(), first, 0.5)["city"], compose(a_city(), second, 0.5)["city"]
    moved = change(before, after)
    if before.value is None or after.value is None:
        assert moved is None
        return
    assert sum(moved.signs.values()) + moved.coverage == pytest.approx(after.value - before.value, abs=1e-9)
    if set(first) == set(second):
        assert moved.coverage == pytest.approx(0, abs=1e-9)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=20), st.integers(0, 3))
def test_printed_parts_add_up_to_the_printed_total(values, decimals):
    total = round(sum(values), decimals)
    printed = rounded(values, decimals, total)
    assert sum(printed) == pytest.approx(total, abs=1e-9)
    assert all(abs(own - shown) <= 2 / 10**decimals for own, shown in zip(values, printed, strict=True))


# ---- how much hangs on the weights


def test_under_doubled_weights_the_index_is_what_composing_anew_gives():
    scores = {"a": 90, "b": 70, "c": 60, "d": 100, "e": 80}
    found = compose(a_city(), scores, 0.5)
    draws = {key: np.array([1.0, 2.0]) for key in ("d2", "c")}
    several = drawn(a_city(), found, draws)
    anew = compose(weighed(a_city(), {"d2": 2.0, "c": 2.0}), scores, 0.5)["city"].value
    assert several == pytest.approx([80, anew])
    assert "city" in keys(a_city())


def test_a_region_that_leads_under_every_weight_keeps_its_rank():
    leads, middle, last = (np.array([90.0, 91, 92]), np.array([80.0, 79, 70]), np.array([75.0, 80, 71]))
    first, second, third = robustness([leads, middle, last])
    assert (first.best_rank, first.worst_rank) == (1, 1)
    assert (second.best_rank, second.worst_rank) == (2, 3)
    assert (third.best_rank, third.worst_rank) == (2, 3)


def test_a_region_without_an_index_takes_no_rank_from_others():
    found = robustness([np.full(3, np.nan), np.array([80.0, 81, 82]), np.array([70.0, 70, 70])])
    assert found[0] is None
    assert (found[1].best_rank, found[2].worst_rank) == (1, 2)
    assert robustness([np.array([80.0, 81, 82])])[0].best_rank is None
