"""POST /cap: a key in the header, one message a post, and a clear answer in JSON to everything that is wrong."""

import itertools
import json

import pytest

import api
from services.access import SYSTEM
from services.keys import KeyWish
from tests.data_access.test_cap import BOMB, CASES, a_message

CITY, GAOZHOU = 440900000000, 440981000000
NUMBERS = itertools.count(1)
EXPIRES = "<expires>2026-10-31T21:00:00+08:00</expires>"
SENT = "2026-10-28T08:00:00+08:00"


@pytest.fixture
def key(door):
    """A key of the city for delivering warnings."""
    return door.services.keys.new(SYSTEM, KeyWish("cap", "气象台", CITY)).text


@pytest.fixture
def machine(door, monkeypatch):
    """A sender at an address of its own, so that what others did wrong is not laid at its door."""
    door.address = f"10.9.{next(NUMBERS)}.1"
    return door


def a_new_message(**fields):
    """A message that was never sent before."""
    return a_message(info=EXPIRES, sent=SENT, **fields).replace(b"A-1", f"T-{next(NUMBERS)}".encode())


def deliver(door, content, key="", mime="application/cap+xml", **headers):
    told = {"Authorization": f"Bearer {key}"} if key else {}
    return door.post("/cap", data=content, content_type=mime, headers=told | headers)


def keys_of(answer):
    return [issue["key"] for issue in answer.get_json()["issues"]]


def test_a_message_is_taken_with_a_key_and_told_about(machine, key):
    answer = deliver(machine, a_new_message(), key)
    told = answer.get_json()
    assert answer.status_code == 201
    assert (told["state"], told["level"], told["in_force"], told["regions"]) == (
        "stored",
        3,
        True,
        ["440904000000"],
    )
    assert machine.services.statutory.page(SYSTEM, told["id"]).warning.live
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_same_message_again_is_told_as_such_and_another_content_is_a_conflict(machine, key):
    content = a_new_message()
    first, again = deliver(machine, content, key), deliver(machine, content, key)
    assert (again.status_code, again.get_json()["state"]) == (200, "repeated")
    assert again.get_json()["id"] == first.get_json()["id"]
    other = deliver(machine, content.replace(b"Severe", b"Extreme"), key)
    assert (other.status_code, keys_of(other)) == (409, ["cap_conflict"])


def test_without_a_key_nothing_is_read(machine, key, monkeypatch):
    monkeypatch.setattr(machine.services.statutory, "receive", lambda *_: pytest.fail("it was read"))
    for headers in (
        {},
        {"Authorization": key},
        {"Authorization": f"Basic {key}"},
        {"Authorization": "Bearer "},
    ):
        answer = machine.post(
            "/cap", data=a_new_message(), content_type="application/cap+xml", headers=headers
        )
        assert (answer.status_code, keys_of(answer)) == (401, ["key_needed"])
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_session_is_no_key(machine):
    machine.sign_in("leader")
    assert deliver(machine, a_new_message()).status_code == 401


def test_wrong_revoked_and_expired_keys_and_those_for_screens_open_nothing(machine, key):
    keys = machine.services.keys
    screen = keys.new(SYSTEM, KeyWish("screen", "大厅", CITY)).text
    revoked = keys.new(SYSTEM, KeyWish("cap", "旧", CITY))
    keys.revoke(SYSTEM, revoked.key.id)
    for text in ("00000-00000-00000-00000-00000", screen, revoked.text):
        answer = deliver(machine, a_new_message(), text)
        assert (answer.status_code, keys_of(answer)) == (401, ["key_needed"])
    assert deliver(machine, a_new_message(), key).status_code == 201


def test_guessing_keys_locks_the_address(machine):
    answers = [deliver(machine, a_new_message(), f"{n:025d}").status_code for n in range(8)]
    assert answers[0] == 401
    assert answers[-1] == 429


def test_a_key_of_a_county_delivers_for_that_county(machine):
    own = machine.services.keys.new(SYSTEM, KeyWish("cap", "高州", GAOZHOU)).text
    answer = deliver(machine, a_new_message(), own)
    assert (answer.status_code, keys_of(answer)) == (403, ["forbidden"])
    assert deliver(machine, a_new_message().replace(b"440904", b"440981"), own).status_code == 201


@pytest.mark.parametrize(
    ("content", "status", "issue"),
    [
        (b"", 422, "cap_malformed"),
        (b"<alert", 422, "cap_malformed"),
        (BOMB.encode() + b"<alert>&e8;</alert>", 422, "cap_dtd"),
        ((CASES / "quadratic_blowup.xml").read_bytes(), 422, "cap_dtd"),
        ((CASES / "cap11_namespace.xml").read_bytes(), 422, "cap_version"),
        (b"<rss/>", 422, "not_cap"),
        (b"\xff\xfe\x00", 422, "cap_malformed"),
        (a_message(kind="Cancel"), 422, "cap_no_reference"),
        (a_message(severity="Awful"), 422, "cap_value"),
    ],
    ids=[
        "empty",
        "cut off",
        "laughs",
        "blow-up",
        "1.1",
        "rss",
        "binary",
        "cancel of nothing",
        "no such severity",
    ],
)
def test_what_is_no_good_message_is_refused_with_its_reason_and_logged(machine, key, content, status, issue):
    answer = deliver(machine, content, key)
    assert (answer.status_code, keys_of(answer)[0]) == (status, issue)
    told = answer.get_json()
    assert told["state"] == "refused"
    assert told["issues"][0]["what"]
    assert "Traceback" not in json.dumps(told)


