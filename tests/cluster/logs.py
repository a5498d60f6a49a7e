"""Logs whose lines cannot be read without those before them."""

FIELDS = (
    "#Fields: date time c-ip cs-username cs-method cs-host cs-uri-path\n",
    "#Fields: date time cs-username c-ip cs-method cs-host cs-uri-path\n",
)
ROWS = ("10.1.2.3 ann", "ann 10.1.2.3")


def changing_log() -> str:
    """A log whose columns change often."""
    rows = []
    for day in range(1, 29):
        rows.append(FIELDS[day % 2])
        rows += [
            f"2024-01-{day:02} 10:00:0{at} {ROWS[day % 2]} GET pimeyes.com /en\n" for at in range(5)
        ]
    return "".join(rows)
