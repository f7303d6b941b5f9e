"""What a reviewer reads: the difference line by line, values before and after, who is affected; frozen at submission."""

from collections.abc import Iterable, Mapping
from typing import Any

from pages._components import definition_preview, registers
from pages._components import studio_words as say
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.words import Words
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
    facts = registers.facts(t("送审时冻结"), view.unit)
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
