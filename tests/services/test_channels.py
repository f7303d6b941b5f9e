"""Channels and subscriptions: what is taken, what is refused at which field, and that a secret never comes out again."""

import json
import logging
import shutil
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from data_access.accounts import Account, AccountStore, Grant, audit
from data_access.channels import Outcome
from data_access.config import NoticeSettings, StoreSettings
from data_access.engine import create_engine
from data_access.migrations import create_schema
from data_access.outbox import FAILED, SENT, OutboxStore
from indicators.errors import CockpitError
from services.access import Actor
from services.channels import FIELDS, KINDS, Channels
from services.notices import Line, Notice
from services.subscriptions import Subscriptions
from services.telling import FOR_GROUPS, Telling, offered
from services.telling_words import KINDS as NOTICES
from services.telling_words import Words
from tests.builders import CITY, COUNTY_A, COUNTY_B, a_catalog, a_tree, an_indicator

NOW = datetime(2026, 10, 28, 4, tzinfo=UTC)
AT = int(NOW.timestamp())
KEEPER = Actor("keeper", "keeper", "admin", (CITY,))
MAYOR = Actor("mayor", "mayor", "leader", (CITY,))
HEAD = Actor("head", "head", "county_head", (COUNTY_A,))
TOKEN = "abcdef0123456789"

MAIL = {"kind": "mail", "name": "市府邮箱", "region": str(CITY), "host": "93.184.216.34", "port": "25", "mode": "insecure",
        "sender": "cockpit@city.example", "login": "cockpit", "token": "pass-word-1"}  # fmt: skip
ROBOT = {"kind": "dingtalk", "name": "值班群", "region": str(COUNTY_A), "token": TOKEN, "signing": "SECabc",
         "kinds": " ".join(FOR_GROUPS), "level": "2", "gather": "0", "language": "zh", "enabled": "yes"}  # fmt: skip
WISH = {"channel": "inbox", "kinds": "alert.open alert.upgrade", "level": "3", "gather": "0", "language": "zh",
        "enabled": "yes", "red_breaks": "yes"}  # fmt: skip


class House:
    """The services around messages, on an empty store."""

    def __init__(self, engine, internal=""):
        self.engine = engine
        self.sent = []
        self.answer = Outcome(sent=True)
        store, tree = OutboxStore(engine), a_tree()
        words = Words(a_catalog(an_indicator()), tree, "Asia/Shanghai", "")
        self.telling = Telling(store, tree, words, NoticeSettings(internal=internal, attempts=1), "Asia/Shanghai",
                               sender=self._send)  # fmt: skip
        self.store = store
        self.channels = Channels(store, self.telling, tree, lambda: NOW, timedelta(hours=8))
        self.mine = Subscriptions(store, self.telling, words, tree, lambda: NOW, timedelta(hours=8))
        people = AccountStore(engine)
        for actor in (KEEPER, MAYOR, HEAD):
            grants = tuple(Grant(one) for one in actor.regions)
            people.create(
                Account(actor.id, actor.name, actor.name, actor.role, grants=grants), "x", at=0, actor="t"
            )

    def _send(self, _channel, delivery, _limits):
        self.sent.append(delivery)
        return self.answer

    def put(self, *lines, **more):
        fields = {
            "key": "n",
            "kind": "alert.open",
            "region": CITY,
            "system": "",
            "level": 4,
            "address": "/",
            "at": AT,
        }
        notice = Notice(subject=lines[0], lines=lines[1:], **(fields | more))
        with self.store.begin() as connection:
            return self.telling.put(connection, [notice])


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    path = tmp_path_factory.mktemp("blank") / "store.db"
    engine = create_engine(StoreSettings(url=f"sqlite:///{path}"))
    create_schema(engine)
    engine.dispose()
    return path


@pytest.fixture
def quick(blank, tmp_path):
    for file in blank.parent.glob("store.db*"):
        shutil.copy(file, tmp_path)
    engine = create_engine(StoreSettings(url=f"sqlite:///{tmp_path / 'store.db'}"))
    yield engine
    engine.dispose()


