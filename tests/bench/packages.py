"""App packages: right answers, hostile files, time and memory, beside the tools people use today.

The packages are made here, by our own builder and, where it is installed, by apksigner; figures on foreign packages
need foreign packages: `BEIANBOX_BENCH_APKS=FOLDER` measures those against aapt2 and apksigner too.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from extractors.errors import ExtractError
from extractors.packages.model import AppPackage
from extractors.packages.read import read_package
from samples import apk_signing, apk_xml, apk_zip, apkbuild
from tests.bench.measure import BEIANBOX, ROOT, rate, show, title

APK = ROOT / "samples/js_enterprise_app/in/wutong-notes-1.2.0.apk"
DATA = ROOT / "tests/data/packages"
PEERS = {
    "apksigner verify --print-certs (certificates only)": ["apksigner", "verify", "--print-certs"],
    "keytool -printcert -jarfile (certificates only, v1)": ["keytool", "-printcert", "-jarfile"],
    "aapt2 dump badging (manifest only)": ["aapt2", "dump", "badging"],
}
NAME = "com.example.specimen"
MANIFEST, RESOURCES = "AndroidManifest.xml", "resources.arsc"
_GIGABYTE = 1 << 30


def main() -> None:
    """Right answers and hostile files, then time and memory beside peers."""
    with TemporaryDirectory() as folder:
        _answers()
        _hostile(Path(folder))
        _foreign()
        _in_process(Path(folder))
        _commands(Path(folder))


def _line(name: str, figure: str) -> None:
    print(f"{name:<58} {figure}", flush=True)


def _read(path: Path) -> AppPackage | None:
    try:
        return read_package(path)
    except ExtractError:
        return None


# --- right answers ---------------------------------------------------------------------------------------------


def _answers() -> None:
    title("Packages that apksigner signed (right first signer, as apksigner and openssl said)")
    facts = json.loads((DATA / "facts.json").read_text(encoding="utf-8"))
    found = {name: read_package(next(DATA.glob(f"{name}.a*"))) for name in facts}
    right = sum(one.signers[0].certificate.sha256 == facts[name]["signers"][0]["sha256"] for name, one in found.items())
    _line("effective signer first", f"{right} of {len(found)}")


def _foreign() -> None:
    """Packages of one's own choice: package name and label as aapt2 has them, signers as apksigner has them."""
    folder = os.environ.get("BEIANBOX_BENCH_APKS")
    if not folder or not shutil.which("aapt2") or not shutil.which("apksigner"):
        return
    title(f"Packages in {folder}, beside aapt2 and apksigner")
    counts = dict.fromkeys(("package", "package right", "label", "label right", "signed", "signer first"), 0)
    for path in sorted(Path(folder).rglob("*.apk")):
        _count(path, _read(path), counts)
    for what in ("package", "label"):
        _line(f"{what} as aapt2", f"{counts[f'{what} right']} of {counts[what]}")
    _line("first signer is one of apksigner's", f"{counts['signer first']} of {counts['signed']}")


def _count(path: Path, ours: AppPackage | None, counts: dict[str, int]) -> None:
    badging = _output("aapt2", "dump", "badging", str(path))
    package = re.search(r"^package: name='(.*?)'", badging, re.MULTILINE)
    label = re.search(r"^application-label:'(.*)'$", badging, re.MULTILINE)
    if package:
        counts["package"] += 1
        counts["package right"] += ours is not None and ours.package_name == package[1]
    if label:
        counts["label"] += 1
        counts["label right"] += ours is not None and ours.label.default == label[1]
    signers = re.findall(
        r"certificate SHA-256 digest: ([0-9a-f]{64})", _output("apksigner", "verify", "--print-certs", str(path))
    )
    if signers:
        counts["signed"] += 1
        counts["signer first"] += bool(ours and ours.signers and ours.signers[0].certificate.sha256 in signers)


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode("utf-8", "replace")


# --- hostile files ---------------------------------------------------------------------------------------------


def _files() -> dict[str, bytes]:
    return {
        MANIFEST: apk_xml.manifest_xml(NAME, "1.2", 12, 21, 29, has_icon=False),
        RESOURCES: apk_xml.resource_table(NAME, ["Specimen"] * 2, ["样例"] * 2, has_icon=False),
    }


