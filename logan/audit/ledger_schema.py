"""The tables of the ledger, as SQLite makes them.

A column of the type INSTANT holds microseconds since 1970, UTC; one of the type DOCUMENT, JSON.
"""

from typing import Final

#: Raised whenever an older logan could misread what a newer one wrote.
VERSION: Final = 6

_TABLES: Final = """
CREATE TABLE rules (
  id INTEGER PRIMARY KEY, version TEXT NOT NULL, sha256 TEXT NOT NULL UNIQUE);
CREATE TABLE rule_file (
  rules_id INTEGER NOT NULL REFERENCES rules, position INTEGER NOT NULL, name TEXT NOT NULL,
  content BLOB NOT NULL, PRIMARY KEY (rules_id, position)) WITHOUT ROWID;
CREATE TABLE run (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, start INSTANT NOT NULL, end INSTANT,
  version TEXT NOT NULL, rules_id INTEGER NOT NULL REFERENCES rules, config_sha256 TEXT NOT NULL,
  complete INTEGER, why DOCUMENT, new_hits INTEGER NOT NULL, seen INSTANT,
  previous_sha256 TEXT, sha256 TEXT);
CREATE TABLE stream (
  id INTEGER PRIMARY KEY, gateway TEXT NOT NULL, path TEXT NOT NULL, first_path TEXT NOT NULL,
  format TEXT, zone TEXT NOT NULL, recognition TEXT NOT NULL, directives DOCUMENT NOT NULL,
  length INTEGER NOT NULL, lines INTEGER NOT NULL, unfinished INTEGER NOT NULL,
  first_time INSTANT, last_time INSTANT, first_run INTEGER NOT NULL REFERENCES run,
  seen_run INTEGER NOT NULL REFERENCES run, read_as TEXT NOT NULL DEFAULT '', damage TEXT);
CREATE INDEX stream_by_gateway ON stream (gateway, last_time);
CREATE TABLE beginning (
  bytes INTEGER NOT NULL, crc32 INTEGER NOT NULL, stream INTEGER NOT NULL REFERENCES stream,
  last INTEGER NOT NULL, PRIMARY KEY (bytes, crc32, last, stream)) WITHOUT ROWID;
CREATE TABLE prefix (
  stream INTEGER NOT NULL REFERENCES stream, from_byte INTEGER NOT NULL, length INTEGER NOT NULL,
  sha256 TEXT NOT NULL, next_line_sha256 TEXT, run INTEGER NOT NULL REFERENCES run,
  PRIMARY KEY (stream, length, from_byte)) WITHOUT ROWID;
CREATE TABLE segment (
  id INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES stream,
  run INTEGER NOT NULL REFERENCES run, rules_id INTEGER NOT NULL REFERENCES rules,
  from_line INTEGER NOT NULL, to_line INTEGER NOT NULL,
  from_byte INTEGER NOT NULL, to_byte INTEGER NOT NULL, sha256 TEXT NOT NULL,
  bins DOCUMENT NOT NULL, source DOCUMENT NOT NULL, first_time INSTANT, last_time INSTANT,
  counted_by INTEGER REFERENCES run, superseded_by INTEGER REFERENCES segment);
CREATE INDEX segment_by_stream ON segment (stream, from_byte);
CREATE INDEX segment_superseded ON segment (superseded_by) WHERE superseded_by IS NOT NULL;
CREATE INDEX segment_not_counted ON segment (id) WHERE counted_by IS NULL;
CREATE TABLE rows (
  segment INTEGER NOT NULL REFERENCES segment, kind TEXT NOT NULL, height INTEGER NOT NULL,
  first_time INSTANT, last_time INSTANT, content BLOB NOT NULL, PRIMARY KEY (segment, kind));
CREATE INDEX rows_by_time ON rows (kind, last_time, first_time, height, segment);
CREATE TABLE place (
  path TEXT PRIMARY KEY, device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL, gateway TEXT NOT NULL, stream INTEGER REFERENCES stream,
  length INTEGER NOT NULL, waiting INTEGER NOT NULL, since INSTANT NOT NULL, tail_sha256 TEXT,
  failure TEXT, run INTEGER NOT NULL REFERENCES run, member DOCUMENT NOT NULL DEFAULT '[]',
  packed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX place_by_file ON place (device, inode);
CREATE TABLE hour (
  gateway TEXT NOT NULL, hour INTEGER NOT NULL, rules_id INTEGER NOT NULL REFERENCES rules,
  PRIMARY KEY (gateway, hour, rules_id)) WITHOUT ROWID;
CREATE TABLE count (
  gateway TEXT NOT NULL, window TEXT NOT NULL, service TEXT NOT NULL, measure TEXT NOT NULL,
  value INTEGER NOT NULL, PRIMARY KEY (gateway, window, service, measure)) WITHOUT ROWID;
CREATE INDEX count_by_measure ON count (measure, service, gateway, value);
CREATE TABLE notice (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, about TEXT NOT NULL,
  run INTEGER NOT NULL REFERENCES run, gateway TEXT, text TEXT NOT NULL, names DOCUMENT,
  first_time INSTANT, last_time INSTANT, made INSTANT NOT NULL);
CREATE TABLE delivery (
  notice INTEGER NOT NULL REFERENCES notice, recipient TEXT NOT NULL, delivered INSTANT,
  failure TEXT, PRIMARY KEY (notice, recipient)) WITHOUT ROWID;
CREATE TABLE hold (
  reference TEXT NOT NULL, user TEXT, until TEXT, purge INTEGER NOT NULL REFERENCES purge);
CREATE TABLE purge (
  id INTEGER PRIMARY KEY, made INSTANT NOT NULL, before INSTANT NOT NULL, rows INTEGER NOT NULL,
  setting TEXT NOT NULL);
CREATE TABLE package (
  id INTEGER PRIMARY KEY, made INSTANT NOT NULL, start INSTANT NOT NULL, end INSTANT NOT NULL,
  lines DOCUMENT NOT NULL, manifest_sha256 TEXT NOT NULL);
"""
_RECOUNT: Final = """CREATE TABLE recount (
  run INTEGER PRIMARY KEY REFERENCES run, began INSTANT NOT NULL, findings INTEGER NOT NULL,
  ended INSTANT)"""
