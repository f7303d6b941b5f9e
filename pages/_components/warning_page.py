"""One warning: how it stands, the curve with its bands, its history, its rule, what is related to it."""

from collections.abc import Sequence

from pages._components import breaks, drivers, registers, shell
from pages._components.card import card
from pages._components.elements import Child, Element, el, graph, link
from pages._components.shell import Crumb
from pages._components.statutory_lines import statutory_line
from pages._components.tile import mark_sign
from pages._components.warning_chart import figure
from pages._components.warning_handling import handling, notes
from pages._components.warning_words import address, badges, brief, happened, level, measured, reasons
from pages._components.words import MEASURE_WORDS, OPERATORS, RULE_WORDS, Words
from pages._session import Session
from pages._state import PageState
from pages._tokens import tokens
from services.views import Mark, Place
from services.warning_views import Episode, EventLine, OneWarning, RuleView, WarningRow

MOST_RELATED = 6


def render(view: OneWarning, here: Session, state: PageState) -> Element:
    """The whole page."""
    words = registers.speaking(here)
    return el(
        "Div",
        _head(view, state, words),
        el(
            "Div",
            el(
                "Div",
                _course(view, here, words),
                drivers.drivers_of(view.row.line.id, here, state) if view.open else None,
                _events(view, words),
                notes(view, here, words),
                class_="warning-main",
            ),
            el(
                "Div",
                handling(view, here, state, words),
                _facts(view, state, words),
                _rule(view, state, words),
                _messages(view, state, words),
                _related(words.t("由它汇总的预警"), view.below, _all_of(view, state), state, words),
                _related(words.t("同一预警在其他地区"), view.same, _all_of(view, state), state, words),
                _related(words.t("本地区的其他预警"), view.here, _all_here(view, state), state, words),
                _earlier(view, state, words),
                class_="warning-side",
            ),
            class_="warning-page",
        ),
        class_="board one-warning",
        data_region=f"{view.row.line.place.code:012d}",
    )


def crumbs(path: Sequence[Place], state: PageState) -> list[Crumb]:
    """From the reader's own region down to that of the warning; each leads to its warnings."""
    kept = PageState(lang=state.lang, mode=state.mode)
    return [
        Crumb(place.name, "/warnings" + kept.with_(region=f"{place.code:012d}").to_url()) for place in path
    ]


def _head(view: OneWarning, state: PageState, words: Words) -> Element:
    line = view.row.line
    return el(
        "Header",
        link(shell.way("warnings", state), el("Span", class_="icon icon-back", aria_hidden="true"),
             words.t("返回预警列表"), class_="back"),
        el("H1", el("Span", line.place.name, class_="where"), " ", line.name),
        el(
            "P",
            level(line.level if view.open else 0, line.kind, words),
            el("Span", words.t("法定预警") if line.kind == "statutory" else words.t("管理预警")),
            el("Span", words.t("已持续 {count} 期", count=line.lasted)) if line.lasted else None,
            el("Span", line.department) if line.department else None,
            el("Span", words.t("模拟"), class_="status status-simulated") if line.simulated else None,
            badges(view.row, words),
            class_="board-facts",
        ),
        el("P", words.t("由上级预警汇总"), " ",
           link(address(view.parent.line.id, state), f"{view.parent.line.place.name} {view.parent.line.name}",
                class_="inline-link"), class_="notes") if view.parent else None,
        class_="board-head",
    )  # fmt: skip


def _facts(view: OneWarning, state: PageState, words: Words) -> Element:
    """What is the case: the figure, what was compared, since when."""
    row, rule = view.row, view.rule
    line = row.line
    bound = f"{OPERATORS.get(line.op, line.op)} {words.figure_text(line.threshold, rule.unit)}"
    facts = [
        (words.t("指标值"), words.figure_text(line.value, line.unit)),
        (_measure(rule, words), words.figure_text(line.compared, rule.unit)
         if line.measure != "value" and line.compared is not None else ""),
        (words.t("界限"), bound if line.threshold is not None else ""),
        (words.t("数据期"), words.period(line.period, line.frequency)),
        (words.t("开始于"), words.period(line.since, line.frequency)),
        (words.t("结束于"), words.period(view.closed, line.frequency) if view.closed else ""),
        (words.t("发现时间"), words.moment(row.noticed)),
        (words.t("最高级别"), words.level_word(view.worst) if view.worst != line.level else ""),
        (words.t("数据情况"), words.t("暂无新数据") if line.health in ("no_data", "stale") else ""),
        (words.t("责任部门"), line.department),
    ]  # fmt: skip
    sheet = f"{line.indicator}@{line.place.code:012d}"
    board = PageState(region=f"{line.place.code:012d}", lang=state.lang, mode=state.mode)
    return card(
        words.t("情况"),
        "",
        el("Dl", [(el("Dt", name), el("Dd", said)) for name, said in facts if said], class_="facts"),
        el("P",
           link("/" + board.with_(map=line.indicator, sheet=sheet).to_url(), words.t("查看数字说明"), class_="inline-link"),
           class_="card-ways"),
        class_="panel-facts-card",
    )  # fmt: skip


def _course(view: OneWarning, here: Session, words: Words) -> Element:
    """The curve with thresholds and what happened on it."""
    course = view.course
    title = words.t("{name}走势", name=view.row.line.name)
    if course is None:
        nothing = words.t("没有可以画出的数值：规则所比较的数在这里一期都没有。")
        return card(title, "", el("P", nothing, class_="all-quiet"), class_="panel-trend")
    facts = registers.facts(
        words.t(MEASURE_WORDS.get(course.measure, course.measure)),
        words.unit(course.unit),
        words.t("含模拟数据") if any(course.simulated) else "",
    )
    drawn = figure(course, view.events, words, tokens(here.theme))
    return card(
        title,
        facts,
        graph("warning-course", drawn, "trend-graph", words.locale),
        class_="panel-trend",
        foot=breaks.of_course(course.breaks, course.unit, words),
    )


