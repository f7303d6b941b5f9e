"""一数一源: which department supplies which figures from which system; the inventory of systems, with use and idleness.

What is registered stands beside what really happened: the feed or the person that brought the newest figure. A system
is in use as long as a feed brings something from it or somebody says so; who has not heard of it for half a year
suspects that it is idle, and one of five reasons makes that a finding.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar

from data_access.arrivals import Load
from data_access.feeds import Feed
from data_access.registry import RegistryStore, Resource, Supply, System
from indicators.catalog import Catalog
from indicators.definition import Indicator
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.feeds import ACTOR, CHANGED
from services.incident_forms import Form
from services.recorded import is_of_records
from services.registry_sample import made_up
from services.registry_views import (
    CYCLES,
    IDLE_REASONS,
    PER_PAGE,
    SHARES,
    SUPPLY_STATES,
    SYSTEM_STATES,
    WAYS,
    Listing,
    ResourceLine,
    SupplyLine,
    SupplyState,
    SystemLine,
    SystemState,
)

IDLE_DAYS = 180
"""Who has not heard of a system for so long suspects that it is idle."""

Names = Callable[[str], Mapping[str, str]]


class Feeding(Protocol):
    """The feeds there are (``data_access.feeds``)."""

    def feeds(self) -> dict[str, Feed]: ...


class Arriving(Protocol):
    """What came last (``data_access.arrivals``)."""

    def newest(self) -> Mapping[str, Load]: ...


class Placed(Protocol):
    """What has a region."""

    @property
    def region(self) -> int: ...


Kind = TypeVar("Kind", System, Resource)


class Registry:
    """The use cases around the registry.

    names   the departments by their id, in a language
    settle  called in the transaction of a change: figures that follow from the registry follow it
    """

    def __init__(
        self, store: RegistryStore, feeds: Feeding, arrivals: Arriving, catalog: Catalog, tree: RegionTree, names: Names,
        clock: Callable[[], datetime], offset: timedelta,
    ) -> None:  # fmt: skip
        self._store, self._feeds, self._arrivals = store, feeds, arrivals
        self._catalog, self._tree, self._names = catalog, tree, names
        self._clock, self._offset = clock, offset

    # ---- systems

    def systems(self, actor: Actor, filters: Mapping[str, str], language: str) -> Listing:
        """The inventory of systems of the actor's regions, those that should be looked at first."""
        lines = self.system_lines(actor, language)
        order: tuple[SystemState, ...] = ("suspected", "found", "used", "cleared")
        lines.sort(key=lambda line: (order.index(line.state), line.region, line.department, line.system.name))
        words = [
            (line, f"{line.system.name} {line.department} {line.region} {line.system.purpose}")
            for line in lines
        ]
        return self._listed(
            words, lambda line: (line.system.department, line.state), SYSTEM_STATES, filters, actor, language
        )

    def system_lines(self, actor: Actor, language: str) -> list[SystemLine]:
        """Every system that the actor may see, with its use."""
        names, today = self._names(language), self._today()
        fed = self._fed()
        resources = Counter(one.system for one in self._store.all(Resource).values())
        figures = Counter(one.system for one in self._store.all(Supply).values() if one.until is None)
        lines = []
        for one in self._seen(actor, self._store.all(System).values()):
            known = max(filter(None, (one.used_on, fed.get(one.id, (0, 0))[1])), default=None)
            lines.append(
                SystemLine(
                    one, names.get(one.department, one.department), self._place(one.region, language),
                    _stands(one, known, today), known, fed.get(one.id, (0, 0))[0], resources[one.id], figures[one.id],
                    access.may(actor, "feeds", self._tree, one.region),
                )
            )  # fmt: skip
        return lines

    def _fed(self) -> dict[int, tuple[int, int]]:
        """Of each system how many feeds ask it, and the day on which one last went through."""
        found: dict[int, tuple[int, int]] = {}
        for feed in self._feeds.feeds().values():
            if feed.system:
                count, day = found.get(feed.system, (0, 0))
                good = self._day_of(feed.good_at) if feed.good_at else 0
                found[feed.system] = (count + 1, max(day, good))
        return found

    def system(self, actor: Actor, number: str) -> System:
        """What is registered of a system, for whoever may change it."""
        found = self._known(actor, System, Form({"id": number}, self._offset))
        assert found is not None
        return found

    def save_system(self, actor: Actor, values: Mapping[str, str]) -> int:
        """Register a system, or change what is registered of one; its number.

        raises  CockpitError with every field that is wrong; ``record_changed`` where somebody else was quicker
        """
        access.require(actor, "feeds")
        form = Form(values, self._offset)
        known = self._known(actor, System, form)
        since = self._day(form, "since", required=True) or 0
        reason = form.text("idle_reason")
        if reason and reason not in IDLE_REASONS:
            form.wrong("idle_reason", "field_choice", N_("请从给出的选项中选择。"))
        users = form.whole("users", 0, 10**8) if form.text("users") else None
        system = System(
            id=known.id if known else 0, name=form.text("name", required=True, longest=120),
            department=self._department(form), region=form.region("region", self._tree),
            purpose=form.text("purpose", longest=2000), classified=form.flag("classified"), since=since, users=users,
            used_on=self._day(form, "used_on"), connected_on=self._day(form, "connected_on"), idle_reason=reason,
            found_on=self._day(form, "found_on"), cleared_on=self._day(form, "cleared_on"),
            merged_into=known.merged_into if known else None, simulated=known.simulated if known else False,
            version=form.whole("version", 0, 2**31 - 1) if known else 0,
        )  # fmt: skip
        if bool(system.found_on) != bool(system.idle_reason):
            form.wrong("idle_reason", "idle_needs_both", N_("认定闲置要同时写明日期和原因。"))
        for name in ("used_on", "connected_on", "found_on", "cleared_on"):
            day = getattr(system, name)
            if day and since and day < since:
                form.wrong(name, "before_begin", N_("这一天早于系统启用的日期。"))
        form.done()
        return self._keep(actor, system, "registry.system")

    # ---- resources

    def resources(self, actor: Actor, filters: Mapping[str, str], language: str) -> Listing:
        """The catalogue of information resources of the actor's regions."""
        lines = self.resource_lines(actor, language)
        lines.sort(key=lambda line: (line.region, line.department, line.resource.name))
        words = [
            (line, f"{line.resource.name} {line.department} {line.region} {line.resource.content}")
            for line in lines
        ]
        return self._listed(
            words,
            lambda line: (line.resource.department, line.resource.share),
            SHARES,
            filters,
            actor,
            language,
        )

    def resource_lines(self, actor: Actor, language: str) -> list[ResourceLine]:
        """Every resource that the actor may see, with its last update that anybody knows of."""
        names = self._names(language)
        systems = {number: one.name for number, one in self._store.all(System).items()}
        newest = self._arrivals.newest()
        lines = []
        for one in self._seen(actor, self._store.all(Resource).values()):
            codes = one.codes.split()
            came = [self._day_of(newest[code].at) for code in codes if code in newest]
            lines.append(
                ResourceLine(
                    one, names.get(one.department, one.department), self._place(one.region, language),
                    systems.get(one.system or 0, ""), len(codes),
                    max(filter(None, (one.updated_on, *came)), default=None),
                    access.may(actor, "feeds", self._tree, one.region),
                )
            )  # fmt: skip
        return lines

    def resource(self, actor: Actor, number: str) -> Resource:
        """What is registered of a resource, for whoever may change it."""
        found = self._known(actor, Resource, Form({"id": number}, self._offset))
        assert found is not None
        return found

    def save_resource(self, actor: Actor, values: Mapping[str, str]) -> int:
        """Register an information resource, or change what is registered of one; its number."""
        access.require(actor, "feeds")
        form = Form(values, self._offset)
        known = self._known(actor, Resource, form)
        codes = form.text("codes").replace(",", " ").replace("，", " ").split()
        for code in codes:
            if code not in self._catalog:
                form.wrong(
                    "codes",
                    "unknown_indicator",
                    N_("没有指标 {code}。"),
                    N_("请填写指标代码，以空格分隔。"),
                    code=code,
                )
        resource = Resource(
            id=known.id if known else 0, name=form.text("name", required=True, longest=160),
            department=self._department(form), region=form.region("region", self._tree), system=self._system(form),
            content=form.text("content", longest=2000), share=form.choice("share", tuple(SHARES), "free"),
            basis=form.text("basis", longest=1000), cycle=form.choice("cycle", tuple(CYCLES), "monthly"),
            codes=" ".join(codes), needed_on=self._day(form, "needed_on", required=True) or 0,
            catalogued_on=self._day(form, "catalogued_on"), shared_on=self._day(form, "shared_on"),
            opened_on=self._day(form, "opened_on"), updated_on=self._day(form, "updated_on"),
            simulated=known.simulated if known else False,
            version=form.whole("version", 0, 2**31 - 1) if known else 0,
        )  # fmt: skip
        if resource.share != "free" and not resource.basis:
            form.wrong("basis", "basis_missing", N_("有条件共享或不予共享的，要写明条件或依据。"))
        if resource.share == "none" and resource.shared_on:
            form.wrong("shared_on", "not_to_be_shared", N_("不予共享的资源没有共享日期。"))
        form.done()
        return self._keep(actor, resource, "registry.resource")

    # ---- supplies

    def supplies(self, actor: Actor, filters: Mapping[str, str], language: str) -> Listing:
        """Every collected figure of the catalogue: who answers for it, who supplies it, who did the last time."""
        access.require(actor, "view")
        words = []
        for line in self.supply_lines(actor, language):
            words.append((line, f"{line.code} {line.name} {line.owner} {line.department} {line.system}"))
        return self._listed(
            words,
            lambda line: (line.owner_id, line.state),
            SUPPLY_STATES,
            filters,
            actor,
            language,
        )

    def line(self, actor: Actor, code: str, language: str) -> SupplyLine | None:
        """The source of one figure; None where there is no such collected figure."""
        return next((one for one in self.supply_lines(actor, language) if one.code == code), None)

    def supply_lines(self, actor: Actor, language: str) -> list[SupplyLine]:
        """The figures that the actor's systems may show, in the order of the catalogue."""
        names, newest, feeds = self._names(language), self._arrivals.newest(), self._feeds.feeds()
        systems = {number: one.name for number, one in self._store.all(System).items()}
        root = next(iter(actor.regions), self._tree.root)
        held = self._held(root)
        return [
            self._supply(one, held.get(one.code), newest.get(one.code), feeds, systems, names, language)
            for one in self._collected()
            if access.may(actor, "view", system=one.system)
        ]

    def _supply(
        self, one: Indicator, supply: Supply | None, came: Load | None, feeds: Mapping[str, Feed],
        systems: Mapping[int, str], names: Mapping[str, str], language: str,
    ) -> SupplyLine:  # fmt: skip
        _, at, who, digest = came or (0, 0, "", "")
        feed = feeds.get(who.removeprefix(ACTOR)) if who.startswith(ACTOR) else None
        way = (
            ""
            if not came
            else "records"
            if is_of_records(digest)
            else "feed"
            if who.startswith(ACTOR)
            else "file"
        )
        department = supply.department if supply else one.department
        state: SupplyState = "agreed"
        if supply is None:
            state = "unregistered"
        elif not came:
            state = "silent"
        elif (supply.way == "feed") != (way == "feed") or (
            feed and supply.system and feed.system != supply.system
        ):
            state = "differs"
        return SupplyLine(
            one.code, one.name(language), str(one.frequency), one.department, names.get(one.department, one.department),
            names.get(department, department), systems.get(supply.system or 0, "") if supply else "", supply, state,
            feed.name if feed else who, at, way,
        )  # fmt: skip

    def save_supply(self, actor: Actor, values: Mapping[str, str]) -> int:
        """Register who supplies a figure from a day on; what held before ends the day before. Its number.

        raises  CockpitError ``two_sources`` where another department than its own is named without a word why
        """
        access.require(actor, "feeds")
        form = Form(values, self._offset)
        code = form.text("indicator", required=True)
        one = self._catalog.get(code) if code in self._catalog else None
        if code and (one is None or one.derived):
            form.wrong(
                "indicator",
                "unknown_indicator",
                N_("没有采集指标 {code}。"),
                N_("计算得出的指标没有来源，请登记它的分子分母。"),
                code=code,
            )
        region = form.region("region", self._tree)
        department, note = self._department(form), form.text("note", longest=1000)
        if one is not None and department and department != one.department and not note:
            form.wrong(
                "note",
                "two_sources",
                N_("提供部门与指标的责任部门不同。"),
                N_("一数一源：请写明为什么由它提供。"),
            )
        since = self._day(form, "since", required=True) or 0
        supply = Supply(
            0, code, region, department, since, self._system(form), form.choice("way", tuple(WAYS), "desk"), note,
        )  # fmt: skip
        form.done()
        access.require(actor, "feeds", self._tree, region, one.system if one else None)
        before = next((held for held in self._store.all(Supply).values()
                       if held.indicator == code and held.region == region and held.until is None), None)  # fmt: skip
        seen = form.whole("seen", 0, 2**31 - 1)
        if (before.id if before else 0) != seen:
            raise CockpitError(CHANGED)
        if before and before.since >= since:
            raise CockpitError(
                Issue(
                    "before_begin",
                    N_("这一天不晚于现有登记开始的日期。"),
                    N_("请填写以后的日期。"),
                    where="since",
                )
            )
        at = int(self._clock().timestamp())
        with self._store.begin() as connection:
            if before:
                until = _int(_date(since) - timedelta(days=1))
                ended = replace(before, until=until)
                self._store.keep(connection, ended, at=at, actor=actor.name, act="registry.supply_end")
            kept = self._store.keep(connection, supply, at=at, actor=actor.name, act="registry.supply")
        assert kept is not None
        return kept

    def seed(self, spec: Mapping[str, Any], seed: int) -> int:
        """The simulated registry that a pack describes, where nothing was registered yet; how many entries."""
        if not self._store.is_empty():
            return 0
        digests = {code: load.digest for code, load in self._arrivals.newest().items()}
        at = int(self._clock().timestamp())
        sample = made_up(spec, self._catalog, self._tree, digests, seed, self._today(), at)
        with self._store.begin() as connection:
            for entries in (sample.systems, sample.resources, sample.supplies):
                self._store.seed(connection, entries)
            for report in sample.reports:
                self._store.hand_in(connection, report, "")
        return len(sample.systems) + len(sample.resources) + len(sample.supplies)

    def history(self, code: str) -> list[Supply]:
        """Who supplied a figure, the newest first."""
        found = [one for one in self._store.all(Supply).values() if one.indicator == code]
        return sorted(found, key=lambda one: (one.since, one.id), reverse=True)

    def _held(self, root: int) -> dict[str, Supply]:
        """The supply in force of each figure in a region: its own, else that of a region above."""
        above = {code: rank for rank, code in enumerate((root, *self._tree.ancestors(root)))}
        found: dict[str, Supply] = {}
        for one in self._store.all(Supply).values():
            if one.until is None and one.region in above:
                other = found.get(one.indicator)
                if other is None or above[one.region] < above[other.region]:
                    found[one.indicator] = one
        return found

    def _collected(self) -> list[Indicator]:
        return [one for one in self._catalog.newest() if not one.derived]

    # ---- shared

    def _seen(self, actor: Actor, entries: Iterable[Placed]) -> list[Any]:
        access.require(actor, "view")
        return [one for one in entries if access.scope(actor, self._tree, one.region) == "own"]

    def _listed(
        self, words: Sequence[tuple[Any, str]], kinds: Callable[[Any], tuple[str, str]], states: Mapping[Any, str],
        filters: Mapping[str, str], actor: Actor, language: str,
    ) -> Listing:  # fmt: skip
        """Lines narrowed by department, state and words, a page of them."""
        q = filters.get("q", "").casefold()
        chosen = {name: filters[name] for name in ("department", "state", "q") if filters.get(name)}
        names = self._names(language)
        found, counts, departments = [], Counter[str](), {}
        for line, text in words:
            department, state = kinds(line)
            departments[department] = names.get(department, department)
            if (q and q not in text.casefold()) or filters.get("department", department) != department:
                continue
            counts[state] += 1
            if filters.get("state", state) == state:
                found.append(line)
        pages = max(math.ceil(len(found) / PER_PAGE), 1)
        asked = filters.get("page", "")
        page = min(int(asked), pages) if asked.isascii() and asked.isdigit() and int(asked) > 0 else 1
        shown = tuple(found[(page - 1) * PER_PAGE : page * PER_PAGE])
        return Listing(
            shown, len(found), page, pages, {str(one): counts[one] for one in states},
            tuple(sorted(departments.items(), key=lambda item: item[1])), chosen, access.may(actor, "feeds"),
        )  # fmt: skip

    def _known(self, actor: Actor, kind: type[Kind], form: Form) -> Kind | None:
        number = form.whole("id", 0, 2**31 - 1)
        if not number:
            return None
        found = self._store.all(kind).get(number)
        if found is None or not access.may(actor, "feeds", self._tree, found.region):
            raise CockpitError(Issue("unknown_entry", N_("没有这条登记。"), N_("请从清单中选择。")))
        return found

    def _keep(self, actor: Actor, entry: Kind, act: str) -> int:
        access.require(actor, "feeds", self._tree, entry.region)
        with self._store.begin() as connection:
            kept = self._store.keep(
                connection, entry, at=int(self._clock().timestamp()), actor=actor.name, act=act
            )
            if kept is None:
                raise CockpitError(CHANGED)
        return kept

    def _department(self, form: Form) -> str:
        found = form.text("department", required=True)
        if found and found not in self._catalog.departments:
            form.wrong("department", "unknown_department", N_("没有这个部门。"), N_("请从列表中选择。"))
        return found

    def _system(self, form: Form) -> int | None:
        number = form.whole("system", 0, 2**31 - 1)
        if number and number not in self._store.all(System):
            form.wrong("system", "unknown_system", N_("没有登记这个系统。"), N_("请先在“系统清单”里登记。"))
        return number or None

    def _day(self, form: Form, name: str, required: bool = False) -> int | None:
        """A day as YYYYMMDD; none that is still to come, but for the beginning of a supply."""
        text = form.text(name, required)
        if not text:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            form.wrong(name, "field_day", N_("日期写法应为 2026-10-31。"))
            return None
        if day > self._today() and name != "since":
            form.wrong(name, "moment_in_future", N_("时间在将来。"), N_("请核对日期和钟点。"))
        return _int(day)

    def _today(self) -> date:
        return (self._clock() + self._offset).date()

    def _day_of(self, at: int) -> int:
        return _int((datetime.fromtimestamp(at, tz=self._clock().tzinfo) + self._offset).date())

    def _place(self, code: int, language: str) -> str:
        region = self._tree.get(code)
        return region.name_en or region.name if language == "en" else region.name


def _stands(one: System, known: int | None, today: date) -> SystemState:
    if one.cleared_on:
        return "cleared"
    if one.found_on:
        return "found"
    return "suspected" if (today - _date(known or one.since)).days > IDLE_DAYS else "used"


def _date(day: int) -> date:
    return date(day // 10_000, day // 100 % 100, day % 100)


def _int(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
