"""Every rule type carries a worked example, and it comes out as it says."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import yaml

from indicators.alerts import Alerts, Health, Timing, at, step
from indicators.definition import WARNING_LEVELS
from indicators.periods import months_key
from indicators.regions import Level
from indicators.rules import RULE_TYPES, Readings, Reason, Verdict, parse, verdicts

EXAMPLES = yaml.safe_load(
    (Path(__file__).parents[2] / "indicators" / "rules" / "examples.yaml").read_text("utf-8")
)["examples"]
COLUMNS = ("measure", "value", "base", "denominator", "age", "coverage")


def test_every_rule_type_has_an_example():
    assert {example["type"] for example in EXAMPLES} == set(RULE_TYPES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name_en"])
def test_an_example_comes_out_as_it_says(example):
    rule = parse(example["rule"])
    assert rule.type == example["type"]
    assert rule.compares == ("figures" in example)
    if not rule.compares:
        return
    readings = readings_of(example)
    verdict = verdicts(rule, readings)
    verdict = Verdict(*(getattr(verdict, field.name)[:, :1] for field in fields(verdict)))
    assert states_of(rule, verdict, readings) == example["states"]
    if "why" in example:
        assert [Reason(reason).name for reason in verdict.reason[:, 0].tolist()] == example["why"]


def readings_of(example) -> Readings:
    """The figures of an example as columns of one region."""
    figures = [figure if isinstance(figure, dict) else {"measure": figure} for figure in example["figures"]]
    columns = {
        name: np.array([[np.nan if figure.get(name) is None else figure[name]] for figure in figures], float)
        for name in COLUMNS
        if any(name in figure for figure in figures)
    }
    if "value" in columns:
        columns["value"] = np.where(np.isnan(columns["value"]), columns["measure"], columns["value"])
    keys = [months_key(*map(int, text.split("-")), 1) for text in example["periods"]]
    level = Level.parse(example.get("region_level", "county"))
    if "siblings" in example:
        columns["measure"] = np.column_stack([columns["measure"], np.array(example["siblings"], float)])
    if "members" in example:
        words = [[WARNING_LEVELS.index(word) for word in members] for members in example["members"]]
        columns["levels"] = np.array(words, np.int8).T[..., None]
    return Readings(**columns, period=np.array(keys)[:, None], region_level=np.array([[level]]))


def states_of(rule, verdict, readings) -> list[str]:
    """The state after each period; a figure that is not there is past its grace."""
    timing, alerts, words = Timing.of(rule), Alerts.normal(1, len(rule.latch_levels)), []
    there = readings.measure if readings.value is None else readings.value
    for nth, period in enumerate(readings.period[:, 0].tolist()):
        health = np.where(np.isnan(there[nth, :1]), Health.NO_DATA, Health.OK).astype(np.int8)
        alerts, _ = step(alerts, timing, at(verdict, nth), health, period)
        suffix = f"|{Health(int(alerts.health[0])).word}" if alerts.health[0] else ""
        words.append(alerts.words(timing.level)[0] + suffix)
    return words
