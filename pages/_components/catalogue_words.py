"""What the catalogue says in words: where a definition stands, how far figures reach, how they add up, what ties them."""

from indicators.errors import N_
from pages._components.words import Words
from services.catalogue_browser import (
    DUE,
    FRESH,
    FULL,
    IN_FORCE,
    INPUT,
    LATE,
    NEVER,
    NONE,
    PART,
    RETIRED,
    SCHEDULED,
    Edge,
)

STATUS = {IN_FORCE: N_("已发布"), SCHEDULED: N_("待生效"), RETIRED: N_("已停用"), INPUT: N_("基础数据")}

FRESHNESS = {FRESH: N_("按期"), DUE: N_("新一期待报"), LATE: N_("逾期未报"), NEVER: N_("从未有数")}

COVERAGE = {FULL: N_("全部地区有数"), PART: N_("部分地区有数"), NONE: N_("没有地区有数")}

OVER_REGIONS = {
    "sum": N_("下级相加"),
    "ratio_of_sums": N_("分子、分母分别相加后再除"),
    "weighted_mean": N_("加权平均"),
    "pop_weighted_mean": N_("按常住人口加权平均"),
    "station_mean": N_("站点平均"),
    "max": N_("取最大值"),
    "min": N_("取最小值"),
    "max_severity": N_("取最严重的级别"),
    "distinct": N_("去重计数"),
    "records": N_("由业务记录重新计算"),
    "derived": N_("各级分别按公式计算"),
    "not_additive": N_("各级分别发布，不能由下级汇总"),
}
"""How the figure of a region comes from those below it."""

OVER_TIME = {
    "sum": N_("各期相加"),
    "last": N_("取期末值"),
    "mean": N_("各期平均"),
    "weighted_mean": N_("各期加权平均"),
    "cumulative": N_("年内累计"),
    "ratio_of_sums": N_("分子、分母分别相加后再除"),
    "station_mean": N_("站点平均"),
    "max": N_("取最大值"),
    "min": N_("取最小值"),
    "max_severity": N_("取最严重的级别"),
    "records": N_("由业务记录重新计算"),
    "derived": N_("按公式计算"),
    "not_additive": N_("各期分别发布，不能合并"),
}
"""How the figure of a longer time comes from those of the shorter times in it."""

POLARITY = {
    "higher_better": N_("越高越好"),
    "lower_better": N_("越低越好"),
    "range": N_("适中为好"),
    "context": N_("只作背景，不论好坏"),
}

LEVELS = {
    "nation": N_("全国"),
    "province": N_("省级"),
    "city": N_("市级"),
    "county": N_("县区级"),
    "town": N_("镇街级"),
    "village": N_("村级"),
}

INWARD = {
    "formula": N_("公式引用"),
    "component_of": N_("组成部分"),
    "numerator_of": N_("分子"),
    "denominator_of": N_("分母"),
    "leads": N_("先行于它"),
    "offsets": N_("抵减它"),
    "backcast_of": N_("回溯序列"),
}
"""What another indicator is to the one in the middle, by the kind of relation, where it leads into it."""

OUTWARD = {
    "formula": N_("公式用到它"),
    "component_of": N_("由它组成"),
    "numerator_of": N_("以它为分子"),
    "denominator_of": N_("以它为分母"),
    "leads": N_("它先行于"),
    "offsets": N_("它抵减"),
    "backcast_of": N_("它回溯"),
}
"""The same where it is led into from the middle."""

HOW = {
    "own": N_("自身规则"),
    "formula": N_("公式"),
    "weight": N_("权数"),
    "benchmark": N_("对标"),
    "member": N_("合成规则的成员"),
    "refers": N_("转由它预警"),
}
"""How something uses an indicator."""


def tie(edge: Edge, words: Words) -> str:
    """What ties two indicators, seen from the one in the middle."""
    said = (INWARD if edge.inward else OUTWARD).get(edge.kind, edge.kind)
    return words.t(said)
