"""What other places published of their hotlines: read for reference only, never mixed with figures of our own."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from indicators.errors import N_

DIMENSIONS = {
    "total": N_("总数"),
    "rate": N_("比率"),
    "type": N_("诉求类型"),
    "channel": N_("渠道"),
    "town": N_("镇街"),
    "department": N_("部门"),
    "top_handler": N_("办件最多的单位"),
}
"""By what a published table is broken down."""


@dataclass(frozen=True)
class Published:
    """One table that one other place published for one period.

    groups  by dimension, in the order of DIMENSIONS: (name, value, unit)
    """

    area: str
    period: str
    source: str
    groups: Mapping[str, tuple[tuple[str, float, str], ...]]


@lru_cache(maxsize=4)
def read(path: Path) -> tuple[Published, ...]:
    """The tables of a file, in its order."""
    found: dict[tuple[str, str], tuple[str, dict[str, list[tuple[str, float, str]]]]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            _, groups = found.setdefault((row["area"], row["period"]), (row["source_url"], {}))
            groups.setdefault(row["dimension"], []).append(
                (row["category"], float(row["value"]), row["unit"])
            )
    return tuple(
        Published(area, period, source, {name: tuple(groups[name]) for name in DIMENSIONS if name in groups})
        for (area, period), (source, groups) in found.items()
    )
