-- One fill of a treatment, or one dose of it given as a service, in the year, for people with a disease, for one payer.
-- The texts in braces are put in by text.py and treated.py.
WITH
{sources}
{population}
{period}

treatment AS (
    SELECT patient_id, day, event_id, set_code AS list_code, ndc AS code
    FROM class_fill WHERE set_code IN ({drugs}) AND day >= %(first_day)s
    UNION ALL
    SELECT patient_id, day, event_id, list_code, code FROM coded WHERE list_code IN ({given}) AND day >= %(first_day)s
),
first_treatment AS (
    SELECT patient_id, day, event_id
    FROM (
        SELECT patient_id, day, event_id, row_number() OVER (PARTITION BY patient_id ORDER BY day, event_id) AS place FROM treatment
    ) AS ranked
    WHERE place = 1
),
shown AS (
    SELECT 'asks' AS role, list_code, day, code, '' AS result, event_id, patient_id FROM asking
    UNION ALL
    SELECT 'meets', list_code, day, code, '', event_id, patient_id FROM treatment
),
counted AS (
    SELECT p.patient_id, p.index_day, p.end_day AS period_end_day, o.claims AS fills,
        CASE WHEN t.patient_id IS NULL THEN 0 ELSE 1 END AS is_met,
        CASE WHEN p.age_problem IS NOT NULL THEN p.age_problem WHEN p.has_died = 1 THEN 'died'
            WHEN p.is_uncovered = 1 THEN 'no_full_coverage' ELSE '' END AS not_in_denominator,
        '' AS not_computed,
        CASE WHEN t.patient_id IS NULL AND p.seen_day < p.end_day THEN p.end_day END AS last_day,
        CAST(NULL AS bigint) AS value_milli,
        CAST(NULL AS bigint) AS second_milli,
        CAST(NULL AS bigint) AS limit_milli,
        t.day AS value_day,
        t.event_id AS value_event_id
    FROM period p
    JOIN population o ON o.patient_id = p.patient_id
    LEFT JOIN first_treatment t ON t.patient_id = p.patient_id
),
{tail}
