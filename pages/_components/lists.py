"""Lists that are read from top to bottom: open warnings, the ranking with contributions, what a total is made of."""

from collections.abc import Sequence

from indicators.errors import N_
from pages._components.elements import Element, el, link
from pages._components.statutory_lines import statutory_line
from pages._components.tile import cell_link, level_of, mark_sign
from pages._components.warning_words import address, centre, kinds
from pages._components.words import Words
from pages._state import PageState
from services.views import AlertGroupView, AlertLine, CompositionView, Mark, Part, RankRow, RankView, Standing

MOST_LINES = 6


def warnings(
    groups: tuple[AlertGroupView, ...], state: PageState, words: Words, today: bool = False
) -> Element:
    """Statutory and management warnings, visibly apart; a quiet sentence where nothing is open.

    today  whether it must be said that they are those of now, since the figures beside them are not
    """
    return el(
        "Section",
        el("H2", words.t("预警"), class_="sr-only"),
        el("P", words.t("预警为当前状态"), class_="notes") if today else None,
        [_group(group, state, words) for group in groups],
        class_="warnings",
    )


def _group(group: AlertGroupView, state: PageState, words: Words) -> Element:
    statutory = group.kind == "statutory"
    title = words.t("法定预警") if statutory else words.t("管理预警")
    origin = words.t("由有权机关发布，本系统只作镜像") if statutory else words.t("由本系统的规则产生")
    nothing = words.t("没有生效的法定预警") if statutory else words.t("没有生效的管理预警")
    lines = [statutory_line(line, state, words) for line in group.statutory]
    lines += [_line(line, state, words) for line in group.lines]
    return el(
        "Section",
        el("Header", el("H3", link(centre(group.kind, state), title)), el("P", origin, class_="origin"), _counts(group, words), class_="warning-head"),
        el("Ol", lines[:MOST_LINES], class_="warning-lines") if lines else el("P", nothing, class_="all-quiet"),
        el("Details",
           el("Summary", words.t("其余 {count} 条", count=len(lines) - MOST_LINES)),
           el("Ol", lines[MOST_LINES:], class_="warning-lines"),
           class_="more") if len(lines) > MOST_LINES else None,
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
                    class_="what"),
               kinds(line.badges, words),
               link(address(line.id, state), words.t("详情"), class_="warning-way",
                    aria_label=words.t("{place}{name}：预警详情", place=line.place.name, name=line.name)),
               class_="first"),
            el("P", [el("Span", text) for text in words.alert(line) if text], class_="second"),
            _below(line, state, words),
            class_="warning-words",
        ),
        class_="warning",
        **level_of(Mark(line.level, line.kind)),
    )  # fmt: skip


def _below(line: AlertLine, state: PageState, words: Words) -> Element | None:
    """What a warning stands for: how many, and one click shows them."""
    if not line.folded:
        return None
    return el(
        "Details",
        el("Summary", words.t("另有 {count} 条下级预警", count=len(line.folded))),
        el("Ol", [_line(one, state, words) for one in line.folded], class_="warning-lines"),
        class_="more warning-below",
        key=f"below-{line.id}",
    )


EXTRAS = {"share": N_("占比"), "growth": N_("同比"), "contribution": N_("拉动")}
"""The columns of a ranking beside place and figure, by the field of a row; one without any figure is left out."""


def ranking(view: RankView, state: PageState, words: Words, standing: Standing | None = None) -> Element:
    """The parts of a figure in order, with share, growth and what each adds to the growth of the total."""
    most = max((abs(row.figure.value) for row in view.rows if row.figure.value is not None), default=0.0)
    extras = [name for name in EXTRAS if any(getattr(row, name) is not None for row in view.rows)]
    heads = [el("Th", words.t(EXTRAS[name]), scope="col", class_=f"number {name}") for name in extras]
    return el(
        "Div",
        el("P", words.standing(standing, view.name), class_="notes") if standing else None,
        el(
            "Table",
            el("Caption", words.t("{name}分地区", name=view.name), class_="sr-only"),
            el(
                "Thead",
                el(
                    "Tr",
                    [
                        el("Th", name, scope="col")
                        for name in (words.t("位次"), words.t("地区"), words.header(view.unit))
                    ],
                    heads,
                ),
            ),
            el("Tbody", [_row(row, view, most, extras, state, words) for row in view.rows]),
            el("Tfoot", _total(view, extras, state, words)),
            class_="ranking",
        ),
        el("P", words.t("另有 {count} 个地区不在您的范围内", count=view.hidden), class_="notes")
        if view.hidden
        else None,
        class_="table-box",
        tabIndex=0,
    )


def _row(
    row: RankRow, view: RankView, most: float, extras: Sequence[str], state: PageState, words: Words
) -> Element:
    value = row.figure.value
    width = {"--part": f"{abs(value) / most * 100:.1f}%"} if value is not None and most else None
    return el(
        "Tr",
        el("Td", str(row.rank) if row.rank is not None else "", class_="rank"),
        el(
            "Th",
            mark_sign(row.mark, words) if row.mark else None,
            _place(row, view, state, words),
            scope="row",
        ),
        el(
            "Td",
            el("Span", class_="part-bar", style=width) if width else None,
            cell_link(row.figure, view.indicator, row.place, state, words)
            if row.place is not None
            else el("Span", words.figure(row.figure)[0], class_="cell-number"),
            el("Span", words.reason(row.figure), class_="reason") if value is None else None,
            el("Span", words.t("模拟"), class_="status status-simulated") if row.figure.simulated else None,
            class_="measure",
        ),
        [_extra(name, getattr(row, name), view.unit, words) for name in extras],
        class_=f"row-{row.role}" + (" row-chosen" if row.chosen else ""),
    )


def _place(row: RankRow, view: RankView, state: PageState, words: Words) -> Element | str:
    """A region leads to its board; a reporting unit and the residual lead nowhere."""
    if row.place is None:
        return el("Span", words.t("未单列功能区"), title=words.t("全市数减去已列各项的差额，来源未单列"))
    if row.role != "region":
        return row.place.name
    return link(state.with_(region=f"{row.place.code:012d}", map=view.indicator).to_url(), row.place.name)


def _total(view: RankView, extras: Sequence[str], state: PageState, words: Words) -> Element:
    """The figure that the parts make, its growth, and what they add to it together where every one is known."""
    adds = [row.contribution for row in view.rows]
    together = sum(one for one in adds if one is not None) if adds and None not in adds else None
    whole = {
        "share": 100.0 if view.total.value is not None else None,
        "growth": view.growth,
        "contribution": together,
    }
    return el(
        "Tr",
        el("Td", ""),
        el("Th", words.t("合计") if view.additive else words.t("本级"), scope="row"),
        el(
            "Td",
            cell_link(view.total, view.indicator, view.parent, state, words),
            el(
                "Span",
                words.t(
                    "已报 {reported}/{expected}", reported=view.total.reported, expected=view.total.expected
                ),
                class_="coverage",
            )
            if words.incomplete(view.total)
            else None,
            class_="measure",
        ),
        [_extra(name, whole[name], view.unit, words) for name in extras],
    )


def _extra(name: str, value: float | None, unit: str, words: Words) -> Element:
    """A cell of one of the EXTRAS."""
    said = {
        "share": lambda: words.percent(value, 1),
        "growth": lambda: words.growth(value, unit),
        "contribution": lambda: words.points(value),
    }
    return el("Td", said[name](), class_=f"number {name}")


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
