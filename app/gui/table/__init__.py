"""The table of conversions: a row as it is seen, its cells, its columns, its filter."""
