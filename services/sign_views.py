"""What the panels of the city signs show, as plain frozen values; names are in the reader's language."""

from dataclasses import dataclass
from datetime import date

from services.views import Figure, Place, Point


@dataclass(frozen=True)
class IndexRow:
    """One part of the index: the whole, a domain or a theme.

    value      None where too few of its signs are there
    there      how many signs have a score, of ``expected``
    simulated  how many of the signs that count are sample figures
    weight     its share of the whole, 0 to 1; 0 where it does not count
    change     of the value since the comparison period
    """

    key: str
    name: str
    value: float | None
    there: int
    expected: int
    simulated: int
    weight: float
    change: float | None = None


@dataclass(frozen=True)
class LackingSign:
    """A sign without a score: what it is, why, and the figure there is, if any."""

    code: str
    name: str
    theme: str
    figure: Figure
    reason: str


@dataclass(frozen=True)
class MethodView:
    """What the page must say of the method."""

    least: float
    equal: bool
    weights: tuple[tuple[str, float], ...]
    by_history: int
    by_level: int


@dataclass(frozen=True)
class IndexView:
    """The index of a region, its domains with their themes, and all that it does not rest on.

    newest    the newest period among the figures
    since     the period it is compared with; None where nothing is
    left_out  signs that never count, with the reason
    """

    place: Place
    whole: IndexRow
    domains: tuple[tuple[IndexRow, tuple[IndexRow, ...]], ...]
    newest: int | None
    since: int | None
    against: str
    lacking: tuple[LackingSign, ...]
    left_out: tuple[tuple[str, str], ...]
    method: MethodView


@dataclass(frozen=True)
class HeatRow:
    """One theme in every region, in the order of the regions."""

    key: str
    name: str
    cells: tuple[IndexRow, ...]


@dataclass(frozen=True)
class HeatView:
    """Themes by regions: the board's own region first, then those below it."""

    regions: tuple[Place, ...]
    whole: HeatRow
    domains: tuple[tuple[str, tuple[HeatRow, ...]], ...]
    newest: int | None
    hidden: int = 0


@dataclass(frozen=True)
class ChangeRow:
    """What one sign did to the index between two periods; ``part`` in points of the index, as printed."""

    code: str
    name: str
    theme: str
    before: Figure
    after: Figure
    score_before: float
    score_after: float
    part: float


@dataclass(frozen=True)
class ChangesView:
    """What moved the index; as printed, the rows, the others and the change of coverage add up to the difference.

    others    of the signs that are not listed, together; ``unlisted`` counts them
    coverage  of the signs that joined or left, which also weighs their siblings anew
    """

    place: Place
    before: float
    after: float
    since: int
    against: str
    rows: tuple[ChangeRow, ...]
    others: float
    coverage: float
    joined: tuple[str, ...]
    left: tuple[str, ...]
    unlisted: int
    simulated: int


@dataclass(frozen=True)
class Leaning:
    """What the index would be if one domain weighed less, and if it weighed more."""

    name: str
    less: float
    more: float


@dataclass(frozen=True)
class RobustRow:
    """One region under many sets of weights: nine tenths of the draws lie between the bounds."""

    place: Place
    value: float
    low: float
    high: float
    rank: int | None
    best_rank: int | None
    worst_rank: int | None


@dataclass(frozen=True)
class SensitivityView:
    """How much hangs on the weights."""

    own: RobustRow
    regions: tuple[RobustRow, ...]
    leanings: tuple[Leaning, ...]
    spread: float
    draws: int


@dataclass(frozen=True)
class LimitSpan:
    """A legal limit and the days on which it holds; None is open."""

    limit: float
    first: date | None
    last: date | None
    source: str


@dataclass(frozen=True)
class LimitPoint:
    """One figure with the limit it is judged by."""

    period: int
    value: float
    limit: float | None
    simulated: bool

    @property
    def over(self) -> bool | None:
        """Whether the figure is above its limit; None where no limit holds."""
        return None if self.limit is None else self.value > self.limit


@dataclass(frozen=True)
class LimitSign:
    """A sign with a legal limit: its versions and its course."""

    code: str
    name: str
    unit: str
    frequency: str
    figure: Figure
    spans: tuple[LimitSpan, ...]
    points: tuple[LimitPoint, ...]


@dataclass(frozen=True)
class BrokenSign:
    """A sign whose meaning changed on a day: its course in two pieces, and no growth across.

    points    the last figure of every month
    growth    over the year before; None where there is none, or where it is withheld
    withheld  whether growth is withheld because the break lies between the two periods
    """

    code: str
    name: str
    unit: str
    frequency: str
    figure: Figure
    day: date
    reason: str
    points: tuple[Point, ...]
    growth: float | None
    withheld: bool


@dataclass(frozen=True)
class LimitsView:
    """Limits with their validity; ``what_if`` says that all figures are judged by the limit of today."""

    place: Place
    today: date
    what_if: bool
    signs: tuple[LimitSign, ...]
    broken: tuple[BrokenSign, ...]


@dataclass(frozen=True)
class BenchmarkRow:
    """One sign beside a region above, on the same period; real figures only."""

    code: str
    name: str
    period: int
    frequency: str
    own: Figure
    others: tuple[tuple[Place, Figure], ...]


@dataclass(frozen=True)
class BenchmarkView:
    """Signs of which the regions above have real figures; ``without`` counts the others."""

    place: Place
    above: tuple[Place, ...]
    rows: tuple[BenchmarkRow, ...]
    without: int
