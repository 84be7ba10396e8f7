"""Named checks about domains, numbers of services, and the features of an APP."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from pipeline.checks_base import Context, Hit, Params, label, named
from pipeline.domain_names import is_domain, levels, registrable, suffix
from pipeline.domain_names import label as prefix
from pipeline.fields import general
from pipeline.model import EntityNature, Filing, Text
from pipeline.same import same_name
from pipeline.workdays import workdays_between

FINGERPRINT_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64}


@named(
    {"allowed": [["entity"], ["entity", "legal_person"], ["entity", "legal_person", "entity_person"]]},
    {"documents": list},
)
def domain_owner(ctx: Context, params: Params) -> Iterator[Hit]:
    """A domain is held by the entity, or by the legal representative where the province accepts that."""
    filing = ctx.filing
    names = {
        "entity": filing.entity.name,
        "legal_person": filing.entity.legal_person.name,
        "entity_person": filing.entity_person.name,
    }
    accepted = [names[key] for key in params["allowed"] if names[key]]
    for where, domain in ctx.known("services[].domains[]"):
        if domain.owner and filing.entity.name and not any(same_name(domain.owner, name) for name in accepted):
            values = {"domain": domain.name, "owner": domain.owner, "entity": filing.entity.name}
            yield Hit(f"{where}.owner", values, tuple(params.get("documents", ())))


@named()
def domain_owner_number(ctx: Context, params: Params) -> Iterator[Hit]:
    """Where entity and holder have one name, the certificate number behind the domain is the entity's."""
    entity = ctx.filing.entity
    for where, domain in ctx.known("services[].domains[]"):
        if (
            not domain.owner_certificate_number
            or not entity.certificate.number
            or not same_name(domain.owner, entity.name)
        ):
            continue
        if domain.owner_certificate_number.upper() != entity.certificate.number.upper():
            yield Hit(f"{where}.owner_certificate_number", {"domain": domain.name})


@named({"allowed": list, "nature": list})
def suffix_for_nature(ctx: Context, params: Params) -> Iterator[Hit]:
    """Units of some natures use certain endings only, such as .gov.cn for organs of government."""
    if ctx.filing.entity.nature not in params["nature"]:
        return
    for where, domain in ctx.known("websites[].domains[]"):
        if domain.name and not domain.name.endswith(tuple(f".{item}" for item in params["allowed"])):
            yield Hit(
                f"{where}.name", {"domain": domain.name, "allowed": tuple(f".{item}" for item in params["allowed"])}
            )


@named({"forbidden": list})
def suffix_not(ctx: Context, params: Params) -> Iterator[Hit]:
    """An ending that is refused."""
    for where, domain in ctx.known("services[].domains[]"):
        if suffix(domain.name) in params["forbidden"] or domain.name.rpartition(".")[2] in params["forbidden"]:
            yield Hit(f"{where}.name", {"domain": domain.name})


@named()
def domain_is_registrable(ctx: Context, params: Params) -> Iterator[Hit]:
    """A website files the registered name itself, without www. or another label before it; .gov.cn sub-domains may."""
    for where, name in ctx.known("websites[].domains[].name"):
        if is_domain(name) and registrable(name) != name.lower() and not name.endswith(".gov.cn"):
            yield Hit(where, {"domain": name, "registrable": registrable(name)})


@named()
def registrar_in_china(ctx: Context, params: Params) -> Iterator[Hit]:
    """The registrar is one of the mainland."""
    for where, domain in ctx.known("services[].domains[]"):
        if domain.registrar_in_china is False:
            yield Hit(
                f"{where}.registrar",
                {"domain": domain.name, "registrar": domain.registrar or Text("未注明", "not named")},
            )


@named({"working_days": int})
def realname_settled(ctx: Context, params: Params) -> Iterator[Hit]:
    """So many working days lie between the real-name check of a domain and submission."""
    for where, done in ctx.known("services[].domains[].realname_done_on"):
        passed = workdays_between(done, ctx.day)
        if passed < params["working_days"]:
            yield Hit(where, {"done": done, "passed": passed, "need": params["working_days"]})


@named({"max": int})
def domain_levels(ctx: Context, params: Params) -> Iterator[Hit]:
    """An APP's domains go no deeper than so many levels."""
    for where, name in ctx.known("apps[].domains[].name"):
        if levels(name) > params["max"]:
            yield Hit(where, {"domain": name, "levels": levels(name), "max": params["max"]})


COUNTS: Mapping[str, Text] = {
    "services_in_order": Text("本次订单的网站和APP", "websites and APPs in this order"),
    "sites_in_order": Text("本次订单的网站", "websites in this order"),
    "sites_in_total": Text("网站总数（已备案加本次）", "websites in total (filed and new)"),
    "services_in_total": Text("网站和APP总数（已备案加本次）", "websites and APPs in total (filed and new)"),
    "prefixes_in_total": Text("不同域名前缀总数（已备案加本次）", "different domain prefixes in total (filed and new)"),
    "sites_on_file": Text("已备案网站", "websites on file"),
}


