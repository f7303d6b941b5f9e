"""Boundaries are made ready once: what is drawn, wound as the drawing library wants it, and nothing else."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from data_access.boundaries import Boundaries
from data_access.packs import load_pack
from indicators.regions import Level

PACKS = Path(__file__).parents[2] / "packs"
MAOMING, GAOZHOU = 440900000000, 440981000000


@pytest.fixture(scope="module")
def maoming(tmp_path_factory):
    boundaries = Boundaries(load_pack(PACKS / "440900"), tmp_path_factory.mktemp("geo"))
    boundaries.build()
    return boundaries


def shoelace(ring: list[list[float]]) -> float:
    return sum(x2 * y1 - x1 * y2 for (x1, y1), (x2, y2) in pairwise(ring))


def test_the_counties_of_a_city_are_its_territories_and_no_reporting_unit(maoming):
    geometry = maoming.geometry(MAOMING, Level.COUNTY)
    assert geometry.codes == (440902000000, 440904000000, 440981000000, 440982000000, 440983000000)
    west, south, east, north = geometry.bounds
    assert 110 < west < east < 112
    assert 21 < south < north < 23


def test_outer_rings_are_clockwise_since_the_fill_inverts_otherwise(maoming):
    for level, parent in ((Level.COUNTY, MAOMING), (Level.TOWN, GAOZHOU)):
        for feature in json.loads(maoming.geometry(parent, level).content())["features"]:
            shape = feature["geometry"]
            polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
            assert all(shoelace(polygon[0]) > 0 for polygon in polygons), feature["properties"]


def test_the_towns_of_a_county_say_that_they_are_approximate(maoming):
    geometry = maoming.geometry(GAOZHOU, Level.TOWN)
    assert geometry.approximate
    assert all(str(code).startswith("440981") for code in geometry.codes)
    assert not maoming.geometry(MAOMING, Level.COUNTY).approximate


def test_what_has_no_boundary_has_no_geometry(maoming):
    assert maoming.geometry(440981100000, Level.VILLAGE) is None


def test_a_district_as_root_draws_itself(tmp_path):
    boundaries = Boundaries(load_pack(PACKS / "231005"), tmp_path)
    assert boundaries.geometry(231005000000, Level.COUNTY).codes == (231005000000,)


def test_ready_files_are_used_again_until_the_source_changes(maoming, tmp_path):
    pack = load_pack(PACKS / "440900")
    first = Boundaries(pack, tmp_path)
    tag = first.geometry(MAOMING, Level.COUNTY).tag
    stamp = first.geometry(MAOMING, Level.COUNTY).path.stat().st_mtime_ns
    again = Boundaries(pack, tmp_path).geometry(MAOMING, Level.COUNTY)
    assert (again.tag, again.path.stat().st_mtime_ns) == (tag, stamp)
