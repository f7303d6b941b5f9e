"""Documents as people write them, to definitions; the layers of library and pack, to one set of entries."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import cast

from indicators.catalog.force import Catalog, Context
from indicators.definition import (
    Basis,
    CalibreBreak,
    Department,
    Domain,
    Frequency,
    Identity,
    Indicator,
    LimitVersion,
    Plan,
    Polarity,
    RegionAggregation,
    Relation,
    Release,
    RuleSpec,
    SeasonCurve,
    Sensitivity,
    System,
    Target,
    Theme,
    TimeAggregation,
)
from indicators.errors import Issue

Document = Mapping[str, object]
Path = tuple[str | int, ...]
"""The way to a part of a document: ``("indicators", 3, "rule", "red")``."""


class Kind(StrEnum):
    """What an entry defines."""

    VOCABULARY = "vocabulary"
    DEPARTMENT = "department"
    SYSTEM = "system"
    INPUT = "input"
    INDICATOR = "indicator"
    RULE = "rule"
    IDENTITY = "identity"
    PLAN = "plan"
    TARGET = "target"
    CURVE = "curve"


MONTH_DAYS = 31
"""No month is longer: a batch that was followed for so many of them is old enough."""

MEASURED = (Kind.INPUT, Kind.INDICATOR)
"""The kinds that share one set of codes: figures that are collected or shown."""


@dataclass(frozen=True)
class Source:
    """One file, parsed.

    lines   the line of every part of the document, by its path
    issues  what the parser already found wrong
    """

    name: str
    document: object
    origin: str = "library"
    lines: Mapping[Path, int] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()

    def where(self, path: Path = ()) -> str:
        """``file:line`` of a part of the document, or of the nearest part around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.name}:{self.lines.get(path, 1)}"


@dataclass(frozen=True)
class Entry:
    """One definition as it was written, and where it stands.

    code    of an indicator its code; of the others what tells them apart
    """

    kind: Kind
    code: str
    document: Document
    origin: str = "library"
    where: str = ""

    @property
    def version(self) -> int:
        """The version that the document states; 1 if it states none."""
        return cast(int, self.document.get("version", 1))


SECTIONS: Mapping[str, Kind] = {
    "inputs": Kind.INPUT,
    "indicators": Kind.INDICATOR,
    "identities": Kind.IDENTITY,
    "departments": Kind.DEPARTMENT,
    "plans": Kind.PLAN,
    "targets": Kind.TARGET,
    "season_curves": Kind.CURVE,
    "rules": Kind.RULE,
}
"""The lists that a file may hold; what else stands at its top describes the system, or is the vocabulary."""


def items(source: Source) -> Iterator[tuple[Kind, Path, object]]:
    """Every item of every list of a file: its kind, its path and what is written there."""
    if not isinstance(source.document, Mapping):
        return
    for section, kind in SECTIONS.items():
        found = source.document.get(section)
        if isinstance(found, Sequence) and not isinstance(found, str):
            yield from ((kind, (section, place), item) for place, item in enumerate(found))


def is_vocabulary(document: object) -> bool:
    """Whether a file holds the vocabulary: the words that all the others use."""
    return isinstance(document, Mapping) and "rule_types" in document


def entries(sources: Iterable[Source]) -> list[Entry]:
    """The entries of some files, in their order; what has no mapping is left to the check."""
    found: list[Entry] = []
    for source in sources:
        document = source.document
        if not isinstance(document, Mapping):
            continue
        if is_vocabulary(document):
            found.append(Entry(Kind.VOCABULARY, "vocabulary", document, source.origin, source.where()))
            continue
        if "themes" in document and "system" in document:
            head = {key: value for key, value in document.items() if key not in SECTIONS}
            found.append(Entry(Kind.SYSTEM, str(document["system"]), head, source.origin, source.where()))
        found.extend(
            Entry(kind, code_of(kind, item), item, source.origin, source.where(path))
            for kind, path, item in items(source)
            if isinstance(item, Mapping)
        )
    return found


def code_of(kind: Kind, item: Document) -> str:
    """What tells an entry from the others of its kind."""
    match kind:
        case Kind.IDENTITY:
            parts = cast(Sequence[object], item.get("parts") or ())
            return f"{item.get('total')} = " + " + ".join(str(part) for part in parts)
        case Kind.TARGET:
            words = (item.get(name) for name in ("plan", "region_code", "year", "indicator", "statement_zh"))
            return "/".join("" if word is None else str(word) for word in words)
        case Kind.CURVE:
            words = (item.get(name) for name in ("indicator", "region_code", "year"))
            return "/".join("" if word is None else str(word) for word in words)
        case Kind.DEPARTMENT | Kind.PLAN:
            return str(item.get("id"))
        case _:
            return str(item.get("code"))


