"""Schema versions: make a store, bring one up to date, refuse one that is newer than the program."""

from sqlalchemy import Engine

from data_access import accounts, alerts, definitions, observations, targets
from data_access.schema import metadata

ROOMS = (accounts, alerts, definitions, observations, targets)
"""The rooms that add tables to the metadata; naming them here imports them."""


def create_schema(engine: Engine) -> None:
    """All tables of all rooms at once, as a new store has them."""
    metadata.create_all(engine)
