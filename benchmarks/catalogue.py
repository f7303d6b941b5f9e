"""The catalogue of 5,000 indicators: a search against a callback that does nothing, and what an opened tree sends.

In one process, by the test client, on a store without figures: the cost of finding and drawing, not of reading.
Every question is a new one; `python -m benchmarks.catalogue` prints the table.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import cycle, islice
from typing import Any

import app as web
from benchmarks import Row, interleaved
from benchmarks.pages import router_body
from data_access.config import load_settings
from indicators.catalog import Catalog
from indicators.definition import Indicator
from services.accounts import DEMO_ACCOUNTS
from services.bootstrap import Services, build
from services.catalogue_browser import CatalogueBrowser
from services.catalogue_index import Index
from services.catalogue_reach import Reaches

COUNT = 5000
ROUNDS = 40
SEARCH_RATIO = 2.0
TREE_KB = 100
LEADER = DEMO_ACCOUNTS[0]

QUESTIONS = (
    "财政 {}",
    "czsr {}",
    "工业 {}",
    "gyzjz {}",
    "revenue {}",
    "econ.fiscal {}",
    "wcl {}",
    "touzi {}",
    "增速 {}",
    "rate {}",
)
"""What somebody types: Chinese, initials, pinyin, English, a code; the number makes each a new one."""


def run() -> list[Row]:
    """All figures of the catalogue."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            environ={"CHENGMAI_STORE_URL": f"sqlite:///{folder}/catalogue.db", "CHENGMAI_DEMO": "true"}
        )
        services = build(settings)
        services.accounts.settle_demo()
        big = many(services.catalog)
        client = Client(with_catalogue(services, big))
        return [*search(client), *tree(client), first(big)]


def many(catalog: Catalog) -> Catalog:
    """The library again and again under other codes and names, until there are enough."""

    def copies() -> Iterator[Indicator]:
        for number, one in enumerate(cycle(catalog.newest())):
            turn = number // len(catalog)
            mark = f" {turn}" if turn else ""
            yield replace(
                one, code=f"{one.code}{turn or ''}", name_zh=f"{one.name_zh}{mark}", name_en=f"{one.name_en}{mark}",
                formula=None, rules=(), related=(),
            )  # fmt: skip

    return Catalog(islice(copies(), COUNT), catalog.context, catalog.version)


def with_catalogue(services: Services, catalog: Catalog) -> Services:
    """The services with another catalogue to browse."""
    tree, store = services.tree, services.store
    browser = CatalogueBrowser(
        catalog, tree, Reaches(store, catalog, tree), services.clock, timedelta(hours=8)
    )
    return replace(services, catalogue_browser=browser)


class Client:
    """Somebody signed in who asks for pages as a browser does."""

    def __init__(self, services: Services) -> None:
        self._client = web.create_app(services).server.test_client()
        token = services.accounts.sign_in(LEADER.name, LEADER.password, "127.0.0.1")
        self._client.set_cookie("chengmai", token)
        self._client.get("/")
        csrf = self._client.get_cookie(web.CSRF_COOKIE)
        assert csrf is not None
        self._headers = {"X-CSRFToken": csrf.value}
        self._dependencies: list[dict[str, Any]] = self._client.get("/_dash-dependencies").get_json()

    def page(self, path: str, search: str = "") -> bytes:
        """The answer for one address."""
        body = router_body(self._dependencies, path)
        for one in body["inputs"]:
            if one["property"] == "search":
                one["value"] = search
        answer = self._client.post("/_dash-update-component", json=body, headers=self._headers)
        assert answer.status_code == 200
        return bytes(answer.data)


def search(client: Client) -> list[Row]:
    """A page of what a new question finds, against an empty callback."""
    asked = (f"?filter=q:{text.format(number % 10)}" for number, text in enumerate(cycle(QUESTIONS)))
    for _ in QUESTIONS:  # the names are spelled out once, the filters counted once
        client.page("/catalogue", next(asked))
    ours, empty = interleaved(
        ROUNDS, lambda: client.page("/catalogue", next(asked)), lambda: client.page("/no-such-page")
    )
    ratio = statistics.median(ours) / statistics.median(empty)
    note = f"{1000 * statistics.median(ours):.1f} ms against {1000 * statistics.median(empty):.1f} ms, {COUNT:,} indicators"
    return [Row("catalogue: a search, over an empty callback", ratio, SEARCH_RATIO, note=note)]


def tree(client: Client) -> list[Row]:
    """What travels of the tree: closed, and with a theme opened."""
    closed = len(client.page("/catalogue"))
    opened = len(client.page("/catalogue", "?filter=at:econ.fiscal"))
    note = f"closed {closed / 1000:.0f} kB"
    return [
        Row("catalogue: the tree with one theme opened, uncompressed", opened / 1000, TREE_KB, "kB", note)
    ]


def first(catalog: Catalog) -> Row:
    """The first question of all by pinyin, which spells every name."""
    start = time.perf_counter()
    Index(catalog).find("czsr")
    return Row("catalogue: the first search by pinyin, which spells all names", 1000 * (time.perf_counter() - start),
               None, "ms")  # fmt: skip


if __name__ == "__main__":
    from benchmarks import table

    print(table(run()))
