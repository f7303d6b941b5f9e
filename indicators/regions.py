"""Regions: codes, levels, parent and children, each valid from a day and to a day.

Identity is a code *and* the days on which it is valid: codes die, are absorbed, and change their meaning. The parent
is told by the table; the digits only hint at it. 市本级 and economic zones are *reporting units*: parts of a sum where
a source prints them, never in a ranking, on a map or in a permission.
"""

import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cached_property

import pandas as pd

from indicators.errors import N_, CockpitError, Issue, Severity
from indicators.region_codes import (
    NATION,
    ONE_DAY,
    VIRTUAL_GROUPS,
    WIDTHS,
    Code,
    Level,
    Match,
    Region,
    SumCheck,
    canonical,
    is_special_town,
    is_statistical_zone,
    is_virtual_group,
    level_of,
    parent_by_digits,
    parse_code,
    read_code,
)

__all__ = [
    "NATION",
    "VIRTUAL_GROUPS",
    "WIDTHS",
    "Code",
    "Level",
    "Match",
    "Region",
    "RegionTree",
    "SumCheck",
    "canonical",
    "is_special_town",
    "is_statistical_zone",
    "is_virtual_group",
    "level_of",
    "parent_by_digits",
    "parse_code",
    "read_code",
]


class RegionTree:
    """The regions of a deployment, with their history.

    regions  every stretch of validity; a code may occur several times, on days that do not overlap
    root     the code at the top of the deployment, a city or a county; the benchmarks (province, nation)
             stand above it
    today    the day that is meant where none is named; None: whatever is in force with no end
    """

    def __init__(self, regions: Iterable[Region], root: int, today: date | None = None) -> None:
        self.root = root
        self.today = today
        self._versions: dict[int, list[Region]] = defaultdict(list)
        for region in regions:
            self._versions[region.code].append(region)
        for versions in self._versions.values():
            versions.sort(key=lambda region: region.valid_from or date.min)
        self._children: dict[int, list[Region]] = defaultdict(list)
        for region in self:
            if region.parent is not None:
                self._children[region.parent].append(region)
        self._today = {code: self._nearest(versions, None) for code, versions in self._versions.items()}
        self._above: dict[int, tuple[int, ...]] = {}
        self._beneath: dict[tuple[int, bool], tuple[int, ...]] = {}
        self._edges = sorted({day for region in self for day in region.edges})
        self._views: dict[int, RegionTree] = {self._stretch(today): self}
        self._origins: dict[tuple[int, int, int], tuple[int, ...] | None] = {}
        self.require([root])

    def _stands(self, region: Region, on: date | None) -> bool:
        return region.valid(self.today if on is None else on)

    def _nearest(self, versions: list[Region], on: date | None) -> Region:
        """The version in force on a day; else the last one before it, else the first."""
        found = next((region for region in reversed(versions) if self._stands(region, on)), None)
        if found is not None:
            return found
        day = on or self.today or date.max
        ended = [region for region in versions if (region.valid_from or date.min) <= day]
        return ended[-1] if ended else versions[0]

    def _stretch(self, day: date | None) -> int:
        """Which stretch of time without a change a day lies in."""
        return len(self._edges) if day is None else bisect_right(self._edges, day)

    def at(self, day: date) -> "RegionTree":
        """The same regions with another day as the one that is meant: old periods show old regions."""
        stretch = self._stretch(day)
        if stretch not in self._views:
            view = RegionTree(self, self.root, day)
            view._views = self._views
            self._views[stretch] = view
        return self._views[stretch]

    @property
    def edges(self) -> tuple[date, ...]:
        """Every day on which something of the regions changed or is to change."""
        return tuple(self._edges)

    @cached_property
    def mark(self) -> str:
        """Another text for other regions; part of the key of what is kept."""
        return hashlib.sha256(repr((self.today, [*self])).encode()).hexdigest()[:12]

    def ended(self) -> tuple[int, ...]:
        """The codes that nobody bears today: abolished, absorbed, or not born yet."""
        return tuple(
            code
            for code, versions in sorted(self._versions.items())
            if not any(self._stands(region, None) for region in versions)
        )

    def versions(self, code: int) -> tuple[Region, ...]:
        """Every stretch of validity of a code, the oldest first."""
        self.require([code])
        return tuple(self._versions[code])

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
        found = next((region for region in reversed(self._versions[code]) if self._stands(region, on)), None)
        if found is None:
            what, do = N_("区划 {code} 在 {day} 不存在"), N_("请核对日期，或改用当时的区划")
            params = {"code": f"{code:012d}", "day": on}
            raise CockpitError(Issue("region_not_in_force", what, do, params=params))
        return found

    def valid(self, code: int, on: date | None = None) -> bool:
        """True when a region bore this code on that day."""
        return any(self._stands(region, on) for region in self._versions.get(code, ()))

    def below(self, parent: int, code: int, on: date) -> bool:
        """True when a region bore this code on that day and stood directly below another."""
        return any(region.parent == parent and region.valid(on) for region in self._versions.get(code, ()))

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
        found = {region.code: region for region in self._children.get(code, ()) if self._stands(region, on)}
        kept = [region for region in found.values() if not (territories_only and region.reporting_unit)]
        return tuple(region.code for region in sorted(kept, key=lambda r: (r.reporting_unit, r.code)))

    def _below(self, code: int, on: date | None) -> Level | None:
        levels = {region.level for region in self._children.get(code, ()) if self._stands(region, on)}
        return levels.pop() if len(levels) == 1 else None

    def has_counties(self, code: int, on: date | None = None) -> bool:
        """False for a city whose towns stand directly below it."""
        return any(
            region.level == Level.COUNTY
            for region in self._children.get(code, ())
            if self._stands(region, on)
        )

    def kin(self, code: int) -> tuple[int, ...]:
        """The children of today and those of the years before: of whom sums of older periods are made.

        Those of today come first, as ``children`` gives them.
        """
        now = self.children(code)
        since = (self.today or date.max) - REMEMBERED
        former = {
            region.code
            for region in self._children.get(code, ())
            if region.valid_to is not None and region.valid_to >= since and self._begun(region)
        }
        return (*now, *sorted(former.difference(now)))

    def _begun(self, region: Region) -> bool:
        return self.today is None or (region.valid_from or date.min) <= self.today

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
            above = self._nearest(self._versions[above], on).parent
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
            found = sorted({region.code for region in names(plain) if self._stands(region, on)})
            if found:
                return Match(self._only(plain, found), via)
        former = sorted({region.code for region in self._by_name(plain) if self._begun(region)})
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
        names = {
            name: region.name for region in self for name in _spellings(region) if self._stands(region, on)
        }
        names |= {region.name: region.name for region in self if self._stands(region, on)}
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
        if any(self._stands(region, on) for region in versions):
            return (code,)
        day = on or self.today
        ended = [region for region in versions if day is None or (region.valid_to and region.valid_to < day)]
        if not ended or code in seen:
            return ()
        return tuple(
            dict.fromkeys(
                heir for direct in ended[-1].successor for heir in self._successors(direct, on, seen | {code})
            )
        )

    def breaks(self, code: int) -> tuple[date, ...]:
        """The first days of a changed territory up to today: the code began, or took over another's land.

        A version that goes on with the territory of the one before (a new name, another parent) breaks nothing.
        """
        own = {
            region.valid_from
            for region in self._versions.get(code, ())
            if region.valid_from and region.same_as != code
        }
        days = own | set(self._absorbing.get(code, ()))
        return tuple(day for day in sorted(days) if self.today is None or day <= self.today)

    @cached_property
    def _absorbing(self) -> Mapping[int, frozenset[date]]:
        """The days on which codes took over the land of abolished ones."""
        found: dict[int, set[date]] = defaultdict(set)
        for region in self:
            for heir in region.successor if region.valid_to else ():
                if heir != region.code and region.valid_to:
                    found[heir].add(region.valid_to + ONE_DAY)
        return {heir: frozenset(days - self._continued(heir)) for heir, days in found.items()}

    def _continued(self, code: int) -> set[date]:
        """The days on which a code began as another name of the same territory."""
        return {
            region.valid_from
            for region in self._versions.get(code, ())
            if region.valid_from and region.same_as == code
        }

    def made_of(self, code: int, on: date) -> tuple[int, ...] | None:
        """The regions that, on an earlier day, made up what a code means today.

        returns  None where part of a region would be needed: figures of a whole cannot be divided afterwards
        """
        return self._made_of(code, on, self.today or date.max)

    def _made_of(self, code: int, then: date, now: date) -> tuple[int, ...] | None:
        key = code, self._stretch(then), self._stretch(now)
        if key not in self._origins:
            self._origins[key] = self._origin(code, then, now)
        return self._origins[key]

    def _origin(self, code: int, then: date, now: date) -> tuple[int, ...] | None:
        version = next((one for one in reversed(self._versions.get(code, ())) if one.valid(now)), None)
        if version is None:
            return None
        start = version.valid_from or date.min
        took = [day for day in self._absorbing.get(code, ()) if start < day <= now]
        changed = max([start, *took])
        if changed <= then:
            return (code,)
        before = changed - ONE_DAY
        if changed == start and version.same_as is not None:
            return self._made_of(version.same_as, then, before)
        parts = [one for one in self if one.valid_to == before and code in one.successor]
        sources = [one.code for one in parts if one.code != code]
        if changed > start or len(sources) < len(parts):
            sources.append(code)
        if parts and all(set(one.successor) == {code} for one in parts):
            return self._together(sources, then, before)
        return self._together(self._below_it(code, now, True), then, now)

    def _together(self, codes: Iterable[int], then: date, now: date) -> tuple[int, ...] | None:
        """What several regions were made of; None where that of one of them is not known, or there are none."""
        found = [self._made_of(code, then, now) for code in codes]
        known = [one for one in found if one is not None]
        if not known or len(known) < len(found):
            return None
        return tuple(sorted({code for one in known for code in one}))

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
        known = {child: self.get(child) for child in parts}
        territories = sum(value for child, value in parts.items() if not known[child].reporting_unit)
        units = sum(
            v for child, v in parts.items() if known[child].reporting_unit and not known[child].inside
        )
        if units and abs(total - territories) <= tolerance:
            return SumCheck(True, total - territories, included=True)
        rest = total - territories - units
        return SumCheck(abs(rest) <= tolerance, rest)


REMEMBERED = timedelta(days=12 * 366)
"""How long an abolished region counts among the children of the region above: as far back as rules and courses look."""


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
