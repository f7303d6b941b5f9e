"""What is done about plans, targets, evidence and scorecards by forms."""

from collections.abc import Callable, Mapping

from indicators.errors import N_
from pages._actions import Act, Done, Fields
from pages._acts_collection import sent
from pages._session import Session
from services.access import Actor
from services.plans_book import PlanRecords
from services.scorecards import Scorecards

Values = Mapping[str, str]


def add_plan(here: Session, fields: Fields) -> Done:
    """Enter a plan."""
    here.services.plans_book.add_plan(here.actor, sent(fields))
    return Done(go="/plans", said=N_("规划已登记。"))


def add_target(here: Session, fields: Fields) -> Done:
    """Enter a target and open it."""
    key = here.services.plans_book.add_target(here.actor, sent(fields))
    return Done(go=f"/plans?open=target:{key}", said=N_("目标已登记。"))


def end_target(here: Session, fields: Fields) -> Done:
    """Let a target hold no longer."""
    here.services.plans_book.end(here.actor, fields["target"], sent(fields))
    return Done(go="/plans", said=N_("目标已终止，记录保留。"))


def _on_target(work: Callable[[PlanRecords, Actor, str, Values], object], said: str) -> Act:
    """An act on a target; it stands open afterwards, without the form."""

    def act(here: Session, fields: Fields) -> Done:
        key = fields["target"]
        work(here.services.plans_book, here.actor, key, sent(fields))
        return Done(go=f"/plans?open=target:{key}", said=said)

    return act


def rule(here: Session, fields: Fields) -> Done:
    """Accept a piece of evidence, or return it."""
    key = here.services.plans_book.rule(here.actor, fields.whole("evidence"), sent(fields))
    return Done(go=f"/plans?open=target:{key}", said=N_("核收结论已保存。"))


# ---- scorecards


def create(here: Session, fields: Fields) -> Done:
    """Begin a scorecard and go to it."""
    number = here.services.scorecards.create(here.actor, sent(fields, "chosen"))
    return Done(go=f"/scorecard/{number}", said=N_("已新建评分表，请添加评分项。"))


def put(here: Session, fields: Fields) -> Done:
    """Keep a line of a card."""
    number = fields.whole("card")
    here.services.scorecards.put(here.actor, number, sent(fields, "only"))
    return Done(go=f"/scorecard/{number}", said=N_("评分项已保存。"))


def rule_appeal(here: Session, fields: Fields) -> Done:
    """Decide an appeal."""
    number = here.services.scorecards.rule(here.actor, fields.whole("appeal"), sent(fields))
    return Done(go=f"/scorecard/{number}", said=N_("裁定已保存，并告知申诉人。"))


def _on_card(work: Callable[[Scorecards, Actor, int, Values], object], said: str) -> Act:
    """An act on a card; its page stands afterwards without the form."""

    def act(here: Session, fields: Fields) -> Done:
        number = fields.whole("card")
        work(here.services.scorecards, here.actor, number, sent(fields))
        return Done(go=f"/scorecard/{number}", said=said)

    return act


ACTS: Mapping[str, Act] = {
    "plan.add": add_plan,
    "target.add": add_target,
    "target.change": _on_target(PlanRecords.change, N_("目标已调整，原来的目标值保留。")),
    "target.assign": _on_target(PlanRecords.assign, N_("责任部门已指定。")),
    "target.end": end_target,
    "evidence.add": _on_target(PlanRecords.hand_in, N_("凭证已提交。")),
    "evidence.rule": rule,
    "scorecard.create": create,
    "scorecard.put": put,
    "scorecard.remove": _on_card(Scorecards.remove, N_("评分项已删去，以前的版次不变。")),
    "scorecard.give": _on_card(Scorecards.give, N_("得分已保存。")),
    "scorecard.show": _on_card(Scorecards.show, N_("已公示，得分已固化。")),
    "scorecard.recall": _on_card(Scorecards.recall, N_("已撤下，可以重新编制。")),
    "scorecard.confirm": _on_card(Scorecards.confirm, N_("评分已确认。")),
    "scorecard.withdraw": _on_card(Scorecards.withdraw, N_("评分表已撤回。")),
    "scorecard.appeal": _on_card(Scorecards.lodge, N_("申诉已提交，等待裁定。")),
    "scorecard.rule": rule_appeal,
}
