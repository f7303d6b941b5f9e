"""What people do about warnings: take one, silence some, note, answer; and how a warning is handled at the moment.

The state of a warning is not touched by any of it: evaluation, history and counts go on, and what is folded,
silenced or taken is told apart on every screen.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

from data_access.config import WarningSettings
from data_access.handling import (
    HandlingStore,
    StoredAck,
    StoredAnswer,
    StoredNote,
    StoredSilence,
    Who,
)
from indicators.catalog import Catalog
from indicators.definition import indicator_of
from indicators.errors import N_, CockpitError, Issue
from indicators.handling import Inhibition, Instance, Silence, Standing, folded, nearest
from indicators.regions import RegionTree
from indicators.rules import WarningLevel
from services import access
from services.access import Actor
from services.alerts import AlertKey, Alerts, AlertView, alert_key
from services.inhibiting import inhibitions, regions_above

LONGEST_TEXT = 2000
A_DAY = 24 * 3600

REASONS: Mapping[str, str] = {
    "expected": N_("意料之中：季节、工期或既定安排"),
    "data": N_("数据问题：口径、迟报或录入有误"),
    "one_off": N_("一次性因素，已经过去"),
    "threshold": N_("阈值不合适"),
    "known": N_("已在处理，另有渠道跟踪"),
    "not_ours": N_("不属本部门职责"),
    "other": N_("其他"),
}
"""Why no action is needed: the classes that an answer chooses from, with their words."""


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
class SilenceWish:
    """What is to be silenced, until when and why.

    rule, indicator  empty: any; at least one of the two, or a region below the whole of one's own, must narrow it
    region           with all that lies in it
    level            the highest level that is silenced
    until            the last second, epoch seconds; there is no silence without an end
    """

    region: int
    until: int | None
    reason: str
    rule: str = ""
    indicator: str = ""
    level: int = WarningLevel.RED


@dataclass(frozen=True)
class Answer:
    """What the owner of a warning answers.

    kind        "measure": something is done; "no_action": nothing need be done, for a reason
    reason      of no_action: one of REASONS
    text        the measure, or the reason in words
    cause       why the warning came
    expected    of a measure: the day (ISO) on which the figure should be well again
    department  whose answer it is
    item        the supervised item that is answered with it
    """

    kind: Literal["measure", "no_action"]
    text: str
    reason: str = ""
    cause: str = ""
    expected: str = ""
    department: str = ""
    item: int | None = None


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

    @cached_property
    def _inhibitions(self) -> tuple[Inhibition, ...]:
        return inhibitions(self._catalog)

    # ---- how warnings are handled

    def flags(self, actor: Actor, alerts: Sequence[AlertView]) -> Mapping[str, Flags]:
        """How each of these warnings is handled, by its id.

        alerts  all that the actor looks at together: a warning is folded only under one that is among them
        """
        now = self._now()
        turns, acks = self._store.turns(), self._store.acks()
        courses = self._store.courses()
        silences = [one for one in self._store.silences(now) if one.plain.active(now)]
        found, standing = {}, []
        for alert in alerts:
            instance = Instance(alert.rule, alert.region)
            turn = turns.get(instance)
            version = turn.version if turn else 0
            plain = Standing(
                instance, alert.indicator, int(alert.level), alert.opened, version, health=alert.health
            )
            silence = self._covering(silences, plain)
            standing.append((alert, replace(plain, silenced=silence is not None)))
            ack = acks.get(alert.key)
            course = courses.get(instance)
            found[alert.id] = Flags(
                acked=self._ack(actor, ack) if ack and ack.given and ack.version == version else None,
                silenced=self._silence(actor, silence, now) if silence else None,
                flapping=course is not None and course.flapping,
                version=version,
            )
        identity = {one.instance: alert.id for alert, one in standing}
        # What lies above the actor's own regions stands for nothing there: one answers for one's own warnings.
        own = [one for alert, one in standing if not alert.context]
        for instance, under in folded(nearest(own, self._above, self._inhibitions)).items():
            found[identity[instance]] = replace(found[identity[instance]], folded_under=identity[under])
        return found

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
        return self._take(actor, versions, _text(note, "note", needed=False), given=True)

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
        issues = self._wrong(wish, now)
        if issues:
            raise CockpitError(issues)
        self._may_silence(actor, wish)
        assert wish.until is not None  # told by `_wrong`
        plain = Silence(0, wish.rule, wish.indicator, wish.region, int(wish.level), now, wish.until)
        reason = _text(wish.reason, "reason")
        if connection is not None:
            return self._store.add_silence(plain, reason, self._who(actor), connection)
        with self._begin() as own:
            return self._store.add_silence(plain, reason, self._who(actor), own)

    def lift(self, actor: Actor, number: int) -> None:
        """End a silence before its time: what still stands is told once."""
        found = next((one for one in self._store.silences() if one.id == number), None)
        if found is None or access.scope(actor, self._tree, found.region) is None:
            raise CockpitError(
                Issue("unknown_silence", N_("没有这条静默"), N_("从静默列表进入。"), "silence")
            )
        self._may_silence(actor, SilenceWish(found.region, found.ends, "", found.rule, found.indicator))
        with self._begin() as connection:
            if not self._store.lift(number, self._who(actor), connection):
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
            return self._store.add_note(key, _text(text, "text"), self._who(actor), connection)

    def answer(self, actor: Actor, alert: str, answer: Answer, connection: Any = None) -> int:
        """Answer a warning: what is done, or why nothing need be done; its number.

        connection  the transaction of a supervised item that is answered with it
        """
        key = self._known(alert)
        system = self._system(key.rule)
        if not access.may(actor, "answer", self._tree, key.region, system):
            access.require(actor, "handle", self._tree, key.region, system)
        issues = _unanswered(answer)
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

    def _wrong(self, wish: SilenceWish, now: int) -> list[Issue]:
        """Everything that is wrong with a silence that is wished for."""
        issues = []
        longest = self._settings.silence_days
        if wish.until is None:
            issues.append(Issue("no_end", N_("静默没有写结束时间"), N_("请写明静默到什么时候。"), "until"))
        elif wish.until <= now:
            issues.append(
                Issue("past_end", N_("静默的结束时间已经过去"), N_("请写一个将来的时间。"), "until")
            )
        elif wish.until > now + longest * A_DAY:
            what, do = N_("静默太长"), N_("最长 {days} 天；到期仍需要时再续。")
            issues.append(Issue("too_long", what, do, "until", params={"days": longest}))
        if not wish.reason.strip():
            issues.append(Issue("no_reason", N_("没有写静默的理由"), N_("请写明为什么静默。"), "reason"))
        if len(wish.reason) > LONGEST_TEXT:
            issues.append(_too_long("reason"))
        if not self._tree.has(wish.region):
            issues.append(Issue("unknown_region", N_("没有这个地区"), N_("请从列表中选择。"), "region"))
        for name, code in (
            ("indicator", wish.indicator),
            ("rule", indicator_of(wish.rule) if wish.rule else ""),
        ):
            if code and code not in self._catalog:
                issues.append(Issue("unknown_rule", N_("没有这项指标或规则"), N_("请从列表中选择。"), name))
        if wish.level not in {int(level) for level in WarningLevel}:
            issues.append(Issue("unknown_level", N_("没有这个级别"), N_("请从列表中选择。"), "level"))
        if not (wish.rule or wish.indicator) and wish.region == self._tree.root:
            what, do = N_("不能静默全部预警"), N_("请选定一项指标、一条规则，或一个下级地区。")
            issues.append(Issue("all_silenced", what, do, "region"))
        return issues

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


def _text(text: str, field: str, *, needed: bool = True) -> str:
    """A text that somebody wrote, trimmed."""
    plain = text.strip()
    if needed and not plain:
        raise CockpitError(Issue("nothing_written", N_("这里还没有填写"), N_("请写一句话。"), field))
    if len(plain) > LONGEST_TEXT:
        raise CockpitError(_too_long(field))
    return plain


def _too_long(field: str) -> Issue:
    what, do = N_("文字太长"), N_("最多 {most} 字。")
    return Issue("text_too_long", what, do, field, params={"most": LONGEST_TEXT})


def _unanswered(answer: Answer) -> list[Issue]:
    """What an answer lacks."""
    issues = []
    if not answer.text.strip():
        issues.append(Issue("nothing_written", N_("这里还没有填写"), N_("请写一句话。"), "text"))
    issues += [_too_long(name) for name in ("text", "cause") if len(getattr(answer, name)) > LONGEST_TEXT]
    if answer.kind == "no_action" and answer.reason not in REASONS:
        issues.append(Issue("no_reason", N_("没有选择理由"), N_("请选择为什么无需处置。"), "reason"))
    if answer.kind == "measure" and answer.expected:
        try:
            date.fromisoformat(answer.expected)
        except ValueError:
            what, do = N_("日期“{text}”读不懂"), N_("请写成 2025-06-30 的样子。")
            issues.append(Issue("no_date", what, do, "expected", params={"text": answer.expected[:40]}))
    return issues


def _unknown(alert: str) -> Issue:
    what, do = N_("没有预警 {alert}"), N_("从预警列表进入。")
    return Issue("unknown_alert", what, do, params={"alert": alert[:80]})


def _moved_on(identity: str, *, gone: bool) -> Issue:
    """What is said to somebody who acts on a warning that is no longer what was seen."""
    what = N_("这条预警已经解除") if gone else N_("这条预警已经升级或重新发出")
    return Issue(
        "record_changed", what, N_("页面已更新，请核对后再操作。"), identity, params={"alert": identity}
    )
