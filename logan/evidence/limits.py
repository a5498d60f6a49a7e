"""How much of what is found is held in memory. Results are the same whatever these are."""

from typing import Final

#: So many rows are held before they go to disk: about 6 MB of findings.
ROWS_HELD: Final = 20_000
#: So many bytes of rows are held before they go to disk, however few rows they are.
BYTES_HELD: Final = 24 << 20
#: The same of rejected lines, of which each row holds its text.
REJECT_BYTES_HELD: Final = 8 << 20
#: So many rows are settled together, or as many as one person has; two such parts are under way
#: at once.
PART_ROWS: Final = 40_000
