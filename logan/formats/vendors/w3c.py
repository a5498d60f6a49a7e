"""W3C extended log format, whatever its `#Fields`: ProxySG and Edge SWG, IIS, TMG, NetScaler.

Definition: w3.org/TR/WD-logfile; Citrix, NetScaler Administration Guide, Web Server Logging (NSWL).
What the fields mean is in `logan.formats.engine.elff`. NSWL's own choice of fields has no host: it
stands in the stem where a client asked for the whole address, as clients of a proxy do.
"""

from typing import Final

from logan.formats.engine import elff
from logan.formats.engine.extended_log import ExtendedLog
from logan.formats.engine.format import Format, Sample

W3C: Final = Format(
    name="w3c",
    title="W3C extended log (ProxySG, Edge SWG, IIS, TMG, NetScaler)",
    definition="w3.org/TR/WD-logfile; Broadcom ProxySG log fields; Microsoft W3C logging",
    reader=ExtendedLog(),
    columns=elff.COLUMNS,
    tunnels=elff.TUNNELS,
    note="date-local and time-local need a zone; without cs-host IIS shows no visits, and NetScaler"
    " those alone that ask for a whole address.",
    rank=5,
    samples=(
        Sample(
            "#Software: SGOS 7.3\n"
            "#Fields: date time time-taken c-ip cs-username sc-filter-result cs-categories "
            "sc-status s-action cs-method cs-uri-scheme cs-host cs-uri-port cs-uri-path "
            "cs-uri-query cs(User-Agent) sc-bytes cs-bytes\n"
            '2024-01-10 13:55:36 120 10.1.2.3 FORCE\\jdoe OBSERVED "News;Media" 200 TCP_NC_MISS '
            'GET https www.example.com 443 /a ?b=c "Mozilla/5.0 (X11; Linux)" 5120 640',
            "time=2024-01-10T13:55:36Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com:443/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 user_agent=Mozilla/5.0 (X11; Linux)"
            " evidence=url",
        ),
        Sample(
            "#Software: Microsoft Internet Information Services 10.0\n"
            "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
            "cs(User-Agent) cs-host sc-status sc-bytes cs-bytes\n"
            "2024-01-10 13:55:36 203.0.113.9 GET /a b=c 443 - 10.1.2.3 Mozilla/5.0+(X11) "
            "www.example.com 200 5120 640",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 method=GET"
            " url=www.example.com/a?b=c status=200 action=unknown bytes_sent=640"
            " bytes_received=5120 user_agent=Mozilla/5.0+(X11) evidence=url",
        ),
        Sample(
            "#Software: Microsoft Forefront Threat Management Gateway\n"
            "#Fields: c-ip\tcs-username\tc-agent\tdate\ttime\tcs-referred\tr-host\tr-port"
            "\tsc-bytes\tcs-bytes\tcs-protocol\ts-operation\tcs-uri\tsc-status\taction\tGMT Time\n"
            "10.1.2.3\tFORCE\\jdoe\tMozilla/5.0 (X11)\t2024-01-10\t13:55:36\t-\twww.example.com\t80"
            "\t5120\t640\thttp\tGET\thttp://www.example.com/a?b=c\t200\tAllowed\t-",
            "time=2024-01-10T13:55:36Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com:80/a?b=c status=200 action=allowed bytes_sent=640"
            " bytes_received=5120 user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
        Sample(
            "#Version: 1.0\n#Software: Netscaler Web Logging(NSWL)\n"
            "#Fields: date time c-ip cs-username sc-servicename s-ip s-port cs-method cs-uri-stem "
            "cs-uri-query sc-status cs-bytes sc-bytes time-taken cs-version cs(User-Agent) "
            "cs(Cookie) cs(Referer)\n"
            "2024-01-10 13:55:36 10.1.2.3 jdoe SSL 192.0.2.1 8080 CONNECT www.example.com:443 - "
            "200 640 5120 5 HTTP/1.1 Mozilla/5.0+(X11) - -\n"
            "2024-01-10 13:55:37 10.1.2.3 jdoe HTTP 192.0.2.1 8080 GET http://www.example.com/a "
            "b=c 200 640 5120 5 HTTP/1.1 Mozilla/5.0+(X11) - http://www.example.com/",
            "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3 method=CONNECT"
            " url=www.example.com:443 status=200 action=unknown bytes_sent=640"
            " bytes_received=5120 user_agent=Mozilla/5.0+(X11) evidence=connect setup=yes",
            "time=2024-01-10T13:55:37Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c status=200 action=unknown bytes_sent=640"
            " bytes_received=5120 referrer=http://www.example.com/ user_agent=Mozilla/5.0+(X11)"
            " evidence=url",
        ),
    ),
    near_misses=("#Fields: c-ip cs-host\n10.1.2.3 www.example.com",),
)
