"""Everything that can be found wrong before anything starts: definitions, rules, the pack, its boards, its mapping."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

from data_access import packs
from data_access.definitions import CASES, LIBRARY
from data_access.layouts import load_layouts
from data_access.packs import Pack
from indicators.catalog import Catalog
from indicators.errors import N_, CockpitError, Issue
from indicators.rules import of_spec
from services import definitions, layouts, mapping, panels, rule_cases
from services.access import ROLE_NAMES

T = TypeVar("T")


def run(paths: Sequence[Path], pack_folder: Path, today: date) -> list[Issue]:
    """Every problem at once, with file, line and remedy.

    paths        files or folders: packs are checked as packs, what lies in a folder ``cases`` as cases of rules,
                 everything else as definitions; none: the library and the pack in ``pack_folder``
    today        the day on which a board may not name what is out of force
    """
    folders = [path for path in paths if (path / "pack.yaml").exists()]
    others = [path for path in paths if path not in folders and not rule_cases.holds_cases(path)]
    cases = [path for path in paths if rule_cases.holds_cases(path)]
    cases += [file for path in others if path.is_dir() for file in sorted(path.rglob(f"{CASES}/*.yaml"))]
    issues: list[Issue] = []
    for folder in folders or [pack_folder]:
        pack = _collect(partial(packs.load_pack, folder), issues)
        if pack is None:
            continue
        if folder in folders or not paths:
            issues.extend(_pack(pack, today))
        if others or not paths:
            issues.extend(definitions.check(_definitions(pack), others))
        found = cases if paths else [*rule_cases.files_of([LIBRARY]), *cases]
        if folder in folders or not paths:
            found = [*found, *pack.files(f"rules/{CASES}", "*.yaml")]
        catalog = _collect(_definitions(pack).catalog, []) if found else None
        issues.extend(rule_cases.check(found, catalog, LIBRARY.parent.parent))
    return issues


def _definitions(pack: Pack) -> definitions.Files:
    return definitions.files_of((*pack.files("indicators", "*.yaml"), *pack.files("rules", "*.yaml")))


def _pack(pack: Pack, today: date) -> list[Issue]:
    issues: list[Issue] = []
    boards = _collect(lambda: load_layouts(pack), issues) or {}
    catalog = _collect(_definitions(pack).catalog, [])  # what is wrong with definitions is told below
    if catalog is not None:
        issues.extend(
            issue
            for board in boards.values()
            for issue in layouts.check(board, catalog, panels.known(), today)
        )
    if catalog is not None:
        issues.extend(_rules_in(pack, catalog))
    printed = pack.file("mapping.yaml")
    if printed:
        _collect(lambda: mapping.load(printed), issues)
    own = [path for path in _definitions(pack).pack if path.is_relative_to(pack.folder)]
    if own:
        issues.extend(definitions.check(_definitions(pack), own))
    return issues


def _rules_in(pack: Pack, catalog: Catalog) -> Iterator[Issue]:
    """Rules that speak of regions which this city does not have, or are to tell nobody that there is."""
    for indicator in catalog.newest():
        for spec in indicator.specs:
            rule = _collect(partial(of_spec, spec, indicator), [])
            if rule is None:
                continue
            named = {*rule.scope.regions, *(one.region for one in rule.scope.exempt)}
            strange = [f"{code:012d}" for code in sorted(named) if not pack.tree.has(code)]
            if strange:
                what, do = (
                    N_("规则 {rule} 的 scope 写了本市没有的区划 {regions}"),
                    N_("核对区划代码，或从 scope 中去掉。"),
                )
                params = {"rule": rule.id, "regions": ", ".join(strange)}
                yield Issue("rule_region_not_here", what, do, spec.where, params=params)
            told = (*(w for w in rule.recipients.departments if w not in catalog.departments),
                    *(w for w in rule.recipients.roles if w not in ROLE_NAMES))  # fmt: skip
            if told:
                what = N_("规则 {rule} 的通知对象 {words} 不是部门或角色")
                do = N_("部门见 departments，角色见 docs/security.md。")
                yield Issue(
                    "rule_tells_nobody",
                    what,
                    do,
                    spec.where,
                    params={"rule": rule.id, "words": ", ".join(told)},
                )


def _collect(work: Callable[[], T], issues: list[Issue]) -> T | None:
    try:
        return work()
    except CockpitError as error:
        issues.extend(error.issues)
        return None
