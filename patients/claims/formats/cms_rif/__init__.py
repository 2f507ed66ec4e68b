"""CMS research identifiable files (RIF): pipe-separated, one file a claim type, a header line, no quoting.

Source of the layouts: the files themselves as published CC0 in CMSgov/beneficiary-fhir-data (Synthea and "sample A"
sets), and the codebooks of the Chronic Conditions Warehouse and ResDAC for the meaning of codes. Dates are 26-Jun-2014.
A quote or a backslash is an ordinary character; lines of some files end in one separator too many.
"""

from functools import partial
from pathlib import Path

from ..reading.blocks import CONTAINER_TYPES
from ..reading.described import fields_of
from ..reading.feed import Dialect, Format, open_feed
from ..reading.outcome import FeedRefused
from .beneficiary import BENEFICIARY_HISTORY_SHAPE, BENEFICIARY_SHAPE
from .medical import MEDICAL_SHAPES
from .pde import PDE_SHAPE

SHAPES = {shape.code: shape for shape in (PDE_SHAPE, BENEFICIARY_SHAPE, BENEFICIARY_HISTORY_SHAPE, *MEDICAL_SHAPES)}
# Columns that only this file has, most telling first: one of them settles the kind.
TELLING = (
    ("pde", ("PDE_ID", "PROD_SRVC_ID", "DAYS_SUPLY_NUM", "QTY_DSPNSD_NUM")),
    ("dme", ("DMERC_LINE_PRCNG_STATE_CD", "DMERC_LINE_SUPPLR_TYPE_CD", "DMERC_LINE_SCRN_SVGS_AMT")),
    ("carrier", ("CARR_LINE_PRVDR_TYPE_CD", "CARR_PRFRNG_PIN_NUM", "PRF_PHYSN_NPI", "CARR_LINE_MTUS_CNT")),
    ("hospice", ("CLM_HOSPC_START_DT_ID", "BENE_HOSPC_PRD_CNT")),
    ("hha", ("CLM_HHA_TOT_VISIT_CNT", "CLM_HHA_LUPA_IND_CD", "CLM_HHA_RFRL_CD")),
    ("snf", ("NCH_QLFYD_STAY_FROM_DT", "NCH_QLFYD_STAY_THRU_DT")),
    ("inpatient", ("CLM_DRG_OUTLIER_STAY_CD", "CLM_PASS_THRU_PER_DIEM_AMT", "BENE_LRD_USED_CNT", "CLM_DRG_CD")),
    ("outpatient", ("CLM_OP_PRVDR_PMT_AMT", "NCH_BENE_PTB_COINSRNC_AMT", "REV_CNTR_RDCD_COINSRNC_AMT")),
    ("beneficiary", ("RFRNC_YR", "MDCR_ENTLMT_BUYIN_1_IND", "PTD_CNTRCT_JAN_ID")),
    ("beneficiary_history", ("BENE_BIRTH_DT", "MBI_NUM", "BENE_CRNT_HIC_NUM")),
)


def recognise(header, line):
    """The shape of a header, or a refusal that names what is read."""
    have = set(header)
    for code, columns in TELLING:
        if have.intersection(columns):
            return SHAPES[code]
    kinds = ", ".join(sorted(SHAPES))
    if not any(have.intersection(shape.known) for shape in SHAPES.values()):
        raise FeedRefused("no_header", f"The first line names no known column. Files that are read: {kinds}.", line)
    raise FeedRefused("unknown_kind", f"The header is that of no file that is read: {kinds}.", line)


FORMAT = Format(
    code="cms_rif",
    title="CMS research files (RIF), pipe-separated",
    media_types=("text/plain", "text/csv", *CONTAINER_TYPES),
    open=partial(open_feed, Dialect(delimiter="|", is_quoted=False, folded=str.upper, may_trail=True), recognise),
    shapes=tuple(SHAPES.values()),
    fields=fields_of(SHAPES.values(), meanings=Path(__file__).with_name("meanings.csv"), is_quoted=False),
)
