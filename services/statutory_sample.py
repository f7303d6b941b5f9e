"""A believable history of weather signals, drawn from a pack's spec and a seed; and the bulletins that really were.

Drawn signals are marked as simulated wherever they are shown. Bulletins are real: printed notices of the observatory,
no CAP messages, and the record says so. Nothing here stores anything.
"""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from data_access.formats.cap import COLOURS, LEVELS
from data_access.statutory import NewMessage
from indicators.errors import N_, CockpitError
from indicators.regions import Level, RegionTree

SENDER = "sample@chengmai.example"
WORDS = {
    "red": ("红色", "red"), "orange": ("橙色", "orange"), "yellow": ("黄色", "yellow"), "blue": ("蓝色", "blue"),
    "white": ("白色", "white"),
}  # fmt: skip
SEVERITY = {"red": "Extreme", "orange": "Severe", "yellow": "Moderate", "blue": "Minor", "white": "Minor"}
ORDER = ("white", "blue", "yellow", "orange", "red")
FARM = "farm_or_zone"

TURN = 0.4
"""After this share of its time a signal that is raised is raised."""

BULLETIN_HOURS = 24
"""How long a printed bulletin is taken to have held, since it names no end."""

BULLETIN_NOTE = N_("由公开公告登记，不是CAP原文；公告没有写结束时间，按发布后24小时登记。")


def read_spec(path: Path) -> Mapping[str, Any]:
    """The spec of a pack's sample of signals."""
    found: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def end_of(spec: Mapping[str, Any], zone: timedelta) -> datetime:
    """The last moment of the sample."""
    day = datetime.fromisoformat(str(spec["last"])).replace(tzinfo=timezone(zone))
    return day + timedelta(days=1) - timedelta(minutes=1)


def drawn(
    spec: Mapping[str, Any], tree: RegionTree, weights: Mapping[int, float], seed: int, zone: timedelta
) -> list[NewMessage]:
    """The simulated signals.

    weights  how many people live in each county, in any unit: larger ones get more signals
    """
    return _Drawing(spec, tree, weights, seed, timezone(zone)).all()


