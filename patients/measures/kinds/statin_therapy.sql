-- A statin of moderate or high intensity for people with atherosclerotic disease, for one payer.
-- The texts in braces are put in by text.py and statin_therapy.py.
WITH
{sources}
{heart_disease},
statin AS (
    SELECT patient_id, day, event_id, ndc
    FROM (
        SELECT patient_id, day, event_id, ndc, row_number() OVER (PARTITION BY patient_id ORDER BY day, event_id) AS place
        FROM class_fill WHERE set_code IN ({statins}) AND day >= %(first_day)s
    ) AS fills
    WHERE place = 1
),
shown AS (
    SELECT 'asks' AS role, list_code, day, code, '' AS result, event_id, patient_id FROM asking
    UNION ALL
    SELECT 'meets', set_code, day, ndc, '', event_id, patient_id
    FROM class_fill WHERE set_code IN ({statins}) AND day >= %(first_day)s
),
counted AS (
    SELECT p.patient_id, p.index_day, p.end_day AS period_end_day, p.claims AS fills,
        CASE WHEN s.patient_id IS NULL THEN 0 ELSE 1 END AS is_met,
        p.not_in_denominator,
        '' AS not_computed,
        CASE WHEN p.seen_day < p.end_day AND s.patient_id IS NULL THEN p.end_day END AS last_day,
        CAST(NULL AS bigint) AS value_milli,
        CAST(NULL AS bigint) AS second_milli,
        CAST(NULL AS bigint) AS limit_milli,
        s.day AS value_day,
        s.event_id AS value_event_id
    FROM heart_disease p
    LEFT JOIN statin s ON s.patient_id = p.patient_id
),
{tail}
