"""The web door: settings to services to pages. Wiring, and the locks on every door.

Nothing answers without a session but the sign-in page, its assets and the health check. Who may see what is decided
in services/access from the session; here a request is only let in or turned away.
"""

import ctypes
import logging
import secrets
import signal
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dash
import flask_caching
import orjson
from dash import Dash, dcc, html
from flask import Flask, Response, g, request
from flask_compress import Compress
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

import api
from data_access.config import Settings, load_settings
from indicators.errors import N_, CockpitError
from pages import (
    _actions,
    _acts,
    _collection_files,
    _definition_files,
    _desk_files,
    _feeds_files,
    _session,
    _supervision_files,
    _templates,
    _warning_doors,
    big_screen,
    schedule,
    screens,
)
from pages import login as sign_in
from pages._components import shell
from pages._static import Static, icon, located
from services.bootstrap import Services, build
from services.living import Living

log = logging.getLogger("chengmai.web")

ROOT = Path(__file__).resolve().parent
CSRF_COOKIE = "chengmai_csrf"
CALLBACKS = "/_dash-update-component"
FILES = {
    "static_files.file",
    "_dash_assets.static",
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
}
"""Endpoints that serve files of the program: the same for everybody, and kept by browsers."""

HEALTH = "health"
OPEN = {*FILES, *sign_in.OPEN, *big_screen.OPEN, HEALTH, api.CAP}
"""All that answers without a session."""

CALLBACK_BYTES = 256 * 1024
"""A change of state is an address; a callback that sends more is not one of ours."""

PR_SET_PDEATHSIG = 1
"""The option of prctl(2) that asks for a signal when the parent process ends."""

A_YEAR = 365 * 24 * 3600

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

NOT_FOUND = N_("没有这个页面"), N_("请检查地址，或从导航进入。")
NOT_ALLOWED = N_("没有权限"), N_("如工作需要，请联系安全管理员授权。")
TOO_LARGE = N_("内容太大"), N_("请缩小后再试，或请管理员用命令行导入。")
REFUSED = N_("请求不完整或已失效"), N_("请刷新页面后再试。")
BROKEN = N_("这一步没有完成"), N_("请重试；仍不行时把编号告诉管理员。")


class Cockpit(Dash):
    """Dash with our index page: language and light are set before the first paint, and files are few."""

    def __init__(self, files: Static, **options: Any) -> None:
        self.files = files
        super().__init__(**options)

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]
        """The page that loads the cockpit; it holds no figure and no name."""
        texts = _session.texts()
        return INDEX.format(
            lang=texts.tag,
            theme=_session.theme(),
            title=texts.t("城脉"),
            wait=texts.t("正在打开"),
            icon=icon(),
            font=located("fonts/chengmai-sans-regular.woff2"),
            style=self.files.style(),
            scripts=self.files.scripts(parts["scripts"]),
            **{name: parts[name] for name in ("metas", "config", "renderer")},
        )


INDEX = """<!DOCTYPE html>
<html lang="{lang}" data-theme="{theme}">
<head>
{metas}
<title>{title}</title>
<link rel="icon" type="image/svg+xml" href="{icon}">
<link rel="stylesheet" href="{style}">
<link rel="preload" as="font" type="font/woff2" crossorigin href="{font}">
</head>
<body>
<div id="react-entry-point"><div class="_dash-loading" role="status"><span class="brand-mark"></span>{wait}</div></div>
<footer>
{config}
{scripts}
{renderer}
</footer>
</body>
</html>"""


def server() -> Flask:
    """The application that granian serves (a factory: ``app:server``); made in each worker."""
    _end_with_parent()
    settings = load_settings()
    _write_log(settings)
    flask = Flask("chengmai", root_path=str(ROOT), static_folder=None)
    services = build(settings, cache=cache(flask, settings))
    application = create_app(services, flask).server
    _session.living(flask).start(jobs=settings.schedule.enabled)
    return application


