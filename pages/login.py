"""Signing in and out, one's own account, and the plain pages that stand without the cockpit around them.

Plain forms, rendered on the server: whoever has no session gets no script of the cockpit and no hint of what is
inside. Not one of the Dash pages, so ``app.py`` may import it.
"""

from functools import partial
from typing import cast
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from indicators.errors import N_, CockpitError, Issue
from pages import _session
from pages._static import Static, icon
from services.access import ROLE_NAMES, Actor, may
from services.accounts import Visitor
from services.texts import Texts, languages

door = Blueprint("door", __name__, template_folder="templates")

STATIC = "chengmai_static"
"""Under this name the Flask app keeps its static files."""

OPEN = ("door.login", "door.sign_in")
"""The endpoints that answer without a session."""

FOR_NEWCOMERS = ("door.password", "door.change_password", "door.logout")
"""The endpoints for whoever has to set an own password first."""


@door.get("/login")
def login() -> str | AnyResponse:
    """The form; who is signed in already goes on."""
    if _session.services().accounts.visitor(token(), active=False):
        return redirect(inside(request.args.get("next", "")))
    return _login_form(request.args.get("next", ""))


@door.post("/login")
def sign_in() -> AnyResponse:
    """Open a session, or say why not; the name stays in the form, the password does not."""
    name, target = request.form.get("name", ""), request.form.get("next", "")
    try:
        fresh = _session.services().accounts.sign_in(name, request.form.get("password", ""), address())
    except CockpitError as error:
        status = 429 if error.key == "locked" else 401
        return make_response(_login_form(target, name, error.issues), status)
    answer = redirect(inside(target))
    _put_token(answer, fresh)
    return answer


@door.post("/logout")
def logout() -> AnyResponse:
    """End the session."""
    _session.services().accounts.sign_out(token(), _actor())
    answer = redirect("/login")
    answer.delete_cookie(cookie_name())
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@door.get("/me")
def me() -> str:
    """Who one is here, and the way out."""
    texts, actor = _session.texts(usual=_actor().language), _actor()
    tree = _session.services().tree
    return page(
        "me.html",
        texts.t(actor.display or actor.name),
        texts.t("我的账号"),
        role=texts.t(ROLE_NAMES.get(actor.role, actor.role)),
        regions=texts.t("、").join(
            _session.region_name(region, texts) for region in actor.regions if tree.has(region)
        ),
        actor=actor,
        manages_screens=may(actor, "screens"),
        operates=may(actor, "operate"),
    )


@door.get("/password")
def password() -> str:
    """The form for a new password."""
    return _password_form()


@door.post("/password")
def change_password() -> AnyResponse:
    """Set the new password and ask to sign in with it."""
    form = request.form
    if form.get("new", "") != form.get("again", ""):
        issue = Issue("passwords_differ", N_("两次输入的新密码不一样。"), N_("请重新输入。"), "again")
        return make_response(_password_form((issue,)), 422)
    try:
        _session.services().accounts.change_password(
            _actor(), form.get("old", ""), form.get("new", ""), address()
        )
    except CockpitError as error:
        return make_response(_password_form(error.issues), 429 if error.key == "locked" else 422)
    answer = redirect("/login?" + urlencode({"changed": "1"}))
    answer.delete_cookie(cookie_name())
    return answer


def failed(status: int, heading: str, advice: str, reference: str = "") -> Response:
    """A page that says what did not work and what to do."""
    texts = _session.texts()
    return make_response(
        page("failed.html", texts.t(heading), texts.t("城脉"), advice=texts.t(advice), reference=reference),
        status,
    )


def page(template: str, heading: str, sub: str, **fields: object) -> str:
    """A page that stands alone, in the reader's language and light."""
    visitor: Visitor | None = g.get("visitor")
    texts = _session.texts(usual=visitor.actor.language if visitor else None)
    files = cast(Static, current_app.extensions[STATIC])
    tongues = [Texts(name) for name in languages() if name != texts.language]
    return render_template(
        template,
        **{"issues": (), **fields},
        heading=heading,
        sub=sub,
        texts=texts,
        t=texts.t,
        theme=_session.theme(),
        tongues=tongues,
        style=files.style(),
        script=files.script("clientside.js"),
        icon=icon(),
        here=partial(_same_page, fields.get("next")),
    )


def cookie_name() -> str:
    """The name of the session cookie; with https the browser itself guards it from other hosts and paths."""
    secure = _session.services().settings.security.cookie_secure
    return "__Host-chengmai" if secure else "chengmai"


def token() -> str:
    """The session token that the browser sent, if any."""
    return request.cookies.get(cookie_name(), "")


def address() -> str:
    """Where the request comes from."""
    return (request.remote_addr or "")[:64]


def inside(target: str) -> str:
    """The target when it is a page of ours, else the home page: nobody is sent elsewhere after signing in."""
    parts = urlsplit(target)
    ours = (
        target.startswith("/") and not target.startswith(("//", "/\\")) and not (parts.scheme or parts.netloc)
    )
    return target if ours and target.isprintable() else "/"


def _actor() -> Actor:
    visitor: Visitor = g.visitor
    return visitor.actor


def _put_token(answer: AnyResponse, fresh: str) -> None:
    security = _session.services().settings.security
    answer.set_cookie(
        cookie_name(),
        fresh,
        max_age=60 * security.session_absolute_minutes,
        secure=security.cookie_secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _login_form(target: str, name: str = "", issues: tuple[Issue, ...] = ()) -> str:
    texts = _session.texts()
    if request.args.get("changed"):
        issues = (Issue("changed", N_("密码已更改。"), N_("请用新密码登录。")),)
    heading = texts.t("{city}城市运行驾驶舱", city=_session.city(texts))
    return page(
        "login.html", heading, texts.t("城脉 · 领导驾驶舱"), issues=issues, name=name, next=inside(target)
    )


def _password_form(issues: tuple[Issue, ...] = ()) -> str:
    visitor: Visitor = g.visitor
    texts = _session.texts(usual=visitor.actor.language)
    return page(
        "password.html",
        texts.t("更改密码"),
        texts.t(visitor.actor.display or visitor.actor.name),
        issues=issues,
        actor=visitor.actor,
        forced=visitor.must_change,
        least=_session.services().settings.security.password_min_length,
    )


def _same_page(target: object, **changes: str) -> str:
    """The page one is on, with another language or light; where one wanted to go is kept."""
    kept = {name: request.args[name] for name in ("lang", "mode") if name in request.args}
    path = request.path if request.endpoint in (*OPEN, *FOR_NEWCOMERS) or request.method == "GET" else "/"
    return path + "?" + urlencode(kept | ({"next": str(target)} if target else {}) | changes)
