"""Resources drawn from a pack's spec and a seed, each standing near the middle of its township. Nothing is stored here."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from data_access.resources import Resource, Stock
from data_access.terrain import Position
from indicators.regions import Level, RegionTree

KM_OF_A_DEGREE = 111.32
SURNAMES = "陈李黄梁吴林杨张何谢邓许柯苏"
FARM = "farm_or_zone"


def read_spec(path: Path) -> Mapping[str, Any]:
    """The spec of a pack's sample of resources."""
    found: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def drawn(
    spec: Mapping[str, Any],
    tree: RegionTree,
    centre: Callable[[int], Position | None],
    people: Mapping[int, float],
    seed: int,
    zone: timedelta,
) -> list[Resource]:
    """The simulated resources.

    centre  the middle of a region
    people  who live in each county: shelters are as large as they need
    """
    chance = np.random.default_rng([seed, 7])
    since = datetime.fromisoformat(str(spec["since"])).replace(tzinfo=timezone(zone))
    found: list[Resource] = []
    for county in tree.at_level(Level.COUNTY):
        towns = [
            code for code in tree.children(county, territories_only=True)
            if tree.get(code).kind != FARM and centre(code) is not None
        ]  # fmt: skip
        if towns:
            drawing = _County(spec, tree, centre, county, towns, people.get(county, 0.0), chance)
            found += drawing.all(int(since.timestamp()))
    return found


class _County:
    def __init__(
        self, spec: Mapping[str, Any], tree: RegionTree, centre: Callable[[int], Position | None], county: int,
        towns: list[int], people: float, chance: np.random.Generator,
    ) -> None:  # fmt: skip
        self._spec, self._tree, self._centre = spec, tree, centre
        self._county, self._towns, self._people, self._chance = county, towns, people, chance
        self._count = 0

    def all(self, since: int) -> list[Resource]:
        return [
            self._one(kind, entry, town, entry["count"] if kind == "shelter" else 0, since)
            for kind, entries in self._spec["kinds"].items()
            for entry in entries
            for town in self._places(entry)
        ]

    def _places(self, entry: Mapping[str, Any]) -> list[int]:
        if "{county}" in entry["zh"]:
            return self._towns[:1]
        count = min(entry["count"], len(self._towns))
        return sorted(int(code) for code in self._chance.choice(self._towns, count, replace=False))

    def _one(self, kind: str, entry: Mapping[str, Any], town: int, sharing: int, since: int) -> Resource:
        lat, lon = self._near(town)
        place, county = self._tree.get(town), self._tree.get(self._county)
        names = {"county": county.name, "town": place.name}
        names_en = {"county": county.name_en, "town": place.name_en}
        low, high = entry.get("people", (0, 0))
        capacity = float(self._chance.integers(low, high + 1)) if high else None
        if sharing:
            share = self._people * self._spec["shelter_m2_per_person"] / min(sharing, len(self._towns))
            capacity = float(round(share * self._chance.uniform(0.9, 1.1)))
        return Resource(
            id=0,
            kind=kind,
            name=entry["zh"].format(**names),
            name_en=entry["en"].format(**names_en),
            region=town,
            lat=lat,
            lon=lon,
            capacity=capacity,
            stock=self._stock() if kind == "store" else (),
            contact=f"{self._chance.choice(list(SURNAMES))}同志" if kind != "video" else "",
            phone=f"0668-{self._chance.integers(2_000_000, 8_999_999)}" if kind != "video" else "",
            link=entry.get("link", "").format(code=town // 1000),
            simulated=True,
            since=since,
        )

    def _near(self, town: int) -> Position:
        middle = self._centre(town)
        assert middle is not None  # towns without one are not among ours
        lat, lon = middle
        angle = self._chance.uniform(0, 2 * np.pi)
        length = self._spec["spread_km"] * np.sqrt(self._chance.random()) / KM_OF_A_DEGREE
        north = lat + length * np.sin(angle)
        east = lon + length * np.cos(angle) / np.cos(np.radians(lat))
        return round(float(north), 5), round(float(east), 5)

    def _stock(self) -> tuple[Stock, ...]:
        made = []
        for name, unit, standard in self._spec["supplies"]:
            self._count += 1
            short = self._count % self._spec["short_every"] == self._spec["short_every"] // 2
            factor = self._chance.uniform(0.5, 0.95) if short else self._chance.uniform(1.0, 1.4)
            made.append(Stock(name, float(int(standard * factor)), unit, float(standard)))
        return tuple(made)
