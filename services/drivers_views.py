"""What a page shows of the drivers of a warning: plain frozen values with names in the reader's language."""

from dataclasses import dataclass

from services.views import Figure, Mark, Place


@dataclass(frozen=True)
class DriverRow:
    """One part and what it adds.

    role          region, reporting_unit, part, item, less (what the gap is measured from) or rest
    code          of the indicator, where the part is one
    base          the figure of the part a period before, where the change is explained
    contribution  in the unit of the split; the rows of a split add up to its total; None where it is not known
    driving       whether it pulls the figure the way that is warned of
    """

    role: str
    name: str
    figure: Figure | None
    contribution: float | None
    base: float | None = None
    code: str = ""
    place: Place | None = None
    mark: Mark | None = None
    driving: bool = False


@dataclass(frozen=True)
class Split:
    """One way to take apart what is warned of.

    by      regions, components or items
    title   what the parts are, in the reader's language
    of      what the contributions add up to, in words
    total   None where the parts do not add up; ``reason`` says why
    unit    of the contributions, as the catalogue writes it
    """

    by: str
    title: str
    of: str
    total: float | None
    unit: str
    rows: tuple[DriverRow, ...]
    reason: str = ""

    @property
    def adds_up(self) -> bool:
        """Whether the rows have contributions that make the total."""
        return self.total is not None and any(row.contribution is not None for row in self.rows)


@dataclass(frozen=True)
class Leading:
    """An indicator that usually moves earlier, and whether it did.

    since   the period in which it left its usual course; None where it did not
    ahead   how many of its own periods that was before the warning opened
    rising  which way it went; `change` is how far it is from what is usual, in `unit`
    growth  whether the course is that of its growth over a year, not of the figure itself
    reason  why nothing can be said
    """

    code: str
    name: str
    figure: Figure | None
    since: int | None = None
    ahead: int = 0
    rising: bool = False
    change: float | None = None
    unit: str = ""
    growth: bool = False
    frequency: str = ""
    mark: Mark | None = None
    reason: str = ""

    @property
    def moved(self) -> bool:
        """Whether it left its course before the warning opened."""
        return self.since is not None and self.ahead > 0


@dataclass(frozen=True)
class DriversView:
    """What drives one open warning.

    sentence  the whole in one sentence
    against   the period that changes are told against; None where there is none
    """

    alert: str
    indicator: str
    name: str
    place: Place
    period: int
    frequency: str
    sentence: str
    splits: tuple[Split, ...]
    leading: tuple[Leading, ...]
    against: int | None = None
    simulated: bool = False

    def split(self, by: str) -> Split | None:
        """One of the splits."""
        return next((one for one in self.splits if one.by == by), None)
