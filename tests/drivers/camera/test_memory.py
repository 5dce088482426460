import mmap
from pathlib import Path

from drivers.camera.memory import let_go


def resident_kb(file: Path) -> int:
    """Of what is mapped of a file, by the kernel."""
    lines = iter(Path("/proc/self/smaps").read_text().splitlines())
    mapped = next(line for line in lines if line.endswith(f" {file}"))
    assert mapped
    return int(next(line for line in lines if line.startswith("Rss:")).split()[1])


def test_the_pages_of_a_file_are_given_back_and_can_be_read_again(tmp_path: Path) -> None:
    file = tmp_path / "the weights.tflite"
    file.write_bytes(b"w" * 4096 * 64)
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        assert len(mapped[:].strip(b"w")) == 0
        assert resident_kb(file) >= 4 * 64
        let_go(file)
        assert resident_kb(file) == 0
        assert mapped[-1:] == b"w"


def test_a_file_that_is_not_mapped_is_left_alone(tmp_path: Path) -> None:
    let_go(tmp_path / "none.tflite")
