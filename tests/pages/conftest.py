"""The whole web application on a small store of its own, asked through Flask's test client."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

import app as web
from data_access.config import load_settings
from services.accounts import DEMO_ACCOUNTS
from services.bootstrap import build

CALLBACKS = "/_dash-update-component"
CSRF_FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')


class Clock:
    """A clock that runs on from a fixed moment only when it is told to."""

    def __init__(self):
        self.now = datetime(2026, 10, 28, 1, 0, tzinfo=UTC)

    def __call__(self):
        return self.now

    def pass_(self, **time):
        self.now += timedelta(**time)


@dataclass
class Door:
    """A browser in front of the cockpit."""

    client: object
    services: object
    clock: Clock
    address: str = "10.0.0.1"

    def get(self, path, **options):
        return self.client.get(path, environ_base={"REMOTE_ADDR": self.address}, buffered=True, **options)

    def post(self, path, **options):
        return self.client.post(path, environ_base={"REMOTE_ADDR": self.address}, buffered=True, **options)

    def form(self, page, fields, path=None):
        token = CSRF_FIELD.search(self.get(page).get_data(as_text=True))[1]
        return self.post(path or page, data={"csrf_token": token, **fields})

    def sign_in(self, name, password=None):
        known = {demo.name: demo.password for demo in DEMO_ACCOUNTS}
        return self.form("/login", {"name": name, "password": known[name] if password is None else password})

    def csrf(self):
        self.get("/me")
        return self.client.get_cookie(web.CSRF_COOKIE).value

    def callback(self, body, csrf=None):
        token = self.csrf() if csrf is None else csrf
        return self.post(
            CALLBACKS, data=json.dumps(body), content_type="application/json", headers={"X-CSRFToken": token}
        )

    def page(self, pathname="/", search="", **changes):
        """The callback by which Dash renders a page."""
        dependencies = self.get("/_dash-dependencies").get_json()
        router = next(one for one in dependencies if "_pages_content.children" in one["output"])
        values = {"_pages_location.pathname": pathname, "_pages_location.search": search}
        inputs = [
            {
                "id": one["id"],
                "property": one["property"],
                "value": values.get(f"{one['id']}.{one['property']}"),
            }
            for one in router["inputs"]
        ]
        body = {
            "output": router["output"],
            "outputs": [
                {"id": "_pages_content", "property": "children"},
                {"id": "_pages_store", "property": "data"},
            ],
            "inputs": inputs,
            "changedPropIds": ["_pages_location.pathname"],
        }
        return self.callback(body | changes)


@pytest.fixture(scope="session")
def application(tmp_path_factory):
    """One application for all tests of the doors, with its clock."""
    return an_application(tmp_path_factory.mktemp("doors"))


@pytest.fixture
def untouched(tmp_path):
    """The leader's browser at an application whose store holds nothing, whatever other tests did."""
    dash_app, services, clock = an_application(tmp_path)
    door = Door(dash_app.server.test_client(), services, clock)
    assert door.sign_in("leader").status_code == 302
    return door


def an_application(folder):
    """An application on an empty store, with its services and its clock."""
    clock = Clock()
    store = folder / "store.db"
    settings = load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{store}"})
    services = build(settings, clock=clock)
    services.accounts.settle_demo()
    return web.create_app(services), services, clock


@pytest.fixture
def door(application):
    """A fresh browser; nobody is signed in."""
    dash_app, services, clock = application
    return Door(dash_app.server.test_client(), services, clock)


@pytest.fixture
def leader(door):
    """A browser in which the leader of the city has signed in."""
    assert door.sign_in("leader").status_code == 302
    return door
