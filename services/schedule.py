"""What is due is done: one list of jobs, run by exactly one of all server processes, and caught up after a stop.

Every process keeps time for itself (APScheduler) and runs a job only while it holds the lease of that job in the
store. A job is done up to an occasion; a process that takes a lease over goes on from there, all jobs in the order of
the list: first what comes in, then what is judged, then what people are told. A job that fails is tried again later,
its occasion is not skipped, and the failure is kept until it goes through.
"""

import logging
import os
import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.util import Finalize
from secrets import token_hex
from threading import Event, Lock, Thread
from typing import Literal

from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
from apscheduler.triggers.interval import IntervalTrigger  # type: ignore[import-untyped]

from data_access.schedule import Failure, JobState, LostError, ScheduleStore
from indicators.errors import N_, CockpitError
from services import access
from services.access import Actor

log = logging.getLogger("chengmai.schedule")

THREADS = 4
"""So many jobs of a process run at the same time; one that waits for a receiver does not hold the others up."""

LONGEST_WAIT = 600
"""Seconds after which a job that keeps failing is tried again, at the latest."""

LATE = 3
"""A job is late when so many of its occasions have passed undone, and at least a minute."""

FAILED = N_("没有完成：{reason}")

Outcome = Literal["done", "not_due", "held", "failed", "lost"]
State = Literal["works", "failing", "late", "waiting"]

OUTCOMES: Mapping[Outcome, str] = {
    "done": N_("已完成"),
    "not_due": N_("未到期"),
    "held": N_("由其他进程执行"),
    "failed": N_("失败"),
    "lost": N_("已转由其他进程执行"),
}
"""What can become of a job in its turn."""

STATES: Mapping[State, str] = {
    "works": N_("正常"),
    "failing": N_("失败，稍后再试"),
    "late": N_("逾期，没有进程在执行"),
    "waiting": N_("尚未执行"),
}
"""How a job can stand."""


