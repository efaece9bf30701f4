"""
What Jdbc.java does, with a driver of libpq: psycopg2, or psycopg, which prepares in the server what it has sent five times.

Arguments: the driver, and what `connect` is told besides the address, as JSON. The address is DATABASE_URL, or libpq's own
variables.
"""
import importlib
import json
import os
import sys

CLIENTS, ROUNDS = 3, 12

driver = importlib.import_module(sys.argv[1])
options = json.loads(sys.argv[2])
clients = [driver.connect(os.environ.get("DATABASE_URL", ""), **options) for _ in range(CLIENTS)]


def answer_of(client, sql, *arguments):
    with client.cursor() as cursor:
        cursor.execute(sql, arguments or None)
        return cursor.fetchone()[0]


right, failure = 0, ""
try:
    for number in range(ROUNDS):
        # All have a connection of the database at one time, in another order each time.
        for turn in range(CLIENTS):
            index = (turn + number) % CLIENTS
            # Each has its own statement, which the driver gives the same name.
            right += answer_of(clients[index], f"SELECT %s::int + {index}", number) == number + index
        for client in clients:
            client.commit()
except driver.Error as error:
    failure = str(error)
for client in clients:
    client.rollback()
first = clients[0]
print(
    json.dumps(
        {
            "right": right,
            "failure": failure,
            "user": answer_of(first, "SELECT current_user::text"),
            "path": answer_of(first, "SELECT current_schemas(false)::text"),
            "encrypted": answer_of(
                first, "SELECT CASE WHEN ssl THEN 't' ELSE 'f' END FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            ),
        }
    )
)
for client in clients:
    client.close()
