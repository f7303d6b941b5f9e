"""The page of one project: how far it is and why, its curve, milestones, problems, money, permits, source, history."""

from collections.abc import Sequence
from datetime import timedelta

from indicators.errors import N_
from indicators.lights import COLOURS
from indicators.projects import FUNDS, INDUSTRIES, PERMITS, PROGRAMME, SCOPES, STAGES, TYPES, Change
from pages._components import project_forms
from pages._components.card import card
from pages._components.elements import Child, Element, el, graph, link
from pages._components.projects_curve import curve_figure
from pages._components.projects_parts import (
    amount,
    day_text,
    facts,
    head,
    lamp,
    month_text,
    name_link,
    percent,
    points,
    reason_text,
    simulated,
    speaking,
)
from pages._components.projects_problems import problem_row
from pages._components.projects_timeline import MILESTONE_WORDS, gantt, milestone_state
from pages._components.shell import Crumb
from pages._components.supervision_forms import dispatch_link
from pages._components.words import QUALITY_WORDS, Words
from pages._session import Session
from pages._state import PageState
from pages._tokens import tokens
from services.projects_reading import LABELS
from services.projects_views import ProjectView, Ref, Track
from services.texts import MISSING

OVERLAP = N_(
    "项目包互相重叠：同一个项目可能同时在几个项目包里。这里只列出来源所印的数字，不与其他项目相加，不计入任何合计。"
)

PARTS = {
    "project": N_("登记"), "total": N_("总投资"), "listing": N_("清单"), "plan": N_("年度计划"), "month": N_("月度进展"),
    "milestone": N_("节点"), "problem": N_("堵点"), "permit": N_("手续"), "ruling": N_("灯色"),
}  # fmt: skip


def render(view: ProjectView, here: Session, state: PageState) -> Element:
    """The whole page, with the form that the address asks for."""
    words = speaking(here)
    return el(
        "Div",
        _header(view, state, words),
        _form(view, here, state),
        dispatch_link(
            f"project:{view.id}", here, state, path=f"/project/{view.id}", open_=f"project:{view.id}"
        ),
        _progress(view, words),
        el(
            "Div",
            _slot(6, _curve(view, here, words)),
            _slot(6, _money(view, words)),
            _slot(12, _milestones(view, state, words)),
            _slot(6, _problems(view, here, state, words)),
            _slot(6, _permits(view, words)),
            _slot(12, _members(view, state, words)),
            _slot(6, _facts(view, here, words)),
            _slot(6, _versions(view, words)),
            _slot(12, _history(view, words)),
            class_="panels",
        ),
        class_="board project",
        data_project=str(view.id),
    )


def crumbs(view: ProjectView, state: PageState) -> list[Crumb]:
    """The regions from the reader's own down to the one of the project, each leading to its board."""
    kept = PageState(lang=state.lang, mode=state.mode)
    return [
        *(
            Crumb(place.name, "/projects" + kept.with_(region=f"{place.code:012d}").to_url())
            for place in view.path
        ),
        Crumb(view.name),
    ]


def _slot(span: int, content: Element | None) -> Element | None:
    return el("Div", content, class_=f"slot span-{span}") if content else None


def _header(view: ProjectView, state: PageState, words: Words) -> Element:
    """Where, what, which light, simulated or from which source, and what may be done."""
    quality = str(view.facts["quality"])
    real = words.t("真实资料，截至 {as_of}，等级 {quality}", as_of=view.facts["as_of"] or words.t("未注明"), quality=quality) \
        if quality in QUALITY_WORDS and not view.simulated else ""  # fmt: skip
    withdrawn = view.facts["withdrawn"]
    return el(
        "Header",
        el("H1", view.name),
        el(
            "P",
            lamp(view.light, words),
            el("Span", words.t("项目包"), class_="status") if view.kind == PROGRAMME else None,
            el("Span", words.t(STAGES[str(view.facts["stage"])])),
            el("Span", month_text(view.month, words)) if view.month else el("Span", words.t("不在年度清单上")),
            simulated(view.simulated, words),
            el("Span", real) if real else None,
            el("Span", words.t("已撤销登记：{reason}", reason=view.facts["withdrawn_reason"]), class_="status") if withdrawn else None,
            class_="project-standing",
        ),
        el("P", words.t(OVERLAP), class_="notice", role="note") if view.kind == PROGRAMME else None,
        _acts(view, state, words) if view.may_change else None,
        class_="project-head",
    )  # fmt: skip


