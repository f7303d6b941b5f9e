"""The first projects of a store: the published ones of the pack, and the simulated portfolio where sample data is on."""

import csv
from datetime import datetime
from pathlib import Path

from data_access.packs import Pack
from indicators.projects import Part, Project
from indicators.regions import RegionTree
from services import projects_files, projects_sample
from services.access import SYSTEM
from services.projects import Projects

PUBLISHED = "records/projects.csv"
SPEC = "sample/projects.yaml"


def fill(projects: Projects, pack: Pack, moment: datetime, *, sample: bool, seed: int) -> int:
    """Fill an empty register; gives how many projects it has then."""
    found: list[Project] = []
    parts: dict[str, list[Part]] = {}
    printed, spec = pack.file(PUBLISHED), pack.file(SPEC)
    if printed is not None:
        found, totals = projects_files.published(printed, pack.tree)
        parts["total"] = list(totals)
    if sample and spec is not None:
        first = max((one.id for one in found), default=0) + 1
        centers = _centers(pack.file("centers.csv"), pack.tree)
        drawn = projects_sample.draw(projects_sample.read(spec), pack.tree, centers, seed, first)
        found += drawn.projects
        for name, records in drawn.parts.items():
            parts.setdefault(name, []).extend(records)
    return projects.seed(SYSTEM, found, parts, moment)


def _centers(path: Path | None, tree: RegionTree) -> dict[int, tuple[float, float]]:
    """The middle of each township, as far as the pack knows it."""
    if path is None:
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {
            tree.parse(row["code"]): (float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)
        }
