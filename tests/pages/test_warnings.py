"""The doors and the drawing of the warning centre: who comes in, what an empty store says, what the curve shows."""

from urllib.parse import urlencode

import orjson
import pytest

from indicators.periods import months_key
from pages._components import lists, warning_bulk, warning_chart, warning_list
from pages._components.words import Words
from pages._state import PageState
from pages._tokens import tokens
from services.texts import Texts
from services.views import AlertGroupView, AlertLine, Place
from services.warning_views import Badge, Bound, Counted, CourseView, EventLine, ListView, WarningRow

ZH = Words(Texts("zh"))
GAOZHOU = Place(440981000000, "高州市", "county")
OCTOBER = months_key(2026, 10, 10)
MONTHS = tuple(months_key(2026, month, month) for month in range(6, 11))


def act(door, name, fields):
    return door.post(f"/act/{name}", data=fields, headers={"X-CSRFToken": door.csrf()})


def a_line(**fields) -> AlertLine:
    plain = {
        "id": f"econ.x:440981000000:{OCTOBER}", "kind": "management", "level": 4, "indicator": "econ.x", "name": "甲指标",
        "place": GAOZHOU, "value": 3.0, "unit": "%", "measure": "value", "compared": 3.0, "op": "<", "threshold": 5.0,
        "lasted": 2, "period": OCTOBER, "since": OCTOBER, "frequency": "monthly", "department": "统计局",
    }  # fmt: skip
    return AlertLine(**(plain | fields))


def a_row(**fields) -> WarningRow:
    line = a_line(**fields.pop("line", {}))
    return WarningRow(line, "econ", 1_793_462_400, "stats", **({"version": 7, "acts": True} | fields))


def text(element) -> str:
    """All that an element says and does, as one string."""
    return orjson.dumps(element).decode()


# ---- doors


@pytest.mark.parametrize("path", ["/api/warnings", "/api/warnings/counts", "/api/warnings.csv"])
def test_strangers_get_no_warning(door, path):
    assert door.get(path).status_code == 401


@pytest.mark.parametrize("path", ["/warnings", "/warning/econ.cpi.yoy:440981000000:1"])
def test_strangers_are_led_to_the_sign_in(door, path):
    answer = door.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login?next=/warning")


def test_an_empty_store_says_so_in_every_language(untouched):
    for lang, said in (("zh", "没有生效的管理预警"), ("en", "No management warning open")):
        content = untouched.page("/warnings", f"?lang={lang}").get_data(as_text=True)
        assert said in text(orjson.loads(content))
    counts = untouched.get("/api/warnings/counts").get_json()
    assert counts["total"] == 0
    assert untouched.get("/api/warnings").get_json()["warnings"] == []


def test_a_file_of_nothing_has_its_head_and_is_kept_nowhere(leader):
    answer = leader.get("/api/warnings.csv?lang=en")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.get_data(as_text=True).lstrip("\ufeff").startswith('"Class","Level","Region code"')
    assert leader.get("/api/warnings.exe").status_code == 404


@pytest.mark.parametrize(("region", "status"), [("440981", 200), ("440982", 403), ("110000", 404)])
def test_a_county_reaches_no_other_place_by_any_door(door, region, status):
    door.sign_in("county")
    assert [
        door.get(f"/api/warnings{way}?region={region}").status_code for way in ("", "/counts", ".csv")
    ] == [status] * 3


def test_a_warning_that_there_is_not_says_so(leader):
    content = leader.page("/warning/econ.x:440981000000:1").get_data(as_text=True)
    assert "没有这条预警" in content


def test_a_view_comes_back_after_it_was_deleted(leader):
    assert act(leader, "warnings.keep", {"name": "红色", "address": "filter=level:red"}).status_code == 200
    view = leader.services.centre.listed(actor_of(leader), PageState().choice).views[0]
    gone = act(leader, "warnings.forget", {"view": str(view.id)}).get_json()
    assert gone["undo"]["act"] == "warnings.keep"
    back = leader.post(
        "/act/warnings.keep",
        data=urlencode(gone["undo"]["fields"], doseq=True),
        content_type="application/x-www-form-urlencoded",
        headers={"X-CSRFToken": leader.csrf()},
    )
    assert back.status_code == 200
    views = leader.services.centre.listed(actor_of(leader), PageState().choice).views
    assert [(one.name, one.address) for one in views] == [("红色", "filter=level:red")]
    leader.services.centre.forget_view(actor_of(leader), views[0].id)


def actor_of(door):
    """Who is signed in at a door."""
    token = door.client.get_cookie("chengmai").value
    return door.services.accounts.visitor(token).actor


@pytest.mark.parametrize(
    ("act_name", "fields", "told"),
    [
        ("warnings.bulk", {"do": "burn"}, "没有这个操作"),
        ("warnings.bulk", {"do": "ack"}, "没有选中预警"),
        ("warnings.bulk", {"do": "silence", "pick": "econ.x:1:2"}, "没有选中预警"),
        ("warnings.keep", {"name": "", "address": ""}, "视图名称"),
    ],
)
def test_an_act_on_nothing_says_what_to_do(leader, act_name, fields, told):
    answer = act(leader, act_name, fields)
    assert answer.status_code == 422
    assert told in answer.get_json()["issues"][0]["what"]


# ---- rows


