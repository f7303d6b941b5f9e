"""Tables in files: every cell as a person sees it, with its address, or a clear refusal."""

import io
import json
import re
import time
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from openpyxl import Workbook

from data_access.formats import tabular
from data_access.formats.tabular import Limits, address, guard, restore
from indicators.errors import CockpitError, Issue

CASES = Path(__file__).resolve().parents[1] / "cases"
FILES = CASES / "intake" / "files"
INJECTIONS = json.loads((CASES / "intake" / "csv_injection_cases.json").read_text("utf-8"))["cases"]
NAUGHTY = json.loads((CASES / "text" / "blns.json").read_text("utf-8"))["strings"]
RECIPES = {
    case["id"]: case
    for case in json.loads((CASES / "intake" / "xlsx_recipes.json").read_text("utf-8"))["cases"]
}

TABLE = "地区,数值\n电白区,12\n"


def grid(
    path: Path, limits: Limits = Limits(), issues: list[Issue] | None = None
) -> dict[str, list[list[Any]]]:
    """All sheets of a file as rows of texts."""
    found: dict[str, list[list[Any]]] = {}
    for table in tabular.read(path, limits, [].append if issues is None else issues.append):
        rows = found.setdefault(table.sheet, [])
        for chunk in table.chunks:
            rows += [list(row) for row in zip(*(column.to_pylist() for column in chunk.columns), strict=True)]
    return found


def rows_of(path: Path, **limits: int) -> list[list[Any]]:
    """The rows of a file of one table."""
    (rows,) = grid(path, Limits(**limits)).values()
    return rows


def refusal(path: Path, **limits: int) -> CockpitError:
    """The error with which a file is refused."""
    with pytest.raises(CockpitError) as caught:
        grid(path, Limits(**limits))
    return caught.value


def a_file(tmp_path: Path, content: bytes, name: str = "delivery.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


# ---------------------------------------------------------------- encodings


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_a_csv_is_read_in_the_encodings_that_offices_use(tmp_path, encoding):
    assert rows_of(a_file(tmp_path, TABLE.encode(encoding))) == [["地区", "数值"], ["电白区", "12"]]


def test_characters_beyond_the_common_ones_survive():
    assert rows_of(FILES / "gb18030_rare_char.csv") == [["地区", "负责人"], ["电白区", "𠮷田㐂"]]


def test_a_big5_file_is_refused_and_never_becomes_mojibake():
    assert refusal(FILES / "big5.csv").key == "encoding_big5"


def test_bytes_of_no_known_encoding_are_refused_with_their_place(tmp_path):
    error = refusal(a_file(tmp_path, "地区,数值\n".encode() + b"\xff\xff\xff,1\n"))
    assert error.key == "encoding_unknown"
    assert error.issues[0].params["byte"] == 15


@pytest.mark.parametrize("name", ["empty.csv", "bom_only.csv"])
def test_an_empty_file_is_refused(name):
    assert refusal(FILES / name).key == "empty_file"


@pytest.mark.parametrize("content", [b"\r\n\r\n", b" , ,\n,,\n", "\ufeff\n".encode("utf-16")])
def test_a_file_of_nothing_but_separators_is_empty(tmp_path, content):
    assert refusal(a_file(tmp_path, content)).key == "empty_file"


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"\xd0\xcf\x11\xe0 old workbook", "xls"), (b"%PDF-1.7", "pdf"), (b"\x1f\x8b\x08", "gzip")],
)
def test_a_file_that_is_no_table_is_told_by_its_content(tmp_path, content, kind):
    error = refusal(a_file(tmp_path, content))
    assert (error.key, error.issues[0].params["kind"]) == ("file_kind", kind)


def test_a_picture_is_no_text(tmp_path):
    assert (
        refusal(a_file(tmp_path, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(1, 255)))).key == "not_text"
    )


# ---------------------------------------------------------------- CSV


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, mark):
    content = TABLE.replace(",", mark) + f'"茂{mark}南"{mark}3\n'
    assert rows_of(a_file(tmp_path, content.encode()))[2] == [f"茂{mark}南", "3"]


def test_gbk_with_full_width_digits_keeps_what_is_printed():
    assert rows_of(FILES / "gbk.csv")[1] == ["茂南区", "120.5", "1,234.50", "１８５．５"]


def test_short_rows_are_filled_and_empty_cells_are_null(tmp_path):
    assert rows_of(a_file(tmp_path, b"a,b,c\n1\n,,3\n")) == [
        ["a", "b", "c"],
        ["1", None, None],
        [None, None, "3"],
    ]


