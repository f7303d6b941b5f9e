"""Regions: codes as they are written, the tree, its history, and the names people use."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import regions
from indicators.errors import CockpitError
from indicators.regions import Level, Region, RegionTree, canonical, parse_code, read_code

CASES = Path(__file__).parents[1] / "cases" / "regions"
ALL = json.loads((CASES / "region_code_cases.json").read_text())["cases"]

LEVELS = {"prefecture": Level.CITY, "county": Level.COUNTY, "township": Level.TOWN}
NAMES = {"4409": "茂名市", "4419": "东莞市", "4403": "深圳市", "4420": "中山市"}


def of_kind(*kinds: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in ALL if case["kind"] in kinds]


def a_region(code: int | str, name: str = "", **more: Any) -> Region:
    number = parse_code(code)
    more.setdefault("parent", regions.parent_by_digits(number))
    return Region(number, level=regions.level_of(number), kind="", name=name or str(code), **more)


def a_tree(*more: Region, root: str = "440900") -> RegionTree:
    """茂名 as it was and as it is: 电白县 and 茂港区 became 电白区; a zone without territory beside it."""
    ended, begun = date(2014, 4, 1), date(2014, 4, 2)
    dianbai = parse_code("440904")
    return RegionTree(
        [
            a_region("44", "广东省"),
            a_region("440900", "茂名市"),
            a_region("440902", "茂南区"),
            a_region("440903", "茂港区", valid_to=ended, successor=(dianbai,)),
            a_region("440904", "电白区", valid_from=begun),
            a_region("440923", "电白县", valid_to=ended, successor=(dianbai,)),
            a_region("440972", "茂名高新区", official=False, reporting_unit=True),
            a_region("440981", "高州市"),
            a_region("440982", "化州市"),
            a_region("440983", "信宜市"),
            *more,
        ],
        root=parse_code(root),
    )


def the_list_of_2023() -> RegionTree:
    """The published list of 2023, as far as it was handed over: counties and towns of 茂名, 东莞, 深圳."""
    with (CASES / "nbs2023_guangdong_counties_townships_4409_4419_4403.csv").open(encoding="utf-8") as lines:
        listed = [a_region(row["code"], row["name"]) for row in csv.DictReader(lines)]
    known = {region.code for region in listed}
    cities = [a_region(code, name) for code, name in NAMES.items() if parse_code(code) not in known]
    return RegionTree([a_region("44", "广东省"), *cities, *listed], root=parse_code("44"))


# -- codes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", of_kind("parse"))
def test_a_code_is_read_in_every_accepted_spelling(case: dict[str, Any]) -> None:
    expected = case["expected"]
    if "error" in expected:
        with pytest.raises(CockpitError) as refused:
            parse_code(case["input"])
        assert refused.value.key == expected["error"]
        return
    read = read_code(case["input"])
    assert read.level == LEVELS[expected["level"]]
    assert read.canonical == expected["canonical"]
    assert read.short == expected.get("short", read.short)
    assert list(read.parents) == expected.get("parents", list(read.parents))


@pytest.mark.parametrize("case", of_kind("special"))
def test_farms_zones_and_local_units_are_told_apart(case: dict[str, Any]) -> None:
    expected, read = case["expected"], read_code(case["input"])
    if expected["level"] == "local_special":
        assert read.local
        with pytest.raises(CockpitError) as refused:
            parse_code(case["input"])
        assert refused.value.key == "local_code"
    else:
        assert read.level == LEVELS[expected["level"]]
        assert regions.is_special_town(read.code) == expected["is_special_township"]
    if "parent" in expected:
        assert read.parent == parse_code(expected["parent"])


@pytest.mark.parametrize("case", of_kind("parent"))
def test_a_parent_is_found_and_a_virtual_one_is_known_as_such(case: dict[str, Any]) -> None:
    parent = read_code(case["input"]).parent
    assert parent == parse_code(case["expected"]["parent"])
    assert regions.is_virtual_group(parent) == case["expected"].get("parent_is_virtual", False)


def test_zones_in_county_position_are_known() -> None:
    assert regions.is_statistical_zone(parse_code("140271"))
    assert not regions.is_statistical_zone(parse_code("440904"))


@pytest.mark.parametrize("word", ["township", "乡镇", "TOWN", "街道"])
def test_a_level_has_many_spellings(word: str) -> None:
    assert Level.parse(word) is Level.TOWN


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(CockpitError) as refused:
        Level.parse("galaxy")
    assert refused.value.key == "unknown_level"


# -- the tree ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", of_kind("rollup"))
def test_a_city_is_made_of_its_counties(case: dict[str, Any]) -> None:
    tree = the_list_of_2023()
    children = tree.children(parse_code(case["input"]))
    assert [canonical(code, Level.COUNTY) for code in children] == case["expected"]["children"]
    assert [tree.name(code) for code in children] == case["expected"]["names"]
    assert tree.has_counties(parse_code(case["input"]))


@pytest.mark.parametrize("case", of_kind("children"))
def test_a_city_may_have_towns_and_no_counties(case: dict[str, Any]) -> None:
    count = case["expected"]["count_townships"]
    city = parse_code(case["input"])
    towns = [a_region(f"{case['input']}{number:03d}", parent=city) for number in range(100, 100 + count)]
    tree = RegionTree([a_region("442000", "中山市"), *towns], root=city)
    assert tree.has_counties(city) != case["expected"]["no_county_level"]
    assert len(tree.at_level(Level.TOWN)) == count


def test_towns_of_the_published_list_hang_below_their_counties_or_their_city() -> None:
    tree = the_list_of_2023()
    dongguan = parse_code("4419")
    assert not tree.has_counties(dongguan)
    assert len(tree.children(dongguan)) > 30
    assert tree.at_level(Level.TOWN, within=dongguan) == tree.children(dongguan)
    maoming = tree.at_level(Level.TOWN, within=parse_code("4409"))
    assert {tree.get(code).parent for code in maoming} <= set(tree.children(parse_code("4409")))


def test_reporting_units_are_parts_of_a_sum_and_nothing_else() -> None:
    tree, zone = a_tree(), parse_code("440972")
    assert tree.children(tree.root)[-1] == zone
    assert zone not in tree.children(tree.root, territories_only=True)
    assert zone not in tree.at_level(Level.COUNTY)
    assert zone in set(tree.members(Level.CITY)["region"])


def test_a_tree_names_every_code_it_lacks() -> None:
    with pytest.raises(CockpitError) as refused:
        a_tree().require([parse_code("110000"), parse_code("440902"), parse_code("120000")])
    assert [issue.key for issue in refused.value.issues] == ["unknown_region", "unknown_region"]


@pytest.mark.parametrize("case", of_kind("sum_check"))
def test_a_zone_inside_a_county_is_not_counted_twice(case: dict[str, Any]) -> None:
    asked = case["input"]
    parts = {
        parse_code("440972" if text.startswith("LOCAL") else text): value
        for text, value in asked["children"].items()
    }
    check = a_tree().check_sum(parse_code(asked["parent"]), parts, asked["total"])
    assert check.ok == case["expected"]["ok"]
    assert check.included == ("note" in case["expected"])


def test_the_rest_that_a_source_does_not_itemise_is_told() -> None:
    own = a_region("440970", "茂名市本级", official=False, reporting_unit=True)
    parts = {parse_code("440902"): 41.89, own.code: 21.87}
    check = a_tree(own).check_sum(parse_code("440900"), parts, 65.58)
    assert (check.ok, check.rest) == (False, pytest.approx(1.82))


@pytest.mark.parametrize("case", of_kind("acl"))
def test_an_empty_scope_covers_nothing(case: dict[str, Any]) -> None:
    scope = [parse_code(case["input"]["scope"])] if case["input"]["scope"] else []
    assert a_tree().covers(scope, parse_code(case["input"]["request"])) == case["expected"]["allowed"]


def test_a_scope_covers_what_lies_below_and_no_sibling() -> None:
    tree = a_tree(a_region("440981101", "谢鸡镇"))
    gaozhou = [parse_code("440981")]
    assert tree.covers(gaozhou, parse_code("440981101"))
    assert not tree.covers(gaozhou, parse_code("440982"))
    assert not tree.covers(gaozhou, parse_code("440900"))


# -- history -----------------------------------------------------------------------------------------------


def a_history(case: dict[str, Any]) -> RegionTree:
    """The lists of the case as stretches of validity, the handed successors entered at their end."""
    heirs = tuple(parse_code(code) for code in case["expected"].get("successors", ()))
    asked = case["input"]["code"]
    found = []
    for code, seen in case["evidence"].items():
        for number, stretch in enumerate(seen):
            end = int(stretch["last_seen"][:4])
            last = number == len(seen) - 1
            found.append(
                a_region(
                    code,
                    stretch["name"],
                    valid_from=date(int(stretch["first_seen"][:4]), 1, 1),
                    valid_to=None if end == 2019 else date(end, 12, 31),
                    successor=heirs if code == asked and last else (),
                )
            )
    return RegionTree([a_region("44", "广东省"), *found], root=parse_code("44"))


@pytest.mark.parametrize("case", of_kind("history"))
def test_a_code_means_what_it_meant_on_that_day(case: dict[str, Any]) -> None:
    tree, code = a_history(case), parse_code(case["input"]["code"])
    year, month = map(int, case["input"]["as_of"].split("-"))
    on, expected = date(year, month, 31), case["expected"]
    assert tree.valid(code, on) == expected.get("valid", True)
    if "name" in expected:
        assert tree.name(code, on) == expected["name"]
    if "successors" in expected:
        heirs, review = tree.in_force([code], on)
        assert [canonical(heir, Level.COUNTY) for heir in heirs] == expected["successors"]
        assert review


@pytest.mark.parametrize("case", of_kind("history_login"))
def test_a_permission_bound_to_an_abolished_code_needs_a_review(case: dict[str, Any]) -> None:
    scope, review = a_tree().in_force([parse_code(case["input"]["user_scope"])], date(2015, 12, 31))
    assert [canonical(code, Level.COUNTY) for code in scope] == case["expected"]["effective_scope"]
    assert review == case["expected"]["needs_admin_review"]


@pytest.mark.parametrize("case", of_kind("history_warning"))
def test_a_boundary_change_breaks_the_comparison_with_the_year_before(case: dict[str, Any]) -> None:
    tree = a_tree()
    comparable = [
        tree.comparable(parse_code(code), date(2013, 12, 31), date(2014, 12, 31))
        for code in case["input"]["values"]
    ]
    assert any(comparable) == case["expected"]["fires"]


def test_a_region_that_absorbs_another_keeps_its_code_and_breaks_its_series() -> None:
    gone = a_region("440116", "萝岗区", valid_to=date(2014, 1, 24), successor=(parse_code("440112"),))
    tree = RegionTree(
        [a_region("440100", "广州市"), a_region("440112", "黄埔区"), gone], root=parse_code("4401")
    )
    assert tree.breaks(parse_code("440112")) == (date(2014, 1, 25),)
    assert not tree.comparable(parse_code("440112"), date(2013, 12, 31), date(2014, 12, 31))
    assert tree.comparable(parse_code("440112"), date(2014, 12, 31), date(2015, 12, 31))


# -- names -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", of_kind("name"))
def test_a_name_in_a_file_finds_its_region(case: dict[str, Any]) -> None:
    found = a_tree().find(case["input"])
    assert found.code == parse_code(case["expected"]["code"])
    if case["expected"].get("via") == "historical alias":
        assert found.via == "former name"
    assert bool(found.notes) == case["expected"].get("as_of_warning", False)


def test_a_name_that_two_regions_bear_is_refused_with_both_codes() -> None:
    tree = a_tree(a_region("440902400", "新华农场"), a_region("440904400", "新华农场"))
    with pytest.raises(CockpitError) as refused:
        tree.parse("新华农场")
    assert refused.value.key == "ambiguous_region"
    assert "440904400000" in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "near"), [("高洲市", "高州市"), ("信宜县", "信宜市"), ("Shuidog", "水东镇")]
)
def test_a_slip_in_a_name_is_answered_with_the_nearest_name(typed: str, near: str) -> None:
    with pytest.raises(CockpitError) as refused:
        a_tree(a_region("440904100", "水东镇", name_en="Shuidong")).parse(typed)
    assert refused.value.key == "unknown_region"
    assert str(refused.value) == f"没有区划“{typed}”。\n  您是不是要写“{near}”？"


def test_a_code_that_nobody_bears_is_told_as_it_was_typed() -> None:
    with pytest.raises(CockpitError) as refused:
        a_tree().parse("999999")
    assert str(refused.value).startswith("没有区划“999999”。")


def test_a_name_that_nobody_bears_is_unknown() -> None:
    with pytest.raises(CockpitError) as refused:
        a_tree().parse("亚特兰蒂斯")
    assert refused.value.key == "unknown_region"


def test_every_handed_kind_of_case_is_walked() -> None:
    walked = {"parse", "special", "parent", "rollup", "children", "sum_check", "acl", "history"}
    assert {case["kind"] for case in ALL} == walked | {"history_login", "history_warning", "name"}


# -- laws --------------------------------------------------------------------------------------------------

CODES = st.builds(
    lambda digits, width: f"{digits:012d}"[:width],
    st.integers(110101001001, 659999599999),
    st.sampled_from([2, 4, 6, 9, 12]),
)


@given(CODES)
def test_every_spelling_of_a_code_is_one_code(text: str) -> None:
    code = parse_code(text)
    assert parse_code(f"{code:012d}") == parse_code(f"{code:012d}.0") == code
    assert parse_code(canonical(code, regions.level_of(code))) == code


@given(CODES)
def test_parents_by_digits_end_at_a_province(text: str) -> None:
    code, steps = parse_code(text), 0
    while (above := regions.parent_by_digits(code)) is not None:
        assert regions.level_of(above) < regions.level_of(code)
        code, steps = above, steps + 1
    assert steps <= 4
