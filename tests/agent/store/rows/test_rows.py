"""An event as a row and back; what was not committed so is no event."""

from collections.abc import Callable

import pytest
from msgspec import UNSET, Raw, UnsetType, structs
from stored import Told, event_of

from agent.clock import Moment
from agent.events import Data, Event, Priority
from agent.store.rows.rows import NO_CRC, Row, decode, encode, readable, resealed, seal, seal_state

MakeEvent = Callable[..., Event]
YEAR_1_S, YEAR_9999_S = -62_135_596_800.0, 253_402_300_799.0


class Said(Data, frozen=True):
    n: int
    note: str | UnsetType = UNSET


def there_and_back(event: Event) -> Told:
    return event_of(decode(event.priority, sealed(event)))


def sealed(event: Event) -> Row:
    return seal(event.priority, 7, encode(event), 1, 5)


def test_the_place_stands_first_and_the_checksum_last(event: MakeEvent) -> None:
    row = sealed(event(3))
    assert (row[0], len(row)) == (7, 11)
    assert (decode(Priority.EVENT, row).seq, decode(Priority.EVENT, row).sequence) == (7, 5)
    assert decode(Priority.EVENT, row, slot=1).sequence == 0, "it is not for that uplink"
    assert encode(event(3))[1:4] == ("bay.occupied", "bay-3", 1_770_000_003.0)


@pytest.mark.parametrize(("trusted", "waits"), [(True, (None, None)), (False, (103.0, "boot-1"))])
def test_only_a_time_that_is_not_trusted_keeps_its_monotonic_time(
    event: MakeEvent, trusted: bool, waits: tuple[float | None, str | None]
) -> None:
    assert encode(event(3, trusted=trusted))[4:6] == waits
    at = there_and_back(event(3, trusted=trusted)).at
    assert at == Moment(1_770_000_003.0, waits[0] or 0.0, waits[1] or "", trusted)


@pytest.mark.parametrize("unix_s", [YEAR_1_S, -1.0, 0.0, 1.0, YEAR_9999_S, YEAR_9999_S + 0.5])
def test_every_time_of_four_digits_is_possible(event: MakeEvent, unix_s: float) -> None:
    given = structs.replace(event(), at=Moment(unix_s, 0.0, "", True))
    assert there_and_back(given).at.unix_s == unix_s


@pytest.mark.parametrize("unix_s", [YEAR_1_S - 1.0, YEAR_9999_S + 1.0])
def test_no_other_time_is(event: MakeEvent, unix_s: float) -> None:
    row = sealed(structs.replace(event(), at=Moment(unix_s, 0.0, "", True)))
    with pytest.raises(ValueError, match="no possible time"):
        decode(Priority.EVENT, row)
    assert readable(Priority.EVENT, row) is None


@pytest.mark.parametrize("place", range(11))
def test_a_row_of_which_anything_has_changed_is_not_read(event: MakeEvent, place: int) -> None:
    row = sealed(event(trusted=False))
    changed = {int: 8, float: 1.5, str: "other", bytes: b"other"}[type(row[place])]
    spoiled = (*row[:place], changed, *row[place + 1 :])
    with pytest.raises(ValueError, match="is not what was committed"):
        decode(Priority.EVENT, spoiled)
    assert readable(Priority.EVENT, spoiled) is None
    assert readable(Priority.EVENT, row) is not None


def test_a_row_of_another_priority_is_not_read(event: MakeEvent) -> None:
    assert readable(Priority.ALARM, sealed(event())) is None


def test_data_comes_back_as_it_was_encoded(event: MakeEvent) -> None:
    """It is not read on its way: not even white space changes."""
    row = seal(Priority.EVENT, 7, (*encode(event())[:-1], b'{"n" : 1}'), 1, 5)
    assert decode(Priority.EVENT, row).data == Raw(b'{"n" : 1}')


def test_data_of_a_struct_is_encoded_without_what_is_left_out(event: MakeEvent) -> None:
    assert encode(structs.replace(event(), data=Said(1)))[-1] == b'{"n":1}'


def test_a_row_with_other_data_has_everything_else_as_it_was(event: MakeEvent) -> None:
    row = sealed(event(3, trusted=False))
    other = resealed(Priority.EVENT, row, b'{"n":4}')
    assert (other[:-2], other[-2]) == (row[:-2], b'{"n":4}')
    assert decode(Priority.EVENT, other).data == Raw(b'{"n":4}')


def test_a_time_that_is_text_is_not_read(event: MakeEvent) -> None:
    """Though its checksum is right."""
    row = encode(event())
    assert readable(Priority.EVENT, seal(Priority.EVENT, 7, (*row[:3], "then", *row[4:]), 1, 5)) is None


def test_an_id_of_32_digits_takes_half_its_room_and_any_other_stays_as_it_is(event: MakeEvent) -> None:
    short = "00ff" * 8
    for id, stored in ((short, bytes.fromhex(short)), (short.upper(), short.upper()), ("e-7", "e-7"), ("", b"")):
        assert encode(structs.replace(event(), id=id))[0] == stored
        assert there_and_back(structs.replace(event(), id=id)).id == id


def test_a_state_is_sealed_with_its_key() -> None:
    key, body, crc = seal_state("k", b"body")
    assert (key, body) == ("k", b"body")
    assert len({crc, seal_state("l", b"body")[2], seal_state("k", b"bodY")[2]}) == 3


def test_no_checksum_is_the_one_that_says_that_there_is_none() -> None:
    assert not 0 <= NO_CRC < 1 << 32
