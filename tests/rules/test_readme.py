"""rules/README.md says what the language is, and its example works."""

import re
from pathlib import Path

from logan.rules.language import SIGNATURE
from logan.rules.load import load_text
from logan.rules.pack_vocabulary import CONFIDENCES
from logan.rules.packs import bundled_packs
from logan.rules.trial import try_rules
from logan.vocabulary import ACTIVITIES

README = (Path(__file__).parents[2] / "rules" / "README.md").read_text(encoding="utf-8")


def code_blocks() -> list[str]:
    blocks = re.findall(r"^( *)```yaml\n(.*?)^ *```", README, re.DOTALL | re.MULTILINE)
    return [re.sub(f"^{indent}", "", block, flags=re.MULTILINE) for indent, block in blocks]


def test_the_example_loads_and_holds_its_tests() -> None:
    for block in code_blocks():
        assert try_rules(load_text(block)).failures == ()
    assert len(code_blocks()) == 2


def test_every_key_word_and_pack_is_described() -> None:
    for word in (*SIGNATURE.keys, *ACTIVITIES, *CONFIDENCES, *bundled_packs()):
        assert f"`{word}`" in README, word
