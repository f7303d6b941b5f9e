"""The panels of investment promotion: batches followed through their stages, what stands still, money, the list.

There is no rate of this month's landed over this month's signed: they are not the same deals.
"""

from collections.abc import Callable, Mapping

from indicators.errors import N_
from pages._components import charts
from pages._components.card import card
from pages._components.elements import Child, Element, el, graph, link
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
from pages._tokens import tokens
from services.promotion_book import LANDED, PRODUCING, STARTED
from services.promotion_panels import (
    DealRow,
    FunnelView,
    HeatView,
    ListView,
    MoneyView,
    StalledRow,
    StalledView,
    Step,
)

FILTERS = {
    "county": N_("地区"), "stage": N_("阶段"), "state": N_("状态"), "kind": N_("协议类型"), "industry": N_("行业"),
    "origin": N_("来源地"),
}  # fmt: skip

STROKES = {LANDED: ("data", 3.0, "solid"), STARTED: ("data", 2.0, "dash"), PRODUCING: ("data-2", 2.0, "dot")}
QUARTERS_SHOWN = 8


def deal_address(identity: int, state: PageState, edit: str | None = None) -> str:
    """The page of a deal."""
    return (
        f"/deal/{identity}"
        + PageState(region=state.region, lang=state.lang, mode=state.mode, edit=edit).to_url()
    )


# ---- one batch


def funnel(view: FunnelView, here: Session, state: PageState) -> Element:
    """The deals signed in one quarter: how many reached each stage, and how that grew month by month."""
    words = speaking(here)
    offered = [(quarter, quarter) for quarter in view.quarters[:QUARTERS_SHOWN]]
    go = {quarter: state.with_(cohort=quarter).to_url() for quarter, _ in offered}
    older = list(view.quarters[QUARTERS_SHOWN:])
    return card(
        words.t("{quarter} 签约批次", quarter=view.quarter),
        facts(words.t("已跟踪 {age} 个月", age=max(view.age, 0)), words.t("登记至{month}", month=words.period_text(view.until)),
              words.t("模拟") if view.simulated else ""),
        choices(offered, view.quarter, go, words.t("签约季度"), "segments segments-small"),
        _older(older, view.quarter, state, words),
        el("Ol", [_step(one, words) for one in view.steps], class_="funnel"),
        el("Div", graph("cohort", _curves(view, words, tokens(here.theme)), "trend-graph", words.locale), class_="cohort-box"),
        el("P", _batch_note(view, words), class_="notes"),
        class_="panel-funnel",
    )  # fmt: skip


def _older(quarters: list[str], chosen: str, state: PageState, words: Words) -> Element | None:
    if not quarters:
        return None
    return el(
        "Details",
        el("Summary", chosen if chosen in quarters else words.t("更早的季度"), class_="picker-summary tool"),
        el(
            "Div",
            [
                link(state.with_(cohort=one).to_url(), one, aria_current="true" if one == chosen else None)
                for one in quarters
            ],
            class_="picker-list",
        ),
        class_="picker",
        key=f"older-{chosen}",
    )


def _step(one: Step, words: Words) -> Element:
    young = words.t("批次未满 {months} 个月，尚早", months=one.young) if one.young else ""
    return el(
        "Li",
        el("Span", words.t(one.name), class_="funnel-name"),
        el("Span", class_="part-bar", style={"--part": f"{one.share:.1f}%"}),
        el("B", str(one.count), class_="funnel-count"),
        el(
            "Span",
            young or words.percent(one.share, 1),
            class_="funnel-share" + (" too-young" if young else ""),
        ),
        data_stage=str(one.stage),
    )


def _batch_note(view: FunnelView, words: Words) -> str:
    said = [words.t("合同投资额 {amount}，已到位 {arrived}。",
                    amount=words.figure_text(view.amount, "亿元"), arrived=words.figure_text(view.arrived, "亿元"))]  # fmt: skip
    if view.left_out:
        said.append(words.t("另有 {count} 份框架、意向协议不计。", count=view.left_out))
    if view.late:
        said.append(words.t("{places}尚未报齐，只跟踪到已报的月份。", places=words.listed(view.late)))
    said.append(words.t("曲线按每个项目自己的签约日起算，跟踪期不满的月份不画。"))
    return " ".join(said) if not words.zh else "".join(said)


