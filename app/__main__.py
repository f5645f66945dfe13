"""`python3 -m app` is the `pixelpair` command; in a fresh checkout it first sets everything up."""

from app.bootstrap import ensure_environment

if __name__ == "__main__":
    ensure_environment("app")

    from app.cli import main

    main()
