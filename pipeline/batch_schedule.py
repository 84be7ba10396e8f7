"""Which case of a batch a process takes up next, so that none waits while there is work. No processes, no files.

A case is read by any process and judged by the same one, once all cases before it have said who is in them. Until then
the process reads on: it holds up to `MOST_HELD` cases that were read and not yet judged.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MOST_HELD = 8
_TRIES = 2
_LOOK_SECONDS = 0.2

Contacts = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do with a case: read it, or judge and draw it with what `others` say that the process has not heard."""

    number: int
    is_read: bool
    others: tuple[tuple[int, Mapping[str, Any]], ...] = ()


class Schedule:
    """The cases 1 to `count`; safe to share between the threads that talk to the processes."""

    def __init__(self, count: int, stop: Callable[[], bool] = lambda: False) -> None:
        self._unread, self._stop = deque(range(1, count + 1)), stop
        self._said: dict[int, Contacts] = {}
        self._held: defaultdict[int, deque[int]] = defaultdict(deque)
        self._told: defaultdict[int, int] = defaultdict(int)
        self._tries: defaultdict[int, int] = defaultdict(int)
        self._heard_all_before = 1
        self._change = threading.Condition()

    def steps(self, process: int) -> Iterator[Step]:
        """What a process does, step by step, until nothing is left for it; asked to stop, it reads no further case."""
        while (step := self._next(process)) is not None:
            yield step

    def has_work(self) -> bool:
        """Whether a further process would find something to do."""
        with self._change:
            return bool(self._unread) and not self._stop()

    def say(self, process: int, number: int, contacts: Contacts, *, is_held: bool) -> None:
        """A case was read: who is in it (None where it could not be read), and whether it is to be judged."""
        with self._change:
            self._hear(number, contacts)
            if is_held:
                self._held[process].append(number)

    def lose(self, process: int, at: int) -> bool:
        """A process has died at the step of case `at`: all it held is read again; False where `at` is given up."""
        with self._change:
            self._tries[at] += 1
            is_again = self._tries[at] < _TRIES
            self._told.pop(process, None)
            lost = {*self._held.pop(process, ()), *([at] if is_again else [])}
            self._unread = deque(sorted({*self._unread, *lost}))
            if not is_again:  # it may have died drawing: what it said of itself stands
                self._hear(at, self._said.get(at))
            self._change.notify_all()
        return is_again

    def _hear(self, number: int, contacts: Contacts) -> None:
        self._said[number] = contacts
        while self._heard_all_before in self._said:
            self._heard_all_before += 1
        self._change.notify_all()

    def _next(self, process: int) -> Step | None:
        with self._change:
            while True:
                held = self._held[process]
                if held and held[0] <= self._heard_all_before:
                    return self._finish(process, held.popleft())
                if self._unread and not self._stop() and self._may_read(held):
                    return Step(self._unread.popleft(), is_read=True)
                if not held or self._stop():
                    return None
                self._change.wait(_LOOK_SECONDS)

    def _may_read(self, held: deque[int]) -> bool:
        """A full process still reads a case that it, or another, is waiting for."""
        return len(held) < MOST_HELD or self._unread[0] < held[0]

    def _finish(self, process: int, number: int) -> Step:
        first = self._told[process] + 1
        self._told[process] = max(self._told[process], number - 1)
        news = ((one, self._said[one]) for one in range(first, number))
        return Step(number, is_read=False, others=tuple((one, said) for one, said in news if said is not None))
