"""Files to stored figures: what a delivery may look like, what is refused, and what it leaves behind."""

import csv
import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from openpyxl import Workbook
from sqlalchemy import Engine

from data_access import engine as engines
from data_access import packs
from data_access.config import IntakeSettings
from data_access.definitions import LIBRARY
from data_access.observations import ObservationStore
from data_access.sources import files
from data_access.targets import TargetStore
from indicators.aggregation import Demand
from indicators.catalog import Catalog, assemble, entries, layered
from indicators.definition import STATUS
from indicators.errors import CockpitError
from indicators.periods import instant_key, months_key
from services import mapping as mappings
from services.access import SYSTEM, Actor
from services.definitions import files_of
from services.intake import Intake, IntakeReport
from services.mapping import TableMapping
from services.recorded import Recorded, RecordFigures
from services.texts import Texts

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases"
FILES = CASES / "intake" / "files"
NAUGHTY = json.loads((CASES / "text" / "blns.json").read_text("utf-8"))["strings"]
RECIPES = {
    case["id"]: case
    for case in json.loads((CASES / "intake" / "xlsx_recipes.json").read_text("utf-8"))["cases"]
}

MAOMING, MAONAN, DIANBAI, GAOZHOU, OWN_ACCOUNT = (
    440900000000, 440902000000, 440904000000, 440981000000, 440970000000,
)  # fmt: skip
REVENUE, OUTPUT = "econ.fiscal.revenue", "econ.agri.output"
NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)

HEADER = "indicator,region,period,value,yoy,unit,cumulative,status,scope,dimensions,source,citation,quality,known_at"


@cache
def a_pack(name: str = "440900") -> packs.Pack:
    return packs.load_pack(ROOT / "packs" / name)


@cache
def definitions(name: str = "440900") -> Catalog:
    found = files_of(a_pack(name).files("indicators", "*.yaml"), LIBRARY)
    return assemble(layered(entries(found.sources())), 1)


class Judge:
    """Stands in for the warnings: remembers how often it was asked to judge."""

    def __init__(self) -> None:
        self.asked: list[datetime] = []

    def evaluate_pending(self, now: datetime) -> None:
        self.asked.append(now)


class House:
    """A store with an intake, and short words for what the tests do with them."""

    def __init__(self, engine: Engine, folder: Path, pack: str = "440900", **settings: int) -> None:
        self.store, self.targets, self.judge = ObservationStore(engine), TargetStore(engine), Judge()
        self.folder = folder
        self.now = NOW
        printed = a_pack(pack).file("mapping.yaml")
        assert printed is not None
        self.intake = Intake(
            self.store, partial(engines.transaction, engine), lambda: definitions(pack), a_pack(pack).tree,
            self.targets, self.judge, settings=IntakeSettings(**settings), clock=lambda: self.now,
            zone=ZoneInfo("Asia/Shanghai"), mapping=mappings.load(printed),
        )  # fmt: skip

    def take(self, content: str | bytes | Path, *, name: str = "delivery.csv", actor: Actor = SYSTEM,
             mapping: TableMapping | None = None, **options: Any) -> IntakeReport:  # fmt: skip
        path = content
        if not isinstance(content, Path):
            path = self.folder / name
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        assert isinstance(path, Path)
        source = files.from_path(path, self.intake.file_limit)
        return self.intake.load(actor, source, mapping, **options)

    def figures(self, indicator: str, *regions: int, item: int | None = 0) -> list[tuple[Any, ...]]:
        """Stored figures as (region, period, value, yoy, status), those of the total unless told otherwise."""
        items = None if item is None else (item,)
        found = self.store.answer(Demand((indicator,), regions or (MAOMING,), 0, 2**62, items))
        return sorted(
            (row[2], row[3], row[4], row[5], STATUS[row[6]]) for row in found.rows
        )  # fmt: skip


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> House:
    """A house on an empty store, on each engine in turn."""
    return House(engine, tmp_path)


def keys(report: IntakeReport) -> list[str]:
    return [issue.key for issue in report.issues]


def places(report: IntakeReport) -> list[tuple[str, str]]:
    return [(issue.key, issue.where) for issue in report.issues]


def a_row(**fields: object) -> str:
    """A delivery of one figure in catalogue terms, of which only what matters is said."""
    usual = {"indicator": REVENUE, "region": "440900000000", "period": "2024-06", "value": "65.58"}
    return a_table(usual | fields)


def a_table(*rows: dict[str, object]) -> str:
    names = HEADER.split(",")
    lines = [",".join(f'"{row.get(name, "")}"' for name in names) for row in rows]
    return "\n".join([HEADER, *lines]) + "\n"


