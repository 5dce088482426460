"""The daemon's side, with the real camera process on a drawn clip, or with a program that misbehaves on purpose."""

import asyncio
import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from msgspec import structs
from patience import PATIENCE_S

from drivers.base import Reading, Stay
from drivers.camera.driver import MOST_STANDING, STAY_RESUMED, STAY_SEEN, CameraDriver
from drivers.camera.ipc import Alive, Standing, StaySeen, line, read_job
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.errors import BadAnswer, DeviceError, NoAnswer
from drivers.options import Seconds

Zones = dict[str, ZoneShape]
PICTURE = (640, 360)
ALIVE = (
    '{"type":"alive","at_s":1,"condition":"%s","detail":"%s","analysed":1,"dropped":0,"damaged":0,"inferences":0,'
    '"period_s":1,"slowed":"","keys_only":false,"detector_ms":0}'
)


@pytest.fixture(scope="module")
def parked(draw: Callable[..., Path], car: type) -> Path:
    """A car stands from the start, drives off after 4.5 s; the street is empty until 12 s."""
    return draw([car(200, until_s=4.5)], 12)


@pytest.fixture
def zones(zone: ZoneShape) -> Zones:
    return {"bus-stop": zone}


def options(source: Path | str, loop: bool = False) -> CameraOptions:
    return CameraOptions(source=str(source), picture=PICTURE, period_s=Seconds(0.5), loop=loop)


