"""The first page of the workshop: what waits for the reader, each line a way to where it is done."""

from collections.abc import Sequence

from pages._components import workshop
from pages._components.elements import Element, el, link
from pages._session import Session
from pages._state import PageState
from services.texts import Texts
from services.waiting import Waiting


def render(waiting: Sequence[Waiting], here: Session, state: PageState) -> Element:
    """The whole page; where nothing waits it says so."""
    t = here.texts.t
    return el(
        "Div",
        workshop.tabs(here, "work", state),
        el("Header", el("H1", t("待办")), class_="board-head"),
        el("Ul", [el("Li", _line(line, here.texts), key=line.kind) for line in waiting], class_="work-list")
        if waiting
        else el("P", t("没有等您办理的事项。"), class_="all-quiet", role="status"),
        class_="board workshop",
    )


def _line(line: Waiting, texts: Texts) -> Element:
    """One kind of work: how much, what, until when."""
    when = None
    if line.due is not None:
        word = (
            texts.t("已逾期：{day}", day=texts.date(line.due))
            if line.late
            else texts.t("最早 {day} 到期", day=texts.date(line.due))
        )
        when = el("Span", word, class_="work-due late" if line.late else "work-due")
    return link(
        line.href,
        el("B", str(line.count), class_="work-count"),
        el("Span", line.title, class_="work-title"),
        when,
        class_="work-line",
    )
