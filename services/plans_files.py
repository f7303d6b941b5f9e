"""The targets of plans as a file, narrowed as the page is."""

import io
from collections.abc import Mapping

from data_access.formats.tabular import Cell, write_csv, write_xlsx
from indicators import periods
from indicators.errors import N_
from services.access import Actor
from services.plans import due
from services.plans_reading import STATE_WORDS, PlanReading
from services.plans_views import TargetView
from services.texts import Texts

COLUMNS = (
    N_("所在规划"), N_("地区"), N_("目标"), N_("年度"), N_("期限"), N_("要求"), N_("目标值"), N_("单位"), N_("责任部门"),
    N_("目前"), N_("期别"), N_("应达"), N_("进展"), N_("完成凭证"), N_("出处"),
)  # fmt: skip


def export(plans: PlanReading, actor: Actor, filters: Mapping[str, str], texts: Texts, kind: str) -> bytes:
    """Every target that the reader may see and chose, ``csv`` or ``xlsx``; a text never becomes a formula."""
    rows = [_cells(one, texts) for one in plans.found(actor, filters, texts.language)]
    file = io.BytesIO()
    (write_csv if kind == "csv" else write_xlsx)(file, [texts.t(name) for name in COLUMNS], rows)
    return file.getvalue()


def _cells(one: TargetView, texts: Texts) -> list[Cell]:
    target, figure = one.target, one.figure
    state = texts.t(STATE_WORDS[one.state]) if one.state else texts.t(N_("对照"))
    return [
        one.plan, one.place, target.statement_zh, target.year, due(target).isoformat(), target.op, target.value,
        target.unit or "", one.owner_name, figure.value if figure is not None else None,
        periods.label(figure.period) if figure is not None and figure.period else "", one.expected, state, one.shown_by,
        target.source,
    ]  # fmt: skip
