"""When figures came, and by whose hand: what the store knows of deliveries, one indicator at a time."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Engine, bindparam, func, literal_column, select

from data_access.engine import question
from data_access.schema import current, history, indicator_ids, loads
from indicators.aggregation import TOTAL

Ints = NDArray[np.int64]

HEADLINE: ColumnElement[int] = literal_column(str(TOTAL))


@dataclass(frozen=True)
class Arrivals:
    """The headline figures of one indicator, one a row: where, of which period, since when it was there first.

    status  of the figure in force; ``load`` the load that brought it
    """

    region: Ints
    period: Ints
    known_at: Ints
    status: Ints
    load: Ints


class ArrivalStore:
    """Reads when figures came."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        wanted = (current.c.indicator == bindparam("code"), current.c.item == HEADLINE)
        between = (current.c.period >= bindparam("first"), current.c.period <= bindparam("last"))
        columns = (current.c.region, current.c.period, current.c.known_at, current.c.status, current.c.load)
        self._current = question(engine, select(*columns).where(*wanted, *between))
        older = (
            history.c.indicator == bindparam("code"),
            history.c.item == HEADLINE,
            history.c.value.is_not(None),
        )
        also = (history.c.period >= bindparam("first"), history.c.period <= bindparam("last"))
        first = func.min(history.c.known_at)
        self._history = question(
            engine,
            select(history.c.region, history.c.period, first)
            .where(*older, *also)
            .group_by(history.c.region, history.c.period),
        )

    def codes(self) -> dict[str, int]:
        """The numbers of the indicators that have figures."""
        with self._engine.connect() as connection:
            return {
                code: number
                for number, code in connection.execute(select(indicator_ids.c.id, indicator_ids.c.code))
            }

    def of(self, number: int, first: int, last: int) -> Arrivals:
        """The figures of an indicator whose periods lie between two keys, both included."""
        asked = {"code": number, "first": first, "last": last}
        rows = self._current.rows(self._engine, **asked)
        table = np.array(rows, np.int64).reshape(-1, 5)
        earlier = {(region, period): at for region, period, at in self._history.rows(self._engine, **asked)}
        known = table[:, 2].copy()
        if earlier:
            for place, (region, period) in enumerate(
                zip(table[:, 0].tolist(), table[:, 1].tolist(), strict=True)
            ):
                known[place] = min(known[place], earlier.get((region, period), known[place]))
        return Arrivals(table[:, 0], table[:, 1], known, table[:, 3], table[:, 4])

    def load_moments(self) -> dict[int, tuple[int, str]]:
        """Of every load when it was made and as whom."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(loads.c.id, loads.c.at, loads.c.actor))
            return {number: (at, actor) for number, at, actor in rows}

    def newest(self) -> Mapping[str, tuple[int, str, str, int]]:
        """By code of the load that brought its newest figures: when, as whom, its digest, its number."""
        last = (
            select(current.c.indicator, func.max(current.c.load).label("load"))
            .where(current.c.item == HEADLINE)
            .group_by(current.c.indicator)
            .subquery()
        )
        wanted = (
            select(indicator_ids.c.code, loads.c.at, loads.c.actor, loads.c.digest, loads.c.id)
            .join_from(last, loads, loads.c.id == last.c.load)
            .join(indicator_ids, indicator_ids.c.id == last.c.indicator)
        )
        with self._engine.connect() as connection:
            return {row[0]: (row[1], row[2], row[3], row[4]) for row in connection.execute(wanted)}
