"""The panels of signs and digital government: what is said, what is marked, and no warning colour on an index."""

import re
from datetime import date
from types import SimpleNamespace

import orjson
import pytest

from indicators.periods import instant_key, months_key
from pages._components import digital, limits, signs
from pages._components.panels import PANELS
from pages._components.words import Words
from pages._state import PageState
from pages._tokens import tokens
from services.digital_views import (
    HeadlineRow,
    HeadlineView,
    PlanName,
    PlanView,
    StepLine,
    StepsView,
    TargetLine,
)
from services.panels import KINDS
from services.sign_views import (
    ChangeRow,
    ChangesView,
    HeatRow,
    HeatView,
    IndexRow,
    IndexView,
    LackingSign,
    LimitPoint,
    LimitSign,
    LimitSpan,
    MethodView,
)
from services.texts import Texts
from services.views import Figure, Place

CITY = Place(440900000000, "茂名市", "city")
GAOZHOU = Place(440981000000, "高州市", "county")
MARCH, FEBRUARY = months_key(2026, 3, 1), months_key(2026, 2, 1)
HERE = PageState(region="440900000000")
LEVEL = re.compile(r"\b(red|orange|yellow|blue)\b")


def reader(language="zh", theme="dark"):
    boards = SimpleNamespace(units=lambda _language: {})
    return SimpleNamespace(
        texts=Texts(language), language=language, theme=theme, services=SimpleNamespace(boards=boards)
    )


def said(element):
    """Everything that an element says, in order."""
    if isinstance(element, dict):
        return said(element["props"].get("children", ""))
    return " ".join(map(said, element)) if isinstance(element, list) else str(element)


def marked(element, kind):
    """Every element of a class, however deep."""
    if isinstance(element, list):
        return [one for part in element for one in marked(part, kind)]
    if not isinstance(element, dict):
        return []
    own = [element] if kind in str(element["props"].get("className", "")).split() else []
    return own + marked(element["props"].get("children", []), kind)


def a_figure(value=95.0, unit="%", **fields):
    given = {"value": value, "unit": unit, "period": MARCH, "state": "ok", "status": "final"} | fields
    return Figure(**given)


def a_row(key="domain:d1", name="经济调节", value=80.0, there=2, expected=3, simulated=0, change=None):
    return IndexRow(key, name, value, there, expected, simulated, 0.2, change)


def an_index(**fields):
    theme = a_row("theme:fiscal", "数字财政", None, 0, 3)
    given = {
        "place": CITY, "whole": a_row("city", "茂名市", 87.25, 40, 92, 3, -1.25),
        "domains": ((a_row(change=0.5), (theme,)),), "newest": MARCH, "since": FEBRUARY, "against": "month",
        "lacking": (LackingSign("sign.env.o3", "臭氧", "生态环保", a_figure(None, state="missing"), "缺目标，不判定"),),
        "left_out": (("低保人数", "仅作背景，不计分"),), "method": MethodView(0.5, True, (), 4, 1),
    } | fields  # fmt: skip
    return IndexView(**given)


# ---- the index


def test_an_index_stands_with_its_coverage_its_change_and_its_sample_figures():
    text = said(signs.index(an_index(), reader(), HERE))
    for part in ("87.3", "有分数 40/92 项", "−1.25", "模拟：3 项为模拟数，共 40 项", "+0.50"):
        assert part in text


def test_a_part_without_an_index_is_a_dash_with_its_coverage_and_never_zero():
    element = signs.domains(an_index(), reader(), HERE)
    assert [said(cell) for cell in marked(element, "none")] == ["—"]
    assert "0/3" in said(element)


def test_what_is_missing_is_listed_with_its_reason_and_the_method_stands_on_the_page():
    text = said(signs.index(an_index(), reader(), HERE))
    for part in (
        "缺 1 项",
        "缺目标，不判定",
        "最轻一级（一般为蓝线）为80分",
        "不足 50",
        "一律等权",
        "低保人数（仅作背景，不计分）",
    ):
        assert part in text


def test_weights_of_the_pack_are_told():
    view = an_index(method=MethodView(0.5, False, (("生态环境保护", 3.0),), 0, 0))
    assert "等权，以下除外：生态环境保护 3" in said(signs.index(view, reader(), HERE))


