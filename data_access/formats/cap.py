"""Warnings as authorities send them: the Common Alerting Protocol 1.2, read strictly and without trust.

A message is hostile until it is read: no DTD, no entity of its own, no file and no address is ever opened, and size,
depth and number of elements are bounded. What is wrong with the message itself refuses it, all at once; what is
wrong with a part that can be left out (a polygon, a geocode) is told and the warning is kept.
"""

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from xml.parsers import (
    expat,
)  # only with the handlers below, which refuse every declaration before it is read

from indicators.errors import N_, CockpitError, Issue, Severity

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
"""The one namespace that is read."""

OLDER = re.compile(r"urn:oasis:names:tc:emergency:cap:1\.[01]|http://www\.incident\.com/cap/1\.0")
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_ELEMENTS = 20_000
MAX_TEXT = 100_000
MAX_NAME = 256

STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
KINDS = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPES = ("Public", "Restricted", "Private")
CATEGORIES = (
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other",
)  # fmt: skip
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES = {"Extreme": "red", "Severe": "orange", "Moderate": "yellow", "Minor": "blue", "Unknown": ""}
"""The colour that a severity stands for where the message declares no colour of its own."""
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")

LEVELS = {"red": 4, "orange": 3, "yellow": 2, "blue": 1, "white": 0, "green": 0, "": 0}
"""The level of a colour; the white signal stands below blue and triggers nothing, green is no warning at all."""

COLOURS = {
    "red": ("red", "红"), "orange": ("orange", "橙"), "yellow": ("yellow", "黄"), "blue": ("blue", "蓝"),
    "white": ("white", "白"), "green": ("green", "绿"),
}  # fmt: skip

COLOUR_PARAMETERS = frozenset(
    {
        "awareness_level", "color", "colour", "warning_color", "warning_colour", "signal_color", "signal_colour",
        "severity_color", "颜色", "预警颜色", "预警级别", "信号颜色", "信号级别", "预警信号颜色", "预警信号级别",
    }
)  # fmt: skip
"""The names under which a message declares its colour; such a parameter goes before the severity."""

_REGION_NAMES = re.compile(r"2260|10114|区划|^(ad|region|area)[ _-]?code$|^region$", re.IGNORECASE)
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(Z|[+-]\d\d:\d\d)?")
_CHINESE_ENCODING = re.compile(rb"""^<\?xml[^>]{0,100}encoding=["'](gb2312|gbk|gb18030)["']""", re.IGNORECASE)

Point = tuple[float, float]
"""Latitude and longitude in degrees, as the standard writes them."""


@dataclass(frozen=True)
class Circle:
    """Everything within some kilometres of a point."""

    centre: Point
    radius_km: float


