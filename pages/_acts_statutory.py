"""What a reader does about statutory warnings: write down whether what they warned of came. Nothing else."""

from datetime import datetime
from zoneinfo import ZoneInfo

from indicators.errors import N_, CockpitError, Issue
from pages._actions import Done, Fields
from pages._session import Session


def verify(here: Session, fields: Fields) -> Done:
    """Write down what came of a warning."""
    happened = {"yes": True, "no": False}.get(fields["happened"])
    if happened is None:
        raise CockpitError(Issue("not_chosen", N_("没有选择。"), N_("请选择发生了或没有发生。"), "happened"))
    at = _moment(fields["happened_at"], here) if happened else None
    here.services.statutory.verify(here.actor, fields.whole("warning"), happened, at)
    return Done(said=N_("已登记检验结果。"))


def _moment(text: str, here: Session) -> int | None:
    zone = ZoneInfo(here.services.settings.interface.time_zone)
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())
    except ValueError:
        return None


ACTS = {"statutory.verify": verify}