def count_of(what: str, filing: Filing) -> int | None:
    """How many there are, or None where a total needs a number that is not known. A first filing has none on file."""
    sites, apps = len(filing.websites), len(filing.apps)
    first = filing.operation == "first_filing"
    filed_sites = 0 if first and filing.record.sites is None else filing.record.sites
    filed_apps = 0 if first and filing.record.apps is None else filing.record.apps
    if what in ("services_in_order", "sites_in_order"):
        return sites + apps if what == "services_in_order" else sites
    if filed_sites is None or (what == "services_in_total" and filed_apps is None):
        return None
    totals = {
        "sites_on_file": filed_sites,
        "sites_in_total": filed_sites + sites,
        "prefixes_in_total": _prefixes(filing, filed_sites),
    }
    return totals.get(what, filed_sites + sites + apps + (filed_apps or 0))


def _prefixes(filing: Filing, filed: int) -> int:
    names = [domain.name for site in filing.websites for domain in site.domains] + list(filing.record.domains)
    different = len({prefix(name) for name in names if name})
    return different if filing.record.domains else different + filed


FEWER = Text("请拆成几个订单，一批办完再提交下一批。", "Split the order and submit one part after the other.")
IN_TOTAL = Text(
    "请先注销不用的网站或APP；要求写明可到管局现场核验的，按要求准备材料。",
    "Cancel services no longer used first; where the rule allows a check in person, prepare what it asks.",
)


@named({"what": sorted(COUNTS), "max": int}, {"kinds": dict})
def count_limit(ctx: Context, params: Params) -> Iterator[Hit]:
    """At most so many; `kinds` gives other limits for `enterprise`, `sole_proprietor`, `individual`."""
    count, limit = count_of(params["what"], ctx.filing), _limit(ctx.filing, params)
    if count is not None and count > limit:
        way = FEWER if params["what"].endswith("in_order") else IN_TOTAL
        values = {"what": COUNTS[params["what"]], "count": count, "max": limit, "way": way}
        yield Hit(_place(params["what"], ctx.filing), values)


def _limit(filing: Filing, params: Params) -> int:
    kind = (
        "individual"
        if filing.entity.is_individual
        else "sole_proprietor"
        if filing.entity.is_sole_trader
        else "enterprise"
    )
    return int(params.get("kinds", {}).get(kind, params["max"]))


def _place(what: str, filing: Filing) -> str:
    return "websites" if filing.websites else "apps"


@named({"what": sorted(COUNTS), "from": int, "documents": list})
def document_from_count(ctx: Context, params: Params) -> Iterator[Hit]:
    """From a number on, a document is asked, such as a construction plan (网站建设方案书)."""
    count = count_of(params["what"], ctx.filing)
    if count is not None and count >= params["from"]:
        yield Hit(
            _place(params["what"], ctx.filing),
            {"what": COUNTS[params["what"]], "count": count, "from": params["from"]},
            tuple(params["documents"]),
        )


SPLIT = Text("请把多余的域名拆成另外的网站分别备案。", "File the further domains as websites of their own.")
KEEP = Text("请删去多余的，只保留允许的个数。", "Take out what is too many.")


@named({"path": str, "max": int}, {"min": int})
def list_length(ctx: Context, params: Params) -> Iterator[Hit]:
    """Each list has no more and no fewer members, such as one domain a website."""
    for where, value in ctx.known(params["path"]):
        if not params.get("min", 0) <= len(value) <= params["max"]:
            way = SPLIT if general(where) == "websites[].domains" else KEEP
            yield Hit(where, {"what": label(where), "count": len(value), "max": params["max"], "way": way})


@named()
def prefixes_are_one(ctx: Context, params: Params) -> Iterator[Hit]:
    """Domains of one website share their label, or the remark says they lead to the same site."""
    for where, site in ctx.known("websites[]"):
        prefixes = {prefix(domain.name) for domain in site.domains if domain.name}
        if len(prefixes) > 1 and "同一" not in site.remark:
            yield Hit(f"{where}.domains", {"count": len(prefixes), "prefixes": tuple(sorted(prefixes))})


@named()
def urls_fit_domains(ctx: Context, params: Params) -> Iterator[Hit]:
    """Each home address holds one of the website's domains, and none is too many."""
    for where, site in ctx.known("websites[]"):
        names = [domain.name for domain in site.domains if domain.name]
        for index, url in enumerate(site.home_urls):
            if names and not any(name in url for name in names):
                yield Hit(f"{where}.home_urls[{index}]", {"value": url, "domains": tuple(names)})


@named()
def url_for_each_domain(ctx: Context, params: Params) -> Iterator[Hit]:
    """Each domain of a website has a home address."""
    for where, site in ctx.known("websites[]"):
        lacking = [one.name for one in site.domains if one.name and not any(one.name in url for url in site.home_urls)]
        if lacking:
            yield Hit(f"{where}.home_urls", {"domains": tuple(lacking)})


