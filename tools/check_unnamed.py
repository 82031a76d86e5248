#!/usr/bin/env python3
"""A name in an unnamed namespace is one of its kind in its room: the sanitizer trees compile ten files of a room as one (cmake/Rooms.cmake).

usage: check_unnamed.py      Prints names that stand in several files as ROOM: NAME: FILES; exit 1 if there is one. It reads lines, not C++: what it
does not see the compiler finds, twenty minutes later.
"""
import collections
import pathlib
import re
import sys

SRC = pathlib.Path(__file__).resolve().parent.parent / "src"
BLOCK = re.compile(r"^namespace \{\n(.*?)^\}  // namespace\n", re.S | re.M)
KINDS = [("constant", re.compile(r"(?:inline |static )*(?:const|constexpr)\b[^=({;]*?\b(k[A-Z]\w*)\b")),
         ("type", re.compile(r"(?:struct|class|enum class|enum)\s+(\w+)\b(?!;)")),
         ("alias", re.compile(r"using (\w+) = (.*);")),
         ("alias", re.compile(r"namespace (\w+) = (.*);")),
         ("function", re.compile(r"(?!return\b|if\b|for\b|template\b|using\b)[\w:<>,&*\s]+?[\s&*](\w+)\(([^)]*)"))]


def names(text):
    """(kind, name, what it stands for) of what is declared directly in unnamed namespaces."""
    for block in BLOCK.findall(text):
        depth = 0
        for line in block.splitlines():
            stripped = line.strip()
            if depth == 0 and not stripped.startswith(("//", "}")):
                for kind, pattern in KINDS:
                    if match := pattern.match(stripped):
                        name, means = match.group(1), match.group(2) if match.lastindex == 2 else ""
                        if kind == "function":  # overloads may stand together
                            means = re.sub(r"\s*\b\w+\s*(?=,|$)", "", means) if " " in means else means
                            name, means = f"{name}({means})", ""
                        yield kind, name, means.lstrip(":")
                        break
            depth += line.count("{") - line.count("}")


def main():
    found = 0
    for room in sorted(path for path in SRC.iterdir() if path.is_dir()):
        seen = collections.defaultdict(lambda: (set(), set()))
        for file in sorted(room.rglob("*.cc")):
            if re.search(r"(_test|_testing|_fuzz|main)\.cc$", file.name):
                continue
            for kind, name, means in names(file.read_text(encoding="utf-8")):
                files, meanings = seen[kind, name]
                files.add(str(file.relative_to(room)))
                meanings.add(means)
        for (kind, name), (files, meanings) in sorted(seen.items()):
            if len(files) > 1 and not (kind == "alias" and len(meanings) == 1):
                print(f"{room.name}: {kind} {name}: {', '.join(sorted(files))}")
                found += 1
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
