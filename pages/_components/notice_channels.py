"""For administrators: the channels over which messages leave, and what failed on them."""

from collections.abc import Iterable, Mapping

from indicators.errors import N_
from pages._components import forms
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.notices import PATH, sentence, wish_fields
from pages._session import Session, region_name
from pages._state import PageState
from services.channels import FIELDS, KINDS, MODES, STATES, ChannelView, Failure
from services.subscriptions import Subscription
from services.telling import FOR_GROUPS
from services.telling_words import fault

LABELS = {
    "host": N_("邮件服务器"),
    "port": N_("端口"),
    "mode": N_("加密"),
    "sender": N_("发件地址"),
    "login": N_("登录名"),
    "domains": N_("只发往这些邮箱域名"),
    "corp": N_("企业 ID（CorpID）"),
    "agent": N_("应用编号（AgentId）"),
    "base": N_("平台地址"),
    "signing": N_("签名密钥"),
}

SECRETS = {
    "mail": N_("密码或授权码"),
    "wecom_app": N_("应用密钥（Secret）"),
    "webhook": N_("接收地址"),
}
"""What opens a channel, by its kind; of robots the address of their page."""

HINTS = {
    "base": N_("政务微信等自有部署填写其 https 地址；企业微信留空。"),
    "domains": N_("以空格分隔，如 city.gov.cn；留空表示不限。"),
    "signing": N_("机器人开启“加签”时填写；Webhook 据此签名。"),
}


def channels(
    views: Iterable[ChannelView], counts: Mapping[str, int], here: Session, state: PageState
) -> Element:
    """Every channel, with the form that changes it, and a way to a new one."""
    t = here.texts.t
    rows = [_row(view, here, state) for view in views]
    facts = t(
        "已送出 {sent} · 待发送 {waiting} · 未到时间 {messages} · 已放弃 {failed}",
        **{name: counts.get(name, 0) for name in ("sent", "waiting", "messages", "failed")},
    )
    return card(
        t("消息渠道"),
        facts,
        el("Ul", rows, class_="wish-list") if rows else el("P", t("还没有渠道。先选一种，填写地址后发一条测试消息。"), class_="state-do"),
        _fresh(here, state),
        class_="channels",
    )  # fmt: skip


def _row(view: ChannelView, here: Session, state: PageState) -> Element:
    t, texts = here.texts.t, here.texts
    opened = f"channel:{view.id}"
    at_it = state.open == opened
    if not view.enabled:
        health = t("已停用")
    elif view.failures:
        health = t("连续失败 {count} 次：{error}；{time} 后再试", count=view.failures, error=fault(view.error, texts),
                   time=texts.stamp(view.paused_until))  # fmt: skip
    else:
        health = t("正常")
    facts = [t(KINDS[view.kind]), region_name(view.region, texts), _where(view), health]
    tools: Child = [
        link(state.with_(open=None if at_it else opened).to_url() or PATH, t("收起") if at_it else t("修改"),
             class_="button button-quiet", aria_expanded="true" if at_it else "false"),
        forms.button(here, "notices.channel_test", t("发送测试消息"), {"channel": view.id})
        if view.enabled and not view.personal else None,
        forms.button(
            here, "notices.switch", t("关闭渠道") if view.enabled else t("开通渠道"),
            {"channel": view.id, "version": str(view.version), "on": "" if view.enabled else "yes"},
        ),
    ]  # fmt: skip
    return el(
        "Li",
        el(
            "Div",
            el("P", el("B", view.name)),
            el("P", [el("Span", one) for one in facts if one], class_="second"),
            el("P", t("告知：{wish}", wish=sentence(view.wish, here)), class_="second")
            if view.wish
            else None,
            class_="wish-words",
        ),
        el("Div", tools, class_="wish-tools"),
        channel_form(view.kind, view, here) if at_it else None,
        class_="wish" if view.enabled else "wish wish-off",
        key=f"channel-{view.id}",
    )


def _where(view: ChannelView) -> str:
    """Where a channel leads, without what opens it."""
    settings = view.settings
    return settings.get("host", "") or settings.get("base", "").partition("://")[2]


