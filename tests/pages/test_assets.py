"""What a browser loads: colours with enough contrast, letters that are there, few files and small ones."""

import re
from pathlib import Path

import brotli
import pytest
from fontTools.ttLib import TTFont

from pages._static import ASSETS
from pages._tokens import tokens
from services.texts import LOCALES

ROOT = Path(__file__).resolve().parents[2]
THEMES = ("dark", "light")
GROUNDS = ("ground", "surface", "raised")
WORDS = ("text", "quiet", "faint", "data", "red", "orange", "yellow", "blue")
MARKS = (
    "data",
    "data-2",
    "line-strong",
    "red",
    "orange",
    "yellow",
    "blue",
    *(f"cat-{n}" for n in range(1, 6)),
)
MASKS = ("#000", "#fff")
"""What a mask shows and hides; no colour on a screen."""

HEX = re.compile(r"#[0-9A-Fa-f]{3,8}\b")
CHINESE = re.compile(r"[\u3400-\u9fff]")

REGULAR, BOLD = (ASSETS / "fonts" / f"chengmai-sans-{weight}.woff2" for weight in ("regular", "bold"))


def channels(colour):
    return [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("word", WORDS)
def test_words_can_be_read_on_every_ground(theme, ground, word):
    assert contrast(tokens(theme)[word], tokens(theme)[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("mark", MARKS)
def test_marks_can_be_seen_on_every_ground(theme, ground, mark):
    assert contrast(tokens(theme)[mark], tokens(theme)[ground]) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("word", "ground"),
    [("on-data", "data"), *(("on-level", level) for level in ("red", "orange", "yellow", "blue"))],
)
def test_words_can_be_read_on_a_filled_mark(theme, word, ground):
    assert contrast(tokens(theme)[word], tokens(theme)[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_the_classes_of_a_map_grow_steadily_and_differ_from_no_data(theme):
    ramp = [luminance(tokens(theme)[f"ramp-{n}"]) for n in range(1, 6)]
    assert ramp in (sorted(ramp), sorted(ramp, reverse=True))
    steps = [contrast(tokens(theme)[f"ramp-{n}"], tokens(theme)[f"ramp-{n + 1}"]) for n in range(1, 5)]
    assert min(steps) >= 1.25


def test_both_themes_name_the_same_meanings():
    dark, light = (set(tokens(theme)) for theme in THEMES)
    assert dark == light


def test_colours_live_in_the_tokens_and_nowhere_else():
    strays = {}
    for file in [*ASSETS.glob("*.css"), *(ROOT / "pages").rglob("*.py"), *(ROOT / "services").rglob("*.py")]:
        if file.name == "tokens.css":
            continue
        text = re.sub(r"url\([^)]*\)", "", file.read_text(encoding="utf-8"))
        if found := [one for one in HEX.findall(text) if len(one) in (4, 7, 9) and one not in MASKS]:
            strays[file.name] = found
    assert not strays


def test_no_stylesheet_speaks_of_a_token_that_there_is_not():
    known = set(tokens("dark")) | {"icon", "level", "shape"}
    for file in (ROOT / "pages").rglob("*.py"):
        known |= set(re.findall(r'"--([a-z0-9-]+)"', file.read_text(encoding="utf-8")))
    for file in ASSETS.glob("*.js"):
        known |= set(re.findall(r'setProperty\("--([a-z0-9-]+)"', file.read_text(encoding="utf-8")))
    for file in ASSETS.glob("*.css"):
        text = file.read_text(encoding="utf-8")
        own = set(re.findall(r"--([a-z0-9-]+)\s*:", text))
        assert set(re.findall(r"var\(--([a-z0-9-]+)", text)) <= known | own, file.name


# ---- letters


@pytest.fixture(scope="module")
def regular():
    return set(TTFont(REGULAR).getBestCmap())


def test_every_character_of_the_interface_is_in_the_bundled_face(regular):
    words = "".join(file.read_text(encoding="utf-8") for file in sorted(LOCALES.rglob("*.po")))
    assert not {sign for sign in words if CHINESE.match(sign) and ord(sign) not in regular}


def test_every_region_of_every_pack_can_be_written(regular):
    names = "".join(
        file.read_text(encoding="utf-8") for file in sorted((ROOT / "packs").rglob("regions.csv"))
    )
    assert not {sign for sign in names if CHINESE.match(sign) and ord(sign) not in regular}


@pytest.mark.parametrize("file", [REGULAR, BOLD], ids=["regular", "bold"])
def test_digits_and_signs_of_numbers_are_there_and_of_one_width(file):
    font = TTFont(file)
    names = font.getBestCmap()
    widths = {font["hmtx"][names[ord(sign)]][0] for sign in "0123456789−+"}
    assert len(widths) == 1
    assert all(ord(sign) in names for sign in "0123456789−+,.%‰—\u202f")


def test_the_letters_keep_to_their_budget():
    assert REGULAR.stat().st_size + BOLD.stat().st_size <= 500_000


def test_the_licence_lies_beside_the_letters():
    assert "SIL Open Font License" in (ASSETS / "fonts" / "OFL.txt").read_text(encoding="utf-8")


# ---- scripts


def test_the_plotly_bundle_is_small_says_whose_it_is_and_asks_nobody_outside():
    script = (ASSETS / "vendor" / "plotly.min.js").read_text(encoding="utf-8")
    assert len(brotli.compress(script.encode(), quality=5)) <= 650_000
    assert "MIT" in script.splitlines()[0]
    assert "PlotlyGeoAssets" in script
    assert "zh-CN" in script
    assert not re.search(r"\beval\(|new Function\(", script)


def page_of(door):
    return door.get("/").get_data(as_text=True)


def addresses(page):
    """Every file that the page names; the icon is in the page itself."""
    return [one for one in re.findall(r'(?:src|href)="([^"]+)"', page) if not one.startswith("data:")]


def test_the_page_loads_few_files_all_of_them_ours(leader):
    found = addresses(page_of(leader))
    assert all(one.startswith("/") and not one.startswith("//") for one in found)
    assert len(found) <= 9
    assert sum("plotly" in one for one in found) == 1
    assert all(leader.get(one).status_code == 200 for one in found)


def test_dash_does_not_serve_its_own_plotly_beside_ours(leader):
    served = [one for one in addresses(page_of(leader)) if "plotly" in one]
    assert served[0].startswith("/static/")
    assert leader.get("/_dash-component-suites/plotly/package_data/plotly.min.js").status_code in (
        404,
        500,
    ) or ("plotly/package_data" not in page_of(leader))


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_files_go_out_compressed(leader, encoding):
    for address in addresses(page_of(leader)):
        if address.endswith((".js", ".css")):
            assert (
                leader.get(address, headers={"Accept-Encoding": encoding}).headers["Content-Encoding"]
                == encoding
            )


def test_a_browser_that_takes_no_compression_gets_the_plain_file(leader):
    style = next(one for one in addresses(page_of(leader)) if one.endswith(".css"))
    answer = leader.get(style, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in answer.headers
    assert b"--ground" in answer.data


def test_an_old_address_of_a_file_is_not_answered_with_the_new_one(leader):
    assert leader.get("/static/0000000000000000/cockpit.css").status_code == 404
    assert b"sqlite" not in leader.get("/static/0000000000000000/../config.yaml").data


def test_the_shell_leads_to_what_exists_and_nowhere_else(leader):
    text = leader.page("/").get_data(as_text=True)
    for path in set(re.findall(r'"href":"(/[a-z]*)', text)):
        assert leader.get(path).status_code == 200
