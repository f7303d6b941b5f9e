"""The list of warnings for machines and for files: the very selection that the page shows, with nothing left out."""

from io import BytesIO
from typing import Any

from data_access.formats import tabular
from indicators import periods
from indicators.definition import WARNING_LEVELS
from indicators.errors import N_
from services.texts import Texts
from services.views import AlertLine, StatutoryLine
from services.warning_centre import KINDS, STATES, Selection
from services.warning_views import Counted, WarningRow

Document = dict[str, Any]

COLUMNS = (
    N_("类别"), N_("级别"), N_("地区代码"), N_("地区"), N_("预警"), N_("指标代码"), N_("指标值"), N_("单位"), N_("比较值"),
    N_("界限"), N_("已持续期数"), N_("数据期"), N_("开始于"), N_("发现时间"), N_("责任部门"), N_("处置"), N_("数据状态"), N_("编号"),
)  # fmt: skip
"""The columns of a file; every warning of the selection is a row."""

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def counts(counted: Counted) -> Document:
    """How many of each kind and level, and together."""
    return {
        kind: dict(zip(WARNING_LEVELS[1:], numbers, strict=True))
        for kind, numbers in (("statutory", counted.statutory), ("management", counted.management))
    } | {"total": counted.total}


def document(chosen: Selection) -> Document:
    """The selection as JSON: codes and numbers, names in the reader's language."""
    return {
        "region": f"{chosen.scene.region:012d}",
        "filters": dict(chosen.filters),
        "ignored": list(chosen.vain),
        "counts": counts(chosen.counts),
        "found": chosen.found,
        "warnings": [*map(_message, chosen.messages), *map(_warning, chosen.rows)],
    }


def _warning(row: WarningRow) -> Document:
    line = row.line
    return {
        "id": line.id,
        "kind": line.kind,
        "level": WARNING_LEVELS[line.level],
        "indicator": line.indicator,
        "system": row.system,
        "name": line.name,
        "region": f"{line.place.code:012d}",
        "region_name": line.place.name,
        "value": line.value,
        "unit": line.unit,
        "measure": line.measure,
        "measure_value": line.compared,
        "op": line.op,
        "threshold": line.threshold,
        "lasted": line.lasted,
        "period": _period(line, line.period),
        "since": _period(line, line.since),
        "noticed_at": row.noticed,
        "department": row.department,
        "handling": [badge.kind for badge in row.badges],
        "folded_under": row.under or None,
        "health": line.health,
        "simulated": line.simulated,
    }


def _message(line: StatutoryLine) -> Document:
    """A message of an authority: what it has in common with a warning of ours, and what it has alone."""
    return {
        "id": f"statutory:{line.id}",
        "kind": "statutory",
        "level": WARNING_LEVELS[line.level],
        "name": line.headline,
        "hazard": line.hazard,
        "issuer": line.issuer,
        "region_name": "、".join(line.places),
        "noticed_at": line.issued,
        "until": line.until,
        "simulated": "simulated" in line.marks,
    }


def file(chosen: Selection, kind: str, texts: Texts) -> bytes:
    """The selection as a file: UTF-8 with a mark for spreadsheets, no text of which becomes a formula."""
    rows = [_message_row(line, texts) for line in chosen.messages] + [_row(row, texts) for row in chosen.rows]
    out = BytesIO()
    write = tabular.write_csv if kind == "csv" else tabular.write_xlsx
    write(out, [texts.t(name) for name in COLUMNS], rows)
    return out.getvalue()


def _row(row: WarningRow, texts: Texts) -> list[str | float | int | None]:
    line = row.line
    said = [texts.t(STATES[badge.kind]) for badge in row.badges if badge.kind in STATES]
    return [
        texts.t(KINDS[line.kind]),
        texts.level(WARNING_LEVELS[line.level]),
        f"{line.place.code:012d}",
        line.place.name,
        line.name,
        line.indicator,
        line.value,
        line.unit,
        line.compared,
        line.threshold,
        line.lasted,
        texts.period(line.period, line.frequency),
        texts.period(line.since, line.frequency),
        texts.moment(row.noticed),
        line.department,
        "；".join(said),
        texts.t("模拟") if line.simulated else "",
        line.id,
    ]


def _message_row(line: StatutoryLine, texts: Texts) -> list[str | float | int | None]:
    return [
        texts.t(KINDS["statutory"]),
        texts.level(WARNING_LEVELS[line.level]) if line.level else "",
        "",
        "、".join(line.places),
        line.headline or texts.t(line.hazard),
        "",
        None,
        "",
        None,
        None,
        None,
        "",
        texts.moment(line.issued),
        texts.moment(line.issued),
        line.issuer,
        "",
        texts.t("模拟") if "simulated" in line.marks else "",
        f"statutory:{line.id}",
    ]


def _period(line: AlertLine, key: int) -> str:
    return periods.label(key, line.frequency)
