"""一数一源 on the page: who supplies which figure from where, the inventory of systems, the catalogue of resources."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from indicators.errors import N_
from pages._components import registers
from pages._components.elements import Child, Element, el, link
from pages._components.registers import head, paging, picker, speaking, table
from pages._components.registry_forms import resource_form, supply_form, system_form
from pages._session import Session
from pages._state import PageState
from services.registry_views import (
    CYCLES,
    IDLE_REASONS,
    SHARES,
    SUPPLY_STATES,
    SYSTEM_STATES,
    WAYS,
    Listing,
    ResourceLine,
    SupplyLine,
    SystemLine,
)
from services.texts import MISSING

NEW = "new"


# ---- who supplies what


def supplies(here: Session, state: PageState) -> Element:
    """Every collected figure with its source, as registered and as it really came."""
    t = here.texts.t
    view = here.services.registry.supplies(here.actor, state.filters, here.language)
    heads = [
        head(t(one) if one else "")
        for one in (N_("指标"), N_("责任部门"), N_("登记的来源"), N_("实际来源"), N_("状态"), "")
    ]
    rows = [_supply(one, here, state, view.may_add) for one in view.lines if isinstance(one, SupplyLine)]
    opened = _chosen(state, "supply")
    line = (
        here.services.registry.line(here.actor, opened.replace("-", "."), here.language) if opened else None
    )
    note = t("每个采集指标只登记一个来源。“实际来源”是最近一次带来数据的接入或账号。")
    return _register(
        t("一数一源"), note, view, SUPPLY_STATES, table(t("指标的来源"), heads, rows, "registry-table"), here, state,
        supply_form(line, here, _closed(state)) if line is not None and view.may_add else None, None,
    )  # fmt: skip


def _supply(one: SupplyLine, here: Session, state: PageState, changeable: bool) -> Element:
    t, texts = here.texts.t, here.texts
    registered: Child = t("未登记")
    if one.supply is not None:
        registered = [one.department,
                      _second(t(WAYS[one.supply.way]), one.system, t("{day}起", day=_day(one.supply.since, here)))]  # fmt: skip
    came: Child = MISSING
    if one.came_at:
        came = [
            t("初次装入") if one.came_by == "system" else one.came_by,
            _second(t(WAYS[one.way]), texts.stamp(one.came_at)),
        ]
    return el(
        "Tr",
        el("Th", one.name, el("Span", one.code, class_="reason"), scope="row"),
        el("Td", one.owner),
        el("Td", registered),
        el("Td", came),
        el("Td", _state(t(SUPPLY_STATES[one.state]), "failing" if one.state in ("differs", "silent") else "waiting" if one.state == "unregistered" else "works")),
        el("Td", link(_open(state, "supply", one.code.replace(".", "-")), t("登记来源"), class_="inline-link")
           if changeable else MISSING),
        key=one.code,
    )  # fmt: skip


# ---- systems


def systems(here: Session, state: PageState) -> Element:
    """The inventory of systems, with use and idleness."""
    t = here.texts.t
    view = here.services.registry.systems(here.actor, state.filters, here.language)
    lines = [one for one in view.lines if isinstance(one, SystemLine)]
    heads = [
        head(t(one) if one else "")
        for one in (N_("系统"), N_("部门"), N_("共享平台"), N_("最近使用"), N_("供数"), N_("状态"), "")
    ]
    opened = _chosen(state, "system")
    known = here.services.registry.system(here.actor, opened) if opened.isdigit() else None
    form = system_form(known, here, _closed(state)) if view.may_add and (known or opened == NEW) else None
    note = t("半年没有使用记录的系统列为疑似闲置；认定后按五类原因登记，直到停用或并入。")
    return _register(
        t("系统清单"), note, view, SYSTEM_STATES,
        table(t("系统清单"), heads, [_system(one, here, state) for one in lines], "registry-table"), here, state, form,
        link(_open(state, "system", NEW), t("登记系统"), class_="button button-quiet") if view.may_add else None,
    )  # fmt: skip


def _system(one: SystemLine, here: Session, state: PageState) -> Element:
    t, system = here.texts.t, one.system
    connected = t("{day}接入", day=_day(system.connected_on, here)) if system.connected_on else t("未接入")
    found = t(IDLE_REASONS[system.idle_reason]) if system.idle_reason else ""
    users = t("{count} 个账号在用", count=system.users) if system.users is not None else ""
    return el(
        "Tr",
        el("Th", system.name, " ", registers.simulated(speaking(here), system.simulated), _second(system.purpose), scope="row"),
        el("Td", one.department, _second(one.region)),
        el("Td", t("涉密，不计") if system.classified else connected),
        el("Td", _day(one.used_on, here) if one.used_on else MISSING, _second(users)),
        el("Td", t("{figures} 个指标，{resources} 项资源，{feeds} 个接入", figures=one.figures, resources=one.resources,
                   feeds=one.feeds)),
        el("Td", _state(t(SYSTEM_STATES[one.state]), "failing" if one.state in ("suspected", "found") else "paused" if one.state == "cleared" else "works"), _second(found)),
        el("Td", link(_open(state, "system", str(system.id)), t("修改"), class_="inline-link")
           if one.changeable else MISSING),
        key=f"system-{system.id}",
    )  # fmt: skip


# ---- resources


def resources(here: Session, state: PageState) -> Element:
    """The catalogue of information resources."""
    t = here.texts.t
    view = here.services.registry.resources(here.actor, state.filters, here.language)
    lines = [one for one in view.lines if isinstance(one, ResourceLine)]
    heads = [
        head(t(one) if one else "")
        for one in (N_("信息资源"), N_("部门"), N_("共享"), N_("目录"), N_("更新"), "")
    ]
    opened = _chosen(state, "resource")
    known = here.services.registry.resource(here.actor, opened) if opened.isdigit() else None
    form = resource_form(known, here, _closed(state)) if view.may_add and (known or opened == NEW) else None
    note = t("普查认定的信息资源：谁有、产生于哪个系统、能否共享、多久更新。")
    return _register(
        t("资源目录"), note, view, SHARES,
        table(t("资源目录"), heads, [_resource(one, here, state) for one in lines], "registry-table"), here, state, form,
        link(_open(state, "resource", NEW), t("登记资源"), class_="button button-quiet") if view.may_add else None,
    )  # fmt: skip


def _resource(one: ResourceLine, here: Session, state: PageState) -> Element:
    t, entry = here.texts.t, one.resource
    shared = t("{day}起共享", day=_day(entry.shared_on, here)) if entry.shared_on else ""
    opened = t("{day}起开放", day=_day(entry.opened_on, here)) if entry.opened_on else ""
    catalogued = t("{day}编目", day=_day(entry.catalogued_on, here)) if entry.catalogued_on else t("未编目")
    return el(
        "Tr",
        el("Th", entry.name, " ", registers.simulated(speaking(here), entry.simulated),
           _second(one.system, t("{count} 个指标", count=one.figures) if one.figures else ""), scope="row"),
        el("Td", one.department, _second(one.region)),
        el("Td", t(SHARES[entry.share]), _second(shared, opened, entry.basis)),
        el("Td", catalogued),
        el("Td", t(CYCLES[entry.cycle]), _second(_day(one.updated_on, here) if one.updated_on else "")),
        el("Td", link(_open(state, "resource", str(entry.id)), t("修改"), class_="inline-link")
           if one.changeable else MISSING),
        key=f"resource-{entry.id}",
    )  # fmt: skip


# ---- shared


def _register(
    title: str, note: str, view: Listing, states: Mapping[str, str], shown: Element, here: Session, state: PageState,
    form: Element | None, fresh: Element | None,
) -> Element:  # fmt: skip
    """A register: how many entries stand how, what narrows it, the form that is open, the table."""
    t, words = here.texts.t, speaking(here)
    chosen = view.chosen
    return el(
        "Section",
        el("Header", el("H2", title), el("P", note, class_="notes"), fresh, class_="feed-head"),
        form,
        el(
            "Div",
            [
                link(
                    state.filtered(state=None if chosen.get("state") == word else word, page=None).to_url() or "?",
                    el("Span", t(name), class_="tally-of"),
                    el("B", str(view.counts.get(word, 0)), class_="tally-number"),
                    class_="tally-way" + ("" if view.counts.get(word) else " tally-none"),
                    aria_current="true" if chosen.get("state") == word else None,
                    key=word,
                )
                for word, name in states.items()
            ],
            class_="tally", role="group", aria_label=t("状态"),
        ),
        el(
            "Div",
            el(
                "Form",
                el("Input", type="search", name="q", defaultValue=chosen.get("q", ""), maxLength=40, id="registry-search",
                   placeholder=t("名称、部门、系统"), aria_label=t("在清单里查找"), key=chosen.get("q", "")),
                el("Button", t("查找"), type="submit", class_="button button-quiet"),
                class_="list-search", data_filter="q", role="search",
            ),
            picker("department", t("部门"), view.departments, chosen.get("department", ""), state, words),
            link(state.with_(filter=None).to_url() or "?", t("清除筛选"), class_="inline-link") if chosen else None,
            el("P", t("共 {count} 条", count=view.found), class_="found", role="status"),
            class_="list-filters",
        ),
        shown if view.lines else el("P", t("没有符合筛选的登记。") if chosen else t("还没有登记。"), class_="all-quiet"),
        paging(view.page, view.pages, state, words),
        class_="feed-list",
    )  # fmt: skip


def _second(*parts: str) -> Element | None:
    """A quiet second line."""
    said = " · ".join(part for part in parts if part)
    return el("Span", said, class_="reason") if said else None


def _state(said: str, look: str) -> Element:
    return el("Span", said, class_="feed-state", data_state=look)


def _day(day: int | None, here: Session) -> str:
    if not day:
        return MISSING
    return here.texts.date(date(day // 10_000, day // 100 % 100, day % 100))


def _chosen(state: PageState, kind: str) -> str:
    """The entry that the address opens, if it is of a kind."""
    found, _, name = (state.open or "").partition(":")
    return name if found == kind else ""


def _open(state: PageState, kind: str, name: str) -> str:
    return state.with_(open=f"{kind}:{name}").to_url()


def _closed(state: PageState) -> str:
    return state.with_(open=None).to_url() or "?"


TABS: Sequence[tuple[str, str, Callable[[Session, PageState], Element]]] = (
    ("registry", N_("一数一源"), supplies),
    ("systems", N_("系统清单"), systems),
    ("resources", N_("资源目录"), resources),
)
"""The tabs of the registry."""
