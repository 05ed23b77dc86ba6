"""Decisions about numbers and servers as functions of their arguments: no clock, no network, no database."""
