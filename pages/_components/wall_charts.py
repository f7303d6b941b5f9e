"""Charts of the wall: drawn by hand, so that every stroke grows with the stage and nothing is left behind in memory.

A plot stretches with its box; strokes do not, since their width is given in the style sheet in units of the stage.
Words and dots stand beside the plot as elements of their own: they would be stretched inside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pages._components.elements import Element, el
from pages._components.wall_words import period_of
from pages._components.words import Words
from services.wall_views import MONTHS, TrendPoint, WallTrend

WIDTH, HEIGHT = 240, 100
_EDGE = 6
_YEAR = 12


@dataclass(frozen=True)
class Scale:
    """Values to heights: the lowest at the bottom of the plot, the highest at its top."""

    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float], zero: bool = False) -> "Scale":
        """A scale that holds these values; with ``zero`` it begins at nothing."""
        low, high = min(values), max(values)
        low = min(low, 0.0) if zero else low
        return cls(low, high) if high > low else cls(low - 1, low + 1)

    def y(self, value: float) -> float:
        """The height of a value, 0 at the top."""
        return _EDGE + (HEIGHT - 2 * _EDGE) * (1 - (value - self.low) / (self.high - self.low))


def trend(view: WallTrend, first: int, words: Words) -> Element:
    """One figure over the common axis, its name and newest value above it."""
    scale = Scale.of([point.value for point in view.points])
    text, unit = words.figure(view.figure)
    last = view.points[-1]
    return el(
        "Article",
        el(
            "H3",
            el("Span", view.name, class_="w-trend-name"),
            el("Span", el("B", text), el("Small", unit), class_="w-trend-figure"),
        ),
        el(
            "Div",
            plot([(_x(point), scale.y(point.value)) for point in view.points], "own", gap=_step() * 1.5,
                 rules=[_month_x(month) for month in range(MONTHS) if (first + month) % _YEAR == 0]),
            dot(_x(last), scale.y(last.value), hollow=last.partial),
            class_="w-plot",
            role="img",
            aria_label=words.t("{name}走势", name=view.name),
        ),
        axis(first, words),
        el("P", period_of(view.figure.period, view.frequency, words) if view.figure.period else None,
           el("Span", words.t("模拟"), class_="status status-simulated") if view.simulated else None,
           class_="w-standing"),
        class_="w-trend",
    )  # fmt: skip


def axis(first: int, words: Words) -> Element:
    """The common axis: a word at each January."""
    marks = [
        el("Span", words.year((first + month) // _YEAR), style={"left": f"{100 * _month_x(month) / WIDTH:.2f}%"})
        for month in range(MONTHS) if (first + month) % _YEAR == 0
    ]  # fmt: skip
    return el("P", marks, class_="w-axis", aria_hidden="true")


def plot(
    points: Sequence[tuple[float, float]],
    kind: str,
    gap: float = WIDTH,
    rules: Sequence[float] = (),
    beside: Sequence[tuple[str, Sequence[tuple[float, float]]]] = (),
) -> Element:
    """Lines in a box that stretches: our own, others beside it, and thin rules; a line breaks over a wider gap."""
    return el(
        "Svg",
        [el("Path", d=f"M{x:.1f} 0V{HEIGHT}", class_="w-rule") for x in rules],
        [el("Path", d=_path(line, WIDTH), class_=f"w-line w-line-{name}") for name, line in beside if line],
        el("Path", d=_path(points, gap), class_=f"w-line w-line-{kind}"),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def month_of_year(period: int) -> float:
    """Where the month in which a period ends stands on the axis of one year."""
    return _EDGE + (WIDTH - 2 * _EDGE) * (period // 10**9 % 100 - 1) / (_YEAR - 1)


def dot(x: float, y: float, hollow: bool = False) -> Element:
    """The last figure: full, or hollow where not all have reported."""
    place = {"left": f"{100 * x / WIDTH:.2f}%", "top": f"{100 * y / HEIGHT:.2f}%"}
    return el("I", class_="w-dot w-dot-hollow" if hollow else "w-dot", style=place, aria_hidden="true")


def bar(share: float, kind: str = "own") -> Element:
    """A share of a whole as a bar; more than the whole fills it."""
    width = f"{100 * min(max(share, 0.0), 1.0):.1f}%"
    return el(
        "Span", el("I", class_=f"w-bar-{kind}", style={"width": width}), class_="w-bar", aria_hidden="true"
    )


def _path(points: Sequence[tuple[float, float]], gap: float) -> str:
    pieces: list[str] = []
    before: float | None = None
    for x, y in points:
        joined = before is not None and x - before <= gap
        pieces.append(f"{'L' if joined else 'M'}{x:.1f} {y:.1f}")
        before = x
    return "".join(pieces)


def _step() -> float:
    return (WIDTH - 2 * _EDGE) / (MONTHS - 1)


def _month_x(month: int) -> float:
    return _EDGE + _step() * month


def _x(point: TrendPoint) -> float:
    return _month_x(point.month)
