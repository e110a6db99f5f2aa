"""`python -m surplus` is the command `surplus`."""

from jobs.cli import main

if __name__ == "__main__":
    main()
