"""The pole is restarted by whoever started it, and not in a loop."""

import asyncio

import pytest

from agent.commands import Nothing, PoleOrder
from agent.commands.restart import LEAST_UPTIME_S, Restart
from drivers.base import Outcome

ORDER = PoleOrder("c1", Nothing())
SYSTEMD = {"INVOCATION_ID": "0"}


@pytest.mark.parametrize(
    ("environ", "uptime_s", "words"),
    [({}, 1e6, "no systemd"), (SYSTEMD, LEAST_UPTIME_S - 1, "started 59 s ago")],
)
def test_it_is_refused_where_it_would_not_come_back_or_has_just_come(
    environ: dict[str, str], uptime_s: float, words: str
) -> None:
    ended: list[None] = []
    outcome = asyncio.run(Restart(lambda: uptime_s, lambda: ended.append(None), environ).carry_out(ORDER))
    assert outcome.status == "refused" and words in outcome.reason
    assert not ended


def test_it_ends_the_daemon_and_says_nothing_until_the_next_start() -> None:
    ended: list[None] = []

    async def main() -> None:
        restart = Restart(lambda: LEAST_UPTIME_S, lambda: ended.append(None), SYSTEMD)
        waiting: asyncio.Task[Outcome] = asyncio.create_task(restart.carry_out(ORDER))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert ended == [None] and not waiting.done()
        waiting.cancel()
        await asyncio.wait([waiting])

    asyncio.run(main())
    assert Restart.after_restart == "done"
