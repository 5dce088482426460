"""Events become CloudEvents; whatever arrives as a command is a Command or a BadCommand, never an exception."""

import asyncio
import json
import math
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, structs
from stored import said, stored

from agent.clock import Moment
from agent.events import Event
from agent.store import Store, Stored
from agent.uplink.commands import MAX_COMMAND_BYTES, BadCommand, command
from agent.uplink.dialects import Topics
from agent.uplink.dialects.cloudevents import CloudEvents
from agent.uplink.dialects.topics import TopicOptions
from drivers.base import Command

DIALECT = CloudEvents(Topics(TopicOptions(), "rouen", "p-17"))


def _row(**changes: Any) -> Stored:
    fields: dict[str, Any] = {
        "type": "bay.freed",
        "subject": "bay-1",
        "at": Moment(1_770_000_000.1239, 5.0, "b", True),
        "data": said(duration_s=12.5, note="é"),
        "id": "0af1",
    }
    return stored(Event(**(fields | changes)))


def test_envelope_has_every_attribute_of_the_specification() -> None:
    message = DIALECT.event(_row())
    assert message.topic == "lamppost/rouen/p-17/event/bay.freed"
    assert (message.qos, message.retain, message.content_type) == (1, False, "application/cloudevents+json")
    assert json.loads(message.payload) == {
        "specversion": "1.0",
        "id": "0af1",
        "source": "lamppost://rouen/p-17",
        "type": "bay.freed",
        "subject": "bay-1",
        "time": "2026-02-02T02:40:00.123Z",
        "datacontenttype": "application/json",
        "timetrusted": True,
        "sequence": 1,
        "data": {"duration_s": 12.5, "note": "é"},
    }


def test_a_time_that_is_not_trusted_is_told_with_its_boot_and_an_event_in_no_store_has_no_number() -> None:
    unknown = _row(at=Moment(1000.0, 12.3456, "b", False))
    told = json.loads(DIALECT.event(structs.replace(unknown, sequence=0)).payload)
    assert (told["timetrusted"], told["boot"], told["bootseconds"]) == (False, "b", "12.346")
    assert "sequence" not in told
    told = json.loads(DIALECT.event(_row(at=Moment(1000.0, 0.0, "", False))).payload)
    assert (told["timetrusted"], "boot" in told) == (False, False), "of another box's clock"


@pytest.mark.parametrize("data", [b'{"n":1}', b'{ "n" : 1.0, "note": "\\u00e9" }', '{"note":"é"}'.encode()])
def test_the_data_of_the_row_is_sent_byte_for_byte(data: bytes) -> None:
    message = DIALECT.event(structs.replace(_row(), data=Raw(data)))
    assert message.payload.endswith(b'"data":' + data + b"}")
    assert json.loads(message.payload)["data"] == json.loads(data)


def test_the_bytes_at_the_broker_are_those_in_the_file(tmp_path: Path) -> None:
    data = {"duration_s": 12.5, "note": "é", "bays": [1, 2.0, None], "of": {"a": True}}
    event = Event(type="bay.freed", subject="bay-1", at=Moment(1.77e9, 5.0, "b", True), data=data)

    async def main() -> bytes:
        async with Store(tmp_path / "s.db", max_bytes=1 << 20, boot="b") as store:
            await store.commit([event], {})
            (row,) = await store.position().lease(1)
            return DIALECT.event(row).payload

    payload = asyncio.run(main())
    with closing(sqlite3.connect(tmp_path / "s.db")) as database:
        ((stored_data,),) = database.execute("SELECT data FROM outbox").fetchall()
    assert payload.endswith(b',"data":' + stored_data + b"}")
    assert json.loads(stored_data) == data


def test_untrusted_time_is_marked() -> None:
    body = json.loads(DIALECT.event(_row(at=Moment(0.0, 5.0, "b", False))).payload)
    assert (body["time"], body["timetrusted"]) == ("1970-01-01T00:00:00.000Z", False)


@given(st.floats(0, 253_402_300_799, exclude_max=True))
def test_time_reads_back_to_the_millisecond(unix_s: float) -> None:
    time = json.loads(DIALECT.event(_row(at=Moment(unix_s, 0.0, "b", True))).payload)["time"]
    assert time.endswith("Z") and len(time) == 24
    lost_s = unix_s - datetime.fromisoformat(time).timestamp()
    assert 0 <= round(lost_s, 6) < 0.001001 + math.ulp(unix_s)


