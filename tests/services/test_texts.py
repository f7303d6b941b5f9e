"""The reader's language: complete catalogues, numbers half up on their decimal text, periods by what they are."""

import ast
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from indicators.errors import Issue
from indicators.periods import day_key, instant_key, months_key, week_key
from indicators.units import rounded
from services.texts import LOCALES, MISSING, SOURCE, THIN, Texts, catalogue, languages

ROOT = Path(__file__).resolve().parents[2]
CODE = (
    "indicators",
    "data_access",
    "services",
    "pages",
    "app.py",
    "api.py",
    *sorted(file.name for file in Path(__file__).parents[2].glob("cli*.py")),
)
MARKERS = {"_", "N_", "t"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
FIELD = re.compile(r"\{(\w*)[^}]*\}")
OTHERS = [language for language in languages() if language != SOURCE]


def sources():
    for name in CODE:
        place = ROOT / name
        yield from sorted(place.rglob("*.py")) if place.is_dir() else [place] if place.exists() else []


def marked_texts():
    """Every message template that the code marks, with one place where it stands."""
    found = {}
    for file in sources():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                text = node.args[0].value
                if called in MARKERS and isinstance(text, str) and text:
                    found.setdefault(text, f"{file.relative_to(ROOT)}:{node.lineno}")
    for file in sorted((ROOT / "pages").rglob("*.html")):
        for text in re.findall(r"""\bt\(\s*["']([^"']+)["']""", file.read_text(encoding="utf-8")):
            found.setdefault(text, str(file.relative_to(ROOT)))
    return found


def fields(template):
    return set(FIELD.findall(template))


@pytest.mark.parametrize("language", OTHERS)
def test_every_marked_text_is_translated(language):
    known = catalogue(language)
    missing = {
        text: place for text, place in marked_texts().items() if text not in known and CHINESE.search(text)
    }
    assert not missing


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_left_of_a_text_that_is_gone(language):
    packs = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "packs").rglob("*.yaml"))
    unmarked = set(catalogue(language)) - set(marked_texts())
    assert not {text for text in unmarked if text not in packs}, "reasons that a pack gives are texts too"


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_names_no_field_that_its_template_does_not_fill(language):
    # A period may be written with other parts of the date; the fields it can use are all given.
    periods = {
        text
        for text, place in marked_texts().items()
        if place.startswith("services/texts.py") and "月" in text
    }
    wrong = {
        text: translated
        for text, translated in catalogue(language).items()
        if text not in periods and fields(translated) - fields(text)
    }
    assert not wrong


def test_the_same_text_is_translated_the_same_way_in_every_file():
    seen, torn = {}, []
    for file in sorted((LOCALES / "en").glob("*.po")):
        for text, translated in re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', file.read_text("utf-8"), re.M):
            if seen.setdefault(text, translated) != translated:
                torn.append((text, seen[text], translated))
    assert not torn


EXAMPLES = re.compile("亿元|万元|万人|[亿万]|年|月")
"""What is typed into files in Chinese, and is therefore shown so in an example."""


