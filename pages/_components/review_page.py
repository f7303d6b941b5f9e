"""One yearly review: how far the departments are, and the answers to each indicator, given in the list itself."""

from indicators import periods
from indicators.collection import Verdict
from indicators.errors import N_
from pages._components import collection_words as say
from pages._components import forms, workshop
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.forms import button
from pages._components.registers import bar, filters, head, paging, speaking, table
from pages._session import Session
from pages._state import PageState
from services.collection_views import DepartmentSum, QuestionView, ReviewView
from services.texts import MISSING

FORMS = {"extend": N_("调整截止日期"), "close": N_("结束复核")}
FIRST = 8
"""So many departments are listed at once, those that owe most first."""

NAMES = {"department": N_("责任部门"), "answer": N_("答复情况")}
ACTS = {
    "announce": N_("发出复核"), "extend": N_("调整截止日期"), "close": N_("结束复核"), "remind": N_("提醒未答复的部门"),
}  # fmt: skip


def render(view: ReviewView, here: Session, state: PageState) -> Element:
    """The whole page."""
    return el(
        "Div",
        workshop.tabs(here, "calls", state),
        _head(view, here, state),
        _ways(view, here, state),
        _sums(view, here, state),
        _questions(view, here, state),
        card(here.texts.t("过程记录"), "", _steps(view, here)),
        class_="board workshop collection",
        data_review=str(view.review.id),
    )


def _head(view: ReviewView, here: Session, state: PageState) -> Element:
    texts, t, line = here.texts, here.texts.t, view.line
    word = N_("进行中") if line.open else N_("已结束")
    return el(
        "Header",
        link(f"/calls{say.kept(state)}", t("征集评选"), class_="back"),
        el("H1", line.title),
        el("P",
           say.status(word, "open" if line.open else "closed", texts),
           say.until(line.due_on, line.late, texts),
           el("Span", t("已答复 {done} / {all}", done=line.answered, all=line.asked)),
           say.simulated(texts, line.simulated),
           class_="board-facts"),
        class_="board-head item-head",
    )  # fmt: skip


def _ways(view: ReviewView, here: Session, state: PageState) -> Element:
    t = here.texts.t
    fields = {"review": str(view.review.id), "version": str(view.review.version)}
    offered = [(name, word) for name, word in FORMS.items() if name in view.may]
    chosen = state.edit if state.edit in dict(offered) else None
    remind = button(here, "review.remind", t("提醒未答复的部门"), fields) if "remind" in view.may else None
    files = [
        el("A", label, href=f"/export/review-{view.review.id}.{ending}{say.kept(state)}", class_="button button-quiet",
           download="")
        for ending, label in (("csv", "CSV"), ("xlsx", "XLSX"))
    ]  # fmt: skip
    return el(
        "Div",
        el("Div", say.ways(offered, here, state, chosen), remind, files, class_="incident-ways"),
        _form(chosen, view, here, state),
        class_="incident-acts item-acts",
    )


def _form(chosen: str | None, view: ReviewView, here: Session, state: PageState) -> Element | None:
    t = here.texts.t
    if chosen is None:
        return None
    seen = [forms.hidden("review", view.review.id), forms.hidden("version", view.review.version)]
    if chosen == "extend":
        day = forms.date("due_on", t("答复截止日"), view.line.due_on.isoformat(), required=True)
        return forms.form(
            here, "review.extend", *seen, day, forms.area("text", t("理由"), required=True),
            submit=t("调整截止日期"), cancel=say.cancel(here, state), class_="form-wide collection-form",
        )  # fmt: skip
    return forms.form(
        here, "review.close", *seen, forms.area("text", t("复核小结")), submit=t("结束复核"),
        cancel=say.cancel(here, state), class_="form-wide collection-form", ask=t("结束以后不再接收答复。确定结束吗？"),
    )  # fmt: skip


# ---- the departments


def _sums(view: ReviewView, here: Session, state: PageState) -> Element | None:
    t = here.texts.t
    if len(view.sums) < 2:
        return None
    heads = [head(t("责任部门")), head(t("已答复"), number=True)]
    heads += [head(t(word), number=True) for word in say.VERDICTS.values()]
    rows = [_sum(one, here, state) for one in sorted(view.sums, key=lambda one: one.answered - one.asked)]
    rest = table(t("其余部门"), heads, rows[FIRST:], "sums") if len(rows) > FIRST else None
    return card(
        t("汇总"),
        t("按未答复的多少排列"),
        table(t("汇总"), heads, rows[:FIRST], "sums"),
        el("Details", el("Summary", t("其余 {count} 个部门", count=len(rows) - FIRST)), rest, class_="more")
        if rest is not None
        else None,
        class_="panel-register",
    )


