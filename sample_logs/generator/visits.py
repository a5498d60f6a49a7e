"""What a sitting at a face-search service asks for, request by request, as its web page does."""

from typing import Final, NamedTuple

from generator.chance import Dice

_HTML, _JSON, _JPEG = "text/html", "application/json", "image/jpeg"
_PAGES: Final = ("/en", "/en", "/en", "/en/faq", "/en/blog/how-it-works")
#: The host as another client or gateway would spell it. All are pimeyes.com.
_SPELLINGS: Final = ("PimEyes.COM", "pimeyes.com.", "pimeyes.com:443", "www.pimeyes.com")
#: In a path, for the day of the visit: a results address carries the day of its search, yymmdd.
TODAY: Final = "{today}"
_LONG_AGO: Final = "231204"


class Request(NamedTuple):
    """One request inside a tunnel; `wait` is in milliseconds after the one before it."""

    kind: str
    activity: str
    method: str
    host: str
    path: str
    mime: str
    size: int
    wait: int


def _page(dice: Dice) -> Request:
    host, kind = "pimeyes.com", "page"
    if dice.chance(4):
        host, kind = dice.pick(_SPELLINGS), "page, its host spelled differently"
    size, wait = dice.between(9_000, 60_000), dice.between(900, 25_000)
    return Request(kind, "page", "GET", host, dice.pick(_PAGES), _HTML, size, wait)


def _form(kind: str, activity: str, path: str, wait: int) -> Request:
    return Request(kind, activity, "GET", "pimeyes.com", path, _HTML, 20_113 + wait % 977, wait)


def _call(dice: Dice, kind: str, activity: str, method: str, path: str) -> Request:
    size, wait = dice.between(300, 900), dice.between(300, 9_000)
    return Request(kind, activity, method, "pimeyes.com", path, _JSON, size, wait)


def _pause(dice: Dice, request: Request) -> Request:
    """The request after minutes of something else: never so long that the visit is two."""
    return request._replace(wait=dice.between(2_000, 420_000))


def _results(dice: Dice, search_day: str) -> list[Request]:
    """A results page, the calls that fill it, its thumbnails, sometimes a result opened."""
    key = f"{dice.hexadecimal(3)}_{search_day}{dice.hexadecimal(6)}"
    path = f"/en/results/{key}?query={dice.hexadecimal(16)}"
    host = f"jsc{dice.between(1, 15)}.pimeyes.com"
    made = [_form("results page", "results", path, dice.between(500, 4_000))]
    for _ in range(dice.between(1, 3)):
        size, wait = dice.between(2_000, 90_000), dice.between(400, 3_000)
        made.append(
            Request("results call", "poll", "POST", host, "/get_results", _JSON, size, wait)
        )
    for _ in range(dice.between(1, 7)):
        size, wait, path = dice.between(2_000, 9_000), dice.between(20, 400), dice.hexadecimal(40)
        made.append(Request("thumbnail", "asset", "GET", host, f"/proxy/{path}", _JPEG, size, wait))
    if dice.chance(25):
        path = f"/redirect/{dice.hexadecimal(24)}"
        made.append(Request("result opened", "click_out", "GET", host, path, _HTML, 512, 6_400))
    return made


def _search(dice: Dice) -> list[Request]:
    """An upload and the search on it; now and then no face is found, and no search follows."""
    upload = _call(dice, "upload", "upload", "POST", "/api/upload/file")
    made = [_pause(dice, upload) if dice.chance(30) else upload]
    if dice.chance(12):
        return made
    if dice.chance(30):
        made.append(_call(dice, "counter", "poll", "GET", "/api/search/info"))
    made.append(_call(dice, "search", "search", "POST", "/api/search/new"))
    return made + _results(dice, TODAY)


def _log_on(dice: Dice) -> list[Request]:
    return [
        _form("log-on", "account", "/en/login", 2_000),
        _call(dice, "log-on", "account", "POST", "/api/login/login-form"),
        _call(dice, "counter", "poll", "GET", "/api/premium-token/status"),
    ]


def pimeyes(dice: Dice) -> list[Request]:
    """One sitting: an old results link, a look around, or searches with or without a log-on."""
    throw = dice.between(1, 100)
    if throw <= 15:
        return _results(dice, _LONG_AGO)
    if throw <= 30:
        return [_page(dice) for _ in range(dice.between(1, 3))]
    if throw <= 38:
        return [_page(dice), _form("prices", "payment", "/en/premium", dice.between(2_000, 9_000))]
    made = [_page(dice)] + (_log_on(dice) if throw > 85 else [])
    for _ in range(dice.between(1, 3)):
        made += _search(dice)
    return made


def opt_out(_: Dice) -> list[Request]:
    """A request to be left out of the results: the form opened, and the form sent."""
    form = _form("opt-out form opened", "opt_out", "/en/opt-out-request-form", 4_000)
    return [form, form._replace(kind="opt-out form sent", method="POST", wait=95_000)]


def mail_link(dice: Dice) -> list[Request]:
    """A link in a mail from PimEyes, and the page it leads to."""
    path = f"/c/{dice.hexadecimal(20)}"
    link = Request(
        "link in its mail", "email_link", "GET", "email.mg.pimeyes.com", path, _HTML, 310, 900
    )
    return [link, _page(dice)]


def attempts(dice: Dice) -> list[Request]:
    """What is tried after the block: a page again and again, or an old results link."""
    asked = _page(dice) if dice.chance(80) else _results(dice, _LONG_AGO)[0]
    return [_pause(dice, asked) for _ in range(dice.between(1, 4))]


#: Activity, method and path of a whole visit to each of the other services.
_OTHERS: Final = {
    "facecheck": (
        "facecheck.id",
        ("page GET /", "upload POST /api/upload_pic", "search POST /api/search"),
    ),
    "lenso": (
        "lenso.ai",
        (
            "page GET /en/page/face-search",
            "upload POST /api/upload",
            "search POST /api/search",
            "results GET /en/results/",
        ),
    ),
    "search4faces": (
        "search4faces.com",
        (
            "page GET /en/vk01/index.html",
            "upload POST /assets/php/upload.php",
            "search POST /assets/php/detect.php",
        ),
    ),
}


def other(dice: Dice, service: str) -> list[Request]:
    """A visit to another service: a page, an upload, a search and what it has of results."""
    host, steps = _OTHERS[service]
    made = []
    for activity, method, path in (step.split() for step in steps):
        mime, wait = (_JSON if method == "POST" else _HTML), dice.between(1_500, 20_000)
        whole = path + dice.hexadecimal(18) if activity == "results" else path
        made.append(
            Request(activity, activity, method, host, whole, mime, 6_000 + wait % 977, wait)
        )
    return made
