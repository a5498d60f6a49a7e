"""Which account of Azure's storage is meant, by an address and by what the environment says.

The variables are those of Azure's command line (learn.microsoft.com, "az storage", and "Configure
Azure Storage connection strings"); pyarrow reads none of them.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from logan.errors import UsageError

_NO_ACCOUNT: Final = (
    "an address that begins with {}:// names no account: write "
    "{}://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH, or set AZURE_STORAGE_ACCOUNT"
)


class AzureAccount(NamedTuple):
    """An account of Azure's storage, with the credentials that the environment has for it.

    `blob` and `dfs` are the authorities of its two services, as pyarrow takes them: what begins
    with a `.` follows the account's name.
    """

    name: str
    protocol: str = "https"
    blob: str = ".blob.core.windows.net"
    dfs: str = ".dfs.core.windows.net"
    key: str | None = None
    sas: str | None = None


def find_azure_account(scheme: str, host: str, environment: Mapping[str, str]) -> AzureAccount:
    """The account that an address means by its host, or by none.

    A key goes to no account but the one that the environment names beside it. Raises `UsageError`
    where neither names an account.
    """
    known = _account_of_environment(environment)
    name, _, suffix = host.partition(".")
    if not name:
        if known is None:
            raise UsageError(_NO_ACCOUNT.format(scheme, scheme))
        return known
    if known is not None and known.name == name:
        return known
    domain = suffix.partition(".")[2]
    return AzureAccount(name, blob=f".blob.{domain}", dfs=f".dfs.{domain}")


def _account_of_environment(environment: Mapping[str, str]) -> AzureAccount | None:
    """The account that the variables of Azure's command line name."""
    if connection := environment.get("AZURE_STORAGE_CONNECTION_STRING"):
        pairs = (part.partition("=")[::2] for part in connection.split(";"))
        return _account_of_connection({key.strip().lower(): value for key, value in pairs})
    if name := environment.get("AZURE_STORAGE_ACCOUNT"):
        sas = environment.get("AZURE_STORAGE_SAS_TOKEN", "").lstrip("?")
        key = environment.get("AZURE_STORAGE_KEY")
        return AzureAccount(name, key=key or None, sas=None if key else sas or None)
    return None


def _account_of_connection(said: Mapping[str, str]) -> AzureAccount | None:
    """The account that a connection string describes."""
    blob = urlsplit(said.get("blobendpoint", ""))
    name = said.get("accountname") or blob.netloc.partition(".")[0]
    if not name:
        return None
    suffix = said.get("endpointsuffix") or "core.windows.net"
    dfs = urlsplit(said.get("dfsendpoint", ""))
    sas = said.get("sharedaccesssignature")
    account = AzureAccount(
        name,
        blob.scheme or said.get("defaultendpointsprotocol") or "https",
        f".blob.{suffix}",
        f".dfs.{suffix}",
        said.get("accountkey"),
        None if said.get("accountkey") else sas,
    )
    if blob.netloc:
        place = blob.netloc.removeprefix(name)
        account = account._replace(blob=place, dfs=place.replace(".blob.", ".dfs.", 1))
    return account._replace(dfs=dfs.netloc.removeprefix(name)) if dfs.netloc else account
