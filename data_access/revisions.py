"""What figures said before they said what they say: replaced values with what took their places, newest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from data_access import schema
from data_access.vintages import EVER, Vintage, timelines
from indicators.aggregation import TOTAL
from indicators.definition import DataStatus


@dataclass(frozen=True)
class Said:
    """One figure as it stood: level, published growth, stage of its life; the load that brought it."""

    value: float | None
    yoy: float | None
    status: DataStatus
    load: int


@dataclass(frozen=True)
class Revision:
    """A figure that was replaced: what stood, what came, when; ``new`` is None where it was taken away.

    undone  whether an undo took the old figure back
    """

    indicator: str
    item: int
    region: int
    period: int
    old: Said
    new: Said | None
    at: int
    undone: bool


@dataclass(frozen=True)
class Delivery:
    """A load as far as a revision tells of it."""

    id: int
    name: str
    actor: str
    at: int
    reason: str
    undone_by: str


class RevisionStore:
    """Reads the history of figures."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def revisions(
        self,
        indicators: Sequence[str],
        regions: Collection[int],
        *,
        limit: int,
        items: Collection[int] = (TOTAL,),
        until: int | None = None,
    ) -> list[Revision]:
        """What was replaced of some indicators in some regions, the latest first.

        items  breakdowns that are looked at; the headline total unless told otherwise
        until  a moment: nothing that was replaced later
        """
        history, codes = schema.history, schema.indicator_ids
        with self._engine.connect() as connection:
            known = dict(
                connection.execute(sa.select(codes.c.id, codes.c.code).where(codes.c.code.in_(indicators))).all()
            )  # fmt: skip
            wanted = (
                sa.select(history)
                .where(
                    history.c.indicator.in_(sorted(known)),
                    history.c.item.in_(sorted(items)),
                    history.c.region.in_(sorted(regions)),
                )
                .order_by(history.c.replaced_at.desc(), history.c.period.desc(), history.c.region)
                .limit(limit)
            )
            if until is not None:
                wanted = wanted.where(history.c.replaced_at <= until)
            replaced = [_vintage(row) for row in connection.execute(wanted)]
            lines = timelines(connection, sorted({one.cell for one in replaced})) if replaced else {}
        return [_revision(one, lines[one.cell], str(known[one.indicator])) for one in replaced]

    def known_days(self, indicators: Sequence[str], regions: Collection[int], limit: int) -> list[int]:
        """The moments at which figures of some indicators in some regions became known or were replaced, latest first."""
        current, history, codes = schema.current, schema.history, schema.indicator_ids
        with self._engine.connect() as connection:
            numbers = connection.scalars(sa.select(codes.c.id).where(codes.c.code.in_(indicators))).all()
            moments: set[int] = set()
            for table in (current, history):
                wanted = (
                    sa.select(table.c.known_at)
                    .where(
                        table.c.indicator.in_(numbers),
                        table.c.item == TOTAL,
                        table.c.region.in_(sorted(regions)),
                    )
                    .distinct()
                    .order_by(table.c.known_at.desc())
                    .limit(limit)
                )
                moments.update(connection.scalars(wanted))
        return sorted(moments, reverse=True)[:limit]

    def deliveries(self, loads: Collection[int]) -> dict[int, Delivery]:
        """Some loads by their numbers."""
        with self._engine.connect() as connection:
            return _deliveries(connection, loads)


def _deliveries(connection: Connection, loads: Collection[int]) -> dict[int, Delivery]:
    table = schema.loads
    wanted = sa.select(table).where(table.c.id.in_(sorted(loads)))
    return {
        row.id: Delivery(row.id, row.name, row.actor, row.at, row.reason or "", row.undone_by or "")
        for row in connection.execute(wanted)
    }


def _vintage(row: sa.Row[tuple[object, ...]]) -> Vintage:
    return Vintage(**row._mapping)


def _revision(old: Vintage, line: Sequence[Vintage], code: str) -> Revision:
    """The old figure beside the one that stood from then on; the same moment of two is settled by the load."""
    later = [one for one in line if one is not old and one != old and one.known_at >= old.replaced_at]
    new = min(
        later, key=lambda one: (one.known_at, one.load != old.replaced_by, one.replaced_at), default=None
    )
    if new is not None and old.replaced_by is None and new.known_at != old.replaced_at:
        new = None  # an undo left nothing; what came later is another story
    return Revision(
        code, old.item, old.region, old.period, _said(old), None if new is None else _said(new),
        old.replaced_at if old.replaced_at < EVER else 0, old.replaced_by is None,
    )  # fmt: skip


def _said(one: Vintage) -> Said:
    return Said(one.value, one.yoy, DataStatus(one.status), one.load)
