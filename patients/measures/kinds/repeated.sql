-- Two or more fills of one class of medicines that should not be given, for one payer and one measurement year.
-- The texts in braces are put in by text.py and repeated.py: sources, the year (year_period.sql), classes, and the tail.
WITH
{sources}
-- Everybody old enough who has cover with medicines on some day of the year.
population AS (
    SELECT s.patient_id, CAST(%(first_day)s AS integer) AS index_day
    FROM covered_span s
    JOIN patients_patient p ON p.id = s.patient_id AND p.born_on <= %(born_by)s
    WHERE s.benefit = 'drugs' AND s.gap_days = 0 AND s.from_day <= %(known_day)s AND s.last_day >= %(first_day)s
    GROUP BY s.patient_id
),
{period}

-- A claim once a class, whichever ingredients of the class it holds. over_days: days of supply that must be exceeded.
class_claim AS (
    SELECT f.patient_id, w.set_code, w.over_days, f.event_id, f.day, max(f.days_supply) AS days_supply
    FROM class_fill f
    JOIN (VALUES {classes}) AS w (set_code, over_days) ON w.set_code = f.set_code
    JOIN period p ON p.patient_id = f.patient_id AND f.day <= p.seen_day
    WHERE f.set_code IN ({drug_sets}) AND f.day >= %(first_day)s
    GROUP BY f.patient_id, w.set_code, w.over_days, f.event_id, f.day
),
-- A reason for a class: a diagnosis from the year before to its first fill of the year.
reason AS (
    SELECT DISTINCT f.patient_id, f.set_code
    FROM (SELECT patient_id, set_code, min(day) AS day FROM class_claim GROUP BY patient_id, set_code) AS f
    JOIN (VALUES {reasons}) AS r (set_code, list_code) ON r.set_code = f.set_code
    JOIN coded d ON d.patient_id = f.patient_id AND d.list_code = r.list_code AND d.day <= f.day
    WHERE d.day >= %(since_day)s
),
class_count AS (
    SELECT c.patient_id, c.set_code, count(DISTINCT c.day) AS fill_days,
        CASE WHEN count(DISTINCT c.day) >= %(least_fill_days)s
            AND (c.over_days = 0 OR coalesce(sum(c.days_supply), 0) > c.over_days) THEN 1 ELSE 0 END AS is_met
    FROM class_claim c
    LEFT JOIN reason r ON r.patient_id = c.patient_id AND r.set_code = c.set_code
    WHERE r.patient_id IS NULL
    GROUP BY c.patient_id, c.set_code, c.over_days
),
-- The class that counts, else the one with most fill days; of several, the first by name.
most_filled AS (
    SELECT patient_id, set_code, fill_days, is_met
    FROM (
        SELECT patient_id, set_code, fill_days, is_met,
            row_number() OVER (PARTITION BY patient_id ORDER BY is_met DESC, fill_days DESC, set_code) AS place
        FROM class_count
    ) AS ranked
    WHERE place = 1
),
-- The newest claim of that class.
newest AS (
    SELECT patient_id, day, event_id
    FROM (
        SELECT c.patient_id, c.day, c.event_id,
            row_number() OVER (PARTITION BY c.patient_id ORDER BY c.day DESC, c.event_id DESC) AS place
        FROM class_claim c
        JOIN most_filled l ON l.patient_id = c.patient_id AND l.set_code = c.set_code
    ) AS ranked
    WHERE place = 1
),
-- Without cover of medicines nobody tells what they are dispensed.
medicines_covered AS (
    SELECT DISTINCT patient_id FROM covered_span
    WHERE benefit = 'drugs' AND gap_days = %(enrolment_gap_days)s AND from_day <= %(first_day)s + %(enrolment_gap_days)s
        AND last_day >= %(known_day)s
),
claim_count AS (
    SELECT patient_id, count(DISTINCT event_id) AS fills FROM class_claim GROUP BY patient_id
),
counted AS (
    SELECT p.patient_id, p.index_day, p.end_day AS period_end_day, CAST(coalesce(n.fills, 0) AS integer) AS fills,
        coalesce(l.is_met, 0) AS is_met,
        CASE
            WHEN p.age_problem IS NOT NULL THEN p.age_problem
            WHEN p.has_died = 1 THEN 'died'
            WHEN p.is_uncovered = 1 THEN 'no_full_coverage'
            WHEN m.patient_id IS NULL THEN 'no_drug_cover'
            ELSE ''
        END AS not_in_denominator,
        '' AS not_computed,
        CAST(NULL AS integer) AS last_day,
        CAST(1000 * coalesce(l.fill_days, 0) AS bigint) AS value_milli,
        CAST(NULL AS bigint) AS second_milli,
        CAST(1000 * %(least_fill_days)s AS bigint) AS limit_milli,
        w.day AS value_day,
        w.event_id AS value_event_id
    FROM period p
    LEFT JOIN medicines_covered m ON m.patient_id = p.patient_id
    LEFT JOIN claim_count n ON n.patient_id = p.patient_id
    LEFT JOIN most_filled l ON l.patient_id = p.patient_id
    LEFT JOIN newest w ON w.patient_id = p.patient_id
),
{tail}
