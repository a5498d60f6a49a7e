"""The gateway at headquarters: a Squid that looks into TLS, so that it logs whole addresses."""

from collections.abc import Iterator
from typing import Final

from generator import visits
from generator.chance import Diary, Dice, everyday
from generator.lines import (
    BLANK,
    CUT,
    EVERYDAY,
    HQ_STAFF,
    JUNK,
    Fact,
    Line,
    Person,
    Reply,
    clock,
    hq_person,
    squid,
)
from generator.plan import (
    BLOCKED_FROM,
    DAY,
    GAP_END,
    GAP_START,
    HOUR,
    HQ_BY_HOUR,
    HQ_ODDITIES,
    HQ_OTHER_PLAN,
    HQ_PLAN,
    HQ_UPGRADE,
    MINUTE,
    SECOND,
    SHARED_PLAN,
    SITES,
    START,
    THIRD_PARTIES,
    moment,
)
from generator.visits import TODAY, Request

#: A tunnel unused for longer is closed; the next request sets up another.
_IDLE: Final = MINUTE
_BY_NAME: Final = {who.user.partition("@")[0]: who for who in HQ_STAFF}
_SHARED: Final = [hq_person(name, 200 + n) for n, (name, _, _) in enumerate(SHARED_PLAN)]
_FIRST_VISIT: Final = {
    "s.whitlock": visits.opt_out,
    "a.okafor": visits.opt_out,
    "d.hargreave": visits.mail_link,
    "m.adeyemi": visits.mail_link,
}


def _plain_host(host: str) -> str:
    return host.lower().removesuffix(":443").removesuffix(".")


def _set_up(at: int, who: Person, host: str, fact: Fact) -> Line:
    """The CONNECT that Squid logs before it looks into the tunnel and logs what is inside."""
    code = "NONE/200" if at < HQ_UPGRADE else "NONE_NONE/200"
    return Line(at, squid(at, who, "CONNECT", f"{host}:443", Reply(code)), fact)


def _challenge(at: int, who: Person, host: str, fact: Fact) -> Line:
    reply = Reply("TCP_DENIED/407", 4_117, "text/html")
    return Line(at, squid(at, who.unknown, "CONNECT", f"{host}:443", reply), fact)


def _inner(at: int, who: Person, request: Request, service: str) -> Line:
    """A request inside a tunnel: allowed or, to PimEyes after the block, denied."""
    blocked = service == "pimeyes" and at >= BLOCKED_FROM
    action = "blocked" if blocked else "allowed"
    fact = Fact("hit", request.kind, service, who.user, request.activity, action, "url")
    reply = Reply("TCP_DENIED/403", 3_986, "text/html")
    if not blocked:
        peer = "HIER_DIRECT/203.0.113.41"
        reply = Reply("TCP_MISS/200", request.size, request.mime, peer, at % 900)
    referrer = "-" if request.activity == "page" else f"https://{_plain_host(request.host)}/"
    today = clock(at)[2:10].replace("-", "")
    url = f"https://{request.host}{request.path.replace(TODAY, today)}"
    return Line(at, squid(at, who, request.method, url, reply, referrer=referrer), fact)


def _visit(dice: Dice, who: Person, at: int, requests: list[Request], service: str) -> list[Line]:
    """The lines of one sitting: challenges, tunnels set up, the requests, what they lead to."""
    lines: list[Line] = []
    last_use: dict[str, int] = {}
    for _ in range(dice.between(1, 2) if dice.chance(30) else 0):
        fact = Fact("repeat", "407 challenge", service)
        lines.append(_challenge(at, who, _plain_host(requests[0].host), fact))
        at += dice.between(200, 900)
    for request in requests:
        at += request.wait
        host = _plain_host(request.host)
        if at - last_use.get(host, 0) > _IDLE:
            lines.append(_set_up(at - 180, who, host, Fact("repeat", "tunnel set-up", service)))
        last_use[host] = at
        lines += [_inner(at, who, request, service), *_led_to(dice, who, at, request)]
    return lines


def _led_to(dice: Dice, who: Person, at: int, request: Request) -> Iterator[Line]:
    """A request to a third party that only its referrer ties to PimEyes."""
    if request.activity == "click_out":
        kind, host = "source page of a result", dice.pick(THIRD_PARTIES)
    elif request.kind == "page" and at < BLOCKED_FROM and dice.chance(10):
        kind, host = "script on its pages", "consent.banner.example"
    else:
        return
    at += 700
    yield _set_up(at - 200, who, host, EVERYDAY)
    url = f"https://{host}/{dice.hexadecimal(10)}"
    reply = Reply("TCP_MISS/200", 18_220, "text/html", "HIER_DIRECT/198.51.100.77")
    text = squid(at, who, "GET", url, reply, referrer="https://pimeyes.com/")
    yield Line(at, text, Fact("mention", kind, "pimeyes", who.user))


def _pimeyes(dice: Dice) -> Iterator[Line]:
    """Visits for every user until the planned number of hits is reached, the last one cut short."""
    diary = Diary(dice)
    planned = [(_BY_NAME[name], allowed, blocked) for name, allowed, blocked in HQ_PLAN]
    planned += [(who, hits, 0) for who, (_, hits, _) in zip(_SHARED, SHARED_PLAN, strict=True)]
    for who, allowed, blocked in planned:
        make = _FIRST_VISIT.get(who.user.partition("@")[0], visits.pimeyes)
        while allowed:
            requests, make = make(dice)[:allowed], visits.pimeyes
            allowed -= len(requests)
            start = diary.start(who.user, after_block=False)
            yield from _visit(dice, who, start, requests, "pimeyes")
        while blocked:
            requests = visits.attempts(dice)[:blocked]
            blocked -= len(requests)
            start = diary.start(who.user, after_block=True)
            yield from _visit(dice, who, start, requests, "pimeyes")


