"""How a printed table speaks of our figures: its columns, codes, names, units and conditions, as a mapping file says.

A table whose header is in catalogue terms needs no mapping: ``CATALOGUE_TERMS`` reads it. See docs/intake.md.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import yaml

from data_access.sources import files
from indicators.definition import DataStatus
from indicators.errors import N_, CockpitError, Issue

FIELDS: dict[str, tuple[str, ...]] = {
    "indicator": ("指标", "指标代码", "指标编码", "指标名称", "indicator", "indicator_code"),
    "region": ("地区", "区划", "区划代码", "地区代码", "行政区划", "县区", "region", "region_code"),
    "period": ("期别", "时期", "期间", "报告期", "日期", "月份", "年份", "period"),
    "value": ("值", "数值", "指标值", "value"),
    "yoy": ("同比", "同比增长", "同比增速", "yoy", "yoy_pct"),
    "unit": ("单位", "计量单位", "unit"),
    "cumulative": ("累计", "是否累计", "cumulative"),
    "status": ("状态", "版本", "数据状态", "status"),
    "scope": ("范围", "口径范围", "统计范围", "scope"),
    "dimensions": ("维度", "分组", "dimensions"),
    "source": ("来源", "数据来源", "source", "source_title"),
    "citation": ("出处", "链接", "来源链接", "citation", "source_url_or_repo"),
    "quality": ("质量", "质量等级", "quality"),
    "known_at": ("发布日期", "公布日期", "发布时间", "known_at", "published"),
    "reason": ("缺报原因", "reason"),
    "note": ("备注", "说明", "note"),
}
"""What a column can hold, with the headers that are understood without a mapping."""

STATUSES: dict[str, str] = {
    **{status.word: status.word for status in DataStatus},
    "快报": "preliminary", "初步": "preliminary", "预计": "preliminary", "初步核算": "initial", "初核": "initial",
    "正式": "final", "最终": "final", "终审": "final", "最终核实": "final", "核实": "final",
    "修订": "revised", "缺报": "missing", "模拟": "simulated",
    "expected": "target", "target": "target", "目标": "target", "计划": "target", "预期": "target",
}  # fmt: skip
"""The words for where a figure stands in its life; ``target`` is no figure but what is to be reached."""

SKIP = "skip"
"""In ``regions`` of a mapping: rows of this name are left out."""

Printed = Mapping[str, str]
"""What a row prints, by field."""


@dataclass(frozen=True)
class Entry:
    """What one printed code means: where one of its two columns goes.

    column      ``value`` or ``yoy``: the printed column
    code        the catalogue code; None: not loaded, ``reason`` says why
    measure     ``value`` or ``yoy_published``: how the figure is stored at the code
    unit        as printed; the stored figure is the printed one times ``factor``
    applies     whether the entry holds for a row
    needs       the fields that ``applies`` looks at
    """

    column: Literal["value", "yoy"]
    code: str | None
    measure: Literal["value", "yoy_published"] = "value"
    unit: str = ""
    factor: float = 1.0
    dimensions: str = ""
    scope: str = ""
    reason: str = ""
    applies: Callable[[Printed], bool] = field(default=lambda _: True, compare=False)
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class TableMapping:
    """A mapping file, read.

    columns    field to printed header; a field that is absent is sought by its usual headers
    codes      printed code or name to its entries; a printed code that is absent is sought in the catalogue
    regions    printed region to a code or name of the region table, or ``skip``
    statuses   printed word to a status word
    defaults   field to the text that holds where no column says otherwise; also ``year`` for texts such as 3月
    sheets     the sheets to read; all visible ones where empty
    digest     of everything that it says
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    sheets: tuple[str, ...] = ()
    digest: str = ""


CATALOGUE_TERMS = TableMapping()
"""The mapping of a table that already speaks the language of the catalogue."""

_KEYS = ("columns", "codes", "regions", "statuses", "defaults", "sheets")
_CODE_COLUMNS = ("printed_code", "catalogue_code", "measure", "unit_factor", "source_column")


