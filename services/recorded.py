"""Figures that are computed from business records, put where every other figure stands.

A subject (projects, incidents, …) computes the figures of what its records touch and hands them over in the
transaction that stores the records; here they are compared with what stands, and only what differs is written.
Boards, warnings and documents then ask for them like for any other number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_access.observations import LoadInfo, ObservationStore, Source, WriteReport
from indicators import freshness
from indicators.aggregation import TOTAL, Demand
from indicators.catalog import Catalog
from indicators.definition import DataStatus
from indicators.errors import N_, CockpitError, Issue
from services.access import Actor

SOURCE = Source(N_("业务记录"), N_("由本系统登记的业务记录计算"))
"""Stands behind every figure that records give."""

DIGEST = "records:"
"""The digests of such loads begin with this: they are changed by changing the record, never undone by hand."""

NO_RECORD = N_("无记录")

Columns = Mapping[str, Sequence[Any] | NDArray[Any]]
Cell = tuple[str, int, int, int]
Figure = tuple[float | None, int, str]


@dataclass(frozen=True)
class RecordFigures:
    """All figures that the records give within a scope.

    indicators, regions, first, last   the scope; ``first`` and ``last`` are period keys, both included
    columns  of one length: indicator (code), region, period, value (NaN: missing), and where they differ from the
             default: item ((dimensions, scope), default the total), simulated (bool, default False), reason (text)
    """

    indicators: tuple[str, ...]
    regions: tuple[int, ...]
    first: int
    last: int
    columns: Columns


class Recorded:
    """Keeps the figures of records in the store.

    zone  from UTC to local time; when a figure counts as known is told by its release
    """

    def __init__(self, store: ObservationStore, catalog: Catalog, zone: timedelta) -> None:
        self._store = store
        self._catalog = catalog
        self._zone = zone

    def settle(
        self,
        subject: str,
        actor: Actor,
        figures: RecordFigures,
        connection: Any,
        now: datetime,
        *,
        seed: bool = False,
    ) -> WriteReport:
        """Make the store show these figures within their scope, in the caller's transaction.

        Sample figures give way; a figure that somebody published stays. What stands in the scope without a
        record behind it becomes missing.

        subject  what the records are of; stands in the list of loads
        now      the moment (aware); the figures are known since then
        seed     the records are as old as their figures: each counts as known since its own release
        raises   CockpitError ``figure_out_of_scope`` where the columns leave the scope
        """
        told = self._told(figures, connection)
        source = self._store.source_id(SOURCE, connection)
        standing = self._standing(figures, source)
        for cell in standing.keys() - told.keys():
            told[cell] = (None, int(DataStatus.MISSING), NO_RECORD)
        changed = {cell: figure for cell, figure in told.items() if standing.get(cell) != figure}
        if not changed:
            return WriteReport(load=0, unchanged=len(told))
        moment = int(now.timestamp())
        rows = self._rows(changed, source, moment, standing if seed else None)
        content = sha256(repr((self._store.data_version(), moment, subject, changed)).encode()).hexdigest()
        load = LoadInfo(DIGEST + content[:56], subject, actor.id, moment)
        return self._store.write(rows, load, connection)

    def _told(self, figures: RecordFigures, connection: Any) -> dict[Cell, Figure]:
        columns = figures.columns
        count = len(columns["period"])
        items = self._items(columns.get("item"), count, connection)
        simulated = np.broadcast_to(np.asarray(columns.get("simulated", False), bool), count).tolist()
        reasons = columns.get("reason", [""] * count)
        places, codes = set(figures.regions), set(figures.indicators)
        told: dict[Cell, Figure] = {}
        rows = zip(
            columns["indicator"], items, map(int, columns["region"]), map(int, columns["period"]),
            map(float, columns["value"]), simulated, reasons, strict=True,
        )  # fmt: skip
        for code, item, region, period, value, drawn, reason in rows:
            if code not in codes or region not in places or not figures.first <= period <= figures.last:
                raise CockpitError(
                    Issue(
                        "figure_out_of_scope", N_("记录给出的数字超出了范围：{code}"), params={"code": code}
                    )
                )
            status = DataStatus.SIMULATED if drawn else DataStatus.COMPUTED
            missing = value != value
            told[code, item, region, period] = (
                (None, int(DataStatus.MISSING), reason or NO_RECORD) if missing else (value, int(status), "")
            )
        return told

    def _items(self, listed: Any, count: int, connection: Any) -> list[int]:
        if listed is None:
            return [TOTAL] * count
        known: dict[tuple[str, str], int] = {("", ""): TOTAL}
        for item in listed:
            if item not in known:
                dimensions, scope = item
                known[item] = self._store.item_id(dimensions, scope, connection)
        return [known[item] for item in listed]

    def _standing(self, figures: RecordFigures, source: int) -> dict[Cell, Figure]:
        """What the records said before, and the sample figures in their place."""
        found = self._store.answer(
            Demand(figures.indicators, figures.regions, figures.first, figures.last, items=None)
        )
        return {
            (row[0], row[1], row[2], row[3]): (row[4], row[6], row[7] or "")
            for row in found.rows
            if row[8] == source or row[6] == DataStatus.SIMULATED
        }

    def _rows(
        self, changed: Mapping[Cell, Figure], source: int, moment: int, before: Mapping[Cell, Figure] | None
    ) -> dict[str, Any]:
        """As columns of the store; ``before``: what stood, where the rest counts as known since its release."""
        codes, items, regions, keys = zip(*changed, strict=True)
        values, statuses, reasons = zip(*changed.values(), strict=True)
        known: Any = moment
        if before is not None:
            fresh = np.array([cell not in before for cell in changed])
            known = np.where(
                fresh, np.minimum(self._released(codes, np.array(keys, np.int64)), moment), moment
            )
        return {
            "indicator": list(codes),
            "item": np.array(items, np.int64),
            "region": np.array(regions, np.int64),
            "period": np.array(keys, np.int64),
            "value": np.array([np.nan if value is None else value for value in values]),
            "status": np.array(statuses, np.int64),
            "reason": [reason or None for reason in reasons],
            "source": source,
            "known_at": known,
        }

    def _released(self, codes: Sequence[str], keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """When each figure was due, as epoch seconds."""
        waits = {code: self._catalog.get(code).release.due_after for code in set(codes)}
        wait = np.array([waits[code] for code in codes], "timedelta64[s]")
        local = freshness.end_moments(keys) + wait - np.timedelta64(self._zone)
        moments: NDArray[np.int64] = local.astype("datetime64[s]").astype(np.int64)
        return moments


def is_of_records(digest: str) -> bool:
    """Whether a load holds figures of records."""
    return digest.startswith(DIGEST)
