"""The catalog: what is in force, and the check that tells every problem with its place and remedy."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from data_access.definitions import LIBRARY, library_files, parse, read_files
from indicators.catalog import Kind, Source, assemble, entries, layered
from indicators.catalog.checking import check
from indicators.errors import CockpitError, Issue, Severity

MINI = """\
system: mini
name_zh: "小系统"
name_en: "A small system"
schema_version: 1
themes:
  - {id: fiscal, order: 1, name_zh: "财政", name_en: "Public finance"}
inputs:
  - code: mini.fees
    name_zh: "非税"
    name_en: "Fees"
    unit: "亿元"
    unit_en: "100 million CNY"
    frequency: monthly
    basis: ytd
    agg_region: sum
    agg_time: cumulative
    lowest_level: county
    department: finance
    definition_zh: "非税收入"
    related: [{type: component_of, code: mini.revenue, additive: true}]
  - code: mini.people
    name_zh: "人口"
    name_en: "People"
    unit: "万人"
    unit_en: "10 thousand persons"
    frequency: yearly
    basis: point
    agg_region: sum
    agg_time: last
    lowest_level: county
    department: stats
    definition_zh: "年末人口"
indicators:
  - code: mini.tax
    name_zh: "税收"
    name_en: "Tax"
    theme: fiscal
    unit: "亿元"
    unit_en: "100 million CNY"
    frequency: monthly
    basis: ytd
    polarity: higher_better
    agg_region: sum
    agg_time: cumulative
    sensitivity: public
    lowest_level: county
    department: finance
    definition_zh: "税收收入"
    calibre_zh: "累计"
    rule: {type: threshold, measure: yoy_pct, op: "<", red: -10, orange: -5, yellow: -2, blue: 0, source: proposal}
    related: [{type: component_of, code: mini.revenue, additive: true}, {type: numerator_of, code: mini.share}]
  - code: mini.revenue
    name_zh: "收入"
    name_en: "Revenue"
    theme: fiscal
    unit: "亿元"
    unit_en: "100 million CNY"
    frequency: monthly
    basis: ytd
    polarity: higher_better
    agg_region: sum
    agg_time: cumulative
    sensitivity: public
    lowest_level: county
    department: finance
    definition_zh: "一般公共预算收入"
    calibre_zh: "累计"
    rule: {type: refer, code: mini.share}
    related: [{type: denominator_of, code: mini.share}]
  - code: mini.share
    name_zh: "税占比"
    name_en: "Tax share"
    theme: fiscal
    unit: "%"
    unit_en: "%"
    frequency: monthly
    basis: ytd
    polarity: higher_better
    agg_region: ratio_of_sums
    agg_time: ratio_of_sums
    sensitivity: public
    lowest_level: county
    department: finance
    definition_zh: "税收占收入的比重"
    calibre_zh: "同为累计"
    formula: "100 * mini.tax / mini.revenue"
    rule: {type: threshold, measure: value, op: "<", red: 35, orange: 42, yellow: 48, blue: 55, source: proposal}
    example: {period: "2024-06", inputs: {mini.tax: {a: 30, b: 20}, mini.revenue: {a: 40, b: 60}}, expect: {a: 75, city: 50}}
  - code: mini.air
    name_zh: "浓度"
    name_en: "Concentration"
    theme: fiscal
    unit: "微克/立方米"
    unit_en: "ug/m3"
    frequency: monthly
    basis: ytd
    polarity: lower_better
    agg_region: station_mean
    agg_time: station_mean
    sensitivity: public
    lowest_level: county
    department: env
    definition_zh: "年初以来平均浓度"
    calibre_zh: "国控站点"
    rule: {type: threshold, measure: value, op: ">", red: 45, orange: 37, yellow: 30, blue: 20, source: standard}
    limit_versions: [{valid_from: "2016-01-01", valid_to: "2026-02-28", limit: 35, source: A}, {valid_from: "2026-03-01", valid_to: null, limit: 30, source: B}]
  - code: mini.open
    name_zh: "未办件"
    name_en: "Open cases"
    theme: fiscal
    unit: "件"
    unit_en: "cases"
    frequency: daily
    basis: point
    polarity: lower_better
    agg_region: sum
    agg_time: last
    sensitivity: public
    lowest_level: county
    department: finance
    definition_zh: "未办结的件数"
    calibre_zh: "时点"
    rule: {type: threshold, measure: value, op: ">", red: 10, orange: 5, yellow: 2, blue: 0, recover: {red: 9, orange: 5, yellow: 2}, source: proposal}
