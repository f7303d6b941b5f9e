"""What a wall shows, scene by scene: data in a pack's ``wall.yaml``."""

from dataclasses import dataclass
from typing import Any

import yaml

from data_access.packs import Pack
from indicators.errors import N_, CockpitError, Issue

FILE = "wall.yaml"
_KEYS = {"id", "system", "map", "trends", "tiles"}


@dataclass(frozen=True)
class SceneLayout:
    """One scene.

    map     what the map may speak of, best first
    trends  drawn on one time axis
    tiles   the numbers of the system, most important first
    """

    id: str
    system: str
    map: tuple[str, ...]
    trends: tuple[str, ...]
    tiles: tuple[str, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Every indicator that the scene names."""
        return (*self.map, *self.trends, *self.tiles)


def load_scenes(pack: Pack) -> tuple[SceneLayout, ...]:
    """The scenes in force for a pack; its own file replaces the shared one.

    raises  CockpitError when the file is not of its shape
    """
    path = pack.file(FILE)
    if path is None:
        return ()
    read = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    scenes = read.get("scenes") if isinstance(read, dict) else None
    if not isinstance(scenes, list) or not all(_sound(one) for one in scenes):
        raise CockpitError(
            Issue("bad_wall", N_("大屏场景文件写法不对"), N_("每个场景写 id、system、map、trends、tiles。"), str(path))
        )  # fmt: skip
    return tuple(
        SceneLayout(one["id"], one["system"], tuple(one["map"]), tuple(one["trends"]), tuple(one["tiles"]))
        for one in scenes
    )


def _sound(scene: Any) -> bool:
    if not isinstance(scene, dict) or set(scene) != _KEYS:
        return False
    lists = [scene[name] for name in ("map", "trends", "tiles")]
    return all(isinstance(one, list) and all(isinstance(code, str) for code in one) for one in lists)
