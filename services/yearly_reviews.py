"""The yearly review (年度复核): every owner says of each indicator whether it is kept, changed or retired, and why.

What is asked stands frozen with the review: the definition's version and the newest figure. A later answer takes the
place of an earlier one, which stays. What is to be changed or retired becomes a draft.
"""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from data_access.collection import Said
from data_access.formats.tabular import write_csv, write_xlsx
from data_access.yearly_reviews import Answered, Asked, Review, ReviewStep, ReviewStore
from indicators import periods
from indicators.catalog import Catalog
from indicators.collection import Verdict
from indicators.errors import N_, CockpitError, Issue
from indicators.periods import Period
from indicators.regions import RegionTree
from services import access, collection_notices
from services.access import SYSTEM, Actor
from services.answers import Question
from services.collection import LONGEST_TITLE, Drafts, Values, shown
from services.collection_forms import as_date, as_number, end_of, future_day, local_day, stale
from services.collection_views import DepartmentSum, QuestionView, ReviewLine, ReviewView
from services.incident_forms import Form
from services.notices import Teller
from services.query import Query
from services.texts import Texts, languages
from services.waiting import Waiting

OPEN, CLOSED = "open", "closed"
PAGE = 20
DAY_SECONDS = 86400
REMIND_DAYS = (14, 7, 3, 1)
"""So many days before the last one, and on the day after it, departments are told what they still owe."""

QUIET_YEARS = 2
"""An indicator without a figure for so long is marked: a reason to retire it."""

VERDICTS: Mapping[Verdict, str] = {
    Verdict.KEEP: N_("保留"),
    Verdict.CHANGE: N_("修改"),
    Verdict.RETIRE: N_("停用"),
}

COLUMNS = (
    N_("指标代码"), N_("指标"), N_("责任部门"), N_("答复"), N_("理由"), N_("接替指标"), N_("答复人"), N_("答复时间"),
    N_("最近数据"),
)  # fmt: skip


