"""The ground of a board: with which regions a day is shown, what became of the one shown, and its series on new bounds."""

from dataclasses import dataclass
from datetime import date, timedelta

from indicators import periods
from indicators.regions import RegionTree
from indicators.restating import stretches
from services import access
from services.access import Actor, Scope
from services.scenes import Scene
from services.views import GroundView, Place

MAPPED = ("boundaries", "now")
"""What an address says where older figures are shown on the boundaries of today."""

LOOKED_BACK = timedelta(days=4 * 366)
"""How far back of the period shown a change of boundaries is told: as far as the courses of a board reach."""

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Footing:
    """On what a board stands.

    tree   the regions of the day shown
    until  the period by whose end figures are taken: of a region that is no more, its last month
    """

    tree: RegionTree
    until: int | None
    scope: Scope | None


def footing(tree: RegionTree, actor: Actor, region: int, until: int | None, as_of: date | None) -> Footing:
    """The regions of the day that a board shows; rights hold by those of today and by those of that day."""
    days = [day for day in (periods.Period(until).end if until else None, as_of) if day is not None]
    day = min(days, default=None)
    if day is None and not tree.valid(region):
        ended = max(one.valid_to for one in tree.versions(region) if one.valid_to is not None)
        until = _last_month(ended)
        day = periods.Period(until).end
    today = tree.today or date.max
    then = tree if day is None or day >= today else tree.at(day)
    scopes = {access.scope(actor, tree, region), access.scope(actor, then, region)}
    scope: Scope | None = "own" if "own" in scopes else "context" if "context" in scopes else None
    return Footing(then, until, scope)


def _last_month(ended: date) -> int:
    """The last month that was over while a region stood."""
    last = ended if (ended + ONE_DAY).day == 1 else ended.replace(day=1) - ONE_DAY
    return periods.months_key(last.year, last.month, 1)


def ground(tree: RegionTree, scene: Scene) -> GroundView | None:
    """What to know about the territory of a board; None where nothing changed.

    tree  the regions of today
    """
    region, shown = scene.region, _shown(scene, tree)
    versions = tree.versions(region)
    ended = None if tree.valid(region) else max(one.valid_to for one in versions if one.valid_to is not None)
    begun = None if tree.valid(region, shown) else versions[0].valid_from
    begun = begun if begun is not None and begun > shown else None
    days = [day for day in tree.breaks(region) if shown - LOOKED_BACK < day <= shown]
    inside = [
        day for child in scene.tree.children(region) for day in tree.breaks(child)
        if shown - LOOKED_BACK < day <= shown
    ]  # fmt: skip
    if not (ended or begun or days or inside):
        return None
    past = [one for code in (region, *scene.tree.children(region)) for one in stretches(tree, code)]
    heirs, _ = tree.in_force([region]) if ended else ((), False)
    before = (tree.made_of(region, shown) or ()) if begun else ()
    return GroundView(
        ended=ended,
        heirs=_places(scene, tree, heirs),
        begun=begun,
        before=_places(scene, tree, before),
        breaks=tuple(sorted({*days, *inside})),
        own=bool(days),
        offered=any(one.codes is not None for one in past),
        mapped=scene.mapped,
    )


def _places(scene: Scene, tree: RegionTree, codes: tuple[int, ...]) -> tuple[Place, ...]:
    seen = access.narrow(scene.actor, tree, codes)
    return tuple(scene.place(code) for code in seen)


def _shown(scene: Scene, tree: RegionTree) -> date:
    """The day that a board shows."""
    today = tree.today or date.max
    return min(scene.tree.today or today, today)
