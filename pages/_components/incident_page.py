"""One incident on one page: its stages with clocks, two levels apart, where, whom it harmed, who does what."""

from collections.abc import Sequence

from indicators.errors import N_
from pages._components import incident_words as say
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.forms import button
from pages._components.incident_forms import EDITS, edit_form
from pages._components.incidents import address, overdue
from pages._components.supervision_forms import dispatch_link
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.incident_rules import CONDITIONS, STAGES, Proposal
from services.incident_views import Action, CountLine, IncidentPage, Stage, TaskLine
from services.resources import KINDS, Affected, Nearby

RADIUS = 3000
"""People within so many metres are told of."""

FACTS = {
    "impact": N_("灾情"), "resource": N_("力量与物资"), "response": N_("应急响应"), "rain_gauge": N_("雨量"),
}  # fmt: skip


def render(
    view: IncidentPage, near: Sequence[Nearby], affected: Affected | None, here: Session, state: PageState
) -> Element:
    """The whole page."""
    return el(
        "Div",
        _head(view, here, state),
        dispatch_link(f"incident:{view.head.id}", here, state, path=f"/incident/{view.head.id}"),
        _ask_for_place(view, here, state),
        _twins(view, here, state),
        el("Div",
           el("Div", _facts(view, here) if view.head.published else
              [_stages(view, here, state), _proposals(view, here), _tasks(view, here, state), _log(view, here, state)],
              class_="incident-main"),
           el("Div", _levels(view, here, state), _counts(view, here, state), _near(view, near, affected, here),
              _consultations(view, here, state), _assessment(view, here, state), class_="incident-side"),
           class_="incident-columns"),
        class_="board incident",
        data_incident=str(view.head.id),
    )  # fmt: skip


def _head(view: IncidentPage, here: Session, state: PageState) -> Element:
    texts, t, head = here.texts, here.texts.t, view.head
    delay = say.duration(view.line.delay, texts) if view.line.delay is not None else t("缺时间戳，无法计算")
    limit = t("（时限 {time}）", time=say.duration(view.limit, texts)) if not view.line.published else ""
    facts: list[tuple[str, Child]] = [
        (t("地区"), view.line.place.name),
        (t("地点"), say.original(head.place, texts) if head.place else t("未定")),
        (t("类别"), [say.category(head.category, texts), " ", say.original(head.kind, texts)]),
        (t("分类码"), f"{head.code}（{head.code_system}）" if head.code else t("未编码")),
        (t("事件级别"), say.level(head.level, texts)),
        (t("事发时间"), texts.moment(head.occurred_at) if head.occurred_at is not None else t("来源未载")),
        (t("首报时间"), texts.moment(head.reported_at) if head.reported_at is not None else t("来源未载")),
        (t("首报用时"), [delay, limit]),
        (t("报送"), [say.original(head.reported_by, texts), " ", say.original(head.channel, texts)] if head.reported_by else "—"),
        (t("密级"), t(say.CONFIDENTIALITY[head.confidentiality])),
    ]  # fmt: skip
    return el(
        "Header",
        link("/emergency" + PageState(lang=state.lang, mode=state.mode).to_url(), t("应急指挥"), class_="back"),
        el("H1", say.original(head.title, texts)),
        el("P",
           el("Span", _standing(view, here), class_="status"),
           say.flags(view.line, texts),
           link(f"{address(head.merged_into, state)}", t("已并入事件 {id}", id=head.merged_into), class_="inline-link")
           if head.merged_into is not None else None,
           class_="board-facts"),
        el("Dl", [el("Div", el("Dt", name), el("Dd", value)) for name, value in facts], class_="incident-card"),
        _ways(view, here, state, ("place", "head", "merge", "terminate")),
        class_="board-head incident-head",
    )  # fmt: skip


