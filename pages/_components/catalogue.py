"""The catalogue: a field to search in over all of it, and below it a tree, a table or the graph of one indicator."""

from collections.abc import Mapping, Sequence

from indicators.errors import N_, CockpitError
from pages._components import registers, relation_graph
from pages._components.catalogue_words import COVERAGE, FRESHNESS, STATUS
from pages._components.elements import Child, Element, el, link
from pages._components.words import FREQUENCY_WORDS, RULE_WORDS, Words
from pages._session import Session
from pages._state import PageState
from services.catalogue_browser import (
    IN_FORCE,
    LATE,
    Branch,
    GraphView,
    Leaf,
    Row,
    TableView,
    Wanted,
)
from services.search import LONGEST

TREE, TABLE, GRAPH = "tree", "table", "graph"
VIEWS = {TREE: N_("树"), TABLE: N_("表"), GRAPH: N_("关系图")}

FILTERS = {
    "system": N_("领域"),
    "theme": N_("专题"),
    "owner": N_("责任部门"),
    "frequency": N_("频率"),
    "status": N_("状态"),
    "coverage": N_("覆盖"),
    "freshness": N_("更新"),
    "rule": N_("预警规则"),
}

FIRST = "econ.gdp.total"
"""Where the graph begins for somebody who has chosen nothing, if it is there."""

_NAMES: Mapping[str, Mapping[str, str]] = {
    "frequency": FREQUENCY_WORDS,
    "status": STATUS,
    "coverage": COVERAGE,
    "freshness": FRESHNESS,
    "rule": RULE_WORDS,
}


def way(code: str, state: PageState, **more: str | None) -> str:
    """The page of an indicator; region, day, language and light go along."""
    kept = PageState(region=state.region, as_of=state.as_of, lang=state.lang, mode=state.mode)
    return f"/indicator/{code}" + kept.with_(**more).to_url()


def render(here: Session, state: PageState) -> Element:
    """The page for this reader."""
    words = registers.speaking(here)
    chosen = state.filters
    text = chosen.get("q", "")
    view = chosen.get("view", TREE)
    view = view if view in VIEWS else TREE
    narrowed = bool(text) or any(name in chosen for name in FILTERS)
    shown = TABLE if view == TREE and narrowed else view
    content: Child
    if shown == TABLE:
        content = _table(here, state, words)
    elif shown == GRAPH:
        content = _graph(here, state, words)
    else:
        content = _tree(here, state, words)
    return el(
        "Div",
        el(
            "Header",
            el("H1", words.t("指标库")),
            el("P", words.t("每个数是什么意思、从哪里来、谁在用、改过什么，都在这里。"), class_="notes"),
            class_="board-head",
        ),
        _vain(state, words),
        el("Div", _field(text, words), _views(shown, state, words), class_="catalogue-tools"),
        content,
        class_="board catalogue",
    )


def _vain(state: PageState, words: Words) -> Element | None:
    if not state.ignored:
        return None
    said = words.t("地址中有读不懂的内容，已按默认显示：{fields}", fields=words.listed(state.ignored))
    return el("P", said, class_="notice", role="status")


def _field(text: str, words: Words) -> Element:
    """The field; assets/catalogue.js asks while one types, and without it the form still works."""
    return el(
        "Form",
        el("Label", words.t("查找指标"), htmlFor="catalogue-text", class_="sr-only"),
        el(
            "Input",
            id="catalogue-text",
            type="search",
            name="q",
            defaultValue=text,
            maxLength=LONGEST,
            placeholder=words.t("指标名称、英文、拼音、首字母或代码"),
            autoComplete="off",
            enterKeyHint="search",
        ),
        data_filter="q",
        data_live="",
        role="search",
        class_="list-search catalogue-search",
    )


def _views(shown: str, state: PageState, words: Words) -> Element:
    go = {name: state.filtered(view=name, page=None).to_url() for name in VIEWS}
    if shown != TREE:  # a tree shows everything, so what narrows the table is lifted
        kept = {"view": TREE, "at": state.filters.get("at"), "code": state.filters.get("code")}
        go[TREE] = state.with_(filter=None).filtered(**kept).to_url()
    offered = [(name, words.t(said)) for name, said in VIEWS.items()]
    return registers.choices(offered, shown, go, words.t("看法"))


