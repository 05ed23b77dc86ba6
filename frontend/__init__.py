"""The page's build, kept beside its sources; nothing here runs on Lambda."""
