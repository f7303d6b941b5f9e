"""The grid of a delivery: plain boxes to type in, each doubt at its cell. assets/desk.js saves what is typed."""

from pages._components import desk_words
from pages._components.elements import Child, Element, el, link
from pages._components.words import Words
from pages._state import PageState
from services.desk_views import GRAVEST, Column, DeliveryView, Line, Mark

Marks = dict[tuple[int, int], list[Mark]]
"""The marks of a sheet by row and column."""


def render(view: DeliveryView, state: PageState, words: Words) -> Element:
    """The part of the delivery that the address asks for."""
    t, grid = words.t, view.grid
    if not grid.lines:
        empty = t("没有有问题的行。") if state.filters.get("show") == "marked" else t("这张表没有数据行。")
        return el("P", empty, class_="desk-said")
    marks: Marks = {}
    for mark in view.check.marks:
        if mark.cell is not None and mark.cell[0] == grid.sheet:
            marks.setdefault(mark.cell[1:], []).append(mark)
    head = el(
        "Tr",
        el("Th", t("行"), scope="col"),
        [el("Th", column.title or letters(column.place), scope="col", class_="number" if column.number else None,
            key=str(column.place)) for column in grid.columns],
        el("Th", t("更正"), scope="col") if _correctable(view) else None,
    )  # fmt: skip
    rows = [_row(line, marks, view, state, words) for line in grid.lines]
    lists = [
        el("Datalist", [el("Option", value=one) for one in column.choices], id=f"desk-choices-{column.place}")
        for column in grid.columns if column.choices
    ]  # fmt: skip
    return el(
        "Div",
        el("Table", el("Caption", t("{title} 的数据", title=view.head.title), class_="sr-only"), el("Thead", head),
           el("Tbody", rows), class_="desk-grid"),
        lists,
        class_="table-box desk-grid-box",
        tabIndex=0,
        role="region",
        aria_label=t("{title} 的数据", title=view.head.title),
        data_grid=str(view.head.id) if view.head.open else None,
        data_seen=str(view.head.revision),
        data_last=str(grid.last) if grid.last else None,
        data_other=t("别人刚填了 {text}；您填的还没有保存，改动任一格或按回车就保存。"),
        data_sheet=str(grid.sheet),
        data_saved=t("已保存 {time}"),
        data_saving=t("正在保存…"),
        data_failed=t("没有保存成功：连不上服务器。填写的内容都还在，会再试。"),
        data_leave=t("有内容还没有保存。离开就会丢失，要离开吗？"),
        key=f"grid-{grid.sheet}-{grid.page}-{grid.across}",
    )  # fmt: skip


def _row(line: Line, marks: Marks, view: DeliveryView, state: PageState, words: Words) -> Element:
    whole = marks.get((line.line, -1), [])
    grid = view.grid
    cells = [
        _cell(line, column, text, marks.get((line.line, column.place), []), view, words)
        for column, text in zip(grid.columns, line.cells, strict=True)
    ]
    at = state.filters.get("at") == str(line.line)
    return el(
        "Tr",
        el(
            "Th",
            str(line.line),
            _notes(whole, f"row-{line.line}", words),
            scope="row",
            data_kind=_gravest(whole),
        ),
        cells,
        _correct(line, view, state, words) if _correctable(view) else None,
        aria_current="true" if at else None,
        key=str(line.line),
    )


def _cell(
    line: Line, column: Column, text: str, marks: list[Mark], view: DeliveryView, words: Words
) -> Element:
    place = f"{view.grid.sheet}-{line.line}-{column.place}"
    kind, label = _gravest(marks), column.title or letters(column.place)
    if not (view.head.open and column.typed):
        return el("Td", text, _notes(marks, place, words), id=f"cell-{place}", data_label=label, data_kind=kind,
                  key=str(column.place), class_="number" if column.number else None)  # fmt: skip
    about = " · ".join(part for part in (label, *_named(line, view)) if part)
    box = el(
        "Input",
        type="text",
        defaultValue=text,
        inputMode="decimal" if column.number else None,
        list=f"desk-choices-{column.place}" if column.choices else None,
        id=f"cell-{place}",
        data_cell=f"{line.line}:{column.place}",
        autoComplete="off",
        aria_label=about,
        aria_invalid="true" if kind == "error" else None,
        **({"aria-describedby": f"note-{place}"} if marks else {}),
        key=f"{place}-{text}",
    )
    return el("Td", box, _notes(marks, place, words), data_label=label, data_kind=kind, key=str(column.place),
              class_="number" if column.number else None)  # fmt: skip


def _named(line: Line, view: DeliveryView) -> tuple[str, ...]:
    """What a row is about, for who hears the page."""
    titles = [column.title for column in view.grid.columns]
    return tuple(line.cells[titles.index(name)] for name in ("名称", "地区名称", "期别") if name in titles)


def _notes(marks: list[Mark], place: str, words: Words) -> Child:
    """The doubts at a cell, in words below it: nothing has to be hovered over."""
    told = [mark for mark in marks if mark.kind != "notice"]
    return el(
        "P",
        [
            el("Span", f"{words.t(desk_words.MARKS[mark.kind])}：" if words.zh else f"{words.t(desk_words.MARKS[mark.kind])}: ",
               words.texts.what(mark.issue), data_kind=mark.kind, key=str(at))
            for at, mark in enumerate(told)
        ],
        class_="desk-note",
        id=f"note-{place}",
        data_note=place,
        hidden=None if told else True,
    )  # fmt: skip


def _gravest(marks: list[Mark]) -> str | None:
    return min((mark.kind for mark in marks), key=GRAVEST.index, default=None)


def _correctable(view: DeliveryView) -> bool:
    """Whether the figures of the grid are released, and each row names one."""
    titles = {column.title for column in view.grid.columns}
    return view.head.state == "released" and not view.undone and {"指标代码", "区划代码", "期别"} <= titles


def _correct(line: Line, view: DeliveryView, state: PageState, words: Words) -> Element:
    titles = [column.title for column in view.grid.columns]
    code, region, period = (line.cells[titles.index(name)] for name in ("指标代码", "区划代码", "期别"))
    wished = PageState(theme="correct", lang=state.lang, mode=state.mode)
    wished = wished.filtered(indicator=code, region=region, period=period)
    return el("Td", link("/desk" + wished.to_url(), words.t("更正"), class_="inline-link",
                         aria_label=words.t("更正 {code} {region} {period}", code=code, region=region, period=period)))  # fmt: skip


def letters(place: int) -> str:
    """A column as a spreadsheet calls it."""
    text = ""
    while place >= 0:
        place, rest = divmod(place, 26)
        text, place = chr(65 + rest) + text, place - 1
    return text
