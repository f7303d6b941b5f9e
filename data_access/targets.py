"""Yearly targets and season curves, per indicator and region, each with the sentence or file that sets it.

A region is judged by its own records only: a plan of one city says nothing about another. What replaces a
target is a new row; the old one stays with the moment until which it held.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    Engine,
    Index,
    Integer,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from data_access.engine import raise_counter, within
from data_access.schema import changes, indicator_ids, metadata, versions
from indicators import periods
from indicators.definition import SeasonCurve, Target

MILESTONE = "done"
"""The op of a target without a number: something is to be finished."""

targets = Table(
    "targets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("indicator", String(160)),
    Column("region", BigInteger, nullable=False),
    Column("year", Integer, nullable=False),
    Column("measure", String(20), nullable=False),
    Column("op", String(8), nullable=False),
    Column("value", Double),
    Column("upper", Double),
    Column("unit", String(40)),
    Column("due", String(10)),
    Column("statement_zh", Text, nullable=False),
    Column("plan", String(80), nullable=False),
    Column("source", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("load", Integer, comment="the load that brought it; none for what the library and the pack set"),
    Column("known_at", BigInteger, nullable=False),
    Column("replaced_at", BigInteger),
    Column("replaced_by", Integer, comment="the load that replaced it, so that its undo brings it back"),
    Index("ix_targets_cell", "indicator", "region", "year"),
    comment="what regions are to reach by a year",
)

season_curves = Table(
    "season_curves",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("indicator", String(160), nullable=False),
    Column("region", BigInteger, comment="none holds for every region without a curve of its own"),
    Column("year", Integer, comment="none holds for every year"),
    Column("shares", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("known_at", BigInteger, nullable=False),
    Column("replaced_at", BigInteger),
    comment="how much of a year's task is due by the end of each month",
)


@dataclass(frozen=True)
class TargetBook:
    """The targets and curves in force at one moment, for many questions at once."""

    version: int
    _targets: Mapping[tuple[str, int, int], Target] = field(repr=False, default_factory=dict)
    _curves: Mapping[tuple[str, int | None, int | None], SeasonCurve] = field(
        repr=False, default_factory=dict
    )

    def target(self, indicator: str, region: int, year: int) -> Target | None:
        """The numeric target of a region itself for a year."""
        return self._targets.get((indicator, region, year))

    def value(self, indicator: str, region: int, year: int) -> float | None:
        """The number of that target; of a range the lower end."""
        found = self.target(indicator, region, year)
        return None if found is None else found.value

    def curve(self, indicator: str, region: int, year: int | None = None) -> tuple[float, ...] | None:
        """How the year's task spreads over the months: the nearest of region and year, year alone, region alone."""
        for key in (
            (indicator, region, year),
            (indicator, region, None),
            (indicator, None, year),
            (indicator, None, None),
        ):
            if key in self._curves:
                return self._curves[key].shares
        return None


