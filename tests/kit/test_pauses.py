"""A named point stops the first thread that comes, and nobody once the test is over."""

from __future__ import annotations

import threading

import pytest

from renmai.kit.pauses import at, pausing


def test_the_first_thread_waits_and_later_ones_pass() -> None:
    done: list[str] = []

    def work(name: str) -> None:
        at("test.point")
        done.append(name)

    first = threading.Thread(target=work, args=("first",))
    with pausing("test.point") as pause:
        first.start()
        pause.wait()
        work("second")
        assert done == ["second"]
        pause.go()
        first.join(5)
    assert done == ["second", "first"]


def test_a_point_may_run_something_else_and_is_nothing_afterwards() -> None:
    def crash() -> None:
        raise RuntimeError("crashed here")

    with pausing("test.point", crash):
        at("another.point")
        with pytest.raises(RuntimeError, match="crashed here"):
            at("test.point")
    at("test.point")


def test_a_thread_left_at_a_point_goes_on_when_the_block_ends() -> None:
    thread = threading.Thread(target=lambda: at("test.point"))
    with pausing("test.point") as pause:
        thread.start()
        pause.wait()
    thread.join(5)
    assert not thread.is_alive()
