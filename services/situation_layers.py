"""What other subjects bring to the situation map: their records as marks, narrowed by their own rules."""

from collections.abc import Sequence

from services.incident_reading import IncidentReading
from services.panels import Maker, PanelWish
from services.projects_views import PinsView
from services.situation import Layer
from services.situation_views import SituationMark


def of_incidents(incidents: IncidentReading) -> Layer:
    """Open incidents with a position; each leads to its page."""

    def marks(wish: PanelWish) -> Sequence[SituationMark]:
        scene = wish.scene
        return [
            SituationMark(
                layer="incidents",
                id=f"incident-{one.id}",
                name=one.title,
                lat=one.lat,
                lon=one.lon,
                facts=(one.place.name,),
                go=f"/incident/{one.id}",
                level=one.warning,
                simulated=one.simulated,
            )
            for one in incidents.marks(scene.actor, (scene.region,), scene.language)
        ]

    return marks


def of_projects(pins: Maker) -> Layer:
    """Key projects with a position, as the board of projects shows them; each leads to its page."""

    def marks(wish: PanelWish) -> Sequence[SituationMark]:
        view = pins(wish)
        if not isinstance(view, PinsView):
            return ()
        return [
            SituationMark(
                layer="projects",
                id=f"project-{pin.project.id}",
                name=pin.project.name,
                lat=pin.lat,
                lon=pin.lon,
                go=f"/project/{pin.project.id}",
                simulated=pin.project.simulated,
            )
            for pin in view.pins
        ]

    return marks
