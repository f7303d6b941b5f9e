"""What stands beside the form of a draft: what is wrong, what it comes to, what its rules would have done.

It stands in the address (``filter=side:preview;place:…``), so that a link shows the same.
"""

from collections.abc import Sequence

from indicators import periods
from indicators.errors import N_, CockpitError, Issue, Severity
from pages._components import definition_preview, registers, rule_page
from pages._components.elements import Child, Element, el, graph
from pages._components.tile import mark_sign
from pages._components.warning_chart import figure
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from pages._tokens import tokens
from services.backtest_views import BacktestView, Lasting
from services.definition_editor import Fault
from services.draft_trials import YEARS, TrialWish
from services.preview import PreviewRow
from services.studio_views import DraftView
from services.views import Mark

SIDES = {"check": N_("检查"), "preview": N_("数值预览"), "trial": N_("规则回测")}
"""What can stand beside the form."""

MEASURED = ("indicator", "input")

PERIODS = 3
"""So many periods stand in the table beside the form."""

MOST_WARNINGS = 40
"""So many warnings of a back-test are listed, the latest ones."""

MOST_YEARS = 10


def render(draft: DraftView, faults: Sequence[Fault], here: Session, state: PageState) -> Element:
    """The side of a draft as the address asks for it."""
    words = registers.speaking(here)
    known = SIDES if draft.kind in MEASURED else {"check": SIDES["check"]}
    usual = "preview" if "preview" in known and draft.base is not None else "check"
    chosen = state.filters.get("side", usual)
    chosen = chosen if chosen in known else usual
    match chosen:
        case "preview":
            drawn = _preview(draft, here, state, words)
        case "trial":
            drawn = _trial(draft, here, state, words)
        case _:
            drawn = _checked(faults, words)
    return el(
        "Section",
        el(
            "Header",
            el("Nav",
               [_way(_counted(name, label, faults, words), state, side=name, current=name == chosen, key=name)
                for name, label in known.items()],
               class_="segments", aria_label=words.t("旁栏")),
            class_="card-head",
        ),
        el("Div", drawn, class_="card-body side-body"),
        class_="card draft-side",
        id="draft-side-box",
        data_side=chosen,
        tabIndex="-1",
    )  # fmt: skip


def _way(label: Child, state: PageState, *, current: bool, key: str, **chosen: str | None) -> Element:
    """A choice of the side: an address, which the script asks for without drawing the page anew."""
    return el(
        "A",
        label,
        href=state.filtered(**chosen).to_url() or "?",
        data_side_go="",
        aria_current="true" if current else None,
        key=key,
    )


def _wrong(faults: Sequence[Fault]) -> int:
    return sum(one.issue.severity is Severity.ERROR for one in faults)


def _counted(name: str, label: str, faults: Sequence[Fault], words: Words) -> Child:
    count = len(faults) if name == "check" else 0
    return [words.t(label), el("Span", f" {count}", class_="quiet-number") if count else None]


# ---- what is wrong


def _checked(faults: Sequence[Fault], words: Words) -> Element:
    """Every fault, leading to its box; the same as ``chengmai check`` says of a file."""
    t = words.t
    if not faults:
        return el("P", t("没有发现问题，可以送审。"), class_="all-quiet")
    wrong = _wrong(faults)
    return el(
        "Div",
        el("P", t("{count} 处要先改好才能送审。", count=wrong) if wrong else t("可以送审；下面是提醒。")),
        el("Ul", [_fault(one, place, words) for place, one in enumerate(faults)], class_="fault-list"),
    )


def _fault(one: Fault, place: int, words: Words) -> Element:
    what, do = words.texts.what(one.issue), words.texts.do(one.issue)
    said = [el("B", what), el("Span", do, class_="quiet")]
    inside = (
        el("Button", said, type="button", data_box=one.box, class_="fault")
        if one.box
        else el("P", said, class_="fault")
    )
    return el("Li", inside, key=f"{place}-{one.box}")


# ---- what it comes to


