"""LinkedIn: the Insight Tag and the Conversions API. `platform` holds the value for the table of platforms."""
