"""Changes of regions as they are proposed and decided by two people, and what was decided on grants of dead codes.

A proposal is written once. What becomes of it is added as steps and never altered; the last step tells where it stands.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Connection, Engine, Index, Integer, String, Table, Text

from data_access import accounts
from data_access import engine as engines
from data_access.schema import current, metadata, versions
from indicators.region_changes import Change

COUNTER = "regions"
"""The name in `versions` of the counter that rises when the regions of the city are others."""

PROPOSALS = "region_proposals"
"""The name of the counter that rises with everything else that is done about them."""

PROPOSED, CONFIRMED, EFFECTIVE, RETURNED, WITHDRAWN = (
    "proposed",
    "confirmed",
    "effective",
    "returned",
    "withdrawn",
)
"""Where a proposal may stand; ``effective`` is noted for every day of it that has come."""

region_changes = Table(
    "region_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", String(200), nullable=False),
    Column("changes", Text, nullable=False, comment="what is to change, as JSON, in order"),
    Column("boundaries", Text, nullable=False, comment="new outlines as GeoJSON; empty where there are none"),
    Column("reason", Text, nullable=False, comment="the document that orders it"),
    comment="written once; what becomes of it stands in region_steps",
)

region_steps = Table(
    "region_steps",
    metadata,
    Column("change", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column(
        "state", String(12), nullable=False, comment="proposed, confirmed, effective, returned, withdrawn"
    ),
    Column("at", BigInteger, nullable=False),
    Column("account", String(32), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("display", String(64), nullable=False),
    Column("note", Text, nullable=False),
    comment="append-only; the last step of a change tells where it stands",
)

region_grants = Table(
    "region_grants",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", String(32), nullable=False),
    Column("name", String(64), nullable=False),
    Column("region", BigInteger, nullable=False, comment="the code that is no more"),
    Column("decision", String(8), nullable=False, comment="moved, kept, ended"),
    Column("heirs", String(400), nullable=False, comment="the codes granted in its place, by spaces"),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Index("ix_region_grants_account", "account", "region"),
    comment="append-only: what was decided on a grant of a code that is no more",
)


class Step(NamedTuple):
    """What somebody did about a proposal; the fields are columns of `region_steps`."""

    state: str
    at: int
    account: str
    actor: str
    display: str
    note: str = ""


class Proposal(NamedTuple):
    """A proposal with its steps, the first of which is that it was proposed."""

    id: int
    title: str
    changes: tuple[Change, ...]
    boundaries: str
    reason: str
    steps: tuple[Step, ...]

    @property
    def state(self) -> str:
        """Where it stands."""
        return self.steps[-1].state

    @property
    def holds(self) -> bool:
        """Whether it was confirmed and not taken back."""
        return self.state in (CONFIRMED, EFFECTIVE)

    @property
    def codes(self) -> tuple[int, ...]:
        """Every code that it names."""
        return tuple(dict.fromkeys(code for change in self.changes for code in change.codes))


class Review(NamedTuple):
    """What was decided on a grant; the fields are columns of `region_grants`."""

    account: str
    name: str
    region: int
    decision: str
    heirs: tuple[int, ...]
    reason: str
    at: int
    actor: str


class RegionStore:
    """Reads and writes proposals on one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self, connection: Connection | None = None) -> list[Proposal]:
        """All proposals with their steps, the newest first."""
        if connection is not None:
            return _read(connection)
        with self._engine.connect() as own:
            return _read(own)

    def in_force(self, connection: Connection | None = None) -> tuple[Proposal, ...]:
        """The confirmed proposals, in the order in which they were confirmed."""
        return tuple(sorted((one for one in self.all(connection) if one.holds), key=_confirmed_at))

    def add(self, proposal: Proposal, connection: Connection) -> int:
        """Write a proposal down with its first step; its number."""
        documents = [change.document() for change in proposal.changes]
        values = {
            "title": proposal.title,
            "changes": orjson.dumps(documents).decode(),
            "boundaries": proposal.boundaries,
            "reason": proposal.reason,
        }
        insert = sa.insert(region_changes).values(values).returning(region_changes.c.id)
        number = int(connection.execute(insert).scalar_one())
        self._step(number, 1, proposal.steps[0], connection)
        detail = {"title": proposal.title, "changes": documents, "reason": proposal.reason}
        _record(connection, "propose", number, proposal.steps[0], detail)
        engines.raise_counter(connection, versions, PROPOSALS)
        return number

    def step(self, number: int, seen: int, step: Step, connection: Connection) -> bool:
        """Add a step to a proposal; False where it has gone on since it had ``seen`` steps."""
        count = sa.select(sa.func.count()).where(region_steps.c.change == number)
        if connection.execute(count).scalar_one() != seen:
            return False
        before = next(one for one in _read(connection) if one.id == number).state
        self._step(number, seen + 1, step, connection)
        _record(connection, step.state, number, step, {"note": step.note})
        moved = {before, step.state} & {CONFIRMED, EFFECTIVE}
        engines.raise_counter(connection, versions, COUNTER if moved else PROPOSALS)
        return True

    @staticmethod
    def _step(number: int, place: int, step: Step, connection: Connection) -> None:
        values = {"change": number, "number": place, **step._asdict()}
        connection.execute(sa.insert(region_steps).values(values))

    def figures(self, regions: Iterable[int]) -> int:
        """How many figures are stored of some regions."""
        wanted = sa.select(sa.func.count()).where(current.c.region.in_(list(regions)))
        with self._engine.connect() as connection:
            return int(connection.execute(wanted).scalar_one())

    def begin(self) -> AbstractContextManager[Connection]:
        """A transaction that writes."""
        return engines.transaction(self._engine)

    def reviews(self) -> list[Review]:
        """What was decided on grants, the oldest first."""
        wanted = sa.select(region_grants).order_by(region_grants.c.id)
        with self._engine.connect() as connection:
            rows = [dict(row._mapping) for row in connection.execute(wanted)]
        return [
            Review(**{name: row[name] for name in Review._fields} | {"heirs": _codes(row["heirs"])})
            for row in rows
        ]

    def reviewed(self, review: Review, connection: Connection) -> None:
        """Write down what was decided on a grant."""
        values = review._asdict() | {"heirs": " ".join(map(str, review.heirs))}
        connection.execute(sa.insert(region_grants).values(values))
        accounts.record(
            connection,
            at=review.at,
            actor=review.actor,
            act="grant.review",
            subject=review.name,
            detail={name: values[name] for name in ("region", "decision", "heirs", "reason")},
        )
        engines.raise_counter(connection, versions, PROPOSALS)


