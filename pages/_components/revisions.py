"""The list of revisions: old, new, why, who, when."""

from collections.abc import Sequence

from indicators.errors import N_
from pages._components import registers
from pages._components.elements import Child, Element, el
from pages._components.words import Words
from services.revision_views import RevisedFigure, RevisionView
from services.revisions import KINDS

SYSTEM, HELD = "system", "held"


def table(revisions: Sequence[RevisionView], words: Words, *, places: bool) -> Element:
    """The table; ``places``: whether it speaks of several regions."""
    names = [
        N_("时期"),
        *([N_("地区")] if places else []),
        N_("原数"),
        N_("新数"),
        N_("原因"),
        N_("谁"),
        N_("何时"),
    ]
    heads = [registers.head(words.t(name), number=name in (N_("原数"), N_("新数"))) for name in names]
    return registers.table(
        words.t("修订记录"), heads, [_row(one, words, places) for one in revisions], "revisions"
    )


def _row(one: RevisionView, words: Words, places: bool) -> Element:
    return el(
        "Tr",
        el("Th", words.period(one.period, one.frequency), scope="row"),
        el("Td", one.place) if places else None,
        el("Td", _figure(one.old, one.unit, words), class_="number"),
        el("Td", _figure(one.new, one.unit, words) if one.new else words.t("已撤下"), class_="number"),
        el(
            "Td", why(one, words), el("Span", words.t(one.source), class_="row-other") if one.source else None
        ),
        el("Td", words.t("系统") if one.who == SYSTEM else words.t(one.who)),
        el("Td", words.moment(one.at)),
        key=f"{one.region}-{one.period}-{one.at}-{one.load}",
    )


def why(one: RevisionView, words: Words) -> str:
    """The reason that somebody wrote, else what kind of change it was."""
    return one.reason or words.t(KINDS[one.kind])


def _figure(one: RevisedFigure, unit: str, words: Words) -> list[Child]:
    """The level, or the growth where only that was published, with the stage of its life."""
    if one.status == HELD:
        return [el("Span", words.t("暂扣"), class_="status status-open")]
    if one.value is not None:
        text = words.figure_text(one.value, unit)
    else:
        text = words.growth(one.yoy, unit) if one.yoy is not None else "—"
    return [text, el("Span", words.status(one.status), class_="row-other")]
