"""Worked cases beside rules: figures in, states out, run by `chengmai check` with the state machine that judges live."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from data_access.definitions import CASES, read_files
from indicators import periods
from indicators.catalog import Catalog, Source
from indicators.definition import indicator_of
from indicators.errors import N_, CockpitError, Issue
from indicators.rules import Rule, of_spec, parse
from services import series_files, trial
from services.series_files import NUMBERS, Series
from services.trial import Trial

FIELDS: Final = frozenset(
    ("rule", "name", "region", "region_level", "periods", "figures", "series", "states", "events", "note")
)

ONE: Final = "440981"
"""The region of a case that names none: a county."""


@dataclass(frozen=True)
class RuleCase:
    """One case as it is written, and where it stands."""

    source: Source
    at: tuple[str | int, ...]
    document: Mapping[str, Any]

    def where(self, *part: str | int) -> str:
        """File and line of a part."""
        return self.source.where((*self.at, *part))


def files_of(folders: Iterable[Path]) -> tuple[Path, ...]:
    """The files of cases beside the rules of these folders."""
    return tuple(path for folder in folders for path in sorted((folder / CASES).glob("*.yaml")))


def holds_cases(path: Path) -> bool:
    """Whether a file is one of cases: it lies in a folder of them."""
    return path.parent.name == CASES


def check(paths: Sequence[Path], catalog: Catalog | None, base: Path | None = None) -> list[Issue]:
    """Run every case of some files; what does not come out as it says is told by file and line.

    catalog  the rules that cases name; None: what is wrong with it is told elsewhere, and cases of their own rule run
    """
    issues: list[Issue] = []
    for source, path in zip(read_files(paths, "cases", base), paths, strict=True):
        issues += source.issues
        if not source.issues:
            for case in _cases(source, issues):
                issues += _run(case, catalog, path.parent)
    return issues


def _cases(source: Source, issues: list[Issue]) -> Iterator[RuleCase]:
    document = source.document
    listed = document.get("cases") if isinstance(document, Mapping) else None
    if not isinstance(listed, list):
        what, do = N_("文件里没有 cases 列表"), N_("写 cases:，下面每条写 rule、figures、states。")
        issues.append(Issue("case_list", what, do, source.where()))
        return
    for place, one in enumerate(listed):
        case = RuleCase(source, ("cases", place), one if isinstance(one, Mapping) else {})
        wrong = sorted(set(case.document) - FIELDS) or [
            name for name in ("rule", "states") if name not in case.document
        ]
        if wrong or ("figures" in case.document) == ("series" in case.document):
            what = N_("用例的字段不对：{fields}")
            do = N_(
                "每条写 rule、states，以及 figures 或 series 之一；可写 periods、events、region、region_level、name、note。"
            )
            issues.append(
                Issue(
                    "case_fields",
                    what,
                    do,
                    case.where(),
                    params={"fields": ", ".join(wrong) or "figures, series"},
                )
            )
        else:
            yield case


def _run(case: RuleCase, catalog: Catalog | None, folder: Path) -> list[Issue]:
    try:
        rule = _rule(case, catalog)
        if rule is None:
            return []
        tried = trial.tried(rule, _series(case, folder))
    except CockpitError as error:
        return [issue if issue.where else replace(issue, where=case.where()) for issue in error.issues]
    return [*_states(case, tried), *_events(case, tried)]


def _rule(case: RuleCase, catalog: Catalog | None) -> Rule | None:
    """The rule of a case: written there, or of the catalogue by its identity; None where there is no catalogue."""
    written = case.document["rule"]
    if isinstance(written, Mapping):
        return parse(cast(Mapping[str, object], written), None, case.where("rule"))
    if catalog is None:
        return None
    code = indicator_of(str(written))
    if code in catalog:
        indicator = catalog.get(code)
        for spec in indicator.specs:
            rule = of_spec(spec, indicator)
            if rule.id == written:
                return rule
    what, do = N_("没有规则 {rule}"), N_("写指标代码，或 指标代码~规则名。")
    raise CockpitError(Issue("unknown_rule", what, do, case.where("rule"), params={"rule": written}))


def _series(case: RuleCase, folder: Path) -> Series:
    """The figures of a case: one region in the file itself, or a file of series beside it."""
    document = case.document
    if "series" in document:
        return series_files.load(folder / Path(str(document["series"])).name)
    figures = document["figures"]
    given = document.get("periods")
    if not isinstance(figures, list) or not (given is None or _alike(given, figures)):
        what, do = N_("periods 与 figures 须一样长"), N_("一期一个数，缺数写 null。")
        raise CockpitError(Issue("case_length", what, do, case.where("figures")))
    labels = [str(label) for label in (range(len(figures)) if given is None else given)]
    columns = {name: np.full((len(figures), 1), np.nan) for name in _columns(figures)}
    for nth, figure in enumerate(figures):
        for name, number in figure.items() if isinstance(figure, Mapping) else (("value", figure),):
            columns[name][nth, 0] = _number(case, nth, name, number)
    if "value" not in columns:
        columns["value"] = columns["measure"]
    elif "measure" in columns:
        columns["value"] = np.where(np.isnan(columns["value"]), columns["measure"], columns["value"])
    steps = given is None
    keys = range(1, len(figures) + 1) if steps else [periods.read(label, "period") for label in labels]
    shape = (len(figures), 1)
    return Series(
        keys=np.array(keys, np.int64),
        labels=tuple(labels),
        regions=(str(document.get("region", ONE)),),
        figures={"": columns},
        withdrawn=np.zeros(shape, np.bool_),
        health=np.full(shape, -1, np.int8),
        begun=np.ones(shape, np.bool_),
        levels=(str(document.get("region_level", "")),),
        steps=steps,
    )


def _columns(figures: Sequence[object]) -> list[str]:
    """The columns that figures have; a plain number is a value."""
    found: dict[str, None] = {}
    for figure in figures:
        found |= dict.fromkeys(map(str, figure) if isinstance(figure, Mapping) else ("value",))
    return list(found)


def _number(case: RuleCase, nth: int, name: str, number: object) -> float:
    if name in NUMBERS and number is None:
        return float("nan")
    if name in NUMBERS and isinstance(number, int | float) and not isinstance(number, bool):
        return float(number)
    what, do = N_("“{text}”不是数字。"), N_("可写的列：{allowed}；缺数写 null。")
    params = {"text": f"{name}: {number}", "allowed": ", ".join(NUMBERS)}
    raise CockpitError(Issue("not_a_number", what, do, case.where("figures", nth), params=params))


def _states(case: RuleCase, tried: Trial) -> Iterator[Issue]:
    """Every state that is another than the case says."""
    expected = case.document["states"]
    several = isinstance(expected, Mapping)
    by_region = expected if several else {tried.series.regions[0]: expected}
    for region, states in by_region.items():
        if str(region) not in tried.series.regions:
            what, do = N_("序列里没有地区 {region}"), N_("核对 states 里的地区。")
            yield Issue("case_region", what, do, case.where("states"), params={"region": region})
            continue
        row = tried.series.regions.index(str(region))
        found = [tried.said(nth, row) for nth in np.flatnonzero(tried.series.begun[:, row]).tolist()]
        at = ("states", region) if several else ("states",)
        if not isinstance(states, list) or len(states) != len(found):
            what, do = N_("states 须有 {count} 个"), N_("一期一个状态。")
            yield Issue("case_length", what, do, case.where(*at), params={"count": len(found)})
            continue
        for nth, (said, state) in enumerate(zip(states, found, strict=True)):
            if said != state:
                yield _differs(case, (*at, nth), tried.series.labels[nth], said, state)


def _events(case: RuleCase, tried: Trial) -> Iterator[Issue]:
    """What happened, where the case says it: period, event and level, region too where there are several."""
    expected = case.document.get("events")
    if expected is None:
        return
    found = [tried.event(event) for event in tried.course.events]
    told = [one if isinstance(one, Mapping) else {} for one in expected] if isinstance(expected, list) else []
    for nth in range(max(len(told), len(found))):
        said = (
            {str(k): v if k == "level" else str(v) for k, v in told[nth].items()} if nth < len(told) else None
        )
        real = found[nth] if nth < len(found) else None
        if said is None or real is None or any(real.get(name) != value for name, value in said.items()):
            yield _differs(case, ("events", nth), str(nth + 1), _event(said), _event(real))


def _event(one: Mapping[str, Any] | None) -> str:
    """An event in words, for the line that says how it differs."""
    if one is None:
        return "—"
    return " ".join(str(one[name]) for name in ("region", "period", "event", "level") if one.get(name))


def _differs(case: RuleCase, at: tuple[str | int, ...], period: str, said: object, found: str) -> Issue:
    name = case.document.get("name") or case.document["rule"]
    return Issue(
        "case_differs",
        N_("用例“{name}”{period}：写的是 {said}，规则给出 {found}"),
        N_("改规则，或改用例。"),
        case.where(*at),
        params={
            "name": name if isinstance(name, str) else "—",
            "period": period,
            "said": said,
            "found": found,
        },
    )


def _alike(labels: object, figures: Sequence[object]) -> bool:
    return isinstance(labels, list) and len(labels) == len(figures)
