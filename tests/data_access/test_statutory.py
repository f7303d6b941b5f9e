"""Messages of authorities in the store, on every engine: stored once, ended by what replaces them, never lost."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, text

from data_access.engine import transaction
from data_access.statutory import NewMessage, StatutoryStore, Taken

HOUR = 3600
NOON = 1_793_430_000
COUNTY = 440904000000


def a_new_message(identifier: str = "A-1", **fields: object) -> NewMessage:
    """An orange warning of the county from noon for six hours."""
    plain = NewMessage(
        identifier=identifier, sender="s", sent=NOON, digest=identifier, origin="cap", status="Actual", kind="Alert",
        scope="Public", colour="orange", level=3, hazard="台风", category="Met", issuer="气象台", effective=NOON,
        expires=NOON + 6 * HOUR, assumed=False, unmapped=False, signed=False, simulated=False,
        content='{"infos": []}', raw=b"<alert/>", received_at=NOON, received_by="system", regions=(COUNTY,),
    )  # fmt: skip
    changes = dict(fields)
    if "sent" in changes and "effective" not in changes:
        changes["effective"] = changes["sent"]
    return replace(plain, **changes)


def an_update(
    identifier: str, of: NewMessage, sent: int, kind: str = "Update", **fields: object
) -> NewMessage:
    """A message that replaces or cancels another."""
    keys = ((of.sender, of.identifier, of.sent),)
    return a_new_message(identifier, kind=kind, sent=sent, references=keys, **fields)


@pytest.fixture
def messages(engine: Engine) -> StatutoryStore:
    """An empty store of messages."""
    return StatutoryStore(engine)


def take(store: StatutoryStore, engine: Engine, *found: NewMessage) -> list[Taken]:
    """Take messages in, one after the other."""
    done = []
    for one in found:
        with transaction(engine) as connection:
            done.append(store.take(one, "tester", "command", connection))
    return done


def in_force(store: StatutoryStore, moment: int) -> list[str]:
    """Who is in force at a moment."""
    return [one.identifier for one in store.standing(moment - HOUR) if one.in_force(moment)]


def test_a_message_holds_from_its_beginning_until_just_before_its_end(messages, engine):
    take(messages, engine, a_new_message())
    moments = [NOON - 1, NOON, NOON + 6 * HOUR - 1, NOON + 6 * HOUR]
    assert [len(in_force(messages, moment)) for moment in moments] == [0, 1, 1, 0]


def test_the_same_message_again_has_no_effect_and_another_content_is_a_conflict(messages, engine):
    first, again, other = take(
        messages,
        engine,
        a_new_message(),
        a_new_message(received_at=NOON + 9),
        a_new_message(digest="other", level=4),
    )
    assert (first.state, again.state, other.state) == ("stored", "repeated", "conflict")
    assert {first.id, again.id, other.id} == {first.id}
    assert messages.version() == 1
    assert messages.get(first.id).level == 3
    with engine.connect() as connection:
        acts = list(connection.scalars(text("SELECT act FROM audit ORDER BY number")))
    assert acts == ["statutory_message", "statutory_conflict"]


@pytest.mark.parametrize("kind", ["Update", "Cancel"])
def test_what_replaces_or_cancels_a_message_ends_it(messages, engine, kind):
    first = a_new_message()
    second = an_update("A-2", first, NOON + HOUR, kind)
    _, taken = take(messages, engine, first, second)
    stored = messages.get(taken.superseded[0])
    assert (stored.end, stored.ended_why, stored.ended_by) == (NOON + HOUR, kind, taken.id)
    assert in_force(messages, NOON + HOUR - 1) == ["A-1"]
    assert in_force(messages, NOON + HOUR) == (["A-2"] if kind == "Update" else [])


def test_the_order_of_arrival_does_not_matter(messages, engine):
    first = a_new_message()
    second = an_update("A-2", first, NOON + HOUR)
    third = an_update("A-3", second, NOON + 2 * HOUR, "Cancel")
    _, late, _ = take(messages, engine, third, first, second)
    assert late.superseded == ()
    assert [in_force(messages, NOON + hours * HOUR) for hours in (0, 1, 2)] == [["A-1"], ["A-2"], []]
    chain = messages.chain(late.id)
    assert [one.identifier for one in chain] == ["A-1", "A-2", "A-3"]


def test_an_exercise_never_ends_a_real_warning(messages, engine):
    first = a_new_message()
    take(messages, engine, first, an_update("X", first, NOON + HOUR, "Cancel", status="Exercise"))
    assert in_force(messages, NOON + 2 * HOUR) == ["A-1"]
    take(messages, engine, a_new_message("T", status="Test"), a_new_message("D", status="Draft"))
    assert in_force(messages, NOON + 2 * HOUR) == ["A-1"]
    assert {one.identifier for one in messages.latest(9, "marked")} == {"X", "T", "D"}


def test_nothing_that_was_sent_earlier_ends_a_message(messages, engine):
    first = a_new_message()
    take(messages, engine, first, an_update("old", first, NOON - HOUR, "Cancel"))
    assert in_force(messages, NOON + HOUR) == ["A-1"]


def test_references_that_are_not_here_are_told(messages, engine):
    missing = a_new_message("gone")
    (taken,) = take(messages, engine, an_update("A-2", missing, NOON + HOUR))
    assert taken.unknown == (("s", "gone", NOON),)


def test_the_earliest_end_stays(messages, engine):
    first = a_new_message(expires=None)
    take(
        messages,
        engine,
        first,
        an_update("C", first, NOON + 2 * HOUR, "Cancel"),
        an_update("U", first, NOON + 3 * HOUR),
    )
    assert messages.get(1).end == NOON + 2 * HOUR


def test_a_message_is_all_there_or_not_at_all(messages, engine):
    def broken(connection: Connection) -> None:
        messages.take(a_new_message(), "tester", "command", connection)
        raise RuntimeError

    with pytest.raises(RuntimeError), transaction(engine) as connection:
        broken(connection)
    assert messages.latest(9) == ()
    assert messages.version() == 0


def test_raw_bytes_and_regions_come_back_as_they_were(messages, engine):
    take(messages, engine, a_new_message(raw=b"\xef\xbb\xbf<alert/>\x00", regions=(COUNTY, 440902000000)))
    assert messages.raw(1) == b"\xef\xbb\xbf<alert/>\x00"
    assert messages.get(1).regions == (440902000000, COUNTY)
    assert messages.raw(99) is None
    assert messages.get(99) is None


def test_a_seed_is_stored_once_with_its_chain(messages, engine):
    first = a_new_message("S-1", ended_at=NOON + HOUR, ended_why="Update")
    second = an_update("S-2", first, NOON + HOUR)
    for wanted in (2, 0):
        with transaction(engine) as connection:
            assert messages.seed([first, second], connection) == wanted
    assert [one.identifier for one in messages.chain(2)] == ["S-1", "S-2"]
    assert in_force(messages, NOON + 2 * HOUR) == ["S-2"]


def test_the_answer_whether_it_came_true_is_kept_and_logged(messages, engine):
    take(messages, engine, a_new_message())
    with transaction(engine) as connection:
        messages.verify(1, True, NOON + HOUR, NOON + 7 * HOUR, "tester", connection)
    assert (messages.get(1).happened, messages.get(1).happened_at) == (True, NOON + HOUR)
    assert in_force(messages, NOON) == ["A-1"]
    assert messages.version() == 2
