"""Rows of another system as a file that intake reads: one CSV, texts as they stand there."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

Row = Sequence[object]


def write(path: Path, header: Sequence[str], rows: Iterable[Row]) -> int:
    """Write a table; how many rows it has."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for row in rows:
            writer.writerow([shown(value) for value in row])
            count += 1
    return count


def shown(value: object) -> str:
    """A value of a database or of JSON as a table prints it; what is not there is empty."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)
