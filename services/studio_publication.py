"""What a decision brings about, in one transaction: the registry, targets, proposals that are answered, who is told."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from data_access import publications
from data_access.accounts import Account
from data_access.definitions import PUBLISHED
from data_access.drafts import Draft, DraftStore, Step
from data_access.publications import SCHEDULED, all_versions
from data_access.targets import TargetStore
from indicators.catalog.reading import MEASURED, Entry, Kind, curve, target
from indicators.drafting import Act, Change
from indicators.errors import N_, CockpitError, Issue
from services.access import ROLES
from services.notices import Line, Notice, Teller, named
from services.studio_reading import RETIRE, names_of, read_wish, system_of
from services.studio_texts import overtaken, subject
from services.studio_views import CHANGES, Frozen

ORIGIN = "studio"
"""The origin of what people publish."""


class Uses(Protocol):
    """Who uses an indicator (``services.usage``)."""

    def derived(self, code: str) -> Sequence[Any]: ...
    def readers(self, codes: Any) -> tuple[str, ...]: ...


class Answered(Protocol):
    """Takes note that a proposed change of a rule was published."""

    def __call__(self, connection: Any, number: int, draft: int, at: int, actor: str) -> None: ...


class Publication:
    """Writes decisions to the registry."""

    def __init__(
        self,
        store: DraftStore,
        targets: TargetStore,
        uses: Uses,
        teller: Teller,
        people: Callable[[], Sequence[Account]],
        answered: Answered,
        root: int,
    ) -> None:
        self._store = store
        self._targets = targets
        self._uses = uses
        self._teller = teller
        self._people = people
        self._answered = answered
        self._root = root

    def publish(self, draft: Draft, frozen: Frozen, day: date, step: Step, today: date) -> None:
        """Put what was frozen in force from a day on, or end the figure on that day.

        raises  CockpitError ``base_moved``, ``day_too_early`` or ``record_changed``, and nothing is written
        """
        kind = Kind(draft.kind)
        notices = self._notices(draft, day, step)
        with self._store.begin() as connection:
            self._fits(connection, draft, kind, day, today)
            row, ended = draft.base_row, {}
            if draft.purpose == RETIRE:
                ended = publications.retire(
                    connection, kind, draft.code, day, frozen.document.get("successor", "")
                )
            else:
                entry = Entry(kind, draft.code, frozen.document, ORIGIN, f"{ORIGIN}/{draft.id}")
                row, ended = publications.publish(
                    connection, entry, day, draft=draft.id, at=step.at, today=today
                )
            applied = kind in MEASURED or day <= today
            if applied:
                self._fill(connection, kind, frozen.document, step.at)
            done = self._store.step(
                draft, step, connection, publisher=step.actor, valid_from=day.isoformat(), registry_row=row,
                ended=dict(ended), applied=applied,
            )  # fmt: skip
            if not done:
                raise CockpitError(overtaken())
            self._answer(connection, draft, step)
            self._teller.put(connection, notices)

    def take_back(self, draft: Draft, step: Step, today: date) -> None:
        """Undo a publication before its day."""
        if date.fromisoformat(draft.valid_from) <= today:
            raise CockpitError(Issue("too_late", N_("已经生效，不能撤回"), N_("请另开草稿改回，或停用。")))
        with self._store.begin() as connection:
            later = [
                one
                for one in all_versions(connection, Kind(draft.kind), draft.code)
                if one.row > draft.registry_row and one.state in (PUBLISHED, SCHEDULED)
            ]
            if later and draft.purpose != RETIRE:
                what, do = N_("它之后又发布了新的版本"), N_("先撤回后一个版本。")
                raise CockpitError(Issue("later_version", what, do))
            row = 0 if draft.purpose == RETIRE else draft.registry_row
            publications.take_back(connection, row, draft.ended)
            if not self._store.step(draft, step, connection):
                raise CockpitError(overtaken())
            self._tell(connection, draft, step, N_("{by} 撤回了“{name}”尚未生效的修改：{text}"))

    def take_effect(self, draft: Draft, at: int) -> None:
        """The day has come for what waited: one text takes the place of the other."""
        with self._store.begin() as connection:
            publications.take_effect(connection, draft.registry_row)
            self._fill(connection, Kind(draft.kind), draft.document, at)
            self._store.apply(draft.id, at, connection)

    def _fits(self, connection: Any, draft: Draft, kind: Kind, day: date, today: date) -> None:
        """Whether the registry still is as it was seen, and has room for a version from that day on."""
        standing = [
            one for one in all_versions(connection, kind, draft.code) if one.state in (PUBLISHED, SCHEDULED)
        ]  # fmt: skip
        newest = max(standing, key=lambda one: one.version, default=None)
        if (newest.row if newest else 0) != draft.base_row:
            what, do = N_("这份定义已有更新的版本"), N_("请退回，由作者并入新的版本后再送审。")
            raise CockpitError(Issue("base_moved", what, do))
        if (
            kind in MEASURED
            and newest is not None
            and newest.valid_from is not None
            and day <= newest.valid_from
        ):
            what, do = (
                N_("第 {number} 版从 {day} 起生效，新的版本须更晚"),
                N_("选更晚的日期；或先撤回那一版。"),
            )
            params = {"number": newest.version, "day": newest.valid_from}
            raise CockpitError(Issue("day_too_early", what, do, "valid_from", params=params))
        if draft.purpose == RETIRE and day <= today and draft.base_row == 0:
            raise CockpitError(overtaken())

    def _fill(self, connection: Any, kind: Kind, document: Mapping[str, Any], at: int) -> None:
        """Targets and curves hold in a book of their own."""
        if kind is Kind.TARGET:
            self._targets.add([target(document)], at, connection=connection)
        elif kind is Kind.CURVE:
            self._targets.add_curves([curve(document)], at, connection)

    def _answer(self, connection: Any, draft: Draft, step: Step) -> None:
        """What proposed the change waits no longer."""
        word, _, number = draft.origin.partition(":")
        if word == "file":
            publications.note_adopted(connection, int(number))
        elif word == "rule":
            self._answered(connection, int(number), draft.id, step.at, step.name)

    # ---- telling

    def tell_submitted(self, connection: Any, draft: Draft, step: Step) -> None:
        """Whoever reviews is told."""
        self._tell(connection, draft, step, N_("{by} 送审：{name}（{text}）"), "review")

    def tell_step(self, connection: Any, draft: Draft, step: Step) -> None:
        """The author is told what became of a draft; after approval whoever publishes, too."""
        if step.act == Act.APPROVE:
            self._tell(connection, draft, step, N_("{by} 审核通过：{name}，待发布"), "publish")
        elif step.act == Act.SEND_BACK:
            self._tell(connection, draft, step, N_("{by} 退回：{name}（{text}）"))

    def _tell(self, connection: Any, draft: Draft, step: Step, message: str, role: str = "") -> None:
        """One notice to the author, or to the people of a role."""
        to = self._with_right(role) if role else self._names([draft.author])
        fields = {"by": step.shown, "name": self._named(draft), "text": step.text}
        self._teller.put(
            connection, [self._notice(draft, step, f"definition.{step.act}", message, fields, to)]
        )

    def _notices(self, draft: Draft, day: date, step: Step) -> list[Notice]:
        """Who watches the figure, and who uses what is computed from it; of what changes its meaning whoever sees it."""
        wish, about = read_wish(draft.wish), subject(draft)
        change = wish.change if wish else ""
        system = system_of(draft.kind, draft.document)
        derived = self._uses.derived(about) if about else ()
        fields = {"name": self._named(draft), "day": day.isoformat(), "change": CHANGES.get(change, change),
                  "reason": wish.reason if wish else ""}  # fmt: skip
        message = (
            N_("“{name}”自 {day} 起停用：{reason}")
            if draft.purpose == RETIRE
            else N_("“{name}”自 {day} 起{change}：{reason}")
        )
        lines = tuple(
            Line(self._root, N_("“{derived}”由它计算，随之变化"), {"derived": named(one.name_zh, one.name_en)}) for one in derived
        )  # fmt: skip
        readers = self._uses.readers([about, *(one.code for one in derived)]) if about else ()
        named_ones = self._names([*readers, draft.author])
        grave = change in (Change.CALIBRE, Change.RETIREMENT)
        first = Notice(
            f"definition:{draft.id}:{step.number}", "definition.published", self._root, system, 0,
            Line(self._root, message, fields), lines if grave else (), f"/studio/{draft.id}", step.at,
            to=() if grave else named_ones, also=named_ones, department=str(draft.document.get("department") or ""),
        )  # fmt: skip
        return [first, *(self._inherited(draft, step, one, fields, system) for one in derived if grave)]

    def _inherited(
        self, draft: Draft, step: Step, one: Any, fields: Mapping[str, object], system: str
    ) -> Notice:
        """To the department of an indicator that is computed from the changed one."""
        message = N_("“{derived}”由“{name}”计算，后者自 {day} 起{change}：{reason}")
        told = {**fields, "derived": named(one.name_zh, one.name_en)}
        return Notice(
            f"definition:{draft.id}:{step.number}:{one.code}", "definition.inherited", self._root, system, 0,
            Line(self._root, message, told), (), f"/studio/{draft.id}", step.at,
            to=self._names(self._uses.readers([one.code])) or ("",), department=one.department,
        )  # fmt: skip

    def _notice(
        self,
        draft: Draft,
        step: Step,
        kind: str,
        message: str,
        fields: Mapping[str, object],
        to: tuple[str, ...],
    ) -> Notice:
        return Notice(
            f"definition:{draft.id}:{step.number}", kind, self._root, system_of(draft.kind, draft.document), 0,
            Line(self._root, message, fields), (), f"/studio/{draft.id}", step.at, to=to or ("",),
        )  # fmt: skip

    def _named(self, draft: Draft) -> dict[str, str]:
        zh, en = names_of(draft.document)
        return named(zh or draft.code, en or zh or draft.code)

    def _names(self, accounts: Sequence[str]) -> tuple[str, ...]:
        """The sign-in names of accounts."""
        wanted = set(accounts)
        return tuple(one.name for one in self._people() if one.id in wanted)

    def _with_right(self, right: str) -> tuple[str, ...]:
        """The sign-in names of those whose role has a right."""
        return tuple(one.name for one in self._people() if right in ROLES.get(one.role, frozenset()))
