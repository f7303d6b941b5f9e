"""What a decision writes to the registry: a new version from a day on, an end, and the way back before that day.

Figures have versions by day: a new one ends the one before it on the day before. Definitions of other kinds (targets,
curves, systems, identities) hold one text at a time: the new one takes the place of the old one on its day, which
`take_effect` brings about. Rows are never deleted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from data_access.definitions import (
    ADOPTED,
    PROPOSED,
    PUBLISHED,
    WITHDRAWN,
    definitions,
    read_document,
    row_of,
)
from data_access.engine import raise_counter
from data_access.schema import versions
from indicators.catalog.reading import MEASURED, Entry, Kind

SCHEDULED, ENDED = "scheduled", "ended"
"""Further states of a row: waits for its day; another text took its place."""

Ended = Mapping[str, str | None]
"""Rows that a publication ended, by number, with the last day that they had before."""


@dataclass(frozen=True)
class Version:
    """One published text of a definition.

    draft  the draft that it was; None for what files brought
    """

    row: int
    entry: Entry
    version: int
    valid_from: date | None
    valid_to: date | None
    state: str
    draft: int | None
    known_at: int


def all_versions(connection: Connection, kind: Kind, code: str) -> list[Version]:
    """Every text of a definition that was ever published, oldest first; withdrawn ones too."""
    c = definitions.c
    kinds = [one.value for one in MEASURED] if kind in MEASURED else [kind.value]
    states = (PUBLISHED, WITHDRAWN, SCHEDULED, ENDED)
    wanted = select(definitions).where(c.kind.in_(kinds), c.code == code, c.state.in_(states)).order_by(c.id)
    return [_version(row) for row in connection.execute(wanted)]


def publish(
    connection: Connection, entry: Entry, day: date, *, draft: int, at: int, today: date
) -> tuple[int, dict[str, str | None]]:
    """A new version from a day on; its row, and the rows that it ended.

    today  decides whether a kind without versions by day takes effect at once
    """
    known = all_versions(connection, entry.kind, entry.code)
    before = [one for one in known if one.state in (PUBLISHED, SCHEDULED)]
    number = max((one.version for one in known), default=0) + 1
    if entry.kind in MEASURED:
        document = {**entry.document, "version": number, "valid_from": day.isoformat()}
        document.pop("valid_to", None)
        row = _insert(connection, replace(entry, document=document), PUBLISHED, draft, at)
        ended = _end(connection, before, day)
    else:
        now = day <= today
        row = _insert(connection, entry, PUBLISHED if now else SCHEDULED, draft, at, number, day)
        ended = _replace(connection, before) if now else {}
    raise_counter(connection, versions, "registry")
    return row, ended


def retire(
    connection: Connection, kind: Kind, code: str, day: date, successor: str = ""
) -> dict[str, str | None]:
    """End a figure: its last day is the one before, and it names what takes its place; gives the rows that ended."""
    before = [one for one in all_versions(connection, kind, code) if one.state == PUBLISHED]
    ended = _end(connection, before, day, successor)
    raise_counter(connection, versions, "registry")
    return ended


def take_effect(connection: Connection, row: int) -> dict[str, str | None]:
    """Put a text that waited for its day in the place of the one before."""
    found = connection.execute(select(definitions).where(definitions.c.id == row)).one()
    before = [
        one
        for one in all_versions(connection, Kind(found.kind), found.code)
        if one.state == PUBLISHED and one.row != row
    ]
    ended = _replace(connection, before)
    connection.execute(update(definitions).where(definitions.c.id == row).values(state=PUBLISHED))
    raise_counter(connection, versions, "registry")
    return ended


def take_back(connection: Connection, row: int, ended: Ended) -> None:
    """Undo a publication before its day: its row is withdrawn, and what it ended holds on as before."""
    if row:
        connection.execute(update(definitions).where(definitions.c.id == row).values(state=WITHDRAWN))
    for number, valid_to in ended.items():
        _last_day(connection, int(number), valid_to, None if row else "")
    raise_counter(connection, versions, "registry")


def note_adopted(connection: Connection, proposal: int) -> None:
    """A proposal of a file was published by way of a draft: it waits no longer, and is not proposed again."""
    connection.execute(
        update(definitions)
        .where(definitions.c.id == proposal, definitions.c.state == PROPOSED)
        .values(state=ADOPTED)
    )


def _insert(
    connection: Connection, entry: Entry, state: str, draft: int, at: int, number: int | None = None, day: date | None = None
) -> int:  # fmt: skip
    values = row_of(entry, state, at) | {"draft": draft}
    if number is not None:
        values |= {"version": number, "valid_from": None if day is None else day.isoformat()}
    made = connection.execute(definitions.insert().values(**values).returning(definitions.c.id))
    return int(made.scalar_one())


def _end(
    connection: Connection, before: list[Version], day: date, successor: str | None = None
) -> dict[str, str | None]:
    """End every version that would still be in force on a day."""
    last = day - timedelta(days=1)
    ended: dict[str, str | None] = {}
    for one in before:
        if one.valid_to is None or one.valid_to > last:
            ended[str(one.row)] = None if one.valid_to is None else one.valid_to.isoformat()
            _last_day(connection, one.row, last.isoformat(), successor)
    return ended


def _replace(connection: Connection, before: list[Version]) -> dict[str, str | None]:
    """Take the text before out of force, for kinds that hold one text at a time."""
    numbers = [one.row for one in before if one.state == PUBLISHED]
    connection.execute(update(definitions).where(definitions.c.id.in_(numbers)).values(state=ENDED))
    return {}


def _last_day(connection: Connection, row: int, valid_to: str | None, successor: str | None = None) -> None:
    """Give a version its last day; and what takes its place, where that is said: an empty text takes it out."""
    found = connection.execute(select(definitions.c.document).where(definitions.c.id == row)).scalar_one()
    document = json.loads(found)
    if successor:
        document["successor"] = successor
    elif successor is not None:
        document.pop("successor", None)
    if valid_to is None:
        document.pop("valid_to", None)
    else:
        document["valid_to"] = valid_to
    text = json.dumps(document, ensure_ascii=False)
    connection.execute(
        update(definitions).where(definitions.c.id == row).values(valid_to=valid_to, document=text)
    )


def _version(row: Any) -> Version:
    entry = Entry(Kind(row.kind), row.code, read_document(json.loads(row.document)), row.origin, row.place)
    return Version(
        row.id,
        entry,
        row.version,
        _day(row.valid_from),
        _day(row.valid_to),
        row.state,
        row.draft,
        row.known_at,
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
