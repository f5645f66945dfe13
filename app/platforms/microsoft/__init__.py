"""Microsoft Advertising: the UET tag and the UET Conversions API. `platform` holds the value for the table."""
