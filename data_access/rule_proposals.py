"""Proposed changes of rules: the draft, the reason, and what a back-test said of it when it was proposed.

A proposal is written once; it may be withdrawn, with a reason, and stays. It is adopted by way of a draft of the
definition, when that is published.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Connection, Engine, Index, Integer, String, Table, Text

from data_access import accounts
from data_access import engine as engines
from data_access.schema import metadata, versions

COUNTER = "proposals"
"""The name in `versions` of the counter that rises with every proposal and every withdrawal."""

rule_proposals = Table(
    "rule_proposals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("rule", String(160), nullable=False),
    Column("draft", Text, nullable=False, comment="the rule as it is proposed, as JSON"),
    Column(
        "outcome",
        Text,
        nullable=False,
        comment="what a back-test said of it and of the rule in force, as JSON",
    ),
    Column("reason", Text, nullable=False),
    Column("silence", Integer, nullable=True, comment="the silence on the rule while it is looked at"),
    Column("muted_until", BigInteger, nullable=True),
    Column("region", BigInteger, nullable=False, comment="whose regions it speaks of"),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("display", String(64), nullable=False),
    Column("withdrawn_at", BigInteger, nullable=True),
    Column("withdrawn_by", String(64), nullable=False),
    Column("withdrawn_why", Text, nullable=False),
    Column("adopted_at", BigInteger, nullable=True),
    Column(
        "definition_draft",
        Integer,
        nullable=True,
        comment="the draft of a definition by which it was adopted",
    ),
    Index("ix_rule_proposals_rule", "rule"),
    comment="written once; withdrawn with a reason",
)


class Proposal(NamedTuple):
    """A proposal; the fields are the columns of `rule_proposals`."""

    id: int
    rule: str
    draft: Mapping[str, Any]
    outcome: Mapping[str, Any]
    reason: str
    silence: int | None
    muted_until: int | None
    region: int
    at: int
    actor: str
    display: str
    withdrawn_at: int | None
    withdrawn_by: str
    withdrawn_why: str
    adopted_at: int | None = None
    definition_draft: int | None = None

    @property
    def open(self) -> bool:
        """Whether it still stands."""
        return self.withdrawn_at is None and self.adopted_at is None


class ProposalStore:
    """Reads and writes proposals on one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self, connection: Connection | None = None) -> list[Proposal]:
        """All proposals, the newest first."""
        wanted = sa.select(rule_proposals).order_by(rule_proposals.c.id.desc())
        if connection is not None:
            return [_read(row) for row in connection.execute(wanted)]
        with self._engine.connect() as own:
            return [_read(row) for row in own.execute(wanted)]

    def add(self, proposal: Proposal, connection: Connection) -> int:
        """Write a proposal down; its number."""
        values = proposal._asdict() | {
            "draft": orjson.dumps(proposal.draft).decode(),
            "outcome": orjson.dumps(proposal.outcome).decode(),
        }
        del values["id"]
        insert = sa.insert(rule_proposals).values(values).returning(rule_proposals.c.id)
        number = int(connection.execute(insert).scalar_one())
        detail = {
            "draft": dict(proposal.draft),
            "reason": proposal.reason,
            "muted_until": proposal.muted_until,
        }
        accounts.record(
            connection,
            at=proposal.at,
            actor=proposal.actor,
            act="rule.propose",
            subject=proposal.rule,
            detail=detail,
        )
        engines.raise_counter(connection, versions, COUNTER)
        return number

    def withdraw(self, number: int, at: int, actor: str, why: str, connection: Connection) -> bool:
        """Take a proposal back; False where it was taken back before."""
        c = rule_proposals.c
        ended = (
            sa.update(rule_proposals)
            .where(c.id == number, c.withdrawn_at.is_(None), c.adopted_at.is_(None))
            .values(withdrawn_at=at, withdrawn_by=actor, withdrawn_why=why)
        )
        if connection.execute(ended).rowcount == 0:
            return False
        accounts.record(
            connection,
            at=at,
            actor=actor,
            act="rule.withdraw",
            subject=f"proposal {number}",
            detail={"why": why},
        )
        engines.raise_counter(connection, versions, COUNTER)
        return True

    def adopt(self, number: int, draft: int, at: int, actor: str, connection: Connection) -> None:
        """Note that a proposal was published by way of a draft; one that was withdrawn meanwhile stays so."""
        c = rule_proposals.c
        ended = (
            sa.update(rule_proposals)
            .where(c.id == number, c.withdrawn_at.is_(None), c.adopted_at.is_(None))
            .values(adopted_at=at, definition_draft=draft)
        )
        if connection.execute(ended).rowcount:
            accounts.record(
                connection,
                at=at,
                actor=actor,
                act="rule.adopt",
                subject=f"proposal {number}",
                detail={"draft": draft},
            )
            engines.raise_counter(connection, versions, COUNTER)


def _read(row: Any) -> Proposal:
    values = dict(row._mapping)
    return Proposal(
        **values | {"draft": orjson.loads(values["draft"]), "outcome": orjson.loads(values["outcome"])}
    )
