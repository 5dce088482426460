"""A real RTSP server on loopback: H.264 as street cameras send it; killed and frozen by its own id."""

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import rtsp_camera
from camera_certificate import own_certificate
from street.peer import Server, encoded

from drivers.base import Reading
from drivers.camera.driver import SEES, CameraDriver
from drivers.camera.fetch import fetch
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.camera.reconnecting_source import ReconnectingSource
from drivers.camera.source import Frame
from drivers.errors import DeviceError
from drivers.options import Seconds

PERIOD_S = 0.4
PATIENCE_S = 5.0
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """320 x 180, 25 frames a second, a key frame each 0.4 s, five minutes."""
    folder = tmp_path_factory.mktemp("rtsp")
    drawn = folder / "street.avi"
    writer = cv2.VideoWriter(str(drawn), cv2.VideoWriter.fourcc(*"MJPG"), 25, (320, 180))
    road = np.random.default_rng(1).integers(60, 180, (180, 320, 3)).astype(np.uint8)
    for index in range(50):
        writer.write(np.roll(road, index, axis=1))
    writer.release()
    return encoded(drawn, folder / "street.mp4", 150, fps=25, size="320:180", key_s=0.4)


@pytest.fixture
def server(clip: Path) -> Iterator[Server]:
    with Server(clip) as running:
        yield running


def until(camera: ReconnectingSource, wanted: Callable[[Frame | None], bool]) -> None:
    while not wanted(camera.frame(PATIENCE_S)):
        continue


def pictures(camera: ReconnectingSource) -> None:
    until(camera, lambda frame: frame is not None)


def test_key_frames_alone_are_decoded_as_soon_as_they_are_seen_to_come_often_enough(server: Server) -> None:
    camera = ReconnectingSource(server.url, PERIOD_S)
    pictures(camera)
    assert not camera.keys_only
    until(camera, lambda frame: frame is not None and camera.keys_only)
    pictures(camera)
    assert camera.trouble == ""


def test_every_frame_is_decoded_where_key_frames_come_too_seldom_or_all_are_wanted(server: Server) -> None:
    for camera in (ReconnectingSource(server.url, 0.05), ReconnectingSource(server.url, PERIOD_S, all_frames=True)):
        for _ in range(8):
            pictures(camera)
        assert not camera.keys_only


def test_a_camera_that_refreshes_its_picture_in_stripes_has_no_key_frames_and_is_decoded_whole(
    clip: Path, tmp_path: Path
) -> None:
    striped = tmp_path / "striped.mp4"
    order = ["ffmpeg", "-v", "error", "-i", str(clip), "-t", "30", "-c:v", "libx264", "-bf", "0", "-g", "10"]
    subprocess.run([*order, "-x264-params", "intra-refresh=1", str(striped)], check=True)
    with Server(striped) as server:
        camera = ReconnectingSource(server.url, PERIOD_S)
        for _ in range(8):
            pictures(camera)
        assert not camera.keys_only
        assert (camera.opened, camera.damaged) == (1, 0)


def test_a_server_that_is_killed_is_lost_at_once_and_found_again(server: Server) -> None:
    camera = ReconnectingSource(server.url, PERIOD_S)
    until(camera, lambda frame: frame is not None and camera.keys_only)
    server.kill()
    until(camera, lambda _: "the stream has ended" in camera.trouble)
    until(camera, lambda _: "cannot be opened" in camera.trouble)
    server.start()
    pictures(camera)
    assert camera.trouble == ""


def test_a_server_that_is_frozen_is_found_by_elapsed_time_and_goes_on_when_it_thaws(server: Server) -> None:
    camera = ReconnectingSource(server.url, PERIOD_S, stall_s=1.5)
    pictures(camera)
    server.freeze()
    until(camera, lambda _: "no picture for" in camera.trouble)
    server.thaw()
    pictures(camera)
    assert camera.trouble == ""


def test_the_city_hears_that_pictures_fail_to_come_and_come_again(server: Server) -> None:
    async def main() -> None:
        words: list[object] = []
        options = CameraOptions(
            source=server.url.replace("//", "//user:secret@"), picture=(320, 180), period_s=Seconds(PERIOD_S)
        )
        zone = ZoneShape(camera="kerb-cam", polygon=((20, 80), (300, 80), (300, 170), (20, 170)))
        camera = CameraDriver("kerb-cam", options, {"z": zone}, ROOT / "models")

        async def emit(reading: Reading) -> None:
            if reading.quantity == SEES:
                return
            words.append(reading.value)
            if reading.value == "no_picture":
                assert "the stream has ended" in reading.detail
                assert "secret" not in reading.detail
                server.start()
            elif len(words) == 1:
                server.kill()
            else:
                raise EnoughSeenError

        with pytest.raises(EnoughSeenError):
            await camera.run(emit)
        assert words == ["ok", "no_picture", "ok"]

    fetch(ROOT / "models", lambda step: None)
    asyncio.run(main())


