"""Senders against real receivers on loopback: what they send, what they take for sent, and where they do not go."""

import base64
import hashlib
import hmac
import json
import socket
import time
from email.header import decode_header, make_header

import pytest
import requests

from data_access.channels import KEY_HEADER, KINDS, Limits, send, without
from data_access.guard import Allowed, RefusedAddress, guarded, inner, refusal
from data_access.outbox import Channel, Delivery
from tests.receivers import Mailbox, Silence, Web

HERE = Allowed.read("127.0.0.0/8")
QUICK = Limits(1, 1, 2, HERE)


@pytest.fixture
def web():
    server = Web({"body": {"errcode": 0}})
    yield server
    server.close()


@pytest.fixture
def mailbox():
    server = Mailbox()
    yield server
    server.close()


@pytest.fixture
def silence():
    server = Silence()
    yield server
    server.close()


def a_delivery(body="高州市财政收入低于底线", address="", title="【红色】财政收入"):
    return Delivery(7, "k" * 32, "ann", "c", address, "zh", 4, title, body, 0)


def a_channel(kind, secret=None, **settings):
    secret = {"token": "abcdef0123456789"} if secret is None else secret
    return Channel("c", "c", kind, 0, settings=settings, secret=json.dumps(secret))


def mail_to(box, **more):
    settings = {
        "host": "127.0.0.1",
        "port": str(box.port),
        "mode": "insecure",
        "sender": "cockpit@city.example",
    }
    return a_channel("mail", {}, **(settings | more))


def test_a_mail_arrives_with_its_key_in_the_message_id(mailbox):
    outcome = send(mail_to(mailbox), a_delivery(address="mayor@city.example"), QUICK)
    (mail,) = mailbox.got
    assert outcome.sent
    assert mail.to == "mayor@city.example"
    assert str(make_header(decode_header(mail.headers["Subject"]))) == "【红色】财政收入"
    assert mail.headers["Message-ID"] == f"<{'k' * 32}@city.example>"
    assert mail.headers[KEY_HEADER] == "k" * 32
    assert "高州市财政收入低于底线" in mail.body


@pytest.mark.parametrize(
    ("reply", "again"), [("550 no such user", False), ("451 greylisted, come back", True)]
)
def test_an_address_that_the_mail_server_refuses_is_the_addresss_fault(mailbox, reply, again):
    mailbox.refused["nobody@city.example"] = reply
    outcome = send(mail_to(mailbox), a_delivery(address="nobody@city.example"), QUICK)
    assert (outcome.sent, outcome.again, outcome.channel) == (False, again, False)
    assert reply[:3] in outcome.detail


def test_a_web_hook_gets_json_with_its_key_and_a_signature(web):
    channel = a_channel("webhook", {"url": f"{web.url}/hook?token=t", "signing": "s3cret"})
    assert send(channel, a_delivery(), QUICK).sent
    (got,) = web.got
    assert got.path == "/hook?token=t"
    assert got.headers["Idempotency-Key"] == got.body["key"] == "k" * 32
    assert (got.body["title"], got.body["message"]) == ("【红色】财政收入", "高州市财政收入低于底线")
    text = json.dumps(got.body, ensure_ascii=False).encode()
    proof = hmac.new(b"s3cret", text, hashlib.sha256).hexdigest()
    assert got.headers["X-Chengmai-Signature"] == f"sha256={proof}"


ROBOTS = {
    "wecom": ("/cgi-bin/webhook/send?key=abcdef0123456789", lambda body: body["text"]["content"]),
    "dingtalk": ("/robot/send?access_token=abcdef0123456789", lambda body: body["text"]["content"]),
    "zwding": ("/robot/send?access_token=abcdef0123456789", lambda body: body["text"]["content"]),
    "feishu": ("/open-apis/bot/v2/hook/abcdef0123456789", lambda body: body["content"]["text"]),
    "lark": ("/open-apis/bot/v2/hook/abcdef0123456789", lambda body: body["content"]["text"]),
}


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_robot_gets_title_and_text_at_its_own_address(web, kind):
    path, text = ROBOTS[kind]
    assert send(a_channel(kind, base=web.url), a_delivery(), QUICK).sent
    (got,) = web.got
    assert got.path == path
    assert "【红色】财政收入" in text(got.body)
    assert "高州市财政收入低于底线" in text(got.body)


def test_robots_that_ask_for_a_signature_get_one(web):
    for kind in ("dingtalk", "feishu"):
        secret = {"token": "abcdef0123456789", "signing": "SEC0123456789"}
        assert send(a_channel(kind, secret, base=web.url), a_delivery(), QUICK).sent
    ding, feishu = web.got
    asked = requests.models.PreparedRequest()
    asked.prepare_url(web.url + ding.path, None)
    assert "timestamp=" in asked.url
    assert "sign=" in asked.url
    key = f"{feishu.body['timestamp']}\nSEC0123456789".encode()
    assert feishu.body["sign"] == base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()


def test_an_application_of_wecom_gets_a_token_and_writes_to_one_person():
    web = Web({"body": {"errcode": 0, "access_token": "tok"}}, {"body": {"errcode": 0}})
    channel = a_channel("wecom_app", corp="ww1", agent="1000002", base=web.url)
    assert send(channel, a_delivery(address="li.si"), QUICK).sent
    asked, sent = web.got
    web.close()
    assert asked.path.startswith("/cgi-bin/gettoken?corpid=ww1")
    assert (sent.path, sent.body["touser"]) == ("/cgi-bin/message/send?access_token=tok", "li.si")


