"""The panels of the hotline: by place, class and department; where the loop stands; what comes again; the cases."""

from collections.abc import Callable, Mapping

from indicators.errors import N_
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.registers import (
    bar,
    choices,
    facts,
    filters,
    head,
    number,
    paging,
    simulated,
    speaking,
    table,
)
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.hotline_panels import SHOWN
from services.hotline_reference import DIMENSIONS
from services.hotline_views import (
    BreakdownRow,
    BreakdownView,
    CaseRow,
    CasesView,
    LoopView,
    Rate,
    ReferenceView,
    RisingRow,
    RisingView,
    StageCount,
)

COLUMNS = {
    "total": N_("受理（件）"), "ontime": N_("按期办结率"), "satisfied": N_("满意率"), "solved": N_("解决率"),
    "repeat": N_("重复率"),
}  # fmt: skip
TITLES = {
    "region": N_("12345热线分地区"), "appeal_class": N_("12345热线分诉求类别"), "department": N_("12345热线分承办部门"),
}  # fmt: skip
NAMES = {"region": N_("地区"), "appeal_class": N_("诉求类别"), "department": N_("承办部门")}
FILTERS = {
    "state": N_("状态"), "county": N_("地区"), "town": N_("镇街"), "appeal_class": N_("诉求类别"),
    "department": N_("承办部门"), "channel": N_("渠道"),
}  # fmt: skip


def case_address(one: str, state: PageState, edit: str | None = None) -> str:
    """The page of a case."""
    return (
        f"/case/{one}" + PageState(region=state.region, lang=state.lang, mode=state.mode, edit=edit).to_url()
    )


# ---- by place, class, department


def breakdown(view: BreakdownView, here: Session, state: PageState) -> Element:
    """A table that orders itself by the column that is pressed; a sample that is too small gives no rate."""
    words = speaking(here)
    most = max((row.total or 0.0 for row in view.rows), default=0.0)
    heads = [head(words.t(NAMES[view.by]))] + [
        el("Th", link(state.filtered(**{f"sort_{view.by}": name}).to_url(), words.t(COLUMNS[name]),
                      el("Span", " ↓" if name == view.sort else "", aria_hidden="true")),
           scope="col", class_="number", aria_sort="descending" if name == view.sort else None)
        for name in SHOWN
    ]  # fmt: skip
    note = (
        words.t("有 {count} 处有效评价不足30件，样本过少，不给满意率和解决率。", count=view.thin)
        if view.thin
        else ""
    )
    title = words.t(TITLES[view.by])
    return card(
        title,
        facts(words.period_text(view.period), words.t("模拟") if view.simulated else ""),
        table(title, heads, [_row(row, view, most, state, words) for row in view.rows], "hotline",
              foot=_row(view.whole, view, 0.0, state, words, whole=True)),
        el("P", note, class_="notes") if note else None,
        class_="panel-hotline",
    )  # fmt: skip


def _row(
    row: BreakdownRow, view: BreakdownView, most: float, state: PageState, words: Words, whole: bool = False
) -> Element:
    place = view.by == "region" and row.code and not whole
    name: Child = link(state.with_(region=row.code).to_url(), row.name) if place else words.t(row.name)
    part = words.t("已报 {reported}/{expected}", reported=row.reported, expected=row.expected)
    return el(
        "Tr",
        el("Th", words.t("合计") if whole else name, scope="row"),
        el("Td", number(row.total, words, decimals=0), bar(100 * (row.total or 0) / most) if most else None,
           el("Span", part, class_="coverage") if row.reported < row.expected and (place or whole) else None,
           class_="number"),
        _rate(row.ontime, words), _rate(row.satisfied, words), _rate(row.solved, words), _rate(row.repeat, words),
    )  # fmt: skip


def _rate(rate: Rate, words: Words) -> Element:
    """A rate with a bar as long, or the words that say why there is none."""
    if rate.thin:
        text = words.t("样本过少（{count} 件）", count=round(rate.base or 0))
        return el("Td", text, class_="number too-young", data_thin="yes")
    return el("Td", words.percent(rate.value, 1), class_="number")


