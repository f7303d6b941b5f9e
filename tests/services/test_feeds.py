"""Feeds without hands: what comes from a folder, a database, an address; what is refused; that secrets stay secret."""

import json
import logging
import os
import socket
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from data_access import engine as engines
from data_access.config import FeedSettings, IntakeSettings
from data_access.feeds import FeedStore
from data_access.observations import ObservationStore
from data_access.targets import TargetStore
from indicators.aggregation import Demand
from indicators.errors import CockpitError, Issue
from services.access import Actor
from services.feeds import Feeds
from services.intake import Intake
from services.texts import Texts
from tests.builders import CITY, COUNTY_A, COUNTY_B, a_catalog, a_tree, an_indicator
from tests.postgres import FAST, NoServer, Server
from tests.receivers import Web

NAUGHTY = json.loads(
    (Path(__file__).parents[1] / "cases" / "text" / "blns.json").read_text("utf-8")
)["strings"]  # fmt: skip
REVENUE, RETAIL = "econ.fiscal.revenue", "econ.retail.total"
SECRET = "s3cret-of-the-bureau-9f2"
HEADER = "indicator,region,period,value\n"
ROW = f"{REVENUE},{COUNTY_A},2026-09,12.5\n"
PERIOD = 202609312359109

EDITOR = Actor("e", "editor", "editor", (CITY,))
COUNTY_EDITOR = Actor("c", "county-editor", "editor", (COUNTY_B,))


class Quiet:
    """Stands in for the warnings."""

    def evaluate_pending(self, now: datetime) -> None: ...


class House:
    """Feeds on an empty store, with a clock of their own."""

    def __init__(self, engine: Engine, folder: Path, **settings: Any) -> None:
        self.engine, self.folder = engine, folder / "drop"
        self.now = datetime(2026, 11, 21, 4, tzinfo=UTC)
        self.settings = FeedSettings(
            folder=str(self.folder), key_file=str(folder / "keys" / "feeds.key"),
            **{"internal": "127.0.0.1", "connect_seconds": 2, "total_seconds": 3, **settings},
        )  # fmt: skip
        self.store, self.figures = FeedStore(engine), ObservationStore(engine)
        catalog = a_catalog(an_indicator(REVENUE), an_indicator(RETAIL, department="commerce"))
        tree = a_tree()
        intake = Intake(
            self.figures, lambda: engines.transaction(engine), lambda: catalog, tree, TargetStore(engine), Quiet(),
            settings=IntakeSettings(), clock=lambda: self.now, zone=ZoneInfo("Asia/Shanghai"),
        )  # fmt: skip
        names = {"finance": "市财政局", "commerce": "市商务局"}
        self.feeds = Feeds(
            self.store, intake, tree, lambda _: names, dict, self.settings, str(engine.url), lambda: self.now,
            timedelta(hours=8),
        )  # fmt: skip

    def folder_feed(self, folder: str = "finance", **fields: str) -> str:
        return self.feeds.save(EDITOR, a_form(kind="folder", folder=folder, **fields))

    def drop(self, name: str, content: str | bytes, folder: str = "finance") -> Path:
        path = self.folder / folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(path, (1, 1))
        return path

    def figure(self, region: int = COUNTY_A, code: str = REVENUE) -> list[float]:
        return [row[4] for row in self.figures.answer(Demand((code,), (region,), 0, 10**16)).rows]

    def runs(self, feed: str) -> list[str]:
        return [run.state for run in self.feeds.runs(EDITOR, feed)]


def a_form(**fields: str) -> dict[str, str]:
    return {
        "name": "财政月报", "department": "finance", "region": str(CITY), "every": "86400", "at": "06:00", "mapping": "",
    } | fields  # fmt: skip


@pytest.fixture
def house(tmp_path: Path, empty_file: Path) -> Iterator[House]:
    with a_house(tmp_path, empty_file) as made:
        yield made


@contextmanager
def a_house(folder: Path, empty: Path, **settings: Any) -> Iterator[House]:
    """A house on a copy of an empty SQLite store; what differs between engines is tested with the store of feeds."""
    target = folder / "store.db"
    target.write_bytes(empty.read_bytes())
    engine = engines.create_engine(engines.StoreSettings(url=f"sqlite:///{target}"))
    yield House(engine, folder, **settings)
    engine.dispose()


def problems(error: pytest.ExceptionInfo[CockpitError]) -> list[tuple[str, str]]:
    return [(issue.where, issue.key) for issue in error.value.issues]


