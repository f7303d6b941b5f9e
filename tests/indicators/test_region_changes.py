"""Changes of regions: what each does to the stretches of validity, what is refused, and what a territory was made of."""

import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators import regions
from indicators.region_changes import Change, Kind, Part, changed
from indicators.region_checks import check, checked, free_zone
from indicators.regions import Level, Region, RegionTree, parse_code
from indicators.restating import stretches

CASES = json.loads((Path(__file__).parents[1] / "cases" / "regions" / "region_code_cases.json").read_text())
DAY, BEFORE = date(2026, 7, 1), date(2026, 6, 30)
CITY, ONE, TWO, THREE = (parse_code(code) for code in ("440900", "440902", "440904", "440981"))
NEW, OTHER = parse_code("440905"), parse_code("440906")


def region(code, name="", **more):
    number = parse_code(code)
    more.setdefault("parent", regions.parent_by_digits(number))
    return Region(number, level=regions.level_of(number), kind="", name=name or str(code), **more)


def town(county, place):
    return parse_code(f"{county // 10**6}{place:03d}")


def a_tree(*more, root="440900", today=None):
    """A city of three counties with two towns each."""
    towns = [region(f"{town(county, place):012d}") for county in (ONE, TWO, THREE) for place in (1, 2)]
    counties = [region("440902", "茂南区"), region("440904", "电白区"), region("440981", "高州市")]
    return RegionTree(
        [region("44", "广东省"), region("440900", "茂名市"), *counties, *towns, *more],
        parse_code(root),
        today,
    )


def keys(tree, change):
    return {(issue.key, issue.where) for issue in check(tree, change)}


def a_merger(new=NEW, name="茂电区", day=DAY, old=(ONE, TWO)):
    return Change(Kind.MERGE, day, old, (Part(new, name),))


# -- what each kind does -------------------------------------------------------------------------------------


def test_a_merger_ends_those_before_and_begins_a_new_one_with_all_their_towns():
    tree = changed(a_tree(), [a_merger()])
    then, now = tree.at(BEFORE), tree.at(DAY)
    assert then.children(CITY) == (ONE, TWO, THREE)
    assert now.children(CITY) == (NEW, THREE)
    assert now.children(NEW) == tuple(town(county, place) for county in (ONE, TWO) for place in (1, 2))
    assert then.children(NEW) == now.children(ONE) == ()
    assert now.get(ONE).successor == (NEW,)
    assert now.in_force([ONE]) == ((NEW,), True)
    assert now.made_of(NEW, BEFORE) == (ONE, TWO)
    assert now.breaks(NEW) == (DAY,)
    assert now.breaks(CITY) == now.breaks(THREE) == now.breaks(town(ONE, 1)) == ()


def test_a_region_that_takes_another_in_keeps_its_code_and_breaks_its_series():
    tree = changed(a_tree(), [a_merger(new=ONE, name="", old=(TWO,))]).at(DAY)
    assert tree.children(CITY) == (ONE, THREE)
    assert tree.name(ONE) == "茂南区"
    assert tree.breaks(ONE) == (DAY,)
    assert not tree.comparable(ONE, BEFORE, DAY)
    assert tree.made_of(ONE, BEFORE) == (ONE, TWO)
    assert len(tree.children(ONE)) == 4


def test_a_division_needs_the_towns_to_tell_what_its_parts_were():
    parts = (Part(NEW, "东区", takes=(town(ONE, 1),)), Part(OTHER, "西区", takes=(town(ONE, 2),)))
    tree = changed(a_tree(), [Change(Kind.SPLIT, DAY, (ONE,), parts)]).at(DAY)
    assert tree.children(CITY) == (TWO, NEW, OTHER, THREE)
    assert tree.children(NEW) == (town(ONE, 1),)
    assert tree.made_of(NEW, BEFORE) == (town(ONE, 1),)
    assert tree.get(ONE).successor == (NEW, OTHER)
    bare = changed(tree, [Change(Kind.SPLIT, DAY + timedelta(1), (town(ONE, 1),), (Part(town(ONE, 8), "甲"), Part(town(ONE, 9), "乙")))])  # fmt: skip
    assert bare.at(DAY + timedelta(2)).made_of(town(ONE, 8), BEFORE) is None


