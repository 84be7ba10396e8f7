"""Readings and typed values -> one `Filing` with evidence for every value. Pure: no file, clock or database.

Order of trust for a value: a person's word (`filing.yaml`, review), a machine-readable source (signature block,
manifest, text layer, QR), OCR confirmed by a check digit, other OCR, what was derived. Losing values stay as
evidence, and a disagreement becomes a finding.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline import claims, materials, people
from pipeline.build import build_filing
from pipeline.claims import Claim, Leaf
from pipeline.model import Certificate, Document, EntityNature, Evidence, Filing, Person
from pipeline.people import PersonPapers, Sheet
from pipeline.reading import Reading
from pipeline.same import same_person
from pipeline.vocabulary import PROVINCES, province_of

ENTITY_PAPERS = frozenset({"business_licence", "institution_certificate"})
APP_NAME = re.compile(r"apps\[(\d+)\]\.name")
LOOKALIKES = str.maketrans({"l": "1", "i": "1", "o": "0", "|": "1"})


@dataclass(frozen=True, slots=True)
class TypedFacts:
    """The values of a `filing.yaml` and which file they stand in; `decided` are a reviewer's claims, which beat them."""

    values: Mapping[str, Leaf]
    file: str = "filing.yaml"
    sha256: str = ""
    decided: tuple[Claim, ...] = ()

    def held(self) -> dict[str, Leaf]:
        """The typed values as corrected by the reviewer: papers and packages are matched to these."""
        decided = {claim.path: claim.value for claim in self.decided}
        return {**self.values, **{path: decided[path] for path in (*self.values, "entity.nature") if path in decided}}


def assemble(filing_id: str, readings: Sequence[Reading], typed: TypedFacts | None = None) -> Filing:
    """The filing that these files and typed values describe."""
    typed = typed or TypedFacts({})
    sheets = people.sheets_of(readings)
    found = [*typed.decided, *claims.typed(typed.values, typed.file, typed.sha256)]
    typed = replace(typed, values=typed.held())
    found += [claim for sheet in sheets if sheet.paper.kind in ENTITY_PAPERS for claim in claims.of_entity_paper(sheet)]
    persons = people.pair(sheets)
    individual = _is_individual(typed, sheets)
    roles = people.give_roles(persons, _wanted(found), individual=individual)
    found += _names_on_other_papers(found, roles)
    found += _person_claims(roles, individual)
    found += _domain_claims(sheets, typed.values)
    found += _package_claims(readings, typed.values)
    found += _icon_claims(sheets, found)
    found += _derived_claims(found, roles, individual)
    values, evidence = choose(found)
    documents, values = materials.held(_documents(readings, persons, roles), readings, values)
    return build_filing(filing_id, values, documents=documents, evidence=evidence, supplied=_supplied(documents))


def _is_individual(typed: TypedFacts, sheets: Sequence[Sheet]) -> bool:
    nature = typed.values.get("entity.nature")
    if nature:
        return nature == EntityNature.INDIVIDUAL
    return not any(sheet.paper.kind in ENTITY_PAPERS for sheet in sheets) and "entity.name" not in typed.values


def _wanted(found: Sequence[Claim]) -> dict[str, people.Wanted]:
    """The names that typed values and licences give for each role."""
    numbers = {claim.path: str(claim.value) for claim in reversed(found) if claim.path.endswith("certificate.number")}
    wanted: dict[str, people.Wanted] = {}
    for claim in found:
        role, _, leaf = claim.path.rpartition(".")
        if leaf == "name" and role in ("entity.legal_person", "entity_person", "service_person"):
            is_sure, number = (
                claim.evidence.confidence >= people.SURE_NAME,
                numbers.get(f"{role}.certificate.number", ""),
            )
            wanted.setdefault(role, people.Wanted(str(claim.value), is_sure, number))
    return wanted


def _names_on_other_papers(found: Sequence[Claim], roles: Mapping[str, PersonPapers]) -> list[Claim]:
    """What certificate and `filing.yaml` say of the legal person's name, for the other roles of the same person.

    Only where the card's name was read with doubt and differs in characters that were doubtful alone.
    """
    person = roles.get("entity.legal_person")
    if person is None:
        return []
    named = [
        claim for claim in found if claim.path == "entity.legal_person.name" and person.may_be_named(str(claim.value))
    ]
    others = [role for role, one in roles.items() if one is person and role != "entity.legal_person"]
    return [replace(claim, path=f"{role}.name") for role in others for claim in named]


def _person_claims(roles: Mapping[str, PersonPapers], individual: bool) -> list[Claim]:
    found = [claim for role, person in roles.items() for claim in claims.of_person(role, person)]
    if individual and "entity_person" in roles:
        found += claims.of_individual(roles["entity_person"])
    return found