# ---- drop folder


def test_a_file_of_the_folder_is_loaded_as_the_feed_and_moved_aside(house: House) -> None:
    feed = house.folder_feed()
    house.drop("十月.csv", HEADER + ROW)
    run = house.feeds.run(EDITOR, feed)
    assert (run.state, run.inserted, run.source) == ("stored", 1, "十月.csv")
    assert house.figure() == [12.5]
    assert [file.name for file in (house.folder / "finance" / "done").iterdir()] == ["十月.csv"]
    load = house.figures.loads(limit=1)[0]
    assert (load.actor, load.id) == (f"feed:{feed}", run.load)


def test_the_same_content_twice_changes_nothing(house: House) -> None:
    feed = house.folder_feed()
    house.drop("a.csv", HEADER + ROW)
    house.feeds.run(EDITOR, feed)
    house.drop("b.csv", HEADER + ROW)
    assert house.feeds.run(EDITOR, feed).state == "unchanged"
    assert len(house.figures.loads(limit=10)) == 1
    assert house.feeds.run(EDITOR, feed).state == "empty"


def test_a_refused_file_lies_aside_with_its_reasons(house: House) -> None:
    feed = house.folder_feed()
    house.drop("bad.csv", HEADER + f"{REVENUE},不存在的县,2026-09,1\n")
    run = house.feeds.run(EDITOR, feed)
    assert (run.state, run.errors, run.issues[0]["key"]) == ("refused", 1, "unknown_region")
    names = {file.name for file in (house.folder / "finance" / "refused").iterdir()}
    assert names == {"bad.csv", "bad.csv.reason.txt"}
    assert "不存在的县" in (house.folder / "finance" / "refused" / "bad.csv.reason.txt").read_text("utf-8")
    assert house.feeds.listing(EDITOR, "zh").feeds[0].state == "refused"
    assert house.figure() == []


def test_trying_stores_nothing_and_moves_nothing(house: House) -> None:
    feed = house.folder_feed()
    path = house.drop("a.csv", HEADER + ROW)
    assert house.feeds.test(EDITOR, feed).state == "tested"
    assert path.exists()
    assert house.figure() == []
    assert house.feeds.listing(EDITOR, "zh").feeds[0].state == "waiting", "a test is no run"


@pytest.mark.parametrize(
    ("fields", "row", "key"),
    [
        ({"region": str(COUNTY_B)}, ROW, "forbidden"),
        ({"department": "commerce"}, ROW, "forbidden"),
    ],
)
def test_a_feed_loads_in_its_region_and_for_its_department_only(
    house: House, fields: dict[str, str], row: str, key: str
) -> None:
    feed = house.folder_feed(**fields)
    house.drop("a.csv", HEADER + row)
    run = house.feeds.run(EDITOR, feed)
    assert (run.state, run.issues[0]["key"]) == ("refused", key)
    assert house.figure() == []


@pytest.mark.parametrize("name", ["../escape", "a/b", ".hidden", "", "x" * 41, "a b", "C:\\x"])
def test_a_folder_cannot_lie_elsewhere(house: House, name: str) -> None:
    with pytest.raises(CockpitError) as error:
        house.folder_feed(name)
    assert {where for where, _ in problems(error)} == {"folder"}


def test_two_feeds_cannot_share_a_folder(house: House) -> None:
    house.folder_feed()
    with pytest.raises(CockpitError) as error:
        house.folder_feed()
    assert problems(error) == [("folder", "folder_taken")]


# ---- addresses


@pytest.fixture
def bureau() -> Iterator[Web]:
    web = Web()
    yield web
    web.close()


def an_address(house: House, bureau: Web, **fields: str) -> str:
    given = {
        "kind": "http",
        "url": f"{bureau.url}/figures",
        "auth": "bearer",
        "secret": SECRET,
        "format": "json",
    }
    return house.feeds.save(EDITOR, a_form(**(given | fields)))


def test_records_of_an_address_are_loaded_by_their_path_and_mapping(house: House, bureau: Web) -> None:
    records = [{"kpi": REVENUE, "area": {"code": str(COUNTY_A)}, "month": "2026-09", "amount": 12.50}]
    bureau.answers = [{"body": {"data": [{"rows": records}]}}]
    mapping = "columns: {indicator: kpi, region: area.code, period: month, value: amount}"
    feed = an_address(house, bureau, path="data[0].rows", mapping=mapping)
    assert house.feeds.run(EDITOR, feed).state == "stored"
    assert house.figure() == [12.5]
    assert bureau.got[0].headers["Authorization"] == f"Bearer {SECRET}"
    assert house.feeds.run(EDITOR, feed).state == "unchanged"


