"""Mistakes in `filing.yaml` are named all at once, each with its line."""

from __future__ import annotations

import pytest

from pipeline import folder_facts
from pipeline.errors import UsageError

BROKEN = """filing:
  operation: first_filing
  provinc: 上海
entity:
  nature: 国企
  legal_person: [a]
entity_persn:
  name: 张三
websites:
  - name: 某某
    domains: [a.cn]
    pre_approvals:
      - kindd: 新闻
    name: 某某二
"""


def problems(text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        folder_facts.parse(text.encode())
    return caught.value


def test_all_mistakes_are_named_in_the_order_of_their_lines() -> None:
    error = problems(BROKEN)
    lines = [line.split("：")[0] for line in error.zh.splitlines()]
    assert lines == [f"filing.yaml 第 {number} 行" for number in (3, 5, 6, 7, 13, 14)]
    assert [line.split(":")[0] for line in error.en.splitlines()] == [
        f"filing.yaml line {number}" for number in (3, 5, 6, 7, 13, 14)
    ]


def test_a_key_written_twice_in_one_group_is_a_mistake_not_the_last_one_wins() -> None:
    assert "写了两次" in problems("entity:\n  name: 甲\n  name: 乙\n").zh


def test_a_group_written_twice_is_put_together() -> None:
    found = folder_facts.parse("entity: {name: 甲}\nentity: {mail_address: 乙}\n".encode())
    assert found == {"entity.name": "甲", "entity.mail_address": "乙"}


def test_a_list_that_holds_itself_is_a_mistake() -> None:
    assert "第 1 行" in problems("websites: &a [*a]\n").zh


def test_the_certificate_kind_may_be_called_kind() -> None:
    found = folder_facts.parse("entity: {certificate: {kind: 营业执照}}".encode())
    assert list(found) == ["entity.certificate.type"]
