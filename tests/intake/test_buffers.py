"""Rooms: as many as there may be, used again, and nobody waits for ever."""

import threading
from mmap import PAGESIZE

import pytest

from logan.intake.buffers import ClosedError, Room, Rooms


def test_a_room_that_was_left_is_taken_again() -> None:
    rooms = Rooms(PAGESIZE, most=2)
    first, second = rooms.take(), rooms.take()
    assert first is not second
    first.leave()
    assert rooms.take() is first


def test_what_is_written_is_read_at_its_place() -> None:
    room = Rooms(PAGESIZE, most=1).take()
    assert room.write(5, b"abc") == 8
    assert bytes(room.view(4, 9)) == b"\0abc\0"


def test_whoever_waits_gets_the_room_that_is_left() -> None:
    rooms = Rooms(PAGESIZE, most=1)
    only = rooms.take()
    taken: list[Room] = []
    waiting = threading.Thread(target=lambda: taken.append(rooms.take()))
    waiting.start()
    only.leave()
    waiting.join()
    assert taken == [only]


def test_closing_sends_away_who_waits_and_who_comes() -> None:
    rooms = Rooms(PAGESIZE, most=1)
    rooms.take()
    faults: list[BaseException] = []

    def wait() -> None:
        try:
            rooms.take()
        except ClosedError as error:
            faults.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    rooms.close()
    waiting.join()
    assert len(faults) == 1
    with pytest.raises(ClosedError):
        rooms.take()
