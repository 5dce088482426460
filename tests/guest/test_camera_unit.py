"""The units of systemd on a booted Debian: what the camera's keeps from whom, and what its death leaves alone.

In a virtual machine, whose kernel has cgroup v2 (MemoryMax, hosts, devices), Landlock and seccomp, and is Debian's as
its systemd is; and in a container, on the kernel of this machine, for all but memory and cameras of the box.
"""

import json
from itertools import pairwise

import pytest
from booted import Booted
from guest import Guest, accelerator
from unit_trial import ABSENT, CLIENT, PYTHON, REFUSED, TRIAL, drop_in, in_its_place, not_refused, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

CAMERA, NEIGHBOUR, INTERNET = "10.9.0.1:8554", "10.9.0.2:8554", "203.0.113.7:443"
FILTERED = {"EPERM", "TimeoutError"}
"""What becomes of a connection whose packets are dropped."""

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
[line.wire]
kind = "tcp"
host = "127.0.0.1"
port = 5020
[lamp.lamp-1]
line = "wire"
unit = 1
profile = "wb-mdm3"
channel = 0
period = "200ms"
[camera.cam]
source = "/dev/video0"
[zone.kerb]
camera = "cam"
category = "loading"
polygon = [[100, 100], [600, 100], [600, 600], [100, 600]]
"""

SLAVE = r"""
import socket, struct, threading, time
registers = {}
listener = socket.create_server(("127.0.0.1", 5020))
told = open("/run/asked", "w")
def serve(connection):
    stream = connection.makefile("rb")
    while head := stream.read(7):
        number, _, length, unit = struct.unpack(">HHHB", head)
        asked = stream.read(length - 1)
        print(time.monotonic(), file=told, flush=True)
        kind = asked[0]
        if kind in (3, 4):
            first, count = struct.unpack(">HH", asked[1:5])
            values = [registers.get(first + at, 0) for at in range(count)]
            answer = bytes([kind, 2 * count]) + struct.pack(f">{count}H", *values)
        elif kind in (1, 2):
            count = (struct.unpack(">H", asked[3:5])[0] + 7) // 8
            answer = bytes([kind, count]) + bytes(count)
        elif kind in (5, 6):
            registers[struct.unpack(">H", asked[1:3])[0]] = struct.unpack(">H", asked[3:5])[0]
            answer = asked
        else:
            answer = asked[:5]
        connection.sendall(struct.pack(">HHHB", number, 0, len(answer) + 1, unit) + answer)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""

LISTENERS = """
import socket, sys, time
kept = [socket.create_server((each.split(":")[0], int(each.split(":")[1]))) for each in sys.argv[1:]]
time.sleep(1e6)
"""


@pytest.fixture(scope="module", params=["guest", "container"])
def pole(request: pytest.FixtureRequest) -> Booted:
    """A Debian with a lamp, hosts to connect to, and, as a virtual machine, a camera that V4L2 makes up."""
    booted: Booted = request.getfixturevalue(request.param)
    for path, text in (("/run/slave.py", SLAVE), ("/run/listeners.py", LISTENERS), ("/run/client.py", CLIENT)):
        booted.write(path, text)
    booted.must("ip link set lo up")
    for host in (CAMERA, NEIGHBOUR, INTERNET):
        booted.must(f"ip address add {host.split(':')[0]}/24 dev lo")
    booted.must(f"setsid python3 /run/listeners.py {CAMERA} {NEIGHBOUR} {INTERNET} >/dev/null 2>&1 &")
    booted.must("setsid python3 /run/slave.py >/dev/null 2>&1 &")
    for host in (CAMERA, NEIGHBOUR, INTERNET):  # which are there for whoever is not kept from them
        until(booted, f'python3 -c \'import socket; socket.create_connection("{host}".split(":"), 60)\'')
    if isinstance(booted, Guest):
        booted.must("modprobe vivid && udevadm settle")
        # A translated processor beside other work takes longer than the 90 s that systemd waits.
        drop_in(booted, "lamppost.service", "[Service]\nTimeoutStartSec=600\n")
    booted.write("/etc/lamppost/lamppost.toml", CONFIG, 0o640)
    booted.write("/etc/lamppost/password", "the uplink's secret\n", 0o640)
    booted.must("chown root:lamppost /etc/lamppost/*; echo secret > /root/secret")
    booted.must("systemctl restart lamppost.service")
    return booted


