"""The registry to files and back: what is exported, what imported files say otherwise, and the drafts that they become.

An import changes nothing that is in force. Every difference becomes a draft, which two other people review and publish.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol, cast

from data_access import accounts
from data_access import definition_books as books
from data_access.definitions import DefinitionStore
from data_access.sources import uploads
from indicators.catalog import Entry, Kind, Source, entries, layered
from indicators.catalog.checking import check
from indicators.catalog.reading import MEASURED, SECTIONS
from indicators.catalog.reading import Path as Way
from indicators.drafting import Line, differences
from indicators.errors import N_, CockpitError, Issue, Severity
from services import access
from services.access import Actor

ORIGIN: Final = "import"
WORKSHOP: Final = ("define", "review", "publish")
"""Whoever may do one of these may take the registry along as files."""

MOST_BYTES: Final = 20 * 10**6
"""A larger upload is no file of definitions."""

TOLD: Final = 200
"""So many problems of a file are told; where there are more, their number is."""

Slot = tuple[str, str]
"""What tells a definition from all others: its kind, figures being of one, and its code."""


@dataclass(frozen=True)
class Difference:
    """What an imported text says otherwise than the registry.

    what      ``new`` or ``changed``
    lines     the fields that differ, down to the single value
    document  the text as it would be drafted
    where     the file and line that it comes from
    """

    kind: str
    code: str
    name: str
    what: str
    lines: tuple[Line, ...]
    document: Mapping[str, Any]
    where: str

    def to_json(self) -> dict[str, object]:
        """For programs: the definition, and each field before and after."""
        return {
            "kind": self.kind, "code": self.code, "what": self.what, "where": self.where,
            "fields": [
                {"field": one.path, "what": one.what, "before": one.before, "after": one.after} for one in self.lines
            ],
        }  # fmt: skip


@dataclass(frozen=True)
class Incoming:
    """What imported files come to.

    same     definitions that say what the registry says
    absent   definitions of the registry of which the files say nothing; they stay in force
    issues   what is wrong; with an error nothing can be taken over
    """

    differences: tuple[Difference, ...]
    same: int
    absent: int
    issues: tuple[Issue, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong that keeps the differences from becoming drafts."""
        return not any(issue.severity is Severity.ERROR for issue in self.issues)


@dataclass(frozen=True)
class Taken:
    """What became of an import: the numbers of the drafts, and the definitions of which a draft stands open already."""

    drafts: tuple[int, ...]
    left: tuple[Issue, ...]


class Drafts(Protocol):
    """What is needed of the studio."""

    def open(
        self,
        actor: Actor,
        kind: str,
        code: str | None = None,
        from_version: int | None = None,
        *,
        document: Mapping[str, Any] | None = None,
        origin: str = "",
    ) -> Any: ...


