"""Regions change: two people decide, old periods show old regions, nothing false follows, rights wait for a review."""

import json
import shutil
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import pytest

from data_access.accounts import AccountStore, Grant
from data_access.alerts import AlertStore
from data_access.config import load_settings
from data_access.engine import create_engine
from data_access.sources import files
from indicators.alerts import EventKind
from indicators.errors import CockpitError
from indicators.regions import Level
from services import region_forms
from services.access import SYSTEM, Actor
from services.answers import Question
from services.bootstrap import build
from services.scenes import until_of
from services.views import Choice, Face

TEXTS = json.loads((Path(__file__).parents[1] / "cases" / "text" / "blns.json").read_text())["strings"]
CITY, MAONAN, DIANBAI, GAOZHOU, NEW = (code * 10**6 for code in (440900, 440902, 440904, 440981, 440905))
EDITOR = Actor("e1", "editor", "editor", (CITY,))
SECOND = Actor("e2", "second", "editor", (CITY,))
PUBLISHER = Actor("p1", "publisher", "publisher", (CITY,))
LEADER = Actor("l1", "leader", "leader", (CITY,))
OF_GAOZHOU = Actor("e3", "gaozhou", "editor", (GAOZHOU,))
SECURITY = Actor("s1", "security", "security_admin", (CITY,))
MERGER = {"kind": "merge", "day": "2026-07-01", "old": "440902 440904", "code.1": "440905", "name.1": "茂电区",
          "name_en.1": "Maodian", "note": "粤府函〔2026〕88号"}  # fmt: skip
FIGURES = ("proj.invest.ytd", "proj.invest.year_plan", "econ.ind.va_growth", "proj.issue.open")


class City:
    """The product on a store of its own; rebuilt as running servers rebuild it."""

    def __init__(self, settings, now):
        self.settings, self.now, self.numbers = settings, now, count()
        self.services = build(settings, clock=lambda: self.now[0])

    @property
    def regions(self):
        return self.services.region_changes

    @property
    def tree(self):
        return self.services.tree

    def propose(self, actor=EDITOR, **fields):
        return self.regions.propose_form(actor, {**MERGER, **fields})

    def change(self, **fields):
        """A change proposed by one and confirmed by another, in force in a new bundle."""
        number = self.propose(**fields)
        self.regions.confirm(PUBLISHER, number, 1)
        self.services = self.services.renewed()
        return number

    def load(self, folder, *lines):
        path = folder / f"{next(self.numbers)}.csv"
        path.write_text("\n".join(["指标代码,区划,期别,数值,累计", *lines]), encoding="utf-8")
        return self.services.intake.load(SYSTEM, files.from_path(path, 10**6))

    def value(self, code, region, period, **more):
        line = self.line(code, region, period, **more)
        return None if line is None else line.value

    def line(self, code, region, period, **more):
        answer = self.services.query.ask(SYSTEM, Question((code,), (region,), (period,), **more))
        return answer.row(code, region)

    def events(self, *regions):
        store = AlertStore(self.services.alerts._store._engine)
        return [event for _, event in store.latest_events(regions, 1000)]


def a_copy(store, folder):
    """Settings that name a copy of a store."""
    for file in store.parent.glob(f"{store.name}*"):
        shutil.copy(file, folder)
    return load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{folder / store.name}"})


NOW = datetime(2026, 10, 28, 2, tzinfo=UTC)


@pytest.fixture
def now():
    return [NOW]


@pytest.fixture
def city(published, tmp_path, now):
    """The published figures and the regions of the pack."""
    return City(a_copy(published, tmp_path), now)


@pytest.fixture(scope="module")
def before(published, tmp_path_factory):
    """A store with figures of two counties from before they change."""
    folder = tmp_path_factory.mktemp("before")
    city = City(a_copy(published, folder), [NOW])
    lines = []
    for year, last in ((2025, 12), (2026, 6)):
        for month in range(1, last + 1):
            for region, base in ((440902, 10), (440904, 20)):
                lines.append(f"proj.invest.ytd,{region},{year}-{month:02d},{base * month},是")
                lines.append(f"econ.ind.va_growth,{region},{year}-{month:02d},6.{month % 10},是")
    for region, plan in ((440902, 100), (440904, 300)):
        lines.append(f"proj.invest.year_plan,{region},2026-06,{plan},")
        lines += [f"proj.issue.open,{region},2026-06-{day:02d},2," for day in (28, 29, 30)]
    assert city.load(folder, *lines).state == "stored"
    return folder / "city.db"


