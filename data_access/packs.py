"""A region pack: one folder with all that a city owns, read into objects."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, Region, RegionTree, parse_code

COMMON = "common"
"""The folder beside the packs that all of them share: the nation, the provinces, mappings and boards."""

REGION_COLUMNS = (
    "code",
    "parent_code",
    "level",
    "kind",
    "name",
    "name_en",
    "pinyin",
    "valid_from",
    "valid_to",
    "successors",
    "reporting_unit",
    "official",
    "note",
)

_KEYS = {"root", "name_zh", "name_en", "projected_crs", "disclose_ranks", "base"}


@dataclass(frozen=True)
class Pack:
    """What a city owns: its regions and the places of its files.

    folders  searched in this order: what all share, the base of the pack if it has one, the pack itself
    """

    root: int
    name_zh: str
    name_en: str
    projected_crs: str
    disclose_ranks: bool
    tree: RegionTree
    folders: tuple[Path, ...]

    @property
    def folder(self) -> Path:
        """The pack's own folder."""
        return self.folders[-1]

    def files(self, kind: str, pattern: str) -> tuple[Path, ...]:
        """The files of one kind (``indicators``, ``rules``, ``observations``, ``boards`` …), shared ones first."""
        return tuple(path for folder in self.folders for path in sorted((folder / kind).glob(pattern)))

    def file(self, name: str) -> Path | None:
        """The nearest file of that name: the pack's own before its base's before the shared one."""
        found = (folder / name for folder in reversed(self.folders))
        return next((path for path in found if path.exists()), None)


def load_pack(folder: Path) -> Pack:
    """Read a pack.

    folder   holds ``pack.yaml`` and, unless it names a ``base``, ``regions.csv``
    raises   CockpitError with every problem of the folder at once
    """
    head = _head(folder)
    own = [folder.parent / COMMON, *([(folder / head["base"]).resolve()] if "base" in head else []), folder]
    folders = tuple(path for path in own if path.is_dir())
    issues: list[Issue] = []
    regions: list[Region] = []
    for path in (f / "regions.csv" for f in folders):
        if path.exists():
            regions.extend(_regions(path, issues))
    issues.extend(_structure(regions, folder / "regions.csv"))
    code = _root(head["root"], folder, regions, issues)
    if issues:
        raise CockpitError(issues)
    return Pack(
        root=code,
        name_zh=head["name_zh"],
        name_en=head["name_en"],
        projected_crs=head.get("projected_crs", "EPSG:3857"),
        disclose_ranks=head.get("disclose_ranks") is True,
        tree=RegionTree(regions, code),
        folders=folders,
    )


def _head(folder: Path) -> dict[str, Any]:
    path = folder / "pack.yaml"
    if not path.exists():
        raise CockpitError(
            Issue(
                "pack_missing",
                N_("没有地区包：缺少文件 pack.yaml。"),
                N_("请在 config.yaml 的 city.pack 写上地区包的文件夹，写法见 docs/packs.md。"),
                where=str(path),
            )
        )
    try:
        head = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CockpitError(
            Issue(
                "pack_unreadable",
                N_("pack.yaml 不是合格的 YAML：{reason}"),
                where=str(path),
                do=N_("请按所指的行改正。"),
                params={"reason": str(error)},
            )
        ) from error
    if not isinstance(head, dict):
        head = {}
    issues = [
        Issue(
            "pack_key_missing",
            N_("pack.yaml 缺少 {key}。"),
            N_("请补上这一项，写法见 docs/packs.md。"),
            where=str(path),
            params={"key": key},
        )
        for key in ("root", "name_zh", "name_en")
        if not head.get(key)
    ] + [
        Issue(
            "pack_key_unknown",
            N_("pack.yaml 不认识 {key}。"),
            N_("可用的项：{allowed}。"),
            where=str(path),
            params={"key": key, "allowed": ", ".join(sorted(_KEYS))},
        )
        for key in head
        if key not in _KEYS
    ]
    if issues:
        raise CockpitError(issues)
    return {key: value if isinstance(value, bool) else str(value) for key, value in head.items()}


def _regions(path: Path, issues: list[Issue]) -> Iterator[Region]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in REGION_COLUMNS[:5] if name not in (reader.fieldnames or ())]
        if missing:
            issues.append(
                Issue(
                    "pack_columns",
                    N_("区划表缺少列：{columns}。"),
                    N_("请补上这些列，写法见 docs/packs.md。"),
                    where=str(path),
                    params={"columns": ", ".join(missing)},
                )
            )
            return
        for line, row in enumerate(reader, start=2):
            try:
                yield _region(row)
            except (CockpitError, ValueError) as error:
                issues.append(
                    Issue(
                        "pack_region",
                        N_("区划表有一行读不懂：{reason}"),
                        N_("请按 docs/packs.md 改正这一行。"),
                        where=f"{path}:{line}",
                        params={"reason": str(error)},
                    )
                )


def _region(row: dict[str, str]) -> Region:
    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    def yes(text: str | None) -> bool:
        return (text or "").strip().lower() == "true"

    return Region(
        code=parse_code(row["code"]),
        parent=parse_code(row["parent_code"]) if row["parent_code"] else None,
        level=Level.parse(row["level"]),
        kind=row["kind"],
        name=row["name"],
        name_en=row.get("name_en") or row["name"],
        pinyin=row.get("pinyin") or "",
        valid_from=day(row.get("valid_from")),
        valid_to=day(row.get("valid_to")),
        official=yes(row.get("official", "true")),
        reporting_unit=yes(row.get("reporting_unit")),
        successor=tuple(parse_code(code) for code in (row.get("successors") or "").split()),
    )


def _structure(regions: list[Region], path: Path) -> Iterator[Issue]:
    codes = {region.code for region in regions}
    seen: list[Region] = []
    by_code: dict[int, list[Region]] = {}
    for region in regions:
        for other in by_code.get(region.code, ()):
            if _overlap(region, other):
                yield Issue(
                    "pack_region_twice",
                    N_("区划 {code} {name} 在同一时间出现两次。"),
                    N_("请删去一行，或用 valid_from、valid_to 分开。"),
                    where=str(path),
                    params={"code": region.code, "name": region.name},
                )
        by_code.setdefault(region.code, []).append(region)
        seen.append(region)
    for region in seen:
        for code in (*(() if region.parent is None else (region.parent,)), *region.successor):
            if code not in codes:
                yield Issue(
                    "unknown_region",
                    N_("区划 {code} {name} 指向没有的区划 {other}。"),
                    N_("请把 {other} 加进区划表，或改正代码。"),
                    where=str(path),
                    params={"code": region.code, "name": region.name, "other": code},
                )


def _overlap(one: Region, other: Region) -> bool:
    first = max(one.valid_from or date.min, other.valid_from or date.min)
    last = min(one.valid_to or date.max, other.valid_to or date.max)
    return first <= last


def _root(text: str, folder: Path, regions: list[Region], issues: list[Issue]) -> int:
    try:
        code = parse_code(str(text))
    except CockpitError as error:
        issues.extend(error.issues)
        return 0
    levels = {region.level for region in regions if region.code == code}
    if not levels & {Level.CITY, Level.COUNTY}:
        issues.append(
            Issue(
                "pack_root",
                N_("地区包的根 {code} 不在区划表里，或者不是市、县。"),
                N_("请在 root 写一个区划表里的市或县的代码。"),
                where=str(folder / "pack.yaml"),
                params={"code": text},
            )
        )
    return code
