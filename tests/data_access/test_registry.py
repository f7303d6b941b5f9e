"""Feeds and the registry as they are stored, on every engine."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from data_access.feeds import Feed, FeedStore, Run
from data_access.registry import RegistryStore, Report, Resource, Supply, System
from data_access.vault import Vault
from indicators.errors import CockpitError

CITY = 440900000000
FEED = Feed("f1", "财政", "folder", "finance", CITY, settings={"folder": "a"}, secret="sealed", next_at=50)


def counter(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(text("SELECT value FROM versions WHERE name = 'feeds'")) or 0


def kept(store: FeedStore, feed: Feed) -> bool:
    return store.keep(feed, at=1, actor="e", act="feeds.save", detail={})


def test_a_feed_comes_back_as_it_was_kept_and_shows_its_secret_to_nobody(engine: Engine) -> None:
    store = FeedStore(engine)
    assert kept(store, FEED)
    found = store.feeds()["f1"]
    assert found == replace(FEED, version=1, changed_by="e", changed_at=1)
    assert "sealed" not in repr(found)
    assert counter(engine) == 1


def test_of_two_who_change_a_feed_the_second_changes_nothing(engine: Engine) -> None:
    store = FeedStore(engine)
    kept(store, FEED)
    assert kept(store, replace(FEED, name="甲", version=1))
    assert not kept(store, replace(FEED, name="乙", version=1))
    assert store.feeds()["f1"].name == "甲"


def test_a_claim_is_held_by_one_until_it_expires_or_its_holder_is_gone(engine: Engine) -> None:
    store = FeedStore(engine)
    kept(store, FEED)
    assert store.claim("f1", "one", 100, 200)
    assert not store.claim("f1", "two", 150, 250)
    assert store.claim("f1", "two", 150, 250, gone="one")
    store.release("f1", "one", failures=9)
    assert store.feeds()["f1"].claim == "two", "only the holder gives back"
    store.release("f1", "two", failures=1, next_at=300)
    assert (store.feeds()["f1"].claim, store.feeds()["f1"].failures, store.feeds()["f1"].next_at) == (
        "",
        1,
        300,
    )
    assert [run.state for run in store.runs("f1")] == ["broken"]


def test_the_same_again_is_counted_and_what_brought_something_is_written(engine: Engine) -> None:
    store = FeedStore(engine)
    kept(store, FEED)
    for at, state in enumerate(["empty", "empty", "stored", "stored", "failed", "failed", "unchanged"]):
        store.add(Run(0, "f1", at, "schedule", "system", state, at))
    told = [(run.state, run.times, run.at, run.ended_at) for run in store.runs("f1")]
    assert told == [
        ("unchanged", 1, 6, 6), ("failed", 2, 4, 5), ("stored", 1, 3, 3), ("stored", 1, 2, 2), ("empty", 2, 0, 1),
    ]  # fmt: skip
    assert store.last_runs()["f1"].state == "unchanged"
    assert store.delivered()["f1"] == {"empty": 2, "stored": 2, "failed": 2, "unchanged": 1}


def test_entries_of_the_registry_are_numbered_versioned_and_told_to_the_audit_log(engine: Engine) -> None:
    store = RegistryStore(engine)
    assert store.is_empty()
    with store.begin() as connection:
        store.seed(connection, [System(7, "甲系统", "finance", CITY, 20200101, simulated=True, version=1)])
        number = store.keep(
            connection, System(0, "乙系统", "tax", CITY, 20210101), at=5, actor="e", act="registry.system"
        )
    assert number == 8, "numbering goes on after what brought its numbers"
    found = store.all(System)[8]
    with store.begin() as connection:
        assert (
            store.keep(connection, replace(found, name="丙系统"), at=6, actor="e", act="registry.system") == 8
        )
        assert (
            store.keep(connection, replace(found, name="丁系统"), at=7, actor="f", act="registry.system")
            is None
        )
    assert (store.all(System)[8].name, store.all(System)[8].version) == ("丙系统", 2)
    with engine.connect() as connection:
        said = connection.scalars(
            text("SELECT detail FROM audit WHERE act = 'registry.system' ORDER BY number")
        ).all()
    assert [line for line in said if "丙系统" in line] == ['{"name": ["乙系统", "丙系统"]}']


def test_resources_supplies_and_reports_come_back(engine: Engine) -> None:
    store = RegistryStore(engine)
    resource = Resource(
        0, "税收数据", "tax", CITY, 20210101, codes="econ.fiscal.tax", share="none", basis="依法"
    )
    supply = Supply(0, "econ.fiscal.tax", CITY, "tax", 20230101)
    with store.begin() as connection:
        store.keep(connection, resource, at=1, actor="e", act="registry.resource")
        store.keep(connection, supply, at=1, actor="e", act="registry.supply")
        store.hand_in(
            connection, Report(0, 2025, "tax", CITY, 9, "e", "说明", {"systems": 2}), "registry.report"
        )
    assert store.all(Resource)[1] == replace(resource, id=1, version=1, changed_by="e", changed_at=1)
    assert store.all(Supply)[1].department == "tax"
    assert [(one.id, one.remarks, one.content) for one in store.reports()] == [(1, "说明", {"systems": 2})]


def test_the_vault_opens_what_it_sealed_and_nothing_else(tmp_path) -> None:
    vault = Vault(tmp_path / "deep" / "key")
    sealed = vault.seal("口令 with spaces")
    assert "口令" not in sealed
    assert vault.open(sealed) == "口令 with spaces"
    assert vault.seal("") == vault.open("") == ""
    assert (tmp_path / "deep" / "key").stat().st_mode & 0o777 == 0o600
    other = Vault(tmp_path / "other")
    other.seal("x")
    for wrong, vault_ in ((sealed, other), ("nonsense", vault), (sealed, Vault(tmp_path / "gone"))):
        with pytest.raises(CockpitError) as error:
            vault_.open(wrong)
        assert error.value.key == "secret_unreadable"
    assert not (tmp_path / "gone").exists(), "opening makes no key"
