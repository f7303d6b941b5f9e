"""Search: indicators, regions, boards and records by Chinese, English, pinyin or initials, for one reader.

A subject offers its records as a `Finder`; what a finder gives is already narrowed to what its reader may see.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from indicators.catalog import Catalog
from indicators.definition import System, Theme
from indicators.errors import N_
from indicators.regions import Level, Region, RegionTree
from services import access, pinyin
from services.access import Actor
from services.scenes import name_of
from services.texts import Texts

EACH = 8
"""How many hits of one kind are listed."""

SYSTEMS = ("econ", "proj", "emerg", "sign", "dgov", "ops")
"""Whose indicators come first where names answer equally well: the order of the navigation."""

LONGEST = 64
"""Letters of a question that are looked at."""

FEWEST = 2
"""Letters from which on records are searched."""

EXACT, BEGINS, WORD, INSIDE, SPELLED_FIRST, SPELLED = range(6)
"""How well a name answers, best first."""

_BEHIND = 8
"""What a word found in the second name is worth less: below every find in the first."""


@dataclass(frozen=True)
class Hit:
    """One thing that was found.

    kind    indicator, theme, region, project, deal, incident, …: the page knows where each is shown
    key     what identifies it among its kind
    detail  what sets it apart from others of the same name: a system, the regions above, a stage
    """

    kind: str
    key: str
    name: str
    detail: str = ""
    simulated: bool = False


@dataclass(frozen=True)
class Found:
    """The hits of one kind, best first; ``more`` tells that there are others."""

    kind: str
    hits: tuple[Hit, ...]
    more: bool = False


class Finder(Protocol):
    """Finds things of one kind."""

    @property
    def kind(self) -> str: ...

    def find(self, actor: Actor, text: str, limit: int, language: str) -> Sequence[Hit]:
        """The best hits that the actor may see, best first; names in the language."""
        ...


class Search:
    """Asks every finder, in the order in which their kinds are shown."""

    def __init__(self, finders: Sequence[Finder]) -> None:
        self._finders = tuple(finders)

    def find(self, actor: Actor, text: str, language: str) -> tuple[Found, ...]:
        """What a text finds, by kind; nothing for an empty text and for who may see nothing."""
        wanted = text.strip()[:LONGEST]
        if not wanted or not access.may(actor, "view"):
            return ()
        found = [(finder.kind, finder.find(actor, wanted, EACH + 1, language)) for finder in self._finders]
        return tuple(Found(kind, tuple(hits[:EACH]), len(hits) > EACH) for kind, hits in found if hits)


def rank(text: str, *names: str) -> int | None:
    """How well names answer to a text, lower is better; None where one of its words is in none of them.

    The first name weighs most. Words are those between spaces; pinyin may be written with spaces as well.
    """
    whole = _score(text, names)
    words = text.split()
    if whole is not None or len(words) < 2:
        return whole
    parts = [_score(word, names) for word in words]
    known = [part for part in parts if part is not None]
    return max(known) if len(known) == len(parts) else None


def best(candidates: Iterable[tuple[Hit, Sequence[str]]], text: str, limit: int) -> list[Hit]:
    """The hits whose names answer best to a text; of equals the first, so what matters more is to come first."""
    scored = [(score, hit) for hit, names in candidates if (score := rank(text, *names)) is not None]
    return [hit for _, hit in sorted(scored, key=lambda one: one[0])[:limit]]


def _score(text: str, names: Sequence[str]) -> int | None:
    scores = [
        score + (_BEHIND if place else 0)
        for place, name in enumerate(names)
        if (score := _one(text.casefold(), name)) is not None
    ]
    return min(scores, default=None)


def _one(text: str, name: str) -> int | None:
    """How well one name answers."""
    here = name.casefold()
    at = here.find(text)
    if at == 0:
        return EXACT if len(here) == len(text) else BEGINS
    if at > 0:
        return WORD if here[at - 1] in " (（-." else INSIDE
    if not (text.isascii() and any(sign.isalpha() for sign in text)):
        return None
    spelled = pinyin.typed(text, pinyin.syllables(name)) if not name.isascii() else None
    return None if spelled is None else SPELLED_FIRST if spelled == 0 else SPELLED


def _name(one: System | Theme, language: str) -> str:
    return one.name_en if language == "en" else one.name_zh


def _turn(system: str) -> int:
    """When it is a system's turn."""
    return SYSTEMS.index(system) if system in SYSTEMS else len(SYSTEMS)