def _sum(one: DepartmentSum, here: Session, state: PageState) -> Element:
    texts = here.texts
    there = state.filtered(department=one.code, page=None).to_url()
    return el(
        "Tr",
        el("Th", link(there, one.name), scope="row"),
        el("Td", bar(100 * one.answered / one.asked if one.asked else None),
           f"{texts.number(one.answered)} / {texts.number(one.asked)}", class_="number"),
        [el("Td", texts.number(one.verdicts.get(verdict, 0)), class_="number") for verdict in say.VERDICTS],
    )  # fmt: skip


# ---- the indicators


def _questions(view: ReviewView, here: Session, state: PageState) -> Element:
    t, words = here.texts.t, speaking(here)
    answers = [*((one.value, word) for one, word in say.VERDICTS.items()), ("none", N_("未答复"))]
    offered = {"department": view.departments if len(view.departments) > 1 else (), "answer": tuple(answers)}
    heads = [
        head(t(name))
        for name in (N_("指标"), N_("责任部门"), N_("最近数据"), N_("答复情况"), N_("理由"), N_("接替指标"))
    ]
    answerable = "answer" in view.may
    rows = [_row(one, view, here, state, answerable) for one in view.questions]
    listed = table(t("指标"), heads, rows, "questions")
    content: Child = el("P", t("没有符合条件的指标。"), class_="all-quiet")
    if rows and answerable:
        content = forms.form(
            here, "review.answer", forms.hidden("review", view.review.id), listed, submit=t("提交本页的答复"),
            class_="questions-form",
        )  # fmt: skip
    elif rows:
        content = listed
    return card(
        t("逐个指标答复") if answerable else t("各指标的答复"),
        t("共 {count} 个", count=view.total),
        filters(NAMES, offered, view.chosen, state, words),
        content,
        paging(view.page, view.pages, state, words),
        class_="panel-register",
    )


def _row(one: QuestionView, view: ReviewView, here: Session, state: PageState, answerable: bool) -> Element:
    t, code = here.texts.t, one.asked.code
    last = periods.label(one.asked.latest) if one.asked.latest else MISSING
    mark = el("Span", t("两年没有数据"), class_="status") if one.quiet else None
    given = one.answer
    cells: list[Child]
    if answerable:
        options = [("", t("未答复")), *((v.value, t(word)) for v, word in say.VERDICTS.items())]
        cells = [
            [forms.hidden(f"seen.{code}", len(one.answers)),
             _box(forms.select(f"answer.{code}", t("答复：{name}", name=one.name), options, given.answer if given else ""))],
            _box(forms.text(f"reason.{code}", t("理由：{name}", name=one.name), given.reason if given else "")),
            _box(forms.text(f"successor.{code}", t("接替指标：{name}", name=one.name), given.successor if given else "")),
        ]  # fmt: skip
    else:
        said = t(say.VERDICTS[Verdict(given.answer)]) if given else MISSING
        cells = [
            [said, " ", _draft(one, view, here, state)],
            given.reason if given else MISSING,
            one.successor or MISSING,
        ]
    return el(
        "Tr",
        el("Th", link(f"/indicator/{code}{say.kept(state)}", one.name), el("P", code, class_="quiet second"), scope="row"),
        el("Td", one.department),
        el("Td", last, " ", mark),
        [el("Td", cell) for cell in cells],
        data_code=code,
        title=_history(one, here),
    )  # fmt: skip


def _box(field: Element) -> Element:
    """A field in a table: its label is heard and not seen, since the head of the column says it."""
    field["props"]["className"] = "field field-bare"
    return field


def _history(one: QuestionView, here: Session) -> str | None:
    if not one.answers:
        return None
    last = one.answers[-1]
    return here.texts.t(
        "{who} {moment}，第 {number} 次答复",
        who=last.shown,
        moment=here.texts.moment(last.at),
        number=last.number,
    )


def _draft(one: QuestionView, view: ReviewView, here: Session, state: PageState) -> Element | None:
    """The way to the draft that came of an answer."""
    t = here.texts.t
    if one.draft is not None:
        return link(f"/studio/{one.draft}{say.kept(state)}", t("草稿"), class_="inline-link")
    if "draft" not in view.may or one.answer is None or one.answer.answer == Verdict.KEEP:
        return None
    return button(
        here, "review.draft", t("转为草稿"), {"review": str(view.review.id), "code": one.asked.code}
    )


def _steps(view: ReviewView, here: Session) -> Element:
    texts = here.texts
    steps = [
        (ACTS[one.act], texts.t(one.shown), one.at, "" if one.act == "remind" else one.text)
        for one in view.steps
    ]
    return say.timeline(steps, here)
