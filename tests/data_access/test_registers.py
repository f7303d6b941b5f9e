"""Records of deals and cases on every engine: further rows instead of changed ones, and how far a register is complete."""

import pytest

from data_access.engine import transaction
from data_access.hotline import Case, HotlineStore, Step
from data_access.promotion import MarkRow, PromotionStore, Register
from data_access.registers import Stretch, ends, settle_ends, version

COUNTY, TOWN = 440981000000, 440981100000
A_DEAL = {
    "code": "MN1", "name": "深加工", "company": "嘉禾", "credit_code": "", "industry": "food", "origin": "province",
    "county": COUNTY, "town": None, "kind": "formal", "currency": "CNY", "amount": 1.5, "rate": 1.0, "talked_on": None,
    "withdrawn_on": None, "withdrawn_class": "", "withdrawn_reason": "", "note": "", "simulated": False,
}  # fmt: skip
A_CASE = Case(
    1, "SR1", COUNTY, TOWN, "noise", "phone", "env", "夜间施工", 20261005, 1_791_000_000, 20261010, 1_791_400_000, 0, 1,
    1_791_000_000, None, None, None, False, None, None, False,
)  # fmt: skip


@pytest.fixture
def deals(engine):
    return PromotionStore(engine)


@pytest.fixture
def cases(engine):
    return HotlineStore(engine)


def acts(engine):
    with engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT act FROM audit ORDER BY number")]


def test_what_is_told_of_a_deal_again_is_a_further_row(deals, engine):
    with transaction(engine) as connection:
        deals.add(connection, A_DEAL, [(1, 20260105), (3, 20260320)], at=1, actor="editor")
    (deal,) = deals.read().deals
    with transaction(engine) as connection:
        deals.reach(connection, deal, 3, 20260325, "日期写错", at=2, actor="editor")
        deals.arrive(connection, deal, 202604, 0.5, "", at=2, actor="editor")
        deals.arrive(connection, deal, 202604, 0.4, "重核", at=3, actor="editor")
        deals.mark(connection, deal, MarkRow(deal.id, 0, "land", "stalled", 20261101, "", 3, "editor"))
        deals.revise(connection, deal, {"talked_on": 20260401}, at=3, actor="editor")
    found = deals.read()
    assert [(row.number, row.stage, row.reached_on) for row in found.stages] == [
        (1, 1, 20260105), (2, 3, 20260320), (3, 3, 20260325),
    ]  # fmt: skip
    assert [(row.number, row.amount) for row in found.money] == [(1, 0.5), (2, 0.4)]
    assert [(row.number, row.mark) for row in found.marks] == [(1, "stalled")]
    assert found.deals[0].talked_on == 20260401
    assert acts(engine) == ["deal.add", "deal.stage", "deal.money", "deal.money", "deal.mark", "deal.revise"]


def test_a_whole_register_is_put_into_an_empty_store(deals, engine):
    with transaction(engine) as connection:
        deals.add(connection, A_DEAL, [(1, 20260105)], at=1, actor="editor")
    told = deals.read()
    with transaction(engine) as connection:
        for table in ("promotion_stages", "promotion_deals"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        deals.seed(connection, told, at=1, actor="system")
        deals.seed(connection, Register((), (), (), ()), at=1, actor="system")
    assert deals.read() == told


def test_the_next_step_of_a_case_ends_the_one_before(cases, engine):
    with transaction(engine) as connection:
        cases.add(connection, A_CASE, "hotline", at=1, actor="editor")
        step = Step(1, 0, 2, 1_791_003_600, None, "env", "")
        cases.advance(connection, A_CASE, step, {"stage": 2, "stage_at": 1_791_003_600}, at=2, actor="editor")
    assert [(step.number, step.stage, step.ended_at) for step in cases.steps(1)] == [
        (1, 1, 1_791_003_600),
        (2, 2, None),
    ]
    found = cases.case("SR1")
    assert found is not None
    assert found.stage == 2
    assert cases.case("SR2") is None
    assert acts(engine) == ["case.add", "case.advance"]


def test_cases_are_counted_by_day_and_by_month(cases, engine):
    rows = [tuple({**vars(A_CASE), "id": n, "number": f"S{n}", "accepted_on": day}.values())
            for n, day in enumerate((20261001, 20261001, 20261031, 20261101), 1)]  # fmt: skip
    with transaction(engine) as connection:
        cases.seed(connection, rows, [], at=1, actor="system")
    by_day = cases.count("total", "town", (COUNTY,), 20261001, 20261031, False)
    assert sorted(row[:3] for row in by_day) == [(TOWN, 20261001, 2), (TOWN, 20261031, 1)]
    by_month = cases.count("total", "appeal_class", (COUNTY,), 20261001, 20261130, True)
    assert sorted(row[:3] for row in by_month) == [("noise", 202610, 3), ("noise", 202611, 1)]
    assert cases.count("ok", "town", (COUNTY,), 20261001, 20261130, False) == []


def test_how_far_a_register_is_complete_is_kept_by_subject_and_region(engine):
    with transaction(engine) as connection:
        settle_ends(connection, "hotline", {COUNTY: Stretch(1, 5, 3)}, at=1, actor="editor")
        settle_ends(connection, "promotion", {COUNTY: Stretch(2, 4)}, at=1, actor="editor")
        settle_ends(connection, "hotline", {COUNTY: Stretch(1, 7, 3)}, at=2, actor="editor")
    assert ends(engine, "hotline") == {COUNTY: Stretch(1, 7, 3)}
    assert ends(engine, "promotion") == {COUNTY: Stretch(2, 4)}
    assert version(engine) == 3
