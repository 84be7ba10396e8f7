"""Candidate backend domains of an app: for a person to confirm, never more.

One pass over the members that can name hosts, with caps on bytes and members. Hosts are ranked by where they stand:
deep links and the network security configuration first, then scripts and settings, then program code. Names of
schemas, licences, documentation and SDK makers are left out; bare IP addresses are listed apart.
"""

from __future__ import annotations

import ipaddress
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from extractors.packages.axml import AxmlError, Document
from extractors.packages.manifest import read_manifest
from extractors.packages.model import Domain
from extractors.packages.zipread import Entry, ZipDirectory, decode_name, member_pieces, read_member

MAX_DOMAINS = 20
MAX_IPS = 20
MAX_MEMBERS = 5000
MAX_MEMBER_BYTES = 48 * 1024 * 1024
MAX_TOTAL_BYTES = 512 * 1024 * 1024
MAX_PLACES = 5
_OVERLAP = 300
_HOST_ATTRIBUTE = 0x01010028
_SECURITY_CONFIG = 0x01010527

_URL = re.compile(rb"(?:https?|wss?)://(?:[^\s/@\"'<>\\\x00]{1,64}@)?([A-Za-z0-9][A-Za-z0-9.-]{2,252})")
_WIDE_URL = re.compile(rb"(?:h\0t\0t\0p\0(?:s\0)?|w\0s\0(?:s\0)?):\0/\0/\0((?:[A-Za-z0-9.-]\0){3,253})")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")
_SKIPPED = re.compile(
    r"\.(png|jpe?g|webp|gif|mp[34]|ogg|wav|m4a|ttf|otf|woff2?|zip|apk|bin|tflite|dat|sf|rsa|ec|mf|kotlin_.*)$"
)

# Suffixes under which names are registered, beside the plain last label.
_SUFFIX_TEXT = """
com.cn net.cn org.cn gov.cn edu.cn ac.cn mil.cn bj.cn sh.cn tj.cn cq.cn he.cn sx.cn nm.cn ln.cn jl.cn hl.cn
js.cn zj.cn ah.cn fj.cn jx.cn sd.cn ha.cn hb.cn hn.cn gd.cn gx.cn hi.cn sc.cn gz.cn yn.cn xz.cn sn.cn gs.cn
qh.cn nx.cn xj.cn tw.cn hk.cn mo.cn com.hk net.hk org.hk edu.hk gov.hk com.tw net.tw org.tw edu.tw gov.tw
com.mo net.mo org.mo edu.mo gov.mo com.sg net.sg org.sg edu.sg gov.sg com.my net.my org.my edu.my gov.my
com.au net.au org.au edu.au gov.au co.uk org.uk co.jp ne.jp co.kr com.br co.in co.th co.id com.vn com.ru
com.tr
"""

# Hosts of schemas, licences, documentation and tools that every app carries.
_NOISE_TEXT = """
android.com w3.org xmlpull.org apache.org github.com githubusercontent.com github.io gnu.org opensource.org
creativecommons.org mozilla.org slf4j.org json.org xml.org xmlsoap.org ietf.org example.com example.org
example.net localhost.com stackoverflow.com wikipedia.org kotlinlang.org jetbrains.com jetbrains.org
reactjs.org reactnative.dev nodejs.org npmjs.com npmjs.org flutter.dev flutter.io dart.dev dartlang.org
eclipse.org bouncycastle.org oracle.com sun.com java.com javassist.org junit.org openssl.org curl.se haxx.se
unicode.org iana.org iso.org adobe.com purl.org ffmpeg.org videolan.org chromium.org webkit.org khronos.org
sqlite.org zlib.net libpng.org freetype.org cmake.org llvm.org python.org ruby-lang.org golang.org go.dev
vuejs.org jquery.com jquery.org getbootstrap.com fontawesome.com goo.gl bit.ly youtu.be mit-license.org
openharmony.cn gitee.com apple.com gradle.org sentry.io swagger.io yourdomain.com domain.com test.com
"""

# Hosts of SDK makers: they belong to the SDK, not to the app's own backend.
_SDK_TEXT = """
umeng.com umengcloud.com umsns.com jpush.cn jiguang.cn jpush.io getui.com getui.net igexin.com gepush.com
amap.com autonavi.com baidu.com bdstatic.com bcebos.com qq.com gtimg.cn gtimg.com tencent.com tencent-
cloud.com myqcloud.com weixin.com wechat.com alipay.com alipayobjects.com taobao.com tbcdn.cn mmstat.com
aliyuncs.com aliyun.com alicdn.com alibaba.com 95516.com unionpay.com huawei.com hicloud.com dbankcloud.com
dbankcloud.cn xiaomi.com xiaomi.net mi.com miui.com oppomobile.com heytapmobi.com heytapmobile.com vivo.com.cn
meizu.com honor.com hihonorcloud.com weibo.com weibo.cn sina.com.cn sinaapi.com mob.com sharesdk.cn zztfly.com
rong.io rongcloud.cn ronghub.com netease.im yunxinfw.com easemob.com agora.io agoraio.cn zego.im iflytek.com
xfyun.cn voicecloud.cn pangolin-sdk-toutiao.com snssdk.com bytedance.com byteoversea.com volces.com
volcengine.com ctobsnssdk.com pstatp.com kuaishou.com gifshow.com sensorsdata.cn growingio.com talkingdata.com
talkingdata.net cmpassport.com wostore.cn 189.cn 10010.com google.com googleapis.com gstatic.com google-
analytics.com googletagmanager.com googleadservices.com googlesyndication.com doubleclick.net firebaseio.com
crashlytics.com app-measurement.com facebook.com fbcdn.net facebook.net twitter.com appsflyer.com adjust.com
branch.io bugsnag.com microsoft.com msftncsi.com instagram.com youtube.com linkedin.com amazonaws.com
cloudfront.net
"""