def _standing(view: IncidentPage, here: Session) -> str:
    t = here.texts.t
    if view.head.merged_into is not None:
        return t("重复报告")
    if view.head.published:
        return t("历史事件")
    if view.head.terminated_at is not None:
        return t("终止于 {moment}", moment=here.texts.moment(view.head.terminated_at))
    return t("在办")


def _ways(view: IncidentPage, here: Session, state: PageState, names: Sequence[str]) -> Element | None:
    """What may be done here: links that open a form in place; the open form below them."""
    allowed = [name for name in names if EDITS[name].offered(view)]
    if not view.commands or not allowed:
        return None
    t = here.texts.t
    ways = [
        link(address(view.head.id, state, None if state.edit == name else name), t(EDITS[name].title),
             class_="button button-quiet", aria_expanded="true" if state.edit == name else "false")
        for name in allowed
    ]  # fmt: skip
    chosen = state.edit if state.edit in allowed else None
    return el(
        "Div",
        el("P", ways, class_="incident-ways"),
        edit_form(chosen, view, here, address(view.head.id, state)) if chosen else None,
        class_="incident-acts",
    )


def _ask_for_place(view: IncidentPage, here: Session, state: PageState) -> Element | None:
    """An incident without a place is there, and is asked for its place until it has one."""
    if not view.head.open or view.line.placed:
        return None
    t = here.texts.t
    said = (
        t("这起事件还没有地点，地图上看不到它。")
        if not view.head.place
        else t("这起事件还没有坐标，地图上看不到它。")
    )
    return el(
        "P",
        said,
        " ",
        link(address(view.head.id, state, "place"), t("补充地点"), class_="inline-link")
        if view.commands
        else None,
        class_="notice",
        role="status",
    )


def _twins(view: IncidentPage, here: Session, state: PageState) -> Element | None:
    if not view.twins:
        return None
    texts = here.texts
    return el(
        "P",
        texts.t("可能是同一起事件的重复报告："),
        [el("Span", link(address(one.id, state), say.original(one.title, texts)), " ", class_="twin") for one in view.twins],
        link(address(view.head.id, state, "merge"), texts.t("合并到另一事件"), class_="inline-link") if view.commands else None,
        class_="notice",
        role="status",
    )  # fmt: skip


# ---- stages


def _stages(view: IncidentPage, here: Session, state: PageState) -> Element:
    t = here.texts.t
    columns = []
    for number, stage in enumerate(STAGES, start=1):
        runs = [one for one in view.stages if one.stage == stage]
        valid = [one for one in runs if one.id not in view.corrected]
        running = [one for one in valid if one.ended_at is None]
        standing = "running" if running else "done" if valid else "none"
        columns.append(
            el(
                "Li",
                el("H3", el("Span", str(number), class_="stage-number"), t(stage)),
                el("P", t({"running": N_("进行中"), "done": N_("已完成"), "none": N_("未开始")}[standing]), class_="stage-state"),
                [_run(one, view, here) for one in runs],
                class_="stage",
                data_stage=stage,
                data_state=standing,
            )
        )  # fmt: skip
    content: list[Child] = [el("Ol", columns, class_="stage-track")]
    if not view.stages:
        content = [
            el(
                "P",
                t("还没有阶段记录。"),
                class_="all-quiet",
            )
        ]
    return card(t("处置阶段"), t("阶段可以重复，不能删除；有误用更正，原记录保留。"), *content,
                _ways(view, here, state, ("stage", "stage_end", "stage_correct")), class_="incident-stages")  # fmt: skip


def _run(one: Stage, view: IncidentPage, here: Session) -> Element:
    texts, t = here.texts, here.texts.t
    wrong = one.id in view.corrected
    return el(
        "Div",
        el("P", here.texts.stamp(one.began_at), el("Span", one.begun_by, class_="quiet")),
        el("P", t("至 {moment}", moment=here.texts.stamp(one.ended_at)), el("Span", one.ended_by, class_="quiet"))
        if one.ended_at is not None else (None if wrong else el("P", t("已进行"), " ", say.clock(one.began_at, view.at, texts))),
        el("P", t("已更正") if wrong else t("更正：{note}", note=one.note), class_="quiet") if wrong or one.corrects else None,
        class_="stage-run" + (" stage-wrong" if wrong else ""),
    )  # fmt: skip


