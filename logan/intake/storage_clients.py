"""pyarrow's clients for S3, Azure, Google Cloud Storage and HDFS, as the environment says.

Credentials come from the environment or the machine's role, and go to pyarrow alone. What pyarrow
reads by itself (AWS_ACCESS_KEY_ID, ~/.aws, IMDS; Azure's default credential;
GOOGLE_APPLICATION_CREDENTIALS; Hadoop's configuration) is left to it; what only its callers can say
(S3's endpoint and region, Azure's account) is taken from the variables that the providers' own
tools read. pyarrow is imported where a client is made: a scan of files never does.
"""

import os
from datetime import timedelta
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from logan.intake.azure_account import find_azure_account

#: Seconds until a connection must stand. S3's client allows one, too little across an ocean.
_CONNECT_SECONDS: Final = 10
#: How long Google's client tries by itself. Its own limit, a quarter of an hour, shows nobody why.
_RETRY_SECONDS: Final = 15


@cache
def connect(scheme: str, store: str) -> Any:
    """pyarrow's file system for what lies in a bucket, container or cluster; kept for its time."""
    return _CONNECT[scheme](scheme, store)


def _connect_s3(_scheme: str, bucket: str) -> Any:
    from pyarrow.fs import S3FileSystem

    options: dict[str, Any] = {"connect_timeout": _CONNECT_SECONDS}
    if bundle := os.environ.get("AWS_CA_BUNDLE"):
        options["tls_ca_file_path"] = bundle
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    parts = urlsplit(f"https://{bucket}.s3.amazonaws.com")
    if endpoint:
        parts = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
        place = parts.netloc.rpartition("@")[2] + parts.path.rstrip("/")
        options |= {"scheme": parts.scheme, "endpoint_override": place}
        region = region or "us-east-1"
    if proxy := _proxy_for(parts.scheme, parts.hostname or ""):
        options["proxy_options"] = proxy
    return S3FileSystem(region=region or _region_of(bucket), **options)


def _proxy_for(scheme: str, host: str) -> str | None:
    """The proxy that the environment names for a host; the clients of others find it themselves."""
    from urllib.request import getproxies, proxy_bypass

    return None if proxy_bypass(host) else getproxies().get(scheme)


def _region_of(bucket: str) -> str | None:
    """Where a bucket lies, as Amazon tells anybody; None: as the machine's configuration says."""
    from pyarrow.fs import resolve_s3_region

    try:
        region: str = resolve_s3_region(bucket)
    except OSError:
        return None
    return region


def _connect_gcs(_scheme: str, _bucket: str) -> Any:
    from pyarrow.fs import GcsFileSystem

    options: dict[str, Any] = {"retry_time_limit": timedelta(seconds=_RETRY_SECONDS)}
    if emulator := os.environ.get("STORAGE_EMULATOR_HOST"):
        parts = urlsplit(emulator if "://" in emulator else f"http://{emulator}")
        options |= {
            "anonymous": True,
            "scheme": parts.scheme,
            "endpoint_override": parts.netloc,
        }
    return GcsFileSystem(**options)


def _connect_hdfs(_scheme: str, host: str) -> Any:
    from pyarrow.fs import HadoopFileSystem

    name, _, port = host.partition(":")
    # Port 0: as Hadoop's configuration says, which also knows names of several hosts.
    return HadoopFileSystem(name or "default", int(port or 0))


def _connect_azure(scheme: str, store: str) -> Any:
    from pyarrow.fs import AzureFileSystem

    account = find_azure_account(scheme, store.partition("@")[2], os.environ)
    return AzureFileSystem(
        account.name,
        account_key=account.key,
        sas_token=account.sas,
        blob_storage_authority=account.blob,
        dfs_storage_authority=account.dfs,
        blob_storage_scheme=account.protocol,
        dfs_storage_scheme=account.protocol,
    )


_CONNECT: Final = {
    "s3": _connect_s3,
    "gs": _connect_gcs,
    "gcs": _connect_gcs,
    "abfs": _connect_azure,
    "abfss": _connect_azure,
    "hdfs": _connect_hdfs,
}
