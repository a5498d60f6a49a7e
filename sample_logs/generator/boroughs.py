"""The gateway of the boroughs: it passes TLS on untouched, and logs local time without a zone."""

from collections.abc import Iterator

from generator.chance import Diary, Dice, everyday
from generator.lines import (
    BLANK,
    BOROUGH_STAFF,
    CHALLENGED,
    CUT,
    DENIED,
    EVERYDAY,
    FETCHED,
    JUNK,
    PASSED,
    PLAIN,
    TUNNEL,
    Fact,
    Line,
    Person,
    borough_person,
    clock,
    header,
    w3c,
)
from generator.plan import (
    BLOCKED_FROM,
    BOROUGH_BY_HOUR,
    BOROUGH_LOOKALIKES,
    BOROUGH_OTHER_PLAN,
    BOROUGH_PLAN,
    BOROUGH_UPGRADE,
    HOSTILE_PLAN,
    PAGE_BYTES,
    PHOTO_BYTES,
    SHARED_PLAN,
    SITES,
    moment,
)


def _tunnel(dice: Dice, at: int, who: Person, host: str, service: str, *, sent: int) -> Line:
    """A tunnel to a service: allowed or, to PimEyes after the block, denied."""
    blocked = service == "pimeyes" and at >= BLOCKED_FROM
    sent, received = (0, 3_912) if blocked else (sent, dice.between(9_000, 900_000))
    place = "jscN.pimeyes.com" if host.startswith("jsc") else host
    action = "blocked" if blocked else "allowed"
    user = "" if who.user == "-" else who.user
    fact = Fact("hit", f"tunnel to {place}", service, user, "contact", action, "connect", sent)
    outcome = DENIED if blocked else PASSED
    return Line(at, w3c(at, who, host, TUNNEL, outcome, sent=sent, received=received), fact)


def _visit(dice: Dice, who: Person, at: int, hits: int) -> Iterator[Line]:
    """The tunnels of one sitting, at most `hits` of them, behind a challenge now and then."""
    upload = dice.chance(55)
    hosts = ["pimeyes.com"] * dice.between(1, 2)
    if upload or dice.chance(15):
        hosts += [f"jsc{dice.between(1, 15)}.pimeyes.com"] * dice.between(1, 2)
    if dice.chance(25):
        text = w3c(at, who.unknown, "pimeyes.com", TUNNEL, CHALLENGED, sent=240, received=4_100)
        yield Line(at, text, Fact("repeat", "407 challenge", "pimeyes"))
    if hits > len(hosts) and dice.chance(12):
        yield _plain(at, who)
    for position, host in enumerate(hosts[:hits]):
        at += dice.between(1_000, 50_000)
        photo = upload and position == 0
        sent = dice.between(*(PHOTO_BYTES if photo else PAGE_BYTES))
        yield _tunnel(dice, at, who, host, "pimeyes", sent=sent)


def _plain(at: int, who: Person) -> Line:
    """The name typed without https: one plain request, answered with a redirect."""
    moved = FETCHED | {"sc-status": "301", "cs-uri-path": "/"}
    text = w3c(at, who, "pimeyes.com", PLAIN, moved, sent=410, received=560)
    fact = Fact("hit", "page, plain HTTP", "pimeyes", who.user, "asset", "allowed", "url")
    return Line(at, text, fact)


def _denied_visit(dice: Dice, who: Person, at: int, hits: int) -> Iterator[Line]:
    for _ in range(min(hits, dice.between(1, 3))):
        yield _tunnel(dice, at, who, "pimeyes.com", "pimeyes", sent=0)
        at += dice.between(2_000, 30_000)


def _pimeyes(dice: Dice) -> Iterator[Line]:
    """Visits for every user until the planned number of hits is reached."""
    diary = Diary(dice)
    planned = [(f"METRO\\{name}", allowed, blocked) for name, allowed, blocked in BOROUGH_PLAN]
    planned += [(name, hits, 0) for name, _, hits in SHARED_PLAN]
    planned += HOSTILE_PLAN
    for number, (user, allowed, blocked) in enumerate(planned):
        who = borough_person(user, number)
        for make, hits, after_block in ((_visit, allowed, False), (_denied_visit, blocked, True)):
            while hits:
                start = diary.start(user, after_block=after_block)
                lines = list(make(dice, who, start, hits))
                hits -= sum(line.fact.bin == "hit" for line in lines)
                yield from lines


