"""What the keys of a mapping file mean together, and whether its samples come out as they say."""

import re
from datetime import datetime
from typing import Any

import polars as pl

from logan.config.shape import Entry, Report
from logan.errors import UsageError
from logan.formats.custom.mapping_language import columns_of_log, sources
from logan.formats.detect.detection import detect
from logan.formats.detect.head import head_of
from logan.formats.engine.format import Format
from logan.formats.engine.table import raw
from logan.records import canonical
from logan.runtime.zones import require_zone
from logan.schema import LINE


def check_mapping(entry: Entry, report: Report) -> None:
    """What the keys mean together."""
    values, kind = entry.values, entry.values["lines"]
    columns = columns_of_log(values["columns"])
    for key, kinds in (
        ("names", ("csv", "tsv", "words")),
        ("separator", ("csv", "key-value")),
        ("pattern", ("regex",)),
    ):
        if key in values and kind not in kinds:
            report.add(entry.line_of(key), f"`{key}` means nothing for `lines: {kind}`", "Drop it.")
    if kind == "regex" and "pattern" not in values:
        report.add(entry.line_of("lines"), "`lines: regex` needs `pattern`")
    if kind == "words" and "names" not in values:
        report.add(entry.line_of("lines"), "`lines: words` needs `names`", "List every word.")
    if not {"host", "url"} & set(columns):
        advice = "Without the requested host a log cannot show visits."
        report.add(values["columns"].line, "neither `host` nor `url` is mapped", advice)
    _check_fields(entry, report)
    _check_zone(columns["time"], report)


def _check_fields(entry: Entry, report: Report) -> None:
    """That the fields exist, where the file itself says which there are."""
    values = entry.values
    if "pattern" in values and values["lines"] == "regex":
        known = tuple(re.findall(r"\(\?P<([^>]+)>", values["pattern"]))
        where = "the pattern has no group"
    elif "names" in values:
        known, where = values["names"], "`names` has no"
    else:
        return
    apart = [values[key] for key in ("evidence", "tunnels") if isinstance(values.get(key), Entry)]
    found = [
        (name, _line(one))
        for one in (*columns_of_log(values["columns"]).values(), *apart)
        for name in _fields(one)
    ]
    found += [(name, entry.line_of("needs")) for name in values.get("needs", {})]
    for name, line in found:
        if name not in known:
            advice = "There are: " + ", ".join(known) + "."
            report.add(line, f"{where} `{name[:60]}`", advice)


def _fields(entry: Entry) -> list[str]:
    return [name for names in sources(entry) for name in names]


def _line(entry: Entry) -> int:
    """Where an entry names its fields."""
    return entry.line_of("from" if "from" in entry.values else "join")


def _check_zone(time: Entry, report: Report) -> None:
    zone = time.values.get("zone")
    try:
        if zone is not None:
            require_zone(zone)
    except UsageError:
        advice = "Write a name such as Europe/London, or +01:00."
        report.add(time.line_of("zone"), f"`zone: {zone}` is no time zone", advice)


def check_samples(form: Format, entry: Entry, report: Report) -> None:
    """That every sample comes out as it says."""
    for sample in entry.values["samples"]:
        line, wanted = sample.values["line"], sample.values["record"].values
        record, fault = read_sample(form, line)
        if record is None:
            report.add(sample.line_of("line"), f"the sample is not read: {fault}")
            continue
        for name, value in wanted.items():
            found = _written(record[name])
            if found != value:
                place = sample.values["record"].line_of(name)
                report.add(place, f"the sample's `{name}` comes out as {found!r}, not {value!r}")


def check_near_misses(form: Format, entry: Entry, report: Report) -> None:
    """That what is said to be something else is refused."""
    for line in form.near_misses:
        if read_sample(form, line)[0] is not None:
            message = f"the near miss is read as a record: {line[:60]}"
            report.add(entry.line_of("near_misses"), message, "Ask more of a record in `needs`.")


def read_sample(form: Format, line: str) -> tuple[dict[str, Any] | None, str]:
    """The canonical record of a sample (a header may stand above it), or why there is none."""
    head = head_of(line.encode(), whole=True)
    verdict = detect(head, (form,), named=True)
    if verdict.best is None:
        return None, verdict.explanation or "it does not fit"
    frame = pl.DataFrame({"source": [0], "line": [1], "text": [head.lines[-1]]}, schema=LINE)
    layout = verdict.best.layout
    (row,) = canonical.records(raw(frame, form, layout), zone=layout.zone).to_dicts()
    return (None, row["reason"]) if row["reason"] else (row, "")


def _written(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return None if value is None else str(value)
