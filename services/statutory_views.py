"""A statutory warning as a reader meets it: in the reader's language, with its marks, its chain and its raw facts."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from data_access.statutory import StoredWarning
from indicators.errors import N_, Issue, Severity

HAZARDS = {
    "台风": N_("台风"), "暴雨": N_("暴雨"), "雷雨大风": N_("雷雨大风"), "高温": N_("高温"), "寒冷": N_("寒冷"),
    "大雾": N_("大雾"), "灰霾": N_("灰霾"), "冰雹": N_("冰雹"), "雷电": N_("雷电"), "大风": N_("大风"),
    "道路结冰": N_("道路结冰"), "森林火险": N_("森林火险"), "干旱": N_("干旱"), "强对流": N_("强对流"),
    "山洪": N_("山洪"), "洪水": N_("洪水"), "地质灾害": N_("地质灾害"), "风暴潮": N_("风暴潮"), "海浪": N_("海浪"),
    "地震": N_("地震"), "空气重污染": N_("空气重污染"),
}  # fmt: skip
"""Hazards that authorities warn of, so that a reader of another language is told them too."""

_SIGNAL = re.compile(r"(红色|橙色|黄色|蓝色|白色)?预警(信号)?$")

MARKS = {
    "exercise": N_("演练"),
    "test": N_("测试"),
    "system": N_("系统消息"),
    "draft": N_("草稿"),
    "cancel": N_("取消报"),
    "ack": N_("回执"),
    "cancelled": N_("已取消"),
    "replaced": N_("已被更新"),
    "expired": N_("已过期"),
    "coming": N_("尚未生效"),
    "unverified": N_("未验证签名"),
    "unmapped": N_("未匹配区划"),
    "assumed": N_("有效期未注明"),
    "bulletin": N_("公告，非CAP原文"),
    "unclassified": N_("未分级"),
    "simulated": N_("模拟"),
}
"""What must be said of a message beside its level, with the words for it."""


@dataclass(frozen=True)
class WarningView:
    """One statutory warning, or another message of an authority.

    level, colour  4 red … 1 blue; 0 with the colour white, green, or none: unclassified
    area           what the message calls its area
    regions        the regions that it names, as far as they are known here
    until          the moment of its end; None until it is replaced or cancelled
    state          in_force, coming, expired, replaced, cancelled or never (a test, a cancelling message)
    marks          keys of MARKS
    """

    id: int
    level: int
    colour: str
    hazard: str
    hazard_key: str
    headline: str
    issuer: str
    area: str
    regions: tuple[int, ...]
    issued: int
    effective: int
    until: int | None
    state: str
    marks: tuple[str, ...]
    category: str
    kind: str
    simulated: bool

    @property
    def live(self) -> bool:
        """Whether it is in force."""
        return self.state == "in_force"


@dataclass(frozen=True)
class TextView:
    """What the message says in one language."""

    language: str
    headline: str
    event: str
    issuer: str
    description: str
    instruction: str
    areas: tuple[str, ...]
    web: str
    contact: str
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ShapeView:
    """The shapes of a message: rings of (lat, lon), and circles with their radius in kilometres."""

    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    circles: tuple[tuple[tuple[float, float], float], ...] = ()


@dataclass(frozen=True)
class StatutoryPage:
    """Everything that is known of one message.

    texts   all its languages, the reader's own first
    chain   what it replaced and what replaced it, itself among them, oldest first
    facts   identifier, sender and the like, as they came
    remarks what was left out or is doubtful
    raw     the text as it came, cut where it is long; empty for a record that never was CAP
    happened, happened_at  whether and when what it warned of came while it held; None: not looked at yet
    """

    warning: WarningView
    texts: tuple[TextView, ...]
    chain: tuple[WarningView, ...]
    facts: tuple[tuple[str, str], ...]
    remarks: tuple[Issue, ...]
    shapes: ShapeView
    raw: str = ""
    happened: bool | None = None
    happened_at: int | None = None


@lru_cache(maxsize=2048)
def content_of(text: str) -> Mapping[str, Any]:
    """The content of a stored message; what is kept of it is never changed."""
    found: Mapping[str, Any] = json.loads(text)
    return found


def info_in(content: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """What the message says in the reader's language, else in Chinese, else first."""
    infos: Sequence[Mapping[str, Any]] = content["infos"]
    for tongue in (language, "zh"):
        for info in infos:
            if str(info["language"]).casefold().startswith(tongue):
                return info
    return infos[0] if infos else {}


