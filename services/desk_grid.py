"""A part of a delivery as a grid: the columns under their headers, so many rows at a time."""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence

from data_access.desk import Delivery, Sheet
from services import desk_sheets, headers
from services.desk_checks import Examined
from services.desk_sheets import HEADERS, NOTE, REASON, REASONS, STAGES, STATUS, VALUE, YOY
from services.desk_views import Column, GridView, Line
from services.mapping import TableMapping

ROWS, COLUMNS = 50, 26
"""So many rows and columns are shown at once."""

TYPED = (VALUE, YOY, STATUS, REASON, NOTE)


def typable(head: Delivery, sheet: Sheet, line: int, place: int) -> bool:
    """Whether a cell may be typed in: of a template only what it leaves open, else whatever there is."""
    at = bisect_left(sheet.lines, line)
    if not head.open or at >= len(sheet.lines) or sheet.lines[at] != line:
        return False
    if not 0 <= place < max(map(len, sheet.rows)):
        return False
    return head.kind not in ("template", "grid") or (place in TYPED and at > _head_of(sheet))


def _head_of(sheet: Sheet) -> int:
    """Where the header of a template stands."""
    return next((at for at, row in enumerate(sheet.rows) if row[: len(HEADERS)] == HEADERS), 0)


def grid_of(
    head: Delivery, examined: Examined, mapping: TableMapping, names: Collection[str], wish: Mapping[str, str]
) -> GridView:
    """The part of a delivery that is wished for: ``sheet``, ``page``, ``across``, ``show`` (only rows with marks),
    ``at`` (the page of this line)."""
    sheets = examined.sheets
    at = min(_number(wish.get("sheet"), 1), max(len(sheets), 1)) - 1
    if not sheets:
        return GridView(0, (), (), (), 0, 1, 1)
    sheet = sheets[at]
    begin, columns = _columns(head, sheet, mapping, names)
    chosen = list(range(begin, len(sheet.rows)))
    if wish.get("show") == "marked":
        marked = {mark.cell[1] for mark in examined.marks if mark.cell and mark.cell[0] == at}
        chosen = [row for row in chosen if sheet.lines[row] in marked]
    pages, crosses = -(-len(chosen) // ROWS) or 1, -(-len(columns) // COLUMNS) or 1
    asked = _number(wish.get("page"), _page_of(sheet, chosen, wish.get("at", "")))
    page, across = min(asked, pages), min(_number(wish.get("across"), 1), crosses)
    shown = columns[(across - 1) * COLUMNS : across * COLUMNS]
    lines = tuple(
        Line(sheet.lines[row], tuple(_cell(sheet.rows[row], column.place) for column in shown))
        for row in chosen[(page - 1) * ROWS : page * ROWS]
    )
    gapless = bool(sheet.lines) and sheet.lines[-1] - sheet.lines[0] == len(sheet.lines) - 1
    last = sheet.lines[-1] if gapless and wish.get("show") != "marked" else 0
    return GridView(
        at, tuple(one.name for one in sheets), tuple(shown), lines, len(chosen), page, pages, across, crosses, last
    )  # fmt: skip


def _page_of(sheet: Sheet, chosen: Sequence[int], line: str) -> int:
    """The page on which a line stands; the first where none is asked for."""
    wanted = _number(line, 0)
    place = next((at for at, row in enumerate(chosen) if sheet.lines[row] == wanted), 0)
    return place // ROWS + 1


def _columns(
    head: Delivery, sheet: Sheet, mapping: TableMapping, names: Collection[str]
) -> tuple[int, list[Column]]:
    """The first row below the header, and the columns with what they are headed."""
    width = max(map(len, sheet.rows), default=0)
    if head.kind in ("template", "grid", "correction"):
        begin = _head_of(sheet) + 1
        titles = list(HEADERS) + [""] * (width - len(HEADERS))
        choices = {STATUS: STAGES, REASON: REASONS}
        return begin, [
            Column(place, title, head.kind == "correction" or place in TYPED, place in (VALUE, YOY),
                   choices.get(place, ()))
            for place, title in enumerate(titles)
        ]  # fmt: skip
    layout = (
        headers.find(desk_sheets.top_of(sheet), sheet.name, mapping, names.__contains__) if width else None
    )
    texts: Sequence[str] = layout.texts if layout else ()
    numbers = {one.value for one in layout.series} | {one.yoy for one in layout.series} if layout else set()
    return (layout.header + 1 if layout else 0), [
        Column(place, texts[place] if place < len(texts) else "", True, place in numbers)
        for place in range(width)
    ]


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def _number(text: str | None, usual: int) -> int:
    return max(int(text), 1) if text and text.isascii() and text.isdigit() and len(text) < 7 else usual
