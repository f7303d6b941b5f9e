"""Which rules are worth listening to: noise, flapping, repetition, silence; the worst first."""

import numpy as np
import pytest

from indicators.backtest import Span
from indicators.rule_health import Raised, Record, Trouble, record, repeated, worst_first

SINCE = np.datetime64("2026-01-01")


def a_span(first: str, last: str = "2026-12-31", region: int = 1) -> Span:
    return Span(region, np.datetime64(first), np.datetime64(last))


def warnings(*reasons: str | None, **more: bool) -> list[Raised]:
    """One warning for each: None is not answered, "" is answered with a measure, else the reason for no action."""
    return [
        Raised(a_span("2026-03-01", region=n), answered=why is not None, reason=why or "", **more)
        for n, why in enumerate(reasons)
    ]


def test_noise_is_the_share_of_warnings_for_which_no_action_was_needed() -> None:
    found = record("r", warnings("data", "data", "expected", "", None), SINCE)
    assert (found.fired, found.answered, found.useless, found.noise) == (5, 4, 3, 60.0)
    assert list(found.reasons.items()) == [("data", 2), ("expected", 1)]
    assert found.troubles(limit=20) == (Trouble.NOISE,)
    assert found.troubles(limit=60) == ()


def test_of_two_warnings_no_share_is_told() -> None:
    assert record("r", warnings("data", "data"), SINCE).noise is None


def test_only_warnings_of_the_window_count_but_the_newest_opening_of_all_is_known() -> None:
    old = Raised(a_span("2025-06-01", "2025-07-01"), answered=True, reason="data")
    found = record("r", [old, *warnings(None)], SINCE)
    assert (found.fired, found.useless, found.last) == (1, 0, np.datetime64("2026-03-01"))
    assert record("r", [old], SINCE).troubles(20) == ()
    assert record("r", [], SINCE).troubles(20) == (Trouble.SILENT,)


@pytest.mark.parametrize(
    ("others", "repeats"),
    [
        ([1, 2, 3, 4, 5], True),
        ([1, 2, 3, 4], True),        # 4 of 5 and 4 of 4
        ([1, 2, 3], False),          # 3 of 5
        ([1, 2, 3, 4, 5, 6, 7], False),  # 5 of 7 the other way
    ],
)  # fmt: skip
def test_rules_repeat_each_other_where_most_warnings_of_both_stand_together(
    others: list[int], repeats: bool
) -> None:
    one = [a_span("2026-03-01", region=n) for n in range(1, 6)]
    other = [a_span("2026-02-01", "2026-03-05", region=n) for n in others]
    found = repeated({"one": one, "other": other})
    assert ("one" in found, "other" in found) == (repeats, repeats)


def test_the_worst_come_first() -> None:
    noisy, noisier = Record("noisy", 10, useless=4), Record("noisier", 10, useless=9)
    flapping, silent, fine = Record("flapping", 4, flapping=2), Record("silent"), Record("fine", 50)
    last = np.datetime64("2026-01-02")
    told = [
        Record(**{**vars(one), "last": last}) if one is not silent else one
        for one in (fine, silent, flapping, noisy, noisier)
    ]
    assert [one.rule for one in worst_first(told, 20)] == ["noisier", "noisy", "flapping", "silent", "fine"]
