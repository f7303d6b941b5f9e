"""What a reader does with warnings: take, silence, note, answer, one or several at once; and keep a way of looking."""

from collections.abc import Mapping

from indicators.errors import N_, CockpitError, Issue
from pages._actions import Act, Done, Fields
from pages._session import Session
from services.handling_wishes import Answer


def bulk(here: Session, fields: Fields) -> Done:
    """What the button says, with everything that was ticked."""
    act = BULK.get(fields["do"])
    if act is None:
        raise CockpitError(Issue("unknown_act", N_("没有这个操作。"), N_("请刷新页面后再试。")))
    return act(here, fields)


def ack(here: Session, fields: Fields) -> Done:
    """Take warnings."""
    chosen = _picked(fields)
    count = here.services.warning_acts.ack(here.actor, chosen, fields["note"])
    return Done(
        said=N_("已知悉 {count} 条预警。"),
        fields={"count": count},
        undo=("warnings.unack", {"pick": fields.all("pick")}),
    )


def unack(here: Session, fields: Fields) -> Done:
    """Give warnings back."""
    count = here.services.warning_acts.unack(here.actor, _picked(fields))
    return Done(said=N_("已撤销知悉 {count} 条。"), fields={"count": count})


def silence(here: Session, fields: Fields) -> Done:
    """Silence warnings until a moment."""
    days = fields.whole("until") or None
    numbers = here.services.warning_acts.silence(here.actor, _picked(fields), days, fields["reason"])
    undo = ("warnings.lift", {"silence": [str(number) for number in numbers]})
    return Done(said=N_("已静默 {count} 条预警，到期自动恢复。"), fields={"count": len(numbers)}, undo=undo)


def hush(here: Session, fields: Fields) -> Done:
    """Silence a rule, a place, or a rule in a place, until a moment."""
    number = here.services.warning_acts.hush(
        here.actor,
        fields["rule"],
        fields.whole("region"),
        fields.whole("level", 1),
        fields.whole("until") or None,
        fields["reason"],
    )
    return Done(said=N_("静默已设置，到期自动恢复。"), undo=("warnings.lift", {"silence": [str(number)]}))


def lift(here: Session, fields: Fields) -> Done:
    """End silences before their time."""
    numbers = [
        int(text) for text in fields.all("silence") if text.isascii() and text.isdigit() and len(text) < 10
    ]
    count = here.services.warning_acts.lift(here.actor, numbers)
    return Done(said=N_("已解除 {count} 条静默。"), fields={"count": count})


def dispatch(here: Session, fields: Fields) -> Done:
    """Give warnings to departments."""
    values = {name: fields[name] for name in ("department", "days", "instruction", "unit")}
    numbers = here.services.warning_acts.dispatch(here.actor, _picked(fields), values)
    return Done(said=N_("已派单督办 {count} 项，当前数据已固化留存。"), fields={"count": len(numbers)})


def note(here: Session, fields: Fields) -> Done:
    """Write a note on a warning."""
    here.services.handling.note(here.actor, fields["alert"], fields["text"])
    return Done(said=N_("已写入备注。"))


def answer(here: Session, fields: Fields) -> Done:
    """Answer a warning: nothing need be done, and why."""
    given = Answer("no_action", fields["text"], reason=fields["reason"])
    here.services.handling.answer(here.actor, fields["alert"], given)
    return Done(said=N_("已回应：无需处置。"))


def keep(here: Session, fields: Fields) -> Done:
    """Keep a way of looking at the list."""
    here.services.centre.keep_view(here.actor, fields["name"], fields["address"])
    return Done(said=N_("已保存视图。"))


def forget(here: Session, fields: Fields) -> Done:
    """Let a view go."""
    gone = here.services.centre.forget_view(here.actor, fields.whole("view"))
    if gone is None:
        return Done(said=N_("这个视图已经删除。"))
    undo = ("warnings.keep", {"name": [gone.name], "address": [gone.address]})
    return Done(said=N_("已删除视图“{name}”。"), fields={"name": gone.name}, undo=undo)


def _picked(fields: Fields) -> dict[str, int]:
    """What was ticked: the ids of warnings, each with the version that was seen."""
    pairs = (one.rpartition("@") for one in fields.all("pick"))
    return {
        alert: int(version)
        for alert, _, version in pairs
        if alert and version.isascii() and version.isdigit()
    }


BULK: Mapping[str, Act] = {"ack": ack, "unack": unack, "silence": silence, "dispatch": dispatch}

ACTS: Mapping[str, Act] = {
    "warnings.bulk": bulk,
    "warnings.ack": ack,
    "warnings.unack": unack,
    "warnings.silence": silence,
    "warnings.hush": hush,
    "warnings.lift": lift,
    "warnings.note": note,
    "warnings.answer": answer,
    "warnings.keep": keep,
    "warnings.forget": forget,
}
