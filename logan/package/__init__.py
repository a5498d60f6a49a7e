"""The folder that goes to an oversight body: made, verified, read, made again and compared."""
