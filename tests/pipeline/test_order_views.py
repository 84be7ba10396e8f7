"""What a state asks of the agent, in two languages, the latest first."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pipeline import deadlines
from pipeline.model import (
    Filing,
    Operation,
)
from tests.pipeline.orders import CHINA, FILING, NOON, PAPERS, PATHS, after, start


@pytest.mark.parametrize("state", PATHS)
def test_every_state_says_what_to_do_in_both_languages(state: str) -> None:
    said = deadlines.what_now(after(*PATHS[state]), FILING, NOON)
    assert said and all(text.zh and text.en and "{" not in text.zh + text.en for text in said)


@pytest.mark.parametrize("operation", ["deregister_entity", "deregister_service", "cancel_access"])
def test_what_cannot_be_undone_is_said_until_it_is_done(operation: str) -> None:
    filing = Filing("x", Operation(operation))
    assert any("不可恢复" in text.zh for text in deadlines.what_now(start(filing), filing, NOON))
    assert not any("不可恢复" in text.zh for text in deadlines.what_now(start(), FILING, NOON))


@pytest.mark.parametrize(("hours", "words"), [(1.5, "还剩 22 小时 30 分"), (23.99, "还剩 0 小时"), (25, "24 小时已过")])
def test_the_running_clock_is_told(hours: float, words: str) -> None:
    said = deadlines.what_now(after("submit", "pass", "handed_over"), FILING, NOON + timedelta(hours=hours))
    assert words in said[0].zh


def test_what_is_late_is_told_first_and_reminders_last() -> None:
    said = deadlines.what_now(after("submit", filing=PAPERS), PAPERS, datetime(2026, 12, 2, tzinfo=CHINA))
    assert "已过预期时间" in said[0].zh and "请注意（2026-12-01）" in said[-1].zh


def test_a_providers_own_limits_are_told() -> None:
    filing = Filing("x", provider="tencent")
    said = deadlines.what_now(after("submit", "pass", filing=filing), filing, NOON)
    assert any(text.zh.startswith("腾讯云") for text in said)
