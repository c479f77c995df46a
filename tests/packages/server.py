"""The product as a process, and the databases it is started on."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

READY_WITHIN = 120  # seconds, from the start to the end of history
STOPPED_WITHIN = 30
ANSWERED_WITHIN = 60
SHOWN_REASONS = 10


class NotStarted(Exception):
    """`reasons` are the sentences that the server gave."""

    def __init__(self, reasons):
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class Programs:
    def __init__(self, folder):
        self.api, self.client = folder / "api", folder / "client"
        if not self.api.exists():
            raise SystemExit(f"{self.api} is missing: cargo build --release -p api -p client")

    def run_client(self, server, *arguments):
        """The exit code, and what was printed."""
        command = [self.client, "--api-url", server.address, "--log-dir", server.home / "client-logs", *arguments]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=600)
        return done.returncode, done.stdout.decode(errors="replace")


class Server:
    """A server on the package in a folder. In a `with` it is ready, and stopped at the end.

    `home` is the folder of its logs and backups; servers with the same home share their backups."""

    def __init__(self, programs, package, database_url, home):
        self.programs, self.package, self.database_url, self.home = programs, package, database_url, home
        self.process = self.address = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Returns when history is loaded. Raises NotStarted."""
        out, err = self.home / "stdout", self.home / "stderr"
        settings = {
            "API_BIND": "127.0.0.1:0",
            "DATABASE_URL": self.database_url,
            "DATA_PACKAGE": str(descriptor_in(self.package)),
            "LOG_DIR": str(self.home / "logs"),
            "DELIVERABLES_DIR": str(self.home / "deliverables"),
            "BACKUP_URL": f"file://{self.home}/backups",
        }
        with out.open("wb") as stdout, err.open("wb") as stderr:
            self.process = subprocess.Popen([self.programs.api], stdout=stdout, stderr=stderr, cwd=self.home,
                                            env={**os.environ, **settings})
        deadline = time.monotonic() + READY_WITHIN
        while b" ready; " not in (log := out.read_bytes()):
            late = time.monotonic() > deadline
            if late or self.process.poll() is not None:
                self.stop()
                log = out.read_text(errors="replace")
                raise NotStarted(reasons_in(log, err.read_text(errors="replace"), late))
            time.sleep(0.02)
        self.address = re.search(rb"listening on (http://\S+)", log).group(1).decode()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOPPED_WITHIN)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def resources(self):
        """The resources of the package as the server has read it."""
        return self.get("/dictionary")["resources"]

    def tables(self):
        """The names of the resources that are tables."""
        names = [resource["name"] for resource in self.resources()]
        return [name for name in names if self.rejects(name) is not None]

    def rejects(self, table):
        """All rejects of a table, or None if there is no such table."""
        try:
            return self.all(f"/rejected/{quote(table)}", {})
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def received(self, table):
        """How many rows history has brought to a table."""
        return sum(batch["received"] for batch in self.batches(table=table, kind="history"))

    def batches(self, **filters):
        return self.all("/batches", filters)

    def hash(self, table):
        return self.get(f"/hash/{quote(table)}")["content_hash"]

    def all(self, path, query):
        """All pages of a list."""
        entries, page = [], True
        while page:
            after = {"after": entries[-1]["id"]} if entries else {}
            page = self.get(path, {**query, **after, "limit": 1000})
            entries += page
        return entries

    def get(self, path, query=None):
        return self.request("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))

    def post(self, path):
        return self.request("POST", path)

    def request(self, method, path):
        request = urllib.request.Request(self.address + path, method=method, headers={"Accept": "application/json"})
        with urllib.request.urlopen(request, timeout=ANSWERED_WITHIN) as answer:
            return json.load(answer)


def descriptor_in(package):
    for name in ("datapackage.json", "datapackage.yaml", "datapackage.yml"):
        if (package / name).exists():
            return package / name
    raise NotStarted(["the folder has no datapackage.json or datapackage.yaml"])


def files_of(resource, package):
    """The local files of a resource. Inline data has none."""
    paths = resource.get("path") or []
    paths = [paths] if isinstance(paths, str) else paths
    return [package / path for path in paths if "://" not in path and (package / path).is_file()]


def reasons_in(log, errors, late):
    """Why a server has not started: its lines of level ERROR, and what it has printed to stderr."""
    lines = [line for line in log.splitlines() if " ERROR " in line] + errors.splitlines()
    reasons = list(dict.fromkeys(filter(None, map(without_prefix, lines))))
    if late:
        reasons.append(f"it is not ready after {READY_WITHIN} s; the last line of its log: {last_line(log)}")
    if not reasons:
        reasons.append(f"it ended without a reason; the last line of its log: {last_line(log)}")
    more = len(reasons) - SHOWN_REASONS
    return reasons[:SHOWN_REASONS] + ([f"and {more} more lines"] if more > 0 else [])


def without_prefix(line):
    """The line without time, level and the folder of the descriptor, which is a temporary one."""
    return re.sub(r"^\S+Z\s+ERROR\s+|(?<![\w.])/\S*/(?=datapackage\.)", "", line).rstrip()


def last_line(log):
    return (log.splitlines() or ["(empty)"])[-1]


def quote(name):
    return urllib.parse.quote(name, safe="")


class Sqlite:
    """A file in the home of the server."""

    def new_database(self, home, name):
        return f"sqlite://{home}/{name}.db"

    def delete_rows(self, database_url):
        connection = sqlite3.connect(database_url.removeprefix("sqlite://"), timeout=ANSWERED_WITHIN)
        try:
            names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            for (name,) in names:
                if not name.startswith(("_", "sqlite_")):
                    connection.execute('DELETE FROM "{}"'.format(name.replace('"', '""')))
            connection.commit()
        finally:
            connection.close()

    def stop(self):
        pass


class MariaDb:
    """A MariaDB of its own, which the functions of tests/bench start and stop; a schema for each database."""

    SCRIPT = """. tests/bench/common.sh; . tests/bench/engines.sh
start_mariadb; printf '%s\\n%s\\n' "$mariadb_url" "$work/socket"; read -r _ || true"""

    def __init__(self, root):
        self.shell = subprocess.Popen(["bash", "-euo", "pipefail", "-c", self.SCRIPT], cwd=root,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.shell.stdout.readline().strip()
        self.socket = self.shell.stdout.readline().strip()
        if not self.socket:
            raise SystemExit("MariaDB has not started")
        self.schemas = 0

    def new_database(self, _home, _name):
        self.schemas += 1
        self.query(f"CREATE DATABASE package_{self.schemas}")
        return f"{self.url}/package_{self.schemas}"

    def delete_rows(self, database_url):
        schema = database_url.rpartition("/")[2]
        names = self.query(f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}'")
        deletes = [f"DELETE FROM {schema}.`{name.replace('`', '``')}`;"
                   for name in names.splitlines() if not name.startswith("_")]
        self.query("SET FOREIGN_KEY_CHECKS = 0; " + " ".join(deletes))

    def query(self, sql):
        command = ["mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root", "--skip-column-names",
                   "--default-character-set=utf8mb4", "--raw", "-e", sql]
        return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, timeout=ANSWERED_WITHIN).stdout

    def stop(self):
        self.shell.stdin.close()
        self.shell.wait(STOPPED_WITHIN)