def test_nothing_of_an_index_bears_a_warning_colour():
    drawn = orjson.dumps(
        [signs.index(an_index(), reader(), HERE), signs.heat(a_heat(), reader(), HERE)]
    ).decode()
    assert not LEVEL.search(drawn)
    assert "data-level" not in drawn


def a_heat():
    cells = (a_row("theme:a", "教育", 99.0), a_row("theme:a", "教育", None, 1, 3))
    other = (a_row("theme:b", "水利", 35.0), a_row("theme:b", "水利", None, 0, 0))
    return HeatView(
        (CITY, GAOZHOU), HeatRow("city", "茂名市", (a_row("city", "茂名市", 90.0, 5, 6, 5), a_row("city", "x", None, 1, 6))),
        (("公共服务", (HeatRow("theme:a", "教育", cells), HeatRow("theme:b", "水利", other))),), MARCH, 3,
    )  # fmt: skip


def test_every_cell_of_the_heat_table_says_its_number_and_what_is_missing_is_hatched():
    element = signs.heat(a_heat(), reader(), HERE)
    assert [said(cell) for cell in marked(element, "heat-0") if said(cell)] == ["99.0"]
    assert [said(cell) for cell in marked(element, "heat-5") if said(cell)] == ["35.0"]
    assert [said(cell) for cell in marked(element, "hatched") if said(cell)] == ["1/3", "1/6"]
    assert "—" in [said(cell) for cell in marked(element, "quiet")], "what is not published is not missing"
    assert "另有 3 个地区不在您的范围内" in said(element)


def test_the_heat_table_can_be_read_without_seeing_it():
    text = orjson.dumps(signs.heat(a_heat(), reader(), HERE)).decode()
    assert '"scope":"col"' in text
    assert '"scope":"row"' in text
    assert '"scope":"colgroup"' in text
    assert '"tabIndex":0' in text
    assert "每格为该地区该专题的得分" in text


@pytest.mark.parametrize(
    ("value", "band"),
    [(100, 0), (95, 0), (94.9, 1), (90, 1), (89, 2), (80, 2), (79, 3), (59, 4), (39, 5), (0, 5)],
)
def test_the_classes_of_the_heat_table(value, band):
    assert signs.band(value) == band


def test_as_printed_the_parts_of_a_change_add_up():
    row = ChangeRow("sign.x.y", "体征", "专题", a_figure(90.0), a_figure(95.0), 60.0, 80.0, 0.31)
    view = ChangesView(CITY, 90.0, 90.4, FEBRUARY, "month", (row,), 0.02, 0.07, ("新体征",), (), 5, 2)
    element = signs.changes(view, reader(), HERE)
    text = said(element)
    for part in (
        "90.00",
        "+0.31",
        "+0.02",
        "+0.07",
        "+0.40",
        "其余 5 项合计",
        "新计入 新体征",
        "60.0 → 80.0",
    ):
        assert part in text
    assert "filter=since:year" in orjson.dumps(element).decode()


# ---- limits


def a_limit(*values):
    keys = [
        months_key(2025, 11, 11),
        months_key(2025, 12, 12),
        months_key(2026, 1, 1),
        months_key(2026, 3, 3),
    ]
    held = (35.0, 35.0, 35.0, 30.0)
    points = tuple(
        LimitPoint(key, value, limit, False) for key, value, limit in zip(keys, values, held, strict=False)
    )
    spans = (
        LimitSpan(35.0, date(2016, 1, 1), date(2026, 2, 28), "GB 3095-2012"),
        LimitSpan(30.0, date(2026, 3, 1), None, "GB"),
    )
    figure = a_figure(values[-1], "微克/立方米", period=keys[len(values) - 1])
    return LimitSign("sign.env.pm25", "PM2.5", "微克/立方米", "monthly", figure, spans, points)


def test_the_limit_is_drawn_as_a_step_where_it_changes():
    chart = limits.limit_chart(a_limit(20.0, 33.0, 32.0, 32.0), False, Words(Texts()), tokens("dark"))
    step, course = chart["data"]
    assert step["y"] == [35, 35, 35, 30]
    assert step["line"]["shape"] == "hv"
    assert course["marker"]["symbol"] == ["circle", "circle", "circle", "square"]
    assert [shape["x0"] for shape in chart["layout"]["shapes"]] == ["2026-03"]
    assert [note["text"] for note in chart["layout"]["annotations"]] == ["限值 35", "限值 30"]


