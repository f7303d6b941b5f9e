"""The health index on real definitions: scales at the date of the figure, nothing filled, what moved it, limits."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from data_access.config import load_settings
from data_access.observations import LoadInfo
from indicators.definition import DataStatus
from indicators.errors import CockpitError
from indicators.periods import YEAR_TO_DAY, day_key, instant_key, months_key
from indicators.regions import Level
from services import health, panels
from services.access import Actor
from services.answers import Question
from services.bootstrap import ROOT, build
from services.checkups import Checkups
from services.panels import PanelWish
from services.scenes import Scene
from services.signs import SignPanels
from services.views import Choice, Face
from tests.builders import rows

CITY, MAONAN, GAOZHOU = 440900000000, 440902000000, 440981000000
LEADER = Actor("1", "leader", "leader", (CITY,))
HEAD = Actor("2", "head", "county_head", (GAOZHOU,))
NOW = datetime(2026, 4, 20, 2, tzinfo=UTC)
ZONE = timedelta(hours=8)
MARCH, FEBRUARY, YEAR_BEFORE = (months_key(*ym, 1) for ym in ((2026, 3), (2026, 2), (2025, 3)))
SIMULATED = {"status": DataStatus.SIMULATED}
PM25, GOOD_DAYS = "sign.env.pm25", "sign.env.good_days"


def ytd(year, month):
    return months_key(year, month, month)


FIGURES = [
    # the theme of fiscal affairs: two of three signs, then all three
    ("sign.fiscal.exec", CITY, ytd(2026, 3), 25.0),  # on schedule: gap 0, better than the blue line of −3 by one step
    ("sign.fiscal.exec", CITY, ytd(2026, 2), 10.0),  # 6.67 points behind
    ("sign.fiscal.three_guarantees", CITY, ytd(2026, 3), 100.0),  # on the mildest of its three lines, and all of it
    ("sign.fiscal.three_guarantees", CITY, ytd(2026, 2), 98.0),
    ("sign.fiscal.exec", GAOZHOU, ytd(2026, 3), 10.0, SIMULATED),
    ("sign.fiscal.three_guarantees", GAOZHOU, ytd(2026, 3), 98.0, SIMULATED),
    # counts: the city's lines are four times those of a county
    ("sign.finrisk.high", CITY, instant_key(2026, 3), 4.0),
    ("sign.finrisk.high", GAOZHOU, instant_key(2026, 3), 4.0),
    # air: the same figure on both sides of the change of limit
    (PM25, CITY, ytd(2026, 3), 32.0),
    (PM25, CITY, ytd(2026, 2), 32.0),
    (PM25, CITY, ytd(2025, 3), 32.0),
    (GOOD_DAYS, CITY, day_key(date(2026, 4, 18), YEAR_TO_DAY), 95.0),
    (GOOD_DAYS, CITY, day_key(date(2025, 4, 18), YEAR_TO_DAY), 97.0),
    (GOOD_DAYS, CITY, day_key(date(2026, 2, 28), YEAR_TO_DAY), 99.0),
    ("sign.meteo.signal", CITY, instant_key(2026, 3), 3.0),
    ("sign.civil.aid", CITY, instant_key(2026, 3), 200_000.0),
    ("sign.water.use_per_gdp", CITY, months_key(2020, 12, 12), 5.0),
]  # fmt: skip


@pytest.fixture(scope="module")
def services(published, tmp_path_factory):
    """The published figures of 茂名, and a few figures of signs in the spring of 2026."""
    folder = tmp_path_factory.mktemp("signs")
    for file in published.parent.glob("city.db*"):
        shutil.copy(file, folder)
    made = build(
        load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{folder / 'city.db'}"}), clock=lambda: NOW
    )
    made.store.write(rows(*FIGURES), LoadInfo("signs", "test.csv", "tests", int(NOW.timestamp()) - 90))
    return made


@pytest.fixture
def signs(services):
    return health.signs_of(
        services.catalog, health.load(ROOT / "packs/common/health_index.yaml", services.catalog)
    )


@pytest.fixture
def ask(services, signs):
    """The view of a panel for somebody, somewhere; ``least`` gives an index however little is there."""

    def make(name, actor=LEADER, region=CITY, language="zh", until=None, own=True, least=None, **filters):
        known = signs if least is None else replace(signs, method=replace(signs.method, least=least))
        checkups = Checkups(services.query, known, services.store.data_version, ZONE)
        makers = SignPanels(services.query, known, checkups, ZONE).panels()
        scene = Scene(actor, services.tree, region, own, language, until, None, services.targets.current())
        return panels.make(makers, name, PanelWish(scene, Choice(filters=filters), NOW))

    return make


def scored(services, signs, code, region=CITY, period=None):
    """What one sign scores."""
    measures = tuple({str(signs.rules[code].measure), "baseline_z"} - {"value", "None"})
    question = Question((code,), (region,), (period,) if period else None, measures=measures)
    line = services.query.ask(LEADER, question).one()
    sheet = health.Sheet([line], [services.tree.get(region).level], [float("nan")], NOW.date())
    return health.score(signs, code, sheet)[0]


# ---- which signs count


def test_the_catalogue_has_ninety_three_signs_in_five_domains_and_thirty_themes(signs):
    branch = signs.branch(Level.CITY)
    assert len(branch.parts) == 5
    assert sum(len(domain.parts) for domain in branch.parts) == 30
    assert len(branch.signs) + len(signs.left_out) == 93
    assert set(signs.left_out) == {"sign.civil.aid"}


def test_what_a_level_does_not_publish_is_not_expected_there(signs):
    county, town = signs.branch(Level.COUNTY).signs, signs.branch(Level.TOWN).signs
    assert "sign.gov.hot_answer" not in county
    assert set(town) < set(county) < set(signs.branch(Level.CITY).signs)


def test_every_sign_has_a_scale_or_a_history(services, signs):
    """Lines of its own rule, a published level, or its own past: no sign of the catalogue is left without."""
    for code in signs.codes:
        rule = signs.rules[code]
        finite = [[line for line in side.thresholds if line == line] for side in rule.sides]
        assert code in signs.by_history or rule.type == "state" or all(len(lines) > 1 for lines in finite), (
            code
        )


@pytest.mark.parametrize(
    "text", ["weights: {signs: {sign.gone: 2}}", "weights: {domain: {d1: 2}}", "colour: red"]
)
def test_a_method_that_names_what_is_not_known_is_refused(services, tmp_path, text):
    path = tmp_path / "health_index.yaml"
    own = (ROOT / "packs/common/health_index.yaml").read_text(encoding="utf-8")
    path.write_text(own.replace("weights:\n  domains: {}\n  themes: {}\n  signs: {}", text), encoding="utf-8")
    with pytest.raises(CockpitError, match="不认识"):
        health.load(path, services.catalog)


def test_weights_are_data_and_change_the_index(services, tmp_path):
    path = tmp_path / "health_index.yaml"
    own = (ROOT / "packs/common/health_index.yaml").read_text(encoding="utf-8")
    path.write_text(own.replace("domains: {}", "domains: {d5: 3}"), encoding="utf-8")
    branch = health.signs_of(services.catalog, health.load(path, services.catalog)).branch(Level.CITY)
    assert [domain.weight for domain in branch.parts] == [1, 1, 1, 1, 3]


# ---- scores


@pytest.mark.parametrize(
    ("code", "region", "period", "score"),
    [
        ("sign.fiscal.exec", CITY, ytd(2026, 3), 100.0),
        ("sign.fiscal.exec", CITY, ytd(2026, 2), 60 - 20 * (20 / 3 - 6) / 4),  # between yellow −6 and orange −10
        ("sign.fiscal.three_guarantees", CITY, ytd(2026, 3), 100.0),  # all of it, and no share is asked for more
        ("sign.fiscal.three_guarantees", CITY, ytd(2026, 2), 50.0),
        ("sign.finrisk.high", CITY, instant_key(2026, 3), 60.0),
        ("sign.finrisk.high", GAOZHOU, instant_key(2026, 3), 0.0),
        ("sign.meteo.signal", CITY, instant_key(2026, 3), 30.0),
    ],
)  # fmt: skip
def test_a_sign_scores_what_its_own_lines_say(services, signs, code, region, period, score):
    assert scored(services, signs, code, region, period).score == pytest.approx(score)


def test_a_figure_is_judged_by_the_limit_of_its_own_day(services, signs):
    before = scored(services, signs, PM25, period=ytd(2026, 2))
    after = scored(services, signs, PM25, period=ytd(2026, 3))
    assert before.lines == ((24.0, 35.0, 37.0, 45.0),)
    assert after.lines == ((24.0, 30.0, 37.0, 45.0),)
    assert before.score == pytest.approx(60 + 20 * 3 / 11)
    assert after.score == pytest.approx(60 - 20 * 2 / 7)


def test_a_figure_that_is_years_old_does_not_count(services, signs):
    one = scored(services, signs, "sign.water.use_per_gdp")
    assert (one.score, one.reason) == (None, health.TOO_OLD)


# ---- the index


def test_the_index_counts_what_is_there_and_says_what_is_not(ask):
    view = ask("signs.index")
    themes = {row.key: row for _, some in view.domains for row in some}
    fiscal = themes["theme:fiscal"]
    assert (fiscal.value, fiscal.there, fiscal.expected, fiscal.simulated) == (pytest.approx(100), 2, 3, 0)
    assert themes["theme:finrisk"].value == pytest.approx(60)
    assert themes["theme:env"].value is None
    assert view.whole.value is None
    assert (view.whole.there, view.whole.expected) == (5, 92)
    assert len(view.lacking) == 92 - 5
    assert {one.code for one in view.lacking if one.reason == health.TOO_OLD} == {
        "sign.water.use_per_gdp", "sign.env.o3",
    }  # fmt: skip


def test_the_panel_says_the_method_and_what_is_never_scored(ask):
    view = ask("signs.index")
    assert (view.method.least, view.method.equal, view.method.by_level) == (0.5, True, 0)
    assert [name for name, _ in view.left_out] == ["低保与特困救助人数"]


def test_where_too_little_is_there_nothing_is_said_to_have_moved(ask):
    for name in ("signs.changes", "signs.sensitivity"):
        view = ask(name)
        assert isinstance(view, Face)
        assert view.kind == "empty"


# ---- what moved it, how firm it is, with an index however little is there


def test_what_moved_the_index_adds_up_as_printed_and_coverage_stands_apart(ask):
    view = ask("signs.changes", least=0.0, until=MARCH)
    assert (view.since, view.against) == (FEBRUARY, "month")
    moved = {row.code: (row.score_before, row.score_after) for row in view.rows}
    assert set(moved) == {"sign.fiscal.exec", "sign.fiscal.three_guarantees", PM25}
    assert moved["sign.fiscal.three_guarantees"] == pytest.approx((50, 100))
    assert round(sum(row.part for row in view.rows) + view.others + view.coverage, 2) == round(
        view.after - view.before, 2
    )
    assert view.coverage != 0
    assert set(view.joined) == {"高风险机构数", "生效气象预警信号最高级别"}


def test_the_comparison_period_is_the_readers_choice(ask):
    view = ask("signs.changes", least=0.0, until=MARCH, since="year")
    assert (view.since, view.against) == (YEAR_BEFORE, "year")
    assert [row.code for row in view.rows] == [PM25]
    assert ask("signs.changes", least=0.0, until=MARCH, since="never").against == "month"


def test_under_other_weights_the_index_stays_within_its_signs(ask):
    view = ask("signs.sensitivity", least=0.0, until=MARCH)
    assert view.own.low <= view.own.value <= view.own.high
    assert [row.place.code for row in view.regions] == [GAOZHOU]
    assert (view.regions[0].rank, view.regions[0].best_rank) == (None, None)
    names = [one.name for one in view.leanings]
    assert names == ["经济调节", "生态环境保护"]
    first, second = view.leanings
    assert first.less == pytest.approx(second.more, abs=3)
    assert (first.less - view.own.value) * (first.more - view.own.value) < 0


def test_the_same_draws_give_the_same_interval(ask):
    once, again = (ask("signs.sensitivity", least=0.0, until=MARCH) for _ in range(2))
    assert once == again


def test_heat_stands_by_theme_and_region_with_what_is_simulated(ask):
    view = ask("signs.heat", least=0.0, until=MARCH)
    assert view.regions[0].code == CITY
    at = [place.code for place in view.regions].index(GAOZHOU)
    fiscal = next(row for _, some in view.domains for row in some if row.key == "theme:fiscal")
    assert (fiscal.cells[at].value, fiscal.cells[at].simulated) == (pytest.approx((20 + 50) / 2), 2)
    assert fiscal.cells[0].simulated == 0
    assert all(
        cell.value is None
        for place, cell in zip(view.regions, fiscal.cells, strict=True)
        if place.code == MAONAN
    )


def test_a_county_head_sees_the_city_as_context_and_no_sibling(ask):
    view = ask("signs.heat", actor=HEAD, region=CITY, least=0.0, until=MARCH, own=False)
    assert [place.code for place in view.regions] == [CITY]
    own = ask("signs.heat", actor=HEAD, region=GAOZHOU, least=0.0, until=MARCH)
    assert MAONAN not in [place.code for place in own.regions]


def test_names_are_in_the_readers_language(ask):
    assert ask("signs.index", language="en").domains[0][0].name == "Economic regulation"


# ---- limits and benchmarks


def test_limits_stand_with_their_validity_and_each_figure_by_the_limit_of_its_day(ask):
    view = ask("signs.limits")
    pm25 = next(one for one in view.signs if one.code == PM25)
    assert [(span.limit, span.first) for span in pm25.spans] == [
        (35, date(2016, 1, 1)), (30, date(2026, 3, 1)), (25, date(2031, 1, 1)),
    ]  # fmt: skip
    judged = {point.period: (point.limit, point.over) for point in pm25.points}
    assert judged[ytd(2026, 2)] == (35, False)
    assert judged[ytd(2026, 3)] == (30, True)


def test_judging_all_by_todays_limit_is_a_what_if_and_says_so(ask):
    view = ask("signs.limits", limit="today")
    assert view.what_if
    pm25 = next(one for one in view.signs if one.code == PM25)
    assert {point.limit for point in pm25.points} == {30}
    assert all(point.over for point in pm25.points)


def test_growth_of_good_days_across_the_change_of_standard_is_withheld(ask):
    broken = next(one for one in ask("signs.limits").broken if one.code == GOOD_DAYS)
    assert (broken.day, broken.growth, broken.withheld) == (date(2026, 3, 1), None, True)
    assert broken.figure.value == 95
    before = ask("signs.limits", until=FEBRUARY)
    one = next(one for one in before.broken if one.code == GOOD_DAYS)
    assert (one.withheld, one.figure.value) == (False, 99)


def test_benchmarks_are_real_figures_of_the_same_period_and_no_others(ask):
    view = ask("signs.benchmark")
    pm25 = next(row for row in view.rows if row.code == PM25)
    assert pm25.period == months_key(2022, 9, 1)
    assert (pm25.own.value, [(place.name, figure.value) for place, figure in pm25.others]) == (
        30, [("广东省", 27.0)],
    )  # fmt: skip
    assert view.without == 92 - len(view.rows)


def test_the_published_figures_of_the_other_packs_hold_no_sign_of_another_city():
    """The panel says that there are none; once there are, it must show them."""
    own = ROOT / "packs" / "440900"
    printed = ("pm25", "pm10", "o3", "aqi_good_rate", "air_composite_index")
    for path in (ROOT / "packs").glob("*/observations/published.csv"):
        if own not in path.parents:
            assert not any(line.startswith(printed) for line in path.read_text(encoding="utf-8").splitlines())
