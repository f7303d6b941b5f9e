"""The figures that are held back, taken out of what the store answers: boards, walls and rules see them as missing."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_access.checks import CheckStore
from indicators.definition import DataStatus
from indicators.evaluate import HELD, Observed


class Withheld:
    """Rows of the store without the figures that are held back: these are missing, and say so."""

    def __init__(self, rows: Observed, which: NDArray[np.int64]) -> None:
        self._rows = rows
        self._which = which

    def __len__(self) -> int:
        return len(self._rows)

    def column(self, name: str) -> NDArray[Any]:
        """One column."""
        column: NDArray[Any] = self._rows.column(name)
        if name not in _BLANK:
            return column
        changed = column.copy()
        changed[self._which] = _BLANK[name]
        return changed


_BLANK: Mapping[str, object] = {
    "value": np.nan,
    "yoy": np.nan,
    "status": int(DataStatus.MISSING),
    "reason": HELD,
}


class Withholding:
    """The store as boards, walls and rules see it: without the figures that are held back."""

    def __init__(self, store: Any, checks: CheckStore) -> None:
        self._store = store
        self._checks = checks
        self._codes: dict[int, str] = {}

    def data_version(self) -> int:
        """A counter that rises whenever a figure changes, or is held back or let go."""
        return int(self._store.data_version())

    def answer(self, demand: Any) -> Observed:
        """What the store answers, the figures that are held back taken out."""
        rows: Observed = self._store.answer(demand)
        held = self._checks.held() if len(rows) else []
        if not held:
            return rows
        which = self._places(rows, held)
        return Withheld(rows, which) if len(which) else rows

    def _places(self, rows: Observed, held: Sequence[tuple[int, ...]]) -> NDArray[np.int64]:
        """Where the held figures stand in some rows; of rows that do not say which load brought them, every one."""
        unknown = {one[0] for one in held} - self._codes.keys()
        if unknown:
            self._codes |= self._checks.codes(unknown)
        cells = {(self._codes.get(one[0], ""), *one[1:4]): one[4] for one in held}
        region, period = (rows.column(name).astype(np.int64) for name in ("region", "period"))
        near = np.flatnonzero(
            np.isin(period, [one[3] for one in held]) & np.isin(region, [one[2] for one in held])
        )
        codes, items, loads = (rows.column(name) for name in ("indicator", "item", "load"))
        found = [
            row
            for row in near.tolist()
            if (load := cells.get((str(codes[row]), int(items[row]), int(region[row]), int(period[row]))))
            is not None
            and int(loads[row]) in (0, load)
        ]
        return np.array(found, np.int64)