# ---- levels


def _levels(view: IncidentPage, here: Session, state: PageState) -> Element:
    """The two levels, each with its own history: one is never read from the other."""
    texts, t, words = here.texts, here.texts.t, say.words_of(here)
    responses = view.line.responses
    return el(
        "Div",
        card(
            t("预警级别"), "",
            el("P", say.warning(view.line.warning, words) or t("未发预警"), class_="level-now", data_value=str(view.line.warning)),
            el("Ol", [el("Li", here.texts.stamp(one.at), " ", say.warning(one.level, words) or t("解除"),
                         el("Span", say.original(one.note or one.actor, texts), class_="quiet")) for one in view.warnings[::-1]],
               class_="level-history"),
            _ways(view, here, state, ("warning",)), class_="incident-warning",
        ),
        card(
            t("响应级别"), "",
            el("P", [el("Span", say.response(kind, level, texts), class_="response-now") for kind, level in responses]
               or (t("来源未载终止时间") if view.head.published else t("未启动响应")),
               class_="level-now", data_value=str(view.line.response)),
            el("Ol", [el("Li", here.texts.stamp(one.at), " ", el("B", say.response(one.kind, one.level, texts)),
                         el("Span", say.original(one.note or one.actor, texts), class_="quiet")) for one in view.responses[::-1]],
               class_="level-history"),
            _ways(view, here, state, ("response",)), class_="incident-response-level",
        ),
        class_="incident-levels",
    )  # fmt: skip


def _proposals(view: IncidentPage, here: Session) -> Element | None:
    if not view.proposals:
        return None
    t = here.texts.t
    return card(
        t("预案建议"),
        t("由预案的门槛推算；采纳后才生效。"),
        *[_proposal(one, view, here) for one in view.proposals],
        class_="incident-proposals",
    )


def _proposal(one: Proposal, view: IncidentPage, here: Session) -> Element:
    texts, t = here.texts, here.texts.t
    words = say.words_of(here)
    return el(
        "Section",
        el("H3", one.plan.name(here.language)),
        el("P", t("建议启动"), " ", el("B", say.response(one.plan.response, one.response, texts)), class_="proposal-level"),
        el("P", t("依据：{reason}", reason=_reason(one, words)), class_="quiet"),
        el("Ol", [el("Li", el("B", say.original(task.unit, texts)), " ", say.original(task.task, texts),
                     el("Span", t("{time}内反馈", time=say.duration(task.minutes * 60, texts)), class_="quiet"))
                  for task in one.tasks], class_="task-lines"),
        button(here, "incident.accept", t("采纳：启动响应并下达任务"), {"incident": str(view.head.id), "plan": one.plan.id},
               class_="button", ask=t("确定启动{response}并下达 {count} 项任务吗？",
                                      response=say.response(one.plan.response, one.response, texts), count=len(one.tasks)))
        if view.commands else None,
        class_="proposal",
    )  # fmt: skip


def _reason(one: Proposal, words: Words) -> str:
    t = words.t
    name = t(CONDITIONS[one.condition])
    if one.condition == "warning":
        return t(
            "{name} {value}，门槛 {bound}",
            name=name,
            value=words.level_word(int(one.value)),
            bound=words.level_word(int(one.bound)),
        )
    if one.condition == "level":
        return t("{name} {value}，门槛 {bound}", name=name, value=say.level(int(one.value), words.texts),
                 bound=say.level(int(one.bound), words.texts))  # fmt: skip
    number = words.texts.number
    return t("{name} {value}，门槛 {bound}", name=name, value=number(one.value), bound=number(one.bound))


# ---- tasks


