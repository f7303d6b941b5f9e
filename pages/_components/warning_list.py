"""The list of warnings: counts that filter, filters that are addresses, rows that lead to their warnings."""

from collections.abc import Sequence

from indicators.definition import WARNING_LEVELS
from indicators.errors import N_
from pages._components import filters as ways
from pages._components import registers
from pages._components.elements import Child, Element, el, link
from pages._components.statutory_lines import statutory_line
from pages._components.tile import level_of, mark_sign
from pages._components.warning_bulk import bulk_bar, tools
from pages._components.warning_words import address, badges
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.views import Mark
from services.warning_centre import KINDS
from services.warning_views import ListView, WarningRow

FILTERS = {
    "system": N_("领域"), "place": N_("地区"), "department": N_("责任部门"), "state": N_("处置"), "since": N_("发现时间"),
    "sort": N_("排序"),
}  # fmt: skip
"""The filters that are pickers; kind and level are chosen by their counts."""

ORIGINS = {"statutory": N_("由有权机关发布，本系统只作镜像"), "management": N_("由本系统的规则产生")}
NOTHING = {"statutory": N_("没有生效的法定预警"), "management": N_("没有生效的管理预警")}
TABS = {"list": N_("当前预警"), "past": N_("回顾"), "silences": N_("静默")}


def render(view: ListView, here: Session, state: PageState) -> Element:
    """The whole list."""
    words = registers.speaking(here)
    return el(
        "Div",
        head(view.place.name, view.path, "list", state, words),
        _vain(view, state, words),
        el("Div", _counts(view, state, words), tools(view, here, state, words), class_="centre-top"),
        _filters(view, state, words),
        _groups(view, state, words),
        registers.paging(view.page, view.pages, state, words),
        bulk_bar(here) if view.acts else None,
        class_="board warning-centre",
        data_region=f"{view.place.code:012d}",
    )


def head(place: str, path: Sequence[object], tab: str, state: PageState, words: Words) -> Element:
    """Where one stands, and the two ways to look: at what stands open, and back."""
    return el(
        "Header",
        ways.path(path, state, words),  # type: ignore[arg-type]
        el("H1", words.t("{place}预警中心", place=place)),
        el(
            "Nav",
            [
                link(state.with_(theme=None if name == "list" else name, period=None).to_url() or "?", words.t(title),
                     aria_current="page" if name == tab else None, key=name)
                for name, title in TABS.items()
            ],
            class_="segments",
            aria_label=words.t("预警中心"),
        ),
        class_="board-head",
    )  # fmt: skip


def _vain(view: ListView, state: PageState, words: Words) -> Element | None:
    """What of the address could not be followed."""
    vain = [*view.vain, *state.ignored]
    if not vain:
        return None
    said = words.t("地址中有读不懂的内容，已按默认显示：{fields}", fields=words.listed(vain))
    return el("P", said, class_="notice", role="status")


def _counts(view: ListView, state: PageState, words: Words) -> Element:
    """How many of each kind and level; every count shows what it counts."""
    chosen = view.filters
    return el(
        "Div",
        [
            el(
                "Div",
                _count(words.t(title), sum(counted), chosen.get("kind") == kind and "level" not in chosen, state,
                       kind=kind, level=None),
                [
                    _count(
                        mark_sign(Mark(level, kind), words, with_word=True), counted[level - 1],
                        (chosen.get("kind"), chosen.get("level")) == (kind, WARNING_LEVELS[level]), state,
                        kind=kind, level=WARNING_LEVELS[level],
                    )
                    for level in range(len(counted), 0, -1)
                ],
                class_=f"tally {kind}",
                role="group",
                aria_label=words.t(title),
            )
            for kind, title, counted in (
                ("statutory", KINDS["statutory"], view.counts.statutory),
                ("management", KINDS["management"], view.counts.management),
            )
        ],
        class_="tallies",
    )  # fmt: skip


def _count(said: Child, count: int, chosen: bool, state: PageState, **wish: str | None) -> Element:
    """A count as a way: to what it counts, and back to all."""
    to = dict.fromkeys(wish) if chosen else wish
    return link(
        state.filtered(**to, page=None).to_url() or "?",
        el("Span", said, class_="tally-of"),
        el("B", str(count), class_="tally-number"),
        class_="tally-way" + ("" if count else " tally-none"),
        aria_current="true" if chosen else None,
    )


