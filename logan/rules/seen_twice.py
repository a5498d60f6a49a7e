"""What several gateways saw: a request that a proxy, another behind it, a sensor and a name server
logged counts once.

Lines of one request name the same host, and the same client address or account, within a few
seconds. The best evidence is kept: a URL before a tunnel before a look-up, a line with a user
before one without. What one gateway logs twice is two requests; so of lines that prove the same,
the first of one gateway belongs to the first of the other, the second to the second. Lines that
prove less (a look-up, a handshake) are as many as a browser likes: all of them go with the visit.
"""

from collections.abc import Sequence

import polars as pl

from logan.rules.repeats import with_repeat_of
from logan.rules.seen import Seen


def without_seen(
    found: pl.DataFrame, gateways: Sequence[int], formats: Sequence[str | None] = ()
) -> tuple[pl.DataFrame, Seen]:
    """Findings with what another gateway saw too in its bin; rows and their order stay.

    A hit gets the user and the verdict that another line of its request has. `gateways` numbers the
    gateways by source, `formats` says what each source is (none: all are alike).
    `repeats.REPEAT_OF` is added, or stays where it is known.
    """
    found = with_repeat_of(found)
    there = origins(found, gateways)
    if len(there) < 2:
        return found, Seen()
    # Eight modules, slow to import, that a single gateway has no use for.
    from logan.rules.gateway_repeats import without_gateway_repeats

    return without_gateway_repeats(found, gateways, formats, {number for number, _ in there})


def origins(rows: pl.DataFrame, numbers: Sequence[int]) -> set[tuple[int, bool]]:
    """The gateways that hits are of, and whether they are look-ups: of one origin none is twice."""
    hits = rows.select("source", "evidence", "bin").filter(pl.col("bin") == "hit")
    kinds = hits.select("source", pl.col("evidence") == "dns").unique().rows()
    return {(numbers[source], looked_up) for source, looked_up in kinds}
