"""Fill the register of incidents at a first start: published facts of real incidents, then simulated incidents."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from data_access.incidents import PUBLISHED, Count, Fact, Incident, IncidentStore, Report, ResponseLevel
from data_access.packs import Pack
from indicators.errors import N_
from services.access import SYSTEM
from services.incident_figures import Frame, figures_of, states
from services.incident_register import SUBJECT
from services.incident_rules import DAY, MINUTE
from services.incident_sample import Maker
from services.incidents import Incidents
from services.samples import Spec

SOURCE_DESK = N_("公开资料")

METRICS: Mapping[str, str] = {
    "受灾人口": "affected",
    "转移人员": "relocated",
    "紧急转移": "relocated",
    "死亡": "death",
    "失踪": "missing",
    "倒塌房屋": "houses",
}
"""What sources call the figures that are kept of every incident."""

ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}
TEN_THOUSAND = "万"


def load_published(incidents: Incidents, pack: Pack) -> int:
    """The real incidents of a pack (``records/incidents.csv``); what a source does not say stays empty."""
    path = pack.file("records/incidents.csv")
    if path is None:
        return 0
    events: dict[str, list[dict[str, str]]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            events.setdefault(row["event"], []).append(row)
    store, now = incidents.store, incidents.now()
    with store.transaction() as connection:
        known = store.by_origin([PUBLISHED + name for name in events], connection)
        fresh = {name: rows for name, rows in events.items() if PUBLISHED + name not in known}
        for name, rows in fresh.items():
            _published(store, connection, pack, name, rows, now)
    return len(fresh)


def _published(
    store: IncidentStore, connection: Any, pack: Pack, name: str, rows: Sequence[Mapping[str, str]], now: int
) -> None:  # fmt: skip
    region = (
        pack.tree.parse(rows[0]["region_code"])
        if len({row["region_code"] for row in rows}) == 1
        else pack.root
    )
    moments = [_moment(row["time"]) for row in rows]
    head = Incident(0, PUBLISHED + name, name, "natural", "台风", "", "", 0, region, "", None, None, None, None, "", "",
                    "internal", False, False, False, None, None, min(moments), SOURCE_DESK)  # fmt: skip
    number = store.add(connection, head)
    for row, at in zip(rows, moments, strict=True):
        store.add(connection, Fact(0, number, row["fact_type"], at, pack.tree.parse(row["region_code"]), row["metric"],
                                   row["value"], row["unit"], row["text"], row["source_url"], row["quality"]))  # fmt: skip
        if row["fact_type"] == "response":
            kind = row["metric"].removesuffix("应急响应")
            store.add(
                connection,
                ResponseLevel(0, number, kind, ROMAN[row["value"]], at, SOURCE_DESK, row["text"], now),
            )
    told = [(row, at) for row, at in zip(rows, moments, strict=True) if row["metric"] in METRICS]
    if told:
        report = store.add(
            connection, Report(0, number, "followup", told[0][1], SOURCE_DESK, told[0][0]["text"], now)
        )
        for row, _at in told:
            value, qualified = _count(row)
            store.add(connection, Count(0, number, report, METRICS[row["metric"]], value, qualified))
    store.note(
        connection, number, at=now, actor=SYSTEM.name, act="publish", note=name, detail={"facts": len(rows)}
    )


def _count(row: Mapping[str, str]) -> tuple[float, str]:
    """A printed figure in the unit of its metric, and how the source qualifies it (多, 近)."""
    unit, _, rest = row["unit"].partition("(")
    value = float(row["value"]) * (10_000 if unit.startswith(TEN_THOUSAND) else 1)
    return round(value, 4), rest.rstrip(")")


def _moment(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def fill_sample(incidents: Incidents, pack: Pack, spec: Spec, seed: int) -> int:
    """Draw the simulated incidents of a pack and the figures that they give, in one transaction; once.

    spec  of the sample figures, for the weights of the counties and the seasons
    """
    path = pack.file("sample/incidents.yaml")
    if path is None:
        return 0
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    store, zone = incidents.store, incidents.zone
    with store.transaction() as connection:
        numbers = store.next_numbers(connection)
        maker = Maker(told, pack.tree, incidents.rules, spec.weights[told["weights"]], spec.seasons,
                      centres(pack.file("centers.csv")), seed, zone, numbers)  # fmt: skip
        if store.by_origin([f"sample:{seed}:{number}" for number in range(1, 40)], connection):
            return 0
        rows = maker.make()
        store.load(connection, rows, at=incidents.now(), actor=SYSTEM.name, subject=SUBJECT)
        _settle(incidents, pack, maker, connection, zone)
    return len(rows[Incident])


def _settle(incidents: Incidents, pack: Pack, maker: Maker, connection: Any, zone: timedelta) -> None:
    """The figures of the whole stretch for city and counties, of its last days and months for townships."""
    store, tree, limits = incidents.store, pack.tree, incidents.rules.limits
    heads = store.heads(connection=connection)
    file = store.file(heads, connection=connection)
    upper = (tree.root, *maker.counties)
    towns = tuple(code for listed in maker.towns.values() for code in listed)
    now = maker.end

    def frame(regions: tuple[int, ...], first: date) -> Frame:
        return Frame(regions, first, maker.last, now, zone, maker.last, ended_only=True)

    year_back = maker.last.replace(year=maker.last.year - 1, day=1)
    recent = maker.last - timedelta(days=int(maker.spec["town_days"]) - 1)
    settled = [
        *figures_of(file, tree, limits, frame(upper, maker.first)),
        *figures_of(file, tree, limits, frame(towns, recent), ("daily",)),
        *figures_of(file, tree, limits, frame(towns, year_back), ("monthly",)),
    ]
    start = now - int(maker.spec["fine_days"]) * DAY
    settled.append(states(file, tree, frame(upper, maker.last), range(start, now, 30 * MINUTE)))
    settled.append(states(file, tree, frame(towns, maker.last), [now - 30 * MINUTE]))
    for figures in settled:
        incidents.settle(figures, connection, seed=True)


def centres(path: Path | None) -> dict[int, tuple[float, float]]:
    """The points of townships, as far as a gazetteer has them."""
    if path is None:
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {int(row["code"]): (float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)}
