"""Several processes of ours that prepare filings side by side, one a processor core, on one machine.

Python draws on one core a process; a crew uses them all. A member that dies costs the filing it was at, which the
ledger's lease or the caller gives to another; a new member takes its place.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pipeline.children import ONE_THREAD, Child, Ended, Message

PROGRAM: tuple[str, ...] = (sys.executable, "-m", "pipeline.crew_child")
END_SECONDS = 5.0
_LOOK_SECONDS = 0.2

Talk = Callable[[Child], Iterator[Message]]
"""What is said with one member about one job, and what comes out of it, message by message."""

_Found = tuple[int, Message] | BaseException | None


def ask(member: Child, request: Message) -> Message:
    """One request and its answer."""
    member.send(request)
    answer: Message = json.loads(member.receive())
    return answer


class Crew:
    """Up to `count` members, started when there is work for them and kept until the crew is closed."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._idle: list[Child] = []
        self._working: set[Child] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def run(self, talks: Iterable[Talk], *, stop: Callable[[], bool] = lambda: False) -> Iterator[tuple[int, Message]]:
        """The messages of all talks as they come, each with its talk's number.

        A talk whose member ends is over with `{"died": signal name}`. When `stop` says so, no further talk is begun and
        the members are told; what they are at is waited for. Talks are taken one by one, as members are free.
        """
        todo, found = enumerate(talks), queue.Queue[_Found]()
        threads = [
            threading.Thread(target=self._serve, args=(todo, found, stop), daemon=True) for _ in range(self.count)
        ]
        for thread in threads:
            thread.start()
        left, told = len(threads), False
        while left:
            if stop() and not told:
                told = True
                self._tell_to_stop()
            try:
                item = found.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                continue
            if item is None:
                left -= 1
            elif isinstance(item, BaseException):
                raise item
            else:
                yield item

    def close(self) -> None:
        """Ends all members: those at work at once, the idle ones by themselves."""
        with self._lock:
            idle, working = self._idle, list(self._working)
            self._idle = []
        for member in idle:
            member.wait_for_end(END_SECONDS)
        for member in (*idle, *working):
            member.end()

    def _serve(
        self,
        todo: Iterator[tuple[int, Talk]],
        found: queue.Queue[_Found],
        stop: Callable[[], bool],
    ) -> None:
        """One thread a member: it talks, the parent's other threads wait for pipes."""
        try:
            while not stop():
                with self._lock:
                    number, talk = next(todo, (-1, None))
                if talk is None:
                    return
                for message in self._messages(talk):
                    found.put((number, message))
        except BaseException as error:
            found.put(error)  # raised where the messages are read
        finally:
            found.put(None)

    def _messages(self, talk: Talk) -> Iterator[Message]:
        member = self._take()
        try:
            yield from talk(member)
        except Ended as end:
            self._drop(member)
            yield {"died": signal_name(end.signal)}
        except BaseException:
            self._drop(member)
            raise
        else:
            with self._lock:
                self._working.discard(member)
                self._idle.append(member)

    def _take(self) -> Child:
        with self._lock:
            member = self._idle.pop() if self._idle else _start()
            self._working.add(member)
            return member

    def _drop(self, member: Child) -> None:
        with self._lock:
            self._working.discard(member)
        member.end()

    def _tell_to_stop(self) -> None:
        with self._lock:
            for member in (*self._working, *self._idle):
                member.ask_to_end()


def _start() -> Child:
    return Child(PROGRAM, environ={**os.environ, **ONE_THREAD}, folder=Path.cwd(), opening={})


def signal_name(number: int | None) -> str:
    """How a process ended, in a word for people."""
    return signal.Signals(number).name if number in set(signal.Signals) else "exit"
