"""How the demonstration ends by a signal: at any moment, and with nothing left behind."""

import asyncio
import os
import signal

import pytest
from patience import PATIENCE_S

from agent.simulate.demo import Ending

SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


@SIGNALS
def test_a_signal_ends_the_start_and_what_was_begun_is_put_away(number: signal.Signals) -> None:
    done = []

    async def start() -> None:
        with Ending():
            try:
                os.kill(os.getpid(), number)
                await asyncio.sleep(60)
            finally:
                done.append("put away")

    asyncio.run(start())
    assert done == ["put away"]


@SIGNALS
def test_a_signal_while_it_plays_cancels_nothing(number: signal.Signals) -> None:
    async def play() -> bool:
        ending = Ending()
        with ending:
            stop = ending.playing()
            os.kill(os.getpid(), number)
            return await asyncio.wait_for(stop.wait(), PATIENCE_S)

    assert asyncio.run(play())


def test_a_signal_of_the_last_moment_of_the_start_is_heard_by_what_plays() -> None:
    """The loop gives a signal on between two callbacks: there may be no pause any more before it plays."""

    async def play() -> bool:
        ending = Ending()
        with ending:
            os.kill(os.getpid(), signal.SIGTERM)
            return await asyncio.wait_for(ending.playing().wait(), PATIENCE_S)

    assert asyncio.run(play())


def test_a_second_signal_is_that_of_the_process() -> None:
    async def start() -> object:
        with Ending():
            os.kill(os.getpid(), signal.SIGTERM)
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                return signal.getsignal(signal.SIGTERM)
        return None

    assert asyncio.run(start()) == signal.SIG_DFL


def test_what_another_cancels_is_cancelled() -> None:
    async def start() -> None:
        with Ending():
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(start())
