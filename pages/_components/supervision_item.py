"""One supervised item: where it stands, what was seen when it was dispatched, what was said, and what may be done."""

from collections.abc import Sequence

from indicators.errors import N_
from indicators.rules import unit_compared
from indicators.supervision import Act, State
from pages._components import supervision_words as say
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.forms import button
from pages._components.incident_words import original
from pages._components.registers import speaking
from pages._components.supervision_forms import EDITS, edit_form
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.handling_wishes import REASONS
from services.supervision import ACT_WORDS, STATE_WORDS
from services.supervision_notices import OVERDUE
from services.supervision_reading import as_date
from services.supervision_sources import KINDS
from services.supervision_views import ItemView, Seen, Step
from services.texts import MISSING

TRACK = (
    (N_("派单"), Act.DISPATCH), (N_("签收"), Act.SIGN), (N_("反馈"), Act.ANSWER), (N_("审核"), Act.RETURN),
    (N_("办结"), Act.CLOSE), (N_("回看"), Act.RECOVER),
)  # fmt: skip
"""The stages of an item, each with the act that begins or ends it."""

NOW = {
    State.DISPATCHED: 1, State.SIGNED: 2, State.RETURNED: 2, State.ANSWERED: 3, State.CLOSED: 5, State.WITHDRAWN: 0,
}  # fmt: skip
"""The stage that an item waits for in each state."""


def render(view: ItemView, here: Session, state: PageState) -> Element:
    """The whole page."""
    return el(
        "Div",
        _head(view, here, state),
        _track(view, here),
        _ways(view, here, state),
        el("Div",
           el("Div", _look_back(view, here), _timeline(view, here), class_="item-main"),
           el("Div", _facts(view, here, state), _copy(view, here), class_="item-side"),
           class_="item-columns"),
        class_="board item",
        data_item=str(view.item.id),
        data_state=view.item.state,
    )  # fmt: skip


def _head(view: ItemView, here: Session, state: PageState) -> Element:
    texts, line, words = here.texts, view.line, speaking(here)
    return el(
        "Header",
        link("/supervision" + PageState(lang=state.lang, mode=state.mode).to_url(), texts.t("督办"), class_="back"),
        el("H1", say.level(line.level, words), original(line.title, texts)),
        el("P",
           el("Span", texts.t("{number} 号", number=line.id)),
           el("Span", texts.t(STATE_WORDS[line.state]), class_="status", data_state=line.state.value),
           say.standing(line, texts) if line.lateness else None,
           el("Span", say.due(line, texts)) if line.open else None,
           say.marks(line, texts),
           class_="board-facts"),
        el("Blockquote", original(view.item.instruction, texts), class_="instruction"),
        class_="board-head item-head",
    )  # fmt: skip


# ---- the track


def _track(view: ItemView, here: Session) -> Element:
    texts = here.texts
    waits = NOW[view.line.state]
    last = {Act(step.act): step for step in view.steps}
    stages = []
    for place, (name, act) in enumerate(TRACK):
        step = last.get(act)
        if act is Act.RETURN:  # under review, or reviewed
            step = last.get(Act.CLOSE) or step
        done = place < waits or (act is Act.RECOVER and step is not None)
        standing = "done" if done else "running" if place == waits else "none"
        said: list[Child] = []
        if step is not None and (done or act is Act.RETURN):
            said = [texts.stamp(step.at)]
        elif standing == "running":
            said = [_waiting(view, here, act)]
        stages.append(
            el("Li", el("H3", el("Span", str(place + 1), class_="stage-number"), texts.t(name)),
               el("P", said or MISSING, class_="stage-state"), class_="stage", data_stage=name, data_state=standing,
               aria_current="step" if standing == "running" else None)
        )  # fmt: skip
    return el("Ol", stages, class_="stage-track item-track", aria_label=texts.t("督办过程"))


def _waiting(view: ItemView, here: Session, act: Act) -> str:
    """Until when the running stage has time."""
    texts = here.texts
    if act is Act.SIGN:
        return texts.t("{day} 前签收", day=say.day(view.sign_day, texts))
    if act is Act.ANSWER:
        return texts.t("{day} 前反馈", day=say.day(view.line.due_on, texts))
    if act is Act.RETURN and view.review_day is not None:
        return texts.t("{day} 前审核", day=say.day(view.review_day, texts))
    return texts.t("指标尚未恢复") if act is Act.RECOVER and view.item.kind == "alert" else texts.t("待办")


# ---- what may be done


