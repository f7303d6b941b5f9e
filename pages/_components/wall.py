"""The wall in peace: what needs attention on the left, where it is in the middle, how the city stands on the right."""

from collections.abc import Sequence

from indicators.errors import N_
from pages._components import wall_charts, wall_map, wall_war
from pages._components.elements import Child, Element, el
from pages._components.tile import comparison, level_of, mark_sign
from pages._components.wall_lines import alert, incident, statutory
from pages._components.wall_words import facts, panel, quiet, sign
from pages._components.words import Words
from services.outlines import Drawing
from services.sign_views import IndexRow, IndexView
from services.supervision_views import OpenItemsView, RatesView
from services.views import AlertGroupView, Area, Series, TileView
from services.wall_views import Spot, WallScene, WallView

MOST_LINES = 24
"""More warnings than any wall has room for; the rest is counted."""

_TOP_LEVEL = 4
_MOST_COMPARISONS = 2
LIGHTS = {"proj.light.red": N_("红灯"), "proj.light.yellow": N_("黄灯"), "proj.light.green": N_("绿灯")}
"""The lights of projects by their indicators."""


def content(view: WallView, drawn: Drawing | None, words: Words, palette: dict[str, str]) -> list[Element]:
    """Everything that changes on a wall, in both layouts; the frame around it stays."""
    if view.face is not None:
        title, advice = words.face(view.face)
        return [el("Div", el("H2", title), el("P", advice), class_="w-panel w-face")]
    return [
        el(
            "Template",
            data_place=view.place.name,
            data_until=words.t("数据至 {period}", period=words.until(view.newest)) if view.newest else "",
            data_simulated=words.t("含模拟数据") if view.simulated else "",
        ),
        wall_map.shapes(drawn),
        _peace(view, drawn, words, palette),
        wall_war.layout(view, drawn, words, palette),
    ]


def _peace(view: WallView, drawn: Drawing | None, words: Words, palette: dict[str, str]) -> Element:
    scenes = {scene.id: scene for scene in view.scenes}
    return el(
        "Div",
        warnings(view.warnings, words, _supervised(view, words)),
        _incidents(view, scenes.get("emergency"), words),
        _middle(view, drawn, words, palette),
        _trends(view, words),
        _table(view, words),
        el(
            "Div",
            _numbers(scenes["economy"], words) if "economy" in scenes else None,
            _projects(scenes["projects"], words) if "projects" in scenes else None,
            _signs(view.panels.get("signs.index"), scenes.get("signs"), words),
            class_="w-right",
        ),
        class_="w-peace",
    )


# ---- warnings and incidents


def warnings(groups: Sequence[AlertGroupView], words: Words, beside: Element | None = None) -> Element:
    """Statutory and management warnings, apart; as many lines as there is room for, and how many more there are."""
    lines = [_group(group, words) for group in groups]
    return panel("warnings", words.t("预警"), lines, aside=[beside, _counts(groups, words)])


