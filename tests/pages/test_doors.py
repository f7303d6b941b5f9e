"""The locks: nothing opens without a session, nothing can be forged into one, and nothing leaks on the way.

The numbers SEC-… are those of cases/security/blackbox_checks.json.
"""

import json
import re
from html import unescape
from pathlib import Path

import pytest

import app as web
from services.access import SYSTEM
from services.accounts import DEMO_ACCOUNTS
from tests.pages.conftest import CALLBACKS, Door

CITY, GAOZHOU, HUAZHOU = 440900000000, 440981000000, 440982000000
CASES = Path(__file__).resolve().parents[1] / "cases"
NAUGHTY = json.loads((CASES / "text" / "blns.json").read_text("utf-8"))["strings"]
SCRIPTS = (
    "<img src=x onerror=window.__x=1>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "{{7*7}}",
    "data:text/html,<script>alert(1)</script>",
)
OPEN_PATHS = ("/login", "/health")


# ---- without a session (SEC-001)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/economy",
        "/me",
        "/password",
        "/no-such-page",
        "/assets/",
        "/assets/../config.yaml",
        "/_dash-config",
    ],
)
def test_a_page_without_a_session_leads_to_the_sign_in(door, path):
    answer = door.get(path)
    assert answer.status_code in (302, 404, 401)
    assert b"_dash-config" not in answer.data
    if answer.status_code == 302:
        assert answer.headers["Location"].startswith("/login")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/_dash-layout"),
        ("GET", "/_dash-dependencies"),
        ("POST", CALLBACKS),
        ("GET", "/_reload-hash"),
        ("POST", "/_reload-hash"),
        ("GET", "/_favicon.ico"),
        ("GET", "/version"),
        ("GET", f"/geo/{CITY}/county.json"),
        ("POST", "/logout"),
        ("POST", "/password"),
        ("PUT", "/audit"),
        ("DELETE", "/audit"),
    ],
)
def test_an_endpoint_without_a_session_answers_401_or_leads_to_the_sign_in(door, method, path):
    answer = door.client.open(path, method=method, json={} if method == "POST" else None)
    assert answer.status_code == 401 or answer.headers.get("Location", "").startswith("/login")
    assert b"Traceback" not in answer.data


def test_every_route_of_the_application_is_locked_but_those_on_the_list(application, door):
    dash_app, _, _ = application
    for rule in dash_app.server.url_map.iter_rules():
        if rule.endpoint in web.OPEN:
            continue
        path = re.sub(r"<[^>]+>", "x", rule.rule)
        for method in rule.methods & {"GET", "POST"}:
            answer = door.client.open(path, method=method)
            assert answer.status_code in (302, 401), f"{method} {rule.rule}"


def test_what_is_open_carries_no_data_and_no_layout(door):
    for path in OPEN_PATHS:
        page = door.get(path).get_data(as_text=True)
        assert "_dash-" not in page
        assert "econ." not in page


def test_the_index_page_holds_no_layout_even_with_a_session(leader):
    page = leader.get("/").get_data(as_text=True)
    config = json.loads(unescape(re.search(r'id="_dash-config"[^>]*>(.*?)</script>', page, re.S)[1]))
    assert "validation_layout" not in config
    assert config["suppress_callback_exceptions"]


def test_a_token_of_ones_own_making_opens_nothing(door):
    for token in ("x", "admin", "' OR '1'='1", "0" * 43):
        door.client.set_cookie("chengmai", token)
        assert door.get("/_dash-layout").status_code == 401


# ---- signing in


def test_signing_in_opens_the_cockpit_and_signing_out_closes_it(leader):
    assert leader.get("/").status_code == 200
    assert leader.get("/_dash-layout").status_code == 200
    assert leader.form("/me", {}, "/logout").headers["Location"] == "/login"
    assert leader.get("/_dash-layout").status_code == 401


def test_the_session_cookie_is_random_out_of_reach_of_scripts_and_bound_to_this_site(door):
    cookies = door.sign_in("leader").headers.getlist("Set-Cookie")
    session = next(one for one in cookies if one.startswith("chengmai="))
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session
    assert "leader" not in session
    assert len(session.split(";")[0]) > 40


def test_a_wrong_password_says_what_and_what_to_do_and_keeps_the_name(door):
    answer = door.sign_in("leader", "wrong")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "账号或密码不对" in page
    assert 'value="leader"' in page
    assert "wrong" not in page


