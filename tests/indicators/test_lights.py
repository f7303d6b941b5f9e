"""Lights of projects: what the rule finds, and how red is counted over months."""

import pytest

from indicators.lights import Light, Position, courses, judge


@pytest.mark.parametrize(
    ("completion", "colour"),
    [(83.0, "green"), (73.0, "green"), (72.9, "yellow"), (53.0, "yellow"), (52.9, "red"), (0.0, "red"), (120.0, "green")],
)  # fmt: skip
def test_a_light_follows_the_gap_to_the_schedule(completion, colour):
    assert judge(Position(completion, schedule=83.0)).colour == colour


@pytest.mark.parametrize(
    ("late", "colour"),
    [({"late_start": 0}, "green"), ({"late_start": 1}, "yellow"), ({"late_start": 3}, "red"), ({"late_finish": 2}, "yellow"),
     ({"late_finish": 3}, "red"), ({"late_milestone": 1, "milestone": "封顶"}, "green"),
     ({"late_milestone": 2, "milestone": "封顶"}, "yellow")],
)  # fmt: skip
def test_months_of_delay_turn_a_light(late, colour):
    assert judge(Position(None, 50.0, **late)).colour == colour


def test_the_worst_finding_decides_and_every_finding_is_told():
    light = judge(Position(40.0, 83.0, late_milestone=4, milestone="主体封顶"))
    assert light.colour == "red"
    assert [sorted(reason.fields) for reason in light.reasons] == [
        ["bound", "done", "gap", "light"],
        ["months", "name"],
    ]


def test_nothing_is_asked_of_a_finished_project():
    assert judge(Position(10.0, 100.0, late_finish=5, finished=True)).colour == "green"


def test_a_project_before_its_start_is_green_and_says_so():
    light = judge(Position(None, 0.0))
    assert (light.colour, light.reasons[0].message) == ("green", "尚未到考核节点")


def lights(text):
    """Lights from their first letters, a dot for a month off the list."""
    names = {"r": "red", "y": "yellow", "g": "green"}
    return [None if sign == "." else Light(names[sign], ()) for sign in text]


@pytest.mark.parametrize(
    ("computed", "shown", "streaks"),
    [
        ("rrr", "rrr", "123"),
        ("rg", "ry", "11"),  # who catches up shows yellow in that month, which does not reset
        ("rggg", "rygg", "1110"),  # two green months in a row do
        ("rgrg", "ryry", "1122"),
        ("ryr", "ryr", "112"),
        ("r.r", "r.r", "1.2"),
        ("gg", "gg", "00"),
    ],
)
def test_red_is_counted_until_two_green_months_in_a_row(computed, shown, streaks):
    found = courses((light, None) for light in lights(computed))
    assert "".join(one.colour[0] if one else "." for one in found) == shown
    assert "".join(str(one.streak) if one else "." for one in found) == streaks


def test_a_ruling_takes_the_place_of_the_computed_light_and_keeps_it():
    months = [(light, None) for light in lights("rrr")]
    months[1] = (months[1][0], ("yellow", "台风停工"))
    found = courses((Light(light.colour, (), computed=light.colour), ruling) for light, ruling in months)
    assert [one.colour for one in found] == ["red", "yellow", "red"]
    assert (found[1].ruled, found[1].computed, found[1].reasons[0].fields["reason"]) == (
        True,
        "red",
        "台风停工",
    )
    assert found[2].streak == 2
