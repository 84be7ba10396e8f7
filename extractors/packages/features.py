"""What goes into the provider's boxes, per platform.

Android (用户指南 12): the modulus in decimal as jadx shows it, the certificate's MD5. iOS: the key bytes of the
certificate window and SHA-1. HarmonyOS: the leaf's key bytes and "the fingerprint in the certificate", which the
Windows window shows as SHA-1. Keys without a modulus give their point.
"""

from __future__ import annotations

from dataclasses import replace

from extractors.packages.model import AppPackage, Certificate, Features, PublicKey

_FINGERPRINT = {"android": "md5", "ios": "sha1", "harmony": "sha1"}

# The fingerprint each provider's own pages ask for; a platform or provider that is not listed is one whose pages do
# not say. Huawei Cloud: user guide (2023-11), chapter 12. UCloud: github UCloudDoc-Team/beian1, knowledge 4. Huoshuyun:
# hsy.com/help/13-14-27. Alibaba Cloud: help.aliyun.com/wordpower/644152-1.html. All want the key as above.
PROVIDERS = {
    "huawei": {"android": "md5", "ios": "sha1", "harmony": "sha1"},
    "ucloud": {"android": "md5", "ios": "sha1", "harmony": "sha1"},
    "huoshuyun": {"android": "md5", "ios": "sha1"},
    "aliyun": {"android": "md5"},
}


def features(platform: str, package_name: str, certificate: Certificate | None) -> Features:
    """Return the values for the boxes; without a certificate only the package name."""
    if certificate is None:
        return Features(package_name=package_name)
    algorithm = _FINGERPRINT.get(platform, "md5")
    key, form = _public_key(platform, certificate.public_key)
    return Features(package_name, key, form, getattr(certificate, algorithm), algorithm)


def for_providers(package: AppPackage) -> dict[str, Features]:
    """Return the values for each provider whose pages say what they want; none where nothing may be filed."""
    if not package.features.public_key or not package.signers:
        return {}
    certificate = package.signers[0].certificate
    return {
        name: replace(
            package.features,
            fingerprint=getattr(certificate, wants[package.platform]),
            fingerprint_algorithm=wants[package.platform],
        )
        for name, wants in PROVIDERS.items()
        if package.platform in wants
    }


def _public_key(platform: str, key: PublicKey) -> tuple[str, str]:
    if key.modulus is None:
        return (key.point_hex, "ec_point_hex") if key.point_hex else (key.spki.hex(), "spki_hex")
    if platform in ("ios", "harmony"):
        return key.pkcs1_hex, "pkcs1_hex"
    return key.modulus_decimal, "modulus_decimal"
