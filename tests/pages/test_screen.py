"""The doors of the wall: a key is exchanged once and never stands in an address, and its session opens one wall only."""

import json
import re

import pytest

import app as web
from pages import big_screen
from pages._components import wall
from pages._components.words import Words
from pages._markup import markup
from pages._tokens import tokens
from services.access import SYSTEM
from services.keys import KeyWish, ScreenSettings
from services.texts import Texts
from tests.pages.conftest import Door

CITY, GAOZHOU, HUAZHOU = 440900000000, 440981000000, 440982000000
COOKIE = "chengmai_screen"
READER = re.compile(r'data-reader="([^"]*)"')


def a_key(services, region=GAOZHOU, **screen):
    return services.keys.new(SYSTEM, KeyWish("screen", "三楼大屏", region, screen=ScreenSettings(**screen)))


def enter(door, text):
    return door.form("/screen/enter", {"key": text})


@pytest.fixture
def another(application):
    """Another browser, from another address."""
    dash_app, services, clock = application
    return Door(dash_app.server.test_client(), services, clock, "10.0.0.77")


@pytest.fixture
def screen(door):
    """A browser in which a screen of 高州 has been opened."""
    door.key = a_key(door.services)
    assert enter(door, door.key.text).status_code == 303
    return door


def html(door, path="/screen/content", **options):
    return json.loads(door.get(path, **options).get_data())["html"]


# ---- the exchange


def test_a_key_is_exchanged_for_a_cookie_that_no_script_reads_and_leads_to_the_wall(door):
    answer = enter(door, a_key(door.services).text)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/screen")
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert door.get("/screen").status_code == 200


def test_a_key_in_an_address_opens_nothing(door):
    key = a_key(door.services)
    for path in (
        f"/screen/enter?key={key.text}",
        f"/screen?key={key.text}",
        f"/screen/content?key={key.text}",
    ):
        door.get(path)
    assert door.get("/screen/content").status_code == 401
    assert door.client.get_cookie(COOKIE) is None
    assert enter(door, key.text).status_code == 303


def test_a_key_opens_one_screen_and_then_no_other(screen, another):
    answer = enter(another, screen.key.text)
    assert answer.status_code == 401
    assert another.client.get_cookie(COOKIE) is None
    assert screen.get("/screen/content").status_code == 200


def test_a_key_is_not_taken_without_the_token_of_its_form(door):
    key = a_key(door.services)
    assert door.post("/screen/enter", data={"key": key.text}).status_code == 400
    assert enter(door, key.text).status_code == 303


def test_too_many_wrong_keys_lock_the_address(application):
    dash_app, services, clock = application
    door = Door(dash_app.server.test_client(), services, clock, "10.0.0.66")
    allowed = services.settings.security.lockout_attempts
    answers = [enter(door, f"WRONG-{number}").status_code for number in range(allowed + 1)]
    assert answers == [401] * (allowed - 1) + [429] * 2
    assert enter(door, a_key(services).text).status_code == 429


def test_the_entrance_holds_no_figure_and_no_name_of_a_place(door):
    page = door.get("/screen/enter").get_data(as_text=True)
    assert "高州" not in page
    assert "econ." not in page


# ---- what a screen's session opens


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/economy",
        "/me",
        "/password",
        "/version",
        f"/geo/{CITY}/county.json",
        "/_dash-layout",
        "/screens",
        "/search",
    ],
)
def test_a_screens_session_opens_nothing_but_its_wall(screen, path):
    answer = screen.get(path)
    assert answer.status_code == 401 or answer.headers["Location"].startswith("/login")


@pytest.mark.parametrize(
    "path", ["/screen", "/screen/content", "/_dash-update-component", "/screens/new", "/logout"]
)
def test_a_screens_session_changes_nothing(screen, path):
    answer = screen.form("/screen/enter", {"name": "x", "purpose": "screen"}, path)
    assert answer.status_code in (401, 302, 405)
    assert answer.headers.get("Location", "/login").startswith("/login")


@pytest.mark.parametrize("wish", [f"region={CITY}", f"region={HUAZHOU}", "region=4409", "lang=en&mode=light"])
def test_an_address_changes_nothing_of_what_a_screen_shows(screen, wish):
    assert html(screen, f"/screen/content?{wish}") == html(screen)
    assert "化州" not in html(screen)


def test_a_screen_speaks_and_shines_as_its_key_says(door):
    enter(
        door,
        a_key(
            door.services, language="en", light="light", scenes=("signs",), seconds=45, wartime="switch"
        ).text,
    )
    page = door.get("/screen").get_data(as_text=True)
    assert '<html lang="en" data-theme="light"' in page
    for words in ('data-scenes="signs"', 'data-seconds="45"', 'data-wartime="switch"'):
        assert words in page
    assert "Gaozhou" in html(door)


def test_the_mark_of_the_reader_is_in_the_page_and_never_in_what_is_shared(screen, leader):
    assert READER.search(screen.get("/screen").get_data(as_text=True))[1] == "三楼大屏"
    assert "三楼大屏" not in html(screen)


# ---- how it ends


