"""What stands where on a board: the layouts of boards, data in a pack's ``boards`` folder."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from data_access.packs import Pack
from indicators.errors import N_, CockpitError, Issue

FOLDER = "boards"

LEVELS = ("city", "county", "town")
"""The levels that can have a layout of their own."""

TILE, PANEL = "tile", "panel"

SIZES: Mapping[str, tuple[str, ...]] = {
    TILE: ("normal", "wide", "full"),
    PANEL: ("third", "half", "two_thirds", "full"),
}
"""How much of a row a number card or a panel can take; the first of a card and the second of a panel are usual."""

_USUAL = {TILE: "normal", PANEL: "half"}

_KEYS = {
    "board": {"board", "system", "map", "groups", "levels", "tabs", "themes", "hide_themes"},
    "group": {"system", "tiles"},
    "level": {"groups"},
    "tab": {"id", "name_zh", "name_en", "tiles", "map", "levels", "of"},
    "theme": {"tiles", "map", "levels"},
    "entry": {TILE, PANEL, "size"},
}


@dataclass(frozen=True)
class Entry:
    """One place of a layout: the number card of an indicator, or a panel."""

    kind: str
    name: str
    size: str

    def document(self) -> dict[str, str]:
        """The entry as it is written in a file and in the store."""
        return {self.kind: self.name, "size": self.size}


@dataclass(frozen=True)
class Section:
    """A tab of a board, or the part of one system on home.

    id       the name of the tab, the theme or the system
    system   whose headline cards these are; empty for a section of panels
    entries  None: every headline indicator of its themes, then the usual panels
    map      what its map speaks of, best first
    levels   other entries at other levels
    of       the themes that it holds; none: the one it is named for
    """

    id: str
    system: str
    entries: tuple[Entry, ...] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    map: tuple[str, ...] = ()
    levels: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    of: tuple[str, ...] = ()
    where: str = field(default="", compare=False)

    @property
    def themes(self) -> tuple[str, ...]:
        """The themes of the system that stand here."""
        return self.of or (self.id,)

    def at(self, level: str) -> tuple[Entry, ...] | None:
        """What a level shows."""
        return self.levels.get(level, self.entries)


@dataclass(frozen=True)
class Layout:
    """A board: groups (home) or tabs (a system), and which level shows other groups.

    themes       what changes on the tab of a theme; a theme without an entry shows all its indicators
    hide_themes  whether only the board's own tabs are shown
    """

    board: str
    system: str = ""
    map: tuple[str, ...] = ()
    groups: tuple[Section, ...] = ()
    levels: Mapping[str, tuple[Section, ...]] = field(default_factory=dict)
    tabs: tuple[Section, ...] = ()
    themes: Mapping[str, Section] = field(default_factory=dict)
    hide_themes: bool = False
    where: str = field(default="", compare=False)

    def groups_at(self, level: str) -> tuple[Section, ...]:
        """The groups that a level shows."""
        return self.levels.get(level, self.groups)

    def sections(self) -> Iterator[Section]:
        """Every section that the file writes down, of every level."""
        yield from self.groups
        for groups in self.levels.values():
            yield from groups
        yield from self.tabs
        yield from self.themes.values()


def load_layouts(pack: Pack) -> dict[str, Layout]:
    """The layouts in force for a pack; its own file of a name replaces the shared one.

    raises  CockpitError with every problem of every file at once
    """
    paths = {path.name: path for path in pack.files(FOLDER, "*.yaml")}
    issues: list[Issue] = []
    found = [_read(path, issues) for path in paths.values()]
    if issues:
        raise CockpitError(issues)
    return {layout.board: layout for layout in found if layout is not None}


def entry(written: object) -> Entry:
    """An entry as a file or the store writes it: the code of an indicator, or a mapping with a size.

    raises  CockpitError where it is neither
    """
    if isinstance(written, str):
        return Entry(TILE, written, _USUAL[TILE])
    issue: Issue | None = None
    if isinstance(written, Mapping):
        kind = next((kind for kind in (TILE, PANEL) if kind in written), "")
        size = str(written.get("size") or _USUAL.get(kind, ""))
        if kind and set(written) <= {kind, "size"} and size in SIZES[kind]:
            return Entry(kind, str(written[kind]), size)
        if kind and set(written) <= {kind, "size"}:
            issue = Issue("layout_size", N_("{name} 的尺寸 {size} 不认识。"), N_("可用的尺寸：{allowed}。"),
                          params={"name": written[kind], "size": size, "allowed": ", ".join(SIZES[kind])})  # fmt: skip
    raise CockpitError(
        issue
        or Issue("layout_entry", N_("版面里有一项读不懂：{entry}"),
                 N_("请写指标代码，或 tile、panel 与 size。"), params={"entry": written})
    )  # fmt: skip


def _read(path: Path, issues: list[Issue]) -> Layout | None:
    try:
        text = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        issues.append(
            Issue("layout_unreadable", N_("版面文件不是合格的 YAML：{reason}"), N_("请按所指的行改正。"), where=str(path),
                  params={"reason": str(error)})
        )  # fmt: skip
        return None
    if not isinstance(text, dict) or not text.get("board"):
        issues.append(
            Issue(
                "layout_without_board",
                N_("版面文件没有写明是哪个看板。"),
                N_("请在第一行写 board: 看板的名字。"),
                where=str(path),
            )
        )
        return None
    return _layout(text, str(path), issues)


def _layout(text: Mapping[str, Any], where: str, issues: list[Issue]) -> Layout:
    _check(text, "board", where, issues)
    system = str(text.get("system", ""))
    levels = _levels(text.get("levels"), where, issues)
    for name, level in levels.items():
        _check(level, "level", f"{where}, levels.{name}", issues)
    return Layout(
        board=str(text["board"]),
        system=system,
        map=tuple(text.get("map") or ()),
        groups=_groups(text.get("groups"), f"{where}, groups", issues),
        levels={
            name: _groups(level.get("groups"), f"{where}, levels.{name}.groups", issues)
            for name, level in levels.items()
        },
        tabs=tuple(
            _section(str(tab.get("id", "")), system, tab, "tab", f"{where}, tabs", issues)
            for tab in text.get("tabs") or ()
        ),
        themes={
            name: _section(name, system, theme, "theme", f"{where}, themes", issues)
            for name, theme in (text.get("themes") or {}).items()
        },
        hide_themes=text.get("hide_themes") is True,
        where=where,
    )


def _groups(listed: Any, where: str, issues: list[Issue]) -> tuple[Section, ...]:
    for group in listed or ():
        _check(group, "group", where, issues)
    return tuple(
        Section(
            system or "panels",
            system,
            _entries(group.get("tiles") or (), f"{where}.{system or 'panels'}.tiles", issues),
            where=f"{where}.{system or 'panels'}",
        )
        for group in listed or ()
        for system in (str(group.get("system") or ""),)
    )


def _section(
    name: str, system: str, text: Mapping[str, Any], kind: str, where: str, issues: list[Issue]
) -> Section:
    where = f"{where}.{name}"
    _check(text, kind, where, issues)
    tiles = text.get("tiles")
    return Section(
        id=name,
        system=system,
        entries=None if tiles is None else _entries(tiles, f"{where}.tiles", issues),
        names={key.removeprefix("name_"): str(text[key]) for key in text if key.startswith("name_")},
        map=tuple(text.get("map") or ()),
        levels={
            level: _entries(listed, f"{where}.levels.{level}", issues)
            for level, listed in _levels(text.get("levels"), where, issues).items()
        },
        of=tuple(text.get("of") or ()),
        where=where,
    )


def _levels(text: Any, where: str, issues: list[Issue]) -> dict[str, Any]:
    """What is written for each level; a level that no board has is a mistake."""
    for name in text or {}:
        if name not in LEVELS:
            issues.append(
                Issue("layout_level_unknown", N_("版面文件不认识层级 {level}。"), N_("可用的层级：{allowed}。"),
                      where=f"{where}, levels", params={"level": name, "allowed": ", ".join(LEVELS)})
            )  # fmt: skip
    return {name: value for name, value in (text or {}).items() if name in LEVELS}


def _entries(listed: Any, where: str, issues: list[Issue]) -> tuple[Entry, ...]:
    found: list[Entry] = []
    for written in listed:
        try:
            found.append(entry(written))
        except CockpitError as error:
            issues.extend(Issue(one.key, one.what, one.do, where, params=one.params) for one in error.issues)
    return tuple(found)


def _check(text: Mapping[str, Any], kind: str, where: str, issues: list[Issue]) -> None:
    for key in text:
        if key not in _KEYS[kind]:
            issues.append(
                Issue("layout_key_unknown", N_("版面文件不认识 {key}。"), N_("可用的项：{allowed}。"), where=where,
                      params={"key": key, "allowed": ", ".join(sorted(_KEYS[kind]))})
            )  # fmt: skip
