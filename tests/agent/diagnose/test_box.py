"""What Linux tells of a box, and what it does not."""

from pathlib import Path

from agent.diagnose import box

ROUTES = """Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wwan0	00000000	0102A8C0	0003	0	0	0	00000000	0	0	0
eth0	0002A8C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
"""


def put(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_a_box_that_tells_nothing(tmp_path: Path) -> None:
    assert box.temperature(tmp_path) == {"celsius": None, "throttled": False}
    assert box.voltage(tmp_path) == {"under_voltage": None, "inputs_v": {}}
    assert box.network(tmp_path) == {"links": {}, "default_route_by": [], "resolvers": []}


def test_a_box_that_tells_all(tmp_path: Path) -> None:
    put(tmp_path, "sys/class/thermal/thermal_zone0/temp", "61500\n")
    put(tmp_path, "sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")
    put(tmp_path, "sys/class/hwmon/hwmon2/in1_input", "4987\n")
    put(tmp_path, "sys/class/net/wwan0/operstate", "up\n")
    put(tmp_path, "proc/net/route", ROUTES)
    put(tmp_path, "etc/resolv.conf", "# made\nnameserver 192.168.2.1\nsearch lan\n")
    assert box.temperature(tmp_path)["celsius"] == 61.5
    assert box.voltage(tmp_path) == {"under_voltage": True, "inputs_v": {"in1": 4.987}}
    assert box.network(tmp_path) == {
        "links": {"wwan0": "up"},
        "default_route_by": ["wwan0"],
        "resolvers": ["192.168.2.1"],
    }


def test_the_firmware_of_a_raspberry_pi_tells_of_its_supply_too(tmp_path: Path) -> None:
    for bits, low in (("0", False), ("50000", False), ("50005", True)):
        put(tmp_path, "sys/devices/platform/soc/soc:firmware/get_throttled", f"{bits}\n")
        assert box.voltage(tmp_path)["under_voltage"] is low


def test_the_disk_of_the_store(tmp_path: Path) -> None:
    found = box.disk(tmp_path)
    assert 0 <= found["free_bytes"] <= found["bytes"] and found["read_only"] is False
