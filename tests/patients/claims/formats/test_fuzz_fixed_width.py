"""Files of fixed width with bytes changed, cut, doubled and lost: rows, named problems or a refusal, and every line accounted for."""

from hypothesis import given, settings
from hypothesis import strategies as st

from .fixed_width import BASES, PLACES, cclf, cclf_delimited, cclf_line, event, pde, widths
from .test_fuzz import VALUE, drain

FIXED = {code: ("cclf", cclf(code, {}, {})) for code in BASES}
FIXED |= {f"{code} delimited": ("cclf", cclf_delimited(code, {}, {})) for code in BASES}
WIDE = widths(1000, rx=(12, 0), extra=10)
FIXED["pde 512"] = ("cms_pde", pde([event(), event(ADJ="D")], ("S5678", "002", [event()])))
FIXED["pde 1000"] = ("cms_pde", pde([event(WIDE), event(WIDE, RID="REJ")], size=1000))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(FIXED)), st.data())
def test_a_file_of_fixed_width_with_bytes_changed(name, data):
    code, good = FIXED[name]
    whole = bytearray(good)
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(whole) - 1))
        how = data.draw(st.sampled_from(["change", "cut", "double", "drop line"]))
        if how == "change":
            whole[place] = data.draw(st.integers(0, 255))
        elif how == "cut":
            del whole[place : place + data.draw(st.integers(1, 600))]
        elif how == "double":
            whole[place:place] = whole[place : place + data.draw(st.integers(1, 600))]
        else:
            lines = bytes(whole).split(b"\n")
            lines.pop(data.draw(st.integers(0, len(lines) - 1)))
            whole = bytearray(b"\n".join(lines))
        whole = whole or bytearray(b"\n")
    drain(code, bytes(whole))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(BASES)), st.data())
def test_one_column_of_a_claim_line_feed_changed(kind, data):
    name = data.draw(st.sampled_from(PLACES[kind].split()[::3]))
    value = data.draw(VALUE)
    changed = {name: value}
    fixed = cclf_line(kind, **changed).replace("\n", " ")
    drain("cclf", f"{cclf_line(kind)}\n{fixed}\n".encode("utf-8", "surrogatepass"))
    if not set('",\n') & set(value):
        drain("cclf", cclf_delimited(kind, {}, changed) if value.isascii() else b"")


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([widths(), WIDE]), st.data())
def test_one_field_of_a_drug_event_changed(layout, data):
    name = data.draw(st.sampled_from([name for name, _ in layout]))
    changed = event(layout, **{name: data.draw(VALUE)}).replace("\n", " ")
    text = pde([event(layout), "@"], size=sum(width for _, width in layout)).decode()
    drain("cms_pde", text.replace("@", changed).encode("utf-8", "surrogatepass"))