#: A ledger of 10,000 logs is else read through for each new one.
_BEGINNINGS: Final = "CREATE INDEX beginning_by_stream ON beginning (stream)"
SCHEMA: Final = f"{_TABLES}{_RECOUNT};\n{_BEGINNINGS};\n"
#: Of what is not its own text the name has to say so; the next look at it knows.
_PACKED: Final = (
    "UPDATE place SET packed = 1 WHERE tail_sha256 IS NULL AND length > 0 AND (path LIKE '%.gz' "
    "OR path LIKE '%.xz' OR path LIKE '%.zst' OR path LIKE '%.bz2' OR path LIKE '%.lzma')"
)
#: What the last run said of damaged files that had all of their streams.
_DAMAGE: Final = (
    "UPDATE stream SET damage = (SELECT failure FROM place WHERE place.stream = stream.id "
    "AND place.length = stream.length AND (failure LIKE '%data is damaged in member%' "
    "OR failure LIKE '%data ends in the middle of member%'))"
)
#: What brings a ledger of each older version up to the next one.
UPGRADES: Final = {
    1: ("ALTER TABLE place ADD COLUMN member DOCUMENT NOT NULL DEFAULT '[]'",),
    2: (_RECOUNT, _BEGINNINGS),
    3: ("ALTER TABLE place ADD COLUMN packed INTEGER NOT NULL DEFAULT 0", _PACKED),
    4: ("ALTER TABLE stream ADD COLUMN read_as TEXT NOT NULL DEFAULT ''",),
    5: ("ALTER TABLE stream ADD COLUMN damage TEXT", _DAMAGE),
}
