"""Which cards and panels stand on a board at a level: the pack's layouts, and what editors published in their place."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from difflib import get_close_matches

from data_access.board_layouts import Document, LayoutStore, Version, Where
from data_access.layouts import PANEL, SIZES, TILE, Entry, Layout, Section, entry
from indicators.catalog import Catalog
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level
from services.panels import BUILT_IN

LEVEL_NAMES = {"city": N_("市级"), "county": N_("县区级"), "town": N_("镇街级")}

USUAL = (
    Entry(PANEL, "map", "half"),
    Entry(PANEL, "ranking", "half"),
    Entry(PANEL, "trend", "two_thirds"),
    Entry(PANEL, "composition", "third"),
)
"""The panels below the cards of a theme that no layout speaks of."""


NOTHING = Version(0, {}, "", "", 0)
"""What is in force where nobody has published anything: the pack's layout."""


class Layouts:
    """The layouts in force, by board and level."""

    def __init__(self, store: LayoutStore, pack: Mapping[str, Layout], catalog: Catalog) -> None:
        self._store = store
        self._pack = pack
        self._catalog = catalog
        self._read = -1
        self._published: dict[Where, Version] = {}

    @property
    def boards(self) -> Mapping[str, Layout]:
        """The boards that there are."""
        return self._pack

    def sections(self, board: str, level: str, content: Document | None = None) -> tuple[Section, ...]:
        """The sections of a board at a level, every entry written out.

        content  a layout on which somebody works; None: the one in force
        """
        chosen = self.in_force(Where(board, level)).content if content is None else content
        return tuple(_changed(section, chosen) for section in self.of_pack(board, level))

    def of_pack(self, board: str, level: str) -> tuple[Section, ...]:
        """The sections as the pack has them."""
        layout = self._pack[board]
        sections = layout.groups_at(level) if layout.groups else self._tabs(layout)
        return tuple(replace(one, entries=self._written_out(one, level)) for one in sections)

    def version(self) -> int:
        """Rises with every published layout."""
        return self._store.version()

    def in_force(self, where: Where) -> Version:
        """What an editor published; number 0 where the pack's own holds. Read anew when the counter has risen."""
        version = self._store.version()
        if version != self._read:
            self._published = self._store.in_force()
            self._read = version
        return self._published.get(where, NOTHING)

    def _tabs(self, layout: Layout) -> tuple[Section, ...]:
        """The board's own tabs, then every theme of the system that none of them holds, in its order."""
        if layout.hide_themes:
            return layout.tabs
        held = {theme for tab in layout.tabs for theme in tab.of}
        themes = sorted(
            (
                one
                for one in self._catalog.themes.values()
                if one.system == layout.system and one.id not in held
            ),
            key=lambda one: one.order,
        )
        return (
            *layout.tabs,
            *(layout.themes.get(theme.id, Section(theme.id, layout.system)) for theme in themes),
        )

    def _written_out(self, section: Section, level: str) -> tuple[Entry, ...]:
        chosen = section.at(level)
        if chosen is not None:
            return chosen
        codes = (
            one.code for theme in section.themes for one in self._catalog.headline(section.system, theme)
        )
        return (*(Entry(TILE, code, SIZES[TILE][0]) for code in codes), *USUAL)


def _changed(section: Section, content: Document) -> Section:
    """The section with what an editor put into it; what cannot be read any more is left as the pack has it."""
    listed = content.get("sections", {}).get(section.id)
    if listed is None:
        return section
    try:
        return replace(section, entries=tuple(entry(one) for one in listed))
    except CockpitError:
        return section


