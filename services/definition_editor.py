"""The editing of a draft: the form filled with it, what is wrong at which box, saving, and what others changed.

Every save is a revision of the studio. Who saves on top of what another saved meanwhile keeps both where they touched
different fields; where both touched the same one, each text is shown beside the other and one of them is chosen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from indicators.catalog.reading import MEASURED, Kind, code_of
from indicators.definition import SeasonCurve, Target
from indicators.drafting import clashes, merged
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.backtest_views import BacktestView
from services.definition_forms import Form, Section, box_of, document_of, form_of
from services.definition_words import LABELS
from services.draft_trials import DraftTrials, TrialWish
from services.formula_help import Completion, FormulaHelp, Understood
from services.preview import Previews, PreviewView
from services.studio import Studio
from services.studio_views import DraftView, Theirs

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """Something that is wrong, at the box where it is to be mended; the empty box is the whole form."""

    box: str
    issue: Issue


@dataclass(frozen=True)
class Clash:
    """A field that two people changed: as it was when this one began, as the other and as this one wrote it."""

    field: str
    began: object
    theirs: object
    mine: object

    @property
    def label(self) -> str:
        """What the field is called; a template."""
        return LABELS.get(self.field, self.field)


@dataclass(frozen=True)
class Conflict:
    """What has to be chosen before a text can be saved on top of another's."""

    revision: int
    by: str
    at: int
    fields: tuple[Clash, ...]


@dataclass(frozen=True)
class Aim:
    """What regions are to reach with this indicator: targets and season curves, by years and regions."""

    targets: tuple[Target, ...] = ()
    curves: tuple[SeasonCurve, ...] = ()


@dataclass(frozen=True)
class EditorView:
    """A draft as it is being written.

    own    the code of the definition that it changes; None for a new one
    aims   targets by region and season curves in force, which have drafts of their own
    """

    draft: DraftView
    sections: tuple[Section, ...]
    faults: tuple[Fault, ...]
    formula: Understood | None
    own: str | None
    aims: Aim


@dataclass(frozen=True)
class Saved:
    """What came of a save.

    faults     what is wrong with the draft as it is now
    joined     the fields that another changed meanwhile and that were taken along
    conflict   what has to be chosen first; nothing was saved then
    """

    draft: DraftView
    faults: tuple[Fault, ...] = ()
    formula: Understood | None = None
    joined: tuple[str, ...] = ()
    by: str = ""
    conflict: Conflict | None = None


class Targets(Protocol):
    """Where targets and curves come from (``data_access.targets.TargetStore``)."""

    def of_indicator(self, indicator: str) -> list[Target]: ...
    def curves_of(self, indicator: str) -> list[SeasonCurve]: ...


