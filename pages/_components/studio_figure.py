"""On the page of an indicator: who proposed, reviewed and published each version and what it changed; a way to retire it."""

from indicators.catalog.reading import Kind
from pages._components import forms, registers
from pages._components import studio_words as say
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._session import Session
from pages._state import PageState
from services.studio_views import VersionView


def of_indicator(code: str, kind: str, here: Session, state: PageState) -> Element | None:
    """What people did with the definition; nothing where only files ever brought it and the reader cannot retire it."""
    t, studio = here.texts.t, here.services.studio
    told = [one for one in studio.history(here.actor, code, kind) if one.draft is not None]
    may = studio.may(here.actor, "define", code.partition(".")[0])
    if not told and not may:
        return None
    rows = [_version(one, here, state) for one in told]
    return card(
        t("定义的办理记录"),
        t("{count} 版", count=len(rows)) if rows else "",
        el("Ol", rows, class_="item-steps") if rows
        else el("P", t("还没有在工作室里改过。"), class_="all-quiet"),
        _retire(code, here) if may else None,
        class_="panel-studio",
    )  # fmt: skip


def _version(one: VersionView, here: Session, state: PageState) -> Element:
    """One version: what kind of change, since when, by whom, why, and line by line."""
    t, texts = here.texts.t, here.texts
    kept = PageState(lang=state.lang, mode=state.mode).to_url()
    words = {"scheduled": t("待生效"), "withdrawn": t("撤回")}
    head: Child = t("第 {number} 版", number=one.version)
    if here.services.studio.may(here.actor, "define") or here.services.studio.may(here.actor, "review"):
        head = link(f"/studio/{one.draft}{kept}", head, class_="inline-link")
    facts = registers.facts(
        words.get(one.state, ""),
        say.change_word(one.change, texts),
        t("自 {day} 起", day=texts.date(one.valid_from)) if one.valid_from else "",
    )
    people = t("{proposed} 提出，{reviewed} 审核，{published} 发布", proposed=one.proposed_by,
               reviewed=one.reviewed_by, published=one.published_by)  # fmt: skip
    return el(
        "Li",
        el("P", el("B", head), el("Span", facts, class_="quiet"), class_="task-facts"),
        el("P", people, class_="quiet"),
        el("P", one.reason) if one.reason else None,
        el("Details", el("Summary", t("改了什么（{count}）", count=len(one.lines)), class_="inline-link"),
           say.differences(one.lines, texts)) if one.lines else None,
        class_="item-step",
        data_version=str(one.version),
        key=f"version-{one.version}",
    )  # fmt: skip


def _retire(code: str, here: Session) -> Element:
    """Propose that the figure ends on a day."""
    t = here.texts.t
    return el(
        "Details",
        el("Summary", t("提出停用"), class_="inline-link"),
        forms.form(
            here,
            "studio.retire",
            forms.hidden("code", code),
            forms.date("valid_from", t("停用日期"), required=True, hint=t("从这一天起不再有新的数字；以前的数字都在。")),
            forms.text("successor", t("替代指标"), hint=t("可选：代替它的指标的代码。")),
            forms.area("reason", t("为什么停用"), required=True, maxLength=2000),
            submit=t("提交送审"),
            quiet=True,
        ),
        class_="draft-fold",
    )  # fmt: skip


def kind_of(headline: bool) -> str:
    """What a figure is in the registry: shown, or an input of formulas."""
    return Kind.INDICATOR.value if headline else Kind.INPUT.value
