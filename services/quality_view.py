"""数据质量 and the yearly report on sharing: what departments and feeds delivered, and what the registry says of them."""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from data_access.feeds import FeedStore
from data_access.formats.tabular import write_book
from data_access.observations import ObservationStore
from data_access.registry import RegistryStore, Report, System
from indicators import periods
from indicators.aggregation import Demand
from indicators.catalog import Catalog
from indicators.definition import DataStatus
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.feeds import CHANGED
from services.ops_figures import months_before
from services.quality_figures import AGREED, ARRIVED, CHECKED, COMPARED, COUNTS, DUE, FAILED, OK
from services.registry import Registry
from services.registry_views import ResourceLine
from services.texts import Texts

BY_DEPARTMENT, BY_FEED = "department", "system"
KINDS = (f"{BY_DEPARTMENT}=", f"{BY_FEED}=")

DEADLINE = (1, 10)
"""The day of the next year on which the report of a year is due."""

LONGEST = 4000

RATES: Mapping[str, str] = {
    "complete": N_("完整性"),
    "on_time": N_("及时性"),
    "valid": N_("有效性"),
    "agree": N_("一致性"),
}
"""The four sides of data quality."""

CONTENT: Mapping[str, str] = {
    "systems": N_("信息系统"), "systems_need": N_("应接入共享平台的系统"), "systems_in": N_("已接入的系统"),
    "systems_idle": N_("疑似闲置的系统"), "systems_found": N_("认定闲置、待清理的系统"),
    "systems_cleared": N_("已停用或并入的系统"), "resources": N_("普查认定的信息资源"),
    "resources_catalogued": N_("已编目的资源"), "resources_shared": N_("提供共享的资源"),
    "resources_opened": N_("向社会开放的资源"), "resources_current": N_("按周期更新的共享资源"),
    "figures": N_("负责的采集指标"), "figures_registered": N_("已登记来源的指标"), "due": N_("应报数据点"),
    "arrived": N_("已到数据点"), "ok": N_("按时数据点"), "failed": N_("校验不通过数据点"),
}  # fmt: skip
"""What a report on sharing tells, in its order."""

CYCLE_DAYS = {"realtime": 2, "daily": 3, "weekly": 14, "monthly": 62, "quarterly": 185, "yearly": 550}
"""A resource that was not brought up to date for so long is behind: two of its cycles, and a little."""


@dataclass(frozen=True)
class Quality:
    """What was delivered, counted; the rates are None where there is nothing to divide by, or nobody counted."""

    due: float | None = None
    arrived: float | None = None
    ok: float | None = None
    checked: float | None = None
    failed: float | None = None
    compared: float | None = None
    agreed: float | None = None

    @property
    def complete(self) -> float | None:
        """Of what was due, what came at all."""
        return _share(self.arrived, self.due)

    @property
    def on_time(self) -> float | None:
        """Of what was due, what came in time."""
        return _share(self.ok, self.due)

    @property
    def valid(self) -> float | None:
        """Of what came, what no check objects to."""
        return _share(None if self.failed is None else (self.checked or 0) - self.failed, self.checked)

    @property
    def agree(self) -> float | None:
        """Of what belongs to an identity, what agrees with it."""
        return _share(self.agreed, self.compared)


@dataclass(frozen=True)
class QualityLine:
    """The deliveries of a department or a feed."""

    id: str
    name: str
    quality: Quality
    runs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class QualityView:
    """The quality of a month in a region: as a whole, by department, by feed."""

    region: int
    place: str
    period: int
    months: tuple[int, ...]
    whole: Quality
    departments: tuple[QualityLine, ...]
    feeds: tuple[QualityLine, ...]
    simulated: bool


@dataclass(frozen=True)
class ReportLine:
    """The report of a department: what it would tell now, what was handed in, by how many days late it is."""

    department: str
    name: str
    content: Mapping[str, float]
    handed: Report | None
    delay: int
    may: bool


