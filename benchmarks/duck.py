"""Runs one DuckDB query and prints its rows: `python duck.py QUERY`.

Runs in the environment that `tools.python_with("duckdb")` makes, with DuckDB as it is installed but
for the order of rows: nobody asks for it here, and keeping it costs time.
"""

import sys

import duckdb

if __name__ == "__main__":
    duckdb.execute("SET preserve_insertion_order = false")
    answer = duckdb.sql(sys.argv[1])
    for row in () if answer is None else answer.fetchall():
        print(*row, sep="\t")
