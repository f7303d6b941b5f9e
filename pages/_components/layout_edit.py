"""The editor of a layout: the board as it will look, with tools on every card and panel, and a bar above it.

The draft saves itself with every step. What is shown is the board of a real region of the level, so the preview is
the thing itself. Everything is a button, a choice or a link; dragging is only another way to move.
"""

from collections.abc import Callable, Iterator
from itertools import groupby

from indicators.errors import N_, Issue
from pages._components import forms
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.panels import SPANS, Bench
from pages._components.words import Words
from pages._state import PageState
from services.layout_views import Difference, Editing, LayoutVersion, Offer
from services.layouts import LEVEL_NAMES
from services.panels import known
from services.views import BoardView, Slot, SystemGroup, TileView

SIZE_WORDS = {
    "normal": N_("一格"),
    "wide": N_("两格"),
    "third": N_("三分之一行"),
    "half": N_("半行"),
    "two_thirds": N_("三分之二行"),
    "full": N_("整行"),
}

SIZES = {"tile": ("normal", "wide", "full"), "panel": ("third", "half", "two_thirds", "full")}

DIFFERENCE_WORDS = {
    "added": N_("添加 {title}"),
    "removed": N_("移除 {title}"),
    "resized": N_("改变尺寸 {title}"),
    "moved": N_("移动 {title}"),
}

Content = Callable[[Slot], Element | None]
"""Draws what stands in a slot."""


def entrance(view: BoardView, state: PageState, words: Words) -> Element | None:
    """The way into the editor, for those who may."""
    if not view.editable or view.editing:
        return None
    address = state.with_(edit="layout", sheet=None, open=None).to_url()
    return link(address, words.t("编辑版面"), class_="tool edit-entrance")


def bar(view: BoardView, state: PageState, bench: Bench) -> Element | None:
    """What is being edited, what has been changed, and what can be done with it."""
    editing = view.editing
    if editing is None:
        return None
    words = bench.words
    return el(
        "Section",
        el(
            "Header",
            el("H2", words.t("编辑版面：{level}", level=words.t(LEVEL_NAMES[editing.level]))),
            el("P", _standing(editing, words), class_="panel-facts", role="status"),
            class_="card-head",
        ),
        el("Nav", [_level(level, region, view, state, words) for level, region in editing.previews],
           class_="segments", aria_label=words.t("预览的层级")),
        *_notices(editing, state, bench),
        el(
            "Div",
            _menu("add", words.t("添加…"), _offers(editing, bench)),
            forms.button(bench.here, "layout.undo", words.t("撤销上一步"), _seat(editing), disabled=not editing.undoable,
                         identity="layout-undo"),
            _menu("versions", words.t("版本…"), _versions(editing, bench)),
            _menu("publish", words.t("发布…"), _publish(editing, bench)) if editing.changes else None,
            forms.button(bench.here, "layout.discard", words.t("放弃草稿"), _seat(editing),
                         ask=words.t("放弃这份草稿？其中的改动不会保留。")) if editing.revision else None,
            link(state.with_(edit=None, open=None).to_url() or "?", words.t("结束编辑"), class_="button button-quiet"),
            class_="edit-acts",
        ),
        class_="card edit-bar",
        aria_label=words.t("版面编辑"),
        data_revision=str(editing.revision),
    )  # fmt: skip


def section(group: SystemGroup, view: BoardView, bench: Bench, draw: Content) -> Element:
    """A section with tools on everything that stands in it."""
    last = len(group.slots) - 1
    runs = [
        el(
            "Div",
            [_slot(slot, group, last, view, bench, draw) for slot in slots],
            class_="tiles" if kind == "tile" else "panels",
        )
        for kind, slots in groupby(group.slots, lambda slot: slot.kind)
    ]
    return el(
        "Section",
        el("H2", group.name) if group.name and not view.tabs else None,
        runs or el("P", bench.words.t("这一部分是空的。"), class_="state-do"),
        class_="tile-group editing",
    )


# ---- one place of the board


def _slot(slot: Slot, group: SystemGroup, last: int, view: BoardView, bench: Bench, draw: Content) -> Element:
    words = bench.words
    name = title(slot, words)
    size = f"span-{SPANS[slot.size]}" if slot.kind == "panel" else f"tile-{slot.size}"
    return el(
        "Div",
        el("Div", _tools(slot, group, last, name, view, bench), class_="edit-tools", role="group", aria_label=name),
        el("Div", _content(slot, name, words, draw), class_="edit-content", inert=""),
        class_=f"edit-slot {'slot ' if slot.kind == 'panel' else ''}{size}",
        key=f"{slot.kind}-{slot.name}",
        draggable="true",
        data_place=str(slot.place),
        data_section=group.section,
    )  # fmt: skip


