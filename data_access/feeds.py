"""Feeds: figures that come by themselves from folders, databases and addresses; what became of every run.

What opens a source is stored as the vault gives it and read by nobody but a run. A run is begun by whoever claims
the feed; a claim whose process died expires, and its run is then told as broken off. Instants are epoch seconds and
come in as arguments.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    update,
)

from data_access.accounts import record
from data_access.engine import raise_counter, transaction
from data_access.schema import metadata, versions

COUNTER = "feeds"
"""The counter that rises when a feed or the registry changes, or a run ends."""

feeds = Table(
    "feeds",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("kind", String(12), nullable=False, comment="folder, database, http"),
    Column("department", String(32), nullable=False, comment="of the catalogue: who supplies"),
    Column("system", Integer, comment="of the registry: which system it comes from"),
    Column("region", BigInteger, nullable=False, comment="figures outside its subtree are refused"),
    Column("systems", String(200), nullable=False, comment="codes separated by spaces, or *"),
    Column("settings", Text, nullable=False, comment="JSON: what may be shown again"),
    Column("mapping", Text, nullable=False, comment="YAML; empty: catalogue terms, or the pack's mapping"),
    Column("secret", Text, nullable=False, comment="encrypted; never shown again, never logged"),
    Column("every", Integer, nullable=False, comment="seconds from one occasion to the next"),
    Column("after", Integer, nullable=False, comment="seconds after local midnight of the first occasion"),
    Column("enabled", Boolean, nullable=False),
    Column("version", Integer, nullable=False, comment="rises with every change"),
    Column("changed_by", String(64), nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("next_at", BigInteger, nullable=False, comment="when it is due"),
    Column(
        "looked_at", BigInteger, nullable=False, comment="when it last looked, whatever it found; 0: never"
    ),
    Column("good_at", BigInteger, nullable=False, comment="when it last went through; 0: never"),
    Column("failures", Integer, nullable=False, comment="in a row, up to now"),
    Column("claim", String(80), nullable=False, comment="of the process that runs it"),
    Column("claimed_until", BigInteger, nullable=False),
    comment="one row for each source that is asked by itself",
)

feed_runs = Table(
    "feed_runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("feed", ForeignKey("feeds.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("times", Integer, nullable=False, comment="how often the same happened, one time after the other"),
    Column("why", String(12), nullable=False, comment="schedule, hand, test"),
    Column("actor", String(64), nullable=False, comment="who asked for it"),
    Column("state", String(12), nullable=False),
    Column(
        "source", String(200), nullable=False, comment="the file, table or address, without what opens it"
    ),
    Column("load", Integer, comment="the load in which its figures stand"),
    Column("rows", Integer, nullable=False),
    Column("facts", Integer, nullable=False),
    Column("inserted", Integer, nullable=False),
    Column("corrected", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("errors", Integer, nullable=False),
    Column("warnings", Integer, nullable=False),
    Column("issues", Text, nullable=False, comment="JSON: the gravest, as messages to be translated"),
    Index("ix_feed_runs_feed", "feed", "id"),
    comment="what became of every run; kept. The same again is counted and not written twice",
)


@dataclass(frozen=True)
class Feed:
    """A source that is asked by itself; ``secret`` opens it and is shown to nobody."""

    id: str
    name: str
    kind: str
    department: str
    region: int
    system: int | None = None
    systems: tuple[str, ...] = ("*",)
    settings: Mapping[str, str] = field(default_factory=dict)
    mapping: str = ""
    secret: str = field(default="", repr=False)
    every: int = 86_400
    after: int = 0
    enabled: bool = True
    version: int = 0
    changed_by: str = ""
    changed_at: int = 0
    next_at: int = 0
    looked_at: int = 0
    good_at: int = 0
    failures: int = 0
    claim: str = ""
    claimed_until: int = 0


@dataclass(frozen=True)
class Run:
    """What became of one delivery.

    state   stored, unchanged, empty, tested, refused (errors in the data), failed (the source), broken (the process)
    times   how often the same happened; ``at`` is the first time, ``ended_at`` the end of the last one
    issues  key, severity, where, what, do, params of the gravest
    """

    id: int
    feed: str
    at: int
    why: str
    actor: str
    state: str
    ended_at: int
    times: int = 1
    source: str = ""
    load: int | None = None
    rows: int = 0
    facts: int = 0
    inserted: int = 0
    corrected: int = 0
    unchanged: int = 0
    refused: int = 0
    errors: int = 0
    warnings: int = 0
    issues: tuple[Mapping[str, Any], ...] = ()


REPEATED = frozenset({"unchanged", "empty", "failed"})
"""What may become of one run after the other, and is then counted."""

_STATE = ("next_at", "looked_at", "good_at", "failures", "claim", "claimed_until")


class FeedStore:
    """Reads and writes feeds and their runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # ---- feeds

    def feeds(self) -> dict[str, Feed]:
        """All feeds by their id, by name."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(feeds).order_by(feeds.c.name, feeds.c.id)).mappings()
            return {row["id"]: _feed(row) for row in rows}

    def keep(self, feed: Feed, *, at: int, actor: str, act: str, detail: Mapping[str, object]) -> bool:
        """Make a feed, or put it in the place of the version that it was made from.

        detail   for the audit log; never what opens it
        returns  False, and nothing is written, where somebody else was quicker
        """
        row = {
            "name": feed.name, "kind": feed.kind, "department": feed.department, "system": feed.system,
            "region": feed.region, "systems": " ".join(feed.systems),
            "settings": json.dumps(feed.settings, ensure_ascii=False, sort_keys=True), "mapping": feed.mapping,
            "secret": feed.secret, "every": feed.every, "after": feed.after, "enabled": feed.enabled,
            "version": feed.version + 1, "changed_by": actor, "changed_at": at, "next_at": feed.next_at,
        }  # fmt: skip
        with transaction(self._engine) as connection:
            if feed.version:
                same = (feeds.c.id == feed.id) & (feeds.c.version == feed.version)
                if not connection.execute(update(feeds).where(same).values(**row)).rowcount:
                    return False
            else:
                fresh = dict.fromkeys(_STATE, 0) | {"claim": "", "next_at": feed.next_at}
                connection.execute(insert(feeds).values(**{**fresh, **row, "id": feed.id}))
            record(connection, at=at, actor=actor, act=act, subject=feed.id, detail=detail)
            raise_counter(connection, versions, COUNTER)
        return True

    # ---- claims

    def claim(self, identity: str, holder: str, now: int, until: int, gone: str = "") -> bool:
        """Take a feed for a run; whether it was free. A run that a dead process left is told as broken off.

        gone  a holder that is known to be there no more
        """
        mine = feeds.c.id == identity
        with transaction(self._engine) as connection:
            found = connection.execute(
                select(feeds.c.claim, feeds.c.claimed_until, feeds.c.looked_at).where(mine)
            ).one_or_none()
            if found is None or (found.claim and found.claimed_until > now and found.claim != gone):
                return False
            if found.claim:
                broken = Run(0, identity, found.looked_at, "schedule", found.claim, "broken", now)
                _add(connection, broken)
            taken = update(feeds).where(mine).values(claim=holder, claimed_until=until, looked_at=now)
            connection.execute(taken)
        return True

    def release(self, identity: str, holder: str, **state: int) -> None:
        """Give a feed back, with how it stands now: next_at, good_at, failures."""
        mine = (feeds.c.id == identity) & (feeds.c.claim == holder)
        with transaction(self._engine) as connection:
            connection.execute(update(feeds).where(mine).values(claim="", claimed_until=0, **state))
            raise_counter(connection, versions, COUNTER)

    # ---- runs

    def add(self, run: Run, act: str = "") -> None:
        """Keep what became of a run; the same again and again is counted and not written twice.

        act  of the audit log, for what somebody asked for
        """
        with transaction(self._engine) as connection:
            _add(connection, run)
            if act:
                detail = {"state": run.state, "load": run.load}
                record(connection, at=run.at, actor=run.actor, act=act, subject=run.feed, detail=detail)
            raise_counter(connection, versions, COUNTER)

    def runs(self, feed: str = "", limit: int = 50, since: int = 0) -> list[Run]:
        """Runs, the newest first; of one feed where it is named."""
        wanted = select(feed_runs).where(feed_runs.c.at >= since).order_by(feed_runs.c.id.desc()).limit(limit)
        if feed:
            wanted = wanted.where(feed_runs.c.feed == feed)
        with self._engine.connect() as connection:
            return [_run(row) for row in connection.execute(wanted).mappings()]

    def last_runs(self) -> dict[str, Run]:
        """The newest run of each feed that was no test and found something, or found that nothing answers."""
        told = (feed_runs.c.why != "test") & (feed_runs.c.state != "empty")
        newest = select(func.max(feed_runs.c.id)).where(told).group_by(feed_runs.c.feed)
        wanted = select(feed_runs).where(feed_runs.c.id.in_(newest))
        with self._engine.connect() as connection:
            return {row["feed"]: _run(row) for row in connection.execute(wanted).mappings()}

    def delivered(self) -> dict[str, dict[str, int]]:
        """Of each feed by the state of its runs how many there were; tests left out."""
        wanted = (
            select(feed_runs.c.feed, feed_runs.c.state, func.sum(feed_runs.c.times))
            .where(feed_runs.c.why != "test")
            .group_by(feed_runs.c.feed, feed_runs.c.state)
        )
        found: dict[str, dict[str, int]] = {}
        with self._engine.connect() as connection:
            for feed, state, count in connection.execute(wanted):
                found.setdefault(feed, {})[state] = int(count)
        return found


def raised(connection: Connection) -> None:
    """Raise the counter, in the caller's transaction."""
    raise_counter(connection, versions, COUNTER)


def _add(connection: Connection, run: Run) -> None:
    """Write a run, or count it with the one before if that was the same and told nothing new."""
    values = asdict(run) | {"issues": json.dumps(run.issues, ensure_ascii=False, default=str)}
    values.pop("id")
    newest = select(feed_runs).where(feed_runs.c.feed == run.feed).order_by(feed_runs.c.id.desc()).limit(1)
    last = connection.execute(newest).mappings().one_or_none()
    same = ("state", "why", "actor", "source", "issues")
    if last and run.state in REPEATED and all(last[name] == values[name] for name in same):
        again = update(feed_runs).where(feed_runs.c.id == last["id"])
        connection.execute(again.values(times=last["times"] + 1, ended_at=run.ended_at))
        return
    connection.execute(insert(feed_runs).values(**values))


def _feed(row: Mapping[Any, Any]) -> Feed:
    return Feed(**{**row, "systems": tuple(row["systems"].split()), "settings": json.loads(row["settings"])})


def _run(row: Mapping[Any, Any]) -> Run:
    return Run(**{**row, "issues": tuple(json.loads(row["issues"]))})
