"""Takes encoders out of PyAV's wheel, those under the GPL among them, and puts libraries that encode nothing there.

    .venv/bin/python requirements/encoders.py TOOLS FOLDER

FOLDER is where the wheel was unpacked, TOOLS what the binutils of its machine are called (x86_64-linux-gnu). Its FFmpeg
is under the LGPL and cannot be loaded without libx264, libx265 and libSvtAv1Enc, of which lamppost calls nothing: it
decodes. The third is under no GPL, and large. What takes their places has the names that FFmpeg asks for and none of
their code: whoever wants such an encoder is told that it cannot be opened.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from licences import TABLE, read

LEVELS_BYTES = 64
"""A table that FFmpeg reads up to its first zero has so many."""


LINKED = ("-shared", "--strip-all", "-z", "noexecstack", "--build-id=none", "--hash-style=gnu")


class Wanted(NamedTuple):
    """A symbol that others ask of a library."""

    name: str
    is_code: bool


def replace(library: Path, tools: str, returned: int) -> int:
    """Puts an empty one in the place of a shared library. Returns how many symbols it has.

    Args:
        returned: by each of its functions: what FFmpeg takes for a failure.

    Raises:
        subprocess.CalledProcessError: the binutils of that machine are not there or refuse.
    """
    wanted = asked_of(library, tools)
    with tempfile.TemporaryDirectory() as folder:
        source, compiled = Path(folder, "empty.s"), Path(folder, "empty.o")
        source.write_text(assembly(wanted, tools.partition("-")[0], returned))
        _run(f"{tools}-as", "-o", str(compiled), str(source))
        _run(f"{tools}-ld", *LINKED, "-soname", library.name, "-o", str(library), str(compiled))
    return len(wanted)


def asked_of(library: Path, tools: str) -> list[Wanted]:
    """What the libraries beside it ask of it."""
    neighbours = [each for each in library.parent.iterdir() if each != library]
    asked = {line.split()[-1] for line in _symbols(tools, "--undefined-only", *neighbours)}
    has = [line.split() for line in _symbols(tools, "--defined-only", library)]
    return sorted(Wanted(words[-1], words[-2] in "TWi") for words in has if words[-1] in asked)


def _symbols(tools: str, which: str, *files: Path) -> list[str]:
    said = _run(f"{tools}-nm", "--dynamic", "--without-symbol-versions", which, *map(str, files))
    return [line for line in said.splitlines() if len(line.split()) > 1]


RETURNS = {"x86_64": "movq ${}, %rax\nret", "aarch64": "mov x0, #{}\nret"}
"""A function that returns a number, for each machine."""


def assembly(wanted: list[Wanted], machine: str, returned: int) -> str:
    """The source: functions that return a number, and tables that end where they begin."""
    lines = []
    for name, is_code in wanted:
        section, kind, body = ".text", "%function", RETURNS[machine].format(returned)
        if not is_code:
            section, kind, body = ".section .rodata", "%object", f".zero {LEVELS_BYTES}\n.size {name}, {LEVELS_BYTES}"
        lines += [section, ".balign 16", f".globl {name}", f".type {name}, {kind}", f"{name}:", body]
    return "\n".join([*lines, '.section .note.GNU-stack,"",%progbits', ""])


def _run(*order: str) -> str:
    return subprocess.run(order, capture_output=True, text=True, check=True).stdout


def main(tools: str, folder: Path) -> int:
    emptied = {
        name: code for licence in read(TABLE.read_text()).pole.values() for name, code in licence.emptied.items()
    }
    for name, returned in emptied.items():
        for each in folder.glob(f"*.libs/{name}-*"):
            print(f"{each.name}: {replace(each, tools, returned)} symbols, and nothing behind them")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
