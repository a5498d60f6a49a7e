"""Every format logan reads. Adding one is one file and one line in `FORMATS`."""

from typing import Final

from logan.formats import (
    apache_blackbox,
    checkpoint,
    fortinet,
    netskope,
    paloalto,
    paloalto_events,
    sophos,
    squid,
    suricata,
    umbrella,
    w3c,
    weblog,
    zeek,
)
from logan.formats.base import Format

FORMATS: Final[tuple[Format, ...]] = (
    squid.NATIVE,
    weblog.COMMON,
    weblog.COMBINED,
    weblog.SQUID_COMMON,
    weblog.SQUID_COMBINED,
    apache_blackbox.BLACKBOX,
    w3c.W3C,
    *zeek.FORMATS,
    paloalto.CSV,
    paloalto_events.CEF,
    paloalto_events.LEEF,
    paloalto_events.JSON,
    *umbrella.FORMATS,
    *netskope.FORMATS,
    fortinet.PAIRS,
    fortinet.CEF,
    suricata.EVE,
    checkpoint.PAIRS,
    checkpoint.STRUCTURED,
    checkpoint.CEF,
    checkpoint.LEEF,
    checkpoint.JSON,
    sophos.FIREWALL,
    sophos.UTM,
    sophos.APPLIANCE,
)