@pytest.mark.parametrize(
    ("auth", "user", "header", "value"),
    [("header", "X-Api-Key", "X-Api-Key", SECRET), ("basic", "u", "Authorization", "Basic dTpzM2NyZXQtb2YtdGhlLWJ1cmVhdS05ZjI=")],
)  # fmt: skip
def test_an_address_is_opened_by_a_header(
    house: House, bureau: Web, auth: str, user: str, header: str, value: str
) -> None:
    bureau.answers = [{"body": []}]
    house.feeds.run(EDITOR, an_address(house, bureau, auth=auth, user=user))
    assert bureau.got[0].headers[header] == value


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        ({"status": 401}, "feed_denied"),
        ({"status": 500}, "feed_status"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1/elsewhere"}}, "feed_status"),
        ({"body": {"other": []}}, "feed_no_path"),
        ({"body": {"data": "text"}}, "feed_no_records"),
        ({"body": {"data": [1, 2]}}, "feed_no_records"),
        ({"body": {"data": [{str(n): n for n in range(2000)}]}}, "feed_too_wide"),
        ({"body": {"data": [{"a": n} for n in range(60)]}}, "feed_too_long"),
        ({"body": {"data": []}, "delay": 4}, "feed_unreachable"),
    ],
)
def test_what_is_wrong_with_an_address_is_told(
    tmp_path: Path, empty_file: Path, bureau: Web, answer: dict[str, Any], key: str
) -> None:
    with a_house(tmp_path, empty_file, max_rows=50, total_seconds=2) as house:
        bureau.answers = [answer]
        feed = an_address(house, bureau, path="data")
        run = house.feeds.run(EDITOR, feed)
        assert (run.state, run.issues[0]["key"]) == ("failed", key)
        assert len(bureau.got) == 1, "no redirect is followed"


def test_inner_addresses_are_refused_unless_they_are_opened(
    tmp_path: Path, empty_file: Path, bureau: Web
) -> None:
    with a_house(tmp_path, empty_file) as house:
        feed = an_address(house, bureau)
        closed = House(house.engine, tmp_path, internal="")
        run = closed.feeds.run(EDITOR, feed)
        assert (run.state, run.issues[0]["key"]) == ("failed", "internal_address")
        with pytest.raises(CockpitError) as error:
            an_address(closed, bureau)
        assert problems(error) == [("url", "internal_address")]
        assert bureau.got == []


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"url": "ftp://127.0.0.1/x"}, ("url", "bad_address")),
        ({"url": "http://u:p@127.0.0.1/x"}, ("url", "bad_address")),
        ({"url": "http://127.0.0.1/x?api_token=abc"}, ("url", "secret_in_address")),
        ({"path": "a..b"}, ("path", "bad_path")),
        ({"auth": "header", "user": "X Key\r\nX: y"}, ("user", "bad_header")),
        ({"secret": "a\nb"}, ("secret", "bad_secret")),
        ({"secret": ""}, ("secret", "secret_again")),
        ({"mapping": "columns: ["}, ("mapping", "mapping_unreadable")),
        ({"mapping": "columns: {nonsense: a}"}, ("mapping", "mapping_field")),
        ({"every": "61"}, ("every", "field_choice")),
        ({"at": "25:00"}, ("at", "field_clock")),
        ({"department": "nobody"}, ("department", "unknown_department")),
        ({"system": "77"}, ("system", "unknown_system")),
    ],
)
def test_what_cannot_be_so_is_said_at_its_field(
    house: House, bureau: Web, fields: dict[str, str], problem: tuple[str, str]
) -> None:
    with pytest.raises(CockpitError) as error:
        an_address(house, bureau, **fields)
    assert problems(error) == [problem]


# ---- databases


def a_table(path: Path, rows: int = 1) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE monthly (indicator, region, period, value)")
        connection.executemany(
            "INSERT INTO monthly VALUES (?, ?, ?, ?)",
            [(REVENUE, str(COUNTY_A), "2026-09", 12.5)] * rows,
        )
        connection.execute("CREATE VIEW v_monthly AS SELECT * FROM monthly")
    return f"sqlite:///{path}"


