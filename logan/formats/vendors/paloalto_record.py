"""What the fields of Palo Alto's URL logs mean, whatever carries them.

Definition: docs.paloaltonetworks.com, PAN-OS, Syslog Field Descriptions: Threat Log Fields.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import connects
from logan.formats.engine.layout import integer
from logan.formats.engine.values import Cells, Derivation
from logan.schema import ACTION

#: The bit of the field Flags that says TLS was opened.
_DECRYPTED: Final = 0x0100_0000
#: The application of DNS, in clear or over TLS: what was asked for stands in the field of the URL.
LOOK_UPS: Final = ("dns", "dns-base", "dns-over-tls")


def decide(action: pl.Expr) -> pl.Expr:
    """What the firewall did. `continue` and `override` are the user's way past a warning page."""
    blocked = action.str.contains("^(?:block|deny|drop|reset|sinkhole|override-lockout)")
    allowed = action.is_in(["alert", "allow", "continue", "override"])
    return (
        pl.when(blocked)
        .then(pl.lit("blocked"))
        .when(allowed)
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


def decrypted(flags: pl.Expr) -> pl.Expr:
    """Whether the field Flags (hexadecimal) says so; false where there is no such field."""
    number = flags.str.strip_prefix("0x").str.to_integer(base=16, strict=False)
    return ((number & _DECRYPTED) != 0).fill_null(value=False)


def host_only(cell: Cells) -> pl.Expr:
    """A tunnel, or TLS that stays closed: only the server's name is known, written as `name/`.

    A URL was seen where a method was, TLS was opened, or it has a path.
    """
    bare_host = cell["url"].str.contains("^[^/?]*/?$")
    clear = integer(cell["destination port"]) == 80
    closed = cell["method"].is_null() & bare_host & ~cell["opened"] & ~clear
    tunnel = cell["method"].str.to_uppercase() == "CONNECT"
    return tunnel.fill_null(value=False) | closed.fill_null(value=False)


def request_port(cell: Cells) -> pl.Expr:
    """The port of the URL, else that of the session."""
    own = integer(cell["url"].str.extract("^[^/?]*:([0-9]{1,5})(?:[/?]|$)", 1))
    return pl.coalesce(own, integer(cell["destination port"]))


def of_request(given: Derivation) -> Derivation:
    """A column of a request, null in a look-up."""
    return lambda cell: pl.when(~cell["look-up"]).then(given(cell))


def looked_up(name: str) -> Derivation:
    """The name that was asked for, out of the field where a look-up has it."""
    return lambda cell: pl.when(cell["look-up"]).then(
        cell[name].str.extract(r"([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+)", 1)
    )


EVIDENCE: Final = connects(host_only, look_up=lambda cell: cell["look-up"])
