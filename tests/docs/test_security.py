"""The page on security names every role and what is open."""

from pathlib import Path

import pytest

from services.access import ROLE_NAMES

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text("utf-8")


@pytest.mark.parametrize("role", sorted(ROLE_NAMES))
def test_every_role_is_documented(role):
    assert f"`{role}`" in PAGE
