"""Small parts of everything that is drawn of key projects: lamps, names, amounts, reasons, heads of tables."""

from datetime import date

from indicators.lights import COLOURS, Reason
from pages._components.elements import Child, Element, el, link
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.projects_views import (
    Ref,
)
from services.texts import MISSING
from services.views import Place

YI = "亿元"
POINTS = "百分点"


def speaking(here: Session) -> Words:
    """The words of a session."""
    return Words(here.texts, here.services.boards.units(here.language))


def lamp(colour: str, words: Words) -> Element | None:
    """A light with its word; colour is never alone."""
    if colour not in COLOURS:
        return None
    return el("Span", words.t(COLOURS[colour]), class_=f"lamp lamp-{colour}")


def simulated(shown: bool, words: Words) -> Element | None:
    """The mark of what was made up to try the cockpit."""
    return el("Span", words.t("模拟"), class_="status status-simulated") if shown else None


def address(identity: int, state: PageState) -> str:
    """The page of a project; region, language and light go along."""
    return f"/project/{identity}" + PageState(region=state.region, lang=state.lang, mode=state.mode).to_url()


def name_link(ref: Ref, state: PageState, words: Words) -> list[Child]:
    """The name of a project as a way to its page, marked where it is simulated."""
    return [
        link(address(ref.id, state), ref.name, class_="project-name"),
        " ",
        simulated(ref.simulated, words),
    ]


def reason_text(reason: Reason, words: Words) -> str:
    """Why a light is what it is."""
    fields = {
        name: words.t(value) if name in ("light",) and isinstance(value, str) else value
        for name, value in reason.fields.items()
    }
    return words.t(reason.message, **fields)


def amount(value: float | None, words: Words) -> str:
    """An amount of money in 亿元."""
    return words.figure_text(value, YI) if value is not None else MISSING


def percent(value: float | None, words: Words) -> str:
    """A completion in percent, to one digit."""
    return words.percent(value, 1)


def points(value: float | None, words: Words) -> str:
    """A gap with its sign, to one digit."""
    return MISSING if value is None else words.texts.number(value, decimals=1, signed=True)


def month_text(month: tuple[int, int], words: Words) -> str:
    """A month in words."""
    return words.period_short(((month[0] * 100 + month[1]) * 100 + 31) * 10**7 + 2359 * 1000 + 101, "monthly")


def day_text(day: date | None) -> str:
    """A day as lists write it."""
    return day.isoformat() if day else MISSING


def region_link(place: Place | None, state: PageState, words: Words) -> Child:
    if place is None:
        return el("Span", words.t("跨区域或未落到下级"), title=words.t("牵头地区就是本级，或在经济功能区"))
    return link(state.with_(region=f"{place.code:012d}").to_url(), place.name)


def drawn(shown: bool, words: Words) -> str:
    return words.t("含模拟数据") if shown else ""


def facts(*facts: str) -> str:
    return " · ".join(fact for fact in facts if fact)


def head(words: Words, *names: str, words_first: int = 1) -> Element:
    """The head of a table; columns of words come first, those of numbers after them."""
    return el(
        "Thead",
        el(
            "Tr",
            [
                el("Th", words.t(name), scope="col", class_="number" if n >= words_first else None)
                for n, name in enumerate(names)
            ],
        ),
    )
