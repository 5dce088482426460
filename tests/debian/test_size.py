"""What the daemon's package adds to a box that has Debian's Python, byte code and Debian's packages for it with it."""

from pathlib import Path

import pytest
from bare_debian import must
from package_sizes import LIMIT_MB, used_mb

INSTALL = "apt-get install -y -q=2 --no-install-recommends"


@pytest.fixture(scope="module")
def box(root: Path) -> Path:
    must(root, f"{INSTALL} systemd udev python3")
    return root


def test_the_core_is_small(box: Path, packages: dict[str, Path]) -> None:
    before_mb, _ = used_mb(box)
    must(box, f"{INSTALL} /packages/{packages['lamppost'].name}")
    after_mb, _ = used_mb(box)
    assert 10.0 < after_mb - before_mb < LIMIT_MB["core"]
