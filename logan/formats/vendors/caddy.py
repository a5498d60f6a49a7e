"""Caddy's access log: JSON lines of the logger `http.log.access`.

Definition: caddyserver.com/docs/logging and docs/caddyfile/directives/log. `ts` is seconds since
1970 unless the encoder's `time_format` says otherwise (ISO 8601 is read too); `size` is what was
written to the client, `bytes_read` what came from it. `remote_ip` is the other end of the
connection, `client_ip` the user's side behind trusted proxies (2.7 and later); before 2.5 it was
`remote_addr`.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.layout import Expressions, integer
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, positive
from logan.formats.engine.verdicts import passed_on

_STAMP: Final = rf"^(?:[0-9]{{9,19}}(?:\.[0-9]+)?(?:[eE]\+?[0-9]+)?|{clock.ISO_OFFSET})$"
_URL: Final = "^[A-Za-z][A-Za-z0-9+.-]*://"


def _time(cell: Cells) -> Expressions:
    return {"time": pl.coalesce(clock.epoch(cell["ts"]), clock.iso_offset(cell["ts"]))}


def _scheme(cell: Cells) -> pl.Expr:
    encrypted = cell["request.tls.version"].is_not_null() | cell["request.tls"].is_not_null()
    scheme = pl.when(encrypted).then(pl.lit("https")).otherwise(pl.lit("http"))
    return pl.when(~cell["absolute"] & (cell["request.method"] != "CONNECT")).then(scheme)


def _action(cell: Cells) -> pl.Expr:
    return passed_on(integer(cell["status"]), served=pl.lit(value=False))


_COLUMNS: Final = Columns(
    time=Stamp("utc", _time),
    user="user_id",
    client_ip=("request.client_ip", "request.remote_ip", "request.remote_addr"),
    method="request.method",
    url=lambda cell: (
        pl.when(cell["request.method"] == "CONNECT").then(None).otherwise(cell["request.uri"])
    ),
    scheme=_scheme,
    host=lambda cell: cell["host"].str.extract(r"^(\[[^\]]*\]|[^:]+)"),
    port=lambda cell: integer(cell["host"].str.extract(r":([0-9]+)$")),
    status=positive("status"),
    action=_action,
    bytes_sent="bytes_read",
    bytes_received="size",
    referrer="request.headers.Referer[0]",
    user_agent="request.headers.User-Agent[0]",
    derived={
        "absolute": lambda cell: cell["request.uri"].str.contains(_URL).fill_null(value=False),
        "host": lambda cell: pl.when(~cell["absolute"]).then(cell["request.host"]),
    },
)
_SAMPLE: Final = (
    '{"level":"info","ts":1704894936.123456,"logger":"http.log.access","msg":"handled request",'
    '"request":{"remote_ip":"10.9.9.9","remote_port":"50000","client_ip":"10.1.2.3",'
    '"proto":"HTTP/2.0","method":"GET","host":"www.example.com:8443","uri":"/a?b=c","headers":'
    '{"User-Agent":["Mozilla/5.0"],"Referer":["https://example.org/"]},"tls":{"version":772}},'
    '"bytes_read":12,"user_id":"jdoe","duration":0.01,"size":2326,"status":200,"resp_headers":{}}'
)
CADDY: Final = Format(
    name="caddy",
    title="Caddy access log",
    definition="caddyserver.com/docs/logging",
    reader=JsonObject(
        (
            need("ts", regex=_STAMP),
            need("logger", "msg", regex="^http[.]|^handled request$"),
            need("request.method"),
            need("request.uri"),
            need("request.remote_ip", "request.remote_addr"),
        ),
        stamp="ts",
    ),
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note="Says nothing of what was let through.",
    rank=6,
    samples=(
        Sample(
            _SAMPLE,
            "time=2024-01-10T13:55:36.123456Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com:8443/a?b=c status=200 action=unknown"
            " bytes_sent=12 bytes_received=2326 referrer=https://example.org/"
            " user_agent=Mozilla/5.0 evidence=url",
        ),
    ),
    near_misses=(
        '{"level":"info","ts":1704894936.1,"msg":"using config from file","file":"/etc/Caddyfile"}',
        '{"ts":1704894936.1,"id.orig_h":"10.1.2.3","method":"GET","host":"www.example.com"}',
    ),
)
