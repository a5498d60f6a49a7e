"""Pure Polars queries over findings; every number anyone reads is computed here."""
