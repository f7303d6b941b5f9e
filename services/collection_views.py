"""What the pages of calls and of the yearly review show, as plain frozen values; names are in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from data_access.collection import Call, CallStep, Decision, Proposal, Score, Text
from data_access.yearly_reviews import Answered, Asked, Review, ReviewStep
from indicators.collection import CallState, Criterion, Standing, Verdict


@dataclass(frozen=True)
class CallLine:
    """One call in the list.

    proposals  how many were handed in; None for those who may not know yet
    mine       how many of them are the reader's own
    unscored   how many still wait for the reader's scores
    late       whether the deadline of the running stage has passed
    asked      whether the reader's department or county is asked for proposals
    """

    id: int
    title: str
    state: CallState
    due_on: date
    score_on: date
    proposals: int | None
    mine: int
    unscored: int
    late: bool
    simulated: bool
    asked: bool


@dataclass(frozen=True)
class ProposalView:
    """One proposal as the reader may see it.

    by        the department or county that proposes, in words
    own       whether the reader may still change it, while the call is open
    texts     every version, for those whose own it is, and once scores are open for everybody
    ballots   everybody's scores, once they are open; before that the reader's own only
    standing  once scores are open
    aside     why the reader has to stand aside (回避); empty: need not
    draft     the draft of a definition that came of it
    """

    proposal: Proposal
    by: str
    own: bool
    texts: tuple[Text, ...]
    ballots: tuple[Score, ...]
    mine: Score | None
    standing: Standing | None
    decisions: tuple[Decision, ...]
    aside: bool
    draft: int | None

    @property
    def decision(self) -> Decision | None:
        """The one that holds."""
        return self.decisions[-1] if self.decisions else None


@dataclass(frozen=True)
class CallView:
    """Everything of one call that the reader may see.

    invited    the departments that are asked, in words; empty: all
    may        what the reader may do now: propose, score, extend, close_entry, close_scores, decide, finish, withdraw
    experts    how many ballots each expert has cast, once that may be known; (name, cast)
    count      how many proposals there are, also those that cannot be seen yet; None where that is not told
    """

    line: CallLine
    call: Call
    invited: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    steps: tuple[CallStep, ...]
    proposals: tuple[ProposalView, ...]
    may: frozenset[str]
    experts: tuple[tuple[str, int], ...]
    count: int | None
    departments: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class DepartmentSum:
    """How far one department is with a review."""

    code: str
    name: str
    asked: int
    answered: int
    verdicts: Mapping[Verdict, int]


@dataclass(frozen=True)
class QuestionView:
    """One indicator of a review, and what was answered.

    quiet    whether there was no figure of it in the region in the last two years
    answers  every answer, the last holds
    """

    asked: Asked
    name: str
    department: str
    quiet: bool
    answers: tuple[Answered, ...]
    successor: str
    draft: int | None

    @property
    def answer(self) -> Answered | None:
        """The one that holds."""
        return self.answers[-1] if self.answers else None


@dataclass(frozen=True)
class ReviewLine:
    """One yearly review in the list.

    waiting  how many answers the reader still owes
    """

    id: int
    year: int
    title: str
    open: bool
    due_on: date
    asked: int
    answered: int
    waiting: int
    late: bool
    simulated: bool


@dataclass(frozen=True)
class ReviewView:
    """One yearly review as the reader may see it: those who run it everything, an owner the own part."""

    line: ReviewLine
    review: Review
    steps: tuple[ReviewStep, ...]
    sums: tuple[DepartmentSum, ...]
    questions: tuple[QuestionView, ...]
    total: int
    page: int
    pages: int
    chosen: Mapping[str, str]
    departments: tuple[tuple[str, str], ...]
    may: frozenset[str]
