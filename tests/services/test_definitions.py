"""The use cases of definitions: the first start, changed files, the check of paths."""

import shutil
from datetime import UTC, datetime

import pytest

from data_access.accounts import AccountStore
from data_access.definitions import LIBRARY, DefinitionStore
from data_access.targets import TargetStore
from indicators.errors import CockpitError
from services.definitions import Definitions, Files, check, files_of

CITY = 440900000000


def clock() -> datetime:
    """A moment."""
    return datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    """A library of a few files, small and quick to check, that a test may change."""
    folder = tmp_path / "project" / "indicators" / "library"
    folder.mkdir(parents=True)
    for name in ("vocabulary.yaml", "departments.yaml", "cockpit_ops.yaml"):
        shutil.copy(LIBRARY / name, folder / name)
    return folder


def definitions_of(engine, files: Files) -> Definitions:
    """The use cases on a store and some files."""
    return Definitions(DefinitionStore(engine), TargetStore(engine), files, clock)


def change(file, old: str, new: str) -> None:
    """Change a file at the first place of a text."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def a_pack(tmp_path, name: str, text: str):
    """A file of a pack."""
    file = tmp_path / "packs" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_the_first_start_fills_the_registry_with_the_library(engine):
    definitions = definitions_of(engine, files_of())
    catalog = definitions.catalog()
    assert (len(catalog), len(catalog.headline()), catalog.version) == (505, 312, 1)
    assert catalog.get("econ.gdp.total").where.startswith("indicators/library/economy.yaml:")
    assert TargetStore(engine).value("dgov.archive.digit_rate", 231005000000, 2024) == 70
    assert AccountStore(engine).log()[0].act == "seed_definitions"


def test_a_faulty_library_does_not_start_and_says_everything(engine, folder):
    change(folder / "cockpit_ops.yaml", "department: office", "department: offise")
    change(folder / "cockpit_ops.yaml", "ops.feed.ok / ops.feed.due", "ops.feed.ok / ops.feed.do")
    definitions = definitions_of(engine, files_of(library=folder))
    with pytest.raises(CockpitError) as refused:
        definitions.catalog()
    assert {"unknown_department", "unknown_code"} <= {issue.key for issue in refused.value.issues}
    assert definitions.version() == 0


def test_once_the_store_is_filled_a_changed_file_only_proposes(engine, folder):
    definitions_of(engine, files_of(library=folder)).catalog()
    change(folder / "cockpit_ops.yaml", 'name_zh: "数据按时报送率"', 'name_zh: "按时报送率"')
    definitions = definitions_of(engine, files_of(library=folder))
    assert definitions.look_at_files() == 1
    assert definitions.catalog().get("ops.feed.ontime_rate").name_zh == "数据按时报送率"
    assert [proposal.entry.code for proposal in definitions.proposals()] == ["ops.feed.ontime_rate"]
    assert definitions.look_at_files() == 0


def test_a_faulty_change_is_not_proposed_until_it_is_mended(engine, folder):
    definitions = definitions_of(engine, files_of(library=folder))
    definitions.catalog()
    change(folder / "cockpit_ops.yaml", "red: 80, orange: 90", "red: 90, orange: 80")
    assert definitions.look_at_files() == 0
    change(folder / "cockpit_ops.yaml", "red: 90, orange: 80", "red: 85, orange: 90")
    assert definitions.look_at_files() == 1


def test_a_declined_proposal_is_gone(engine, folder):
    definitions = definitions_of(engine, files_of(library=folder))
    definitions.catalog()
    change(folder / "cockpit_ops.yaml", 'name_zh: "数据按时报送率"', 'name_zh: "按时报送率"')
    definitions.look_at_files()
    assert definitions.decline([definitions.proposals()[0].id], "editor") == 1
    assert definitions.proposals() == []


def test_a_pack_brings_indicators_rules_targets_and_curves_of_its_own(engine, folder, tmp_path):
    rules = a_pack(
        tmp_path,
        "own.yaml",
        "rules:\n  - {code: ops.feed.revision, rule: {type: none, note: own}}\n"
        'targets:\n  - {region_code: "440900000000", year: 2026, statement_zh: 按时率, indicator: ops.feed.ontime_rate,'
        ' op: ">=", value: 98, unit: "%"}\n'
        "season_curves:\n  - {indicator: ops.feed.ok, shares: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 50, 100]}\n",
    )
    definitions = definitions_of(engine, files_of([rules], folder))
    assert definitions.catalog().get("ops.feed.revision").rule.mapping["note"] == "own"
    assert definitions.catalog().get("ops.feed.revision").origin == "pack"
    assert TargetStore(engine).value("ops.feed.ontime_rate", CITY, 2026) == 98
    assert TargetStore(engine).curve("ops.feed.ok", CITY)[0] == 1


def test_the_catalog_is_read_again_only_after_a_change(engine, folder):
    definitions = definitions_of(engine, files_of(library=folder))
    assert definitions.catalog() is definitions.catalog()


def test_the_library_and_every_pack_are_sound():
    packs = LIBRARY.parent.parent / "packs"
    for city in packs.iterdir():
        own = (*city.glob("indicators/*.yaml"), *city.glob("rules/*.yaml"))
        assert check(files_of(own)) == [], city.name


def test_a_path_is_checked_together_with_what_it_builds_on(folder, tmp_path):
    own = a_pack(
        tmp_path,
        "bad.yaml",
        "inputs:\n  - {code: ops.own.x, name_zh: 数, name_en: x, unit: 个, unit_en: count, frequency: daily,"
        " basis: period, agg_region: sum, agg_time: sum, lowest_level: town, department: office, definition_zh: 数,"
        " related: [{type: numerator_of, code: ops.feed.ontime_rate}]}\n",
    )
    issues = check(files_of(library=folder), [own])
    assert [(issue.key, issue.where) for issue in issues] == [("relation_contradicts_formula", f"{own}:2")]


def test_only_the_named_paths_are_told_of(folder, tmp_path):
    change(folder / "cockpit_ops.yaml", "department: office", "department: offise")
    sound = a_pack(tmp_path, "sound.yaml", "rules:\n  - {code: ops.feed.revision, rule: {type: none}}\n")
    assert check(files_of(library=folder), [sound]) == []
    assert check(files_of(library=folder), [folder / "cockpit_ops.yaml"]) != []


def test_a_path_that_is_not_there_is_told(folder, tmp_path):
    issues = check(files_of(library=folder), [tmp_path / "absent.yaml", tmp_path / "project" / "indicators"])
    assert [(issue.key, issue.where) for issue in issues] == [("no_such_file", str(tmp_path / "absent.yaml"))]
