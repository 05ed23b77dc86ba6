"""Sambung keeps every WhatsApp number of a business connected, and says why when one is not."""
