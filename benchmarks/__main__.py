"""Run every benchmark, one after the other, and print one table each: `python -m benchmarks [NAME…]`."""

import importlib
import pkgutil
import sys
from pathlib import Path

from benchmarks import table


def names() -> list[str]:
    """The modules of this folder that measure something."""
    found = (module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return sorted(name for name in found if not name.startswith("_"))


def main(wanted: list[str]) -> int:
    """Measure what is wanted, or everything; 1 when a limit is missed."""
    missed = 0
    for name in wanted or names():
        rows = importlib.import_module(f"benchmarks.{name}").run()
        print(f"\n## {name}\n\n{table(rows)}", flush=True)
        missed += sum(not row.holds for row in rows)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
