"""Rights that are bound to a code that is no more: they go on for the old periods, and wait for a review.

Nothing is widened by itself: the heir of a region may be larger than it was. The security administrator gives the right
to the heirs, leaves it with the old periods, or ends it, each with a reason that stays.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Protocol

from data_access.accounts import Account
from data_access.region_changes import Review
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from services import access
from services.access import ROLE_NAMES, Actor
from services.region_views import GrantLine
from services.scenes import name_of
from services.texts import Texts
from services.waiting import Waiting

MOVED, KEPT, ENDED = "moved", "kept", "ended"

DECISIONS: Mapping[str, str] = {
    MOVED: N_("授权给承接的区划"),
    KEPT: N_("只看旧时期"),
    ENDED: N_("收回授权"),
}
"""What can be decided on a right."""

LONGEST_REASON = 500


class People(Protocol):
    """What is needed of ``services.accounts.Accounts``."""

    def grant(
        self,
        actor: Actor,
        name: str,
        region: int,
        systems: tuple[str, ...] = ("*",),
        until: datetime | None = None,
    ) -> None: ...
    def revoke(self, actor: Actor, name: str, region: int) -> None: ...


class Reviews(Protocol):
    """What is needed of ``data_access.region_changes.RegionStore``."""

    def reviews(self) -> list[Review]: ...
    def reviewed(self, review: Review, connection: Any) -> None: ...
    def begin(self) -> AbstractContextManager[Any]: ...


class RegionGrants:
    """Lists and settles rights that are bound to codes that are no more."""

    def __init__(
        self,
        reviews: Reviews,
        accounts: Callable[[], Sequence[Account]],
        people: People,
        tree: RegionTree,
        clock: Callable[[], datetime],
    ) -> None:
        self._reviews = reviews
        self._accounts = accounts
        self._people = people
        self._tree = tree
        self._clock = clock

    def may(self, actor: Actor) -> bool:
        """Whether the actor grants rights."""
        return access.may(actor, "grants")

    def all(self, actor: Actor, language: str = "zh") -> tuple[GrantLine, ...]:
        """The rights that are bound to codes that are no more; those that wait come first."""
        access.require(actor, "grants")
        decided = {(one.account, one.region): one for one in self._reviews.reviews()}
        lines = [
            self._line(account, grant.region, grant.until, decided.get((account.id, grant.region)), language)
            for account in self._accounts()
            if not account.disabled
            for grant in account.grants
            if self._gone(grant.region)
        ]
        return tuple(sorted(lines, key=lambda line: (bool(line.decision), line.name, line.region)))

    def waiting(self, actor: Actor, language: str) -> tuple[Waiting, ...]:
        """Rights that wait for a review."""
        if not self.may(actor):
            return ()
        count = sum(not line.decision for line in self.all(actor, language))
        title = Texts(language).t(N_("绑定旧区划的授权待复核"))
        return (Waiting("regions.grants", title, count, "/regions?filter=tab:grants"),)

    def decide(self, actor: Actor, account: str, region: int, decision: str, reason: str) -> None:
        """Settle one right.

        raises  CockpitError ``unknown_grant``, ``record_changed`` where it was settled meanwhile, ``reason_missing``
        """
        line = next((one for one in self.all(actor) if (one.account, one.region) == (account, region)), None)
        if line is None:
            raise CockpitError(Issue("unknown_grant", N_("没有这项待复核的授权。"), N_("请从列表进入。")))
        if line.decision:
            raise CockpitError(
                Issue("record_changed", N_("这项授权刚刚被别人复核过。"), N_("请看过最新情况再操作。"))
            )
        issues = []
        if decision not in DECISIONS:
            issues.append(Issue("field_choice", N_("请从给出的选项中选择。"), where="decision"))
        if decision == MOVED and not line.heirs:
            issues.append(Issue("no_heirs", N_("没有区划承接它。"), N_("请选其他办法。"), "decision"))
        if not reason.strip():
            issues.append(Issue("reason_missing", N_("请写明原因。"), where="reason"))
        if len(reason) > LONGEST_REASON:
            issues.append(Issue("text_too_long", N_("文字太长，最多 {most} 个字。"), where="reason",
                                params={"most": LONGEST_REASON}))  # fmt: skip
        if issues:
            raise CockpitError(issues)
        self._carry_out(actor, line, decision)
        heirs = tuple(code for code, _ in line.heirs) if decision == MOVED else ()
        at = int(self._clock().timestamp())
        review = Review(line.account, line.name, region, decision, heirs, reason.strip(), at, actor.name)
        with self._reviews.begin() as connection:
            self._reviews.reviewed(review, connection)

    def _carry_out(self, actor: Actor, line: GrantLine, decision: str) -> None:
        until = None if line.until is None else datetime.fromtimestamp(line.until, UTC)
        if decision == MOVED:
            for code, _ in line.heirs:
                self._people.grant(actor, line.name, code, line.systems, until)
        if decision == ENDED:
            self._people.revoke(actor, line.name, line.region)

    def _gone(self, region: int) -> bool:
        return self._tree.has(region) and not self._tree.valid(region)

    def _line(
        self, account: Account, region: int, until: int | None, review: Review | None, language: str
    ) -> GrantLine:
        heirs, _ = self._tree.in_force([region])
        last = self._tree.versions(region)[-1].valid_to
        grant = next(grant for grant in account.grants if grant.region == region)
        return GrantLine(
            account=account.id,
            name=account.name,
            display=account.display or account.name,
            role=Texts(language).t(ROLE_NAMES.get(account.role, account.role)),
            region=region,
            place=name_of(self._tree, region, language),
            ended=last,
            heirs=tuple((code, name_of(self._tree, code, language)) for code in heirs),
            until=until,
            systems=grant.systems,
            decision="" if review is None else review.decision,
            by="" if review is None else review.actor,
            at=None if review is None else review.at,
            reason="" if review is None else review.reason,
        )