@pytest.fixture
def house(quick):
    return House(quick)


def refused(work, *arguments):
    """The fields that were refused, each with the key of what is wrong."""
    with pytest.raises(CockpitError) as error:
        work(*arguments)
    return {(issue.where, issue.key) for issue in error.value.issues}


# ---- channels


def test_a_channel_is_kept_and_shown_without_what_opens_it(house, caplog):
    caplog.set_level(logging.DEBUG)
    for wish in (MAIL, ROBOT):
        house.channels.save(KEEPER, wish)
    views = house.channels.listing(KEEPER)
    assert [(one.name, one.kind, one.personal) for one in views] == [
        ("值班群", "dingtalk", False),
        ("市府邮箱", "mail", True),
    ]
    with house.engine.connect() as connection:
        logged = "".join(connection.scalars(sa.select(audit.c.detail)))
    shown = (
        json.dumps([asdict(one) for one in views], default=str)
        + logged
        + caplog.text
        + repr(house.store.channels())
    )
    for secret in ("pass-word-1", TOKEN, "SECabc"):
        assert secret not in shown


@pytest.mark.parametrize("actor", [MAYOR, HEAD])
def test_only_administrators_see_and_change_channels(house, actor):
    for work in (house.channels.listing, house.channels.failures, house.channels.counts):
        assert refused(work, actor) == {("", "forbidden")}
    assert refused(house.channels.save, actor, MAIL) == {("", "forbidden")}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"host": "10.1.2.3"}, ("host", "internal_address")),
        ({"host": "localhost"}, ("host", "internal_address")),
        ({"host": ""}, ("host", "field_missing")),
        ({"sender": "nobody"}, ("sender", "bad_mailbox")),
        ({"port": "0"}, ("port", "field_number")),
        ({"token": ""}, ("token", "secret_again")),
        ({"name": ""}, ("name", "field_missing")),
        ({"region": "火星"}, ("region", "unknown_region")),
        ({"kind": "pigeon"}, ("kind", "field_choice")),
    ],
)
def test_what_is_wrong_with_a_mail_channel_is_said_at_its_field(house, change, wrong):
    assert wrong in refused(house.channels.save, KEEPER, MAIL | change)


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("https://127.0.0.1/hook", "internal_address"),
        ("https://[::ffff:10.0.0.1]/hook", "internal_address"),
        ("https://169.254.169.254/latest/meta-data", "internal_address"),
        ("http://93.184.216.34/hook", "not_encrypted"),
        ("ftp://93.184.216.34/", "bad_address"),
        ("https://user:word@93.184.216.34/", "bad_address"),
        ("https://93.184.216.34:x/", "bad_address"),
        ("hook", "bad_address"),
    ],
)
def test_a_web_hook_goes_nowhere_it_should_not(house, address, wrong):
    assert ("token", wrong) in refused(
        house.channels.save, KEEPER, ROBOT | {"kind": "webhook", "token": address}
    )


def test_what_the_settings_allow_is_taken(quick):
    house = House(quick, internal="127.0.0.0/8")
    made = house.channels.save(KEEPER, ROBOT | {"kind": "webhook", "token": "http://127.0.0.1:81/hook"})
    assert made.settings == {"host": "127.0.0.1:81"}


