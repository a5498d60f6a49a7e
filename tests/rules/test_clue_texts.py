"""What the texts that are clues look like: as Hyperscan tells many of them apart at once."""

import re
from collections import Counter

from logan.rules.encoded_names import character_clues
from logan.rules.packs import load_rules
from logan.rules.triggers import watch


def test_few_clues_end_with_the_same_percent_encoded_full_width_letter() -> None:
    """All that end as a letter of a log does are compared with what stands before it."""
    clues = character_clues(watch(load_rules()).hosts or (), ())
    texts = [clue.replace(r"\x25", "%") for clue in clues]
    ends = Counter(found[0] for text in texts if (found := re.search("%ef%bd%[89][0-9a-f]$", text)))
    assert sum(ends.values()) > len(ends)
    assert max(ends.values()) < 20, ends.most_common(3)