def _supervised(view: WallView, words: Words) -> Element | None:
    """What became of warnings: how many items are open and overdue, and how the year's items were handled."""
    items, rates = view.panels.get("supervision.items"), view.panels.get("supervision.rates")
    if not isinstance(items, OpenItemsView) or not isinstance(rates, RatesView) or not rates.whole.total:
        return None
    told = [
        (words.t("在办督办"), str(items.total)), (words.t("超期"), str(items.overdue) if items.overdue else ""),
        (words.t("办结率"), words.percent(rates.whole.closure, 0)),
    ]  # fmt: skip
    made_up = items.simulated or rates.simulated
    return el(
        "P",
        [el("Span", name, " ", el("B", said)) for name, said in told if said],
        el("Span", words.t("模拟"), class_="status status-simulated") if made_up else None,
        class_="w-supervised",
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
    ours = group.kind != "statutory"
    title = words.t("管理预警") if ours else words.t("法定预警")
    nothing = words.t("没有生效的管理预警") if ours else words.t("没有生效的法定预警")
    lines = [statutory(one, words) for one in group.statutory] + [alert(one, words) for one in group.lines]
    lines = lines[:MOST_LINES]
    return el(
        "Div",
        el("H3", title, el("B", str(group.total)) if group.total else None),
        el("Ol", lines, **fitting(group.total, words)) if lines else quiet(nothing),
        class_=f"w-group w-{group.kind}",
    )


def fitting(total: int, words: Words) -> dict[str, str]:
    """The attributes of a list that shows as many lines as there is room for."""
    return {"data-fit": "1", "data-total": str(total), "data-more": words.t("其余 {count} 条")}


def _incidents(view: WallView, scene: WallScene | None, words: Words) -> Element:
    lines = [incident(one, words) for one in view.war.incidents]
    numbers = [number(tile, words) for tile in scene.tiles] if scene else []
    overdue = words.t("超时任务 {count} 项", count=len(view.war.overdue)) if view.war.overdue else ""
    return panel(
        "incidents",
        words.t("在处置的突发事件"),
        el("Div", el("Ol", lines, **fitting(len(lines), words)), class_="w-group w-open") if lines
        else quiet(words.t("没有在处置的突发事件")),
        el("Div", numbers, class_="w-numbers w-wide") if numbers else None,
        aside=[el("Span", overdue) if overdue else None, el("B", str(len(lines)), class_="w-total")],
    )  # fmt: skip


# ---- the map and the trends


def _middle(view: WallView, drawn: Drawing | None, words: Words, palette: dict[str, str]) -> Element:
    figures = [
        el("Div",
           wall_map.figure(scene.map, drawn, _spots(view, scene), words, palette) if scene.map and drawn
           else quiet(words.t("这一级没有可以画在地图上的数据")),
           class_="w-turn", data_scene=scene.id)
        for scene in view.scenes
    ]  # fmt: skip
    tabs = [
        el("Button", scene.name, type="button", class_="w-tab", data_turn=scene.id) for scene in view.scenes
    ]
    nav = el("Nav", tabs, class_="w-tabs", aria_label=words.t("场景"))
    return el("Section", el("Div", figures, class_="w-turns"), nav, class_="w-panel w-middle")


def _spots(view: WallView, scene: WallScene) -> list[Spot]:
    """The marks of a scene: incidents in every one, lagging projects where projects are spoken of."""
    return [one for one in view.spots if one.kind != "project" or scene.system == "proj"]


def _trends(view: WallView, words: Words) -> Element:
    rows = [
        el("Div", [wall_charts.trend(trend, view.months, words) for trend in scene.trends] or
           quiet(words.t("这里还没有数据")), class_="w-turn w-trend-row", data_scene=scene.id)
        for scene in view.scenes
    ]  # fmt: skip
    return el("Section", el("Div", rows, class_="w-turns"), class_="w-panel w-trends")


def _table(view: WallView, words: Words) -> Element:
    """The regions of the map in order of their figures; for the wide wall."""
    tables = [
        el("Div", [_row(area, scene.map.areas, words) for area in _ordered(scene.map.areas)] if scene.map else None,
           class_="w-turn w-rows", data_scene=scene.id)
        for scene in view.scenes
    ]  # fmt: skip
    title = el("Header", el("H2", words.t("分地区")))
    return el("Section", title, el("Div", tables, class_="w-turns"), class_="w-panel w-table w-wide")


def _ordered(areas: Sequence[Area]) -> list[Area]:
    return sorted(areas, key=lambda one: (one.figure.value is None, -(one.figure.value or 0.0)))


def _row(area: Area, areas: Sequence[Area], words: Words) -> Element:
    text, unit = words.figure(area.figure)
    most = max((abs(one.figure.value) for one in areas if one.figure.value is not None), default=0.0)
    share = abs(area.figure.value) / most if area.figure.value is not None and most else 0.0
    return el(
        "Div",
        el("P", mark_sign(area.mark, words) if area.mark else None, words.short_place(area.place)),
        el("P", el("B", text), el("Small", unit)),
        wall_charts.bar(share),
        el("P", facts(None, "", area.figure.simulated, words), class_="w-standing"),
        class_="w-row",
        data_key=f"{area.place.code}",
    )


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
        el("H3", mark_sign(view.mark, words) if view.mark else None, el("Span", view.name)),
        el("P", el("B", text, data_value="1"), el("Small", unit) if unit else None, class_="w-figure"),
        el("Ul", beside[:_MOST_COMPARISONS], class_="w-beside"),
        el("P", facts(view.figure.period, view.frequency, view.figure.simulated, words), class_="w-standing"),
        class_=f"w-number state-{view.figure.state}",
        data_key=view.indicator,
        **level_of(view.mark),
    )


