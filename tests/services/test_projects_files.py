"""Projects from files: every mistake with its cell, nothing half written; the published ones; the simulated portfolio."""

import csv
from collections import defaultdict
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import pytest

from data_access import packs
from data_access.formats.tabular import write_csv, write_xlsx
from indicators.errors import CockpitError
from indicators.projects import Register
from indicators.regions import Level
from services import bootstrap, projects_files, projects_sample
from services.access import Actor
from services.bootstrap import Services
from services.projects_figures import FIGURES, ProjectFigures, Stretch
from services.projects_files import PROJECT_COLUMNS, load
from services.projects_reading import LABELS

PACK = packs.load_pack(Path(__file__).resolve().parents[2] / "packs" / "440900")
CITY, GAOZHOU, DIANBAI = 440900000000, 440981000000, 440904000000
NOW = datetime(2026, 11, 12, 1, 0, tzinfo=UTC)
EDITOR = Actor("1", "editor", "editor", (CITY,))
GAOZHOU_EDITOR = Actor("2", "gaozhou", "editor", (GAOZHOU,))

HEAD = (
    "项目名称",
    "牵头地区",
    "类别",
    "所属项目包",
    "阶段",
    "牵头部门",
    "总投资（亿元）",
    "计划开工",
    "计划竣工",
    "实际开工",
    "年度",
    "年度计划（亿元）",
)
PLAIN = (
    "荔枝加工园",
    "高州市",
    "项目",
    "",
    "在建",
    "市农业农村局",
    "12",
    "2025-03-01",
    "2027-06-30",
    "2025-03-05",
    "2026",
    "6",
)
OUTER = ("2026年大会战（116项）", "高州市", "项目包", "", "在建", "", "742", "", "", "", "2026", "83")
INNER = (
    "2026年省市重点（58项）",
    "高州市",
    "项目包",
    "2026年大会战（116项）",
    "在建",
    "",
    "431",
    "",
    "",
    "",
    "2026",
    "48",
)
MONTHS = ("项目名称", "年度", "月份", "累计完成投资（亿元）", "备注")


@pytest.fixture
def world(city) -> Services:
    return bootstrap.build(city, clock=lambda: NOW)


def a_file(*rows, head=HEAD, kind="csv") -> bytes:
    file = BytesIO()
    (write_xlsx if kind == "xlsx" else write_csv)(file, head, rows)
    return file.getvalue()


def row(**changes):
    names = dict(zip(HEAD, range(len(HEAD)), strict=True))
    found = list(PLAIN)
    for name, value in changes.items():
        found[next(spot for head, spot in names.items() if head.startswith(name))] = value
    return tuple(found)


def wrong(world, content, actor=EDITOR):
    before = world.projects.register().version
    with pytest.raises(CockpitError) as refused:
        load(world.projects, actor, content)
    assert world.projects.register().version == before  # nothing of the file was written
    return [(issue.where, issue.key) for issue in refused.value.issues]


def named(world, name):
    return next(one for one in world.projects.register().projects.values() if one.name == name)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_filled_template_is_read_and_reading_it_again_changes_nothing(world, kind):
    content = a_file(PLAIN, kind=kind)
    assert load(world.projects, EDITOR, content).added == 1
    version = world.projects.register().version
    again = load(world.projects, EDITOR, content)
    assert (again.added, again.changed, world.projects.register().version) == (0, 1, version)


@pytest.mark.parametrize("kind", sorted(projects_files.TEMPLATES))
def test_a_template_has_every_column_with_its_unit(kind):
    head = next(csv.reader(StringIO(projects_files.template(kind, "csv").decode("utf-8-sig"))))
    assert [text.split("（")[0] for text in head] == [
        LABELS[name].split("（")[0] for name in projects_files.TEMPLATES[kind]
    ]
    assert "总投资（亿元）" in head or "累计完成投资（亿元）" in head
    assert set(PROJECT_COLUMNS) <= set(LABELS)


@pytest.mark.parametrize(
    ("changes", "cell", "key"),
    [
        ({"牵头地区": "高洲市"}, "B3", "unknown_region"),
        ({"总投资": "十二"}, "G3", "not_a_number"),
        ({"计划竣工": "2024-01-01"}, "I3", "dates_cross"),
        ({"阶段": "已建"}, "E3", "not_a_choice"),
        ({"项目名称": "高州市重点项目（58项）"}, "C3", "programme_as_project"),
        ({"所属项目包": "没有这个包"}, "D3", "programme_unknown"),
        ({"项目名称": "荔枝加工园"}, "A3", "row_twice"),
        ({"年度计划": "-3"}, "L3", "out_of_range"),
    ],
)
def test_a_mistake_is_told_with_its_cell_and_nothing_is_written(world, changes, cell, key):
    assert (cell, key) in wrong(world, a_file(PLAIN, row(**{"项目名称": "另一个项目"} | changes)))


