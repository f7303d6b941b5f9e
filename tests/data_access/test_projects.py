"""The register of projects on every engine: what is stored, what changed, and what is told to the audit log."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine

from data_access.accounts import AccountStore
from data_access.projects import ProjectStore
from indicators.errors import CockpitError
from indicators.projects import Listing, Milestone, Month, Plan, Problem, Project, Total

AT = 1_790_000_000
TOLD = {"at": AT, "actor": "editor"}


@pytest.fixture
def projects(engine: Engine) -> ProjectStore:
    return ProjectStore(engine)


def a_project(**fields):
    return Project(**{"id": 0, "name": "化橘红产业园", "region": 440982100000, "total": 12.5} | fields)


def added(store, **fields):
    with store.begin() as connection:
        return store.save(connection, a_project(**fields), **TOLD)


def put(store, *parts, reason=""):
    with store.begin() as connection:
        return [store.put(connection, part, reason=reason, **TOLD) for part in parts]


def test_what_is_stored_is_read_back_with_all_its_records(projects):
    one = added(projects, scopes=("province", "city"), planned_start=date(2026, 3, 1))
    records = [
        Total(one.id, date(2026, 1, 1), 12.5),
        Listing(one.id, 2026, date(2026, 1, 1)),
        Plan(one.id, 2026, date(2026, 1, 1), 4.0, "年初下达"),
        Month(one.id, 2026, 2, 0.5, fund_own=0.2, registered=True),
    ]
    assert put(projects, *records) == [True] * 4
    put(projects, Milestone(0, one.id, "封顶", date(2026, 6, 1)))
    put(projects, Problem(0, one.id, "land", "用地未落实", "natres", date(2026, 2, 1), date(2026, 3, 1)))
    found = projects.current()
    assert found.projects[one.id] == one
    assert [
        found.totals[one.id][0],
        found.listings[one.id][0],
        found.plans[one.id][0],
        found.months[one.id][0],
    ] == records
    assert found.milestones[one.id][0].name == "封顶"
    assert found.problems[one.id][0].open(date(2026, 2, 10))


def test_a_change_is_kept_field_by_field_with_who_and_why(projects):
    one = added(projects)
    with projects.begin() as connection:
        projects.save(connection, replace(one, total=14.0, owner="恒润公司"), reason="概算调整", **TOLD)
    changes = {
        change.field: (change.old, change.new, change.reason)
        for change in projects.history(one.id)
        if change.field
    }
    assert changes == {"total": ("12.5", "14", "概算调整"), "owner": ("", "恒润公司", "概算调整")}


def test_the_same_again_changes_nothing(projects):
    one = added(projects)
    month = Month(one.id, 2026, 3, 1.0)
    assert put(projects, month) == [True]
    version, told = projects.current().version, len(projects.history(one.id))
    assert put(projects, month) == [False]
    with projects.begin() as connection:
        assert projects.save(connection, one, **TOLD) == one
    assert (projects.current().version, len(projects.history(one.id))) == (version, told)


def test_who_saw_an_older_state_is_stopped(projects):
    one = added(projects)
    with projects.begin() as connection:
        projects.save(connection, replace(one, owner="甲"), **TOLD)
    with pytest.raises(CockpitError) as refused, projects.begin() as connection:
        projects.save(connection, replace(one, owner="乙"), **TOLD)
    assert refused.value.key == "record_changed"
    assert projects.current().projects[one.id].owner == "甲"


def test_every_change_raises_the_counter_and_stands_in_the_audit_log(projects, engine):
    before = projects.current().version
    one = added(projects)
    put(projects, Month(one.id, 2026, 3, 1.0))
    assert projects.current().version > before
    assert [entry.act for entry in AccountStore(engine).log()] == ["project.month", "project.add"]


def test_an_approved_change_of_a_plan_keeps_the_first(projects):
    one = added(projects)
    put(projects, Listing(one.id, 2026, date(2026, 1, 1)), Plan(one.id, 2026, date(2026, 1, 1), 4.0))
    put(projects, Plan(one.id, 2026, date(2026, 7, 1), 5.0, "茂发改〔2026〕12号"))
    register = projects.current()
    assert [register.plan(one.id, date(2026, month, 28)) for month in (6, 7)] == [4.0, 5.0]


def test_membership_of_the_list_decides_what_counts(projects):
    one, programme = added(projects), added(projects, name="大会战项目包", kind="programme")
    for each in (one, programme):
        put(projects, Listing(each.id, 2026, date(2026, 1, 1), date(2026, 9, 1), "调出"),
            Plan(each.id, 2026, date(2026, 1, 1), 4.0))  # fmt: skip
    register = projects.current()
    assert [register.listed(one.id, day) for day in (date(2025, 12, 31), date(2026, 8, 31), date(2026, 9, 1))] == [
        False, True, False,
    ]  # fmt: skip
    assert not register.listed(programme.id, date(2026, 8, 31))
