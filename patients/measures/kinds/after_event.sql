-- Whether a medicine was at hand, or came within some days, after an illness got worse, for one payer and one measurement year.
-- The texts in braces are put in by text.py and after_event.py: sources, code lists, and the tail.
WITH
{sources}
-- Treated in hospital or an emergency department for the illness in the first place. At the end of the year what is not followed for
-- all the days yet is left to the next year, which begins with it; before, it is judged by what is known.
event AS (
    SELECT DISTINCT d.patient_id, d.day, d.event_id, d.list_code, d.code
    FROM coded d
    LEFT JOIN coded v ON v.patient_id = d.patient_id AND v.day = d.day AND v.list_code IN ({emergency})
    WHERE d.list_code IN ({diagnosis}) AND d.is_principal = 1 AND d.day >= %(first_day)s - %(within_days)s
        AND (d.day <= %(last_day)s - %(within_days)s OR %(known_day)s < %(last_day)s)
        AND (d.setting = 'inpatient' OR v.patient_id IS NOT NULL)
),
-- The newest one decides.
newest AS (
    SELECT patient_id, max(day) AS index_day, count(DISTINCT day) AS events FROM event GROUP BY patient_id
),
person AS (
    SELECT n.patient_id, n.index_day, n.events, n.index_day + %(within_days)s AS end_day,
        least(n.index_day + %(within_days)s, %(known_day)s) AS seen_day,
        CASE WHEN p.born_on > %(born_by)s THEN 'under_age' WHEN p.born_on <= %(born_after)s THEN 'over_age'
            WHEN p.born_on IS NULL THEN 'no_birth_date' END AS age_problem,
        CASE WHEN p.died_on - DATE '1970-01-01' <= n.index_day + %(within_days)s THEN 1 ELSE 0 END AS has_died
    FROM newest n
    JOIN patients_patient p ON p.id = n.patient_id
),
period AS (
    SELECT p.patient_id, p.index_day, p.events, p.end_day, p.seen_day, p.age_problem, p.has_died,
        CASE WHEN s.patient_id IS NULL THEN 1 ELSE 0 END AS is_uncovered
    FROM person p
    LEFT JOIN covered_span s
        ON s.patient_id = p.patient_id AND s.benefit = 'drugs' AND s.gap_days = %(enrolment_gap_days)s
        AND s.from_day <= p.index_day AND s.last_day >= p.seen_day
),
-- At hand on the day itself, or filled on it or within the days after it.
medicine AS (
    SELECT f.patient_id, f.day, f.event_id, f.set_code, f.ndc,
        row_number() OVER (PARTITION BY f.patient_id ORDER BY f.day, f.event_id, f.ndc) AS place
    FROM class_fill f
    JOIN period p ON p.patient_id = f.patient_id
    WHERE f.set_code IN ({drugs}) AND f.day <= p.seen_day
        AND (f.day >= p.index_day OR (f.days_supply > 0 AND f.day + f.days_supply > p.index_day))
),
shown AS (
    SELECT 'asks' AS role, list_code, day, code, '' AS result, event_id, patient_id FROM event
    UNION ALL
    SELECT 'meets', set_code, day, ndc, '', event_id, patient_id FROM medicine
),
counted AS (
    SELECT p.patient_id, p.index_day, p.end_day AS period_end_day, CAST(p.events AS integer) AS fills,
        CASE WHEN m.patient_id IS NULL THEN 0 ELSE 1 END AS is_met,
        CASE WHEN p.age_problem IS NOT NULL THEN p.age_problem WHEN p.has_died = 1 THEN 'died'
            WHEN p.is_uncovered = 1 THEN 'no_cover_follow_up' ELSE '' END AS not_in_denominator,
        '' AS not_computed,
        CASE WHEN m.patient_id IS NULL AND p.seen_day < p.end_day THEN p.end_day END AS last_day,
        CAST(NULL AS bigint) AS value_milli,
        CAST(NULL AS bigint) AS second_milli,
        CAST(NULL AS bigint) AS limit_milli,
        m.day AS value_day,
        m.event_id AS value_event_id
    FROM period p
    LEFT JOIN medicine m ON m.patient_id = p.patient_id AND m.place = 1
),
{tail}
