"""Freed blocks stay with the process, for the next block.

glibc gives large memory back to the kernel as soon as it is freed. What is not read into buffers
(`logan.intake.buffers`), and the arrays made of every block, are freed and asked for again for
ever, and having their pages mapped again costs more than filling them. Keeping more is only memory.
"""

import sys
from functools import cache
from typing import Final

#: From glibc's malloc.h. Blocks up to the first limit come from the heap (32 MiB is the most that
#: glibc takes); the heap shrinks only when more than the second lies free at its end.
_M_MMAP_THRESHOLD: Final = (-3, 32 << 20)
_M_TRIM_THRESHOLD: Final = (-1, 16 << 20)


@cache
def keep_freed_blocks() -> None:
    """Ask glibc to keep up to 16 MiB of freed memory; elsewhere, do nothing. Once per process."""
    if sys.platform != "linux":
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(*_M_MMAP_THRESHOLD)
        mallopt(*_M_TRIM_THRESHOLD)
