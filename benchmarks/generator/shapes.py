"""How gateways write a request down: a header and one expression for each format."""

from collections.abc import Callable

import polars as pl

_TUNNEL = pl.col("method") == "CONNECT"
_COL = pl.col


def _stamp(form: str) -> pl.Expr:
    return _COL("ms").cast(pl.Datetime("ms")).dt.strftime(form)


def _url() -> pl.Expr:
    query = pl.when(_COL("query") != "").then("?" + _COL("query")).otherwise(pl.lit(""))
    plain = pl.format("https://{}{}{}", _COL("host"), _COL("path"), query)
    return pl.when(_TUNNEL).then(pl.format("{}:443", _COL("host"))).otherwise(plain)


def squid() -> pl.Expr:
    """Squid's native access log."""
    seconds = pl.format(
        "{}.{}", _COL("ms") // 1000, (_COL("ms") % 1000).cast(pl.String).str.zfill(3)
    )
    return pl.format(
        "{} {} {} {} {} {} {} user{} HIER_DIRECT/203.0.113.{} {}\n",
        seconds,
        _COL("took").cast(pl.String).str.pad_start(6),
        _COL("client"),
        pl.when(_TUNNEL).then(pl.lit("TCP_TUNNEL/200")).otherwise(pl.lit("TCP_MISS/200")),
        _COL("received"),
        _COL("method"),
        _url(),
        _COL("user"),
        _COL("tail") % 256,
        pl.when(_TUNNEL).then(pl.lit("-")).otherwise(pl.lit("text/html")),
    )


def w3c() -> pl.Expr:
    """Blue Coat ProxySG, main format."""
    return pl.format(
        '{} {} {} FORCE\\user{} - OBSERVED "News/Media" {} 200 TCP_NC_MISS {} text/html {} {} {} '
        '{} {} - "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101" 192.0.2.7 {} {} -\n',
        _stamp("%Y-%m-%d %H:%M:%S"),
        _COL("took"),
        _COL("client"),
        _COL("user"),
        pl.when(_TUNNEL).then(pl.lit("-")).otherwise(pl.lit("http://portal.example.com/")),
        _COL("method"),
        pl.when(_TUNNEL).then(pl.lit("tcp")).otherwise(pl.lit("https")),
        _COL("host"),
        pl.when(_TUNNEL).then(443).otherwise(443),
        pl.when(_TUNNEL).then(pl.lit("/")).otherwise(_COL("path")),
        pl.when(_COL("query") != "").then("?" + _COL("query")).otherwise(pl.lit("-")),
        _COL("received"),
        _COL("sent"),
    )


def zscaler() -> pl.Expr:
    """Zscaler's web feed from NSS, pairs parted by tabs."""
    query = pl.when(_COL("query") != "").then("?" + _COL("query")).otherwise(pl.lit(""))
    return pl.format(
        "{}\treason=Allowed\tevent_id={}\tprotocol={}\taction=Allowed\ttransactionsize={}\t"
        "responsesize={}\trequestsize={}\turlcategory=News\tserverip=203.0.113.{}\t"
        "clienttranstime={}\trequestmethod={}\trefererURL=None\tuseragent=Mozilla/5.0 (Windows NT "
        "10.0; Win64; x64) Gecko/20100101\tproduct=NSS\tlocation=HQ\tClientIP={}\tstatus=200\t"
        "user=user{}@force.example\turl={}{}{}\tvendor=Zscaler\thostname={}\t"
        "clientpublicIP=192.0.2.7\tthreatname=None\tpagerisk=0\tdepartment=CID, North\n",
        _stamp("%Y-%m-%d %H:%M:%S"),
        _COL("tail"),
        pl.when(_TUNNEL).then(pl.lit("SSL")).otherwise(pl.lit("HTTPS")),
        _COL("sent") + _COL("received"),
        _COL("received"),
        _COL("sent"),
        _COL("tail") % 256,
        _COL("took"),
        _COL("method"),
        _COL("client"),
        _COL("user"),
        _COL("host"),
        pl.when(_TUNNEL).then(pl.lit(":443")).otherwise(_COL("path")),
        query,
        _COL("host"),
    )


def zeek() -> pl.Expr:
    """Zeek's http.log as JSON."""
    micros = (_COL("ms") % 1000 * 1000).cast(pl.String).str.zfill(6)
    return pl.format(
        '{{"ts":{}.{},"uid":"C{}","id.orig_h":"{}","id.orig_p":{},"id.resp_h":"203.0.113.{}",'
        '"id.resp_p":80,"trans_depth":1,"method":"{}","host":"{}","uri":"{}{}",'
        '"version":"1.1","user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101",'
        '"request_body_len":{},"response_body_len":{},"status_code":200,"status_msg":"OK",'
        '"tags":[],"resp_fuids":["F{}"],"resp_mime_types":["text/html"]}}\n',
        _COL("ms") // 1000,
        micros,
        _COL("tail"),
        _COL("client"),
        _COL("tail") % 60_000,
        _COL("tail") % 256,
        _COL("method").replace("CONNECT", "GET"),
        _COL("host"),
        pl.when(_COL("path") == "").then(pl.lit("/")).otherwise(_COL("path")),
        pl.when(_COL("query") != "").then("?" + _COL("query")).otherwise(pl.lit("")),
        _COL("sent"),
        _COL("received"),
        _COL("tail"),
    )


def paloalto() -> pl.Expr:
    """A PAN-OS URL log, CSV."""
    stamp = _stamp("%Y/%m/%d %H:%M:%S")
    return pl.format(
        "1,{},007200001056,THREAT,url,2561,{},{},203.0.113.{},192.0.2.1,203.0.113.{},Staff web,"
        "force\\user{},,web-browsing,vsys1,Trust,Untrust,ethernet1/2,ethernet1/1,To-Panorama,{},"
        '{},1,49681,443,32326,443,0x1403000,tcp,alert,"{}{}",(9999),news,informational,'
        "client-to-server,{},0x0,10.0.0.0-10.255.255.255,United States,,text/html"
        ',0,,,1,"Mozilla/5.0 (X11; Linux, x64)",,,,,,,,12,0,0,0,,fw1,,,,{},0,,0,,'
        "N/A,N/A,AppThreat-0-0,0x0,0,4294967295,,news,ab12,0\n",
        stamp,
        stamp,
        _COL("client"),
        _COL("tail") % 256,
        _COL("tail") % 256,
        _COL("user"),
        stamp,
        _COL("tail") % 100_000,
        _COL("host"),
        pl.when(_COL("path") == "").then(pl.lit("/")).otherwise(_COL("path")),
        _COL("tail"),
        _COL("method").replace("CONNECT", "GET").str.to_lowercase(),
    )


#: Format -> (what stands above the lines, the line).
SHAPES: dict[str, tuple[str, Callable[[], pl.Expr]]] = {
    "squid": ("", squid),
    "w3c": (
        (
            "#Software: SGOS 7.3\n#Version: 1.0\n#Fields: date time time-taken c-ip cs-username "
            "cs-auth-group sc-filter-result cs-categories cs(Referer) sc-status s-action cs-method "
            "rs(Content-Type) cs-uri-scheme cs-host cs-uri-port cs-uri-path cs-uri-query "
            "cs-uri-extension cs(User-Agent) s-ip sc-bytes cs-bytes x-virus-id\n"
        ),
        w3c,
    ),
    "zscaler": ("", zscaler),
    "zeek": ("", zeek),
    "paloalto": ("", paloalto),
}
