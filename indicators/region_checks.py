"""What is wrong with a change of regions, before anything is done: every issue at once, at its field.

Fields are named ``kind``, ``day``, ``old``, ``parent``, ``takes``, and ``code.1``, ``name.1`` … for what comes of it.
"""

from collections import Counter
from collections.abc import Iterator

from indicators.errors import N_, CockpitError, Issue
from indicators.region_changes import Change, Kind, Ledger, Part
from indicators.region_codes import Level, Region, is_special_town, level_of
from indicators.regions import RegionTree

LONGEST_NAME = 40

LEVELS = (Level.COUNTY, Level.TOWN, Level.VILLAGE)
"""The levels at which the regions of a city change."""


def check(tree: RegionTree, change: Change) -> list[Issue]:
    """What is wrong with a change of these regions; empty when it can be carried out."""
    return list(_Check(tree, change).issues())


def checked(tree: RegionTree, changes: list[Change]) -> list[list[Issue]]:
    """What is wrong with each of several changes, each looked at where those before it have been carried out.

    What cannot be carried out is left out for those that follow.
    """
    found: dict[int, list[Issue]] = {}
    ledger = Ledger(tree)
    for place in sorted(range(len(changes)), key=lambda place: changes[place].day):
        found[place] = check(ledger.tree(), changes[place])
        if not found[place]:
            ledger.apply(changes[place])
    return [found[place] for place in range(len(changes))]


