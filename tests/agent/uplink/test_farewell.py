"""What is retained under old topics goes, unless somebody else speaks there."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import json

from agent.isolation import Isolation
from agent.uplink.dialects import Dialect, Topics, dialect_of
from agent.uplink.dialects.base import Speaker
from agent.uplink.dialects.cloudevents import CloudEvents
from agent.uplink.dialects.topics import TopicOptions
from agent.uplink.farewell import NOT_CLEARED, Farewell
from drivers.mqtt.errors import PublishRefused

OLD = ["lamppost/town/p1/state/b1", "lamppost/town/p1/status"]
OURS = "7d0f9c35-52e4-4d0a-9c0b-3f6c8a3d1f52"


def dialect(**topics: str) -> Dialect:
    return dialect_of(TopicOptions(**topics), "town", "p1")


def farewell_of(speaks: Dialect, uuid: str | None, in_use: tuple[str, ...]) -> Farewell:
    mapping = Isolation("p1").part("dialect", each_alone=True)
    return Farewell(None, [speaks], ["b1"], uuid, lambda: in_use, mapping=mapping)


def said(
    retained: Any, in_use: tuple[str, ...] = (), refuses: str = "", speaks: Dialect | None = None
) -> tuple[str | None, list[str]]:
    """What came of it, and which topics were cleared, where that is retained on the status topic."""
    cleared: list[str] = []

    async def deliver(message: Any) -> None:
        if message.topic == refuses:
            raise PublishRefused(message.topic, "Not authorized")
        assert (message.payload, message.retain) == (b"", True)
        cleared.append(message.topic)

    async def heard(topic: str) -> Any:
        return None if retained is None else SimpleNamespace(payload=retained)

    async def main() -> str | None:
        farewell = farewell_of(speaks or dialect(), OURS, in_use)
        link: Any = SimpleNamespace(deliver=deliver)
        settings: Any = None
        await farewell.say(link, settings, heard)
        assert farewell.is_over
        return await farewell.said()

    return asyncio.run(main()), cleared


def status(online: bool, **uuids: str | None) -> bytes:
    return json.encode({"online": online, "places": {name: {"kind": "pole", "uuid": id} for name, id in uuids.items()}})


@pytest.mark.parametrize(
    "retained",
    [None, b"", b"{", b"[]", b'{"online": 3}', status(False), status(False, p9="other"), status(True, b1="b", p1=OURS)],
)
def test_it_goes_also_where_the_broker_has_not_missed_us_yet(retained: bytes | None) -> None:
    assert said(retained) == (None, OLD)


@pytest.mark.parametrize("retained", [b'{"online": true}', status(True, p1="other")])
def test_what_another_pole_says_there_stays(retained: bytes) -> None:
    assert said(retained) == (None, [])


def test_what_is_in_use_stays() -> None:
    assert said(status(True, p1="other"), in_use=(OLD[1],)) == (None, OLD[:1]), "that status is our own"


def test_why_the_broker_refuses_it_is_told() -> None:
    refusal, cleared = said(None, refuses=OLD[1])
    assert refusal is not None and "Not authorized" in refusal and cleared == OLD[:1]


def test_it_is_not_said_over_a_connection_that_would_tell_it_anew() -> None:
    async def main() -> None:
        other = dialect(state="town/{pole}/{device}")
        farewell = farewell_of(dialect(), None, ("lamppost/town/p1/status", "town/p1/b1"))
        assert not farewell.fits(dialect())
        assert farewell.fits(other)

    asyncio.run(main())


def fails(*_: Any) -> Any:
    raise KeyError("word")


@pytest.mark.expects_traceback("dialect failed by a defect")
@pytest.mark.parametrize(("question", "cleared"), [("no_state", OLD[1:]), ("status", [])])
def test_a_dialect_that_cannot_say_one_clears_the_rest_and_it_is_told(question: str, cleared: list[str]) -> None:
    """Nobody knows whether another pole lives there where it cannot say its status."""
    speaks: Any = type("Mute", (CloudEvents,), {question: fails})
    assert said(None, speaks=speaks(Topics(TopicOptions(), "town", "p1"))) == (NOT_CLEARED, cleared)


@pytest.mark.expects_traceback("dialect failed by a defect")
def test_where_a_dialect_cannot_read_who_speaks_nothing_is_cleared() -> None:
    speaks: Any = type("Deaf", (CloudEvents,), {"speaker": fails})
    assert said(status(False), speaks=speaks(Topics(TopicOptions(), "town", "p1"))) == (NOT_CLEARED, [])


def test_who_speaks_is_read_as_the_dialect_says_it() -> None:
    words: Any = type("Words", (CloudEvents,), {"speaker": lambda self, payload: Speaker(payload == b"I am here")})
    speaks = words(Topics(TopicOptions(), "town", "p1"))
    assert said(b"I am here", speaks=speaks) == (None, [])
    assert said(b"gone", speaks=speaks) == (None, OLD)


@pytest.mark.expects_traceback("dialect failed by a defect")
def test_what_a_dialect_cannot_say_is_not_told_anew() -> None:
    async def main() -> bool:
        speaks: Any = type("Mute", (CloudEvents,), {"status": fails, "no_state": fails})
        return farewell_of(dialect(), None, ()).fits(speaks(Topics(TopicOptions(), "town", "p1")))

    assert asyncio.run(main())
