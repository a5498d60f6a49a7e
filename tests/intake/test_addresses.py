"""Addresses: what they mean, and that credentials in them are refused and never repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.errors import UsageError
from logan.intake.addresses import ObjectAddress, is_address, parse_address
from logan.intake.azure_account import AzureAccount, find_azure_account

KEY = "S3cr3tK3y/With+Slash=="


@pytest.mark.parametrize(
    ("text", "scheme", "store", "key"),
    [
        ("s3://bucket/proxy/2024/a.log", "s3", "bucket", "proxy/2024/a.log"),
        ("S3://bucket", "s3", "bucket", ""),
        ("s3://bucket//", "s3", "bucket", ""),
        ("gs://my_bucket.example/a b%20+#.log", "gs", "my_bucket.example", "a b%20+#.log"),
        ("gcs://bucket/access.log.?", "gcs", "bucket", "access.log.?"),
        ("s3://bucket/access?.log/x=1", "s3", "bucket", "access?.log/x=1"),
        ("s3://bucket/user@host:80/", "s3", "bucket", "user@host:80"),
        ("abfs://logs/a", "abfs", "logs", "a"),
        (
            *("abfss://logs@acct.dfs.core.windows.net/a", "abfss"),
            *("logs@acct.dfs.core.windows.net", "a"),
        ),
        ("hdfs://namenode:8020/logs/a", "hdfs", "namenode:8020", "logs/a"),
        ("hdfs:///logs", "hdfs", "", "logs"),
        ("hdfs://namenode:8020//logs", "hdfs", "namenode:8020", "logs"),
        ("s3://bucket//a.log", "s3", "bucket", "/a.log"),
    ],
)
def test_an_address_is_taken_apart(text: str, scheme: str, store: str, key: str) -> None:
    assert is_address(text)
    address = parse_address(text)
    assert address == ObjectAddress(scheme, store, key)
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text", ["logs/a", "/s3/x", "-", "s3:/bucket", "./s3://x", "a b://c", "://"]
)
def test_a_path_is_no_address(text: str) -> None:
    assert not is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        f"s3://AKIA:{KEY}@bucket/a",
        f"s3://{KEY.partition('/')[0]}@bucket/a",
        f"s3://AKIA:{KEY}",
        f"gs://token:{KEY}@bucket/",
        f"abfs://logs:{KEY}@acct.dfs.core.windows.net/a",
        f"abfs://:{KEY}@acct.dfs.core.windows.net/a",
        f"hdfs://user:{KEY}@host:8020/a",
        f"s3://bucket/a?access_key={KEY}",
        f"abfs://logs/a?sv=2024&sig={KEY}",
        f"s3://bucket?secret_key={KEY}",
        f"https://acct.blob.core.windows.net/a?sig={KEY}",
        f"ftp://user:{KEY}@host/a",
    ],
)
def test_credentials_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_address(text)
    said = str(refused.value)
    assert KEY not in said
    assert KEY.partition("/")[0] not in said
    assert "AKIA" not in said


@given(st.sampled_from(["s3", "gs", "abfs", "hdfs", "https"]), st.text(max_size=30))
def test_what_is_refused_is_never_repeated(scheme: str, rest: str) -> None:
    said = ""
    try:
        parse_address(f"{scheme}://Zq7{rest}Zq7")
    except UsageError as error:
        said = str(error)
    assert "Zq7" not in said


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("s3a://bucket/a", "write s3://"),
        ("az://container/a", "write abfs://"),
        ("file:///srv/logs", "by its path alone"),
        ("s3:///a", "s3://BUCKET/KEY"),
        ("abfs://logs@acct/a", "abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH"),
    ],
)
def test_who_writes_something_else_learns_what_to_write(text: str, advice: str) -> None:
    assert is_address(text)
    with pytest.raises(UsageError, match=advice):
        parse_address(text)


def test_below_a_bucket_and_a_folder() -> None:
    bucket = parse_address("s3://bucket")
    assert str(bucket.below("a")) == "s3://bucket/a"
    assert str(bucket.below("a").below("b/c")) == "s3://bucket/a/b/c"


HOST = "acct.dfs.core.windows.net"
OWN = {"AZURE_STORAGE_ACCOUNT": "acct", "AZURE_STORAGE_KEY": "k=="}


def test_an_account_is_named_by_the_address_or_by_the_environment() -> None:
    assert find_azure_account("abfs", HOST, {}) == AzureAccount("acct")
    assert find_azure_account("abfs", HOST, OWN) == AzureAccount("acct", key="k==")
    assert find_azure_account("abfs", "", OWN) == AzureAccount("acct", key="k==")
    sas = {"AZURE_STORAGE_ACCOUNT": "acct", "AZURE_STORAGE_SAS_TOKEN": "?sv=1&sig=x"}
    assert find_azure_account("abfs", "", sas) == AzureAccount("acct", sas="sv=1&sig=x")
    with pytest.raises(UsageError, match="AZURE_STORAGE_ACCOUNT"):
        find_azure_account("abfs", "", {})


def test_a_key_goes_to_its_own_account_only() -> None:
    other = find_azure_account("abfs", "elsewhere.blob.core.usgovcloudapi.net", OWN)
    assert other == AzureAccount(
        "elsewhere", blob=".blob.core.usgovcloudapi.net", dfs=".dfs.core.usgovcloudapi.net"
    )


@pytest.mark.parametrize(
    ("connection", "account"),
    [
        (
            (
                "DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=a+/b==;"
                "EndpointSuffix=core.chinacloudapi.cn"
            ),
            AzureAccount(
                *("acct", "https", ".blob.core.chinacloudapi.cn", ".dfs.core.chinacloudapi.cn"),
                *("a+/b==", None),
            ),
        ),
        (
            (
                "DefaultEndpointsProtocol=http;AccountName=dev;AccountKey=k==;"
                "BlobEndpoint=http://127.0.0.1:10000/dev;"
            ),
            AzureAccount("dev", "http", "127.0.0.1:10000", "127.0.0.1:10000", "k==", None),
        ),
        (
            "BlobEndpoint=https://acct.blob.core.windows.net/;SharedAccessSignature=sv=1&sig=x%3D",
            AzureAccount(
                *("acct", "https", ".blob.core.windows.net", ".dfs.core.windows.net"),
                *(None, "sv=1&sig=x%3D"),
            ),
        ),
    ],
)
def test_a_connection_string_says_all(connection: str, account: AzureAccount) -> None:
    environment = {"AZURE_STORAGE_CONNECTION_STRING": connection}
    assert find_azure_account("abfs", "", environment) == account


def test_a_connection_string_without_an_account_names_none() -> None:
    for text in ("", "AccountKey=x", "nonsense"):
        with pytest.raises(UsageError):
            find_azure_account("abfs", "", {"AZURE_STORAGE_CONNECTION_STRING": text})
