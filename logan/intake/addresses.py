"""Addresses of logs that lie in object storage: `s3://bucket/key` and the like, out of a text.

Light: what reaches the storage is `logan.intake.object_storage`. A key is taken as it stands:
nothing in it is decoded. Credentials have no place in an address, and no message repeats what
might be some.

Forms: S3 and Google Cloud Storage name a bucket; Azure a container and, behind an `@`, the host of
the account (learn.microsoft.com, "Use the Azure Data Lake Storage URI"); HDFS a host, or nobody
where Hadoop's own configuration names it.
"""

import re
from typing import Final, NamedTuple

from logan.errors import UsageError

# Compiled where one is met: most scans meet none.
_ADDRESS: Final = r"(?s)([A-Za-z][A-Za-z0-9+.-]*)://([^/]*)/?(.*)"
_BUCKET: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_CONTAINER: Final = r"[A-Za-z0-9$][A-Za-z0-9-]*(@[a-z0-9]+\.(dfs|blob)\.[a-z0-9][a-z0-9.-]*)?"
_HOST: Final = r"([A-Za-z0-9][A-Za-z0-9._-]*(:[0-9]{1,5})?)?"
#: How the part between `//` and the next `/` may be written, by scheme.
_STORES: Final = {
    "s3": _BUCKET,
    "gs": _BUCKET,
    "gcs": _BUCKET,
    "abfs": _CONTAINER,
    "abfss": _CONTAINER,
    "hdfs": _HOST,
}
SCHEMES: Final = tuple(_STORES)
_WRITTEN: Final = {
    "s3": "s3://BUCKET/KEY",
    "gs": "gs://BUCKET/KEY",
    "gcs": "gcs://BUCKET/KEY",
    "abfs": "abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH, or abfs://CONTAINER/PATH",
    "abfss": "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH, or abfss://CONTAINER/PATH",
    "hdfs": "hdfs://HOST:PORT/PATH",
}
#: What others write for the same storage.
_OTHER_NAMES: Final = {"s3a": "s3", "s3n": "s3", "az": "abfs", "wasb": "abfs", "wasbs": "abfss"}
#: A `?` by itself is part of a glob.
_QUERY: Final = r"\?[^/]*="


class ObjectAddress(NamedTuple):
    """Where an object or a folder of objects lies.

    `store` is what stands between `//` and the next `/`, `key` the rest, without a `/` at its end;
    both as they were given. An empty key is the whole bucket. A key that begins with a `/` is
    another one than that without it.
    """

    scheme: str
    store: str
    key: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.store}/{self.key}".removesuffix("/")

    def below(self, name: str) -> "ObjectAddress":
        """The address of something in this folder."""
        return self._replace(key=f"{self.key}/{name}" if self.key else name)


def is_address(text: str) -> bool:
    """True for what is written as an address, of whatever scheme, and no path of a file."""
    return "://" in text and re.match(_ADDRESS, text) is not None


def parse_address(text: str) -> ObjectAddress:
    """The address that a text is; slashes at the end of its key are left out.

    Raises `UsageError` for a scheme that is not read, a malformed address, and one with credentials
    or a query string, which are not repeated.
    """
    found = re.fullmatch(_ADDRESS, text)
    scheme = found[1].lower() if found else ""
    if found is None or scheme not in _STORES:
        raise UsageError(_not_read(scheme))
    store, key = found[2], found[3]
    form = f"write {_WRITTEN[scheme]}"
    if re.search(_QUERY, text):
        raise UsageError(
            f"an address that begins with {scheme}:// has a query string, which could hold a key, "
            f"so it is not read: {form}; what a storage must be told stands in the environment "
            "(docs/storage.md)"
        )
    if not re.fullmatch(_STORES[scheme], store):
        if "@" in store or ":" in store:
            raise UsageError(
                f"an address that begins with {scheme}:// has credentials in it, or what could be "
                f"some, so it is not read: {form}; credentials stand in the environment or are "
                "the machine's (docs/storage.md). Those that were typed are in the shell's "
                "history now: have them changed"
            )
        raise UsageError(f"an address that begins with {scheme}:// is not whole: {form}")
    return ObjectAddress(scheme, store, key.strip("/") if scheme == "hdfs" else key.rstrip("/"))


def _not_read(scheme: str) -> str:
    known = ", ".join(f"{name}://" for name in SCHEMES)
    other = _OTHER_NAMES.get(scheme)
    advice = f"write {other}:// for {scheme}://" if other else "a file is named by its path alone"
    return f"{scheme}:// is no kind of address that logan reads. It reads {known}; {advice}"
