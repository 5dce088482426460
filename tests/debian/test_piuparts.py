"""piuparts installs, removes and purges the daemon's package, and finds nothing left that was not there before."""

import shutil
import subprocess
from pathlib import Path

import pytest
from bare_debian import must


def test_it_finds_nothing_left(root: Path, packages: dict[str, Path], suite: str, tmp_path: Path) -> None:
    if not shutil.which("piuparts"):
        pytest.skip("no piuparts")
    # systemd is there first: it leaves folders of its own when it is purged.
    must(root, "apt-get install -y -q=2 --no-install-recommends systemd udev python3")
    log = tmp_path / "piuparts.log"
    order = ["piuparts", "--distribution", suite, "--existing-chroot", str(root), "--log-file", str(log)]
    done = subprocess.run([*order, str(packages["lamppost"])], capture_output=True, text=True, check=False)
    assert done.returncode == 0, "\n".join(line for line in log.read_text().splitlines() if "DEBUG" not in line)[-3000:]
