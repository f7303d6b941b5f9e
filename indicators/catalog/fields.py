"""The fields that an entry may have, and what may stand in them."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum

from indicators.catalog.reading import Document, Kind, Path, Source
from indicators.definition import (
    Basis,
    Frequency,
    Polarity,
    RegionAggregation,
    Sensitivity,
    TimeAggregation,
)
from indicators.errors import N_, Issue
from indicators.regions import Level

LEVEL_WORDS = tuple(level.name.lower() for level in Level)
OPS = (">=", "<=", "=", "between", "done")


@dataclass(frozen=True)
class Field:
    """One field: what it holds, and the kinds of entries that must have it.

    holds     ``text``, ``number``, ``whole``, ``flag``, ``day``, ``texts``, ``numbers``, ``mapping``,
              ``mappings``, ``code``, ``value``
    words     the words allowed, for a text that is one of a few
    parts     the fields inside, for a mapping or a list of them
    """

    name: str
    holds: str
    required: bool = False
    words: tuple[str, ...] = ()
    parts: tuple["Field", ...] = ()
    nullable: bool = False


def _words(of: type[StrEnum]) -> tuple[str, ...]:
    return tuple(word.value for word in of)


_DATED = (Field("valid_from", "day", nullable=True), Field("valid_to", "day", nullable=True))
_LEVELS = tuple(Field(level, "number") for level in ("red", "orange", "yellow", "blue"))

RELEASE = Field(
    "release",
    "mapping",
    parts=tuple(Field(name, "number") for name in ("days", "minutes", "grace_days", "grace_minutes")),
)
EXAMPLE = Field(
    "example",
    "mapping",
    parts=(
        Field("period", "text", required=True),
        Field("inputs", "mapping", required=True),
        Field("expect", "mapping", required=True),
        Field("note", "text"),
    ),
)

MEASURED_FIELDS = (
    Field("code", "code", required=True),
    Field("name_zh", "text", required=True),
    Field("name_en", "text", required=True),
    Field("unit", "text", required=True),
    Field("unit_en", "text", required=True),
    Field("frequency", "text", required=True, words=_words(Frequency)),
    Field("basis", "text", required=True, words=_words(Basis)),
    Field("agg_region", "text", required=True, words=_words(RegionAggregation)),
    Field("agg_time", "text", required=True, words=_words(TimeAggregation)),
    Field("lowest_level", "text", required=True, words=LEVEL_WORDS),
    Field("department", "text", required=True),
    Field("definition_zh", "text", required=True),
    Field("calibre_zh", "text"),
    Field("definition_source", "text"),
    Field("theme", "text"),
    Field("polarity", "text", words=_words(Polarity)),
    Field("sensitivity", "text", words=_words(Sensitivity)),
    Field("jan_feb", "text", words=("merged", "separate")),
    Field("dimensions", "texts"),
    Field("weight", "text"),
    Field("formula", "text"),
    Field("rule", "mapping"),
    Field("rules", "mapping"),
    Field(
        "related",
        "mappings",
        parts=(
            Field(
                "type",
                "text",
                required=True,
                words=("component_of", "numerator_of", "denominator_of", "leads", "offsets"),
            ),
            Field("code", "text", required=True),
            Field("additive", "flag"),
        ),
    ),
    Field("targets", "mapping"),
    Field(
        "limit_versions",
        "mappings",
        parts=(Field("limit", "number", required=True), Field("source", "text"), *_DATED),
    ),
    Field(
        "calibre_breaks",
        "mappings",
        parts=(
            Field("date", "day", required=True),
            Field("reason_zh", "text", required=True),
            Field("backcast", "text"),
        ),
    ),
    RELEASE,
    EXAMPLE,
    Field("successor", "text"),
    Field("version", "whole"),
    *_DATED,
)
"""The fields of an input; an indicator that is shown must also have a theme, a polarity and the rest of HEADLINE."""

HEADLINE = ("theme", "polarity", "sensitivity", "calibre_zh", "rule")

_NAMED = (
    Field("id", "text", required=True),
    Field("name_zh", "text", required=True),
    Field("name_en", "text", required=True),
)

FIELDS: Mapping[Kind, tuple[Field, ...]] = {
    Kind.INPUT: MEASURED_FIELDS,
    Kind.INDICATOR: tuple(
        Field(f.name, f.holds, f.required or f.name in HEADLINE, f.words, f.parts, f.nullable)
        for f in MEASURED_FIELDS
    ),
    Kind.IDENTITY: (
        Field("total", "text", required=True),
        Field("parts", "texts", required=True),
        Field("tolerance", "number", required=True),
    ),
    Kind.DEPARTMENT: _NAMED,
    Kind.PLAN: (
        Field("id", "text", required=True),
        Field("name_zh", "text", required=True),
        Field("issued", "day", required=True),
        Field("region_code", "text", required=True),
    ),
    Kind.TARGET: (
        Field("plan", "text"),
        Field("region_code", "text", required=True),
        Field("year", "whole", required=True),
        Field("due", "day", nullable=True),
        Field("statement_zh", "text", required=True),
        Field("indicator", "text", required=True, nullable=True),
        Field("op", "text", required=True, words=OPS),
        Field("value", "value", required=True, nullable=True),
        Field("unit", "text", nullable=True),
        Field("source_file", "text"),
        Field("note", "text"),
    ),
    Kind.CURVE: (
        Field("indicator", "text", required=True),
        Field("region_code", "text"),
        Field("year", "whole"),
        Field("shares", "numbers", required=True),
        Field("source", "text"),
    ),
    Kind.RULE: (
        Field("code", "text", required=True),
        Field("rule", "mapping"),
        Field("rules", "mapping"),
    ),
    Kind.SYSTEM: (
        Field("system", "text", required=True),
        Field("name_zh", "text", required=True),
        Field("name_en", "text", required=True),
        Field("description", "text"),
        Field("schema_version", "whole"),
        Field("catalogue_version", "text"),
        Field("references", "mappings"),
        Field("domains", "mappings", parts=_NAMED),
        Field(
            "themes",
            "mappings",
            required=True,
            parts=(*_NAMED, Field("order", "whole", required=True), Field("domain", "text")),
        ),
    ),
}
"""The fields of every kind of entry; docs/catalogue.md explains each."""


def shape(source: Source, path: Path, document: Document, fields: Sequence[Field]) -> Iterator[Issue]:
    """What is wrong with the fields of one document, whatever stands in other entries."""
    known = {field.name: field for field in fields}
    for name, value in document.items():
        field = known.get(str(name))
        if field is None:
            yield unknown_word(
                "unknown_field",
                N_("没有字段 {word}"),
                str(name),
                tuple(known),
                source.where((*path, str(name))),
            )
        elif not (value is None and field.nullable):
            yield from _content(source, (*path, str(name)), value, field)
    for field in fields:
        if field.required and field.name not in document:
            yield Issue(
                "missing_field",
                N_("缺少字段 {field}"),
                N_("补上这个字段，写法见 docs/catalogue.md。"),
                source.where(path),
                params={"field": field.name},
            )


def unknown_word(
    key: str, what: str, word: str, allowed: Sequence[str], where: str, **params: object
) -> Issue:
    """A word that is not one of a few; says which one was probably meant, or which ones there are."""
    near = get_close_matches(word, allowed, n=3, cutoff=0.6)
    if near:
        return Issue(
            key, what, N_("是否指 {near}？"), where, params={**params, "word": word, "near": ", ".join(near)}
        )
    shown = ", ".join(allowed[:20]) + (" …" if len(allowed) > 20 else "")
    return Issue(key, what, N_("可用：{allowed}"), where, params={**params, "word": word, "allowed": shown})


_HOW = {
    "text": N_("应写文字，不能为空。"),
    "code": N_("代码用小写字母开头，各段以点相连，如 econ.gdp.total。"),
    "number": N_("应写数。"),
    "whole": N_("应写整数。"),
    "flag": N_("应写 true 或 false。"),
    "day": N_('应写日期，如 "2026-03-01"。'),
    "texts": N_("应写文字的列表，如 [a, b]。"),
    "numbers": N_("应写数的列表。"),
    "mapping": N_("应写成 {{字段: 值}}。"),
    "mappings": N_("应写成列表，每项是 {{字段: 值}}。"),
    "value": N_("应写数；op 为 between 时写 [下, 上]。"),
}


def _content(source: Source, path: Path, value: object, field: Field) -> Iterator[Issue]:
    where = source.where(path)
    if not _holds(value, field.holds):
        yield Issue(
            "wrong_type",
            N_("字段 {field} 的写法不对：{value}"),
            _HOW[field.holds],
            where,
            params={"field": field.name, "value": _shown(value)},
        )
        return
    if field.words and value not in field.words:
        what = N_("字段 {field} 不能写 {word}")
        yield unknown_word("unknown_word", what, str(value), field.words, where, field=field.name)
    if field.parts and isinstance(value, Mapping):
        yield from shape(source, path, value, field.parts)
    elif field.parts and isinstance(value, Sequence):
        for place, item in enumerate(value):
            yield from shape(source, (*path, place), item, field.parts)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def number(value: object) -> bool:
    """Whether something written is a finite number that a float can hold; a truth value is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < sys.float_info.max