def _fresh(here: Session, state: PageState) -> Element:
    """A way to a new channel of each kind; the form of the kind that was chosen."""
    t = here.texts.t
    kind = (state.open or "").removeprefix("channel:new-")
    if kind in KINDS:
        title = el("H3", t("新渠道：{kind}", kind=t(KINDS[kind])))
        return el("Div", title, channel_form(kind, None, here), class_="channel-new")
    return el(
        "Div",
        el("H3", t("新建渠道")),
        el(
            "Div",
            [link(state.with_(open=f"channel:new-{one}").to_url(), t(name), class_="button button-quiet")
             for one, name in KINDS.items()],
            class_="wish-new",
        ),
        class_="channel-new",
    )  # fmt: skip


def channel_form(kind: str, view: ChannelView | None, here: Session) -> Element:
    """The form of a channel: only the fields of its kind, and what a group is told; secrets are never filled in."""
    t = here.texts.t
    root = here.services.tree.name(here.services.pack.root)
    fields = [
        forms.hidden("kind", kind),
        forms.hidden("channel", view.id if view else ""),
        forms.hidden("version", view.version if view else 0),
        forms.text("name", t("渠道名称"), view.name if view else "", required=True,
                   hint=t("收件人在订阅时看到这个名称。")),
        forms.text("region", t("所属地区"), here.services.tree.name(view.region) if view else root, required=True,
                   hint=t("群里的人只会收到这个地区的消息。")),
        *(_field(one, kind, view, here) for one in FIELDS[kind]),
    ]  # fmt: skip
    if kind not in ("mail", "wecom_app"):
        owner = "channel:" + (view.id if view else "")
        wish = view.wish if view and view.wish else Subscription(0, owner, "", language=here.language)
        fields += wish_fields(wish, here, FOR_GROUPS, sent=True)
    return forms.form(here, "notices.channel", *fields, submit=t("保存渠道"), class_="form-wide wish-form")


def _field(name: str, kind: str, view: ChannelView | None, here: Session) -> Element:
    t = here.texts.t
    value = view.settings.get(name, "") if view else ""
    if name == "mode":
        return forms.select(
            "mode", t(LABELS[name]), [(one, t(text)) for one, text in MODES.items()], value or "starttls"
        )
    if name == "token":
        known = t("已保存，不再显示；留空则不变。") if view else ""
        robot = "" if kind in SECRETS else t("粘贴机器人页面上的 Webhook 地址。")
        return forms.text("token", t(SECRETS.get(kind, N_("机器人地址或密钥"))), "", hint=known or robot,
                          required=view is None and kind != "mail", autoComplete="off", spellCheck="false")  # fmt: skip
    hint = t(HINTS[name]) if name in HINTS else ""
    if name == "signing" and view is not None:
        hint = t("已保存的不再显示；留空则不变。")
    needed = name in ("host", "sender", "corp", "agent")
    return forms.text(name, t(LABELS[name]), value, hint=hint, required=needed, autoComplete="off")


def failures(found: Iterable[Failure], here: Session) -> Element:
    """What failed: to whom, over what, why, how often; given up ones can be sent again."""
    t, texts = here.texts.t, here.texts
    listed = list(found)
    if not listed:
        return card(
            t("发送失败"), "", el("P", t("没有发送失败的消息。"), class_="state-do"), class_="failures"
        )
    head = [t("消息"), t("收件人"), t("渠道"), t("原因"), t("次数"), t("状态"), ""]
    return card(
        t("发送失败"),
        "",
        el(
            "Div",
            el(
                "Table",
                el("Thead", el("Tr", [el("Th", name, scope="col") for name in head])),
                el("Tbody", [_failure(one, here) for one in listed]),
                class_="table",
            ),
            class_="table-box",
            tabIndex=0,
        ),
        el("P", t("再次发送沿用原来的编号，接收方据此识别重复。"), class_="notes"),
        class_="failures",
        tools=el("P", t("截至 {time}", time=texts.moment(here.services.clock())), class_="panel-facts"),
    )


def _failure(one: Failure, here: Session) -> Element:
    t, texts = here.texts.t, here.texts
    delivery = one.delivery
    again = None
    if delivery.state == "failed":
        again = forms.button(here, "notices.again", t("再次发送"), {"delivery": str(delivery.id)})
    when = delivery.ended_at if delivery.state == "failed" else delivery.next_at
    return el(
        "Tr",
        el("Th", delivery.title, scope="row"),
        el("Td", t(one.owner)),
        el("Td", one.channel),
        el("Td", fault(delivery.error, texts)),
        el("Td", str(len(one.attempts)), class_="number"),
        el("Td", f"{t(STATES[delivery.state])} · {texts.stamp(when or delivery.made_at)}"),
        el("Td", again),
        key=f"failure-{delivery.id}",
    )