def test_a_division_may_leave_the_old_code_to_one_of_its_parts():
    parts = (Part(ONE), Part(NEW, "新区", takes=(town(ONE, 2),)))
    tree = changed(a_tree(), [Change(Kind.SPLIT, DAY, (ONE,), parts)]).at(DAY)
    assert tree.valid(ONE)
    assert tree.children(ONE) == (town(ONE, 1),)
    assert tree.breaks(ONE) == (DAY,)
    assert tree.made_of(ONE, BEFORE) == (town(ONE, 1),)


def test_another_name_breaks_nothing_and_the_old_one_is_still_found():
    tree = changed(a_tree(), [Change(Kind.RENAME, DAY, new=(Part(ONE, "油城区", "Youcheng"),))]).at(DAY)
    assert (tree.at(BEFORE).name(ONE), tree.name(ONE)) == ("茂南区", "油城区")
    assert tree.breaks(ONE) == ()
    assert tree.comparable(ONE, BEFORE, DAY)
    found = tree.find("茂南区")
    assert (found.code, found.via, bool(found.notes)) == (ONE, "former name", True)


def test_another_code_goes_on_with_the_territory_of_the_old_one():
    tree = changed(a_tree(), [Change(Kind.RECODE, DAY, (ONE,), (Part(NEW),))]).at(DAY)
    assert tree.name(NEW) == "茂南区"
    assert tree.made_of(NEW, BEFORE) == (ONE,)
    assert tree.children(NEW) == (town(ONE, 1), town(ONE, 2))
    assert tree.in_force([ONE]) == ((NEW,), True)


def test_codes_may_be_swapped_in_one_change():
    tree = changed(a_tree(), [Change(Kind.RECODE, DAY, (ONE, TWO), (Part(TWO), Part(ONE)))]).at(DAY)
    assert (tree.name(ONE), tree.name(TWO)) == ("电白区", "茂南区")
    assert tree.made_of(ONE, BEFORE) == (TWO,)
    assert tree.made_of(TWO, BEFORE) == (ONE,)
    assert tree.children(ONE) == (town(TWO, 1), town(TWO, 2))
    assert not tree.comparable(ONE, BEFORE, DAY)


def test_a_transfer_breaks_both_regions_above_and_not_the_one_above_these():
    moved = town(ONE, 1)
    tree = changed(a_tree(), [Change(Kind.TRANSFER, DAY, (moved,), parent=TWO)]).at(DAY)
    assert tree.parent(moved) == TWO
    assert tree.at(BEFORE).parent(moved) == ONE
    assert tree.breaks(ONE) == tree.breaks(TWO) == (DAY,)
    assert tree.breaks(moved) == tree.breaks(CITY) == ()
    assert tree.made_of(TWO, BEFORE) == tuple(sorted((town(TWO, 1), town(TWO, 2), moved)))
    assert tree.at(BEFORE).contains(ONE, moved)
    assert not tree.contains(ONE, moved)


def test_a_zone_has_dates_a_way_to_count_and_no_territory():
    code = parse_code("440904401")
    made = Change(Kind.ZONE, DAY, new=(Part(code, "滨海新区"),), parent=TWO, inside=True)
    later = date(2027, 1, 1)
    moved = Change(Kind.ZONE, later, new=(Part(code),), parent=CITY, inside=False)
    tree = changed(a_tree(), [made, moved])
    first, second = tree.at(DAY), tree.at(later)
    assert (first.parent(code), first.get(code).inside) == (TWO, True)
    assert (second.parent(code), second.get(code).inside) == (CITY, False)
    assert first.get(code).reporting_unit
    assert code not in first.children(TWO, territories_only=True)
    assert first.breaks(TWO) == ()
    assert not tree.at(BEFORE).valid(code)


