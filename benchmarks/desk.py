"""What an upload at the data desk costs until its doubts are told, against reading the file alone."""

import csv
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path

import xlsxwriter

from benchmarks import Row, interleaved, median_ratio
from benchmarks.intake import NOW, intake_of, library, rows, tree_of_maoming
from data_access import engine as engines
from data_access.config import StoreSettings
from data_access.desk import DeskStore
from data_access.formats import tabular
from data_access.migrations import create_schema
from data_access.observations import ObservationStore
from services.access import SYSTEM
from services.desk import Desk
from services.desk_calendar import ReleaseCalendar
from services.mapping import CATALOGUE_TERMS

CELLS = 100_000
COLUMNS = ("指标代码", "名称", "区划代码", "地区名称", "期别", "单位", "数值", "同比", "状态", "备注")
WRONG = 50
"""One row in so many has a doubt: a region that there is not, a text for a number, nothing where a figure belongs."""

WRONGS = (("region", "440999"), ("value", "五十"), ("value", ""))


def run() -> list[Row]:
    """The ratio for a workbook, as people fill it in, and for a CSV."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        lines = list(islice(table(), CELLS // len(COLUMNS)))
        return [
            measured(folder, writer(folder, lines), kind)
            for kind, writer in (("XLSX", workbook), ("CSV", comma_separated))
        ]


def measured(folder: Path, path: Path, kind: str) -> Row:
    """The whole upload, stored as a draft with all its doubts, beside the reading of its cells."""
    desk, content = a_desk(folder / kind), path.read_bytes()
    ours, theirs = interleaved(5, partial(desk.upload, SYSTEM, path.name, content), partial(read, desk, path))
    view = desk.delivery(SYSTEM, 1, {})
    told = sum(view.check.counts[kind] for kind in ("error", "warning"))
    note = f"{CELLS:,} cells, {told} doubts, {min(ours):.2f} s against {min(theirs):.2f} s"
    return Row(
        f"{kind} at the desk until its doubts are told, against reading it",
        median_ratio(ours, theirs),
        3,
        note=note,
    )


def table() -> Iterator[tuple[str, ...]]:
    """Rows as a template has them, some of them wrong."""
    tree, catalog = tree_of_maoming(), library()
    for at, (code, region, _, period, value) in enumerate(rows(CELLS // len(COLUMNS))):
        one = catalog.get(code)
        said = {"region": str(region), "value": str(value)}
        if at % WRONG == 0:
            field, text = WRONGS[at // WRONG % len(WRONGS)]
            said[field] = text
        yield (
            code, one.name_zh, said["region"], tree.name(region), period, one.unit, said["value"], "", "正式", ""
        )  # fmt: skip


def workbook(folder: Path, lines: list[tuple[str, ...]]) -> Path:
    """The rows as a workbook."""
    path = folder / "desk.xlsx"
    book = xlsxwriter.Workbook(path, {"strings_to_numbers": False})
    sheet = book.add_worksheet()
    for at, line in enumerate([COLUMNS, *lines]):
        for column, text in enumerate(line):
            number = column == 6 and at > 0 and text not in ("", "五十")
            (sheet.write_number if number else sheet.write_string)(
                at, column, float(text) if number else text
            )
    book.close()
    return path


def comma_separated(folder: Path, lines: list[tuple[str, ...]]) -> Path:
    """The rows as a CSV."""
    path = folder / "desk.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *lines])
    return path


def read(desk: Desk, path: Path) -> int:
    """Read every cell of the file, with the limits that the desk has."""
    return sum(
        len(chunk.rows) * len(chunk.columns)
        for one in tabular.read(path, desk.limits, lambda _: None)
        for chunk in one.chunks
    )


def a_desk(folder: Path) -> Desk:
    """A desk on an empty store."""
    folder.mkdir()
    engine = engines.create_engine(StoreSettings(url=f"sqlite:///{folder}/store.db"))
    create_schema(engine)
    figures, tree = ObservationStore(engine), tree_of_maoming()
    calendar = ReleaseCalendar(figures, library(), tree, timedelta(hours=8))
    return Desk(
        DeskStore(engine), figures, intake_of(engine), calendar, library(), tree, CATALOGUE_TERMS, lambda: NOW,
        most_cells=2 * CELLS,
    )  # fmt: skip
