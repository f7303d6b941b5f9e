"""绩效评分表: weighted scorecards of departments or counties, with stated rules, evidence, appeal and confirmation.

A card is worked on, shown with a time for appeals, and confirmed. What was shown and what was confirmed are editions
that stay as they are; the lines of a card stay version by version. A department or county sees its own scores, the
mean and its own rank; whoever reads the whole region sees all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from data_access.scorecards import (
    Appeal,
    AppealRuling,
    Card,
    CardStep,
    Hand,
    Result,
    ScorecardStore,
)
from indicators import periods
from indicators.catalog import Catalog
from indicators.errors import N_, CockpitError, Issue
from indicators.periods import Period
from indicators.regions import RegionTree
from indicators.scorecards import (
    FULL,
    OF_FIGURES,
    CardAct,
    CardState,
    Item,
    Way,
    moved,
    wrong,
)
from services import access
from services.access import Actor
from services.collection import LONGEST_TITLE, shown
from services.collection_forms import as_date, as_number, end_of, future_day, number, stale
from services.incident_forms import Form
from services.notices import Line, Notice, Teller, named
from services.scorecard_scores import COUNTY, DEPARTMENT, Scores, item_of, written
from services.scorecards_reading import DISMISSED, UPHELD, ScorecardReading

Values = Mapping[str, str]
Connection = Any

MOST_ITEMS: Final = 60
LARGEST: Final = 1e15
SUBJECTS: Final[Mapping[str, str]] = {DEPARTMENT: N_("部门"), COUNTY: N_("县区")}


class Scorecards(ScorecardReading):
    """Reads and moves scorecards."""

    def __init__(
        self, store: ScorecardStore, scores: Scores, catalog: Catalog, tree: RegionTree, teller: Teller,
        clock: Callable[[], datetime], zone: timedelta,
    ) -> None:  # fmt: skip
        super().__init__(store, scores, catalog, tree, clock, zone)
        self._teller = teller

    # ---- making a card

    def create(self, actor: Actor, values: Values, *, simulated: bool = False) -> int:
        """Begin a card without lines; its number.

        values  title, year, until (a period: 2026, 2026-Q2, 2026-06), subjects (department, county), chosen (codes,
                separated by commas; of counties none means all)
        """
        region = next((code for code in actor.regions if self.keeps(actor, code)), self.tree.root)
        access.require(actor, "plans", self.tree, region)
        form = Form(values, self.zone)
        title = form.text("title", required=True, longest=LONGEST_TITLE)
        year = form.whole("year", 2000, 2100, required=True)
        until = self._until(form, year)
        subjects = form.choice("subjects", tuple(SUBJECTS))
        chosen = self._chosen(form, subjects, region)
        form.done()
        card = Card(
            0, title, year, until, subjects, region, CardState.DRAFT.value, 1, 0, None, None, self.now(), actor.name,
            shown(actor), simulated,
        )  # fmt: skip
        with self.store.transaction() as connection:
            return self.store.create(connection, card, {"items": [], "subjects": chosen})

    def _until(self, form: Form, year: int) -> int:
        text = form.text("until", longest=20) or str(year)
        try:
            key = periods.read(text, "period")
        except CockpitError:
            form.wrong(
                "until",
                "bad_period",
                N_("“{text}”不是期别。"),
                N_("写成 2026、2026-Q2 或 2026-06。"),
                text=text,
            )
            return periods.months_key(year, 12, 12)
        if Period(key).end.year != year:
            form.wrong("until", "other_year", N_("期别须在评分年度 {year} 之内。"), year=year)
        return key

    def _chosen(self, form: Form, kind: str, region: int) -> list[str]:
        given = list(dict.fromkeys(filter(None, form.text("chosen").split(","))))
        known = self.counties(region, "zh") if kind == COUNTY else self.departments("zh")
        if kind == COUNTY and not given:
            return list(known)
        if not given or not set(given) <= set(known):
            form.wrong("chosen", "no_subjects", N_("请选择评分对象。"))
        return given

    def put(self, actor: Actor, number_: int, values: Values) -> None:
        """Add a line to a card, or put another in its place.

        values  version, item (its id; empty: a new one), name, way, weight, indicator, op, target, zero, full, only
        """
        form = Form(values, self.zone)
        line = self._read(form)

        def work(card: Card, items: list[Item]) -> list[Item]:
            if line.id:
                if line.id not in {one.id for one in items}:
                    raise stale()
                return [line if one.id == line.id else one for one in items]
            if len(items) >= MOST_ITEMS:
                raise CockpitError(
                    Issue("too_many_items", N_("评分项最多 {most} 个。"), params={"most": MOST_ITEMS})
                )
            ids = [int(one.id.removeprefix("i")) for one in self._ever(card)]
            return [*items, replace(line, id=f"i{max(ids, default=0) + 1}")]

        self._edit(actor, number_, form, work, line.name)

    def remove(self, actor: Actor, number_: int, values: Values) -> None:
        """Take a line from a card; it stays in the card's earlier versions.

        values  version, item
        """
        form = Form(values, self.zone)
        wanted = form.text("item", required=True)
        names = {one.id: one.name for one in self.document(self._kept(actor, number_))[0]}
        if wanted not in names:
            raise stale()
        self._edit(
            actor,
            number_,
            form,
            lambda _card, items: [one for one in items if one.id != wanted],
            f"− {names[wanted]}",
        )

    def _ever(self, card: Card) -> list[Item]:
        """Every line that a card ever had: an id never comes to mean another line."""
        return [item_of(one) for step in self.store.card_steps(card.id) for one in step.document["items"]]

    def _read(self, form: Form) -> Item:
        way = Way(form.choice("way", [one.value for one in Way], Way.HAND.value) or Way.HAND)
        code = form.text("indicator", longest=160)
        if way in OF_FIGURES and code not in self.catalog:
            form.wrong(
                "indicator",
                "unknown_indicator",
                N_("没有指标 {code}。"),
                N_("请填写指标库里的代码。"),
                code=code or "—",
            )
        weight = number(form, "weight", 0.01, FULL, required=True)
        target = number(form, "target", -LARGEST, LARGEST, required=way is Way.REACH)
        zero = number(form, "zero", -LARGEST, LARGEST, required=way is Way.SCALE)
        full = number(form, "full", -LARGEST, LARGEST, required=way is Way.SCALE)
        if way is Way.SCALE and zero is not None and zero == full:
            form.wrong("full", "same_bounds", N_("零分值和满分值不能相等。"))
        name = form.text("name", longest=80)
        if not name and code in self.catalog:
            name = self.catalog.get(code).name_zh
        if not name:
            form.wrong("name", "field_missing", N_("这一项必须填写。"))
        only = tuple(dict.fromkeys(filter(None, form.text("only").split(","))))
        return Item(
            form.text("item"), name, way, weight or 0.0, code if way in OF_FIGURES else "",
            form.choice("op", (">=", "<="), ">="), target if way is Way.REACH else None,
            zero if way is Way.SCALE else None, full if way is Way.SCALE else None, only,
        )  # fmt: skip

    def _edit(
        self,
        actor: Actor,
        number_: int,
        form: Form,
        work: Callable[[Card, list[Item]], list[Item]],
        text: str,
    ) -> None:
        def change(
            card: Card, items: tuple[Item, ...], subjects: tuple[str, ...]
        ) -> tuple[Any, Any, list[Notice]]:
            form.done()
            lines = work(card, list(items))
            if {code for item in lines for code in item.only} - set(subjects):
                form.wrong("only", "no_subjects", N_("请选择评分对象。"))
            form.done()
            return lines, {}, []

        self._act(actor, number_, CardAct.EDIT, form, change, text)

    def give(self, actor: Actor, number_: int, values: Values) -> None:
        """Score a subject by hand, with the evidence.

        values  version, subject, item, score (0 to 100; empty takes a score back), evidence
        """
        card = self._kept(actor, number_)
        form = Form(values, self.zone)
        seen = form.whole("version", 1, 2**31 - 1)
        items, subjects = self.document(card)
        by_hand = {one.id: one for one in items if one.way is Way.HAND}
        subject = form.choice("subject", subjects)
        item = form.choice("item", tuple(by_hand))
        if item in by_hand and subject and not by_hand[item].judges(subject):
            form.wrong("subject", "not_judged", N_("这一项不评这个对象。"))
        score = number(form, "score", 0, FULL)
        evidence = form.text("evidence", required=True, longest=2000)
        form.done()
        with self.store.transaction() as connection:
            before = self.store.card(number_, connection)
            assert before is not None
            if before.state != CardState.DRAFT:
                moved(CardState(before.state), CardAct.EDIT)
            if before.version != seen:
                raise stale()
            hand = Hand(number_, subject, item, 0, score, evidence, self.now(), actor.name, shown(actor))
            self.store.give(connection, hand)

    # ---- showing, confirming

    def show(self, actor: Actor, number_: int, values: Values) -> None:
        """公示: freeze the scores as an edition, and open the time for appeals.

        values  version, appeal_on (the last day for appeals), text
        """
        form = Form(values, self.zone)
        day = future_day(form, "appeal_on", self.today())
        text = form.text("text", longest=1000)

        def change(
            card: Card, items: tuple[Item, ...], subjects: tuple[str, ...]
        ) -> tuple[Any, Any, list[Notice]]:
            for issue in wrong(items, {one: self.subject(card, one, "zh") for one in subjects}):
                form.wrong(issue.where, issue.key, issue.what, issue.do, **issue.params)
            form.done()
            assert day is not None
            results = [one._replace(edition=card.edition + 1) for one in self.live(card, items, subjects)]
            changes = {
                "edition": card.edition + 1, "appeal_on": as_number(day), "appeal_at": end_of(day, self.zone),
                "results": results,
            }  # fmt: skip
            return list(items), changes, self._shown_to(card, subjects, day)

        self._act(actor, number_, CardAct.SHOW, form, change, text)

    def recall(self, actor: Actor, number_: int, values: Values) -> None:
        """Take a card back into work; what was shown stays as an edition.

        values  version, text (why)
        """
        self._with_reason(actor, number_, CardAct.RECALL, values)

    def withdraw(self, actor: Actor, number_: int, values: Values) -> None:
        """Take a card back for good; it stays with everything that was said.

        values  version, text (why)
        """
        self._with_reason(actor, number_, CardAct.WITHDRAW, values)

    def _with_reason(self, actor: Actor, number_: int, act: CardAct, values: Values) -> None:
        form = Form(values, self.zone)
        text = form.text("text", required=True, longest=1000)
        form.done()
        self._act(actor, number_, act, form, lambda _card, items, _subjects: (list(items), {}, []), text)

    def confirm(self, actor: Actor, number_: int, values: Values) -> None:
        """确认: the shown scores, with what appeals changed, stand for good.

        values  version, text
        raises  ``appeals_open`` before the last day for appeals is over, or while one waits for a decision
        """
        form = Form(values, self.zone)
        text = form.text("text", longest=1000)
        form.done()

        def change(
            card: Card, items: tuple[Item, ...], subjects: tuple[str, ...]
        ) -> tuple[Any, Any, list[Notice]]:
            if card.appeal_at is None or self.now() < card.appeal_at:
                what, do = N_("申诉期到 {day} 为止，之后才能确认。"), N_("请在申诉期满后确认。")
                day = as_date(card.appeal_on).isoformat() if card.appeal_on else ""
                raise CockpitError(Issue("appeals_open", what, do, params={"day": day}))
            left = self.line(actor, card).appeals
            if left:
                what, do = N_("还有 {count} 件申诉没有裁定。"), N_("请逐件裁定并写明理由。")
                raise CockpitError(Issue("appeals_open", what, do, params={"count": left}))
            upheld = self.upheld(card)
            results = [
                _ruled(one, upheld.get((one.subject, one.item)))._replace(edition=card.edition + 1)
                for one in self.store.results(card.id)
                if one.edition == card.edition
            ]
            told = self._notices(card, subjects, "confirm", N_("评分已确认：{title}"))
            return list(items), {"edition": card.edition + 1, "results": results}, told

        self._act(actor, number_, CardAct.CONFIRM, form, change, text)

    def _kept(self, actor: Actor, number_: int) -> Card:
        card = self.known(actor, number_)
        access.require(actor, "plans", self.tree, card.region)
        return card

    def _act(
        self, actor: Actor, number_: int, act: CardAct, form: Form,
        work: Callable[[Card, tuple[Item, ...], tuple[str, ...]], tuple[list[Item], dict[str, Any], list[Notice]]],
        text: str = "",
    ) -> None:  # fmt: skip
        """One act on one card: checked, stored with its step, its lines and its results, told."""
        seen = form.whole("version", 1, 2**31 - 1)
        self._kept(actor, number_)
        with self.store.transaction() as connection:
            before = self.store.card(number_, connection)
            assert before is not None
            if before.version != seen:
                raise stale()
            after = moved(CardState(before.state), act)
            items, subjects = self.document(before, connection)
            lines, changes, notices = work(before, items, subjects)
            results: list[Result] = changes.pop("results", [])
            document = {"items": [written(one) for one in lines], "subjects": list(subjects)}
            step = CardStep(
                number_, before.version + 1, act.value, after.value, document, text, self.now(), actor.name, shown(actor)
            )  # fmt: skip
            if not self.store.card_step(connection, before, step, **changes):
                raise stale()
            self.store.freeze(connection, results)
            self._teller.put(connection, notices)

    def _shown_to(self, card: Card, subjects: Sequence[str], day: date) -> list[Notice]:
        return self._notices(
            card,
            subjects,
            f"show:{card.edition + 1}",
            N_("评分公示：{title}，{day} 前可以申诉"),
            day.isoformat(),
        )

    def _notices(
        self, card: Card, subjects: Sequence[str], key: str, message: str, day: str = ""
    ) -> list[Notice]:
        """One notice for each department; of counties each hears of its own."""
        found = []
        for subject in subjects:
            county = card.subjects == COUNTY
            region = int(subject) if county else card.region
            line = Line(
                region, message, {"title": named(card.title), "day": day}, only=region if county else 0
            )
            found.append(
                Notice(
                    f"scorecard:{card.id}:{key}:{subject}", "scorecard", region, "", 0, line, (), f"/scorecard/{card.id}",
                    self.now(), department="" if county else subject,
                )
            )  # fmt: skip
        return found

    # ---- appeals

    def lodge(self, actor: Actor, number_: int, values: Values) -> int:
        """申诉: say what is wrong with an own score; the number of the appeal.

        values  subject, item, text
        """
        card = self.known(actor, number_)
        items, subjects = self.document(card)
        form = Form(values, self.zone)
        mine = [one for one in subjects if self.judged(actor, card, one)]
        subject = form.choice("subject", mine, mine[0] if len(mine) == 1 else "")
        item = form.choice("item", [one.id for one in items if not subject or one.judges(subject)])
        text = form.text("text", required=True, longest=2000)
        form.done()
        if not self.appealable(card):
            what, do = N_("现在不能申诉：不在申诉期内。"), N_("申诉期以公示为准。")
            raise CockpitError(Issue("no_appeal", what, do))
        with self.store.transaction() as connection:
            earlier = [
                one
                for one in self.store.appeals([number_], connection)
                if (one.subject, one.item) == (subject, item)
            ]
            decided = self.store.decided([one.id for one in earlier], connection)
            if any(one.id not in decided for one in earlier):
                what, do = N_("这一项已经申诉，正在等待裁定。"), N_("请等待裁定结果。")
                raise CockpitError(Issue("appeal_waits", what, do, "item"))
            appeal = Appeal(
                0, number_, card.edition, subject, item, text, self.now(), actor.name, shown(actor)
            )
            return self.store.lodge(connection, appeal)

    def rule(self, actor: Actor, appeal: int, values: Values) -> int:
        """Decide an appeal once, with the reason; the number of its card.

        values  ruling (upheld, dismissed), score (of one that is upheld), reason
        """
        found = self.store.appeal(appeal)
        if found is None:
            raise CockpitError(Issue("unknown_appeal", N_("没有这件申诉。"), N_("请从评分表进入。")))
        card = self._kept(actor, found.card)
        form = Form(values, self.zone)
        ruling = form.choice("ruling", (UPHELD, DISMISSED))
        score = number(form, "score", 0, FULL, required=ruling == UPHELD)
        reason = form.text("reason", required=True, longest=2000)
        form.done()
        if card.state != CardState.SHOWN:
            raise CockpitError(
                Issue("not_now", N_("评分表现在的阶段不能这样办理。"), N_("请刷新页面，看最新的阶段。"))
            )
        with self.store.transaction() as connection:
            if self.store.decided([appeal], connection):
                raise stale()
            kept = AppealRuling(
                appeal,
                ruling,
                score if ruling == UPHELD else None,
                reason,
                self.now(),
                actor.name,
                shown(actor),
            )
            self.store.decide(connection, kept)
            line = Line(card.region, N_("申诉已裁定：{title}"), {"title": named(card.title)})
            told = Notice(f"scorecard:appeal:{appeal}", "scorecard", card.region, "", 0, line, (), f"/scorecard/{card.id}",
                          self.now(), to=(found.actor,))  # fmt: skip
            self._teller.put(connection, [told])
        return found.card


def _ruled(one: Result, ruling: AppealRuling | None) -> Result:
    if ruling is None or ruling.score is None:
        return one
    return one._replace(score=ruling.score, status="appeal", evidence=ruling.reason)
