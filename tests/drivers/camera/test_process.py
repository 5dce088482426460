"""A camera process of another user: what systemd would start, here a server of the test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.base import Reading
from drivers.camera.driver import CameraDriver
from drivers.camera.ipc import Alive, line, read_job
from drivers.camera.options import CameraOptions
from drivers.camera.process import SOCKET
from drivers.errors import DeviceError

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]


@asynccontextmanager
async def serving(path: Path, serve: Serve) -> AsyncIterator[None]:
    async with await asyncio.start_unix_server(serve, path):
        yield


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(SOCKET, str(tmp_path / "socket"))
    return tmp_path / "socket"


def driver(tmp_path: Path) -> CameraDriver:
    return CameraDriver("cam", CameraOptions(source="rtsp://u:secret@camera/x"), {}, tmp_path)


def test_the_job_goes_over_the_socket_and_the_connection_ends_with_the_driver(path: Path, tmp_path: Path) -> None:
    async def main() -> list[bytes]:
        told: list[bytes] = []
        over = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            told.append(await reader.readline())
            writer.write(line(Alive(1.0, "ok", "", 10, 0, 0, 3, 1.0, "", False, 9.5)))
            told.append(await reader.read())
            writer.close()
            over.set()

        heard = asyncio.Event()

        async def emit(reading: Reading) -> None:
            heard.set()

        async with serving(path, serve):
            task = asyncio.create_task(driver(tmp_path).run(emit))
            await heard.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await over.wait()
        return told

    job, rest = asyncio.run(main())
    assert read_job(job).options.source == "rtsp://u:secret@camera/x"
    assert rest == b""


def fault(tmp_path: Path) -> DeviceError:
    async def emit(reading: Reading) -> None: ...

    with pytest.raises(DeviceError) as error:
        asyncio.run(driver(tmp_path).run(emit))
    return error.value


def test_one_that_ends_is_a_device_down_whose_journal_says_why(path: Path, tmp_path: Path) -> None:
    async def main(unread: bool) -> str:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if not unread:
                await reader.readline()
            writer.transport.abort()

        async def emit(reading: Reading) -> None: ...

        async with serving(path, serve):
            with pytest.raises(DeviceError) as error:
                await driver(tmp_path).run(emit)
            return error.value.what

    for unread in (False, True):
        assert asyncio.run(main(unread)) == "the camera process has ended: journalctl -u 'lamppost-camera@*' says why"


def test_a_socket_that_is_not_there_is_told(path: Path, tmp_path: Path) -> None:
    assert "cannot be started" in fault(tmp_path).what
