"""One rule tried on history: thresholds to move, what they come to over all regions, beside the rule in force."""

import math
from collections.abc import Mapping, Sequence

from indicators.definition import WARNING_LEVELS
from indicators.errors import N_
from pages._components import breaks, registers, shell
from pages._components.card import card
from pages._components.elements import Child, Element, el, graph, link
from pages._components.rule_proposals import of_rule
from pages._components.rule_words import bounds, measure, said
from pages._components.tile import mark_sign
from pages._components.warning_chart import figure, reach
from pages._components.words import OPERATORS, Words
from pages._session import Session
from pages._state import PageState
from pages._tokens import tokens
from services.backtest_views import BacktestView, Handle, Outcome, PlaceOutcome
from services.texts import MISSING
from services.views import Mark

MOST_PLACES = 12
STEPS = 200
"""Into about so many steps the range of a slider is divided."""

LEAST_SHARE = 0.1
"""In percent; what is less is said to be less."""

LEVEL_NAMES = {
    "": N_("全部"), "city": N_("市级"), "county": N_("县区级"), "town": N_("镇街级"),
}  # fmt: skip
ENDS = (N_("下限"), N_("上限"))
TODAY = N_("按今天的（修订后）数据回测；不写入、不通知任何人。")


def render(view: BacktestView, here: Session, state: PageState) -> Element:
    """The whole page."""
    words = registers.speaking(here)
    return el(
        "Div",
        _head(view, state, words),
        el(
            "Div",
            el("Div", _course(view, here, state, words), key_figures(view, words), years(view, words),
               _places(view, state, words), class_="warning-main"),
            el("Div", _try(view, state, words), _proposals(view, here, state), _rule(view, words), episodes(view, words),
               overlaps(view, state, words), class_="warning-side"),
            class_="warning-page",
        ),
        class_="board one-rule",
        data_rule=view.id,
    )  # fmt: skip


def _head(view: BacktestView, state: PageState, words: Words) -> Element:
    """What the rule is called, what is tried, over which time."""
    span = words.t(
        "{first} 至 {last}，{count} 期",
        first=words.period(view.first, view.frequency), last=words.period(view.last, view.frequency), count=view.periods,
    )  # fmt: skip
    return el(
        "Header",
        link(shell.way("warnings", state), el("Span", class_="icon icon-back", aria_hidden="true"),
             words.t("返回预警列表"), class_="back"),
        el("H1", words.t("规则回测：{name}", name=view.name)),
        el(
            "P",
            el("Span", words.t("草案") if view.changed else words.t("现行规则"), class_="status"),
            el("Span", span) if view.periods else None,
            el("Span", view.department) if view.department else None,
            registers.simulated(words, view.simulated),
            class_="board-facts",
        ),
        el("P", words.t(TODAY), class_="notes"),
        el("Div", [el("P", f"{words.texts.what(one)} {words.texts.do(one)}".strip()) for one in view.issues], class_="notice", role="alert")
        if view.issues else None,
        class_="board-head",
    )  # fmt: skip


# ---- the curve


def _course(view: BacktestView, here: Session, state: PageState, words: Words) -> Element:
    """The curve of one region, the bands of the levels, handles at the bounds."""
    title = words.t("{place} · {name}", place=view.place.name, name=view.indicator_name)
    if view.course is None:
        nothing = words.t("没有可以画出的数值：规则所比较的数在这里一期都没有。")
        return card(title, "", el("P", nothing, class_="all-quiet"), class_="panel-trend")
    facts = registers.facts(
        measure(view.rule, words),
        words.unit(view.course.unit),
        words.t("拖动界限即试算") if view.handles else "",
    )
    drawn = figure(view.course, view.happened, words, tokens(here.theme))
    handles = [_grip(one, view, words) for one in view.handles] if _moves(view) else []
    return card(
        title,
        facts,
        el("Div", graph("rule-course", drawn, "trend-graph", words.locale), handles, class_="rule-course"),
        class_="panel-trend",
        foot=[
            breaks.of_course(view.course.breaks, view.course.unit, words),
            el("Div", breaks.limit_switch(view.limit is not None, state, words), class_="break-ways")
            if view.dated
            else None,
        ],
    )  # fmt: skip


def _moves(view: BacktestView) -> bool:
    """Whether the bounds stand on the scale of the curve, so that they can be taken hold of there."""
    drawn = {bound.level for bound in view.course.bounds} if view.course else set()
    return bool(drawn) and all(handle.level in drawn for handle in view.handles)


