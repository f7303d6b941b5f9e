"""The page of one indicator: its figure and course, what it means, who uses it, where it reaches, what was changed and said."""

from collections.abc import Sequence

from indicators.errors import N_
from pages._components import charts, drawer, forms, known_on, registers, studio_figure
from pages._components.card import card
from pages._components.catalogue import graph_card, way
from pages._components.catalogue_words import LEVELS, OVER_REGIONS, OVER_TIME, POLARITY, STATUS
from pages._components.elements import Element, el, graph, link
from pages._components.indicator_used import used
from pages._components.revisions import table as revision_table
from pages._components.shell import way as place_way
from pages._components.studio_words import differences
from pages._components.tile import comparison, mark_sign, standing, star, star_forms
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from pages._tokens import tokens
from services.catalogue_browser import IN_FORCE
from services.identity_checks import FailureView
from services.indicator_page import Covered, IndicatorView, NoteView, VersionView
from services.views import Point

FIRST_PERIODS = 8
"""Figures of the small table that are shown at once."""

OPERATORS = {">=": "≥", "<=": "≤", "=": "=", "done": ""}


def render(view: IndicatorView, here: Session, state: PageState) -> Element:
    """The whole page."""
    words = registers.speaking(here)
    return el(
        "Div",
        _head(view, here, state, words),
        _held(view.held, state, words),
        el(
            "Div",
            el(
                "Div",
                _now(view, state, words),
                _trend(view, here, words),
                _formula(view, state, words),
                _coverage(view, state, words),
                _revised(view, state, words),
                class_="indicator-main",
            ),
            el(
                "Div",
                _meaning(view, words),
                _rules(view, state, words),
                _targets(view, words),
                used(view, state, words),
                _versions(view, words),
                studio_figure.of_indicator(
                    view.indicator.code, studio_figure.kind_of(view.indicator.headline), here, state
                ),
                _notes(view, here, words),
                class_="indicator-side",
            ),
            class_="indicator-page",
        ),
        graph_card(view.graph, state, words, words.t("与其他指标的关系")),
        star_forms(words),
        class_="board one-indicator",
        data_code=view.indicator.code,
        data_region=f"{view.place.code:012d}",
    )


# ---- head


def _head(view: IndicatorView, here: Session, state: PageState, words: Words) -> Element:
    code = view.indicator.code
    starred = code in here.services.stars.of(here.actor)
    return el(
        "Header",
        link(place_way("catalogue", state), el("Span", class_="icon icon-back", aria_hidden="true"),
             words.t("返回指标库"), class_="back"),
        el("H1", view.name),
        el("P", view.other_name, class_="row-other", lang="en" if words.zh else "zh-CN"),
        el(
            "P",
            el("Span", words.t(STATUS[view.status]), class_=f"status status-{view.status}"),
            el("Code", code),
            el("Span", " · ".join(filter(None, (view.system, view.theme)))),
            el("Span", view.department),
            el("Span", view.place.name, class_="indicator-place"),
            class_="board-facts",
        ),
        _vain(view, state, words),
        el(
            "Div",
            known_on.picker(view.as_of, view.days, state, words),
            star(code, view.name, starred, words),
            _edit(view, here, words),
            class_="indicator-tools",
        ),
        class_="board-head",
    )  # fmt: skip


def _vain(view: IndicatorView, state: PageState, words: Words) -> Element | None:
    vain = [*state.ignored, *(f"{name}={getattr(state, name)}" for name in view.vain)]
    if not vain:
        return None
    said = words.t("地址中有读不懂的内容，已按默认显示：{fields}", fields=words.listed(vain))
    return el("P", said, class_="notice", role="status")


def _edit(view: IndicatorView, here: Session, words: Words) -> Element | None:
    """The way into the studio, for those who write definitions."""
    if not view.editable:
        return None
    kind = "indicator" if view.indicator.headline else "input"
    fields = {"kind": kind, "code": view.indicator.code}
    return forms.button(here, "studio.open", words.t("修改定义"), fields, class_="button")


def _held(held: Sequence[FailureView], state: PageState, words: Words) -> Element | None:
    """What is held back, told to those who check."""
    if not held:
        return None
    kept = PageState(lang=state.lang, mode=state.mode).to_url()
    return el(
        "Div",
        el("P", words.t("有 {count} 处勾稽不符，相关数字暂扣，看板和大屏都不显示。", count=len(held))),
        el("Ul", [
            el("Li", link(f"/checks/{one.id}{kept}", words.t("{place} {period}：差 {gap}", place=one.place,
               period=words.period(one.period, one.frequency), gap=words.figure_text(one.gap, one.total.unit))))
            for one in held
        ]),
        class_="notice",
        role="status",
    )  # fmt: skip


