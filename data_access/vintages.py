"""How figures take their place among those that stand: a new one, a correction, a repetition, a late arrival.

A *vintage* is what a load said about a cell, and the time for which it stood. Everything here happens inside the
transaction of a load or an undo; `observations` is the door.
"""

import gc
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection

from data_access import engine as engines
from data_access import schema
from data_access.engine import Row
from indicators.definition import DataStatus

EVER = 2**62
"""Later than every instant and every period."""

SAMPLE = 200
"""So many cells of a batch tell whether it mostly repeats what stands."""

TURN = 20_000
"""So many vintages are taken back at a time: what an undo holds in memory."""

Cell = tuple[int, int, int, int]
Array = NDArray[Any]


class Vintage(NamedTuple):
    """One row of `current` (which has no end) or of `history`."""

    indicator: int
    item: int
    region: int
    period: int
    value: float | None
    yoy: float | None
    status: int
    reason: str | None
    source: int
    known_at: int
    load: int
    replaced_at: int = EVER
    replaced_by: int | None = None

    @property
    def cell(self) -> Cell:
        """Which figure is meant."""
        return self[:4]

    @property
    def figure(self) -> Row:
        """What is said; who printed it is not part of it."""
        return self[4:8]

    @property
    def rank(self) -> tuple[bool, int, int]:
        """Of two vintages of a cell the higher is in force: real before simulated, then the one known last."""
        return (self.status != DataStatus.SIMULATED, self.known_at, self.load)

    def until(self, moment: int, load: int | None) -> "Vintage":
        """The same, replaced at a moment by a load."""
        return self._replace(replaced_at=moment, replaced_by=load)

    def standing(self) -> Row:
        """As a row of `current`."""
        return self[:11]

    def replaced(self) -> Row:
        """As a row of `history`."""
        return (*self[:4], self.known_at, self.load, *self[4:9], *self[11:])


class Confirmation(NamedTuple):
    """A load that repeated a vintage: the vintage of load `of` known at `since`."""

    indicator: int
    item: int
    region: int
    period: int
    load: int
    of: int
    since: int
    known_at: int
    source: int

    @property
    def cell(self) -> Cell:
        """Which figure is meant."""
        return self[:4]


RECOMPUTED = (DataStatus.COMPUTED, DataStatus.MISSING)
"""What stands for a figure that records gave: computed anew with simulated ones among them, it becomes simulated."""

CURRENT = Vintage._fields[:11]
HISTORY = Vintage._fields
CONFIRMATION = Confirmation._fields


@dataclass(frozen=True)
class Batch:
    """Figures of one load as arrays of one length, in the order of their cells and, within one, of known_at."""

    indicator: Array
    item: Array
    region: Array
    period: Array
    value: Array
    yoy: Array
    status: Array
    reason: Array
    source: Array
    known_at: Array

    def __len__(self) -> int:
        return len(self.indicator)

    def at(self, which: Any) -> "Batch":
        """Some of the rows: a mask, a slice or positions."""
        return Batch(*(getattr(self, spec.name)[which] for spec in fields(self)))

    def joined(self, other: "Batch") -> "Batch":
        """The rows of both."""
        return Batch(
            *(np.concatenate((getattr(self, spec.name), getattr(other, spec.name))) for spec in fields(self))
        )

    def sorted(self) -> "Batch":
        """The same rows in the order of the store."""
        order = np.lexsort((self.known_at, self.period, self.region, self.item, self.indicator))
        return self if bool((order[1:] > order[:-1]).all()) else self.at(order)

    def rounds(self) -> Iterator["Batch"]:
        """Batches that hold each cell once: first the earliest vintage of each, then the next."""
        cells = (self.indicator, self.item, self.region, self.period)
        fresh = np.ones(len(self), dtype=bool)
        fresh[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in cells])
        if fresh.all():
            yield self
            return
        places = np.arange(len(self))
        turn = places - np.maximum.accumulate(np.where(fresh, places, 0))
        for number in range(int(turn.max()) + 1):
            yield self.at(turn == number)

    def keys(self) -> NDArray[np.int64]:
        """The cells, one a row."""
        return np.column_stack((self.indicator, self.item, self.region, self.period))

    def rows(self, load: int) -> list[Row]:
        """As rows of `current`."""
        columns = [
            *(column.tolist() for column in (self.indicator, self.item, self.region, self.period)),
            _nullable(self.value),
            _nullable(self.yoy),
            self.status.tolist(),
            self.reason.tolist(),
            self.source.tolist(),
            self.known_at.tolist(),
            [load] * len(self),
        ]
        return list(zip(*columns, strict=True))


