"""The page of one delivery: what it is, its doubts, its grid, its release, what happened to it."""

from collections.abc import Mapping, Sequence

from indicators.errors import CockpitError
from pages._components import delivery_grid, desk_words, forms, shell, workshop
from pages._components.elements import Child, Element, el, link
from pages._components.registers import facts, paging, speaking
from pages._components.shell import PAGES
from pages._components.words import Words
from pages._session import Session, session
from pages._state import PageState
from services.desk_views import ACCEPTED, ERROR, NOTICE, WARNING, DeliveryView, GridView, Mark

LISTED = 60
"""So many doubts are listed beside the grid; the grid shows all of them at their cells."""


def page(number: str, query: Mapping[str, object]) -> Element:
    """The page for this reader."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    words = speaking(here)
    try:
        identity = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
        view = here.services.desk.desk.delivery(here.actor, identity, state.filters, here.language)
    except CockpitError as error:
        return shell.frame(here, "work", state, desk_words.refused(error, here), version=version)
    content = el(
        "Div",
        workshop.tabs(here, "desk", state),
        _head(view, words),
        el(
            "Div",
            el("Div", _release(view, here, state, words), _doubts(view, here, state, words),
               _past(view, words), class_="desk-side"),
            _grid(view, here, state, words),
            class_="desk-columns desk-work",
        ),
        class_="board desk",
    )  # fmt: skip
    crumbs = shell.in_workshop(here, state, "desk", view.head.title)
    return shell.frame(here, "work", state, content, crumbs=crumbs, version=version)


def _head(view: DeliveryView, words: Words) -> Element:
    one, t = view.head, words.t
    counts = view.check.counts
    counted = facts(
        t("{count} 个数", count=view.check.figures),
        t("{count} 错误", count=counts[ERROR]) if counts[ERROR] else "",
        t("{count} 提示待处理", count=counts[WARNING]) if counts[WARNING] else "",
        t("{count} 提示已接受", count=counts[ACCEPTED]) if counts[ACCEPTED] else "",
    )  # fmt: skip
    state = t("已撤销") if view.undone else t(desk_words.DELIVERY[one.state])
    return el(
        "Header",
        el("H1", one.title),
        el("Div",
           el("Span", state, class_="desk-state", data_state=one.state),
           el("Span", facts(view.name, view.place.name, t(desk_words.KINDS[one.kind]))),
           el("Span", counted, id="desk-counts"),
           el("Span", t("{author} 保存于 {time}", author=one.author, time=words.moment(one.at)), id="desk-saved",
              role="status"),
           class_="desk-head desk-said"),
        class_="board-head",
    )  # fmt: skip


# ---- release


def _release(view: DeliveryView, here: Session, state: PageState, words: Words) -> Element:
    one, t = view.head, words.t
    seen = {"id": str(one.id), "seen": str(one.revision)}
    parts: list[Child] = [el("H2", t("发布"))]
    if one.state == "draft":
        parts += _to_release(view, here, seen, words)
    elif one.state == "scheduled":
        parts += [
            el(
                "P",
                t("{time} 按发布日历自动发布，在此之前任何看板都看不到。", time=words.moment(one.release_at)),
            ),
            forms.button(here, "desk.reopen", t("取回修改"), seen, identity="reopen"),
        ]
    elif one.state == "released":
        parts += _released(view, here, seen, words)
    else:
        parts.append(el("P", t("这份报送已搁置，不会发布。")))
    parts.append(_previews(view, here, state, words))
    return el("Section", parts, class_="card desk-card")


def _to_release(view: DeliveryView, here: Session, seen: Mapping[str, str], words: Words) -> list[Child]:
    t, counts, now = words.t, view.check.counts, int(here.services.clock().timestamp())
    later = view.earliest > now
    if counts[ERROR]:
        said = t("先改正 {count} 处错误。", count=counts[ERROR])
    elif counts[WARNING]:
        said = t("还有 {count} 处提示：改正，或写明原因后接受。", count=counts[WARNING])
    elif not view.check.figures:
        said = t("还没有数。")
    elif later:
        said = t("可以安排发布：{time} 到点自动发布。", time=words.moment(view.earliest))
    else:
        said = t("已到发布时间，可以立即发布。")
    label = t("安排到点发布") if later else t("立即发布")
    return [
        el("P", said, id="desk-ready"),
        el(
            "Div",
            forms.button(here, "desk.release", label, dict(seen), class_="button", identity="release",
                         disabled=not view.check.clean),
            forms.button(here, "desk.drop", t("搁置"), dict(seen), identity="drop",
                         ask=t("搁置这份报送？内容仍保存，但不会发布。")),
            class_="desk-ways",
        ),
    ]  # fmt: skip


def _released(view: DeliveryView, here: Session, seen: Mapping[str, str], words: Words) -> list[Child]:
    t, one = words.t, view.head
    if view.undone:
        return [
            el("P", t("批次 {load} 已撤销，数字已退回原来的数。", load=one.load or 0)),
            forms.button(here, "desk.reopen", t("改后重发"), dict(seen), identity="reopen"),
        ]
    said: list[Child] = [
        el("P", t("已随批次 {load} 发布。要改单个数，点格子旁的“更正”。", load=one.load or 0))
    ]
    if view.undoable:
        said.append(
            forms.button(
                here, "desk.undo", t("撤销这批"), {"load": str(one.load)}, identity="undo",
                ask=t("撤销批次 {load}？它带来的数会退回原来的数，预警随之重判。", load=one.load or 0),
            )
        )  # fmt: skip
    return said


def _previews(view: DeliveryView, here: Session, state: PageState, words: Words) -> Child:
    """The boards on which the figures would be seen, as they would look."""
    t = words.t
    if view.head.state not in ("draft", "scheduled") or not view.shown:
        return None
    places = {system: place for place in PAGES for system in place.systems}
    ways = []
    for system, code in view.shown:
        place = places.get(system)
        if place is not None:
            wished = PageState(
                region=f"{view.place.code:012d}",
                theme=here.services.catalog.get(code).theme, map=code, lang=state.lang, mode=state.mode,
                preview=str(view.head.id),
            )  # fmt: skip
            ways.append(
                link(place.path + wished.to_url(), t(place.title), class_="button button-quiet", key=system)
            )
    if not ways:
        return None
    return el(
        "Div",
        el("H3", t("预览")),
        el("P", t("看这些数发布后看板的样子；只有能看这份报送的人看得到，标着“预览”。"), class_="desk-said"),
        el("Div", ways, class_="desk-ways"),
        class_="desk-preview",
    )


# ---- doubts


def _doubts(view: DeliveryView, here: Session, state: PageState, words: Words) -> Element:
    t = words.t
    kinds = {
        kind: [mark for mark in view.check.marks if mark.kind == kind]
        for kind in (ERROR, WARNING, ACCEPTED, NOTICE)
    }
    parts: list[Child] = [el("H2", t("核对"))]
    if not view.check.marks:
        parts.append(el("P", t("没有发现问题。"), class_="desk-said"))
    if kinds[ERROR]:
        parts += [_group(kinds[ERROR], ERROR, view, state, words)]
    if kinds[WARNING]:
        parts.append(_accepting(kinds[WARNING], view, here, state, words))
    for kind in (ACCEPTED, NOTICE):
        if kinds[kind]:
            name = t(desk_words.MARKS[kind])
            parts.append(el("Details", el("Summary", t("{kind} {count}", kind=name, count=view.check.counts[kind]),
                                          class_="inline-link"),
                            _listed(kinds[kind], state, words), class_="desk-more", key=kind))  # fmt: skip
    return el("Section", parts, class_="card desk-card", id="desk-doubts")


def _group(marks: Sequence[Mark], kind: str, view: DeliveryView, state: PageState, words: Words) -> Element:
    name = words.t(desk_words.MARKS[kind])
    return el(
        "Div",
        el("H3", words.t("{kind} {count}", kind=name, count=view.check.counts[kind])),
        _listed(marks, state, words),
        key=kind,
    )


def _listed(marks: Sequence[Mark], state: PageState, words: Words) -> Element:
    rest = len(marks) - LISTED
    return el(
        "Ul",
        [el("Li", _told(mark, state, words), key=str(at)) for at, mark in enumerate(marks[:LISTED])],
        el("Li", words.t("还有 {count} 处，见表格", count=rest), class_="desk-said") if rest > 0 else None,
        class_="desk-marks",
    )


def _told(mark: Mark, state: PageState, words: Words) -> list[Child]:
    """One doubt: where, what, what to do; the place leads to the cell."""
    where: Child = mark.address
    if mark.cell is not None:
        there = state.filtered(
            sheet=str(mark.cell[0] + 1), at=str(mark.cell[1]), page=None, show=None
        ).to_url()
        where = link(f"{there}#cell-{mark.cell[0]}-{mark.cell[1]}-{max(mark.cell[2], 0)}", mark.address,
                     class_="desk-address")  # fmt: skip
    said = [where, " ", words.texts.what(mark.issue), " ",
            el("Span", words.texts.do(mark.issue), class_="desk-said")]  # fmt: skip
    if mark.reason:
        said.append(
            el(
                "P",
                words.t("{author} 接受：{reason}", author=mark.author, reason=mark.reason),
                class_="desk-said",
            )
        )
    return said


def _accepting(
    marks: Sequence[Mark], view: DeliveryView, here: Session, state: PageState, words: Words
) -> Element:
    """The warnings, each to be ticked, and the one reason for which they are accepted."""
    t = words.t
    title = el("H3", t("{kind} {count}", kind=t(desk_words.MARKS[WARNING]), count=view.check.counts[WARNING]))
    if not view.head.open:
        return el("Div", title, _listed(marks, state, words))
    lines = [
        el("Li",
           el("Label",
              el("Input", type="checkbox", name="pick", value=f"{mark.issue.key} {mark.address}", defaultChecked=True,
                 aria_label=t("接受 {address} 的提示", address=mark.address)),
              class_="field-check"),
           el("Span", _told(mark, state, words)), key=f"{mark.issue.key} {mark.address}", class_="desk-warning")
        for mark in marks[:LISTED]
    ]  # fmt: skip
    return el(
        "Div",
        title,
        forms.form(
            here,
            "desk.accept",
            forms.hidden("id", view.head.id),
            forms.hidden("seen", view.head.revision),
            el("Ul", lines, class_="desk-marks"),
            el("P", class_="field-error", data_error="pick"),
            forms.text("reason", t("接受的原因"), required=True, maxLength=300),
            submit=t("接受勾选的提示"),
            quiet=True,
        ),
    )


# ---- the grid and what happened


def _grid(view: DeliveryView, here: Session, state: PageState, words: Words) -> Element:
    t, grid = words.t, view.grid
    sheets = [
        link(state.filtered(sheet=str(at + 1), page=None, at=None).to_url(), name or t("第 {number} 张表", number=at + 1),
             aria_current="true" if at == grid.sheet else None, key=str(at))
        for at, name in enumerate(grid.sheets)
    ]  # fmt: skip
    marked = state.filters.get("show") == "marked"
    seen = {"id": str(view.head.id), "seen": str(view.head.revision)}
    tools = el(
        "Div",
        el("Nav", sheets, class_="segments segments-small", aria_label=t("工作表")) if len(sheets) > 1 else None,
        link(state.filtered(show=None if marked else "marked", page=None, at=None).to_url() or "?",
             t("显示全部行") if marked else t("只看有问题的行"), class_="tool"),
        forms.button(here, "desk.back", t("撤销上一步"), seen, identity="desk-back")
        if view.head.open and view.typed else None,
        el("Span", t("可从电子表格整块复制，在起始格粘贴。"), class_="desk-said") if view.head.open else None,
        class_="desk-tools",
    )  # fmt: skip
    return el(
        "Section",
        el("H2", t("数据"), class_="sr-only"),
        tools,
        delivery_grid.render(view, state, words),
        _across(grid, state, words),
        paging(grid.page, grid.pages, state, words),
        class_="card desk-card desk-grid-panel",
    )


def _across(grid: GridView, state: PageState, words: Words) -> Child:
    """The way through the columns of a wide sheet."""
    if grid.crosses < 2:
        return None
    steps = [
        link(state.filtered(across=str(at)).to_url(), words.t("第 {number} 组列", number=at),
             aria_current="true" if at == grid.across else None, key=str(at))
        for at in range(1, grid.crosses + 1)
    ]  # fmt: skip
    return el("Nav", steps, class_="segments segments-small", aria_label=words.t("列"))


def _past(view: DeliveryView, words: Words) -> Element:
    lines = [
        el("Li",
           el("B", words.t(desk_words.EVENTS.get(one.event, one.event))),
           el("Span", facts(one.author, words.moment(one.at)), class_="desk-said"),
           el("P", one.note) if one.note else None, key=str(at))
        for at, one in enumerate(reversed(view.events))
    ]  # fmt: skip
    return el(
        "Section", el("H2", words.t("经过")), el("Ol", lines, class_="desk-past"), class_="card desk-card"
    )
