"""Laws that hold for any history of warnings and whatever people do meanwhile.

The laws of the state alone (an OPEN, changes, a RESOLVE; noise; silence is no recovery; order of arrival; tighter
thresholds and longer holds) are in test_alerts.py; here are those of what is told.
"""

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from indicators.handling import (
    Course,
    Instance,
    Kind,
    Said,
    Standing,
    Timetable,
    decide,
    folded,
    followed,
    nearest,
)
from tests.builders import CITY, COUNTY_A, COUNTY_B, TOWN_A1, TOWN_A2, a_tree

TREE = a_tree()
REGIONS = (CITY, COUNTY_A, COUNTY_B, TOWN_A1, TOWN_A2)
READERS = (CITY, COUNTY_A, COUNTY_B)
NEVER = Timetable()

courses = st.lists(st.tuples(*(st.integers(0, 4) for _ in REGIONS)), min_size=1, max_size=12)
"""The level of every region, moment after moment."""


@dataclass
class Told:
    """Everything that was told, with what happened."""

    said: list[tuple[int, Said]] = field(default_factory=list)
    happened: list[tuple[int, Instance, str, int]] = field(default_factory=list)

    def heard(self, reader: int) -> list[tuple[int, Said]]:
        """What somebody hears who answers for a region and what lies in it."""

        def answers(region: int) -> bool:
            return TREE.contains(reader, region)

        return [
            (now, one)
            for now, one in self.said
            if answers(one.instance.region)
            and not (one.unless and answers(one.unless))
            and (not one.only or answers(one.only))
        ]


def above(one: Standing) -> tuple[int, ...]:
    return TREE.ancestors(one.instance.region)


def follow(levels: list[tuple[int, ...]], timetable: Timetable = NEVER, start: int = 0) -> Told:
    """Follow the warnings of one rule in all regions, as a round does it."""
    told, standing, kept = Told(), {}, {}
    version = 0
    for now, moment in enumerate(levels, start):
        fresh = set()
        for region, level in zip(REGIONS, moment, strict=True):
            instance = Instance("gdp.yoy", region)
            before = standing.get(instance, Standing(instance, "gdp.yoy", 0, 0))
            after = replace(before, level=level)
            if level > before.level:
                version += 1
                opened = before.opened if before.level else now + 1
                after = replace(
                    after, opened=opened, version=version, upgraded=before.level > 0, period=now, since=now
                )
                fresh.add(instance)
                kind = "upgrade" if before.level else "open"
                told.happened.append((now, instance, kind, version))
            elif before.level and not level:
                told.happened.append((now, instance, "resolve", before.version))
            standing[instance] = after
        under = nearest(standing.values(), above)
        for instance, one in standing.items():
            course = kept.get(instance, Course())
            course = followed(one, course) if instance in fresh else course
            source = under.get(instance)
            said, kept[instance] = decide(
                one, course, timetable, now, near=source.region if source else 0, above=above(one)
            )
            told.said += [(now, each) for each in said]
    return told


@given(courses)
def test_every_turn_is_told_to_each_reader_exactly_once_or_stands_under_one_that_is(levels):
    told = follow(levels)
    for reader in READERS:
        heard = [
            (one.instance, one.version)
            for _, one in told.heard(reader)
            if one.kind in (Kind.OPEN, Kind.UPGRADE, Kind.RELEASED)
        ]
        assert len(heard) == len(set(heard))
        for now, instance, kind, version in told.happened:
            if kind == "resolve" or not TREE.contains(reader, instance.region):
                continue
            spared = next(
                one.unless
                for moment, one in told.said
                if moment == now and one.instance == instance and one.version == version
            )
            if not (spared and TREE.contains(reader, spared)):
                assert (instance, version) in heard


@given(courses)
def test_whoever_heard_of_an_opening_hears_of_the_end(levels):
    told = follow([*levels, (0,) * len(REGIONS)])
    for reader in READERS:
        open_now: dict[Instance, int] = {}
        for _, one in told.heard(reader):
            if one.kind is Kind.RESOLVE:
                assert open_now.pop(one.instance, None) == one.opened
            else:
                open_now[one.instance] = one.opened
        assert open_now == {}


@given(courses)
def test_who_was_spared_hears_of_it_as_soon_as_nothing_stands_for_it_any_more(levels):
    told = follow(levels)
    last = dict(zip(REGIONS, levels[-1], strict=True))
    standing = [Standing(Instance("gdp.yoy", region), "gdp.yoy", level, 1) for region, level in last.items()]
    under = nearest(standing, above)
    for reader in READERS:
        heard = {(one.instance, one.version) for _, one in told.heard(reader)}
        for one in standing:
            source = under.get(one.instance)
            mine = TREE.contains(reader, one.instance.region)
            stands_for = source is not None and TREE.contains(reader, source.region)
            if not one.level or not mine or stands_for:
                continue
            version = max(v for _, instance, _, v in told.happened if instance == one.instance)
            assert (one.instance, version) in heard


@given(courses)
def test_nothing_is_said_about_a_region_outside_the_scope(levels):
    told = follow(levels)
    for reader in READERS:
        assert all(TREE.contains(reader, one.instance.region) for _, one in told.heard(reader))


@given(courses, st.integers(1, 6))
def test_looking_again_without_news_tells_nothing(levels, often):
    once = follow(levels)
    stuttering = [moment for moment in levels for _ in range(often)]
    again = follow(stuttering)
    assert [(one.kind, one.instance) for _, one in again.said] == [
        (one.kind, one.instance) for _, one in once.said
    ]


@given(st.tuples(*(st.integers(0, 4) for _ in REGIONS)))
def test_nothing_folds_itself_and_what_folds_is_open_above_and_as_grave(moment):
    standing = {
        region: Standing(Instance("gdp.yoy", region), "gdp.yoy", level, 1)
        for region, level in zip(REGIONS, moment, strict=True)
    }
    shown = folded(nearest(standing.values(), above))
    for one, source in shown.items():
        assert source.region in TREE.ancestors(one.region)
        assert standing[source.region].level >= standing[one.region].level > 0
        assert source not in shown


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(1, 7), st.integers(1, 9))
def test_repeats_and_steps_come_in_time_and_each_step_once(acked, repeat, step):
    timetable = Timetable(repeat=(0,) + (repeat,) * 4, steps=((),) + ((step, step * 2),) * 4)
    one = Standing(Instance("gdp.yoy", CITY), "gdp.yoy", 4, 1, version=1)
    course, steps, told_at = followed(one, Course()), [], 0
    for now, taken in enumerate(acked):
        said, course = decide(replace(one, acked=taken and now > 0), course, timetable, now)
        assert len(said) <= 2
        if taken and now:
            assert said == ()
        if said:
            assert now == 0 or any(each.kind is Kind.ESCALATE for each in said) or now - told_at >= repeat
            told_at = now
        steps += [each.step for each in said if each.kind is Kind.ESCALATE]
    assert steps == list(range(1, len(steps) + 1))


@given(st.integers(1, 4), st.booleans())
def test_what_has_ended_and_was_told_leaves_nothing_to_wait_for(level, folded_under_the_city):
    one = Standing(Instance("gdp.yoy", TOWN_A1), "gdp.yoy", level, 1, version=1)
    near = CITY if folded_under_the_city else 0
    _, course = decide(one, followed(one, Course()), NEVER, 0, near=near, above=above(one))
    assert course.waits
    said, course = decide(replace(one, level=0), course, NEVER, 1)
    assert ([each.kind for each in said], course.waits) == ([Kind.RESOLVE], False)
