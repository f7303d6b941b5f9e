"""What is done about checked figures and on the page of an indicator: let through, hold back, write a note."""

from collections.abc import Mapping

from indicators.errors import N_
from pages._actions import Act, Done, Fields
from pages._session import Session


def accept(here: Session, fields: Fields) -> Done:
    """Let figures through although they do not add up."""
    here.services.checks.accept(here.actor, fields.whole("id"), fields)
    return Done(said=N_("已放行，看板和大屏恢复显示；理由已留存。"))


def reopen(here: Session, fields: Fields) -> Done:
    """Hold figures back again that were let through."""
    here.services.checks.reopen(here.actor, fields.whole("id"), fields)
    return Done(said=N_("已重新暂扣，看板和大屏不再显示。"))


def note(here: Session, fields: Fields) -> Done:
    """Write a note on an indicator in a region."""
    here.services.indicator_pages.note(here.actor, fields["code"], fields)
    return Done(said=N_("备注已写下。"))


def withdraw_note(here: Session, fields: Fields) -> Done:
    """Take one's own note back."""
    here.services.indicator_pages.withdraw(here.actor, fields.whole("id"))
    return Done(said=N_("备注已收回。"))


ACTS: Mapping[str, Act] = {
    "check.accept": accept,
    "check.reopen": reopen,
    "indicator.note": note,
    "indicator.withdraw_note": withdraw_note,
}
"""What can be done about the books."""
