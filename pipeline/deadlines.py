"""What is due and when, for one order and its filing: dated items, each with who says so. Pure.

Days are days in China. A span of working days that reaches into a year whose holidays are not known says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from pipeline.checks_base import add_months
from pipeline.due import CHINA, Due, is_over
from pipeline.expiries import papers, reminder
from pipeline.model import Filing, Operation, Text
from pipeline.order import Order, OrderState, state_row
from pipeline.order_sms import sms_limits, sms_steps
from pipeline.order_tables import Row, rows, source, text
from pipeline.workdays import add_workdays, unknown_years

BEFORE_SUBMISSION = frozenset(
    {
        OrderState.DRAFT,
        OrderState.PROVIDER_NEEDS_FIX,
        OrderState.PROVIDER_REJECTED,
        OrderState.SMS_FAILED,
        OrderState.ADMIN_REJECTED,
    }
)
OPENS_SOMETHING = frozenset(
    {Operation.FIRST_FILING, Operation.NEW_SERVICE_SAME_PROVIDER, Operation.NEW_SERVICE_OTHER_PROVIDER}
)


def deadlines(order: Order, filing: Filing) -> tuple[Due, ...]:
    """Everything with a date, the earliest first."""
    ended = order.state is OrderState.ABANDONED
    found = [] if ended else [*_of_state(order, filing), *_of_events(order), *_of_papers(order, filing)]
    return tuple(sorted(found, key=lambda due: (due.day, due.id)))


def _of_state(order: Order, filing: Filing) -> Iterator[Due]:
    if order.since is None:
        return
    for row in rows("clocks"):
        if row["state"] == order.state.value and _is_for(row, filing):
            yield _due(row, order.since)


def _is_for(row: Row, filing: Filing) -> bool:
    return (
        row.get("provider", filing.provider) == filing.provider
        and filing.province in row.get("province", [filing.province])
        and filing.province not in row.get("not_province", [])
    )


def _of_events(order: Order) -> Iterator[Due]:
    for row in rows("event_clocks"):
        happened = order.last(row["event"])
        if happened is not None:
            yield _due(row, happened.at)
    if order.state is OrderState.FILED and order.operation in OPENS_SOMETHING and order.last("opened") is None:
        yield _assumed_opening(order)


def _assumed_opening(order: Order) -> Due:
    """Public-security filing, reckoned from the filing's own day until the opening is recorded."""
    row = next(row for row in rows("event_clocks") if row["event"] == "opened")
    due = _due(row, order.since or order.history[-1].at)
    return Due(
        due.id,
        due.day,
        Text(
            f"{due.title.zh}；尚未记录开通日（beianbox track 编号 opened），暂从备案完成日起算",
            f"{due.title.en}; the opening is not recorded yet (beianbox track FILING opened), so it counts from the day of filing",
        ),
        due.source,
        due.rule,
    )


def _due(row: Row, start: datetime) -> Due:
    begun = start.astimezone(CHINA)
    expected, title = bool(row.get("expected")), text(row)
    if row["unit"] == "hours":
        end = begun + timedelta(hours=row["count"])
        return Due(row["id"], end.date(), title, source(row["source"]), row.get("rule", ""), end, expected)
    day = _counted(begun.date(), row["count"], row["unit"])
    years = unknown_years(begun.date(), day) if row["unit"] == "workdays" else ()
    return Due(row["id"], day, _with_years(title, years), source(row["source"]), row.get("rule", ""), None, expected)


def _counted(day: date, count: int, unit: str) -> date:
    if unit == "workdays":
        return add_workdays(day, count)
    if unit == "months":
        later = add_months(day, count)
        return (
            later if later.day == 1 else add_months(later.replace(day=1), 1)
        )  # the cleaning is on a month's first day
    return day + timedelta(days=count)


def _with_years(title: Text, years: tuple[int, ...]) -> Text:
    if not years:
        return title
    named = "、".join(str(year) for year in years)
    return Text(
        f"{title.zh}（{named} 年放假安排尚未公布，未计调休，请以公布为准）",
        f"{title.en} (the holidays of {', '.join(str(year) for year in years)} are not announced yet: make-up days not counted)",
    )


def _of_papers(order: Order, filing: Filing) -> Iterator[Due]:
    for paper in papers(filing):
        if paper.kind != "letter" or order.state in BEFORE_SUBMISSION:
            yield reminder(paper)


# -- what to do now ----------------------------------------------------------------------------------------------


def what_now(order: Order, filing: Filing, now: datetime) -> tuple[Text, ...]:
    """What a person should do now, the most pressing first."""
    past = tuple(due for due in deadlines(order, filing) if is_over(due, now))
    return (
        *(_over_text(due) for due in past if not due.is_reminder and due.at is None),
        *_clock(order, now),
        text(state_row(order.state)["do"]),
        *_sms(order),
        *_no_return(order),
        *_provider(order, filing),
        *_afterwards(order),
        *(_over_text(due) for due in past if due.is_reminder),
    )


def _over_text(due: Due) -> Text:
    words = _over_words(due)
    return Text(f"{words.zh}（{due.day}）：{due.title.zh}", f"{words.en} ({due.day}): {due.title.en}")


def _over_words(due: Due) -> Text:
    if due.is_reminder:
        return Text("请注意", "Take note")
    late = Text("已过预期时间，可询问接入商", "Later than expected, ask the provider")
    return late if due.is_expected else Text("已逾期", "Overdue")


def _clock(order: Order, now: datetime) -> Iterator[Text]:
    """What is left of the hours for the SMS check."""
    if order.state is not OrderState.SMS_PENDING or order.since is None:
        return
    hours = sms_limits()["hours"]
    left = int((order.since + timedelta(hours=hours) - now).total_seconds() // 60)
    if left < 0:
        yield Text(
            f"{hours} 小时已过：若已核验请记录 all_verified，否则记录 sms_timeout。",
            f"The {hours} hours are over: record all_verified if the check was passed, else sms_timeout.",
        )
    else:
        yield Text(
            f"短信核验还剩 {left // 60} 小时 {left % 60} 分。",
            f"{left // 60} h {left % 60} min left for the SMS check.",
        )


def _sms(order: Order) -> Iterator[Text]:
    if order.state not in (OrderState.PROVIDER_PASSED, OrderState.SMS_PENDING):
        return
    if not order.codes and not order.may_wait_for:
        return
    yield from sms_steps(order.waits_for, order.may_wait_for, order.wrong_tries, order.resends, order.most_resends)
    yield from (conflict.text for conflict in order.targets.conflicts)


def _no_return(order: Order) -> Iterator[Text]:
    if order.is_irreversible and order.state not in (OrderState.FILED, OrderState.ABANDONED):
        yield Text(
            "本操作不可恢复：提交管局后不能撤回，短信核验通过（或无需核验的提交）后即生效办理。",
            "This cannot be undone: after the hand-over it cannot be withdrawn, and after the SMS check (or, where there is "
            "none, after submission) it takes its course.",
        )


def _provider(order: Order, filing: Filing) -> Iterator[Text]:
    for row in rows("provider_notes"):
        if (row["provider"], row["state"]) == (filing.provider, order.state.value):
            yield text(row)


def _afterwards(order: Order) -> Iterator[Text]:
    if order.state is OrderState.FILED and order.operation in OPENS_SOMETHING:
        yield Text(
            "在网站首页底部居中显示备案号并链接到 beian.miit.gov.cn；开通后 30 日内办理公安联网备案。",
            "Show the filing number at the bottom centre of the home page, linked to beian.miit.gov.cn; make the "
            "public-security filing within 30 days of opening.",
        )
