"""The studio of definitions: drafts that save themselves, review, publication with a day, withdrawal, retirement.

What is in force changes only here, and by three people: one proposes, another reviews, a third publishes. What a
reviewer reads was frozen at submission.
"""

from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from data_access.drafts import Draft, Step
from data_access.publications import Version, all_versions
from indicators.catalog.fields import is_day
from indicators.catalog.reading import MEASURED, Kind
from indicators.definition import indicator_of
from indicators.drafting import (
    IN_FORCE,
    OPEN,
    Act,
    Change,
    State,
    allowed,
    differences,
    least,
    moved,
)
from indicators.errors import N_, CockpitError, Issue, Severity
from services.access import Actor
from services.draft_trials import TrialWish
from services.studio_drafts import Drafts, newest_of
from services.studio_reading import (
    RETIRE,
    frozen_of,
    hands_of,
    names_of,
    plain,
    system_of,
)
from services.studio_rules import judging, tried, untried, with_rule
from services.studio_texts import (
    LONGEST_REASON,
    Document,
    asked,
    draft_open,
    final,
    overtaken,
    require_reason,
    shown,
    subject,
    too_long,
)
from services.studio_views import (
    DraftView,
    FileProposal,
    SubmitWish,
)
from services.texts import SOURCE


class Studio(Drafts):
    """The use cases of those who look after definitions."""

    # ---- the way to publication

    def submit(self, actor: Actor, number: int, revision: int, wish: SubmitWish) -> DraftView:
        """Send a draft to review: its difference, the values before and after and who is affected are frozen.

        raises  CockpitError with everything that is wrong, each at its field
        """
        draft = self._known(actor, number)
        self._rights.require(actor, "define", asked(draft))
        if draft.revision != revision:
            with self._store.begin() as connection:
                raise CockpitError(self._overtaken(draft, revision, connection))
        state = moved(State(draft.state), Act.SUBMIT)
        wish = replace(wish, change=wish.change or self._least(draft).value, reason=wish.reason.strip())
        text = final(draft, wish)
        wrong = [
            *self._unfit(draft, wish),
            *(one for one in self._wrong(draft, text) if one.severity is Severity.ERROR),
        ]
        if wrong:
            raise CockpitError(wrong)
        frozen = self._frozen(actor, draft, text)
        with self._store.begin() as connection:
            step = self._step(actor, draft, Act.SUBMIT, state, wish.reason, frozen)
            done = self._store.step(draft, step, connection, wish=asdict(wish), reviewer="", publisher="")
            self._must(done)
            self._publication.tell_submitted(connection, draft, step)
        return self.draft(actor, number)

    def approve(self, actor: Actor, number: int, note: str = "", seen: int | None = None) -> DraftView:
        """Find a draft right; by somebody who wrote nothing of it."""
        return self._decide(actor, number, Act.APPROVE, note, seen, reviewer=actor.id)

    def send_back(self, actor: Actor, number: int, reason: str, seen: int | None = None) -> DraftView:
        """Give a draft back to its author, with what is to be mended."""
        require_reason(reason, "reason")
        return self._decide(actor, number, Act.SEND_BACK, reason, seen)

    def withdraw(self, actor: Actor, number: int, why: str, seen: int | None = None) -> DraftView:
        """Give a draft up: its author before publication, a publisher before the day on which it takes effect."""
        require_reason(why, "why")
        draft = self._known(actor, number)
        if State(draft.state) in IN_FORCE:
            self._require(actor, draft, Act.WITHDRAW)
            self._seen(draft, seen)
            step = self._step(actor, draft, Act.WITHDRAW, State.WITHDRAWN, why.strip())
            self._publication.take_back(draft, step, self._today())
            return self.draft(actor, number)
        return self._decide(actor, number, Act.WITHDRAW, why, seen)

    def reopen(self, actor: Actor, number: int, seen: int | None = None) -> DraftView:
        """Go on with a draft that was withdrawn."""
        draft = self._known(actor, number)
        with self._store.begin() as connection:
            standing = self._standing(draft.code, draft.kind, connection) if draft.code else None
            if standing is not None:
                raise CockpitError(draft_open(standing))
        return self._decide(actor, number, Act.REOPEN, "", seen)

    def publish(self, actor: Actor, number: int, valid_from: str, seen: int | None = None) -> DraftView:
        """Put an approved draft in force from a day on, by a third person; of a retirement: end the figure on that day.

        raises  CockpitError with what is wrong now, though it was right when it was submitted
        """
        draft = self._known(actor, number)
        act = Act.RETIRE if draft.purpose == RETIRE else Act.PUBLISH
        self._require(actor, draft, act)
        self._seen(draft, seen)
        if not is_day(valid_from.strip()):
            raise CockpitError(
                Issue("bad_day", N_("没有写生效日期"), N_("写成 2026-03-01 这样的日期。"), "valid_from")
            )
        frozen = frozen_of(self._store.steps(number))
        assert frozen is not None  # nothing is approved that was not submitted
        wrong = [one for one in self._wrong(draft, frozen.document) if one.severity is Severity.ERROR]
        if wrong:
            raise CockpitError(wrong)
        step = self._step(actor, draft, act, moved(State(draft.state), act), "")
        day = date.fromisoformat(valid_from.strip())
        self._publication.publish(draft, frozen, day, step, self._today())
        return self.draft(actor, number)

    def retire(self, actor: Actor, code: str, successor: str | None, day: str, reason: str) -> DraftView:
        """Propose to end a figure from a day on; it goes the same way as every other change."""
        known = self._registry.catalog()
        kind = Kind.INDICATOR if code not in known or known.get(code).headline else Kind.INPUT
        standing = self._standing(code, kind)
        if standing is not None:
            raise CockpitError(draft_open(standing))
        if code not in known:
            raise CockpitError(known.unknown(code))
        text = self._text(kind, code) | ({"successor": successor} if successor else {})
        self._rights.require(actor, "define", code.partition(".")[0])
        wish = SubmitWish(Change.RETIREMENT.value, reason.strip(), valid_from=day.strip())
        with self._store.reading() as connection:
            base = newest_of(all_versions(connection, Kind(kind), code))
        pretended, _ = self._fresh(actor, kind, text, base, "", RETIRE)
        wrong = self._unfit(pretended, wish)
        wrong += [one for one in self._wrong(pretended, text) if one.severity is Severity.ERROR]
        if wrong:
            raise CockpitError(wrong)
        draft = self.open(actor, kind, code, document=text, purpose=RETIRE)
        return self.submit(actor, draft.id, draft.revision, wish)

    # ---- what others propose

    def taken(self) -> dict[str, int]:
        """The drafts that stand open for something that was proposed, by where it came from."""
        standing = self._store.all(states=[state.value for state in OPEN])
        return {one.origin: one.id for one in standing if one.origin}

    def proposals(self, actor: Actor) -> tuple[FileProposal, ...]:
        """What files of definitions say otherwise than the registry, and nobody has decided."""
        taken = self.taken()
        found = []
        for one in self._registry.proposals():
            entry = one.entry
            if self._rights.may(actor, "define", system_of(entry.kind, entry.document)):
                zh, en = names_of(entry.document)
                lines = differences(one.current.document if one.current else None, entry.document)
                found.append(
                    FileProposal(
                        one.id,
                        entry.kind,
                        entry.code,
                        zh,
                        en,
                        one.known_at,
                        lines,
                        taken.get(f"file:{one.id}"),
                    )
                )
        return tuple(found)  # fmt: skip

    def adopt_file(self, actor: Actor, proposal: int) -> DraftView:
        """Take what a file proposes up as a draft."""
        found = next((one for one in self._registry.proposals() if one.id == proposal), None)
        if found is None:
            raise CockpitError(Issue("unknown_proposal", N_("没有这条修改建议"), N_("从列表进入。")))
        entry = found.entry
        code = entry.code if found.current is not None else None
        return self._taken(actor, f"file:{proposal}") or self.open(
            actor, entry.kind.value, code, document=dict(entry.document), origin=f"file:{proposal}"
        )

    def decline_file(self, actor: Actor, proposal: int) -> None:
        """Turn down what a file proposes: the same text is not proposed again."""
        found = next((one for one in self._registry.proposals() if one.id == proposal), None)
        if found is None:
            raise CockpitError(Issue("unknown_proposal", N_("没有这条修改建议"), N_("从列表进入。")))
        self._rights.require(actor, "define", system_of(found.entry.kind, found.entry.document))
        self._registry.decline([proposal], actor.name)

    def adopt_rule(self, actor: Actor, proposal: int) -> DraftView:
        """Take a proposed change of a rule up as a draft of the indicator that it judges."""
        suggested = self._suggestions(actor, proposal)
        code = indicator_of(suggested.rule)
        self._rights.require(actor, "define", code.partition(".")[0])
        known = self._taken(actor, f"rule:{proposal}")
        if known is not None:
            return known
        text = with_rule(self._text(Kind.INDICATOR, code), suggested)
        return self.open(actor, Kind.INDICATOR, code, document=text, origin=f"rule:{proposal}")

    def due(self, now: datetime) -> int:
        """Bring about what was published for a day that has come: targets, curves and other kinds without versions."""
        today = now.astimezone(self._zone).date()
        waiting = [
            one for one in self._store.all(states=[State.PUBLISHED]) if not one.applied and one.valid_from <= today.isoformat()
        ]  # fmt: skip
        for one in waiting:
            self._publication.take_effect(one, int(now.timestamp()))
        return len(waiting)

    # ---- inside

    def _text(self, kind: Kind, code: str) -> dict[str, Any]:
        """The newest published text of a figure, in force or waiting for its day."""
        with self._store.reading() as connection:
            newest = newest_of(all_versions(connection, kind, code))
        return plain(newest.entry.document) if newest else {}

    def _taken(self, actor: Actor, origin: str) -> DraftView | None:
        """The draft that stands open for something that was proposed."""
        found = self.taken().get(origin)
        return None if found is None else self.draft(actor, found)

    def _least(self, draft: Draft) -> Change:
        return least(Kind(draft.kind), draft.base, None if draft.purpose == RETIRE else draft.document)

    def _unfit(self, draft: Draft, wish: SubmitWish) -> list[Issue]:
        """What is wrong with what an author says at submission."""
        found = []
        inferred = self._least(draft)
        if inferred not in (Change.NEW, Change.RETIREMENT) and not differences(draft.base, draft.document):
            found.append(Issue("nothing_changed", N_("与已发布的定义没有不同"), N_("先修改，再送审。"), ""))
        if wish.change not in {one.value for one in allowed(inferred)}:
            what, do = (
                N_("改动的字段不止于此"),
                N_("文字修改不能改动数值；阈值调整只能改动规则与目标；其余都是口径变更。"),
            )
            found.append(Issue("change_too_mild", what, do, "change"))
        if not wish.reason:
            found.append(Issue("no_reason", N_("没有写修改的理由"), N_("请写明为什么修改。"), "reason"))
        elif len(wish.reason) > LONGEST_REASON:
            found.append(too_long("reason"))
        if wish.change == Change.CALIBRE and not is_day(wish.break_date):
            what, do = N_("口径变更没有写断点日期"), N_("写明从哪一天起口径不同，如 2026-01-01。")
            found.append(Issue("no_break", what, do, "break_date"))
        if wish.backcast and wish.backcast not in self._registry.catalog():
            found.append(replace(self._registry.catalog().unknown(wish.backcast), where="backcast"))
        if (wish.valid_from or wish.change == Change.RETIREMENT) and not is_day(wish.valid_from):
            what, do = N_("没有写生效日期"), N_("写成 2026-03-01 这样的日期。")
            found.append(Issue("bad_day", what, do, "valid_from"))
        newest = self._newest_of(draft)
        if newest is not None and newest.row != draft.base_row:
            what, do = N_("这份定义已有更新的版本"), N_("先并入新的版本，再送审。")
            found.append(Issue("base_moved", what, do, ""))
        return found

    def _newest_of(self, draft: Draft) -> Version | None:
        with self._store.reading() as connection:
            return newest_of(all_versions(connection, Kind(draft.kind), draft.code)) if draft.code else None

    def _frozen(self, actor: Actor, draft: Draft, text: Document) -> dict[str, Any]:
        """What the reviewer reads: text, difference, values before and after, who is affected."""
        code = draft.code if draft.base is not None else None
        measured = draft.kind in MEASURED and draft.purpose != RETIRE
        preview = self._previews.of(actor, text, code).as_json() if measured else None
        about = subject(draft)
        affected = self._uses.of(about).to_json() if about else None
        lines = [asdict(line) for line in differences(draft.base, text)]
        trials = self._tried(actor, draft, text) if measured else []
        return {
            "document": dict(text), "lines": lines, "preview": preview, "affected": affected, "trials": trials,
        }  # fmt: skip

    def _tried(self, actor: Actor, draft: Draft, text: Document) -> list[dict[str, Any]]:
        """What the rules of a text would have done, where the text changes a rule or what it judges."""
        if self._least(draft) is Change.EDITORIAL:
            return []
        code = draft.code if draft.base is not None else None
        found = []
        for name in judging(text):
            try:
                found.append(tried(name, self._trials.run(actor, text, code, TrialWish(name), SOURCE)))
            except CockpitError as error:
                found.append(untried(name, error.issues[0]))
        return found

    def _decide(
        self, actor: Actor, number: int, act: Act, text: str, seen: int | None, **changes: object
    ) -> DraftView:
        """One step that writes nothing to the registry."""
        draft = self._known(actor, number)
        state = moved(State(draft.state), act)
        self._require(actor, draft, act)
        self._seen(draft, seen)
        if len(text) > LONGEST_REASON:
            raise CockpitError(too_long("reason"))
        step = self._step(actor, draft, act, state, text.strip())
        with self._store.begin() as connection:
            self._must(self._store.step(draft, step, connection, **changes))
            self._publication.tell_step(connection, draft, step)
        return self.draft(actor, number)

    def _require(self, actor: Actor, draft: Draft, act: Act) -> None:
        """Whether the actor may do this now: by right, and as somebody with no other part in the draft."""
        hands = hands_of(draft, self._store.authors([draft.id])[draft.id])
        if act in self._rights.acts(actor, draft, hands, self._today()):
            return
        moved(State(draft.state), act)
        self._rights.require_act(actor, draft, act, self._today())
        if not hands.may(act, actor.id):
            what, do = N_("提出、审核、发布须由三个不同的人完成"), N_("请由没有参与这份草稿的同事办理。")
            raise CockpitError(Issue("same_person", what, do))
        raise CockpitError(overtaken())

    def _seen(self, draft: Draft, seen: int | None) -> None:
        if seen is not None and seen != draft.steps:
            raise CockpitError(overtaken())

    def _must(self, done: bool) -> None:
        if not done:
            raise CockpitError(overtaken())

    def _step(
        self, actor: Actor, draft: Draft, act: Act, state: State, text: str, frozen: Any = None
    ) -> Step:
        return Step(
            draft.id, draft.steps + 1, act, state, draft.revision, self._now(), actor.id, actor.name, shown(actor), text,
            frozen,
        )  # fmt: skip
