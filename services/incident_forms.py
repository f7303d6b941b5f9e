"""What was typed into a form of the incident room, read field by field; every issue is told, at its field."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree

CLOCK_SLACK = 120
"""Seconds by which the clock of a device may be ahead of ours."""

LONGEST_TEXT = 4000


class Form:
    """The fields of a form; each reading method collects what is wrong, `done` raises it all."""

    def __init__(self, values: Mapping[str, str], zone: timedelta) -> None:
        self._values = values
        self._zone = zone
        self._issues: list[Issue] = []

    def wrong(self, where: str, key: str, what: str, do: str = "", **params: object) -> None:
        """Note that a field cannot be so."""
        self._issues.append(Issue(key, what, do, where, params=params))

    def add(self, issue: Issue) -> None:
        """Note what was found elsewhere; ``where`` is the field."""
        self._issues.append(issue)

    def done(self) -> None:
        """Nothing, if all fields were well; else raises every issue at once."""
        if self._issues:
            raise CockpitError(self._issues)

    def has(self, name: str) -> bool:
        """Whether the field was in the form at all, empty or not."""
        return name in self._values

    def text(self, name: str, required: bool = False, longest: int = LONGEST_TEXT) -> str:
        """The text of a field, without spaces around it."""
        found = str(self._values.get(name, "")).strip()
        if required and not found:
            self.wrong(name, "field_missing", N_("这一项必须填写。"))
        if len(found) > longest:
            self.wrong(name, "text_too_long", N_("文字太长，最多 {most} 个字。"), most=longest)
        return found

    def choice(self, name: str, allowed: Sequence[str], default: str = "") -> str:
        """One of some words."""
        found = self.text(name) or default
        if found not in allowed:
            self.wrong(name, "field_choice", N_("请从给出的选项中选择。"))
        return found

    def flag(self, name: str) -> bool:
        """Whether a box was ticked."""
        return self.text(name) not in ("", "0", "false", "off")

    def whole(self, name: str, low: int, high: int, required: bool = False) -> int:
        """A whole number between two bounds; the lower one where the field is empty."""
        found = self.text(name)
        if not found:
            if required:
                self.wrong(name, "field_missing", N_("这一项必须填写。"))
            return low
        try:
            value = int(found)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            self.wrong(name, "field_number", N_("请填写 {low} 到 {high} 之间的整数。"), low=low, high=high)
            return low
        return value

    def count(self, name: str) -> float | None:
        """A number that is not negative."""
        try:
            value = float(self.text(name).replace(",", "").replace("，", ""))
        except ValueError:
            value = -1.0
        if not 0 <= value < 1e9:
            self.wrong(name, "field_count", N_("请填写不小于零的数字。"))
            return None
        return value

    def region(self, name: str, tree: RegionTree) -> int:
        """The region that a code or a name names; 0 where it is none."""
        found = self.text(name)
        if not found:
            self.wrong(name, "field_missing", N_("请选择发生地所在的市、县区或镇街。"))
            return 0
        try:
            code = tree.parse(found)
        except CockpitError as error:
            for issue in error.issues:
                self._issues.append(Issue(issue.key, issue.what, issue.do, name, params=issue.params))
            return 0
        if not tree.contains(tree.root, code) or tree.get(code).reporting_unit:
            self.wrong(name, "unknown_region", N_("没有这个地区：{text}"), N_("请从列表中选择。"), text=found)
            return 0
        return code

    def moment(
        self, name: str, required: bool = False, latest: int | None = None, day: bool = False
    ) -> int | None:
        """A local moment (2026-10-31T19:20), or with ``day`` the beginning of a day, as epoch seconds."""
        found = self.text(name, required)
        if not found:
            return None
        try:
            local = datetime.fromisoformat(found)
        except ValueError:
            self.wrong(name, "field_moment", N_("时间写法应为 2026-10-31T19:20。"))
            return None
        if local.tzinfo is None:
            local = (local - self._zone).replace(tzinfo=UTC)
        at = int(local.timestamp())
        if day:
            return at
        if latest is not None and at > latest + CLOCK_SLACK:
            self.wrong(name, "moment_in_future", N_("时间在将来。"), N_("请核对日期和钟点。"))
            return None
        return at

    def position(self, lon: str, lat: str) -> tuple[float | None, float | None]:
        """Longitude and latitude, both or neither."""
        texts = (self.text(lon), self.text(lat))
        if not any(texts):
            return None, None
        found = []
        for name, text, low, high in ((lon, texts[0], 73.0, 136.0), (lat, texts[1], 3.0, 54.0)):
            try:
                value = float(text)
            except ValueError:
                value = float("nan")
            if not low <= value <= high:
                self.wrong(name, "field_position", N_("请填写 {low} 到 {high} 之间的度数；不知道位置时两项都留空。"),
                           low=low, high=high)  # fmt: skip
            found.append(value)
        return found[0], found[1]