def _preview(draft: DraftView, here: Session, state: PageState, words: Words) -> Element:
    """The values over the loaded history, the course of one region, and all regions in the newest periods."""
    t = words.t
    view = here.services.definition_editor.preview(here.actor, draft)
    if view is None or view.issues:
        return _nothing([one.issue for one in view.issues] if view else [], words)
    rows = [row for row in view.rows if any(one is not None for one in (*row.new, *row.old))]
    if not rows or not view.periods:
        return el("P", t("库里还没有可以计算的数据。"), class_="all-quiet")
    row = _chosen(rows, state)
    return el(
        "Div",
        el("P", definition_preview.summary(view, words), " ", registers.simulated(words, any(any(one.simulated) for one in rows)),
           class_="side-said"),
        _places(rows, row, here, state, words),
        el("Div", graph("draft-course", definition_preview.course(view, row, words, tokens(here.theme)), "side-graph",
                        words.locale), class_="side-course"),
        definition_preview.table(view, here, words, last=PERIODS),
        el("P", t("只是试算：不写入，也不通知任何人。"), class_="notes"),
        key=f"preview-{row.region}",
    )  # fmt: skip


def _chosen(rows: Sequence[PreviewRow], state: PageState) -> PreviewRow:
    wanted = state.filters.get("place", "")
    return next((row for row in rows if f"{row.region:012d}" == wanted), rows[0])


def _places(
    rows: Sequence[PreviewRow], chosen: PreviewRow, here: Session, state: PageState, words: Words
) -> Element:
    """Whose course is drawn."""
    names = [(f"{row.region:012d}", row.name_en if here.language == "en" else row.name_zh) for row in rows]
    return _picker("place", words.t("地区"), names, f"{chosen.region:012d}", state, words)


def _picker(
    name: str, label: str, offered: Sequence[tuple[str, str]], chosen: str, state: PageState, words: Words
) -> Element:
    return el(
        "Details",
        el("Summary", el("Span", label, class_="picker-label"), dict(offered).get(chosen, words.t("全部")),
           class_="picker-summary tool"),
        el("Div", [_way(shown, state, current=code == chosen, key=code or "all", **{name: code or None})
                   for code, shown in offered], class_="picker-list"),
        class_="picker",
        key=f"{name}-{chosen}",
    )  # fmt: skip


def _nothing(issues: Sequence[Issue], words: Words) -> Element:
    """Why there are no values yet."""
    said = [el("Li", f"{words.texts.what(one)} {words.texts.do(one)}".strip()) for one in issues]
    return el(
        "Div",
        el("P", words.t("还算不出数值，先改好这些：")),
        el("Ul", said, class_="fault-list"),
        class_="state-within",
    )


# ---- what its rules would have done


def _trial(draft: DraftView, here: Session, state: PageState, words: Words) -> Element:
    """A rule of the draft on history: how often each colour, where, how long, who else saw it, what it would have missed."""
    try:
        view = here.services.definition_editor.trial(here.actor, draft, _wish(state), here.language)
    except CockpitError as error:
        return _nothing(error.issues, words)
    return el(
        "Div",
        _scope(draft, view, state, words),
        el("P", _span(view, words), " ", registers.simulated(words, view.simulated), class_="side-said"),
        [el("P", f"{words.texts.what(one)} {words.texts.do(one)}", class_="notice") for one in view.issues],
        _colours(view, words),
        _course(view, here, words),
        rule_page.key_figures(view, words, N_("草案")),
        _lasting(view, words),
        rule_page.years(view, words),
        rule_page.episodes(view, words),
        rule_page.overlaps(view, state, words),
        el("P", words.t(rule_page.TODAY), class_="notes"),
        class_="side-trial",
        key=f"trial-{view.id}-{view.place.code}",
    )


def _wish(state: PageState) -> TrialWish:
    chosen = state.filters
    place, since = chosen.get("place", ""), chosen.get("since", "")
    return TrialWish(
        rule=chosen.get("rule", ""),
        region=int(place) if place.isascii() and place.isdigit() and len(place) == 12 else None,
        level=chosen.get("level") if chosen.get("level") in ("city", "county", "town") else None,
        since=int(since) if since.isascii() and since.isdigit() and len(since) == 4 else None,
    )


