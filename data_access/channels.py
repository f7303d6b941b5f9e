"""Senders: mail, web hooks, and the work platforms 企业微信, 钉钉, 浙政钉 and 飞书.

Each is the class of the notification library (Apprise) for that platform, which knows its addresses, its signature,
its limits and how a mail is made; what is ours is the sending itself. The library's says only yes or no, and takes
the platforms' refusals, which come with status 200, for a yes. Ours reads the answer, follows no redirect, bears the
key of the delivery, and ends in time.
"""

import base64
import hashlib
import hmac
import json
import logging
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import requests
from apprise import AppriseAsset, NotifyFormat
from apprise.plugins.custom_json import NotifyJSON
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.wechat import NotifyWeChat
from apprise.plugins.wecombot import NotifyWeComBot

from data_access.guard import Allowed, causes, guarded, refusal
from data_access.outbox import Channel, Delivery

logging.getLogger("apprise").setLevel(logging.CRITICAL)
"""The library writes addresses and tokens into its log; what went wrong is told by us, without them."""

KEY_HEADER = "X-Chengmai-Key"
"""The header that bears the key of a delivery; a mail has it in its Message-ID as well."""

LONGEST_ANSWER = 65_536
REQUEST_TIMEOUT, TOO_MANY, SERVER_ERROR, REDIRECT, GOOD = 408, 429, 500, 300, 200
LONGEST_PAUSE = 3600

PERMANENT_SMTP = 500
"""From this reply on a mail server means: not this one, ever."""


@dataclass(frozen=True)
class Limits:
    """How long one sending may take, and where it may go."""

    connect_seconds: float = 5
    read_seconds: float = 10
    total_seconds: float = 20
    allowed: Allowed = field(default_factory=Allowed)


@dataclass(frozen=True)
class Outcome:
    """What became of one sending.

    sent     the receiver has taken it
    again    it may work later; else it never will
    channel  the fault is the channel's and would meet every delivery over it
    pause    seconds for which the receiver asked to be left alone
    detail   in words, without any secret
    """

    sent: bool
    detail: str = ""
    again: bool = True
    channel: bool = False
    pause: int = 0


