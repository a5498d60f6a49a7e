"""What may stand for a client or a user in lines whose fields are words.

Regular expressions for `Piece`, the same to Python and to Rust. They ask each word to be what it is
taken for: what is left of a prefix that nobody took off (a month, a stamp, the name of a program, a
priority) is neither a client nor a user, and must not become one. No text fits in two ways: a line
of megabytes that fits in none would be tried in as many ways as it has pairs of characters.
"""

from typing import Final

V4: Final = r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}"
#: With the zone of RFC 4007, section 11: `fe80::1%eth0`. A clock, `22:36:24`, is none.
V6: Final = (
    r"(?:[0-9A-Fa-f:]{0,45}::[0-9A-Fa-f:.]{0,45}|(?:[0-9A-Fa-f]{1,4}:){6,7}[0-9A-Fa-f.]+)"
    r"(?:%[A-Za-z0-9_.-]+)?"
)
_LABEL: Final = "[0-9-]*[A-Za-z_][A-Za-z0-9_-]*[.]?"
#: The last label of a host's name is no number (WHATWG URL, "ends in a number"): no epoch is one.
NAME: Final = rf"(?:[A-Za-z0-9_-]+\.)*{_LABEL}"
DOTTED_NAME: Final = rf"(?:[A-Za-z0-9_-]+\.)+{_LABEL}"
#: A port behind a client, as some write it: `10.1.2.3:4711`, `10.1.2.3/4711`.
_PORT: Final = "(?:[:/][0-9]{1,5})?"
ADDRESS: Final = f"(?:{V4}|{V6})"
#: A client that cannot be taken for another word: an address, or a name with a dot in it.
PLAIN_CLIENT: Final = f"(?:{V4}|{V6}|{DOTTED_NAME}){_PORT}"
#: nginx writes `unix:` for a client at a socket; a dash stands for one that is not known.
CLIENT: Final = f"(?:-|unix:|(?:{V4}|{V6}|{NAME}){_PORT})"
#: What RFC 1413 gives, or a dash; no address, no number, nothing with the colon of a clock or tag.
IDENT: Final = r"(?:-|[0-9.-]*[^ :\[\"0-9.-][^ :\[\"]*)"
USER: Final = r"(?:[^ \[\"]+|\"[^\"]*\")"
#: A user of several words, as it came: none of them is a dash, the first no address or number.
USER_OF_WORDS: Final = r"[0-9.-]*[^ :\[\"0-9.-][^ :\[\"]*(?: (?:[^ \[\"-][^ \[\"]*|-[^ \[\"]+))+"
