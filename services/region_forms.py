"""Changes of regions as people write them: the fields of a form, the rows of a file; every mistake at its place."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from data_access.formats import tabular
from data_access.sources import files
from indicators.errors import N_, CockpitError, Issue
from indicators.region_changes import Change, Kind, Part
from indicators.region_checks import check, checked
from indicators.region_codes import parse_code, read_code
from indicators.regions import RegionTree
from services.promotion_files import MOST_BYTES, Row, shortened, table

KINDS: Mapping[Kind, str] = {
    Kind.MERGE: N_("合并"),
    Kind.SPLIT: N_("拆分"),
    Kind.RENAME: N_("更名"),
    Kind.RECODE: N_("换代码"),
    Kind.TRANSFER: N_("划转"),
    Kind.ZONE: N_("功能区"),
    Kind.CLOSE: N_("撤销功能区"),
}
"""The kinds of changes, with their names."""

MOST_PARTS = 9
LONGEST_NOTE = 2000

LABELS: Mapping[str, str] = {
    "kind": "类型", "day": "生效日", "old": "旧代码", "new": "新代码", "name": "新名称", "name_en": "英文名",
    "pinyin": "拼音", "parent": "上级", "takes": "下级去向", "counted": "计入方式", "note": "文件依据",
}  # fmt: skip
"""The columns of a file, with the heads that a template prints."""

COLUMNS = tuple(LABELS)
REQUIRED = ("kind", "day")
INSIDE, BESIDE = "inside", "beside"
COUNTED: Mapping[str, str] = {INSIDE: "其中", BESIDE: "另计"}
"""How a zone counts: its figures lie inside those of its siblings, or are added to them."""

EXAMPLES: Sequence[Mapping[str, str]] = (
    {"kind": "合并", "day": "2014-01-01", "old": "440923", "new": "440904", "name": "电白区", "note": "示例：删去后填写"},
    {"kind": "合并", "day": "2014-01-01", "old": "440903", "new": "440904", "name": "电白区", "note": "示例：删去后填写"},
)  # fmt: skip


@dataclass(frozen=True)
class Placed:
    """A change that was read, and where each of its fields stands in the file or form."""

    change: Change
    place: Callable[[str], str]


class Fields:
    """Texts by field, read with the mistakes collected.

    place  tells where a field stands: its own name in a form, a cell in a file
    """

    def __init__(self, given: Mapping[str, str], place: Callable[[str], str] = str) -> None:
        self._given, self.place = given, place
        self.issues: list[Issue] = []

    def fail(self, name: str, key: str, what: str, do: str = "", **params: object) -> None:
        """Note that a field cannot be so."""
        self.issues.append(Issue(key, what, do, self.place(name), params=params))

    def text(self, name: str) -> str:
        """The text of a field, without spaces around it."""
        return str(self._given.get(name, "")).strip()

    def kind(self) -> Kind | None:
        """The kind of change, by its word or its name."""
        found = self.text("kind")
        names = {name: kind for kind, name in KINDS.items()} | {str(kind): kind for kind in Kind}
        if found not in names:
            self.fail("kind", "region_kind", N_("没有类型“{text}”。"), N_("可用：{kinds}。"), text=found[:40],
                      kinds="、".join(KINDS.values()))  # fmt: skip
        return names.get(found)

    def day(self) -> date | None:
        """The day on which it takes effect."""
        found = self.text("day").replace("/", "-").replace(" 00:00:00", "")
        try:
            day = date.fromisoformat(found)
        except ValueError:
            self.fail("day", "bad_day", N_("“{text}”不是日期。"), N_("请写成 2026-01-01。"), text=found[:40])
            return None
        if not 1949 <= day.year <= 2100:
            self.fail("day", "bad_day", N_("“{text}”不是日期。"), N_("请写成 2026-01-01。"), text=found[:40])
            return None
        return day

    def code(self, name: str, text: str | None = None) -> int | None:
        """A code that need not exist yet."""
        try:
            return parse_code(self.text(name) if text is None else text)
        except CockpitError as error:
            self.issues += [_at(issue, self.place(name)) for issue in error.issues]
            return None

    def sent(self) -> list[tuple[int, str]]:
        """The regions below and the number of the part that each goes to, as far as a field names a code."""
        named = [name for name in self._given if name.startswith("to.") and len(name) == 15]
        return [(int(one[3:]), self.text(one)) for one in named if one[3:].isascii() and one[3:].isdigit()]

    def region(self, name: str, tree: RegionTree, day: date | None, text: str | None = None) -> int | None:
        """A region that exists on a day, by code or name."""
        found = self.text(name) if text is None else text
        try:
            return read_code(found).code if found[:1].isdigit() else tree.parse(found, day)
        except CockpitError as error:
            self.issues += [_at(issue, self.place(name)) for issue in error.issues]
            return None


def _at(issue: Issue, where: str) -> Issue:
    return Issue(issue.key, issue.what, issue.do, where, issue.severity, issue.params)


def listed(text: str) -> list[str]:
    """The texts of a field that may hold several: by spaces, commas or lines."""
    for sign in "，,、;；\n\t":
        text = text.replace(sign, " ")
    return text.split()


# ---- the form


def from_form(given: Mapping[str, str], tree: RegionTree) -> Change:
    """The change that a form describes.

    given   ``kind``, ``day``, ``old`` (several by spaces), ``code.1``, ``name.1`` … , ``to.<code>`` (the number of
            the part that a region below goes to), ``parent``, ``counted``, ``note``
    raises  CockpitError with everything that is wrong, each at its field
    """
    fields = Fields(given)
    kind, day = fields.kind(), fields.day()
    old = [fields.region("old", tree, day, text) for text in listed(fields.text("old"))]
    parent = fields.region("parent", tree, day) if fields.text("parent") else None
    new = list(_parts(fields, kind))
    change = _change(fields, kind, day, old, new, parent)
    if change is not None and not fields.issues:
        fields.issues += check(tree, change)
    if fields.issues or change is None:
        raise CockpitError(fields.issues)
    return change


def _parts(fields: Fields, kind: Kind | None) -> Iterable[Part]:
    for number in range(1, MOST_PARTS + 1):
        asked = number == 1 and kind not in (Kind.TRANSFER, Kind.CLOSE, None)
        if not (asked or fields.text(f"code.{number}") or fields.text(f"name.{number}")):
            continue
        code = fields.code(f"code.{number}")
        takes = [below for below, to in fields.sent() if to == str(number)]
        if code is not None:
            name, name_en, pinyin = (fields.text(f"{one}.{number}") for one in ("name", "name_en", "pinyin"))
            yield Part(code, name, name_en, pinyin, tuple(takes))


def _change(
    fields: Fields,
    kind: Kind | None,
    day: date | None,
    old: Sequence[int | None],
    new: Sequence[Part],
    parent: int | None,
) -> Change | None:
    note = fields.text("note")
    if len(note) > LONGEST_NOTE:
        fields.fail("note", "text_too_long", N_("文字太长，最多 {most} 个字。"), most=LONGEST_NOTE)
    if kind is None or day is None or None in old:
        return None
    known = tuple(dict.fromkeys(code for code in old if code is not None))
    inside = fields.text("counted") in (INSIDE, COUNTED[INSIDE])
    return Change(kind, day, known, tuple(new), parent, inside, note)


# ---- the file


def template(ending: str) -> bytes:
    """A file with the heads and an example to be deleted."""
    out = BytesIO()
    rows = [[one.get(name, "") for name in COLUMNS] for one in EXAMPLES]
    write = tabular.write_csv if ending == "csv" else tabular.write_xlsx
    write(out, list(LABELS.values()), rows)
    return out.getvalue()


def from_file(name: str, content: bytes, tree: RegionTree) -> tuple[Change, ...]:
    """The changes that a file describes, in its order.

    Rows of one kind and day belong together: those with one new code are one merger, those with one old code one
    division, and all new codes of a day are one change, since codes may be swapped.
    raises  CockpitError with every issue found, each at its cell
    """
    issues: list[Issue] = []
    read: list[Placed] = []
    with TemporaryDirectory() as folder:
        source = files.from_upload(content, name, Path(folder), MOST_BYTES)
        for row in table(source, COLUMNS, LABELS, REQUIRED, issues):
            placed = _row(row, tree, issues)
            if placed is not None:
                read.append(placed)
    grouped = _grouped(read)
    for placed, wrong in zip(grouped, checked(tree, [one.change for one in grouped]), strict=True):
        issues += [_at(issue, placed.place(_column(issue.where))) for issue in wrong]
    if not grouped and not issues:
        issues.append(Issue("no_rows", N_("文件里没有区划变更。"), N_("请按模板填写后再上传。"), "file"))
    if issues:
        raise CockpitError(shortened(issues))
    return tuple(one.change for one in grouped)


def _column(where: str) -> str:
    """The column of a file in which a field of a form stands."""
    name = where.split(".")[0]
    return "new" if name == "code" else name


def _row(row: Row, tree: RegionTree, issues: list[Issue]) -> Placed | None:
    """One row as a change of its own."""
    fields = Fields(row.given, row.place)
    kind, day = fields.kind(), fields.day()
    old = [fields.region("old", tree, day, text) for text in listed(fields.text("old"))]
    parent = fields.region("parent", tree, day) if fields.text("parent") else None
    new = fields.text("new") or (fields.text("old") if kind is Kind.RENAME else "")
    if new and kind is Kind.RENAME:
        old = []
    code = fields.code("new", new) if new else None
    takes = [fields.region("takes", tree, day, text) for text in listed(fields.text("takes"))]
    name, name_en, pinyin = (fields.text(one) for one in ("name", "name_en", "pinyin"))
    below = tuple(one for one in takes if one is not None)
    parts = [] if code is None else [Part(code, name, name_en, pinyin, below)]
    change = _change(fields, kind, day, old, parts, parent)
    issues += fields.issues
    return None if change is None or fields.issues else Placed(change, row.place)


def _grouped(read: Sequence[Placed]) -> list[Placed]:
    """Rows that belong together as one change, at the place of the first of them."""
    groups: dict[tuple[object, ...], list[Placed]] = {}
    for number, one in enumerate(read):
        change = one.change
        own: tuple[object, ...] = (number,)
        if change.kind is Kind.MERGE:
            own = tuple(part.code for part in change.new)
        elif change.kind is Kind.SPLIT:
            own = change.old
        elif change.kind is Kind.RECODE:
            own = ()
        groups.setdefault((change.kind, change.day, *own), []).append(one)
    return [Placed(_joined([one.change for one in group]), group[0].place) for group in groups.values()]


def _joined(rows: Sequence[Change]) -> Change:
    """One change out of its rows."""
    first = rows[0]
    if len(rows) == 1:
        return first
    pairs = first.kind is Kind.RECODE
    old = tuple(code for row in rows for code in row.old)
    new = tuple(part for row in rows for part in row.new)
    if not pairs:
        old = tuple(dict.fromkeys(old))
        new = tuple({part.code: part for part in reversed(new)}.values())[::-1]
    notes = "\n".join(dict.fromkeys(row.note for row in rows if row.note))
    return Change(first.kind, first.day, old, new, first.parent, first.inside, notes)
