"""The colours of assets/tokens.css for what cannot read a stylesheet: the figures."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "assets" / "tokens.css"

_BLOCK = re.compile(r"(?P<selector>[^{}]*)\{(?P<body>[^{}]*)\}")
_TOKEN = re.compile(r"--(?P<name>[a-z0-9-]+):\s*(?P<value>[^;]+);")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@cache
def tokens(theme: str) -> Mapping[str, str]:
    """Every token of a theme by its name without the dashes: ``data``, ``ramp-1``, ``size-3``."""
    found: dict[str, str] = {}
    for block in _BLOCK.finditer(_COMMENT.sub("", FILE.read_text(encoding="utf-8"))):
        selector = block["selector"]
        if "data-theme" not in selector or f'"{theme}"' in selector:
            found |= {token["name"]: token["value"].strip() for token in _TOKEN.finditer(block["body"])}
    return found
