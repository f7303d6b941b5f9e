"""The wall in peace: what needs attention on the left, where it is in the middle, how the city stands on the right."""

from collections.abc import Mapping, Sequence

from pages._components import wall_charts, wall_map
from pages._components.elements import Child, Element, el
from pages._components.tile import comparison, level_of, mark_sign
from pages._components.wall_words import facts, panel, quiet, sign
from pages._components.words import Words
from services.outlines import Drawing
from services.views import AlertGroupView, AlertLine, TileView
from services.wall_views import WallScene, WallView

_TOP_LEVEL = 4
_MOST_COMPARISONS = 2


def stage(view: WallView, drawn: Drawing | None, words: Words, palette: dict[str, str]) -> Element:
    """Everything that changes on a wall; the frame around it stays."""
    scenes = {scene.id: scene for scene in view.scenes}
    return el(
        "Div",
        warnings(view.warnings, words),
        _map(view, drawn, words, palette),
        _trends(view, words),
        *(_numbers(scene, words) for scene in scenes.values()),
        el(
            "Template",
            data_place=view.place.name,
            data_until=words.t("数据至 {period}", period=words.until(view.newest)) if view.newest else "",
            data_simulated=words.t("含模拟数据") if view.simulated else "",
        ),
        class_="w-peace",
    )


# ---- warnings


def warnings(groups: Sequence[AlertGroupView], words: Words) -> Element:
    """Statutory and management warnings, apart; as many lines as there is room for, and how many more there are."""
    return panel(
        "warnings", words.t("预警"), [_group(group, words) for group in groups], aside=_counts(groups, words)
    )


def _counts(groups: Sequence[AlertGroupView], words: Words) -> Element:
    totals = [sum(group.counts[level - 1] for group in groups) for level in range(1, _TOP_LEVEL + 1)]
    return el(
        "Ul",
        [el("Li", sign(level, "statutory", words), el("B", str(totals[level - 1])))
         for level in range(_TOP_LEVEL, 0, -1) if totals[level - 1]],
        class_="w-counts",
    )  # fmt: skip


def _group(group: AlertGroupView, words: Words) -> Element:
    statutory = group.kind == "statutory"
    title = words.t("法定预警") if statutory else words.t("管理预警")
    nothing = words.t("没有生效的法定预警") if statutory else words.t("没有生效的管理预警")
    return el(
        "Div",
        el("H3", title, el("B", str(group.total)) if group.total else None),
        el("Ol", [_line(line, words) for line in group.lines], data_fit="1", data_total=str(group.total),
           data_more=words.t("其余 {count} 条")) if group.lines else quiet(nothing),
        class_=f"w-group w-{group.kind}",
    )  # fmt: skip


def _line(line: AlertLine, words: Words) -> Element:
    said = [part for part in words.alert(line) if part]
    name = line.title or f"{line.place.name} {line.name}"
    return el(
        "Li",
        sign(line.level, line.kind, words),
        el("Div", el("P", name, class_="w-what"), el("P", " · ".join(said[:3]), class_="w-why")),
        class_="w-alert",
        data_key=f"{line.id}:{line.level}",
        data_level=_level_name(line.level),
    )


def _level_name(level: int) -> str:
    return ("", "blue", "yellow", "orange", "red")[level]


# ---- the map and the trends


def _map(view: WallView, drawn: Drawing | None, words: Words, palette: Mapping[str, str]) -> Element:
    figures = [
        el("Div",
           wall_map.figure(scene.map, drawn, view.spots, words, dict(palette)) if scene.map and drawn
           else quiet(words.t("这一级没有可以画在地图上的数据")),
           class_="w-turn", data_scene=scene.id)
        for scene in view.scenes
    ]  # fmt: skip
    tabs = [
        el("Button", scene.name, type="button", class_="w-tab", data_turn=scene.id) for scene in view.scenes
    ]
    return el("Section", el("Div", figures, class_="w-turns"), el("Nav", tabs, class_="w-tabs",
              aria_label=words.t("场景")), class_="w-panel w-middle")  # fmt: skip


def _trends(view: WallView, words: Words) -> Element:
    rows = [
        el("Div", [wall_charts.trend(trend, view.months, words) for trend in scene.trends] or
           quiet(words.t("这里还没有数据")), class_="w-turn w-trend-row", data_scene=scene.id)
        for scene in view.scenes
    ]  # fmt: skip
    return el("Section", el("Div", rows, class_="w-turns"), class_="w-panel w-trends")


# ---- numbers


def _numbers(scene: WallScene, words: Words) -> Element:
    return panel(
        scene.id, scene.name, el("Div", [number(tile, words) for tile in scene.tiles], class_="w-numbers")
    )


def number(view: TileView, words: Words) -> Element:
    """One figure: name, number with unit, how it compares, period and status, the mark of an open warning."""
    text, unit = words.figure(view.figure)
    why = words.reason(view.figure)
    beside: list[Child] = [comparison(one, words) for one in view.comparisons[:_MOST_COMPARISONS]]
    if words.incomplete(view.figure):
        beside.append(el("Li", words.t("已报 {reported}/{expected}", reported=view.figure.reported,
                                       expected=view.figure.expected)))  # fmt: skip
    if why:
        beside.append(el("Li", why))
    return el(
        "Article",
        el("H3", mark_sign(view.mark, words) if view.mark else None, view.name),
        el("P", el("B", text, data_value="1"), el("Small", unit) if unit else None, class_="w-figure"),
        el("Ul", beside, class_="w-beside"),
        el("P", facts(view.figure.period, view.frequency, view.figure.simulated, words), class_="w-standing"),
        class_=f"w-number state-{view.figure.state}",
        data_key=view.indicator,
        **level_of(view.mark),
    )
