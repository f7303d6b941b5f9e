"""What rules that are made of other rules are judged on: the histories of those, on one set of periods and regions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np

from data_access.alerts import StoredEvent
from indicators.alerts import Event, standing
from indicators.definition import indicator_of
from indicators.regions import RegionTree
from indicators.rules import Rule
from indicators.rules.base import LEAST_COVERAGE
from services.answers import Reading
from services.evaluation import Case, Codes, Ints, Marks, Members, as_event, cut, past


def composed(
    reading: Reading, rules: Sequence[str], readings: Mapping[str, Reading], told: Sequence[StoredEvent]
) -> Members:
    """The members of a composite on its own periods and regions.

    reading   of the composite itself
    readings  of the indicators that the members judge, by code
    told      the histories of the members
    """
    regions = reading.regions.tolist()
    row = {code: place for place, code in enumerate(regions)}
    held = [
        standing(
            as_event(event, row[event.region]) for event in told if event.rule == rule and event.region in row
        )
        for rule in rules
    ]
    levels = [levels_of(events, len(regions), reading.periods) for events in held]
    parts = [_on_periods_of(reading, readings[indicator_of(rule)]) for rule in rules]
    there, due, late = zip(*parts, strict=True)
    return Members(np.stack(levels), np.stack(there), np.stack(due), np.stack(late))


def _on_periods_of(reading: Reading, other: Reading) -> tuple[Marks, Ints, Ints]:
    """Whether the figures of another indicator are there, when they are due and late, on the periods of a reading.

    A period that the other one does not have is never due.
    """
    other = cut(other, reading.regions.tolist(), np.ones(len(other.periods), np.bool_))
    ends = other.periods // 1000
    nth = np.searchsorted(ends, reading.periods // 1000).clip(max=max(len(ends) - 1, 0))
    same = ends[nth] == reading.periods // 1000 if len(ends) else np.zeros(len(reading.periods), np.bool_)
    whole = ~np.isnan(other.value) & (other.reported >= LEAST_COVERAGE * np.maximum(other.expected, 1))
    there = (whole[nth] if len(ends) else np.zeros(reading.value.shape, np.bool_)) | ~same[:, None]
    never = np.zeros(len(reading.periods), np.int64)
    due, late = (
        (np.where(same, column[nth], 0) if len(ends) else never) for column in (other.due, other.late)
    )
    return there, due, late


def levels_of(told: Iterable[Event], rows: int, keys: Ints) -> Codes:
    """The level of one rule in each period and region, by the events that hold."""
    levels = np.zeros((len(keys), rows), np.int8)
    ends = keys // 1000
    for event in told:
        levels[ends >= event.period // 1000, event.row] = event.level
    return levels


def replayed(
    rules: Sequence[Rule],
    readings: Mapping[str, Reading],
    reading: Reading,
    tree: RegionTree,
    moment: datetime,
    inside: Mapping[str, Members],
) -> Members:
    """The members of a composite as they would have gone, each replayed from nothing: for back-tests.

    readings  of the indicators that they judge, by code, with what each rule asks for
    reading   of the composite itself
    inside    of members that are composites themselves, what these are made of, on the periods of their readings
    """
    regions = reading.regions.tolist()
    levels, parts = [], []
    for rule in rules:
        own = readings[rule.code]
        cells = cut(own, regions, np.ones(len(own.periods), np.bool_))
        case = Case(rule, tree, cells, {}, members=inside.get(rule.id))
        levels.append(levels_of(past(case, moment).events, len(regions), reading.periods))
        parts.append(_on_periods_of(reading, own))
    there, due, late = zip(*parts, strict=True)
    return Members(np.stack(levels), np.stack(there), np.stack(due), np.stack(late))