# ---------------------------------------------------------------- what is stored


def test_a_table_in_catalogue_terms_needs_no_mapping(house):
    report = house.take(a_row(yoy=4.2, status="final", source="公报", citation="https://x", quality="A"))
    assert (report.state, report.inserted, report.issues) == ("stored", 1, ())
    assert house.figures(REVENUE) == [(MAOMING, months_key(2024, 6, 6), 65.58, 4.2, "final")]
    (source,) = house.store.sources().values()
    assert (source.title, source.citation, source.quality) == ("公报", "https://x", "A")


@pytest.mark.parametrize(
    "header", ["指标,地区,期别,数值", "指标名称,区划代码,时期,值(亿元)", "Indicator,Region,Period,Value"]
)
def test_usual_headers_are_understood(house, header):
    report = house.take(f"{header}\n{REVENUE},茂名市,2024年1-6月,65.58\n")
    assert (report.state, report.inserted) == ("stored", 1)


def test_a_title_above_the_header_is_passed_over(house):
    report = house.take(f"2024年财政收入\n单位：亿元\n指标,地区,期别,数值\n{REVENUE},茂名市,2024-06,65.58\n")
    assert report.inserted == 1


@pytest.mark.parametrize(
    ("unit", "value", "stored"),
    [("万元", "655800", 65.58), ("亿元", "65.58", 65.58), ("元", "6558000000", 65.58), ("", "65.58亿元", 65.58),
     ("", "655,800万元", 65.58)],
)  # fmt: skip
def test_units_are_converted_to_those_of_the_catalogue(house, unit, value, stored):
    house.take(a_row(unit=unit, value=value))
    assert house.figures(REVENUE)[0][2] == stored


@pytest.mark.parametrize(
    ("period", "cumulative", "key"),
    [
        ("2024-06", "", months_key(2024, 6, 6)),
        ("2024-06", "false", months_key(2024, 6, 1)),
        ("2024年6月", "true", months_key(2024, 6, 6)),
        ("2024-Q2", "false", months_key(2024, 6, 3)),
        ("2023", "", months_key(2023, 12, 12)),
        ("2024年1-2月", "", months_key(2024, 2, 2)),
    ],
)
def test_the_period_says_what_the_figure_is(house, period, cumulative, key):
    house.take(a_row(period=period, cumulative=cumulative))
    assert house.figures(REVENUE)[0][1] == key


def test_growth_without_a_level_is_a_figure(house):
    house.take(a_row(value="", yoy="4.2"))
    (figure,) = house.figures(REVENUE)
    assert figure[2] is None
    assert figure[3] == 4.2


def test_a_missing_figure_is_stored_with_its_reason_and_never_as_zero(house):
    house.take(
        a_table(
            {"indicator": REVENUE, "region": "茂名市", "period": "2024-06", "value": "—", "status": "缺报"}
        )
    )
    assert house.figures(REVENUE) == [(MAOMING, months_key(2024, 6, 6), None, None, "missing")]


def test_a_narrower_scope_and_a_breakdown_are_never_the_headline(house):
    house.take(
        a_table(
            {
                "indicator": REVENUE,
                "region": MAOMING,
                "period": "2024-06",
                "value": 43.71,
                "scope": "区市级合计",
            },
            {
                "indicator": OUTPUT,
                "region": MAOMING,
                "period": "2024-06",
                "value": 5,
                "dimensions": "agri_branch=crop",
            },
        )
    )
    assert house.figures(REVENUE) == house.figures(OUTPUT) == []
    assert set(house.store.items().values()) == {("", ""), ("", "区市级合计"), ("agri_branch=crop", "")}


def test_the_day_of_publication_is_when_a_figure_was_known(house):
    house.take(a_row(known_at="2024-07-15"))
    found = house.store.answer(Demand((REVENUE,), (MAOMING,), 0, 2**62)).rows
    assert found[0][9] == int(datetime(2024, 7, 14, 16, tzinfo=UTC).timestamp())


def test_parquet_and_workbooks_come_through_the_same_door(house, tmp_path):
    rows = [(REVENUE, 440900, "2024-06", 65.58), (REVENUE, 440981, "2024-06", 9.46)]
    columns = dict(zip(("indicator", "region", "period", "value"), zip(*rows, strict=True), strict=True))
    pq.write_table(pa.table({name: list(values) for name, values in columns.items()}), tmp_path / "t.parquet")
    assert house.take(tmp_path / "t.parquet").inserted == 2
    book = xlsxwriter.Workbook(tmp_path / "t.xlsx")
    sheet = book.add_worksheet("六月")
    for number, row in enumerate([tuple(columns), *rows]):
        sheet.write_row(number, 0, row)
    book.close()
    report = house.take(tmp_path / "t.xlsx")
    assert (report.inserted, report.unchanged) == (0, 2)


