"""TikTok: the pixel and the Events API. `platform` holds the value for the table of platforms."""
