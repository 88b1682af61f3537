"""Lane tests on the command line: which are meant, how they are told, run again at each change."""