# ---------------------------------------------------------------- tables as offices write them


def a_mapping(tmp_path: Path, text: str) -> TableMapping:
    path = tmp_path / "mapping.yaml"
    path.write_text(text, "utf-8")
    return mappings.load(path)


def test_a_month_of_a_cumulative_indicator_is_the_year_to_date_and_contradicts_the_quarter(house, tmp_path):
    report = house.take(FILES / "gbk.csv", mapping=a_mapping(tmp_path, f"defaults: {{indicator: {REVENUE}}}"))
    assert report.state == "refused"
    assert ("duplicate_contradicts", "gbk.csv!D2") in places(report)


def test_the_facts_of_the_gbk_table(house, tmp_path):
    mapping = a_mapping(tmp_path, f"defaults: {{indicator: {REVENUE}, cumulative: false}}")
    report = house.take(FILES / "gbk.csv", mapping=mapping)
    assert [(row[0], row[1], row[2]) for row in house.figures(REVENUE, MAONAN, DIANBAI)] == [
        (MAONAN, months_key(2023, 2, 2), 120.5),
        (MAONAN, months_key(2023, 3, 1), 1234.5),
        (MAONAN, months_key(2023, 3, 3), 185.5),
        (DIANBAI, months_key(2023, 3, 1), -5.2),
    ]
    assert ("unit_conflict", "gbk.csv!D3") in places(report)
    assert report.refused == 1


def test_indicators_in_the_columns_with_their_units(house):
    report = house.take(
        "地区,年份,地方一般公共预算收入(万元),农林牧渔业总产值(亿元)\n高州市,2023,184900,300.5\n"
    )
    assert report.state == "stored"
    assert house.figures(REVENUE, GAOZHOU)[0][2] == 18.49
    assert house.figures(OUTPUT, GAOZHOU)[0][2] == 300.5


def test_of_which_rows_are_not_added_and_a_contradicting_total_stays_as_printed(house, tmp_path):
    mapping = a_mapping(tmp_path, f"defaults: {{indicator: {REVENUE}, period: 2024-06}}")
    report = house.take(FILES / "trailing_total.csv", mapping=mapping)
    stored = {row[0]: row[2] for row in house.figures(REVENUE, MAOMING, MAONAN, DIANBAI)}
    assert stored == {MAOMING: 31, MAONAN: 10, DIANBAI: 20}
    assert places(report) == [
        ("printed_total_differs", "trailing_total.csv!B5"), ("of_which", "trailing_total.csv!A4"),
    ]  # fmt: skip
    assert report.issues[0].params == {"printed": 31, "sum": 30, "gap": 1}


def test_a_sum_row_is_checked_and_not_stored(house, tmp_path):
    mapping = a_mapping(tmp_path, f"defaults: {{indicator: {REVENUE}, period: 2024-06}}")
    report = house.take("地区,数值\n茂南区,10\n电白区,20\n合计,35\n", mapping=mapping)
    assert (report.inserted, keys(report)) == (2, ["printed_total_differs"])


def test_both_vintages_of_a_restated_figure_are_kept(house, tmp_path):
    mapping = a_mapping(tmp_path, f"defaults: {{indicator: {REVENUE}}}")
    report = house.take(FILES / "restated_same_period.csv", mapping=mapping)
    key = months_key(2023, 3, 3)
    assert house.figures(REVENUE, DIANBAI) == [(DIANBAI, key, 98, None, "final")]
    before = Demand((REVENUE,), (DIANBAI,), 0, 2**62, as_of=int(NOW.timestamp()) - 1)
    assert [row[4] for row in house.store.answer(before).rows] == [100]
    assert report.state == "stored"


@pytest.mark.parametrize(
    "name", ["empty.csv", "bom_only.csv", "very_long_cell.csv", "many_columns.csv", "big5.csv"]
)
def test_a_file_that_cannot_be_read_is_refused_whole(house, name):
    report = house.take(FILES / name)
    assert (report.state, report.load, report.errors) == ("refused", None, 1)
    assert report.issues[0].where.startswith(name)
    assert house.store.loads() == []


