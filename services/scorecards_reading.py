"""What may be seen of scorecards: whose own scores, of whom the mean only, which edition; and the same as a file."""

import io
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from data_access.formats.tabular import Cell as Written
from data_access.formats.tabular import write_csv, write_xlsx
from data_access.scorecards import (
    AppealRuling,
    Card,
    Result,
    ScorecardStore,
)
from indicators import periods
from indicators.catalog import Catalog
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from indicators.scorecards import (
    FULL,
    RULES,
    CardAct,
    CardState,
    Item,
    mean,
    ranks,
    total,
)
from services import access
from services.access import Actor
from services.collection_forms import as_date, local_day
from services.plans_views import AppealView, CardLine, CardView, Cell, SubjectRow
from services.scenes import name_of
from services.scorecard_scores import COUNTY, DEPARTMENT, Scores, item_of
from services.texts import Texts
from services.views import Figure
from services.waiting import Waiting

Connection = Any
UPHELD, DISMISSED = "upheld", "dismissed"
"""How an appeal is decided."""


class ScorecardReading:
    """Answers questions about scorecards, narrowed to who asks."""

    def __init__(
        self, store: ScorecardStore, scores: Scores, catalog: Catalog, tree: RegionTree,
        clock: Callable[[], datetime], zone: timedelta,
    ) -> None:  # fmt: skip
        self.store = store
        self.scores = scores
        self.catalog = catalog
        self.tree = tree
        self._clock = clock
        self.zone = zone

    def now(self) -> int:
        """This moment, in epoch seconds."""
        return int(self._clock().timestamp())

    def today(self) -> date:
        """This day on the city's clock."""
        return local_day(self.now(), self.zone)

    # ---- who

    def keeps(self, actor: Actor, region: int) -> bool:
        """Whether the actor makes, shows and confirms cards of a region."""
        return access.may(actor, "plans", self.tree, region)

    def judged(self, actor: Actor, card: Card, subject: str) -> bool:
        """Whether a subject is the actor's own: the department, or the county that is answered for."""
        if not access.may(actor, "propose"):
            return False
        if card.subjects == DEPARTMENT:
            return actor.department == subject and access.scope(actor, self.tree, card.region) == "own"
        return not actor.department and int(subject) in actor.regions

    def reads_all(self, actor: Actor, card: Card) -> bool:
        """Whether the actor sees every subject: keeps cards, or reads the figures of the whole region."""
        whole = access.scope(actor, self.tree, card.region) == "own"
        return self.keeps(actor, card.region) or (
            whole and access.may(actor, "view") and not actor.department
        )

    def sees(self, actor: Actor, card: Card, subjects: Sequence[str]) -> bool:
        """Whether the actor may know of a card: one that is worked on only those who keep cards."""
        if self.keeps(actor, card.region):
            return True
        if card.state == CardState.DRAFT or card.state == CardState.WITHDRAWN:
            return False
        return self.reads_all(actor, card) or any(self.judged(actor, card, one) for one in subjects)

    # ---- reading

    def cards(self, actor: Actor) -> tuple[CardLine, ...]:
        """The cards that the actor may know of, the newest first."""
        cards = self.store.cards()
        return tuple(
            self.line(actor, card) for card in cards if self.sees(actor, card, self.document(card)[1])
        )

    def line(self, actor: Actor, card: Card) -> CardLine:
        """A card as a line of the list."""
        waits = None
        if self.keeps(actor, card.region):
            appeals = [one.id for one in self.store.appeals([card.id])]
            waits = len(set(appeals) - set(self.store.decided(appeals))) if appeals else 0
        return CardLine(
            card.id, card.title, card.year, card.subjects, CardState(card.state),
            as_date(card.appeal_on) if card.appeal_on else None, waits, card.simulated,
        )  # fmt: skip

    def document(
        self, card: Card, connection: Connection | None = None
    ) -> tuple[tuple[Item, ...], tuple[str, ...]]:
        """The lines and the subjects of a card as they stand."""
        document = self.store.card_steps(card.id, connection)[-1].document
        return tuple(item_of(one) for one in document["items"]), tuple(document["subjects"])

    def known(self, actor: Actor, number_: int) -> Card:
        """One card.

        raises  CockpitError ``unknown_card``; the same for one that the actor may not know of
        """
        found = self.store.card(number_)
        if found is None or not self.sees(actor, found, self.document(found)[1]):
            what = N_("没有编号为 {id} 的评分表，或您无权查看。")
            params = {"id": str(number_)}
            raise CockpitError(Issue("unknown_card", what, N_("请从评分表清单进入。"), params=params))
        return found

    def page(self, actor: Actor, number_: int, language: str = "zh", edition: int | None = None) -> CardView:
        """One card with the scores that the actor may see.

        edition  of results; without it the newest, and of a card that is worked on the scores as they stand now
        """
        card = self.known(actor, number_)
        items, subjects = self.document(card)
        kept = self.store.results(number_)
        editions = tuple(sorted({one.edition for one in kept}))
        chosen = self._edition(card, editions, edition)
        if chosen:
            results = [one for one in kept if one.edition == chosen]
            items, subjects = self._of_edition(card, results)
        else:
            results = self.live(card, items, subjects)
        rows = self._rows(actor, card, subjects, results, language)
        visible = tuple(row for row in rows if row.own or self.reads_all(actor, card))
        names = {
            code: self._name(code, language) for code in {one.indicator for one in items if one.indicator}
        }
        return CardView(
            line=self.line(actor, card),
            card=card,
            items=items,
            names=names,
            rows=visible,
            hidden=len(rows) - len(visible),
            mean=mean(row.total.score for row in rows),
            edition=chosen,
            editions=editions,
            steps=tuple(self.store.card_steps(number_)),
            hands=tuple(self.store.hands(number_)) if self.keeps(actor, card.region) else (),
            appeals=self._appeals(actor, card, items, language),
            may=self._may(actor, card, subjects),
            subjects=tuple((code, self.subject(card, code, language)) for code in subjects),
            place=name_of(self.tree, card.region, language),
            simulated=card.simulated or any(one.status == "simulated" for one in results),
        )

    def _edition(self, card: Card, editions: Sequence[int], wanted: int | None) -> int:
        if wanted in editions:
            return wanted or 0
        return 0 if card.state == CardState.DRAFT or not editions else editions[-1]

    def _of_edition(self, card: Card, results: Sequence[Result]) -> tuple[tuple[Item, ...], tuple[str, ...]]:
        """The lines and subjects as they stood when an edition was frozen; every showing and confirming makes one."""
        frozen = [one for one in self.store.card_steps(card.id) if one.act in (CardAct.SHOW, CardAct.CONFIRM)]
        document = frozen[results[0].edition - 1].document
        return tuple(item_of(one) for one in document["items"]), tuple(document["subjects"])

    def live(self, card: Card, items: Sequence[Item], subjects: Sequence[str]) -> list[Result]:
        """The scores as they stand now."""
        return self.scores.now(card, items, subjects, self.store.hands(card.id), self.upheld(card))

    def upheld(self, card: Card, connection: Connection | None = None) -> dict[tuple[str, str], AppealRuling]:
        """The appeals that were upheld, by subject and line; the last of several holds."""
        appeals = self.store.appeals([card.id], connection)
        decided = self.store.decided([one.id for one in appeals], connection)
        return {
            (one.subject, one.item): decided[one.id]
            for one in appeals
            if one.id in decided and decided[one.id].ruling == UPHELD
        }

    def _rows(
        self, actor: Actor, card: Card, subjects: Sequence[str], results: Sequence[Result], language: str
    ) -> list[SubjectRow]:
        by: dict[str, list[Result]] = {subject: [] for subject in subjects}
        for one in results:
            by.setdefault(one.subject, []).append(one)
        totals = {subject: total((one.weight, one.score) for one in own) for subject, own in by.items()}
        places = ranks({subject: totals[subject].score for subject in by})
        rows = [
            SubjectRow(
                subject, self.subject(card, subject, language), tuple(map(_cell, own)), totals[subject], places[subject],
                self.judged(actor, card, subject),
            )
            for subject, own in by.items()
        ]  # fmt: skip
        return sorted(rows, key=lambda one: (one.rank is None, one.rank or 0, one.code))

    def subject(self, card: Card, code: str, language: str) -> str:
        """The name of a department or county."""
        if card.subjects == COUNTY:
            return name_of(self.tree, int(code), language) if self.tree.has(int(code)) else code
        return self.departments(language).get(code, code)

    def departments(self, language: str) -> dict[str, str]:
        """The departments of the catalogue by their codes."""
        return {
            one.id: one.name_en if language == "en" else one.name_zh
            for one in self.catalog.departments.values()
        }

    def counties(self, region: int, language: str) -> dict[str, str]:
        """The counties that a card can judge, by their codes."""
        return {f"{code:012d}": name_of(self.tree, code, language) for code in self.scores.counties(region)}

    def _name(self, code: str, language: str) -> str:
        return self.catalog.get(code).name(language) if code in self.catalog else code

    def _appeals(
        self, actor: Actor, card: Card, items: Sequence[Item], language: str
    ) -> tuple[AppealView, ...]:
        appeals = [
            one
            for one in self.store.appeals([card.id])
            if self.keeps(actor, card.region) or self.judged(actor, card, one.subject)
        ]
        decided = self.store.decided([one.id for one in appeals])
        names = {one.id: one.name for one in items}
        return tuple(
            AppealView(
                one,
                self.subject(card, one.subject, language),
                names.get(one.item, one.item),
                decided.get(one.id),
            )
            for one in appeals
        )

    def _may(self, actor: Actor, card: Card, subjects: Sequence[str]) -> frozenset[str]:
        state, can = CardState(card.state), set[str]()
        if self.keeps(actor, card.region):
            can |= {
                CardState.DRAFT: {"edit", "score", "show", "withdraw"},
                CardState.SHOWN: {"recall", "confirm", "withdraw", "rule"},
            }.get(state, set())
        if self.appealable(card) and any(self.judged(actor, card, one) for one in subjects):
            can.add("appeal")
        return frozenset(can)

    def appealable(self, card: Card) -> bool:
        """Whether the time for appeals runs."""
        return card.state == CardState.SHOWN and card.appeal_at is not None and self.now() < card.appeal_at

    def waiting(self, actor: Actor, language: str) -> tuple[Waiting, ...]:
        """Appeals that wait for a decision; scores that can still be appealed against."""
        texts, lines = Texts(language), []
        for card in self.store.cards(states=[CardState.SHOWN.value]):
            due = as_date(card.appeal_on) if card.appeal_on else None
            if self.keeps(actor, card.region):
                waits = self.line(actor, card).appeals or 0
                title = texts.t("裁定“{title}”的申诉", title=card.title)
                lines.append(Waiting(f"scorecard.rule.{card.id}", title, waits, f"/scorecard/{card.id}", due))
            elif self.appealable(card) and any(
                self.judged(actor, card, one) for one in self.document(card)[1]
            ):
                title = texts.t("核对“{title}”的得分", title=card.title)
                lines.append(Waiting(f"scorecard.see.{card.id}", title, 1, f"/scorecard/{card.id}", due))
        return tuple(lines)

    # ---- as a file

    def export(
        self, actor: Actor, number_: int, texts: Texts, kind: str, edition: int | None = None
    ) -> bytes:
        """The scores that the actor may see, ``csv`` or ``xlsx``: a row for each subject and line, then the totals."""
        view = self.page(actor, number_, texts.language, edition)
        items = {one.id: one for one in view.items}
        head = [
            texts.t(name)
            for name in (
                N_("对象"), N_("评分项"), N_("权重"), N_("评分规则"), N_("数值"), N_("单位"), N_("期别"), N_("得分"), N_("评分依据"),
            )
        ]  # fmt: skip
        rows: list[list[Written]] = []
        for row in view.rows:
            for cell in row.cells:
                item, figure = items[cell.item], cell.figure
                rows.append(
                    [
                        row.name, item.name, cell.weight, texts.t(RULES[item.way]),
                        figure.value if figure is not None else None, figure.unit if figure is not None else "",
                        periods.label(figure.period) if figure is not None and figure.period else "", cell.score,
                        cell.evidence,
                    ]
                )  # fmt: skip
            note = texts.t("已评权重 {part}%", part=round(row.total.judged, 1))
            rows.append([row.name, texts.t("总分"), FULL, "", None, "", "", row.total.score, note])
        file = io.BytesIO()
        (write_csv if kind == "csv" else write_xlsx)(file, head, rows)
        return file.getvalue()


def _cell(one: Result) -> Cell:
    figure = None
    if one.value is not None:
        figure = Figure(one.value, one.unit, one.period, "ok", one.status)
    state = "scored" if one.score is not None else one.status
    return Cell(one.item, one.weight, figure, one.score, state, one.evidence)
