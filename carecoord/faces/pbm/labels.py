"""The words of columns and fields, where the name of the field is not the word that people use."""

LABELS = {
    "since": "First day",
    "until": "Last day",
    "program": "Programme",
    "pbm": "PBM",
    "as_of": "As of",
    "parent": "Part of",
    "ran_at": "Ran (UTC)",
    "started_at": "Started (UTC)",
    "ended_at": "Ended (UTC)",
    "received_at": "Received (UTC)",
    "loaded_at": "Loaded (UTC)",
    "withdrawn_at": "Withdrawn (UTC)",
    "feed_pharmacy_id": "Pharmacy id in the feed",
    "sha256": "SHA-256",
    "sentence": "Why",
    "area": "Where",
    "label": "Service",
}
