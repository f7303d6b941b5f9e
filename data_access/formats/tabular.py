"""Tables in files: CSV, XLSX and Parquet to cells with their addresses, and cells to CSV and XLSX.

Nothing is interpreted here: a cell is the text that a person would see, an empty one is null. Files are
read in chunks, so a large one does not have to fit into memory; what a file may cost is said by ``Limits``.
"""

import codecs
import csv
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from indicators.errors import N_, CockpitError, Issue, Severity

Report = Callable[[Issue], None]
"""Takes what is worth telling about a file that can be read all the same."""

Column: TypeAlias = Any
"""The texts of one column of a chunk, a pyarrow StringArray; null where the cell is empty or absent."""


@dataclass(frozen=True)
class Limits:
    """What reading one file may cost.

    inflated_bytes  what a compressed file may grow to
    ratio           how much smaller than its content a compressed file may be
    cell_length     characters in one cell
    """

    inflated_bytes: int = 10**9
    ratio: int = 200
    rows: int = 10_000_000
    columns: int = 1_000
    cells: int = 200_000_000
    cell_length: int = 32_767
    sheets: int = 50


@dataclass(frozen=True)
class Chunk:
    """Some rows of a table, in columns.

    rows     the number of each row as a spreadsheet shows it, from 1
    columns  as many as the widest row has
    """

    rows: np.ndarray[Any, np.dtype[np.int64]]
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Table:
    """One table of a file; its header is among the rows. ``sheet`` is empty where a file has only one."""

    sheet: str
    chunks: Iterator[Chunk]


CHUNK_ROWS = 50_000
_BLOCK = 2 << 20
"""Bytes read at a time; the reader of large files runs some thirty blocks ahead, which sets its memory."""
EXACT_BYTES = 4 * 10**6
"""CSV files up to this size are read cell by cell; larger ones by the block."""

