"""The data desk: what is due, templates that fit, doubts at their cells, release at the calendar time, one cell."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from data_access import engine as engines
from data_access import packs
from data_access.accounts import Account, AccountStore, Grant
from data_access.config import IntakeSettings, StoreSettings
from data_access.definitions import LIBRARY
from data_access.desk import DeskStore, Sheet
from data_access.migrations import create_schema
from data_access.observations import ObservationStore
from data_access.targets import TargetStore
from indicators import periods
from indicators.aggregation import Demand
from indicators.catalog import assemble, entries, layered
from indicators.errors import CockpitError
from services import desk_sheets
from services.access import Actor
from services.definitions import files_of
from services.desk import Desk
from services.desk_calendar import ReleaseCalendar
from services.desk_preview import DeskPreview, Overlaid
from services.desk_release import Correction, DeskRelease
from services.desk_sheets import HEADERS
from services.desk_views import ERROR, WARNING
from services.intake import Bundle, Intake
from services.mapping import CATALOGUE_TERMS

ROOT = Path(__file__).resolve().parents[2]
MAOMING, GAOZHOU, DIANBAI = 440900000000, 440981000000, 440904000000
REVENUE = "econ.fiscal.revenue"
OFFSET = timedelta(hours=8)
NAUGHTY = json.loads((ROOT / "tests/cases/text/blns.json").read_text("utf-8"))["strings"]


@cache
def a_pack():
    return packs.load_pack(ROOT / "packs" / "440900")


@cache
def a_catalog():
    found = files_of(a_pack().files("indicators", "*.yaml"), LIBRARY)
    return assemble(layered(entries(found.sources())), 1)


class Judge:
    def evaluate_pending(self, now):
        return None


class Room:
    """A desk on a store of its own, with a clock that stands still until it is moved."""

    def __init__(self, engine, catalog=None, **settings):
        self.now = datetime(2026, 10, 28, 1, tzinfo=UTC)
        self.figures, self.people = ObservationStore(engine), AccountStore(engine)
        self.store = DeskStore(engine)
        catalog = catalog or a_catalog()
        self.intake = Intake(
            self.figures, partial(engines.transaction, engine), lambda: catalog, a_pack().tree, TargetStore(engine),
            Judge(), settings=IntakeSettings(**settings), clock=lambda: self.now, zone=ZoneInfo("Asia/Shanghai"),
        )  # fmt: skip
        self.calendar = ReleaseCalendar(self.figures, catalog, a_pack().tree, OFFSET)
        self.desk = Desk(
            self.store, self.figures, self.intake, self.calendar, catalog, a_pack().tree, CATALOGUE_TERMS,
            lambda: self.now, most_cells=300_000,
        )  # fmt: skip
        self.release = DeskRelease(
            self.store, self.figures, self.desk, self.intake, self.calendar, catalog, a_pack().tree, self.people,
            self, lambda: self.now,
        )  # fmt: skip
        self.told = []

    def put(self, connection, notices):
        """Takes what people are told."""
        self.told += [(one.to, one.kind, one.address) for one in notices]
        return len(notices)

    def account(self, who):
        grants = tuple(Grant(region, who.systems) for region in who.regions)
        account = Account(who.id, who.name, who.name, who.role, grants=grants, department=who.department)
        self.people.create(account, "x", at=0, actor="test")

    def value(self, indicator, region, period):
        found = self.figures.answer(Demand((indicator,), (region,), period, period))
        return [
            (float(value), int(load))
            for value, load in zip(found.column("value"), found.column("load"), strict=True)
        ]

    def upload(self, who, *rows, name="上报.csv"):
        return self.desk.upload(who, name, a_table(*rows), None)


CLERK = Actor("c1", "clerk", "clerk", (MAOMING,), department="finance")
COUNTY = Actor("c2", "gaozhou", "clerk", (GAOZHOU,), department="finance")
OTHER = Actor("c3", "dianbai", "clerk", (DIANBAI,), department="finance")
STATISTICS = Actor("c4", "stats", "clerk", (MAOMING,), department="stats")
EDITOR = Actor("e1", "editor", "editor", (MAOMING,))
LEADER = Actor("l1", "leader", "leader", (MAOMING,))


@cache
def an_empty_store():
    """The bytes of a store without a row: made once, copied by every test."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        engine = engines.create_engine(StoreSettings(url=f"sqlite:///{path}"))
        create_schema(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        return path.read_bytes()


@pytest.fixture
def room(tmp_path):
    (tmp_path / "store.db").write_bytes(an_empty_store())
    engine = engines.create_engine(StoreSettings(url=f"sqlite:///{tmp_path}/store.db"))
    yield Room(engine)
    engine.dispose()


def a_table(*rows, header="指标代码,区划代码,期别,数值,状态,缺报原因"):
    return "\n".join([header, *rows, ""]).encode()


def a_row(value, region=MAOMING, period="2026-08", indicator=REVENUE, status="", reason=""):
    return f"{indicator},{region},{period},{value},{status},{reason}"


def a_bundle(room, *rows):
    """Rows for the intake itself: what the store holds before the desk begins."""
    lines = [tuple(line.split(",")) for line in a_table(*rows).decode().splitlines()]
    sheets = (Sheet("", tuple(range(1, len(lines) + 1)), tuple(lines)),)
    digest = sha256(a_table(*rows)).hexdigest()
    return Bundle("before", digest, lambda _: desk_sheets.tables(sheets, desk_sheets.chunks_of(sheets)))


def _seen(room, number):
    return room.store.delivery(number).revision


def _cells(room, number, line=2):
    sheet = desk_sheets.over(room.store.content(number), room.store.typed(number))[0]
    return sheet.rows[sheet.lines.index(line)]


def _at(day):
    return int(datetime.fromisoformat(f"{day}T00:00+08:00").timestamp())


def _period(year, month):
    return periods.months_key(year, month, month)


def marks(check, kind):
    return [(mark.issue.key, mark.address) for mark in check.marks if mark.kind == kind]


def refusal(call, *arguments):
    with pytest.raises(CockpitError) as refused:
        call(*arguments)
    return [(issue.key, issue.where) for issue in refused.value.issues]


# ---------------------------------------------------------------- what is due


def test_the_calendar_says_what_is_due_when_and_what_arrived(room):
    def of_august():
        found = room.calendar.releases(CLERK, "finance", MAOMING, room.now)
        return next(one for one in found if one.day == 20260831 and REVENUE in one.indicators)

    before = of_august()
    assert before.state == "late"  # due on 11 September, borne until 16 September
    assert (before.due, before.late) == (_at("2026-09-11"), _at("2026-09-16"))
    room.intake.take(CLERK, a_bundle(room, a_row("120.5")))
    figures = {(one.indicator, one.region): one.state for one in of_august().figures}
    assert figures[REVENUE, MAOMING] == "arrived"
    coming = [
        one for one in room.calendar.releases(CLERK, "finance", MAOMING, room.now) if one.day == 20261031
    ]
    assert {one.state for one in coming} == {"coming"}


def test_a_figure_that_is_said_to_be_missing_is_stated_and_no_longer_awaited(room):
    room.intake.take(CLERK, a_bundle(room, a_row("", status="缺报", reason="系统故障")))
    found = room.calendar.releases(CLERK, "finance", MAOMING, room.now)
    states = {one.state for r in found for one in r.figures if (one.indicator, r.day) == (REVENUE, 20260831)}
    assert states == {"stated"}


def test_a_department_is_asked_for_its_own_figures_and_for_none_that_are_computed(room):
    for actor, department in ((CLERK, "finance"), (STATISTICS, "stats")):
        codes = {
            c for r in room.calendar.releases(actor, department, MAOMING, room.now) for c in r.indicators
        }
        found = [a_catalog().get(code) for code in codes]
        assert found
        assert {one.department for one in found} == {department}
        assert not [one.code for one in found if one.formula]
    assert room.calendar.releases(CLERK, "stats", MAOMING, room.now) == ()
    assert room.calendar.departments(CLERK) == ("finance",)
    assert len(room.calendar.departments(EDITOR)) > 10


# ---------------------------------------------------------------- templates


def the_release(room, who=CLERK, day=20260831):
    found = room.calendar.releases(who, who.department, who.regions[0], room.now)
    return next(one for one in found if one.day == day and REVENUE in one.indicators)


def a_template(room, who=CLERK, **values):
    """The template of August, filled in: by indicator a value or a reason; nothing else is touched."""
    release = the_release(room, who)
    _, content = room.desk.template(who, "finance", who.regions[0], release.id)
    book = load_workbook(BytesIO(content))
    page = book.active
    for row in page.iter_rows(min_row=5):
        given = values.get(row[0].value.rsplit(".", 1)[1], values.get("rest"))
        if isinstance(given, str):
            row[8].value, row[9].value = "缺报", given
        elif given is not None:
            row[6].value = given
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_template_filled_in_comes_back_without_a_doubt(room):
    number = room.desk.upload(CLERK, "八月.xlsx", a_template(room, revenue=120.5, rest="本期不统计"))
    view = room.desk.delivery(CLERK, number, {})
    assert (view.head.kind, view.head.department, view.head.region) == ("template", "finance", MAOMING)
    assert view.check.counts[ERROR] == view.check.counts[WARNING] == 0
    assert view.check.figures == len(the_release(room).figures)
    assert view.earliest == _at("2026-09-11")


def test_a_row_left_empty_without_a_reason_is_an_error_at_its_cell(room):
    number = room.desk.upload(CLERK, "八月.xlsx", a_template(room, revenue=120.5))
    view = room.desk.delivery(CLERK, number, {})
    wrong = [mark for mark in view.check.marks if mark.kind == ERROR]
    assert {mark.issue.key for mark in wrong} == {"missing_unstated"}
    assert len(wrong) == len(the_release(room).figures) - 1
    assert all(mark.cell[2] == HEADERS.index("数值") for mark in wrong)


@pytest.mark.parametrize("who", [STATISTICS, COUNTY], ids=["another department", "another region"])
def test_a_template_of_somebody_else_is_refused_at_the_file(room, who):
    content = a_template(room, revenue=120.5, rest="本期不统计")
    assert refusal(room.desk.upload, who, "八月.xlsx", content) == [("template_of_other", "file")]
    assert room.store.deliveries() == []


def test_a_template_older_than_a_change_of_the_definitions_is_refused(room, tmp_path):
    content = a_template(room, revenue=120.5, rest="本期不统计")
    changed = Room(room.figures.engine, _with_another_unit())
    assert refusal(changed.desk.upload, CLERK, "八月.xlsx", content) == [("template_old", "file")]
    room.now += timedelta(days=200)
    assert refusal(room.desk.upload, CLERK, "八月.xlsx", content) == [("template_old", "file")]


def _with_another_unit():
    found = files_of(a_pack().files("indicators", "*.yaml"), LIBRARY)
    listed = entries(found.sources())
    for entry in listed:
        if entry.document.get("code") == REVENUE:
            entry.document["unit"] = "万元"
    return assemble(layered(listed), 2)


# ---------------------------------------------------------------- a delivery is a draft


def test_doubts_stand_at_their_cells(room):
    room.intake.take(CLERK, a_bundle(room, a_row("110", period="2025-08")))
    number = room.upload(
        CLERK, a_row("9000"), a_row("12", region="不存在县"), a_row("十二", region=GAOZHOU), a_row("")
    )
    check = room.desk.check(CLERK, number)
    assert set(marks(check, ERROR)) == {("unknown_region", "B3"), ("not_a_number", "D4")}
    assert set(marks(check, WARNING)) == {("sudden_jump", "D2"), ("missing_unstated", "D5")}


def test_what_is_typed_mends_a_cell_and_can_be_taken_back_step_by_step(room):
    number = room.upload(CLERK, a_row("十二"))
    mended = room.desk.type(CLERK, number, _seen(room, number), [(0, 2, 3, "120.5")])
    assert mended.counts[ERROR] == 0
    room.desk.type(CLERK, number, _seen(room, number), [(0, 2, 3, "121"), (0, 2, 4, "快报")])
    assert _cells(room, number)[3:5] == ("121", "快报")
    room.desk.take_back(CLERK, number, _seen(room, number))
    assert _cells(room, number)[3:5] == ("120.5", "")
    assert room.desk.take_back(CLERK, number, _seen(room, number)).counts[ERROR] == 1
    assert _cells(room, number)[3] == "十二"
    assert refusal(room.desk.take_back, CLERK, number, _seen(room, number)) == [("nothing_to_undo", "")]


def test_two_people_see_each_others_cells_before_writing_over_them(room):
    number = room.upload(CLERK, a_row("100"))
    seen = _seen(room, number)
    room.desk.type(CLERK, number, seen, [(0, 2, 3, "101")])
    assert refusal(room.desk.type, EDITOR, number, seen, [(0, 2, 3, "102")]) == [("record_changed", "")]
    assert _cells(room, number)[3] == "101"


def test_only_the_open_cells_of_a_template_can_be_typed_in(room):
    number = room.desk.open_grid(CLERK, "finance", MAOMING, the_release(room).id)
    seen = _seen(room, number)
    for cell in ((0, 5, 0, "x"), (0, 4, 6, "1"), (0, 5, 99, "1"), (0, 999, 6, "1"), (1, 5, 6, "1")):
        assert refusal(room.desk.type, CLERK, number, seen, [cell]) == [("not_typable", "")]
    assert room.desk.type(CLERK, number, seen, [(0, 5, 6, "1")]).figures == 1


def test_a_warning_is_accepted_for_a_reason_and_for_what_it_said(room):
    room.intake.take(CLERK, a_bundle(room, a_row("110", period="2025-08")))
    number = room.upload(CLERK, a_row("9000"))
    doubt = [("sudden_jump", "D2")]
    assert refusal(room.desk.accept, CLERK, number, _seen(room, number), doubt, " ") == [
        ("reason_missing", "reason")
    ]
    assert refusal(room.desk.accept, CLERK, number, _seen(room, number), [], "核对过") == [
        ("nothing_chosen", "pick")
    ]
    assert room.desk.accept(CLERK, number, _seen(room, number), doubt, "一次性入库，已核对") == 1
    assert room.desk.check(CLERK, number).clean
    changed = room.desk.type(CLERK, number, _seen(room, number), [(0, 2, 3, "9500")])
    assert marks(changed, WARNING) == doubt  # another figure is another doubt
    room.desk.take_back(CLERK, number, _seen(room, number))
    assert room.desk.check(CLERK, number).clean
    assert [one.reason for one in room.store.acceptances(number)] == ["一次性入库，已核对"]


@pytest.mark.parametrize("who", [COUNTY, STATISTICS, LEADER], ids=lambda who: who.name)
def test_nobody_else_sees_a_delivery_or_does_anything_with_it(room, who):
    number = room.upload(CLERK, a_row("120.5"))
    seen = _seen(room, number)
    unknown = [("unknown_delivery", "")]
    assert refusal(room.desk.delivery, who, number, {}) == unknown
    assert refusal(room.desk.type, who, number, seen, [(0, 2, 3, "1")]) == unknown
    assert refusal(room.release.release, who, number, seen) == unknown
    assert refusal(room.desk.delivery, who, number + 1000, {}) == unknown


def test_siblings_see_nothing_of_each_other(room):
    room.upload(COUNTY, a_row("20", region=GAOZHOU))
    assert room.desk.view(OTHER).deliveries == ()
    assert len(room.desk.view(COUNTY).deliveries) == len(room.desk.view(CLERK).deliveries) == 1
    assert refusal(room.desk.view, OTHER, "", GAOZHOU) == [("forbidden", "")]
    outside = room.upload(COUNTY, a_row("20", region=DIANBAI))
    assert marks(room.desk.check(COUNTY, outside), ERROR) == [("forbidden", "B2")]


def test_a_clerk_brings_no_figures_of_another_department(room):
    number = room.upload(STATISTICS, a_row("120.5"))
    assert marks(room.desk.check(STATISTICS, number), ERROR) == [("forbidden", "B2")]


@pytest.mark.parametrize("first", range(0, len(NAUGHTY), 200))
def test_any_text_is_kept_as_typed_and_told_at_its_cell(room, first):
    some = [text for text in NAUGHTY[first : first + 200] if text]
    number = room.upload(CLERK, *[a_row("1")] * len(some))
    cells = [(0, 2 + at, 3, text) for at, text in enumerate(some)]
    room.desk.type(CLERK, number, _seen(room, number), cells)
    view = room.desk.delivery(CLERK, number, {})
    kept = {one.line: one.text for one in room.store.typed(number)}
    assert [kept.get(2 + at, "1") for at in range(len(some))] == some
    assert all(mark.issue.what for mark in view.check.marks)


# ---------------------------------------------------------------- release


def test_nothing_is_released_with_an_error_or_a_doubt_that_nobody_accepted(room):
    room.intake.take(CLERK, a_bundle(room, a_row("110", period="2025-08")))
    wrong, doubted, empty = (room.upload(CLERK, row) for row in (a_row("十二"), a_row("9000"), ",,,,,"))
    for number, key in ((wrong, "errors_left"), (doubted, "warnings_left"), (empty, "errors_left")):
        assert refusal(room.release.release, CLERK, number, _seen(room, number)) == [(key, "")]


def test_what_is_due_is_released_at_once_and_the_rest_at_its_moment(room):
    room.account(CLERK)
    number = room.upload(CLERK, a_row("130.5", period="2026-10"))
    due = _at("2026-11-11")
    assert room.release.release(CLERK, number, _seen(room, number)) == due
    assert room.value(REVENUE, MAOMING, _period(2026, 10)) == []
    room.now = datetime.fromtimestamp(due - 1, UTC)
    assert room.release.due(room.now) == 0
    room.now = datetime.fromtimestamp(due, UTC)
    assert room.release.due(room.now) == 1
    head = room.store.delivery(number)
    assert head.state == "released"
    assert room.value(REVENUE, MAOMING, _period(2026, 10)) == [(130.5, head.load)]
    assert room.release.due(room.now) == 0
    at_once = room.upload(CLERK, a_row("120.5"))
    assert room.release.release(CLERK, at_once, _seen(room, at_once)) == 0
    assert [one[0] for one in room.value(REVENUE, MAOMING, _period(2026, 8))] == [120.5]


def test_what_waits_for_its_moment_is_taken_back_and_no_longer_released(room):
    room.account(CLERK)
    number = room.upload(CLERK, a_row("130.5", period="2026-10"))
    room.release.release(CLERK, number, _seen(room, number))
    assert refusal(room.desk.type, CLERK, number, _seen(room, number), [(0, 2, 3, "1")]) == [("not_open", "")]
    room.release.reopen(CLERK, number, _seen(room, number))
    assert room.release.due(room.now + timedelta(days=60)) == 0
    assert room.store.delivery(number).state == "draft"


@pytest.mark.parametrize("what", ["closed", "revoked"])
def test_who_may_no_longer_release_does_not_by_a_schedule_either(room, what):
    room.account(CLERK)
    number = room.upload(CLERK, a_row("130.5", period="2026-10"))
    room.release.release(CLERK, number, _seen(room, number))
    account = room.people.account("clerk")
    if what == "closed":
        room.people.set_disabled(account, True, at=1, actor="test")
    else:
        room.people.revoke(account, MAOMING, at=1, actor="test")
    room.now += timedelta(days=60)
    assert room.release.due(room.now) == 0
    head = room.store.delivery(number)
    assert (head.state, room.store.events(number)[-1].event) == ("draft", "failed")
    assert room.told == [(("clerk",), "desk.failed", f"/desk/{number}")]
    assert room.value(REVENUE, MAOMING, _period(2026, 10)) == []


def test_a_load_is_undone_and_what_it_replaced_returns(room):
    first = room.upload(CLERK, a_row("120.5"))
    room.release.release(CLERK, first, _seen(room, first))
    second = room.upload(CLERK, a_row("121.5"))
    room.release.release(CLERK, second, _seen(room, second))
    load = room.store.delivery(second).load
    assert refusal(room.release.reopen, CLERK, second, _seen(room, second)) == [("still_released", "")]
    room.release.undo(CLERK, load)
    assert [one[0] for one in room.value(REVENUE, MAOMING, _period(2026, 8))] == [120.5]
    assert room.desk.delivery(CLERK, second, {}).undone
    room.release.reopen(CLERK, second, _seen(room, second))
    room.desk.type(CLERK, second, _seen(room, second), [(0, 2, 3, "122")])
    room.release.release(CLERK, second, _seen(room, second))
    assert [one[0] for one in room.value(REVENUE, MAOMING, _period(2026, 8))] == [122.0]


# ---------------------------------------------------------------- one cell


def a_correction(**fields):
    usual = {
        "indicator": REVENUE,
        "region": "茂名市",
        "period": "2026-08",
        "value": "119.8",
        "yoy": "",
        "reason": "补记退库",
    }
    return Correction(**(usual | fields))


def test_one_cell_is_corrected_with_a_reason_and_the_old_value_remains(room):
    number = room.upload(CLERK, a_row("120.5"))
    room.release.release(CLERK, number, _seen(room, number))
    before = int(room.now.timestamp())
    room.now += timedelta(days=2)
    corrected = room.release.correct(CLERK, a_correction())
    assert [one[0] for one in room.value(REVENUE, MAOMING, _period(2026, 8))] == [119.8]
    then = room.figures.answer(
        Demand((REVENUE,), (MAOMING,), _period(2026, 8), _period(2026, 8), as_of=before)
    )
    assert then.column("value").tolist() == [120.5]
    head = room.store.delivery(corrected)
    load = next(one for one in room.figures.loads() if one.id == head.load)
    assert (head.kind, load.reason) == ("correction", "补记退库")
    assert "120.5→119.8" in head.title


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"reason": ""}, [("reason_missing", "reason")]),
        ({"value": "一百"}, [("not_a_number", "value")]),
        ({"value": ""}, [("value_missing", "value")]),
        ({"value": "120.5"}, [("value_same", "value")]),
        ({"indicator": "econ.nothing"}, [("unknown_indicator", "indicator")]),
        ({"region": "不存在县"}, [("unknown_region", "region")]),
        ({"period": "八月"}, [("period_unknown", "period")]),
        ({"period": "2019-08"}, [("nothing_to_correct", "period")]),
        ({"indicator": "econ.gdp.total"}, [("forbidden_figure", "indicator")]),
        ({"value": "9000"}, [("sudden_jump", "checked")]),
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_correction_is_refused_at_its_field(room, fields, wrong):
    for period, value in (("2025-08", "110"), ("2026-08", "120.5")):
        room.intake.take(CLERK, a_bundle(room, a_row(value, period=period)))
    found = refusal(room.release.correct, CLERK, a_correction(**fields))
    assert {where for _, where in found} == {where for _, where in wrong}
    if wrong[0][0] != "period_unknown":
        assert found == wrong
    assert [one[0] for one in room.value(REVENUE, MAOMING, _period(2026, 8))] == [120.5]
    if "9000" in fields.values():
        room.release.correct(CLERK, a_correction(value="9000", checked=True))
        assert [one[0] for one in room.value(REVENUE, MAOMING, _period(2026, 8))] == [9000.0]


