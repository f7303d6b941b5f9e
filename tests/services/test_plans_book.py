"""Targets and milestones as records, evidence, and scorecards: shown, appealed against, decided, confirmed, kept."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from data_access import plans_tables as tables
from data_access.observations import LoadInfo
from data_access.plans_book import key_of
from indicators import periods
from indicators.definition import DataStatus, SeasonCurve
from indicators.errors import CockpitError
from indicators.scorecards import CardState
from services import plans_files
from services.access import Actor
from services.bootstrap import Services
from services.notices import Notice
from services.plans_book import accepted
from services.plans_views import TargetView
from services.texts import Texts
from tests.services.conftest import RoomClock

CITY, GAOZHOU, HUAZHOU, MAONAN = 440900000000, 440981000000, 440982000000, 440902000000
EDITOR = Actor("e", "editor", "editor", (CITY,), display="数据编辑员")
SECOND = Actor("e2", "editor2", "editor", (CITY,))
LEADER = Actor("l", "leader", "leader", (CITY,))
DATA = Actor("d", "data", "clerk", (CITY,), department="data")
FINANCE = Actor("f", "finance", "clerk", (CITY,), department="finance")
HEAD = Actor("h", "head", "county_head", (GAOZHOU,))
SIBLING = Actor("s", "sibling", "county_head", (HUAZHOU,))
REVENUE, SHARE = "econ.fiscal.revenue", "econ.fiscal.tax_share"

TARGET = {
    "plan": "maoming2021", "indicator": REVENUE, "year": "2026", "op": ">=", "value": "1,200", "unit": "亿元",
    "statement_zh": "2026 年一般公共预算收入达到 1200 亿元", "source": "政府工作报告",
}  # fmt: skip
DIGITAL = ("dgov.svc.zero_visit_rate", "dgov.svc.mobile_rate")


def refused(act: Callable[[], Any]) -> dict[str, str]:
    """The keys of the issues by field."""
    with pytest.raises(CockpitError) as error:
        act()
    return {issue.where: issue.key for issue in error.value.issues}


def figures(services: Services, code: str, month: str, values: dict[int, float], kind: str = "ytd") -> None:
    """Figures of some regions."""
    count = len(values)
    rows = {
        "indicator": [code] * count, "region": list(values), "period": [periods.read(month, kind)] * count,
        "value": list(values.values()), "status": [DataStatus.FINAL] * count, "reason": [None] * count, "source": [1] * count,
    }  # fmt: skip
    now = int(services.clock().timestamp())
    with services.collection.store.transaction() as connection:
        services.store.write(rows, LoadInfo(f"{code} {month}", "file.csv", "tester", now), connection)


def view(services: Services, key: str, actor: Actor = EDITOR) -> TargetView:
    return services.plans_book.target(actor, key)


def milestone(services: Services) -> str:
    """The first milestone of the city's own plan."""
    found = services.plans_book.page(EDITOR, {"plan": "maoming2021"}).targets
    return next(one.key for one in found if one.target.op == "done" and one.target.year == 2022)


# ---- targets


def test_the_five_plans_stand_as_records_the_own_one_judged_and_the_others_for_reference(
    room: Services,
) -> None:
    page = room.plans_book.page(EDITOR, {})
    assert {one.id: (one.own, one.count) for one in page.plans} == {
        "maoming2021": (True, 3), "xian2022": (False, 14), "datong2020": (False, 6), "jiaxing2019": (False, 16),
        "huangshan2017": (False, 5),
    }  # fmt: skip
    own = [one for one in page.targets if one.own]
    assert {one.state for one in own} == {"unknown"}  # overdue, and nobody has shown anything
    assert all(one.state == "" and one.may == frozenset() for one in page.targets if not one.own)
    chosen = room.plans_book.page(EDITOR, {"plan": "jiaxing2019", "year": "2020"})
    assert chosen.total == 3
    assert {one.target.plan for one in chosen.targets} == {"jiaxing2019"}
    file = plans_files.export(room.plans_book, EDITOR, {"plan": "jiaxing2019"}, Texts("en"), "csv").decode(
        "utf-8-sig"
    )
    assert len(file.splitlines()) == 17
    assert "Reference" in file