def test_a_wrong_name_cannot_be_told_from_a_wrong_password(door):
    known, unknown = (door.sign_in(name, "wrong").get_data(as_text=True) for name in ("leader", "ghost"))
    token = re.compile(r'value="[^"]*"')
    assert token.sub("", known) == token.sub("", unknown)


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "\t//x"],
)
def test_nobody_is_sent_elsewhere_after_signing_in(door, target):
    token = re.search(r'csrf_token" value="([^"]+)"', door.get("/login").get_data(as_text=True))[1]
    leader = DEMO_ACCOUNTS[0]
    fields = {"csrf_token": token, "name": leader.name, "password": leader.password, "next": target}
    assert door.post("/login", data=fields).headers["Location"] == "/"


def test_one_comes_back_to_the_page_one_wanted(door):
    sent = door.get("/economy?region=440981000000").headers["Location"]
    assert sent == "/login?next=/economy%3Fregion%3D440981000000"
    page = door.get(sent).get_data(as_text=True)
    assert 'name="next" value="/economy?region=440981000000"' in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sign_in_speaks_both_languages(door, language):
    page = door.get(f"/login?lang={language}").get_data(as_text=True)
    assert ("Sign in" in page) == (language == "en")
    assert f'lang="{"en" if language == "en" else "zh-CN"}"' in page


def test_lockout_is_per_account_and_address_and_ends(application, door):
    """SEC-020."""
    dash_app, services, clock = application
    stranger = Door(dash_app.server.test_client(), services, clock, address="192.0.2.9")
    statuses = [stranger.sign_in("analyst", "wrong").status_code for _ in range(6)]
    assert statuses == [401] * 4 + [429] * 2
    assert stranger.sign_in("analyst").status_code == 429
    assert stranger.sign_in("editor").status_code == 302
    assert door.sign_in("analyst").status_code == 302
    clock.pass_(minutes=15)
    fresh = Door(dash_app.server.test_client(), services, clock, address="192.0.2.9")
    assert fresh.sign_in("analyst").status_code == 302


def test_a_one_time_password_opens_nothing_but_the_change_of_it(door):
    """SEC-022."""
    made = door.services.accounts.create(SYSTEM, "newcomer", "新人", "leader", (CITY,))
    door.sign_in("newcomer", made.password)
    assert door.get("/").headers["Location"] == "/password"
    assert door.get("/_dash-layout").status_code == 403
    assert door.get("/version").status_code == 403
    fields = {"old": made.password, "new": "four quiet herons", "again": "four quiet herons"}
    assert door.form("/password", fields).headers["Location"].startswith("/login")
    assert door.get("/_dash-layout").status_code == 401
    assert door.sign_in("newcomer", "four quiet herons").status_code == 302
    assert door.get("/_dash-layout").status_code == 200


