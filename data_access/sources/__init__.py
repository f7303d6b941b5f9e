"""Where data comes from."""

from data_access.sources import files

SOURCES = (files,)
"""The kinds of places that figures are taken from."""