def _read(connection: Connection) -> list[Proposal]:
    steps: dict[int, list[Step]] = {}
    c = region_steps.c
    for row in connection.execute(sa.select(region_steps).order_by(c.change, c.number)):
        told = row._mapping
        steps.setdefault(told["change"], []).append(Step(*(told[name] for name in Step._fields)))
    wanted = sa.select(region_changes).order_by(region_changes.c.id.desc())
    return [
        Proposal(row.id, row.title, _changes(row.changes), row.boundaries, row.reason, tuple(steps[row.id]))
        for row in connection.execute(wanted)
    ]


def _confirmed_at(proposal: Proposal) -> tuple[int, int]:
    return next(step.at for step in proposal.steps if step.state == CONFIRMED), proposal.id


def _changes(text: str) -> tuple[Change, ...]:
    return tuple(Change.read(document) for document in orjson.loads(text))


def _codes(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split()))


def _record(connection: Connection, act: str, number: int, step: Step, detail: Any) -> None:
    accounts.record(
        connection,
        at=step.at,
        actor=step.actor,
        act=f"regions.{act}",
        subject=f"regions {number}",
        detail=detail,
    )


def changes_of(proposals: Iterable[Proposal]) -> list[Change]:
    """The changes of several proposals, in their order."""
    return [change for proposal in proposals for change in proposal.changes]
