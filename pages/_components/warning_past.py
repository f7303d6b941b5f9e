"""The past of the warnings: a strip of months for every part, a calendar of years, and what happened in a month."""

from indicators.errors import N_
from pages._components import registers
from pages._components.card import card
from pages._components.elements import Element, el, link
from pages._components.tile import level_of
from pages._components.warning_list import head
from pages._components.warning_words import address, happened, reasons
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.views import Mark
from services.warning_past import BY
from services.warning_views import Cell, Happened, PastView

ROWS = {"place": N_("地区"), "system": N_("领域")}
"""What the rows of the strips are called."""

FIRST_OF_YEAR = 1
TWELVE = 12


def render(view: PastView, here: Session, state: PageState) -> Element:
    """The whole page of the past."""
    words = registers.speaking(here)
    vain = [*view.vain, *state.ignored]
    said = words.t("地址中有读不懂的内容，已按默认显示：{fields}", fields=words.listed(vain))
    return el(
        "Div",
        head(view.place.name, view.path, "past", state, words),
        el("P", said, class_="notice", role="status") if vain else None,
        _filters(view, state, words),
        _strips(view, state, words),
        _calendar(view, state, words),
        _happened(view, state, words),
        class_="board warning-centre",
        data_region=f"{view.place.code:012d}",
    )


def _filters(view: PastView, state: PageState, words: Words) -> Element:
    systems = view.options["system"]
    return el(
        "Div",
        registers.choices(
            [(code, words.t(said)) for code, said in BY.items()],
            view.by,
            {code: state.filtered(by=code).to_url() for code in BY},
            words.t("分行"),
        ),
        registers.picker("system", words.t("领域"), systems, view.filters.get("system", ""), state, words),
        class_="list-filters",
    )


def _strips(view: PastView, state: PageState, words: Words) -> Element:
    """Month by month: the sign of the worst warning that stood, and how many stood."""
    rows = [
        el("Tr", el("Th", strip.name, scope="row"), [_cell(cell, cell.standing, view, state, words) for cell in strip.cells], key=strip.key)
        for strip in view.strips if any(cell.standing for cell in strip.cells)
    ]  # fmt: skip
    title = words.t("近 {count} 个月", count=len(view.months))
    if not rows:
        return card(title, "", el("P", words.t("这些月份没有预警。"), class_="all-quiet"))
    return card(
        title,
        words.t("每格为当月最高级别和同时生效的条数"),
        el(
            "Div",
            el(
                "Table",
                el("Caption", title, class_="sr-only"),
                el("Thead", el("Tr", el("Th", words.t(ROWS[view.by]), scope="col"),
                               [_month(month, number, words) for number, month in enumerate(view.months)])),
                el("Tbody", rows),
                class_="heat",
            ),
            class_="table-box",
            tabIndex=0,
            role="region",
            aria_label=title,
        ),
        class_="panel-heat",
    )  # fmt: skip


def _month(key: int, number: int, words: Words) -> Element:
    """The head of a column: its month, and the year where one begins."""
    year, month = key // 10**11, key // 10**9 % 100
    begins = month == FIRST_OF_YEAR or number == 0
    return el(
        "Th",
        el("Span", str(year) if begins else "", class_="heat-year"),
        el("Span", words.month(month), class_="heat-month"),
        scope="col",
    )


def _cell(cell: Cell, count: int, view: PastView, state: PageState, words: Words) -> Element:
    """One month with a count of it: a way to what happened in it."""
    if cell.mark is None:
        return el("Td", class_="heat-cell")
    month = words.period_short(cell.month)
    told = words.t(
        "{month}：最高{level}，{count} 条生效，新发 {opened} 条",
        month=month, level=words.level_word(cell.mark.level), count=cell.standing, opened=cell.opened,
    )  # fmt: skip
    return el(
        "Td",
        link(
            state.with_(period=words.period_text(cell.month)).to_url(),
            el("Span", class_="level", aria_hidden="true", **level_of(Mark(cell.mark.level))),
            el("Span", str(count), class_="heat-count"),
            aria_label=told,
            title=told,
            aria_current="true" if cell.month == view.month else None,
            class_="heat-way",
        ),
        class_="heat-cell",
        data_level=level_of(cell.mark)["data-level"],
    )


def _calendar(view: PastView, state: PageState, words: Words) -> Element:
    """The years, month by month: how many warnings began."""
    heads = [el("Th", words.month(month), scope="col") for month in range(1, TWELVE + 1)]
    rows = [
        el("Tr", el("Th", words.year(year), scope="row"), [_day(cell, view, state, words) for cell in cells], key=str(year))
        for year, cells in view.years
    ]  # fmt: skip
    title = words.t("历年各月")
    return card(
        title,
        words.t("新发预警条数；标记为当月生效的最高级别"),
        el(
            "Div",
            el("Table", el("Caption", title, class_="sr-only"),
               el("Thead", el("Tr", el("Th", words.t("年份"), scope="col"), heads)), el("Tbody", rows), class_="heat"),
            class_="table-box",
            tabIndex=0,
            role="region",
            aria_label=title,
        ),
        class_="panel-heat",
    )  # fmt: skip


def _day(cell: Cell | None, view: PastView, state: PageState, words: Words) -> Element:
    """A month of the calendar; one still to come is empty."""
    if cell is None or not cell.standing:
        return el("Td", "" if cell is None else "0", class_="heat-cell heat-none")
    return _cell(cell, cell.opened, view, state, words)


def _happened(view: PastView, state: PageState, words: Words) -> Element:
    """What happened in the month chosen, the newest first."""
    title = words.t("{month}的变化", month=words.period_short(view.month))
    if not view.happened:
        return card(title, "", el("P", words.t("这个月没有变化。"), class_="all-quiet"))
    heads = [
        registers.head(words.t("时期")),
        registers.head(words.t("地区")),
        registers.head(words.t("预警")),
        registers.head(words.t("变化")),
    ]
    more = words.t("另有 {count} 条，请按领域或下级地区查看。", count=view.more) if view.more else ""
    return card(
        title,
        "",
        registers.table(title, heads, [_line(one, state, words) for one in view.happened]),
        el("P", more, class_="notes") if more else None,
        class_="panel-events",
    )


def _line(one: Happened, state: PageState, words: Words) -> Element:
    why = [part for part in reasons(one.event, words) if part]
    return el(
        "Tr",
        el("Td", words.period(one.event.period, one.frequency)),
        el("Td", one.place.name),
        el("Th", link(address(one.id, state), one.name), scope="row"),
        el(
            "Td",
            happened(one.event, one.kind, words),
            [el("Span", part, class_="reason") for part in why],
        ),
    )
