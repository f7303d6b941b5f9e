"""Layouts of boards: what a pack writes down is checked, and what cannot be shown is said while the rest stands."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from data_access.config import load_settings
from data_access.layouts import Entry, load_layouts
from indicators.catalog import Catalog
from services import checks
from services.access import Actor
from services.bootstrap import ROOT, build
from services.layouts import issues_of, missing
from services.panels import KINDS, PanelWish, known, make
from services.views import Choice, Face
from tests.builders import an_indicator

CITY, TOWN = 440900000000, 440981105000
LEADER = Actor("1", "leader", "leader", (CITY,))
TODAY = date(2026, 10, 28)
CURRENT, RETIRED = "dgov.net.coverage", "dgov.old.rate"

BOARD = """
board: digital
system: dgov
tabs:
  - {{id: overview, name_zh: 总览, tiles: [{tiles}], levels: {{{levels}}}}}
"""


@pytest.fixture(scope="module")
def settings(published, tmp_path_factory):
    folder = tmp_path_factory.mktemp("layouts")
    for file in published.parent.glob("city.db*"):
        shutil.copy(file, folder)
    return load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{folder / 'city.db'}"})


@pytest.fixture
def services(settings):
    return build(settings, clock=lambda: datetime(2026, 10, 28, 2, tzinfo=UTC))


@pytest.fixture
def pack(tmp_path):
    """A copy of the flagship pack whose digital board is written by the test."""
    for name in ("common", "440900"):
        shutil.copytree(
            ROOT / "packs" / name, tmp_path / name, ignore=shutil.ignore_patterns("observations", "records")
        )

    def write(tiles="", levels=""):
        (tmp_path / "440900" / "boards").mkdir(exist_ok=True)
        board = tmp_path / "440900" / "boards" / "digital.yaml"
        board.write_text(BOARD.format(tiles=tiles, levels=levels), "utf-8")
        return [
            issue
            for issue in checks.run([tmp_path / "440900"], tmp_path, TODAY)
            if "digital.yaml" in issue.where
        ]

    return write


# ---- chengmai check


def test_the_layouts_that_come_with_the_product_are_sound():
    found = checks.run([ROOT / "packs" / "440900"], ROOT / "packs" / "440900", TODAY)
    assert [issue for issue in found if "boards" in issue.where] == []


@pytest.mark.parametrize(
    ("tiles", "levels", "key", "where"),
    [
        ("dgov.net.coverag", "", "unknown_indicator", "tabs.overview.tiles"),
        ("{panel: digital.nine_}", "", "unknown_panel", "tabs.overview.tiles"),
        (f"{CURRENT}, {CURRENT}", "", "layout_duplicate", "tabs.overview.tiles"),
        ("", "town: [dgov.share.score]", "layout_level", "tabs.overview.levels.town"),
        ("", "village: []", "layout_level_unknown", "tabs.overview, levels"),
        (f"{{tile: {CURRENT}, size: huge}}", "", "layout_size", "tabs.overview.tiles"),
        ("{chart: pie}", "", "layout_entry", "tabs.overview.tiles"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_layout_is_told_with_file_key_and_remedy(pack, tiles, levels, key, where):
    [issue] = pack(tiles, levels)
    assert issue.key == key
    assert issue.where.endswith(where)
    assert issue.do


def test_every_mistake_is_told_at_once(pack):
    assert [issue.key for issue in pack(f"no.such.one, {CURRENT}, {CURRENT}, {{panel: nope}}")] == [
        "unknown_indicator",
        "layout_duplicate",
        "unknown_panel",
    ]


@pytest.mark.parametrize(
    ("until", "key"), [(date(2026, 10, 27), "indicator_retired"), (date(2026, 10, 28), None)]
)
def test_an_indicator_out_of_force_is_refused_from_the_day_after_its_last(until, key):
    catalog = Catalog([an_indicator(RETIRED, valid_to=until)])
    found = missing(catalog, (), Entry("tile", RETIRED, "normal"), TODAY)
    assert (found.key if found else None) == key


def test_an_indicator_that_goes_on_in_a_later_version_is_not_retired():
    versions = [
        an_indicator(RETIRED, valid_to=date(2025, 12, 31)),
        an_indicator(RETIRED, valid_from=date(2026, 1, 1)),
    ]
    assert list(issues_of(Catalog(versions), (), [Entry("tile", RETIRED, "normal")], TODAY)) == []


# ---- the running board


def broken(services, *entries):
    """Boards whose digital layout names these entries and one sound card."""
    layouts = dict(load_layouts(services.pack))
    overview = layouts["digital"].tabs[0]
    tab = replace(overview, entries=(*entries, Entry("tile", CURRENT, "normal")), levels={})
    services.layouts._pack = {**layouts, "digital": replace(layouts["digital"], tabs=(tab,))}
    return services.boards


@pytest.mark.parametrize(
    ("entry", "key"),
    [(Entry("tile", "dgov.no.such", "normal"), "unknown_indicator"), (Entry("panel", "nobody.makes", "half"), "unknown_panel")],
)  # fmt: skip
def test_what_a_layout_names_in_vain_is_said_on_the_board_and_the_rest_stands(services, entry, key):
    view = broken(services, entry).view("digital", LEADER, Choice())
    assert [issue.key for issue in view.notes] == [key]
    assert [tile.indicator for group in view.groups for tile in group.tiles] == [CURRENT]


def test_a_retired_indicator_is_named_on_the_board_in_the_readers_language(services, monkeypatch):
    last = services.catalog.get(CURRENT)
    gone = replace(last, valid_to=date(2026, 10, 1))
    monkeypatch.setitem(services.catalog._versions, CURRENT, (gone,))
    view = services.boards.view("digital", LEADER, Choice(), "en")
    [issue] = view.notes
    assert issue.key == "indicator_retired"
    assert issue.params["name"] == last.name_en
    assert view.groups[0].tiles


def test_a_card_that_the_level_does_not_publish_is_named_and_not_drawn(services):
    view = broken(services, Entry("tile", "dgov.share.score", "normal")).view(
        "digital", LEADER, Choice(region=str(TOWN))
    )
    assert [code for code, _ in view.groups[0].unpublished] == ["dgov.share.score"]
    assert [tile.indicator for tile in view.groups[0].tiles] == [CURRENT]


def test_every_board_stands_at_every_level(services):
    county = services.tree.children(CITY)[0]
    for board in services.boards.names:
        for region in (CITY, county, TOWN):
            view = services.boards.view(board, LEADER, Choice(region=str(region)))
            assert view.notes == (), board
            assert [
                slot.name
                for slot in view.panels
                if isinstance(slot.view, Face) and slot.view.kind == "failed"
            ] == []


# ---- panels


def test_every_kind_of_panel_is_offered_by_a_service_and_drawn_by_a_page(services):
    from pages._components.panels import PANELS

    names = {kind.name for kind in KINDS}
    assert names == set(services.boards._makers)
    assert names == set(PANELS)


def test_a_panel_that_fails_takes_only_itself_down(services):
    def fails(wish):
        raise RuntimeError("secret detail")

    scene = services.boards._scene(LEADER, Choice(), "zh")
    face = make({"nobody.makes": fails}, "nobody.makes", PanelWish(scene, Choice(), services.clock()))
    assert face.kind == "failed"
    assert "secret" not in str(face)


def test_a_panel_of_a_system_is_for_those_who_may_see_the_system(services):
    name = next(kind.name for kind in KINDS if kind.system == "emerg")
    other = Actor("2", "economist", "analyst", (CITY,), ("econ",))
    scene = services.boards._scene(other, Choice(), "zh")
    face = make({name: lambda _wish: "figures"}, name, PanelWish(scene, Choice(), services.clock()))
    assert face == Face("forbidden", "", {})
    assert known()[name].system == "emerg"