def test_status_is_retained() -> None:
    message = DIALECT.status(True, {"version": "1"})
    assert (message.topic, message.qos, message.retain) == ("lamppost/rouen/p-17/status", 1, True)
    assert json.loads(message.payload) == {"online": True, "version": "1"}


def _order(**changes: Any) -> bytes:
    fields = {"id": "c-1", "device": "lamp-1", "action": "override", "value": 40}
    return json.dumps({key: value for key, value in (fields | changes).items() if value is not ...}).encode()


def test_command_with_everything() -> None:
    payload = _order(expires="2026-11-05T20:00:00+01:00", hold="1h 30min")
    expires = datetime(2026, 11, 5, 19, tzinfo=UTC)
    assert command(payload) == Command("c-1", "lamp-1", "override", 40.0, expires, 5400.0)
    assert command(_order(hold_s=60)) == Command("c-1", "lamp-1", "override", 40.0, None, 60.0)
    assert command(_order(value=..., action="release")) == Command("c-1", "lamp-1", "release")


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"value": "40"}, "Expected `float | null`, got `str`"),
        ({"value": True}, "got `bool`"),
        ({"level": 40}, "unknown field `level`"),
        ({"device": ...}, "required field `device`"),
        ({"device": "Lamp 1"}, "device"),
        ({"action": "rm -rf"}, "action"),
        ({"expires": "2026-11-05T20:00:00"}, "timezone"),
        ({"expires": "tomorrow"}, "Invalid RFC3339"),
        ({"expires": "0001-01-01T00:00:00+23:59"}, "not a command"),
        ({"hold": "a while"}, "not a duration"),
        ({"hold": "-5m"}, "not a duration"),
        ({"hold": "1h", "hold_s": 5}, "exclude each other"),
        ({"hold_s": 0}, "at most 366 d"),
        ({"hold_s": 1e300}, "at most 366 d"),
    ],
)
def test_wrong_command_is_told_with_its_id(changes: dict[str, Any], words: str) -> None:
    bad = command(_order(**changes))
    assert isinstance(bad, BadCommand)
    assert bad.id == "c-1"
    assert words in bad.reason


@pytest.mark.parametrize("id", ["", "x" * 65, "a b", "é", 5, None, ["c-1"]])
def test_id_that_cannot_be_answered_is_not_repeated(id: Any) -> None:
    bad = command(_order(id=id))
    assert isinstance(bad, BadCommand) and bad.id is None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"{" * 10_000,
        b'{"id": "c-1", "pad": ' + b"[" * 10_000,
        b'{"id": "c-1", "device": "lamp-1", "action": "level", "value": 1e999}',
        b'{"id": "c-1", "device": "lamp-1", "action": "level", "value": NaN}',
    ],
)
def test_garbage_orders_nothing(payload: bytes) -> None:
    assert isinstance(command(payload), BadCommand)


def test_size_is_bounded() -> None:
    longest = _order() + b" " * (MAX_COMMAND_BYTES - len(_order()))
    assert isinstance(command(longest), Command)
    assert command(longest + b" ") == BadCommand(None, "16385 bytes; a command has at most 16384", "too_long")


def test_retained_command_is_refused() -> None:
    bad = command(_order(), retained=True)
    assert isinstance(bad, BadCommand)
    assert bad.id == "c-1" and "retain" in bad.reason


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_any_bytes_order_nothing(payload: bytes) -> None:
    assert isinstance(command(payload), BadCommand)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_field_names = st.sampled_from(["id", "device", "action", "value", "expires", "hold", "hold_s", "x"])


@given(st.dictionaries(_field_names, _json | st.sampled_from(["lamp-1", "level", "5m", "2026-11-05T20:00:00Z"])))
def test_any_json_is_a_sound_command_or_a_bad_one(fields: dict[str, Any]) -> None:
    heard = command(json.dumps(fields).encode())
    if isinstance(heard, Command):
        assert fields.keys() <= {"id", "device", "action", "value", "expires", "hold", "hold_s"}
        assert heard.hold_s is None or 0 < heard.hold_s <= 366 * 86400
        assert heard.expires is None or heard.expires.tzinfo is not None
