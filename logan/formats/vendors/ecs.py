"""Elastic Common Schema: events that a shipper has mapped, as JSON lines.

Definition: elastic.co, ECS Field Reference: base, event, source, destination, url, http, user, dns,
tls, email. Nested objects and dotted keys mean the same. `source.bytes` goes from the source (the
user) to the destination, `destination.bytes` back. An event of mail has the links of a letter, and
as its source who sent it; some tell of a click on one (elastic/integrations, proofpoint_tap and
mimecast), which is a visit. A line as it was logged (`event.original`, `message`) is read by its
own format where one knows it; this one takes what is left.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.cef import with_domain
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects, unopened
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need, parsed, text_at
from logan.formats.engine.layout import Expressions, Head, Layout, integer
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import WHOLE, Cells, Derivation, unless_whole, whole_address
from logan.formats.engine.verdicts import decided
from logan.formats.vendors import squid
from logan.runtime.fast_path import normalised

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "time": ("@timestamp",),
    "user": ("user.name", "source.user.name", "client.user.name", "user.email", "user.id"),
    "domain": ("user.domain", "source.user.domain"),
    "source": ("source.ip", "client.ip", "source.address", "client.address"),
    "method": ("http.request.method",),
    "url": ("url.full", "url.original"),
    "scheme": ("url.scheme",),
    "host": ("url.domain", "destination.domain", "server.domain", "tls.client.server_name"),
    "port": ("url.port", "destination.port"),
    "path": ("url.path",),
    "query": ("url.query",),
    "asked": ("dns.question.name",),
    "dns kind": ("dns.type",),
    "status": ("http.response.status_code", "http.response.body.status_code"),
    "squid code": ("labels.request_status",),
    "kind": ("event.type",),
    "what": ("event.kind",),
    "category": ("event.category",),
    "dataset": ("event.dataset", "data_stream.dataset"),
    "letter": ("email.message_id", "email.from.address", "email.sender.address"),
    "decision": ("event.action",),
    "sent": ("source.bytes", "client.bytes", "http.request.bytes"),
    "received": ("destination.bytes", "server.bytes", "http.response.bytes"),
    "referrer": ("http.request.referrer",),
    "agent": ("user_agent.original",),
}
HOSTS: Final = (*NAMES["url"], *NAMES["host"], *NAMES["asked"])
MISSING: Final = ("", "-", "(empty)")
_ONLY_ONE: Final = r'^\["((?:[^"\\]|\\.)*)"\]$'
_NAMES_NO_HOST: Final = "its first lines name no host that was asked for: it cannot show visits"


class EventObject(JsonObject):
    """Says so where no event of the head names a host."""

    learns = True

    def layout(self, head: Head) -> Layout:
        """The wrapper, and whether any event names a host."""
        layout = super().layout(head)
        records = [found for line in head.lines if (found := parsed(line)) is not None]
        hosted = any(text_at(record, *HOSTS, under=layout.under) for record in records)
        return layout if hosted else layout._replace(names_no_host=_NAMES_NO_HOST)


def event_time(cell: Cells) -> Expressions:
    """The instant of an event, null where its stamp has no zone."""
    stamp = cell["@timestamp"]
    return {"time": pl.coalesce(clock.iso_offset(stamp), clock.epoch(stamp))}


def _look_up(cell: Cells) -> pl.Expr:
    return cell["asked"].is_not_null() & cell["url"].is_null()


def _names_none(cell: Cells) -> pl.Expr:
    return pl.coalesce(cell["url"], cell["host"], cell["asked"]).is_null()


def _is_mail(cell: Cells) -> pl.Expr:
    """True of an event about a letter; one of the web may name the letter that led there."""
    category = cell["category"].fill_null("")
    of_letter = category.str.contains("email", literal=True) | cell["letter"].is_not_null()
    return of_letter & ~category.str.contains("web", literal=True)


def _is_clicked(cell: Cells) -> pl.Expr:
    """True where a letter's link was opened: by a browser, or as the kind of log says."""
    opened = cell["agent"].is_not_null() | cell["method"].is_not_null()
    return opened | cell["dataset"].str.contains("click|ttp_url").fill_null(value=False)


def _no_request(cell: Cells) -> pl.Expr:
    return (
        pl.when(_names_none(cell))
        .then(pl.lit("no request: an event that names no host"))
        .when(cell["what"] == "enrichment")
        .then(pl.lit("no request: what is known of an address"))
        .when(cell["mail"] & ~_is_clicked(cell))
        .then(pl.lit("no visit: an event of mail"))
    )


def _companion(cell: Cells) -> pl.Expr:
    answer = (cell["dns kind"] == "answer").fill_null(value=False)
    return (
        pl.when(cell["what"].is_in(["alert", "signal"]))
        .then(pl.lit("remark"))
        .when(cell["look-up"] & answer)
        .then(pl.lit("answer"))
    )