def load(path: Path) -> TableMapping:
    """Read a mapping file.

    raises  CockpitError with every problem of the file and of the code list that it names
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CockpitError(
            Issue("mapping_unreadable", N_("读不了映射文件：{reason}"), N_("请检查 --mapping 所写的文件。"),
                  where=str(path), params={"reason": files.why(error)})
        ) from error  # fmt: skip
    return parse(text, str(path), path.parent)


def parse(text: str, where: str, folder: Path | None = None) -> TableMapping:
    """Read the text of a mapping.

    where   what issues name: the file, or the field into which it was typed
    folder  in which the code list lies that it names; without one the list stands in the mapping itself, as text
    raises  CockpitError with every problem of the mapping and of its code list
    """
    try:
        head = yaml.safe_load(text) or {}
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise CockpitError(
            Issue("mapping_unreadable", N_("读不了映射文件：{reason}"), N_("请按 docs/intake.md 的写法改正。"),
                  where=f"{where}:{mark.line + 1}" if mark and folder else where,
                  params={"reason": N_("不是有效的 YAML 文件")})
        ) from error  # fmt: skip
    issues = list(_head_issues(head, where))
    if issues:
        raise CockpitError(issues)
    codes: dict[str, list[Entry]] = {}
    listed = ""
    if "codes" in head:
        place, listed = _listed(str(head["codes"]), where, folder)
        codes = _with_names(_entries(listed, place, issues))
    if issues:
        raise CockpitError(issues)
    return TableMapping(
        columns=_texts(head.get("columns")),
        codes={printed: tuple(entries) for printed, entries in codes.items()},
        regions=_texts(head.get("regions")),
        statuses=_texts(head.get("statuses")),
        defaults=_texts(head.get("defaults")),
        sheets=tuple(str(sheet) for sheet in head.get("sheets") or ()),
        digest=sha256(f"{text}\x1f{listed}".encode("utf-8", "surrogatepass")).hexdigest(),
    )


def _listed(codes: str, where: str, folder: Path | None) -> tuple[str, str]:
    """Where the code list of a mapping stands, and its text."""
    if folder is None:
        return where, codes
    place = folder / codes
    try:
        return str(place), place.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CockpitError(
            Issue("mapping_unreadable", N_("读不了映射文件：{reason}"), N_("请检查 codes 所写的文件。"),
                  where=str(place), params={"reason": files.why(error)})
        ) from error  # fmt: skip


def _texts(mapping: Mapping[Any, Any] | None) -> dict[str, str]:
    """Keys and values as the texts that a table would print."""
    words = {True: "true", False: "false"}
    return {str(k): words[v] if isinstance(v, bool) else str(v) for k, v in (mapping or {}).items()}


def _head_issues(head: object, where: str) -> Iterator[Issue]:
    if not isinstance(head, dict):
        yield Issue("mapping_shape", N_("映射文件应是“名称: 值”的清单。"),
                    N_("请按 docs/intake.md 的写法改正。"), where=where)  # fmt: skip
        return
    for key, value in head.items():
        if key not in _KEYS:
            yield Issue("mapping_key", N_("映射文件不认识 {key}。"), N_("可用的有：{allowed}。"),
                        where=where, params={"key": key, "allowed": ", ".join(_KEYS)})  # fmt: skip
        elif key in ("columns", "regions", "statuses", "defaults") and not isinstance(value, dict):
            yield Issue("mapping_shape", N_("映射文件的 {key} 应是“名称: 值”的清单。"),
                        N_("请按 docs/intake.md 的写法改正。"), where=where, params={"key": key})  # fmt: skip
    for part in ("columns", "defaults"):
        listed = head.get(part)
        for name in listed if isinstance(listed, dict) else ():
            if name not in FIELDS and not (part == "defaults" and name == "year"):
                yield Issue("mapping_field", N_("映射文件的 {key} 里没有 {field} 这一项。"),
                            N_("可用的有：{allowed}。"), where=where,
                            params={"key": part, "field": name, "allowed": ", ".join(FIELDS)})  # fmt: skip
    statuses = head.get("statuses")
    for printed, word in statuses.items() if isinstance(statuses, dict) else ():
        if word not in STATUSES:
            yield Issue("unknown_status", N_("没有状态“{status}”。"), N_("可用的有：{allowed}。"),
                        where=f"{where}: {printed}" if "/" in where else where,
                        params={"status": word, "allowed": ", ".join(sorted(set(STATUSES.values())))})  # fmt: skip


def _with_names(lines: Iterable[tuple[str, str, Entry]]) -> dict[str, list[Entry]]:
    """Entries by printed code, and by the printed names that only one code has."""
    codes: dict[str, list[Entry]] = {}
    named: dict[str, set[str]] = {}
    for printed, name, entry in lines:
        codes.setdefault(printed, []).append(entry)
        named.setdefault(name, set()).add(printed)
    names = {name: codes[min(bearers)] for name, bearers in named.items() if name and len(bearers) == 1}
    return names | codes


def _entries(text: str, where: str, issues: list[Issue]) -> Iterator[tuple[str, str, Entry]]:
    """The lines of a code list as (printed code, printed name, entry)."""
    reader = csv.DictReader(text.splitlines())
    missing = [name for name in _CODE_COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        issues.append(
            Issue("mapping_columns", N_("代码表缺少列：{columns}。"), N_("请按 docs/intake.md 补上。"),
                  where=where, params={"columns": ", ".join(missing)})
        )  # fmt: skip
        return
    for line, row in enumerate(reader, start=2):
        try:
            yield row["printed_code"], row.get("name_zh") or "", _entry(row)
        except (ValueError, KeyError) as error:
            issues.append(
                Issue("mapping_line", N_("代码表有一行读不懂：{reason}"), N_("请按 docs/intake.md 改正这一行。"),
                      where=f"{where}:{line}" if "/" in where else where, params={"reason": str(error)})
            )  # fmt: skip


def _entry(row: Mapping[str, str]) -> Entry:
    columns: dict[str, Literal["value", "yoy"]] = {"value": "value", "yoy": "yoy", "yoy_pct": "yoy"}
    measures: dict[str, Literal["value", "yoy_published"]] = {
        "value": "value",
        "yoy_published": "yoy_published",
    }
    condition = parse_condition(row.get("when") or "")
    code = row["catalogue_code"] or None
    return Entry(
        column=columns[row["source_column"]],
        code=code,
        measure=measures[row["measure"]],
        unit=row.get("unit_printed") or "",
        factor=float(row["unit_factor"]) if code else 1.0,
        dimensions=row.get("dimensions") or "",
        scope=row.get("scope") or "",
        reason=row.get("note") or "",
        applies=condition.holds,
        needs=condition.needs,
    )


# ---------------------------------------------------------------- conditions


@dataclass(frozen=True)
class Condition:
    """A condition on what a row prints: ``cumulative=true or period=year``."""

    holds: Callable[[Printed], bool]
    needs: frozenset[str] = frozenset()


_TOKEN = re.compile(r"\s*(\(|\)|!=|=|and\b|or\b|not\b|[^\s()=!]+)")
_FIELD_OF = {header: name for name, headers in FIELDS.items() for header in headers}
_KINDS = {"year": r"\d{4}年?", "quarter": r"\d{4}.*[Qq季].*", "month": r"\d{4}[-.年/]?\d{1,2}月?(份)?"}


def parse_condition(text: str) -> Condition:
    """Read ``field=value`` terms joined by ``and``, ``or``, ``not`` and brackets; an empty text always holds.

    ``period`` is compared with its kind (``year``, ``quarter``, ``month``) or with a text.
    raises  ValueError naming what is not understood
    """
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text):
        raise ValueError(text)
    if not tokens:
        return Condition(lambda _: True)
    needs: set[str] = set()
    holds, rest = _any_of(tokens, needs)
    if rest:
        raise ValueError(" ".join(rest))
    return Condition(holds, frozenset(needs))


_Parsed = tuple[Callable[[Printed], bool], Sequence[str]]


def _any_of(tokens: Sequence[str], needs: set[str]) -> _Parsed:
    one, rest = _all_of(tokens, needs)
    if rest and rest[0] == "or":
        other, rest = _any_of(rest[1:], needs)
        return lambda row: one(row) or other(row), rest
    return one, rest


def _all_of(tokens: Sequence[str], needs: set[str]) -> _Parsed:
    one, rest = _term(tokens, needs)
    if rest and rest[0] == "and":
        other, rest = _all_of(rest[1:], needs)
        return lambda row: one(row) and other(row), rest
    return one, rest


def _term(tokens: Sequence[str], needs: set[str]) -> _Parsed:
    match list(tokens):
        case ["not", *rest]:
            inner, left = _term(rest, needs)
            return lambda row: not inner(row), left
        case ["(", *rest]:
            inner, left = _any_of(rest, needs)
            if not left or left[0] != ")":
                raise ValueError("(")
            return inner, left[1:]
        case [name, "=" | "!=" as sign, wanted, *rest] if name in _FIELD_OF:
            key = _FIELD_OF[name]
            needs.add(key)
            return lambda row: _says(row.get(key, ""), key, wanted) is (sign == "="), rest
        case _:
            raise ValueError(" ".join(tokens))


def _says(printed: str, key: str, wanted: str) -> bool:
    if key == "period" and wanted in _KINDS:
        return re.fullmatch(_KINDS[wanted], printed) is not None
    return printed == wanted
