"""The page of messages: what one was told and over what, and what one wishes to be told."""

from collections.abc import Iterable, Sequence

from indicators.errors import N_
from pages._components import forms
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.tile import level_of, mark_sign
from pages._components.words import Words
from pages._session import Session, region_name
from pages._state import PageState
from services.channels import ChannelView
from services.subscriptions import Entry, Mine, Subscription, Way
from services.telling import offered
from services.telling_words import KINDS, fault, kind_name
from services.texts import languages
from services.views import Mark
from services.wishes import EVERYTHING, GATHERINGS, clock

PATH = "/notices"

WAYS = {
    "inbox": N_("站内"),
    "waiting": N_("{channel}：待发送"),
    "sent": N_("{channel}：{time} 已送出"),
    "failed": N_("{channel}：未能送达"),
    "dropped": N_("{channel}：不再发送"),
}

LEVELS = {
    0: N_("全部级别"),
    1: N_("蓝色及以上"),
    2: N_("黄色及以上"),
    3: N_("橙色及以上"),
    4: N_("仅红色"),
}

GATHERED = {0: N_("立即发送"), 15: N_("每 15 分钟汇总"), 60: N_("每小时汇总"), 240: N_("每 4 小时汇总")}

MOST_LINES = 4
"""Lines of a message that stand open; the others unfold."""


def told(entries: Iterable[Entry], here: Session, words: Words, older: str | None) -> Element:
    """What the reader was told, the newest first."""
    listed = list(entries)
    t = here.texts.t
    if not listed:
        nothing = el(
            "P", t("还没有消息。有预警开启、升级或解除，或有督办事项时，会在这里告知您。"), class_="state-do"
        )
        return card(t("收到的消息"), "", nothing, class_="notices")
    return card(
        t("收到的消息"),
        "",
        el("Ol", [_entry(one, here, words) for one in listed], class_="notice-list"),
        link(older, t("更早的消息"), class_="button button-quiet") if older else None,
        class_="notices",
    )


def _entry(entry: Entry, here: Session, words: Words) -> Element:
    texts, one = here.texts, entry.told
    mark = Mark(one.level, "management") if one.level else None
    shown, more = one.lines[:MOST_LINES], one.lines[MOST_LINES:]
    return el(
        "Li",
        mark_sign(mark, words, with_word=True) if mark else el("Span", class_="mark"),
        el(
            "Div",
            el("P", link(one.path, one.subject, class_="what"), class_="first"),
            el("Ul", [el("Li", line) for line in shown], class_="notice-lines") if shown else None,
            el(
                "Details",
                el("Summary", texts.t("另有 {count} 条", count=len(more))),
                el("Ul", [el("Li", line) for line in more], class_="notice-lines"),
            )
            if more
            else None,
            el(
                "P",
                el("Span", texts.t(kind_name(one.kind))),
                el("Span", texts.moment(one.at)),
                [_way(way, here) for way in entry.ways],
                class_="second",
            ),
            class_="warning-words",
        ),
        class_="warning",
        key=f"notice-{entry.number}",
        **level_of(mark),
    )


def _way(way: Way, here: Session) -> Element:
    texts = here.texts
    time = texts.stamp(way.at) if way.at else ""
    return el(
        "Span",
        texts.t(WAYS[way.state], channel=way.channel, time=time),
        title=fault(way.error, texts) or None,
        class_="notice-failed" if way.state == "failed" else None,
    )


# ---- what one wishes


def wishes(mine: Mine, here: Session, state: PageState) -> Element:
    """What the reader wishes to be told, each wish with the form that changes it."""
    t = here.texts.t
    rows = [_wish(mine.inbox, t("站内消息"), "", here, state)]
    rows += [_wish(wish, view.name, wish.address, here, state, view) for wish, view in mine.others]
    fresh = [_new(view, here, state) for view in mine.open]
    return card(
        t("我的订阅"),
        "",
        el("Ul", rows, class_="wish-list"),
        el("Div", fresh, class_="wish-new")
        if fresh or len(rows) > 1
        else el("P", t("系统管理员开通邮件或企业微信应用后，可在这里订阅。"), class_="state-do"),
        class_="wishes",
    )


