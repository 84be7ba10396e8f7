from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline import attention, review
from pipeline.attention import Policy, State
from pipeline.errors import EnvironmentProblem
from pipeline.rows import Decision

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def read(value: str, confidence: float, box: int, method: str = "ocr") -> list[dict[str, Any]]:
    corners = [[0, box], [9, box], [9, box + 9], [0, box + 9]]
    return [{"value": value, "confidence": confidence, "method": method, "sha256": "a", "page": 1, "box": corners}]


def document(**findings: str) -> dict[str, Any]:
    evidence = {
        "entity.name": read("某公司", 0.99, 0),
        "entity.certificate.number": read("91440101MA9X7K2Q1Y", 0.6, 20, "ocr+check_digit"),
        "entity_person.name": read("梁玥", 0.5, 40),
        "service_person.name": read("梁玥", 0.5, 40),
    }
    told = [{"rule": "r", "where": where.replace("__", "."), "severity": word} for where, word in findings.items()]
    return {"filing": {"evidence": evidence}, "findings": told}


SURE = {
    "filing": {"evidence": {"entity.name": read("某公司", 0.99, 0), "entity.mail_address": read("某路", 0.98, 9)}},
    "findings": [],
}


def said(number: int, where: str, who: str = "anna", **value: Any) -> Decision:
    return Decision(number, "f", "confirm", where, {"old": "x", "new": "x", **value}, who, NOW)


def states(
    decisions: list[Decision], policy: Policy, who: str = "", filing: str = "f", of: Any = None
) -> dict[str, str]:
    looks = attention.looks(filing, of or document(), review.standing(decisions), policy, who)
    return {path: look.state.value for path, look in looks.shown.items()}


def test_doubtful_readings_and_findings_ask_for_a_look_once_for_a_value_read_once() -> None:
    assert states([], Policy()) == {
        "entity.name": "fine",
        "entity.certificate.number": "fine",
        "entity_person.name": "open",
    }
    looks = attention.looks("f", document(entity__name="warning"), review.standing([]), Policy())
    assert looks.shown["entity.name"].state is State.OPEN
    assert looks.doubles == {"service_person.name": "entity_person.name"}


def test_a_field_for_two_people_is_decided_when_two_said_so() -> None:
    policy = Policy(double=("entity.name",))
    assert states([], policy)["entity.name"] == "open"
    first = said(1, "entity.name")
    assert states([first], policy, "anna")["entity.name"] == "second"
    assert states([first], policy, "ben")["entity.name"] == "open"
    second = said(2, "entity.name", "ben", second=1)
    assert states([first, second], policy, "anna")["entity.name"] == "decided"
    undone = Decision(3, "f", "undo", "entity.name", {"decision": 2}, "ben", NOW)
    assert states([first, second, undone], policy, "anna")["entity.name"] == "second"


def test_a_correction_after_the_second_look_asks_for_another_second_look() -> None:
    policy = Policy(double=("entity.name",))
    rows = [said(1, "entity.name"), said(2, "entity.name", "ben", second=1), said(3, "entity.name", "ben")]
    assert states(rows, policy, "ben")["entity.name"] == "second"
    assert states(rows, policy, "anna")["entity.name"] == "open"


def test_a_group_stands_for_its_fields_and_for_what_is_read_from_the_same_place() -> None:
    assert Policy(double=("entity_person",)).is_double("entity_person.certificate.number")
    assert Policy(double=("websites",)).is_double("websites[1].domains[0].name")
    assert not Policy(double=("entity",)).is_double("entity_person.name")
    sure = document()
    for path in ("entity_person.name", "service_person.name"):
        sure["filing"]["evidence"][path][0]["confidence"] = 0.99
    assert states([], Policy(double=("service_person",)), of=sure)["entity_person.name"] == "open"


def test_an_unknown_name_in_the_setting_is_named_with_the_nearest() -> None:
    with pytest.raises(EnvironmentProblem, match=r"Did you mean entity\.name"):
        attention.policy_of(5, ["entity.nam"])
    assert attention.policy_of(5, ["entity.name", "apps"]).double == ("entity.name", "apps")


def test_a_filing_without_any_doubt_is_sampled_and_stays_so_until_looked_through() -> None:
    everything = Policy(sample_percent=100)
    assert set(states([], everything, of=SURE).values()) == {"open"}
    assert set(states([], Policy(), of=SURE).values()) == {"fine"}
    one = said(1, "entity.name", sample=True)
    assert states([one], everything, of=SURE) == {"entity.name": "decided", "entity.mail_address": "open"}


def test_a_filing_that_was_looked_at_for_a_doubt_is_no_sample() -> None:
    assert states([], Policy(sample_percent=100))["entity.name"] == "fine"
    assert states([said(1, "entity_person.name")], Policy(sample_percent=100), of=SURE)["entity.name"] == "fine"
