"""Lists that are read from top to bottom: open warnings, the ranking with contributions, what a total is made of."""

from pages._components.elements import Element, el, link
from pages._components.tile import cell_link, level_of, mark_sign
from pages._components.words import Words
from pages._state import PageState
from services.views import AlertGroupView, AlertLine, CompositionView, Mark, Part, RankRow, RankView, Standing

MOST_LINES = 6


def warnings(groups: tuple[AlertGroupView, ...], state: PageState, words: Words) -> Element:
    """Statutory and management warnings, visibly apart; a quiet sentence where nothing is open."""
    return el(
        "Section",
        el("H2", words.t("预警"), class_="sr-only"),
        [_group(group, state, words) for group in groups],
        class_="warnings",
    )


def _group(group: AlertGroupView, state: PageState, words: Words) -> Element:
    statutory = group.kind == "statutory"
    title = words.t("法定预警") if statutory else words.t("管理预警")
    origin = words.t("由有权机关发布，本系统只作镜像") if statutory else words.t("由本系统的规则产生")
    nothing = words.t("没有生效的法定预警") if statutory else words.t("没有生效的管理预警")
    return el(
        "Section",
        el("Header", el("H3", title), el("P", origin, class_="origin"), _counts(group, words), class_="warning-head"),
        el("Ol", [_line(line, state, words) for line in group.lines[:MOST_LINES]], class_="warning-lines")
        if group.lines else el("P", nothing, class_="all-quiet"),
        el("Details",
           el("Summary", words.t("其余 {count} 条", count=len(group.lines) - MOST_LINES)),
           el("Ol", [_line(line, state, words) for line in group.lines[MOST_LINES:]], class_="warning-lines"),
           class_="more") if len(group.lines) > MOST_LINES else None,
        class_=f"warning-group {group.kind}",
    )  # fmt: skip


def _counts(group: AlertGroupView, words: Words) -> Element | None:
    if not group.total:
        return None
    levels = range(len(group.counts), 0, -1)
    return el(
        "Ul",
        [
            el("Li", mark_sign(Mark(level, group.kind), words, with_word=True),
               el("B", str(group.counts[level - 1])), class_="count")
            for level in levels if group.counts[level - 1]
        ],
        class_="counts",
    )  # fmt: skip


def _line(line: AlertLine, state: PageState, words: Words) -> Element:
    """One warning: mark, what and where, the value against its bound, how long, data date, whose."""
    here = state.with_(region=f"{line.place.code:012d}", map=line.indicator, theme=None)
    return el(
        "Li",
        mark_sign(Mark(line.level, line.kind), words, with_word=True),
        el(
            "Div",
            el("P", link(here.to_url(), line.place.name, class_="where"),
               link(state.with_(sheet=f"{line.indicator}@{line.place.code:012d}").to_url(), line.title or line.name,
                    class_="what"), class_="first"),
            el("P", [el("Span", text) for text in words.alert(line) if text], class_="second"),
            class_="warning-words",
        ),
        class_="warning",
        **level_of(Mark(line.level, line.kind)),
    )  # fmt: skip


def ranking(view: RankView, state: PageState, words: Words, standing: Standing | None = None) -> Element:
    """The parts of a figure in order, with share, growth and what each adds to the growth of the total."""
    most = max((abs(row.figure.value) for row in view.rows if row.figure.value is not None), default=0.0)
    columns = [words.t("位次"), words.t("地区"), words.header(view.unit)]
    grown = any(row.growth is not None for row in view.rows)
    adds = any(row.contribution is not None for row in view.rows)
    shared = view.additive and any(row.share is not None for row in view.rows)
    columns += [words.t("占比")] if shared else []
    columns += [words.t("同比")] if grown else []
    columns += [words.t("拉动")] if adds else []
    return el(
        "Div",
        el(
            "Table",
            el("Caption", words.t("{name}分地区", name=view.name), class_="sr-only"),
            el("Thead", el("Tr", [el("Th", name, scope="col") for name in columns])),
            el("Tbody", [_row(row, view, most, (shared, grown, adds), state, words) for row in view.rows]),
            el("Tfoot", _total(view, (shared, grown, adds), state, words)),
            class_="ranking",
        ),
        el("P", words.standing(standing, view.name), class_="notes") if standing else None,
        el("P", words.t("另有 {count} 个地区不在您的范围内", count=view.hidden), class_="notes")
        if view.hidden
        else None,
        class_="table-box",
        tabIndex=0,
    )