@pytest.fixture
def filled(before, tmp_path, now):
    """With these figures, before the change."""
    return City(a_copy(before, tmp_path), now)


@pytest.fixture(scope="module")
def merged(before, tmp_path_factory):
    """With these figures, after the change and with one figure of the new region; nobody changes it."""
    folder = tmp_path_factory.mktemp("merged")
    city = City(a_copy(before, folder), [NOW])
    city.services.accounts.create(SYSTEM, "maonan", "茂南区区长", "county_head", (MAONAN,))
    city.change()
    city.load(folder, "proj.invest.ytd,440905,2026-07,230,是")
    return city


def month_key(month):
    return until_of(f"2026-{month:02d}")


def refused(step, *arguments, **options):
    with pytest.raises(CockpitError) as error:
        step(*arguments, **options)
    return error.value


def wrong(error):
    return {(issue.key, issue.where) for issue in error.issues}


# -- two people ----------------------------------------------------------------------------------------------


def test_a_change_is_in_force_when_another_person_has_confirmed_it(city):
    number = city.propose()
    assert city.services.renewed().tree.children(CITY) == city.tree.children(CITY)
    assert refused(city.regions.confirm, EDITOR, number, 1).key == "same_person"
    city.regions.confirm(SECOND, number, 1)
    tree = city.services.renewed().tree
    assert (tree.valid(NEW), tree.valid(MAONAN), tree.name(NEW)) == (True, False, "茂电区")
    states = [step.state for step in city.regions.proposal(EDITOR, number).steps]
    assert states == ["proposed", "confirmed", "effective"]


def test_whoever_is_late_is_told_and_nothing_is_done_twice(city):
    number = city.propose()
    city.regions.give_back(PUBLISHER, number, 1, "缺批复文件")
    assert refused(city.regions.confirm, SECOND, number, 1).key == "record_changed"
    line = city.regions.proposal(EDITOR, number)
    assert (line.state, line.steps[-1].note) == ("returned", "缺批复文件")
    assert wrong(refused(city.regions.give_back, PUBLISHER, city.propose(), 1, " ")) == {
        ("reason_missing", "note")
    }


def test_a_confirmed_change_is_checked_once_more_and_may_be_taken_back_before_its_day(city):
    first = city.propose(day="2027-01-01")
    twice = city.propose(day="2027-02-01")
    city.regions.confirm(PUBLISHER, first, 1)
    assert refused(city.regions.confirm, PUBLISHER, twice, 1).key == "region_not_in_force"
    city.regions.withdraw(SECOND, first, 2, "推迟")
    city.regions.confirm(PUBLISHER, twice, 1)
    late = city.change(kind="rename", day="2026-10-01", old="", **{"code.1": "440981", "name.1": "高凉市"})
    assert refused(city.regions.withdraw, EDITOR, late, 3, "不要了").key == "region_in_force"


def test_what_is_to_come_takes_effect_on_its_day_without_a_restart(city, now):
    city.change(day="2026-11-01")
    assert (city.tree.valid(MAONAN), city.tree.valid(NEW)) == (True, False)
    assert city.regions.take_effect() == 0
    before = city.services.standing()
    now[0] = datetime(2026, 10, 31, 16, 1, tzinfo=UTC)
    assert city.regions.take_effect() == 1
    assert city.services.standing() != before
    tree = city.services.renewed().tree
    assert (tree.valid(MAONAN), tree.valid(NEW)) == (False, True)
    assert city.regions.take_effect() == 0


