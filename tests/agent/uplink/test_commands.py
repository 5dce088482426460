"""The topics to which an outcome may go, and that garbage orders nothing: through all that a command passes before a
lamp."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct
from stored import said, stored

from agent.clock import Moment
from agent.commands import Commands, Recipients
from agent.events import Event
from agent.store import Stored
from agent.trades.lighting.plan.override import WrongOrder, ordered
from agent.uplink.commands import (
    MAX_COMMAND_BYTES,
    MAX_CORRELATION_BYTES,
    MAX_POLE_COMMAND_BYTES,
    BadCommand,
    PoleCommand,
    Reply,
    command,
    may_be_to_pole,
    reply,
)
from agent.uplink.response_topics import REMEMBERED, ResponseTopics
from drivers.base import Command, Outcome

ALLOWED = "lamppost/rouen/p1/response/"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_command_without_properties_wants_no_reply() -> None:
    assert reply(ALLOWED) == Reply()


def test_topic_correlation_and_trace_are_taken() -> None:
    found = reply(ALLOWED, f"{ALLOWED}city/1", b"\x00", [("x", "y"), ("traceparent", TRACE)])
    assert found == Reply(f"{ALLOWED}city/1", b"\x00", TRACE)


@pytest.mark.parametrize(
    "topic",
    [
        *("", 5, ALLOWED, "lamppost/rouen/p1/command", "lamppost/rouen/p2/response/x"),
        *(ALLOWED + wrong for wrong in ("+", "#", "\x00", "x" * 600)),
    ],
)
def test_a_topic_elsewhere_or_with_wildcards_is_refused(topic: object) -> None:
    assert isinstance(reply(ALLOWED, topic), str)


def test_correlation_is_bounded_and_a_trace_that_is_none_is_left_out() -> None:
    assert isinstance(reply(ALLOWED, f"{ALLOWED}x", b"x" * (MAX_CORRELATION_BYTES + 1)), str)
    for no_trace in ("", "00-" + "0" * 32 + "-b7ad6b7169203331-01", f"ff{TRACE[2:]}", TRACE.upper(), f"{TRACE}\n"):
        assert reply(ALLOWED, None, None, [("traceparent", no_trace)]) == Reply()


@given(st.text(max_size=60) | st.text(max_size=30).map(lambda text: ALLOWED + text), st.binary(max_size=300))
def test_whatever_is_asked_for_an_answer_stays_under_the_poles_topics(topic: str, correlation: bytes) -> None:
    found = reply(ALLOWED, topic, correlation)
    if isinstance(found, Reply):
        assert found.topic is not None and found.topic.startswith(ALLOWED)
        assert not {"+", "#", "\x00"} & set(found.topic)


def test_replies_are_bounded_and_the_newest_wish_counts() -> None:
    replies = ResponseTopics()
    for n in range(REMEMBERED + 5):
        replies.expect(f"c-{n}", Reply(f"{ALLOWED}{n}"))
    outcomes = [_outcome(f"c-{n}") for n in (0, REMEMBERED + 4)]
    assert [replies.to(one).topic for one in outcomes] == [None, f"{ALLOWED}{REMEMBERED + 4}"]
    replies.expect(f"c-{REMEMBERED + 4}", Reply())
    assert replies.to(outcomes[1]) == Reply()
    assert replies.to(_outcome(None)) == Reply()


def _outcome(command_id: str | None) -> Stored:
    return stored(
        Event(type="command.outcome", subject="l", at=Moment(0, 0, "b", True), data=said(command_id=command_id))
    )


class Pole:
    """Two lamps that count what they are told, and nothing that lasts."""

    boot = "b"

    def __init__(self) -> None:
        self.done: list[Command] = []
        self.events: list[Event] = []

    def now(self) -> Moment:
        return self.moment_at(0.0)

    def moment_at(self, mono_s: float) -> Moment:
        return Moment(1.8e9, mono_s, self.boot, True)

    async def commit(self, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        self.events += events

    async def carry_out(self, order: Command) -> Outcome:
        try:
            ordered(order, None, self.now())
        except WrongOrder as error:
            return Outcome(order.id, "refused", str(error))
        self.done.append(order)
        return Outcome(order.id, "done", "", order.value)


RIGHT: dict[str, Any] = {"id": "c-1", "device": "lamp-1", "action": "override", "value": 40, "hold": "30min"}


def carried_out(payload: bytes, retained: bool = False) -> list[Command]:
    pole = Pole()
    lamps = {"lamp-1": pole, "lamp-2": pole}
    commands = Commands("p1", Recipients(lamps, {"lamp": lamps.keys()}, {"bay-1"}), commit=pole.commit, clock=pole)
    asyncio.run(commands.handle(command(payload, retained)))
    assert len(pole.events) == 1, "every message is answered once"
    return pole.done


def _sound(payload: bytes) -> bool:
    """Whether these bytes are a command, by the standard library and the words of docs/events.md."""
    try:
        order = json.loads(payload)
    except (ValueError, RecursionError):
        return False
    if not isinstance(order, dict) or not {"id", "device", "action"} <= order.keys() <= {*RIGHT, "expires", "hold_s"}:
        return False
    value, is_level = order.get("value"), order["action"] in ("override", "level")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return (
        order["device"] in ("lamp-1", "lamp-2")
        and (is_level or order["action"] == "release")
        and (number or value is None)
        and (not is_level or (number and 0 <= value <= 100))
    )


_changes = st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=4)


@given(_changes, st.integers(0, 120), st.booleans())
@example([], 200, False)
@example([], 200, True)
def test_a_damaged_command_is_not_carried_out(changes: list[tuple[int, int]], length: int, retained: bool) -> None:
    """Bytes changed and cut: a lamp is told something only by what is still a command."""
    payload = bytearray(json.dumps(RIGHT).encode())
    for at, byte in changes:
        payload[at % len(payload)] = byte
    cut = bytes(payload[:length])
    done = carried_out(cut, retained)
    if done:
        assert not retained and _sound(cut)


_values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.lists(st.integers())
_words = st.sampled_from(["lamp-1", "lamp-3", "bay-1", "override", "release", "level", "30min", "2099-01-01T00:00:00Z"])


@given(st.dictionaries(st.sampled_from([*RIGHT, "expires", "hold_s", "x"]), _values | _words))
def test_no_combination_of_keys_and_values_is_carried_out_but_a_command(fields: dict[str, Any]) -> None:
    payload = json.dumps({**RIGHT, **fields}).encode()
    if carried_out(payload):
        assert _sound(payload)


def test_the_command_itself_is_carried_out() -> None:
    assert carried_out(json.dumps(RIGHT).encode())
    assert _sound(json.dumps(RIGHT).encode())


@given(st.binary(max_size=200), st.booleans())
@example(b'{"id":' + b"[" * 10_000, False)
@example(b'{"x":' + b"[" * 10_000, True)
@example(b"[" * 16_000, True)
@example(b'{"\xff":1}', False)
@example(b'{"id":"\\ud800"}', False)
@example(b'{"id":"a","device":"lamp-1","action":"level","value":' + b"9" * 5000 + b"}", False)
@example(b'{"id":"a","device":"lamp-1","action":"release","hold_s":1e308}', False)
@example(b'{"id":"a","device":"lamp-1","action":"release","expires":"9999-12-31T23:59:59-23:59"}', False)
@example(b'{"id":"a","device":"lamp-1","action":"release","expires":"0001-01-01T00:00:00+23:59"}', False)
def test_any_bytes_are_a_command_or_a_bad_one(payload: bytes, retained: bool) -> None:
    assert isinstance(command(payload, retained), Command | PoleCommand | BadCommand)


TO_POLE: dict[str, Any] = {"id": "p-1", "action": "document.set", "data": {"text": "é", "n": 1.0}}


def test_a_message_without_a_device_is_meant_for_the_pole() -> None:
    later = "2099-01-01T01:00:00+01:00"
    heard = command(json.dumps({**TO_POLE, "expires": later, "pole": "a/p1", "signature": "AAEC"}).encode())
    assert isinstance(heard, PoleCommand)
    assert (heard.id, heard.action, json.loads(heard.data)) == ("p-1", "document.set", TO_POLE["data"])
    assert heard.expires == datetime(2099, 1, 1, tzinfo=UTC)
    assert (heard.pole, heard.signature) == ("a/p1", b"\x00\x01\x02")
    said = '{"action":"document.set","data":{"n":1,"text":"é"},"expires":"LATER","id":"p-1","pole":"a/p1"}'
    assert heard.signed.decode() == said.replace("LATER", later)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b'{"id":"p-1","action":"pole.restart","data":{"a":1,"a":2}}', '"a" is there twice'),
        (b'{"id":"p-1","id":"p-2","action":"pole.restart"}', '"id" is there twice'),
        (b'{"id":"c-1","device":"lamp-1","action":"level","value":1,"value":99}', '"value" is there twice'),
        (b'{"id":"p-1","action":"pole.restart","data":{"n":9007199254740993}}', "every reader"),
        (b'{"id":"p-1","action":"pole.restart","signature":"*"}', "signature is not base64"),
        (b'{"id":"p-1","action":"pole.restart","value":1}', "unknown field `value`"),
        (b'{"id":"p-1","action":"pole.restart","data":5}', "Expected `object`"),
        (b'{"id":"p-1","action":"pole.Restart"}', "expected two words"),
        (b'{"id":"p-1","device":"p1","action":"pole.restart"}', '"pole.restart" is done by the pole itself; leave out'),
        (b'{"id":"p-1","action":"pole.restart","data":{"a":"\\ud800"}}', "not a command"),
    ],
)
def test_what_could_be_read_in_two_ways_orders_nothing(payload: bytes, words: str) -> None:
    heard = command(payload)
    assert isinstance(heard, BadCommand) and words in heard.reason


def test_one_to_the_pole_may_be_longer() -> None:
    long = json.dumps({**TO_POLE, "data": {"text": "x" * MAX_COMMAND_BYTES}}).encode()
    assert isinstance(command(long), PoleCommand)
    too_long = json.dumps({**TO_POLE, "data": {"text": "x" * MAX_POLE_COMMAND_BYTES}}).encode()
    heard = command(too_long)
    assert isinstance(heard, BadCommand) and heard.reason.endswith("a command has at most 65536")


@pytest.mark.parametrize(
    ("payload", "may"),
    [
        (b'{"id":"a","action":"pole.restart"}', True),
        (b'{"id":"a","action":"configuration.set","data":{"patch":{"device":{}}}}', True),
        (b'{"id":"a","device":"lamp-1","action":"release"}', False),
        (b"x" * 400, False),
    ],
)
def test_what_cannot_be_for_the_pole_itself_is_seen_at_a_glance(payload: bytes, may: bool) -> None:
    assert may_be_to_pole(b"\0\1t\0\1" + payload) is may


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b'{"id":"a b","device":"l","action":"override"}', "id: expected 1 to 64 letters"),
        (b'{"id":"a","device":"Lamp 1","action":"override"}', "device: expected a short name"),
        (b'{"id":"a","device":"l","action":"Over ride"}', 'action: expected one word, as "override"'),
        (b'{"id":"a","action":"pole.Restart"}', 'action: expected two words, as "pole.restart"'),
    ],
)
def test_a_wrong_word_is_told_by_what_may_stand_there(payload: bytes, said: str) -> None:
    found = command(payload)
    assert isinstance(found, BadCommand)
    assert said in found.reason and "regex" not in found.reason
