"""The page of plans: plans, their targets and milestones with progress and evidence; and the scorecards."""

from collections.abc import Sequence

from indicators.errors import N_, CockpitError
from pages._components import collection_words as say
from pages._components import plans_forms, workshop
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.incident_words import original
from pages._components.registers import bar, filters, head, paging, speaking, table
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.plans_reading import ACCEPTED, MILESTONE, RETURNED, STATE_WORDS, SUBMITTED
from services.plans_views import CardLine, EvidenceView, PlanHead, PlansView, TargetView
from services.scorecards import SUBJECTS
from services.texts import MISSING

TARGETS, CARDS = "targets", "cards"
FILTERS = {"plan": N_("所在规划"), "state": N_("进展"), "department": N_("责任部门"), "year": N_("年度")}
ADD = {"plan": N_("登记规划"), "target": N_("登记目标")}
ON_TARGET = {
    "change": N_("调整目标"), "owner": N_("指定责任部门"), "evidence": N_("提交凭证"), "end": N_("终止目标"),
}  # fmt: skip
EVIDENCE = {SUBMITTED: N_("待核收"), ACCEPTED: N_("已核收"), RETURNED: N_("已退回")}
PACE = {"ahead": N_("快于进度"), "behind": N_("慢于进度")}
STEPS = {"add": N_("登记"), "change": N_("调整"), "end": N_("终止"), "owner": N_("指定责任部门")}
CARD_STATES = {
    "draft": N_("编制中"), "shown": N_("公示中"), "confirmed": N_("已确认"), "withdrawn": N_("已撤回"),
}  # fmt: skip


def render(here: Session, state: PageState) -> Element:
    """The whole page: the tab that the address names."""
    t = here.texts.t
    tab = CARDS if state.theme == CARDS else TARGETS
    kept = PageState(lang=state.lang, mode=state.mode)
    tabs = [
        link("/plans" + (kept.with_(theme=name) if name == CARDS else kept).to_url(), t(word),
             aria_current="page" if name == tab else None)
        for name, word in ((TARGETS, N_("目标与里程碑")), (CARDS, N_("绩效评分表")))
    ]  # fmt: skip
    return el(
        "Div",
        workshop.tabs(here, "plans", state),
        el("Header", el("H1", t("规划目标")),
           el("P", el("Span", t("每个目标只按本地区的数据判定；没有凭据的里程碑不算完成。")), class_="board-facts"),
           class_="board-head"),
        el("Nav", tabs, class_="segments segments-small", aria_label=t("规划目标")),
        _cards(here, state) if tab == CARDS else _targets(here, state),
        class_="board workshop collection",
    )  # fmt: skip


# ---- targets


def _targets(here: Session, state: PageState) -> list[Child]:
    view = here.services.plans_book.page(here.actor, state.filters, here.language)
    return [
        _ways(view, here, state),
        _plans(view.plans, here, state),
        _opened(here, state),
        _list(view, here, state),
    ]


def _ways(view: PlansView, here: Session, state: PageState) -> Element | None:
    if not view.may_add:
        return None
    offered = list(ADD.items())
    chosen = state.edit if state.edit in ADD and not state.open else None
    return el(
        "Div",
        el("Div", say.ways(offered, here, state, chosen), class_="incident-ways"),
        plans_forms.add_plan(here, state) if chosen == "plan" else None,
        plans_forms.add_target(here, state) if chosen == "target" else None,
        class_="incident-acts",
    )


def _plans(plans: Sequence[PlanHead], here: Session, state: PageState) -> Element:
    t = here.texts.t
    heads = [head(t("规划文件")), head(t("地区")), head(t("印发日期")), head(t("目标"), number=True)]
    heads += [
        head(t("已达成"), number=True),
        head(t("未达成"), number=True),
        head(t("到期无凭据"), number=True),
    ]
    heads += [head(t("未到期"), number=True)]
    rows = [_plan(one, here, state) for one in plans]
    return card(
        t("规划文件"),
        t("共 {count} 份", count=len(plans)),
        table(t("规划文件"), heads, rows, "plans"),
        class_="panel-register",
    )