def test_who_answers_for_one_county_changes_nothing_of_the_others(city):
    assert refused(city.propose, OF_GAOZHOU).key == "forbidden"
    assert refused(city.propose, LEADER).key == "forbidden"
    number = city.propose()
    assert city.regions.all(OF_GAOZHOU) == ()
    assert refused(city.regions.proposal, OF_GAOZHOU, number).key == "unknown_proposal"
    assert refused(city.regions.confirm, OF_GAOZHOU, number, 1).key == "unknown_proposal"
    own = city.propose(OF_GAOZHOU, kind="rename", old="", **{"code.1": "440981100", "name.1": "谢鸡新镇"})
    assert [one.id for one in city.regions.all(OF_GAOZHOU)] == [own]
    assert {line.code // 10**6 for line in city.regions.on(OF_GAOZHOU)} == {440981}


def test_what_waits_is_told_to_those_who_may_decide(city):
    city.propose()
    assert [line.count for line in city.regions.waiting(PUBLISHER, "zh")] == [1]
    assert [line.count for line in city.regions.waiting(EDITOR, "zh")] == [0]
    assert city.regions.waiting(LEADER, "zh") == ()


def test_the_preview_counts_what_a_change_touches(filled):
    view = filled.regions.proposal(PUBLISHER, filled.propose()).affected
    assert (view.ended, view.begun, view.mapped) == (("茂南区", "电白区"), ("茂电区",), ("茂电区",))
    assert view.figures >= 78
    assert view.outlines == ("茂电区",)
    assert view.missing == ()


# -- by form and by file -------------------------------------------------------------------------------------


def test_every_mistake_of_a_form_stands_at_its_field(city):
    error = refused(city.propose, day="明天", old="440999", **{"code.1": "44090", "name.1": ""})
    assert {("bad_day", "day"), ("bad_length", "code.1")} <= wrong(error)
    assert wrong(refused(city.propose, kind="vanish")) == {("region_kind", "kind")}
    assert ("name_missing", "name.1") in wrong(refused(city.propose, **{"name.1": ""}))


def test_any_text_is_stored_as_written_or_refused_at_its_field(city):
    before = len(city.regions.all(EDITOR))
    kept, fields = 0, set()
    for text in TEXTS:
        form = {**MERGER, "name.1": text, "name_en.1": "", "note": text}
        try:
            change = region_forms.from_form(form, city.tree)
        except CockpitError as error:
            fields |= {issue.where for issue in error.issues}
        else:
            kept += 1
            assert (change.new[0].name, change.note) == (text.strip(), text.strip())
    assert fields == {"name.1"}
    assert kept > 200
    assert len(city.regions.all(EDITOR)) == before


ROWS = [
    "类型,生效日,旧代码,新代码,新名称,英文名,上级,计入方式,文件依据",
    "合并,2026-07-01,440902,440905,茂电区,Maodian,,,批复",
    "合并,2026-07-01,电白区,440905,茂电区,Maodian,,,批复",
    "换代码,2026-08-01,440982,440983,,,,,对调",
    "换代码,2026-08-01,440983,440982,,,,,对调",
    "划转,2026-09-01,440981100,,,,440905,,",
    "功能区,2026-09-01,,440905401,滨海新区,Binhai,440905,其中,",
    "更名,2026-09-01,440981,,高凉市,Gaoliang,,,",
]


def test_a_file_is_one_proposal_and_its_rows_belong_together(city):
    for encoding in ("utf-8", "gb18030"):
        number = city.regions.propose_file(EDITOR, "变更.csv", "\n".join(ROWS).encode(encoding))
        lines = city.regions.proposal(EDITOR, number).changes
        assert [line.kind for line in lines] == ["merge", "recode", "transfer", "zone", "rename"]
        assert lines[0].before == ("茂南区 440902", "电白区 440904")
        assert lines[3].inside
    city.regions.confirm(PUBLISHER, number, 1)
    tree = city.services.renewed().tree
    assert (tree.name(440982 * 10**6), tree.name(440983 * 10**6)) == ("信宜市", "化州市")
    assert tree.parent(440981100 * 1000) == NEW
    assert tree.find("高州市").code == GAOZHOU


def test_mistakes_in_a_file_stand_at_their_cells_and_nothing_is_kept(city):
    bad = [
        *ROWS[:2],
        "合并,去年,440904,440905,茂电区,,,,",
        "消失,2026-07-01,440904,,,,,,",
        "划转,2026-07-01,440981100,,,,440999,,",
    ]
    error = refused(city.regions.propose_file, EDITOR, "坏.csv", "\n".join(bad).encode())
    assert {("bad_day", "B3"), ("region_kind", "A4"), ("unknown_region", "G5")} <= wrong(error)
    assert city.regions.all(EDITOR) == ()
    assert refused(city.regions.propose_file, EDITOR, "空.csv", b"").issues
    assert refused(city.regions.propose_file, EDITOR, "x.xlsx", b"PK\x03\x04 no workbook").issues


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_template_is_read_as_it_was_written(city, ending):
    """Its example is the merger of 2014, which is refused here since the codes of then are no more."""
    error = refused(city.regions.propose_file, EDITOR, f"模板.{ending}", region_forms.template(ending))
    assert {issue.key for issue in error.issues} <= {"region_changed_later", "region_not_in_force"}


OUTLINE = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"code": "440905"},
           "geometry": {"type": "Polygon", "coordinates": [[[110.8, 21.5], [111.2, 21.5], [111.2, 21.9], [110.8, 21.5]]]}}]}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["no json", "[]", json.dumps(OUTLINE).replace("440905", "440981"), json.dumps(OUTLINE).replace("110.8", "21.5"),
     json.dumps(OUTLINE).replace("Polygon", "Point"), '{"type":"FeatureCollection","features":[]}'],
)  # fmt: skip
def test_an_outline_that_cannot_be_drawn_is_refused_at_its_field(city, text):
    assert wrong(refused(city.regions.propose_form, EDITOR, MERGER, text)) == {("bad_outlines", "boundaries")}


