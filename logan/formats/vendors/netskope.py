"""Netskope: transaction events, W3C words as space- or comma-separated lines.

Definition: docs.netskope.com, Transaction Event Fields (log streaming, transaction events 2 and 3).
`c-ip` is the address that reached Netskope, the user's own is `x-cs-userip`; an unauthenticated
user is logged as an address. Times are UTC. An event is an HTTP transaction or a WebSocket
(`x-type`); `x-ssl-bypass` marks a connection that was not opened, so that no request inside it is
logged. What never came to a policy (`NotChecked`) has the TLS engine's word: Block where the
handshake failed. `cs-uri` may have the query behind it that `cs-uri-query` has.
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine.columns import Columns, EvidenceColumn, stated_by_line
from logan.formats.engine.delimited import ANYTHING, Delimited
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import DASHED, Head, Layout, RequiredLiterals
from logan.formats.engine.stamps import utc
from logan.formats.engine.values import Cells, joined
from logan.formats.engine.verdicts import decided, tunnelled

MISSING: Final = ("", "-", "null", "NotAvailable", "N/A", "NoSSL", "NotChecked")
#: The columns of a stream without a header, in their order, up to the last that is read.
_ORDER: Final = (
    "date time time-taken cs-bytes sc-bytes bytes c-ip s-ip cs-username cs-method cs-uri-scheme "
    "cs-uri-query cs-user-agent cs-content-type sc-status sc-content-type cs-dns cs-host cs-uri "
    "cs-uri-port cs-referer x-cs-session-id x-cs-access-method x-cs-app x-s-country "
    "x-s-latitude x-s-longitude x-s-location x-s-region x-s-zipcode x-c-country x-c-latitude "
    "x-c-longitude x-c-location x-c-region x-c-zipcode x-c-os x-c-browser x-c-browser-version "
    "x-c-device x-cs-site x-cs-timestamp x-cs-page-id x-cs-userip x-cs-traffic-type "
    "x-cs-tunnel-id x-category x-other-category x-type x-server-ssl-err x-client-ssl-err "
    "x-transaction-id x-request-id x-cs-sni x-cs-domain-fronted-sni x-category-id "
    "x-other-category-id x-sr-headers-name x-sr-headers-value x-cs-ssl-ja3 x-sr-ssl-ja3s "
    "x-ssl-bypass x-ssl-bypass-reason x-r-cert-subject-cn x-r-cert-issuer-cn x-r-cert-startdate "
    "x-r-cert-enddate x-r-cert-valid x-r-cert-expired x-r-cert-untrusted-root "
    "x-r-cert-incomplete-chain x-r-cert-self-signed x-r-cert-revoked x-r-cert-revocation-check "
    "x-r-cert-mismatch x-cs-ssl-fronting-error x-cs-ssl-handshake-error "
    "x-sr-ssl-handshake-error x-sr-ssl-client-certificate-error x-sr-ssl-malformed-ssl "
    "x-s-custom-signing-ca-error x-cs-ssl-engine-action x-cs-ssl-engine-action-reason "
    "x-sr-ssl-engine-action x-sr-ssl-engine-action-reason x-ssl-policy-src-ip "
    "x-ssl-policy-dst-ip x-ssl-policy-dst-host x-ssl-policy-dst-host-source "
    "x-ssl-policy-categories x-ssl-policy-action x-ssl-policy-name x-cs-ssl-version "
    "x-cs-ssl-cipher x-sr-ssl-version x-sr-ssl-cipher x-cs-src-ip-egress x-s-dp-name "
    "x-cs-src-ip x-cs-src-port x-cs-dst-ip x-cs-dst-port x-sr-src-ip x-sr-src-port x-sr-dst-ip "
    "x-sr-dst-port x-cs-ip-connect-xff x-cs-ip-xff x-cs-connect-host x-cs-connect-port "
    "x-cs-connect-user-agent x-cs-url x-cs-uri-path x-cs-http-version rs-status "
    "x-cs-app-category x-cs-app-cci x-cs-app-ccl x-cs-app-tags x-cs-app-suite "
    "x-cs-app-instance-id x-cs-app-instance-name x-cs-app-instance-tag x-cs-app-activity "
    "x-cs-app-from-user x-cs-app-to-user x-cs-app-object-type x-cs-app-object-name "
    "x-cs-app-object-id x-rs-file-type x-rs-file-category x-rs-file-language x-rs-file-size "
    "x-rs-file-md5 x-rs-file-sha256 x-error x-c-local-time x-policy-action"
)
_NUMBER: Final = "-?[0-9]+|-"
_NEEDS: Final = {
    "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "time": r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?",
    "cs-bytes": _NUMBER,
    "sc-bytes": _NUMBER,
    "x-cs-timestamp": _NUMBER,
    "x-cs-access-method": ANYTHING,
}
#: Up to the client's stamp stood all columns in the first version.
_LEAST: Final = _ORDER.split().index("x-cs-userip") + 1


def decide(word: pl.Expr) -> pl.Expr:
    """An alert or a detection lets the request through, and so does a browser in isolation; whether
    a user went on past a coached page (`useralert`) is not said."""
    passed = "allow.*|alert|detection|bypass.*|isolat.*|none"
    return decided(word, allowed=passed, blocked="block.*|quarantine")


class TransactionLog(Delimited):
    """Words under `#Fields`, if the log is Netskope's; without any, in the order of the stream."""

    directive = "#"

    @property
    def required_literals(self) -> RequiredLiterals:
        """A date, or a directive."""
        return ((*DASHED, "#"),)

    def layout(self, head: Head) -> Layout | None:
        """By `#Fields`, else by `order`; None where the fields are another product's."""
        fields = [line for line in head.lines if line.lower().startswith("#fields")]
        if not fields:
            return self.counted(self._ordered, head)
        layout = self.follow(Layout(), fields[0])
        return layout if layout.names else None

    def follow(self, layout: Layout, line: str) -> Layout:
        """The columns that `#Fields` names; the layout as it is for another directive."""
        name, _, value = line.partition(":")
        names = value.lower().split()
        if name.lower() != "#fields" or not set(self.needs) <= set(names):
            return layout
        named = self._ordered._replace(names=tuple(names))
        return named.with_cells(least=len(names), most=len(names))


