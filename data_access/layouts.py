"""Which tiles stand where: the layouts of boards, data in a pack's ``boards`` folder."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from data_access.packs import Pack
from indicators.errors import N_, CockpitError, Issue

FOLDER = "boards"

_KEYS = {
    "board": {"board", "system", "map", "groups", "levels", "tabs", "themes"},
    "group": {"system", "tiles"},
    "level": {"groups"},
    "tab": {"id", "name_zh", "name_en", "tiles", "map", "levels"},
    "theme": {"tiles", "map"},
}


@dataclass(frozen=True)
class GroupLayout:
    """The tiles of one system on a board that shows several."""

    system: str
    tiles: tuple[str, ...]


@dataclass(frozen=True)
class TabLayout:
    """One tab of a board: its tiles, other tiles at other levels, and what its map speaks of, best first.

    tiles  None: all headline indicators of the theme, in the order of the catalogue
    """

    id: str
    names: Mapping[str, str] = field(default_factory=dict)
    tiles: tuple[str, ...] | None = None
    map: tuple[str, ...] = ()
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """A board: groups (home) or tabs (a system), and which level shows other groups.

    themes  what changes on the tab of a theme; a theme without an entry shows all its indicators
    """

    board: str
    system: str = ""
    map: tuple[str, ...] = ()
    groups: tuple[GroupLayout, ...] = ()
    levels: Mapping[str, tuple[GroupLayout, ...]] = field(default_factory=dict)
    tabs: tuple[TabLayout, ...] = ()
    themes: Mapping[str, TabLayout] = field(default_factory=dict)

    def groups_at(self, level: str) -> tuple[GroupLayout, ...]:
        """The groups that a level shows."""
        return self.levels.get(level, self.groups)


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


def codes(layouts: Iterable[Layout]) -> set[str]:
    """Every indicator that the layouts name."""
    named: set[str] = set()
    for layout in layouts:
        named.update(layout.map)
        for groups in (layout.groups, *layout.levels.values()):
            named.update(code for group in groups for code in group.tiles)
        for tab in (*layout.tabs, *layout.themes.values()):
            named.update((*(tab.tiles or ()), *tab.map))
            named.update(code for tiles in tab.levels.values() for code in tiles)
    return named


def _read(path: Path, issues: list[Issue]) -> Layout | None:
    try:
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        issues.append(
            Issue("layout_unreadable", N_("版面文件不是合格的 YAML：{reason}"), N_("请按所指的行改正。"), where=str(path),
                  params={"reason": str(error)})
        )  # fmt: skip
        return None
    before = len(issues)
    layout = _layout(text, path, issues) if isinstance(text, dict) and text.get("board") else None
    if layout is None and len(issues) == before:
        issues.append(
            Issue(
                "layout_without_board",
                N_("版面文件没有写明是哪个看板。"),
                N_("请在第一行写 board: 看板的名字。"),
                where=str(path),
            )
        )
    return layout


def _layout(text: Mapping[str, Any], path: Path, issues: list[Issue]) -> Layout:
    _check(text, "board", path, issues)
    levels = text.get("levels") or {}
    for level in levels.values():
        _check(level, "level", path, issues)
    return Layout(
        board=str(text["board"]),
        system=str(text.get("system", "")),
        map=tuple(text.get("map") or ()),
        groups=_groups(text.get("groups"), path, issues),
        levels={name: _groups(level.get("groups"), path, issues) for name, level in levels.items()},
        tabs=tuple(_tab(str(tab.get("id", "")), tab, "tab", path, issues) for tab in text.get("tabs") or ()),
        themes={
            name: _tab(name, theme, "theme", path, issues)
            for name, theme in (text.get("themes") or {}).items()
        },
    )


def _groups(listed: Any, path: Path, issues: list[Issue]) -> tuple[GroupLayout, ...]:
    for group in listed or ():
        _check(group, "group", path, issues)
    return tuple(
        GroupLayout(str(group.get("system", "")), tuple(group.get("tiles") or ())) for group in listed or ()
    )


def _tab(name: str, text: Mapping[str, Any], kind: str, path: Path, issues: list[Issue]) -> TabLayout:
    _check(text, kind, path, issues)
    tiles = text.get("tiles")
    return TabLayout(
        id=name,
        names={key.removeprefix("name_"): str(text[key]) for key in text if key.startswith("name_")},
        tiles=None if tiles is None else tuple(tiles),
        map=tuple(text.get("map") or ()),
        levels={level: tuple(codes) for level, codes in (text.get("levels") or {}).items()},
    )


def _check(text: Mapping[str, Any], kind: str, path: Path, issues: list[Issue]) -> None:
    for key in text:
        if key not in _KEYS[kind]:
            issues.append(
                Issue("layout_key_unknown", N_("版面文件不认识 {key}。"), N_("可用的项：{allowed}。"), where=str(path),
                      params={"key": key, "allowed": ", ".join(sorted(_KEYS[kind]))})
            )  # fmt: skip
