"""Engines, transactions, and the bulk statements that differ between dialects."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from data_access import engine as engines
from data_access import migrations, schema
from data_access.config import StoreSettings
from data_access.engine import create_engine, raise_counter, transaction
from data_access.observations import LoadInfo, ObservationStore
from indicators.aggregation import Demand

ROOT = Path(migrations.__file__).parents[2]


def test_a_transaction_is_all_or_nothing(engine: Engine) -> None:
    def fail_half_way() -> None:
        with transaction(engine) as connection:
            raise_counter(connection, schema.versions, "data")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail_half_way()
    with transaction(engine) as connection:
        assert raise_counter(connection, schema.versions, "data") == 1


def test_writers_wait_for_each_other(engine: Engine) -> None:
    def write_many() -> None:
        for _ in range(20):
            with transaction(engine) as connection:
                raise_counter(connection, schema.versions, "data")

    writers = [threading.Thread(target=write_many) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with transaction(engine) as connection:
        assert raise_counter(connection, schema.versions, "data") == 81


def test_readers_do_not_wait_for_the_writer(store: ObservationStore) -> None:
    with transaction(store.engine) as connection:
        raise_counter(connection, schema.versions, "data")
        assert store.data_version() == 0
    assert store.data_version() == 1


def test_sqlite_keeps_a_log_checks_keys_and_waits_for_the_writer(tmp_path: Path) -> None:
    engine = create_engine(StoreSettings(url=f"sqlite:///{tmp_path}/deep/store.db", busy_seconds=7))
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    with engine.connect() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() for pragma in pragmas]
    engine.dispose()
    assert found == ["wal", 1, 1, 7000]


def test_inserting_where_free_leaves_what_stands(engine: Engine) -> None:
    with transaction(engine) as connection:
        assert engines.insert_free(connection, schema.versions, [("a", 1), ("b", 2)]) == 2
        assert engines.insert_free(connection, schema.versions, [("b", 9), ("c", 3)]) == 1
        assert engines.upsert(connection, schema.versions, [("c", 4), ("d", 5)]) == 2
        assert engines.delete(connection, schema.versions, [("a",), ("nobody",)]) == 1
        assert dict(connection.execute(sa.select(schema.versions)).all()) == {"b": 2, "c": 4, "d": 5}


@pytest.mark.parametrize("spread", [1, 1000], ids=["as a grid", "one by one"])
def test_cells_are_found_however_they_lie(engine: Engine, spread: int) -> None:
    cells = [(number, 0, 440900000000 + spread * number, spread * number) for number in range(1, 40)]
    rows = [(*cell, 1.0, None, 2, None, 1, 10, 1) for cell in cells]
    columns = schema.current.c.keys()
    with transaction(engine) as connection:
        engines.insert_free(connection, schema.current, rows)
        for wanted in (cells[:1], cells[::2]):
            found = engines.cells(connection, schema.current, np.array(wanted, dtype=np.int64), columns)
            assert sorted(found) == [row for row in rows if row[:4] in wanted]
        assert engines.cells(connection, schema.current, np.zeros((0, 4), dtype=np.int64), columns) == []


# --- a stop in the middle -----------------------------------------------------------------------------------

LOADING = """
import sys, time
from data_access.config import StoreSettings
from data_access.engine import create_engine
from data_access.observations import LoadInfo, ObservationStore

def batches():
    for number in range(1000):
        rows = range(20_000)
        yield {
            "indicator": f"crash.indicator_{number}", "region": 440900000000, "period": [10 * row for row in rows],
            "value": [float(row) for row in rows], "source": 1,
        }
        if number == 2:
            print("in the middle", flush=True)
            time.sleep(60)

store = ObservationStore(create_engine(StoreSettings(url=sys.argv[1])))
store.write(batches(), LoadInfo("crash", "crash.csv", "analyst", at=20))
"""


def test_a_server_killed_in_the_middle_of_a_load_leaves_the_store_as_it_was(store_url: str) -> None:
    before = {
        "indicator": "crash.indicator_0",
        "region": 440900000000,
        "period": [10],
        "value": [7.0],
        "source": 1,
    }
    asked = Demand(("crash.indicator_0", "crash.indicator_1"), (440900000000,), 0, 2**60)
    first = create_engine(StoreSettings(url=store_url))
    ObservationStore(first).write(before, LoadInfo("before", "before.csv", "analyst", at=10))
    first.dispose()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", LOADING, store_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as loading:
        assert loading.stdout is not None
        assert loading.stdout.readline() == "in the middle\n"
        loading.send_signal(signal.SIGKILL)
    engine = create_engine(StoreSettings(url=store_url))
    migrations.upgrade(engine)
    store = ObservationStore(engine)
    assert [row[3:5] for row in store.answer(asked).rows] == [(10, 7.0)]
    assert [load.digest for load in store.loads()] == ["before"]
    assert (store.data_version(), len(store.pending())) == (1, 1)
    again = store.write({**before, "value": [8.0]}, LoadInfo("after", "after.csv", "analyst", at=30))
    assert again.corrected == 1
    engine.dispose()
