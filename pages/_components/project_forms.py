"""Forms of key projects: register and change one, report a month, plan, milestones, problems, lights, files.

Fields are named as the service names them in its issues, so that each mistake stands at its field.
"""

from collections.abc import Mapping
from datetime import date

from indicators.errors import N_
from indicators.lights import COLOURS
from indicators.projects import INDUSTRIES, KINDS, PERMITS, PROBLEM_CLASSES, PROGRAMME, SCOPES, STAGES, TYPES
from pages._components import forms
from pages._components.elements import Child, Element, el, link
from pages._components.projects_parts import day_text, speaking
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.projects_reading import FUND_FIELDS, LABELS, LAND_FIELDS
from services.projects_views import ProjectView

YI, MU = "亿元", "亩"


def here_address(view: ProjectView, state: PageState) -> str:
    """The page of a project without any form."""
    return f"/project/{view.id}" + state.with_(edit=None, open=None).to_url()


def board_address(state: PageState) -> str:
    """The list of projects."""
    kept = PageState(region=state.region, theme="register", lang=state.lang, mode=state.mode)
    return "/projects" + kept.to_url()


def _t(words: Words, name: str) -> str:
    return words.t(LABELS[name])


def _options(words: Words, options: Mapping[str, str], empty: str = "") -> list[forms.Option]:
    first = [("", words.t(empty))] if empty else []
    return [*first, *((code, words.t(name)) for code, name in options.items())]


def _departments(here: Session, empty: str = "") -> list[forms.Option]:
    found = here.services.catalog.departments
    names = [(code, one.name_en if here.language == "en" else one.name_zh) for code, one in found.items()]
    return [*([("", here.texts.t(empty))] if empty else []), *names]


def _regions(here: Session) -> list[forms.Option]:
    """The regions in which this actor may register projects, townships under their county."""
    projects = here.services.projects
    return [
        (f"{code:012d}", ("　" if projects.tree.get(code).level > 4 else "") + name)
        for code in projects.figures.regions
        if projects.may_record(here.actor, code)
        for name in [projects.tree.get(code).name_en if here.language == "en" else projects.tree.name(code)]
    ]


def _programmes(here: Session, words: Words) -> list[forms.Option]:
    found = here.services.projects.register().projects.values()
    mine = [one for one in found if one.kind == PROGRAMME and here.services.projects.sees(here.actor, one)]
    return [("", words.t("不属于项目包")), *((str(one.id), one.name) for one in mine)]


def facts(here: Session, state: PageState, view: ProjectView | None) -> Element:
    """Register a project, or change what is registered of one."""
    words = speaking(here)
    old: Mapping[str, object] = view.facts if view else {}
    back = here_address(view, state) if view else board_address(state)

    def said(name: str) -> str:
        found = old.get(name)
        return "" if found is None else found.isoformat() if isinstance(found, date) else str(found)

    scopes = old.get("scopes")
    return forms.form(
        here,
        "project.edit" if view else "project.add",
        forms.hidden("id", view.id if view else 0),
        forms.hidden("revision", said("revision")),
        _row(
            forms.text("name", _t(words, "name"), said("name"), required=True, maxLength=200),
            forms.text("code", _t(words, "code"), said("code"), hint=words.t("投资在线审批监管平台的代码，没有可不填")),
            forms.select("kind", _t(words, "kind"), _options(words, KINDS), said("kind") or "project",
                         hint=words.t("项目包互相重叠，不计入合计")),
            forms.select("region", _t(words, "region"), _regions(here), f"{int(str(old.get('region') or state.region or 0)):012d}",
                         required=True, hint=words.t("跨县项目只在牵头地登记一次")),
            forms.select("part_of", _t(words, "part_of"), _programmes(here, words), said("part_of")),
        ),
        _row(
            forms.select("stage", _t(words, "stage"), _options(words, STAGES), said("stage") or "reserve", required=True),
            forms.select("type", _t(words, "type"), _options(words, TYPES, N_("未选")), said("type")),
            forms.select("industry", _t(words, "industry"), _options(words, INDUSTRIES, N_("未选")), said("industry")),
            forms.select("department", _t(words, "department"), _departments(here, N_("未选")), said("department"), required=True),
            forms.text("owner", _t(words, "owner"), said("owner")),
        ),
        _row(
            forms.number("total", _t(words, "total"), said("total"), unit=words.unit(YI), required=True),
            *(forms.date(name, _t(words, name), said(name))
              for name in ("planned_start", "planned_finish", "actual_start", "actual_finish")),
        ),
        _row(
            forms.checks("scopes", _t(words, "scopes"), _options(words, SCOPES), scopes if isinstance(scopes, tuple) else ()),
            forms.number("lon", _t(words, "lon"), said("lon"), unit="°E"),
            forms.number("lat", _t(words, "lat"), said("lat"), unit="°N"),
        ),
        _row(
            forms.number("year", _t(words, "year"), here.services.projects.today.year),
            forms.number("amount", _t(words, "amount"), unit=words.unit(YI), hint=words.t("填了就列入该年清单")),
        ) if view is None else None,
        _row(
            forms.text("source", _t(words, "source"), said("source")),
            forms.text("citation", _t(words, "citation"), said("citation")),
        ),
        forms.area("note", _t(words, "note"), said("note")),
        forms.text("reason", words.t("修改原因")) if view else None,
        submit=words.t("保存修改") if view else words.t("登记项目"),
        cancel=link(back, words.t("取消"), class_="button button-quiet"),
    )  # fmt: skip