@dataclass(frozen=True)
class ReportsView:
    """The reports of a year."""

    year: int
    years: tuple[int, ...]
    due: date
    lines: tuple[ReportLine, ...]
    handed: int
    simulated: bool


class QualityDesk:
    """The use cases around quality and reports."""

    def __init__(
        self, figures: ObservationStore, catalog: Catalog, tree: RegionTree, registry: Registry, store: RegistryStore,
        feeds: FeedStore,
        names: Callable[[str], Mapping[str, str]], clock: Callable[[], datetime], offset: timedelta,
    ) -> None:  # fmt: skip
        self._figures, self._catalog, self._tree = figures, catalog, tree
        self._registry, self._store, self._feeds = registry, store, feeds
        self._store_items = figures.items
        self._names, self._clock, self._offset = names, clock, offset

    # ---- quality

    def quality(self, actor: Actor, region: int | None, period: int | None, language: str) -> QualityView:
        """The quality of a month; of the last one that is counted unless a month is chosen.

        raises  CockpitError ``forbidden`` for a region of elsewhere
        """
        access.require(actor, "view")
        place = region or next(iter(actor.regions), self._tree.root)
        access.require(actor, "view", self._tree, place, "ops")
        months = tuple(self._months())
        lines, simulated = self._counted(place, months)
        told = [month for month in months if lines.get((month, ""))]
        chosen = period if period in told else max(told, default=months[-1])
        names, feeds = self._names(language), self._feeds.feeds()
        runs = self._feeds.delivered()
        named = {name: counts for (month, name), counts in lines.items() if month == chosen and name}
        departments = [
            QualityLine(name, names.get(name, name), counts)
            for kind, _, name in (key.partition("=") for key in named) if kind == BY_DEPARTMENT
            for counts in (named[f"{kind}={name}"],)
        ]  # fmt: skip
        seen = [one for one in feeds.values() if access.scope(actor, self._tree, one.region) == "own"]
        fed = [
            QualityLine(one.id, one.name, named.get(f"{BY_FEED}={one.id}", Quality()), runs.get(one.id, {}))
            for one in seen
        ]
        departments.sort(key=lambda line: (line.quality.on_time or 0.0, line.name))
        tree_region = self._tree.get(place)
        return QualityView(
            place, tree_region.name_en or tree_region.name if language == "en" else tree_region.name, chosen,
            tuple(reversed(told)), lines.get((chosen, ""), Quality()), tuple(departments), tuple(fed), simulated,
        )  # fmt: skip

    def _months(self) -> Iterator[int]:
        """The last two years of whole months."""
        today = self._today()
        for back in range(24, 0, -1):
            month = months_before(today, back)
            yield periods.months_key(month.year, month.month, 1)

    def _counted(self, region: int, months: Sequence[int]) -> tuple[dict[tuple[int, str], Quality], bool]:
        """The counts of each month by department and feed, and of all departments; and whether some are simulated.

        They stand by the month (`quality_figures`), so that nothing has to be added up over days.
        """
        codes = tuple(code for code in COUNTS if code in self._catalog)
        items = {number: name for number, (name, _) in self._store_items().items() if name.startswith(KINDS)}
        found: dict[tuple[int, str], dict[str, float]] = {}
        simulated = False
        if items:
            demand = Demand(codes, (region,), months[0], months[-1], items=tuple(items))
            for code, item, _, period, value, _, status, *_ in self._figures.answer(demand).rows:
                if value is not None:
                    found.setdefault((period, items[item]), {})[code] = value
                    simulated |= status == DataStatus.SIMULATED
        told = {
            key: Quality(**{FIELDS[code]: value for code, value in one.items()}) for key, one in found.items()
        }
        for period in {period for period, _ in told}:
            own = [
                one for (when, name), one in told.items() if when == period and name.startswith(BY_DEPARTMENT)
            ]
            told[period, ""] = Quality(
                **{name: _sum(getattr(one, name) for one in own) for name in FIELDS.values()}
            )
        return told, simulated

    # ---- reports

    def reports(self, actor: Actor, year: int | None, language: str) -> ReportsView:
        """The reports of a year of the departments of the actor's region: as they stand, and as they were handed in."""
        access.require(actor, "view")
        region = next(iter(actor.regions), self._tree.root)
        today = self._today()
        years = tuple(range(today.year, today.year - 4, -1))
        chosen = year if year in years else today.year - 1
        due = date(chosen + 1, *DEADLINE)
        handed = [one for one in self._store.reports() if one.year == chosen and one.region == region]
        content, simulated = self._contents(actor, region, chosen, language)
        names, lines = self._names(language), []
        for department, told in content.items():
            own = [one for one in handed if one.department == department]
            lines.append(
                ReportLine(
                    department, names.get(department, department), told, own[-1] if own else None,
                    self._delay(own[0].at if own else None, due), self._may(actor, department),
                )
            )  # fmt: skip
        lines.sort(key=lambda line: (line.handed is not None, line.name))
        count = sum(line.handed is not None for line in lines)
        return ReportsView(chosen, years, due, tuple(lines), count, simulated)

    def hand_in(self, actor: Actor, department: str, year: int, seen: int, remarks: str) -> None:
        """Hand in the report of a department: it is kept as it stands now.

        seen    the number of the report that the page showed; 0: none
        raises  CockpitError ``forbidden``, ``year_open`` while the year goes on, ``record_changed``
        """
        if not self._may(actor, department):
            raise CockpitError(
                Issue("forbidden", N_("您没有权限：{action} {place}"), N_("如工作需要，请联系安全管理员授权。"),
                      params={"action": N_("提交共享报告"), "place": ""})
            )  # fmt: skip
        if year >= self._today().year:
            raise CockpitError(
                Issue(
                    "year_open", N_("{year} 年还没有结束。"), N_("年度终了后再提交。"), params={"year": year}
                )
            )
        if len(remarks) > LONGEST:
            raise CockpitError(
                Issue(
                    "text_too_long",
                    N_("文字太长，最多 {most} 个字。"),
                    where="remarks",
                    params={"most": LONGEST},
                )
            )
        view = self.reports(actor, year, "zh")
        line = next((one for one in view.lines if one.department == department), None)
        if line is None or view.year != year:
            raise CockpitError(Issue("unknown_report", N_("没有这份报告。"), N_("请从清单中选择。")))
        if (line.handed.id if line.handed else 0) != seen:
            raise CockpitError(CHANGED)
        region = next(iter(actor.regions), self._tree.root)
        at = int(self._clock().timestamp())
        report = Report(0, year, department, region, at, actor.name, remarks, dict(line.content))
        with self._store.begin() as connection:
            self._store.hand_in(connection, report, "registry.report")

    def export(self, actor: Actor, year: int | None, texts: Texts) -> bytes:
        """The reports of a year as a workbook: an overview, and the systems and resources behind it."""
        view = self.reports(actor, year, texts.language)
        t = texts.t
        head = [
            t(N_("部门")),
            *(t(name) for name in CONTENT.values()),
            t(N_("提交时间")),
            t(N_("延迟天数")),
            t(N_("说明")),
        ]
        rows: list[list[str | float]] = [
            [line.name, *((line.handed.content if line.handed and line.handed.content else line.content).get(one, 0) for one in CONTENT),
             texts.moment(line.handed.at) if line.handed else "", line.delay,
             line.handed.remarks if line.handed else ""]
            for line in view.lines
        ]  # fmt: skip
        systems = [[line.system.name, line.department, line.region, line.system.purpose, line.state]
                   for line in self._registry.system_lines(actor, texts.language)]  # fmt: skip
        title = t(N_("{year}年共享情况"), year=view.year)
        if view.simulated:
            title += t(N_("（模拟）"))
        file = io.BytesIO()
        write_book(
            file,
            [(title, [head, *rows]),
             (t(N_("系统清单")), [[t(N_("系统")), t(N_("部门")), t(N_("地区")), t(N_("用途")), t(N_("状态"))], *systems])],
        )  # fmt: skip
        return file.getvalue()

    def _may(self, actor: Actor, department: str) -> bool:
        """Whoever looks after feeds, and a department's own people."""
        return access.may(actor, "feeds") or (access.may(actor, "load") and actor.department == department)

    def _delay(self, at: int | None, due: date) -> int:
        """By how many days a report is late, also one that has not come."""
        day = (
            self._today()
            if at is None
            else (datetime.fromtimestamp(at, tz=self._clock().tzinfo) + self._offset).date()
        )
        return max((day - due).days, 0)

    def _contents(
        self, actor: Actor, region: int, year: int, language: str
    ) -> tuple[dict[str, dict[str, float]], bool]:
        """What the report of each department tells of a year."""
        end = min(date(year, 12, 31), self._today())
        last = end.year * 10_000 + end.month * 100 + end.day
        inside = set(self._tree.subtree(region))
        told: dict[str, Counter[str]] = {}

        def count(department: str) -> Counter[str]:
            return told.setdefault(department, Counter())

        simulated = False
        for line in self._registry.system_lines(actor, language):
            if line.system.region in inside and line.system.since <= last:
                simulated |= line.system.simulated
                self._count_system(count(line.system.department), line.system, line.state, last)
        for entry in self._registry.resource_lines(actor, language):
            resource = entry.resource
            if resource.region in inside and resource.needed_on <= last:
                simulated |= resource.simulated
                self._count_resource(count(resource.department), entry, end, last)
        for supply in self._registry.supply_lines(actor, language):
            count(supply.owner_id).update(figures=1, figures_registered=int(supply.supply is not None))
        months = tuple(periods.months_key(year, month, 1) for month in range(1, 13))
        lines, drawn = self._counted(region, months)
        for (_, name), quality in lines.items():
            kind, _, department = name.partition("=")
            if kind == BY_DEPARTMENT:
                for one in ("due", "arrived", "ok", "failed"):
                    count(department)[one] += int(getattr(quality, one) or 0)
        return {
            name: {one: counts[one] for one in CONTENT} for name, counts in told.items()
        }, simulated | drawn

    @staticmethod
    def _count_system(counts: Counter[str], system: System, state: str, last: int) -> None:
        cleared = bool(system.cleared_on and system.cleared_on <= last)
        found = bool(system.found_on and system.found_on <= last)
        need = not cleared and not system.classified
        counts.update(
            systems=1, systems_need=int(need),
            systems_in=int(need and bool(system.connected_on and system.connected_on <= last)),
            systems_idle=int(state == "suspected"), systems_found=int(found and not cleared),
            systems_cleared=int(cleared),
        )  # fmt: skip

    @staticmethod
    def _count_resource(counts: Counter[str], line: ResourceLine, end: date, last: int) -> None:
        def by(day: int | None) -> bool:
            return bool(day and day <= last)

        resource = line.resource
        updated = line.updated_on or resource.shared_on
        current = updated and (end - _date(min(updated, last))).days <= CYCLE_DAYS.get(resource.cycle, 62)
        counts.update(
            resources=1, resources_catalogued=int(by(resource.catalogued_on)),
            resources_shared=int(by(resource.shared_on)), resources_opened=int(by(resource.opened_on)),
            resources_current=int(by(resource.shared_on) and bool(current)),
        )  # fmt: skip

    def _today(self) -> date:
        return (self._clock() + self._offset).date()


FIELDS = dict(
    zip(
        (DUE, ARRIVED, OK, CHECKED, FAILED, COMPARED, AGREED),
        ("due", "arrived", "ok", "checked", "failed", "compared", "agreed"),
        strict=True,
    )
)
"""The fields of `Quality` by the indicators that they are."""


def _share(part: float | None, whole: float | None) -> float | None:
    return 100 * part / whole if whole and part is not None else None


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _date(day: int) -> date:
    return date(day // 10_000, day // 100 % 100, day % 100)
