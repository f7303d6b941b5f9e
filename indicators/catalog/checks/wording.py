"""Checks of single entries: codes, words with a meaning elsewhere, days."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import cast

from indicators import units
from indicators.catalog.checks.book import (
    UNSAID,
    Book,
    Defined,
    Placed,
    is_year,
)
from indicators.catalog.fields import is_day, number, unknown_word
from indicators.catalog.reading import (
    MEASURED,
    Document,
    Kind,
)
from indicators.definition import (
    LimitVersion,
)
from indicators.errors import N_, CockpitError, Issue


def codes(book: Book) -> Iterator[Issue]:
    """A code belongs to the system of its file and is defined once on any day."""
    seen: dict[tuple[str, str], list[Placed]] = defaultdict(list)
    for one in book.placed:
        kind = "measured" if one.entry.kind in MEASURED else one.entry.kind.value
        seen[(f"{kind}:{one.entry.origin}", one.entry.code)].append(one)
        document = one.source.document
        system = document.get("system") if isinstance(document, Mapping) else None
        if one.entry.kind in MEASURED and system is not None and not one.entry.code.startswith(f"{system}."):
            yield Issue(
                "code_of_other_system",
                N_("代码 {code} 不属于本文件的系统 {system}"),
                N_("代码须以 {system}. 开头，或移到所属系统的文件。"),
                one.where("code"),
                params={"code": one.entry.code, "system": system},
            )
    for (_, code), several in seen.items():
        for place, later in enumerate(several):
            first = next((earlier for earlier in several[:place] if _overlap(earlier, later)), None)
            if first is not None:
                yield Issue(
                    "duplicate_code",
                    N_("{code} 已在 {first} 定义"),
                    N_("换一个代码；若是新的版本，写明不相重叠的 valid_from、valid_to 和 version。"),
                    later.where("code"),
                    params={"code": code, "first": first.where("code")},
                )


def _overlap(one: Placed, other: Placed) -> bool:
    if one.entry.kind not in MEASURED:
        return True
    (start, end), (begin, finish) = _span(one.entry.document), _span(other.entry.document)
    return start <= finish and begin <= end


def _span(document: Document) -> tuple[str, str]:
    return str(document.get("valid_from") or "0000"), str(document.get("valid_to") or "9999")


def words(book: Book) -> Iterator[Issue]:
    """Departments, themes, dimensions and units that exist."""
    departments = [one.entry.code for one in book.of(Kind.DEPARTMENT)]
    themes = defaultdict(list)
    for placed in book.placed:
        document = placed.source.document
        if isinstance(document, Mapping):
            for theme in cast(Sequence[object], document.get("themes") or ()):
                if isinstance(theme, Mapping):
                    themes[document.get("system")].append(str(theme.get("id")))
    labels = list(cast(Mapping[str, object], book.vocabulary.get("dimension_labels") or {}))
    for defined in book.defined.values():
        one = defined.indicator
        if one.department and one.department not in departments:
            what = N_("没有部门 {word}")
            yield unknown_word(
                "unknown_department", what, one.department, departments, defined.where("department")
            )
        if one.theme is not None and one.theme not in themes[one.system]:
            what = N_("没有主题 {word}")
            yield unknown_word("unknown_theme", what, one.theme, themes[one.system], defined.where("theme"))
        for dimension in one.dimensions:
            if dimension not in labels:
                what = N_("没有维度 {word}")
                yield unknown_word("unknown_dimension", what, dimension, labels, defined.where("dimensions"))
        if one.unit == UNSAID:
            continue
        try:
            units.parse(one.unit)
        except CockpitError as error:
            for issue in error.issues:
                yield Issue(issue.key, issue.what, issue.do, defined.where("unit"), params=issue.params)


def dates(book: Book) -> Iterator[Issue]:
    """Validity, targets by year, and limits that follow one another without overlap or gap."""
    for one in book.of(*MEASURED):
        document = one.entry.document
        if not _ordered(document):
            yield backwards(one.where("valid_to"))
        for year, value in cast(Mapping[object, object], document.get("targets") or {}).items():
            if not is_year(year):
                yield Issue(
                    "bad_year",
                    N_("目标的年份 {year} 不是四位年份"),
                    N_("写成 {{2025: 95}}，年份为整数。"),
                    one.where("targets", cast(str, year)),
                    params={"year": year},
                )
            elif not number(value):
                yield Issue(
                    "bad_target", N_("{year} 年的目标不是数：{value}"), N_("应写数。"), one.where("targets"),
                    params={"year": year, "value": value},
                )  # fmt: skip
    for defined in book.defined.values():
        yield from _limits_in_order(defined)


def _ordered(document: Document) -> bool:
    start, end = document.get("valid_from"), document.get("valid_to")
    return not (is_day(start) and is_day(end)) or str(start) <= str(end)


def backwards(where: str) -> Issue:
    return Issue("backward_dates", N_("valid_to 早于 valid_from"), N_("两个日期都含当日，核对先后。"), where)


def _limits_in_order(defined: Defined) -> Iterator[Issue]:
    versions = sorted(defined.indicator.limit_versions, key=_start)
    where = defined.where("limit_versions")
    for version in versions:
        if version.valid_from and version.valid_to and version.valid_from > version.valid_to:
            yield backwards(where)
    for earlier, later in pairwise(versions):
        if earlier.valid_to is None or earlier.valid_to >= _start(later):
            yield Issue(
                "limits_overlap",
                N_("限值的有效期重叠：{one} 与 {other}"),
                N_("前一版的 valid_to 须早于后一版的 valid_from。"),
                where,
                params={"one": earlier.limit, "other": later.limit},
            )
        elif earlier.valid_to + timedelta(days=1) != later.valid_from:
            yield Issue(
                "limits_gap",
                N_("限值的有效期之间有空档：{one} 与 {other}"),
                N_("后一版应从前一版失效的次日起生效。"),
                where,
                params={"one": earlier.limit, "other": later.limit},
            )


def _start(version: LimitVersion) -> date:
    return version.valid_from or date.min