def test_no_label_of_an_axis_of_names_looks_like_a_number():
    """Plotly would take the year 2025 in an annotation for the two-thousandth place of the axis."""
    chart = limits.limit_chart(a_limit(20.0, 33.0, 32.0), False, Words(Texts()), tokens("dark"))
    assert chart["data"][0]["x"] == ["2025-11", "2025-12", "2026-01"]


# ---- targets


PLAN = PlanName("xian2022", "《西安区方案》", date(2022, 11, 12), "西安区")


def a_target(**fields):
    given = {
        "statement": "原文一句", "year": 2025, "due": date(2025, 12, 31), "op": ">=", "value": 95.0, "upper": None,
        "unit": "%", "state": "open",
    } | fields  # fmt: skip
    return TargetLine(**given)


def test_a_target_of_another_region_is_a_reference_and_bears_no_judgement():
    row = HeadlineRow(
        "dgov.net.coverage", "覆盖率", "定义原文", a_figure(80.0), "quarterly", a_target(state="short"), False
    )
    element = digital.headlines(HeadlineView(CITY, PLAN, False, 2025, (row,)), reader(), HERE)
    text = said(element)
    for part in ("定义原文", "≥ 95", "不判断", "只对该方案的地区有效", "他地方案，对照"):
        assert part in text
    assert marked(element, "target-state") == []


def test_an_own_target_is_judged_in_words():
    row = HeadlineRow(
        "dgov.net.coverage", "覆盖率", "定义", a_figure(80.0), "quarterly", a_target(state="short"), True
    )
    assert "到期未达到" in said(
        digital.headlines(HeadlineView(CITY, PLAN, True, 2025, (row,)), reader(), HERE)
    )


def test_a_milestone_quotes_the_plan_and_says_who_must_report():
    line = a_target(op="done", value=None, unit="", state="unknown", reporter="市数据管理局", due=None)
    view = PlanView(CITY, PLAN, (line,), (("unknown", 1),))
    text = said(digital.plan(view, reader(), HERE))
    for part in (
        "原文一句",
        "到期，未见依据",
        "须由市数据管理局报送",
        "2025年（方案未写日期）",
        "《西安区方案》",
    ):
        assert part in text
    assert "已完成" not in text


def test_a_region_without_a_plan_leads_to_those_below_that_have_one():
    element = digital.plan(PlanView(CITY, None, (), (), (GAOZHOU,)), reader(), HERE)
    assert "没有收录茂名市的数字政府方案" in said(element)
    assert "region=440981000000" in orjson.dumps(element).decode()


def test_the_steps_of_a_year_stand_with_the_figure_of_that_year():
    steps = tuple(
        StepLine(year, None, aim, a_figure(have, period=instant_key(year, 12)), state)
        for year, aim, have, state in ((2022, 30.0, 31.0, "met"), (2023, 50.0, None, "unknown"))
    )
    view = StepsView(CITY, PLAN, True, "dgov.archive.digit_rate", "数字化率", "%", "yearly", "原文", steps)
    text = said(digital.steps(view, reader(), HERE))
    for part in ("2022年", "目标 30", "本地 31", "已达到", "本地没有这一年的数", "到期，未见依据"):
        assert part in text


def test_every_panel_of_signs_and_digital_government_has_a_drawer():
    names = {kind.name for kind in KINDS if kind.name.split(".")[0] in ("signs", "digital")}
    assert len(names) == 13
    assert names <= PANELS.keys()


def test_in_english_only_the_plans_own_words_stay_chinese():
    row = HeadlineRow("dgov.net.coverage", "Coverage", "", a_figure(80.0), "quarterly", a_target(), True)
    plan = PlanName("p", "Plan", date(2022, 11, 12), "Xi'an")
    index = signs.index(
        an_index(place=Place(1, "Maoming", "city"), whole=a_row("city", "Maoming", 90.0), domains=(), lacking=(), left_out=()),
        reader("en"), HERE,
    )  # fmt: skip
    drawn = said([digital.headlines(HeadlineView(CITY, plan, True, 2025, (row,)), reader("en"), HERE), index])
    assert not re.search(r"[\u4e00-\u9fff]", drawn)
