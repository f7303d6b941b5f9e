"""Feeds as those who look after them see them: everything but what opens a source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from data_access.feeds import Run as RunLine
from indicators.errors import N_

__all__ = [
    "AUTHS",
    "FORMATS",
    "KINDS",
    "REASONS",
    "RHYTHMS",
    "RUN_STATES",
    "STATES",
    "Choices",
    "FeedView",
    "FeedsView",
    "RunLine",
]

State = Literal["works", "running", "waiting", "refused", "failing", "paused"]

KINDS: Mapping[str, str] = {
    "folder": N_("投放文件夹"),
    "database": N_("数据库表或视图"),
    "http": N_("HTTP 接口"),
}
"""The kinds of sources, with their names."""

STATES: Mapping[State, str] = {
    "works": N_("正常"),
    "running": N_("正在接入"),
    "waiting": N_("尚未运行"),
    "refused": N_("数据有错"),
    "failing": N_("连接失败"),
    "paused": N_("已暂停"),
}
"""How a feed can stand."""

RUN_STATES: Mapping[str, str] = {
    "stored": N_("已装入"),
    "unchanged": N_("内容未变"),
    "empty": N_("没有新文件"),
    "tested": N_("试接入通过，未存"),
    "refused": N_("数据有错，未装入"),
    "failed": N_("来源出错"),
    "broken": N_("中途断开"),
}
"""What can become of a run."""

REASONS: Mapping[str, str] = {"schedule": N_("定时"), "hand": N_("人工"), "test": N_("试接入")}
"""Why a source was asked."""

RHYTHMS: Mapping[int, str] = {
    60: N_("每分钟"),
    300: N_("每5分钟"),
    900: N_("每15分钟"),
    3600: N_("每小时"),
    21_600: N_("每6小时"),
    86_400: N_("每天"),
    604_800: N_("每周一"),
}
"""How often a source may be asked, in seconds."""

AUTHS: Mapping[str, str] = {
    "none": N_("不需要"),
    "bearer": N_("令牌（Bearer）"),
    "basic": N_("账号和口令（Basic）"),
    "header": N_("请求头里的密钥"),
}
"""How an address is opened."""

FORMATS: Mapping[str, str] = {"json": N_("JSON 记录"), "file": N_("CSV 或 XLSX 文件")}
"""What an address gives out."""


@dataclass(frozen=True)
class FeedView:
    """A feed and how it stands.

    system    the name of the system of the registry that it comes from; empty: none named
    place     the folder, table or address that is asked
    secret    whether something opens it; never what
    at        the time of day of its occasions, as HH:MM
    last      its newest run that was no test
    """

    id: str
    name: str
    kind: str
    department: str
    department_name: str
    region: int
    region_name: str
    system: int | None
    system_name: str
    settings: Mapping[str, str]
    mapping: str
    secret: bool
    place: str
    every: int
    at: str
    version: int
    state: State
    last: RunLine | None
    looked_at: int
    good_at: int
    next_at: int
    failures: int
    changed_by: str
    changed_at: int


@dataclass(frozen=True)
class FeedsView:
    """All feeds of a reader, and how many stand how."""

    feeds: tuple[FeedView, ...]
    counts: Mapping[State, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Choices:
    """What a form may choose from: (value, name) each."""

    departments: tuple[tuple[str, str], ...]
    systems: tuple[tuple[str, str], ...]
