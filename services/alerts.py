"""Warnings: judge what changed, judge what fell due, keep the result; and tell readers what stands open.

Change notes are written with the data and answered here in the transaction that stores what came of them, so a
stop at any moment loses nothing and repeats nothing. Red on any screen comes from an open warning told here.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from data_access.alerts import AlertStore, Outcome, OvertakenError, StoredAlert, StoredEvent
from data_access.observations import Change
from indicators.alerts import Cause, EventKind, Health
from indicators.catalog import Catalog
from indicators.definition import STATUS, Department, Indicator, indicator_of, rule_id
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, RegionTree
from indicators.rules import OF_LEVELS, Kind, Rule, WarningLevel, rules_of
from services import access
from services.access import Actor
from services.rounds import Asked, Round, Task
from services.rulebook import Book

ATTEMPTS = 5
"""How often a round that another one overtook begins again."""

Planned = Callable[[Round, Sequence[Change]], list[Task]]

Instance = tuple[str, int, int]
"""Rule, region, item: what an instance is known by."""

Follow = Callable[[Any, Outcome, Mapping[Instance, StoredAlert], int], None]
"""Takes what a round came to, in the transaction that stores it, after it is written: the connection, the outcome, the
changed instances as they were before (a new one is not among them), and the moment in epoch seconds."""


class Notes(Protocol):
    """What is needed of the store of observations: its change notes."""

    def pending(self) -> list[Change]: ...
    def settle(self, changes: Iterable[int], connection: Any) -> None: ...


@dataclass(frozen=True)
class Report:
    """What a round of judging did.

    rules    how many rules were judged
    changed  levels that rose or fell
    issues   rules that could not be judged, and why
    """

    rules: int = 0
    opened: int = 0
    changed: int = 0
    resolved: int = 0
    revised: int = 0
    issues: tuple[Issue, ...] = ()

    @property
    def events(self) -> int:
        """How much was added to the history."""
        return self.opened + self.changed + self.resolved + self.revised


class AlertKey(NamedTuple):
    """What a warning is known by: its rule, its region, the period in which it opened."""

    rule: str
    region: int
    opened: int

    def __str__(self) -> str:
        """As it stands in addresses and at every door; `alert_key` reads it."""
        return f"{self.rule}:{self.region}:{self.opened}"


def alert_key(identity: str) -> AlertKey:
    """The key of a warning from its identity, ``econ.cpi.yoy~falling:440981000000:20240630…``.

    raises  CockpitError ``unknown_alert`` for a text that is no identity
    """
    rule, *numbers = identity.rsplit(":", 2)
    if rule and len(numbers) == 2 and all(number.isascii() and number.isdigit() for number in numbers):
        return AlertKey(rule, int(numbers[0]), int(numbers[1]))
    what, do = N_("没有预警 {alert}"), N_("从预警列表进入。")
    raise CockpitError(Issue("unknown_alert", what, do, params={"alert": identity[:80]}))


@dataclass(frozen=True)
class AlertView:
    """One open warning: what, where, how far, for how long, whose.

    rule            the identity of the rule; `rule_zh` and `rule_en` name a further rule of its indicator
    value, unit     the figure; `measure` names what was compared, `measured` is its value, `threshold` the bound
    lasted          observed periods since it opened, the first included
    period, opened  period keys: of the figure, and in which it opened; `opened_at` is when that was noticed
    context         the region lies above the reader's own
    """

    id: str
    kind: Kind
    level: WarningLevel
    rule: str
    indicator: str
    system: str
    name_zh: str
    name_en: str
    rule_zh: str
    rule_en: str
    region: int
    region_level: Level
    value: float | None
    unit: str
    unit_en: str
    measure: str
    measured: float | None
    op: str
    threshold: float | None
    lasted: int
    period: int
    opened: int
    opened_at: int
    department: Department | None
    status: str
    health: Health
    version: int
    context: bool

    @property
    def key(self) -> AlertKey:
        """What the warning is known by."""
        return AlertKey(self.rule, self.region, self.opened)

    def name(self, language: str) -> str:
        """The name of the indicator in a language."""
        return self.name_en if language.startswith("en") else self.name_zh

    def rule_name(self, language: str) -> str:
        """The name of a further rule of the indicator; empty for the indicator's own."""
        return self.rule_en if language.startswith("en") else self.rule_zh

    def title(self, language: str) -> str:
        """The name of the indicator, with the name of a further rule of it."""
        return " · ".join(filter(None, (self.name(language), self.rule_name(language))))

    @property
    def simulated(self) -> bool:
        """Whether the figure was made by the generator of sample figures."""
        return self.status == "simulated"


