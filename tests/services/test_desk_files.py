"""Bad files at the door of the data desk: a clear answer at the file or the cell, nothing half done, nothing lost."""

import csv
import json
import zipfile
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.styles import PatternFill

from services.desk_views import ERROR, WARNING
from tests.data_access.test_tabular import RECIPES, a_workbook, rewritten
from tests.services.test_desk import CLERK, EDITOR, MAOMING, NAUGHTY, REVENUE, Room, marks, refusal, room

__all__ = ["room"]

CASES = Path(__file__).resolve().parents[1] / "cases"
FILES = CASES / "intake" / "files"
NUMBERS = json.loads((CASES / "intake" / "number_parse_cases.json").read_text("utf-8"))["cases"]
PERIODS = json.loads((CASES / "intake" / "period_parse_cases.json").read_text("utf-8"))["cases"]
HEADER = ("指标代码", "区划代码", "期别", "数值")
GROWTH = "econ.gdp.growth"


def a_book(*rows, change=None):
    book = Workbook()
    for row in (HEADER, *rows):
        book.active.append(row)
    if change:
        change(book)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def as_csv(rows):
    text = StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([HEADER, *rows])
    return text.getvalue().encode()


def rows_of(room, number, sheet=0):
    return room.store.content(number)[sheet].rows


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("empty.csv", "empty_file"), ("bom_only.csv", "empty_file"), ("big5.csv", "encoding_big5"),
        ("very_long_cell.csv", "cell_too_long"), ("many_columns.csv", "too_many_columns"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_at_the_field_and_leaves_nothing(tmp_path, name, key, small):
    content = (FILES / name).read_bytes()
    assert refusal(small.desk.upload, CLERK, name, content) == [(key, "file")]
    assert small.store.deliveries() == []


@pytest.fixture
def small(room):
    """A desk that takes no wide tables and no long cells."""
    return Room(room.figures.engine, max_columns=1000, max_cell_characters=20_000)


@pytest.mark.parametrize(
    "name", ["gbk.csv", "gb18030_rare_char.csv", "trailing_total.csv", "restated_same_period.csv"]
)
def test_a_file_that_can_be_read_becomes_a_draft_with_every_cell_as_it_was(room, name):
    number = room.desk.upload(EDITOR, name, (FILES / name).read_bytes())
    expected = list(
        csv.reader(StringIO((FILES / name).read_bytes().decode("gb18030" if "gb" in name else "utf-8-sig")))
    )
    assert [list(row) for row in rows_of(room, number)] == expected
    assert room.desk.delivery(EDITOR, number, {}).head.state == "draft"


def test_stages_of_one_figure_and_a_total_that_differs_are_told(room):
    total = room.desk.upload(EDITOR, "合计.csv", (FILES / "trailing_total.csv").read_bytes())
    assert "missing_indicator" in {mark.issue.key for mark in room.desk.check(EDITOR, total).marks}
    number = room.desk.upload(
        EDITOR,
        "修订.csv",
        as_csv([(REVENUE, MAOMING, "2026-08", "100"), (REVENUE, MAOMING, "2026-08", "98")]),
    )
    assert marks(room.desk.check(EDITOR, number), ERROR) == [("duplicate_contradicts", "D3")]


@pytest.mark.parametrize("case", ["XL-02", "XL-04", "XL-05", "XL-07", "XL-16"])
def test_a_workbook_of_the_recipes_is_kept_as_it_is_seen_and_lacks_an_indicator(room, tmp_path, case):
    number = room.desk.upload(EDITOR, "表.xlsx", a_workbook(tmp_path, RECIPES[case]).read_bytes())
    seen = {"XL-02": ("440904", "1"), "XL-04": ("2023-03", "5.2%"), "XL-05": ("电白区", "2"), "XL-07": ("电白区", "1"),
            "XL-16": ("2023-03", "1")}  # fmt: skip
    assert rows_of(room, number)[1] == seen[case]
    check = room.desk.check(EDITOR, number)
    assert check.counts[ERROR]
    assert ("hidden_sheet" in {mark.issue.key for mark in check.marks}) == (case == "XL-07")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(room, tmp_path):
    path = a_workbook(tmp_path, RECIPES["XL-02"])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b" " * (64 << 20))
    assert refusal(room.desk.upload, CLERK, "大.xlsx", path.read_bytes()) == [("zip_bomb", "file")]
    assert room.store.deliveries() == []


