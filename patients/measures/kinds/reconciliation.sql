-- Medicines reconciled after each discharge, for one payer: one row a patient, who may have had several.
-- The texts in braces are put in by text.py and discharges.py.
WITH
{sources}
{period}

-- Discharges of 1 January to 1 December, alive; covered from the discharge to the end of the days in which to act.
discharge AS (
    SELECT e.patient_id, e.number, e.to_day, e.event_id, e.to_day + %(act_days)s AS until_day,
        CASE WHEN s.patient_id IS NULL THEN 0 ELSE 1 END AS is_covered
    FROM episode e
    LEFT JOIN covered_span s ON s.patient_id = e.patient_id AND s.benefit = 'any' AND s.gap_days = 0
        AND s.from_day <= e.to_day AND s.last_day >= least(e.to_day + %(act_days)s, %(known_day)s)
    WHERE e.to_day >= %(first_day)s AND e.to_day <= %(last_day)s - 30 AND e.to_day <= %(known_day)s
        AND e.discharge_code NOT IN ({not_home})
),
done AS (
    SELECT d.patient_id, d.number, min(c.day) AS day
    FROM discharge d
    JOIN coded c ON c.patient_id = d.patient_id AND c.list_code IN ({reconciled}) AND c.setting <> 'inpatient'
        AND c.day >= d.to_day AND c.day <= d.until_day
    GROUP BY d.patient_id, d.number
),
counts AS (
    SELECT d.patient_id, max(d.to_day) AS discharge_day, max(d.until_day) AS until_day,
        sum(d.is_covered) AS episodes,
        sum(CASE WHEN d.is_covered = 1 AND x.day IS NOT NULL THEN 1 ELSE 0 END) AS reconciled,
        max(CASE WHEN d.is_covered = 1 THEN x.day END) AS day,
        min(CASE WHEN d.is_covered = 1 AND x.day IS NULL AND d.until_day > %(known_day)s THEN d.until_day END) AS open_until
    FROM discharge d
    LEFT JOIN done x ON x.patient_id = d.patient_id AND x.number = d.number
    GROUP BY d.patient_id
),
shown AS (
    SELECT 'asks' AS role, 'discharge' AS list_code, to_day AS day, '' AS code, '' AS result, event_id, patient_id
    FROM discharge WHERE is_covered = 1
    UNION ALL
    SELECT 'meets', c.list_code, c.day, c.code, '', c.event_id, c.patient_id
    FROM discharge d
    JOIN coded c ON c.patient_id = d.patient_id AND c.list_code IN ({reconciled}) AND c.setting <> 'inpatient'
        AND c.day >= d.to_day AND c.day <= d.until_day
),
counted AS (
    SELECT n.patient_id, n.discharge_day AS index_day, n.until_day AS period_end_day, n.episodes AS fills,
        CASE WHEN n.reconciled = n.episodes THEN 1 ELSE 0 END AS is_met,
        CASE WHEN p.born_on > %(born_by)s THEN 'under_age' WHEN p.born_on IS NULL THEN 'no_birth_date'
            WHEN p.died_on - DATE '1970-01-01' <= %(known_day)s AND p.died_on - DATE '1970-01-01' >= %(first_day)s THEN 'died'
            WHEN n.episodes = 0 THEN 'not_covered_after' ELSE '' END AS not_in_denominator,
        '' AS not_computed,
        n.open_until AS last_day,
        n.reconciled * 1000 AS value_milli,
        n.episodes * 1000 AS second_milli,
        n.episodes * 1000 AS limit_milli,
        n.day AS value_day,
        CAST(NULL AS bigint) AS value_event_id
    FROM counts n
    JOIN patients_patient p ON p.id = n.patient_id
),
{tail}
