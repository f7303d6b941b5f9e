"""The machine doors: thin over the services. The data version, geometry for maps, and warnings of authorities."""

from collections.abc import Callable, Mapping
from threading import Lock

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, parse_code
from services.access import Actor
from services.bootstrap import Services
from services.texts import Texts, languages

_A_DAY = 24 * 3600


def blueprint(services: Callable[[], Services], actor: Callable[[], Actor]) -> Blueprint:
    """The endpoints, for an app that has already turned away whoever has no session.

    services  gives those that answer now
    actor    gives the actor of the request that is being answered, from its session alone
    """
    door = Blueprint("api", __name__)

    @door.get("/version")
    def version() -> Response:
        """What is shown depends on these; a page asks often, and is answered 304 while nothing changed."""
        current = services().pulse.version()  # at most half a second old: hundreds may ask
        answer = jsonify(version=current)
        answer.set_etag(current)
        answer.headers["Cache-Control"] = "private, no-cache"
        return answer.make_conditional(request)

    @door.get("/geo/<parent>/<level>.json")
    def geometry(parent: str, level: str) -> Response:
        """Polygons to draw a map with; kept by the browser until the content's tag changes."""
        try:
            tag = request.args.get("v", "")
            found = services().maps.geometry(actor(), parse_code(parent), Level.parse(level), tag=tag)
        except CockpitError as error:
            abort(403 if error.key == "forbidden" else 404)
        if found is None:
            abort(404)
        answer = Response(found.content(), mimetype="application/geo+json")
        answer.set_etag(found.tag)
        answer.headers["Cache-Control"] = f"private, max-age={_A_DAY}"
        return answer.make_conditional(request)

    return door


CAP = "cap.receive"
"""The endpoint that answers to a key instead of a session."""

CAP_TYPES = ("application/cap+xml", "application/xml", "text/xml")
"""How a CAP message may be declared."""

CAP_STATUS = {"cap_conflict": 409, "forbidden": 403, "key_locked": 429, "cap_too_large": 413}
"""The answers of HTTP to what is wrong; all else is 422: understood and refused."""

_MINUTE = 60.0
_MOST_SENDERS = 1000


def cap_door(current: Callable[[], Services], most: int) -> Blueprint:
    """The door for warnings of authorities: one CAP message a post, with a key, answered in JSON.

    current  gives the services that answer now
    most     how many messages a sender may post in a minute
    """
    door = Blueprint("cap", __name__)
    pace = Pace(most, lambda: current().clock().timestamp())

    @door.post("/cap")
    def receive() -> Response:
        """Take one message in; whoever repeats it is told so, and nothing happens twice."""
        services = current()
        words = _words(services)
        request.max_content_length = services.settings.cap.max_kb << 10
        try:
            sender = _sender(services)
            if sender is None:
                return _told(401, words, NO_KEY, headers={"WWW-Authenticate": "Bearer"})
            if not pace.allows(sender.id):
                return _told(429, words, TOO_FAST, headers={"Retry-After": str(int(_MINUTE))})
            if request.mimetype not in CAP_TYPES:
                return _told(415, words, NOT_XML)
            found = services.statutory.receive(
                sender, request.get_data(cache=False), "http", request.remote_addr or ""
            )
        except RequestEntityTooLarge:
            return _told(413, words, TOO_LONG)
        except CockpitError as error:
            return _told(CAP_STATUS.get(error.key, 422), words, *error.issues)
        answer = {
            "state": found.state,
            "id": found.id,
            "address": f"/statutory/{found.id}",
            "kind": found.kind,
            "status": found.status,
            "level": found.level,
            "colour": found.colour,
            "in_force": found.live,
            "regions": [f"{region:012d}" for region in found.regions],
            "superseded": list(found.superseded),
            "issues": [_issue(one, words) for one in found.issues],
        }
        return _json(201 if found.state == "stored" else 200, answer)

    return door


class Pace:
    """So many a minute from each sender; who waits is not counted again."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most = most
        self._clock = clock
        self._seen: dict[str, list[float]] = {}
        self._lock = Lock()

    def allows(self, sender: str) -> bool:
        """Whether one more may come in now; it is counted if so."""
        now = self._clock()
        with self._lock:
            if len(self._seen) >= _MOST_SENDERS:
                self._seen = {name: at for name, at in self._seen.items() if at and at[-1] > now - _MINUTE}
            recent = [at for at in self._seen.get(sender, ()) if at > now - _MINUTE]
            allowed = len(recent) < self._most
            self._seen[sender] = [*recent, now] if allowed else recent
            return allowed


def _sender(services: Services) -> Actor | None:
    """Whose key came with the request; None where there is none that opens this door."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not key.strip():
        return None
    return services.keys.check(key.strip(), "cap", request.remote_addr or "")


def _words(services: Services) -> Texts:
    wish = request.accept_languages.best_match(languages())
    settings = services.settings.interface
    return Texts(wish or settings.language, settings.time_zone)


NO_KEY = Issue("key_needed", N_("没有有效的预警接口密钥。"),
               N_("请在请求头写 Authorization: Bearer <密钥>；密钥由系统管理员发放（chengmai key new --purpose cap）。"))  # fmt: skip
TOO_FAST = Issue("too_many", N_("一分钟内的消息太多。"), N_("请稍后再发。"))
NOT_XML = Issue("not_xml", N_("请求体不是 XML。"), N_("请写 Content-Type: application/cap+xml。"))
TOO_LONG = Issue("cap_too_large", N_("消息太大。"), N_("请拆分消息，或请管理员调整 cap.max_kb。"))


def _told(status: int, words: Texts, *issues: Issue, headers: Mapping[str, str] | None = None) -> Response:
    return _json(status, {"state": "refused", "issues": [_issue(one, words) for one in issues]}, headers)


def _issue(one: Issue, words: Texts) -> dict[str, str]:
    return {
        "key": one.key, "what": words.what(one), "do": words.do(one), "where": one.where, "severity": str(one.severity),
    }  # fmt: skip


def _json(status: int, content: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Response:
    answer = jsonify(content)
    answer.status_code = status
    answer.headers.update(dict(headers or {}))
    answer.headers["Cache-Control"] = "no-store"
    return answer
