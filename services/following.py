"""Warnings followed: after every round, and as time goes by, what is to be told of them is put to the teller.

What was told and what is still waited for is stored in the transaction of the round, so a stop at any moment neither
loses a notice nor tells one twice; what a round did not touch is looked at when time alone makes it due.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from data_access.accounts import Account
from data_access.alerts import Outcome, StoredAlert, StoredRule
from data_access.config import WarningSettings, steps_of
from data_access.handling import HandlingStore, StoredSilence, StoredTold, Turn
from indicators.alerts import EventKind, Health
from indicators.catalog import Catalog
from indicators.definition import indicator_of
from indicators.errors import CockpitError
from indicators.handling import (
    ABOUT_THE_RULE,
    Course,
    Group,
    Inhibition,
    Instance,
    Said,
    Standing,
    Timetable,
    decide,
    followed,
    grouped,
    hushed,
    nearest,
)
from indicators.regions import RegionTree
from indicators.rules import Rule, rules_of
from services import access
from services.accounts import actor_of
from services.alert_notices import Addressed, AlertNotices
from services.flapping import Flapping
from services.inhibiting import inhibitions, regions_above
from services.notices import Notice, Teller
from services.rounds import Asked

LEVELS = ("blue", "yellow", "orange", "red")
OF_A_RULE = 0
"""The region that stands for a rule as a whole."""


@dataclass(frozen=True)
class _Look:
    """Everything that is decided about at one moment.

    standing  the open warnings of some rules, and instances of which something is still believed
    stored    the instances as the round left them
    courses   what was told of them so far
    over      instances that a silence covered which has just ended
    ended     the numbers of these silences
    """

    standing: Mapping[Instance, Standing]
    stored: Mapping[Instance, StoredAlert]
    courses: Mapping[Instance, Course]
    silences: Sequence[StoredSilence]
    over: frozenset[Instance]
    ended: tuple[int, ...]


class Following:
    """Decides what is told of warnings, and puts it to the teller."""

    def __init__(
        self,
        store: HandlingStore,
        catalog: Catalog,
        tree: RegionTree,
        teller: Teller,
        people: Callable[[], Sequence[Account]],
        begin: Callable[[], AbstractContextManager[Any]],
        settings: WarningSettings,
        query: Asked,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._tree = tree
        self._teller = teller
        self._people = people
        self._begin = begin
        self._settings = settings
        self._flapping = Flapping(store, query, catalog, settings)
        self._words = AlertNotices(catalog, tree)
        self._timetable = timetable(settings)
        self._steps = {
            level: steps_of(getattr(settings, f"escalate_{word}")) for level, word in enumerate(LEVELS, 1)
        }
        self._rules = lru_cache(maxsize=None)(self._rules_of)

    # ---- the two occasions

    def follow(
        self,
        connection: Any,
        outcome: Outcome,
        before: Mapping[tuple[str, int, int], StoredAlert],
        now: int,
    ) -> None:
        """Tell what a round came to, in its transaction; see `services.alerts.Follow`."""
        touched = {alert.rule for alert in outcome.alerts} | {event.rule for event in outcome.events}
        known = self._store.courses(connection, self._kin(touched))
        loud = {alert.rule for alert in outcome.alerts if alert.level} | {
            alert.rule for alert in before.values() if alert.level
        }
        loud |= {event.rule for event in outcome.events} | {instance.rule for instance in known}
        if loud:
            turned = {
                Instance(event.rule, event.region, event.item)
                for event in outcome.events
                if event.kind in (EventKind.OPEN, EventKind.UPGRADE) and not event.back_dated
            }
            look = self._look(connection, now, self._kin(loud), turned, outcome)
            self._tell(connection, look, now)
        self._of_rules(connection, outcome.rules, known, now)

    def due(self, now: int) -> int:
        """Tell what time alone has made due: repeats, escalation, ends of silences; how many notices that makes."""
        look = self._look(None, now)
        if not look.ended and not self._decided(look, now)[0]:
            return 0
        with self._begin() as connection:
            look = self._look(connection, now)
            told = self._tell(connection, look, now)
            self._store.settle(look.ended, now, connection)
        return told

    # ---- what stands

    def _look(
        self,
        connection: Any,
        now: int,
        rules: frozenset[str] | None = None,
        turned: Iterable[Instance] = (),
        outcome: Outcome | None = None,
    ) -> _Look:
        """What stands open now, and what was told of it; `turned` opened or became more severe just now."""
        courses = self._store.courses(connection, rules)
        turns, acks = self._store.turns(connection, rules), self._store.acks(connection)
        open_now = {
            Instance(one.rule, one.region, one.item): one for one in self._store.open(connection, rules)
        }
        closed = {instance.rule for instance in courses if instance not in open_now and instance.region}
        ended = {
            Instance(one.rule, one.region, one.item): one for one in self._store.ended(connection, closed)
        }
        stored = open_now | {instance: one for instance, one in ended.items() if instance in courses}
        flapping = {instance: course.flapping for instance, course in courses.items()}
        if outcome is not None:
            flapped = (one for one, flaps in flapping.items() if flaps)
            flapping |= self._flapping.after(connection, outcome, flapped, stored)
        began = min((course.since for course in courses.values() if course.version), default=now)
        silences = self._store.silences(began, connection)
        standing = {}
        for instance in (*open_now, *(one for one in courses if one not in open_now and one.region)):
            course = courses.get(instance, Course())
            plain = self._plain(instance, stored.get(instance), turns.get(instance), course)
            if plain is None:
                continue
            ack = acks.get((instance.rule, instance.region, plain.opened))
            standing[instance] = replace(
                plain,
                acked=ack is not None and ack.given and ack.version == plain.version,
                silenced=any(self._covers(one, plain, course) for one in silences if one.plain.active(now)),
                flapping=flapping.get(instance, False),
            )
        for instance in turned:
            if instance in standing:
                courses[instance] = followed(standing[instance], courses.get(instance, Course()))
        over, done = self._over(connection, standing, courses, now)
        return _Look(standing, stored, courses, silences, over, done)

    def _plain(
        self, instance: Instance, stored: StoredAlert | None, turn: Turn | None, course: Course
    ) -> Standing | None:
        """An instance without what people did about it; None of a rule or a region that is not known."""
        code = indicator_of(instance.rule)
        if code not in self._catalog or not self._tree.has(instance.region):
            return None
        if stored is None or not stored.level or turn is None:
            period = stored.period if stored is not None else 0
            return Standing(instance, code, 0, course.opened, period=period)
        return Standing(
            instance, code, stored.level, stored.opened, turn.version, turn.kind == EventKind.UPGRADE, turn.period,
            turn.at, stored.health,
        )  # fmt: skip

    def _covers(self, silence: StoredSilence, one: Standing, course: Course) -> bool:
        return silence.plain.covers(one, one.level or course.level, self._tree.contains)

    def _over(
        self,
        connection: Any,
        standing: Mapping[Instance, Standing],
        courses: Mapping[Instance, Course],
        now: int,
    ) -> tuple[frozenset[Instance], tuple[int, ...]]:
        """The warnings that a silence covered which has ended, and of which nothing was told since; and its number."""
        ended = [one for one in self._store.unsettled(connection) if one.plain.ends < now]
        over = frozenset(
            instance
            for instance, one in standing.items()
            for silence in ended
            if one.level
            and not one.silenced
            and courses.get(instance, Course()).told_at <= silence.plain.ends
            and self._covers(silence, one, Course())
        )
        return over, tuple(one.id for one in ended)

    # ---- what is told

    def _decided(self, look: _Look, now: int) -> tuple[list[Said], dict[Instance, Course]]:
        """What is to be told now, and the courses that change with it."""
        above = {instance: regions_above(self._tree, one) for instance, one in look.standing.items()}
        near = nearest(look.standing.values(), lambda one: above[one.instance], self._inhibitions)
        said: list[Said] = []
        changed = {}
        for instance, one in look.standing.items():
            course = look.courses.get(instance)
            if course is None and instance not in look.over:
                continue
            before = course or Course()
            spans = [silence.plain for silence in look.silences if self._covers(silence, one, before)]
            source = near.get(instance)
            told, after = decide(
                one,
                before,
                self._timetable,
                now,
                near=source.region if source else 0,
                above=above[instance],
                quiet=hushed(spans, before.since, now) if before.version else 0,
                over=instance in look.over,
            )
            said += told
            changed[instance] = after
        return said, changed

    def _tell(self, connection: Any, look: _Look, now: int) -> int:
        """Put what is to be told to the teller, and remember that it was."""
        said, changed = self._decided(look, now)
        people = self._people() if said else ()
        notices, log = [], []
        for group in grouped(said, self._parent):
            notice = self._notice(group, look, people, now)
            if notice is not None:
                notices.append(notice)
            key = notice.key if notice is not None else ""
            log += [
                StoredTold(
                    one.instance.rule, one.instance.region, one.opened, str(one.kind), one.version, one.step,
                    one.level, now, key,
                )
                for one in group.said
            ]  # fmt: skip
        self._teller.put(connection, notices)
        stored = self._store.courses(connection, {instance.rule for instance in changed})
        moved = {one: course for one, course in changed.items() if course.waits and stored.get(one) != course}
        gone = [one for one, course in changed.items() if not course.waits and one in stored]
        self._store.write(moved, gone, log, connection)
        return len(notices)

    def _notice(self, group: Group, look: _Look, people: Sequence[Account], now: int) -> Notice | None:
        """The notice of a group; None where a step of the escalation finds nobody."""
        rule = self._rules(indicator_of(group.rule)).get(group.rule)
        meant = self._addressed(group, rule, people, now)
        if group.step and not meant.to:
            return None
        return self._words.of_group(group, look.stored, rule, now, meant)

    def _addressed(self, group: Group, rule: Rule | None, people: Sequence[Account], now: int) -> Addressed:
        """Whom a group is for: of an escalation those of its step, else whoever asked, the owner and those of the rule."""
        own = self._catalog.get(indicator_of(group.rule)).department
        named = rule.recipients if rule is not None else None
        departments = named.departments if named is not None and named.departments else (own,)
        if group.step:
            _, to = self._steps[group.said[0].level][group.step - 1]
            return Addressed(to=self._reached(group, people, now, (to,), departments))
        if group.kind in ABOUT_THE_RULE:
            return Addressed(department=own)
        roles = named.roles if named is not None else ()
        also = self._reached(group, people, now, (*roles, "department"), departments[1:])
        return Addressed(also=also, department=departments[0])

    def _reached(
        self,
        group: Group,
        people: Sequence[Account],
        now: int,
        roles: Sequence[str],
        departments: Sequence[str],
    ) -> tuple[str, ...]:
        """The accounts that have one of these roles, or belong to a department, where the group is about."""
        found = []
        for account in people:
            called = account.role in roles or ("department" in roles and account.department in departments)
            if account.disabled or not called:
                continue
            actor = actor_of(account, now)
            if any(access.scope(actor, self._tree, one.instance.region) == "own" for one in group.said):
                found.append(account.name)
        return tuple(found)

    def _of_rules(
        self, connection: Any, rules: Sequence[StoredRule], known: Mapping[Instance, Course], now: int
    ) -> None:
        """One notice when a rule as a whole falls silent, or cannot be judged: to the owner, not for every region."""
        changed, gone, notices = {}, [], []
        for one in rules:
            whole = Instance(one.rule, OF_A_RULE)
            before = known[whole].silent if whole in known else int(Health.OK)
            health = one.health if one.health in (Health.NO_DATA, Health.ERROR) else Health.OK
            if health == before or indicator_of(one.rule) not in self._catalog:
                continue
            if health == Health.OK:
                gone.append(whole)
                continue
            changed[whole] = Course(silent=int(health), told_at=now)
            key = f"rule:{one.rule[:120]}:{int(health)}:{one.period}:{now}"
            notices.append(self._words.of_rule(one.rule, key, failed=health == Health.ERROR, at=now))
        self._teller.put(connection, notices)
        if changed or gone:
            self._store.write(changed, gone, (), connection)

    # ---- what rules say

    @cached_property
    def _inhibitions(self) -> tuple[Inhibition, ...]:
        return inhibitions(self._catalog)

    @cached_property
    def _members(self) -> Mapping[str, frozenset[str]]:
        """For each rule those that may stand for it, or that it may stand for, across indicators."""
        kin: dict[str, set[str]] = defaultdict(set)
        for one in self._inhibitions:
            if "rule" in one.source:
                kin[one.source["rule"]].add(one.target["rule"])
                kin[one.target["rule"]].add(one.source["rule"])
        return {rule: frozenset(others) for rule, others in kin.items()}

    def _kin(self, rules: Iterable[str]) -> frozenset[str]:
        """These rules with all whose warnings may stand for theirs, or theirs for them."""
        found = set(rules)
        for rule in tuple(found):
            others = {rule, *self._members.get(rule, ())}
            for other in others:
                found |= self._rules(indicator_of(other)).keys() | {other}
        return frozenset(found)

    def _rules_of(self, code: str) -> Mapping[str, Rule]:
        """The rules of an indicator by their ids; none of one that is not known or cannot be read."""
        if code not in self._catalog:
            return {}
        try:
            return {rule.id: rule for rule in rules_of(self._catalog.get(code))}
        except CockpitError:
            return {}

    def _parent(self, region: int) -> int:
        above = self._tree.parent(region) if self._tree.has(region) else None
        return (
            above
            if above is not None
            and self._tree.contains(self._tree.root, region)
            and region != self._tree.root
            else region
        )


def timetable(settings: WarningSettings) -> Timetable:
    """When something is said again, by the settings."""
    repeat = [getattr(settings, f"repeat_{word}_hours") * 3600 for word in LEVELS]
    steps = [tuple(delay for delay, _ in steps_of(getattr(settings, f"escalate_{word}"))) for word in LEVELS]
    return Timetable((0, *repeat), ((), *steps))
