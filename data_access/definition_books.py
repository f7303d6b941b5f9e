"""The registry as files and files as definitions: YAML as the library's, and a workbook for people.

Nothing is judged here. What is read comes out as sources with the line, or the row of the sheet, of every part, so that
the check of definitions can say where something is wrong.
"""

import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from data_access import definitions
from data_access.formats import tabular
from data_access.sources.files import printable, why
from indicators.catalog import Entry, Kind, Source
from indicators.catalog.fields import FIELDS, Field
from indicators.catalog.reading import MEASURED, SECTIONS, Document
from indicators.catalog.reading import Path as Way
from indicators.errors import N_, CockpitError, Issue, Severity

WORKBOOK: Final = "definitions.xlsx"
"""The name of the workbook among the files of an export."""

SHEETS: Final[Mapping[str, str]] = {
    "indicators": "指标",
    "inputs": "采集项",
    "identities": "恒等式",
    "departments": "部门",
    "plans": "规划",
    "targets": "目标",
    "season_curves": "季节曲线",
    "rules": "规则",
}
"""The sheets of a workbook by the section of a file that they stand for; either name is read."""

YAML: Final = "yaml: "
"""Stands before a text of a cell that is written as YAML, where the plain text would be read as something else."""

LONGEST: Final = 32_000
"""No cell of a workbook holds more."""

ENDINGS: Final = (".yaml", ".yml", ".xlsx")
MOST_FILES: Final = 500
LIMITS: Final = tabular.Limits(inflated_bytes=200 * 2**20, rows=50_000, columns=200, cells=2_000_000)
"""What reading one workbook or one archive of definitions may cost."""

_SECTION_OF: Final = {kind: section for section, kind in SECTIONS.items()}
_BY_SHEET: Final = {**{title: section for section, title in SHEETS.items()}, **{one: one for one in SHEETS}}


# -- out ---------------------------------------------------------------------------------------------------


def export(entries: Sequence[Entry]) -> dict[str, bytes]:
    """The files of an export by their names: one for each system, the common ones, and the workbook."""
    texts = {f"{name}.yaml": definitions.write(document) for name, document in _documents(entries).items()}
    return {**{name: text.encode() for name, text in texts.items()}, WORKBOOK: workbook(entries)}


def _documents(entries: Sequence[Entry]) -> dict[str, dict[str, Any]]:
    """What stands in each file; every file is whole in itself, as those of the library are."""
    found: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if entry.kind is Kind.VOCABULARY:
            found["vocabulary"] = dict(entry.document)
        elif entry.kind is Kind.SYSTEM:
            found[entry.code] = {**entry.document, **found.get(entry.code, {})}
        else:
            lists = found.setdefault(_file_of(entry), {})
            lists.setdefault(_SECTION_OF[entry.kind], []).append(dict(entry.document))
    return found


def _file_of(entry: Entry) -> str:
    """The file in which an entry stands: that of its system, or the common one of its kind."""
    match entry.kind:
        case Kind.IDENTITY:
            return str(entry.document["total"]).partition(".")[0]
        case Kind.DEPARTMENT:
            return "departments"
        case Kind.PLAN | Kind.TARGET | Kind.CURVE:
            return "plan_targets"
        case _:
            return entry.code.partition(".")[0]


def archive(files: Mapping[str, bytes]) -> bytes:
    """The files of an export in one archive."""
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def workbook(entries: Sequence[Entry]) -> bytes:
    """The definitions as a workbook: a sheet for each kind, a row for each text, a column for each field.

    The second row says what each field is; it is passed over when the workbook is read.
    """
    words = next((one.document for one in entries if one.kind is Kind.VOCABULARY), {})
    sheets = []
    for section, title in SHEETS.items():
        kind = SECTIONS[section]
        rows = [entry.document for entry in entries if entry.kind is kind]
        if rows:
            sheets.append((title, _rows(FIELDS[kind], rows, words.get("fields"))))
    whole = BytesIO()
    tabular.write_book(whole, sheets)
    return whole.getvalue()


def _rows(fields: Sequence[Field], documents: Sequence[Document], words: object) -> list[list[tabular.Cell]]:
    used = dict.fromkeys(name for document in documents for name in document)
    known = {field.name: field for field in fields}
    names = [*(name for name in known if name in used), *(name for name in used if name not in known)]
    said = words if isinstance(words, Mapping) else {}
    explained = ["# " + str(said.get(names[0], "")), *(str(said.get(name, "")) for name in names[1:])]
    rows: list[list[tabular.Cell]] = [list(names), list(explained)]
    for document in documents:
        row = [_cell(known.get(name), document[name]) if name in document else None for name in names]
        if all(not isinstance(one, str) or len(one) <= LONGEST for one in row):
            rows.append(row)
    return rows


