"""Targets of plans, judged by the records of their own region; evaluations by region and department; every pack."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from data_access.config import load_settings
from data_access.observations import LoadInfo
from indicators.definition import DataStatus, Target
from indicators.errors import CockpitError
from indicators.periods import instant_key, months_key
from services import health, panels
from services.access import Actor
from services.bootstrap import ROOT, build
from services.digital import DigitalPanels
from services.panels import PanelWish
from services.plans import Plans, due, load_evidence, reached
from services.scenes import Scene
from services.views import Choice, Face
from tests.builders import rows

MAOMING, GAOZHOU = 440900000000, 440981000000
MUDANJIANG, XIAN = 231000000000, 231005000000
JIAXING, HUANGSHAN, DATONG = 330400000000, 341000000000, 140200000000
NOW = datetime(2024, 7, 15, 2, tzinfo=UTC)
ZONE = timedelta(hours=8)
ARCHIVE, NETWORK = "dgov.archive.digit_rate", "dgov.net.coverage"

NINE = {
    "dgov.net.coverage": (95, "电子政务外网覆盖乡镇街道、村屯社区数量比例"),
    "dgov.data.share_rate": (95, "部门确认的数据共享需求满足情况的数量占部门数据共享需求总量的比例"),
    "dgov.data.open_rate": (70, "开放数据项占开放目录数据项的比例"),
    "dgov.cert.use_rate": (90, "可调用电子证照数量占电子证照总数的比例"),
    "dgov.sec.rectify_rate": (95, "及时整改的网络安全事件数量占网络安全事件总数的比例"),
    "dgov.web.intensive_rate": (95, "区直部门政府网站迁入集约化平台占区直政府部门政府网站总数的比例"),
    "dgov.svc.online_case_rate": (
        90, "全区依申请政务服务事项通过一体化在线政务服务平台受理的办件量占办件量总数的比例"),
    "dgov.reg.item_coverage": (90, "全区“互联网+监管”系统的监管行为事项占监管事项总数的比例"),
    "dgov.reg.random_coverage": (100, "通过“双随机、一公开”监管的行政检查事项占行政检查事项的总数比例"),
}  # fmt: skip
"""The nine targets and definitions as the plan of 西安区 prints them."""


def opened(published, folder, pack="packs/440900", now=NOW):
    """The services of a pack on a copy of the published store, whose figures are those of 茂名."""
    for file in published.parent.glob("city.db*"):
        shutil.copy(file, folder)
    settings = load_settings(
        environ={"CHENGMAI_STORE_URL": f"sqlite:///{folder / 'city.db'}", "CHENGMAI_CITY_PACK": pack}
    )
    return build(settings, clock=lambda: now)


@pytest.fixture
def city(published, tmp_path):
    return opened(published, tmp_path)


@pytest.fixture
def district(published, tmp_path):
    return opened(published, tmp_path, "packs/231005")


def view(services, name, region, evidence=(), actor=None, language="zh"):
    """The view of a panel for the leader of the pack's own place."""
    method = health.load(ROOT / "packs/common/health_index.yaml", services.catalog)
    plans = Plans(services.catalog, services.targets, evidence)
    makers = DigitalPanels(
        services.query, services.catalog, plans, method, services.store.items, ZONE
    ).panels()
    reader = actor or Actor("1", "leader", "leader", (services.pack.root,))
    scene = Scene(reader, services.tree, region, True, language, None, None, services.targets.current())
    return panels.make(makers, name, PanelWish(scene, Choice(), services.clock()))


def write(services, *figures):
    services.store.write(
        rows(*figures), LoadInfo(str(figures), "test.csv", "tests", int(NOW.timestamp()) - 90)
    )


# ---- the nine


def test_the_nine_stand_with_definition_and_target_as_the_plan_prints_them(district):
    shown = view(district, "digital.headlines", XIAN)
    assert shown.own
    assert shown.year == 2025
    assert {row.code: (row.target.value, row.definition) for row in shown.rows} == NINE
    assert {row.target.op for row in shown.rows} == {">="}


def test_elsewhere_the_nine_are_figures_beside_a_reference_and_judged_by_nobody(city):
    write(city, (NETWORK, MAOMING, instant_key(2024, 6), 80.0))
    shown = view(city, "digital.headlines", MAOMING)
    row = next(one for one in shown.rows if one.code == NETWORK)
    assert not shown.own
    assert not row.own
    assert (row.figure.value, row.target.value, row.target.figure) == (80.0, 95, None)
    assert shown.plan.id == "xian2022"


