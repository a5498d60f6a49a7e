"""The same reading on many machines: workers of a Dask cluster read, this machine settles."""