def _tools(
    slot: Slot, group: SystemGroup, last: int, name: str, view: BoardView, bench: Bench
) -> Iterator[Element]:
    """Earlier, later, size, away."""
    words, editing = bench.words, view.editing
    assert editing is not None
    fields = {**_seat(editing), "section": group.section, "place": str(slot.place)}
    identity = f"{group.section}-{slot.kind}-{slot.name}"
    yield el("Span", name, class_="edit-name")
    for step, sign, said in ((-1, "↑", N_("把{name}往前移")), (1, "↓", N_("把{name}往后移"))):
        yield forms.button(
            bench.here,
            "layout.move",
            sign,
            {**fields, "to": str(slot.place + step)},
            label=words.t(said, name=name),
            class_="tool",
            disabled=not 0 <= slot.place + step <= last,
            identity=f"{'earlier' if step < 0 else 'later'}-{identity}",
        )
    yield _size(slot, name, fields, bench)
    yield forms.button(
        bench.here, "layout.remove", "×", fields, label=words.t("从版面移除{name}", name=name), class_="tool",
        identity=f"remove-{identity}",
    )  # fmt: skip


def _size(slot: Slot, name: str, fields: dict[str, str], bench: Bench) -> Element:
    """The choice of a size; a new one is stored as soon as it is chosen."""
    words = bench.words
    return el(
        "Form",
        [forms.hidden(key, value) for key, value in fields.items()],
        el(
            "Select",
            [el("Option", words.t(SIZE_WORDS[one]), value=one, key=one) for one in SIZES[slot.kind]],
            name="size",
            defaultValue=slot.size,
            id=f"size-{slot.kind}-{slot.name}",
            class_="tool edit-size",
            aria_label=words.t("{name}的尺寸", name=name),
            data_send="",
        ),
        action="/act/layout.resize",
        method="post",
        class_="form-button",
        key=f"size-{slot.size}-{slot.place}",
        **forms.spoken(bench.here),
    )


def _content(slot: Slot, name: str, words: Words, draw: Content) -> Element:
    if isinstance(slot.view, Issue):
        said = f"{words.texts.what(slot.view)} {words.texts.do(slot.view)}"
        return card(name, "", el("P", said, class_="state-do"), class_="card-face")
    drawn = draw(slot)
    if drawn is not None:
        return drawn
    empty = N_("本级不发布这项指标。") if slot.kind == "tile" else N_("所选的地区和指标在这里没有内容。")
    return card(name, "", el("P", words.t(empty), class_="state-do"), class_="card-face")


def title(slot: Slot, words: Words) -> str:
    """What stands in a slot, by name."""
    if isinstance(slot.view, TileView):
        return slot.view.name
    kind = known().get(slot.name) if slot.kind == "panel" else None
    return words.t(kind.title) if kind else slot.name


# ---- the bar


def _standing(editing: Editing, words: Words) -> list[Child]:
    """What is in force, and how the draft stands to it."""
    force = (
        words.t("现行第 {number} 版", number=editing.in_force)
        if editing.in_force
        else words.t("现行为地区包的版面")
    )
    if editing.saved_at is None:
        return [force, " · ", words.t("还没有改动；每改一步自动存入草稿")]
    saved = words.t(
        "草稿已自动保存：{moment}，{author}", moment=words.moment(editing.saved_at), author=editing.author
    )
    changed = (
        words.t("改动 {count} 处", count=len(editing.changes))
        if editing.changes
        else words.t("与现行版面相同")
    )
    return [force, " · ", saved, " · ", changed]


def _level(level: str, region: int, view: BoardView, state: PageState, words: Words) -> Element:
    here = view.editing is not None and level == view.editing.level
    return link(
        state.with_(region=f"{region:012d}").to_url(),
        words.t(LEVEL_NAMES[level]),
        aria_current="page" if here else None,
    )


def _notices(editing: Editing, state: PageState, bench: Bench) -> Iterator[Element]:
    words = bench.words
    if not editing.mine:
        yield el("P", words.t("这是 {author} 的草稿，您的每一步都写在这份草稿里。", author=editing.author), " ",
                 link(state.with_(open=None).to_url(), words.t("回到我的草稿"), class_="inline-link"),
                 class_="notice")  # fmt: skip
    for other in editing.others:
        said = words.t(
            "{author} 也有一份草稿（{moment}）。", author=other.author, moment=words.moment(other.at)
        )
        yield el("P", said, " ",
                 link(state.with_(open=f"draft:{other.owner}").to_url(), words.t("打开这份草稿"), class_="inline-link"),
                 class_="notice")  # fmt: skip
    if editing.behind:
        yield el(
            "Div",
            el("P", words.t("您开始之后，{author} 在 {moment} 发布了第 {number} 版：{note}", author=editing.behind.author,
                            moment=words.moment(editing.behind.at), number=editing.behind.number,
                            note=editing.behind.note)),
            _differences(editing.missed, words),
            el("Div",
               forms.button(bench.here, "layout.keep", words.t("看过了，继续用我的草稿"), _seat(editing)),
               forms.button(bench.here, "layout.discard", words.t("改用新的一版"), _seat(editing)),
               class_="edit-acts"),
            class_="notice",
            role="alert",
        )  # fmt: skip
    if editing.problems:
        yield el(
            "Ul",
            [el("Li", f"{words.texts.what(one)} {words.texts.do(one)}") for one in editing.problems],
            class_="notice layout-notes",
        )


