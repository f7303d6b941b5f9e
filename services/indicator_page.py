"""The page of one indicator: what it means, its figures as they are or were known, who uses it, what was changed and said."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

from data_access.indicator_notes import Note, NoteStore
from indicators.catalog import Catalog
from indicators.definition import STATUS, Indicator, SeasonCurve, Target
from indicators.drafting import Line as Change
from indicators.drafting import differences
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, RegionTree
from services import access, courses
from services.access import Actor
from services.alerts import Alerts
from services.answers import Question
from services.catalogue_browser import CatalogueBrowser, GraphView, status
from services.depth import Depth
from services.identity_checks import FailureView, IdentityChecks
from services.incident_forms import Form
from services.query import Query
from services.revision_views import RevisionView
from services.revisions import Revisions
from services.scenes import Scene, marks_in, name_of
from services.sheets import Sheets, SheetWish
from services.usage import TargetBook, Usage, UsageView
from services.views import Choice, Face, Figure, Place, Point, SheetView, TrendView

LONGEST_NOTE = 2000

LAST_PERIODS = 24
"""Periods of the small table: two years of a monthly figure."""

HISTORY = 36
"""Periods of the trend: three years of a monthly figure."""

NEWEST_REVISIONS = 20
"""Revisions on the page; all of them stand behind a link."""


@dataclass(frozen=True)
class Covered:
    """The newest figure of one region; ``depth`` counts from the region of the page."""

    place: Place
    depth: int
    figure: Figure


@dataclass(frozen=True)
class VersionView:
    """One version of the definition, and what it has otherwise than the one before."""

    number: int
    valid_from: date | None
    valid_to: date | None
    current: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class NoteView:
    """One note; ``mine``: the reader wrote it, and may take it back."""

    id: int
    place: str
    text: str
    name: str
    at: int
    period: int | None
    mine: bool


@dataclass(frozen=True)
class TargetLine:
    """A target of a region for a year, with the plan and the sentence that set it."""

    place: str
    year: int
    op: str
    value: float | None
    upper: float | None
    unit: str
    measure: str
    plan: str
    statement: str


@dataclass(frozen=True)
class CurveLine:
    """How the task of a year spreads over its months, in percent; an empty place is every region."""

    place: str
    year: int | None
    shares: tuple[float, ...]


@dataclass(frozen=True)
class IndicatorView:
    """Everything that the page shows.

    periods   its last figures, the newest first, each with the stage of its life
    held      what is held back, for those who check
    days      the days that one can go back to
    as_of     the day whose knowledge is shown; None for what is known now
    editable  whether the reader may change the definition
    notable   whether the reader may write a note here
    """

    indicator: Indicator
    name: str
    other_name: str
    status: str
    system: str
    theme: str
    department: str
    place: Place
    path: tuple[Place, ...]
    sheet: SheetView | None
    trend: TrendView | None
    periods: tuple[Point, ...]
    usage: UsageView
    graph: GraphView
    covered: tuple[Covered, ...]
    targets: tuple[TargetLine, ...]
    curves: tuple[CurveLine, ...]
    versions: tuple[VersionView, ...]
    revisions: tuple[RevisionView, ...]
    notes: tuple[NoteView, ...]
    held: tuple[FailureView, ...]
    days: tuple[date, ...]
    as_of: date | None
    until: int | None
    editable: bool
    notable: bool
    vain: tuple[str, ...] = ()


class IndicatorPages:
    """Puts the page of an indicator together, and keeps notes.

    scene   where a reader stands, as on a board
    """

    def __init__(
        self,
        catalog: Catalog,
        tree: RegionTree,
        query: Query,
        sheets: Sheets,
        alerts: Alerts,
        targets: TargetBook,
        usage: Usage,
        browser: CatalogueBrowser,
        revisions: Revisions,
        checks: IdentityChecks,
        notes: NoteStore,
        depth: Depth,
        scene: Callable[[Actor, Choice, str], Scene | Face],
        clock: Callable[[], datetime],
        zone: timedelta,
    ) -> None:
        self._catalog = catalog
        self._tree = tree
        self._query = query
        self._sheets = sheets
        self._alerts = alerts
        self._targets = targets
        self._usage = usage
        self._browser = browser
        self._revisions = revisions
        self._checks = checks
        self._notes = notes
        self._depth = depth
        self._scene = scene
        self._clock = clock
        self._zone = timezone(zone)

    def view(self, actor: Actor, code: str, choice: Choice, language: str) -> IndicatorView:
        """The page for one reader.

        raises  CockpitError ``unknown_indicator``; ``forbidden`` for a system or a region that is not the reader's
        """
        indicator = self._catalog.get(code)
        access.require(actor, "view", system=indicator.system)
        scene = self._standing(actor, choice, language)
        english = language == "en"
        theme = self._catalog.themes.get((indicator.system, indicator.theme or ""))
        system = self._catalog.systems.get(indicator.system)
        own = [
            one for one in scene.tree.ancestors(scene.region) if access.scope(actor, self._tree, one) == "own"
        ]
        as_of = None if scene.as_of is None else datetime.fromtimestamp(scene.as_of, self._zone).date()
        vain = [
            name
            for name, wish, came in (
                ("period", choice.period, scene.until),
                ("as_of", choice.as_of, scene.as_of),
            )
            if wish is not None and came is None
        ]
        sheet = self._sheet(scene, indicator)
        return IndicatorView(
            indicator=indicator,
            name=indicator.name(language),
            other_name=indicator.name_zh if english else indicator.name_en,
            status=status(indicator, self._today()),
            system="" if system is None else system.name_en if english else system.name_zh,
            theme="" if theme is None else theme.name_en if english else theme.name_zh,
            department=courses.department(self._catalog, indicator, language),
            place=scene.place(scene.region),
            path=tuple(scene.place(one) for one in (*sorted(own, key=scene.depth), scene.region)),
            sheet=sheet,
            trend=self._depth.course(scene, indicator, HISTORY) if sheet else None,
            periods=tuple(self._periods(scene, indicator)) if sheet else (),
            usage=self._usage.of(code),
            graph=self._browser.graph(actor, code, language),
            covered=tuple(self._covered(scene, indicator)),
            targets=tuple(self._target_lines(actor, indicator, language)),
            curves=tuple(self._curve_lines(actor, code, language)),
            versions=tuple(versions(self._catalog.versions(code), self._today())),
            revisions=self._revisions.of(
                actor, code, scene.region, language, NEWEST_REVISIONS, until=scene.as_of
            ),
            notes=tuple(self._note_views(actor, code, language)),
            held=self._checks.held_of(actor, code, language),
            days=self._revisions.days(actor, code, scene.region),
            as_of=as_of,
            until=scene.until,
            editable=access.may(actor, "define", system=indicator.system),
            notable=access.may(actor, "note", self._tree, scene.region, indicator.system),
            vain=tuple(vain),
        )

    def revisions(self, actor: Actor, code: str, choice: Choice, language: str) -> tuple[RevisionView, ...]:
        """Every revision of an indicator in all regions of the reader, as of the day that was chosen."""
        scene = self._standing(actor, choice, language)
        return self._revisions.of(actor, code, None, language, until=scene.as_of)

    # ---- notes

    def note(self, actor: Actor, code: str, values: Mapping[str, str]) -> int:
        """Write a note on an indicator in a region; it is read by all who see both.

        raises  CockpitError for who may not, and for a note that is empty or too long
        """
        indicator = self._catalog.get(code)
        form = Form(values, timedelta(0))
        text = form.text("text", required=True, longest=LONGEST_NOTE)
        region = form.whole("region", 0, 10**12)
        if not self._tree.has(region):
            form.wrong("text", "unknown_region", N_("没有这个地区。"), N_("请回到指标页重新选择地区。"))
        form.done()
        access.require(actor, "note", self._tree, region, indicator.system)
        at = int(self._clock().timestamp())
        name = actor.display or actor.name
        return self._notes.add(code, region, None, text, author=actor.id, name=name, at=at)

    def withdraw(self, actor: Actor, number: int) -> None:
        """Take one's own note back; it is kept, and shown to nobody.

        raises  CockpitError ``unknown_note`` for one that is not there, not the actor's, or taken back already
        """
        access.require(actor, "note")
        name = actor.display or actor.name
        self._notes.withdraw(number, author=actor.id, name=name, at=int(self._clock().timestamp()))

    def _note_views(self, actor: Actor, code: str, language: str) -> Iterator[NoteView]:
        regions = access.narrow(actor, self._tree, (self._tree.root, *self._tree.subtree(self._tree.root)))
        for one in self._notes.of(code, regions):
            yield _note(one, name_of(self._tree, one.region, language), actor)

    # ---- figures

    def _standing(self, actor: Actor, choice: Choice, language: str) -> Scene:
        scene = self._scene(actor, choice, language)
        if isinstance(scene, Face):
            what = scene.reason or N_("没有这个地区，或它不在您的职责范围内。")
            raise CockpitError(
                Issue("forbidden", what, N_("请检查地址，或回到自己的区域。"), params=dict(scene.params))
            )
        alerts = self._alerts.open_alerts(actor, {scene.region})
        return replace(scene, marks=marks_in(alerts, scene))

    def _sheet(self, scene: Scene, indicator: Indicator) -> SheetView | None:
        if scene.tree.get(scene.region).level > Level.parse(indicator.lowest_level):
            return None
        wish = SheetWish(
            scene.actor, indicator, scene.place(scene.region), scene.language, scene.until, scene.as_of
        )
        try:
            return self._sheets.sheet(wish, scene.targets, scene.mark(indicator, scene.region))
        except CockpitError:
            return None

    def _periods(self, scene: Scene, indicator: Indicator) -> Iterator[Point]:
        """The last figures, the newest first."""
        question = Question(
            (indicator.code,), (scene.region,), until=scene.until, history=LAST_PERIODS, as_of=scene.as_of
        )
        course = self._query.ask(scene.actor, question).series(indicator.code, scene.region)
        if course is None:
            return
        for place in reversed(range(len(course.periods))):
            value = courses.number(course.value[place])
            if value is not None:
                yield Point(int(course.periods[place]), value, status=STATUS[course.status[place]])

    def _covered(self, scene: Scene, indicator: Indicator) -> Iterator[Covered]:
        """The newest figures of the region and everything below it that publishes the indicator."""
        if not scene.own:
            return
        lowest = Level.parse(indicator.lowest_level)
        tree = scene.tree
        day = self._today() if scene.as_of is None else datetime.fromtimestamp(scene.as_of, self._zone).date()
        regions = [
            one
            for one in _in_order(tree, scene.region)
            if tree.get(one).level <= lowest and not tree.get(one).reporting_unit and tree.valid(one, day)
        ]
        if not regions:
            return
        answer = self._query.ask(
            scene.actor, Question((indicator.code,), tuple(regions), until=scene.until, as_of=scene.as_of)
        )
        for region in regions:
            line = answer.row(indicator.code, region)
            if line is not None:
                depth = scene.depth(region) - scene.depth(scene.region)
                yield Covered(scene.place(region), depth, courses.figure(line))

    # ---- targets

    def _target_lines(self, actor: Actor, indicator: Indicator, language: str) -> Iterator[TargetLine]:
        for one in self._targets.of_indicator(indicator.code):
            if access.scope(actor, self._tree, one.region) is not None:
                yield self._target(one, indicator, language)
        told = {one.year for one in self._targets.of_indicator(indicator.code)}
        for year, value in sorted(indicator.targets.items()):
            if year not in told:
                yield TargetLine("", year, "", value, None, indicator.unit, "value", "", "")

    def _target(self, one: Target, indicator: Indicator, language: str) -> TargetLine:
        plan = self._catalog.plans.get(one.plan)
        return TargetLine(
            name_of(self._tree, one.region, language), one.year, one.op, one.value, one.upper,
            one.unit or indicator.unit, one.measure, plan.name_zh if plan else "", one.statement_zh,
        )  # fmt: skip

    def _curve_lines(self, actor: Actor, code: str, language: str) -> Iterator[CurveLine]:
        for one in self._targets.curves_of(code):
            if one.region is None or access.scope(actor, self._tree, one.region) is not None:
                yield CurveLine(self._curve_place(one, language), one.year, one.shares)

    def _curve_place(self, one: SeasonCurve, language: str) -> str:
        return "" if one.region is None else name_of(self._tree, one.region, language)

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()


def versions(known: Sequence[Indicator], today: date) -> Iterator[VersionView]:
    """Every version of a definition, the newest first, each with what it has otherwise than the one before it."""
    before: Mapping[str, Any] = {}
    listed = []
    for one in known:
        changes = differences(before, one.document) if before else ()
        listed.append(VersionView(one.version, one.valid_from, one.valid_to, one.holds(today), changes))
        before = one.document
    yield from reversed(listed)


def _note(one: Note, place: str, actor: Actor) -> NoteView:
    return NoteView(one.id, place, one.text, one.name, one.at, one.period, one.author == actor.id)


def _in_order(tree: RegionTree, region: int) -> Iterator[int]:
    """A region, and below each region those that belong to it."""
    yield region
    for child in tree.children(region):
        yield from _in_order(tree, child)