# ---- tree


def _tree(here: Session, state: PageState, words: Words) -> Element:
    opened = state.filters.get("at", "")
    branches = here.services.catalogue_browser.tree(here.actor, opened, here.language)
    return el(
        "Ul",
        [_branch(one, state, words) for one in branches],
        class_="catalogue-tree card",
        aria_label=words.t("指标目录"),
    )


def _branch(one: Branch, state: PageState, words: Words) -> Element:
    system, _, theme = one.key.partition(".")
    back = system if theme else None  # closing a theme leaves its system open
    go = state.filtered(at=back if one.opened else one.key, view=TREE).to_url() or "?"
    inside = [
        *[_branch(each, state, words) for each in one.branches],
        *[_leaf(each, state, words) for each in one.leaves],
    ]
    return el(
        "Li",
        link(
            go,
            el("Span", class_="tree-sign", aria_hidden="true"),
            el("Span", one.name or words.t("基础数据"), class_="tree-name"),
            el("Span", words.t("{count} 项", count=one.count), class_="tree-count"),
            class_="tree-way",
            aria_expanded="true" if one.opened else "false",
            id=f"tree-{one.key.replace('.', '-')}",
        ),
        el("Ul", inside) if inside else None,
        key=one.key,
    )  # fmt: skip


def _leaf(one: Leaf, state: PageState, words: Words) -> Element:
    return el(
        "Li",
        link(way(one.code, state), el("Span", one.name, class_="tree-name"), class_="tree-leaf"),
        el("Span", one.code, class_="tree-code"),
        el("Span", " · ".join((words.unit(one.unit), words.frequency(one.frequency))), class_="tree-facts"),
        _mark(one.status, words) if one.status != IN_FORCE else None,
        el("Span", words.t("公式"), class_="status") if one.derived else None,
        key=one.code,
    )


def _mark(status: str, words: Words) -> Element:
    return el("Span", words.t(STATUS[status]), class_=f"status status-{status}")


# ---- table


def wanted_of(state: PageState) -> Wanted:
    """What the address wishes to see of the table."""
    chosen = state.filters
    page = chosen.get("page", "1")
    named = {name: chosen.get(name, "") for name in FILTERS}
    return Wanted(text=chosen.get("q", ""), page=int(page) if page.isdigit() else 1, **named)


def _table(here: Session, state: PageState, words: Words) -> list[Child]:
    wanted = wanted_of(state)
    view = here.services.catalogue_browser.table(here.actor, wanted, here.language)
    chosen = {name: value for name, value in state.filters.items() if name in FILTERS}
    options = {name: _options(name, offered, words) for name, offered in view.offers.items()}
    return [
        el(
            "Div",
            registers.filters(FILTERS, options, chosen, state, words),
            el("P", words.t("共 {count} 项", count=view.found), class_="found", role="status"),
            class_="catalogue-filters",
        ),
        _rows(view, state, words) if view.rows else _nothing(wanted, state, words),
        registers.paging(view.page, view.pages, state, words),
    ]


def _options(name: str, offered: Sequence[tuple[str, str, int]], words: Words) -> list[tuple[str, str]]:
    """What a filter offers, with how many there are of each."""
    known = _NAMES.get(name, {})
    said = ((code, shown or words.t(known.get(code, code)), count) for code, shown, count in offered)
    return [(code, f"{shown}（{count}）" if words.zh and count else f"{shown} ({count})" if count else shown)
            for code, shown, count in said]  # fmt: skip


def _nothing(wanted: Wanted, state: PageState, words: Words) -> Element:
    return el(
        "Div",
        el("P", words.t("没有找到“{text}”", text=wanted.text) if wanted.text else words.t("没有符合筛选的指标")),
        el("P", words.t("换一个说法，或只输入开头的几个字；也可以输入拼音首字母。"), class_="state-do"),
        link(state.with_(filter=None).filtered(view=TABLE).to_url(), words.t("看全部指标"), class_="button button-quiet"),
        class_="state",
        role="status",
    )  # fmt: skip


