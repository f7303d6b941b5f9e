"""勾稽关系 put to the test: which totals their parts do not make, in which region and period, and by how much.

source  docs/checks.md
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from indicators.definition import Identity

Floats = NDArray[np.float64]

ROUNDING = 1e-9
"""What two sums of the same printed numbers may differ by without anybody having made a mistake."""

CELL = ("item", "region", "period")


def key_of(identity: Identity) -> str:
    """The name of an identity in the store: the same total and parts are the same identity, in any order."""
    told = "\n".join((identity.total, *sorted(identity.parts)))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def fails(gap: Floats, tolerance: float) -> NDArray[np.bool_]:
    """Which differences between a total and its parts are more than the definition bears."""
    beyond: NDArray[np.bool_] = np.abs(gap) > tolerance + ROUNDING
    return beyond


@dataclass(frozen=True)
class Tested:
    """One identity on some figures, a row for each cell where the total and every part are there.

    cells    item, region, period
    values   the figures, in the order of the total and its parts
    loads    the deliveries that brought them
    wrong    where the parts do not make the total
    """

    cells: NDArray[np.int64]
    values: Floats
    loads: NDArray[np.int64]
    wrong: NDArray[np.bool_]

    @property
    def summed(self) -> Floats:
        """What the parts come to."""
        total: Floats = self.values[:, 1:].sum(axis=1)
        return total

    @property
    def gap(self) -> Floats:
        """The printed total less the sum of its parts."""
        difference: Floats = np.round(self.values[:, 0] - self.summed, 9)
        return difference

    def latest(self, row: int) -> NDArray[np.bool_]:
        """Which figures of a cell came with the newest delivery: what stood before had been in order with the rest."""
        newest: NDArray[np.bool_] = self.loads[row] == self.loads[row].max()
        return newest


def test(identity: Identity, members: Sequence[int], rows: pd.DataFrame) -> Tested:
    """Put an identity to the test, cell by cell; a part that is missing is not a part that is zero.

    members  the numbers under which the total and the parts stand in the rows, in this order
    rows     indicator, item, region, period, value, load; one row a figure
    """
    width = len(members)
    known = rows[np.isfinite(rows["value"].to_numpy(dtype=np.float64, na_value=np.nan))]
    place = {number: at for at, number in enumerate(members)}
    at = known["indicator"].map(place).to_numpy(dtype=np.int64)
    cells, group = np.unique(
        known[list(CELL)].to_numpy(dtype=np.int64).reshape(-1, 3), axis=0, return_inverse=True
    )
    values = np.full((len(cells), width), np.nan)
    loads = np.zeros((len(cells), width), np.int64)
    spot = (group.reshape(-1), at)
    values[spot] = known["value"].to_numpy(dtype=np.float64)
    loads[spot] = known["load"].to_numpy(dtype=np.int64)
    whole = np.isfinite(values).all(axis=1)
    cells, values, loads = cells[whole], values[whole], loads[whole]
    gap = values[:, 0] - values[:, 1:].sum(axis=1)
    return Tested(cells, values, loads, fails(gap, identity.tolerance))