def _grip(one: Handle, view: BacktestView, words: Words) -> Element:
    """What is dragged on the curve; the slider of the form says the same to the keyboard."""
    return el(
        "Span",
        el("B", words.level_word(one.level)),
        class_="rule-grip",
        data_level=WARNING_LEVELS[one.level],
        data_of=_field(one),
        data_at=repr(one.value * view.scale),
        data_scale=repr(view.scale),
        aria_hidden="true",
        key=f"grip-{_field(one)}",
    )


def _field(one: Handle) -> str:
    """The name of the field of a bound: its level, and for the upper end of a band a mark."""
    return WARNING_LEVELS[one.level] + ("-high" if one.end else "")


# ---- what can be changed


def _try(view: BacktestView, state: PageState, words: Words) -> Element:
    """The form of a draft: every change is an address."""
    low, high, step = _range(view)
    bands = [one for one in view.tried.bounds.values() if isinstance(one, tuple)]
    rows = [
        _bound(one, view, (low, high, step), words)
        for one in sorted(view.handles, key=lambda one: (-one.level, one.end))
    ]
    back = None
    if view.changed or view.issues:
        go = state.with_(filter=_kept(state)).to_url() or "?"
        back = link(go, words.t("恢复为现行规则"), class_="button button-quiet")
    form = el(
        "Form",
        rows,
        el(
            "Div",
            _whole("persist", words.t("连续几期才预警"), view.tried.persist, 1),
            _whole("keep", words.t("恢复后再保留几期"), view.tried.keep, 0),
            class_="rule-numbers",
        ),
        el("Div", el("Button", words.t("试算"), type="submit", class_="button"), back, class_="form-end"),
        class_="form rule-form",
        data_rule_form="band" if bands else "plain",
    )
    mirrored = el("P", words.t("由有权机关发布，本系统只作镜像"), class_="notes")
    return card(
        words.t("试一试"),
        "",
        mirrored if view.kind == "statutory" else form,
        _scope(view, state, words),
        class_="panel-try",
    )


def _proposals(view: BacktestView, here: Session, state: PageState) -> Element | None:
    """What was and can be proposed; nothing of what an authority decides."""
    return None if view.kind == "statutory" else of_rule(view, here, state)


def _kept(state: PageState) -> str | None:
    """What of the filter is no draft."""
    kept = {name: value for name, value in state.filters.items() if name in ("level", "since", "limit")}
    return ";".join(f"{name}:{value}" for name, value in kept.items()) or None


def _range(view: BacktestView) -> tuple[float, float, float]:
    """The range of the sliders in the unit of the bounds as they are written, and a round step."""
    values = [one.value for one in view.handles]
    low, high = reach(view.course) if view.course else (min(values, default=0.0), max(values, default=1.0))
    low, high = low / view.scale, high / view.scale
    low, high = min([low, *values]), max([high, *values])
    rough = (high - low or 1.0) / STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= rough * 0.999)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def _bound(one: Handle, view: BacktestView, span: tuple[float, float, float], words: Words) -> Element:
    """A bound as number and slider, beside it what is in force."""
    level = words.level_word(one.level)
    ends = isinstance(view.tried.bounds.get(WARNING_LEVELS[one.level]), tuple)
    end = words.t(ENDS[one.end]) if ends else ""
    label = f"{level} {end}".strip()
    name = _field(one)
    low, high, step = span
    live = (
        words.t("现行 {bound}", bound=words.figure_text(one.live, view.rule.unit))
        if one.live is not None
        else ""
    )
    return el(
        "Div",
        el("Label", mark_sign(Mark(one.level, view.kind), words), el("Span", level, el("Span", end, class_="rule-end")
           if end else None), htmlFor=f"bound-{name}", class_="rule-level"),
        el("Input", type="text", inputMode="decimal", id=f"bound-{name}", name=name, defaultValue=f"{one.value:.12g}",
           autoComplete="off", maxLength=20),
        el("Span", words.unit(view.rule.unit), class_="unit"),
        el("Input", type="range", min=f"{low:.12g}", max=f"{high:.12g}", step=f"{step:.12g}", defaultValue=f"{one.value:.12g}",
           id=f"slide-{name}", data_of=name, aria_label=words.t("{level}界限", level=label)),
        el("Span", live, class_="rule-live" + (" rule-moved" if one.live != one.value else "")),
        class_="rule-bound",
        data_level=WARNING_LEVELS[one.level],
        key=f"bound-{name}",
    )  # fmt: skip


