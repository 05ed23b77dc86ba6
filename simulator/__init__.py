"""Gateways that behave, and fail, as the recorded ones: for tests and for the demo fleet, never for the product."""
