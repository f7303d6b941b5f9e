"""Definitions where they live: files of the library and the packs, and the registry of the store with its versions."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path as File
from typing import Any, cast

import yaml
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    String,
    Table,
    Text,
    select,
    update,
)

import indicators
from data_access.engine import raise_counter, transaction, within
from data_access.schema import metadata, versions
from indicators.catalog import Entry, Kind, Source
from indicators.catalog.reading import Path
from indicators.errors import N_, CockpitError, Issue

LIBRARY = File(indicators.__file__).parent / "library"
"""The indicators that every deployment begins with."""

CASES = "cases"
"""Beside rules: the folder of their worked cases, which hold no definitions."""

MOST_BYTES = 4 * 2**20
"""A larger file is no file of definitions."""

MOST_NESTED = 100
"""Open brackets, or signs of indentation before a line, beyond which a file is refused unread."""

EFFECTIVE = "effective"
"""Beside the counters: the newest day, as its ordinal, of which it was noted what begins and ends with it."""

PUBLISHED, PROPOSED, DECLINED, REPLACED = "published", "proposed", "declined", "replaced"
ADOPTED, WITHDRAWN = "adopted", "withdrawn"
"""The states of a row: in the registry; waiting for a decision; turned down; overtaken by another proposal; published
by way of a draft; taken back before its day."""

definitions = Table(
    "definitions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("valid_from", String(10)),
    Column("valid_to", String(10)),
    Column("origin", String(40), nullable=False),
    Column("state", String(12), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("place", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("known_at", BigInteger, nullable=False),
    Column("draft", Integer, comment="of what people publish: the draft that it was"),
    Index("ix_definitions_state", "state"),
    Index("ix_definitions_code", "kind", "code"),
    comment="every version of every definition; a row is never edited but in its state and its last day",
)

definition_files = Table(
    "definition_files",
    metadata,
    Column("name", Text, primary_key=True),
    Column("digest", String(64), nullable=False),
    comment="the files that the registry has already looked at, so that an unchanged one is not read again",
)


# -- files -------------------------------------------------------------------------------------------------


class _Loader(yaml.CSafeLoader):
    """Plain YAML without dates: a day stays the text that was written, in the file as in the store."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def parse(text: str, name: str, origin: str = "library") -> Source:
    """One file as a document with the line of every part; what is no YAML is told as issues."""
    if _too_deep(text):
        what, do = N_("内容嵌套过深"), N_("定义文件只需几层；核对括号和缩进。")
        return Source(name, None, origin, issues=(Issue("yaml_too_deep", what, do, f"{name}:1"),))
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        reader = _Reader(loader, name)
        document = None if node is None else reader.read(node, ())
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return Source(name, None, origin, issues=(_syntax(error, name),))
    finally:
        loader.dispose()
    return Source(name, document, origin, reader.lines, tuple(reader.issues))


def _too_deep(text: str) -> bool:
    """Whether brackets, dashes or indentation nest further than any definition; the parser's own stack has no limit."""
    depth = deepest = 0
    for sign in re.findall(r"[\[{\]}]", text):
        depth += 1 if sign in "[{" else -1
        deepest = max(deepest, depth)
    longest = max((match.end() - match.start() for match in re.finditer(r"(?m)^[ ?-]+", text)), default=0)
    return deepest > MOST_NESTED or longest > MOST_NESTED


def _syntax(error: Exception, name: str) -> Issue:
    mark = getattr(error, "problem_mark", None)
    return Issue(
        "yaml_syntax",
        N_("不是合格的 YAML：{reason}"),
        N_("核对缩进、引号和冒号后的空格。"),
        f"{name}:{mark.line + 1 if mark else 1}",
        params={"reason": getattr(error, "problem", None) or str(error)},
    )


_PLAIN_TAGS = ("tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")


class _Reader:
    """Turns the nodes of a YAML file into plain values and remembers their lines."""

    def __init__(self, loader: "_Loader", name: str) -> None:
        self.loader = loader
        self.name = name
        self.lines: dict[Path, int] = {}
        self.issues: list[Issue] = []
        self._seen: set[int] = set()

    def read(self, node: yaml.Node, path: Path) -> object:
        """The value of a node."""
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return cast(object, self.loader.construct_object(node))
        if id(node) in self._seen:
            self._note("yaml_alias", N_("不支持 YAML 的别名（* 与 &）"), N_("把内容写出来。"), path, node)
            return None
        self._seen.add(id(node))
        if node.tag not in _PLAIN_TAGS:
            raise yaml.constructor.ConstructorError(None, None, f"tag {node.tag}", node.start_mark)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, place)) for place, item in enumerate(node.value)]
        found: dict[object, object] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._note("yaml_key", N_("字段名必须是文字或数"), N_("改用简单的字段名。"), path, key_node)
                continue
            key = cast("str | int", self.loader.construct_object(key_node))
            here = (*path, key)
            if key in found:
                self._note(
                    "duplicate_field", N_("字段 {field} 写了两次"), N_("去掉其中一处。"), here, key_node
                )
            self.lines[here] = key_node.start_mark.line + 1
            found[key] = self.read(value_node, here)
        return found

    def _note(self, key: str, what: str, do: str, path: Path, node: yaml.Node) -> None:
        where = f"{self.name}:{node.start_mark.line + 1}"
        self.issues.append(Issue(key, what, do, where, params={"field": str(path[-1]) if path else ""}))


