"""Who runs what: leases of jobs, what each job has done so far, and where it failed.

A lease is a row that names one process until a moment; whoever finds it expired may take it. What a job has done is
written by the holder of its lease only, so a process that was believed dead and wakes up again writes nothing.
Instants are epoch seconds and come in as arguments; processes that share a store share a clock within seconds.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Column, Engine, Index, Integer, String, Table, Text, insert, select, update

from data_access.engine import transaction
from data_access.schema import metadata

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True, comment="of the job"),
    Column("holder", String(80), nullable=False, comment="the process that runs it: machine, number, word"),
    Column("until", BigInteger, nullable=False, comment="free from then on; 0: given back"),
    comment="exactly one process runs each job",
)

job_states = Table(
    "job_states",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("done", BigInteger, nullable=False, comment="the last occasion that was done; 0: none yet"),
    Column("at", BigInteger, nullable=False, comment="when it last went through; 0: never"),
    Column("milliseconds", Integer, nullable=False, comment="how long that took"),
    Column("holder", String(80), nullable=False, comment="the process that did it"),
    Column("failed", Integer, nullable=False, comment="times in a row, up to now; 0: it works"),
    Column("tried", BigInteger, nullable=False, comment="when it last failed; 0: never"),
    comment="one row for each job that has run",
)

job_failures = Table(
    "job_failures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("first", BigInteger, nullable=False, comment="when it first failed so"),
    Column("last", BigInteger, nullable=False),
    Column("times", Integer, nullable=False, comment="how often it failed so, one time after the other"),
    Column("occasion", BigInteger, nullable=False, comment="what it was about to do"),
    Column("key", String(80), nullable=False, comment="of the issue; the kind of an unforeseen error"),
    Column("what", Text, nullable=False, comment="a message, to be translated"),
    Column("params", Text, nullable=False, comment="its fields, as JSON"),
    Column("mended", BigInteger, nullable=False, comment="when the job went through again; 0: not yet"),
    Index("ix_job_failures_name", "name", "id"),
    comment="kept; the same failure again is counted and not written twice",
)


class Lease(NamedTuple):
    """Who holds a job, and until when."""

    name: str
    holder: str
    until: int


class JobState(NamedTuple):
    """What a job has done; the fields are the columns of `job_states`."""

    name: str
    done: int = 0
    at: int = 0
    milliseconds: int = 0
    holder: str = ""
    failed: int = 0
    tried: int = 0


class Failure(NamedTuple):
    """A failure as stored; the fields are the columns of `job_failures`, with the fields of the message read."""

    id: int
    name: str
    first: int
    last: int
    times: int
    occasion: int
    key: str
    what: str
    params: Mapping[str, object]
    mended: int


class LostError(Exception):
    """The lease has gone to another process: what was done here is written by nobody, and done again there."""


class ScheduleStore:
    """Reads and writes leases and what became of jobs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # ---- leases

    def leases(self) -> dict[str, Lease]:
        """All leases, also those that have expired."""
        with self._engine.connect() as connection:
            return {row.name: Lease._make(row) for row in connection.execute(select(leases))}

    def hold(self, names: Sequence[str], holder: str, now: int, until: int) -> frozenset[str]:
        """Take or renew for `holder` every lease among these that is free or its own; which it holds now."""
        with transaction(self._engine) as connection:
            wanted = leases.c.name.in_(names)
            known = {row.name: Lease._make(row) for row in connection.execute(select(leases).where(wanted))}
            held = [name for name in names if _free(known.get(name), holder, now)]
            fresh = [name for name in held if name not in known]
            if fresh:
                rows = [{"name": name, "holder": holder, "until": until} for name in fresh]
                connection.execute(insert(leases), rows)
            if held:
                moved = update(leases).where(leases.c.name.in_(held))
                connection.execute(moved.values(holder=holder, until=until))
        return frozenset(held)

    def release(self, holder: str) -> None:
        """Give back all that a process holds, so that another one need not wait."""
        with transaction(self._engine) as connection:
            connection.execute(update(leases).where(leases.c.holder == holder).values(until=0))

    # ---- jobs

    def states(self) -> dict[str, JobState]:
        """What every job has done."""
        with self._engine.connect() as connection:
            return {row.name: JobState._make(row) for row in connection.execute(select(job_states))}

    def done(self, states: Sequence[JobState]) -> None:
        """Jobs went through.

        raises  LostError, and writes nothing, where the lease of one has gone to another process
        """
        with transaction(self._engine) as connection:
            for state in states:
                _own(connection, state.name, state.holder)
                if _write(connection, state).failed:
                    open_ = (job_failures.c.name == state.name) & (job_failures.c.mended == 0)
                    connection.execute(update(job_failures).where(open_).values(mended=state.at))

    def failed(
        self, state: JobState, occasion: int, key: str, what: str, params: Mapping[str, object]
    ) -> None:
        """A job failed: the state says how often in a row, and the failure is kept.

        raises  LostError, and writes nothing, where the lease has gone to another process
        """
        said = {"key": key[:80], "what": what, "params": json.dumps(params, ensure_ascii=False, default=str)}
        with transaction(self._engine) as connection:
            _own(connection, state.name, state.holder)
            _write(connection, state)
            same = [job_failures.c[column] == value for column, value in said.items()]
            again = connection.execute(
                update(job_failures)
                .where(job_failures.c.name == state.name, job_failures.c.mended == 0, *same)
                .values(last=state.tried, times=job_failures.c.times + 1)
            )
            if again.rowcount == 0:
                connection.execute(
                    insert(job_failures).values(
                        name=state.name, first=state.tried, last=state.tried, times=1, occasion=occasion,
                        mended=0, **said,
                    )
                )  # fmt: skip

    def failures(self, limit: int) -> tuple[Failure, ...]:
        """The newest failures first: those not mended before all others."""
        newest = (
            select(job_failures).order_by(job_failures.c.mended > 0, job_failures.c.last.desc()).limit(limit)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(newest).all()
        return tuple(Failure._make((*row[:8], json.loads(row.params), row.mended)) for row in rows)


def _free(lease: Lease | None, holder: str, now: int) -> bool:
    return lease is None or lease.holder == holder or lease.until <= now


def _own(connection: Any, name: str, holder: str) -> None:
    """Raise where somebody else holds the lease of a job."""
    if connection.scalar(select(leases.c.holder).where(leases.c.name == name)) != holder:
        raise LostError(name)


def _write(connection: Any, state: JobState) -> JobState:
    """Put a state in the place of the one before, which is given back."""
    found = connection.execute(select(job_states).where(job_states.c.name == state.name)).one_or_none()
    if found is None:
        connection.execute(insert(job_states).values(**state._asdict()))
        return JobState(state.name)
    connection.execute(update(job_states).where(job_states.c.name == state.name).values(**state._asdict()))
    return JobState._make(found)
