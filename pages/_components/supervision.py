"""Supervision on boards and in its list: open items, rates by department and county, the list with its filters."""

from collections.abc import Callable, Mapping, Sequence

from indicators.errors import N_
from indicators.supervision import Rates
from pages._components import supervision_words as say
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.registers import filters, head, paging, speaking, table
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.supervision import STATE_WORDS
from services.supervision_sources import KINDS
from services.supervision_views import ItemLine, ItemsView, OpenItemsView, RateLine, RatesView

FILTERS = {
    "state": N_("状态"), "kind": N_("来源"), "department": N_("责任部门"), "place": N_("地区"), "about": N_("诉求类别"),
}  # fmt: skip
"""How the list may be narrowed."""

MOST_SHOWN = 8
"""Lines of a table of rates on a board; the page shows all."""


def place(state: PageState, **filters_: str) -> str:
    """The address of the list, narrowed."""
    kept = PageState(region=state.region, lang=state.lang, mode=state.mode)
    return "/supervision" + (kept.filtered(**filters_) if filters_ else kept).to_url()


# ---- panels


def items_panel(view: OpenItemsView, here: Session, state: PageState) -> Element:
    """The open items, what is overdue first."""
    t, words = here.texts.t, speaking(here)
    note = t("在办 {count} 件", count=view.total) + (" · " + t("含模拟数据") if view.simulated else "")
    rest = view.total - len(view.lines)
    return card(
        t("在办督办"),
        note,
        el("P", t("超期 {count}", count=view.overdue), class_="overdue-count") if view.overdue else None,
        el("Ol", [item_line(one, here, state, words) for one in view.lines], class_="item-lines")
        if view.lines
        else el("P", t("没有在办的督办事项。"), class_="all-quiet"),
        link(place(state), t("另有 {count} 件", count=rest) if rest else t("全部督办"), class_="inline-link"),
        class_="panel-items",
    )


def item_line(one: ItemLine, here: Session, state: PageState, words: Words) -> Element:
    """One item in a line."""
    texts = here.texts
    return el(
        "Li",
        el("P", say.level(one.level, words), say.title(one, here, state, class_="item-title"), class_="item-what"),
        el("P", el("Span", say.whose(one, texts)), say.standing(one, texts),
           el("Span", say.due(one, texts), class_="quiet"), say.marks(one, texts), class_="task-facts"),
        class_="item-line",
        data_late=one.lateness or None,
    )  # fmt: skip


def rates_panel(view: RatesView, here: Session, state: PageState) -> Element:
    """How departments and counties handle their items, those with most overdue first."""
    t = here.texts.t
    note = t("近一年派单 {count} 件", count=view.whole.total) + (
        " · " + t("含模拟数据") if view.simulated else ""
    )
    if not view.whole.total:
        return card(t("督办办理情况"), note, el("P", t("近一年没有督办事项。"), class_="all-quiet"))
    return card(
        t("督办办理情况"),
        note,
        figures(view.whole, here),
        rate_table(view.departments[:MOST_SHOWN], here, state, t("责任部门"), "department"),
        link(place(state), t("全部督办"), class_="inline-link"),
        class_="panel-rates",
    )


def figures(whole: Rates, here: Session) -> Element:
    """The three rates of all items together."""
    t, words = here.texts.t, speaking(here)
    told = [
        (t("办结率"), whole.closure, t("{part} / {whole}", part=whole.closed, whole=whole.total)),
        (t("按期率"), whole.punctuality, t("{part} / {whole}", part=whole.on_time, whole=whole.judged)),
        (t("复发率"), whole.repetition, t("{part} / {whole}", part=whole.repeated, whole=whole.total)),
    ]
    return el(
        "Dl",
        [
            el("Div", el("Dt", name), el("Dd", el("B", words.percent(share, 1)), " ", el("Span", parts, class_="quiet")))
            for name, share, parts in told
        ],
        class_="delay-figures item-rates",
    )  # fmt: skip


