"""The registry to files and back: nothing differs right after, an edit becomes a draft, a mistake becomes nothing."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

import cli
from data_access.accounts import AccountStore
from data_access.config import load_settings
from indicators.errors import CockpitError
from services import bootstrap
from services.access import SYSTEM, Actor
from services.definition_files import DefinitionFiles

CODE = "econ.fiscal.tax_share"
EDITOR = Actor("an-editor", "editor", "editor", (440900000000,))
NEW = """\
indicators:
  - code: econ.fiscal.tax_part
    name_zh: "税收占比"
    name_en: "Share of taxes"
    theme: fiscal
    unit: "%"
    unit_en: "%"
    frequency: monthly
    basis: ytd
    polarity: higher_better
    agg_region: ratio_of_sums
    agg_time: ratio_of_sums
    sensitivity: public
    lowest_level: county
    department: finance
    definition_zh: "税收占收入的比重。"
    calibre_zh: "同为累计。"
    formula: "100 * econ.fiscal.tax / econ.fiscal.revenue"
    rule: {type: none}
    example: {period: "2024-06", inputs: {econ.fiscal.tax: {a: 6.5, b: 9}, econ.fiscal.revenue: {a: 10, b: 15}}, expect: {a: 65, b: 60, city: 62}}
"""


@pytest.fixture
def services(tmp_path):
    """The product on an empty store, at the address that the command line reads too."""
    url = f"sqlite:///{tmp_path}/store.db"
    made = bootstrap.build(
        load_settings(environ={"CHENGMAI_STORE_URL": url}), clock=lambda: datetime(2026, 11, 22, tzinfo=UTC)
    )
    made.accounts.settle_demo()
    return made


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """The product on a store that its tests only read."""
    url = f"sqlite:///{tmp_path_factory.mktemp('files')}/store.db"
    made = bootstrap.build(load_settings(environ={"CHENGMAI_STORE_URL": url}))
    made.accounts.settle_demo()
    return made


@pytest.fixture(scope="module")
def exported(one, tmp_path_factory):
    """The registry in a folder."""
    folder = tmp_path_factory.mktemp("exported")
    one.definition_files.write(SYSTEM, folder)
    return folder


@pytest.fixture
def folder(exported, tmp_path):
    """A copy of the export that a test may change."""
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in exported.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    return copy


def edit(folder, old, new, after=CODE, name="econ.yaml"):
    """Change a text behind a code."""
    file = folder / name
    text = file.read_text("utf-8")
    start = text.index(f"code: {after}")
    assert old in text[start:]
    file.write_text(text[:start] + text[start:].replace(old, new, 1), "utf-8")


def test_right_after_an_export_nothing_differs(one, exported):
    incoming = one.definition_files.look(SYSTEM, exported)
    assert (incoming.differences, incoming.issues, incoming.absent) == ((), (), 0)
    assert incoming.same > 500


def test_an_edit_is_told_by_definition_and_field_with_the_line(one, folder):
    edit(folder, "red: 35", "red: 30")
    (told,) = one.definition_files.look(SYSTEM, folder).differences
    assert (told.code, told.what, [(line.path, line.before, line.after) for line in told.lines]) == (
        CODE, "changed", [("rule.red", 35, 30)]
    )  # fmt: skip
    line = int(told.where.removeprefix("econ.yaml:"))
    assert CODE in (folder / "econ.yaml").read_text("utf-8").splitlines()[line - 1]


def test_a_cell_of_the_workbook_counts_as_much_as_a_line_of_yaml(one, exported, tmp_path):
    from openpyxl import load_workbook

    book = load_workbook(exported / "definitions.xlsx")
    sheet = book["指标"]
    names = [cell.value for cell in sheet[1]]
    row = next(row for row in sheet.iter_rows() if row[0].value == CODE)
    row[names.index("name_zh")].value = "税收比重"
    book.save(tmp_path / "定义.xlsx")
    (told,) = one.definition_files.look(SYSTEM, tmp_path / "定义.xlsx").differences
    assert [(line.path, line.after) for line in told.lines] == [("name_zh", "税收比重")]
    assert told.where == f"定义.xlsx!指标:{row[0].row}"


def test_a_faulty_text_is_told_as_the_check_of_files_tells_it_and_makes_nothing(one, folder):
    edit(folder, "econ.fiscal.revenue", "econ.fiscal.revenues")
    incoming = one.definition_files.look(SYSTEM, folder)
    assert "unknown_code" in {issue.key for issue in incoming.issues}
    assert all(issue.where.startswith("econ.yaml:") for issue in incoming.issues)
    with pytest.raises(CockpitError) as refused:
        one.definition_files.take(EDITOR, incoming, "copy")
    assert refused.value.key in {issue.key for issue in incoming.issues}
    assert one.studio.drafts(EDITOR, {"state": "open"}) == ()


def test_the_same_definition_in_two_ways_is_refused(one, folder):
    edit(folder, "red: 35", "red: 30")
    (folder / "more.yaml").write_bytes((folder / "econ.yaml").read_bytes())
    edit(folder, "red: 30", "red: 29", name="more.yaml")
    assert "said_twice" in {issue.key for issue in one.definition_files.look(SYSTEM, folder).issues}


def test_a_rule_that_stands_alone_changes_the_definition_that_it_is_for(one, tmp_path):
    (tmp_path / "rules.yaml").write_text(
        f"rules:\n  - {{code: {CODE}, rule: {{type: threshold, measure: value, op: '<', red: 30, source: proposal}}}}\n",
        "utf-8",
    )
    (told,) = one.definition_files.look(SYSTEM, tmp_path).differences
    assert (told.code, told.document["name_zh"], told.document["rule"]["red"]) == (CODE, "税收收入占比", 30)


def test_who_may_not_define_takes_nothing_in_and_who_may_nothing_takes_nothing_out(one, exported):
    reviewer, viewer = replace(EDITOR, role="reviewer"), replace(EDITOR, role="leader")
    assert one.definition_files.archive(reviewer).startswith(b"PK")
    for refused in (
        lambda: one.definition_files.look(reviewer, exported),
        lambda: one.definition_files.keep(reviewer, b"", "a.yaml"),
        lambda: one.definition_files.archive(viewer),
    ):
        with pytest.raises(CockpitError) as error:
            refused()
        assert error.value.key == "forbidden"


def test_what_is_sent_is_kept_for_a_day_under_a_token(one, tmp_path):
    now = [datetime(2026, 11, 22, tzinfo=UTC)]
    files = DefinitionFiles(
        one.definition_files._store, one.studio, one.definition_files._begin, lambda: now[0], tmp_path
    )
    token = files.keep(EDITOR, NEW.encode(), "../新的定义.yaml")
    name, incoming = files.kept(EDITOR, token)
    assert (name, [found.code for found in incoming.differences], incoming.sound) == (
        "新的定义.yaml", ["econ.fiscal.tax_part"], True
    )  # fmt: skip
    for gone in ("0" * 40, "../" + token, ""):
        with pytest.raises(CockpitError) as error:
            files.kept(EDITOR, gone)
        assert error.value.key == "upload_gone"
    with pytest.raises(CockpitError) as error:
        files.keep(EDITOR, b"a" * (21 * 10**6), "a.yaml")
    assert error.value.key == "file_too_large"


def test_an_import_makes_drafts_of_the_author_and_changes_nothing_in_force(services, folder):
    edit(folder, "red: 35", "red: 30")
    (folder / "new.yaml").write_text(NEW, "utf-8")
    before = services.definitions.version()
    incoming = services.definition_files.look(EDITOR, folder)
    assert incoming.issues == ()
    taken = services.definition_files.take(EDITOR, incoming, "copy")
    drafts = {line.code: line for line in services.studio.drafts(EDITOR, {"state": "open"})}
    assert set(drafts) == {CODE, "econ.fiscal.tax_part"}
    assert {line.id for line in drafts.values()} == set(taken.drafts)
    assert services.definitions.version() == before
    assert services.definitions.catalog().get(CODE).document["rule"]["red"] == 35
    again = services.definition_files.take(EDITOR, services.definition_files.look(EDITOR, folder), "copy")
    assert "draft_open" in {issue.key for issue in again.left}
    log = AccountStore(services.store.engine).log()
    assert any(entry.act == "import_definitions" and entry.actor == "editor" for entry in log)


def test_the_command_line_says_nought_differences_right_after(one, exported, folder, monkeypatch):
    monkeypatch.setenv("CHENGMAI_STORE_URL", one.settings.store.url)
    monkeypatch.setenv("CHENGMAI_INTERFACE_LANGUAGE", "en")
    run = CliRunner().invoke
    told = run(cli.main, ["definitions", "import", str(exported), "--dry-run"])
    assert (told.exit_code, told.output.startswith("0 differences")) == (0, True)
    edit(folder, "red: 35", "red: 30")
    told = json.loads(run(cli.main, ["definitions", "import", str(folder), "--dry-run", "--json"]).output)
    assert ([one["code"] for one in told["differences"]], told["drafts"]) == ([CODE], [])
    assert run(cli.main, ["definitions", "import", str(folder), "--dry-run", "--as", "nobody"]).exit_code == 1
