"""Calls for indicators with proposals, scores and decisions; the yearly review with questions and answers.

Every change is one transaction: the head, a row that is never changed, a row of the audit log, and the counter that
screens ask for. A head is moved only on top of the version that whoever acts has seen.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection, Engine, Table

from data_access import collection_tables as tables
from data_access import engine as engines
from data_access.accounts import record
from data_access.schema import versions

COUNTER = "collection"
"""The name in `versions` of the counter that rises with everything that is said here."""


class Said(NamedTuple):
    """When something was said, by which account, and the name that a screen says."""

    at: int
    actor: str
    shown: str


class Call(NamedTuple):
    """The head of a call; the fields are the columns of `calls`."""

    id: int
    title: str
    purpose: str
    departments: tuple[str, ...]
    region: int
    criteria: Mapping[str, float]
    state: str
    version: int
    due_on: int
    due_at: int
    score_on: int
    score_at: int
    at: int
    actor: str
    shown: str
    simulated: bool = False


class CallStep(NamedTuple):
    """One thing that happened to a call."""

    call: int
    number: int
    act: str
    state: str
    at: int
    actor: str
    shown: str
    text: str = ""
    due_on: int | None = None


class Proposal(NamedTuple):
    """A proposal with the text that holds."""

    id: int
    call: int
    department: str
    region: int
    withdrawn: bool
    version: int
    at: int
    actor: str
    shown: str
    document: Mapping[str, str]


class Text(NamedTuple):
    """One version of what a proposal says."""

    proposal: int
    number: int
    document: Mapping[str, str]
    at: int
    actor: str
    shown: str


class Score(NamedTuple):
    """What an expert says of a proposal; the last of several rows holds."""

    proposal: int
    expert: str
    number: int
    scores: Mapping[str, float]
    aside: bool
    comment: str
    at: int
    actor: str
    shown: str


class Decision(NamedTuple):
    """What was decided on a proposal; the last of several rows holds."""

    proposal: int
    number: int
    outcome: str
    reason: str
    rank: int | None
    score: float | None
    at: int
    actor: str
    shown: str


_JSON = frozenset({"departments", "criteria", "document", "scores"})


class CollectionStore:
    """Reads and writes calls and what is said to them, on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def transaction(self) -> AbstractContextManager[Connection]:
        """A transaction that writes; the methods that change something take it."""
        return engines.transaction(self.engine)

    # ---- reading

    def calls(
        self, states: Collection[str] | None = None, ids: Collection[int] | None = None,
        connection: Connection | None = None,
    ) -> list[Call]:  # fmt: skip
        """Calls, the newest first; None asks for all."""
        c = tables.calls.c
        wanted = sa.select(tables.calls).order_by(c.id.desc())
        if states is not None:
            wanted = wanted.where(c.state.in_(sorted(states)))
        if ids is not None:
            wanted = wanted.where(c.id.in_(sorted(ids)))
        return [
            call._replace(departments=tuple(call.departments))
            for row in self.rows(wanted, connection)
            for call in [Call(**row)]
        ]

    def call(self, number: int, connection: Connection | None = None) -> Call | None:
        """One call."""
        return next(iter(self.calls(ids=[number], connection=connection)), None)

    def steps(self, call: int) -> list[CallStep]:
        """What happened to a call, in its order."""
        s = tables.call_steps.c
        wanted = sa.select(tables.call_steps).where(s.call == call).order_by(s.number)
        return [CallStep(**row) for row in self.rows(wanted, None)]

    def proposals(
        self, calls: Collection[int] | None = None, ids: Collection[int] | None = None,
        connection: Connection | None = None,
    ) -> list[Proposal]:  # fmt: skip
        """Proposals with the text that holds, in the order in which they came."""
        p, t = tables.proposals.c, tables.call_texts.c
        last = (
            sa.select(t.proposal, sa.func.max(t.number).label("number")).group_by(t.proposal).subquery("last")
        )
        wanted = (
            sa.select(tables.proposals, t.document)
            .join(last, last.c.proposal == p.id)
            .join(tables.call_texts, (t.proposal == p.id) & (t.number == last.c.number))
            .order_by(p.id)
        )
        if calls is not None:
            wanted = wanted.where(p.call.in_(sorted(calls)))
        if ids is not None:
            wanted = wanted.where(p.id.in_(sorted(ids)))
        return [Proposal(**row) for row in self.rows(wanted, connection)]

    def proposal(self, number: int, connection: Connection | None = None) -> Proposal | None:
        """One proposal."""
        return next(iter(self.proposals(ids=[number], connection=connection)), None)

    def texts(self, proposal: int) -> list[Text]:
        """Every version of what a proposal says, the first one first."""
        t = tables.call_texts.c
        wanted = sa.select(tables.call_texts).where(t.proposal == proposal).order_by(t.number)
        return [Text(**row) for row in self.rows(wanted, None)]

    def scores(self, proposals: Collection[int], connection: Connection | None = None) -> list[Score]:
        """What holds of each expert's scores."""
        s = tables.call_scores.c
        wanted = (
            sa.select(tables.call_scores)
            .where(s.proposal.in_(sorted(proposals)))
            .order_by(s.proposal, s.expert, s.number)
        )
        rows = [Score(**row) for row in self.rows(wanted, connection)]
        return list({(row.proposal, row.expert): row for row in rows}.values())

    def decisions(self, proposals: Collection[int], connection: Connection | None = None) -> list[Decision]:
        """Every decision on some proposals, in their order."""
        d = tables.call_decisions.c
        wanted = (
            sa.select(tables.call_decisions)
            .where(d.proposal.in_(sorted(proposals)))
            .order_by(d.proposal, d.number)
        )
        return [Decision(**row) for row in self.rows(wanted, connection)]

    def drafts(self, origins: Collection[str]) -> dict[str, int]:
        """The drafts that came of some origins."""
        d = tables.drafts.c
        wanted = sa.select(d.origin, d.draft).where(d.origin.in_(sorted(origins)))
        return {row["origin"]: row["draft"] for row in self.rows(wanted, None)}

    def any(self) -> bool:
        """Whether there is a call or a review at all."""
        with self.engine.connect() as connection:
            return any(
                connection.execute(sa.select(table.c.id).limit(1)).first() is not None
                for table in (tables.calls, tables.reviews)
            )

    # ---- writing: calls

    def announce(self, connection: Connection, call: Call, text: str = "") -> int:
        """Enter a call with its first step; its number."""
        values = values_of(call)
        del values["id"]
        number = inserted(connection, tables.calls, values)
        step = CallStep(number, 1, "announce", call.state, call.at, call.actor, call.shown, text, call.due_on)
        connection.execute(sa.insert(tables.call_steps).values(values_of(step)))
        self.said(
            connection, step, "call.announce", f"call {number}", {"title": call.title, "due": call.due_on}
        )
        return number

    def step(self, connection: Connection, before: Call, step: CallStep, **changes: object) -> bool:
        """Add a step and move the head; False, and nothing written, where the head is not `before` any more."""
        c = tables.calls.c
        moved = connection.execute(
            sa.update(tables.calls)
            .where(c.id == before.id, c.version == before.version)
            .values(version=step.number, state=step.state, **changes)
        )
        if not moved.rowcount:
            return False
        connection.execute(sa.insert(tables.call_steps).values(values_of(step)))
        detail = {"state": step.state, "text": step.text, **changes}
        self.said(connection, step, f"call.{step.act}", f"call {before.id}", detail)
        return True

    # ---- writing: proposals, scores, decisions

    def propose(self, connection: Connection, proposal: Proposal) -> int:
        """Enter a proposal with its first text; its number."""
        values = values_of(proposal)
        document = values.pop("document")
        del values["id"]
        number = inserted(connection, tables.proposals, values)
        self._text(connection, number, 1, document, proposal)
        self.said(connection, proposal, "call.propose", f"proposal {number}", {"call": proposal.call})
        return number

    def rewrite(
        self, connection: Connection, before: Proposal, document: Mapping[str, str], said: Said
    ) -> bool:
        """Put a new text beside the old ones; False where somebody else did so since `before` was read."""
        if not self._advance(connection, before, {}):
            return False
        self._text(connection, before.id, before.version + 1, orjson.dumps(document).decode(), said)
        self.said(connection, said, "call.rewrite", f"proposal {before.id}", {"version": before.version + 1})
        return True

    def withdraw(self, connection: Connection, before: Proposal, withdrawn: bool, said: Said) -> bool:
        """Take a proposal back, or hand it in again; False where it was changed since `before` was read."""
        if not self._advance(connection, before, {"withdrawn": withdrawn}):
            return False
        act = "call.take_back" if withdrawn else "call.hand_in_again"
        self.said(connection, said, act, f"proposal {before.id}", {})
        return True

    def _advance(self, connection: Connection, before: Proposal, changes: Mapping[str, object]) -> bool:
        p = tables.proposals.c
        moved = connection.execute(
            sa.update(tables.proposals)
            .where(p.id == before.id, p.version == before.version)
            .values(version=before.version + 1, **changes)
        )
        return bool(moved.rowcount)

    def _text(self, connection: Connection, proposal: int, number: int, document: str, said: Any) -> None:
        values = {"proposal": proposal, "number": number, "document": document, **_said(said)}
        connection.execute(sa.insert(tables.call_texts).values(values))

    def score(self, connection: Connection, score: Score) -> None:
        """Write down what an expert says; it holds from now on, and what was said before stays."""
        s = tables.call_scores.c
        asked = sa.select(sa.func.max(s.number)).where(s.proposal == score.proposal, s.expert == score.expert)
        number = int(connection.execute(asked).scalar() or 0) + 1
        connection.execute(sa.insert(tables.call_scores).values(values_of(score._replace(number=number))))
        self.said(connection, score, "call.score", f"proposal {score.proposal}", {"aside": score.aside})

    def decide(self, connection: Connection, decision: Decision) -> None:
        """Write down a decision; an earlier one stays."""
        d = tables.call_decisions.c
        asked = sa.select(sa.func.max(d.number)).where(d.proposal == decision.proposal)
        number = int(connection.execute(asked).scalar() or 0) + 1
        connection.execute(
            sa.insert(tables.call_decisions).values(values_of(decision._replace(number=number)))
        )
        detail = {"outcome": decision.outcome, "reason": decision.reason}
        self.said(connection, decision, "call.decide", f"proposal {decision.proposal}", detail)

    def drafted(self, connection: Connection, origin: str, draft: int, said: Said) -> bool:
        """Note which draft came of something; False where one came of it before."""
        known = connection.execute(sa.select(tables.drafts.c.draft).where(tables.drafts.c.origin == origin))
        if known.first() is not None:
            return False
        values = {"origin": origin, "draft": draft, **_said(said)}
        connection.execute(sa.insert(tables.drafts).values(values))
        self.said(connection, said, "collection.draft", origin, {"draft": draft})
        return True

    # ---- below

    def said(
        self, connection: Connection, said: Any, act: str, subject: str, detail: Mapping[str, object]
    ) -> None:
        """The audit row and the counter of something that was said."""
        kept = {name: value for name, value in detail.items() if value not in ("", None)}
        record(connection, at=said.at, actor=said.actor, act=act, subject=subject, detail=kept)
        engines.raise_counter(connection, versions, COUNTER)

    def rows(self, wanted: sa.Select[Any], connection: Connection | None) -> Iterator[dict[str, Any]]:
        with self._reading(connection) as reading:
            return map(_read, reading.execute(wanted).all())

    @contextmanager
    def _reading(self, connection: Connection | None) -> Iterator[Connection]:
        if connection is not None:
            yield connection
            return
        with self.engine.connect() as own:
            yield own


def _read(row: Any) -> dict[str, Any]:
    return {name: orjson.loads(value) if name in _JSON else value for name, value in row._mapping.items()}


def values_of(given: Any) -> dict[str, Any]:
    """The columns of a row, lists and mappings as JSON."""
    return {
        name: orjson.dumps(value).decode() if name in _JSON else value
        for name, value in given._asdict().items()
    }


def _said(given: Any) -> dict[str, Any]:
    return {"at": given.at, "actor": given.actor, "shown": given.shown}


def inserted(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    key = connection.execute(sa.insert(table).values(values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def many(connection: Connection, table: Table, rows: Iterable[Any]) -> None:
    """Add rows that carry their own keys, as a sample brings them."""
    values: Sequence[dict[str, Any]] = [values_of(row) for row in rows]
    if values:
        connection.execute(sa.insert(table), values)