def test_a_target_of_the_year_is_set_against_what_is_due_by_its_season_curve(room: Services) -> None:
    key = room.plans_book.add_target(EDITOR, TARGET)
    figures(room, REVENUE, "2026-06", {CITY: 540.0})
    even = view(room, key)
    assert (even.state, even.figure and even.figure.value, even.expected, even.pace) == (
        "open",
        540.0,
        600.0,
        "behind",
    )
    assert even.part == pytest.approx(45.0)
    assert even.owner == "finance"  # whose indicator it is
    shares = (5.0, 10.0, 18.0, 26.0, 34.0, 42.0, 50.0, 58.0, 68.0, 78.0, 88.0, 100.0)
    room.targets.add_curves([SeasonCurve(REVENUE, CITY, shares)], int(room.clock().timestamp()))
    curved = view(room, key)
    assert (curved.expected, curved.pace) == (504.0, "ahead")
    figures(room, REVENUE, "2026-09", {CITY: 1300.0})
    assert view(room, key).state == "met"


def test_a_target_is_changed_with_a_reason_and_what_it_was_stays(room: Services) -> None:
    book = room.plans_book
    key = book.add_target(EDITOR, TARGET)
    book.change(EDITOR, key, {"seen": "1", "op": ">=", "value": "1100", "unit": "亿元", "reason": "年中调整"})
    late = {"seen": "1", "op": ">=", "value": "1000", "unit": "亿元", "reason": "再调"}
    assert refused(lambda: book.change(SECOND, key, late)) == {"": "record_changed"}
    assert refused(lambda: book.change(SECOND, key, late | {"value": "1100", "seen": "2"})) == {
        "value": "nothing_changed"
    }
    changed = view(room, key)
    assert changed.target.value == 1100.0
    assert [(step.act, step.text) for step in changed.steps] == [
        ("add", "政府工作报告"),
        ("change", "年中调整"),
    ]
    assert changed.steps[1].detail["from"]["value"] == 1200.0
    book.assign(EDITOR, key, {"seen": "2", "department": "ndrc"})
    assert view(room, key).owner == "ndrc"
    book.end(EDITOR, key, {"seen": "3", "reason": "并入新目标"})
    assert refused(lambda: view(room, key)) == {"": "unknown_target"}
    assert [step.act for step in book.book.steps([key])[key]] == ["add", "change", "owner", "end"]


def test_the_form_of_a_target_refuses_what_the_check_of_definitions_refuses(room: Services) -> None:
    book = room.plans_book
    for wrong, keys in (
        ({"indicator": "econ.fiscal.revenu"}, {"indicator": "unknown_code"}),
        ({"unit": "万元"}, {"unit": "target_unit"}),
        ({"due": "2027-03-31"}, {"due": "due_in_other_year"}),
        ({"op": "between", "upper": "900"}, {"value": "target_value"}),
        ({"value": ""}, {"value": "field_missing"}),
        ({"value": "1e99"}, {"value": "field_bounds"}),
        ({"plan": "datong2020"}, {"plan": "plan_elsewhere"}),
        ({"statement_zh": "", "source": ""}, {"statement_zh": "field_missing", "source": "field_missing"}),
    ):
        assert refused(lambda wrong=wrong: book.add_target(EDITOR, TARGET | wrong)) == keys
    assert refused(lambda: book.add_target(FINANCE, TARGET)) == {"": "forbidden"}
    book.add_target(EDITOR, TARGET)
    assert refused(lambda: book.add_target(EDITOR, TARGET)) == {"statement_zh": "target_exists"}


def test_a_plan_is_entered_by_form_and_holds_for_the_own_region(room: Services) -> None:
    book = room.plans_book
    given = {
        "id": "maoming2026",
        "name_zh": "茂名市数字政府“十五五”规划",
        "issued": "2026-10-01",
        "region": str(CITY),
        "source": "茂府〔2026〕1号",
    }
    assert refused(lambda: book.add_plan(EDITOR, given | {"id": "maoming2021"})) == {"id": "plan_exists"}
    assert refused(lambda: book.add_plan(EDITOR, given | {"id": "Mao Ming", "issued": "x"})) == {
        "id": "bad_plan_id", "issued": "field_day",
    }  # fmt: skip
    assert refused(lambda: book.add_plan(HEAD, given)) == {"": "forbidden"}
    book.add_plan(EDITOR, given)
    key = book.add_target(EDITOR, TARGET | {"plan": "maoming2026"})
    assert view(room, key).plan == given["name_zh"]
    assert next(one for one in book.page(LEADER, {}).plans if one.id == "maoming2026").own


# ---- evidence


