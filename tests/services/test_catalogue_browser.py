"""The catalogue as one walks through it: what is found, what is shown of the tree, how a graph leads there and back."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data_access.board_layouts import LayoutStore
from data_access.layouts import load_layouts
from data_access.observations import LoadInfo, ObservationStore
from data_access.packs import Pack, load_pack
from data_access.wall_scenes import load_scenes
from indicators.catalog import Catalog, assemble, entries, layered
from indicators.errors import CockpitError
from indicators.periods import months_key
from services.access import SYSTEM, Actor
from services.catalogue_browser import FULL, LATE, NEVER, PART, CatalogueBrowser, Wanted
from services.catalogue_index import Index
from services.catalogue_reach import Reaches
from services.definitions import files_of
from services.layouts import Layouts
from services.search import rank
from services.usage import FORMULA, OWN, Usage
from tests.builders import rows

ROOT = Path(__file__).resolve().parents[2]
MAOMING, GAOZHOU = 440900000000, 440981000000
NOW = datetime(2024, 7, 20, 4, tzinfo=UTC)
LEADER = Actor(id="l", name="leader", role="leader", regions=(MAOMING,))
ECONOMIST = Actor(id="e", name="economist", role="analyst", regions=(MAOMING,), systems=("econ",))
REVENUE, TAX, RATIO = "econ.fiscal.revenue", "econ.fiscal.tax", "econ.fiscal.tax_share"


@cache
def pack() -> Pack:
    return load_pack(ROOT / "packs" / "440900")


@cache
def catalog() -> Catalog:
    files = files_of((*pack().files("indicators", "*.yaml"), *pack().files("rules", "*.yaml")))
    return assemble(layered(entries(files.sources())), 1)


@pytest.fixture
def store(engine: Engine) -> ObservationStore:
    found = ObservationStore(engine)
    june = months_key(2024, 6, 6)
    figures = [(code, region, june, 1.0) for code in (REVENUE, TAX) for region in (MAOMING, GAOZHOU)]
    found.write(rows(*figures), LoadInfo("one", "one.csv", "editor", 1_720_000_000))
    return found


@pytest.fixture
def browser(store: ObservationStore) -> CatalogueBrowser:
    tree = pack().tree
    return CatalogueBrowser(catalog(), tree, Reaches(store, catalog(), tree), lambda: NOW, timedelta(hours=8))


# ---- search


@pytest.mark.parametrize(
    "text",
    ["财政", "GDP", "gdp", "ybggys", "czsr", "caizheng", "cai zheng", "tax", "econ.fiscal", "wcl", "gongye zs",
     "工业 增速", "rj", "zh", "PM2.5", "revenue budget", "yib ggys sr", "没有这样的", "💥", "'; drop table", "zzz"],
)  # fmt: skip
def test_the_index_finds_what_a_search_through_every_name_finds(text: str) -> None:
    index = Index(catalog())
    found = {index.indicators[place].code for place in index.find(text)}
    slow = {
        one.code for one in catalog().newest() if rank(text, one.name_zh, one.name_en, one.code) is not None
    }
    assert slow <= found
    for code in found - slow:  # what else is found holds every word in one of its names
        one = catalog().get(code)
        assert all(rank(word, one.name_zh, one.name_en, one.code) is not None for word in text.split())


def test_the_best_answer_comes_first() -> None:
    index = Index(catalog())
    assert index.indicators[index.find("一般公共预算收入")[0]].code == REVENUE
    assert index.indicators[index.find(REVENUE)[0]].code == REVENUE
    assert index.indicators[index.find("ybggyssr")[0]].code == REVENUE


# ---- table


def test_filters_leave_what_fits_and_count_it(browser: CatalogueBrowser) -> None:
    every = browser.table(LEADER, Wanted(), "zh")
    assert every.found == len(catalog())
    for name in ("system", "owner", "frequency", "status", "rule"):
        for value, _, count in every.offers[name]:
            assert browser.table(LEADER, Wanted(**{name: value}), "zh").found == count, (name, value)


def test_reach_and_freshness_are_those_of_the_figures(browser: CatalogueBrowser) -> None:
    (revenue,) = browser.table(LEADER, Wanted(text=REVENUE), "zh").rows
    assert (revenue.reported, revenue.expected) == (2, 6)  # the city and one of its five counties
    assert revenue.last == months_key(2024, 6, 6)
    covered = {row.code for row in browser.table(LEADER, Wanted(coverage=PART, system="econ"), "zh").rows}
    assert {REVENUE, TAX} <= covered  # and what formulas make of them
    assert browser.table(LEADER, Wanted(coverage=FULL), "zh").found == 0
    never = browser.table(LEADER, Wanted(freshness=NEVER), "zh").found
    assert never == len(catalog()) - len(covered)
    in_october = CatalogueBrowser(
        catalog(), pack().tree, browser._reaches, lambda: NOW + timedelta(days=90), timedelta(hours=8)
    )
    assert REVENUE in {row.code for row in in_october.table(LEADER, Wanted(freshness=LATE), "zh").rows}


def test_a_load_is_seen_at_once(browser: CatalogueBrowser, store: ObservationStore) -> None:
    assert browser.table(LEADER, Wanted(text="econ.gdp.total"), "zh").rows[0].last is None
    june = months_key(2024, 6, 6)
    store.write(rows(("econ.gdp.total", MAOMING, june, 1.0)), LoadInfo("two", "two.csv", "e", 1_720_000_001))
    assert browser.table(LEADER, Wanted(text="econ.gdp.total"), "zh").rows[0].last == june


def test_a_reader_sees_the_systems_that_are_his(browser: CatalogueBrowser) -> None:
    assert {one.key for one in browser.tree(ECONOMIST, "", "zh")} == {"econ"}
    assert {row.code.split(".")[0] for row in browser.table(ECONOMIST, Wanted(), "zh").rows} == {"econ"}
    assert [one[0] for one in browser.table(ECONOMIST, Wanted(), "zh").offers["system"]] == ["econ"]
    with pytest.raises(CockpitError) as refused:
        browser.graph(ECONOMIST, "sign.env.pm25", "zh")
    assert refused.value.key == "forbidden"


# ---- tree and graph


def test_the_tree_holds_what_was_opened_and_nothing_else(browser: CatalogueBrowser) -> None:
    closed = browser.tree(LEADER, "", "zh")
    assert sum(one.count for one in closed) == len(catalog())
    assert not any(one.branches or one.leaves for one in closed)
    (economy,) = (one for one in browser.tree(LEADER, "econ.fiscal", "zh") if one.opened)
    assert sum(one.count for one in economy.branches) == economy.count
    assert [(one.key, len(one.leaves)) for one in economy.branches if one.leaves] == [
        ("econ.fiscal", next(one.count for one in economy.branches if one.opened))
    ]
    for theme in economy.branches:
        (opened,) = (one for one in browser.tree(LEADER, theme.key, "zh") if one.opened)
        assert len(next(one.leaves for one in opened.branches if one.opened)) == theme.count


def test_every_way_of_the_graph_leads_back(browser: CatalogueBrowser) -> None:
    edges = {
        code: {(edge.code, edge.kind, edge.inward) for edge in browser.graph(SYSTEM, code, "zh").edges}
        for code in catalog().codes
    }
    lost = [
        (code, other, kind)
        for code, found in edges.items()
        for other, kind, inward in found
        if not any(back == code and here is not inward for back, _, here in edges[other])
    ]
    assert lost == []


# ---- who uses it


def test_what_needs_an_indicator_is_what_its_formula_names(engine: Engine) -> None:
    layouts = Layouts(LayoutStore(engine), load_layouts(pack()), catalog())

    class Nobody:
        def holders(self) -> dict[str, tuple[str, ...]]:
            return {REVENUE: ("a", "b"), TAX: ("b",)}

        def of_indicator(self, indicator: str) -> tuple[()]:
            return ()

        def curves_of(self, indicator: str) -> tuple[()]:
            return ()

    usage = Usage(catalog(), layouts, load_scenes(pack()), Nobody(), Nobody(), lambda system: 3)
    for one in catalog().newest():
        for needed in catalog().inputs(one.code):
            assert (one.code, FORMULA, 1) in {
                (user.code, user.how, user.steps) for user in usage.derived(needed)
            }
    view = usage.of(REVENUE)
    assert {one.code for one in view.derived} >= {RATIO}
    assert (REVENUE, OWN) in {(one.rule, one.how) for one in view.rules}
    assert {one.board for one in view.boards} >= {"economy", "home"}
    assert (view.stars, view.subscriptions, view.identities) == (2, 3, (REVENUE,))
    assert usage.readers([REVENUE, TAX]) == ("a", "b")
    assert usage.of("econ.not.there").derived == ()
    assert view.to_json()["code"] == REVENUE