def _plan(one: PlanHead, here: Session, state: PageState) -> Element:
    texts, counts = here.texts, one.counts
    chosen = state.filters.get("plan") == one.id
    there = state.filtered(plan=None if chosen else one.id, page=None).to_url() or "?"
    numbers = (counts.get("done", 0) + counts.get("met", 0), counts.get("short", 0), counts.get("unknown", 0),
               counts.get("open", 0))  # fmt: skip
    return el(
        "Tr",
        el("Th", link(there, _plan_name(one.id, one.name, here), aria_current="true" if chosen else None), " ",
           None if one.own else el("Span", texts.t("对照"), class_="status"), scope="row"),
        el("Td", one.place or texts.t("外地")),
        el("Td", texts.date(one.issued) if one.issued is not None else MISSING),
        el("Td", texts.number(one.count), class_="number"),
        [el("Td", texts.number(count) if one.own else MISSING, class_="number") for count in numbers],
        class_="row-chosen" if chosen else None if one.own else "row-quiet",
    )  # fmt: skip


def _plan_name(code: str, name: str, here: Session) -> Child:
    """A plan by its name; targets that came with a file of figures by that file."""
    if name == code:
        return here.texts.t("随数据文件带入：{name}", name=name or MISSING)
    return original(name, here.texts)


def _list(view: PlansView, here: Session, state: PageState) -> Element:
    t, words = here.texts.t, speaking(here)
    heads = [
        head(t(name), number=number)
        for name, number in (
            (N_("目标"), False), (N_("责任部门"), False), (N_("期限"), False), (N_("要求"), True), (N_("目前"), True),
            (N_("应达"), True), (N_("进展"), False),
        )
    ]  # fmt: skip
    rows = [_row(one, here, state, words) for one in view.targets]
    chosen = PageState(lang=state.lang, mode=state.mode, filter=state.filter).to_url()
    files = [
        el("A", label, href=f"/export/plans.{ending}{chosen}", class_="button button-quiet", download="")
        for ending, label in (("csv", "CSV"), ("xlsx", "XLSX"))
    ]
    return card(
        t("目标与里程碑"),
        t("共 {count} 条", count=view.total),
        filters(FILTERS, view.options, view.chosen, state, words),
        table(t("目标与里程碑"), heads, rows, "targets")
        if rows
        else el("P", t("没有符合条件的目标。"), class_="all-quiet"),
        paging(view.page, view.pages, state, words),
        class_="panel-register",
        tools=el("Div", files, class_="panel-tools"),
    )


def _row(one: TargetView, here: Session, state: PageState, words: Words) -> Element:
    texts, target = here.texts, one.target
    there = _key(state) == one.key
    address = state.with_(open=None if there else f"target:{one.key}", edit=None).to_url() or "?"
    title = link(address, original(target.statement_zh, texts), aria_expanded="true" if there else "false")
    named = el("P", one.name, class_="second") if one.name and one.name != target.statement_zh else None
    due = texts.date(target.due) if target.due is not None else texts.t("{year} 年", year=target.year)
    value = one.figure.value if one.figure is not None else None
    unit = target.unit or ""
    return el(
        "Tr",
        el("Th", title, named, scope="row"),
        el("Td", one.owner_name or MISSING),
        el("Td", due),
        el("Td", wanted(one, here), class_="number"),
        el("Td", bar(one.part) if one.own else None, _now(one, words), class_="number"),
        el("Td", words.figure_text(one.expected, unit) if one.expected is not None else MISSING, class_="number"),
        el("Td", standing(one, here), _pace(one, here)),
        class_="row-chosen" if there else None if one.own else "row-quiet",
        data_target=one.key,
        data_state=one.state or "reference",
        data_value=None if value is None else f"{value:g}",
    )  # fmt: skip


def wanted(one: TargetView, here: Session) -> str:
    """What a target asks for."""
    target, t = one.target, here.texts.t
    if target.op == MILESTONE or target.value is None:
        return t("完成")
    number, unit = here.texts.number, target.unit or ""
    if target.op == "between":
        return f"{number(target.value)}–{number(target.upper, unit)}"
    signs = {">=": "≥ ", "<=": "≤ ", "=": ""}
    return signs.get(target.op, "") + number(target.value, unit)


