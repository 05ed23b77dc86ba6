"""Whether servers answer: probed every minute and on demand; and whether Sambung itself works."""
