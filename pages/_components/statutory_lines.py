"""A statutory warning in force as a line: its sign, where, what the authority says, whose, from when to when."""

from pages._components.elements import Element, el, link
from pages._components.tile import level_of, mark_sign
from pages._components.words import Words
from pages._state import PageState
from services.statutory_views import MARKS
from services.views import Mark, StatutoryLine

KIND = "statutory"


def sign(level: int, colour: str, words: Words) -> Element:
    """The sign of a level; the white signal and what is unclassified have a word and no sign of the four levels."""
    if level:
        return mark_sign(Mark(level, KIND), words, with_word=True)
    word = {"white": words.t("白色"), "green": words.t("绿色")}.get(colour, words.t("未分级"))
    return el("Span", el("Span", class_="level level-none", aria_hidden="true"),
              el("Span", word, class_="level-word"), class_="mark")  # fmt: skip


def statutory_line(line: StatutoryLine, state: PageState, words: Words) -> Element:
    """One warning in force; it leads to its own page."""
    return el(
        "Li",
        sign(line.level, line.colour, words),
        el(
            "Div",
            el("P", el("Span", words.listed(line.places), class_="where"),
               link(address(line.id, state), line.headline or words.t(line.hazard), class_="what"), class_="first"),
            el("P", [el("Span", text) for text in facts(line, words)], class_="second"),
            class_="warning-words",
        ),
        class_="warning",
        **(level_of(Mark(line.level, KIND)) if line.level else {}),
    )  # fmt: skip


def facts(line: StatutoryLine, words: Words) -> list[str]:
    """Hazard, issuer, from when, until when, and what must be said of it."""
    until = (
        words.t("有效至 {moment}", moment=words.moment(line.until)) if line.until else words.t("解除前有效")
    )
    told = [
        words.t(line.hazard),
        line.issuer,
        words.t("{moment} 发布", moment=words.moment(line.issued)),
        until,
    ]
    return [text for text in (*told, *(words.t(MARKS[mark]) for mark in line.marks)) if text]


def address(number: int, state: PageState) -> str:
    """The page of a message, in the reader's language and light."""
    return f"/statutory/{number}" + PageState(region=state.region, lang=state.lang, mode=state.mode).to_url()