class DefinitionFiles:
    """Exports and imports the registry.

    folder  keeps what was sent by a browser until it is taken over
    """

    def __init__(
        self,
        store: DefinitionStore,
        drafts: Drafts,
        begin: Callable[[], AbstractContextManager[Any]],
        clock: Callable[[], datetime],
        folder: Path,
    ) -> None:
        self._store = store
        self._drafts = drafts
        self._begin = begin
        self._clock = clock
        self._folder = folder

    # ---- out

    def files(self, actor: Actor) -> dict[str, bytes]:
        """The registry as files by their names: every version of every definition.

        raises  CockpitError ``forbidden``
        """
        _require_workshop(actor)
        published = self._store.published()
        found = books.export(published)
        self._note(actor, "export_definitions", {"definitions": len(published), "files": len(found)})
        return found

    def archive(self, actor: Actor) -> bytes:
        """The same in one archive."""
        return books.archive(self.files(actor))

    def write(self, actor: Actor, folder: Path) -> dict[str, int]:
        """Write the files into a folder, in the place of those of an earlier export; gives their sizes.

        raises  CockpitError ``folder_unwritable``
        """
        found = self.files(actor)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in found.items():
                part = folder / f".{name}.part"
                part.write_bytes(content)
                part.replace(folder / name)
        except OSError as error:
            what, do = N_("写不进文件夹 {folder}：{reason}"), N_("请检查路径和写入权限。")
            reason = error.strerror or str(error)
            raise CockpitError(
                Issue("folder_unwritable", what, do, str(folder), params={"folder": books.named(str(folder)), "reason": reason})
            ) from error  # fmt: skip
        return {name: len(content) for name, content in found.items()}

    # ---- in

    def look(self, actor: Actor, path: Path) -> Incoming:
        """What the files at a path say otherwise than the registry; nothing is changed.

        raises  CockpitError ``forbidden``, ``file_missing``
        """
        access.require(actor, "define")
        if not path.exists():
            what, do = N_("没有文件 {name}。"), N_("请检查路径。")
            raise CockpitError(
                Issue("file_missing", what, do, "file", params={"name": books.named(str(path))})
            )
        return self._compared(books.read(path, ORIGIN))

    def keep(self, actor: Actor, content: bytes, name: str) -> str:
        """Keep what somebody sent, to be looked at before it is taken over; gives the token under which it lies.

        raises  CockpitError ``forbidden``, ``file_too_large``
        """
        access.require(actor, "define")
        return uploads.keep(self._folder, content, name, MOST_BYTES, self._clock().timestamp())

    def kept(self, actor: Actor, token: str) -> tuple[str, Incoming]:
        """The name of what was kept, and what it says otherwise than the registry of now.

        raises  CockpitError ``upload_gone`` where it is kept no longer
        """
        access.require(actor, "define")
        name, content = uploads.kept(self._folder, token)
        return name, self._compared(books.read_upload(content, name, ORIGIN))

    def take(self, actor: Actor, incoming: Incoming, name: str) -> Taken:
        """Make a draft of every difference; one whose definition is being drafted already is left, and told.

        raises  CockpitError with what is wrong: then no draft is made
        """
        access.require(actor, "define")
        if not incoming.sound:
            raise CockpitError([one for one in incoming.issues if one.severity is Severity.ERROR])
        made: list[int] = []
        left: list[Issue] = []
        for one in incoming.differences:
            code = one.code if one.what == "changed" else None
            try:
                made.append(
                    self._drafts.open(
                        actor, one.kind, code, document=one.document, origin=f"import:{name}"[:60]
                    ).id
                )
            except CockpitError as error:
                if error.key == "forbidden":
                    raise
                left += [replace(issue, where=one.where) for issue in error.issues]
        self._note(actor, "import_definitions", {"name": name, "drafts": made, "left": len(left)})
        return Taken(tuple(made), tuple(left))

    def _note(self, actor: Actor, act: str, detail: Mapping[str, object]) -> None:
        with self._begin() as connection:
            accounts.record(
                connection, at=int(self._clock().timestamp()), actor=actor.name, act=act, detail=dict(detail)
            )

    # ---- comparing

    def _compared(self, sources: Sequence[Source]) -> Incoming:
        registry = self._store.published()
        known = _by_slot(registry)
        told = [issue for source in sources for issue in source.issues]
        came, twice = _once(_applied(entries(sources), known), known)
        found, past = [], []
        same = 0
        for entry in came:
            difference = _difference(entry, known.get(_slot(entry), ()))
            if difference is None:
                same += 1
            elif isinstance(difference, Issue):
                past.append(difference)
            else:
                found.append(difference)
        wrong = _wrong(sources, registry, found)
        absent = len(known.keys() - {_slot(entry) for entry in came})
        issues = list({(one.where, one.text()): one for one in (*told, *twice, *past, *wrong)}.values())
        return Incoming(tuple(found), same, absent, _bounded(issues))


def _require_workshop(actor: Actor) -> None:
    if not any(access.may(actor, action) for action in WORKSHOP):
        access.require(actor, "define")


def _slot(entry: Entry) -> Slot:
    return books.measured_or(entry.kind), entry.code


def _by_slot(registry: Iterable[Entry]) -> dict[Slot, tuple[Entry, ...]]:
    """The versions of every definition, the newest last."""
    found: dict[Slot, tuple[Entry, ...]] = {}
    for entry in sorted(registry, key=lambda one: str(one.document.get("valid_from") or "")):
        found[_slot(entry)] = (*found.get(_slot(entry), ()), entry)
    return found


def _applied(came: Sequence[Entry], known: Mapping[Slot, tuple[Entry, ...]]) -> list[Entry]:
    """The entries, with rules that stand alone put into the definitions that they are for."""
    found = [entry for entry in came if entry.kind is not Kind.RULE]
    own = {_slot(entry) for entry in found}
    for entry in came:
        slot = "measured", entry.code
        if entry.kind is Kind.RULE and slot in known and slot not in own:
            merged = layered([replace(known[slot][-1], origin="registry"), replace(entry, origin=ORIGIN)])[0]
            found.append(replace(merged, origin=ORIGIN, where=entry.where))
    return found


def _once(came: Sequence[Entry], known: Mapping[Slot, tuple[Entry, ...]]) -> tuple[list[Entry], list[Issue]]:
    """Every text once: where two files hold the same definition, the one that says something new counts.

    An export holds each definition as YAML and in the workbook; whoever changes one of the two has changed it.
    """
    found: dict[tuple[Slot, object], Entry] = {}
    issues = []
    for entry in came:
        slot = _slot(entry)
        key = slot, entry.document.get("version")
        before = found.get(key)
        if before is None or not _lines(before, _counterpart(before, known.get(slot, ()))):
            found[key] = entry
        elif _lines(entry, _counterpart(entry, known.get(slot, ()))) and differences(
            before.document, entry.document
        ):
            issues.append(
                Issue("said_twice", N_("{code} 在两处有两种写法"), N_("只留一处：另一处是 {other}。"), entry.where,
                      params={"code": entry.code, "other": before.where})
            )  # fmt: skip
    return list(found.values()), issues


