"""Changes of regions: proposed by one person, confirmed by another, in force from their day on.

The regions of the city are those of its pack with every confirmed change carried out. A confirmation, and the coming of
a day, raise a counter that running servers follow (services/living.py).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

from data_access.region_changes import (
    CONFIRMED,
    EFFECTIVE,
    PROPOSED,
    RETURNED,
    WITHDRAWN,
    Proposal,
    RegionStore,
    Step,
    changes_of,
)
from indicators.errors import N_, CockpitError, Issue
from indicators.region_changes import Change, changed
from indicators.region_checks import checked, free_zone
from indicators.regions import Level, Region, RegionTree
from services import access, region_forms
from services.access import SYSTEM, Actor
from services.region_preview import RegionPreview
from services.region_views import ChangeLine, ProposalLine, RegionLine, StepLine
from services.scenes import level_of, name_of
from services.texts import Texts
from services.waiting import Waiting

LONGEST_REASON = 2000
LONGEST_TITLE = 120


class RegionChanges:
    """Keeps proposals of changes and carries out what was confirmed.

    base     the regions of the pack, without any change
    tree     those of today, with the changes that come
    preview  says what a proposal touches
    zone     makes a moment a day of the city
    """

    def __init__(
        self,
        store: RegionStore,
        base: RegionTree,
        tree: RegionTree,
        preview: RegionPreview,
        clock: Callable[[], datetime],
        zone: timedelta,
    ) -> None:
        self._store = store
        self._base = base
        self._tree = tree
        self._preview = preview
        self._clock = clock
        self._zone = timezone(zone)

    # -- asking ------------------------------------------------------------------------------------------------

    def may_propose(self, actor: Actor) -> bool:
        """Whether the actor looks after regions."""
        return access.may(actor, "regions")

    def may_decide(self, actor: Actor) -> bool:
        """Whether the actor may confirm what somebody else proposed."""
        return access.may(actor, "regions") or access.may(actor, "publish")

    def today(self) -> date:
        """The day on the city's calendar."""
        return self._clock().astimezone(self._zone).date()

    def on(self, actor: Actor, day: date | None = None, language: str = "zh") -> tuple[RegionLine, ...]:
        """The regions of the actor on a day, each before what stands below it."""
        self._require(actor)
        tree = self._tree.at(day or self.today())
        roots = (tree.root,) if actor.role == "system" else actor.regions
        codes = dict.fromkeys(code for root in roots for code in tree.subtree(root))
        return tuple(self._line(tree, tree.get(code), language) for code in codes if tree.valid(code))

    def days(self, actor: Actor) -> tuple[date, ...]:
        """The days on which regions changed or are to change, the newest first."""
        self._require(actor)
        return tuple(sorted(self._tree.edges, reverse=True))

    def free_zone(self, actor: Actor) -> int:
        """A code of the 400 to 599 range that is free, in the first county of the actor."""
        access.require(actor, "regions")
        return free_zone(self._tree, self._tree.root if actor.role == "system" else actor.regions[0])

    def history(self, actor: Actor, code: int, language: str = "zh") -> tuple[RegionLine, ...]:
        """Every stretch of validity of a code, the oldest first."""
        self._require(actor, (code,))
        return tuple(self._line(self._tree, region, language) for region in self._tree.versions(code))

    def all(self, actor: Actor, language: str = "zh") -> tuple[ProposalLine, ...]:
        """The proposals that speak of regions of the actor, the newest first."""
        self._require(actor)
        return tuple(self._told(actor, one, language) for one in self._store.all() if self._sees(actor, one))

    def proposal(self, actor: Actor, number: int, language: str = "zh") -> ProposalLine:
        """One proposal with all that it touches.

        raises  CockpitError ``unknown_proposal``, also where the actor may not see it
        """
        self._require(actor)
        one = self._known(actor, number)
        told = self._told(actor, one, language)
        before = self._without(one)
        return replace(told, affected=self._preview.of(before, changed(before, one.changes), one, language))

    def waiting(self, actor: Actor, language: str) -> tuple[Waiting, ...]:
        """Proposals that wait for the actor's word."""
        if not self.may_decide(actor):
            return ()
        open_ones = [
            one
            for one in self._store.all()
            if one.state == PROPOSED and one.steps[0].account != actor.id and self._sees(actor, one)
        ]
        first = min((change.day for one in open_ones for change in one.changes), default=None)
        title = Texts(language).t(N_("区划变更待确认"))
        late = first is not None and first <= self.today()
        return (
            Waiting("regions.confirm", title, len(open_ones), "/regions?filter=tab:changes", first, late),
        )

    # -- proposing ---------------------------------------------------------------------------------------------

    def read_form(self, actor: Actor, given: Mapping[str, str]) -> tuple[Change, ...]:
        """The change of a form, checked.

        raises  CockpitError with everything that is wrong, each at its field
        """
        access.require(actor, "regions")
        changes = (region_forms.from_form(given, self._all_confirmed()),)
        self._require(actor, (code for change in changes for code in self._touched(change)), "regions")
        return changes

    def propose_form(self, actor: Actor, given: Mapping[str, str], boundaries: str = "") -> int:
        """Propose the change of a form; its number."""
        changes = self.read_form(actor, given)
        return self._propose(actor, changes, given.get("title", ""), given.get("note", ""), boundaries)

    def propose_file(self, actor: Actor, name: str, content: bytes, boundaries: str = "") -> int:
        """Propose the changes of a file, all of them or none; the number of the proposal.

        raises  CockpitError with every issue, each at its cell
        """
        access.require(actor, "regions")
        changes = region_forms.from_file(name, content, self._all_confirmed())
        self._require(actor, (code for change in changes for code in self._touched(change)), "regions")
        return self._propose(actor, changes, name, "", boundaries)

    def _propose(
        self, actor: Actor, changes: Sequence[Change], title: str, reason: str, boundaries: str
    ) -> int:
        outlines = self._preview.outlines(boundaries, changes)
        proposal = Proposal(0, title.strip()[:LONGEST_TITLE], tuple(changes), outlines, reason.strip()[:LONGEST_REASON],
                            (self._step(actor, PROPOSED),))  # fmt: skip
        with self._store.begin() as connection:
            return self._store.add(proposal, connection)

    @staticmethod
    def _title(changes: Sequence[Change], after: RegionTree, language: str) -> str:
        """What a proposal without a title is called: its kinds, and what comes of them."""
        names: dict[str, None] = {}
        for change in changes:
            tree = after.at(change.day)
            codes = [part.code for part in change.new] or list(change.old)
            names.update(dict.fromkeys(name_of(tree, code, language) for code in codes if tree.has(code)))
        texts = Texts(language)
        kinds = dict.fromkeys(texts.t(region_forms.KINDS[change.kind]) for change in changes)
        return texts.t(
            N_("{kinds}：{names}"), kinds=texts.t("、").join(kinds), names=texts.t("、").join(names)
        )[:LONGEST_TITLE]

    # -- deciding ----------------------------------------------------------------------------------------------

    def confirm(self, actor: Actor, number: int, seen: int, note: str = "") -> None:
        """Put a proposal in force, from its days on; by another person than the one who proposed it.

        raises  CockpitError ``same_person``, ``record_changed``, or what is wrong with it by now
        """
        one = self._decidable(actor, number)
        if one.steps[0].account == actor.id:
            raise CockpitError(
                Issue("same_person", N_("不能确认自己提出的变更。"), N_("请由另一位有权的人确认。"))
            )
        with self._store.begin() as connection:
            tree = self._confirmed(connection)
            issues = [issue for wrong in checked(tree, list(one.changes)) for issue in wrong]
            if issues:
                raise CockpitError(issues)
            self._go_on(one, seen, self._step(actor, CONFIRMED, note), connection)
            for day in sorted({change.day for change in one.changes if change.day <= self.today()}):
                seen += 1
                self._go_on(one, seen, self._step(SYSTEM, EFFECTIVE, day.isoformat()), connection)

    def give_back(self, actor: Actor, number: int, seen: int, note: str) -> None:
        """Send a proposal back, saying why."""
        one = self._decidable(actor, number)
        self._said(note)
        with self._store.begin() as connection:
            self._go_on(one, seen, self._step(actor, RETURNED, note), connection)

    def withdraw(self, actor: Actor, number: int, seen: int, note: str) -> None:
        """Take a proposal back: one's own before it is confirmed, a confirmed one before its first day.

        raises  CockpitError ``region_in_force`` where its day has come, ``region_needed`` where others rest on it
        """
        self._require(actor)
        one = self._known(actor, number)
        self._require(actor, one.codes, "regions")
        self._said(note)
        if one.state not in (PROPOSED, CONFIRMED):
            raise CockpitError(Issue("region_in_force", N_("这次变更已经生效或已经了结，不能撤回。"),
                                     N_("请登记一次新的变更。")))  # fmt: skip
        with self._store.begin() as connection:
            if one.state == CONFIRMED:
                others = [other for other in self._store.in_force(connection) if other.id != one.id]
                if any(checked(self._base, changes_of(others))):
                    raise CockpitError(Issue("region_needed", N_("还有已确认的变更以它为前提，不能撤回。"),
                                             N_("请先撤回那些变更。")))  # fmt: skip
            self._go_on(one, seen, self._step(actor, WITHDRAWN, note), connection)

    def take_effect(self) -> int:
        """Note every confirmed change whose day has come; how many days that were.

        Whoever follows the counter builds anew; a server that starts on the day needs no telling.
        """
        today, noted = self.today(), 0
        with self._store.begin() as connection:
            for one in self._store.in_force(connection):
                told = {step.note for step in one.steps if step.state == EFFECTIVE}
                seen = len(one.steps)
                for day in sorted({change.day for change in one.changes if change.day <= today}):
                    if day.isoformat() not in told:
                        self._go_on(one, seen, self._step(SYSTEM, EFFECTIVE, day.isoformat()), connection)
                        seen, noted = seen + 1, noted + 1
        return noted

    # -- inside ------------------------------------------------------------------------------------------------

    def _require(self, actor: Actor, codes: Iterable[int] = (), action: str = "") -> None:
        """Refuse who neither looks after regions nor decides on them, or not on these."""
        if not self.may_decide(actor):
            access.require(actor, action or "regions")
        for code in codes:
            if self._tree.has(code):
                access.require(actor, action or self._power(actor), self._tree, code)

    @staticmethod
    def _power(actor: Actor) -> str:
        return "regions" if access.may(actor, "regions") else "publish"

    def _touched(self, change: Change) -> tuple[int, ...]:
        """The codes that a change names and those above them, whose sums it alters."""
        known = [code for code in change.codes if self._tree.has(code)]
        above = [self._tree.get(code).parent for code in known]
        return tuple(
            dict.fromkeys([*known, *(code for code in above if code is not None and code != self._tree.root)])
        )

    def _sees(self, actor: Actor, one: Proposal) -> bool:
        """Whether all that a proposal names lies within the actor's regions."""
        known = [code for code in one.codes if self._tree.has(code)]
        return actor.role == "system" or (
            bool(known) and all(access.scope(actor, self._tree, code) == "own" for code in known)
        )

    def _known(self, actor: Actor, number: int) -> Proposal:
        found = next((one for one in self._store.all() if one.id == number), None)
        if found is None or not self._sees(actor, found):
            raise CockpitError(Issue("unknown_proposal", N_("没有这次区划变更。"), N_("请从列表进入。")))
        return found

    def _decidable(self, actor: Actor, number: int) -> Proposal:
        self._require(actor)
        one = self._known(actor, number)
        self._require(actor, one.codes)
        return one

    def _go_on(self, one: Proposal, seen: int, step: Step, connection: Any) -> None:
        """Add a step, if the proposal stands where the actor saw it and may go on from there."""
        open_to = {
            CONFIRMED: (PROPOSED,), RETURNED: (PROPOSED,), WITHDRAWN: (PROPOSED, CONFIRMED), EFFECTIVE: (CONFIRMED, EFFECTIVE),
        }  # fmt: skip
        now = next(other for other in self._store.all(connection) if other.id == one.id)
        if now.state not in open_to[step.state] or not self._store.step(one.id, seen, step, connection):
            raise CockpitError(
                Issue("record_changed", N_("这次变更刚刚被别人处理过。"), N_("请看过最新情况再操作。"))
            )

    @staticmethod
    def _said(note: str) -> None:
        if not note.strip():
            raise CockpitError(Issue("reason_missing", N_("请写明原因。"), where="note"))
        if len(note) > LONGEST_REASON:
            raise CockpitError(Issue("text_too_long", N_("文字太长，最多 {most} 个字。"), where="note",
                                     params={"most": LONGEST_REASON}))  # fmt: skip

    def _step(self, actor: Actor, state: str, note: str = "") -> Step:
        at = int(self._clock().timestamp())
        return Step(
            state, at, actor.id, actor.name, actor.display or actor.name, note.strip()[:LONGEST_REASON]
        )

    def _confirmed(self, connection: Any = None) -> RegionTree:
        """The regions with every confirmed change, those to come among them."""
        tree = changed(self._base, changes_of(self._store.in_force(connection)))
        return tree.at(self.today())

    def _all_confirmed(self) -> RegionTree:
        return self._confirmed()

    def _without(self, one: Proposal) -> RegionTree:
        """The regions as they are without a proposal."""
        others = [other for other in self._store.in_force() if other.id != one.id]
        return changed(self._base, changes_of(others)).at(self.today())

    # -- telling -----------------------------------------------------------------------------------------------

    def _line(self, tree: RegionTree, region: Region, language: str) -> RegionLine:
        parent = region.parent
        named = "" if parent is None or not tree.has(parent) else name_of(tree, parent, language)
        return RegionLine(
            code=region.code,
            name=region.name_en if language == "en" and region.name_en else region.name,
            parent=named,
            above=parent or 0,
            level=region.level.name.lower(),
            first=region.valid_from,
            last=region.valid_to,
            heirs=tuple(name_of(tree, code, language) for code in region.successor if tree.has(code)),
            today=region.valid(self.today()),
            zone=region.reporting_unit,
            inside=region.inside,
            depth=int(region.level) - int(tree.get(tree.root).level),
            below=len(tree.children(region.code)) if region.level < Level.TOWN else 0,
        )

    def _told(self, actor: Actor, one: Proposal, language: str) -> ProposalLine:
        mine = one.steps[0].account == actor.id
        before = self._without(one)
        after = changed(before, one.changes) if not any(checked(before, list(one.changes))) else before
        open_ = one.state == PROPOSED
        return ProposalLine(
            id=one.id,
            title=one.title or self._title(one.changes, after, language),
            state=one.state,
            first=min(change.day for change in one.changes),
            changes=tuple(self._change(change, before, after, language) for change in one.changes),
            reason=one.reason,
            steps=tuple(StepLine(step.state, step.at, step.display, step.note) for step in one.steps),
            seen=len(one.steps),
            mine=mine,
            outlined=bool(one.boundaries),
            may_confirm=open_ and not mine and self.may_decide(actor),
            may_withdraw=(open_ or one.state == CONFIRMED) and self.may_propose(actor),
            in_force=one.state == EFFECTIVE,
        )

    def _change(self, change: Change, before: RegionTree, after: RegionTree, language: str) -> ChangeLine:
        def named(tree: RegionTree, code: int, given: str = "") -> str:
            text = f"{code:012d}"
            short = text[:6] if text.endswith("000000") else text[:9]
            known = tree.at(change.day).get(code) if tree.has(code) else None
            name = given or ("" if known is None else known.name_en if language == "en" else known.name)
            return f"{name} {short}"

        day_before = before.at(change.day - timedelta(days=1))
        return ChangeLine(
            kind=str(change.kind),
            day=change.day,
            before=tuple(named(day_before, code) for code in change.old),
            after=tuple(named(after, part.code, part.name if language != "en" else part.name_en or part.name)
                        for part in change.new),
            parent="" if change.parent is None else named(after, change.parent),
            inside=change.inside,
            note=change.note,
        )  # fmt: skip


def level_word(tree: RegionTree, code: int) -> str:
    """The level of a region, as a word."""
    return level_of(tree, code)