# ---- the figure


def _now(view: IndicatorView, state: PageState, words: Words) -> Element:
    sheet = view.sheet
    if sheet is None:
        said = words.t(
            "本级不发布：只发布到{level}，{place}没有数。", level=_level(view, words), place=view.place.name
        )
        return card(words.t("现在的数"), "", el("P", said, class_="all-quiet"))
    text, unit = words.figure(sheet.figure)
    return card(
        words.known(view.as_of) if view.as_of else words.t("现在的数"),
        view.place.name,
        el("P", el("Span", text, class_="figure-number"), el("Span", unit, class_="unit") if unit else None, class_="figure"),
        el("P", standing(sheet.figure, sheet.frequency, words), class_="standing"),
        el("P", mark_sign(sheet.mark, words, with_word=True), class_="sheet-mark") if sheet.mark else None,
        el("Ul", [comparison(one, words) for one in sheet.comparisons], class_="comparisons"),
        el("P", words.t(sheet.note), class_="notes") if sheet.note else None,
        drawer.facts([
            (words.t("下次发布"), words.next_release(sheet)),
            (words.t("入库时间"), words.moment(sheet.known_at) if sheet.known_at else ""),
        ]),
        _last(view.periods, sheet.unit, sheet.frequency, words) if view.periods else None,
        el("P", link(_board(view, state), words.t("在看板上看"), class_="inline-link")),
        class_="panel-now",
    )  # fmt: skip


def _board(view: IndicatorView, state: PageState) -> str:
    """The board of the system, its map on this indicator."""
    names = {"econ": "economy", "proj": "projects", "emerg": "emergency", "sign": "signs", "dgov": "digital"}
    chosen = PageState(
        region=f"{view.place.code:012d}", period=state.period, as_of=state.as_of, lang=state.lang, mode=state.mode,
        map=view.indicator.code,
    )  # fmt: skip
    return f"/{names.get(view.indicator.system, '')}{chosen.to_url()}"


def _last(points: Sequence[Point], unit: str, frequency: str, words: Words) -> Element:
    """The last figures as numbers, each with its status: what was preliminary then stands as it was."""
    heads = [
        registers.head(words.t(N_("时期"))),
        registers.head(words.header(unit), number=True),
        registers.head(words.t(N_("状态"))),
    ]
    first, rest = points[:FIRST_PERIODS], points[FIRST_PERIODS:]

    def rows(some: Sequence[Point]) -> list[Element]:
        return [
            el(
                "Tr",
                el("Th", words.period(point.period, frequency), scope="row"),
                el("Td", words.texts.number(point.value), class_="number"),
                el("Td", el("Span", words.status(point.status), class_=f"status status-{point.status}")),
                key=str(point.period),
            )
            for point in some
        ]

    title = words.t("近期各期数值")
    return el(
        "Div",
        registers.table(title, heads, rows(first), "periods", wide=True),
        el(
            "Details",
            el("Summary", words.t("再往前 {count} 期", count=len(rest))),
            registers.table(words.t("更早各期数值"), heads, rows(rest), "periods", wide=True),
            class_="more",
        )
        if rest
        else None,
    )


def _trend(view: IndicatorView, here: Session, words: Words) -> Element | None:
    if view.trend is None:
        return None
    drawn = charts.CHARTS["trend"](view.trend, words, tokens(here.theme))
    title, facts = words.trend_title(view.trend)
    breaks = [
        el("Li", words.t("{day}起：{reason}", day=words.period_short(day), reason=why))
        for day, why in view.trend.breaks
    ]
    return card(
        title,
        facts,
        graph("indicator-trend", drawn, "trend-graph", words.locale),
        el("Ul", breaks, class_="notes calibre-breaks") if breaks else None,
        class_="panel-trend",
    )


def _formula(view: IndicatorView, state: PageState, words: Words) -> Element | None:
    if not view.indicator.formula:
        return None
    if view.sheet is None:
        return card(words.t("公式"), "", el("P", el("Code", view.indicator.formula), class_="formula"))
    terms = [
        el(
            "Li",
            link(way(term.code, state), term.name),
            el("Span", el("B", words.figure(term.figure)[0]), " ", el("Span", words.figure(term.figure)[1], class_="unit"),
               el("Span", words.reason(term.figure), class_="reason"), class_="term-value"),
        )
        for term in view.sheet.terms
    ]  # fmt: skip
    return card(
        words.t("公式"),
        words.period(view.sheet.figure.period, view.sheet.frequency) if view.sheet.figure.period else "",
        el("P", el("Code", words.formula(view.indicator.formula, view.sheet.terms)), class_="formula"),
        el("Ul", terms, class_="terms"),
        el("P", el("Code", view.indicator.formula), class_="notes"),
    )


