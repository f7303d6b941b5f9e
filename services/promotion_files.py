"""Deals by file: a template to fill, and a filled one read cell by cell; nothing is written while a cell is wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from data_access.formats import tabular
from data_access.sources import files
from indicators.errors import N_, CockpitError, Issue, Severity
from services.access import Actor
from services.projects_forms import Reader
from services.promotion import Promotion
from services.promotion_book import CURRENCIES, INDUSTRIES, KINDS, ORIGINS
from services.promotion_forms import LABELS, STAGE_FIELDS, NewDeal, read_deal

COLUMNS = (
    "code", "name", "company", "credit_code", "industry", "origin", "region", "kind", "currency", "amount", "rate",
    *STAGE_FIELDS, "talked_on", "note",
)  # fmt: skip
"""The columns of the file, in their order."""

REQUIRED = ("name", "company", "industry", "origin", "region")
MOST_BYTES = 5_000_000
MOST_ROWS = 5_000
MOST_ISSUES = 60

EXAMPLE: Mapping[str, str] = {
    "code": "", "name": "示例：精细化工项目", "company": "示例企业有限公司", "credit_code": "",
    "industry": INDUSTRIES["chemicals"], "origin": ORIGINS["pearl_delta"], "region": "",
    "kind": KINDS["intent"], "currency": CURRENCIES["CNY"], "amount": "", "rate": "", "stage_1": "2026-10-08",
}  # fmt: skip
"""The row that shows how a template is filled; it is passed over where it is left in."""


@dataclass(frozen=True)
class Imported:
    """What a file brought."""

    file: str
    added: int


def template(kind: str, region: str) -> bytes:
    """An empty file with the columns and one example.

    region  the name of a county, for the example
    """
    out = BytesIO()
    header = [LABELS[name] for name in COLUMNS]
    row = [{**EXAMPLE, "region": region}.get(name, "") for name in COLUMNS]
    write = tabular.write_csv if kind == "csv" else tabular.write_xlsx
    write(out, header, [row])
    return out.getvalue()


def load(promotion: Promotion, actor: Actor, name: str, content: bytes) -> Imported:
    """Register the deals of a file, all of them or none.

    raises  CockpitError with every issue found, each at its cell
    """
    found: list[NewDeal] = []
    issues: list[Issue] = []
    with TemporaryDirectory() as folder:
        source = files.from_upload(content, name, Path(folder), MOST_BYTES)
        for row in table(source, COLUMNS, LABELS, REQUIRED, issues):
            if row.given.get("name") == EXAMPLE["name"]:
                continue
            reader = Reader(row.given, LABELS, row.place)
            new = read_deal(reader, promotion.tree, promotion.today())
            if new is not None:
                promotion.refuse_known(reader, new, found)
                found.append(new)
            issues += reader.issues
    if not found and not issues:
        issues.append(Issue("no_rows", N_("文件里没有可登记的行。"), N_("请按模板填写后再导入。"), "file"))
    if issues:
        raise CockpitError(shortened(issues))
    return Imported(source.name, len(promotion.add_all(actor, found)))


@dataclass(frozen=True)
class Row:
    """One row of a table: the text of every known column, and where a field stands."""

    number: int
    given: Mapping[str, str]
    sheet: str
    columns: Mapping[str, int]

    def place(self, name: str) -> str:
        """The address of a field's cell; of the whole row where the file has no such column."""
        return tabular.address(self.sheet, self.number, self.columns.get(name, -1))


def table(
    source: files.Source,
    columns: Sequence[str],
    labels: Mapping[str, str],
    required: Sequence[str],
    issues: list[Issue],
) -> Iterator[Row]:
    """The rows of the first table of a file, by the names of its columns (a label or a code).

    issues  takes what is wrong with the file itself
    """
    limits = tabular.Limits(rows=MOST_ROWS, columns=60, sheets=10)
    told: list[Issue] = []
    header: dict[str, int] | None = None
    for part in tabular.read(source.path, limits, told.append):
        for chunk in part.chunks:
            texts = [column.to_pylist() for column in chunk.columns]
            for place, number in enumerate(chunk.rows.tolist()):
                cells = [(column[place] or "").strip() for column in texts]
                if header is None:
                    header = _header(cells, columns, labels)
                    missing = [labels[name] for name in required if name not in header]
                    if missing:
                        issues.append(
                            Issue("columns_missing", N_("文件里缺少这些列：{columns}"), N_("请下载模板，按模板的表头填写。"),
                                  tabular.address(part.sheet, number, -1), params={"columns": "、".join(missing)})
                        )  # fmt: skip
                        return
                elif any(cells):
                    given = {name: cells[column] for name, column in header.items()}
                    yield Row(number, given, part.sheet, header)
        if header is not None:
            break
    issues += [issue for issue in told if issue.severity is Severity.ERROR]


def _header(cells: Sequence[str], columns: Sequence[str], labels: Mapping[str, str]) -> dict[str, int]:
    """The place of every known column; what stands in brackets behind a name is a remark."""
    names = [text.split("（")[0].strip() for text in cells]
    places = {name: place for place, name in reversed(list(enumerate(names)))}
    found = {name: places.get(labels[name], places.get(name)) for name in columns}
    return {name: place for name, place in found.items() if place is not None}


def shortened(issues: Sequence[Issue]) -> list[Issue]:
    """As many issues as a person can mend at a time, and how many more there are."""
    if len(issues) <= MOST_ISSUES:
        return list(issues)
    more = Issue("more_issues", N_("还有 {count} 处问题，改好上面的再导入一次。"), "", "file",
                 params={"count": len(issues) - MOST_ISSUES})  # fmt: skip
    return [*issues[:MOST_ISSUES], more]