class Ear:
    """Keeps what is emitted, and tells when what is waited for has come."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self._news = asyncio.Event()

    async def emit(self, reading: Reading) -> None:
        self.readings.append(reading)
        self._news.set()

    async def until(self, wanted: Callable[[Reading], bool]) -> Reading:
        while True:
            for reading in self.readings:
                if wanted(reading):
                    return reading
            self._news.clear()
            await self._news.wait()

    @property
    def stays(self) -> list[Stay]:
        return [reading.value for reading in self.readings if isinstance(reading.value, Stay)]


def begun(reading: Reading) -> bool:
    return isinstance(reading.value, Stay) and reading.value.left_s is None


def ended(reading: Reading) -> bool:
    return isinstance(reading.value, Stay) and reading.value.left_s is not None


@contextlib.asynccontextmanager
async def running(camera: CameraDriver, ear: Ear) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(camera.run(ear.emit))
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, DeviceError):
            await task


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow  # the clip is shown in real time
def test_a_camera_process_that_is_killed_is_a_device_down_and_the_stay_goes_on_after(
    parked: Path, zones: Zones, models_dir: Path
) -> None:
    async def main() -> None:
        camera = CameraDriver("kerb-cam", options(parked), zones, models_dir)
        ear = Ear()
        async with running(camera, ear) as task:
            reading = await ear.until(begun)
            assert (reading.device, reading.quantity) == ("bus-stop", "stay")
            assert camera.pid is not None
            os.kill(camera.pid, signal.SIGKILL)
            with pytest.raises(DeviceError, match=r"kerb-cam: the camera process was ended by signal 9 \(Killed\)"):
                await task
        async with running(camera, ear):  # the clip starts again: the same car at the same place
            await ear.until(ended)
        first, *_, last = ear.stays
        assert {(one.key, one.entered_s) for one in ear.stays} == {(first.key, first.entered_s)}
        assert last.left_s is not None
        assert last.left_s > first.entered_s + 4.5

    asyncio.run(main())


def test_the_condition_is_told_once_and_the_process_ends_with_its_driver(
    parked: Path, zones: Zones, models_dir: Path
) -> None:
    async def main() -> None:
        camera = CameraDriver("kerb-cam", options(parked), zones, models_dir)
        ear = Ear()
        async with running(camera, ear):
            reading = await ear.until(lambda reading: reading.quantity == "condition")
            assert (reading.device, reading.value) == ("kerb-cam", "ok")
            assert camera.alive is not None
            assert camera.alive.analysed >= 1
            pid = camera.pid
        assert pid is not None
        assert not alive(pid)
        assert camera.pid is None

    asyncio.run(main())


def fault_of(camera: CameraDriver) -> DeviceError:
    async def main() -> None:
        await camera.run(Ear().emit)

    with pytest.raises(DeviceError) as caught:
        asyncio.run(main())
    return caught.value


def test_a_missing_model_is_told_with_the_command_that_fetches_it(parked: Path, zones: Zones, tmp_path: Path) -> None:
    error = fault_of(CameraDriver("kerb-cam", options(parked), zones, tmp_path))
    assert error.device == "kerb-cam"
    assert "oidv4_fp16.tflite is not there" in error.what
    assert error.hint == f"run: lamppost models fetch --dir {tmp_path}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("/nowhere/clip.mp4", "/nowhere/clip.mp4: there is no such file"),
        ("/dev/video-no", "/dev/video-no: there is no such device"),
        (__file__, "test_driver.py: not a video"),
        ("rtsp://user:secret@127.0.0.1:9/main", "rtsp://(hidden)@127.0.0.1:9/main: cannot be opened"),
    ],
)
def test_a_source_that_gives_no_pictures_is_told_in_the_process_own_words(
    source: str, expected: str, zones: Zones, models_dir: Path
) -> None:
    error = fault_of(CameraDriver("kerb-cam", options(source), zones, models_dir))
    assert expected in error.what
    assert "secret" not in str(error)


def test_a_zone_outside_the_picture_is_told(parked: Path, models_dir: Path) -> None:
    outside = ZoneShape(camera="kerb-cam", polygon=((700, 10), (900, 10), (900, 100)))
    error = fault_of(CameraDriver("kerb-cam", options(parked), {"far": outside}, models_dir))
    assert "zone far lies outside the picture of 640 x 360 px" in error.what


def test_the_end_of_a_file_is_told(draw: Callable[..., Path], zones: Zones, models_dir: Path) -> None:
    error = fault_of(CameraDriver("kerb-cam", options(draw([], 1)), zones, models_dir))
    assert "played to its end" in error.what


def program(folder: Path, script: str) -> str:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("script", "kind", "expected"),
    [
        ("echo hello", BadAnswer, "said 6 bytes that are no message: "),
        ("head -c 200000 /dev/zero; read x", BadAnswer, "said a line of more than 65536 bytes"),
        ("read job; exec sleep 60", NoAnswer, "has been silent for 0.3 s"),
        ("exit 3", DeviceError, "the camera process ended with status 3"),
        ('printf \'{"type":"alive"\'', DeviceError, "the camera process ended with status 0"),
        (
            'echo \'{"type":"stay","zone":"other","at_s":1,"stay":{"key":"1","entered_s":1,"left_s":null,'
            '"vehicle":"car","score":0.5}}\'; read x',
            BadAnswer,
            "speaks of a zone 'other'",
        ),
        (
            'echo \'{"type":"standing","zone":"other","box":[1,1,2,2],"look":"","seen_s":1,"stay":{"key":"1",'
            '"entered_s":1,"left_s":null,"vehicle":"car","score":0.5}}\'; read x',
            BadAnswer,
            "speaks of a zone 'other'",
        ),
        (
            'echo \'{"type":"stay","zone":"bus-stop","at_s":1,"stay":{"key":"1","entered_s":1,"left_s":1e300,'
            '"vehicle":"car","score":0.5}}\'; read x',
            BadAnswer,
            "speaks of a time 1e+300 s that has not come",
        ),
        (
            'echo \'{"type":"stay","zone":"bus-stop","at_s":1,"stay":{"key":"1","entered_s":1,"left_s":null,'
            '"vehicle":"\\u001b[2J","score":0.5}}\'; read x',
            BadAnswer,
            r"calls a vehicle or its stay '\x1b[2J'",
        ),
        (f"echo '{ALIVE % ('fine', 'a')}'; read x", BadAnswer, "that are no message"),
        (
            f'echo \'{ALIVE % ("dark", "a")}\'; echo \'{{"type":"fault","what":"a\\u0000","hint":""}}\'; read x',
            DeviceError,
            r"a\x00",
        ),
        (
            'printf \'{"type":\'; head -c 60000 /dev/zero | tr "\\\\0" "["; echo; read x',
            BadAnswer,
            "that are no message",
        ),
    ],
)
def test_a_process_that_misbehaves_is_a_device_down(
    tmp_path: Path, zones: Zones, script: str, kind: type[DeviceError], expected: str
) -> None:
    camera = CameraDriver(
        "kerb-cam", options("x.mp4"), zones, tmp_path, python=program(tmp_path, script), silence_s=0.3
    )
    error = fault_of(camera)
    assert type(error) is kind
    assert expected in error.what


def test_promise_privacy_a_line_that_is_no_message_is_not_quoted(tmp_path: Path, zones: Zones) -> None:
    """What is told of a device that is down goes to the city, and the line may be of a single stay."""
    said = 'echo \'{"type":"stay","zone":"bus-stop","stay":{"key":"k-7","entered_s":1234.5,"left\'; read x'
    error = fault_of(CameraDriver("kerb-cam", options("x.mp4"), zones, tmp_path, python=program(tmp_path, said)))
    assert "1234" not in error.words and "k-7" not in error.words


def test_promise_privacy_while_counts_alone_are_told_a_condition_waits_and_who_counts_knows_it_at_once(
    tmp_path: Path, zones: Zones
) -> None:
    well = Alive(1.0, "ok", "", 10, 0, 0, 3, 1.0, "", False, 9.5)
    (tmp_path / "said").write_bytes(line(well) + line(structs.replace(well, at_s=6.0, condition="blocked")))
    said = program(tmp_path, f"head -n 1 > /dev/null; cat {tmp_path / 'said'}; exec sleep 60")
    camera, ear = CameraDriver("kerb-cam", options("x.mp4"), zones, tmp_path, python=said, period=lambda: 7), Ear()

    async def main() -> None:
        async with running(camera, ear):
            await ear.until(lambda reading: reading.value is False)
            await asyncio.sleep(0)
            assert (camera.figures["condition"], camera.sees) == ("ok", False)

    asyncio.run(main())
    assert [(each.quantity, each.value) for each in ear.readings] == [
        ("condition", "ok"),
        ("sees", True),
        ("sees", False),
    ]


def test_a_stay_that_was_told_in_the_last_line_before_the_end_is_handed_on(tmp_path: Path, zones: Zones) -> None:
    """The next process gets what it needs to know the vehicle again together with the stay that is told."""
    stay = Stay("k-1", 12.5, None, "car", 0.8)
    standing = Standing("bus-stop", stay, (1.5, 2.0, 3.0, 4.0), b"look", 15.5)
    last, jobs = tmp_path / "last", tmp_path / "jobs"
    last.write_bytes(line(StaySeen("bus-stop", stay, 15.5, standing)))
    said = program(tmp_path, f"head -n 1 >> {jobs}; cat {last}")
    camera, ear = CameraDriver("kerb-cam", options("x.mp4"), zones, tmp_path, python=said), Ear()

    async def main() -> None:
        for _ in range(2):
            with pytest.raises(DeviceError, match="ended with status 0"):
                await camera.run(ear.emit)

    asyncio.run(main())
    assert ear.stays[0] == stay
    assert [read_job(job).standing for job in jobs.read_bytes().splitlines()] == [(), (standing,)]


def test_a_vehicle_that_still_stands_is_told_when_it_was_seen_last(tmp_path: Path, zones: Zones) -> None:
    """One that was not told as a stay yet is not: it may have ended in the line before."""
    stay, other = Stay("k-1", 12.5, None, "car", 0.8), Stay("k-2", 12.5, None, "car", 0.8)
    standing = Standing("bus-stop", stay, (1.5, 2.0, 3.0, 4.0), b"look", 15.5)
    told = StaySeen("bus-stop", stay, 15.5, standing)
    again, strange = structs.replace(standing, seen_s=20.25), structs.replace(standing, stay=other, seen_s=20.25)
    (tmp_path / "said").write_bytes(b"".join(map(line, (told, strange, again))))
    said = program(tmp_path, f"head -n 1 > /dev/null; cat {tmp_path / 'said'}")
    camera, ear = CameraDriver("kerb-cam", options("x.mp4"), zones, tmp_path, python=said), Ear()
    with pytest.raises(DeviceError, match="ended with status 0"):
        asyncio.run(camera.run(ear.emit))
    still = [(one.device, one.value, one.at_s) for one in ear.readings if one.quantity == STAY_SEEN]
    assert still == [("bus-stop", "k-1", 20.25)]


def test_of_more_vehicles_than_fit_into_a_zone_the_one_not_seen_for_longest_is_forgotten(
    tmp_path: Path, zones: Zones
) -> None:
    seen = [
        Standing("bus-stop", Stay(f"k-{n}", 12.5, None, "car", 0.8), (1.5, 2.0, 3.0, 4.0), b"look", 15.5)
        for n in range(MOST_STANDING + 1)
    ]
    told, jobs = [*seen[:-1], seen[0], seen[-1]], tmp_path / "jobs"
    (tmp_path / "said").write_bytes(b"".join(map(line, told)))
    said = program(tmp_path, f"head -n 1 >> {jobs}; cat {tmp_path / 'said'}")
    camera, ear = CameraDriver("kerb-cam", options("x.mp4"), zones, tmp_path, python=said), Ear()

    async def main() -> None:
        for _ in range(2):
            with pytest.raises(DeviceError, match="ended with status 0"):
                await camera.run(ear.emit)

    asyncio.run(main())
    handed_on = [each.stay.key for each in read_job(jobs.read_bytes().splitlines()[1]).standing]
    assert handed_on == [*(f"k-{n}" for n in range(2, MOST_STANDING)), "k-0", f"k-{MOST_STANDING}"]


def test_a_stay_from_before_is_told_once_more_when_the_new_process_has_seen_its_vehicle(
    tmp_path: Path, zones: Zones
) -> None:
    """The vehicle may have gone until then, and the listener has forgotten it."""
    began_s, later_s = time.monotonic(), time.monotonic() + 3600.0
    stay = Stay("k-1", began_s - 9.0, None, "car", 0.8)
    unseen = Standing("bus-stop", stay, (1.5, 2.0, 3.0, 4.0), b"look", began_s)
    seen = structs.replace(unseen, seen_s=later_s)
    said = program(tmp_path, f"head -n 1 > /dev/null; cat {tmp_path / 'said'}")
    camera, ear = CameraDriver("kerb-cam", options("x.mp4"), zones, tmp_path, python=said), Ear()

    async def told(*messages: StaySeen | Standing) -> list[Reading]:
        (tmp_path / "said").write_bytes(b"".join(map(line, messages)))
        ear.readings.clear()
        with pytest.raises(DeviceError, match="ended with status 0"):
            await camera.run(ear.emit)
        return list(ear.readings)

    async def main() -> None:
        first = StaySeen("bus-stop", stay, began_s, unseen)
        still = Reading("bus-stop", STAY_SEEN, "k-1", later_s)
        assert await told(first, seen) == [Reading("bus-stop", "stay", stay, began_s), still]
        assert await told(unseen, unseen) == []
        assert await told(unseen, seen, seen) == [Reading("bus-stop", STAY_RESUMED, stay, later_s), still]

    asyncio.run(main())


def test_a_slower_pace_is_logged_with_its_reason_and_its_figures_are_those_of_the_last_line(
    tmp_path: Path, zones: Zones, caplog: pytest.LogCaptureFixture
) -> None:
    well = Alive(1.0, "ok", "", 10, 0, 0, 3, 1.0, "", False, 9.5)
    slowed = structs.replace(
        well,
        at_s=6.0,
        condition="no_picture",
        detail="the stream has ended",
        analysed=15,
        period_s=2.0,
        slowed="the box is throttled",
        keys_only=True,
    )
    (tmp_path / "said").write_bytes(line(well) + line(slowed))
    said = program(tmp_path, f"head -n 1 > /dev/null; cat {tmp_path / 'said'}; exec sleep 60")
    camera, ear = CameraDriver("kerb-cam", options("x.mp4"), zones, tmp_path, python=said), Ear()

    async def main() -> None:
        assert camera.figures == {}
        async with running(camera, ear):
            await ear.until(lambda reading: reading.quantity == "condition")
            while camera.figures["looks"] != 15:
                await asyncio.sleep(0)
            assert camera.figures["condition"] == "no_picture"
            assert camera.figures["detail"] == "the stream has ended"
            assert camera.figures["slowed"] == "the box is throttled"
            assert camera.figures["key_frames_only"] is True
        assert camera.figures == {}

    asyncio.run(main())
    assert caplog.messages == [
        "kerb-cam is looked at every 2 s: the box is throttled",
        "kerb-cam: no_picture: the stream has ended",
    ]


def test_a_process_that_does_not_end_by_itself_is_ended_with_its_driver(tmp_path: Path, zones: Zones) -> None:
    """The process is ended also where the driver's own task is being cancelled, as at the end of the daemon."""
    well = tmp_path / "said"
    well.write_bytes(line(Alive(1.0, "ok", "", 10, 0, 0, 3, 1.0, "", False, 9.5)))
    said = program(tmp_path, f"head -n 1 > /dev/null; cat {well}; exec sleep 60")
    camera, ear = CameraDriver("kerb-cam", options("x.mp4"), zones, tmp_path, python=said), Ear()

    async def main() -> int:
        async with running(camera, ear):
            await ear.until(lambda reading: reading.quantity == "condition")
            assert camera.pid is not None
            return camera.pid

    assert not alive(asyncio.run(main()))