@pytest.mark.parametrize(
    ("kind", "pasted", "settings"),
    [
        ("wecom", f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={TOKEN}", {}),
        ("dingtalk", f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}", {}),
        ("dingtalk", TOKEN, {}),
        ("zwding", f"https://93.184.216.34/gov/robot/send?access_token={TOKEN}",
         {"base": "https://93.184.216.34", "path": "/gov/robot/send"}),
        ("feishu", f"https://open.feishu.cn/open-apis/bot/v2/hook/{TOKEN}", {}),
    ],
)  # fmt: skip
def test_the_address_of_a_robots_page_is_understood(house, kind, pasted, settings):
    made = house.channels.save(KEEPER, ROBOT | {"kind": kind, "token": pasted})
    assert made.settings == settings
    assert json.loads(house.store.channels()[made.id].secret)["token"] == TOKEN


def test_a_robot_of_an_own_deployment_needs_its_whole_address(house):
    assert ("token", "robot_address") in refused(house.channels.save, KEEPER, ROBOT | {"kind": "zwding"})


def test_a_secret_that_is_left_empty_stays_but_does_not_go_to_another_server(house):
    made = house.channels.save(KEEPER, MAIL)
    change = MAIL | {"channel": made.id, "version": "1", "token": ""}
    house.channels.save(KEEPER, change | {"name": "新名"})
    kept = house.store.channels()[made.id]
    assert (kept.name, json.loads(kept.secret)) == ("新名", {"token": "pass-word-1"})
    moved = change | {"version": "2", "host": "93.184.216.35"}
    assert refused(house.channels.save, KEEPER, moved) == {("token", "secret_again")}


def test_the_second_of_two_administrators_sees_that_there_was_a_first(house):
    made = house.channels.save(KEEPER, ROBOT)
    change = ROBOT | {"channel": made.id, "version": "1", "token": ""}
    house.channels.save(KEEPER, change | {"name": "甲"})
    assert refused(house.channels.save, KEEPER, change | {"name": "乙"}) == {("", "record_changed")}
    assert [one.name for one in house.channels.listing(KEEPER)] == ["甲"]


def test_every_kind_has_a_name_and_its_fields():
    assert set(KINDS) == set(FIELDS)


def test_a_group_is_told_of_its_own_region_only(house):
    made = house.channels.save(KEEPER, ROBOT)
    house.put(Line(CITY, "两县"), Line(COUNTY_A, "甲县"), Line(COUNTY_B, "乙县"))
    house.telling.send(AT)
    (sent,) = house.sent
    assert (sent.channel, "甲县" in sent.title, "乙县" in sent.title + sent.body) == (made.id, True, False)


def test_a_test_message_goes_out_at_once_and_says_what_became_of_it(house):
    made = house.channels.save(KEEPER, MAIL)
    assert house.channels.test(KEEPER, made.id, "a@city.example").state == SENT
    house.answer = Outcome(False, "timeout", channel=True)
    assert house.channels.test(KEEPER, made.id, "a@city.example").error == "timeout"
    (view,) = house.channels.listing(KEEPER)
    assert (view.failures, view.error) == (1, "timeout")
    house.answer = Outcome(sent=True)
    assert house.channels.test(KEEPER, made.id, "a@city.example").state == SENT


def test_what_was_given_up_is_listed_with_its_attempts_and_sent_again(house):
    made = house.channels.save(KEEPER, MAIL)
    house.answer = Outcome(False, "SMTP 550: no", again=False)
    house.channels.test(KEEPER, made.id, "a@city.example")
    (lost,) = house.channels.failures(KEEPER)
    assert (lost.delivery.state, lost.delivery.error, len(lost.attempts), lost.owner) == (
        FAILED, "SMTP 550: no", 1, "keeper",
    )  # fmt: skip
    house.answer = Outcome(sent=True)
    house.channels.again(KEEPER, lost.delivery.id)
    house.telling.send(AT)
    assert len({one.key for one in house.sent}) == 1
    assert house.channels.failures(KEEPER) == ()
    assert refused(house.channels.again, KEEPER, lost.delivery.id) == {("", "record_changed")}


# ---- subscriptions


def test_who_chose_nothing_is_told_everything_here(house):
    assert house.mine.mine(MAYOR).inbox.kinds == ("*",)


def test_a_wish_is_kept_and_changed(house):
    house.mine.save(MAYOR, WISH)
    inbox = house.mine.mine(MAYOR).inbox
    assert (inbox.kinds, inbox.level) == (("alert.open", "alert.upgrade"), 3)
    house.mine.save(MAYOR, WISH | {"wish": str(inbox.id), "wish_version": "1", "level": "4"})
    assert house.mine.mine(MAYOR).inbox.level == 4
    assert refused(house.mine.save, MAYOR, WISH | {"wish": str(inbox.id), "wish_version": "1"}) == {
        ("", "record_changed")
    }


def test_all_that_is_offered_means_everything_that_will_ever_come(house):
    house.mine.save(MAYOR, WISH | {"kinds": " ".join(offered(MAYOR))})
    assert house.mine.mine(MAYOR).inbox.kinds == ("*",)
    assert set(offered(MAYOR)) < set(NOTICES)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"kinds": ""}, ("kinds", "no_kinds")),
        ({"level": "9"}, ("level", "field_number")),
        ({"regions": "火星"}, ("regions", "unknown_region")),
        ({"regions": str(COUNTY_B)}, ("regions", "unseen_region")),
        ({"quiet_from": "22:00"}, ("quiet_to", "half_quiet")),
        ({"quiet_from": "25:00", "quiet_to": "7:00"}, ("quiet_from", "bad_clock")),
        ({"gather": "7"}, ("gather", "field_choice")),
        ({"language": "xx"}, ("language", "field_choice")),
    ],
)
def test_what_is_wrong_with_a_wish_is_said_at_its_field(house, change, wrong):
    assert wrong in refused(house.mine.save, HEAD, WISH | change)


