"""Files that people take for a feed that is read here. They are refused by name, so that the sender knows what to send."""

# What only that kind of file has in its first line, upper case and without quotes; and what it is.
KNOWN = (
    ("DESYNPUF_ID", "This is a CMS DE-SynPUF file (2008 to 2010), which is not read here."),
    ("FILE DESCRIPTION ", "This is the summary of a CMS claim and claim line feed (CCLF), which is not read here."),
    ("RESOURCETYPE", "This looks like a file of the format fhir_eob."),
    ("CUR_CLM_UNIQ_ID", "This looks like a file of the format cclf."),
    ("BENE_MBI_ID", "This looks like a file of the format cclf."),
    ("HICN_MBI_XREF_IND", "This looks like a file of the format cclf."),
    ("ISA*", "This is an X12 interchange: claims are x12_837, payments x12_835, enrolment x12_834."),
    ("\x1cAM0", "This looks like a file of the format ncpdp_d0."),
    ("RX_NUMBER,FILL_NUMBER,", "This looks like a file of the format pharmacy_dispensing."),
    ("MSH|", "This is an HL7 version 2 message: send it as the format hl7_v2."),
    ("PERSON_ID,", "This looks like a file of the format tuva_csv."),
    ("MEMBER_ID,", "This looks like a file of the format tuva_csv."),
    ("BENE_ID|", "This looks like a file of the format cms_rif."),
)
FIXED_WIDTH = "This has fixed-width columns and no header: the formats cclf and cms_pde read such files."


def name_of(line):
    """A sentence that names the file of this first line (bytes); empty for one that nobody knows."""
    text = line.decode("utf-8", "replace").replace('"', "").upper()
    for word, sentence in KNOWN:
        if word in text:
            return sentence
    return FIXED_WIDTH if " " in text.strip() and not set(",|;\t{") & set(text) else ""
