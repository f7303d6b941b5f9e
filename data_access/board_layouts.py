"""Layouts that editors make: published versions of each board and level, and the drafts on the way there.

What stands in a layout is a document of sections and their entries; what it means is decided by services/layouts.
A published version is never changed; the newest is in force. A draft belongs to one editor and counts its revisions,
so that nobody writes over what they have not seen.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)

from data_access.accounts import record
from data_access.engine import raise_counter, transaction, upsert
from data_access.schema import metadata, versions
from indicators.errors import N_, CockpitError, Issue

COUNTER = "layouts"
"""The name in `versions` of the counter that rises with every published layout."""

Document = Mapping[str, Any]

board_layouts = Table(
    "board_layouts",
    metadata,
    Column("board", String(32), primary_key=True),
    Column("level", String(16), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False, comment="sections and their entries; empty: as the pack has it"),
    Column("note", Text, nullable=False),
    Column("author", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    comment="published layouts; the newest version of a board and level is in force",
)

board_drafts = Table(
    "board_drafts",
    metadata,
    Column("board", String(32), primary_key=True),
    Column("level", String(16), primary_key=True),
    Column("owner", String(64), primary_key=True, comment="the editor whose draft it is"),
    Column("revision", Integer, nullable=False, comment="rises with every change, also with an undo"),
    Column("content", Text, nullable=False),
    Column("before", Text, nullable=False, comment="what the draft was before each change, oldest first"),
    Column(
        "base", Integer, nullable=False, comment="the published version that it began from; 0: the pack's"
    ),
    Column("author", String(64), nullable=False, comment="who changed it last"),
    Column("at", BigInteger, nullable=False),
)


@dataclass(frozen=True)
class Where:
    """The layout of one board at one level."""

    board: str
    level: str

    def __str__(self) -> str:
        return f"{self.board}/{self.level}"


@dataclass(frozen=True)
class Version:
    """A published layout; ``content`` is empty where the pack's own is in force again."""

    number: int
    content: Document
    note: str
    author: str
    at: int


@dataclass(frozen=True)
class Draft:
    """A layout on which somebody works.

    before  what it was before each change, oldest first: the way back
    base    the published version that it began from
    author  who changed it last
    """

    owner: str
    revision: int
    content: Document
    before: tuple[Document, ...]
    base: int
    author: str
    at: int


class LayoutStore:
    """Reads and writes layouts; every writing method leaves an entry in the audit log."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def version(self) -> int:
        """Rises with every published layout."""
        with self._engine.connect() as connection:
            found = connection.execute(select(versions.c.value).where(versions.c.name == COUNTER)).scalar()
        return int(found or 0)

    def in_force(self) -> dict[Where, Version]:
        """The newest published layout of each board and level."""
        ordered = select(board_layouts).order_by(board_layouts.c.version)
        with self._engine.connect() as connection:
            return {Where(row.board, row.level): _version(row) for row in connection.execute(ordered)}

    def versions(self, where: Where) -> tuple[Version, ...]:
        """Every published layout of a board and level, newest first."""
        t = board_layouts
        wanted = select(t).where(t.c.board == where.board, t.c.level == where.level)
        with self._engine.connect() as connection:
            return tuple(_version(row) for row in connection.execute(wanted.order_by(t.c.version.desc())))

    def drafts(self, where: Where) -> tuple[Draft, ...]:
        """Every draft of a board and level, the one changed last first."""
        t = board_drafts
        wanted = select(t).where(t.c.board == where.board, t.c.level == where.level)
        with self._engine.connect() as connection:
            return tuple(_draft(row) for row in connection.execute(wanted.order_by(t.c.at.desc())))

    def save(self, where: Where, draft: Draft, seen: int) -> None:
        """Put a draft in the place of the revision that its author has seen.

        seen    that revision; 0: there was none
        raises  CockpitError ``draft_changed`` where somebody has changed it since
        """
        with transaction(self._engine) as connection:
            _require_unchanged(connection, where, draft.owner, seen)
            before = json.dumps(draft.before, ensure_ascii=False)
            content = json.dumps(draft.content, ensure_ascii=False)
            upsert(
                connection,
                board_drafts,
                [(where.board, where.level, draft.owner, draft.revision, content, before, draft.base,
                  draft.author, draft.at)],
            )  # fmt: skip
            record(
                connection, at=draft.at, actor=draft.author, act="layout.draft", subject=str(where),
                detail={"owner": draft.owner, "revision": draft.revision},
            )  # fmt: skip

    def discard(self, where: Where, owner: str, seen: int, *, at: int, actor: str) -> None:
        """Drop a draft in the revision that was seen."""
        with transaction(self._engine) as connection:
            _require_unchanged(connection, where, owner, seen)
            _drop(connection, where, owner)
            record(
                connection,
                at=at,
                actor=actor,
                act="layout.discard",
                subject=str(where),
                detail={"owner": owner},
            )

    def publish(self, where: Where, draft: Draft, seen: int, *, note: str, at: int, actor: str) -> int:
        """Put a draft in force as the next version; the draft is done with.

        raises  CockpitError ``draft_changed``, or ``layout_published`` where a version came after the draft began
        """
        t = board_layouts
        with transaction(self._engine) as connection:
            _require_unchanged(connection, where, draft.owner, seen)
            newest = connection.execute(
                select(t)
                .where(t.c.board == where.board, t.c.level == where.level)
                .order_by(t.c.version.desc())
                .limit(1)
            ).first()
            last = newest.version if newest else 0
            if newest is not None and last != draft.base:
                raise CockpitError(
                    Issue(
                        "layout_published",
                        N_("{author} 已发布第 {number} 版，您的草稿是在它之前开始的。"),
                        N_("请先看过新的一版，再决定发布哪一个。"),
                        params={"author": newest.author, "number": last},
                    )
                )
            content = json.dumps(draft.content, ensure_ascii=False)
            connection.execute(
                insert(t).values(
                    board=where.board, level=where.level, version=last + 1, content=content, note=note,
                    author=actor, at=at,
                )
            )  # fmt: skip
            _drop(connection, where, draft.owner)
            raise_counter(connection, versions, COUNTER)
            record(
                connection, at=at, actor=actor, act="layout.publish", subject=str(where),
                detail={"version": last + 1, "note": note},
            )  # fmt: skip
        return int(last + 1)


def _require_unchanged(connection: Connection, where: Where, owner: str, seen: int) -> None:
    t = board_drafts
    wanted = select(t.c.revision, t.c.author).where(
        t.c.board == where.board, t.c.level == where.level, t.c.owner == owner
    )
    found = connection.execute(wanted).first()
    if (found.revision if found else 0) == seen:
        return
    raise CockpitError(
        Issue(
            "draft_changed",
            N_("这份草稿刚被 {author} 改过，您这一步没有保存。"),
            N_("现在显示的是最新的草稿；请看过之后再改。"),
            params={"author": found.author if found else owner},
        )
    )


def _drop(connection: Connection, where: Where, owner: str) -> None:
    t = board_drafts
    connection.execute(
        delete(t).where(t.c.board == where.board, t.c.level == where.level, t.c.owner == owner)
    )


def _version(row: Any) -> Version:
    return Version(row.version, json.loads(row.content), row.note, row.author, row.at)


def _draft(row: Any) -> Draft:
    return Draft(
        row.owner,
        row.revision,
        json.loads(row.content),
        tuple(json.loads(row.before)),
        row.base,
        row.author,
        row.at,
    )
