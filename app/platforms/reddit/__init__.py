"""Reddit: the pixel and the Conversions API. `platform` holds the value for the table of platforms."""