def test_evidence_of_a_department_counts_once_it_is_accepted_and_the_board_says_so(room: Services) -> None:
    book, key = room.plans_book, milestone(room)
    book.assign(EDITOR, key, {"seen": "0", "department": "data"})
    shown = {"done_on": "2022-12-20", "title": "验收报告", "citation": "茂政数〔2022〕88号"}
    assert refused(lambda: book.hand_in(FINANCE, key, shown)) == {"": "forbidden"}
    assert refused(lambda: book.hand_in(DATA, key, shown | {"done_on": "2027-01-01", "title": ""})) == {
        "done_on": "day_in_future", "title": "field_missing",
    }  # fmt: skip
    piece = book.hand_in(DATA, key, shown)
    assert view(room, key).state == "unknown"
    assert [line.count for line in book.waiting(EDITOR, "zh")] == [1]
    assert refused(lambda: book.rule(DATA, piece, {"seen": "0", "ruling": "accepted"})) == {"": "forbidden"}
    assert refused(lambda: book.rule(EDITOR, piece, {"seen": "0", "ruling": "returned"})) == {
        "reason": "field_missing"
    }
    book.rule(EDITOR, piece, {"seen": "0", "ruling": "accepted"})
    assert refused(lambda: book.rule(SECOND, piece, {"seen": "0", "ruling": "accepted"})) == {
        "": "record_changed"
    }
    assert (view(room, key).state, view(room, key).shown_by) == ("done", "2022-12-20 验收报告")
    told = accepted(book.book)(view(room, key).target)  # what the board of the digital government asks
    assert told is not None
    assert (told.done_on, told.citation) == (date(2022, 12, 20), "茂政数〔2022〕88号")


def test_counties_see_the_own_targets_and_those_above_and_nothing_of_each_other(room: Services) -> None:
    targets = [one for one in room.plans_book.all() if one.plan == "maoming2021"]
    moment = int(room.clock().timestamp())
    room.targets.add(
        [type(targets[0])(**{**targets[0].__dict__, "region": GAOZHOU, "statement_zh": "高州建成平台"})],
        moment,
    )
    (mine,) = [one for one in room.plans_book.all() if one.region == GAOZHOU]
    assert view(room, key_of(mine), HEAD).place == "高州市"
    assert refused(lambda: view(room, key_of(mine), SIBLING)) == {"": "unknown_target"}
    assert "高州建成平台" not in {
        one.target.statement_zh for one in room.plans_book.page(SIBLING, {}).targets
    }
    expert = Actor("x", "x", "security_admin", (CITY,))
    assert room.plans_book.page(expert, {}).targets == ()


# ---- scorecards

CARD = {"title": "县区绩效", "year": "2026", "until": "2026-10", "subjects": "county"}


def version(services: Services, card: int) -> dict[str, str]:
    found = services.scorecards.store.card(card)
    assert found is not None
    return {"version": str(found.version)}


def put(services: Services, card: int, **line: str) -> None:
    services.scorecards.put(EDITOR, card, version(services, card) | line)


def made(services: Services) -> int:
    """A card of the counties: figures of two of them, and a line scored by hand."""
    card = services.scorecards.create(EDITOR, CARD)
    put(services, card, name="税收占比", way="reach", indicator=SHARE, weight="60", target="80")
    put(services, card, name="平台应用", way="hand", weight="40")
    figures(services, "econ.fiscal.tax", "2026-10", {GAOZHOU: 40.0, MAONAN: 90.0})
    figures(services, REVENUE, "2026-10", {GAOZHOU: 100.0, MAONAN: 100.0})
    return card


def score(services: Services, card: int, subject: int, points: str) -> None:
    given = {"subject": f"{subject:012d}", "item": "i2", "score": points, "evidence": "月度通报"}
    services.scorecards.give(EDITOR, card, version(services, card) | given)


def shown(services: Services) -> int:
    card = made(services)
    for subject, points in ((GAOZHOU, "90"), (MAONAN, "70")):
        score(services, card, subject, points)
    services.scorecards.show(EDITOR, card, version(services, card) | {"appeal_on": "2026-11-30"})
    return card


def points(
    services: Services, card: int, actor: Actor = EDITOR, edition: int | None = None
) -> dict[str, Any]:
    page = services.scorecards.page(actor, card, edition=edition)
    return {row.name: (row.total.score, row.total.judged, row.rank) for row in page.rows}


def test_scores_are_weighted_and_what_is_missing_is_no_zero(room: Services) -> None:
    card = made(room)
    score(room, card, GAOZHOU, "90")
    found = points(room, card)
    assert found["高州市"] == (pytest.approx(0.6 * 50 + 0.4 * 90), 100.0, 2)  # 40 of 100 against 80
    assert found["茂南区"] == (100.0, 60.0, 1)
    assert found["化州市"] == (None, 0.0, None)
    row = next(one for one in room.scorecards.page(EDITOR, card).rows if one.name == "茂南区")
    assert [(cell.score, cell.state) for cell in row.cells] == [(100.0, "scored"), (None, "unscored")]


