"""How the lines of a source are read from one directive to the next: a value.

A directive in the midst of a source makes a new `LayoutInForce` out of the one before it.
"""

from typing import NamedTuple

from logan.formats.engine import dates
from logan.formats.engine.format import Format
from logan.formats.engine.layout import Layout
from logan.pipeline.source_options import RequestedSource
from logan.result import ZoneOrigin


class LayoutInForce(NamedTuple):
    """How lines are read from one directive to the next.

    `zone` is the zone of stamps that name none, and `zone_origin` says who named it. Where it turns
    out that the stamps do name theirs, though those of other logs of the format do not,
    `zone_origin_if_dated` counts. `failure` and `advice` say what this layout, or one before it,
    leaves open or cannot show.
    """

    layout: Layout = Layout()
    zone: str | None = None
    zone_origin: ZoneOrigin = "record"
    zone_origin_if_dated: ZoneOrigin = "record"
    failure: str | None = None
    advice: str | None = None

    def failed(self, failure: str | None, advice: str | None) -> "LayoutInForce":
        """The same with a failure, if there is one, unless it has one already."""
        if self.failure or not failure:
            return self
        return self._replace(failure=failure, advice=advice)


def put_in_force(
    form: Format, requested: RequestedSource, before: LayoutInForce, layout: Layout
) -> LayoutInForce:
    """A layout in force after another one, with its clock and what it cannot show."""
    asked = {dates.ZONE: requested.zone} if requested.zone else {}
    layout = dates.answered(layout, {**requested.answers, **asked})
    zone, origin, if_dated = before.zone, before.zone_origin, before.zone_origin_if_dated
    if layout.zone is not None:
        by_definition = form.shows.clock == "utc" and layout.zone == "UTC"
        zone, origin = layout.zone, "record" if by_definition else "header"
        if_dated = origin
    elif _is_local(form, layout):
        zone, origin = requested.zone, "option" if requested.zone else "assumed"
    elif layout.stamps.envelope_clock is not None:
        origin = if_dated = "envelope"
    now = LayoutInForce(layout, zone, origin, if_dated, before.failure, before.advice)
    return now if before.failure else now.failed(*_gap(layout))


def _gap(layout: Layout) -> tuple[str | None, str | None]:
    """What a layout leaves open or cannot show, and what to do about it."""
    if (question := dates.question(layout)) is not None:
        return question.failure, question.advice
    if layout.names_no_host:
        return (
            layout.names_no_host,
            "have the gateway log the requested host, or leave this file out",
        )
    return None, None


def _is_local(form: Format, layout: Layout) -> bool:
    """True where stamps are wall clocks: the envelope's, where a record has none."""
    clock = layout.stamps.envelope_clock
    if clock is not None and layout.stamps.own != "some":
        return clock == "local"
    own = form.shows.clock if layout.stamps.own != "none" else None
    return own == "local" or "date-local" in layout.names
