"""The list of supervised items: narrowed, counted, in pages; and the same list as a file."""

import io
from collections.abc import Callable, Mapping

from data_access.formats.tabular import write_csv, write_xlsx
from indicators.errors import N_
from indicators.supervision import State
from services.access import Actor
from services.hotline_book import CLASSES
from services.supervision import STATE_WORDS, Supervision
from services.supervision_notices import OVERDUE
from services.supervision_sources import KINDS
from services.supervision_views import ItemLine, ItemsView
from services.texts import Texts

PAGE = 50


def _is(state: State) -> Callable[[ItemLine], bool]:
    return lambda one: one.state is state


TESTS: Mapping[str, Callable[[ItemLine], bool]] = {
    "open": lambda one: one.open,
    "mine": lambda one: one.mine,
    "overdue": lambda one: bool(one.lateness),
    **{state.value: _is(state) for state in STATE_WORDS},
}
"""What the filter of states knows."""

COLUMNS = (
    N_("编号"), N_("督办事项"), N_("来源"), N_("地区"), N_("责任部门"), N_("责任单位或责任人"), N_("派单时间"), N_("反馈时限"),
    N_("状态"), N_("超期"), N_("轮次"), N_("曾超期"), N_("办结时间"), N_("指标恢复时间"), N_("数据"),
)  # fmt: skip
"""The columns of the file."""


def listing(
    supervision: Supervision, actor: Actor, filters: Mapping[str, str], region: int | None, texts: Texts
) -> ItemsView:
    """The items that the reader chose, a page of them; the counts are of all that lie in the region."""
    everything = found(supervision, actor, {}, region, texts)
    chosen = {name: text for name, text in filters.items() if name in _READ}
    kept = [one for one in everything if _fits(one, chosen)]
    pages = max(1, -(-len(kept) // PAGE))
    asked = filters.get("page", "")
    page = min(max(1, int(asked)), pages) if asked.isascii() and asked.isdigit() else 1
    return ItemsView(
        lines=tuple(kept[(page - 1) * PAGE : page * PAGE]),
        total=len(kept),
        page=page,
        pages=pages,
        chosen=chosen,
        options=_options(everything),
        counts={name: sum(map(test, everything)) for name, test in TESTS.items()},
        may_dispatch=any(supervision.supervises(actor, code) for code in actor.regions),
    )


def found(
    supervision: Supervision, actor: Actor, filters: Mapping[str, str], region: int | None, texts: Texts
) -> list[ItemLine]:
    """All items that the reader chose: what is open first, by its deadline, then the newest."""
    items = supervision.items(actor, () if region is None else (region,))
    lines = [one for one in supervision.lines(actor, items, texts.language) if _fits(one, filters)]
    return sorted(
        lines,
        key=lambda one: (
            not one.open,
            not one.lateness,
            one.due_on.toordinal() if one.open else 0,
            -one.dispatched_at,
        ),
    )


def export(
    supervision: Supervision,
    actor: Actor,
    filters: Mapping[str, str],
    region: int | None,
    texts: Texts,
    kind: str,
) -> bytes:
    """The items that the reader chose as a file, ``csv`` or ``xlsx``; a text never becomes a formula."""
    rows = [_cells(one, texts) for one in found(supervision, actor, filters, region, texts)]
    file = io.BytesIO()
    write = write_csv if kind == "csv" else write_xlsx
    write(file, [texts.t(name) for name in COLUMNS], rows)
    return file.getvalue()


def _cells(one: ItemLine, texts: Texts) -> list[str | int]:
    def moment(at: int | None) -> str:
        return texts.local(at).strftime("%Y-%m-%d %H:%M") if at is not None else ""

    return [
        one.id, one.title, texts.t(KINDS[one.kind]), one.place.name, one.department, one.unit,
        moment(one.dispatched_at), one.due_on.isoformat(), texts.t(STATE_WORDS[one.state]),
        texts.t(OVERDUE[one.lateness]) if one.lateness else "", one.round, texts.t(N_("是")) if one.late else "",
        moment(one.closed_at), moment(one.recovered_at), texts.t(N_("模拟")) if one.simulated else "",
    ]  # fmt: skip


_READ: Mapping[str, Callable[[ItemLine, str], bool]] = {
    "state": lambda one, text: text in TESTS and TESTS[text](one),
    "kind": lambda one, text: one.kind == text,
    "department": lambda one, text: one.department_code == text,
    "place": lambda one, text: f"{one.place.code:012d}" == text,
    "about": lambda one, text: one.kind == "hotline" and one.subject.rpartition("-")[0] == text,
}
"""How the list may be narrowed."""


def _fits(one: ItemLine, filters: Mapping[str, str]) -> bool:
    return all(_READ[name](one, text) for name, text in filters.items() if name in _READ)


def _options(lines: list[ItemLine]) -> dict[str, tuple[tuple[str, str], ...]]:
    """What the pickers offer: only what there is."""
    kinds = {one.kind for one in lines}
    departments = {one.department_code: one.department for one in lines}
    places = {f"{one.place.code:012d}": one.place.name for one in lines}
    about = {one.subject.rpartition("-")[0] for one in lines if one.kind == "hotline"}
    return {
        "kind": tuple((kind, word) for kind, word in KINDS.items() if kind in kinds),
        "about": tuple((code, word) for code, word in CLASSES.items() if code in about),
        "department": tuple(sorted(departments.items())),
        "place": tuple(sorted(places.items())),
    }
