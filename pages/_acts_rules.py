"""What is done about rules by forms: propose a change, take a proposal back."""

from collections.abc import Mapping

from indicators.errors import N_
from pages._actions import Act, Done, Fields
from pages._session import Session
from pages._state import PageState
from services.backtest import wish_of


def propose(here: Session, fields: Fields) -> Done:
    """Propose what is tried on the page of a rule, with what a back-test says of it."""
    rule = fields["rule"]
    draft = PageState.from_query({"filter": fields["filter"]}).filters
    here.services.rule_proposals.propose(
        here.actor, wish_of(rule, draft), fields["reason"], fields.whole("mute"), here.language
    )
    return Done(f"/rule/{rule}", N_("已提出修改建议，回测结果一并留存。"))


def withdraw(here: Session, fields: Fields) -> Done:
    """Take a proposal back."""
    here.services.rule_proposals.withdraw(here.actor, fields.whole("id"), fields["why"])
    return Done(said=N_("已撤回这条修改建议。"))


ACTS: Mapping[str, Act] = {"rule.propose": propose, "rule.withdraw": withdraw}
"""What can be done about rules."""