def _ways(view: ItemView, here: Session, state: PageState) -> Element | None:
    """Buttons, and the form that is open below them.

    A form that was open stays while its act was possible a moment ago, so that nothing typed into it is lost when
    somebody else was quicker.
    """
    t = here.texts.t
    allowed = [name for name, edit in EDITS.items() if edit.act in view.may]
    own = any(step.act == Act.ANSWER and step.actor == here.actor.name for step in view.steps)
    if own:
        allowed = [name for name in allowed if EDITS[name].act not in (Act.CLOSE, Act.RETURN)]
    chosen = (
        state.edit
        if state.edit in EDITS and (state.edit in allowed or _was_allowed(view, here, state.edit))
        else None
    )
    fields = {"item": str(view.item.id), "version": str(view.item.version)}
    once = [
        button(here, f"supervision.{act.value}", t(word), fields, class_="button" if act is Act.SIGN else "")
        for act, word in ((Act.SIGN, N_("签收")), (Act.TAKE_OVER, N_("接过审核")))
        if act in view.may and not (act is Act.TAKE_OVER and own)
    ]
    links = [
        link(say.address(view.item.id, state, None if chosen == name else name), t(_title(name, view)),
             class_="button button-quiet", aria_expanded="true" if chosen == name else "false")
        for name in allowed
    ]  # fmt: skip
    if not once and not links and chosen is None:
        return None
    return el(
        "Div",
        el("Div", once, links, class_="incident-ways"),
        edit_form(chosen, view, here, say.address(view.item.id, state)) if chosen else None,
        class_="incident-acts item-acts",
    )


def _title(name: str, view: ItemView) -> str:
    """What the way to a form is called: a further answer before the review is a supplement."""
    return N_("补充反馈") if name == "answer" and view.line.state is State.ANSWERED else EDITS[name].title


def _was_allowed(view: ItemView, here: Session, name: str) -> bool:
    """Whether the reader is somebody who does such things: the form with what was typed stays, and says what changed."""
    supervision, item = here.services.supervision, view.item
    if EDITS[name].act is Act.ANSWER:
        return supervision.answers(here.actor, item)
    return supervision.supervises(here.actor, item.region, item.system)


# ---- looking back, and the frozen copy


def _look_back(view: ItemView, here: Session) -> Element | None:
    """回看: every figure at dispatch, at the closing and at the recovery, side by side."""
    if not view.looked_back:
        return None
    t, words = here.texts.t, speaking(here)
    compared = (one for one in view.seen if one.role != "threshold")
    shown = [one for one in compared if one.closed is not None or one.recovered is not None]
    columns = [t("指标"), t("派单时")]
    closed = any(one.closed is not None for one in shown)
    back = any(one.recovered is not None for one in shown)
    columns += [t("办结时")] if closed else []
    columns += [t("预警解除时")] if back else []
    rows = [
        el("Tr",
           el("Th", _name(one, words), scope="row"),
           _figure(one.value, one.period, one, words),
           _figure(one.closed, one.closed_period, one, words) if closed else None,
           _figure(one.recovered, one.recovered_period, one, words) if back else None,
           data_role=one.role)
        for one in shown
    ]  # fmt: skip
    return card(
        t("回看"), t("派单时与办结、恢复时的数据对照"), _table(columns, rows, t("回看")), class_="item-back"
    )


def _copy(view: ItemView, here: Session) -> Element | None:
    """What whoever dispatched had before them."""
    t, words = here.texts.t, speaking(here)
    if not view.seen and not view.told:
        return None
    rows = [
        el("Tr",
           el("Th", _name(one, words), scope="row"),
           _figure(one.value, one.period, one, words),
           data_role=one.role)
        for one in view.seen
    ]  # fmt: skip
    simulated = any(one.simulated for one in view.seen)
    note = here.texts.moment(view.item.dispatched_at) + (" · " + t("含模拟数据") if simulated else "")
    return card(
        t("派单时的数据"),
        note,
        _table([t("指标"), t("派单时")], rows, t("派单时的数据")) if rows else None,
        el("Dl", [el("Div", el("Dt", name), el("Dd", original(text, here.texts))) for name, text in view.told],
           class_="incident-card") if view.told else None,
        class_="item-copy",
    )  # fmt: skip


def _table(columns: Sequence[str], rows: Sequence[Element], caption: str) -> Element:
    heads = [
        el("Th", name, scope="col", class_="number" if place else None) for place, name in enumerate(columns)
    ]
    return el(
        "Div",
        el("Table", el("Caption", caption, class_="sr-only"), el("Thead", el("Tr", heads)), el("Tbody", rows),
           class_="table"),
        class_="table-box",
        tabIndex=0,
        role="region",
        aria_label=caption,
    )  # fmt: skip