def _acts(view: ProjectView, state: PageState, words: Words) -> Element:
    names = project_forms.FOR_PROGRAMMES if view.kind == PROGRAMME else tuple(project_forms.FORMS)
    return el(
        "Nav",
        [
            link(f"/project/{view.id}{state.with_(edit=name, open=None).to_url()}", words.t(project_forms.FORMS[name][0]),
                 class_="button button-quiet", aria_current="true" if state.edit == name else None)
            for name in names
        ],
        class_="project-acts",
        aria_label=words.t("可以办理"),
    )  # fmt: skip


def _form(view: ProjectView, here: Session, state: PageState) -> Element | None:
    if not view.may_change or state.edit not in project_forms.FORMS:
        return None
    title, make = project_forms.FORMS[state.edit]
    return el(
        "Section",
        el("Header", el("H2", here.texts.t(title)), class_="card-head"),
        el("Div", make(here, state, view), class_="card-body"),
        class_="card form-card",
        id="form",
    )


def _progress(view: ProjectView, words: Words) -> Element:
    """The figures of the year with the reason of the light in words."""
    gap = view.rate - view.due if view.rate is not None and view.due is not None else None
    figures = [
        (words.t("完成率"), percent(view.rate, words)),
        (words.t("应达进度"), percent(view.due, words) if view.due is not None else MISSING),
        (words.t("与时序差（个百分点）"), points(gap, words)),
        (words.t("完成 / 计划"), f"{words.texts.number(view.done)} / {amount(view.plan, words)}"),
        (words.t("总投资"), amount(_number(view.facts["total"]), words)),
        (words.t("连续红灯（月）"), str(view.streak) if view.month else MISSING),
    ]
    return card(
        words.t("进展"),
        month_text(view.month, words) if view.month else words.t("来源所印"),
        el("Dl", [el("Div", el("Dt", name), el("Dd", said)) for name, said in figures], class_="project-figures"),
        el("Ul", [el("Li", reason_text(one, words)) for one in view.reasons], class_="reasons") if view.reasons else None,
        el(
            "Ul",
            [
                el("Li", lamp(colour, words), f"{month[0]}-{month[1]:02d}",
                   title=words.t(COLOURS[colour]) + (f"（{words.t('人工改判')}）" if ruled else ""))
                for month, colour, ruled in view.lights
            ],
            class_="strip",
            aria_label=words.t("各月灯色"),
        ) if view.lights else None,
    )  # fmt: skip


def _boxed(table: Element) -> Element:
    """A table that scrolls by itself where the screen is narrower."""
    return el("Div", table, class_="table-box", tabIndex=0)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _curve(view: ProjectView, here: Session, words: Words) -> Element | None:
    if view.curve is None:
        return None
    return card(
        words.t("投资S曲线"),
        facts(words.unit("亿元"), words.t("各年计划累计")),
        graph(
            "project-curve", curve_figure(view.curve, words, tokens(here.theme)), "trend-graph", words.locale
        ),
        class_="panel-trend panel-scurve",
    )


def _money(view: ProjectView, words: Words) -> Element | None:
    """Money of the year by source, bonds, land."""
    if not view.funds:
        return None
    money = view.funds
    arrived = sum(money[name] for name in FUNDS)
    rows: list[tuple[str, str]] = [
        (words.t("计划到位资金"), amount(money["fund_plan"], words)),
        (words.t("实际到位资金"), amount(arrived, words)),
        *((f"　{words.t(FUNDS[name])}", amount(money[name], words)) for name in FUNDS),
        (words.t("已支付资金"), amount(money["paid"], words)),
        (
            words.t("专项债支出 / 发行"),
            f"{words.texts.number(money['bond_used'])} / {amount(money['bond_issued'], words)}",
        ),
        (
            words.t("已供地 / 需供地"),
            f"{words.texts.number(money['land_done'])} / {words.figure_text(money['land_need'], '亩')}",
        ),
    ]
    return card(
        words.t("资金与要素"),
        facts(month_text(view.month, words) if view.month else "", words.t("年初以来累计")),
        _boxed(
            el(
                "Table",
                el("Caption", words.t("资金与要素"), class_="sr-only"),
                el(
                    "Tbody",
                    [
                        el("Tr", el("Th", name, scope="row"), el("Td", said, class_="number"))
                        for name, said in rows
                    ],
                ),
                class_="ranking",
            ),
        ),
    )


