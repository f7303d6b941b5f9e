"""Cut the bundled fonts down to the characters that the cockpit shows, and write assets/fonts/.

    .venv/bin/python scripts/build_fonts.py [FOLDER OF NotoSansCJK-*.ttc]

Run it when words in a new script or many new characters come in; the result is committed, since a machine that runs
the cockpit has neither the sources nor the tools. The regular face holds every character of the interface, the
catalogue and the packs; the bold face holds numbers and the commonest characters of titles and names, and a browser
thickens the regular face for the others. What is in neither is set in the reader's own system font.
"""

import io
import re
import sys
from collections import Counter
from pathlib import Path

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

ROOT = Path(__file__).resolve().parent.parent
SOURCE = Path("/usr/share/fonts/opentype/noto")
TARGET = ROOT / "assets" / "fonts"
SIMPLIFIED = 2
"""The face for simplified Chinese in the collections of Noto Sans CJK."""

BUDGET = 500_000
"""Bytes of both faces together."""

NARROW_SPACES = (0x2009, 0x202F)
"""Between a number and its unit; Noto Sans CJK has neither."""

NARROW = 200
"""Their width, in thousandths of the type size."""

DOT, DOT_WIDTH = 0xB7, 300
"""The dot that separates facts; as wide as a Chinese character it would tear a line apart."""

BASIC = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)])) + (
    "–—―‘’“”…‰′″←↑→↓↗↘−×÷≈≠≤≥±∞·•■□▲△▼▽◆◇○●★☆、。〈〉《》「」『』【】〔〕！（），：；？％＋－／～￥"
    "\u2002\u2003\u2009\u200a\u202f"
)
BOLD_CHARACTERS = 560
"""How many Chinese characters the bold face has: those that names and titles use most."""

TOLERANCE = 2.0
"""How far a curve may stray when it is made quadratic, in thousandths of the type size: quadratic outlines are smaller."""

LIMITS = (
    "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
    "maxSizeOfInstructions", "maxComponentElements", "maxPoints", "maxContours", "maxCompositePoints",
    "maxCompositeContours", "maxComponentDepth",
)  # fmt: skip

TEXTS = ("app.py", "api.py", "cli.py", "pages", "services", "indicators", "data_access", "locales", "packs")
ENDINGS = {".py", ".html", ".po", ".yaml", ".yml", ".csv", ".md"}
TITLES = re.compile(r"^\s*-?\s*(?:name_zh|name|short|unit|zh)\s*:\s*(.+)$|^msgid \"(.+)\"$", re.M)
CHINESE = re.compile(r"[\u3007\u3400-\u9fff]")


def files():
    """Every file whose text may come to a screen."""
    for name in TEXTS:
        place = ROOT / name
        found = [place] if place.is_file() else sorted(place.rglob("*"))
        yield from (file for file in found if file.suffix in ENDINGS)


def characters():
    """How often each character occurs, and which occur in names and titles."""
    everywhere, titles = Counter(), Counter()
    for file in files():
        text = file.read_text(encoding="utf-8", errors="ignore")
        everywhere.update(text)
        for match in TITLES.finditer(text):
            titles.update(match[1] or match[2])
        if file.name == "regions.csv":
            titles.update(text)
    return everywhere, titles


def face(weight: str, wanted: set[str]) -> bytes:
    """One face with these characters only, as WOFF2."""
    font = TTFont(
        Path(sys.argv[1] if len(sys.argv) > 1 else SOURCE) / f"NotoSansCJK-{weight}.ttc",
        fontNumber=SIMPLIFIED,
    )
    options = subset.Options(
        layout_features=["kern", "locl", "ccmp"],
        hinting=False,
        notdef_outline=True,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        drop_tables=["vhea", "vmtx", "VORG", "DSIG", "BASE"],
    )
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(wanted))
    cutter.subset(font)
    quadratic(font)
    out = io.BytesIO()
    font.flavor = "woff2"
    font.save(out)
    return out.getvalue()


def quadratic(font: TTFont) -> None:
    """Turn the outlines into quadratic curves, as TrueType has them, and add the narrow spaces."""
    glyphs, order, drawn = font.getGlyphSet(), [*font.getGlyphOrder()], {}
    for name in order:
        pen = TTGlyphPen(glyphs)
        glyphs[name].draw(Cu2QuPen(pen, TOLERANCE, reverse_direction=True))
        drawn[name] = pen.glyph()
    order.append("narrowspace")
    drawn["narrowspace"] = TTGlyphPen(None).glyph()
    font.setGlyphOrder(order)
    font["hmtx"]["narrowspace"] = (NARROW, 0)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap |= dict.fromkeys(NARROW_SPACES, "narrowspace")
    narrow_dot(font, drawn)
    font["loca"] = newTable("loca")
    outlines = font["glyf"] = newTable("glyf")
    outlines.glyphOrder, outlines.glyphs = order, drawn
    del font["CFF "]
    largest = font["maxp"]
    largest.tableVersion, largest.maxZones = 0x00010000, 1
    for limit in LIMITS:
        setattr(largest, limit, 0)
    outlines.compile(font)
    font["post"].formatType = 3.0
    font.sfntVersion = "\0\1\0\0"


def narrow_dot(font: TTFont, drawn: dict) -> None:
    """Set the dot in the middle of a narrow space."""
    name = font.getBestCmap()[DOT]
    outline, (width, bearing) = drawn[name], font["hmtx"][name]
    shift = (width - DOT_WIDTH) // 2
    outline.coordinates.translate((-shift, 0))
    font["hmtx"][name] = (DOT_WIDTH, bearing - shift)


def main() -> None:
    everywhere, titles = characters()
    needed = set(BASIC) | {sign for sign in everywhere if CHINESE.match(sign)}
    chinese = [sign for sign, _ in titles.most_common() if CHINESE.match(sign)]
    bold = set(BASIC) | set(chinese[:BOLD_CHARACTERS])
    regular, heavy = face("Regular", needed), face("Bold", bold)
    size = len(regular) + len(heavy)
    if size > BUDGET:
        raise SystemExit(f"{size:,} bytes are more than {BUDGET:,}: lower BOLD_CHARACTERS")
    TARGET.mkdir(exist_ok=True)
    (TARGET / "chengmai-sans-regular.woff2").write_bytes(regular)
    (TARGET / "chengmai-sans-bold.woff2").write_bytes(heavy)
    print(f"regular {len(needed)} characters, {len(regular):,} bytes; bold {len(bold)}, {len(heavy):,} bytes")


if __name__ == "__main__":
    main()
