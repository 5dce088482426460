from drivers.camera.keyframe_interval import KeyframeInterval


def heard(kinds: str, fps: float = 25.0) -> KeyframeInterval:
    rhythm = KeyframeInterval()
    for index, kind in enumerate(kinds):
        rhythm.add_frame(kind, index / fps)
    return rhythm


GROUP = "I" + "P" * 24


def test_key_frames_each_second_suffice_for_a_look_each_second() -> None:
    rhythm = heard(GROUP * 5)
    assert rhythm.keys_suffice(1.0)
    assert not rhythm.keys_suffice(0.9)


def test_three_gaps_must_have_been_seen() -> None:
    assert not heard(GROUP * 4).keys_suffice(1.0)  # the first frame may be in the middle of anything
    assert heard(GROUP * 5).keys_suffice(1.0)


def test_one_long_gap_among_the_last_is_enough_to_need_all_frames() -> None:
    assert not heard(GROUP * 3 + "I" + "P" * 60 + GROUP * 2).keys_suffice(1.5)
    assert heard(GROUP * 3 + "I" + "P" * 60 + GROUP * 4 + "I").keys_suffice(1.5)


def test_a_key_frame_that_comes_in_slices_is_one() -> None:
    rhythm = heard(("II" + "P" * 23) * 5)
    assert rhythm.keys_suffice(1.0)


def test_b_frames_need_all_frames() -> None:
    assert not heard("IBBPBBPBBPBB" * 8).keys_suffice(10.0)


def test_a_stream_of_key_frames_alone_saves_nothing() -> None:
    assert not heard("I" * 200).keys_suffice(1.0)
    assert not heard("IP" * 200).keys_suffice(1.0)


def test_a_stream_without_types_of_frames_is_decoded_whole() -> None:
    assert not heard("?" * 500).keys_suffice(10.0)
