"""The bench starts the daemon as the service is started."""

from pathlib import Path

import installed


def test_what_the_unit_puts_into_the_environment(tmp_path: Path) -> None:
    unit = tmp_path / "some.service"
    unit.write_text('[Service]\nEnvironment=A=1 "B=two words"\n#Environment=C=3\nEnvironment=D=4=5\nUser=x\n')
    assert installed.of_service(unit) == {"A": "1", "B": "two words", "D": "4=5"}


def test_the_service_has_one_heap_for_all_threads() -> None:
    assert installed.of_service()["MALLOC_ARENA_MAX"] == "1"


def test_the_socket_of_a_bench_is_not_in_the_checkout() -> None:
    socket = installed.socket_of(installed.CHECKOUT / ".bench-x" / "0")
    assert installed.CHECKOUT not in socket.parents and len(str(socket)) < 100
    assert socket != installed.socket_of(installed.CHECKOUT / ".bench-y" / "0")
