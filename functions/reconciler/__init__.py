"""Keeps the registry equal to reality: reads what is doubtful, finishes what was left unfinished."""