class _Check:
    """One change against the tree that it is to change."""

    def __init__(self, tree: RegionTree, change: Change) -> None:
        self._tree, self._change = tree.at(change.day), change

    def issues(self) -> Iterator[Issue]:
        yield from self._old()
        yield from self._count()
        yield from self._parts()
        yield from self._parent()
        own = {
            Kind.MERGE: self._merge,
            Kind.SPLIT: self._split,
            Kind.RECODE: self._recode,
            Kind.ZONE: self._zone,
            Kind.CLOSE: self._close,
            Kind.TRANSFER: self._transfer,
        }.get(self._change.kind)
        if own is not None:
            yield from own()

    # -- what it is about --------------------------------------------------------------------------------------

    def _old(self) -> Iterator[Issue]:
        tree, change = self._tree, self._change
        for code in change.old:
            yield from self._there(code, "old")
            if change.kind is not Kind.RENAME and code == tree.root:
                yield Issue("region_root", N_("{name}是本系统的根，只能更名。"), where="old",
                            params={"name": tree.name(code)})  # fmt: skip
            zone = change.kind is Kind.CLOSE
            if tree.has(code) and tree.get(code).reporting_unit and not (zone or change.kind is Kind.RENAME):
                yield Issue("region_is_unit", N_("{name}是报送单位，没有辖区。"), N_("请用“功能区”或“撤销功能区”。"),
                            where="old", params={"name": tree.name(code)})  # fmt: skip
        for code in dict.fromkeys((*change.old, *(part.code for part in change.new))):
            later = [day for region in self._versions(code) for day in region.edges if day > change.day]
            if later:
                yield Issue("region_changed_later", N_("{code} 在 {later} 还有一次变更，不能在它之前再插入变更。"),
                            N_("请把生效日改到 {later} 之后，或先撤回那次变更。"), where="day",
                            params={"code": f"{code:012d}", "later": max(later).isoformat()})  # fmt: skip

    def _versions(self, code: int) -> tuple[Region, ...]:
        return self._tree.versions(code) if self._tree.has(code) else ()

    def _there(self, code: int, where: str) -> Iterator[Issue]:
        tree, day = self._tree, self._change.day
        if not tree.has(code):
            yield Issue("unknown_region", N_("没有区划“{text}”。"), N_("请核对区划代码。"), where=where,
                        params={"text": f"{code:012d}"})  # fmt: skip
        elif not tree.valid(code, day):
            yield Issue("region_not_in_force", N_("{name} {code} 在 {day} 不存在。"), N_("请核对生效日，或改用当时的区划。"),
                        where=where,
                        params={"name": tree.name(code), "code": f"{code:012d}", "day": day.isoformat()})  # fmt: skip
        elif not tree.contains(tree.root, code, day):
            yield Issue(
                "region_elsewhere", N_("{name}不在本市。"), where=where, params={"name": tree.name(code)}
            )

    def _count(self) -> Iterator[Issue]:
        change = self._change
        told = len(set(change.old) | ({change.new[0].code} if change.new else set()))
        if change.kind is Kind.MERGE and (told < 2 or len(change.new) != 1 or not change.old):
            yield Issue("region_too_few", N_("合并至少要有两个区划，并成一个。"), where="old")
        if change.kind is Kind.SPLIT and (len(change.old) != 1 or len(change.new) < 2):
            yield Issue("region_too_few", N_("拆分要写一个旧区划和至少两个新区划。"), where="code.1")
        if change.kind in (Kind.RENAME, Kind.ZONE) and len(change.new) != 1:
            yield Issue("region_too_few", N_("请写一个区划。"), where="code.1")
        if change.kind in (Kind.TRANSFER, Kind.CLOSE) and not change.old:
            yield Issue("region_too_few", N_("请至少写一个区划。"), where="old")
        if change.kind is Kind.RECODE and (not change.old or len(change.old) != len(change.new)):
            yield Issue("region_too_few", N_("每个旧代码要对应一个新代码。"), where="code.1")
        twice = [code for code, count in Counter(part.code for part in change.new).items() if count > 1]
        for code in twice:
            yield Issue(
                "region_twice", N_("代码 {code} 写了两次。"), where="code.1", params={"code": f"{code:012d}"}
            )

    # -- what comes of it --------------------------------------------------------------------------------------

    def _parts(self) -> Iterator[Issue]:
        change = self._change
        for number, part in enumerate(change.new, start=1):
            yield from self._name(part, f"name.{number}")
            there = self._tree.valid(part.code, change.day)
            if change.kind is Kind.RENAME:
                yield from self._there(part.code, f"code.{number}")
                continue
            if level_of(part.code) not in LEVELS:
                yield Issue("region_level", N_("{code} 不是县、镇街或村的代码。"), where=f"code.{number}",
                            params={"code": f"{part.code:012d}"})  # fmt: skip
            taken = there and part.code not in change.old and change.kind is Kind.RECODE
            if taken:
                yield Issue("region_taken", N_("代码 {code} 已由{name}使用。"), N_("请换一个代码；对调代码要写在同一次变更里。"),
                            where=f"code.{number}",
                            params={"code": f"{part.code:012d}", "name": self._tree.name(part.code)})  # fmt: skip

    def _name(self, part: Part, where: str) -> Iterator[Issue]:
        kept = self._tree.valid(part.code, self._change.day) or self._change.kind is Kind.RECODE
        if not part.name and (self._change.kind is Kind.RENAME or not kept):
            yield Issue("name_missing", N_("请写名称。"), where=where)
        for name in (part.name, part.name_en, part.pinyin):
            if len(name) > LONGEST_NAME:
                yield Issue(
                    "name_too_long",
                    N_("名称不能超过 {most} 个字。"),
                    where=where,
                    params={"most": LONGEST_NAME},
                )
            if name and not name.isprintable():
                yield Issue(
                    "name_unprintable", N_("名称里有不能显示的字符。"), N_("请重新输入。"), where=where
                )
        same = [
            region.code for region in self._tree
            if part.name and region.name == part.name and region.valid(self._change.day)
            and region.code not in (part.code, *self._change.old) and region.parent == self._above(part)
        ]  # fmt: skip
        if same:
            yield Issue("name_taken", N_("同一上级下已有“{name}”（{code}）。"), N_("请核对名称，或改用那个区划。"), where=where,
                        params={"name": part.name, "code": f"{same[0]:012d}"})  # fmt: skip

    def _above(self, part: Part) -> int | None:
        if self._change.parent is not None:
            return self._change.parent
        code = self._change.old[0] if self._change.old else part.code
        return self._tree.get(code).parent if self._tree.has(code) else None

    def _parent(self) -> Iterator[Issue]:
        change = self._change
        if change.parent is None:
            if change.kind in (Kind.TRANSFER, Kind.ZONE):
                yield Issue("parent_missing", N_("请写上级区划。"), where="parent")
            return
        yield from self._there(change.parent, "parent")
        if self._tree.has(change.parent) and self._tree.get(change.parent).reporting_unit:
            yield Issue("parent_is_unit", N_("{name}是报送单位，不能作上级。"), where="parent",
                        params={"name": self._tree.name(change.parent)})  # fmt: skip

    # -- by kind -----------------------------------------------------------------------------------------------

    def _merge(self) -> Iterator[Issue]:
        levels = {self._tree.get(code).level for code in self._change.old if self._tree.has(code)}
        levels |= {level_of(part.code) for part in self._change.new}
        if len(levels) > 1:
            yield Issue("region_levels", N_("只能合并同一层级的区划。"), where="old")
        parents = {self._tree.get(code).parent for code in self._change.old if self._tree.has(code)}
        if len(parents) > 1 and self._change.parent is None:
            yield Issue("parent_missing", N_("这些区划的上级不同，请写新区划的上级。"), where="parent")

    def _split(self) -> Iterator[Issue]:
        tree, change = self._tree, self._change
        old = change.old[0] if change.old else 0
        if not tree.has(old):
            return
        if {level_of(part.code) for part in change.new} - {tree.get(old).level}:
            yield Issue("region_levels", N_("拆分出的区划要与原区划同级。"), where="code.1")
        below = tree.children(old, change.day, territories_only=False) if tree.valid(old, change.day) else ()
        taken = Counter(code for part in change.new for code in part.takes)
        for number, part in enumerate(change.new, start=1):
            for code in part.takes:
                if code not in below:
                    yield Issue("takes_unknown", N_("{code} 不是{name}的下级。"), where=f"takes.{number}",
                                params={"code": f"{code:012d}", "name": tree.name(old)})  # fmt: skip
        left = [code for code in below if not taken[code]]
        twice = [code for code in below if taken[code] > 1]
        if left and not any(part.code == old for part in change.new):
            yield Issue("takes_left", N_("还没有写去向的下级：{names}。"), N_("请把每个下级分到一个新区划。"), where="takes.1",
                        params={"names": "、".join(map(tree.name, left))})  # fmt: skip
        if twice:
            yield Issue("takes_twice", N_("分到了两处的下级：{names}。"), N_("每个下级只能分到一个新区划。"), where="takes.1",
                        params={"names": "、".join(map(tree.name, twice))})  # fmt: skip

    def _recode(self) -> Iterator[Issue]:
        for number, (old, part) in enumerate(zip(self._change.old, self._change.new, strict=False), start=1):
            if self._tree.has(old) and self._tree.get(old).level != level_of(part.code):
                yield Issue("region_levels", N_("新代码的层级要与旧代码相同。"), where=f"code.{number}")
            if old == part.code:
                yield Issue("region_same", N_("新旧代码相同。"), where=f"code.{number}")

    def _zone(self) -> Iterator[Issue]:
        tree, change = self._tree, self._change
        if not change.new:
            return
        code = change.new[0].code
        if tree.valid(code, change.day):
            if not tree.get(code).reporting_unit:
                yield Issue("region_taken", N_("代码 {code} 已由{name}使用。"), N_("请换一个 400 至 599 段的代码。"),
                            where="code.1", params={"code": f"{code:012d}", "name": tree.name(code)})  # fmt: skip
        elif not is_special_town(code):
            yield Issue("zone_code", N_("没有民政代码的功能区用乡镇位 400 至 599 的代码，{code} 不是。"),
                        N_("例如 {example}。"), where="code.1",
                        params={"code": f"{code:012d}"[:9], "example": self._example()})  # fmt: skip
        elif change.parent is not None and tree.has(change.parent):
            county = code // 10**6 * 10**6
            above = tree.ancestors(county) if tree.has(county) else ()
            if change.parent not in (county, *above):
                yield Issue("zone_code_elsewhere", N_("代码 {code} 的前六位不是它报送的县区。"), N_("例如 {example}。"),
                            where="code.1",
                            params={"code": f"{code:012d}"[:9], "example": self._example()})  # fmt: skip

    def _example(self) -> str:
        return f"{free_zone(self._tree, self._change.parent or self._tree.root):012d}"[:9]

    def _close(self) -> Iterator[Issue]:
        for code in self._change.old:
            if self._tree.has(code) and not self._tree.get(code).reporting_unit:
                yield Issue("region_not_zone", N_("{name}有辖区，不能这样撤销。"), N_("请登记合并，写明并入哪里。"), where="old",
                            params={"name": self._tree.name(code)})  # fmt: skip

    def _transfer(self) -> Iterator[Issue]:
        tree, change = self._tree, self._change
        for code in change.old:
            if not tree.has(code) or change.parent is None or not tree.has(change.parent):
                continue
            if tree.get(code).parent == change.parent:
                yield Issue("region_same", N_("{name}现在就属{parent}。"), where="parent",
                            params={"name": tree.name(code), "parent": tree.name(change.parent)})  # fmt: skip
            if tree.contains(code, change.parent):
                yield Issue("parent_below", N_("{parent}在{name}之下，不能作它的上级。"), where="parent",
                            params={"name": tree.name(code), "parent": tree.name(change.parent)})  # fmt: skip
            elif tree.get(change.parent).level >= tree.get(code).level:
                yield Issue("region_levels", N_("上级的层级要比{name}高。"), where="parent",
                            params={"name": tree.name(code)})  # fmt: skip


def free_zone(tree: RegionTree, parent: int) -> int:
    """The first code of the 400 to 599 range that nobody has ever borne, within a county."""
    county = parent if tree.get(parent).level is Level.COUNTY else next(
        (code for code in tree.children(parent, territories_only=True)), parent
    )  # fmt: skip
    base = county // 10**6 * 10**6
    for position in range(400, 600):
        if not tree.has(base + position * 1000):
            return base + position * 1000
    raise CockpitError(
        Issue(
            "zone_codes_used_up", N_("{name}的 400 至 599 段代码已用完。"), params={"name": tree.name(county)}
        )
    )
