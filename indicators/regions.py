"""Regions: codes, levels, parent and children, each valid from a day and to a day.

A code has twelve digits, 2 province + 2 city + 2 county + 3 town + 3 village, and inside the house it is an
integer (440900000000). Identity is a code *and* the days on which it is valid: codes die, are absorbed, and
change their meaning. The parent is told by the table; the digits only hint at it. 市本级 and economic zones
are *reporting units*: parts of a sum where a source prints them, never in a ranking, on a map or in a
permission.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import IntEnum

import pandas as pd

from indicators.errors import N_, CockpitError, Issue, Severity

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


# -- the tree ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Region:
    """One region during one stretch of validity.

    valid_from, valid_to  first and last day in force, both included; None is open
    official              the code stands in the national list
    reporting_unit        a part of a sum without territory (市本级, zones)
    successor             the codes that took over its territory, when it was abolished
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

    def valid(self, on: date | None) -> bool:
        """In force on that day; without a day, in force with no end."""
        if on is None:
            return self.valid_to is None
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )


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


class RegionTree:
    """The regions of a deployment, with their history.

    regions  every stretch of validity; a code may occur several times, on days that do not overlap
    root     the code at the top of the deployment, a city or a county; the benchmarks (province, nation)
             stand above it
    """

    def __init__(self, regions: Iterable[Region], root: int) -> None:
        self.root = root
        self._versions: dict[int, list[Region]] = defaultdict(list)
        for region in regions:
            self._versions[region.code].append(region)
        for versions in self._versions.values():
            versions.sort(key=lambda region: region.valid_from or date.min)
        self._children: dict[int, list[Region]] = defaultdict(list)
        for region in self:
            if region.parent is not None:
                self._children[region.parent].append(region)
        self._today = {code: self._latest(versions) for code, versions in self._versions.items()}
        self._above: dict[int, tuple[int, ...]] = {}
        self._beneath: dict[tuple[int, bool], tuple[int, ...]] = {}
        self.require([root])

    @staticmethod
    def _latest(versions: list[Region]) -> Region:
        return next((region for region in reversed(versions) if region.valid(None)), versions[-1])

    def __iter__(self) -> Iterator[Region]:
        return (region for code in sorted(self._versions) for region in self._versions[code])

    def __len__(self) -> int:
        return len(self._versions)

    def has(self, code: int) -> bool:
        """True when the code is known, now or formerly."""
        return code in self._versions

    def require(self, codes: Iterable[int]) -> None:
        """Nothing, if every code is known; raises CockpitError (unknown_region) listing all that are not."""
        unknown = sorted({int(code) for code in codes if int(code) not in self._versions})
        if unknown:
            raise CockpitError(_unknown(f"{code:012d}") for code in unknown)

    def get(self, code: int, on: date | None = None) -> Region:
        """The region that bore this code on a day; without a day, the one in force or the last one."""
        if on is None and code in self._today:
            return self._today[code]
        self.require([code])
        found = next((region for region in reversed(self._versions[code]) if region.valid(on)), None)
        if found is None:
            what, do = N_("区划 {code} 在 {day} 不存在"), N_("请核对日期，或改用当时的区划")
            params = {"code": f"{code:012d}", "day": on}
            raise CockpitError(Issue("region_not_in_force", what, do, params=params))
        return found

    def valid(self, code: int, on: date) -> bool:
        """True when a region bore this code on that day."""
        return any(region.valid(on) for region in self._versions.get(code, ()))

    def name(self, code: int, on: date | None = None) -> str:
        """The Chinese name of the region."""
        return self.get(code, on).name

    def children(
        self,
        code: int,
        on: date | None = None,
        level: Level | None = None,
        territories_only: bool = False,
    ) -> tuple[int, ...]:
        """The codes directly below, sorted; with ``level``, those at that level further down.

        Reporting units come last, and not at all when only territories are asked for.
        """
        if on is None and level is None:
            if (code, territories_only) not in self._beneath:
                self._beneath[code, territories_only] = self._below_it(code, on, territories_only)
            return self._beneath[code, territories_only]
        if level is not None and self._below(code, on) != level:
            return self.at_level(level, within=code, on=on, territories_only=territories_only)
        return self._below_it(code, on, territories_only)

    def _below_it(self, code: int, on: date | None, territories_only: bool) -> tuple[int, ...]:
        self.require([code])
        found = {region.code: region for region in self._children[code] if region.valid(on)}
        kept = [region for region in found.values() if not (territories_only and region.reporting_unit)]
        return tuple(region.code for region in sorted(kept, key=lambda r: (r.reporting_unit, r.code)))

    def _below(self, code: int, on: date | None) -> Level | None:
        levels = {region.level for region in self._children[code] if region.valid(on)}
        return levels.pop() if len(levels) == 1 else None

    def has_counties(self, code: int, on: date | None = None) -> bool:
        """False for a city whose towns stand directly below it."""
        return any(region.level == Level.COUNTY for region in self._children[code] if region.valid(on))

    def at_level(
        self,
        level: Level,
        within: int | None = None,
        on: date | None = None,
        territories_only: bool = True,
    ) -> tuple[int, ...]:
        """The codes at a level within a region (the root if none is given), sorted."""
        inside = self.subtree(self.root if within is None else within, on)
        found = [self.get(code, on) for code in inside]
        return tuple(
            region.code
            for region in sorted(found, key=lambda r: (r.reporting_unit, r.code))
            if region.level == level and not (territories_only and region.reporting_unit)
        )

    def subtree(self, code: int, on: date | None = None) -> tuple[int, ...]:
        """The region and all that lie below it, each before what is below it."""
        return (code, *(c for child in self.children(code, on) for c in self.subtree(child, on)))

    def parent(self, code: int, on: date | None = None) -> int | None:
        """The region above, by the table."""
        return self.get(code, on).parent

    def ancestors(self, code: int, on: date | None = None) -> tuple[int, ...]:
        """The regions above, the nearest first, up to the nation where it is known."""
        if on is None:
            if code not in self._above:
                self._above[code] = self._climb(code, on)
            return self._above[code]
        return self._climb(code, on)

    def _climb(self, code: int, on: date | None) -> tuple[int, ...]:
        found: list[int] = []
        above = self.parent(code, on)
        while above is not None and self.has(above) and above not in found:
            found.append(above)
            above = self.get(above).parent
        return tuple(found)

    def contains(self, outer: int, code: int, on: date | None = None) -> bool:
        """True when ``code`` is ``outer`` or lies below it; by the table, never by the digits."""
        return self.has(outer) and self.has(code) and (outer == code or outer in self.ancestors(code, on))

    def covers(self, scope: Iterable[int], code: int, on: date | None = None) -> bool:
        """True when a scope (roots of subtrees) covers a region; an empty scope covers nothing."""
        return any(self.contains(outer, code, on) for outer in scope)

    def members(self, level: Level, territories_only: bool = False, on: date | None = None) -> pd.DataFrame:
        """Which regions make up each region at ``level``: columns parent, region (direct children)."""
        pairs = [
            (parent, child)
            for parent in self.at_level(level, on=on)
            for child in self.children(parent, on, territories_only=territories_only)
        ]
        return pd.DataFrame(pairs, columns=["parent", "region"], dtype="int64")

    # -- texts ---------------------------------------------------------------------------------------------

    def parse(self, text: object, on: date | None = None) -> int:
        """The code that a text names: a code in any spelling, or a name that only one region bears."""
        return self.find(text, on).code

    def find(self, text: object, on: date | None = None) -> Match:
        """The region that a text names, and how it was found.

        raises  CockpitError with the key unknown_region, ambiguous_region (naming the candidates), or those
                of ``read_code`` when the text is a number of another length
        """
        plain = unicodedata.normalize("NFKC", str(text)).strip()
        if re.fullmatch(r"[\d.]+", plain) or not plain:
            code = parse_code(plain)
            if not self.has(code):
                raise CockpitError(_unknown(plain))
            return Match(code, "code")
        for via, names in (("name", self._by_name), ("short name", self._by_short_name)):
            found = sorted({region.code for region in names(plain) if region.valid(on)})
            if found:
                return Match(self._only(plain, found), via)
        former = sorted({region.code for region in self._by_name(plain)})
        if former:
            code = self._only(plain, former)
            today = self.in_force([code], on)[0]
            what, do = N_("“{text}”是旧名，今属{now}"), N_("请核对数据属于哪个时期、哪个区划")
            now = "、".join(self.name(successor) for successor in today)
            note = Issue(
                "former_name", what, do, severity=Severity.WARNING, params={"text": plain, "now": now}
            )
            return Match(self._only(plain, sorted(today)) if today else code, "former name", (note,))
        raise CockpitError(_unknown(plain, self._near(plain, on)))

    def _near(self, text: str, on: date | None) -> str:
        """The name most like a text, a short name counting as its full one; empty where none is like it."""
        names = {name: region.name for region in self for name in _spellings(region) if region.valid(on)}
        names |= {region.name: region.name for region in self if region.valid(on)}
        likely = get_close_matches(text, names, n=1, cutoff=NEAR)
        return names[likely[0]] if likely else ""

    def _by_name(self, name: str) -> list[Region]:
        return [region for region in self if name in (region.name, region.name_en)]

    def _by_short_name(self, name: str) -> list[Region]:
        return [region for region in self if region.name in {name + end for end in _ENDS}]

    def _only(self, text: str, codes: list[int]) -> int:
        if len(codes) == 1:
            return codes[0]
        names = "、".join(f"{self.name(code)} {code:012d}" for code in codes)
        what, do = N_("“{text}”不止一个：{names}"), N_("请改用区划代码")
        raise CockpitError(Issue("ambiguous_region", what, do, params={"text": text, "names": names}))

    # -- history -------------------------------------------------------------------------------------------

    def in_force(self, codes: Iterable[int], on: date | None = None) -> tuple[tuple[int, ...], bool]:
        """The codes that stand for ``codes`` on a day, and whether a person must review a grant of them.

        An abolished code is followed to its successors. These may be larger than it was, so a permission
        bound to it needs a review before it is used.
        """
        found: list[int] = []
        review = False
        for code in codes:
            now = self._successors(code, on, frozenset())
            review = review or now != (code,)
            found.extend(now)
        return tuple(dict.fromkeys(found)), review

    def _successors(self, code: int, on: date | None, seen: frozenset[int]) -> tuple[int, ...]:
        versions = self._versions.get(code, [])
        if any(region.valid(on) for region in versions):
            return (code,)
        ended = [region for region in versions if on is None or (region.valid_to and region.valid_to < on)]
        if not ended or code in seen:
            return ()
        return tuple(
            dict.fromkeys(
                heir for direct in ended[-1].successor for heir in self._successors(direct, on, seen | {code})
            )
        )

    def breaks(self, code: int) -> tuple[date, ...]:
        """The first days of a changed territory: the code began, or took over another's land."""
        own = {region.valid_from for region in self._versions.get(code, ()) if region.valid_from}
        absorbed = {
            date.fromordinal(region.valid_to.toordinal() + 1)
            for region in self
            if region.valid_to and code in region.successor and region.code != code
        }
        return tuple(sorted(own | absorbed))

    def comparable(self, code: int, earlier: date, later: date) -> bool:
        """True when the code means the same territory on both days: no year-on-year across a break."""
        if not (self.valid(code, earlier) and self.valid(code, later)):
            return False
        return not any(earlier < day <= later for day in self.breaks(code))

    def check_sum(
        self, code: int, parts: Mapping[int, float], total: float, tolerance: float = 0.05
    ) -> SumCheck:
        """Whether printed parts make a printed total; a zone inside a county is not counted twice.

        parts      values of the direct children and of reporting units, in the unit of ``total``
        tolerance  an absolute number
        """
        self.require([code, *parts])
        territories = sum(value for child, value in parts.items() if not self.get(child).reporting_unit)
        units = sum(parts.values()) - territories
        if units and abs(total - territories) <= tolerance:
            return SumCheck(True, total - territories, included=True)
        rest = total - territories - units
        return SumCheck(abs(rest) <= tolerance, rest)


_ENDS = ("市", "县", "区", "镇", "乡", "街道", "省")
"""What a name may be written without."""

NEAR = 0.6
"""How like a name a text must be to be taken for a slip: two signs of three, or three of four."""


def _spellings(region: Region) -> tuple[str, ...]:
    """The names of a region, and its name without 市, 县 and the like."""
    short = next((region.name.removesuffix(end) for end in _ENDS if region.name.endswith(end)), region.name)
    return tuple(name for name in (short, region.name_en) if len(name) > 1)


def _unknown(text: str, near: str = "") -> Issue:
    what, do = N_("没有区划“{text}”。"), N_("请核对区划代码；新区划先加入区划包的 regions.csv")
    if near:
        do = N_("您是不是要写“{near}”？")
    return Issue("unknown_region", what, do, params={"text": text, "near": near} if near else {"text": text})
