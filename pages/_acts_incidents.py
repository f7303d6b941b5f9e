"""What a reader does with incidents: register, carry through the stages, order, report, end, assess."""

from collections.abc import Callable, Mapping

from indicators.errors import N_
from pages._actions import Act, Done, Fields
from pages._session import Session
from services.access import Actor
from services.incidents import Incidents

Work = Callable[[Incidents, Actor, int, Mapping[str, str]], None]


def register(here: Session, fields: Fields) -> Done:
    """Enter an incident and go to its page."""
    number = here.services.incidents.register(here.actor, _sent(fields))
    return Done(go=f"/incident/{number}", said=N_("已登记，进入接报阶段。"))


def merge(here: Session, fields: Fields) -> Done:
    """Merge a duplicate into the incident that it repeats."""
    into = fields.whole("into")
    here.services.incidents.merge(here.actor, fields.whole("incident"), into, fields["reason"])
    return Done(go=f"/incident/{into}", said=N_("已合并，两份报告都保留。"))


def accept(here: Session, fields: Fields) -> Done:
    """Accept what a plan proposes."""
    here.services.incidents.accept(here.actor, fields.whole("incident"), fields["plan"])
    return Done(said=N_("已采纳预案：响应已启动，任务已下达。"))


def duty(here: Session, fields: Fields) -> Done:
    """Put somebody on duty."""
    here.services.incidents.set_duty(here.actor, _sent(fields))
    return Done(said=N_("排班已保存。"))


def _sent(fields: Fields) -> dict[str, str]:
    """The fields that were sent, and no others: what a form does not hold is not to be changed."""
    return {name: fields[name] for name in fields}


def _on_page(work: Work, said: str) -> Act:
    """An act on an incident: after a form its page stands without the form, after a button it is drawn anew."""

    def act(here: Session, fields: Fields) -> Done:
        number = fields.whole("incident")
        work(here.services.incidents, here.actor, number, _sent(fields))
        return Done(go=f"/incident/{number}" if fields["form_open"] else "", said=said)

    return act


ACTS: Mapping[str, Act] = {
    "incident.register": register,
    "incident.merge": merge,
    "incident.accept": accept,
    "incident.duty": duty,
    "incident.correct": _on_page(Incidents.correct, N_("已更正，原内容记入日志。")),
    "incident.stage": _on_page(Incidents.begin_stage, N_("已进入阶段。")),
    "incident.stage_end": _on_page(Incidents.end_stage, N_("阶段已结束。")),
    "incident.stage_correct": _on_page(Incidents.correct_stage, N_("已更正，原记录保留。")),
    "incident.warning": _on_page(Incidents.set_warning, N_("预警级别已记录，响应级别不变。")),
    "incident.response": _on_page(Incidents.set_response, N_("响应级别已记录，预警级别不变。")),
    "incident.report": _on_page(Incidents.report, N_("报告已提交。")),
    "incident.assign": _on_page(Incidents.assign, N_("任务已下达。")),
    "incident.task": _on_page(Incidents.task, N_("已登记。")),
    "incident.note": _on_page(Incidents.write_log, N_("已写入日志。")),
    "incident.consult": _on_page(Incidents.consult, N_("会商已保存。")),
    "incident.action": _on_page(Incidents.close_action, N_("事项已办结。")),
    "incident.terminate": _on_page(Incidents.terminate, N_("响应已终止。")),
    "incident.assess": _on_page(Incidents.assess, N_("评估已提交。")),
}
