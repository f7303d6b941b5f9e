"""The editor of definitions: forms that lose nothing, one truth of what is refused, previews, trials, two people."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_access import packs
from data_access.config import load_settings
from data_access.definitions import parse, write
from data_access.observations import LoadInfo
from indicators.catalog.checking import check
from indicators.catalog.reading import Entry, Kind, Source, entries, layered
from indicators.definition import DataStatus
from indicators.errors import CockpitError, Issue
from indicators.periods import months_key
from services import definition_values as values
from services.access import Actor
from services.bootstrap import Services, build
from services.definition_check import DefinitionCheck
from services.definition_editor import DefinitionEditor
from services.definition_forms import KEPT, Box, Part, Rows, box_of, document_of, form_of
from services.definitions import files_of
from services.draft_trials import TrialWish
from services.preview import PreviewView

CASES = Path(__file__).resolve().parents[1] / "cases"
FORMULAS = json.loads((CASES / "formula" / "expression_cases.json").read_text("utf-8"))
NAUGHTY = json.loads((CASES / "text" / "blns.json").read_text("utf-8"))["strings"]
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
SHARE, TAX, REVENUE = "econ.fiscal.tax_share", "econ.fiscal.tax", "econ.fiscal.revenue"
CITY, NORTH, SOUTH = 440900000000, 440981000000, 440902000000
MONTHS = [months_key(2026, month, month) for month in range(2, 11)]

Form = dict[str, list[str]]


def the_files() -> list[Source]:
    """The files of the library and of the pack."""
    pack = packs.load_pack(Path("packs/440900"))
    return files_of((*pack.files("indicators", "*.yaml"), *pack.files("rules", "*.yaml"))).sources()


SOURCES = the_files()
LIBRARY = layered(entries(SOURCES))
"""Every definition, as a registry begins with them."""


@cache
def checks_of(house: Services) -> DefinitionCheck:
    """The check of drafts over the library."""
    return DefinitionCheck(lambda: house.catalog, lambda: LIBRARY)


def boxes(parts: tuple[Part, ...]) -> Iterator[Box]:
    """All boxes of a form."""
    for part in parts:
        if isinstance(part, Box):
            yield part
        elif isinstance(part, Rows):
            for row in part.rows:
                yield from boxes(row)
        else:
            yield from boxes(part.parts)


def filled(kind: str, document: Mapping[str, Any], **typed: str) -> Form:
    """The form of a document as a browser sends it, with something typed; ``rule__red`` is the box ``rule.red``."""
    form = {
        one.name: list(one.value) or [""] for part in form_of(kind, document) for one in boxes(part.parts)
    }
    return form | {name.replace("__", "."): [text] for name, text in typed.items()}


def a_person(name: str, role: str = "editor", region: int = CITY) -> Actor:
    """Somebody with an account."""
    return Actor(f"id-{name}", name, role, (region,), display=name.title())


WANG, LIU = a_person("wang"), a_person("liu")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """The product on a store with taxes and revenue of two counties and the towns of one."""
    path = tmp_path_factory.mktemp("editor") / "store.db"
    settings_ = load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{path}"})
    services = build(settings_, clock=lambda: NOW)
    towns = services.tree.children(NORTH)[:3]
    figures = []
    for month in MONTHS:
        for place, (tax, revenue) in {
            NORTH: (40.0, 100.0),
            SOUTH: (150.0, 200.0),
            **dict.fromkeys(towns, (1.0, 4.0)),
        }.items():
            figures += [(TAX, place, month, tax), (REVENUE, place, month, revenue)]
    code, region, period, value = zip(*figures, strict=True)
    rows = {
        "indicator": list(code), "item": np.zeros(len(code), np.int64), "region": np.array(region, np.int64),
        "period": np.array(period, np.int64), "value": np.array(value), "yoy": np.full(len(code), np.nan),
        "status": np.full(len(code), DataStatus.FINAL), "reason": [None] * len(code),
        "source": np.ones(len(code), np.int64), "known_at": np.full(len(code), 1_790_000_000, np.int64),
    }  # fmt: skip
    services.store.write(rows, LoadInfo("own", "figures", "test", 1_790_000_000))
    return services


@pytest.fixture
def editor(house: Services) -> DefinitionEditor:
    """The editor of the house."""
    return house.definition_editor


def a_draft(house: Services, code: str | None = None, **fields: Any) -> int:
    """A draft of a new indicator, or of one in force; its own, whatever other tests left."""
    document = (
        dict(house.catalog.get(SHARE).document) | {"code": f"econ.fiscal.own{os.urandom(4).hex()}"} | fields
    )
    document.pop("example", None)
    return house.studio.open(WANG, "indicator", code, document=document).id


# ---- forms


@pytest.mark.parametrize("kind", sorted({entry.kind for entry in LIBRARY}))
def test_a_form_gives_back_the_document_that_it_was_filled_with(kind: Kind) -> None:
    """With what stood before, exactly; and by itself, but for nulls and empty lists: nothing hides."""
    for entry in LIBRARY:
        if entry.kind is kind:
            form = filled(kind, entry.document)
            assert document_of(kind, form, entry.document) == entry.document, entry.code
            kept = {name: entry.document[name] for name in KEPT if name in entry.document}
            told = document_of(kind, form, kept)
            assert _without_nulls(told) == _without_nulls(entry.document), entry.code


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None and one != []}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def test_every_string_is_kept_as_it_was_typed_in_every_kind_of_box() -> None:
    for text in NAUGHTY:
        typed = "".join(sign for sign in text.strip() if sign == "\n" or sign.isprintable())
        if typed:
            made = document_of(
                "indicator", {**{name: [typed] for name in TYPED}, "targets.0.year": ["2027"]}, {}
            )
            rule, related, example = made["rule"], made["related"][0], made["example"]
            kept = [made["name_zh"], made["definition_zh"], made["unit"], made["formula"], made["code"], made["release"]["days"],
                    rule["red"], rule["source_note"], rule["recover"], related["code"], example["inputs"],
                    made["targets"][2027], *made["rules"]]  # fmt: skip
            assert len(kept) == len(TYPED)
            assert all(_same(values.shown_bound(one), typed) for one in kept), (text, kept)


TYPED = (
    "name_zh", "definition_zh", "unit", "formula", "code", "release.days", "rule.red", "rule.source_note", "rule.recover",
    "related.0.code", "example.inputs", "targets.0.value", "rules.0.name",
)  # fmt: skip


def _same(shown: str, typed: str) -> bool:
    """The text itself; a number may be written otherwise, fields as YAML."""
    if shown == typed:
        return True
    if isinstance(values.number(typed), int | float):
        return values.number(shown) == values.number(typed)
    return values.fields(shown) == values.fields(typed) or values.loose(shown) == values.loose(typed)


@settings(max_examples=150, deadline=None)
@given(st.recursive(
    st.one_of(st.booleans(), st.integers(-(10**9), 10**9), st.floats(allow_nan=False, allow_infinity=False, width=32),
              st.from_regex(r"[A-Za-z_\u4e00-\u9fff][\w .,:~{}'\"-]{0,12}", fullmatch=True)),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(
        st.from_regex(r"[a-z_]{1,8}", fullmatch=True), inner, min_size=1, max_size=3),
    max_leaves=6,
))  # fmt: skip
def test_values_in_one_line_read_back_as_the_same(value: Any) -> None:
    whole = {"of": value}
    assert values.loose(values.shown(whole)) == whole


def test_what_two_rows_say_of_one_year_is_refused_and_not_lost() -> None:
    form = filled(
        "indicator",
        {},
        targets__0__year="2026",
        targets__0__value="5",
        targets__1__year="2026",
        targets__1__value="7",
    )
    assert document_of("indicator", form, {})["targets"] == {2026: 5, "2026*": 7}


def test_a_fault_of_a_named_thing_stands_at_its_row() -> None:
    document = {"targets": {2025: 1, 2026: 2}, "rules": {"falling": {}, "late": {}}}
    assert box_of(document, "targets.2026") == "targets.1.value"
    assert box_of(document, "rules.late.red") == "rules.1.red"
    assert box_of(document, "rules.late") == "rules.1.name"
    assert box_of(document, "rule.red") == "rule.red"


# ---- one truth of what is refused


def test_what_is_in_force_is_refused_nowhere(house: Services) -> None:
    checks = checks_of(house)
    for code in (SHARE, "sign.env.pm25", "econ.gdp.total", "proj.invest.completion_rate", TAX):
        one = house.catalog.get(code)
        assert checks.issues("indicator" if one.headline else "input", one.document, code) == ()


@pytest.mark.parametrize(
    ("fields", "key", "where"),
    [
        ({"agg_region": "sum"}, "ratio_that_sums", "agg_region"),
        ({"agg_time": "sum"}, "ratio_that_sums", "agg_time"),
        ({"unit": "亿元"}, "unit_contradicts_formula", "unit"),
        ({"formula": "100 * econ.fiscal.tax / econ.fiscal.revenu"}, "unknown_code", "formula"),
        ({"formula": "100 * econ.fiscal.tax /"}, "formula_syntax", "formula"),
        ({"formula": "econ.fiscal.tax + econ.pop.resident"}, "unit_mismatch", "formula"),
        ({"related": [{"type": "leads", "code": "econ.fiscal.nothing"}]}, "unknown_code", "related.0"),
        ({"related": [{"type": "leads"}]}, "missing_field", "related.0.code"),
        ({"lowest_level": "village"}, "level_below_inputs", "lowest_level"),
        ({"frequency": "sometimes"}, "unknown_word", "frequency"),
        ({"department": "nobody"}, "unknown_department", "department"),
        ({"rule": {"type": "threshold", "op": "<", "red": 50, "blue": 40}}, "rule_order", "rule"),
        ({"rule": {"type": "threshold", "op": "<", "red": "many"}}, "rule_not_a_number", "rule.red"),
        ({"rule": {"type": "threshold", "op": ">", "red": 5}}, "op_against_polarity", "rule.op"),
        ({"targets": {2025: "viel"}}, "bad_target", "targets"),
        ({"name_en": None}, "wrong_type", "name_en"),
    ],
)  # fmt: skip
def test_what_files_may_not_say_the_form_may_not_say_either(
    house: Services, fields: dict[str, Any], key: str, where: str
) -> None:
    """The same issue, in the same words, from `chengmai check` of a file and from the form, there at its field."""
    document = dict(house.catalog.get(SHARE).document) | fields
    told = checks_of(house).issues("indicator", document, SHARE)
    assert (key, where) in {(one.key, one.where) for one in told}
    assert _said(told) >= _said(_of_a_file(document)) - _of_the_share()


@cache
def _of_the_share() -> set[str]:
    """What is said anyway of a second file with the text of the library."""
    return _said(_of_a_file(next(one.document for one in LIBRARY if one.code == SHARE)))


def _of_a_file(document: Mapping[str, Any]) -> list[Issue]:
    """What `chengmai check` says of the same text in a file beside the library."""
    extra = parse(write({"indicators": [dict(document)]}), "own.yaml", "checked")
    return check([*SOURCES, extra], frozenset({"own.yaml"}), frozenset({SHARE}))


def _said(issues: Any) -> set[str]:
    return {replace(one, where="").text() for one in issues}


def test_a_loop_through_three_definitions_is_told_at_the_formula(house: Services) -> None:
    """The share is made of taxes; taxes made of something made of the share close the circle."""
    middle = Entry(Kind.INDICATOR, "econ.fiscal.middle",
                   dict(house.catalog.get(SHARE).document) | {"code": "econ.fiscal.middle", "formula": f"{SHARE} * 2", "unit": "%"})  # fmt: skip
    checks = DefinitionCheck(lambda: house.catalog, lambda: [*LIBRARY, middle])
    document = dict(house.catalog.get(TAX).document) | {"formula": "econ.fiscal.middle * 3"}
    told = [one for one in checks.issues("indicator", document, TAX) if one.key == "cycle"]
    assert [one.where for one in told] == ["formula"]
    assert all(code in told[0].text() for code in (TAX, SHARE, "econ.fiscal.middle"))


def test_relations_in_a_circle_are_told_at_the_relations(house: Services) -> None:
    checks = checks_of(house)
    document = dict(house.catalog.get(REVENUE).document)
    document["related"] = [{"type": "leads", "code": TAX}]
    other = dict(house.catalog.get(TAX).document)
    other["related"] = [*other.get("related", []), {"type": "leads", "code": REVENUE}]
    entries_ = [replace(one, document=other) if one.code == TAX else one for one in LIBRARY]
    found = DefinitionCheck(lambda: house.catalog, lambda: entries_).issues("indicator", document, REVENUE)
    assert ("relation_loop", "related") in {(one.key, one.where) for one in found}
    assert "relation_loop" not in {one.key for one in checks.issues("indicator", document, REVENUE)}


def test_a_code_is_given_once_and_stays(house: Services) -> None:
    checks = checks_of(house)
    document = dict(house.catalog.get(SHARE).document)
    assert ("code_taken", "code") in {(one.key, one.where) for one in checks.issues("indicator", document)}
    moved = document | {"code": "econ.fiscal.other"}
    assert ("code_changed", "code") in {
        (one.key, one.where) for one in checks.issues("indicator", moved, SHARE)
    }


def test_what_a_draft_spoils_elsewhere_is_told_at_the_field_that_does_it(house: Services) -> None:
    """The share divides taxes by revenue; revenue in persons spoils it, and every identity that revenue stands in."""
    checks = checks_of(house)
    document = dict(house.catalog.get(REVENUE).document) | {"unit": "人"}
    spoiled = [one for one in checks.issues("indicator", document, REVENUE) if one.where == "unit"]
    assert any(SHARE in one.text() for one in spoiled)


# ---- formulas through the form


def _bombs() -> list[dict[str, Any]]:
    return [case for case in (*FORMULAS["invalid"], *FORMULAS["valid"]) if "expr" in case]


@pytest.fixture(scope="module")
def bombed(house: Services) -> int:
    """The draft whose formula takes everything."""
    return a_draft(house)


@pytest.mark.parametrize("case", _bombs(), ids=lambda case: case["id"])
def test_no_formula_breaks_the_form(
    house: Services, editor: DefinitionEditor, bombed: int, case: dict[str, Any]
) -> None:
    """Every handed case, typed into the field: kept as it is written, told where it is wrong, never executed."""
    draft = house.studio.draft(WANG, bombed)
    typed = case["expr"].strip()
    saved = editor.save(WANG, bombed, draft.revision, {"formula": [typed]}, "zh")
    assert saved.draft.document.get("formula", "") == typed
    expected = str(case.get("expected_error", ""))
    wrong = {one.issue.key for one in saved.faults if one.box == "formula"}
    if typed and expected in ("syntax", "unknown_function", "limit", "argument_range", "argument_type"):
        assert wrong - {"unwritable_text"} == {f"formula_{expected}"}
        assert saved.formula is not None
        assert saved.formula.remarks
        assert all(one.start is None or 0 <= one.start <= len(typed) for one in saved.formula.remarks)
    editor.preview(WANG, saved.draft)


def test_a_loop_found_while_typing_names_the_way(house: Services, editor: DefinitionEditor) -> None:
    draft = house.studio.open(WANG, "indicator", TAX)
    form = filled("indicator", draft.document, formula=f"{SHARE} * 2")
    saved = editor.save(WANG, draft.id, draft.revision, form, "zh")
    assert saved.formula is not None
    assert [one.issue.key for one in saved.formula.remarks] == ["cycle"]
    preview = editor.preview(WANG, saved.draft)
    assert preview is not None
    assert [one.key for one in preview.issues] == ["cycle"]
    house.studio.undo(WANG, draft.id, saved.draft.revision, draft.revision)


def test_names_are_completed_by_code_chinese_pinyin_and_english(
    house: Services, editor: DefinitionEditor
) -> None:
    number = a_draft(house)
    for typed in ("econ.fiscal.tax_sh", "税收收入占", "sssrzb", "tax share of"):
        assert SHARE in {one.insert for one in editor.complete(WANG, number, typed, "zh", codes=True)}, typed
    offered = editor.complete(WANG, number, "rolling", "zh", codes=False)
    assert {one.kind for one in offered} == {"function"}
    assert "rolling_mean(, 3)" in {one.insert for one in offered}
    own = str(house.studio.draft(WANG, number).document["code"])
    assert own not in {one.insert for one in editor.complete(WANG, number, own, "zh", codes=True)}


def test_the_unit_of_the_result_is_told_as_one_types(house: Services, editor: DefinitionEditor) -> None:
    number = a_draft(house)
    told = {}
    for text in (f"100 * {TAX} / {REVENUE}", f"{TAX} + {REVENUE}", f"{TAX} / {REVENUE}"):
        draft = house.studio.draft(WANG, number)
        saved = editor.save(
            WANG, number, draft.revision, filled("indicator", draft.document, formula=text), "zh"
        )
        assert saved.formula is not None
        told[text] = (saved.formula.unit, saved.formula.fits)
    assert list(told.values()) == [("%", True), ("亿元", False), ("倍", False)]


# ---- previews


def _cells(view: PreviewView) -> dict[int, float | None]:
    return {row.region: row.new[-1] for row in view.rows}


def test_a_new_indicator_is_previewed_at_city_county_and_town(
    house: Services, editor: DefinitionEditor
) -> None:
    """Worked out by hand: 40 of 100 and 150 of 200; the city 190 of 300; a town 1 of 4."""
    draft = house.studio.draft(WANG, a_draft(house, lowest_level="town"))
    view = editor.preview(WANG, draft)
    assert view is not None
    assert not view.existed
    assert not view.issues
    town = house.tree.children(NORTH)[0]
    found = _cells(view)
    assert found[NORTH] == pytest.approx(40)
    assert found[SOUTH] == pytest.approx(75)
    assert found[CITY] == pytest.approx(100 * 190 / 300)
    assert found[town] == pytest.approx(25)
    assert {row.level for row in view.rows} == {"city", "county", "town"}


def test_the_old_text_stands_beside_the_new_one(house: Services) -> None:
    document = dict(house.catalog.get(SHARE).document) | {"formula": f"50 * {TAX} / {REVENUE}"}
    view = house.previews.of(WANG, document, SHARE)
    north = next(row for row in view.rows if row.region == NORTH)
    assert (north.new[-1], north.old[-1]) == (pytest.approx(20), pytest.approx(40))
    assert view.existed
    assert view.changed == view.cells > 0
    assert view.most == pytest.approx(0.5)
    same = house.previews.of(WANG, house.catalog.get(SHARE).document, SHARE)
    assert (same.changed, same.appeared, same.vanished, same.cells) == (0, 0, 0, view.cells)


def test_a_stored_figure_is_previewed_with_another_way_of_adding_up(house: Services) -> None:
    """Revenue of the counties adds up to the city; called not additive, the city has no value any more."""
    document = dict(house.catalog.get(REVENUE).document) | {"agg_region": "not_additive"}
    view = house.previews.of(WANG, document, REVENUE)
    city = next(row for row in view.rows if row.region == CITY)
    assert (city.new[-1], city.old[-1]) == (None, pytest.approx(300))
    assert view.vanished == len(view.periods)


def test_a_preview_asks_once_and_stores_nothing(house: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    document = dict(house.catalog.get(SHARE).document) | {"formula": f"50 * {TAX} / {REVENUE}"}
    asked, plain = [], house.store.answer
    monkeypatch.setattr(house.store, "answer", lambda demand: asked.append(demand) or plain(demand))
    counters = house.store.counters()
    house.previews.of(WANG, document, SHARE)
    with_old = len(asked)
    asked.clear()
    house.previews.of(WANG, document | {"code": "econ.fiscal.fresh"})
    assert with_old == len(asked), "the old values cost no question of their own"
    assert house.store.counters() == counters
    assert not any("before:" in code for demand in asked for code in demand.indicators)


def test_a_frozen_preview_comes_back_as_it_was_and_shows_a_reader_the_own_region(house: Services) -> None:
    document = dict(house.catalog.get(SHARE).document) | {"formula": f"50 * {TAX} / {REVENUE}"}
    view = house.previews.of(WANG, document, SHARE)
    frozen = PreviewView.from_json(json.loads(json.dumps(view.as_json())))
    assert frozen == view
    head = a_person("head", "county_head", NORTH)
    seen = house.previews.seen(head, frozen)
    assert {row.region for row in seen.rows} == {CITY, NORTH}
    assert seen.cells == 2 * len(view.periods) < view.cells
    assert house.previews.seen(WANG, frozen) == frozen


def test_nobody_previews_what_they_may_not_see(house: Services) -> None:
    stranger = Actor("x", "x", "editor", (CITY,), ("sign",))
    with pytest.raises(CockpitError) as refused:
        house.previews.of(stranger, house.catalog.get(SHARE).document, SHARE)
    assert refused.value.key == "forbidden"


# ---- rules on history


RULE = {
    "type": "threshold",
    "op": "<",
    "red": 20,
    "orange": 30,
    "yellow": 45,
    "blue": 50,
    "source": "proposal",
}


def test_a_rule_of_a_draft_is_tried_and_its_particulars_move_the_count(
    house: Services, editor: DefinitionEditor
) -> None:
    """North stands at 40 of 100, below 45: yellow from the first month on; after nine months of persistence never."""
    draft = house.studio.draft(WANG, a_draft(house, rule=RULE))
    view = editor.trial(WANG, draft, TrialWish(level="county"), "zh")
    assert view.outcome.reached == (0, 0, 1, 0, 0)
    assert [(one.place.code, one.worst, one.closed) for one in view.warnings] == [(NORTH, 2, 0)]
    assert view.warnings[0].periods == len(MONTHS)
    patient = house.studio.draft(WANG, a_draft(house, rule=RULE | {"persist": len(MONTHS) + 1}))
    assert editor.trial(WANG, patient, TrialWish(level="county"), "zh").outcome.openings == 0
    stricter = house.studio.draft(
        WANG, a_draft(house, rule=RULE | {"blue": 80, "red": 45, "orange": 55, "yellow": 70})
    )
    assert editor.trial(WANG, stricter, TrialWish(level="county"), "zh").outcome.reached == (0, 1, 0, 0, 1)


def test_what_stands_is_told_beside_what_is_tried(house: Services, editor: DefinitionEditor) -> None:
    draft = house.studio.open(LIU, "indicator", SHARE)
    form = filled(
        "indicator", draft.document, rule__red="20", rule__orange="25", rule__yellow="30", rule__blue="35"
    )
    saved = editor.save(LIU, draft.id, draft.revision, form, "zh")
    view = editor.trial(LIU, saved.draft, TrialWish(level="county"), "zh")
    assert view.standing is not None
    assert view.changed
    assert (view.outcome.openings, view.standing.openings) == (0, 1)
    house.studio.undo(LIU, draft.id, saved.draft.revision, draft.revision)


def test_a_rule_that_cannot_be_tried_says_why(house: Services, editor: DefinitionEditor) -> None:
    for fields, key in (({"rule": None}, "no_rule"), ({"rule": {"type": "none"}}, "rule_says_nothing"),
                        ({"rule": RULE | {"red": 60}}, "rule_order")):  # fmt: skip
        draft = house.studio.draft(WANG, a_draft(house, **fields))
        with pytest.raises(CockpitError) as refused:
            editor.trial(WANG, draft, TrialWish(), "zh")
        assert refused.value.key == key


# ---- two people


def test_two_people_who_write_different_fields_both_keep_theirs(
    house: Services, editor: DefinitionEditor
) -> None:
    number = a_draft(house)
    begun = house.studio.draft(WANG, number)
    editor.save(WANG, number, begun.revision, filled("indicator", begun.document, name_zh="甲写的"), "zh")
    second = editor.save(
        LIU, number, begun.revision, filled("indicator", begun.document, calibre_zh="乙写的"), "zh"
    )
    assert second.conflict is None
    assert second.joined == ("name_zh",)
    assert second.by == "Wang"
    assert (second.draft.document["name_zh"], second.draft.document["calibre_zh"]) == ("甲写的", "乙写的")


def test_who_writes_the_same_field_sees_both_texts_before_either_is_lost(
    house: Services, editor: DefinitionEditor
) -> None:
    number = a_draft(house)
    begun = house.studio.draft(WANG, number)
    first = editor.save(
        WANG, number, begun.revision, filled("indicator", begun.document, name_zh="甲写的"), "zh"
    )
    form = filled("indicator", begun.document, name_zh="乙写的", calibre_zh="乙的口径")
    second = editor.save(LIU, number, begun.revision, form, "zh")
    assert second.conflict is not None
    assert second.draft.revision == first.draft.revision
    assert [(one.field, one.theirs, one.mine) for one in second.conflict.fields] == [
        ("name_zh", "甲写的", "乙写的")
    ]
    with pytest.raises(CockpitError) as unchosen:
        editor.resolve(LIU, number, begun.revision, form, second.conflict.revision, {}, "zh")
    assert (unchosen.value.key, unchosen.value.issues[0].where) == ("not_chosen", "~choose.name_zh")
    for choice, name in (("theirs", "甲写的"), ("mine", "乙写的")):
        seen = house.studio.draft(LIU, number)
        done = editor.resolve(
            LIU, number, begun.revision, form, seen.revision, {"name_zh": choice, "calibre_zh": "mine"}, "zh"
        )
        assert (done.draft.document["name_zh"], done.draft.document["calibre_zh"]) == (name, "乙的口径")
    assert begun.document["name_zh"] in {one.document["name_zh"] for one in _texts(house, number)}


def _texts(house: Services, number: int) -> list[Any]:
    from data_access.drafts import DraftStore

    return DraftStore(house.store.engine).revisions(number)


def test_a_third_text_that_came_meanwhile_is_shown_too(house: Services, editor: DefinitionEditor) -> None:
    number = a_draft(house)
    begun = house.studio.draft(WANG, number)
    shown = editor.save(
        WANG, number, begun.revision, filled("indicator", begun.document, name_zh="甲"), "zh"
    ).draft.revision
    form = filled("indicator", begun.document, name_zh="乙")
    editor.save(WANG, number, shown, filled("indicator", begun.document, name_zh="甲甲"), "zh")
    answer = editor.resolve(LIU, number, begun.revision, form, shown, {"name_zh": "mine"}, "zh")
    assert answer.conflict is not None
    assert answer.conflict.fields[0].theirs == "甲甲"


def test_an_earlier_text_comes_back(house: Services, editor: DefinitionEditor) -> None:
    number = a_draft(house)
    begun = house.studio.draft(WANG, number)
    saved = editor.save(
        WANG, number, begun.revision, filled("indicator", begun.document, name_zh="改了"), "zh"
    )
    back = editor.undo(WANG, number, saved.draft.revision, begun.revision, "zh")
    assert back.draft.document == begun.document
    assert back.draft.revision == saved.draft.revision + 1


def test_a_target_of_a_region_has_a_draft_of_its_own(house: Services, editor: DefinitionEditor) -> None:
    draft = house.studio.open(WANG, "indicator", SHARE)
    number = editor.aim(WANG, draft.id, "target", region="", year="", plan="", statement="")
    target = house.studio.draft(WANG, number)
    assert (target.kind, dict(target.document)) == ("target", {"indicator": SHARE})
    form = filled(
        "target",
        target.document,
        region_code=f"{NORTH:012d}",
        year="2027",
        op=">=",
        value="60",
        statement_zh="到2027年占比达到60%",
    )
    saved = editor.save(WANG, number, target.revision, form, "zh")
    assert saved.faults == ()
    assert (saved.draft.document["value"], saved.draft.document["year"]) == (60, 2027)
    curve = editor.aim(WANG, draft.id, "curve", region="", year="", plan="", statement="")
    shares = house.studio.draft(WANG, curve)
    wrong = editor.save(
        WANG, curve, shares.revision, filled("curve", shares.document, shares="5, 10, 20"), "zh"
    )
    assert [(one.box, one.issue.key) for one in wrong.faults] == [("shares", "season_curve")]