@pytest.fixture
def machine(pole: Booted) -> Guest:
    """The same where it has a kernel of its own."""
    if not isinstance(pole, Guest):
        pytest.skip("a container has neither a limit of memory nor a camera of its own")
    return pole


def asked(guest: Booted) -> list[float]:
    return [float(each) for each in guest.must("cat /run/asked").split()]


def test_promise_security_its_death_for_memory_leaves_the_lamp_alone(machine: Guest) -> None:
    until(machine, "test -s /run/asked")
    drop_in(machine, "lamppost-camera@.service", f"[Service]\nExecStart=\nExecStart={PYTHON} {TRIAL} eat\n")
    pid = machine.must("systemctl show -P MainPID lamppost.service")
    machine.must("systemctl kill --signal=KILL 'lamppost-camera@*.service'")
    before = asked(machine)[-1]
    until(machine, "journalctl --no-pager -u 'lamppost-camera@*' | grep -q \"result 'oom-kill'\"")
    times = [at for at in asked(machine) if at >= before]
    drop_in(machine, "lamppost-camera@.service", "")
    assert machine.must("systemctl show -P MainPID lamppost.service") == pid
    assert machine.must("systemctl show -P NRestarts lamppost.service").strip() == "0"
    assert len(times) > 5
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) < 5, sorted(gaps)[-5:]  # of a poll each 0.2 s; a translated processor is slow


