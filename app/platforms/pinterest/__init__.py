"""Pinterest: the tag and the API for Conversions. `platform` holds the value for the table of platforms."""
