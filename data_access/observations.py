"""Observations: write them so that nothing is lost, answer a Demand, undo a load.

The value in force of every cell (indicator, item, region, period) stands in one table; what it replaced lies in
another with the time it was known. A load is one transaction: its rows, the change notes for the evaluation of
warnings, the audit row and the data version, all or nothing.

Which figure is in force: a real one before a simulated one, then the one that was known last. A load may be undone
in any order: cells go back to the newest figure of the loads that still stand.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from data_access import accounts, schema, vintages
from data_access import engine as engines
from data_access.engine import Question, Row
from data_access.vintages import EVER, Batch, Ledger
from indicators.aggregation import TOTAL, Demand
from indicators.definition import DataStatus
from indicators.errors import N_, CockpitError, Issue

OBSERVATION_COLUMNS = (
    "indicator", "item", "region", "period", "value", "yoy", "status", "reason", "source", "known_at", "load",
)  # fmt: skip

BARE_COLUMNS = OBSERVATION_COLUMNS[:7]
"""What is read for judging."""

READ_ROWS = 1000
"""So many rows become columns at a time where many are read: they are still in the cache of the processor."""

BATCH_ROWS = 100_000
"""Rows that take their places at a time: bounds the memory of a load."""

Columns = Mapping[str, Any] | pd.DataFrame
"""Rows as columns: indicator (code), region, period, value; and, where they differ from the default, item, yoy,
status, reason, source, known_at. A single value stands for the whole column."""


# --- what is said about loads -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """Where a figure was printed, so that it can be cited."""

    title: str
    citation: str
    quality: str = ""
    licence_note: str = ""


@dataclass(frozen=True)
class LoadInfo:
    """One delivery: what it is, who brought it, when.

    digest  stands for content and mapping: the same digest again changes nothing while the first load stands
    at      epoch seconds; its rows count as known since then unless they say otherwise
    reason  why figures are corrected; empty for a usual delivery
    """

    digest: str
    name: str
    actor: str
    at: int
    reason: str = ""


@dataclass(frozen=True)
class WriteReport:
    """What a write or an undo did, in cells.

    late      figures that were known before the one in force: they went to the history
    repeated  the same delivery had been stored before; `load` names that one
    """

    load: int
    inserted: int = 0
    corrected: int = 0
    unchanged: int = 0
    late: int = 0
    refused_simulated: int = 0
    removed: int = 0
    repeated: bool = False

    @property
    def changed(self) -> int:
        """How many cells show another figure than before."""
        return self.inserted + self.corrected + self.removed


@dataclass(frozen=True)
class Load:
    """A load as the store remembers it."""

    id: int
    digest: str
    name: str
    actor: str
    at: int
    newest: int
    undone: bool
    undone_at: int | None
    undone_by: str | None
    inserted: int
    corrected: int
    unchanged: int
    late: int
    refused_simulated: int
    reason: str | None = None


@dataclass(frozen=True)
class Change:
    """A note that figures of an indicator in a region changed, somewhere from `first` to `last`."""

    id: int
    load: int
    indicator: str
    region: int
    first: int
    last: int


class Observations:
    """The answer of the store: rows as the driver gave them, made into columns or frames when asked."""

    def __init__(self, rows: list[Row], codes: Mapping[int, str]) -> None:
        self._raw = rows
        self._codes = codes

    def __len__(self) -> int:
        return len(self._raw)

    @cached_property
    def rows(self) -> list[Row]:
        """Tuples in the order of OBSERVATION_COLUMNS; the indicator as its code."""
        codes = self._codes
        return [(codes[row[0]],) + row[1:] for row in self._raw]  # noqa: RUF005  faster than unpacking

    @cached_property
    def _columns(self) -> dict[str, tuple[Any, ...]]:
        columns = zip(*self._raw, strict=True) if self._raw else ((),) * len(OBSERVATION_COLUMNS)
        return dict(zip(OBSERVATION_COLUMNS, columns, strict=True))

    def column(self, name: str) -> NDArray[Any]:
        """One column: float64 with NaN for value and yoy, text for indicator and reason, else int64."""
        values = self._columns[name]
        if name == "indicator":
            return np.array([self._codes[number] for number in values], dtype=object)
        if name == "reason":
            return np.array(values, dtype=object)
        return np.array(values, dtype=np.float64 if name in ("value", "yoy") else np.int64)

    def frame(self) -> pd.DataFrame:
        """All columns as a DataFrame."""
        return pd.DataFrame({name: self.column(name) for name in OBSERVATION_COLUMNS})


class BareObservations(Observations):
    """Figures alone, many of them: columns from the beginning, and nothing of where they come from."""

    def __init__(self, batches: Iterable[list[Row]], codes: Mapping[int, str]) -> None:
        super().__init__([], codes)
        none: tuple[tuple[Any, ...], ...] = ((),) * len(BARE_COLUMNS)
        parts = [tuple(map(_array, BARE_COLUMNS, zip(*rows, strict=True))) for rows in batches]
        whole = zip(*(parts or [tuple(map(_array, BARE_COLUMNS, none))]), strict=True)
        self._read = {name: np.concatenate(some) for name, some in zip(BARE_COLUMNS, whole, strict=True)}

    def __len__(self) -> int:
        return len(self._read["period"])

    @cached_property
    def rows(self) -> list[Row]:
        """Tuples in the order of OBSERVATION_COLUMNS, with nothing where nothing was read."""
        return list(self.frame().itertuples(index=False, name=None))

    def column(self, name: str) -> NDArray[Any]:
        """One column, as of `Observations`; what was not read is empty."""
        if name == "indicator":
            numbers, place = np.unique(self._read[name], return_inverse=True)
            names: NDArray[Any] = np.array([self._codes[n] for n in numbers.tolist()], dtype=object)[place]
            return names
        if name in self._read:
            return self._read[name]
        return np.full(len(self), None, object) if name == "reason" else np.zeros(len(self), np.int64)


def _array(name: str, values: tuple[Any, ...]) -> NDArray[Any]:
    return np.array(values, np.float64 if name in ("value", "yoy") else np.int64)


# --- the store ----------------------------------------------------------------------------------------------


Spans = Mapping[tuple[int, int], tuple[int, int]]
"""First and last changed period by (number of the indicator, region)."""

Follow = Callable[[Connection, Spans, int, str], object]
"""Hears what a load or an undo changed, in its transaction: the spans, the moment, by whom."""


class ObservationStore:
    """Figures with their vintages, on one engine.

    follow  hears of every change of figures before it is committed
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.follow: list[Follow] = []
        self._codes: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._questions = _questions(engine)

    # ---- answers

    def answer(self, demand: Demand) -> Observations:
        """What `demand` asks for, many indicators at a time; empty where nothing is stored.

        In the order of the store as a rule; a caller that needs an order sorts. As of a moment: the figures that
        stood then, though they may have been replaced since.
        """
        numbers = self._known(demand.indicators)
        asked = {
            "indicators": numbers,
            "items": self._items(numbers) if demand.items is None else list(demand.items),
            "regions": list(demand.regions),
            "first": demand.first,
            "last": demand.last,
            "as_of": demand.as_of,
        }
        if demand.bare and demand.as_of is None:
            return BareObservations(
                self._questions["bare"].batches(self.engine, READ_ROWS, **asked), self._codes
            )
        kind = "now" if demand.as_of is None else "then"
        return Observations(self._questions[kind].rows(self.engine, **asked), self._codes)

    def latest(
        self,
        indicators: Sequence[str],
        regions: Sequence[int],
        items: Sequence[int] = (TOTAL,),
        until: int = EVER,
    ) -> Observations:
        """The newest period of every series, not after `until`; a series without figures gives no row."""
        numbers = self._known(indicators)
        rows = self._questions["newest"].rows(
            self.engine, indicators=numbers, items=list(items), regions=list(regions), until=until
        )
        return Observations(rows, self._codes)

    def _known(self, codes: Sequence[str]) -> list[int]:
        """The numbers of those indicators that the store has figures of."""
        if any(code not in self._numbers for code in codes):
            self._learn()
        return [self._numbers[code] for code in codes if code in self._numbers]

    def _learn(self) -> None:
        found = self._questions["codes"].rows(self.engine, above=max(self._codes, default=0))
        self._codes.update(found)
        self._numbers.update({code: number for number, code in found})

    def _items(self, numbers: list[int]) -> list[int]:
        return [row[0] for row in self._questions["items"].rows(self.engine, indicators=numbers)]

    def data_version(self) -> int:
        """A counter that rises whenever a figure changes; part of the key of every kept answer."""
        rows = self._questions["version"].rows(self.engine)
        return int(rows[0][0]) if rows else 0

    def counters(self) -> dict[str, int]:
        """Every counter of the store by its name, in one question; what never changed is not among them."""
        return {name: int(value) for name, value in self._questions["counters"].rows(self.engine)}

    def unsettled(self) -> bool:
        """Whether figures have changed that the evaluation of warnings has not answered yet."""
        return bool(self._questions["unsettled"].rows(self.engine))

    # ---- writing

    def write(
        self, rows: Columns | Iterable[Columns], load: LoadInfo, connection: Connection | None = None
    ) -> WriteReport:
        """Store one delivery, in one transaction: its figures, change notes, audit row and the data version.

        rows        columns, or batches of columns, which are taken one at a time
        connection  a transaction of the caller (`engine.transaction`), who then commits; without it one is opened
        raises      CockpitError where a figure is not one; nothing is stored then
        """
        with engines.within(self.engine, connection) as transaction:
            before = self._standing_load(transaction, load.digest)
            if before is not None:
                return WriteReport(before, repeated=True)
            batches = [rows] if isinstance(rows, (Mapping, pd.DataFrame)) else rows
            writing = _Writing(transaction, load)
            report = writing.run(batches)
            self._tell(transaction, writing.ledger, load.at, load.actor)
            return report

    def _tell(self, connection: Connection, ledger: Ledger, at: int, actor: str) -> None:
        for hear in self.follow if ledger.changed else ():
            hear(connection, ledger.changed, at, actor)

    def undo(self, load: int, actor: str, at: int, connection: Connection | None = None) -> WriteReport:
        """Take a load back: its cells show again what the other loads say. `at` is the moment of the undo."""
        with engines.within(self.engine, connection) as transaction:
            self._mark_undone(transaction, load, actor, at)
            ledger = Ledger()
            vintages.take_back(transaction, load, at, ledger)
            _write_notes(transaction, load, ledger)
            report = _report(load, ledger)
            accounts.record(
                transaction, at=at, actor=actor, act="undo", subject=str(load), detail=_counts(report)
            )
            self._tell(transaction, ledger, at, actor)
            return report

    def _mark_undone(self, connection: Connection, load: int, actor: str, at: int) -> None:
        loads = schema.loads
        undone = connection.scalar(sa.select(loads.c.undone).where(loads.c.id == load))
        if undone is None:
            raise CockpitError(
                Issue(
                    "unknown_load",
                    N_("没有编号为 {load} 的入库批次"),
                    N_("查看入库批次清单，核对编号"),
                    params={"load": load},
                )
            )
        if undone:
            raise CockpitError(Issue("load_undone", N_("批次 {load} 已经撤销过"), params={"load": load}))
        connection.execute(
            sa.update(loads).where(loads.c.id == load).values(undone=True, undone_at=at, undone_by=actor)
        )

    def _standing_load(self, connection: Connection, digest: str) -> int | None:
        loads = schema.loads.c
        return connection.scalar(sa.select(loads.id).where(loads.digest == digest, ~loads.undone))

    # ---- names of what is stored

    def item_id(self, dimensions: str, scope: str, connection: Connection) -> int:
        """The number of a breakdown and scope, given one if it is new; 0 stands for the headline total."""
        if not dimensions and not scope:
            return TOTAL
        items = schema.items
        found = connection.scalar(
            sa.select(items.c.id).where(items.c.dimensions == dimensions, items.c.scope == scope)
        )
        if found is None:
            added = sa.insert(items).values(dimensions=dimensions, scope=scope).returning(items.c.id)
            found = connection.execute(added).scalar_one()
        return int(found)

    def source_id(self, source: Source, connection: Connection) -> int:
        """The number of a source, given one if it is new."""
        table = schema.sources
        digest = _digest(source.title, source.citation, source.quality, source.licence_note)
        found = connection.scalar(sa.select(table.c.id).where(table.c.digest == digest))
        if found is None:
            added = sa.insert(table).values(
                title=source.title, citation=source.citation, quality=source.quality,
                licence_note=source.licence_note, digest=digest,
            )  # fmt: skip
            found = connection.execute(added.returning(table.c.id)).scalar_one()
        return int(found)

    def items(self) -> dict[int, tuple[str, str]]:
        """All breakdowns and scopes by their numbers: (dimensions, scope)."""
        table = schema.items.c
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(table.id, table.dimensions, table.scope)).all()
        return {TOTAL: ("", "")} | {number: (dimensions, scope) for number, dimensions, scope in rows}

    def sources(self) -> dict[int, Source]:
        """All sources by their numbers."""
        table = schema.sources.c
        wanted = sa.select(table.id, table.title, table.citation, table.quality, table.licence_note)
        with self.engine.connect() as connection:
            return {number: Source(*rest) for number, *rest in connection.execute(wanted)}

    # ---- loads and changes

    def loads(self, limit: int = 100) -> list[Load]:
        """The latest loads, the newest first; undone ones among them."""
        table = schema.loads
        wanted = sa.select(table).order_by(table.c.id.desc()).limit(limit)
        with self.engine.connect() as connection:
            return [Load(**row._mapping) for row in connection.execute(wanted)]

    def loads_of(self, numbers: Collection[int]) -> list[Load]:
        """Some loads by their numbers."""
        table = schema.loads
        wanted = sa.select(table).where(table.c.id.in_(sorted(numbers)))
        with self.engine.connect() as connection:
            return [Load(**row._mapping) for row in connection.execute(wanted)] if numbers else []

    def pending(self, limit: int = 1_000_000, connection: Connection | None = None) -> list[Change]:
        """Change notes that nobody has settled yet, in the order in which they were written."""
        if connection is None:
            with self.engine.connect() as own:
                return self.pending(limit, own)
        notes, codes = schema.changes, schema.indicator_ids
        wanted = (
            sa.select(notes.c.id, notes.c.load, codes.c.code, notes.c.region, notes.c.first, notes.c.last)
            .join_from(notes, codes, notes.c.indicator == codes.c.id)
            .where(schema.PENDING)
            .order_by(notes.c.id)
            .limit(limit)
        )
        return [Change(*row) for row in connection.execute(wanted)]

    def settle(self, changes: Iterable[int], connection: Connection) -> None:
        """Mark change notes as dealt with, in the transaction of what was done about them."""
        numbers = sorted(changes)
        notes = schema.changes
        for start in range(0, len(numbers), 10_000):
            some = numbers[start : start + 10_000]
            connection.execute(sa.update(notes).where(notes.c.id.in_(some)).values(settled=1))