def month(here: Session, state: PageState, view: ProjectView) -> Element:
    """Report a month; what is left empty stays as it was reported last."""
    words = speaking(here)
    year, number = view.month or (here.services.projects.today.year, here.services.projects.today.month)
    return _short(
        here, view, state, "project.month", words.t("报送月度进展"),
        _row(
            forms.number("year", _t(words, "year"), year, required=True),
            forms.number("month", _t(words, "month"), number, required=True),
            forms.number("done", _t(words, "done"), unit=words.unit(YI), required=True,
                         hint=words.t("年初以来累计，不是当月数")),
        ),
        _row(*(forms.number(name, _t(words, name), unit=words.unit(YI)) for name in FUND_FIELDS)),
        _row(
            *(forms.number(name, _t(words, name), unit=words.unit(MU)) for name in LAND_FIELDS),
            forms.select("registered", _t(words, "registered"),
                         [("", words.t("与上次相同")), ("yes", words.t("是")), ("no", words.t("否"))]),
        ),
        forms.area("note", _t(words, "note"), hint=words.t("超过年度计划或比上月减少时，请写明原因")),
    )  # fmt: skip


def plan(here: Session, state: PageState, view: ProjectView) -> Element:
    """Set the plan of a year, or change it with an approval."""
    words = speaking(here)
    return _short(
        here, view, state, "project.plan", words.t("下达或调整年度计划"),
        _row(
            forms.number("year", _t(words, "year"), here.services.projects.today.year, required=True),
            forms.number("amount", _t(words, "amount"), unit=words.unit(YI), required=True),
            forms.text("approval", _t(words, "approval"), hint=words.t("调整已下达的计划时必填，原计划保留")),
        ),
    )  # fmt: skip


def leave(here: Session, state: PageState, view: ProjectView) -> Element:
    """Take a project off the list of a year."""
    words = speaking(here)
    return _short(
        here, view, state, "project.leave", words.t("调出年度清单"),
        _row(
            forms.number("year", _t(words, "year"), here.services.projects.today.year, required=True),
            forms.date("left", _t(words, "left"), here.services.projects.today.isoformat(), required=True),
            forms.text("reason", _t(words, "reason"), required=True),
        ),
    )  # fmt: skip


def light(here: Session, state: PageState, view: ProjectView) -> Element:
    """Set a light by hand for a month."""
    words = speaking(here)
    year, number = view.month or (here.services.projects.today.year, here.services.projects.today.month)
    return _short(
        here, view, state, "project.light", words.t("人工改判灯色"),
        _row(
            forms.number("year", _t(words, "year"), year, required=True),
            forms.number("month", _t(words, "month"), number, required=True),
            forms.select("light", _t(words, "light"), _options(words, COLOURS), view.light, required=True),
            forms.text("reason", _t(words, "reason"), required=True, hint=words.t("只改这一个月，规则算出的灯色保留")),
        ),
    )  # fmt: skip


def milestone(here: Session, state: PageState, view: ProjectView) -> Element:
    """Add a milestone, or say what is new of one."""
    words = speaking(here)
    number = (
        int(state.choice.opened[1])
        if state.choice.opened[0] == "milestone" and state.choice.opened[1].isdigit()
        else 0
    )
    old = next((one for one in view.milestones if one.id == number), None)
    named: list[Child] = (
        [el("P", words.t("节点“{name}”，原计划 {day}", name=old.name, day=day_text(old.planned)), class_="lead"),
         forms.hidden("record", old.id)]
        if old else [_row(forms.text("name", words.t("节点名称"), required=True),
                          forms.date("planned", _t(words, "planned"), required=True))]
    )  # fmt: skip
    return _short(
        here, view, state, "project.milestone", words.t("更新节点") if old else words.t("新增节点"),
        *named,
        _row(
            forms.date("actual", _t(words, "actual"), day_text(old.actual) if old and old.actual else ""),
            forms.date("approved", _t(words, "approved"), day_text(old.approved) if old and old.approved else "",
                       hint=words.t("经批准的延期；原日期保留，考核按新日期")),
            forms.text("reason", _t(words, "reason"), old.reason if old else ""),
        ),
    )  # fmt: skip


