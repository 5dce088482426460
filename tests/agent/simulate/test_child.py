import asyncio
import signal
from pathlib import Path

import psutil
import pytest

from agent.simulate import child
from agent.simulate.bays import OPENING
from agent.simulate.street import LOOP, Addresses


def test_the_street_is_a_process_that_ends_with_its_user(tmp_path: Path) -> None:
    async def main() -> None:
        async with child.street(tmp_path / "street.log") as addresses:
            (process,) = psutil.Process().children()
            assert {*addresses.ears, *addresses.nodes, LOOP} == set(OPENING)
            assert all(map(Path.is_char_device, map(Path, (*addresses.ears.values(), addresses.gateway))))
            assert Path(addresses.chip).is_socket()
        assert not process.is_running()

    asyncio.run(main())
    assert (tmp_path / "street.log").read_text() == ""


def test_a_street_that_hangs_is_killed(tmp_path: Path) -> None:
    async def main() -> None:
        async with child.street(tmp_path / "street.log"):
            (process,) = psutil.Process().children()
            process.send_signal(signal.SIGSTOP)
        assert not process.is_running()

    asyncio.run(main())


def test_a_street_that_does_not_start_says_why(tmp_path: Path) -> None:
    async def main() -> None:
        async with child.started("agent.simulate.no_such_module", log=tmp_path / "log") as process:
            await child.addresses(process, tmp_path / "log", Addresses)

    with pytest.raises(child.ChildError, match="no_such_module"):
        asyncio.run(main())
