"""Invented logs in which what one line means depends on others, for properties of evidence."""

from datetime import UTC, datetime

from hypothesis import strategies as st

LINE = "{:.3f} 5 10.1.2.{} {} {} {} {} HIER_DIRECT/1 -\n"

#: What people ask of several services: uploads and searches that are polled for, results, removals,
#: mentions, look-alikes, lines that are no records, and pages that have nothing to do with it.
ASKED = (
    "POST https://facecheck.id/api/upload_pic",
    "POST https://facecheck.id/api/search",
    "POST https://pimeyes.com/api/search/new",
    "GET https://pimeyes.com/en",
    "POST https://pimeyes.com/api/opt-out-request",
    "GET https://facecheck.id/",
    "GET http://www.google.com/search?q=pimeyes.com",
    "GET http://notpimeyes.com/",
    "GET http://a.example/",
)


@st.composite
def visit_lines(draw: st.DrawFn) -> list[str]:
    """Lines of Squid's own format: tunnels, named and nameless, and the requests inside them.

    People come in two spellings, at shared addresses; some lines have equal times, some are blank
    or broken.
    """
    lines: list[str] = []
    at = 1_704_067_200
    for _ in range(draw(st.integers(1, 30))):
        at += draw(st.sampled_from((0, 1, 9, 61, 2400)))
        client, person = draw(st.integers(1, 3)), draw(st.integers(1, 3))
        user = draw(st.sampled_from((f"u{person}", f"U{person}", f"u{person}", "-")))
        asked = draw(st.sampled_from(ASKED))
        if draw(st.booleans()):
            tunnel = f"CONNECT {asked.split('/')[2]}:443"
            opener = draw(st.sampled_from((user, "-")))
            lines.append(LINE.format(at, client, "NONE_NONE/200", 9, tunnel, opener))
        if draw(st.booleans()):
            size = draw(st.sampled_from((9, 200_000)))
            lines.append(LINE.format(at + 0.1, client, "TCP_MISS/200", size, asked, user))
        lines += draw(st.sampled_from(([], [], [], ["\n"], [f"{at} pimeyes.com broken\n"])))
    return lines


SENSOR_FIELDS = (
    "#Fields: date time c-ip cs-username cs-method cs-uri-scheme cs-host cs-uri-path sc-status\n"
)
SENSOR_LINE = "{:%Y-%m-%d %H:%M:%S} 10.1.2.{} {} {} https {} {} 200\n"
LOOK_UP = (
    "{:%d-%b-%Y %H:%M:%S}.000 queries: info: client @0x7f1 10.1.2.{}#5353 ({host}): "
    "query: {host} IN A +E(0)K (10.0.0.1)\n"
)


@st.composite
def gateway_logs(draw: st.DrawFn) -> dict[str, list[str]]:
    """Logs by the folder of their gateway: a proxy, a sensor and a name server see one network.

    What they log is of the same people, at about the same times.
    """
    sensor, server = [SENSOR_FIELDS], []
    for _ in range(draw(st.integers(0, 12))):
        second = draw(st.sampled_from((0, 1, 2, 9, 60, 70, 2400, 2401)))
        at = datetime.fromtimestamp(1_704_067_200 + second, UTC)
        client, asked = draw(st.integers(1, 3)), draw(st.sampled_from(ASKED))
        user = draw(st.sampled_from(("-", f"u{client}", f"U{client}")))
        method, url = asked.split(" ")
        host, _, path = url.split("//")[1].partition("/")
        sensor.append(SENSOR_LINE.format(at, client, user, method, host, f"/{path}"))
        server.append(LOOK_UP.format(at, client, host=host))
    return {"proxy": draw(visit_lines()), "sensor": sensor, "server": server}