def hazard_of(event: str) -> str:
    """The hazard that an event is called by: 暴雨红色预警 is 暴雨."""
    return _SIGNAL.sub("", event) or event


def view_of(stored: StoredWarning, language: str, moment: int) -> WarningView:
    """A message as a reader of this language meets it at this moment."""
    content = content_of(stored.content)
    info = info_in(content, language)
    state = _state(stored, moment)
    return WarningView(
        id=stored.id,
        level=stored.level,
        colour=stored.colour,
        hazard=stored.hazard,
        hazard_key=HAZARDS.get(stored.hazard, ""),
        headline=str(info.get("headline") or info.get("event") or stored.hazard),
        issuer=str(info.get("sender_name") or stored.issuer),
        area="、".join(dict.fromkeys(str(area["description"]) for area in info.get("areas", ()))),
        regions=stored.regions,
        issued=stored.sent,
        effective=stored.effective,
        until=stored.end,
        state=state,
        marks=tuple(_marks(stored, state)),
        category=stored.category,
        kind=stored.kind,
        simulated=stored.simulated,
    )


def _state(stored: StoredWarning, moment: int) -> str:
    if not stored.warns:
        return "never"
    if stored.in_force(moment):
        return "in_force"
    if moment < stored.effective and not (
        stored.ended_at is not None and stored.ended_at <= stored.effective
    ):
        return "coming"
    if stored.ended_at is not None and stored.end == stored.ended_at:
        return "cancelled" if stored.ended_why == "Cancel" else "replaced"
    return "expired"


def _marks(stored: StoredWarning, state: str) -> list[str]:
    kinds = {"Cancel": "cancel", "Ack": "ack", "Error": "ack"}
    told = {
        stored.status.lower(): stored.status != "Actual",
        kinds.get(stored.kind, ""): stored.kind in kinds,
        state: state in MARKS,
        "unverified": stored.signed,
        "unmapped": stored.unmapped,
        "assumed": stored.assumed and stored.origin == "cap",
        "bulletin": stored.origin == "bulletin",
        "unclassified": not stored.colour and stored.warns,
        "simulated": stored.simulated,
    }
    return [mark for mark, holds in told.items() if holds]


def texts_of(stored: StoredWarning, language: str) -> tuple[TextView, ...]:
    """All languages of a message, the reader's own first."""
    content = content_of(stored.content)
    first = info_in(content, language)
    others = [info for info in content["infos"] if info is not first]
    return tuple(_text(info) for info in ([first] if first else []) + others)


def _text(info: Mapping[str, Any]) -> TextView:
    return TextView(
        language=str(info["language"]),
        headline=str(info.get("headline", "")),
        event=str(info.get("event", "")),
        issuer=str(info.get("sender_name", "")),
        description=str(info.get("description", "")),
        instruction=str(info.get("instruction", "")),
        areas=tuple(str(area["description"]) for area in info.get("areas", ())),
        web=str(info.get("web", "")),
        contact=str(info.get("contact", "")),
        parameters=tuple((str(name), str(value)) for name, value in info.get("parameters", ())),
    )


def shapes_of(stored: StoredWarning) -> ShapeView:
    """The shapes of a message, each once although every language repeats them."""
    areas = [area for info in content_of(stored.content)["infos"] for area in info.get("areas", ())]
    polygons = [tuple((lat, lon) for lat, lon in ring) for area in areas for ring in area.get("polygons", ())]
    circles = [
        ((one["centre"][0], one["centre"][1]), float(one["radius_km"]))
        for area in areas
        for one in area.get("circles", ())
    ]
    return ShapeView(tuple(dict.fromkeys(polygons)), tuple(dict.fromkeys(circles)))


def remarks_of(stored: StoredWarning) -> tuple[Issue, ...]:
    """What was left out of a message or is doubtful in it."""
    return tuple(
        Issue(one["key"], one["what"], one["do"], one["where"], Severity(one["severity"]), one["params"])
        for one in content_of(stored.content).get("issues", ())
    )
