"""Chance that comes out the same everywhere, and the times it gives to what happens."""

import random
from collections.abc import Iterator, Sequence
from typing import TypeVar

from generator.plan import DAY, END, GAP_END, GAP_START, HOUR, MINUTE, SECOND, START, VISIT_HOURS

Option = TypeVar("Option")


class Dice:
    """Throws from a seed. Each use has its own, so that one more throw here moves nothing there.

    Only `Random.random()` is asked: it is the one method whose sequence Python keeps for a seed;
    `choice`, `shuffle` and their like may change with a version.
    """

    def __init__(self, seed: int) -> None:
        self._next = random.Random(seed).random

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self._next() * (high - low + 1))

    def chance(self, percent: int) -> bool:
        """True in `percent` of a hundred throws."""
        return self.between(1, 100) <= percent

    def pick(self, options: Sequence[Option]) -> Option:
        """One of the options, all equally likely."""
        return options[self.between(0, len(options) - 1)]

    def hexadecimal(self, length: int) -> str:
        """So many hexadecimal digits."""
        return "".join(self.pick("0123456789abcdef") for _ in range(length))


class Diary:
    """Gives out the starts of visits: one per user and hour, none in the gap.

    A visit starts in the first half of an hour and must end within that hour: then it crosses
    neither a rotation of the logs nor the edge of the gap.
    """

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._taken: set[tuple[str, int]] = set()

    def start(self, user: str, *, after_block: bool) -> int:
        """Milliseconds since 1970."""
        while True:
            hour = START + self._day(after_block) * DAY + self._dice.pick(VISIT_HOURS) * HOUR
            if (user, hour) not in self._taken and not GAP_START <= hour < GAP_END:
                self._taken.add((user, hour))
                return hour + self._dice.between(10 * SECOND, 30 * MINUTE)

    def _day(self, after_block: bool) -> int:
        """Days since 1 January: 2 January to 11 March, or 12 to 28 March and ever fewer."""
        if after_block:
            return min(self._dice.between(71, 87), self._dice.between(71, 95))
        day = self._dice.between(1, 70)
        weekend = day % 7 >= 5
        return self._day(after_block) if weekend and self._dice.chance(80) else day


def everyday(dice: Dice, by_hour: Sequence[int], gap: range) -> Iterator[int]:
    """Times of the everyday traffic: at least one in every hour outside the gap."""
    for hour in range(START, END, HOUR):
        if hour in gap:
            continue
        usual = by_hour[hour // HOUR % 24]
        if (hour - START) // DAY % 7 >= 5:
            usual = (usual + 2) // 3
        for _ in range(dice.between((usual + 1) // 2, usual + usual // 2)):
            yield hour + dice.between(0, HOUR - 1)
