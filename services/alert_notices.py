"""What is told of warnings, in words: one notice for everything that belongs together."""

from collections.abc import Mapping
from dataclasses import dataclass

from data_access.alerts import StoredAlert
from indicators.catalog import Catalog
from indicators.definition import DataStatus, Indicator, indicator_of
from indicators.errors import N_
from indicators.handling import ABOUT_THE_RULE, Group, Instance, Kind, Said
from indicators.regions import RegionTree
from indicators.rules import Rule, WarningLevel
from services.alerts import AlertKey
from services.notices import Line, Notice, named
from services.texts import LEVEL_WORDS, Texts, languages

ONE: Mapping[Kind, str] = {
    Kind.OPEN: N_("{place}“{name}”发出{level}预警：{figure}"),
    Kind.UPGRADE: N_("{place}“{name}”升级为{level}预警：{figure}"),
    Kind.RESOLVE: N_("{place}“{name}”的预警解除：{figure}"),
    Kind.REPEAT: N_("{place}“{name}”仍在{level}预警，尚无人知悉：{figure}"),
    Kind.ESCALATE: N_("{place}“{name}”的{level}预警尚无人知悉，现予升级告知：{figure}"),
    Kind.RELEASED: N_("{place}“{name}”仍在{level}预警：{figure}"),
    Kind.SILENCE_OVER: N_("{place}“{name}”静默到期，仍在{level}预警：{figure}"),
    Kind.FLAPPING: N_("{place}“{name}”的预警反复开合，请检查阈值、持续期和恢复值"),
    Kind.NO_DATA: N_("{place}“{name}”在预警中，数据逾期未到"),
}
"""What is told of one warning."""

MANY: Mapping[Kind, str] = {
    Kind.OPEN: N_("“{name}”：{count} 个地区发出预警，最高{level}"),
    Kind.UPGRADE: N_("“{name}”：{count} 个地区的预警升级，最高{level}"),
    Kind.RESOLVE: N_("“{name}”：{count} 个地区的预警解除"),
    Kind.REPEAT: N_("“{name}”：{count} 个地区仍在预警，尚无人知悉，最高{level}"),
    Kind.ESCALATE: N_("“{name}”：{count} 个地区的预警尚无人知悉，现予升级告知，最高{level}"),
    Kind.RELEASED: N_("“{name}”：{count} 个地区仍在预警，最高{level}"),
    Kind.SILENCE_OVER: N_("“{name}”：静默到期，{count} 个地区仍在预警，最高{level}"),
    Kind.FLAPPING: N_("“{name}”：{count} 个地区的预警反复开合，请检查阈值、持续期和恢复值"),
    Kind.NO_DATA: N_("“{name}”：{count} 个地区在预警中，数据逾期未到"),
}
"""What is told of several at once; the single sentences follow it."""

FIGURE = N_("{value}（{period}）")
COMPARED = N_("{value}（{period}），{measure}{measured}，界限 {bound}")
BOUNDED = N_("{value}（{period}），界限 {bound}")
SIMULATED = N_("{figure} · 模拟")
UNKNOWN = N_("数据暂缺")

SIGNS = {">": ">", ">=": "≥", "<": "<", "<=": "≤"}

MEASURES = {
    "yoy_pct": N_("同比"),
    "yoy_real_pct": N_("可比价同比"),
    "yoy_pp": N_("同比变动"),
    "mom_pct": N_("环比"),
}
"""Measures that are told by name beside the figure; of others the figure and the bound are enough."""


@dataclass(frozen=True)
class Addressed:
    """Whom a notice is for: these accounts alone, or whoever asked and these besides; and whose matter it is."""

    to: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    department: str = ""


