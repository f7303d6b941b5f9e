"""Definitions in files and in the registry: lines, round trip, versions, proposals."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_access.definitions import LIBRARY, DefinitionStore, library_files, parse, read_files, write
from indicators.catalog import Entry, Kind, assemble, entries
from indicators.errors import CockpitError

AT = 1_790_000_000


def an_entry(code: str = "econ.x.a", **fields: object) -> Entry:
    """An input with the fields that matter here."""
    document = {"code": code, "name_zh": code, **fields}
    return Entry(Kind.INPUT, code, document, "library", "economy.yaml:7")


@pytest.fixture
def definitions(engine) -> DefinitionStore:
    """An empty registry."""
    return DefinitionStore(engine)


# -- files -------------------------------------------------------------------------------------------------


def test_every_part_of_a_file_knows_its_line():
    source = parse('a: 1\nb:\n  - {c: 2}\n  - c: 3\n    d: "x"\n', "f.yaml")
    assert source.document == {"a": 1, "b": [{"c": 2}, {"c": 3, "d": "x"}]}
    assert source.where(("b", 1, "d")) == "f.yaml:5"
    assert source.where(("b", 0, "c")) == "f.yaml:3"
    assert source.where(("b", 1, "absent", "deeper")) == "f.yaml:4"


def test_a_day_stays_the_text_that_was_written():
    assert parse("valid_from: 2026-03-01\n", "f.yaml").document == {"valid_from": "2026-03-01"}


@pytest.mark.parametrize(
    "text", ["a: !!python/object/apply:os.system [echo]\n", "a: !x 1\n", "\ta: 1\n", "a: 'b\n"]
)
def test_what_is_not_plain_yaml_is_an_issue_and_never_run(text):
    source = parse(text, "f.yaml")
    assert source.document is None
    assert [issue.key for issue in source.issues] == ["yaml_syntax"]


@pytest.mark.parametrize(
    "text",
    ["a: " + "[" * 200_000, "{a: " * 200_000, "- " * 200_000, "".join(" " * n + "a:\n" for n in range(300))],
)
def test_a_file_that_nests_without_end_is_refused_unread(text):
    assert [issue.key for issue in parse(text, "f.yaml").issues] == ["yaml_too_deep"]


def test_a_file_that_cannot_be_read_is_an_issue(tmp_path):
    (tmp_path / "gbk.yaml").write_bytes("名: 收入\n".encode("gbk"))
    (tmp_path / "huge.yaml").write_bytes(b"a: " + b"x" * (5 << 20))
    files = [tmp_path / name for name in ("gbk.yaml", "huge.yaml", "absent.yaml")]
    keys = [source.issues[0].key for source in read_files(files, "pack", tmp_path)]
    assert keys == ["file_unreadable", "file_too_large", "file_unreadable"]


@pytest.mark.parametrize("file", library_files(), ids=lambda file: file.name)
def test_a_file_of_the_library_is_written_back_without_loss(file):
    document = parse(file.read_text(encoding="utf-8"), file.name).document
    assert parse(write(document), file.name).document == document


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(min_size=1), plain, max_size=4))
def test_whatever_is_written_reads_back_the_same(document):
    assert parse(write(document), "f.yaml").document == document


# -- the registry ------------------------------------------------------------------------------------------


def test_the_store_gives_back_the_library_as_it_was_written(definitions):
    found = entries(read_files(library_files(), "library", LIBRARY))
    definitions.seed(found, AT)
    published = definitions.published()
    assert [(e.kind, e.code, e.document, e.where) for e in published] == [
        (e.kind, e.code, e.document, e.where) for e in found
    ]
    assert len(assemble(published)) == 505


def test_an_empty_registry_has_version_zero_and_is_filled_once(definitions):
    assert definitions.version() == 0
    assert definitions.seed([an_entry()], AT) == 1
    assert definitions.version() == 1
    assert definitions.seed([an_entry(), an_entry("econ.x.b")], AT) == 0
    assert definitions.version() == 1


def test_a_changed_text_becomes_a_proposal_and_changes_nothing(definitions):
    definitions.seed([an_entry(unit="亿元")], AT)
    assert definitions.propose([an_entry(unit="万元"), an_entry("econ.x.new")], AT + 1) == 2
    assert [entry.document for entry in definitions.published()] == [an_entry(unit="亿元").document]
    assert definitions.version() == 1
    changed, new = definitions.proposals()
    assert changed.entry.document["unit"] == "万元"
    assert changed.current is not None
    assert changed.current.document["unit"] == "亿元"
    assert new.current is None


def test_the_same_text_is_proposed_once(definitions):
    definitions.seed([an_entry(unit="亿元")], AT)
    definitions.propose([an_entry(unit="万元")], AT + 1)
    assert definitions.propose([an_entry(unit="万元")], AT + 2) == 0
    assert definitions.propose([an_entry(unit="亿元")], AT + 2) == 0
    assert len(definitions.proposals()) == 1


def test_a_newer_text_takes_the_place_of_the_one_that_waits(definitions):
    definitions.seed([an_entry(unit="亿元")], AT)
    definitions.propose([an_entry(unit="万元")], AT + 1)
    definitions.propose([an_entry(unit="元")], AT + 2)
    assert [proposal.entry.document["unit"] for proposal in definitions.proposals()] == ["元"]


def test_what_was_declined_is_not_proposed_again(definitions):
    definitions.seed([an_entry(unit="亿元")], AT)
    definitions.propose([an_entry(unit="万元")], AT + 1)
    assert definitions.decline([one.id for one in definitions.proposals()]) == 1
    assert definitions.propose([an_entry(unit="万元")], AT + 3) == 0
    assert [entry.document["unit"] for entry in definitions.published()] == ["亿元"]


def test_a_proposal_that_does_not_wait_cannot_be_declined(definitions):
    definitions.seed([an_entry()], AT)
    with pytest.raises(CockpitError) as refused:
        definitions.decline([1, 99])
    assert refused.value.key == "unknown_proposal"
    assert definitions.version() == 1


def test_files_that_were_looked_at_are_remembered_by_their_content(definitions):
    definitions.note_files({"a.yaml": "1", "b.yaml": "2"})
    definitions.note_files({"a.yaml": "3"})
    assert definitions.seen_files() == {"a.yaml": "3", "b.yaml": "2"}
