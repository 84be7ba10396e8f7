"""Checks what `make demo` left behind: a whole bundle for each sample, the planted troubles, no blocker where none is."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path


def main(home: Path) -> int:
    """Checks the newest bundle of every sample below a demo home."""
    bundles = {path.parent.parent.name: path.parent for path in sorted(home.glob("bundles/*/v*/bundle.pdf"))}
    cases = sorted(path.parent.name for path in Path("samples").glob("*/in"))
    assert len(cases) >= 3, cases
    for case in cases:
        folder = next((found for name, found in bundles.items() if name.startswith(case)), None)
        assert folder is not None, f"{case}: no bundle under {home}/bundles ({sorted(bundles)})"
        check_bundle(case, folder)
        print(f"demo output of {case}: whole, as expected")
    return 0


def check_bundle(case: str, folder: Path) -> None:
    """One bundle: whole as its manifest says, no blocker where none belongs, text that can be copied."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for name, entry in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == entry["sha256"], (
            f"{case}: {name} differs from the manifest"
        )
    expected = json.loads(Path(f"samples/{case}/expected/findings.json").read_text("utf-8"))
    findings = json.loads((folder / "findings.json").read_text("utf-8"))["findings"]
    if expected["no_blocker"]:
        assert not [one for one in findings if one["severity"] == "blocker"], f"{case}: a blocker where none should be"
    text = subprocess.run(
        ["pdftotext", str(folder / "bundle.pdf"), "-"], capture_output=True, check=True
    ).stdout.decode()
    values = json.loads(Path(f"samples/{case}/expected/values.json").read_text("utf-8"))
    assert values["entity.name"] in text.replace("\n", ""), (
        f"{case}: the entity's name cannot be copied out of the bundle"
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
