"""The package on a fresh Debian: one command to the first event, and the service as it then runs. Prints JSON.

A bare Debian with systemd and udev alone boots in a container; the configuration lies there, as in an image
of a box. Then `apt-get install ./lamppost*.deb` is timed until a broker outside has heard the first event:
with what apt fetches for it, Python among it. Then the service is started anew a few times, and its memory read. What
that adds to the disk is counted in another bare Debian (package_sizes.py).

    sudo env PYTHONPATH=tests/support .venv/bin/python bench/package.py [--packages dist/deb] [--suites bookworm trixie]
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bare_debian import BootedRoot, must
from outside import POLE, Broker
from package_sizes import DEBIAN, LIMIT_MB, added, bare, summed
from standing import stands_on

LIMIT_S = 60.0
STARTS = 5
SETTLED_S = 10.0
FIRST = "/event/pole."


def fresh(suite: str, packages: Path, folder: Path, port: int) -> Path:
    """A bare Debian with a configuration, and the packages in /packages."""
    root = bare(suite, packages, folder)
    must(root, "apt-get install -y -q=2 --no-install-recommends systemd systemd-sysv udev")
    (root / "etc" / "hostname").write_text("pole\n")
    (root / "etc" / "lamppost").mkdir()
    (root / "etc" / "lamppost" / "lamppost.toml").write_text(POLE.format(port=port))
    return root


def measure(suite: str, packages: Path, folder: Path) -> dict[str, Any]:
    broker = Broker(folder)
    with BootedRoot(fresh(suite, packages, folder, broker.port), folder) as pole:
        installed_s = _until_event(
            pole, broker, "apt-get install -y -q=2 --no-install-recommends /packages/lamppost*.deb"
        )
        starts_s = [_start_s(pole, broker) for _ in range(STARTS)]
        time.sleep(SETTLED_S)
        status = pole.must("cat /proc/$(systemctl show -P MainPID lamppost.service)/status")
    broker.close()
    return {
        "install_to_first_event_s": round(installed_s, 1),
        "start_to_first_event_s": {"median": round(statistics.median(starts_s), 2), "max": round(max(starts_s), 2)},
        "rss_mb": round(int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6, 1),
        "added_mb": summed(added(suite, packages)),
    }


def _until_event(pole: BootedRoot, broker: Broker, script: str) -> float:
    broker.forget()
    began_s = time.monotonic()
    ran = pole.apt(script)
    if ran.status or not broker.hears(FIRST):
        raise SystemExit(f"{script}: {ran.out[-1000:]}{ran.err[-1000:]}")
    return time.monotonic() - began_s


def _start_s(pole: BootedRoot, broker: Broker) -> float:
    """Returns the seconds from the start of the daemon, as systemd tells it, to the first event at the broker."""
    _until_event(pole, broker, "systemctl restart lamppost.service")
    began_us = pole.must("systemctl show -P ExecMainStartTimestampMonotonic lamppost.service")
    return broker.first_after_s(FIRST, int(began_us) / 1e6)


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--packages", type=Path, default=Path("dist/deb"))
    parser.add_argument("--suites", nargs="+", default=list(DEBIAN), choices=DEBIAN)
    arguments = parser.parse_args()
    report: dict[str, Any] = {
        "stands_on": stands_on(),
        "limit": {"install_to_first_event_s": LIMIT_S, "added_mb": LIMIT_MB},
    }
    for suite in arguments.suites:
        with tempfile.TemporaryDirectory(prefix="lamppost-package-") as folder:
            report[suite] = measure(suite, arguments.packages, Path(folder))
    report["load_after"] = round(os.getloadavg()[0], 2)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
