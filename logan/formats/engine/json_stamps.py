"""Where the stamp of a JSON object stands in its line."""

import re
from typing import Final

#: How much of a key stands in a stamp's span: enough to tell it from the keys beside it.
_KEY_TAIL: Final = 6


def stamp_span(line: str, key: str) -> tuple[int, int] | None:
    """The end of a key and its stamp down to the hour (ISO 8601) or 100 seconds (epoch s, ms, ns).

    For the `stamp_span` of logs that write the stamp near the start of the line.
    """
    hour = r'"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:|"?[0-9]{8}(?=[0-9]{2}(?:[^0-9]|[0-9]{3}))'
    found = re.search(rf'[{{,] ?"{re.escape(key)}": ?(?:{hour})', line)
    if found is None:
        return None
    inside = found.group(0).rindex(f'{key}"')
    return found.start() + inside + max(len(key) - _KEY_TAIL, 0), found.end()