def _questions(engine: Engine) -> dict[str, Question]:
    """Everything that is asked often, compiled once."""
    current, history, codes = schema.current, schema.history, schema.indicator_ids

    def asked(table: sa.Table, columns: Sequence[str] = OBSERVATION_COLUMNS) -> sa.Select[Any]:
        return sa.select(*(table.c[name] for name in columns)).where(
            engines.among(engine, table.c.indicator, "indicators"),
            engines.among(engine, table.c.item, "items"),
            engines.among(engine, table.c.region, "regions"),
            table.c.period.between(sa.bindparam("first"), sa.bindparam("last")),
        )

    moment = sa.bindparam("as_of", type_=sa.BigInteger)
    then = sa.union_all(
        asked(current).where(current.c.known_at <= moment),
        asked(history).where(history.c.known_at <= moment, history.c.replaced_at > moment),
    )
    statements: dict[str, sa.Executable] = {
        "now": asked(current),
        "bare": asked(current, BARE_COLUMNS),
        "then": then,
        "newest": engines.newest(engine, current, OBSERVATION_COLUMNS),
        "codes": sa.select(codes.c.id, codes.c.code).where(codes.c.id > sa.bindparam("above")),
        "items": sa.select(schema.breakdowns.c.item)
        .where(engines.among(engine, schema.breakdowns.c.indicator, "indicators"))
        .distinct(),
        "version": sa.select(schema.versions.c.value).where(
            schema.versions.c.name == sa.literal_column("'data'")
        ),
        "unsettled": sa.select(schema.changes.c.id)
        .where(schema.PENDING)
        .order_by(schema.changes.c.id)
        .limit(sa.literal_column("1"))
        .offset(sa.literal_column("0")),
        "counters": sa.select(schema.versions.c.name, schema.versions.c.value),
    }
    return {name: engines.question(engine, statement) for name, statement in statements.items()}


