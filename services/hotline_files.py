"""Hotline cases by file: a template to fill, and a filled one read cell by cell; nothing is written while one is wrong."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from data_access.formats import tabular
from data_access.sources import files
from indicators.errors import N_, CockpitError, Issue
from services.access import Actor
from services.hotline import LABELS, Hotline, NewCase
from services.hotline_book import CHANNELS, CLASSES
from services.projects_forms import Reader
from services.promotion_files import MOST_BYTES, Imported, shortened, table

COLUMNS = (
    "number", "region", "appeal_class", "channel", "department", "matter", "day", "limit", "repeat_of",
)  # fmt: skip
"""The columns of the file, in their order."""

REQUIRED = ("region", "appeal_class", "department", "matter", "day", "limit")
EXAMPLE = "示例：路灯不亮（摘要中不写姓名、电话、住址）"


def template(kind: str, town: str, departments: Mapping[str, str]) -> bytes:
    """An empty file with the columns and one example."""
    told = {
        "region": town, "appeal_class": CLASSES["cityscape"], "channel": CHANNELS["phone"],
        "department": departments.get("cityadmin", ""), "matter": EXAMPLE, "day": "2026-10-08", "limit": "5",
    }  # fmt: skip
    out = BytesIO()
    write = tabular.write_csv if kind == "csv" else tabular.write_xlsx
    write(out, [LABELS[name] for name in COLUMNS], [[told.get(name, "") for name in COLUMNS]])
    return out.getvalue()


def load(hotline: Hotline, actor: Actor, name: str, content: bytes) -> Imported:
    """Register the cases of a file, all of them or none.

    raises  CockpitError with every issue found, each at its cell
    """
    found: list[NewCase] = []
    issues: list[Issue] = []
    with TemporaryDirectory() as folder:
        source = files.from_upload(content, name, Path(folder), MOST_BYTES)
        for row in table(source, COLUMNS, LABELS, REQUIRED, issues):
            if row.given.get("matter") == EXAMPLE:
                continue
            reader = Reader(row.given, LABELS, row.place)
            new = hotline.read(reader)
            if new is not None and new.number and any(one.number == new.number for one in found):
                reader.fail("number", "case_twice", N_("文件里工单 {number} 写了两次。"), number=new.number)
            elif new is not None:
                found.append(new)
            issues += reader.issues
    if not found and not issues:
        issues.append(Issue("no_rows", N_("文件里没有可登记的行。"), N_("请按模板填写后再导入。"), "file"))
    if issues:
        raise CockpitError(shortened(issues))
    return Imported(source.name, len(hotline.add_all(actor, found)))
