"""One call: its stages, what may be done, proposals with scores and decisions, the ranking, and what happened."""

from collections.abc import Sequence

from indicators.collection import COUNTED, CRITERIA, CallState, Outcome
from indicators.errors import N_
from pages._components import call_forms, workshop
from pages._components import collection_words as say
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.forms import button
from pages._components.incident_words import original
from pages._components.registers import bar, head, table
from pages._session import Session
from pages._state import PageState
from services.collection_forms import PROPOSAL
from services.collection_views import CallView, ProposalView
from services.texts import MISSING

TRACK = (
    (N_("征集"), CallState.OPEN),
    (N_("专家评分"), CallState.SCORING),
    (N_("评选"), CallState.SELECTING),
    (N_("结束"), CallState.CLOSED),
)
FORMS = {"extend": N_("调整截止日期"), "finish": N_("公布评选结果"), "withdraw": N_("撤回征集")}
"""What those who run a call do by a form, by the name that stands in the address."""

PROPOSE, REWRITE, SCORE, DECIDE = "propose", "rewrite", "score", "decide"


def render(view: CallView, here: Session, state: PageState) -> Element:
    """The whole page."""
    return el(
        "Div",
        workshop.tabs(here, "calls", state),
        _head(view, here, state),
        _track(view, here),
        _ways(view, here, state),
        _proposals(view, here, state),
        _chosen(view, here, state),
        el("Div",
           card(here.texts.t("评分标准"), here.texts.t("权重合计 100%"), _criteria(view, here)),
           card(here.texts.t("过程记录"), here.texts.t("{count} 步，只增不改", count=len(view.steps)), _steps(view, here)),
           class_="item-columns"),
        class_="board workshop collection",
        data_call=str(view.call.id),
        data_state=view.call.state,
    )  # fmt: skip


def _head(view: CallView, here: Session, state: PageState) -> Element:
    texts, t, line = here.texts, here.texts.t, view.line
    invited = (
        texts.t("面向：{names}", names="、".join(view.invited)) if view.invited else t("面向所有部门和县区")
    )
    return el(
        "Header",
        link(f"/calls{say.kept(state)}", t("征集评选"), class_="back"),
        el("H1", original(line.title, texts)),
        el("P",
           say.status(say.CALL_STATES[line.state], line.state.value, texts),
           el("Span", t("征集截止：{day}", day=texts.date(line.due_on))),
           el("Span", t("评分截止：{day}", day=texts.date(line.score_on))),
           el("Span", invited),
           el("Span", t("发起：{who}", who=texts.t(view.call.shown))),
           say.simulated(texts, line.simulated),
           class_="board-facts"),
        el("Blockquote", original(view.call.purpose, texts), class_="instruction"),
        class_="board-head item-head",
    )  # fmt: skip


def _track(view: CallView, here: Session) -> Element:
    texts = here.texts
    order = [stage for _, stage in TRACK]
    now = order.index(view.line.state) if view.line.state in order else 0
    ended = view.line.state is CallState.CLOSED
    stages = []
    for place, (name, stage) in enumerate(TRACK):
        standing = "done" if place < now or ended else "running" if place == now else "none"
        begun = [step for step in view.steps if step.state == stage.value]
        said: Child = texts.stamp(begun[0].at) if begun else MISSING
        stages.append(
            el("Li", el("H3", el("Span", str(place + 1), class_="stage-number"), texts.t(name)),
               el("P", said, class_="stage-state"), class_="stage", data_state=standing,
               aria_current="step" if standing == "running" else None)
        )  # fmt: skip
    return el("Ol", stages, class_="stage-track item-track call-track", aria_label=texts.t("征集过程"))


# ---- what may be done


def _ways(view: CallView, here: Session, state: PageState) -> Element | None:
    t = here.texts.t
    fields = {"call": str(view.call.id), "version": str(view.call.version)}
    offered = [(PROPOSE, N_("提出指标"))] if "propose" in view.may else []
    offered += [(name, word) for name, word in FORMS.items() if name in view.may]
    once = [
        button(here, f"call.{name}", t(word), fields, ask=t(ask))
        for name, word, ask in (
            ("close_entry", N_("提前截止，开始评分"), N_("截止以后不再接收建议。确定吗？")),
            ("close_scores", N_("结束评分，开始评选"), N_("之后评分公开，不能再改。确定吗？")),
        )
        if name in view.may
    ]
    chosen = state.edit if state.edit in dict(offered) or _typing(view, here, state) else None
    if not offered and not once and chosen is None:
        return None
    return el(
        "Div",
        el("Div", say.ways(offered, here, state, chosen), once, class_="incident-ways"),
        _form(chosen, view, here, state),
        class_="incident-acts item-acts",
    )


def _typing(view: CallView, here: Session, state: PageState) -> bool:
    """Whether the reader was typing into a form that the call's new stage does not offer: what was typed stays."""
    runs = here.services.collection.runs(here.actor, view.call.region)
    return (state.edit == PROPOSE and here.services.collection.invited(here.actor, view.call)) or (
        state.edit in FORMS and runs
    )