def test_the_mistakes_of_all_rows_are_told_together(world):
    found = wrong(
        world, a_file(row(总投资="x"), row(项目名称="乙", 牵头地区="无名镇"), row(项目名称="丙", 阶段=""))
    )
    assert {cell for cell, _ in found} == {"G2", "B3", "E4"}


def test_nested_programmes_are_kept_apart_and_never_added(world):
    member = row(项目名称="潘州大道北", 所属项目包="2026年省市重点（58项）")
    done = load(world.projects, EDITOR, a_file(member, INNER, OUTER))  # whatever stands first
    assert (done.added, done.programmes) == (3, 2)
    inner, outer = named(world, INNER[0]), named(world, OUTER[0])
    assert (inner.part_of, named(world, "潘州大道北").part_of, inner.printed_plan) == (outer.id, inner.id, 48)
    course = world.projects.course()
    assert [one.name for one in course.projects] == ["潘州大道北"]
    assert not world.projects.register().plans.get(outer.id)


def test_programmes_that_contain_each_other_are_refused(world):
    loop = (OUTER[0], *OUTER[1:3], INNER[0], *OUTER[4:])
    assert {key for _, key in wrong(world, a_file(loop, INNER))} == {"programme_loop"}


def test_a_county_imports_at_home_only(world):
    found = wrong(world, a_file(PLAIN, row(项目名称="别处的项目", 牵头地区="信宜市")), GAOZHOU_EDITOR)
    assert found == [("B3", "region_not_yours")]


@pytest.mark.parametrize(
    ("given", "cell", "key"),
    [
        (("荔枝加工园", "2026", "10", "6.9", ""), "D2", "above_plan"),
        (("没登记的项目", "2026", "10", "1", ""), "A2", "project_unknown_row"),
        (("荔枝加工园", "2026", "13", "1", ""), "C2", "out_of_range"),
        (("荔枝加工园", "2025", "10", "1", ""), "B2", "not_listed"),
        ((OUTER[0], "2026", "10", "1", ""), "A2", "programme_not_counted"),
    ],
)
def test_a_wrong_month_is_told_with_its_cell(world, given, cell, key):
    load(world.projects, EDITOR, a_file(PLAIN, OUTER))
    assert (cell, key) in wrong(world, a_file(given, head=MONTHS))


def test_months_come_by_file_and_more_than_the_plan_wants_a_word(world):
    load(world.projects, EDITOR, a_file(PLAIN))
    given = [("荔枝加工园", "2026", "9", "4", ""), ("荔枝加工园", "2026", "10", "6.9", "二期提前")]
    assert load(world.projects, EDITOR, a_file(*given, head=MONTHS)).months == 2
    assert [one.done for one in world.projects.register().months[named(world, "荔枝加工园").id]] == [4.0, 6.9]


def test_a_file_of_something_else_says_what_is_missing(world):
    assert wrong(world, "甲,乙\n1,2\n".encode()) == [("file", "head_unknown")]


# ---- what is published


def test_the_published_projects_come_with_source_and_as_of(world):
    found = [one for one in world.projects.register().projects.values() if not one.simulated]
    assert len(found) == 21
    assert sum(one.kind == "programme" for one in found) == 8
    assert all(one.quality in "ABC" and one.citation for one in found)
    whole = next(one for one in found if "116项" in one.name)
    part = next(one for one in found if "58项" in one.name)
    inner = next(one for one in found if "(7项" in one.name)
    assert (inner.part_of, part.part_of, whole.part_of) == (part.id, whole.id, None)
    assert not world.projects.register().listings


# ---- the simulated portfolio


def centers():
    with PACK.file("centers.csv").open(encoding="utf-8") as file:
        return {
            PACK.tree.parse(one["code"]): (float(one["lon"]), float(one["lat"]))
            for one in csv.DictReader(file)
        }


@pytest.fixture(scope="module")
def drawn():
    spec = projects_sample.read(PACK.file("sample/projects.yaml"))
    return projects_sample.draw(spec, PACK.tree, centers(), 440900)


@pytest.fixture(scope="module")
def register(drawn):
    parts = {}
    for name, records in drawn.parts.items():
        grouped = defaultdict(list)
        for one in records:
            grouped[one.project].append(one)
        parts[f"{name}s"] = {project: tuple(own) for project, own in grouped.items()}
    return Register(1, {one.id: one for one in drawn.projects}, **parts)