def test_macros_and_links_to_other_books_are_told_and_left_alone(room, tmp_path):
    path = a_workbook(tmp_path, RECIPES["XL-02"])
    path = rewritten(path, "xl/vbaProject.bin", lambda _: b"macro")
    path = rewritten(path, "xl/externalLinks/externalLink1.xml", lambda _: b"<externalLink/>")
    number = room.desk.upload(EDITOR, "宏.xlsm", path.read_bytes())
    assert {"macros", "external_links"} <= {mark.issue.key for mark in room.desk.check(EDITOR, number).marks}


def test_a_formula_without_a_result_is_an_error_at_its_cell_until_a_number_is_typed(room):
    number = room.desk.upload(CLERK, "公式.xlsx", a_book((REVENUE, str(MAOMING), "2026-08", "=1+1")))
    found = marks(room.desk.check(CLERK, number), ERROR)
    assert ("formula_unsaved", "Sheet!D2") in found
    head = room.store.delivery(number)
    assert room.desk.type(CLERK, number, head.revision, [(0, 2, 3, "120.5")]).counts[ERROR] == 0


def test_merged_cells_say_their_value_in_every_row(room):
    def merge(book):
        book.active.merge_cells("A2:A3")
        book.active["A2"].fill = PatternFill("solid", fgColor="FFFF00")

    content = a_book(
        (REVENUE, str(MAOMING), "2026-07", 100), (None, str(MAOMING), "2026-08", 110), change=merge
    )
    number = room.desk.upload(CLERK, "合并.xlsx", content)
    assert [row[0] for row in rows_of(room, number)[1:]] == [REVENUE, REVENUE]
    assert room.desk.check(CLERK, number).figures == 2


def test_more_cells_than_the_desk_takes_are_refused_with_another_way(room):
    room.desk._most_cells = 100
    content = as_csv([(REVENUE, MAOMING, "2026-08", n) for n in range(40)])
    assert refusal(room.desk.upload, CLERK, "大.csv", content) == [("desk_too_large", "file")]


def test_every_handed_number_is_told_at_its_cell_as_what_it_is(room):
    rows = [(GROWTH, MAOMING, 1950 + at, case["text"]) for at, case in enumerate(NUMBERS)]
    number = room.desk.upload(EDITOR, "数.csv", as_csv(rows))
    examined = room.desk.examined(EDITOR, room.store.delivery(number))
    told = {
        mark.cell: (mark.kind, mark.issue.key) for mark in examined.marks if mark.kind in (ERROR, WARNING)
    }
    years = (examined.trial.figures["period"] // 10**11).tolist()
    stored = dict(zip(years, examined.trial.figures["value"].tolist(), strict=True))
    for at, case in enumerate(NUMBERS):
        expected, doubt, value = case["expected"], told.get((0, 2 + at, 3)), stored.get(1950 + at)
        if "error" in expected:
            assert doubt == (ERROR, expected["error"]), case
        elif "missing" in expected:
            assert doubt == (WARNING, "missing_unstated"), case
        elif "value" in expected:
            assert value == expected["value"], case
        else:
            assert (doubt and doubt[0] == ERROR) or value == expected.get("error_or_value"), case


def test_every_handed_period_is_read_or_told_at_its_cell(room):
    rows = [(REVENUE, str(MAOMING), case["text"], 1) for case in PERIODS]
    number = room.desk.upload(EDITOR, "期.xlsx", a_book(*rows))
    cells = {where: key for key, where in marks(room.desk.check(EDITOR, number), ERROR)}
    assert cells
    for at, case in enumerate(PERIODS):
        if "error" in case["expected"]:
            assert cells.get(f"Sheet!C{2 + at}") == case["expected"]["error"], case


@pytest.mark.parametrize(
    "name",
    ["八月.csv", "八月.csv".encode("gbk").decode("latin-1"), "../../../etc/passwd", "=cmd|' /C calc'!A0.csv", "a!b!C3.csv",
     "\u202e.csv", "😀" * 300 + ".csv", *NAUGHTY[:500:100]],
)  # fmt: skip
def test_a_file_may_be_called_whatever_it_likes(room, name):
    number = room.desk.upload(CLERK, name, as_csv([(REVENUE, MAOMING, "2026-08", "x")]))
    assert room.store.delivery(number).title
    assert marks(room.desk.check(CLERK, number), ERROR) == [("not_a_number", "D2")]
