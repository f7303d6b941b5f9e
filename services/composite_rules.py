"""What rules that are made of other rules are judged on: the histories of those, on one set of periods and regions."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from data_access.alerts import StoredEvent
from indicators.alerts import standing
from indicators.definition import indicator_of
from indicators.rules.base import LEAST_COVERAGE
from services.answers import Reading
from services.evaluation import Codes, Ints, Marks, Members, as_event, cut


def composed(
    reading: Reading, rules: Sequence[str], readings: Mapping[str, Reading], told: Sequence[StoredEvent]
) -> Members:
    """The members of a composite on its own periods and regions.

    reading   of the composite itself
    readings  of the indicators that the members judge, by code
    told      the histories of the members
    """
    regions = reading.regions.tolist()
    levels = [levels_of((e for e in told if e.rule == rule), regions, reading.periods) for rule in rules]
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


def levels_of(told: Iterable[StoredEvent], regions: Sequence[int], keys: Ints) -> Codes:
    """The level of one rule in each period and region, by its history."""
    row = {code: place for place, code in enumerate(regions)}
    levels = np.zeros((len(keys), len(regions)), np.int8)
    ends = keys // 1000
    for event in standing(as_event(one, row[one.region]) for one in told if one.region in row):
        levels[ends >= event.period // 1000, event.row] = event.level
    return levels
