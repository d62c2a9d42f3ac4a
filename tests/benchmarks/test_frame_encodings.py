"""The benchmark of encodings of frames times what comes back as it went."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.frame_encodings import CODECS, kinds, main


@pytest.mark.parametrize("name", kinds(1))
def test_codecs_are_exact(name: str) -> None:
    """The codec and pickle give back the rows of the frame in the order asked for, index and types included."""
    frame = kinds(50)[name]
    order = np.random.default_rng(2).permutation(50)
    for encode, decode in (CODECS["codec"], CODECS["pickle 5"]):
        pd.testing.assert_frame_equal(decode(encode((frame, order, 7))), frame.take(order))


def test_toy(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints a row for each kind of frame and number of pieces."""
    assert main(["--toy"]) == 0
    assert capsys.readouterr().out.count("\n| ") >= 2 * len(kinds(1))