# ---- the loop


def loop(view: LoopView, here: Session, state: PageState) -> Element:
    """Open cases by stage, how long they have been there, how many are past their time."""
    words = speaking(here)
    t = words.t
    title = t("在办工单停在哪里")
    heads = [head(t("环节")), head(t("在办"), True), head(t("超期"), True)]
    heads += [head(t(age), True) for age in view.ages]
    most = max((one.total for one in view.stages), default=0)
    overdue = link(state.filtered(state="overdue", page=None).to_url(), t("超期 {count} 件", count=view.overdue),
                   class_="inline-link")  # fmt: skip
    content: Child = el("P", t("没有在办的工单。"), class_="all-quiet")
    if view.stages:
        content = table(title, heads, [_stage(one, most, words) for one in view.stages], "loop")
    return card(
        title,
        facts(t("截至 {moment}", moment=words.texts.moment(view.at)), t("模拟") if view.simulated else ""),
        el("P", el("B", str(view.total)), " ", t("件在办"), " · ", overdue, " · ",
           t("24小时内到期 {count} 件", count=view.soon), class_="loop-sum"),
        content,
        el("P", t("停留时间从进入该环节算起。"), class_="notes"),
        class_="panel-loop",
    )  # fmt: skip


def _stage(one: StageCount, most: int, words: Words) -> Element:
    return el(
        "Tr",
        el("Th", words.t(one.name), scope="row"),
        el("Td", str(one.total), bar(100 * one.total / most if most else None), class_="number"),
        el("Td", str(one.overdue) if one.overdue else "—", class_="number"),
        [el("Td", str(age) if age else "—", class_="number") for age in one.ages],
    )


# ---- what comes again


def rising(view: RisingView, here: Session, state: PageState) -> Element:
    """Classes of which more and more cases come again, month by month."""
    words = speaking(here)
    title = words.t("重复诉求上升的类别")
    note = facts(words.period_text(view.months[-1]), words.t("模拟") if view.simulated else "")
    if not view.rows:
        return card(title, note, el("P", words.t("没有重复诉求持续上升的类别。"), class_="all-quiet"))
    heads = [head(words.t("诉求类别"))] + [head(words.period_short(month), True) for month in view.months]
    heads += [head(words.t("重复率"), True), head(words.t("督办"))]
    items = here.services.supervision.of_classes(here.actor, view.place.code)
    may = here.services.supervision.supervises(here.actor, view.place.code, "sign")
    rows = [_rising(row, state, words) for row in view.rows]
    for row, drawn in zip(view.rows, rows, strict=True):
        drawn["props"]["children"].append(
            _supervised(row, view.place.code, items.get(row.code), may, state, words)
        )
    text = words.t("近两个月的重复件明显多于此前三个月。重复：同一诉求人同一事项在办结后一个月内再次反映。")
    return card(title, note, table(title, heads, rows, "rising"), el("P", text, class_="notes"))


def _rising(row: RisingRow, state: PageState, words: Words) -> Element:
    most = max((count or 0 for count in row.counts), default=0) or 1
    go = state.filtered(state="repeat", appeal_class=row.code, page=None).to_url()
    return el(
        "Tr",
        el("Th", link(go, words.t(row.name)), scope="row"),
        [
            el("Td", number(count, words, decimals=0), bar(100 * count / most if count is not None else None),
               class_="number")
            for count in row.counts
        ],
        el("Td", words.percent(row.share, 1), class_="number"),
    )  # fmt: skip


def _supervised(
    row: RisingRow, region: int, items: tuple[int, int] | None, may: bool, state: PageState, words: Words
) -> Element:
    """The way to the supervised items on a class, and to a further one."""
    kept = PageState(region=f"{region:012d}", lang=state.lang, mode=state.mode)
    listed = "/supervision" + kept.filtered(kind="hotline", about=row.code).to_url()
    fresh = "/supervision" + kept.with_(open=f"hotline:{row.code}-{region:012d}", edit="dispatch").to_url()
    return el(
        "Td",
        link(listed, words.t("{count} 件，在办 {open}", count=items[0], open=items[1]), class_="inline-link") if items else None,
        " " if items and may else None,
        link(fresh, words.t("督办这一类"), class_="inline-link") if may else None,
        "—" if not items and not may else None,
        class_="supervised-class",
    )  # fmt: skip


