"""One sentence that says what drives a warning, in the reader's language."""

from collections.abc import Sequence

from indicators.definition import Indicator
from indicators.errors import N_
from services import courses
from services.alerts import AlertView
from services.drivers_aspect import Aspect
from services.drivers_leading import first_words
from services.drivers_views import DriverRow, Leading, Split
from services.texts import SOURCE, Texts

NAMED = 2
"""So many parts of a kind are named."""

GAPS = {
    "bound": (N_("比预警线低 {gap}"), N_("比预警线高 {gap}")),
    "schedule": (N_("比时序进度慢 {gap}"), N_("比时序进度快 {gap}")),
    "target": (N_("比目标低 {gap}"), N_("比目标高 {gap}")),
    "benchmark": (N_("比对标值低 {gap}"), N_("比对标值高 {gap}")),
    "base": (N_("比{period}低 {gap}"), N_("比{period}高 {gap}")),
}
"""How a gap is told, below and above what it is measured from."""

REACHED, HELD = N_("达到预警线"), N_("已回到预警线以内，还没有解除")

GROWTHS = {
    "yoy": (N_("同比下降 {growth}"), N_("同比增长 {growth}")),
    "mom": (N_("环比下降 {growth}"), N_("环比增长 {growth}")),
    "plain": (N_("比{period}下降 {growth}"), N_("比{period}增长 {growth}")),
}


def sentence(
    alert: AlertView, indicator: Indicator, place: str, aspect: Aspect, texts: Texts, splits: Sequence[Split],
    leading: Sequence[Leading],
) -> str:  # fmt: skip
    """What is warned of, the regions and items that drive it, the parts of the formula, what moved before."""
    found = [_head(alert, indicator, place, aspect, texts)]
    for split in splits:
        found += _said(split, aspect, indicator, texts)
    found += [_led(one, texts) for one in first_words(leading, NAMED)]
    if len(found) == 1:
        found.append(texts.t(N_("没有可以再分的下级、组成和分项")))
    return texts.t(N_("{sentence}。"), sentence=texts.t(N_("；")).join(found))


def amount(value: float, unit: str, indicator: Indicator, texts: Texts, *, signed: bool = False) -> str:
    """A number with its unit as the reader says it."""
    shown = value if signed else abs(value)
    return texts.number(shown, unit_word(unit, indicator, texts), signed=signed)


def unit_word(unit: str, indicator: Indicator, texts: Texts) -> str:
    """A unit as the reader says it."""
    if unit == courses.POINTS:
        return texts.t(N_("个百分点"))
    return indicator.unit_en if texts.language == "en" and unit == indicator.unit else unit


def _head(alert: AlertView, indicator: Indicator, place: str, aspect: Aspect, texts: Texts) -> str:
    subject = {"place": place, "name": indicator.name(texts.language)}
    if aspect.kind == "growth" and aspect.total is not None:
        growth = aspect.total + (aspect.reference or 0.0)
        period = texts.period(aspect.against, str(indicator.frequency)) if aspect.against else ""
        told = texts.t(
            _side(GROWTHS[aspect.word], growth), growth=texts.number(abs(growth), "%"), period=period
        )
        if aspect.reference is None:
            return texts.t(N_("{place}{name}{told}"), **subject, told=told)
        gap = texts.t(_gap_words(aspect, alert.op), gap=amount(aspect.total, aspect.unit, indicator, texts))
        return texts.t(N_("{place}{name}{told}，{gap}"), **subject, told=told, gap=gap)
    if aspect.kind == "gap" and aspect.total is not None:
        gap = amount(aspect.total, aspect.unit, indicator, texts)
        period = texts.period(aspect.against, str(indicator.frequency)) if aspect.against else ""
        told = texts.t(_gap_words(aspect, alert.op), gap=gap, period=period)
        if alert.value is None:
            return texts.t(N_("{place}{name}{told}"), **subject, told=told)
        value = amount(alert.value, indicator.unit, indicator, texts, signed=alert.value < 0)
        return texts.t(N_("{place}{name}为 {value}，{told}"), **subject, value=value, told=told)
    if alert.value is None:
        return texts.t(N_("{place}{name}没有数"), **subject)
    value = amount(alert.value, indicator.unit, indicator, texts, signed=alert.value < 0)
    if aspect.base is None or not aspect.against:
        return texts.t(N_("{place}{name}为 {value}"), **subject, value=value)
    base = amount(aspect.base, indicator.unit, indicator, texts, signed=aspect.base < 0)
    period = texts.period(aspect.against, str(indicator.frequency))
    return texts.t(
        N_("{place}{name}为 {value}（{period}为 {base}）"), **subject, value=value, base=base, period=period
    )