@pytest.mark.parametrize(
    ("answer", "again", "channel"),
    [
        ({"body": {"errcode": 93000, "errmsg": "invalid webhook url"}}, False, True),
        ({"body": {"errcode": 45009, "errmsg": "api freq out of limit"}}, True, True),
        ({"body": {"code": 19021, "msg": "sign match fail"}}, False, True),
        ({"status": 500}, True, True),
        ({"status": 400}, False, False),
    ],
)
def test_what_a_platform_refuses_is_not_taken_for_sent(answer, again, channel):
    web = Web(answer)
    outcome = send(a_channel("wecom", base=web.url), a_delivery(), QUICK)
    web.close()
    assert (outcome.sent, outcome.again, outcome.channel) == (False, again, channel)


def test_who_asks_to_be_left_alone_is():
    web = Web({"status": 429, "headers": {"Retry-After": "120"}})
    assert send(a_channel("wecom", base=web.url), a_delivery(), QUICK).pause == 120
    web.close()


# ---- where nothing is sent


def test_without_leave_nothing_is_sent_to_an_inner_address(web):
    channel = a_channel("webhook", {"url": web.url})
    outcome = send(channel, a_delivery(), Limits(1, 1, 2, Allowed()))
    assert (outcome.sent, outcome.again) == (False, False)
    assert outcome.detail == "refused_address 127.0.0.1"
    assert web.got == []


def test_no_mail_goes_to_an_inner_address_without_leave(mailbox):
    outcome = send(mail_to(mailbox), a_delivery(address="a@b.example"), Limits(1, 1, 2, Allowed()))
    assert outcome.detail == "refused_address 127.0.0.1"
    assert mailbox.got == []


def test_a_redirect_is_not_followed(web):
    door = Web({"status": 307, "headers": {"Location": f"{web.url}/inside"}})
    outcome = send(a_channel("webhook", {"url": door.url}), a_delivery(), QUICK)
    door.close()
    assert (outcome.sent, outcome.again) == (False, False)
    assert web.got == []


def test_a_name_is_judged_by_what_it_means_when_it_is_connected_to(monkeypatch, web):
    """The first answer is an open address, as when the channel was saved; the next one lies inside."""
    real = socket.getaddrinfo
    answers = ["93.184.216.34", "127.0.0.1"]

    def answer(host, port, *more, **named):
        return real(answers.pop(0) if host == "moving.example" else host, port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    assert inner("moving.example", web.port, Allowed()) == ""
    channel = a_channel("webhook", {"url": f"http://moving.example:{web.port}/"})
    assert send(channel, a_delivery(), Limits(1, 1, 2, Allowed())).detail == "refused_address 127.0.0.1"
    assert web.got == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.9", "169.254.169.254", "100.64.0.1", "0.0.0.0",
     "224.0.0.1", "::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::a01:203", "2002:a01:203::1", "nonsense"],
)  # fmt: skip
def test_inner_addresses_are_shut_in_every_spelling(address):
    assert not Allowed().opens(address)


def test_what_settings_name_is_open_and_nothing_beside_it():
    allowed = Allowed.read("10.1.0.0/16, smtp.city.gov.cn")
    assert allowed.opens("10.1.2.3")
    assert allowed.opens("::ffff:10.1.2.3")
    assert not allowed.opens("10.2.0.1")
    assert allowed.opens("10.2.0.1", "SMTP.city.gov.cn")
    assert Allowed().opens("93.184.216.34")


def test_only_the_thread_that_sends_is_judged(web):
    with guarded(Allowed(), "", 5), pytest.raises(OSError, match="refused") as shut:
        socket.create_connection(("127.0.0.1", web.port), 1)
    assert isinstance(refusal(shut.value), RefusedAddress)
    socket.create_connection(("127.0.0.1", web.port), 1).close()


# ---- receivers that hang


@pytest.mark.parametrize("kind", ["webhook", "mail"])
def test_a_receiver_that_says_nothing_is_left_in_time(silence, kind):
    channel = a_channel("webhook", {"url": silence.url}) if kind == "webhook" else mail_to(silence)
    begun = time.monotonic()
    outcome = send(channel, a_delivery(address="a@b.example"), QUICK)
    assert (outcome.sent, outcome.again, outcome.channel) == (False, True, True)
    assert time.monotonic() - begun < 2.5


def test_a_receiver_that_drips_is_cut_off():
    web = Web({"body": {"errcode": 0, "more": "x" * 100}, "drip": 0.2})
    begun = time.monotonic()
    outcome = send(a_channel("wecom", base=web.url), a_delivery(), Limits(1, 1, 1, HERE))
    web.close()
    assert not outcome.sent
    assert time.monotonic() - begun < 2.5


# ---- what is not told


def test_no_secret_is_in_what_is_said_of_a_failure(caplog):
    with socket.create_server(("127.0.0.1", 0)) as shut:
        port = shut.getsockname()[1]
    for kind in sorted(KINDS):
        secret = {"token": "abcdef0123456789", "url": f"http://127.0.0.1:{port}/x?token=abcdef0123456789",
                  "signing": "SECsigning99"}  # fmt: skip
        channel = a_channel(kind, secret, base=f"http://127.0.0.1:{port}", host="127.0.0.1", port=str(port),
                            mode="insecure", sender="a@b.example", corp="ww1", agent="1")  # fmt: skip
        outcome = send(channel, a_delivery(address="li.si@b.example"), QUICK)
        assert not outcome.sent
        for hidden in ("abcdef0123456789", "SECsigning99"):
            assert hidden not in outcome.detail
            assert hidden not in caplog.text
        assert "abcdef" not in repr(channel)


def test_a_text_loses_secrets_and_questions():
    channel = a_channel("wecom")
    assert without("at /send?key=abcdef0123456789 (abcdef0123456789)", channel) == "at /send?*** (***)"
