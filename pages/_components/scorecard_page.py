"""One scorecard: its lines with their rules, the scores of every subject with evidence, appeals, and what happened."""

from indicators.errors import N_
from indicators.scorecards import RULES, CardState, Item, Way
from pages._components import collection_words as say
from pages._components import scorecard_forms as ask
from pages._components import workshop
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.forms import button
from pages._components.incident_words import original
from pages._components.plans_page import CARD_STATES
from pages._components.registers import bar, head, speaking, table
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.plans_views import AppealView, CardView, Cell, SubjectRow
from services.scorecards import SUBJECTS
from services.scorecards_reading import UPHELD
from services.texts import MISSING

WAYS = {
    "line": ("edit", N_("添加评分项")),
    "score": ("score", N_("手工评分")),
    "show": ("show", N_("公示")),
    "appeal": ("appeal", N_("申诉")),
    "confirm": ("confirm", N_("确认评分")),
    "recall": ("recall", N_("撤下重编")),
    "withdraw": ("withdraw", N_("撤回评分表")),
}
"""What may be done by a form: its name in the address, what one must be allowed to do, and its title."""

NO_SCORE = {
    "missing": N_("没有数据"),
    "not_due": N_("没有到期的目标"),
    "unscored": N_("尚未评分"),
    "nothing": N_("没有督办事项"),
}
STEPS = {
    "create": N_("新建"), "edit": N_("修改评分项"), "show": N_("公示"), "recall": N_("撤下重编"), "confirm": N_("确认"),
    "withdraw": N_("撤回"),
}  # fmt: skip


def render(view: CardView, here: Session, state: PageState) -> Element:
    """The whole page."""
    return el(
        "Div",
        workshop.tabs(here, "plans", state),
        _head(view, here, state),
        _ways(view, here, state),
        _scores(view, here, state),
        _subject(view, here, state),
        _lines(view, here, state),
        _appeals(view, here, state),
        card(
            here.texts.t("过程记录"),
            here.texts.t("{count} 步，只增不改", count=len(view.steps)),
            _steps(view, here),
        ),
        class_="board workshop collection",
        data_card=str(view.card.id),
        data_state=view.card.state,
    )


def _head(view: CardView, here: Session, state: PageState) -> Element:
    texts, t, line = here.texts, here.texts.t, view.line
    return el(
        "Header",
        link(f"/plans?theme=cards{say.kept(state).replace('?', '&')}", t("绩效评分表"), class_="back"),
        el("H1", original(line.title, texts)),
        el("P",
           say.status(CARD_STATES[view.card.state], view.card.state, texts),
           el("Span", view.place), el("Span", t(SUBJECTS[line.subjects])),
           el("Span", t("数据截至 {period}", period=speaking(here).period_text(view.card.until))),
           el("Span", t("{day} 前可以申诉", day=texts.date(line.appeal_on)))
           if line.appeal_on is not None and view.card.state == CardState.SHOWN else None,
           say.simulated(texts, view.simulated),
           class_="board-facts"),
        class_="board-head item-head",
    )  # fmt: skip


# ---- what may be done


def _ways(view: CardView, here: Session, state: PageState) -> Element:
    offered = [(name, word) for name, (act, word) in WAYS.items() if act in view.may]
    typing = state.edit in WAYS and here.services.scorecards.keeps(here.actor, view.card.region)
    chosen = state.edit if (state.edit in dict(offered) or typing) and not state.open else None
    edition = PageState(lang=state.lang, mode=state.mode, filter=state.filter).to_url()
    files = [
        el("A", label, href=f"/export/scorecard-{view.card.id}.{ending}{edition}", class_="button button-quiet", download="")
        for ending, label in (("csv", "CSV"), ("xlsx", "XLSX"))
    ]  # fmt: skip
    return el(
        "Div",
        el("Div", say.ways(offered, here, state, chosen), files, class_="incident-ways"),
        _form(chosen, view, here, state),
        class_="incident-acts item-acts",
    )


def _form(chosen: str | None, view: CardView, here: Session, state: PageState) -> Element | None:
    if chosen == "appeal":
        return ask.appeal(view, view.rows, here, state)
    if chosen == "recall":
        return ask.reasoned(
            "recall", view, here, state, N_("撤下重编"), N_("已公示的得分保留为一版。确定撤下吗？")
        )
    if chosen == "withdraw":
        return ask.reasoned(
            "withdraw", view, here, state, N_("撤回评分表"), N_("撤回以后不再评分，记录保留。确定吗？")
        )
    simple = {"line": ask.line, "score": ask.score, "show": ask.show, "confirm": ask.confirm}
    return simple[chosen](view, here, state) if chosen in simple else None


# ---- the scores


