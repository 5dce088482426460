"""Several uplinks, each by itself: added, removed, and configured anew while the others go on."""

import asyncio
from typing import Any

import pytest
from msgspec import structs

from agent.isolation import Isolation
from agent.uplink.options import UplinkOptions
from agent.uplink.status import UplinkStatus
from agent.uplink.uplinks import Uplinks, part_of

OPTIONS = UplinkOptions(host="127.0.0.1", commands="none")


class Fake:
    """An uplink that runs until it is cancelled, or fails when it is told."""

    def __init__(self, name: str, options: UplinkOptions) -> None:
        self.name, self.options, self.said = name, options, list[str]()
        self.status, self.fails = UplinkStatus(name, lambda: 0.0), asyncio.Event()

    async def run(self) -> None:
        self.said.append("begun")
        try:
            await self.fails.wait()
            self.fails.clear()
            raise RuntimeError("a defect")
        except asyncio.CancelledError:
            self.said.append("farewell")
            raise

    def reconfigure(self, options: UplinkOptions) -> None:
        self.options = options
        self.said.append("anew")

    def tell_details(self) -> None:
        self.said.append("details")


def pole(isolation: Isolation) -> Uplinks:
    return Uplinks(Fake, isolation)  # type: ignore[arg-type]


async def _ended(running: "asyncio.Task[Any]") -> None:
    running.cancel()
    await asyncio.wait([running])


async def _soon() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_what_another_configuration_says_of_one_does_not_touch_the_others() -> None:
    async def main() -> None:
        uplinks = pole(Isolation())
        await uplinks.follow({"": OPTIONS, "lighting": OPTIONS})
        running = asyncio.create_task(uplinks.run())
        await _soon()
        city, lighting = uplinks[""], uplinks["lighting"]
        other = structs.replace(OPTIONS, in_flight=3)
        assert await uplinks.follow({"": OPTIONS, "lighting": other, "traffic": OPTIONS}) == set()
        await _soon()
        assert (city.said, lighting.said, uplinks["traffic"].said) == (["begun"], ["begun", "anew"], ["begun"])  # type: ignore[attr-defined]
        assert await uplinks.follow({"traffic": OPTIONS, "": OPTIONS}) == {"lighting"}
        assert lighting.said == ["begun", "anew", "farewell"]  # type: ignore[attr-defined]
        assert list(uplinks.by_name) == ["traffic", ""] and uplinks.get("lighting") is None
        uplinks.tell_details()
        await uplinks.follow({"traffic": OPTIONS, "": OPTIONS}, reconnect=True)
        assert city.said == ["begun", "details", "anew"]  # type: ignore[attr-defined]
        await _ended(running)
        assert city.said[-1] == "farewell"  # type: ignore[attr-defined]

    asyncio.run(main())


def test_one_with_a_defect_is_begun_anew_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async def sleep(_: float) -> None:
            await asyncio.sleep(0)

        isolation = Isolation(sleep=sleep, now_s=lambda: 1e9)
        uplinks = pole(isolation)
        await uplinks.follow({"": OPTIONS, "lighting": OPTIONS})
        running = asyncio.create_task(uplinks.run())
        await _soon()
        uplinks["lighting"].fails.set()  # type: ignore[attr-defined]
        await _soon()
        assert isolation.names == [part_of("lighting")] == ["uplink/lighting"]
        assert uplinks[""].said == ["begun"]  # type: ignore[attr-defined]
        await uplinks.follow({"": OPTIONS})
        assert isolation.names == []
        await _ended(running)

    asyncio.run(main())


def test_those_count_by_which_the_pole_is_commanded() -> None:
    async def main() -> None:
        uplinks = pole(Isolation())
        commanding = structs.replace(OPTIONS, commands="all")
        await uplinks.follow({"": commanding, "lighting": structs.replace(OPTIONS, commands="devices")})
        assert list(uplinks.commanding) == [""]
        await uplinks.follow({"": OPTIONS, "lighting": OPTIONS})
        assert list(uplinks.commanding) == ["", "lighting"], "where none may order, any will do"

    asyncio.run(main())
