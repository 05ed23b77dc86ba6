"""Evolution API 1.8.2 and 2.3.6, held to their recordings."""