identities:
  - {total: mini.revenue, parts: [mini.tax, mini.fees], tolerance: 0.05}
plans:
  - {id: plan2020, name_zh: "方案", issued: "2020-01-01", region_code: "440900000000"}
targets:
  - {plan: plan2020, region_code: "440900000000", year: 2022, due: "2022-12-31", statement_zh: "税占比达到七成", indicator: mini.share, op: ">=", value: 70, unit: "%"}
season_curves:
  - {indicator: mini.tax, shares: [5, 12, 20, 30, 40, 50, 58, 66, 75, 83, 91, 100]}
"""


@cache
def words() -> tuple[Source, ...]:
    """The vocabulary and the departments of the library."""
    return tuple(read_files([LIBRARY / "vocabulary.yaml", LIBRARY / "departments.yaml"], "library"))


def check_text(text: str) -> list[Issue]:
    """What the check says of one file beside the vocabulary."""
    return check([*words(), parse(text, "mini.yaml")])


def changed(*changes: tuple[str, str]) -> str:
    """The small system with some lines replaced; a change is made at its first place."""
    text = MINI
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def line_of(text: str, fragment: str) -> int:
    """The line in which a fragment stands first."""
    return text[: text.index(fragment)].count("\n") + 1


def catalog_of(text: str = MINI):
    """The catalog of one file beside the vocabulary."""
    return assemble(layered(entries([*words(), parse(text, "mini.yaml")])))


def test_a_sound_file_has_no_issue():
    assert check_text(MINI) == []


EXAMPLE = next(line for line in MINI.splitlines(keepends=True) if "example:" in line)
SHARE = '    formula: "100 * mini.tax / mini.revenue"'
PROBLEMS = [
    # YAML and fields
    ("yaml_syntax", ('name_en: "Fees"', 'name_en: "Fees'), 'unit: "亿元"'),
    ("duplicate_field", ('    unit_en: "100 million CNY"', '    unit_en: "x"\n    unit_en: "y"'), 'unit_en: "y"'),
    ("unknown_field", ('    name_en: "Fees"', '    name_en: "Fees"\n    unti: "亿元"'), "unti:"),
    ("missing_field", ('    name_en: "Fees"\n', ""), "- code: mini.fees"),
    ("wrong_type", ('name_en: "Fees"', "name_en: [Fees]"), "[Fees]"),
    ("wrong_type", ("  - code: mini.fees", "  - code: fees"), "- code: fees"),
    ("unknown_word", ("frequency: monthly", "frequency: montly"), "montly"),
    ("unknown_word", ("agg_region: sum", "agg_region: add"), "agg_region: add"),
    ("unknown_word", ("polarity: higher_better", "polarity: up"), "polarity: up"),
    ("unknown_field", ("identities:", "identitys:"), "identitys:"),
    ("not_a_mapping", ("plans:\n", "plans:\n  - just words\n"), "just words"),
    # words with a meaning elsewhere
    ("unknown_department", ("department: finance", "department: finanse"), "finanse"),
    ("unknown_theme", ("theme: fiscal", "theme: fisc"), "theme: fisc\n"),
    ("unknown_dimension", ("    basis: point\n", "    basis: point\n    dimensions: [industri]\n"), "industri"),
    ("unknown_unit", ('unit: "亿元"', 'unit: "亿圆"'), "亿圆"),
    ("code_of_other_system", ("system: mini", "system: other"), "- code: mini.fees"),
    ("duplicate_code", ("- code: mini.people", "- code: mini.fees"), None),
    ("backward_dates", ("definition_zh: \"年末人口\"", 'definition_zh: "年末人口"\n    valid_from: "2024-01-01"\n    valid_to: "2023-01-01"'), "valid_to: \"2023"),
    ("bad_year", ('definition_zh: "年末人口"', 'definition_zh: "年末人口"\n    targets: {"2025年": 3}'), "2025年"),
    ("bad_target", ('definition_zh: "年末人口"', 'definition_zh: "年末人口"\n    targets: {2025: many}'), "2025: many"),
    ("bad_target", ('definition_zh: "年末人口"', 'definition_zh: "年末人口"\n    targets: {2025: .inf}'), "2025: .inf"),
    ("limits_overlap", ('valid_to: "2026-02-28"', 'valid_to: "2026-03-31"'), "limit_versions"),
    ("limits_gap", ('valid_to: "2026-02-28"', 'valid_to: "2026-01-31"'), "limit_versions"),
    # formulas
    ("formula_syntax", (SHARE, '    formula: "100 * mini.tax /"'), "mini.tax /\""),
    ("formula_unknown_function", (SHARE, '    formula: "100 * eval(mini.tax) / mini.revenue"'), "eval"),
    ("unknown_code", (SHARE, '    formula: "100 * mini.tex / mini.revenue"'), "mini.tex"),
    ("unit_mismatch", (SHARE, '    formula: "100 * (mini.tax + mini.people) / mini.revenue"'), "mini.people) /"),
    ("unit_contradicts_formula", (SHARE, '    formula: "mini.tax / mini.revenue"'), 'unit: "%"'),
    ("cycle", (SHARE, '    formula: "100 * mini.share / mini.revenue"'), "mini.share / mini"),
    ("missing_example", (EXAMPLE, ""), "- code: mini.share"),
    ("example_fails", ("expect: {a: 75, city: 50}", "expect: {a: 75, city: 54.2}"), "54.2"),
    ("bad_example", ("inputs: {mini.tax: {a: 30, b: 20}", "inputs: {mini.tax: {甲: 30, b: 20}"), "甲"),
    # adding up
    ("ratio_that_sums", ("agg_region: ratio_of_sums", "agg_region: sum"), "agg_region: sum\n    agg_time: ratio"),
    ("ratio_that_sums", ("agg_time: ratio_of_sums", "agg_time: sum"), "agg_time: sum"),
    ("stock_that_sums", ("agg_time: last", "agg_time: sum"), "agg_time: sum"),
    ("cumulative_that_sums", ("agg_time: cumulative", "agg_time: sum"), "agg_time: sum"),
    ("not_cumulative", ("    frequency: monthly\n    basis: ytd", "    frequency: monthly\n    basis: period"), "agg_time: cumulative"),
    ("formula_needed", ("agg_region: station_mean", "agg_region: ratio_of_sums"), "agg_region: ratio_of_sums\n    agg_time: station"),
    ("derived_from_records", ("agg_region: ratio_of_sums", "agg_region: weighted_mean\n    weight: reported"), "agg_region: weighted_mean"),
    ("missing_weight", ("agg_region: station_mean", "agg_region: weighted_mean"), "agg_region: weighted_mean"),
    ("unknown_code", ("agg_region: station_mean", "agg_region: weighted_mean\n    weight: mini.peple"), "mini.peple"),
    ("part_not_additive", ("agg_region: sum\n    agg_time: cumulative\n    sensitivity", "agg_region: not_additive\n    agg_time: cumulative\n    sensitivity"), "agg_region: ratio_of_sums"),
    # reach
    ("level_below_inputs", ("    lowest_level: county\n    department: finance\n    definition_zh: \"税收占", "    lowest_level: town\n    department: finance\n    definition_zh: \"税收占"), "lowest_level: town"),
    ("dimension_of_inputs", (SHARE, SHARE + "\n    dimensions: [industry]"), "dimensions: [industry]"),
    # relations and identities
    ("unknown_code", ("{type: numerator_of, code: mini.share}", "{type: leads, code: mini.shares}"), "mini.shares"),
    ("missing_relation", (", {type: numerator_of, code: mini.share}", ""), None),
    ("relation_contradicts_formula", ("{type: denominator_of, code: mini.share}", "{type: denominator_of, code: mini.share}, {type: numerator_of, code: mini.share}"), None),
    ("component_of_ratio", ("    definition_zh: \"年末人口\"", "    definition_zh: \"年末人口\"\n    related: [{type: component_of, code: mini.share, additive: false}]"), "code: mini.share, additive"),
    ("self_relation", ("    definition_zh: \"年末人口\"", "    definition_zh: \"年末人口\"\n    related: [{type: leads, code: mini.people}]"), "leads, code: mini.people"),
    ("identity_mixed", ("parts: [mini.tax, mini.fees]", "parts: [mini.tax, mini.fees, mini.people]"), "mini.people]"),
    ("identity_not_stated", ("{type: component_of, code: mini.revenue, additive: true}]\n  - code: mini.people", "{type: leads, code: mini.revenue}]\n  - code: mini.people"), "{type: leads"),
    ("identity_shape", ("parts: [mini.tax, mini.fees], tolerance: 0.05", "parts: [mini.tax, mini.fees], tolerance: -1"), "tolerance: -1"),
    ("unknown_code", ("parts: [mini.tax, mini.fees]", "parts: [mini.tax, mini.feez]"), "mini.feez"),
    # rules
    ("unknown_rule_type", ("{type: threshold, measure: yoy_pct", "{type: treshold, measure: yoy_pct"), "treshold"),
    ("rule_order", ("red: -10, orange: -5", "red: -5, orange: -10"), "red: -5, orange: -10"),
    ("rule_recovery_side", ("recover: {red: 9, orange: 5, yellow: 2}", "recover: {red: 11, orange: 5, yellow: 2}"), "red: 11"),
    ("never_ends", (", recover: {red: 9, orange: 5, yellow: 2}", ""), "red: 10, orange: 5, yellow: 2, blue: 0"),
    ("op_against_polarity", ('op: "<", red: -10, orange: -5, yellow: -2, blue: 0', 'op: ">", red: 10, orange: 5, yellow: 2, blue: 0'), 'op: ">", red: 10, orange: 5, yellow: 2, blue: 0, source'),
    ("rule_on_context", ("polarity: higher_better", "polarity: context"), "measure: yoy_pct"),
    ("limit_out_of_order", ("orange: 37, yellow: 30", "orange: 34, yellow: 30"), "orange: 34"),
    ("unknown_code", ("{type: refer, code: mini.share}", "{type: refer, code: mini.sahre}"), "mini.sahre"),
    ("refer_to_nothing", ("{type: threshold, measure: value, op: \"<\", red: 35, orange: 42, yellow: 48, blue: 55, source: proposal}", "{type: none}"), "{type: refer"),
    ("refer_loop", ("{type: threshold, measure: value, op: \"<\", red: 35, orange: 42, yellow: 48, blue: 55, source: proposal}", "{type: refer, code: mini.revenue}"), None),
    # plans, targets, curves
    ("unknown_plan", ("{plan: plan2020", "{plan: plan2021"), "plan2021"),
    ("due_in_other_year", ('due: "2022-12-31"', 'due: "2023-12-31"'), "2023-12-31"),
    ("target_unit", ('value: 70, unit: "%"', 'value: 70, unit: "亿元"'), "value: 70"),
    ("target_value", ('op: ">=", value: 70', 'op: done, value: 70'), "op: done"),
    ("target_value", ('op: ">=", value: 70', 'op: between, value: 70'), "op: between"),
    ("bad_region_code", ('plan2020, region_code: "440900000000"', 'plan2020, region_code: "4409"'), '"4409"'),
    ("season_curve", ("83, 91, 100]", "83, 91, 99]"), "91, 99]"),
    ("unknown_code", ("{indicator: mini.tax", "{indicator: mini.taxes"), "mini.taxes"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "change", "fragment"), PROBLEMS, ids=[f"{n}-{p[0]}" for n, p in enumerate(PROBLEMS)]
)
def test_a_problem_is_told_with_its_line_and_a_remedy(key, change, fragment):
    text = changed(change)
    told = [issue for issue in check_text(text) if issue.key == key]
    assert told, [issue.key for issue in check_text(text)]
    assert all(issue.do for issue in told)
    if fragment is not None:
        assert f"mini.yaml:{line_of(text, fragment)}" in [issue.where for issue in told]


def test_all_problems_of_a_file_are_told_at_once():
    text = changed(
        ('unit: "亿元"', 'unit: "亿圆"'),
        ("department: stats", "department: stat"),
        ("agg_time: last", "agg_time: sum"),
        ("red: -10, orange: -5", "red: -5, orange: -10"),
        ("expect: {a: 75, city: 50}", "expect: {a: 75, city: 54.2}"),
        ("83, 91, 100]", "83, 91, 99]"),
    )
    keys = {issue.key for issue in check_text(text)}
    assert {
        "unknown_unit",
        "unknown_department",
        "stock_that_sums",
        "rule_order",
        "example_fails",
        "season_curve",
    } <= keys


def test_problems_are_told_in_the_order_of_their_lines():
    text = changed(
        ('unit: "亿元"', 'unit: "亿圆"'), ("83, 91, 100]", "83, 91, 99]"), ("agg_time: last", "agg_time: sum")
    )
    lines = [int(issue.where.rpartition(":")[2]) for issue in check_text(text)]
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("word", "change", "meant"),
    [
        ("mini.tex", (SHARE, '    formula: "100 * mini.tex / mini.revenue"'), "mini.tax"),
        ("finanse", ("department: finance", "department: finanse"), "finance"),
        ("montly", ("frequency: monthly", "frequency: montly"), "monthly"),
        ("unti", ('    name_en: "Fees"', '    name_en: "Fees"\n    unti: "亿元"'), "unit"),
    ],
)
def test_a_word_that_is_nearly_right_is_answered_with_the_right_one(word, change, meant):
    issue = next(issue for issue in check_text(changed(change)) if issue.params.get("word") == word)
    assert meant in issue.text()


def test_a_loop_of_three_definitions_is_told_with_its_path():
    text = changed(
        ('    definition_zh: "非税收入"', '    definition_zh: "非税收入"\n    formula: "mini.tax * 1"'),
        ('    definition_zh: "税收收入"', '    definition_zh: "税收收入"\n    formula: "mini.revenue * 1"'),
        (
            '    definition_zh: "一般公共预算收入"',
            '    definition_zh: "一般公共预算收入"\n    formula: "mini.fees * 1"',
        ),
    )
    loops = [issue for issue in check_text(text) if issue.key == "cycle"]
    assert [issue.params["path"] for issue in loops] == ["mini.fees -> mini.tax -> mini.revenue -> mini.fees"]


def test_a_loop_of_relations_is_told_with_its_path():
    text = changed(
        (
            '    definition_zh: "年末人口"',
            '    definition_zh: "年末人口"\n    related: [{type: leads, code: mini.air}]',
        ),
        (
            '    calibre_zh: "国控站点"',
            '    calibre_zh: "国控站点"\n    related: [{type: leads, code: mini.people}]',
        ),
    )
    loop = next(issue for issue in check_text(text) if issue.key == "relation_loop")
    assert loop.params["path"] == "mini.people -> mini.air -> mini.people"


def test_a_yaml_alias_is_refused_so_that_no_file_grows_when_it_is_read():
    text = MINI.replace("  - {id: fiscal,", "  - &x {id: fiscal,", 1) + "  - *x\n"
    assert "yaml_alias" in {issue.key for issue in check_text(text)}


@pytest.mark.parametrize(
    "text", ["", "just words\n", "- 1\n- 2\n", "\x00", "a: [1\n", "{}\n", "indicators: 3\n"]
)
def test_a_file_that_is_nothing_of_ours_is_one_clear_issue(text):
    issues = check_text(text)
    assert issues
    assert all(issue.where.startswith("mini.yaml:") and issue.do for issue in issues)


def test_only_the_problems_of_the_asked_files_are_told():
    sources = [*words(), parse(changed(('unit: "亿元"', 'unit: "亿圆"')), "mini.yaml")]
    assert check(sources, frozenset({"other.yaml"})) == []
    assert len(check(sources, frozenset({"mini.yaml"}))) == len(check(sources)) > 0


# -- layers and versions -----------------------------------------------------------------------------------


def test_an_entry_of_the_pack_takes_the_place_of_the_library():
    library = parse(MINI, "mini.yaml")
    own = MINI[MINI.index("  - code: mini.people") : MINI.index("indicators:")].replace(
        "年末人口", "本市口径"
    )
    pack = parse("inputs:\n" + own, "own.yaml", "pack")
    catalog = assemble(layered(entries([*words(), library, pack])))
    assert catalog.get("mini.people").definition_zh == "本市口径"
    assert catalog.get("mini.people").origin == "pack"
    assert catalog.get("mini.tax").origin == "library"


def test_a_rule_of_the_pack_takes_the_place_of_the_rule_only():
    pack = parse("rules:\n  - {code: mini.tax, rule: {type: none}}\n", "rules.yaml", "pack")
    catalog = assemble(layered(entries([*words(), parse(MINI, "mini.yaml"), pack])))
    assert catalog.get("mini.tax").rule.type == "none"
    assert catalog.get("mini.tax").name_zh == "税收"


def test_a_rule_of_the_pack_is_checked_against_its_indicator():
    rule = '{type: threshold, measure: value, op: ">", red: 3, orange: 2}'
    pack = parse(
        f"rules:\n  - {{code: mini.tax, rule: {rule}}}\n  - {{code: mini.tux, rule: {rule}}}\n",
        "rules.yaml",
        "pack",
    )
    issues = check([*words(), parse(MINI, "mini.yaml"), pack], frozenset({"rules.yaml"}))
    assert {issue.key for issue in issues} == {"op_against_polarity", "unknown_code"}


OWN_RATIO = """\
indicators:
  - {code: mini.fee_share, name_zh: 非税占比, name_en: Fee share, theme: fiscal, unit: "%", unit_en: "%", frequency: monthly,
     basis: ytd, polarity: range, agg_region: ratio_of_sums, agg_time: ratio_of_sums, sensitivity: public, lowest_level: county,
     department: finance, definition_zh: 非税占比, calibre_zh: 累计, rule: {type: none}, formula: "100 * mini.fees / mini.revenue"}
