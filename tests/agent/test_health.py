"""What systemd hears, over a real datagram socket."""

import asyncio
import os
import socket
from pathlib import Path

import pytest
from patience import PATIENCE_S

from agent.health import Notifier, watchdog


@pytest.fixture
def manager(tmp_path: Path):
    """The service manager's end of the notification socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(str(tmp_path / "notify"))
        end.settimeout(PATIENCE_S)
        yield end


def test_ready_and_status_reach_the_service_manager(manager: socket.socket) -> None:
    Notifier({"NOTIFY_SOCKET": manager.getsockname()}).tell(READY="1", STATUS="2 lamps")
    assert manager.recv(4096) == b"READY=1\nSTATUS=2 lamps"


def test_an_abstract_socket_is_understood() -> None:
    name = f"lamppost-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind("\0" + name)
        end.settimeout(PATIENCE_S)
        Notifier({"NOTIFY_SOCKET": "@" + name}).tell(READY="1")
        assert end.recv(4096) == b"READY=1"


def test_without_a_service_manager_nothing_is_sent() -> None:
    notifier = Notifier({})
    notifier.tell(READY="1")
    assert notifier.watchdog_s is None


def test_the_watchdog_of_another_process_is_not_ours() -> None:
    assert Notifier({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}).watchdog_s is None
    assert Notifier({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}).watchdog_s == 30


def test_no_watchdog_is_sent_while_a_part_hangs(manager: socket.socket) -> None:
    """The daemon is believed only as long as its parts answer."""
    answers = iter(["fine"])
    pauses: list[float] = []

    async def alive() -> str:
        for answer in answers:
            return answer
        await asyncio.Event().wait()
        raise AssertionError

    async def sleep(pause_s: float) -> None:
        pauses.append(pause_s)
        await asyncio.sleep(0)

    async def main() -> None:
        notifier = Notifier({"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "30000000"})
        task = asyncio.create_task(watchdog(notifier, alive, sleep))
        for _ in range(20):
            await asyncio.sleep(0)
        task.cancel()

    asyncio.run(main())
    assert pauses == [10.0]
    assert manager.recv(4096) == b"WATCHDOG=1\nSTATUS=fine"
    manager.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.recv(4096)
