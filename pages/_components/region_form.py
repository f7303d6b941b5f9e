"""A change of regions as a form, one for each kind, and as a file. Everything that is chosen stands in the address."""

from collections.abc import Sequence

from indicators.errors import N_
from pages._components import forms
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.registers import choices, picker
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.region_forms import BESIDE, COUNTED, INSIDE, KINDS
from services.region_views import RegionLine

MOST_PARTS = 6

EXPLAINED = {
    "merge": N_(
        "几个区划并成一个：可以用新代码，也可以并入其中一个、保留它的代码。下级改属新区划，代码不变。"
    ),
    "split": N_("一个区划分成几个：原代码可以保留给其中一个。每个下级都要写明归哪一个。"),
    "rename": N_("只改名称：代码、辖区不变，前后可比。"),
    "recode": N_("只换代码：辖区不变。对调两个代码请用文件，写在同一天。"),
    "transfer": N_("下级划给另一个上级：两个上级的辖区有变，前后不比。"),
    "zone": N_("没有民政代码的功能区：用乡镇位 400 至 599 的代码，写明从哪天起经哪个县区报送、怎样计入。"),
    "close": N_("功能区不再单独报送。"),
}


def render(here: Session, state: PageState, words: Words) -> Element:
    """The kinds, the form of the chosen one, and the file."""
    kind = state.filters.get("kind", "merge")
    kind = kind if kind in EXPLAINED else "merge"
    ways = {
        str(word): PageState(lang=state.lang, mode=state.mode, filter=f"tab:new;kind:{word}").to_url()
        for word in KINDS
    }
    return el(
        "Div",
        choices(
            [(str(word), words.t(name)) for word, name in KINDS.items()], kind, ways, words.t("变更类型")
        ),
        card(
            words.t(next(name for word, name in KINDS.items() if str(word) == kind)),
            "",
            el("P", words.t(EXPLAINED[kind]), class_="notes"),
            *_Form(here, state, words, kind).parts(),
        ),
        _file(here, words),
        class_="region-new",
    )


