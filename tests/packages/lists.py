"""The two lists of what is known: differences that a sentence of the standard decides, and packages that do not start yet."""


class Differences:
    """Lines of package, resource, row, expected, ours and the sentence, separated by tabs. A row of `*` is any row."""

    def __init__(self, path):
        self.path = path
        self.entries = {}  # (package, resource, row, expected, ours): whether it was found
        for number, line in enumerate(lines_of(path), 1):
            cells = line.split("\t")
            if len(cells) != 6 or not all(cells):
                raise SystemExit(f"{path}: entry {number} must have six cells separated by tabs: {line}")
            if tuple(cells[:5]) != ("package", "resource", "row", "expected", "ours"):
                self.entries[tuple(cells[:5])] = False

    def has(self, package, difference):
        """Whether the difference is listed. It is then no longer reported by `not_found`."""
        resource, row, expected, ours = difference
        for listed_row in (row, "*"):
            entry = (package, resource, listed_row, expected, ours)
            if entry in self.entries:
                self.entries[entry] = True
                return True
        return False

    def not_found(self, package):
        """Entries of a package that has been compared which were not among its differences."""
        return [entry[1:] for entry, found in self.entries.items() if entry[0] == package and not found]


class Pending:
    """Names of packages that do not start yet, one a line."""

    def __init__(self, path):
        self.path, self.names = path, frozenset(lines_of(path))

    def __contains__(self, name):
        return name in self.names


def lines_of(path):
    """The lines that are neither empty nor comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]