def _now(one: TargetView, words: Words) -> list[Child]:
    """The figure that judges a target, with its period and whether it is made up."""
    figure = one.figure
    if figure is None:
        return [MISSING]
    if figure.value is None:
        return [el("Span", words.reason(figure), class_="reason")]
    return [
        words.figure_text(figure.value, figure.unit),
        el("Span", words.period_text(figure.period), class_="quiet period") if figure.period else None,
        el("Span", words.t("模拟"), class_="status status-simulated") if figure.simulated else None,
    ]


def standing(one: TargetView, here: Session) -> Element:
    """How far a target is; one of another city's plan stands for reference."""
    if not one.own:
        return el("Span", here.texts.t("对照，不作考核"), class_="quiet")
    return say.status(STATE_WORDS[one.state], one.state, here.texts)


def _pace(one: TargetView, here: Session) -> Element | None:
    if not one.pace:
        return None
    return el("Span", here.texts.t(PACE[one.pace]), class_="pace", data_pace=one.pace)


# ---- the target that is open


def _key(state: PageState) -> str:
    kind, _, key = (state.open or "").partition(":")
    return key if kind == "target" else ""


def _opened(here: Session, state: PageState) -> Element | None:
    key = _key(state)
    if not key:
        return None
    try:
        one = here.services.plans_book.target(here.actor, key, here.language)
    except CockpitError as error:
        return el("P", here.texts.what(error.issues[0]), class_="all-quiet", role="status")
    texts, t, target = here.texts, here.texts.t, one.target
    told: list[tuple[str, Child]] = [
        (t("所在规划"), _plan_name(target.plan, one.plan, here)),
        (t("地区"), one.place or t("外地")),
        (t("指标"), link(f"/indicator/{target.indicator}{say.kept(state)}", one.name) if one.name else ""),
        (t("要求"), wanted(one, here)),
        (t("责任部门"), one.owner_name),
        (t("完成凭证"), original(one.shown_by, texts) if one.shown_by else ""),
        (t("说明"), original(target.note, texts) if target.note else ""),
        (t("出处"), original(target.source, texts) if target.source else ""),
    ]
    return card(
        target.statement_zh,
        t("应达值按季节曲线推算，没有曲线的按月均分。") if one.expected is not None else "",
        say.facts(told),
        _acts(one, here, state),
        _evidence(one, here, state),
        _history(one, here),
        class_="proposal-card",
    )


def _acts(one: TargetView, here: Session, state: PageState) -> Element | None:
    t = here.texts.t
    offered = [(name, word) for name, word in ON_TARGET.items() if name in one.may]
    keeps = here.services.plans_book.keeps(here.actor, here.services.tree.root)
    if not one.own and keeps:
        offered = [("adopt", N_("参照登记为本地目标"))]
    if not offered:
        return None
    chosen = state.edit if state.edit in dict(offered) else None
    makers = {
        "change": plans_forms.change, "owner": plans_forms.owner, "evidence": plans_forms.evidence, "end": plans_forms.end,
    }  # fmt: skip
    links = [
        link(state.with_(edit=None if name == chosen else name, open=state.open).to_url(), t(word), class_="button button-quiet",
             aria_expanded="true" if name == chosen else "false")
        for name, word in offered
    ]  # fmt: skip
    form = plans_forms.add_target(here, state, one) if chosen == "adopt" else None
    if chosen in makers:
        form = makers[chosen](one, here, state)
    return el("Div", el("Div", links, class_="incident-ways"), form, class_="incident-acts")


def _evidence(one: TargetView, here: Session, state: PageState) -> Element | None:
    if not one.evidence:
        return None
    t = here.texts.t
    lines = [_piece(piece, one, here, state) for piece in reversed(one.evidence)]
    return el("Section", el("H3", t("完成凭证")), el("Ol", lines, class_="item-steps"))


