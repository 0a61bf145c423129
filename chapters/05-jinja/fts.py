"""Ask SQLite's full-text index, and LIKE, for each word: what do they find?"""

import sqlite3
import sys

db = sqlite3.connect(":memory:")
db.execute("CREATE VIRTUAL TABLE part USING fts5(title, text, tokenize=porter)")
db.execute("INSERT INTO part VALUES ('Accounts', 'A session ends after 14 days.')")
db.execute("INSERT INTO part VALUES ('Sessions', 'Configured once, then kept.')")
match = """SELECT title, snippet(part, 1, '[', ']', '...', 9) FROM part
    WHERE part MATCH ? ORDER BY rank"""
like = "SELECT title FROM part WHERE text LIKE '%' || ? || '%'"
for asked in sys.argv[1:]:
    print("MATCH", db.execute(match, (asked,)).fetchall())
    print("LIKE ", db.execute(like, (asked,)).fetchall())
