"""How figures and warnings are written down."""

from data_access.formats import cap, tabular

FORMATS = (tabular, cap)
"""The ways of writing that are read and written."""
