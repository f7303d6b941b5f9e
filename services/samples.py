"""Sample figures: fill the gaps of a city's real figures so that the cockpit can be tried.

``generate`` is a pure function of the catalogue, the regions, the spec of the pack, the real figures and a seed;
``fill`` hands its frames to the store. Only collected figures are drawn, never derived ones; they carry the status
``simulated`` and never stand over a real figure. docs/sample.md tells what a spec may say.
"""

from collections.abc import Callable, Collection, Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol
from zlib import crc32

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from data_access import engine as engines
from data_access.observations import LoadInfo, ObservationStore, Source, WriteReport
from indicators import periods
from indicators.aggregation import TOTAL, Demand
from indicators.catalog import Catalog
from indicators.definition import DataStatus, Frequency, Indicator
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, RegionTree, parse_code
from services import sample_paths as paths
from services.sample_paths import Calendar, Figures, Keys

LOCAL = timezone(timedelta(hours=8))
SOURCE = Source(N_("模拟数据"), "chengmai init", "S", N_("由程序生成，仅供试用，不是统计数据"))
KINDS = ("amount", "count", "rate", "share", "sum_of", "split", "step_of", "lagged", "elapsed", "progress")
"""How a figure may be drawn; exactly one stands in each profile, a share with ``progress`` being a share."""

Frame = dict[str, Any]
"""Columns of one batch: indicator, item, region, period, value, yoy, status, reason, known_at."""

Chance = np.random.Generator


# -- the spec ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Episode:
    """Something planted in the figures that a leader should notice, told in both languages.

    records  the subject in whose sample records it is planted; its figures come from there
    """

    id: str
    zh: str
    en: str
    effects: tuple[Mapping[str, Any], ...]
    records: str = ""


@dataclass(frozen=True)
class Spec:
    """What a pack says about its sample figures (``sample/*.yaml``)."""

    first: date
    last: date
    as_of: datetime
    profiles: Mapping[str, Mapping[str, Any]]
    weights: Mapping[str, tuple[float, ...]]
    seasons: Mapping[str, Figures]
    items: Mapping[str, Mapping[str, Any]]
    episodes: tuple[Episode, ...]
    settings: Mapping[str, Any]

    @property
    def until(self) -> datetime:
        """The moment at which the figures end: the midnight that closes the last day."""
        return datetime.combine(self.last + timedelta(days=1), time(), LOCAL)

    def effects(self, code: str) -> list[Mapping[str, Any]]:
        """What episodes do to an indicator."""
        return [
            effect for episode in self.episodes for effect in episode.effects if effect["indicator"] == code
        ]


def read_spec(folder: Path) -> Spec:
    """The spec of a pack's sample figures: spec.yaml, profiles.yaml and episodes.yaml in ``folder``.

    raises  CockpitError naming every profile without exactly one kind
    """
    head, drawn, told = (
        yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
        for name in ("spec", "profiles", "episodes")
    )
    issues = [
        Issue(
            "sample_profile",
            N_("样例画像 {code} 应当恰好写一种画法"),
            N_("可用的画法：{kinds}；见 docs/sample.md"),
            str(folder / "profiles.yaml"),
            params={"code": code, "kinds": "、".join(KINDS)},
        )
        for code, profile in drawn["indicators"].items()
        if len(_kinds(profile)) != 1
    ]
    if issues:
        raise CockpitError(issues)
    return Spec(
        first=date.fromisoformat(head["first"]),
        last=date.fromisoformat(head["last"]),
        as_of=datetime.fromisoformat(head["as_of"]),
        profiles=drawn["indicators"],
        weights={name: tuple(map(float, row)) for name, row in drawn["weights"].items()},
        seasons={name: paths.normalised(row) for name, row in drawn["seasons"].items()},
        items=drawn["items"],
        episodes=tuple(
            Episode(e["id"], e["zh"], e["en"], tuple(e.get("effects", ())), e.get("records", ""))
            for e in told["episodes"]
        ),
        settings=head,
    )


def _kinds(profile: Mapping[str, Any]) -> list[str]:
    found = [kind for kind in KINDS if kind in profile]
    if "share" in found and found[-1] == "progress":
        found.remove("progress")
    if "split" in found:
        found.remove("share")
    return found


# -- drawing -----------------------------------------------------------------------------------------------


@dataclass
class Series:
    """The figures of one indicator: the city, its counties (and 市本级), its towns.

    county  (counties, periods); own: the last row is 市本级
    town    (towns, periods) aligned to the last ``town.shape[1]`` periods, or None
    growth  published growth beside the level, same shape as city over counties, or None
    plain   as they were before the episodes, for what another indicator compares with
    """

    calendar: Calendar
    city: Figures
    county: Figures
    town: Figures | None = None
    own: bool = False
    growth: Figures | None = None
    plain: "Series | None" = None
    items: dict[str, Figures] = field(default_factory=dict)


@dataclass(frozen=True)
class Real:
    """Real figures by indicator, and what they say about figures that are not published.

    rows     columns region, period, value, yoy of the headline item; some tell a growth and no value
    implied  columns region, period, value: drawn figures must meet these, and are still told
    """

    rows: Mapping[str, pd.DataFrame]
    implied: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def at(self, code: str, region: int, keys: Keys) -> paths.Anchors:
        """Where in a calendar figures of a region are bound, and to what."""
        found = [rows[code] for rows in (self.rows, self.implied) if code in rows]
        if not found:
            return np.empty(0, dtype=np.int64), np.empty(0)
        rows = pd.concat([frame[["region", "period", "value"]].dropna() for frame in found])
        own = rows[rows["region"] == region].sort_values("period")
        place = np.searchsorted(keys, own["period"].to_numpy())
        inside = (place < len(keys)) & (keys[np.minimum(place, len(keys) - 1)] == own["period"].to_numpy())
        return place[inside].astype(np.int64), own["value"].to_numpy(dtype=np.float64)[inside]

    def also(self, told: list[tuple[str, int, int, float]]) -> "Real":
        """With more that is implied: indicator, region, period, value; what is bound already stays."""
        more = pd.DataFrame(told, columns=["code", "region", "period", "value"])
        implied = dict(self.implied)
        for code, rows in more.groupby("code"):
            name = str(code)
            before = [frame[name].dropna(subset="value") for frame in (self.rows, implied) if name in frame]
            bound = {pair for frame in before for pair in zip(frame["region"], frame["period"], strict=True)}
            free = [pair not in bound for pair in zip(rows["region"], rows["period"], strict=True)]
            kept = rows.loc[free, ["region", "period", "value"]].drop_duplicates(["region", "period"])
            implied[name] = pd.concat([*([implied[name]] if name in implied else []), kept])
        return Real(self.rows, implied)


