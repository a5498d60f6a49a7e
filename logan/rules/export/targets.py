"""The forms that rules can be exported to. A new one is a module with `export`, and a line here."""

import importlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from logan.rules.export.written import WrittenRules
from logan.rules.model import Rules

#: Name -> (module below logan.rules.export, what it is for).
TARGETS: Final[Mapping[str, tuple[str, str]]] = {
    "sigma": ("sigma", "Sigma rules, for any SIEM"),
    "squid-acl": ("squid_acl", "access control lists for squid.conf"),
    "ufdbguard": ("ufdbguard", "a domain list for ufdbGuard and squidGuard"),
    "hosts": ("hosts", "a hosts file"),
    "rpz": ("rpz", "a response policy zone for name servers"),
    "pac": ("pac", "a proxy auto-configuration script"),
    "adblock": ("adblock", "a filter list for ad blockers and filtering name servers"),
    "stix": ("stix", "STIX 2.1 indicators"),
    "misp": ("misp", "a MISP event"),
    "csv": ("csv_list", "a table of services and signatures"),
}


def export_rules(rules: Rules, target: str) -> WrittenRules:
    """Rules in one of the forms of `TARGETS`: the same text for the same rules, always."""
    module = importlib.import_module(f"logan.rules.export.{TARGETS[target][0]}")
    written: WrittenRules = module.export(rules)
    if not rules.sigma:
        return written
    count = len(rules.sigma)
    what = "1 Sigma rule" if count == 1 else f"{count} Sigma rules"
    return replace(written, left_out=(*written.left_out, f"{what}: only packs can be exported"))