def _curves(view: FunnelView, words: Words, palette: Mapping[str, str]) -> charts.Figure:
    """The share that had reached each stage, by months since signing."""
    traces, notes = [], []
    last_months = [len([share for share in curve.shares if share is not None]) - 1 for curve in view.curves]
    for curve, last in zip(view.curves, last_months, strict=True):
        colour, width, dash = STROKES[curve.stage]
        known = list(enumerate(curve.shares))[: last + 1]
        traces.append({
            "type": "scatter", "mode": "lines", "name": words.t(curve.name), "x": [month for month, _ in known],
            "y": [share for _, share in known],
            "customdata": [words.percent(share, 1) for _, share in known],
            "hovertemplate": "%{customdata}<extra>" + words.t(curve.name) + "</extra>",
            "line": {"color": palette[colour], "width": width, "dash": dash, "shape": "hv"},
        })  # fmt: skip
        if known:
            notes.append({
                "x": last, "y": known[-1][1], "text": words.t(curve.name), "showarrow": False, "xanchor": "left",
                "xshift": 6, "font": {"color": palette["text"], "size": 12},
            })  # fmt: skip
    layout = charts.template(palette)
    layout["xaxis"] |= {
        "range": [-0.3, max([6, *last_months]) * 1.15], "dtick": 3, "title": {
            "text": words.t("签约后月数"), "font": {"color": palette["quiet"], "size": 12}},
    }  # fmt: skip
    layout["yaxis"] |= {"range": [0, 104], "tickvals": [0, 25, 50, 75, 100], "ticksuffix": "%"}
    layout["annotations"] = notes
    return {"data": traces, "layout": layout}


# ---- all batches


def heat(view: HeatView, here: Session, state: PageState) -> Element:
    """Quarter by months since signing: read along a row to follow a batch, down a column to compare batches."""
    words = speaking(here)
    offered = [(str(stage), words.t(name)) for stage, name in view.stages]
    go = {code: state.filtered(step=code).to_url() for code, _ in offered}
    heads = [head(words.t("签约季度")), head(words.t("签约"), True)]
    heads += [head(words.t("{month}个月", month=month), True) for month in view.months]
    return card(
        words.t("各季度批次：签约后几个月走到哪里"),
        facts("%", words.t("登记至{month}", month=words.period_text(view.until)), words.t("模拟") if view.simulated else ""),
        choices(offered, str(view.stage), go, words.t("阶段"), "segments segments-small"),
        table(words.t("各季度批次进展"), heads, [_heat_row(row, state, words) for row in view.rows], "heat", wide=True),
        el("P", words.t("横看一行是一个批次逐月的进展，竖看一列是各批次同样月数时的比较；“·”表示批次还没有跟踪到那么久。"),
           class_="notes"),
        class_="panel-cohorts",
    )  # fmt: skip


def _heat_row(row: tuple[str, int, tuple[float | None, ...]], state: PageState, words: Words) -> Element:
    quarter, size, shares = row
    return el(
        "Tr",
        el("Th", link(state.with_(cohort=quarter).to_url(), quarter), scope="row"),
        el("Td", str(size), class_="number"),
        [_heat_cell(share, words) for share in shares],
    )


def _heat_cell(share: float | None, words: Words) -> Element:
    """The share with a bar as long; a point where the batch has not been followed for so long."""
    if share is None:
        return el("Td", el("Span", "·", aria_label=words.t("尚未跟踪到")), class_="number heat-cell")
    return el("Td", f"{share:.0f}", bar(share), class_="number heat-cell")


# ---- what stands still


def stalled(view: StalledView, here: Session, state: PageState) -> Element:
    """Deals signed over six months ago that have not landed, with the reason class."""
    words = speaking(here)
    shown = words.t("登记至{month}", month=words.period_text(view.until))
    title = words.t("签约满6个月仍未落地")
    count = words.t("{count} 个", count=len(view.rows))
    if not view.rows:
        nothing = el("P", words.t("没有签约超期未落地的项目。"), class_="all-quiet")
        return card(title, facts(count, shown), nothing, class_="panel-stalled")
    reasons = [
        el("Li", words.t(reason) if reason else words.t("未填原因"), " ", el("B", str(many)), class_="chip")
        for reason, many in view.reasons
    ]
    heads = (
        head(words.t("项目")), head(words.t("地区")), head(words.t("签约日期")), head(words.t("已过月数"), True),
        head(words.t("合同额（亿元）"), True), head(words.t("原因")), head(words.t("标记")),
    )  # fmt: skip
    return card(
        title,
        facts(count, shown),
        el("Ul", reasons, class_="reasons"),
        table(title, heads, [_standing(row, state, words) for row in view.rows], "stalled"),
        class_="panel-stalled",
    )