def test_mail_goes_only_to_the_mailboxes_that_the_channel_was_opened_for(house):
    made = house.channels.save(KEEPER, MAIL | {"domains": "city.gov.cn"})
    wish = WISH | {"channel": made.id}
    assert ("address", "foreign_mailbox") in refused(
        house.mine.save, MAYOR, wish | {"address": "m@elsewhere.example"}
    )
    assert ("address", "bad_mailbox") in refused(house.mine.save, MAYOR, wish | {"address": "mayor"})
    house.mine.save(MAYOR, wish | {"address": "mayor@city.gov.cn"})
    assert ("address", "address_taken") in refused(
        house.mine.save, MAYOR, wish | {"address": "mayor@city.gov.cn"}
    )


def test_nobody_subscribes_to_the_channel_of_a_group_or_changes_the_wish_of_another(house):
    robot = house.channels.save(KEEPER, ROBOT)
    assert refused(house.mine.save, MAYOR, WISH | {"channel": robot.id}) == {("", "unknown_channel")}
    house.mine.save(MAYOR, WISH)
    number = house.mine.mine(MAYOR).inbox.id
    stolen = WISH | {"wish": str(number), "wish_version": "1", "level": "0"}
    assert refused(house.mine.save, HEAD, stolen) == {("", "record_changed")}


@pytest.mark.parametrize("role", ["viewer", "feed", "auditor", "security_admin"])
def test_screens_machines_and_watchers_have_no_subscriptions(house, role):
    assert refused(house.mine.mine, Actor("x", "x", role, (CITY,))) == {("", "forbidden")}


def test_what_one_was_told_stands_once_with_all_the_ways_it_went(house):
    made = house.channels.save(KEEPER, MAIL)
    house.mine.save(MAYOR, WISH | {"channel": made.id, "address": "mayor@city.example"})
    house.put(Line(CITY, "财政收入低于底线"))
    house.telling.send(AT)
    (entry,) = house.mine.told(MAYOR, "zh")
    assert entry.told.subject == "财政收入低于底线"
    assert [(way.channel, way.state) for way in entry.ways] == [("inbox", "inbox"), ("市府邮箱", "sent")]


def test_what_one_may_no_longer_see_is_not_read_again(house):
    house.put(Line(CITY, "两县"), Line(COUNTY_A, "甲县"), Line(COUNTY_B, "乙县"))
    (entry,) = house.mine.told(MAYOR, "zh")
    assert entry.told.lines == ("甲县", "乙县")
    (entry,) = house.mine.told(Actor("mayor", "mayor", "county_head", (COUNTY_A,)), "zh")
    assert (entry.told.subject, entry.told.lines) == ("甲县", ())