def test_an_open_quote_is_told_at_its_row(tmp_path):
    error = refusal(a_file(tmp_path, b'a,b\n1,2\n3,"4\n'))
    assert (error.key, error.issues[0].where) == ("csv_quotes", "3:3")


def test_too_many_columns_are_refused_fast():
    start = time.perf_counter()
    assert refusal(FILES / "many_columns.csv", columns=1000).key == "too_many_columns"
    assert time.perf_counter() - start < 1


def test_too_long_a_cell_is_refused_with_its_address():
    error = refusal(FILES / "very_long_cell.csv", cell_length=20_000)
    assert (error.key, error.issues[0].where) == ("cell_too_long", "B2")


def test_a_cell_longer_than_any_reader_takes_is_refused(tmp_path):
    assert refusal(a_file(tmp_path, b"a,b\n1," + b"x" * 200_000 + b"\n")).key == "cell_too_long"


def test_too_many_rows_are_refused(tmp_path):
    assert refusal(a_file(tmp_path, b"a,b\n" + b"1,2\n" * 20), rows=10).key == "too_many_rows"


def big_csv(tmp_path: Path, tail: str = "") -> Path:
    body = "".join(f'{i},"区, {i}",\'=1+{i}\n' for i in range(200_000))
    return a_file(tmp_path, ("编号,名称,文字\n" + body + tail).encode())


def test_a_large_file_read_by_the_block_says_the_same_as_cell_by_cell(tmp_path, monkeypatch):
    path = big_csv(tmp_path, tail='\n7,8\n9,"a\nb",c\n')
    assert path.stat().st_size > tabular.EXACT_BYTES
    by_block = sorted(numbered(path))
    monkeypatch.setattr(tabular, "EXACT_BYTES", 10**9)
    assert by_block == sorted(numbered(path))


def numbered(path: Path) -> list[tuple[int, tuple[str, ...]]]:
    found = []
    for table in tabular.read(path, Limits(), [].append):
        for chunk in table.chunks:
            columns = [column.to_pylist() for column in chunk.columns]
            for at, number in enumerate(chunk.rows.tolist()):
                record = [column[at] or "" for column in columns]
                if any(record):
                    found.append((number, tuple(record + [""] * (3 - len(record)))))
    return found


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-16-le", "utf-8-sig"])
def test_a_large_file_is_read_in_every_encoding(tmp_path, encoding):
    lines = [f"econ.gdp.total,茂名市,2023,{number}" for number in range(150_000)]
    rows = rows_of(a_file(tmp_path, "\n".join(["指标,地区,期别,数值", *lines]).encode(encoding)))
    assert len(rows) == 150_001
    assert (rows[0][0], rows[-1]) == ("指标", ["econ.gdp.total", "茂名市", "2023", "149999"])


def test_a_large_file_cut_off_inside_quotes_is_refused(tmp_path):
    assert refusal(big_csv(tmp_path, tail='1,"2')).key == "csv_quotes"


@pytest.mark.parametrize(
    ("sheet", "row", "column", "text"),
    [("", 2, 0, "A2"), ("", 9, 25, "Z9"), ("", 9, 26, "AA9"), ("表1", 7, 701, "表1!ZZ7"), ("", 3, -1, "3:3")],
)
def test_addresses_are_those_of_a_spreadsheet(sheet, row, column, text):
    assert address(sheet, row, column) == text


# ---------------------------------------------------------------- XLSX


def a_workbook(tmp_path: Path, recipe: dict[str, Any]) -> Path:
    """A workbook built from a recipe of the case file."""
    path = tmp_path / "book.xlsx"
    sheets = recipe["sheets"]
    options = {"date_1904": any(sheet.get("date1904") for sheet in sheets.values())}
    book = xlsxwriter.Workbook(path, options)
    for name, described in sheets.items():
        sheet = book.add_worksheet(name)
        for place, cell in described["cells"].items():
            if not isinstance(cell, dict):
                sheet.write(place, cell)
            elif "formula" in cell:
                sheet.write_formula(place, cell["formula"], None, cell["cached"])
            else:
                number = cell["number"] if "number" in cell else cell["serial"]
                sheet.write_number(place, number, book.add_format({"num_format": cell["format"]}))
    for sheet in book.worksheets():
        if sheets[sheet.name].get("state") == "hidden":
            book.worksheets()[-1].activate()
            book.worksheets()[-1].set_first_sheet()
            sheet.hide()
    book.close()
    return path