def real_figures(frame: pd.DataFrame) -> Real:
    """The real figures that sample figures keep to: a frame with indicator, item, region, period, value, yoy."""
    kept = frame[(frame["item"] == TOTAL) & (frame["value"].notna() | frame["yoy"].notna())]
    columns = ["region", "period", "value", "yoy"]
    return Real({str(code): rows[columns].sort_values("period") for code, rows in kept.groupby("indicator")})


def bound(catalog: Catalog, tree: RegionTree, spec: Spec, real: Real, seed: int) -> Real:
    """The real figures with all that follows from them: bases of a year ago, wholes of shares, parts of sums."""
    codes = [code for code in spec.profiles if code in catalog.codes]
    real = real.also([row for code in codes for row in _bases(catalog.get(code), spec.profiles[code], real)])
    studio = _Studio(catalog, tree, spec, real, seed)
    real = real.also([row for code in codes for row in studio.wholes(code)])
    studio = _Studio(catalog, tree, spec, real, seed)
    return real.also([row for code in codes for row in studio.addends(code)])


def _bases(
    indicator: Indicator, profile: Mapping[str, Any], real: Real
) -> Iterator[tuple[str, int, int, float]]:
    """What a published growth says where amounts add up: the year before, or the level that was not printed."""
    rows = real.rows.get(indicator.code)
    if rows is None or str(indicator.agg_region) != "sum":
        return
    digits = max(decimals(indicator, profile), 0)
    grown = rows[rows["yoy"].notna() & (rows["yoy"] > -100)]
    level = rows.dropna(subset="value").set_index(["region", "period"])["value"]
    factor = 1 + grown["yoy"].to_numpy() / 100
    before = periods.year_before(grown["period"].to_numpy(dtype=np.int64))
    for region, period, base, value, times in zip(
        grown["region"], grown["period"], before, grown["value"], factor, strict=True
    ):
        if not np.isnan(value):
            yield indicator.code, int(region), int(base), round(value / times, digits)
        elif (region, base) in level.index:
            yield indicator.code, int(region), int(period), round(float(level[region, base]) * times, digits)