_SIGNATURES = (
    (b"PK\x03\x04", "xlsx"),
    (b"PAR1", "parquet"),
    (b"\xd0\xcf\x11\xe0", "ole"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
)


def read(path: Path, limits: Limits, report: Report) -> Iterator[Table]:
    """The tables of a file, whatever it is: the content decides, not the name.

    A table must be read to its end before the next one is asked for.
    raises  CockpitError: empty, too large, damaged, of a kind or an encoding that is not read
    """
    with path.open("rb") as file:
        head = file.read(8)
    kind = next((kind for mark, kind in _SIGNATURES if head.startswith(mark)), "csv")
    if kind == "xlsx":
        tables = _read_xlsx(path, limits, report)
    elif kind == "parquet":
        tables = _read_parquet(path, limits)
    elif kind == "csv":
        tables = iter([Table("", _guarded(_read_csv(path, limits), limits))])
    else:
        raise _refused("file_kind", N_("不读这种文件（{kind}）。"),
                       N_("请另存为 .xlsx、.csv（UTF-8）或 .parquet。"),
                       kind={"ole": "xls"}.get(kind, kind))  # fmt: skip
    filled = False

    def watched(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        nonlocal filled
        for chunk in chunks:
            filled = True
            yield chunk

    for table in tables:
        yield Table(table.sheet, watched(table.chunks))
    if not filled:
        raise _refused("empty_file", N_("文件是空的。"), N_("请确认导出成功后再装入。"))


def address(sheet: str, row: int, column: int) -> str:
    """Where a cell stands, as a spreadsheet writes it: ``Sheet1!B2``.

    column  from 0; negative for the whole row
    """
    letters = ""
    while column >= 0:
        column, rest = divmod(column, 26)
        letters, column = chr(65 + rest) + letters, column - 1
    cell = f"{letters}{row}" if letters else f"{row}:{row}"
    return f"{sheet}!{cell}" if sheet else cell


# ---------------------------------------------------------------- limits that hold for every kind of file


def _guarded(chunks: Iterator[Chunk], limits: Limits) -> Iterator[Chunk]:
    """The same chunks, stopped where they pass a limit."""
    rows = cells = 0
    for chunk in chunks:
        width, height = len(chunk.columns), len(chunk.rows)
        rows, cells = rows + height, cells + width * height
        if width > limits.columns:
            raise _refused(
                "too_many_columns", N_("表有 {count} 列，超过上限 {limit} 列。"),
                N_("请拆成几个文件，或改成一行一个数的长表。"), count=width, limit=limits.columns,
            )  # fmt: skip
        if rows > limits.rows or cells > limits.cells:
            raise _too_many_rows(limits)
        for index, column in enumerate(chunk.columns):
            longest = pc.max(pc.utf8_length(column)).as_py() or 0
            if longest > limits.cell_length:
                at = int(np.argmax(pc.fill_null(pc.utf8_length(column), 0).to_numpy(zero_copy_only=False)))
                raise _refused(
                    "cell_too_long", N_("单元格有 {count} 个字，超过上限 {limit} 个。"),
                    N_("请检查引号是否配对，或把长文字移到附件。"),
                    where=address("", int(chunk.rows[at]), index), count=longest, limit=limits.cell_length,
                )  # fmt: skip
        yield chunk


def _refused(key: str, what: str, do: str, where: str = "", **params: object) -> CockpitError:
    return CockpitError(Issue(key, what, do, where=where, params=params))


def _too_many_rows(limits: Limits) -> CockpitError:
    return _refused(
        "too_many_rows", N_("表超过上限 {limit} 行或 {cells} 格。"),
        N_("请按年份或指标拆成几个文件。"), limit=limits.rows, cells=limits.cells,
    )  # fmt: skip


_NO_ZIP = N_("不是有效的压缩包")
_NO_BOOK = N_("工作簿的内容不完整")
_NO_PARQUET = N_("不是有效的 Parquet 文件")


def _damaged(reason: str) -> CockpitError:
    return _refused("file_damaged", N_("文件不完整或已损坏：{reason}"), N_("请重新下载或重新导出后再装入。"),
                    reason=reason)  # fmt: skip


def _chunk(rows: Sequence[int], records: Sequence[Sequence[str | None]]) -> Chunk:
    width = max(map(len, records), default=0)
    columns = [
        pa.array([record[i] or None if i < len(record) else None for record in records], pa.string())
        for i in range(width)
    ]
    return Chunk(np.asarray(rows, dtype=np.int64), tuple(columns))


def _batched(records: Iterator[tuple[int, Sequence[str | None]]], limits: Limits) -> Iterator[Chunk]:
    """Chunks of numbered records; the width is checked at each, so that one huge row costs nothing more."""
    numbers: list[int] = []
    held: list[Sequence[str | None]] = []
    for number, record in records:
        numbers.append(number)
        held.append(record)
        if len(held) >= CHUNK_ROWS or len(record) > limits.columns:
            yield _chunk(numbers, held)
            numbers, held = [], []
    if held:
        yield _chunk(numbers, held)


# ---------------------------------------------------------------- CSV


def _read_csv(path: Path, limits: Limits) -> Iterator[Chunk]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(1 << 16)
    if not sample.strip("\ufeff\r\n\t ,;"):
        return
    delimiter = _delimiter(sample)
    widths = _widths(sample, delimiter) if path.stat().st_size > EXACT_BYTES else set()
    if len(widths) == 1:
        yield from _blocks(path, encoding, delimiter, widths.pop())
    else:
        yield from _batched(_records(path, encoding, delimiter), limits)


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, Sequence[str | None]]]:
    """Record by record, numbered as a spreadsheet would, quoted marks taken off."""
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        number = 0
        try:
            for number, record in enumerate(reader, start=1):
                yield number, [restore(cell) for cell in record]
        except csv.Error as error:
            if "limit" in str(error):
                raise _refused("cell_too_long", N_("单元格超过 {limit} 个字。"),
                               N_("请检查引号是否配对，或把长文字移到附件。"), address("", number + 1, -1),
                               limit=csv.field_size_limit()) from error  # fmt: skip
            raise _quotes(number + 1) from error


