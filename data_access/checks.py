"""What identities found wrong, what is held back because of it, and what people decided about it.

A failure is one cell (identity, item, region, period) whose parts do not make its total. The figures that came with
the newest delivery are held back until somebody accepts them with a reason, or others take their places. Nothing
is deleted: a failure keeps the figures that it was found with, and every decision is a row of its own.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from data_access import accounts, schema
from data_access import engine as engines
from data_access.check_tables import (
    HELD_BACK,
    check_decisions,
    check_failures,
    check_holds,
    check_identities,
)
from data_access.schema import versions
from indicators.definition import Identity
from indicators.errors import N_, CockpitError, Issue
from indicators.identities import Tested, key_of, test

COUNTER = "checks"
"""The name in `versions` of the counter that rises with every failure and decision."""

OPEN, ACCEPTED, CORRECTED, REPLACED, GONE = "open", "accepted", "corrected", "replaced", "gone"
"""The states of a failure: held back; let through as it is; the figures agree now; others came that disagree as well;
they are not all there any more, or nothing tests them."""

LASTING = (OPEN, ACCEPTED)
"""The states of failures whose figures still disagree."""

SOME = 500
"""Regions that are asked about at a time."""


@dataclass(frozen=True)
class Failure:
    """One cell whose parts do not make its total; ``figures`` as they were found, the total first."""

    id: int
    identity: str
    total: str
    item: int
    region: int
    period: int
    tolerance: float
    gap: float
    figures: Mapping[str, float]
    load: int
    found_at: int
    state: str
    ended_at: int | None


@dataclass(frozen=True)
class Decision:
    """What became of a failure, by whom and why."""

    failure: int
    act: str
    reason: str
    actor: str
    at: int


@dataclass(frozen=True)
class Wanted:
    """Which failures are asked for; empty is all."""

    states: tuple[str, ...] = ()
    identity: str = ""
    regions: Collection[int] | None = None
    totals: tuple[str, ...] = ()


Spans = Mapping[tuple[int, int], tuple[int, int]]
"""First and last changed period by (indicator number, region), as a load leaves them."""


class CheckStore:
    """Finds, keeps and lets go; every change leaves an entry in the audit log."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        holds = check_holds
        self._held = engines.question(
            engine,
            sa.select(holds.c.indicator, holds.c.item, holds.c.region, holds.c.period, holds.c.load).where(
                HELD_BACK
            ),
        )

    # ---- what is held back

    def held(self) -> list[tuple[int, ...]]:
        """What is held back now: indicator (number), item, region, period, load."""
        return self._held.rows(self._engine)

    def codes(self, numbers: Collection[int]) -> dict[int, str]:
        """The codes of some numbers of indicators."""
        known = schema.indicator_ids.c
        with self._engine.connect() as connection:
            return dict(
                connection.execute(sa.select(known.id, known.code).where(known.id.in_(numbers))).all()
            )

    # ---- finding

    def follow(
        self, connection: Connection, identities: Sequence[Identity], spans: Spans, at: int, actor: str
    ) -> int:
        """After a load: test what it touched, in its transaction. How many failures are new."""
        if not spans:
            return 0
        numbers = _numbers(connection)
        touched: dict[int, list[tuple[int, int, int]]] = {}
        for (indicator, region), (first, last) in spans.items():
            touched.setdefault(indicator, []).append((region, first, last))
        fresh = 0
        for identity in identities:
            members = _members(identity, numbers)
            cells = [one for number in members or () for one in touched.get(number, ())]
            if members is None or not cells:
                continue
            regions = sorted({region for region, _, _ in cells})
            span = min(first for _, first, _ in cells), max(last for _, _, last in cells)
            fresh += self._test(connection, identity, members, regions, span, at, actor)
        return fresh

    def catch_up(self, identities: Sequence[Identity], at: int) -> int:
        """Test everything that is stored by identities that are new or have another tolerance; forget dropped ones."""
        known = check_identities
        wanted = {key_of(one): one for one in identities}
        with self._engine.connect() as connection:
            seen = {row.identity: row.tolerance for row in connection.execute(sa.select(known))}
        changed = [key for key, one in wanted.items() if seen.get(key) != one.tolerance]
        dropped = sorted(seen.keys() - wanted.keys())
        if not changed and not dropped:
            return 0
        fresh = 0
        with engines.transaction(self._engine) as connection:
            numbers = _numbers(connection)
            for key in changed:
                members = _members(wanted[key], numbers)
                if members is not None:
                    span = (0, 2**62)
                    fresh += self._test(connection, wanted[key], members, None, span, at, "system")
                connection.execute(sa.delete(known).where(known.c.identity == key))
                row = {"identity": key, "tolerance": wanted[key].tolerance, "tested_at": at}
                connection.execute(sa.insert(known).values(row))
            for key in dropped:
                self._drop(connection, key, at)
            if fresh or dropped:
                _changed(connection)
            accounts.record(
                connection,
                at=at,
                actor="system",
                act="check",
                detail={"identities": len(changed), "dropped": len(dropped), "failures": fresh},
            )
        return fresh

    def _drop(self, connection: Connection, key: str, at: int) -> None:
        """An identity that is not in force any more holds nothing back."""
        failures = check_failures
        lasting = sa.select(failures).where(failures.c.identity == key, failures.c.state.in_(LASTING))
        for row in connection.execute(lasting).all():
            _end(connection, row.id, GONE, at, "system")
        connection.execute(sa.delete(check_identities).where(check_identities.c.identity == key))

    def _test(
        self,
        connection: Connection,
        identity: Identity,
        members: Sequence[int],
        regions: Sequence[int] | None,
        span: tuple[int, int],
        at: int,
        actor: str,
    ) -> int:
        """Test one identity in some regions, None for all, over a stretch of periods."""
        fresh = 0
        for some in (
            [None] if regions is None else [regions[n : n + SOME] for n in range(0, len(regions), SOME)]
        ):
            tested = test(identity, members, _figures(connection, members, some, span))
            fresh += self._note(connection, identity, members, tested, some, span, at, actor)
        return fresh

    def _note(
        self,
        connection: Connection,
        identity: Identity,
        members: Sequence[int],
        tested: Tested,
        regions: Sequence[int] | None,
        span: tuple[int, int],
        at: int,
        actor: str,
    ) -> int:
        """Write down what is new, and end what is over: the figures agree now, are others, or are gone."""
        codes = (identity.total, *identity.parts)
        cells = [tuple(cell) for cell in tested.cells.tolist()]
        place = {cell: row for row, cell in enumerate(cells)}
        wrong = {cells[row]: row for row in np.flatnonzero(tested.wrong).tolist()}
        for old in _lasting(connection, key_of(identity), regions, span):
            cell = (old.item, old.region, old.period)
            if cell not in wrong:
                _end(connection, old.id, CORRECTED if cell in place else GONE, at, actor)
            elif json.loads(old.figures) == dict(
                zip(codes, tested.values[wrong[cell]].tolist(), strict=True)
            ):
                del wrong[cell]  # the same figures: what was decided about them stands
            else:
                _end(connection, old.id, REPLACED, at, actor)
        for row in wrong.values():
            _open(connection, identity, members, tested, row, at)
        return len(wrong)

    # ---- reading

    def tested(self, identity: Identity, regions: Collection[int] | None) -> int:
        """In how many cells an identity can be tested: the total and every part are there."""
        current = schema.current.c
        with self._engine.connect() as connection:
            members = _members(identity, _numbers(connection))
            if members is None:
                return 0
            of_identity: sa.Select[Any] = sa.select(sa.literal_column("1").label("one")).where(
                current.indicator.in_(members), current.value.is_not(None)
            )
            if regions is not None:
                of_identity = of_identity.where(current.region.in_(sorted(regions)))
            whole = of_identity.group_by(current.item, current.region, current.period).having(
                sa.func.count() == len(members)
            )
            return int(connection.scalar(sa.select(sa.func.count()).select_from(whole.subquery())) or 0)

    def failures(self, wanted: Wanted, limit: int = 500, offset: int = 0) -> list[Failure]:
        """Failures, those found last first."""
        found = _where(sa.select(check_failures), wanted)
        found = found.order_by(check_failures.c.found_at.desc(), check_failures.c.id.desc())
        with self._engine.connect() as connection:
            return [_failure(row) for row in connection.execute(found.limit(limit).offset(offset))]

    def failure(self, number: int) -> Failure | None:
        """One failure."""
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(check_failures).where(check_failures.c.id == number)).first()
        return None if row is None else _failure(row)

    def counts(self, wanted: Wanted) -> dict[tuple[str, str], int]:
        """How many failures there are by identity and state."""
        table = check_failures.c
        found = _where(sa.select(table.identity, table.state, sa.func.count()), wanted)
        with self._engine.connect() as connection:
            rows = connection.execute(found.group_by(table.identity, table.state))
            return {(identity, state): int(count) for identity, state, count in rows}

    def decisions(self, failures: Collection[int]) -> list[Decision]:
        """What became of some failures, in the order in which it was decided."""
        table = check_decisions
        found = sa.select(table).where(table.c.failure.in_(sorted(failures))).order_by(table.c.id)
        with self._engine.connect() as connection:
            return [
                Decision(row.failure, row.act, row.reason, row.actor, row.at)
                for row in connection.execute(found)
            ]

    def held_in(self, failures: Collection[int]) -> dict[int, frozenset[str]]:
        """The codes whose figures each failure held back, then or now."""
        holds, codes = check_holds.c, schema.indicator_ids.c
        wanted = (
            sa.select(holds.failure, codes.code)
            .join_from(check_holds, schema.indicator_ids, holds.indicator == codes.id)
            .where(holds.failure.in_(sorted(failures)))
        )
        found: dict[int, frozenset[str]] = {}
        with self._engine.connect() as connection:
            for failure, code in connection.execute(wanted):
                found[failure] = found.get(failure, frozenset()) | {code}
        return found

    # ---- deciding

    def accept(self, number: int, reason: str, *, actor: str, at: int) -> None:
        """Let the figures of a failure through as they are.

        raises  CockpitError ``record_changed`` where it is not open any more
        """
        self._decide(number, OPEN, ACCEPTED, ACCEPTED, reason, actor, at)

    def reopen(self, number: int, reason: str, *, actor: str, at: int) -> None:
        """Hold the figures of an accepted failure back again.

        raises  CockpitError ``record_changed`` where it is not accepted any more
        """
        self._decide(number, ACCEPTED, OPEN, "reopened", reason, actor, at)

    def _decide(self, number: int, was: str, state: str, act: str, reason: str, actor: str, at: int) -> None:
        failures, holds = check_failures, check_holds
        with engines.transaction(self._engine) as connection:
            changed = connection.execute(
                sa.update(failures)
                .where(failures.c.id == number, failures.c.state == was)
                .values(state=state)
            )
            if changed.rowcount != 1:
                raise CockpitError(
                    Issue(
                        "record_changed",
                        N_("这处不一致已经处理过，或数字已经更正。"),
                        N_("页面已更新，请看现在的情况再决定；您写的内容还在。"),
                    )
                )
            connection.execute(
                sa.update(holds)
                .where(holds.c.failure == number)
                .values(until=at if state == ACCEPTED else None)
            )
            _decided(connection, number, act, reason, actor, at)
            _to_be_judged(connection, number)
            engines.raise_counter(connection, versions, "data")
            _changed(connection)
            accounts.record(
                connection,
                at=at,
                actor=actor,
                act=f"check.{act}",
                subject=str(number),
                detail={"reason": reason},
            )