def test_an_interpreter_that_is_not_there_is_told(tmp_path: Path, zones: Zones) -> None:
    error = fault_of(CameraDriver("kerb-cam", options("x.mp4"), zones, tmp_path, python=str(tmp_path / "no-python")))
    assert "cannot be started" in error.what


def test_the_daemon_imports_neither_numpy_nor_opencv() -> None:
    script = (
        "import sys, drivers.camera.driver, drivers.camera.fetch\n"
        "print([name for name in ('numpy', 'cv2', 'av') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


DAEMON = """
import asyncio, sys
from pathlib import Path
from drivers.camera.driver import STAY_SEEN, CameraDriver
from drivers.camera.options import CameraOptions, ZoneShape

async def main(source, models):
    zone = ZoneShape(camera="c", polygon=((190, 200), (420, 200), (420, 290)))
    camera = CameraDriver("c", CameraOptions(source=source, picture=(640, 360), loop=True), {"z": zone}, Path(models))
    async def emit(reading):
        print(camera.pid, flush=True)
    await camera.run(emit)

asyncio.run(main(*sys.argv[1:]))
"""


def test_the_camera_process_ends_when_the_daemon_is_killed(parked: Path, models_dir: Path) -> None:
    order = [sys.executable, "-c", DAEMON, str(parked), str(models_dir)]
    with subprocess.Popen(order, stdout=subprocess.PIPE) as daemon:
        assert daemon.stdout is not None
        pid = int(daemon.stdout.readline())
        watch = os.pidfd_open(pid)
        daemon.kill()
    try:
        assert select.select([watch], [], [], 10)[0], "the camera process has outlived the daemon"
    finally:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(watch, signal.SIGKILL)
        os.close(watch)


def test_what_the_process_says_of_itself_is_told_without_its_control_characters(tmp_path: Path, zones: Zones) -> None:
    said = ALIVE % ("dark", r"\\u001b[2J\\u0000")
    told: list[Reading] = []

    async def keep(reading: Reading) -> None:
        if reading.quantity == "condition":
            told.append(reading)

    async def main() -> None:
        started = program(tmp_path, f"read job; echo '{said}'; read x")
        camera = CameraDriver("kerb-cam", options("x.mp4"), zones, tmp_path, python=started, silence_s=2.0)
        running = asyncio.create_task(camera.run(keep))
        async with asyncio.timeout(PATIENCE_S):
            while not told:
                await asyncio.sleep(0.01)
        assert camera.figures["detail"] == told[0].detail == r"\x1b[2J\x00"
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(main())
