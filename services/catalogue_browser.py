"""The catalogue as one walks through it: a tree that shows what was opened, a table to search in, a graph of relations.

What a definition says stands in the catalogue; how far its figures reach is asked of the store once for each state of
the figures. Everything is narrowed to the systems and the regions of its reader.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cached_property

from indicators.catalog import Catalog
from indicators.definition import Indicator
from indicators.freshness import next_release
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.catalogue_index import Index
from services.catalogue_reach import Reach, Reaches
from services.search import SYSTEMS

A_PAGE = 30

FULL, PART, NONE = "full", "part", "none"
"""How far figures reach: every region that publishes them, some of them, none."""

FRESH, DUE, LATE, NEVER = "fresh", "due", "late", "never"
"""How new the last figure is: no newer one is due; one is due; its grace is over; there has never been one."""

IN_FORCE, SCHEDULED, RETIRED, INPUT = "in_force", "scheduled", "retired", "input"
"""Where a definition stands; an input is collected and used by formulas, and stands on no board."""


@dataclass(frozen=True)
class Wanted:
    """How the table is narrowed; empty is all. ``text`` is searched for."""

    text: str = ""
    system: str = ""
    theme: str = ""
    owner: str = ""
    frequency: str = ""
    status: str = ""
    coverage: str = ""
    freshness: str = ""
    rule: str = ""
    page: int = 1

    @property
    def needs_figures(self) -> bool:
        """Whether it must be known of every indicator how far its figures reach."""
        return bool(self.coverage or self.freshness)


@dataclass(frozen=True)
class Row:
    """One indicator of the table.

    last      the period of the newest figure; None where there is none
    reported  in how many regions there are figures, of the ``expected`` ones that the reader sees
    rule      the type of its warning rule; empty where there is none
    """

    code: str
    name: str
    other_name: str
    system: str
    theme: str
    department: str
    unit: str
    frequency: str
    status: str
    version: int
    rule: str
    derived: bool
    last: int | None
    freshness: str
    reported: int
    expected: int


@dataclass(frozen=True)
class TableView:
    """A page of the table and what each filter offers, as (value, name, count)."""

    rows: tuple[Row, ...]
    found: int
    page: int
    pages: int
    offers: Mapping[str, tuple[tuple[str, str, int], ...]]


@dataclass(frozen=True)
class Leaf:
    """An indicator in the tree."""

    code: str
    name: str
    unit: str
    frequency: str
    status: str
    derived: bool


@dataclass(frozen=True)
class Branch:
    """A system or a theme of the tree; what is in it is there only where it was opened."""

    key: str
    name: str
    count: int
    opened: bool
    branches: tuple["Branch", ...] = ()
    leaves: tuple[Leaf, ...] = ()


@dataclass(frozen=True)
class Edge:
    """One relation of the indicator in the middle: with whom, of which kind, which way.

    kind    formula, component_of, numerator_of, denominator_of, leads, offsets, weight, benchmark, refers
    inward  whether the other one goes into the middle one; else the middle one goes into the other
    """

    code: str
    name: str
    kind: str
    inward: bool
    derived: bool
    sees: bool


@dataclass(frozen=True)
class GraphView:
    """An indicator and all that it is related to."""

    code: str
    name: str
    system: str
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class _Facts:
    """What does not change for a day: where a definition stands, and the types of its rules."""

    status: str
    rules: tuple[str, ...]


class CatalogueBrowser:
    """Answers those who look around in the catalogue."""

    def __init__(
        self,
        catalog: Catalog,
        tree: RegionTree,
        reaches: Reaches,
        clock: Callable[[], datetime],
        zone: timedelta,
    ) -> None:
        self._catalog = catalog
        self._tree = tree
        self._reaches = reaches
        self._clock = clock
        self._zone = timezone(zone)
        self._day: date | None = None
        self._facts: dict[str, _Facts] = {}
        self._offered: dict[tuple[object, ...], Mapping[str, tuple[tuple[str, str, int], ...]]] = {}

    @cached_property
    def index(self) -> Index:
        """The names of all indicators."""
        return Index(self._catalog)

    # ---- tree

    def tree(self, actor: Actor, opened: str, language: str) -> tuple[Branch, ...]:
        """The systems; of the opened one its themes, of the opened theme its indicators.

        opened  a system, or ``system.theme``
        """
        access.require(actor, "view")
        system, _, theme = opened.partition(".")
        counts = self._by_theme
        return tuple(
            Branch(
                name,
                self._system(name, language),
                sum(count for (of, _), count in counts.items() if of == name),
                name == system,
                tuple(self._themes(name, theme, counts, language)) if name == system else (),
            )
            for name in self._systems(actor)
        )

    @cached_property
    def _by_theme(self) -> Mapping[tuple[str, str | None], int]:
        return Counter((one.system, one.theme) for one in self.index.indicators)

    def _themes(
        self, system: str, opened: str, counts: Mapping[tuple[str, str | None], int], language: str
    ) -> Iterator[Branch]:
        themes = [one for one in self._catalog.themes.values() if one.system == system]
        for theme in sorted(themes, key=lambda one: one.order):
            if counts.get((system, theme.id)):
                name = theme.name_en if language == "en" else theme.name_zh
                here = theme.id == opened
                leaves = self._leaves(system, theme.id, language) if here else ()
                yield Branch(f"{system}.{theme.id}", name, counts[system, theme.id], here, (), leaves)
        known = {one.id for one in themes}
        rest = sum(count for (of, theme), count in counts.items() if of == system and theme not in known)
        if rest:
            here = opened == INPUT
            leaves = self._leaves(system, None, language, known) if here else ()
            yield Branch(f"{system}.{INPUT}", "", rest, here, (), leaves)

    def _leaves(
        self, system: str, theme: str | None, language: str, besides: set[str] | None = None
    ) -> tuple[Leaf, ...]:
        """The indicators of a theme in the order of their file; without one, those that no theme holds."""
        return tuple(
            Leaf(one.code, one.name(language), one.unit, str(one.frequency), self._status(one), one.derived)
            for one in self._catalog.newest()
            if one.system == system and (one.theme == theme if besides is None else one.theme not in besides)
        )

    # ---- table

    def table(self, actor: Actor, wanted: Wanted, language: str) -> TableView:
        """One page of the indicators that a text finds and filters leave."""
        access.require(actor, "view")
        systems = frozenset(self._systems(actor))
        self._settle()
        named = [self.index.indicators[place] for place in self.index.find(wanted.text.strip())]
        seen = [one for one in named if one.system in systems and self._fits(one, wanted)]
        reaches: Mapping[str, Reach] = {}
        if wanted.needs_figures:
            reaches = self._reaches.of(actor, [one.code for one in seen])
            seen = [one for one in seen if self._reaches_as_wanted(one, reaches[one.code], wanted)]
        pages = max(1, -(-len(seen) // A_PAGE))
        page = min(max(wanted.page, 1), pages)
        shown = seen[(page - 1) * A_PAGE : page * A_PAGE]
        reaches = reaches or self._reaches.of(actor, [one.code for one in shown])
        rows = tuple(self._row(one, reaches[one.code], language) for one in shown)
        return TableView(rows, len(seen), page, pages, self._offers(systems, wanted, language))

    def _fits(self, one: Indicator, wanted: Wanted) -> bool:
        return (
            wanted.system in ("", one.system)
            and wanted.theme in ("", one.theme)
            and wanted.owner in ("", one.department)
            and wanted.frequency in ("", str(one.frequency))
            and wanted.status in ("", self._facts[one.code].status)
            and (not wanted.rule or wanted.rule in self._facts[one.code].rules)
        )

    def _reaches_as_wanted(self, one: Indicator, reach: Reach, wanted: Wanted) -> bool:
        return wanted.coverage in ("", coverage(reach)) and wanted.freshness in (
            "",
            self._freshness(one, reach),
        )

    def _row(self, one: Indicator, reach: Reach, language: str) -> Row:
        theme = self._catalog.themes.get((one.system, one.theme or ""))
        department = self._catalog.departments.get(one.department)
        english = language == "en"
        return Row(
            one.code,
            one.name(language),
            one.name_zh if english else one.name_en,
            self._system(one.system, language),
            "" if theme is None else theme.name_en if english else theme.name_zh,
            one.department if department is None else department.name_en if english else department.name_zh,
            one.unit,
            str(one.frequency),
            self._facts[one.code].status,
            one.version,
            self._facts[one.code].rules[0],
            one.derived,
            reach.last,
            self._freshness(one, reach),
            reach.reported,
            reach.expected,
        )

    def _settle(self) -> None:
        """Work out once a day what holds for a day."""
        today = self._today()
        if self._day != today:
            facts = {one.code: _Facts(status(one, today), _rules(one)) for one in self.index.indicators}
            self._facts, self._offered, self._day = facts, {}, today

    def _offers(
        self, systems: frozenset[str], wanted: Wanted, language: str
    ) -> Mapping[str, tuple[tuple[str, str, int], ...]]:
        """What each filter offers, from memory where it was asked for before."""
        key = (systems, wanted.system, language)
        if key not in self._offered:
            self._offered[key] = self._counted(systems, wanted, language)
        return self._offered[key]

    def _counted(
        self, systems: frozenset[str], wanted: Wanted, language: str
    ) -> dict[str, tuple[tuple[str, str, int], ...]]:
        """What each filter offers, with how many indicators have it."""
        english = language == "en"
        seen = [one for one in self.index.indicators if one.system in systems]
        owners = Counter(one.department for one in seen)
        departments = self._catalog.departments
        themes = [one for one in self._catalog.themes.values() if one.system == wanted.system]
        by_theme = Counter(one.theme for one in seen if one.system == wanted.system)
        by_system = Counter(one.system for one in seen)
        frequencies = Counter(str(one.frequency) for one in seen)
        statuses = Counter(self._facts[one.code].status for one in seen)
        rules = Counter(kind for one in seen for kind in self._facts[one.code].rules)
        return {
            "system": tuple((one, self._system(one, language), by_system[one]) for one in self._ordered(systems)),
            "theme": tuple(
                (one.id, one.name_en if english else one.name_zh, by_theme[one.id])
                for one in sorted(themes, key=lambda one: one.order) if by_theme[one.id]
            ),
            "owner": tuple(
                (one, (departments[one].name_en if english else departments[one].name_zh) if one in departments else one,
                 count)
                for one, count in owners.most_common()
            ),
            "frequency": tuple((one, "", count) for one, count in frequencies.items()),
            "status": tuple((one, "", count) for one, count in statuses.items()),
            "coverage": ((FULL, "", 0), (PART, "", 0), (NONE, "", 0)),
            "freshness": ((FRESH, "", 0), (DUE, "", 0), (LATE, "", 0), (NEVER, "", 0)),
            "rule": tuple((one, "", count) for one, count in rules.most_common()),
        }  # fmt: skip

    # ---- graph

    def graph(self, actor: Actor, code: str, language: str) -> GraphView:
        """An indicator with its neighbours.

        raises  CockpitError ``unknown_indicator``; ``forbidden`` for a system that is not the actor's
        """
        middle = self._catalog.get(code)
        access.require(actor, "view", system=middle.system)
        found: dict[tuple[str, str, bool], None] = {}
        named = {related.code for related in middle.related}
        for relation in middle.related:
            found[relation.code, relation.type, False] = None
        for other, kind in self._related.get(code, ()):
            found[other, kind, True] = None
        inputs = set(self._catalog.inputs(code))
        told = {other for other, _, inward in found if inward}
        found.update(dict.fromkeys((one, "formula", True) for one in sorted(inputs - told)))
        users = {one for one in self._users.get(code, ()) if one not in named}
        found.update(dict.fromkeys((one, "formula", False) for one in sorted(users)))
        edges = tuple(
            self._edge(actor, other, kind, inward, language)
            for other, kind, inward in found
            if other in self._catalog and other != code
        )
        return GraphView(code, middle.name(language), self._system(middle.system, language), edges)

    def _edge(self, actor: Actor, code: str, kind: str, inward: bool, language: str) -> Edge:
        one = self._catalog.get(code)
        return Edge(
            code, one.name(language), kind, inward, one.derived, access.may(actor, "view", system=one.system)
        )

    @cached_property
    def _related(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """For each code who names it in a relation, and in which."""
        found: dict[str, list[tuple[str, str]]] = {}
        for one in self._catalog.newest():
            for relation in one.related:
                found.setdefault(relation.code, []).append((one.code, relation.type))
        return found

    @cached_property
    def _users(self) -> Mapping[str, Sequence[str]]:
        """For each code whose formula names it."""
        found: dict[str, list[str]] = {}
        for one in self._catalog.newest():
            for name in self._catalog.inputs(one.code):
                found.setdefault(name, []).append(one.code)
        return found

    # ---- words and states

    @cached_property
    def _every_system(self) -> frozenset[str]:
        return frozenset(one.system for one in self.index.indicators)

    def _systems(self, actor: Actor) -> tuple[str, ...]:
        return self._ordered({one for one in self._every_system if access.may(actor, "view", system=one)})

    def _ordered(self, systems: frozenset[str] | set[str]) -> tuple[str, ...]:
        turn = {name: place for place, name in enumerate(SYSTEMS)}
        return tuple(sorted(systems, key=lambda name: (turn.get(name, len(turn)), name)))

    def _system(self, name: str, language: str) -> str:
        found = self._catalog.systems.get(name)
        return name if found is None else found.name_en if language == "en" else found.name_zh

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()

    def _status(self, one: Indicator) -> str:
        return status(one, self._today())

    def _freshness(self, one: Indicator, reach: Reach) -> str:
        """How new the last figure is, by the calendar of releases."""
        if reach.last is None:
            return NEVER
        coming = next_release(one, reach.last)
        now = self._clock().astimezone(self._zone).replace(tzinfo=None)
        if coming is None or now < coming.due:
            return FRESH
        return DUE if now < coming.late else LATE


def status(one: Indicator, today: date) -> str:
    """Where the newest version of a definition stands on a day."""
    if one.valid_to is not None and one.valid_to < today:
        return RETIRED
    if one.valid_from is not None and one.valid_from > today:
        return SCHEDULED
    return IN_FORCE if one.headline else INPUT


def coverage(reach: Reach) -> str:
    """How far figures reach, in one word."""
    if not reach.reported:
        return NONE
    return FULL if reach.reported >= reach.expected else PART


def _rules(one: Indicator) -> tuple[str, ...]:
    """The types of the warning rules of an indicator; ``none`` where it has none that warns."""
    kinds = tuple(dict.fromkeys(spec.type for spec in one.specs if spec.type != "none"))
    return kinds or ("none",)
