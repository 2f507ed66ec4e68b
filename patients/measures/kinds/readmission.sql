-- Unplanned readmissions after discharges from acute stays, for one payer: one row a patient, who may have had several.
-- The texts in braces are put in by text.py and discharges.py.
WITH
{sources}
{period}

planned AS (
    SELECT e.patient_id, e.number
    FROM episode e
    JOIN coded c ON c.patient_id = e.patient_id AND c.setting = 'inpatient' AND c.day >= e.admitted_day AND c.day <= e.to_day
        AND (c.list_code IN ({planned_services}) OR (c.list_code IN ({planned_diagnoses}) AND c.is_principal = 1))
    GROUP BY e.patient_id, e.number
),
childbirth AS (
    SELECT e.patient_id, e.number
    FROM episode e
    JOIN coded c ON c.patient_id = e.patient_id AND c.setting = 'inpatient' AND c.day >= e.admitted_day AND c.day <= e.to_day
        AND c.list_code = 'pregnancy' AND c.is_principal = 1
    GROUP BY e.patient_id, e.number
),
-- Acute stays over night that ended at home or elsewhere, from 1 January to 1 December; covered for the days after.
index_stay AS (
    SELECT e.patient_id, e.number, e.to_day, e.event_id,
        CASE WHEN s.patient_id IS NULL THEN 0 ELSE 1 END AS is_covered
    FROM episode e
    LEFT JOIN childbirth b ON b.patient_id = e.patient_id AND b.number = e.number
    LEFT JOIN covered_span s ON s.patient_id = e.patient_id AND s.benefit = 'any' AND s.gap_days = 0
        AND s.from_day <= e.to_day AND s.last_day >= least(e.to_day + %(act_days)s, %(known_day)s)
    WHERE e.to_day >= %(first_day)s AND e.to_day <= %(last_day)s - 30 AND e.to_day <= %(known_day)s
        AND e.to_day > e.admitted_day AND e.discharge_code NOT IN ({not_home}) AND b.patient_id IS NULL
),
-- The next stay of any length counts when it begins within the days and is not planned, nor for childbirth.
back AS (
    SELECT i.patient_id, i.number, min(e.admitted_day) AS day, min(e.event_id) AS event_id
    FROM index_stay i
    JOIN episode e ON e.patient_id = i.patient_id AND e.admitted_day > i.to_day AND e.admitted_day <= i.to_day + %(act_days)s
    LEFT JOIN planned l ON l.patient_id = e.patient_id AND l.number = e.number
    LEFT JOIN childbirth b ON b.patient_id = e.patient_id AND b.number = e.number
    WHERE i.is_covered = 1 AND l.patient_id IS NULL AND b.patient_id IS NULL
    GROUP BY i.patient_id, i.number
),
counts AS (
    SELECT i.patient_id, max(i.to_day) AS discharge_day, sum(i.is_covered) AS stays, count(k.day) AS readmissions,
        max(k.day) AS day
    FROM index_stay i
    LEFT JOIN back k ON k.patient_id = i.patient_id AND k.number = i.number
    GROUP BY i.patient_id
),
shown AS (
    SELECT 'asks' AS role, 'discharge' AS list_code, to_day AS day, '' AS code, '' AS result, event_id, patient_id
    FROM index_stay WHERE is_covered = 1
    UNION ALL
    SELECT 'meets', 'readmission', day, '', '', event_id, patient_id FROM back
),
counted AS (
    SELECT n.patient_id, n.discharge_day AS index_day, n.discharge_day + %(act_days)s AS period_end_day, n.stays AS fills,
        CASE WHEN n.readmissions > 0 THEN 1 ELSE 0 END AS is_met,
        CASE WHEN p.born_on > %(born_by)s THEN 'under_age' WHEN p.born_on IS NULL THEN 'no_birth_date'
            WHEN n.stays = 0 THEN 'not_covered_after' ELSE '' END AS not_in_denominator,
        '' AS not_computed,
        CASE WHEN n.discharge_day + %(act_days)s > %(known_day)s AND (n.day IS NULL OR n.day <= n.discharge_day)
            THEN n.discharge_day + %(act_days)s END AS last_day,
        n.readmissions * 1000 AS value_milli,
        n.stays * 1000 AS second_milli,
        CAST(NULL AS bigint) AS limit_milli,
        n.day AS value_day,
        CAST(NULL AS bigint) AS value_event_id
    FROM counts n
    JOIN patients_patient p ON p.id = n.patient_id
),
{tail}