# ---- what it means


def _meaning(view: IndicatorView, words: Words) -> Element:
    one = view.indicator
    month = N_("1、2月合并发布，没有单月数") if one.jan_feb else ""
    release = words.t(
        "期末后 {days} 天内发布，宽限 {grace} 天",
        days=one.release.due_after.days,
        grace=one.release.grace.days,
    )
    return card(
        words.t("定义与口径"),
        words.t("第 {number} 版", number=one.version),
        drawer.original(one.definition_zh, words),
        drawer.original(one.calibre_zh, words) if one.calibre_zh else None,
        drawer.facts([
            (words.t("单位"), words.unit(one.unit)),
            (words.t("频率"), words.frequency(str(one.frequency))),
            (words.t("时间口径"), words.basis(str(one.basis))),
            (words.t("1、2月"), words.t(month) if month else ""),
            (words.t("方向"), words.t(POLARITY[str(one.polarity)])),
            (words.t("地区汇总"), words.t(OVER_REGIONS[str(one.agg_region)])),
            (words.t("时间汇总"), words.t(OVER_TIME[str(one.agg_time)])),
            (words.t("发布到"), words.t(LEVELS.get(one.lowest_level, one.lowest_level))),
            (words.t("发布日程"), release),
            (words.t("责任部门"), view.department),
            (words.t("公开范围"), words.sensitivity(str(one.sensitivity))),
            (words.t("定义出处"), one.definition_source),
        ]),
        el("Div", [
            el("H3", words.t("口径变动")),
            el("Ul", [el("Li", words.t("{day}起：{reason}", day=words.texts.date(each.date), reason=each.reason_zh))
                      for each in one.calibre_breaks]),
        ]) if one.calibre_breaks else None,
        el("Div", [
            el("H3", words.t("法定限值")),
            el("Ul", [el("Li", words.t("{limit}，{since}", limit=words.figure_text(each.limit, one.unit),
                         since=_span(each.valid_from, each.valid_to, words))) for each in one.limit_versions]),
        ]) if one.limit_versions else None,
        class_="panel-meaning",
    )  # fmt: skip


def _span(first: object, last: object, words: Words) -> str:
    """From when to when something holds."""
    begin, end = (words.texts.date(day) if day else "" for day in (first, last))  # type: ignore[arg-type]
    if begin and end:
        return words.t("{first} 至 {last}", first=begin, last=end)
    return (
        words.t("{first} 起", first=begin)
        if begin
        else words.t("至 {last}", last=end)
        if end
        else words.t("一直有效")
    )


def _level(view: IndicatorView, words: Words) -> str:
    return words.t(LEVELS.get(view.indicator.lowest_level, view.indicator.lowest_level))


def _rules(view: IndicatorView, state: PageState, words: Words) -> Element | None:
    if view.sheet is None:
        return None
    return card(words.t("预警规则"), "", *drawer.rule(view.sheet, state, words), class_="panel-rules")


def _targets(view: IndicatorView, words: Words) -> Element | None:
    if not view.targets and not view.curves:
        return None
    rows = [
        el(
            "Tr",
            el("Th", one.place or words.t("参考目标（目录缺省）"), scope="row"),
            el("Td", words.year(one.year)),
            el("Td", f"{OPERATORS.get(one.op, '')} {words.figure_text(one.value, one.unit)}"
               + (f" — {words.figure_text(one.upper, one.unit)}" if one.upper is not None else ""), class_="number"),
            el("Td", one.plan, el("Span", one.statement, class_="row-other", lang="zh-CN") if one.statement else None),
        )
        for one in view.targets
    ]  # fmt: skip
    heads = [registers.head(words.t(name)) for name in (N_("地区"), N_("年份"), N_("目标"), N_("出处"))]
    curves = [
        el("P", words.t("季节曲线（{place}{year}）：各月末应完成 {shares}", place=one.place or words.t("各地区"),
           year=f" {one.year}" if one.year else "", shares="、".join(f"{share:g}%" for share in one.shares)), class_="notes")
        for one in view.curves
    ]  # fmt: skip
    return card(words.t("目标"), "", registers.table(words.t("目标"), heads, rows) if rows else None, curves)


# ---- where it reaches