def _stamp_span(line: str, layout: Layout) -> tuple[int, int] | None:
    found = re.match("[0-9]{4}-[0-9]{2}-[0-9]{2}[ ,][0-9]{2}:", line)
    return found.span() if found and layout.names[:2] == ("date", "time") else None


def _bypassed(cell: Cells) -> pl.Expr:
    return (cell["x-ssl-bypass"].str.to_lowercase() == "yes").fill_null(value=False)


def _evidence(cell: Cells) -> pl.Expr:
    method = cell["cs-method"]
    hidden = method.is_null() | _bypassed(cell)
    return pl.when(hidden).then(pl.lit("connect")).otherwise(tunnelled(method))


def _opens(cell: Cells) -> pl.Expr:
    """A CONNECT, but of a connection that was let past unopened."""
    connect = (cell["cs-method"].str.to_uppercase() == "CONNECT").fill_null(value=False)
    return connect & ~_bypassed(cell)


def _action(cell: Cells) -> pl.Expr:
    unopened = cell["x-cs-ssl-engine-action"].str.to_lowercase() == "block"
    failed = pl.when(unopened).then(cell["x-cs-ssl-engine-action"])
    return decide(pl.coalesce(cell["x-policy-action"], failed))


def _path(cell: Cells) -> pl.Expr:
    return cell.first("cs-uri", "x-cs-uri-path").str.extract(r"^([^?]*)")


def _query(cell: Cells) -> pl.Expr:
    return pl.coalesce(cell["cs-uri-query"], cell["cs-uri"].str.extract(r"\?(.*)$"))