def a_database(house: House, url: str, table: str = "v_monthly", **fields: str) -> str:
    return house.feeds.save(EDITOR, a_form(kind="database", url=url, table=table, secret="", **fields))


def test_a_view_of_a_database_is_loaded(house: House) -> None:
    feed = a_database(house, a_table(house.folder / "bureau.db"))
    assert house.feeds.run(EDITOR, feed).state == "stored"
    assert house.figure() == [12.5]
    assert house.feeds.run(EDITOR, feed).state == "unchanged"


def test_only_files_of_the_folder_can_be_read_and_never_the_own_store(house: House, tmp_path: Path) -> None:
    elsewhere = a_database(house, a_table(tmp_path / "elsewhere.db"))
    assert house.feeds.run(EDITOR, elsewhere).issues[0]["key"] == "database_place"
    house.folder.mkdir()
    link = house.folder / "link.db"
    link.symlink_to(tmp_path / "elsewhere.db")
    assert (
        house.feeds.run(EDITOR, a_database(house, f"sqlite:///{link}")).issues[0]["key"] == "database_place"
    )
    own = a_database(house, str(house.engine.url), "accounts")
    assert house.feeds.run(EDITOR, own).issues[0]["key"] == "database_place"


def test_a_table_that_is_not_there_or_too_long_is_told(tmp_path: Path, empty_file: Path) -> None:
    with a_house(tmp_path, empty_file, max_rows=50) as house:
        url = a_table(house.folder / "bureau.db", rows=51)
        assert house.feeds.run(EDITOR, a_database(house, url, "nothing")).issues[0]["key"] == "no_table"
        assert house.feeds.run(EDITOR, a_database(house, url)).issues[0]["key"] == "feed_too_long"


@pytest.mark.parametrize(
    ("url", "table", "problem"),
    [
        ("nonsense", "t", ("url", "bad_database")),
        ("postgresql:///db?host=/var/run", "t", ("url", "database_option")),
        ("postgresql:///db", "t", ("url", "bad_database")),
        ("sqlite://", "t", ("url", "bad_database")),
        ("postgresql://u@127.0.0.1/db", "t; DROP TABLE x", ("table", "bad_table")),
        ("postgresql://u@127.0.0.1/db", "select 1", ("table", "bad_table")),
        ("postgresql://u@127.0.0.1/db", "a.b.c", ("table", "bad_table")),
    ],
)
def test_a_database_is_named_by_an_address_and_one_table(
    house: House, url: str, table: str, problem: tuple[str, str]
) -> None:
    with pytest.raises(CockpitError) as error:
        a_database(house, url, table)
    assert problems(error) == [problem]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL that listens on loopback, as another bureau's would."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.gettempdir()) / f"chengmai-bureau-{os.getpid()}"
    try:
        server = Server(folder, (*FAST, "-h", "127.0.0.1", "-p", str(port))).start()
    except NoServer as reason:
        pytest.skip(f"PostgreSQL cannot be started here: {reason}")
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    engine = engines.create_engine(engines.StoreSettings(url=url))
    with engine.begin() as connection:
        for statement in (
            "CREATE SCHEMA share",
            "CREATE TABLE share.monthly (indicator text, region text, period text, value numeric)",
            f"INSERT INTO share.monthly VALUES ('{REVENUE}', '{COUNTY_A}', '2026-09', 12.5)",
            "CREATE FUNCTION sneaky() RETURNS int LANGUAGE sql AS $$ INSERT INTO share.monthly VALUES ('x') RETURNING 1 $$",
            "CREATE VIEW share.writes AS SELECT sneaky()",
            "CREATE VIEW share.sleeps AS SELECT 1 FROM pg_sleep(30)",
        ):
            connection.execute(text(statement))
    engine.dispose()
    yield url
    server.stop()


@pytest.mark.parametrize(
    ("table", "state", "key"),
    [
        ("share.monthly", "stored", None),
        ("share.writes", "failed", "feed_unreachable"),
        ("share.sleeps", "failed", "feed_database"),
        ("share.nothing", "failed", "no_table"),
    ],
)
def test_a_postgresql_is_read_only_and_in_time(
    tmp_path: Path, empty_file: Path, postgres: str, table: str, state: str, key: str | None
) -> None:
    with a_house(tmp_path, empty_file, total_seconds=2) as house:
        run = house.feeds.run(EDITOR, a_database(house, postgres, table))
        assert run.state == state
        assert key is None or run.issues[0]["key"] == key