def _standing(row: StalledRow, state: PageState, words: Words) -> Element:
    return el(
        "Tr",
        el("Th", el("P", link(deal_address(row.id, state), row.name), simulated(words, row.simulated), class_="first"),
           el("P", el("Span", row.company), class_="second"), scope="row"),
        el("Td", row.place.name),
        el("Td", el("Span", row.signed, class_="nowrap")),
        el("Td", str(row.months), class_="number"),
        el("Td", number(row.amount, words), class_="number"),
        el("Td", words.t(row.reason) if row.reason else words.t("未填")),
        el("Td", words.t(row.mark) if row.mark else words.t("未标记")),
    )  # fmt: skip


# ---- money


def money(view: MoneyView, here: Session, state: PageState) -> Element:
    """Money arrived against contract, by the quarter of signing."""
    words = speaking(here)
    most = max((row.contracted for row in view.rows), default=0.0)
    heads = (
        head(words.t("签约季度")), head(words.t("合同额（亿元）"), True), head(words.t("已到位（亿元）"), True),
        head(words.t("到位率"), True),
    )  # fmt: skip
    rows = [
        el(
            "Tr",
            el("Th", link(state.with_(cohort=row.quarter).to_url(), row.quarter), scope="row"),
            el("Td", bar(100 * row.contracted / most if most else None), number(row.contracted, words, decimals=1),
               class_="number measure"),
            el("Td", number(row.arrived, words, decimals=1), class_="number"),
            el("Td", words.t("批次尚早") if row.young else words.percent(row.share, 1),
               class_="number" + (" too-young" if row.young else "")),
        )
        for row in reversed(view.rows)
    ]  # fmt: skip
    return card(
        words.t("到位资金与合同额"),
        facts(
            words.t("登记至{month}", month=words.period_text(view.until)),
            words.t("模拟") if view.simulated else "",
        ),
        table(words.t("到位资金与合同额"), heads, rows, "money"),
        el("P", words.t("到位资金按项目所在的签约批次累计；批次满12个月后才给到位率。"), class_="notes"),
        class_="panel-money",
    )


# ---- the list


def listing(view: ListView, here: Session, state: PageState) -> Element:
    """The deals with their filters."""
    words = speaking(here)
    heads = (
        head(words.t("项目")), head(words.t("地区")), head(words.t("行业")), head(words.t("阶段")),
        head(words.t("到达日期")), head(words.t("合同额（亿元）"), True), head(words.t("已到位（亿元）"), True),
        head(words.t("状态")),
    )  # fmt: skip
    new = PageState(region=state.region, lang=state.lang, mode=state.mode).to_url()
    tools = (
        link(f"/deal/new{new}", words.t("登记或导入"), class_="button button-quiet")
        if view.may_record
        else None
    )
    return card(
        words.t("招商项目清单"),
        facts(words.t("共 {count} 个", count=view.total)),
        filters(FILTERS, view.options, view.chosen, state, words),
        table(words.t("招商项目清单"), heads, [_row(row, state, words) for row in view.rows], "deals")
        if view.rows
        else el("P", words.t("没有符合条件的项目。"), class_="all-quiet"),
        paging(view.page, view.pages, state, words),
        class_="panel-register panel-deals",
        tools=tools,
    )


def _row(row: DealRow, state: PageState, words: Words) -> Element:
    return el(
        "Tr",
        el("Th", el("P", link(deal_address(row.id, state), row.name), simulated(words, row.simulated), class_="first"),
           el("P", el("Span", row.code), el("Span", row.company), class_="second"), scope="row"),
        el("Td", row.place.name),
        el("Td", words.t(row.industry)),
        el("Td", words.t(row.stage_name)),
        el("Td", el("Span", row.since, class_="nowrap")),
        el("Td", number(row.amount, words), class_="number"),
        el("Td", number(row.arrived or None, words), class_="number"),
        el("Td", words.t(row.state)),
    )  # fmt: skip


PANELS: Mapping[str, Callable[..., Child]] = {
    "promotion.funnel": funnel,
    "promotion.cohorts": heat,
    "promotion.stalled": stalled,
    "promotion.money": money,
    "promotion.list": listing,
}
