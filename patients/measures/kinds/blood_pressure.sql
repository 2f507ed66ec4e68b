-- The last blood pressure of the year, against limits, for people with hypertension, for one payer.
-- The texts in braces are put in by text.py and blood_pressure.py.
WITH
{sources}
{population}
{period}

-- Each number of each claim: the most that it can be. part 1 is systolic, 2 diastolic.
pressure AS (
    SELECT b.patient_id, b.day, b.event_id, b.list_code, b.code, b.result, t.part,
        CASE WHEN b.bound = '>' THEN %(most_milli)s ELSE b.milli END AS high_milli,
        CASE WHEN b.bound = '' THEN b.milli END AS exact_milli
    FROM observed b
    JOIN (VALUES {parts}) AS t (list_code, part) ON t.list_code = b.list_code
    WHERE b.day >= %(first_day)s AND b.milli >= %(least_milli)s AND b.milli <= %(most_milli)s
    UNION ALL
    SELECT c.patient_id, c.day, c.event_id, c.list_code, c.code, '', t.part, t.high_milli, CAST(NULL AS int)
    FROM coded c
    JOIN (VALUES {ranges}) AS t (list_code, part, high_milli) ON t.list_code = c.list_code
    WHERE c.day >= %(first_day)s AND c.setting <> 'inpatient'
),
-- Not what is measured in an emergency department or in hospital, nor before claims show hypertension for the second time.
elsewhere AS (
    SELECT DISTINCT patient_id, day AS from_day, day AS last_day FROM coded
    WHERE list_code IN ({emergency}) AND day >= %(first_day)s
    UNION ALL
    SELECT s.patient_id, s.from_day, s.to_day
    FROM claims_stay s
    WHERE s.payer_id = %(payer_id)s AND s.kind = 'inpatient' AND s.to_day >= %(first_day)s
        AND s.from_day <= %(known_day)s {people_s}
),
usable AS (
    SELECT r.patient_id, r.day, r.event_id, r.list_code, r.code, r.result, r.part, r.high_milli, r.exact_milli
    FROM pressure r
    JOIN population o ON o.patient_id = r.patient_id AND r.day >= o.met_day
    LEFT JOIN elsewhere e ON e.patient_id = r.patient_id AND r.day >= e.from_day AND r.day <= e.last_day
    WHERE e.patient_id IS NULL
),
-- The last day with both numbers, and of that day the lowest of each.
reading AS (
    SELECT patient_id, day, event_id, systolic, diastolic, exact_systolic, exact_diastolic
    FROM (
        SELECT patient_id, day, min(event_id) AS event_id,
            min(CASE WHEN part = 1 THEN high_milli END) AS systolic,
            min(CASE WHEN part = 2 THEN high_milli END) AS diastolic,
            min(CASE WHEN part = 1 THEN exact_milli END) AS exact_systolic,
            min(CASE WHEN part = 2 THEN exact_milli END) AS exact_diastolic,
            row_number() OVER (PARTITION BY patient_id ORDER BY day DESC) AS place
        FROM usable
        GROUP BY patient_id, day
        HAVING count(DISTINCT part) = 2
    ) AS days
    WHERE place = 1
),
shown AS (
    SELECT 'asks' AS role, list_code, day, code, '' AS result, event_id, patient_id FROM asking
    UNION ALL
    SELECT 'value', list_code, day, code, result, event_id, patient_id FROM usable
),
counted AS (
    SELECT p.patient_id, p.index_day, p.end_day AS period_end_day, o.claims AS fills,
        CASE WHEN r.systolic < %(systolic_milli)s AND r.diastolic < %(diastolic_milli)s THEN 1 ELSE 0 END AS is_met,
        CASE WHEN p.age_problem IS NOT NULL THEN p.age_problem WHEN p.has_died = 1 THEN 'died'
            WHEN p.is_uncovered = 1 THEN 'no_full_coverage' ELSE '' END AS not_in_denominator,
        '' AS not_computed,
        CASE WHEN p.seen_day < p.end_day
            AND (r.patient_id IS NULL OR r.systolic >= %(systolic_milli)s OR r.diastolic >= %(diastolic_milli)s)
            THEN p.end_day END AS last_day,
        CASE WHEN r.exact_systolic = r.systolic THEN r.exact_systolic END AS value_milli,
        CASE WHEN r.exact_diastolic = r.diastolic THEN r.exact_diastolic END AS second_milli,
        %(systolic_milli)s AS limit_milli,
        r.day AS value_day,
        r.event_id AS value_event_id
    FROM period p
    JOIN population o ON o.patient_id = p.patient_id
    LEFT JOIN reading r ON r.patient_id = p.patient_id
),
{tail}