def layered(found: Sequence[Entry]) -> list[Entry]:
    """The entries in force when later origins come before earlier ones: a pack's before the library's.

    An entry of the pack takes the place of the library's of the same code; a rule of the pack takes the place
    of the rule in the definition of its indicator.
    """
    order = list(dict.fromkeys(entry.origin for entry in found))
    last: dict[tuple[str, str], str] = {}
    for entry in found:
        known = last.get(_slot(entry))
        if known is None or order.index(entry.origin) > order.index(known):
            last[_slot(entry)] = entry.origin
    kept = [entry for entry in found if last[_slot(entry)] == entry.origin]
    overrides = {entry.code: entry for entry in kept if entry.kind is Kind.RULE}
    return [_with_rule(entry, overrides) for entry in kept if entry.kind is not Kind.RULE]


def _slot(entry: Entry) -> tuple[str, str]:
    return ("measured" if entry.kind in MEASURED else entry.kind.value, entry.code)


def _with_rule(entry: Entry, overrides: Mapping[str, Entry]) -> Entry:
    override = overrides.get(entry.code)
    if override is None or entry.kind not in MEASURED:
        return entry
    written = override.document
    changed = {"rule": written["rule"]} if written.get("rule") else {}
    named = {**_named_rules(entry.document), **_named_rules(written)}
    if named:
        changed["rules"] = {name: rule for name, rule in named.items() if rule is not None}
    return replace(entry, document={**entry.document, **changed}, origin=override.origin)


def _named_rules(document: Document) -> Document:
    """The further rules of an entry, by name; a pack takes one of the library's away by writing null."""
    return cast(Document, document.get("rules") or {})


def begun(found: Iterable[Entry], today: date) -> list[Entry]:
    """The entries as they hold on a day: what begins later is not there yet, what ends later has no end yet.

    A definition that is published for a day to come changes nothing before that day.
    """
    kept = []
    for entry in found:
        first, last = (day(entry.document.get(name)) for name in ("valid_from", "valid_to"))
        if entry.kind not in MEASURED or (
            (first is None or first <= today) and (last is None or last < today)
        ):
            kept.append(entry)
        elif first is None or first <= today:
            kept.append(replace(entry, document={**entry.document, "valid_to": None}))
    return kept


def assemble(found: Iterable[Entry], version: int = 1) -> Catalog:
    """The catalog of checked entries."""
    of: dict[Kind, list[Entry]] = {kind: [] for kind in Kind}
    for entry in found:
        of[entry.kind].append(entry)
    vocabulary: Document = of[Kind.VOCABULARY][-1].document if of[Kind.VOCABULARY] else {}
    context = Context(
        systems=tuple(system(entry.document) for entry in of[Kind.SYSTEM]),
        themes=tuple(theme for entry in of[Kind.SYSTEM] for theme in themes(entry.document)),
        departments=tuple(_department(entry.document) for entry in of[Kind.DEPARTMENT]),
        identities=tuple(identity(entry) for entry in of[Kind.IDENTITY]),
        plans=tuple(plan(entry.document) for entry in of[Kind.PLAN]),
        targets=tuple(target(entry.document) for entry in of[Kind.TARGET]),
        curves=tuple(curve(entry.document) for entry in of[Kind.CURVE]),
        vocabulary=vocabulary,
    )
    measured = (indicator(entry, vocabulary) for kind in MEASURED for entry in of[kind])
    return Catalog(measured, context, version)


def indicator(entry: Entry, vocabulary: Document) -> Indicator:
    """The definition in a checked entry."""
    d = entry.document
    text = cast(Mapping[str, str], d)
    frequency = Frequency(text["frequency"])
    return Indicator(
        code=entry.code,
        system=entry.code.split(".")[0],
        theme=text.get("theme"),
        headline=entry.kind is Kind.INDICATOR,
        name_zh=text["name_zh"],
        name_en=text["name_en"],
        unit=text["unit"],
        unit_en=text["unit_en"],
        frequency=frequency,
        basis=Basis(text["basis"]),
        polarity=Polarity(text.get("polarity", Polarity.CONTEXT)),
        agg_region=RegionAggregation(text["agg_region"]),
        agg_time=TimeAggregation(text["agg_time"]),
        lowest_level=text["lowest_level"],
        department=text["department"],
        sensitivity=Sensitivity(text.get("sensitivity", Sensitivity.INTERNAL)),
        definition_zh=text["definition_zh"],
        release=_followed(release(d.get("release") or _default_release(frequency, vocabulary)), d),
        calibre_zh=text.get("calibre_zh", ""),
        definition_source=text.get("definition_source", ""),
        formula=text.get("formula"),
        weight=text.get("weight"),
        jan_feb=d.get("jan_feb") == "merged",
        dimensions=tuple(cast(Sequence[str], d.get("dimensions") or ())),
        rule=RuleSpec(cast(Document, d["rule"]), entry.where) if d.get("rule") else None,
        rules=tuple(
            RuleSpec(cast(Document, one), entry.where, str(name))
            for name, one in _named_rules(d).items()
            if isinstance(one, Mapping)
        ),
        related=tuple(_relation(one) for one in _documents(d, "related")),
        targets={
            int(year): float(value)
            for year, value in cast(Mapping[int, float], d.get("targets") or {}).items()
        },
        limit_versions=tuple(_limit_version(one) for one in _documents(d, "limit_versions")),
        calibre_breaks=tuple(
            CalibreBreak(
                date.fromisoformat(str(one["date"])), str(one["reason_zh"]), str(one.get("backcast") or "")
            )
            for one in _documents(d, "calibre_breaks")
        ),
        example=cast("Document | None", d.get("example")),
        successor=text.get("successor", ""),
        version=entry.version,
        valid_from=day(d.get("valid_from")),
        valid_to=day(d.get("valid_to")),
        origin=entry.origin,
        document=d,
        where=entry.where,
    )


