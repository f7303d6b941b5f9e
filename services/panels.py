"""Panels: the parts of boards that are no number cards, each made by the service whose matter it is.

A service offers makers by name; ``bootstrap`` hands them to the boards. A maker gets a wish and gives a frozen view
with names in the reader's language, or a Face that says why there is nothing. How a view is drawn is the page's
matter (pages/_components/panels.py). To add a panel: a line in KINDS, a maker, a drawer.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from indicators.errors import N_, CockpitError
from services import access
from services.scenes import Scene
from services.views import Choice, Face

log = logging.getLogger("chengmai.panels")


@dataclass(frozen=True)
class PanelWish:
    """What a maker is asked for.

    scene   who looks at which region, as of when, in which language
    choice  what else the reader has chosen: filters, the open record, a cohort
    moment  now, aware, in UTC
    """

    scene: Scene
    choice: Choice
    moment: datetime


Maker = Callable[[PanelWish], object]
"""Makes the view of a panel, or a Face."""


@dataclass(frozen=True)
class PanelKind:
    """One kind of panel: its name in layouts, its title, the system whose right to see it needs (empty: none)."""

    name: str
    title: str
    system: str = ""


BUILT_IN = (
    PanelKind("warnings", N_("预警")),
    PanelKind("map", N_("指标地图")),
    PanelKind("ranking", N_("分地区排名")),
    PanelKind("trend", N_("走势")),
    PanelKind("composition", N_("构成")),
)
"""Drawn from what every board has: its warnings, and the one indicator that it speaks of."""

KINDS: tuple[PanelKind, ...] = (
    PanelKind("projects.schedule", N_("投资完成与时序进度"), "proj"),
    PanelKind("projects.drivers", N_("差距从哪里来"), "proj"),
    PanelKind("projects.scurve", N_("投资S曲线"), "proj"),
    PanelKind("projects.lights", N_("亮灯管理"), "proj"),
    PanelKind("projects.list", N_("项目名录"), "proj"),
    PanelKind("projects.map", N_("项目分布"), "proj"),
    PanelKind("projects.problems", N_("堵点"), "proj"),
    PanelKind("projects.milestones", N_("节点进展"), "proj"),
    PanelKind("situation.map", N_("一张图"), "emerg"),
    PanelKind("incidents.open", N_("在办事件"), "emerg"),
    PanelKind("incidents.tasks", N_("处置任务"), "emerg"),
    PanelKind("incidents.duty", N_("当前值班"), "emerg"),
    PanelKind("incidents.timeline", N_("处置过程"), "emerg"),
    PanelKind("incidents.delay", N_("首报时长"), "emerg"),
    PanelKind("incidents.dues", N_("评估与整改"), "emerg"),
    PanelKind("incidents.history", N_("事件库"), "emerg"),
    PanelKind("promotion.funnel", N_("签约批次跟踪"), "proj"),
    PanelKind("promotion.cohorts", N_("各季度批次进展"), "proj"),
    PanelKind("promotion.stalled", N_("签约超期未落地"), "proj"),
    PanelKind("promotion.money", N_("到位资金与合同额"), "proj"),
    PanelKind("promotion.list", N_("招商项目清单"), "proj"),
    PanelKind("hotline.regions", N_("12345热线分地区"), "sign"),
    PanelKind("hotline.classes", N_("12345热线分诉求类别"), "sign"),
    PanelKind("hotline.departments", N_("12345热线分承办部门"), "sign"),
    PanelKind("hotline.loop", N_("在办工单停在哪里"), "sign"),
    PanelKind("hotline.rising", N_("重复诉求上升的类别"), "sign"),
    PanelKind("hotline.cases", N_("12345工单"), "sign"),
    PanelKind("supervision.items", N_("在办督办")),
    PanelKind("supervision.rates", N_("督办办理情况")),
    PanelKind("hotline.reference", N_("外地热线公开数据"), "sign"),
    PanelKind("signs.index", N_("健康指数"), "sign"),
    PanelKind("signs.domains", N_("五大领域与专题"), "sign"),
    PanelKind("signs.heat", N_("专题得分分地区"), "sign"),
    PanelKind("signs.changes", N_("指数变化的来由"), "sign"),
    PanelKind("signs.sensitivity", N_("换一套权重会怎样"), "sign"),
    PanelKind("signs.limits", N_("限值与有效期"), "sign"),
    PanelKind("signs.benchmark", N_("与上级对标（真实数据）"), "sign"),
    PanelKind("digital.headlines", N_("“十四五”九项主要指标"), "dgov"),
    PanelKind("digital.steps", N_("分年目标"), "dgov"),
    PanelKind("digital.evaluation", N_("政务服务网上评价：五个维度"), "dgov"),
    PanelKind("digital.sharing", N_("信息共享评价"), "dgov"),
    PanelKind("digital.plan", N_("本地方案的目标"), "dgov"),
    PanelKind("digital.regulation", N_("互联网+监管：覆盖与成效"), "dgov"),
)
"""The panels that services offer. A layout that names another is refused by ``chengmai check``."""

FOCUSED = ("map", "ranking", "trend", "composition")
"""The built-in panels that speak of one indicator."""


def known() -> dict[str, PanelKind]:
    """Every kind of panel by its name."""
    return {kind.name: kind for kind in (*BUILT_IN, *KINDS)}


def make(makers: Mapping[str, Maker], name: str, wish: PanelWish) -> object:
    """The view of one panel. What fails takes only its own panel down: a Face with the number of the log."""
    kind = known().get(name)
    if kind and kind.system and not access.may(wish.scene.actor, "view", system=kind.system):
        return Face("forbidden", "", {})
    try:
        return makers[name](wish)
    except CockpitError as error:
        forbidden = error.key == "forbidden"
        return Face(
            "forbidden" if forbidden else "failed",
            error.issues[0].what,
            {name: str(value) for name, value in error.issues[0].params.items()},
        )
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("panel %s failed: %s", name, reference)
        return Face("failed", N_("编号 {reference}"), {"reference": reference})
