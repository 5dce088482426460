"""One Debian that boots, for all tests of this folder; told as skipped where none does."""

import os
from collections.abc import Iterator

import guest as machine
import guest_image
import pytest
from guest import Guest


@pytest.fixture(scope="session")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    if why := machine.why_not() or ("" if os.environ.get("LAMPPOST_GUEST") else "a guest boots for: make test-guest"):
        pytest.skip(why)
    with Guest(guest_image.make(), tmp_path_factory.mktemp("guest")) as booted:
        yield booted
