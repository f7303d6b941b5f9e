"""The state of a page and its address."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages._state import FIELDS, PageState

EVERYTHING = PageState(
    region="440981000000",
    period="2024-06",
    theme="fiscal",
    map="econ.fiscal.revenue",
    sheet="econ.gdp.total@440900000000",
    as_of="2024-07-15",
    open="project:P-12",
    filter="stage:building;q:高铁",
    edit="layout",
    cohort="2024-Q2",
    lang="en",
    mode="light",
)

NAUGHTY = json.loads((Path(__file__).parents[1] / "cases/text/blns.json").read_text("utf-8"))["strings"]

STATES = st.builds(
    PageState,
    region=st.none() | st.from_regex(r"[1-9][0-9]{11}", fullmatch=True),
    period=st.none() | st.sampled_from(["2023", "2024-06", "2024-Q2", "2024-W07", "2024-06-30"]),
    theme=st.none() | st.sampled_from(["overview", "fiscal"]),
    map=st.none() | st.sampled_from(["econ.gdp.total", "proj.invest.ytd"]),
    sheet=st.none() | st.sampled_from(["econ.gdp.total", "econ.gdp.total@440981000000"]),
    as_of=st.none() | st.just("2024-07-15"),
    open=st.none() | st.sampled_from(["project:P-12", "incident:7"]),
    filter=st.none() | st.sampled_from(["stage:building", "light:red;q:化工 园区"]),
    edit=st.none() | st.just("layout"),
    cohort=st.none() | st.just("2024-Q2"),
    lang=st.none() | st.sampled_from(["zh", "en"]),
    mode=st.none() | st.sampled_from(["dark", "light"]),
)


def test_everything_that_can_be_chosen_stands_in_the_address():
    assert EVERYTHING.to_url() == (
        "?region=440981000000&period=2024-06&theme=fiscal&map=econ.fiscal.revenue"
        "&sheet=econ.gdp.total@440900000000&as_of=2024-07-15&open=project:P-12"
        "&filter=stage:building;q:%E9%AB%98%E9%93%81&edit=layout&cohort=2024-Q2&lang=en&mode=light"
    )


@given(STATES)
def test_an_address_gives_back_the_state_that_made_it(state):
    assert PageState.from_url(state.to_url()) == state


def test_a_page_without_choices_has_a_bare_address():
    assert PageState().to_url() == ""


@given(st.text())
def test_no_address_whatever_stops_a_page(text):
    PageState.from_url(text).to_url()


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_that_cannot_be_read_is_left_out_and_named(field):
    state = PageState.from_query({field: "'; drop table current; --"})
    assert getattr(state, field) is None
    assert state.ignored == (field,)


@pytest.mark.parametrize("text", NAUGHTY)
def test_naughty_strings_never_reach_the_services(text):
    state = PageState.from_query(dict.fromkeys(FIELDS, text))
    assert all(
        getattr(state, name) is None or getattr(state, name).isascii() for name in FIELDS if name != "filter"
    )
    assert "<" not in state.to_url()


def test_fields_that_are_none_of_ours_are_passed_over():
    assert PageState.from_url("?utm_source=mail&region=4409") == PageState(region="440900000000")


def test_the_first_of_a_repeated_field_counts():
    assert PageState.from_url("?lang=en&lang=zh").lang == "en"


@pytest.mark.parametrize("change", [{"region": "440982000000"}, {"theme": "trade"}])
def test_going_elsewhere_closes_the_number_sheet_and_the_record(change):
    assert EVERYTHING.with_(**change).sheet is None
    assert EVERYTHING.with_(**change).open is None


def test_a_filter_belongs_to_its_theme():
    assert EVERYTHING.with_(region="440982000000").filters == {"stage": "building", "q": "高铁"}
    assert EVERYTHING.with_(theme="trade").filters == {}


def test_a_filter_is_set_and_lifted_one_key_at_a_time():
    assert EVERYTHING.filtered(light="red").filter == "stage:building;q:高铁;light:red"
    assert EVERYTHING.filtered(stage=None, q="").filter is None


def test_a_record_is_known_by_kind_and_name():
    assert EVERYTHING.choice.opened == ("project", "P-12")
    assert PageState().choice.opened == ("", "")


def test_choosing_a_language_leaves_the_sheet_open():
    assert EVERYTHING.with_(lang="zh").sheet == EVERYTHING.sheet


def test_the_sheet_names_its_indicator_and_where_it_differs_the_region():
    assert EVERYTHING.choice.sheet == ("econ.gdp.total", "440900000000")
    assert PageState(sheet="econ.gdp.total").choice.sheet == ("econ.gdp.total", None)
