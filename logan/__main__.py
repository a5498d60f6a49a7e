"""`python -m logan`, and the command `logan`.

Nothing is imported before an interrupt is looked out for: what the command line needs takes a tenth
of a second, and Python would end with a traceback and a signal's status.
"""

import sys


def start() -> None:
    """Run the command line as a process of its own, and end it."""
    try:
        from logan.cli.main import process
    except KeyboardInterrupt:
        from logan.errors import INTERRUPTED, ExitStatus

        sys.stderr.write(f"logan: {INTERRUPTED}\n")
        sys.exit(ExitStatus.INCOMPLETE)
    process()


if __name__ == "__main__":
    start()
