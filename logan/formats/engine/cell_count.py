"""How many cells the lines of a log have, where its vendor's list leaves that open.

Columns came and went with the versions of a gateway, so that its lines may have more cells than are
known, or fewer. The gateway of one log writes as many in every line. A line with more is one into
which somebody else wrote a separator: what stands behind it would be read from wrong columns.
"""

from collections import Counter
from collections.abc import Sequence

from logan.formats.engine.delimited_cells import KEPT_CHARS, least_cells, split_once
from logan.formats.engine.layout import Layout


def counted(layout: Layout, lines: Sequence[str]) -> Layout:
    """The layout with as many cells as most of the lines have; as it is where no number is that of
    more than half of those that have the least.

    Lines with fewer are still read: they are older, or end before their empty cells.
    """
    separator, quoted = layout.cells.separator or ",", layout.cells.quoted
    whole = [line for line in lines if len(line) <= KEPT_CHARS]
    counts = [len(split_once(line, separator, quoted=quoted) or ()) for line in whole]
    numbers = Counter(count for count in counts if count >= least_cells(layout))
    (most, times), *_ = numbers.most_common(1) or [(0, 0)]
    if 2 * times <= numbers.total():
        return layout
    return layout._replace(names=layout.names[:most]).with_cells(most=most)
