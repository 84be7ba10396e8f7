"""The program that `pipeline.workers` starts: reads one file after another under limits, until its input ends.

An answer is a pickled `Reading`; the parent takes nothing else out of it (see `workers.unpack`).
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

from pipeline import children, confinement


def main() -> int:
    """Confines itself by the first line of input, then answers each further line."""
    return children.serve(_read, opened=lambda opening: _confine(opening["memory_bytes"]))


def _confine(memory_bytes: int) -> None:
    confinement.confine(memory_bytes)


def _read(request: children.Message) -> Iterator[bytes]:
    from pipeline.reading import read_file

    confinement.allow_cpu(request["cpu_seconds"])
    reading = read_file(
        _path(request["path"]),
        name=request["name"],
        sha256=request["sha256"],
        engine=request["engine"],
        place=_path(request["place"]) if request["place"] else None,
    )
    yield pickle.dumps(reading, protocol=5)


def _path(text: str) -> Path:
    """A path that came as its bytes in hex."""
    return Path(os.fsdecode(bytes.fromhex(text)))


if __name__ == "__main__":
    sys.exit(main())
