"""A rule tried on history by the state machine that judges today's figures: it writes nothing and tells nobody."""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from threading import Lock
from typing import Any, Final, TypeVar

import numpy as np
import yaml

from data_access.alerts import AlertStore, StoredEvent
from data_access.config import WarningSettings
from indicators import backtest, periods
from indicators.alerts import Cause, Event, EventKind, standing
from indicators.backtest import FOREVER, Audience, Span, Stretch
from indicators.catalog import Catalog
from indicators.definition import DataStatus, Frequency, Indicator, indicator_of
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, RegionTree
from indicators.rules import LEVELS, Rule, of_spec, parse
from services import access
from services.access import Actor
from services.answers import Question, Reading
from services.backtest_views import (
    BacktestView,
    EpisodeView,
    Handle,
    Outcome,
    Overlap,
    Particulars,
    PlaceOutcome,
    YearOutcome,
)
from services.evaluation import Case, Past, cut, past
from services.rounds import Asked
from services.scenes import level_of, name_of
from services.views import Place
from services.warning_course import MOST_POINTS, bounds_over, rule_view
from services.warning_views import CourseView, EventLine

SPANS: Final[Mapping[Frequency, timedelta]] = {
    Frequency.REALTIME: timedelta(days=14),
    Frequency.HOURLY: timedelta(days=45),
    Frequency.DAILY: timedelta(days=2 * 365),
    Frequency.WEEKLY: timedelta(days=5 * 366),
    Frequency.MONTHLY: timedelta(days=10 * 366),
    Frequency.QUARTERLY: timedelta(days=10 * 366),
    Frequency.YEARLY: timedelta(days=20 * 366),
}
"""How far back a rule is tried."""

EPISODES: Final = ("sample/episodes.yaml", "episodes.yaml")
"""Files of a pack that say what is known to have happened: planted in the sample figures, and real."""

SEEN: Final = ("data", "registry", "alerts")
"""The counters of what a back-test looks at."""

MOST_OVERLAPS: Final = 6
KEPT: Final = 12
"""So many readings and outcomes are remembered, so that moving a threshold asks for no figure again."""

UNTRIED: Final = frozenset(("refer", "none"))
"""Types that judge nothing."""

T = TypeVar("T")


@dataclass(frozen=True)
class BacktestWish:
    """What is to be tried.

    rule    the identity of a rule
    draft   its fields that are tried with another value; a level whose bound is None is left out
    region  whose curve is shown; None: the reader's own
    level   only regions of this level; None: all that the rule speaks of
    since   the first year; None: as far back as is usual
    """

    rule: str
    draft: Mapping[str, object] = field(default_factory=dict, hash=False)
    region: int | None = None
    level: str | None = None
    since: int | None = None


@dataclass(frozen=True)
class Known:
    """Something known to have happened: what should have been seen of it, as (indicator, region, from, to)."""

    id: str
    zh: str
    en: str
    watch: tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True)
class _Replay:
    """A rule replayed, with what it came to."""

    rule: Rule
    past: Past
    level: Any
    outcome: Outcome