# ---- cases


def cases(view: CasesView, here: Session, state: PageState) -> Element:
    """The cases with their filters, overdue first; no personal data is held of any."""
    words = speaking(here)
    t = words.t
    title = t("12345工单")
    heads = (
        head(t("工单")), head(t("镇街")), head(t("承办部门")), head(t("受理")), head(t("时限")), head(t("环节")),
        head(t("状态")),
    )  # fmt: skip
    new = PageState(region=state.region, lang=state.lang, mode=state.mode).to_url()
    tools = (
        link(f"/case/new{new}", t("登记或导入"), class_="button button-quiet") if view.may_record else None
    )
    return card(
        title,
        facts(t("共 {count} 件", count=words.texts.number(view.total)), t("超期在前，不含个人信息")),
        filters(FILTERS, view.options, view.chosen, state, words),
        table(title, heads, [_case(row, state, words) for row in view.rows], "cases")
        if view.rows
        else el("P", t("没有符合条件的工单。"), class_="all-quiet"),
        paging(view.page, view.pages, state, words),
        class_="panel-register panel-cases",
        tools=tools,
    )


def _case(row: CaseRow, state: PageState, words: Words) -> Element:
    standing = N_("超期") if row.overdue else N_("已办结") if row.closed else N_("在办")
    return el(
        "Tr",
        el("Th", el("P", link(case_address(row.number, state), row.matter), simulated(words, row.simulated),
                    el("Span", words.t("重复"), class_="status") if row.repeat else None, class_="first"),
           el("P", el("Span", row.number), el("Span", words.t(row.about)), class_="second"), scope="row"),
        el("Td", row.place.name),
        el("Td", row.department),
        el("Td", el("Span", short(row.accepted, words), class_="nowrap")),
        el("Td", el("Span", short(row.due, words) if row.due else "—", class_="nowrap")),
        el("Td", words.t(row.stage)),
        el("Td", el("Span", words.t(standing), class_="status" if row.overdue else None)),
    )  # fmt: skip


def short(at: int, words: Words) -> str:
    """A moment on the city's clock as 2026-10-28 09:41."""
    return f"{words.texts.local(at):%Y-%m-%d %H:%M}"


# ---- other places


def reference(view: ReferenceView, here: Session, state: PageState) -> Element:
    """What another place published: for reference, never in our figures."""
    words = speaking(here)
    t, published = words.t, view.table
    go = {code: state.filtered(place=code).to_url() for code, _ in view.places}
    parts = [
        el("Div", el("H3", t(DIMENSIONS[name])),
           el("Ol", [
               el("Li", el("Span", what, class_="part-name"),
                  el("Span", el("B", number(value, words)), " ", el("Span", unit, class_="unit"), class_="part-value"))
               for what, value, unit in rows
           ], class_="reference-rows"), class_="reference-part")
        for name, rows in published.groups.items()
    ]  # fmt: skip
    return card(
        t("外地热线公开数据（仅供参考）"),
        facts(published.area, published.period),
        el("P", t("这是外地公开的真实数据，不是本市的数据，不进入本市任何指标、合计和预警。"), class_="notice",
           data_kind="information"),
        choices(view.places, view.chosen, go, t("外地"), "segments segments-small"),
        el("Div", parts, class_="reference"),
        el("P", t("来源："), el("A", published.source, href=published.source, rel="noopener noreferrer", target="_blank"),
           class_="notes citation"),
        class_="panel-reference",
    )  # fmt: skip


PANELS: Mapping[str, Callable[..., Child]] = {
    "hotline.regions": breakdown,
    "hotline.classes": breakdown,
    "hotline.departments": breakdown,
    "hotline.loop": loop,
    "hotline.rising": rising,
    "hotline.cases": cases,
    "hotline.reference": reference,
}