def _tasks(view: IncidentPage, here: Session, state: PageState) -> Element:
    t = here.texts.t
    late = sum(bool(one.overdue) for one in view.tasks)
    return card(
        t("处置任务"),
        t("共 {count} 项", count=len(view.tasks)) + (" · " + t("超期 {count}", count=late) if late else ""),
        el("Ol", [_task(one, view, here, state) for one in view.tasks], class_="task-lines")
        if view.tasks else el("P", t("没有任务。"), class_="all-quiet"),
        _ways(view, here, state, ("task",)),
        class_="incident-task-list",
    )  # fmt: skip


def _task(one: TaskLine, view: IncidentPage, here: Session, state: PageState) -> Element:
    texts, t, task = here.texts, here.texts.t, one.task
    stamps = [
        (N_("下达 {moment}"), "", task.issued_at),
        (N_("签收 {moment}"), N_("未签收"), task.acknowledged_at),
    ]
    if task.rescue:
        stamps.append((N_("到场 {moment}"), N_("未到场"), task.arrived_at))
    if task.site:
        stamps.append((N_("接通 {moment}"), N_("未接通"), task.connected_at))
    stamps.append((N_("反馈 {moment}"), N_("未反馈"), task.answered_at))
    return el(
        "Li",
        el("P", el("B", say.original(task.unit, texts)), " ", say.original(task.task, texts), class_="task-what"),
        el("P", [el("Span", t(done, moment=texts.stamp(at)) if at is not None else t(missing)) for done, missing, at in stamps],
           class_="task-stamps"),
        el("P", t("反馈：{answer}", answer=t(task.answer)), class_="quiet") if task.answer else None,
        el("P", el("Span", overdue(one, view.at, here), class_="overdue" if one.overdue else "quiet"),
           class_="task-facts") if task.answered_at is None and task.done_at is None and view.head.open else None,
        _task_acts(one, view, here, state),
        class_="task-line",
        data_task=str(task.id),
        data_overdue=one.overdue or None,
    )  # fmt: skip


def _task_acts(one: TaskLine, view: IncidentPage, here: Session, state: PageState) -> Element | None:
    task, t = one.task, here.texts.t
    if not view.commands or not view.head.open or task.answered_at is not None:
        return None
    open_ = state.open == f"task:{task.id}"
    if open_:
        return edit_form("answer", view, here, address(view.head.id, state), str(task.id))
    ways: list[Child] = []
    missing = (
        ("acknowledged", N_("签收"), task.acknowledged_at is None),
        ("arrived", N_("到场"), task.rescue and task.arrived_at is None),
        ("connected", N_("接通现场"), task.site and task.connected_at is None),
    )
    for what, name, there in missing:
        if there:
            fields = {"incident": str(view.head.id), "row": str(task.id), "what": what}
            ways.append(button(here, "incident.task", t(name), fields, label=f"{t(name)} {task.unit}"))
    there = (
        f"/incident/{view.head.id}"
        + PageState(open=f"task:{task.id}", lang=state.lang, mode=state.mode).to_url()
    )
    ways.append(link(there, t("反馈"), class_="button button-quiet", aria_label=f"{t('反馈')} {task.unit}"))
    return el("Div", ways, class_="incident-ways")


# ---- casualties and losses


def _counts(view: IncidentPage, here: Session, state: PageState) -> Element:
    t = here.texts.t
    heads = (t("事项"), t("最新"), t("报告"), t("此前"))
    due = (
        t("下次续报应在 {moment} 前", moment=here.texts.stamp(view.next_report))
        if view.next_report is not None
        else ""
    )
    return card(
        t("伤亡和损失"),
        due,
        el("Div",
           el("Table", el("Thead", el("Tr", [el("Th", head, scope="col") for head in heads])),
              el("Tbody", [_count(one, here) for one in view.counts]), class_="table"),
           class_="table-box", tabIndex=0)
        if view.counts else el("P", t("还没有报告伤亡和损失。"), class_="all-quiet"),
        _ways(view, here, state, ("report",)),
        class_="incident-counts",
    )  # fmt: skip