def _form(chosen: str | None, view: CallView, here: Session, state: PageState) -> Element | None:
    if chosen == PROPOSE:
        return call_forms.proposal(here, state, view.call.id)
    if chosen == "extend":
        return call_forms.extend(view, here, state)
    if chosen == "finish":
        return call_forms.finish(view, here, state)
    return call_forms.withdraw(view, here, state) if chosen == "withdraw" else None


# ---- proposals


def _proposals(view: CallView, here: Session, state: PageState) -> Element:
    t, open_ = here.texts.t, view.line.state in COUNTED
    told = t("共 {count} 条", count=view.count) if view.count is not None else t("各单位只看得到自己的建议")
    if view.line.state is CallState.OPEN and view.count is not None:
        told = t("已收到 {count} 条，截止以后公开", count=view.count)
    heads = [head(t("名次"), number=True)] if open_ else []
    heads += [head(t("指标")), head(t("提出单位"))]
    if open_:
        heads += [head(t("综合得分"), number=True), head(t("分歧"), number=True)]
        heads += [head(t(CRITERIA[one.id]), number=True) for one in view.criteria]
        heads += [head(t("评分人数"), number=True), head(t("结论"))]
    else:
        heads += [head(t("情况"))]
    rows = [_row(one, view, here, state, open_) for one in view.proposals]
    nothing = t("还没有您可以查看的建议。")
    return card(
        t("排名") if open_ else t("指标建议"),
        told,
        table(t("指标建议"), heads, rows, "call-ranking") if rows else el("P", nothing, class_="all-quiet"),
        el("P", t("综合得分是各位专家加权得分的平均；分歧是它们的标准差，越大意见越不一致。"), class_="notes")
        if open_ and rows else None,
        _experts(view, here),
        class_="panel-register",
    )  # fmt: skip


def _row(one: ProposalView, view: CallView, here: Session, state: PageState, open_: bool) -> Element:
    texts, stands = here.texts, one.standing
    there = say.number_of(state, "proposal") == one.proposal.id
    address = state.with_(open=None if there else f"proposal:{one.proposal.id}", edit=None).to_url() or "?"
    name = link(address, one.proposal.document["name_zh"], aria_expanded="true" if there else "false",
                lang=None if texts.language == "zh" else "zh-CN")  # fmt: skip
    cells: list[Element] = []
    if open_:
        cells = [
            el("Td", texts.number(stands.rank) if stands and stands.rank else MISSING, class_="number rank")
        ]
    cells += [
        el(
            "Th",
            name,
            " ",
            el("Span", texts.t("已撤回"), class_="status") if one.proposal.withdrawn else None,
            scope="row",
        ),
        el("Td", one.by),
    ]
    if not open_:
        return el("Tr", cells, el("Td", _standing(one, view, here)), data_proposal=str(one.proposal.id))
    score = stands.score if stands else None
    cells += [
        el("Td", bar(score * 10 if score is not None else None), _points(score, here), class_="number"),
        el("Td", _points(stands.spread if stands else None, here), class_="number"),
        *(el("Td", _points(stands.means.get(c.id) if stands else None, here), class_="number") for c in view.criteria),
        el("Td", texts.number(stands.ballots if stands else 0), class_="number"),
        el("Td", _outcome(one, here) or MISSING),
    ]  # fmt: skip
    return el("Tr", cells, class_="row-chosen" if there else None, data_proposal=str(one.proposal.id))


def _points(value: float | None, here: Session) -> str:
    return here.texts.number(value, decimals=2)


def _standing(one: ProposalView, view: CallView, here: Session) -> Child:
    """Where a proposal stands before scores are open."""
    t = here.texts.t
    if "score" in view.may:
        if one.mine is None:
            return t("待评分")
        return t("已回避") if one.mine.aside else t("已评分")
    return t("第 {number} 版，{moment}", number=one.texts[-1].number if one.texts else 1,
             moment=here.texts.stamp(one.texts[-1].at if one.texts else one.proposal.at))  # fmt: skip


def _outcome(one: ProposalView, here: Session) -> Element | None:
    if one.decision is None:
        return None
    outcome = Outcome(one.decision.outcome)
    return say.status(say.OUTCOMES[outcome], outcome.value, here.texts)


def _experts(view: CallView, here: Session) -> Element | None:
    """How far each expert is: for those who run the call."""
    if not view.experts or view.line.state is not CallState.SCORING:
        return None
    t = here.texts.t
    said = [
        t("{who} {done}/{all}", who=t(name), done=cast, all=view.count or 0) for name, cast in view.experts
    ]
    return el("P", t("评分进度：{list}", list="，".join(said)), class_="notes")


# ---- the one that is open


