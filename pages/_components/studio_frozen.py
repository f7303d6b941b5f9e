"""What a reviewer reads: the difference line by line, values before and after, who is affected; frozen at submission."""

from collections.abc import Iterable, Mapping
from typing import Any

from indicators.errors import Issue
from pages._components import definition_preview, registers
from pages._components import studio_words as say
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.words import LEVEL_WORDS, Words
from pages._session import Session
from pages._state import PageState
from services.preview import PreviewView
from services.studio_views import DraftView, Frozen

MOST = 12
"""So many names of one kind are shown; the rest is behind a fold."""


def render(view: DraftView, here: Session, state: PageState, words: Words) -> Element:
    """Everything that was frozen."""
    assert view.frozen is not None
    frozen, t = view.frozen, here.texts.t
    wish = view.wish
    stood = t("送审时冻结：{time}", time=here.texts.moment(frozen.at))
    base = t("与第 {number} 版相比", number=view.base_version) if view.base_version else t("新的定义")
    return el(
        "Div",
        card(t("改了什么"), registers.facts(base, stood), _wish(view, here) if wish else None,
             say.differences(frozen.lines, here.texts) if frozen.lines
             else el("P", t("文字没有改动。"), class_="all-quiet"), class_="draft-changes"),
        _preview(frozen, here, words),
        _trials(frozen, here, words),
        _affected(frozen, here, state, words),
        class_="draft-frozen",
    )  # fmt: skip


def _wish(view: DraftView, here: Session) -> Element:
    """What the author said."""
    t, texts, wish = here.texts.t, here.texts, view.wish
    assert wish is not None
    facts = [(t("改动的性质"), say.change_word(wish.change, texts)), (t("理由"), wish.reason)]
    if wish.break_date and wish.change == "calibre":
        facts.append((t("断点日期"), wish.break_date))
        facts.append((t("回溯序列"), wish.backcast or t("没有")))
    if wish.valid_from:
        facts.append((t("建议的生效日期"), wish.valid_from))
    return el(
        "Dl", [el("Div", el("Dt", name), el("Dd", said)) for name, said in facts], class_="incident-card"
    )


# ---- values before and after


def _preview(frozen: Frozen, here: Session, words: Words) -> Element | None:
    """The values as they were computed at submission, of the regions that this reader may see."""
    if frozen.preview is None:
        return None
    t = here.texts.t
    view = here.services.previews.seen(here.actor, PreviewView.from_json(frozen.preview))
    if view.issues:
        said = [el("P", here.texts.what(one.issue)) for one in view.issues]
        return card(
            t("数值预览"), t("送审时冻结"), el("Div", said, class_="state-within"), class_="draft-preview"
        )
    facts = registers.facts(t("送审时冻结"), words.unit(view.unit))
    if not view.rows or not view.periods:
        quiet = el("P", t("库里还没有可以计算的数据。"), class_="all-quiet")
        return card(t("数值预览"), facts, quiet, class_="draft-preview")
    return card(
        t("数值预览"),
        facts,
        el("P", definition_preview.summary(view, words)),
        definition_preview.table(view, here, words),
        class_="draft-preview",
    )


# ---- what rules would have done


def _trials(frozen: Frozen, here: Session, words: Words) -> Element | None:
    """Each rule as a back-test saw it at submission, beside the one in force."""
    if not frozen.trials:
        return None
    t = words.t
    parts = [_trial(one, here, words) for one in frozen.trials]
    return card(t("规则回测"), t("送审时冻结"), *parts, class_="draft-trials")


def _trial(one: Mapping[str, Any], here: Session, words: Words) -> Element:
    t = words.t
    name = one["rule"] or t("第一条规则")
    if one["issue"]:
        issue = Issue(
            one["issue"]["key"], one["issue"]["what"], one["issue"]["do"], params=one["issue"]["params"]
        )
        return el("Div", el("H3", name), el("P", here.texts.what(issue)), class_="state-within")
    first, last = (words.period(one[end], one["frequency"]) for end in ("first", "last"))
    said = [t("{first} 至 {last}", first=first, last=last)]
    if one["live"]:
        said.append(t("其中 {count} 次现行规则也会发现", count=one["caught"]))
    if one["known"]:
        said.append(t("已知事件 {count} 件，漏报 {missed} 件", count=one["known"], missed=len(one["missed"])))
    missed = t("会漏掉：{episodes}", episodes=words.listed(one["missed"])) if one["missed"] else None
    return el(
        "Div",
        el("H3", name, registers.simulated(words, one["simulated"])),
        el("P", " · ".join(said), class_="notes"),
        _reached(one, words),
        el("P", missed) if missed else None,
        _where(one["tried"], words),
        class_="draft-trial",
        data_openings=str(one["tried"]["openings"]),
    )


