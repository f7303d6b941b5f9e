"""Figures that another system gives out at an address: JSON with a list of records in it, or a file.

One GET, no redirect, nothing from the environment, an end in time; where it may lead is judged by ``guard`` when it
connects. What opens the address travels in a header and stands in no message.
"""

import base64
import json
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from data_access.guard import Allowed, causes, guarded, refusal
from data_access.sources import table
from indicators.errors import N_, CockpitError, Issue

GOOD, REDIRECT = 200, 300
BLOCK = 1 << 16
DEEP = 8
"""So deep a record may be nested; deeper parts are printed as JSON."""

WIDE = 1024
"""So many columns the records may have altogether."""

AUTHS = ("none", "bearer", "basic", "header")
FORMATS = ("json", "file")

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d{1,6})\]")


@dataclass(frozen=True)
class Limits:
    """How long a question may take, how much may come, and where it may go."""

    connect_seconds: float = 10
    total_seconds: float = 60
    bytes: int = 200_000_000
    rows: int = 1_000_000
    allowed: Allowed = field(default_factory=Allowed)


@dataclass(frozen=True)
class Address:
    """Where to ask and how.

    auth     none, bearer (a token), basic (``user`` and password), header (``user`` is the name of the header)
    format   json: the records lie at ``path`` (``data.items``, ``result[0].rows``; empty: the whole is the list);
             file: CSV or Excel as intake reads it
    """

    url: str
    auth: str = "none"
    user: str = ""
    format: str = "json"
    path: str = ""
    secret: str = field(default="", repr=False)


def fetch(address: Address, target: Path, limits: Limits) -> Path:
    """Ask, and lay down what came as a file that intake reads: its path.

    target  a path whose ending is made to fit
    raises  CockpitError that says what is wrong with the source, without what opens it
    """
    host = urlsplit(address.url).hostname or ""
    try:
        with guarded(limits.allowed, host, limits.total_seconds):
            content, kind = _get(address, limits)
    except CockpitError:
        raise
    except Exception as error:  # whatever a library raises is told in words that hold no secret
        raise failure(error) from None
    if address.format == "file":
        path = target.with_suffix(".xlsx" if content[:4] == b"PK\x03\x04" or "sheet" in kind else ".csv")
        path.write_bytes(content)
        return path
    path = target.with_suffix(".csv")
    records = list(_records(content, address.path, limits.rows))
    flat = [dict(_flat(record)) for record in records]
    header = list(dict.fromkeys(name for record in flat for name in record))
    if len(header) > WIDE:
        raise _wrong(
            "feed_too_wide", N_("记录的字段超过 {most} 个。"), N_("请让对方只给出需要的字段。"), most=WIDE
        )
    table.write(path, header, ([record.get(name) for name in header] for record in flat))
    return path


