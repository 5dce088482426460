"""What the pole tells of the configuration in force is known in one place."""

import asyncio
from pathlib import Path

from built_pole import MovedClock, built_pole
from pole_file import pole_1

from agent.about import AboutPole
from agent.configuration import load
from agent.configuration.in_force import InForce, Problem

OF_FILE, OF_ANOTHER = InForce("/etc/l.toml", "1" * 64), InForce("/etc/l.toml", "2" * 64)
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
