"""Telling people: who gets what over which channel, when, and what becomes of it."""

import shutil
import threading

import pytest
import sqlalchemy as sa

from data_access.accounts import Account, AccountStore, Grant
from data_access.channels import Outcome
from data_access.config import NoticeSettings, StoreSettings
from data_access.engine import create_engine
from data_access.migrations import create_schema
from data_access.outbox import FAILED, SENT, Channel, OutboxStore, Subscription
from data_access.outbox_tables import INBOX, notice_deliveries, notice_messages
from services.notices import Line, Notice, named
from services.telling import Telling
from services.telling_words import Words
from tests.builders import CITY, COUNTY_A, COUNTY_B, a_catalog, a_tree, an_indicator

NOON = 1_793_160_000
"""2026-10-28 12:00 in Shanghai."""

MINUTE, HOUR = 60, 3600


class Post:
    """A sender that keeps what it was given, and answers as it is told."""

    def __init__(self):
        self.sent = []
        self.answers = {}

    def __call__(self, channel, delivery, _limits):
        self.sent.append(delivery)
        answer = self.answers.get(channel.id, Outcome(sent=True))
        return answer() if callable(answer) else answer


class Office:
    """A city with people, channels and an outbox."""

    def __init__(self, engine, **settings):
        self.engine = engine
        self.post = Post()
        self.store = OutboxStore(engine)
        self._people = AccountStore(engine)
        words = Words(a_catalog(an_indicator()), a_tree(), "Asia/Shanghai", "https://c.example/")
        self.telling = Telling(
            self.store, a_tree(), words, NoticeSettings(**settings), "Asia/Shanghai",
            sender=self.post, chance=lambda: 0.5,
        )  # fmt: skip

    def person(self, name, role="leader", region=CITY, systems=("*",), **more):
        account = Account(name, name, name, role, grants=(Grant(region, systems),), **more)
        self._people.create(account, "x", at=0, actor="test")
        return account

    def revoke(self, account, region):
        self._people.revoke(account, region, at=0, actor="test")

    def channel(self, name="mail", kind="mail", region=CITY, **more):
        with self.store.begin() as connection:
            channel = Channel(name, name, kind, region, **more)
            self.store.keep_channel(connection, channel, at=0, actor="t", act="x")

    def wish(self, owner, channel="mail", **more):
        with self.store.begin() as connection:
            self.store.keep_subscription(connection, Subscription(0, owner, channel, **more), at=0, actor="t")

    def reader(self, name, channel="mail", **more):
        """A leader who gets mail."""
        self.person(name)
        self.wish(name, channel, **{"address": f"{name}@x.example", **more})

    def put(self, *notices):
        with self.store.begin() as connection:
            return self.telling.put(connection, notices)

    def send(self, now=NOON, patience=5.0):
        before = len(self.post.sent)
        self.telling.send(now, patience)
        return self.post.sent[before:]

    def read(self, name):
        return [one for one, _ in self.store.read(name, 100)]

    def states(self):
        with self.engine.connect() as connection:
            return list(connection.scalars(sa.select(notice_deliveries.c.state).order_by("id")))


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    """An empty store, made once."""
    path = tmp_path_factory.mktemp("blank") / "store.db"
    engine = create_engine(StoreSettings(url=f"sqlite:///{path}"))
    create_schema(engine)
    engine.dispose()
    return path


@pytest.fixture
def quick(blank, tmp_path):
    """An empty store of SQLite; what is asked of the store itself is tested on both engines, with ``engine``."""
    for file in blank.parent.glob("store.db*"):
        shutil.copy(file, tmp_path)
    engine = create_engine(StoreSettings(url=f"sqlite:///{tmp_path / 'store.db'}"))
    yield engine
    engine.dispose()


@pytest.fixture
def office(quick):
    return Office(quick)


def a_line(region=CITY, message="财政收入低于底线", about="", **fields):
    return Line(region, message, fields, about=about)


def a_notice(key="one", level=2, *lines, subject=None, **more):
    subject = subject or (lines[0] if lines else a_line())
    fields = {"kind": "alert.open", "region": CITY, "system": "econ", "address": "/warning/1", "at": NOON}
    return Notice(
        key=key, level=level, subject=subject, lines=lines if len(lines) > 1 else (), **(fields | more)
    )


# ---- who


def test_everybody_who_may_see_it_finds_it_without_having_asked(office):
    office.person("mayor")
    office.person("builder", systems=("proj",))
    office.person("watcher", "auditor")
    assert office.put(a_notice()) == 1
    assert [one.content["subject"]["message"] for one in office.read("mayor")] == ["财政收入低于底线"]


