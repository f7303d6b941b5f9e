"""Worked examples: the figures that an indicator must come to, run through the evaluation that serves the boards.

An example knows three regions: ``a`` and ``b`` are the children of ``city``. A value may be a number, a mapping
of period texts to numbers, or null for a figure that is not there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isclose, isnan, nan

import numpy as np
from numpy.typing import NDArray

from indicators import evaluate, periods
from indicators.aggregation import TOTAL
from indicators.catalog.force import Catalog
from indicators.definition import DataStatus, Indicator
from indicators.evaluate import OBSERVED, Figures, Shape
from indicators.regions import Level, Region, RegionTree

Keys = NDArray[np.int64]

CITY, A, B = 990100000000, 990101000000, 990102000000
PLACES: Mapping[str, int] = {"city": CITY, "a": A, "b": B}
"""The regions of an example, by the names that it uses."""

TOLERANCE = 1e-9
"""How far a computed figure may be from the one worked out by hand, relatively: the noise of binary arithmetic."""


@dataclass(frozen=True)
class Outcome:
    """One figure of an example: what it should be and what the evaluation gives; NaN is a missing figure."""

    region: str
    period: str
    expected: float
    found: float

    @property
    def holds(self) -> bool:
        """Whether the two agree."""
        if isnan(self.expected) or isnan(self.found):
            return isnan(self.expected) and isnan(self.found)
        return isclose(self.expected, self.found, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


@dataclass(frozen=True)
class _Rows:
    """Observations by column, as a store answers them."""

    columns: Mapping[str, list[object]]

    def __len__(self) -> int:
        return len(self.columns["indicator"])

    def column(self, name: str) -> NDArray[np.generic]:
        return np.array(self.columns[name])


def run(catalog: Catalog, indicator: Indicator) -> list[Outcome]:
    """The outcomes of the worked example of an indicator; empty when it has none."""
    example = indicator.example
    if not example:
        return []
    own = str(example["period"])
    asked = [(place, text, value) for place, text, value in _values(example["expect"], own)]
    codes = catalog.closure([indicator.code])
    known = {code: catalog.get(code) for code in codes}
    figures = Figures(
        known,
        [(code, TOTAL) for code in codes],
        tuple(PLACES.values()),
        _tree(),
        _window(known, indicator, [text for _, text, _ in asked]),
        [_rows(known, example["inputs"], own)],
    )
    figures.roll_up()
    figures.complete()
    for one in known.values():
        if one.derived:
            figures.compute(one)
    panel = figures.panel(indicator.code)
    place = panel.place[(indicator.code, TOTAL)]
    return [
        Outcome(
            region,
            text,
            nan if value is None else float(value),
            _figure(figures, panel, place, region, indicator, text),
        )
        for region, text, value in asked
    ]


def _figure(
    figures: Figures, panel: evaluate.Panel, place: int, region: str, indicator: Indicator, text: str
) -> float:
    column, there = panel.find(np.array([_key(indicator, text)]))
    found = panel.value[place, figures.region_place[PLACES[region]], column[0]]
    return float(found) if there[0] else nan


def _values(written: object, period: str) -> Iterator[tuple[str, str, float | None]]:
    """(region, period text, value) of every figure in a part of an example."""
    assert isinstance(written, Mapping)
    for place, value in written.items():
        if isinstance(value, Mapping):
            yield from ((str(place), str(text), one) for text, one in value.items())
        else:
            yield str(place), period, value


def _key(indicator: Indicator, text: str) -> int:
    return periods.read(text, indicator.basis, indicator.frequency)


def _window(known: Mapping[str, Indicator], asked: Indicator, texts: list[str]) -> dict[Shape, Keys]:
    """The regular periods of every rhythm: those asked for, and for a finer rhythm all that lie inside them."""
    keys = np.array(sorted({_key(asked, text) for text in texts}))
    first, last = periods.start_days(keys).min().item(), periods.end_days(keys).max().item()
    window: dict[Shape, Keys] = {}
    for indicator in known.values():
        shape = evaluate.shape_of(indicator)
        own = evaluate.own_keys(keys, shape)
        inside = periods.calendar_keys(first, last, shape.frequency, shape.basis, shape.merged)
        window[shape] = np.unique(np.concatenate([own, inside]))
    return window


def _rows(known: Mapping[str, Indicator], inputs: object, period: str) -> _Rows:
    """The inputs of an example as observations."""
    assert isinstance(inputs, Mapping)
    columns: dict[str, list[object]] = {name: [] for name in OBSERVED}
    for code, written in inputs.items():
        for place, text, value in _values(written, period):
            if value is None:
                continue
            row = (code, TOTAL, PLACES[place], _key(known[code], text), float(value))
            rest = (nan, int(DataStatus.FINAL), "", 0, 0)
            for name, cell in zip(columns, (*row, *rest), strict=True):
                columns[name].append(cell)
    return _Rows(columns)


def _tree() -> RegionTree:
    def region(code: int, parent: int | None, level: Level, name: str) -> Region:
        return Region(code, parent, level, kind=level.name.lower(), name=name)

    return RegionTree(
        [
            region(CITY, None, Level.CITY, "city"),
            region(A, CITY, Level.COUNTY, "a"),
            region(B, CITY, Level.COUNTY, "b"),
        ],
        CITY,
    )
