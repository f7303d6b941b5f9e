"""The forms of decisions: send to review, approve, send back, publish, withdraw, open again."""

from collections.abc import Mapping

from indicators.drafting import Act
from pages._components import forms
from pages._components import studio_words as say
from pages._components.card import card
from pages._components.elements import Child, Element, el
from pages._session import Session
from services.studio_views import DraftView

CHANGES = ("editorial", "threshold", "calibre")


def send(view: DraftView, here: Session) -> Element:
    """The way to review: what kind of change, why, from which day; and the way to give it up."""
    t, texts = here.texts.t, here.texts
    wish = view.wish
    fields: list[Child] = [forms.hidden("id", view.id), forms.hidden("revision", view.revision)]
    if view.base is not None and view.purpose != "retire":
        offered = [("", t("按改动的字段判断")), *((one, say.change_word(one, texts)) for one in CHANGES)]
        fields += [
            forms.select("change", t("改动的性质"), offered, wish.change if wish else "",
                         hint=t("文字修改不改动数值；阈值调整只改动规则与目标；其余都是口径变更。")),
            forms.date("break_date", t("断点日期"), wish.break_date if wish else "",
                       hint=t("口径变更必填：从这一天起口径不同，图上画出断点，跨断点不作比较。")),
            forms.text("backcast", t("回溯序列"), wish.backcast if wish else "",
                       hint=t("口径变更可选：按新口径回算的序列的指标代码。")),
        ]  # fmt: skip
    fields += [
        forms.area("reason", t("为什么修改") if view.base is not None else t("为什么新增"), wish.reason if wish else "",
                   required=True, maxLength=2000),
        forms.date("valid_from", t("建议的生效日期"), wish.valid_from if wish else "",
                   hint=t("由发布人决定；可以是将来的日期。")),
    ]  # fmt: skip
    return card(
        t("提交送审"),
        "",
        forms.form(here, "studio.submit", *fields, submit=t("提交送审"), busy=t("正在检查并冻结预览…")),
        _withdraw(view, here),
        class_="draft-send",
    )


def decide(view: DraftView, here: Session) -> Element | None:
    """What this reader can decide now."""
    t = here.texts.t
    parts: list[Child] = []
    if Act.APPROVE in view.acts:
        parts.append(
            forms.form(here, "studio.approve", *_named(view), forms.area("note", t("审核意见"), maxLength=2000),
                       submit=t("审核通过"))
        )  # fmt: skip
    if Act.PUBLISH in view.acts or Act.RETIRE in view.acts:
        parts.append(_publish(view, here))
    if Act.SEND_BACK in view.acts:
        parts.append(
            _folded(t("退回"), forms.form(
                here, "studio.send_back", *_named(view),
                forms.area("reason", t("退回的理由"), required=True, maxLength=2000), submit=t("退回"), quiet=True,
            ))
        )  # fmt: skip
    if Act.WITHDRAW in view.acts:
        parts.append(_withdraw(view, here))
    if Act.REOPEN in view.acts:
        parts.append(forms.button(here, "studio.reopen", t("重新打开草稿"), _fields(view)))
    return card(t("您的决定"), "", *parts, class_="draft-decide") if parts else None


def _publish(view: DraftView, here: Session) -> Element:
    """From which day on: the author's wish, or today."""
    t = here.texts.t
    today = here.texts.local(int(here.services.clock().timestamp())).date().isoformat()
    wished = view.wish.valid_from if view.wish and view.wish.valid_from else today
    ends = view.purpose == "retire"
    return forms.form(
        here,
        "studio.publish",
        *_named(view),
        forms.date("valid_from", t("停用日期") if ends else t("生效日期"), wished, required=True,
                   hint=t("这一天之前仍按原来的定义。可以是将来的日期。")),
        submit=t("发布停用") if ends else t("发布"),
        ask=t("发布后，所有人从生效之日起看到新的定义。确定发布吗？"),
    )  # fmt: skip


def _withdraw(view: DraftView, here: Session) -> Child:
    if Act.WITHDRAW not in view.acts:
        return None
    t = here.texts.t
    label = t("撤回尚未生效的发布") if view.scheduled else t("撤回草稿")
    return _folded(
        label,
        forms.form(
            here,
            "studio.withdraw",
            *_named(view),
            forms.area("why", t("为什么撤回"), required=True, maxLength=2000),
            submit=t("撤回"),
            quiet=True,
        ),
    )


def _folded(label: str, content: Element) -> Element:
    return el("Details", el("Summary", label, class_="inline-link"), content, class_="draft-fold")


def _fields(view: DraftView) -> dict[str, str]:
    return {"id": str(view.id), "seen": str(view.steps_seen)}


def _named(view: DraftView) -> list[Element]:
    fields: Mapping[str, str] = _fields(view)
    return [forms.hidden(name, value) for name, value in fields.items()]
