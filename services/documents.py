"""Figures and warnings as plain documents for machines: the JSON of the command line and of the machine door."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data_access.observations import ObservationStore
from indicators import periods
from indicators.catalog import Catalog
from indicators.definition import Indicator
from indicators.freshness import REASONS
from indicators.regions import RegionTree
from services.access import Actor
from services.alerts import Alerts, AlertView, EventView
from services.answers import Line, Question
from services.query import Query
from services.texts import SOURCE, Texts

Document = dict[str, Any]


@dataclass(frozen=True)
class Documents:
    """Puts documents together; what may be seen is decided where it is asked for."""

    query: Query
    alerts: Alerts
    store: ObservationStore
    catalog: Catalog
    tree: RegionTree

    def figure(
        self,
        actor: Actor,
        texts: Texts,
        indicator: str,
        region: str,
        period: str | None = None,
        as_of: datetime | None = None,
    ) -> Document:
        """One figure with all that it must not travel without; the fields are those of docs/cli.md.

        region, period  as a person writes them; without a period the latest figure
        as_of           what was known at that moment
        raises          CockpitError for what is not known, may not be seen, or cannot be read
        """
        meaning = self.catalog.get(indicator)
        code = self.tree.parse(region)
        key = periods.read(period, meaning.basis, meaning.frequency) if period else None
        answer = self.query.ask(
            actor,
            Question(
                (indicator,),
                (code,),
                periods=None if key is None else (key,),
                as_of=None if as_of is None else int(as_of.timestamp()),
            ),
        )
        line = answer.row(indicator, code)
        opened = None if as_of else self._open(actor, indicator, code)
        return self._figure(texts, meaning, code, key, line) | {"warning": opened}

    def _figure(
        self, texts: Texts, meaning: Indicator, region: int, key: int | None, line: Line | None
    ) -> Document:
        asked = line.period if line else key
        source = self.store.sources().get(line.source) if line and line.source is not None else None
        rolled = line is not None and line.origin == "rolled_up"
        return {
            "indicator": meaning.code,
            "name": _name(texts, meaning.name_zh, meaning.name_en),
            "region": f"{region:012d}",
            "region_name": self._place(texts, region),
            "period": periods.label(asked, meaning.frequency, meaning.basis) if asked else None,
            "basis": str(meaning.basis),
            "value": line.value if line else None,
            "unit": meaning.unit,
            "state": line.state if line else "missing",
            "reason": self._reason(texts, line),
            "status": line.status if line and line.value is not None else None,
            "yoy_published": line.yoy_published if line else None,
            "yoy_computed": _short(line.yoy_computed) if line else None,
            "source": {"title": source.title, "citation": source.citation, "quality": source.quality or None}
            if source
            else None,
            "version": line.version if line else meaning.version,
            "coverage": {"reported": line.reported, "expected": line.expected} if line and rolled else None,
        }

    def _place(self, texts: Texts, region: int) -> str:
        known = self.tree.get(region)
        return _name(texts, known.name, known.name_en)

    def _reason(self, texts: Texts, line: Line | None) -> str | None:
        """Why there is no figure, or not all of it, in words."""
        if line is None:
            return texts.state("missing")
        if line.reason:
            return texts.t(REASONS.get(line.reason, line.reason))
        return None if line.state == "ok" else texts.state(line.state)

    def _open(self, actor: Actor, indicator: str, region: int) -> Document | None:
        """The open warning on a figure; where its rule refers to another indicator, that one's."""
        rule = self.catalog.get(indicator).rule
        judged = str(rule.mapping["code"]) if rule is not None and rule.type == "refer" else indicator
        alerts = self.alerts.open_alerts(actor, (region,))
        found = next((alert for alert in alerts if alert.indicator in (indicator, judged)), None)
        return _brief(found, self.catalog.get(found.indicator)) if found else None

    def warnings(self, actor: Actor, texts: Texts, regions: tuple[int, ...] | None = None) -> list[Document]:
        """The open warnings, the most severe first."""
        return [self._warning(texts, alert) for alert in self.alerts.open_alerts(actor, regions)]

    def events(
        self, actor: Actor, texts: Texts, regions: tuple[int, ...] | None = None, limit: int = 100
    ) -> list[Document]:
        """What happened to warnings, the newest first."""
        return [self._event(texts, event) for event in self.alerts.history(actor, regions, limit=limit)]

    def _warning(self, texts: Texts, alert: AlertView) -> Document:
        meaning = self.catalog.get(alert.indicator)
        return {
            "rule": alert.id,
            "kind": str(alert.kind),
            "level": alert.level.name.lower(),
            "indicator": alert.indicator,
            "name": alert.title(texts.language),
            "region": f"{alert.region:012d}",
            "region_name": self._place(texts, alert.region),
            "period": periods.label(alert.period, meaning.frequency, meaning.basis),
            "value": _short(alert.value),
            "unit": alert.unit,
            "measure": alert.measure,
            "measure_value": _short(alert.measured),
            "op": alert.op,
            "threshold": alert.threshold,
            "since": periods.label(alert.opened, meaning.frequency, meaning.basis),
            "lasted": alert.lasted,
            "department": alert.department.id if alert.department else None,
            "health": alert.health.name.lower(),
            "status": alert.status,
        }

    def _event(self, texts: Texts, event: EventView) -> Document:
        meaning = self.catalog.get(event.indicator)
        return {
            "event": event.kind.name,
            "cause": event.cause.name.lower(),
            "level": event.level.name.lower(),
            "indicator": event.indicator,
            "name": _name(texts, event.name_zh, event.name_en),
            "region": f"{event.region:012d}",
            "region_name": self._place(texts, event.region),
            "period": periods.label(event.period, meaning.frequency, meaning.basis),
            "value": _short(event.value),
            "measure_value": _short(event.measured),
            "threshold": event.threshold,
        }


def _name(texts: Texts, chinese: str, english: str) -> str:
    return chinese if texts.language == SOURCE else english or chinese


def _brief(alert: AlertView, meaning: Indicator) -> Document:
    return {
        "rule": alert.id,
        "kind": str(alert.kind),
        "level": alert.level.name.lower(),
        "state": "firing",
        "since": periods.label(alert.opened, meaning.frequency, meaning.basis),
        "measure": alert.measure,
        "value": _short(alert.measured),
        "threshold": alert.threshold,
    }


def _short(value: float | None) -> float | None:
    """A computed number without the noise of binary fractions."""
    return None if value is None else round(value, 10)
