"""Telling people: who gets what over which channel, when, and what becomes of it."""

from data_access.accounts import Account, AccountStore, Grant
from data_access.channels import Outcome
from data_access.config import NoticeSettings
from data_access.outbox import FAILED, OPEN, SENT, Channel, OutboxStore, Subscription
from data_access.outbox_tables import INBOX
from services.notices import Line, Notice
from services.telling import Telling
from services.telling_words import Words
from tests.builders import CITY, COUNTY_A, COUNTY_B, a_catalog, a_tree, an_indicator

NOON = 1_793_160_000  # 2026-10-28 12:00 in Shanghai
MINUTE, HOUR = 60, 3600

import pytest


class Post:
    """A sender that keeps what it was given, and answers as it is told."""

    def __init__(self):
        self.sent = []
        self.answers = {}

    def __call__(self, channel, delivery, limits):
        self.sent.append(delivery)
        return self.answers.get(channel.id, Outcome(sent=True))


class Office:
    """A city with people, channels and an outbox."""

    def __init__(self, engine):
        self.post = Post()
        self.store = OutboxStore(engine)
        self._people = AccountStore(engine)
        self.telling = Telling(
            self.store, a_tree(), Words(a_catalog(an_indicator()), a_tree(), "Asia/Shanghai", "https://c.example"),
            NoticeSettings(), "Asia/Shanghai", sender=self.post, chance=lambda: 0.5,
        )

    def person(self, name, role="leader", region=CITY, **more):
        account = Account(name, name, name, role, grants=(Grant(region),), **more)
        self._people.create(account, "x", at=0, actor="test")
        return account

    def channel(self, id="mail", kind="mail", region=CITY, **more):
        with self.store.begin() as connection:
            self.store.keep_channel(connection, Channel(id, id, kind, region, **more), at=0, actor="t", act="x")

    def wish(self, owner, channel="mail", **more):
        with self.store.begin() as connection:
            self.store.keep_subscription(connection, Subscription(0, owner, channel, **more), at=0, actor="t")

    def put(self, *notices):
        with self.store.begin() as connection:
            return self.telling.put(connection, notices)

    def read(self, name):
        return [one for one, _ in self.store.read(name, 100)]


@pytest.fixture
def office(engine):
    return Office(engine)


def a_line(region=CITY, message="财政收入低于底线", **fields):
    return Line(region, message, fields)


def a_notice(key="one", level=2, lines=None, **more):
    lines = lines or (a_line(),)
    fields = {"kind": "alert.open", "region": CITY, "system": "econ", "subject": lines[0], "address": "/warning/1",
              "at": NOON}
    return Notice(key=key, level=level, lines=lines, **(fields | more))


def test_everybody_who_may_see_reads_it_without_asking(office):
    office.person("mayor")
    office.person("head", "county_head", COUNTY_A)
    office.person("watcher", "auditor")
    assert office.put(a_notice()) == 2
    assert office.read("mayor")[0].content["subject"]["message"] == "财政收入低于底线"


def test_a_notice_put_twice_is_one(office):
    office.person("mayor")
    assert office.put(a_notice(), a_notice()) == 1
    assert office.put(a_notice()) == 0


def test_what_is_due_is_sent_once(office):
    office.person("mayor")
    office.channel()
    office.wish("mayor", address="m@x.example")
    office.put(a_notice())
    assert office.telling.send(NOON) == 1
    assert office.telling.send(NOON + 1) == 0
    assert office.post.sent[0].title == "【黄色】财政收入低于底线"
