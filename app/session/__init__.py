"""One session: its file, and the one thread that owns it. In: exchanges from any thread. Out: `Recorded` news."""