COLUMNS: Final = Columns(
    time=utc(joined("date", "time"), "%Y-%m-%d %H:%M:%S%.f"),
    user="cs-username",
    client_ip=("x-cs-userip", "c-ip"),
    action=_action,
    method="cs-method",
    scheme="cs-uri-scheme",
    host=("cs-host", "cs-dns", "x-cs-sni"),
    port="cs-uri-port",
    path=_path,
    query=_query,
    status="sc-status",
    bytes_sent="cs-bytes",
    bytes_received="sc-bytes",
    referrer="cs-referer",
    user_agent="cs-user-agent",
    evidence=EvidenceColumn(("url", "connect"), _evidence),
)
TUNNELS: Final = stated_by_line(_opens)
_OPENING: Final = (
    '2024-01-16 12:59:21 33 5937 485 6422 203.0.113.4 192.0.2.8 "jane.doe@force.example" POST '
    'https - "Mozilla/5.0 (X11; Linux)" "image/jpeg" 204 - www.example.com www.example.com /a/b '
    '443 "https://example.org/" 4917 "Client" "Example" "GB" 51.5 -0.1 "London" "England" "N/A" '
    '"GB" 51.5 -0.1 "London" "England" "N/A" "Windows 10" "Edge" "18.1" "Windows Device" "example" '
    "1705409961 5787 10.1.2.3"
)
_LINE: Final = _OPENING + (
    ' CloudApp - "Search Engines" "All" http_transaction - - 73 37 www.example.com - 551 "10001" '
    "- - 24b8 c443 No -"
)
_CSV_LINE: Final = (
    "2024-01-16,12:59:21,7,872,1075,1947,203.0.113.4,192.0.2.8,jane.doe@force.example,GET,https,"
    'q=1,"Mozilla/5.0 (X11, Linux)",-,304,-,example.com,www.example.com,/a,443,-,11,Client,App,US,'
    "37.7,-122.3,San Francisco,California,94107,GB,51.5,-0.1,London,England,N/A,Windows 11,Edge,"
    "18.1,Windows Device,site,1705409961,0,10.1.2.3,CloudApp,-,Tools"
)
TRANSACTIONS: Final = Format(
    name="netskope-transactions",
    title="Netskope transaction events",
    definition="docs.netskope.com, Transaction Event Fields",
    reader=TransactionLog(
        needs=_NEEDS,
        missing=MISSING,
        separators=(" ",),
        order=tuple(_ORDER.split()),
        least=_LEAST,
        open_end=True,
        framing="line",
        stamp_span=_stamp_span,
    ),
    columns=COLUMNS,
    tunnels=TUNNELS,
    note="TLS that was not opened shows the host only.",
    rank=7,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-16T12:59:21Z user=jane.doe@force.example client_ip=10.1.2.3"
            " method=POST url=https://www.example.com:443/a/b status=204 action=unknown"
            " bytes_sent=5937 bytes_received=485 referrer=https://example.org/"
            " user_agent=Mozilla/5.0 (X11; Linux) evidence=url",
            also=(
                "#Version: 1.0\n#Fields: " + " ".join(_ORDER.split()[:_LEAST]) + "\n" + _OPENING,
            ),
        ),
        Sample(
            _LINE.replace(" POST https", " - -").replace(" No -", " Yes Certificate"),
            "time=2024-01-16T12:59:21Z user=jane.doe@force.example client_ip=10.1.2.3"
            " url=www.example.com:443/a/b status=204 action=unknown bytes_sent=5937"
            " bytes_received=485 referrer=https://example.org/ user_agent=Mozilla/5.0 (X11;"
            " Linux) evidence=connect",
        ),
    ),
    near_misses=(
        "#Fields: date time c-ip cs-host\n2024-01-16 12:59:21 10.1.2.3 www.example.com",
        _LINE.replace("1705409961", "Edge"),
    ),
)
CSV: Final = Format(
    name="netskope-csv",
    title="Netskope transaction events, CSV",
    definition="docs.netskope.com, Transaction Event Fields (log streaming to storage)",
    reader=Delimited(
        needs=_NEEDS,
        missing=MISSING,
        order=tuple(_ORDER.split()),
        least=_LEAST,
        open_end=True,
        stamp_span=_stamp_span,
    ),
    columns=COLUMNS,
    tunnels=TUNNELS,
    note=TRANSACTIONS.note,
    rank=7,
    samples=(
        Sample(
            _CSV_LINE,
            "time=2024-01-16T12:59:21Z user=jane.doe@force.example client_ip=10.1.2.3"
            " method=GET url=https://www.example.com:443/a?q=1 status=304 action=unknown"
            " bytes_sent=872 bytes_received=1075 user_agent=Mozilla/5.0 (X11, Linux)"
            " evidence=url",
            also=(",".join(_ORDER.split()[:47]) + "\n" + _CSV_LINE,),
        ),
    ),
    near_misses=(_LINE, _CSV_LINE.replace("1705409961", "Edge")),
)