def _blocks(path: Path, encoding: str, delimiter: str, width: int) -> Iterator[Chunk]:
    """A large file by the block; rows of another width come in chunks of their own."""
    odd: list[tuple[int, str]] = []

    def keep(row: pa_csv.InvalidRow) -> str:
        odd.append((row.number, row.text))
        return "skip"

    reader = pa_csv.open_csv(
        path,
        pa_csv.ReadOptions(
            use_threads=False, block_size=_BLOCK, autogenerate_column_names=True,
            encoding="utf8" if encoding == "utf-8-sig" else encoding,
        ),
        pa_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep
        ),
        pa_csv.ConvertOptions(
            column_types={f"f{i}": pa.string() for i in range(width)},
            strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=True,
        ),
    )  # fmt: skip
    following, told = 1, 0
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            break
        except pa.ArrowInvalid as error:
            raise _quotes(following) from error
        # the reader runs ahead: odd rows of later blocks may be known already
        skipped = [number for number, _ in odd if number >= following]
        numbers = np.arange(following, following + batch.num_rows + len(skipped), dtype=np.int64)
        numbers = numbers[~np.isin(numbers, skipped)][: batch.num_rows]
        if batch.num_rows:
            following = int(numbers[-1]) + 1
            yield Chunk(numbers, tuple(_restored(column) for column in batch.columns))
        if odd[told:]:
            yield _odd_chunk(odd[told:], delimiter)
            told = len(odd)
    if odd[told:]:
        yield _odd_chunk(odd[told:], delimiter)