@pytest.mark.parametrize(
    ("case", "defaults", "stored"),
    [
        ("XL-02", "period: 2023-03", 1),
        ("XL-04", "region: 440900", 5.2),
        ("XL-05", "period: 2023-03", 2),
        ("XL-07", "period: 2023-03", 1),
        ("XL-16", "region: 440900", 1),
    ],
)
def test_workbooks_of_the_recipes_are_stored_as_they_are_seen(house, tmp_path, case, defaults, stored):
    from tests.data_access.test_tabular import a_workbook

    mapping = a_mapping(tmp_path, f"defaults: {{indicator: econ.gdp.growth, {defaults}}}")
    report = house.take(a_workbook(tmp_path, RECIPES[case]), mapping=mapping)
    assert report.state == "stored", report.issues
    assert [row[2] for row in house.figures("econ.gdp.growth", MAOMING, DIANBAI)] == [stored]


# ---------------------------------------------------------------- bad input: nothing stored, nothing lost


@pytest.mark.parametrize(
    ("fields", "key", "cell"),
    [
        ({"region": "高洲市"}, "unknown_region", "B2"),
        ({"region": "440999000000"}, "unknown_region", "B2"),
        ({"region": "4409"[:3]}, "bad_length", "B2"),
        ({"region": ""}, "missing_region", "B2"),
        ({"indicator": "econ.gdp.totl"}, "unknown_indicator", "A2"),
        ({"indicator": ""}, "missing_indicator", "A2"),
        ({"unit": "万人"}, "unit_mismatch", "F2"),
        ({"unit": "斛"}, "unknown_unit", "F2"),
        ({"period": "2024年13月"}, "month_out_of_range", "C2"),
        ({"period": "2023.1"}, "ambiguous_numeric_period", "C2"),
        ({"period": ""}, "missing_period", "C2"),
        ({"period": "2031"}, "period_not_begun", "C2"),
        ({"value": "约莫"}, "not_a_number", "D2"),
        ({"value": "NaN"}, "not_a_number", "D2"),
        ({"yoy": "nan"}, "not_a_number", "E2"),
        ({"value": "1,234,5"}, "bad_grouping", "D2"),
        ({"value": "≥95"}, "inexact", "D2"),
        ({"yoy": "▲5"}, "ambiguous_sign", "E2"),
        ({"status": "差不多"}, "unknown_status", "H2"),
        ({"cumulative": "也许"}, "cumulative_unclear", "G2"),
        ({"known_at": "2024-13-01"}, "bad_day", "N2"),
        ({"known_at": "2031-01-01"}, "day_in_future", "N2"),
    ],
)
def test_an_error_is_told_at_its_cell_and_nothing_is_stored(house, fields, key, cell):
    report = house.take(a_table({"indicator": REVENUE, "region": "440900", "period": "2024-06", "value": 1} | fields,
                                {"indicator": REVENUE, "region": "440981", "period": "2024-06", "value": 9.46}))  # fmt: skip
    assert report.state == "refused"
    assert (key, f"delivery.csv!{cell}") in places(report)
    assert house.store.loads() == []
    assert house.figures(REVENUE, GAOZHOU) == []
    assert house.judge.asked == []


def test_a_workbook_of_a_formula_without_a_result_names_its_cell(house, tmp_path):
    book = Workbook()
    for row in (["指标", "地区", "期别", "值"], [REVENUE, "茂名市", "2024-06", "=1+1"]):
        book.active.append(row)
    book.save(tmp_path / "written.xlsx")
    report = house.take(tmp_path / "written.xlsx")
    assert report.state == "refused"
    assert places(report) == [("formula_unsaved", "written.xlsx!Sheet!D2")]


def test_a_difference_is_written_as_people_write_it(house, tmp_path):
    mapping = a_mapping(tmp_path, f"defaults: {{indicator: {REVENUE}, period: 2024-06}}")
    report = house.take("地区,数值\n高州市,9.5\n化州市,15.5\n合计,20\n", mapping=mapping)
    (issue,) = [one for one in report.to_json(Texts("zh"))["issues"] if one["key"] == "printed_total_differs"]
    assert issue["what"] == "合计行印的是 20，以上各行合计 25，差 −5。"
    assert issue["params"] == {"printed": 20, "sum": 25, "gap": -5}


def test_every_issue_of_a_file_is_told_not_only_the_first(house):
    report = house.take(
        a_table(
            {"indicator": "x", "region": "y", "period": "z", "value": "w"},
            {"indicator": REVENUE, "region": "440900", "period": "2024年0月", "value": "w"},
        )
    )
    assert {"unknown_region", "not_a_number", "month_out_of_range"} <= set(keys(report))


