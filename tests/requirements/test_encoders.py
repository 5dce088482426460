"""What takes the place of an encoder under the GPL: FFmpeg finds its names, and nothing of it is left."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from encoders import Wanted, asked_of, assembly, main, replace
from licences import TABLE, read

SITE = Path(sys.prefix) / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
TOOLS = "x86_64-linux-gnu"
EMPTIED = read(TABLE.read_text()).pole["av"].emptied
TRIED = """
import sys
sys.path.insert(0, sys.argv[1])
import av
assert av.__file__.startswith(sys.argv[1])
for name in ("libx264", "libx265", "libsvtav1"):
    encoder = av.CodecContext.create(name, "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.framerate = 64, 64, "yuv420p", 25
    try:
        encoder.open()
    except av.error.FFmpegError as error:
        print(name, "cannot be opened")
print(av.CodecContext.create("h264", "r").name, av.CodecContext.create("hevc", "r").name)
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """PyAV as it is installed here, in a folder of its own."""
    if not shutil.which(f"{TOOLS}-as") or not (SITE / "av.libs").is_dir():
        pytest.skip("no binutils of this machine, or no wheel of PyAV")
    folder = tmp_path_factory.mktemp("site")
    for each in ("av", "av.libs", "numpy", "numpy.libs"):
        shutil.copytree(SITE / each, folder / each)
    return folder


def test_ffmpeg_decodes_without_them_and_tells_who_wants_to_encode(unpacked: Path) -> None:
    assert main(TOOLS, unpacked) == 0
    said = subprocess.run([sys.executable, "-c", TRIED, str(unpacked)], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == [
        *(f"{name} cannot be opened" for name in ("libx264", "libx265", "libsvtav1")),
        "h264 hevc",
    ], said.stderr
    emptied = [each for name in EMPTIED for each in (unpacked / "av.libs").glob(f"{name}-*")]
    assert len(emptied) == len(EMPTIED) and max(each.stat().st_size for each in emptied) < 20_000


def test_the_same_bytes_each_time(unpacked: Path) -> None:
    (library,) = (unpacked / "av.libs").glob("libx264-*")
    before = library.read_bytes()
    assert replace(library, TOOLS, 0) == len(asked_of(library, TOOLS)) > 10
    assert library.read_bytes() == before


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_name_that_is_asked_for_is_there(machine: str, tmp_path: Path) -> None:
    tools = f"{machine}-linux-gnu"
    if not shutil.which(f"{tools}-as"):
        pytest.skip(f"no binutils for {machine}")
    wanted = [Wanted("opens", True), Wanted("levels", False)]
    (tmp_path / "empty.s").write_text(assembly(wanted, machine, -1))
    subprocess.run([f"{tools}-as", "-o", tmp_path / "empty.o", tmp_path / "empty.s"], check=True)
    said = subprocess.run([f"{tools}-nm", tmp_path / "empty.o"], capture_output=True, text=True, check=True).stdout
    assert [line.split()[1:] for line in said.splitlines()] == [["R", "levels"], ["T", "opens"]]


def test_what_is_emptied_is_what_no_package_may_contain() -> None:
    av = read(TABLE.read_text()).pole["av"]
    assert {name for name, licence in av.bundles.items() if licence.startswith("GPL-2.0")} <= set(EMPTIED)
    assert av.bundles.keys() - av.packed().keys() == set(EMPTIED)
