"""Chromium, headless, for tests that look at a page as a reader's browser does."""

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


def chromium(*arguments: str) -> bytes:
    """What a run of the browser printed; skips where there is none."""
    tool = shutil.which("chromium") or shutil.which("google-chrome")
    if tool is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    # Without a profile of its own it would hand its page to another one that runs at that time.
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = (f"--user-data-dir={profile}", "--no-first-run", "--no-sandbox", "--disable-gpu")
        command = [tool, "--headless", *options, *arguments]
        return subprocess.run(command, capture_output=True, check=True, timeout=120).stdout


def axe() -> str:
    """The source of axe-core; skips where it is not installed."""
    roots = [Path(os.environ["AXE_CORE"])] if "AXE_CORE" in os.environ else []
    roots += [Path("/usr/local/lib/node_modules/axe-core"), Path("/usr/lib/node_modules/axe-core")]
    for root in roots:
        if (root / "axe.min.js").is_file():
            return (root / "axe.min.js").read_text(encoding="utf-8")
    pytest.skip("needs axe-core: npm install -g axe-core, or AXE_CORE=folder")
