"""What is done about feeds by forms: make one, change it, try it, ask it now, pause it."""

from collections.abc import Mapping

from indicators.errors import N_
from pages._actions import Act, Done, Fields
from pages._components.feeds import outcome
from pages._session import Session
from services.feed_views import RunLine


def save(here: Session, fields: Fields) -> Done:
    """Make a feed or change one."""
    identity = here.services.feeds.save(here.actor, dict(fields))
    return Done(
        go=f"/feeds?open=feed:{identity}", said=N_("已保存。请试接入一次，核对无误后它会按周期自动运行。")
    )


def test(here: Session, fields: Fields) -> Done:
    """Ask the source and store nothing."""
    return _told(here, here.services.feeds.test(here.actor, fields["feed"]))


def run(here: Session, fields: Fields) -> Done:
    """Ask the source now."""
    return _told(here, here.services.feeds.run(here.actor, fields["feed"]))


def switch(here: Session, fields: Fields) -> Done:
    """Pause a feed or let it go on."""
    on = bool(fields["on"])
    here.services.feeds.switch(here.actor, fields["feed"], fields.whole("version"), on=on)
    return Done(said=N_("已恢复，按周期自动运行。") if on else N_("已暂停，不再自动运行。"))


def system(here: Session, fields: Fields) -> Done:
    """Register a system or change it."""
    here.services.registry.save_system(here.actor, dict(fields))
    return Done(go="/feeds?theme=systems", said=N_("已登记系统。"))


def resource(here: Session, fields: Fields) -> Done:
    """Register a resource or change it."""
    here.services.registry.save_resource(here.actor, dict(fields))
    return Done(go="/feeds?theme=resources", said=N_("已登记信息资源。"))


def supply(here: Session, fields: Fields) -> Done:
    """Register who supplies a figure."""
    here.services.registry.save_supply(here.actor, dict(fields))
    return Done(go="/feeds?theme=registry", said=N_("已登记来源，此前的登记保留。"))


def report(here: Session, fields: Fields) -> Done:
    """Hand in the yearly report of a department."""
    here.services.quality.hand_in(
        here.actor, fields["department"], fields.whole("year"), fields.whole("seen"), fields["remarks"]
    )
    there = f"/feeds?theme=reports&open=report:{fields['department']}&filter=year:{fields.whole('year')}"
    return Done(go=there, said=N_("已提交，内容按此刻的登记留存。"))


def _told(here: Session, found: RunLine) -> Done:
    return Done(said=N_("{outcome}"), fields={"outcome": outcome(found, here)})


ACTS: Mapping[str, Act] = {
    "feeds.save": save,
    "feeds.test": test,
    "feeds.run": run,
    "feeds.switch": switch,
    "registry.system": system,
    "registry.resource": resource,
    "registry.supply": supply,
    "registry.report": report,
}
"""What can be done about feeds."""
