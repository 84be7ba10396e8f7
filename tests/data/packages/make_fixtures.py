"""Makes the committed APKs of this folder with the real tools, and writes down what those tools say about them.

Needs keytool, jarsigner, apksigner, aapt2 and openssl. Keys are new on every run and thrown away, so a run replaces all files:
    .venv/bin/python tests/data/packages/make_fixtures.py
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from samples import apk_signing, apkbuild  # noqa: E402

PASSWORD = "specimen"
# name: (signers as keytool arguments, apksigner arguments, lowest system)
CASES: dict[str, tuple[list[list[str]], list[str], int]] = {
    "v1_rsa2048": ([["RSA", "2048"]], ["v1"], 21),
    "v2_rsa2048": ([["RSA", "2048"]], ["v2"], 24),
    "v3_rsa2048": ([["RSA", "2048"]], ["v3"], 28),
    "v123_rsa1024": ([["RSA", "1024"]], ["v1", "v2", "v3"], 21),
    "v123_rsa3072": ([["RSA", "3072"]], ["v1", "v2", "v3"], 21),
    "v123_rsa4096": ([["RSA", "4096"]], ["v1", "v2", "v3"], 21),
    "v123_ec256": ([["EC", "256"]], ["v1", "v2", "v3"], 21),
    "v2_ec384": ([["EC", "384"]], ["v2"], 24),
    "v12_dsa2048": ([["DSA", "2048"]], ["v1", "v2"], 21),
    "v12_two_signers": ([["RSA", "2048"], ["RSA", "2048"]], ["v1", "v2"], 21),
    "v3_rotated": ([["RSA", "2048"], ["EC", "256"]], ["v1", "v2", "v3"], 21),
}


def run(*command: str | Path) -> str:
    return subprocess.run([str(one) for one in command], check=True, capture_output=True, text=True).stdout


def make_store(folder: Path, name: str, algorithm: str, size: str) -> Path:
    store = folder / f"{name}.jks"
    run(
        "keytool", "-genkeypair", "-keystore", store, "-storepass", PASSWORD, "-keypass", PASSWORD, "-alias", "key",
        "-keyalg", algorithm, "-keysize", size, "-validity", "9000", "-dname", f"CN=Specimen {name}, O=Specimen, C=CN",
    )  # fmt: skip
    return store


def certificate_facts(folder: Path, store: Path) -> dict[str, object]:
    certificate = folder / f"{store.stem}.der"
    run("keytool", "-exportcert", "-keystore", store, "-storepass", PASSWORD, "-alias", "key", "-file", certificate)
    facts: dict[str, object] = {}
    for algorithm in ("md5", "sha1", "sha256"):
        text = run("openssl", "x509", "-inform", "DER", "-in", certificate, "-noout", "-fingerprint", f"-{algorithm}")
        facts[algorithm] = text.strip().rpartition("=")[2].replace(":", "").lower()
    modulus = run("openssl", "x509", "-inform", "DER", "-in", certificate, "-noout", "-modulus").strip()
    found = re.fullmatch(r"Modulus=([0-9A-F]+)", modulus)
    is_rsa = "rsaEncryption" in run("openssl", "x509", "-inform", "DER", "-in", certificate, "-noout", "-text")
    facts["modulus_decimal"] = str(int(found[1], 16)) if found and is_rsa else None
    return facts


def make(name: str, folder: Path) -> dict[str, object]:
    keys, schemes, min_sdk = CASES[name]
    stores = [make_store(folder, f"{name}-{number}", *key) for number, key in enumerate(keys)]
    package = f"com.example.{name}"
    unsigned, signed = folder / "unsigned.apk", HERE / f"{name}.apk"
    unsigned.write_bytes(
        apkbuild.build_apk(
            package=package, label="Specimen", label_zh="样例", icon_png=None, key_pem=(apk_signing.KEYS / "specimen_ec.pem").read_bytes(),
            cert_der=b"", schemes=(), min_sdk=min_sdk, target_sdk=29,
        )
    )  # fmt: skip
    is_rotated = name.endswith("rotated")
    command: list[str | Path] = ["apksigner", "sign", "--v4-signing-enabled", "false"]
    for scheme in ("v1", "v2", "v3"):
        command += [f"--{scheme}-signing-enabled", str(scheme in schemes).lower()]
    if is_rotated:
        lineage = folder / "lineage"
        run(
            "apksigner",
            "rotate",
            "--out",
            lineage,
            *_signer("--old-signer", stores[0]),
            *_signer("--new-signer", stores[1]),
        )
        command += ["--lineage", lineage]
    for number, store in enumerate(stores):
        command += [
            *(["--next-signer"] if number else []),
            *_store_arguments(store),
            "--v1-signer-name",
            f"KEY{number}",
        ]
    run(*command, "--in", unsigned, "--out", signed)
    printed = run(
        "apksigner", "verify", "-v", "--print-certs", "--min-sdk-version", "28" if is_rotated else str(min_sdk), signed
    )
    facts = [certificate_facts(folder, store) for store in stores]
    expected = facts[-1:] if is_rotated else facts
    for number, one in enumerate(expected, 1):
        assert f"Signer #{number} certificate SHA-256 digest: {one['sha256']}" in printed, printed
        assert f"Signer #{number} certificate MD5 digest: {one['md5']}" in printed, printed
    verified = re.findall(r"Verified using (v[123]) scheme \(.*\): true", printed)
    return {"package": package, "signers": expected, "previous": facts[:-1] if is_rotated else [], "verified": verified}


def _store_arguments(store: Path) -> list[str | Path]:
    return ["--ks", store, "--ks-pass", f"pass:{PASSWORD}", "--ks-key-alias", "key"]


def _signer(option: str, store: Path) -> list[str | Path]:
    return [option, *_store_arguments(store)]


def make_bundle(folder: Path) -> dict[str, object]:
    """An app bundle: aapt2 writes the messages, jarsigner signs; bundletool would do no more for one module."""
    name, icon = "bundle_rsa2048", io.BytesIO()
    Image.new("RGB", (48, 48), (10, 90, 200)).save(icon, "PNG")
    apk, proto, bundle = folder / "plain.apk", folder / "proto.apk", HERE / f"{name}.aab"
    apk.write_bytes(
        apkbuild.build_apk(
            package=f"com.example.{name}", label="Bundle", label_zh="应用包", launcher_label="Start", launcher_label_zh="样例",
            icon_png=icon.getvalue(), key_pem=(apk_signing.KEYS / "specimen_ec.pem").read_bytes(), cert_der=b"", schemes=(),
        )
    )  # fmt: skip
    run("aapt2", "convert", "--output-format", "proto", apk, "-o", proto)
    with zipfile.ZipFile(proto) as source, zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as out:
        for member in source.namelist():
            folder_name = "base/manifest/" if member == "AndroidManifest.xml" else "base/"
            out.writestr(folder_name + member, source.read(member))
        out.writestr("BundleConfig.pb", b"")
    store = make_store(folder, name, "RSA", "2048")
    run("jarsigner", "-keystore", store, "-storepass", PASSWORD, bundle, "key")
    return {
        "package": f"com.example.{name}",
        "signers": [certificate_facts(folder, store)],
        "previous": [],
        "verified": [],
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        facts = {name: make(name, Path(folder)) for name in CASES}
        facts["bundle_rsa2048"] = make_bundle(Path(folder))
    (HERE / "facts.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