def _odd_chunk(odd: Sequence[tuple[int, str]], delimiter: str) -> Chunk:
    records = []
    for number, text in odd:
        try:
            record = next(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            raise _quotes(number) from error
        records.append([restore(cell) for cell in record])
    return _chunk([number for number, _ in odd], records)


def _restored(column: Column) -> Column:
    if pc.any(pc.starts_with(column, "'")).as_py():
        return pa.array([text and restore(text) for text in column.to_pylist()], pa.string())
    return column


def _quotes(row: int) -> CockpitError:
    return _refused(
        "csv_quotes", N_("引号不配对，读到第 {row} 行为止。"),
        N_("文件可能不完整；请检查这一行的引号，或重新导出。"), address("", row, -1), row=row,
    )  # fmt: skip


def _encoding(path: Path) -> str:
    """The encoding of a text file: by its mark, else the first of UTF-8 and GB18030 that reads all of it."""
    with path.open("rb") as file:
        head = file.read(1 << 16)
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return _reads(path, name)
    if b"\0" in head:
        even, odd = head[::2].count(0), head[1::2].count(0)
        if max(even, odd) * 5 < len(head) // 2:
            raise _refused(
                "not_text", N_("这不是文本文件。"), N_("请另存为 .xlsx、.csv（UTF-8）或 .parquet。")
            )
        return _reads(path, "utf-16-be" if even > odd else "utf-16-le")
    try:
        return _reads(path, "utf-8")
    except CockpitError as not_utf8:
        if _looks_big5(head):
            raise _refused(
                "encoding_big5", N_("文件像是 Big5（繁体）编码，强行读取会变成乱码。"),
                N_("请另存为 UTF-8 编码的 CSV 再装入。"),
            ) from None  # fmt: skip
        try:
            return _reads(path, "gb18030")
        except CockpitError as not_gb:
            raise max(not_utf8, not_gb, key=lambda error: int(str(error.issues[0].params["byte"]))) from None


def _reads(path: Path, encoding: str) -> str:
    """The encoding, once every byte of the file has been seen to follow it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
                done += len(block)
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            at = done + getattr(error, "start", 0)
            raise _refused(
                "encoding_unknown", N_("看不出文件的编码：第 {byte} 字节不合 {encoding}。"),
                N_("请另存为 UTF-8 编码的 CSV 再装入。"), byte=at + 1, encoding=encoding,
            ) from error  # fmt: skip
    return encoding


def _looks_big5(head: bytes) -> bool:
    """Whether the two-byte characters are the everyday ones of Big5 rather than those of GB2312."""
    # both standards keep punctuation and their commonest characters in the first part of the table
    common = _everyday(head, "gb18030", 0xD7, 0xA1)
    return common < 0.8 and _everyday(head, "big5", 0xC6, 0x40) > common


def _everyday(head: bytes, encoding: str, last: int, second: int) -> float:
    """The share of everyday characters among those beyond ASCII, were the bytes in that encoding."""
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head)
    wide = [c for c in text if c > "\x7f"]
    coded = [c.encode(encoding, "replace") for c in wide if unicodedata.category(c) != "Co"]
    return sum(len(b) == 2 and 0xA1 <= b[0] <= last and b[1] >= second for b in coded) / max(len(wide), 1)


def _delimiter(sample: str) -> str:
    """The mark that splits the first lines most evenly; a comma where nothing does."""
    lines = [re.sub(r'"[^"]*"', "", line) for line in sample.splitlines()[:20] if line.strip()]

    def evenness(mark: str) -> tuple[int, int]:
        counts = [line.count(mark) for line in lines]
        usual = max(set(counts), key=counts.count, default=0)
        return (counts.count(usual) * (usual > 0), usual)

    return max((",", "\t", ";", "|"), key=evenness)


def _widths(sample: str, delimiter: str) -> set[int]:
    """The widths of the whole lines of a sample."""
    whole = sample[: sample.rfind("\n") + 1] or sample
    return {len(record) for record in csv.reader(StringIO(whole, newline=""), delimiter=delimiter) if record}


# ---------------------------------------------------------------- XLSX


def _read_xlsx(path: Path, limits: Limits, report: Report) -> Iterator[Table]:
    with path.open("rb") as file:
        book = _open_book(file, limits, report)
        if len(book.worksheets) > limits.sheets:
            raise _refused(
                "too_many_sheets", N_("工作簿有 {count} 张表，超过上限 {limit} 张。"),
                N_("请拆成几个文件。"), count=len(book.worksheets), limit=limits.sheets,
            )  # fmt: skip
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                records = _sheet_records(book, sheet, limits, report)
                yield Table(sheet.title, _guarded(_batched(records, limits), limits))
            else:
                report(_notice("hidden_sheet", N_("工作表“{sheet}”是隐藏的，没有读。"),
                               N_("如需装入，请先取消隐藏。"), sheet=sheet.title))  # fmt: skip


def _open_book(file: IO[bytes], limits: Limits, report: Report) -> Any:
    from openpyxl import load_workbook  # a heavy library, wanted for workbooks only

    try:
        with zipfile.ZipFile(file) as archive:
            refuse_bomb(archive, limits)
            names = set(archive.namelist())
        if "xl/workbook.xml" not in names:
            raise _refused("file_kind", N_("不读这种文件（{kind}）。"),
                           N_("请另存为 .xlsx、.csv（UTF-8）或 .parquet。"), kind="zip")  # fmt: skip
        _tell_extras(names, report)
        with _quiet():
            return load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except CockpitError:
        raise
    except Exception as error:  # openpyxl lets KeyError, ValueError and XML errors of damaged files through
        raise _damaged(_NO_ZIP if isinstance(error, zipfile.BadZipFile) else _NO_BOOK) from error


def refuse_bomb(archive: zipfile.ZipFile, limits: Limits) -> None:
    """Judge a zip by its directory, before anything is inflated; a member yields no more than declared."""
    entries = archive.infolist()
    inflated = sum(entry.file_size for entry in entries)
    ratio = max(
        (entry.file_size // max(entry.compress_size, 1) for entry in entries if entry.file_size > 10**7),
        default=0,
    )
    if inflated > limits.inflated_bytes or ratio > limits.ratio:
        raise _refused(
            "zip_bomb", N_("压缩文件展开后有 {size} MB，其中有的是压缩前的 {ratio} 倍，拒绝展开。"),
            N_("请另存为 CSV，或拆成几个文件。"), size=inflated // 10**6, ratio=ratio,
        )  # fmt: skip


def _notice(key: str, what: str, do: str, **params: object) -> Issue:
    return Issue(key, what, do, severity=Severity.NOTICE, params=params)


def _tell_extras(names: set[str], report: Report) -> None:
    if any(name.endswith("vbaProject.bin") for name in names):
        report(_notice("macros", N_("文件带有宏，没有运行。"), N_("只读了单元格的值。")))
    if any(name.startswith("xl/externalLinks/") for name in names):
        report(_notice("external_links", N_("文件引用了别的工作簿，没有打开它们。"),
                       N_("读的是上次保存时的值，请确认是最新的。")))  # fmt: skip


_MERGE = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


def _merges(archive: zipfile.ZipFile, member: str) -> list[tuple[int, int, int, int]]:
    """The merged areas of a sheet as (first row, last row, first column, last column), by their first row."""
    from openpyxl.utils import column_index_from_string as index

    found = []
    tail = b""
    with archive.open(member) as file:
        while block := file.read(_BLOCK):
            text = tail + block
            end = 0
            for match in _MERGE.finditer(text):
                left, top, right, bottom = match.groups()
                found.append((int(top), int(bottom), index(left.decode()) - 1, index(right.decode()) - 1))
                end = match.end()
            tail = text[max(end, len(text) - 200) :]
    return sorted(found)


def _sheet_records(
    book: Any, sheet: Any, limits: Limits, report: Report
) -> Iterator[tuple[int, Sequence[str | None]]]:
    """The rows of a sheet as texts; a merged area repeats its one value, formulas give their saved result."""
    parser_type = _parser_type()
    styles = [_Style(book, style) for style in book._cell_styles]
    plain = _Style(book, None)
    try:
        merges = _merges(book._archive, sheet._worksheet_path)
        live: list[tuple[int, int, int, int]] = []
        kept: dict[tuple[int, int], str | None] = {}
        with book._archive.open(sheet._worksheet_path) as source, _quiet():
            parser = parser_type(
                source, sheet._shared_strings, data_only=True, epoch=book.epoch,
                date_formats=book._date_formats, timedelta_formats=book._timedelta_formats,
            )  # fmt: skip
            for number, cells in parser.parse():
                width = max((cell["column"] for cell in cells), default=0)
                record: list[str | None] = [None] * min(width, limits.columns + 1)
                for cell in cells:
                    if cell["value"] is not None and cell["column"] <= len(record):
                        style = styles[cell["style_id"]] if cell["style_id"] else plain
                        record[cell["column"] - 1] = style.text(cell["value"])
                while merges and merges[0][0] <= number:
                    live.append(merges.pop(0))
                live = [area for area in live if area[1] >= number]
                for top, _, left, right in live:
                    if top == number:
                        kept[top, left] = record[left] if left < len(record) else None
                    value = kept.get((top, left))
                    right = min(right, limits.columns)
                    record.extend([None] * (right + 1 - len(record)))
                    record[left : right + 1] = [value] * (right + 1 - left)
                yield number, record
            for place in parser.unsaved:
                report(
                    Issue("formula_unsaved", N_("公式没有保存结果，本系统不计算公式。"),
                          N_("请在表格软件里打开并保存一次，或改成数值。"), where=f"{sheet.title}!{place}")
                )  # fmt: skip
    except CockpitError:
        raise
    except Exception as error:  # zlib, zipfile, XML and openpyxl each have their own for a damaged file
        raise _damaged(_NO_BOOK) from error


def _parser_type() -> Any:
    from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

    class Parser(WorkSheetParser):  # type: ignore[misc]
        """openpyxl's own, remembering formulas that were saved without a result."""

        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self.unsaved: list[str] = []

        def parse_cell(self, element: Any) -> Any:
            saved = element.find(VALUE_TAG)
            lacks = saved is None or (not saved.text and element.get("t") != "str")
            if lacks and element.find(FORMULA_TAG) is not None:
                self.unsaved.append(element.get("r", ""))
            return super().parse_cell(element)

    return Parser


class _Style:
    """How a cell of one style shows its value, as far as that changes what it says."""

    def __init__(self, book: Any, style: Any) -> None:
        from openpyxl.styles.numbers import BUILTIN_FORMATS

        number = style.numFmtId if style is not None else 0
        shown = BUILTIN_FORMATS.get(number) or _custom_format(book, number)
        shown = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", shown).lower()
        self.percent = "%" in shown
        self.day = "d" in shown or "y" not in shown
        self.month = "m" in shown or self.day
        self.clock = "h" in shown

    def text(self, value: Any) -> str | None:
        """The text that a person sees, dates in ISO order and a percentage with its sign."""
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, int | float):
            if self.percent:
                return _digits(round(value * 100, 10)) + "%"
            return _digits(value)
        if isinstance(value, datetime | date):
            pattern = "%Y-%m-%d" if self.day else "%Y-%m" if self.month else "%Y"
            if isinstance(value, datetime) and self.clock:
                pattern += " %H:%M"
            return value.strftime(pattern)
        if isinstance(value, time | timedelta):
            return str(value)
        return _unescape(str(value)) or None


