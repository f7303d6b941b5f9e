"""When figures came, and by whose hand: what the store knows of deliveries, one indicator at a time."""

import json
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, Engine, bindparam, func, literal_column, select

from data_access.check_tables import check_failures
from data_access.checks import LASTING
from data_access.engine import question
from data_access.schema import current, history, indicator_ids, loads
from indicators.aggregation import TOTAL
from indicators.delivery_quality import Came


class Load(NamedTuple):
    """A load: when it was made, as whom, and its digest."""

    number: int
    at: int
    actor: str
    digest: str


Loads = Mapping[int, Load]

UNKNOWN = Load(0, 0, "", "")

OURSELVES = ("system", "")
"""The actors behind what the first start reads in; nobody delivered that."""

HEADLINE: ColumnElement[int] = literal_column(str(TOTAL))


class ArrivalStore:
    """Reads when figures came.

    records  with what the digests of loads begin that the cockpit's own records gave
    """

    def __init__(self, engine: Engine, records: str) -> None:
        self._engine, self._records = engine, records
        wanted = (current.c.indicator == bindparam("code"), current.c.item == HEADLINE)
        between = (current.c.period >= bindparam("first"), current.c.period <= bindparam("last"))
        columns = (
            current.c.region,
            current.c.period,
            current.c.known_at,
            current.c.status,
            current.c.load,
            current.c.value,
        )
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

    def of(self, number: int, first: int, last: int, made: Loads) -> Came:
        """The figures of an indicator whose periods lie between two keys, both included.

        made  the loads, from `loads`
        """
        asked = {"code": number, "first": first, "last": last}
        rows = self._current.rows(self._engine, **asked)
        whole = np.array([row[:5] for row in rows], np.int64).reshape(-1, 5)
        value = np.array([np.nan if row[5] is None else row[5] for row in rows], np.float64)
        known = whole[:, 2].copy()
        earlier = {(region, period): at for region, period, at in self._history.rows(self._engine, **asked)}
        if earlier:
            cells = zip(whole[:, 0].tolist(), whole[:, 1].tolist(), strict=True)
            for place, cell in enumerate(cells):
                known[place] = min(known[place], earlier.get(cell, known[place]))
        loaded = whole[:, 4]
        numbers, where = np.unique(loaded, return_inverse=True)
        told = [made.get(number, UNKNOWN) for number in numbers.tolist()] or [UNKNOWN]
        made_at = np.array([load.at for load in told], np.int64)[where]
        by_hand = np.array([load.actor not in OURSELVES for load in told], np.bool_)[where]
        recorded = np.array([load.digest.startswith(self._records) for load in told], np.bool_)[where]
        return Came(whole[:, 0], whole[:, 1], value, known, whole[:, 3], made_at, by_hand, recorded, loaded)

    def loads(self) -> Loads:
        """Every load by its number."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(loads.c.id, loads.c.at, loads.c.actor, loads.c.digest))
            return {row[0]: Load(*row) for row in rows}

    def revised(self, since: int) -> list[tuple[int, int]]:
        """Where a figure was put in the place of another one since a moment, and when; what was missing is none."""
        wanted = select(history.c.region, history.c.replaced_at).where(
            history.c.replaced_at >= since, history.c.replaced_by.is_not(None), history.c.value.is_not(None)
        )
        with self._engine.connect() as connection:
            return [(region, at) for region, at in connection.execute(wanted)]

    def disagreeing(self) -> dict[str, set[tuple[int, int]]]:
        """The headline figures, by code as (region, period), of identities whose parts do not make the total now."""
        c = check_failures.c
        wanted = select(c.region, c.period, c.figures).where(c.state.in_(LASTING), c.item == HEADLINE)
        found: dict[str, set[tuple[int, int]]] = {}
        with self._engine.connect() as connection:
            for region, period, figures in connection.execute(wanted):
                for code in json.loads(figures):
                    found.setdefault(code, set()).add((region, period))
        return found

    def newest(self) -> dict[str, Load]:
        """By code the load that brought its newest figures."""
        last = (
            select(current.c.indicator, func.max(current.c.load).label("load"))
            .where(current.c.item == HEADLINE)
            .group_by(current.c.indicator)
            .subquery()
        )
        wanted = (
            select(indicator_ids.c.code, loads.c.id, loads.c.at, loads.c.actor, loads.c.digest)
            .join_from(last, loads, loads.c.id == last.c.load)
            .join(indicator_ids, indicator_ids.c.id == last.c.indicator)
        )
        with self._engine.connect() as connection:
            return {row[0]: Load(*row[1:]) for row in connection.execute(wanted)}