def _domain_claims(sheets: Sequence[Sheet], typed: Mapping[str, Leaf]) -> list[Claim]:
    """Each domain certificate goes to the typed domain it names; one that fits none becomes a domain of its own."""
    places = {
        path.removesuffix(".name"): str(value)
        for path, value in typed.items()
        if ".domains[" in path and path.endswith("].name")
    }
    found: list[Claim] = []
    for sheet in sheets:
        if sheet.paper.kind == "domain_certificate":
            targets = _domain_places(sheet, places, typed)
            found += [claim for target in targets for claim in claims.of_domain_paper(sheet, target)]
    return found


def _domain_places(sheet: Sheet, places: dict[str, str], typed: Mapping[str, Leaf]) -> list[str]:
    read = sheet.paper.fields.get("domain")
    name = _plain_domain(read.value) if read else ""
    same = [place for place, domain in places.items() if _plain_domain(domain) == name]
    if same:
        return same
    if not name and len(set(places.values())) == 1:
        return list(places)
    base = (
        "apps[0]"
        if any(path.startswith("apps[") for path in typed) and "websites[0].name" not in typed
        else "websites[0]"
    )
    number = sum(place.startswith(f"{base}.domains[") for place in places)
    place = f"{base}.domains[{number}]"
    places[place] = read.value if read else ""
    return [place]


def _plain_domain(domain: str) -> str:
    """A domain with the letters that OCR mistakes for one another made equal."""
    return domain.strip().lower().removeprefix("www.").translate(LOOKALIKES)


def _package_claims(readings: Sequence[Reading], typed: Mapping[str, Leaf]) -> list[Claim]:
    """Each package becomes a platform of the APP it belongs to: the only typed one, else by its label."""
    apps = {int(found[1]): str(value) for path, value in typed.items() if (found := APP_NAME.fullmatch(path))}
    only = next(iter(apps)) if len(apps) == 1 else None
    platforms: dict[int, list[str]] = {number: _typed_platforms(typed, number) for number in apps}
    claimed: list[Claim] = []
    for reading in readings:
        if reading.package is None or not (reading.package.get("features") or {}):
            continue
        number = only if only is not None else _app_number(reading, apps)
        places = platforms.setdefault(number, [])
        place = _platform_place(reading, places)
        claimed += claims.of_package(reading, f"apps[{number}]", f"apps[{number}].platforms[{place}]", with_label=True)
    return claimed


def _icon_claims(sheets: Sequence[Sheet], found: Sequence[Claim]) -> list[Claim]:
    """An icon file belongs to the only APP; with several APPs nobody can say whose it is."""
    apps = {claim.path.partition(".")[0] for claim in found if claim.path.startswith("apps[")}
    icons = [sheet for sheet in sheets if sheet.paper.kind == "app_icon"]
    return list(claims.of_icon(icons[0], next(iter(apps)))) if len(apps) == 1 and icons else []


def _typed_platforms(typed: Mapping[str, Leaf], app: int) -> list[str]:
    names: list[str] = []
    while f"apps[{app}].platforms[{len(names)}].platform" in typed:
        names.append(str(typed[f"apps[{app}].platforms[{len(names)}].platform"]))
    return names


def _app_number(reading: Reading, apps: dict[int, str]) -> int:
    label = claims.app_label(reading)
    for number, name in apps.items():
        if label and name == label:
            return number
    number = max(apps, default=-1) + 1
    apps[number] = label
    return number


def _platform_place(reading: Reading, places: list[str]) -> int:
    """The place of this package's platform; a second package of one platform gets a place of its own."""
    platform = str((reading.package or {}).get("platform") or "")
    for number, name in enumerate(places):
        if name == platform:
            places[number] = f"{platform}, taken"
            return number
    places.append(f"{platform}, taken")
    return len(places) - 1


def _derived_claims(found: Sequence[Claim], roles: Mapping[str, PersonPapers], individual: bool) -> list[Claim]:
    values, _ = choose(found)
    derived: list[Claim] = []
    if individual:
        derived.append(claims.derived("entity.nature", EntityNature.INDIVIDUAL.value))
    elif "entity.nature" not in values and values.get("entity.certificate.type") == "business_licence":
        derived.append(claims.derived("entity.nature", EntityNature.ENTERPRISE.value))
    province = _derived_province(values)
    if province:
        derived.append(claims.derived("filing.province", province, confidence=0.9))
    return derived + _values_for_both(values, roles)


def _derived_province(values: Mapping[str, Leaf]) -> str:
    """The province of the entity's certificate: its address, else the division code inside its number."""
    address = province_of(str(values.get("entity.certificate.address", "")))
    number = str(values.get("entity.certificate.number", ""))
    code = number[2:4] if values.get("entity.certificate.type") == "business_licence" else number[:2]
    return address or PROVINCES.get(code, "")


