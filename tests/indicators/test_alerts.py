"""The life of a warning: the worked cases, the policies, and the laws that hold for any history."""

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.alerts import (
    FEW,
    Alerts,
    Cause,
    Event,
    EventKind,
    Health,
    Timing,
    at,
    carry_forward,
    close,
    replay,
    revise,
    standing,
    step,
)
from indicators.rules import Readings, Rule, Verdict, WarningLevel, parse, verdicts

CASES = Path(__file__).parents[1] / "cases" / "alerting"
NAN = float("nan")


def cases(name: str) -> list:
    return [
        pytest.param(case, id=f"{case['id']} {case['title']}")
        for case in json.loads((CASES / name).read_text(encoding="utf-8"))["cases"]
    ]


def column(numbers) -> np.ndarray:
    """One instance over time, period-major; None is missing."""
    return np.array([[NAN if n is None else float(n)] for n in numbers])


def a_rule(**fields) -> Rule:
    return parse({"comparison": ">=", "thresholds": {"yellow": 90}} | fields)


def history(rule: Rule, values: np.ndarray, start: Alerts | None = None, first: int = 1):
    """States in words after each period, and all events; NaN past its grace is no data."""
    timing = Timing.of(rule)
    verdict = verdicts(rule, Readings(values))
    health = np.where(np.isnan(values), Health.NO_DATA, Health.OK).astype(np.int8)
    alerts = start or Alerts.normal(values.shape[1], len(timing.level))
    words, events = [], []
    for nth in range(len(values)):
        alerts, happened = step(alerts, timing, at(verdict, nth), health[nth], first + nth)
        events.extend(happened)
        words.append(
            [
                word + (f"|{Health(h).word}" if h else "")
                for word, h in zip(alerts.words(timing.level), alerts.health.tolist(), strict=True)
            ]
        )
    return alerts, words, events


def states_of(rule: Rule, numbers) -> list[str]:
    return [row[0] for row in history(rule, column(numbers))[1]]


def kinds_of(rule: Rule, numbers) -> list[str]:
    return [f"{e.kind.name} {WarningLevel(e.level).word}" for e in history(rule, column(numbers))[2]]


@pytest.mark.parametrize("case", cases("level_hysteresis_cases.json"))
def test_the_level_cases(case):
    rule = parse(case["rule"])
    assert states_of(rule, case["values"]) == case["expected_state"]
    events = [
        {"step": e.period - 1, "event": e.kind.name, "level": WarningLevel(e.level).word if e.level else None}
        for e in history(rule, column(case["values"]))[2]
    ]
    assert events == case["expected_events"]


@pytest.mark.parametrize("case", cases("state_cases_prometheus.json"))
def test_the_state_cases(case):
    rule = parse(case["rule"])
    for name, samples in case["series"].items():
        numbers = [None if s in (None, "stale", "NaN") else s for s in samples]
        withdrawn = np.array([[s == "stale"] for s in samples])
        seen = carry_forward(column(numbers), withdrawn, case["rule"]["carry_forward_periods"])
        words = [row[0].split("|")[0] for row in history(rule, seen)[1]]
        assert [plain(word) for word in words] == NAN_IS_MISSING.get(case["id"], case["expected"][name])


NAN_IS_MISSING = {"PS-029": ["inactive", "inactive", "inactive"]}
"""The case leaves the choice: here NaN is a missing value for every comparison, ``!=`` included."""


def plain(word: str) -> str:
    """Our word for a state in the words of the cases, which know no levels."""
    return {"normal": "inactive"}.get(word, word.split(":")[0])


@pytest.mark.parametrize(
    ("breaches", "states"),
    [
        ("x x x x", "pending pending firing firing"),
        ("x x . x", "pending pending normal pending"),
        ("x x x .", "pending pending firing normal"),
        ("x x ? x", "pending pending normal pending"),
        ("x x x ?", "pending pending firing firing"),
    ],
)
def test_a_warning_opens_once_a_breach_has_lasted(breaches, states):
    numbers = [{"x": 95, ".": 80, "?": None}[mark] for mark in breaches.split()]
    words = states_of(a_rule(for_periods=2), numbers)
    assert [word.split("|")[0].split(":")[0] for word in words] == states.split()


