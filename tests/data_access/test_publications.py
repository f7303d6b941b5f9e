"""What decisions write to the registry: versions by day, ends, the way back, texts that wait for their day."""

from datetime import date

import pytest

from data_access.definitions import DefinitionStore
from data_access.publications import all_versions, publish, retire, take_back, take_effect
from indicators.catalog import Entry, Kind

AT = 1_790_000_000
TODAY = date(2026, 11, 22)
CODE = "econ.x.a"


def an_entry(unit: str = "亿元", kind: Kind = Kind.INPUT, code: str = CODE) -> Entry:
    """A figure that is collected."""
    return Entry(kind, code, {"code": code, "unit": unit}, "studio", "studio/1")


@pytest.fixture
def registry(engine) -> DefinitionStore:
    """A registry with one figure."""
    store = DefinitionStore(engine)
    store.seed([an_entry()], AT)
    return store


def spans(registry: DefinitionStore, kind: Kind = Kind.INPUT, code: str = CODE) -> list[tuple[object, ...]]:
    """Every version with its days, in short."""
    with registry.begin() as connection:
        found = all_versions(connection, kind, code)
    return [
        (one.version, one.state, str(one.valid_from or ""), str(one.valid_to or ""), one.entry.document["unit"]) for one in found
    ]  # fmt: skip


def test_a_new_version_ends_the_one_before_and_taking_it_back_restores_it(registry):
    with registry.begin() as connection:
        row, ended = publish(connection, an_entry("万元"), date(2027, 1, 1), draft=7, at=AT, today=TODAY)
    assert spans(registry) == [
        (1, "published", "", "2026-12-31", "亿元"), (2, "published", "2027-01-01", "", "万元"),
    ]  # fmt: skip
    assert registry.version() == 2
    with registry.begin() as connection:
        take_back(connection, row, ended)
    assert [entry.document for entry in registry.published()] == [an_entry().document]
    assert registry.version() == 3
    with registry.begin() as connection:
        publish(connection, an_entry("元"), date(2027, 1, 1), draft=8, at=AT, today=TODAY)
    assert [one[0] for one in spans(registry)] == [1, 2, 3], "a number is given once"


def test_a_retired_figure_names_what_follows_it_until_that_is_taken_back(registry):
    with registry.begin() as connection:
        ended = retire(connection, Kind.INPUT, CODE, date(2027, 1, 1), "econ.x.b")
    (entry,) = registry.published()
    assert (entry.document["valid_to"], entry.document["successor"]) == ("2026-12-31", "econ.x.b")
    with registry.begin() as connection:
        take_back(connection, 0, ended)
    (entry,) = registry.published()
    assert "valid_to" not in entry.document
    assert "successor" not in entry.document


def test_a_kind_without_versions_by_day_waits_for_its_day_and_then_takes_the_place(registry):
    old, new = (Entry(Kind.TARGET, "t", {"unit": unit}, "studio", "x") for unit in "甲乙")
    with registry.begin() as connection:
        publish(connection, old, TODAY, draft=1, at=AT, today=TODAY)
        row, _ = publish(connection, new, date(2027, 1, 1), draft=2, at=AT, today=TODAY)
    assert [entry.document["unit"] for entry in registry.published() if entry.kind is Kind.TARGET] == ["甲"]
    with registry.begin() as connection:
        take_effect(connection, row)
    assert [entry.document["unit"] for entry in registry.published() if entry.kind is Kind.TARGET] == ["乙"]
    assert [one[1] for one in spans(registry, Kind.TARGET, "t")] == ["ended", "published"]


def test_what_is_broken_off_leaves_nothing(registry):
    def broken() -> None:
        with registry.begin() as connection:
            publish(connection, an_entry("万元"), TODAY, draft=7, at=AT, today=TODAY)
            raise ConnectionError

    before = registry.version(), spans(registry)
    with pytest.raises(ConnectionError):
        broken()
    assert (registry.version(), spans(registry)) == before