class _Form:
    """The form of one kind."""

    def __init__(self, here: Session, state: PageState, words: Words, kind: str) -> None:
        self._here, self._state, self._words, self._kind = here, state, words, kind
        self._lines = here.services.region_changes.on(here.actor, None, here.language)
        root = self._lines[0].code if self._lines else 0
        chosen = state.filters.get("of", "")
        self._of = int(chosen) if chosen.isdigit() and self._line(int(chosen)) else root

    def parts(self) -> list[Child]:
        """The choices above the form, and the form."""
        return [el("Div", self._choices(), class_="list-filters"), self._form()]

    def _line(self, code: int) -> RegionLine | None:
        return next((line for line in self._lines if line.code == code), None)

    def _below(self, zones: bool = False) -> list[RegionLine]:
        """The regions from which is chosen."""
        return [line for line in self._lines if line.above == self._of and line.zone == zones]

    def _zones(self) -> list[RegionLine]:
        return [line for line in self._lines if line.zone]

    def _choices(self) -> list[Child]:
        t, state = self._words.t, self._state
        made: list[Child] = []
        if self._kind not in ("zone", "close"):
            uppers = [line for line in self._lines if line.below]
            offered = [(f"{line.code:012d}", line.name) for line in uppers[1:]]
            usual = uppers[0].name if uppers else ""
            chosen = f"{self._of:012d}"
            made.append(
                picker("of", t("在哪里"), offered, chosen, state.filtered(old=None), self._words, usual)
            )
        if self._kind in ("split", "rename", "recode", "zone"):
            listed = self._zones() if self._kind == "zone" else self._below()
            if self._kind == "rename":
                listed = [*filter(None, [self._line(self._of)]), *listed, *self._below(zones=True)]
            offered = [(f"{line.code:012d}", f"{line.name} {_short(line.code)}") for line in listed]
            usual = t("新设一个") if self._kind == "zone" else t("请选择")
            label = t("功能区") if self._kind == "zone" else t("哪个区划")
            made.append(
                picker("old", label, offered, state.filters.get("old", ""), state, self._words, usual)
            )
        if self._kind == "split":
            counts = [(str(count), str(count)) for count in range(2, MOST_PARTS + 1)]
            made.append(picker("parts", t("分成几个"), counts, str(self._parts), state, self._words, "2"))
        return made

    @property
    def _parts(self) -> int:
        text = self._state.filters.get("parts", "2")
        return min(max(int(text), 2), MOST_PARTS) if text.isdigit() and len(text) < 3 else 2

    @property
    def _old(self) -> RegionLine | None:
        """The one region that is chosen above the form."""
        text = self._state.filters.get("old", "")
        return self._line(int(text)) if text.isdigit() else None

    def _form(self) -> Element:
        t = self._words.t
        if self._kind in ("split", "rename", "recode") and self._old is None:
            return el("P", t("请先在上面选择区划。"), class_="all-quiet", role="status")
        fields = {
            "merge": self._merge,
            "split": self._split,
            "rename": self._rename,
            "recode": self._recode,
            "transfer": self._transfer,
            "zone": self._zone,
            "close": self._close,
        }[self._kind]
        return forms.form(
            self._here,
            "regions.propose",
            forms.hidden("kind", self._kind),
            *fields(),
            forms.date("day", t("生效日"), required=True, hint=t("从这一天起是新区划；这一天以前仍是旧区划。")),
            forms.area("note", t("文件依据"), hint=t("批复的文号和日期。"), maxLength=2000),
            None if self._kind in ("rename", "close", "zone") else forms.file(
                "boundaries", t("新边界（GeoJSON，可不交）"), accept=".geojson,.json,application/geo+json",
                hint=t("不交时由原来的边界拼成；拆分又没有镇街边界时，地图上先空着。"),
            ),
            submit=t("提出变更"),
            class_="region-form",
        )  # fmt: skip

    def _several(self, lines: Sequence[RegionLine], label: str) -> Element:
        offered = [(f"{line.code:012d}", f"{line.name} {_short(line.code)}") for line in lines]
        if not offered:
            return el("P", self._words.t("这里没有可选的区划。"), class_="notice")
        return forms.checks("old", label, offered)

    def _part(
        self, number: int, label: str, code: str = "", name: str = "", fixed: bool = False
    ) -> list[Child]:
        """The fields of one region as it is from the day on."""
        t = self._words.t
        said = f"{label} · " if label else ""
        shown: Child = forms.hidden(f"code.{number}", code)
        if not fixed:
            shown = forms.text(
                f"code.{number}", said + t("代码"), code, required=True, inputMode="numeric", maxLength=12
            )
        return [
            shown,
            forms.text(f"name.{number}", said + t("名称"), name, maxLength=40,
                       hint=t("保留原有区划时可不写，沿用原名。") if self._kind in ("merge", "split", "recode") else ""),
            forms.text(f"name_en.{number}", said + t("英文名"), maxLength=40),
        ]  # fmt: skip

    def _merge(self) -> list[Child]:
        t = self._words.t
        return [self._several(self._below(), t("合并哪些")), *self._part(1, t("并成"))]

    def _transfer(self) -> list[Child]:
        t = self._words.t
        return [self._several(self._below(), t("划转哪些")), self._parent(t("划给"), self._uppers())]

    def _close(self) -> list[Child]:
        return [self._several(self._zones(), self._words.t("撤销哪些"))]

    def _split(self) -> list[Child]:
        old = self._old
        assert old is not None
        t = self._words.t
        made: list[Child] = [forms.hidden("old", f"{old.code:012d}")]
        for number in range(1, self._parts + 1):
            made += self._part(number, t("第 {number} 个", number=number))
        below = [line for line in self._lines if line.above == old.code]
        numbers = [(str(number), t("第 {number} 个", number=number)) for number in range(1, self._parts + 1)]
        choose = [("", t("请选择")), *numbers]
        made.append(el("P", class_="field-error", id="takes.1-error", data_error="takes.1"))
        made += [forms.select(f"to.{line.code:012d}", line.name, choose) for line in below]
        return made

    def _rename(self) -> list[Child]:
        old = self._old
        assert old is not None
        return self._part(1, "", f"{old.code:012d}", old.name, fixed=True)

    def _recode(self) -> list[Child]:
        old = self._old
        assert old is not None
        return [forms.hidden("old", f"{old.code:012d}"), *self._part(1, "")]

    def _zone(self) -> list[Child]:
        t, old = self._words.t, self._old
        free = self._here.services.region_changes.free_zone(self._here.actor)
        code = f"{old.code:012d}" if old else _short(free)
        counted = [
            (word, t(name)) for word, name in ((INSIDE, COUNTED_LONG[INSIDE]), (BESIDE, COUNTED_LONG[BESIDE]))
        ]
        now = "" if old is None else INSIDE if old.inside else BESIDE
        return [
            *self._part(1, "", code, old.name if old else "", fixed=old is not None),
            self._parent(t("经哪里报送"), [line for line in self._lines if line.level in ("city", "county") and not line.zone],
                         old.above if old else None),
            forms.select("counted", t("怎样计入上级"), counted, now or INSIDE),
        ]  # fmt: skip

    def _uppers(self) -> list[RegionLine]:
        """The regions of the level above those that are transferred."""
        home = self._line(self._of)
        level = home.level if home else "county"
        return [
            line for line in self._lines if line.level == level and not line.zone and line.code != self._of
        ]

    def _parent(self, label: str, lines: Sequence[RegionLine], chosen: int | None = None) -> Element:
        t = self._words.t
        offered = [("", t("请选择")), *((f"{line.code:012d}", line.name) for line in lines)]
        return forms.select("parent", label, offered, f"{chosen:012d}" if chosen else "", required=True)


COUNTED_LONG = {
    INSIDE: N_("其中数：镇街的数里已经有它，不再加"),
    BESIDE: N_("另计：镇街的数里没有它，要加进上级"),
}


def _file(here: Session, words: Words) -> Element:
    """Many changes at once."""
    t = words.t
    heads = words.listed([f"{short}" for short in COUNTED.values()])
    return card(
        t("用文件登记"),
        "",
        el("P", t("一个文件里的变更一起提出、一起确认：同一天并入同一代码的几行是一次合并，同一天的换代码可以对调。"), class_="notes"),
        el("P", t("功能区的计入方式写：{words}。", words=heads), class_="notes"),
        el("P",
           link("/template/regions.xlsx", t("下载 XLSX 模板"), class_="inline-link", download="regions.xlsx"), " ",
           link("/template/regions.csv", t("下载 CSV 模板"), class_="inline-link", download="regions.csv")),
        forms.form(
            here,
            "regions.upload",
            forms.file("file", t("文件"), accept=".csv,.xlsx", required=True),
            forms.file("boundaries", t("新边界（GeoJSON，可不交）"), accept=".geojson,.json,application/geo+json"),
            submit=t("上传并提出"),
            class_="region-form",
            busy=t("正在核对…"),
        ),
    )  # fmt: skip


def _short(code: int) -> str:
    text = f"{code:012d}"
    return text[:6] if text.endswith("000000") else text[:9] if text.endswith("000") else text
