"""The settings: the file, the environment on top, and what is said about a wrong one."""

import re
from pathlib import Path

import pytest
import yaml

from data_access.config import DEFAULT_FILE, Settings, allowed, keys, load_settings, variable
from indicators.errors import CockpitError

ROOT = DEFAULT_FILE.parent


def file_with(folder: Path, text: str) -> Path:
    """A settings file."""
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def complaints(folder: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    """What is said about a file and an environment."""
    with pytest.raises(CockpitError) as refused:
        load_settings(file_with(folder, text), environ or {})
    return [issue.text() for issue in refused.value.issues]


def test_the_file_that_is_shipped_holds_every_default() -> None:
    shipped = yaml.safe_load(DEFAULT_FILE.read_text(encoding="utf-8"))
    assert Settings.model_validate(shipped) == Settings()
    assert set(keys()) == {
        f"{section}.{name}" if isinstance(inner, dict) else section
        for section, inner in shipped.items()
        for name in (inner if isinstance(inner, dict) else [section])
    }


def test_every_setting_in_the_file_carries_a_comment() -> None:
    lines = DEFAULT_FILE.read_text(encoding="utf-8").splitlines()
    settings = [line for line in lines if re.match(r" *[a-z_]+: +\S", line)]
    assert len(settings) == len(list(keys()))
    assert [line for line in settings if " # " not in line] == []


@pytest.mark.parametrize("key", list(keys()))
def test_every_setting_is_documented_with_what_is_allowed(key: str) -> None:
    lines = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()
    described = [line for line in lines if line.startswith(f"| `{key}` | `{variable(key)}` |")]
    assert len(described) == 1
    assert allowed(key).replace("|", "\\|") in described[0]


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    settings = load_settings(file_with(tmp_path, ""), {})
    assert (settings.server.port, settings.interface.language, settings.demo) == (8050, "zh", True)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = file_with(tmp_path, "server: {port: 8100, host: 0.0.0.0}\ndemo: true")
    settings = load_settings(file, {"CHENGMAI_SERVER_PORT": "8200", "CHENGMAI_DEMO": "false", "PORT": "1"})
    assert (settings.server.port, settings.server.host, settings.demo) == (8200, "0.0.0.0", False)


def test_paths_are_meant_from_the_folder_of_the_file(tmp_path: Path) -> None:
    settings = load_settings(file_with(tmp_path, "city: {pack: mine}"), {})
    assert settings.city.pack == str(tmp_path / "mine")
    assert settings.store.url == f"sqlite:///{tmp_path}/var/chengmai.db"


def test_settings_do_not_change_after_the_start(tmp_path: Path) -> None:
    settings = load_settings(file_with(tmp_path, ""), {})
    with pytest.raises(ValueError, match="frozen"):
        settings.server.port = 1


@pytest.mark.parametrize(
    ("text", "environ", "said"),
    [
        ("server: {port: 99999}", {}, ["server.port", "99999", "1 … 65535"]),
        ("server: {port: yes}", {}, ["server.port", "True", "1 … 65535"]),
        ("server: 8050", {}, ["server", "8050", "{host, port, "]),
        ("interface: {language: fr}", {}, ["interface.language", "'fr'", "zh | en"]),
        ("demo: perhaps", {}, ["demo", "'perhaps'", "true | false"]),
        ("city: {pack: 440900}", {}, ["city.pack", "440900", "text"]),
        ("store: {url: 'mysql://host/x'}", {}, ["store.url", "mysql://host/x", "sqlite:///<path>"]),
        ("server: {prot: 1}", {}, ["server.prot", "1", "server.port"]),
        (
            "",
            {"CHENGMAI_SERVER_PORT": "many"},
            ["server.port", "'many'", "CHENGMAI_SERVER_PORT", "1 … 65535"],
        ),
        ("", {"CHENGMAI_SERVER_PROT": "1"}, ["CHENGMAI_SERVER_PROT", "CHENGMAI_SERVER_PORT"]),
        ("", {"CHENGMAI_DEMO": "2"}, ["demo", "'2'", "CHENGMAI_DEMO", "true | false"]),
        (
            "security: {session_idle_minutes: 60, session_absolute_minutes: 30}",
            {},
            ["session_idle_minutes", "1 … 30"],
        ),
    ],
)
def test_a_wrong_setting_is_told_with_key_value_and_what_is_allowed(
    tmp_path: Path, text: str, environ: dict[str, str], said: list[str]
) -> None:
    (complaint,) = complaints(tmp_path, text, environ)
    assert [words for words in said if words not in complaint] == []


def test_all_wrong_settings_are_told_at_once(tmp_path: Path) -> None:
    found = complaints(
        tmp_path,
        "server: {port: 0, threads: none}\nstore: {url: nowhere}\ncolour: red",
        {"CHENGMAI_CACHE_KIND": "disk", "CHENGMAI_WHAT": "x"},
    )
    for key in ("server.port", "server.threads", "store.url", "colour", "cache.kind", "CHENGMAI_WHAT"):
        assert sum(key in complaint for complaint in found) == 1, key
    assert len(found) == 6


def test_a_secret_is_never_repeated(tmp_path: Path) -> None:
    short, url = "too-short-to-be-safe", "mysql://me:hunter2@host/x"
    found = complaints(tmp_path, f"security: {{secret_key: {short}}}\nstore: {{url: '{url}'}}")
    assert len(found) == 2
    assert not any(short in complaint or "hunter2" in complaint for complaint in found)


@pytest.mark.parametrize("text", ["- a\n- b", "server: [", "a: b: c"])
def test_a_file_that_is_no_list_of_settings_is_refused(tmp_path: Path, text: str) -> None:
    (complaint,) = complaints(tmp_path, text)
    assert str(tmp_path) in complaint


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CockpitError, match=r"nowhere\.yaml"):
        load_settings(tmp_path / "nowhere.yaml", {})