# ---- secrets


def everything(house: House, caplog: pytest.LogCaptureFixture) -> str:
    """All that anybody could read: tables, the log, what the services tell."""
    with house.engine.connect() as connection:
        tables = (
            connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        )
        rows = [repr(connection.execute(text(f'SELECT * FROM "{name}"')).all()) for name in tables]
    views = repr(house.feeds.listing(EDITOR, "zh"))
    runs = repr([house.feeds.runs(EDITOR, one.id) for one in house.feeds.listing(EDITOR, "zh").feeds])
    return "\n".join([*rows, views, runs, caplog.text])


def test_a_secret_is_nowhere_to_be_read(
    house: House, bureau: Web, postgres: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bureau.answers = [{"status": 401, "body": {"error": SECRET}}]
    house.feeds.run(EDITOR, an_address(house, bureau))
    with_password = postgres.replace("postgres@", f"postgres:{SECRET}@")
    feed = a_database(house, with_password, "share.nothing")
    house.feeds.run(EDITOR, feed)
    gone = house.feeds.save(
        EDITOR, a_form(kind="http", url="http://127.0.0.1:9/x", auth="bearer", secret=SECRET)
    )
    house.feeds.run(EDITOR, gone)
    house.feeds.test(EDITOR, gone)
    assert SECRET not in everything(house, caplog)
    assert house.store.feeds()[feed].settings["url"] == postgres


def test_the_key_is_read_by_its_owner_alone_and_without_it_nothing_opens(house: House, bureau: Web) -> None:
    feed = an_address(house, bureau)
    key = Path(house.settings.key_file)
    assert key.stat().st_mode & 0o777 == 0o600
    key.unlink()
    run = house.feeds.run(EDITOR, feed)
    assert (run.state, run.issues[0]["key"]) == ("failed", "secret_unreadable")
    assert bureau.got == []


def test_a_secret_does_not_go_along_to_another_address(house: House, bureau: Web) -> None:
    feed = an_address(house, bureau)
    view = house.feeds.one(EDITOR, feed, "zh")
    assert view.secret
    changed = {"feed": feed, "version": str(view.version), "secret": ""}
    with pytest.raises(CockpitError) as error:
        an_address(house, bureau, url=f"{bureau.url}/elsewhere", **changed)
    assert problems(error) == [("secret", "secret_again")]
    an_address(house, bureau, name="别的名称", **changed)
    assert house.feeds.one(EDITOR, feed, "zh").name == "别的名称"
    bureau.answers = [{"body": []}]
    house.feeds.run(EDITOR, feed)
    assert bureau.got[0].headers["Authorization"] == f"Bearer {SECRET}"


# ---- people


def test_two_people_at_once_the_second_is_told(house: House) -> None:
    feed = house.folder_feed()
    form = {"feed": feed, "version": "1"}
    house.folder_feed(**form, name="甲改")
    with pytest.raises(CockpitError) as error:
        house.folder_feed(**form, name="乙改")
    assert error.value.key == "record_changed"
    assert house.feeds.one(EDITOR, feed, "zh").name == "甲改"


def test_a_feed_of_elsewhere_is_as_unknown_as_none(house: House) -> None:
    feed = house.folder_feed()
    assert house.feeds.listing(COUNTY_EDITOR, "zh").feeds == ()
    for act in (house.feeds.run, house.feeds.test, house.feeds.runs):
        with pytest.raises(CockpitError) as error:
            act(COUNTY_EDITOR, feed)
        assert error.value.key == "unknown_feed"
    with pytest.raises(CockpitError) as error:
        house.feeds.save(COUNTY_EDITOR, a_form(kind="folder", folder="mine"))
    assert error.value.key == "forbidden"
    leader = Actor("l", "leader", "leader", (CITY,))
    with pytest.raises(CockpitError) as error:
        house.feeds.listing(leader, "zh")
    assert error.value.key == "forbidden"


def refused(house: House, form: dict[str, str]) -> tuple[Issue, ...]:
    """What is wrong with a form; nothing where it was taken."""
    try:
        house.feeds.save(EDITOR, form)
    except CockpitError as error:
        return error.issues
    return ()


def test_every_text_is_kept_as_written_or_refused_at_its_field(house: House) -> None:
    feed, version = house.folder_feed(), 1
    for nasty in NAUGHTY:
        typed = nasty.strip()
        for field in ("name", "mapping"):
            form = a_form(kind="folder", folder="finance", feed=feed, version=str(version)) | {field: nasty}
            issues = refused(house, form)
            if issues:
                assert {issue.where for issue in issues} <= {"name", "mapping"}
                assert all(Texts("en").issue(issue) for issue in issues)
                continue
            version += 1
            assert getattr(house.feeds.one(EDITOR, feed, "zh"), field) == typed


# ---- schedule


def test_a_feed_is_asked_when_it_is_due_and_not_when_it_is_paused(house: House) -> None:
    feed = house.folder_feed(every="3600")
    assert house.feeds.due(house.now) == 0
    house.now += timedelta(hours=1)
    assert house.feeds.due(house.now) == 1
    assert house.feeds.due(house.now) == 0
    house.feeds.switch(EDITOR, feed, 1, on=False)
    house.now += timedelta(hours=5)
    assert house.feeds.due(house.now) == 0
    house.feeds.switch(EDITOR, feed, 2, on=True)
    house.now += timedelta(hours=1)
    assert house.feeds.due(house.now) == 1, "what was missed is done once"


@pytest.mark.parametrize(
    ("every", "at", "following"),
    [("86400", "06:30", "2026-11-22 06:30"), ("86400", "18:00", "2026-11-21 18:00"), ("3600", "", "2026-11-21 13:00"),
     ("604800", "07:00", "2026-11-23 07:00"), ("300", "", "2026-11-21 12:05")],
)  # fmt: skip
def test_occasions_lie_on_the_citys_clock(house: House, every: str, at: str, following: str) -> None:
    feed = house.folder_feed(every=every, at=at)
    local = datetime.fromtimestamp(house.store.feeds()[feed].next_at, ZoneInfo("Asia/Shanghai"))
    assert local.strftime("%Y-%m-%d %H:%M") == following


def test_a_source_that_fails_is_tried_sooner_and_ever_less_often(house: House, bureau: Web) -> None:
    bureau.answers = [{"status": 500}]
    feed = an_address(house, bureau)
    waits = []
    for _ in range(4):
        house.feeds.run(EDITOR, feed)
        waits.append(house.store.feeds()[feed].next_at - int(house.now.timestamp()))
    assert waits == [60, 120, 240, 480]
    view = house.feeds.listing(EDITOR, "zh")
    assert (view.feeds[0].state, view.feeds[0].failures) == ("failing", 4)
    assert [line.count for line in house.feeds.waiting(EDITOR, "zh") if line.kind == "feeds.failing"] == [1]
    assert [(run.state, run.times) for run in house.feeds.runs(EDITOR, feed)] == [("failed", 4)], (
        "counted, not repeated"
    )
    bureau.answers = [{"body": []}]
    house.feeds.run(EDITOR, feed)
    assert house.store.feeds()[feed].failures == 0


def test_a_run_whose_process_died_is_told_and_done_again(house: House) -> None:
    feed = house.folder_feed()
    house.drop("a.csv", HEADER + ROW)
    now = int(house.now.timestamp())
    gone = f"{socket.gethostname()[:40]}:{2**22 + 5}:dead"
    assert house.store.claim(feed, gone, now, now + 900)
    assert house.feeds.run(EDITOR, feed).state == "stored"
    assert house.runs(feed) == ["stored", "broken"]


def test_while_another_process_is_at_it_nobody_asks(house: House) -> None:
    feed = house.folder_feed()
    now = int(house.now.timestamp())
    assert house.store.claim(feed, "elsewhere:1:x", now, now + 900)
    with pytest.raises(CockpitError) as error:
        house.feeds.run(EDITOR, feed)
    assert error.value.key == "feed_busy"
    assert house.feeds.listing(EDITOR, "zh").feeds[0].state == "running"
    house.now += timedelta(seconds=901)
    assert house.feeds.run(EDITOR, feed).state == "empty"


def test_one_feed_that_goes_wrong_does_not_hold_up_the_next(house: House, bureau: Web) -> None:
    bureau.answers = [{"status": 500}]
    an_address(house, bureau, every="3600", name="甲")
    second = house.folder_feed(every="3600")
    house.drop("a.csv", HEADER + ROW)
    house.now += timedelta(hours=1)
    assert house.feeds.due(house.now) == 2
    assert house.figure() == [12.5]
    assert house.runs(second) == ["stored"]
