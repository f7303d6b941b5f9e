"""Supervised items in words: states, acts, days, what is overdue. One place, so that panel, list and page say the same."""

from datetime import date

from babel.dates import format_date, get_day_names

from indicators.errors import N_
from indicators.supervision import State
from pages._components.elements import Child, Element, el, link
from pages._components.incident_words import original
from pages._components.tile import mark_sign
from pages._components.words import MEASURE_WORDS, Words
from pages._session import Session
from pages._state import PageState
from services.supervision import STATE_WORDS
from services.supervision_notices import OVERDUE
from services.supervision_views import ItemLine
from services.texts import Texts
from services.views import Mark

ROLES = {
    "subject": N_("预警指标"),
    "part": N_("构成项"),
    "leading": N_("先行项"),
    "below": N_("下级地区"),
    "measure": N_("比较值"),
    "threshold": N_("阈值"),
}
"""What a figure of the frozen copy is to the matter."""


def address(number: int, state: PageState, edit: str | None = None) -> str:
    """Where an item is; language and light go along."""
    return f"/supervision/{number}" + PageState(lang=state.lang, mode=state.mode, edit=edit).to_url()


def day(value: date, texts: Texts) -> str:
    """A day with its day of the week: what a deadline is read by."""
    name = get_day_names("abbreviated", locale=texts.locale)[value.weekday()]
    if texts.language == "zh":
        return f"{value.month}月{value.day}日（{name}）"
    return f"{name} {format_date(value, 'd MMM y', locale=texts.locale)}"


def standing(one: ItemLine, texts: Texts) -> Element:
    """Where an item stands; what is overdue says so."""
    if one.lateness:
        return el("Span", texts.t(OVERDUE[one.lateness]), class_="status status-late")
    return el("Span", texts.t(STATE_WORDS[one.state]), class_="status", data_state=one.state.value)


def marks(one: ItemLine, texts: Texts) -> list[Child]:
    """What must be known of an item at one glance."""
    found: list[Child] = []
    if one.round > 1:
        found.append(el("Span", texts.t("第 {round} 轮", round=one.round), class_="status"))
    if one.repeat_of is not None:
        found.append(el("Span", texts.t("再次督办"), class_="status status-late"))
    if one.recovered_at is not None:
        found.append(el("Span", texts.t("指标已恢复"), class_="status"))
    if one.simulated:
        found.append(el("Span", texts.t("模拟"), class_="status status-simulated"))
    return found


def level(value: int, words: Words) -> Element | None:
    """The sign of the warning that an item is about."""
    return mark_sign(Mark(value), words) if value else None


def title(one: ItemLine, here: Session, state: PageState, **more: str) -> Element:
    """What an item is about, as the way to it."""
    text = original(one.title, here.texts) if one.kind in ("incident", "project", "hand") else one.title
    return link(address(one.id, state), text, **more)


def whose(one: ItemLine, texts: Texts) -> list[Child]:
    """The department, and the unit or person in it."""
    return [one.department, *([" · ", original(one.unit, texts)] if one.unit else [])]


def due(one: ItemLine, texts: Texts) -> str:
    """By when the answer is due, or when the item was closed."""
    if one.state is State.CLOSED and one.closed_at is not None:
        return texts.t("{moment} 办结", moment=texts.stamp(one.closed_at))
    return texts.t("{day} 前反馈", day=day(one.due_on, texts))


def measure(code: str, texts: Texts) -> str:
    """What was compared with the threshold."""
    return texts.t(MEASURE_WORDS[code]) if code in MEASURE_WORDS else code
