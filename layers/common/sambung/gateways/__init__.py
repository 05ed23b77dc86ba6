"""One module for each kind of WhatsApp gateway, all of the same shape; a vendor's words stop here."""
