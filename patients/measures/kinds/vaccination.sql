-- Doses of a vaccine within a window, for everybody of an age, for one payer.
-- The texts in braces are put in by text.py and vaccination.py.
WITH
{sources}
population AS (
    SELECT s.patient_id, %(first_day)s AS index_day
    FROM year_cover s
    JOIN patients_patient p ON p.id = s.patient_id AND (p.born_on IS NULL OR p.born_on <= %(born_by)s) {not_too_old}
),
{period}

-- A dose told by a claim and by a registry for one day is one, and so is a product that is of the set for two ingredients.
-- Doses in childhood do not count where an age is set.
told AS (
    SELECT v.patient_id, v.day, v.event_id, v.list_code, v.code
    FROM vaccinated v
    WHERE v.list_code IN ({vaccines}) AND v.day >= {from_day} AND v.day <= {to_day}
    UNION ALL
    SELECT c.patient_id, c.day, c.event_id, c.list_code, c.code
    FROM coded c
    WHERE c.list_code IN ({services}) AND c.day >= {from_day} AND c.day <= {to_day}
    UNION ALL
    SELECT f.patient_id, f.day, f.event_id, f.set_code, f.ndc
    FROM class_fill f
    WHERE f.set_code IN ({products}) AND f.day >= {from_day} AND f.day <= {to_day}
),
dose AS (
    SELECT t.patient_id, t.day, t.event_id, t.list_code, t.code, s.doses, s.apart_days,
        dense_rank() OVER (PARTITION BY t.patient_id, s.schedule ORDER BY t.day) AS place,
        min(t.day) OVER (PARTITION BY t.patient_id, s.schedule) AS first_dose
    FROM told t
    JOIN (VALUES {schedules}) AS s (schedule, list_code, doses, apart_days) ON s.list_code = t.list_code
    JOIN person p ON p.patient_id = t.patient_id
    WHERE p.born_on IS NULL OR t.day >= CAST(p.born_on + INTERVAL '{least_age}' YEAR AS date) - DATE '1970-01-01'
),
-- The day on which the last dose that is asked for was given, of the schedule that was ready first.
met AS (
    SELECT patient_id, min(day) AS day
    FROM dose
    WHERE place >= doses AND day - first_dose >= apart_days
    GROUP BY patient_id
),
dose_count AS (
    SELECT patient_id, count(DISTINCT day) AS doses, max(day) AS last_dose FROM dose GROUP BY patient_id
),
illness AS (
    SELECT patient_id, min(day) AS day FROM coded WHERE list_code IN ({illness}) GROUP BY patient_id
),
shown AS (
    SELECT 'meets' AS role, list_code, day, code, '' AS result, event_id, patient_id FROM dose
    UNION ALL
    SELECT 'meets', list_code, day, code, '', event_id, patient_id FROM coded WHERE list_code IN ({illness})
),
counted AS (
    SELECT p.patient_id, p.index_day, {window_ends} AS period_end_day, coalesce(g.doses, 0) AS fills,
        CASE WHEN m.patient_id IS NULL AND i.patient_id IS NULL THEN 0 ELSE 1 END AS is_met,
        CASE WHEN p.age_problem IS NOT NULL THEN p.age_problem WHEN p.has_died = 1 THEN 'died'
            WHEN p.is_uncovered = 1 THEN 'no_full_coverage' ELSE '' END AS not_in_denominator,
        '' AS not_computed,
        CASE WHEN m.patient_id IS NULL AND i.patient_id IS NULL AND p.seen_day < {window_ends}
            THEN {window_ends} END AS last_day,
        coalesce(g.doses, 0) * 1000 AS value_milli,
        CAST(NULL AS bigint) AS second_milli,
        {doses} * 1000 AS limit_milli,
        coalesce(m.day, i.day) AS value_day,
        CAST(NULL AS bigint) AS value_event_id
    FROM period p
    LEFT JOIN met m ON m.patient_id = p.patient_id
    LEFT JOIN dose_count g ON g.patient_id = p.patient_id
    LEFT JOIN illness i ON i.patient_id = p.patient_id
),
{tail}