def _cell(field: Field | None, value: object) -> tabular.Cell:
    """A value as a cell; what is no plain text or number is written as YAML in one line."""
    holds = field.holds if field else ""
    if isinstance(value, str) and holds in ("text", "code", "day"):
        plain = value and value == value.strip() and not value.startswith(YAML)
        return value if plain and _survives(value) else YAML + _flow(value)
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and holds in ("number", "whole", "value")
    ):
        return value if float(f"{value:.16G}") == value else repr(value)
    return YAML + _flow(value) if holds in ("text", "code", "day", "number", "whole") else _flow(value)


def _survives(text: str) -> bool:
    """Whether a workbook gives a text back as it was: XML knows no control characters but the line break."""
    return all(sign == "\n" or sign.isprintable() for sign in text) and len(text) <= LONGEST


def _flow(value: object) -> str:
    return definitions.write_line(value)


# -- in ----------------------------------------------------------------------------------------------------


def read(path: Path, origin: str = "import") -> list[Source]:
    """A file, an archive or a folder of definitions as sources; what cannot be read is told as issues of a source."""
    if not path.is_dir():
        return _file(path, named(path.name), origin)
    files = sorted(one for one in path.rglob("*") if one.suffix.lower() in ENDINGS and one.is_file())
    if len(files) > MOST_FILES:
        return [_wrong(named(path.name), origin, _too_many(len(files)))]
    found = [source for one in files for source in _file(one, named(str(one.relative_to(path))), origin)]
    return found or [_wrong(named(path.name), origin, NOTHING)]


