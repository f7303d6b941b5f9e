"""Older figures on the boundaries of today: sums of what a region was made of; what cannot be summed is missing.

A figure that adds up is summed over the regions that made up the territory then; a formula is computed anew from
such sums; a figure of a territory that only bore another code is taken as it is. All else is missing, with the reason.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indicators.aggregation import TOTAL, over_regions
from indicators.definition import DataStatus, RegionAggregation
from indicators.evaluate import Figures, Origin, Panel, can_roll_up, least_certain, weight_of
from indicators.region_codes import ONE_DAY
from indicators.regions import RegionTree

Ints = NDArray[np.int64]

Made = tuple[Panel, tuple[Any, ...], Mapping[str, Any]]
"""Cells of a panel, and what is to be written there, by array of the panel."""

Kinds = Mapping[tuple[RegionAggregation, str | None], Sequence[int]]


class Stretch(NamedTuple):
    """A stretch of time in which a region was something else: its last day, and what it was made of; None: not known."""

    first: date
    last: date
    codes: tuple[int, ...] | None


def stretches(tree: RegionTree, region: int) -> tuple[Stretch, ...]:
    """The stretches of time in which the territory of a region had other names or bounds than today."""
    last = tree.today or date.max
    if not any(day <= last for day in tree.breaks(region)):
        return ()
    found: list[Stretch] = []
    first = date.min
    for day in (day for day in tree.edges if day <= last):
        codes = tree.made_of(region, day - ONE_DAY)
        if found and found[-1].codes == codes and found[-1].last == first - ONE_DAY:
            found[-1] = found[-1]._replace(last=day - ONE_DAY)
        elif codes != (region,):
            found.append(Stretch(first, day - ONE_DAY, codes))
        first = day
    return tuple(found)


def needed(tree: RegionTree, regions: Iterable[int]) -> tuple[int, ...]:
    """The further regions whose figures are needed to restate those of some."""
    listed = tuple(regions)
    codes = (code for region in listed for one in stretches(tree, region) for code in one.codes or ())
    return tuple(dict.fromkeys(code for code in codes if code not in listed))


def restate(figures: Figures, regions: Iterable[int]) -> None:
    """Put the older figures of some regions on the boundaries of today; they can be compared across the change then.

    All is read before anything is written: codes may have been swapped.
    """
    made: list[Made] = []
    for region in regions:
        past = stretches(figures.tree, region) if figures.tree.valid(region) else ()
        for panel in figures.panels.values() if past else ():
            kinds = _kinds(figures, panel)
            for one in past:
                first, last = np.datetime64(one.first), np.datetime64(one.last)
                columns = np.flatnonzero((panel.ends >= first) & (panel.ends <= last))
                if len(columns):
                    made += _made(figures, panel, kinds, region, one.codes, columns)
        if past:
            figures.ground = {**figures.ground, region: ()}
    for panel, at, columns_of in made:
        for name, block in columns_of.items():
            getattr(panel, name)[at] = block


def _kinds(figures: Figures, panel: Panel) -> Kinds:
    """The series that add up, by how and by weight."""
    found: dict[tuple[RegionAggregation, str | None], list[int]] = {}
    for place, (code, _) in enumerate(panel.series):
        indicator = figures.indicators[code]
        if can_roll_up(indicator):
            found.setdefault((indicator.agg_region, weight_of(indicator)), []).append(place)
    return found


def _made(
    figures: Figures,
    panel: Panel,
    kinds: Kinds,
    region: int,
    codes: tuple[int, ...] | None,
    columns: Ints,
) -> Iterator[Made]:
    """What is to be written of one region in some periods, of all series of a panel."""
    home = np.array([figures.region_place[region]])
    every = np.arange(len(panel.series))
    at = np.ix_(every, home, columns)
    if codes is not None and len(codes) == 1:
        other = np.ix_(every, np.array([figures.region_place[codes[0]]]), columns)
        block = {name: getattr(panel, name)[other].copy() for name in COPIED}
        there = np.isfinite(block["value"])
        yield panel, at, block | {"origin": np.where(there, Origin.RESTATED, Origin.NONE)}
        return
    computed = [figures.indicators[code].derived for code, _ in panel.series]
    unmapped = np.broadcast_to(~np.array(computed)[:, None, None], panel.value[at].shape)
    yield panel, at, {**NOTHING, "unmapped": unmapped}
    for (how, weight), listed in kinds.items() if codes is not None else ():
        places = np.array(listed)
        yield (
            panel,
            np.ix_(places, home, columns),
            _total(figures, panel, how, weight, places, codes or (), columns),
        )


COPIED = ("value", "status", "row", "reported", "expected", "thin", "held")
"""What is taken over from the code that the territory bore before."""

NOTHING: Mapping[str, Any] = {
    "value": np.nan,
    "status": DataStatus.MISSING,
    "row": -1,
    "origin": Origin.NONE,
    "reported": 0,
    "expected": 1,
}
"""No figure: what is stored is one of other bounds."""


def _total(
    figures: Figures,
    panel: Panel,
    how: RegionAggregation,
    weight: str | None,
    places: Ints,
    codes: tuple[int, ...],
    columns: Ints,
) -> dict[str, NDArray[Any]]:
    """The sums (or means) of some regions, by series and period: whole, or not at all."""
    parts = np.array([figures.region_place[code] for code in codes])
    cube = np.ix_(places, parts, columns)
    value = panel.value[cube].swapaxes(0, 1)
    heavy = None
    if weight is not None:
        weights = figures.at((weight, TOTAL), panel, known=True).value[np.ix_(parts, columns)]
        heavy = np.broadcast_to(weights[:, None, :], value.shape)
    total = over_regions(
        how,
        value,
        reported=panel.reported[cube].swapaxes(0, 1),
        expected=panel.expected[cube].swapaxes(0, 1),
        weight=heavy,
    )
    there = np.isfinite(value)
    status = least_certain(np.where(there, panel.status[cube].swapaxes(0, 1), DataStatus.MISSING))
    whole = there.all(axis=0) & np.isfinite(total.value)
    block = {
        "value": np.where(whole, total.value, np.nan),
        "status": np.where(whole, status, DataStatus.MISSING),
        "origin": np.where(whole, Origin.RESTATED, Origin.NONE),
        "reported": np.where(whole, total.reported, 0),
        "expected": np.where(whole, total.expected, 1),
        "unmapped": ~whole & there.any(axis=0),
    }
    return {name: array[:, None, :] for name, array in block.items()}
