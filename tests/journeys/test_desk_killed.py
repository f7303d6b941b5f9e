"""kill -9 while figures leave the desk: the load is whole or absent, the draft is there, and it can be released again."""

import multiprocessing
import os
import shutil
import signal

from sqlalchemy import event

from data_access import engine as engines
from data_access.config import StoreSettings
from tests.services.test_desk import CLERK, MAOMING, REVENUE, Room, _period, a_row, an_empty_store

FORK = multiprocessing.get_context("fork")
MONTHS = range(1, 9)
TRIED = 8
"""So many moments of a release, evenly spread, are those of its death."""


def a_room(path):
    return Room(engines.create_engine(StoreSettings(url=f"sqlite:///{path}")))


def release(path, number, last_statement, said):
    """Release a delivery in a process that dies before one of its statements; tells how many it sent."""
    room, sent = a_room(path), [0]

    def count(_statement):
        sent[0] += 1
        if sent[0] == last_statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(room.figures.engine, "connect", lambda driver, _: driver.set_trace_callback(count))
    room.figures.engine.dispose()
    room.release.release(CLERK, number, room.store.delivery(number).revision)
    said.send(sent[0])


def released(path, number, last_statement=0):
    """How many statements it took; None where the process was killed."""
    here, there = FORK.Pipe(duplex=False)
    process = FORK.Process(target=release, args=(path, number, last_statement, there))
    process.start()
    there.close()
    process.join(60)
    killed = process.exitcode == -signal.SIGKILL
    assert killed or process.exitcode == 0
    return None if killed else here.recv()


def left(path, number):
    """The state of the delivery, and how many of its figures and loads are in the store."""
    room = a_room(path)
    head = room.store.delivery(number)
    figures = sum(len(room.value(REVENUE, MAOMING, _period(2026, month))) for month in MONTHS)
    loads = len(room.figures.loads())
    room.figures.engine.dispose()
    return head.state, figures, loads


def test_a_release_that_is_killed_is_whole_or_absent_and_done_again(tmp_path):
    path = tmp_path / "store.db"
    path.write_bytes(an_empty_store())
    room = a_room(path)
    number = room.upload(CLERK, *[a_row(10 * month, period=f"2026-{month:02}") for month in MONTHS])
    room.desk.type(CLERK, number, 1, [(0, 2, 3, "11")])  # what was typed is there after a stop, too
    room.figures.engine.dispose()
    whole, absent = ("released", len(MONTHS), 1), ("draft", 0, 0)

    undisturbed = tmp_path / "undisturbed.db"
    _copied(path, undisturbed)
    statements = released(undisturbed, number)
    assert left(undisturbed, number) == whole

    seen = set()
    for last in range(2, statements + 1, max(1, statements // TRIED)):
        disturbed = tmp_path / f"{last}.db"
        _copied(path, disturbed)
        assert released(disturbed, number, last) is None
        found = left(disturbed, number)
        assert found in (whole, absent)
        seen.add(found)
        if found == absent:
            assert released(disturbed, number) is not None
            assert left(disturbed, number) == whole
        assert a_room(disturbed).value(REVENUE, MAOMING, _period(2026, 1))[0][0] == 11
    assert absent in seen


def _copied(path, target):
    for file in path.parent.glob(f"{path.name}*"):
        shutil.copy(file, target.with_name(file.name.replace(path.name, target.name)))
