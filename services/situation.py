"""The situation map (一张图): warnings, incidents, resources, projects, video points and the grid on one ground.

Subjects bring their layers; here they are narrowed, switched and set beside what is near a point. What is on and
which point is chosen stand in the address, like everything else on a board.
"""

from collections.abc import Callable, Mapping, Sequence

from data_access.boundaries import Geometry
from data_access.resources import Resource
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, RegionTree
from services import access
from services.access import Actor
from services.maps import Maps
from services.panels import Maker, PanelWish
from services.resources import HELPERS, KINDS, Resources
from services.scenes import Scene, level_of
from services.situation_views import (
    NearLine,
    PointView,
    SituationArea,
    SituationLayer,
    SituationMark,
    SituationView,
)
from services.statutory import Statutory
from services.statutory_views import ShapeView, StatutoryPage, WarningView
from services.views import Face, Place

Position = tuple[float, float]
Layer = Callable[[PanelWish], Sequence[SituationMark]]
"""Gives the marks of a subject that the reader of a wish may see."""

LAYERS = {
    "warnings": N_("预警范围"),
    "incidents": N_("突发事件"),
    "team": KINDS["team"],
    "hospital": KINDS["hospital"],
    "store": KINDS["store"],
    "shelter": KINDS["shelter"],
    "projects": N_("重点项目"),
    "video": KINDS["video"],
    "grid": KINDS["grid"],
}
"""Every layer in the order of its switch."""

USUAL = ("warnings", "incidents", "team", "hospital")
"""What is on before a reader chose."""

RADII = (1, 3, 5, 10, 20)
"""The radii that are offered, in kilometres."""

USUAL_RADIUS = 5
NEAREST = 8
PARTS = 6