@pytest.mark.parametrize("field", ["indicator", "region", "period", "value", "yoy", "reason"])
def test_any_text_in_the_form_of_a_correction_is_refused_at_a_field_or_kept_as_written(room, field):
    room.intake.take(CLERK, a_bundle(room, a_row("120.5")))
    fields = {"indicator", "region", "period", "value", "yoy", "reason", "checked"}
    for text in NAUGHTY[::40]:
        found = _corrected_or_refused(room, {"value": "119", "checked": True} | {field: text})
        if isinstance(found, CockpitError):
            assert {issue.where for issue in found.issues} <= fields
            assert all(issue.what for issue in found.issues)
            continue
        room.release.undo(CLERK, room.store.delivery(found).load)
        if field == "reason":
            assert text.strip() in [one.reason for one in room.figures.loads()]
    assert [one[0] for one in room.value(REVENUE, MAOMING, _period(2026, 8))] == [120.5]


def _corrected_or_refused(room, fields):
    try:
        return room.release.correct(CLERK, a_correction(**fields))
    except CockpitError as error:
        return error


def test_who_has_a_department_takes_back_own_loads_only(room):
    number = room.upload(EDITOR, a_row("120.5"))
    room.release.release(EDITOR, number, _seen(room, number))
    load = room.store.delivery(number).load
    assert not room.desk.delivery(CLERK, number, {}).undoable
    assert refusal(room.release.undo, CLERK, load) == [("forbidden", "")]
    assert [one.id for one in room.desk.view(CLERK).loads] == []
    assert [one.id for one in room.desk.view(EDITOR).loads] == [load]
    room.release.undo(EDITOR, load)