def test_english_sentences_hold_no_chinese_but_in_examples_of_what_is_typed():
    assert not [text for text in catalogue("en").values() if CHINESE.search(EXAMPLES.sub("", text))]


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [
        (3987.2, None, "3,987.2"),
        (2.675, 2, "2.68"),
        (1.005, 2, "1.01"),
        (0.5, 0, "1"),
        (-0.5, 0, "−1"),
        (-0.04, 1, "0.0"),
        (-3.0, None, "−3"),
        (7.0, 2, "7.00"),
        (1234567.891, None, "1,234,567.89"),
        (1e15, None, "1,000,000,000,000,000"),
        (-1e-20, None, "0"),
        (float("nan"), None, MISSING),
        (None, 1, MISSING),
        (float("-inf"), None, "−∞"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_numbers_are_printed_half_up_with_separators_and_a_real_minus(language, value, decimals, printed):
    assert Texts(language).number(value, decimals=decimals) == printed


def test_a_unit_never_breaks_away_from_its_number():
    assert Texts().number(3987.2, "亿元") == f"3,987.2{THIN}亿元"


def test_growth_is_printed_with_its_sign():
    texts = Texts()
    assert [texts.number(value, "%", 1, signed=True) for value in (7.04, -7.05, 0.0)] == [
        f"+7.0{THIN}%",
        f"−7.1{THIN}%",
        f"0.0{THIN}%",
    ]


def test_rounding_looks_at_the_decimal_text_and_never_gives_minus_zero():
    assert str(rounded(-0.0001, 2)) == "0.00"
    assert str(rounded(0.285, 2)) == "0.29"


@pytest.mark.parametrize(
    ("key", "frequency", "chinese", "english"),
    [
        (months_key(2023, 12, 12), "yearly", "2023年", "2023"),
        (months_key(2023, 12, 12), "quarterly", "2023年", "2023"),
        (months_key(2024, 6, 6), "monthly", "2024年1—6月 累计", "Jan–Jun 2024, year to date"),
        (months_key(2024, 6, 1), "monthly", "2024年6月", "Jun 2024"),
        (months_key(2024, 1, 1), "monthly", "2024年1月", "Jan 2024"),
        (months_key(2024, 2, 2), "monthly", "2024年1—2月", "Jan–Feb 2024"),
        (months_key(2024, 3, 3), "monthly", "2024年1—3月 累计", "Jan–Mar 2024, year to date"),
        (months_key(2024, 3, 3), "quarterly", "2024年第1季度", "Q1 2024"),
        (months_key(2024, 6, 3), "quarterly", "2024年第2季度", "Q2 2024"),
        (months_key(2024, 5, 2), "monthly", "2024年4—5月", "Apr–May 2024"),
        (months_key(2024, 2, 4), "monthly", "2023年11月—2024年2月", "Nov 2023 – Feb 2024"),
        (instant_key(2024, 6), "monthly", "2024年6月末", "end of Jun 2024"),
        (instant_key(2024, 12), "yearly", "2024年末", "end of 2024"),
        (day_key(date(2026, 10, 27)), "daily", "2026年10月27日", "27 Oct 2026"),
        (week_key(2024, 3), "weekly", "2024年第03周", "Week 03, 2024"),
        (week_key(2020, 53), "weekly", "2020年第53周", "Week 53, 2020"),
    ],
)
def test_a_period_is_called_by_what_it_is(key, frequency, chinese, english):
    assert Texts("zh").period(key, frequency) == chinese
    assert Texts("en").period(key, frequency) == english


def test_moments_are_on_the_citys_clock():
    at = int(datetime(2026, 10, 27, 20, 30, tzinfo=UTC).timestamp())
    assert Texts("zh").moment(at) == "2026年10月28日 04:30"
    assert Texts("en").moment(at) == "28 Oct 2026, 04:30"


@pytest.mark.parametrize(
    ("gone", "chinese", "english"),
    [
        (timedelta(seconds=30), "刚刚", "just now"),
        (timedelta(minutes=5), "5 分钟前", "5 min ago"),
        (timedelta(hours=49), "2 天前", "2 d ago"),
        (timedelta(days=800), "2 年前", "2 y ago"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(gone, chinese, english):
    now = datetime(2026, 11, 1, tzinfo=UTC)
    assert Texts("zh").age(now - gone, now) == chinese
    assert Texts("en").age(now - gone, now) == english


def test_an_issue_speaks_the_readers_language_with_its_values():
    issue = Issue("account_exists", "已有名为 {name} 的账号", "换一个账号名。", params={"name": "a{b}c"})
    assert Texts("zh").issue(issue) == "已有名为 a{b}c 的账号\n  换一个账号名。"
    assert Texts("en").issue(issue).startswith("There is already an account named a{b}c")


def test_a_text_without_translation_stays_as_it_is():
    assert Texts("en").t("没有人翻译过的话") == "没有人翻译过的话"


def test_adding_a_language_is_adding_a_folder(tmp_path):
    (tmp_path / "fr").mkdir()
    (tmp_path / "fr" / "words.po").write_text(
        'msgid ""\nmsgstr ""\n\nmsgid "正式"\nmsgstr "définitif"\n', "utf-8"
    )
    assert languages(tmp_path) == ("zh", "fr")
    assert catalogue("fr", tmp_path) == {"正式": "définitif"}