def _others(dice: Dice) -> Iterator[Line]:
    diary = Diary(dice)
    for service, name, before, after in HQ_OTHER_PLAN:
        for after_block in [False] * before + [True] * after:
            start = diary.start(name, after_block=after_block)
            requests = visits.other(dice, service)
            yield from _visit(dice, _BY_NAME[name], start, requests, service)


def _oddities(dice: Dice) -> Iterator[Line]:
    """Mentions and look-alikes."""
    diary = Diary(dice)
    for bin_, kind, service, url, count in HQ_ODDITIES:
        for _ in range(count):
            who = dice.pick(HQ_STAFF)
            at = diary.start(who.user, after_block=dice.chance(20))
            peer = "HIER_DIRECT/198.51.100.20"
            reply = Reply("TCP_MISS/200", dice.between(4_000, 90_000), "text/html", peer, at % 700)
            fact = Fact(bin_, kind, service, who.user if service else "")
            yield Line(at, squid(at, who, "GET", url, reply), fact)


def _breakage() -> Iterator[Line]:
    """The crash that begins the gap, the restart that ends it, and damage elsewhere."""
    log = b"2024/02/06 07:00:01 kid1| "
    yield _cut(GAP_START - 4 * SECOND, "TCP_MISS/200 18222 GET https://pimeyes.com/en/resul")
    yield Line(GAP_END, b"\0" * 64, JUNK)
    yield Line(GAP_END, log + b"Starting Squid Cache version 5.7 for x86_64-pc-linux-gnu...", JUNK)
    yield Line(GAP_END, log + b"Service Name: squid", JUNK)
    yield _cut(moment(1, 18, 10), "TCP_MISS/200 9120 POST https://pimeyes.com/api/sear")
    yield _cut(moment(2, 28, 10), "TCP_MISS/200 77 GET https://pimeyes.com")
    at = moment(2, 10, 15)
    whole = squid(at, HQ_STAFF[6], "GET", "https://pimeyes.com/en", Reply("TCP_MISS/200", 20_440))
    letter_o = b"17O7" + whole[4:]
    yield Line(at, letter_o, Fact("rejected", "stamp that is no number", "pimeyes"))
    yield Line(moment(2, 19, 15), b"\xff\xfe\x80 \xc3\x28 junk \xed\xa0\x80", JUNK)
    yield Line(moment(2, 21, 15), b"1708527600.000     40 10.20.0.31 TCP_MI", JUNK)
    for day in (3, 25, 87):
        yield Line(START + day * DAY + 12 * HOUR, b"", BLANK)


def _cut(at: int, rest: str) -> Line:
    return Line(at, f"{at // 1000}.250    231 10.20.0.12 {rest}".encode(), CUT)


def odd_bytes() -> Iterator[Line]:
    """Whole records with bytes that mislead: line ends that are none, and a name not in UTF-8."""
    at = moment(1, 9, 11, 20)
    who = HQ_STAFF[40]._replace(agent="Tool/1.0 \x0b \x0c \x1c \x85 \u2028 end")
    yield Line(at, squid(at, who, "GET", "http://tools.example/", Reply("TCP_MISS/200")), EVERYDAY)
    at = moment(2, 15, 16, 40)
    request = Request("page", "page", "GET", "pimeyes.com", "/en", "text/html", 21_300, 0)
    yield _set_up(at - 180, _SHARED[0], "pimeyes.com", Fact("repeat", "tunnel set-up", "pimeyes"))
    line = _inner(at, _SHARED[0], request, "pimeyes")
    yield line._replace(text=line.text.replace(b"Windows", b"F\xe4ll\xff"))


_CODES: Final = ("TCP_MISS/200", "TCP_MISS/200", "TCP_HIT/200", "TCP_MISS/304", "TCP_MISS/404")
_FOLDERS: Final = ("/", "/news/", "/api/", "/img/")
_MIMES: Final = ("text/html", "application/json", "image/png")


def _everyday(dice: Dice) -> Iterator[Line]:
    for at in everyday(dice, HQ_BY_HOUR, range(GAP_START, GAP_END)):
        who, host, throw = dice.pick(HQ_STAFF), dice.pick(SITES), dice.between(1, 100)
        if throw <= 20:
            yield _set_up(at, who, host, EVERYDAY)
        elif throw <= 23:
            yield _challenge(at, who, host, EVERYDAY)
        else:
            url = f"https://{host}{dice.pick(_FOLDERS)}{dice.hexadecimal(dice.between(0, 8))}"
            peer, size = f"HIER_DIRECT/192.0.2.{dice.between(1, 250)}", dice.between(200, 90_000)
            reply = Reply(dice.pick(_CODES), size, dice.pick(_MIMES), peer, dice.between(1, 900))
            yield Line(at, squid(at, who, "POST" if throw > 93 else "GET", url, reply), EVERYDAY)


def headquarters_lines() -> Iterator[Line]:
    """All lines of the quarter, in no order."""
    yield from _pimeyes(Dice(11))
    yield from _others(Dice(12))
    yield from _oddities(Dice(13))
    yield from _everyday(Dice(14))
    yield from _breakage()
    yield from odd_bytes()