def problem(here: Session, state: PageState, view: ProjectView) -> Element:
    """Register a problem, or say what is new of one."""
    words = speaking(here)
    today = here.services.projects.today.isoformat()
    number = (
        int(state.choice.opened[1])
        if state.choice.opened[0] == "problem" and state.choice.opened[1].isdigit()
        else 0
    )
    old = next((row.problem for row in view.problems if row.problem.id == number), None)
    if old:
        return _short(
            here, view, state, "project.problem", words.t("更新堵点"),
            el("P", old.title, class_="lead"),
            forms.hidden("record", old.id),
            _row(
                forms.date("deadline", _t(words, "deadline"), day_text(old.deadline)),
                forms.date("reported", _t(words, "reported"), day_text(old.reported) if old.reported else ""),
                forms.date("confirmed", _t(words, "confirmed"), day_text(old.confirmed) if old.confirmed else "",
                           hint=words.t("以申报单位确认为准，责任单位自报不算")),
                forms.text("confirmed_by", _t(words, "confirmed_by"), old.confirmed_by),
            ),
            forms.area("note", _t(words, "note"), old.note),
        )  # fmt: skip
    return _short(
        here, view, state, "project.problem", words.t("登记堵点"),
        _row(
            forms.select("category", _t(words, "category"), _options(words, PROBLEM_CLASSES), required=True),
            forms.select("department", words.t("责任单位"), _departments(here), required=True),
            forms.date("registered", words.t("登记日期"), today, required=True),
            forms.date("deadline", _t(words, "deadline"), required=True),
        ),
        forms.area("title", _t(words, "title"), required=True),
    )  # fmt: skip


def permit(here: Session, state: PageState, view: ProjectView) -> Element:
    """Say how far a procedure before the work is."""
    words = speaking(here)
    return _short(
        here, view, state, "project.permit", words.t("登记前期手续"),
        _row(
            forms.select("permit", _t(words, "permit"), _options(words, PERMITS), required=True),
            *(forms.date(name, _t(words, name), required=name == "due") for name in ("due", "accepted", "granted")),
        ),
    )  # fmt: skip


def withdraw(here: Session, state: PageState, view: ProjectView) -> Element:
    """Take the record out of force."""
    words = speaking(here)
    return _short(
        here, view, state, "project.withdraw", words.t("撤销登记"),
        forms.hidden("revision", str(view.facts["revision"])),
        forms.text("reason", _t(words, "reason"), required=True, hint=words.t("不删除：记录和历史都保留，从今天起不再计入")),
    )  # fmt: skip


FORMS = {
    "facts": (N_("修改登记"), facts),
    "month": (N_("报送月度进展"), month),
    "plan": (N_("下达或调整年度计划"), plan),
    "milestone": (N_("新增节点"), milestone),
    "problem": (N_("登记堵点"), problem),
    "permit": (N_("登记前期手续"), permit),
    "light": (N_("人工改判灯色"), light),
    "leave": (N_("调出年度清单"), leave),
    "withdraw": (N_("撤销登记"), withdraw),
}
"""The forms of a project's page by the ``edit`` of the address, with what the button that opens them says."""

FOR_PROGRAMMES = ("facts", "withdraw")
"""A programme has no plan, no months and no light."""


def upload(here: Session, state: PageState) -> Element:
    """Add many at once from a file; templates to download."""
    words = speaking(here)
    return forms.form(
        here,
        "project.import",
        forms.file("file", words.t("文件"), accept=".xlsx,.csv", required=True,
                   hint=words.t("XLSX 或 CSV，最大 10 MB；项目和月度进展两种表都认得。有一格不对就整份不入库，并逐格指出。")),
        el(
            "P",
            words.t("模板："),
            [
                el("A", f"{words.t(name)} .{ending}", href=f"/template/{kind}.{ending}", class_="inline-link", download="")
                for kind, name in (("projects", N_("项目登记")), ("months", N_("月度进展")))
                for ending in ("xlsx", "csv")
            ],
            class_="project-acts",
        ),
        submit=words.t("导入"),
        busy=words.t("正在逐格核对…"),
        cancel=link(board_address(state), words.t("取消"), class_="button button-quiet"),
    )  # fmt: skip


def _short(
    here: Session, view: ProjectView, state: PageState, act: str, submit: str, *fields: Child
) -> Element:
    back = link(here_address(view, state), here.texts.t("取消"), class_="button button-quiet")
    return forms.form(here, act, forms.hidden("id", view.id), *fields, submit=submit, cancel=back)


def _row(*fields: Child) -> Element:
    return el("Div", *fields, class_="form-row")