@dataclass(frozen=True)
class Job:
    """Something that is done again and again.

    title  what it does, a message
    every  seconds from one occasion to the next; occasions lie on a grid that starts at the epoch, moved by `after`
    run    does what is due at a moment
    each   it counts occasions: after a stop it is run for each one that was missed, the oldest first, with the
           moment of that occasion. Otherwise once, with the moment of now: it finds by itself what is due
    """

    name: str
    title: str
    every: int
    run: Callable[[datetime], object]
    each: bool = False
    after: int = 0

    def last(self, now: float) -> int:
        """The newest occasion that is not after a moment."""
        return int((now - self.after) // self.every) * self.every + self.after

    def due(self, state: JobState, now: float) -> list[int]:
        """The occasions to be done now, the oldest first; of a job that has never run the newest one."""
        last = self.last(now)
        if state.done >= last or now < state.tried + self._wait(state.failed):
            return []
        if not self.each or not state.done:
            return [last]
        return list(range(self.last(state.done) + self.every, last + 1, self.every))

    def _wait(self, failed: int) -> int:
        """How long to leave a job alone that failed so often in a row."""
        return int(min(self.every * 2 ** min(failed - 1, 20), LONGEST_WAIT)) if failed else 0


@dataclass(frozen=True)
class Turn:
    """What became of a job when its turn came: how many occasions were done, or who else runs it."""

    job: Job
    outcome: Outcome
    times: int = 0
    holder: str = ""


@dataclass(frozen=True)
class JobView:
    """How a job stands.

    state  works, failing, late (its occasions pass and nobody does them), waiting (it has never run)
    done   the last occasion that was done; `at` is when it went through, `next` the occasion to come
    """

    name: str
    title: str
    every: int
    state: State
    done: int
    at: int
    milliseconds: int
    next: int
    failed: int
    holder: str


@dataclass(frozen=True)
class ScheduleView:
    """All jobs in the order in which they are caught up, and the failures: those not mended first."""

    jobs: tuple[JobView, ...]
    failures: tuple[Failure, ...]


class Schedule:
    """Runs jobs by leases.

    jobs     in the order in which they are caught up after a stop
    clock    the moment, aware
    seconds  how long a lease lasts without being renewed: so long a job rests when its process is killed
    """

    def __init__(
        self,
        store: ScheduleStore,
        jobs: Sequence[Job],
        clock: Callable[[], datetime],
        seconds: int = 30,
    ) -> None:
        self.jobs = tuple(jobs)
        self.holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{token_hex(4)}"
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._busy = {job.name: Lock() for job in jobs}
        self._states: dict[str, JobState] = {}
        self._held: dict[str, float] = {}
        self._ready: set[str] = set()
        self._unsaved: set[str] = set()
        self._stopping = Event()
        self._ended = Lock()
        self._adding = Lock()
        self._scheduler: BackgroundScheduler | None = None

    # ---- running

    def start(self) -> None:
        """Begin to keep time in the background; ends with the process, or by `stop`."""
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # what fails here is told by ourselves
        executors = {"default": ThreadPoolExecutor(THREADS), "leases": ThreadPoolExecutor(1)}
        usual = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler = BackgroundScheduler(executors=executors, job_defaults=usual, timezone=UTC)
        self._scheduler.add_job(self._renew, _grid(max(self._seconds // 3, 1)), executor="leases")
        self._scheduler.add_job(self._renew, executor="leases")
        for job in self.jobs:
            self._keep_time(self._scheduler, job)
        self._scheduler.start()
        # Workers of the server are processes of multiprocessing, which end without the functions of atexit.
        Finalize(None, self.stop, exitpriority=100)

    def follow(self, jobs: Sequence[Job]) -> None:
        """Run these jobs from now on, in the place of those of the same names; a turn that has begun is finished."""
        before, self.jobs = {job.name: job for job in self.jobs}, tuple(jobs)
        for job in self.jobs:
            self._busy.setdefault(job.name, Lock())
        with self._adding:
            scheduler = self._scheduler
            if scheduler is None or self._stopping.is_set():
                return
            for job in self.jobs:
                known = before.pop(job.name, None)
                if known is None or (known.every, known.after) != (job.every, job.after):
                    self._keep_time(scheduler, job)
            for gone in before:
                scheduler.remove_job(gone)

    def _keep_time(self, scheduler: BackgroundScheduler, job: Job) -> None:
        """Give a job its turns at its occasions."""
        scheduler.add_job(
            self._turn_of, _grid(job.every, job.after), [job.name], id=job.name, replace_existing=True
        )

    def _turn_of(self, name: str) -> None:
        """The turn of a job by its name: of the one that goes by it now."""
        for job in self.jobs:
            if job.name == name:
                self._turn(job)

    def stop(self) -> None:
        """End in order: what runs is finished, what was done is written, the leases are given back."""
        with self._adding:
            self._stopping.set()
        with self._ended:
            scheduler, self._scheduler = self._scheduler, None
            if scheduler is None:
                return
            scheduler.shutdown(wait=True)
            self._save()
            self._store.release(self.holder)

    def once(self) -> tuple[Turn, ...]:
        """Do what is due now, all in order, and give the leases back; what another process holds is left to it."""
        self._stopping.clear()
        self._take()
        keeper = Thread(target=self._keep, name="leases", daemon=True)
        keeper.start()
        try:
            return tuple(self._turn(job, first=True) for job in self.jobs)
        finally:
            self._stopping.set()
            keeper.join()
            self._save()
            self._store.release(self.holder)

    def _keep(self) -> None:
        """Renew the leases while what is due is done in the foreground."""
        while not self._stopping.wait(self._seconds / 3):
            self._take()

    def _renew(self) -> None:
        """Keep the leases, take what has become free, and catch up with what was taken, in order."""
        try:
            self._save()
            fresh = self._take()
        except Exception:
            log.exception("the leases of the jobs could not be renewed")
            return
        with self._adding:  # once it is stopped nothing is added, which the end would wait for in vain
            if fresh and self._scheduler is not None and not self._stopping.is_set():
                self._scheduler.add_job(self._catch_up, args=[fresh])

    def _take(self) -> list[str]:
        """Renew what is held and take what is free; the names of what was taken, in order."""
        now = self._now()
        known = self._store.leases()
        names = [
            job.name
            for job in self.jobs
            if (lease := known.get(job.name)) is None or lease.holder == self.holder or lease.until <= now
        ]
        until = int(now) + self._seconds
        held = self._store.hold(names, self.holder, int(now), until) if names else frozenset()
        fresh = [name for name in names if name in held and name not in self._held]
        if fresh:
            stored = self._store.states()
            self._states |= {name: stored.get(name, JobState(name)) for name in fresh}
        self._ready &= held
        self._held = dict.fromkeys(held, until)
        return fresh

    def _catch_up(self, names: Iterable[str]) -> None:
        """The first turns of jobs that this process has taken over, one after the other."""
        wanted = set(names)
        for job in self.jobs:
            if job.name in wanted:
                self._turn(job, first=True)
                self._ready.add(job.name)

    def _turn(self, job: Job, *, first: bool = False) -> Turn:
        """Do the occasions of a job that are due, while its lease is held; `first`: its turn after a stop."""
        if not self._holds(job) or not (first or job.name in self._ready):
            return Turn(job, "held", holder=self._holder_of(job))
        if not self._busy[job.name].acquire(blocking=False):
            return Turn(job, "held", holder=self.holder)
        try:
            return self._occasions(job)
        except LostError:
            self._held.pop(job.name, None)
            log.warning("the lease of %s has gone to another process", job.name)
            return Turn(job, "lost")
        finally:
            self._busy[job.name].release()

    def _occasions(self, job: Job) -> Turn:
        occasions = job.due(self._states[job.name], self._now())
        times = 0
        for occasion in occasions:
            if self._stopping.is_set() or not self._holds(job):
                break
            if not self._do(job, occasion):
                return Turn(job, "failed", times)
            times += 1
        return Turn(job, "done" if times else "not_due", times)

    def _do(self, job: Job, occasion: int) -> bool:
        """One occasion; whether it went through."""
        before, begun = self._states[job.name], time.perf_counter()
        moment = datetime.fromtimestamp(occasion, UTC) if job.each else self._clock()
        try:
            job.run(moment)
        except Exception as error:
            log.exception("the job %s failed", job.name)
            self._fail(before, occasion, error)
            return False
        took = int(1000 * (time.perf_counter() - begun))
        state = JobState(job.name, occasion, int(self._now()), took, self.holder, 0, before.tried)
        self._states[job.name] = state
        if job.each or before.failed or job.every >= self._seconds:
            self._store.done([state])
        else:
            self._unsaved.add(job.name)
        return True

    def _fail(self, before: JobState, occasion: int, error: Exception) -> None:
        state = before._replace(holder=self.holder, failed=before.failed + 1, tried=int(self._now()))
        self._states[state.name] = state
        for key, what, params in _said(error):
            self._store.failed(state, occasion, key, what, params)

    def _save(self) -> None:
        """Write down what frequent jobs have done; lost at a stop, they are only done once more."""
        names = [self._unsaved.pop() for _ in range(len(self._unsaved))]
        states = [self._states[name] for name in names if name in self._held]
        try:
            if states:
                self._store.done(states)
        except LostError:
            log.warning("the lease of a job has gone to another process")

    def _holds(self, job: Job) -> bool:
        return self._held.get(job.name, 0.0) > self._now()

    def _holder_of(self, job: Job) -> str:
        lease = self._store.leases().get(job.name) if self._scheduler is None else None
        return lease.holder if lease else ""

    def _now(self) -> float:
        return self._clock().timestamp()

    # ---- telling

    def view(self, actor: Actor, limit: int = 100) -> ScheduleView:
        """How all jobs stand, for those who run the system.

        raises  CockpitError ``forbidden``
        """
        access.require(actor, "operate")
        now, states, leases = self._now(), self._store.states(), self._store.leases()
        held = {name: lease.holder for name, lease in leases.items() if lease.until > now}
        jobs = tuple(
            _view(job, states.get(job.name, JobState(job.name)), held.get(job.name, ""), now)
            for job in self.jobs
        )
        return ScheduleView(jobs, self._store.failures(limit))


def _grid(every: int, after: int = 0) -> IntervalTrigger:
    """Fires at the occasions of a job."""
    return IntervalTrigger(seconds=every, start_date=datetime.fromtimestamp(after, UTC), timezone=UTC)


def _said(error: Exception) -> list[tuple[str, str, Mapping[str, object]]]:
    """What is kept of an error: its issues, or the kind and the words of an unforeseen one."""
    if isinstance(error, CockpitError):
        return [(issue.key, issue.what, issue.params) for issue in error.issues]
    return [(type(error).__name__, FAILED, {"reason": f"{type(error).__name__}: {error}"[:500]})]


def _view(job: Job, state: JobState, holder: str, now: float) -> JobView:
    missed = now - state.done > max(LATE * job.every, 60)
    stands: State = (
        "failing" if state.failed else "waiting" if not state.done else "late" if missed else "works"
    )
    return JobView(
        job.name, job.title, job.every, stands, state.done, state.at, state.milliseconds,
        job.last(now) + job.every, state.failed, holder,
    )  # fmt: skip