"""


def test_a_pack_builds_on_the_library_without_writing_into_it():
    issues = check([*words(), parse(MINI, "mini.yaml"), parse(OWN_RATIO, "own.yaml", "pack")])
    assert [(issue.key, issue.severity, issue.where) for issue in issues] == [
        ("missing_example", Severity.WARNING, "own.yaml:2")
    ]


def two_versions() -> str:
    """The small system with a second version of the share, from 2025 on."""
    start = MINI.index("  - code: mini.share")
    share = MINI[start : MINI.index("  - code: mini.air")]
    first = share.replace("    formula", '    valid_to: "2024-12-31"\n    formula', 1)
    second = (
        share.replace("    formula", '    version: 2\n    valid_from: "2025-01-01"\n    formula', 1)
        .replace("100 * mini.tax / mini.revenue", "100 * (mini.tax + mini.fees) / mini.revenue")
        .replace("expect: {a: 75, city: 50}", "expect: {a: null}")
    )
    return MINI.replace(share, first + second)


def test_a_figure_is_computed_with_the_definition_that_was_in_force():
    catalog = catalog_of(two_versions())
    assert catalog.get("mini.share", date(2024, 12, 31)).version == 1
    assert catalog.get("mini.share", date(2025, 1, 1)).version == 2
    assert catalog.get("mini.share").version == 2
    assert catalog.inputs("mini.share", date(2024, 6, 1)) == ("mini.tax", "mini.revenue")
    assert catalog.inputs("mini.share", date(2025, 6, 1)) == ("mini.tax", "mini.fees", "mini.revenue")
    assert [one.version for one in catalog.versions("mini.share")] == [1, 2]


def test_the_catalog_of_a_day_holds_what_was_in_force_then():
    earlier = catalog_of(two_versions()).at(date(2024, 1, 1))
    assert [one.version for one in earlier.versions("mini.share")] == [1]


def test_versions_whose_days_overlap_are_a_duplicate():
    text = two_versions().replace('valid_to: "2024-12-31"', 'valid_to: "2025-06-30"')
    assert "duplicate_code" in {issue.key for issue in check_text(text)}


def test_a_code_that_was_not_in_force_yet_is_refused_by_its_day():
    text = MINI.replace(
        'definition_zh: "年末人口"', 'definition_zh: "年末人口"\n    valid_from: "2020-01-01"'
    )
    with pytest.raises(CockpitError) as refused:
        catalog_of(text).get("mini.people", date(2019, 12, 31))
    assert refused.value.key == "indicator_not_in_force"


def test_an_unknown_code_is_refused_with_the_nearest_ones():
    with pytest.raises(CockpitError) as refused:
        catalog_of().get("mini.tex")
    assert refused.value.key == "unknown_indicator"
    assert "mini.tax" in str(refused.value)


def test_the_closure_holds_all_that_formulas_need_before_what_needs_it():
    assert catalog_of().closure(["mini.share", "mini.people"]) == (
        "mini.tax",
        "mini.revenue",
        "mini.share",
        "mini.people",
    )


def test_headline_indicators_are_those_shown_and_not_the_inputs():
    codes = [one.code for one in catalog_of().headline("mini", "fiscal")]
    assert codes == ["mini.tax", "mini.revenue", "mini.share", "mini.air", "mini.open"]
    assert catalog_of().headline("other") == ()


def test_every_kind_of_entry_is_read():
    catalog = catalog_of()
    kinds = {entry.kind for entry in entries([*words(), parse(MINI, "mini.yaml")])}
    assert kinds == set(Kind) - {Kind.RULE}
    assert catalog.identities[0].parts == ("mini.tax", "mini.fees")
    assert catalog.targets[0].value == 70
    assert catalog.curves[0].share(6) == 50
    assert catalog.themes[("mini", "fiscal")].name_zh == "财政"
    assert catalog.plans["plan2020"].region == 440900000000


def test_a_definition_knows_the_line_where_it_stands():
    assert catalog_of().get("mini.share").where == f"mini.yaml:{line_of(MINI, '- code: mini.share')}"


def test_files_are_named_as_they_lie_in_the_project():
    source = read_files([LIBRARY / "economy.yaml"], "library", Path(LIBRARY).parent.parent)[0]
    assert source.name == "indicators/library/economy.yaml"


def test_the_rate_of_a_batch_is_awaited_only_once_the_batch_is_old_enough():
    found = assemble(layered(entries(read_files(library_files(), "library"))))
    landed, counted = (
        found.get(f"proj.promo.{name}").release.due_after for name in ("land_rate", "land_count")
    )
    assert (landed - counted).days == 6 * 31