# --- one delivery -------------------------------------------------------------------------------------------


class _Writing:
    """One load on its way into the store."""

    def __init__(self, connection: Connection, load: LoadInfo) -> None:
        self._connection = connection
        self._load = load
        self.ledger = Ledger()
        codes = schema.indicator_ids.c
        self._numbers = dict(connection.execute(sa.select(codes.code, codes.id)).all())
        known = schema.breakdowns.c
        self._breakdowns = {tuple(row) for row in connection.execute(sa.select(known.indicator, known.item))}
        others = sa.select(sa.func.max(schema.loads.c.newest)).where(~schema.loads.c.undone)
        self._newest_before = connection.scalar(others) or 0
        self._newest = load.at

    def run(self, batches: Iterable[Columns]) -> WriteReport:
        number = self._open()
        for columns in batches:
            batch = self._batch(columns).sorted()
            for start in range(0, len(batch), BATCH_ROWS):
                part = batch.at(slice(start, start + BATCH_ROWS))
                self._note_breakdowns(part)
                vintages.place(self._connection, part, number, self._newest_before, self.ledger)
        return self._close(number)

    def _open(self) -> int:
        load = self._load
        empty = dict.fromkeys(("inserted", "corrected", "unchanged", "late", "refused_simulated"), 0)
        added = sa.insert(schema.loads).values(
            digest=load.digest,
            name=load.name,
            actor=load.actor,
            at=load.at,
            newest=load.at,
            undone=False,
            reason=load.reason or None,
            **empty,
        )
        return int(self._connection.execute(added.returning(schema.loads.c.id)).scalar_one())

    def _close(self, number: int) -> WriteReport:
        ledger, loads = self.ledger, schema.loads
        counted = {name: getattr(ledger, name) for name in ("inserted", "corrected", "unchanged", "late")}
        self._connection.execute(
            sa.update(loads)
            .where(loads.c.id == number)
            .values(newest=self._newest, refused_simulated=ledger.refused_simulated, **counted)
        )
        _write_notes(self._connection, number, ledger)
        report = _report(number, ledger)
        load = self._load
        detail = {"load": number, "digest": load.digest, **_counts(report)}
        if load.reason:
            detail["reason"] = load.reason
        accounts.record(
            self._connection, at=load.at, actor=load.actor, act="load", subject=load.name, detail=detail
        )
        return report

    def _batch(self, columns: Columns) -> Batch:
        count = len(columns["period"])

        def column(name: str, default: object, kind: Any) -> Any:
            values = columns.get(name, default)
            array = np.asarray(values, dtype=kind)
            return array if array.ndim else np.full(count, array, dtype=kind)

        known_at = column("known_at", self._load.at, np.int64)
        self._newest = max(self._newest, int(known_at.max(initial=0)))
        batch = Batch(
            indicator=self._numbered(columns["indicator"], count),
            item=column("item", TOTAL, np.int64),
            region=column("region", None, np.int64),
            period=column("period", None, np.int64),
            value=column("value", np.nan, np.float64),
            yoy=column("yoy", np.nan, np.float64),
            status=column("status", int(DataStatus.UNSTATED), np.int64),
            reason=_reasons(columns.get("reason", None), count),
            source=column("source", None, np.int64),
            known_at=known_at,
        )
        _require_figures(batch)
        return batch

    def _numbered(self, codes: Any, count: int) -> NDArray[np.int64]:
        if isinstance(codes, str):
            return np.full(count, self._number(codes), dtype=np.int64)
        places, names = pd.factorize(pd.Index(codes))
        return np.array([self._number(str(name)) for name in names], dtype=np.int64)[places]

    def _number(self, code: str) -> int:
        number = self._numbers.get(code)
        if number is None:
            added = sa.insert(schema.indicator_ids).values(code=code).returning(schema.indicator_ids.c.id)
            number = int(self._connection.execute(added).scalar_one())
            self._numbers[code] = number
        return number

    def _note_breakdowns(self, batch: Batch) -> None:
        places = np.flatnonzero(
            np.concatenate(
                ([True], (batch.indicator[1:] != batch.indicator[:-1]) | (batch.item[1:] != batch.item[:-1]))
            )
        )
        pairs = set(zip(batch.indicator[places].tolist(), batch.item[places].tolist(), strict=True))
        fresh = sorted(pairs - self._breakdowns)
        engines.insert_free(self._connection, schema.breakdowns, fresh)
        self._breakdowns |= pairs