def _scope(draft: DraftView, view: BacktestView, state: PageState, words: Words) -> Element:
    """Which rule, since when, in which regions; whose course."""
    t = words.t
    year = view.last // 10**11 or view.first // 10**11
    rules = draft.document.get("rules")
    named = [
        ("", t("第一条规则")),
        *((str(name), str(name)) for name in (rules if isinstance(rules, dict) else {})),
    ]
    years = [(str(one), t("{year}年起", year=one)) for one in range(year, max(year - MOST_YEARS, 0), -1)]
    levels = [("", t("全部")), *((code, t(name)) for code, name in rule_page.LEVEL_NAMES.items() if code)]
    places = [(f"{one.code:012d}", one.name) for one in view.places]
    return el(
        "Div",
        _picker("rule", t("规则"), named, state.filters.get("rule", ""), state, words)
        if len(named) > 1
        else None,
        _picker("since", t("时间"), years, state.filters.get("since", str(year - YEARS)), state, words),
        _picker("level", t("层级"), levels, state.filters.get("level", ""), state, words),
        _picker("place", t("地区"), places, f"{view.place.code:012d}", state, words),
        class_="list-filters",
    )


def _span(view: BacktestView, words: Words) -> str:
    if not view.periods:
        return words.t("这段时间没有可以判定的数据。")
    return words.t(
        "{first} 至 {last}，{count} 期",
        first=words.period(view.first, view.frequency), last=words.period(view.last, view.frequency), count=view.periods,
    )  # fmt: skip


def _colours(view: BacktestView, words: Words) -> Element:
    """How often each colour would have come, beside the rule in force; and how many of all a rule in force saw too."""
    t, number = words.t, words.texts.number
    before = view.standing
    heads = [registers.head(t("级别")), registers.head(t("草案") if before else t("次数"), number=True)]
    if before:
        heads.insert(1, registers.head(t("现行"), number=True))
    rows = []
    for level in range(4, 0, -1):
        counts = [before.reached[level]] if before else []
        counts.append(view.outcome.reached[level])
        rows.append(
            el("Tr", el("Th", mark_sign(Mark(level, view.kind), words, with_word=True), scope="row"),
               [el("Td", number(count), class_="number") for count in counts], key=str(level))
        )  # fmt: skip
    caught = t(
        "共 {count} 次预警，其中 {caught} 次现行规则也会发现。",
        count=view.outcome.openings,
        caught=view.caught,
    )
    missed = sum(not one.seen for one in view.episodes)
    known = (
        t("已知事件 {count} 件，漏报 {missed} 件。", count=len(view.episodes), missed=missed)
        if view.episodes
        else ""
    )
    return el(
        "Div",
        registers.table(t("各级别预警次数"), heads, rows, wide=True),
        el("P", caught, " ", known, class_="side-said"),
        class_="trial-colours",
        data_openings=str(view.outcome.openings),
        data_caught=str(view.caught),
    )


def _course(view: BacktestView, here: Session, words: Words) -> Element | None:
    if view.course is None:
        return None
    drawn = figure(view.course, view.happened, words, tokens(here.theme))
    title = words.t("{place} · {name}", place=view.place.name, name=view.indicator_name)
    return el("Div", el("P", title, class_="field-label"), el("Div", graph("draft-trial", drawn, "side-graph", words.locale),
              class_="side-course"))  # fmt: skip


def _lasting(view: BacktestView, words: Words) -> Element | None:
    """Every warning that would have stood: where, since when, for how long."""
    if not view.warnings:
        return None
    t = words.t
    heads = [registers.head(t("地区")), registers.head(t("最高级别")), registers.head(t("起")), registers.head(t("止")),
             registers.head(t("持续期数"), number=True)]  # fmt: skip
    rows = [_warning(one, view, words) for one in view.warnings[:MOST_WARNINGS]]
    title = t("每次预警持续多久")
    rest = len(view.warnings) - len(rows)
    return el(
        "Details",
        el("Summary", t("{title}（{count}）", title=title, count=len(view.warnings))),
        registers.table(title, heads, rows, wide=True),
        el("P", t("另有 {count} 次更早的没有列出。", count=rest), class_="notes") if rest else None,
        class_="more",
        open=True,
    )


def _warning(one: Lasting, view: BacktestView, words: Words) -> Element:
    ended = (
        words.period(one.closed, view.frequency) if one.closed != periods.NO_PERIOD else words.t("仍在预警")
    )
    return el(
        "Tr",
        el("Th", one.place.name, scope="row"),
        el("Td", mark_sign(Mark(one.worst, view.kind), words, with_word=True)),
        el("Td", words.period(one.opened, view.frequency)),
        el("Td", ended),
        el("Td", words.texts.number(one.periods), class_="number"),
        key=f"{one.place.code}-{one.opened}",
    )
