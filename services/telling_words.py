"""What is told, in words: a notice narrowed to its reader, the title and the text of what is sent.

A field of a line that is itself a message is translated; names of regions, indicators and departments, which are
given in Chinese, are put into the reader's language where there is a name in it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indicators.catalog import Catalog
from indicators.errors import N_, fill
from indicators.regions import RegionTree
from services.notices import Line, Notice
from services.texts import SOURCE, Texts

LEVELS = {4: "red", 3: "orange", 2: "yellow", 1: "blue"}

KINDS = {
    "alert.open": N_("新的预警"),
    "alert.upgrade": N_("预警升级"),
    "alert.resolve": N_("预警解除"),
    "alert.repeat": N_("重复提醒"),
    "alert.escalate": N_("升级告知"),
    "alert.released": N_("不再由上级预警汇总"),
    "alert.silence_over": N_("静默到期，仍在预警"),
    "supervision": N_("督办进展"),
    "definition": N_("指标定义变更"),
    "call": N_("指标征集与评选"),
    "scorecard": N_("绩效评分"),
    "desk": N_("报送没有按时发布"),
    "rule.flapping": N_("规则频繁波动"),
    "rule.no_data": N_("数据逾期未到"),
    "rule.error": N_("规则无法计算"),
    "notices": N_("消息未能送达"),
}
"""What one can ask to be told: a kind of notices, or the beginning of several."""

TEST = ("notices.test", N_("测试消息"))
"""A kind that nobody asks for beforehand."""

FAULTS = {
    "timeout": N_("接收方没有及时回应"),
    "certificate": N_("接收方的证书不可信"),
    "unknown_host": N_("找不到接收方的域名"),
    "unreachable": N_("连不上接收方"),
    "redirect": N_("接收方改了地址（HTTP {detail}），请更新渠道"),
    "refused_address": N_("{detail} 属于内部网络，未获允许"),
    "invaliduser": N_("平台上没有这个账号"),
    "no_right": N_("已不在职责范围内"),
    "no_channel": N_("渠道已停用"),
}
"""What may go wrong between here and a receiver; what a platform or a mail server says itself is left as it is."""

MOST_LINES = 12
"""Lines of one message; the rest is counted."""

MOST_MESSAGES = 30
"""Messages of one delivery that are told one by one; the rest is counted."""

LONGEST_TITLE = 200


@dataclass(frozen=True)
class Told:
    """A message as it is read: its sentence, the lines below it, and where one reads on."""

    kind: str
    level: int
    subject: str
    lines: tuple[str, ...]
    path: str
    at: int


def content(notice: Notice, meant: Sequence[Line]) -> dict[str, Any] | None:
    """What a reader may be told of a notice, by the sentences that are for this reader; None where nothing is left.

    Where a sentence falls away the one that stands for all would tell of it too: the gravest that is left speaks then.
    """
    lines = [line for line in notice.lines if line in meant]
    whole = len(lines) == len(notice.lines) and notice.subject in meant
    if not whole and not lines:
        return None
    subject, rest = (notice.subject, lines) if whole else (lines[0], lines[1:])
    return {"subject": _kept(subject), "lines": [_kept(line) for line in rest]}


def narrowed(kept: Mapping[str, Any], sees: Callable[[int], bool]) -> dict[str, Any] | None:
    """What a reader may still read of a message that was written under other rights."""
    lines = [line for line in kept["lines"] if sees(line["region"])]
    whole = len(lines) == len(kept["lines"]) and sees(kept["subject"]["region"])
    if whole:
        return dict(kept)
    return {"subject": lines[0], "lines": lines[1:]} if lines else None


def _kept(line: Line) -> dict[str, Any]:
    return {
        "region": line.region,
        "message": line.message,
        "fields": dict(line.fields),
    }


class Words:
    """Puts messages into the reader's language."""

    def __init__(self, catalog: Catalog, tree: RegionTree, zone: str, link: str) -> None:
        self._catalog = catalog
        self._tree = tree
        self._zone = zone
        self._link = link.rstrip("/")
        self._english: dict[str, str] = {}

    def texts(self, language: str) -> Texts:
        """The words of a language."""
        return Texts(language, self._zone)

    def told(self, kind: str, level: int, kept: Mapping[str, Any], path: str, at: int, language: str) -> Told:
        """A message in words."""
        texts = self.texts(language)
        lines = tuple(self._sentence(texts, line) for line in kept["lines"])
        return Told(kind, level, self._sentence(texts, kept["subject"]), lines, path, at)

    def title(self, told: Sequence[Told], language: str) -> str:
        """The first line of what is sent."""
        texts = self.texts(language)
        level = max(one.level for one in told)
        subject = max(told, key=lambda one: one.level).subject
        if len(told) > 1:
            subject = texts.t(N_("{count} 条消息：{subject}"), count=len(told), subject=subject)
        word = LEVELS.get(level)
        head = texts.t(N_("【{level}】"), level=texts.level(word)) if word else ""
        return f"{head}{subject}"[:LONGEST_TITLE]

    def body(self, told: Sequence[Told], language: str, most: int) -> str:
        """The text of what is sent, at most so many bytes: the gravest first, the rest counted."""
        texts = self.texts(language)
        ordered = sorted(told, key=lambda one: -one.level)
        parts: list[str] = []
        for number, one in enumerate(ordered[:MOST_MESSAGES]):
            part = self._part(texts, one, alone=len(told) == 1)
            if sum(len(done.encode()) + 2 for done in (*parts, part)) > most - 120:
                return "\n\n".join((*parts, self._rest(texts, len(ordered) - number)))
            parts.append(part)
        left = len(ordered) - len(parts)
        return "\n\n".join((*parts, self._rest(texts, left)) if left else parts)

    def _part(self, texts: Texts, one: Told, *, alone: bool) -> str:
        level = LEVELS.get(one.level)
        head = texts.t(N_("【{level}】"), level=texts.level(level)) if level and not alone else ""
        shown = [f"· {line}" for line in one.lines[:MOST_LINES]]
        if len(one.lines) > MOST_LINES:
            shown.append(texts.t(N_("……另有 {count} 条"), count=len(one.lines) - MOST_LINES))
        told = (texts.t(kind_name(one.kind)), texts.moment(one.at))
        foot = [" · ".join(told)]
        if self._link:
            foot.append(texts.t(N_("查看：{link}"), link=self._link + one.path))
        return "\n".join((head + one.subject, *shown, *foot))

    def _rest(self, texts: Texts, count: int) -> str:
        text = texts.t(N_("……另有 {count} 条消息，请在“消息”页查看"), count=count)
        return f"{text} {self._link}/notices" if self._link else text

    def _sentence(self, texts: Texts, line: Mapping[str, Any]) -> str:
        fields = {name: self._word(texts, value) for name, value in line["fields"].items()}
        return fill(texts.t(line["message"]), fields)

    def _word(self, texts: Texts, value: object) -> object:
        if isinstance(value, Mapping):  # what each language says in its own way
            return value.get(texts.language) or value[SOURCE]
        if not isinstance(value, str):
            return value
        translated = texts.t(value)
        if translated != value or texts.language == SOURCE:
            return translated
        return self._names().get(value, value)

    def _names(self) -> Mapping[str, str]:
        """English names of regions, indicators, their rules and departments, by the Chinese ones."""
        if not self._english:
            named = [(one.name, one.name_en) for one in self._tree]
            named += [(one.name_zh, one.name_en) for one in self._catalog.newest()]
            named += [(one.name_zh, one.name_en) for one in self._catalog.departments.values()]
            self._english = {zh: en for zh, en in reversed(named) if zh and en}
        return self._english


def fault(error: str, texts: Texts) -> str:
    """What went wrong, in the reader's language where it is ours to say."""
    word, _, detail = error.partition(" ")
    return texts.t(FAULTS[word], detail=detail) if word in FAULTS else error


def kind_name(kind: str) -> str:
    """What a kind of notices is called."""
    return TEST[1] if kind == TEST[0] else KINDS.get(kind) or KINDS.get(kind.partition(".")[0]) or kind
