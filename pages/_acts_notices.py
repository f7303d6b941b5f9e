"""What is done about messages: wish for them, look after channels, test both, send again."""

from collections.abc import Mapping

from indicators.errors import N_
from pages._actions import Act, Done, Fields
from pages._components.notices import PATH
from pages._session import Session
from services.subscriptions import Delivery
from services.telling_words import fault


def wish(here: Session, fields: Fields) -> Done:
    """Keep what the reader wishes to be told."""
    here.services.subscriptions.save(here.actor, _values(fields))
    return Done(go=PATH, said=N_("已保存订阅。"))


def test(here: Session, fields: Fields) -> Done:
    """Send a test message over one of the reader's channels."""
    return _outcome(here.services.subscriptions.test(here.actor, fields.whole("wish")), here)


def channel(here: Session, fields: Fields) -> Done:
    """Make a channel or change one."""
    here.services.channels.save(here.actor, _values(fields))
    return Done(go=PATH, said=N_("已保存渠道。请发一条测试消息。"))


def switch(here: Session, fields: Fields) -> Done:
    """Switch a channel off or on."""
    on = bool(fields["on"])
    here.services.channels.switch(here.actor, fields["channel"], fields.whole("version"), on=on)
    return Done(said=N_("已启用渠道。") if on else N_("已停用渠道，未发出的消息不再发送。"))


def channel_test(here: Session, fields: Fields) -> Done:
    """Send a test message over a channel."""
    return _outcome(here.services.channels.test(here.actor, fields["channel"]), here)


def again(here: Session, fields: Fields) -> Done:
    """Send once more what was given up."""
    here.services.channels.again(here.actor, fields.whole("delivery"))
    return Done(said=N_("已放回发件箱，即将再次发送。"))


def _outcome(delivery: Delivery | None, here: Session) -> Done:
    if delivery is not None and delivery.state == "sent":
        return Done(said=N_("测试消息已送出。"))
    if delivery is not None and delivery.error:
        return Done(said=N_("没有送出：{error}"), fields={"error": fault(delivery.error, here.texts)})
    return Done(said=N_("测试消息还在发送，结果见下方。"))


def _values(fields: Fields) -> dict[str, str]:
    return {**fields, "kinds": " ".join(fields.all("kinds"))}


ACTS: Mapping[str, Act] = {
    "notices.wish": wish,
    "notices.test": test,
    "notices.channel": channel,
    "notices.switch": switch,
    "notices.channel_test": channel_test,
    "notices.again": again,
}
