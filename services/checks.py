"""Everything that can be found wrong before anything starts: definitions, rules, the pack, its boards, its mapping."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from data_access import layouts, packs
from data_access.packs import Pack
from indicators.errors import CockpitError, Issue
from services import definitions, mapping

T = TypeVar("T")


def run(paths: Sequence[Path], pack_folder: Path) -> list[Issue]:
    """Every problem at once, with file, line and remedy.

    paths        files or folders: packs are checked as packs, everything else as definitions; none: the library
                 and the pack in ``pack_folder``
    """
    folders = [path for path in paths if (path / "pack.yaml").exists()]
    others = [path for path in paths if path not in folders]
    issues: list[Issue] = []
    for folder in folders or [pack_folder]:
        pack = _collect(partial(packs.load_pack, folder), issues)
        if pack is None:
            continue
        if folder in folders or not paths:
            issues.extend(_pack(pack))
        if others or not paths:
            issues.extend(definitions.check(_definitions(pack), others))
    return issues


def _definitions(pack: Pack) -> definitions.Files:
    return definitions.files_of((*pack.files("indicators", "*.yaml"), *pack.files("rules", "*.yaml")))


def _pack(pack: Pack) -> list[Issue]:
    issues: list[Issue] = []
    _collect(lambda: layouts.load_layouts(pack), issues)
    printed = pack.file("mapping.yaml")
    if printed:
        _collect(lambda: mapping.load(printed), issues)
    own = [path for path in _definitions(pack).pack if path.is_relative_to(pack.folder)]
    if own:
        issues.extend(definitions.check(_definitions(pack), own))
    return issues


def _collect(work: Callable[[], T], issues: list[Issue]) -> T | None:
    try:
        return work()
    except CockpitError as error:
        issues.extend(error.issues)
        return None