def test_a_card_is_shown_once_its_weights_make_a_hundred(room: Services) -> None:
    card = room.scorecards.create(EDITOR, CARD)
    when = {"appeal_on": "2026-11-30"}
    assert refused(lambda: room.scorecards.show(EDITOR, card, version(room, card) | when)) == {
        "items": "no_items"
    }
    put(room, card, name="平台应用", way="hand", weight="40")
    issues = refused(lambda: room.scorecards.show(EDITOR, card, version(room, card) | when))
    assert issues == {"items": "weights_not_whole"}
    for wrong, keys in (
        (
            {"way": "reach", "indicator": "no.such", "weight": "60", "target": "1"},
            {"indicator": "unknown_indicator", "name": "field_missing"},
        ),
        (
            {"way": "reach", "indicator": SHARE, "weight": "0"},
            {"weight": "field_bounds", "target": "field_missing"},
        ),
        (
            {"way": "scale", "indicator": SHARE, "weight": "60", "zero": "5", "full": "5"},
            {"full": "same_bounds"},
        ),
        ({"name": "只评", "way": "hand", "weight": "60", "only": "999"}, {"only": "no_subjects"}),
    ):
        assert refused(lambda wrong=wrong: put(room, card, **wrong)) == keys
    assert refused(lambda: room.scorecards.create(FINANCE, CARD)) == {"": "forbidden"}
    assert refused(lambda: room.scorecards.create(EDITOR, CARD | {"until": "2025", "subjects": "department"})) == {
        "until": "other_year", "chosen": "no_subjects",
    }  # fmt: skip


def test_a_county_sees_its_own_scores_the_mean_and_its_rank_and_a_draft_is_nobody_elses(
    room: Services,
) -> None:
    card = made(room)
    assert room.scorecards.cards(HEAD) == room.scorecards.cards(LEADER) == ()
    assert refused(lambda: room.scorecards.page(HEAD, card)) == {"": "unknown_card"}
    card = shown(room)
    page = room.scorecards.page(HEAD, card)
    assert [(row.name, row.rank) for row in page.rows] == [("高州市", 2)]
    assert page.hidden == 4
    assert page.mean == pytest.approx((66 + 88) / 2)
    assert page.hands == ()
    assert len(room.scorecards.page(LEADER, card).rows) == 5
    file = openpyxl.load_workbook(io.BytesIO(room.scorecards.export(HEAD, card, Texts("zh"), "xlsx"))).active
    assert {row[0].value for row in file.iter_rows(min_row=2)} == {"高州市"}
    assert refused(lambda: room.scorecards.page(FINANCE, card)) == {"": "unknown_card"}


def test_what_was_shown_stays_when_figures_change_and_an_appeal_changes_only_its_score(
    room: Services, room_clock: RoomClock, room_told: list[Notice]
) -> None:
    cards, card = room.scorecards, shown(room)
    assert {one.region for one in room_told} >= {GAOZHOU, HUAZHOU}
    figures(room, "econ.fiscal.tax", "2026-10", {GAOZHOU: 80.0})
    assert points(room, card)["高州市"][0] == pytest.approx(66)
    appeal = {"subject": f"{GAOZHOU:012d}", "item": "i1", "text": "税收入库时点有误"}
    assert refused(lambda: cards.lodge(SIBLING, card, appeal)) == {"subject": "field_choice"}
    assert refused(lambda: cards.lodge(HEAD, card, appeal | {"text": ""})) == {"text": "field_missing"}
    number = cards.lodge(HEAD, card, appeal)
    assert refused(lambda: cards.lodge(HEAD, card, appeal)) == {"item": "appeal_waits"}
    assert cards.page(SIBLING, card).appeals == ()
    confirmed = version(room, card)
    assert refused(lambda: cards.confirm(EDITOR, card, confirmed)) == {"": "appeals_open"}
    room_clock.on(days=9)
    assert refused(lambda: cards.lodge(HEAD, card, appeal | {"item": "i2"})) == {"": "no_appeal"}
    assert refused(lambda: cards.confirm(EDITOR, card, confirmed)) == {
        "": "appeals_open"
    }  # one is not decided
    assert refused(lambda: cards.rule(HEAD, number, {"ruling": "upheld", "score": "80", "reason": "x"})) == {
        "": "forbidden"
    }
    assert refused(lambda: cards.rule(EDITOR, number, {"ruling": "upheld"})) == {
        "score": "field_missing",
        "reason": "field_missing",
    }
    cards.rule(EDITOR, number, {"ruling": "upheld", "score": "80", "reason": "情况属实"})
    again = {"ruling": "dismissed", "reason": "不属实"}
    assert refused(lambda: cards.rule(SECOND, number, again)) == {"": "record_changed"}
    cards.confirm(EDITOR, card, confirmed)
    assert points(room, card)["高州市"][0] == pytest.approx(0.6 * 80 + 0.4 * 90)
    assert points(room, card, edition=1)["高州市"][0] == pytest.approx(66)
    cell = cards.page(HEAD, card).rows[0].cells[0]
    assert (cell.score, cell.evidence) == (80.0, "情况属实")
    assert cards.known(EDITOR, card).state == CardState.CONFIRMED
    for act in (cards.recall, cards.withdraw):
        assert refused(lambda act=act: act(EDITOR, card, version(room, card) | {"text": "x"})) == {
            "": "not_now"
        }
    with pytest.raises(sa.exc.DatabaseError), cards.store.transaction() as connection:
        connection.execute(sa.update(tables.card_results).values(score=100.0))


