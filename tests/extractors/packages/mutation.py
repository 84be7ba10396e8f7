"""Good bytes made bad by chance, the same for the same seed."""

from __future__ import annotations

import random


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """Return the bytes with a few of them changed, taken out or put in."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 2, 4, 16))):
        place = chance.randrange(len(out) + 1)
        change = chance.randrange(4)
        if change == 0:
            out[place : place + 1] = bytes([chance.randrange(256)])
        elif change == 1:
            out[place : place + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f"))
        elif change == 2:
            del out[place : place + chance.randrange(1, 40)]
        else:
            out[place:place] = chance.randbytes(chance.randrange(1, 20))
    return bytes(out)
