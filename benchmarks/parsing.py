"""Every record to Parquet: `logan parse` against DuckDB's CSV reader and a regular expression.

Both write time, client, method, URL, status, bytes and user of every line; logan also takes the URL
apart, brings hosts and users to one form, and says which lines it could not read.
"""

from pathlib import Path

from commands import LOGAN, WORK, output
from measure import GB, MB, Options, Result, a_log, name_size, need_equal, race, read_options
from queries import lines
from rows import rate_and_ratio
from tools import duckdb_version, python_with

#: GB a second, and times as fast as DuckDB.
TARGETS = (0.15, 1)
_OURS, _THEIRS = WORK / "records.parquet", WORK / "records-duckdb.parquet"
_PATTERN = (
    r"^([0-9.]+) +([0-9]+) ([^ ]+) ([A-Z_]+)/([0-9]+) ([0-9]+) ([A-Z]+) "
    r"(?:([a-z]+)://)?([^/:? ]+)(?::([0-9]+))?([^? ]*)(?:\?([^ ]*))? ([^ ]+)"
)
_FIELDS = (
    *("time", "took", "client_ip", "result", "status", "received", "method"),
    *("scheme", "host", "port", "path", "query", "user"),
)


def query(log: Path) -> str:
    """The records that logan writes, as far as one expression can make them."""
    names = ", ".join(f"'{name}'" for name in _FIELDS)
    return f"""COPY (
        SELECT make_timestamp((r.time::DOUBLE * 1e6)::BIGINT) AS time, r.user, r.client_ip,
            r.method, r.scheme, lower(r.host) AS host, TRY_CAST(r.port AS INT) AS port, r.path,
            r.query, r.status::INT AS status, r.received::BIGINT AS bytes_received, r.result
        FROM (SELECT regexp_extract(line, '{_PATTERN}', [{names}]) AS r FROM {lines(log)})
    ) TO '{_THEIRS}' (FORMAT parquet)"""


def race_parse(options: Options) -> list[Result]:
    """The rate, and the ratio."""
    python = python_with("duckdb")
    if python is None:
        raise SystemExit("needs duckdb from PyPI, which could not be installed")
    duck = Path(__file__).with_name("duck.py")
    with a_log("squid", options.size, hit_every=options.hit_every) as log:
        sides = {
            "logan": (*LOGAN, "parse", log, "--quiet", "-o", _OURS),
            "duckdb": (python, duck, query(log)),
        }
        for command in sides.values():
            output(command)
        rows = "SELECT count(*), count(DISTINCT host), count(DISTINCT \"user\") FROM '{}'"
        counted = {
            name: output((python, duck, rows.format(path)))
            for name, path in (("logan", _OURS), ("duckdb", _THEIRS))
        }
        need_equal("records, hosts and users", counted)
        raced = race(sides, options.repeats, before=lambda _: clear())
    clear()
    return rate_and_ratio(
        raced,
        row="parse",
        what=f"`logan parse` of {name_size(options.size)} of Squid log to Parquet",
        size=options.size,
        least=TARGETS,
        wanted="no slower",
        unit="times as fast as DuckDB",
        duckdb=duckdb_version(),
    )


def clear() -> None:
    """Take away what the last run wrote."""
    for path in (_OURS, _THEIRS):
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    given = read_options(__doc__, quick=200 * MB, full=GB)
    for result in race_parse(given):
        given.keep(result)