def _counterpart(entry: Entry, versions: Sequence[Entry]) -> Entry | None:
    """The version of the registry that a text speaks of: that of its number, else the newest."""
    stated = entry.document.get("version")
    return next((one for one in versions if one.version == stated), versions[-1] if versions else None)


def _lines(entry: Entry, before: Entry | None) -> tuple[Line, ...]:
    lines = differences(before.document if before else None, entry.document)
    if before is not None and before.kind is not entry.kind:
        return (Line("kind", "changed", str(before.kind), str(entry.kind)), *lines)
    return lines


def _difference(entry: Entry, versions: Sequence[Entry]) -> Difference | Issue | None:
    """What a text says otherwise; None where nothing, an issue where it would change what has ended."""
    before = _counterpart(entry, versions)
    lines = _lines(entry, before)
    if before is not None and not lines:
        return None
    if before is not None and before is not versions[-1]:
        return Issue(
            "version_ended", N_("{code} 的第 {version} 版已结束，不能再改"),
            N_("以前的版本保持原样；要改现行定义，请改第 {newest} 版。"), entry.where,
            params={"code": entry.code, "version": before.version, "newest": versions[-1].version},
        )  # fmt: skip
    kept = ("version", "valid_from", "valid_to") if before is not None else ()
    document = {name: value for name, value in entry.document.items() if name not in kept}
    if before is not None:
        document |= {name: before.document[name] for name in kept if name in before.document}
    name = str(entry.document.get("name_zh") or entry.document.get("statement_zh") or entry.code)
    return Difference(
        str(entry.kind), entry.code, name, "changed" if before else "new", lines, document, entry.where
    )


def _wrong(sources: Sequence[Source], registry: Sequence[Entry], found: Sequence[Difference]) -> list[Issue]:
    """What the check of definitions finds in the files, laid over the registry; only what differs is judged."""
    if not found:
        return []
    changed = {(books.measured_or(Kind(one.kind)), one.code) for one in found}
    places = {one.where for one in found}
    own = [one for source in sources if (one := _reduced(source, places)).document]
    base = _as_sources([entry for entry in registry if _slot(entry) not in changed])
    names, examples = frozenset(source.name for source in own), frozenset(one.code for one in found)
    return check([*base, *own], names, examples)


def _reduced(source: Source, places: set[str]) -> Source:
    """A file with only the texts that differ, each at the line where it stands."""
    document = source.document
    if not isinstance(document, Mapping):
        return replace(source, issues=())
    kept: dict[str, object] = {}
    moved: dict[tuple[str, int], int] = {}
    for section, listed in document.items():
        if section not in SECTIONS:
            if source.where() in places:
                kept[section] = listed
        elif isinstance(listed, Sequence) and not isinstance(listed, str):
            rows = [place for place in range(len(listed)) if source.where((section, place)) in places]
            if rows:
                kept[section] = [listed[place] for place in rows]
            moved |= {(section, place): spot for spot, place in enumerate(rows)}
    lines: dict[Way, int] = {}
    for way, line in source.lines.items():
        spot = moved.get((str(way[0]), int(way[1]))) if len(way) > 1 and way[0] in SECTIONS else None
        if spot is not None:
            lines[way[0], spot, *way[2:]] = line
        elif not way or way[0] not in SECTIONS:
            lines[way] = line
    return replace(source, document=kept, lines=lines, issues=())


def _as_sources(registry: Sequence[Entry]) -> list[Source]:
    """The registry as files for the check: the vocabulary, one file for each system, and one for all else."""
    newest = {_slot(entry): entry for entry in registry if entry.kind not in MEASURED}
    files: dict[str, dict[str, object]] = {
        entry.code: dict(entry.document) for entry in newest.values() if entry.kind is Kind.SYSTEM
    }
    for entry in (*newest.values(), *(one for one in registry if one.kind in MEASURED)):
        if entry.kind in _SECTION_OF:
            system = entry.code.partition(".")[0] if entry.kind in MEASURED else ""
            lists = files.setdefault(system, {})
            cast(list[object], lists.setdefault(_SECTION_OF[entry.kind], [])).append(entry.document)
    words = (entry.document for entry in newest.values() if entry.kind is Kind.VOCABULARY)
    return [
        *(Source("registry/vocabulary", one) for one in words),
        *(Source(f"registry/{name}", document) for name, document in files.items()),
    ]


_SECTION_OF: Final = {kind: section for section, kind in SECTIONS.items()}


def _bounded(issues: Sequence[Issue]) -> tuple[Issue, ...]:
    """The issues, the worst first, as far as anybody reads them."""
    ordered = sorted(issues, key=lambda one: one.severity is not Severity.ERROR)
    rest = len(ordered) - TOLD
    if rest <= 0:
        return tuple(ordered)
    more = Issue("more_issues", N_("另有 {count} 个问题没有列出。"), N_("先改好上面的，再导入一次。"), severity=Severity.NOTICE,
                 params={"count": rest})  # fmt: skip
    return (*ordered[:TOLD], more)