def _projects(scene: WallScene, words: Words) -> Element:
    """Completion against what is due by now, its curve through the year, the lights; other numbers where there is room."""
    first, *others = scene.tiles or (None,)
    lights = [tile for tile in others if tile and tile.indicator in LIGHTS]
    rest = [tile for tile in others if tile and tile.indicator not in LIGHTS]
    return panel(
        scene.id,
        scene.name,
        el("Div", number(first, words) if first else None, _curve(first, words) if first else None, class_="w-course"),
        el("Ul", [_light(tile, words) for tile in lights], class_="w-lights") if lights else None,
        el("Div", [number(tile, words) for tile in rest], class_="w-numbers w-wide"),
    )  # fmt: skip


def _light(tile: TileView, words: Words) -> Element:
    text, _ = words.figure(tile.figure)
    shape = el("I", class_=f"w-light w-light-{tile.indicator.rpartition('.')[2]}", aria_hidden="true")
    return el("Li", shape, el("Span", words.t(LIGHTS[tile.indicator])), el("B", text, data_value="1"))


def _curve(tile: TileView, words: Words) -> Element | None:
    """The S-curve: this year's course, the year before, and what is due by the end of each month."""
    series = {one.key: one for one in tile.trend}
    own = series.get("current")
    values = [point.value for one in tile.trend for point in one.points if point.value is not None]
    if own is None or not values:
        return None
    scale = wall_charts.Scale.of(values, zero=True)

    def line(one: Series | None) -> list[tuple[float, float]]:
        return [(wall_charts.month_of_year(point.period), scale.y(point.value))
                for point in (one.points if one else ()) if point.value is not None]  # fmt: skip

    points = line(own)
    names = [("own", words.year(int(own.name)) if own.name.isdigit() else own.name)]
    names += [("target", words.t("应达进度"))] if "target" in series else []
    names += [("previous", words.year(int(series["previous"].name)))] if "previous" in series else []
    return el(
        "Figure",
        el("Div", wall_charts.plot(points, "own", beside=[("previous", line(series.get("previous"))),
                                                          ("target", line(series.get("target")))]),
           wall_charts.dot(*points[-1]) if points else None, class_="w-plot", role="img",
           aria_label=words.t("{name}走势", name=tile.name)),
        el("Figcaption", [el("Span", el("I", class_=f"w-key w-key-{key}"), name) for key, name in names]),
        class_="w-curve",
    )  # fmt: skip


# ---- city signs


def _signs(index: object, scene: WallScene | None, words: Words) -> Element | None:
    """The health index with its five domains; the numbers themselves where there is no index, or room beside it."""
    if scene is None:
        return None
    numbers = [number(tile, words) for tile in scene.tiles]
    if not isinstance(index, IndexView):
        return panel("signs", scene.name, el("Div", numbers, class_="w-numbers"))
    return panel(
        "signs",
        scene.name,
        el("Div", _whole(index.whole, words), el("Div", [_domain(row, words) for row, _ in index.domains],
                                                 class_="w-domains"), class_="w-index"),
        el("Div", numbers, class_="w-numbers w-wide"),
        aside=facts(index.newest, "", bool(index.whole.simulated), words),
    )  # fmt: skip


def _whole(row: IndexRow, words: Words) -> Element:
    return el(
        "Article",
        el("H3", words.t("健康指数")),
        el("P", el("B", words.texts.number(row.value, decimals=1), data_value="1"), class_="w-figure"),
        el("P", _change(row, words), class_="w-beside"),
        el("P", words.t("{there}/{expected} 项体征", there=row.there, expected=row.expected), class_="w-standing"),
        class_="w-number",
    )  # fmt: skip


def _domain(row: IndexRow, words: Words) -> Element:
    return el(
        "P",
        el("Span", row.name),
        wall_charts.bar((row.value or 0.0) / 100),
        el("B", words.texts.number(row.value, decimals=1), data_value="1"),
        el("Small", _change(row, words)),
        data_key=row.key,
    )


def _change(row: IndexRow, words: Words) -> str:
    if row.change is None:
        return ""
    arrow = "▲ " if row.change >= 0.05 else "▼ " if row.change <= -0.05 else ""
    return arrow + words.texts.number(row.change, decimals=1, signed=True)
