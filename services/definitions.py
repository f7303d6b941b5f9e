"""Definitions: the catalog in force, what files propose, and the check of files before anybody relies on them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from data_access import accounts
from data_access.definitions import (
    CASES,
    LIBRARY,
    DefinitionStore,
    Proposal,
    file_digest,
    library_files,
    read_files,
)
from data_access.targets import TargetStore
from indicators.catalog import Catalog, Entry, Kind, Source, assemble, entries, layered
from indicators.catalog.checking import check as check_sources
from indicators.catalog.reading import begun, curve, target
from indicators.errors import N_, CockpitError, Issue, Severity


@dataclass(frozen=True)
class Files:
    """The files of definitions of a deployment: the library's, then the pack's own indicators and rules."""

    library: tuple[Path, ...]
    pack: tuple[Path, ...] = ()
    base: Path | None = None

    @property
    def all(self) -> tuple[Path, ...]:
        """Every file, the library first."""
        return (*self.library, *self.pack)

    def sources(self) -> list[Source]:
        """The files, read and parsed."""
        return [*read_files(self.library, "library", self.base), *read_files(self.pack, "pack", self.base)]

    def digests(self) -> dict[str, str]:
        """What tells whether a file has changed."""
        return {str(file): file_digest(file) for file in self.all if file.exists()}

    def catalog(self) -> Catalog:
        """The catalog that the files make by themselves, without a store.

        raises  CockpitError with all issues of the files
        """
        sources = self.sources()
        issues = _errors(sources)
        if issues:
            raise CockpitError(issues)
        return assemble(layered(entries(sources)))


def files_of(pack: Iterable[Path] = (), library: Path = LIBRARY) -> Files:
    """The files of the library and of a pack (``Pack.files("indicators", …)`` and ``Pack.files("rules", …)``)."""
    return Files(library_files(library), tuple(pack), library.parent.parent)


def check(files: Files, paths: Sequence[Path] = ()) -> list[Issue]:
    """Everything that is wrong with definitions, with file, line and remedy.

    paths  files or folders to look at, together with the library and the pack that they build on; none looks
           at the library and the pack themselves
    """
    wanted, issues = _yaml_files(paths)
    known = {file.resolve() for file in files.all}
    extra = [file for file in wanted if file.resolve() not in known]
    sources = [*files.sources(), *read_files(extra, "checked", files.base)]
    only = None
    if paths:
        asked = {file.resolve() for file in wanted}
        only = frozenset(
            source.name
            for source, file in zip(sources, [*files.all, *extra], strict=True)
            if file.resolve() in asked
        )
    return [*issues, *check_sources(sources, only)]


def _yaml_files(paths: Sequence[Path]) -> tuple[list[Path], list[Issue]]:
    """The files that some paths name, and what cannot be found."""
    found: list[Path] = []
    issues: list[Issue] = []
    for path in paths:
        below = sorted([*path.rglob("*.yaml"), *path.rglob("*.yml")]) if path.is_dir() else [path]
        inside = [file for file in below if file.parent.name != CASES]
        if not inside or not all(file.is_file() for file in inside):
            what, do = N_("没有可检查的定义文件"), N_("给出 .yaml 文件，或含有它们的文件夹。")
            issues.append(Issue("no_such_file", what, do, str(path)))
            continue
        found.extend(inside)
    return found, issues


def _errors(sources: Sequence[Source]) -> list[Issue]:
    """What keeps files from being used."""
    return [issue for issue in check_sources(sources) if issue.severity is Severity.ERROR]


class Definitions:
    """The registry of a deployment: what is in force, and what waits to be decided.

    zone  makes a moment local time: definitions begin and end with days of the city
    """

    def __init__(
        self,
        store: DefinitionStore,
        targets: TargetStore,
        files: Files,
        clock: Callable[[], datetime],
        zone: timedelta = timedelta(hours=8),
    ) -> None:
        self._store = store
        self._targets = targets
        self._files = files
        self._clock = clock
        self._zone = timezone(zone)
        self._catalog: tuple[int, date, Catalog] | None = None

    def catalog(self) -> Catalog:
        """The catalog in force today; read again only when the registry or the day has changed.

        What is published for a day to come is not in it before that day.
        The first call on an empty store fills it from the files. From then on the store rules: what files say
        otherwise becomes a proposal.
        raises  CockpitError with all issues of the files, when there is nothing to begin with
        """
        version = self._store.version()
        if version == 0:
            self._seed()
            version = self._store.version()
        today = self.today()
        if self._catalog is None or self._catalog[:2] != (version, today):
            self._catalog = version, today, assemble(begun(self._store.published(), today), version)
        return self._catalog[2]

    def today(self) -> date:
        """The day on the city's calendar."""
        return self._clock().astimezone(self._zone).date()

    def take_effect(self) -> tuple[str, ...]:
        """Let what begins or ends with this day hold; gives the codes, none where the day was noted before.

        Whoever follows the registry version (services/living.py) builds anew.
        """
        today, at = self.today(), int(self._clock().timestamp())
        with self._store.begin() as connection:
            codes = self._store.take_effect(today, connection)
            if codes:
                detail = {"codes": list(codes), "day": str(today)}
                accounts.record(
                    connection, at=at, actor="system", act="definitions_take_effect", detail=detail
                )
        return codes

    def version(self) -> int:
        """The registry version: part of the key of every cached answer."""
        return self._store.version()

    def _seed(self) -> None:
        sources = self._files.sources()
        issues = _errors(sources)
        if issues:
            raise CockpitError(issues)
        found, at = layered(entries(sources)), int(self._clock().timestamp())
        with self._store.begin() as connection:
            if self._store.seed(found, at, connection):
                self._fill_targets(found, at, connection)
                self._store.note_files(self._files.digests(), connection)
                detail = {"definitions": len(found)}
                accounts.record(connection, at=at, actor="system", act="seed_definitions", detail=detail)

    def _fill_targets(self, found: Sequence[Entry], at: int, connection: Any) -> None:
        given = (target(entry.document) for entry in found if entry.kind is Kind.TARGET)
        self._targets.add(given, at, connection=connection)
        self._targets.add_curves(
            (curve(entry.document) for entry in found if entry.kind is Kind.CURVE), at, connection
        )

    def look_at_files(self) -> int:
        """Note what changed files propose; gives the number of new proposals. Nothing in force changes.

        A file that has not changed since it was last looked at is not read. What does not pass the check is not
        proposed: ``chengmai check`` tells why.
        """
        digests = self._files.digests()
        seen = self._store.seen_files()
        if self._store.version() == 0 or all(seen.get(name) == digest for name, digest in digests.items()):
            return 0
        sources = self._files.sources()
        faulty = {issue.where.rpartition(":")[0] for issue in _errors(sources)}
        found = [entry for entry in layered(entries(sources)) if entry.where.rpartition(":")[0] not in faulty]
        at = int(self._clock().timestamp())
        with self._store.begin() as connection:
            fresh = self._store.propose(found, at, connection)
            sound = {
                str(file): digests[str(file)]
                for file, source in zip(self._files.all, sources, strict=True)
                if source.name not in faulty
            }
            self._store.note_files(sound, connection)
            if fresh:
                accounts.record(
                    connection, at=at, actor="system", act="propose_definitions", detail={"proposals": fresh}
                )
        return fresh

    def proposals(self) -> list[Proposal]:
        """The changes that files ask for and nobody has decided."""
        return self._store.proposals()

    def decline(self, ids: Sequence[int], actor: str) -> int:
        """Turn proposals down."""
        at = int(self._clock().timestamp())
        with self._store.begin() as connection:
            declined = self._store.decline(ids, connection)
            accounts.record(
                connection, at=at, actor=actor, act="decline_definitions", detail={"ids": list(ids)}
            )
        return declined
