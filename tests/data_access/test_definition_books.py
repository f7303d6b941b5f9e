"""The registry as files: nothing is lost on the way out and back, and no file harms whoever reads it."""

import json
import os
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from data_access import definition_books as books
from data_access.definitions import LIBRARY, library_files, read_files
from indicators.catalog import Entry, Kind, entries, layered
from indicators.drafting import differences

NAUGHTY = json.loads((Path(__file__).parents[1] / "cases" / "text" / "blns.json").read_text("utf-8"))[
    "strings"
]

signs = st.characters(exclude_categories=["Cs"])
texts = st.one_of(st.integers(0, len(NAUGHTY) - 1).map(lambda nth: NAUGHTY[nth]), st.text(signs, max_size=40))
numbers = st.one_of(st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False))
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
documents = st.fixed_dictionaries(
    {"code": st.from_regex(r"econ\.[a-z]{1,6}\.[a-z]{1,6}", fullmatch=True)},
    optional={
        "name_zh": texts, "definition_zh": texts, "unit": texts, "valid_to": st.none(), "version": st.integers(1, 9),
        "dimensions": st.lists(texts, max_size=3), "rule": st.dictionaries(texts, plain, max_size=4), "formula": texts,
        "targets": st.dictionaries(st.integers(1990, 2050), numbers, max_size=3),
        "related": st.lists(st.fixed_dictionaries({"type": texts, "code": texts}), max_size=2),
    },
)  # fmt: skip


def entry(document, kind=Kind.INPUT):
    """A definition without a place."""
    return Entry(kind, str(document["code"]), document)


def back(files, folder, *names):
    """The definitions that files say, when some of them are read again."""
    for name, content in files.items():
        if not names or name in names:
            (folder / name).write_bytes(content)
    sources = books.read(folder)
    return [issue for source in sources for issue in source.issues], entries(sources)


def same(one, other):
    """Whether two texts of a definition say the same, the bookkeeping of versions included."""
    return not differences(
        {**one, "version_": one.get("version")}, {**other, "version_": other.get("version")}
    )


@settings(max_examples=30, deadline=None)
@given(documents)
def test_whatever_a_definition_says_comes_back_from_yaml_and_from_the_workbook(tmp_path_factory, document):
    files = books.export([entry(document)])
    for name in files:
        issues, found = back({name: files[name]}, tmp_path_factory.mktemp("out"))
        assert issues == []
        assert [(one.code, same(document, one.document)) for one in found] == [(document["code"], True)]


@pytest.fixture(scope="module")
def library():
    """The definitions of the library."""
    return layered(entries(read_files(library_files(LIBRARY), "library")))


def test_the_library_comes_back_as_it_was_in_both_forms(library, tmp_path):
    files = books.export(library)
    known = {(one.kind, one.code): one for one in library}
    issues, found = back(files, tmp_path)
    assert issues == []
    tables = [one for one in found if one.kind not in (Kind.SYSTEM, Kind.VOCABULARY)]
    heads = len(found) - len(tables)
    assert len(tables) == 2 * (len(known) - heads)  # every definition of a list stands in both
    assert all(same(known[one.kind, one.code].document, one.document) for one in found)


def test_an_export_of_the_same_registry_is_the_same_archive(library):
    files = books.export(library[:40])
    again = {name: content for name, content in books.export(library[:40]).items() if name != books.WORKBOOK}
    assert {name: files[name] for name in again} == again
    assert books.archive(again) == books.archive(again)


def test_the_workbook_is_for_people_too(library):
    book = load_workbook(BytesIO(books.workbook(library)))
    assert set(book.sheetnames) <= set(books.SHEETS.values())
    sheet = book["指标"]
    assert [cell.value for cell in sheet[1]][:3] == ["code", "name_zh", "name_en"]
    assert str(sheet["A2"].value).startswith("#")
    assert sheet["A3"].value.count(".") >= 2


# -- what is brought ----------------------------------------------------------------------------------------


