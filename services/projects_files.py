"""Projects from files: the rows of a table read like forms, every mistake with its cell, and nothing half written.

Two kinds of tables are known by their heads: projects (one row each, with the plan of a year) and monthly reports.
A project that is registered already, by its code or by its name in its region, is changed; the rest is added.
"""

import csv
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from io import BytesIO
from pathlib import Path

from data_access.formats.tabular import Limits, address, read, write_csv, write_xlsx
from indicators.errors import N_, CockpitError, Issue
from indicators.projects import KINDS, PROGRAMME, PROJECT, Month, Project, Total
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.projects import SYSTEM, Projects
from services.projects_forms import Reader
from services.projects_reading import FUND_FIELDS, LABELS, LAND_FIELDS, Readings, Wanted

LIMITS = Limits(inflated_bytes=50 * 10**6, rows=20_000, columns=100, cells=1_000_000, sheets=5)
MOST_BYTES = 10 * 10**6

PROJECT_COLUMNS = (
    "code", "name", "region", "kind", "part_of", "type", "industry", "owner", "department", "scopes", "stage", "total",
    "planned_start", "planned_finish", "actual_start", "actual_finish", "lon", "lat", "year", "amount", "source",
    "citation", "note",
)  # fmt: skip
MONTH_COLUMNS = ("code", "name", "year", "month", "done", *FUND_FIELDS, *LAND_FIELDS, "registered", "note")
TEMPLATES: Mapping[str, tuple[str, ...]] = {"projects": PROJECT_COLUMNS, "months": MONTH_COLUMNS}
"""The kinds of files and their columns."""

UNITS = {
    **dict.fromkeys(("total", "amount", "done", *FUND_FIELDS), "亿元"),
    **dict.fromkeys(LAND_FIELDS, "亩"),
}

STAGES_AS_PRINTED = {
    "储备": "reserve", "前期": "early", "拟动工": "early", "开工": "started", "新开工": "started", "在建": "building",
    "试运行": "finished", "竣工": "finished", "投产": "producing",
}  # fmt: skip
"""Stages as published texts call them."""

MOST_ISSUES = 200


@dataclass(frozen=True)
class Imported:
    """What a file did."""

    added: int = 0
    changed: int = 0
    months: int = 0
    programmes: int = 0


@dataclass
class _Row:
    """One row: where it stands, and its fields."""

    sheet: str
    number: int
    fields: dict[str, str]
    columns: Mapping[str, int]

    def place(self, name: str) -> str:
        """The address of a cell."""
        return address(self.sheet, self.number, self.columns.get(name, -1))

    def reader(self) -> Reader:
        """The row like a form."""
        return Reader(self.fields, LABELS, self.place)


@dataclass
class _Table:
    """The rows of one kind of table."""

    kind: str
    rows: list[_Row] = field(default_factory=list)


def template(kind: str, ending: str) -> bytes:
    """An empty file to fill in, as CSV or XLSX; the head says the units."""
    head = [LABELS[name] + (f"（{UNITS[name]}）" if name in UNITS else "") for name in TEMPLATES[kind]]
    file = BytesIO()
    (write_xlsx if ending == "xlsx" else write_csv)(file, head, [])
    return file.getvalue()