def _gap_words(aspect: Aspect, op: str) -> str:
    """How a gap is told; a warning may stand although its bound is not passed any more."""
    total = aspect.total or 0.0
    word = "bound" if aspect.kind == "growth" else aspect.word
    if word == "bound" and total * aspect.bad <= 0:
        return REACHED if total == 0 and op.endswith("=") else HELD
    return _side(GAPS[word], total)


def _side(words: tuple[str, str], total: float) -> str:
    return words[total > 0]


def _said(split: Split, aspect: Aspect, indicator: Indicator, texts: Texts) -> list[str]:
    """The parts that drive most, where parts add up; of the worst of others, the one."""
    if split.by == "components" and aspect.kind != "value":
        return _parts(split, indicator, texts)
    if split.adds_up:
        rows = [row for row in split.rows if row.driving and row.role != "less"][:NAMED]
        if [row.role for row in rows] == ["rest"]:
            return [texts.t(N_("分{title}看，主要不在列出的各项里"), title=_inside(split.title, texts))]
        parts = _listed(rows, split, indicator, texts)
        return (
            [texts.t(N_("分{title}看，主要是{parts}"), title=_inside(split.title, texts), parts=parts)]
            if parts
            else []
        )
    worst = next((row for row in split.rows if row.figure and row.figure.value), None)
    if split.by != "regions" or worst is None or worst.figure is None or worst.figure.value is None:
        return []
    value = amount(worst.figure.value, indicator.unit, indicator, texts, signed=worst.figure.value < 0)
    return [
        texts.t(
            N_("分{title}看，最突出的是{name}（{value}）"),
            title=_inside(split.title, texts),
            name=worst.name,
            value=value,
        )
    ]


def _parts(split: Split, indicator: Indicator, texts: Texts) -> list[str]:
    """What the parts of a formula made of the change; where there is nothing to compare with, what they are."""
    if split.adds_up:
        parts = _listed([row for row in split.rows if row.contribution][:NAMED], split, indicator, texts)
        return [texts.t(N_("{of}：{parts}"), of=_inside(split.of, texts), parts=parts)] if parts else []
    known = [
        texts.t(N_("{name}为 {value}"), name=row.name, value=texts.number(row.figure.value))
        for row in split.rows if row.figure is not None and row.figure.value is not None
    ][:NAMED]  # fmt: skip
    return [texts.t(N_("、")).join(known)] if known else []


def _inside(text: str, texts: Texts) -> str:
    """A title in the middle of a sentence: languages with capitals begin it small there."""
    return text if texts.language == SOURCE else text[:1].lower() + text[1:]


def _listed(rows: Sequence[DriverRow], split: Split, indicator: Indicator, texts: Texts) -> str:
    """Names with what each adds."""
    parts = [
        texts.t(N_("{name}（{share}）"), name=row.name,
                share=amount(row.contribution or 0.0, split.unit, indicator, texts, signed=True))
        for row in rows
    ]  # fmt: skip
    return texts.t(N_("、")).join(parts)


def _led(one: Leading, texts: Texts) -> str:
    """What moved before."""
    what = texts.t(N_("{name}的同比"), name=one.name) if one.growth else one.name
    told = N_("此前{name}自{period}起走高") if one.rising else N_("此前{name}自{period}起走低")
    return texts.t(told, name=what, period=texts.period(one.since or 0, one.frequency))
