"""The whatsapp-web.js session service: what it takes, answers and sends; its words stop in this package."""
