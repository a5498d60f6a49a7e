"""Runs one DuckDB query with the defaults but for what is said here; the peer of several scripts.

`python duck.py QUERY`, in the environment that `tools.python_with("duckdb")` makes.
"""

import sys

import duckdb

if __name__ == "__main__":
    # Order of rows is nobody's question here, and keeping it costs DuckDB time.
    duckdb.execute("SET preserve_insertion_order = false")
    for row in duckdb.sql(sys.argv[1]).fetchall() if sys.argv[2:] != ["silent"] else ():
        print(*row, sep="\t")
