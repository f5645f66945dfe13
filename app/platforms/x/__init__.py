"""X: its pixel (uwt.js) and its Conversion API."""