def _row(row: RankRow, view: RankView, most: float, shows: tuple[bool, bool, bool], state: PageState,
         words: Words) -> Element:  # fmt: skip
    name: Element | str
    if row.place is None:
        name = el("Span", words.t("未单列功能区"), title=words.t("全市数减去已列各项的差额，来源未单列"))
    elif row.role == "region":
        name = link(state.with_(region=f"{row.place.code:012d}", map=view.indicator).to_url(), row.place.name)
    else:
        name = row.place.name
    value = row.figure.value
    width = {"--part": f"{abs(value) / most * 100:.1f}%"} if value is not None and most else None
    number = (
        cell_link(row.figure, view.indicator, row.place, state, words)
        if row.place is not None else el("Span", words.figure(row.figure)[0], class_="cell-number")
    )  # fmt: skip
    return el(
        "Tr",
        el("Td", str(row.rank) if row.rank is not None else "", class_="rank"),
        el("Th", mark_sign(row.mark, words) if row.mark else None, name, scope="row"),
        el("Td", el("Span", class_="part-bar", style=width) if width else None, number,
           el("Span", words.reason(row.figure), class_="reason") if value is None else None,
           el("Span", words.t("模拟"), class_="status status-simulated") if row.figure.simulated else None,
           class_="measure"),
        _cells(row.share, row.growth, row.contribution, shows, view.unit, words),
        class_=f"row-{row.role}" + (" row-chosen" if row.chosen else ""),
    )  # fmt: skip


def _total(view: RankView, shows: tuple[bool, bool, bool], state: PageState, words: Words) -> Element:
    total = view.total
    growth = sum(row.contribution for row in view.rows if row.contribution is not None) if shows[2] else None
    return el(
        "Tr",
        el("Td", ""),
        el("Th", words.t("合计") if view.additive else words.t("本级"), scope="row"),
        el("Td", cell_link(total, view.indicator, view.parent, state, words),
           el("Span", words.t("已报 {reported}/{expected}", reported=total.reported, expected=total.expected),
              class_="coverage") if words.incomplete(total) else None, class_="measure"),
        _cells(100.0 if view.additive and total.value is not None else None, None, growth, shows, view.unit, words),
    )  # fmt: skip


def _cells(share: float | None, growth: float | None, contribution: float | None, shows: tuple[bool, bool, bool],
           unit: str, words: Words) -> list[Element]:  # fmt: skip
    cells = []
    if shows[0]:
        cells.append(el("Td", words.percent(share, 1), class_="number"))
    if shows[1]:
        cells.append(el("Td", words.growth(growth, unit), class_="number"))
    if shows[2]:
        cells.append(el("Td", words.points(contribution), class_="number"))
    return cells


def composition(view: CompositionView, state: PageState, words: Words) -> Element:
    """What the total is made of, largest first, as bars with direct labels."""
    most = max((abs(part.figure.value) for part in view.parts if part.figure.value is not None), default=0.0)
    return el(
        "Div",
        el("Ol", [_part(part, most, state, words) for part in view.parts], class_="parts"),
        None if view.balanced else el("P", words.t("各项之和大于总数，按来源原样列出"), class_="notes"),
    )


def _part(part: Part, most: float, state: PageState, words: Words) -> Element:
    text, unit = words.figure(part.figure)
    value = part.figure.value
    width = {"--part": f"{abs(value) / most * 100:.1f}%"} if value is not None and most else {"--part": "0%"}
    name: Element | str = words.part(part)
    if part.code and part.code != "rest":
        name = link(state.with_(sheet=part.code).to_url(), part.name)
    return el(
        "Li",
        el("Span", name, class_="part-name"),
        el("Span", class_="part-bar", style=width),
        el("Span", el("B", text), " ", el("Span", unit, class_="unit"), class_="part-value"),
        el("Span", words.percent(part.share, 1), class_="part-share"),
        class_="part",
    )
