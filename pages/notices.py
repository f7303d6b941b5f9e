"""Messages: what one was told, what one wishes to be told; for administrators the channels and their failures."""

import dash

from pages._components import notice_channels, notices
from pages._components.elements import Element, el
from pages._components.incident_words import words_of
from pages._components.shell import frame, stranded
from pages._session import session, texts
from pages._state import PageState
from services import access
from services.subscriptions import A_PAGE, receives


def _title(**_: str) -> str:
    words = texts()
    return f"{words.t('消息')} · {words.t('城脉')}"


dash.register_page(__name__, path=notices.PATH, title=_title)


def layout(_version: str | None = None, **query: str) -> Element:
    """The reader's own messages and wishes, and what else this reader looks after."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    services, actor, words = here.services, here.actor, words_of(here)
    version = services.version()
    if not receives(actor):
        nothing = stranded(
            here.texts.t("这个账号不接收消息。"),
            here.texts.t("请用个人账号登录。"),
            here.texts.t("返回驾驶舱"),
        )
        return frame(here, "notices", state, nothing, version=version)
    before = state.filters.get("before", "")
    told = services.subscriptions.told(actor, here.language, int(before) if before.isdecimal() else None)
    older = state.filtered(before=str(told[-1].number)).to_url() if len(told) == A_PAGE else None
    t = here.texts.t
    keeper = []
    if access.may(actor, "channels"):
        keeper = [
            notice_channels.channels(services.channels.listing(actor), services.channels.counts(actor), here, state),
            notice_channels.failures(services.channels.failures(actor), here),
        ]  # fmt: skip
    content = el(
        "Div",
        el("Header", el("H1", t("消息")), el("P", t("预警、督办和系统消息，以及怎样告知您。"), class_="board-facts"),
           class_="board-head"),
        notices.told(told, here, words, older),
        notices.wishes(services.subscriptions.mine(actor), here, state),
        *keeper,
        class_="board notices-page",
    )  # fmt: skip
    return frame(here, "notices", state, content, version=version)
