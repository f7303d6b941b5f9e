"""The forms of the incident room: one is open at a time, where its outcome will stand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from indicators.errors import N_
from pages._components import forms
from pages._components import incident_words as say
from pages._components.elements import Child, Element, el, link
from pages._session import Session, region_name
from services.incident_rules import CATEGORIES, CHANNELS, LEVELS, METRICS, ROMAN, STAGES, standing_stages
from services.incident_views import IncidentPage
from services.texts import LEVEL_WORDS

WARNINGS = ("", *(LEVEL_WORDS[name] for name in ("blue", "yellow", "orange", "red")))

Fields = Callable[[IncidentPage, Session], Sequence[Child]]


@dataclass(frozen=True)
class Edit:
    """One thing that can be done on the page of an incident.

    offered  whether it makes sense for this incident now
    wide     whether the fields stand side by side
    """

    title: str
    act: str
    submit: str
    fields: Fields
    offered: Callable[[IncidentPage], bool]
    wide: bool = False
    ask: str = ""


def edit_form(name: str, view: IncidentPage, here: Session, back: str, row: str = "") -> Element:
    """The form of an edit; ``row`` names the line that it is about."""
    edit, t = (ANSWER if name == "answer" else EDITS[name]), here.texts.t
    return forms.form(
        here,
        edit.act,
        forms.hidden("incident", view.head.id),
        forms.hidden("form_open", "yes"),
        forms.hidden("row", row) if row else None,
        *edit.fields(view, here),
        submit=t(edit.submit),
        cancel=link(back, t("取消"), class_="button button-quiet"),
        class_="incident-form form-wide" if edit.wide else "incident-form",
        ask=t(edit.ask) if edit.ask else "",
    )


def local(at: int, here: Session) -> str:
    """An instant as a field for a moment has it."""
    return here.texts.local(at).strftime("%Y-%m-%dT%H:%M")


def _options(words: Mapping[str, str], here: Session) -> list[tuple[str, str]]:
    return [(value, here.texts.t(word)) for value, word in words.items()]


def _levels(here: Session) -> list[tuple[str, str]]:
    return [(str(value), here.texts.t(name)) for value, name in LEVELS.items()]


def _counts(here: Session, values: Mapping[str, str] | None = None) -> list[Element]:
    """A field for every casualty and loss figure; an empty one says nothing about it."""
    t = here.texts.t
    return [
        forms.number(name, t(word), (values or {}).get(name, ""), unit=t(unit)) for name, (word, unit) in METRICS.items()
    ]  # fmt: skip


def _at(view: IncidentPage, here: Session, name: str = "at", label: str = N_("时间")) -> Element:
    return forms.moment(name, here.texts.t(label), local(view.at, here))


# ---- the fields of each edit


def _place(view: IncidentPage, here: Session) -> Sequence[Child]:
    t, head = here.texts.t, view.head
    return [
        forms.text("place", t("地点"), head.place, hint=t("写到路口、村组或单位；不清楚可以先写大致方位。")),
        forms.number("lon", t("经度"), head.lon, unit="°", hint=t("不知道坐标时两项都留空。")),
        forms.number("lat", t("纬度"), head.lat, unit="°"),
        _regions(here, f"{head.region:012d}"),
    ]


def _head(view: IncidentPage, here: Session) -> Sequence[Child]:
    t, head = here.texts.t, view.head
    return [
        forms.text("title", t("事件名称"), head.title, required=True),
        forms.select("category", t("类别"), _options(CATEGORIES, here), head.category, required=True),
        forms.select("level", t("事件级别"), _levels(here), str(head.level)),
        forms.text("kind", t("事件种类"), head.kind),
        forms.text("code", t("分类码"), head.code),
        forms.text("code_system", t("分类码体系"), head.code_system),
        forms.moment("occurred_at", t("事发时间"), local(head.occurred_at, here) if head.occurred_at is not None else "",
                     required=True),
        forms.moment("reported_at", t("首报时间"), local(head.reported_at, here) if head.reported_at is not None else "",
                     required=True),
    ]  # fmt: skip


def _merge(view: IncidentPage, here: Session) -> Sequence[Child]:
    t = here.texts.t
    others = here.services.incidents.open_incidents(here.actor, (), here.language)
    named = [
        (str(one.id), f"#{one.id} {one.title}（{one.place.name}）")
        for one in others
        if one.id != view.head.id
    ]
    return [
        forms.select("into", t("并入"), [("", t("请选择")), *named], str(view.twins[0].id) if view.twins else "", required=True),
        forms.text("reason", t("理由"), required=True, hint=t("两份报告都保留；各项指标只计一次。")),
    ]  # fmt: skip


def _terminate(_view: IncidentPage, here: Session) -> Sequence[Child]:
    t = here.texts.t
    days = here.services.incidents.rules.limits.assessment_days
    return [
        forms.area("note", t("终止理由"), required=True, hint=t("各阶段和响应随之结束。")),
        forms.check("assess", t("需要处置评估，{days} 天内完成", days=days), True, value="1",
                    hint=t("启动过响应、较大及以上或敏感的事件一律要评估。")),
    ]  # fmt: skip


def _stage(view: IncidentPage, here: Session) -> Sequence[Child]:
    t = here.texts.t
    used = {one.stage for one in view.stages}
    following = next((stage for stage in STAGES if stage not in used), STAGES[2])
    return [
        forms.select("stage", t("阶段"), [(stage, t(stage)) for stage in STAGES], following, required=True),
        _at(view, here, label=N_("开始时间")),
        forms.text("note", t("说明")),
    ]


def _stage_rows(view: IncidentPage, here: Session, running: bool) -> list[tuple[str, str]]:
    texts = here.texts
    rows = [one for one in standing_stages(view.stages) if not running or one.ended_at is None]
    return [(str(one.id), f"{texts.t(one.stage)} · {texts.moment(one.began_at)}") for one in rows]


def _stage_end(view: IncidentPage, here: Session) -> Sequence[Child]:
    t, rows = here.texts.t, _stage_rows(view, here, running=True)
    return [
        forms.select("row", t("阶段"), rows, rows[-1][0], required=True),
        _at(view, here, label=N_("结束时间")),
    ]


def _stage_correct(view: IncidentPage, here: Session) -> Sequence[Child]:
    t = here.texts.t
    return [
        forms.select("row", t("阶段"), _stage_rows(view, here, running=False), required=True),
        forms.moment("began_at", t("开始时间"), required=True),
        forms.moment("ended_at", t("结束时间"), hint=t("还在进行就留空。")),
        forms.text("note", t("更正理由"), required=True),
    ]


def _warning(view: IncidentPage, here: Session) -> Sequence[Child]:
    t = here.texts.t
    options = [(str(level), t(WARNINGS[level]) if level else t("解除")) for level in (4, 3, 2, 1, 0)]
    return [
        forms.select("level", t("预警级别"), options, str(view.line.warning), required=True,
                     hint=t("只记预警级别，不改变响应级别。")),
        _at(view, here),
        forms.text("note", t("依据")),
    ]  # fmt: skip


def _response(view: IncidentPage, here: Session) -> Sequence[Child]:
    t = here.texts.t
    options = [
        (str(level), t("{level}级", level=ROMAN[level]) if level else t("终止")) for level in (1, 2, 3, 4, 0)
    ]
    kinds = [
        plan.response for plan in here.services.incidents.rules.plans if plan.category == view.head.category
    ]
    return [
        forms.text("kind", t("响应种类"), view.line.responses[0][0] if view.line.responses else (kinds or [""])[0],
                   hint=t("如防风、防汛、救灾。")),
        forms.select("level", t("响应级别"), options, str(view.line.response or 4), required=True,
                     hint=t("只记响应级别，不改变预警级别。")),
        _at(view, here),
        forms.text("note", t("依据")),
    ]  # fmt: skip


def _report(view: IncidentPage, here: Session) -> Sequence[Child]:
    t = here.texts.t
    kinds = {"followup": say.REPORTS["followup"], "final": say.REPORTS["final"]}
    return [
        forms.select("kind", t("报告"), _options(kinds, here), "followup"),
        _at(view, here, label=N_("报告时间")),
        *_counts(here),
        forms.area("note", t("情况说明"), hint=t("空着的数字保持原来的数；新数字不覆盖旧数字，都留版本。")),
    ]


def _task(_view: IncidentPage, here: Session) -> Sequence[Child]:
    t = here.texts.t
    return [
        forms.text("unit", t("单位"), required=True),
        forms.number("minutes", t("限时反馈"), 120, unit=t("分钟"), required=True),
        forms.area("task", t("任务"), required=True),
        forms.check("rescue", t("派出队伍，须到场"), value="1"),
        forms.check("site", t("须接通现场音视频"), value="1"),
    ]


def _answer(_view: IncidentPage, here: Session) -> Sequence[Child]:
    return [
        forms.hidden("what", "answered"),
        forms.area("answer", here.texts.t("反馈处置结果"), required=True),
    ]


def _note(_view: IncidentPage, here: Session) -> Sequence[Child]:
    return [forms.area("note", here.texts.t("记事"), required=True)]


def _consult(view: IncidentPage, here: Session) -> Sequence[Child]:
    t = here.texts.t
    return [
        forms.select("form", t("形式"), _options(say.FORMS, here), "video"),
        _at(view, here),
        forms.text("members", t("参加单位")),
        forms.area("outcome", t("会商意见"), required=True),
        forms.area("actions", t("议定事项"), hint=t("一行一项，写作“责任单位：事项”。")),
        forms.number("hours", t("完成时限"), 24, unit=t("小时")),
    ]


def _assess(_view: IncidentPage, here: Session) -> Sequence[Child]:
    t = here.texts.t
    return [
        forms.area("findings", t("评估结论"), required=True),
        forms.area("fixes", t("整改措施"), hint=t("一行一项，写作“责任单位：事项”。")),
        forms.number("days", t("整改时限"), 30, unit=t("天")),
    ]


def _open(view: IncidentPage) -> bool:
    return view.head.open


EDITS: Mapping[str, Edit] = {
    "place": Edit(N_("补充或更正地点"), "incident.correct", N_("保存地点"), _place, _open, wide=True),
    "head": Edit(N_("更正要素"), "incident.correct", N_("保存更正"), _head, _open, wide=True),
    "merge": Edit(N_("合并到另一事件"), "incident.merge", N_("合并"), _merge, _open,
                  ask=N_("合并后这份报告只作留存，不再单独处置。确定合并吗？")),
    "terminate": Edit(N_("终止响应"), "incident.terminate", N_("终止响应"), _terminate, _open,
                      ask=N_("终止后不能再下达任务。确定终止吗？")),
    "stage": Edit(N_("进入阶段"), "incident.stage", N_("进入阶段"), _stage, _open, wide=True),
    "stage_end": Edit(N_("结束阶段"), "incident.stage_end", N_("结束阶段"), _stage_end,
                      lambda view: view.head.open and any(one.ended_at is None for one in standing_stages(view.stages)), wide=True),
    "stage_correct": Edit(N_("更正阶段"), "incident.stage_correct", N_("保存更正"), _stage_correct,
                          lambda view: view.head.open and bool(view.stages), wide=True),
    "warning": Edit(N_("调整预警级别"), "incident.warning", N_("记录预警级别"), _warning, _open),
    "response": Edit(N_("调整响应级别"), "incident.response", N_("记录响应级别"), _response, _open),
    "report": Edit(N_("续报"), "incident.report", N_("提交报告"), _report, _open, wide=True),
    "task": Edit(N_("下达任务"), "incident.assign", N_("下达任务"), _task, _open, wide=True),
    "note": Edit(N_("记事"), "incident.note", N_("写入日志"), _note, _open),
    "consult": Edit(N_("记录会商"), "incident.consult", N_("保存会商"), _consult, _open, wide=True),
    "assess": Edit(N_("完成评估"), "incident.assess", N_("提交评估"), _assess,
                   lambda view: view.assessment is not None and view.assessment.done_at is None),
}  # fmt: skip
"""What can be done on the page of an incident, by the name that stands in its address."""

ANSWER = Edit(N_("反馈"), "incident.task", N_("提交反馈"), _answer, _open)


# ---- forms of their own pages


def _regions(here: Session, chosen: str) -> Element:
    """The regions that the reader may act in, townships under their county."""
    tree, incidents = here.services.tree, here.services.incidents
    own = sorted(incidents.within(here.actor), key=lambda code: (*reversed(tree.ancestors(code)), code))
    depth = {code: len(tree.ancestors(code)) for code in own}
    least = min(depth.values(), default=0)
    options = [
        (f"{code:012d}", "\u3000" * (depth[code] - least) + region_name(code, here.texts))
        for code in own
        if not tree.get(code).reporting_unit
    ]
    t = here.texts.t
    return forms.select("region", t("所在地区"), [("", t("请选择")), *options], chosen, required=True,
                        hint=t("先落到县区也可以，镇街清楚后再更正。"))  # fmt: skip


def new_form(here: Session, region: str, back: str) -> Element:
    """Register an incident."""
    t, rules = here.texts.t, here.services.incidents.rules
    now = here.services.incidents.now()
    kinds = sorted({kind for listed in rules.kinds.values() for kind in listed})
    return el(
        "Div",
        el("Datalist", [el("Option", value=kind) for kind in kinds], id="incident-kinds"),
        forms.form(
            here,
            "incident.register",
            forms.text("title", t("事件名称"), required=True, hint=t("何地、何事，如“沙琅镇山体滑坡”。")),
            forms.select("category", t("类别"), [("", t("请选择")), *_options(CATEGORIES, here)], required=True),
            forms.text("kind", t("事件种类"), list="incident-kinds"),
            forms.select("level", t("事件级别"), _levels(here), "0"),
            _regions(here, region),
            forms.text("place", t("地点"), hint=t("还不清楚就留空，登记后会继续提醒。")),
            forms.moment("occurred_at", t("事发时间"), required=True, hint=t("不清楚时填发现时间。")),
            forms.moment("reported_at", t("首报时间"), local(now, here), required=True),
            forms.text("reported_by", t("报送单位或人员")),
            forms.select("channel", t("接报渠道"), [("", t("请选择")), *[(one, t(one)) for one in CHANNELS]]),
            forms.area("note", t("情况说明")),
            el("Details",
               el("Summary", t("伤亡、坐标和其他要素")),
               el("Div",
                  *_counts(here),
                  forms.number("lon", t("经度"), unit="°", hint=t("不知道坐标时两项都留空。")),
                  forms.number("lat", t("纬度"), unit="°"),
                  forms.text("code", t("分类码")),
                  forms.text("code_system", t("分类码体系"), rules.code_system),
                  forms.select("confidentiality", t("密级"), _options(say.CONFIDENTIALITY, here), "internal"),
                  class_="form form-wide"),
               class_="field-wide more-fields"),
            forms.check("reportable", t("属于应报事件"), True, value="1"),
            forms.check("sensitive", t("敏感事件"), value="1"),
            submit=t("登记事件"),
            cancel=link(back, t("取消"), class_="button button-quiet"),
            class_="form-wide incident-new",
            busy=t("正在登记…"),
        ),
    )  # fmt: skip


def duty_form(here: Session, region: str, back: str) -> Element:
    """Put somebody on duty."""
    t = here.texts.t
    today = here.texts.local(here.services.incidents.now()).strftime("%Y-%m-%d")
    return forms.form(
        here,
        "incident.duty",
        _regions(here, region),
        forms.date("day", t("日期"), today, required=True),
        forms.select("shift", t("班次"), _options({"day": N_("白班 8:00—20:00"), "night": N_("夜班 20:00—次日8:00")}, here), "day"),
        forms.select("role", t("岗位"), _options(say.ROLES, here), "officer"),
        forms.text("name", t("值班人"), required=True),
        forms.text("post", t("职务")),
        forms.text("phone", t("电话"), required=True, inputMode="tel"),
        submit=t("保存排班"),
        cancel=link(back, t("取消"), class_="button button-quiet"),
        class_="form-wide",
    )  # fmt: skip