def _coverage(view: IndicatorView, state: PageState, words: Words) -> Element | None:
    if not view.covered:
        return None
    there = sum(one.figure.value is not None for one in view.covered)
    heads = [registers.head(words.t(N_("地区"))), registers.head(words.header(view.indicator.unit), number=True),
             registers.head(words.t(N_("时期"))), registers.head(words.t(N_("状态")))]  # fmt: skip
    top = [one for one in view.covered if one.depth < 2]
    below = [one for one in view.covered if one.depth >= 2]
    frequency = str(view.indicator.frequency)
    return card(
        words.t("各地区的数"),
        words.t("{count}/{all} 个地区有数", count=there, all=len(view.covered)),
        registers.table(words.t("各地区的数"), heads, [_place(one, frequency, state, words) for one in top], "covered",
                        wide=True),
        el(
            "Details",
            el("Summary", words.t("其余 {count} 个地区", count=len(below))),
            registers.table(words.t("下级地区的数"), heads, [_place(one, frequency, state, words) for one in below],
                            "covered", wide=True),
            class_="more",
        ) if below else None,
        class_="panel-coverage",
    )  # fmt: skip


def _place(one: Covered, frequency: str, state: PageState, words: Words) -> Element:
    figure = one.figure
    told = (
        [el("Span", words.status(figure.status), class_=f"status status-{figure.status}")]
        if figure.value is not None
        else []
    )
    if words.incomplete(figure):
        told.append(el("Span", words.t("已报 {reported}/{expected}", reported=figure.reported, expected=figure.expected), class_="coverage"))  # fmt: skip
    return el(
        "Tr",
        el("Th", link(state.with_(region=f"{one.place.code:012d}").to_url(), one.place.name), scope="row", class_=f"depth-{one.depth}"),
        el("Td", words.figure(figure)[0], class_="number"),
        el("Td", words.period(figure.period, frequency) if figure.period and figure.value is not None else ""),
        el("Td", told, el("Span", words.reason(figure), class_="reason")),
        key=str(one.place.code),
    )  # fmt: skip


# ---- what was changed and said


def _revised(view: IndicatorView, state: PageState, words: Words) -> Element:
    title = words.t("修订记录")
    if not view.revisions:
        return card(
            title,
            view.place.name,
            el("P", words.t("没有修订过。"), class_="all-quiet"),
            class_="panel-revisions",
        )
    kept = PageState(region=state.region, as_of=state.as_of, lang=state.lang, mode=state.mode)
    every = kept.filtered(show="revisions").to_url()
    return card(
        title,
        view.place.name,
        revision_table(view.revisions, words, places=False),
        link(f"/indicator/{view.indicator.code}{every}", words.t("各地区的全部修订"), class_="inline-link"),
        class_="panel-revisions",
    )


def _versions(view: IndicatorView, words: Words) -> Element:
    return card(
        words.t("定义的版本"),
        "",
        el("Ol", [_version(one, words) for one in view.versions], class_="versions"),
        class_="panel-versions",
    )


def _version(one: VersionView, words: Words) -> Element:
    span = _span(one.valid_from, one.valid_to, words)
    return el(
        "Li",
        el("P", el("B", words.t("第 {number} 版", number=one.number)), " ", span,
           el("Span", words.t("现行"), class_=f"status status-{IN_FORCE}") if one.current else None),
        el("Details", el("Summary", words.t("与上一版的 {count} 处不同", count=len(one.changes))),
           differences(one.changes, words.texts), class_="more") if one.changes else None,
        key=str(one.number),
    )  # fmt: skip


def _notes(view: IndicatorView, here: Session, words: Words) -> Element:
    listed = [_note(one, here, words) for one in view.notes]
    return card(
        words.t("备注"),
        "",
        el("Ol", listed, class_="indicator-notes")
        if listed
        else el("P", words.t("还没有备注。"), class_="all-quiet"),
        _write(view, here, words) if view.notable else None,
        class_="panel-notes",
    )


def _write(view: IndicatorView, here: Session, words: Words) -> Element:
    return forms.form(
        here,
        "indicator.note",
        forms.hidden("code", view.indicator.code),
        forms.hidden("region", view.place.code),
        forms.area("text", words.t("写一条备注"), hint=words.t("看得到这个指标和{place}的人都能看到。", place=view.place.name),
                   required=True, maxLength=2000),
        submit=words.t("写下备注"),
        quiet=True,
    )  # fmt: skip


def _note(one: NoteView, here: Session, words: Words) -> Element:
    return el(
        "Li",
        el("P", one.text, class_="note-text"),
        el("P", words.t("{name}，{place}，{time}", name=words.t(one.name), place=one.place, time=words.moment(one.at)), class_="notes"),
        forms.button(here, "indicator.withdraw_note", words.t("收回"), {"id": str(one.id)},
                     ask=words.t("收回这条备注？别人将不再看到它。"), class_="button button-quiet button-small")
        if one.mine else None,
        key=str(one.id),
    )  # fmt: skip
