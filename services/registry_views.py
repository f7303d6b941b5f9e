"""The registry as it is read: systems with their use, resources, who supplies which figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from data_access.registry import Resource, Supply, System
from indicators.errors import N_

__all__ = [
    "CYCLES", "IDLE_REASONS", "PER_PAGE", "SHARES", "SUPPLY_STATES", "SYSTEM_STATES", "WAYS", "Listing", "Resource",
    "ResourceLine", "Supply", "SupplyLine", "SupplyState", "System", "SystemLine", "SystemState",
]  # fmt: skip

PER_PAGE = 50

SystemState = Literal["used", "suspected", "found", "cleared"]

SYSTEM_STATES: Mapping[SystemState, str] = {
    "used": N_("在用"),
    "suspected": N_("疑似闲置"),
    "found": N_("认定闲置，待清理"),
    "cleared": N_("已停用或并入"),
}
"""How a system stands."""

IDLE_REASONS: Mapping[str, str] = {
    "detached": N_("与业务流程长期脱节"),
    "replaceable": N_("功能可被替代"),
    "idle": N_("资源长期空闲"),
    "unmaintained": N_("运维停止更新"),
    "narrow": N_("使用范围小、频度低"),
}
"""The five kinds of systems that nobody needs any more, as the plan on sharing names them."""

SHARES: Mapping[str, str] = {
    "free": N_("无条件共享"),
    "conditional": N_("有条件共享"),
    "none": N_("不予共享"),
}
"""Who may have a resource."""

CYCLES: Mapping[str, str] = {
    "realtime": N_("实时"), "daily": N_("日"), "weekly": N_("周"), "monthly": N_("月"), "quarterly": N_("季"),
    "yearly": N_("年"),
}  # fmt: skip
"""How often a resource is brought up to date."""

WAYS: Mapping[str, str] = {
    "feed": N_("自动接入"),
    "desk": N_("填报"),
    "file": N_("文件导入"),
    "records": N_("业务记录"),
}
"""How a figure comes in."""

SupplyState = Literal["agreed", "unregistered", "differs", "silent"]

SUPPLY_STATES: Mapping[SupplyState, str] = {
    "agreed": N_("来源一致"),
    "unregistered": N_("未登记来源"),
    "differs": N_("实际来源与登记不符"),
    "silent": N_("登记了，还没有数据"),
}
"""What is to be said of the source of a figure."""


@dataclass(frozen=True)
class SystemLine:
    """A system, and how it stands: ``used_on`` is the last use that anybody knows of (YYYYMMDD)."""

    system: System
    department: str
    region: str
    state: SystemState
    used_on: int | None
    feeds: int
    resources: int
    figures: int
    changeable: bool


@dataclass(frozen=True)
class ResourceLine:
    """A resource, with the names of what it belongs to, and its last update that anybody knows of."""

    resource: Resource
    department: str
    region: str
    system: str
    figures: int
    updated_on: int | None
    changeable: bool


@dataclass(frozen=True)
class SupplyLine:
    """A figure: who answers for it, who supplies it from where, and who did the last time.

    supply   what is registered; None: nothing
    came_by  the feed, account or record that brought the newest figure; empty: none came yet
    came_at  when it came
    way      how it came
    """

    code: str
    name: str
    frequency: str
    owner_id: str
    owner: str
    department: str
    system: str
    supply: Supply | None
    state: SupplyState
    came_by: str
    came_at: int
    way: str


@dataclass(frozen=True)
class Listing:
    """A page of lines, and what they can be narrowed by."""

    lines: tuple[SystemLine, ...] | tuple[ResourceLine, ...] | tuple[SupplyLine, ...]
    found: int
    page: int
    pages: int
    counts: Mapping[str, int]
    departments: tuple[tuple[str, str], ...]
    chosen: Mapping[str, str]
    may_add: bool
