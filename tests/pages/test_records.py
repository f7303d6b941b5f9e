"""The doors of deals and hotline cases: pages, acts and templates, for those who may and for those who may not."""

import pytest

from data_access.promotion import Deal, Register, StageRow
from data_access.registers import Stretch
from indicators.periods import months_key
from services.hotline_sample import Drawn as Cases
from services.promotion_sample import Drawn as Deals
from tests.services.test_hotline import a_case

MAONAN, DIANBAI = 440902000000, 440904000000
TOWN = 440902100000
SEPTEMBER = months_key(2026, 9, 1)


@pytest.fixture
def desk(door):
    """A door to a cockpit with a deal and a case in two counties."""
    deals = tuple(
        Deal(number, f"MN{number}", f"项目{number}", f"企业{number}", "", "food", "province", county, None, "formal", "CNY", 1.0,
             1.0, None, None, "", "", "", True)
        for number, county in ((1, MAONAN), (2, DIANBAI))
    )  # fmt: skip
    stages = tuple(StageRow(number, 1, 3, 20260105, "", 1, "sample") for number in (1, 2))
    ends = {county: Stretch(months_key(2026, 1, 1), SEPTEMBER) for county in (MAONAN, DIANBAI)}
    door.services.promotion.seed(Deals(Register(deals, stages, (), ()), ends))
    cases = [a_case(1, county=MAONAN, town=TOWN), a_case(2, county=DIANBAI, town=440904100000)]
    door.services.hotline.seed(Cases([tuple(vars(one).values()) for one in cases], [], {}))
    return door


def act(desk, name, **fields):
    return desk.post(f"/act/{name}", data=fields, headers={"X-CSRFToken": desk.csrf()})


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("deal.add", {}), ("deal.stage", {"deal": "1"}), ("deal.withdraw", {"deal": "1"}), ("deal.complete", {}),
        ("deal.import", {}), ("case.add", {}), ("case.stage", {"case": "T1"}), ("case.extend", {"case": "T1"}),
        ("case.complete", {}), ("case.import", {}),
    ],
)  # fmt: skip
def test_an_editor_is_told_every_field_that_is_wrong(desk, name, fields):
    desk.sign_in("editor")
    told = act(desk, name, **fields)
    assert told.status_code == 422
    assert all(issue["field"] and issue["what"] for issue in told.json["issues"])


@pytest.mark.parametrize(
    ("name", "fields"),
    [("deal.stage", {"deal": "1", "stage": "4", "day": "2026-02-01"}), ("case.stage", {"case": "T1", "stage": "7"}),
     ("deal.complete", {"county": str(MAONAN), "month": "2026-09"})],
)  # fmt: skip
def test_a_leader_changes_nothing(desk, name, fields):
    desk.sign_in("leader")
    assert act(desk, name, **fields).status_code == 403
    assert desk.services.promotion.book()[0][0].stage == 3


def test_nobody_else_gets_a_template(desk):
    assert desk.get("/template/deals.xlsx").status_code in (302, 401)
    desk.sign_in("leader")
    assert desk.get("/template/deals.xlsx").status_code == 403


@pytest.mark.parametrize("name", ["deals.csv", "deals.xlsx", "cases.csv", "cases.xlsx"])
def test_templates_are_for_those_who_register(desk, name):
    desk.sign_in("editor")
    answer = desk.get(f"/template/{name}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert len(answer.data) > 200
    assert desk.get("/template/other.exe").status_code == 404
