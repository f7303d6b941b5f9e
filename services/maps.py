"""Which polygons a reader may draw: the children of a region inside the reader's scope."""

from data_access.boundaries import Boundaries, Geometry
from indicators.regions import Level, RegionTree
from services import access
from services.access import Actor


class Maps:
    """Answers with geometries, narrowed to the actor."""

    def __init__(self, boundaries: Boundaries, tree: RegionTree) -> None:
        self._boundaries = boundaries
        self._tree = tree

    def build(self) -> int:
        """Make the files that browsers draw from; returns how many there are."""
        return self._boundaries.build()

    def drawn(self) -> frozenset[int]:
        """The regions of which there is an outline."""
        return self._boundaries.outlined()

    def geometry(
        self, actor: Actor, parent: int, level: Level, tree: RegionTree | None = None, tag: str | None = None
    ) -> Geometry | None:
        """The polygons of the children of ``parent`` at ``level``, or None where there are none.

        tree    the regions of another day than today: old periods show old regions
        tag     those that a page has named
        raises  CockpitError ``forbidden`` outside the actor's own regions: the outline of a city's counties
                is for those who answer for the city
        """
        access.require(actor, "view", self._tree, parent)
        if access.scope(actor, self._tree, parent) != "own":
            return None
        if tag is not None:
            return self._boundaries.tagged(parent, level, tag)
        return self._boundaries.geometry(parent, level, tree)
