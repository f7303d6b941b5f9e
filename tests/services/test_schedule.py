"""What is due is done: each job by one process, caught up in order, its failures kept."""

import itertools
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine

from data_access.schedule import JobState, LostError, ScheduleStore
from indicators.errors import CockpitError, Issue
from services import jobs
from services.access import SYSTEM, Actor
from services.schedule import Job, Schedule

ROOT = Path(__file__).resolve().parents[2]

NINE = datetime(2026, 11, 22, 9, tzinfo=UTC)
ADMIN = Actor("a", "root", "admin")


class Clock:
    """A clock that is moved by hand."""

    def __init__(self, moment: datetime = NINE) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def on(self, **span: float) -> None:
        """Move on."""
        self.moment += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> list[tuple[str, str]]:
    """What was done, in its order."""
    return []


def a_job(told: list[tuple[str, str]], name: str = "tick", every: int = 60, **more: object) -> Job:
    return Job(name, "做事", every, lambda at: told.append((name, f"{at:%H:%M:%S}")), **more)  # type: ignore[arg-type]


def a_schedule(engine: Engine, clock: Clock, *jobs: Job) -> Schedule:
    return Schedule(ScheduleStore(engine), jobs, clock, seconds=30)


def outcomes(schedule: Schedule) -> list[str]:
    return [turn.outcome for turn in schedule.once()]


def test_a_sweeping_job_runs_once_however_long_the_stop(engine, clock, told):
    job = a_job(told)
    assert outcomes(a_schedule(engine, clock, job)) == ["done"]
    assert outcomes(a_schedule(engine, clock, job)) == ["not_due"]
    clock.on(hours=3, seconds=7)
    assert outcomes(a_schedule(engine, clock, job)) == ["done"]
    assert told == [("tick", "09:00:00"), ("tick", "12:00:07")]


def test_a_job_that_counts_gets_every_missed_occasion_in_order(engine, clock, told):
    job = a_job(told, "count", 3600, each=True, after=300)
    a_schedule(engine, clock, job).once()
    clock.on(hours=3, minutes=30)
    (turn,) = a_schedule(engine, clock, job).once()
    assert turn.times == 4
    assert told == [("count", f"{hour:02}:05:00") for hour in (8, 9, 10, 11, 12)]


def test_after_a_stop_jobs_are_caught_up_in_the_order_of_the_list(engine, clock, told):
    jobs = [a_job(told, name, every) for name, every in (("in", 10), ("judge", 30), ("tell", 2))]
    a_schedule(engine, clock, *jobs).once()
    assert [name for name, _ in told] == ["in", "judge", "tell"]


def test_what_failed_is_kept_tried_again_later_and_not_skipped(engine, clock, told):
    broken = Event()

    def run(at: datetime) -> None:
        if not broken.is_set():
            raise RuntimeError("no space left")
        told.append(("count", f"{at:%H:%M}"))

    job, other = Job("count", "做事", 60, run, each=True), a_job(told, "other")
    a_schedule(engine, clock, Job("count", "做事", 60, lambda _: None, each=True)).once()
    clock.on(minutes=1)
    assert outcomes(a_schedule(engine, clock, job, other)) == ["failed", "done"]
    clock.on(minutes=1)
    assert outcomes(a_schedule(engine, clock, job)) == ["failed"]
    clock.on(minutes=1)
    assert outcomes(a_schedule(engine, clock, job)) == ["not_due"], "it waits twice as long now"
    view = a_schedule(engine, clock, job).view(ADMIN)
    assert (view.jobs[0].state, view.jobs[0].failed) == ("failing", 2)
    (failure,) = view.failures
    assert (failure.times, failure.mended, failure.params["reason"]) == (2, 0, "RuntimeError: no space left")
    broken.set()
    clock.on(minutes=1)
    assert outcomes(a_schedule(engine, clock, job)) == ["done"]
    assert told == [("other", "09:01:00"), *(("count", f"09:0{minute}") for minute in (1, 2, 3, 4))]
    view = a_schedule(engine, clock, job).view(ADMIN)
    assert (view.jobs[0].state, view.failures[0].mended) == ("works", int(clock().timestamp()))


def test_an_error_that_speaks_is_kept_with_all_its_issues(engine, clock):
    def run(_: datetime) -> None:
        raise CockpitError([Issue("no_folder", "没有 {place}。", "请新建。", params={"place": "x"}),
                            Issue("no_right", "不可写。", "请授权。")])  # fmt: skip

    schedule = a_schedule(engine, clock, Job("folder", "收取", 60, run))
    schedule.once()
    found = {one.key: (one.what, one.params) for one in schedule.view(SYSTEM).failures}
    assert found == {"no_folder": ("没有 {place}。", {"place": "x"}), "no_right": ("不可写。", {})}


@pytest.mark.parametrize(("role", "sees"), [("admin", True), ("leader", False), ("auditor", False)])
def test_only_who_runs_the_system_sees_the_jobs(engine, clock, role, sees):
    schedule = a_schedule(engine, clock)
    if sees:
        assert schedule.view(Actor("x", "x", role)).jobs == ()
    else:
        with pytest.raises(CockpitError) as refused:
            schedule.view(Actor("x", "x", role))
        assert refused.value.key == "forbidden"


