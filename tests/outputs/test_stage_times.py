"""Where the time went, in words."""

import re

from logan.outputs.stage_times import render_stages
from logan.runtime.timings import Stages


def test_says_what_was_waited_for_and_what_threads_did_meanwhile() -> None:
    stages = Stages()
    stages.waited |= {"loading": 0.25, "reading and searching": 2.0, "settling": 0.05}
    stages.worked |= {"reading": 0.4, "searching": 3.0}
    text = re.sub(
        r" \(at most [0-9,]+ MB of memory\)", "", render_stages(stages, stored_bytes=10**9)
    )
    assert text == (
        "logan: 2.30 s, of which\n"
        "        0.25 s  loading\n"
        "        2.00 s  reading and searching, 1,000.0 MB stored at 0.50 GB/s\n"
        "            0.40 s of a processor: reading\n"
        "            3.00 s of a processor: searching\n"
        "        0.05 s  settling\n"
    )


def test_without_a_known_size_no_speed_is_claimed() -> None:
    stages = Stages()
    stages.waited["reading and searching"] = 1.0
    assert "GB/s" not in render_stages(stages, stored_bytes=0)


def test_a_slow_reading_is_not_called_none() -> None:
    stages = Stages()
    stages.waited["reading and searching"] = 0.5
    assert "0.4 MB stored at 0.8 MB/s" in render_stages(stages, stored_bytes=400_000)
