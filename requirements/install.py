"""Installs sections of the lock into the environment whose Python runs this, and lamppost itself from the checkout.

    .venv/bin/python requirements/install.py build pole demo

Every file must have a hash that the lock names. What fails is told in one line. Without a section it tells only whether
there is a lock for this Python.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from sections import ROOT, SECTIONS, WHEELS, NoLock, is_whole, of_this_python, split

_PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
_WRONG_HASH = re.compile(r"^\s+(\S+?==\S+).*?from ", re.MULTILINE)
_NO_FILE = re.compile(r"No matching distribution found for (\S+)")
_AWAY = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|ConnectionResetError|ProxyError"
    r"|SSLError|Could not fetch URL|Max retries exceeded|HTTP error 5\d\d"
)
_WHY_AWAY = re.compile(
    r"\[Errno -?\d+\] ([^')\"]+)|(certificate verify failed[^()'\"]*)|(timed out)|(HTTP error 5\d\d)"
)


class Failed(Exception):
    """What went wrong, in one line for a person."""


def install(sections: list[str], wheel: Path | None = None) -> None:
    """Raises Failed, NoLock."""
    lock = of_this_python()
    text = lock.read_text()
    try:
        parts = split(text)
        chosen = "".join(parts[section] for section in sections)
        if not is_whole(text):
            raise ValueError("it is not as make lock wrote it")
    except (KeyError, ValueError) as error:
        raise Failed(f"{lock}: {error}: it is not whole; git checkout requirements/") from error
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(chosen)
        file.flush()
        # What is newer than the lock has may stand there from another time: it is replaced.
        _pip(lock, "install", "--require-hashes", "--no-deps", "--no-build-isolation", *WHEELS, "-r", file.name)
    if wheel or "build" in sections:
        itself = [str(wheel)] if wheel else ["--no-build-isolation", "--editable", str(ROOT)]
        _pip(lock, "install", "--no-deps", "--force-reinstall", *itself)
    _pip(lock, "check")


def _pip(lock: Path, *words: str) -> None:
    done = subprocess.run([*_PIP, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(words_for(done.stdout + done.stderr, lock))


def words_for(said: str, lock: Path) -> str:
    """What pip's words mean, and what to do."""
    if "DO NOT MATCH THE HASHES" in said:
        names = sorted({found[1] for found in _WRONG_HASH.finditer(said.partition("DO NOT MATCH THE HASHES")[2])})
        return (
            f"{', '.join(names) or 'A package'}: what came is not what {lock.name} names by its hash, and nothing was "
            f"installed: take requirements/ as it is in git; if it is, a mirror or proxy changes files: ask who runs it"
        )
    if _AWAY.search(said):
        why = next((next(filter(None, found.groups())) for found in _WHY_AWAY.finditer(said)), "no answer")
        return (
            f"The package index cannot be reached ({why.strip()}), and nothing was installed: check the network, the "
            f"proxy (HTTPS_PROXY), or the index and authority that pip.conf or PIP_INDEX_URL and PIP_CERT name"
        )
    if missing := _NO_FILE.search(said):
        return (
            f"{missing[1]}: the package index has no wheel of it for this machine and Python, and nothing was "
            f"installed: lamppost needs a 64-bit system (amd64, arm64), and an index (pip.conf) that is complete"
        )
    last = [line for line in said.splitlines() if line.strip()] or ["without a word"]
    return f"pip failed: {next((line for line in last if line.startswith('ERROR')), last[-1])}"


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--wheel", type=Path, help="lamppost as a wheel, instead of the checkout")
    arguments = parser.parse_args()
    if unknown := set(arguments.sections) - set(SECTIONS):
        parser.error(f"there is no section {', '.join(sorted(unknown))}")
    try:
        if arguments.sections or arguments.wheel:
            install(arguments.sections, arguments.wheel)
        else:
            of_this_python()
    except (Failed, NoLock) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
