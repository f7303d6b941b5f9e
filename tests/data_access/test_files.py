"""Files as sources: one digest for one content, and no name that reaches the file system."""

import hashlib
from pathlib import Path

import pytest

from data_access.sources import SOURCES, files
from data_access.sources.files import from_path, from_upload, printable
from indicators.errors import CockpitError

CONTENT = "地区,数值\n电白区,12\n".encode()


def test_a_path_and_an_upload_of_one_content_are_the_same_source(tmp_path):
    (tmp_path / "delivery.csv").write_bytes(CONTENT)
    by_path = from_path(tmp_path / "delivery.csv", limit=1000)
    uploaded = from_upload(CONTENT, "other.csv", tmp_path / "kept", limit=1000)
    assert by_path.sha256 == uploaded.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert uploaded.path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\windows\\x.csv", "/etc/passwd", "a\0b.csv", "", "...", "x" * 5000]
)
def test_the_name_of_an_upload_never_reaches_the_file_system(tmp_path, name):
    source = from_upload(CONTENT, name, tmp_path / "kept", limit=1000)
    assert source.path.parent == tmp_path / "kept"
    assert source.path.name == source.sha256
    assert [path.name for path in tmp_path.rglob("*")] == ["kept", source.sha256]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("2024年6月.xlsx", "2024年6月.xlsx"),
        ("../secret/六月.csv", "六月.csv"),
        ("C:\\fakepath\\六月.csv", "六月.csv"),
        ("a\nb\u202e.csv", "ab.csv"),
        ("\u200b", "unnamed"),
    ],
)
def test_a_name_is_printed_on_one_line_without_its_folders(name, shown):
    assert printable(name) == shown


def test_a_long_name_is_shortened_in_the_middle():
    assert printable("头" * 300 + "尾.csv").endswith("尾.csv")
    assert len(printable("头" * 300 + "尾.csv")) < 130


@pytest.mark.parametrize("bring", ["path", "upload"])
def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path, bring):
    big = b"x" * 2_000_001
    (tmp_path / "big.csv").write_bytes(big)
    ways = {
        "path": lambda: from_path(tmp_path / "big.csv", limit=2_000_000),
        "upload": lambda: from_upload(big, "big.csv", tmp_path / "kept", limit=2_000_000),
    }
    with pytest.raises(CockpitError) as caught:
        ways[bring]()
    assert caught.value.key == "file_too_large"
    assert caught.value.issues[0].params == {"name": "big.csv", "size": 3, "limit": 2}
    assert not (tmp_path / "kept").exists()


def test_what_is_no_file_is_told(tmp_path):
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(CockpitError) as caught:
            from_path(path, limit=1000)
        assert caught.value.key == "file_missing"


def test_an_upload_that_came_before_is_kept_once(tmp_path):
    first = from_upload(CONTENT, "a.csv", tmp_path, limit=1000)
    assert from_upload(CONTENT, "b.csv", tmp_path, limit=1000).path == first.path
    assert len(list(Path(tmp_path).iterdir())) == 1


def test_files_are_a_kind_of_source():
    assert files in SOURCES
