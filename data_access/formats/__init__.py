"""How figures are written down."""

from data_access.formats import tabular

FORMATS = (tabular,)
"""The ways of writing that are read and written."""