def test_a_duplicate_that_contradicts_names_both_cells(house):
    rows = [
        {"indicator": REVENUE, "region": "440900", "period": "2024-06", "value": value} for value in (1, 2)
    ]
    report = house.take(a_table(*rows))
    assert report.state == "refused"
    (issue,) = report.issues
    assert (issue.key, issue.where, issue.params["other"]) == (
        "duplicate_contradicts", "delivery.csv!D3", "delivery.csv!D2",
    )  # fmt: skip


def test_a_near_miss_is_answered_with_what_was_meant(house):
    report = house.take(a_row(indicator="econ.fiscal.revenu"))
    assert report.issues[0].params["near"] == REVENUE


@pytest.mark.parametrize("field", ["indicator", "region", "period", "value", "unit", "status", "known_at"])
def test_naughty_strings_where_words_are_expected_give_messages_not_crashes(house, tmp_path, field):
    path = tmp_path / "naughty.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        names = HEADER.split(",")
        writer.writerow(names)
        usual = {"indicator": REVENUE, "region": "440900", "period": "2024-06", "value": "1"}
        for text in NAUGHTY:
            writer.writerow([(usual | {field: text}).get(name, "") for name in names])
    report = house.take(path)
    assert report.state == "refused"
    assert report.errors > 100
    assert house.store.loads() == []
    json.dumps(report.to_json(Texts("en")))


@pytest.mark.parametrize("fields", [("scope",), ("source", "citation"), ("dimensions",)])
def test_naughty_strings_in_texts_come_back_as_they_went(house, tmp_path, fields):
    kept = [text.strip() for text in NAUGHTY if text.strip() and len(text.encode()) < 150]
    path = tmp_path / "naughty.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        names = HEADER.split(",")
        writer.writerow(names)
        for number, text in enumerate(kept):
            row = {"indicator": REVENUE, "region": "440900", "value": "1", **dict.fromkeys(fields, text)}
            row["period"] = (
                f"{1980 + number // 12}-{number % 12 + 1:02d}" if "source" in fields else "2024-06"
            )
            writer.writerow([row.get(name, "") for name in names])
    report = house.take(path)
    assert report.errors == sum(key == "duplicate_contradicts" for key in keys(report)) == 0
    sources = {text for source in house.store.sources().values() for text in (source.title, source.citation)}
    items = {text for item in house.store.items().values() for text in item}
    cleaned = {
        "".join(c for c in text if c not in "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060").strip()
        for text in kept
    }
    assert {text for text in cleaned if text} <= sources | items


def test_a_figure_below_its_lowest_level_is_stored_and_told(house):
    report = house.take(a_row(region="440981100000", value=1))
    assert (report.state, keys(report)) == ("stored", ["below_lowest_level"])


def test_a_jump_is_asked_about_also_against_what_is_stored(house):
    house.take(a_row(period="2023-06", value=63))
    report = house.take(a_row(value=6558))
    assert (report.state, keys(report)) == ("stored", ["sudden_jump"])
    assert report.issues[0].params["base"] == 63


def test_issues_beyond_the_limit_are_counted(engine, tmp_path):
    house = House(engine, tmp_path, max_issues=3)
    report = house.take(
        a_table(*({"indicator": REVENUE, "region": "nowhere", "period": "2024", "value": 1},) * 10)
    )
    assert (len(report.issues), report.errors) == (3, 10)


# ---------------------------------------------------------------- once, again, back


def test_the_same_content_loaded_again_changes_nothing(house):
    first = house.take(a_row())
    version = house.store.data_version()
    again = house.take(a_row(), name="copied.csv")
    assert (again.state, again.load) == ("unchanged", first.load)
    assert house.store.data_version() == version


def test_the_same_content_through_another_mapping_is_another_load(house, tmp_path):
    house.take(a_row(unit=""))
    other = house.take(a_row(unit=""), mapping=a_mapping(tmp_path, "defaults: {unit: 万元}"))
    assert (other.state, other.corrected) == ("stored", 1)


def test_a_load_can_be_undone_and_loaded_again(house):
    house.take(a_row(value=60))
    load = house.take(a_row(value=65.58)).load
    assert house.figures(REVENUE)[0][2] == 65.58
    house.intake.undo(SYSTEM, load)
    assert house.figures(REVENUE)[0][2] == 60
    assert house.take(a_row(value=65.58)).state == "stored"
    assert house.figures(REVENUE)[0][2] == 65.58


