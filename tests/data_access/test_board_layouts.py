"""Published layouts and drafts, on both engines."""

import pytest

from data_access.board_layouts import Draft, LayoutStore, Where
from indicators.errors import CockpitError

WHERE = Where("digital", "city")
CONTENT = {"sections": {"overview": [{"tile": "dgov.net.coverage", "size": "wide"}]}}


def a_draft(revision=1, base=0, content=CONTENT, **fields):
    return Draft(**({"owner": "e1", "revision": revision, "content": content, "before": ({},), "base": base,
                     "author": "editor", "at": 1000} | fields))  # fmt: skip


@pytest.fixture
def layouts(engine):
    return LayoutStore(engine)


def test_a_draft_comes_back_as_it_was_saved(layouts):
    layouts.save(WHERE, a_draft(), 0)
    assert layouts.drafts(WHERE) == (a_draft(),)
    assert layouts.drafts(Where("digital", "town")) == ()


def test_a_draft_is_saved_over_the_revision_that_was_seen_and_no_other(layouts):
    layouts.save(WHERE, a_draft(1), 0)
    layouts.save(WHERE, a_draft(2, content={}), 1)
    for seen in (0, 1, 3):
        with pytest.raises(CockpitError, match="刚被 editor 改过"):
            layouts.save(WHERE, a_draft(9), seen)
    assert [one.revision for one in layouts.drafts(WHERE)] == [2]


def test_versions_count_up_and_the_newest_is_in_force(layouts):
    for number in (1, 2):
        layouts.save(WHERE, a_draft(base=number - 1), 0)
        assert (
            layouts.publish(WHERE, a_draft(base=number - 1), 1, note=f"v{number}", at=number, actor="editor")
            == number
        )
    assert [one.note for one in layouts.versions(WHERE)] == ["v2", "v1"]
    assert layouts.in_force()[WHERE].number == 2
    assert layouts.drafts(WHERE) == (), "a published draft is done with"
    assert layouts.version() == 2


def test_a_draft_that_began_before_the_newest_version_is_not_published(layouts):
    layouts.save(WHERE, a_draft(), 0)
    layouts.publish(WHERE, a_draft(), 1, note="first", at=1, actor="second")
    layouts.save(WHERE, a_draft(), 0)
    with pytest.raises(CockpitError) as error:
        layouts.publish(WHERE, a_draft(), 1, note="late", at=2, actor="editor")
    assert error.value.key == "layout_published"
    assert len(layouts.versions(WHERE)) == 1


def test_a_discarded_draft_is_gone(layouts):
    layouts.save(WHERE, a_draft(), 0)
    layouts.discard(WHERE, "e1", 1, at=2, actor="editor")
    assert layouts.drafts(WHERE) == ()
