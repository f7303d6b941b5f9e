"""What a total is made of: the parts of an identity, or the items of a breakdown, and the rest that they leave."""

from collections.abc import Callable, Mapping, Sequence

from indicators.aggregation import TOTAL
from indicators.catalog import Catalog
from indicators.definition import Indicator
from indicators.measures import RATES
from services import courses
from services.answers import Answer, Line, Question
from services.query import Query
from services.scenes import Scene
from services.views import CompositionView, Figure, Part

DEPARTMENTS = ("department", "lead_department")
"""The breakdowns whose items are departments of the catalogue."""

ROUNDING = 0.005
"""What parts may miss of their total, as a share, before it is said."""


class Compositions:
    """Puts compositions together.

    items  the breakdown and the scope of every item, by its number
    """

    def __init__(
        self, query: Query, catalog: Catalog, items: Callable[[], Mapping[int, tuple[str, str]]]
    ) -> None:
        self._query = query
        self._catalog = catalog
        self._items = items

    def over(self, query: Query) -> "Compositions":
        """The same of the figures of another query."""
        return Compositions(query, self._catalog, self._items)

    def composition(self, scene: Scene, indicator: Indicator, answer: Answer) -> CompositionView | None:
        """What a figure is made of: the parts of an identity, else the items of its first breakdown."""
        total = answer.row(indicator.code, scene.region)
        if total is None or total.value is None or indicator.unit in RATES:
            return None
        for parts in sorted(
            (one.parts for one in self._catalog.identities if one.total == indicator.code),
            key=len,
            reverse=True,
        ):
            view = self._composition_of(
                scene, indicator, total, self._identity_parts(scene, parts, total), "identity"
            )
            if view:
                return view
        return self._breakdown(scene, indicator, total) if indicator.dimensions else None

    def _identity_parts(
        self, scene: Scene, codes: tuple[str, ...], total: Line
    ) -> list[tuple[str, str, Line]]:
        known = tuple(code for code in codes if code in self._catalog)
        answer = self._query.ask(
            scene.actor, Question(known, (scene.region,), periods=(total.period,), as_of=scene.as_of)
        )
        return [
            (line.indicator, self._catalog.get(line.indicator).name(scene.language), line) for line in answer
        ]

    def _breakdown(self, scene: Scene, indicator: Indicator, total: Line) -> CompositionView | None:
        question = Question(
            (indicator.code,), (scene.region,), periods=(total.period,), items=None, as_of=scene.as_of
        )
        items, labels = self._items(), item_names(self._catalog, scene.language)
        by: dict[str, list[tuple[str, str, Line]]] = {}
        for line in self._query.ask(scene.actor, question):
            dimensions, narrower = items.get(line.item, ("", ""))
            name, _, value = dimensions.partition("=")
            if line.item != TOTAL and not narrower and value and ";" not in value:
                by.setdefault(name, []).append(
                    (f"{name}={value}", labels.get((name, value)) or _spelled(value), line)
                )
        for name in indicator.dimensions:
            view = self._composition_of(scene, indicator, total, by.get(name, []), name)
            if view:
                return view
        return None

    def _composition_of(
        self, scene: Scene, indicator: Indicator, total: Line, found: Sequence[tuple[str, str, Line]], by: str
    ) -> CompositionView | None:
        """The parts with figures, largest first; what they leave of the total is a part of its own."""
        whole = total.value or 0.0
        there = [(code, name, line, line.value) for code, name, line in found if line.value is not None]
        if len(there) < 2 or whole <= 0:
            return None
        parts = [
            Part(code if by == "identity" else "", name, courses.figure(line), 100 * value / whole, line.yoy)
            for code, name, line, value in sorted(there, key=lambda one: -one[3])
        ]
        rest = whole - sum(value for *_, value in there)
        if rest > whole * ROUNDING:
            figure = Figure(rest, indicator.unit, total.period, "ok", "computed")
            parts.append(Part("rest", "", figure, 100 * rest / whole))
        return CompositionView(
            indicator.code, indicator.name(scene.language), dimension_name(self._catalog, by, scene.language),
            courses.figure(total), tuple(parts), balanced=rest > -whole * ROUNDING,
        )  # fmt: skip


def dimension_name(catalog: Catalog, dimension: str, language: str) -> str:
    """The name of a breakdown."""
    labels = catalog.vocabulary.get("dimension_labels")
    found = labels.get(dimension) if isinstance(labels, Mapping) else None
    return str(found.get(language, dimension)) if isinstance(found, Mapping) else ""


def item_name(catalog: Catalog, dimension: str, item: str, language: str) -> str:
    """The name of one item of a breakdown."""
    return item_names(catalog, language).get((dimension, item)) or _spelled(item)


def item_names(catalog: Catalog, language: str) -> dict[tuple[str, str], str]:
    """The names of breakdown items: departments by theirs; the vocabulary gives the others in Chinese, and other
    languages use the item's code.
    """
    named = {
        (name, one.id): one.name_en if language == "en" else one.name_zh
        for name in DEPARTMENTS
        for one in catalog.departments.values()
    }
    listed = catalog.vocabulary.get("dimension_items")
    if language != "zh" or not isinstance(listed, Mapping):
        return named
    return named | {
        (name, code): str(label) for name, found in listed.items() for code, label in found.items()
    }


def _spelled(code: str) -> str:
    """The code of a breakdown item as words: metal_products, Metal products."""
    return code.replace("_", " ").capitalize()
