"""The decision table of type verification, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.errors import UsageError
from pipeline.model import Operation
from pipeline.operation_type import FACTS, determine_type

HERE = {"entity_filed_here": True, "entity_has_services": True, "account_has_entity": True}
ELSEWHERE = {"entity_filed": True, "entity_has_services": True}
ROWS: list[tuple[str, dict[str, Any], int, Operation | None]] = [
    ("an order in flight stops everything", {"order_in_flight": True}, 1, None),
    ("an order in flight stops a filed entity too", {**HERE, "order_in_flight": "yes"}, 1, None),
    ("a domain under another entity stops", {"service_filed": True, "service_filed_by_same_entity": False}, 2, None),
    ("a domain on record while the entity is not is another entity's", {"service_filed": True}, 2, None),
    ("nothing on record", {}, 3, Operation.FIRST_FILING),
    ("two entity numbers stop", {**ELSEWHERE, "entity_numbers": 2}, 4, None),
    (
        "an empty shell is cancelled first",
        {"entity_filed": True, "entity_has_services": False, "province": "广东"},
        5,
        None,
    ),
    (
        "an empty shell in Jiangsu adds",
        {"entity_filed_here": True, "entity_has_services": False, "province": "江苏"},
        5,
        Operation.NEW_SERVICE_SAME_PROVIDER,
    ),
    (
        "an empty shell in Shanghai filed elsewhere adds",
        {"entity_filed": True, "entity_has_services": "否", "province": "上海"},
        5,
        Operation.NEW_SERVICE_OTHER_PROVIDER,
    ),
    ("a record in another account is claimed", {**HERE, "account_has_entity": False}, 6, Operation.CLAIM_FILING),
    ("filed here by the same entity is a change", {**HERE, "service_filed_here": True}, 7, Operation.CHANGE_FILING),
    ("entity here, service new", HERE, 8, Operation.NEW_SERVICE_SAME_PROVIDER),
    ("entity elsewhere, service new", ELSEWHERE, 9, Operation.NEW_SERVICE_OTHER_PROVIDER),
    ("entity here, service elsewhere", {**HERE, "service_filed": True}, 10, Operation.NEW_ACCESS_SAME_PROVIDER),
    ("both elsewhere", {**ELSEWHERE, "service_filed": True}, 11, Operation.NEW_ACCESS_OTHER_PROVIDER),
]


@pytest.mark.parametrize(("facts", "rule", "operation"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_the_facts_decide_the_operation(facts: dict[str, Any], rule: int, operation: Operation | None) -> None:
    answer = determine_type(facts)
    assert (answer.rule, answer.operation) == (rule, operation)
    assert answer.blocked == (operation is None)
    assert all(text.zh and text.en for text in (*answer.reasons, *answer.then))


def test_a_stopped_filing_says_the_way_out() -> None:
    assert all(determine_type(facts).then for _, facts, _, operation in ROWS if operation is None)


def test_hunan_s_disputed_way_for_an_empty_shell_is_told() -> None:
    answer = determine_type({"entity_filed": True, "entity_has_services": False, "province": "湖南"})
    assert len(answer.then) == 2 and "建设方案书" in answer.then[1].zh


@pytest.mark.parametrize("facts", [{"entity_files": True}, {"entity_filed": "perhaps"}, {"entity_numbers": "several"}])
def test_a_wrong_fact_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        determine_type(facts)


def test_every_fact_has_words_in_both_languages() -> None:
    assert all(text.zh and text.en for text in FACTS.values())
