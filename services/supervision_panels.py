"""The panels of supervision: the open items of a region, and how its departments and counties handle theirs."""

from collections.abc import Mapping

from indicators.errors import N_
from services.panels import Maker, PanelWish
from services.supervision import Supervision
from services.supervision_views import OpenItemsView, RatesView
from services.views import Face

MOST_LISTED = 8


class SupervisionPanels:
    """Makes the panels from the same reading as the pages."""

    def __init__(self, supervision: Supervision) -> None:
        self._supervision = supervision

    def panels(self) -> Mapping[str, Maker]:
        """The makers by the names that layouts use."""
        return {"supervision.items": self.items, "supervision.rates": self.rates}

    def items(self, wish: PanelWish) -> OpenItemsView | Face:
        """The open items, the overdue ones first, then those whose deadline is near."""
        scene, supervision = wish.scene, self._supervision
        if not scene.own:
            return _above()
        found = supervision.items(scene.actor, (scene.region,), open_only=True)
        lines = sorted(
            supervision.lines(scene.actor, found, scene.language),
            key=lambda one: (not one.lateness, one.due_on, -one.level, one.id),
        )
        return OpenItemsView(
            place=scene.place(scene.region),
            lines=tuple(lines[:MOST_LISTED]),
            total=len(lines),
            overdue=sum(bool(one.lateness) for one in lines),
            simulated=any(one.simulated for one in lines),
            may_dispatch=supervision.supervises(scene.actor, scene.region),
            at=supervision.now(),
        )

    def rates(self, wish: PanelWish) -> RatesView | Face:
        """Closure, punctuality and repetition, by department and by county."""
        scene = wish.scene
        if not scene.own:
            return _above()
        return self._supervision.boards(scene.actor, scene.region, scene.language)


def _above() -> Face:
    return Face("forbidden", N_("这里只显示您负责地区的督办事项。"), {})
