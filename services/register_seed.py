"""Simulated deals and hotline cases into empty registers, where a pack describes them."""

from datetime import UTC, datetime
from typing import Any

import yaml

from data_access.packs import Pack
from services import hotline_sample, promotion_sample
from services.hotline import Hotline
from services.promotion import Promotion


def fill_promotion(promotion: Promotion, pack: Pack, seed: int) -> int:
    """Simulated deals; how many. None where the pack describes none, or where there are deals already."""
    spec = _spec(pack, "promotion")
    if spec is None:
        return 0
    at = int(datetime.combine(promotion.today(), datetime.min.time(), UTC).timestamp())
    return promotion.seed(promotion_sample.draw(spec, seed, at))


def fill_hotline(hotline: Hotline, pack: Pack, seed: int) -> int:
    """Simulated hotline cases; how many. None where the pack describes none, or where there are cases already."""
    spec = _spec(pack, "hotline")
    if spec is None or hotline.store.any():
        return 0
    towns = {
        county: [
            town for town in hotline.towns(county) if hotline.tree.get(town).kind not in spec["skip_kinds"]
        ]
        for county in (int(code.ljust(12, "0")) for code in spec["counties"])
    }
    return hotline.seed(hotline_sample.draw(spec, towns, seed, hotline.zone))


def _spec(pack: Pack, subject: str) -> Any:
    path = pack.file(f"sample/{subject}.yaml")
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path else None
