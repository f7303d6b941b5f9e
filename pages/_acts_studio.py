"""What is done with drafts of definitions by forms: open, submit, review, publish, withdraw, retire, adopt."""

from collections.abc import Mapping

from indicators.errors import N_
from pages._actions import Act, Done, Fields
from pages._session import Session
from services.studio_views import SubmitWish


def _way(number: int) -> str:
    return f"/studio/{number}"


def _seen(fields: Fields) -> int | None:
    return fields.whole("seen") or None


def begin(here: Session, fields: Fields) -> Done:
    """Open the draft of a definition, or begin one."""
    version = fields.whole("from_version") or None
    draft = here.services.studio.open(
        here.actor, fields["kind"] or "indicator", fields["code"] or None, version
    )
    return Done(_way(draft.id))


def submit(here: Session, fields: Fields) -> Done:
    """Send a draft to review."""
    wish = SubmitWish(
        fields["change"], fields["reason"], fields["break_date"], fields["backcast"], fields["valid_from"]
    )
    here.services.studio.submit(here.actor, fields.whole("id"), fields.whole("revision"), wish)
    return Done(said=N_("已送审，差异与预览已留存。"))


def approve(here: Session, fields: Fields) -> Done:
    """Find a draft right."""
    here.services.studio.approve(here.actor, fields.whole("id"), fields["note"], _seen(fields))
    return Done(said=N_("审核通过，待发布。"))


def send_back(here: Session, fields: Fields) -> Done:
    """Give a draft back."""
    here.services.studio.send_back(here.actor, fields.whole("id"), fields["reason"], _seen(fields))
    return Done(said=N_("已退回给提出人。"))


def publish(here: Session, fields: Fields) -> Done:
    """Put a draft in force from a day on."""
    draft = here.services.studio.publish(here.actor, fields.whole("id"), fields["valid_from"], _seen(fields))
    said = N_("已发布，自 {day} 起停用。") if draft.purpose == "retire" else N_("已发布，自 {day} 起生效。")
    return Done(said=said, fields={"day": str(draft.valid_from)})


def withdraw(here: Session, fields: Fields) -> Done:
    """Give a draft up, or take a publication back before its day."""
    here.services.studio.withdraw(here.actor, fields.whole("id"), fields["why"], _seen(fields))
    return Done(said=N_("已撤回。"))


def reopen(here: Session, fields: Fields) -> Done:
    """Go on with a draft that was withdrawn."""
    here.services.studio.reopen(here.actor, fields.whole("id"), _seen(fields))
    return Done(said=N_("草稿已重新打开。"))


def undo(here: Session, fields: Fields) -> Done:
    """Bring an earlier revision back."""
    here.services.studio.undo(here.actor, fields.whole("id"), fields.whole("revision"), fields.whole("to"))
    return Done(said=N_("已回到第 {to} 次保存的内容。"), fields={"to": fields.whole("to")})


def renew(here: Session, fields: Fields) -> Done:
    """Bring a draft on top of the newer text that was published meanwhile."""
    _, both = here.services.studio.renew(here.actor, fields.whole("id"), fields.whole("revision"))
    if both:
        said = N_("已并入新的版本；两边都改过、保留了草稿写法的字段：{fields}。请核对。")
        return Done(said=said, fields={"fields": "、".join(both)})
    return Done(said=N_("已并入新的版本。"))


def retire(here: Session, fields: Fields) -> Done:
    """Propose to end a figure."""
    draft = here.services.studio.retire(
        here.actor, fields["code"], fields["successor"] or None, fields["valid_from"], fields["reason"]
    )
    return Done(_way(draft.id), N_("已送审，差异与预览已留存。"))


def adopt_file(here: Session, fields: Fields) -> Done:
    """Take what a file proposes up as a draft."""
    draft = here.services.studio.adopt_file(here.actor, fields.whole("proposal"))
    return Done(_way(draft.id), N_("已采纳为草稿，送审、审核、发布后生效。"))


def decline_file(here: Session, fields: Fields) -> Done:
    """Turn down what a file proposes."""
    here.services.studio.decline_file(here.actor, fields.whole("proposal"))
    return Done(said=N_("不采纳；同样的内容不再提出。"))


def adopt_rule(here: Session, fields: Fields) -> Done:
    """Take a proposed change of a rule up as a draft."""
    draft = here.services.studio.adopt_rule(here.actor, fields.whole("proposal"))
    return Done(_way(draft.id), N_("已采纳为草稿，送审、审核、发布后生效。"))


ACTS: Mapping[str, Act] = {
    "studio.open": begin,
    "studio.submit": submit,
    "studio.approve": approve,
    "studio.send_back": send_back,
    "studio.publish": publish,
    "studio.withdraw": withdraw,
    "studio.reopen": reopen,
    "studio.undo": undo,
    "studio.renew": renew,
    "studio.retire": retire,
    "studio.adopt_file": adopt_file,
    "studio.decline_file": decline_file,
    "studio.adopt_rule": adopt_rule,
}
"""What can be done with drafts."""
