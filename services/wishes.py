"""What somebody wishes to be told, read from a form: kinds, level, regions, quiet hours, how often, in which language."""

import re
from collections.abc import Sequence

from data_access.outbox import Subscription
from indicators.errors import N_, CockpitError
from indicators.regions import RegionTree
from services.incident_forms import Form
from services.texts import languages

EVERYTHING = "*"
MOST_REGIONS = 20
HIGHEST = 4
GATHERINGS = (0, 15, 60, 240)
"""Minutes over which messages may be gathered into one."""

CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
A_DAY = 1440


def read_wish(form: Form, tree: RegionTree, offered: Sequence[str]) -> Subscription:
    """A wish without its owner and channel; every field that is wrong is noted in the form.

    offered  the kinds that are for this reader; all of them together mean everything, also what is added later
    """
    kinds = tuple(one for one in offered if one in form.text("kinds").split())
    if not kinds and form.text("enabled"):
        form.wrong("kinds", "no_kinds", N_("请至少选择一类消息。"), N_("不想再收，请停用这条订阅。"))
    return Subscription(
        form.whole("wish", 0, 2**31 - 1), "", "",
        kinds=(EVERYTHING,) if len(kinds) == len(offered) else kinds,
        level=form.whole("level", 0, HIGHEST),
        regions=_regions(form, tree),
        quiet=_quiet(form),
        red_breaks=form.flag("red_breaks"),
        gather=int(form.choice("gather", tuple(map(str, GATHERINGS)), "0") or 0),
        language=form.choice("language", languages(), "zh"),
        enabled=form.flag("enabled"),
        version=form.whole("wish_version", 0, 2**31 - 1),
    )  # fmt: skip


def _regions(form: Form, tree: RegionTree) -> tuple[int, ...]:
    """Regions by code or name, with spaces or commas between them; none means all."""
    found: list[int] = []
    for word in re.split(r"[\s,，、;；]+", form.text("regions", longest=400)):
        if not word:
            continue
        try:
            found.append(tree.parse(word))
        except CockpitError:
            form.wrong(
                "regions", "unknown_region", N_("没有这个地区：{text}"), N_("写区划名称或代码。"), text=word
            )
    if len(found) > MOST_REGIONS:
        form.wrong("regions", "too_many_regions", N_("最多选 {most} 个地区。"), most=MOST_REGIONS)
    return tuple(dict.fromkeys(found))


def _quiet(form: Form) -> tuple[int, int] | None:
    begin, end = (_minute(form, name) for name in ("quiet_from", "quiet_to"))
    if (begin is None) != (end is None):
        form.wrong(
            "quiet_to" if end is None else "quiet_from", "half_quiet", N_("免打扰的起止时间须一起填写。")
        )
    return None if begin is None or end is None or begin == end else (begin, end)


def _minute(form: Form, name: str) -> int | None:
    text = form.text(name)
    if not text:
        return None
    found = CLOCK.fullmatch(text)
    if found is None:
        form.wrong(name, "bad_clock", N_("时间写法应为 22:00。"))
        return None
    return (int(found[1]) * 60 + int(found[2])) % A_DAY


def clock(minute: int) -> str:
    """A minute of the day as people write it."""
    return f"{minute // 60:02}:{minute % 60:02}"
