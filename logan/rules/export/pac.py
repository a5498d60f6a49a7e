"""A proxy auto-configuration file: browsers send requests to watched hosts to your own proxy.

`FindProxyForURL(url, host)` is called for every request (Netscape, "Proxy Auto-Config").
"""

import json

from logan.rules.export.names import heading, watched
from logan.rules.export.written import WrittenRules
from logan.rules.model import Rules

_SCRIPT = """
// Where requests to watched hosts go. This address answers nobody: it blocks. Name a proxy that
// logs, and the hosts are watched instead.
var WATCHED = "PROXY 127.0.0.1:9";
// Where everything else goes: put your own proxy here.
var OTHERWISE = "DIRECT";

var DOMAINS = %(domains)s;
var HOSTS = %(hosts)s;
var PATTERNS = %(patterns)s;

function isWatched(host) {
  var name = host.toLowerCase().replace(/\\.$/, "");
  for (var i = 0; i < PATTERNS.length; i++) {
    if (new RegExp("^(?:" + PATTERNS[i] + ")$").test(name)) {
      return true;
    }
  }
  if (HOSTS.indexOf(name) >= 0) {
    return true;
  }
  // By whole labels: notpimeyes.com is another site.
  for (var rest = name; rest.indexOf(".") >= 0; rest = rest.slice(rest.indexOf(".") + 1)) {
    if (DOMAINS.indexOf(rest) >= 0) {
      return true;
    }
  }
  return false;
}

function FindProxyForURL(url, host) {
  return isWatched(host) ? WATCHED : OTHERWISE;
}
"""


def export(rules: Rules) -> WrittenRules:
    """One script, in the JavaScript of 1999 that every browser's PAC engine runs."""
    found, left_out = watched(rules)
    head = "\n".join(f"// {line}" for line in heading(rules, "Proxy configuration", left_out))
    lists = {
        "domains": [name for one in found for name in one.domains],
        "hosts": [name for one in found for name in one.hosts],
        "patterns": [pattern for one in found for pattern in one.patterns],
    }
    written = {name: json.dumps(names, indent=2) for name, names in lists.items()}
    return WrittenRules({"logan-watched.pac": head + "\n" + _SCRIPT % written}, left_out)
