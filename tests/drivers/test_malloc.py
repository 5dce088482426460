import ctypes
import mmap
from pathlib import Path

import pytest

from drivers.malloc import _only_read, release_pages

TOLD = """\
7f0000000000-7f0000040000 {access} 00000000 fe:00 77                     {file}
Size:                256 kB
Rss:                 256 kB
Anonymous:        {written:>6} kB
KSM:                   0 kB
Swap:             {swapped:>6} kB
SwapPss:               0 kB
VmFlags: rd mr me
7f0000050000-7f0000060000 rw-p 00000000 00:00 0
Size:                 64 kB
Anonymous:            64 kB
Swap:                  0 kB
VmFlags: rd wr mr mw me ac
"""
"""Two mappings as proc(5) has them, of a file and of memory."""


def resident_kb(file: Path) -> int:
    """Returns how many kB of what is mapped of a file are resident, by the kernel."""
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
        release_pages()
        assert resident_kb(file) == 0
        assert mapped[-1:] == b"w"


def test_what_was_written_to_is_kept_though_it_may_only_be_read_now(tmp_path: Path) -> None:
    """The dynamic linker leaves the addresses it has filled in that way."""
    file = tmp_path / "library.so"
    file.write_bytes(b"w" * 4096 * 64)
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=3) as mapped:
        mapped[:4] = b"kept"
        address = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
        assert ctypes.CDLL(None, use_errno=True).mprotect(ctypes.c_void_p(address), 4096 * 64, mmap.PROT_READ) == 0
        release_pages()
        assert mapped[:4] == b"kept"


@pytest.mark.parametrize(
    ("access", "file", "written", "swapped", "given_back"),
    [
        ("r-xp", "/usr/lib/aarch64-linux-gnu/libc.so.6", 0, 0, True),
        ("r--s", "/var/lib/lamppost/models/the weights.tflite (deleted)", 0, 0, True),
        ("r--p", "/usr/lib/aarch64-linux-gnu/libc.so.6", 16, 0, False),
        ("r--p", "/usr/lib/aarch64-linux-gnu/libc.so.6", 0, 16, False),
        ("rw-p", "/usr/lib/aarch64-linux-gnu/libc.so.6", 0, 0, False),
        ("r--s", "/dev/video0", 0, 0, False),
        ("r-xp", "[vdso]", 0, 0, False),
    ],
)
def test_only_what_can_be_had_again_is_given_back(
    access: str, file: str, written: int, swapped: int, given_back: bool
) -> None:
    """Written pages that were swapped out count as swapped alone, and a device maps its buffers only once."""
    told = TOLD.format(access=access, file=file, written=written, swapped=swapped)
    assert [*_only_read(told.splitlines())] == [(0x7F0000000000, 0x7F0000040000)] * given_back


def test_a_kernel_that_does_not_tell_has_nothing_given_back(tmp_path: Path) -> None:
    release_pages(tmp_path / "smaps")
