"""Plans entered by form, what happened to their targets, evidence, and weighted scorecards with appeals.

Targets themselves stand in `targets`. Every change is one transaction: the row that is never changed, a row of the
audit log, and the counter that screens ask for.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from data_access import engine as engines
from data_access import plans_tables as tables
from data_access.accounts import record
from data_access.schema import versions
from data_access.targets import MILESTONE
from indicators.definition import Plan, Target

COUNTER = "plans"
"""The name in `versions` of the counter that rises with everything that is said here."""


class TargetStep(NamedTuple):
    """One thing that happened to a target: added, changed, ended, given to somebody."""

    key: str
    number: int
    act: str
    department: str
    detail: Mapping[str, Any]
    text: str
    at: int
    actor: str
    shown: str


class Evidence(NamedTuple):
    """What shows that a milestone was reached, as somebody handed it in."""

    id: int
    key: str
    done_on: int
    title: str
    citation: str
    at: int
    actor: str
    shown: str


class Ruling(NamedTuple):
    """What became of a piece of evidence; the last of several rows holds."""

    evidence: int
    number: int
    ruling: str
    reason: str
    at: int
    actor: str
    shown: str


def key_of(target: Target) -> str:
    """What a target is about, whatever its value: the same for all that was ever said of it."""
    milestone = target.statement_zh if target.indicator is None or target.op == MILESTONE else ""
    due = target.due.isoformat() if target.due is not None else ""
    parts = (target.plan, target.indicator or "", target.region, target.year, target.measure, due, milestone)
    return sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:16]


class PlansBook:
    """Reads and writes plans, owners of targets and evidence on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def transaction(self) -> AbstractContextManager[Connection]:
        """A transaction that writes; the methods that change something take it."""
        return engines.transaction(self.engine)

    # ---- plans

    def plans(self) -> list[tuple[Plan, str]]:
        """The plans that were entered here, each with where it was published."""
        p = tables.plans.c
        wanted = sa.select(p.id, p.name_zh, p.issued, p.region, p.source).order_by(p.at)
        return [
            (Plan(row["id"], row["name_zh"], date.fromisoformat(row["issued"]), row["region"]), row["source"])
            for row in self.rows(wanted)
        ]

    def add_plan(
        self, connection: Connection, plan: Plan, source: str, at: int, actor: str, shown: str
    ) -> None:
        """Enter a plan."""
        values = {
            "id": plan.id, "name_zh": plan.name_zh, "issued": plan.issued.isoformat(), "region": plan.region,
            "source": source, "at": at, "actor": actor, "shown": shown,
        }  # fmt: skip
        connection.execute(sa.insert(tables.plans).values(values))
        self.said(connection, at, actor, "plan.add", f"plan {plan.id}", {"name": plan.name_zh})

    # ---- targets

    def steps(
        self, keys: Collection[str] | None = None, connection: Connection | None = None
    ) -> dict[str, list[TargetStep]]:
        """What happened to targets, by their keys; None asks for all."""
        s = tables.target_steps.c
        wanted = sa.select(tables.target_steps).order_by(s.key, s.number)
        if keys is not None:
            wanted = wanted.where(s.key.in_(sorted(keys)))
        found: dict[str, list[TargetStep]] = {}
        for row in self.rows(wanted, connection):
            found.setdefault(row["key"], []).append(TargetStep(**row))
        return found

    def step(self, connection: Connection, step: TargetStep) -> None:
        """Write down what happened to a target, after all that happened before."""
        s = tables.target_steps.c
        asked = sa.select(sa.func.max(s.number)).where(s.key == step.key)
        number = int(connection.execute(asked).scalar() or 0) + 1
        connection.execute(sa.insert(tables.target_steps).values(values_of(step._replace(number=number))))
        detail = {"department": step.department, "reason": step.text, **step.detail}
        self.said(connection, step.at, step.actor, f"target.{step.act}", f"target {step.key}", detail)

    # ---- evidence

    def evidence(self, keys: Collection[str] | None = None) -> dict[str, list[Evidence]]:
        """The evidence of targets, by their keys; None asks for all."""
        e = tables.evidence.c
        wanted = sa.select(tables.evidence).order_by(e.id)
        if keys is not None:
            wanted = wanted.where(e.key.in_(sorted(keys)))
        found: dict[str, list[Evidence]] = {}
        for row in self.rows(wanted):
            found.setdefault(row["key"], []).append(Evidence(**row))
        return found

    def piece(self, number: int) -> Evidence | None:
        """One piece of evidence."""
        wanted = sa.select(tables.evidence).where(tables.evidence.c.id == number)
        return next((Evidence(**row) for row in self.rows(wanted)), None)

    def rulings(self, connection: Connection | None = None) -> dict[int, list[Ruling]]:
        """What became of evidence, by its number."""
        r = tables.evidence_rulings.c
        found: dict[int, list[Ruling]] = {}
        wanted = sa.select(tables.evidence_rulings).order_by(r.evidence, r.number)
        for row in self.rows(wanted, connection):
            found.setdefault(row["evidence"], []).append(Ruling(**row))
        return found

    def hand_in(self, connection: Connection, evidence: Evidence) -> int:
        """Enter a piece of evidence; its number."""
        values = values_of(evidence)
        del values["id"]
        key = connection.execute(sa.insert(tables.evidence).values(values)).inserted_primary_key
        assert key is not None
        detail = {"target": evidence.key, "done_on": evidence.done_on, "title": evidence.title}
        self.said(connection, evidence.at, evidence.actor, "evidence.add", f"evidence {key[0]}", detail)
        return int(key[0])

    def rule(self, connection: Connection, ruling: Ruling) -> None:
        """Write down what becomes of a piece of evidence."""
        r = tables.evidence_rulings.c
        asked = sa.select(sa.func.max(r.number)).where(r.evidence == ruling.evidence)
        number = int(connection.execute(asked).scalar() or 0) + 1
        connection.execute(
            sa.insert(tables.evidence_rulings).values(values_of(ruling._replace(number=number)))
        )
        detail = {"ruling": ruling.ruling, "reason": ruling.reason}
        subject = f"evidence {ruling.evidence}"
        self.said(connection, ruling.at, ruling.actor, f"evidence.{ruling.ruling}", subject, detail)

    # ---- below

    def said(
        self,
        connection: Connection,
        at: int,
        actor: str,
        act: str,
        subject: str,
        detail: Mapping[str, object],
    ) -> None:
        """The audit row and the counter of something that was said."""
        kept = {name: value for name, value in detail.items() if value not in ("", None)}
        record(connection, at=at, actor=actor, act=act, subject=subject, detail=kept)
        engines.raise_counter(connection, versions, COUNTER)

    def rows(self, wanted: sa.Select[Any], connection: Connection | None = None) -> list[dict[str, Any]]:
        """The rows of an answer, what is stored as JSON read."""
        with self._reading(connection) as reading:
            return [_read(row) for row in reading.execute(wanted)]

    @contextmanager
    def _reading(self, connection: Connection | None) -> Iterator[Connection]:
        if connection is not None:
            yield connection
            return
        with self.engine.connect() as own:
            yield own


_JSON = frozenset({"detail", "document"})


def _read(row: Any) -> dict[str, Any]:
    return {name: orjson.loads(value) if name in _JSON else value for name, value in row._mapping.items()}


def values_of(given: Any) -> dict[str, Any]:
    """The columns of a row, mappings and lists as JSON."""
    return {
        name: orjson.dumps(value).decode() if name in _JSON else value
        for name, value in given._asdict().items()
    }
