import asyncio

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from agent.uplink.acknowledgements import Acknowledgements, Unacknowledged

SUCCESS = ReasonCode(PacketTypes.PUBACK, identifier=0)
QUOTA_EXCEEDED = ReasonCode(PacketTypes.PUBACK, identifier=0x97)


def test_each_publish_hears_of_its_own_acknowledgement() -> None:
    async def main() -> None:
        acknowledgements = Acknowledgements(10.0)
        waiting = [asyncio.create_task(acknowledgements.wait(mid)) for mid in (1, 2)]
        await asyncio.sleep(0)
        assert acknowledgements.resolve(2, QUOTA_EXCEEDED)
        assert acknowledgements.resolve(1, SUCCESS)
        assert await asyncio.gather(*waiting) == [None, QUOTA_EXCEEDED]
        assert not acknowledgements.resolve(2, SUCCESS), "nobody waits for it any more"

    asyncio.run(main())


def test_a_second_acknowledgement_changes_nothing() -> None:
    async def main() -> None:
        acknowledgements = Acknowledgements(10.0)
        waiting = asyncio.create_task(acknowledgements.wait(1))
        await asyncio.sleep(0)
        assert acknowledgements.resolve(1, SUCCESS)
        assert acknowledgements.resolve(1, QUOTA_EXCEEDED)
        assert await waiting is None

    asyncio.run(main())


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

    asyncio.run(main())


def test_who_gives_up_waits_no_more() -> None:
    async def main() -> None:
        acknowledgements = Acknowledgements(10.0)
        waiting = asyncio.create_task(acknowledgements.wait(1))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        assert waiting.cancelled()
        assert not acknowledgements.resolve(1, SUCCESS)

    asyncio.run(main())
