"""Evolution API 1.6 to 2.3: what it takes, what it answers, what it sends; its words stop in this package."""