def _chosen(view: CallView, here: Session, state: PageState) -> Element | None:
    wanted = say.number_of(state, "proposal")
    one = next((one for one in view.proposals if one.proposal.id == wanted), None)
    if one is None:
        return None
    texts, t, document = here.texts, here.texts.t, one.proposal.document
    codes = {"frequency": say.FREQUENCY_WORDS, "lowest_level": say.LEVELS}
    told: list[tuple[str, Child]] = [
        (t(name), t(codes[field][document[field]]) if field in codes else original(document[field], texts))
        for field, name in PROPOSAL.items()
        if field != "name_zh" and document.get(field)
    ]
    by = f"{one.by} · {t(one.proposal.shown)} · {texts.moment(one.proposal.at)}"
    return card(
        document["name_zh"],
        by,
        say.facts(told),
        _own_ways(one, here, state),
        _one_form(one, view, here, state),
        _ballots(one, view, here),
        _decisions(one, here),
        _versions(one, here),
        class_="proposal-card",
    )


def _own_ways(one: ProposalView, here: Session, state: PageState) -> Element | None:
    """What the proposer may still do."""
    if not one.own:
        return None
    t = here.texts.t
    fields = {"proposal": str(one.proposal.id), "version": str(one.proposal.version)}
    word = N_("重新提交") if one.proposal.withdrawn else N_("撤回建议")
    act = "call.hand_in_again" if one.proposal.withdrawn else "call.take_back"
    on = state.edit == REWRITE
    return el(
        "Div",
        link(state.with_(edit=None if on else REWRITE, open=state.open).to_url(), t("修改"), class_="button button-quiet",
             aria_expanded="true" if on else "false"),
        button(here, act, t(word), fields),
        class_="incident-ways",
    )  # fmt: skip


def _one_form(one: ProposalView, view: CallView, here: Session, state: PageState) -> Element | None:
    """The form on a proposal: change it, score it, decide on it, or make it a draft."""
    t = here.texts.t
    if state.edit == REWRITE and one.own:
        return call_forms.proposal(here, state, view.call.id, one)
    if "score" in view.may:
        return call_forms.score(one, view.criteria, here, state)
    if "decide" in view.may and not one.proposal.withdrawn:
        return call_forms.decide(one, here, state)
    selected = one.decision is not None and one.decision.outcome == Outcome.SELECTED
    if "draft" not in view.may or not selected:
        return None
    if one.draft is not None:
        return el(
            "P",
            link(f"/studio/{one.draft}{say.kept(state)}", t("查看由此产生的定义草稿"), class_="inline-link"),
        )
    return button(here, "call.draft", t("转为定义草稿"), {"proposal": str(one.proposal.id)}, class_="button")


def _ballots(one: ProposalView, view: CallView, here: Session) -> Element | None:
    """What the experts said, once that is open; before that the own scores only."""
    t, texts = here.texts.t, here.texts
    if not one.ballots or view.line.state not in COUNTED:
        return None
    heads = [head(t("专家")), *(head(t(CRITERIA[c.id]), number=True) for c in view.criteria), head(t("评语"))]
    rows = [
        el(
            "Tr",
            el("Th", t(ballot.shown), scope="row"),
            [el("Td", t("回避") if ballot.aside else texts.number(ballot.scores.get(c.id), decimals=1), class_="number")
             for c in view.criteria],
            el("Td", original(ballot.comment, texts) if ballot.comment else MISSING),
        )
        for ballot in one.ballots
    ]  # fmt: skip
    return el("Section", el("H3", t("专家评分")), table(t("专家评分"), heads, rows))


def _decisions(one: ProposalView, here: Session) -> Element | None:
    if not one.decisions:
        return None
    steps = [
        (say.OUTCOMES[Outcome(made.outcome)], here.texts.t(made.shown), made.at, made.reason)
        for made in one.decisions
    ]
    return el("Section", el("H3", here.texts.t("评选结论")), say.timeline(steps, here))


def _versions(one: ProposalView, here: Session) -> Element | None:
    """Earlier texts of a proposal, each with what was different."""
    if len(one.texts) < 2:
        return None
    t = here.texts.t
    lines = []
    for before, after in zip(one.texts, one.texts[1:], strict=False):
        fields = [
            t(PROPOSAL[name]) for name in PROPOSAL if before.document.get(name) != after.document.get(name)
        ]
        what = t("第 {number} 版改了：{fields}", number=after.number, fields="、".join(fields) or MISSING)
        lines.append(el("Li", what, " ", el("Span", here.texts.moment(after.at), class_="quiet")))
    return el(
        "Details", el("Summary", t("共 {count} 版", count=len(one.texts))), el("Ul", lines), class_="more"
    )


# ---- beside


def _criteria(view: CallView, here: Session) -> Element:
    t = here.texts.t
    return el(
        "Dl",
        [
            el("Div", el("Dt", t(CRITERIA[one.id])), el("Dd", here.texts.number(one.weight, "%")))
            for one in view.criteria
        ],
        class_="incident-card",
    )


def _steps(view: CallView, here: Session) -> Element:
    steps: Sequence[tuple[str, str, int, str]] = [
        (say.CALL_ACTS[one.act], here.texts.t(one.shown), one.at, one.text) for one in view.steps
    ]
    return say.timeline(steps, here)
