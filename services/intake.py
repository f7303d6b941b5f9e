"""A file to checked, stored observations, and a report on them: one transaction that can be repeated and undone.

Whichever door a file comes through, the same happens: its cells are read, each doubt is told at its cell, an
error stops everything, and after the commit the warnings that the new figures touch are judged at once.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import chain
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np

from data_access.config import IntakeSettings
from data_access.formats import tabular
from data_access.observations import LoadInfo, ObservationStore, Source, WriteReport
from data_access.sources import files
from data_access.sources.files import from_path, from_upload
from data_access.targets import TargetStore
from indicators import periods, quality
from indicators.aggregation import Demand
from indicators.catalog import Catalog
from indicators.definition import DataStatus
from indicators.errors import N_, CockpitError, Issue, Severity
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.facts import Array, Gatherer
from services.intake_report import OUTCOMES, STAGES, Bundle, IntakeReport, Progress, State, Trial
from services.journal import Cell, Journal
from services.mapping import CATALOGUE_TERMS, TableMapping
from services.recorded import is_of_records
from services.terms import NOW, Terms

__all__ = [
    "OUTCOMES",
    "STAGES",
    "Bundle",
    "Evaluates",
    "Intake",
    "IntakeReport",
    "Trial",
    "from_path",
    "from_upload",
]

Beside = Callable[[Any, int], None]
"""What else is done in the transaction of a load, given the connection and the number of the load."""

COMPARED = 100_000
"""A load of up to so many facts is also compared with what the store holds; a larger one within itself."""


class Evaluates(Protocol):
    """Judges the warnings that changed figures touch; ``services/alerts.py``."""

    def evaluate_pending(self, now: datetime) -> object: ...


class Intake:
    """Takes in files for the store.

    begin     opens a transaction of the store
    catalog   gives the definitions in force
    mapping   how files speak that come without a mapping of their own: that of the pack
    """

    def __init__(
        self,
        store: ObservationStore,
        begin: Callable[[], AbstractContextManager[Any]],
        catalog: Callable[[], Catalog],
        tree: RegionTree,
        targets: TargetStore,
        alerts: Evaluates,
        *,
        settings: IntakeSettings,
        clock: Callable[[], datetime],
        zone: ZoneInfo,
        mapping: TableMapping = CATALOGUE_TERMS,
    ) -> None:
        self._store, self._begin, self._catalog, self._tree = store, begin, catalog, tree
        self._targets, self._alerts = targets, alerts
        self._settings, self._clock, self._zone, self._mapping = settings, clock, zone, mapping

    @property
    def file_limit(self) -> int:
        """The most bytes that a file may have."""
        return self._settings.max_file_mb * 10**6

    def load(
        self,
        actor: Actor,
        source: files.Source,
        mapping: TableMapping | None = None,
        *,
        dry_run: bool = False,
        evaluate: bool = True,
        progress: Progress | None = None,
    ) -> IntakeReport:
        """Take in a file.

        mapping  how the file speaks of our figures; without one, the mapping of the pack
        dry_run  do everything, count everything, and store nothing
        evaluate judge the warnings at once; a caller with more files to come may leave it to the last, since
                 the change notes wait in the store
        raises   CockpitError ``forbidden`` for somebody who may load nothing at all; whatever is wrong with
                 the file is in the report
        """
        bundle = Bundle(source.name, source.sha256, lambda tell: tabular.read(source.path, self.limits, tell))
        return self.take(actor, bundle, mapping, dry_run=dry_run, evaluate=evaluate, progress=progress)

    def take(
        self,
        actor: Actor,
        bundle: Bundle,
        mapping: TableMapping | None = None,
        *,
        dry_run: bool = False,
        evaluate: bool = True,
        progress: Progress | None = None,
        beside: Beside | None = None,
    ) -> IntakeReport:
        """Take in tables, whatever they come from; see ``load``.

        beside  done in the transaction of the load, so that both are there or neither
        """
        access.require(actor, "load")
        mapping = mapping or self._mapping
        digest = sha256(f"{bundle.digest}\x1f{mapping.digest}".encode()).hexdigest()
        standing = self._standing(digest)
        if standing is not None:
            return IntakeReport(bundle.name, "unchanged", load=standing)
        delivery = self._delivery(actor, bundle, mapping, progress)
        journal = delivery.journal
        try:
            facts, keep, columns = self._judged(delivery)
            found = len(columns["row"])
            if journal.failed:
                return delivery.report("refused", found)
            batches = self._batches(facts, keep, columns, delivery)
            written, targets = self._store_all(delivery, digest, batches, dry_run, beside)
        except CockpitError as error:
            for issue in error.issues:
                journal.report(issue)
            return delivery.report("refused", 0)
        if dry_run:
            return delivery.report("dry_run", found, written, targets)
        if evaluate:
            self._alerts.evaluate_pending(self._clock())
        return delivery.report("stored", found, written, targets)

    def examine(self, actor: Actor, bundle: Bundle, mapping: TableMapping | None = None) -> Trial:
        """Read and check tables as a load would, and store nothing: not even a transaction is opened."""
        access.require(actor, "load")
        delivery = self._delivery(actor, bundle, mapping or self._mapping, None)
        batches: list[dict[str, Any]] = []
        try:
            facts, keep, columns = self._judged(delivery)
            batches += self._batches(facts, keep, columns, delivery)
        except CockpitError as error:
            for issue in error.issues:
                delivery.journal.report(issue)
        figures = {name: np.concatenate([one[name] for one in batches]) for name in (batches or [{}])[0]}
        count = len(figures.get("value", ()))
        state: State = "refused" if delivery.journal.failed else "dry_run"
        return Trial(delivery.report(state, count), figures, tuple(delivery.terms.items))

    def undo(self, actor: Actor, load: int) -> WriteReport:
        """Take a load back: figures and targets that it replaced return, and warnings are judged again.

        raises  CockpitError ``unknown_load``, ``load_undone``, ``load_of_records``; ``forbidden`` for the load of
                somebody else, unless the actor may load everywhere
        """
        found = next((one for one in self._store.loads(limit=10_000) if one.id == load), None)
        mine = found is not None and found.actor == actor.id
        whole = (
            replace(actor, regions=()) if actor.department else actor
        )  # who has a department: own loads only
        access.require(actor if mine else whole, "load", *(() if mine else (self._tree, self._tree.root)))
        if found is not None and is_of_records(found.digest):
            raise CockpitError(
                Issue(
                    "load_of_records",
                    N_("批次 {load} 的数字由业务记录计算，不能单独撤销"),
                    N_("请修改记录，数字随之重算"),
                    params={"load": load},
                )
            )
        at = int(self._clock().timestamp())
        with self._begin() as connection:
            report = self._store.undo(load, actor.id, at, connection)
            self._targets.undo(load, at, connection)
        self._alerts.evaluate_pending(self._clock())
        return report

    @property
    def most_issues(self) -> int:
        """So many issues are listed at most."""
        return self._settings.max_issues

    @property
    def limits(self) -> tabular.Limits:
        """What reading one delivery may cost."""
        settings = self._settings
        return tabular.Limits(
            inflated_bytes=settings.max_unpacked_mb * 10**6, rows=settings.max_rows,
            columns=settings.max_columns, cell_length=settings.max_cell_characters, sheets=settings.max_sheets,
        )  # fmt: skip

    # ------------------------------------------------------------ reading

    def _standing(self, digest: str) -> int | None:
        """The load that brought the same content through the same mapping, and still stands."""
        loads = self._store.loads(limit=100_000)
        return next((load.id for load in loads if load.digest == digest and not load.undone), None)

    def _delivery(
        self, actor: Actor, bundle: Bundle, mapping: TableMapping, progress: Progress | None
    ) -> "_Delivery":
        catalog = self._catalog()

        def may_load(region: int, code: str) -> bool:
            one = catalog.get(code)
            return actor.department in ("", one.department) and access.may(
                actor, "load", self._tree, region, one.system
            )

        now = self._clock()
        terms = Terms(
            catalog, self._tree, mapping, file=bundle.name, today=now.astimezone(self._zone).date(),
            zone=self._zone, may_load=may_load,
        )  # fmt: skip
        journal = Journal(bundle.name, self._settings.max_issues)
        tell = progress or (lambda _stage, _rows: None)
        return _Delivery(bundle, actor, now, terms, journal, Gatherer(terms, journal), tell)

    def _judged(self, delivery: "_Delivery") -> tuple[quality.Facts, Array, dict[str, Array]]:
        """The tables read and their facts checked: the facts sorted, which to store, and where each came from."""
        self._read(delivery)
        columns = delivery.gatherer.columns()
        delivery.tell("check", len(columns["row"]))
        facts, keep = self._check(columns, delivery)
        return facts, keep, columns

    def _read(self, delivery: "_Delivery") -> None:
        gatherer, journal = delivery.gatherer, delivery.journal

        def watched(chunks: Iterator[tabular.Chunk]) -> Iterator[tabular.Chunk]:
            for chunk in chunks:
                yield chunk
                delivery.tell("read", gatherer.rows)

        wanted, taken = delivery.terms.mapping.sheets, 0
        without: list[str] = []
        for table in delivery.bundle.tables(journal.report):
            if wanted and table.sheet not in wanted:
                continue
            if gatherer.take(replace(table, chunks=watched(table.chunks))):
                taken += 1
            else:
                without.append(table.sheet)
        for sheet in without:
            severity = Severity.WARNING if taken else Severity.ERROR
            journal.report(
                Issue("no_header", N_("看不出表头：没有找到写着数值、地区、时期的一行。"),
                      N_("请用 docs/intake.md 里的列名，或写一个映射文件。"), where=sheet, severity=severity)
            )  # fmt: skip

    # ------------------------------------------------------------ checking

    def _check(self, columns: dict[str, Array], delivery: "_Delivery") -> tuple[quality.Facts, Array]:
        """The facts sorted, and which of them to store; they are taken out of the columns."""
        terms, journal = delivery.terms, delivery.journal
        own = len(columns["row"])
        judged = {name: columns.pop(name) for name in quality.FACT_COLUMNS}
        if 0 < own <= COMPARED:
            judged = self._with_known(judged, terms)
        facts = quality.Facts(judged, terms.definitions)
        keep, twice = quality.repeated(facts)
        catalog = terms.catalog
        trees = {one.code: catalog.compiled(one.code) for one in terms.definitions}
        formulas = {code: tree for code, tree in trees.items() if tree is not None}
        findings = chain(
            twice,
            quality.ranges(facts),
            quality.growths(facts),
            quality.identities(facts, catalog.identities),
            quality.published_ratios(facts, formulas),
            quality.region_totals(facts, self._tree),
            quality.levels(facts, self._tree),
        )
        for finding in findings:
            journal.tell(
                finding,
                _cell(columns, int(facts.order[finding.fact])),
                None if finding.other is None else _cell(columns, int(facts.order[finding.other])),
            )
        if own == 0 and not delivery.gatherer.targets and not journal.failed:
            what, do = N_("没有找到可以装入的数。"), N_("请看其他提示，或检查映射文件。")
            journal.report(Issue("nothing_found", what, do))
        return facts, keep & facts.incoming

    def _with_known(self, judged: dict[str, Array], terms: Terms) -> dict[str, Array]:
        """The facts, and beside them what the store holds of the same figures, a year back, above and below."""
        regions = {int(code) for code in np.unique(judged["region"])}
        around = {
            relative for code in regions for relative in (self._tree.parent(code), *self._tree.children(code))
        }
        codes = {definition.code for definition in terms.definitions}
        catalog = terms.catalog
        for identity in catalog.identities:
            if codes & {identity.total, *identity.parts}:
                codes |= {identity.total, *identity.parts}
        codes |= {name for code in tuple(codes) for name in catalog.inputs(code)}
        demand = Demand(
            tuple(sorted(codes)), tuple(sorted(regions | {code for code in around if code})),
            int(judged["period"].min()) - periods.YEAR, int(judged["period"].max()), items=None,
        )  # fmt: skip
        found = self._store.answer(demand)
        if not len(found):
            return {**judged, "incoming": np.ones(len(judged["value"]), dtype=bool)}
        real = found.column("status") != DataStatus.SIMULATED
        stored_items = self._store.items()
        items = {
            number: terms.item(*stored_items[number]) for number in np.unique(found.column("item")).tolist()
        }
        known = {
            "indicator": np.array(
                [terms.definition(code) for code in found.column("indicator")], dtype=np.int32
            ),
            "item": np.array([items[number] for number in found.column("item").tolist()], dtype=np.int32),
            **{name: found.column(name) for name in ("region", "period", "value", "yoy", "status")},
        }
        incoming = np.concatenate(
            [np.ones(len(judged["value"]), dtype=bool), np.zeros(int(real.sum()), dtype=bool)]
        )
        return {
            **{name: np.concatenate([judged[name], known[name][real]]) for name in quality.FACT_COLUMNS},
            "incoming": incoming,
        }

    # ------------------------------------------------------------ storing

    def _batches(
        self, facts: quality.Facts, keep: Array, columns: Mapping[str, Array], delivery: "_Delivery"
    ) -> Iterator[dict[str, Any]]:
        """The facts to store, in the order of the store, so many at a time.

        Of a figure that comes in several stages the earlier ones count as known a second before the later,
        so that each is kept and the last one is in force.
        """
        following = facts.stages_to_come(keep)
        codes = np.array([definition.code for definition in delivery.terms.definitions], dtype=object)
        reasons = np.array(delivery.terms.reasons, dtype=object)
        size = self._settings.batch_rows
        for start in range(0, len(keep), size):
            at_place = start + np.flatnonzero(keep[start : start + size])
            came = facts.order[at_place]
            known_at = columns["known_at"][came]
            status = facts.status_of(at_place)
            stated = reasons[columns["reason"][came]]
            stated[status != DataStatus.MISSING] = None
            delivery.tell("store", start)
            yield {
                "indicator": codes[facts.indicator[at_place]],
                "item": facts.item[at_place],
                "region": facts.region[at_place],
                "period": facts.period[at_place],
                "value": facts.value[at_place],
                "yoy": facts.yoy[at_place],
                "status": status,
                "reason": stated,
                "source": columns["source"][came],
                "known_at": np.where(known_at == NOW, delivery.at, known_at) - following[at_place],
            }

    def _store_all(
        self, delivery: "_Delivery", digest: str, batches: Iterator[dict[str, Any]], dry_run: bool,
        beside: Beside | None,
    ) -> tuple[WriteReport, int]:  # fmt: skip
        terms, store, bundle = delivery.terms, self._store, delivery.bundle
        info = LoadInfo(digest, bundle.name, delivery.actor.id, delivery.at, bundle.reason)
        try:
            with self._begin() as connection:
                items = np.array([store.item_id(*item, connection) for item in terms.items])
                sources = np.array([store.source_id(Source(*one), connection) for one in terms.sources])
                numbered = (
                    {**batch, "item": items[batch["item"]], "source": sources[batch["source"]]}
                    for batch in batches
                )
                written = store.write(numbered, info, connection)
                targets = self._targets.add(
                    delivery.gatherer.targets, delivery.at, load=written.load, connection=connection
                )
                if dry_run:
                    raise _NotForGood
                if beside is not None:
                    beside(connection, written.load)
        except _NotForGood:
            pass
        return written, targets


@dataclass(frozen=True)
class _Delivery:
    """One bundle on its way in."""

    bundle: Bundle
    actor: Actor
    now: datetime
    terms: Terms
    journal: Journal
    gatherer: Gatherer
    tell: Progress

    @property
    def at(self) -> int:
        """The moment of the load, in epoch seconds."""
        return int(self.now.timestamp())

    def report(
        self, state: State, facts: int, written: WriteReport | None = None, targets: int = 0
    ) -> IntakeReport:
        """What became of the file."""
        counts, done = self.journal.counts, written or WriteReport(0)
        return IntakeReport(
            file=self.bundle.name, state=state, load=done.load if state == "stored" else None,
            rows=self.gatherer.rows, facts=facts, inserted=done.inserted, corrected=done.corrected,
            unchanged=done.unchanged, late=done.late, refused=self.journal.left_out + done.refused_simulated,
            targets=targets, errors=counts[Severity.ERROR], warnings=counts[Severity.WARNING],
            notices=counts[Severity.NOTICE], issues=self.journal.listed,
        )  # fmt: skip


class _NotForGood(Exception):  # noqa: N818  not an error: the end of a dry run
    """Everything was tried; nothing is to stay."""


def _cell(columns: Mapping[str, Array], at: int) -> Cell | None:
    """The place of a fact; None for one that the store held already."""
    if at >= len(columns["row"]):
        return None
    return Cell(*(int(columns[name][at]) for name in ("sheet", "row", "value_column", "yoy_column")))
