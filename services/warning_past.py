"""The past of the warnings: how the months were, place by place or system by system, and what happened in one of them.

Read from the history as it holds today: a warning that a revision took back is not drawn, but told in the list of
what happened. A month is as bad as the worst warning that stood in it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from itertools import groupby

from indicators import periods
from indicators.alerts import EventKind
from indicators.catalog import Catalog
from indicators.definition import indicator_of
from indicators.errors import N_
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.alerts import Alerts, EventView
from services.scenes import Scene, until_of
from services.views import Choice, Face, Mark
from services.warning_centre import WarningCentre
from services.warning_views import Cell, EventLine, Happened, PastView, Strip

MONTHS = 24
"""How many months a strip shows."""

YEARS = 3
"""How many years the calendar shows."""

LISTED = 60
"""How many events of a month are listed."""

EVERYTHING = 1_000_000
TWELVE = 12

BY: Mapping[str, str] = {"place": N_("按地区"), "system": N_("按领域")}


@dataclass(frozen=True)
class _Stretch:
    """A warning with the months in which it stood: month by month the worst level."""

    indicator: str
    region: int
    began: int
    worst: Mapping[int, int]


class WarningPast:
    """Looks back."""

    def __init__(
        self,
        centre: WarningCentre,
        alerts: Alerts,
        catalog: Catalog,
        tree: RegionTree,
        zone: timedelta = timedelta(hours=8),
    ) -> None:
        self._centre = centre
        self._alerts = alerts
        self._catalog = catalog
        self._tree = tree
        self._zone = timezone(zone)
        self._read = lru_cache(maxsize=8)(self._history)

    def view(self, actor: Actor, choice: Choice, moment: datetime, language: str = "zh") -> PastView | Face:
        """The past as the reader wants it; a face where there is nothing to stand on.

        moment  now, aware
        """
        scene = self._centre.scene(actor, choice, language)
        if isinstance(scene, Face):
            return scene
        now = _month(int(f"{moment.astimezone(self._zone):%Y%m%d}") * 10**7)
        parts = self._parts(scene)
        systems = self._systems(actor, language)
        options = {"by": tuple(BY.items()), "system": tuple(systems.items())}
        filters = {
            name: value for name, value in choice.filters.items() if value in dict(options.get(name, ()))
        }
        by = filters.get("by", "place" if len(parts) > 1 else "system")
        until = until_of(choice.period)
        chosen = min(_month(until), now) if until else now
        events = self._events(scene, filters)
        stretches = [_stretch(list(group), now) for _, group in groupby(events, key=lambda one: one.alert)]
        keys: Callable[[_Stretch], str]
        if by == "place":
            names = {f"{code:012d}": scene.name(code) for code in parts}
            keys = lambda one: self._part(one.region, parts)  # noqa: E731
        else:
            names, keys = systems, lambda one: self._catalog.get(one.indicator).system
        first = now - MONTHS + 1
        told = [event for event in events if _month(event.period) == chosen]
        told.sort(key=lambda event: -event.id)
        return PastView(
            place=scene.place(scene.region),
            path=self._centre.path(scene),
            by=by,
            months=tuple(map(_key, range(first, now + 1))),
            strips=tuple(_strips(names, stretches, keys, range(first, now + 1))),
            years=_years(stretches, now),
            month=_key(chosen),
            happened=tuple(self._happened(scene, event) for event in told[:LISTED]),
            more=max(0, len(told) - LISTED),
            filters=filters,
            options=options,
            vain=tuple(name for name in choice.filters if name not in filters),
        )

    def _parts(self, scene: Scene) -> tuple[int, ...]:
        """The region itself and the regions one level below it."""
        below = self._tree.children(scene.region, territories_only=True) if scene.own else ()
        return (scene.region, *access.narrow(scene.actor, self._tree, below))

    def _part(self, region: int, parts: Sequence[int]) -> str:
        """Which part a region belongs to."""
        found = next((code for code in parts[1:] if self._tree.contains(code, region)), parts[0])
        return f"{found:012d}"

    def _systems(self, actor: Actor, language: str) -> dict[str, str]:
        return {
            code: one.name_en if language == "en" else one.name_zh
            for code, one in self._catalog.systems.items() if access.may(actor, "view", system=code)
        }  # fmt: skip

    def _events(self, scene: Scene, filters: Mapping[str, str]) -> list[EventView]:
        """The whole history of the place, warning by warning, each in the order in which it was written."""
        below = self._tree.subtree(scene.region) if scene.own else ()
        found = self._read(scene.actor, (scene.region, *below), self._alerts.version())
        wanted = filters.get("system")
        return [
            event for event in found if wanted is None or self._catalog.get(event.indicator).system == wanted
        ]

    def _history(self, actor: Actor, regions: tuple[int, ...], _version: int) -> tuple[EventView, ...]:
        told = self._alerts.history(actor, regions, limit=EVERYTHING)
        return tuple(sorted(told, key=lambda event: (event.alert, event.id)))

    def _happened(self, scene: Scene, event: EventView) -> Happened:
        indicator = self._catalog.get(indicator_of(event.rule))
        return Happened(
            id=event.alert,
            name=indicator.name(scene.language),
            place=scene.place(event.region),
            kind="statutory"
            if indicator.rule is not None and indicator.rule.type == "state"
            else "management",
            frequency=str(indicator.frequency),
            event=event_line(event),
        )


def event_line(event: EventView) -> EventLine:
    """An event of the history as a line."""
    return EventLine(
        kind=event.kind.name.lower(),
        cause=event.cause.word,
        level=int(event.level),
        previous=int(event.previous),
        period=event.period,
        value=event.value,
        measured=event.measured,
        threshold=event.threshold,
        at=event.at,
        back_dated=event.back_dated,
    )


def _stretch(events: Sequence[EventView], now: int) -> _Stretch:
    """The months of one warning; what a revision said of a time holds from that time on."""
    steps: list[tuple[int, int]] = []
    for event in events:
        if event.kind is EventKind.REVISED:
            steps = [step for step in steps if step[0] < event.period]
        steps.append((event.period, int(event.level)))
    worst: dict[int, int] = {}
    level, month = 0, _month(steps[0][0])
    for period, after in steps:
        here = _month(period)
        for passed in range(month, here):
            worst[passed] = max(worst.get(passed, 0), level)
        if _shorter_than_a_month(period):  # it stood in the days before
            worst[here] = max(worst.get(here, 0), level)
        worst[here] = max(worst.get(here, 0), after)
        level, month = after, here
    for passed in range(month, now + 1):
        worst[passed] = max(worst.get(passed, 0), level)
    began = next((at for at in sorted(worst) if worst[at]), 0)
    return _Stretch(events[0].indicator, events[0].region, began, worst)


def _strips(
    names: Mapping[str, str],
    stretches: Iterable[_Stretch],
    key_of: Callable[[_Stretch], str],
    months: range,
) -> list[Strip]:
    by_key: dict[str, list[_Stretch]] = defaultdict(list)
    for one in stretches:
        by_key[key_of(one)].append(one)
    return [
        Strip(key, name, tuple(_cell(by_key[key], month) for month in months))
        for key, name in names.items()
    ]  # fmt: skip


def _cell(stretches: Sequence[_Stretch], month: int) -> Cell:
    levels = [level for one in stretches if (level := one.worst.get(month, 0))]
    opened = sum(one.began == month for one in stretches)
    return Cell(_key(month), Mark(max(levels)) if levels else None, len(levels), opened)


def _years(stretches: Sequence[_Stretch], now: int) -> tuple[tuple[int, tuple[Cell | None, ...]], ...]:
    """The calendar: the newest year first; months that are still to come are None."""
    this = now // TWELVE
    return tuple(
        (
            year,
            tuple(
                _cell(stretches, month) if (month := year * TWELVE + place) <= now else None
                for place in range(TWELVE)
            ),
        )
        for year in range(this, this - YEARS, -1)
    )


def _month(period: int) -> int:
    """The month in which a period ends, counted through the years."""
    return period // 10**11 * TWELVE + period // 10**9 % 100 - 1


def _key(month: int) -> int:
    """A month as a period."""
    return periods.months_key(month // TWELVE, month % TWELVE + 1, 1)


def _shorter_than_a_month(period: int) -> bool:
    return not periods.Period(period).months
