"""How fast the review page answers: server time, 2,000 filings in the ledger."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from pipeline import work
from pipeline.web.site import Site
from pipeline.work import Desk
from tests.bench.measure import title
from tests.web import home
from tests.web.conftest import Browser, let_in, make_site

FILINGS = 2000
TIMES = 15


def fill(desk: Desk, filing: str) -> None:
    """The same filing many times over, as rows."""
    row = desk.ledger.get_filing(filing)
    assert row is not None
    for number in range(FILINGS):
        desk.ledger.save_filing(f"case-{number:04d}", row.document, expected_version=0, seen=0, now=home.NOW)


def median_ms(do: Callable[[], object]) -> float:
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        do()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def measure(folder: Path) -> dict[str, float]:
    """Milliseconds by what was measured."""
    with home.open_home(folder / "home") as desk:
        filing = home.add_unit(desk)
        work.prepare_filing(desk, filing, today=home.TODAY)
        fill(desk, filing)
        site = make_site(desk)
        browser = let_in(site, filing)
        first = _once(site.queue)
        found = {
            "first queue, 2,000 new filings": first,
            "first queue after a restart": _once(lambda: make_site(desk).queue()),
            "queue page": median_ms(lambda: browser.get("/")),
            "queue page, searched": median_ms(lambda: browser.get("/?q=yunshan&province=广东")),
            "filing page": median_ms(browser.page),
            "correction to new bundle": _correction(browser, site),
        }
        site.redraw.stop()
        return found


def _once(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return (time.perf_counter() - began) * 1000


def _correction(browser: Browser, site: Site) -> float:
    names = iter(f"梁{chr(0x4E00 + number)}" for number in range(1000))
    taken = []
    for _ in range(5):
        form = browser.form("correct", "entity_person.name")
        began = time.perf_counter()
        answer = browser.post({**form, "value": next(names)})
        taken.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200 and quote(browser.filing)
    return statistics.median(taken)


def main() -> None:
    """Prints one line a measurement."""
    title("Review page, 2,000 filings")
    with tempfile.TemporaryDirectory() as folder:
        for name, milliseconds in measure(Path(folder)).items():
            print(f"{name:32} {milliseconds:8.0f} ms")
