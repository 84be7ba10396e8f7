"""Whatever is put on a page is copied out of it as it was put in, by three programs and wherever its lines end."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generators.blocks import Table, label_cell, value_cell
from generators.cjk import Block, Para, Run, Style
from generators.page import LETTER, Furniture, Info, build
from tests.generators.conftest import NAMES, readers, squeeze

ROUNDS = int(os.environ.get("BEIANBOX_TEST_ROUNDS", "12"))
HAN = "的一是不了人我在有他这中大来上个国到说们为子和你地出道深圳市云帆样本科技有限公司乡镇街路号栋室"
RARE = "𬭎㛃䶮𫖯喆堃㐂䲜·"
LATIN = "abcxyzABCXYZ0123456789"
VALUES = st.one_of(
    st.sampled_from(NAMES),
    st.text(HAN + RARE, min_size=2, max_size=40),
    st.text(HAN + LATIN + "（）·", min_size=2, max_size=60).filter(lambda text: not text.startswith("·")),
    st.from_regex(r"[a-z]{3,12}(-[a-z]{2,8})?\.(com|example)\.cn", fullmatch=True),
    st.from_regex(r"[a-z]{2,9}\.[a-z]{2,9}@[a-z]{3,9}\.example\.cn", fullmatch=True),
    st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True),
    st.from_regex(r"[0-9A-F]{2}(:[0-9A-F]{2}){15}", fullmatch=True),
)


def page(values: list[str], width: float) -> bytes:
    """Each value in the flow of a sentence and in a cell."""
    sentence = [part for value in values for part in (Run("，登记为"), Run(value, mark="fill", tight=True))]
    cells = [
        [label_cell("项目"), value_cell([Run(value, tight=True)], style=Style(size=9.6, leading=14, align="left"))]
        for value in values
    ]
    blocks: list[Block] = [Para([Run("本单位"), *sentence, Run("。")], Style()), Table((1, width), cells)]
    return build(blocks, LETTER, Furniture(), Info("值"))


@settings(max_examples=ROUNDS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(VALUES, min_size=6, max_size=14), width=st.floats(min_value=0.4, max_value=5))
def test_every_value_is_read_back_by_three_programs(values: list[str], width: float, tmp_path: Path) -> None:
    for reader, text in readers(page(values, width), tmp_path):
        missing = [value for value in values if text.count(squeeze(value)) < 2]
        assert not missing, reader
