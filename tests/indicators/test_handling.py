"""What is told of warnings and when: the worked cases, and the rules of folding, silences, escalation, flapping."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from indicators.alerts import Health
from indicators.handling import (
    REGIONS,
    Course,
    Inhibition,
    Instance,
    Kind,
    Silence,
    Standing,
    Timetable,
    decide,
    flaps,
    folded,
    followed,
    grouped,
    hushed,
    nearest,
    summary,
    turns_often,
    unrest,
)
from indicators.rules import WarningLevel

CASES = Path(__file__).parents[1] / "cases" / "alerting"
CITY, COUNTY, TOWN = 440900, 440904, 440904100
A_MINUTE = 60
NEVER = Timetable()


def cases(name: str, part: str) -> list:
    found = json.loads((CASES / name).read_text(encoding="utf-8"))[part]
    return [pytest.param(case, id=case["id"]) for case in found]


def case_of(name: str, part: str, identity: str) -> dict:
    found = json.loads((CASES / name).read_text(encoding="utf-8"))[part]
    return next(case for case in found if case["id"] == identity)


def a_warning(region: int = COUNTY, level: int = 2, rule: str = "gdp.yoy", **more) -> Standing:
    plain = {"opened": 202401, "version": 1, "period": 202401, "since": 0}
    return Standing(Instance(rule, region), rule.partition("~")[0], level, **(plain | more))


def above(one: Standing) -> tuple[int, ...]:
    """City, county and town by the digits, which is what the cases are about."""
    digits = str(one.instance.region)
    cuts = [digits[:-2] + "00"] if len(digits) == 6 and digits[-2:] != "00" else []
    return (int(digits[:6]), int(digits[:4] + "00")) if len(digits) > 6 else tuple(map(int, cuts))


class Follower:
    """One instance as it is followed: what stands is said to it, and it keeps what was told."""

    def __init__(self, timetable: Timetable = NEVER) -> None:
        self.course = Course()
        self.timetable = timetable
        self.told: list[tuple[int, Kind]] = []

    def sees(self, one: Standing, now: int, **more) -> list[Kind]:
        """What is told now that this stands."""
        if one.level and one.version != self.course.version:
            self.course = followed(replace(one, since=now), self.course)
        said, self.course = decide(one, self.course, self.timetable, now, above=above(one), **more)
        self.told += [(now, each.kind) for each in said]
        return [each.kind for each in said]


# ---- the worked cases


@pytest.mark.parametrize("case", cases("inhibition_cases.json", "cases"))
def test_the_inhibition_cases(case):
    relations = [Inhibition(one["source"], one["target"], tuple(one["equal"])) for one in case["rules"]]
    inhibited = any(
        relation.covers(source, case["target"])
        for relation in relations
        for source in case["active_sources"]
        if not source.get("_resolved")
    )
    assert inhibited is case["expected_inhibited"]


@pytest.mark.parametrize("case", cases("region_tree_cases.json", "cases"))
def test_the_region_tree_cases(case):
    """The reader answers for the whole city, as the notified of the cases do."""
    standing = {
        one["region"]: a_warning(
            int(one["region"]),
            0 if one.get("resolved") else WarningLevel[one["level"].upper()],
            one["indicator"],
            health=Health.NO_DATA if one.get("health") == "no_data" else Health.OK,
            acked=one.get("acked", False),
            version=number,
        )
        for number, one in enumerate(case["active"], 1)
    }
    under = nearest(standing.values(), above)
    told_before = {one["region"] for one in case["active"] if one.get("acked")}
    said = []
    for region, one in standing.items():
        source = under.get(one.instance)
        known = Course(version=one.version, told=one.version, believed=one.opened, level=one.level)
        course = known if region in told_before else followed(one, Course())
        told, _ = decide(one, course, NEVER, 0, near=source.region if source else 0, above=above(one))
        said += [each for each in told if not each.unless and each.kind is Kind.OPEN]
    expected = case["expected"]
    if "group_notifications" in expected:
        groups = grouped(said, lambda region: above(a_warning(region))[0])
        assert [len(group.said) for group in groups] == [expected["contains"]]
        assert len(groups) == expected["group_notifications"]
        return
    told = {(str(one.instance.region), WarningLevel(one.level).word) for one in said}
    assert told == {(one["region"], one["level"]) for one in expected["notified"]}
    shown: dict[str, list[str]] = {}
    for one, source in folded(under).items():
        shown.setdefault(str(source.region), []).append(str(one.region))
    assert shown == expected.get("summarised_under", {})


@pytest.mark.parametrize("case", cases("notification_cases.json", "dedup"))
def test_the_cases_of_what_needs_another_message(case):
    """A group of the case is several instances here; each knows whether it was told of, and as what."""
    before = case["last_notification"] or {"firing": [], "resolved": []}
    repeat = (case["repeat_interval_min"] or 0) * A_MINUTE
    timetable = Timetable(repeat=(repeat,) * 5)
    now, said = 100 * A_MINUTE, []
    for state in ("firing", "resolved"):
        for number in case["now"][state]:
            one = a_warning(rule=f"rule{number}", level=2 if state == "firing" else 0, version=number)
            at = now - (case["last_age_min"] or 0) * A_MINUTE
            known = Course(version=number, told=number, told_at=at, believed=one.opened, level=2, since=at)
            fresh = Course() if one.level == 0 else followed(replace(one, since=now), Course())
            said += decide(one, known if number in before["firing"] else fresh, timetable, now)[0]
    assert bool(said) is case["expected_notify"]


def test_a_silence_holds_from_its_first_to_its_last_second():
    case = case_of("notification_cases.json", "silence_ack_escalation", "SL-02")
    silence = Silence(1, "", "", CITY, 4, case["start"], case["end"])
    assert silence.active(case["at"]) is case["active"]
    assert [silence.active(at) for at in (99, 100, 200, 201)] == [False, True, True, False]


def test_a_silence_stops_what_is_told_and_nothing_else():
    one = a_warning(silenced=True)
    follower = Follower()
    assert follower.sees(one, 0) == []
    assert (one.level, one.opened) == (2, 202401)


def test_a_silence_of_the_lower_level_is_broken_by_an_upgrade():
    silence = Silence(1, "gdp.yoy", "", CITY, WarningLevel.YELLOW, 0, 100)
    within = {CITY: {CITY, COUNTY}}
    assert silence.covers(a_warning(level=2), 2, lambda outer, code: code in within[outer])
    assert not silence.covers(a_warning(level=3), 3, lambda outer, code: code in within[outer])
    follower = Follower()
    follower.sees(a_warning(level=2), 0)
    follower.sees(a_warning(level=2, silenced=True), 1)
    assert follower.sees(a_warning(level=3, version=2, upgraded=True), 2) == [Kind.UPGRADE]


def test_an_acknowledgement_stops_repeats_and_escalation():
    timetable = Timetable(repeat=(0, 10, 10, 10, 10), steps=((), (30,), (30,), (30,), (30,)))
    waiting, taken = Follower(timetable), Follower(timetable)
    waiting.sees(a_warning(), 0)
    taken.sees(a_warning(), 0)
    for now in range(1, 40):
        waiting.sees(a_warning(), now)
        taken.sees(a_warning(acked=True), now)
    assert waiting.told == [(0, Kind.OPEN), (10, Kind.REPEAT), (20, Kind.REPEAT), (30, Kind.ESCALATE)]
    assert taken.told == [(0, Kind.OPEN)]


def test_the_escalation_counts_from_the_end_of_a_silence():
    case = case_of("notification_cases.json", "silence_ack_escalation", "ES-07")
    begin, end = (minute * A_MINUTE for minute in case["silenced"])
    silence = Silence(1, "", "", CITY, 4, begin, end)
    follower = Follower(Timetable(steps=((0,),) * 5))
    for now in range(0, 90 * A_MINUTE, 1):
        quiet = hushed([silence], follower.course.since, now)
        follower.sees(a_warning(silenced=silence.active(now)), now, quiet=quiet)
    sent = [now // A_MINUTE for now, kind in follower.told if kind is Kind.ESCALATE]
    assert sent == [minute for minute, _ in case["expected_sent"]]


# ---- folding


def under(*warnings: Standing, inhibitions=(REGIONS,)) -> dict[int, int]:
    found = folded(nearest(warnings, above, inhibitions))
    return {one.region: source.region for one, source in found.items()}


@pytest.mark.parametrize(
    ("parent", "folds"),
    [
        ({"level": 3}, True),
        ({"level": 2}, True),
        ({"level": 1}, False),
        ({"level": 3, "acked": True}, True),
        ({"level": 3, "silenced": True}, False),
        ({"level": 3, "health": Health.NO_DATA}, False),
        ({"level": 3, "health": Health.STALE}, False),
        ({"level": 0}, False),
        ({"level": 3, "rule": "gdp.yoy~falling"}, True),
        ({"level": 3, "rule": "cpi.yoy"}, False),
    ],
)
def test_when_a_warning_above_stands_for_one_below(parent, folds):
    assert under(a_warning(CITY, **parent), a_warning(COUNTY, 2)) == ({COUNTY: CITY} if folds else {})


def test_what_is_folded_is_shown_under_the_outermost():
    assert under(a_warning(CITY, 4), a_warning(COUNTY, 3), a_warning(TOWN, 2)) == {COUNTY: CITY, TOWN: CITY}


def test_a_weaker_city_leaves_the_town_to_its_county():
    assert under(a_warning(CITY, 1), a_warning(COUNTY, 3), a_warning(TOWN, 2)) == {TOWN: COUNTY}


def test_two_rules_of_one_indicator_in_one_region_both_stand():
    assert under(a_warning(COUNTY), a_warning(COUNTY, 4, "gdp.yoy~falling")) == {}


def test_a_composite_that_says_so_stands_for_its_members_in_its_own_region():
    composite, member = a_warning(COUNTY, 3, "economy~all"), a_warning(COUNTY, 2)
    elsewhere = a_warning(TOWN, 2)
    relation = summary("economy~all", "gdp.yoy")
    found = nearest([composite, member, elsewhere], above, (relation,))
    assert found == {member.instance: composite.instance}
    assert nearest([replace(composite, level=1), member], above, (relation,)) == {}


def test_who_was_spared_is_told_once_when_the_warning_above_ends():
    follower = Follower()
    child = a_warning(COUNTY, 2)
    said, course = decide(child, followed(child, Course()), NEVER, 0, near=CITY, above=above(child))
    assert [(one.kind, one.unless, one.only) for one in said] == [(Kind.OPEN, CITY, 0)]
    follower.course = course
    said, course = decide(child, course, NEVER, 5, near=0, above=above(child))
    assert [(one.kind, one.unless, one.only, one.opened) for one in said] == [
        (Kind.RELEASED, 0, CITY, child.opened)
    ]
    assert decide(child, course, NEVER, 6, near=0, above=above(child))[0] == ()


def test_a_nearer_warning_that_opens_later_spares_nobody_who_knows():
    town = a_warning(TOWN, 2)
    _, course = decide(town, followed(town, Course()), NEVER, 0, near=CITY, above=above(town))
    said, course = decide(town, course, NEVER, 1, near=COUNTY, above=above(town))
    assert (said, course.spared) == ((), CITY)
    said, course = decide(town, course, NEVER, 2, above=above(town))
    assert [(one.kind, one.only) for one in said] == [(Kind.RELEASED, CITY)]


# ---- the course of one warning


def test_what_is_told_of_a_warning_from_its_opening_to_its_end():
    follower = Follower()
    steps = [
        (a_warning(level=2), [Kind.OPEN]),
        (a_warning(level=2), []),
        (a_warning(level=4, version=2, upgraded=True), [Kind.UPGRADE]),
        (a_warning(level=2, version=2, upgraded=True), []),
        (a_warning(level=3, version=3, upgraded=True), [Kind.UPGRADE]),
        (a_warning(level=0, version=3), [Kind.RESOLVE]),
        (a_warning(level=0, version=3), []),
        (a_warning(level=1, opened=202406, version=4), [Kind.OPEN]),
    ]
    assert [follower.sees(one, now) for now, (one, _) in enumerate(steps)] == [told for _, told in steps]


def test_what_opened_and_ended_between_two_looks_is_told_to_nobody():
    assert Follower().sees(a_warning(level=0, version=5), 0) == []


def test_another_opening_closes_what_people_took_to_be_open():
    follower = Follower()
    follower.sees(a_warning(opened=202401, version=1), 0)
    assert follower.sees(a_warning(opened=202405, version=7), 1) == [Kind.RESOLVE, Kind.OPEN]


def test_a_revision_to_something_milder_alarms_nobody_and_to_something_graver_does():
    milder, graver = Follower(), Follower()
    milder.sees(a_warning(level=3), 0)
    graver.sees(a_warning(level=3), 0)
    assert milder.sees(a_warning(level=2, version=2), 1) == []
    assert graver.sees(a_warning(level=4, version=2), 1) == [Kind.UPGRADE]


def test_a_warning_that_outlives_its_silence_is_told_once():
    follower = Follower()
    assert follower.sees(a_warning(silenced=True), 0) == []
    assert follower.sees(a_warning(), 10, over=True) == [Kind.SILENCE_OVER]
    assert follower.sees(a_warning(), 11) == []
    assert follower.sees(a_warning(level=0), 12) == [Kind.RESOLVE]


def test_an_end_within_a_silence_is_told_when_the_silence_is_over():
    follower = Follower()
    follower.sees(a_warning(), 0)
    assert follower.sees(a_warning(level=0, silenced=True), 1) == []
    assert follower.sees(a_warning(level=0), 2) == [Kind.RESOLVE]


def test_missing_figures_of_an_open_warning_are_told_once_until_they_come():
    follower = Follower()
    follower.sees(a_warning(), 0)
    gone = a_warning(health=Health.NO_DATA)
    assert [follower.sees(gone, 1), follower.sees(gone, 2)] == [[Kind.NO_DATA], []]
    follower.sees(a_warning(), 3)
    assert follower.sees(gone, 4) == [Kind.NO_DATA]


def test_a_step_of_the_escalation_that_was_missed_is_taken_in_order():
    follower = Follower(Timetable(steps=((), (), (10, 20, 30), (), ())))
    follower.sees(a_warning(), 0)
    said, _ = decide(a_warning(), follower.course, follower.timetable, 25)
    assert [one.step for one in said] == [1, 2]


def test_an_upgrade_starts_the_escalation_anew():
    follower = Follower(Timetable(steps=((), (), (10,), (10,), (10,))))
    follower.sees(a_warning(), 0)
    assert follower.sees(a_warning(), 10) == [Kind.ESCALATE]
    assert follower.sees(a_warning(level=3, version=2, upgraded=True), 12) == [Kind.UPGRADE]
    assert follower.sees(a_warning(level=3, version=2, upgraded=True), 21) == []
    assert follower.sees(a_warning(level=3, version=2, upgraded=True), 22) == [Kind.ESCALATE]


# ---- flapping


def test_while_it_flaps_there_is_one_advice_and_no_opening_or_end():
    follower = Follower()
    follower.sees(a_warning(version=1), 0)
    seen = [
        follower.sees(a_warning(level=0, version=1, flapping=True), 1),
        follower.sees(a_warning(opened=202403, version=2, flapping=True), 2),
        follower.sees(a_warning(level=4, opened=202403, version=3, upgraded=True, flapping=True), 3),
        follower.sees(a_warning(level=0, version=3, flapping=True), 4),
        follower.sees(a_warning(level=0, version=3), 5),
    ]
    assert seen == [[Kind.FLAPPING], [], [Kind.UPGRADE], [], [Kind.RESOLVE]]


def test_six_turns_in_twelve_periods_are_flapping():
    months = [202401, 202402, 202404, 202405, 202407, 202408]
    assert turns_often(months, 202401, 6)
    assert not turns_often(months, 202402, 6)


@pytest.mark.parametrize(
    ("results", "share"),
    [
        ("." * 21, 0),
        (".x" * 10 + ".", 100),
        ("." * 20 + "x", 6.0),
        ("x" + "." * 20, 4.0),
        ("x", 0),
    ],
)
def test_newer_changes_weigh_more(results, share):
    assert unrest([sign == "x" for sign in results]) == pytest.approx(share)


def test_flapping_begins_above_the_high_share_and_ends_below_the_low_one():
    assert [flaps(share, False, 5, 20) for share in (20, 20.1)] == [False, True]
    assert [flaps(share, True, 5, 20) for share in (5, 4.9)] == [True, False]


# ---- groups


def test_what_belongs_together_is_one_message_with_one_key():
    said = [decide(one, followed(one, Course()), NEVER, 0)[0][0] for one in map(a_warning, (440902, 440904))]
    first, again = grouped(said, lambda _: CITY), grouped(reversed(said), lambda _: CITY)
    assert len(first) == 1
    assert [one.key for one in first] == [one.key for one in again]
    other = a_warning(440904, period=202402)
    assert len(grouped([*said, *decide(other, followed(other, Course()), NEVER, 0)[0]], lambda _: CITY)) == 2


def test_seconds_of_silences_that_overlap_count_once():
    spans = [Silence(1, "", "", CITY, 4, 0, 10), Silence(2, "", "", CITY, 4, 5, 20)]
    assert [hushed(spans, 0, 30), hushed(spans, 8, 30), hushed(spans, 0, 7)] == [20, 12, 7]
