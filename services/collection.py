"""征集、评选: a call for indicators with a deadline, proposals, experts' scores, a selection with reasons, and drafts.

Every act is one transaction: what is said, its audit row and what people are told. Whoever acts on what somebody else
has changed in between is told so and loses nothing of what was typed. Nobody scores or selects the own proposal.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from data_access.collection import Call, CallStep, Decision, Proposal, Said, Score
from data_access.yearly_reviews import ReviewStore
from indicators.catalog import Catalog
from indicators.collection import CRITERIA, HIGHEST, CallAct, CallState, Criterion, Outcome, moved, weights_of
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from services import access, collection_notices
from services.access import SYSTEM, Actor
from services.collection_forms import (
    OF_DEFINITION,
    as_date,
    as_number,
    end_of,
    future_day,
    number,
    proposal,
    stale,
)
from services.collection_reading import COUNTIES, CollectionReading, criteria_of, origin
from services.incident_forms import Form
from services.notices import Notice, Teller

Values = Mapping[str, str]
Connection = Any

LONGEST_TITLE = 80
MOST_PROPOSALS = 200
"""So many proposals of one department or county fit into a call."""

REMIND_DAYS = 3
"""So many days before a deadline those who are asked are reminded."""

DAY_SECONDS = 86400


class Drafts(Protocol):
    """Where definitions are drafted (the studio)."""

    def begin(self, actor: Actor, document: Mapping[str, Any], source: str) -> int:
        """Open a draft of a new indicator with what is known of it; its number."""
        ...

    def change(self, actor: Actor, code: str, source: str) -> int:
        """Open a draft that changes an indicator; its number."""
        ...

    def retire(self, actor: Actor, code: str, successor: str, source: str) -> int:
        """Open a draft that ends an indicator, in favour of a successor where there is one; its number."""
        ...


class Collection(CollectionReading):
    """Reads and moves calls for indicators."""

    def __init__(
        self, store: ReviewStore, catalog: Catalog, tree: RegionTree, teller: Teller, drafts: Drafts,
        clock: Callable[[], datetime], zone: timedelta,
    ) -> None:  # fmt: skip
        super().__init__(store, catalog, tree, clock, zone)
        self._teller = teller
        self._drafts = drafts

    # ---- a call

    def announce(self, actor: Actor, values: Values, *, simulated: bool = False) -> int:
        """Open a call; its number.

        values  title, purpose, due_on, score_on, departments (codes, and ``counties``, separated by commas; none: all),
                weight_<criterion>
        raises  CockpitError with an issue for every field; ``forbidden``
        """
        region = self._region(actor)
        form = Form(values, self.zone)
        title = form.text("title", required=True, longest=LONGEST_TITLE)
        purpose = form.text("purpose", required=True, longest=2000)
        due, score = self._days(form)
        departments = self._invited(form)
        criteria = self._weights(form)
        form.done()
        assert due is not None
        assert score is not None
        now = self.now()
        call = Call(
            0, title, purpose, departments, region, {one.id: one.weight for one in criteria}, CallState.OPEN.value, 1,
            as_number(due), end_of(due, self.zone), as_number(score), end_of(score, self.zone), now, actor.name, shown(actor),
            simulated,
        )  # fmt: skip
        with self.store.transaction() as connection:
            number_ = self.store.announce(connection, call)
            self._teller.put(connection, [collection_notices.announced(call._replace(id=number_), now)])
        return number_

    def _region(self, actor: Actor) -> int:
        """Whose call it is: the first of the actor's own regions in which indicators may be defined."""
        region = next(
            (code for code in actor.regions if access.may(actor, "define", self.tree, code)), self.tree.root
        )
        access.require(actor, "define", self.tree, region)
        return region

    def _days(self, form: Form) -> tuple[Any, Any]:
        due = future_day(form, "due_on", self.today())
        score = future_day(form, "score_on", self.today())
        if due is not None and score is not None and score < due:
            form.wrong("score_on", "days_crossed", N_("评分截止日不能早于征集截止日。"))
        return due, score

    def _invited(self, form: Form) -> tuple[str, ...]:
        asked = tuple(dict.fromkeys(filter(None, form.text("departments").split(","))))
        unknown = [one for one in asked if one != COUNTIES and one not in self.catalog.departments]
        if unknown:
            form.wrong("departments", "unknown_department", N_("请选择责任部门。"))
        return asked

    def _weights(self, form: Form) -> tuple[Criterion, ...]:
        given = {name: number(form, f"weight_{name}", 0, 100) for name in CRITERIA}
        criteria, issues = weights_of(given)
        for issue in issues:
            form.wrong(issue.where, issue.key, issue.what, issue.do, **issue.params)
        return criteria

    def extend(self, actor: Actor, call: int, values: Values) -> None:
        """Move the last day of the running stage.

        values  version, due_on (the new day), text
        """
        form = Form(values, self.zone)
        day = future_day(form, "due_on", self.today())
        text = form.text("text", required=True, longest=1000)
        form.done()
        assert day is not None

        def work(before: Call) -> tuple[dict[str, object], list[Notice]]:
            at, as_text = end_of(day, self.zone), as_number(day)
            changes: dict[str, object] = {"score_on": as_text, "score_at": at}
            if before.state == CallState.OPEN:
                later = at > before.score_at
                changes = {"due_on": as_text, "due_at": at} | (changes if later else {})
            elif day < as_date(before.due_on):
                form.wrong("due_on", "days_crossed", N_("评分截止日不能早于征集截止日。"))
                form.done()
            return changes, [collection_notices.extended(before, self.now(), day)]

        self._act(actor, call, CallAct.EXTEND, form, work, text, as_number(day))

    def close_entry(self, actor: Actor, call: int, values: Values) -> None:
        """End the time for proposals before its last day; the experts' turn."""
        form = Form(values, self.zone)

        def work(before: Call) -> tuple[dict[str, object], list[Notice]]:
            if not any(not one.withdrawn for one in self.store.proposals([call])):
                what = N_("还没有人提出指标，不能进入评分。")
                raise CockpitError(Issue("no_proposals", what, N_("请延长征集时间，或撤回征集。")))
            return {}, [collection_notices.to_be_scored(before, self.now())]

        self._act(actor, call, CallAct.CLOSE_ENTRY, form, work)

    def close_scores(self, actor: Actor, call: int, values: Values) -> None:
        """End the scoring; from now on scores are laid open."""
        form = Form(values, self.zone)

        def work(before: Call) -> tuple[dict[str, object], list[Notice]]:
            return {}, [collection_notices.to_be_decided(before, self.now())]

        self._act(actor, call, CallAct.CLOSE_SCORES, form, work)

    def finish(self, actor: Actor, call: int, values: Values) -> None:
        """结束: the selection stands, and is told to those who proposed.

        values  version, text
        raises  ``undecided`` while a proposal has no decision
        """
        form = Form(values, self.zone)
        text = form.text("text", longest=2000)
        form.done()

        def work(before: Call) -> tuple[dict[str, object], list[Notice]]:
            live = [one for one in self.store.proposals([call]) if not one.withdrawn]
            decided = {one.proposal for one in self.store.decisions([one.id for one in live])}
            left = sum(one.id not in decided for one in live)
            if left:
                what = N_("还有 {count} 条建议没有评选结论。")
                issue = Issue("undecided", what, N_("请逐条写明结论和理由。"), params={"count": left})
                raise CockpitError(issue)
            return {}, [collection_notices.decided(before, self.now(), tuple({one.actor for one in live}))]

        self._act(actor, call, CallAct.FINISH, form, work, text)

    def withdraw(self, actor: Actor, call: int, values: Values) -> None:
        """Take a call back; it stays with everything that was said.

        values  version, text (why)
        """
        form = Form(values, self.zone)
        text = form.text("text", required=True, longest=1000)
        form.done()

        def work(before: Call) -> tuple[dict[str, object], list[Notice]]:
            to = tuple({one.actor for one in self.store.proposals([call])})
            return {}, [collection_notices.withdrawn(before, self.now(), to)] if to else []

        self._act(actor, call, CallAct.WITHDRAW, form, work, text)

    def _act(
        self, actor: Actor, call: int, act: CallAct, form: Form,
        work: Callable[[Call], tuple[dict[str, object], list[Notice]]], text: str = "", due_on: int | None = None,
    ) -> None:  # fmt: skip
        """One act on one call: checked, stored with its step, told."""
        seen = form.whole("version", 1, 2**31 - 1)
        known = self.known(actor, call)
        access.require(actor, "define", self.tree, known.region)
        with self.store.transaction() as connection:
            before = self.store.call(call, connection)
            assert before is not None
            if before.version != seen:
                raise stale()
            after = moved(CallState(before.state), act)
            changes, notices = work(before)
            self._step(connection, before, act, after, actor, text, due_on, changes)
            self._teller.put(connection, notices)

    def _step(
        self, connection: Connection, before: Call, act: CallAct, after: CallState, actor: Actor, text: str,
        due_on: int | None, changes: Mapping[str, object],
    ) -> None:  # fmt: skip
        step = CallStep(
            before.id, before.version + 1, act.value, after.value, self.now(), actor.name, shown(actor), text, due_on
        )  # fmt: skip
        if not self.store.step(connection, before, step, **changes):
            raise stale()

    # ---- proposals

    def propose(self, actor: Actor, call: int, values: Values) -> int:
        """Hand in a proposal; its number.

        values  the fields of ``collection_forms.PROPOSAL``
        """
        known = self.known(actor, call)
        form = Form(values, self.zone)
        document = proposal(form)
        form.done()
        document["department"] = actor.department
        region = known.region if actor.department else self._county(actor, known)
        with self.store.transaction() as connection:
            before = self.store.call(call, connection)
            assert before is not None
            self._open_to(actor, before)
            mine = [
                one for one in self.store.proposals([call], connection=connection) if self.owns(actor, one)
            ]
            if len(mine) >= MOST_PROPOSALS:
                raise CockpitError(
                    Issue(
                        "too_many_proposals",
                        N_("一次征集最多提出 {most} 条建议。"),
                        params={"most": MOST_PROPOSALS},
                    )
                )
            if any(one.document["name_zh"] == document["name_zh"] and not one.withdrawn for one in mine):
                what, do = N_("本单位已经提出过同名的指标。"), N_("请修改原来的建议，或换一个名称。")
                raise CockpitError(Issue("proposed_before", what, do, "name_zh"))
            entered = Proposal(
                0, call, actor.department, region, False, 1, self.now(), actor.name, shown(actor), document
            )
            return self.store.propose(connection, entered)

    def _county(self, actor: Actor, call: Call) -> int:
        """For which region somebody without a department speaks."""
        return next(iter(actor.regions), call.region)

    def rewrite(self, actor: Actor, number_: int, values: Values) -> int:
        """Put a new text in the place of a proposal's; the old one stays. The number of its call.

        values  version, and the fields of ``collection_forms.PROPOSAL``
        """
        form = Form(values, self.zone)
        seen = form.whole("version", 1, 2**31 - 1)
        document = proposal(form)
        form.done()
        with self.store.transaction() as connection:
            before = self._own(actor, number_, connection)
            document["department"] = before.department
            if before.version != seen or not self.store.rewrite(
                connection, before, document, self._said_by(actor)
            ):
                raise stale()
        return before.call

    def take_back(self, actor: Actor, number_: int, values: Values, back: bool = True) -> int:
        """Withdraw a proposal before the deadline, or hand it in again; the number of its call."""
        seen = Form(values, self.zone).whole("version", 1, 2**31 - 1)
        with self.store.transaction() as connection:
            before = self._own(actor, number_, connection)
            if before.version != seen or not self.store.withdraw(
                connection, before, back, self._said_by(actor)
            ):
                raise stale()
        return before.call

    def _own(self, actor: Actor, number_: int, connection: Connection) -> Proposal:
        """A proposal of the actor's own, while its call is open."""
        found = self.store.proposal(number_, connection)
        if found is None or not self.owns(actor, found):
            what = N_("没有编号为 {id} 的建议，或您无权查看。")
            raise CockpitError(
                Issue("unknown_proposal", what, N_("请从征集清单进入。"), params={"id": str(number_)})
            )
        call = self.store.call(found.call, connection)
        assert call is not None
        self._open_to(actor, call)
        return found

    def _open_to(self, actor: Actor, call: Call) -> None:
        """Refuse who is not asked, and whatever comes too late."""
        access.require(actor, "propose")
        if not self.invited(actor, call):
            raise CockpitError(
                Issue("not_invited", N_("这次征集没有面向您的单位。"), N_("如需参加，请联系发起人。"))
            )
        if call.state != CallState.OPEN or self.now() >= call.due_at:
            what, do = N_("征集已于 {day} 截止，不再接收建议。"), N_("请联系发起人，或参加下一次征集。")
            day = as_date(call.due_on).isoformat()
            raise CockpitError(Issue("too_late", what, do, params={"day": day}))

    # ---- scores

    def score(self, actor: Actor, number_: int, values: Values) -> int:
        """Score a proposal, or stand aside; a later score takes the place of an earlier one. The number of its call.

        values  score_<criterion> (0 to 10), comment; or aside, with the comment saying why
        """
        found = self.store.proposal(number_)
        call = self.known(actor, found.call) if found is not None else None
        if found is None or call is None or not self.reads(actor, call, found):
            what = N_("没有编号为 {id} 的建议，或您无权查看。")
            raise CockpitError(
                Issue("unknown_proposal", what, N_("请从征集清单进入。"), params={"id": str(number_)})
            )
        access.require(actor, "score", self.tree, call.region)
        form = Form(values, self.zone)
        aside = form.flag("aside")
        comment = form.text("comment", required=aside, longest=2000)
        scores = {} if aside else self._scores(form, criteria_of(call))
        if not aside and self.must_stand_aside(actor, found):
            form.wrong(
                "aside", "own_proposal", N_("这是您本人或本部门的建议，须回避。"), N_("请勾选回避并说明。")
            )
        form.done()
        with self.store.transaction() as connection:
            before = self.store.call(call.id, connection)
            assert before is not None
            if before.state != CallState.SCORING or self.now() >= before.score_at:
                what, do = N_("现在不能评分：评分已经结束或尚未开始。"), N_("请看征集的进展。")
                raise CockpitError(Issue("not_scoring", what, do))
            said = Score(number_, actor.name, 0, scores, aside, comment, self.now(), actor.name, shown(actor))
            self.store.score(connection, said)
        return call.id

    def _scores(self, form: Form, criteria: Sequence[Criterion]) -> dict[str, float]:
        found = {}
        for one in criteria:
            value = number(form, f"score_{one.id}", 0, HIGHEST, required=True)
            found[one.id] = round(value, 1) if value is not None else 0.0
        return found

    # ---- the selection

    def decide(self, actor: Actor, number_: int, values: Values) -> int:
        """Select a proposal, keep it in reserve or decline it, with the reason; the number of its call.

        values  seen (how many decisions there were), outcome, reason
        raises  ``own_proposal``: nobody decides on what they proposed themselves
        """
        found, call = self._to_decide(actor, number_)
        form = Form(values, self.zone)
        seen = form.whole("seen", 0, 10**6)
        outcome = form.choice("outcome", [one.value for one in Outcome])
        reason = form.text("reason", required=True, longest=2000)
        form.done()
        if found.actor == actor.name:
            what, do = N_("不能评选自己提出的建议。"), N_("请由其他人作出结论。")
            raise CockpitError(Issue("own_proposal", what, do))
        stands = next((one for one in self.ranking(call) if one.proposal == number_), None)
        with self.store.transaction() as connection:
            before = self.store.call(call.id, connection)
            assert before is not None
            if before.state != CallState.SELECTING:
                moved(CallState(before.state), CallAct.FINISH)
            if len(self.store.decisions([number_], connection)) != seen:
                raise stale()
            decision = Decision(
                number_, 0, outcome, reason, stands.rank if stands else None, stands.score if stands else None, self.now(),
                actor.name, shown(actor),
            )  # fmt: skip
            self.store.decide(connection, decision)
        return call.id

    def _to_decide(self, actor: Actor, number_: int) -> tuple[Proposal, Call]:
        found = self.store.proposal(number_)
        call = self.store.call(found.call) if found is not None else None
        if found is None or call is None or found.withdrawn or not self.reads(actor, call, found):
            what = N_("没有编号为 {id} 的建议，或您无权查看。")
            raise CockpitError(
                Issue("unknown_proposal", what, N_("请从征集清单进入。"), params={"id": str(number_)})
            )
        access.require(actor, "define", self.tree, call.region)
        return found, call

    def draft(self, actor: Actor, number_: int) -> int:
        """Open the draft of a definition from a selected proposal; the draft that there is, where there is one."""
        found, call = self._to_decide(actor, number_)
        decisions = self.store.decisions([number_])
        if not decisions or decisions[-1].outcome != Outcome.SELECTED or call.state != CallState.CLOSED:
            what, do = N_("只有评选结束且入选的建议才能转为草稿。"), N_("请先完成评选。")
            raise CockpitError(Issue("not_selected", what, do))
        name = origin(call.id, number_)
        known = self.store.drafts([name])
        if name in known:
            return known[name]
        document = {field: found.document[field] for field in OF_DEFINITION if found.document.get(field)}
        made = self._drafts.begin(actor, document, name)
        with self.store.transaction() as connection:
            self.store.drafted(connection, name, made, self._said_by(actor))
        return self.store.drafts([name])[name]

    # ---- by itself

    def due(self, now: int) -> int:
        """End stages whose last day is over, and remind of those that end soon; how many notices that makes."""
        count = 0
        for call in self.store.calls([CallState.OPEN.value, CallState.SCORING.value]):
            ends = call.due_at if call.state == CallState.OPEN else call.score_at
            if now >= ends:
                count += self._ended(call, now)
            elif now >= ends - REMIND_DAYS * DAY_SECONDS:
                count += self._remind(call, now)
        return count

    def _ended(self, call: Call, now: int) -> int:
        """A stage whose time is over; a call without proposals stays open for those who run it to extend or withdraw."""
        act, note = CallAct.CLOSE_SCORES, collection_notices.to_be_decided
        if call.state == CallState.OPEN:
            if not any(not one.withdrawn for one in self.store.proposals([call.id])):
                return 0
            act, note = CallAct.CLOSE_ENTRY, collection_notices.to_be_scored
        with self.store.transaction() as connection:
            before = self.store.call(call.id, connection)
            if before is None or before.version != call.version:
                return 0  # somebody was quicker
            self._step(connection, before, act, moved(CallState(before.state), act), SYSTEM, "", None, {})
            return self._teller.put(connection, [note(before, now)])

    def _remind(self, call: Call, now: int) -> int:
        """Once for each stage."""
        reminded = [
            one for one in self.store.steps(call.id) if one.act == CallAct.REMIND and one.state == call.state
        ]
        if reminded:
            return 0
        note = (
            collection_notices.entry_ends if call.state == CallState.OPEN else collection_notices.scores_end
        )
        with self.store.transaction() as connection:
            before = self.store.call(call.id, connection)
            if before is None or before.version != call.version:
                return 0
            state = CallState(before.state)
            self._step(connection, before, CallAct.REMIND, state, SYSTEM, "", None, {})
            return self._teller.put(connection, [note(before, now)])

    def _said_by(self, actor: Actor) -> Said:
        return Said(self.now(), actor.name, shown(actor))


def shown(actor: Actor) -> str:
    """What a screen calls somebody."""
    return (actor.display or actor.name)[:64]
