"""App packages: the features of one APK, beside the tools people use today."""

from __future__ import annotations

import shutil

from tests.bench.measure import BEIANBOX, ROOT, show, title

APK = ROOT / "samples/js_enterprise_app/in/wutong-notes-1.2.0.apk"
PEERS = {
    "apksigner verify --print-certs (certificates only)": ["apksigner", "verify", "--print-certs"],
    "keytool -printcert -jarfile (certificates only, v1)": ["keytool", "-printcert", "-jarfile"],
    "aapt dump badging (manifest only)": ["aapt", "dump", "badging"],
}


def main() -> None:
    """Features of one APK, beside apksigner, keytool and aapt."""
    title("One APK")
    show("beianbox app --json", [*BEIANBOX, "app", str(APK), "--json"])
    for name, command in PEERS.items():
        if shutil.which(command[0]):
            show(name, [*command, str(APK)])
        else:
            print(f"{name:<58} not installed")
