"""One warning with all that is known of it, open or closed: its course, its history, what is related to it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import groupby

from indicators.alerts import EventKind
from indicators.catalog import Catalog
from indicators.definition import Indicator, indicator_of
from indicators.errors import N_, CockpitError
from indicators.regions import RegionTree
from indicators.rules import Rule, WarningLevel, rules_of
from services import access, courses
from services.access import Actor
from services.alert_lines import gravest_first
from services.alerts import AlertKey, Alerts, AlertView, EventView, alert_key
from services.query import Query
from services.scenes import Scene
from services.statutory import Statutory
from services.statutory_figures import IN_FORCE as MIRRORS
from services.statutory_lines import statutory_line
from services.views import AlertLine, Choice, Face, StatutoryLine
from services.warning_centre import WarningCentre
from services.warning_course import course_of, rule_view
from services.warning_past import event_line
from services.warning_views import Episode, OneWarning, WarningRow

WHOLE_HISTORY = 5_000
"""Events of one indicator in one region: more than any has."""

NOT_HERE = N_("没有这条预警，或它不在您的职责范围内。")


class OneWarnings:
    """Puts the page of a warning together."""

    def __init__(
        self,
        centre: WarningCentre,
        alerts: Alerts,
        statutory: Statutory,
        query: Query,
        catalog: Catalog,
        tree: RegionTree,
        zone: timedelta = timedelta(hours=8),
    ) -> None:
        self._centre = centre
        self._alerts = alerts
        self._statutory = statutory
        self._query = query
        self._catalog = catalog
        self._tree = tree
        self._zone = timezone(zone)

    def view(self, actor: Actor, identity: str, moment: datetime, language: str = "zh") -> OneWarning | Face:
        """The warning of an identity; one of elsewhere is as unknown as none.

        moment  now, aware
        """
        key = self._key(identity)
        scene = self._scene(actor, key, language) if key else None
        if key is None or scene is None:
            return Face("unknown", NOT_HERE, {})
        indicator = self._catalog.get(indicator_of(key.rule))
        told = self._alerts.history(actor, (key.region,), indicator.code, WHOLE_HISTORY)
        of_rule = [event for event in reversed(told) if event.rule == key.rule]
        events = [event for event in of_rule if event.alert == identity]
        standing = self._alerts.open_alerts(actor, (key.region,))
        alert = next((one for one in standing if one.id == identity), None)
        if alert is None and not events:
            return Face("unknown", NOT_HERE, {})
        rule = self._rule(indicator, key.rule)
        kin = self._kin(scene, key, indicator, standing)
        rows = {one.line.id: one for one in self._centre.rows(scene, [*([alert] if alert else []), *kin])}
        row = rows.pop(identity) if alert else self._closed(scene, key, indicator, events)
        others = [one for one in rows.values() if one.line.id != row.under and one.under != identity]
        episode = _episode(identity, events, alert)
        day = moment.astimezone(self._zone).date()
        return OneWarning(
            row=row,
            open=alert is not None,
            worst=episode.level,
            closed=episode.closed,
            path=self._centre.path(scene),
            definition=indicator.definition_zh,
            rule=replace(rule_view(rule, indicator), members=self._names(rule.members, language)),
            events=tuple(map(event_line, events)),
            course=course_of(
                self._query, self._tree, actor, rule, indicator, key.region, key.opened, day
            ),
            same=tuple(one for one in others if one.line.place.code != key.region),
            here=tuple(one for one in others if one.line.place.code == key.region),
            below=tuple(one for one in rows.values() if one.under == identity),
            parent=rows.get(row.under),
            earlier=_episodes(of_rule, identity, standing),
            messages=self._messages(scene, indicator, moment),
        )  # fmt: skip

    def _key(self, identity: str) -> AlertKey | None:
        """The key of an identity that names a region and an indicator that there are."""
        try:
            key = alert_key(identity)
        except CockpitError:
            return None
        known = self._tree.has(key.region) and indicator_of(key.rule) in self._catalog
        return key if known else None

    def _scene(self, actor: Actor, key: AlertKey, language: str) -> Scene | None:
        """The region of the warning as this reader stands there; None where neither it nor its system is seen."""
        system = self._catalog.get(indicator_of(key.rule)).system
        if not access.may(actor, "view", self._tree, key.region, system):
            return None
        found = self._centre.scene(actor, Choice(region=f"{key.region:012d}"), language)
        return None if isinstance(found, Face) else found

    def _rule(self, indicator: Indicator, identity: str) -> Rule:
        """The rule as it stands now; of one that is no more there is only the name."""
        found = (rule for rule in rules_of(indicator) if rule.id == identity)
        return next(found, Rule(code=indicator.code, type="none", version=indicator.version))

    def _names(self, rules: Sequence[str], language: str) -> tuple[str, ...]:
        """The names of rules, each with that of its indicator."""
        known = [
            (self._catalog.get(indicator_of(one)), one) for one in rules if indicator_of(one) in self._catalog
        ]
        named = [(indicator, self._rule(indicator, one)) for indicator, one in known]
        return tuple(
            " · ".join(filter(None, (one.name(language), rule.name_en if language == "en" else rule.name_zh)))
            for one, rule in named
        )

    def _kin(
        self, scene: Scene, key: AlertKey, indicator: Indicator, standing: Sequence[AlertView]
    ) -> list[AlertView]:
        """What is related: the same rule open elsewhere in the reader's scope, near ones first, and the others here."""
        here = [one for one in standing if one.rule != key.rule and one.system == indicator.system]
        same = [
            one
            for one in self._alerts.open_alerts(scene.actor, system=indicator.system)
            if one.rule == key.rule and one.region != key.region
        ]
        line = {*self._tree.ancestors(key.region), *self._tree.subtree(key.region)}
        parent = self._tree.parent(key.region)
        siblings = set(self._tree.children(parent)) if parent else set()
        same.sort(key=lambda one: (one.region not in line, one.region not in siblings, -one.level))
        return [*same, *gravest_first(here, scene)]

    def _messages(self, scene: Scene, indicator: Indicator, moment: datetime) -> tuple[StatutoryLine, ...]:
        """The messages of authorities that the warning mirrors."""
        if indicator.code not in MIRRORS:
            return ()
        found = self._statutory.in_force(scene.actor, (scene.region,), moment, scene.language)
        return tuple(statutory_line(one, scene) for one in found)

    def _closed(
        self, scene: Scene, key: AlertKey, indicator: Indicator, events: Sequence[EventView]
    ) -> WarningRow:
        """A warning that is over, as its last event left it."""
        last = events[-1]
        rule = self._rule(indicator, key.rule)
        further = rule.name_en if scene.language == "en" else rule.name_zh
        line = AlertLine(
            id=str(key),
            kind=str(rule.kind),
            level=0,
            indicator=indicator.code,
            name=" · ".join(filter(None, (indicator.name(scene.language), further))),
            place=scene.place(key.region),
            value=last.value,
            unit=indicator.unit,
            measure=rule.measure or "value",
            compared=last.measured,
            op=rule.sides[0].op if rule.sides else "",
            threshold=None,
            lasted=0,
            period=last.period,
            since=key.opened,
            frequency=str(indicator.frequency),
            department=courses.department(self._catalog, indicator, scene.language),
        )
        return WarningRow(line, indicator.system, events[0].at, indicator.department)


def _episode(identity: str, events: Sequence[EventView], alert: AlertView | None) -> Episode:
    """A warning as one stretch of time."""
    levels = [int(event.level) for event in events] + [int(alert.level) if alert else 0]
    ended = [event.period for event in events if event.level is WarningLevel.NONE]
    opened = alert_key(identity).opened
    return Episode(identity, opened, None if alert or not ended else ended[-1], max(levels), len(events))


def _episodes(
    events: Sequence[EventView], identity: str, standing: Sequence[AlertView]
) -> tuple[Episode, ...]:
    """The other warnings of a rule in a region, the newest first; one that a revision took back is none."""
    open_ = {one.id: one for one in standing}
    ordered = sorted(events, key=lambda event: (event.opened, event.id))
    found = []
    for other, group in groupby(ordered, key=lambda event: event.alert):
        told = list(group)
        taken_back = told[-1].kind is EventKind.REVISED and told[-1].level is WarningLevel.NONE
        if other != identity and not taken_back:
            found.append(_episode(other, told, open_.get(other)))
    return tuple(reversed(found))
