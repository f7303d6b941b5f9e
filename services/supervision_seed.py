"""Simulated supervised items into an empty store, where a pack describes them."""

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from typing import Any

import yaml

from data_access.packs import Pack
from indicators.regions import Level
from services.access import SYSTEM
from services.alerts import Alerts
from services.projects import Projects
from services.supervision import Supervision
from services.supervision_sample import Drawing, Matter, matters_of_alerts, matters_of_classes

MOST_EVENTS = 20_000
MONTH = 30


def fill(supervision: Supervision, alerts: Alerts, projects: Projects, pack: Pack, seed: int) -> int:
    """Simulated items; how many. None where the pack describes none, or where there are items already."""
    path = pack.file("sample/supervision.yaml")
    if path is None or supervision.store.any():
        return 0
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    catalog, tree, now = supervision.catalog, supervision.tree, supervision.now()
    today = supervision.day(now)
    since = today - timedelta(days=MONTH * spec["months"])
    random = Random(seed)  # noqa: S311  a sample, not a secret
    events = alerts.history(SYSTEM, limit=MOST_EVENTS)
    ended, standing = matters_of_alerts(events, catalog, tree, spec["least_level"], since)
    avoided = [int(code.ljust(12, "0")) for code in spec["avoid"]]
    standing = [one for one in standing if not any(tree.contains(region, one.region) for region in avoided)]
    counties = [
        code
        for code in tree.children(tree.root, territories_only=True)
        if tree.get(code).level is Level.COUNTY and code not in avoided
    ]
    closed, still = spec["closed"], spec["open"]
    days = [today - timedelta(days=40 + 50 * place) for place in range(closed["hotline"])]
    classes = matters_of_classes(counties, tree, [*days, *[today] * still["hotline"]])
    works = _problems(projects, random, today, closed["project"] + still["project"])
    past = [
        *_some(ended, closed["alert"], random),
        *classes[: closed["hotline"]],
        *works[: closed["project"]],
    ]
    now_open = [
        *_some(standing, still["alert"], random), *classes[closed["hotline"] :], *works[closed["project"] :]
    ]  # fmt: skip
    drawing = Drawing(spec, seed, supervision.workdays, catalog, tree, now, supervision.zone)
    drawn = drawing.draw(past, now_open)
    with supervision.store.transaction() as connection:
        supervision.store.load(connection, drawn.items, drawn.steps, drawn.frozen, at=now, actor=SYSTEM.name)
    return len(drawn.items)


def _some(matters: Iterable[Matter], count: int, random: Random) -> list[Matter]:
    """Some of the matters, no indicator more often than it must be."""
    left = sorted(matters, key=lambda one: one.matter)
    random.shuffle(left)
    chosen: list[Matter] = []
    while left and len(chosen) < count:
        told = {one.matter.rpartition(":")[0] for one in chosen}
        fresh = next((one for one in left if one.matter.rpartition(":")[0] not in told), left[0])
        chosen.append(fresh)
        left.remove(fresh)
    return chosen


def _problems(projects: Projects, random: Random, today: date, count: int) -> list[Matter]:
    """Open problems of simulated projects as matters."""
    register: Any = projects.register()
    open_ = [
        (project, one)
        for project in register.projects.values()
        if project.simulated
        for one in register.problems.get(project.id, ())
        if one.confirmed is None
    ]
    random.shuffle(open_)
    return [
        Matter(
            "project", f"{project.id}-{one.id}", f"{project.id}-{one.id}", f"{project.name}：{one.title}",
            f"{project.name}：{one.title}", project.region, "proj", one.department or project.department,
            today - timedelta(days=35 + 20 * place), facts=(("堵点", one.title),),
        )
        for place, (project, one) in enumerate(open_[:count])
    ]  # fmt: skip
