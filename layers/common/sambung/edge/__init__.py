"""What the functions share at their edge: settings, wiring, authentication, problem documents, logging."""
