"""What is done about several warnings at once, from the list: taken, silenced, given to departments; and undone.

All of what is chosen, or nothing: one transaction, and one issue for everything that stands in the way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from indicators.errors import N_, CockpitError, Issue
from services.access import Actor
from services.alerts import Alerts, AlertView
from services.handling import Flags, Handling
from services.handling_wishes import SilenceWish
from services.supervision import Supervision
from services.warning_views import Badge, Handled

MOST_AT_ONCE = 200

SPANS: Mapping[str, str] = {
    "1": N_("1 天"),
    "3": N_("3 天"),
    "7": N_("7 天"),
    "14": N_("14 天"),
    "30": N_("30 天"),
}
"""How long a silence may be, in days, as the list offers it; a longer one is refused by the settings."""


class WarningActs:
    """Acts on what was chosen in the list."""

    def __init__(
        self,
        handling: Handling,
        supervision: Supervision,
        alerts: Alerts,
        begin: Callable[[], AbstractContextManager[Any]],
        clock: Callable[[], datetime],
    ) -> None:
        self._handling = handling
        self._supervision = supervision
        self._alerts = alerts
        self._begin = begin
        self._clock = clock

    def looked(self, actor: Actor, alerts: Sequence[AlertView]) -> Mapping[str, Handled]:
        """What is being done about warnings, as badges."""
        flags = self._handling.flags(actor, alerts)
        supervised = self._supervision.of_alerts(actor, (alert.id for alert in alerts))
        return {
            one: Handled(tuple(_badges(flag, one in supervised)), flag.folded_under or "", flag.version)
            for one, flag in flags.items()
        }

    def ack(self, actor: Actor, chosen: Mapping[str, int], note: str = "") -> int:
        """Take warnings; how many were taken.

        chosen  the ids, each with the version that was seen
        """
        return self._handling.ack(actor, _some(chosen), note)

    def unack(self, actor: Actor, chosen: Mapping[str, int]) -> int:
        """Give warnings back: the undoing of `ack`."""
        return self._handling.unack(actor, _some(chosen))

    def silence(self, actor: Actor, chosen: Iterable[str], days: int | None, reason: str) -> tuple[int, ...]:
        """Silence each of some warnings, with all below it, for some days; the numbers of the silences.

        What becomes more severe than it is now is heard again.

        days    None: nobody said until when, which is refused
        """
        wanted = _some(dict.fromkeys(chosen, 0))
        until = self._until(days)
        standing = {alert.id: alert for alert in self._alerts.open_alerts(actor)}
        over = [one for one in wanted if one not in standing]
        if over:
            raise CockpitError(
                Issue("record_changed", N_("选中的预警有 {count} 条已经解除。"), N_("页面已更新，请核对后再操作。"),
                      params={"count": len(over)})
            )  # fmt: skip
        with self._begin() as connection:
            return tuple(
                self._handling.silence(
                    actor,
                    SilenceWish(
                        standing[one].region, until, reason, standing[one].rule, level=standing[one].level
                    ),
                    connection,
                )
                for one in wanted
            )

    def hush(self, actor: Actor, rule: str, region: int, level: int, days: int | None, reason: str) -> int:
        """Silence a rule in a region with all below it, up to a level; without a rule everything there. Its number."""
        return self._handling.silence(
            actor, SilenceWish(region, self._until(days), reason, rule, level=level)
        )

    def _until(self, days: int | None) -> int | None:
        return None if days is None else int((self._clock() + timedelta(days=days)).timestamp())

    def lift(self, actor: Actor, silences: Iterable[int]) -> int:
        """End silences before their time: the undoing of `silence`; how many."""
        numbers = list(silences)[:MOST_AT_ONCE]
        for number in numbers:
            self._handling.lift(actor, number)
        return len(numbers)

    def dispatch(self, actor: Actor, chosen: Iterable[str], values: Mapping[str, str]) -> tuple[int, ...]:
        """Give warnings to departments with one instruction; the numbers of the items."""
        wanted = _some(dict.fromkeys(chosen, 0))
        return self._supervision.dispatch_all(actor, [f"alert:{one}" for one in wanted], values)


def _some(chosen: Mapping[str, int]) -> Mapping[str, int]:
    """What was chosen, if that is something and not too much."""
    if not chosen:
        raise CockpitError(Issue("nothing_chosen", N_("没有选中预警。"), N_("请先在列表中勾选。")))
    if len(chosen) > MOST_AT_ONCE:
        raise CockpitError(
            Issue("too_many_chosen", N_("一次最多处置 {most} 条预警。"), params={"most": MOST_AT_ONCE})
        )
    return chosen


def _badges(flags: Flags, supervised: bool) -> Iterable[Badge]:
    if flags.acked:
        yield Badge("acked", flags.acked.by, flags.acked.at, text=flags.acked.note)
    if flags.silenced:
        told = flags.silenced
        yield Badge("silenced", told.by, until=told.ends, text=told.reason, key=str(told.id))
    if supervised:
        yield Badge("supervised")
    if flags.flapping:
        yield Badge("flapping")