# ---- inside a transaction


def _numbers(connection: Connection) -> dict[str, int]:
    known = schema.indicator_ids.c
    return {str(code): int(number) for code, number in connection.execute(sa.select(known.code, known.id))}


def _members(identity: Identity, numbers: Mapping[str, int]) -> list[int] | None:
    """The numbers of the total and its parts; None where the store has never had figures of one of them."""
    found = [numbers.get(code) for code in (identity.total, *identity.parts)]
    return None if None in found else [number for number in found if number is not None]


def _figures(
    connection: Connection, members: Sequence[int], regions: Sequence[int] | None, span: tuple[int, int]
) -> pd.DataFrame:
    current = schema.current.c
    names = ("indicator", "item", "region", "period", "value", "load")
    known = schema.breakdowns.c
    items = connection.scalars(sa.select(known.item).where(known.indicator == members[0])).all()
    wanted = sa.select(*(current[name] for name in names)).where(
        current.indicator.in_(members), current.item.in_(items), current.period.between(*span)
    )
    if regions is not None:
        wanted = wanted.where(current.region.in_(regions))
    return pd.DataFrame(connection.execute(wanted).all(), columns=list(names))


def _lasting(
    connection: Connection, key: str, regions: Sequence[int] | None, span: tuple[int, int]
) -> Iterator[Any]:
    table = check_failures
    wanted = sa.select(table).where(
        table.c.identity == key, table.c.state.in_(LASTING), table.c.period.between(*span)
    )
    if regions is not None:
        wanted = wanted.where(table.c.region.in_(regions))
    yield from connection.execute(wanted).all()


