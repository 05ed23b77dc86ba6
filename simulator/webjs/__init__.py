"""The whatsapp-web.js session service, one node for each process, as it was recorded."""
