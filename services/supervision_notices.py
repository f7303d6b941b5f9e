"""What is told of supervised items: who gets which sentence when something happens to one."""

from collections.abc import Mapping

from data_access.supervision import Item, Step
from indicators.errors import N_
from indicators.supervision import Act
from services.notices import Line, Notice

SENTENCES: Mapping[Act, str] = {
    Act.DISPATCH: N_("督办派单：{title}，请在 {day} 前反馈"),
    Act.SIGN: N_("督办已签收：{title}"),
    Act.ANSWER: N_("督办已反馈，待审核：{title}"),
    Act.RETURN: N_("督办退回，请在 {day} 前再次反馈：{title}"),
    Act.CLOSE: N_("督办办结：{title}"),
    Act.WITHDRAW: N_("督办撤回：{title}"),
    Act.URGE: N_("督办催办：{title}，请在 {day} 前反馈"),
    Act.TAKE_OVER: N_("督办审核人变更：{title}"),
    Act.OVERDUE: N_("督办超期：{title}，{what}"),
    Act.RECOVER: N_("督办的指标已恢复，可以回看：{title}"),
}
OVERDUE = {
    "sign": N_("超期未签收"),
    "answer": N_("超期未反馈"),
    "review": N_("超期未审核"),
}
"""What may be overdue of an item."""

TO_DEPARTMENT = frozenset({Act.DISPATCH, Act.RETURN, Act.CLOSE, Act.WITHDRAW, Act.URGE, Act.OVERDUE})
"""Of these the department hears beside the reviewer."""


def notice(item: Item, step: Step) -> Notice:
    """What is told of a step: an overdue item to everybody who supervises there, the rest to those concerned."""
    act = Act(step.act)
    day = step.due_on or item.due_on
    told: dict[str, object] = {
        "title": {"zh": item.title_zh, "en": item.title_en},
        "day": f"{day // 10000}-{day // 100 % 100:02}-{day % 100:02}",
        "what": OVERDUE.get(step.reason, ""),
    }
    line = Line(item.region, SENTENCES[act], told, only=item.region)
    said = Line(item.region, N_("“{text}”"), {"text": {"zh": step.text, "en": step.text}}, only=item.region)
    lines = (line, said) if step.text else (line,)
    return Notice(
        key=f"supervision:{item.id}:{step.number}",
        kind=f"supervision.{act.value}",
        region=item.region,
        system=item.system,
        level=item.level,
        subject=line,
        lines=lines,
        address=f"/supervision/{item.id}",
        at=step.at,
        to=() if act is Act.OVERDUE else (item.reviewer,),
        department=item.department if act in TO_DEPARTMENT else "",
    )