# -- old periods, old regions --------------------------------------------------------------------------------


def test_old_periods_show_old_regions_and_new_ones_the_new(merged):

    def seen(**choice):
        view = merged.services.boards.view("projects", LEADER, Choice(indicator="proj.invest.ytd", **choice))
        return view, [place.code for place in view.children]

    _, now = seen()
    assert NEW in now
    assert MAONAN not in now
    view, then = seen(period="2026-05")
    assert {MAONAN, DIANBAI} <= set(then)
    assert NEW not in then
    view, _ = seen(region=str(MAONAN))
    assert view.ground.ended == date(2026, 6, 30)
    assert [place.code for place in view.ground.heirs] == [NEW]
    view, _ = seen(region=str(NEW), period="2026-05")
    assert view.ground.begun == date(2026, 7, 1)
    assert {place.code for place in view.ground.before} == {MAONAN, DIANBAI}


def test_sums_of_the_city_are_made_of_the_regions_of_their_time(merged):
    answer = merged.services.query.ask(
        SYSTEM, Question(("proj.invest.ytd",), (CITY,), since=month_key(6), until=month_key(7))
    )
    assert [(line.value, line.reported, line.expected) for line in answer] == [(180, 2, 5), (230, 1, 4)]


def test_a_series_on_todays_boundaries_adds_up_recomputes_ratios_and_says_what_it_cannot(merged):
    ask = merged.services.query.ask
    then = ask(SYSTEM, Question(("proj.invest.ytd",), (NEW,), periods=(month_key(6),))).row(
        "proj.invest.ytd", NEW
    )
    assert (then.value, then.reason) == (None, "no_region")
    later = ask(SYSTEM, Question(("proj.invest.ytd", "proj.invest.completion_rate", "econ.ind.va_growth"), (NEW,),
                                 since=month_key(5), until=month_key(9), mapped=True))  # fmt: skip
    lines = {(line.indicator, line.period // 10**9): line for line in later}
    june = lines["proj.invest.ytd", 202606]
    assert (june.value, june.origin) == (180, "restated")
    assert lines["proj.invest.completion_rate", 202606].value == pytest.approx(100 * 180 / 400)
    growth = lines["econ.ind.va_growth", 202606]
    assert (growth.value, growth.reason) == (None, "boundary")


def test_no_growth_rate_crosses_the_change_unless_both_ends_are_on_one_ground(merged):
    ask = merged.services.query.ask
    plain, mapped = (
        ask(SYSTEM, Question(("proj.invest.ytd",), (NEW,), until=month_key(7), mapped=mapped,
                             measures=("yoy_pct", "mom_pct"))).row("proj.invest.ytd", NEW)
        for mapped in (False, True)
    )  # fmt: skip
    assert plain.yoy is None
    assert plain.measures == {"yoy_pct": None, "mom_pct": None}
    assert mapped.yoy == pytest.approx(100 * (230 / 210 - 1))
    assert mapped.measures["mom_pct"] is not None


def test_the_map_of_a_merged_region_is_put_together_and_that_of_old_periods_is_the_old_one(merged):
    maps = merged.services.maps
    now = maps.geometry(LEADER, CITY, Level.COUNTY)
    then = maps.geometry(LEADER, CITY, Level.COUNTY, merged.tree.at(date(2026, 6, 30)))
    assert NEW in now.codes
    assert MAONAN not in now.codes
    assert {MAONAN, DIANBAI} <= set(then.codes)
    assert maps.geometry(LEADER, CITY, Level.COUNTY, tag=then.tag).content() == then.content()
    assert maps.geometry(LEADER, CITY, Level.COUNTY, tag=now.tag).content() == now.content()
    assert now.bounds == pytest.approx(then.bounds, abs=1e-3)
    towns = maps.geometry(LEADER, NEW, Level.TOWN)
    assert len(towns.codes) == 34


def test_a_new_outline_is_drawn_from_its_day_on(city):
    number = city.regions.propose_form(EDITOR, MERGER, json.dumps(OUTLINE))
    city.regions.confirm(PUBLISHER, number, 1)
    city.services = city.services.renewed()
    drawn = json.loads(city.services.maps.geometry(LEADER, CITY, Level.COUNTY).content())
    shape = next(one for one in drawn["features"] if one["properties"]["code"] == str(NEW))
    assert len(shape["geometry"]["coordinates"][0][0]) == 4


def test_search_finds_a_region_by_the_name_that_it_had(merged):
    found = {
        hit.name: hit
        for group in merged.services.search.find(LEADER, "茂南区", "zh")
        if group.kind == "region"
        for hit in group.hits
    }
    assert f"{NEW:012d}" in {hit.key for hit in found.values()}
    assert any("茂南区" in hit.detail for hit in found.values())


# -- nothing false follows -----------------------------------------------------------------------------------


def test_open_warnings_of_a_region_that_is_no_more_resolve_and_none_arises_from_the_change(
    filled, tmp_path, now
):
    filled.load(tmp_path, *(f"econ.ind.va_growth,{region},2026-06,-4,是" for region in (440902, 440904)))
    opened = {event.region for event in filled.events(MAONAN, DIANBAI) if event.kind == EventKind.OPEN}
    assert opened == {MAONAN, DIANBAI}
    filled.change()
    filled.services.alerts.tick(now[0])
    closed = [event for event in filled.events(MAONAN, DIANBAI) if event.kind == EventKind.RESOLVE]
    assert {event.region for event in closed if event.cause == 5} == {MAONAN, DIANBAI}
    assert not filled.services.alerts.open_alerts(SYSTEM, (MAONAN, DIANBAI))
    filled.load(tmp_path, *(f"proj.issue.open,440905,2026-07-{day:02d},4," for day in range(1, 6)))
    assert not [event for event in filled.events(NEW) if event.rule == "proj.issue.open"]
    filled.load(tmp_path, "proj.issue.open,440905,2026-07-06,4,", "proj.invest.ytd,440905,2026-07,215,是")
    assert not filled.events(NEW)


def test_a_total_that_breaches_on_its_own_account_is_told(filled, tmp_path):
    """The territory had not breached the bound before the change: what comes after it is no artefact."""
    filled.load(tmp_path, *(f"proj.issue.open,{region},2026-06-30,1," for region in (440902, 440904)))
    filled.change()
    filled.load(tmp_path, "proj.issue.open,440905,2026-07-01,30,")
    assert [event.kind for event in filled.events(NEW) if event.rule == "proj.issue.open"] == [EventKind.OPEN]


def test_figures_of_a_region_that_was_no_more_are_refused_at_their_cell(filled, tmp_path):
    filled.change()
    report = filled.load(
        tmp_path, "proj.invest.ytd,440902,2026-07,80,是", "proj.invest.ytd,440902,2026-06,61,是"
    )
    issue = next(issue for issue in report.issues if issue.key == "region_ended")
    assert issue.params["heirs"] == "茂电区"
    assert issue.where.endswith("B2")


def test_a_zone_reports_through_its_county_and_is_not_counted_twice(filled, tmp_path):
    zone = {"kind": "zone", "old": "", "parent": "440904", "day": "2026-01-01"}
    filled.change(**zone, **{"code.1": "440904401", "name.1": "滨海新区", "counted": "inside"})
    towns = filled.tree.children(DIANBAI, territories_only=True)[:2]
    filled.load(tmp_path, *(f"proj.issue.open,{code // 1000},2026-09-01,3," for code in towns),
                "proj.issue.open,440904401,2026-09-01,2,")  # fmt: skip
    ask = filled.services.query.ask
    inside = ask(SYSTEM, Question(("proj.issue.open",), (DIANBAI,), until=month_key(9), children=True))
    assert inside.row("proj.issue.open", DIANBAI).value == 6
    assert inside.row("proj.issue.open", 440904401000).value == 2
    filled.change(**{**zone, "day": "2026-09-01"}, **{"code.1": "440904401", "counted": "beside"})
    beside = filled.services.query.ask(SYSTEM, Question(("proj.issue.open",), (DIANBAI,), until=month_key(9)))
    assert beside.row("proj.issue.open", DIANBAI).value == 8


# -- rights --------------------------------------------------------------------------------------------------


HEAD = Actor("m1", "maonan", "county_head", (MAONAN,))


def test_a_right_to_a_dead_code_goes_on_for_the_old_periods_and_is_not_widened(merged):
    boards = merged.services.boards
    own = boards.home(HEAD, Choice())
    assert own.place.code == MAONAN
    assert own.ground.ended == date(2026, 6, 30)
    for region in (NEW, DIANBAI):
        view = boards.home(HEAD, Choice(region=str(region)))
        assert isinstance(view.face, Face)
        assert view.face.kind == "forbidden"
    assert refused(merged.services.query.ask, HEAD, Question(("proj.invest.ytd",), (NEW,))).key == "forbidden"
    town = merged.tree.children(NEW)[0]
    then = Question(("proj.invest.ytd",), (town,), until=month_key(5))
    assert merged.services.query.ask(HEAD, then).row("proj.invest.ytd", town) is not None
    assert (
        refused(merged.services.query.ask, HEAD, Question(("proj.invest.ytd",), (town,))).key == "forbidden"
    )


def test_the_security_administrator_reviews_such_rights(merged, tmp_path, now):
    settings = a_copy(Path(merged.settings.store.url.removeprefix("sqlite:///")), tmp_path)
    grants = City(settings, now).services.region_grants
    assert refused(grants.all, EDITOR).key == "forbidden"
    line = grants.all(SECURITY)[0]
    assert (line.name, line.place, line.heirs) == ("maonan", "茂南区", ((NEW, "茂电区"),))
    assert [one.count for one in grants.waiting(SECURITY, "zh")] == [1]
    assert wrong(refused(grants.decide, SECURITY, line.account, MAONAN, "moved", "")) == {
        ("reason_missing", "reason")
    }
    grants.decide(SECURITY, line.account, MAONAN, "moved", "改任茂电区")
    held = {grant.region for one in AccountStore(create_engine(settings.store)).all() if one.name == "maonan"
            for grant in one.grants}  # fmt: skip
    assert held == {MAONAN, NEW}
    assert grants.all(SECURITY)[0].decision == "moved"
    assert refused(grants.decide, SECURITY, line.account, MAONAN, "kept", "再来").key == "record_changed"
    assert grants.waiting(SECURITY, "zh")[0].count == 0


def test_no_new_right_is_given_to_a_dead_code(merged):
    error = refused(merged.services.accounts.grant, SECURITY, "maonan", DIANBAI)
    assert error.key == "region_ended"
    assert Grant(DIANBAI) not in merged.services.accounts.listing(SYSTEM)[0].grants
