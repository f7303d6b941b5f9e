"""A rule tried on history by the state machine that judges today's figures: it writes nothing and tells nobody."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Final

import numpy as np

from data_access.alerts import AlertStore
from data_access.config import WarningSettings
from indicators import backtest
from indicators.alerts import EventKind
from indicators.backtest import Audience, Span
from indicators.catalog import Catalog
from indicators.definition import DataStatus, Indicator, LimitVersion, indicator_of
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from indicators.rules import LEVELS, OF_LEVELS, Kind, Rule, parse
from services import access
from services.access import Actor
from services.answers import Reading
from services.backtest_views import (
    BacktestView,
    EpisodeView,
    Handle,
    Lasting,
    Outcome,
    Overlap,
    Particulars,
    PlaceOutcome,
    YearOutcome,
)
from services.evaluation import Past
from services.hindsight import Known, recorded, spans
from services.replays import InForce, Replays, seen
from services.scenes import LIMIT, level_of, name_of
from services.views import Place
from services.warning_course import MOST_POINTS, bounds_over, breaks_over, rule_view
from services.warning_views import CourseView, EventLine

MOST_OVERLAPS: Final = 6


@dataclass(frozen=True)
class BacktestWish:
    """What is to be tried.

    rule    the identity of a rule
    draft   its fields that are tried with another value; a level whose bound is None is left out
    region  whose curve is shown; None: the reader's own
    level   only regions of this level; None: all that the rule speaks of
    since   the first year; None: as far back as is usual
    today   judge every period by the legal limit of today, which is a what-if
    """

    rule: str
    draft: Mapping[str, object] = field(default_factory=dict, hash=False)
    region: int | None = None
    level: str | None = None
    since: int | None = None
    today: bool = False


@dataclass(frozen=True)
class _Replay:
    """A rule replayed, as far as a reader may see it, with what it came to."""

    rule: Rule
    past: Past
    outcome: Outcome


class Backtest:
    """Tries rules on history."""

    def __init__(
        self,
        store: AlertStore,
        replays: Replays,
        catalog: Catalog,
        tree: RegionTree,
        episodes: Sequence[Known],
        settings: WarningSettings,
        clock: Callable[[], datetime],
        zone: timedelta = timedelta(hours=8),
    ) -> None:
        self._store = store
        self._replays = replays
        self._catalog = catalog
        self._tree = tree
        self._episodes = tuple(episodes)
        self._settings = settings
        self._clock = clock
        self._zone = timezone(zone)

    def run(self, actor: Actor, wish: BacktestWish, language: str = "zh") -> BacktestView:
        """Try a rule, as it is in force or as a draft; a draft that contradicts itself is answered with issues.

        raises  CockpitError ``unknown_rule``, ``forbidden``, ``rule_says_nothing``, ``rule_by_clock``
        """
        one = self._replays.rule(wish.rule)
        access.require(actor, "view", system=one.indicator.system)
        if one.rule.by_clock:
            what = N_("逾期规则看的是数据何时到，过去何时到已不能从今天的数据看出")
            raise CockpitError(Issue("rule_by_clock", what, N_("在预警记录里看它发出过什么。")))
        written, draft, issues = self._draft(one, wish)
        now = self._clock().astimezone(self._zone).replace(minute=0, second=0, microsecond=0)
        newest = max((alert.data_period for alert in self._store.of_rules([one.rule.id])), default=0)
        stretch = self._replays.stretch(one.indicator, now, newest=newest, year=wish.since)
        places = self._places(actor, wish.level)
        live = self._replays.keep(
            ("live", one.rule.id, str(one.mapping), stretch, places, actor.regions, actor.role, language),
            lambda: self._part(actor, one.rule, self._replays.standing(one, stretch), places, language),
        )
        found, tried_rule = live, draft or one.rule
        limit = one.indicator.limit(now.date()) if wish.today and tried_rule.limit_level else None
        if limit is not None:
            tried_rule = replace(tried_rule, limits=(LimitVersion(limit, None, None),))
        if draft is not None or limit is not None:
            tried = self._replays.tried(one.indicator, tried_rule, stretch)
            found = self._part(actor, tried_rule, tried, places, language)
        reading = self._replays.reading(one.indicator, found.rule, stretch)
        told = _Told(one, written, draft is not None, issues, reading, found, live, limit)
        return self._view(actor, wish, language, told)

    def _draft(
        self, one: InForce, wish: BacktestWish
    ) -> tuple[Mapping[str, object], Rule | None, tuple[Issue, ...]]:
        """The rule as it would be written, the rule of that (None: the one in force is tried), and what is wrong."""
        if not wish.draft:
            return one.mapping, None, ()
        if one.rule.kind is Kind.STATUTORY:
            what, do = N_("法定预警只作镜像，不能试改"), N_("它的级别由有权机关决定。")
            return one.mapping, None, (Issue("rule_statutory", what, do),)
        written, live = _changed(one.mapping, wish.draft), one.rule
        try:
            rule = parse(written, one.indicator)
        except CockpitError as error:
            return written, None, error.issues
        return written, replace(rule, name=live.name, name_zh=live.name_zh, name_en=live.name_en), ()

    def _places(self, actor: Actor, level: str | None) -> tuple[int, ...]:
        """The regions that the reader may see, of one level where one is wished for."""
        codes = dict.fromkeys(region.code for region in self._tree)
        wanted = [code for code in codes if level is None or level_of(self._tree, code) == level]
        return access.narrow(actor, self._tree, wanted or codes)

    def _part(self, actor: Actor, rule: Rule, found: Past, places: tuple[int, ...], language: str) -> _Replay:
        part = seen(found, places)
        return _Replay(rule, part, self._outcome(actor, rule, part, language))

    def _outcome(self, actor: Actor, rule: Rule, found: Past, language: str) -> Outcome:
        level = backtest.levels(found.events, found.periods, len(found.regions))
        counted = backtest.tally(found.events, level, found.periods)
        told = backtest.messages(
            found.events, found.health, found.periods, self._audience(actor, rule, found)
        )
        messages = told.by_year()
        heard = np.asarray(~np.isnan(found.value).all(axis=0), np.bool_)
        return Outcome(
            openings=counted.opened,
            changes=counted.events.get(EventKind.UPGRADE, 0) + counted.events.get(EventKind.DOWNGRADE, 0),
            years=tuple(YearOutcome(year, n, messages.get(year, 0)) for year, n in counted.openings.items()),
            places=tuple(
                PlaceOutcome(
                    self._place(actor, region, language), int(counted.by_row[row]),
                    tuple(counted.time[row].tolist()), int(level[-1, row]),
                )
                for row, region in enumerate(found.regions.tolist())
                if heard[row]
            ),
            time=tuple(counted.time[heard].sum(axis=0).tolist()),
            messages=len(told.groups),
            lines=told.lines,
            spared=told.spared,
            reached=counted.reached,
        )  # fmt: skip

    def _audience(self, actor: Actor, rule: Rule, found: Past) -> Audience:
        def answers(region: int) -> bool:
            return access.scope(actor, self._tree, region) == "own"

        above = {region: self._tree.ancestors(region) for region in found.regions.tolist()}
        flapping = (self._settings.flap_changes, self._settings.flap_periods)
        return Audience(rule.id, rule.code, found.regions.tolist(), above.__getitem__, answers, flapping)

    # ---- the view

    def _view(self, actor: Actor, wish: BacktestWish, language: str, told: "_Told") -> BacktestView:
        indicator, rule, found = told.one.indicator, told.found.rule, told.found
        region = self._focus(actor, wish.region, found)
        department = self._catalog.departments.get(indicator.department)
        keys = found.past.periods
        course = self._course(told, region)
        own = spans(backtest.stretches(found.past.events), found.past.regions.tolist(), indicator.frequency)
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
            tried=_particulars(told.written if told.changed else told.one.mapping),
            live=_particulars(told.one.mapping),
            changed=told.changed,
            issues=told.issues,
            place=self._place(actor, region, language),
            places=tuple(one.place for one in found.outcome.places),
            first=int(keys[0]) if len(keys) else 0,
            last=int(keys[-1]) if len(keys) else 0,
            periods=len(keys),
            outcome=found.outcome,
            standing=told.live.outcome if told.changed or told.limit is not None else None,
            limit=told.limit,
            dated=bool(told.one.rule.limit_level) and len(told.one.rule.limits) > 1,
            course=course,
            happened=tuple(one for one in _happened(found.past, region) if one.period in shown),
            scale=rule.level_scale.get(self._tree.get(region).level, 1.0),
            handles=_handles(told),
            overlaps=self._overlaps(actor, found, own, language),
            episodes=self._known(actor, found, own, language),
            simulated=any(any(told.simulated(code)) for code in found.past.regions.tolist()),
            written=told.written,
            warnings=self._lasting(actor, found.past, language),
            caught=backtest.shared(own, self._others(actor, rule)),
        )

    def _focus(self, actor: Actor, wanted: int | None, found: _Replay) -> int:
        """The region whose curve is shown: the wanted one, else the own, else the highest in which was compared."""
        regions = found.past.regions.tolist()
        if wanted is not None and wanted in regions:
            return wanted
        compared = np.asarray(~np.isnan(found.past.measure).all(axis=0), np.bool_)
        codes = [code for row, code in enumerate(regions) if compared[row]] or regions
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
        view = rule_view(rule, told.one.indicator)
        return CourseView(
            measure=view.measure,
            unit=view.unit,
            frequency=str(told.one.indicator.frequency),
            periods=tuple(keys.tolist()),
            compared=tuple(None if one != one else one for one in compared.tolist()),
            simulated=tuple(told.simulated(region)[shown]),
            bounds=bounds_over(rule, keys, compared, int(self._tree.get(region).level)),
            breaks=breaks_over(told.one.indicator, keys, rule),
        )

    def _lasting(self, actor: Actor, found: Past, language: str) -> tuple[Lasting, ...]:
        """Every warning that would have stood, the latest first."""
        place = {key: nth for nth, key in enumerate(found.periods.tolist())}
        names = {
            region: self._place(actor, region, language) for region in found.regions[_rows(found)].tolist()
        }
        told = [
            Lasting(
                names[int(found.regions[one.row])], one.opened, one.closed, one.worst,
                place.get(one.closed, len(place)) - place.get(one.opened, 0),
            )
            for one in backtest.stretches(found.events)
        ]  # fmt: skip
        return tuple(reversed(told))

    # ---- other rules, and what is known to have happened

    def _others(self, actor: Actor, rule: Rule) -> list[Span]:
        """The warnings that other rules in force gave, in the systems that the reader sees."""
        return [
            span
            for identity, spans_of in self._recorded().items()
            if identity != rule.id and access.may(actor, "view", system=self._system(identity))
            for span in spans_of
        ]

    def _system(self, identity: str) -> str:
        return self._catalog.get(indicator_of(identity)).system

    def _overlaps(
        self, actor: Actor, found: _Replay, own: Sequence[Span], language: str
    ) -> tuple[Overlap, ...]:
        """The rules in force whose recorded warnings stood at the same time in the same regions."""
        told = []
        for identity, others in self._recorded().items():
            system = self._system(identity)
            if identity == found.rule.id or not access.may(actor, "view", system=system):
                continue
            met = backtest.shared(own, others)
            if met:
                told.append(Overlap(identity, self._rule_name(identity, language), met, len(own)))
        return tuple(sorted(told, key=lambda one: (-one.shared, one.rule))[:MOST_OVERLAPS])

    def _recorded(self) -> Mapping[str, list[Span]]:
        regions = sorted({region.code for region in self._tree})
        return self._replays.keep(("recorded",), lambda: recorded(self._store, self._catalog, regions))

    def _rule_name(self, identity: str, language: str) -> str:
        indicator = self._catalog.get(indicator_of(identity))
        try:
            return _name(self._replays.rule(identity).rule, indicator, language)
        except CockpitError:  # it was in force when it warned, and is no more
            return indicator.name(language)

    def _known(
        self, actor: Actor, found: _Replay, own: Sequence[Span], language: str
    ) -> tuple[EpisodeView, ...]:
        """What is known to have happened to this figure where the reader looks, and whether the rule saw it."""
        inputs = self._made_of(found.rule.code)
        places = frozenset(found.past.regions.tolist())
        told = []
        for one in self._episodes:
            watched = [
                each.span for each in one.watch if each.indicator in inputs and each.span.region in places
            ]
            if watched:
                regions = dict.fromkeys(span.region for span in watched)
                told.append(
                    EpisodeView(
                        one.id,
                        one.text(language),
                        tuple(self._place(actor, region, language) for region in regions),
                        backtest.shared(watched, own) > 0,
                    )
                )
        return tuple(told)

    def _made_of(self, code: str) -> frozenset[str]:
        """The figure itself and all that it is computed from."""
        found, frontier = {code}, [code]
        while frontier:
            fresh = set(self._catalog.inputs(frontier.pop())) - found
            found |= fresh
            frontier.extend(fresh)
        return frozenset(found)


@dataclass(frozen=True)
class _Told:
    """What a view is made of."""

    one: InForce
    written: Mapping[str, object]
    changed: bool
    issues: tuple[Issue, ...]
    reading: Reading
    found: _Replay
    live: _Replay
    limit: float | None = None

    def simulated(self, region: int) -> list[bool]:
        """Which figures of a region were made by the generator of sample figures."""
        column = self.reading.regions.tolist().index(region)
        return [status == DataStatus.SIMULATED for status in self.reading.status[:, column].tolist()]


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


def _name(rule: Rule, indicator: Indicator, language: str) -> str:
    """What a rule is called: a further one by its own name."""
    own = rule.name_en if language == "en" else rule.name_zh
    return own if rule.name else indicator.name(language)


def _row(found: Past, region: int) -> int | None:
    rows = np.flatnonzero(found.regions == region)
    return int(rows[0]) if len(rows) else None


def _rows(found: Past) -> list[int]:
    """The rows of the regions in which something happened."""
    return sorted({event.row for event in found.events})


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
    """The bounds that can be moved: those that are written as numbers; what names patterns of a chart cannot."""
    if told.found.rule.measure in OF_LEVELS:
        return ()
    live = {(level, end): value for level, end, value in _ends(_particulars(told.one.mapping))}
    tried = _particulars(told.written if told.changed else told.one.mapping)
    return tuple(Handle(level, end, value, live.get((level, end))) for level, end, value in _ends(tried))


def _ends(written: Particulars) -> Iterator[tuple[int, int, float]]:
    """Every number of the bounds: level, which end of a band, the number."""
    for level in LEVELS:
        given = written.bounds.get(level.word)
        ends = given if isinstance(given, tuple) else (given,)
        yield from ((int(level), end, value) for end, value in enumerate(ends) if value is not None)


def _number(figure: float) -> float | None:
    return None if figure != figure else float(figure)


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
    year, today = None if since is None else int(since), LIMIT in filters.items()
    return BacktestWish(rule, draft, region, filters.get("level"), year, today)


OFF: Final = "off"
"""In the place of a bound: the level is left out."""


def _decimal(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", text.strip()) else None