def test_the_figures_of_records_cannot_be_undone_by_themselves(house):
    june = months_key(2024, 6, 6)
    told = {"indicator": [REVENUE], "region": [MAOMING], "period": [june], "value": [1]}
    recorded = Recorded(house.store, definitions("440900"), timedelta(hours=8))
    with engines.transaction(house.store.engine) as connection:
        figures = RecordFigures((REVENUE,), (MAOMING,), june, june, told)
        load = recorded.settle("项目", SYSTEM, figures, connection, NOW).load
    with pytest.raises(CockpitError) as refused:
        house.intake.undo(SYSTEM, load)
    assert refused.value.key == "load_of_records"
    assert house.figures(REVENUE)[0][2] == 1


def test_a_dry_run_counts_and_stores_nothing(house):
    house.take(a_row(value=60))
    version = house.store.data_version()
    report = house.take(a_row(value=65.58), dry_run=True)
    assert (report.state, report.load, report.corrected) == ("dry_run", None, 1)
    assert house.figures(REVENUE)[0][2] == 60
    assert house.store.data_version() == version
    assert len(house.store.loads()) == len(house.judge.asked) == 1


def test_warnings_are_judged_after_a_load_and_after_an_undo(house):
    load = house.take(a_row()).load
    house.intake.undo(SYSTEM, load)
    assert len(house.judge.asked) == 2


def test_a_stop_in_the_middle_of_a_load_leaves_the_store_as_it_was(house, monkeypatch):
    house.take(a_row(value=60))

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(house.targets, "add", stop)
    with pytest.raises(KeyboardInterrupt):
        house.take(a_row(value=65.58))
    assert house.figures(REVENUE)[0][2] == 60
    assert len(house.store.loads()) == 1


CRASH = """
import os, sys
from pathlib import Path
from data_access.config import StoreSettings
from data_access.engine import create_engine
from tests.services.test_intake import House, a_row
house = House(create_engine(StoreSettings(url=sys.argv[1])), Path(sys.argv[2]))
house.targets.add = lambda *_, **__: os._exit(9)
house.take(a_row(value=65.58))
"""


def test_a_server_that_dies_in_the_middle_of_a_load_finds_its_store_as_before(house, store_url, tmp_path):
    house.take(a_row(value=60))
    died = subprocess.run([sys.executable, "-c", CRASH, store_url, str(tmp_path)], cwd=ROOT, check=False)
    assert died.returncode == 9
    assert house.figures(REVENUE)[0][2] == 60
    assert len(house.store.loads()) == 1
    assert house.take(a_row(value=65.58)).state == "stored"


# ---------------------------------------------------------------- who may

EDITOR = Actor("e1", "编辑", "editor", (GAOZHOU,))


def test_an_editor_loads_within_the_own_regions_only(house):
    assert house.take(a_row(region=GAOZHOU), actor=EDITOR).state == "stored"
    report = house.take(a_row(region=MAONAN), actor=EDITOR)
    assert (report.state, places(report)) == ("refused", [("forbidden", "delivery.csv!B2")])


@pytest.mark.parametrize("role", ["leader", "analyst", "viewer", "admin", "auditor"])
def test_other_roles_load_nothing(house, role):
    with pytest.raises(CockpitError) as caught:
        house.take(a_row(), actor=Actor("x", "x", role, (MAOMING,)))
    assert caught.value.key == "forbidden"


def test_an_editor_takes_back_own_loads_only(house):
    foreign = house.take(a_row(region=GAOZHOU, value=1)).load
    own = house.take(a_row(region=GAOZHOU, value=2), actor=EDITOR).load
    with pytest.raises(CockpitError):
        house.intake.undo(EDITOR, foreign)
    house.intake.undo(EDITOR, own)
    assert house.figures(REVENUE, GAOZHOU)[0][2] == 1


# ---------------------------------------------------------------- mapping files


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("colums: {}", "mapping_key"),
        ("- a", "mapping_shape"),
        ("columns: 3", "mapping_shape"),
        ("columns: {wert: x}", "mapping_field"),
        ("statuses: {初: erste}", "unknown_status"),
        ("codes: absent.csv", "mapping_unreadable"),
        ("a: [", "mapping_unreadable"),
    ],
)
def test_a_mapping_file_is_checked(tmp_path, text, key):
    with pytest.raises(CockpitError) as caught:
        a_mapping(tmp_path, text)
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [("codes: absent.csv", "absent.csv", "文件不存在"), ("x: 1\na: [", "mapping.yaml:2", "不是有效的 YAML 文件"),
     ("codes: latin.csv", "latin.csv", "不是 UTF-8 编码"), ("codes: .", "", "这是文件夹，不是文件")],
)  # fmt: skip
def test_why_a_mapping_cannot_be_read_is_said_in_words(tmp_path, text, place, reason):
    (tmp_path / "latin.csv").write_bytes("é".encode("latin-1"))
    with pytest.raises(CockpitError) as caught:
        a_mapping(tmp_path, text)
    (issue,) = caught.value.issues
    assert issue.text().startswith(f"读不了映射文件：{reason}")
    assert issue.where == str(tmp_path / place)