class YearlyReviews:
    """Asks owners, takes answers, reminds, and sums up."""

    def __init__(
        self, store: ReviewStore, catalog: Catalog, tree: RegionTree, query: Query, teller: Teller, drafts: Drafts,
        clock: Callable[[], datetime], zone: timedelta,
    ) -> None:  # fmt: skip
        self.store = store
        self.catalog = catalog
        self.tree = tree
        self._query = query
        self._teller = teller
        self._drafts = drafts
        self._clock = clock
        self.zone = zone

    def now(self) -> int:
        """This moment, in epoch seconds."""
        return int(self._clock().timestamp())

    def today(self) -> date:
        """This day on the city's clock."""
        return local_day(self.now(), self.zone)

    # ---- who

    def runs(self, actor: Actor, region: int) -> bool:
        """Whether the actor opens and closes reviews, and sees all answers."""
        return access.may(actor, "define", self.tree, region)

    def owes(self, actor: Actor, review: Review) -> bool:
        """Whether the actor answers for a department in a review."""
        own = access.scope(actor, self.tree, review.region) == "own"
        return bool(actor.department) and own and access.may(actor, "propose")

    # ---- reading

    def reviews(self, actor: Actor, language: str = "zh") -> tuple[ReviewLine, ...]:
        """The reviews that the actor may know of, the newest first."""
        return tuple(
            self._line(actor, one, language)
            for one in self.store.reviews()
            if self.runs(actor, one.region) or self.owes(actor, one)
        )

    def _line(self, actor: Actor, one: Review, language: str) -> ReviewLine:
        everything = self.runs(actor, one.region)
        asked = self.store.asked(one.id, None if everything else actor.department)
        codes = {row.code for row in asked}
        answered = codes & {row.code for row in self.store.answers(one.id)}
        mine = {row.code for row in asked if row.department == actor.department}
        return ReviewLine(
            id=one.id,
            year=one.year,
            title=title_of(one, language),
            open=one.state == OPEN,
            due_on=as_date(one.due_on),
            asked=len(codes),
            answered=len(answered),
            waiting=len(mine - answered) if one.state == OPEN else 0,
            late=one.state == OPEN and self.now() >= one.due_at,
            simulated=one.simulated,
        )

    def known(self, actor: Actor, number: int) -> Review:
        """One review.

        raises  CockpitError ``unknown_review``; the same for one that the actor may not know of
        """
        found = self.store.review(number)
        if found is None or not (self.runs(actor, found.region) or self.owes(actor, found)):
            what = N_("没有编号为 {id} 的年度复核，或您无权查看。")
            raise CockpitError(
                Issue("unknown_review", what, N_("请从征集清单进入。"), params={"id": str(number)})
            )
        return found

    def page(self, actor: Actor, number: int, filters: Mapping[str, str], language: str = "zh") -> ReviewView:
        """One review: the sums of the departments, and a page of indicators with their answers."""
        review = self.known(actor, number)
        everything = self.runs(actor, review.region)
        asked = self.store.asked(number, None if everything else actor.department)
        answers = self._by_code(number)
        names = self.departments(language)
        chosen = {name: text for name, text in filters.items() if name in ("department", "answer")}
        kept = [one for one in asked if _fits(one, answers.get(one.code, ()), chosen)]
        pages = max(1, -(-len(kept) // PAGE))
        text = filters.get("page", "")
        page = min(max(1, int(text)), pages) if text.isascii() and text.isdigit() and len(text) < 6 else 1
        shown_ = kept[(page - 1) * PAGE : page * PAGE]
        drafts = self.store.drafts([origin(number, one.code) for one in shown_]) if everything else {}
        return ReviewView(
            line=self._line(actor, review, language),
            review=review,
            steps=tuple(self.store.review_steps(number)),
            sums=tuple(self._sums(asked, answers, names)),
            questions=tuple(self._question(one, answers, names, drafts, language) for one in shown_),
            total=len(kept),
            page=page,
            pages=pages,
            chosen=chosen,
            departments=tuple(
                (code, names.get(code, code)) for code in sorted({one.department for one in asked})
            ),
            may=self._may(actor, review),
        )

    def _may(self, actor: Actor, review: Review) -> frozenset[str]:
        can: set[str] = set()
        runs = self.runs(actor, review.region)
        if review.state == OPEN and (runs or self.owes(actor, review)):
            can.add("answer")
        if runs:
            can |= {"close", "extend", "remind"} if review.state == OPEN else {"draft"}
        return frozenset(can)

    def _by_code(self, number: int) -> dict[str, list[Answered]]:
        found: dict[str, list[Answered]] = {}
        for one in self.store.answers(number):
            found.setdefault(one.code, []).append(one)
        return found

    def _sums(
        self, asked: Sequence[Asked], answers: Mapping[str, Sequence[Answered]], names: Mapping[str, str]
    ) -> Iterable[DepartmentSum]:
        for code in dict.fromkeys(one.department for one in asked):
            own = [one for one in asked if one.department == code]
            last = [answers[one.code][-1] for one in own if one.code in answers]
            verdicts = Counter(Verdict(one.answer) for one in last)
            yield DepartmentSum(code, names.get(code, code), len(own), len(last), dict(verdicts))

    def _question(
        self, one: Asked, answers: Mapping[str, Sequence[Answered]], names: Mapping[str, str],
        drafts: Mapping[str, int], language: str,
    ) -> QuestionView:  # fmt: skip
        given = tuple(answers.get(one.code, ()))
        quiet = one.latest is None or Period(one.latest).end.year < self.today().year - QUIET_YEARS
        successor = given[-1].successor if given else ""
        return QuestionView(
            one, self._name(one.code, language), names.get(one.department, one.department), quiet, given,
            self._name(successor, language) if successor else "", drafts.get(origin(one.review, one.code)),
        )  # fmt: skip

    def _name(self, code: str, language: str) -> str:
        return self.catalog.get(code).name(language) if code in self.catalog else code

    def departments(self, language: str) -> dict[str, str]:
        """The departments of the catalogue by their codes."""
        return {
            one.id: one.name_en if language == "en" else one.name_zh
            for one in self.catalog.departments.values()
        }

    def waiting(self, actor: Actor, language: str) -> tuple[Waiting, ...]:
        """Answers that the actor's department still owes."""
        if not actor.department or not access.may(actor, "propose"):
            return ()
        texts = Texts(language)
        return tuple(
            Waiting(
                f"review.{one.id}", texts.t("答复“{title}”", title=one.title), one.waiting,
                f"/review/{one.id}?filter=answer:none", one.due_on, one.late,
            )
            for one in (self._line(actor, review, language) for review in self.store.reviews(OPEN) if self.owes(actor, review))
            if one.waiting
        )  # fmt: skip

    # ---- opening and closing

    def begin(self, actor: Actor, values: Values) -> int:
        """Ask every owner about the own indicators; the number of the review.

        values  year, title (may be empty), due_on, inputs (also collected figures that no board shows)
        """
        region = next((code for code in actor.regions if self.runs(actor, code)), self.tree.root)
        access.require(actor, "define", self.tree, region)
        form = Form(values, self.zone)
        year = form.whole("year", 2000, 2100, required=True)
        due = future_day(form, "due_on", self.today())
        title = form.text("title", longest=LONGEST_TITLE)
        inputs = form.flag("inputs")
        if any(
            one.year == year and one.state == OPEN and one.region == region for one in self.store.reviews()
        ):
            form.wrong("year", "review_open", N_("{year} 年的复核正在进行。"), N_("请先结束它。"), year=year)
        form.done()
        assert due is not None
        asked = self._asked(region, inputs)
        now = self.now()
        review = Review(
            0,
            year,
            title,
            region,
            OPEN,
            1,
            as_number(due),
            end_of(due, self.zone),
            now,
            actor.name,
            shown(actor),
        )
        with self.store.transaction() as connection:
            number = self.store.begin_review(connection, review, asked)
            counts = Counter(one.department for one in asked)
            begun = review._replace(id=number)
            self._teller.put(
                connection,
                [
                    collection_notices.owed(begun, _titles(begun), code, count, now, "begin", False)
                    for code, count in counts.items()
                ],
            )
        return number

    def _asked(self, region: int, inputs: bool) -> list[Asked]:
        """Every indicator in force that has an owner, with the newest figure of the region."""
        known = [
            one
            for one in self.catalog.newest()
            if one.department in self.catalog.departments and (inputs or one.headline)
        ]
        codes = tuple(one.code for one in known)
        answer = self._query.ask(SYSTEM, Question(codes, (region,), bare=True))
        latest = {line.indicator: line.period for line in answer if line.value is not None}
        return [Asked(0, one.code, one.department, one.version, latest.get(one.code)) for one in known]

    def close(self, actor: Actor, number: int, values: Values) -> None:
        """End a review: answers are taken no more; what was not answered stays so."""
        form = Form(values, self.zone)
        text = form.text("text", longest=2000)
        form.done()
        self._act(actor, number, form, "close", text, state=CLOSED)

    def extend(self, actor: Actor, number: int, values: Values) -> None:
        """Move the last day.

        values  version, due_on, text (why)
        """
        form = Form(values, self.zone)
        day = future_day(form, "due_on", self.today())
        text = form.text("text", required=True, longest=1000)
        form.done()
        assert day is not None
        self._act(actor, number, form, "extend", text, due_on=as_number(day), due_at=end_of(day, self.zone))

    def remind(self, actor: Actor, number: int, values: Values) -> None:
        """Tell every department now what it still owes."""
        review = self._act(actor, number, Form(values, self.zone), "remind", "")
        with self.store.transaction() as connection:
            self._tell(connection, review, f"hand:{review.version}", self.now())

    def _act(self, actor: Actor, number: int, form: Form, act: str, text: str, **changes: object) -> Review:
        seen = form.whole("version", 1, 2**31 - 1)
        known = self.known(actor, number)
        access.require(actor, "define", self.tree, known.region)
        with self.store.transaction() as connection:
            before = self.store.review(number, connection)
            assert before is not None
            if before.state != OPEN:
                raise CockpitError(Issue("not_now", N_("这次复核已经结束。"), N_("请看最新的情况。")))
            if before.version != seen:
                raise stale()
            self._step(connection, before, actor, act, text, **changes)
        return before._replace(version=before.version + 1)

    def _step(
        self, connection: Any, before: Review, actor: Actor, act: str, text: str, **changes: object
    ) -> None:
        due = changes.get("due_on")
        step = ReviewStep(
            before.id, before.version + 1, act, self.now(), actor.name, shown(actor), text,
            due if isinstance(due, int) else None,
        )  # fmt: skip
        if not self.store.review_step(connection, before, step, **changes):
            raise stale()

    # ---- answers

    def answer(self, actor: Actor, number: int, values: Values) -> int:
        """Take what a form says of several indicators, all of it or nothing; how many answers are new.

        values  answer.<code> (keep, change, retire), reason.<code>, successor.<code>, seen.<code> (how many answers
                there were); what says the same as before changes nothing
        """
        review = self.known(actor, number)
        form = Form(values, self.zone)
        if review.state != OPEN:
            raise CockpitError(Issue("not_now", N_("这次复核已经结束。"), N_("请看最新的情况。")))
        mine = {
            one.code: one
            for one in self.store.asked(number, None if self.runs(actor, review.region) else actor.department)
        }
        given = [name.removeprefix("answer.") for name in values if name.startswith("answer.")]
        with self.store.transaction() as connection:
            before: dict[str, list[Answered]] = {}
            for answered in self.store.answers(number, connection):
                before.setdefault(answered.code, []).append(answered)
            fresh = [
                one
                for code in given
                if (one := self._answer(actor, review, form, code, mine, before.get(code, []))) is not None
            ]
            form.done()
            crossed = [
                one.code for one in fresh
                if form.whole(f"seen.{one.code}", 0, 10**6) != len(before.get(one.code, ()))
            ]  # fmt: skip
            if crossed:
                raise stale()
            self.store.answer(connection, fresh)
        return len(fresh)

    def _answer(
        self,
        actor: Actor,
        review: Review,
        form: Form,
        code: str,
        mine: Mapping[str, Asked],
        before: Sequence[Answered],
    ) -> Answered | None:
        """One answer as the form has it; None where nothing is said, or nothing new."""
        verdict = form.text(f"answer.{code}")
        if not verdict:
            return None
        if code not in mine:
            form.wrong(f"answer.{code}", "not_yours", N_("这个指标不由您的部门答复。"))
            return None
        form.choice(f"answer.{code}", [one.value for one in Verdict])
        reason = form.text(f"reason.{code}", required=verdict != Verdict.KEEP, longest=1000)
        successor = form.text(f"successor.{code}", longest=160) if verdict == Verdict.RETIRE else ""
        if successor and (successor == code or successor not in self.catalog):
            form.wrong(
                f"successor.{code}",
                "unknown_indicator",
                N_("没有这个指标，或就是它自己。"),
                N_("请填写接替指标的代码。"),
            )
        last = before[-1] if before else None
        if last is not None and (last.answer, last.reason, last.successor) == (verdict, reason, successor):
            return None
        return Answered(
            review.id, code, len(before) + 1, verdict, reason, successor, self.now(), actor.name, shown(actor)
        )

    def draft(self, actor: Actor, number: int, code: str) -> int:
        """Open the draft that changes or retires an indicator; the one that there is, where there is one."""
        review = self.known(actor, number)
        access.require(actor, "define", self.tree, review.region)
        given = self._by_code(number).get(code, [])
        if not given or given[-1].answer == Verdict.KEEP:
            what, do = N_("只有答复为修改或停用的指标才需要草稿。"), N_("请先看责任部门的答复。")
            raise CockpitError(Issue("nothing_to_draft", what, do))
        name = origin(number, code)
        known = self.store.drafts([name])
        if name in known:
            return known[name]
        if given[-1].answer == Verdict.RETIRE:
            made = self._drafts.retire(actor, code, given[-1].successor, name)
        else:
            made = self._drafts.change(actor, code, name)
        with self.store.transaction() as connection:
            self.store.drafted(connection, name, made, Said(self.now(), actor.name, shown(actor)))
        return self.store.drafts([name])[name]

    # ---- by itself

    def due(self, now: int) -> int:
        """Remind departments as the last day comes near, and once it is over; how many notices that makes."""
        count = 0
        for review in self.store.reviews(OPEN):
            stage = _stage(review, now)
            done = {one.text for one in self.store.review_steps(review.id) if one.act == "remind"}
            if not stage or stage in done:
                continue
            with self.store.transaction() as connection:
                before = self.store.review(review.id, connection)
                if before is None or before.version != review.version:
                    continue
                self._step(connection, before, SYSTEM, "remind", stage)
                count += self._tell(connection, before, stage, now)
        return count

    def _tell(self, connection: Any, review: Review, key: str, now: int) -> int:
        answered = {one.code for one in self.store.answers(review.id, connection)}
        owed = Counter(one.department for one in self.store.asked(review.id) if one.code not in answered)
        late = now >= review.due_at
        notices = [
            collection_notices.owed(review, _titles(review), code, count, now, key, late)
            for code, count in owed.items()
        ]
        return self._teller.put(connection, notices)

    # ---- as a file

    def export(self, actor: Actor, number: int, texts: Texts, kind: str) -> bytes:
        """Every indicator that the actor may see with its answer, ``csv`` or ``xlsx``."""
        review = self.known(actor, number)
        whose = None if self.runs(actor, review.region) else actor.department
        answers, names = self._by_code(number), self.departments(texts.language)
        asked = self.store.asked(number, whose)
        rows = [self._row(one, answers.get(one.code, ()), names, texts) for one in asked]
        file = io.BytesIO()
        (write_csv if kind == "csv" else write_xlsx)(file, [texts.t(name) for name in COLUMNS], rows)
        return file.getvalue()

    def _row(
        self, one: Asked, answers: Sequence[Answered], names: Mapping[str, str], texts: Texts
    ) -> list[str]:
        last = answers[-1] if answers else None
        return [
            one.code, self._name(one.code, texts.language), names.get(one.department, one.department),
            texts.t(VERDICTS[Verdict(last.answer)]) if last else "", last.reason if last else "",
            last.successor if last else "", last.shown if last else "", texts.moment(last.at) if last else "",
            periods.label(one.latest) if one.latest else "",
        ]  # fmt: skip


def _fits(one: Asked, answers: Sequence[Answered], chosen: Mapping[str, str]) -> bool:
    if chosen.get("department", one.department) != one.department:
        return False
    wanted = chosen.get("answer")
    return wanted is None or wanted == (answers[-1].answer if answers else "none")


def _stage(review: Review, now: int) -> str:
    """Which reminder is due: the nearest of the days before the last one, or ``late``."""
    if now >= review.due_at:
        return "late"
    near = [days for days in REMIND_DAYS if now >= review.due_at - days * DAY_SECONDS]
    return f"{min(near)}" if near else ""


def title_of(review: Review, language: str) -> str:
    """What a review is called: as it was named, else for its year."""
    return review.title or Texts(language).t(N_("{year} 年指标年度复核"), year=review.year)


def _titles(review: Review) -> dict[str, str]:
    return {language: title_of(review, language) for language in languages()}


def origin(review: int, code: str) -> str:
    """How a draft tells that it came of a review."""
    return f"review:{review}:{code}"