def _action(cell: Cells) -> pl.Expr:
    """A challenge; the type of event; Squid's own code; or the word of the gateway."""
    kinds, status = cell["kind"].fill_null(""), integer(cell["status"])
    said = (
        pl.when(kinds.str.contains("denied", literal=True))
        .then(pl.lit("blocked"))
        .when(kinds.str.contains("allowed", literal=True))
        .then(pl.lit("allowed"))
    )
    word = decided(
        cell["decision"],
        allowed="allow.*|permit.*|pass.*|accept.*|observed|proxied",
        blocked="block.*|den[iy].*|drop.*|reset.*|reject.*",
    )
    by_squid = pl.when(cell["squid code"].is_not_null()).then(
        squid.decide(cell["squid code"], status, cell["method"]).cast(pl.String)
    )
    challenged = pl.when(status == 407).then(pl.lit("auth"))
    return pl.coalesce(challenged, said, by_squid, word.cast(pl.String))


def _closed(cell: Cells) -> pl.Expr:
    seen = cell["method"].is_not_null() | cell["path"].is_not_null() | cell["url"].is_not_null()
    return ~seen | unopened("method", "url")(cell)


def _alone(name: str) -> Derivation:
    """A value, also where it is the only one of a list, as any field may be."""
    return lambda cell: normalised(
        cell[name],
        r'^\["',
        lambda cells: pl.coalesce(
            cells.str.extract(_ONLY_ONE).str.replace_all(r"\\(.)", "${1}"), cells
        ),
    )


def _one_user(cell: Cells) -> pl.Expr:
    """Nobody, where several are named."""
    return pl.when(~cell["user"].str.starts_with('["')).then(cell["user"])


DERIVED: Final[dict[str, Derivation]] = {
    "look-up": _look_up,
    WHOLE: whole_address("url"),
    "mail": _is_mail,
}
_DERIVED_JSON: Final[dict[str, Derivation]] = {
    name: _alone(name) for name in ("user", "domain", "source", "method", "url", "host")
} | DERIVED
COLUMNS: Final = Columns(
    time=Stamp("utc", event_time),
    user=lambda cell: with_domain(_one_user(cell), cell["domain"]),
    client_ip=lambda cell: pl.when(~cell["mail"]).then(cell["source"]),
    action=_action,
    method="method",
    url="url",
    scheme=unless_whole("scheme"),
    host=unless_whole(("host", "asked")),
    record_type="dns.question.type",
    port=lambda cell: pl.when(~cell[WHOLE] & ~cell["look-up"]).then(integer(cell["port"])),
    path=unless_whole("path"),
    query=unless_whole("query"),
    status="status",
    bytes_sent="sent",
    bytes_received="received",
    referrer="referrer",
    user_agent="agent",
    evidence=connects(_closed, look_up=lambda cell: cell["look-up"]),
    repeat=_no_request,
    companion=_companion,
    derived=_DERIVED_JSON,
)


_LINE: Final = (
    '{"@timestamp":"2024-01-01T10:00:00.123Z","ecs":{"version":"8.11.0"},'
    '"event":{"category":["web"],"type":["access","allowed"],"action":"OBSERVED"},'
    '"source":{"ip":"10.1.2.3","bytes":640},"destination":{"ip":"192.0.2.1","bytes":5120},'
    '"user":{"name":"jdoe","domain":"FORCE"},"http":{"request":{"method":"GET",'
    '"referrer":"https://example.org/"},"response":{"status_code":200}},'
    '"url":{"full":"https://www.example.com/a?b=c","domain":"www.example.com"},'
    '"user_agent":{"original":"Mozilla/5.0"}}'
)
_DOTTED: Final = (
    '{"@timestamp":"2024-01-01T10:00:00.123Z","ecs.version":"8.11.0","event.type":["denied"],'
    '"source.ip":"10.1.2.3","user.name":"jdoe","url.domain":"www.example.com","url.port":443}'
)
_DNS: Final = (
    '{"@timestamp":"2024-01-01T10:00:00.123Z","ecs":{"version":"8.11.0"},"dns":{"type":"query",'
    '"question":{"name":"www.example.com"}},"source":{"ip":"10.1.2.3"}}'
)
JSON: Final = Format(
    name="ecs",
    title="Elastic Common Schema, JSON",
    definition="elastic.co, ECS Field Reference",
    reader=EventObject(
        (
            need("@timestamp", regex="^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]+|^[0-9]{13}$"),
            need("ecs.version", "event.category", "event.kind", "event.module", "event.dataset"),
        ),
        wrappers=("_source",),
        aliases=NAMES,
        missing=MISSING,
    ),
    columns=COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note="What a shipper mapped, not what the gateway wrote.",
    rank=0,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-01T10:00:00.123000Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=allowed bytes_sent=640"
            " bytes_received=5120 referrer=https://example.org/ user_agent=Mozilla/5.0"
            " evidence=url",
        ),
        Sample(
            _DOTTED,
            "time=2024-01-01T10:00:00.123000Z user=jdoe client_ip=10.1.2.3"
            " url=www.example.com:443 action=blocked evidence=connect",
        ),
        Sample(
            _DNS,
            "time=2024-01-01T10:00:00.123000Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
        ),
        Sample(
            '{"_index":"logs","_id":"1","_source":' + _LINE + "}",
            "time=2024-01-01T10:00:00.123000Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=allowed bytes_sent=640"
            " bytes_received=5120 referrer=https://example.org/ user_agent=Mozilla/5.0"
            " evidence=url",
        ),
    ),
    near_misses=(
        '{"@timestamp":"2024-01-01T10:00:00Z","url":"https://www.example.com/"}',
        '{"timestamp":"2024-01-01T10:00:00Z","ecs":{"version":"8.11.0"}}',
    ),
)
