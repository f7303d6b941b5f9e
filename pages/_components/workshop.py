"""The workshop of those who look after definitions and data: its places, as tabs over each of them."""

from dataclasses import dataclass

from indicators.errors import N_
from pages._components.elements import Element, el, link
from pages._session import Session
from pages._state import PageState
from services import access
from services.access import Actor


@dataclass(frozen=True)
class Place:
    """One place of the workshop, and the acts that lead people there: one of them is enough."""

    name: str
    path: str
    title: str
    actions: tuple[str, ...]


PLACES = (
    Place("studio", "/studio", N_("定义工作室"), ("define", "review", "publish")),
    Place("calls", "/calls", N_("征集评选"), ("define", "propose", "score")),
    Place("desk", "/desk", N_("数据填报"), ("load",)),
    Place("feeds", "/feeds", N_("数据接入"), ("feeds",)),
    Place("checks", "/checks", N_("数据核对"), ("check",)),
    Place("regions", "/regions", N_("区划维护"), ("regions", "publish", "grants")),
    Place("plans", "/plans", N_("规划目标"), ("plans", "propose")),
)
"""The places in their order: what figures mean, the figures, where and to what end."""

ACTIONS: frozenset[str] = frozenset(action for place in PLACES for action in place.actions)
"""Whoever may do one of these is led to the workshop."""


def open_to(actor: Actor) -> tuple[Place, ...]:
    """The places that somebody is led to."""
    return tuple(place for place in PLACES if any(access.may(actor, action) for action in place.actions))


def tabs(here: Session, name: str, state: PageState) -> Element:
    """The places of the workshop over the content of one of them.

    name  of the place where one is; ``work`` on the first page
    """
    t = here.texts.t
    kept = PageState(lang=state.lang, mode=state.mode).to_url()
    first = Place("work", "/work", N_("待办"), ())
    return el(
        "Nav",
        [
            link(
                place.path + kept,
                t(place.title),
                aria_current="page" if place.name == name else None,
            )
            for place in (first, *open_to(here.actor))
        ],
        class_="segments workshop-tabs",
        aria_label=t("工作台"),
    )
