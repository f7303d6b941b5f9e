"""Statutory warnings: one message with all that is known of it, and all messages in groups."""

import dash

from indicators.errors import N_
from pages._components import statutory
from pages._components.elements import Element
from pages._components.shell import frame, product_title, stranded
from pages._session import Session, session
from pages._state import PageState
from services import access

dash.register_page(
    __name__, path="/statutory", path_template="/statutory/<number>", title=lambda **_: product_title()
)


def layout(number: str | None = None, _version: str | None = None, **query: str) -> Element:
    """The page of one message, or without a number the list of them."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    content = _overview(here, state) if number is None else _message(here, state, number)
    return frame(here, "emergency", state, content, version=version)


def _message(here: Session, state: PageState, number: str) -> Element:
    services, t = here.services, here.texts.t
    whole = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
    view = services.statutory.page(here.actor, whole, here.language)
    if view is None:
        return stranded(t("没有这条预警"), t("它不存在，或不在您的职责范围内。"), t("返回驾驶舱"))
    where = services.situation.of_warning(here.actor, view, here.language)
    verifies = access.may(here.actor, "command", system="emerg")
    return statutory.page(view, where, here, state, verifies)


def _overview(here: Session, state: PageState) -> Element:
    told, actor, language = here.services.statutory, here.actor, here.language
    groups = (
        (N_("生效中"), told.in_force(actor, language=language)),
        (N_("未匹配区划"), told.latest(actor, language, "unmapped")),
        (N_("演练、测试与草稿"), told.latest(actor, language, "marked")),
        (N_("近期记录"), [one for one in told.latest(actor, language) if not one.live]),
        (N_("公开公告（真实记录）"), told.latest(actor, language, "bulletin")),
    )
    return statutory.overview(groups, here, state)
