"""Fields of a rule that say where, when and to whom it speaks: scope, validity, season, recipients."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, cast

from indicators.definition import Basis, Frequency, Indicator
from indicators.errors import N_, CockpitError
from indicators.regions import Level, level_of, parse_code
from indicators.rules.entry import Entry, lowest_level
from indicators.rules.values import Exemption, Recipients, Scope

EVEN: Final = tuple(100 * month / 12 for month in range(1, 13))
"""The course of an even year: how much of it is over at the end of each month."""


def day(entry: Entry, name: str, written: object) -> date | None:
    """A day, ``"2026-03-01"``; None where none is written."""
    if written is None:
        return None
    try:
        return date.fromisoformat(str(written))
    except ValueError:
        entry.fault(
            "rule_day", N_("规则字段 {field} 须为日期，现为 {raw}"), N_('写成 "2026-03-01"。'), field=name, raw=written
        )  # fmt: skip
        return None


def validity(entry: Entry) -> tuple[date | None, date | None]:
    """The days between which the rule is valid."""
    first, last = (day(entry, name, entry.get(name)) for name in ("valid_from", "valid_to"))
    if first and last and last < first:
        entry.fault("rule_validity", N_("规则的有效期终止于开始之前"), N_("核对 valid_from 和 valid_to。"))
    return first, last


def scope(entry: Entry, indicator: Indicator | None) -> Scope:
    """Where the rule speaks: ``{levels: [county], regions: ["440981"], except: [{region, valid_to}]}``."""
    raw = entry.get("scope")
    if raw is None:
        return Scope()
    given = cast(Mapping[str, object], raw) if isinstance(raw, Mapping) else {}
    if not given or set(given) - {"levels", "regions", "except"}:
        entry.fault(
            "rule_scope",
            N_("scope 的写法不对"),
            N_("写 {{levels: [county], regions: [区划代码], except: [区划代码]}}。"),
        )
        return Scope()
    found = Scope(
        frozenset(_levels(entry, given.get("levels"))),
        frozenset(code for one in _listed(given.get("regions")) if (code := _region(entry, one)) is not None),
        tuple(one for raw in _listed(given.get("except")) if (one := _exemption(entry, raw)) is not None),
    )
    _published(entry, found, None if indicator is None else lowest_level(indicator))
    return found


def _published(entry: Entry, found: Scope, lowest: Level | None) -> None:
    """A scope may not name what the indicator is not published for."""
    if lowest is None:
        return
    regions = [f"{code:012d}" for code in sorted(found.regions) if level_of(code) > lowest]
    levels = [level.name.lower() for level in sorted(found.levels) if level > lowest]
    if regions or levels:
        entry.fault(
            "rule_not_published",
            N_("指标最低发布到 {lowest}，规则却写了 {places}"),
            N_("从 scope 中去掉它们，或换一个发布到这一级的指标。"),
            lowest=lowest.name.lower(),
            places=", ".join((*regions, *levels)),
        )


def _listed(raw: object) -> Sequence[object]:
    if raw is None:
        return ()
    return raw if isinstance(raw, Sequence) and not isinstance(raw, str) else (raw,)


def _levels(entry: Entry, raw: object) -> list[Level]:
    found = []
    for word in _listed(raw):
        try:
            found.append(Level.parse(str(word)))
        except CockpitError:
            allowed = ", ".join(level.name.lower() for level in Level)
            entry.fault(
                "rule_scope_level", N_("没有层级 {word}"), N_("可用：{allowed}"), word=word, allowed=allowed
            )
    return found


def _region(entry: Entry, raw: object) -> int | None:
    try:
        return parse_code(str(raw))
    except CockpitError:
        entry.fault(
            "rule_scope_region", N_("{word} 不是区划代码"), N_("写 6、9 或 12 位区划代码。"), word=raw
        )
        return None


def _exemption(entry: Entry, raw: object) -> Exemption | None:
    given = cast(Mapping[str, object], raw) if isinstance(raw, Mapping) else {"region": raw}
    region = _region(entry, given.get("region"))
    first, last = (day(entry, name, given.get(name)) for name in ("valid_from", "valid_to"))
    return None if region is None else Exemption(region, first, last)


def season(entry: Entry, indicator: Indicator | None) -> tuple[float, ...]:
    """How much of yearly bounds holds at the end of each month: ``true`` for an even year, or twelve shares."""
    raw = entry.get("season")
    if raw is None or raw is False:
        return ()
    shares = EVEN if raw is True else tuple(_listed(raw))
    numbers = [float(one) for one in shares if isinstance(one, int | float) and not isinstance(one, bool)]
    rising = all(a <= b for a, b in pairwise(numbers))
    if len(numbers) != 12 or len(shares) != 12 or not rising or numbers[0] <= 0 or numbers[-1] != 100:
        entry.fault(
            "rule_season",
            N_("season 须为 true，或十二个递增、止于 100 的百分数"),
            N_("按月写出到月末应有的百分数。"),
        )
        return ()
    if indicator is not None and not _adds_up_over_months(indicator):
        entry.fault(
            "rule_season_basis",
            N_("{code} 不是按月、按季累计的数，阈值不能随季节曲线"),
            N_("去掉 season，或改用累计指标。"),
            code=indicator.code,
        )
    return tuple(numbers)


def _adds_up_over_months(indicator: Indicator) -> bool:
    return indicator.basis is Basis.YTD and indicator.frequency in (Frequency.MONTHLY, Frequency.QUARTERLY)


def recipients(entry: Entry) -> Recipients:
    """Who is told: ``{departments: [...], roles: [...]}``."""
    raw = entry.get("recipients")
    given = cast(Mapping[str, object], raw) if isinstance(raw, Mapping) else {}
    lists = [given.get(name, []) for name in ("departments", "roles")]
    listed = all(isinstance(one, list | tuple) for one in lists)
    if (raw is not None and not given) or set(given) - {"departments", "roles"} or not listed:
        entry.fault(
            "rule_recipients",
            N_("recipients 须按部门和角色列出"),
            N_("写 {{departments: [部门代码], roles: [角色]}}。"),
        )
        return Recipients()
    departments, roles = (tuple(map(str, _listed(one))) for one in lists)
    return Recipients(departments, roles)
