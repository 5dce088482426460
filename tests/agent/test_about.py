"""What the pole tells of the configuration in force is known in one place."""

import asyncio
from functools import partial
from pathlib import Path

from built_pole import BuiltPole, MovedClock, built_pole
from msgspec import structs
from pole_file import pole_1

from agent.about import AboutPole
from agent.configuration import load
from agent.configuration.in_force import InForce, Problem
from agent.documents.build import open_documents
from agent.security import SecurityLog
from agent.uplink.inbox import Arrival
from agent.uplink.options import UplinkOptions
from agent.uplink.uplink import Uplink
from agent.uplink.uplinks import Uplinks

OF_FILE, OF_ANOTHER = InForce("/etc/l.toml", "1" * 64), InForce("/etc/l.toml", "2" * 64, "remote")


async def never(arrival: Arrival) -> None:
    raise AssertionError(arrival)


def _uplink(built: BuiltPole, name: str, options: UplinkOptions) -> Uplink:
    return Uplink(options, "town", "p1", built.store.position(name), never, name=name)


PROBLEM = Problem("/etc/l.toml", 3, "no such key")


def test_what_is_wrong_with_another_configuration_leaves_the_one_in_force_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "lamppost.toml"
    file.write_text(pole_1())

    async def main() -> None:
        async with built_pole(load(file), tmp_path / "l.db", MovedClock()) as built:
            about = AboutPole(built.builder, [], OF_FILE)
            about.find_wrong(PROBLEM)
            assert about.in_force == InForce(OF_FILE.path, OF_FILE.sha256, problem=PROBLEM)
            assert about.inventory()["config_sha256"] == OF_FILE.sha256
            about.follow(OF_ANOTHER)
            assert about.in_force is OF_ANOTHER, "nothing is wrong any more"
            of_no_file = AboutPole(built.builder, [], None)
            of_no_file.find_wrong(PROBLEM)
            assert of_no_file.in_force is None

    asyncio.run(main())


def test_promise_what_is_told_of_health_names_the_configuration_that_is_in_force_now(tmp_path: Path) -> None:
    file = tmp_path / "lamppost.toml"
    file.write_text(pole_1('status_period = "1h"'))

    async def main() -> None:
        async with built_pole(load(file), tmp_path / "l.db", MovedClock()) as built:
            about = AboutPole(built.builder, [], OF_FILE)
            about.documents = await open_documents(built.builder, built.builder.trades)
            about.uplinks = Uplinks(partial(_uplink, built), built.isolation)
            await about.uplinks.follow(built.config.uplink)
            about.security = SecurityLog("p1", MovedClock(), built.store.commit)
            assert about.health is None
            beating = asyncio.create_task(about.heartbeat())
            while about.health is None:
                assert not beating.done(), beating
                await asyncio.sleep(0.001)
            assert about.health.config_sha256 == OF_FILE.sha256
            about.follow(OF_ANOTHER)
            assert (about.health.config_sha256, about.health.config_source) == (OF_ANOTHER.sha256, "remote")
            about.find_not_kept("the disk is full")
            assert (await about.status())["configuration"]["not_kept"] == "the disk is full"
            built.builder.config = structs.replace(built.config, uplink={"new": UplinkOptions(host="127.0.0.1")})
            assert "waiting" in (await about.status())["uplink"], "while a reload has come half way"
            beating.cancel()
            await asyncio.wait({beating})

    asyncio.run(main())