def test_a_zone_beside_changes_the_sum_of_its_county_and_is_given_up_again():
    code = parse_code("440904401")
    made = Change(Kind.ZONE, DAY, new=(Part(code, "滨海新区"),), parent=TWO)
    gone = Change(Kind.CLOSE, date(2027, 1, 1), (code,))
    tree = changed(a_tree(), [made, gone]).at(date(2027, 1, 1))
    assert tree.breaks(TWO) == (DAY, date(2027, 1, 1))
    assert not tree.valid(code)


def test_the_next_zone_gets_the_first_code_that_nobody_ever_bore():
    used = region("440904400", "曙光农场", valid_to=BEFORE)
    assert free_zone(a_tree(used), TWO) == parse_code("440904401")


def test_county_and_towns_may_change_their_codes_on_one_day():
    """As in official lists: the county is merged, and its towns get codes of the new county."""
    moved = Change(Kind.RECODE, DAY, (town(ONE, 1),), (Part(town(NEW, 1)),))
    tree = changed(a_tree(), [a_merger(), moved]).at(DAY)
    assert town(NEW, 1) in tree.children(NEW)
    assert town(ONE, 1) not in tree.children(NEW)
    assert tree.made_of(town(NEW, 1), BEFORE) == (town(ONE, 1),)
    assert tree.at(BEFORE).children(ONE) == (town(ONE, 1), town(ONE, 2))


def test_a_change_of_a_change_is_followed_back():
    later = date(2027, 1, 1)
    tree = changed(a_tree(), [a_merger(), a_merger(new=THREE, name="", day=later, old=(NEW,))]).at(later)
    assert tree.made_of(THREE, BEFORE) == (ONE, TWO, THREE)
    assert tree.made_of(THREE, DAY) == (NEW, THREE)
    past = stretches(tree, THREE)
    assert [(one.last, one.codes) for one in past] == [
        (BEFORE, (ONE, TWO, THREE)),
        (later - timedelta(1), (NEW, THREE)),
    ]


def test_a_change_reads_as_it_was_written():
    parts = (Part(NEW, "东区", "East", "dong", (town(ONE, 1),)),)
    change = Change(Kind.SPLIT, DAY, (ONE,), parts, TWO, inside=True, note="文号")
    assert Change.read(json.loads(json.dumps(change.document()))) == change


# -- real cases ----------------------------------------------------------------------------------------------


def test_dianbai_and_maogang_became_one_district():
    """RG-040, RG-045, RG-046: entered as a change, it says what the handed cases ask for."""
    day = date(2014, 4, 2)
    old = RegionTree(
        [region("440900", "茂名市"), region("440903", "茂港区"), region("440923", "电白县")], CITY
    )
    gone, absorbed = parse_code("440923"), parse_code("440903")
    tree = changed(old, [Change(Kind.MERGE, day, (gone, absorbed), (Part(TWO, "电白区"),))])
    assert tree.at(date(2013, 12, 31)).name(gone) == "电白县"
    now = tree.at(date(2015, 12, 31))
    assert now.in_force([gone]) == ((TWO,), True)
    assert not any(
        now.comparable(code, date(2013, 12, 31), date(2014, 12, 31)) for code in (gone, absorbed, TWO)
    )


@pytest.mark.parametrize("case", [case for case in CASES["cases"] if case["id"] in ("RG-050", "RG-051")],
                         ids=lambda case: case["id"])  # fmt: skip
