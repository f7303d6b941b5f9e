"""Views of the warning list, on every engine."""

import pytest

from data_access.accounts import AccountStore
from data_access.saved_views import SavedViewStore


@pytest.fixture
def views(engine):
    return SavedViewStore(engine)


def kept(views, account):
    return [(view.name, view.address) for view in views.of(account)]


def test_a_view_is_kept_replaced_and_forgotten_for_one_account(views):
    views.keep("a", "红色", "filter=level:red", at=1, actor="leader")
    views.keep("a", "高州", "region=440981000000", at=2, actor="leader")
    views.keep("b", "红色", "filter=level:orange", at=3, actor="county")
    views.keep("a", "红色", "filter=level:red;system:econ", at=4, actor="leader")
    assert kept(views, "a") == [("红色", "filter=level:red;system:econ"), ("高州", "region=440981000000")]
    first = views.of("a")[0]
    assert not views.forget("b", first.id, at=5, actor="county")
    assert views.forget("a", first.id, at=6, actor="leader")
    assert not views.forget("a", first.id, at=7, actor="leader")
    assert kept(views, "a") == [("高州", "region=440981000000")]
    assert kept(views, "b") == [("红色", "filter=level:orange")]


def test_every_change_of_a_view_is_in_the_audit_log(engine, views):
    views.keep("a", "红色", "filter=level:red", at=1, actor="leader")
    views.forget("a", views.of("a")[0].id, at=2, actor="leader")
    log = AccountStore(engine).log(5)
    assert [(one.act, one.actor, one.subject) for one in log] == [
        ("warning_views.forget", "leader", "a"),
        ("warning_views.keep", "leader", "a"),
    ]
