"""Meta: the Pixel, the Conversions API and the gateways. `platform` holds the value for the table of platforms."""
