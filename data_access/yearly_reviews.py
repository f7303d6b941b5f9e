"""The yearly review of indicators: whom it asks about what, and what the owners answer; answers are never changed."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from data_access import collection_tables as tables
from data_access.collection import CollectionStore, inserted, values_of


class Review(NamedTuple):
    """The head of a yearly review; the fields are the columns of `yearly_reviews`."""

    id: int
    year: int
    title: str
    region: int
    state: str
    version: int
    due_on: int
    due_at: int
    at: int
    actor: str
    shown: str
    simulated: bool = False


class ReviewStep(NamedTuple):
    """One thing that happened to a review."""

    review: int
    number: int
    act: str
    at: int
    actor: str
    shown: str
    text: str = ""
    due_on: int | None = None


class Asked(NamedTuple):
    """One indicator that a review asks about, and whom; as it stood when it was asked."""

    review: int
    code: str
    department: str
    definition: int
    latest: int | None


class Answered(NamedTuple):
    """What an owner said of an indicator; the last of several rows holds."""

    review: int
    code: str
    number: int
    answer: str
    reason: str
    successor: str
    at: int
    actor: str
    shown: str


class ReviewStore(CollectionStore):
    """Reads and writes yearly reviews; audit, counter and transactions as those of calls."""

    def reviews(
        self,
        state: str | None = None,
        ids: Collection[int] | None = None,
        connection: Connection | None = None,
    ) -> list[Review]:
        """Reviews, the newest first; None asks for all."""
        r = tables.reviews.c
        wanted = sa.select(tables.reviews).order_by(r.id.desc())
        if state is not None:
            wanted = wanted.where(r.state == state)
        if ids is not None:
            wanted = wanted.where(r.id.in_(sorted(ids)))
        return [Review(**row) for row in self.rows(wanted, connection)]

    def review(self, number: int, connection: Connection | None = None) -> Review | None:
        """One review."""
        return next(iter(self.reviews(ids=[number], connection=connection)), None)

    def review_steps(self, review: int) -> list[ReviewStep]:
        """What happened to a review, in its order."""
        s = tables.review_steps.c
        wanted = sa.select(tables.review_steps).where(s.review == review).order_by(s.number)
        return [ReviewStep(**row) for row in self.rows(wanted, None)]

    def asked(self, review: int, department: str | None = None) -> list[Asked]:
        """What a review asks about; of one department or of all."""
        q = tables.questions.c
        wanted = sa.select(tables.questions).where(q.review == review).order_by(q.department, q.code)
        if department is not None:
            wanted = wanted.where(q.department == department)
        return [Asked(**row) for row in self.rows(wanted, None)]

    def answers(self, review: int, connection: Connection | None = None) -> list[Answered]:
        """Every answer to a review, in its order; of several on one indicator the last holds."""
        a = tables.answers.c
        wanted = sa.select(tables.answers).where(a.review == review).order_by(a.code, a.number)
        return [Answered(**row) for row in self.rows(wanted, connection)]

    def begin_review(self, connection: Connection, review: Review, asked: Iterable[Asked]) -> int:
        """Enter a review with its first step and everything that it asks about; its number."""
        values = values_of(review)
        del values["id"]
        number = inserted(connection, tables.reviews, values)
        step = ReviewStep(number, 1, "announce", review.at, review.actor, review.shown, due_on=review.due_on)
        connection.execute(sa.insert(tables.review_steps).values(values_of(step)))
        rows = [values_of(one._replace(review=number)) for one in asked]
        if rows:
            connection.execute(sa.insert(tables.questions), rows)
        detail = {"year": review.year, "due": review.due_on, "indicators": len(rows)}
        self.said(connection, step, "review.announce", f"review {number}", detail)
        return number

    def review_step(
        self, connection: Connection, before: Review, step: ReviewStep, **changes: object
    ) -> bool:
        """Add a step and move the head; False, and nothing written, where the head is not `before` any more."""
        r = tables.reviews.c
        moved = connection.execute(
            sa.update(tables.reviews)
            .where(r.id == before.id, r.version == before.version)
            .values(version=step.number, **changes)
        )
        if not moved.rowcount:
            return False
        connection.execute(sa.insert(tables.review_steps).values(values_of(step)))
        self.said(
            connection, step, f"review.{step.act}", f"review {before.id}", {"text": step.text, **changes}
        )
        return True

    def answer(self, connection: Connection, answers: Iterable[Answered]) -> None:
        """Write down answers, each on top of the one before; one audit row each."""
        for one in answers:
            connection.execute(sa.insert(tables.answers).values(values_of(one)))
            detail = {"answer": one.answer, "reason": one.reason, "successor": one.successor}
            self.said(connection, one, "review.answer", f"review {one.review} {one.code}", detail)
