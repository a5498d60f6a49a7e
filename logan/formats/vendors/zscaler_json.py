"""Zscaler's web feed (NSS and Cloud NSS) as JSON.

Definition: see `logan.formats.vendors.zscaler_record`; the templates are those of Zscaler's
deployment guides for Splunk.
"""

from dataclasses import replace
from typing import Final

from logan.formats.engine.format import Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.vendors.zscaler import PAIRS, RECORD
from logan.formats.vendors.zscaler_record import ACTION, COLUMNS, MISSING, NAMES, SYNONYMS

_LINE: Final = (
    '{"datetime":"2024-01-10 13:55:36","reason":"Allowed","event_id":"7","protocol":"HTTPS",'
    '"action":"Allowed","transactionsize":"5760","responsesize":"5120","requestsize":"640",'
    '"urlcategory":"News","requestmethod":"GET","refererURL":"http://ref.example/",'
    '"useragent":"Mozilla/5.0 (X11)","location":"HQ","ClientIP":"10.1.2.3","status":"200",'
    '"user":"jdoe@force.example","url":"www.example.com/a?b=c","hostname":"www.example.com"}'
)
JSON: Final = replace(
    PAIRS,
    name="zscaler-json",
    title="Zscaler NSS and Cloud NSS web feed, JSON",
    reader=JsonObject(
        (
            need("action", regex=f"^{ACTION}$"),
            need("url", "eurl"),
            need("datetime", "time", "epochtime", regex="[0-9]"),
            need("clientpublicIP", "cintip", "transactionsize", "requestsize", "reqsize"),
        ),
        wrappers=("event",),
        aliases=NAMES,
        synonyms=SYNONYMS,
        missing=MISSING,
        stamp="datetime",
    ),
    learns=None,
    columns=COLUMNS,
    samples=(
        Sample(
            _LINE,
            RECORD,
            also=(f'{{"sourcetype":"zscalernss-web","event":{_LINE}}}',),
        ),
        Sample(
            '{"time":"Fri Dec 31 07:07:07 2021","tz":"GMT","login":"jdoe@force.example",'
            '"eurl":"www.example.com:443","cip":"10.1.2.3","cintip":"192.0.2.7","action":"Blocked",'
            '"reqmethod":"CONNECT","respcode":"403","reqsize":"640","respsize":"0",'
            '"proto":"HTTP_PROXY"}',
            "time=2021-12-31T07:07:07Z user=jdoe@force.example client_ip=10.1.2.3"
            " method=CONNECT url=www.example.com:443 status=403 action=blocked"
            " bytes_sent=640 bytes_received=0 evidence=connect setup=yes",
        ),
    ),
    near_misses=(
        '{"datetime":"2024-01-10 13:55:36","action":"Allowed","url":"www.example.com/"}',
        _LINE.replace('"action":"Allowed"', '"action":"Observed"'),
    ),
)
