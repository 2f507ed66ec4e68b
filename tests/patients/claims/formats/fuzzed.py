"""`python -m tests.patients.claims.formats.fuzzed FORMAT FOLDER ARGUMENT...`: a reader under atheris, which looks for bytes that lead
to code that no bytes led to before. It begins with our own files, keeps what it finds in FOLDER, and ends with 0 when nothing was wrong.
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["patients.claims"]):
    from patients.claims import documentation
    from patients.claims.formats import FORMATS

from .reading import DATA
from .test_fuzz import X12, drain

LONGEST = 20_000


def write_seeds(code, folder):
    """Our small files of a format, for a beginning."""
    seeds = [file.read_bytes() for file in (DATA / code).rglob("*") if file.is_file()] if (DATA / code).exists() else []
    seeds += [documentation.example(code, title).encode() for title in FORMATS[code].fields]
    seeds += [file if isinstance(file, bytes) else file.encode() for file in X12.get(code, ())]
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number}").write_bytes(seed[:LONGEST])


def main(code, folder, *arguments):
    atheris.Setup([sys.argv[0], *arguments, f"-max_len={LONGEST}", str(folder)], lambda data: drain(code, data))
    atheris.Fuzz()


if __name__ == "__main__":
    write_seeds(sys.argv[1], Path(sys.argv[2]))
    main(*sys.argv[1:])
