-- The last result of the year, compared with a limit, for people with a disease, for one payer.
-- The texts in braces are put in by text.py and last_result.py.
WITH
{sources}
{population}
{period}

-- Every test of the year, with what its result is at least and at most; nothing where the claim tells no result.
told AS (
    SELECT patient_id, day, event_id, list_code, code, result, units, bound,
        CASE WHEN list_code IN ({ifcc}) OR substr(lower(units), 1, 4) = 'mmol'
            THEN CAST(floor((milli * 0.09148 + 2152) / 100 + 0.5) * 100 AS int) ELSE milli END AS milli
    FROM observed
    WHERE list_code IN ({results}) AND day >= %(first_day)s
),
test AS (
    SELECT patient_id, day, event_id, list_code, code, result, units,
        CASE WHEN bound = '>' THEN %(most_milli)s WHEN milli >= %(least_milli)s AND milli <= %(most_milli)s THEN milli END AS high_milli,
        CASE WHEN bound = '' AND milli >= %(least_milli)s AND milli <= %(most_milli)s THEN milli END AS exact_milli
    FROM told
    UNION ALL
    SELECT c.patient_id, c.day, c.event_id, c.list_code, c.code, '', '', r.high_milli, CAST(NULL AS int)
    FROM coded c
    JOIN (VALUES {ranges}) AS r (list_code, high_milli) ON r.list_code = c.list_code
    WHERE c.day >= %(first_day)s
    UNION ALL
    SELECT patient_id, day, event_id, list_code, code, '', '', CAST(NULL AS int), CAST(NULL AS int)
    FROM coded
    WHERE list_code IN ({tests}) AND day >= %(first_day)s
),
last_test AS (
    SELECT patient_id, max(day) AS day FROM test GROUP BY patient_id
),
-- A test without a result takes that of the days before, which is told for the day of the blood draw. Of one day the lowest.
value AS (
    SELECT patient_id, day, event_id, high_milli, exact_milli
    FROM (
        SELECT t.patient_id, t.day, t.event_id, t.high_milli, t.exact_milli,
            row_number() OVER (PARTITION BY t.patient_id ORDER BY t.day DESC, t.high_milli, t.event_id) AS place
        FROM test t
        JOIN last_test l ON l.patient_id = t.patient_id
        WHERE t.high_milli IS NOT NULL AND t.day >= l.day - %(same_test_days)s
    ) AS ranked
    WHERE place = 1
),
shown AS (
    SELECT 'asks' AS role, list_code, day, code, '' AS result, event_id, patient_id FROM asking
    UNION ALL
    SELECT 'value', list_code, day, code, result, event_id, patient_id FROM test
),
counted AS (
    SELECT p.patient_id, p.index_day, p.end_day AS period_end_day, o.claims AS fills,
        CASE WHEN %(is_poor)s = 0 AND v.high_milli < %(limit_milli)s THEN 1
            WHEN %(is_poor)s = 1 AND (v.high_milli IS NULL OR v.high_milli > %(limit_milli)s) THEN 1 ELSE 0 END AS is_met,
        CASE WHEN p.age_problem IS NOT NULL THEN p.age_problem WHEN p.has_died = 1 THEN 'died'
            WHEN p.is_uncovered = 1 THEN 'no_full_coverage' ELSE '' END AS not_in_denominator,
        '' AS not_computed,
        CASE WHEN p.seen_day < p.end_day AND (v.high_milli IS NULL OR v.high_milli >= %(limit_milli)s + %(is_poor)s)
            THEN p.end_day END AS last_day,
        v.exact_milli AS value_milli,
        CAST(NULL AS bigint) AS second_milli,
        %(limit_milli)s AS limit_milli,
        v.day AS value_day,
        v.event_id AS value_event_id
    FROM period p
    JOIN population o ON o.patient_id = p.patient_id
    LEFT JOIN value v ON v.patient_id = p.patient_id
),
{tail}
