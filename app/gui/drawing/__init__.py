"""How things are drawn: colours, marked text, small widgets; nothing here knows what an event is."""