def a_book(**sheets):
    """A workbook of some sheets of rows."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    whole = BytesIO()
    book.save(whole)
    return whole.getvalue(), book


def read(content, name="定义.xlsx"):
    """What is read of an upload: its issues by key, and its definitions."""
    sources = books.read_upload(content, name)
    return {issue.key: issue for source in sources for issue in source.issues}, entries(sources)


def test_a_row_that_says_something_else_than_its_field_is_told_with_its_row():
    content, _ = a_book(采集项=[["code", "rule"], ["econ.a.b", "{red: [1"]])
    issues, _ = read(content)
    assert issues["cell_yaml"].where == "定义.xlsx!采集项:2"
    assert issues["cell_yaml"].params["field"] == "rule"


def test_hidden_sheets_foreign_sheets_and_merged_cells():
    content, book = a_book(
        采集项=[["code", "name_zh"], ["econ.a.b", "甲"], ["econ.a.c", None]],
        说明=[["随便写的"]],
        指标=[["code"], ["econ.x.y"]],
    )
    book["采集项"].merge_cells("B2:B3")
    book["指标"].sheet_state = "hidden"
    whole = BytesIO()
    book.save(whole)
    issues, found = read(whole.getvalue())
    assert {"hidden_sheet", "unknown_sheet"} == set(issues)
    assert [(one.code, one.document["name_zh"]) for one in found] == [("econ.a.b", "甲"), ("econ.a.c", "甲")]
    assert content


def test_a_formula_without_a_saved_result_is_told_at_its_cell():
    content, _ = a_book(采集项=[["code", "name_zh"], ["econ.a.b", "=1+1"]])
    issues, _ = read(content)
    assert issues["formula_unsaved"].where == "定义.xlsx!采集项!B2"


def test_macros_and_links_to_other_books_are_told_and_not_followed():
    content, _ = a_book(采集项=[["code"], ["econ.a.b"]])
    more = BytesIO(content)
    with zipfile.ZipFile(more, "a") as packed:
        packed.writestr("xl/vbaProject.bin", b"\0")
        packed.writestr("xl/externalLinks/externalLink1.xml", b"<x/>")
    issues, found = read(more.getvalue())
    assert {"macros", "external_links"} <= set(issues)
    assert [one.code for one in found] == ["econ.a.b"]


def test_ten_thousand_columns_are_refused():
    content, _ = a_book(采集项=[["code", *(f"c{n}" for n in range(9_999))]])
    issues, found = read(content)
    assert set(issues) == {"too_many_columns"}
    assert found == []


def bomb(inside="a.yaml"):
    """A small archive that would grow to hundreds of megabytes."""
    whole = BytesIO()
    with (
        zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed,
        packed.open(inside, "w", force_zip64=True) as member,
    ):
        for _ in range(230):
            member.write(b"\0" * 2**20)
    return whole.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "key"),
    [
        (b"", "a.yaml", None),
        (b"PK\x03\x04 broken", "a.zip", "file_damaged"),
        (b"no book", "a.xlsx", "no_definitions"),
        (b"", "a.zip", None),
        (b"\xff\xfe\x00", "a.yaml", "file_unreadable"),
        (b"a: &x [1]\nb: *x\n", "a.yaml", "yaml_alias"),
        (b"a: !!python/object/apply:os.system [echo]\n", "a.yaml", "yaml_syntax"),
        (b"[" * 100_000, "a.yaml", "yaml_too_deep"),
        (b"a" * (5 << 20), "a.yaml", "file_too_large"),
    ],
)  # fmt: skip
def test_a_bad_file_is_told_and_gives_nothing(content, name, key):
    issues, found = read(content, name)
    assert found == []
    assert key is None or key in issues


def test_a_zip_bomb_is_not_inflated():
    issues, found = read(bomb(), "definitions.zip")
    assert (set(issues), found) == ({"zip_bomb"}, [])


def test_names_in_gbk_are_read_as_they_were_meant(tmp_path):
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w") as packed:
        packed.writestr("x.yaml", "inputs: [{code: econ.a.b}, {code: econ.a.b}]\n")
    name = "经济指标.yaml".encode("gb18030")
    content = whole.getvalue().replace(b"x.yaml", name)
    fixed = bytearray(content.replace(b"\x06\x00\x00\x00x", b"\x06\x00\x00\x00x"))
    for mark, at in ((b"PK\x03\x04", 26), (b"PK\x01\x02", 28)):
        start = fixed.find(mark)
        fixed[start + at : start + at + 2] = len(name).to_bytes(2, "little")
    end = fixed.find(b"PK\x05\x06")
    fixed[end + 12 : end + 16] = (end - fixed.find(b"PK\x01\x02")).to_bytes(4, "little")
    fixed[end + 16 : end + 20] = fixed.find(b"PK\x01\x02").to_bytes(4, "little")
    _, found = read(bytes(fixed), "定义.zip")
    assert [one.where for one in found] == ["经济指标.yaml:1", "经济指标.yaml:1"]
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))).write_text(
        "inputs: [{code: econ.a.b}]\n", "utf-8"
    )
    assert [one.where for one in entries(books.read(tmp_path))] == ["经济指标.yaml:1"]


def test_members_outside_the_archive_are_only_names():
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w") as packed:
        packed.writestr("../../etc/definitions.yaml", "inputs: [{code: econ.a.b}]\n")
    _, found = read(whole.getvalue(), "a.zip")
    assert [one.where for one in found] == ["definitions.yaml:1"]
