"""Puts the data desk together: its calendar, what it loads through, how it releases and how it previews."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from data_access.accounts import AccountStore
from data_access.checks import CheckStore
from data_access.config import Settings
from data_access.desk import DeskStore
from data_access.observations import ObservationStore
from indicators.catalog import Catalog
from indicators.regions import RegionTree
from services.boards import Boards
from services.desk import Desk
from services.desk_calendar import ReleaseCalendar
from services.desk_preview import DeskPreview
from services.desk_release import DeskRelease
from services.gather import Store
from services.intake import Intake
from services.mapping import TableMapping
from services.notices import Teller
from services.query import Query


@dataclass(frozen=True)
class DeskServices:
    """What the desk consists of."""

    desk: Desk
    release: DeskRelease
    preview: DeskPreview


def wire_desk(
    database: Any,
    figures: ObservationStore,
    shown: Store,
    query: Query,
    boards: Boards,
    intake: Intake,
    catalog: Catalog,
    tree: RegionTree,
    mapping: TableMapping,
    settings: Settings,
    clock: Callable[[], datetime],
    offset: timedelta,
    checks: CheckStore,
    telling: Teller,
) -> DeskServices:
    """The desk on a store.

    figures, shown  the store itself, and as boards see it
    """
    store = DeskStore(database)

    def held() -> frozenset[tuple[str, int, int]]:
        cells = checks.held()
        codes = checks.codes({one[0] for one in cells}) if cells else {}
        return frozenset((codes[one[0]], one[2], one[3]) for one in cells if one[0] in codes)

    calendar = ReleaseCalendar(figures, catalog, tree, offset)
    desk = Desk(
        store, figures, intake, calendar, catalog, tree, mapping, clock,
        most_cells=settings.intake.desk_cells, held=held,
    )  # fmt: skip
    release = DeskRelease(
        store, figures, desk, intake, calendar, catalog, tree, AccountStore(database), telling, clock
    )
    return DeskServices(desk, release, DeskPreview(desk, shown, query, boards, figures.items))