def _open(
    connection: Connection, identity: Identity, members: Sequence[int], tested: Tested, row: int, at: int
) -> None:
    item, region, period = tested.cells[row].tolist()
    codes = (identity.total, *identity.parts)
    figures = dict(zip(codes, tested.values[row].tolist(), strict=True))
    added = sa.insert(check_failures).values(
        identity=key_of(identity), total=identity.total, item=item, region=region, period=period,
        tolerance=identity.tolerance, gap=float(tested.gap[row]), figures=json.dumps(figures),
        load=int(tested.loads[row].max()), found_at=at, state=OPEN,
    )  # fmt: skip
    number = connection.execute(added.returning(check_failures.c.id)).scalar_one()
    latest = tested.latest(row).tolist()
    connection.execute(
        sa.insert(check_holds),
        [
            {
                "failure": number,
                "indicator": member,
                "item": item,
                "region": region,
                "period": period,
                "load": load,
            }
            for member, load, newest in zip(members, tested.loads[row].tolist(), latest, strict=True)
            if newest
        ],
    )
    _to_be_judged(connection, number)


def _end(connection: Connection, number: int, state: str, at: int, actor: str) -> None:
    failures, holds = check_failures, check_holds
    connection.execute(sa.update(failures).where(failures.c.id == number).values(state=state, ended_at=at))
    connection.execute(
        sa.update(holds).where(holds.c.failure == number, holds.c.until.is_(None)).values(until=at)
    )
    _decided(connection, number, state, "", actor, at)
    _to_be_judged(connection, number)


