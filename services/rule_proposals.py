"""What is proposed to change rules: the draft, why, what a back-test said of it then, and a mute while it is looked at."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from data_access.rule_proposals import Proposal, ProposalStore
from indicators.catalog import Catalog
from indicators.definition import indicator_of
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from indicators.rules import Kind, Rule, rules_of
from services import access
from services.access import Actor
from services.backtest import BacktestWish
from services.backtest_views import BacktestView, Outcome
from services.handling import SilenceView
from services.handling_wishes import SilenceWish
from services.rule_health_views import Count, ProposalView, shown
from services.scenes import level_of, name_of
from services.studio_rules import Suggestion
from services.texts import Texts
from services.views import Place

LONGEST_REASON = 2000
MUTE_DAYS = (7, 14, 30)
"""For so many days a proposal offers to mute its rule."""

UNJUDGED = ("refer", "none")
"""Types that judge nothing."""

FIELDS: Mapping[str, str] = {
    "red": N_("红色界限"), "orange": N_("橙色界限"), "yellow": N_("黄色界限"), "blue": N_("蓝色界限"),
    "persist": N_("连续期数"), "keep": N_("保留期数"),
}  # fmt: skip
"""The fields of a rule that a draft changes, with their names."""


class Silencing(Protocol):
    """Silences (``services.handling``)."""

    def silences(self, actor: Actor) -> tuple[SilenceView, ...]: ...
    def silence(self, actor: Actor, wish: SilenceWish, connection: Any = None) -> int: ...
    def lift(self, actor: Actor, number: int, connection: Any = None) -> None: ...


class Trial(Protocol):
    """The back-test (``services.backtest``)."""

    def run(self, actor: Actor, wish: BacktestWish, language: str = "zh") -> BacktestView: ...


class RuleProposals:
    """Keeps proposals; adopting one is a change of the definition."""

    def __init__(
        self,
        store: ProposalStore,
        handling: Silencing,
        trial: Trial,
        catalog: Catalog,
        tree: RegionTree,
        begin: Callable[[], AbstractContextManager[Any]],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._handling = handling
        self._trial = trial
        self._catalog = catalog
        self._tree = tree
        self._begin = begin
        self._clock = clock

    @cached_property
    def _judging(self) -> dict[str, Rule]:
        """The rules of ours that judge something."""
        return {
            rule.id: rule
            for indicator in self._catalog.newest()
            for rule in rules_of(indicator)
            if rule.type not in UNJUDGED and rule.kind is Kind.MANAGEMENT
        }

    def rules(self, actor: Actor) -> dict[str, Rule]:
        """The rules of ours that judge something, and that the actor may see."""
        system = {identity: self._catalog.get(rule.code).system for identity, rule in self._judging.items()}
        seen = {one for one in set(system.values()) if access.may(actor, "view", system=one)}
        return {identity: rule for identity, rule in self._judging.items() if system[identity] in seen}

    def name(self, rule: str, language: str) -> str:
        """What a rule is called: its indicator, and the name of a further rule of it."""
        found = self._judging.get(rule)
        own = (found.name_en if language == "en" else found.name_zh) if found and found.name else ""
        return " · ".join(filter(None, (self._catalog.get(indicator_of(rule)).name(language), own)))

    def muted(self, actor: Actor, rules: Iterable[str]) -> dict[str, SilenceView]:
        """The silences that hold on rules as a whole, by rule."""
        active = [one for one in self._handling.silences(actor) if one.state == "active"]
        found = {}
        for rule in rules:
            code = indicator_of(rule)
            on = (one for one in active if one.rule == rule or (one.indicator == code and not one.rule))
            if silence := next(on, None):
                found[rule] = silence
        return found

    def all(self, actor: Actor, language: str = "zh", rule: str | None = None) -> tuple[ProposalView, ...]:
        """What is proposed, the newest first, of rules that the actor may see; `rule` narrows."""
        return tuple(
            self._proposal(actor, one, language)
            for one in self._store.all()
            if rule in (None, one.rule) and self._sees(actor, one)
        )

    def _sees(self, actor: Actor, one: Proposal) -> bool:
        code = indicator_of(one.rule)
        known = code in self._catalog and access.may(actor, "view", system=self._catalog.get(code).system)
        return known and access.scope(actor, self._tree, one.region) is not None

    def propose(
        self, actor: Actor, wish: BacktestWish, reason: str, mute_days: int = 0, language: str = "zh"
    ) -> int:
        """Propose a change: the draft, why, and what a back-test says of it now; its number.

        mute_days  for so many days the rule is silenced while it is looked at; 0: it is not
        raises     CockpitError with everything that is wrong: nothing changed, a draft that contradicts itself, no
                   reason, a mute that is too long
        """
        rule = self._known(actor, wish.rule)
        region = self._region(actor, rule)
        view = self._trial.run(actor, replace(wish, region=None), language)
        issues = [*view.issues, *_wrong(reason)]
        if not view.changed and not view.issues:
            what, do = N_("与现行规则没有不同"), N_("请先在规则页上调整界限，再提出修改。")
            issues.append(Issue("nothing_changed", what, do, "draft"))
        if issues:
            raise CockpitError(issues)
        now = int(self._clock().timestamp())
        until = now + mute_days * 24 * 3600 if mute_days else None
        changed = {name: value for name, value in wish.draft.items() if view.written.get(name) == value}
        with self._begin() as connection:
            silence = None
            if until is not None:
                muted = SilenceWish(region, until, reason, rule=rule.id)
                silence = self._handling.silence(self._muter(actor, region), muted, connection)
            draft = {"changed": changed, "written": dict(view.written), "live": self._live(rule, changed)}
            proposal = Proposal(
                0, rule.id, draft, _frozen(view), reason.strip(), silence, until, region, now, actor.name,
                actor.display or actor.name, None, "", "",
            )  # fmt: skip
            return self._store.add(proposal, connection)

    def withdraw(self, actor: Actor, number: int, why: str) -> str:
        """Take a proposal back: who made it, or who defines rules; the rule that it was about. Its mute ends with it.

        raises  CockpitError ``record_changed`` where it was taken back meanwhile
        """
        found = next((one for one in self._store.all() if one.id == number and self._sees(actor, one)), None)
        if found is None:
            raise CockpitError(Issue("unknown_proposal", N_("没有这条修改建议"), N_("从规则列表进入。")))
        if found.actor != actor.name:
            system = self._catalog.get(indicator_of(found.rule)).system
            access.require(actor, "define", self._tree, found.region, system)
        if not why.strip():
            raise CockpitError(Issue("no_reason", N_("没有写撤回的理由"), N_("请写明为什么撤回。"), "why"))
        with self._begin() as connection:
            now = int(self._clock().timestamp())
            if not self._store.withdraw(number, now, actor.name, why.strip(), connection):
                what, do = N_("这条修改建议已经撤回"), N_("页面已更新，请核对后再操作。")
                raise CockpitError(Issue("record_changed", what, do))
        muting = {one.id for one in self._handling.silences(actor) if one.state == "active"}
        if found.silence in muting:
            self._handling.lift(self._muter(actor, found.region), found.silence)
        return found.rule

    def suggestion(self, actor: Actor, number: int) -> Suggestion:
        """A proposal that stands, for whoever takes it up as a draft of the definition.

        raises  CockpitError ``unknown_proposal``, or ``record_changed`` where it stands no more
        """
        found = next((one for one in self._store.all() if one.id == number and self._sees(actor, one)), None)
        if found is None:
            raise CockpitError(Issue("unknown_proposal", N_("没有这条修改建议"), N_("从规则列表进入。")))
        if not found.open:
            what, do = N_("这条修改建议已经撤回或采纳"), N_("页面已更新，请核对后再操作。")
            raise CockpitError(Issue("record_changed", what, do))
        return Suggestion(found.rule, found.draft.get("changed", {}), found.reason)

    def adopted(self, connection: Any, number: int, draft: int, at: int, actor: str) -> None:
        """A proposal was published by way of a draft, in the transaction of the publication; its mute ends with it."""
        self._store.adopt(number, draft, at, actor, connection)
        found = next((one for one in self._store.all(connection) if one.id == number), None)
        active = {one.id for one in self._handling.silences(access.SYSTEM) if one.state == "active"}
        if found is not None and found.silence in active:
            self._handling.lift(access.SYSTEM, found.silence, connection)

    def may_propose(self, actor: Actor, rule: str) -> bool:
        """Whether the actor may propose a change of a rule."""
        system = self._catalog.get(indicator_of(rule)).system
        return any(access.may(actor, act, system=system) for act in ("handle", "define"))

    def _known(self, actor: Actor, rule: str) -> Rule:
        found = self.rules(actor).get(rule)
        if found is None:
            params = {"rule": rule[:160]}
            raise CockpitError(
                Issue("unknown_rule", N_("没有规则 {rule}"), N_("请检查地址。"), params=params)
            )
        return found

    def _region(self, actor: Actor, rule: Rule) -> int:
        """Of which regions the actor speaks: the first of the own ones."""
        region = actor.regions[0] if actor.regions else self._tree.root
        system = self._catalog.get(rule.code).system
        if not access.may(actor, "define", self._tree, region, system):
            access.require(actor, "handle", self._tree, region, system)
        return region

    def _muter(self, actor: Actor, region: int) -> Actor:
        """Who may define a rule may mute it while it is looked at, though not silence warnings at will."""
        return actor if access.may(actor, "handle", self._tree, region) else replace(actor, role="system")

    def _live(self, rule: Rule, changed: Iterable[str]) -> dict[str, object]:
        """What is in force of the fields that are changed."""
        spec = next(
            spec for spec in self._catalog.get(rule.code).specs if (spec.name or "") == (rule.name or "")
        )
        return {name: spec.mapping.get(name) for name in changed}

    def _proposal(self, actor: Actor, one: Proposal, language: str) -> ProposalView:
        texts, draft, outcome = Texts(language), one.draft, one.outcome
        live = draft.get("live", {})
        own = access.scope(actor, self._tree, one.region) == "own"
        silences = {silence.id: silence for silence in self._handling.silences(actor)}
        muted = silences.get(one.silence or 0)
        system = self._catalog.get(indicator_of(one.rule)).system
        return ProposalView(
            id=one.id,
            rule=one.rule,
            name=self.name(one.rule, language),
            reason=one.reason if own else "",
            by=one.display if own else "",
            at=one.at,
            place=_place(self._tree, one.region, language),
            changes=tuple(
                (texts.t(FIELDS.get(name, name)), shown(live.get(name), texts), shown(value, texts))
                for name, value in draft.get("changed", {}).items()
            ),
            tried=_count(outcome.get("tried")),
            live=_count(outcome.get("live")),
            first=int(outcome.get("first", 0)),
            last=int(outcome.get("last", 0)),
            frequency=str(outcome.get("frequency", "")),
            missed=tuple(outcome.get("missed", ())),
            muted_until=muted.ends if muted is not None and muted.state == "active" else None,
            withdrawn_at=one.withdrawn_at,
            withdrawn_by=one.withdrawn_by,
            withdrawn_why=one.withdrawn_why,
            mine=one.open and (one.actor == actor.name or access.may(actor, "define", self._tree, one.region, system)),
            adopted_at=one.adopted_at,
            draft=one.definition_draft,
        )  # fmt: skip


def _place(tree: RegionTree, region: int, language: str) -> Place:
    return Place(region, name_of(tree, region, language), level_of(tree, region))


def _wrong(reason: str) -> list[Issue]:
    if not reason.strip():
        return [Issue("no_reason", N_("没有写修改的理由"), N_("请写明为什么修改。"), "reason")]
    if len(reason) > LONGEST_REASON:
        what, do = N_("理由太长"), N_("请不超过 {most} 个字。")
        return [Issue("too_long", what, do, "reason", params={"most": LONGEST_REASON})]
    return []


def _frozen(view: BacktestView) -> dict[str, object]:
    """What a back-test said, as it is kept with a proposal."""
    missed = [one for one in view.episodes if not one.seen]
    return {
        "tried": _told(view.outcome),
        "live": _told(view.standing),
        "first": view.first,
        "last": view.last,
        "frequency": view.frequency,
        "simulated": view.simulated,
        "missed": [one.text for one in missed],
    }


def _told(outcome: Outcome | None) -> dict[str, int] | None:
    if outcome is None:
        return None
    return {"openings": outcome.openings, "changes": outcome.changes, "messages": outcome.messages}


def _count(told: Mapping[str, int] | None) -> Count | None:
    return Count(told["openings"], told["changes"], told["messages"]) if told else None
