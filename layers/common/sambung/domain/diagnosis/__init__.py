"""Why a number is not connected, and what to do next: facts in, ranked findings out, nothing else touched."""