def _milestones(view: ProjectView, state: PageState, words: Words) -> Element | None:
    if not view.milestones:
        return None
    days = [day for one in view.milestones for day in (one.planned, one.due, one.actual) if day is not None]
    track = Track(_ref(view), view.milestones, 0)
    first, last = min([*days, view.day]) - timedelta(days=30), max([*days, view.day]) + timedelta(days=30)
    return card(
        words.t("节点"),
        words.t("截至 {day}", day=words.texts.date(view.day)),
        gantt((track,), first, last, view.day, state, words, named=False),
        el(
            "Div",
            el(
                "Table",
                el("Caption", words.t("节点的计划、批准和实际日期"), class_="sr-only"),
                head(words, N_("节点"), N_("原计划"), N_("批准后"), N_("实际"), N_("情况"), words_first=6),
                el("Tbody", [
                    el("Tr", el("Th", _open(view, "milestone", one.id, one.name, state), scope="row"),
                       el("Td", day_text(one.planned)),
                       el("Td", day_text(one.approved), title=words.t(one.reason) or None),
                       el("Td", day_text(one.actual)),
                       el("Td", words.t(MILESTONE_WORDS[milestone_state(one, view.day)])))
                    for one in view.milestones
                ]),
                class_="ranking",
            ),
            class_="table-box",
            tabIndex=0,
        ),
    )  # fmt: skip


def _ref(view: ProjectView) -> Ref:
    return Ref(view.id, view.name, view.place, view.simulated, view.light)


def _open(view: ProjectView, kind: str, number: int, label: str, state: PageState) -> Child:
    """The name of a record; for those who may change it, a way to its form."""
    if not view.may_change:
        return label
    return link(f"/project/{view.id}{state.with_(edit=kind, open=f'{kind}:{number}').to_url()}", label)


def _problems(view: ProjectView, here: Session, state: PageState, words: Words) -> Element:
    open_ = sum(row.problem.open(view.day) for row in view.problems)
    rows: list[Child] = []
    for row in view.problems:
        line = problem_row(row, state, words, named=False)
        line["key"] = str(row.problem.id)
        rows.append(
            el("Div", line, el("P", _open(view, "problem", row.problem.id, words.t("更新堵点"), state), class_="notes")
               if view.may_change and row.problem.confirmed is None else None,
               _supervise(view, row.problem.id, here, state) if row.problem.confirmed is None else None)
        )  # fmt: skip
    return card(
        words.t("堵点"),
        facts(
            words.t("未化解 {count} 个", count=open_), words.t("截至 {day}", day=words.texts.date(view.day))
        ),
        el("Div", rows, class_="light-rows")
        if rows
        else el("P", words.t("没有登记过堵点"), class_="all-quiet"),
    )


def _supervise(view: ProjectView, problem: int, here: Session, state: PageState) -> Element | None:
    """督办 for one problem: what is supervised of it, and the form in place."""
    source, path = f"project:{view.id}-{problem}", f"/project/{view.id}"
    return dispatch_link(source, here, state, path=path, open_=f"problem:{problem}")


def _permits(view: ProjectView, words: Words) -> Element | None:
    if not view.permits:
        return None
    return card(
        words.t("前期手续"),
        words.t("已办结 {done} / {need} 项", done=sum(one.granted is not None for one in view.permits), need=len(view.permits)),
        _boxed(
            el(
                "Table",
                el("Caption", words.t("前期手续"), class_="sr-only"),
                head(words, N_("手续"), N_("应办结"), N_("受理"), N_("办结"), words_first=4),
                el("Tbody", [
                    el("Tr", el("Th", words.t(PERMITS.get(one.category, one.category)), scope="row"),
                       el("Td", day_text(one.due)), el("Td", day_text(one.accepted)), el("Td", day_text(one.granted)))
                    for one in view.permits
                ]),
                class_="ranking",
            ),
        ),
    )  # fmt: skip


def _members(view: ProjectView, state: PageState, words: Words) -> Element | None:
    """What a programme holds, and what the project belongs to."""
    if not view.members and view.programme is None:
        return None
    return card(
        words.t("项目包"),
        "",
        el("P", words.t("属于项目包："), name_link(view.programme, state, words)) if view.programme else None,
        el("P", words.t("包含（互相重叠，不相加）："), class_="notes") if view.members else None,
        el("Ul", [el("Li", name_link(one, state, words)) for one in view.members]) if view.members else None,
    )