def rate_table(
    lines: Sequence[RateLine], here: Session, state: PageState, label: str, filter_: str
) -> Element:
    """Rates by department or by region, each line the way to its items."""
    t, words = here.texts.t, speaking(here)
    heads = [head(label), *(head(t(name), True) for name in (N_("件数"), N_("在办"), N_("超期"), N_("办结率"),
                                                               N_("按期率"), N_("复发率")))]  # fmt: skip
    rows = [
        el("Tr",
           el("Th", link(place(state, **{filter_: one.code}), one.name), scope="row"),
           _count(one.rates.total), _count(one.rates.open), _count(one.rates.overdue, late=True),
           [el("Td", words.percent(share, 0), class_="number")
            for share in (one.rates.closure, one.rates.punctuality, one.rates.repetition)])
        for one in lines
    ]  # fmt: skip
    for row in rows:  # flat, so that every cell knows what stands above it
        row["props"]["children"] = _flat(row["props"]["children"])
    return table(label, heads, rows, "item-rate-table")


def _flat(children: Sequence[Child]) -> list[Child]:
    return [one for child in children for one in (child if isinstance(child, list) else [child])]


def _count(value: int, late: bool = False) -> Element:
    return el("Td", el("B", str(value), class_="overdue") if late and value else str(value), class_="number")


# ---- the list


def listing(view: ItemsView, here: Session, state: PageState) -> Element:
    """The items that the reader may see, narrowed as chosen."""
    t, words = here.texts.t, speaking(here)
    heads = [
        head(t("督办事项")), head(t("地区")), head(t("责任部门")), head(t("派单")), head(t("时限")), head(t("状态")),
    ]  # fmt: skip
    ways = [
        el("A", label, href=f"/export/supervision.{ending}" + state.with_(edit=None).to_url(), class_="button button-quiet", download="")
        for ending, label in (("csv", "CSV"), ("xlsx", "XLSX"))
    ]  # fmt: skip
    return card(
        t("督办清单"),
        t("共 {count} 件", count=words.texts.number(view.total)),
        _counts(view, here, state),
        filters(FILTERS, view.options, view.chosen, state, words),
        table(t("督办清单"), heads, [_row(one, here, state, words) for one in view.lines], "items")
        if view.lines
        else el("P", t("没有符合条件的督办事项。"), class_="all-quiet"),
        paging(view.page, view.pages, state, words),
        class_="panel-register panel-item-list",
        tools=el("Div", ways, class_="panel-tools"),
    )


def _counts(view: ItemsView, here: Session, state: PageState) -> Element:
    """How many stand in each state: the way to those."""
    t = here.texts.t
    names: dict[str, str] = {
        "open": N_("在办"),
        "mine": N_("待我办理"),
        "overdue": N_("超期"),
        **{state_.value: word for state_, word in STATE_WORDS.items()},
    }
    chosen = view.chosen.get("state", "")
    return el(
        "P",
        [
            link(state.filtered(state=None if name == chosen else name, page=None).to_url() or "?",
                 t(names[name]), " ", el("B", str(count)), class_="tool item-count",
                 aria_current="true" if name == chosen else None, data_state=name)
            for name, count in view.counts.items() if count or name == chosen
        ],
        class_="item-counts",
    )  # fmt: skip


def _row(one: ItemLine, here: Session, state: PageState, words: Words) -> Element:
    texts = here.texts
    return el(
        "Tr",
        el("Th",
           el("P", say.level(one.level, words), say.title(one, here, state), class_="item-what"),
           el("P", el("Span", f"#{one.id} · {texts.t(KINDS[one.kind])}", class_="quiet"), say.marks(one, texts),
              class_="task-facts"), scope="row"),
        el("Td", one.place.name),
        el("Td", say.whose(one, texts)),
        el("Td", texts.stamp(one.dispatched_at)),
        el("Td", say.due(one, texts)),
        el("Td", say.standing(one, texts)),
    )  # fmt: skip


PANELS: Mapping[str, Callable[..., Element]] = {
    "supervision.items": items_panel,
    "supervision.rates": rates_panel,
}
