"""nginx access logs written as JSON by the names of its variables, whatever a site chose of them.

Definition: nginx.org, ngx_http_log_module (`log_format ... escape=json`) and the Alphabetical index
of variables: `$bytes_sent` and `$body_bytes_sent` went to the client, `$request_length` came from
it; `$host` is the name asked for, `$server_name` that of the block which answered; `$msec` is in
seconds since 1970. `$http_x_forwarded_for` is what the client says of itself: it is not read.
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.layout import Expressions, integer
from logan.formats.engine.lessons import names_no_host_unless
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, Derivation
from logan.formats.engine.verdicts import passed_on

_REQUEST: Final = "(?s)^([A-Za-z_-]+) (.*?)(?: HTTP/[0-9.]+)?$"
_NAMES_NO_HOST: Final = (
    "its first lines name no host ($host or $http_host): they cannot show visits"
)


def _time(cell: Cells) -> Expressions:
    iso, common = clock.iso_offset(cell["time_iso8601"]), clock.clf(cell["time_local"])
    return {"time": pl.coalesce(clock.epoch_seconds(cell["msec"]), iso, common)}


def _of_request(name: str, group: int) -> Derivation:
    """A variable of its own, or what the request line says."""
    return lambda cell: pl.coalesce(cell[name], cell["request"].str.extract(_REQUEST, group))


def _path(cell: Cells) -> pl.Expr:
    """`$uri` is without its query, and decoded: it stands where nothing else does."""
    return pl.coalesce(_of_request("request_uri", 2)(cell), cell["uri"])


def _action(cell: Cells) -> pl.Expr:
    served = cell.first("upstream_addr", "upstream_status").is_not_null()
    return passed_on(integer(cell["status"]), served=served)


def _names_host(line: str) -> bool:
    return (
        re.search(r'"(?:http_host|host|server_name)" *: *"[^"]|"[A-Z]+ https?://', line) is not None
    )


NGINX_JSON: Final = Format(
    name="nginx-json",
    title="nginx access log, JSON by the names of its variables",
    definition="nginx.org, ngx_http_log_module and the index of variables",
    reader=JsonObject(
        (
            need("time_iso8601", "time_local", "msec", regex="[0-9]"),
            need("remote_addr"),
            need("request", "request_uri", "uri"),
            need("status", regex="^[0-9]{3}$"),
        )
    ),
    learns=names_no_host_unless(_names_host, _NAMES_NO_HOST),
    columns=Columns(
        time=Stamp("offset", _time),
        user="remote_user",
        client_ip="remote_addr",
        method=_of_request("request_method", 1),
        scheme="scheme",
        host=("http_host", "host", "server_name"),
        url=_path,
        status="status",
        action=_action,
        bytes_sent="request_length",
        bytes_received=("bytes_sent", "body_bytes_sent"),
        referrer="http_referer",
        user_agent="http_user_agent",
    ),
    tunnels=NOT_DOCUMENTED,
    note="Only what a site chose to log; behind another proxy the client is that proxy.",
    rank=5,
    samples=(
        Sample(
            '{"time_local":"10/Jan/2024:13:55:36 +0100","remote_addr":"10.1.2.3",'
            '"remote_user":"jdoe","request":"GET /a?b=c HTTP/1.1","status":"200",'
            '"http_host":"www.example.com","body_bytes_sent":"2326","request_length":"640","http_referer":"-",'
            '"http_user_agent":"Mozilla/5.0","upstream_addr":"192.0.2.9:80"}',
            "time=2024-01-10T12:55:36Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=www.example.com/a?b=c status=200 action=allowed bytes_sent=640"
            " bytes_received=2326 user_agent=Mozilla/5.0 evidence=url",
        ),
        Sample(
            '{"msec":1704894936.123,"remote_addr":"10.1.2.3","scheme":"https","host":"www.example.com",'
            '"request_method":"POST","request_uri":"/a","status":407,"bytes_sent":12}',
            "time=2024-01-10T13:55:36.123000Z client_ip=10.1.2.3 method=POST"
            " url=https://www.example.com/a status=407 action=auth bytes_received=12 evidence=url",
        ),
    ),
    near_misses=(
        '{"time_local":"10/Jan/2024:13:55:36 +0100","request":"GET /a HTTP/1.1","status":"200"}',
        '{"msec":1704894936.123,"remote_addr":"10.1.2.3","uri":"/a","status":"ok"}',
    ),
)
