"""The page of one draft: what it changes and why, what that comes to, who is touched, what people did, what can be done."""

from pages._components import definition_form, forms, studio_frozen, workshop
from pages._components import studio_words as say
from pages._components.card import card
from pages._components.elements import Child, Element, el, link, part
from pages._components.registers import speaking
from pages._components.studio_acts import decide, send
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.studio_views import ACTS, DraftView
from services.texts import Texts


def render(view: DraftView, here: Session, state: PageState) -> Element:
    """The whole page."""
    words = speaking(here)
    return el(
        "Div",
        workshop.tabs(here, "studio", state),
        _head(view, here),
        _standing(view, here, state),
        *(_writing(view, here, state) if view.editable else _reading(view, here, state, words)),
        _steps(view, here.texts),
        class_="board workshop studio-draft",
        data_draft=str(view.id),
        data_revision=str(view.revision),
    )


AROUND = "draft-around"
"""The part below the form, which every save draws anew."""


def _writing(view: DraftView, here: Session, state: PageState) -> list[Child]:
    """While it is written: the form, and what stands below it."""
    return [definition_form.render(view, here, state), part(AROUND, around(view, here))]


def around(view: DraftView, here: Session) -> list[Child]:
    """What a draft changes so far, the way to review, and every text that was saved."""
    texts = here.texts
    return [
        _changes(view, texts) if view.lines and view.base is not None else None,
        send(view, here),
        _revisions(view, here),
    ]


def _reading(view: DraftView, here: Session, state: PageState, words: Words) -> list[Child]:
    """From submission on: what was frozen, and the decision."""
    return [
        decide(view, here),
        studio_frozen.render(view, here, state, words) if view.frozen else _changes(view, here.texts),
    ]


def _head(view: DraftView, here: Session) -> Element:
    texts = here.texts
    name = view.name(here.language) or texts.t("未命名的{kind}", kind=say.kind_word(view.kind, texts))
    change = view.wish.change if view.wish and not view.editable else view.inferred
    facts = [
        say.kind_word(view.kind, texts),
        view.code,
        say.change_word(change, texts) if view.lines or view.base is None or view.purpose == "retire" else "",
        texts.t("第 {number} 次保存", number=view.revision),
    ]
    return el(
        "Header",
        el("H1", name),
        say.state_word(view, texts),
        el("P", " · ".join(filter(None, facts)), class_="notes"),
        class_="board-head",
    )


def _standing(view: DraftView, here: Session, state: PageState) -> Element:
    """Where it stands and whose move it is, in a sentence or two."""
    texts = here.texts
    said = [
        texts.t("{by} 于 {time} 提出；最后由 {who} 于 {saved} 保存。", by=view.by, time=texts.moment(view.opened_at),
                who=view.saved_by, saved=texts.moment(view.saved_at))
    ]  # fmt: skip
    if view.valid_from is not None:
        first = texts.date(view.valid_from)
        ends = view.purpose == "retire"
        said.append(
            texts.t("自 {day} 起停用。", day=first) if ends else texts.t("自 {day} 起生效。", day=first)
        )
    notes: list[Child] = [el("P", " ".join(said), class_="notes")]
    if view.origin:
        notes.append(_origin(view, here, state))
    if view.hindered:
        what = texts.t("您参与过这份草稿：提出、审核、发布须由三个不同的人完成。")
        notes.append(el("P", what, class_="notice", role="status"))
    if view.behind:
        notes.append(_behind(view, here))
    return el("Div", notes, class_="draft-standing")


def _origin(view: DraftView, here: Session, state: PageState) -> Element | None:
    """Where the text came from."""
    texts = here.texts
    word, _, number = view.origin.partition(":")
    kept = PageState(lang=state.lang, mode=state.mode).to_url()
    said: dict[str, Child] = {
        "file": texts.t("来自定义文件的改动。"),
        "rule": texts.t("来自对规则的修改建议。"),
        "import": texts.t("来自导入的定义。"),
        "call": link(
            f"/calls/{number.partition('/')[0]}{kept}", texts.t("来自指标征集"), class_="inline-link"
        ),
        "review": link(
            f"/review/{number.partition(':')[0]}{kept}", texts.t("来自年度复核"), class_="inline-link"
        ),
    }
    return el("P", said[word], class_="notes") if word in said else None


def _behind(view: DraftView, here: Session) -> Element:
    texts = here.texts
    return el(
        "Div",
        el("P", texts.t("这份草稿开始之后，定义又发布了新的版本。")),
        forms.button(here, "studio.renew", texts.t("并入新的版本"), {"id": str(view.id), "revision": str(view.revision)})
        if view.editable else None,
        class_="notice",
        role="status",
    )  # fmt: skip


def _changes(view: DraftView, texts: Texts) -> Element:
    base = texts.t("与第 {number} 版相比", number=view.base_version) if view.base_version else ""
    return card(
        texts.t("改了什么"),
        base,
        say.differences(view.lines, texts)
        if view.lines
        else el("P", texts.t("还没有改动。"), class_="all-quiet"),
        class_="draft-changes",
    )


def _revisions(view: DraftView, here: Session) -> Element:
    """Every text that was saved, and the way back to each."""
    texts = here.texts
    return el(
        "Details",
        el("Summary", texts.t("保存记录（{count}）", count=len(view.revisions)), class_="inline-link"),
        el(
            "Ol",
            [
                el(
                    "Li",
                    el("B", texts.t("第 {number} 次", number=one.revision)),
                    el("Span", f"{one.by} · {texts.stamp(one.at)}", class_="quiet"),
                    el("Span", "、".join(say.field_name(name, texts) for name in one.fields)),
                    el("Span", one.note, class_="quiet") if one.note else None,
                    forms.button(here, "studio.undo", texts.t("恢复到这里"),
                                 {"id": str(view.id), "revision": str(view.revision), "to": str(one.revision)})
                    if one.revision != view.revision else None,
                    key=str(one.revision),
                )
                for one in view.revisions[:50]
            ],
            class_="draft-revisions",
            reversed=True,
        ),
        class_="draft-history",
    )  # fmt: skip


def _steps(view: DraftView, texts: Texts) -> Element:
    """What people did with the draft, newest first; nothing is ever taken away."""
    return card(
        texts.t("经办过程"),
        texts.t("{count} 步，只增不改", count=len(view.steps)),
        el(
            "Ol",
            [
                el(
                    "Li",
                    el("P", el("B", texts.t(ACTS[step.act])), el("Span", step.by),
                       el("Span", texts.moment(step.at), class_="quiet"), class_="task-facts"),
                    el("P", step.text, class_="item-said") if step.text else None,
                    class_="item-step",
                    data_act=step.act,
                    key=f"{step.at}-{step.act}-{number}",
                )
                for number, step in reversed(list(enumerate(view.steps)))
            ],
            class_="item-steps",
        ),
        class_="item-timeline",
    )  # fmt: skip
