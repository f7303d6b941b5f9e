"""One number as a card, always in the same order, so that the eye knows where to look.

name · number and unit · comparisons as text · small trend with target and last point · period and status ·
a mark at the left edge while a warning is open. The number is a link to its sheet, the name a link that makes
map, ranking and trend speak of it.
"""

from indicators.definition import WARNING_LEVELS
from pages._components import spark
from pages._components.elements import Element, el, link
from pages._components.words import GROWTH, Words
from pages._state import PageState
from services.views import Comparison, Figure, Mark, Place, TileView

LEVELS = WARNING_LEVELS
"""The words of the levels; the style sheet gives each its hue and shape."""

_MOST_COMPARISONS = 3
_UP, _DOWN = "▲", "▼"
_LEAST = 0.005
"""What prints as zero is neither up nor down."""


def tile(
    view: TileView, state: PageState, words: Words, size: str = "normal", starred: bool | None = None
) -> Element:
    """One card, in the size that the layout gives it.

    starred  whether its reader starred it; None where that cannot be changed
    """
    chosen = state.map == view.indicator
    return el(
        "Article",
        el(
            "H3",
            mark_sign(view.mark, words) if view.mark else None,
            link(state.with_(map=view.indicator).to_url() or "?", view.name, title=view.name),
            class_="tile-name",
        ),
        star(view.indicator, view.name, starred, words) if starred is not None else None,
        number_link(view.figure, view.indicator, view.name, state, words),
        el(
            "Ul",
            [comparison(one, words) for one in view.comparisons[:_MOST_COMPARISONS]],
            class_="comparisons",
        ),
        spark.sparkline(
            view.trend, words.spark_title(view.name, view.breaks), [key for key, _ in view.breaks]
        ),
        el("P", standing(view.figure, view.frequency, words), _below(view, words), class_="standing"),
        class_=" ".join([*_classes(view, chosen), *([f"tile-{size}"] if size != "normal" else [])]),
        data_indicator=view.indicator,
        **level_of(view.mark),
    )


def _below(view: TileView, words: Words) -> Element | None:
    """Warnings of the regions below put a quiet word on the number above them, which is not warned of itself."""
    return (
        el("Span", words.t("下级 {count} 条预警", count=view.below), class_="coverage")
        if view.below
        else None
    )


def star(indicator: str, name: str, starred: bool, words: Words) -> Element:
    """The button that stars an indicator or takes its star away, by one of the forms of `star_forms`."""
    said = words.t("取消关注{name}", name=name) if starred else words.t("关注{name}", name=name)
    return el(
        "Button",
        el("Span", class_="icon icon-starred" if starred else "icon icon-star", aria_hidden="true"),
        type="submit",
        form="star-toggle",
        name="indicator",
        value=indicator,
        class_="star",
        title=said,
        aria_label=said,
        aria_pressed="true" if starred else "false",
    )


def star_movers(indicator: str, name: str, words: Words) -> Element:
    """Two buttons that move a card up and down the list of starred ones."""
    ways = (("up", words.t("上移{name}", name=name)), ("down", words.t("下移{name}", name=name)))
    return el(
        "Div",
        [
            el("Button", el("Span", class_=f"icon icon-{way}", aria_hidden="true"), type="submit", form=f"star-{way}",
               name="indicator", value=indicator, class_="star", aria_label=said, title=said)
            for way, said in ways
        ],
        class_="movers",
    )  # fmt: skip


def star_forms(words: Words) -> list[Element]:
    """The forms that all star buttons of a page belong to: one for each act instead of one for each button."""
    failed = words.t("没有提交成功：连不上服务器。填写的内容都还在，请再试一次。")
    return [
        el("Form", id=f"star-{act}", action=f"/act/star.{act}", method="post", class_="sr-only", data_form="",
           data_failed=failed)
        for act in ("toggle", "up", "down")
    ]  # fmt: skip


def number_link(figure: Figure, indicator: str, name: str, state: PageState, words: Words) -> Element:
    """The number with its unit as a link to its sheet; a dash where there is none."""
    text, unit = words.figure(figure)
    return link(
        state.with_(sheet=indicator).to_url(),
        el("Span", text, class_="figure-number"),
        el("Span", unit, class_="unit") if unit else None,
        class_="figure",
        title=words.t("查看{name}的数字说明", name=name),
    )


def cell_link(figure: Figure, indicator: str, place: Place | None, state: PageState, words: Words) -> Element:
    """The number of a table, whose head names the unit; ``place`` where it is not the board's own region."""
    sheet = indicator if place is None else f"{indicator}@{place.code:012d}"
    return link(state.with_(sheet=sheet).to_url(), words.figure(figure)[0], class_="cell-number")


def comparison(one: Comparison, words: Words) -> Element:
    """One comparison as text: its name, a sign or arrow in text colour, the difference."""
    label, text = words.comparison(one)
    arrow = None
    if one.kind in GROWTH:
        arrow = _UP if one.value >= _LEAST else _DOWN if one.value <= -_LEAST else None
    return el(
        "Li",
        el("Span", label, class_="label"),
        el(
            "Span",
            el("Span", arrow, class_="arrow", aria_hidden="true") if arrow else None,
            text,
            class_="amount",
        ),
    )


def standing(figure: Figure, frequency: str, words: Words) -> list[Element]:
    """Period, status, coverage and the reason of what is missing: what stands under every number."""
    parts = [el("Span", words.period(figure.period, frequency), class_="period")] if figure.period else []
    if figure.value is not None:
        parts.append(el("Span", words.status(figure.status), class_="status status-" + figure.status))
    if words.incomplete(figure):
        parts.append(
            el("Span", words.t("已报 {reported}/{expected}", reported=figure.reported, expected=figure.expected),
               class_="coverage")
        )  # fmt: skip
    why = words.reason(figure)
    if why:
        parts.append(el("Span", why, class_="reason"))
    return parts


def mark_sign(mark: Mark, words: Words, with_word: bool = False) -> Element:
    """The sign of a warning: hue and shape for the eye, the word for those who do not see them."""
    word = words.level(mark.level, mark.kind)
    return el(
        "Span",
        el("Span", class_="level", role="img", aria_label=word, title=word, **level_of(mark)),
        el("Span", words.level_word(mark.level), class_="level-word", aria_hidden="true")
        if with_word
        else None,
        class_="mark",
    )


def level_of(mark: Mark | None) -> dict[str, str]:
    """The attributes by which the style sheet knows the level and the kind of an open warning."""
    return {"data-level": LEVELS[mark.level], "data-kind": mark.kind} if mark else {}


def _classes(view: TileView, chosen: bool) -> list[str]:
    names = ["tile", f"state-{view.figure.state}"]
    if view.figure.simulated:
        names.append("simulated")
    if chosen:
        names.append("chosen")
    return names