def _nullable(values: Array) -> list[float | None]:
    missing = np.isnan(values)
    if not missing.any():
        return values.tolist()  # type: ignore[no-any-return]
    if missing.all():
        return [None] * len(values)
    found = values.astype(object)
    found[missing] = None
    return found.tolist()  # type: ignore[no-any-return]


@dataclass
class Ledger:
    """What a load has done so far, and where: counts of cells, and the spans for the change notes."""

    inserted: int = 0
    corrected: int = 0
    unchanged: int = 0
    late: int = 0
    refused_simulated: int = 0
    removed: int = 0
    changed: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    owned: dict[tuple[int, int, int], tuple[int, int]] = field(default_factory=dict)

    def note(self, batch: Batch) -> None:
        """Note that these cells show another figure: first and last period by indicator and region."""
        if not len(batch):
            return
        breaks = (batch.indicator[1:] != batch.indicator[:-1]) | (batch.region[1:] != batch.region[:-1])
        starts = np.concatenate(([0], np.flatnonzero(breaks) + 1))
        lows = np.minimum.reduceat(batch.period, starts).tolist()
        highs = np.maximum.reduceat(batch.period, starts).tolist()
        keys = zip(batch.indicator[starts].tolist(), batch.region[starts].tolist(), strict=True)
        for key, low, high in zip(keys, lows, highs, strict=True):
            widen(self.changed, key, low, high)

    def note_vintages(self, vintages: Sequence[Vintage]) -> None:
        """The same for single figures."""
        for vintage in vintages:
            widen(self.changed, (vintage.indicator, vintage.region), vintage.period, vintage.period)

    def own(self, vintages: Sequence[Vintage]) -> None:
        """Note that a load owns vintages that its own change notes may not lead to."""
        for vintage in vintages:
            key = (vintage.load, vintage.indicator, vintage.region)
            widen(self.owned, key, vintage.period, vintage.period)


def widen(spans: dict[Any, tuple[int, int]], key: Any, low: int, high: int) -> None:
    """Make the span of `key` reach from `low` to `high` at least."""
    span = spans.get(key)
    spans[key] = (low, high) if span is None else (min(span[0], low), max(span[1], high))


# --- a load -------------------------------------------------------------------------------------------------


def place(connection: Connection, batch: Batch, load: int, newest: int, ledger: Ledger) -> None:
    """Put the figures of a load in their places.

    newest  the latest moment that any other load speaks of; only figures from before it can be late
    """
    with _uncollected():
        for turn in batch.rounds():
            _place(connection, turn, load, newest, ledger)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for reference cycles, which the many tuples of a batch set off again and again (2 ×)."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _place(connection: Connection, batch: Batch, load: int, newest: int, ledger: Ledger) -> None:
    keys = batch.keys()
    looked = _mostly_taken(connection, keys)
    if looked:
        standing = engines.cells(connection, schema.current, keys, CURRENT)
        inserted = len(batch) - len(standing)
    else:
        inserted = engines.insert_free(connection, schema.current, batch.rows(load))
        standing = [] if inserted == len(batch) else _met(connection, batch, keys, load, inserted)
    where = _positions(keys, standing)
    free = np.ones(len(batch), dtype=bool)
    free[where] = False
    ledger.inserted += inserted
    ledger.unchanged += len(batch) - inserted - len(standing)
    ledger.note(batch.at(free))
    if standing:
        to_insert = batch.at(free if looked else slice(0))
        _meet(connection, batch.at(where), standing, to_insert, load, newest, ledger)


