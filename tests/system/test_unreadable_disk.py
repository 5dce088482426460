"""A daemon on a disk that answers each read of its store with an I/O error, from its start or later."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S

# Stands before the C library: reads of one file fail while another file is there.
_LIBRARY = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int bad(int fd) {
    char link[64], path[512];
    if (access(getenv("EIO_WHILE"), F_OK)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n < 0 ? 0 : n] = 0;
    return strcmp(path, getenv("EIO_OF")) == 0;
}

#define READ(name, type, declared, given)               \\
    ssize_t name declared {                             \\
        static ssize_t (*real)declared;                 \\
        if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name); \\
        if (!bad(fd)) return real given;                \\
        errno = EIO;                                    \\
        return -1;                                      \\
    }

READ(read, ssize_t, (int fd, void *to, size_t size), (fd, to, size))
READ(pread, ssize_t, (int fd, void *to, size_t size, off_t at), (fd, to, size, at))
READ(pread64, ssize_t, (int fd, void *to, size_t size, off64_t at), (fd, to, size, at))
"""

_POLE = """
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
clock = "rtc"
socket = "{folder}/lamppost.sock"
status_period = "1s"
[store]
path = "{folder}/lamppost.db"
[uplink]
host = "127.0.0.1"
port = 1
"""


class Pole:
    """A daemon whose disk may be bad."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._bad = folder, folder / "bad"
        (folder / "eio.c").write_text(_LIBRARY)
        built = folder / "eio.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", built, folder / "eio.c", "-ldl"], check=True)
        (folder / "pole.toml").write_text(_POLE.format(folder=folder))
        self._environment = os.environ | {
            "LD_PRELOAD": str(built),
            "EIO_OF": str(folder / "lamppost.db"),
            "EIO_WHILE": str(self._bad),
        }

    def disk_is(self, bad: bool) -> None:
        if bad:
            self._bad.touch()
        else:
            self._bad.unlink()

    @contextmanager
    def running(self) -> Iterator["subprocess.Popen[bytes]"]:
        with (self._folder / "daemon-eio.log").open("ab") as log:
            daemon = subprocess.Popen(
                [sys.executable, "-m", "agent", "run", "-c", str(self._folder / "pole.toml")],
                env=self._environment,
                stderr=log,
            )
        try:
            yield daemon
            assert daemon.poll() is None, "it ended by itself"
        finally:
            daemon.kill()
            daemon.wait(PATIENCE_S)

    def until(self, true: Callable[[dict[str, Any]], object]) -> None:
        end_s = time.monotonic() + PATIENCE_S
        while not (store := self._store()) or not true(store):
            assert time.monotonic() < end_s, store
            time.sleep(0.1)

    def _store(self) -> dict[str, Any]:
        command = [sys.executable, "-m", "agent", "status", "--json", "-c", str(self._folder / "pole.toml")]
        ran = subprocess.run(command, capture_output=True, check=False)
        store: dict[str, Any] = json.loads(ran.stdout)["store"] if ran.returncode == 0 else {}
        return store


@pytest.mark.slow
@pytest.mark.expects_log(
    "uplink to 127.0.0.1:1 is down: connection refused",
    "the disk does not read or write: disk I/O error .*; the store is in memory until its disk can be used",
    "the store is on its disk again, with [0-9]+ events that were in memory",
)
def test_a_pole_starts_on_a_disk_that_does_not_read_and_goes_back_to_it(tmp_path: Path) -> None:
    pole = Pole(tmp_path)
    with pole.running():
        pole.until(lambda store: store["events"] > 0)
    pole.disk_is(bad=True)
    with pole.running():
        pole.until(lambda store: store["memory_only"] and store["waiting"]["alarm"] == 1)
        pole.disk_is(bad=False)
        # Beside the two, the numbers that come no more: the first daemon was killed, and memory began beyond.
        pole.until(lambda store: store["memory_only"] is None and store["waiting"]["alarm"] == 3)