@pytest.mark.parametrize(
    ("policy", "numbers", "states"),
    [
        ("no_data", [95, 95, None, 95], "pending firing firing|no_data firing"),
        ("keep", [95, None, 95, 80], "pending pending|no_data firing normal"),
        ("ok", [95, 95, None, 95], "pending firing normal|no_data pending"),
        ("alert", [80, None, None, 80], "normal pending|no_data firing|no_data normal"),
    ],
)
def test_each_policy_for_a_missing_period(policy, numbers, states):
    rule = a_rule(for_periods=1, no_data_policy=policy, no_data_level="yellow")
    words = [word.replace(":yellow", "") for word in states_of(rule, numbers)]
    assert words == states.split()


def test_policy_alert_leaves_the_other_latches_as_they_are():
    rule = a_rule(thresholds={"blue": 80, "red": 99}, no_data_policy="alert", no_data_level="red")
    assert states_of(rule, [85, None, 85]) == ["firing:blue", "firing:red|no_data", "firing:blue"]


@pytest.mark.parametrize("health", [Health.STALE, Health.ERROR])
def test_a_late_or_failed_period_changes_nothing(health):
    rule = a_rule(for_periods=2)
    timing = Timing.of(rule)
    pending, _, _ = history(rule, column([95]))
    verdict = at(verdicts(rule, Readings(column([None]))), 0)
    after, events = step(pending, timing, verdict, np.array([health], dtype=np.int8), 2)
    assert after.words(timing.level) == ["pending:yellow"]
    assert (after.count.tolist(), after.period.tolist()) == (pending.count.tolist(), pending.period.tolist())
    assert after.health[0] == health
    assert events == []


def test_a_region_that_is_no_more_leaves_no_warning_behind():
    rule = a_rule()
    firing, _, _ = history(rule, column([95]))
    verdict = at(verdicts(rule, Readings(column([95]))), 0)
    gone = Verdict(
        verdict.breach, verdict.hold, verdict.missing, verdict.waiting, np.array([True]), verdict.reason
    )
    after, events = step(firing, Timing.of(rule), gone, np.zeros(1, np.int8), 2)
    assert after.words(Timing.of(rule).level) == ["normal"]
    assert [(e.kind, e.cause) for e in events] == [(EventKind.RESOLVE, Cause.OUT_OF_SCOPE)]


def test_a_removed_rule_closes_its_warnings_with_the_reason():
    firing, _, _ = history(a_rule(), column([95]))
    after, events = close(firing, Cause.RULE_REMOVED, 1)
    assert after.level.tolist() == [0]
    assert [(e.kind, e.cause, e.alert) for e in events] == [(EventKind.RESOLVE, Cause.RULE_REMOVED, 1)]


def test_an_upgrade_does_not_restart_the_hold_of_the_level_below():
    rule = a_rule(thresholds={"blue": 80, "red": 99}, for_periods={"blue": 2})
    assert states_of(rule, [85, 99, 85]) == ["pending:blue", "firing:red", "firing:blue"]


def test_crossing_a_band_from_one_side_to_the_other_closes_nothing():
    rule = parse({"type": "band", "thresholds": {"blue": [40, 95], "red": [15, 110]}, "for_periods": 1})
    numbers = [50, 10, 10, 120, 120, 97, 60]
    assert kinds_of(rule, numbers) == ["OPEN red", "DOWNGRADE blue", "RESOLVE none"]
    assert states_of(rule, numbers)[3] == "firing:red"


def test_how_long_a_warning_has_lasted_counts_observed_periods():
    alerts, _, _ = history(a_rule(), column([80, 95, None, 95]))
    assert (alerts.opened.tolist(), alerts.lasted.tolist()) == ([2], [2])