def test_a_revoked_key_ends_its_screen_within_two_seconds(screen):
    screen.services.keys.revoke(SYSTEM, screen.key.key.id)
    screen.clock.pass_(seconds=2)
    assert screen.get("/screen/content").status_code == 401
    assert screen.get("/screen").headers["Location"] == "/screen/enter?ended"
    assert "会话已结束" in screen.get("/screen/enter?ended").get_data(as_text=True)


# ---- the content


def test_content_that_a_wall_has_already_is_not_sent_again(screen):
    first = screen.get("/screen/content")
    again = screen.get("/screen/content", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert again.headers["X-Chengmai-Program"] == first.headers["X-Chengmai-Program"]


@pytest.mark.parametrize("encoding", ["br", "gzip", ""])
def test_content_lies_ready_in_the_encoding_that_a_browser_takes(screen, encoding):
    answer = screen.get("/screen/content", headers={"Accept-Encoding": encoding})
    assert answer.headers.get("Content-Encoding", "") == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_two_screens_of_one_region_are_given_the_same_bytes_and_another_region_others(screen, another):
    enter(another, a_key(screen.services).text)
    same, here = another.get("/screen/content"), screen.get("/screen/content")
    assert same.get_data() == here.get_data()
    enter(another, a_key(screen.services, HUAZHOU).text)
    assert another.get("/screen/content").headers["ETag"] != here.headers["ETag"]


def test_nothing_of_a_record_becomes_markup(screen):
    hostile = "<img src=x onerror=alert(1)>\"'&"
    screen.services.incidents.register(
        SYSTEM,
        {"title": hostile, "category": "natural", "kind": "山体滑坡", "region": str(GAOZHOU), "where": hostile,
         "occurred_at": "2026-10-28 08:00", "reported_at": "2026-10-28 08:20", "channel": "电话", "lat": "21.9",
         "lon": "110.85"},
    )  # fmt: skip
    screen.clock.pass_(minutes=1)
    actor = screen.services.keys.screen(screen.client.get_cookie(COOKIE).value).actor
    view = screen.services.walls.view(actor, None, "zh")
    assert any(one.title == hostile for one in view.war.incidents)
    text = markup(wall.content(view, None, Words(Texts("zh"), {}), dict(tokens("dark"))))
    assert "<img" not in text
    assert "&lt;img src=x onerror" in text


# ---- a person at the wall


def test_a_person_who_may_see_a_region_may_open_its_wall(leader):
    page = leader.get(f"/screen?region={GAOZHOU}").get_data(as_text=True)
    assert f"region={GAOZHOU}" in page
    assert "高州市" in html(leader, f"/screen/content?region={GAOZHOU}")


def test_a_person_may_not_open_the_wall_of_a_sister_region(door):
    door.sign_in("county")
    text = html(door, f"/screen/content?region={HUAZHOU}")
    assert "化州" not in text
    assert "w-face" in text


def test_without_a_session_the_wall_leads_to_the_sign_in(door):
    assert door.get("/screen").headers["Location"] == "/login?next=/screen"
    assert door.get("/screen/content").status_code == 401


# ---- those who manage screens


@pytest.fixture
def admin(door):
    """A browser in which the system administrator has signed in."""
    name = f"keeper{len(door.services.accounts.listing(SYSTEM))}"
    made = door.services.accounts.create(SYSTEM, name, "管理员", "admin", (CITY,))
    door.sign_in(name, made.password)
    door.form(
        "/password",
        {"old": made.password, "new": "seven slow otters swim", "again": "seven slow otters swim"},
    )
    door.sign_in(name, "seven slow otters swim")
    return door


FORM = {"name": "大厅", "purpose": "screen", "region": str(GAOZHOU), "days": "30", "seconds": "30", "wartime": "offer",
        "light": "dark", "language": "zh"}  # fmt: skip


def test_a_new_key_is_shown_once_and_opens_a_screen(admin, another):
    page = admin.form("/screens", FORM, "/screens/new")
    text = re.search(r"<b>([0-9A-Z-]{29})</b>", page.get_data(as_text=True))[1]
    assert page.headers["Cache-Control"] == "no-store"
    assert text not in admin.get("/screens").get_data(as_text=True)
    assert enter(another, text).status_code == 303


def test_a_key_is_revoked_on_the_page(admin, another):
    key = a_key(admin.services)
    enter(another, key.text)
    assert admin.form("/screens", {"key": key.key.id}, "/screens/revoke").status_code == 303
    admin.clock.pass_(seconds=2)
    assert another.get("/screen/content").status_code == 401


@pytest.mark.parametrize(
    ("field", "wrong", "said"),
    [
        ("name", "", "请写明密钥的名称"),
        ("days", "x", "有效天数"),
        ("region", "999", "没有区划"),
        ("seconds", "-1", "轮播秒数"),
    ],
)
def test_a_wrong_wish_is_answered_in_words_and_kept(admin, field, wrong, said):
    answer = admin.form("/screens", FORM | {field: wrong}, "/screens/new")
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_whoever_does_not_manage_screens_has_no_page_for_it(leader):
    assert leader.get("/screens").status_code == 403
    assert leader.form("/me", FORM, "/screens/new").status_code == 403
    assert "/screens" not in leader.get("/me").get_data(as_text=True)


def test_the_wall_is_on_no_list_but_its_own():
    assert not set(big_screen.WALL) & web.OPEN
    assert set(big_screen.OPEN) <= web.OPEN
