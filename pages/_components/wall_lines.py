"""Warnings, incidents, tasks and resources as lines that are read from eight metres."""

from indicators.errors import N_
from pages._components.elements import Child, Element, el
from pages._components.tile import LEVELS
from pages._components.wall_words import sign
from pages._components.warning_words import BADGES
from pages._components.words import Words
from services.incident_views import OpenIncident, TaskLine
from services.resources import Nearby, Resource
from services.statutory_views import MARKS
from services.views import AlertLine, StatutoryLine

RESPONSES = ("", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ")
STATUTORY_LEVELS = (
    N_("未分级预警"),
    N_("蓝色预警"),
    N_("黄色预警"),
    N_("橙色预警"),
    N_("红色预警"),
)
_MOST_FACTS = 3


def line(key: str, level: int, mark: Child, what: str, why: list[Child], href: str = "") -> Element:
    """One line: the mark, what it is, and below it what one must know.

    href  the page of it, for whoever is signed in; a screen of its own reaches no other page (big_screen.js)
    """
    said = [el("Span", one) for one in why if one]
    name = el("A", what, href=href) if href else what
    return el(
        "Li",
        mark,
        el("Div", el("P", name, class_="w-what"), el("P", said, class_="w-why")),
        class_="w-alert" if mark else "w-alert w-plain",
        data_key=key,
        data_level=LEVELS[level] if level else None,
    )


def alert(one: AlertLine, words: Words) -> Element:
    """A warning of one of our rules."""
    said: list[Child] = [part for part in words.alert(one) if part][:_MOST_FACTS]
    if one.simulated:
        said.append(words.t("模拟"))
    said += [words.t(BADGES[kind]) for kind in one.badges]
    if one.folded:
        said.append(words.t("另有 {count} 条下级预警", count=len(one.folded)))
    name = one.title or f"{one.place.name} {one.name}"
    mark = sign(one.level, one.kind, words)
    return line(f"a{one.id}:{one.level}", one.level, mark, name, _once(said), f"/warning/{one.id}")


def statutory(one: StatutoryLine, words: Words) -> Element:
    """A warning of an authority, as it was issued."""
    level = words.t(STATUTORY_LEVELS[one.level])
    hazard = words.t(one.hazard)
    name = (
        f"{words.listed(one.places[:2])} {hazard}{level}"
        if words.zh
        else f"{hazard}: {level}, {one.places[0]}"
    )
    until = words.t("至 {moment}", moment=words.moment(one.until)) if one.until else words.t("解除前有效")
    marks: list[Child] = [words.t(MARKS[mark]) for mark in one.marks if mark in MARKS]
    mark = sign(one.level, "statutory", words) if one.level else el("Span", class_="mark")
    return line(f"s{one.id}", one.level, mark, name, [one.issuer, until, *marks], f"/statutory/{one.id}")


def incident(one: OpenIncident, words: Words) -> Element:
    """An open incident: what, where, the stage that runs and since when, the response."""
    mark = sign(one.warning, "management", words) if one.warning else el("Span", class_="mark")
    stage: Child = None
    if one.stage:
        clock = el("Span", data_since=str(one.stage_since), class_="w-since") if one.stage_since else None
        stage = [words.t(one.stage), " ", clock]
    response = words.t("{level}级响应", level=RESPONSES[one.response]) if one.response else ""
    overdue = words.t("超时任务 {count} 项", count=one.overdue) if one.overdue else ""
    late = words.t("首报迟报") if one.late else ""
    said: list[Child] = [stage, one.place.name, response, overdue, late]
    if one.simulated:
        said.append(words.t("模拟"))
    return line(f"i{one.id}", one.warning, mark, one.title, said)


def task(one: TaskLine, now: int, words: Words) -> Element:
    """A task that is overdue: whose, what, by how much."""
    late = [words.t("超时 "), el("Span", data_since=str(one.task.due_at), class_="w-since")]
    said: list[Child] = [late if one.task.due_at < now else None, one.title]
    if one.simulated:
        said.append(words.t("模拟"))
    return line(f"t{one.task.id}", 0, None, f"{one.task.unit}：{one.task.task}", said)


def resource(one: Nearby, words: Words) -> Element:
    """A resource: what it is, how far, when it can be there; an estimate."""
    away = words.t("约 {km} 公里", km=words.texts.number(one.route_m / 1000, decimals=1))
    minutes = words.t("约 {count} 分钟", count=round(one.minutes))
    return el(
        "Li",
        el("P", resource_name(one.resource, words), class_="w-what"),
        el("P", el("Span", minutes), el("Span", away),
           el("Span", words.t("模拟")) if one.resource.simulated else None, class_="w-why"),
        class_="w-near",
        data_key=f"r{one.resource.id}",
    )  # fmt: skip


def resource_name(one: Resource, words: Words) -> str:
    """What a resource is called in the reader's language."""
    return one.name if words.zh else one.name_en or one.name


def _once(said: list[Child]) -> list[Child]:
    found: list[Child] = []
    for one in said:
        if one not in found:
            found.append(one)
    return found