def _count(one: CountLine, here: Session) -> Element:
    texts, words = here.texts, say.words_of(here)
    earlier = [
        el("Li", say.amount(one.metric, count.value, words), " ",
           el("Span", texts.t(say.REPORTS[report.kind]), " ", here.texts.stamp(report.at), class_="quiet"))
        for count, report in one.earlier
    ]  # fmt: skip
    return el(
        "Tr",
        el("Th", say.metric(one.metric, texts), scope="row"),
        el("Td", el("B", say.amount(one.metric, one.latest.value, words)),
           el("Span", f"（{one.latest.note}）", class_="quiet", lang="zh-CN") if one.latest.note else None, class_="number"),
        el("Td", texts.t(say.REPORTS[one.report.kind]), " ", here.texts.stamp(one.report.at)),
        el("Td", el("Ol", earlier, class_="revisions") if earlier else "—"),
        data_metric=one.metric,
    )  # fmt: skip


# ---- what is near


def _near(
    view: IncidentPage, near: Sequence[Nearby], affected: Affected | None, here: Session
) -> Element | None:
    if view.head.published:
        return None
    t, number = here.texts.t, here.texts.number
    if not view.line.placed:
        return card(
            t("附近"),
            "",
            el("P", t("补充坐标后，这里列出附近的队伍、避难场所、仓库和医院。"), class_="all-quiet"),
        )
    people = None
    if affected is not None and affected.people is not None:
        people = el("P", t("{radius} 公里内约 {people} 人", radius=number(affected.radius_m / 1000), people=number(round(affected.people, -2))),
                    " ", el("Span", t("模拟"), class_="status status-simulated") if affected.simulated else None)  # fmt: skip
    return card(
        t("附近"),
        t("按到达时间排序，为估计值"),
        people,
        el("Ol", [
            el("Li",
               el("P", el("B", one.resource.name if here.language == "zh" or not one.resource.name_en else one.resource.name_en),
                  " ", el("Span", t(KINDS[one.resource.kind]), class_="quiet"), class_="task-what"),
               el("P", el("Span", t("约 {minutes} 分钟", minutes=number(round(one.minutes)))),
                  el("Span", t("{km} 公里", km=number(round(one.route_m / 1000, 1)))),
                  el("A", one.resource.phone, href=f"tel:{one.resource.phone}", class_="phone-link") if one.resource.phone else None,
                  el("Span", t("模拟"), class_="status status-simulated") if one.resource.simulated else None,
                  class_="task-facts"),
               class_="task-line")
            for one in near
        ], class_="task-lines") if near else el("P", t("附近没有登记的队伍和物资。"), class_="all-quiet"),
        class_="incident-near",
    )  # fmt: skip


# ---- consultation, assessment, log, sources


def _consultations(view: IncidentPage, here: Session, state: PageState) -> Element | None:
    texts, t = here.texts, here.texts.t
    if view.head.published:
        return None
    agreed = [one for one in view.actions if one.purpose == "consult"]
    return card(
        t("会商"),
        t("{count} 次", count=len(view.consultations)) if view.consultations else "",
        el("Ol", [
            el("Li", el("P", here.texts.stamp(one.at), " ", t(say.FORMS[one.form]), class_="task-facts"),
               el("P", say.original(one.outcome, texts)), el("P", say.original(one.members, texts), class_="quiet"), class_="task-line")
            for one in view.consultations
        ], class_="task-lines") if view.consultations else el("P", t("还没有会商。"), class_="all-quiet"),
        _actions(agreed, view, here),
        _ways(view, here, state, ("consult",)),
        class_="incident-consultations",
    )  # fmt: skip


