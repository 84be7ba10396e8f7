"""What the agent's other filings in the ledger mean for one: their persons, and whose order is in review.

Only filings that share a value with this one are looked at: the ledger finds them by their marks. One card or phone
may still stand in thousands of them: of filings that share the very same values some dozens are looked at and the rest is
counted. What was taken from a version of a filing, or from its newest event, is remembered while the process lives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pipeline.build import plain
from pipeline.deadlines import BEFORE_SUBMISSION
from pipeline.ledger import Ledger
from pipeline.marks import CONTACT_KINDS, marks_of_entity, marks_of_filing
from pipeline.model import Filing, Text
from pipeline.order import IN_REVIEW, OrderState, state_name
from pipeline.order_events import state_of
from pipeline.other_filings import Contact, contacts_in
from pipeline.rows import Decision, Sharing

Events = Mapping[str, Sequence[Decision]]

_contacts: dict[tuple[str, int, datetime], tuple[Contact, ...]] = {}
_states: dict[tuple[str, int, datetime], OrderState] = {}


def contacts(ledger: Ledger, filing: Filing, label: Callable[[str], Text]) -> tuple[Contact, ...]:
    """The persons in charge of the other filings that share an entity, number, name, phone or e-mail with this one.

    Each comes with its order while that is in review. Where this filing's own order was handed in already, no other
    order is told: the warning would come too late.
    """
    mine = [mark for mark in marks_of_filing(plain(filing)) if mark[0] in CONTACT_KINDS]
    entity = marks_of_entity(filing.entity.name, filing.entity.certificate.number)  # any of its orders may be in review
    others = ledger.filings_sharing(mine, but=filing.id, fully=entity)
    if not others:
        return ()
    events = ledger.events(filing.id, *(other.filing for other in others))
    is_open = _state(filing.id, events) in BEFORE_SUBMISSION
    found: list[Contact] = []
    for other in others:
        state = _state(other.filing, events) if is_open else OrderState.DRAFT
        order = state_name(state) if state in IN_REVIEW else None
        theirs = _contacts_of(ledger, other, label)
        found += [replace(one, order=order, stands_for=other.stands_for) for one in theirs]
    return tuple(found)


def _contacts_of(ledger: Ledger, other: Sharing, label: Callable[[str], Text]) -> tuple[Contact, ...]:
    key = (other.filing, other.version, other.updated_at)
    if key not in _contacts:
        row = ledger.get_filing(other.filing)
        _contacts[key] = contacts_in(row.document["filing"], label(other.filing)) if row else ()
    return _contacts[key]


def _state(filing: str, events: Events) -> OrderState:
    mine = events.get(filing, ())
    if not mine:
        return OrderState.DRAFT
    key = (filing, mine[-1].id, mine[-1].decided_at)
    if key not in _states:
        _states[key] = state_of(mine)
    return _states[key]
