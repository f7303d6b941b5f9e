"""Silences as a list: what is muted, until when, by whom and why; and what a new one may cover."""

from dataclasses import dataclass

from indicators.catalog import Catalog
from indicators.definition import indicator_of
from indicators.regions import RegionTree
from indicators.rules import rules_of
from services import access
from services.access import Actor
from services.alerts import Alerts
from services.handling import Handling
from services.scenes import name_of
from services.warning_views import Option


@dataclass(frozen=True)
class SilenceLine:
    """One silence: what it covers in names; an empty name covers everything of the region."""

    id: int
    name: str
    place: str
    level: int
    ends: int
    reason: str
    by: str
    at: int
    state: str
    mine: bool


@dataclass(frozen=True)
class SilencesView:
    """The silences that touch what a reader may see; what a new one may cover, empty for who may set none."""

    lines: tuple[SilenceLine, ...]
    rules: tuple[Option, ...] = ()
    regions: tuple[Option, ...] = ()


class WarningSilences:
    """Lists silences."""

    def __init__(self, handling: Handling, alerts: Alerts, catalog: Catalog, tree: RegionTree) -> None:
        self._handling = handling
        self._alerts = alerts
        self._catalog = catalog
        self._tree = tree

    def view(self, actor: Actor, language: str = "zh") -> SilencesView:
        """The list, those that hold first."""
        lines = tuple(
            SilenceLine(
                id=one.id,
                name=self._name(one.rule or one.indicator, language),
                place=name_of(self._tree, one.region, language),
                level=int(one.level),
                ends=one.ends,
                reason=one.reason,
                by=one.by,
                at=one.at,
                state=one.state,
                mine=one.mine,
            )
            for one in self._handling.silences(actor)
        )
        if not access.may(actor, "handle"):
            return SilencesView(lines)
        rules = {alert.rule: alert.title(language) for alert in self._alerts.open_alerts(actor)}
        below = [
            child for root in actor.regions for child in self._tree.children(root, territories_only=True)
        ]
        places = dict.fromkeys((*actor.regions, *below))
        return SilencesView(
            lines,
            tuple(sorted(rules.items(), key=lambda one: one[1])),
            tuple((f"{code:012d}", name_of(self._tree, code, language)) for code in places),
        )

    def _name(self, rule: str, language: str) -> str:
        """What a rule or an indicator is called; one that is no more by its code."""
        code = indicator_of(rule)
        if not rule or code not in self._catalog:
            return rule
        indicator = self._catalog.get(code)
        further = next((one for one in rules_of(indicator) if one.id == rule), None)
        name = "" if further is None else further.name_en if language == "en" else further.name_zh
        return " · ".join(part for part in (indicator.name(language), name) if part)
