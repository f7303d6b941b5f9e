"""A statutory warning as a line of a board."""

from services.scenes import Scene
from services.statutory_views import WarningView
from services.views import StatutoryLine


def statutory_line(warning: WarningView, scene: Scene) -> StatutoryLine:
    """A warning in force as the reader of a board meets it.

    Regions that the reader answers for, or that lie above them, are called by their names; what lies elsewhere stands
    in the authority's own words only, which are public where the warning holds.
    """
    near = [
        code for code in warning.regions
        if scene.tree.contains(scene.region, code) or scene.tree.contains(code, scene.region)
    ]  # fmt: skip
    return StatutoryLine(
        id=warning.id,
        level=warning.level,
        colour=warning.colour,
        hazard=warning.hazard_key or warning.hazard,
        headline=warning.headline,
        issuer=warning.issuer,
        places=tuple(scene.name(code) for code in near) or (warning.area,),
        issued=warning.issued,
        until=warning.until,
        marks=warning.marks,
    )
