"""PostgreSQL through psycopg, with the SQL in view; foreign errors become ours in `connection` only."""
