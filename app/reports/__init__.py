"""Files and text out: JSON, HTML, the terminal. In: a judged session. Out: text, redacted."""
