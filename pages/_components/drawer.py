"""The number sheet: what a number means, where it comes from, how far to trust it, when the next one is due."""

from collections.abc import Mapping

from pages._components import spark
from pages._components.elements import Child, Element, el, link
from pages._components.tile import comparison, level_of, mark_sign, standing, star
from pages._components.words import Words
from pages._state import PageState
from services.revision_views import RevisionView
from services.views import Mark, SheetView, Term

SHEET_ID = "sheet"
CLOSE_ID = "sheet-close"


def sheet(view: SheetView, state: PageState, words: Words, starred: bool | None = None) -> Element:
    """The sheet from the right (from below on a phone). Its close link is what Escape presses.

    starred  whether its reader starred the indicator; None where that cannot be changed
    """
    text, unit = words.figure(view.figure)
    return el(
        "Section",
        el(
            "Header",
            el("H2", view.name, id="sheet-title"),
            star(view.indicator, view.name, starred, words) if starred is not None else None,
            link(state.with_(sheet=None).to_url() or "?", el("Span", class_="icon icon-close", aria_hidden="true"),
                 el("Span", words.t("关闭数字说明"), class_="sr-only"), id=CLOSE_ID, class_="sheet-close"),
            class_="sheet-head",
        ),
        el("P", view.place.name, class_="sheet-place"),
        el(
            "Div",
            el("P", el("Span", text, class_="figure-number"), el("Span", unit, class_="unit") if text != "—" else None,
               class_="figure"),
            el("P", standing(view.figure, view.frequency, words), class_="standing"),
            el("P", mark_sign(view.mark, words, with_word=True), class_="sheet-mark") if view.mark else None,
            el("Ul", [comparison(one, words) for one in view.comparisons], class_="comparisons"),
            el("P", words.t(view.note), class_="notes") if view.note else None,
            spark.sparkline(view.trend, words.spark_title(view.name, view.breaks), [key for key, _ in view.breaks]),
            class_="sheet-figure",
        ),
        el("P", link(page_of(view.indicator, view.place.code, state), words.t("打开指标页"), class_="button button-quiet sheet-page")),
        _part(words.t("定义"), original(view.definition, words)),
        _part(words.t("口径"), original(view.calibre, words) if view.calibre else None),
        _part(words.t("公式"), *formula(view, state, words)) if view.formula else None,
        _part(words.t("来源"), *source(view, words)),
        _part(words.t("时间"), facts(times(view, words))),
        _part(words.t("目标"), facts([(words.year(year), words.figure_text(value, view.unit))
                                       for year, value in view.targets])) if view.targets else None,
        _part(words.t("预警规则"), *rule(view, state, words)),
        _part(words.t("修订"), *_revisions(view, state, words)) if view.revisions else None,
        _part(words.t("预警记录"), el("Ol", [_episode(one, words) for one in view.history])) if view.history else None,
        _part(words.t("指标"), facts(_particulars(view, words))),
        id=SHEET_ID,
        class_="sheet",
        role="dialog",
        tabIndex=-1,
        aria_labelledby="sheet-title",
        **level_of(view.mark),
    )  # fmt: skip


def _part(title: str, *content: Child) -> Element | None:
    if not any(content):
        return None
    return el("Section", el("H3", title), *content, class_="sheet-part")


def original(text: str, words: Words) -> Element:
    """Text that exists in Chinese only: shown as it is, and said to be so."""
    if words.zh:
        return el("P", text)
    return el("P", text, class_="original", lang="zh-CN", data_note=words.t("（原文为中文）"))


def facts(facts: list[tuple[str, str]]) -> Element | None:
    shown = [(name, value) for name, value in facts if value]
    if not shown:
        return None
    return el("Dl", [(el("Dt", name), el("Dd", value)) for name, value in shown], class_="facts")


def formula(view: SheetView, state: PageState, words: Words) -> list[Element]:
    """The formula twice: in names, and each name with its live value."""
    return [
        el("P", el("Code", words.formula(view.formula, view.terms)), class_="formula"),
        el("Ul", [_term(term, state, words) for term in view.terms], class_="terms"),
    ]


