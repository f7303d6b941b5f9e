"""What a change of regions touches before it is carried out: figures, warnings, rights, targets, outlines, comparisons."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

from data_access import outline_files
from data_access.accounts import Account
from data_access.alerts import StoredAlert
from data_access.outbox import Subscription
from data_access.region_changes import Proposal, RegionStore
from indicators.region_changes import Change
from indicators.regions import RegionTree
from services.region_views import Affected
from services.scenes import name_of

ONE_DAY = timedelta(days=1)


class RegionPreview:
    """Counts what a proposal touches.

    people, subscriptions, alerts  everything that may be bound to a code
    targets   how many targets a region has from a year on
    drawn     the regions that have an outline
    """

    def __init__(
        self,
        store: RegionStore,
        people: Callable[[], Sequence[Account]],
        subscriptions: Callable[[], Iterable[Subscription]],
        alerts: Callable[[], Sequence[StoredAlert]],
        targets: Callable[[Sequence[int], int], int],
        drawn: Callable[[], frozenset[int]],
    ) -> None:
        self._store = store
        self._people = people
        self._subscriptions = subscriptions
        self._alerts = alerts
        self._targets = targets
        self._drawn = drawn

    def outlines(self, text: str, changes: Sequence[Change]) -> str:
        """New outlines of the regions that come of some changes, read and put into one form; empty for none.

        raises  CockpitError at the field ``boundaries``
        """
        if not text.strip():
            return ""
        known = {part.code for change in changes for part in change.new}
        return outline_files.read(text, known)

    def of(self, before: RegionTree, after: RegionTree, one: Proposal, language: str) -> Affected:
        """What a proposal touches, between the regions without it and those with it."""
        days = sorted({change.day for change in one.changes})
        first, last = days[0] - ONE_DAY, days[-1]
        now = after.at(last)
        ended = _codes(before, first) - _codes(after, last)
        begun = _codes(after, last) - _codes(before, first)
        broken = {
            code for code in _codes(after, last) & _codes(before, first) if set(days) & set(now.breaks(code))
        }
        moved = {
            code for code in _codes(after, last) & _codes(before, first)
            if after.get(code, last).parent != before.get(code, first).parent
        }  # fmt: skip
        mapped = {code for code in broken | begun if now.made_of(code, first) is not None}
        outlined = _outlined(one) | self._drawn()
        new_land = (begun | broken) - {code for code in begun if now.get(code).reporting_unit}
        joined = {code for code in new_land - outlined if set(now.made_of(code, first) or ()) & outlined}

        def names(tree: RegionTree, codes: Iterable[int], on: date) -> tuple[str, ...]:
            return tuple(name_of(tree.at(on), code, language) for code in sorted(codes))

        return Affected(
            ended=names(before, ended, first),
            begun=names(after, begun, last),
            moved=names(after, moved, last),
            broken=names(after, broken, last),
            mapped=names(after, mapped, last),
            figures=self._store.figures(ended | broken) if ended or broken else 0,
            alerts=sum(alert.region in ended for alert in self._alerts()),
            grants=tuple(
                one.name for one in self._people()
                if not one.disabled and any(grant.region in ended for grant in one.grants)
            ),
            targets=self._targets(sorted(ended), days[0].year) if ended else 0,
            subscriptions=sum(bool(set(wish.regions) & ended) for wish in self._subscriptions()),
            outlines=names(after, joined, last),
            missing=names(after, new_land - outlined - joined - broken, last),
        )  # fmt: skip


def _codes(tree: RegionTree, on: date) -> set[int]:
    """The codes of the city that somebody bears on a day."""
    return {region.code for region in tree if region.valid(on) and tree.contains(tree.root, region.code, on)}


def _outlined(one: Proposal) -> frozenset[int]:
    return outline_files.codes(one.boundaries) if one.boundaries else frozenset()
