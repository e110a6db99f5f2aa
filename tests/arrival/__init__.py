"""Files about the same people, in any order and overlap: the books must end the same."""