def read_files(files: Iterable[File], origin: str, base: File | None = None) -> list[Source]:
    """The files as sources, named relative to ``base`` where they lie in it."""
    return [
        read_file(
            file,
            str(file.relative_to(base)) if base is not None and file.is_relative_to(base) else str(file),
            origin,
        )
        for file in files
    ]


def read_file(file: File, name: str, origin: str) -> Source:
    """One file under a name; what keeps it from being read is told as an issue."""
    try:
        if file.stat().st_size > MOST_BYTES:
            return Source(
                name, None, origin, issues=(_unreadable("too_large", name, f"> {MOST_BYTES >> 20} MB"),)
            )
        return parse(file.read_text(encoding="utf-8-sig"), name, origin)
    except (OSError, UnicodeDecodeError) as error:
        return Source(name, None, origin, issues=(_unreadable("unreadable", name, str(error)),))


def _unreadable(key: str, name: str, reason: str) -> Issue:
    what, do = N_("读不了文件：{reason}"), N_("定义文件用 UTF-8 的 YAML，不超过 4 MB。")
    return Issue(f"file_{key}", what, do, f"{name}:1", params={"reason": reason})


def library_files(folder: File = LIBRARY) -> tuple[File, ...]:
    """The files of the library, the vocabulary first."""
    return tuple(sorted(folder.glob("*.yaml"), key=lambda file: (file.name != "vocabulary.yaml", file.name)))


def write(document: object) -> str:
    """A document as YAML text that reads back as the same document."""
    return yaml.dump(
        document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120, default_flow_style=None
    )


def write_line(value: object) -> str:
    """A value as YAML in one line that reads back as the same value."""
    text = yaml.dump(
        value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10**9, default_flow_style=True
    )
    return text.removesuffix("...\n").rstrip("\n")


