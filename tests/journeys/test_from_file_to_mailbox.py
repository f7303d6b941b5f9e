"""A figure turns a tile red, and whoever asked for it has a mail; once put right, a second one says that it is over."""

import pytest

from data_access.config import NoticeSettings, Settings
from services import bootstrap
from services.access import SYSTEM, Actor
from services.bootstrap import Services
from tests.journeys.test_from_file_to_red_tile import a_figure
from tests.receivers import Mailbox

CITY, COUNTY = 440900000000, 440981000000
KEEPER = Actor("keeper", "keeper", "admin", (CITY,))
ASKED = {
    "kinds": "alert.open alert.upgrade alert.resolve",
    "level": "4",
    "gather": "0",
    "enabled": "yes",
    "red_breaks": "yes",
}


@pytest.fixture
def mailbox():
    server = Mailbox()
    yield server
    server.close()


@pytest.fixture
def cockpit(city: Settings) -> Services:
    return bootstrap.build(city.model_copy(update={"notices": NoticeSettings(internal="127.0.0.0/8")}))


def subscriber(cockpit: Services, channel: str, name: str, region: int, language: str) -> None:
    """Somebody new who wants red warnings by mail."""
    cockpit.accounts.create(SYSTEM, name, name, "leader", (region,), language)
    account = next(one for one in cockpit.accounts.listing(SYSTEM) if one.name == name)
    actor = Actor(account.id, name, "leader", (region,))
    wish = ASKED | {"channel": channel, "address": f"{name}@city.example", "language": language}
    cockpit.subscriptions.save(actor, wish)


def test_a_red_figure_reaches_the_mailboxes_of_those_who_may_see_it(cockpit, mailbox, tmp_path):
    mail = {"kind": "mail", "name": "邮箱", "region": "440900", "host": "127.0.0.1", "port": str(mailbox.port),
            "mode": "insecure", "sender": "cockpit@city.example"}  # fmt: skip
    channel = cockpit.channels.save(KEEPER, mail).id
    subscriber(cockpit, channel, "mayor", CITY, "zh")
    subscriber(cockpit, channel, "guest", CITY, "en")

    loaded = cockpit.intake.load(SYSTEM, a_figure(tmp_path, "july.csv", 700.0, -9.5))
    assert cockpit.telling.send(int(cockpit.clock().timestamp())) == 2
    told = {got.to: got for got in mailbox.got}
    assert "社会消费品零售总额" in told["mayor@city.example"].body
    assert "-9.5" in told["mayor@city.example"].body.replace("−", "-")
    assert "Maoming" in told["guest@city.example"].body

    cockpit.intake.undo(SYSTEM, loaded.load)
    assert cockpit.telling.send(int(cockpit.clock().timestamp())) == 2
    assert "解除" in [got for got in mailbox.got if got.to == "mayor@city.example"][-1].body