def test_a_recalled_card_keeps_its_edition_and_is_worked_on_again(room: Services) -> None:
    cards, card = room.scorecards, shown(room)
    before = version(room, card)
    cards.recall(EDITOR, card, before | {"text": "数据有误"})
    assert refused(lambda: cards.withdraw(SECOND, card, before | {"text": "算了"})) == {"": "record_changed"}
    assert cards.cards(HEAD) == ()
    put(room, card, item="i2", name="平台应用", way="hand", weight="30")
    put(room, card, name="值守", way="hand", weight="10")
    cards.show(EDITOR, card, version(room, card) | {"appeal_on": "2026-11-30"})
    assert cards.page(EDITOR, card).editions == (1, 2)
    assert [item.id for item in cards.page(EDITOR, card).items] == ["i1", "i2", "i3"]
    assert [item.weight for item in cards.page(EDITOR, card, edition=1).items] == [60.0, 40.0]


def test_departments_are_judged_by_their_targets_and_supervised_items(room: Services) -> None:
    cards = room.scorecards
    card = cards.create(EDITOR, CARD | {"subjects": "department", "chosen": "data,finance"})
    put(room, card, name="规划目标", way="targets", weight="50")
    put(room, card, name="督办", way="supervision", weight="30", only="data")
    put(room, card, name="税收占比", way="reach", indicator=SHARE, weight="30", target="80", only="finance")
    put(room, card, name="考评", way="hand", weight="20")
    first, second = (
        one.key
        for one in room.plans_book.page(EDITOR, {"plan": "maoming2021"}).targets
        if one.target.year != 2021
    )
    for key in (first, second):
        room.plans_book.assign(EDITOR, key, {"seen": "0", "department": "data"})
    room.plans_book.hand_in(EDITOR, first, {"done_on": "2023-12-01", "title": "验收", "citation": "附件"})
    item = room.supervision.dispatch(
        LEADER, f"hand:{CITY}", {"title": "x", "department": "data", "instruction": "x", "days": "5"}
    )
    unit = Actor("u", "u", "unit", (CITY,), department="data")
    for step, told in (("sign", {}), ("answer", {"cause": "x", "measure": "y", "expected_on": "2026-12-30"})):
        found = room.supervision.store.item(item)
        assert found is not None
        getattr(room.supervision, step)(unit, item, told | {"version": str(found.version)})
    page = cards.page(EDITOR, card)
    rows = {row.code: {cell.item: (cell.score, cell.state) for cell in row.cells} for row in page.rows}
    assert rows["data"] == {"i1": (50.0, "scored"), "i2": (None, "nothing"), "i4": (None, "unscored")}
    assert rows["finance"] == {"i1": (None, "not_due"), "i3": (None, "missing"), "i4": (None, "unscored")}
    whole = cards.create(EDITOR, CARD | {"until": "2026", "subjects": "department", "chosen": "data"})
    put(room, whole, name="督办", way="supervision", weight="100")
    assert (
        cards.page(EDITOR, whole).rows[0].total.score == 100.0
    )  # dispatched after October, answered in time
    cards.show(EDITOR, whole, version(room, whole) | {"appeal_on": "2026-12-30"})
    assert [row.code for row in cards.page(DATA, whole).rows] == ["data"]
    assert refused(lambda: cards.page(FINANCE, whole)) == {"": "unknown_card"}
