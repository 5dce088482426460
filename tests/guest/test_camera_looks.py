"""The camera's unit while its process looks at pictures: on this machine's kernel, by Debian's systemd in a container.

A virtual machine that translates is too slow for that. What the unit refuses: test_camera_unit.py.
"""

import pytest
from container import Container
from unit_trial import PYTHON, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

WEBCAM = """
import sys, time
sys.path.insert(0, "/opt/lamppost/tests/support")
import numpy as np
import rtsp_camera
picture = np.random.default_rng(1).integers(60, 200, (90, 160, 3), np.uint8).repeat(8, 0).repeat(8, 1)
with rtsp_camera.webcam(picture, login=("user", "secret")) as camera:
    print(camera.url, flush=True)
    time.sleep(1e6)
"""

CONFIG = """
[pole]
id = "p1"
site = "s"
latitude = 45.7
longitude = 4.8
clock = "rtc"
models_dir = "/var/lib/lamppost-models"
[uplink]
host = "127.0.0.1"
port = 1
[camera.cam]
source = "{url}"
[zone.kerb]
camera = "cam"
category = "loading"
polygon = [[100, 100], [600, 100], [600, 600], [100, 600]]
"""

STATUS = "/opt/lamppost/.venv/bin/lamppost status --json"
LOOKS = f'{STATUS} | grep -q \'"condition": *"ok"\''


@pytest.fixture(scope="module")
def pole(container: Container) -> Container:
    """A container with the daemon, and a network camera that asks for a password."""
    container.write("/run/webcam.py", WEBCAM)
    container.must(f"setsid {PYTHON} /run/webcam.py > /run/url 2> /run/webcam.err &")
    until(container, "test -s /run/url", 60)
    url = container.must("cat /run/url").strip()
    container.write("/etc/lamppost/lamppost.toml", CONFIG.format(url=url), 0o640)
    container.write("/etc/lamppost/password", "the uplink's secret\n", 0o640)
    container.must("chown root:lamppost /etc/lamppost/*; echo secret > /root/secret")
    container.must("systemctl restart lamppost.service")
    until(container, LOOKS, 120)
    return container


def process(pole: Container) -> str:
    """The number of the process that looks."""
    return pole.must("pgrep -f '[d]rivers.camera'").strip()


def test_promise_security_pictures_are_looked_at_by_another_user_without_rights(pole: Container) -> None:
    state = dict(line.split(":\t", 1) for line in pole.must(f"cat /proc/{process(pole)}/status").splitlines())
    user = pole.must(f"ps -o user:20= -p {process(pole)}").strip()
    daemon = pole.must("ps -o user:20= -p $(systemctl show -P MainPID lamppost.service)").strip()
    assert (user, daemon) == ("lamppost-camera", "lamppost")
    assert {int(state[each], 16) for each in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert (state["NoNewPrivs"], state["Seccomp"]) == ("1", "2")


def test_promise_security_what_looks_sees_neither_configuration_nor_store(pole: Container) -> None:
    seen = f"/proc/{process(pole)}/root"
    for path in ("/etc/lamppost/lamppost.toml", "/etc/lamppost/password", "/var/lib/lamppost", "/root/secret"):
        pole.must(f"test -e {path}")
        assert pole.run(f"test -e {seen}{path}").status == 1, path
    pole.must(f"test -e {seen}/var/lib/lamppost-models")


def test_promise_security_its_password_is_in_no_argument_and_no_environment(pole: Container) -> None:
    pole.must(f"grep -q drivers.camera /proc/{process(pole)}/cmdline")
    assert pole.run(f"grep -aq secret /proc/{process(pole)}/cmdline /proc/{process(pole)}/environ").status == 1


def test_a_process_that_is_killed_is_followed_by_another_and_the_daemon_goes_on(pole: Container) -> None:
    pid, before = pole.must("systemctl show -P MainPID lamppost.service"), process(pole)
    pole.must(f"kill -KILL {before}")
    until(pole, f"pgrep -f '[d]rivers.camera' | grep -qvx {before} && {LOOKS}", 120)
    assert pole.must("systemctl show -P MainPID lamppost.service") == pid
