"""Gateways' webhooks in: authenticate, read, keep."""
