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

    def geometry(self, actor: Actor, parent: int, level: Level) -> Geometry | None:
        """The polygons of the children of ``parent`` at ``level``, or None where there are none.

        raises  CockpitError ``forbidden`` outside the actor's own regions: the outline of a city's counties
                is for those who answer for the city
        """
        access.require(actor, "view", self._tree, parent)
        if access.scope(actor, self._tree, parent) != "own":
            return None
        return self._boundaries.geometry(parent, level)
