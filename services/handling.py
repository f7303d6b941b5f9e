"""What people do about warnings: take one, silence some, note, answer; and how a warning is handled at the moment.

The state of a warning is not touched by any of it: evaluation, history and counts go on, and what is folded,
silenced or taken is told apart on every screen.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from data_access.config import WarningSettings
from data_access.handling import (
    Alert,
    HandlingStore,
    StoredAck,
    StoredAnswer,
    StoredNote,
    StoredSilence,
    Turn,
    Who,
)
from indicators.catalog import Catalog
from indicators.definition import indicator_of
from indicators.errors import N_, CockpitError, Issue
from indicators.handling import Course, Inhibition, Instance, Silence, Standing, folded, nearest
from indicators.regions import RegionTree
from indicators.rules import WarningLevel
from services import access
from services.access import Actor
from services.alerts import AlertKey, Alerts, AlertView, alert_key
from services.handling_wishes import Answer, SilenceWish, text_of, wrong_answer, wrong_silence
from services.inhibiting import inhibitions, regions_above


@dataclass(frozen=True)
class Ack:
    """Somebody has taken a warning: who, when, with which words."""

    by: str
    at: int
    note: str


@dataclass(frozen=True)
class SilenceView:
    """A silence as a reader meets it.

    rule, indicator  empty: any; `level` is the highest that it covers
    state            coming, active, lifted or over
    mine             the reader may lift it
    """

    id: int
    rule: str
    indicator: str
    region: int
    level: WarningLevel
    starts: int
    ends: int
    reason: str
    by: str
    at: int
    state: Literal["coming", "active", "lifted", "over"]
    mine: bool


@dataclass(frozen=True)
class Flags:
    """How a warning is handled at this moment.

    folded_under  the warning that stands for it; None: it stands for itself
    version       of the warning, for acts: its newest opening or upgrade
    """

    acked: Ack | None = None
    silenced: SilenceView | None = None
    folded_under: str | None = None
    flapping: bool = False
    version: int = 0


@dataclass(frozen=True)
class _Done:
    """What was done, at a version of the warnings and of their handling."""

    version: tuple[int, int]
    turns: Mapping[Instance, Turn]
    acks: Mapping[Alert, StoredAck]
    courses: Mapping[Instance, Course]
    silences: tuple[StoredSilence, ...]


class Handling:
    """What people do about warnings."""

    def __init__(
        self,
        store: HandlingStore,
        alerts: Alerts,
        catalog: Catalog,
        tree: RegionTree,
        begin: Callable[[], AbstractContextManager[Any]],
        settings: WarningSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._alerts = alerts
        self._catalog = catalog
        self._tree = tree
        self._begin = begin
        self._settings = settings
        self._clock = clock
        self._kept: _Done | None = None

    @cached_property
    def _inhibitions(self) -> tuple[Inhibition, ...]:
        return inhibitions(self._catalog)

    # ---- how warnings are handled

    def flags(self, actor: Actor, alerts: Sequence[AlertView]) -> Mapping[str, Flags]:
        """How each of these warnings is handled, by its id.

        alerts  all that the actor looks at together: a warning is folded only under one that is among them
        """
        now = self._now()
        done = self._done()
        silences = [one for one in done.silences if one.plain.active(now)]
        found = {}
        for alert in alerts:
            instance = Instance(alert.rule, alert.region)
            turn, ack, course = done.turns.get(instance), done.acks.get(alert.key), done.courses.get(instance)
            version = turn.version if turn else 0
            silence = self._covering(silences, _standing(alert))
            found[alert.id] = Flags(
                acked=self._ack(actor, ack) if ack and ack.given and ack.version == version else None,
                silenced=self._silence(actor, silence, now) if silence else None,
                flapping=course is not None and course.flapping,
                version=version,
            )
        for identity, under in self.folds(alerts).items():
            found[identity] = replace(found[identity], folded_under=under)
        return found

    def folds(self, alerts: Sequence[AlertView]) -> Mapping[str, str]:
        """Under which of these warnings each one is shown that does not stand for itself, by their ids.

        What lies above the reader's own regions stands for nothing there: one answers for one's own warnings.
        """
        now = self._now()
        silences = [one for one in self._done().silences if one.plain.active(now)]
        own = {
            one.instance: (one, alert) for alert in alerts if not alert.context for one in (_standing(alert),)
        }
        standing = [
            replace(one, silenced=self._covering(silences, one) is not None) for one, _ in own.values()
        ]
        under = folded(nearest(standing, self._above, self._inhibitions))
        return {own[one][1].id: own[source][1].id for one, source in under.items()}

    def _done(self) -> _Done:
        """What was done about the warnings that stand open; read anew when anything changed."""
        version = (self._alerts.version(), self._store.version())
        kept = self._kept
        if kept is None or kept.version != version:
            store = self._store
            silences = tuple(store.silences(self._now()))
            kept = _Done(version, store.turns(), store.acks(), store.courses(), silences)
            self._kept = kept
        return kept

    def silences(self, actor: Actor) -> tuple[SilenceView, ...]:
        """The silences that touch what the actor may see: those that hold or are to come first, then the newest."""
        access.require(actor, "view")
        now = self._now()
        seen = [
            self._silence(actor, one, now)
            for one in self._store.silences()
            if access.scope(actor, self._tree, one.region) is not None and self._sees(actor, one)
        ]
        return tuple(sorted(seen, key=lambda one: (one.state not in ("active", "coming"), -one.id)))

    def notes(self, actor: Actor, alert: str) -> tuple[StoredNote, ...]:
        """The notes on a warning, the oldest first; of a warning above the actor's own regions none."""
        key = self._seen(actor, alert)
        return tuple(self._store.notes(key)) if self._own(actor, key.region) else ()

    def answers(self, actor: Actor, alert: str) -> tuple[StoredAnswer, ...]:
        """The answers to a warning, the oldest first; of a warning above the actor's own regions none."""
        key = self._seen(actor, alert)
        return tuple(self._store.answers(key)) if self._own(actor, key.region) else ()

    # ---- acts

    def ack(self, actor: Actor, versions: Mapping[str, int], note: str = "") -> int:
        """Take warnings: repeats and escalation of these stop, until one becomes more severe.

        versions  the ids, each with the version that was seen
        returns   how many were taken
        raises    CockpitError ``record_changed`` where one has become more severe, or has ended, meanwhile
        """
        return self._take(actor, versions, text_of(note, "note", needed=False), given=True)

    def unack(self, actor: Actor, versions: Mapping[str, int]) -> int:
        """Give warnings back: the undoing of `ack`."""
        return self._take(actor, versions, "", given=False)

    def _take(self, actor: Actor, versions: Mapping[str, int], note: str, *, given: bool) -> int:
        who = self._who(actor)
        with self._begin() as connection:
            turns = self._store.turns(connection, {alert_key(one).rule for one in versions})
            open_now = {view.id: view for view in self._alerts.open_alerts(actor)}
            issues, taken = [], []
            for identity, version in versions.items():
                key, view = alert_key(identity), open_now.get(identity)
                turn = turns.get(Instance(key.rule, key.region))
                if view is None or turn is None or turn.version != version:
                    issues.append(_moved_on(identity, gone=view is None))
                    continue
                access.require(actor, "handle", self._tree, view.region, view.system)
                taken.append(StoredAck(*key, version, *who, note, given))
            if issues:
                raise CockpitError(issues)
            self._store.add_acks(taken, connection)
        return len(taken)

    def silence(self, actor: Actor, wish: SilenceWish, connection: Any = None) -> int:
        """Silence warnings until a moment; its number.

        raises  CockpitError with everything that is wrong with the wish: no end, an end that is past or too far,
                no reason, nothing that narrows it, regions or systems that the actor does not handle
        """
        now = self._now()
        issues = wrong_silence(wish, now, self._settings.silence_days, self._catalog, self._tree)
        if issues:
            raise CockpitError(issues)
        self._may_silence(actor, wish)
        assert wish.until is not None  # told by `wrong_silence`
        plain = Silence(0, wish.rule, wish.indicator, wish.region, int(wish.level), now, wish.until)
        reason = text_of(wish.reason, "reason")
        if connection is not None:
            return self._store.add_silence(plain, reason, self._who(actor), connection)
        with self._begin() as own:
            return self._store.add_silence(plain, reason, self._who(actor), own)

    def lift(self, actor: Actor, number: int, connection: Any = None) -> None:
        """End a silence before its time: what still stands is told once.

        connection  of a transaction that this is part of
        """
        found = next((one for one in self._store.silences() if one.id == number), None)
        if found is None or access.scope(actor, self._tree, found.region) is None:
            raise CockpitError(
                Issue("unknown_silence", N_("没有这条静默"), N_("从静默列表进入。"), "silence")
            )
        self._may_silence(actor, SilenceWish(found.region, found.ends, "", found.rule, found.indicator))
        with self._begin() if connection is None else nullcontext(connection) as inside:
            if not self._store.lift(number, self._who(actor), inside):
                raise CockpitError(
                    Issue(
                        "record_changed",
                        N_("这条静默已经结束"),
                        N_("页面已更新，请核对后再操作。"),
                        "silence",
                    )
                )

    def note(self, actor: Actor, alert: str, text: str) -> int:
        """Write a note on a warning, open or not; its number."""
        key = self._seen(actor, alert)
        access.require(actor, "note", self._tree, key.region, self._system(key.rule))
        with self._begin() as connection:
            return self._store.add_note(key, text_of(text, "text"), self._who(actor), connection)

    def answer(self, actor: Actor, alert: str, answer: Answer, connection: Any = None) -> int:
        """Answer a warning: what is done, or why nothing need be done; its number.

        connection  the transaction of a supervised item that is answered with it
        """
        key = self._known(alert)
        system = self._system(key.rule)
        if not access.may(actor, "answer", self._tree, key.region, system):
            access.require(actor, "handle", self._tree, key.region, system)
        issues = wrong_answer(answer)
        if issues:
            raise CockpitError(issues)
        written = {
            "department": answer.department,
            "kind": answer.kind,
            "reason": answer.reason if answer.kind == "no_action" else "",
            "text": answer.text.strip(),
            "cause": answer.cause.strip(),
            "expected": answer.expected if answer.kind == "measure" else "",
            "item": answer.item,
        }
        if connection is not None:
            return self._store.add_answer(key, written, self._who(actor), connection)
        with self._begin() as own:
            return self._store.add_answer(key, written, self._who(actor), own)

    # ---- within

    def _now(self) -> int:
        return int(self._clock().timestamp())

    def _ack(self, actor: Actor, ack: StoredAck) -> Ack:
        own = self._own(actor, ack.region)
        return Ack(ack.display if own else "", ack.at, ack.note if own else "")

    def _who(self, actor: Actor) -> Who:
        return Who(self._now(), actor.name, actor.display or actor.name)

    def _seen(self, actor: Actor, alert: str) -> AlertKey:
        """The key of a warning, open or closed, that the actor may see.

        raises  CockpitError ``unknown_alert`` for any other: what one may not see is not there
        """
        key = self._known(alert)
        if not access.may(actor, "view", self._tree, key.region, self._system(key.rule)):
            raise CockpitError(_unknown(alert))
        return key

    def _known(self, alert: str) -> AlertKey:
        """The key of a warning that there is or was."""
        key = alert_key(alert)
        if indicator_of(key.rule) not in self._catalog or not self._store.happened(key):
            raise CockpitError(_unknown(alert))
        return key

    def _system(self, rule: str) -> str:
        return self._catalog.get(indicator_of(rule)).system

    def _own(self, actor: Actor, region: int) -> bool:
        """Whether the actor answers for a region; of what lies above words are kept back: they may name others."""
        return access.scope(actor, self._tree, region) == "own"

    def _may_silence(self, actor: Actor, wish: SilenceWish) -> None:
        """Raise ``forbidden`` unless the actor handles all that would be silenced."""
        code = wish.indicator or (indicator_of(wish.rule) if wish.rule else "")
        if code:
            access.require(actor, "handle", self._tree, wish.region, self._catalog.get(code).system)
            return
        access.require(actor, "handle", self._tree, wish.region)
        if actor.systems != access.EVERY_SYSTEM:
            access.require(actor, "handle", self._tree, wish.region, "*")

    def _covering(self, silences: Iterable[StoredSilence], one: Standing) -> StoredSilence | None:
        """The silence that covers a warning the longest; None where none does."""
        found = [silence for silence in silences if silence.plain.covers(one, one.level, self._tree.contains)]
        return max(found, key=lambda silence: silence.ends, default=None)

    def _silence(self, actor: Actor, stored: StoredSilence, now: int) -> SilenceView:
        own = self._own(actor, stored.region)
        plain = stored.plain
        over: Literal["lifted", "over"] = "over" if stored.lifted_at is None else "lifted"
        coming: Literal["coming", "active"] = "active" if plain.active(now) else "coming"
        return SilenceView(
            id=stored.id,
            rule=stored.rule,
            indicator=stored.indicator,
            region=stored.region,
            level=WarningLevel(stored.level),
            starts=stored.starts,
            ends=plain.ends,
            reason=stored.reason if own else "",
            by=stored.display if own else "",
            at=stored.at,
            state=coming if plain.ends >= now else over,
            mine=own and access.may(actor, "handle", self._tree, stored.region),
        )

    def _sees(self, actor: Actor, silence: StoredSilence) -> bool:
        code = silence.indicator or (indicator_of(silence.rule) if silence.rule else "")
        if not code:
            return True
        return code in self._catalog and access.may(actor, "view", system=self._catalog.get(code).system)

    def _above(self, one: Standing) -> Sequence[int]:
        return regions_above(self._tree, one)


def _standing(alert: AlertView) -> Standing:
    """A warning as folding and silences look at it."""
    instance = Instance(alert.rule, alert.region)
    return Standing(
        instance, alert.indicator, int(alert.level), alert.opened, period=alert.opened, health=alert.health
    )


def _unknown(alert: str) -> Issue:
    what, do = N_("没有预警 {alert}"), N_("从预警列表进入。")
    return Issue("unknown_alert", what, do, params={"alert": alert[:80]})


def _moved_on(identity: str, *, gone: bool) -> Issue:
    """What is said to somebody who acts on a warning that is no longer what was seen."""
    what = N_("这条预警已经解除") if gone else N_("这条预警已经升级或重新发出")
    return Issue(
        "record_changed", what, N_("页面已更新，请核对后再操作。"), identity, params={"alert": identity}
    )
