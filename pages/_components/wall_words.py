"""What several parts of the wall say in the same words."""

from indicators.periods import Period
from pages._components.elements import Element, el
from pages._components.tile import mark_sign
from pages._components.words import Words
from services.views import Mark

_LEAST = 2


def facts(period: int | None, frequency: str, simulated: bool, words: Words) -> list[Element]:
    """Period and, where figures were made by the generator, the word for it."""
    return [
        one
        for one in (
            el("Span", period_of(period, frequency, words), class_="w-period") if period else None,
            el("Span", words.t("模拟"), class_="status status-simulated") if simulated else None,
        )
        if one
    ]


def period_of(key: int, frequency: str, words: Words) -> str:
    """A period as short as its language allows: months from January on are cumulative without being called so."""
    period = Period(key)
    if words.zh or not period.is_cumulative or not period.months or period.months < _LEAST:
        return words.period(key, frequency)
    return words.month(1) + "–" + words.month(period.month) + f" {period.year}"


def panel(name: str, title: str, *content: object, aside: object = None) -> Element:
    """A panel of the wall: its name, what stands beside the name, its content."""
    head = el("Header", el("H2", title), el("Div", aside, class_="w-aside") if aside else None)  # type: ignore[arg-type]
    body = el("Div", *content, class_="w-body")  # type: ignore[arg-type]
    return el("Section", head, body, class_=f"w-panel w-{name}")


def quiet(text: str) -> Element:
    """A sentence where there is nothing to be seen: all is well, or why it is empty."""
    return el("P", text, class_="w-quiet")


def sign(level: int, kind: str, words: Words) -> Element:
    """The mark of a level with its word."""
    return mark_sign(Mark(level, kind), words, with_word=True)
