"""Who may see and do what, and where: actors, roles, and the narrowing of every question to the reader's regions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree

Scope = Literal["own", "context"]
"""``own``: inside the reader's subtrees, seen in full. ``context``: a region above them, its totals only."""

EVERY_SYSTEM = ("*",)


@dataclass(frozen=True)
class Actor:
    """Somebody who asks or acts; made from the session on the server, never from what a browser sends.

    name        what is typed at sign-in, and what stands in the audit log; ``display`` is what a screen says
    regions     roots of the subtrees that this actor answers for; none means nothing is seen
    systems     codes of the systems (econ, emerg, …), or ("*",) for all
    department  of the catalogue, for whoever belongs to one
    """

    id: str
    name: str
    role: str
    regions: tuple[int, ...] = ()
    systems: tuple[str, ...] = EVERY_SYSTEM
    language: str = "zh"
    display: str = ""
    department: str = ""


SYSTEM = Actor(id="system", name="system", role="system")
"""The cockpit itself: scheduled evaluation, the command line. It sees and does everything."""

ACTIONS = {
    "view": N_("查看指标"),
    "load": N_("导入数据"),
    "define": N_("修改指标与规则"),
    "propose": N_("提出指标建议"),
    "score": N_("评分"),
    "review": N_("审核定义"),
    "publish": N_("发布定义"),
    "check": N_("处理核对结果"),
    "feeds": N_("管理数据接入"),
    "regions": N_("维护区划"),
    "plans": N_("维护规划目标"),
    "handle": N_("处置预警"),
    "note": N_("给预警写备注"),
    "supervise": N_("督办"),
    "answer": N_("办理督办事项"),
    "record": N_("登记和修改业务记录"),
    "command": N_("处置突发事件"),
    "layout": N_("修改版面"),
    "screens": N_("管理大屏与接口密钥"),
    "operate": N_("查看定时任务"),
    "channels": N_("管理消息渠道"),
    "accounts": N_("管理账号"),
    "grants": N_("管理授权"),
    "audit": N_("查阅审计日志"),
}
"""Everything that can be permitted, with its name."""

ROLES: dict[str, frozenset[str]] = {
    "leader": frozenset({"view", "handle", "note", "command", "supervise"}),
    "county_head": frozenset({"view", "handle", "note", "command", "supervise", "answer", "propose"}),
    "analyst": frozenset({"view", "note", "check"}),
    "editor": frozenset(
        {
            "view",
            "note",
            "load",
            "define",
            "record",
            "layout",
            "propose",
            "check",
            "feeds",
            "regions",
            "plans",
        }
    ),
    "clerk": frozenset({"view", "note", "load", "propose"}),  # loads figures of the own department
    # A definition is proposed, reviewed and published by three people.
    "reviewer": frozenset({"view", "note", "review"}),
    "publisher": frozenset({"view", "note", "publish"}),
    "expert": frozenset({"view", "score"}),
    "duty": frozenset({"view", "handle", "note", "command", "record", "supervise"}),
    "unit": frozenset({"answer", "propose"}),  # sees what concerns the own department and no figures
    "viewer": frozenset({"view"}),
    "feed": frozenset({"load"}),  # a machine that delivers and reads nothing
    # Three separate powers (三权分立): the one who runs the system changes no figure, the one who
    # grants rights reads no figure, the one who watches them does neither.
    "admin": frozenset({"view", "accounts", "screens", "operate", "channels"}),
    "security_admin": frozenset({"grants"}),
    "auditor": frozenset({"audit"}),
    "system": frozenset(ACTIONS),
}

ROLE_NAMES = {
    "leader": N_("市领导"),
    "county_head": N_("县区负责人"),
    "analyst": N_("分析员"),
    "editor": N_("数据编辑员"),
    "clerk": N_("填报员"),
    "reviewer": N_("定义审核员"),
    "publisher": N_("定义发布员"),
    "expert": N_("评审专家"),
    "duty": N_("值班员"),
    "unit": N_("责任单位经办人"),
    "viewer": N_("大屏"),
    "admin": N_("系统管理员"),
    "security_admin": N_("安全管理员"),
    "auditor": N_("审计员"),
}
"""The roles that a person can be given, with their names; ``system`` is not among them."""


def scope(actor: Actor, tree: RegionTree, region: int) -> Scope | None:
    """How much of a region the actor sees: its own, as context (a region above), or nothing."""
    if actor.role == "system":
        return "own"
    if any(tree.contains(root, region) for root in actor.regions):
        return "own"
    if any(region in tree.ancestors(root) for root in actor.regions):
        return "context"
    return None


def narrow(actor: Actor, tree: RegionTree, regions: Iterable[int]) -> tuple[int, ...]:
    """The regions among these that the actor may see, in the order they came; siblings fall out."""
    if actor.role == "system":
        return tuple(regions)
    above = {ancestor for root in actor.regions for ancestor in tree.ancestors(root)}
    return tuple(
        region
        for region in regions
        if region in above or any(tree.contains(root, region) for root in actor.regions)
    )


def may(
    actor: Actor,
    action: str,
    tree: RegionTree | None = None,
    region: int | None = None,
    system: str | None = None,
) -> bool:
    """Whether the actor may do this, there, to that system.

    Acting needs the region itself; seeing is content with a region above as context. A region asked about
    without a tree to place it in is refused.
    """
    if action not in ROLES.get(actor.role, frozenset()):
        return False
    if system is not None and actor.systems != EVERY_SYSTEM and system not in actor.systems:
        return False
    if region is None:
        return True
    if tree is None:
        return actor.role == "system"
    reach = scope(actor, tree, region)
    return reach == "own" or (reach == "context" and action == "view")


def require(
    actor: Actor,
    action: str,
    tree: RegionTree | None = None,
    region: int | None = None,
    system: str | None = None,
) -> None:
    """Raise ``forbidden`` unless the actor may; the message names the act and the place, no figures."""
    if may(actor, action, tree, region, system):
        return
    place = tree.name(region) if tree is not None and region is not None and tree.has(region) else ""
    raise CockpitError(
        Issue(
            key="forbidden",
            what=N_("您没有权限：{action} {place}"),
            do=N_("如工作需要，请联系安全管理员授权。"),
            params={"action": ACTIONS.get(action, action), "place": place},
        )
    )