@pytest.mark.parametrize(
    ("case", "sheet", "second_row"),
    [
        ("XL-02", "Sheet1", ["440904", "1"]),
        ("XL-04", "Sheet1", ["2023-03", "5.2%"]),
        ("XL-05", "Sheet1", ["电白区", "2"]),
        ("XL-07", "数据", ["电白区", "1"]),
        ("XL-16", "S", ["2023-03", "1"]),
    ],
)
def test_a_workbook_says_what_a_person_sees(tmp_path, case, sheet, second_row):
    assert grid(a_workbook(tmp_path, RECIPES[case]))[sheet][1] == second_row


def test_a_date_of_the_1904_system_is_the_day_that_is_shown(tmp_path):
    recipe = {"sheets": {"S": {"date1904": True, "cells": {"A1": "日期", "B1": "值", "B2": 1,
                                                           "A2": {"serial": 43538, "format": "yyyy-mm-dd"}}}}}  # fmt: skip
    assert grid(a_workbook(tmp_path, recipe))["S"][1][0] == "2023-03-15"


def test_a_hidden_sheet_is_left_out_and_told(tmp_path):
    issues: list[Issue] = []
    assert set(grid(a_workbook(tmp_path, RECIPES["XL-07"]), issues=issues)) == {"数据"}
    assert [issue.key for issue in issues] == ["hidden_sheet"]


