"""kill -9 while a draft is saved, and while it is published: what was saved is there, a publication is whole or absent."""

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from data_access.accounts import AccountStore
from data_access.config import StoreSettings
from data_access.definitions import DefinitionStore
from data_access.engine import create_engine
from data_access.migrations import create_schema
from tests.services.test_studio import PUBLISHER, RATE, READER, WANG, House, a_house, a_library

FORK = multiprocessing.get_context("fork")  # the program is loaded already; engines are made after it
DAY = "2027-01-01"
CUTS = 8
"""At so many places of an act the process dies, the last of them before the very last statement."""

Act = Callable[[House], object]


@dataclass(frozen=True)
class Bench:
    """A store with an approved draft of a rate and another that is written, and the library beside it."""

    store: Path
    library: Path
    approved: int
    written: int


def an_engine(store: Path) -> Engine:
    """The store as a server opens it."""
    return create_engine(StoreSettings(url=f"sqlite:///{store}"))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Made once; every cut works on a copy."""
    folder = tmp_path_factory.mktemp("killed")
    engine, library = an_engine(folder / "store.db"), a_library(folder)
    create_schema(engine)
    house = a_house(engine, library)
    approved = house.submitted(name_zh="按时率")
    house.studio.approve(READER, approved.id)
    written = house.studio.open(WANG, "indicator", "ops.feed.fail_rate")
    engine.dispose()
    return Bench(folder / "store.db", library, approved.id, written.id)


def publish(number: int) -> Act:
    """Publish a draft."""
    return lambda house: house.studio.publish(PUBLISHER, number, DAY)


def save(number: int) -> Act:
    """Save a draft."""

    def saved(house: House) -> object:
        draft = house.studio.draft(WANG, number)
        return house.write(WANG, draft, name_zh="写到一半的名称")

    return saved


def work(store: Path, library: Path, act: Act, last: int, said: Any) -> None:
    """Do it, in a process that dies without a word before one of its statements; tells how many it sent."""
    engine, sent = an_engine(store), [0]
    house = a_house(engine, library)

    def count(_statement: str) -> None:
        sent[0] += 1
        if sent[0] == last:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "connect", lambda driver, _: driver.set_trace_callback(count))
    engine.dispose()
    act(house)
    said.send(sent[0])


def run(store: Path, library: Path, act: Act, last: int = 0) -> int | None:
    """How many statements an act took; None where its process was killed on the way."""
    heard, said = FORK.Pipe(duplex=False)
    process = FORK.Process(target=work, args=(store, library, act, last, said))
    process.start()
    process.join(60)
    if last:
        assert process.exitcode == -signal.SIGKILL
        return None
    return int(heard.recv())


def copies(bench: Bench, folder: Path, act: Act) -> Iterator[Path]:
    """Copies of the store, in each of which the act was killed at another place."""
    whole = Path(shutil.copy(bench.store, folder / "whole.db"))
    total = run(whole, bench.library, act)
    assert total is not None
    for cut in sorted({max(1, total * place // CUTS) for place in range(1, CUTS + 1)}):
        store = Path(shutil.copy(bench.store, folder / f"cut{cut}.db"))
        run(store, bench.library, act, cut)
        yield store


def stands(engine: Engine, number: int) -> tuple[str, bool, bool]:
    """What a restart finds: the state of the draft, whether the registry has the version, whether the log tells it."""
    house = a_house(engine, Path("nowhere"))
    versions = [one for one in DefinitionStore(engine).published() if one.code == RATE]
    told = any(one.act == "definition.publish" for one in AccountStore(engine).log())
    return house.studio.draft(PUBLISHER, number).state, len(versions) == 2, told


def test_a_publication_that_is_killed_is_whole_or_absent_and_can_be_done_again(bench, tmp_path):
    outcomes = set()
    for store in copies(bench, tmp_path, publish(bench.approved)):
        engine = an_engine(store)
        found = stands(engine, bench.approved)
        assert found in {("approved", False, False), ("published", True, True)}, store.name
        outcomes.add(found[0])
        if found[0] == "approved":
            a_house(engine, Path("nowhere")).studio.publish(PUBLISHER, bench.approved, DAY)
            assert stands(engine, bench.approved) == ("published", True, True)
        engine.dispose()
    assert outcomes == {"approved", "published"}, "before its end and after"


def test_a_save_that_is_killed_leaves_the_text_before_or_the_text_after(bench, tmp_path):
    for store in copies(bench, tmp_path, save(bench.written)):
        engine = an_engine(store)
        house = a_house(engine, Path("nowhere"))
        draft = house.studio.draft(WANG, bench.written)
        new = draft.document["name_zh"] == "写到一半的名称"
        assert (draft.revision, len(draft.revisions)) == ((2, 2) if new else (1, 1)), store.name
        again = house.write(WANG, draft, name_zh="写到一半的名称")
        assert (again.revision, again.document["name_zh"]) == (2, "写到一半的名称")
        engine.dispose()
