"""The tables of a delivery: as they came with what was typed over them, as a template, and as what the intake reads."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_access.desk import Sheet, Typed
from data_access.formats import tabular
from data_access.formats.tabular import Chunk, Table
from indicators import periods, quality
from indicators.catalog import Catalog
from indicators.errors import N_, CockpitError, Issue, Severity
from indicators.regions import RegionTree
from services import headers
from services.desk_calendar import STATED, Release
from services.headers import Layout
from services.mapping import STATUSES, TableMapping

FILL_IN = "填报"
"""The name of the sheet of a template."""

HEADERS = (
    "指标代码",
    "名称",
    "区划代码",
    "地区名称",
    "期别",
    "单位",
    "数值",
    "同比",
    "状态",
    "缺报原因",
    "备注",
)
VALUE, YOY, STATUS, REASON, NOTE = 6, 7, 8, 9, 10
"""The columns of a template, and which of them one fills in."""

STAGES = ("快报", "初步核算", "正式", "修订", "缺报")
REASONS = ("未到发布时间", "本期不统计", "统计制度调整", "企业未上报", "系统故障", "涉密不报")
"""What is offered for the state of a figure, and for why there is none; another reason may be written."""

_STAMP = re.compile(r"CM1-([a-z_]{1,32})-(\d{12})-(\d{8})-(\d{9,12})-([0-9a-f]{8})")
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})|(\d{1,7}):\3")


@dataclass(frozen=True)
class Stamp:
    """What a template says of itself: whose it is, of where, of which release, and in which version."""

    department: str
    region: int
    release: str
    version: str

    def __str__(self) -> str:
        return f"CM1-{self.department}-{self.region:012d}-{self.release}-{self.version}"


def stamp_of(sheets: Sequence[Sheet]) -> Stamp | None:
    """The stamp among the first rows of a delivery; None where it is no template of ours."""
    for sheet in sheets:
        for row in sheet.rows[:10]:
            for text in row[:3]:
                found = _STAMP.search(text)
                if found:
                    return Stamp(found[1], int(found[2]), f"{found[3]}-{found[4]}", found[5])
    return None


# ---------------------------------------------------------------- templates


def template(
    release: Release,
    catalog: Catalog,
    tree: RegionTree,
    title: str,
    known: Mapping[tuple[str, int, int], str],
) -> Sheet:
    """The sheet of a release to be filled in: one row a figure that is not there yet or was made up.

    known  what is written already, by indicator, region and period
    """
    stamp = Stamp(release.department, release.region, release.id, release.version(catalog))
    top = (
        (title,),
        (str(stamp),),
        ("只填数值、同比、状态、缺报原因、备注五列；没有数的，状态填“缺报”并写原因。",),
        HEADERS,
    )
    rows = []
    for one in release.figures:
        if one.state == STATED or (one.state == "arrived" and not one.simulated):
            continue
        definition = catalog.get(one.indicator)
        label = periods.label(one.period, str(definition.frequency), str(definition.basis))
        value = known.get((one.indicator, one.region, one.period), "")
        rows.append(
            (one.indicator, definition.name_zh, f"{one.region:012d}", tree.name(one.region), label,
             definition.unit, value, "", "", "", "")
        )  # fmt: skip
    lines = [*top, *rows]
    return Sheet(FILL_IN, tuple(range(1, len(lines) + 1)), tuple(lines))


def identities(sheet: Sheet) -> set[tuple[str, str, str]]:
    """What the rows of a template are about: code, region and period, as they are written."""
    return {(row[0], row[2], row[4]) for row in sheet.rows if len(row) > YOY and row[0] != HEADERS[0]}


def write_template(file: Any, sheet: Sheet) -> None:
    """A template as a workbook: what is filled in stands out, states and reasons are offered, the head stays."""
    import xlsxwriter  # wanted for downloads only

    book = xlsxwriter.Workbook(
        file, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    page = book.add_worksheet(FILL_IN)
    title, small = (
        book.add_format({"bold": True, "font_size": 14}),
        book.add_format({"font_color": "gray"}),
    )
    head = book.add_format({"bold": True, "bottom": 1})
    given, open_ = book.add_format({"font_color": "gray"}), book.add_format({"bottom": 4})
    number = book.add_format({"bottom": 4, "num_format": "#,##0.####;-#,##0.####;0"})
    begin = next(at for at, row in enumerate(sheet.rows) if row == HEADERS)
    for at, row in enumerate(sheet.rows):
        look = [title, small, small, head][at] if at <= begin else None
        for place, text in enumerate(row):
            style = look or (number if place in (VALUE, YOY) else open_ if place >= STATUS else given)
            if at > begin and place in (VALUE, YOY) and text:
                page.write_number(at, place, float(text), style)
            else:
                page.write_string(at, place, text, style)
    last = len(sheet.rows) - 1
    if last > begin:
        page.data_validation(begin + 1, STATUS, last, STATUS, {"validate": "list", "source": list(STAGES)})
        page.data_validation(
            begin + 1, REASON, last, REASON,
            {"validate": "list", "source": list(REASONS), "error_type": "information"},
        )  # fmt: skip
    for place, width in enumerate((26, 30, 15, 14, 12, 10, 14, 10, 10, 20, 24)):
        page.set_column(place, place, width)
    page.freeze_panes(begin + 1, 2)
    book.close()


# ---------------------------------------------------------------- as they came, and as they stand


def read(tables: Iterable[Table], most: int) -> tuple[tuple[Sheet, ...], tuple[Chunk, ...]]:
    """Tables as sheets of texts, and as the columns that they were read in.

    raises  CockpitError where there are more cells than the desk takes
    """
    sheets, columns, cells = [], [], 0
    for table in tables:
        chunks = []
        for chunk in table.chunks:
            cells += len(chunk.rows) * len(chunk.columns)
            if cells > most:
                raise CockpitError(
                    Issue("desk_too_large", N_("文件超过 {most} 格，数据填报一次装不下。"),
                          N_("请按时期或地区拆成几个文件；更大的用 chengmai load 装入。"), "file",
                          params={"most": most})
                )  # fmt: skip
            chunks.append(chunk)
        sheet = _sheet(table.sheet, chunks)
        sheets.append(sheet)
        columns.append(chunks[0] if len(chunks) == 1 else chunk_of(sheet))
    return tuple(sheets), tuple(columns)


def _sheet(name: str, chunks: Sequence[Chunk]) -> Sheet:
    """The chunks of a table as rows of texts."""
    lines: list[int] = []
    rows: list[tuple[str, ...]] = []
    for chunk in chunks:
        lines += chunk.rows.tolist()
        texts = [pc.fill_null(column, "").to_pylist() for column in chunk.columns]
        rows += zip(*texts, strict=True) if texts else [()] * len(chunk.rows)
    return Sheet(name, tuple(lines), tuple(rows))


def over(sheets: Sequence[Sheet], typed: Iterable[Typed]) -> tuple[Sheet, ...]:
    """The sheets as they stand: every typed cell over what came."""
    changed: dict[int, dict[int, dict[int, str]]] = {}
    for one in typed:
        changed.setdefault(one.sheet, {}).setdefault(one.line, {})[one.place] = one.text
    if not changed:
        return tuple(sheets)
    return tuple(_over(sheet, changed[at]) if at in changed else sheet for at, sheet in enumerate(sheets))


def _over(sheet: Sheet, changed: Mapping[int, Mapping[int, str]]) -> Sheet:
    rows = list(sheet.rows)
    where = {line: at for at, line in enumerate(sheet.lines)}
    for line, cells in changed.items():
        at = where.get(line)
        if at is None:
            continue
        row = list(rows[at]) + [""] * (max(cells) + 1 - len(rows[at]))
        for place, text in cells.items():
            row[place] = text
        rows[at] = tuple(row)
    return Sheet(sheet.name, sheet.lines, tuple(rows))


def text_at(sheet: Sheet, line: int, place: int) -> str:
    """What stands in a cell; empty where the row is shorter."""
    row = sheet.rows[bisect_left(sheet.lines, line)]
    return row[place] if place < len(row) else ""


def last_typed(typed: Sequence[Typed]) -> list[Typed]:
    """The last stroke of typing that still stands; a stroke that put back what was before takes both away."""
    strokes: list[list[Typed]] = []
    for _, group in groupby(typed, key=lambda one: one.revision):
        stroke = list(group)
        back = {(*one[:3], one.text, one.before) for one in stroke}
        if strokes and back == {one[:5] for one in strokes[-1]}:
            strokes.pop()
        else:
            strokes.append(stroke)
    return strokes[-1] if strokes else []


def chunks_of(sheets: Iterable[Sheet]) -> tuple[Chunk, ...]:
    """Sheets in columns, as the intake reads them."""
    return tuple(map(chunk_of, sheets))


def tables(sheets: Sequence[Sheet], chunks: Sequence[Chunk]) -> Iterator[Table]:
    """Sheets as the tables that the intake reads."""
    for sheet, chunk in zip(sheets, chunks, strict=True):
        yield Table(sheet.name, iter((chunk,)) if len(chunk.columns) else iter(()))


def chunk_of(sheet: Sheet) -> Chunk:
    """All rows of a sheet in columns."""
    width = max(map(len, sheet.rows), default=0)
    if all(len(row) == width for row in sheet.rows):
        columns = [pa.array(column, pa.string()) for column in zip(*sheet.rows, strict=True)]
    else:
        columns = [
            pa.array([row[at] if at < len(row) else "" for row in sheet.rows], pa.string())
            for at in range(width)
        ]
    empty = pa.scalar(None, pa.string())
    return Chunk(
        np.asarray(sheet.lines, np.int64),
        tuple(pc.if_else(pc.equal(column, ""), empty, column) for column in columns),
    )


def top_of(sheet: Sheet) -> Chunk:
    """The rows of a sheet among which its header is looked for."""
    some = headers.HEADER_ROWS
    return chunk_of(Sheet(sheet.name, sheet.lines[:some], sheet.rows[:some]))


def place_of(where: str, name: str, sheets: Sequence[Sheet]) -> tuple[tuple[int, int, int] | None, str]:
    """Where an issue stands: sheet, row and column (−1: the whole row), and the address without the file.

    where  ``file!sheet!cell`` or ``file!cell``; anything else is about the delivery as a whole
    """
    rest = where.removeprefix(f"{name}!") if where != name else ""
    sheet, _, cell = rest.rpartition("!")
    found = _CELL.fullmatch(cell)
    at = next((number for number, one in enumerate(sheets) if one.name == sheet), None)
    if found is None or at is None:
        return None, rest
    if found[3]:
        return (at, int(found[3]), -1), rest
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return (at, int(found[2]), column - 1), rest


# ---------------------------------------------------------------- what should be stated


def unstated(
    sheets: Sequence[Sheet],
    chunks: Sequence[Chunk],
    mapping: TableMapping,
    is_indicator: Callable[[str], bool],
    severity: Severity,
) -> Iterator[tuple[tuple[int, int, int], Issue]]:
    """The rows that name a figure and give neither it nor a reason; each with the cell where it belongs."""
    for at, (sheet, chunk) in enumerate(zip(sheets, chunks, strict=True)):
        layout = headers.find(chunk, sheet.name, mapping, is_indicator) if len(chunk.columns) else None
        if layout is not None:
            for row, column in _blank(chunk, layout):
                yield (at, int(chunk.rows[row]), column), Issue(
                    "missing_unstated", N_("这里应有一个数，没有填，也没有说明为什么没有。"),
                    N_("请填数；确实没有的，状态填“缺报”并写明原因。"),
                    where=tabular.address(sheet.name, int(chunk.rows[row]), column), severity=severity,
                )  # fmt: skip


def _blank(chunk: Chunk, layout: Layout) -> Iterator[tuple[int, int]]:
    """The rows and columns where a figure belongs and nothing stands."""
    begin = layout.header + 1
    named = _filled(chunk, layout.fields.get("region"), begin)
    for name in ("indicator", "period"):
        named &= _filled(chunk, layout.fields.get(name), begin)
    said = _filled(chunk, layout.fields.get("reason"), begin, usual=False)
    status = layout.fields.get("status")
    if status is not None:
        words = [word for word, meant in STATUSES.items() if meant == "missing"]
        texts = pc.fill_null(chunk.columns[status].slice(begin), "")
        said |= pc.is_in(texts, pa.array(words)).to_numpy(zero_copy_only=False)
    for series in layout.series:
        empty = named & ~said
        for column in (series.value, series.yoy):
            empty &= ~_filled(chunk, column, begin, usual=False, figures=True)
        column = series.value if series.value is not None else series.yoy
        for row in np.flatnonzero(empty).tolist():
            yield begin + row, int(column or 0)


def _filled(
    chunk: Chunk, column: int | None, begin: int, *, usual: bool = True, figures: bool = False
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Where a column says something; ``usual`` where there is no such column."""
    if column is None or column >= len(chunk.columns):
        return np.full(len(chunk.rows) - begin, usual)
    texts = pc.utf8_lower(pc.utf8_trim_whitespace(pc.fill_null(chunk.columns[column].slice(begin), "")))
    nothing = pa.array(sorted(quality.NO_FIGURE)) if figures else pa.array([""])
    found: np.ndarray[Any, np.dtype[np.bool_]] = ~pc.is_in(texts, nothing).to_numpy(zero_copy_only=False)
    return found
