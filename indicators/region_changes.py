"""Changes of regions as data: merge, split, rename, recode, transfer, zone, close, each from a day on.

A change is applied to the stretches of validity of a tree: it ends some and begins others, and nothing of the past is
altered. The territory of a region is told apart from its name, its code and its place in the table: only a change of
the territory breaks a comparison.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from indicators.region_codes import ONE_DAY, Region, level_of
from indicators.regions import RegionTree


class Kind(StrEnum):
    """What can become of regions.

    MERGE     several become one, which may be one of them and keep its code
    SPLIT     one becomes several; it may live on as one of them
    RENAME    another name for the same code and territory
    RECODE    other codes for the same territories, several at once: codes may be swapped
    TRANSFER  a region goes to another one above it
    ZONE      a zone without a civil-affairs code: a new one, or what one reports to from now on
    CLOSE     a zone is given up
    """

    MERGE = "merge"
    SPLIT = "split"
    RENAME = "rename"
    RECODE = "recode"
    TRANSFER = "transfer"
    ZONE = "zone"
    CLOSE = "close"


@dataclass(frozen=True)
class Part:
    """A region as it is from the day on.

    name   empty where it keeps the one it has
    takes  of a split: the regions directly below the old one that go to this one
    """

    code: int
    name: str = ""
    name_en: str = ""
    pinyin: str = ""
    takes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Change:
    """One change.

    old     the codes that it is about: those merged, the one split, renamed, …; in a recode beside those of ``new``
    new     what there is from the day on
    parent  the region above: of a transfer where it goes, of a zone what it reports to; else None, as before
    inside  of a zone: its figures lie inside those of its siblings and are not added to them
    note    the document that ordered it
    """

    kind: Kind
    day: date
    old: tuple[int, ...] = ()
    new: tuple[Part, ...] = ()
    parent: int | None = None
    inside: bool = False
    note: str = ""

    @property
    def codes(self) -> tuple[int, ...]:
        """Every code that the change names."""
        named = (*self.old, *(part.code for part in self.new), *(c for part in self.new for c in part.takes))
        above = () if self.parent is None else (self.parent,)
        return tuple(dict.fromkeys((*named, *above)))

    def document(self) -> dict[str, Any]:
        """The change as plain data, for JSON."""
        return {
            "kind": str(self.kind),
            "day": self.day.isoformat(),
            "old": list(self.old),
            "new": [vars(part) | {"takes": list(part.takes)} for part in self.new],
            "parent": self.parent,
            "inside": self.inside,
            "note": self.note,
        }

    @staticmethod
    def read(document: Mapping[str, Any]) -> "Change":
        """A change from its plain data."""
        parts = (Part(**{**part, "takes": tuple(part["takes"])}) for part in document["new"])
        return Change(
            Kind(document["kind"]),
            date.fromisoformat(document["day"]),
            tuple(document["old"]),
            tuple(parts),
            document["parent"],
            document["inside"],
            document["note"],
        )


def changed(tree: RegionTree, changes: Iterable[Change]) -> RegionTree:
    """The tree after some changes, in the order of their days; those of one day in the order given."""
    ledger = Ledger(tree)
    for change in sorted(changes, key=lambda change: change.day):
        ledger.apply(change)
    return ledger.tree()


class Ledger:
    """The stretches of validity of a tree, to be changed."""

    def __init__(self, tree: RegionTree) -> None:
        self._root, self._today = tree.root, tree.today
        self._versions: dict[int, list[Region]] = defaultdict(list)
        for region in tree:
            self._versions[region.code].append(region)

    def tree(self) -> RegionTree:
        """The tree as it stands now."""
        regions = (region for versions in self._versions.values() for region in versions)
        return RegionTree(regions, self._root, self._today)

    def apply(self, change: Change) -> None:
        """Carry a change out; it has been checked (``region_checks.check``)."""
        {
            Kind.MERGE: self._merge,
            Kind.SPLIT: self._split,
            Kind.RENAME: self._rename,
            Kind.RECODE: self._recode,
            Kind.TRANSFER: self._transfer,
            Kind.ZONE: self._zone,
            Kind.CLOSE: self._close,
        }[change.kind](change)

    # -- the kinds ---------------------------------------------------------------------------------------------

    def _merge(self, change: Change) -> None:
        part, day = change.new[0], change.day
        olds = self._all_old(change)
        was = {code: self.on(code, day) for code in olds}
        model = was.get(part.code, next(iter(was.values())))
        above = model.parent if change.parent is None else change.parent
        for code in olds:
            if code != part.code:
                self.end(code, day, (part.code,))
        self._put(replace(_named(model, part), code=part.code, parent=above, same_as=None), day, (part.code,))
        for code in olds:
            self._adopt(code, part.code, day)
        self._unsettle({one.parent for one in was.values()} | {above}, day)

    def _all_old(self, change: Change) -> tuple[int, ...]:
        """Those merged, with a region that is there already and takes the others in."""
        heir = change.new[0].code
        there = self._find(heir, change.day) is not None
        return tuple(dict.fromkeys((*change.old, heir) if there else change.old))

    def _split(self, change: Change) -> None:
        old, day = change.old[0], change.day
        was = self.on(old, day)
        heirs = tuple(part.code for part in change.new)
        below = {child.code: child for child in self.children(old, day)}
        if old not in heirs:
            self.end(old, day, heirs)
        for part in change.new:
            here = self._find(part.code, day)
            model = replace(was, code=part.code) if here is None else here
            self._put(replace(_named(model, part), same_as=None), day, heirs if part.code == old else ())
        for part in change.new:
            for code in part.takes:
                if part.code != old:
                    self._renew(replace(below[code], parent=part.code, same_as=code), day)

    def _rename(self, change: Change) -> None:
        part = change.new[0]
        self._renew(replace(_named(self.on(part.code, change.day), part), same_as=part.code), change.day)

    def _recode(self, change: Change) -> None:
        day = change.day
        pairs = list(zip(change.old, change.new, strict=True))
        was = {old: self.on(old, day) for old, _ in pairs}
        below = {old: self.children(old, day) for old, _ in pairs}
        told = {old: part.code for old, part in pairs}
        for old, part in pairs:
            self.end(old, day, (part.code,))
        for old, part in pairs:
            above = was[old].parent
            region = replace(_named(was[old], part), code=part.code, same_as=old)
            self._begin(replace(region, parent=None if above is None else told.get(above, above)), day)
        for old, part in pairs:
            for child in below[old]:
                if child.code not in told:
                    self._renew(replace(child, parent=part.code, same_as=child.code), day)

    def _transfer(self, change: Change) -> None:
        assert change.parent is not None  # checked
        for code in change.old:
            was = self.on(code, change.day)
            self._renew(replace(was, parent=change.parent, same_as=code), change.day)
            self._unsettle({was.parent, change.parent}, change.day)

    def _zone(self, change: Change) -> None:
        part, day = change.new[0], change.day
        assert change.parent is not None  # checked
        here = self._find(part.code, day)
        model = here or Region(
            part.code,
            None,
            level_of(part.code),
            "function_zone",
            part.name,
            official=False,
            reporting_unit=True,
        )
        zone = replace(_named(model, part), parent=change.parent, inside=change.inside)
        self._put(replace(zone, same_as=part.code if here else None), day, ())
        counted = {here.parent} if here is not None and not here.inside else set()
        self._recount(counted, set() if change.inside else {change.parent}, day)

    def _close(self, change: Change) -> None:
        for code in change.old:
            was = self.on(code, change.day)
            self.end(code, change.day, ())
            self._recount(set() if was.inside else {was.parent}, set(), change.day)

    # -- the stretches -----------------------------------------------------------------------------------------

    def on(self, code: int, day: date) -> Region:
        """The region that bears a code on a day."""
        found = self._find(code, day)
        assert found is not None, f"{code} on {day}"  # checked
        return found

    def _find(self, code: int, day: date) -> Region | None:
        return next((one for one in self._versions.get(code, ()) if one.valid(day)), None)

    def children(self, code: int, day: date) -> list[Region]:
        """The regions directly below another on a day."""
        every = (region for versions in self._versions.values() for region in versions)
        return [region for region in every if region.parent == code and region.valid(day)]

    def end(self, code: int, day: date, successor: tuple[int, ...]) -> None:
        """Let a region end with the day before; one that began on that very day was never there."""
        versions = self._versions[code]
        place = next(number for number, one in enumerate(versions) if one.valid(day))
        if versions[place].valid_from == day:
            del versions[place]
            before = [number for number, one in enumerate(versions) if one.valid_to == day - ONE_DAY]
            if not before:
                return
            place = before[0]
            successor = successor or versions[place].successor
        versions[place] = replace(versions[place], valid_to=day - ONE_DAY, successor=successor)

    def _begin(self, region: Region, day: date) -> None:
        self._versions[region.code].append(replace(region, valid_from=day, valid_to=None, successor=()))

    def _renew(self, region: Region, day: date) -> None:
        """Another version of a region from a day on; what the day has already unsettled stays unsettled."""
        here = self.on(region.code, day)
        if here.valid_from == day and here.same_as != region.code:
            region = replace(region, same_as=here.same_as)
        self.end(region.code, day, ())
        self._begin(region, day)

    def _put(self, region: Region, day: date, successor: tuple[int, ...]) -> None:
        """A new region, or another version of one that is there."""
        if self._find(region.code, day) is not None:
            self.end(region.code, day, successor)
        self._begin(region, day)

    def _adopt(self, old: int, new: int, day: date) -> None:
        """What stood below an abolished region stands below its heir; the children keep their codes."""
        for child in self.children(old, day) if old != new else ():
            self._renew(replace(child, parent=new, same_as=child.code), day)

    def _unsettle(self, parents: set[int | None], day: date) -> None:
        """The regions between which land moved are others from that day on; those above all of them are not."""
        chains = [self._above(code, day) for code in parents if code is not None]
        shared = set.intersection(*map(set, chains)) if chains else set()
        for code in sorted({code for chain in chains for code in chain} - shared):
            self._put(replace(self.on(code, day), same_as=None), day, ())

    def _recount(self, before: set[int | None], after: set[int | None], day: date) -> None:
        """The regions to whose sums a zone is added from that day on, or no longer: these are others."""
        if before and after:
            self._unsettle(before | after, day)
            return
        for code in before | after:
            if code is not None and code != self._root and self._find(code, day) is not None:
                self._put(replace(self.on(code, day), same_as=None), day, ())

    def _above(self, code: int, day: date) -> list[int]:
        """A region and those above it, up to the root of the deployment."""
        found: list[int] = []
        here: int | None = code
        while here is not None and here not in found and self._find(here, day) is not None:
            found.append(here)
            here = None if here == self._root else self.on(here, day).parent
        return found


def _named(region: Region, part: Part) -> Region:
    """A region under the names that a change gives; those that it does not give stay."""
    if not part.name:
        return region
    return replace(region, name=part.name, name_en=part.name_en or part.name, pinyin=part.pinyin)
