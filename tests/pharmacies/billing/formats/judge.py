"""pyx12, an outside validator with the implementation guides' maps, as one function."""

import io
import logging
from functools import cache

import pyx12.map_if
import pyx12.params
import pyx12.x12n_document

RULES = pyx12.params.ParamsBase()
load_map_file = cache(pyx12.map_if.load_map_file)


class Listener(logging.Handler):
    """pyx12 says more to its log than to its reports."""

    def __init__(self):
        super().__init__()
        self.heard = []

    def emit(self, record):
        self.heard.append(record.getMessage())


def complaints(text):
    """What pyx12 says against a file, a sentence each: none for a valid one."""
    listener, log = Listener(), logging.getLogger("pyx12")
    original, pyx12.map_if.load_map_file = pyx12.map_if.load_map_file, load_map_file
    log.addHandler(listener)
    try:
        is_valid = pyx12.x12n_document.x12n_document(RULES, io.StringIO(text), None, None)
    finally:
        log.removeHandler(listener)
        pyx12.map_if.load_map_file = original
    return listener.heard or ([] if is_valid else ["invalid, without a reason"])
