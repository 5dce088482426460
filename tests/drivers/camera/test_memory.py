import ctypes
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
        let_go()
        assert resident_kb(file) == 0
        assert mapped[-1:] == b"w"


def test_what_was_written_to_is_kept_though_it_may_only_be_read_now(tmp_path: Path) -> None:
    """So does the dynamic linker leave the addresses it has filled in."""
    file = tmp_path / "library.so"
    file.write_bytes(b"w" * 4096 * 64)
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=3) as mapped:
        mapped[:4] = b"kept"
        address = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
        assert ctypes.CDLL(None, use_errno=True).mprotect(ctypes.c_void_p(address), 4096 * 64, mmap.PROT_READ) == 0
        let_go()
        assert mapped[:4] == b"kept"
