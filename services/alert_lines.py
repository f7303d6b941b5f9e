"""A warning as a line: the same words on a board, on the wall, in the warning centre; none is told twice."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from indicators.catalog import Catalog
from services import courses
from services.access import Actor
from services.alerts import AlertView
from services.scenes import Scene
from services.statutory_figures import IN_FORCE as MIRRORS
from services.statutory_views import WarningView
from services.views import AlertLine
from services.warning_views import Handled

Reaches = Callable[[Sequence[WarningView], int], bool]
"""Whether one of these warnings of authorities is for a region."""


Looked = Callable[[Actor, Sequence[AlertView]], Mapping[str, Handled]]
"""What is being done about warnings that are looked at together, by their ids; of which nothing is known, not there."""


def alert_line(alert: AlertView, scene: Scene, catalog: Catalog, handled: Handled = Handled()) -> AlertLine:
    """An open warning as its reader meets it."""
    indicator = catalog.get(alert.indicator)
    return AlertLine(
        id=alert.id,
        kind=str(alert.kind),
        level=int(alert.level),
        indicator=alert.indicator,
        name=alert.title(scene.language),
        place=scene.place(alert.region),
        value=alert.value,
        unit=indicator.unit,
        measure=alert.measure,
        compared=alert.measured,
        op=alert.op,
        threshold=alert.threshold,
        lasted=alert.lasted,
        period=alert.period,
        since=alert.opened,
        frequency=str(indicator.frequency),
        department=courses.department(catalog, indicator, scene.language),
        health=alert.health.word,
        simulated=alert.simulated,
        badges=tuple(badge.kind for badge in handled.badges),
    )


def folded_lines(
    alerts: Sequence[AlertView], looked: Mapping[str, Handled], scene: Scene, catalog: Catalog
) -> tuple[AlertLine, ...]:
    """Warnings as lines in their order, those that do not stand for themselves under the ones that do."""
    below: dict[str, list[AlertLine]] = defaultdict(list)
    lines = [(one, alert_line(one, scene, catalog, looked.get(one.id, Handled()))) for one in alerts]
    listed = {one.id for one in alerts}
    under = {
        one.id: handled.under for one in alerts if (handled := looked.get(one.id)) and handled.under in listed
    }
    for one, line in lines:
        if one.id in under:
            below[under[one.id]].append(line)
    return tuple(replace(line, folded=tuple(below[one.id])) for one, line in lines if one.id not in under)


def told_once(
    alerts: Sequence[AlertView], mirrored: Sequence[WarningView], reaches: Reaches
) -> list[AlertView]:
    """Warnings without those that only mirror a message in force, which stands for itself."""
    return [one for one in alerts if one.indicator not in MIRRORS or not reaches(mirrored, one.region)]


def gravest_first(alerts: Sequence[AlertView], scene: Scene) -> list[AlertView]:
    """The most severe first, then the larger region, then the newer figure."""
    return sorted(alerts, key=lambda one: (-one.level, scene.depth(one.region), -one.period))
