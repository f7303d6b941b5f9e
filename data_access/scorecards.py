"""Weighted scorecards: their lines version by version, scores given by hand, editions of results, appeals and rulings."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from data_access import plans_tables as tables
from data_access.plans_book import PlansBook, values_of


class Card(NamedTuple):
    """The head of a scorecard; the fields are the columns of `scorecards`."""

    id: int
    title: str
    year: int
    until: int
    subjects: str
    region: int
    state: str
    version: int
    edition: int
    appeal_on: int | None
    appeal_at: int | None
    at: int
    actor: str
    shown: str
    simulated: bool = False


class CardStep(NamedTuple):
    """One thing that happened to a card, with its lines as they stood after it."""

    card: int
    number: int
    act: str
    state: str
    document: Mapping[str, Any]
    text: str
    at: int
    actor: str
    shown: str


class Hand(NamedTuple):
    """A score given by hand, with its evidence; the last of several rows holds."""

    card: int
    subject: str
    item: str
    number: int
    score: float | None
    evidence: str
    at: int
    actor: str
    shown: str


class Result(NamedTuple):
    """One line of an edition of results."""

    card: int
    edition: int
    subject: str
    item: str
    weight: float
    value: float | None
    unit: str
    period: int | None
    status: str
    score: float | None
    evidence: str


class Appeal(NamedTuple):
    """What a subject says against a score."""

    id: int
    card: int
    edition: int
    subject: str
    item: str
    text: str
    at: int
    actor: str
    shown: str


class AppealRuling(NamedTuple):
    """How an appeal was decided, once."""

    appeal: int
    ruling: str
    score: float | None
    reason: str
    at: int
    actor: str
    shown: str


class ScorecardStore(PlansBook):
    """Reads and writes scorecards; audit, counter and transactions as those of plans."""

    def cards(
        self, ids: Collection[int] | None = None, states: Collection[str] | None = None,
        connection: Connection | None = None,
    ) -> list[Card]:  # fmt: skip
        """Cards, the newest first; None asks for all."""
        c = tables.scorecards.c
        wanted = sa.select(tables.scorecards).order_by(c.id.desc())
        if ids is not None:
            wanted = wanted.where(c.id.in_(sorted(ids)))
        if states is not None:
            wanted = wanted.where(c.state.in_(sorted(states)))
        return [Card(**row) for row in self.rows(wanted, connection)]

    def card(self, number: int, connection: Connection | None = None) -> Card | None:
        """One card."""
        return next(iter(self.cards([number], connection=connection)), None)

    def card_steps(self, card: int, connection: Connection | None = None) -> list[CardStep]:
        """What happened to a card, in its order."""
        s = tables.card_steps.c
        wanted = sa.select(tables.card_steps).where(s.card == card).order_by(s.number)
        return [CardStep(**row) for row in self.rows(wanted, connection)]

    def hands(self, card: int, connection: Connection | None = None) -> list[Hand]:
        """Every score given by hand, in order."""
        h = tables.card_hands.c
        wanted = sa.select(tables.card_hands).where(h.card == card).order_by(h.subject, h.item, h.number)
        return [Hand(**row) for row in self.rows(wanted, connection)]

    def results(self, card: int) -> list[Result]:
        """The results of every edition."""
        r = tables.card_results.c
        wanted = sa.select(tables.card_results).where(r.card == card).order_by(r.edition, r.subject)
        return [Result(**row) for row in self.rows(wanted)]

    def appeals(self, cards: Collection[int], connection: Connection | None = None) -> list[Appeal]:
        """Appeals on some cards, in the order in which they came."""
        a = tables.appeals.c
        wanted = sa.select(tables.appeals).where(a.card.in_(sorted(cards))).order_by(a.id)
        return [Appeal(**row) for row in self.rows(wanted, connection)]

    def appeal(self, number: int) -> Appeal | None:
        """One appeal."""
        wanted = sa.select(tables.appeals).where(tables.appeals.c.id == number)
        return next((Appeal(**row) for row in self.rows(wanted)), None)

    def decided(
        self, appeals: Collection[int], connection: Connection | None = None
    ) -> dict[int, AppealRuling]:
        """How some appeals were decided, by their numbers."""
        r = tables.appeal_rulings.c
        wanted = sa.select(tables.appeal_rulings).where(r.appeal.in_(sorted(appeals)))
        return {row["appeal"]: AppealRuling(**row) for row in self.rows(wanted, connection)}

    def any_card(self) -> bool:
        """Whether there is a card at all."""
        return bool(self.rows(sa.select(tables.scorecards.c.id).limit(1)))

    # ---- writing

    def create(self, connection: Connection, card: Card, document: Mapping[str, Any]) -> int:
        """Enter a card with its first step; its number."""
        values = card._asdict()
        del values["id"]
        key = connection.execute(sa.insert(tables.scorecards).values(values)).inserted_primary_key
        assert key is not None
        number = int(key[0])
        step = CardStep(
            number, 1, "create", card.state, document, "", card.at, card.actor, card.shown
        )  # fmt: skip
        self._write(connection, step)
        return number

    def card_step(self, connection: Connection, before: Card, step: CardStep, **changes: object) -> bool:
        """Add a step and move the head; False, and nothing written, where the head is not `before` any more."""
        c = tables.scorecards.c
        moved = connection.execute(
            sa.update(tables.scorecards)
            .where(c.id == before.id, c.version == before.version)
            .values(version=step.number, state=step.state, **changes)
        )
        if moved.rowcount:
            self._write(connection, step)
        return bool(moved.rowcount)

    def _write(self, connection: Connection, step: CardStep) -> None:
        connection.execute(sa.insert(tables.card_steps).values(values_of(step)))
        detail = {"state": step.state, "reason": step.text, "lines": len(step.document.get("items", ()))}
        self.said(connection, step.at, step.actor, f"scorecard.{step.act}", f"scorecard {step.card}", detail)

    def give(self, connection: Connection, hand: Hand) -> None:
        """Write down a score given by hand; what was given before stays."""
        h = tables.card_hands.c
        asked = sa.select(sa.func.max(h.number)).where(
            h.card == hand.card, h.subject == hand.subject, h.item == hand.item
        )
        number = int(connection.execute(asked).scalar() or 0) + 1
        connection.execute(sa.insert(tables.card_hands).values(hand._replace(number=number)._asdict()))
        detail = {"subject": hand.subject, "item": hand.item, "score": hand.score, "evidence": hand.evidence}
        self.said(connection, hand.at, hand.actor, "scorecard.score", f"scorecard {hand.card}", detail)

    def freeze(self, connection: Connection, results: Iterable[Result]) -> None:
        """Keep an edition of results."""
        rows = [one._asdict() for one in results]
        if rows:
            connection.execute(sa.insert(tables.card_results), rows)

    def lodge(self, connection: Connection, appeal: Appeal) -> int:
        """Enter an appeal; its number."""
        values = appeal._asdict()
        del values["id"]
        key = connection.execute(sa.insert(tables.appeals).values(values)).inserted_primary_key
        assert key is not None
        detail = {"subject": appeal.subject, "item": appeal.item, "text": appeal.text}
        self.said(connection, appeal.at, appeal.actor, "scorecard.appeal", f"scorecard {appeal.card}", detail)
        return int(key[0])

    def decide(self, connection: Connection, ruling: AppealRuling) -> None:
        """Write down how an appeal was decided."""
        connection.execute(sa.insert(tables.appeal_rulings).values(ruling._asdict()))
        detail = {"ruling": ruling.ruling, "score": ruling.score, "reason": ruling.reason}
        self.said(connection, ruling.at, ruling.actor, "scorecard.rule", f"appeal {ruling.appeal}", detail)