def _values_for_both(values: Mapping[str, Leaf], roles: Mapping[str, PersonPapers]) -> list[Claim]:
    """Where one person has both roles, what is known of the one role holds for the other."""
    if not _has_both_roles(values, roles):
        return []
    return [
        claims.derived(path.replace("entity_person.", "service_person.", 1), value)
        for path, value in values.items()
        if path.startswith("entity_person.") and path.replace("entity_person.", "service_person.", 1) not in values
    ]


def _has_both_roles(values: Mapping[str, Leaf], roles: Mapping[str, PersonPapers]) -> bool:
    """Whether one person is in charge of entity and service; so too where nothing names a second one."""
    entity, service = (_person(values, role) for role in ("entity_person", "service_person"))
    same = same_person(entity, service)
    if same is not None:
        return same
    papers = roles.get("entity_person")
    names_nobody = not service.name and not service.certificate.number
    return (papers is not None and papers is roles.get("service_person")) or (bool(entity.name) and names_nobody)


def _person(values: Mapping[str, Leaf], role: str) -> Person:
    name, number, mobile = (str(values.get(f"{role}.{leaf}", "")) for leaf in ("name", "certificate.number", "mobile"))
    return Person(name, Certificate(number=number), mobile=mobile)


def rank(evidence: Evidence) -> tuple[int, float]:
    """The trust in a piece of evidence, best first when sorted."""
    order = {claims.PERSON: 0, claims.DERIVED: 4, "ocr+check_digit": 2}
    place = order.get(evidence.method, 1 if evidence.method in claims.MACHINE_READ else 3)
    return place, -evidence.confidence


def choose(found: Iterable[Claim]) -> tuple[dict[str, Leaf], dict[str, tuple[Evidence, ...]]]:
    """For each path the most trusted value, and all its evidence with the chosen one first."""
    by_path: dict[str, list[Claim]] = {}
    for claim in found:
        if claim.value not in ("", ()):
            by_path.setdefault(claim.path, []).append(claim)
    values: dict[str, Leaf] = {}
    evidence: dict[str, tuple[Evidence, ...]] = {}
    for path, several in by_path.items():
        several.sort(key=lambda claim: rank(claim.evidence))
        values[path] = several[0].value
        evidence[path] = tuple(replace(claim.evidence, chosen=place == 0) for place, claim in enumerate(several))
    return values, evidence


def same_value(one: str, two: str) -> bool:
    """Whether two spellings say the same: spaces, full and half width, brackets and letter case do not count."""
    return _plain(one) == _plain(two)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if not char.isspace() and char not in "·.-—()[]、,，;；:：。")


def _documents(
    readings: Sequence[Reading], persons: Sequence[PersonPapers], roles: Mapping[str, PersonPapers]
) -> tuple[Document, ...]:
    whose = _whose(persons, roles)
    found: list[Document] = []
    for reading in readings:
        if reading.package is not None:
            found.append(Document("app_package", reading.file, reading.sha256))
        for paper in reading.papers:
            role = whose.get((reading.sha256, paper.page, paper.kind), "")
            found.append(Document(paper.kind, reading.file, reading.sha256, (paper.page,), role))
    return tuple(found)


def _whose(persons: Sequence[PersonPapers], roles: Mapping[str, PersonPapers]) -> dict[tuple[str, int, str], str]:
    """Sheet to the roles of its person, joined by commas."""
    found: dict[tuple[str, int, str], str] = {}
    for person in persons:
        names = ",".join(role for role, one in roles.items() if one is person)
        for sheet in person.sheets:
            found[sheet.reading.sha256, sheet.paper.page, sheet.paper.kind] = names
    return found


def _supplied(documents: Sequence[Document]) -> frozenset[str]:
    """The kinds of material that lie in the folder; a person's ID counts only with both sides."""
    kinds = {document.kind for document in documents if not materials.absent(document)} - {"unknown"}
    kinds |= {kind for document in documents for kind in document.serves_as}
    for role, material in PERSON_MATERIALS.items():
        sides = {document.kind for document in documents if role in document.role.split(",")}
        if (
            sides & people.WHOLE_IDS
            or {"idcard_front", "idcard_back"} <= sides
            or {"residence_front", "residence_back"} <= sides
        ):
            kinds.add(material)
    if kinds & ENTITY_PAPERS:
        kinds.add("entity_certificate")
    return frozenset(kinds)


PERSON_MATERIALS = {
    "entity.legal_person": "legal_rep_id",
    "entity_person": "entity_person_id",
    "service_person": "service_person_id",
}
