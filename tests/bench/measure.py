"""The ways of measuring that all benches share: whole processes, and work done over and over in this one.

Nothing here passes or fails: a number without its neighbour says little on another machine.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BEIANBOX = [sys.executable, "-m", "pipeline.cli"]
RUNS = 5


def measure(command: Sequence[str], runs: int = RUNS) -> tuple[float, float, float]:
    """Median wall seconds, CPU seconds and peak megabytes of a command."""
    rows = [_once(command) for _ in range(runs)]
    return tuple(statistics.median(column) for column in zip(*rows, strict=True))  # type: ignore[return-value]


# A child counts its parent's memory as its own peak until it has replaced the program, so a small one starts it.
STARTER = """import os, sys, time
null = os.open(os.devnull, os.O_RDWR)
start = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)])
_, _, usage = os.wait4(child, 0)
print(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)"""


def _once(command: Sequence[str]) -> tuple[float, float, float]:
    starter = [sys.executable, "-I", "-S", "-c", STARTER, *command]
    done = subprocess.run(starter, cwd=ROOT, capture_output=True, text=True, check=True)
    wall, cpu, memory = map(float, done.stdout.split())
    return wall, cpu, memory


def title(text: str) -> None:
    """Prints a heading."""
    print(f"\n{text}", flush=True)


def show(name: str, command: Sequence[str], runs: int = RUNS) -> None:
    """Prints one measured line of a command."""
    wall, cpu, memory = measure(command, runs)
    print(f"{name:<58} {wall:7.2f} s wall {cpu:7.2f} s CPU {memory:7.0f} MB", flush=True)


def rate(name: str, work: Callable[[], object], seconds: float = 3.0) -> None:
    """Prints how often a second of CPU a piece of work is done, after one warm-up."""
    work()
    start, done = time.process_time(), 0
    while time.process_time() - start < seconds:
        work()
        done += 1
    print(f"{name:<58} {done / (time.process_time() - start):7.1f} a second", flush=True)
