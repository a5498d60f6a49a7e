"""What several test modules share: running the command line, and finding the corpus."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import settings

from logan.audit import kept_rules
from logan.cli.main import main
from logan.package import replay
from logan.rules import compilation, packs
from logan.rules import load as rules_load
from logan.rules.model import Rules
from logan.runtime.hyperscan_database import HyperscanDatabase

CORPUS = Path(__file__).parents[1] / ".." / "shared" / "corpus"

# Polars warms up in the first example of a property: a deadline would measure that.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Equal patterns are compiled once: that takes as long as to scan ten small logs."""
    cached = lru_cache(maxsize=100)(HyperscanDatabase)

    def compiled(patterns: Sequence[str], *, flag: int) -> HyperscanDatabase:
        return cached(tuple(patterns), flag=flag)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compilation, "HyperscanDatabase", compiled)
        yield


@pytest.fixture(scope="session", autouse=True)
def rules_loaded_once() -> Iterator[None]:
    """Rule files of equal names and bytes are read once: that takes longer than a small scan."""
    load = rules_load.load_packs

    @lru_cache(maxsize=100)
    def loaded(files: tuple[tuple[Path, bytes], ...]) -> Rules:
        return load([path for path, _ in files])

    def load_once(paths: Sequence[Path]) -> Rules:
        if not all(path.is_file() for path in paths):
            return load(paths)
        return loaded(tuple((path, path.read_bytes()) for path in paths))

    with pytest.MonkeyPatch.context() as patch:
        for module in (rules_load, packs, kept_rules, replay):
            patch.setattr(module, "load_packs", load_once)
        yield


@dataclass(frozen=True)
class Ran:
    """What a run of the command line left behind."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run `logan` in this process: `run("scan", path, "--json")`."""

    def call(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["logan", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        captured = capfd.readouterr()
        return Ran(int(stopped.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Real lines of many gateways; lies beside the project where it is developed."""
    if not CORPUS.is_dir():
        pytest.skip("no ../shared/corpus: a folder beside the checkout that is not part of it")
    return CORPUS
