"""What a draft comes to: the values of every region, those in force beside them, the course of one region drawn."""

from collections.abc import Sequence

from pages._components import charts, registers
from pages._components.charts import Figure, Palette
from pages._components.elements import Element, el
from pages._components.words import Words
from pages._session import Session
from services.preview import PreviewRow, PreviewView
from services.texts import MISSING

LABELS = 5
"""About so many periods are named under a course."""

LAST = 6
"""So many periods stand in the table of one region."""


def summary(view: PreviewView, words: Words) -> str:
    """In a sentence what becomes of the values."""
    t = words.t
    if not view.existed:
        return t("{count} 个数值。", count=view.cells)
    if not view.changed and not view.appeared and not view.vanished:
        return t("{count} 个数值，与现行定义完全相同。", count=view.cells)
    most = words.percent(view.most * 100, 1) if view.most is not None else MISSING
    return t(
        "{count} 个数值：{changed} 个改变（最大 {most}），{appeared} 个新增，{vanished} 个不再有。",
        count=view.cells, changed=view.changed, most=most, appeared=view.appeared, vanished=view.vanished,
    )  # fmt: skip


def table(view: PreviewView, here: Session, words: Words, last: int = LAST) -> Element:
    """The newest periods of every region; what changed stands over what it was."""
    shown = [
        place for place in range(len(view.periods))
        if any(row.new[place] is not None or row.old[place] is not None for row in view.rows)
    ][-last:]  # fmt: skip
    heads = [
        registers.head(words.t("地区")),
        *(registers.head(words.period(view.periods[place], view.frequency), number=True) for place in shown),
    ]
    first = [row for row in view.rows if row.level in ("city", "county")] or list(view.rows)
    rest = [row for row in view.rows if row not in first]
    title = words.t("数值预览：原值在下，新值在上")
    table = registers.table(
        title, heads, [_value_row(row, shown, view, here, words) for row in first], wide=True
    )
    if not rest:
        return table
    below = registers.table(
        title, heads, [_value_row(row, shown, view, here, words) for row in rest], wide=True
    )
    label = words.t("镇街（{count}）", count=len(rest))
    return el("Div", table, el("Details", el("Summary", label, class_="inline-link"), below))


def _value_row(
    row: PreviewRow, shown: Sequence[int], view: PreviewView, here: Session, words: Words
) -> Element:
    name = row.name_en if here.language == "en" and row.name_en else row.name_zh
    return el(
        "Tr",
        el("Th", name, " ", registers.simulated(words, any(row.simulated)), scope="row"),
        [_cell(row.new[place], row.old[place], view, words) for place in shown],
        key=str(row.region),
    )


def _cell(new: float | None, old: float | None, view: PreviewView, words: Words) -> Element:
    text = registers.number(new, words)
    if not view.existed or new == old:
        return el("Td", text, class_="number")
    return el(
        "Td",
        el("B", text),
        el("Span", registers.number(old, words), class_="quiet was"),
        class_="number changed",
    )


# ---- the course of one region


def course(view: PreviewView, row: PreviewRow, words: Words, palette: Palette) -> Figure:
    """The values of one region over time: the draft in the colour of data, what is in force in grey under it."""
    labels = [words.period_text(key, view.frequency) for key in view.periods]
    layout = charts.template(palette)
    step = max(1, round(len(labels) / LABELS))
    layout["xaxis"] |= {
        "type": "category", "categoryorder": "array", "categoryarray": labels, "tickmode": "array",
        "tickvals": labels[::-1][::step][::-1], "tickangle": 0,
    }  # fmt: skip
    layout["yaxis"] |= {"tickformat": ",~g"}
    sides = [(words.t("草案"), row.new, view.unit, palette["data"], 2.5)]
    if view.existed:
        sides.insert(0, (words.t("现行"), row.old, view.unit_old, palette["data-2"], 4.0))
    traces = [
        {
            "type": "scatter", "mode": "lines+markers", "name": name, "x": labels, "y": list(values),
            "customdata": [words.figure_text(value, unit) for value in values],
            "hovertemplate": "%{customdata}<extra>" + name + "</extra>",
            "line": {"color": colour, "width": width}, "marker": {"color": colour, "size": 4}, "connectgaps": False,
        }
        for name, values, unit, colour, width in sides
    ]  # fmt: skip
    return {"data": traces, "layout": layout}