def test_a_lease_is_one_process_s_until_it_expires(engine):
    store = ScheduleStore(engine)
    assert store.hold(["a", "b"], "one", 100, 130) == {"a", "b"}
    assert store.hold(["a", "b", "c"], "two", 129, 159) == {"c"}
    assert store.hold(["a"], "one", 129, 159) == {"a"}, "the holder renews"
    assert store.hold(["a", "b"], "two", 130, 160) == {"b"}
    store.release("one")
    assert store.hold(["a"], "two", 131, 161) == {"a"}


def test_who_lost_the_lease_writes_nothing(engine):
    store = ScheduleStore(engine)
    store.hold(["a"], "one", 100, 130)
    store.done([JobState("a", 60, 100, 5, "one")])
    store.hold(["a"], "two", 130, 160)
    with pytest.raises(LostError):
        store.done([JobState("a", 120, 131, 5, "one")])
    with pytest.raises(LostError):
        store.failed(JobState("a", 60, 100, 5, "one", 1, 131), 120, "E", "what", {})
    assert store.states()["a"] == JobState("a", 60, 100, 5, "one")
    assert store.failures(10) == ()


def test_a_job_that_another_process_holds_is_left_to_it(engine, clock, told):
    ScheduleStore(engine).hold(["tick"], "elsewhere", int(clock().timestamp()), int(clock().timestamp()) + 30)
    (turn,) = a_schedule(engine, clock, a_job(told)).once()
    assert (turn.outcome, turn.holder, told) == ("held", "elsewhere", [])


def test_in_the_background_jobs_run_and_the_leases_are_given_back_at_the_end(engine):
    done = [Event(), Event()]
    jobs = [Job(f"job{nth}", "做事", 1, lambda _, one=one: one.set()) for nth, one in enumerate(done)]
    store = ScheduleStore(engine)
    schedule = Schedule(store, jobs, lambda: datetime.now(UTC), seconds=3)
    schedule.start()
    assert all(one.wait(5) for one in done)
    for one in done:
        one.clear()
    assert all(one.wait(5) for one in done), "again at the next occasion"
    schedule.stop()
    assert {lease.until for lease in store.leases().values()} == {0}
    assert {state.holder for state in store.states().values()} == {schedule.holder}


def test_a_job_that_hangs_does_not_hold_the_others_up(engine):
    on, again = Event(), Event()
    counts = itertools.count(1)
    jobs = [
        Job("quick", "做事", 1, lambda _: again.set() if next(counts) > 2 else None),
        Job("slow", "做事", 1, lambda _: on.wait(10)),
    ]
    schedule = Schedule(ScheduleStore(engine), jobs, lambda: datetime.now(UTC), seconds=3)
    schedule.start()
    assert again.wait(8)
    on.set()
    schedule.stop()


def test_every_job_of_the_product_is_documented():
    names = re.findall(r'Job\(\s*"([a-z.]+)"', Path(jobs.__file__).read_text())
    documented = re.findall(r"^\| `([a-z.]+)` \|", (ROOT / "docs" / "schedule.md").read_text(), re.M)
    assert names == documented, "in the order in which they are caught up"


PROCESS = """
import sys, time
from datetime import UTC, datetime
from data_access.config import StoreSettings
from data_access.engine import create_engine
from data_access.schedule import ScheduleStore
from services.schedule import Job, Schedule

url, journal = sys.argv[1:]

def run(at):
    with open(journal, "a") as file:
        file.write(f"{int(at.timestamp())} {schedule.holder}\\n")

schedule = Schedule(
    ScheduleStore(create_engine(StoreSettings(url=url))), [Job("count", "", 1, run, each=True)],
    lambda: datetime.now(UTC), seconds=2,
)
schedule.start()
time.sleep(60)
"""


def test_two_processes_do_every_occasion_once_also_when_one_is_killed(
    store_url: str, engine: Engine, tmp_path: Path
):
    journal = tmp_path / "journal"
    command = [sys.executable, "-c", PROCESS, store_url, str(journal)]
    processes = [subprocess.Popen(command) for _ in range(2)]
    try:
        wait_for(lambda: lines(journal) >= 2)
        time.sleep(0.3)  # between two occasions: what was just done is written down
        holder = int(journal.read_text().split()[1].split(":")[1])
        os.kill(holder, signal.SIGKILL)
        killed = lines(journal)
        wait_for(lambda: lines(journal) >= killed + 4)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    occasions = [int(line.split()[0]) for line in journal.read_text().splitlines()]
    holders = {line.split()[1] for line in journal.read_text().splitlines()}
    assert occasions == list(range(occasions[0], occasions[0] + len(occasions)))
    assert len(holders) == 2, "the other process went on"


def lines(journal: Path) -> int:
    return len(journal.read_text().splitlines()) if journal.exists() else 0


def wait_for(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
