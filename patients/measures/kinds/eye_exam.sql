-- An exam of the retina in the year, or one without retinopathy in the year before, for people with diabetes, for one payer.
-- The texts in braces are put in by text.py and eye_exam.py.
WITH
{sources}
{population}
{period}

exam AS (
    SELECT patient_id, day, event_id, list_code, code FROM coded
    WHERE list_code IN ({this_year}) AND day >= %(first_day)s
    UNION ALL
    SELECT patient_id, day, event_id, list_code, code FROM coded
    WHERE list_code IN ({year_before}) AND day >= %(since_day)s AND day < %(first_day)s
    UNION ALL
    -- An exam of the year before, on a day with a diagnosis of diabetes without complications, saw no retinopathy.
    SELECT e.patient_id, e.day, e.event_id, e.list_code, e.code
    FROM coded e
    JOIN coded d ON d.patient_id = e.patient_id AND d.day = e.day AND d.list_code IN ({without_complications})
    WHERE e.list_code IN ({exams}) AND e.day >= %(since_day)s AND e.day < %(first_day)s
),
-- Both eyes removed at any time: the right and the left one, or on days so far apart, where one claim does not say which.
removal AS (
    SELECT patient_id, day, event_id, list_code, code FROM coded WHERE list_code IN ({removals})
),
without_eyes AS (
    SELECT patient_id, max(day) AS day
    FROM removal
    GROUP BY patient_id
    HAVING count(DISTINCT CASE WHEN list_code <> {removal} THEN list_code END) = 2
        OR max(day) - min(CASE WHEN list_code = {removal} THEN day END) >= %(apart_days)s
        OR max(CASE WHEN list_code = {removal} THEN day END) - min(day) >= %(apart_days)s
),
met AS (
    SELECT patient_id, day, event_id
    FROM (
        SELECT patient_id, day, event_id, row_number() OVER (PARTITION BY patient_id ORDER BY day DESC, event_id) AS place
        FROM (
            SELECT patient_id, day, event_id FROM exam
            UNION ALL
            SELECT patient_id, day, NULL FROM without_eyes
        ) AS either
    ) AS ranked
    WHERE place = 1
),
shown AS (
    SELECT 'asks' AS role, list_code, day, code, '' AS result, event_id, patient_id FROM asking
    UNION ALL
    SELECT 'meets', list_code, day, code, '', event_id, patient_id FROM exam
    UNION ALL
    SELECT 'meets', r.list_code, r.day, r.code, '', r.event_id, r.patient_id
    FROM removal r JOIN without_eyes w ON w.patient_id = r.patient_id
),
counted AS (
    SELECT p.patient_id, p.index_day, p.end_day AS period_end_day, o.claims AS fills,
        CASE WHEN m.patient_id IS NULL THEN 0 ELSE 1 END AS is_met,
        CASE WHEN p.age_problem IS NOT NULL THEN p.age_problem WHEN p.has_died = 1 THEN 'died'
            WHEN p.is_uncovered = 1 THEN 'no_full_coverage' ELSE '' END AS not_in_denominator,
        '' AS not_computed,
        CASE WHEN p.seen_day < p.end_day AND m.patient_id IS NULL THEN p.end_day END AS last_day,
        CAST(NULL AS bigint) AS value_milli,
        CAST(NULL AS bigint) AS second_milli,
        CAST(NULL AS bigint) AS limit_milli,
        m.day AS value_day,
        m.event_id AS value_event_id
    FROM period p
    JOIN population o ON o.patient_id = p.patient_id
    LEFT JOIN met m ON m.patient_id = p.patient_id
),
{tail}