def a_list(**fields) -> ListView:
    plain = {
        "place": GAOZHOU, "path": (GAOZHOU,), "counts": Counted(), "found": 0, "messages": (), "statutory": (),
        "management": (), "page": 1, "pages": 1, "filters": {}, "options": {},
    }  # fmt: skip
    return ListView(**(plain | fields))


def test_a_row_says_everything_in_words_and_leads_to_its_warning():
    row = a_row(badges=(Badge("acked", "市领导", 1_793_462_400),))
    drawn = text(warning_list.row_of(row, PageState(lang="en"), ZH))
    for said in ("红色", "高州市", "甲指标", "已知悉", "已持续 2 期", "统计局"):
        assert said in drawn
    assert f"/warning/{row.line.id}?lang=en" in drawn
    assert f"{row.line.id}@7" in drawn


def test_who_may_not_handle_gets_no_box():
    assert "checkbox" not in text(warning_list.row_of(a_row(acts=False), PageState(), ZH))


def test_folded_warnings_stand_under_theirs_with_their_number():
    row = a_row(folded=(a_row(line={"id": "econ.x:440981001000:1"}),))
    drawn = warning_list.row_of(row, PageState(), ZH)
    assert "另有 1 条下级预警" in text(drawn)
    assert text(drawn).count("data-warning") == 2


def test_a_count_shows_what_it_counts_and_back():
    view = a_list(counts=Counted((0, 0, 0, 0), (0, 0, 0, 3)))
    assert "filter=kind:management;level:red" in text(warning_list._counts(view, PageState(), ZH))
    state = PageState(filter="kind:management;level:red;system:econ")
    chosen = a_list(counts=view.counts, filters=state.filters)
    assert 'href":"?filter=system:econ"' in text(warning_list._counts(chosen, state, ZH))


def test_a_view_keeps_the_place_and_the_filters_and_nothing_else():
    state = PageState(region="440981000000", filter="level:red;page:3", lang="en", mode="dark")
    assert warning_bulk._kept(state) == "region=440981000000&filter=level:red"


def test_board_lines_lead_to_their_warning_and_say_what_is_done():
    group = AlertGroupView("management", (0, 0, 0, 1), (a_line(badges=("silenced", "supervised")),))
    drawn = text(lists.warnings((group,), PageState(), ZH))
    assert f"/warning/econ.x:440981000000:{OCTOBER}" in drawn
    assert "已静默" in drawn
    assert "督办中" in drawn


# ---- the curve


def a_course(**fields) -> CourseView:
    plain = {
        "measure": "value", "unit": "%", "frequency": "monthly", "periods": MONTHS, "compared": (9.0, 6.0, None, 4.0, 1.0),
        "simulated": (False,) * 5,
        "bounds": tuple(Bound(level, "<", (edge,) * 5) for level, edge in ((1, 8.0), (2, 6.5), (3, 5.0), (4, 2.0))),
    }  # fmt: skip
    return CourseView(**(plain | fields))


def an_event(kind: str, period: int, level: int) -> EventLine:
    return EventLine(kind, "value", level, 0, period, 1.0, 1.0, 2.0, 1_793_462_400, back_dated=False)


def drawn(course: CourseView, *events: EventLine, theme: str = "dark"):
    return warning_chart.figure(course, events, ZH, tokens(theme))


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_level_has_its_band_from_its_bound_to_the_next(theme):
    palette = tokens(theme)
    bands = [one for one in drawn(a_course(), theme=theme)["layout"]["shapes"] if one["type"] == "rect"]
    spans = {one["fillcolor"]: (one["y0"], one["y1"]) for one in bands}
    assert spans[palette["blue"]] == (8.0, 6.5)
    assert spans[palette["yellow"]] == (6.5, 5.0)
    assert spans[palette["orange"]] == (5.0, 2.0)
    assert spans[palette["red"]][0] == 2.0
    assert spans[palette["red"]][1] < 1.0


def test_a_bound_that_changed_is_drawn_as_it_was():
    moved = Bound(4, "<", (2.0, 2.0, 3.0, 3.0, 3.0))
    bands = [one for one in drawn(a_course(bounds=(moved,)))["layout"]["shapes"] if one["type"] == "rect"]
    assert [(one["x0"], one["x1"], one["y0"]) for one in bands] == [(-0.5, 1.5, 2.0), (1.5, 4.5, 3.0)]


def test_a_missing_figure_is_a_gap_and_what_happened_stands_where_it_happened():
    figure = drawn(a_course(), an_event("open", MONTHS[3], 3), an_event("upgrade", MONTHS[4], 4))
    curve, marks = figure["data"]
    assert curve["y"][2] is None
    assert curve["connectgaps"] is False
    assert marks["x"] == ["2026-09", "2026-10"]
    assert marks["marker"]["symbol"] == ["triangle-up", "octagon"]
    assert list(marks["customdata"]) == ["发出橙色预警", "升为红色"]


def test_an_event_on_a_period_without_a_figure_is_told_in_the_list_only():
    assert drawn(a_course(), an_event("open", MONTHS[2], 3))["data"][1]["x"] == []


def test_bounds_far_from_every_figure_do_not_flatten_the_curve():
    far = Bound(4, "<", (-900.0,) * 5)
    low, _ = drawn(a_course(bounds=(far,)))["layout"]["yaxis"]["range"]
    assert low > -5
