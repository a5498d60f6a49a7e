"""Loaded by the workers of the tests (`dask worker --preload`): what befalls one on some sources.

The name of a source says what: `poison` kills the process, `slow` waits until it is wanted no
more or a file `go` lies beside it (or in the folder `MARKS`), `fault` raises, and `unmounted`
cannot be opened where the environment says that the share is missing.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import logan.cluster.tools
import logan.intake.small
import logan.intake.stored
import logan.pipeline.read
from logan.intake.files import open_quietly

read = logan.pipeline.read.read


def misbehave(settings: Any, **others: Any) -> Any:
    for source in others["found"].sources:
        name = Path(source.name).name
        if "poison" in name:
            os.kill(os.getpid(), signal.SIGKILL)
        if "fault" in name:
            raise RuntimeError("secret.user")
        if "slow" in name:
            folder = source.path.parent if source.path else Path(os.environ["MARKS"])
            (folder / f"reached-{os.getpid()}").touch()
            while not (folder / "go").exists():
                time.sleep(0.05)
                others["progress"](source.name, 0)
    return read(settings, **others)


def open_unless_missing(path: Path) -> int:
    if "unmounted" in path.name and "WITHOUT_SHARE" in os.environ:
        raise FileNotFoundError(2, "No such file or directory")
    return open_quietly(path)


def dask_setup(_process: object) -> None:
    if "WITHOUT_LOGAN" in os.environ:
        sys.modules["logan.cluster.worker"] = None  # type: ignore[assignment]
    logan.pipeline.read.read = misbehave
    logan.intake.small.open_quietly = open_unless_missing
    logan.intake.stored.open_quietly = open_unless_missing
    if version := os.environ.get("OTHER_POLARS"):
        tools = {**logan.cluster.tools.installed_tools(), "polars": version}
        logan.cluster.tools.installed_tools = lambda: tools