class Indicators:
    """Finds indicators by their names in both languages and by their code; headline figures first."""

    kind = "indicator"

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def find(self, actor: Actor, text: str, limit: int, language: str) -> list[Hit]:
        """The indicators of the systems that the actor may see."""
        known = [self._catalog.get(code) for code in self._catalog.codes]
        return best(
            (
                (
                    Hit(
                        self.kind, one.code, one.name(language), self._detail(one.system, one.theme, language)
                    ),
                    (one.name_zh, one.name_en, one.code),
                )
                for one in sorted(known, key=lambda one: (not one.headline, _turn(one.system)))
                if access.may(actor, "view", system=one.system)
            ),
            text,
            limit,
        )

    def _detail(self, system: str, theme: str | None, language: str) -> str:
        """The system and the theme in which an indicator stands."""
        said = [self._catalog.systems.get(system), self._catalog.themes.get((system, theme or ""))]
        return " · ".join(_name(one, language) for one in said if one is not None)


class Themes:
    """Finds the themes of systems: the tabs of their boards."""

    kind = "theme"

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def find(self, actor: Actor, text: str, limit: int, language: str) -> list[Hit]:
        """The themes of the systems that the actor may see; the key is system and theme with a slash."""
        return best(
            (
                (Hit(self.kind, f"{theme.system}/{theme.id}", _name(theme, language), self._system(theme.system, language)),
                 (theme.name_zh, theme.name_en))
                for theme in sorted(self._catalog.themes.values(), key=lambda one: _turn(one.system))
                if access.may(actor, "view", system=theme.system)
            ),
            text,
            limit,
        )  # fmt: skip

    def _system(self, system: str, language: str) -> str:
        found = self._catalog.systems.get(system)
        return _name(found, language) if found else ""


class Regions:
    """Finds regions that a reader answers for, and those above as context; also by names that they had before."""

    kind = "region"

    def __init__(self, tree: RegionTree, root: int) -> None:
        self._tree = tree
        self._codes = (root, *tree.subtree(root))
        self._known: dict[int, tuple[str, ...]] = {}

    def find(self, actor: Actor, text: str, limit: int, language: str) -> list[Hit]:
        """The regions with a board, as far as the actor may go."""
        seen = (self._tree.get(code) for code in dict.fromkeys(access.narrow(actor, self._tree, self._codes)))
        there = [region for region in seen if not region.reporting_unit and region.level >= Level.CITY]
        codes = [region.code for region in sorted(there, key=lambda region: region.level)]
        found = ((self._hit(code, text, language), self._names(code)) for code in codes)
        return best(found, text, limit)

    def _hit(self, code: int, text: str, language: str) -> Hit:
        """A region; one that is found only by a name that it had before says which."""
        before: list[str] = []
        if rank(text, *self._names(code)[:2]) is None:
            before = [
                Texts(language).t(N_("原{name}"), name=name)
                for name in self._former(code)
                if rank(text, name) is not None
            ]
        above = [
            name_of(self._tree, one, language)
            for one in self._tree.ancestors(code)
            if self._tree.get(one).level >= Level.CITY
        ]
        return Hit(
            self.kind,
            f"{code:012d}",
            name_of(self._tree, code, language),
            " / ".join([*reversed(above), *before[:1]]),
        )

    def _names(self, code: int) -> tuple[str, ...]:
        region = self._tree.get(code)
        return region.name, region.name_en, *self._former(code)

    def _former(self, code: int) -> tuple[str, ...]:
        """The names that a region, and those whose land it took over, had before."""
        if code not in self._known:
            now = self._tree.get(code).name
            names = [name for one in self._sources(code, frozenset()) for name in (one.name, one.name_en)]
            self._known[code] = tuple(dict.fromkeys(name for name in names if name and name != now))
        return self._known[code]

    def _sources(self, code: int, seen: frozenset[int]) -> Iterator[Region]:
        """The earlier versions of a code, and the regions that went into it."""
        yield from self._tree.versions(code)
        for other in self._tree:
            if code in other.successor and other.code not in {code, *seen}:
                yield from self._sources(other.code, seen | {code})


@dataclass(frozen=True)
class Records:
    """Finds among the records of a subject, from two letters on: they are many.

    listed  the records that an actor may see, in a language, each with the names it answers to
    """

    kind: str
    listed: Callable[[Actor, str], Iterable[tuple[Hit, Sequence[str]]]]

    def find(self, actor: Actor, text: str, limit: int, language: str) -> list[Hit]:
        """The records that answer best."""
        return best(self.listed(actor, language), text, limit) if len(text) >= FEWEST else []
