"""The wall in war: the map takes two thirds; warnings in force and the response left, incidents and tasks right."""

from pages._components import wall_map
from pages._components.elements import Element, el
from pages._components.wall_lines import RESPONSES, incident, resource, resource_name, statutory, task
from pages._components.wall_words import panel, quiet
from pages._components.words import Words
from services.outlines import WIDTH, Drawing
from services.wall_views import Spot, WallView

_MARGIN = 60


def layout(view: WallView, drawn: Drawing | None, words: Words, palette: dict[str, str]) -> Element:
    """Everything of the wartime layout."""
    war, now = view.war, int(view.moment.timestamp())
    return el(
        "Div",
        panel("force", words.t("生效的法定预警"), _list([statutory(one, words) for one in war.statutory],
              words.t("没有生效的法定预警"), words), aside=el("B", str(len(war.statutory)), class_="w-total")),
        panel("response", words.t("应急响应"), _response(war.response, words)),
        panel("near", words.t("就近资源"), _list([resource(one, words) for one in war.nearby],
              words.t("没有登记的资源"), words), aside=war.centre),
        _map(view, drawn, words, palette),
        panel("open", words.t("在处置的突发事件"), _list([incident(one, words) for one in war.incidents],
              words.t("没有在处置的突发事件"), words), aside=el("B", str(len(war.incidents)), class_="w-total")),
        panel("overdue", words.t("超时任务"), _list([task(one, now, words) for one in war.overdue],
              words.t("没有超时任务"), words), aside=el("B", str(len(war.overdue)), class_="w-total")),
        panel("sites", words.t("待接通现场"), _list([task(one, now, words) for one in war.sites],
              words.t("没有待接通的现场"), words), aside=el("B", str(len(war.sites)), class_="w-total")),
        class_="w-war",
    )  # fmt: skip


def _list(lines: list[Element], nothing: str, words: Words) -> Element:
    if not lines:
        return quiet(nothing)
    more = {"data-fit": "1", "data-total": str(len(lines)), "data-more": words.t("其余 {count} 条")}
    return el("Div", el("Ol", lines, **more), class_="w-group w-open")


def _response(level: int, words: Words) -> Element:
    if not level:
        return quiet(words.t("未启动应急响应"))
    return el(
        "P", el("B", RESPONSES[level], data_value="1"), el("Small", words.t("级响应")), class_="w-figure"
    )


def _map(view: WallView, drawn: Drawing | None, words: Words, palette: dict[str, str]) -> Element:
    """The land with the regions concerned outlined, incidents, and the resources near."""
    title = el("Header", el("H2", words.t("受影响区域")),
               el("Div", _concerned(view, words), class_="w-aside"))  # fmt: skip
    base = next((scene.map for scene in view.scenes if scene.map), None)
    if drawn is None or base is None:
        return el(
            "Section", title, quiet(words.t("这一级没有可以画在地图上的数据")), class_="w-panel w-field"
        )
    helpers = [
        Spot("resource", resource_name(one.resource, words), one.resource.lon, one.resource.lat,
             simulated=one.resource.simulated)
        for one in view.war.nearby
    ]  # fmt: skip
    spots = (*helpers, *(one for one in view.spots if one.kind == "incident"))
    drawing = wall_map.sheet(
        base, drawn, spots, words, palette, view.war.affected, _window(view, drawn), plain=True
    )
    return el("Section", title, drawing, wall_map.keys(spots, words), class_="w-panel w-field")


def _concerned(view: WallView, words: Words) -> str:
    names = {place.code: place.name for place in view.children}
    return words.listed(names[code] for code in view.war.affected if code in names)


def _window(view: WallView, drawn: Drawing) -> tuple[int, int, int, int] | None:
    """The part of the sheet that holds what is concerned; None for all of it."""
    corners = [
        spot for one in drawn.outlines if one.code in view.war.affected for ring in one.rings for spot in ring
    ]
    if not corners:
        return None
    left, right = min(x for x, _ in corners) - _MARGIN, max(x for x, _ in corners) + _MARGIN
    top, bottom = min(y for _, y in corners) - _MARGIN, max(y for _, y in corners) + _MARGIN
    left, top = max(left, 0), max(top, 0)
    return left, top, min(right, WIDTH) - left, min(bottom, drawn.height) - top
