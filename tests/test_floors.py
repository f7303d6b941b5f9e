"""The single files at the top of the house keep to its floors too; import-linter holds the packages."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

BELOW = {
    "app": {"api", "pages", "services", "data_access", "indicators"},
    "api": {"services", "indicators"},
    "cli": {"app", "cli_definitions", "cli_feeds", "services", "indicators", "data_access.config"},
    "cli_definitions": {"services", "indicators"},
    "cli_feeds": {"services", "indicators"},
}
"""What each may import of ours: the command line reads the settings itself, and `app` wires everything."""

OURS = ("app", "api", "cli", "cli_definitions", "cli_feeds", "pages", "services", "data_access", "indicators")


def imported(module: str) -> set[str]:
    tree = ast.parse((ROOT / f"{module}.py").read_text("utf-8"))
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    names |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    return {name for name in names if name.split(".")[0] in OURS}


@pytest.mark.parametrize("module", BELOW)
def test_an_arrow_runs_down(module):
    allowed = BELOW[module]
    assert {n for n in imported(module) if n not in allowed and n.split(".")[0] not in allowed} == set()


@pytest.mark.parametrize("package", ["indicators", "data_access", "services", "pages"])
def test_nothing_below_imports_a_door(package):
    for path in (ROOT / package).rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert node.module.split(".")[0] not in OURS[:4], path
