"""What forms and rows say about projects, read against the register: what fits, what contradicts, what wants a reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from indicators.errors import N_
from indicators.lights import COLOURS
from indicators.projects import (
    INDUSTRIES,
    KINDS,
    PERMITS,
    PROBLEM_CLASSES,
    PROGRAMME,
    PROJECT,
    SCOPES,
    STAGES,
    TYPES,
    Listing,
    Milestone,
    Month,
    Permit,
    Problem,
    Project,
    Register,
    Ruling,
)
from indicators.regions import RegionTree
from services.projects_forms import Reader

LABELS: Mapping[str, str] = {
    "code": N_("项目代码"), "name": N_("项目名称"), "region": N_("牵头地区"), "kind": N_("类别"),
    "part_of": N_("所属项目包"), "type": N_("项目类型"), "industry": N_("行业"), "owner": N_("建设单位"),
    "department": N_("牵头部门"), "scopes": N_("清单"), "stage": N_("阶段"), "total": N_("总投资"),
    "planned_start": N_("计划开工"), "planned_finish": N_("计划竣工"), "actual_start": N_("实际开工"),
    "actual_finish": N_("实际竣工"), "lon": N_("经度"), "lat": N_("纬度"), "source": N_("数据来源"),
    "citation": N_("来源链接"), "note": N_("备注"), "reason": N_("原因"), "year": N_("年度"), "month": N_("月份"),
    "amount": N_("年度计划"), "approval": N_("批准依据"), "since": N_("生效日期"), "done": N_("累计完成投资"),
    "fund_plan": N_("计划到位资金"), "fund_budget": N_("到位：预算内"), "fund_bond": N_("到位：债券"),
    "fund_loan": N_("到位：贷款"), "fund_own": N_("到位：自筹"), "paid": N_("已支付资金"),
    "bond_issued": N_("专项债发行额"), "bond_used": N_("专项债支出额"), "land_need": N_("需供地面积"),
    "land_done": N_("已供地面积"), "registered": N_("已入库纳统"), "planned": N_("计划日期"),
    "approved": N_("批准后的新日期"), "actual": N_("实际完成日期"), "category": N_("堵点类别"), "title": N_("堵点内容"),
    "deadline": N_("化解期限"), "reported": N_("责任单位报化解日期"), "confirmed": N_("申报单位确认日期"),
    "confirmed_by": N_("确认人"), "light": N_("灯色"), "day": N_("日期"), "printed_plan": N_("来源所列年度计划"),
    "printed_done": N_("来源所列完成投资"), "as_of": N_("来源所指时间"), "left": N_("调出日期"), "permit": N_("手续"),
    "due": N_("应办结日期"), "accepted": N_("受理日期"), "granted": N_("办结日期"),
}  # fmt: skip
"""What the fields of a project are called, on forms, in files and in its history."""

FUND_FIELDS = (
    "fund_plan",
    "fund_budget",
    "fund_bond",
    "fund_loan",
    "fund_own",
    "paid",
    "bond_issued",
    "bond_used",
)
LAND_FIELDS = ("land_need", "land_done")


@dataclass(frozen=True)
class Wanted:
    """What was read of a form or row about a project itself; ``plan`` is (year, amount) where one is given."""

    project: Project
    plan: tuple[int, float] | None = None


@dataclass(frozen=True)
class Readings:
    """Reads what is written about projects.

    programmes  names of programmes that stand in the same file, with the numbers they will have
    """

    register: Register
    tree: RegionTree
    root: int
    departments: Mapping[str, str]
    today: date
    programmes: Mapping[str, int] = field(default_factory=dict)

    def project(self, reader: Reader, old: Project | None = None, scopes: Iterable[str] = ()) -> Wanted:
        """The project that a form or a row describes.

        raises  CockpitError with everything that is wrong
        """
        start, finish = reader.day("planned_start"), reader.day("planned_finish")
        began, ended = reader.day("actual_start"), reader.day("actual_finish")
        reader.ordered("planned_start", "planned_finish", start, finish)
        reader.ordered("actual_start", "actual_finish", began, ended)
        reader.not_after("actual_start", began, self.today)
        reader.not_after("actual_finish", ended, self.today)
        if ended is not None and began is None:
            reader.fail("actual_start", "start_missing", N_("填了“实际竣工”，还须填“{label}”。"))
        kind = reader.choice("kind", KINDS, default=PROJECT)
        stage = reader.choice("stage", STAGES, required=True, default="reserve")
        _stage_fits(reader, kind, stage, began, ended)
        made = replace(
            old or Project(0, "", self.root),
            name=reader.text("name", required=True),
            region=reader.region("region", self.tree, self.root) or self.root,
            code=reader.text("code", longest=64) or None,
            kind=kind,
            part_of=self._programme(reader, old),
            type=reader.choice("type", TYPES),
            industry=reader.choice("industry", INDUSTRIES),
            owner=reader.text("owner"),
            department=reader.choice(
                "department", self.departments, required=kind == PROJECT, default="ndrc"
            ),
            scopes=reader.choices("scopes", SCOPES, scopes),
            stage=stage,
            total=reader.number("total", required=kind == PROJECT),
            planned_start=start,
            planned_finish=finish,
            actual_start=began,
            actual_finish=ended,
            lon=reader.number("lon", least=73.0, most=136.0),
            lat=reader.number("lat", least=3.0, most=54.0),
            source=reader.text("source", longest=500),
            citation=_address(reader),
            note=reader.text("note", longest=2000),
            revision=revision_seen(reader, old),
        )
        _looks_like_programme(reader, made)
        plan = self._plan_of(reader)
        if plan is not None and kind == PROGRAMME:
            made, plan = replace(made, printed_plan=plan[1], as_of=str(plan[0])), None
        reader.done()
        return Wanted(made, plan)

    def _programme(self, reader: Reader, old: Project | None) -> int | None:
        """The programme that a project belongs to, by number or by name."""
        found = reader.text("part_of")
        if not found:
            return None
        programmes = {one.id: one.name for one in self.register.projects.values() if one.kind == PROGRAMME}
        number = next(
            (id_ for id_, name in programmes.items() if found in (str(id_), name)), self.programmes.get(found)
        )
        if number is None:
            reader.fail(
                "part_of",
                "programme_unknown",
                N_("没有项目包“{text}”。"),
                N_("请先登记项目包，或留空。"),
                text=found[:60],
            )
        elif old is not None and number in self._inside(old.id):
            reader.fail("part_of", "programme_loop", N_("项目包不能属于它自己所包含的项目包。"))
        return number

    def _inside(self, identity: int) -> set[int]:
        """A programme and everything in it."""
        found, before = {identity}, set[int]()
        while found != before:
            before = set(found)
            found |= {one.id for one in self.register.projects.values() if one.part_of in before}
        return found

    def _plan_of(self, reader: Reader) -> tuple[int, float] | None:
        """The plan of a year that stands beside a project."""
        if not reader.has("amount"):
            return None
        year = reader.whole("year", 2015, self.today.year + 1)
        amount = reader.number("amount")
        return (year, amount) if year is not None and amount is not None else None

    def month(self, reader: Reader, project: Project) -> Month | None:
        """The monthly report that a form or a row describes; what it leaves out stays as it was reported before."""
        year = reader.whole("year", 2015, self.today.year)
        month = reader.whole("month", 1, 12)
        done = reader.number("done", required=True)
        if year is None or month is None or done is None:
            return None
        register = self.register
        if (year, month) > (self.today.year, self.today.month):
            reader.fail("month", "month_to_come", N_("{year}年{month}月还没有到。"), year=year, month=month)
        earlier = [
            one for one in register.months.get(project.id, ()) if one.year == year and one.month <= month
        ]
        last = earlier[-1] if earlier else Month(project.id, year, month, 0.0)
        numbers: dict[str, Any] = {
            name: value
            for name in (*FUND_FIELDS, *LAND_FIELDS)
            if reader.has(name) and (value := reader.number(name)) is not None
        }
        registered = last.registered if not reader.has("registered") else _yes(reader.given["registered"])
        note = reader.text("note", longest=2000)
        made = replace(last, year=year, month=month, done=done, registered=registered, note=note, **numbers)
        self._month_fits(reader, project, made)
        return made

    def _month_fits(self, reader: Reader, project: Project, made: Month) -> None:
        """Note what a report contradicts; what is merely unusual wants a word of explanation."""
        register = self.register
        plans = [one for one in register.plans.get(project.id, ()) if one.year == made.year]
        if not plans:
            reader.fail("year", "not_listed", N_("{project}没有 {year} 年的计划，不能报月度完成。"), N_("请先下达年度计划。"),
                        project=project.name, year=made.year)  # fmt: skip
        elif plans[-1].amount and made.done > plans[-1].amount and not made.note:
            rate = round(100 * made.done / plans[-1].amount, 1)
            reader.fail("done", "above_plan", N_("累计完成是年度计划（{plan} 亿元）的 {rate}%，超过 100%。"),
                        N_("请核对；确实超额完成的，请在“备注”里说明。"), plan=plans[-1].amount, rate=rate)  # fmt: skip
        before = [
            one
            for one in register.months.get(project.id, ())
            if one.year == made.year and one.month < made.month
        ]
        if before and made.done < before[-1].done and not made.note:
            reader.fail("done", "negative_month", N_("比上月累计（{before} 亿元）少，当月成了负数。"), N_("请核对；确需冲减的，请在“备注”里说明原因。"),
                        before=before[-1].done)  # fmt: skip
        if made.paid > made.arrived and reader.has("paid"):
            reader.fail(
                "paid",
                "paid_above_arrived",
                N_("“{label}”多于到位资金（{arrived} 亿元）。"),
                arrived=round(made.arrived, 4),
            )
        if made.bond_used > made.bond_issued:
            reader.fail(
                "bond_used",
                "above_whole",
                N_("“{label}”多于发行额（{whole} 亿元）。"),
                whole=made.bond_issued,
            )
        if made.land_done > made.land_need:
            reader.fail(
                "land_done",
                "above_whole_land",
                N_("“{label}”多于需供地面积（{whole} 亩）。"),
                whole=made.land_need,
            )

    def listing(self, reader: Reader, project: int) -> Listing | None:
        """That a project leaves the list of a year, with the reason."""
        year = reader.whole("year", 2015, self.today.year + 1)
        day, reason = reader.day("left", required=True), reader.text("reason", required=True)
        found = next((one for one in self.register.listings.get(project, ()) if one.year == year), None)
        if found is None:
            reader.fail("year", "not_listed", N_("它不在 {year} 年的清单上。"), year=year or "")
            return None
        if day is not None and day < found.entered:
            reader.fail(
                "left", "dates_cross", N_("调出日期早于列入日期 {first}。"), first=found.entered.isoformat()
            )
        return replace(found, left=day, reason=reason)

    def milestone(self, reader: Reader, project: int) -> Milestone:
        """A new milestone, or what is new of one: an approved later day, the day it was reached."""
        own = self.register.milestones.get(project, ())
        number = reader.whole("record", 1, 10**9, required=False)
        old = next((one for one in own if one.id == number), None)
        if number is not None and old is None:
            reader.fail("record", "milestone_unknown", N_("没有这个节点。"))
        name = old.name if old else reader.text("name", required=True, longest=100)
        planned = old.planned if old else reader.day("planned", required=True)
        approved, actual = reader.day("approved"), reader.day("actual")
        moved = approved is not None and approved != (old.approved if old else None)
        reason = reader.text("reason", required=moved) or (old.reason if old else "")
        reader.ordered("planned", "approved", planned, approved)
        reader.not_after("actual", actual, self.today)
        if old is None and any(one.name == name for one in own):
            reader.fail("name", "milestone_double", N_("这个项目已有节点“{milestone}”。"), milestone=name)
        return Milestone(old.id if old else 0, project, name, planned or self.today, approved, reason, actual)

    def problem(self, reader: Reader, project: int) -> Problem:
        """A new problem, or what is new of one: its department calls it solved, its reporter confirms it."""
        number = reader.whole("record", 1, 10**9, required=False)
        old = next((one for one in self.register.problems.get(project, ()) if one.id == number), None)
        if number is not None and old is None:
            reader.fail("record", "problem_unknown", N_("没有这个堵点。"))
        base = old or self._new_problem(reader, project)
        deadline = reader.day("deadline", required=old is None) or base.deadline
        reported, confirmed = reader.day("reported"), reader.day("confirmed")
        by = reader.text("confirmed_by", required=confirmed is not None, longest=100)
        for name, day in (("deadline", deadline), ("reported", reported), ("confirmed", confirmed)):
            reader.ordered("registered", name, base.registered, day)
        for name, day in (("registered", base.registered), ("reported", reported), ("confirmed", confirmed)):
            reader.not_after(name, day, self.today)
        note = reader.text("note", longest=2000) or base.note
        return replace(
            base, deadline=deadline, reported=reported, confirmed=confirmed, confirmed_by=by, note=note
        )

    def _new_problem(self, reader: Reader, project: int) -> Problem:
        registered = reader.day("registered", required=True) or self.today
        return Problem(
            id=0,
            project=project,
            category=reader.choice("category", PROBLEM_CLASSES, required=True, default="other"),
            title=reader.text("title", required=True, longest=500),
            department=reader.choice("department", self.departments, required=True, default="ndrc"),
            registered=registered,
            deadline=registered,
        )

    def permit(self, reader: Reader, project: int) -> Permit:
        """A procedure before the work: due, asked for, granted; one of each kind."""
        category = reader.choice("permit", PERMITS, required=True, default="land")
        due = reader.day("due", required=True) or self.today
        accepted, granted = reader.day("accepted"), reader.day("granted")
        reader.ordered("accepted", "granted", accepted, granted)
        if granted is not None and accepted is None:
            reader.missing("accepted")
        for name, day in (("accepted", accepted), ("granted", granted)):
            reader.not_after(name, day, self.today)
        known = {one.category: one.id for one in self.register.permits.get(project, ())}
        return Permit(known.get(category, 0), project, category, due, accepted, granted)

    def ruling(self, reader: Reader, project: int, actor: str) -> Ruling:
        """A light that a person sets for one month."""
        year, month = reader.whole("year", 2015, self.today.year), reader.whole("month", 1, 12)
        light = reader.choice("light", COLOURS, required=True, default="green")
        reason = reader.text("reason", required=True, longest=500)
        return Ruling(project, year or self.today.year, month or 1, light, reason, actor)


def _stage_fits(reader: Reader, kind: str, stage: str, began: date | None, ended: date | None) -> None:
    """Note a stage that the days contradict."""
    if kind != PROJECT:
        return
    if stage in ("finished", "producing") and ended is None:
        reader.fail(
            "actual_finish",
            "finish_missing",
            N_("阶段是“{stage}”，请填写“{label}”。"),
            stage=STAGES[stage],
        )
    elif stage in ("started", "building") and began is None:
        reader.fail(
            "actual_start", "start_missing", N_("阶段是“{stage}”，请填写“{label}”。"), stage=STAGES[stage]
        )
    elif stage in ("reserve", "early") and began is not None:
        reader.fail("stage", "stage_behind", N_("填了“实际开工”，阶段不能是“{stage}”。"), stage=STAGES[stage])


def _looks_like_programme(reader: Reader, made: Project) -> None:
    """Note a bundle that is registered as one project: it would be counted twice."""
    if made.kind == PROJECT and (count := _bundle(made.name)):
        reader.fail(
            "kind", "programme_as_project", N_("名称里写着 {count} 项，像是项目包；作为项目登记会重复计算。"),
            N_("请把类别改为“项目包”，或改用单个项目的名称。"), count=count,
        )  # fmt: skip


def _address(reader: Reader) -> str:
    """A source is a web address, or plain words about where it is kept; never a script."""
    found = reader.text("citation", longest=1000)
    scheme = found.partition(":")[0].lower() if ":" in found[:12] else ""
    if scheme and scheme not in ("http", "https") and scheme.isalpha():
        reader.fail("citation", "address_kind", N_("“{label}”只能是 http 或 https 网址，或文字说明。"))
    return found


def _bundle(name: str) -> int:
    """How many projects a name says it bundles: 重点建设项目（41项） is 41."""
    plain = name.replace("（", "(").replace("）", ")")
    for mark in ("项)", "个项目", "项工程"):
        head = plain.partition(mark)[0]
        digits = head[len(head.rstrip("0123456789")) :]
        if mark in plain and digits and 1 < int(digits[:6]) < 10_000:
            return int(digits[:6])
    return 0


def revision_seen(reader: Reader, old: Project | None) -> int:
    """The revision that the person saw; a row of a file speaks of the newest."""
    seen = reader.given.get("revision", "")
    return int(seen) if seen.isdigit() and len(seen) < 9 else (old.revision if old else 1)


def _yes(text: str) -> bool:
    return text.strip().lower() in ("yes", "true", "1", "是", "已入库", "on")
