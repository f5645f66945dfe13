"""The table the other way round: a row for each thing a shopper did, a column for each platform that was told of it."""