def _decided(connection: Connection, number: int, act: str, reason: str, actor: str, at: int) -> None:
    row = {"failure": number, "act": act, "reason": reason, "actor": actor, "at": at}
    connection.execute(sa.insert(check_decisions).values(row))


def _to_be_judged(connection: Connection, number: int) -> None:
    """The figures of a failure come or go for those who judge warnings: note it as a load would."""
    holds = check_holds
    rows = connection.execute(sa.select(holds).where(holds.c.failure == number)).all()
    notes = [(row.load, row.indicator, row.region, row.period, row.period, 0) for row in rows]
    engines.append(connection, schema.changes, notes, schema.changes.c.keys()[1:])


def _changed(connection: Connection) -> None:
    engines.raise_counter(connection, versions, COUNTER)


def _where(statement: Any, wanted: Wanted) -> Any:
    table = check_failures.c
    if wanted.states:
        statement = statement.where(table.state.in_(wanted.states))
    if wanted.identity:
        statement = statement.where(table.identity == wanted.identity)
    if wanted.regions is not None:
        statement = statement.where(table.region.in_(sorted(wanted.regions)))
    if wanted.totals:
        statement = statement.where(table.total.in_(wanted.totals))
    return statement


def _failure(row: Any) -> Failure:
    figures: dict[str, float] = json.loads(row.figures)
    return Failure(**{**row._mapping, "figures": figures})


def affected(failures: Iterable[Failure]) -> frozenset[str]:
    """The indicators that take part in some failures."""
    return frozenset(code for one in failures for code in one.figures)