_SUFFIXES = frozenset(_SUFFIX_TEXT.split())
_NOISE = frozenset(_NOISE_TEXT.split())
_SDK_HOSTS = frozenset(_SDK_TEXT.split())


@dataclass(slots=True)
class _Found:
    score: int = 0
    places: list[str] = field(default_factory=list)

    def add(self, score: int, place: str) -> None:
        self.score = max(self.score, score)
        if place not in self.places and len(self.places) < MAX_PLACES:
            self.places.append(place)


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a scan found: domains best first, addresses apart, and whether a cap ended it early."""

    domains: tuple[Domain, ...]
    ips: tuple[str, ...]
    is_cut: bool


def registrable(host: str) -> str:
    """Return the part of a host name that is registered: `a.b.com.cn` -> `b.com.cn`."""
    labels = host.split(".")
    count = 3 if ".".join(labels[-2:]) in _SUFFIXES else 2
    return ".".join(labels[-count:])


def scan(directory: ZipDirectory, package_name: str) -> Candidates:
    """Return the candidate domains of a package; costs one pass over what it holds."""
    found: dict[str, _Found] = {}
    is_cut = False
    budget = MAX_TOTAL_BYTES
    for number, name in enumerate(_members(directory)):
        entry = directory.entry(name)
        if number >= MAX_MEMBERS or budget <= 0 or entry is None:
            is_cut = is_cut or entry is not None
            break
        budget -= _scan_member(directory, entry, found)
    _scan_manifest(directory, found)
    return Candidates(_ranked(found, package_name), _addresses(found), is_cut)


def _members(directory: ZipDirectory) -> Iterator[bytes]:
    for name in directory.names():
        if not name.endswith(b"/") and not _SKIPPED.search(decode_name(name).lower()):
            yield name


def _scan_member(directory: ZipDirectory, entry: Entry, found: dict[str, _Found]) -> int:
    place, score = entry.text_name, _score(entry.text_name)
    rest, done = b"", 0
    try:
        for piece in member_pieces(directory, entry):
            data = rest + piece
            for host in _hosts(data):
                found.setdefault(host, _Found()).add(score, place)
            # A name may lie across two pieces.
            rest = data[-_OVERLAP:]
            done += len(piece)
            if done > MAX_MEMBER_BYTES:
                break
    except zlib.error:
        return done
    return done


def _score(name: str) -> int:
    lower = name.lower()
    if lower.endswith((".dex", ".so")) or "/" not in lower:
        return 30
    if lower.startswith("assets/") or lower.endswith((".json", ".js", ".plist", ".properties", ".env", ".bundle")):
        return 50
    return 40


def _hosts(data: bytes) -> Iterator[str]:
    for match in _URL.finditer(data):
        yield from _cleaned(match[1].decode("ascii"))
    if b"t\0p\0" in data or b"w\0s\0" in data:
        for match in _WIDE_URL.finditer(data):
            yield from _cleaned(match[1].replace(b"\0", b"").decode("ascii"))


def _cleaned(text: str) -> Iterator[str]:
    host = text.lower().strip(".-")
    if _HOST.fullmatch(host) or _is_public_address(host):
        yield host


def _is_public_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.is_global


def _scan_manifest(directory: ZipDirectory, found: dict[str, _Found]) -> None:
    """Deep-link hosts and the network security configuration: names the app itself declares."""
    manifest = read_manifest(directory, [])
    if manifest is None:
        return
    for element in manifest.document.elements:
        if element.name == "data":
            host = manifest.text(manifest.document.value(element, _HOST_ATTRIBUTE)).lower().removeprefix("*.")
            if _HOST.fullmatch(host):
                found.setdefault(host, _Found()).add(80, "AndroidManifest.xml: deep link")
    if manifest.application is None:
        return
    config = manifest.text(manifest.document.value(manifest.application, _SECURITY_CONFIG))
    entry = directory.entry(config.encode()) if config else None
    content = read_member(directory, entry, 1024 * 1024) if entry else None
    try:
        texts = Document(content.data).texts() if content else ()
    except AxmlError:
        return
    for text in texts:
        if _HOST.fullmatch(text.lower()):
            found.setdefault(text.lower(), _Found()).add(90, f"{config}: network security configuration")


def _ranked(found: dict[str, _Found], package_name: str) -> tuple[Domain, ...]:
    own = {part for part in package_name.lower().split(".") if len(part) > 3} - {"android", "mobile", "client"}
    candidates: list[tuple[int, str, Domain]] = []
    for host, one in found.items():
        name = registrable(host)
        if _is_public_address(host) or name in _NOISE or name in _SDK_HOSTS or not 2 <= host.count(".") + 1 <= 4:
            continue
        is_own = name.split(".")[0].replace("-", "") in own
        candidates.append((-(one.score + 60 * is_own), host, Domain(host, name, tuple(one.places))))
    return tuple(domain for _, _, domain in sorted(candidates, key=lambda item: item[:2])[:MAX_DOMAINS])


def _addresses(found: dict[str, _Found]) -> tuple[str, ...]:
    return tuple(sorted(host for host in found if _is_public_address(host)))[:MAX_IPS]
