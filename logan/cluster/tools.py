"""The tools that decide what is found: they must be the same on every machine."""

import hashlib
import platform
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import logan

#: Distributions whose versions may change what is read, found or sent.
_DISTRIBUTIONS: Final = (
    *("polars", "hyperscan", "tzdata", "tldextract", "idna", "numpy", "pyarrow", "isal"),
    *("dask", "distributed"),
)


@cache
def installed_tools() -> Mapping[str, str]:
    """The tools of this machine, and their versions; of logan, what its modules say as well."""
    versions = {name: _version(name) for name in _DISTRIBUTIONS}
    code = f"{logan.__version__} ({_hash_of_code()[:12]})"
    return {"logan": code, "Python": ".".join(platform.python_version_tuple()[:2]), **versions}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _hash_of_code() -> str:
    """Of one version there may be two: a checkout, and what was installed of it a week ago."""
    folder = Path(logan.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def differences(here: Mapping[str, str], there: Mapping[str, str]) -> Iterator[str]:
    """The tools that are not the same on another machine, in words."""
    for name, wanted in here.items():
        found = there.get(name, "none")
        if found != wanted:
            yield f"{name} {found} (here {wanted})"