def rewritten(path: Path, member: str, change: Any) -> Path:
    """The workbook with one of its parts changed, or added."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[member] = change(parts.get(member, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"


def test_a_formula_without_a_saved_result_is_an_error_at_its_cell(tmp_path):
    path = rewritten(
        a_workbook(tmp_path, RECIPES["XL-05"]), SHEET, lambda xml: xml.replace(b"</f><v>2</v>", b"</f>")
    )
    issues: list[Issue] = []
    assert grid(path, issues=issues)["Sheet1"][1] == ["电白区", None]
    assert [(issue.key, issue.where) for issue in issues] == [("formula_unsaved", "Sheet1!B2")]


def test_a_formula_that_a_program_wrote_is_named_too(tmp_path):
    book = Workbook()
    book.active.append(["名称"])
    book.active.append(["=1+1"])
    book.save(tmp_path / "written.xlsx")
    issues: list[Issue] = []
    grid(tmp_path / "written.xlsx", issues=issues)
    assert [(issue.key, issue.where) for issue in issues] == [("formula_unsaved", "Sheet!A2")]


def test_a_formula_whose_saved_result_is_an_empty_text_is_an_empty_cell(tmp_path):
    path = rewritten(
        a_workbook(tmp_path, RECIPES["XL-05"]), SHEET,
        lambda xml: re.sub(rb'<c r="B2"([^>]*)>', rb'<c r="B2"\1 t="str">', xml).replace(b"</f><v>2</v>", b"</f><v></v>"),
    )  # fmt: skip
    issues: list[Issue] = []
    assert grid(path, issues=issues)["Sheet1"][1] == ["电白区", None]
    assert issues == []


def test_macros_and_links_to_other_books_are_told(tmp_path):
    path = rewritten(a_workbook(tmp_path, RECIPES["XL-02"]), "xl/vbaProject.bin", lambda _: b"macro")
    rewritten(path, "xl/externalLinks/externalLink1.xml", lambda _: b"<externalLink/>")
    issues: list[Issue] = []
    grid(path, issues=issues)
    assert [issue.key for issue in issues] == ["macros", "external_links"]


def test_a_merged_area_repeats_its_value(tmp_path):
    path = tmp_path / "merged.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.merge_range("A1:A2", "茂南区")
    sheet.merge_range("B1:C1", "2023年")
    sheet.write("C2", 3)
    book.close()
    assert grid(path)["Sheet1"] == [["茂南区", "2023年", "2023年"], ["茂南区", None, "3"]]


def test_a_zip_bomb_is_refused_before_it_is_inflated(tmp_path):
    size = RECIPES["XL-09"]["zip_bomb"]["sheet1.xml_uncompressed_mb"] << 20
    path = a_workbook(tmp_path, RECIPES["XL-02"])
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/bomb.xml", "w") as bomb,
    ):
        for _ in range(size >> 24):
            bomb.write(b" " * (1 << 24))
    start = time.perf_counter()
    assert refusal(path).key == "zip_bomb"
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_truncated_workbook_is_refused(tmp_path, share):
    path = a_workbook(tmp_path, RECIPES["XL-02"])
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    refused = refusal(path)
    assert refused.key == "file_damaged"
    assert refused.issues[0].params["reason"] == "不是有效的压缩包"


def test_a_workbook_with_broken_parts_is_refused(tmp_path):
    path = rewritten(a_workbook(tmp_path, RECIPES["XL-02"]), SHEET, lambda xml: xml[: len(xml) // 2])
    assert refusal(path).key == "file_damaged"


def test_entities_in_a_workbook_are_refused(tmp_path):
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    path = rewritten(
        a_workbook(tmp_path, RECIPES["XL-02"]),
        SHEET,
        lambda xml: bomb + xml.split(b"?>", 1)[1].replace(b"440904", b"&b;"),
    )
    assert refusal(path).key == "file_damaged"


def test_a_zip_that_is_no_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert refusal(tmp_path / "x.xlsx").key == "file_kind"


def test_a_workbook_of_empty_sheets_is_empty(tmp_path):
    xlsxwriter.Workbook(tmp_path / "blank.xlsx").close()
    assert refusal(tmp_path / "blank.xlsx").key == "empty_file"


def test_too_many_sheets_are_refused(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "many.xlsx")
    for _ in range(4):
        book.add_worksheet()
    book.close()
    assert refusal(tmp_path / "many.xlsx", sheets=3).key == "too_many_sheets"


# ---------------------------------------------------------------- Parquet


def test_a_parquet_file_has_its_names_as_the_header(tmp_path):
    table = pa.table({"region": [440904, None], "value": [1.5, float("nan")], "name": ["电白区", ""]})
    pq.write_table(table, tmp_path / "t.parquet")
    assert rows_of(tmp_path / "t.parquet") == [
        ["region", "value", "name"], ["440904", "1.5", "电白区"], [None, None, None],
    ]  # fmt: skip


def test_a_damaged_parquet_file_is_refused(tmp_path):
    pq.write_table(pa.table({"a": list(range(1000))}), tmp_path / "t.parquet")
    path = tmp_path / "t.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    refused = refusal(path)
    assert refused.key == "file_damaged"
    assert refused.issues[0].params["reason"] == "不是有效的 Parquet 文件"


def test_nested_columns_are_refused_by_name(tmp_path):
    pq.write_table(pa.table({"a": [[1, 2]]}), tmp_path / "t.parquet")
    assert refusal(tmp_path / "t.parquet").key == "parquet_nested"


# ---------------------------------------------------------------- writing


def written(tmp_path: Path, texts: list[str], kind: str) -> Path:
    buffer = io.BytesIO()
    write = tabular.write_csv if kind == "csv" else tabular.write_xlsx
    write(buffer, ["编号", "文字"], [(number, text) for number, text in enumerate(texts)])
    return a_file(tmp_path, buffer.getvalue(), f"export.{kind}")


@pytest.mark.parametrize("case", INJECTIONS, ids=lambda case: case["id"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_exported_text_never_runs_and_comes_back(tmp_path, case, kind):
    path = written(tmp_path, [case["text"]], kind)
    (rows,) = grid(path).values()
    assert rows[1][1] == case["text"]
    if kind == "csv":
        shown = guard(case["text"]).lstrip("\ufeff\u200b \u3000")
        assert shown[0] not in "=+-@\t\r\n＝＋－＠"
    else:
        with zipfile.ZipFile(path) as archive:
            sheet = archive.read(SHEET).decode()
        assert "<f>" not in sheet
        assert 't="s"' in sheet or 't="inlineStr"' in sheet


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_naughty_strings_come_back_as_they_went(tmp_path, kind):
    (rows,) = grid(written(tmp_path, NAUGHTY, kind)).values()
    kept = [(row[1] if len(row) > 1 else None) or "" for row in rows[1:]]
    different = [(a, b) for a, b in zip(NAUGHTY, kept, strict=True) if a != b]
    assert different == []


@pytest.mark.parametrize("text", ["'=1", "''=1", "'hello", "=1", "'", "it's", "", "  @x"])
def test_guarding_is_undone_by_restoring(text):
    assert restore(guard(text)) == text


def test_numbers_and_days_stay_what_they_are(tmp_path):
    buffer = io.BytesIO()
    tabular.write_csv(buffer, ["值", "日"], [(-5.2, date(2024, 3, 1))])
    assert buffer.getvalue().decode("utf-8-sig") == '"值","日"\r\n-5.2,"2024-03-01"\r\n'
    buffer = io.BytesIO()
    tabular.write_xlsx(buffer, ["值", "日"], [(-5.2, date(2024, 3, 1))])
    assert grid(a_file(tmp_path, buffer.getvalue(), "n.xlsx"))["Sheet1"][1] == ["-5.2", "2024-03-01"]
