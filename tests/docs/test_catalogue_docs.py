"""The pages about the catalogue name every field, and only indicators that exist."""

import re
from pathlib import Path

import pytest

from data_access.definitions import library_files, read_files
from indicators.catalog import assemble, entries, layered
from indicators.catalog.fields import FIELDS

DOCS = Path(__file__).parents[2] / "docs"
NAMES = sorted({field.name for fields in FIELDS.values() for field in fields})


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_explained(name):
    assert f"`{name}`" in (DOCS / "catalogue.md").read_text("utf-8")


@pytest.mark.parametrize("page", ["catalogue.md", "catalogue_corrections.md"])
def test_every_indicator_that_is_named_exists(page):
    catalog = assemble(layered(entries(read_files(library_files(), "library"))))
    named = re.findall(
        r"`((?:econ|emerg|proj|sign|dgov|ops)\.[a-z0-9_.]+)`", (DOCS / page).read_text("utf-8")
    )
    assert [code for code in named if code not in catalog] == []