def load(projects: Projects, actor: Actor, content: bytes) -> Imported:
    """Read a file and store all that it says, or nothing.

    raises  CockpitError with an issue for each cell that is wrong
    """
    access.require(actor, "record", system=SYSTEM)
    if len(content) > MOST_BYTES:
        raise CockpitError(Issue("file_too_large", N_("文件太大，最多 {most} MB。"), where="file",
                                 params={"most": MOST_BYTES // 10**6}))  # fmt: skip
    table = _table(content)
    return (_load_projects if table.kind == "projects" else _load_months)(projects, actor, table.rows)


# ---- tables


def _table(content: bytes) -> _Table:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        for found in read(Path(file.name), LIMITS, lambda _issue: None):
            rows = [
                (int(number), [("" if text is None else str(text)) for text in texts])
                for chunk in found.chunks
                for number, *texts in zip(
                    chunk.rows.tolist(), *(column.to_pylist() for column in chunk.columns), strict=True
                )
            ]
            table = _recognised(found.sheet, rows)
            if table is not None:
                return table
    raise CockpitError(
        Issue(
            "head_unknown",
            N_("认不出表头：第一行应有“项目名称”等列名。"),
            N_("请下载模板，按模板的列名填写。"),
            "file",
        )
    )


def _recognised(sheet: str, rows: Sequence[tuple[int, list[str]]]) -> _Table | None:
    """The table, where a row near the top has its column names."""
    for spot, (_, texts) in enumerate(rows[:10]):
        columns: dict[str, int] = {}
        for column, text in enumerate(texts):
            name = _field(text)
            if name is not None:
                columns.setdefault(name, column)
        if not {"name", "code"} & set(columns) or len(columns) < 3:
            continue
        table = _Table("months" if {"month", "done"} <= set(columns) else "projects")
        for number, cells in rows[spot + 1 :]:
            fields = {name: cells[column] for name, column in columns.items() if column < len(cells)}
            if any(text.strip() for text in fields.values()):
                table.rows.append(_Row(sheet, number, fields, columns))
        return table
    return None


def _field(text: str) -> str | None:
    """The field that a column head names: its Chinese name with or without a unit, or its code."""
    plain = text.replace("(", "（").split("（")[0].strip()
    return next((name for name, label in LABELS.items() if plain in (label, name)), None)


# ---- projects


def _load_projects(projects: Projects, actor: Actor, rows: Sequence[_Row]) -> Imported:
    register = projects.register()
    by_code = {one.code: one for one in register.projects.values() if one.code and one.withdrawn is None}
    by_name = {(one.name, one.region): one for one in register.projects.values() if one.withdrawn is None}
    issues: list[Issue] = []
    programmes = _programmes(rows)
    issues += _loops(rows, programmes)
    readings = replace(
        projects.readings(), programmes={name: -number for number, name in enumerate(programmes, 1)}
    )
    wanted: list[Wanted] = []
    seen: dict[object, int] = {}
    for row in rows:
        found, wrong = _project_row(projects, actor, readings, row, by_code, by_name, seen)
        issues += wrong
        if found is not None:
            wanted.append(found)
    _stop(issues)
    first = [one for one in wanted if one.project.kind == PROGRAMME]
    rest = [one for one in wanted if one.project.kind == PROJECT]
    projects.write_linked(actor, [*_outer_first(first, programmes), *rest], programmes)
    changed = sum(one.project.id > 0 for one in wanted)
    return Imported(len(wanted) - changed, changed, programmes=len(first))


def _project_row(
    projects: Projects,
    actor: Actor,
    readings: Readings,
    row: _Row,
    by_code: Mapping[str, Project],
    by_name: Mapping[tuple[str, int], Project],
    seen: dict[object, int],
) -> tuple[Wanted | None, list[Issue]]:
    reader = row.reader()
    old = by_code.get(row.fields.get("code", "").strip())
    if old is None:
        old = by_name.get((row.fields.get("name", "").strip(), _region(projects.tree, row)))
    if old is not None and not projects.sees(actor, old):
        old = None
    try:
        wanted = readings.project(reader, old)
    except CockpitError as error:
        return None, list(error.issues)
    made = wanted.project
    if not projects.may_record(actor, made.region):
        reader.fail(
            "region",
            "region_not_yours",
            N_("{region}不在您的职责范围内。"),
            region=projects.tree.name(made.region),
        )
    key = made.code or (made.name, made.region)
    if key in seen:
        reader.fail(
            "code" if made.code else "name",
            "row_twice",
            N_("与第 {row} 行重复。"),
            N_("一个项目只写一行。"),
            row=seen[key],
        )
    seen.setdefault(key, row.number)
    return wanted, reader.issues


def _region(tree: RegionTree, row: _Row) -> int:
    try:
        return tree.parse(row.fields.get("region", ""))
    except CockpitError:
        return 0


def _programmes(rows: Sequence[_Row]) -> dict[str, str]:
    """The programmes of a file, each with the name of the one that it belongs to."""
    return {
        row.fields.get("name", "").strip(): row.fields.get("part_of", "").strip()
        for row in rows
        if row.fields.get("kind", "").strip() in (PROGRAMME, KINDS[PROGRAMME])
    }


def _loops(rows: Sequence[_Row], programmes: Mapping[str, str]) -> Iterator[Issue]:
    """Programmes that contain themselves by way of others."""
    for row in rows:
        name = row.fields.get("name", "").strip()
        above, steps = programmes.get(name, ""), 0
        while above in programmes and above != name and steps <= len(programmes):
            above, steps = programmes[above], steps + 1
        if name in programmes and above == name:
            yield Issue(
                "programme_loop",
                N_("项目包不能属于它自己所包含的项目包。"),
                N_("请核对“所属项目包”一列。"),
                row.place("part_of"),
            )


def _outer_first(wanted: Sequence[Wanted], programmes: Mapping[str, str]) -> list[Wanted]:
    """Programmes in an order in which what contains comes before what is contained."""

    def depth(name: str) -> int:
        above = programmes.get(name, "")
        return 1 + depth(above) if above in programmes else 0

    return sorted(wanted, key=lambda one: depth(one.project.name))


# ---- monthly reports


def _load_months(projects: Projects, actor: Actor, rows: Sequence[_Row]) -> Imported:
    issues: list[Issue] = []
    found: list[tuple[Project, Month]] = []
    seen: dict[object, int] = {}
    for row in rows:
        reader = row.reader()
        project = _named(projects, actor, row)
        if project is None:
            reader.fail("code" if row.fields.get("code", "").strip() else "name", "project_unknown_row",
                        N_("没有登记过这个项目，或者它不在您的职责范围内。"), N_("请先登记项目，或核对代码和名称。"))  # fmt: skip
        elif project.kind == PROGRAMME:
            reader.fail(
                "name",
                "programme_not_counted",
                N_("项目包互相重叠，不计入任何合计，也不报计划和月度完成。"),
                N_("请在其中的单个项目上填报。"),
            )
        else:
            month = projects.readings().month(reader, project)
            if month is not None:
                key = (project.id, month.year, month.month)
                if key in seen:
                    reader.fail(
                        "month",
                        "row_twice",
                        N_("与第 {row} 行重复。"),
                        N_("一个项目只写一行。"),
                        row=seen[key],
                    )
                seen.setdefault(key, row.number)
                found.append((project, month))
        issues += reader.issues
    _stop(issues)
    projects.report_all(actor, found)
    return Imported(months=len(found))


def _named(projects: Projects, actor: Actor, row: _Row) -> Project | None:
    """The project of a row, by its code or by a name that only one bears."""
    code, name = row.fields.get("code", "").strip(), row.fields.get("name", "").strip()
    mine = [
        one
        for one in projects.register().projects.values()
        if one.withdrawn is None and projects.may_record(actor, one.region)
    ]
    found = [one for one in mine if code and one.code == code] or [
        one for one in mine if not code and one.name == name
    ]
    return found[0] if len(found) == 1 else None


def _stop(issues: Sequence[Issue]) -> None:
    if issues:
        raise CockpitError(issues[:MOST_ISSUES])


# ---- the published records of a pack


def published(path: Path, tree: RegionTree) -> tuple[list[Project], list[Total]]:
    """The published projects of a pack: listed with source and as-of, counted in no year's figures.

    source  packs/<city>/records/projects.csv, columns as in docs/projects.md
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    numbers = {row["name"]: number for number, row in enumerate(rows, 1)}
    found = [_published(row, numbers, tree) for row in rows]
    order = sorted(found, key=lambda one: (one.part_of is not None, _depth(one, {p.id: p for p in found})))
    totals = [
        Total(one.id, date(int(one.as_of[:4]) if one.as_of else 2000, 1, 1), one.total)
        for one in found
        if one.total
    ]
    return order, totals


def _depth(one: Project, by_id: Mapping[int, Project]) -> int:
    return 1 + _depth(by_id[one.part_of], by_id) if one.part_of else 0


def _published(row: Mapping[str, str], numbers: Mapping[str, int], tree: RegionTree) -> Project:
    scopes = tuple(code for code, sign in (("province", "省"), ("city", "市")) if sign in row["list"])
    years = [
        text
        for text in (
            f"{row['start_year']}年开工" if row["start_year"] else "",
            f"计划{row['finish_year']}年完工" if row["finish_year"] else "",
            f"清单：{row['list']}" if row["list"] else "",
            row["note"],
        )
        if text
    ]
    return Project(
        id=numbers[row["name"]],
        name=row["name"],
        region=tree.parse(row["region"]),
        kind=row["kind"],
        part_of=numbers.get(row["part_of"]),
        scopes=scopes,
        stage=STAGES_AS_PRINTED[row["stage"]],
        total=_amount(row["total"]),
        printed_plan=_amount(row["printed_plan"]),
        printed_done=_amount(row["printed_done"]),
        source=row["source_url"].split("/")[2] if row["source_url"].startswith("http") else row["source_url"],
        citation=row["source_url"],
        quality=row["quality"],
        as_of=row["as_of"],
        note="；".join(years),
    )


def _amount(text: str) -> float | None:
    return float(text) if text else None
