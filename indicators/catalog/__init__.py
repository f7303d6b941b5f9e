"""What is in force on a date, and whether it hangs together."""

from indicators.catalog.force import Catalog, Context
from indicators.catalog.reading import Entry, Kind, Source, assemble, entries, layered

__all__ = ["Catalog", "Context", "Entry", "Kind", "Source", "assemble", "entries", "layered"]