def _piece(piece: EvidenceView, one: TargetView, here: Session, state: PageState) -> Element:
    texts, t, kept = here.texts, here.texts.t, piece.evidence
    on = f"{kept.done_on // 10000}-{kept.done_on // 100 % 100:02}-{kept.done_on % 100:02}"
    said = [
        f"{t(EVIDENCE[ruling.ruling])} · {t(ruling.shown)} · {texts.moment(ruling.at)} {ruling.reason}"
        for ruling in piece.rulings
    ]
    return el(
        "Li",
        el("P", el("B", original(kept.title, texts)), say.status(EVIDENCE[piece.state], piece.state, texts),
           el("Span", t("完成于 {day}", day=on)), el("Span", f"{t(kept.shown)} · {texts.moment(kept.at)}", class_="quiet"),
           class_="task-facts"),
        el("P", original(kept.citation, texts), class_="item-said"),
        [el("P", line, class_="quiet") for line in said],
        plans_forms.ruling(piece, here, state) if "rule" in one.may and piece.state == SUBMITTED else None,
        class_="item-step",
        data_evidence=str(kept.id),
    )  # fmt: skip


def _history(one: TargetView, here: Session) -> Element | None:
    if not one.steps:
        return None
    t, names = here.texts.t, here.services.plans_book.departments(here.language)
    steps = []
    for step in one.steps:
        before, after = step.detail.get("from"), step.detail.get("to")
        told = [step.text]
        if before and after:
            told.insert(
                0, t("{before} 改为 {after}", before=_numbers(before, here), after=_numbers(after, here))
            )
        if step.department:
            told.insert(0, names.get(step.department, step.department))
        steps.append((STEPS[step.act], t(step.shown), step.at, " · ".join(filter(None, told))))
    return el("Section", el("H3", t("变更记录")), say.timeline(steps, here))


def _numbers(written: dict[str, object], here: Session) -> str:
    value, upper = written.get("value"), written.get("upper")
    number = here.texts.number
    text = number(value) if isinstance(value, int | float) else MISSING
    if isinstance(upper, int | float):
        text += f"–{number(upper)}"
    return f"{text} {written.get('unit') or ''}".strip()


# ---- scorecards


def _cards(here: Session, state: PageState) -> list[Child]:
    t, cards = here.texts.t, here.services.scorecards
    lines = cards.cards(here.actor)
    keeps = any(cards.keeps(here.actor, code) for code in here.actor.regions)
    offered = [("card", N_("新建评分表"))] if keeps else []
    chosen = state.edit if state.edit in dict(offered) else None
    heads = [head(t(name)) for name in (N_("评分表"), N_("对象"), N_("年度"), N_("阶段"), N_("申诉截止"))]
    heads += [head(t("待裁定"), number=True)] if keeps else []
    ways = el(
        "Div",
        el("Div", say.ways(offered, here, state, chosen), class_="incident-ways"),
        plans_forms.card(here, state) if chosen else None,
        class_="incident-acts",
    )
    return [
        ways if offered else None,
        card(
            t("绩效评分表"),
            t("共 {count} 张", count=len(lines)),
            table(t("绩效评分表"), heads, [_card(one, here, state, keeps) for one in lines], "cards")
            if lines
            else el("P", t("没有可以查看的评分表。"), class_="all-quiet"),
            class_="panel-register",
        ),
    ]


def _card(one: CardLine, here: Session, state: PageState, keeps: bool) -> Element:
    texts = here.texts
    return el(
        "Tr",
        el("Th", link(f"/scorecard/{one.id}{say.kept(state)}", original(one.title, texts)), " ",
           say.simulated(texts, one.simulated), scope="row"),
        el("Td", texts.t(SUBJECTS[one.subjects])),
        el("Td", str(one.year)),
        el("Td", say.status(CARD_STATES[one.state.value], one.state.value, texts)),
        el("Td", texts.date(one.appeal_on) if one.appeal_on is not None else MISSING),
        el("Td", texts.number(one.appeals or 0), class_="number") if keeps else None,
    )  # fmt: skip
