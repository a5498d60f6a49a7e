"""Prints the watched domains of the default rules, one on a line."""

from logan.rules.packs import load_rules

if __name__ == "__main__":
    services = load_rules().services.values()
    print("\n".join(sorted({name for service in services for name in service.domains})))