# ---------------------------------------------------------------- preview


def test_figures_laid_over_the_store_stand_instead_of_its_own_and_change_nothing(room):
    room.intake.take(CLERK, a_bundle(room, a_row("120.5"), a_row("100", period="2026-07")))
    number = room.upload(CLERK, a_row("121"), a_row("9.5", region=GAOZHOU))
    figures = DeskPreview(room.desk, room.figures, None, None, room.figures.items)._figures_of(CLERK, number)
    over = Overlaid(room.figures, figures)
    demand = Demand((REVENUE,), (MAOMING, GAOZHOU), 0, 2**62)

    def answered(source, asked=demand):
        rows = source.answer(asked)
        names = ("region", "period", "value")
        return set(zip(*(rows.column(name).tolist() for name in names), strict=True))

    before = {(MAOMING, _period(2026, 7), 100.0), (MAOMING, _period(2026, 8), 120.5)}
    assert answered(room.figures) == before
    assert answered(over) == {
        (MAOMING, _period(2026, 7), 100.0), (MAOMING, _period(2026, 8), 121.0), (GAOZHOU, _period(2026, 8), 9.5),
    }  # fmt: skip
    assert answered(over, replace(demand, as_of=2**40)) == before  # what was known then is not what may come
    assert answered(over, replace(demand, regions=(DIANBAI,))) == set()
    assert refusal(DeskPreview(room.desk, room.figures, None, None, dict).boards, COUNTY, number) == [
        ("unknown_delivery", "")
    ]