def test_promise_security_what_its_unit_alone_refuses(pole: Booted) -> None:
    words = in_its_place(pole, "unit", (CAMERA, NEIGHBOUR, INTERNET))
    assert words[f"connect:{CAMERA}"] == "DONE"
    assert words[f"connect:{INTERNET}"] in FILTERED
    assert {
        word for what, word in words.items() if what.startswith(("create:", "read:", "device:"))
    } <= REFUSED | ABSENT
    assert words["read:/etc/lamppost/lamppost.toml"] in {"EACCES", "ENOENT"}
    assert words["executable memory"] in {"EPERM", "EACCES"}  # by seccomp; by prctl(2), from systemd 255 on
    families = {"AF_UNIX", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG"}
    assert not not_refused({what: word for what, word in words.items() if what.removeprefix("socket:") in families})
    privileged = (
        "mount",
        "ptrace",
        "unshare",
        "setns",
        "bpf",
        "kexec_load",
        "init_module",
        "reboot",
        "swapon",
        "keyctl",
    )
    assert not not_refused({what: words[what] for what in (f"call:{name}" for name in privileged) if what in words})


def test_promise_security_what_the_process_refuses_itself_in_its_unit(pole: Booted) -> None:
    words = in_its_place(pole, "narrowed", (CAMERA, INTERNET))
    # Landlock looks first, at the port, from Linux 6.7 on; else the unit does, at the host.
    assert words.pop(f"connect:{INTERNET}") in {"EACCES", *FILTERED}
    assert not_refused(words) == {f"connect:{CAMERA}", "call:accept4"}


def test_the_hosts_of_a_drop_in_are_the_only_ones(pole: Booted) -> None:
    host = CAMERA.split(":", maxsplit=1)[0]
    words = in_its_place(pole, "unit", (CAMERA, NEIGHBOUR), more=f"IPAddressAllow=\nIPAddressAllow=localhost {host}\n")
    assert words[f"connect:{CAMERA}"] == "DONE"
    assert words[f"connect:{NEIGHBOUR}"] in FILTERED


def test_nobody_but_the_daemon_has_a_camera_process_started(pole: Booted) -> None:
    asked_by = pole.run(f"setpriv --reuid=nobody --regid=nogroup --clear-groups {PYTHON} /run/client.py", "{}\n")
    assert "PermissionError" in asked_by.err


OPENS = """
import errno, json, os, sys
def word(path):
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY))
        return "DONE"
    except OSError as error:
        return errno.errorcode[error.errno]
print(json.dumps({path: word(path) for path in sys.argv[1:]}))
"""

NODES = {
    "ttyUSB8": ("c 188 8", "dialout"),
    "ttyACM8": ("c 166 8", "dialout"),
    "gpiochip8": ("c $(awk '/gpiochip/{print $1}' /proc/devices) 8", "gpio"),
}
OF_NO_UNIT = {"mem": "c 1 1", "kmsg": "c 1 11", "vda": "b 254 200"}
"""Made where a container lacks them, free to all: what refuses them is the unit."""


def opened(guest: Booted, unit: str, paths: list[str]) -> dict[str, str]:
    """What became of opening device files in the limits of a unit: ENXIO, ENODEV and EIO say that it may."""
    guest.write("/opt/lamppost/opens.py", OPENS)
    service = "[Service]\nType=oneshot\nExecStart=\nExecStart={} /opt/lamppost/opens.py {}\nRestart=no\n{}"
    output = "StandardInput=null\nStandardOutput=append:/run/opened\nLimitFSIZE=infinity\n"
    guest.must("rm -f /run/opened")
    name = f"tried-{unit.split('.', maxsplit=1)[0].replace('@', '')}.service"
    guest.must(f"cp /etc/systemd/system/{unit} /etc/systemd/system/{name}")
    drop_in(guest, name, service.format(PYTHON, " ".join(paths), output))
    guest.must(f"systemctl start {name}")
    found: dict[str, str] = json.loads(guest.must("cat /run/opened"))
    return found


def test_every_kind_of_device_is_for_the_unit_that_uses_it_and_no_other(pole: Booted) -> None:
    nodes = dict(NODES)
    if not isinstance(pole, Guest) and pole.run("grep gpiochip /proc/devices").status:
        del nodes["gpiochip8"]  # the kernel of this machine has none
    for name, (number, group) in nodes.items():
        pole.must(f"test -e /dev/{name} || mknod -m 660 /dev/{name} {number}; chgrp {group} /dev/{name}")
    for name, number in {**OF_NO_UNIT, "video0": "c 81 0", "ttyS1": "c 4 65"}.items():
        pole.must(f"test -e /dev/{name} || mknod -m 666 /dev/{name} {number}")
    daemon = ["/dev/ttyS1", *(f"/dev/{name}" for name in nodes)]
    others = [f"/dev/{name}" for name in OF_NO_UNIT]
    answered = {"DONE", "EIO", "ENXIO", "ENODEV"}
    of_daemon = opened(pole, "lamppost.service", [*daemon, "/dev/video0", *others])
    assert {of_daemon[each] for each in daemon} <= answered, of_daemon
    assert {of_daemon[each] for each in ("/dev/video0", *others)} <= {"EPERM", "EACCES"}, of_daemon
    of_camera = opened(pole, "lamppost-camera@.service", ["/dev/video0", *daemon, *others])
    assert of_camera["/dev/video0"] in {*answered, "EBUSY"}, of_camera
    assert {of_camera[each] for each in (*daemon, *others)} <= {"EPERM", "EACCES"}, of_camera


@pytest.mark.skipif("kvm" not in accelerator()[0], reason="translated, the process needs longer than the daemon waits")
def test_a_camera_is_looked_at_by_a_process_of_another_user(machine: Guest) -> None:
    until(machine, '/opt/lamppost/.venv/bin/lamppost status --json | grep -q \'"condition": *"ok"\'')
    users = machine.must("ps -eo user:20,args | grep '[d]rivers.camera' | awk '{print $1}'").split()
    assert users == ["lamppost-camera"]
    main = machine.must("ps -o user:20= -p $(systemctl show -P MainPID lamppost.service)").strip()
    assert main == "lamppost"
