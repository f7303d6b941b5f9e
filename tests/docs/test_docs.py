"""The documents say what is there, and nothing is there that they leave out."""

import re
from pathlib import Path

import click
import pytest

import cli

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document):
    lost = [
        link for link in LINK.findall(document.read_text("utf-8")) if not (document.parent / link).exists()
    ]
    assert lost == []


def commands(group: click.Group, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, command in group.commands.items():
        inner = isinstance(command, click.Group)
        found.extend(commands(command, (*words, name)) if inner else [(*words, name)])
    return found


@pytest.mark.parametrize("words", commands(cli.main), ids=" ".join)
def test_every_command_is_documented(words):
    text = (ROOT / "docs" / "cli.md").read_text("utf-8")
    rows = [
        line.partition("| ")[2].partition(" |")[0] for line in text.splitlines() if line.startswith("| `")
    ]
    assert any(all(word in row for word in words) for row in rows), words


def test_the_readme_names_both_commands():
    text = (ROOT / "README.md").read_text("utf-8")
    assert "make run" in text
    assert "make test" in text


def test_every_document_can_be_found_from_the_readme():
    text = (ROOT / "README.md").read_text("utf-8")
    lost = [page.name for page in (ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in text]
    assert lost == []


def test_ci_runs_what_users_run():
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert lines[-1] == "exec make test"
