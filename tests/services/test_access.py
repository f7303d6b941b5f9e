"""Who may see and do what, and where."""

from pathlib import Path

import pytest

from data_access.packs import load_pack
from indicators.errors import CockpitError
from services.access import ACTIONS, ROLE_NAMES, ROLES, SYSTEM, Actor, may, narrow, require, scope

PACK = Path(__file__).resolve().parents[2] / "packs" / "440900"
CITY, GAOZHOU, HUAZHOU = 440900000000, 440981000000, 440982000000
PROVINCE = 440000000000
GAOZHOU_TOWN, HUAZHOU_TOWN = 440981002000, 440982001000


@pytest.fixture(scope="module")
def tree():
    return load_pack(PACK).tree


def an_actor(role="leader", *regions, systems=("*",)):
    return Actor(id="1", name="somebody", role=role, regions=regions, systems=systems)


@pytest.mark.parametrize(
    ("regions", "asked", "seen"),
    [
        ((CITY,), CITY, "own"),
        ((CITY,), GAOZHOU, "own"),
        ((CITY,), GAOZHOU_TOWN, "own"),
        ((CITY,), PROVINCE, "context"),
        ((GAOZHOU,), GAOZHOU, "own"),
        ((GAOZHOU,), GAOZHOU_TOWN, "own"),
        ((GAOZHOU,), CITY, "context"),
        ((GAOZHOU,), PROVINCE, "context"),
        ((GAOZHOU,), HUAZHOU, None),
        ((GAOZHOU,), HUAZHOU_TOWN, None),
        ((GAOZHOU_TOWN,), GAOZHOU, "context"),
        ((GAOZHOU, HUAZHOU), HUAZHOU_TOWN, "own"),
        ((), CITY, None),
    ],
)
def test_a_reader_sees_the_own_subtree_in_full_and_what_lies_above_as_context(tree, regions, asked, seen):
    assert scope(an_actor("county_head", *regions), tree, asked) == seen


def test_siblings_fall_out_of_every_question_and_the_order_stays(tree):
    head = an_actor("county_head", GAOZHOU)
    assert narrow(head, tree, (HUAZHOU, CITY, GAOZHOU_TOWN, HUAZHOU_TOWN, GAOZHOU)) == (
        CITY,
        GAOZHOU_TOWN,
        GAOZHOU,
    )


def test_narrowing_and_scope_agree_on_every_region(tree):
    for regions in ((CITY,), (GAOZHOU,), (GAOZHOU_TOWN, HUAZHOU), ()):
        actor = an_actor("analyst", *regions)
        everything = tuple(region.code for region in tree)
        assert narrow(actor, tree, everything) == tuple(
            code for code in everything if scope(actor, tree, code) is not None
        )


def test_the_system_sees_everything_and_may_everything(tree):
    assert narrow(SYSTEM, tree, (CITY, HUAZHOU)) == (CITY, HUAZHOU)
    assert all(may(SYSTEM, action, tree, CITY) for action in ACTIONS)


def test_context_may_be_seen_and_not_acted_upon(tree):
    head = an_actor("county_head", GAOZHOU)
    assert may(head, "view", tree, CITY)
    assert may(head, "handle", tree, GAOZHOU)
    assert not may(head, "handle", tree, CITY)
    assert not may(head, "handle", tree, HUAZHOU)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("leader", {"view", "handle", "note", "command", "supervise"}),
        ("county_head", {"view", "handle", "note", "command", "supervise", "answer", "propose"}),
        ("analyst", {"view", "note", "check"}),
        (
            "editor",
            {
                "view",
                "note",
                "load",
                "define",
                "record",
                "layout",
                "propose",
                "check",
                "feeds",
                "regions",
                "plans",
            },
        ),
        ("clerk", {"view", "note", "load", "propose"}),
        ("reviewer", {"view", "note", "review"}),
        ("publisher", {"view", "note", "publish"}),
        ("expert", {"view", "score"}),
        ("duty", {"view", "handle", "note", "command", "record", "supervise"}),
        ("unit", {"answer", "propose"}),
        ("viewer", {"view"}),
        ("admin", {"view", "accounts", "screens", "operate", "channels"}),
        ("security_admin", {"grants"}),
        ("auditor", {"audit"}),
        ("no such role", set()),
    ],
)
def test_each_role_may_do_what_it_is_for_and_nothing_else(role, allowed):
    assert {action for action in ACTIONS if may(an_actor(role, CITY), action)} == allowed


def test_the_three_powers_are_never_in_one_hand():
    powers = ({"load", "define"}, {"grants"}, {"audit"})
    for role in ROLE_NAMES:
        assert sum(bool(ROLES[role] & power) for power in powers) <= 1


def test_a_reader_of_some_systems_does_not_see_the_others(tree):
    actor = an_actor("analyst", CITY, systems=("econ",))
    assert may(actor, "view", tree, CITY, "econ")
    assert not may(actor, "view", tree, CITY, "emerg")


def test_a_region_that_cannot_be_placed_is_refused():
    assert not may(an_actor("leader", CITY), "view", None, CITY)


def test_a_refusal_names_the_act_and_the_place_and_who_can_help(tree):
    with pytest.raises(CockpitError) as refused:
        require(an_actor("county_head", GAOZHOU), "view", tree, HUAZHOU)
    issue = refused.value.issues[0]
    assert (refused.value.key, issue.params["place"]) == ("forbidden", "化州市")
    assert issue.do