class DefinitionEditor:
    """What an editor of definitions works with."""

    def __init__(
        self,
        studio: Studio,
        previews: Previews,
        trials: DraftTrials,
        formulas: FormulaHelp,
        targets: Targets,
        tree: RegionTree,
    ) -> None:
        self._studio = studio
        self._previews = previews
        self._trials = trials
        self._formulas = formulas
        self._targets = targets
        self._tree = tree

    # ---- reading

    def view(self, actor: Actor, number: int, language: str) -> EditorView:
        """A draft with its form.

        raises  CockpitError ``unknown_draft``
        """
        draft = self._studio.draft(actor, number)
        return EditorView(
            draft=draft,
            sections=form_of(draft.kind, draft.document),
            faults=self._faults(actor, draft),
            formula=self._understood(draft, language),
            own=own_code(draft),
            aims=self._aims(actor, draft),
        )

    def preview(self, actor: Actor, draft: DraftView) -> PreviewView | None:
        """What the draft comes to; None for what has no values."""
        if draft.kind not in MEASURED:
            return None
        return self._previews.of(actor, draft.document, own_code(draft))

    def trial(self, actor: Actor, draft: DraftView, wish: TrialWish, language: str) -> BacktestView:
        """A rule of the draft on history.

        raises  CockpitError for a draft or a rule that cannot be tried, saying why
        """
        if draft.kind not in MEASURED or not (draft.document.get("rule") or draft.document.get("rules")):
            what, do = N_("这份草稿没有预警规则"), N_("在“预警规则”一章写上级别和阈值，这里就会回测。")
            raise CockpitError(Issue("no_rule", what, do))
        return self._trials.run(actor, draft.document, own_code(draft), wish, language)

    def complete(
        self, actor: Actor, number: int, typed: str, language: str, codes: bool
    ) -> tuple[Completion, ...]:
        """What may be meant at a formula, or (`codes`) at a box that names an indicator."""
        draft = self._studio.draft(actor, number)
        own = str(draft.document.get("code", ""))
        found = self._formulas.complete(actor, typed, language, own)
        return tuple(one for one in found if one.kind == "indicator") if codes else found

    # ---- writing

    def save(self, actor: Actor, number: int, seen: int, form: Form, language: str) -> Saved:
        """Keep what stands in the form, on top of what others saved since where nothing contradicts.

        seen    the revision with which this form began
        raises  CockpitError as of the studio
        """
        draft = self._studio.draft(actor, number)
        theirs = self._studio.since(actor, number, seen)
        if theirs is None:
            mine = document_of(draft.kind, form, draft.document)
            return self._kept(actor, self._studio.save(actor, number, seen, mine), language)
        mine = document_of(draft.kind, form, theirs.began)
        both = clashes(theirs.began, mine, theirs.document)
        if both:
            return Saved(draft, conflict=_conflict(theirs, mine, both), by=theirs.by)
        return self._joined(actor, number, theirs, mine, language)

    def resolve(
        self,
        actor: Actor,
        number: int,
        seen: int,
        form: Form,
        shown: int,
        chosen: Mapping[str, str],
        language: str,
    ) -> Saved:
        """Save what was chosen field by field: ``mine`` or ``theirs``.

        shown   the revision of the other's text that was shown; a newer one comes back as another conflict
        raises  CockpitError ``not_chosen`` for every field without a choice
        """
        draft = self._studio.draft(actor, number)
        theirs = self._studio.since(actor, number, seen)
        if theirs is None:
            return self.save(actor, number, seen, form, language)
        mine = document_of(draft.kind, form, theirs.began)
        both = clashes(theirs.began, mine, theirs.document)
        if both and theirs.revision != shown:
            return Saved(draft, conflict=_conflict(theirs, mine, both), by=theirs.by)
        left = [one for one in both if chosen.get(one) not in ("mine", "theirs")]
        if left:
            what, do = N_("还没有选保留哪一边"), N_("选对方的或我的，再保存。")
            raise CockpitError(Issue("not_chosen", what, do, f"~choose.{one}") for one in left)
        for name in both:
            if chosen[name] == "theirs":
                mine = _with(mine, name, theirs.document)
        return self._joined(actor, number, theirs, mine, language)

    def undo(self, actor: Actor, number: int, seen: int, to: int, language: str) -> Saved:
        """Bring an earlier text back."""
        return self._kept(actor, self._studio.undo(actor, number, seen, to), language)

    def aim(
        self, actor: Actor, number: int, kind: str, *, region: str, year: str, plan: str, statement: str
    ) -> int:
        """A draft of a target (`target`) or a season curve (`curve`) of the indicator of a draft; gives its number.

        region, year, plan, statement  of the one in force that is to be changed; all empty: of a new one
        """
        code = own_code(self._studio.draft(actor, number))
        if code is None or kind not in ("target", "curve"):
            what, do = N_("这个指标还没有发布"), N_("发布之后再为各地区定目标。")
            raise CockpitError(Issue("not_published", what, do))
        document: dict[str, object] = {"indicator": code}
        if not region and not year:
            return self._studio.open(actor, kind, document=document).id
        if region:
            document["region_code"] = region
        if year:
            document["year"] = int(year) if year.isascii() and year.isdigit() else year
        if kind == "target":
            document |= {"plan": plan} if plan else {}
            document["statement_zh"] = statement
        name = code_of(Kind(kind), document)
        try:
            return self._studio.open(actor, kind, name).id
        except CockpitError as error:
            if error.key != "unknown_indicator":
                raise
        return self._studio.open(actor, kind, document=self._as_loaded(document)).id

    # ---- inside

    def _as_loaded(self, document: Mapping[str, object]) -> dict[str, object]:
        """A target or curve that a file of figures brought, as it would be written."""
        code, region = str(document["indicator"]), str(document.get("region_code", ""))
        year = document.get("year")
        for one in self._targets.of_indicator(code):
            if f"{one.region:012d}" == region and one.year == year and "statement_zh" in document:
                value = one.value if one.upper is None else [one.value, one.upper]
                return {**document, "op": one.op, "value": value, "unit": one.unit}
        for curve in self._targets.curves_of(code):
            if (f"{curve.region:012d}" if curve.region else "") == region and curve.year == year:
                return {**document, "shares": list(curve.shares), "source": curve.source}
        return dict(document)

    def _joined(self, actor: Actor, number: int, theirs: Theirs, mine: Document, language: str) -> Saved:
        whole = merged(theirs.began, mine, theirs.document)
        saved = self._kept(actor, self._studio.save(actor, number, theirs.revision, whole), language)
        taken = tuple(
            name
            for name in dict.fromkeys((*theirs.began, *theirs.document))
            if theirs.began.get(name) != theirs.document.get(name)
            and mine.get(name) != theirs.document.get(name) == whole.get(name)
        )
        return replace(saved, joined=taken, by=theirs.by)

    def _kept(self, actor: Actor, draft: DraftView, language: str) -> Saved:
        return Saved(draft, self._faults(actor, draft), self._understood(draft, language))

    def _faults(self, actor: Actor, draft: DraftView) -> tuple[Fault, ...]:
        issues = self._studio.check(actor, draft.id)
        return tuple(Fault(box_of(draft.document, issue.where), issue) for issue in issues)

    def _understood(self, draft: DraftView, language: str) -> Understood | None:
        text = draft.document.get("formula")
        if draft.kind not in MEASURED or not isinstance(text, str):
            return None
        claimed, code = draft.document.get("unit"), draft.document.get("code")
        return self._formulas.understand(
            text, claimed if isinstance(claimed, str) else "", language, code if isinstance(code, str) else ""
        )

    def _aims(self, actor: Actor, draft: DraftView) -> Aim:
        code = own_code(draft)
        if draft.kind not in MEASURED or code is None:
            return Aim()
        targets, curves = self._targets.of_indicator(code), self._targets.curves_of(code)
        regions = [*(one.region for one in targets), *(one.region for one in curves)]
        named = [one for one in regions if one is not None and self._tree.has(one)]
        seen = {None, *access.narrow(actor, self._tree, named)}
        return Aim(
            tuple(
                sorted(
                    (one for one in targets if one.region in seen), key=lambda one: (-one.year, one.region)
                )
            ),
            tuple(one for one in curves if one.region in seen),
        )


def own_code(draft: DraftView) -> str | None:
    """The code of the definition that a draft changes; None for a new one."""
    code = (draft.base or {}).get("code")
    return code if isinstance(code, str) else None


def _conflict(theirs: Theirs, mine: Document, both: Sequence[str]) -> Conflict:
    fields = tuple(
        Clash(name, theirs.began.get(name), theirs.document.get(name), mine.get(name)) for name in both
    )
    return Conflict(theirs.revision, theirs.by, theirs.at, fields)


def _with(mine: Document, name: str, theirs: Document) -> dict[str, Any]:
    """A text with one field as another wrote it."""
    rest = {key: value for key, value in mine.items() if key != name}
    return {**rest, name: theirs[name]} if name in theirs else rest