def _others(dice: Dice) -> Iterator[Line]:
    diary = Diary(dice)
    for number, (service, host, user, before, after) in enumerate(BOROUGH_OTHER_PLAN):
        who = borough_person(user, 160 + number)
        for after_block in [False] * before + [True] * after:
            at = diary.start(user, after_block=after_block)
            sent = dice.between(*(PHOTO_BYTES if dice.chance(70) else PAGE_BYTES))
            yield _tunnel(dice, at, who, host, service, sent=sent)


def _oddities(dice: Dice) -> Iterator[Line]:
    """Look-alikes, and two searches for the name over plain HTTP."""
    diary = Diary(dice)
    for host, count in BOROUGH_LOOKALIKES:
        for _ in range(count):
            who = dice.pick(BOROUGH_STAFF)
            at = diary.start(who.user, after_block=False)
            text = w3c(at, who, host, TUNNEL, PASSED, sent=3_100, received=52_000)
            yield Line(at, text, Fact("cleared", "look-alike host"))
    asked = FETCHED | {"cs-uri-path": "/find", "cs-uri-query": "?q=pimeyes.com"}
    for _ in range(2):
        who = dice.pick(BOROUGH_STAFF)
        at = diary.start(who.user, after_block=True)
        text = w3c(at, who, "search.example", PLAIN, asked, sent=420, received=9_000)
        yield Line(at, text, Fact("mention", "web search for it", "pimeyes", who.user))


def _breakage() -> Iterator[Line]:
    """Headers within files (two restarts and the upgrade), cut lines, a bad date, junk, blanks."""
    for at in (moment(2, 8, 4, 10), BOROUGH_UPGRADE, moment(3, 20, 3, 30)):
        yield from header(at)
    for at in (moment(1, 23, 14, 5), moment(2, 20, 14, 5)):
        cut = f"{clock(at)} 412 10.60.0.10 METRO\\k.osei CONNECT tcp pimeyes.com"
        yield Line(at, cut.encode(), CUT)
    at = moment(2, 29, 9, 30)
    text = w3c(at, BOROUGH_STAFF[0], "pimeyes.com", TUNNEL, PASSED, sent=2_200, received=31_000)
    impossible = text.replace(b"2024-02-29", b"2024-02-30")
    yield Line(at, impossible, Fact("rejected", "date that does not exist", "pimeyes"))
    yield Line(moment(1, 30, 8), b"*** log partition 91% full ***", JUNK)
    yield Line(moment(3, 19, 8), b"\0\0\0\0\0\0\0\0 2024-03-19", JUNK)
    for at in (moment(1, 12, 6), moment(2, 22, 6), moment(3, 28, 6)):
        yield Line(at, b"", BLANK)


def _everyday(dice: Dice) -> Iterator[Line]:
    for at in everyday(dice, BOROUGH_BY_HOUR, range(0)):
        who, host, throw = dice.pick(BOROUGH_STAFF), dice.pick(SITES), dice.between(1, 100)
        parts = (TUNNEL, PASSED)
        if throw <= 3:
            who, parts = who.unknown, (TUNNEL, CHALLENGED)
        elif throw <= 5:
            host, parts = "www.bets.example", (TUNNEL, DENIED | {"cs-categories": "Gambling"})
        elif throw <= 10:
            parts = (PLAIN, FETCHED | {"cs-uri-path": f"/{dice.hexadecimal(6)}"})
        sent, received = dice.between(900, 40_000), dice.between(2_000, 900_000)
        yield Line(at, w3c(at, who, host, *parts, sent=sent, received=received), EVERYDAY)


def borough_lines() -> Iterator[Line]:
    """All lines of the quarter but the headers of the files, in no order."""
    yield from _pimeyes(Dice(21))
    yield from _others(Dice(22))
    yield from _oddities(Dice(23))
    yield from _everyday(Dice(24))
    yield from _breakage()
