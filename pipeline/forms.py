"""Which forms and letters a filing wants, each with its values. Pure.

A form's values are the filing as nested plain values, with the Chinese words for its codes beside them
(`nature_zh`, `certificate.type_zh`, `operation_zh`): two files to read, `claims.py` and this one, show all that
crosses between extractors, filing and generators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline import vocabulary
from pipeline.build import plain
from pipeline.model import Filing, Form, Operation, Text
from pipeline.same import same_person

WITHOUT_PAPERS = frozenset(
    {Operation.CHANGE_ACCESS, Operation.CANCEL_ACCESS, Operation.DEREGISTER_ENTITY, Operation.DEREGISTER_SERVICE,
     Operation.CLAIM_FILING, Operation.TRANSFER_FILING}
)  # fmt: skip
"""Operations that hand in no filing data."""


@dataclass(frozen=True, slots=True)
class FormText:
    """What the generators say of a form: its title, who must do what by hand (keys and words), whether to compare it."""

    title: Text
    sign: Mapping[str, Text]
    sign_individual: Mapping[str, Text]
    compare: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """One form to make and why."""

    template: str
    why: str


def plan(
    filing: Filing, asked: Iterable[Wish], describe: Callable[[str], FormText | None], today: date
) -> tuple[Form, ...]:
    """The forms to generate, in the order of the bundle: own sheets first, then letters.

    Args:
        filing: the filing.
        asked: the forms that rules ask for.
        describe: what the generators say of a template; None where they do not know it.
        today: the day of the run; used where the filing names no day of submission.
    """
    values = form_values(filing, today)
    wishes = {wish.template: wish for wish in (*_own(filing), *asked)}
    known = [(wish, said) for wish in wishes.values() if (said := describe(wish.template)) is not None]
    alone = filing.entity.is_individual
    return tuple(_form(number, wish, said, values, alone=alone) for number, (wish, said) in enumerate(known, 1))


def _form(number: int, wish: Wish, said: FormText, values: Mapping[str, object], *, alone: bool) -> Form:
    signing = said.sign_individual if alone and said.sign_individual else said.sign
    return Form(
        template=wish.template,
        title=said.title,
        file=f"forms/{number:02d}-{wish.template}.pdf",
        values=values,
        sign=tuple(signing),
        sign_words=tuple(signing.values()),
        why=wish.why,
        compare=said.compare,
    )


def _own(filing: Filing) -> list[Wish]:
    """What every filing of this shape gets, whatever the province says."""
    if filing.operation in WITHOUT_PAPERS:
        return []
    wishes = [Wish("filing_information_sheet", "every filing")]
    if filing.apps:
        wishes.append(Wish("app_feature_sheet", "an APP is filed"))
    wishes.append(Wish(commitment_of(filing), "every filing promises that its data are true"))
    letter = _authorisation(filing)
    return wishes + ([letter] if letter else [])


def commitment_of(filing: Filing) -> str:
    """The commitment letter of this filing: Henan and Shanghai have their own."""
    return {"河南": "commitment_letter_site", "上海": "commitment_letter_sh"}.get(filing.province, "commitment_letter")


def _authorisation(filing: Filing) -> Wish | None:
    """A letter where the person in charge of the entity is not the legal representative."""
    entity, person = filing.entity, filing.entity_person
    if entity.is_individual or same_person(person, entity.legal_person) is not False:
        return None
    both = same_person(person, filing.service_person)
    return Wish(
        "authorisation_both" if both else "authorisation_entity", "the person in charge is not the legal representative"
    )


def form_values(filing: Filing, today: date) -> dict[str, Any]:
    """The filing as forms see it."""
    values: dict[str, Any] = plain(filing)
    for name in ("evidence", "documents", "supplied"):
        values.pop(name)
    values["submit_date"] = (filing.submit_date or today).isoformat()
    values["operation_zh"] = vocabulary.OPERATIONS[filing.operation]
    entity = values["entity"]
    entity["nature_zh"] = vocabulary.NATURES[filing.entity.nature] if filing.entity.nature else ""
    entity["is_individual"] = filing.entity.is_individual
    entity["is_sole_trader"] = filing.entity.is_sole_trader
    for holder in (entity, entity["legal_person"], values["entity_person"], values["service_person"]):
        certificate = holder["certificate"]
        certificate["type_zh"] = vocabulary.CERTIFICATE_TYPES.get(certificate["type"], certificate["type"])
    return values
