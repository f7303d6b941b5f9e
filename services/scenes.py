"""The scene of a board: who looks at which region, as of when, and what every part of the board needs of that."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from indicators import periods
from indicators.catalog import Catalog
from indicators.definition import Indicator
from indicators.errors import CockpitError
from indicators.measures import Targets
from indicators.regions import Level, RegionTree
from services import access
from services.access import Actor
from services.alerts import AlertView
from services.views import Mark, Place

RECAST, LIMIT = ("calibre", "recast"), ("limit", "today")
"""What an address says where figures from before a break are those of the linked series, and where all is judged by
today's limit."""


@dataclass(frozen=True)
class Scene:
    """Where a board stands and when.

    own    whether the region is the reader's own, and not one above it shown for comparison
    until  the period by whose end figures are taken; None for the newest
    as_of  an instant: figures as they were known then
    marks  the most severe open warning by (indicator, region)
    below  how many warnings stand open below the region, by indicator
    recast figures from before a break of the calibre by the series that is linked to it
    mapped older figures on the boundaries of the day shown, as far as they can be put together
    today  the day whose legal limit is drawn for all time; None: each period has its own
    """

    actor: Actor
    tree: RegionTree
    region: int
    own: bool
    language: str
    until: int | None
    as_of: int | None
    targets: Targets
    marks: Mapping[tuple[str, int], Mark] = field(default_factory=dict)
    below: Mapping[str, int] = field(default_factory=dict)
    recast: bool = False
    today: date | None = None
    mapped: bool = False

    def name(self, region: int) -> str:
        """A region in the reader's language."""
        return name_of(self.tree, region, self.language)

    def place(self, region: int) -> Place:
        """A region as the reader meets it."""
        context = access.scope(self.actor, self.tree, region) == "context"
        return Place(region, self.name(region), level_of(self.tree, region), context)

    @property
    def level(self) -> str:
        """The level of the region shown, as a word."""
        return level_of(self.tree, self.region)

    def depth(self, region: int) -> int:
        """How far down a region stands."""
        return int(self.tree.get(region).level)

    def mark(self, indicator: Indicator, region: int) -> Mark | None:
        """The open warning on a number; where its rule refers to another indicator, that one's."""
        own = self.marks.get((indicator.code, region))
        if own is None and indicator.rule is not None and indicator.rule.type == "refer":
            return self.marks.get((str(indicator.rule.mapping.get("code", "")), region))
        return own


def below_in(alerts: Iterable[AlertView], scene: Scene) -> Counter[str]:
    """How many warnings stand open below the region of the board, by indicator; those in it have a mark of their own."""
    return Counter(
        alert.indicator for alert in alerts if alert.region != scene.region and _in_view(alert, scene)
    )


def name_of(tree: RegionTree, region: int, language: str) -> str:
    """The name of a region in a language."""
    found = tree.get(region)
    return found.name_en if language == "en" else found.name


def level_of(tree: RegionTree, region: int) -> str:
    """The level of a region, as a word."""
    return tree.get(region).level.name.lower()


def published(catalog: Catalog, code: str, level: Level) -> bool:
    """Whether an indicator is published at a level."""
    return level <= Level.parse(catalog.get(code).lowest_level)


def marks_in(alerts: Iterable[AlertView], scene: Scene) -> dict[tuple[str, int], Mark]:
    """The most severe of the warnings that speak of figures which the board shows, by (indicator, region)."""
    found: dict[tuple[str, int], Mark] = {}
    for alert in alerts:
        key = (alert.indicator, alert.region)
        if _in_view(alert, scene) and (key not in found or found[key].level < alert.level):
            found[key] = Mark(int(alert.level), str(alert.kind))
    return found


def _in_view(alert: AlertView, scene: Scene) -> bool:
    """Whether a warning speaks of figures that the board shows: a board of the past bears no mark of a later one."""
    later = scene.until is not None and alert.period // 1000 > scene.until // 1000
    unknown = scene.as_of is not None and alert.opened_at > scene.as_of
    return not later and not unknown


def until_of(text: str | None) -> int | None:
    """The last moment of a period in plain text; None for a text that names no period."""
    if not text:
        return None
    try:
        return periods.read(text, "period")
    except CockpitError:
        return None
