"""The panels of incidents: what is open, whose task is overdue, who is on duty, how the last ones went."""

from collections.abc import Callable, Mapping

from indicators.errors import N_
from pages._components import incident_words as say
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._session import Session
from pages._state import PageState
from services.incident_rules import CATEGORIES, LEVELS, STAGES
from services.incident_views import (
    DelayView,
    DueLine,
    DuesView,
    DutyLine,
    DutyView,
    HistoryView,
    IncidentsView,
    OpenIncident,
    TaskLine,
    TasksView,
    TimelineView,
    Track,
)

HOURS_SHOWN = 24
"""How much of an incident a track shows at most."""

STATES = {"open": N_("在办"), "ended": N_("已终止")}
SOURCES = {"register": N_("本系统登记"), "simulated": N_("模拟"), "published": N_("公开资料")}


def address(number: int, state: PageState, edit: str | None = None) -> str:
    """Where an incident is; language and light go along."""
    return f"/incident/{number}" + PageState(lang=state.lang, mode=state.mode, edit=edit).to_url()


def open_panel(view: IncidentsView, here: Session, state: PageState) -> Element:
    """The open incidents, the gravest first."""
    t = here.texts.t
    lines = [_incident(one, view.at, here, state) for one in view.incidents]
    simulated = any(one.simulated for one in view.incidents)
    tools = None
    if view.commands:
        tools = link("/incident/new" + PageState(region=state.region, lang=state.lang, mode=state.mode).to_url(),
                     t("登记事件"), class_="button button-quiet panel-tool")  # fmt: skip
    return card(
        t("在办事件"),
        t("{count} 起", count=len(lines)) + (" · " + t("含模拟数据") if simulated else ""),
        el("Ol", lines, class_="incident-lines")
        if lines
        else el("P", t("没有在办的突发事件。"), class_="all-quiet"),
        class_="incidents-open",
        tools=tools,
    )


def _incident(one: OpenIncident, now: int, here: Session, state: PageState) -> Element:
    texts, words = here.texts, say.words_of(here)
    t = texts.t
    facts = [
        say.where(one),
        say.category(one.category, texts),
        say.original(one.kind, texts),
        say.level(one.level, texts),
    ]
    return el(
        "Li",
        el("P", say.warning(one.warning, words) or el("Span", t("未发预警"), class_="quiet"), class_="incident-mark"),
        el("Div",
           link(address(one.id, state), say.original(one.title, texts), class_="incident-title"),
           el("P", [el("Span", fact) for fact in facts if fact], say.flags(one, texts), class_="incident-facts"),
           class_="incident-what"),
        el("P", *_stage(one, now, here), class_="incident-stage"),
        el("P", [el("Span", say.response(kind, level, texts)) for kind, level in one.responses]
           or el("Span", t("未启动响应"), class_="quiet"), class_="incident-response"),
        el("P", *_tasks(one, here), class_="incident-tasks"),
        class_="incident-line",
        data_wartime="yes" if one.wartime else None,
    )  # fmt: skip


def _stage(one: OpenIncident, now: int, here: Session) -> list[Child]:
    t = here.texts.t
    if not one.stage or one.stage_since is None:
        return [t("没有阶段记录")]
    name = el("B", t(one.stage))
    if one.running:
        return [name, " ", t("已进行"), " ", say.clock(one.stage_since, now, here.texts)]
    return [name, " ", t("已结束")]


def _tasks(one: OpenIncident, here: Session) -> list[Child]:
    t = here.texts.t
    if not one.tasks:
        return [el("Span", t("没有任务"), class_="quiet")]
    found: list[Child] = [t("任务 {count}", count=one.tasks)]
    if one.overdue:
        found += [" ", el("B", t("超期 {count}", count=one.overdue), class_="overdue")]
    return found


def tasks_panel(view: TasksView, here: Session, state: PageState) -> Element:
    """What units still have to do, what is overdue first."""
    t = here.texts.t
    late = sum(bool(one.overdue) for one in view.lines)
    facts = t("未办结 {count} 项", count=view.under_way)
    return card(
        t("处置任务"),
        facts + (" · " + t("含模拟数据") if any(one.simulated for one in view.lines) else ""),
        el("P", t("超期 {count}", count=late), class_="overdue-count") if late else None,
        el("Ol", [_task(one, view.at, here, state) for one in view.lines], class_="task-lines")
        if view.lines else el("P", t("没有未办结的任务。"), class_="all-quiet"),
        class_="incidents-tasks",
    )  # fmt: skip