def _actions(actions: Sequence[Action], view: IncidentPage, here: Session) -> Element | None:
    texts, t = here.texts, here.texts.t
    rows = []
    for one in actions:
        late = one.done_at is None and view.at > one.due_at
        said = (
            t("{moment} 办结", moment=here.texts.stamp(one.done_at)) if one.done_at is not None
            else t("已超期 {time}", time=say.duration(view.at - one.due_at, texts)) if late
            else t("{moment} 前完成", moment=here.texts.stamp(one.due_at))
        )  # fmt: skip
        fields = {"incident": str(view.head.id), "row": str(one.id)}
        rows.append(
            el("Li", el("P", el("B", say.original(one.owner, texts)), " ", say.original(one.task, texts), class_="task-what"),
               el("P", el("Span", said, class_="overdue" if late else "quiet"), class_="task-facts"),
               button(here, "incident.action", t("办结"), fields, label=f"{t('办结')} {one.task}")
               if view.commands and one.done_at is None else None, class_="task-line")
        )  # fmt: skip
    return el("Ol", rows, class_="task-lines") if rows else None


def _assessment(view: IncidentPage, here: Session, state: PageState) -> Element | None:
    texts, t, due = here.texts, here.texts.t, view.assessment
    if due is None:
        return None
    fixes = [one for one in view.actions if one.purpose == "fix"]
    if due.done_at is not None:
        said, late = t("{moment} 完成评估", moment=here.texts.stamp(due.done_at)), False
    elif view.at > due.due_at:
        said, late = t("评估已超期 {time}", time=say.duration(view.at - due.due_at, texts)), True
    else:
        said, late = t("评估应在 {moment} 前完成", moment=here.texts.stamp(due.due_at)), False
    return card(
        t("处置评估"),
        "",
        el("P", said, class_="overdue assessment-due" if late else "assessment-due"),
        el("P", say.original(due.findings, texts)) if due.findings else None,
        _actions(fixes, view, here),
        _ways(view, here, state, ("assess",)),
        class_="incident-assessment",
    )


def _log(view: IncidentPage, here: Session, state: PageState) -> Element:
    texts, t = here.texts, here.texts.t
    return card(
        t("处置日志"),
        t("{count} 条", count=len(view.log)) if view.log else "",
        _ways(view, here, state, ("note",)),
        el("Div", el("Ol", [
            el("Li", el("P", el("Span", here.texts.stamp(one.at)), el("B", t(say.ACTS.get(one.act, one.act))),
                        el("Span", say.original(one.actor, texts), class_="quiet"), class_="task-facts"),
               el("P", say.original(one.note, texts)) if one.note else None, class_="task-line")
            for one in view.log
        ], class_="task-lines"), class_="log-box", tabIndex=0) if view.log else el("P", t("还没有记事。"), class_="all-quiet"),
        class_="incident-log",
    )  # fmt: skip


def _facts(view: IncidentPage, here: Session) -> Element | None:
    """What published sources say, as printed, with where it stands and how far to trust it."""
    if not view.facts:
        return None
    texts, t, words = here.texts, here.texts.t, say.words_of(here)
    heads = (t("时间"), t("事项"), t("数值"), t("来源"))
    rows = [
        el("Tr",
           el("Td", texts.moment(one.at)),
           el("Th", el("Span", t(FACTS.get(one.kind, one.kind)), class_="quiet"), " ", say.original(one.metric, texts),
              el("P", say.original(one.note, texts), class_="quiet") if one.note else None, scope="row"),
           el("Td", say.original(f"{one.value} {one.unit}", texts), class_="number"),
           el("Td", el("A", t("原文"), href=one.source, rel="noreferrer", target="_blank"), " ",
              el("Span", words.quality(one.quality), class_="quiet")))
        for one in view.facts
    ]  # fmt: skip
    return card(
        t("公开资料"),
        t("{count} 条，按来源原样", count=len(rows)),
        el("Div", el("Table", el("Thead", el("Tr", [el("Th", head, scope="col") for head in heads])), el("Tbody", rows),
                     class_="table facts-table"), class_="table-box", tabIndex=0),
        class_="incident-sources",
    )  # fmt: skip
