"""Sample figures: they add up, keep to the real ones, come as late as real ones do, and tell their stories."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, create_engine

from data_access import packs
from data_access.engine import transaction
from data_access.observations import LoadInfo, ObservationStore, Source
from indicators import formula, periods
from indicators.aggregation import Demand
from indicators.catalog import Catalog, assemble, entries, layered
from indicators.definition import DataStatus
from indicators.errors import CockpitError
from indicators.regions import Level
from services import first_start, projects_figures, samples
from services.definitions import files_of
from services.samples import Real, Spec

PACK = packs.load_pack(Path(__file__).parents[2] / "packs" / "440900")
TREE = PACK.tree
CITY, DIANBAI, GAOZHOU, OWN = 440900000000, 440904000000, 440981000000, 440970000000
COUNTIES = TREE.children(CITY, territories_only=True)
NOTHING = Real({})
SEED = 440900
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def frame_of(frames: Iterable[samples.Frame]) -> pd.DataFrame:
    """All batches as one frame, in their order; texts as categories."""
    batches = list(frames)
    sizes = [len(batch["period"]) for batch in batches]
    columns = {
        name: np.concatenate([batch[name] for batch in batches])
        for name in batches[0]
        if name not in ("indicator", "item")
    }
    texts = {
        name: pd.Categorical(np.repeat(np.array([batch[name] for batch in batches], dtype=object), sizes))
        for name in ("indicator", "item")
    }
    return pd.DataFrame(texts | columns)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return assemble(layered(entries(files_of().sources())))


@pytest.fixture(scope="module")
def spec() -> Spec:
    return samples.read_spec(PACK.folder / "sample")


@pytest.fixture(scope="module")
def drawn(catalog: Catalog, spec: Spec) -> pd.DataFrame:
    return frame_of(samples.generate(catalog, TREE, spec, NOTHING, SEED))


@pytest.fixture(scope="module")
def final(drawn: pd.DataFrame) -> pd.DataFrame:
    """The figures that stand in the end, the headline items only."""
    total = drawn[drawn["item"] == ""]
    return total.drop_duplicates(["indicator", "region", "period"], keep="last")


def only(spec: Spec, *codes: str) -> Spec:
    """The spec with a few indicators only, and those that they follow."""
    wanted = set(codes)
    while True:
        profiles = [spec.profiles[code] for code in wanted]
        named = {p[word] for p in profiles for word in ("of", "split", "lagged", "step_of") if word in p}
        parts = {part for p in profiles for part in p.get("sum_of", ())}
        if wanted >= named | parts:
            return replace(spec, profiles={code: p for code, p in spec.profiles.items() if code in wanted})
        wanted |= named | parts


def wide(final: pd.DataFrame, codes: tuple[str, ...]) -> pd.DataFrame:
    """One column per indicator, one row per region and period where all of them have a value."""
    rows = {
        code: final[final["indicator"] == code].set_index(["region", "period"])["value"] for code in codes
    }
    return pd.concat(rows, axis=1).dropna()


# -- what is drawn -----------------------------------------------------------------------------------------


def test_every_collected_indicator_has_a_profile_and_no_derived_one_has(catalog: Catalog, spec: Spec) -> None:
    collected = {
        code
        for code in catalog.codes
        if not catalog.get(code).derived and catalog.get(code).lowest_level not in ("nation", "province")
    }
    assert spec.profiles.keys() <= collected
    of_records = {code for codes in first_start.OF_RECORDS.values() for code in codes}
    assert collected - spec.profiles.keys() <= of_records


def test_the_figures_stay_within_a_million_and_a_half_rows(drawn: pd.DataFrame) -> None:
    of_records = {code for codes in first_start.OF_RECORDS.values() for code in codes}
    assert 500_000 < int((~drawn["indicator"].isin(of_records)).sum()) <= 1_500_000


def test_the_same_seed_draws_the_same_figures(catalog: Catalog, spec: Spec) -> None:
    small = only(spec, "econ.fiscal.expenditure", "sign.gov.hot_total")
    once, again, other = (
        frame_of(samples.generate(catalog, TREE, small, NOTHING, seed)) for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(once, again)
    assert not once["value"].equals(other["value"])


def test_an_indicator_is_drawn_alike_whatever_stands_beside_it(
    catalog: Catalog, spec: Spec, drawn: pd.DataFrame
) -> None:
    alone = frame_of(samples.generate(catalog, TREE, only(spec, "econ.fin.loan"), NOTHING, SEED))
    among = drawn[drawn["indicator"] == "econ.fin.loan"].reset_index(drop=True)
    figures = ["region", "period", "value", "status", "known_at"]
    pd.testing.assert_frame_equal(alone[figures], among[figures])


def test_figures_reach_as_far_down_as_the_indicator_is_known(catalog: Catalog, final: pd.DataFrame) -> None:
    levels = {code: TREE.get(code).level for code in final["region"].unique()}
    deepest = (
        final.assign(level=final["region"].map(levels)).groupby("indicator", observed=True)["level"].max()
    )
    for code, level in deepest.items():
        indicator = catalog.get(str(code))
        fine = indicator.frequency in ("hourly", "realtime")
        expected = Level.parse(indicator.lowest_level)
        assert level == (min(expected, Level.COUNTY) if fine else expected), code


def test_every_ordinary_town_and_county_has_figures(final: pd.DataFrame) -> None:
    regions = set(final["region"])
    assert set(TREE.at_level(Level.COUNTY)) <= regions
    towns = {code for code in TREE.at_level(Level.TOWN) if TREE.get(code).kind != "farm_or_zone"}
    assert {code for code in regions if TREE.get(code).level == Level.TOWN} == towns


def test_the_figures_cover_their_stretch_of_time(final: pd.DataFrame, spec: Spec) -> None:
    ends = periods.end_days(final["period"].to_numpy())
    planned = final["indicator"].isin([c for c, p in spec.profiles.items() if p.get("ahead")]).to_numpy()
    assert ends.min() == np.datetime64("2023-01-01")
    assert ends[~planned].max() == np.datetime64("2026-10-31")
    assert spec.until.astimezone(UTC) == datetime(2026, 10, 31, 16, tzinfo=UTC)


def test_towns_have_thirteen_months_of_daily_figures(final: pd.DataFrame, spec: Spec) -> None:
    town = TREE.at_level(Level.TOWN, within=GAOZHOU)[0]
    rows = final[(final["region"] == town) & (final["indicator"] == "sign.gov.hot_total")]
    ends = periods.end_days(rows["period"].to_numpy())
    assert (ends.min(), ends.max()) == (np.datetime64("2025-10-01"), np.datetime64("2026-10-31"))
    assert set(spec.settings["town_days_listed"]) <= spec.profiles.keys()


def test_january_and_february_come_as_one_release(catalog: Catalog, final: pd.DataFrame) -> None:
    merged = [code for code in catalog.codes if catalog.get(code).jan_feb]
    rows = final[final["indicator"].isin(merged) & (final["region"] == CITY)]
    assert len(rows)
    assert 1 not in set(periods.end_months(rows["period"].to_numpy()))


def test_figures_are_known_after_their_period_and_not_after_the_day_of_the_sample(
    drawn: pd.DataFrame, spec: Spec
) -> None:
    planned = drawn["indicator"].isin([c for c, p in spec.profiles.items() if p.get("ahead")])
    local = 8 * 3600
    starts = periods.start_days(drawn["period"].to_numpy()).astype("datetime64[s]").astype(np.int64) - local
    assert (drawn["known_at"][~planned] > starts[~planned]).all()
    assert drawn["known_at"].max() <= spec.as_of.timestamp()
    lag = drawn["known_at"] - periods.end_days(drawn["period"].to_numpy()).astype("datetime64[s]").astype(int)
    assert (lag[drawn["indicator"] == "econ.gdp.total"] > 86400).all()


# -- they hold together ------------------------------------------------------------------------------------


def test_identities_hold_in_every_region_and_period(catalog: Catalog, final: pd.DataFrame) -> None:
    for identity in catalog.identities:
        table = wide(final, (identity.total, *identity.parts))
        gap = table[identity.total] - table[list(identity.parts)].sum(axis=1)
        assert len(table)
        assert gap.abs().max() <= identity.tolerance + 1e-9, identity.total


def test_counties_and_the_citys_own_account_make_the_city(catalog: Catalog, final: pd.DataFrame) -> None:
    additive = [
        code
        for code in catalog.codes
        if catalog.get(code).agg_region == "sum" and catalog.get(code).lowest_level != "city"
    ]
    kept = final[final["indicator"].isin(additive)]
    parts = {*TREE.children(CITY, territories_only=True), 440970000000}
    below = kept[kept["region"].isin(parts)].groupby(["indicator", "period"], observed=True)["value"]
    sums = below.sum()[below.count() == below.size()]
    counts = below.count()
    whole = counts == counts.groupby("indicator", observed=True).transform("max")
    city = kept[kept["region"] == CITY].set_index(["indicator", "period"])["value"]
    gap = (city - sums[whole.reindex(sums.index)]).dropna()
    assert len(gap) > 5_000
    assert gap.abs().max() < 1e-6


def test_items_add_up_to_their_total(drawn: pd.DataFrame, final: pd.DataFrame, spec: Spec) -> None:
    for code in spec.items:
        items = drawn[(drawn["indicator"] == code) & (drawn["item"] != "")]
        sums = items.groupby(["region", "period"])["value"].sum()
        total = final[final["indicator"] == code].set_index(["region", "period"])["value"]
        gap = (sums - total).dropna()
        assert len(gap)
        assert gap.abs().max() < 1e-6, code


def test_a_part_is_never_more_than_its_whole(final: pd.DataFrame, spec: Spec) -> None:
    parts = [
        (code, profile["of"])
        for code, profile in spec.profiles.items()
        if "of" in profile and profile.get("share", 2) <= 1 and "progress" not in profile
    ]
    for part, whole in parts:
        table = wide(final, (part, whole))
        assert (table[part] <= table[whole] + 1e-9).all(), part


def test_percentages_of_a_whole_stay_between_nought_and_a_hundred(
    catalog: Catalog, final: pd.DataFrame, spec: Spec
) -> None:
    rates = [
        code
        for code, profile in spec.profiles.items()
        if catalog.get(code).unit == "%" and profile.get("low", 0) >= 50 and profile.get("high", 100) == 100
    ]
    values = final[final["indicator"].isin(rates)]["value"].dropna()
    assert len(rates) > 10
    assert values.between(0, 100).all()


def test_figures_of_counted_things_are_whole(catalog: Catalog, final: pd.DataFrame) -> None:
    counted = [code for code in catalog.codes if catalog.get(code).unit in ("件", "起", "条", "户", "个")]
    values = final[final["indicator"].isin(counted)]["value"].dropna()
    assert (values % 1 == 0).all()


def test_running_totals_never_fall_within_a_year(catalog: Catalog, final: pd.DataFrame, spec: Spec) -> None:
    struck = {effect["indicator"] for episode in spec.episodes for effect in episode.effects}
    running = [
        code
        for code, profile in spec.profiles.items()
        if {"amount", "count"} & profile.keys() and catalog.get(code).basis == "ytd" and code not in struck
    ]
    rows = final[final["indicator"].isin(running)].dropna(subset="value").sort_values("period")
    year = rows["period"] // periods.YEAR
    steps = rows.groupby(["indicator", "region", year], observed=True)["value"].diff()
    assert (steps.dropna() >= -1e-9).all()


def test_missing_figures_say_why_and_status_is_simulated(drawn: pd.DataFrame) -> None:
    missing = drawn["status"] == int(DataStatus.MISSING)
    assert missing.any()
    assert drawn["reason"][missing].notna().all()
    assert drawn["value"][missing].isna().all()
    assert (drawn["status"][~missing] == int(DataStatus.SIMULATED)).all()


def test_some_preliminary_figures_are_revised(drawn: pd.DataFrame) -> None:
    total = drawn[drawn["item"] == ""]
    twice = total[total.duplicated(["indicator", "region", "period"], keep=False)]
    vintages = twice.groupby(["indicator", "region", "period"], observed=True)["known_at"].agg(
        ["first", "last", "size"]
    )
    assert len(vintages) > 100
    assert (vintages["size"] == 2).all()
    assert (vintages["first"] < vintages["last"]).all()


# -- real figures ------------------------------------------------------------------------------------------


def test_paths_run_through_the_real_figures_and_never_repeat_them(catalog: Catalog, spec: Spec) -> None:
    year = periods.months_key(2023, 12, 12)
    half = periods.months_key(2023, 6, 6)
    known = [("econ.gdp.total", CITY, half, 1831.23), ("econ.gdp.total", CITY, year, 3987.22),
             ("econ.gdp.total", GAOZHOU, year, 764.15)]  # fmt: skip
    rows = pd.DataFrame(known, columns=["indicator", "region", "period", "value"]).assign(item=0, yoy=np.nan)
    real = samples.real_figures(rows)
    small = only(spec, "econ.gdp.total")
    frame = frame_of(samples.generate(catalog, TREE, small, real, SEED))
    cells = frame.drop_duplicates(["region", "period"], keep="last").set_index(["region", "period"])["value"]
    assert not {(region, period) for _, region, period, _ in known} & set(cells.index)
    others = [code for code in TREE.children(CITY, territories_only=True) if code != GAOZHOU]
    assert sum(cells[code, year] for code in others) + 764.15 == pytest.approx(3987.22, abs=0.011)
    assert cells[CITY, periods.months_key(2023, 9, 9)] == pytest.approx(2830, rel=0.05)


@pytest.fixture(scope="module")
def told(published: Path, catalog: Catalog) -> pd.DataFrame:
    """The published figures of the pack, as a filling finds them."""
    engine = create_engine(f"sqlite:///{published}")
    first, last = periods.months_key(2021, 1, 1), periods.months_key(2027, 12, 12)
    demand = Demand(tuple(sorted(catalog.codes)), TREE.subtree(CITY), first, last)
    frame = ObservationStore(engine).answer(demand).frame()
    engine.dispose()
    return frame


@pytest.fixture(scope="module")
def merged(told: pd.DataFrame, catalog: Catalog, spec: Spec) -> pd.DataFrame:
    """Published and drawn figures side by side, city and counties; ``real`` marks the published ones."""
    frame = frame_of(samples.generate(catalog, TREE, spec, samples.real_figures(told), SEED))
    drawn = frame[frame["item"] == ""].drop_duplicates(["indicator", "region", "period"], keep="last")
    both = pd.concat([told[told["item"] == 0].assign(real=True), drawn.assign(real=False)])
    return both[both["region"].isin((CITY, OWN, *COUNTIES))].astype({"indicator": str})


def test_identities_hold_where_published_and_drawn_figures_meet(
    catalog: Catalog, merged: pd.DataFrame
) -> None:
    met = 0
    for identity in catalog.identities:
        codes = (identity.total, *identity.parts)
        table = wide(merged, codes)
        gap = table[identity.total] - table[list(identity.parts)].sum(axis=1)
        assert gap.abs().max() <= identity.tolerance + 1e-9, identity.total
        real = merged[merged["real"] & merged["indicator"].isin(codes)]
        met += len(table.index.intersection(pd.MultiIndex.from_frame(real[["region", "period"]])))
    assert met > 20


def test_a_published_growth_fits_the_drawn_figure_of_the_year_before(
    catalog: Catalog, merged: pd.DataFrame
) -> None:
    level = merged.set_index(["indicator", "region", "period"])["value"]
    compared = 0
    for row in merged[merged["real"] & merged["value"].notna() & merged["yoy"].notna()].itertuples():
        before = (row.indicator, row.region, row.period - 10**11)
        if str(catalog.get(str(row.indicator)).agg_region) == "sum" and before in level.index:
            assert 100 * (row.value / level[before] - 1) == pytest.approx(row.yoy, abs=0.15), before
            compared += 1
    assert compared >= 12


def test_counties_own_account_and_zones_make_the_city_evenly(merged: pd.DataFrame) -> None:
    revenue = merged[merged["indicator"] == "econ.fiscal.revenue"]
    table = revenue.pivot(index="period", columns="region", values="value").dropna()
    zones = 1 - table[[OWN, *COUNTIES]].sum(axis=1) / table[CITY]
    assert len(table) > 30
    assert zones.between(0.024, 0.031).all()


def test_ratios_go_evenly_past_a_published_figure(catalog: Catalog, merged: pd.DataFrame) -> None:
    real = merged[merged["real"] & merged["value"].notna()]
    ratios = 0
    for code in sorted(catalog.codes):
        indicator = catalog.get(code)
        if indicator.formula is None or str(indicator.agg_region) != "ratio_of_sums":
            continue
        tree = catalog.compiled(code)
        inputs = formula.references(tree)
        touched = real[real["indicator"].isin(inputs)]
        table = wide(merged, inputs).sort_index()
        if touched.empty or table.empty or indicator.frequency not in ("monthly", "quarterly"):
            continue
        values = formula.evaluate(tree, {name: table[name].to_numpy() for name in inputs})
        ratio = pd.Series(values, table.index).groupby(level="region")
        year = pd.Series(table.index.get_level_values("period") // periods.YEAR, table.index)
        same = year.groupby(level="region").diff() == 0
        step = (ratio.pct_change()).abs()[same]
        step = step[np.isfinite(step)]
        at = step.index.isin(pd.MultiIndex.from_frame(touched[["region", "period"]]))
        near = at | np.roll(at, 1)
        if not near.any():
            continue
        assert step[near].max() <= 1.3 * step[~near].max(), code
        ratios += 1
    assert ratios >= 5


# -- stories -----------------------------------------------------------------------------------------------


def test_a_dozen_episodes_are_told_in_both_languages(spec: Spec) -> None:
    assert len(spec.episodes) >= 12
    assert len({episode.id for episode in spec.episodes}) == len(spec.episodes)
    for episode in spec.episodes:
        assert episode.effects or (PACK.folder / "sample" / f"{episode.records}.yaml").exists()
        assert any("\u4e00" <= sign <= "\u9fff" for sign in episode.zh)
        assert episode.en.isascii()


def test_every_episode_shows_in_its_region_and_time(
    catalog: Catalog, spec: Spec, drawn: pd.DataFrame
) -> None:
    struck = {effect["indicator"] for episode in spec.episodes for effect in episode.effects}
    quiet = replace(only(spec, *struck), episodes=())
    calm = frame_of(samples.generate(catalog, TREE, quiet, NOTHING, SEED))
    keys = ["indicator", "item", "region", "period"]
    both = [
        frame[frame["indicator"].isin(struck)]
        .astype({"indicator": str, "item": str})
        .drop_duplicates(keys, keep="last")
        .set_index(keys)["value"]
        for frame in (drawn, calm)
    ]
    told, usual = both[0].align(both[1])
    differ = told.ne(usual) & ~(told.isna() & usual.isna())
    changed = {(code, region) for code, _, region, _ in differ[differ].index}
    for episode in spec.episodes:
        for effect in episode.effects:
            assert (effect["indicator"], TREE.parse(effect["region"])) in changed, episode.id


def test_the_collapse_is_as_large_as_it_is_told(final: pd.DataFrame) -> None:
    october = periods.months_key(2026, 10, 10)

    def figure(code: str, region: int, key: int) -> float:
        found = final[(final["indicator"] == code) & (final["region"] == region) & (final["period"] == key)]
        return float(found["value"].iloc[0])

    growth = 100 * figure("econ.ind.output", 440982000000, october) / figure(
        "econ.ind.output_base", 440982000000, october
    ) - 100  # fmt: skip
    assert growth < 0


# -- the spec and the store --------------------------------------------------------------------------------


def test_a_profile_without_a_kind_is_refused_by_name(tmp_path: Path) -> None:
    for name in ("spec", "profiles", "episodes"):
        text = (PACK.folder / "sample" / f"{name}.yaml").read_text(encoding="utf-8")
        text = text.replace("{elapsed: 0.996}", "{noise: 0.1}")
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CockpitError) as refused:
        samples.read_spec(tmp_path)
    assert [issue.params["code"] for issue in refused.value.issues] == ["sign.env.days"]


def filled(engine: Engine, catalog: Catalog, spec: Spec, max_rows: int = 100_000) -> samples.FillReport:
    small = only(spec, "econ.gdp.total", "econ.fin.loan", "econ.power.total")
    store = ObservationStore(engine)
    return samples.fill(
        store, catalog, TREE, small, seed=SEED, max_rows=max_rows, actor="init", clock=lambda: NOW
    )


def test_filling_twice_changes_nothing(engine: Engine, catalog: Catalog, spec: Spec) -> None:
    first, second = filled(engine, catalog, spec), filled(engine, catalog, spec)
    assert first.written.inserted > 1000
    assert first.written.corrected > 0
    assert second.written.repeated
    assert second.written.load == first.written.load


def test_nothing_simulated_stands_over_a_real_figure(engine: Engine, catalog: Catalog, spec: Spec) -> None:
    store, year = ObservationStore(engine), periods.months_key(2023, 12, 12)
    with transaction(engine) as connection:
        source = store.source_id(Source("公报", "https://example.org"), connection)
        rows = {"indicator": "econ.gdp.total", "region": [CITY], "period": [year], "value": [3987.22]}
        store.write(rows | {"source": source}, LoadInfo("real", "real", "init", 0), connection)
    report = filled(engine, catalog, spec)
    answer = store.answer(Demand(("econ.gdp.total",), (CITY,), year, year))
    assert answer.column("value").tolist() == [3987.22]
    assert answer.column("status").tolist() == [int(DataStatus.UNSTATED)]
    assert report.written.refused_simulated == 0


def test_too_many_rows_are_refused_and_nothing_is_stored(
    engine: Engine, catalog: Catalog, spec: Spec
) -> None:
    with pytest.raises(CockpitError) as refused:
        filled(engine, catalog, spec, max_rows=100)
    assert refused.value.key == "sample_too_large"
    assert ObservationStore(engine).loads() == []


def test_what_records_give_is_not_drawn(engine: Engine, catalog: Catalog, spec: Spec) -> None:
    small = only(spec, "econ.gdp.total", "proj.count")
    store = ObservationStore(engine)
    filled = samples.fill(
        store, catalog, TREE, small, seed=SEED, max_rows=100_000, actor="init", clock=lambda: NOW,
        without=set(projects_figures.FIGURES),
    )  # fmt: skip
    assert filled.indicators == 1
    assert len(store.latest(["proj.count"], [CITY])) == 0
    assert len(store.latest(["econ.gdp.total"], [CITY])) == 1