def test_tianhe_and_fangcun_swapped_codes_and_fangcun_went_into_liwan(case):
    fangcun, tianhe, liwan = (parse_code(code) for code in ("440106", "440107", "440103"))
    guangzhou = parse_code("440100")
    old = RegionTree(
        [region("440100", "广州市"), *(region(f"{code:012d}", name) for code, name in
          ((fangcun, "芳村区"), (tianhe, "天河区"), (liwan, "荔湾区")))], guangzhou
    )  # fmt: skip
    swap = Change(Kind.RECODE, date(1988, 1, 1), (fangcun, tianhe), (Part(tianhe), Part(fangcun)))
    gone = Change(Kind.MERGE, date(2005, 5, 1), (tianhe,), (Part(liwan),))
    tree = changed(old, [swap, gone])
    asked, expected = case["input"], case["expected"]
    year, month = map(int, asked["as_of"].split("-"))
    then = tree.at(date(year, month, 28))
    code = parse_code(asked["code"])
    assert then.valid(code) == expected.get("valid", True)
    if "name" in expected:
        assert then.name(code) == expected["name"]
    if "successors" in expected:
        heirs, review = then.in_force([code])
        assert list(heirs) == [parse_code(text) for text in expected["successors"]]
        assert review


def test_huangpu_took_luogang_in_and_its_series_breaks_without_another_code():
    huangpu, luogang = parse_code("440112"), parse_code("440116")
    old = RegionTree(
        [region("440100", "广州市"), region("440112", "黄埔区"), region("440116", "萝岗区")],
        parse_code("440100"),
    )
    day = date(2014, 1, 25)
    tree = changed(old, [Change(Kind.MERGE, day, (luogang,), (Part(huangpu),))]).at(date(2015, 1, 1))
    assert tree.breaks(huangpu) == (day,)
    assert tree.made_of(huangpu, date(2013, 12, 31)) == (huangpu, luogang)


# -- what is refused -----------------------------------------------------------------------------------------

