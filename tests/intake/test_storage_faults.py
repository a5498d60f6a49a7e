"""What went wrong with a storage, in words that repeat nothing of what it answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.intake.storage_faults import storage_error

#: What pyarrow 26 said, by words of the reason it is told as, and whether it may pass.
SAID = [
    (
        (
            "When listing objects under key '' in bucket 'b': AWS Error NO_SUCH_BUCKET during "
            "ListObjectsV2 operation: The specified bucket does not exist (Request ID: nyDd)"
        ),
        "no such bucket (NO_SUCH_BUCKET)",
        False,
    ),
    (
        (
            "When reading information for key 'k' in bucket 'b': AWS Error ACCESS_DENIED during "
            "HeadObject operation: No response body."
        ),
        "permission denied (ACCESS_DENIED)",
        False,
    ),
    (
        (
            "When listing objects: AWS Error INVALID_ACCESS_KEY_ID during ListObjectsV2 operation: The "
            "AWS Access Key Id you provided does not exist in our records."
        ),
        "credentials were not accepted",
        False,
    ),
    (
        (
            "When getting information for key 'a' in bucket 'b': AWS Error UNKNOWN (HTTP status 301) "
            "during HeadObject operation: No response body. Looks like the configured region is "
            "'us-east-1' while the bucket is located in 'eu-west-2'."
        ),
        "lies in the region eu-west-2, and us-east-1 is asked",
        False,
    ),
    (
        "AWS Error UNKNOWN (HTTP status 301) during HeadBucket operation: No response body.",
        "lies in another region",
        False,
    ),
    (
        (
            "AWS Error INVALID_OBJECT_STATE during GetObject operation: The operation is not valid for "
            "the object's storage class"
        ),
        "archive tier",
        False,
    ),
    (
        (
            "AWS Error [code 136] during GetObject operation: The operation is not valid for the "
            "object's storage class (Request ID: nyDd)"
        ),
        "archive tier",
        False,
    ),
    (
        "AWS Error SLOW_DOWN during GetObject operation: Please reduce your request rate.",
        "asked more than it answers",
        True,
    ),
    (
        (
            "AWS Error NETWORK_CONNECTION during HeadObject operation: curlCode: 6, Could not resolve "
            "hostname; Details: Could not resolve host: b.s3.eu-west-2.amazonaws.com"
        ),
        "name of its host is not known",
        True,
    ),
    (
        (
            "AWS Error NETWORK_CONNECTION during HeadObject operation: curlCode: 7, Could not connect "
            "to server; Details: Failed to connect to 127.0.0.1:9 after 0 ms: Could not connect"
        ),
        "nobody answers",
        True,
    ),
    (
        (
            "AWS Error NETWORK_CONNECTION during GetObject operation: curlCode: 18, Transferred a "
            "partial file"
        ),
        "the connection broke",
        True,
    ),
    (
        (
            "AWS Error NETWORK_CONNECTION during HeadObject operation: curlCode: 60, SSL peer "
            "certificate or SSH remote key was not OK"
        ),
        "by no certificate that is trusted",
        False,
    ),
    (
        (
            "ListBlobsByHierarchy failed for prefix='x'. GetFileInfo is unable to determine whether "
            "the path exists. Azure Error: [AuthorizationFailure] 403 Server failed to authenticate "
            "the request. Make sure the value of the Authorization header is formed correctly"
        ),
        "credentials were not accepted, or there are none (AuthorizationFailure)",
        False,
    ),
    (
        "Azure Error: [AuthorizationPermissionMismatch] 403 This request is not authorized",
        "permission denied",
        False,
    ),
    (
        (
            "Unknown error: Check for Hierarchical Namespace support failed: "
            "N5Azure4Core11Credentials23AuthenticationExceptionE: Failed to get token from "
            "DefaultAzureCredential."
        ),
        "credentials were not accepted, or there are none",
        False,
    ),
    (
        (
            "Check for Hierarchical Namespace support on 'http://127.0.0.1:9/d/logs' failed. Azure "
            "Error: [] Fail to get a new connection for: http://127.0.0.1:9. Could not connect to server"
        ),
        "nobody answers",
        True,
    ),
    ("Azure Error: [BlobArchived] 409 This operation is not permitted", "archive tier", False),
    (
        (
            "google::cloud::Status(UNAVAILABLE: Retry policy exhausted, with a last message of "
            "PerformWork() - CURL error [7]=Could not connect to server error_info={reason=})"
        ),
        "nobody answers at its address (UNAVAILABLE)",
        True,
    ),
    (
        (
            "google::cloud::Status(PERMISSION_DENIED: Permanent error, with a last message of "
            "jane@example.org does not have storage.objects.list access)"
        ),
        "permission denied (PERMISSION_DENIED)",
        False,
    ),
    (
        (
            "google::cloud::Status(UNAVAILABLE: Could not create a OAuth2 access token to authenticate "
            "the request. CURL error [6]=Could not resolve hostname"
        ),
        "credentials were not accepted, or there are none",
        False,
    ),
    ("Unable to load libjvm\ndlopen(/usr/lib/libjvm.so) failed", "needs Hadoop's libhdfs", False),
    ("Empty path component in path logs/a//d.log", "has a name that cannot be asked for", False),
    (
        "AWS Error REQUEST_TIME_TOO_SKEWED during GetObject operation: The difference between",
        "the clock of this machine is not that of the storage",
        False,
    ),
    (
        (
            "AWS Error UNKNOWN (HTTP status 400) during GetObject operation: Unable to parse "
            "ExceptionName: ExpiredToken Message: The provided token has expired."
        ),
        "credentials were not accepted, or there are none (ExpiredToken)",
        False,
    ),
    (
        (
            "When getting information for key 'a' in bucket 'b': AWS Error UNKNOWN (HTTP status 400) "
            "during HeadObject operation: No response body."
        ),
        "as where temporary credentials have expired",
        False,
    ),
    (
        (
            "When getting information for key 'a' in bucket 'b': AWS Error UNKNOWN (HTTP status 503) "
            "during HeadObject operation: No response body."
        ),
        "asked more than it answers",
        True,
    ),
    (
        (
            "AWS Error UNKNOWN (HTTP status 400) during GetObject operation: Unable to parse "
            "ExceptionName: KMS.DisabledException Message: arn:aws:kms:eu-west-2:1:key/x is disabled."
        ),
        "is encrypted with a key that cannot be used (KMS.DisabledException)",
        False,
    ),
    ("AWS Error INTERNAL_FAILURE during GetObject", "gave an error (INTERNAL_FAILURE)", True),
    ("something nobody has seen", "gave an error (OSError)", True),
]


@pytest.mark.parametrize(("text", "reason", "passing"), SAID)
def test_a_fault_is_told_by_its_kind(text: str, reason: str, passing: bool) -> None:
    error = storage_error(OSError(text))
    assert reason in error.reason
    assert error.passing is passing
    assert error.advice
    assert not error.missing


@pytest.mark.parametrize(
    "said",
    [
        (
            "When getting information for key '{}' in bucket '403': AWS Error NETWORK_CONNECTION during "
            "HeadObject operation: curlCode: 18, Transferred a partial file"
        ),
        (
            "When listing objects under key '{}' in bucket 'b': AWS Error NETWORK_CONNECTION during "
            "ListObjectsV2 operation: curlCode: 18, Transferred a partial file"
        ),
        (
            "DownloadTo from 'https://a.blob.core.windows.net/403/SSL.log' at position 403 for 401 bytes "
            "failed. Azure Error: [] curlCode: 18"
        ),
    ],
)
@pytest.mark.parametrize(
    "key", ["a/403.log", "SSL.log", "o'brien/401 SlowDown/x", "KMS.certificate"]
)
def test_a_name_is_no_sign_of_a_fault(said: str, key: str) -> None:
    """A connection that broke was no more asked for again where the log was named 403.log."""
    error = storage_error(OSError(said.format(key)), key)
    assert error.reason.startswith("the connection broke")
    assert error.passing


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(2, "Path does not exist 'logs/nope'"),
        OSError("No such file or directory 'logs/nope'"),
    ],
)
def test_what_is_missing_is_told_from_what_failed(error: OSError) -> None:
    assert storage_error(error).missing


@given(st.sampled_from([text for text, *_ in SAID]), st.integers(0, 400))
def test_nothing_that_was_answered_is_repeated(text: str, place: int) -> None:
    said = storage_error(OSError(f"{text[:place]} sEcReT/0815 {text[place:]}"))
    assert "0815" not in f"{said.reason} {said.advice}"
    assert "example.org" not in f"{said.reason} {said.advice}"
    assert "sEcReT" not in f"{said.reason} {said.advice}"
