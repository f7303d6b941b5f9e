"""The number sheet: everything that is known of one figure, put together from the registry, the store and the rules."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace

from data_access.observations import Source
from indicators.alerts import EventKind
from indicators.catalog import Catalog
from indicators.definition import Basis, Indicator
from indicators.errors import N_
from indicators.evaluate import compiled
from indicators.freshness import next_release
from indicators.measures import Targets
from indicators.rules import LEVELS, OF_LEVELS, Rule, of_spec, rule_of, unit_compared
from services import courses
from services.access import Actor
from services.alerts import Alerts, EventView
from services.answers import Line, Question
from services.query import Query
from services.revision_views import RevisionView
from services.revisions import Revisions
from services.views import Comparison, Figure, Mark, Place, SheetView, Term

HISTORY = 24
REVISED = 3
MEASURES = ("schedule_gap_pp", "target_gap_pp")
YEARS_OF_TARGETS = 3
MEMBERS_ONLY = N_("只数本批次的成员")
"""In the place of an input of a batch: what everybody did is not what its members did."""


@dataclass(frozen=True)
class SheetWish:
    """Which sheet, for whom: an indicator in a region, as of a period and a day."""

    actor: Actor
    indicator: Indicator
    place: Place
    language: str
    until: int | None
    as_of: int | None
    recast: bool = False
    mapped: bool = False


class Sheets:
    """Puts number sheets together."""

    def __init__(
        self,
        query: Query,
        catalog: Catalog,
        alerts: Alerts,
        sources: Callable[[], Mapping[int, Source]],
        revisions: Revisions | None = None,
    ) -> None:
        self._query = query
        self._catalog = catalog
        self._alerts = alerts
        self._sources = sources
        self._revisions = revisions

    def over(self, query: Query) -> "Sheets":
        """The same sheets of the figures of another query."""
        other = copy(self)
        other._query = query
        return other

    def sheet(self, wish: SheetWish, targets: Targets, mark: Mark | None) -> SheetView | None:
        """The sheet of a figure; None where the reader may not see it."""
        indicator, place, language = wish.indicator, wish.place, wish.language
        question = Question(
            (indicator.code,),
            (place.code,),
            until=wish.until,
            history=HISTORY,
            measures=MEASURES,
            as_of=wish.as_of,
            backcast=wish.recast,
            mapped=wish.mapped,
        )
        answer = self._query.ask(wish.actor, question)
        line = answer.row(indicator.code, place.code)
        if line is None:
            return None
        indicator = self._in_force(indicator, line)
        wish = replace(wish, indicator=indicator)
        target = courses.TargetCourse(targets, indicator, place.code, self._catalog.versions(indicator.code))
        coming = next_release(indicator, line.period) if line.period else None
        trend = courses.course_lines(indicator, answer.series(indicator.code, place.code), target)
        return SheetView(
            indicator=indicator.code,
            name=indicator.name(language),
            place=place,
            figure=courses.figure(line),
            frequency=str(indicator.frequency),
            basis=str(indicator.basis),
            department=courses.department(self._catalog, indicator, language),
            definition=indicator.definition_zh,
            calibre=indicator.calibre_zh,
            unit=indicator.unit,
            sensitivity=str(indicator.sensitivity),
            comparisons=tuple(_comparisons(indicator, line, targets)),
            formula=indicator.formula or "",
            terms=self._terms(wish, line),
            source=self._source(line),
            known_at=line.known_at,
            next_release=coming.due.date() if coming else None,
            next_period=coming.period if coming else None,
            version=line.version,
            versions=_versions(self._catalog.versions(indicator.code)),
            rule=_own_rule(indicator),
            further_rules=_further_rules(indicator, wish.language),
            targets=_targets(target, line),
            mark=mark,
            history=_episodes(self._alerts.history(wish.actor, (place.code,), indicator.code)),
            trend=trend,
            note=courses.growth_note(indicator, line),
            revisions=self._revised(wish),
            breaks=courses.breaks_within(indicator, trend),
        )

    def _in_force(self, indicator: Indicator, line: Line) -> Indicator:
        """The version of a definition by which a figure was made: what the sheet says is what held in its period."""
        versions = self._catalog.versions(indicator.code)
        return next((one for one in versions if one.version == line.version), indicator)

    def _revised(self, wish: SheetWish) -> tuple[RevisionView, ...]:
        """The newest revisions of the figure, as the list was on the day that is shown."""
        if self._revisions is None:
            return ()
        return self._revisions.of(
            wish.actor, wish.indicator.code, wish.place.code, wish.language, REVISED, wish.as_of
        )

    def _terms(self, wish: SheetWish, line: Line) -> tuple[Term, ...]:
        """The inputs of the formula with the values that went into this very figure."""
        inputs = compiled(wish.indicator.formula).inputs if wish.indicator.formula else ()
        codes = tuple(code for code in inputs if code in self._catalog)
        if not codes or not line.period:
            return ()
        region = wish.place.code
        if wish.indicator.basis is Basis.COHORT:  # the totals of these are not what went into the figure
            return tuple(
                Term(code, self._catalog.get(code).name(wish.language),
                     Figure(None, self._catalog.get(code).unit, None, "missing", "missing", MEMBERS_ONLY))
                for code in codes
            )  # fmt: skip
        answer = self._query.ask(
            wish.actor, Question(codes, (region,), periods=(line.period,), as_of=wish.as_of)
        )
        return tuple(
            Term(code, self._catalog.get(code).name(wish.language), courses.figure(one))
            for code in codes if (one := answer.row(code, region)) is not None
        )  # fmt: skip

    def _source(self, line: Line) -> dict[str, str] | None:
        source = self._sources().get(line.source) if line.source is not None else None
        if source is None:
            return None
        return {"title": source.title, "citation": source.citation, "quality": source.quality}


def _comparisons(indicator: Indicator, line: Line, targets: Targets) -> list[Comparison]:
    found = courses.growth(indicator, line)
    gap, schedule = line.measures.get("target_gap_pp"), line.measures.get("schedule_gap_pp")
    if gap is not None and line.value is not None:
        kind = courses.kind_of_target(targets, indicator, line)
        found.append(Comparison(kind, round(line.value - gap, 6), indicator.unit))
    if schedule is not None and indicator.rule is not None and indicator.rule.type == "schedule_gap":
        found.append(Comparison("schedule", schedule, courses.POINTS))
    return found


def _episodes(events: Iterable[EventView]) -> tuple[tuple[int, int, int | None], ...]:
    """The warnings that a figure had: period opened, highest level, period closed (None: still open), newest first."""
    found: dict[str, tuple[int, int, int | None]] = {}
    for event in sorted(events, key=lambda one: one.id):
        _, level, closed = found.get(event.alert, (0, 0, None))
        if event.kind is EventKind.REVISED:
            found.pop(event.alert, None)
            if event.level:
                found[event.alert] = (event.opened, int(event.level), None)
            continue
        ended = event.period if event.kind is EventKind.RESOLVE else closed
        found[event.alert] = (event.opened, max(level, int(event.level)), ended)
    return tuple(sorted(found.values(), key=lambda one: (one[0], one[1]), reverse=True))


def _versions(versions: Sequence[Indicator]) -> tuple[tuple[int, str, str], ...]:
    """Number and validity of every version, newest first."""
    return tuple(
        (
            one.version,
            one.valid_from.isoformat() if one.valid_from else "",
            one.valid_to.isoformat() if one.valid_to else "",
        )
        for one in reversed(versions)
    )


def _further_rules(indicator: Indicator, language: str) -> tuple[tuple[str, dict[str, object]], ...]:
    """The further rules of the indicator, each with its name."""
    rules = (of_spec(spec, indicator) for spec in indicator.rules)
    return tuple(
        (rule.name_en if language == "en" else rule.name_zh, _rule(rule, indicator)) for rule in rules
    )


def _own_rule(indicator: Indicator) -> dict[str, object] | None:
    """The rule of the indicator; None where it is context only."""
    rule = rule_of(indicator)
    return None if rule.type == "none" else _rule(rule, indicator)


def _rule(rule: Rule, indicator: Indicator) -> dict[str, object]:
    """A rule as a reader needs it: identity, type, measure, operator, bounds by level, unit of the bounds."""
    measure = rule.measure or "value"
    told = rule.compares and measure not in OF_LEVELS
    written = {level: rule.threshold(level) for level in LEVELS} if told else {}
    bounds = {
        int(level): bound[0] if len(bound) == 1 else tuple(None if edge != edge else edge for edge in bound)
        for level, bound in written.items()
        if any(edge == edge for edge in bound)
    }
    op = rule.sides[0].op if len(rule.sides) == 1 else ""
    return {"id": rule.id, "type": rule.type, "measure": measure, "op": op, "bounds": bounds,
            "unit": unit_compared(measure, indicator.unit), "refers": rule.refers_to or ""}  # fmt: skip


def _targets(target: courses.TargetCourse, line: Line) -> tuple[tuple[int, float], ...]:
    """The targets of the year of the figure and those around it."""
    if not line.period:
        return ()
    year = line.period // 10**11
    years = range(year - 1, year - 1 + YEARS_OF_TARGETS)
    return tuple((one, value) for one in years if (value := target.year(one)) is not None)