def _hostile(folder: Path) -> None:
    """Each in a process of its own with 512 MB and 30 s: read, refused with a sentence, or killed."""
    title("Hostile packages, 512 MB and 30 s each: package name read / refused cleanly / killed")
    for name, data in hostile():
        (folder / name).write_bytes(data)
    kinds = sorted(folder.iterdir())
    _tally("beianbox app --json", [_outcome([*BEIANBOX, "app", str(one), "--json"]) for one in kinds])
    if shutil.which("aapt2"):
        _tally("aapt2 dump badging", [_outcome(["aapt2", "dump", "badging", str(one)]) for one in kinds])


def _tally(name: str, outcomes: list[str]) -> None:
    _line(
        name, " / ".join(str(outcomes.count(kind)) for kind in ("read", "refused", "killed")) + f" of {len(outcomes)}"
    )


def _outcome(command: list[str]) -> str:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))

    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=30, preexec_fn=limited, check=False)
    except subprocess.TimeoutExpired:
        return "killed"
    if NAME.encode() in done.stdout:
        return "read"
    return "refused" if done.returncode in (0, 1) else "killed"


def hostile() -> Iterator[tuple[str, bytes]]:
    """Packages built to confuse readers, by kind; most are what Android itself would still read."""
    files = _files()
    key, old = apk_signing.load_key("specimen_release"), apk_signing.load_key("specimen_old", "Specimen Old")
    good = apkbuild.sign_files(files, [old, key], ("v1", "v2", "v3", "v3.1"))
    yield "plain", good
    for size in (1, 0xFFFF):
        yield f"comment-{size}", good[:-2] + struct.pack("<H", size) + b"x" * size
    yield "comment-with-end-mark", good[:-2] + struct.pack("<H", 44) + b"PK\x05\x06" + bytes(40)
    yield "trailing-bytes", good + bytes(300)
    yield "janus", b"dex\n035\0" + bytes(1000) + good
    yield "cut", good[: len(good) * 2 // 3]
    yield "html", b"<!DOCTYPE html><html>login</html>"
    yield "empty", b""
    yield "wrong-count-and-size", good[:-14] + struct.pack("<HHI", 7, 7, 5) + good[-6:]
    for member in (MANIFEST, RESOURCES):
        for what, offset, value in (
            ("method", 10, b"\x34\x12"), ("encrypted", 8, b"\x01\x08"), ("crc", 16, bytes(4)), ("no-size", 24, b"\1\0\0\0"),
            ("huge-size", 24, b"\xff\xff\xff\x7f"), ("small-packed", 20, b"\1\0\0\0"), ("huge-packed", 20, b"\xff\xff\xff\x7f"),
        ):  # fmt: skip
            yield f"{member}-{what}", _patched(good, member, offset, value)
    for what, offset, value in (("name", 26, b"\x05\0"), ("sizes", 18, b"\xff" * 8), ("method", 8, b"\x63\0")):
        yield f"local-{what}", _zip(files, spoil=(offset, value))
    yield "decoy-folder", _zip({f"{MANIFEST}/": b"", f"{MANIFEST}/x": b"decoy", **files})
    yield "many-files", _zip({**files, **{f"res/{number}": b"" for number in range(70_000)}})
    for member in files:
        yield f"bomb-{member}", _bomb(files, member)
    yield "bomb-code", _bomb({**files, "classes.dex": b"dex\n035\0" + bytes(200)}, "classes.dex")
    manifest, table = files[MANIFEST], files[RESOURCES]
    for what, data in (
        ("type", b"\0\0" + manifest[2:]), ("size", manifest[:4] + b"\xff" * 4 + manifest[8:]), ("cut", manifest[:-200]),
        ("count", manifest[:16] + b"\xff\xff\xff\x7f" + manifest[20:]), ("trailing", manifest + bytes(500)),
        ("text", b"<manifest package='x'/>"), ("nothing", b"\3\0\x08\0" + bytes(60)),
    ):  # fmt: skip
        yield f"manifest-{what}", _zip({**files, MANIFEST: data})
    for what, data in (("cut", table[: len(table) // 2]), ("head", table[:12]), ("noise", bytes(range(256)) * 40)):
        yield f"resources-{what}", _zip({**files, RESOURCES: data})
    place = good.rfind(b"APK Sig Block 42")
    for what, at, value in (
        ("size", place - 8, b"\xff" * 8),
        ("first-size", place - 8, bytes(8)),
        ("magic", place, b"x"),
    ):
        yield f"block-{what}", good[:at] + value + good[at + len(value) :]


def _patched(data: bytes, member: str, offset: int, value: bytes) -> bytes:
    place = data.rfind(member.encode()) - 46 + offset
    return data[:place] + value + data[place + len(value) :]


def _zip(files: Mapping[str, bytes], spoil: tuple[int, bytes] = (0, b"")) -> bytes:
    local, central = apk_zip.write_zip(files)
    end = apk_zip.end_record(len(files) & 0xFFFF, len(central), len(local))
    return local[: spoil[0]] + spoil[1] + local[spoil[0] + len(spoil[1]) :] + central + end


def _bomb(files: Mapping[str, bytes], bomb: str) -> bytes:
    """One member goes on for a gigabyte of zeros behind its own bytes."""
    local, central = bytearray(), bytearray()
    for name, data in files.items():
        packed = _packed(data, _GIGABYTE) if name == bomb else apk_zip.deflate(data)
        raw = name.encode()
        common = struct.pack("<HHHHHIII", 20, 0, 8, 0, 33, 0, len(packed), len(data))
        central += b"PK\x01\x02\x14\0" + common + struct.pack("<HHHHHII", len(raw), 0, 0, 0, 0, 0, len(local)) + raw
        local += b"PK\x03\x04" + common + struct.pack("<HH", len(raw), 0) + raw + packed
    return bytes(local + central) + apk_zip.end_record(len(files), len(central), len(local))


def _packed(head: bytes, zeros: int) -> bytes:
    engine, block = zlib.compressobj(9, zlib.DEFLATED, -15), bytes(1 << 20)
    return b"".join([engine.compress(head), *(engine.compress(block) for _ in range(zeros >> 20)), engine.flush()])


# --- time and memory -------------------------------------------------------------------------------------------


def _large(path: Path, size: int = 2 * _GIGABYTE - (64 << 20)) -> Path:
    """A package with a stored member of nearly 2 GB, as a file with a hole."""
    files = _files()
    local, central = apk_zip.write_zip(files)
    raw, place = b"assets/large.bin", len(local)
    common = struct.pack("<HHHHHIII", 20, 0, 0, 0, 33, 0, size, size)
    head = b"PK\x03\x04" + common + struct.pack("<HH", len(raw), 0) + raw
    central += b"PK\x01\x02\x14\0" + common + struct.pack("<HHHHHII", len(raw), 0, 0, 0, 0, 0, place) + raw
    signer = apk_signing.block_signer(bytes(32), apk_signing.load_key("specimen_release"), [])
    block = apk_signing.signing_block([(0x7109871A, apk_signing.prefixed(apk_signing.prefixed(signer)))])
    with path.open("wb") as file:
        file.write(local + head)
        file.seek(size, os.SEEK_CUR)
        end = apk_zip.end_record(len(files) + 1, len(central), place + len(head) + size + len(block))
        file.write(block + central + end)
    return path


def _in_process(folder: Path) -> None:
    title("In this process, warm: package name, labels, icon, signers (no scan)")
    for name, path in (
        ("sample", APK),
        ("apksigner's, four schemes", DATA / "v3_rotated.apk"),
        ("2 GB", _large(folder / "large.apk")),
    ):
        read_package(path)
        start = time.process_time()
        for _ in range(100):
            read_package(path)
        _line(f"{name} ({path.stat().st_size} bytes)", f"{(time.process_time() - start) * 10:7.2f} ms CPU a package")
    rate("sample with the scan for domains and SDKs", lambda: read_package(APK, scan=True), seconds=1.0)


def _commands(folder: Path) -> None:
    title("Whole commands on one APK, cold")
    show("beianbox app --json", [*BEIANBOX, "app", str(APK), "--json"])
    show("beianbox app --json --no-domains", [*BEIANBOX, "app", str(APK), "--json", "--no-domains"])
    for name, command in PEERS.items():
        _peer(name, command, APK)
    title("Whole commands on a 2 GB APK, and on a bomb of 1 MB that unpacks to 1 GB")
    for path in (folder / "large.apk", folder / f"bomb-{MANIFEST}", folder / f"bomb-{RESOURCES}", folder / "bomb-code"):
        show(f"beianbox app --json {path.name}", [*BEIANBOX, "app", str(path), "--json"], runs=1)
        _peer(f"aapt2 dump badging {path.name}", PEERS["aapt2 dump badging (manifest only)"], path)


def _peer(name: str, command: list[str], path: Path) -> None:
    if shutil.which(command[0]):
        show(name, [*command, str(path)], runs=1)
    else:
        _line(name, "not installed")


if __name__ == "__main__":
    sys.exit(main())
