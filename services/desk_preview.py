"""Boards as they would look with the figures of a delivery that is not released yet: for its own people, storing nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indicators.aggregation import Demand
from indicators.evaluate import Observed
from services.access import Actor
from services.boards import Boards
from services.desk import Desk
from services.gather import Store
from services.query import Query

COLUMNS = (
    "indicator",
    "item",
    "region",
    "period",
    "value",
    "yoy",
    "status",
    "reason",
    "source",
    "known_at",
    "load",
)
"""The columns that somebody may ask of an answer of the store."""

NEW_ITEM = 1 << 30
"""Items that the store has no number for yet are numbered from here on."""


class Laid:
    """Rows of the store with those of a delivery over them."""

    def __init__(self, rows: Observed, kept: NDArray[np.bool_], over: Mapping[str, NDArray[Any]]) -> None:
        self._rows, self._kept, self._over = rows, kept, over

    def __len__(self) -> int:
        return int(self._kept.sum()) + len(self._over["value"])

    def column(self, name: str) -> NDArray[Any]:
        """One column of both."""
        return np.concatenate([self._rows.column(name)[self._kept], self._over[name]])


class Overlaid:
    """The store as it would be with some figures more; asked as of a moment, it is as it was."""

    def __init__(self, store: Store, figures: Mapping[str, NDArray[Any]]) -> None:
        self._store, self._figures = store, figures

    def data_version(self) -> int:
        """The version of the store underneath."""
        return self._store.data_version()

    def answer(self, demand: Demand) -> Observed:
        """The answer of the store, in which the figures laid over it stand instead of its own."""
        rows = self._store.answer(demand)
        mine = self._figures
        here = np.isin(mine["indicator"], np.array(demand.indicators, object))
        here &= np.isin(mine["region"], demand.regions)
        here &= (mine["period"] >= demand.first) & (mine["period"] <= demand.last)
        if demand.items is not None:
            here &= np.isin(mine["item"], demand.items)
        if demand.as_of is not None or not here.any():
            return rows
        over = {name: column[here] for name, column in mine.items()}
        replaced = set(_cells(over))
        kept = np.array([cell not in replaced for cell in _cells_of(rows)], dtype=bool)
        return Laid(rows, kept, over)


def _cells(columns: Mapping[str, NDArray[Any]]) -> list[tuple[Any, ...]]:
    names = ("indicator", "item", "region", "period")
    return list(zip(*(columns[name].tolist() for name in names), strict=True))


def _cells_of(rows: Observed) -> list[tuple[Any, ...]]:
    names = ("indicator", "item", "region", "period")
    return list(zip(*(rows.column(name).tolist() for name in names), strict=True))


class DeskPreview:
    """Makes previews.

    store  as boards see it
    items  breakdown and scope of every item that the store knows, by its number
    """

    def __init__(self, desk: Desk, store: Store, query: Query, boards: Boards, items: Any) -> None:
        self._desk, self._store, self._query, self._boards, self._items = desk, store, query, boards, items

    def boards(self, actor: Actor, number: int) -> Boards:
        """The boards with a delivery laid over what is released.

        raises  CockpitError ``unknown_delivery`` for whoever may not see the delivery
        """
        over = Overlaid(self._store, self._figures_of(actor, number))
        return self._boards.over(self._query.over(over))

    def _figures_of(self, actor: Actor, number: int) -> dict[str, NDArray[Any]]:
        head = self._desk.head(actor, number)
        trial = self._desk.examined(actor, head).trial
        figures, count = trial.figures, len(trial.figures.get("value", ()))
        if not count:
            empty: dict[str, NDArray[Any]] = {name: np.zeros(0, np.int64) for name in COLUMNS}
            return {**empty, "indicator": np.zeros(0, object), "reason": np.zeros(0, object)}
        numbers = self._numbers(trial.items)
        return {
            **{name: np.asarray(figures[name]) for name in COLUMNS if name in figures},
            "item": numbers[figures["item"]],
            "source": np.full(count, -1, np.int64),
            "load": np.zeros(count, np.int64),
        }

    def _numbers(self, items: Sequence[tuple[str, str]]) -> NDArray[np.int64]:
        known = {item: number for number, item in self._items().items()}
        return np.array([known.get(item, NEW_ITEM + at) for at, item in enumerate(items)], np.int64)
