"""Drafts of definitions: what is proposed, every revision of it, every step that people took with it.

A revision and a step are written once and stay. The head tells where a draft stands; it is moved only on top of the
revision or step that whoever acts has seen, in one transaction with the row of the audit log.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Connection, Engine, Index, Integer, String, Table, Text

from data_access import engine as engines
from data_access.accounts import record
from data_access.definitions import read_document
from data_access.schema import metadata, versions

COUNTER = "drafts"
"""The name in `versions` of the counter that rises with every step of a draft; saving a revision is no step."""

drafts = Table(
    "definition_drafts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("code", Text, nullable=False, comment="as it stands in the text; empty while nothing is typed"),
    Column("purpose", String(8), nullable=False, comment="change or retire"),
    Column("state", String(12), nullable=False),
    Column("revision", Integer, nullable=False, comment="of the text; rises with every saving"),
    Column("steps", Integer, nullable=False, comment="how many steps were taken"),
    Column("document", Text, nullable=False, comment="the newest text, as JSON in ASCII"),
    Column(
        "base", Text, nullable=False, comment="the published text that it began from, as JSON; null: none"
    ),
    Column("base_row", Integer, nullable=False, comment="its row in the registry; 0: none"),
    Column(
        "origin", Text, nullable=False, comment="where it came from: file:7, rule:3, call:2; empty: typed"
    ),
    Column("author", String(32), nullable=False, comment="the account that opened it"),
    Column("author_shown", String(64), nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("editor", String(32), nullable=False, comment="the account that saved it last"),
    Column("editor_shown", String(64), nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    Column("wish", Text, nullable=False, comment="what the author said at submission, as JSON"),
    Column("reviewer", String(32), nullable=False),
    Column("publisher", String(32), nullable=False),
    Column("valid_from", String(10), nullable=False, comment="the day set at publication"),
    Column("registry_row", Integer, nullable=False, comment="what publication wrote; 0: nothing yet"),
    Column(
        "ended",
        Text,
        nullable=False,
        comment="rows of the registry that it ended, with their last day before",
    ),
    Column("applied", Boolean, nullable=False, comment="targets and curves: whether they hold by now"),
    Column("moved_at", BigInteger, nullable=False, comment="when the last step was taken"),
    Index("ix_definition_drafts_state", "state"),
    Index("ix_definition_drafts_code", "kind", "code"),
    comment="one row for each change of a definition on its way",
)

revisions = Table(
    "definition_draft_revisions",
    metadata,
    Column("draft", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(32), nullable=False, comment="the account"),
    Column("name", String(64), nullable=False, comment="what is typed at its sign-in"),
    Column("shown", String(64), nullable=False),
    Column("note", Text, nullable=False),
    comment="every text that was saved",
)

steps = Table(
    "definition_draft_steps",
    metadata,
    Column("draft", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("act", String(12), nullable=False),
    Column("state", String(12), nullable=False, comment="after it"),
    Column("revision", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(32), nullable=False, comment="the account"),
    Column("name", String(64), nullable=False, comment="what is typed at its sign-in"),
    Column("shown", String(64), nullable=False),
    Column("text", Text, nullable=False, comment="the reason that was given"),
    Column("frozen", Text, nullable=False, comment="what was seen at submission, as JSON; null: nothing"),
    comment="what people did with drafts",
)


class Draft(NamedTuple):
    """The head of a draft; the fields are the columns of `definition_drafts`."""

    id: int
    kind: str
    code: str
    purpose: str
    state: str
    revision: int
    steps: int
    document: dict[str, Any]
    base: dict[str, Any] | None
    base_row: int
    origin: str
    author: str
    author_shown: str
    opened_at: int
    editor: str
    editor_shown: str
    saved_at: int
    wish: dict[str, Any]
    reviewer: str
    publisher: str
    valid_from: str
    registry_row: int
    ended: dict[str, Any]
    applied: bool
    moved_at: int


class Revision(NamedTuple):
    """One text that was saved."""

    draft: int
    revision: int
    document: dict[str, Any]
    at: int
    actor: str
    name: str
    shown: str
    note: str


class Step(NamedTuple):
    """One thing that somebody did with a draft."""

    draft: int
    number: int
    act: str
    state: str
    revision: int
    at: int
    actor: str
    name: str
    shown: str
    text: str = ""
    frozen: Any = None


_JSON = ("document", "base", "wish", "ended", "frozen")


class DraftStore:
    """Reads and writes drafts on one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self) -> AbstractContextManager[Connection]:
        """A transaction for writes that belong together."""
        return engines.transaction(self._engine)

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection for several questions."""
        return self._engine.connect()

    # ---- reading

    def all(
        self,
        *,
        ids: Iterable[int] | None = None,
        states: Collection[str] | None = None,
        kind: str | None = None,
        code: str | None = None,
        connection: Connection | None = None,
    ) -> list[Draft]:
        """Drafts, the one that was moved last first; None asks for all."""
        c = drafts.c
        wanted = sa.select(drafts).order_by(c.moved_at.desc(), c.id.desc())
        if ids is not None:
            wanted = wanted.where(c.id.in_(sorted(set(ids))))
        if states is not None:
            wanted = wanted.where(c.state.in_(sorted(states)))
        if kind is not None:
            wanted = wanted.where(c.kind == kind)
        if code is not None:
            wanted = wanted.where(c.code == code)
        return [_draft(row) for row in self._read(wanted, connection)]

    def get(self, number: int, connection: Connection | None = None) -> Draft | None:
        """One draft."""
        return next(iter(self.all(ids=[number], connection=connection)), None)

    def revisions(self, number: int, since: int = 0, connection: Connection | None = None) -> list[Revision]:
        """The texts of a draft after a revision, oldest first."""
        c = revisions.c
        wanted = sa.select(revisions).where(c.draft == number, c.revision > since).order_by(c.revision)
        return [
            Revision(**{**row._mapping, "document": _loaded(row.document)})
            for row in self._read(wanted, connection)
        ]

    def steps(self, number: int, connection: Connection | None = None) -> list[Step]:
        """What was done with a draft, oldest first."""
        wanted = sa.select(steps).where(steps.c.draft == number).order_by(steps.c.number)
        return [
            Step(**{**row._mapping, "frozen": json.loads(row.frozen)})
            for row in self._read(wanted, connection)
        ]

    def authors(
        self, numbers: Collection[int], connection: Connection | None = None
    ) -> dict[int, frozenset[str]]:
        """The accounts that saved a text of each draft."""
        c = revisions.c
        wanted = sa.select(c.draft, c.actor).where(c.draft.in_(sorted(set(numbers)))).distinct()
        found: dict[int, set[str]] = {}
        for row in self._read(wanted, connection):
            found.setdefault(row.draft, set()).add(row.actor)
        return {number: frozenset(found.get(number, ())) for number in numbers}

    def _read(self, wanted: Any, connection: Connection | None) -> list[Any]:
        if connection is not None:
            return list(connection.execute(wanted))
        with self._engine.connect() as own:
            return list(own.execute(wanted))

    # ---- writing

    def open(self, draft: Draft, step: Step, connection: Connection) -> int:
        """Enter a draft with its first revision and its first step; its number."""
        values = draft._asdict() | {
            name: _dumped(getattr(draft, name)) for name in _JSON if hasattr(draft, name)
        }
        del values["id"]
        made = connection.execute(sa.insert(drafts).values(**values).returning(drafts.c.id))
        number = int(made.scalar_one())
        self._revise(
            connection, Revision(number, 1, draft.document, step.at, step.actor, step.name, step.shown, "")
        )
        self._step(connection, step._replace(draft=number, number=1))
        detail = {"kind": draft.kind, "code": draft.code, "origin": draft.origin, "purpose": draft.purpose}
        self._told(connection, step, number, detail)
        return number

    def save(self, revision: Revision, code: str, connection: Connection) -> bool:
        """Put a text in the place of the one that its author has seen, `revision.revision - 1`; False where it is gone."""
        c = drafts.c
        moved = connection.execute(
            sa.update(drafts)
            .where(c.id == revision.draft, c.revision == revision.revision - 1)
            .values(
                revision=revision.revision, document=_dumped(revision.document), code=code, editor=revision.actor,
                editor_shown=revision.shown, saved_at=revision.at,
            )
        )  # fmt: skip
        if not moved.rowcount:
            return False
        self._revise(connection, revision)
        record(
            connection, at=revision.at, actor=revision.name, act="definition.save",
            subject=f"draft {revision.draft}", detail={"revision": revision.revision, "code": code},
        )  # fmt: skip
        return True

    def step(self, before: Draft, step: Step, connection: Connection, **changes: object) -> bool:
        """Add a step and move the head; False, and nothing written, where the head is not `before` any more."""
        c = drafts.c
        values = {name: _dumped(value) if name in _JSON else value for name, value in changes.items()}
        moved = connection.execute(
            sa.update(drafts)
            .where(c.id == before.id, c.steps == before.steps, c.revision == before.revision)
            .values(state=step.state, steps=step.number, moved_at=step.at, **values)
        )
        if not moved.rowcount:
            return False
        self._step(connection, step)
        detail: dict[str, object] = {"code": before.code, "state": step.state, "revision": step.revision}
        detail |= {"reason": step.text} if step.text else {}
        detail |= {name: value for name, value in changes.items() if name in ("valid_from", "registry_row")}
        self._told(connection, step, before.id, detail)
        return True

    def rebase(self, before: Draft, base: Mapping[str, Any], base_row: int, connection: Connection) -> None:
        """Let a draft begin from a newer published text; its own text follows as a revision."""
        values = {"base": _dumped(base), "base_row": base_row}
        connection.execute(sa.update(drafts).where(drafts.c.id == before.id).values(**values))

    def apply(self, number: int, at: int, connection: Connection) -> None:
        """Remember that what a draft published holds by now."""
        connection.execute(sa.update(drafts).where(drafts.c.id == number).values(applied=True))
        record(connection, at=at, actor="system", act="definition.apply", subject=f"draft {number}")
        engines.raise_counter(connection, versions, COUNTER)

    # ---- below

    def _revise(self, connection: Connection, revision: Revision) -> None:
        values = revision._asdict() | {"document": _dumped(revision.document)}
        connection.execute(sa.insert(revisions).values(**values))

    def _step(self, connection: Connection, step: Step) -> None:
        connection.execute(sa.insert(steps).values(**(step._asdict() | {"frozen": _dumped(step.frozen)})))

    def _told(self, connection: Connection, step: Step, number: int, detail: Mapping[str, object]) -> None:
        record(
            connection, at=step.at, actor=step.name, act=f"definition.{step.act}", subject=f"draft {number}",
            detail=detail,
        )  # fmt: skip
        engines.raise_counter(connection, versions, COUNTER)


def _draft(row: Any) -> Draft:
    values = dict(row._mapping)
    values |= {"document": _loaded(row.document), "base": _loaded(row.base)}
    return Draft(**values | {"wish": json.loads(row.wish), "ended": json.loads(row.ended)})


def _dumped(value: object) -> str:
    """JSON in ASCII: any text that can be typed comes back as it was, on every engine."""
    return json.dumps(value)


def _loaded(text: str) -> Any:
    found = json.loads(text)
    return read_document(found) if isinstance(found, dict) else found
