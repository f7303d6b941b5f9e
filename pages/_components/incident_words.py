"""Incidents in words: levels, stages, clocks, places. One place, so that panels, page and acts say the same."""

from indicators.errors import N_
from pages._components.elements import Child, Element, el
from pages._components.tile import mark_sign
from pages._components.words import Words
from pages._session import Session
from services.incident_rules import CATEGORIES, LEVELS, METRICS, ROMAN
from services.incident_views import OpenIncident
from services.texts import Texts
from services.views import Mark

MINUTE, HOUR, DAY = 60, 3600, 86400

CONFIDENTIALITY = {"internal": N_("内部"), "restricted": N_("限定范围")}
REPORTS = {"initial": N_("首报"), "followup": N_("续报"), "final": N_("终报")}
ROLES = {"leader": N_("带班领导"), "officer": N_("值班员")}
SHIFTS = {"day": N_("白班"), "night": N_("夜班")}
FORMS = {"video": N_("视频会商"), "site": N_("现场会商")}
ACTS = {
    "register": N_("登记事件"), "correct": N_("更正"), "merge": N_("合并到另一事件"), "merged": N_("并入重复报告"),
    "stage_begin": N_("进入阶段"), "stage_end": N_("结束阶段"), "stage_correct": N_("更正阶段"),
    "warning": N_("调整预警级别"), "response": N_("调整响应级别"), "plan": N_("采纳预案"), "report": N_("续报"),
    "assign": N_("下达任务"), "task_acknowledged": N_("签收"), "task_arrived": N_("到场"),
    "task_connected": N_("接通现场"), "task_answered": N_("反馈"), "task_done": N_("办结"), "note": N_("记事"),
    "consult": N_("会商"), "action_done": N_("事项办结"), "terminate": N_("终止响应"), "assess": N_("评估"),
    "publish": N_("载入公开资料"),
}  # fmt: skip


def words_of(here: Session) -> Words:
    """The reader's words."""
    return Words(here.texts)


def duration(seconds: int, texts: Texts) -> str:
    """A span of time in its two largest units."""
    past = abs(seconds)
    days, hours, minutes = past // DAY, past % DAY // HOUR, past % HOUR // MINUTE
    if days:
        return texts.t(N_("{days}天{hours}小时"), days=days, hours=hours)
    if hours:
        return texts.t(N_("{hours}小时{minutes}分"), hours=hours, minutes=minutes)
    return texts.t(N_("{minutes}分钟"), minutes=minutes)


def clock(since: int, now: int, texts: Texts) -> Element:
    """How long something has been going on; assets/incidents.js lets it run on."""
    return el("Time", duration(now - since, texts), class_="clock", data_since=str(since))


def level(value: int, texts: Texts) -> str:
    """The level of an incident."""
    return texts.t(LEVELS[value])


def category(name: str, texts: Texts) -> str:
    """The class of an incident."""
    return texts.t(CATEGORIES.get(name, name))


def response(kind: str, value: int, texts: Texts) -> str:
    """A response with its level: 防风应急响应 Ⅱ级."""
    if not value:
        return texts.t(N_("{kind}应急响应 已终止"), kind=texts.t(kind))
    return texts.t(N_("{kind}应急响应 {level}级"), kind=texts.t(kind), level=ROMAN[value])


def warning(value: int, words: Words) -> Element | None:
    """The sign of a warning level of an incident; none where none is in force."""
    return mark_sign(Mark(value, "statutory"), words, with_word=True) if value else None


def metric(name: str, texts: Texts) -> str:
    """What a casualty or loss figure counts."""
    return texts.t(METRICS[name][0])


def amount(name: str, value: float, words: Words) -> str:
    """A casualty or loss figure with its unit."""
    return words.figure_text(value, words.t(METRICS[name][1]))


def flags(one: OpenIncident, texts: Texts) -> list[Child]:
    """What must be known of an incident at one glance: simulated, late, no place, restricted."""
    found: list[Child] = []
    if one.simulated:
        found.append(el("Span", texts.t(N_("模拟")), class_="status status-simulated"))
    if one.published:
        found.append(el("Span", texts.t(N_("公开资料")), class_="status"))
    if one.restricted:
        found.append(el("Span", texts.t(N_("限定范围")), class_="status"))
    if one.late:
        found.append(el("Span", late(one, texts), class_="status status-late"))
    if not one.published and not one.placed and one.terminated_at is None:
        found.append(
            el(
                "Span",
                texts.t(N_("地点未定")) if not one.where else texts.t(N_("未定位")),
                class_="status status-late",
            )
        )
    return found


def late(one: OpenIncident, texts: Texts) -> str:
    """How late the first report was, or that there is none."""
    if one.delay is None:
        return texts.t(N_("超过时限未首报"))
    return texts.t(N_("迟报：首报用时 {time}"), time=duration(one.delay, texts))


def where(one: OpenIncident) -> str:
    """The region, and the place in words where it is known."""
    return (
        one.place.name if not one.where or one.where in one.place.name else f"{one.place.name} · {one.where}"
    )


def original(text: str, texts: Texts, kind: str = "Span", **props: object) -> Element:
    """Text that somebody wrote: as it is, known as Chinese to those who hear it, or the words that a plan has for it."""
    said = texts.t(text) if text else ""
    return el(kind, said, lang="zh-CN" if texts.language != "zh" and said == text else None, **props)