def _task(one: TaskLine, now: int, here: Session, state: PageState) -> Element:
    texts = here.texts
    return el(
        "Li",
        el("P", el("B", say.original(one.task.unit, texts)), " ", say.original(one.task.task, texts), class_="task-what"),
        el("P",
           el("Span", overdue(one, now, here), class_="overdue" if one.overdue else "quiet"),
           link(address(one.task.incident, state), say.original(one.title, texts), class_="inline-link"),
           el("Span", texts.t("模拟"), class_="status status-simulated") if one.simulated else None,
           class_="task-facts"),
        class_="task-line",
    )  # fmt: skip


def overdue(one: TaskLine, now: int, here: Session) -> str:
    """Since when a task is overdue, or until when it has time."""
    texts = here.texts
    if one.overdue == "ack":
        return texts.t("超期未签收 {time}", time=say.duration(now - one.task.ack_due, texts))
    if one.overdue == "answer":
        return texts.t("超期未反馈 {time}", time=say.duration(now - one.task.due_at, texts))
    return texts.t("{moment} 前反馈", moment=here.texts.stamp(one.task.due_at))


def duty_panel(view: DutyView, here: Session, state: PageState) -> Element:
    """Who is on duty now, a region a line, and how they are called."""
    t = here.texts.t
    simulated = any(one.contact.simulated for one in view.lines)
    places = {one.place.code: one.place for one in view.lines}
    until = max((one.ends_at for one in view.lines), default=0)
    shift = next((one.shift for one in view.lines), "day")
    rows = [
        el("Tr", el("Th", place.name, scope="row"),
           [el("Td", [_person(one, here) for one in view.lines if one.place.code == code and one.role == role])
            for role in say.ROLES])
        for code, place in places.items()
    ]  # fmt: skip
    heads = (t("地区"), *(t(name) for name in say.ROLES.values()))
    tools = None
    if view.commands:
        tools = link("/duty" + PageState(region=state.region, lang=state.lang, mode=state.mode).to_url(), t("排班"),
                     class_="button button-quiet panel-tool")  # fmt: skip
    facts = [t(say.SHIFTS[shift]), t("至 {moment}", moment=here.texts.stamp(until))] if rows else []
    return card(
        t("当前值班"),
        " · ".join(facts + ([t("模拟")] if simulated else [])),
        el("Div", el("Table", el("Thead", el("Tr", [el("Th", head, scope="col") for head in heads])),
                     el("Tbody", rows), class_="table duty-table"), class_="table-box", tabIndex=0)
        if rows else el("P", t("此刻没有排班。"), class_="all-quiet"),
        _contacts(view, here),
        class_="incidents-duty",
        tools=tools,
    )  # fmt: skip


def _person(one: DutyLine, here: Session) -> Element:
    name = say.original(one.contact.name, here.texts)
    return el(
        "P",
        name,
        " ",
        el("A", one.contact.phone, href=f"tel:{one.contact.phone}", class_="phone-link"),
        class_="person",
    )


def _contacts(view: DutyView, here: Session) -> Element | None:
    if not view.contacts:
        return None
    texts = here.texts
    people = [
        el("Li", say.original(who.name, texts), " ", say.original(who.post, texts, class_="quiet"), " ",
           el("A", who.phone, href=f"tel:{who.phone}", class_="phone-link"),
           el("Span", texts.t("模拟"), class_="status status-simulated") if who.simulated else None)
        for _, who in view.contacts
    ]  # fmt: skip
    return el("Details", el("Summary", texts.t("通讯录 {count} 人", count=len(people))), el("Ul", people, class_="contact-lines"),
              class_="more")  # fmt: skip