class AlertNotices:
    """Puts into words what is told of warnings."""

    def __init__(self, catalog: Catalog, tree: RegionTree) -> None:
        self._catalog = catalog
        self._tree = tree

    def of_group(
        self,
        group: Group,
        stored: Mapping[Instance, StoredAlert],
        rule: Rule | None,
        at: int,
        meant: Addressed,
    ) -> Notice:
        """The notice of a group; `stored` are its instances as they stand."""
        indicator = self._catalog.get(indicator_of(group.rule))
        lines = tuple(self._line(said, stored.get(said.instance), indicator, rule) for said in group.said)
        level = max(said.level for said in group.said)
        subject = lines[0]
        if len(lines) > 1:
            fields = {"name": _name(indicator, rule), "count": len(lines), "level": _level(level)}
            spared = {line.unless for line in lines}, {line.only for line in lines}
            unless, only = (places.pop() if len(places) == 1 else 0 for places in spared)
            subject = Line(group.parent, MANY[group.kind], fields, unless, only)
        first = group.said[0]
        return Notice(
            key=group.key,
            kind=str(group.kind),
            region=group.parent if len(lines) > 1 else first.instance.region,
            system=indicator.system,
            level=0 if group.kind in ABOUT_THE_RULE else level,
            subject=subject,
            lines=lines if len(lines) > 1 else (),
            address=f"/warning/{AlertKey(group.rule, first.instance.region, first.opened)}",
            at=at,
            to=meant.to,
            department=meant.department,
            also=meant.also,
        )

    def of_rule(self, rule: str, key: str, *, failed: bool, at: int) -> Notice:
        """The notice that a rule as a whole is without data, or cannot be judged: for the owner of its figures."""
        indicator = self._catalog.get(indicator_of(rule))
        said = N_("规则“{name}”无法判定，请检查定义") if failed else N_("“{name}”各地区数据均逾期未到")
        return Notice(
            key=key,
            kind="rule.error" if failed else "rule.no_data",
            region=self._tree.root,
            system=indicator.system,
            level=0,
            subject=Line(self._tree.root, said, {"name": _name(indicator, None)}),
            lines=(),
            address=f"/rule/{rule}",
            at=at,
            department=indicator.department,
        )

    def _line(self, said: Said, stored: StoredAlert | None, indicator: Indicator, rule: Rule | None) -> Line:
        region = self._tree.get(said.instance.region)
        fields = {
            "place": named(region.name, region.name_en),
            "name": _name(indicator, rule),
            "level": _level(said.level),
            "figure": _figure(stored, indicator, rule),
        }
        about = str(AlertKey(said.instance.rule, region.code, said.opened))
        return Line(region.code, ONE[said.kind], fields, said.unless, said.only, about)


def _name(indicator: Indicator, rule: Rule | None) -> dict[str, str]:
    """The name of an indicator, with that of a further rule of it."""
    further = (rule.name_zh, rule.name_en) if rule is not None else ("", "")
    zh, en = (
        " · ".join(filter(None, pair))
        for pair in zip((indicator.name_zh, indicator.name_en), further, strict=True)
    )
    return named(zh, en)


def _level(level: int) -> str:
    return LEVEL_WORDS[WarningLevel(level).word] if level else ""


def _figure(stored: StoredAlert | None, indicator: Indicator, rule: Rule | None) -> dict[str, str]:
    """The figure that a warning rests on, and the bound that it passed, as each language says it."""
    return {language: _figure_in(Texts(language), stored, indicator, rule) for language in languages()}


def _figure_in(texts: Texts, stored: StoredAlert | None, indicator: Indicator, rule: Rule | None) -> str:
    if stored is None or stored.value is None:
        return texts.t(UNKNOWN)
    unit = indicator.unit if texts.language == "zh" else indicator.unit_en
    measure = rule.measure if rule is not None and rule.measure else "value"
    fields: dict[str, object] = {
        "value": texts.number(stored.value, unit),
        "period": texts.period(stored.data_period, str(indicator.frequency)),
    }
    message = FIGURE
    if stored.threshold is not None and measure == "value":
        message, fields["bound"] = BOUNDED, _bound(texts, stored, rule, unit)
    elif stored.threshold is not None and measure in MEASURES:
        message = COMPARED
        suffix = "%" if measure.endswith("_pct") else ""
        fields["measure"] = texts.t(MEASURES[measure])
        fields["measured"] = texts.number(stored.measure, suffix, signed=True)
        fields["bound"] = _bound(texts, stored, rule, suffix)
    told = texts.t(message, **fields)
    return texts.t(SIMULATED, figure=told) if stored.status == DataStatus.SIMULATED else told


def _bound(texts: Texts, stored: StoredAlert, rule: Rule | None, unit: str) -> str:
    """The bound that was passed, with the sign of the side that it belongs to."""
    bound = texts.number(stored.threshold, unit)
    if rule is None or stored.measure is None or stored.threshold is None or not rule.sides:
        return bound
    upper = [side.op for side in rule.sides if side.op.startswith(">")]
    lower = [side.op for side in rule.sides if side.op.startswith("<")]
    op = (upper or lower)[0] if stored.measure >= stored.threshold else (lower or upper)[0]
    return f"{SIGNS[op]} {bound}"