REFUSED = {
    "one region alone is no merger": (a_merger(old=(ONE,), new=ONE, name=""), ("region_too_few", "old")),
    "a region that nobody knows": (a_merger(old=(ONE, OTHER)), ("unknown_region", "old")),
    "a new region without a name": (a_merger(name=""), ("name_missing", "name.1")),
    "a name that a sibling has": (a_merger(name="高州市"), ("name_taken", "name.1")),
    "a name that is too long": (a_merger(name="区" * 41), ("name_too_long", "name.1")),
    "a name that cannot be printed": (a_merger(name="茂\x00区"), ("name_unprintable", "name.1")),
    "towns with counties": (a_merger(old=(ONE, town(TWO, 1))), ("region_levels", "old")),
    "the city itself": (Change(Kind.RECODE, DAY, (CITY,), (Part(NEW),)), ("region_root", "old")),
    "a code that is taken": (Change(Kind.RECODE, DAY, (ONE,), (Part(TWO),)), ("region_taken", "code.1")),
    "the same code": (Change(Kind.RECODE, DAY, (ONE,), (Part(ONE),)), ("region_same", "code.1")),
    "one part": (Change(Kind.SPLIT, DAY, (ONE,), (Part(NEW, "东区"),)), ("region_too_few", "code.1")),
    "towns left over": (
        Change(Kind.SPLIT, DAY, (ONE,), (Part(NEW, "东区", takes=(town(ONE, 1),)), Part(OTHER, "西区"))),
        ("takes_left", "takes.1"),
    ),
    "a town of another county": (
        Change(Kind.SPLIT, DAY, (ONE,), (Part(ONE), Part(NEW, "东区", takes=(town(TWO, 1),)))),
        ("takes_unknown", "takes.2"),
    ),
    "a transfer to where it is": (
        Change(Kind.TRANSFER, DAY, (town(ONE, 1),), parent=ONE),
        ("region_same", "parent"),
    ),
    "a transfer into itself": (
        Change(Kind.TRANSFER, DAY, (ONE,), parent=town(ONE, 1)),
        ("parent_below", "parent"),
    ),
    "a zone with a code of a town": (
        Change(Kind.ZONE, DAY, new=(Part(parse_code("440904120"), "新区"),), parent=TWO),
        ("zone_code", "code.1"),
    ),
    "a zone with a code of another county": (
        Change(Kind.ZONE, DAY, new=(Part(parse_code("440904401"), "新区"),), parent=THREE),
        ("zone_code_elsewhere", "code.1"),
    ),
    "a zone that reports to nobody": (
        Change(Kind.ZONE, DAY, new=(Part(parse_code("440904401"), "新区"),)),
        ("parent_missing", "parent"),
    ),
    "a region with land is not given up like a zone": (
        Change(Kind.CLOSE, DAY, (ONE,)),
        ("region_not_zone", "old"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_at_its_field(name):
    change, expected = REFUSED[name]
    assert expected in keys(a_tree(), change)


def test_nothing_is_put_in_before_a_later_change():
    tree = changed(a_tree(), [a_merger()])
    earlier = Change(Kind.RENAME, date(2026, 1, 1), new=(Part(ONE, "油城区"),))
    assert ("region_changed_later", "day") in keys(tree, earlier)
    late = Change(Kind.RENAME, date(2027, 1, 1), new=(Part(ONE, "油城区"),))
    assert ("region_not_in_force", "code.1") in keys(tree, late)


def test_changes_of_one_file_are_looked_at_one_after_the_other():
    rename = Change(Kind.RENAME, date(2027, 1, 1), new=(Part(NEW, "南海区"),))
    assert checked(a_tree(), [rename, a_merger()]) == [[], []]
    assert checked(a_tree(), [rename])[0]


# -- laws ----------------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["merge", "absorb", "transfer", "recode"]), st.integers(0, 9), st.integers(0, 9)
    ),
    max_size=6,
)


def a_history(steps):
    """A tree after some changes, one a month, each possible where it comes."""
    tree = a_tree()
    for number, (kind, one, other) in enumerate(steps):
        day = date(2026 + number // 12, number % 12 + 1, 1)
        now = tree.at(day)
        counties = now.at_level(Level.COUNTY)
        first, second = counties[one % len(counties)], counties[other % len(counties)]
        fresh = parse_code(f"4409{30 + number}")
        change = {
            "merge": Change(Kind.MERGE, day, (first, second), (Part(fresh, f"新区{number}"),)),
            "absorb": Change(Kind.MERGE, day, (first,), (Part(second),)),
            "transfer": Change(Kind.TRANSFER, day, now.children(first)[:1], parent=second),
            "recode": Change(Kind.RECODE, day, (first,), (Part(fresh),)),
        }[kind]
        if not check(tree, change):
            tree = changed(tree, [change])
    return tree


@settings(deadline=None, max_examples=60)
@given(STEPS)
def test_no_town_is_ever_lost_or_counted_twice(steps):
    start, tree = a_tree(), a_history(steps)
    towns = sorted(start.at_level(Level.TOWN))
    for day in (date(2025, 12, 31), *tree.edges):
        then = tree.at(day)
        assert sorted(then.at_level(Level.TOWN)) == towns
    now = tree.at(date(2030, 1, 1))
    made = [now.made_of(county, date(2025, 12, 31)) for county in now.at_level(Level.COUNTY)]
    of_towns = [town for codes in made for code in codes or () for town in (start.children(code) or (code,))]
    if None not in made:
        assert sorted(of_towns) == towns


@settings(deadline=None, max_examples=60)
@given(STEPS)
def test_no_two_stretches_of_a_code_meet_and_the_past_is_never_altered(steps):
    tree = a_history(steps)
    for code in {region.code for region in tree}:
        found = tree.versions(code)
        for one, other in pairwise(found):
            assert one.valid_to is not None
            assert one.valid_to < other.valid_from
    before = tree.at(date(2025, 12, 31))
    assert [before.name(code) for code in before.children(CITY)] == ["茂南区", "电白区", "高州市"]