def _reached(one: Mapping[str, Any], words: Words) -> Element:
    """How often each colour came, as it is and as it would be."""
    t, live, tried = words.t, one["live"], one["tried"]
    heads = [registers.head(t("级别"))]
    heads += [registers.head(t("现行"), number=True)] if live else []
    heads.append(registers.head(t("草案"), number=True))
    rows = []
    for level in range(4, 0, -1):
        counts = [*([live["reached"][level]] if live else []), tried["reached"][level]]
        rows.append((t(LEVEL_WORDS[level]), counts))
    for label, key in ((t("触发"), "openings"), (t("消息"), "messages")):
        rows.append((label, [*([live[key]] if live else []), tried[key]]))
    drawn = [
        el("Tr", el("Th", label, scope="row"),
           [el("Td", words.texts.number(count), class_="number") for count in counts], key=label)
        for label, counts in rows
    ]  # fmt: skip
    return registers.table(t("各级别预警次数"), heads, drawn, wide=True)


def _where(tried: Mapping[str, Any], words: Words) -> Element | None:
    """In which regions it would have spoken."""
    told = [
        words.t("{place} {count} 次", place=name, count=count) for _, name, count in tried["places"][:MOST]
    ]
    return el("P", words.t("触发地区：{places}", places=words.listed(told)), class_="notes") if told else None


# ---- who is affected


def _affected(frozen: Frozen, here: Session, state: PageState, words: Words) -> Element | None:
    """Who and what a publication touches."""
    used = frozen.affected
    if used is None:
        return None
    t = words.t
    kept = PageState(lang=state.lang, mode=state.mode).to_url()
    english = here.language == "en"

    def called(one: Mapping[str, Any]) -> str:
        return str((one["name_en"] if english else one["name_zh"]) or one["code"])

    rows: list[tuple[str, Child]] = [
        (t("由它计算的指标"), _names(_indicator(one["code"], called(one), kept) for one in used["derived"])),
        (t("预警规则"), _names(link(f"/rule/{one['rule']}{kept}", called(one), class_="inline-link") for one in used["rules"])),
        (t("版面与大屏"), _count(len(used["boards"]), words)),
        (t("目标"), _count(len(used["targets"]), words)),
        (t("进度曲线"), _count(len(used["curves"]), words)),
        (t("勾稽关系"), _names(_indicator(code, code, kept) for code in used["identities"])),
        (t("关系指向它的指标"), _names(_indicator(code, code, kept) for code, _ in used["related"])),
        (t("关注的账号"), _count(used["stars"], words)),
        (t("预警订阅"), _count(used["subscriptions"], words)),
    ]  # fmt: skip
    filled = [(name, said) for name, said in rows if said]
    if not filled:
        return card(t("影响谁"), t("送审时冻结"), el("P", t("还没有谁用到它。"), class_="all-quiet"))
    listed = el(
        "Dl", [el("Div", el("Dt", name), el("Dd", said)) for name, said in filled], class_="incident-card"
    )
    return card(t("影响谁"), t("送审时冻结"), listed, class_="draft-affected")


def _indicator(code: str, name: str, kept: str) -> Element:
    return link(f"/indicator/{code}{kept}", name, class_="inline-link")


def _names(found: Iterable[Element]) -> Child:
    """Names as a list; a long one is folded."""
    names = list(found)
    if not names:
        return None
    first = el("Ul", [el("Li", one) for one in names[:MOST]], class_="name-list")
    if len(names) <= MOST:
        return first
    rest = el("Ul", [el("Li", one) for one in names[MOST:]], class_="name-list")
    return [first, el("Details", el("Summary", f"+{len(names) - MOST}", class_="inline-link"), rest)]


def _count(count: int, words: Words) -> Child:
    return words.t("{count} 处", count=count) if count else None
