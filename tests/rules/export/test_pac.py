"""The script decides by whole labels, as a JavaScript engine runs it."""

import json
from pathlib import Path

from logan.rules.export.pac import export
from logan.rules.model import Rules
from tests.rules.export.tools import call, need

HOSTS = {
    "pimeyes.com": True,
    "PimEyes.COM": True,
    "pimeyes.com.": True,
    "jsc12.pimeyes.com": True,
    "notpimeyes.com": False,
    "pimeyes.com.evil.example": False,
    "com": False,
    "localhost": False,
    "lens.google.com": True,
    "x.lens.google.com": False,
    "www.google.com": False,
    "rekognition.eu-west-1.amazonaws.com": True,
    "s3.eu-west-1.amazonaws.com": False,
    "192.0.2.1": False,
    "constructor": False,
}


def test_node_decides_by_it(rules: Rules, tmp_path: Path) -> None:
    node = need("node", "nodejs")
    script = tmp_path / "watched.js"
    asked = f"""
    var answers = {json.dumps(list(HOSTS))}.map(function (host) {{
      return FindProxyForURL("https://" + host + "/", host);
    }});
    console.log(JSON.stringify(answers));
    """
    script.write_text(export(rules).files["logan-watched.pac"] + asked, encoding="utf-8")
    ran = call(node, "--use_strict", script)
    assert ran.returncode == 0, ran.stderr
    answers = json.loads(ran.stdout)
    assert dict(zip(HOSTS, answers, strict=True)) == {
        host: "PROXY 127.0.0.1:9" if watched else "DIRECT" for host, watched in HOSTS.items()
    }
