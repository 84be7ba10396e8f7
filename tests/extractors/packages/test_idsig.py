from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from extractors.packages import idsig, signing_block
from extractors.packages.model import AppPackage
from extractors.packages.read import read_package
from extractors.packages.sources import BytesSource
from extractors.packages.zipread import open_zip
from samples import apkbuild
from samples.apk_signing import SigningKey, prefixed


def codes(package: AppPackage) -> list[str]:
    return [one.code for one in package.warnings]


def info(digest: bytes, certificate: bytes) -> bytes:
    parts = prefixed(digest) + prefixed(certificate) + prefixed(b"") + prefixed(b"key")
    return parts + struct.pack("<I", 0x0103) + prefixed(b"signature")


def sidecar(main: bytes, *others: bytes, version: int = 2) -> bytes:
    hashing = struct.pack("<IB", 1, 12) + prefixed(b"") + prefixed(bytes(32))
    infos = main + b"".join(struct.pack("<I", 0x1B93AD61) + prefixed(one) for one in others)
    return struct.pack("<I", version) + prefixed(hashing) + prefixed(infos) + prefixed(bytes(4096))


def content_digest(apk: bytes) -> bytes:
    directory = open_zip(BytesSource(apk))
    block = signing_block.find_signing_block(directory.source, directory.central_offset)
    assert block is not None
    return signing_block.read_signers(block.values[signing_block.V3], has_sdk_range=True)[0].digests[0][1]


def read_with(tmp_path: Path, apk: bytes, beside: bytes) -> AppPackage:
    path = tmp_path / "应用 1.apk"
    path.write_bytes(apk)
    (tmp_path / "应用 1.apk.idsig").write_bytes(beside)
    return read_package(path)


@pytest.fixture
def apk(app_files: dict[str, bytes], release_key: SigningKey) -> bytes:
    return apkbuild.sign_files(app_files, [release_key], ("v1", "v2", "v3"))


def test_the_signer_named_by_the_idsig_carries_scheme_v4(tmp_path: Path, apk: bytes, release_key: SigningKey) -> None:
    found = read_with(tmp_path, apk, sidecar(info(content_digest(apk), release_key.certificate)))
    assert found.signers[0].schemes == ("v1", "v2", "v3", "v4")
    assert not [code for code in codes(found) if code.startswith("idsig")]


def test_without_an_idsig_there_is_no_v4(tmp_path: Path, apk: bytes) -> None:
    path = tmp_path / "a.apk"
    path.write_bytes(apk)
    assert read_package(path).signers[0].schemes == ("v1", "v2", "v3")


def test_a_strange_certificate_is_no_signer_and_noted(tmp_path: Path, apk: bytes, old_key: SigningKey) -> None:
    found = read_with(tmp_path, apk, sidecar(info(content_digest(apk), old_key.certificate)))
    assert [one.schemes for one in found.signers] == [("v1", "v2", "v3")]
    assert "idsig_signer_differs" in codes(found)


def test_an_idsig_of_another_package_is_left_out(tmp_path: Path, apk: bytes, release_key: SigningKey) -> None:
    found = read_with(tmp_path, apk, sidecar(info(bytes(32), release_key.certificate)))
    assert "v4" not in found.signers[0].schemes
    assert "idsig_other_apk" in codes(found)


def test_a_rotated_package_has_both_keys_marked(
    tmp_path: Path, app_files: dict[str, bytes], old_key: SigningKey, release_key: SigningKey
) -> None:
    apk = apkbuild.sign_files(app_files, [old_key, release_key], ("v2", "v3.1"))
    digest = content_digest(apk)
    beside = sidecar(info(digest, old_key.certificate), info(digest, release_key.certificate))
    found = read_with(tmp_path, apk, beside)
    assert [one.schemes[-1] for one in found.signers] == ["v4", "v4"]


def test_a_v1_signer_alone_has_no_v4(tmp_path: Path, app_files: dict[str, bytes], release_key: SigningKey) -> None:
    apk = apkbuild.sign_files(app_files, [release_key], ("v1",))
    found = read_with(tmp_path, apk, sidecar(info(bytes(32), release_key.certificate)))
    assert found.signers[0].schemes == ("v1",)
    assert "idsig_other_apk" in codes(found)


@pytest.mark.parametrize("version", [0, 1, 3])
def test_another_version_is_noted_and_left_out(
    tmp_path: Path, apk: bytes, release_key: SigningKey, version: int
) -> None:
    beside = sidecar(info(content_digest(apk), release_key.certificate), version=version)
    assert "idsig_unreadable" in codes(read_with(tmp_path, apk, beside))


def test_a_cut_idsig_is_a_typed_error_at_every_length(release_key: SigningKey) -> None:
    whole = sidecar(info(bytes(32), release_key.certificate))
    needed = len(whole) - 4100  # without the tree, which is not read
    for length in range(needed):
        with pytest.raises(idsig.IdsigError):
            idsig.read_idsig(whole[:length])
    assert idsig.read_idsig(whole[:needed])[0].certificate == release_key.certificate


def test_a_folder_or_dead_link_of_that_name_does_no_harm(tmp_path: Path, apk: bytes) -> None:
    for name, make in (("a.apk", Path.mkdir), ("b.apk", lambda path: path.symlink_to("nowhere"))):
        (tmp_path / name).write_bytes(apk)
        make(tmp_path / f"{name}.idsig")
        assert read_package(tmp_path / name).signers[0].schemes == ("v1", "v2", "v3")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("apksigner") is None, reason="apksigner is not installed")
def test_what_apksigner_writes_is_read(tmp_path: Path, app_files: dict[str, bytes], release_key: SigningKey) -> None:
    path = tmp_path / "in.apk"
    path.write_bytes(apkbuild.sign_files(app_files, [], ()))
    key, certificate = tmp_path / "key.pk8", tmp_path / "cert.der"
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key.write_bytes(release_key.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    certificate.write_bytes(release_key.certificate)
    signed = tmp_path / "out.apk"
    command = ["apksigner", "sign", "--v4-signing-enabled", "true", "--min-sdk-version", "21"]
    command += ["--key", str(key), "--cert", str(certificate), "--out", str(signed), str(path)]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    assert (tmp_path / "out.apk.idsig").exists()
    found = read_package(signed)
    assert "v4" in found.signers[0].schemes
    assert found.signers[0].certificate.raw == release_key.certificate
    assert not [code for code in codes(found) if code.startswith("idsig")]
