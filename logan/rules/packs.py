"""Finds rule packs: the bundled ones, and those a user names.

In a wheel the packs are package data (`logan/data/rules`); in a checkout they are `rules/` beside
the package. Which of them a scan uses: `facial-search`, plus those named with `--pack`; files or
folders named with `--rules` stand in place of `facial-search`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from logan.config.shape import suggest
from logan.errors import ConfigurationError, UsageError
from logan.rules.load import load_packs
from logan.rules.model import Rules

DEFAULT_PACK: Final = "facial-search"
_PACKAGE: Final = Path(__file__).resolve().parent.parent


def load_rules(paths: Sequence[Path] = (), packs: Sequence[str] = ()) -> Rules:
    """The rules a scan uses: `paths` (files or folders) or the default pack, and bundled `packs`.

    Raises `UsageError` for a pack or file that does not exist, `ConfigurationError` with every
    problem in the files.
    """
    files = rule_files(paths) if paths else [bundled_pack(DEFAULT_PACK)]
    files += [bundled_pack(name) for name in packs]
    unique = {path.resolve(): path for path in files}
    rules = load_packs(list(unique.values()))
    _require_sites(rules)
    if paths:
        _refuse_suffixes(rules)
    return rules


def _refuse_suffixes(rules: Rules) -> None:
    """Bundled packs are free of them by test: only rules of a user's own pay for the long list."""
    from logan.rules.suffixes import suffix_problems

    if problems := suffix_problems(rules):
        raise ConfigurationError(problems)


def _require_sites(rules: Rules) -> None:
    if rules.finds_pages and all(site.domain.endswith(".example") for site in rules.sites):
        raise UsageError(
            "the pack `trackers` looks for pages of your own sites, and none is named. Write them "
            "into a file (`sites:`, see rules/README.md) and give it with --rules"
        )


def bundled_packs() -> dict[str, Path]:
    """The packs that come with logan, by name, in order of name."""
    folder = _PACKAGE / "data" / "rules"
    if not folder.is_dir():
        folder = _PACKAGE.parent / "rules"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def bundled_pack(name: str) -> Path:
    """The file of a bundled pack; `UsageError` with the likeliest name where there is none."""
    known = bundled_packs()
    if name not in known:
        raise UsageError(f"there is no rule pack `{name}`. {suggest(name, tuple(known))}")
    return known[name]


def rule_files(paths: Sequence[Path]) -> list[Path]:
    """The rule files at these paths; a folder stands for all in it and below it, in order of name.

    Of JSON only files named as STIX bundles are taken from a folder (`*.stix.json`).
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path}: no such rules file or folder")
        kinds = ("*.yaml", "*.yml", "*.stix.json")
        inside = [one for kind in kinds for one in path.rglob(kind)] if path.is_dir() else [path]
        if not inside:
            raise UsageError(f"{path}: holds no rule pack or other rules ({', '.join(kinds)})")
        found += sorted(inside)
    return found