class _Dumper(yaml.SafeDumper):
    """Plain YAML; texts that would read as something else are quoted."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  the name is PyYAML's
        """Values that occur twice are written twice."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """A text; one with signs that YAML takes for ends of lines is quoted, so that they come back."""
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


# -- the registry ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Proposal:
    """A change that a file asks for: what it would say, and what is in force."""

    id: int
    entry: Entry
    current: Entry | None
    known_at: int


class DefinitionStore:
    """The registry: what is published, and what files propose."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self) -> AbstractContextManager[Connection]:
        """A transaction for several writes that belong together."""
        return transaction(self._engine)

    def version(self) -> int:
        """The registry version: it rises whenever what is in force changes; 0 before the first definition."""
        with self._engine.connect() as connection:
            found = connection.execute(select(versions.c.value).where(versions.c.name == "registry")).scalar()
        return 0 if found is None else int(found)

    def published(self) -> list[Entry]:
        """Every published version of every definition, in the order in which they came."""
        with self._engine.connect() as connection:
            return [_entry(row) for row in connection.execute(_rows(PUBLISHED))]

    def take_effect(self, today: date, connection: Connection | None = None) -> tuple[str, ...]:
        """Note that a day has come; gives the codes of which a version begins, or has ended, since that was last noted.

        The registry version rises with them: what they mean has changed, though nobody published anything today.
        """
        with within(self._engine, connection) as inside:
            noted = inside.execute(select(versions.c.value).where(versions.c.name == EFFECTIVE)).scalar()
            if noted is not None and noted >= today.toordinal():
                return ()
            since = (date.fromordinal(noted) if noted else date.min).isoformat()
            begins = (definitions.c.valid_from > since) & (definitions.c.valid_from <= today.isoformat())
            ended = (definitions.c.valid_to >= since) & (definitions.c.valid_to < today.isoformat())
            published = select(definitions.c.code).where(definitions.c.state == PUBLISHED, begins | ended)
            codes = tuple(dict.fromkeys(inside.execute(published.order_by(definitions.c.code)).scalars()))
            if noted is None:
                inside.execute(versions.insert().values(name=EFFECTIVE, value=today.toordinal()))
            else:
                inside.execute(
                    update(versions).where(versions.c.name == EFFECTIVE).values(value=today.toordinal())
                )
            if codes:
                raise_counter(inside, versions, "registry")
            return codes

    def proposals(self) -> list[Proposal]:
        """What files propose and nobody has decided."""
        with self._engine.connect() as connection:
            waiting = connection.execute(_rows(PROPOSED)).all()
            current = {
                (e.kind, e.code): e for e in (_entry(row) for row in connection.execute(_rows(PUBLISHED)))
            }
        return [_proposal(row, current) for row in waiting]

    def seed(self, entries: Sequence[Entry], at: int, connection: Connection | None = None) -> int:
        """Fill an empty registry; gives the number of definitions, 0 when it is already filled."""
        with within(self._engine, connection) as inside:
            if inside.execute(select(definitions.c.id).limit(1)).first() is not None:
                return 0
            inside.execute(definitions.insert(), [row_of(entry, PUBLISHED, at) for entry in entries])
            raise_counter(inside, versions, "registry")
            return len(entries)

    def propose(self, entries: Sequence[Entry], at: int, connection: Connection | None = None) -> int:
        """Note what files say otherwise than the registry; nothing that is in force changes.

        What was published, proposed or declined before is not proposed again; a newer text for the same
        definition takes the place of the one that waits. Gives the number of new proposals.
        """
        with within(self._engine, connection) as inside:
            known = {
                (kind, code, digest)
                for kind, code, digest in inside.execute(
                    select(definitions.c.kind, definitions.c.code, definitions.c.digest).where(
                        definitions.c.state != REPLACED
                    )
                )
            }
            fresh = [
                entry for entry in entries if (entry.kind.value, entry.code, digest_of(entry)) not in known
            ]
            for entry in fresh:
                inside.execute(
                    update(definitions)
                    .where(definitions.c.kind == entry.kind.value, definitions.c.code == entry.code)
                    .where(definitions.c.state == PROPOSED)
                    .values(state=REPLACED)
                )
            if fresh:
                inside.execute(definitions.insert(), [row_of(entry, PROPOSED, at) for entry in fresh])
            return len(fresh)

    def decline(self, ids: Iterable[int], connection: Connection | None = None) -> int:
        """Turn proposals down: the same text is not proposed again."""
        with within(self._engine, connection) as inside:
            waiting = self._waiting(inside, ids)
            inside.execute(
                update(definitions)
                .where(definitions.c.id.in_([proposal.id for proposal in waiting]))
                .values(state=DECLINED)
            )
            return len(waiting)

    def _waiting(self, connection: Connection, ids: Iterable[int]) -> list[Proposal]:
        wanted = list(dict.fromkeys(ids))
        rows = connection.execute(_rows(PROPOSED).where(definitions.c.id.in_(wanted))).all()
        missing = set(wanted) - {row.id for row in rows}
        if missing:
            raise CockpitError(
                Issue("unknown_proposal", N_("没有待定的定义变更 {ids}"), N_("用 chengmai check 查看待定的变更。"),
                      params={"ids": ", ".join(map(str, sorted(missing)))})
            )  # fmt: skip
        current = {(e.kind, e.code): e for e in (_entry(row) for row in connection.execute(_rows(PUBLISHED)))}
        return [_proposal(row, current) for row in rows]

    def seen_files(self) -> dict[str, str]:
        """The files that were looked at, with their digests."""
        with self._engine.connect() as connection:
            found = connection.execute(select(definition_files.c.name, definition_files.c.digest))
            return {str(name): str(digest) for name, digest in found}

    def note_files(self, digests: Mapping[str, str], connection: Connection | None = None) -> None:
        """Remember that files were looked at."""
        with within(self._engine, connection) as inside:
            inside.execute(definition_files.delete().where(definition_files.c.name.in_(list(digests))))
            if digests:
                inside.execute(
                    definition_files.insert(), [{"name": n, "digest": d} for n, d in digests.items()]
                )


def _rows(state: str) -> Any:
    return select(definitions).where(definitions.c.state == state).order_by(definitions.c.id)


def row_of(entry: Entry, state: str, at: int) -> dict[str, object]:
    """A definition as a row of the registry."""
    return {
        "kind": entry.kind.value,
        "code": entry.code,
        "version": entry.version,
        "valid_from": entry.document.get("valid_from"),
        "valid_to": entry.document.get("valid_to"),
        "origin": entry.origin,
        "state": state,
        "digest": digest_of(entry),
        "place": entry.where,
        "document": json.dumps(entry.document, ensure_ascii=False),
        "known_at": at,
    }


def _proposal(row: Any, current: Mapping[tuple[Kind, str], Entry]) -> Proposal:
    entry = _entry(row)
    return Proposal(row.id, entry, current.get((entry.kind, entry.code)), row.known_at)


def _entry(row: Any) -> Entry:
    return Entry(Kind(row.kind), row.code, _document(row), row.origin, row.place)


def _document(row: Any) -> dict[str, object]:
    return read_document(cast("dict[str, object]", json.loads(row.document)))


def read_document(document: dict[str, object]) -> dict[str, object]:
    """A text of a definition that came through JSON, which has no numbers as keys; YAML and the cockpit have years."""
    targets = document.get("targets")
    if isinstance(targets, dict):
        years = {year: int(year) if re.fullmatch(r"[0-9]{1,4}", str(year)) else year for year in targets}
        document["targets"] = {years[year]: value for year, value in targets.items()}
    return document


def digest_of(entry: Entry) -> str:
    """What tells two texts of a definition apart; the order of fields does not matter."""
    text = json.dumps(entry.document, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(f"{entry.kind}\n{entry.code}\n{text}".encode()).hexdigest()


def file_digest(file: File) -> str:
    """What tells two contents of a file apart."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
