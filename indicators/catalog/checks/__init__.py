"""The checks of a catalog, one room per subject; `indicators/catalog/checking.py` runs them all."""