def _whole(name: str, label: str, value: int | None, least: int) -> Element | None:
    """A number of periods; one that differs by level is not changed here."""
    if value is None:
        return None
    return el(
        "Label",
        label,
        el("Input", type="number", id=f"rule-{name}", name=name, min=str(least), max="24", step="1",
           defaultValue=str(value)),
    )  # fmt: skip


def _scope(view: BacktestView, state: PageState, words: Words) -> Element:
    """Which regions, since when."""
    year = view.last // 10**11
    levels = [(code, words.t(name)) for code, name in LEVEL_NAMES.items() if code]
    years = [(str(one), words.t("{year}年起", year=one)) for one in range(year, max(year - 10, 0), -1)]
    return el(
        "Div",
        registers.picker("level", words.t("层级"), levels, state.filters.get("level", ""), state, words),
        registers.picker("since", words.t("时间"), years, state.filters.get("since", ""), state, words),
        class_="list-filters",
    )


# ---- what it comes to


def key_figures(view: BacktestView, words: Words, alone: str = N_("现行")) -> Element:
    """The outcome in few numbers, a draft beside the rule in force; ``alone`` is what one by itself is called."""
    outcomes = [(words.t("现行") if view.standing else words.t(alone), view.standing or view.outcome)]
    if view.standing:
        what_if = words.t("假设：今天的限值") if view.limit is not None else ""
        tried = words.t("草案") if view.changed else ""
        outcomes.append((" · ".join(filter(None, (tried, what_if))), view.outcome))
    number = words.texts.number
    rows: list[tuple[str, list[str]]] = [
        (words.t("预警次数"), [number(one.openings) for _, one in outcomes]),
        (words.t("消息条数（汇总折叠后）"), [number(one.messages) for _, one in outcomes]),
        (words.t("折叠或因频繁波动未单发"), [number(one.spared) for _, one in outcomes]),
        (words.t("升级、降级次数"), [number(one.changes) for _, one in outcomes]),
        *[
            (words.t("{level}时间占比", level=words.level_word(level)), [_share(one, level, words) for _, one in outcomes])
            for level in range(len(WARNING_LEVELS) - 1, 0, -1)
        ],
    ]  # fmt: skip
    heads = [registers.head(words.t("结果")), *(registers.head(name, number=True) for name, _ in outcomes)]
    body = [
        el("Tr", el("Th", name, scope="row"), [el("Td", value, class_="number") for value in values])
        for name, values in rows
    ]
    return card(
        words.t("会怎样"),
        words.t("{count} 个地区", count=len(view.places)),
        registers.table(words.t("会怎样"), heads, body, wide=True),
        class_="panel-outcome",
    )


def _share(one: Outcome, level: int, words: Words) -> str:
    """The part of all periods, never printed as none where there was some."""
    total = sum(one.time)
    if not total:
        return MISSING
    share = one.time[level] / total * 100
    return f"< {words.percent(LEAST_SHARE, 1)}" if 0 < share < LEAST_SHARE else words.percent(share, 1)


def years(view: BacktestView, words: Words) -> Element | None:
    """Openings and messages by year."""
    if not view.outcome.years:
        return None
    before = {one.year: one for one in view.standing.years} if view.standing else {}
    both = bool(before)
    heads = [registers.head(words.t("年份"))]
    if both:
        said = (words.t("现行"), words.t("草案") if view.changed else words.t("假设"))
        heads += [registers.head(words.t("预警（{what}）", what=what), number=True) for what in said]
        heads += [registers.head(words.t("消息（{what}）", what=what), number=True) for what in said]
    else:
        heads += [registers.head(words.t("预警"), number=True), registers.head(words.t("消息"), number=True)]
    rows = []
    for one in view.outcome.years:
        was = before.get(one.year)
        values = [one.openings, one.messages]
        if both:
            values = [was.openings if was else 0, one.openings, was.messages if was else 0, one.messages]
        rows.append(
            el("Tr", el("Th", words.year(one.year), scope="row"),
               [el("Td", words.texts.number(value), class_="number") for value in values])
        )  # fmt: skip
    return card(words.t("逐年"), "", registers.table(words.t("逐年"), heads, rows, wide=True))


