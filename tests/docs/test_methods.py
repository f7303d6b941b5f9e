"""Every method that the code cites is a section of docs/methods.md."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = set(
    re.findall(r"^## (.+)$", (ROOT / "docs" / "methods.md").read_text(encoding="utf-8"), re.MULTILINE)
)
CITED = sorted(
    {
        (file.name, section)
        for folder in ("indicators", "services")
        for file in (ROOT / folder).rglob("*.py")
        for line in re.findall(r"docs/methods\.md[^\n]*", file.read_text(encoding="utf-8"))
        for section in re.findall(r'"([^"]+)"', line)
    }
)


@pytest.mark.parametrize(("file", "section"), CITED)
def test_a_cited_method_is_described(file: str, section: str) -> None:
    assert section in SECTIONS


def test_methods_are_cited_at_all() -> None:
    assert len(CITED) > 10