class Unsent(Exception):  # noqa: N818  an outcome on its way to whoever asked
    """A sending that came to nothing."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.detail)
        self.outcome = outcome


def send(channel: Channel, delivery: Delivery, limits: Limits) -> Outcome:
    """Send one delivery over a channel; it never raises, and ends within the limits."""
    try:
        plugin = KINDS[channel.kind](channel, delivery, limits)
        with guarded(limits.allowed, plugin.reached, limits.total_seconds):
            plugin.notify(body=delivery.body, title=delivery.title, body_format=NotifyFormat.TEXT)
    except Unsent as unsent:
        return unsent.outcome
    except Exception as error:  # whatever a library raises is an outcome that somebody reads
        return _failure(error, channel)
    return Outcome(sent=True)


def _failure(error: Exception, channel: Channel) -> Outcome:
    """What an error means, in one of the words of ``FAULTS`` or in its own, without what opens the channel."""
    chain = list(causes(error))
    refused = refusal(error)
    if refused is not None:
        return Outcome(False, f"refused_address {refused.address}", again=False, channel=True)
    for kinds, word in FAULTS:
        if any(isinstance(one, kinds) for one in chain):
            return Outcome(False, word, channel=True)
    return Outcome(False, without(f"{type(error).__name__}: {error}", channel)[:200])


FAULTS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((TimeoutError, requests.Timeout), "timeout"),
    ((ssl.SSLError,), "certificate"),
    ((socket.gaierror,), "unknown_host"),
    ((OSError, smtplib.SMTPServerDisconnected), "unreachable"),
)
"""What may be wrong between here and a receiver; the first that fits is told."""


def without(text: str, channel: Channel) -> str:
    """A text without the secrets of a channel, and without what addresses bear behind the question mark."""
    for secret in filter(None, _secrets(channel)):
        text = text.replace(secret, "***").replace(quote(secret, safe=""), "***")
    return re.sub(r"\?[^\s'\")]+", "?***", text)


def _secrets(channel: Channel) -> list[str]:
    """The secrets of a channel, the longest first."""
    with suppress(ValueError):
        found = json.loads(channel.secret or "{}")
        return sorted((str(one) for one in found.values()), key=len, reverse=True)
    return [channel.secret]


class _Ours:
    """What all senders share: where they go, and one request of which the answer is read."""

    reached: str
    _delivery: Delivery
    _limits: Limits

    def begin(self, address: str, delivery: Delivery, limits: Limits) -> None:
        """Say where it goes and what is sent."""
        self.reached = urlsplit(address).hostname or ""
        self._delivery, self._limits = delivery, limits

    def ask(self, method: str, address: str, **parts: Any) -> dict[str, Any]:
        """One request; the answer as JSON, empty where it is none.

        raises  Unsent for every answer but a good one; a redirect is none
        """
        headers = {
            KEY_HEADER: self._delivery.key,
            "Idempotency-Key": self._delivery.key,
            "User-Agent": "chengmai",
            **parts.pop("headers", {}),
        }
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                method, address, headers=headers, allow_redirects=False, stream=True,
                timeout=(self._limits.connect_seconds, self._limits.read_seconds), **parts,
            )  # fmt: skip
            with answer:
                status, pause = answer.status_code, _pause(answer.headers.get("Retry-After", ""))
                text = next(answer.iter_content(LONGEST_ANSWER), b"")
        if not GOOD <= status < REDIRECT:
            raise Unsent(_by_status(status, pause))
        with suppress(ValueError):
            found = json.loads(text)
            return found if isinstance(found, dict) else {}
        return {}

    def post(self, address: str, payload: Mapping[str, Any], **parts: Any) -> bool:
        """Post JSON; raises Unsent where the platform says in its answer that it took nothing."""
        body = json.dumps(payload, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", **parts.pop("headers", {})}
        judge(self.ask("POST", address, data=body, headers=headers, **parts))
        return True


TRY_LATER = {-1, 45009, 45033, 130101, 410100, 9499, 11232, 40001, 40014, 42001}
"""Codes of the platforms that mean: too fast, busy, or a token that has run out."""


def judge(answer: Mapping[str, Any]) -> None:
    """Raise Unsent where a platform's answer says that it took nothing: errcode or code other than 0."""
    for name in ("errcode", "code", "StatusCode"):
        code = answer.get(name, 0)
        if code not in (0, "0", None):
            said = answer.get("errmsg") or answer.get("msg") or answer.get("StatusMessage") or ""
            again = code in TRY_LATER
            raise Unsent(Outcome(False, f"{name} {code}: {str(said)[:120]}", again=again, channel=True))


def _by_status(status: int, pause: int) -> Outcome:
    """What an HTTP status means for another attempt."""
    if REDIRECT <= status < REQUEST_TIMEOUT - 8:
        return Outcome(False, f"redirect {status}", again=False, channel=True)
    again = status >= SERVER_ERROR or status in (REQUEST_TIMEOUT, TOO_MANY, 401, 403, 404)
    return Outcome(False, f"HTTP {status}", again=again, channel=again, pause=pause)


def _pause(text: str) -> int:
    """Seconds of a Retry-After header; dates are rare there and left alone."""
    return min(int(text), LONGEST_PAUSE) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def _secret(channel: Channel) -> dict[str, str]:
    return {str(key): str(value) for key, value in json.loads(channel.secret or "{}").items()}


ASSET = AppriseAsset(app_id="chengmai", app_desc="城脉 Chengmai", storage_mode="memory")


