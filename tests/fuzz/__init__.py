"""Files as nobody should send them, made at random from valid ones: by command, not by pytest."""
