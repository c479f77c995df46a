"""What else holds for a package that has started: its files add up, a second start loads nothing, the other engine loads
tables with equal hashes, and a backup restores there with an equal hash."""

import urllib.error

from server import NotStarted, Server, descriptor_in, files_of, quote


def problems(programs, other, server, package, home):
    """Yields a sentence for each thing that does not hold. `server` is started again."""
    yield from files_that_do_not_add_up(programs, server, package)
    try:
        yield from what_a_second_start_loads(server)
    except NotStarted as refusal:
        yield f"it does not start a second time: {refusal}"
        return
    try:
        yield from what_the_other_engine_restores(programs, other, server, package, home)
    except NotStarted as refusal:
        yield f"it does not start on the other engine: {refusal}"


def files_that_do_not_add_up(programs, server, package):
    tables = set(server.tables())
    for resource in server.resources():
        files = files_of(resource, package) if resource["name"] in tables else []
        if not files:
            continue
        # The ledger has several files of a table as one source.
        rows = [files[0]] if len(files) == 1 else ["--data-package", descriptor_in(package)]
        code, printed = programs.run_client(server, "verify", resource["name"], *rows)
        if code != 0:
            last = (printed.strip().splitlines() or ["(nothing)"])[-1]
            yield f"client verify {resource['name']} {files[0].name}: exit code {code}: {last}"


def what_a_second_start_loads(server):
    before = server.batches()
    server.stop()
    server.start()
    after = server.batches()
    if after != before:
        yield f"a second start has changed the ledger: {len(before)} batches before it, {len(after)} after it"


def what_the_other_engine_restores(programs, other, server, package, home):
    """The other engine loads the same history; its rows are deleted, so that the restore must bring all of them."""
    hashes = {table: server.hash(table) for table in server.tables()}
    for table in hashes:
        server.post(f"/backup/{quote(table)}")
    database = other.new_database(home, "other")
    elsewhere = Server(programs, package, database, home)
    try:
        elsewhere.start()
        yield from other_hashes(elsewhere, hashes, "history is loaded")
        other.delete_rows(database)
        yield from restore(elsewhere, list(hashes))
        yield from other_hashes(elsewhere, hashes, "a restore")
    finally:
        elsewhere.stop()


def other_hashes(server, hashes, after):
    for table, content_hash in hashes.items():
        if server.hash(table) != content_hash:
            yield f"{table}: on the other engine the hash is another one after {after}"


def restore(server, tables):
    """Restores tables, parents before children: one whose parents are missing is refused, and tried again later."""
    while tables:
        refused = {}
        for table in tables:
            try:
                server.post(f"/restore/{quote(table)}")
            except urllib.error.HTTPError as error:
                refused[table] = error.read().decode(errors="replace")
        if len(refused) == len(tables):
            yield from (f"{table} is not restored on the other engine: {why}" for table, why in refused.items())
            return
        tables = list(refused)
