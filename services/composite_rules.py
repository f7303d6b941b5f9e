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
from services.evaluation import Case, Codes, Ints, Marks, Members, as_event, past


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
    return _members(reading, levels, [readings[indicator_of(rule)] for rule in rules])


def _members(reading: Reading, levels: Sequence[Codes], others: Sequence[Reading]) -> Members:
    """The members of a composite with their levels and how their figures come."""
    parts = [_on_cells_of(reading, other) for other in others]
    there, lacking, due, late = (np.stack(column) for column in zip(*parts, strict=True))
    return Members(np.stack(levels), there, lacking, due, late)


def _on_cells_of(reading: Reading, other: Reading) -> tuple[Marks, Marks, Ints, Ints]:
    """Where the figures of another indicator are there, and lacking, when they are due and late, on other cells.

    Nothing is lacking in a period that the other one does not have, nor in a region that it never reported.
    """
    whole = ~np.isnan(other.value) & (other.reported >= LEAST_COVERAGE * np.maximum(other.expected, 1))
    rows, same = _places(other.periods // 1000, reading.periods // 1000)
    columns, common = _places(other.regions, reading.regions)
    if not len(other.periods) or not common.any():
        nothing = np.zeros(reading.value.shape, np.bool_)
        return nothing, nothing, np.zeros_like(reading.periods), np.zeros_like(reading.periods)
    comes = same[:, None] & common & np.asarray(whole.any(axis=0), np.bool_)[columns]
    there = whole[np.ix_(rows, columns)] & comes
    return there, comes & ~there, np.where(same, other.due[rows], 0), np.where(same, other.late[rows], 0)


def _places(among: Ints, wanted: Ints) -> tuple[Ints, Marks]:
    """Where numbers stand among others, and which of them stand there at all."""
    order = np.argsort(among, kind="stable")
    nth = np.searchsorted(among[order], wanted).clip(max=max(len(among) - 1, 0))
    places = order[nth] if len(among) else np.zeros(len(wanted), np.int64)
    found = among[places] == wanted if len(among) else np.zeros(len(wanted), np.bool_)
    return places, np.asarray(found, np.bool_)


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
    levels = []
    for rule in rules:
        own = readings[rule.code]
        played = past(Case(rule, tree, own, {}, members=inside.get(rule.id)), moment)
        columns, common = _places(own.regions, reading.regions)
        on_own = levels_of(played.events, len(own.regions), reading.periods)
        levels.append(np.where(common, on_own[:, columns], 0).astype(np.int8))
    return _members(reading, levels, [readings[rule.code] for rule in rules])
