"""The plan has as few reads as a profile allows."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.profile.plan import PlacedHole, PlacedRegister, plan
from drivers.profile.schema import Register, Type


def placed(address: int, kind: Type = "u16", function: int = 3, poll: bool | str = True) -> PlacedRegister:
    register = Register(function=function, address=address, type=kind, poll=poll)  # type: ignore[arg-type]
    return PlacedRegister(f"r{address}", register, address)


def spans(
    *registers: PlacedRegister, holes: tuple[PlacedHole, ...] = (), gap: int = 10, most: int = 125
) -> list[tuple[int, int]]:
    return [(read.address, read.count) for read in plan(registers, holes, gap, most)]


def test_neighbours_share_a_read_whatever_their_order() -> None:
    assert spans(placed(15), placed(5), placed(6)) == [(5, 11)]


def test_a_gap_too_wide_splits() -> None:
    assert spans(placed(0), placed(11)) == [(0, 12)]
    assert spans(placed(0), placed(12)) == [(0, 1), (12, 1)]


def test_a_hole_splits_and_only_in_its_own_function() -> None:
    assert spans(placed(0), placed(4), holes=(PlacedHole(3, 2, 3),)) == [(0, 1), (4, 1)]
    assert spans(placed(0), placed(4), holes=(PlacedHole(4, 2, 3),)) == [(0, 5)]


def test_functions_and_poll_groups_are_read_apart() -> None:
    assert spans(placed(0), placed(1, function=4), placed(2, poll="slow")) == [(0, 1), (1, 1), (2, 1)]


def test_a_read_is_never_longer_than_it_may_be() -> None:
    assert spans(placed(0, "u32"), placed(2, "u32"), placed(4, "u32"), most=4) == [(0, 4), (4, 2)]


def test_a_read_gives_each_register_its_own_words() -> None:
    (read,) = plan([placed(10), placed(12, "u32")], [], 4, 125)
    assert [(each.quantity, each.value) for each in read.decode([7, 99, 1, 0])] == [("r10", 7), ("r12", 65536)]


@given(
    st.sets(st.integers(0, 400), max_size=40),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 5)), max_size=5),
    st.integers(0, 20),
    st.integers(1, 125),
)
def test_every_register_is_read_once_and_no_hole_ever(
    addresses: set[int], holes: list[tuple[int, int]], gap: int, most: int
) -> None:
    given_holes = [PlacedHole(3, first, first + width) for first, width in holes]
    forbidden = {at for hole in given_holes for at in range(hole.first, hole.last + 1)} - addresses
    reads = plan([placed(at) for at in addresses], given_holes, gap, most)
    assert sorted(one.address for read in reads for one in read.registers) == sorted(addresses)
    for read in reads:
        span = range(read.address, read.address + read.count)
        assert read.count <= most
        assert not forbidden.intersection(span)
        assert all(one.address in span for one in read.registers)