@dataclass(frozen=True)
class EventView:
    """One line of the history of warnings.

    kind        REVISED says that what was told from `period` on does not hold on today's figures
    back_dated  it was entered later, for a time that was past
    """

    id: int
    alert: str
    rule: str
    indicator: str
    name_zh: str
    name_en: str
    region: int
    kind: EventKind
    cause: Cause
    level: WarningLevel
    previous: WarningLevel
    period: int
    opened: int
    value: float | None
    unit: str
    measured: float | None
    threshold: float | None
    at: int
    back_dated: bool


@dataclass(frozen=True)
class RuleTrouble:
    """A rule that cannot speak: none of its regions has figures, or it could not be judged."""

    rule: str
    indicator: str
    name_zh: str
    name_en: str
    department: Department | None
    health: Health
    period: int


class Alerts:
    """Judges rules and answers questions about warnings.

    notes   the store of observations
    zone    makes a moment local time
    follow  hears of every round in the transaction that stores it; None: nobody hears of it
    redrawn until when (epoch seconds) rules may have been judged without knowing of the changes of a day
    """

    def __init__(
        self,
        store: AlertStore,
        notes: Notes,
        query: Asked,
        catalog: Catalog,
        tree: RegionTree,
        zone: timedelta = timedelta(hours=8),
        follow: Follow | None = None,
        redrawn: Mapping[date, int] = MappingProxyType({}),
    ) -> None:
        self._store = store
        self._follow = follow
        self._notes = notes
        self._query = query
        self._catalog = catalog
        self._tree = tree
        self._zone = timezone(zone)
        self._redrawn = redrawn
        self._book = lru_cache(maxsize=2)(lambda day: Book(catalog, day))
        self._rules = lru_cache(maxsize=None)(
            lambda code: {rule.id: rule for rule in rules_of(catalog.get(code))}
        )

    # -- judging -------------------------------------------------------------------------------------------

    def evaluate_pending(self, now: datetime) -> Report:
        """Answer the change notes: judge every rule that a changed figure reaches, and store what came of it."""
        if not self._notes.pending():
            return Report()
        return self._judge(now, lambda round_, changes: round_.touched(changes))

    def evaluate_all(self, now: datetime) -> Report:
        """Judge every rule over its whole window; this answers all change notes."""
        return self._judge(now, lambda round_, _: round_.everything())

    def tick(self, now: datetime) -> Report:
        """Judge what is due: changed figures, figures that fell due or overdue, rules that changed or are gone."""
        return self._judge(
            now, lambda round_, changes: _without_doubles(round_.touched(changes), round_.due())
        )

    def _judge(self, now: datetime, planned: Planned) -> Report:
        """One round; again from the start when another one was stored in between."""
        local = now.astimezone(self._zone)
        for _ in range(ATTEMPTS):
            round_ = Round(
                self._store, self._query, self._tree, self._book(local.date()), local, self._redrawn
            )
            changes = self._notes.pending()
            tasks = planned(round_, changes)
            outcome = round_.outcome(tasks)
            if outcome or changes:
                answered = partial(self._answered, changes, outcome, round_.before, int(now.timestamp()))
                try:
                    self._store.record(outcome, answered)
                except OvertakenError:
                    continue
            return _report(outcome, tasks, round_.issues)
        raise OvertakenError

    def _answered(
        self,
        changes: Sequence[Change],
        outcome: Outcome,
        before: Mapping[Instance, StoredAlert],
        now: int,
        connection: Any,
    ) -> None:
        """What belongs to a recorded round: its change notes are answered, and whoever follows hears of it."""
        self._notes.settle([change.id for change in changes], connection)
        if self._follow is not None and outcome:
            self._follow(connection, outcome, before, now)

    # -- telling -------------------------------------------------------------------------------------------

    def version(self) -> int:
        """Changes with everything that is told here."""
        return self._store.version()

    def open_alerts(
        self, actor: Actor, regions: Iterable[int] | None = None, system: str | None = None
    ) -> tuple[AlertView, ...]:
        """Open warnings that the actor may see: the most severe first, then the newest.

        regions  only these, themselves and not what lies below them; None for all
        """
        wanted = None if regions is None else frozenset(regions)
        stored = [
            alert
            for alert in self._store.open()
            if (wanted is None or alert.region in wanted) and self._known(alert, system)
        ]
        seen = frozenset(access.narrow(actor, self._tree, {alert.region for alert in stored}))
        return tuple(
            self._view(actor, alert)
            for alert in stored
            if alert.region in seen and self._may(actor, alert.rule)
        )

    def counts(
        self, actor: Actor, regions: Iterable[int] | None = None, system: str | None = None
    ) -> dict[tuple[Kind, WarningLevel], int]:
        """How many warnings stand open, by kind and level: of the very list that `open_alerts` gives."""
        return dict(Counter((alert.kind, alert.level) for alert in self.open_alerts(actor, regions, system)))

    def history(
        self,
        actor: Actor,
        regions: Iterable[int] | None = None,
        indicator: str | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> tuple[EventView, ...]:
        """What happened to warnings, newest first; `before` is the id of the last line read so far."""
        asked = [region.code for region in self._tree] if regions is None else list(regions)
        seen = access.narrow(actor, self._tree, dict.fromkeys(asked))
        rules = None if indicator is None else self._ever(indicator)
        found = self._store.latest_events(seen, limit, 2**31 - 1 if before is None else before, rules)
        return tuple(
            self._event(number, told)
            for number, told in found
            if indicator_of(told.rule) in self._catalog and self._may(actor, told.rule)
        )

    def troubles(self, actor: Actor) -> tuple[RuleTrouble, ...]:
        """Rules without data or in error: one line each for the owner of the data, not one for every region."""
        found = []
        for rule in self._store.rules().values():
            if rule.health in (Health.NO_DATA, Health.ERROR) and self._judges(rule.rule):
                indicator = self._catalog.get(indicator_of(rule.rule))
                if self._may(actor, rule.rule):
                    found.append(
                        RuleTrouble(
                            rule.rule,
                            indicator.code,
                            indicator.name_zh,
                            indicator.name_en,
                            self._department(indicator),
                            Health(rule.health),
                            rule.period,
                        )
                    )
        return tuple(found)

    def _known(self, alert: StoredAlert, system: str | None) -> bool:
        known = self._judges(alert.rule) and self._tree.has(alert.region)
        return known and system in (None, self._catalog.get(indicator_of(alert.rule)).system)

    def _judges(self, rule: str) -> bool:
        """Whether there is a rule of this identity."""
        code = indicator_of(rule)
        return code in self._catalog and rule in self._rules(code)

    def rule(self, identity: str) -> Rule:
        """A rule by its identity.

        raises  CockpitError ``unknown_rule``
        """
        if not self._judges(identity):
            what, do = N_("没有规则 {rule}"), N_("从规则列表进入。")
            raise CockpitError(Issue("unknown_rule", what, do, params={"rule": identity[:160]}))
        return self._rules(indicator_of(identity))[identity]

    def _ever(self, code: str) -> list[str]:
        """The identities of all rules that any version of an indicator has had."""
        versions = self._catalog.versions(code)
        return list(dict.fromkeys(rule_id(code, spec.name) for one in versions for spec in one.specs))

    def _may(self, actor: Actor, rule: str) -> bool:
        return access.may(actor, "view", system=self._catalog.get(indicator_of(rule)).system)

    def _department(self, indicator: Indicator) -> Department | None:
        return self._catalog.departments.get(indicator.department)

    def _view(self, actor: Actor, alert: StoredAlert) -> AlertView:
        indicator = self._catalog.get(indicator_of(alert.rule))
        rule = self.rule(alert.rule)
        level = self._tree.get(alert.region).level
        bounds = zip(rule.threshold(alert.level, level), rule.sides, strict=True)
        op = next((side.op for bound, side in bounds if bound == alert.threshold), rule.sides[0].op)
        return AlertView(
            id=str(AlertKey(alert.rule, alert.region, alert.opened)),
            kind=rule.kind,
            level=WarningLevel(alert.level),
            rule=alert.rule,
            indicator=indicator.code,
            system=indicator.system,
            name_zh=indicator.name_zh,
            name_en=indicator.name_en,
            rule_zh=rule.name_zh,
            rule_en=rule.name_en,
            region=alert.region,
            region_level=level,
            value=alert.value,
            unit=indicator.unit,
            unit_en=indicator.unit_en,
            measure=rule.measure or "value",
            measured=None if rule.measure in OF_LEVELS else alert.measure,
            op=op,
            threshold=None if rule.measure in OF_LEVELS else alert.threshold,
            lasted=alert.lasted,
            period=alert.data_period,
            opened=alert.opened,
            opened_at=alert.opened_at,
            department=self._department(indicator),
            status=STATUS[alert.status],
            health=Health(alert.health),
            version=alert.version,
            context=access.scope(actor, self._tree, alert.region) == "context",
        )

    def _event(self, number: int, told: StoredEvent) -> EventView:
        indicator = self._catalog.get(indicator_of(told.rule))
        plain = self._judges(told.rule) and self.rule(told.rule).measure in OF_LEVELS
        return EventView(
            id=number,
            alert=str(AlertKey(told.rule, told.region, told.alert)),
            rule=told.rule,
            indicator=indicator.code,
            name_zh=indicator.name_zh,
            name_en=indicator.name_en,
            region=told.region,
            kind=EventKind(told.kind),
            cause=Cause(told.cause),
            level=WarningLevel(told.level),
            previous=WarningLevel(told.previous),
            period=told.period,
            opened=told.alert,
            value=told.value,
            unit=indicator.unit,
            measured=None if plain else told.measure,
            threshold=None if plain else told.threshold,
            at=told.at,
            back_dated=told.back_dated,
        )


def _without_doubles(first: Sequence[Task], then: Sequence[Task]) -> list[Task]:
    """Tasks of two plans: a rule in both is judged afresh everywhere that either names."""
    tasks = {task.rule.id: task for task in first}
    for task in then:
        other = tasks.get(task.rule.id)
        if other is None or not other.new_version:
            tasks[task.rule.id] = task if other is None else _merged(other, task)
    return list(tasks.values())


def _merged(one: Task, other: Task) -> Task:
    regions = tuple(dict.fromkeys((*one.regions, *other.regions)))
    return replace(
        one,
        regions=regions,
        since=min(one.since, other.since),
        until=max(one.until, other.until),
        afresh=one.afresh or other.afresh,
        new_version=other.new_version,
    )


def _report(outcome: Outcome, tasks: Sequence[Task], issues: Sequence[Issue]) -> Report:
    kinds = Counter(event.kind for event in outcome.events)
    return Report(
        rules=len(tasks),
        opened=kinds[EventKind.OPEN],
        changed=kinds[EventKind.UPGRADE] + kinds[EventKind.DOWNGRADE],
        resolved=kinds[EventKind.RESOLVE],
        revised=kinds[EventKind.REVISED],
        issues=tuple(issues),
    )