def _reasons(reasons: Any, count: int) -> NDArray[Any]:
    if reasons is None or isinstance(reasons, str):
        return np.full(count, reasons, dtype=object)
    found = np.array(reasons, dtype=object)
    found[pd.isna(found)] = None
    return found


def _require_figures(batch: Batch) -> None:
    """A row gives a level or a growth, or says that it is missing and why."""
    empty = np.isnan(batch.value) & np.isnan(batch.yoy)
    missing = batch.status == DataStatus.MISSING
    unexplained = missing & (batch.reason == None)  # noqa: E711  an array is compared
    wrong = (empty != missing) | unexplained | np.isinf(batch.value) | np.isinf(batch.yoy)
    if wrong.any():
        raise CockpitError(
            Issue(
                "not_a_figure",
                N_("{count} 行既不是有限的数值，也没有写明缺数的原因"),
                N_("给出数值或同比；缺数时状态记为 missing 并写明原因"),
                params={"count": int(wrong.sum())},
            )
        )


def _write_notes(connection: Connection, load: int, ledger: Ledger) -> None:
    """The change notes of what a load or undo did, and the data version, if anything changed."""
    changed = [(load, *key, *span, 0) for key, span in ledger.changed.items()]
    owned = [(*key, *span, 1) for key, span in ledger.owned.items()]
    if changed or owned:
        engines.append(connection, schema.changes, changed + owned, schema.changes.c.keys()[1:])
        engines.raise_counter(connection, schema.versions, "data")


def _report(load: int, ledger: Ledger) -> WriteReport:
    return WriteReport(
        load,
        ledger.inserted,
        ledger.corrected,
        ledger.unchanged,
        ledger.late,
        ledger.refused_simulated,
        ledger.removed,
    )


def _counts(report: WriteReport) -> dict[str, int]:
    counts = ("inserted", "corrected", "unchanged", "late", "refused_simulated", "removed")
    return {name: getattr(report, name) for name in counts if getattr(report, name)}


def _digest(*texts: str) -> str:
    return sha256("\x1f".join(texts).encode("utf-8", "surrogatepass")).hexdigest()