@pytest.mark.parametrize(
    ("first", "now", "added"),
    [
        pytest.param([80, 95], [80, 80], ["REVISED 2"], id="a warning that would not have opened is revised"),
        pytest.param(
            [80, 80, 80], [95, 80, 80], ["OPEN 1", "RESOLVE 2"], id="one in the past is entered back-dated"
        ),
        pytest.param([95, 95], [95, 95, 80], ["RESOLVE 3"], id="what only went on is added"),
        pytest.param([95, 80, 80], [95, 95, 80], ["REVISED 2", "RESOLVE 3"], id="the end moved"),
        pytest.param([80, 95, 95], [95, 95, 95], ["OPEN 1", "REVISED 2"], id="the beginning moved"),
        pytest.param([95, 80], [95, 80], [], id="nothing changed"),
    ],
)
def test_what_a_revision_adds_to_the_history(first, now, added):
    recorded = history(a_rule(), column(first))[2]
    replayed = history(a_rule(), column(now))[2]
    new = revise(recorded, replayed)
    assert [f"{e.kind.name} {e.period}" for e in new] == added
    assert standing([*recorded, *new]) == replayed


def test_a_load_that_is_undone_closes_what_it_opened_and_can_be_loaded_again():
    before = history(a_rule(), column([80, 80]))[2]
    loaded = history(a_rule(), column([80, 95]))[2]
    written = [*before, *revise(before, loaded)]
    written += revise(standing(written), before)
    assert standing(written) == []
    written += revise(standing(written), loaded)
    assert standing(written) == loaded
    assert [e.kind.name for e in written] == ["OPEN", "REVISED", "OPEN"]


numbers = st.one_of(st.none(), st.integers(60, 120))
histories = st.lists(numbers, min_size=1, max_size=40)
law = settings(deadline=None, max_examples=50)
"""The machine of a test run may be busy: a law has no time limit."""

FOUR = {"blue": 80, "yellow": 90, "orange": 100, "red": 110}


@law
@given(histories, st.integers(0, 3), st.integers(0, 3), st.sampled_from(["no_data", "keep", "ok"]))
def test_events_are_an_open_then_changes_then_a_resolve(values, hold, keep, policy):
    rule = a_rule(thresholds=FOUR, for_periods=hold, keep_firing_for_periods=keep, no_data_policy=policy)
    level = 0
    for event in history(rule, column(values))[2]:
        assert event.previous == level
        assert event.kind == {
            (True, False): EventKind.OPEN,
            (False, True): EventKind.RESOLVE,
        }.get(
            (level == 0, event.level == 0), EventKind.UPGRADE if event.level > level else EventKind.DOWNGRADE
        )
        level = event.level


@law
@given(st.lists(st.floats(-0.99, 0.99), min_size=1, max_size=60), st.floats(85, 95))
def test_noise_within_the_hysteresis_opens_at_most_once(noise, constant):
    rule = a_rule(comparison=">", thresholds={"yellow": 90}, recovery={"yellow": 88})
    kinds = [e.kind for e in history(rule, column([constant + n for n in noise]))[2]]
    assert kinds.count(EventKind.OPEN) <= 1


@law
@given(histories, st.integers(1, 30))
def test_without_values_there_is_never_a_resolve(values, silence):
    alerts, _, _ = history(a_rule(thresholds=FOUR), column(values))
    after, _, events = history(a_rule(thresholds=FOUR), column([None] * silence), alerts, len(values) + 1)
    assert events == []
    assert after.level.tolist() == alerts.level.tolist()


@law
@given(histories, st.integers(0, 3), st.data())
def test_the_order_of_arrival_does_not_change_the_history(values, hold, data):
    rule = a_rule(thresholds=FOUR, for_periods=hold)
    written: list[Event] = []
    seen: list = [None] * len(values)
    for nth in data.draw(st.permutations(range(len(values)))):
        seen[nth] = values[nth]
        written += revise(standing(written), history(rule, column(seen))[2])
    assert standing(written) == history(rule, column(values))[2]