# ---- yearly steps


def test_the_steps_of_digitised_archives_are_thirty_fifty_seventy_and_eighty(district):
    write(
        district,
        (ARCHIVE, XIAN, instant_key(2022, 12), 31.0),
        (ARCHIVE, XIAN, instant_key(2023, 12), 45.0),
    )
    shown = view(district, "digital.steps", XIAN)
    assert [(step.year, step.target, step.figure.value, step.state) for step in shown.steps] == [
        (2022, 30, 31.0, "met"),
        (2023, 50, 45.0, "short"),
        (2024, 70, None, "open"),
        (2025, 80, None, "open"),
    ]
    assert shown.statement == "馆藏应数字化档案完成数字化的比例"


def test_a_year_that_is_over_without_a_figure_is_unknown(district):
    assert [step.state for step in view(district, "digital.steps", XIAN).steps] == [
        "unknown", "unknown", "open", "open",
    ]  # fmt: skip


# ---- plans


def test_a_milestone_is_never_done_without_evidence_and_says_who_must_report(city):
    shown = view(city, "digital.plan", MAOMING)
    assert shown.plan.id == "maoming2021"
    assert [line.state for line in shown.lines] == ["unknown"] * 3
    assert all(line.reporter == "市数据管理局(政务数据)" and line.statement for line in shown.lines)


def test_evidence_makes_a_milestone_done(city, tmp_path):
    path = tmp_path / "plan_evidence.yaml"
    statement = "建成市域“一网统管”平台和四级协同工作体系"
    path.write_text(
        "evidence:\n"
        f"  - {{plan: maoming2021, statement_zh: '{statement}', done_on: 2023-11-30, source_title: 验收报告, citation: 内部}}\n",
        encoding="utf-8",
    )  # fmt: skip
    evidence = load_evidence(path, city.catalog)
    lines = {line.statement: line for line in view(city, "digital.plan", MAOMING, evidence).lines}
    assert (lines[statement].state, lines[statement].evidence) == ("done", "2023-11-30 验收报告")
    later = replace(evidence[0], done_on=date(2024, 12, 1))
    assert {line.state for line in view(city, "digital.plan", MAOMING, [later]).lines} == {"unknown"}


@pytest.mark.parametrize(
    "entry",
    [
        "{plan: maoming2021, statement_zh: 别的话, done_on: 2023-11-30, source_title: a, citation: b}",
        "{plan: maoming2021, statement_zh: 建成市域“一网统管”平台和四级协同工作体系}",
    ],
)
def test_evidence_that_speaks_of_no_milestone_is_refused(city, tmp_path, entry):
    path = tmp_path / "plan_evidence.yaml"
    path.write_text(f"evidence:\n  - {entry}\n", encoding="utf-8")
    with pytest.raises(CockpitError, match="完成凭证"):
        load_evidence(path, city.catalog)


def test_a_number_is_judged_by_the_latest_own_figure_with_its_period(district):
    write(
        district,
        (NETWORK, XIAN, instant_key(2024, 3), 90.0),
        (NETWORK, XIAN, instant_key(2024, 6), 96.0, {"status": DataStatus.SIMULATED}),
        ("dgov.reg.item_coverage", XIAN, months_key(2024, 6, 6), 80.0),
    )
    lines = {line.indicator: line for line in view(district, "digital.plan", XIAN).lines}
    network = lines[NETWORK]
    assert (network.state, network.figure.period, network.figure.simulated) == (
        "met",
        instant_key(2024, 6),
        True,
    )
    assert lines["dgov.reg.item_coverage"].state == "open"  # not due before the end of 2025
    assert lines["dgov.data.share_rate"].state == "open"


def test_a_region_is_judged_by_its_own_records_only(published, tmp_path):
    services = opened(published, tmp_path, "packs/231000")
    write(services, (NETWORK, MUDANJIANG, instant_key(2024, 6), 99.0))
    shown = view(services, "digital.plan", MUDANJIANG)
    assert (shown.plan, shown.lines) == (None, ())
    assert [place.code for place in shown.elsewhere] == [XIAN]
    lines = view(services, "digital.plan", XIAN).lines
    assert all(line.figure is None or line.figure.value is None for line in lines)


def test_a_county_without_a_plan_has_no_targets(city):
    assert isinstance(view(city, "digital.plan", GAOZHOU), Face)


