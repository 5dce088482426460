"""What Linux tells of a network, and what it does not."""

from pathlib import Path

from agent.diagnose.network import network

ROUTES = """Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wwan0	00000000	0102A8C0	0003	0	0	0	00000000	0	0	0
eth0	0002A8C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
"""


def put(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_a_box_that_tells_nothing(tmp_path: Path) -> None:
    assert network(tmp_path) == {"links": {}, "default_route_by": [], "resolvers": []}


def test_links_routes_and_resolvers(tmp_path: Path) -> None:
    put(tmp_path, "sys/class/net/wwan0/operstate", "up\n")
    put(tmp_path, "proc/net/route", ROUTES)
    put(tmp_path, "etc/resolv.conf", "# made\nnameserver 192.168.2.1\nsearch lan\n")
    assert network(tmp_path) == {
        "links": {"wwan0": "up"},
        "default_route_by": ["wwan0"],
        "resolvers": ["192.168.2.1"],
    }
