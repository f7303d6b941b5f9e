"""What lists of records share: filters as links, pages, tables that order themselves by a link, small bars, marks."""

from collections.abc import Iterable, Mapping, Sequence

from pages._components.elements import Child, Element, el, link
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.texts import MISSING

Option = tuple[str, str]


def speaking(here: Session) -> Words:
    """The reader's words, with the units of the catalogue."""
    return Words(here.texts, here.services.boards.units(here.language))


def simulated(words: Words, yes: bool = True) -> Element | None:
    """The mark of what is made up."""
    return el("Span", words.t("模拟"), class_="status status-simulated") if yes else None


def facts(*parts: str) -> str:
    """What stands beside the title of a panel."""
    return " · ".join(part for part in parts if part)


def filters(
    names: Mapping[str, str],
    options: Mapping[str, Sequence[Option]],
    chosen: Mapping[str, str],
    state: PageState,
    words: Words,
) -> Element:
    """One picker for each filter that offers something, and a way to lift them all."""
    return el(
        "Div",
        [
            picker(name, words.t(names[name]), [(code, words.t(shown)) for code, shown in offered],
                   chosen.get(name, ""), state, words)
            for name, offered in options.items() if offered
        ],
        link(state.with_(filter=None).to_url() or "?", words.t("清除筛选"), class_="inline-link") if chosen else None,
        class_="list-filters",
    )  # fmt: skip


def picker(
    name: str, label: str, options: Sequence[Option], chosen: str, state: PageState, words: Words, usual: str = ""
) -> Element:  # fmt: skip
    """One filter: what it is set to, and the others as links.

    usual  what holds where nothing is chosen; without it: all
    """
    usual = usual or words.t("全部")
    said = dict(options).get(chosen, usual)
    return el(
        "Details",
        el("Summary", el("Span", label, class_="picker-label"), said, class_="picker-summary tool"),
        el(
            "Div",
            [
                link(state.filtered(**{name: code or None, "page": None}).to_url() or "?", shown,
                     aria_current="true" if code == chosen else None)
                for code, shown in [("", usual), *options]
            ],
            class_="picker-list",
        ),
        class_="picker",
        key=f"{name}-{chosen}",
    )  # fmt: skip


def choices(
    offered: Sequence[Option], chosen: str, go: Mapping[str, str], label: str, class_: str = "segments"
) -> Element:
    """A choice of one, as links in a row."""
    return el(
        "Nav",
        [
            link(go[code], shown, aria_current="true" if code == chosen else None, key=code)
            for code, shown in offered
        ],
        class_=class_,
        aria_label=label,
    )


def paging(page: int, pages: int, state: PageState, words: Words) -> Element | None:
    """Back and forth through a long list."""
    if pages < 2:
        return None

    def step(to: int, label: str) -> Child:
        if not 1 <= to <= pages:
            return el("Span", label, class_="tool", aria_disabled="true")
        return link(state.filtered(page=str(to) if to > 1 else None).to_url() or "?", label, class_="tool")

    return el(
        "Nav",
        step(page - 1, words.t("上一页")),
        el("Span", words.t("第 {page} / {pages} 页", page=page, pages=pages)),
        step(page + 1, words.t("下一页")),
        class_="paging",
        aria_label=words.t("翻页"),
    )


def table(
    caption: str, heads: Iterable[Element], rows: Iterable[Element], class_: str = "", foot: Element | None = None,
    wide: bool = False,
) -> Element:  # fmt: skip
    """A table in a box that scrolls by itself; on a phone every row is a block, each figure with its label.

    wide  a table that is read across and down, and stays one on a phone
    """
    heads = list(heads)
    labels = [_text(one) for one in heads]
    kind = "ranking wide" if wide else "ranking register records"
    return el(
        "Div",
        el(
            "Table",
            el("Caption", caption, class_="sr-only"),
            el("Thead", el("Tr", heads)),
            el("Tbody", [_labelled(row, labels) for row in rows]),
            el("Tfoot", _labelled(foot, labels)) if foot else None,
            class_=f"{kind} {class_}".strip(),
        ),
        class_="table-box",
        tabIndex=0,
        role="region",
        aria_label=caption,
    )


def _labelled(row: Element, labels: Sequence[str]) -> Element:
    """A row whose cells know what stands above them."""
    for cell, label in zip(row["props"].get("children", []), labels, strict=False):
        cell["props"]["data-label"] = label
    return row


def _text(part: object) -> str:
    """The words of an element."""
    if isinstance(part, str):
        return part
    if isinstance(part, list):
        return "".join(map(_text, part))
    if isinstance(part, dict) and part["props"].get("aria-hidden") is None:
        return _text(part["props"].get("children", ""))
    return ""


def head(text: Child, number: bool = False, **more: str) -> Element:
    """The heading of a column."""
    return el("Th", text, scope="col", class_="number" if number else None, **more)


def number(value: float | None, words: Words, unit: str = "", decimals: int | None = None) -> str:
    """A number, or a dash."""
    return MISSING if value is None else words.texts.number(value, unit, decimals)


def bar(share: float | None) -> Element | None:
    """A small bar behind a number: the part of a hundred."""
    if share is None:
        return None
    return el("Span", class_="part-bar", style={"--part": f"{max(0.0, min(share, 100.0)):.1f}%"})
