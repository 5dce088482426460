"""One Debian that boots, as a virtual machine and as a container; told as skipped where none does."""

import os
from collections.abc import Iterator
from pathlib import Path

import container as on_this_kernel
import guest as machine
import guest_image
import pytest
from container import Container
from guest import Guest


@pytest.fixture(scope="session")
def image() -> Path:
    if not os.environ.get("LAMPPOST_GUEST"):
        pytest.skip("a guest boots for: make test-guest")
    return guest_image.make()


@pytest.fixture(scope="session")
def guest(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    if why := machine.why_not():
        pytest.skip(why)
    with Guest(request.getfixturevalue("image"), tmp_path_factory.mktemp("guest")) as booted:
        yield booted


@pytest.fixture(scope="session")
def container(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    if why := on_this_kernel.why_not():
        pytest.skip(why)
    with Container(request.getfixturevalue("image"), tmp_path_factory.mktemp("container")) as booted:
        yield booted