def read_upload(content: bytes, name: str, origin: str = "import") -> list[Source]:
    """What somebody sent, under the name that it came with, which is only ever printed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(content)
        return _file(path, printable(name), origin)


NOTHING: Final = Issue(
    "no_definitions", N_("没有找到定义文件。"), N_("给出 .yaml、.xlsx，或含有它们的文件夹或 .zip。")
)


def _too_many(count: int) -> Issue:
    what, do = N_("有 {count} 个文件，超过上限 {limit} 个。"), N_("请只给出定义文件。")
    return Issue("too_many_files", what, do, params={"count": count, "limit": MOST_FILES})


def named(name: str) -> str:
    """A name fit to print: one that was written in GBK is read as such, and nothing in it breaks a line."""
    with suppress(UnicodeError):
        name = os.fsencode(name).decode("utf-8")
        return "/".join(printable(part) for part in name.split("/"))
    return "/".join(printable(part) for part in os.fsencode(name).decode("gb18030", "replace").split("/"))


def _wrong(name: str, origin: str, issue: Issue) -> Source:
    where = f"{name}:1" if not issue.where else f"{name}!{issue.where}"
    return Source(
        name,
        None,
        origin,
        issues=(Issue(issue.key, issue.what, issue.do, where, issue.severity, issue.params),),
    )


def _file(path: Path, name: str, origin: str) -> list[Source]:
    try:
        with path.open("rb") as file:
            head = file.read(4)
        if head.startswith(b"PK"):
            return _packed(path, name, origin)
        if name.lower().endswith(".xlsx"):  # whatever it calls itself, it is none
            return list(_book(path, name, origin))
        return [definitions.read_file(path, name, origin)]
    except CockpitError as error:
        return [_wrong(name, origin, issue) for issue in error.issues]
    except OSError as error:
        what, do = N_("读不了文件：{reason}"), N_("请检查文件的读取权限。")
        return [_wrong(name, origin, Issue("file_unreadable", what, do, params={"reason": why(error)}))]


def _packed(path: Path, name: str, origin: str) -> list[Source]:
    """A workbook, or an archive of files of definitions."""
    try:
        with zipfile.ZipFile(path) as packed:
            names = set(packed.namelist())
            if "xl/workbook.xml" in names or "[Content_Types].xml" in names:
                return list(_book(path, name, origin))
            tabular.refuse_bomb(packed, LIMITS)
            return _members(packed, name, origin)
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, zlib.error) as error:
        raise CockpitError(
            Issue("file_damaged", N_("文件不完整或已损坏：{reason}"), N_("请重新下载或重新导出后再试。"),
                  params={"reason": str(error)[:80]})
        ) from error  # fmt: skip


def _members(packed: zipfile.ZipFile, name: str, origin: str) -> list[Source]:
    wanted = [one for one in packed.infolist() if not one.is_dir() and one.filename.lower().endswith(ENDINGS)]
    if len(wanted) > MOST_FILES:
        return [_wrong(name, origin, _too_many(len(wanted)))]
    found: list[Source] = []
    with tempfile.TemporaryDirectory() as folder:
        for place, one in enumerate(wanted):
            path = Path(folder) / str(place)  # no part of a name of the archive reaches the file system
            path.write_bytes(packed.read(one))
            found += _file(path, printable(_member(one)), origin)
    return found or [_wrong(name, origin, NOTHING)]


def _member(one: zipfile.ZipInfo) -> str:
    """The name of a member; without the mark of UTF-8 it was written by a Chinese Windows in GBK."""
    if one.flag_bits & 0x800:
        return one.filename
    with suppress(UnicodeError):
        return one.filename.encode("cp437").decode("gb18030")
    return one.filename


def _book(path: Path, name: str, origin: str) -> Iterator[Source]:
    """Each sheet of a workbook as a source of its own."""
    told: list[Issue] = []
    unknown: list[str] = []
    read = 0
    for table in tabular.read(path, LIMITS, told.append):
        section = _BY_SHEET.get(table.sheet.strip())
        rows = [
            (int(n), cells)
            for chunk in table.chunks
            for n, cells in zip(chunk.rows, _cells(chunk), strict=True)
        ]
        if section is None:
            unknown.append(table.sheet)
            continue
        read += 1
        yield _sheet(rows, section, f"{name}!{table.sheet}", origin)
    if not read:
        what, do = N_("工作簿里没有定义的工作表。"), N_("工作表名用：{sheets}。")
        told.append(Issue("no_definitions", what, do, params={"sheets": "、".join(SHEETS.values())}))
    elif unknown:
        told += [
            Issue("unknown_sheet", N_("工作表“{sheet}”不是定义，没有读。"), N_("工作表名用：{sheets}。"),
                  severity=Severity.NOTICE, params={"sheet": one, "sheets": "、".join(SHEETS.values())})
            for one in unknown
        ]  # fmt: skip
    if told:
        issues = (_wrong(name, origin, issue).issues[0] for issue in told)
        yield Source(name, {}, origin, issues=tuple(issues))


def _cells(chunk: tabular.Chunk) -> Iterator[list[str | None]]:
    columns = [column.to_pylist() for column in chunk.columns]
    return map(list, zip(*columns, strict=True)) if columns else iter([[] for _ in chunk.rows])


def _sheet(rows: Sequence[tuple[int, list[str | None]]], section: str, name: str, origin: str) -> Source:
    """The rows of a sheet as a list of documents, with the row of each."""
    fields = {field.name: field for field in FIELDS[SECTIONS[section]]}
    filled = [(number, cells) for number, cells in rows if any(cells)]
    header = [(cell or "").strip() for cell in filled[0][1]] if filled else []
    issues: list[Issue] = []
    lines: dict[Way, int] = {}
    documents: list[dict[str, object]] = []
    for number, cells in filled[1:]:
        if (cells[0] or "").startswith("#"):
            continue
        way: Way = (section, len(documents))
        lines[way] = number
        document: dict[str, object] = {}
        for field, cell in zip(header, cells, strict=False):
            if field and cell is not None:
                lines[*way, field] = number
                document[field] = _value(fields.get(field), cell, f"{name}:{number}", issues)
        documents.append(document)
    return Source(name, {section: documents}, origin, lines, tuple(issues))


def _value(field: Field | None, cell: str, where: str, issues: list[Issue]) -> object:
    """What a cell says, by what its field holds; a cell that is no YAML where it should be is told."""
    holds = field.holds if field else "text"
    if holds in ("text", "code", "day") and not cell.startswith(YAML):
        return cell
    if holds in ("number", "whole", "value") and (number := _number(cell)) is not None:
        return number
    source = definitions.parse(cell.removeprefix(YAML), where)
    issues += [
        Issue("cell_yaml", N_("单元格 {field} 不是合格的 YAML：{text}"), N_("照导出文件的写法填写，例如 {{字段: 值}}。"), where,
              params={"field": field.name if field else "", "text": cell[:40]})
        for _ in source.issues[:1]
    ]  # fmt: skip
    return cell if source.issues else source.document


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def _number(cell: str) -> int | float | None:
    text = cell.strip()
    if not _NUMBER.fullmatch(text):
        return None
    return int(text) if re.fullmatch(r"[+-]?\d{1,15}", text) else float(text)


def measured_or(kind: Kind) -> str:
    """What tells definitions apart together with their code: figures share one set of codes."""
    return "measured" if kind in MEASURED else kind.value
