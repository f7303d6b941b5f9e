"""A pack is a folder: five cities and a district are read, and a bad one is told everything at once."""

from datetime import date
from pathlib import Path

import pytest

from data_access.packs import load_pack
from indicators.errors import CockpitError
from indicators.regions import Level

PACKS = Path(__file__).parents[2] / "packs"

CITIES = {
    "440900": ("茂名市", 5, 127),
    "140200": ("大同市", 10, 127),
    "330400": ("嘉兴市", 7, 72),
    "341000": ("黄山市", 7, 109),
    "231000": ("牡丹江市", 10, 92),
}


@pytest.mark.parametrize(("folder", "facts"), CITIES.items())
def test_a_city_comes_with_its_counties_and_towns(folder, facts):
    pack = load_pack(PACKS / folder)
    name, counties, towns = facts
    assert pack.tree.name(pack.root) == name
    assert len(pack.tree.at_level(Level.COUNTY, within=pack.root, territories_only=True)) == counties
    assert len(pack.tree.at_level(Level.TOWN, within=pack.root)) == towns


def test_a_district_can_be_the_root():
    pack = load_pack(PACKS / "231005")
    assert pack.tree.name(pack.root) == "西安区"
    assert pack.tree.get(pack.root).level is Level.COUNTY
    assert {pack.tree.get(town).level for town in pack.tree.children(pack.root)} == {Level.TOWN}


def test_own_account_and_zones_are_parts_of_a_sum_but_no_territory():
    tree = load_pack(PACKS / "440900").tree
    parts = set(tree.children(440900000000))
    territories = set(tree.children(440900000000, territories_only=True))
    assert parts - territories == {440970000000, 440971000000, 440972000000, 440973000000}


@pytest.mark.parametrize(
    ("code", "day", "in_force"),
    [
        (440923000000, date(2013, 12, 31), True),
        (440923000000, date(2014, 1, 1), False),
        (440904000000, date(2013, 12, 31), False),
        (440904000000, date(2014, 1, 1), True),
    ],
)
def test_dianbai_became_a_district_between_the_lists_of_2013_and_2014(code, day, in_force):
    assert load_pack(PACKS / "440900").tree.valid(code, day) is in_force


def test_the_benchmarks_stand_above_the_root():
    pack = load_pack(PACKS / "440900")
    assert [pack.tree.name(code) for code in pack.tree.ancestors(pack.root)] == ["广东省", "全国"]


def test_the_files_of_a_pack_come_after_those_of_its_base_and_the_shared_ones():
    folders = [folder.name for folder in load_pack(PACKS / "231005").folders]
    assert folders == ["common", "231000", "231005"]


def a_pack(tmp_path: Path, regions: str, head: str = "") -> Path:
    (tmp_path / "pack.yaml").write_text(
        head or 'root: "440900000000"\nname_zh: 甲\nname_en: A\n', encoding="utf-8"
    )
    columns = "code,parent_code,level,kind,name,valid_from,valid_to,successors,reporting_unit\n"
    (tmp_path / "regions.csv").write_text(columns + regions, encoding="utf-8")
    return tmp_path


def test_every_problem_of_a_pack_is_told_at_once_with_file_and_line(tmp_path):
    folder = a_pack(
        tmp_path,
        "440900,,city,prefecture_city,甲市,,,,\n"
        "440902,440900,county,district,乙区,,,,\n"
        "440902,440900,county,district,乙区又名,,,,\n"
        "440903,440999,county,district,丙区,,,,\n"
        "44090,440900,county,district,丁区,,,,\n"
        "440904,440900,galaxy,district,戊区,,,,\n"
        "440905,440900,county,district,己区,2014-02-30,,,\n",
    )
    with pytest.raises(CockpitError) as raised:
        load_pack(folder)
    told = str(raised.value)
    assert {issue.key for issue in raised.value.issues} == {
        "pack_region_twice", "unknown_region", "pack_region",
    }  # fmt: skip
    for place in ("regions.csv:6", "regions.csv:7", "regions.csv:8"):
        assert place in told


@pytest.mark.parametrize(
    ("head", "key"),
    [
        ("root: 440900\nname_zh: 甲\n", "pack_key_missing"),
        ('root: "440900"\nname_zh: 甲\nname_en: A\ncolour: red\n', "pack_key_unknown"),
        ('root: "440902"\nname_zh: 甲\nname_en: A\n', "pack_root"),
        ("root: [", "pack_unreadable"),
    ],
)
def test_a_wrong_head_is_refused(tmp_path, head, key):
    with pytest.raises(CockpitError) as raised:
        load_pack(a_pack(tmp_path, "440900,,city,prefecture_city,甲市,,,,\n", head))
    assert key in {issue.key for issue in raised.value.issues}


def test_a_folder_without_a_pack_is_told_where_to_look(tmp_path):
    with pytest.raises(CockpitError, match=r"pack\.yaml"):
        load_pack(tmp_path / "nowhere")
