"""The formula language: text to a checked tree, and the tree to figures.

A language of its own, small enough to read in one go; nothing is ever executed. Names are catalogue codes
(``econ.gdp.total``) or Chinese names (``用电量``). What is missing stays missing; a division by zero, and
anything that is not a finite number, is missing. docs/formulas.md tells every function with an example.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from indicators import units
from indicators.errors import N_, CockpitError, Issue
from indicators.units import Agreement, Quantity

Values = NDArray[np.float64]

MAX_LENGTH, MAX_NODES, MAX_DEPTH, MAX_WINDOW = 2000, 400, 40, 400
"""Limits: signs in the text, parts of the tree, nesting, and the periods that lag and rolling look back."""

TIME_PROGRESS = "time_progress"
BUILT_INS: Mapping[str, str] = {TIME_PROGRESS: "%"}
"""Names that the cockpit itself provides, with their units."""


# -- the tree ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Number:
    """A number as it was written."""

    text: str


@dataclass(frozen=True)
class Reference:
    """A catalogue code, a Chinese name, or a built-in."""

    name: str


@dataclass(frozen=True)
class Negation:
    """The part with its sign reversed."""

    part: "Node"


@dataclass(frozen=True)
class Operation:
    """Two parts and one of ``+ - * / ^``; inside ``if`` also one of ``< <= > >= = !=``."""

    sign: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Call:
    """A function and its arguments."""

    function: str
    arguments: tuple["Node", ...]


Node = Number | Reference | Negation | Operation | Call


def parts(node: Node) -> Iterator[Node]:
    """The node and everything in it."""
    yield node
    match node:
        case Negation(part):
            yield from parts(part)
        case Operation(_, left, right):
            yield from parts(left)
            yield from parts(right)
        case Call(_, arguments):
            for argument in arguments:
                yield from parts(argument)


def references(node: Node) -> tuple[str, ...]:
    """The codes and names that a formula needs, in the order of their first appearance; no built-ins."""
    names = (part.name for part in parts(node) if isinstance(part, Reference))
    return tuple(dict.fromkeys(name for name in names if name not in BUILT_INS))


def uses_time_progress(node: Node) -> bool:
    """True when the formula asks how much of the year has passed."""
    return Reference(TIME_PROGRESS) in parts(node)


def look_back(node: Node) -> int:
    """How many earlier periods the formula needs before the first one asked for."""
    match node:
        case Negation(part):
            return look_back(part)
        case Operation(_, left, right):
            return max(look_back(left), look_back(right))
        case Call(function, arguments):
            own = 0
            if function == "lag":
                own = _whole(arguments[1])
            elif function in _ROLLING:
                own = _whole(arguments[1]) - 1
            return own + max(look_back(argument) for argument in arguments)
    return 0


def spell(node: Node, name: Callable[[str], str] = str) -> str:
    """The formula as text again, fully bracketed where it must be; ``name`` spells the references."""
    match node:
        case Number(text):
            return text
        case Reference(code):
            return name(code)
        case Negation(part):
            return "-" + _bracketed(part, name, strength=4)
        case Operation(sign, left, right):
            own = _STRENGTH[sign]
            right_first = sign == "^"
            return (
                _bracketed(left, name, own + right_first)
                + f" {sign} "
                + _bracketed(right, name, own + (not right_first))
            )
        case Call(function, arguments):
            return f"{function}({', '.join(spell(argument, name) for argument in arguments)})"


def _bracketed(node: Node, name: Callable[[str], str], strength: int) -> str:
    own = _STRENGTH[node.sign] if isinstance(node, Operation) else 3 if isinstance(node, Negation) else 9
    return f"({spell(node, name)})" if own < strength else spell(node, name)


_COMPARISONS = ("<=", ">=", "!=", "<", ">", "=")
_STRENGTH = dict.fromkeys(_COMPARISONS, 0) | {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}


# -- text to tree ------------------------------------------------------------------------------------------

_SEGMENT = r"[A-Za-z][A-Za-z0-9_]*"
_TOKEN = re.compile(
    rf"(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>{_SEGMENT}(?:\.{_SEGMENT})*"
    rf"|[\u4e00-\u9fff][\u4e00-\u9fffA-Za-z0-9_]*)|(?P<sign><=|>=|!=|[-+*/^(),<>=])"
)
_BLANK = re.compile(r"[ \t\r\n]*")


def parse(text: str) -> Node:
    """The tree of a formula.

    raises  CockpitError with one of the keys empty, syntax, limit, unknown_function, argument_count,
            argument_type, argument_range; the message says where in the text
    source  tests/cases/formula/expression_cases.json
    """
    if len(text) > MAX_LENGTH:
        raise _limit(N_("公式超过{most}个字符"), MAX_LENGTH)
    if not text.strip():
        raise CockpitError(Issue("empty", N_("公式是空的"), N_("请写出公式，或去掉公式一项")))
    return _Parser(text).whole()


def _limit(what: str, most: int) -> CockpitError:
    return CockpitError(Issue("limit", what, N_("请把公式拆成几个指标"), params={"most": most}))


class _Parser:
    """Reads a formula from left to right, one token ahead; one method per strength of binding."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._nodes = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._sum()
        if self._next() is not None:
            raise self._wrong()
        return node

    # tokens

    def _next(self) -> re.Match[str] | None:
        """The token ahead; None at the end of the text."""
        blank = _BLANK.match(self._text, self._place)
        self._place = blank.end() if blank else self._place
        if self._place == len(self._text):
            return None
        token = _TOKEN.match(self._text, self._place)
        if token is None:
            raise self._wrong()
        return token

    def _took(self, *signs: str) -> str | None:
        """One of these signs, taken if it stands ahead."""
        token = self._next()
        if token is None or token["sign"] not in signs:
            return None
        self._place = token.end()
        return token["sign"]

    def _expect(self, sign: str) -> None:
        if not self._took(sign):
            raise self._wrong()

    def _wrong(self) -> CockpitError:
        rest = self._text[self._place : self._place + 20]
        what = N_("公式在第{place}个字符处看不懂：“{rest}”") if rest else N_("公式没有写完")
        do = N_("请核对括号、运算符和代码；可用的函数见 docs/formulas.md")
        return CockpitError(Issue("syntax", what, do, params={"place": self._place + 1, "rest": rest}))

    def _made(self, node: Node) -> Node:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _limit(N_("公式超过{most}项"), MAX_NODES)
        return node

    # grammar

    def _sum(self) -> Node:
        node = self._term()
        while sign := self._took("+", "-"):
            node = self._made(Operation(sign, node, self._term()))
        return node

    def _term(self) -> Node:
        node = self._signed()
        while sign := self._took("*", "/"):
            node = self._made(Operation(sign, node, self._signed()))
        return node

    def _signed(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _limit(N_("公式嵌套超过{most}层"), MAX_DEPTH)
        node = self._made(Negation(self._signed())) if self._took("-") else self._power()
        self._depth -= 1
        return node

    def _power(self) -> Node:
        base = self._atom()
        return self._made(Operation("^", base, self._signed())) if self._took("^") else base

    def _atom(self) -> Node:
        if self._took("("):
            node = self._sum()
            self._expect(")")
            return node
        token = self._next()
        if token is None or token["sign"]:
            raise self._wrong()
        self._place = token.end()
        if token["number"]:
            return self._made(Number(token["number"]))
        return self._call(token["name"]) if self._took("(") else self._made(Reference(token["name"]))

    def _call(self, name: str) -> Node:
        function = FUNCTIONS.get(name)
        if function is None:
            what, do = N_("没有函数“{name}”"), N_("可用的函数：{known}")
            params = {"name": name, "known": "、".join(FUNCTIONS)}
            raise CockpitError(Issue("unknown_function", what, do, params=params))
        arguments = [self._comparison() if name == "if" else self._sum()]
        while self._took(","):
            arguments.append(self._sum())
        self._expect(")")
        call = Call(name, tuple(arguments))
        function.check(call)
        self._made(call)
        return call

    def _comparison(self) -> Node:
        left = self._sum()
        sign = self._took(*_COMPARISONS)
        if sign is None:
            raise self._wrong()
        return self._made(Operation(sign, left, self._sum()))


# -- functions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Function:
    """A function of the language.

    least, most  how many arguments it takes; ``most`` None is any number
    constant     the position of an argument that must be written as a whole number, with its least and most
    """

    name: str
    least: int
    most: int | None
    apply: Callable[..., Values]
    constant: tuple[int, int, int] | None = None

    def check(self, call: Call) -> None:
        """Nothing; raises CockpitError for a wrong number or kind of arguments."""
        count = len(call.arguments)
        if count < self.least or (self.most is not None and count > self.most):
            what, do = N_("函数 {name} 的参数个数不对：{count}"), N_("写法见 docs/formulas.md")
            params = {"name": self.name, "count": count}
            raise CockpitError(Issue("argument_count", what, do, params=params))
        if self.constant and count > self.constant[0]:
            position, least, most = self.constant
            _check_whole(self.name, call.arguments[position], least, most)


def _check_whole(name: str, argument: Node, least: int, most: int) -> None:
    written = argument.part if isinstance(argument, Negation) else argument
    params = {"name": name, "least": least, "most": most}
    do = N_("请写{least}到{most}之间的整数")
    if not isinstance(written, Number) or not written.text.isdigit():
        what = N_("函数 {name} 的期数必须是写明的整数")
        raise CockpitError(Issue("argument_type", what, do, params=params))
    if isinstance(argument, Negation) or not least <= int(written.text) <= most:
        what = N_("函数 {name} 的期数超出范围")
        raise CockpitError(Issue("argument_range", what, do, params=params))


def _whole(argument: Node) -> int:
    assert isinstance(argument, Number)
    return int(argument.text)


def _lag(values: Values, count: int) -> Values:
    """The figure ``count`` periods earlier; the first ones are missing."""
    width = values.shape[-1]
    shifted = np.full(values.shape, np.nan)
    if count < width:
        shifted[..., count:] = values[..., : width - count]
    return shifted


def _rolling(reduce: Callable[..., Values]) -> Callable[[Values, int], Values]:
    def apply(values: Values, window: int) -> Values:
        result = np.full(values.shape, np.nan)
        if window <= values.shape[-1]:
            views = np.lib.stride_tricks.sliding_window_view(values, window, axis=-1)
            result[..., window - 1 :] = reduce(views, axis=-1)
        return result

    return apply


def _least(*values: Values) -> Values:
    return np.asarray(np.minimum.reduce(np.broadcast_arrays(*values)), dtype=np.float64)


def _greatest(*values: Values) -> Values:
    return np.asarray(np.maximum.reduce(np.broadcast_arrays(*values)), dtype=np.float64)


def _choose(condition: Values, one: Values, other: Values) -> Values:
    chosen: Values = np.where(condition != 0, one, other)
    return np.where(np.isnan(condition), np.nan, chosen)


def _round(values: Values, decimals: int = 0) -> Values:
    """Half up on the decimal text, as figures are published."""
    flat = [float(units.round_half_up(v, decimals)) if np.isfinite(v) else np.nan for v in values.ravel()]
    return np.array(flat, dtype=np.float64).reshape(values.shape)


_ROLLING = ("rolling_mean", "rolling_sum", "rolling_max", "rolling_min")
_WINDOW = (1, 1, MAX_WINDOW)

FUNCTIONS: Mapping[str, Function] = {
    function.name: function
    for function in (
        Function("lag", 2, 2, _lag, _WINDOW),
        Function("rolling_mean", 2, 2, _rolling(np.mean), _WINDOW),
        Function("rolling_sum", 2, 2, _rolling(np.sum), _WINDOW),
        Function("rolling_max", 2, 2, _rolling(np.max), _WINDOW),
        Function("rolling_min", 2, 2, _rolling(np.min), _WINDOW),
        Function("min", 2, None, _least),
        Function("max", 2, None, _greatest),
        Function("abs", 1, 1, np.abs),
        Function("if", 3, 3, _choose),
        Function("round", 1, 2, _round, (1, 0, 6)),
    )
}


# -- tree to figures ---------------------------------------------------------------------------------------


def evaluate(node: Node, values: Mapping[str, Values], time_progress: Values | None = None) -> Values:
    """The figures of a formula.

    values         per reference an array whose last axis is the calendar: consecutive periods in order, none
                   left out; the axes before it are the series. Shapes broadcast. Missing is NaN.
    time_progress  percent of the year passed, per period; needed when the formula asks for it
    returns        float64 of the common shape; missing wherever a part is missing, a divisor is zero, or the
                   result is not finite
    raises         KeyError for a reference without values: ``check`` tells them before
    """
    known = dict(values)
    if time_progress is not None:
        known[TIME_PROGRESS] = time_progress
    shape = np.broadcast_shapes(*(known[name].shape for name in known)) if known else (1,)
    with np.errstate(all="ignore"):
        return np.array(np.broadcast_to(_figures(node, known, shape), shape))


def _figures(node: Node, known: Mapping[str, Values], shape: tuple[int, ...]) -> Values:
    match node:
        case Number(text):
            result = np.full(shape, float(text))
        case Reference(name):
            result = np.broadcast_to(np.asarray(known[name], dtype=np.float64), shape)
        case Negation(part):
            result = -_figures(part, known, shape)
        case Operation(sign, left, right):
            result = _OPERATIONS[sign](_figures(left, known, shape), _figures(right, known, shape))
        case Call(name, arguments):
            function = FUNCTIONS[name]
            constant = function.constant[0] if function.constant else None
            given = [
                _whole(argument) if place == constant else _figures(argument, known, shape)
                for place, argument in enumerate(arguments)
            ]
            result = function.apply(*given)
    return np.where(np.isfinite(result), result, np.nan)


def _compared(sign: Callable[[Values, Values], NDArray[np.bool_]]) -> Callable[[Values, Values], Values]:
    def apply(left: Values, right: Values) -> Values:
        verdict = sign(left, right).astype(np.float64)
        return np.where(np.isnan(left) | np.isnan(right), np.nan, verdict)

    return apply


_OPERATIONS: Mapping[str, Callable[[Values, Values], Values]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "<": _compared(np.less),
    "<=": _compared(np.less_equal),
    ">": _compared(np.greater),
    ">=": _compared(np.greater_equal),
    "=": _compared(np.equal),
    "!=": _compared(np.not_equal),
}


# -- checks ------------------------------------------------------------------------------------------------


def check(node: Node, known: Mapping[str, str], where: str = "") -> list[Issue]:
    """Everything wrong with a formula's references and units: unknown_indicator, unit_mismatch.

    known  the unit of every code and name that may be used
    """
    issues = [
        Issue(
            "unknown_indicator",
            N_("公式用到的指标“{name}”不存在"),
            N_("请核对代码，或先定义这个指标"),
            where,
            params={"name": name},
        )
        for name in references(node)
        if name not in known
    ]
    if not issues:
        try:
            unit_of(node, known)
        except CockpitError as mismatch:
            issues.extend(Issue(i.key, i.what, i.do, where, params=i.params) for i in mismatch.issues)
    return issues


def agreement(node: Node, known: Mapping[str, str], claimed: str) -> Agreement:
    """Whether the formula can come out in the unit that the indicator claims.

    compatible, contradicting, or unknown where it cannot be told (a unit word that is not known, a function
    of several units)
    """
    try:
        return units.agreement(unit_of(node, known), claimed)
    except CockpitError:
        return Agreement.CONTRADICTING


def unit_of(node: Node, known: Mapping[str, str]) -> Quantity:
    """The quantity that a formula comes out in.

    raises  CockpitError (unit_mismatch) when two parts are added, compared or chosen between whose units differ
    """
    match node:
        case Number(text):
            return units.literal(Fraction(text))
        case Reference(name):
            return units.of(BUILT_INS.get(name) or known[name])
        case Negation(part):
            return unit_of(part, known)
        case Operation("*" | "/" as sign, left, right):
            return units.product(unit_of(left, known), unit_of(right, known), 1 if sign == "*" else -1)
        case Operation("^", left, right):
            return _unit_of_power(unit_of(left, known), right)
        case Operation(sign, left, right):
            return _common([left, right], known, sign)
        case Call("if", (condition, one, other)):
            unit_of(condition, known)
            return _common([one, other], known, "if")
        case Call("min" | "max" as name, arguments):
            return _common(list(arguments), known, name)
        case Call(_, arguments):
            return unit_of(arguments[0], known)


def _unit_of_power(base: Quantity, exponent: Node) -> Quantity:
    if base.literal is not None and isinstance(exponent, Number):
        return units.UNKNOWN
    whole = isinstance(exponent, Number) and exponent.text.isdigit() and int(exponent.text) <= 4
    if not whole:
        return units.UNKNOWN
    power = units.literal(Fraction(1))
    for _ in range(_whole(exponent)):
        power = units.product(power, base)
    return power


def _common(nodes: list[Node], known: Mapping[str, str], sign: str) -> Quantity:
    found = unit_of(nodes[0], known)
    for node in nodes[1:]:
        both = units.total(found, unit_of(node, known))
        if both is None:
            what, do = N_("“{part}”与前一项单位不同，不能用“{sign}”"), N_("请先换算成同一单位")
            params = {"part": spell(node), "sign": sign}
            raise CockpitError(Issue("unit_mismatch", what, do, params=params))
        found = both
    return found


def find_cycle(needs: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """A path of indicators that need each other (x, y, x), or None; ``needs`` maps a code to its references."""
    done: set[str] = set()
    for start in needs:
        path: list[str] = []
        pending = [(start, iter(needs.get(start, ())))]
        path.append(start)
        while pending:
            following = next(pending[-1][1], None)
            if following is None:
                done.add(path.pop())
                pending.pop()
            elif following in path:
                return (*path[path.index(following) :], following)
            elif following not in done and following in needs:
                path.append(following)
                pending.append((following, iter(needs[following])))
    return None


def cycle_issue(path: tuple[str, ...], where: str = "") -> Issue:
    """What a person is told about formulas that need each other."""
    what, do = N_("公式循环引用：{path}"), N_("请改写其中一个公式")
    return Issue("cycle", what, do, where, params={"path": " -> ".join(path)})
