"""What starts work: the command line, the nightly run, the scheduler. No rules here."""
