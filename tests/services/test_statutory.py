"""Statutory warnings from delivery to figure: mirrored, in force for as long as they say, seen where they hold."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from indicators import periods
from indicators.errors import CockpitError
from indicators.regions import Level
from services import statutory_sample, statutory_seed
from services.access import SYSTEM, Actor
from services.answers import Question
from services.bootstrap import build
from services.statutory_figures import FIGURES
from services.statutory_views import MARKS
from services.views import Choice
from tests.data_access.test_cap import CASES, a_message

CITY, MAONAN, DIANBAI, GAOZHOU = 440900000000, 440902000000, 440904000000, 440981000000
BOHE = 440904125000
THREE = datetime(2026, 10, 31, 7, 0, tzinfo=UTC)  # 15:00 in the city


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now=THREE + timedelta(minutes=5)):
        self.now = now

    def __call__(self):
        return self.now

    def pass_(self, **time):
        self.now += timedelta(**time)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def services(city, clock, tmp_path):
    (tmp_path / "drop").mkdir()
    settings = city.model_copy(update={"cap": city.cap.model_copy(update={"folder": str(tmp_path / "drop")})})
    return build(settings, clock=clock)


@pytest.fixture
def told(services):
    return services.statutory


LEADER = Actor("1", "leader", "leader", (CITY,))
OF_GAOZHOU = Actor("2", "county", "county_head", (GAOZHOU,))
OF_DIANBAI = Actor("3", "dianbai", "county_head", (DIANBAI,))
OF_BOHE = Actor("4", "bohe", "viewer", (BOHE,))
FEED = Actor("key:1", "key:1", "feed", (CITY,))
FEED_OF_GAOZHOU = Actor("key:2", "key:2", "feed", (GAOZHOU,))

EXPIRES = "<expires>2026-10-31T21:00:00+08:00</expires>"
REFERENCES = "<references>s@maoming.example,A-1,2026-10-31T15:00:00+08:00</references>"


def later(identifier, kind="Update", minutes=30, **fields):
    sent = (THREE + timedelta(hours=8, minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S+08:00")
    content = a_message(head=REFERENCES, kind=kind, sent=sent, **fields)
    return content.replace(b"<identifier>A-1", f"<identifier>{identifier}".encode())


def figure(services, code, region=DIANBAI):
    answer = services.query.ask(SYSTEM, Question((code,), (region,)))
    line = answer.row(code, region)
    return None if line is None else line.value


# -- in force


def test_a_warning_is_in_force_from_its_delivery_until_it_expires(told, clock):
    before, stamp = told.in_force(LEADER), told.stamp()
    received = told.receive(SYSTEM, a_message(info=EXPIRES), "command")
    assert (before, received.state, received.live, received.level) == ((), "stored", True, 3)
    (line,) = told.in_force(LEADER, (DIANBAI,))
    assert (line.hazard, line.regions, line.state) == ("台风", (DIANBAI,), "in_force")
    assert told.stamp() != stamp
    held = told.stamp()
    clock.pass_(hours=6)
    assert told.in_force(LEADER) == ()
    assert told.stamp() != held
    assert told.page(LEADER, received.id).warning.marks == ("expired",)


def test_the_version_of_the_services_moves_when_a_warning_expires_without_any_write(services, told, clock):
    told.receive(SYSTEM, a_message(info=EXPIRES), "command")
    held = services.version()
    assert services.version() == held
    clock.pass_(hours=6)
    assert services.version() != held


def test_a_warning_without_an_end_holds_a_day_and_says_so(told, clock):
    told.receive(SYSTEM, a_message(), "command")
    (line,) = told.in_force(LEADER)
    assert line.marks == ("assumed",)
    clock.pass_(hours=24)
    assert told.in_force(LEADER) == ()


@pytest.mark.parametrize(("kind", "levels"), [("Update", [4]), ("Cancel", [])])
def test_an_update_takes_the_place_of_a_warning_and_a_cancel_ends_it(told, clock, kind, levels):
    first = told.receive(SYSTEM, a_message(info=EXPIRES), "command")
    clock.pass_(hours=1)
    second = told.receive(SYSTEM, later("A-2", kind, severity="Extreme"), "command")
    assert second.superseded == (first.id,)
    assert [line.level for line in told.in_force(LEADER)] == levels
    page = told.page(LEADER, first.id)
    assert [one.id for one in page.chain] == [first.id, second.id]
    assert page.warning.state == ("replaced" if kind == "Update" else "cancelled")


@pytest.mark.parametrize("status", ["Exercise", "Test", "System", "Draft"])
def test_what_is_no_actual_message_is_kept_and_marked_and_never_live(services, told, status):
    received = told.receive(SYSTEM, a_message(info=EXPIRES, status=status), "command")
    assert not received.live
    assert told.in_force(LEADER) == ()
    assert figure(services, "emerg.warn.active") is None
    page = told.page(LEADER, received.id)
    assert page.warning.marks[0] == status.lower()
    assert set(page.warning.marks) <= set(MARKS)
    assert [one.id for one in told.latest(LEADER, which="marked")] == [received.id]


def test_the_white_signal_is_shown_and_triggers_nothing(services, told):
    white = "<parameter><valueName>信号级别</valueName><value>白色</value></parameter>" + EXPIRES
    told.receive(SYSTEM, a_message(info=white, severity="Minor"), "command")
    (line,) = told.in_force(LEADER)
    assert (line.level, line.colour) == (0, "white")
    assert figure(services, "sign.meteo.signal") == 0
    assert figure(services, "emerg.warn.active") == 0
    assert services.alerts.open_alerts(LEADER, (DIANBAI,)) == ()


def test_an_unknown_severity_is_shown_as_unclassified(told):
    told.receive(SYSTEM, a_message(info=EXPIRES, severity="Unknown"), "command")
    (line,) = told.in_force(LEADER)
    assert (line.level, line.marks) == (0, ("unclassified",))


# -- what is refused


def test_the_same_message_is_taken_once_and_another_content_refused(told):
    first = told.receive(SYSTEM, a_message(), "command")
    assert told.receive(SYSTEM, a_message().replace(b"><", b"> <"), "http").state == "repeated"
    with pytest.raises(CockpitError) as refused:
        told.receive(SYSTEM, a_message(severity="Extreme"), "http")
    assert refused.value.key == "cap_conflict"
    assert str(first.id) in str(refused.value)
    assert [line.level for line in told.in_force(LEADER)] == [3]


def test_the_duplicate_of_the_collection_is_refused_and_logged(services, told):
    content = (CASES / "cn_duplicate_identifier.xml").read_bytes()
    told.receive(SYSTEM, content.replace("同一标识符，内容不同".encode(), "过去3小时".encode()), "command")
    with pytest.raises(CockpitError):
        told.receive(SYSTEM, content, "command")
    with pytest.raises(CockpitError):
        told.receive(SYSTEM, b"<alert/>", "http", "10.0.0.9")
    acts = [entry.act for entry in services.accounts.audit_log(Actor("a", "a", "auditor", (CITY,)), limit=9)]
    ours = [act for act in acts if act.startswith("statutory")]
    assert ours == ["statutory_refused", "statutory_conflict", "statutory_message"]


def test_a_key_delivers_for_its_own_regions_only(told):
    assert told.receive(FEED, a_message(), "http").state == "stored"
    with pytest.raises(CockpitError) as refused:
        told.receive(FEED_OF_GAOZHOU, a_message().replace(b"A-1", b"A-9"), "http")
    assert refused.value.key == "forbidden"
    with pytest.raises(CockpitError):
        told.receive(OF_DIANBAI, a_message().replace(b"A-1", b"A-9"), "http")


# -- where


@pytest.mark.parametrize(
    ("code", "regions", "keys"),
    [
        ("440904", (DIANBAI,), set()),
        ("440904000000", (DIANBAI,), set()),
        ("440904125000", (BOHE,), set()),
        ("4409", (CITY,), set()),
        ("440923", (DIANBAI,), {"cap_old_region"}),
        ("440999", (), {"cap_region", "cap_unmapped"}),
        ("999999999", (), {"cap_region", "cap_unmapped"}),
        ("44", (440000000000,), set()),
    ],
)
def test_codes_are_found_in_the_tree_and_unknown_ones_answered(told, code, regions, keys):
    content = a_message(area="").replace(b"<value>440904</value>", f"<value>{code}</value>".encode())
    received = told.receive(SYSTEM, content, "command")
    assert received.regions == regions
    assert {issue.key for issue in received.issues} == keys
    assert received.state == "stored"
    assert len(told.in_force(LEADER)) == (1 if regions else 0)
    assert (received.id in [one.id for one in told.latest(LEADER, which="unmapped")]) == (not regions)


def test_shapes_say_where_when_no_code_does(told):
    start, end = b"<geocode>", b"</geocode>"
    content = a_message()
    content = content[: content.index(start)] + content[content.index(end) + len(end) :]
    assert DIANBAI in told.receive(SYSTEM, content, "command").regions


@pytest.mark.parametrize(
    ("name", "live_regions"),
    [("cn_old_region_code.xml", (DIANBAI,)), ("cn_polygon_swapped.xml", (DIANBAI,)), ("australia.cap", ())],
)
def test_messages_of_the_collection_find_their_regions(told, name, live_regions):
    assert told.receive(SYSTEM, (CASES / name).read_bytes(), "command").regions == live_regions


# -- who sees what


def test_a_warning_is_seen_where_it_holds_and_not_beside(told):
    received = told.receive(SYSTEM, a_message(info=EXPIRES), "command")
    seers = {actor.name: len(told.in_force(actor)) for actor in (LEADER, OF_DIANBAI, OF_BOHE, OF_GAOZHOU)}
    assert seers == {"leader": 1, "dianbai": 1, "bohe": 1, "county": 0}
    assert told.page(OF_GAOZHOU, received.id) is None
    assert received.id not in [one.id for one in told.latest(OF_GAOZHOU)]
    assert told.by_region(OF_GAOZHOU, (DIANBAI, GAOZHOU)) == {}
    assert set(told.by_region(LEADER, (DIANBAI, BOHE, GAOZHOU, CITY))) == {DIANBAI, BOHE, CITY}


def test_a_message_without_a_known_region_is_for_those_of_the_city(told):
    content = a_message(area="").replace(b"<value>440904</value>", b"<value>110000</value>")
    received = told.receive(SYSTEM, content, "command")
    assert (
        told.page(LEADER, received.id).warning.marks[:1] == ("unmapped",)
        or "unmapped" in told.page(LEADER, received.id).warning.marks
    )
    assert told.page(OF_DIANBAI, received.id) is None


def test_all_languages_of_a_message_are_one_warning_and_the_readers_comes_first(told):
    english = a_message(info=EXPIRES).decode()
    start, end = english.index("<info>"), english.index("</info>") + 7
    second = english[start:end].replace("zh-CN", "en-US").replace("台风橙色预警", "Typhoon")
    content = (english[:end] + second + english[end:]).encode()
    received = told.receive(SYSTEM, content, "command")
    assert [line.headline for line in told.in_force(LEADER, language="en")] == ["Typhoon"]
    assert [line.headline for line in told.in_force(LEADER)] == ["台风橙色预警"]
    assert [text.language for text in told.page(LEADER, received.id, "en").texts] == ["en-US", "zh-CN"]


# -- figures


def test_the_figures_follow_the_warnings_at_every_level_and_so_does_the_state_rule(services, told, clock):
    told.receive(SYSTEM, a_message(info=EXPIRES), "command")
    told.receive(
        SYSTEM, a_message(info=EXPIRES).replace(b"A-1", b"B-1").replace(b"440904", b"440902"), "command"
    )
    signal = {
        region: figure(services, "sign.meteo.signal", region) for region in (CITY, DIANBAI, BOHE, MAONAN)
    }
    assert signal == {CITY: 3, DIANBAI: 3, BOHE: 3, MAONAN: 3}
    counts = [figure(services, "emerg.warn.active_orange", region) for region in (CITY, DIANBAI, BOHE)]
    assert counts == [2, 1, 1]
    assert figure(services, "emerg.warn.issued", CITY) == 2
    opened = services.alerts.open_alerts(LEADER, (DIANBAI,))
    assert [(one.indicator, str(one.kind), int(one.level)) for one in opened] == [
        ("sign.meteo.signal", "statutory", 3)
    ]
    clock.pass_(hours=6)
    told.tick()
    assert figure(services, "sign.meteo.signal") == 0
    assert figure(services, "emerg.warn.active", CITY) == 0
    assert services.alerts.open_alerts(LEADER, (DIANBAI,)) == ()


def test_a_warning_for_several_counties_counts_once_in_the_city(services, told):
    both = a_message(info=EXPIRES).replace(
        b"<geocode>", b"<geocode><valueName>GB/T 2260</valueName><value>440902</value></geocode><geocode>"
    )
    told.receive(SYSTEM, both, "command")
    assert [figure(services, "emerg.warn.active", region) for region in (CITY, DIANBAI, MAONAN)] == [1, 1, 1]
    assert figure(services, "emerg.warn.issued", CITY) == 1


def test_a_late_message_is_written_into_the_past_and_not_over_the_present(services, told, clock):
    told.receive(SYSTEM, a_message(info=EXPIRES), "command")
    clock.pass_(hours=1)
    late = a_message(info="<expires>2026-10-31T12:00:00+08:00</expires>", sent="2026-10-31T10:00:00+08:00")
    told.receive(SYSTEM, late.replace(b"A-1", b"L-1").replace(b"Severe", b"Extreme"), "command")
    assert figure(services, "sign.meteo.signal") == 3
    ten = periods.moment_key(datetime(2026, 10, 31, 10, 0, tzinfo=UTC), periods.INSTANT)
    answer = services.query.ask(SYSTEM, Question(("sign.meteo.signal",), (DIANBAI,), periods=(ten,)))
    assert answer.row("sign.meteo.signal", DIANBAI).value == 4


def test_every_figure_of_the_subject_is_in_the_catalogue(services):
    assert all(code in services.catalog for code in FIGURES)


def test_whether_it_came_true_gives_hits_and_lead_and_changes_nothing_of_the_warning(services, told, clock):
    received = told.receive(SYSTEM, a_message(info=EXPIRES), "command")
    clock.pass_(hours=12)
    happened = int((THREE + timedelta(hours=4)).timestamp())
    duty = Actor("5", "duty", "duty", (CITY,))
    with pytest.raises(CockpitError):
        told.verify(duty, received.id, True, happened + 8 * 3600)
    with pytest.raises(CockpitError):
        told.verify(Actor("6", "editor", "editor", (CITY,)), received.id, True, happened)
    told.verify(duty, received.id, True, happened)
    assert figure(services, "emerg.warn.hit") == 1
    assert figure(services, "emerg.warn.lead_time") == 4
    page = told.page(LEADER, received.id)
    assert (page.warning.level, page.happened, page.happened_at) == (3, True, happened)


# -- boards


def test_a_board_shows_the_warning_itself_and_not_the_rules_line_beside_it(services, told):
    told.receive(SYSTEM, a_message(info=EXPIRES), "command")
    for board, region in (("home", None), ("emergency", None), ("signs", None), ("economy", str(DIANBAI))):
        statutory = services.boards.view(board, LEADER, Choice(region=region)).warnings[0]
        assert [line.headline for line in statutory.statutory] == ["台风橙色预警"]
        assert statutory.lines == ()
        assert statutory.counts == (0, 0, 1, 0)
    quiet = services.boards.view("home", LEADER, Choice(region=str(GAOZHOU))).warnings[0]
    assert (quiet.statutory, quiet.total) == ((), 0)


# -- the drop folder


def test_files_of_the_folder_move_aside_with_the_reason_where_refused(told, clock, tmp_path):
    folder = tmp_path / "drop"
    (folder / "good.xml").write_bytes(a_message())
    (folder / "bad.cap").write_bytes((CASES / "quadratic_blowup.xml").read_bytes())
    (folder / "notes.txt").write_text("not ours")
    (folder / ".hidden.xml").write_bytes(a_message())
    (folder / "link.xml").symlink_to(Path("/etc/passwd"))
    clock.now = datetime.now(UTC) + timedelta(minutes=1)
    found = {one.name: one.received.state if one.received else "refused" for one in told.take_folder(SYSTEM)}
    assert found == {"good.xml": "stored", "bad.cap": "refused"}
    assert (folder / "done" / "good.xml").exists()
    assert "DTD" in (folder / "refused" / "bad.cap.reason.txt").read_text("utf-8")
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == [
        ".hidden.xml",
        "link.xml",
        "notes.txt",
    ]
    (folder / "good.xml").write_bytes(a_message())
    assert [one.received.state for one in told.take_folder(SYSTEM)] == ["repeated"]
    assert (folder / "done" / "good-2.xml").exists()


def test_a_file_that_is_still_being_written_is_left_for_the_next_round(told, clock, tmp_path):
    (tmp_path / "drop" / "half.xml").write_bytes(a_message()[:200])
    clock.now = datetime.now(UTC)
    assert told.take_folder(SYSTEM) == ()


# -- what really was, and what is simulated


def test_the_printed_bulletins_are_history_and_say_what_they_are(services, told, clock):
    assert [one.hazard for one in told.latest(LEADER, which="bulletin")] == [
        "暴雨", "台风", "台风", "暴雨", "雷雨大风",
    ]  # fmt: skip
    assert statutory_seed.load_bulletins(told, services.pack, clock()) == 0
    zone_only = told.latest(LEADER, which="bulletin")[-1]
    assert "bulletin" in zone_only.marks
    assert "unmapped" in zone_only.marks
    page = told.page(LEADER, zone_only.id)
    assert any("不是CAP原文" in value for _, value in page.facts)
    assert not zone_only.simulated


def test_the_sample_is_the_same_for_a_seed_and_ends_with_the_typhoon_in_dianbai(services):
    spec = statutory_sample.read_spec(services.pack.file("sample/statutory.yaml"))
    weights = {DIANBAI: 2.0, GAOZHOU: 1.0}
    first, second = (
        statutory_sample.drawn(spec, services.tree, weights, 7, timedelta(hours=8)) for _ in range(2)
    )
    assert first == second
    assert all(one.simulated for one in first)
    last = first[-1]
    assert (last.regions, last.colour, last.expires, last.ended_at) == ((DIANBAI,), "orange", None, None)
    assert {one.level for one in first} == {0, 1, 2, 3, 4}
    share = sum(bool(one.happened) for one in first) / sum(one.kind == "Alert" for one in first)
    assert 0.6 < share < 0.85


def test_a_typhoon_signal_stands_at_the_end_in_one_county_and_so_in_the_city(services, told):
    made = statutory_seed.fill_signals(told, services.pack, services.query, 7)
    assert made > 1000
    regions = (CITY, *services.tree.at_level(Level.COUNTY))
    levels = {region: figure(services, "sign.meteo.signal", region) for region in regions}
    assert levels == {**dict.fromkeys(regions, 0), CITY: 3, DIANBAI: 3}
    assert figure(services, "sign.meteo.signal", BOHE) == 3
    services.alerts.evaluate_pending(services.clock())
    opened = services.alerts.open_alerts(LEADER, (CITY, DIANBAI, GAOZHOU))
    assert {one.region for one in opened if one.indicator == "sign.meteo.signal"} == {CITY, DIANBAI}
    rates = [figure(services, "emerg.warn.hit_rate", region) for region in regions]
    assert all(50 <= rate <= 100 for rate in rates if rate is not None)
    version = services.store.data_version()
    assert statutory_seed.fill_signals(told, services.pack, services.query, 7) == 0
    assert services.store.data_version() == version