class Situation:
    """Puts the map together.

    layers  what other subjects show on it, by the key of the layer
    """

    def __init__(
        self,
        statutory: Statutory,
        resources: Resources,
        maps: Maps,
        tree: RegionTree,
        layers: Mapping[str, Layer],
    ) -> None:
        self._statutory = statutory
        self._resources = resources
        self._maps = maps
        self._tree = tree
        self._layers = layers

    def panels(self) -> dict[str, Maker]:
        """The panel that boards can show."""
        return {"situation.map": self.view}

    def view(self, wish: PanelWish) -> SituationView | Face:
        """The map of the scene's region, with the layers that are on and the point that is chosen."""
        scene = wish.scene
        if not scene.own:
            return Face("forbidden", N_("一张图只向本地区开放。"), {})
        ground = self._ground(scene.actor, scene.region)
        if ground is None:
            return Face("empty", N_("这个地区没有边界数据，地图画不出来。"), {})
        parent, level, geometry = ground
        on = layers_in(wish.choice.filters)
        there = self._statutory.in_force(scene.actor, (scene.region,), wish.moment, scene.language)
        marks = {key: tuple(layer(wish)) for key, layer in self._layers.items()}
        for kind in KINDS:
            marks[kind] = tuple(
                _mark(one, scene.language) for one in self._resources.here(scene.actor, scene.region, (kind,))
            )
        point, problem = self._point(scene, wish.choice.filters)
        counts = {"warnings": len(there)} | {key: len(some) for key, some in marks.items()}
        return SituationView(
            place=scene.place(scene.region),
            parent=scene.place(parent),
            level=level.name.lower(),
            version=geometry.tag,
            bounds=geometry.bounds,
            approximate=geometry.approximate,
            areas=tuple(
                self._areas(scene.region, parent, geometry, there if "warnings" in on else (), scene.place)
            ),
            layers=tuple(
                SituationLayer(key, name, key in on, counts.get(key, 0))
                for key, name in LAYERS.items()
                if key in counts
            ),
            marks=tuple(mark for key in LAYERS if key in on for mark in marks.get(key, ())),
            shapes=tuple(self._shapes(there)) if "warnings" in on else (),
            point=point,
            problem=problem,
        )

    def of_warning(self, actor: Actor, page: StatutoryPage, language: str) -> SituationView | None:
        """The area of one warning on the ground of the city or, for others, of what they answer for; None without."""
        root = (
            self._tree.root if access.scope(actor, self._tree, self._tree.root) == "own" else actor.regions[0]
        )
        ground = self._ground(actor, root)
        if ground is None or not (page.warning.regions or page.shapes.polygons or page.shapes.circles):
            return None

        def place(code: int) -> Place:
            return Place(code, self._named(code, language), level_of(self._tree, code))

        parent, level, geometry = ground
        shown = [(page.warning.level, page.shapes)]
        return SituationView(
            place(root), place(parent), level.name.lower(), geometry.tag, geometry.bounds,
            geometry.approximate, tuple(self._areas(parent, parent, geometry, (page.warning,), place)), (), (),
            tuple(shown), None,
        )  # fmt: skip

    # ---- the ground

    def _ground(self, actor: Actor, region: int) -> tuple[int, Level, Geometry] | None:
        """The children of the region, or its siblings where it has none that are drawn and the reader may see them."""
        for parent in (region, self._tree.parent(region)):
            if parent is None or access.scope(actor, self._tree, parent) != "own":
                continue
            for level in (Level.COUNTY, Level.TOWN):
                found = self._maps.geometry(actor, parent, level)
                if found is not None:
                    return parent, level, found
        return None

    def _areas(
        self,
        region: int,
        parent: int,
        geometry: Geometry,
        there: Sequence[WarningView],
        place: Callable[[int], Place],
    ) -> Sequence[SituationArea]:
        found = []
        for code in geometry.codes:
            first = next((one for one in there if self._statutory.reaches((one,), code)), None)
            found.append(
                SituationArea(
                    place(code), first.level if first else 0, first.headline if first else "",
                    chosen=code == region and code != parent,
                )
            )  # fmt: skip
        return found

    def _shapes(self, there: Sequence[WarningView]) -> Sequence[tuple[int, ShapeView]]:
        shapes = [(one.level, self._statutory.shapes(one.id)) for one in there]
        return [(level, shape) for level, shape in shapes if shape.polygons or shape.circles]

    # ---- a point

    def around(
        self,
        actor: Actor,
        position: Position,
        radius_km: float,
        name: str,
        language: str,
        limit: int = NEAREST,
    ) -> PointView:
        """What is near a point and who lives around it; also for an incident."""
        people = self._resources.affected(actor, position, radius_km * 1000)
        near = self._resources.near(actor, position, HELPERS, limit)
        return PointView(
            name=name,
            lat=position[0],
            lon=position[1],
            radius_km=radius_km,
            near=tuple(
                NearLine(
                    one.resource.id, one.resource.kind, one.resource.called(language), one.distance_m, one.route_m,
                    one.minutes, _facts(one.resource), one.resource.simulated, one.resource.capacity,
                    one.resource.stock,
                )
                for one in near
            ),
            people=people,
            parts=tuple(
                (self._named(part.region, language), part.people) for part in people.parts[:PARTS] if part.people >= 1
            ),
        )  # fmt: skip

    def _named(self, region: int, language: str) -> str:
        found = self._tree.get(region)
        return found.name_en if language == "en" and found.name_en else found.name

    def _point(self, scene: Scene, filters: Mapping[str, str]) -> tuple[PointView | None, str]:
        text = filters.get("at", "")
        if not text:
            return None, ""
        try:
            position, name = self.find(scene.actor, text, scene.language)
        except CockpitError as error:
            return None, error.issues[0].what
        radius = filters.get("radius", "")
        chosen = (
            int(radius) if radius.isascii() and radius.isdigit() and int(radius) in RADII else USUAL_RADIUS
        )
        return self.around(scene.actor, position, chosen, name, scene.language), ""

    def find(self, actor: Actor, text: str, language: str = "zh") -> tuple[Position, str]:
        """The point that a text names: a region in any spelling, or latitude and longitude.

        raises  CockpitError naming the field ``place``, where there is no such point or it is not the reader's
        """
        position = position_in(text)
        if position is not None:
            region = self._resources.region_at(position)
            if region is None:
                raise CockpitError(
                    Issue("point_outside", N_("这个点不在本市范围内。"), N_("请核对经纬度。"), "place")
                )
            name = self._named(region, language)
        else:
            try:
                region = self._tree.parse(text)
            except CockpitError as error:
                first = error.issues[0]
                raise CockpitError(
                    Issue(first.key, first.what, first.do, "place", params=first.params)
                ) from None
            found = self._resources.centre(region)
            if found is None:
                raise CockpitError(Issue("no_position", N_("“{text}”在地图上没有位置。"), N_("请改用经纬度。"), "place",
                                         params={"text": text}))  # fmt: skip
            position, name = found, self._named(region, language)
        if access.scope(actor, self._tree, region) != "own":
            raise CockpitError(
                Issue(
                    "point_elsewhere", N_("这个地点不在您的职责范围内。"), N_("请选择本地区的地点。"), "place"
                )
            )
        return position, name


def layers_in(filters: Mapping[str, str]) -> frozenset[str]:
    """The layers that an address switches on; without a word of it the usual ones, and none for "none"."""
    chosen = filters.get("layers")
    return frozenset(USUAL if chosen is None else set(chosen.split(",")) & set(LAYERS))


def position_in(text: str) -> Position | None:
    """Latitude and longitude in a text, in either order where one of them can only be a longitude."""
    parts = text.replace("，", ",").replace("~", ",").split(",")
    try:
        first, second = (float(part) for part in parts)
    except ValueError:
        return None
    lat, lon = (second, first) if abs(first) > 90 else (first, second)
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def _facts(one: Resource) -> tuple[str, ...]:
    return tuple(text for text in (one.contact, one.phone) if text)


def _mark(one: Resource, language: str) -> SituationMark:
    return SituationMark(
        layer=one.kind,
        id=f"{one.kind}-{one.id}",
        name=one.called(language),
        lat=one.lat,
        lon=one.lon,
        facts=_facts(one),
        link=one.link,
        simulated=one.simulated,
        capacity=one.capacity,
        stock=one.stock,
    )