def test_a_notice_that_is_put_twice_is_told_once(office):
    office.reader("mayor")
    office.channel()
    assert office.put(a_notice(), a_notice()) == 2  # on the page and by mail
    assert office.put(a_notice()) == 0


def test_nobody_reads_a_sentence_about_a_region_that_is_not_theirs(office):
    office.person("head", "county_head", COUNTY_A)
    group = a_notice(
        "group", 2, a_line(COUNTY_A, "甲县"), a_line(COUNTY_B, "乙县"), subject=a_line(CITY, "两个县")
    )
    other = a_notice("other", 4, a_line(COUNTY_B, "乙县"))
    office.put(group, other)
    (told,) = office.read("head")
    assert told.content == {"subject": {"region": COUNTY_A, "message": "甲县", "fields": {}}, "lines": []}


def test_a_notice_for_somebody_goes_to_nobody_else_and_past_their_filters(office):
    office.channel()
    office.reader("mayor", level=4, kinds=("supervision",))
    office.person("deputy")
    office.put(a_notice(kind="alert.escalate", to=("mayor",)))
    assert {one.channel for one in office.read("mayor")} == {INBOX, "mail"}
    assert office.read("deputy") == []


def test_a_department_and_those_named_beside_get_it_with_those_who_asked(office):
    office.person("unit", "unit", COUNTY_A, department="finance")
    office.person("stranger", "unit", COUNTY_A, department="housing")
    office.person("mayor")
    office.person("quiet")
    office.wish("quiet", INBOX, kinds=("supervision",))
    office.put(a_notice("one", 2, department="finance"), a_notice("two", 2, also=("quiet",)))
    read = {
        name: [one.notice for one in office.read(name)] for name in ("unit", "stranger", "mayor", "quiet")
    }
    assert read == {"unit": ["one"], "stranger": [], "mayor": ["two", "one"], "quiet": ["two"]}


@pytest.mark.parametrize(
    ("kind", "told"), [("rule.flapping", "editor"), ("rule.no_data", "editor"), ("alert.open", "leader")]
)
def test_what_is_wrong_with_rules_is_told_to_those_who_mend_them_and_to_no_leader(office, kind, told):
    for role in ("leader", "editor", "analyst"):
        office.person(role, role)
    office.put(a_notice(kind=kind, level=0))
    assert (office.read("leader") != []) == (told == "leader")
    assert office.read("editor") != []


def test_the_end_is_told_to_those_who_were_told_of_the_beginning(office):
    office.person("mayor")
    office.person("strict")
    office.wish("strict", INBOX, level=3)
    office.put(a_notice("open", 2, a_line(about="x:1:1")))
    office.put(a_notice("end", 3, a_line(about="x:1:1"), kind="alert.resolve"))
    assert [one.notice for one in office.read("mayor")] == ["end", "open"]
    assert office.read("strict") == []


def test_who_answers_for_the_region_above_is_spared_the_sentence_below(office):
    office.person("mayor")
    office.person("head", "county_head", COUNTY_A)
    office.put(a_notice("county", 2, subject=Line(COUNTY_A, "甲县", {}, unless=CITY)))
    assert office.read("mayor") == []
    assert [one.notice for one in office.read("head")] == ["county"]


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({}, ["low", "high", "other"]),
        ({"level": 3}, ["high"]),
        ({"kinds": ("alert.upgrade",)}, ["other"]),
        ({"regions": (COUNTY_A,)}, ["high"]),
        ({"enabled": False}, []),
    ],
)
def test_one_is_told_what_one_asked_for(office, wish, told):
    office.channel()
    office.reader("mayor", **wish)
    office.put(
        a_notice("low", 2),
        a_notice("high", 3, a_line(COUNTY_A)),
        a_notice("other", 2, a_line(COUNTY_B), kind="alert.upgrade"),
    )
    assert [one.notice for one in reversed(office.read("mayor")) if one.channel == "mail"] == told


def test_a_group_reads_what_its_channel_was_opened_for(office):
    office.channel("robot", "wecom", COUNTY_A)
    office.wish("channel:robot", "robot")
    office.put(
        a_notice("a", 2, a_line(COUNTY_A)), a_notice("b", 2, a_line(COUNTY_B)), a_notice("c", to=("x",))
    )
    assert [one.notice for one in office.read("channel:robot")] == ["a"]


# ---- in which words