class _Studio:
    """Draws one indicator after another; those that others refer to come first."""

    def __init__(self, catalog: Catalog, tree: RegionTree, spec: Spec, real: Real, seed: int) -> None:
        self.catalog, self.tree, self.spec, self.real, self.seed = catalog, tree, spec, real, seed
        skip = set(spec.settings.get("skip_kinds", ()))
        self.root = tree.root
        self.counties = tree.children(tree.root, territories_only=True)
        self.own = parse_code(spec.settings["own_account"]) if spec.settings.get("own_account") else None
        towns = tree.at_level(Level.TOWN)
        self.towns = tuple(code for code in towns if tree.get(code).kind not in skip)
        self.county_of = np.array([self.counties.index(self._county(code)) for code in self.towns])
        self.town_weights = self._sizes()
        self.drawn: dict[str, Series] = {}

    def _county(self, town: int) -> int:
        return next(code for code in self.tree.ancestors(town) if code in self.counties)

    def _sizes(self) -> Figures:
        """How large each town is among those of its county: streets larger than rural townships."""
        chance = np.random.default_rng([self.seed, 1])
        size = {"subdistrict": 1.5, "town": 1.1, "township": 0.6}
        kind = np.array([size.get(self.tree.get(code).kind, 1.0) for code in self.towns])
        return np.asarray(kind * np.exp(chance.normal(0, 0.3, len(kind))))

    def chance(self, code: str) -> Chance:
        """The chance of one indicator, independent of all others and of their order."""
        return np.random.default_rng([self.seed, crc32(code.encode())])

    def calendar(self, indicator: Indicator) -> Calendar:
        """The periods to be drawn: two years back for what compares with the year before."""
        spec, frequency = self.spec, indicator.frequency
        first, last = date(spec.first.year - 1, 1, 1), spec.last
        if frequency in (Frequency.HOURLY, Frequency.REALTIME):
            first = last - timedelta(days=int(spec.settings["fine_days"]) - 1)
        elif frequency in (Frequency.DAILY, Frequency.WEEKLY):
            first = spec.first
        elif self.profile(indicator.code).get("ahead"):
            last = date(last.year, 12, 31)
        minutes = int(spec.settings["fine_minutes"])
        basis = "period" if indicator.basis == "cohort" else str(indicator.basis)
        keys = periods.calendar_keys(first, last, str(frequency), basis, indicator.jan_feb, minutes)
        return Calendar(keys, basis)

    def profile(self, code: str) -> Mapping[str, Any]:
        return self.spec.profiles[code]

    def series(self, code: str) -> Series:
        """The figures of an indicator, drawn when first asked for."""
        if code not in self.drawn:
            indicator = self.catalog.get(code)
            calendar = self.calendar(indicator)
            series = getattr(self, "_" + _kinds(self.profile(code))[0])(
                indicator, calendar, self.chance(code)
            )
            self.drawn[code] = self._with_items(code, series)
        return self.drawn[code]

    def of(self, code: str, calendar: Calendar) -> Series:
        """Another indicator on this calendar: per period the figure that stood at its end."""
        base = self.series(code)
        if len(base.calendar.keys) == len(calendar.keys) and (base.calendar.keys == calendar.keys).all():
            return base
        place = np.searchsorted(base.calendar.years, calendar.years + 1e-6, side="right") - 1
        if self.profile(code).get("ahead"):
            place = np.searchsorted(periods.years(base.calendar.keys), periods.years(calendar.keys))
        place = place.clip(0, len(base.calendar.keys) - 1)
        town = None
        if base.town is not None:
            behind = len(base.calendar.keys) - base.town.shape[1]
            town = base.town[:, (place - behind).clip(0)]
        return Series(calendar, base.city[place], base.county[:, place], town, base.own)

    # -- what real figures imply

    def wholes(self, code: str) -> Iterator[tuple[str, int, int, float]]:
        """The whole of which a real figure is the usual share."""
        profile = self.profile(code)
        if "share" not in profile or "of" not in profile or code not in self.real.rows:
            return
        whole = self.catalog.get(profile["of"])
        mine, other = self.calendar(self.catalog.get(code)), self.calendar(whole)
        share = self._usual_share(profile, mine)
        digits = max(decimals(whole, self.profile(whole.code)), 0)
        for region in (self.root, *self.counties, *((self.own,) if self.own else ())):
            for place, value in zip(*self.real.at(code, region, mine.keys), strict=True):
                stands = np.searchsorted(other.years, mine.years[place] + 1e-6, side="right") - 1
                if share[place] > 0 and stands >= 0:
                    yield whole.code, region, int(other.keys[stands]), round(value / share[place], digits)

    def addends(self, code: str) -> Iterator[tuple[str, int, int, float]]:
        """The addends of a real total: those that are not real share what the others leave."""
        names = self.profile(code).get("sum_of")
        if not names or code not in self.real.rows:
            return
        keys = self.calendar(self.catalog.get(code)).keys
        parts = [self.series(name) for name in names]
        digits = decimals(self.catalog.get(names[0]), self.profile(names[0]))
        for row, region in enumerate((self.root, *self.counties)):
            for place, value in zip(*self.real.at(code, region, keys), strict=True):
                known = [
                    dict(zip(*map(np.ndarray.tolist, self.real.at(name, region, keys)), strict=True))
                    for name in names
                ]
                usual = np.array(
                    [part.city[place] if not row else part.county[row - 1, place] for part in parts]
                )
                free = np.array([place not in real for real in known])
                left = np.array([max(value - sum(real.get(int(place), 0.0) for real in known), 0.0)])
                shared = paths.apportioned(left.round(max(digits, 0)), (usual * free)[:, None], digits)[:, 0]
                for name, open_, figure in zip(names, free, shared, strict=True):
                    if open_:
                        yield name, region, int(keys[place]), float(figure)

    # -- what stands by itself

    def _amount(self, indicator: Indicator, calendar: Calendar, chance: Chance) -> Series:
        """A city's amount, drawn through its real figures and shared out to counties and towns."""
        profile, digits = self.profile(indicator.code), decimals(indicator, self.profile(indicator.code))
        season = self.spec.seasons[profile.get("season", "flat")]
        stock = calendar.basis == "point"
        yearly = bool(profile.get("yearly"))
        path = paths.grown(calendar, profile["amount"], profile.get("grow", 3.0), season, stock, yearly)
        noise = profile.get("noise", 0.003 if digits and not yearly else 0.0)
        city = paths.uneven(chance, path, noise)
        along = Calendar(calendar.keys, "yearly") if yearly else calendar
        city = paths.moved(city, *self.real.at(indicator.code, self.root, calendar.keys), along)
        city = city.round(max(digits, 0))
        if indicator.lowest_level == "city":
            return self._grown(indicator, Series(calendar, city, np.empty((0, len(city)))), chance)
        county, own = self._to_counties(indicator, calendar, city, chance, noise)
        return self._finished(indicator, Series(calendar, city, county, own=own), chance, noise)

    def _to_counties(
        self, indicator: Indicator, calendar: Calendar, city: Figures, chance: Chance, noise: float
    ) -> tuple[Figures, bool]:
        """A city's figures shared out: by the weights of the profile, through the counties' real figures."""
        profile, digits = self.profile(indicator.code), decimals(indicator, self.profile(indicator.code))
        weights = np.array(self.spec.weights[profile.get("by", "people")])
        own = float(profile.get("own", 0.0)) if self.own is not None else 0.0
        shares = np.append(weights / weights.sum() * (1 - own), own) if own else weights / weights.sum()
        raw = paths.uneven(chance, city * shares[:, None], noise)
        regions = (*self.counties, self.own) if own else self.counties
        anchors = [self.real.at(indicator.code, region or 0, calendar.keys) for region in regions]
        along = Calendar(calendar.keys, "yearly") if profile.get("yearly") else calendar
        zones = self._zones(city, anchors)
        return paths.fitted(raw, (city - zones).round(max(digits, 0)), anchors, digits, along), bool(own)

    def _zones(self, city: Figures, anchors: list[paths.Anchors]) -> Figures:
        """What a city has beside its counties, zones of its own: known where all of them are, evenly between."""
        told = np.zeros((len(anchors), len(city)))
        known = np.zeros(told.shape, dtype=bool)
        for row, (places, values) in enumerate(anchors):
            told[row, places] = values
            known[row, places] = True
        full = np.flatnonzero(known.all(axis=0) & (city > 0))
        if not len(full):
            return np.zeros(len(city))
        beside = 1 - told.sum(axis=0)[full] / city[full]
        return np.asarray(city * np.interp(np.arange(len(city)), full, beside))

    def _count(self, indicator: Indicator, calendar: Calendar, chance: Chance) -> Series:
        """Things that happen: drawn county by county, and added up to the city."""
        profile = self.profile(indicator.code)
        weights = np.array(self.spec.weights[profile.get("by", "people")])
        season = self.spec.seasons[profile.get("season", "flat")]
        steps = Calendar(calendar.keys, "period" if calendar.basis == "ytd" else calendar.basis)
        if calendar.basis == "ytd":
            month = calendar.keys - periods.months(calendar.keys) + 1
            steps = Calendar(np.where(periods.months(calendar.keys) > 0, month, calendar.keys), "period")
        path = paths.grown(steps, profile["count"], profile.get("grow", 0.0), season, stock=False)
        if "weekend" in profile:
            path = path * paths.weekdays(calendar, profile["weekend"])
        expected = path * (weights / weights.sum())[:, None]
        if profile.get("steady"):
            county = paths.apportioned(np.rint(paths.uneven(chance, path, 0.015)), expected, 0)
        else:
            county = paths.counted(chance, expected, bool(profile.get("even")))
        if quiet := profile.get("quiet"):
            county[:, -quiet:] = 0
        if calendar.basis == "ytd":
            county = paths.accumulated(county, calendar.keys)
        series = Series(calendar, county.sum(axis=0), county)
        town_mean = float(expected.mean()) * len(self.counties) / max(len(self.towns), 1)
        scatter = 0.02 if profile.get("steady") else min(1.2, 1 / np.sqrt(town_mean + 0.1))
        return self._finished(indicator, series, chance, scatter)

    def _rate(self, indicator: Indicator, calendar: Calendar, chance: Chance) -> Series:
        """A level of its own in every region; the city's comes from its counties'."""
        profile, digits = self.profile(indicator.code), decimals(indicator, self.profile(indicator.code))
        years = calendar.years - 2025.5
        path = profile["rate"] + profile.get("trend", 0.0) * years
        if "season" in profile:
            sway = self.spec.seasons[profile["season"]][calendar.months - 1] - 1
            path = path * (1 + profile.get("sway", 1.0) * sway)
        if profile.get("quarterly"):
            path = path * np.array([0.27, 0.51, 0.755, 1.0])[calendar.months // 3 - 1]
        steady = 0.35 if profile.get("even") else 1.0
        return self._levels(indicator, calendar, path, chance, digits, steady)

    def _progress(self, indicator: Indicator, calendar: Calendar, chance: Chance) -> Series:
        """A rate of completion that grows with the year, some points ahead of the calendar."""
        profile = self.profile(indicator.code)
        elapsed = calendar.elapsed()
        path = 100 * elapsed + profile["progress"] * (elapsed < 1)
        return self._levels(indicator, calendar, path, chance, decimals(indicator, profile))

    def _levels(
        self,
        indicator: Indicator,
        calendar: Calendar,
        path: Figures,
        chance: Chance,
        digits: int,
        steady: float = 1.0,
    ) -> Series:
        profile = self.profile(indicator.code)
        low, high = profile.get("low", -np.inf), profile.get("high", _ceiling(indicator, profile))
        spread, wobble = profile.get("spread", 0.0), profile.get("wobble", 0.0)

        def around(rows: int, about: Figures, apart: float) -> Figures:
            offset = chance.uniform(-1.5, 1.5, (rows, 1)) * apart
            jitter = chance.uniform(-1.6, 1.6, (rows, about.shape[-1])) * wobble * steady
            return np.asarray((about + offset + jitter).clip(low, high))

        if indicator.lowest_level == "city":
            city = around(1, path, 0)[0]
            city = paths.pulled(city, *self.real.at(indicator.code, self.root, calendar.keys))
            return self._told(indicator, Series(calendar, city.round(digits), np.empty((0, len(city)))))
        usual = around(len(self.counties), path, spread).round(digits)
        for row, region in enumerate(self.counties):
            usual[row] = paths.pulled(usual[row], *self.real.at(indicator.code, region, calendar.keys)).round(
                digits
            )
        series = Series(calendar, np.empty(0), usual.copy())
        self._strike(indicator, series, self.counties, series.county, additive=False)
        if self._has_towns(indicator):
            width = self._town_width(indicator, calendar)
            extreme = "city" in profile
            about = (usual if extreme else series.county)[self.county_of, -width:]
            series.town = around(len(self.towns), about, spread / 2).round(digits)
            for row in range(len(self.counties)) if extreme else ():
                largest = np.flatnonzero(self.county_of == row)[
                    self.town_weights[self.county_of == row].argmax()
                ]
                struck = (series.county != usual)[row, -width:]
                series.town[largest, struck] = series.county[row, -width:][struck]
        series.city = self._city_level(indicator, series.county).round(digits)
        if not profile.get("city"):
            pulled = paths.pulled(series.city, *self.real.at(indicator.code, self.root, calendar.keys))
            series.city = pulled.round(digits)
        return series

    def _city_level(self, indicator: Indicator, county: Figures) -> Figures:
        how = self.profile(indicator.code).get("city", "mean")
        if how == "mean":
            return np.asarray(np.average(county, axis=0, weights=self.spec.weights["people"]))
        return np.asarray(county.max(axis=0) if how == "max" else county.min(axis=0))

    def _elapsed(self, indicator: Indicator, calendar: Calendar, chance: Chance) -> Series:
        """Days since 1 January on which something held; within the days of another such indicator."""
        profile = self.profile(indicator.code)
        held = chance.random((len(self.counties) + 1, len(calendar.keys))) < profile["elapsed"]
        if "of" in profile:
            base = self.series(profile["of"])
            held &= paths.stepped(np.vstack([base.city, base.county]), calendar.keys) > 0
        days = paths.accumulated(held.astype(np.float64), calendar.keys)
        return Series(calendar, days[0], days[1:])

    # -- what follows from others

    def _share(self, indicator: Indicator, calendar: Calendar, chance: Chance) -> Series:
        """A share of another indicator, at the lowest level; the levels above add up."""
        profile, digits = self.profile(indicator.code), decimals(indicator, self.profile(indicator.code))
        base = self.of(profile["of"], calendar)
        share = self._usual_share(profile, calendar)
        lacking = min(profile["share"], abs(1 - profile["share"]))
        offset = 1 + chance.uniform(-0.08, 0.08, (base.county.shape[0], 1)) * lacking / profile["share"]
        by_county = (share * offset).clip(0, 1.0 if profile["share"] <= 1 and not digits else None)
        plain = paths.whole_share(base.county, by_county, digits)
        struck = self._struck_shares(indicator, calendar, by_county.copy())
        county = np.where(struck == by_county, plain, (base.county * struck).round(max(digits, 0)))
        beside = (base.city - base.county.sum(axis=0)).round(6) if len(county) else base.city
        zones = (beside * share).round(max(digits, 0))
        drawn, county = county, self._met(indicator, calendar, base.own, county, zones)
        series = Series(calendar, np.empty(0), county.copy(), own=base.own)
        self._strike(indicator, series, self._rows(series), series.county, additive=True)
        if self._has_towns(indicator) and base.town is not None:
            width = min(self._town_width(indicator, calendar), base.town.shape[1])
            met = np.where(drawn > 0, county / np.where(drawn > 0, drawn, 1), 1.0)
            by_town = (by_county * met)[self.county_of, -width:]
            series.town = paths.whole_share(base.town[:, -width:], by_town, digits)
        series.city = (series.county.sum(axis=0) + zones).round(max(digits, 0))
        return self._grown(indicator, series, chance)

    def _usual_share(self, profile: Mapping[str, Any], calendar: Calendar) -> Figures:
        """The share that a profile tells, period by period."""
        share = profile["share"] + profile.get("trend", 0.0) * (calendar.years - 2025.5)
        if "progress" in profile:
            share = share * paths.ahead_of_time(calendar.elapsed(), profile["progress"])
        return np.asarray(share.clip(0, None))

    def _met(
        self, indicator: Indicator, calendar: Calendar, own: bool, county: Figures, zones: Figures
    ) -> Figures:
        """The counties' figures drawn through the real ones, their own and the city's."""
        regions = (*self.counties, self.own) if own else self.counties
        anchors = [self.real.at(indicator.code, region or 0, calendar.keys) for region in regions]
        city = self.real.at(indicator.code, self.root, calendar.keys)
        if not len(county) or not (len(city[0]) or any(len(places) for places, _ in anchors)):
            return county
        digits = decimals(indicator, self.profile(indicator.code))
        drawn = np.stack(
            [paths.moved(row, *real, calendar) for row, real in zip(county, anchors, strict=True)]
        )
        whole = paths.moved(drawn.sum(axis=0) + zones, *city, calendar) - zones
        return paths.fitted(county, whole.round(max(digits, 0)), anchors, digits, calendar)

    def _split(self, indicator: Indicator, calendar: Calendar, chance: Chance) -> Series:
        """One of the parts of a group that make up a total, in every region."""
        del chance
        profile = self.profile(indicator.code)
        group = [
            code
            for code, other in self.spec.profiles.items()
            if other.get("split") == profile["split"] and other.get("group") == profile["group"]
        ]
        base = self.series(profile["split"])
        digits, keys = decimals(indicator, profile), calendar.keys
        zones = (base.city - base.county.sum(axis=0)).round(digits)
        whole = np.vstack([base.county, zones])
        raw = np.stack([self._split_share(code, base) for code in group])
        raw = raw / raw.sum(axis=0) * whole
        of_city = [self.real.at(code, self.root, keys) for code in group]
        for part, real in enumerate(of_city):
            drawn = raw[part].sum(axis=0)
            raw[part] *= paths.moved(drawn, *real, calendar) / np.where(drawn > 0, drawn, 1)
        parts = np.stack(
            [
                paths.fitted(
                    raw[:, row],
                    whole[row],
                    [self.real.at(code, region or 0, keys) for code in group],
                    digits,
                    calendar,
                )
                for row, region in enumerate(self._rows(base))
            ]
            + [paths.apportioned(zones, raw[:, -1], digits)],
            axis=1,
        )
        number = group.index(indicator.code)
        city = paths.fitted(parts.sum(axis=1), base.city, of_city, digits, calendar)[number]
        series = Series(calendar, city.round(digits), parts[number, :-1], own=base.own)
        if self._has_towns(indicator):
            self._to_towns(indicator, series, series.county, self.chance(indicator.code), 0.003)
        return self._grown(indicator, series, self.chance(indicator.code))

    def _split_share(self, code: str, base: Series) -> Figures:
        profile = self.profile(code)
        rows = base.county.shape[0] + 1
        own = np.full(rows, profile["share"])
        own[: len(profile.get("shares", ()))] = profile.get("shares", ())
        season = self.spec.seasons[profile.get("season", "flat")].cumsum() / np.arange(1, 13)
        return np.asarray(own[:, None] * season[base.calendar.months - 1])

    def _sum_of(self, indicator: Indicator, calendar: Calendar, chance: Chance) -> Series:
        """A total of other indicators, in every region."""
        parts = [self.series(code) for code in self.profile(indicator.code)["sum_of"]]
        digits = decimals(indicator, self.profile(indicator.code))
        series = Series(
            calendar,
            np.sum([part.city for part in parts], axis=0).round(digits),
            np.sum([part.county for part in parts], axis=0).round(digits),
        )
        towns = [part.town for part in parts if part.town is not None]
        if len(towns) == len(parts):
            series.town = np.sum(towns, axis=0).round(digits)
        return self._grown(indicator, series, chance)

    def _step_of(self, indicator: Indicator, calendar: Calendar, chance: Chance) -> Series:
        """What a cumulative indicator gained in each period."""
        del chance
        base, digits = (
            self.series(self.profile(indicator.code)["step_of"]),
            decimals(indicator, self.profile(indicator.code)),
        )

        def steps(figures: Figures) -> Figures:
            return paths.stepped(figures, base.calendar.keys).round(digits)

        town = None if base.town is None else steps(base.town)
        return Series(calendar, steps(base.city), steps(base.county), town)

    def _lagged(self, indicator: Indicator, calendar: Calendar, chance: Chance) -> Series:
        """The comparable figures of the year before, as they were before anything happened to them."""
        del chance
        base = self.series(self.profile(indicator.code)["lagged"])
        plain = base.plain or base
        place = np.searchsorted(calendar.keys, periods.year_before(calendar.keys))
        real = place * (calendar.keys[place.clip(0, len(place) - 1)] == periods.year_before(calendar.keys))
        first = real == 0

        def before(figures: Figures) -> Figures:
            shifted = figures[..., real]
            return np.where(first & (np.arange(len(first)) > 0), np.nan, shifted)

        town = None if plain.town is None else before(plain.town)
        return Series(calendar, before(plain.city), before(plain.county), town)

    # -- towns, episodes, growth

    def _has_towns(self, indicator: Indicator) -> bool:
        fine = indicator.frequency in (Frequency.HOURLY, Frequency.REALTIME)
        return indicator.lowest_level in ("town", "village") and not fine

    def _town_width(self, indicator: Indicator, calendar: Calendar) -> int:
        """How many of the last periods towns report."""
        settings, width = self.spec.settings, len(calendar.keys)
        if indicator.frequency in (Frequency.DAILY, Frequency.WEEKLY):
            listed = indicator.code in settings["town_days_listed"]
            days = int(settings["town_days"] if listed else settings["town_days_others"])
            return min(width, days if indicator.frequency == Frequency.DAILY else days // 7)
        return width

    def _rows(self, series: Series) -> tuple[int, ...]:
        return (*self.counties, self.own) if series.own and self.own else self.counties

    def _finished(self, indicator: Indicator, series: Series, chance: Chance, scatter: float) -> Series:
        """Episodes, towns, the city as the sum of its parts, published growth."""
        digits = max(decimals(indicator, self.profile(indicator.code)), 0)
        before = (series.city, series.county.copy())
        self._strike(indicator, series, self._rows(series), series.county, additive=True)
        if indicator.code in self.spec.items:
            series.items = self._items(indicator, series)
        if self._has_towns(indicator):
            self._to_towns(indicator, series, before[1], chance, scatter)
        series.city = (before[0] + (series.county - before[1]).sum(axis=0)).round(digits)
        series.plain = Series(series.calendar, *before, town=series.town, own=series.own)
        return self._grown(indicator, series, chance)

    def _to_towns(
        self, indicator: Indicator, series: Series, plain: Figures, chance: Chance, scatter: float
    ) -> None:
        """Each county's figures shared out to its towns; the county may keep a part for its own offices.

        plain  the counties before the episodes; what these changed falls on the largest towns
        """
        profile, width = self.profile(indicator.code), self._town_width(indicator, series.calendar)
        digits, part = decimals(indicator, profile), profile.get("town_part", 1.0)
        keys, cumulative = series.calendar.keys[-width:], series.calendar.basis == "ytd"
        turn = periods.years(keys) - periods.years(keys).min(initial=9999) if cumulative else np.arange(width)
        town = np.zeros((len(self.towns), width))
        for row in range(len(self.counties)):
            inside = self.county_of == row
            size = self.town_weights[inside][:, None]
            weights = size * np.exp(chance.normal(0, scatter, (int(inside.sum()), width)))[:, turn]
            usual = (plain[row, -width:] * part).round(max(digits, 0))
            change = (series.county[row, -width:] * part).round(max(digits, 0)) - usual
            largest = np.repeat(size**8, width, axis=1)
            town[inside] = paths.apportioned(usual, weights, digits)
            town[inside] += np.sign(change) * paths.apportioned(abs(change), largest, digits)
        town = town.clip(0).round(max(digits, 0))
        series.town = paths.rising(town, keys) if cumulative else town

    def _window(self, effect: Mapping[str, Any], calendar: Calendar) -> NDArray[np.int64]:
        """The places of a calendar that an effect touches."""
        start = periods.Period(periods.read(effect["from"], "period"))
        last = (
            periods.Period(periods.read(effect["to"], "period")).key if "to" in effect else periods.NO_PERIOD
        )
        ends = calendar.keys // 1000
        first = periods.start_days([start.key])[0]
        within = periods.end_days(calendar.keys) >= first
        if start.span == periods.HOUR:
            within &= ends >= start.key // 1000
        if last:
            within &= ends <= last // 1000
        return np.flatnonzero(within)

    def _strike(
        self, indicator: Indicator, series: Series, regions: tuple[int, ...], figures: Figures, additive: bool
    ) -> None:
        """Do to the figures of counties what the episodes say."""
        digits = decimals(indicator, self.profile(indicator.code))
        for effect in self.spec.effects(indicator.code):
            region = parse_code(effect["region"])
            places = self._window(effect, series.calendar)
            if region not in regions or not len(places) or "item" in effect:
                continue
            row = figures[regions.index(region)]
            if "add" in effect:
                row[places] += effect["add"]
            elif "set" in effect:
                wanted = effect["set"] if isinstance(effect["set"], list) else [effect["set"]]
                row[places] = [wanted[min(n, len(wanted) - 1)] for n in range(len(places))]
            elif "to_share" in effect and additive:
                row[places] *= np.linspace(1, effect["to_share"], len(places) + 1)[1:]
            elif "pace" in effect and additive:
                before = row[places[0] - 1]
                row[places] = before + effect["pace"] * (row[places] - before)
            row[places] = row[places].round(max(digits, 0))

    def _struck_shares(self, indicator: Indicator, calendar: Calendar, shares: Figures) -> Figures:
        """The shares of counties after the episodes that fix a share."""
        for effect in self.spec.effects(indicator.code):
            if "share" in effect:
                row = self.counties.index(parse_code(effect["region"]))
                shares[row, self._window(effect, calendar)] = effect["share"]
        return shares

    def _items(self, indicator: Indicator, series: Series) -> dict[str, Figures]:
        """The breakdown of each county, struck by episodes; the county's total follows its items."""
        told = self.spec.items[indicator.code]
        names = list(told["parts"])
        chance = np.random.default_rng([self.seed, crc32(b"items"), crc32(str(told["dimension"]).encode())])
        shares = np.array(list(told["parts"].values()))
        tilt = np.exp(chance.normal(0, 0.15, (len(names), series.county.shape[0])))
        digits = decimals(indicator, self.profile(indicator.code))
        weights = shares[:, None] * tilt
        whole = series.county
        parts = np.stack(
            [
                paths.apportioned(
                    whole[row], np.repeat(weights[:, row : row + 1], whole.shape[1], axis=1), digits
                )
                for row in range(whole.shape[0])
            ],
            axis=1,
        )
        for effect in self.spec.effects(indicator.code):
            if "item" in effect:
                item = names.index(effect["item"].partition("=")[2])
                row, places = (
                    self.counties.index(parse_code(effect["region"])),
                    self._window(effect, series.calendar),
                )
                parts[item, row, places] *= np.linspace(1, effect["to_share"], len(places) + 1)[1:]
                parts[item, row] = parts[item, row].round(max(digits, 0))
                series.county[row, places] = parts[:, row, places].sum(axis=0).round(max(digits, 0))
        return {f"{told['dimension']}={name}": parts[n] for n, name in enumerate(names)}

    def _with_items(self, code: str, series: Series) -> Series:
        """A lagged or shared indicator with a breakdown takes that of the figures it follows."""
        if code in self.spec.items and not series.items:
            base = self.drawn.get(self.profile(code).get("lagged", ""))
            whole = np.nan_to_num(series.county)
            copy = Series(series.calendar, series.city, whole)
            source = self.catalog.get(code)
            series.items = self._items(source, copy)
            if base is not None:
                gap = np.isnan(series.county)
                series.items = {name: np.where(gap, np.nan, part) for name, part in series.items.items()}
        return series

    def _told(self, indicator: Indicator, series: Series) -> Series:
        self._strike(indicator, series, (self.root,), series.city[None], additive=False)
        return series

    def _grown(self, indicator: Indicator, series: Series, chance: Chance) -> Series:
        """Growth published beside the level: as the profile says, or computed from the levels drawn."""
        yoy = self.profile(indicator.code).get("yoy")
        if yoy is None:
            return series
        levels = np.vstack([series.city, series.county])
        keys = series.calendar.keys
        place = np.searchsorted(keys, periods.year_before(keys)).clip(0, len(keys) - 1)
        known = keys[place] == periods.year_before(keys)
        computed = np.where(known & (levels[:, place] > 0), 100 * (levels / levels[:, place] - 1), np.nan)
        if yoy == "computed":
            series.growth = computed.round(1)
        else:
            drift = chance.uniform(-0.2, 0.2, (levels.shape[0], 1)) + chance.uniform(-0.1, 0.1, levels.shape)
            series.growth = (yoy + drift).round(1)
        return series


def _ceiling(indicator: Indicator, profile: Mapping[str, Any]) -> float:
    """A percentage that stands below 100 stays there, unless the profile says otherwise."""
    return 100.0 if indicator.unit == "%" and profile.get("rate", 0) <= 100 else np.inf


def decimals(indicator: Indicator, profile: Mapping[str, Any]) -> int:
    """How many digits a figure is told with; 0 for what is counted."""
    if "digits" in profile:
        return int(profile["digits"])
    return {
        "亿元": 2, "万人": 2, "万吨": 2, "万元": 1, "万平方米": 2, "万平方米/月": 2, "万人次": 2, "万头": 2,
        "万次": 1, "万个": 2, "亩": 1, "%": 1, "‰": 2, "分": 1, "小时": 1,
    }.get(indicator.unit, 0)  # fmt: skip


# -- frames ------------------------------------------------------------------------------------------------


def generate(
    catalog: Catalog, tree: RegionTree, spec: Spec, real: Real, seed: int, without: Container[str] = ()
) -> Iterator[Frame]:
    """The sample figures, one indicator (and item) at a time; the same arguments give the same figures.

    real     real figures: drawn through, never repeated or replaced
    without  indicators that records give: not drawn
    yields   columns indicator, item (the text of a breakdown, empty for the total), region, period, value, yoy,
             status, reason, known_at (epoch seconds); preliminary vintages come before what replaced them
    """
    studio = _Studio(catalog, tree, spec, bound(catalog, tree, spec, real, seed), seed)
    for code in spec.profiles:
        if code in catalog.codes and code not in without and not catalog.get(code).derived:
            yield from _frames(studio, catalog.get(code))


def _frames(studio: _Studio, indicator: Indicator) -> Iterator[Frame]:
    series = studio.series(indicator.code)
    rows = _rows(studio, indicator, series)
    rows = rows[~_is_real(studio, indicator.code, rows)]
    yield from _vintages(studio, indicator, rows)
    for item, parts in series.items.items():
        regions = np.array(studio.counties)
        city = np.vstack([parts.sum(axis=0).round(6), parts])
        block = _block(studio, indicator, series, np.append(studio.root, regions), city)
        yield _frame(indicator, block, item)


def _block(
    studio: _Studio, indicator: Indicator, series: Series, regions: NDArray[np.int64], figures: Figures
) -> pd.DataFrame:
    """Rows of a matrix of figures, those in the wanted stretch of time that were released by then."""
    keys = series.calendar.keys[-figures.shape[1] :] if figures.shape[1] else series.calendar.keys[:0]
    known = _released(indicator, keys)
    ahead = bool(studio.profile(indicator.code).get("ahead"))
    wanted = (periods.years(keys) >= studio.spec.first.year) & (
        (known <= studio.spec.as_of.timestamp()) | ahead
    )
    place = np.flatnonzero(wanted)
    return pd.DataFrame(
        {
            "region": np.repeat(regions, len(place)),
            "period": np.tile(keys[place], len(regions)),
            "known_at": np.tile(np.minimum(known[place], int(studio.spec.as_of.timestamp())), len(regions)),
            "value": figures[:, place].ravel(),
            "yoy": np.nan,
        }
    ).dropna(subset="value")


def _rows(studio: _Studio, indicator: Indicator, series: Series) -> pd.DataFrame:
    """All rows of the headline figure, episodes that stop a feed applied."""
    counties = np.array(studio._rows(series))[: series.county.shape[0]]
    blocks = [_block(studio, indicator, series, counties, series.county)]
    additive = indicator.frequency == Frequency.DAILY and str(indicator.agg_region) == "sum"
    if not additive or not len(counties):
        blocks.append(_block(studio, indicator, series, np.array([studio.root]), series.city[None]))
    if series.growth is not None:
        grown = np.vstack([series.growth[1:], series.growth[:1]]) if len(blocks) > 1 else series.growth[1:]
        told = [_block(studio, indicator, series, np.append(counties, studio.root)[: len(grown)], grown)]
        growth = pd.concat(told).set_index(["region", "period"])["value"]
        rows = pd.concat(blocks, ignore_index=True)
        rows["yoy"] = growth.reindex(pd.MultiIndex.from_frame(rows[["region", "period"]])).to_numpy()
        blocks = [rows]
    if series.town is not None:
        blocks.append(_block(studio, indicator, series, np.array(studio.towns), series.town))
    rows = pd.concat(blocks, ignore_index=True)
    return _silenced(studio, indicator, series, rows)


def _silenced(studio: _Studio, indicator: Indicator, series: Series, rows: pd.DataFrame) -> pd.DataFrame:
    """Without the rows that episodes keep away, with the reasons of those that are missing."""
    rows["reason"] = None
    keep = np.ones(len(rows), dtype=bool)
    for effect in studio.spec.effects(indicator.code):
        if not {"absent", "missing"} & effect.keys():
            continue
        below = studio.tree.subtree(parse_code(effect["region"]))
        keys = series.calendar.keys[studio._window(effect, series.calendar)]
        hit = rows["region"].isin(below).to_numpy() & rows["period"].isin(keys).to_numpy()
        if "absent" in effect:
            keep &= ~hit
        else:
            rows.loc[hit, "reason"] = effect["missing"]
    chance = np.random.default_rng([studio.seed, 7, crc32(indicator.code.encode())])
    lost = chance.random(len(rows)) < float(studio.spec.settings["missing_share"])
    recent = rows["period"].to_numpy() >= series.calendar.keys[-min(3, len(series.calendar.keys))]
    lost &= ~recent & (rows["region"].to_numpy() != studio.root)
    reasons = np.array(studio.spec.settings["missing_reasons"], dtype=object)
    rows.loc[lost, "reason"] = chance.choice(reasons, int(lost.sum()))
    return rows[keep]


def _is_real(studio: _Studio, code: str, rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows would stand over a real figure."""
    real = studio.real.rows.get(code)
    if real is None or rows.empty:
        return np.zeros(len(rows), dtype=bool)
    taken = pd.MultiIndex.from_frame(real[["region", "period"]])
    return np.asarray(pd.MultiIndex.from_frame(rows[["region", "period"]]).isin(taken))


def _vintages(studio: _Studio, indicator: Indicator, rows: pd.DataFrame) -> Iterator[Frame]:
    """The rows; before them the preliminary values of those that were revised later."""
    slow = indicator.frequency in (Frequency.MONTHLY, Frequency.QUARTERLY, Frequency.YEARLY)
    if not (slow and indicator.system == "econ"):
        yield _frame(indicator, rows)
        return
    chance = np.random.default_rng([studio.seed, 11, crc32(indicator.code.encode())])
    month = 30 * 86400
    above = rows["region"].to_numpy() % 10**6 == 0
    revised = (chance.random(len(rows)) < float(studio.spec.settings["revised_share"])) & above
    revised &= rows["reason"].isna().to_numpy() & (rows["value"].to_numpy() != 0)
    later = rows["known_at"].to_numpy() + month
    revised &= later <= studio.spec.as_of.timestamp()
    digits = max(decimals(indicator, studio.profile(indicator.code)), 0)
    first = rows[revised].copy()
    first["value"] = (first["value"] * (1 + chance.uniform(-0.012, 0.012, len(first)))).round(digits)
    rows = rows.copy()
    rows["known_at"] = np.where(revised, later, rows["known_at"])
    if len(first):
        yield _frame(indicator, first)
    yield _frame(indicator, rows)


def _frame(indicator: Indicator, rows: pd.DataFrame, item: str = "") -> Frame:
    reasons = (
        rows["reason"].to_numpy(dtype=object) if "reason" in rows else np.full(len(rows), None, dtype=object)
    )
    missing = np.array([reason is not None for reason in reasons], dtype=bool)
    return {
        "indicator": indicator.code,
        "item": item,
        "region": rows["region"].to_numpy(dtype=np.int64),
        "period": rows["period"].to_numpy(dtype=np.int64),
        "value": np.where(missing, np.nan, rows["value"].to_numpy(dtype=np.float64)),
        "yoy": np.where(missing, np.nan, rows["yoy"].to_numpy(dtype=np.float64)),
        "status": np.where(missing, int(DataStatus.MISSING), int(DataStatus.SIMULATED)),
        "reason": reasons,
        "known_at": rows["known_at"].to_numpy(dtype=np.int64),
    }


def _released(indicator: Indicator, keys: Keys) -> NDArray[np.int64]:
    """When the figure of each period became known, in epoch seconds: at ten in the morning of its due day."""
    clock = keys // 1000 % 10**4
    minute = (clock // 100 * 60 + clock % 100 + 1) * 60
    end = periods.end_days(keys).astype("datetime64[s]").astype(np.int64) + minute
    local = int(LOCAL.utcoffset(None).total_seconds())
    wait = indicator.release.due_after
    if wait >= timedelta(days=1):
        wait -= timedelta(hours=14)
    return np.asarray(end - local + int(wait.total_seconds()), dtype=np.int64)


# -- into the store ----------------------------------------------------------------------------------------


class Progress(Protocol):
    """Told how far the filling is: rows written so far, and the indicator at hand."""

    def __call__(self, rows: int, indicator: str) -> None: ...


@dataclass(frozen=True)
class FillReport:
    """What a filling did; ``until`` is the moment at which the figures end, local midnight."""

    until: datetime
    rows: int
    indicators: int
    episodes: tuple[Episode, ...]
    written: WriteReport


def fill(
    store: ObservationStore,
    catalog: Catalog,
    tree: RegionTree,
    spec: Spec,
    *,
    seed: int,
    max_rows: int,
    actor: str,
    clock: Callable[[], datetime],
    without: Collection[str] = (),
    progress: Progress | None = None,
) -> FillReport:
    """Draw the sample figures and store them, in one load; repeated, it changes nothing.

    without  indicators that the records of the pack give: they are left to them
    raises  CockpitError (sample_too_large) when the spec gives more rows than ``max_rows``; nothing is stored
    """
    drawn = (seed, spec.settings, spec.profiles, spec.weights, spec.items, spec.episodes, sorted(without))
    digest = sha256(repr(("sample", *drawn)).encode()).hexdigest()
    before = next((load for load in store.loads() if load.digest == digest and not load.undone), None)
    if before is not None:
        return FillReport(spec.until, 0, 0, spec.episodes, WriteReport(before.id, repeated=True))
    real = real_figures(_standing(store, catalog, tree, spec))
    counted = _Counted(max_rows, progress)
    now = int(clock().astimezone(UTC).timestamp())
    with engines.transaction(store.engine) as connection:
        source = store.source_id(SOURCE, connection)

        def batches() -> Iterator[Frame]:
            for frame in generate(catalog, tree, spec, real, seed, without):
                counted.add(frame)
                item = store.item_id(frame["item"], "", connection)
                yield frame | {"item": item, "source": source}

        load = LoadInfo(digest, N_("模拟数据"), actor, now)
        written = store.write(batches(), load, connection)
    return FillReport(spec.until, counted.rows, len(counted.indicators), spec.episodes, written)


class _Counted:
    """Counts rows on their way, and stops what is too much."""

    def __init__(self, most: int, progress: Progress | None) -> None:
        self.rows, self.indicators = 0, set[str]()
        self._most, self._progress = most, progress

    def add(self, frame: Frame) -> None:
        self.rows += len(frame["period"])
        self.indicators.add(frame["indicator"])
        if self.rows > self._most:
            what, do = (
                N_("模拟数据超过 {most} 行"),
                N_("请减少 sample/spec.yaml 里的天数，或调高 sample.max_rows"),
            )
            raise CockpitError(Issue("sample_too_large", what, do, params={"most": self._most}))
        if self._progress:
            self._progress(self.rows, frame["indicator"])


def _standing(store: ObservationStore, catalog: Catalog, tree: RegionTree, spec: Spec) -> pd.DataFrame:
    """The real figures that the store already has for the codes and regions to be filled."""
    codes = tuple(code for code in spec.profiles if code in catalog.codes)
    first = periods.months_key(spec.first.year - 1, 1, 1)
    last = periods.months_key(spec.last.year + 1, 12, 12)
    frame = store.answer(Demand(codes, tree.subtree(tree.root), first, last)).frame()
    return frame[frame["status"] != int(DataStatus.SIMULATED)]
