"""Logs that gateways keep beside their access logs, known by content: they hold no requests.

A folder such as /var/log/squid has them all. They are left out and named; what is not known here,
nor as an access log, stays unrecognised. Lines of the daemons over syslog are not among them: there
they stand among access lines.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

#: A log is of a kind if so many of its lines are, and most of the others what goes with them.
_LEAST_LINES: Final = 0.5
_LEAST_FITTING: Final = 0.9
_DAY: Final = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK: Final = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
#: Of Cisco Umbrella's exports, every cell in quotes: its stamp, any cell and what parts them.
_STAMPED: Final = rf'"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {_CLOCK}", ?'
_CELL: Final = r'(?:"(?:[^"]|"")*", ?)'
_HEADER: Final = r'(?i:"?(?:id"?, ?"?)?timestamp"?,)|\s'


class OtherLog(NamedTuple):
    """A log that is no access log. `line` is an expression for its lines, `beside` for what its
    writer puts between them without a stamp; both are matched at the start of a line.

    `title` completes the sentence "is ...".
    """

    name: str
    title: str
    definition: str
    line: str
    beside: str = r"\s"

    def fits(self, text: str) -> bool:
        """True for a line that is of this log beyond doubt."""
        return re.match(self.line, text) is not None


OTHER_LOGS: Final = (
    OtherLog(
        "squid-cache-log",
        "Squid's cache.log, messages of the daemon",
        "Squid, debug_options and src/debug/debug.cc",
        rf"[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}} {_CLOCK}(?:\.[0-9]+)?(?: kid[0-9]+)?\| ",
        r"\s|FATAL|WARNING|ERROR|CPU Usage: |Maximum Resident Size: |Page faults with "
        r"|Memory usage |Squid Cache \(Version |Terminated",
    ),
    OtherLog(
        "squid-store-log",
        "Squid's store.log, what its cache kept and let go",
        "Squid, cache_store_log; wiki.squid-cache.org, SquidFaq/SquidLogs",
        r"[0-9]{9,}\.[0-9]{3} (?:CREATE|SWAPIN|SWAPOUT|RELEASE|SO_FAIL|SWAPFAIL) +-?[0-9A-Fa-f]+ "
        r"[0-9A-F]{8} [0-9A-F]{32} +",
    ),
    OtherLog(
        "squid-netdb",
        "Squid's netdb.state, its measurements of networks",
        "Squid, src/icmp/net_db.cc",
        r"[0-9A-Fa-f.:]+ [0-9]+ [0-9]+ +[0-9]+\.[0-9]+ +[0-9]+\.[0-9]+ [0-9]{9,} [0-9]{9,}(?: |$)",
    ),
    OtherLog(
        "nginx-error",
        "nginx's error log",
        "nginx.org, ngx_core_module, error_log",
        rf"[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}} {_CLOCK} "
        r"\[(?:debug|info|notice|warn|error|crit|alert|emerg)\] [0-9]+#[0-9]+: ",
    ),
    OtherLog(
        "apache-error",
        "Apache's error log",
        "httpd.apache.org, ErrorLogFormat",
        rf"\[{_DAY} {_MONTH} [ 0-9]?[0-9] {_CLOCK}(?:\.[0-9]+)? [0-9]{{4}}\] "
        r"\[(?:[a-z0-9_]*:)?(?:emerg|alert|crit|error|warn|notice|info|debug|trace[0-8])\] ",
        r"\s|AH[0-9]{5}: ",
    ),
    OtherLog(
        "c-icap-server",
        "c-icap's server.log",
        "c-icap, c-icap.conf, ServerLog",
        rf"{_DAY} {_MONTH} [ 0-9][0-9] {_CLOCK} [0-9]{{4}}, [0-9]+/[0-9]+, ",
    ),
    OtherLog(
        "trafficserver-diags",
        "Traffic Server's diags.log, messages of the daemon",
        "docs.trafficserver.apache.org, proxy.config.diags",
        rf"\[{_MONTH} [ 0-9][0-9] {_CLOCK}\.[0-9]{{3}}\] [^:]{{0,60}}"
        r"\b(?:FATAL|ERROR|WARNING|NOTE|STATUS|DIAG|DEBUG|ALERT|EMERGENCY): ",
    ),
    OtherLog(
        "trafficserver-error",
        "Traffic Server's error.log",
        "docs.trafficserver.apache.org, proxy.config.log.error",
        r"[0-9]{8}\.[0-9]{2}h[0-9]{2}m[0-9]{2}s (?:RESPONSE|CONNECT|CONNECT_ATTEMPT|URL|CLIENT)",
    ),
    OtherLog(
        "envoy-application",
        "Envoy's application log, messages of the daemon",
        "envoyproxy.io, command line options, --log-format",
        rf"\[[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {_CLOCK}\.[0-9]{{3}}\]\[[0-9]+\]"
        r"\[(?:trace|debug|info|warning|error|critical)\]\[[a-z0-9_]+\] ",
    ),
    OtherLog(
        "suricata-engine",
        "suricata.log, messages of the daemon",
        "docs.suricata.io, suricata.yaml, logging",
        rf"\[[0-9]+(?: - [^\]]+)?\] (?:[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{4}} -- {_CLOCK} - |"
        rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {_CLOCK} (?:Info|Notice|Warning|Error|Perf|Config)\b)"
        rf"|[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{4}} -- {_CLOCK} - <",
    ),
    OtherLog(
        "suricata-stats",
        "Suricata's stats.log",
        "docs.suricata.io, suricata.yaml, stats",
        r"[a-z][a-z0-9_.]* +\| [^|]+ \| -?[0-9]+\s*$",
        rf"Date: [0-9/]+ -- {_CLOCK}|-{{10,}}$|Counter +\| TM Name|\s*$",
    ),
    OtherLog(
        "suricata-fast",
        "Suricata's or Snort's fast.log, alerts without hosts",
        "docs.suricata.io, suricata.yaml, fast",
        rf"[0-9]{{2}}/[0-9]{{2}}(?:/[0-9]{{2,4}})?-{_CLOCK}\.[0-9]+ +\[\*\*\] \[[0-9:]+\] ",
    ),
    OtherLog(
        "pihole-ftl",
        "Pi-hole's FTL.log, messages of the daemon",
        "docs.pi-hole.net, FTL, debug",
        rf"\[[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {_CLOCK}\.[0-9]+(?: [A-Z]+)? "
        r"[0-9]+(?:[M/][^\]]*)?\] ",
    ),
    OtherLog(
        "umbrella-intrusion",
        "Cisco Umbrella's IPS log, alerts without hosts",
        "docs.umbrella.com, IPS Log Formats",
        rf'{_STAMPED}{_CELL}{{2}}"[0-9]*", ?"[0-9]*", ?{_CELL}"[0-9]*", ?"[A-Za-z ]*", ?'
        rf'{_CELL}{{4}}"[0-9A-Fa-f.:]*", ?"[0-9]*", ?"[0-9A-Fa-f.:]*", ?"[0-9]*", ?"[A-Za-z ]+"',
        _HEADER,
    ),
    OtherLog(
        "umbrella-audit",
        "Cisco Umbrella's admin audit log, changes of its settings",
        "docs.umbrella.com, Admin Audit Log Formats",
        rf'"[0-9]+", ?{_STAMPED}{_CELL}{{4}}"[0-9A-Fa-f.:]*", ?{_CELL}',
        _HEADER,
    ),
    OtherLog(
        "umbrella-dlp",
        "Cisco Umbrella's DLP log, uploads that broke a rule beside their own requests",
        "docs.sse.cisco.com, DLP Log Formats",
        rf'{_STAMPED}"(?:Real Time|SaaS API)", ?{_CELL}"[A-Za-z]*", ?{_CELL}{{5}}"[A-Za-z]*", ?',
        _HEADER,
    ),
    OtherLog(
        "umbrella-zta",
        "Cisco Secure Access's log of Zero Trust access to an organisation's own resources",
        "docs.sse.cisco.com, Zero Trust Access Log Formats",
        rf'{_STAMPED}{_CELL}{{3,4}}"(?:ALLOW|BLOCK)[A-Z]*", ?{_CELL}{{3}}"[0-9A-Fa-f.:]*", ?'
        r'"[0-9]*", ?"[0-9]*", ?',
        _HEADER,
    ),
    OtherLog(
        "umbrella-zta-flow",
        "Cisco Secure Access's log of Zero Trust flows to an organisation's own resources",
        "docs.sse.cisco.com, Zero Trust Access Flow Log Formats",
        rf'{_STAMPED}(?!"\[){_CELL}{{14,17}}"[A-Z_]*", ?"[0-9]*", ?"[0-9]*", ?"[0-9A-Fa-f.:]*", ?'
        r'"[0-9]*", ?"[0-9]*", ?"[0-9]*"',
        _HEADER,
    ),
)


def recognise_other(lines: Sequence[str]) -> OtherLog | None:
    """The kind of log that these first lines of a source are of; None where none is known."""
    if not lines:
        return None
    return next((kind for kind in OTHER_LOGS if _is_of(lines, kind)), None)


def _is_of(lines: Sequence[str], kind: OtherLog) -> bool:
    own = sum(map(kind.fits, lines))
    if own < _LEAST_LINES * len(lines):
        return False
    beside = sum(not kind.fits(line) and bool(re.match(kind.beside, line)) for line in lines)
    return own + beside >= _LEAST_FITTING * len(lines)
