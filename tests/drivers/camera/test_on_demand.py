from drivers.camera.on_demand import OnDemand


def test_it_is_made_when_needed_and_given_up_after_a_rest() -> None:
    made: list[int] = []

    def make() -> int:
        made.append(len(made) + 1)
        return made[-1]

    net = OnDemand(make, 60.0)
    assert not net.is_made
    assert (net.get(), net.get()) == (1, 1)
    for at_s in (0.0, 59.0):
        net.rest(at_s)
    assert net.is_made
    net.get()
    for at_s in (60.0, 119.0):
        net.rest(at_s)
    assert net.is_made, "it was needed meanwhile"
    net.rest(120.0)
    assert not net.is_made
    assert net.get() == 2
    assert net.makes == 2


def test_what_is_there_from_the_beginning_is_not_made() -> None:
    assert OnDemand(lambda: 2, 60.0, made=1).get() == 1
