"""Simulated calls and scorecards into an empty store, where a pack describes them: played through the real acts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import yaml

from data_access.packs import Pack
from indicators.collection import CRITERIA
from indicators.regions import RegionTree
from services.access import Actor
from services.collection import Collection
from services.notices import Silent
from services.scorecards import Scorecards

_OF_PROPOSAL = frozenset(
    {"name_zh", "name_en", "unit", "frequency", "lowest_level", "purpose", "definition_zh", "calibre_zh", "formula", "source"}
)  # fmt: skip


class NoDrafts:
    """Simulated calls make no drafts: nothing invented comes near the registry by itself."""

    def begin(self, actor: Actor, document: Mapping[str, Any], source: str) -> int:
        """Refused."""
        raise NotImplementedError

    def change(self, actor: Actor, code: str, source: str) -> int:
        """Refused."""
        raise NotImplementedError

    def retire(self, actor: Actor, code: str, successor: str, source: str) -> int:
        """Refused."""
        raise NotImplementedError


class _Clock:
    """The moment at which the sample acts."""

    def __init__(self, now: datetime) -> None:
        self.start = now
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def ago(self, days: float) -> None:
        """Go to so many days before the first start."""
        self.now = self.start - timedelta(days=days)


def fill(collection: Collection, scorecards: Scorecards, pack: Pack, now: datetime) -> int:
    """Play the sample of a pack; how many calls and cards. None where it describes none, or where there are some."""
    path = pack.file("sample/collection.yaml")
    if path is None or collection.store.any() or scorecards.store.any_card():
        return 0
    spec, clock = yaml.safe_load(path.read_text(encoding="utf-8")), _Clock(now)
    tree = collection.tree
    people = {name: _person(told, tree) for name, told in spec["people"].items()}
    calls = Collection(
        collection.store, collection.catalog, tree, Silent(), NoDrafts(), clock, collection.zone
    )
    cards = Scorecards(
        scorecards.store, scorecards.scores, scorecards.catalog, tree, Silent(), clock, scorecards.zone
    )
    for told in spec["calls"]:
        _call(calls, people, told, clock)
    for told in spec["scorecards"]:
        _card(cards, people, told, clock)
    return len(spec["calls"]) + len(spec["scorecards"])


def _person(told: Sequence[str], tree: RegionTree) -> Actor:
    account, display, role, where = told
    county = where.isdigit()
    regions = (int(where.ljust(12, "0")),) if county else (tree.root,)
    return Actor(account, account, role, regions, display=display, department="" if county else where)


def _call(calls: Collection, people: Mapping[str, Actor], told: Mapping[str, Any], clock: _Clock) -> None:
    editor = people["editor"]
    clock.ago(told["opened"])
    days = {
        name: (clock.start + calls.zone - timedelta(days=told[key])).date().isoformat()
        for name, key in (("due_on", "due"), ("score_on", "scored"))
    }
    weights = {f"weight_{name}": str(value) for name, value in told["weights"].items()}
    number = calls.announce(
        editor, {"title": told["title"], "purpose": told["purpose"], **days, **weights}, simulated=True
    )
    proposals = {}
    for place, one in enumerate(told["proposals"]):
        clock.ago(told["opened"] - 3 - place)
        document = {name: str(value) for name, value in one.items() if name in _OF_PROPOSAL}
        proposals[calls.propose(people[one["by"]], number, document)] = one
    clock.ago(told["due"] - 1)
    calls.due(calls.now())
    for proposal, one in proposals.items():
        for expert, given in one["scores"].items():
            scores = {f"score_{name}": str(value) for name, value in zip(CRITERIA, given, strict=True)}
            calls.score(people[expert], proposal, scores)
    if "closing" in told:
        _select(calls, editor, number, proposals, told, clock)


def _select(
    calls: Collection,
    editor: Actor,
    number: int,
    proposals: Mapping[int, Any],
    told: Mapping[str, Any],
    clock: _Clock,
) -> None:
    clock.ago(told["scored"] - 1)
    calls.due(calls.now())
    for proposal, one in proposals.items():
        outcome, reason = one["decision"]
        calls.decide(editor, proposal, {"outcome": outcome, "reason": reason, "seen": "0"})
    call = calls.store.call(number)
    assert call is not None
    calls.finish(editor, number, {"version": str(call.version), "text": told["closing"]})


def _card(cards: Scorecards, people: Mapping[str, Actor], told: Mapping[str, Any], clock: _Clock) -> None:
    editor = people["editor"]
    clock.ago(told["shown"] + 10)
    head = {name: str(told[name]) for name in ("title", "year", "until", "subjects")}
    number = cards.create(editor, head | {"chosen": ",".join(told.get("chosen", ()))}, simulated=True)

    def version() -> str:
        found = cards.store.card(number)
        assert found is not None
        return str(found.version)

    for item in told["items"]:
        cards.put(editor, number, {name: str(value) for name, value in item.items()} | {"version": version()})
    view = cards.page(editor, number)
    items = {item.name: item.id for item in view.items}
    by_hand = [item.id for item in view.items if item.way == "hand"]
    for place, (subject, _) in enumerate(view.subjects):
        for item_id in by_hand:
            given = told["hands"]["scores"][place % len(told["hands"]["scores"])]
            score = {
                "subject": subject,
                "item": item_id,
                "score": str(given),
                "evidence": told["hands"]["evidence"],
            }
            cards.give(editor, number, score | {"version": version()})
    clock.ago(told["shown"])
    day = (clock.start + cards.zone - timedelta(days=told["appeal"])).date().isoformat()
    cards.show(editor, number, {"appeal_on": day, "version": version()})
    for place, one in enumerate(told["appeals"]):
        clock.ago(told["shown"] - 1 - place)
        actor = people[one["by"]]
        subject = f"{actor.regions[0]:012d}" if told["subjects"] == "county" else actor.department
        cards.lodge(actor, number, {"subject": subject, "item": items[one["item"]], "text": one["text"]})
