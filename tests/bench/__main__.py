"""`make bench`: how long things take and how much memory they need, beside a peer in the same run.

`make bench PARTS="packages rules"` runs only some; each part is a module of this folder with a `main()`.
"""

from __future__ import annotations

import importlib
import sys

PARTS = ("packages", "runs", "letters", "bundles", "rules", "review", "papers", "images", "inbox", "store")


def main(wanted: list[str]) -> int:
    """Runs the parts named, or all."""
    unknown = [one for one in wanted if one not in PARTS]
    if unknown:
        print(f"no part {', '.join(unknown)}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    for part in wanted or PARTS:
        importlib.import_module(f"tests.bench.{part}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
