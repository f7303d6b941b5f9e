"""The list of projects: filters as links, one field to search, pages; the state of it is the address."""

from collections.abc import Sequence

from indicators.errors import N_
from indicators.projects import SCOPES, STAGES
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.projects_parts import facts, head, lamp, month_text, name_link, percent, speaking
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.projects_views import (
    ListRow,
    ListView,
)
from services.texts import MISSING

FILTERS = {
    "light": N_("灯色"), "stage": N_("阶段"), "scope": N_("清单"), "place": N_("地区"), "department": N_("牵头部门"),
    "record": N_("来源"),
}  # fmt: skip
ORDERS = {
    "light": N_("先看红灯"), "rate": N_("完成率从低到高"), "plan": N_("年度计划从大到小"), "total": N_("总投资从大到小"),
    "problems": N_("堵点从多到少"), "name": N_("名称"),
}  # fmt: skip


def listing(view: ListView, here: Session, state: PageState) -> Element:
    """The list of projects with its filters."""
    words = speaking(here)
    kept = PageState(region=state.region, lang=state.lang, mode=state.mode).to_url()
    tools = el(
        "P",
        link(f"/project/new{kept}", words.t("登记项目"), class_="button button-quiet"),
        link(f"/project/import{kept}", words.t("从文件导入"), class_="button button-quiet"),
        class_="project-acts",
    ) if view.may_add else None  # fmt: skip
    return card(
        words.t("项目名录"),
        facts(words.t("共 {count} 个", count=view.count), month_text(view.month, words) if view.month else ""),
        _filters(view, state, words),
        el("P", words.t("项目包互相重叠，只列出来源所印的数字，不相加、不计入合计。"), class_="notes")
        if any(row.kind == "programme" for row in view.rows) else None,
        el(
            "Div",
            el(
                "Table",
                el("Caption", words.t("项目名录"), class_="sr-only"),
                head(words, N_("项目"), N_("地区"), N_("阶段"), N_("完成率"), N_("完成 / 计划"), N_("总投资"), N_("堵点"), words_first=3),
                el("Tbody", [_list_row(row, state, words) for row in view.rows]),
                class_="ranking register",
            ),
            class_="table-box",
            tabIndex=0,
        ) if view.rows else el("P", words.t("没有符合条件的项目。"), class_="all-quiet"),
        _paging(view, state, words),
        class_="panel-register",
        tools=tools,
    )  # fmt: skip


def _filters(view: ListView, state: PageState, words: Words) -> Element:
    chosen = view.filters
    pickers = [
        _picker(
            name,
            words.t(FILTERS[name]),
            [(code, words.t(label)) for code, label in options],
            chosen.get(name),
            state,
            words,
        )
        for name, options in view.options.items()
        if options
    ]
    orders = [(code, words.t(label)) for code, label in ORDERS.items()]
    return el(
        "Div",
        el(
            "Form",
            el("Input", type="search", name="q", defaultValue=chosen.get("q", ""), placeholder=words.t("项目、单位、代码、镇街"),
               aria_label=words.t("在名录里查找"), maxLength=40),
            el("Button", words.t("查找"), type="submit", class_="button button-quiet"),
            class_="list-search",
            data_filter="q",
            role="search",
        ),
        pickers,
        _picker("sort", words.t("排序"), orders, chosen.get("sort", "light"), state, words, everything=False),
        link(state.with_(filter=None).to_url() or "?", words.t("清除筛选"), class_="inline-link")
        if set(chosen) - {"sort", "page"} else None,
        class_="list-filters",
    )  # fmt: skip


def _picker(
    name: str, label: str, options: Sequence[tuple[str, str]], chosen: str | None, state: PageState, words: Words,
    everything: bool = True,
) -> Element:  # fmt: skip
    """One filter: what it is set to, and the others as links."""
    said = dict(options).get(chosen or "", words.t("全部"))
    first = [("", words.t("全部"))] if everything else []
    return el(
        "Details",
        el("Summary", el("Span", label, class_="picker-label"), said, class_="picker-summary tool"),
        el(
            "Div",
            [
                link(state.filtered(**{name: code or None, "page": None}).to_url() or "?", shown,
                     aria_current="true" if code == (chosen or "") else None)
                for code, shown in [*first, *options]
            ],
            class_="picker-list",
        ),
        class_="picker",
    )  # fmt: skip


def _list_row(row: ListRow, state: PageState, words: Words) -> Element:
    real = not row.project.simulated
    facts = [
        words.listed(words.t(SCOPES[scope]) for scope in row.scopes),
        row.department,
        words.t("真实资料，截至 {as_of}，等级 {quality}", as_of=row.as_of or words.t("未注明"), quality=row.quality)
        if real and row.quality else "",
        "" if row.listed or row.kind == "programme" else words.t("不在今年清单，不计入合计"),
        words.t("已撤销登记") if row.withdrawn else "",
    ]  # fmt: skip
    return el(
        "Tr",
        el(
            "Th",
            el("P", lamp(row.project.light, words), name_link(row.project, state, words),
               el("Span", words.t("项目包"), class_="status") if row.kind == "programme" else None, class_="first"),
            el("P", [el("Span", fact) for fact in facts if fact], class_="second"),
            scope="row",
        ),
        el("Td", row.project.place.name, data_label=words.t("地区")),
        el("Td", words.t(STAGES[row.stage]), data_label=words.t("阶段")),
        el("Td", percent(row.rate, words), class_="number", data_label=words.t("完成率")),
        el("Td", f"{words.texts.number(row.done)} / {words.texts.number(row.plan)}" if row.plan is not None else MISSING,
           class_="number", data_label=words.t("完成 / 计划")),
        el("Td", words.texts.number(row.total), class_="number", data_label=words.t("总投资")),
        el("Td", str(row.problems) if row.listed else MISSING, class_="number", data_label=words.t("堵点")),
        class_="row-quiet" if not row.listed else None,
    )  # fmt: skip


def _paging(view: ListView, state: PageState, words: Words) -> Element | None:
    if view.pages < 2:
        return None

    def step(to: int, label: str) -> Child:
        if not 1 <= to <= view.pages:
            return el("Span", label, class_="tool", aria_disabled="true")
        return link(state.filtered(page=str(to) if to > 1 else None).to_url() or "?", label, class_="tool")

    return el(
        "Nav",
        step(view.page - 1, words.t("上一页")),
        el("Span", words.t("第 {page} / {pages} 页", page=view.page, pages=view.pages)),
        step(view.page + 1, words.t("下一页")),
        class_="paging",
        aria_label=words.t("翻页"),
    )