@law
@given(histories, st.integers(0, 39), st.integers(0, 3), st.integers(0, 3))
def test_a_restart_at_any_point_changes_nothing(values, cut, hold, keep):
    rule = a_rule(thresholds=FOUR, for_periods=hold, keep_firing_for_periods=keep)
    whole, _, events = history(rule, column(values))
    early, _, first = history(rule, column(values[:cut])) if values[:cut] else (None, [], [])
    late, _, second = history(rule, column(values[cut:]), early, cut + 1) if values[cut:] else (early, [], [])
    assert first + second == events
    assert late is not None
    assert late.latch.tolist() == whole.latch.tolist()
    assert late.lasted.tolist() == whole.lasted.tolist()


@law
@given(histories, st.integers(60, 110), st.integers(0, 10))
def test_a_tighter_threshold_never_shortens_the_time_in_firing(values, threshold, tighter):
    def firing(bound: float) -> int:
        rule = a_rule(thresholds={"red": bound}, recovery={"red": 50})
        return sum(word.startswith("firing") for word in states_of(rule, values))

    assert firing(threshold - tighter) >= firing(threshold)


@law
@given(histories, st.integers(0, 4), st.integers(0, 3))
def test_a_longer_hold_never_adds_openings(values, hold, longer):
    def openings(periods: int) -> int:
        rule = a_rule(thresholds={"red": 90}, for_periods=periods)
        return sum(e.kind is EventKind.OPEN for e in history(rule, column(values))[2])

    assert openings(hold + longer) <= openings(hold)


@law
@given(st.lists(histories, min_size=2, max_size=5))
def test_instances_do_not_touch_each_other(many):
    rule = a_rule(thresholds=FOUR, for_periods={"blue": 2})
    length = max(map(len, many))
    padded = [one + [None] * (length - len(one)) for one in many]
    verdict = verdicts(rule, Readings(np.hstack([column(one) for one in padded])))
    health = np.where(verdict.missing, Health.NO_DATA, Health.OK).astype(np.int8)
    _, together = replay(Alerts.normal(len(many)), Timing.of(rule), verdict, health, range(1, length + 1))
    for row, one in enumerate(padded):
        alone = history(rule, column(one))[2]
        assert [(e.period, e.kind, e.level) for e in together if e.row == row] == [
            (e.period, e.kind, e.level) for e in alone
        ]


@pytest.mark.parametrize("policy", ["no_data", "keep", "ok", "alert"])
@pytest.mark.parametrize("shape", ["threshold", "band"])
def test_many_instances_move_as_few_do(policy, shape):
    """Of many instances only those that may move are looked at; nobody may notice."""
    bounds = {"blue": [80, 120], "red": [70, 130]} if shape == "band" else {"blue": 105, "red": 115}
    kind = {"type": "band"} if shape == "band" else {"comparison": ">"}
    rule = parse(
        {"thresholds": bounds, "no_data_policy": policy, "no_data_level": "blue", "for_periods": 1, **kind}
    )
    random = np.random.default_rng(1)
    values = random.normal(100, 8, (6, FEW + 500))
    values[random.random(values.shape) < 0.1] = np.nan
    health = random.integers(0, 4, values.shape).astype(np.int8)
    verdict = verdicts(rule, Readings(values))
    verdict = replace(
        verdict, outside=random.random(values.shape) < 0.01, waiting=random.random(values.shape) < 0.05
    )
    timing = Timing.of(rule)
    latches = len(timing.level)
    whole, events = replay(Alerts.normal(values.shape[1], latches), timing, verdict, health, range(1, 7))
    for half in (slice(0, FEW // 2), slice(FEW // 2, FEW), slice(FEW, None)):
        part = Verdict(**{field.name: getattr(verdict, field.name)[:, half] for field in fields(verdict)})
        alone, told = replay(
            Alerts.normal(part.reason.shape[1], latches), timing, part, health[:, half], range(1, 7)
        )
        for field in fields(alone):
            assert (getattr(whole, field.name)[half] == getattr(alone, field.name)).all(), field.name
        inside = range(values.shape[1])[half]
        assert [e._replace(row=e.row - inside.start) for e in events if e.row in inside] == told