def _filters(view: ListView, state: PageState, words: Words) -> Element:
    chosen = view.filters
    return el(
        "Div",
        el(
            "Form",
            el("Input", type="search", name="q", defaultValue=chosen.get("q", ""), maxLength=40, id="warning-search",
               placeholder=words.t("指标、地区、部门"), aria_label=words.t("在预警里查找"), key=chosen.get("q", "")),
            el("Button", words.t("查找"), type="submit", class_="button button-quiet"),
            class_="list-search",
            data_filter="q",
            role="search",
        ),
        [_picker(name, view, state, words) for name in FILTERS if view.options[name]],
        link(state.with_(filter=None).to_url() or "?", words.t("清除筛选"), class_="inline-link")
        if set(chosen) - {"page"} else None,
        el("P", words.t("共 {count} 条", count=view.found), class_="found", role="status"),
        class_="list-filters",
    )  # fmt: skip


def _picker(name: str, view: ListView, state: PageState, words: Words) -> Element:
    options = [(code, words.t(shown)) for code, shown in view.options[name]]
    usual = ""
    if name == "sort":  # there is always an order; the first is the usual one
        (_, usual), *options = options
    return registers.picker(
        name, words.t(FILTERS[name]), options, view.filters.get(name, ""), state, words, usual
    )


def _groups(view: ListView, state: PageState, words: Words) -> list[Element]:
    """Statutory and management warnings, visibly apart."""
    kinds = [view.filters["kind"]] if "kind" in view.filters else list(KINDS)
    lines: dict[str, list[Element]] = {
        "statutory": [statutory_line(line, state, words) for line in view.messages]
        + [row_of(row, state, words) for row in view.statutory],
        "management": [row_of(row, state, words) for row in view.management],
    }
    return [
        el(
            "Section",
            el("Header", el("H2", words.t(KINDS[kind])), el("P", words.t(ORIGINS[kind]), class_="origin"),
               _pick_all(lines[kind], words), class_="warning-head"),
            el("Ol", lines[kind], class_="warning-rows") if lines[kind] else _nothing(kind, view, words),
            class_=f"warning-group {kind}",
        )
        for kind in kinds
        if lines[kind] or view.page == 1
    ]  # fmt: skip


def _pick_all(lines: Sequence[Element], words: Words) -> Element | None:
    """The box that chooses everything of a group that can be chosen (assets/warnings.js)."""
    if not any(picks(line) for line in lines):
        return None
    return el(
        "Label",
        el("Input", type="checkbox", data_pick_all=""),
        el("Span", words.t("全选本页")),
        class_="pick-all",
    )


def picks(row: Element) -> bool:
    """Whether a row has a box."""
    first = row["props"].get("children")
    first = first[0] if isinstance(first, list) else first
    return "data-warning" in first["props"] and first["props"]["children"][0]["type"] == "Label"


def _nothing(kind: str, view: ListView, words: Words) -> Element:
    narrowed = set(view.filters) - {"page", "sort", "fold"}
    said = words.t("没有符合条件的预警。") if narrowed else words.t(NOTHING[kind])
    return el("P", said, class_="all-quiet")


def row_of(row: WarningRow, state: PageState, words: Words) -> Element:
    """One warning with what is folded under it."""
    return el(
        "Li",
        _line(row, state, words),
        el(
            "Details",
            el("Summary", words.t("另有 {count} 条下级预警", count=len(row.flat) - 1)),
            el("Ol", [row_of(one, state, words) for one in row.folded], class_="warning-rows"),
            class_="more folded",
            key=f"folded-{row.line.id}",
        ) if row.folded else None,
        key=row.line.id,
    )  # fmt: skip


def _pick(row: WarningRow, words: Words) -> Element | None:
    """The box by which a warning is chosen, for whoever may handle it."""
    if not row.acts:
        return None
    line = row.line
    said = words.t("选择{place}{name}", place=line.place.name, name=line.name)
    return el(
        "Label",
        el(
            "Input",
            type="checkbox",
            name="pick",
            value=f"{line.id}@{row.version}",
            form="bulk",
            aria_label=said,
        ),
        class_="pick",
    )


def _line(row: WarningRow, state: PageState, words: Words) -> Element:
    line = row.line
    facts = [part for part in words.alert(line) if part]
    return el(
        "Div",
        _pick(row, words) or el("Span", class_="pick"),
        mark_sign(Mark(line.level, line.kind), words, with_word=True),
        el(
            "Div",
            el("P", el("Span", line.place.name, class_="where"),
               link(address(line.id, state), line.name, class_="what"), badges(row, words), class_="first"),
            el("P", [el("Span", fact) for fact in facts], class_="second"),
            class_="warning-words",
        ),
        el("P", words.texts.stamp(row.noticed), class_="noticed", title=words.t("发现于 {moment}", moment=words.moment(row.noticed))),
        class_="warning",
        data_warning=line.id,
        tabIndex=-1,
        **level_of(Mark(line.level, line.kind)),
    )  # fmt: skip
