"""Who does what in the quarter, in numbers: everything that the truth is planted from."""

from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import quote

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


def moment(month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    """Milliseconds since 1970 of a time in 2024; London keeps UTC until 31 March."""
    return int(datetime(2024, month, day, hour, minute, tzinfo=UTC).timestamp()) * 1000


FIRST_DAY: Final = date(2024, 1, 1)  # a Monday
START, END = moment(1, 1), moment(3, 31)
BLOCKED_FROM: Final = moment(3, 12)
GAP_START, GAP_END = moment(2, 6, 2), moment(2, 6, 7)
#: Squid 4 writes NONE/200 where it sets up a tunnel to look into, Squid 5 NONE_NONE/200.
HQ_UPGRADE: Final = GAP_END
#: From here on the borough gateway writes other columns in another order, in the midst of a file.
BOROUGH_UPGRADE: Final = moment(3, 5, 6)

PIMEYES_HITS: Final = 2_337
PIMEYES_USERS: Final = 41
#: A tunnel that sent more bytes than this may have carried a photo. None is near it: tunnels send
#: what a page needs or what a photo needs, and nothing between.
LARGE: Final = 100_000
PAGE_BYTES: Final = (1_800, 38_000)
PHOTO_BYTES: Final = (210_000, 3_400_000)

SERVICES: Final = {
    "pimeyes": "PimEyes",
    "facecheck": "FaceCheck.ID",
    "clearview": "Clearview AI",
    "lenso": "Lenso.ai",
    "search4faces": "Search4faces",
}

# fmt: off
#: User, hits on PimEyes while it was allowed, hits after the block.
HQ_PLAN: Final = (
    ("d.hargreave", 388, 31), ("s.whitlock", 271, 22), ("m.adeyemi", 214, 0),
    ("j.corrigan", 176, 14), ("p.ravenhill", 143, 12), ("l.tennant", 118, 9),
    ("a.okafor", 97, 8), ("h.brandreth", 84, 0), ("c.mistry", 71, 6), ("t.vasquez", 60, 5),
    ("r.pemberton", 52, 0), ("n.achebe", 45, 4), ("g.lockyer", 39, 0), ("e.sorensen", 33, 3),
    ("b.kowalczyk", 28, 0), ("f.delacroix", 24, 2), ("k.ashdown", 20, 0),
    ("o.fairweather", 17, 0), ("i.macleod", 14, 1), ("v.thackeray", 12, 0), ("w.nakamura", 9, 0),
    ("y.osullivan", 4, 0), ("z.farouk", 3, 0), ("q.bellamy", 2, 0), ("x.drummond", 1, 0),
    ("u.prentice", 0, 1),
)
BOROUGH_PLAN: Final = (
    ("k.osei", 61, 12), ("d.marchetti", 48, 8), ("s.holloway", 37, 6), ("a.bjornstad", 29, 4),
    ("j.quigley", 22, 3), ("m.castellano", 16, 2), ("r.eastwood", 11, 0), ("l.ferreira", 8, 1),
    ("t.abernathy", 5, 0), ("p.zielinski", 3, 0),
)
#: Accounts without a domain, used at both gateways, and still one user each: user, hits at
#: headquarters, hits in the boroughs. One more hit of cid-pool-1 is in `headquarters.odd_bytes`.
SHARED_PLAN: Final = (("cid-pool-1", 0, 7), ("cid-pool-2", 1, 4), ("training07", 1, 2))
#: Names that attack a terminal, a markup renderer and a spreadsheet, in the boroughs.
HOSTILE_PLAN: Final = (
    ("METRO\\\x1b[2J[bold]v.ames[/oops]", 1, 0),
    ("=cmd|'/C'!A0", 0, 1),
)

#: Service, user, visits while PimEyes was allowed, visits after the block.
HQ_OTHER_PLAN: Final = (
    ("facecheck", "d.hargreave", 2, 9), ("facecheck", "s.whitlock", 1, 6),
    ("facecheck", "j.corrigan", 0, 5), ("facecheck", "m.adeyemi", 3, 4),
    ("facecheck", "p1187", 2, 0), ("lenso", "d.hargreave", 0, 4), ("lenso", "l.tennant", 1, 3),
    ("lenso", "p1203", 2, 1), ("search4faces", "p.ravenhill", 2, 2),
    ("search4faces", "p1042", 1, 0),
)
#: Service, host, user, tunnels while PimEyes was allowed, tunnels after the block.
BOROUGH_OTHER_PLAN: Final = (
    ("clearview", "app.clearview.ai", "METRO\\r.castellan", 17, 6),
    ("facecheck", "facecheck.id", "METRO\\k.osei", 2, 7),
    ("facecheck", "facecheck.id", "METRO\\s.holloway", 0, 5),
    ("lenso", "lenso.ai", "METRO\\j.quigley", 3, 4),
    ("lenso", "lenso.ai", "-", 4, 2),
)

#: Bin, kind, service named, URL, how often. Real names stand only where a rule must know them.
HQ_ODDITIES: Final = (
    ("mention", "web search for it", "pimeyes", "https://www.google.com/search?q=pimeyes.com", 6),
    ("mention", "web search for it", "facecheck",
     "https://www.bing.com/search?q=facecheck.id+review", 2),
    ("mention", "redirecting link", "pimeyes",
     "https://www.google.com/url?q=https://pimeyes.com/en&sa=D", 2),
    ("mention", "Safe Links wrapper", "pimeyes",
     "https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fpimeyes.com%2Fen", 3),
    ("mention", "archived copy", "pimeyes",
     "https://web.archive.org/web/20240101000000/https://pimeyes.com/en", 2),
    ("mention", "page in translation", "pimeyes",
     "https://pimeyes-com.translate.goog/en?_x_tr_sl=en&_x_tr_tl=de", 2),
    ("mention", "log line forged in a query", "pimeyes",
     "https://forum.herald.example/post?text=" + quote(
         "1706000000.000     99 10.20.0.10 TCP_MISS/200 512 POST https://pimeyes.com/api/search/new"
         " a.okafor@METRO.TEST HIER_DIRECT/203.0.113.41 application/json", safe=":/@"), 1),
    ("cleared", "look-alike host", "", "http://notpimeyes.com/", 4),
    ("cleared", "look-alike host", "", "http://pimeyes.com.evil.example/login", 3),
    ("cleared", "name before an @", "", "http://pimeyes.com@evil.example/", 2),
    ("cleared", "archived copy of a look-alike", "",
     "https://web.archive.org/web/2024/https://notpimeyes.com/", 1),
    ("unrelated", "name without the domain", "",
     "https://www.herald.example/tech/2024/pimeyes-review", 3),
    ("unrelated", "name without the domain", "",
     "https://www.google.com/search?q=pimeyes+alternative", 3),
)
BOROUGH_LOOKALIKES: Final = (
    ("notpimeyes.com", 2), ("pimeyes.com.evil.example", 1), ("ask.nilenso.ai", 3),
)

#: Hosts of the everyday traffic; none exists (RFC 2606).
SITES: Final = (
    "intranet.metro.example", "www.herald.example", "mail.metro.example", "maps.carto.example",
    "weather.example", "forms.courts.example", "www.rail.example", "cdn.static.example",
    "updates.vendor.example", "training.college.example", "www.council.example",
    "hr.metro.example", "search.example", "video.example", "parts.garage.example",
)
THIRD_PARTIES: Final = ("photos.example", "profiles.social.example", "www.clubnight.example")

#: Everyday lines in each hour of an office day; a weekend has a third.
HQ_BY_HOUR: Final = (
    2, 2, 2, 2, 2, 3, 4, 7, 13, 17, 18, 17, 14, 15, 17, 16, 14, 10, 6, 4, 3, 3, 2, 2,
)
BOROUGH_BY_HOUR: Final = (
    1, 1, 1, 1, 1, 2, 4, 8, 11, 12, 12, 12, 10, 11, 12, 11, 11, 9, 6, 4, 3, 2, 2, 1,
)
#: Hours in which a visit may start, each as often as it is likely.
VISIT_HOURS: Final = (
    7, 8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 11, 12, 13, 13, 14, 14, 14, 15, 15, 16, 16, 17, 18, 19,
    21, 23,
)
# fmt: on
