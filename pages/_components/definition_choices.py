"""What can be chosen in the boxes of a definition, in the reader's words."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from indicators.catalog import Catalog
from indicators.errors import N_
from indicators.measures import MEASURES
from pages._components.words import (
    BASIS_WORDS,
    FREQUENCY_WORDS,
    LEVEL_WORDS,
    MEASURE_WORDS,
    OPERATORS,
    RULE_WORDS,
    SENSITIVITY_WORDS,
    Words,
)
from services.definition_forms import Box

Option = tuple[str, str]

WARNING_WORDS = dict(zip(("blue", "yellow", "orange", "red"), LEVEL_WORDS[1:], strict=True))

WORDS: Mapping[str, Mapping[str, str]] = {
    "frequency": FREQUENCY_WORDS,
    "basis": BASIS_WORDS,
    "sensitivity": SENSITIVITY_WORDS,
    "polarity": {
        "higher_better": N_("越高越好"), "lower_better": N_("越低越好"), "range": N_("适中"), "context": N_("仅作背景"),
    },
    "jan_feb": {"merged": N_("1—2月合并"), "separate": N_("1月单列")},
    "lowest_level": {
        "nation": N_("全国"), "province": N_("省"), "city": N_("市"), "county": N_("县（区）"), "town": N_("镇（街道）"),
        "village": N_("村（社区）"),
    },
    "agg_region": {
        "sum": N_("求和"), "ratio_of_sums": N_("分子分母分别求和后相除"), "weighted_mean": N_("加权平均"),
        "pop_weighted_mean": N_("按人口加权平均"), "station_mean": N_("由站点重算"), "max": N_("取最大"), "min": N_("取最小"),
        "max_severity": N_("取最高级别"), "distinct": N_("去重计数"), "records": N_("由记录重算"),
        "derived": N_("由公式得到"), "not_additive": N_("不可加总，只用公布值"),
    },
    "agg_time": {
        "sum": N_("求和"), "last": N_("末期值"), "mean": N_("简单平均"), "weighted_mean": N_("加权平均"),
        "cumulative": N_("已是累计，取年内末期"), "ratio_of_sums": N_("分子分母分别汇总后相除"),
        "station_mean": N_("由站点重算"), "max": N_("取最大"), "min": N_("取最小"), "max_severity": N_("取最高级别"),
        "records": N_("由记录重算"), "derived": N_("由公式得到"), "not_additive": N_("不可加总，只用公布值"),
    },
    "type": {
        "component_of": N_("是……的组成"), "numerator_of": N_("是……的分子"), "denominator_of": N_("是……的分母"),
        "leads": N_("先行于"), "offsets": N_("抵减"),
    },
    "op": {">=": N_("不低于"), "<=": N_("不高于"), "=": N_("等于"), "between": N_("介于"), "done": N_("完成即可")},
    "rule.type": RULE_WORDS,
    "rule.measure": {one: MEASURE_WORDS[one] for one in MEASURES},
    "rule.op": {**OPERATORS, "==": "=", "!=": "≠"},
    "rule.no_data": {
        "no_data": N_("保持并提示缺数"), "keep": N_("保持原状"), "ok": N_("视为正常"), "alert": N_("即预警"),
    },
    "rule.no_data_level": WARNING_WORDS,
    "rule.limit_level": WARNING_WORDS,
    "rule.source": {
        "proposal": N_("建议值"), "standard": N_("标准法规"), "plan": N_("规划方案"), "practice": N_("公开实践"),
        "official": N_("镜像主管部门"),
    },
    "benchmark": {"same": N_("同一地区的另一指标"), "parent": N_("上级地区的同一指标")},
}  # fmt: skip
"""Words of the check in the reader's language, by what is chosen; a box of the same words shares them."""


def options(box: Box, catalog: Catalog, words: Words, code: str) -> list[Option]:
    """What can be chosen in a box; what stands in it is among them, whether or not it is allowed.

    code  of the definition: its system has its own themes
    """
    found = _named(box, catalog, words, code)
    known = {value for value, _ in found}
    strange = [(value, value) for value in box.value if value and value not in known]
    return [*found, *strange]


def _named(box: Box, catalog: Catalog, words: Words, code: str) -> list[Option]:
    match box.choices:
        case "theme":
            return _themes(catalog, words, code.partition(".")[0])
        case "department":
            return [(one.id, _name(one, words)) for one in catalog.departments.values()]
        case "plan":
            return [(one.id, one.name_zh) for one in catalog.plans.values()]
        case "dimensions":
            labels = cast(Mapping[str, Mapping[str, str]], catalog.vocabulary.get("dimension_labels") or {})
            return [(word, label["zh" if words.zh else "en"]) for word, label in labels.items()]
    given = WORDS.get(box.choices, {})
    wanted: Sequence[str] = box.words or tuple(given)
    return [(word, words.t(given[word]) if word in given else word) for word in wanted]


def _themes(catalog: Catalog, words: Words, system: str) -> list[Option]:
    """The themes of a system; of all systems while none is typed, each with the name of its system."""
    own = [one for one in catalog.themes.values() if one.system == system]
    if own:
        return [(one.id, _name(one, words)) for one in own]
    return list(
        {
            one.id: (one.id, f"{_name(catalog.systems[one.system], words)} · {_name(one, words)}")
            for one in catalog.themes.values()
        }.values()
    )


def _name(one: Any, words: Words) -> str:
    return str(one.name_zh if words.zh else one.name_en)
