"""Where the time of a scan went, for `-v`: a line for each stage, on stderr."""

import sys

from logan.runtime.timings import Stages

_READING = "reading and searching"
#: From so many MB a second on, speeds are given in GB.
_GIGA = 100


def render_stages(stages: Stages, *, stored_bytes: int) -> str:
    """Seconds waited for each stage, and the processor time of what threads did side by side.

    `stored_bytes` were read meanwhile; for standard input they are not known (0).
    """
    lines = [f"logan: {sum(stages.waited.values()):.2f} s, of which{_peak()}"]
    for stage, seconds in stages.waited.items():
        speed = _speed(stored_bytes, seconds) if stage == _READING else ""
        lines.append(f"    {seconds:8.2f} s  {stage}{speed}")
        if stage == _READING:
            lines += [
                f"    {work:12.2f} s of a processor: {name}" for name, work in stages.worked.items()
            ]
    return "\n".join(lines) + "\n"


def _speed(stored_bytes: int, seconds: float) -> str:
    if not stored_bytes or not seconds:
        return ""
    size, rate = stored_bytes / 1e6, stored_bytes / 1e6 / seconds
    speed = f"{rate / 1e3:.2f} GB/s" if rate >= _GIGA else f"{rate:.1f} MB/s"
    return f", {size:,.1f} MB stored at {speed}"


def _peak() -> str:
    """The most memory that the process held, where the system tells."""
    if sys.platform == "win32":
        return ""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f" (at most {peak / (1e6 if sys.platform == 'darwin' else 1e3):,.0f} MB of memory)"