def _wish(
    wish: Subscription,
    name: str,
    address: str,
    here: Session,
    state: PageState,
    view: ChannelView | None = None,
) -> Element:
    t = here.texts.t
    opened = f"wish:{wish.id or 'inbox'}"
    at_it = state.open == opened
    tools: Child = [
        link(state.with_(open=None if at_it else opened).to_url() or PATH, t("收起") if at_it else t("修改"),
             class_="button button-quiet", aria_expanded="true" if at_it else "false"),
        forms.button(here, "notices.test", t("发送测试消息"), {"wish": str(wish.id)})
        if wish.enabled and view is not None and view.enabled else None,
    ]  # fmt: skip
    return el(
        "Li",
        el(
            "Div",
            el("P", el("B", name), el("Span", address, class_="wish-address") if address else None),
            el("P", sentence(wish, here), class_="second"),
            class_="wish-words",
        ),
        el("Div", tools, class_="wish-tools"),
        wish_form(wish, wish.channel, address, here, view) if at_it else None,
        class_="wish" if wish.enabled else "wish wish-off",
        key=f"wish-{wish.id}",
    )


def _new(view: ChannelView, here: Session, state: PageState) -> Element:
    t = here.texts.t
    opened = f"wish:new-{view.id}"
    if state.open != opened:
        return link(
            state.with_(open=opened).to_url(),
            t("订阅到{channel}", channel=view.name),
            class_="button button-quiet",
        )
    usual = Subscription(0, here.actor.id, view.id, language=here.language)
    return wish_form(usual, view.id, "", here, view)


def sentence(wish: Subscription, here: Session) -> str:
    """A wish in words: what, how grave, where, when not, how often."""
    t = here.texts.t
    if not wish.enabled:
        return t("已停用")
    kinds = (
        t("全部消息")
        if EVERYTHING in wish.kinds
        else _listed([t(KINDS[one]) for one in wish.kinds if one in KINDS], here)
    )
    places = [region_name(code, here.texts) for code in wish.regions if here.services.tree.has(code)]
    parts = [kinds, t(LEVELS[wish.level]), _listed(places, here) or t("全部地区")]
    if wish.channel != "inbox":
        parts.append(t(GATHERED[wish.gather]))
        if wish.quiet:
            span = {"begin": clock(wish.quiet[0]), "end": clock(wish.quiet[1])}
            quiet = N_("{begin}—{end} 免打扰，红色除外") if wish.red_breaks else N_("{begin}—{end} 免打扰")
            parts.append(t(quiet, **span))
    return " · ".join(parts)


def _listed(names: list[str], here: Session) -> str:
    return ("、" if here.language == "zh" else ", ").join(names)


def wish_form(
    wish: Subscription, channel: str, address: str, here: Session, view: ChannelView | None
) -> Element:
    """The form of one wish of a reader."""
    t = here.texts.t
    where = None
    if view is not None:
        label = t("邮箱地址") if view.kind == "mail" else t("企业微信账号")
        where = forms.text(
            "address", label, address, required=True, autoComplete="email" if view.kind == "mail" else None
        )
    return forms.form(
        here,
        "notices.wish",
        forms.hidden("channel", channel),
        where,
        *wish_fields(wish, here, offered(here.actor), sent=view is not None),
        submit=t("保存订阅"),
        class_="form-wide wish-form",
    )


def wish_fields(wish: Subscription, here: Session, kinds: Sequence[str], *, sent: bool) -> list[Element]:
    """The fields of a wish, for a reader and for the group of a channel; what is not sent has no hours."""
    t = here.texts.t
    chosen = kinds if EVERYTHING in wish.kinds else wish.kinds
    places = " ".join(here.services.tree.name(code) for code in wish.regions if here.services.tree.has(code))
    begin, end = wish.quiet or (None, None)
    fields = [
        forms.hidden("wish", wish.id),
        forms.hidden("wish_version", wish.version),
        forms.checks("kinds", t("告知哪些"), [(one, t(KINDS[one])) for one in kinds], chosen),
        forms.select("level", t("从哪一级起"), [(str(one), t(name)) for one, name in LEVELS.items()], str(wish.level)),
        forms.text("regions", t("只看这些地区"), places, hint=t("写名称或代码，以空格分隔；留空表示全部。")),
        forms.select("language", t("语言"), [(one, here.texts.__class__(one).name) for one in languages()], wish.language),
    ]  # fmt: skip
    if sent:
        fields += [
            forms.text("quiet_from", t("免打扰从"), "" if begin is None else clock(begin), placeholder="22:00"),
            forms.text("quiet_to", t("免打扰到"), "" if end is None else clock(end), placeholder="07:00"),
            forms.check("red_breaks", t("红色预警不受免打扰限制"), wish.red_breaks),
            forms.select("gather", t("发送方式"), [(str(one), t(GATHERED[one])) for one in GATHERINGS], str(wish.gather)),
        ]  # fmt: skip
    return [*fields, forms.check("enabled", t("启用"), wish.enabled)]