@named()
def app_names_equal(ctx: Context, params: Params) -> Iterator[Hit]:
    """The name under the icon is the filed name, on every platform."""
    for where, app in ctx.known("apps[]"):
        for index, platform in enumerate(app.platforms):
            if platform.label and app.name and not same_name(platform.label, app.name):
                yield Hit(
                    f"{where}.name",
                    {"name": app.name, "label": platform.label, "platform": platform.platform, "index": index},
                )


@named({"path": str}, {})
def all_distinct(ctx: Context, params: Params) -> Iterator[Hit]:
    """No two services of the order have the same name."""
    seen: dict[str, str] = {}
    for where, value in ctx.known(params["path"]):
        if value in seen:
            yield Hit(where, {"what": label(where), "value": value})
        seen.setdefault(value, where)


@named()
def packages_unique(ctx: Context, params: Params) -> Iterator[Hit]:
    """A package name occurs once a platform, and never in two APPs."""
    owners: dict[str, int] = {}
    for index, app in enumerate(ctx.filing.apps):
        counts = Counter((item.platform, item.package_name) for item in app.platforms if item.package_name)
        for place, item in enumerate(app.platforms):
            twice = counts[(item.platform, item.package_name)] > 1 and item.package_name
            other = owners.get(item.package_name, index) != index
            if item.package_name and (twice or other):
                yield Hit(
                    f"apps[{index}].platforms[{place}].package_name",
                    {"value": item.package_name, "platform": item.platform},
                )
        owners.update({item.package_name: index for item in app.platforms if item.package_name})


@named()
def features_complete(ctx: Context, params: Params) -> Iterator[Hit]:
    """Each platform of an APP has a package name, a public key and a fingerprint."""
    for where, item in ctx.known("apps[].platforms[]"):
        for name in ("package_name", "public_key", "fingerprint"):
            if not getattr(item, name):
                yield Hit(f"{where}.{name}", {"what": label(f"{where}.{name}"), "platform": item.platform})


@named({"algorithms": dict})
def fingerprint_fits(ctx: Context, params: Params) -> Iterator[Hit]:
    """The fingerprint is hexadecimal and as long as the platform's algorithm gives."""
    for where, item in ctx.known("apps[].platforms[]"):
        allowed = params["algorithms"].get(item.platform, [])
        digits = re.sub(r"[:\s]", "", item.fingerprint)
        if not allowed or not digits:
            continue
        fits = any(re.fullmatch(rf"[0-9a-fA-F]{{{FINGERPRINT_DIGITS[name]}}}", digits) for name in allowed)
        said = item.fingerprint_algorithm.lower().replace("-", "")
        if not fits or (said and said not in allowed):
            words = "/".join({"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256"}[name] for name in allowed)
            yield Hit(
                f"{where}.fingerprint",
                {
                    "platform": item.platform,
                    "length": len(digits),
                    "algorithm": words,
                    "need": "/".join(str(FINGERPRINT_DIGITS[name]) for name in allowed),
                },
            )


@named()
def platform_domains_filed(ctx: Context, params: Params) -> Iterator[Hit]:
    """Every domain an APP uses on a platform is in the APP's list."""
    for where, app in ctx.known("apps[]"):
        filed = {domain.name.lower() for domain in app.domains}
        used = {name.lower() for item in app.platforms for name in item.domains}
        if filed and used - filed:
            yield Hit(f"{where}.domains", {"missing": tuple(sorted(used - filed))})


@named()
def sdks_described(ctx: Context, params: Params) -> Iterator[Hit]:
    """Where third-party SDKs are used, each names vendor and kind; where the package shows some, the answer is not no."""
    for where, app in ctx.known("apps[]"):
        if app.sdk_use is False and app.sdks:
            yield Hit(f"{where}.sdk_use", {"sdks": tuple(sdk.name for sdk in app.sdks)})
        for index, sdk in enumerate(app.sdks):
            if not sdk.vendor or not sdk.category:
                yield Hit(f"{where}.sdks[{index}]", {"sdks": sdk.name})


@named()
def no_shared_domain(ctx: Context, params: Params) -> Iterator[Hit]:
    """A website and an APP on the same domain go in two orders."""
    names = {domain.name for site in ctx.filing.websites for domain in site.domains if domain.name}
    for where, name in ctx.known("apps[].domains[].name"):
        if name in names:
            yield Hit(where, {"domain": name})


@named()
def domains_not_replaced(ctx: Context, params: Params) -> Iterator[Hit]:
    """A change may drop domains but brings no new one."""
    filed = {name.lower() for name in ctx.filing.record.domains}
    for where, name in ctx.known("websites[].domains[].name"):
        if filed and name.lower() not in filed:
            yield Hit(where, {"domain": name})


GOVERNMENT = frozenset({EntityNature.GOVERNMENT_ORGAN, EntityNature.PUBLIC_INSTITUTION, EntityNature.MASS_ORGANIZATION})
"""党政机关、事业单位、群团: what the rules' subject `government` means."""
