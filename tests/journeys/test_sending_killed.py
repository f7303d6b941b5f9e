"""kill -9 in the middle of sending: nothing is lost, and nothing is sent twice under two keys."""

import re
import signal
import time
from multiprocessing import get_context

import pytest
import sqlalchemy as sa

from data_access.accounts import Account, AccountStore, Grant
from data_access.config import NoticeSettings, StoreSettings
from data_access.engine import create_engine, transaction
from data_access.migrations import create_schema
from data_access.outbox import SENT, Channel, OutboxStore, Subscription
from data_access.outbox_tables import notice_deliveries, notice_messages
from services.notices import Line, Notice
from services.telling import Telling
from services.telling_words import Words
from tests.builders import CITY, a_catalog, a_tree, an_indicator
from tests.receivers import Mailbox, Web

NOW = 1_793_160_000
READERS = 16
EVENTS = 3
LATER = 1000
"""Longer than a claim holds."""

EVENT = re.compile(r"第(\d+)件事")


def telling_on(engine):
    """What a server process has: a Telling with real senders, on a store."""
    words = Words(a_catalog(an_indicator()), a_tree(), "Asia/Shanghai", "")
    settings = NoticeSettings(internal="127.0.0.0/8", per_minute=600)
    return Telling(OutboxStore(engine), a_tree(), words, settings, "Asia/Shanghai")


@pytest.fixture
def receivers():
    web, mailbox = Web({"delay": 0.03}), Mailbox()
    yield web, mailbox
    web.close()
    mailbox.close()


def fill(engine, web, mailbox):
    """Readers who get mail, a program that gets web hooks, and notices for all of them."""
    people, store = AccountStore(engine), OutboxStore(engine)
    mail = {"host": "127.0.0.1", "port": str(mailbox.port), "mode": "insecure", "sender": "c@city.example"}
    channels = (
        Channel("mail", "mail", "mail", CITY, settings=mail),
        Channel("hook", "hook", "webhook", CITY, secret=f'{{"url": "{web.url}/"}}'),
    )
    for number in range(READERS):
        name = f"r{number}"
        people.create(Account(name, name, name, "leader", grants=(Grant(CITY),)), "x", at=0, actor="t")
    with store.begin() as connection:
        for channel in channels:
            store.keep_channel(connection, channel, at=0, actor="t", act="x")
        wishes = [Subscription(0, f"r{n}", "mail", f"r{n}@city.example") for n in range(READERS)]
        for wish in (*wishes, Subscription(0, "channel:hook", "hook")):
            store.keep_subscription(connection, wish, at=0, actor="t")


def send(url, now):
    """What a process does until it is killed."""
    telling_on(create_engine(StoreSettings(url=url))).send(now, patience=60)


def put(engine, telling, number):
    subject = Line(CITY, f"第{number}件事")
    with transaction(engine) as connection:
        telling.put(connection, [Notice(f"n{number}", "alert.open", CITY, "", 4, subject, (), "/", NOW)])


def test_a_server_killed_while_it_sends_loses_nothing_and_changes_no_key(tmp_path, receivers):
    url = f"sqlite:///{tmp_path}/store.db"
    engine = create_engine(StoreSettings(url=url))
    create_schema(engine)
    web, mailbox = receivers
    fill(engine, web, mailbox)
    telling = telling_on(engine)
    for turn in range(2):
        for more in range(EVENTS):
            put(engine, telling, turn * EVENTS + more)
        heard = len(web.got) + len(mailbox.got)
        process = get_context("fork").Process(target=send, args=(url, NOW + turn * LATER))
        process.start()
        end = time.monotonic() + 30
        while len(web.got) + len(mailbox.got) < heard + 5 + 7 * turn and time.monotonic() < end:
            time.sleep(0.005)
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL, "it was killed while it was still sending"
    assert telling.send(NOW + 9 * LATER, patience=60) > 0

    with engine.connect() as connection:
        rows = connection.execute(sa.select(notice_deliveries.c.key, notice_deliveries.c.state))
        deliveries = {row.key: row.state for row in rows}
        left = connection.scalar(
            sa.select(sa.func.count())
            .select_from(notice_messages)
            .where(notice_messages.c.delivery.is_(None), notice_messages.c.channel != "inbox")
        )
    received = [got.headers["X-Chengmai-Key"] for got in (*web.got, *mailbox.got)]
    assert left == 0
    assert set(deliveries.values()) == {SENT}
    assert set(received) == set(deliveries), "every delivery arrived, and nothing under another key"
    told = {}
    for got in (*web.got, *mailbox.got):
        text = got.body if isinstance(got.body, str) else got.body["title"] + got.body["message"]
        for event in set(EVENT.findall(text)):
            told.setdefault((got.to, event), set()).add(got.headers["X-Chengmai-Key"])
    assert len(told) == 2 * EVENTS * (READERS + 1)
    engine.dispose()
    assert {len(keys) for keys in told.values()} == {1}, "nobody was told of one thing under two keys"