def _unescape(text: str) -> str:
    """A text without the escapes that a workbook writes for characters that XML cannot hold."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", _unescaped, text)


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)  # half a character is none


def _custom_format(book: Any, number: int) -> str:
    custom = number - 164
    return str(book._number_formats[custom]) if 0 <= custom < len(book._number_formats) else "general"


def _digits(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)


@contextmanager
def _quiet() -> Iterator[None]:
    """openpyxl warns of parts of a workbook that it does not keep; nothing here is written back."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="openpyxl")
        yield


# ---------------------------------------------------------------- Parquet


def _read_parquet(path: Path, limits: Limits) -> Iterator[Table]:
    try:
        file = pq.ParquetFile(path)
        facts = file.metadata
        size = sum(facts.row_group(i).total_byte_size for i in range(facts.num_row_groups))
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(_NO_PARQUET) from error
    if size > limits.inflated_bytes or facts.num_rows > limits.rows:
        raise _too_many_rows(limits)
    nested = [field.name for field in file.schema_arrow if pa.types.is_nested(field.type)]
    if nested:
        raise _refused("parquet_nested", N_("列 {columns} 是嵌套结构，读不成表格。"),
                       N_("请展开成普通的列。"), columns=", ".join(nested))  # fmt: skip
    yield Table("", _guarded(_parquet_chunks(file), limits))


