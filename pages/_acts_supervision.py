"""What a reader does with supervised items: dispatch, sign, answer, return, close, urge, withdraw."""

from collections.abc import Callable, Mapping

from indicators.errors import N_
from pages._actions import Act, Done, Fields
from pages._session import Session
from services.access import Actor
from services.supervision import Supervision

Work = Callable[[Supervision, Actor, int, Mapping[str, str]], None]


def dispatch(here: Session, fields: Fields) -> Done:
    """Give a matter to a department and go to the item."""
    number = here.services.supervision.dispatch(here.actor, fields["source"], _sent(fields))
    return Done(go=f"/supervision/{number}", said=N_("已派单，当前数据已固化留存。"))


def correct_day(here: Session, fields: Fields) -> Done:
    """Correct the working calendar by hand."""
    here.services.supervision.correct_day(here.actor, _sent(fields))
    return Done(go="/supervision", said=N_("工作日历已更正，已定的时限不变。"))


def _sent(fields: Fields) -> dict[str, str]:
    return {name: fields[name] for name in fields}


def _on_item(work: Work, said: str) -> Act:
    """An act on an item; its page stands afterwards without the form."""

    def act(here: Session, fields: Fields) -> Done:
        number = fields.whole("item")
        work(here.services.supervision, here.actor, number, _sent(fields))
        return Done(go=f"/supervision/{number}", said=said)

    return act


ACTS: Mapping[str, Act] = {
    "supervision.dispatch": dispatch,
    "supervision.sign": _on_item(Supervision.sign, N_("已签收。")),
    "supervision.answer": _on_item(Supervision.answer, N_("反馈已提交，等待审核。")),
    "supervision.return": _on_item(Supervision.send_back, N_("已退回，原反馈保留。")),
    "supervision.close": _on_item(Supervision.close, N_("已办结。")),
    "supervision.urge": _on_item(Supervision.urge, N_("已催办。")),
    "supervision.withdraw": _on_item(Supervision.withdraw, N_("已撤回。")),
    "supervision.take_over": _on_item(Supervision.take_over, N_("您现在是审核人。")),
    "supervision.workday": correct_day,
}