def test_every_bad_line_of_a_code_list_is_told(tmp_path):
    lines = ["printed_code,catalogue_code,measure,unit_factor,source_column,when", "a,b,value,1,value,",
             "a,b,wert,1,value,", "a,b,value,x,value,", "a,b,value,1,value,period ~ 3"]  # fmt: skip
    (tmp_path / "codes.csv").write_text("\n".join(lines), "utf-8")
    with pytest.raises(CockpitError) as caught:
        a_mapping(tmp_path, "codes: codes.csv")
    assert [issue.where.rpartition(":")[2] for issue in caught.value.issues] == ["3", "4", "5"]


@pytest.mark.parametrize(
    ("condition", "row", "holds"),
    [
        ("", {}, True),
        ("cumulative=true or period=year", {"cumulative": "false", "period": "2023"}, True),
        ("cumulative=true or period=year", {"cumulative": "false", "period": "2023-01"}, False),
        ("cumulative=false and period=month", {"cumulative": "false", "period": "2023-01"}, True),
        (
            "not (region_code=440900000000 and period=2005)",
            {"region": "440900000000", "period": "2005"},
            False,
        ),
        (
            "not (region_code=440900000000 and period=2005)",
            {"region": "440900000000", "period": "2006"},
            True,
        ),
        ("scope!=省重点", {"scope": ""}, True),
    ],
)
def test_conditions_read_what_a_row_prints(condition, row, holds):
    assert mappings.parse_condition(condition).holds(row) is holds


def test_mapped_regions_columns_and_words(house, tmp_path):
    mapping = a_mapping(
        tmp_path,
        f"columns: {{region: 单位名称, value: 本期}}\nregions: {{高新区: 440972000000, 其他: skip}}\n"
        f"statuses: {{核定: final}}\ndefaults: {{indicator: {REVENUE}, period: 2024-06, status: 核定}}",
    )
    report = house.take("单位名称,本期\n高新区,1.2\n其他,3\n", mapping=mapping)
    assert (report.inserted, report.refused) == (1, 1)
    assert house.figures(REVENUE, 440972000000)[0][4] == "final"


def test_a_header_that_the_mapping_does_not_find_is_told(house, tmp_path):
    report = house.take("地区,数值\n茂南区,1\n", mapping=a_mapping(tmp_path, "columns: {value: 本期}"))
    assert (report.state, keys(report)) == ("refused", ["no_header"])


# ---------------------------------------------------------------- the published figures

CITIES = ("140200", "330400", "341000", "440900")


def loaded(house: House, pack: str) -> list[IntakeReport]:
    return [house.take(path) for path in a_pack(pack).files("observations", "*.csv")]


