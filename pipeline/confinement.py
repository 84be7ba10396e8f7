"""What a process that reads strangers' files takes away from itself: memory, disk, core files, the network.

Called once by the child of `pipeline.workers` before anything heavy is imported; what it starts inherits all of it.
Linux does this without any rights: limits by `setrlimit`, the network by a seccomp filter that refuses new sockets
(the same call exists on every kernel since 3.17). Elsewhere the limits hold as far as the system knows them.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import struct
from contextlib import suppress
from pathlib import Path

WRITTEN_BYTES = 1 << 30
"""Largest file a reader may write: what Tesseract is given lies in the reader's own temporary folder."""

_OPEN_FILES = 256
_OOM_SCORE = "800"
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EACCES
_X32 = 0x40000000
_IO_URING_SETUP = 425
_MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Machine to its number in audit records and that of its system call `socket` (linux/audit.h, asm/unistd.h)."""


def confine(memory_bytes: int) -> bool:
    """Sets all limits for this process and its children; True where the network is closed too. 0 means no limit."""
    leave_no_core_file()
    limit(resource.RLIMIT_FSIZE, WRITTEN_BYTES)
    limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    if memory_bytes:
        limit(resource.RLIMIT_AS, memory_bytes)
    with suppress(OSError):  # the first to go when memory runs out should be a reader, not its parent
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE, "ascii")
    return close_network()


def leave_no_core_file() -> None:
    """Keeps the memory of a crashed process, which holds people's papers, off the disk."""
    limit(resource.RLIMIT_CORE, 0)


def limit(kind: int, value: int) -> None:
    """Lowers one limit, never above the one that is already set."""
    _, hard = resource.getrlimit(kind)
    lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (lowest, lowest))


def allow_cpu(seconds: int) -> None:
    """Lets this process use that much processor time from now on; then the system ends it. 0 means no limit."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds if seconds else hard
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def close_network() -> bool:
    """Makes the kernel refuse every new socket here and in all children; False where it cannot."""
    known = _MACHINES.get(platform.machine())
    if os.name != "posix" or platform.system() != "Linux" or known is None:
        return False
    program = _no_sockets(*known)
    instructions = ctypes.create_string_buffer(program)
    described = struct.pack("HL", len(program) // 8, ctypes.addressof(instructions))  # struct sock_fprog
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return int(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, described, 0, 0)) == 0


def _no_sockets(machine: int, socket: int) -> bytes:
    """A filter that refuses `socket`, io_uring (which has sockets of its own) and calls of another machine's kind."""
    steps = (
        (_LOAD, 0, 0, 4),  # the machine
        (_EQUAL, 0, 4, machine),
        (_LOAD, 0, 0, 0),  # the call's number
        (_AT_LEAST, 2, 0, _X32),
        (_EQUAL, 1, 0, socket),
        (_EQUAL, 0, 1, _IO_URING_SETUP),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    )
    return b"".join(struct.pack("HBBI", *step) for step in steps)
