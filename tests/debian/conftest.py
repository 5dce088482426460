"""The packages of `make deb`, and Debians to install them in; skipped unless `make test-deb` tells where they lie."""

import os
import shutil
from pathlib import Path

import bare_debian
import pytest

DEBIAN = {"bookworm": "deb12", "trixie": "deb13"}


@pytest.fixture(scope="session", params=os.environ.get("LAMPPOST_SUITES", "bookworm trixie").split())
def suite(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="session")
def built() -> Path:
    if not os.environ.get("LAMPPOST_DEB"):
        pytest.skip("packages are tried by: make test-deb")
    return Path(os.environ["LAMPPOST_DEB"]).resolve()


@pytest.fixture(scope="session")
def before(built: Path, suite: str) -> Path:
    """The daemon's package of the build before, for amd64."""
    found = [*built.with_name(f"{built.name}-before").glob(f"lamppost_*+{DEBIAN[suite]}_amd64.deb")]
    if not found:
        pytest.skip("no package of a build before: dist/deb-before")
    return found[0]


@pytest.fixture(scope="session")
def packages(built: Path, suite: str) -> dict[str, Path]:
    """The packages of a Debian for amd64, by name."""
    found = (*built.glob(f"*+{DEBIAN[suite]}_amd64.deb"), *built.glob(f"*+{DEBIAN[suite]}_all.deb"))
    return {each.name.partition("_")[0]: each for each in sorted(found)}


@pytest.fixture(scope="module")
def root(packages: dict[str, Path], suite: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare Debian with the packages in /packages, and where to ask for others."""
    root = bare_debian.root_of(suite, tmp_path_factory.mktemp(suite))
    (root / "packages").mkdir()
    for each in packages.values():
        shutil.copy(each, root / "packages")
    bare_debian.must(root, "apt-get update -q=2")
    return root