@pytest.fixture(scope="module")
def figures(published, register):
    settings = bootstrap.Settings(store={"url": f"sqlite:///{published}"})
    world = bootstrap.build(settings, clock=lambda: NOW)
    computing = ProjectFigures(
        world.catalog, PACK.tree, PACK.root, lambda: lambda _region, _year, month: 100 * month / 12
    )
    found = {}
    for scope in computing.compute(register, Stretch(computing.regions, (2025, 1), date(2026, 11, 12))):
        columns = scope.columns
        cells = zip(
            columns["indicator"],
            columns["item"],
            columns["region"],
            columns["period"],
            columns["value"],
            strict=True,
        )
        found |= {
            (code, int(region), int(key)): value
            for code, item, region, key, value in cells
            if item == ("", "")
        }
    return found


def newest(figures, code, region):
    keys = [key for name, place, key in figures if name == code and place == region]
    return figures[code, region, max(keys)]


def test_the_same_seed_draws_the_same_portfolio_and_all_of_it_is_marked(drawn):
    spec = projects_sample.read(PACK.file("sample/projects.yaml"))
    again = projects_sample.draw(spec, PACK.tree, centers(), 440900)
    other = projects_sample.draw(spec, PACK.tree, centers(), 1)
    assert (again.projects, again.parts) == (drawn.projects, drawn.parts)
    assert other.parts != drawn.parts
    assert all(one.simulated and one.quality == "S" for one in drawn.projects)


def test_the_portfolio_has_the_size_that_its_spec_says(drawn, figures):
    assert newest(figures, "proj.count", CITY) == 150
    assert newest(figures, "proj.invest.year_plan", CITY) == pytest.approx(570, rel=0.01)
    assert newest(figures, "proj.invest.total", CITY) == pytest.approx(4180, rel=0.05)
    assert len({one.name for one in drawn.projects}) == len(drawn.projects)


def test_every_level_is_the_sum_of_its_projects(register, figures):
    course_keys = {key for code, _, key in figures if code == "proj.invest.ytd"}
    for key in course_keys:
        counties = [
            figures["proj.invest.ytd", one, key] for one in PACK.tree.children(CITY, territories_only=True)
        ]
        assert sum(counties) == pytest.approx(figures["proj.invest.ytd", CITY, key], abs=1e-4)
    for code in ("proj.count", "proj.milestone.due", "proj.issue.total"):
        town = [newest(figures, code, one) for one in PACK.tree.at_level(Level.TOWN, within=GAOZHOU)
                if PACK.tree.get(one).kind != "farm_or_zone"]  # fmt: skip
        assert sum(town) <= newest(figures, code, GAOZHOU)


def test_red_yellow_and_green_make_the_count_everywhere(figures):
    cells = [(region, key) for code, region, key in figures if code == "proj.count"]
    assert len(cells) > 2000
    for region, key in cells:
        lights = [figures[f"proj.light.{colour}", region, key] for colour in ("red", "yellow", "green")]
        assert sum(lights) == figures["proj.count", region, key]


def test_the_projects_of_gaozhou_fall_behind_as_the_episode_tells(figures):
    def gap(region, month):
        key = 202_600_312_359_100 + month * 10**9 + month
        plan = figures["proj.invest.year_plan", region, key // 1000 * 1000]
        return 100 * figures["proj.invest.ytd", region, key] / plan - 100 * month / 12

    gaps = [gap(GAOZHOU, month) for month in range(1, 11)]
    assert gaps[3] > -6
    assert gaps[-1] < -30
    assert np.diff(gaps[3:]).max() < 0
    others = [one for one in PACK.tree.children(CITY, territories_only=True) if one != GAOZHOU]
    assert min(gap(one, 10) for one in others) > -5
    assert newest(figures, "proj.light.red", GAOZHOU) >= 4
    assert newest(figures, "proj.issue.overdue", GAOZHOU) == 6
    assert newest(figures, "proj.issue.overdue", CITY) == 6


def test_three_projects_of_dianbai_are_overdue_to_start_since_september(figures):
    late = {
        month: (figures["proj.start.overdue", DIANBAI, 202_600_312_359_000 + month * 10**9],
                figures["proj.start.overdue_months", DIANBAI, 202_600_312_359_000 + month * 10**9])
        for month in (8, 9, 10)
    }  # fmt: skip
    assert late == {8: (0, 0), 9: (3, 1), 10: (3, 2)}


def test_the_register_gives_every_figure_that_it_owns(figures):
    assert {code for code, _, _ in figures} == set(FIGURES)