def test_a_mail_is_in_the_language_of_its_reader(office):
    office.channel()
    office.reader("mayor")
    office.reader("guest", language="en")
    line = a_line(COUNTY_A, "{place}：{state}", place=named("甲县", "County A"), state="正常")
    office.put(a_notice("one", 4, line))
    sent = {one.owner: one for one in office.send()}
    assert sent["mayor"].title == "【红色】甲县：正常"
    assert "https://c.example/warning/1" in sent["mayor"].body
    assert "County A" in sent["guest"].title
    assert "甲县" not in sent["guest"].title + sent["guest"].body


def test_what_is_due_together_is_one_mail_the_gravest_first(office):
    office.channel()
    office.reader("mayor")
    office.put(*(a_notice(f"n{level}", level, a_line(message=f"第{level}级")) for level in (1, 2, 3)))
    (mail,) = office.send()
    assert mail.title == "【橙色】3 条消息：第3级"
    places = [mail.body.index(f"第{level}级") for level in (3, 2, 1)]
    assert places == sorted(places)


def test_a_text_for_wecom_fits_and_counts_what_it_leaves_out(office):
    office.channel("app", "wecom_app")
    office.reader("mayor", "app")
    office.put(*(a_notice(f"n{n}", 1, a_line(message="长" * 100)) for n in range(20)))
    (sent,) = office.send()
    assert len(sent.body.encode()) <= 1900
    assert "另有" in sent.body


# ---- when


@pytest.mark.parametrize(
    ("at", "due"),
    [
        (NOON, NOON),
        (NOON + 10 * HOUR, NOON + 19 * HOUR),  # 22:00 waits until 07:00
        (NOON + 14 * HOUR + 125, NOON + 19 * HOUR),
        (NOON + 19 * HOUR, NOON + 19 * HOUR),
    ],
)
def test_quiet_hours_put_a_message_off_until_they_end(office, at, due):
    office.channel()
    office.reader("mayor", quiet=(22 * 60, 7 * 60))
    office.put(a_notice(at=at))
    assert [one.due_at for one in office.read("mayor") if one.channel == "mail"] == [due]


@pytest.mark.parametrize(("breaks", "sent"), [(True, 1), (False, 0)])
def test_red_breaks_through_unless_the_reader_says_otherwise(office, breaks, sent):
    office.channel()
    office.reader("mayor", quiet=(0, 23 * 60), red_breaks=breaks)
    office.put(a_notice("red", 4), a_notice("orange", 3))
    assert len(office.send()) == sent


def test_messages_are_gathered_to_the_end_of_the_span_but_red_goes_at_once(office):
    office.channel()
    office.reader("mayor", gather=60)
    office.put(
        a_notice("one", 2, at=NOON + 60), a_notice("two", 2, at=NOON + 600), a_notice("red", 4, at=NOON + 60)
    )
    assert [one.level for one in office.send(NOON + 60)] == [4]
    assert office.send(NOON + 1800) == []
    assert ["2 条消息" in one.title for one in office.send(NOON + HOUR)] == [True]


# ---- sent at least once, always under the same key


def test_what_is_due_is_sent_once(office):
    office.channel()
    office.reader("mayor")
    office.put(a_notice())
    assert len(office.send()) == 1
    assert office.send(NOON + HOUR) == []
    assert office.states() == [SENT]


def test_a_failure_is_tried_again_later_with_the_same_key_and_text(office):
    office.channel()
    office.reader("mayor")
    office.put(a_notice())
    office.post.answers["mail"] = Outcome(False, "SMTP 451: busy")
    (first,) = office.send()
    office.post.answers.clear()
    assert office.send(NOON + 29) == []
    (second,) = office.send(NOON + 30)
    assert (first.key, first.title, first.body) == (second.key, second.title, second.body)
    assert office.states() == [SENT]


def test_waits_double_until_the_message_is_given_up_and_administrators_are_told(quick):
    office = Office(quick, attempts=3)
    office.channel()
    office.reader("mayor")
    office.person("keeper", "admin")
    office.put(a_notice())
    office.post.answers["mail"] = Outcome(False, "SMTP 451: busy")
    at = [NOON, NOON + 30, NOON + 30 + 60]
    assert [len(office.send(moment)) for moment in at] == [1, 1, 1]
    assert office.states() == [FAILED]
    assert office.send(NOON + 100 * HOUR) == []
    given_up = next(one for one in office.read("keeper") if one.kind == "notices.given_up")
    assert given_up.content["subject"]["fields"]["error"]["zh"] == "SMTP 451: busy"
    numbers = [(row[0], row[3]) for row in office.store.attempts(1)]
    assert numbers == [(1, FAILED), (2, FAILED), (3, FAILED)]


