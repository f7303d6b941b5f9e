"""Where the columns of a table stand and what each holds: the header row found, long form or wide."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from data_access.formats.tabular import Chunk
from indicators import periods, units
from indicators.errors import CockpitError
from services.mapping import FIELDS, TableMapping

HEADER_ROWS = 30
"""The header of a table is looked for among so many first rows."""


@dataclass(frozen=True)
class Series:
    """One column of figures: where it stands, and what its header says that no other column does."""

    value: int | None
    yoy: int | None
    says: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """What the columns of a table hold.

    header  the place of the header row among the rows of the first chunk; ``texts`` what it says
    fields  field to column
    series  the columns of figures: one in the long form, many in the wide one
    """

    header: int
    texts: tuple[str, ...]
    fields: dict[str, int]
    series: tuple[Series, ...]

    @property
    def unused(self) -> dict[int, str]:
        """The columns with a header that nothing is taken from."""
        used = {*self.fields.values(), *(series.value for series in self.series)}
        return {
            index: text
            for index, text in enumerate(self.texts)
            if text and index not in used and text.lower() not in _TOLD_BY_CODES
        }


def find(
    chunk: Chunk, sheet: str, mapping: TableMapping, is_indicator: Callable[[str], bool]
) -> Layout | None:
    """The layout of a table, from its first rows; None where no row can be its header.

    is_indicator  whether a text names an indicator: then a column of its name holds figures of it
    """
    year = _year_in(sheet) or mapping.defaults.get("year", "")
    for at in range(min(HEADER_ROWS, len(chunk.rows))):
        texts = tuple(clean(column[at].as_py()) for column in chunk.columns)
        layout = _layout_of(at, texts, year, mapping, is_indicator)
        if layout is not None:
            return layout
        year = _year_in(" ".join(texts)) or year
    return None


def _layout_of(
    at: int, texts: tuple[str, ...], year: str, mapping: TableMapping, is_indicator: Callable[[str], bool]
) -> Layout | None:
    """The layout that a row would give as the header; None where it is not one."""
    mapped = {clean(header): name for name, header in mapping.columns.items()}
    if not set(mapped) <= set(texts):
        return None
    fields: dict[str, int] = {}
    said: dict[str, str] = {}
    others: list[tuple[int, str]] = []
    for index, text in enumerate(texts):
        bare, unit = split_unit(text)
        name = mapped.get(text) or _FIELD_OF.get(text.lower()) or _FIELD_OF.get(bare.lower())
        if name and name not in fields and (text in mapped or name not in mapping.columns):
            fields[name] = index
            if name == "value" and unit:
                said["unit"] = unit
        elif text:
            others.append((index, text))
    if "value" in fields or "yoy" in fields:
        if len(fields) < 2:
            return None
        return Layout(at, texts, fields, (Series(fields.get("value"), fields.get("yoy"), said),))
    series = tuple(_wide(others, year, fields, is_indicator)) if fields else ()
    return Layout(at, texts, fields, series) if series else None


def _wide(
    others: Sequence[tuple[int, str]], year: str, fields: dict[str, int], is_indicator: Callable[[str], bool]
) -> Iterable[Series]:
    """The columns whose headers name a period or an indicator."""
    for index, text in others:
        bare, unit = split_unit(text)
        says = {"unit": unit} if unit else {}
        if "indicator" not in fields and is_indicator(bare):
            yield Series(index, None, {**says, "indicator": bare})
        elif "period" not in fields:
            for candidate in (text, bare):
                year = _year_in(candidate) or year
                if _is_period(candidate, year):
                    dated = candidate if _year_in(candidate) else f"{year}年{candidate}"
                    yield Series(index, None, {**says, "period": dated})
                    break


def clean(text: object) -> str:
    """The text of a cell without what cannot be seen."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", str(text))).strip() if text is not None else ""


def split_unit(header: str) -> tuple[str, str]:
    """A header without the unit in brackets behind it, and that unit: 产值(亿元) is 产值 in 亿元."""
    found = re.fullmatch(r"(.+?)\s*[（(]\s*(?:单位[:：]?\s*)?([^()（）]+?)\s*[)）]", header)
    if found is None:
        return header, ""
    try:
        units.parse(found[2])
    except CockpitError:
        return header, ""
    return found[1], found[2]


def _year_in(text: str) -> str:
    found = re.search(r"(?<!\d)((?:19|20)\d\d)(?!\d)", text)
    return found[1] if found else ""


def _is_period(text: str, year: str) -> bool:
    try:
        return periods.parse(text, int(year) if year else None) is not None
    except CockpitError:
        return False


_FIELD_OF = {header.lower(): name for name, headers in FIELDS.items() for header in headers}
_TOLD_BY_CODES = frozenset(
    ("indicator_name_zh", "indicator_name", "region_name", "名称", "地区名称", "序号", "no", "id")
)
_INVISIBLE = re.compile("[\ufeff\u200b-\u200f\u2060]")