def _scores(view: CardView, here: Session, state: PageState) -> Element:
    t = here.texts.t
    told = t("平均 {mean} 分", mean=_points(view.mean, here)) if view.mean is not None else ""
    heads = [
        head(t("名次"), number=True),
        head(t("对象")),
        head(t("总分"), number=True),
        head(t("已评权重"), number=True),
    ]
    heads += [head(f"{item.name} {here.texts.number(item.weight, '%')}", number=True) for item in view.items]
    rows = [_row(row, view, here, state) for row in view.rows]
    hidden = t("另有 {count} 个评分对象不在您的范围内", count=view.hidden) if view.hidden else ""
    return card(
        t("得分"),
        " · ".join(filter(None, (_edition(view, here), told))),
        _editions(view, here, state),
        table(t("得分"), heads, rows, "scores", wide=True)
        if view.items
        else el("P", t("还没有评分项。"), class_="all-quiet"),
        el("P", hidden, class_="notes") if hidden else None,
        el(
            "P",
            t("没有数据的评分项不计零分：它的权重不参加计算，“已评权重”说明有多少权重参加了计算。"),
            class_="notes",
        ),
        class_="panel-register",
    )


def _edition(view: CardView, here: Session) -> str:
    if not view.edition:
        return here.texts.t("按现有数据试算，尚未公示")
    return here.texts.t("第 {number} 版，已固化", number=view.edition)


def _editions(view: CardView, here: Session, state: PageState) -> Element | None:
    if len(view.editions) < 2:
        return None
    t = here.texts.t
    return el(
        "Nav",
        [
            link(state.filtered(edition=str(one)).to_url(), t("第 {number} 版", number=one),
                 aria_current="true" if one == view.edition else None)
            for one in view.editions
        ],
        class_="segments segments-small",
        aria_label=t("版次"),
    )  # fmt: skip


def _points(value: float | None, here: Session) -> str:
    return here.texts.number(value, decimals=1)


def _row(row: SubjectRow, view: CardView, here: Session, state: PageState) -> Element:
    cells = {cell.item: cell for cell in row.cells}
    there = _open(state) == row.code
    address = state.with_(open=None if there else f"subject:{row.code}", edit=None).to_url() or "?"
    return el(
        "Tr",
        el("Td", here.texts.number(row.rank) if row.rank is not None else MISSING, class_="number rank"),
        el("Th", link(address, row.name, aria_expanded="true" if there else "false"), scope="row"),
        el("Td", bar(row.total.score), _points(row.total.score, here), class_="number"),
        el("Td", here.texts.number(row.total.judged, "%", 0), class_="number"),
        [el("Td", _cell(cells.get(item.id), here), class_="number") for item in view.items],
        class_="row-chosen" if row.own or there else None,
        data_subject=row.code,
    )


def _cell(cell: Cell | None, here: Session) -> Child:
    if cell is None:
        return el("Span", here.texts.t("不评"), class_="quiet")
    if cell.score is None:
        return el("Span", here.texts.t(NO_SCORE.get(cell.state, cell.state)), class_="reason")
    return _points(cell.score, here)


def _open(state: PageState) -> str:
    kind, _, code = (state.open or "").partition(":")
    return code if kind == "subject" else ""


def _subject(view: CardView, here: Session, state: PageState) -> Element | None:
    """How one subject came to its scores: the figure, the rule, the evidence."""
    row = next((one for one in view.rows if one.code == _open(state)), None)
    if row is None:
        return None
    t, words = here.texts.t, speaking(here)
    items = {item.id: item for item in view.items}
    heads = [head(t("评分项")), head(t("权重"), number=True), head(t("数值"), number=True), head(t("得分"), number=True),
             head(t("评分规则")), head(t("评分依据"))]  # fmt: skip
    rows = [_detail(cell, items[cell.item], here, words) for cell in row.cells if cell.item in items]
    return card(row.name, t("总分 {score}", score=_points(row.total.score, here)), table(row.name, heads, rows, "details"),
                class_="proposal-card")  # fmt: skip


def _detail(cell: Cell, item: Item, here: Session, words: Words) -> Element:
    texts, figure = here.texts, cell.figure
    value: list[Child] = [MISSING]
    if figure is not None:
        value = [
            words.figure_text(figure.value, figure.unit),
            el("Span", words.period_text(figure.period), class_="quiet period") if figure.period else None,
            el("Span", texts.t("模拟"), class_="status status-simulated") if figure.simulated else None,
        ]
    return el(
        "Tr",
        el("Th", original(item.name, texts), scope="row"),
        el("Td", texts.number(cell.weight, "%"), class_="number"),
        el("Td", value, class_="number"),
        el("Td", _cell(cell, here), class_="number"),
        el("Td", rule_text(item, here)),
        el("Td", original(cell.evidence, texts) if cell.evidence else MISSING),
    )