def test_every_printed_row_is_a_figure_a_target_or_refused_with_its_reason(engine, tmp_path):
    """657 rows of the sources: none is lost on the way, and each that is left out says why."""
    counted: Counter[str] = Counter()
    for pack in CITIES:
        house = House(engine, tmp_path, pack)
        for path in a_pack(pack).files("observations", "*.csv"):
            if path.parent.parent.name == "common" and pack != CITIES[0]:
                continue
            report = house.take(path)
            assert report.errors == 0, report.issues
            left_out = {issue.where for issue in report.issues if issue.key in ("not_loaded", "no_home")}
            with path.open(encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            expected = sum(row["status"] == "expected" for row in rows)
            counted.update(rows=len(rows), left_out=len(left_out), expected=expected)
            assert report.rows == len(rows)
            assert report.refused == len(left_out)
            assert report.targets == sum(
                (row["value"] != "") + (row["yoy_pct"] != "") for row in rows if row["status"] == "expected"
            )
            cells = sum((row["value"] != "") + (row["yoy_pct"] != "") for row in rows)
            assert cells > 0
    assert counted == {"rows": 1657, "left_out": 3, "expected": 7}


def test_each_printed_cell_of_maoming_is_found_in_the_store(house):
    loaded(house, "440900")
    printed = {}
    with (ROOT / "packs/440900/observations/published.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["status"] != "expected" and row["indicator_code"] not in (
                "income_rural_net",
                "industry_output",
            ):
                printed[
                    tuple(
                        row[name]
                        for name in ("indicator_code", "region_code", "period", "cumulative", "scope")
                    )
                ] = row
    catalog = definitions()
    codes = tuple(catalog.codes)
    stored = house.store.answer(Demand(codes, tuple(a_pack().tree.subtree(MAOMING)), 0, 2**62, None))
    values = sum(row[4] is not None for row in stored.rows) + sum(row[5] is not None for row in stored.rows)
    cells = sum((row["value"] != "") + (row["yoy_pct"] != "") for row in printed.values())
    assert values == cells


def test_the_gross_product_of_maoming_comes_with_its_citation(house):
    loaded(house, "440900")
    (row,) = house.store.answer(
        Demand(("econ.gdp.total",), (MAOMING,), *(months_key(2023, 12, 12),) * 2)
    ).rows
    assert row[4] == 3987.22
    source = house.store.sources()[row[8]]
    assert source.title
    assert source.citation.startswith("http")
    assert source.quality in "ABCD"


def test_the_revenue_of_the_city_its_counties_and_its_own_account(house):
    loaded(house, "440900")
    key = months_key(2024, 6, 6)
    tree = a_pack().tree
    counties = tree.children(MAOMING, territories_only=True)

    def figure(region: int) -> float:
        return next(row[2] for row in house.figures(REVENUE, region) if row[1] == key)

    assert figure(MAOMING) == 65.58
    assert round(sum(figure(county) for county in counties), 2) == 41.89
    assert figure(OWN_ACCOUNT) == 21.87
    scoped = house.store.answer(Demand((REVENUE,), (MAOMING,), key, key, None)).rows
    assert sorted((row[1] == 0, row[4]) for row in scoped) == [(False, 43.71), (True, 65.58)]


def test_expected_figures_of_whole_years_are_targets_and_no_figures(house):
    loaded(house, "440900")
    assert house.targets.value("econ.gdp.total", MAOMING, 2011) == 1625
    assert house.targets.value("econ.gdp.growth", MAOMING, 2011) == 10.0
    assert house.targets.value("econ.gdp.total", 440982000000, 2017) is None
    said = {target.statement_zh: target.value for target in house.targets.of_region(440982000000)}
    assert 278.37 in said.values()
    assert all(row[1] != months_key(2011, 12, 12) for row in house.figures("econ.gdp.total"))


def test_contradictions_of_the_sources_stay_as_printed_beside_the_computed_check(house):
    *_, report = loaded(house, "440900")
    told = {
        issue.where.rpartition("!")[2]: issue for issue in report.issues if issue.key == "formula_differs"
    }
    assert {(i.params["printed"], i.params["computed"]) for i in told.values()} == {
        (115.7, 115.58),
        (13.12, 13.07),
    }
    rest = [issue.params["gap"] for issue in report.issues if issue.key == "unlisted_rest"]
    assert 1.82 in rest


def test_the_final_figure_of_jiaxing_is_in_force_and_the_preliminary_one_is_kept(engine, tmp_path):
    house = House(engine, tmp_path, "330400")
    loaded(house, "330400")
    city, key = 330400000000, months_key(2021, 12, 12)
    demand = Demand(("econ.gdp.total",), (city,), key, key)
    assert [row[4] for row in house.store.answer(demand).rows] == [6388.38]
    earlier = Demand(("econ.gdp.total",), (city,), key, key, as_of=int(NOW.timestamp()) - 1)
    assert [row[4] for row in house.store.answer(earlier).rows] == [6355.28]


def test_a_census_is_the_figure_of_its_moment(house):
    loaded(house, "440900")
    assert house.figures("econ.pop.census") == [(MAOMING, instant_key(2020, 11), 617.405, None, "final")]


# ---------------------------------------------------------------- the report


def test_the_report_speaks_the_language_of_the_reader(house):
    report = house.take(a_row(region="高洲市"))
    chinese, english = report.to_json(Texts("zh")), report.to_json(Texts("en"))
    assert chinese["issues"][0]["key"] == english["issues"][0]["key"] == "unknown_region"
    assert chinese["issues"][0]["what"] != english["issues"][0]["what"]
    assert json.loads(json.dumps(chinese))["state"] == "refused"


def test_progress_is_told(house):
    told: list[str] = []
    house.take(a_row(), progress=lambda stage, _: told.append(stage))
    assert told == ["read", "check", "store"]