def _listed(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _holds(value: object, kind: str) -> bool:
    match kind:
        case "text":
            return isinstance(value, str) and bool(value.strip())
        case "code":
            return isinstance(value, str) and is_code(value)
        case "number":
            return number(value)
        case "whole":
            return isinstance(value, int) and not isinstance(value, bool)
        case "flag":
            return isinstance(value, bool)
        case "day":
            return is_day(value)
        case "texts":
            return _listed(value) and all(isinstance(one, str) for one in value)  # type: ignore[attr-defined]
        case "numbers":
            return _listed(value) and all(number(one) for one in value)  # type: ignore[attr-defined]
        case "mapping":
            return isinstance(value, Mapping)
        case "mappings":
            return _listed(value) and all(isinstance(one, Mapping) for one in value)  # type: ignore[attr-defined]
        case "value":
            return number(value) or (_holds(value, "numbers") and len(value) == 2)  # type: ignore[arg-type]
    raise KeyError(kind)


def is_code(text: str) -> bool:
    """Whether a text can be an indicator code: ``econ.gdp.total``."""
    segments = text.split(".")
    return len(segments) >= 2 and all(
        segment.isascii() and segment.isidentifier() and segment == segment.lower() for segment in segments
    )


def is_day(value: object) -> bool:
    """Whether something written is a day."""
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return isinstance(value, str)