def _documents(document: Document, name: str) -> Sequence[Document]:
    return cast(Sequence[Document], document.get(name) or ())


def _default_release(frequency: Frequency, vocabulary: Document) -> Document:
    defaults = cast(Mapping[str, Document], vocabulary.get("release") or {})
    return defaults.get(frequency, {})


def release(document: object) -> Release:
    """When a figure is due, from ``{days: 18, grace_days: 5}`` or the same in minutes."""
    given = cast(Mapping[str, float], document)
    return Release(
        due_after=timedelta(days=given.get("days", 0), minutes=given.get("minutes", 0)),
        grace=timedelta(days=given.get("grace_days", 0), minutes=given.get("grace_minutes", 0)),
    )


def _followed(usual: Release, document: Document) -> Release:
    """The release of a cohort: its batch is told once it has been followed for as long as its rule asks."""
    months = cast(Mapping[str, int], document.get("rule") or {}).get("min_age_months", 0)
    wait = timedelta(days=MONTH_DAYS * months) if document.get("basis") == Basis.COHORT else timedelta()
    return replace(usual, due_after=usual.due_after + wait)


def day(written: object) -> date | None:
    """A day as it is written in a document; None where none is."""
    return None if written is None else date.fromisoformat(str(written))


def _relation(document: Document) -> Relation:
    return Relation(
        str(document["type"]), str(document["code"]), cast("bool | None", document.get("additive"))
    )


def _limit_version(document: Document) -> LimitVersion:
    return LimitVersion(
        limit=float(cast(float, document["limit"])),
        valid_from=day(document.get("valid_from")),
        valid_to=day(document.get("valid_to")),
        source=str(document.get("source", "")),
    )


def system(head: Document) -> System:
    """The system that a file describes."""
    text = cast(Mapping[str, str], head)
    return System(
        id=text["system"],
        name_zh=text["name_zh"],
        name_en=text["name_en"],
        description=text.get("description", ""),
        catalogue_version=str(text.get("catalogue_version", "")),
        domains=tuple(
            Domain(str(one["id"]), str(one["name_zh"]), str(one["name_en"]))
            for one in _documents(head, "domains")
        ),
    )


def themes(head: Document) -> tuple[Theme, ...]:
    """The themes of a system, in their order."""
    found = (
        Theme(
            system=str(head["system"]),
            id=str(one["id"]),
            order=cast(int, one["order"]),
            name_zh=str(one["name_zh"]),
            name_en=str(one["name_en"]),
            domain=cast("str | None", one.get("domain")),
        )
        for one in _documents(head, "themes")
    )
    return tuple(sorted(found, key=lambda theme: theme.order))


def _department(document: Document) -> Department:
    return Department(str(document["id"]), str(document["name_zh"]), str(document["name_en"]))


def identity(entry: Entry) -> Identity:
    """The identity in a checked entry."""
    parts = cast(Sequence[str], entry.document["parts"])
    tolerance = cast(float, entry.document["tolerance"])
    return Identity(str(entry.document["total"]), tuple(parts), float(tolerance), entry.where)


def plan(document: Document) -> Plan:
    """A published plan."""
    return Plan(
        id=str(document["id"]),
        name_zh=str(document["name_zh"]),
        issued=date.fromisoformat(str(document["issued"])),
        region=int(str(document["region_code"])),
    )


def target(d: Document) -> Target:
    """What a plan wants of its region by a year."""
    value = cast("float | Sequence[float] | None", d.get("value"))
    low, high = value if isinstance(value, Sequence) else (value, None)
    return Target(
        indicator=cast("str | None", d.get("indicator")),
        region=int(str(d["region_code"])),
        year=cast(int, d["year"]),
        op=str(d["op"]),
        value=None if low is None else float(low),
        upper=None if high is None else float(high),
        unit=cast("str | None", d.get("unit")),
        due=day(d.get("due")),
        statement_zh=str(d.get("statement_zh", "")),
        plan=str(d.get("plan", "")),
        source=str(d.get("source_file", "")),
        note=str(d.get("note", "")),
    )


def curve(d: Document) -> SeasonCurve:
    """How a year's task spreads over its months."""
    region = d.get("region_code")
    return SeasonCurve(
        indicator=str(d["indicator"]),
        region=None if region is None else int(str(region)),
        shares=tuple(float(share) for share in cast(Sequence[float], d["shares"])),
        year=cast("int | None", d.get("year")),
        source=str(d.get("source", "")),
    )