def test_a_weak_new_password_is_refused_with_every_reason(leader):
    known = DEMO_ACCOUNTS[0].password
    answer = leader.form("/password", {"old": known, "new": "leader", "again": "leader"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "密码太短：6 个字符。" in page
    assert "密码里有您的名字" in page
    assert leader.get("/").status_code == 200


def test_two_different_new_passwords_are_refused(leader):
    answer = leader.form("/password", {"old": "x", "new": "one long password", "again": "another password"})
    assert answer.status_code == 422


# ---- sessions that end (SEC-014, SEC-017)


def test_polling_does_not_keep_a_session_alive(leader):
    for _ in range(6):
        leader.clock.pass_(minutes=5)
        last = leader.get("/version")
    assert last.status_code == 401


def test_a_page_that_renders_itself_anew_does_not_keep_a_session_alive(leader):
    token, body = leader.csrf(), {"output": "x", "inputs": [], "changedPropIds": ["data-version.data"]}
    for _ in range(3):
        leader.clock.pass_(minutes=9)
        assert leader.callback(body, token).status_code == 400
    leader.clock.pass_(minutes=4)
    assert leader.callback(body, token).status_code == 401


def test_working_keeps_a_session_alive_until_its_absolute_limit(leader):
    for _ in range(35):
        leader.clock.pass_(minutes=20)
        assert leader.get("/me").status_code == 200
    leader.clock.pass_(minutes=20)
    assert leader.get("/me").status_code == 302


def test_narrowed_rights_hold_in_the_same_session(door):
    accounts = door.services.accounts
    made = accounts.create(SYSTEM, "mover", "调动", "leader", (CITY,))
    visitor = accounts.visitor(accounts.sign_in("mover", made.password, ""))
    accounts.change_password(visitor.actor, made.password, "four quiet herons", "")
    door.sign_in("mover", "four quiet herons")
    assert door.get(f"/geo/{CITY}/county.json").status_code == 200
    accounts.revoke(SYSTEM, "mover", CITY)
    accounts.grant(SYSTEM, "mover", GAOZHOU)
    assert door.get(f"/geo/{CITY}/county.json").status_code in (403, 404)
    assert door.get(f"/geo/{GAOZHOU}/town.json").status_code == 200
    accounts.disable(SYSTEM, "mover")
    assert door.get("/version").status_code == 401


def test_a_county_cannot_fetch_the_outline_of_a_sibling(door):
    door.sign_in("county")
    assert door.get(f"/geo/{HUAZHOU}/town.json").status_code == 403


# ---- forged requests


def test_a_callback_needs_the_token_of_this_session(leader):
    answer = leader.post(CALLBACKS, json={"output": "x"})
    assert answer.status_code == 400
    assert leader.callback({"output": "x"}, "forged").status_code == 400


def test_the_token_of_one_session_is_worth_nothing_in_another(application, leader):
    dash_app, services, clock = application
    other = Door(dash_app.server.test_client(), services, clock)
    other.sign_in("editor")
    other.get("/me")
    refused = other.post(CALLBACKS, json={"output": "x"}, headers={"X-CSRFToken": leader.csrf()})
    assert refused.status_code == 400


@pytest.mark.parametrize("path", ["/login", "/logout", "/password"])
def test_a_form_from_another_site_is_refused(leader, path):
    assert leader.post(path, data={"name": "leader", "password": "x"}).status_code == 400


def test_a_simple_form_cannot_reach_a_callback(leader):
    token = leader.csrf()
    answer = leader.post(
        CALLBACKS, data='{"output":"x"}', content_type="text/plain", headers={"X-CSRFToken": token}
    )
    assert answer.status_code in (400, 415)


def test_the_router_renders_for_whoever_may_see(leader):
    answer = leader.page("/")
    assert answer.status_code == 200
    assert "_pages_content" in answer.get_json()["response"]


@pytest.mark.parametrize(
    "changes",
    [
        {"output": "nobody.knows"},
        {"output": None},
        {"output": ["a"]},
        {"output": {"a": 1}},
        {"inputs": []},
        {"inputs": [{"id": "_pages_location", "property": "pathname", "value": "/"}]},
        {"inputs": [{"id": {"type": "x", "index": 1}, "property": "pathname", "value": "/"}]},
        {"inputs": "abc"},
        {"state": [{"id": "url", "property": "search", "value": "x"}]},
        {"inputs": [{"property": "pathname"}] * 10_000},
    ],
)
def test_a_tampered_callback_is_refused_without_a_traceback(leader, changes):
    answer = leader.page("/", **changes)
    assert answer.status_code == 400
    assert b"Traceback" not in answer.data
    assert set(answer.get_json()) == {"what", "do"}


@pytest.mark.parametrize("wrong", [{"a": 1}, ["x"], 1, True])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_value_of_the_wrong_type_is_refused(leader, place, wrong):
    dependencies = leader.get("/_dash-dependencies").get_json()
    router = next(one for one in dependencies if "_pages_content.children" in one["output"])
    inputs = [{**{name: one[name] for name in ("id", "property")}, "value": None} for one in router["inputs"]]
    assert len(inputs) == 3
    inputs[place]["value"] = wrong
    answer = leader.page("/", inputs=inputs)
    assert answer.status_code == 400
    assert set(answer.get_json()) == {"what", "do"}


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{", b'"x"', b"\xff\xfe", b'{"output": ' + b"[" * 5000, b"0" * 100_000]
)
def test_a_broken_body_is_refused(leader, body):
    answer = leader.post(
        CALLBACKS, data=body, content_type="application/json", headers={"X-CSRFToken": leader.csrf()}
    )
    assert answer.status_code == 400
    assert b"Traceback" not in answer.data


@pytest.mark.parametrize(
    "search",
    [
        "?region=440904' OR '1'='1",
        "?period=2023-03'--",
        "?sheet=(select 1)",
        "?region=%00",
        "?region=" + "9" * 5000,
        "?" + "&".join(f"a{n}=1" for n in range(500)),
        "?region=1&region=2",
        "?map=" + "a" * 50 + "!",
        "?period=" + "0" * 100_000,
        "?pathname_=/&self=1",
        *(f"?theme={text}" for text in SCRIPTS),
    ],
)
def test_an_address_full_of_nonsense_renders_a_page_and_no_error(leader, search):
    """SEC-031, SEC-054."""
    answer = leader.page("/", search)
    assert answer.status_code == 200
    assert "Traceback" not in answer.get_data(as_text=True)


def test_a_county_cannot_see_a_sibling_by_a_tampered_callback(door):
    door.sign_in("county")
    answer = door.page("/economy", f"?region={HUAZHOU}")
    assert answer.status_code == 200
    assert not re.search(r"化州市.{0,200}\d+\.\d", answer.get_data(as_text=True))


# ---- too much


def test_a_large_body_is_refused_before_it_is_read(leader):
    answer = leader.callback({"output": "x" * web.CALLBACK_BYTES})
    assert answer.status_code == 413


def test_a_large_sign_in_is_refused(door):
    assert door.post("/login", data={"name": "x" * web.CALLBACK_BYTES}).status_code in (400, 413)


# ---- headers (SEC-027)


@pytest.mark.parametrize("path", ["/login", "/", "/version", "/no-such-page"])
def test_every_answer_wears_the_headers(leader, path):
    headers = leader.get(path).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


def test_the_policy_allows_no_script_but_ours(leader):
    answer = leader.get("/")
    scripts = re.search(r"script-src ([^;]+)", answer.headers["Content-Security-Policy"])[1]
    assert "unsafe" not in scripts
    assert "http" not in scripts.replace("'sha256-", "")
    inline = re.findall(r"<script(?![^>]*src=)(?![^>]*application/json)[^>]*>", answer.get_data(as_text=True))
    assert len(inline) == scripts.count("sha256-")


def test_nothing_of_a_session_is_kept_by_caches_and_files_are_kept_for_good(leader):
    page = leader.get("/")
    assert page.headers["Cache-Control"] == "no-store"
    style = re.search(r'href="(/static/[^"]+)"', page.get_data(as_text=True))[1]
    assert "immutable" in leader.get(style).headers["Cache-Control"]


def test_with_https_cookies_are_secure_and_the_browser_remembers_https(tmp_path):
    settings = web.load_settings(
        environ={
            "CHENGMAI_STORE_URL": f"sqlite:///{tmp_path / 'store.db'}",
            "CHENGMAI_SECURITY_COOKIE_SECURE": "true",
        }
    )
    services = web.build(settings)
    services.accounts.settle_demo()
    client = web.create_app(services).server.test_client()
    secure = {"base_url": "https://localhost", "headers": {"Referer": "https://localhost/login"}}
    token = re.search(r'csrf_token" value="([^"]+)"', client.get("/login", **secure).get_data(as_text=True))[
        1
    ]
    leader = DEMO_ACCOUNTS[0]
    fields = {"csrf_token": token, "name": leader.name, "password": leader.password}
    answer = client.post("/login", data=fields, **secure)
    session = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("__Host-chengmai="))
    assert "Secure" in session
    assert "max-age" in answer.headers["Strict-Transport-Security"]


# ---- texts that break programs (SEC-028)


def test_naughty_names_are_shown_as_text_on_the_sign_in(door):
    for text in (*SCRIPTS, *NAUGHTY[::7]):
        page = door.post("/login", data={"name": text}).get_data(as_text=True)
        assert "Traceback" not in page
        shown = door.form("/login", {"name": text, "password": "x"}).get_data(as_text=True)
        assert "<img src=x" not in shown
        assert "<svg onload" not in shown
        assert "49" not in re.findall(r'id="name"[^>]*value="([^"]*)"', shown)


@pytest.mark.parametrize("text", SCRIPTS)
def test_a_naughty_display_name_is_shown_as_text(door, text):
    accounts = door.services.accounts
    name = f"x{abs(hash(text))}"
    made = accounts.create(SYSTEM, name, text, "leader", (CITY,))
    door.sign_in(name, made.password)
    page = door.get("/password").get_data(as_text=True)
    assert "<img src=x" not in page
    assert "<svg onload" not in page
    assert "<script>alert" not in page
    assert text in unescape(page)


def test_an_unexpected_error_shows_a_reference_and_no_traceback(application, leader, monkeypatch, caplog):
    monkeypatch.setattr(type(leader.services.pulse), "version", lambda self: 1 / 0)
    answer = leader.get("/version")
    told = answer.get_json()
    assert answer.status_code == 500
    assert b"ZeroDivision" not in answer.data
    assert told["reference"] in caplog.text
    assert "ZeroDivisionError" in caplog.text