def test_a_picture_that_changes_its_size_in_the_stream_is_told(tmp_path: Path) -> None:
    """A camera that was set otherwise goes on in the same stream with new parameter sets: never is its view called
    moved, which stands still here as on a mast."""
    still = tmp_path / "still.png"
    cv2.imwrite(str(still), road())
    order = ["ffmpeg", "-v", "error", "-loop", "1", "-i", str(still), "-r", "25", "-t", "3", "-pix_fmt", "yuv420p"]
    for name, size in (("wide", "320:180"), ("narrow", "240:180")):
        coded = ["-vf", f"noise=alls=4:allf=t,scale={size}", "-c:v", "libx264", "-bf", "0", "-g", "10"]
        subprocess.run([*order, *coded, str(tmp_path / f"{name}.h264")], check=True)
    both = tmp_path / "both.h264"
    both.write_bytes(b"".join((tmp_path / f"{name}.h264").read_bytes() for name in ("wide", "narrow")))
    stamped = ["-fflags", "+genpts", "-r", "25", "-i", str(both), "-c", "copy", str(tmp_path / "both.mp4")]
    subprocess.run(["ffmpeg", "-v", "error", *stamped], check=True)
    zone = ZoneShape(camera="kerb-cam", polygon=((20, 80), (300, 80), (300, 170), (20, 170)))

    async def emit(reading: Reading) -> None:
        assert reading.value in ("ok", True)

    fetch(ROOT / "models", lambda step: None)
    with Server(tmp_path / "both.mp4") as server:
        options = CameraOptions(source=server.url, picture=(320, 180), period_s=Seconds(PERIOD_S))
        camera = CameraDriver("kerb-cam", options, {"z": zone}, ROOT / "models")
        with pytest.raises(DeviceError, match="the picture has changed from 320 x 180 to 240 x 180 px"):
            asyncio.run(camera.run(emit))


class EnoughSeenError(Exception):
    """Ends the driver of a test."""


def test_two_cameras_one_of_them_over_udp_are_seen_from_the_jail_and_one_that_is_lost_leaves_the_other(
    server: Server, clip: Path
) -> None:
    """Each in a process of its own, narrowed as on a pole."""
    zone = {"z": ZoneShape(camera="cam", polygon=((20, 80), (300, 80), (300, 170), (20, 170)))}

    async def main(urls: dict[str, str]) -> None:
        told: dict[str, list[object]] = {name: [] for name in urls}

        async def emit(reading: Reading) -> None:
            if reading.quantity == SEES:
                return
            told[reading.device].append(reading.value)
            if all("ok" in each for each in told.values()) and "no_picture" not in told["udp"]:
                server.kill()
            elif "no_picture" in told["udp"]:
                raise EnoughSeenError

        def driver(name: str) -> CameraDriver:
            options = CameraOptions(
                source=urls[name],
                transport="udp" if name == "udp" else "tcp",
                picture=(320, 180),
                period_s=Seconds(PERIOD_S),
            )
            return CameraDriver(name, options, zone, ROOT / "models")

        with pytest.raises(ExceptionGroup):
            async with asyncio.TaskGroup() as group:
                for name in urls:
                    group.create_task(driver(name).run(emit))
        assert told == {"udp": ["ok", "no_picture"], "tcp": ["ok"]}

    fetch(ROOT / "models", lambda step: None)
    with Server(clip) as other:
        asyncio.run(main({"udp": server.url, "tcp": other.url}))


def own_camera(options: CameraOptions) -> CameraDriver:
    zone = ZoneShape(camera="cam", polygon=((20, 80), (300, 80), (300, 170), (20, 170)))
    return CameraDriver("cam", options, {"z": zone}, ROOT / "models")


async def seen_once(camera: CameraDriver) -> list[object]:
    """What it says first."""
    said: list[object] = []

    async def emit(reading: Reading) -> None:
        if reading.quantity != SEES:
            said.append(reading.value)
            raise EnoughSeenError

    with pytest.raises(EnoughSeenError):
        await camera.run(emit)
    return said


def road() -> rtsp_camera.Picture:
    return np.random.default_rng(1).integers(60, 180, (180, 320, 3)).astype(np.uint8)


def test_a_camera_by_rtsps_is_seen_from_the_jail_by_the_authority_that_is_named(tmp_path: Path) -> None:
    """The certificate is one that it made itself; another authority keeps the camera down, and says why."""
    fetch(ROOT / "models", lambda step: None)
    own_certificate(tmp_path)
    (tmp_path / "camera.pem").rename(tmp_path / "other.pem")
    _pem, context = own_certificate(tmp_path)
    with rtsp_camera.webcam(road(), context=context) as camera:

        def driver(authority: str) -> CameraDriver:
            options = CameraOptions(
                source=camera.url, picture=(320, 180), period_s=Seconds(PERIOD_S), ca_file=str(tmp_path / authority)
            )
            return own_camera(options)

        assert asyncio.run(seen_once(driver("camera.pem"))) == ["ok"]
        with pytest.raises(DeviceError, match="its certificate is not trusted"):
            asyncio.run(seen_once(driver("other.pem")))


def test_a_login_that_is_refused_is_told_and_a_new_password_needs_no_restart(tmp_path: Path) -> None:
    fetch(ROOT / "models", lambda step: None)
    password = tmp_path / "password"
    password.write_text("of before\n")
    password.chmod(0o600)
    with rtsp_camera.webcam(road(), login=("lamppost", "p@ss/w:rd")) as camera:
        source = camera.url.replace("user:secret@", "")
        options = CameraOptions(
            source=source,
            picture=(320, 180),
            period_s=Seconds(PERIOD_S),
            username="lamppost",
            password_file=str(password),
        )
        driver = own_camera(options)

        async def emit(reading: Reading) -> None:
            assert reading.value in ("no_picture", False)

        with pytest.raises(DeviceError) as refused:
            asyncio.run(driver.run(emit))
        assert "of before" not in str(refused.value)
        password.write_text("p@ss/w:rd\n")
        assert asyncio.run(seen_once(driver)) == ["ok"]