def timeline_panel(view: TimelineView, here: Session, state: PageState) -> Element:
    """The stages of incidents, each on its own line, in hours since the occurrence."""
    t = here.texts.t
    span = f"{here.texts.stamp(view.first)} — {here.texts.stamp(view.last)}"
    shown = max((_hours(track) for track in view.tracks), default=6.0)
    axis = min(max(6, int(shown) + 1), HOURS_SHOWN)
    ticks = range(0, axis + 1, max(1, axis // 6))
    return card(
        t("处置过程"),
        " · ".join([span, t("{count} 起", count=view.count)] + ([t("含模拟数据")] if view.simulated else [])),
        el("Div",
           el("Div", [el("Span", t("{hour}小时", hour=hour), style={"--at": f"{hour / axis * 100:.1f}%"}) for hour in ticks],
              class_="track-axis", aria_hidden="true"),
           el("Ol", [_track(track, axis, here, state) for track in view.tracks], class_="tracks"),
           el("P", t("横轴：事发后的小时数；只画在办的和历时最长的 {count} 起。", count=len(view.tracks)), class_="notes"))
        if view.tracks else el("P", t("这段时间没有突发事件。"), class_="all-quiet"),
        class_="incidents-timeline",
    )  # fmt: skip


def _hours(track: Track) -> float:
    start = track.incident.occurred_at or track.incident.reported_at
    ends = [one.ended_at for one in track.stages if one.ended_at is not None and one.stage != STAGES[5]]
    return (max(ends) - start) / say.HOUR if start is not None and ends else 0.0


def _track(track: Track, axis: int, here: Session, state: PageState) -> Element:
    texts, start = here.texts, track.incident.occurred_at or track.incident.reported_at or 0
    bars, lanes = [], [0.0]
    for one in track.stages:
        begun = (one.began_at - start) / say.HOUR / axis * 100
        ended = 100.0 if one.ended_at is None else (one.ended_at - start) / say.HOUR / axis * 100
        if begun >= 100:
            continue
        lane = next((number for number, end in enumerate(lanes) if end <= begun), len(lanes))
        lanes[lane : lane + 1] = [min(ended, 100)]
        words = texts.t("{stage}：{begun} 至 {ended}", stage=texts.t(one.stage), begun=here.texts.stamp(one.began_at),
                        ended=here.texts.stamp(one.ended_at) if one.ended_at is not None else texts.t("进行中"))  # fmt: skip
        bars.append(
            el("Li", el("Span", texts.t(one.stage)), title=words,
               class_="bar-stage" + (" bar-running" if one.ended_at is None or ended > 100 else ""),
               style={"--at": f"{max(begun, 0):.2f}%", "--part": f"{max(min(ended, 100) - max(begun, 0), 0.6):.2f}%",
                      "--lane": str(lane)})
        )  # fmt: skip
    return el(
        "Li",
        el("P", link(address(track.incident.id, state), say.original(track.incident.title, texts)),
           el("Span", texts.t("模拟"), class_="status status-simulated") if track.incident.simulated else None,
           class_="track-name"),
        el("Ol", bars, class_="track", style={"--lanes": str(len(lanes))}),
    )  # fmt: skip


def delay_panel(view: DelayView, here: Session, state: PageState) -> Element:
    """The distribution of reporting delays, with median, P90 and the late ones."""
    t, number = here.texts.t, here.texts.number
    most = max((count for _, _, count in view.bins), default=0)
    span = f"{here.texts.stamp(view.first)} — {here.texts.stamp(view.last)}"
    if not view.count and not view.late:
        return card(t("首报时长"), span, el("P", t("这段时间没有可计时的首报。"), class_="all-quiet"))
    figures = [(t("中位数"), view.median), (t("九成以内"), view.p90)]
    return card(
        t("首报时长"),
        span + (" · " + t("含模拟数据") if view.simulated else ""),
        el("Dl",
           [el("Div", el("Dt", name), el("Dd", el("B", number(value)), " ", el("Span", t("分钟"), class_="unit")))
            for name, value in figures],
           el("Div", el("Dt", t("迟报")), el("Dd", el("B", number(len(view.late))), " ", el("Span", t("起"), class_="unit"))),
           class_="delay-figures"),
        el("Ol", [_bin(low, high, count, most, view.limit, here) for low, high, count in view.bins], class_="parts delay-bins"),
        el("P", t("规定时限 {limit} 分钟；有两个时间戳的 {count} 起，缺时间戳的 {without} 起不计。", limit=view.limit,
                  count=view.count, without=view.without), class_="notes"),
        el("Ol", [_late(one, here, state) for one in view.late], class_="task-lines") if view.late else None,
        class_="incidents-delay",
    )  # fmt: skip


def _bin(low: int, high: int | None, count: int, most: int, limit: int, here: Session) -> Element:
    t = here.texts.t
    name = t("{low}—{high} 分钟", low=low, high=high) if high is not None else t("{low} 分钟以上", low=low)
    return el(
        "Li",
        el("Span", name, el("Span", t("超时限"), class_="status status-late") if low >= limit else None, class_="part-name"),
        el("Span", class_="part-bar", style={"--part": f"{count / most * 100 if most else 0:.1f}%"}),
        el("Span", el("B", here.texts.number(count)), " ", el("Span", t("起"), class_="unit"), class_="part-value"),
        class_="part",
    )  # fmt: skip


def _late(one: OpenIncident, here: Session, state: PageState) -> Element:
    return el(
        "Li",
        el("P", link(address(one.id, state), say.original(one.title, here.texts)), class_="task-what"),
        el("P", el("Span", say.late(one, here.texts), class_="overdue"), el("Span", one.place.name),
           el("Span", here.texts.t("模拟"), class_="status status-simulated") if one.simulated else None, class_="task-facts"),
        class_="task-line",
    )  # fmt: skip


def dues_panel(view: DuesView, here: Session, state: PageState) -> Element:
    """Assessments that are due, and what consultations and assessments asked for and is not done."""
    t = here.texts.t
    facts = t("未完成 {count} 项", count=view.total)
    return card(
        t("评估与整改"),
        facts + (" · " + t("含模拟数据") if any(one.incident.simulated for one in view.lines) else ""),
        el("Ol", [_due(one, view.at, here, state) for one in view.lines], class_="task-lines")
        if view.lines else el("P", t("没有待完成的评估和整改。"), class_="all-quiet"),
        class_="incidents-dues",
    )  # fmt: skip


def _due(one: DueLine, now: int, here: Session, state: PageState) -> Element:
    texts = here.texts
    late = now > one.due_at
    what = el("B", texts.t("处置评估")) if one.what == "assessment" else say.original(one.what, texts)
    said = (
        texts.t("已超期 {time}", time=say.duration(now - one.due_at, texts))
        if late else texts.t("{moment} 前完成", moment=here.texts.stamp(one.due_at))
    )  # fmt: skip
    return el(
        "Li",
        el("P", what, " ", say.original(one.owner, texts, class_="quiet") if one.owner else None, class_="task-what"),
        el("P", el("Span", said, class_="overdue" if late else "quiet"),
           link(address(one.incident.id, state), say.original(one.incident.title, texts), class_="inline-link"),
           el("Span", texts.t("模拟"), class_="status status-simulated") if one.incident.simulated else None,
           class_="task-facts"),
        class_="task-line",
    )  # fmt: skip


def history_panel(view: HistoryView, here: Session, state: PageState) -> Element:
    """Every incident, narrowed as the reader likes."""
    t = here.texts.t
    heads = (t("时间"), t("事件"), t("地区"), t("类别"), t("级别"), t("首报时长"), t("状态"))
    return card(
        t("事件库"),
        t("{count} 起", count=view.total),
        _filters(view, here, state),
        el("Div",
           el("Table",
              el("Thead", el("Tr", [el("Th", head, scope="col") for head in heads])),
              el("Tbody", [_past(one, here, state) for one in view.incidents]), class_="table history-table"),
           class_="table-box", tabIndex=0)
        if view.incidents else el("P", t("没有符合条件的事件。"), class_="all-quiet"),
        el("P", t("列出最近的 {shown} 起，共 {count} 起；用筛选缩小范围。", shown=len(view.incidents), count=view.total),
           class_="notes") if view.total > len(view.incidents) else None,
        el("P", t("公开资料中的事件不计入各项指标：单个报道不能说明一共有多少起。"), class_="notes")
        if any(one.published for one in view.incidents) else None,
        class_="incidents-history",
    )  # fmt: skip


def _past(one: OpenIncident, here: Session, state: PageState) -> Element:
    texts, t = here.texts, here.texts.t
    ended = t("在办") if one.terminated_at is None and not one.published else (
        t("来源未载") if one.terminated_at is None else t("终止于 {moment}", moment=texts.moment(one.terminated_at))
    )  # fmt: skip
    return el(
        "Tr",
        el("Td", texts.moment(one.occurred_at) if one.occurred_at is not None else el("Span", t("来源未载"), class_="quiet")),
        el("Th", link(address(one.id, state), say.original(one.title, texts)), " ", say.flags(one, texts), scope="row"),
        el("Td", one.place.name),
        el("Td", say.category(one.category, texts)),
        el("Td", say.level(one.level, texts)),
        el("Td", say.duration(one.delay, texts) if one.delay is not None else "—", class_="number"),
        el("Td", ended),
    )  # fmt: skip


def _filters(view: HistoryView, here: Session, state: PageState) -> Element:
    t = here.texts.t
    kinds: tuple[tuple[str, str, Mapping[str, str]], ...] = (
        ("class", t("类别"), CATEGORIES),
        ("level", t("级别"), {str(level): name for level, name in LEVELS.items()}),
        ("state", t("状态"), STATES),
        ("source", t("来源"), SOURCES),
        ("year", t("年份"), {str(year): str(year) for year in view.years}),
    )
    return el(
        "Div",
        [_filter(*kind, view.filters.get(kind[0]), here, state) for kind in kinds],
        class_="list-filters",
    )


def _filter(
    name: str, label: str, options: Mapping[str, str], chosen: str | None, here: Session, state: PageState
) -> Element:  # fmt: skip
    t = here.texts.t
    ways = [(None, t("全部")), *((value, t(word)) for value, word in options.items())]
    return el(
        "Nav",
        el("Span", label, class_="quiet"),
        el("Div",
           [link(state.filtered(**{name: value}).to_url() or "?", word, aria_current="true" if value == chosen else None)
            for value, word in ways], class_="segments"),
        aria_label=label,
        class_="list-filter",
    )  # fmt: skip


PANELS: Mapping[str, Callable[..., Element]] = {
    "incidents.open": open_panel,
    "incidents.tasks": tasks_panel,
    "incidents.duty": duty_panel,
    "incidents.timeline": timeline_panel,
    "incidents.delay": delay_panel,
    "incidents.dues": dues_panel,
    "incidents.history": history_panel,
}
"""How each panel is drawn."""