class Hook(_Ours, NotifyJSON):  # type: ignore[misc]
    """A web hook of any kind: JSON with title and message as Apprise has them, and the key."""

    request_rate_per_sec = 0

    def __init__(self, channel: Channel, delivery: Delivery, limits: Limits) -> None:
        secret = _secret(channel)
        self._address, self._signing = secret["url"], secret.get("signing", "")
        super().__init__(host=urlsplit(self._address).hostname, asset=ASSET)
        self.begin(self._address, delivery, limits)

    def send(self, body: str, title: str = "", **_: Any) -> bool:
        """Post it; with a signing key the header X-Chengmai-Signature proves where it comes from."""
        payload = {
            "version": self.json_version, "title": title, "message": body, "type": "info",
            "key": self._delivery.key, "level": self._delivery.level,
        }  # fmt: skip
        text = json.dumps(payload, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if self._signing:
            proof = hmac.new(self._signing.encode(), text, hashlib.sha256).hexdigest()
            headers["X-Chengmai-Signature"] = f"sha256={proof}"
        self.ask("POST", self._address, data=text, headers=headers)
        return True


class WeComBot(_Ours, NotifyWeComBot):  # type: ignore[misc]
    """A robot in a group of 企业微信, or of a 政务微信 at an address of its own."""

    request_rate_per_sec = 0

    def __init__(self, channel: Channel, delivery: Delivery, limits: Limits) -> None:
        super().__init__(key=_secret(channel)["token"], asset=ASSET)
        base = channel.settings.get("base") or "https://qyapi.weixin.qq.com"
        self._address = f"{base}/cgi-bin/webhook/send?key={quote(self.key)}"
        self.begin(self._address, delivery, limits)

    def send(self, body: str, title: str = "", **_: Any) -> bool:  # noqa: ARG002  the library puts titles first
        """Post the text."""
        return self.post(self._address, {"msgtype": "text", "text": {"content": body}})


class WeComApp(_Ours, NotifyWeChat):  # type: ignore[misc]
    """An application of 企业微信 or 政务微信, which writes to one person."""

    request_rate_per_sec = 0

    def __init__(self, channel: Channel, delivery: Delivery, limits: Limits) -> None:
        settings = channel.settings
        super().__init__(
            settings["corp"], _secret(channel)["token"], settings["agent"], [delivery.address], asset=ASSET
        )
        self._base = settings.get("base") or "https://qyapi.weixin.qq.com"
        self.begin(self._base, delivery, limits)

    def send(self, body: str, title: str = "", **_: Any) -> bool:  # noqa: ARG002  the library puts titles first
        """Get a token and post the text; the platform itself refuses a repetition within half an hour."""
        asked = {"corpid": self.corpid, "corpsecret": self.corpsecret}
        opened = self.ask("GET", f"{self._base}/cgi-bin/gettoken", params=asked)
        judge(opened)
        payload = {
            "touser": "|".join(self.users), "msgtype": "text", "agentid": int(self.agentid),
            "text": {"content": body}, "enable_duplicate_check": 1, "duplicate_check_interval": 1800,
        }  # fmt: skip
        token = str(opened.get("access_token", ""))
        answer = self.ask(
            "POST", f"{self._base}/cgi-bin/message/send", params={"access_token": token}, json=payload
        )
        judge(answer)
        if answer.get("invaliduser"):
            raise Unsent(Outcome(False, "invaliduser", again=False))
        return True


class DingTalk(_Ours, NotifyDingTalk):  # type: ignore[misc]
    """A robot in a group of 钉钉; of 浙政钉 or another 专有钉钉 at the address that its robot page shows."""

    request_rate_per_sec = 0

    def __init__(self, channel: Channel, delivery: Delivery, limits: Limits) -> None:
        secret = _secret(channel)
        super().__init__(
            token=secret["token"], secret=secret.get("signing") or None,
            targets=[delivery.address] if delivery.address else None, asset=ASSET,
        )  # fmt: skip
        self._base = channel.settings.get("base") or "https://oapi.dingtalk.com"
        self._path = channel.settings.get("path") or "/robot/send"
        self.begin(self._base, delivery, limits)

    def send(self, body: str, title: str = "", **_: Any) -> bool:
        """Post the text, signed where the robot asks for it."""
        asked = {"access_token": self.token}
        if self.secret:
            stamp, signature = self.get_signature()
            asked |= {"timestamp": stamp, "sign": unquote(signature)}
        payload = {
            "msgtype": "text", "text": {"content": f"{title}\n{body}" if title else body},
            "msgUuid": self._delivery.key, "at": {"atMobiles": self.targets, "isAtAll": False},
        }  # fmt: skip
        return self.post(self._base + self._path, payload, params=asked)


class Feishu(_Ours, NotifyFeishu):  # type: ignore[misc]
    """A robot in a group of 飞书 or Lark."""

    request_rate_per_sec = 0
    official = "https://open.feishu.cn"

    def __init__(self, channel: Channel, delivery: Delivery, limits: Limits) -> None:
        secret = _secret(channel)
        super().__init__(token=secret["token"], asset=ASSET)
        self._signing = secret.get("signing", "")
        base = channel.settings.get("base") or self.official
        self._address = f"{base}/open-apis/bot/v2/hook/{quote(self.token)}"
        self.begin(self._address, delivery, limits)

    def send(self, body: str, title: str = "", **_: Any) -> bool:  # noqa: ARG002  the library puts titles first
        """Post the text, signed where the robot asks for it: the moment and the key sign an empty text."""
        payload: dict[str, Any] = {
            "msg_type": "text",
            "uuid": self._delivery.key,
            "content": {"text": body},
        }
        if self._signing:
            stamp = str(round(time.time()))
            proof = hmac.new(f"{stamp}\n{self._signing}".encode(), b"", hashlib.sha256).digest()
            payload |= {"timestamp": stamp, "sign": base64.b64encode(proof).decode()}
        return self.post(self._address, payload)


class Lark(Feishu):
    """A robot in a group of Lark, the same platform outside China."""

    official = "https://open.larksuite.com"


class Mail(_Ours, NotifyEmail):  # type: ignore[misc]
    """A mail over the organisation's own server; the key stands in its header and in its Message-ID."""

    request_rate_per_sec = 0

    def __init__(self, channel: Channel, delivery: Delivery, limits: Limits) -> None:
        settings = channel.settings
        super().__init__(
            smtp_host=settings["host"], host=settings["host"], port=int(settings["port"]),
            secure_mode=settings["mode"], from_addr=settings["sender"], targets=[delivery.address],
            headers={KEY_HEADER: delivery.key}, asset=ASSET,
        )  # fmt: skip
        self._login = (settings.get("login", ""), _secret(channel).get("token", ""))
        self.begin(f"//{settings['host']}", delivery, limits)

    def send(self, body: str, title: str = "", **_: Any) -> bool:
        """Hand it to the mail server."""
        made = NotifyEmail.prepare_emails(
            subject=title, body=body, from_addr=tuple(self.from_addr), to=self.targets,
            notify_format=NotifyFormat.TEXT, smtp_host=self.smtp_host, headers=self.headers, pgp=self.pgp,
        )  # fmt: skip
        domain = self.from_addr[1].rpartition("@")[2]
        for message in made:
            text = re.sub(
                r"(?im)^Message-ID:.*$", f"Message-ID: <{self._delivery.key}@{domain}>", message.body, count=1
            )
            self._hand_over(message.to_addrs, text)
        return True

    def _hand_over(self, to: list[str], text: str) -> None:
        context = ssl.create_default_context()
        seconds = self._limits.read_seconds
        try:
            if self.secure_mode == "ssl":
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    self.smtp_host, self.port, timeout=seconds, context=context
                )
            else:
                server = smtplib.SMTP(self.smtp_host, self.port, timeout=seconds)
            with server:
                if self.secure_mode == "starttls":
                    server.starttls(context=context)
                if self._login[0]:
                    server.login(*self._login)
                server.sendmail(self.from_addr[1], to, text)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise Unsent(_by_reply(code, said, channel=False)) from None
        except smtplib.SMTPAuthenticationError as error:
            raise Unsent(Outcome(False, f"SMTP {error.smtp_code}: login", channel=True)) from None
        except smtplib.SMTPResponseException as error:
            raise Unsent(_by_reply(error.smtp_code, error.smtp_error, channel=True)) from None


def _by_reply(code: int, said: bytes | str, *, channel: bool) -> Outcome:
    """What the reply of a mail server means for another attempt."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return Outcome(False, f"SMTP {code}: {text[:160]}", again=code < PERMANENT_SMTP, channel=channel)


KINDS: Mapping[str, Callable[[Channel, Delivery, Limits], Any]] = {
    "mail": Mail,
    "webhook": Hook,
    "wecom": WeComBot,
    "wecom_app": WeComApp,
    "dingtalk": DingTalk,
    "zwding": DingTalk,
    "feishu": Feishu,
    "lark": Lark,
}
"""The kinds of channels; a further one is a line here and in services/channels.py."""

PERSONAL = frozenset({"mail", "wecom_app"})
"""Kinds that write to one person; over the others a whole group, or a program, reads."""
