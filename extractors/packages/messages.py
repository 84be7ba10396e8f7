"""The sentences of the package readers' warnings, in one place: code, Chinese, English.

Codes are part of the public surface (docs list them); texts may be improved at will.
"""

from __future__ import annotations

from extractors.packages.model import PackageWarning

_TEXTS: dict[str, tuple[str, str]] = {
    "zip_prefix": (
        "文件开头有不属于安装包的内容，可能被改动过（例如 Janus 漏洞利用）。请向开发者索取原始安装包。",
        "There are bytes before the package's own content; it may have been tampered with (Janus, for example). Ask the developer for the original.",
    ),
    "zip_trailing_bytes": (
        "文件末尾有多余内容，手机可能拒绝安装。请确认下载是否完整、是否被改动。",
        "There are extra bytes after the package's end; phones may refuse it. Check that the download is whole and unchanged.",
    ),
    "zip_count_differs": (
        "安装包目录所写的文件数与实际不符，文件可能被改动过。",
        "The package's directory states another number of files than it holds; it may have been tampered with.",
    ),
    "zip_duplicate_names": (
        "安装包内有同名文件，不同系统可能读到不同内容。已采用能正确解析的第一个。",
        "The package holds several files of one name, and systems may differ in which they read. The first one that makes sense was used.",
    ),
    "zip_header_lies": (
        "安装包内 {name} 的文件头与内容不符（常见于加固或被改动的包），已按实际内容读取。",
        "The header of {name} inside the package does not fit its content (seen in packed or altered packages); the actual content was read.",
    ),
    "member_too_large": (
        "安装包内 {name} 解压后超过 {limit} 字节的上限，只读取了开头部分，结果请人工核对。",
        "{name} inside the package inflates beyond the limit of {limit} bytes; only its beginning was read, check the values by hand.",
    ),
    "manifest_missing": (
        "安装包内没有 AndroidManifest.xml，无法得到包名。请确认这是完整的 APK。",
        "The package has no AndroidManifest.xml, so there is no package name. Check that this is a whole APK.",
    ),
    "manifest_unreadable": (
        "AndroidManifest.xml 已损坏或被加密，无法得到包名。请使用未加固的正式安装包。",
        "AndroidManifest.xml is damaged or encrypted, so there is no package name. Use the release package before packing.",
    ),
    "manifest_damaged": (
        "AndroidManifest.xml 不完整，已读取可读的部分，请核对包名和名称。",
        "AndroidManifest.xml is incomplete; what could be read was read, check package name and label.",
    ),
    "resources_unreadable": (
        "resources.arsc 无法读取，APP 名称和图标可能缺失，请人工填写。",
        "resources.arsc cannot be read; the app's name and icon may be missing, fill them in by hand.",
    ),
    "label_unresolved": (
        "APP 名称引用的资源在安装包中找不到，请按手机桌面图标下的名称填写。",
        "The resource of the app's name is not in the package; use the name below the icon on a phone.",
    ),
    "label_differs": (
        "桌面图标下的名称“{launcher}”与应用名称“{application}”不同；备案应填写图标下的名称。",
        "The name below the icon, “{launcher}”, differs from the application's name, “{application}”; file the one below the icon.",
    ),
    "several_launchers": (
        "安装包有多个桌面入口，名称不同：{names}。已采用第一个，请确认。",
        "The package has several starting icons with different names: {names}. The first was used; please confirm.",
    ),
    "no_launcher": (
        "安装包没有桌面图标入口，名称取自应用名称。",
        "The package has no starting icon; the name is the application's.",
    ),
    "split_package": (
        "这是拆分安装包的一部分（split），名称和图标可能在主包里。请提供主包或完整的安装包。",
        "This is one part of a split package; name and icon may be in the base part. Supply the base or the whole package.",
    ),
    "unsigned": (
        "安装包没有签名，无法得到公钥和指纹。请提供用正式证书签名的安装包。",
        "The package is not signed, so there is no public key and no fingerprint. Supply the package signed with the release key.",
    ),
    "signing_block_damaged": (
        "{scheme} 签名数据已损坏，未采用。请重新获取安装包。",
        "The {scheme} signature data is damaged and was not used. Get the package again.",
    ),
    "signing_block_repeated": (
        "签名块中有重复的条目，系统只认第一个；文件可能被改动过。",
        "The signing block holds an entry twice; systems trust the first only. The file may have been tampered with.",
    ),
    "signature_stripped": (
        "旧签名表明曾有 {scheme} 签名，但现在没有：新签名可能被去除，手机会拒绝安装。请向开发者索取原始安装包。",
        "The older signature says there was a {scheme} signature, which is gone: phones will refuse it. Ask the developer for the original package.",
    ),
    "certificate_key_differs": (
        "{scheme} 签名中的公钥与证书不一致，手机会拒绝安装。请重新获取安装包。",
        "The public key in the {scheme} signature is not the certificate's; phones will refuse it. Get the package again.",
    ),
    "signers_differ": (
        "不同签名方案的证书不一致（可能经过加固、渠道包或重新签名）。已把新系统认可的证书排在最前，请确认它是正式证书。",
        "The schemes name different certificates (packing, channel, re-signing). The one newer systems trust comes first; confirm it is your release certificate.",
    ),
    "several_signers": (
        "安装包由 {count} 个证书共同签名。备案平台一般只填一个，请与开发者确认。",
        "The package is signed by {count} certificates together. Forms take one; agree with the developer which.",
    ),
    "key_rotated": (
        "安装包更换过签名证书：已提供新证书，旧证书列在其后。若应用商店仍使用旧证书，请填写旧证书。",
        "The signing key was rotated: the new certificate comes first, older ones after it. If your store still uses the old key, file the old one.",
    ),
    "v1_only": (
        "安装包只有 v1 签名，而目标系统版本为 {target}：Android 11 及以上会拒绝安装。特征值仍可用于备案。",
        "The package has only a v1 signature while it targets API {target}: Android 11 and newer refuse to install it. The values can still be filed.",
    ),
    "debug_certificate": (
        "签名证书是调试证书（{subject}），不是正式证书，不能用于备案。请提供正式签名的安装包。",
        "The signing certificate is a debug one ({subject}), not the release certificate: do not file it. Supply the package signed for release.",
    ),
    "test_key": (
        "签名证书是 Android 公开的测试密钥（{subject}），任何人都能使用，不能用于备案。",
        "The signing certificate is one of Android's public test keys ({subject}) that anyone can use: do not file it.",
    ),
    "no_modulus": (
        "签名密钥是 {algorithm}，没有模数；“公钥”一栏请填写公钥点（十六进制），并与接入服务商确认。",
        "The signing key is {algorithm} and has no modulus; the key's bytes in hex go into the public key box, agree it with the provider.",
    ),
    "fingerprint_unclear": (
        "鸿蒙的“签名MD5值”一栏填哪种指纹各平台说法不一：默认给出证书窗口显示的 SHA-1，若被退回请改用 MD5 或 SHA-256。",
        "Providers differ about which HarmonyOS fingerprint they want: SHA-1, which certificate windows show, is proposed; use MD5 or SHA-256 if it comes back.",
    ),
    "not_binary_manifest": (
        "AndroidManifest.xml 是文本而不是编译后的格式，手机无法安装这个文件。",
        "AndroidManifest.xml is text and not compiled; phones cannot install this file.",
    ),
    "chain": (
        "文件中有 {count} 个证书，已选出末级（开发者）证书，忽略根证书和中间证书。",
        "The file holds {count} certificates; the developer's own was chosen, root and intermediate left out.",
    ),
    "authority_certificate": (
        "这是签发机构的中间证书（{subject}），不是开发者证书。请提供末级证书。",
        "This is an authority's intermediate certificate ({subject}), not the developer's. Supply the leaf certificate.",
    ),
    "harmony_development": (
        "这是鸿蒙调试证书（{subject}），不是发布证书，不能用于备案。请使用发布证书。",
        "This is a HarmonyOS development certificate ({subject}), not the release one: do not file it.",
    ),
    "apple_development": (
        "这是苹果开发证书（{subject}），不是发布证书。备案一般填写 Distribution 证书，请确认。",
        "This is an Apple development certificate ({subject}). Filings normally take the distribution certificate; please confirm.",
    ),
    "crosscheck_differs": (
        "第二种读取工具（apkutils2）得到的 {field} 不同：本程序“{ours}”，对方“{theirs}”。请人工核对。",
        "A second reader (apkutils2) finds another {field}: “{ours}” here, “{theirs}” there. Check by hand.",
    ),
    "crosscheck_failed": (
        "第二种读取工具（apkutils2）无法读取该文件（{reason}），未能交叉核对。",
        "The second reader (apkutils2) could not read this file ({reason}); there was no cross-check.",
    ),
    "profile_certificate_differs": (
        "签名证书与描述文件（profile）中的证书不一致，安装会失败。请向开发者确认正式证书。",
        "The signing certificate is not the one in the provisioning profile; installing would fail. Ask the developer which is the release one.",
    ),
    "profile_bundle_differs": (
        "描述文件中的包名“{profile}”与安装包的包名“{package}”不同，请确认。",
        "The profile's bundle name, “{profile}”, differs from the package's, “{package}”; please confirm.",
    ),
    "harmony_debug": (
        "这是用调试证书或调试描述文件签名的鸿蒙包（{subject}），不能用于备案，因此未给出公钥和指纹。请提供发布签名的安装包或发布证书 .cer。",
        "This HarmonyOS package is signed for debugging ({subject}), so no key or fingerprint is offered for filing. "
        "Supply the release package or certificate.",
    ),
    "module_unreadable": (
        "module.json / config.json 无法读取，没有得到包名，请人工填写。",
        "module.json or config.json cannot be read, so there is no bundle name; fill it in by hand.",
    ),
    "index_unreadable": (
        "resources.index 的格式无法读取，APP 名称和图标可能缺失，请人工填写。",
        "resources.index is of a layout that is not read; the app's name and icon may be missing, fill them in by hand.",
    ),
    "profile_certificates": (
        "描述文件包含 {count} 个证书，无法确定实际使用哪一个，请与开发者确认。",
        "The profile allows {count} certificates and does not say which one is used; ask the developer.",
    ),
    "app_store_copy": (
        "这是从 App Store 下载的副本，由苹果重新签名，得不到开发者的证书，因此未给出公钥和指纹。请提供 Distribution 证书（.cer）。",
        "This copy comes from the App Store and is signed by Apple, so it cannot tell the developer's certificate. Supply the distribution certificate (.cer).",
    ),
    "split_signer_differs": (
        "拆分包 {name} 的签名证书与主包不同，手机会拒绝安装。请重新获取安装包。",
        "The split package {name} is signed by another certificate than the base; phones will refuse it. Get the package again.",
    ),
    "several_keys": (
        "密钥库中有 {count} 个密钥（{names}），已采用第一个，请确认哪个用于发布。",
        "The key store holds {count} keys ({names}); the first was used, confirm which one signs releases.",
    ),
    "verify_failed": (
        "签名校验未通过：{scheme}（{reason}）。文件在签名之后被改动过，或签名无效；请重新获取安装包。",
        "The signature check failed: {scheme} ({reason}). The file was changed after signing, or the signature is void; get the package again.",
    ),
    "verify_unknown": (
        "签名 {scheme} 的类型无法校验（{reason}）。",
        "The signature {scheme} is of a kind that cannot be checked here ({reason}).",
    ),
    "verify_unavailable": (
        "该类文件不支持签名校验（--verify），只读取了签名中声明的证书。",
        "Signatures of this kind of file cannot be checked (--verify); only what they declare was read.",
    ),
    "upload_key": (
        "这是 AAB 上架包，签名是上传密钥：若由应用商店（如 Google Play）代签，手机上的证书会不同。请用商店签名后的 APK 或证书核对。",
        "This is an app bundle signed with the upload key; a store that signs itself uses another certificate. Check against the store's APK or certificate.",
    ),
    "domains_to_confirm": (
        "扫描到 {count} 个可能的后台域名，仅供参考：请与开发者逐个确认后再填报。",
        "{count} candidate backend domains were found; they are hints only. Confirm each with the developer before filing.",
    ),
    "scan_cut": (
        "文件过大，域名扫描只覆盖了一部分内容。",
        "The file is too large to be scanned for domains in full; a part was left out.",
    ),
    "scan_unavailable": (
        "包内的主程序包无法读取，没有查找域名和 SDK；请提供单个安装包。",
        "The main package inside cannot be read, so it was not searched for domains and SDKs; supply a single package.",
    ),
    "idsig_unreadable": (
        "旁边的 v4 签名文件 {name} 无法读取，已忽略；不影响安装包本身的签名。",
        "The v4 signature {name} beside the package cannot be read and was left out; the package's own signatures do not depend on it.",
    ),
    "idsig_other_apk": (
        "旁边的 v4 签名文件 {name} 不是为这个安装包生成的，已忽略。请确认两个文件出自同一次签名。",
        "The v4 signature {name} was made for another package and was left out; check that both files come from one signing.",
    ),
    "idsig_signer_differs": (
        "v4 签名文件 {name} 的证书与安装包 v2/v3 签名的证书不同，手机会拒绝增量安装。请重新签名或获取原始文件。",
        "The certificate in the v4 signature {name} is not the one of the package's v2/v3 signature; phones will refuse it. Sign again or get the original files.",
    ),
    "sdks_to_confirm": (
        "识别到 {count} 个第三方 SDK，服务商名称和类型仅供参考：请与开发者确认后再填报。",
        "{count} third-party SDKs were recognised; vendor and kind are proposals. Confirm them with the developer before filing.",
    ),
    "sdk_scan_cut": (
        "文件过大，SDK 识别只覆盖了一部分程序代码。",
        "The package is too large to be searched for SDKs in full; a part of its code was left out.",
    ),
    "icon_missing": (
        "没有找到可用的图标，请另外提供 PNG 或 JPG 图标。",
        "No icon that can be used was found; supply a PNG or JPG icon separately.",
    ),
}


def warning(code: str, **values: object) -> PackageWarning:
    """Return the warning with its texts filled in."""
    zh, en = _TEXTS[code]
    return PackageWarning(code, zh.format(**values), en.format(**values))


def codes() -> tuple[str, ...]:
    """All warning codes, for the documentation's test."""
    return tuple(_TEXTS)