@pytest.mark.parametrize(
    ("pack", "region", "targets"),
    [
        ("140200", DATONG, 6), ("330400", JIAXING, 16), ("341000", HUANGSHAN, 5), ("231005", XIAN, 14), ("440900", MAOMING, 3),
    ],
)  # fmt: skip
def test_every_pack_shows_its_own_plan_with_every_sentence(published, tmp_path, pack, region, targets):
    services = opened(published, tmp_path, f"packs/{pack}", datetime(2026, 11, 1, tzinfo=UTC))
    shown = view(services, "digital.plan", region)
    assert len(shown.lines) == targets
    assert sum(count for _, count in shown.counts) == targets
    assert all(line.statement for line in shown.lines)
    assert "done" not in {line.state for line in shown.lines}
    assert {
        target.plan for target in services.targets.of_region(region) if target.plan in services.catalog.plans
    } == {shown.plan.id}
    for name in ("headlines", "steps", "evaluation", "sharing", "regulation"):
        other = view(services, f"digital.{name}", region)
        assert not isinstance(other, Face) or other.kind == "empty"


@pytest.mark.parametrize(
    ("op", "value", "upper", "figure", "met"),
    [
        (">=", 90, None, 90, True), (">=", 90, None, 89.9, False), ("<=", 0, None, 0, True), ("<=", 0, None, 1, False),
        ("between", 3, 5, 4, True), ("between", 3, 5, 6, False), ("=", 6, None, 6, True),
    ],
)  # fmt: skip
def test_what_reaches_a_target(op, value, upper, figure, met):
    assert reached(Target("x", XIAN, 2025, op, value, upper), figure) is met


def test_a_target_without_a_day_is_due_at_the_end_of_its_year():
    assert due(Target("x", XIAN, 2022, ">=", 100)) == date(2022, 12, 31)


# ---- evaluations and regulation


def test_the_total_of_the_evaluation_is_the_mean_of_its_five_dimensions(city):
    dimensions = ("channel", "coverage", "guide", "maturity", "effect")
    write(
        city,
        *(
            (f"dgov.eval.{name}", MAOMING, instant_key(2024, 6), 80.0 + n)
            for n, name in enumerate(dimensions)
        ),
    )
    shown = view(city, "digital.evaluation", MAOMING)
    figures = {row.code: row.figures[0].value for row in shown.rows}
    assert figures["dgov.eval.score"] == pytest.approx(82)
    assert [row.code for row in shown.rows if row.total] == ["dgov.eval.score"]
    assert shown.regions[0].code == MAOMING


def test_sharing_stands_by_department_where_departments_have_reported(city):
    assert view(city, "digital.sharing", MAOMING).departments == ()
    with city.store.engine.begin() as connection:
        item = city.store.item_id("department=market", "", connection)
    month = instant_key(2024, 6)
    write(
        city,
        ("dgov.share.provide_count", MAOMING, month, 60.0),
        ("dgov.share.provide_count", MAOMING, month, 12.0, {"item": item}),
    )
    shown = view(city, "digital.sharing", MAOMING)
    assert [column[0] for column in shown.columns] == [
        "dgov.share.provide_count", "dgov.share.use_count", "dgov.share.score",
    ]  # fmt: skip
    assert [(row.name, [figure.value for figure in row.figures]) for row in shown.departments] == [
        ("市市场监管局", [12.0, None, None])
    ]


def test_regulation_stands_by_the_department_in_charge(city):
    write(city, ("dgov.reg.item_coverage", MAOMING, months_key(2024, 6, 6), 91.0))
    shown = view(city, "digital.regulation", MAOMING)
    by = {row.department: row for row in shown.rows}
    own = by["市行政审批服务管理局"]
    assert [(one.code, one.figures[0].value) for one in own.coverage] == [("dgov.reg.item_coverage", 91.0)]
    assert own.effect == ()
    assert [one.code for one in by["市司法局"].effect] == ["sign.law.lost_rate"]
    assert not shown.by_department


def test_without_the_right_to_the_signs_regulation_shows_what_is_left(city):
    clerk = Actor("4", "clerk", "analyst", (MAOMING,), systems=("dgov",))
    codes = {
        one.code
        for row in view(city, "digital.regulation", MAOMING, actor=clerk).rows
        for one in (*row.coverage, *row.effect)
    }
    assert codes == {"dgov.reg.item_coverage", "dgov.reg.random_coverage"}
