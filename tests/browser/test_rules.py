"""What drives a warning (story A1.4), and rules that cry wolf (story C4), in a real browser and on the whole sample."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from data_access.config import load_settings
from indicators.regions import Level
from services import bootstrap
from services.access import SYSTEM
from services.answers import Question
from services.bootstrap import Services
from services.drivers_views import DriversView
from tests.browser.conftest import Reader, drawn

Who = Callable[[str], Reader]
LANGUAGES = ("zh", "en")
NARROW = 390
SLOW = 20_000
GAOZHOU, HUAZHOU = 440981000000, 440982000000
COMPLETION, OUTPUT = "proj.invest.completion_rate", "econ.ind.output_growth"
NOISY = "sign.gov.hot_repeat_rate"


@pytest.fixture(scope="module")
def sample(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Services:
    """The services on a copy of the store that a first start leaves."""
    folder = tmp_path_factory.mktemp("sample")
    for file in filled.parent.glob(f"{filled.name}*"):
        shutil.copy(file, folder / file.name.replace(filled.name, "city.db"))
    return bootstrap.build(load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{folder / 'city.db'}"}))


def of(sample: Services, code: str, region: int) -> DriversView:
    (alert,) = (one for one in sample.alerts.open_alerts(SYSTEM, (region,)) if one.rule == code)
    return sample.drivers.of(SYSTEM, alert.id, "zh")


def test_every_open_warning_is_taken_apart_or_says_why_not(sample: Services) -> None:
    standing = sample.alerts.open_alerts(SYSTEM)
    assert len(standing) > 100
    # of the townships, which have nothing below them, one warning of each rule stands for all
    kinds = {(one.rule, one.region if one.region_level < Level.TOWN else Level.TOWN): one for one in standing}
    for alert in kinds.values():
        view = sample.drivers.of(SYSTEM, alert.id, "zh")
        assert view.sentence.endswith("。"), alert.id
        assert {split.by for split in view.splits} == {"regions", "components", "items"}
        for split in view.splits:
            if split.adds_up:
                total = sum(row.contribution or 0.0 for row in split.rows)
                assert total == pytest.approx(split.total, abs=1e-6, rel=1e-9), (alert.id, split.by)
            else:
                assert split.reason, (alert.id, split.by)


def test_the_planted_episodes_are_explained_by_what_was_planted(sample: Services) -> None:
    completion = of(sample, COMPLETION, GAOZHOU)
    done, plan = "proj.invest.ytd", "proj.invest.year_plan"
    answer = sample.query.ask(
        SYSTEM, Question((done, plan, COMPLETION), (GAOZHOU,), periods=(completion.period,))
    )
    value = {line.indicator: line.value or 0.0 for line in answer}
    assert value[COMPLETION] == pytest.approx(
        100 * value[done] / value[plan]
    )  # the sum over the sum, no mean of rates
    regions = completion.split("regions")
    assert regions is not None
    assert regions.total == pytest.approx(value[COMPLETION] - 100 * 10 / 12, abs=1e-6)
    assert regions.rows[0].driving
    assert regions.rows[0].name in completion.sentence
    items = of(sample, OUTPUT, HUAZHOU).split("items")
    assert items is not None
    assert [row.name for row in items.rows if row.driving] == ["化学原料和化学制品"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_leader_sees_which_towns_and_parts_drive_a_warning(who: Who, language: str) -> None:
    page = who("leader").page(
        f"/warnings?region={GAOZHOU}&filter=q:{'年度投资完成率' if language == 'zh' else 'completion'}&lang={language}"
    )
    page.locator(f"a[href*='/warning/{COMPLETION}:{GAOZHOU}:']").first.click()
    panel = page.locator(".drivers-panel")
    expect(panel.locator(".drivers-sentence")).to_contain_text(
        "比时序进度慢" if language == "zh" else "behind the schedule"
    )
    towns = panel.locator(".drivers-regions")
    gap = [
        number(text)
        for text in towns.locator(".table-box").first.locator("tbody .swing-cell").all_inner_texts()
    ]
    assert gap == sorted(gap)  # the town that adds most to the gap comes first
    parts = panel.locator(".drivers-components tbody tr")
    expect(parts).to_have_count(2)
    led = panel.locator(".drivers-leading li")
    assert led.count() >= 3
    page.set_viewport_size({"width": NARROW, "height": 844})
    expect(page.locator("html")).to_have_js_property("scrollWidth", NARROW)


def number(text: str) -> float:
    """A signed number as it is printed."""
    return float(text.strip().replace("−", "-").replace("+", "").replace(",", ""))


WORDS = {
    "zh": {"propose": "提出修改", "muted": "已静默", "withdraw": "撤回"},
    "en": {"propose": "Propose a change", "muted": "Muted", "withdraw": "Withdraw"},
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rule_that_cries_wolf_is_looked_at_muted_and_changed_by_proposal(who: Who, language: str) -> None:
    words = WORDS[language]
    page = who("editor").page(f"/rules?lang={language}")
    first = page.locator(".rules-table tbody tr").first
    shares = [number(t.split("%")[0]) for t in page.locator(".rule-over .rule-noise").all_inner_texts()]
    assert shares == sorted(shares, reverse=True)
    assert min(shares) > 20
    expect(first.locator(".rule-reasons li").first).to_contain_text(re.compile(r"\d"))
    page.locator(f"tr[data-rule='{NOISY}'] .rule-name").click()
    drawn(page)
    bound = page.locator("#bound-blue")
    bound.fill(str(float(bound.input_value()) + 1))
    page.locator(".rule-form button[type=submit]").click()
    page.wait_for_url(re.compile("filter="))
    drawn(page)
    form = page.locator(".propose-form")
    form.locator("textarea[name=reason]").fill("基数小，个别件即超线")
    form.locator("select[name=mute]").select_option("7")
    form.get_by_role("button", name=words["propose"]).click()
    proposal = page.locator(".panel-propose .proposal:not(.proposal-withdrawn)")
    expect(proposal).to_have_count(1, timeout=SLOW)
    try:
        expect(proposal).to_contain_text("基数小，个别件即超线")
        expect(proposal.locator(".proposal-trial")).to_contain_text(re.compile(r"\d"))
        seen = who("leader").page(f"/rules?lang={language}")  # everybody sees that it is muted
        expect(seen.locator(f"tr[data-rule='{NOISY}']")).to_contain_text(words["muted"])
        listed = who("leader").page("/warnings?filter=q:12345重复诉求率&lang=zh")
        expect(
            listed.locator(".warning .badge-silenced, .badge").filter(has_text="静默").first
        ).to_be_visible()
    finally:
        withdrawn(page, words)
    expect(page.locator(".panel-propose .proposal-withdrawn").first).to_be_visible(timeout=SLOW)
    expect(page.locator(".panel-propose .notice")).to_have_count(0)


def withdrawn(page: Page, words: dict[str, str]) -> None:
    """The proposal is taken back, and its mute with it."""
    box = page.locator(".panel-propose .withdraw").first
    box.locator("summary").click()
    box.locator("textarea[name=why]").fill("先不改")
    box.get_by_role("button", name=words["withdraw"], exact=True).click()
