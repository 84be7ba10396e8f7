"""The filing a rule's example means: the rule's own kind of filing, with the example's values put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from pipeline.checks_paths import filing_from
from pipeline.model import Filing, Operation, Text
from pipeline.order import IN_REVIEW, OrderState, state_name
from pipeline.other_filings import Contact, contacts_of
from pipeline.rulebook import Rule

DAY = date(2026, 11, 2)
"""The day on which examples are judged."""

OPERATIONS = {
    "all": Operation.FIRST_FILING,
    "first": Operation.FIRST_FILING,
    "add": Operation.NEW_SERVICE_SAME_PROVIDER,
    "access": Operation.NEW_ACCESS_OTHER_PROVIDER,
    "change": Operation.CHANGE_FILING,
    "cancel": Operation.DEREGISTER_SERVICE,
}
NATURES = {"individual": "individual", "government": "government_organ"}


def example_filing(rule: Rule, values: Mapping[str, Any]) -> Filing:
    """A filing the rule speaks of, with the example's `{path: value}`; the values win over what is put in first."""
    own = {path: value for path, value in values.items() if not path.startswith("other.")}
    return filing_from({**_kind_of_filing(rule), **own})


def example_others(values: Mapping[str, Any]) -> tuple[Contact, ...]:
    """The agent's other filing in an example: the values whose path begins with `other.`; `other.order` is its state."""
    other = {path.removeprefix("other."): value for path, value in values.items() if path.startswith("other.")}
    state = other.pop("order", None)
    order = state_name(OrderState(state)) if state in IN_REVIEW else None
    contacts = contacts_of(filing_from(other), Text("编号 1a2b3c4d", "id 1a2b3c4d")) if other else ()
    return tuple(replace(one, order=order) for one in contacts)


def _kind_of_filing(rule: Rule) -> dict[str, Any]:
    subject = rule.subject[0]
    found: dict[str, Any] = {
        "operation": OPERATIONS[rule.filing[0]],
        "province": rule.province or "广东",
        "provider": rule.provider or "",
        "entity.nature": NATURES.get(subject, "enterprise"),
        ("apps[0].name" if rule.service == "app" else "websites[0].name"): "青穗数据",
    }
    if subject == "sole_proprietor":
        found["entity.kind_text"] = "个体工商户"
    if subject in ("foreign_person", "hkmtw_person"):
        found["entity_person.certificate.type"] = "passport" if subject == "foreign_person" else "hk_macau_permit"
    return found
