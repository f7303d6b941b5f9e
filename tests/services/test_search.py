"""Search: by Chinese, English, pinyin and initials, best first, and only what the reader may see."""

import pytest

from services import pinyin
from services.access import Actor
from services.search import EACH, Hit, Indicators, Records, Regions, Search, rank
from tests.builders import CITY, COUNTY_A, COUNTY_B, TOWN_A1, a_catalog, a_tree, an_indicator

MAYOR = Actor("m", "mayor", "leader", (CITY,))
HEAD = Actor("h", "head", "county_head", (COUNTY_A,))
BUILDER = Actor("b", "builder", "analyst", (CITY,), systems=("proj",))
GUARD = Actor("g", "guard", "security_admin", (CITY,))

CATALOG = a_catalog(
    an_indicator("econ.gdp.total", name_zh="地区生产总值", name_en="Gross domestic product"),
    an_indicator("econ.fiscal.revenue", name_zh="一般公共预算收入", name_en="General public budget revenue"),
    an_indicator("econ.fiscal.tax", name_zh="税收收入", name_en="Tax revenue"),
    an_indicator(
        "proj.invest.ytd", name_zh="重点项目完成投资", name_en="Investment completed in key projects"
    ),
    an_indicator("econ.base", name_zh="税收收入上年数", name_en="Tax revenue, prior year", headline=False),
)


def keys(finder, actor, text):
    return [hit.key for hit in finder.find(actor, text, EACH, "zh")]


@pytest.mark.parametrize(
    ("typed", "text", "start"),
    [
        ("gdp", "GDP总量", 0),
        ("czsr", "财政收入", 0),
        ("caizheng", "财政收入", 0),
        ("caizhengsr", "财政收入", 0),
        ("cai zheng", "财政收入", 0),
        ("shouru", "财政收入", 2),
        ("zhongdian", "重点项目", 0),
        ("chongdian", "重点项目", 0),
        ("zdxm", "重点项目", 0),
        ("lv", "完成率", 2),
        ("wcl", "完成率", 0),
        ("hang", "银行", 1),
        ("pm2.5", "PM2.5浓度", 0),
        ("xian", "西安", 0),
        ("xian", "县", 0),
    ],
)
def test_letters_find_what_they_spell(typed, text, start):
    assert pinyin.typed(typed, pinyin.syllables(text)) == start


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("czh", "财收"),
        ("yiban", "应办"),
        ("cazheng", "财政"),
        ("aizheng", "财政"),
        ("", "财政"),
        ("sr c", "财收"),
    ],
)
def test_letters_do_not_find_what_they_do_not_spell(typed, text):
    assert pinyin.typed(typed, pinyin.syllables(text)) is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("税收", ("税收收入", "税收收入上年数", "土地税收")),
        ("tax", ("Tax", "Tax revenue", "Revenue of tax", "Surtax")),
        ("ss", ("税收收入", "土地税收")),
    ],
)
def test_the_better_answer_comes_first(text, names):
    ranks = [rank(text, name) for name in names]
    assert None not in ranks
    assert ranks == sorted(ranks)


def test_all_words_of_a_question_must_be_answered():
    assert rank("revenue general", "一般公共预算收入", "General public budget revenue") is not None
    assert rank("revenue nothing", "一般公共预算收入", "General public budget revenue") is None


@pytest.mark.parametrize(
    "text", ["一般公共", "ybgg", "budget", "yibangonggong", "econ.fiscal.revenue", "YBGGYSSR"]
)
def test_an_indicator_is_found_by_its_names_its_pinyin_and_its_code(text):
    assert keys(Indicators(CATALOG), MAYOR, text) == ["econ.fiscal.revenue"]


def test_headline_figures_come_before_the_inputs_of_formulas():
    assert keys(Indicators(CATALOG), MAYOR, "sssr") == ["econ.fiscal.tax", "econ.base"]


def test_a_reader_of_one_system_finds_nothing_of_another():
    assert keys(Indicators(CATALOG), BUILDER, "tou zi") == ["proj.invest.ytd"]
    assert keys(Indicators(CATALOG), BUILDER, "shui") == []


def test_a_county_finds_its_own_regions_and_the_city_but_no_sibling():
    found = Regions(a_tree(), CITY)
    assert keys(found, HEAD, "R44")[:2] == [f"{CITY}", f"{COUNTY_A}"]
    assert f"{COUNTY_B}" not in keys(found, HEAD, "R44")
    assert f"{COUNTY_B}" in keys(found, MAYOR, "R44")


def test_a_region_says_what_it_lies_in():
    hit = Regions(a_tree(), CITY).find(MAYOR, f"R{TOWN_A1}", EACH, "zh")[0]
    assert hit.detail == f"R{CITY} / R{COUNTY_A}"


def test_reporting_units_and_provinces_are_no_places_to_go():
    found = keys(Regions(a_tree(), CITY), MAYOR, "R44")
    assert "440970000000" not in found
    assert "440000000000" not in found


def test_search_groups_by_kind_and_says_when_there_is_more():
    many = Records(
        "project",
        lambda _actor, _language: [(Hit("project", str(n), f"大桥{n}"), (f"大桥{n}",)) for n in range(20)],
    )
    found = Search([Indicators(CATALOG), many]).find(MAYOR, "daqiao", "zh")
    assert [(one.kind, len(one.hits), one.more) for one in found] == [("project", EACH, True)]


@pytest.mark.parametrize(("actor", "text"), [(MAYOR, "   "), (GUARD, "税收")])
def test_an_empty_question_and_a_reader_without_figures_find_nothing(actor, text):
    assert Search([Indicators(CATALOG)]).find(actor, text, "zh") == ()


def test_a_very_long_question_is_cut_and_answered():
    assert Search([Indicators(CATALOG)]).find(MAYOR, "税" * 100_000, "zh") == ()
