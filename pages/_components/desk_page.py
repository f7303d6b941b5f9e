"""The page of the data desk: what is due, what is under way, one cell to correct, the loads that can be taken back."""

from collections.abc import Callable, Mapping, Sequence

from indicators.errors import N_, CockpitError
from pages._components import desk_words, forms, shell, workshop
from pages._components.elements import Child, Element, el, link
from pages._components.registers import choices, facts, head, picker, speaking, table
from pages._components.words import Words
from pages._session import Session, session
from pages._state import PageState
from services.desk_calendar import ARRIVED, AWAITED, STATED, Expected, Release
from services.desk_views import DeskView, DueLine, LoadLine

Tab = Callable[[DeskView, Session, PageState, Words], Element]


def page(query: Mapping[str, object]) -> Element:
    """The page for this reader."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    t, words = here.texts.t, speaking(here)
    try:
        region = int(state.region) if state.region else None
        view = here.services.desk.desk.view(here.actor, state.filters.get("dept", ""), region, here.language)
    except CockpitError as error:
        content: Child = desk_words.refused(error, here)
        return shell.frame(here, "work", state, content, version=version)
    name = state.theme if state.theme in TABS else "due"
    content = el(
        "Div",
        workshop.tabs(here, "desk", state),
        el(
            "Header",
            el("H1", t("数据填报")),
            el("P", facts(view.name, view.place.name), class_="desk-said"),
            _pickers(view, state, words),
            class_="board-head",
        ),
        choices(
            [(one, t(title)) for one, (title, _) in TABS.items()],
            name,
            {one: state.with_(theme=one).filtered(dept=state.filters.get("dept")).to_url() for one in TABS},
            t("数据填报的内容"),
        ),
        TABS[name][1](view, here, state, words),
        class_="board desk",
    )
    crumbs = shell.in_workshop(here, state, "desk")
    return shell.frame(here, "work", state, content, crumbs=crumbs, version=version)


def _pickers(view: DeskView, state: PageState, words: Words) -> Element:
    """Whose figures, and of where."""
    places = [
        link(state.with_(region=code, theme=state.theme).to_url(), name,
             aria_current="true" if int(code) == view.place.code else None)
        for code, name in view.regions
    ]  # fmt: skip
    return el(
        "Div",
        picker("dept", words.t("部门"), view.departments, view.department, state, words, view.name)
        if len(view.departments) > 1 else None,
        el("Details",
           el("Summary", el("Span", words.t("地区"), class_="picker-label"), view.place.name,
              class_="picker-summary tool"),
           el("Div", places, class_="picker-list"), class_="picker", key=f"region-{view.place.code}")
        if len(places) > 1 else None,
        class_="list-filters",
    )  # fmt: skip


# ---- what is due


def _due(view: DeskView, here: Session, state: PageState, words: Words) -> Element:
    """What is awaited first, the most overdue on top; what has come is folded away below."""
    t = words.t
    order = {name: at for at, name in enumerate(AWAITED)}
    awaited = sorted(
        (one for one in view.due if one.release.state in AWAITED),
        key=lambda one: (order[one.release.state], one.release.due),
    )
    there = [one for one in view.due if one.release.state not in AWAITED]

    def listed(some: Sequence[DueLine]) -> Element:
        return el("Ol", [_due_line(one, view, here, state, words) for one in some], class_="desk-due")

    return el(
        "Div",
        _upload(view, here),
        el(
            "Section",
            el("H2", t("发布日历")),
            listed(awaited) if awaited else el("P", t("近期要填报的数都已到齐。"), class_="desk-said"),
            el("Details", el("Summary", t("已到齐的 {count} 期", count=len(there)), class_="inline-link"),
               listed(there), class_="desk-more", open=not awaited or None)
            if there else None,
            class_="card desk-card",
        ),
        class_="desk-columns",
    )  # fmt: skip


def _upload(view: DeskView, here: Session) -> Element:
    """A file is sent with its progress by assets/desk.js; without it, as any form."""
    t = here.texts.t
    return el(
        "Section",
        el("H2", t("上传")),
        forms.form(
            here,
            "desk.upload",
            forms.hidden("region", f"{view.place.code:012d}"),
            forms.file("file", t("文件"), accept=".xlsx,.csv,.parquet", required=True,
                       hint=t("填好的模板，或任何 XLSX、CSV：有指标、地区、时期、数值就能读。上传后是草稿，发布前不进入看板。")),
            el("Progress", max="100", value="0", hidden=True, aria_label=t("上传进度"), class_="desk-progress"),
            submit=t("上传并核对"),
            busy=t("正在读取和核对…"),
            class_="desk-upload",
        ),
        class_="card desk-card",
    )  # fmt: skip


def _due_line(line: DueLine, view: DeskView, here: Session, state: PageState, words: Words) -> Element:
    release, t = line.release, words.t
    counts = release.counts
    there = counts[ARRIVED] + counts[STATED]
    awaited = [one for one in release.figures if one.state in AWAITED]
    made_up = sum(one.simulated for one in release.figures)
    return el(
        "Li",
        el(
            "Div",
            el("H3", t("期末 {day}", day=words.texts.date(release.end))),
            el("P", _about(release, here, words), class_="desk-said"),
            el("P",
               facts(t("{day}到期", day=words.moment(release.due)),
                     t("{there} / {all} 已到", there=there, all=len(release.figures)),
                     t("{count} 已说明缺数", count=counts[STATED]) if counts[STATED] else "",
                     t("{count} 暂扣", count=line.held) if line.held else "",
                     t("其中 {count} 是模拟数", count=made_up) if made_up else ""),
               class_="desk-said"),
            class_="desk-due-what",
        ),
        el("Span", t(desk_words.STATES[release.state]), class_="desk-state", data_state=release.state),
        _ways(line, view, here, state),
        _awaited(awaited, words, here) if awaited else None,
        class_="desk-due-line",
        key=release.id,
    )  # fmt: skip


def _about(release: Release, here: Session, words: Words) -> str:
    """How many indicators, and the first of them."""
    names = [here.services.catalog.get(code).name(here.language) for code in release.indicators[:2]]
    more = len(release.indicators) - len(names)
    said = words.listed(names)
    return words.t("{names} 等 {count} 个指标", names=said, count=len(release.indicators)) if more else said


def _ways(line: DueLine, view: DeskView, here: Session, state: PageState) -> Element:
    """The template, the grid, or the delivery that is under way."""
    release, t = line.release, here.texts.t
    kept = PageState(lang=state.lang, mode=state.mode).to_url()
    if line.delivery is not None:
        said = t("继续填报") if line.delivery.open else t("查看待发布的报送")
        return el("Div", link(f"/desk/{line.delivery.id}{kept}", said, class_="button"), class_="desk-ways")
    what = {"department": view.department, "region": f"{release.region:012d}", "release": release.id}
    address = "&".join(f"{name}={value}" for name, value in what.items())
    return el(
        "Div",
        el(
            "A",
            t("下载模板"),
            href=f"/export/desk-template.xlsx?{address}",
            class_="button button-quiet",
            download=True,
        ),
        forms.button(here, "desk.grid", t("网页填报"), what, identity=f"grid-{release.id}"),
        class_="desk-ways",
    )


def _awaited(figures: list[Expected], words: Words, here: Session) -> Element:
    """What is not there yet, by indicator: fetched with the page, folded away."""
    services = here.services
    by_code: dict[str, list[Expected]] = {}
    for one in figures:
        by_code.setdefault(one.indicator, []).append(one)
    return el(
        "Details",
        el("Summary", words.t("未到的 {count} 个数", count=len(figures)), class_="inline-link"),
        el(
            "Ul",
            [
                el("Li",
                   el("B", services.catalog.get(code).name(here.language)),
                   el("Span", words.listed(services.tree.name(one.region) for one in some), class_="desk-said"),
                   key=code)
                for code, some in by_code.items()
            ],
            class_="desk-awaited",
        ),
        class_="desk-more",
    )  # fmt: skip


# ---- deliveries, loads


def _deliveries(view: DeskView, _: Session, state: PageState, words: Words) -> Element:
    t = words.t
    kept = PageState(lang=state.lang, mode=state.mode).to_url()
    rows = [
        el(
            "Tr",
            el("Th", link(f"/desk/{one.id}{kept}", one.title), scope="row"),
            el("Td", facts(view.names.get(one.department, ""), view.names.get(f"{one.region:012d}", ""))),
            el("Td", t(desk_words.KINDS[one.kind])),
            el(
                "Td", el("Span", t(desk_words.DELIVERY[one.state]), class_="desk-state", data_state=one.state)
            ),
            el("Td", words.texts.number(one.figures), class_="number"),
            el("Td", desk_words.doubts(one, words), class_="number"),
            el("Td", facts(one.author, words.moment(one.at))),
            key=str(one.id),
        )
        for one in view.deliveries
    ]
    heads = [t("文件或表"), t("部门和地区"), t("来源"), t("状态"), t("数"), t("待处理"), t("最近改动")]
    if not rows:
        return el(
            "Section",
            el("P", t("还没有报送。上传一个文件，或从发布日历开始填报。"), class_="desk-said"),
            class_="card desk-card",
        )
    return table(t("报送清单"), [head(one) for one in heads], rows)


def _loads(view: DeskView, here: Session, state: PageState, words: Words) -> Element:
    t = words.t
    rows = [
        el(
            "Tr",
            el("Th", t("批次 {load}", load=one.id), scope="row"),
            el("Td", _named(one, state)),
            el("Td", words.moment(one.at)),
            el("Td", words.texts.number(one.figures), class_="number"),
            el("Td", one.reason),
            el("Td", _undo(one, here, t)),
            key=str(one.id),
        )
        for one in view.loads
    ]
    heads = [t("批次"), t("内容"), t("时间"), t("改动的数"), t("原因"), t("撤销")]
    if not rows:
        return el("Section", el("P", t("您还没有装入过数据。"), class_="desk-said"), class_="card desk-card")
    return table(t("装入的批次"), [head(one) for one in heads], rows)


def _named(one: LoadLine, state: PageState) -> Child:
    if one.delivery is None:
        return one.name
    return link(f"/desk/{one.delivery}{PageState(lang=state.lang, mode=state.mode).to_url()}", one.name)


def _undo(one: LoadLine, here: Session, t: Callable[..., str]) -> Child:
    if one.undone:
        return el("Span", t("已撤销"), class_="desk-said")
    return forms.button(
        here, "desk.undo", t("撤销这批"), {"load": str(one.id)}, identity=f"undo-{one.id}",
        label=t("撤销批次 {load}", load=one.id),
        ask=t("撤销批次 {load}？它带来的数会退回原来的数，预警随之重判。", load=one.id),
    )  # fmt: skip


# ---- one cell


def _correct(view: DeskView, here: Session, state: PageState, words: Words) -> Element:
    t, given = words.t, state.filters
    return el(
        "Section",
        el("H2", t("更正一个数")),
        el("P", t("写明原因；旧值留在历史里，“按当日已知”仍能看到。"), class_="desk-said"),
        _standing(here, given, words),
        forms.form(
            here,
            "desk.correct",
            forms.text("indicator", t("指标"), given.get("indicator", ""), required=True,
                       hint=t("指标库里的代码或名称")),
            forms.text("region", t("地区"), given.get("region", state.region or view.place.name), required=True,
                       hint=t("区划代码或名称")),
            forms.text("period", t("时期"), given.get("period", ""), required=True, hint=t("例如 2026-09、2026-Q3")),
            forms.number("value", t("更正后的数"), hint=t("只改同比时可以留空")),
            forms.number("yoy", t("更正后的同比"), unit="%", hint=t("只改数时可以留空")),
            forms.area("reason", t("原因"), required=True, maxLength=300),
            forms.check("checked", t("提示已经核对，仍按此更正")),
            submit=t("更正"),
            class_="form-wide",
        ),
        class_="card desk-card",
    )  # fmt: skip


def _standing(here: Session, given: Mapping[str, str], words: Words) -> Child:
    """What stands in the cell now, where the address names one."""
    if not {"indicator", "region", "period"} <= set(given):
        return None
    try:
        old = here.services.desk.release.standing(
            here.actor, given["indicator"], given["region"], given["period"]
        )
    except CockpitError as error:
        return el("P", here.texts.what(error.issues[0]), class_="notice")
    value = words.texts.number(old.value, words.unit(old.unit))
    return el("P", words.t("现在是 {value}（{name}，{region}，{period}，{status}）", value=value, name=old.name,
                           region=here.services.tree.name(old.region), period=old.label,
                           status=words.status(old.status.word)), class_="notice")  # fmt: skip


TABS: Mapping[str, tuple[str, Tab]] = {
    "due": (N_("要填报的"), _due),
    "deliveries": (N_("报送清单"), _deliveries),
    "correct": (N_("更正一个数"), _correct),
    "loads": (N_("批次与撤销"), _loads),
}
"""What the page shows, by the word of its address."""
