-- A statin of moderate or high intensity for people with atherosclerotic disease, for one payer.
-- The texts in braces are put in by text.py and statin_therapy.py.
WITH
{sources}
-- An event in the year before; or a diagnosis in both years.
asking (patient_id, day, event_id, list_code, code, is_event) AS (
    SELECT patient_id, day, event_id, list_code, code, 1
    FROM coded
    WHERE ((list_code IN ({infarction}) AND setting = 'inpatient') OR list_code IN ({procedures}))
        AND day >= %(since_day)s AND day < %(first_day)s
    UNION ALL
    SELECT patient_id, day, event_id, list_code, code, 0
    FROM coded
    WHERE list_code IN ({disease}) AND setting <> 'dme' AND day >= %(since_day)s
),
population AS (
    SELECT patient_id, %(first_day)s AS index_day, CAST(sum(claims) AS bigint) AS claims
    FROM (
        SELECT patient_id, max(is_event) AS has_event,
            max(CASE WHEN is_event = 0 AND day < %(first_day)s THEN 1 ELSE 0 END) AS before,
            max(CASE WHEN is_event = 0 AND day >= %(first_day)s THEN 1 ELSE 0 END) AS now, count(DISTINCT event_id) AS claims
        FROM asking GROUP BY patient_id
    ) AS people
    WHERE has_event = 1 OR (before = 1 AND now = 1)
    GROUP BY patient_id
),
{period}

cover AS (
    SELECT patient_id,
        max(CASE WHEN benefit = 'drugs' AND from_day <= %(first_day)s + %(enrolment_gap_days)s AND last_day >= %(known_day)s
            THEN 1 ELSE 0 END) AS has_drugs,
        max(CASE WHEN benefit = 'any' AND from_day <= %(since_day)s + %(enrolment_gap_days)s
            AND last_day >= %(first_day)s - 1 - %(enrolment_gap_days)s THEN 1 ELSE 0 END) AS was_covered
    FROM covered_span WHERE gap_days = %(enrolment_gap_days)s GROUP BY patient_id
),
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
    SELECT p.patient_id, p.index_day, p.end_day AS period_end_day, o.claims AS fills,
        CASE WHEN s.patient_id IS NULL THEN 0 ELSE 1 END AS is_met,
        CASE WHEN p.age_problem IS NOT NULL THEN p.age_problem
            WHEN p.sex <> 'male' AND EXTRACT(YEAR FROM p.born_on) > EXTRACT(YEAR FROM CAST(%(born_by)s AS date)) - %(women_later)s
            THEN 'under_age'
            WHEN p.has_died = 1 THEN 'died' WHEN p.is_uncovered = 1 THEN 'no_full_coverage'
            WHEN coalesce(c.was_covered, 0) = 0 THEN 'no_cover_before' WHEN c.has_drugs = 0 THEN 'no_drug_cover'
            ELSE '' END AS not_in_denominator,
        '' AS not_computed,
        CASE WHEN p.seen_day < p.end_day AND s.patient_id IS NULL THEN p.end_day END AS last_day,
        CAST(NULL AS bigint) AS value_milli,
        CAST(NULL AS bigint) AS second_milli,
        CAST(NULL AS bigint) AS limit_milli,
        s.day AS value_day,
        s.event_id AS value_event_id
    FROM period p
    JOIN population o ON o.patient_id = p.patient_id
    LEFT JOIN cover c ON c.patient_id = p.patient_id
    LEFT JOIN statin s ON s.patient_id = p.patient_id
),
{tail}