def _get(address: Address, limits: Limits) -> tuple[bytes, str]:
    """The body of a good answer, and what it says that it is."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(
            address.url, headers=_headers(address), allow_redirects=False, stream=True,
            timeout=(limits.connect_seconds, limits.total_seconds),
        )  # fmt: skip
        with answer:
            status = answer.status_code
            if GOOD < status < GOOD + 100 or REDIRECT <= status < REDIRECT + 100:
                raise _wrong("feed_status", N_("对方没有给出数据，而是回答 {status}。"),
                             N_("请填写最终的地址；不跟随跳转。"), status=status)  # fmt: skip
            if status in (401, 403):
                raise _wrong(
                    "feed_denied", N_("对方拒绝访问（{status}）。"), N_("请核对账号和口令。"), status=status
                )
            if status != GOOD:
                raise _wrong("feed_status", N_("对方没有给出数据，而是回答 {status}。"),
                             N_("请核对地址，或与对方系统联系。"), status=status)  # fmt: skip
            parts, size = [], 0
            for part in answer.iter_content(BLOCK):
                size += len(part)
                if size > limits.bytes:
                    raise _wrong("feed_too_large", N_("内容超过 {most} MB。"), N_("请让对方按时期或指标分开给出。"),
                                 most=limits.bytes // 10**6)  # fmt: skip
                parts.append(part)
            return b"".join(parts), answer.headers.get("Content-Type", "")


def _headers(address: Address) -> dict[str, str]:
    found = {"User-Agent": "chengmai", "Accept": "application/json" if address.format == "json" else "*/*"}
    if address.auth == "bearer":
        found["Authorization"] = f"Bearer {address.secret}"
    elif address.auth == "basic":
        pair = base64.b64encode(f"{address.user}:{address.secret}".encode()).decode()
        found["Authorization"] = f"Basic {pair}"
    elif address.auth == "header":
        found[address.user] = address.secret
    return found


def steps(path: str) -> list[str | int]:
    """A path to a part of JSON: names with dots, numbers in brackets; a leading ``$`` is passed over.

    raises  ValueError where it is none
    """
    text = path.strip().removeprefix("$")
    found: list[str | int] = []
    place = 0
    while place < len(text):
        step = _STEP.match(text, place)
        if step is None:
            raise ValueError(path)
        found.append(int(step[2]) if step[2] is not None else step[1].strip())
        place = step.end()
    return found


def _records(content: bytes, path: str, most: int) -> Iterator[Mapping[str, Any]]:
    """The records of a JSON text."""
    try:
        found = json.loads(content, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise _wrong("feed_not_json", N_("对方给出的不是有效的 JSON。"), N_("请核对地址和格式。")) from error
    for step in steps(path):
        inside = (isinstance(found, dict) and isinstance(step, str) and step in found) or (
            isinstance(found, list) and isinstance(step, int) and step < len(found)
        )
        if not inside:
            raise _wrong("feed_no_path", N_("JSON 里没有 {path}。"), N_("请核对记录所在的路径。"), path=path)
        found = found[step]
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise _wrong("feed_no_records", N_("路径 {path} 处不是记录的清单。"), N_("请填写通往清单的路径，如 data.items。"),
                     path=path or "$")  # fmt: skip
    if len(found) > most:
        raise _wrong(
            "feed_too_long", N_("记录超过 {most} 行。"), N_("请让对方按时期或指标分开给出。"), most=most
        )
    yield from found


def _flat(record: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    """The fields of a record; those of nested records with dots between the names."""
    for name, value in record.items():
        if isinstance(value, dict) and depth < DEEP:
            yield from _flat(value, f"{before}{name}.", depth + 1)
        elif isinstance(value, dict | list):
            yield before + name, json.dumps(value, ensure_ascii=False)
        else:
            yield before + name, value


FAULTS: tuple[tuple[tuple[type[BaseException], ...], str, str], ...] = (
    ((TimeoutError, requests.Timeout), N_("对方没有在时限内回答。"), N_("请稍后再试，或与对方系统联系。")),
    ((ssl.SSLError,), N_("对方的证书不可信。"), N_("请与对方核对证书。")),
    ((socket.gaierror,), N_("没有这个主机名。"), N_("请核对地址。")),
)
"""What may be wrong between here and a source; the first that fits is told."""


def failure(error: BaseException) -> CockpitError:
    """What an error of a library means, in words that hold nothing of what it was asked with."""
    refused = refusal(error)
    if refused is not None:
        return refused_address(refused.address)
    chain = list(causes(error))
    for kinds, what, do in FAULTS:
        if any(isinstance(one, kinds) for one in chain):
            return _wrong("feed_unreachable", what, do)
    return _wrong("feed_unreachable", N_("连不上对方（{reason}）。"), N_("请核对地址，并确认对方系统在运行。"),
                  reason=type(error).__name__)  # fmt: skip


def refused_address(address: str) -> CockpitError:
    """An address inside the own network that the settings do not open."""
    return _wrong("internal_address", N_("地址指向内部网络（{place}），没有放行。"),
                  N_("如确需使用，请运维人员在设置 feeds.internal 中允许它。"), place=address)  # fmt: skip


def _wrong(key: str, what: str, do: str, **params: object) -> CockpitError:
    return CockpitError(Issue(key, what, do, params=params))
