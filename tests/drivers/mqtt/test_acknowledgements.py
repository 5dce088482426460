import asyncio

import pytest
from patience import PATIENCE_S

from drivers.mqtt.acknowledgements import Acknowledgements
from drivers.mqtt.errors import Unacknowledged
from drivers.mqtt.reasons import Reason
from tests.support.virtual_time import run_settling

QUOTA_EXCEEDED = Reason(0x97)


def test_each_publish_hears_of_its_own_acknowledgement() -> None:
    async def main() -> None:
        acknowledgements = Acknowledgements(10.0)
        waiting = [asyncio.create_task(acknowledgements.wait(mid)) for mid in (1, 2)]
        await asyncio.sleep(0)
        assert acknowledgements.resolve(2, QUOTA_EXCEEDED)
        assert acknowledgements.resolve(1, None)
        assert await asyncio.gather(*waiting) == [None, QUOTA_EXCEEDED]
        assert not acknowledgements.resolve(2, None), "nobody waits for it any more"

    run_settling(main())


def test_a_second_acknowledgement_changes_nothing() -> None:
    async def main() -> None:
        acknowledgements = Acknowledgements(10.0)
        waiting = asyncio.create_task(acknowledgements.wait(1))
        await asyncio.sleep(0)
        assert acknowledgements.resolve(1, None)
        assert acknowledgements.resolve(1, QUOTA_EXCEEDED)
        assert await waiting is None

    run_settling(main())


def test_each_may_wait_for_the_whole_time() -> None:
    """The second is published when half of the first one's time is over, and late when all of its own is."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        acknowledgements = Acknowledgements(0.2)
        ended_s: dict[int, float] = {}

        async def wait(mid: int) -> None:
            began_s = loop.time()
            with pytest.raises(Unacknowledged, match="acknowledged nothing"):
                await acknowledgements.wait(mid)
            ended_s[mid] = loop.time() - began_s

        first = asyncio.create_task(wait(1))
        await asyncio.sleep(0.1)
        await asyncio.gather(first, wait(2))
        assert all(waited_s >= 0.2 for waited_s in ended_s.values())
        assert list(ended_s) == [1, 2]

    run_settling(main())


def test_an_answer_for_another_one_changes_nothing() -> None:
    async def main() -> Reason | None:
        acknowledgements = Acknowledgements(10.0)
        waiting = asyncio.create_task(acknowledgements.wait(1))
        await asyncio.sleep(0)
        assert 1 in acknowledgements and 2 not in acknowledgements
        assert not acknowledgements.resolve(2, None), "it is another one's"
        assert acknowledgements.resolve(1, QUOTA_EXCEEDED)
        return await waiting

    assert run_settling(main()) == QUOTA_EXCEEDED


def test_after_one_that_was_answered_another_one_is_late_in_its_own_time() -> None:
    """The timer that was made for the first finds nobody to wait for; and once more, when nobody waited at all."""

    async def late_after_s(acknowledgements: Acknowledgements, mid: int) -> float:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        with pytest.raises(Unacknowledged):
            await acknowledgements.wait(mid)
        return loop.time() - began_s

    async def main() -> None:
        acknowledgements = Acknowledgements(0.1)
        first = asyncio.create_task(acknowledgements.wait(1))
        await asyncio.sleep(0)
        acknowledgements.resolve(1, None)
        assert await first is None
        await asyncio.sleep(0.05)
        async with asyncio.timeout(PATIENCE_S):
            assert 0.1 <= await late_after_s(acknowledgements, 2) < 1.0
            await asyncio.sleep(0.15)
            assert 0.1 <= await late_after_s(acknowledgements, 3) < 1.0

    run_settling(main())


def test_when_one_is_late_all_that_are_late_are_told() -> None:
    async def main() -> list[bool]:
        acknowledgements = Acknowledgements(0.05)
        waiting = [asyncio.create_task(acknowledgements.wait(mid)) for mid in (1, 2, 3)]
        await asyncio.sleep(0)
        acknowledgements.resolve(1, None)
        async with asyncio.timeout(PATIENCE_S):
            found = await asyncio.gather(*waiting, return_exceptions=True)
        return [isinstance(each, Unacknowledged) for each in found]

    assert run_settling(main()) == [False, True, True]


def test_who_gives_up_waits_no_more() -> None:
    async def main() -> None:
        acknowledgements = Acknowledgements(10.0)
        waiting = asyncio.create_task(acknowledgements.wait(1))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        assert waiting.cancelled()
        assert not acknowledgements.resolve(1, None)

    run_settling(main())
