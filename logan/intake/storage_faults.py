"""What went wrong with an object storage, in words of our own.

What a storage or its client answers is not passed on: it is long, names hosts and requests, and may
hold what was sent. Only its code is, which consists of letters.

Codes: Amazon S3's "List of error codes", Azure's "Common REST API error codes" and "Blob Storage
error codes", google.rpc.Code, and curl's "libcurl-errors", as pyarrow 26 writes them.
"""

import re
from typing import Final, NamedTuple

_CODE: Final = re.compile(
    r"ExceptionName: ([A-Za-z][A-Za-z.]{2,60})\b|AWS Error (?!UNKNOWN)([A-Z][A-Z_]{2,60})\b"
    r"|Azure Error: \[(\w{2,60})\]|Status\(([A-Z_]{2,40}):"
)
_REGIONS: Final = re.compile(
    r"configured region is '([a-z0-9-]+)' while the bucket is located in '([a-z0-9-]+)'"
)
#: Google's client raises no FileNotFoundError for a folder, nor for what would be below an object.
_MISSING: Final = re.compile(
    "No such file or directory '|Cannot use file '.*' as a directory", re.DOTALL
)
#: Names of buckets and objects, addresses and places, in the words of a client.
_NAMES: Final = re.compile(
    r"(?s)\b(key|bucket|container|prefix|path|file|directory|for|from|on)[ =:]+'[^']*'|https?://\S+"
    r"|\b(position|for) \d+"
)
ODD_NAME: Final = (
    "has a name that cannot be asked for: a part between two slashes that is empty, `.` or `..`, "
    "or bytes that are no UTF-8"
)
ODD_NAME_ADVICE: Final = "copy it to another name, or to a disk"
_RIGHT: Final = (
    "give the user or role that the credentials are of the right to list and read it, "
    "and see that the credentials are those you mean (docs/storage.md); what lies in an archive "
    "tier is sometimes refused so, and has to be restored first; so is who asks with a wrong clock"
)
_CREDENTIALS: Final = (
    "set them in the environment, or give the machine a role (docs/storage.md); "
    "temporary ones have to be renewed"
)
_NETWORK: Final = (
    "check the network, and what the environment says of the endpoint (docs/storage.md)"
)