def _write_log(settings: Settings) -> None:
    """Log to standard error, as words or as one JSON object a line."""
    handler = logging.StreamHandler()
    if settings.logging.format == "json":
        handler.setFormatter(JsonLines())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=settings.logging.level.upper(), handlers=[handler], force=True)


class JsonLines(logging.Formatter):
    """One JSON object a line, for a log collector."""

    def format(self, entry: logging.LogRecord) -> str:  # type: ignore[override]
        """The entry, with its traceback if it has one."""
        said = {
            "at": entry.created,
            "level": entry.levelname,
            "name": entry.name,
            "message": entry.getMessage(),
        }
        if entry.exc_info:
            said["traceback"] = self.formatException(entry.exc_info)
        return orjson.dumps(said).decode()


def _end_with_parent() -> None:
    """A worker whose server was killed ends too, and does not go on answering beside the next one (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def cache(flask: Flask, settings: Settings) -> flask_caching.Cache:
    """Ready answers, in the memory of this process; their keys hold the versions, so nothing is ever cleared."""
    kept = settings.cache
    kind = "SimpleCache" if kept.kind == "memory" else "NullCache"
    return flask_caching.Cache(
        flask,
        config={
            "CACHE_TYPE": kind,
            "CACHE_THRESHOLD": kept.entries,
            "CACHE_DEFAULT_TIMEOUT": kept.seconds,
            "CACHE_NO_NULL_WARNING": True,
        },
    )


def create_app(services: Services, flask: Flask | None = None) -> Dash:
    """The whole web application around the services."""
    flask = flask or Flask("chengmai", root_path=str(ROOT), static_folder=None)
    flask.extensions[_session.EXTENSION] = Living(services)
    _configure(flask, services)
    flask.before_request(_admit)
    forgery = CSRFProtect(flask)
    flask.before_request(_check_callback)
    _register_errors(flask)
    flask.register_blueprint(sign_in.door)
    flask.register_blueprint(big_screen.screen)
    flask.register_blueprint(screens.screens)
    flask.register_blueprint(schedule.jobs)
    flask.register_blueprint(_actions.blueprint(_acts.ACTIONS))
    flask.register_blueprint(_templates.blueprint())
    flask.register_blueprint(_warning_doors.blueprint())
    flask.register_blueprint(_supervision_files.blueprint())
    flask.register_blueprint(_feeds_files.blueprint())
    flask.register_blueprint(_collection_files.blueprint())
    flask.register_blueprint(_desk_files.blueprint())
    flask.register_blueprint(_definition_files.blueprint())
    flask.register_blueprint(api.blueprint(_session.services, lambda: g.visitor.actor))
    warnings = api.cap_door(_session.services, services.settings.cap.posts_per_minute)
    forgery.exempt(warnings)  # a machine shows a key with every post and has no cookie that could be misused
    flask.register_blueprint(warnings)
    flask.add_url_rule("/health", HEALTH, lambda: Response("ok", mimetype="text/plain"))
    files = Static()
    flask.extensions[sign_in.STATIC] = files
    flask.register_blueprint(files.blueprint)
    application = Cockpit(
        files,
        name=__name__,
        server=flask,
        assets_folder=str(ROOT / "assets"),
        assets_ignore=r".*\.(woff2|svg|txt|md)$|^(big_screen|screen_enter)\.js$",  # the wall loads its own
        use_pages=True,
        pages_folder=str(ROOT / "pages"),
        routing_callback_inputs={"_version": dash.Input("data-version", "data")},
        include_pages_meta=False,
        suppress_callback_exceptions=True,  # the index page would carry every layout otherwise
        use_async=False,
        enable_mcp=False,
        title="城脉",
        update_title=None,  # type: ignore[arg-type]  Dash takes None for "leave the title alone"
        csrf_token_name=CSRF_COOKIE,
        on_error=_callback_failed,
        add_log_handler=False,
    )
    application.layout = _layout
    Compress(flask)
    flask.after_request(lambda answer: _harden(answer, application))
    return application


def _layout() -> html.Div:
    """What stands on every page: the address, and the version whose change renders it anew."""
    return html.Div([dcc.Store(id="data-version"), dash.page_container])


def _configure(flask: Flask, services: Services) -> None:
    settings = services.settings
    flask.config.update(
        SECRET_KEY=services.accounts.form_key(),
        MAX_CONTENT_LENGTH=settings.server.max_body_mb << 20,
        SESSION_COOKIE_NAME="chengmai_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.security.cookie_secure,
        SEND_FILE_MAX_AGE_DEFAULT=0,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_HEADERS=["X-CSRFToken"],
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["br", "gzip"],
        COMPRESS_BR_LEVEL=3,
        COMPRESS_MIMETYPES=[
            "text/html", "text/css", "text/plain", "text/javascript", "application/javascript", "application/json",
            "application/geo+json", "image/svg+xml",
        ],
    )  # fmt: skip
    flask.json.sort_keys = False  # type: ignore[attr-defined]
    proxies = settings.security.trusted_proxies
    if proxies:
        flask.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            flask.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )


# ---- letting in


def _admit() -> AnyResponse | None:
    """Turn away whoever has no session; the first lock, before anything else looks at the request."""
    services = _session.services()
    if request.path == CALLBACKS or request.endpoint in sign_in.FOR_NEWCOMERS + sign_in.OPEN:
        request.max_content_length = CALLBACK_BYTES
    if request.endpoint in OPEN or _is_screen(services):
        return None
    visitor = services.accounts.visitor(sign_in.token(), active=not _automatic())
    if visitor is None:
        return _ask_to_sign_in()
    g.visitor = visitor
    if visitor.must_change and request.endpoint not in sign_in.FOR_NEWCOMERS:
        return _redirect("/password") if _wants_page() else _refusal(403, *NOT_ALLOWED)
    return None


def _is_screen(services: Services) -> bool:
    """Whether a screen asks for its wall: its session opens that and nothing else."""
    if request.endpoint not in big_screen.WALL:
        return False
    found = services.keys.screen(big_screen.token())
    if found is not None:
        g.screen = found
    return found is not None


def _automatic() -> bool:
    """Whether this request came by itself: polling, geometry, or a page that renders new data."""
    if request.headers.get("X-Chengmai-Automatic") or request.path.startswith(("/version", "/geo/")):
        return True
    if request.path != CALLBACKS:
        return False
    return _body().get("changedPropIds") == ["data-version.data"]


def _body() -> dict[str, Any]:
    """What a callback sent, or nothing where it is no JSON object or nested beyond reason."""
    try:
        body = request.get_json(silent=True)
    except RecursionError:
        return {}
    return body if isinstance(body, dict) else {}


def _check_callback() -> AnyResponse | None:
    """Refuse a callback that no page of ours would send; Dash itself would stumble over it."""
    if request.path != CALLBACKS or request.method != "POST":
        return None
    body, known = _body(), dash.get_app().callback_map
    sound = (
        isinstance(body.get("output"), str)
        and body["output"] in known
        and all(_dependencies(body.get(part)) for part in ("inputs", "state"))
        and _same_ids(body, known[body["output"]])
    )
    return None if sound else _refusal(400, *REFUSED)


def _dependencies(listed: object) -> bool:
    if listed is None:
        return True
    return isinstance(listed, list) and all(
        isinstance(one, dict)
        and isinstance(one.get("id"), str)
        and isinstance(one.get("property"), str)
        and isinstance(one.get("value"), str | None)  # addresses and versions are text
        for one in listed
    )


def _same_ids(body: dict[str, Any], callback: dict[str, Any]) -> bool:
    """Whether inputs and state are those that the callback was declared with, in its order."""
    return all(
        [(one["id"], one["property"]) for one in body.get(part) or ()]
        == [(one["id"], one["property"]) for one in callback[declared]]
        for part, declared in (("inputs", "inputs"), ("state", "state"))
    )


def _ask_to_sign_in() -> AnyResponse:
    if request.endpoint in big_screen.WALL and big_screen.token() and _wants_page():
        return _redirect("/screen/enter?ended")
    if _wants_page():
        target = request.full_path.rstrip("?") if request.path != "/" or request.query_string else ""
        return _redirect("/login" + (f"?next={quote(target, safe='/')}" if target else ""))
    return _refusal(401, N_("请先登录"), N_("登录后再试。"))


def _wants_page() -> bool:
    machine = ("/_", "/api/", "/geo/", "/version", "/screen/content")
    return request.method == "GET" and not request.path.startswith(machine)


def _redirect(target: str) -> AnyResponse:
    answer = Response(status=302, headers={"Location": target})
    answer.headers["Cache-Control"] = "no-store"
    return answer


# ---- what goes wrong


def _register_errors(flask: Flask) -> None:
    @flask.errorhandler(CSRFError)
    def forged(error: CSRFError) -> AnyResponse:
        log.warning("%s refused: %s", request.path, error.description)
        return _refusal(400, *REFUSED)

    @flask.errorhandler(HTTPException)
    def expected(error: HTTPException) -> AnyResponse:
        texts = {404: NOT_FOUND, 403: NOT_ALLOWED, 413: TOO_LARGE}
        return _refusal(error.code or 500, *texts.get(error.code or 0, REFUSED))

    @flask.errorhandler(CockpitError)
    def explained(error: CockpitError) -> AnyResponse:
        status = 403 if error.key == "forbidden" else 422
        return _refusal(status, error.issues[0].what, error.issues[0].do)

    @flask.errorhandler(Exception)
    def unexpected(error: Exception) -> AnyResponse:
        return _refusal(500, *BROKEN, reference=_logged(error))


def _logged(error: Exception) -> str:
    """Keep the traceback in the log and give out only a number by which it is found there."""
    reference = secrets.token_hex(4)
    log.error("failure %s at %s", reference, request.path, exc_info=error)
    return reference


def _callback_failed(error: Exception) -> None:
    """A page that could not be rendered shows a failed face with a reference, not a frozen screen."""
    known = isinstance(error, CockpitError)
    reference = "" if known else _logged(error)
    texts = _session.texts()
    what, do = (texts.what(error.issues[0]), texts.do(error.issues[0])) if known else map(texts.t, BROKEN)
    dash.set_props("_pages_content", {"children": shell.failed(what, do, reference)})


def _refusal(status: int, what: str, do: str, reference: str = "") -> AnyResponse:
    """The same words as a page for people and as JSON for scripts."""
    if _wants_page() or request.endpoint in sign_in.FOR_NEWCOMERS + sign_in.OPEN:
        return sign_in.failed(status, what, do, reference)
    texts = _session.texts()
    said = {"what": texts.t(what), "do": texts.t(do)} | ({"reference": reference} if reference else {})
    return Response(orjson.dumps(said), status, mimetype="application/json")


# ---- what goes out


def _harden(answer: Response, application: Dash) -> Response:
    """Headers on everything that goes out."""
    policy = dict(POLICY)
    if answer.mimetype == "text/html":
        policy["script-src"] += "".join(f" {known}" for known in application.csp_hashes())
    answer.headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in policy.items())
    for name, value in HEADERS.items():
        answer.headers[name] = value
    if _session.services().settings.security.cookie_secure:
        answer.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}; includeSubDomains"
    if request.endpoint in FILES:
        if answer.status_code == 200 and ("m" in request.args or "/_dash-component-suites/" in request.path):
            answer.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    elif "Cache-Control" not in answer.headers:
        answer.headers["Cache-Control"] = "no-store"
    if answer.mimetype == "text/html" and "visitor" in g:
        secure = _session.services().settings.security.cookie_secure
        answer.set_cookie(CSRF_COOKIE, generate_csrf(), secure=secure, samesite="Strict")
    return answer
