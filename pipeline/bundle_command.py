"""`beianbox export FILING --format bundle`: the newest bundle of a filing of the inbox as a folder, wherever it is kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pipeline import work
from pipeline.bundle_places import files_at
from pipeline.errors import EnvironmentProblem, UsageError
from pipeline.publish import publish


def run(filing: str, out: Path | None) -> dict[str, Any]:
    """Writes the bundle to `out`, or to a folder named after the filing; gives what the command prints.

    Raises:
        UsageError: there is no bundle of that filing, or `out` holds something else.
        EnvironmentProblem: the store cannot be reached, or `out` not written.
    """
    place = out or Path(filing)
    with work.open_desk(os.environ) as desk:
        row = desk.ledger.latest_bundle(filing)
        if row is None:
            raise UsageError(
                f"没有编号为 {filing} 的备案，或其材料包尚未生成。用 beianbox status 查看全部编号。",
                f"There is no filing {filing}, or its bundle was not made yet; beianbox status lists them all.",
            )
        files = files_at(row.folder, desk.store)
        if not files.sizes:
            raise EnvironmentProblem(
                f"备案 {filing} 的材料包已不在 {row.folder}。请在复核页修改或重新放入一个文件，以重新生成。",
                f"The bundle of {filing} is not at {row.folder} any more. Have it made again: change something on the "
                "review page, or drop one of its files anew.",
            )
        publish(place, {name: files.read(name) for name in files.sizes})
        work.note_access(desk, "read", filing, "bundle")
    return {"format": "bundle", "out": str(place), "files": sorted(files.sizes), "missing": []}