def _facts(view: ProjectView, here: Session, words: Words) -> Element:
    given = view.facts
    department = here.services.catalog.departments.get(str(given["department"]))
    scopes = given["scopes"] if isinstance(given["scopes"], tuple) else ()
    citation = str(given["citation"])
    rows: list[tuple[str, Child]] = [
        ("code", given["code"]),  # type: ignore[list-item]
        ("type", words.t(TYPES.get(str(given["type"]), ""))),
        ("industry", words.t(INDUSTRIES.get(str(given["industry"]), ""))),
        ("owner", str(given["owner"])),
        ("department", (department.name_en if here.language == "en" else department.name_zh) if department else ""),
        ("scopes", words.listed(words.t(SCOPES[one]) for one in scopes)),
        *((name, day_text(given[name]) if given[name] else "")  # type: ignore[arg-type]
          for name in ("planned_start", "planned_finish", "actual_start", "actual_finish")),
        ("source", words.t(str(given["source"]))),
        ("citation", el("A", citation, href=citation, rel="noopener noreferrer nofollow", target="_blank")
         if citation.startswith(("http://", "https://")) else citation),
        ("note", str(given["note"])),
    ]  # fmt: skip
    quality = str(given["quality"])
    return card(
        words.t("登记内容与来源"),
        words.quality(quality) if not view.simulated else words.t("模拟数据，仅供试用"),
        el(
            "Dl",
            [el("Div", el("Dt", words.t(LABELS[name])), el("Dd", said)) for name, said in rows if said],
            class_="facts-list",
        ),
    )


def _versions(view: ProjectView, words: Words) -> Element | None:
    """The versions of the plan of each year and of the total investment, and the lists."""
    rows = [
        *(
            (words.t("{year}年计划", year=one.year), one.since, one.amount, one.approval)
            for one in reversed(view.plans)
        ),
        *((words.t("总投资"), one.since, one.amount, one.reason) for one in reversed(view.totals)),
    ]
    if not rows:
        return None
    return card(
        words.t("计划与总投资的历次版本"),
        words.unit("亿元"),
        _boxed(
            el(
                "Table",
                el("Caption", words.t("计划与总投资的历次版本"), class_="sr-only"),
                head(words, N_("项目"), N_("生效日期"), N_("依据"), N_("金额"), words_first=3),
                el("Tbody", [
                    el("Tr", el("Th", name, scope="row"), el("Td", day_text(since)), el("Td", words.t(why) if why else ""),
                       el("Td", words.texts.number(value), class_="number"))
                    for name, since, value, why in rows
                ]),
                class_="ranking",
            ),
        ),
        [
            el("P", words.t("{year}年清单：{first} 列入", year=year, first=day_text(entered))
               + (words.t("，{last} 调出（{reason}）", last=day_text(left), reason=reason) if left else ""), class_="notes")
            for year, entered, left, reason in view.listings
        ],
    )  # fmt: skip


def _history(view: ProjectView, words: Words) -> Element:
    """Every change of a field: when, who, what, from what to what, why."""
    return card(
        words.t("变更历史"),
        words.t("{count} 条", count=len(view.history)),
        el(
            "Div",
            el(
                "Table",
                el("Caption", words.t("变更历史"), class_="sr-only"),
                head(words, N_("时间"), N_("谁"), N_("内容"), N_("原值"), N_("新值"), N_("原因"), words_first=6),
                el("Tbody", [_change(one, words) for one in _told(view.history)]),
                class_="ranking",
            ),
            class_="table-box",
            tabIndex=0,
        ) if view.history else el("P", words.t("登记以来没有变更"), class_="all-quiet"),
        class_="panel-history",
    )  # fmt: skip


def _told(history: Sequence[Change]) -> Sequence[Change]:
    return history[:100]


def _change(one: Change, words: Words) -> Element:
    part = words.t(PARTS.get(one.part, one.part))
    what = words.t(LABELS[one.field]) if one.field in LABELS else one.field
    return el(
        "Tr",
        el("Td", words.moment(one.at)),
        el("Td", one.actor),
        el("Th", " · ".join(text for text in (part, one.key, what) if text), scope="row"),
        el("Td", one.old or MISSING),
        el("Td", one.new or MISSING),
        el("Td", one.reason),
    )
