"""Calls, reviews, plans and scorecards in words: states, days, addresses. One place, so that all pages say the same."""

from collections.abc import Sequence
from datetime import date

from indicators.collection import CallState, Outcome, Verdict
from indicators.errors import N_
from pages._components.catalogue_words import LEVELS
from pages._components.elements import Child, Element, el, link
from pages._components.words import FREQUENCY_WORDS
from pages._session import Session
from pages._state import PageState
from services.texts import Texts
from services.yearly_reviews import VERDICTS

CALL_STATES = {
    CallState.OPEN: N_("征集中"),
    CallState.SCORING: N_("评分中"),
    CallState.SELECTING: N_("待评选"),
    CallState.CLOSED: N_("已结束"),
    CallState.WITHDRAWN: N_("已撤回"),
}

OUTCOMES = {
    Outcome.SELECTED: N_("入选"),
    Outcome.RESERVE: N_("储备"),
    Outcome.DECLINED: N_("不采纳"),
}

CALL_ACTS = {
    "announce": N_("已发起征集"),
    "extend": N_("调整截止日期"),
    "close_entry": N_("征集截止，开始评分"),
    "close_scores": N_("评分截止，开始评选"),
    "finish": N_("公布评选结果"),
    "withdraw": N_("撤回征集"),
    "remind": N_("到期提醒"),
}

__all__ = ["CALL_ACTS", "CALL_STATES", "FREQUENCY_WORDS", "LEVELS", "OUTCOMES", "VERDICTS", "Verdict"]


def status(word: str, name: str, texts: Texts) -> Element:
    """Where something stands."""
    return el("Span", texts.t(word), class_="status", data_state=name)


def until(day: date, late: bool, texts: Texts) -> Element:
    """By when; what is overdue says so."""
    if late:
        return el("Span", texts.t("已于 {day} 截止", day=texts.date(day)), class_="overdue")
    return el("Span", texts.t("{day} 截止", day=texts.date(day)))


def simulated(texts: Texts, yes: bool) -> Element | None:
    """The mark of what is made up."""
    return el("Span", texts.t("模拟"), class_="status status-simulated") if yes else None


def kept(state: PageState) -> str:
    """What of the state goes along to another page."""
    return PageState(lang=state.lang, mode=state.mode).to_url()


def ways(
    offered: Sequence[tuple[str, str]], here: Session, state: PageState, chosen: str | None
) -> list[Element]:
    """Links that open a form in place; (name in the address, what is done)."""
    found = []
    for name, word in offered:
        on = name == chosen
        there = state.with_(edit=None if on else name, open=None).to_url() or "?"
        expanded = "true" if on else "false"
        found.append(link(there, here.texts.t(word), class_="button button-quiet", aria_expanded=expanded))
    return found


def back(state: PageState) -> str:
    """The address of the page without the form that is open."""
    return state.with_(edit=None).to_url() or "?"


def cancel(here: Session, state: PageState) -> Element:
    """The way out of a form."""
    return link(back(state), here.texts.t("取消"), class_="button button-quiet")


def number_of(state: PageState, kind: str) -> int:
    """The record that the address opens: ``proposal:12``; 0 where it opens none of the kind."""
    name, _, text = (state.open or "").partition(":")
    return int(text) if name == kind and text.isascii() and text.isdigit() and len(text) < 10 else 0


def timeline(steps: Sequence[tuple[str, str, int, str]], here: Session) -> Element:
    """What happened, the newest first: (act in words, by whom, when, what was said)."""
    texts = here.texts
    return el(
        "Ol",
        [
            el(
                "Li",
                el("P", el("B", texts.t(word)),
                   el("Span", texts.t("系统自动") if who in ("", "system") else who),
                   el("Span", texts.moment(at), class_="quiet"), class_="task-facts"),
                el("P", text, class_="item-said") if text else None,
                class_="item-step",
            )
            for word, who, at, text in reversed(steps)
        ],
        class_="item-steps",
    )  # fmt: skip


def facts(pairs: Sequence[tuple[str, Child]]) -> Element:
    """Names with their values."""
    return el(
        "Dl",
        [el("Div", el("Dt", name), el("Dd", value)) for name, value in pairs if value not in ("", None)],
        class_="incident-card",
    )


def whole(text: str) -> int:
    """The number in an address; 0, which is nobody's, where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