class _Drawing:
    def __init__(
        self,
        spec: Mapping[str, Any],
        tree: RegionTree,
        weights: Mapping[int, float],
        seed: int,
        zone: timezone,
    ) -> None:
        self._spec = spec
        self._tree = tree
        self._weights = weights
        self._zone = zone
        self._chance = np.random.default_rng([seed, 6])
        self._first = datetime.fromisoformat(str(spec["first"])).replace(tzinfo=zone)
        self._end = datetime.fromisoformat(str(spec["last"])).replace(tzinfo=zone) + timedelta(days=1)
        self._number = 0

    def all(self) -> list[NewMessage]:
        counties = [c for c in self._tree.at_level(Level.COUNTY) if self._weights.get(c)]
        if not counties:
            counties = [self._tree.root]
        whole = sum(self._weights.get(county, 1.0) for county in counties)
        found = [
            message
            for hazard in self._spec["hazards"]
            for year, month in self._months()
            for county in counties
            for message in self._month(hazard, year, month, county, self._weights.get(county, 1.0) / whole)
        ]
        chains = [message for chain in self._spec.get("standing", ()) for message in self._standing(chain)]
        return self._verified(found) + chains

    def _verified(self, found: Sequence[NewMessage]) -> list[NewMessage]:
        """With the answer whether what each one warned of came, and when: the same share in every county and month."""
        groups: dict[tuple[int, int, int], list[int]] = {}
        for at, one in enumerate(found):
            if one.kind == "Alert":
                sent = datetime.fromtimestamp(one.sent, self._zone)
                groups.setdefault((one.regions[0] // 10**6, sent.year, sent.month), []).append(at)
        made = list(found)
        for group in groups.values():
            true = self._chance.permutation(group)[: -(-len(group) * self._spec["hit_percent"] // 100)]
            for at in group:
                one, happened = found[at], bool(np.isin(at, true))
                length = ((one.ended_at or one.effective) - one.effective) / (
                    TURN if one.ended_why == "Update" else 1
                )
                ahead = int(length * self._chance.uniform(*self._spec["lead"]))
                came = one.effective + ahead if happened else None
                made[at] = replace(one, happened=happened, happened_at=came)
        return made

    def _months(self) -> Iterator[tuple[int, int]]:
        at = self._first.replace(day=1)
        while at < self._end:
            yield at.year, at.month
            at = (at + timedelta(days=32)).replace(day=1)

    def _month(
        self, hazard: Mapping[str, Any], year: int, month: int, county: int, weight: float
    ) -> Iterator[NewMessage]:
        share = hazard["months"][month - 1] / sum(hazard["months"])
        for _ in range(self._chance.poisson(hazard["per_year"] * share * weight)):
            low, high = hazard["starts"]
            start = datetime(year, month, 1, tzinfo=self._zone) + timedelta(
                days=int(self._chance.integers(0, 28)), hours=int(self._chance.integers(low, high + 1)),
                minutes=int(self._chance.integers(0, 60)),
            )  # fmt: skip
            shortest, longest = hazard["hours"]
            end = start + timedelta(minutes=int(self._chance.integers(shortest * 60, longest * 60 + 1)))
            if self._first <= start and end < self._end - timedelta(days=1):
                yield from self._signal(hazard, county, start, end)

    def _signal(
        self, hazard: Mapping[str, Any], county: int, start: datetime, end: datetime
    ) -> Iterator[NewMessage]:
        """One signal; now and then it is raised once before it is lifted."""
        levels = hazard["levels"]
        odds = np.array(list(levels.values()), float)
        colour = list(levels)[int(self._chance.choice(len(odds), p=odds / odds.sum()))]
        regions = self._places(county)
        higher = ORDER[min(ORDER.index(colour) + 1, len(ORDER) - 1)]
        if self._chance.random() < self._spec["update_share"] and levels.get(higher):
            turn = start + (end - start) * TURN
            first = self._message(hazard, county, regions, colour, start, turn, "Update")
            yield first
            yield self._message(hazard, county, regions, higher, turn, end, "Cancel", (first,))
        else:
            yield self._message(hazard, county, regions, colour, start, end, "Cancel")

    def _places(self, county: int) -> tuple[int, ...]:
        towns = [
            code for code in self._tree.children(county, territories_only=True)
            if self._tree.get(code).kind != FARM
        ]  # fmt: skip
        if not towns or self._chance.random() >= self._spec["town_share"]:
            return (county,)
        count = int(self._chance.integers(1, 4))
        return tuple(
            sorted(int(code) for code in self._chance.choice(towns, min(count, len(towns)), replace=False))
        )

    def _standing(self, chain: Mapping[str, Any]) -> Iterator[NewMessage]:
        county = self._tree.parse(chain["region"])
        hazard = next(one for one in self._spec["hazards"] if one["zh"] == chain["hazard"]) | {
            "text_zh": chain["text_zh"], "text_en": chain["text_en"],
        }  # fmt: skip
        starts = [datetime.fromisoformat(step["from"]).replace(tzinfo=self._zone) for step in chain["steps"]]
        before: tuple[NewMessage, ...] = ()
        for step, start, end in zip(chain["steps"], starts, [*starts[1:], None], strict=True):
            message = self._message(
                hazard, county, (county,), step["level"], start, end, "Update" if end else "", before
            )
            yield message
            before = (message,)

    def _message(
        self, hazard: Mapping[str, Any], county: int, regions: tuple[int, ...], colour: str, start: datetime,
        end: datetime | None, why: str, before: Sequence[NewMessage] = (),
    ) -> NewMessage:  # fmt: skip
        self._number += 1
        place, sent = self._tree.get(county), int(start.timestamp())
        content = json.dumps(self._content(hazard, place, regions, colour), ensure_ascii=False)
        return NewMessage(
            identifier=f"SAMPLE-{county // 10**6}-{self._number:05d}",
            sender=SENDER,
            sent=sent,
            digest=hashlib.sha256(content.encode()).hexdigest(),
            origin="sample",
            status="Actual",
            kind="Update" if before else "Alert",
            scope="Public",
            colour=colour,
            level=LEVELS[colour],
            hazard=hazard["zh"],
            category=hazard["category"],
            issuer=f"{place.name}气象台",
            effective=sent,
            expires=None,
            assumed=False,
            unmapped=False,
            signed=False,
            simulated=True,
            content=content,
            raw=None,
            received_at=sent,
            received_by="sample",
            regions=regions,
            references=tuple((one.sender, one.identifier, one.sent) for one in before),
            ended_at=int(end.timestamp()) if end else None,
            ended_why=why,
        )

    def _content(
        self, hazard: Mapping[str, Any], place: Any, regions: tuple[int, ...], colour: str
    ) -> Mapping[str, Any]:
        names = [self._tree.get(code) for code in regions]
        zh, en = WORDS[colour]
        office = f"{place.name_en} Meteorological Observatory"
        common = {
            "urgency": "Expected", "severity": SEVERITY[colour], "certainty": "Likely", "colour": colour,
            "categories": [hazard["category"]],
        }  # fmt: skip
        said = (
            ("zh-CN", f"{hazard['zh']}{zh}预警信号", f"{place.name}气象台发布{hazard['zh']}{zh}预警信号",
             f"{place.name}气象台", hazard["text_zh"], "、".join(one.name for one in names)),
            ("en-US", f"{hazard['en'].capitalize()}, {en} signal", f"{office} issues the {en} signal for {hazard['en']}",
             office, hazard["text_en"], ", ".join(one.name_en for one in names)),
        )  # fmt: skip
        return {
            "infos": [
                common
                | {
                    "language": language, "event": event, "headline": headline, "sender_name": issuer,
                    "description": text, "areas": [{"description": area}],
                }
                for language, event, headline, issuer, text, area in said
            ],
            "scope": "Public",
        }  # fmt: skip


# ---- what really was


def bulletins(path: Path, tree: RegionTree) -> list[NewMessage]:
    """The printed bulletins of a pack's file, as history."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [_bulletin(row, tree) for row in csv.DictReader(file)]


def _bulletin(row: Mapping[str, str], tree: RegionTree) -> NewMessage:
    sent = int(datetime.fromisoformat(row["issued_at"]).timestamp())
    colour = next(name for name, words in COLOURS.items() if words[1] in row["level_color"])
    regions = tuple(
        dict.fromkeys(code for text in row["region_codes"].split(";") for code in _known(text, tree))
    )
    remark = BULLETIN_NOTE + (f"（{row['note']}）" if row["note"] else "")
    content = {
        "infos": [
            {
                "language": "zh-CN", "event": f"{row['event_type']}{row['level_color']}预警信号",
                "headline": row["headline"], "sender_name": row["issuer"], "description": "",
                "areas": [{"description": row["area_text"]}], "web": row["source_url"], "colour": colour,
                "categories": ["Met"], "urgency": "", "severity": "", "certainty": "",
                "parameters": [["previous_color", row["previous_color"]], ["action", row["action"]]],
            }
        ],
        "scope": "Public",
        "source": row["source_url"],
        "note": remark,
    }  # fmt: skip
    text = json.dumps(content, ensure_ascii=False)
    return NewMessage(
        identifier=row["alert_id"],
        sender="bulletin@maoming",
        sent=sent,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        origin="bulletin",
        status="Actual",
        kind="Alert",
        scope="Public",
        colour=colour,
        level=LEVELS[colour],
        hazard=row["event_type"],
        category="Met",
        issuer=row["issuer"],
        effective=sent,
        expires=sent + BULLETIN_HOURS * 3600,
        assumed=True,
        unmapped=not regions,
        signed=False,
        simulated=False,
        content=text,
        raw=None,
        received_at=sent,
        received_by="system",
        regions=regions,
    )


def _known(text: str, tree: RegionTree) -> tuple[int, ...]:
    """The regions of a code; a zone without territory stands for nothing that a signal could hold in."""
    try:
        code = tree.parse(text)
    except CockpitError:
        return ()
    return () if tree.get(code).reporting_unit else tree.in_force([code])[0]
