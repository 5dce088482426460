"""events.resend: to the uplink that asks, from a number or a time, and what the pole no longer has is told."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.commands.actions import PoleOrder, order_of
from agent.commands.resend import ResendData, ResendEvents
from agent.store import NeverSent, PositionStatus, Resend
from agent.uplink.commands import PoleCommand
from drivers.base import Outcome


class Log:
    """The position of "lighting": it has numbers 40 to 100, and gives 10 at once."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    async def resend(self, *, from_sequence: int | None, from_unix_s: float | None, limit: int) -> Resend:
        self.asked.append({"from_sequence": from_sequence, "from_unix_s": from_unix_s, "limit": limit})
        if from_sequence is not None and from_sequence > 100:
            raise NeverSent(from_sequence)
        return Resend(10, 40, 49, ((from_sequence or 40, 39),), 40, True)

    async def status(self) -> PositionStatus:
        return PositionStatus({}, None, dropped=0, newest=100, unconfirmed=0, resending=0)


LOG = Log()
ACTION = ResendEvents({"lighting": LOG}.__getitem__)  # type: ignore[arg-type]


def asked(data: str, uplink: str | None = "lighting") -> Outcome:
    order: PoleOrder[ResendData] = order_of(ACTION, PoleCommand("p-1", "events.resend", data.encode()), uplink)
    return asyncio.run(ACTION.carry_out(order))


def test_the_outcome_tells_what_comes_and_what_is_gone() -> None:
    outcome = asked('{"from_sequence": 12, "limit": 10}')
    assert outcome.status == "done" and outcome.data == {
        "events": 10, "first": 40, "last": 49, "missing": ((12, 39),), "oldest": 40, "more": True,
    }  # fmt: skip
    assert LOG.asked[-1] == {"from_sequence": 12, "from_unix_s": None, "limit": 10}
    asked('{"from_time": "2026-11-22T23:00:00+01:00"}')
    at_s = datetime(2026, 11, 22, 22, tzinfo=UTC).timestamp()
    assert LOG.asked[-1] == {"from_sequence": None, "from_unix_s": at_s, "limit": 1000}


@pytest.mark.parametrize("data", ["{}", '{"from_sequence": 1, "from_time": "2026-11-22T23:00:00Z"}'])
def test_one_of_both_is_needed(data: str) -> None:
    assert (asked(data).status, asked(data).reason) == ("refused", "expected either from_sequence or from_time")


def test_what_was_never_sent_is_refused() -> None:
    assert asked('{"from_sequence": 101}') == Outcome(
        "p-1", "refused", "no event of this uplink has such a number yet: the newest is 100"
    )


def test_it_goes_to_the_uplink_that_asks_alone() -> None:
    assert "at the pole itself" in asked('{"from_sequence": 1}', None).reason
    gone = asked('{"from_sequence": 1}', "removed")
    assert (gone.status, gone.reason) == ("failed", "this uplink is no more in the configuration")


@pytest.mark.parametrize(
    "data",
    [
        '{"from_sequence": 0}',
        '{"from_sequence": 1.5}',
        '{"from_sequence": 1, "limit": 10001}',
        '{"from_sequence": 1, "uplink": "city"}',
        '{"from_time": "2026-11-22T23:00:00"}',
    ],
)
def test_data_that_say_no_such_thing_are_refused(data: str) -> None:
    with pytest.raises(ValueError):
        asked(data)