def _name(one: Seen, words: Words) -> list[Child]:
    """The indicator, and what it is to the matter; of a region below the region."""
    if one.role in ("measure", "threshold"):
        return [
            say.measure(one.code, words.texts),
            el("Span", words.t(say.ROLES[one.role]), class_="quiet role"),
        ]
    place = one.place if one.role == "below" else ""
    return [place or one.name, el("Span", words.t(say.ROLES[one.role]), class_="quiet role")]


def _unit(one: Seen) -> str:
    """The unit of a figure; what was compared has that of its measure."""
    compared = one.role in ("measure", "threshold")
    return unit_compared(one.code, one.unit) if compared else one.unit


def _figure(value: float | None, period: int | None, one: Seen, words: Words) -> Element:
    """A figure with its unit and the period that it speaks of."""
    sign = f"{one.op} " if one.role == "threshold" and value is not None else ""
    return el(
        "Td",
        sign + words.figure_text(value, _unit(one)),
        el("Span", words.period_text(period), class_="quiet period")
        if period and value is not None
        else None,
        class_="number",
    )


# ---- who, and what was said


def _facts(view: ItemView, here: Session, state: PageState) -> Element:
    texts, t, line = here.texts, here.texts.t, view.line
    facts: list[tuple[str, Child]] = [
        (t("事项来源"), _source(view, here, state)),
        (t("地区"), line.place.name),
        (t("责任部门"), say.whose(line, texts)),
        (t("派单"), [original(view.steps[0].shown, texts), " ", texts.stamp(line.dispatched_at)]),
        (t("审核人"), original(view.reviewer, texts)),
        (
            t("反馈时限"),
            [say.day(line.due_on, texts), " ", el("B", t("曾超期"), class_="overdue") if line.late else None],
        ),
    ]
    if view.earlier is not None:
        facts.append((t("上次督办"), say.title(view.earlier, here, state)))
    return card(
        t("事项"),
        "",
        el(
            "Dl",
            [el("Div", el("Dt", name), el("Dd", value)) for name, value in facts],
            class_="incident-card",
        ),
        class_="item-facts",
    )


def _source(view: ItemView, here: Session, state: PageState) -> Child:
    """What the item is about, as the way to it where there is a page of it."""
    word, key = here.texts.t(KINDS[view.item.kind]), view.item.subject
    kept = PageState(lang=state.lang, mode=state.mode).to_url()
    paths = {
        "alert": f"/warning/{key}",
        "incident": f"/incident/{key}",
        "project": f"/project/{key.partition('-')[0]}",
    }
    path = paths.get(view.item.kind)
    reads = here.services.supervision.reads(here.actor, view.item)
    return link(path + kept, word, class_="inline-link") if path and reads else word


def _timeline(view: ItemView, here: Session) -> Element:
    """Every step as it was taken, the newest first; answers that were returned stay."""
    return card(
        here.texts.t("督办过程"),
        here.texts.t("{count} 步，只增不改", count=len(view.steps)),
        el("Ol", [_step(step, here) for step in reversed(view.steps)], class_="item-steps"),
        class_="item-timeline",
    )


def _step(step: Step, here: Session) -> Element:
    texts, t = here.texts, here.texts.t
    act = Act(step.act)
    said: list[tuple[str, Child]] = []
    if act is Act.ANSWER and step.reason:
        said = [(t("无需处置"), t(REASONS.get(step.reason, step.reason)))]
    elif act is Act.OVERDUE:
        said = [(t("超期"), t(OVERDUE[step.reason]))]
    said += [(t("原因分析"), original(step.cause, texts))] if step.cause else []
    said += [(t("措施"), original(step.measure, texts))] if step.measure else []
    if step.expected_on is not None:
        said.append((t("预计恢复日期"), texts.date(as_date(step.expected_on))))
    if step.due_on is not None and act is not Act.OVERDUE:
        said.append((t("反馈时限"), say.day(as_date(step.due_on), texts)))
    system = step.actor == "system"
    return el(
        "Li",
        el("P", el("B", t(ACT_WORDS[act])), el("Span", t("系统自动") if system else original(step.shown, texts)),
           el("Span", texts.moment(step.at), class_="quiet"), class_="task-facts"),
        el("P", original(step.text, texts), class_="item-said") if step.text else None,
        el("Dl", [el("Div", el("Dt", name), el("Dd", value)) for name, value in said], class_="incident-card")
        if said else None,
        class_="item-step",
        data_act=act.value,
    )  # fmt: skip