def _rows(view: TableView, state: PageState, words: Words) -> Element:
    heads = [
        registers.head(words.t(name), number)
        for name, number in (
            (N_("指标"), False), (N_("专题"), False), (N_("责任部门"), False), (N_("频率"), False),
            (N_("最新一期"), False), (N_("覆盖地区"), True), (N_("预警规则"), False), (N_("状态"), False),
        )
    ]  # fmt: skip
    return registers.table(
        words.t("指标"), heads, [_row(one, state, words) for one in view.rows], "catalogue-table"
    )


def _row(one: Row, state: PageState, words: Words) -> Element:
    late = one.freshness == LATE
    return el(
        "Tr",
        el(
            "Th",
            link(way(one.code, state), one.name, class_="row-name"),
            el("Span", one.other_name, class_="row-other", lang="en" if words.zh else "zh-CN"),
            el("Span", one.code, class_="row-code"),
            scope="row",
        ),
        el("Td", one.theme or words.t("基础数据"), el("Span", one.system, class_="row-other")),
        el("Td", one.department),
        el("Td", words.frequency(one.frequency)),
        el(
            "Td",
            words.period(one.last, one.frequency) if one.last else "—",
            el("Span", words.t(FRESHNESS[one.freshness]), class_="row-other" + (" late" if late else "")),
        ),
        el(
            "Td",
            registers.bar(100 * one.reported / one.expected) if one.expected else None,
            f"{one.reported}/{one.expected}" if one.expected else "—",
            class_="number",
        ),
        el("Td", words.t(RULE_WORDS.get(one.rule, one.rule))),
        el(
            "Td",
            _mark(one.status, words),
            el("Span", words.t("由公式算出"), class_="row-other") if one.derived else None,
        ),
        key=one.code,
    )


# ---- graph


def _graph(here: Session, state: PageState, words: Words) -> Element:
    browser = here.services.catalogue_browser
    code = state.filters.get("code") or _first(here)
    try:
        view = browser.graph(here.actor, code, here.language)
    except CockpitError as error:
        issue = error.issues[0]
        return el(
            "Div", el("P", here.texts.what(issue)), el("P", here.texts.do(issue), class_="state-do"),
            class_="state", role="alert",
        )  # fmt: skip
    return graph_card(view, state, words)


def graph_card(view: GraphView, state: PageState, words: Words, title: str = "") -> Element:
    """The drawing of one indicator with the list below; every neighbour leads to its own.

    title  on the page of the indicator itself; without it the name, with the way to that page
    """

    def walk(code: str) -> str:
        return "/catalogue" + state.with_(filter=None).filtered(view=GRAPH, code=code).to_url()

    hidden = relation_graph.more(view)
    return el(
        "Section",
        el(
            "Header",
            el("H2", title or view.name),
            None if title else el("P", view.system, class_="panel-facts"),
            None if title else link(way(view.code, state), words.t("打开指标页"), class_="inline-link"),
            class_="card-head",
        ),
        relation_graph.drawing(view, walk, words) if view.edges else el(
            "P", words.t("没有登记与其他指标的关系。"), class_="all-quiet"
        ),
        el("P", words.t("图上放不下的还有 {count} 项，都在下面的清单里。", count=hidden), class_="notes") if hidden else None,
        relation_graph.listed(view, walk, words),
        class_="card catalogue-graph",
        data_code=view.code,
    )  # fmt: skip


def _first(here: Session) -> str:
    """Where somebody begins who has chosen no indicator: the usual one, or the first that the reader sees."""
    browser = here.services.catalogue_browser
    rows = browser.table(here.actor, Wanted(status=IN_FORCE), here.language).rows
    codes = [one.code for one in rows]
    return FIRST if FIRST in codes or not codes else codes[0]