def _mostly_taken(connection: Connection, keys: NDArray[np.int64]) -> bool:
    """Whether it pays to look at what stands before inserting: a sample of the cells tells."""
    if len(keys) <= SAMPLE:
        return False
    sample = keys[:: len(keys) // SAMPLE]
    return 4 * len(engines.cells(connection, schema.current, sample, CURRENT)) > len(sample)


def _positions(keys: NDArray[np.int64], rows: Sequence[Row]) -> NDArray[np.int64]:
    """Where in the sorted keys the cells of these rows are."""
    if not rows:
        return np.zeros(0, dtype=np.int64)
    found = np.array([row[:4] for row in rows], dtype=np.int64)
    ours, theirs = (np.zeros(len(cells), dtype=np.int64) for cells in (keys, found))
    for place in range(4):
        known = np.sort(pd.unique(keys[:, place]))
        ours = ours * len(known) + np.searchsorted(known, keys[:, place])
        theirs = theirs * len(known) + np.searchsorted(known, found[:, place])
    return np.searchsorted(ours, theirs)


def _met(connection: Connection, batch: Batch, keys: NDArray[np.int64], load: int, free: int) -> list[Row]:
    """The figures that stood in these cells before the load came, or that it put there itself and now changes."""
    own: sa.ColumnElement[int] = sa.literal_column(str(load))
    found = engines.cells(connection, schema.current, keys, CURRENT, schema.current.c.load != own)
    if free + len(found) == len(batch):
        return found
    said = {row[:4]: row[4:8] for row in batch.rows(load)}
    mine = engines.cells(connection, schema.current, keys, CURRENT, schema.current.c.load == own)
    return found + [row for row in mine if row[4:8] != said[row[:4]]]


@dataclass(frozen=True)
class Verdict:
    """What becomes of each row that meets a standing figure: masks that exclude each other."""

    unchanged: Array
    refused: Array
    replaces: Array
    late: Array
    overrules: Array
    """of those that replace: a real figure in the place of a simulated one, whenever it was known"""


def _compare(batch: Batch, standing: Sequence[Row], load: int) -> Verdict:
    columns = dict(zip(CURRENT, zip(*standing, strict=True), strict=True))
    status = np.array(columns["status"])
    known = np.array(columns["known_at"])
    others = np.array(columns["load"]) != load
    same = (
        _equal(batch.value, columns["value"]) & _equal(batch.yoy, columns["yoy"]) & (batch.status == status)
    )
    same &= batch.reason == np.array(columns["reason"], dtype=object)
    simulated, stood_simulated = batch.status == DataStatus.SIMULATED, status == DataStatus.SIMULATED
    of_records = np.isin(status, RECOMPUTED) & (np.array(columns["source"]) == batch.source)
    refused = ~same & simulated & ~stood_simulated & ~of_records
    overrules = ~same & ~simulated & stood_simulated
    earlier = (batch.known_at < known) & ~refused & ~overrules & (~same | others)
    return Verdict(
        unchanged=same & ~earlier,
        refused=refused,
        replaces=~same & ~refused & ~earlier,
        late=earlier,
        overrules=overrules,
    )


def _equal(ours: Array, theirs: Sequence[float | None]) -> Array:
    if theirs.count(None) == len(theirs):
        return np.isnan(ours)
    others = np.array(theirs, dtype=np.float64)
    return (ours == others) | (np.isnan(ours) & np.isnan(others))  # type: ignore[no-any-return]


def _meet(
    connection: Connection,
    batch: Batch,
    standing: Sequence[Row],
    to_insert: Batch,
    load: int,
    newest: int,
    ledger: Ledger,
) -> None:
    """Decide for each row of the batch that meets a standing figure, and carry it out.

    to_insert  rows of free cells, which are written in one go with those that replace
    """
    verdict = _compare(batch, standing, load)
    replaces, late = verdict.replaces, verdict.late
    uncertain = replaces & ~verdict.overrules & (batch.known_at < newest)
    if uncertain.any():  # somebody may have confirmed the standing figure after this one was known
        later = _confirmed_later(connection, batch, uncertain)
        replaces, late = replaces & ~later, late | later
    ledger.refused_simulated += int(verdict.refused.sum())
    ledger.unchanged += int(verdict.unchanged.sum())
    ledger.corrected += int(replaces.sum())
    _confirm(connection, batch, standing, verdict.unchanged, load)
    fresh = _retire(connection, batch, standing, replaces, load)
    engines.upsert(connection, schema.current, to_insert.joined(fresh).sorted().rows(load))
    ledger.note(fresh)
    if late.any():
        _file(connection, [Vintage(*row) for row in batch.at(late).rows(load)], ledger)


def _retire(connection: Connection, batch: Batch, standing: Sequence[Row], which: Array, load: int) -> Batch:
    """Move standing figures to the history; the figures that take their places, not known before they were."""
    places = np.flatnonzero(which).tolist()
    fresh = batch.at(places)
    old = [standing[place] for place in places]
    moments = np.maximum(fresh.known_at, np.array([row[9] for row in old], dtype=np.int64))
    replaced = [
        (*row[:4], row[9], row[10], *row[4:9], moment, load)
        for row, moment in zip(old, moments.tolist(), strict=True)
        if row[10] != load or row[9] != moment  # else it never stood outside this transaction
    ]
    engines.upsert(connection, schema.history, replaced)
    return replace(fresh, known_at=moments)


def fresh_rows(vintages: Sequence[Vintage]) -> list[Row]:
    """As rows of `current`."""
    return [vintage.standing() for vintage in vintages]


def _to_history(connection: Connection, vintages: Sequence[Vintage]) -> None:
    engines.upsert(connection, schema.history, [vintage.replaced() for vintage in vintages])


def _confirm(connection: Connection, batch: Batch, standing: Sequence[Row], same: Array, load: int) -> None:
    """Remember who repeated what stands, so that it stays when the load that said it first is undone."""
    repeats = []
    sources, known = batch.source.tolist(), batch.known_at.tolist()
    for place in np.flatnonzero(same).tolist():
        row = standing[place]
        if row[10] != load:
            repeats.append((*row[:4], load, row[10], row[9], known[place], sources[place]))
    engines.insert_free(connection, schema.confirmations, repeats)


def _confirmed_later(connection: Connection, batch: Batch, among: Array) -> Array:
    keys = batch.keys()
    asked = {tuple(keys[place].tolist()): place for place in np.flatnonzero(among).tolist()}
    later = np.zeros(len(batch), dtype=bool)
    for row in engines.cells(connection, schema.confirmations, keys[among], CONFIRMATION):
        confirmation = Confirmation(*row)
        place = asked[confirmation.cell]
        later[place] |= confirmation.known_at > batch.known_at[place]
    return later


# --- late arrivals ------------------------------------------------------------------------------------------


def _file(connection: Connection, arrivals: Sequence[Vintage], ledger: Ledger) -> None:
    """Put figures that were known before the standing ones where they belong in the history of their cells."""
    cells = [arrival.cell for arrival in arrivals]
    lines = timelines(connection, cells)
    confirmed = confirmations(connection, cells)
    filing = Filing()
    for arrival in arrivals:
        filing.file(arrival, lines[arrival.cell], confirmed[arrival.cell])
    filing.store(connection)
    ledger.late += len(arrivals) - filing.unchanged - len(filing.in_force)
    ledger.unchanged += filing.unchanged
    ledger.corrected += len(filing.in_force)
    ledger.note_vintages(filing.in_force)
    ledger.own(filing.owned)


def _keys(cells: Sequence[Cell]) -> NDArray[np.int64]:
    return np.array(cells, dtype=np.int64).reshape(-1, 4)


def timelines(connection: Connection, cells: Sequence[Cell]) -> Mapping[Cell, list[Vintage]]:
    """Everything that stood or stands in these cells, the newest first."""
    found: dict[Cell, list[Vintage]] = defaultdict(list)
    for table, columns in ((schema.current, CURRENT), (schema.history, HISTORY)):
        for row in engines.cells(connection, table, _keys(cells), columns):
            vintage = Vintage(*row)
            found[vintage.cell].append(vintage)
    for line in found.values():
        line.sort(key=lambda vintage: (vintage.replaced_at, vintage.known_at), reverse=True)
    return found


def confirmations(connection: Connection, cells: Sequence[Cell]) -> Mapping[Cell, list[Confirmation]]:
    """Who repeated the figures of these cells, in the order in which they did; undone loads left out."""
    gone = set(connection.scalars(sa.select(schema.loads.c.id).where(schema.loads.c.undone)))
    found: dict[Cell, list[Confirmation]] = defaultdict(list)
    for row in engines.cells(connection, schema.confirmations, _keys(cells), CONFIRMATION):
        confirmation = Confirmation(*row)
        if confirmation.load not in gone:
            found[confirmation.cell].append(confirmation)
    for line in found.values():
        line.sort(key=lambda confirmation: (confirmation.known_at, confirmation.load))
    return found


@dataclass
class Filing:
    """What has to be stored so that late arrivals stand in their places."""

    history: list[Vintage] = field(default_factory=list)
    in_force: list[Vintage] = field(default_factory=list)
    taken_over: list[Vintage] = field(default_factory=list)
    owned: list[Vintage] = field(default_factory=list)
    confirmed: list[Confirmation] = field(default_factory=list)
    settled: list[Confirmation] = field(default_factory=list)
    unchanged: int = 0

    def file(self, arrival: Vintage, line: Sequence[Vintage], confirmed: Sequence[Confirmation]) -> None:
        """Find the place of one arrival in the line of its cell."""
        moment = arrival.known_at
        stood = next((one for one in line if one.known_at <= moment < one.replaced_at), None)
        if stood is None:
            following = min((one for one in line if one.known_at > moment), key=lambda one: one.known_at)
            self._keep(arrival.until(following.known_at, following.load))
            return
        repeats = [one for one in confirmed if (one.of, one.since) == (stood.load, stood.known_at)]
        if arrival.figure == stood.figure:
            self.unchanged += 1
            if arrival.load != stood.load:
                self.confirmed.append(
                    Confirmation(
                        *arrival.cell, arrival.load, stood.load, stood.known_at, moment, arrival.source
                    )
                )
            return
        later = next((one for one in repeats if one.known_at > moment), None)
        self.history.append(stood.until(moment, arrival.load))
        if later is not None:
            self._keep(arrival.until(later.known_at, later.load))
            again = stood._replace(load=later.load, known_at=later.known_at, source=later.source)
            self._put(again, self.taken_over)
            self.owned.append(again)
            self.settled.append(later)
            self.confirmed += [
                one._replace(of=later.load, since=later.known_at)
                for one in repeats
                if one.known_at >= later.known_at and one != later
            ]
        else:
            self._put(arrival.until(stood.replaced_at, stood.replaced_by), self.in_force)

    def _put(self, vintage: Vintage, standing: list[Vintage]) -> None:
        if vintage.replaced_at == EVER:
            standing.append(vintage)
        else:
            self._keep(vintage)

    def _keep(self, vintage: Vintage) -> None:
        self.history.append(vintage)
        self.owned.append(vintage)

    def store(self, connection: Connection) -> None:
        """Write it down."""
        _to_history(connection, self.history)
        engines.upsert(connection, schema.current, fresh_rows([*self.in_force, *self.taken_over]))
        engines.delete(connection, schema.confirmations, [(*one.cell, one.load) for one in self.settled])
        engines.upsert(connection, schema.confirmations, self.confirmed)


# --- undo ---------------------------------------------------------------------------------------------------


def take_back(connection: Connection, load: int, at: int, ledger: Ledger) -> None:
    """Let the cells of a load go back to what the loads that still stand say about them.

    A figure that another load repeated becomes that load's; one that was replaced since stays replaced; the
    others give way to the newest figure of the loads that stand, or to nothing. A figure that returns is known
    again since `at`. The load must be marked as undone before.
    """
    gone = set(connection.scalars(sa.select(schema.loads.c.id).where(schema.loads.c.undone)))
    for vintages in _of_load(connection, load):
        cells = sorted({vintage.cell for vintage in vintages})
        confirmed = confirmations(connection, cells)
        left = _hand_over(connection, vintages, confirmed, ledger)
        fallen = [vintage for vintage in left if vintage.replaced_at == EVER]
        lines = timelines(connection, [vintage.cell for vintage in fallen])
        back = []
        for vintage in fallen:
            others = [one for one in lines[vintage.cell] if one.load not in gone and one.replaced_at != EVER]
            if others:
                best = max(others, key=lambda one: one.rank)
                back.append(best._replace(known_at=at, replaced_at=EVER, replaced_by=None))
        _to_history(connection, [vintage.until(at, None) for vintage in fallen])
        returned = {vintage.cell for vintage in back}
        engines.delete(connection, schema.current, [one.cell for one in fallen if one.cell not in returned])
        engines.upsert(connection, schema.current, fresh_rows(back))
        ledger.corrected += len(back)
        ledger.removed += len(fallen) - len(back)
        ledger.note_vintages(fallen)


def _of_load(connection: Connection, load: int) -> Iterator[list[Vintage]]:
    """The vintages of a load, standing and replaced, some regions of an indicator at a time: all of a cell at once.

    The change notes of the load lead to them.
    """
    notes = schema.changes.c
    spans = (
        sa.select(notes.indicator, sa.func.min(notes.first), sa.func.max(notes.last))
        .where(notes.load == load)
        .group_by(notes.indicator)
        .order_by(notes.indicator)
    )
    for indicator, first, last in connection.execute(spans).all():
        noted = sa.select(notes.region).where(notes.load == load, notes.indicator == indicator)
        items = sa.select(schema.breakdowns.c.item).where(schema.breakdowns.c.indicator == indicator)
        conditions = {
            table: (
                table.c.indicator == indicator,
                table.c.item.in_(items),
                table.c.period.between(first, last),
                table.c.load == load,
            )
            for table in (schema.current, schema.history)
        }
        counts: Counter[int] = Counter()
        for table, of_load in conditions.items():
            counted = (
                sa.select(table.c.region, sa.func.count())
                .where(table.c.region.in_(noted), *of_load)
                .group_by(table.c.region)
            )
            for region, count in connection.execute(counted):
                counts[region] += count
        for regions in _turns(counts):
            found: list[Vintage] = []
            for table, columns in ((schema.current, CURRENT), (schema.history, HISTORY)):
                wanted = sa.select(*(table.c[name] for name in columns))
                of_regions = wanted.where(table.c.region.in_(regions), *conditions[table])
                found += [Vintage(*row) for row in connection.execute(of_regions)]
            yield found


def _turns(counts: Mapping[int, int]) -> Iterator[list[int]]:
    """Regions in turns of about `TURN` vintages, at least one region each."""
    turn: list[int] = []
    held = 0
    for region, count in sorted(counts.items()):
        if turn and held + count > TURN:
            yield turn
            turn, held = [], 0
        turn.append(region)
        held += count
    if turn:
        yield turn


def _hand_over(
    connection: Connection,
    vintages: Sequence[Vintage],
    confirmed: Mapping[Cell, Sequence[Confirmation]],
    ledger: Ledger,
) -> list[Vintage]:
    """Give figures that another load repeated to the first that did; those left that nobody did."""
    filing, left, emptied = Filing(), [], []
    for vintage in vintages:
        repeats = [
            one
            for one in confirmed.get(vintage.cell, ())
            if (one.of, one.since) == (vintage.load, vintage.known_at)
        ]
        if not repeats:
            left.append(vintage)
            continue
        heir, *others = repeats
        inherited = vintage._replace(load=heir.load, source=heir.source)
        (filing.taken_over if vintage.replaced_at == EVER else filing.history).append(inherited)
        if vintage.replaced_at != EVER:
            emptied.append((*vintage.cell, vintage.known_at, vintage.load))
        filing.settled.append(heir)
        filing.confirmed += [one._replace(of=heir.load) for one in others]
        filing.owned.append(inherited)
    engines.delete(connection, schema.history, emptied)
    filing.store(connection)
    ledger.own(filing.owned)
    return left