class TargetStore:
    """Reads and writes targets and season curves."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._book = TargetBook(version=-1)

    def current(self) -> TargetBook:
        """All that holds now; read again only after something changed."""
        with self._engine.connect() as connection:
            asked = select(versions.c.value).where(versions.c.name == "targets")
            version = int(connection.execute(asked).scalar() or 0)
            if version != self._book.version:
                self._book = _book(connection, version)
        return self._book

    def value(self, indicator: str, region: int, year: int) -> float | None:
        """The target of a region for a year, as ``TargetBook.value``."""
        return self.current().value(indicator, region, year)

    def curve(self, indicator: str, region: int, year: int | None = None) -> tuple[float, ...] | None:
        """The season curve of a region, as ``TargetBook.curve``."""
        return self.current().curve(indicator, region, year)

    def all(self) -> list[Target]:
        """Everything that any region is to reach, milestones too."""
        asked = select(targets).where(targets.c.replaced_at.is_(None)).order_by(targets.c.id)
        with self._engine.connect() as connection:
            return [_target(row) for row in connection.execute(asked)]

    def of_region(self, region: int) -> list[Target]:
        """Everything a region is to reach, milestones too, by year."""
        asked = select(targets).where(targets.c.region == region, targets.c.replaced_at.is_(None))
        with self._engine.connect() as connection:
            return [_target(row) for row in connection.execute(asked.order_by(targets.c.year, targets.c.id))]

    def of_indicator(self, indicator: str) -> list[Target]:
        """Every target of an indicator, by region and year."""
        asked = select(targets).where(targets.c.indicator == indicator, targets.c.replaced_at.is_(None))
        with self._engine.connect() as connection:
            rows = connection.execute(asked.order_by(targets.c.region, targets.c.year, targets.c.id))
            return [_target(row) for row in rows]

    def curves_of(self, indicator: str) -> list[SeasonCurve]:
        """Every season curve of an indicator, those of all regions first."""
        asked = select(season_curves).where(
            season_curves.c.indicator == indicator, season_curves.c.replaced_at.is_(None)
        )
        with self._engine.connect() as connection:
            found = [_curve(row) for row in connection.execute(asked)]
        return sorted(found, key=lambda one: (one.region or 0, one.year or 0))

    def add(
        self,
        given: Iterable[Target],
        at: int,
        *,
        load: int | None = None,
        connection: Connection | None = None,
    ) -> int:
        """Set targets; what already holds in the same words changes nothing. Gives how many are new.

        A target of the same plan for the same indicator, region and year takes the place of the one before.
        """
        with within(self._engine, connection) as inside:
            live = {
                _slot(row): row
                for row in inside.execute(select(targets).where(targets.c.replaced_at.is_(None)))
            }
            touched: list[Any] = []
            for target in given:
                values = _values(target)
                old = live.get(_slot(target))
                if old is not None and all(getattr(old, name) == value for name, value in values.items()):
                    continue
                if old is not None:
                    ended = {"replaced_at": at, "replaced_by": load}
                    inside.execute(update(targets).where(targets.c.id == old.id).values(ended))
                row = inside.execute(
                    insert(targets).values(**values, load=load, known_at=at).returning(*targets.c)
                ).one()
                live[_slot(target)] = row
                touched.append(row)
            if touched:
                _changed(inside, touched, load)
            return len(touched)

    def end(self, target: Target, at: int, connection: Connection | None = None) -> bool:
        """Let a target hold no longer; its row stays. False where it does not hold."""
        with within(self._engine, connection) as inside:
            live = inside.execute(
                select(targets).where(targets.c.region == target.region, targets.c.replaced_at.is_(None))
            ).all()
            ended = [row for row in live if _slot(row) == _slot(target)]
            for row in ended:
                inside.execute(update(targets).where(targets.c.id == row.id).values(replaced_at=at))
            if ended:
                _changed(inside, ended, None)
            return bool(ended)

    def undo(self, load: int, at: int, connection: Connection | None = None) -> int:
        """Take back what a load set, and bring back what it replaced. Gives how many were taken back."""
        with within(self._engine, connection) as inside:
            mine = inside.execute(
                update(targets)
                .where(targets.c.load == load, targets.c.replaced_at.is_(None))
                .values(replaced_at=at)
                .returning(*targets.c)
            ).all()
            inside.execute(
                update(targets)
                .where(targets.c.replaced_by == load)
                .values(replaced_at=None, replaced_by=None)
            )
            if mine:
                _changed(inside, mine, load)
            return len(mine)

    def add_curves(self, given: Iterable[SeasonCurve], at: int, connection: Connection | None = None) -> int:
        """Set season curves; one of the same indicator, region and year takes the place of the one before."""
        with within(self._engine, connection) as inside:
            rows = inside.execute(select(season_curves).where(season_curves.c.replaced_at.is_(None)))
            live = {(row.indicator, row.region, row.year): row for row in rows}
            fresh = 0
            for curve in given:
                old = live.get((curve.indicator, curve.region, curve.year))
                if old is not None and _curve(old) == curve:
                    continue
                if old is not None:
                    ended = update(season_curves).where(season_curves.c.id == old.id).values(replaced_at=at)
                    inside.execute(ended)
                row = {"indicator": curve.indicator, "region": curve.region, "year": curve.year}
                shares = json.dumps(list(curve.shares))
                inside.execute(
                    insert(season_curves).values(**row, shares=shares, source=curve.source, known_at=at)
                )
                fresh += 1
            if fresh:
                _changed(inside)
            return fresh


def _changed(connection: Connection, touched: Iterable[Any] = (), load: int | None = None) -> None:
    """Targets changed, and with them what screens show; the rules that look at them are to be judged again."""
    raise_counter(connection, versions, "targets")
    raise_counter(connection, versions, "data")
    for code, region, year in sorted({(t.indicator, t.region, t.year) for t in touched if t.indicator}):
        known = connection.execute(select(indicator_ids.c.id).where(indicator_ids.c.code == code)).scalar()
        if known is None:
            added = insert(indicator_ids).values(code=code).returning(indicator_ids.c.id)
            known = connection.execute(added).scalar_one()
        span = {"first": periods.months_key(year, 1, 1), "last": periods.months_key(year, 12, 12)}
        note = {"load": load or 0, "indicator": known, "region": region, **span, "settled": 0}
        connection.execute(insert(changes).values(note))


def _book(connection: Connection, version: int) -> TargetBook:
    live = select(targets).where(targets.c.replaced_at.is_(None)).order_by(targets.c.id)
    found = [_target(row) for row in connection.execute(live)]
    curves = connection.execute(select(season_curves).where(season_curves.c.replaced_at.is_(None)))
    return TargetBook(
        version,
        {(t.indicator, t.region, t.year): t for t in found if t.indicator is not None and _of_the_year(t)},
        {(c.indicator, c.region, c.year): c for c in map(_curve, curves)},
    )


def _of_the_year(target: Target) -> bool:
    """Whether a target says how large the figure of the year is to be; a plan's holds from its day on."""
    whole = bool(target.plan) or target.due is None or (target.due.month, target.due.day) == (12, 31)
    return target.op != MILESTONE and target.measure == "value" and whole


_FIELDS: Sequence[str] = (
    "indicator", "region", "year", "measure", "op", "value", "upper", "unit", "statement_zh", "plan", "source", "note",
)  # fmt: skip


def _values(target: Target) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(target, name) for name in _FIELDS}
    return values | {"due": None if target.due is None else target.due.isoformat()}


def _target(row: Any) -> Target:
    due = None if row.due is None else date.fromisoformat(row.due)
    return Target(**{name: getattr(row, name) for name in _FIELDS}, due=due)


def _curve(row: Any) -> SeasonCurve:
    return SeasonCurve(row.indicator, row.region, tuple(json.loads(row.shares)), row.year, row.source)


def _slot(row: Any) -> tuple[object, ...]:
    """What a target is about: two of the same slot cannot both hold."""
    milestone = row.statement_zh if row.indicator is None or row.op == MILESTONE else None
    due = None if row.due is None else str(row.due)  # a day in a target, its text in a row
    return (row.plan, row.indicator, row.region, row.year, row.measure, due, milestone)