def _menu(name: str, label: str, content: Child) -> Element:
    return el(
        "Details",
        el("Summary", label, class_="button button-quiet"),
        el("Div", content, class_="edit-pane"),
        class_="edit-menu",
        key=f"menu-{name}",
        id=f"menu-{name}",
    )


def _offers(editing: Editing, bench: Bench) -> list[Child]:
    """Everything that can be added, narrowed as one types."""
    words = bench.words
    return [
        el("Div",
           el("Label", words.t("查找指标或面板"), class_="field-label", htmlFor="offers-search"),
           el("Input", type="search", id="offers-search", autoComplete="off", data_narrow="offers",
              placeholder=words.t("名称或代码")),
           class_="field"),
        el(
            "Form",
            [forms.hidden(key, value) for key, value in {**_seat(editing), "section": editing.section}.items()],
            el("Ul", [_offer(one, words) for one in editing.offers], id="offers", class_="offers"),
            action="/act/layout.add",
            method="post",
            **forms.spoken(bench.here),
        ),
    ]  # fmt: skip


def _offer(one: Offer, words: Words) -> Element:
    called, group = words.t(one.title), one.system or words.t("面板")
    return el(
        "Li",
        el(
            "Button",
            el("Span", called),
            el("Span", words.t("已在版面上") if one.there else group, class_="offer-group"),
            type="submit",
            name="offer",
            value=f"{one.kind}:{one.name}",
            disabled=one.there or None,
            class_="offer",
        ),
        key=f"{one.kind}-{one.name}",
        data_words=f"{called} {one.name} {group}".lower(),
    )


def _versions(editing: Editing, bench: Bench) -> Element:
    """Every version, newest first, and the pack's own layout below them."""
    words = bench.words
    return el(
        "Ol",
        [_version(one, editing, bench) for one in editing.versions],
        el(
            "Li",
            el("P", el("B", words.t("地区包的版面")), class_="version-head"),
            _restore(0, words.t("恢复为地区包的版面"), editing, bench),
            key="version-0",
        ),
        class_="versions",
    )


def _version(one: LayoutVersion, editing: Editing, bench: Bench) -> Element:
    words = bench.words
    return el(
        "Li",
        el(
            "P",
            el("B", words.t("第 {number} 版", number=one.number)),
            " ",
            el("Span", words.t("现行"), class_="chip") if one.number == editing.in_force else None,
            el("Span", f"{words.moment(one.at)} · {one.author}", class_="panel-facts"),
            class_="version-head",
        ),
        el("P", one.note),
        _restore(one.number, words.t("恢复这一版"), editing, bench)
        if one.number != editing.in_force
        else None,
        key=f"version-{one.number}",
    )


def _restore(number: int, label: str, editing: Editing, bench: Bench) -> Element:
    return forms.button(
        bench.here,
        "layout.restore",
        label,
        {**_seat(editing), "number": str(number)},
        identity=f"restore-{number}",
    )


def _publish(editing: Editing, bench: Bench) -> list[Child]:
    words = bench.words
    return [
        _differences(editing.changes, words),
        forms.form(
            bench.here,
            "layout.publish",
            *(forms.hidden(key, value) for key, value in _seat(editing).items()),
            forms.text("note", words.t("改了什么"), required=True, maxLength=200,
                       hint=words.t("一句话，列在版本记录里。")),
            submit=words.t("发布，立即用于所有屏幕"),
        ),
    ]  # fmt: skip


def _differences(found: tuple[Difference, ...], words: Words) -> Element:
    return el(
        "Ul",
        [el("Li", words.t(DIFFERENCE_WORDS[one.kind], title=words.t(one.title))) for one in found],
        class_="differences",
    )


def _seat(editing: Editing) -> dict[str, str]:
    """What every act must say: which layout, whose draft, and the revision on the screen."""
    return {
        "board": editing.board,
        "level": editing.level,
        "owner": editing.owner,
        "seen": str(editing.revision),
    }