def _parquet_chunks(file: pq.ParquetFile) -> Iterator[Chunk]:
    if file.metadata.num_rows == 0:
        return
    yield _chunk([1], [list(file.schema_arrow.names)])
    number = 2
    try:
        for batch in file.iter_batches(batch_size=CHUNK_ROWS):
            rows = np.arange(number, number + batch.num_rows, dtype=np.int64)
            yield Chunk(rows, tuple(_as_text(column) for column in batch.columns))
            number += batch.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(_NO_PARQUET) from error


def _as_text(column: pa.Array) -> Column:
    if pa.types.is_floating(column.type):
        whole = pc.and_(pc.equal(column, pc.floor(column)), pc.less(pc.abs(column), 1e15))
        exact = pc.cast(pc.if_else(whole, column, None), pa.int64(), safe=False).cast(pa.string())
        text = pc.if_else(pc.fill_null(whole, False), exact, column.cast(pa.string()))
        return pc.if_else(pc.is_nan(column), pa.scalar(None, pa.string()), text)
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        raise _refused("not_text", N_("这不是文本文件。"), N_("请另存为 .xlsx、.csv（UTF-8）或 .parquet。"))
    text = column.cast(pa.string())
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


# ---------------------------------------------------------------- writing

_STARTS_FORMULA = "=+-@\t\r\n＝＋－＠"

Cell = str | float | int | date | None


def guard(text: str) -> str:
    """The text as written to a file that a spreadsheet may open: one that would run gets a quote first."""
    return "'" + text if _risky(text) else text


def restore(text: str) -> str:
    """The text as it was before ``guard``."""
    return text[1:] if text.startswith("'") and _risky(text) else text


def _risky(text: str) -> bool:
    """Whether the text starts a formula, quotes, blanks and invisible characters before it passed over."""
    for character in text:
        if character in _STARTS_FORMULA:
            return True
        if character != "'" and unicodedata.category(character) not in ("Cf", "Zs", "Cc", "Zl", "Zp"):
            return False
    return False


def write_csv(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """A CSV that spreadsheets open rightly (UTF-8 with a mark) and harmlessly; every text is quoted."""
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    for row in _with_header(header, rows):
        writer.writerow([guard(cell) if isinstance(cell, str) else cell for cell in row])
    text.flush()
    text.detach()


def write_xlsx(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """A workbook of one sheet: texts stay texts, also those that look like a formula or a link."""
    write_book(file, [("", _with_header(header, rows))])


def write_book(file: IO[bytes], sheets: Iterable[tuple[str, Iterable[Sequence[Cell]]]]) -> None:
    """A workbook of several sheets, each with its title and its rows, the header among them."""
    import xlsxwriter  # wanted for exports only

    book = xlsxwriter.Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
         "strings_to_numbers": False, "default_date_format": "yyyy-mm-dd"},
    )  # fmt: skip
    literal = book.add_format({"quote_prefix": True})
    for title, rows in sheets:
        sheet = book.add_worksheet(title or None)
        for number, row in enumerate(rows):
            for index, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, index, cell, literal if _risky(cell) else None)
                elif cell is not None:
                    sheet.write(number, index, cell)
    book.close()


def _with_header(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    yield header
    yield from rows
