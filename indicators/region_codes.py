"""Regions as rows of a table, and their codes: how these are written, which level and region above they tell.

A code has twelve digits, 2 province + 2 city + 2 county + 3 town + 3 village, and inside the house it is an
integer (440900000000). The digits only hint at the region above; the table of a tree knows better.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from indicators.errors import N_, CockpitError, Issue

WIDTHS = (2, 2, 2, 3, 3)
"""Digits per level, from the province down to the village."""

VIRTUAL_GROUPS = frozenset({4190, 4290, 4690, 6590, 1101, 1102, 1201, 1202, 3101, 3102, 5001, 5002})
"""City positions that group counties without being a city (省直辖县级行政区划, 市辖区, 县)."""


class Level(IntEnum):
    """How far down a region stands; nation and province occur as benchmarks only."""

    NATION = 0
    PROVINCE = 1
    CITY = 2
    COUNTY = 3
    TOWN = 4
    VILLAGE = 5

    @classmethod
    def parse(cls, text: str) -> "Level":
        """The level that a word names, in the spellings met in files (township, 乡镇, 县区, …)."""
        word = unicodedata.normalize("NFKC", text).strip().lower()
        for level, words in _LEVEL_WORDS.items():
            if word == level.name.lower() or word in words:
                return level
        raise CockpitError(
            Issue(
                "unknown_level",
                N_("没有层级“{text}”"),
                N_("请用 nation、province、city、county、town、village 之一"),
                params={"text": text},
            )
        )


_LEVEL_WORDS: Mapping[Level, frozenset[str]] = {
    Level.NATION: frozenset({"country", "全国", "国家"}),
    Level.PROVINCE: frozenset({"省", "省级", "自治区", "直辖市"}),
    Level.CITY: frozenset({"prefecture", "prefecture_city", "municipal", "市", "地级市", "市级", "地市"}),
    Level.COUNTY: frozenset({"district", "county_city", "县", "区", "县区", "县(区)", "区县", "县级"}),
    Level.TOWN: frozenset({"township", "subdistrict", "乡", "镇", "街道", "乡镇", "乡镇(街道)", "镇街"}),
    Level.VILLAGE: frozenset({"community", "村", "社区", "村(社区)", "居委会"}),
}


# -- codes -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Code:
    """A region code as it was read; a local code ("LOCAL-440900-GX") names a unit inside ``code``."""

    code: int
    local: str = ""

    @property
    def level(self) -> Level:
        """The level that the digits tell."""
        return level_of(self.code)

    @property
    def canonical(self) -> str:
        """The customary short text: 2, 6, 6, 9 or 12 digits."""
        return canonical(self.code, self.level)

    @property
    def short(self) -> str:
        """The fewest digits that tell the region: 4409 for a city."""
        return _significant(self.code)

    @property
    def parent(self) -> int | None:
        """The region above by the digits; of a local code the region that holds it; of a province none."""
        return self.code if self.local else parent_by_digits(self.code)

    @property
    def parents(self) -> tuple[str, ...]:
        """The short texts of the regions above, the nearest last, by the digits."""
        cuts = [sum(WIDTHS[: n + 1]) for n in range(len(WIDTHS))]
        return tuple(self.short[:cut] for cut in cuts if cut < len(self.short))


def read_code(text: object) -> Code:
    """The code in a cell: 2, 4, 6, 9 or 12 digits, also float-looking ("440904.0"), or a local code.

    raises  CockpitError with the key empty, not_digits or bad_length
    source  tests/cases/regions/region_code_cases.json
    """
    plain = unicodedata.normalize("NFKC", str(text)).strip()
    plain = re.sub(r"\.0+$", "", plain)
    local = re.fullmatch(r"LOCAL-(\d+)-([A-Z0-9]+)", plain.upper())
    if local:
        return Code(read_code(local[1]).code, local[2])
    if not plain:
        raise _bad_code("empty", N_("没有写区划代码"), text)
    if not re.fullmatch(r"[0-9]+", plain):
        raise _bad_code("not_digits", N_("区划代码“{text}”不全是数字"), text)
    if len(plain) not in (2, 4, 6, 9, 12):
        raise _bad_code("bad_length", N_("区划代码“{text}”的位数不对"), text)
    return Code(int(plain.ljust(12, "0")))


def _bad_code(key: str, what: str, text: object) -> CockpitError:
    return CockpitError(Issue(key, what, N_("区划代码为2、4、6、9或12位数字"), params={"text": text}))


def parse_code(text: object) -> int:
    """The twelve-digit code, as an integer, in any accepted spelling; see ``read_code``.

    raises  CockpitError, also with the key local_code: a local code has no number of its own
    """
    read = read_code(text)
    if read.local:
        what, do = N_("“{text}”是本地代码，没有区划代码"), N_("请在区划包里给它一个代码")
        raise CockpitError(Issue("local_code", what, do, params={"text": text}))
    return read.code


def _significant(code: int) -> str:
    """The digits of a code up to the last group that is not zero."""
    digits = f"{code:012d}"
    cut = len(digits)
    for width in reversed(WIDTHS):
        if int(digits[cut - width : cut]):
            break
        cut -= width
    return digits[: max(cut, 2)]


def level_of(code: int) -> Level:
    """The level that the digits of a code tell (the nation is 100000000000)."""
    if code == NATION:
        return Level.NATION
    return {2: Level.PROVINCE, 4: Level.CITY, 6: Level.COUNTY, 9: Level.TOWN, 12: Level.VILLAGE}[
        len(_significant(code))
    ]


NATION = 100000000000


def canonical(code: int, level: Level) -> str:
    """The customary short text of a code: 2 digits of a province, 6 of a city or county, 9, 12."""
    width = {Level.NATION: 2, Level.PROVINCE: 2, Level.CITY: 6, Level.COUNTY: 6, Level.TOWN: 9}.get(level, 12)
    return f"{code:012d}"[:width]


def parent_by_digits(code: int) -> int | None:
    """The region above as the digits hint; None above a province. The table of a tree knows better."""
    short = _significant(code)
    if len(short) <= 2:
        return None
    width = WIDTHS[{4: 1, 6: 2, 9: 3, 12: 4}[len(short)]]
    return int(short[:-width].ljust(12, "0"))


def is_virtual_group(code: int) -> bool:
    """True for a code that only groups counties (419000, 659000, 110100): not a city with figures."""
    return level_of(code) == Level.CITY and code // 10**8 in VIRTUAL_GROUPS


def is_special_town(code: int) -> bool:
    """True for farms, mines and zones that are counted like towns (town position 400 to 599)."""
    return level_of(code) == Level.TOWN and 400 <= code // 10**3 % 1000 <= 599


def is_statistical_zone(code: int) -> bool:
    """True for a statistical development zone in county position (71 to 79), unknown to GB/T 2260."""
    return level_of(code) == Level.COUNTY and 71 <= code // 10**6 % 100 <= 79


ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Region:
    """One region during one stretch of validity.

    valid_from, valid_to  first and last day in force, both included; None is open
    official              the code stands in the national list
    reporting_unit        a part of a sum without territory (市本级, zones)
    successor             the codes that took over its territory, when it was abolished
    same_as               the code whose territory this version goes on with unchanged: its own after a new name, the
                          former one after a new code; None where the territory is new or another
    inside                of a reporting unit: its figures lie inside those of its siblings and are never added to them
    """

    code: int
    parent: int | None
    level: Level
    kind: str
    name: str
    name_en: str = ""
    pinyin: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    official: bool = True
    reporting_unit: bool = False
    successor: tuple[int, ...] = ()
    same_as: int | None = None
    inside: bool = False

    def valid(self, on: date | None) -> bool:
        """In force on that day; without a day, in force with no end."""
        if on is None:
            return self.valid_to is None
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )

    @property
    def edges(self) -> tuple[date, ...]:
        """The days on which the region began, and on which it was no more."""
        gone = self.valid_to + ONE_DAY if self.valid_to is not None and self.valid_to < date.max else None
        return tuple(day for day in (self.valid_from, gone) if day is not None)


@dataclass(frozen=True)
class Match:
    """What a text named: the region, how it was found (code, name, short name, former name), and notes."""

    code: int
    via: str
    notes: tuple[Issue, ...] = ()


@dataclass(frozen=True)
class SumCheck:
    """Whether printed parts make the printed total.

    rest      total minus the territories and those reporting units that are counted beside them
    included  the reporting units lie inside the territories: adding them would count them twice
    """

    ok: bool
    rest: float
    included: bool = False
