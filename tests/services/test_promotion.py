"""Promotion deals: batches followed to their end, figures that follow from records, who may register what, files."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO

import openpyxl
import pytest
import yaml

from data_access.definitions import library_files, read_files
from data_access.engine import transaction
from data_access.promotion import Deal, MarkRow, MoneyRow, PromotionStore, Register, StageRow
from data_access.registers import Stretch
from indicators.catalog import assemble, entries, layered
from indicators.errors import CockpitError
from indicators.periods import instant_key, months_key
from services import promotion_files, promotion_sample
from services.access import Actor
from services.bootstrap import ROOT
from services.panels import PanelWish
from services.promotion import Promotion
from services.promotion_book import (
    LANDED,
    LEAD,
    PRODUCING,
    SIGNED,
    STARTED,
    TALK,
    cohort,
    credit_check,
    is_credit_code,
    month_key,
    records,
)
from services.promotion_figures import FIGURES, figures
from services.promotion_forms import LABELS
from services.promotion_panels import PromotionPanels
from services.query import Query, Question
from services.recorded import Recorded
from services.scenes import Scene
from services.views import Choice, Face
from tests.builders import CITY, COUNTY_A, COUNTY_B, a_tree

ZONE = timedelta(hours=8)
NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
CODE = "91440900MA5100000" + credit_check("91440900MA5100000")
EDITOR = Actor("e", "editor", "editor", (CITY,))
COUNTY_EDITOR = Actor("c", "county", "editor", (COUNTY_A,))
LEADER = Actor("l", "leader", "leader", (CITY,))
FULL = month_key(2026 * 12 + 9)


@cache
def catalog():
    return assemble(layered(entries(read_files(library_files(), "library"))))


def a_deal(number=1, *, county=COUNTY_A, kind="formal", amount=2.0, simulated=False, **more):
    plain = Deal(
        number, f"MN{number}", f"项目{number}", f"企业{number}", "", "food", "pearl_delta", county, None, kind, "CNY", amount,
        1.0, None, None, "", "", "", simulated,
    )  # fmt: skip
    return replace(plain, **more)


def a_register(*told):
    """A register of (deal, {stage: day}, {month: money}, marks)."""
    deals, stages, money, marks = [], [], [], []
    for deal, days, *more in told:
        deals.append(deal)
        stages += [
            StageRow(deal.id, place, stage, day, "", 0, "x")
            for place, (stage, day) in enumerate(days.items(), 1)
        ]
        money += [
            MoneyRow(deal.id, month, 1, amount, "", 0, "x")
            for month, amount in (more[0] if more else {}).items()
        ]
        marks += more[1] if len(more) > 1 else []
    return Register(tuple(deals), tuple(stages), tuple(money), tuple(marks))


def told(register, *, ends=None, counties=(COUNTY_A, COUNTY_B)):
    """Every figure of a register by (short code, region, period)."""
    ends = ends or {
        COUNTY_A: Stretch(months_key(2025, 1, 1), FULL),
        COUNTY_B: Stretch(months_key(2025, 1, 1), FULL),
    }
    found = figures(records(register), CITY, ends, counties)
    columns = found.columns
    rows = zip(
        *(columns[name] for name in ("indicator", "region", "period", "item", "value", "reason")), strict=True
    )
    return {
        (code.removeprefix("proj.promo."), region, period, item[0]): reason or value
        for code, region, period, item, value, reason in rows
    }


# ---- figures


def test_a_batch_is_divided_by_its_own_members_and_never_by_what_others_did_in_its_month():
    register = a_register(
        (a_deal(1), {SIGNED: 20260310, LANDED: 20260501}),
        (a_deal(2), {SIGNED: 20260320}),
        (a_deal(3), {SIGNED: 20251105, LANDED: 20260325}),  # landed in March, signed long before
    )
    march = told(register)[("land_rate", COUNTY_A, months_key(2026, 3, 1), "")]
    assert march == 50
    assert told(register)[("land_rate", COUNTY_A, months_key(2025, 11, 1), "")] == 100


@pytest.mark.parametrize(
    ("rate", "month", "age"),
    [("land_rate", 5, 6), ("start_rate", 5, 6), ("fund_rate", 1, 12), ("prod_rate", 1, 18)],
)
def test_a_batch_that_is_too_young_has_no_rate_and_says_so(rate, month, age):
    days = {SIGNED: 20260102, LANDED: 20260103, STARTED: 20260104} if month == 1 else {
        SIGNED: 20260502, LANDED: 20260503, STARTED: 20260504}  # fmt: skip
    found = told(a_register((a_deal(1), days)))
    assert found[(rate, COUNTY_A, months_key(2026, month, 1), "")] == f"批次未满{age}个月，尚不评价"


def test_only_formal_agreements_count_and_one_registered_by_mistake_never():
    days = {SIGNED: 20260310}
    register = a_register(
        (a_deal(1), days), (a_deal(2, kind="framework"), days), (a_deal(3, kind="intent"), days),
        (a_deal(4, withdrawn_on=20260401, withdrawn_class="void"), days),
        (a_deal(5, withdrawn_on=20260401, withdrawn_class="left"), days),
    )  # fmt: skip
    found = told(register)
    assert found[("sign_count", COUNTY_A, months_key(2026, 3, 3), "")] == 2
    assert found[("sign_amount", COUNTY_A, months_key(2026, 3, 3), "")] == 4
    assert found[("sign_count", COUNTY_A, months_key(2026, 3, 3), "industry=food")] == 2
    assert found[("land_rate", COUNTY_A, months_key(2026, 3, 1), "")] == 0


def test_running_totals_begin_anew_every_january_and_amounts_are_in_yuan_of_the_day_of_signing():
    register = a_register(
        (a_deal(1, currency="USD", amount=1.0, rate=7.1), {SIGNED: 20251210}, {202512: 0.5, 202601: 0.25}),
        (a_deal(2, amount=0.4), {SIGNED: 20260205}),
    )
    found = told(register)
    assert found[("sign_amount", COUNTY_A, months_key(2025, 12, 12), "")] == pytest.approx(7.1)
    assert found[("sign_amount", COUNTY_A, months_key(2026, 1, 1), "")] == 0
    assert found[("sign_amount", COUNTY_A, months_key(2026, 2, 2), "")] == pytest.approx(0.4)
    assert found[("big_count", COUNTY_A, months_key(2026, 2, 2), "")] == 0
    assert found[("fund_actual", COUNTY_A, months_key(2026, 2, 2), "")] == 0.25
    assert found[("fund_rate", CITY, months_key(2025, 10, 1), "")] == "本批次没有项目"


def test_a_deal_stands_still_after_six_months_until_it_lands_is_ended_or_withdrawn():
    def stalled(deal, days, marks=()):
        register = a_register((deal, days, {}, list(marks)))
        return [told(register)[("stalled", COUNTY_A, instant_key(2026, month), "")] for month in (8, 9, 10)]

    signed = {SIGNED: 20260315}
    assert stalled(a_deal(1), signed) == [0, 1, 1]
    assert stalled(a_deal(1), signed | {LANDED: 20261002}) == [0, 1, 0]
    ended = MarkRow(1, 1, "funds", "end", 20261005, "", 0, "x")
    assert stalled(a_deal(1), signed, [ended]) == [0, 1, 0]
    assert stalled(a_deal(1), signed, [replace(ended, mark="revive")]) == [0, 1, 1]
    assert stalled(a_deal(1, withdrawn_on=20261001, withdrawn_class="left"), signed) == [0, 1, 0]


def test_a_company_that_talks_with_two_counties_is_one_lead_to_the_city():
    days = {LEAD: 20260801, TALK: 20260901}
    register = a_register(
        (a_deal(1, credit_code=CODE), days), (a_deal(2, county=COUNTY_B, credit_code=CODE), days),
        (a_deal(3, talked_on=20260105), {LEAD: 20260101}),  # half a year without a talk
    )  # fmt: skip
    found = told(register)
    counts = [
        found[("lead_count", region, instant_key(2026, 10), "")] for region in (COUNTY_A, COUNTY_B, CITY)
    ]
    assert counts == [1, 1, 1]
    assert found[("lead_count", COUNTY_A, instant_key(2026, 5), "")] == 1


def test_a_county_whose_return_is_late_has_no_figure_and_the_city_says_so():
    ends = {
        COUNTY_A: Stretch(months_key(2025, 1, 1), FULL),
        COUNTY_B: Stretch(months_key(2025, 1, 1), months_key(2026, 9, 1)),
    }
    register = a_register(
        (a_deal(1), {SIGNED: 20260301, STARTED: 20260401}), (a_deal(2, county=COUNTY_B), {SIGNED: 20260301})
    )
    found = told(register, ends=ends)
    october = months_key(2026, 10, 10)
    assert ("sign_count", COUNTY_A, october, "") in found
    assert ("sign_count", COUNTY_B, october, "") not in found
    assert found[("lead_count", CITY, instant_key(2026, 10), "")] == "有县区未报齐"
    assert found[("sign_to_start", CITY, months_key(2026, 10, 1), "")] == "有县区未报齐"
    assert found[("sign_to_start", CITY, months_key(2026, 4, 1), "")] == 31


def test_a_quarter_is_followed_deal_by_deal_from_its_own_day_of_signing():
    one, other = records(a_register(
        (a_deal(1), {SIGNED: 20260110, LANDED: 20260210}),  # one month to the day
        (a_deal(2), {SIGNED: 20260320, LANDED: 20260601}),  # in the third month
    ))  # fmt: skip
    row = cohort(0, [one, other], LANDED, {COUNTY_A: 20260931}, 8)
    assert row.reached == (0, 1, 1, 2, 2, 2, 2, None, None)
    assert row.share(3) == 100
    assert row.share(7) is None


@pytest.mark.parametrize(
    ("text", "sound"),
    [(CODE, True), (CODE[:-1] + "0", CODE.endswith("0")), ("91440900", False), ("I" * 18, False)],
)
def test_a_credit_code_is_known_by_its_check_character(text, sound):
    assert is_credit_code(text) is sound


# ---- the simulated register


@cache
def drawn():
    spec = yaml.safe_load((ROOT / "packs/440900/sample/promotion.yaml").read_text(encoding="utf-8"))
    return promotion_sample.draw(spec, 440900, 0)


def test_simulated_deals_are_drawn_the_same_again_and_all_say_what_they_are():
    spec = yaml.safe_load((ROOT / "packs/440900/sample/promotion.yaml").read_text(encoding="utf-8"))
    assert promotion_sample.draw(spec, 440900, 0) == drawn()
    assert all(deal.simulated for deal in drawn().register.deals)
    assert all(is_credit_code(deal.credit_code) for deal in drawn().register.deals if deal.credit_code)


def test_simulated_deals_walk_their_stages_in_order_and_not_beyond_what_their_county_told():
    late = 440904000000
    for one in records(drawn().register):
        days = [one.reached[stage] for stage in sorted(one.reached)]
        assert days == sorted(days)
        assert max(days) <= (20260930 if one.deal.county == late else 20261031)
    assert drawn().ends[late].until == months_key(2026, 9, 1)  # episode late-returns


def test_the_episode_of_deals_that_stand_still_shows_in_its_county():
    standing = [one for one in records(drawn().register) if one.stalled(20260930)]
    here = [one for one in standing if one.deal.county == 440904000000]
    assert len(here) >= 4
    assert {mark.reason_class for one in here for mark in one.marks[-1:]} >= {"land", "clearance"}


# ---- use cases


class Judged(list):
    """The moments at which rules were judged."""

    evaluate_pending = list.append


@pytest.fixture
def promotion(engine, store):
    def begin():
        return transaction(engine)

    return Promotion(
        PromotionStore(engine), begin, a_tree(), Recorded(store, catalog(), ZONE), Judged(), lambda: NOW, ZONE
    )


@pytest.fixture
def ask(store):
    query = Query(store, catalog(), a_tree(), lambda: NOW)

    def figure(name, region, period):
        line = query.ask(EDITOR, Question((f"proj.promo.{name}",), (region,), (period,))).one()
        return line.value

    return figure


def given(**fields):
    usual = {
        "name": "荔枝深加工", "company": "嘉禾食品有限公司", "credit_code": CODE, "region": str(COUNTY_A), "industry": "food",
        "origin": "pearl_delta", "kind": "formal", "amount": "1.5", "stage_1": "2026-01-05", "stage_2": "2026-02-01",
        "stage_3": "2026-03-20",
    }  # fmt: skip
    return {**usual, **fields}


def complete(promotion, county=COUNTY_A, month="2026-10", actor=EDITOR):
    promotion.complete(actor, {"county": str(county), "month": month})


def test_a_deal_and_what_becomes_of_it_show_in_the_figures_at_once(promotion, ask):
    number = promotion.add(EDITOR, given())
    assert (
        ask("sign_count", COUNTY_A, months_key(2026, 3, 3)) is None
    )  # nobody has said that March is complete
    complete(promotion)
    assert ask("sign_count", COUNTY_A, months_key(2026, 3, 3)) == 1
    assert ask("land_rate", COUNTY_A, months_key(2026, 3, 1)) == 0
    promotion.advance(EDITOR, number, {"stage": "4", "day": "2026-06-02"})
    promotion.arrive(EDITOR, number, {"month": "2026-06", "money": "0.3"})
    assert ask("land_rate", COUNTY_A, months_key(2026, 3, 1)) == 100
    assert ask("land_rate", CITY, months_key(2026, 3, 1)) == 100
    assert ask("fund_actual", COUNTY_A, months_key(2026, 10, 10)) == 0.3


def test_what_is_corrected_stays_readable(promotion):
    number = promotion.add(EDITOR, given())
    with pytest.raises(CockpitError) as refused:
        promotion.advance(EDITOR, number, {"stage": "3", "day": "2026-03-25"})
    assert [(issue.key, issue.where) for issue in refused.value.issues] == [("reason_needed", "note")]
    promotion.advance(EDITOR, number, {"stage": "3", "day": "2026-03-25", "note": "合同日期写错"})
    one = promotion.deal(EDITOR, number)
    assert one.reached[SIGNED] == 20260325
    assert [row.reached_on for row in one.history if row.stage == SIGNED] == [20260320, 20260325]


def test_every_change_is_in_the_audit_log_raises_the_version_and_has_the_rules_judged(promotion, engine):
    before = promotion._store.version()
    promotion.add(EDITOR, given())
    assert promotion._store.version() == before + 1
    assert promotion._alerts == [NOW]
    with engine.connect() as connection:
        acts = connection.exec_driver_sql("SELECT act, actor FROM audit").all()
    assert ("deal.add", "editor") in [tuple(row) for row in acts]


@pytest.mark.parametrize(
    ("fields", "key", "where"),
    [
        ({"name": ""}, "required", "name"),
        ({"credit_code": "914409"}, "bad_credit_code", "credit_code"),
        ({"region": str(CITY)}, "county_needed", "region"),
        ({"region": "没有县"}, "unknown_region", "region"),
        ({"amount": ""}, "required", "amount"),
        ({"amount": "许多"}, "not_a_number", "amount"),
        ({"amount": "0"}, "amount_zero", "amount"),
        ({"stage_3": "2026-13-01"}, "not_a_day", "stage_3"),
        ({"stage_3": "2026-12-24"}, "day_to_come", "stage_3"),
        ({"stage_2": "2026-04-01"}, "dates_cross", "stage_3"),
        ({"stage_5": "2026-08-01"}, "stage_skipped", "stage_4"),
        ({"currency": "USD"}, "required", "rate"),
        ({"industry": "magic"}, "not_a_choice", "industry"),
        ({"stage_1": "", "stage_2": "", "stage_3": "", "kind": ""}, "required", "stage_1"),
    ],
)
def test_bad_input_is_answered_at_its_field_and_nothing_is_kept(promotion, fields, key, where):
    with pytest.raises(CockpitError) as refused:
        promotion.add(EDITOR, given(**fields))
    assert (key, where) in [(issue.key, issue.where) for issue in refused.value.issues]
    assert promotion.book()[0] == ()


@pytest.mark.parametrize(
    ("act", "fields", "key", "where"),
    [
        ("advance", {"stage": "6", "day": "2026-08-01"}, "stage_skipped_to", "stage"),
        ("advance", {"stage": "4", "day": "2026-03-01"}, "stage_order", "day"),
        ("advance", {"stage": "4", "day": "2027-03-01"}, "day_to_come", "day"),
        ("arrive", {"month": "2026-02", "money": "1"}, "before_signing", "month"),
        ("arrive", {"month": "2026-13", "money": "1"}, "not_a_month", "month"),
        ("arrive", {"month": "2027-01", "money": "1"}, "month_to_come", "month"),
        ("arrive", {"month": "2026-05", "money": "-1"}, "out_of_range", "money"),
        ("mark", {"reason_class": "land", "mark": "end"}, "required", "note"),
        ("mark", {"reason_class": "weather", "mark": "stalled"}, "not_a_choice", "reason_class"),
        ("withdraw", {"withdrawn_class": "left"}, "required", "reason"),
    ],
)
def test_what_cannot_have_happened_is_refused_at_its_field(promotion, act, fields, key, where):
    number = promotion.add(EDITOR, given())
    with pytest.raises(CockpitError) as refused:
        getattr(promotion, act)(EDITOR, number, fields)
    assert (key, where) in [(issue.key, issue.where) for issue in refused.value.issues]


def test_a_deal_signed_twice_is_registered_once(promotion):
    promotion.add(EDITOR, given())
    with pytest.raises(CockpitError) as refused:
        promotion.add(EDITOR, given())
    assert refused.value.key == "deal_known"


def test_a_county_registers_its_own_deals_and_sees_no_others(promotion):
    mine = promotion.add(COUNTY_EDITOR, given())
    other = promotion.add(EDITOR, given(region=str(COUNTY_B), name="别处"))
    assert promotion.deal(COUNTY_EDITOR, mine).deal.id == mine
    assert [one.deal.id for one in promotion.seen(COUNTY_EDITOR, CITY)] == [mine]
    for attempt in (
        lambda: promotion.deal(COUNTY_EDITOR, other),
        lambda: promotion.add(COUNTY_EDITOR, given(region=str(COUNTY_B), name="越界")),
        lambda: promotion.advance(COUNTY_EDITOR, other, {"stage": "4", "day": "2026-06-02"}),
        lambda: promotion.add(LEADER, given(name="领导登记")),
        lambda: complete(promotion, COUNTY_B, actor=COUNTY_EDITOR),
    ):
        with pytest.raises(CockpitError) as refused:
            attempt()
        assert refused.value.key == "forbidden"
    assert len(promotion.book()[0]) == 2


# ---- files


def a_file(*rows):
    names = [LABELS[name] for name in promotion_files.COLUMNS]
    book = openpyxl.Workbook()
    book.active.append(names)
    for row in rows:
        book.active.append([row.get(name) for name in promotion_files.COLUMNS])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_file_is_registered_whole_or_told_cell_by_cell(promotion):
    good = {**given(), "region": f"R{COUNTY_A}", "industry": "食品制造"}
    bad = {**given(name="另一个"), "industry": "魔法", "amount": "许多"}
    with pytest.raises(CockpitError) as refused:
        promotion_files.load(promotion, EDITOR, "deals.xlsx", a_file(good, bad))
    assert {(issue.key, issue.where) for issue in refused.value.issues} == {
        ("not_a_choice", "Sheet!E3"), ("not_a_number", "Sheet!J3"),
    }  # fmt: skip
    assert promotion.book()[0] == ()
    assert promotion_files.load(promotion, EDITOR, "deals.xlsx", a_file(good)).added == 1


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_template_comes_back_without_its_example(promotion, kind):
    empty = promotion_files.template(kind, "高州市")
    with pytest.raises(CockpitError) as refused:
        promotion_files.load(promotion, EDITOR, f"deals.{kind}", empty)
    assert refused.value.key == "no_rows"


def test_a_file_without_the_needed_columns_names_them(promotion):
    with pytest.raises(CockpitError) as refused:
        promotion_files.load(promotion, EDITOR, "x.csv", "项目名称,县区\n甲,乙\n".encode())
    assert refused.value.key == "columns_missing"
    assert "企业名称" in refused.value.issues[0].text()


def test_the_same_deal_twice_in_a_file_is_told_at_its_cell(promotion):
    with pytest.raises(CockpitError) as refused:
        promotion_files.load(promotion, EDITOR, "deals.xlsx", a_file(given(), given()))
    assert [(issue.key, issue.where) for issue in refused.value.issues] == [("deal_twice", "Sheet!B3")]


# ---- panels


def a_wish(promotion, actor, region, **choice):
    scene = Scene(actor, promotion.tree, region, True, "zh", None, None, None)
    return PanelWish(scene, Choice(**choice), NOW)


@pytest.fixture
def panels(promotion):
    for number, (signed, landed) in enumerate(
        (("2026-01-10", "2026-03-01"), ("2026-02-10", ""), ("2026-08-10", "")), 1
    ):
        promotion.add(
            EDITOR,
            given(name=f"项目{number}", stage_1="2025-12-01", stage_2="", stage_3=signed, stage_4=landed),
        )
    promotion.add(
        EDITOR,
        given(name="别处", region=str(COUNTY_B), stage_1="2026-01-01", stage_2="", stage_3="2026-01-15"),
    )
    complete(promotion)
    complete(promotion, COUNTY_B)
    return PromotionPanels(promotion).panels()


def test_the_funnel_follows_one_quarter_and_offers_the_others(promotion, panels):
    view = panels["promotion.funnel"](a_wish(promotion, EDITOR, CITY))
    assert (view.quarter, view.quarters) == ("2026-Q1", ("2026-Q3", "2026-Q1"))
    assert [(step.stage, step.count) for step in view.steps] == [
        (SIGNED, 3),
        (LANDED, 1),
        (STARTED, 0),
        (PRODUCING, 0),
    ]
    young = panels["promotion.funnel"](a_wish(promotion, EDITOR, CITY, cohort="2026-Q3"))
    assert [step.young for step in young.steps] == [0, 6, 6, 18]


def test_a_county_reader_sees_the_deals_of_the_own_county_only(promotion, panels):
    for name in (
        "promotion.funnel",
        "promotion.stalled",
        "promotion.list",
        "promotion.money",
        "promotion.cohorts",
    ):
        everywhere = str(panels[name](a_wish(promotion, COUNTY_EDITOR, CITY)))
        assert "别处" not in everywhere
        assert str(COUNTY_B) not in everywhere
    own = panels["promotion.funnel"](a_wish(promotion, COUNTY_EDITOR, COUNTY_A))
    assert own.steps[0].count == 2
    assert isinstance(panels["promotion.list"](a_wish(promotion, COUNTY_EDITOR, COUNTY_B)), Face)


def test_the_list_is_narrowed_by_what_is_chosen_and_by_nothing_else(promotion, panels):
    def names(**filters):
        return {
            row.name
            for row in panels["promotion.list"](a_wish(promotion, EDITOR, CITY, filters=filters)).rows
        }

    assert names(state="stalled") == {"项目2", "别处"}
    assert names(stage="4") == {"项目1"}
    assert names(county=str(COUNTY_B)) == {"别处"}
    assert names(county="'; drop table", page="-3") == {"项目1", "项目2", "项目3", "别处"}


def test_stalled_deals_say_for_how_long_and_why(promotion, panels):
    (one,) = [row.deal.id for row in promotion.book()[0] if row.deal.name == "项目2"]
    promotion.mark(EDITOR, one, {"reason_class": "clearance", "mark": "stalled"})
    view = panels["promotion.stalled"](a_wish(promotion, EDITOR, COUNTY_A))
    assert [(row.name, row.months) for row in view.rows] == [("项目2", 8)]
    assert (view.rows[0].reason, view.rows[0].mark) == ("征迁", "停滞")
    assert view.reasons == (("征迁", 1),)


def test_every_figure_is_one_of_the_catalogue():
    assert all(code in catalog() for code in FIGURES)
