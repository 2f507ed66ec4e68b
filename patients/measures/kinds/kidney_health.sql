-- Both tests of the kidneys in the year, for people with diabetes, for one payer.
-- The texts in braces are put in by text.py and kidney_health.py.
WITH
{sources}
{population}
{period}

-- part 1: filtration rate. part 2: albumin-creatinine ratio. 3 and 4: urine albumin and urine creatinine.
test AS (
    SELECT c.patient_id, c.day, c.event_id, c.list_code, c.code, '' AS result, t.part
    FROM coded c
    JOIN (VALUES {services}) AS t (list_code, part) ON t.list_code = c.list_code
    WHERE c.day >= %(first_day)s
    UNION ALL
    SELECT b.patient_id, b.day, b.event_id, b.list_code, b.code, b.result, t.part
    FROM observed b
    JOIN (VALUES {results}) AS t (list_code, part) ON t.list_code = b.list_code
    WHERE b.day >= %(first_day)s
),
-- The two parts of a ratio count on the later day, when they are no more than so many days apart.
ratio AS (
    SELECT patient_id, day FROM test WHERE part = 2
    UNION ALL
    SELECT a.patient_id, greatest(a.day, c.day)
    FROM test a
    JOIN test c ON c.patient_id = a.patient_id AND c.part = 4
        AND c.day - a.day <= %(apart_days)s AND a.day - c.day <= %(apart_days)s
    WHERE a.part = 3
),
found AS (
    SELECT patient_id, min(CASE WHEN part = 1 THEN day END) AS rate_day, min(CASE WHEN part = 2 THEN day END) AS ratio_day
    FROM (
        SELECT patient_id, day, 1 AS part FROM test WHERE part = 1
        UNION ALL
        SELECT patient_id, day, 2 FROM ratio
    ) AS both_tests
    GROUP BY patient_id
),
shown AS (
    SELECT 'asks' AS role, list_code, day, code, '' AS result, event_id, patient_id FROM asking
    UNION ALL
    SELECT 'meets', list_code, day, code, result, event_id, patient_id FROM test
),
counted AS (
    SELECT p.patient_id, p.index_day, p.end_day AS period_end_day, o.claims AS fills,
        CASE WHEN f.rate_day IS NOT NULL AND f.ratio_day IS NOT NULL THEN 1 ELSE 0 END AS is_met,
        CASE WHEN p.age_problem IS NOT NULL THEN p.age_problem WHEN p.has_died = 1 THEN 'died'
            WHEN p.is_uncovered = 1 THEN 'no_full_coverage' ELSE '' END AS not_in_denominator,
        '' AS not_computed,
        CASE WHEN p.seen_day < p.end_day AND (f.rate_day IS NULL OR f.ratio_day IS NULL) THEN p.end_day END AS last_day,
        CASE WHEN f.rate_day IS NULL THEN 0 ELSE 1000 END + CASE WHEN f.ratio_day IS NULL THEN 0 ELSE 1000 END AS value_milli,
        CAST(NULL AS bigint) AS second_milli,
        2000 AS limit_milli,
        CASE WHEN f.rate_day IS NOT NULL AND f.ratio_day IS NOT NULL THEN greatest(f.rate_day, f.ratio_day) END AS value_day,
        CAST(NULL AS bigint) AS value_event_id
    FROM period p
    JOIN population o ON o.patient_id = p.patient_id
    LEFT JOIN found f ON f.patient_id = p.patient_id
),
{tail}