def check(layout: Layout, catalog: Catalog, panels: Collection[str], today: date) -> Iterator[Issue]:
    """Everything that is wrong with a layout of a pack, each with file, key and remedy.

    panels  the names that services offer
    """
    if layout.system and layout.system not in catalog.systems:
        yield _unknown_system(layout.system, layout.where)
    for group in (*layout.groups, *(one for groups in layout.levels.values() for one in groups)):
        if group.system and group.system not in catalog.systems:
            yield _unknown_system(group.system, group.where)
    for section in (*layout.tabs, *layout.themes.values()):
        for theme in section.of if section in layout.tabs else section.themes:
            if (layout.system, theme) not in catalog.themes:
                yield Issue("layout_theme_unknown", N_("{system} 没有专题 {theme}。"), N_("请改正专题，或删去这一项。"),
                            section.where, params={"system": layout.system, "theme": theme})  # fmt: skip
    for level, groups in ((None, layout.groups), *layout.levels.items()):
        for group in groups:
            where = f"{group.where}.tiles"
            yield from issues_of(catalog, panels, group.entries or (), today, _level(level), where)
    for section in (*layout.tabs, *layout.themes.values()):
        yield from issues_of(catalog, panels, section.entries or (), today, None, f"{section.where}.tiles")
        for level, entries in section.levels.items():
            where = f"{section.where}.levels.{level}"
            yield from issues_of(catalog, panels, entries, today, _level(level), where)
    for where, codes in ((layout.where, layout.map), *((one.where, one.map) for one in layout.sections())):
        for code in codes:
            issue = missing(catalog, panels, Entry(TILE, code, SIZES[TILE][0]), today)
            if issue is not None:
                yield replace(issue, where=f"{where}, map")


def _level(name: str | None) -> Level | None:
    return Level.parse(name) if name else None


def _unknown_system(system: str, where: str) -> Issue:
    return Issue("layout_system_unknown", N_("没有系统 {system}。"), N_("请改正 system，写法见 docs/boards.md。"), where,
                 params={"system": system})  # fmt: skip


def issues_of(
    catalog: Catalog,
    panels: Collection[str],
    entries: Sequence[Entry],
    today: date,
    level: Level | None = None,
    where: str = "",
) -> Iterator[Issue]:
    """Everything that is wrong with the entries of a section.

    panels  the names that services offer
    level   the level that the entries were written for; None: for all that have none of their own
    """
    seen: set[tuple[str, str]] = set()
    for one in entries:
        issue = missing(catalog, panels, one, today)
        if issue is not None:
            yield replace(issue, where=where)
            continue
        name = catalog.get(one.name).name_zh if one.kind == TILE else one.name
        if (one.kind, one.name) in seen:
            yield Issue("layout_duplicate", N_("{name} 在同一个版面上出现两次。"), N_("请删去一处。"), where,
                        params={"name": name})  # fmt: skip
        seen.add((one.kind, one.name))
        if level is not None and one.kind == TILE:
            lowest = Level.parse(catalog.get(one.name).lowest_level)
            if level > lowest:
                yield Issue(
                    "layout_level",
                    N_("{name}（{code}）只发布到{lowest}，放不到{level}的版面上。"),
                    N_("请从这一级的版面移除它。"),
                    where,
                    params={"name": name, "code": one.name, "lowest": LEVEL_NAMES[lowest.name.lower()],
                            "level": LEVEL_NAMES[level.name.lower()]},
                )  # fmt: skip


def missing(
    catalog: Catalog, makers: Collection[str], entry: Entry, today: date, language: str = "zh"
) -> Issue | None:
    """Why an entry cannot be shown: its indicator is unknown or out of force, its panel is offered by nobody."""
    if entry.kind == PANEL:
        offered = {kind.name for kind in BUILT_IN}.union(makers)
        return None if entry.name in offered else unknown_panel(entry.name, offered)
    if entry.name not in catalog:
        return catalog.unknown(entry.name)
    last = catalog.versions(entry.name)[-1].valid_to
    if last is None or last >= today:
        return None
    return Issue(
        "indicator_retired",
        N_("指标 {name}（{code}）已于 {day} 停用。"),
        N_("请从版面移除它，或换成接替它的指标。"),
        params={"name": catalog.get(entry.name).name(language), "code": entry.name, "day": last},
    )


def unknown_panel(name: str, offered: Iterable[str]) -> Issue:
    """The issue that says that there is no such panel, with the nearest ones."""
    near = get_close_matches(name, list(offered), n=3, cutoff=0.5)
    return Issue(
        "unknown_panel",
        N_("没有面板 {name}。"),
        N_("是否指 {near}？") if near else N_("请从版面移除它，或改成已有的面板。"),
        params={"name": name, "near": ", ".join(near)},
    )