def _term(term: Term, state: PageState, words: Words) -> Element:
    text, unit = words.figure(term.figure)
    return el(
        "Li",
        link(state.with_(sheet=term.code).to_url(), term.name),
        el("Span", el("B", text), " ", el("Span", unit, class_="unit"),
           el("Span", words.reason(term.figure), class_="reason"), class_="term-value"),
    )  # fmt: skip


def source(view: SheetView, words: Words) -> list[Child]:
    if not view.source:
        return [el("P", words.t("由上列数据计算") if view.formula else words.t("没有登记来源"))]
    citation = view.source.get("citation", "")
    quality = view.source.get("quality", "")
    return [
        el("P", view.source.get("title", ""), lang="zh-CN"),
        el("P", el("Cite", citation), class_="citation") if citation else None,
        el("P", words.quality(quality), class_="quality") if quality else None,
    ]


def times(view: SheetView, words: Words) -> list[tuple[str, str]]:
    return [
        (words.t("数据期"), words.period(view.figure.period, view.frequency) if view.figure.period else ""),
        (words.t("状态"), words.status(view.figure.status) if view.figure.value is not None else ""),
        (words.t("入库时间"), words.moment(view.known_at) if view.known_at else ""),
        (words.t("下次发布"), words.next_release(view)),
    ]  # fmt: skip


def _particulars(view: SheetView, words: Words) -> list[tuple[str, str]]:
    return [
        (words.t("代码"), view.indicator),
        (words.t("单位"), words.unit(view.unit)),
        (words.t("频率"), words.frequency(view.frequency)),
        (words.t("时间口径"), words.basis(view.basis)),
        (words.t("责任部门"), view.department),
        (words.t("公开范围"), words.sensitivity(view.sensitivity)),
        (words.t("定义版本"), words.versions(view.version, view.versions)),
    ]


def rule(view: SheetView, state: PageState, words: Words) -> list[Child]:
    own = _one_rule(view.rule, state, words) if view.rule else [el("P", words.t("只作背景，不预警"))]
    further = (
        part
        for name, rule in view.further_rules
        for part in (el("P", el("B", name)), *_one_rule(rule, state, words))
    )
    return [*own, *further]


def _one_rule(rule: Mapping[str, object], state: PageState, words: Words) -> list[Child]:
    levels = [
        el("Li", mark_sign(Mark(level), words, with_word=True), el("B", bound))
        for level, bound in words.thresholds(rule)
    ]
    way = PageState(region=state.region, lang=state.lang, mode=state.mode).to_url()
    tried = (
        link(f"/rule/{rule['id']}{way}", words.t("查看规则与回测"), class_="inline-link") if levels else None
    )
    return [el("P", words.rule(rule)), el("Ul", levels, class_="thresholds"), tried]


def page_of(code: str, region: int, state: PageState, **more: str) -> str:
    """The page of an indicator in a region; period, day, language and light go along."""
    kept = PageState(
        region=f"{region:012d}", period=state.period, as_of=state.as_of, lang=state.lang, mode=state.mode
    )
    return f"/indicator/{code}" + kept.with_(**more).to_url()


def _revisions(view: SheetView, state: PageState, words: Words) -> list[Child]:
    """The newest revisions of the figure, and the way to all of them."""
    return [
        el("Ul", [el("Li", said(one, words)) for one in view.revisions], class_="sheet-revisions"),
        link(
            page_of(view.indicator, view.place.code, state) + "#revisions",
            words.t("全部修订"),
            class_="inline-link",
        ),
    ]


def said(one: RevisionView, words: Words) -> str:
    """A revision in one line: of which period, from what to what, when."""
    old = words.figure_text(one.old.value, one.unit)
    new = words.figure_text(one.new.value, one.unit) if one.new else words.t("已撤下")
    if one.new and one.new.status == "held":
        new = words.t("暂扣")
    return words.t("{period}：{old} 改为 {new}（{day}）", period=words.period(one.period, one.frequency), old=old, new=new,
                   day=words.texts.date(words.texts.local(one.at).date()))  # fmt: skip


def _episode(one: tuple[int, int, int | None], words: Words) -> Element:
    opened, level, closed = one[0], one[1], one[2]
    since = words.period_short(opened)
    span = words.t("{opened} 至 {closed}", opened=since, closed=words.period_short(closed)) if closed else (
        words.t("{opened} 起，未解除", opened=since)
    )  # fmt: skip
    return el("Li", mark_sign(Mark(level), words, with_word=True), span)