@dataclass(frozen=True)
class Area:
    """One area of a message: its words, its shapes and the codes it names."""

    description: str
    polygons: tuple[tuple[Point, ...], ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[tuple[str, str], ...] = ()

    @property
    def region_codes(self) -> tuple[str, ...]:
        """The codes that are declared to be codes of administrative regions."""
        return tuple(value for name, value in self.geocodes if _REGION_NAMES.search(name))


@dataclass(frozen=True)
class Info:
    """What the message says in one language.

    colour  declared by a parameter, else by the severity; empty where it is unclassified
    """

    language: str
    event: str
    categories: tuple[str, ...]
    urgency: str
    severity: str
    certainty: str
    colour: str
    effective: int | None = None
    onset: int | None = None
    expires: int | None = None
    responses: tuple[str, ...] = ()
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    areas: tuple[Area, ...] = ()

    @property
    def level(self) -> int:
        """4 red … 1 blue, 0 white or unclassified."""
        return LEVELS[self.colour]


@dataclass(frozen=True)
class Reference:
    """An earlier message, by the three facts that identify one."""

    sender: str
    identifier: str
    sent: int


@dataclass(frozen=True)
class Message:
    """One CAP message. Instants are epoch seconds.

    infos   languages of ONE warning
    signed  it carries a signature, which is kept in the raw text and not verified
    issues  what was left out or is doubtful; the message is kept all the same
    digest  of all that the message says: the same words in other whitespace are the same message
    """

    identifier: str
    sender: str
    sent: int
    status: str
    kind: str
    scope: str
    source: str = ""
    note: str = ""
    references: tuple[Reference, ...] = ()
    incidents: str = ""
    infos: tuple[Info, ...] = ()
    signed: bool = False
    issues: tuple[Issue, ...] = field(default=(), compare=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the content without signature and issues."""
        said = {name: value for name, value in asdict(self).items() if name not in ("issues", "signed")}
        return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    @property
    def actual(self) -> bool:
        """Whether it speaks of the world: an exercise, a test or a draft never goes live."""
        return self.status == "Actual"

    @property
    def gravest(self) -> Info | None:
        """The part with the most severe colour, the first of them."""
        return max(self.infos, key=lambda info: info.level, default=None)


def read(content: bytes, limit: int = MAX_BYTES) -> Message:
    """The message in these bytes.

    limit   the most bytes that are read
    raises  CockpitError with every reason why the message is refused
    """
    if len(content) > limit:
        raise _refusal("cap_too_large", N_("CAP 消息有 {size} KB，超过上限 {limit} KB。"),
                       N_("请发布单位拆分消息，或请管理员调整 cap.max_kb。"),
                       size=-(-len(content) // 1024), limit=limit // 1024)  # fmt: skip
    root = _parsed(content)
    if root.name != "alert" or root.namespace != NAMESPACE:
        raise _foreign(root)
    return _Reader(root).message()


# ---- XML without trust


@dataclass
class _Node:
    namespace: str
    name: str
    children: list["_Node"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    def of(self, name: str) -> Iterator["_Node"]:
        """The children of that name, in the namespace of CAP."""
        return (one for one in self.children if one.name == name and one.namespace == NAMESPACE)

    @property
    def text(self) -> str:
        """The text, without what cannot be seen."""
        kept = (c for c in "".join(self.pieces) if c in "\n\t" or unicodedata.category(c)[0] != "C")
        return unicodedata.normalize("NFC", "".join(kept)).strip()


class _Builder:
    """Grows a small tree from the parser's events and stops at the first sign of ill will."""

    def __init__(self) -> None:
        self.root: _Node | None = None
        self._open: list[_Node] = []
        self._count = 0

    def start(self, name: str, _attributes: object) -> None:
        namespace, _, local = name.rpartition(" ")
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise _refusal(
                "cap_too_complex", N_("CAP 消息的元素太多或嵌套太深。"), N_("请发布单位拆分消息。")
            )
        node = _Node(namespace, local)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, piece: str) -> None:
        self._open[-1].pieces.append(piece)

    def refuse(self, *_: object) -> int:
        raise _refusal("cap_dtd", N_("CAP 消息带有 DTD 或实体声明，已拒绝，内容未读取。"),
                       N_("请发布单位去掉 <!DOCTYPE …> 后重发。"))  # fmt: skip


def _parsed(content: bytes) -> _Node:
    """The tree of elements; a declaration of a type or an entity ends the reading where it begins."""
    encoding = None
    if _CHINESE_ENCODING.match(content):  # the parser knows no multi-byte encoding but Unicode
        try:
            content, encoding = content.decode("gb18030").encode(), "utf-8"
        except UnicodeDecodeError as error:
            raise _malformed(str(error)) from None
    parser, builder = expat.ParserCreate(encoding, " "), _Builder()
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    parser.ExternalEntityRefHandler = builder.refuse
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler = builder.text
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise _malformed(str(error)) from None
    assert builder.root is not None  # a document without an element is not well-formed
    return builder.root


def _malformed(reason: str) -> CockpitError:
    return _refusal("cap_malformed", N_("不是完整的 XML：{reason}"), N_("请核对文件是否传完、编码是否与声明一致。"),
                    reason=reason)  # fmt: skip


def _foreign(root: _Node) -> CockpitError:
    if OLDER.fullmatch(root.namespace):
        return _refusal("cap_version", N_("这是 CAP {version} 的消息，本系统只收 CAP 1.2。"),
                        N_("请发布单位按 CAP 1.2 重发（命名空间 {namespace}）。"), "alert",
                        version=root.namespace.rpartition(":")[2].rpartition("/")[2], namespace=NAMESPACE)  # fmt: skip
    return _refusal("not_cap", N_("不是 CAP 1.2 消息：根元素是 {name}，命名空间是“{found}”。"),
                    N_("请核对文件；命名空间应为 {namespace}。"), "alert",
                    name=root.name, found=root.namespace, namespace=NAMESPACE)  # fmt: skip


def _refusal(key: str, what: str, do: str, where: str = "", **params: object) -> CockpitError:
    return CockpitError(Issue(key, what, do, where=where, params=params))


# ---- what the elements say


class _Reader:
    """Reads a tree into a message, collecting every issue."""

    def __init__(self, root: _Node) -> None:
        self._root = root
        self._errors: list[Issue] = []
        self._notes: list[Issue] = []

    def message(self) -> Message:
        """The message; raises with all errors at once."""
        root = self._root
        status, kind = self._among(root, "status", STATUSES), self._among(root, "msgType", KINDS)
        sent = self._moment(root, "sent", required=True)
        references = tuple(self._references(self._text(root, "references")))
        if kind in ("Update", "Cancel") and not references:
            self._error("cap_no_reference", N_("{kind} 消息没有写明它更新或取消的是哪一条（references）。"),
                        N_("请发布单位补上“sender,identifier,sent”后重发。"), "references", kind=kind)  # fmt: skip
        infos = tuple(self._info(node, f"info[{at}]") for at, node in enumerate(root.of("info"), 1))
        if kind in ("Alert", "Update") and not infos:
            self._error(
                "cap_no_info", N_("消息没有 info 段，没有说预警什么。"), N_("请发布单位补全后重发。"), "info"
            )
        if len({info.level for info in infos}) > 1:
            self._note(
                "cap_levels_differ",
                N_("各语言的级别不一致，按最高的一级。"),
                N_("请向发布单位核实。"),
                "info",
            )
        found = Message(
            identifier=self._name(root, "identifier"),
            sender=self._name(root, "sender"),
            sent=sent or 0,
            status=status,
            kind=kind,
            scope=self._among(root, "scope", SCOPES),
            source=self._text(root, "source")[:MAX_NAME],
            note=self._text(root, "note"),
            references=references,
            incidents=self._text(root, "incidents"),
            infos=infos,
            signed=any(child.namespace == SIGNATURE for child in root.children),
        )
        if self._errors:
            raise CockpitError(self._errors)
        return Message(**(vars(found) | {"issues": tuple(self._notes)}))

    def _info(self, node: _Node, where: str) -> Info:
        severity = self._among(node, "severity", tuple(SEVERITIES), where)
        parameters = tuple(self._pairs(node, "parameter"))
        categories = tuple(child.text for child in node.of("category"))
        if not categories or set(categories) - set(CATEGORIES):
            self._error("cap_value", N_("{name} 的值“{found}”不在标准之内。"), N_("可用的是：{allowed}"),
                        f"{where}/category", name="category", found="、".join(categories),
                        allowed="、".join(CATEGORIES))  # fmt: skip
        self._among(node, "urgency", URGENCIES, where)
        return Info(
            language=self._text(node, "language") or "en-US",
            event=self._required(node, "event", where),
            categories=categories,
            urgency=self._text(node, "urgency"),
            severity=severity,
            certainty=self._among(node, "certainty", CERTAINTIES, where),
            colour=self._colour(parameters, severity, where),
            effective=self._moment(node, "effective", where),
            onset=self._moment(node, "onset", where),
            expires=self._moment(node, "expires", where),
            responses=tuple(child.text for child in node.of("responseType")),
            sender_name=self._text(node, "senderName"),
            headline=self._text(node, "headline"),
            description=self._text(node, "description"),
            instruction=self._text(node, "instruction"),
            web=self._text(node, "web"),
            contact=self._text(node, "contact"),
            parameters=parameters,
            areas=tuple(
                self._area(child, f"{where}/area[{at}]") for at, child in enumerate(node.of("area"), 1)
            ),
        )

    def _area(self, node: _Node, where: str) -> Area:
        polygons = [self._polygon(child.text, f"{where}/polygon") for child in node.of("polygon")]
        circles = [self._circle(child.text, f"{where}/circle") for child in node.of("circle")]
        return Area(
            description=self._required(node, "areaDesc", where),
            polygons=tuple(one for one in polygons if one),
            circles=tuple(one for one in circles if one),
            geocodes=tuple(self._pairs(node, "geocode")),
        )

    def _colour(self, parameters: Iterable[tuple[str, str]], severity: str, where: str) -> str:
        """The colour that a parameter declares, else that of the severity."""
        for name, value in parameters:
            if name.strip().casefold() not in COLOUR_PARAMETERS:
                continue
            named = [colour for colour, words in COLOURS.items() if any(w in value.casefold() for w in words)]
            if len(named) == 1:
                return named[0]
            self._note("cap_colour", N_("颜色参数“{name}={value}”读不出一种颜色，按 severity 定级。"),
                       N_("请向发布单位核实。"), f"{where}/parameter", name=name, value=value)  # fmt: skip
        return SEVERITIES.get(severity, "")

    # ---- shapes

    def _polygon(self, text: str, where: str) -> tuple[Point, ...] | None:
        points = [self._point(pair) for pair in text.split()]
        good = [point for point in points if point is not None]
        if len(good) == len(points) and len(points) >= 4 and points[0] == points[-1] and len(set(good)) >= 3:
            return tuple(good)
        swapped = bool(points) and all(_swapped(pair) for pair in text.split())
        reason = N_("经纬度顺序颠倒，应为“纬度,经度”") if swapped else N_("应为首尾相同的至少四个“纬度,经度”")
        self._dropped(reason, where)
        return None

    def _circle(self, text: str, where: str) -> Circle | None:
        centre, _, radius = text.partition(" ")
        point, length = self._point(centre), _number(radius)
        if point is not None and length is not None and 0 <= length <= 20_038:
            return Circle(point, length)
        swapped = N_("经纬度顺序颠倒，应为“纬度,经度”")
        self._dropped(swapped if _swapped(centre) else N_("应为“纬度,经度 半径公里”"), where)
        return None

    @staticmethod
    def _point(pair: str) -> Point | None:
        lat, _, lon = pair.partition(",")
        north, east = _number(lat), _number(lon)
        if north is None or east is None or abs(north) > 90 or abs(east) > 180:
            return None
        return north, east

    def _dropped(self, reason: str, where: str) -> None:
        self._notes.append(
            Issue("cap_geometry", N_("图形没有采用：{reason}。预警照收，范围以区划代码和文字为准。"),
                  N_("请向发布单位核实。"), where=where, params={"reason": reason})
        )  # fmt: skip

    # ---- words

    def _text(self, node: _Node, name: str) -> str:
        return next((child.text for child in node.of(name)), "")[:MAX_TEXT]

    def _required(self, node: _Node, name: str, where: str = "") -> str:
        text = self._text(node, name)
        if not text:
            self._error("cap_missing", N_("缺少 {name}。"), N_("请发布单位补全后重发。"),
                        f"{where}/{name}".lstrip("/"), name=name)  # fmt: skip
        return text

    def _name(self, node: _Node, name: str) -> str:
        text = self._required(node, name)
        if len(text) > MAX_NAME or re.search(r"[\s,<&]", text):
            self._error("cap_identifier", N_("{name} 不能超过 {limit} 个字符，也不能含空格、逗号、< 和 &。"),
                        N_("请发布单位改正后重发。"), name, name=name, limit=MAX_NAME)  # fmt: skip
        return text

    def _among(self, node: _Node, name: str, allowed: tuple[str, ...], where: str = "") -> str:
        text = self._text(node, name)
        if text not in allowed:
            self._error("cap_value", N_("{name} 的值“{found}”不在标准之内。"), N_("可用的是：{allowed}"),
                        f"{where}/{name}".lstrip("/"), name=name, found=text[:80], allowed="、".join(allowed))  # fmt: skip
        return text

    def _moment(self, node: _Node, name: str, where: str = "", required: bool = False) -> int | None:
        text = self._required(node, name, where) if required else self._text(node, name)
        if not text:
            return None
        place = f"{where}/{name}".lstrip("/")
        moment = _instant(text)
        if moment is None:
            self._error("cap_moment", N_("{name} 的时间“{found}”读不懂，或没有写时区。"),
                        N_("应写成 2026-08-15T06:00:00+08:00。"), place, name=name, found=text[:80])  # fmt: skip
        elif text.endswith("Z"):
            self._note(
                "cap_zone", N_("{name} 的时区写作 Z，标准写法是 -00:00，按世界时读。"), "", place, name=name
            )
        return moment

    def _pairs(self, node: _Node, name: str) -> Iterator[tuple[str, str]]:
        for child in node.of(name):
            yield self._text(child, "valueName")[:MAX_NAME], self._text(child, "value")

    def _references(self, text: str) -> Iterator[Reference]:
        for word in text.split():
            parts = word.split(",")
            sent = _instant(parts[2]) if len(parts) == 3 else None
            if sent is None:
                self._note("cap_reference", N_("引用“{found}”读不懂，应为“sender,identifier,sent”。"),
                           N_("请向发布单位核实。"), "references", found=word[:80])  # fmt: skip
            else:
                yield Reference(parts[0], parts[1], sent)

    def _error(self, key: str, what: str, do: str, where: str, **params: object) -> None:
        self._errors.append(Issue(key, what, do, where=where, params=params))

    def _note(self, key: str, what: str, do: str, where: str, **params: object) -> None:
        self._notes.append(Issue(key, what, do, where=where, severity=Severity.WARNING, params=params))


def _instant(text: str) -> int | None:
    """Epoch seconds; None without a zone, since such a time names no moment."""
    found = _MOMENT.fullmatch(text)
    if found is None or found[2] is None:
        return None
    try:
        return int(datetime.fromisoformat(found[1] + found[2].replace("Z", "+00:00")).timestamp())
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _swapped(pair: str) -> bool:
    """Whether the two numbers are a point once they change places."""
    first, _, second = pair.partition(",")
    lon, lat = _number(first), _number(second)
    return lon is not None and lat is not None and 90 < abs(lon) <= 180 and abs(lat) <= 90
