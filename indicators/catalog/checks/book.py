"""Everything that is written, laid out for the checks of a catalog."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from indicators import formula, units
from indicators.catalog.fields import number, unknown_word
from indicators.catalog.reading import (
    MEASURED,
    Document,
    Entry,
    Kind,
    Path,
    Source,
    indicator,
    is_vocabulary,
    layered,
)
from indicators.definition import (
    Indicator,
)
from indicators.errors import N_, CockpitError, Issue

UNSAID = "—"
"""Stands for the unit of an entry that states none: no unit of the library, so that nothing is concluded from it."""


@dataclass(frozen=True)
class Placed:
    """An entry and the place where it stands."""

    entry: Entry
    source: Source
    path: Path

    def where(self, *more: str | int) -> str:
        """``file:line`` of a field of the entry."""
        return self.source.where((*self.path, *more))


@dataclass(frozen=True)
class Defined:
    """A well-formed indicator and the place where it stands."""

    indicator: Indicator
    placed: Placed

    def where(self, *more: str | int) -> str:
        """``file:line`` of a field of the definition."""
        return self.placed.where(*more)


@dataclass
class Book:
    """Everything that is written, laid out for the checks.

    placed    every entry that is a mapping
    sound     the entries whose own fields are right
    codes     all codes that are written anywhere, so that one mistake is told once
    defined   the well-formed indicators in force, by code
    trees     the formulas that could be read
    examples  the codes whose worked examples are run; None: all
    """

    placed: list[Placed]
    sound: list[Placed]
    codes: frozenset[str]
    vocabulary: Document
    defined: dict[str, Defined] = field(default_factory=dict)
    trees: dict[str, formula.Node] = field(default_factory=dict)
    examples: frozenset[str] | None = None

    def of(self, *kinds: Kind) -> Iterator[Placed]:
        """The sound entries of some kinds."""
        return (one for one in self.sound if one.entry.kind in kinds)

    def unknown(self, code: object, where: str) -> Issue:
        """The issue that says that no indicator has this code."""
        return unknown_word("unknown_code", N_("没有指标 {word}"), str(code), sorted(self.codes), where)


def make_book(sources: Sequence[Source], placed: list[Placed], sound: list[Placed]) -> Book:
    vocabulary = next((cast(Document, s.document) for s in sources if is_vocabulary(s.document)), {})
    codes = frozenset(one.entry.code for one in placed if one.entry.kind in MEASURED)
    book = Book(placed, sound, codes, vocabulary)
    in_force = {(entry.kind, entry.code, entry.where) for entry in layered([one.entry for one in sound])}
    for placed_one in book.of(*MEASURED):
        entry = placed_one.entry
        if (entry.kind, entry.code, entry.where) in in_force and _readable(entry.document):
            book.defined[entry.code] = Defined(indicator(entry, vocabulary), placed_one)
    for code, defined in book.defined.items():
        text = defined.indicator.formula
        if text is not None:
            try:
                book.trees[code] = formula.parse(text)
            except CockpitError:
                continue
    return book


def _readable(document: Document) -> bool:
    """Whether the parts that have checks of their own can be turned into values."""
    targets = document.get("targets")
    years = targets if isinstance(targets, Mapping) else {}
    return all(is_year(year) and number(value) for year, value in years.items())


def is_year(written: object) -> bool:
    return isinstance(written, int) and not isinstance(written, bool) and 1949 <= written <= 2100


def is_ratio(one: Indicator, tree: formula.Node | None) -> bool:
    """Whether a figure is a share or a quotient: by its unit, or because its formula divides by a figure."""
    try:
        pure = units.is_ratio(one.unit)
    except CockpitError:
        pure = False
    return pure or (tree is not None and bool(denominators(tree)))


def inputs_of(book: Book, defined: Defined) -> tuple[str, ...]:
    """The well-formed indicators that a formula refers to."""
    tree = book.trees.get(defined.indicator.code)
    names = formula.references(tree) if tree is not None else ()
    return tuple(name for name in names if name in book.defined)


def _divisions(tree: formula.Node) -> list[formula.Operation]:
    return [
        part
        for part in formula.parts(tree)
        if isinstance(part, formula.Operation) and part.sign == "/" and formula.references(part.right)
    ]


def denominators(tree: formula.Node) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in _divisions(tree) for name in formula.references(part.right)))


def numerators(tree: formula.Node) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in _divisions(tree) for name in formula.references(part.left)))
