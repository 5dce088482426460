"""A message stays at the broker until it, or its outcome, is safe."""

import asyncio

import pytest
from stored import said

from agent.clock import Moment
from agent.events import Event
from agent.uplink.commands import BadCommand, Reply
from agent.uplink.inbox import Arrival, Inbox
from drivers.mqtt.errors import MqttError

OUTCOME = Event(type="command.outcome", subject="p1", at=Moment(0, 0, "b", True), data=said(command_id="c1"))


@pytest.mark.parametrize(
    ("unwritten", "broker_takes", "steps"),
    [
        (None, True, ["written", "acknowledged"]),
        (OUTCOME, True, ["written", "told", "acknowledged"]),
        (OUTCOME, False, ["written"]),
    ],
)
def test_it_is_acknowledged_when_it_is_written_or_answered(
    unwritten: Event | None, broker_takes: bool, steps: list[str]
) -> None:
    done: list[str] = []

    async def write(arrival: Arrival) -> Event | None:
        done.append("written")
        return unwritten

    async def tell(outcome: Event, reply: Reply) -> None:
        if not broker_takes:
            raise MqttError("the connection was lost")
        assert outcome is OUTCOME
        done.append("told")

    arrival = Arrival(BadCommand("c1", "?"), Reply(), False, lambda: done.append("acknowledged"), tell, lambda: None)
    asyncio.run(Inbox(asyncio.Queue(), write).take(arrival))
    assert done == steps