def _places(view: BacktestView, state: PageState, words: Words) -> Element | None:
    """By region, the most openings first; a region leads to its curve."""
    if not view.outcome.places:
        return None
    before = {one.place.code: one for one in view.standing.places} if view.standing else {}
    ordered = sorted(view.outcome.places, key=lambda one: (-one.openings, -one.firing))
    heads = [registers.head(words.t("地区")), registers.head(words.t("预警次数"), number=True)]
    if before:
        heads.append(registers.head(words.t("现行"), number=True))
    heads += [registers.head(words.t("预警期数"), number=True), registers.head(words.t("最近一期"))]
    rows = [_place(one, before.get(one.place.code), view, state, words) for one in ordered]
    title = words.t("各地区")
    shown = registers.table(title, heads, rows[:MOST_PLACES])
    rest = rows[MOST_PLACES:]
    return card(
        title,
        words.t("点地区看它的走势"),
        shown,
        el("Details", el("Summary", words.t("其余 {count} 个", count=len(rest))),
           registers.table(words.t("其余地区"), heads, rest), class_="more") if rest else None,
    )  # fmt: skip


def _place(
    one: PlaceOutcome, was: PlaceOutcome | None, view: BacktestView, state: PageState, words: Words
) -> Element:
    go = state.with_(region=f"{one.place.code:012d}").to_url()
    chosen = one.place.code == view.place.code
    return el(
        "Tr",
        el("Th", link(go, one.place.name, aria_current="true" if chosen else None), scope="row"),
        el("Td", words.texts.number(one.openings), class_="number"),
        el("Td", words.texts.number(was.openings), class_="number") if was else None,
        el("Td", words.texts.number(one.firing), class_="number"),
        el("Td", mark_sign(Mark(one.now, view.kind), words, with_word=True) if one.now else words.t("正常")),
    )


# ---- the rule, what it missed, what says the same


def _rule(view: BacktestView, words: Words) -> Element:
    """The rule as it is tried, in words and as it would be written."""
    operator = OPERATORS.get(view.rule.op, "")
    text = "\n".join(f"{name}: {_written(value)}" for name, value in view.written.items())
    lines = [
        el("Li", mark_sign(Mark(level, view.kind), words, with_word=True), el("B", bound))
        for level, bound in bounds(view.rule, operator, words)
    ]
    return card(
        words.t("预警规则"),
        words.t("草案") if view.changed else words.t("第 {number} 版", number=view.rule.version),
        el("P", said(view.rule, words)),
        el("Ul", lines, class_="thresholds") if lines else None,
        el("P", view.source_note, class_="notes", lang="zh-CN") if view.source_note else None,
        el("Details", el("Summary", words.t("规则文本")), el("Pre", text, class_="rule-text", tabIndex=0), class_="more"),
        class_="panel-rule",
    )  # fmt: skip


def _written(value: object) -> str:
    """A value of a rule as YAML of one line writes it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_written(one)}" for name, one in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_written, value)) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    text = f"{value:.12g}" if isinstance(value, float) else str(value)
    return (
        f'"{text}"'
        if isinstance(value, str) and not value.replace("_", "").replace(".", "").isalnum()
        else text
    )


def episodes(view: BacktestView, words: Words) -> Element | None:
    """What is known to have happened, and whether the rule saw it."""
    if not view.episodes:
        return None
    missed = sum(not one.seen for one in view.episodes)
    lines = [
        el(
            "Li",
            el("Span", words.t("已预警") if one.seen else words.t("漏报"), class_="status" if one.seen else "status rule-missed"),
            el("Span", one.text),
        )
        for one in view.episodes
    ]  # fmt: skip
    return card(
        words.t("已知事件"), words.t("漏报 {count} 件", count=missed), el("Ul", lines, class_="rule-lines")
    )


def overlaps(view: BacktestView, state: PageState, words: Words) -> Element | None:
    """Rules in force that warn in the same place at the same time."""
    if not view.overlaps:
        return None
    kept = PageState(region=state.region, lang=state.lang, mode=state.mode).to_url()
    lines: list[Child] = [
        el(
            "Li",
            link(f"/rule/{one.rule}{kept}", one.name, class_="inline-link"),
            el("Span", words.t("{shared} / {of} 次", shared=one.shared, of=one.of), class_="quiet-number"),
        )
        for one in view.overlaps
    ]
    return card(
        words.t("与现行规则重叠"), words.t("同一地区、同一时间也在预警"), el("Ul", lines, class_="rule-lines")
    )
