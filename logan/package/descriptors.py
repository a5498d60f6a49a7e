"""Descriptions of the tables for programs: Frictionless Data Package, and CSV on the Web.

Both are made from `logan.tables.table_fields`, of the columns that `logan.schema` names.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from logan.schema import tables_of
from logan.tables.table_fields import KEYS, FieldType, TableField, field_of

_TITLES: Final = {
    "hits.csv": "Requests to watched services, one row each",
    "mentions.csv": "Lines that name a watched service elsewhere; never counted as hits",
    "repeats.csv": "Lines that name a watched service and are not counted, and the hit they repeat",
    "users.csv": "Counts by user and service; by address where the log names no user",
    "windows.csv": "Counts by window of local time and service, zeros included",
    "services.csv": "Counts by service",
    "sessions.csv": "Runs of hits of one user on one service",
    "coverage.csv": "Which hours of each gateway have lines at all",
    "sources.csv": "The log files, with where each of their lines went",
    "limits.csv": "What these logs cannot show",
    "rules.csv": "The rules that decided a hit, and on whose word",
    "rejects.csv": "Lines that name a service and could not be parsed",
    "lookalikes.csv": "Hosts that only look like a watched service",
    "match.csv": "How the list of people knows the accounts of hits",
    "units.csv": "Counts by unit and service, with what stands on the register",
    "persons.csv": "Counts by person, whatever the accounts",
    "authorisations_used.csv": "The register of authorisations, with the use of every row",
    "after_event.csv": "Before and after each event, such as a block",
    "people_ambiguous.csv": "Accounts of two persons, and addresses of two accounts, at once",
    "people_used.csv": "Rows of the list of people about accounts that are named here",
    "addresses_used.csv": "Rows of the list of addresses about addresses that are named here",
}
_DATATYPES: Final[Mapping[FieldType, str]] = {
    "string": "string",
    "integer": "integer",
    "boolean": "boolean",
    "datetime": "dateTime",
}


def describe_datapackage(
    outputs: Mapping[str, Mapping[str, Any]], *, with_people: bool
) -> dict[str, Any]:
    """The descriptor of a Data Package; `outputs` are those of the manifest, by file.

    `with_people`: it says of hits what lists of people say.
    """
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "logan-package",
        "resources": [
            _describe_resource(name, columns, outputs[name])
            for name, columns in tables_of(people=with_people).items()
        ],
    }


def _describe_resource(
    name: str, columns: Iterable[str], output: Mapping[str, Any]
) -> dict[str, Any]:
    fields = [(column, field_of(name, column)) for column in columns]
    schema: dict[str, Any] = {
        "fields": [
            {"name": column, "type": field.type, "description": field.meaning}
            for column, field in fields
        ],
        "missingValues": [""],
    }
    if name in KEYS:
        schema["primaryKey"] = list(KEYS[name])
    return {
        "name": name.removesuffix(".csv"),
        "title": _TITLES[name],
        "path": name,
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "header": True},
        "bytes": output["bytes"],
        "hash": f"sha256:{output['sha256']}",
        "schema": schema,
    }


def describe_csvw(*, with_people: bool) -> dict[str, Any]:
    """The metadata of a table group, as CSV on the Web has it (W3C, 17 December 2015)."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dialect": {"encoding": "utf-8", "lineTerminators": ["\r\n"], "header": True},
        "tables": [
            _describe_table(name, columns)
            for name, columns in tables_of(people=with_people).items()
        ],
    }


def _describe_table(name: str, columns: Iterable[str]) -> dict[str, Any]:
    described = [_describe_column(column, field_of(name, column)) for column in columns]
    schema: dict[str, Any] = {"columns": described}
    if name in KEYS:
        schema["primaryKey"] = list(KEYS[name])
    return {"url": name, "dc:title": _TITLES[name], "tableSchema": schema}


def _describe_column(name: str, field: TableField) -> dict[str, Any]:
    return {
        "name": name,
        "titles": name,
        "datatype": _DATATYPES[field.type],
        "dc:description": field.meaning,
        "null": [""],
    }
