"""What is done about warnings, as values: which one stands for which, what is silenced, what is told and when.

Nothing here touches the state of a warning: folding, silences and acknowledgements decide about notices and about
what is shown first, and every warning keeps its own level, history and place in the counts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from typing import Final, NamedTuple

from indicators.alerts import Health

Labels = Mapping[str, str]


class Instance(NamedTuple):
    """What is warned about: a rule in a region (and item); the level is no part of it."""

    rule: str
    region: int
    item: int = 0


@dataclass(frozen=True)
class Standing:
    """An open warning, or an instance without one (level 0), as handling looks at it.

    version   the number of its newest opening or upgrade; `upgraded` says which of the two that was
    period    in which that happened
    since     when that was recorded, epoch seconds
    acked     somebody has taken this version
    silenced  a silence covers it now
    flapping  it opens and closes too often
    """

    instance: Instance
    indicator: str
    level: int
    opened: int
    version: int = 0
    upgraded: bool = False
    period: int = 0
    since: int = 0
    health: int = Health.OK
    acked: bool = False
    silenced: bool = False
    flapping: bool = False

    @property
    def opened_now(self) -> int:
        """The warning that is open; 0 if none is."""
        return self.opened if self.level else 0

    @property
    def labels(self) -> Labels:
        """What an inhibition can ask about."""
        rule, _, item = self.instance
        return {"rule": rule, "indicator": self.indicator, "item": str(item)}

    @property
    def speaks(self) -> bool:
        """Whether it can stand for others: it is open, not silenced, and its figures come as they should."""
        return self.level > 0 and not self.silenced and self.health == Health.OK


# -- folding: one warning stands for others ----------------------------------------------------------------


@dataclass(frozen=True)
class Inhibition:
    """A warning that stands for another one.

    source, target  labels with the values that they must have; none: any warning
    equal           labels that must be alike on both; one that both lack is alike
    upward          the source stands in a region above the target's; otherwise in the same region
    """

    source: Labels = field(default_factory=dict)
    target: Labels = field(default_factory=dict)
    equal: tuple[str, ...] = ()
    upward: bool = False

    def may_stand(self, labels: Labels) -> bool:
        """Whether a warning may stand for others."""
        return _match(self.source, labels)

    def may_fold(self, labels: Labels) -> bool:
        """Whether a warning may be folded under another one."""
        return _match(self.target, labels)

    def covers(self, source: Labels, target: Labels) -> bool:
        """Whether the one may stand for the other, as far as labels tell.

        Of two warnings that each fit both sides neither folds the other, where the sides are told apart at all.
        """
        if not (self.may_stand(source) and self.may_fold(target)):
            return False
        if self.source and self.target and self.may_fold(source) and self.may_stand(target):
            return False
        return self.alike(source) == self.alike(target)

    def alike(self, labels: Labels) -> tuple[str, ...]:
        """The values that must be equal on both sides."""
        return tuple(labels.get(name, "") for name in self.equal)


REGIONS: Final = Inhibition(equal=("indicator", "item"), upward=True)
"""A warning stands for those of the same indicator in the regions below."""


def summary(composite: str, member: str) -> Inhibition:
    """A composite rule that says so stands for its members in the same region."""
    return Inhibition({"rule": composite}, {"rule": member}, ("item",))


def nearest(
    warnings: Iterable[Standing],
    above: Callable[[Standing], Sequence[int]],
    inhibitions: Sequence[Inhibition] = (REGIONS,),
) -> dict[Instance, Instance]:
    """Which warning stands nearest above each one that is folded.

    warnings  those that the reader may see, and answers for: what one does not answer for folds nothing
    above     the regions above that of a warning, the nearest first, by the table valid for its period
    """
    warnings = [one for one in warnings if one.level > 0]
    found: dict[Instance, tuple[int, int, Instance]] = {}
    for inhibition in inhibitions:
        sources: dict[tuple[int, tuple[str, ...]], list[Standing]] = defaultdict(list)
        for one in warnings:
            if one.speaks and inhibition.may_stand(one.labels):
                sources[one.instance.region, inhibition.alike(one.labels)].append(one)
        for one in warnings:
            if not inhibition.may_fold(one.labels):
                continue
            places = above(one) if inhibition.upward else (one.instance.region,)
            for distance, region in enumerate(places, int(inhibition.upward)):
                for source in sources.get((region, inhibition.alike(one.labels)), ()):
                    same = source.instance == one.instance
                    if same or source.level < one.level or not inhibition.covers(source.labels, one.labels):
                        continue
                    candidate = (distance, -source.level, source.instance)
                    found[one.instance] = min(found.get(one.instance, candidate), candidate)
    return {instance: source for instance, (_, _, source) in found.items()}


def folded(under: Mapping[Instance, Instance]) -> dict[Instance, Instance]:
    """Under which warning each folded one is shown: the outermost of those that stand for it."""
    shown = {}
    for instance in under:
        outer, seen = instance, {instance}
        while outer in under and under[outer] not in seen:
            outer = under[outer]
            seen.add(outer)
        shown[instance] = outer
    return shown


def _match(wanted: Labels, labels: Labels) -> bool:
    return all(labels.get(name) == value for name, value in wanted.items())


# -- silences ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Silence:
    """Nothing is told of the warnings that it covers, from its first to its last second, both included.

    rule, indicator  empty: any
    region           with all that lies in it
    level            the highest that is silenced: a more severe warning breaks through
    """

    id: int
    rule: str
    indicator: str
    region: int
    level: int
    starts: int
    ends: int

    def active(self, at: int) -> bool:
        """Whether it holds at a moment."""
        return self.starts <= at <= self.ends

    def covers(self, one: Standing, level: int, within: Callable[[int, int], bool]) -> bool:
        """Whether it is about a warning of this level; `within` tells whether a region lies in another."""
        return (
            level <= self.level
            and self.rule in ("", one.instance.rule)
            and self.indicator in ("", one.indicator)
            and within(self.region, one.instance.region)
        )


def hushed(silences: Iterable[Silence], since: int, until: int) -> int:
    """How many seconds between two moments at least one of some silences held."""
    total, reached = 0, since
    for one in sorted(silences, key=lambda silence: silence.starts):
        begins, ends = max(one.starts, reached), min(one.ends, until)
        if ends > begins:
            total += ends - begins
            reached = ends
    return total


# -- flapping ----------------------------------------------------------------------------------------------

RESULTS: Final = 21
"""Of figures that come by the minute so many results are looked at."""

LIGHTEST, HEAVIEST = 0.8, 1.2
"""What the oldest and the newest change among the results weigh."""


def turns_often(turns: Iterable[int], first: int, most: int) -> bool:
    """Whether a warning opened and closed at least `most` times since the period `first`."""
    return sum(period >= first for period in turns) >= most


def unrest(results: Sequence[bool]) -> float:
    """The share of changes among the last results (newest last), in percent; newer changes weigh more.

    Results that are not there yet count as no change.
    """
    recent = list(results)[-RESULTS:]
    pairs = RESULTS - 1
    step = (HEAVIEST - LIGHTEST) / (pairs - 1)
    changes = [before != after for before, after in pairwise(recent)]
    newest_first = enumerate(reversed(changes))
    return sum(HEAVIEST - step * place for place, changed in newest_first if changed) / pairs * 100


def flaps(unrest_now: float, before: bool, low: float, high: float) -> bool:
    """Whether it flaps: that begins above the high share and ends below the low one."""
    return unrest_now >= low if before else unrest_now > high


# -- what is told, and when --------------------------------------------------------------------------------


class Kind(StrEnum):
    """What can be told of a warning."""

    OPEN = "alert.open"
    UPGRADE = "alert.upgrade"
    RESOLVE = "alert.resolve"
    REPEAT = "alert.repeat"
    ESCALATE = "alert.escalate"
    RELEASED = "alert.released"
    SILENCE_OVER = "alert.silence_over"
    FLAPPING = "rule.flapping"
    NO_DATA = "rule.no_data"


ABOUT_THE_RULE: Final = frozenset({Kind.FLAPPING, Kind.NO_DATA})
"""Told to those who look after the rule and its figures, and not to those who act on warnings."""


@dataclass(frozen=True)
class Timetable:
    """When something is said again, in seconds, by level (0 to 4).

    repeat  after so long without a word; 0: never
    steps   how long after the opening or the upgrade each step of the escalation comes
    """

    repeat: tuple[int, ...] = (0, 0, 0, 0, 0)
    steps: tuple[tuple[int, ...], ...] = ((), (), (), (), ())


@dataclass(frozen=True)
class Course:
    """What has been told of an instance, and so what is still to be told.

    opened, version  the warning that is followed, and its newest opening or upgrade; 0: none
    since            from when its escalation counts
    told             the version that was last told, `told_at` when anything was, `level` the level then
    believed         the warning (period of opening) that people take to be open; 0: none
    spared           those who answer for this region were not told of the version: another warning stood for it
    unheard          those who answer for this region have heard nothing of the warning so far
    step             steps of the escalation that were taken
    flapping         whether the advice about flapping was given
    silent           the health that the owner of the figures was told of
    """

    opened: int = 0
    version: int = 0
    since: int = 0
    told: int = 0
    told_at: int = 0
    believed: int = 0
    level: int = 0
    spared: int = 0
    unheard: int = 0
    step: int = 0
    flapping: bool = False
    silent: int = 0

    @property
    def waits(self) -> bool:
        """Whether anything may still have to be told, or remembered."""
        return bool(self.version or self.believed or self.flapping or self.silent)


@dataclass(frozen=True)
class Said:
    """One thing that is told of one warning.

    opened, version  of which warning, and of which turn of it
    period           in which what is told of happened
    unless           a region: who answers for it is told of the warning there instead
    only             a region: it is for those who answer for it, since they were spared it before
    step             of an escalation, counted from 1
    """

    kind: Kind
    instance: Instance
    opened: int
    version: int
    level: int
    period: int
    unless: int = 0
    only: int = 0
    step: int = 0


def followed(one: Standing, course: Course) -> Course:
    """The course after an opening or an upgrade was recorded: the escalation starts anew."""
    if not one.level or one.version == course.version:
        return course
    return replace(course, opened=one.opened, version=one.version, since=one.since, step=0)


def decide(
    one: Standing,
    course: Course,
    timetable: Timetable,
    now: int,
    *,
    near: int = 0,
    above: Sequence[int] = (),
    quiet: int = 0,
    over: bool = False,
) -> tuple[tuple[Said, ...], Course]:
    """What is to be told of an instance now, and the course after that; nothing is told twice.

    one    as it stands now
    near   the region of the warning that stands nearest above it; 0: none does
    above  the regions above its own, the nearest first
    quiet  seconds since `course.since` in which it was silenced
    over   a silence that covered it has just ended
    """
    said: list[Said] = []
    if course.believed and not (one.silenced or one.flapping) and one.opened_now != course.believed:
        closed = replace(one, opened=course.believed, version=course.told, level=course.level)
        said.append(_say(Kind.RESOLVE, closed, unless=course.unheard))
        course = replace(course, believed=0, spared=0, unheard=0, told_at=now)
    if one.flapping and not course.flapping:
        said.append(_say(Kind.FLAPPING, one))
    course = replace(course, flapping=one.flapping)
    if not one.level:
        return tuple(said), _closed(course)
    if one.silenced:
        return tuple(said), course
    if one.health == Health.NO_DATA != course.silent:
        said.append(_say(Kind.NO_DATA, one))
        course = replace(course, silent=one.health)
    elif one.health == Health.OK:
        course = replace(course, silent=0)
    spoken, course = _spoken(one, course, now, near, above, over=over)
    again, course = _again(one, course, timetable, now - quiet, now)
    return (*said, *spoken, *again), course


def _say(kind: Kind, one: Standing, *, unless: int = 0, only: int = 0, step: int = 0) -> Said:
    return Said(kind, one.instance, one.opened, one.version, one.level, one.period, unless, only, step)


def _spoken(
    one: Standing, course: Course, now: int, near: int, above: Sequence[int], *, over: bool
) -> tuple[tuple[Said, ...], Course]:
    """What is told of a warning because it is new, became more severe, or is no longer folded or silenced."""
    only = 0
    kind: Kind | None = Kind.SILENCE_OVER if over else None
    known = course.believed == one.opened or bool(one.flapping and course.believed)
    if course.version == one.version != course.told:
        if known and not one.upgraded and one.level <= course.level:
            # Revised to something milder: nobody is alarmed anew by that.
            return (), replace(course, told=one.version, level=one.level)
        if one.flapping and not (one.upgraded or known):
            return (), course
        late = Kind.SILENCE_OVER if over else Kind.RELEASED
        kind = late if course.since < now else Kind.UPGRADE if known else Kind.OPEN
    order = (one.instance.region, *above)
    spared = _farther(near, course.spared, order) if course.told == one.version else near
    if kind is None and course.spared and spared != course.spared:
        kind, only = Kind.RELEASED, course.spared
    if kind is None:
        return (), course
    unheard = _farther(near, course.unheard, order) if known else near
    told = replace(
        course,
        told=one.version,
        told_at=now,
        believed=one.opened,
        level=one.level,
        spared=spared,
        unheard=unheard,
    )
    return (_say(kind, one, unless=near, only=only),), told


def _farther(near: int, before: int, order: Sequence[int]) -> int:
    """Of two regions the one higher up: who answers for it answers for both. Nobody (0) where one is nobody."""
    return max(near, before, key=order.index) if near and before else 0


def _again(
    one: Standing, course: Course, timetable: Timetable, counted: int, now: int
) -> tuple[tuple[Said, ...], Course]:
    """What is told again of a warning that nobody took: the steps of its escalation, else a repeat.

    counted  the moment without the seconds in which it was silenced
    """
    if not course.version or course.told != course.version or one.acked:
        return (), course
    due = sum(course.since + delay <= counted for delay in timetable.steps[one.level])
    said = [
        _say(Kind.ESCALATE, one, unless=course.spared, step=step) for step in range(course.step + 1, due + 1)
    ]
    wait = timetable.repeat[one.level]
    if not said and wait and not one.flapping and now - course.told_at >= wait:
        said.append(_say(Kind.REPEAT, one, unless=course.spared))
    if said:
        course = replace(course, step=max(due, course.step), told_at=now)
    return tuple(said), course


def _closed(course: Course) -> Course:
    """The course of an instance whose warning has ended: what people still believe is kept."""
    kept = Course(flapping=course.flapping)
    if not course.believed:
        return kept
    return replace(
        kept,
        told=course.told,
        told_at=course.told_at,
        believed=course.believed,
        level=course.level,
        spared=course.spared,
        unheard=course.unheard,
    )


# -- one message for what belongs together -----------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """What one notice tells: of one rule, one period, one kind, under one parent region; the gravest first."""

    kind: Kind
    rule: str
    period: int
    parent: int
    step: int
    said: tuple[Said, ...]

    @property
    def key(self) -> str:
        """The same things told in the same words have the same key, however often they are put."""
        members = "|".join(
            f"{one.instance.region}.{one.instance.item}.{one.opened}.{one.version}.{one.unless}.{one.only}"
            for one in self.said
        )
        digest = sha256(members.encode()).hexdigest()[:20]
        return f"{self.kind}:{self.rule[:80]}:{self.parent}:{self.period}:{self.step}:{digest}"


def grouped(said: Iterable[Said], parent: Callable[[int], int]) -> tuple[Group, ...]:
    """Everything that was said, as few messages as may be: the gravest first, then as they came."""
    found: dict[tuple[Kind, str, int, int, int, int], list[Said]] = defaultdict(list)
    for one in said:
        place = parent(one.instance.region)
        climbed = one.level if one.step else 0  # each level has steps of its own
        found[one.kind, one.instance.rule, one.period, place, one.step, climbed].append(one)
    groups = [
        Group(kind, rule, period, above, step, tuple(sorted(ones, key=lambda o: (-o.level, o.instance))))
        for (kind, rule, period, above, step, _), ones in found.items()
    ]
    return tuple(sorted(groups, key=lambda group: -group.said[0].level))
