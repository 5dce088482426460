import asyncio
import os
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENCE_S

from agent.simulate import bays
from agent.simulate.bays import MANOEUVRE_S, OPENING, ROAD_MM, ROOF_MM, Bay, Visit, frame, street, visits
from agent.simulate.wire import Port


def distances(stream: bytes) -> list[int]:
    """Read by the vendor's layout (FF H L SUM), skipping what is no frame."""
    found, at = [], 0
    while at + 4 <= len(stream):
        head, high, low, check = stream[at : at + 4]
        if head == 0xFF and (head + high + low) & 0xFF == check:
            found.append(high * 256 + low)
            at += 4
        else:
            at += 1
    return found


def test_a_frame_is_the_vendors_own_example() -> None:
    assert frame(1953) == bytes.fromhex("ff07a1a7")


@given(st.integers(0, 0xFFFF))
def test_every_distance_fits_into_a_frame(distance_mm: int) -> None:
    assert distances(frame(distance_mm)) == [distance_mm]


@pytest.mark.parametrize("distance_mm", [-1, 0x10000])
def test_what_does_not_fit_into_two_bytes_is_refused(distance_mm: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        frame(distance_mm)


def test_a_car_comes_and_goes_under_the_sensor() -> None:
    bay = Bay(iter([Visit(10, 20), Visit(100, 110)]), Random(0))
    heard = [bay.distance_mm(at_s) for at_s in (0, 10, 10 + MANOEUVRE_S / 2, 12, 20, 20 + MANOEUVRE_S, 30, 105)]
    halfway = (ROAD_MM + ROOF_MM) / 2
    assert heard == pytest.approx([ROAD_MM, ROAD_MM, halfway, ROOF_MM, ROOF_MM, ROAD_MM, ROAD_MM, ROOF_MM])


def test_the_noise_spoils_some_frames_and_not_the_median() -> None:
    bay = Bay(iter([Visit(1000, 1001)]), Random("noise"))
    bursts = [bay.burst(number / 10) for number in range(1000)]
    heard = distances(b"".join(bursts))
    assert sorted(heard)[len(heard) // 2] == pytest.approx(ROAD_MM, abs=10)
    assert any(len(burst) > 4 for burst in bursts), "no garbage between frames"
    assert any(burst[-4:] and not distances(burst) for burst in bursts), "no broken checksum"
    assert max(heard) > 4500, "no lost echo"


def test_the_same_seed_gives_the_same_street_and_another_another() -> None:
    def hour(seed: int) -> list[tuple[float, float]]:
        cars = visits((), Random(seed))
        return [(car.arrives_s, car.leaves_s) for car in (next(cars) for _ in range(50))]

    assert hour(1) == hour(1)
    assert hour(1) != hour(2)
    assert street(3)["bay-1"].burst(0.0) == street(3)["bay-1"].burst(0.0)


@given(st.integers())
def test_one_car_leaves_before_the_next_comes(seed: int) -> None:
    cars = visits(OPENING["bay-1"], Random(seed))
    first = [next(cars) for _ in range(20)]
    assert all(car.arrives_s < car.leaves_s for car in first)
    assert all(a.leaves_s + 2 * MANOEUVRE_S < b.arrives_s for a, b in pairwise(first))


def test_the_first_forty_seconds_bring_every_kind_of_bay_event() -> None:
    ends = [car.leaves_s for cars in OPENING.values() for car in cars]
    long = [car for cars in OPENING.values() for car in cars if car.leaves_s - max(car.arrives_s, 0) > 20]
    assert any(0 < end < 20 for end in ends)
    assert any(car.arrives_s < 10 for car in long)


def test_the_bytes_arrive_at_the_device_file() -> None:
    async def main() -> bytes:
        places, ports = street(7), {name: Port() for name in OPENING}
        near = os.open(ports["bay-2"].path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        heard = asyncio.Event()
        asyncio.get_running_loop().add_reader(near, heard.set)
        playing = asyncio.ensure_future(bays.play(places, ports))
        await asyncio.wait_for(heard.wait(), PATIENCE_S)
        received = os.read(near, 4096)
        playing.cancel()
        asyncio.get_running_loop().remove_reader(near)
        os.close(near)
        for port in ports.values():
            port.close()
        return received

    (distance_mm,) = distances(asyncio.run(main()))
    assert distance_mm == pytest.approx(ROOF_MM, abs=100)


def test_a_port_that_nobody_reads_loses_bytes_and_does_not_block() -> None:
    port = Port()
    for _ in range(2000):
        port.write(bytes(64))
    port.close()