class Backtest:
    """Tries rules on history."""

    def __init__(
        self,
        store: AlertStore,
        query: Asked,
        catalog: Catalog,
        tree: RegionTree,
        episodes: Sequence[Known],
        settings: WarningSettings,
        versions: Callable[[], Mapping[str, int]],
        clock: Callable[[], datetime],
        zone: timedelta = timedelta(hours=8),
    ) -> None:
        self._store = store
        self._query = query
        self._catalog = catalog
        self._tree = tree
        self._episodes = tuple(episodes)
        self._settings = settings
        self._counters = versions
        self._clock = clock
        self._zone = timezone(zone)
        self._kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._lock = Lock()

    def run(self, actor: Actor, wish: BacktestWish, language: str = "zh") -> BacktestView:
        """Try a rule, as it is in force or as a draft; a draft that contradicts itself is answered with issues.

        raises  CockpitError ``unknown_rule``, ``forbidden``, ``unknown_region``, ``rule_says_nothing``
        """
        indicator, live, mapping = self.rule(wish.rule)
        access.require(actor, "view", system=indicator.system)
        tried = live
        issues: tuple[Issue, ...] = ()
        written = _changed(mapping, wish.draft)
        if wish.draft:
            try:
                tried = replace(parse(written, indicator), name=live.name)
            except CockpitError as error:
                tried, issues = live, error.issues
        places = self._places(actor, live, wish.level)
        now = self._clock().astimezone(self._zone)
        reading = self._reading(actor, indicator, live, places, self._since(indicator, wish.since, now), now)
        changed = bool(wish.draft) and not issues
        standing_now = self._keep(
            ("replay", self._versions(), live.id, str(mapping), reading.regions.tobytes(), reading.periods.tobytes(),
             actor.regions, actor.role, language, f"{now:%Y%m%d%H}"),
            lambda: self._replay(actor, indicator, live, reading, now, language),
        )  # fmt: skip
        found = self._replay(actor, indicator, tried, reading, now, language) if changed else standing_now
        return self._view(actor, wish, language, _Told(indicator, mapping, written, changed, issues, reading, found,
                          standing_now))  # fmt: skip

    def rule(self, identity: str) -> tuple[Indicator, Rule, Mapping[str, object]]:
        """A rule in force by its identity: its indicator, the rule, and how it is written.

        raises  CockpitError ``unknown_rule``; ``rule_says_nothing`` for one that judges nothing
        """
        code = indicator_of(identity)
        if code in self._catalog:
            indicator = self._catalog.get(code)
            for spec in indicator.specs:
                rule = of_spec(spec, indicator)
                if rule.id == identity and rule.type not in UNTRIED:
                    return indicator, rule, spec.mapping
                if rule.id == identity:
                    what, do = N_("这条规则不作判定"), N_("预警由 {other} 发出，或只作背景。")
                    raise CockpitError(
                        Issue("rule_says_nothing", what, do, params={"other": rule.refers_to or "—"})
                    )
        raise CockpitError(
            Issue("unknown_rule", N_("没有规则 {rule}"), N_("请检查地址。"), params={"rule": identity})
        )

    def _versions(self) -> tuple[int, ...]:
        counters = self._counters()
        return tuple(counters.get(name, 0) for name in SEEN)

    # ---- what is replayed

    def _places(self, actor: Actor, rule: Rule, level: str | None) -> tuple[int, ...]:
        """Where the rule is judged and the reader may see it."""
        lowest = rule.lowest_level or Level.VILLAGE
        codes = dict.fromkeys(region.code for region in self._tree if not region.reporting_unit)
        inside = [code for code in codes if self._tree.contains(self._tree.root, code)]
        found = [code for code in inside if self._tree.get(code).level <= lowest]
        wanted = [code for code in found if level is None or level_of(self._tree, code) == level]
        return access.narrow(actor, self._tree, wanted or found)

    def _since(self, indicator: Indicator, year: int | None, now: datetime) -> date:
        usual = now.date() - SPANS[indicator.frequency]
        if year is None or not usual.year <= year <= now.year:
            return usual
        return date(year, 1, 1)

    def _reading(
        self,
        actor: Actor,
        indicator: Indicator,
        rule: Rule,
        places: tuple[int, ...],
        since: date,
        now: datetime,
    ) -> Reading:
        """The figures of the rule; a feed only in the moments in which it spoke."""
        measure = rule.measure or "value"
        key = ("reading", self._versions(), indicator.code, measure, places, since, f"{now:%Y%m%d%H}")
        return self._keep(key, lambda: self._asked(actor, indicator, measure, places, since, now))

    def _asked(
        self,
        actor: Actor,
        indicator: Indicator,
        measure: str,
        places: tuple[int, ...],
        since: date,
        now: datetime,
    ) -> Reading:
        until = date(now.year, 12, 31) if indicator.frequency in periods.MONTHS_OF else now.date()
        question = Question(
            (indicator.code,),
            places,
            since=int(f"{since:%Y%m%d}") * 10**7,
            until=periods.day_key(until),
            measures=(measure,),
        )
        reading = self._query.readings(actor, question)[indicator.code]
        there = np.asarray(~np.isnan(reading.value).all(axis=1), np.bool_)
        if indicator.frequency is Frequency.REALTIME:
            return cut(reading, reading.regions.tolist(), there)
        first = int(np.argmax(there)) if there.any() else 0
        ended = reading.due <= int(now.timestamp())
        return cut(reading, reading.regions.tolist(), (np.arange(len(there)) >= first) & (ended | there))

    def _replay(
        self, actor: Actor, indicator: Indicator, rule: Rule, reading: Reading, now: datetime, language: str
    ) -> _Replay:
        feed = indicator.frequency is Frequency.REALTIME
        found = past(Case(rule, self._tree, reading, {}, feed=feed), now)
        level = backtest.levels(found.events, found.periods, len(found.regions))
        return _Replay(rule, found, level, self._outcome(actor, rule, found, level, language))

    def _outcome(self, actor: Actor, rule: Rule, found: Past, level: Any, language: str) -> Outcome:
        counted = backtest.tally(found.events, level, found.periods)
        told = backtest.messages(
            found.events, found.health, found.periods, self._audience(actor, rule, found)
        )
        messages = told.by_year()
        return Outcome(
            openings=counted.opened,
            changes=counted.events.get(EventKind.UPGRADE, 0) + counted.events.get(EventKind.DOWNGRADE, 0),
            years=tuple(YearOutcome(year, n, messages.get(year, 0)) for year, n in counted.openings.items()),
            places=tuple(
                PlaceOutcome(
                    self._place(actor, region, language), int(counted.by_row[row]),
                    tuple(counted.time[row].tolist()), int(level[-1, row]) if len(level) else 0,
                )
                for row, region in enumerate(found.regions.tolist())
                if not np.isnan(found.value[:, row]).all()
            ),
            time=tuple(counted.time[~np.isnan(found.value).all(axis=0)].sum(axis=0).tolist()),
            messages=len(told.groups),
            lines=told.lines,
            spared=told.spared,
        )  # fmt: skip

    def _audience(self, actor: Actor, rule: Rule, found: Past) -> Audience:
        def answers(region: int) -> bool:
            return access.scope(actor, self._tree, region) == "own"

        above = {region: self._tree.ancestors(region) for region in found.regions.tolist()}
        flapping = (self._settings.flap_changes, self._settings.flap_periods)
        return Audience(rule.id, rule.code, found.regions.tolist(), above.__getitem__, answers, flapping)

    # ---- the view

    def _view(self, actor: Actor, wish: BacktestWish, language: str, told: "_Told") -> BacktestView:
        indicator, rule, found = told.indicator, told.found.rule, told.found
        region = self._focus(actor, wish.region, found)
        department = self._catalog.departments.get(indicator.department)
        keys = found.past.periods
        course = self._course(told, region)
        shown = frozenset(course.periods) if course else frozenset()
        return BacktestView(
            id=rule.id,
            name=_name(rule, indicator, language),
            indicator=indicator.code,
            indicator_name=indicator.name(language),
            system=indicator.system,
            kind=str(rule.kind),
            rule=rule_view(rule, indicator),
            frequency=str(indicator.frequency),
            department=""
            if department is None
            else department.name_en
            if language == "en"
            else department.name_zh,
            source_note=rule.source_note,
            tried=_particulars(told.written if told.changed else told.mapping),
            live=_particulars(told.mapping),
            changed=told.changed,
            issues=tuple(told.issues),
            place=self._place(actor, region, language),
            places=tuple(one.place for one in found.outcome.places),
            first=int(keys[0]) if len(keys) else 0,
            last=int(keys[-1]) if len(keys) else 0,
            periods=len(keys),
            outcome=found.outcome,
            standing=told.standing.outcome if told.changed else None,
            course=course,
            happened=tuple(one for one in _happened(found.past, region) if one.period in shown),
            scale=rule.level_scale.get(self._tree.get(region).level, 1.0),
            handles=_handles(told),
            overlaps=self._overlaps(actor, found, indicator, language),
            episodes=self._seen(actor, found, indicator, language),
            simulated=bool((told.reading.status == DataStatus.SIMULATED).any()),
            written=told.written,
        )

    def _focus(self, actor: Actor, wanted: int | None, found: _Replay) -> int:
        """The region whose curve is shown: the wanted one, else the highest of those that have figures."""
        codes = [one.place.code for one in found.outcome.places] or found.past.regions.tolist()
        if wanted is not None and wanted in found.past.regions:
            return wanted
        home = [root for root in actor.regions if root in codes]
        if home:
            return home[0]
        return int(min(codes, key=lambda code: int(self._tree.get(code).level))) if codes else self._tree.root

    def _place(self, actor: Actor, region: int, language: str) -> Place:
        context = access.scope(actor, self._tree, region) == "context"
        return Place(region, name_of(self._tree, region, language), level_of(self._tree, region), context)

    def _course(self, told: "_Told", region: int) -> CourseView | None:
        """What was compared in a region, with the bounds as they are tried."""
        found, rule = told.found.past, told.found.rule
        row = _row(found, region)
        if row is None or np.isnan(found.measure[:, row]).all():
            return None
        shown = slice(-MOST_POINTS, None)
        keys, compared = found.periods[shown], found.measure[shown, row]
        view = rule_view(rule, told.indicator)
        return CourseView(
            measure=view.measure,
            unit=view.unit,
            frequency=str(told.indicator.frequency),
            periods=tuple(keys.tolist()),
            compared=tuple(None if one != one else one for one in compared.tolist()),
            simulated=tuple(
                status == DataStatus.SIMULATED for status in told.reading.status[shown, row].tolist()
            ),
            bounds=bounds_over(rule, keys, compared, int(self._tree.get(region).level)),
        )

    # ---- other rules, and what is known to have happened

    def _overlaps(
        self, actor: Actor, found: _Replay, indicator: Indicator, language: str
    ) -> tuple[Overlap, ...]:
        """The rules in force whose recorded warnings stood at the same time in the same regions."""
        own = _spans(backtest.stretches(found.past.events), found.past.regions.tolist(), indicator.frequency)
        if not own:
            return ()
        told = []
        for identity, others in self._recorded().items():
            code = indicator_of(identity)
            if identity == found.rule.id or code not in self._catalog:
                continue
            if not access.may(actor, "view", system=self._catalog.get(code).system):
                continue
            met = backtest.shared(own, others)
            if met:
                told.append(Overlap(identity, self._rule_name(identity, language), met, len(own)))
        return tuple(sorted(told, key=lambda one: (-one.shared, one.rule))[:MOST_OVERLAPS])

    def _recorded(self) -> Mapping[str, list[Span]]:
        """The recorded warnings of every rule in force, as days in regions."""
        return self._keep(("recorded", self._versions()), self._read_recorded)

    def _read_recorded(self) -> Mapping[str, list[Span]]:
        regions = sorted({region.code for region in self._tree})
        by_rule: dict[str, list[StoredEvent]] = {}
        for event in self._store.events(self._store.rules(), regions):
            by_rule.setdefault(event.rule, []).append(event)
        found = {}
        for identity, events in by_rule.items():
            code = indicator_of(identity)
            if code in self._catalog:
                rows = {region: row for row, region in enumerate(sorted({event.region for event in events}))}
                held = standing(_plain(event, rows[event.region]) for event in events)
                found[identity] = _spans(
                    backtest.stretches(held), list(rows), self._catalog.get(code).frequency
                )
        return found

    def _rule_name(self, identity: str, language: str) -> str:
        indicator = self._catalog.get(indicator_of(identity))
        rule = next((of_spec(spec, indicator) for spec in indicator.specs
                     if of_spec(spec, indicator).id == identity), None)  # fmt: skip
        return indicator.name(language) if rule is None else _name(rule, indicator, language)

    def _seen(
        self, actor: Actor, found: _Replay, indicator: Indicator, language: str
    ) -> tuple[EpisodeView, ...]:
        """What is known to have happened to this figure where the reader looks, and whether the rule saw it."""
        inputs = self._made_of(indicator.code)
        own = _spans(backtest.stretches(found.past.events), found.past.regions.tolist(), indicator.frequency)
        places = frozenset(found.past.regions.tolist())
        told = []
        for one in self._episodes:
            watched = [
                Span(region, _day(first), _day(last)) for code, region, first, last in one.watch
                if code in inputs and region in places
            ]  # fmt: skip
            if watched:
                regions = tuple(self._place(actor, span.region, language) for span in watched)
                seen = backtest.shared(watched, own) > 0
                text = one.en if language == "en" else one.zh
                told.append(EpisodeView(one.id, text, regions, int(str(min(s.first for s in watched)).replace("-", "")),
                                        seen))  # fmt: skip
        return tuple(told)

    def _made_of(self, code: str) -> frozenset[str]:
        """The figure itself and all that it is computed from."""
        found, frontier = {code}, [code]
        while frontier:
            fresh = set(self._catalog.inputs(frontier.pop())) - found
            found |= fresh
            frontier.extend(fresh)
        return frozenset(found)

    def _keep(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """What was made under a key before, or what is made now."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: T = self._kept[key]
                return kept
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made


@dataclass(frozen=True)
class _Told:
    """What a view is made of."""

    indicator: Indicator
    mapping: Mapping[str, object]
    written: Mapping[str, object]
    changed: bool
    issues: Sequence[Issue]
    reading: Reading
    found: _Replay
    standing: _Replay


def _changed(mapping: Mapping[str, object], draft: Mapping[str, object]) -> Mapping[str, object]:
    """A rule with some fields written anew; a recovery value that is written goes along with its bound."""
    written = {key: value for key, value in {**mapping, **draft}.items() if value is not None}
    recover = written.get("recover")
    if isinstance(recover, Mapping):
        moved = {
            level: value + _by(mapping.get(level), written.get(level))
            if isinstance(value, int | float)
            else value
            for level, value in recover.items()
            if level in written
        }
        written["recover"] = moved
    return written


def _by(before: object, after: object) -> float:
    """By how much a bound moved."""
    numbers = isinstance(before, int | float) and isinstance(after, int | float)
    return after - before if numbers else 0.0  # type: ignore[operator]  # both are numbers


def known_episodes(paths: Iterable[Path]) -> tuple[Known, ...]:
    """What packs say is known to have happened: planted in the sample figures, or real (``episodes.yaml``)."""
    found = []
    for path in paths:
        told = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for one in told.get("episodes", ()):
            watched = one.get("watch") or one.get("effects") or ()
            found.append(
                Known(
                    one["id"], one["zh"], one.get("en", one["zh"]), tuple(_watched(each) for each in watched)
                )
            )
    return tuple(found)


def _watched(written: Mapping[str, Any]) -> tuple[str, int, int, int]:
    first, last = (str(written[end]) if end in written else "" for end in ("from", "to"))
    return (
        str(written["indicator"]),
        int(str(written["region"]).ljust(12, "0")),
        periods.read(first, "period"),
        periods.read(last, "period") if last else 0,
    )


def _day(key: int) -> np.datetime64:
    """The last day of a period; without a period there is no end."""
    return np.datetime64(periods.Period(key).end, "D") if key else FOREVER


def _name(rule: Rule, indicator: Indicator, language: str) -> str:
    """What a rule is called: a further one by its own name."""
    own = rule.name_en if language == "en" else rule.name_zh
    return own if rule.name else indicator.name(language)


def _row(found: Past, region: int) -> int | None:
    rows = np.flatnonzero(found.regions == region)
    return int(rows[0]) if len(rows) else None


def _happened(found: Past, region: int) -> list[EventLine]:
    """What would have happened in a region."""
    row = _row(found, region)
    place = {key: nth for nth, key in enumerate(found.periods.tolist())}
    return [
        EventLine(
            kind=event.kind.name.lower(),
            cause=event.cause.word,
            level=event.level,
            previous=event.previous,
            period=event.period,
            value=_number(found.value[place[event.period], event.row]),
            measured=_number(found.measure[place[event.period], event.row]),
            threshold=None,
            at=0,
            back_dated=False,
        )
        for event in found.events
        if event.row == row
    ]


def _handles(told: "_Told") -> tuple[Handle, ...]:
    """The bounds that can be moved: those that are written as numbers."""
    live = {(level, end): value for level, end, value in _ends(_particulars(told.mapping))}
    tried = _particulars(told.written if told.changed else told.mapping)
    return tuple(Handle(level, end, value, live.get((level, end))) for level, end, value in _ends(tried))


def _ends(written: Particulars) -> Iterator[tuple[int, int, float]]:
    """Every number of the bounds: level, which end of a band, the number."""
    for level in LEVELS:
        given = written.bounds.get(level.word)
        ends = given if isinstance(given, tuple) else (given,)
        yield from ((int(level), end, value) for end, value in enumerate(ends) if value is not None)


def _number(figure: float) -> float | None:
    return None if figure != figure else float(figure)


def _plain(event: StoredEvent, row: int) -> Event:
    return Event(
        row, event.alert, event.period, EventKind(event.kind), event.level, event.previous, Cause(event.cause)
    )


def _spans(stretches: Iterable[Stretch], regions: Sequence[int], frequency: Frequency) -> list[Span]:
    """Warnings as days: from the first day of the period that opened one to the day before that which ended it."""
    return [
        Span(
            regions[one.row],
            _begin(one.opened, frequency),
            _begin(one.closed, frequency) - np.timedelta64(1, "D") if one.closed else FOREVER,
        )
        for one in stretches
    ]


def _begin(key: int, frequency: Frequency) -> np.datetime64:
    """The first day of a period in the rhythm of its indicator: a cumulative month begins with its month."""
    step = periods.MONTHS_OF.get(frequency)
    end = periods.Period(key).end
    if step is None:
        return np.datetime64(end, "D")
    day: np.datetime64 = (np.datetime64(f"{end:%Y-%m}", "M") - (step - 1)).astype("datetime64[D]")
    return day


def _particulars(mapping: Mapping[str, object]) -> Particulars:
    def whole(name: str, default: int) -> int | None:
        given = mapping.get(name, default)
        return given if isinstance(given, int) and not isinstance(given, bool) else None

    written: dict[str, float | tuple[float | None, float | None]] = {}
    for level in LEVELS:
        given = mapping.get(level.word)
        if isinstance(given, int | float):
            written[level.word] = float(given)
        elif isinstance(given, Sequence) and not isinstance(given, str) and len(given) == 2:
            low, high = (None if end is None else float(end) for end in given)
            written[level.word] = (low, high)
    return Particulars(written, whole("persist", 1), whole("keep", 0))


def wish_of(rule: str, filters: Mapping[str, str], region: int | None = None) -> BacktestWish:
    """What an address asks for: bounds by level (``red:-3``, a band ``red:-3~5``, ``red:off``), ``persist``, ``keep``,
    ``level`` and ``since``; what is no number is left out."""
    draft: dict[str, object] = {}
    for name in (*(level.word for level in LEVELS), "persist", "keep"):
        text = filters.get(name, "").strip()
        if text == OFF:
            draft[name] = None
        elif "~" in text:
            low, high = (_decimal(end) for end in text.split("~", 1))
            draft[name] = [low, high]
        elif (number := _decimal(text)) is not None:
            draft[name] = int(number) if number.is_integer() else number
    since = _decimal(filters.get("since", ""))
    return BacktestWish(rule, draft, region, filters.get("level"), None if since is None else int(since))


OFF: Final = "off"
"""In the place of a bound: the level is left out."""


def _decimal(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", text.strip()) else None