def test_a_body_that_is_too_large_is_not_read_to_its_end(machine, key):
    limit = machine.services.settings.cap.max_kb << 10
    answer = deliver(machine, b" " * (limit + 1), key)
    assert (answer.status_code, keys_of(answer)) == (413, ["cap_too_large"])


@pytest.mark.parametrize("mime", ["text/plain", "application/json", "multipart/form-data; boundary=x", ""])
def test_a_body_that_is_not_declared_as_xml_is_refused(machine, key, mime):
    assert deliver(machine, a_new_message(), key, mime).status_code == 415


@pytest.mark.parametrize("mime", api.CAP_TYPES)
def test_every_declaration_of_xml_will_do(machine, key, mime):
    assert deliver(machine, a_new_message(), key, mime + "; charset=utf-8").status_code == 201


def test_only_so_many_are_taken_in_a_minute(machine, key):
    most = machine.services.settings.cap.posts_per_minute
    content = a_new_message()
    answers = [deliver(machine, content, key).status_code for _ in range(most + 1)]
    assert answers == [201, *[200] * (most - 1), 429]
    other = machine.services.keys.new(SYSTEM, KeyWish("cap", "应急局", CITY)).text
    assert deliver(machine, content, other).status_code == 200
    machine.clock.pass_(seconds=61)
    assert deliver(machine, content, key).status_code == 200


def test_the_answer_speaks_the_senders_language(machine, key):
    answer = deliver(machine, b"<rss/>", key, **{"Accept-Language": "en"})
    assert answer.get_json()["issues"][0]["what"].startswith("This is no CAP 1.2 message")


def test_only_a_post_is_answered(machine, key):
    for method in ("get", "put", "delete"):
        answer = getattr(machine.client, method)("/cap", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code in (302, 401, 404, 405)


# -- the page of a message


def page_of(door, path):
    answer = door.page(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_page_shows_markup_of_a_message_as_text(machine, key):
    content = (CASES / "cn_xss.xml").read_bytes().replace(b"20260815060000", b"20260815060001")
    number = deliver(machine, content, key).get_json()["id"]
    machine.sign_in("leader")
    text = page_of(machine, f"/statutory/{number}")
    assert "<script>alert(1)</script>" in json.loads(text)["response"].__repr__()
    assert "dangerously" not in text
    assert "srcDoc" not in text


def test_a_reader_of_another_county_finds_no_such_page(machine, key):
    number = deliver(machine, a_new_message(), key).get_json()["id"]
    machine.sign_in("county")
    text = page_of(machine, f"/statutory/{number}")
    assert "没有这条预警" in text
    assert "台风橙色预警" not in text
    for wrong in ("0", "-1", "abc", "9" * 30, "1%27"):
        assert "没有这条预警" in page_of(machine, f"/statutory/{wrong}")


def test_the_list_shows_messages_in_groups(machine, key):
    deliver(machine, a_new_message(status="Exercise"), key)
    machine.sign_in("leader")
    text = page_of(machine, "/statutory")
    for word in ("生效中", "未匹配区划", "演练、测试与草稿", "演练"):
        assert word in text


def verify(door, **fields):
    return door.post("/act/statutory.verify", data=fields, headers={"X-CSRFToken": door.csrf()})


def test_whether_a_warning_came_true_is_written_down_by_those_who_command(machine, key):
    number = deliver(machine, a_new_message(), key).get_json()["id"]
    machine.sign_in("editor")
    assert verify(machine, warning=number, happened="no").status_code == 403
    machine.post("/logout", headers={"X-CSRFToken": machine.csrf()})
    machine.sign_in("duty")
    assert "尚未检验" in page_of(machine, f"/statutory/{number}")
    nothing = verify(machine, warning=number, happened="")
    assert (nothing.status_code, nothing.get_json()["issues"][0]["field"]) == (422, "happened")
    early = verify(machine, warning=number, happened="yes", happened_at="2026-10-27T08:00")
    assert (early.status_code, early.get_json()["issues"][0]["field"]) == (422, "happened_at")
    assert verify(machine, warning=number, happened="yes", happened_at="2026-10-28T08:30").status_code == 200
    assert "2026年10月28日 08:30" in page_of(machine, f"/statutory/{number}").replace("\u2009", "")


def test_a_point_of_the_map_is_chosen_by_an_act_that_leads_to_its_address(leader):
    def choose(**fields):
        headers = {"X-CSRFToken": leader.csrf(), "Referer": "http://localhost/"}
        return leader.post("/act/situation.at", data=fields, headers=headers).get_json()

    done = choose(place="博贺镇", radius="10", here="?filter=layers:team&lang=zh")
    assert done["go"].startswith("/?")
    assert "layers:team;at:%E5%8D%9A%E8%B4%BA%E9%95%87;radius:10" in done["go"]
    assert choose(place="没有这个地方", radius="5", here="")["issues"][0]["field"] == "place"
    assert choose(place="javascript:alert(1)", radius="5", here="")["issues"][0]["field"] == "place"