def _measure(rule: RuleView, words: Words) -> str:
    """What a rule compares, in words."""
    return words.t(MEASURE_WORDS.get(rule.measure, rule.measure))


def _events(view: OneWarning, words: Words) -> Element:
    """Everything that happened to this warning, the newest first; nothing of it is ever deleted."""
    heads = [
        registers.head(words.t("时期")),
        registers.head(words.t("变化")),
        registers.head(_measure(view.rule, words), number=True),
        registers.head(words.t("界限"), number=True),
        registers.head(words.t("记录时间")),
    ]
    rows = [_event(event, view, words) for event in reversed(view.events)]
    return card(
        words.t("变化记录"),
        words.t("只增不改"),
        registers.table(words.t("变化记录"), heads, rows),
        class_="panel-events",
    )


def _event(event: EventLine, view: OneWarning, words: Words) -> Element:
    line, unit = view.row.line, view.rule.unit
    why = [part for part in reasons(event, words) if part]
    return el(
        "Tr",
        el("Th", words.period(event.period, line.frequency), scope="row"),
        el("Td", happened(event, line.kind, words), [el("Span", part, class_="reason") for part in why]),
        el("Td", measured(event.measured, unit, words), class_="number"),
        el("Td", measured(event.threshold, unit, words), class_="number"),
        el("Td", words.moment(event.at)),
    )


def _rule(view: OneWarning, state: PageState, words: Words) -> Element:
    """The rule in force today, in words."""
    rule = view.rule
    operator = OPERATORS.get(rule.op, "")
    bounds = [
        (number, " — ".join(words.figure_text(edge, rule.unit) for edge in edges) if len(edges) > 1
         else f"{operator} {words.figure_text(edges[0], rule.unit)}".strip())
        for number, edges in sorted(rule.bounds.items(), reverse=True)
    ]  # fmt: skip
    said = words.t("：").join(
        [words.t(RULE_WORDS.get(rule.type, rule.type)), *([_measure(rule, words)] if bounds else [])]
    )
    return card(
        words.t("预警规则"),
        words.t("第 {number} 版", number=rule.version),
        el("P", said),
        el("P", words.t("以下 {total} 条规则中至少 {needed} 条同时成立：", total=len(rule.members), needed=rule.needed))
        if rule.members else None,
        el("Ul", [el("Li", name) for name in rule.members]) if rule.members else None,
        el("Ul",
           [el("Li", mark_sign(Mark(number), words, with_word=True), el("B", bound)) for number, bound in bounds],
           class_="thresholds") if bounds else None,
        el("P", link(f"/rule/{rule.id}" + PageState(lang=state.lang, mode=state.mode).to_url(), words.t("查看规则与回测"),
                     class_="inline-link"), class_="card-ways"),
        class_="panel-rule",
    )  # fmt: skip


def _messages(view: OneWarning, state: PageState, words: Words) -> Element | None:
    """The messages of authorities that the warning mirrors."""
    if not view.messages:
        return None
    lines = [statutory_line(line, state, words) for line in view.messages]
    return card(words.t("发布的预警"), "", el("Ol", lines, class_="warning-rows"))


def _related(
    title: str, rows: Sequence[WarningRow], way: str, state: PageState, words: Words
) -> Element | None:
    """The first of some warnings, and the way to all of them."""
    if not rows:
        return None
    more = len(rows) - MOST_RELATED
    lines = [brief(row, state, words) for row in rows[:MOST_RELATED]]
    return card(
        title,
        str(len(rows)),
        el("Ol", lines, class_="warning-rows"),
        el("P", link(way, words.t("其余 {count} 条", count=more), class_="inline-link"), class_="card-ways")
        if more > 0 else None,
        class_="panel-related",
    )  # fmt: skip


def _all_of(view: OneWarning, state: PageState) -> str:
    """The list of the warnings on the same figure, nothing folded."""
    kept = PageState(lang=state.lang, mode=state.mode)
    return "/warnings" + kept.filtered(q=view.row.line.indicator, fold="all").to_url()


def _all_here(view: OneWarning, state: PageState) -> str:
    """The list of the warnings of the region."""
    kept = PageState(region=f"{view.row.line.place.code:012d}", lang=state.lang, mode=state.mode)
    return "/warnings" + kept.filtered(system=view.row.system).to_url()


def _earlier(view: OneWarning, state: PageState, words: Words) -> Element | None:
    """The other warnings that the rule had here."""
    if not view.earlier:
        return None
    frequency = view.row.line.frequency
    lines = [_episode(one, view, frequency, state, words) for one in view.earlier]
    return card(words.t("以前的预警"), str(len(lines)), el("Ul", lines, class_="episodes"))


def _episode(one: Episode, view: OneWarning, frequency: str, state: PageState, words: Words) -> Element:
    since = words.period(one.opened, frequency)
    span: Child = words.t("{opened} 起，未解除", opened=since)
    if one.closed:
        span = words.t("{opened} 至 {closed}", opened=since, closed=words.period(one.closed, frequency))
    sign = mark_sign(Mark(one.level, view.row.line.kind), words, with_word=True) if one.level else None
    return el("Li", sign, link(address(one.id, state), span, class_="inline-link"))
