"""What may be seen of calls for indicators, and by whom.

While a call collects, everybody sees the own proposals and nobody the others'; while it is scored, those who run it
and the experts see all of them, and every expert the own scores only; afterwards all who took part see the ranking,
narrowed to their regions like everything else.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from data_access.collection import Call, Decision, Proposal, Score
from data_access.yearly_reviews import ReviewStore
from indicators.catalog import Catalog
from indicators.collection import (
    COUNTED,
    CRITERIA,
    UNDER_WAY,
    Ballot,
    CallState,
    Criterion,
    Standing,
    ranked,
    standing,
)
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.collection_forms import as_date, local_day
from services.collection_views import CallLine, CallView, ProposalView
from services.scenes import name_of
from services.texts import Texts
from services.waiting import Waiting

COUNTIES = "counties"
"""Among the departments that are asked: the counties."""


class _Said(NamedTuple):
    """All that was said to some calls, by proposal."""

    proposals: Sequence[Proposal]
    scores: Mapping[int, list[Score]]
    decisions: Mapping[int, list[Decision]]


class CollectionReading:
    """Answers questions about calls, narrowed to who asks."""

    def __init__(
        self,
        store: ReviewStore,
        catalog: Catalog,
        tree: RegionTree,
        clock: Callable[[], datetime],
        zone: timedelta,
    ) -> None:
        self.store = store
        self.catalog = catalog
        self.tree = tree
        self.zone = zone
        self._clock = clock

    def now(self) -> int:
        """This moment, in epoch seconds."""
        return int(self._clock().timestamp())

    def today(self) -> date:
        """This day on the city's clock."""
        return local_day(self.now(), self.zone)

    # ---- who

    def runs(self, actor: Actor, region: int) -> bool:
        """Whether the actor runs calls and reviews of a region: opens, closes, decides."""
        return access.may(actor, "define", self.tree, region)

    def judges(self, actor: Actor, call: Call) -> bool:
        """Whether the actor is one of the experts."""
        return access.may(actor, "score", self.tree, call.region)

    def invited(self, actor: Actor, call: Call) -> bool:
        """Whether the actor's department or county is asked for proposals."""
        if not access.may(actor, "propose"):
            return False
        if access.scope(actor, self.tree, call.region) is None:
            return False
        if not call.departments:
            return True
        return (actor.department or COUNTIES) in call.departments

    def knows(self, actor: Actor, call: Call) -> bool:
        """Whether the actor may know of a call at all."""
        return self.runs(actor, call.region) or self.judges(actor, call) or self.invited(actor, call)

    def owns(self, actor: Actor, one: Proposal) -> bool:
        """Whether a proposal is the actor's, or that of the actor's department or county."""
        if one.actor == actor.name:
            return True
        if not access.may(actor, "propose") or access.scope(actor, self.tree, one.region) != "own":
            return False
        if actor.department or one.department:
            return actor.department == one.department
        return one.region in actor.regions and one.region != self.tree.root

    def reads(self, actor: Actor, call: Call, one: Proposal) -> bool:
        """Whether the actor may see a proposal now."""
        if self.owns(actor, one):
            return True
        state = CallState(call.state)
        if one.withdrawn or state in (CallState.OPEN, CallState.WITHDRAWN):
            return False
        if self.runs(actor, call.region) or self.judges(actor, call):
            return True
        return state in COUNTED and access.scope(actor, self.tree, one.region) is not None

    # ---- lists

    def calls(self, actor: Actor) -> tuple[CallLine, ...]:
        """The calls that the actor may know of, those under way first."""
        known = [call for call in self.store.calls() if self.knows(actor, call)]
        said = self._said([call.id for call in known])
        lines = [self._line(actor, call, said) for call in known]
        return tuple(sorted(lines, key=lambda one: (one.state not in UNDER_WAY, -one.id)))

    def _line(self, actor: Actor, call: Call, said: _Said) -> CallLine:
        own = [one for one in said.proposals if one.call == call.id]
        live = [one for one in own if not one.withdrawn]
        state = CallState(call.state)
        judges = state is CallState.SCORING and self.judges(actor, call)
        mine = {one.proposal for scores in said.scores.values() for one in scores if one.expert == actor.name}
        ends = {CallState.OPEN: call.due_at, CallState.SCORING: call.score_at}.get(state)
        told = self.runs(actor, call.region) or self.judges(actor, call) or state in COUNTED
        return CallLine(
            id=call.id,
            title=call.title,
            state=state,
            due_on=as_date(call.due_on),
            score_on=as_date(call.score_on),
            proposals=len(live) if told else None,
            mine=sum(self.owns(actor, one) for one in live),
            unscored=sum(one.id not in mine for one in live) if judges else 0,
            late=ends is not None and self.now() >= ends,
            simulated=call.simulated,
            asked=self.invited(actor, call),
        )

    def _said(self, calls: Sequence[int]) -> _Said:
        proposals = self.store.proposals(calls) if calls else []
        ids = [one.id for one in proposals]
        scores: dict[int, list[Score]] = {}
        decisions: dict[int, list[Decision]] = {}
        for score in self.store.scores(ids) if ids else ():
            scores.setdefault(score.proposal, []).append(score)
        for decision in self.store.decisions(ids) if ids else ():
            decisions.setdefault(decision.proposal, []).append(decision)
        return _Said(proposals, scores, decisions)

    # ---- one call

    def known(self, actor: Actor, number: int) -> Call:
        """One call.

        raises  CockpitError ``unknown_call``; the same for one that the actor may not know of
        """
        found = self.store.call(number)
        if found is None or not self.knows(actor, found):
            what = N_("没有编号为 {id} 的征集，或您无权查看。")
            raise CockpitError(
                Issue("unknown_call", what, N_("请从征集清单进入。"), params={"id": str(number)})
            )
        return found

    def page(self, actor: Actor, number: int, language: str = "zh") -> CallView:
        """Everything of one call that the actor may see.

        raises  CockpitError ``unknown_call``
        """
        call = self.known(actor, number)
        said, criteria = self._said([number]), criteria_of(call)
        line = self._line(actor, call, said)
        standings = {one.proposal: one for one in self.ranking(call, said)}
        seen = [one for one in said.proposals if self.reads(actor, call, one)]
        drafts = self.store.drafts([origin(call.id, one.id) for one in seen])
        views = [
            self._proposal(actor, call, one, said, standings.get(one.id), drafts, language) for one in seen
        ]
        if standings:
            views.sort(
                key=lambda one: (one.standing is None, one.standing.rank or 10**6 if one.standing else 0)
            )
        return CallView(
            line=line,
            call=call,
            invited=tuple(self._names(call.departments, language)),
            criteria=criteria,
            steps=tuple(self.store.steps(number)),
            proposals=tuple(views),
            may=self.may(actor, call),
            experts=self._experts(actor, call, said),
            count=line.proposals,
            departments=tuple(self.departments(language).items()),
        )

    def _proposal(
        self, actor: Actor, call: Call, one: Proposal, said: _Said, stands: Standing | None,
        drafts: Mapping[str, int], language: str,
    ) -> ProposalView:  # fmt: skip
        laid_open = CallState(call.state) in COUNTED
        ballots = said.scores.get(one.id, [])
        owns = self.owns(actor, one)
        mine = next((ballot for ballot in ballots if ballot.expert == actor.name), None)
        experts = laid_open and (self.runs(actor, call.region) or self.judges(actor, call))
        decided = CallState(call.state) is CallState.CLOSED or self.runs(actor, call.region)
        return ProposalView(
            proposal=one,
            by=self.whose(one, language),
            own=owns and call.state == CallState.OPEN and self.now() < call.due_at,
            texts=tuple(self.store.texts(one.id)) if owns or laid_open else (),
            ballots=tuple(ballots) if experts else (mine,) if mine is not None else (),
            mine=mine,
            standing=stands,
            decisions=tuple(said.decisions.get(one.id, ())) if decided else (),
            aside=self.must_stand_aside(actor, one),
            draft=drafts.get(origin(call.id, one.id)) if self.runs(actor, call.region) else None,
        )

    def ranking(self, call: Call, said: _Said | None = None) -> tuple[Standing, ...]:
        """What the scores say, once they are laid open."""
        if CallState(call.state) not in COUNTED:
            return ()
        heard, criteria = said or self._said([call.id]), criteria_of(call)
        return ranked(
            standing(
                one.id,
                criteria,
                [Ballot(s.expert, s.scores, bool(s.aside)) for s in heard.scores.get(one.id, ())],
            )
            for one in heard.proposals
            if not one.withdrawn
        )

    def must_stand_aside(self, actor: Actor, one: Proposal) -> bool:
        """Whether an expert may not score a proposal: it is the own one, or that of the own department."""
        return one.actor == actor.name or bool(actor.department and actor.department == one.department)

    def may(self, actor: Actor, call: Call) -> frozenset[str]:
        """What the actor may do with a call now."""
        state, now = CallState(call.state), self.now()
        can: set[str] = set()
        if state is CallState.OPEN and now < call.due_at and self.invited(actor, call):
            can.add("propose")
        if state is CallState.SCORING and now < call.score_at and self.judges(actor, call):
            can.add("score")
        if self.runs(actor, call.region):
            can |= {
                CallState.OPEN: {"extend", "close_entry", "withdraw"},
                CallState.SCORING: {"extend", "close_scores", "withdraw"},
                CallState.SELECTING: {"decide", "finish", "withdraw"},
                CallState.CLOSED: {"draft"},
            }.get(state, set())
        return frozenset(can)

    def _experts(self, actor: Actor, call: Call, said: _Said) -> tuple[tuple[str, int], ...]:
        """How many proposals each expert has dealt with: for those who run the call."""
        if not self.runs(actor, call.region) or call.state == CallState.OPEN:
            return ()
        cast = Counter(one.shown for scores in said.scores.values() for one in scores)
        return tuple(sorted(cast.items()))

    # ---- what waits

    def waiting(self, actor: Actor, language: str) -> tuple[Waiting, ...]:
        """Calls that wait for the actor's proposals, scores or decision."""
        if not any(access.may(actor, act) for act in ("define", "propose", "score")):
            return ()
        texts, lines = Texts(language), []
        for one in self.calls(actor):
            if one.state not in UNDER_WAY:
                continue
            call, href = one, f"/calls/{one.id}"
            if call.state is CallState.SCORING and call.unscored:
                title = texts.t("给“{title}”评分", title=call.title)
                lines.append(
                    Waiting(f"call.score.{one.id}", title, call.unscored, href, one.score_on, one.late)
                )
            elif call.state is CallState.OPEN and call.asked and not call.mine and not self._runs_any(actor):
                title = texts.t("为“{title}”提出指标", title=call.title)
                lines.append(Waiting(f"call.propose.{one.id}", title, 1, href, one.due_on, one.late))
            elif call.state is CallState.SELECTING and self._runs_any(actor):
                title = texts.t("对“{title}”作出评选", title=call.title)
                lines.append(Waiting(f"call.decide.{one.id}", title, call.proposals or 0, href, None, False))
        return tuple(lines)

    def _runs_any(self, actor: Actor) -> bool:
        return access.may(actor, "define")

    # ---- words

    def whose(self, one: Proposal, language: str) -> str:
        """The department or the county that proposes."""
        if one.department:
            return self.departments(language).get(one.department, one.department)
        return name_of(self.tree, one.region, language)

    def departments(self, language: str) -> dict[str, str]:
        """The departments of the catalogue by their codes."""
        return {
            one.id: one.name_en if language == "en" else one.name_zh
            for one in self.catalog.departments.values()
        }

    def _names(self, codes: Iterable[str], language: str) -> list[str]:
        known = self.departments(language) | {COUNTIES: Texts(language).t(N_("各县区"))}
        return [known.get(code, code) for code in codes]


def criteria_of(call: Call) -> tuple[Criterion, ...]:
    """The criteria of a call, in the order of the house."""
    return tuple(Criterion(name, call.criteria[name]) for name in CRITERIA if call.criteria.get(name))


def origin(call: int, proposal: int) -> str:
    """How a draft tells that it came of a proposal."""
    return f"call:{call}/{proposal}"