class StorageError(Exception):
    """Why a storage did not give what it was asked for, with what a person can do.

    `passing`: asked again, it may give it. `missing`: nothing is there.
    """

    def __init__(
        self,
        reason: str,
        advice: str | None = None,
        *,
        passing: bool = False,
        missing: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice
        self.passing = passing
        self.missing = missing


class _Known(NamedTuple):
    """A fault by the signs of it in the words of a client."""

    signs: re.Pattern[str]
    reason: str
    advice: str | None
    passing: bool = False


def _known(signs: str, reason: str, advice: str | None, *, passing: bool = False) -> _Known:
    return _Known(re.compile(signs), reason, advice, passing)


#: The first that fits counts.
_FAULTS: Final = (
    _known(
        r"libjvm|libhdfs|CLASSPATH|NoClassDefFound",
        "needs Hadoop's libhdfs and a Java machine, which are not found here",
        "install both, and set JAVA_HOME, HADOOP_HOME and CLASSPATH (docs/storage.md)",
    ),
    _known(
        r"NO_SUCH_BUCKET|NoSuchBucket|ContainerNotFound",
        "there is no such bucket",
        "check its name, and what the environment says of the account and the endpoint",
    ),
    _known(
        # Of S3's error pyarrow 26 knows a number, and what its reference says of it.
        r"INVALID_OBJECT_STATE|InvalidObjectState|BlobArchived"
        r"|operation is not valid for the object",
        "lies in an archive tier, from which nothing is read at once",
        "have it restored, then run again",
    ),
    _known(
        r"REQUEST_TIME_TOO_SKEWED|RequestTimeTooSkewed|REQUEST_EXPIRED|RequestExpired",
        "the clock of this machine is not that of the storage, which refuses what is asked so",
        "set the clock by a time server (NTP), then run again",
    ),
    _known(
        r"ExceptionName: KMS\.|KeyVaultEncryptionKeyNotFound|UsesCustomerSpecifiedEncryption",
        "is encrypted with a key that cannot be used",
        "see that the key is enabled, and give the right to decrypt with it (S3: kms:Decrypt)",
    ),
    _known(
        r"INVALID_ACCESS_KEY|SIGNATURE_DOES_NOT_MATCH|InvalidAccessKeyId|SignatureDoesNotMatch"
        r"|EXPIRED_TOKEN|ExpiredToken|InvalidToken|TokenRefreshRequired|INVALID_CLIENT_TOKEN"
        r"|INVALID_SIGNATURE|MISSING_AUTHENTICATION"
        r"|UNRECOGNIZED_CLIENT|UNAUTHENTICATED|AuthenticationFailed|AuthenticationException"
        r"|InvalidAuthenticationInfo|failed to authenticate|OAuth2 access token|NoAuthentication"
        r"|Base64|Kerberos|GSS initiate|HTTP status code: 401|\b401\b",
        "the credentials were not accepted, or there are none",
        _CREDENTIALS,
    ),
    _known(
        # A HEAD is answered without words: "GetObject" and "HeadObject" of S3's reference.
        r"HTTP status 400\) during Head",
        "was refused, and the storage says no more: as where temporary credentials have expired, "
        "or an object is encrypted with a key that who asks must send (SSE-C)",
        f"{_CREDENTIALS}; an object with a key of its own copy to one without",
    ),
    _known(
        r"ACCESS_DENIED|AccessDenied|AuthorizationFailure|AuthorizationPermissionMismatch"
        r"|AuthorizationProtocolMismatch|AuthorizationSourceIPMismatch|InsufficientAccountPermissions"
        r"|PERMISSION_DENIED|AccessControlException|Permission denied|HTTP status code: 403"
        r"|\b403\b",
        "permission denied",
        _RIGHT,
    ),
    _known(
        r"PERMANENT_REDIRECT|PermanentRedirect|AuthorizationHeaderMalformed"
        r"|AUTHORIZATION_HEADER_MALFORMED|HTTP status code: 301|HTTP status 301"
        r"|IllegalLocationConstraint",
        "its bucket lies in another region than the one that is asked",
        "set AWS_REGION to the bucket's region, or leave it unset",
    ),
    _known(
        r"SLOW_DOWN|SlowDown|SERVICE_UNAVAILABLE|ServiceUnavailable|THROTTL|RequestLimitExceeded"
        r"|ServerBusy|RESOURCE_EXHAUSTED"
        r"|HTTP status code: 429|HTTP status code: 503|HTTP status 429|HTTP status 503",
        "the storage is asked more than it answers",
        "run again later",
        passing=True,
    ),
    _known(
        r"[Cc]ould not resolve|curlCode: 6\b|CURL error \[6\]|UnknownHost",
        "cannot be reached: the name of its host is not known here",
        _NETWORK,
        passing=True,
    ),
    _known(
        r"SSL|certificate|curlCode: (35|51|58|60|77)\b|CURL error \[(35|51|58|60|77)\]",
        "cannot be reached: its host proves by no certificate that is trusted here who it is",
        "name its authority's certificates by AWS_CA_BUNDLE or SSL_CERT_FILE (docs/storage.md)",
    ),
    _known(
        r"curlCode: 7\b|CURL error \[7\]|[Cc]ould not connect|Failed to connect|Connection refused",
        "cannot be reached: nobody answers at its address",
        _NETWORK,
        passing=True,
    ),
    _known(
        r"curlCode: 28\b|CURL error \[28\]|[Tt]imed? ?out|DEADLINE_EXCEEDED|REQUEST_TIMEOUT",
        "the storage did not answer in time",
        _NETWORK,
        passing=True,
    ),
    _known(
        r"NETWORK_CONNECTION|curlCode: |CURL error|UNAVAILABLE|connection",
        "the connection broke",
        _NETWORK,
        passing=True,
    ),
    _known(
        r"Empty path component|utf-8|surrogates",
        ODD_NAME,
        ODD_NAME_ADVICE,
    ),
)


def storage_error(error: BaseException, key: str = "") -> StorageError:
    """What an exception of pyarrow's says of a storage. What nobody knows may pass.

    `key`: what was asked for. A name is no sign: a `403.log` is not refused for it.
    """
    text = str(error)
    if isinstance(error, FileNotFoundError) or _MISSING.match(text):
        return StorageError("nothing is there", missing=True)
    if regions := _REGIONS.search(text):
        return StorageError(
            f"its bucket lies in the region {regions[2]}, and {regions[1]} is asked",
            f"set AWS_REGION={regions[2]}, or leave it unset",
        )
    text = _NAMES.sub("", text.replace(f"{key}'", "'") if key else text)
    code = _code(text)
    for known in _FAULTS:
        if known.signs.search(text):
            named = f" ({code})" if code else ""
            return StorageError(known.reason + named, known.advice, passing=known.passing)
    reason = f"the storage gave an error ({code or type(error).__name__})"
    return StorageError(reason, "run again; if it stays, copy the logs to a disk", passing=True)


def _code(text: str) -> str | None:
    found = _CODE.search(text)
    return next(filter(None, found.groups()), None) if found else None
