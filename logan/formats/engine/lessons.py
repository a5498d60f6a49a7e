"""What the records of a head tell together, beside what the reader learnt: for `Format.learns`."""

from collections.abc import Callable, Sequence

from logan.formats.engine import dates
from logan.formats.engine.delimited_cells import split
from logan.formats.engine.layout import Layout
from logan.formats.engine.pattern import Pattern

#: From the reader's layout and the lines of a head that are records to the layout.
Lesson = Callable[[Layout, Sequence[str]], Layout]


def date_order(name: str) -> Lesson:
    """The order of day and month, by the cells of a column of delimited lines."""

    def learn(layout: Layout, records: Sequence[str]) -> Layout:
        at = layout.names.index(name)
        separator, quoted = layout.cells.separator or ",", layout.cells.quoted
        rows = (split(line, separator, quoted=quoted) for line in records)
        return dates.with_order(layout, [row[at] for row in rows if row and len(row) > at])

    return learn


def date_order_of_piece(pattern: Pattern, name: str) -> Lesson:
    """The order of day and month, by a piece of lines that a pattern reads."""

    def learn(layout: Layout, records: Sequence[str]) -> Layout:
        stamps = [found[name] for line in records if (found := pattern.match(line))]
        return dates.with_order(layout, stamps) if stamps else layout

    return learn


def own_stamps(has_stamp: Callable[[str], object]) -> Lesson:
    """Which lines carry their own stamp (true of a line): all, some or none."""

    def learn(layout: Layout, records: Sequence[str]) -> Layout:
        stamped = [bool(has_stamp(record)) for record in records]
        if all(stamped):
            return layout
        return layout.with_stamps(own="some" if any(stamped) else "none")

    return learn


def names_no_host_unless(names_site: Callable[[str], object], why: str) -> Lesson:
    """The log cannot show visits where no record of the head names a site (true of a line)."""

    def learn(layout: Layout, records: Sequence[str]) -> Layout:
        hostless = bool(records) and not any(map(names_site, records))
        return layout._replace(names_no_host=why) if hostless else layout

    return learn