def test_what_never_will_work_is_given_up_at_once_and_can_be_sent_again_under_its_key(engine):
    office = Office(engine)
    office.channel()
    office.reader("mayor")
    office.put(a_notice())
    office.post.answers["mail"] = Outcome(False, "SMTP 550: no such user", again=False)
    (first,) = office.send()
    assert office.states() == [FAILED]
    office.post.answers.clear()
    with office.store.begin() as connection:
        office.store.again(connection, 1, at=NOON + 60, actor="keeper")
    (second,) = office.send(NOON + 60)
    assert first.key == second.key
    assert office.states() == [SENT]


def test_a_channel_that_fails_is_left_alone_and_the_others_go_on(office):
    for name in ("mail", "other"):
        office.channel(name)
    for name in ("ann", "bob", "cat"):
        office.reader(name)
        office.wish(name, "other", address=name)
    office.put(a_notice())
    office.post.answers["mail"] = Outcome(False, "timeout", channel=True)
    sent = office.send()
    assert sorted(one.channel for one in sent) == ["mail", "other", "other", "other"]
    office.post.answers.clear()
    assert office.send(NOON + 20) == []
    assert len(office.send(NOON + 31)) == 3


def test_a_receiver_that_hangs_holds_up_nobody_else(office):
    for name in ("mail", "hang"):
        office.channel(name)
    office.reader("mayor")
    office.wish("mayor", "hang", address="x")
    stuck = threading.Event()
    office.post.answers["hang"] = lambda: Outcome(sent=stuck.wait(20))
    office.put(a_notice())
    assert office.telling.send(NOON, patience=0.3) == 1
    office.put(a_notice("two"))
    assert office.telling.send(NOON + 1, patience=0.3) == 1  # and the stuck one is not begun a second time
    assert [one.channel for one in office.post.sent].count("hang") == 1
    stuck.set()
    office.telling.close(5)
    assert office.states().count(SENT) == 3


def test_a_channel_gets_no_more_in_a_minute_than_it_takes(quick):
    office = Office(quick, per_minute=2)
    office.channel()
    for name in ("a", "b", "c", "d", "e"):
        office.reader(name)
    office.put(a_notice())
    assert [len(office.send(NOON + at)) for at in (0, 10, 61, 122)] == [2, 0, 2, 1]


def test_a_dead_process_loses_nothing_and_its_claim_runs_out(engine):
    office = Office(engine)
    office.channel()
    office.reader("mayor")
    office.put(a_notice())
    with office.store.begin() as connection:
        office.telling._form(connection, NOON)
        (claimed,) = office.store.claim(connection, NOON, NOON + 100, "dead", most=10)
        office.store.start(connection, claimed, NOON)
    assert office.send(NOON + 99) == []
    (sent,) = office.send(NOON + 100)
    assert sent.key == claimed.key
    outcomes = [row[3] for row in office.store.attempts(claimed.id)]
    assert outcomes == ["", SENT]


def test_two_processes_share_the_work_and_send_nothing_twice(engine):
    offices = [Office(engine) for _ in range(2)]
    offices[0].channel()
    for number in range(20):
        offices[0].reader(f"r{number}")
    offices[0].put(a_notice())
    threads = [threading.Thread(target=one.send) for one in offices]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    keys = [delivery.key for one in offices for delivery in one.post.sent]
    assert len(keys) == len(set(keys)) == 20


# ---- what is not sent any more


def test_who_may_no_longer_see_it_gets_nothing_of_what_waits(office):
    office.channel()
    head = office.person("head", "county_head", COUNTY_A)
    office.wish("head", address="h@x.example")
    office.put(a_notice("a", 2, a_line(COUNTY_A)))
    office.revoke(head, COUNTY_A)
    assert office.send() == []
    with office.engine.connect() as connection:
        dropped = set(connection.scalars(sa.select(notice_messages.c.dropped)))
    assert dropped == {"", "no_right"}


def test_a_channel_that_was_switched_off_lets_nothing_out(office):
    office.channel()
    office.reader("mayor")
    office.put(a_notice())
    off = Channel("mail", "mail", "mail", CITY, enabled=False, version=1)
    with office.store.begin() as connection:
        office.store.keep_channel(connection, off, at=0, actor="t", act="x")
    assert office.send() == []


def test_what_is_rolled_back_is_never_told(office):
    office.channel()
    office.reader("mayor")

    def fail():
        with office.store.begin() as connection:
            office.telling.put(connection, [a_notice()])
            raise RuntimeError("the event itself failed")

    with pytest.raises(RuntimeError):
        fail()
    assert office.read("mayor") == []
    assert office.send() == []