# ---- the lines


def rule_text(item: Item, here: Session) -> str:
    """A rule as it is stated, with its numbers."""
    t, number = here.texts.t, here.texts.number
    said = t(RULES[item.way])
    if item.way is Way.REACH and item.target is not None:
        sign = "≥" if item.op == ">=" else "≤"
        return t("{rule}（目标 {sign} {value}）", rule=said, sign=sign, value=number(item.target))
    if item.way is Way.SCALE:
        return t(
            "{rule}（零分 {zero}，满分 {full}）", rule=said, zero=number(item.zero), full=number(item.full)
        )
    return said


def _lines(view: CardView, here: Session, state: PageState) -> Element | None:
    if not view.items:
        return None
    t = here.texts.t
    edits = "edit" in view.may
    heads = [
        head(t("评分项")),
        head(t("权重"), number=True),
        head(t("评分规则")),
        head(t("指标")),
        head(t("评分对象")),
    ]
    heads += [head(t("操作"))] if edits else []
    weight = sum(item.weight for item in view.items if not item.only)
    told = t("权重合计 {total}%", total=round(weight, 2)) if all(not item.only for item in view.items) else ""
    chosen = next((item for item in view.items if state.open == f"line:{item.id}"), None)
    return card(
        t("评分项与规则"),
        told,
        table(
            t("评分项与规则"), heads, [_line(item, view, here, state, edits) for item in view.items], "lines"
        ),
        ask.line(view, here, state, chosen) if chosen is not None and edits else None,
        class_="panel-register",
    )


def _line(item: Item, view: CardView, here: Session, state: PageState, edits: bool) -> Element:
    t, names = here.texts.t, dict(view.subjects)
    only = "、".join(names.get(code, code) for code in item.only) or t("全部")
    code = item.indicator
    where = link(f"/indicator/{code}{say.kept(state)}", view.names.get(code, code)) if code else MISSING
    fields = {"card": str(view.card.id), "version": str(view.card.version), "item": item.id}
    acts = [
        link(
            state.with_(open=f"line:{item.id}", edit=None).to_url(), t("修改"), class_="button button-quiet"
        ),
        button(here, "scorecard.remove", t("删去"), fields, label=t("删去 {name}", name=item.name)),
    ]
    return el(
        "Tr",
        el("Th", original(item.name, here.texts), scope="row"),
        el("Td", here.texts.number(item.weight, "%"), class_="number"),
        el("Td", rule_text(item, here)),
        el("Td", where),
        el("Td", only),
        el("Td", el("Div", acts, class_="incident-ways")) if edits else None,
        data_item=item.id,
    )


# ---- appeals


def _appeals(view: CardView, here: Session, state: PageState) -> Element | None:
    if not view.appeals:
        return None
    t = here.texts.t
    return card(
        t("申诉"),
        t("共 {count} 件", count=len(view.appeals)),
        el("Ol", [_appeal(one, view, here, state) for one in view.appeals], class_="item-steps"),
    )


def _appeal(one: AppealView, view: CardView, here: Session, state: PageState) -> Element:
    texts, t, made = here.texts, here.texts.t, one.ruling
    word = N_("待裁定") if made is None else N_("采纳") if made.ruling == UPHELD else N_("不采纳")
    opened = state.open == f"appeal:{one.appeal.id}"
    decides = made is None and "rule" in view.may
    ruled = ""
    if made is not None:
        score = t("改为 {score} 分。", score=_points(made.score, here)) if made.score is not None else ""
        ruled = f"{t(made.shown)} · {texts.moment(made.at)}：{score}{made.reason}"
    return el(
        "Li",
        el("P", el("B", t("{subject} 对“{item}”的申诉", subject=one.subject, item=one.item)),
           say.status(word, made.ruling if made else "waiting", texts),
           el("Span", f"{t(one.appeal.shown)} · {texts.moment(one.appeal.at)}", class_="quiet"), class_="task-facts"),
        el("P", original(one.appeal.text, texts), class_="item-said"),
        el("P", ruled, class_="item-said quiet") if ruled else None,
        link(state.with_(open=None if opened else f"appeal:{one.appeal.id}", edit=None).to_url() or "?", t("裁定"),
             class_="button button-quiet", aria_expanded="true" if opened else "false") if decides else None,
        ask.rule(one, here, state) if decides and opened else None,
        class_="item-step",
        data_appeal=str(one.appeal.id),
    )  # fmt: skip


def _steps(view: CardView, here: Session) -> Element:
    return say.timeline(
        [(STEPS[one.act], here.texts.t(one.shown), one.at, one.text) for one in view.steps], here
    )
