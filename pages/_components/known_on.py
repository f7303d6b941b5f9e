"""As it was known: the choice of a day whose knowledge is shown, on every page that can show it."""

from collections.abc import Sequence
from datetime import date

from pages._components.elements import Element, el, link
from pages._components.words import Words
from pages._state import PageState

FIRST_DAY = "1990-01-01"


def picker(as_of: date | None, days: Sequence[date], state: PageState, words: Words) -> Element:
    """The picker: now, the days after which something else was known, and any other day.

    as_of  the day that is shown; None: what is known now
    days   offered as links, the latest first
    """
    shown = words.texts.date(as_of) if as_of else words.t("现在")
    options = [(None, words.t("现在"))] + [(day, words.texts.date(day)) for day in days]
    return el(
        "Details",
        el("Summary", words.t("数据截至"), el("B", shown), class_="tool picker-summary"),
        el(
            "Div",
            el("P", words.t("选一天，看那一天已经知道的数；之后的修订不算在内。"), class_="notes"),
            _field(as_of, state, words),
            el(
                "Ul",
                [
                    el("Li", link(state.with_(as_of=day.isoformat() if day else None).to_url() or "?", name,
                                  aria_current="true" if day == as_of else None))
                    for day, name in options
                ],
            ),
            class_="picker-list known-on",
        ),
        class_="picker",
        key=f"known-{as_of}",
    )  # fmt: skip


def _field(as_of: date | None, state: PageState, words: Words) -> Element:
    """Any day: assets/catalogue.js puts it into the address, and without it the form does."""
    kept = [
        (name, getattr(state, name))
        for name in ("region", "period", "theme", "map", "filter", "lang", "mode")
    ]
    return el(
        "Form",
        [el("Input", type="hidden", name=name, value=value, key=name) for name, value in kept if value],
        el("Label", words.t("哪一天"), htmlFor="known-on", class_="field-label"),
        el("Input", type="date", id="known-on", name="as_of", defaultValue=as_of.isoformat() if as_of else "",
           min=FIRST_DAY, required=True),
        el("Button", words.t("看这一天"), type="submit", class_="button button-quiet"),
        method="get",
        class_="known-form",
        data_day="",
    )  # fmt: skip


def on(state: PageState, words: Words) -> str:
    """The day whose knowledge is shown, in words; empty where it is now."""
    return words.t("截至 {day}", day=state.as_of) if state.as_of else ""
