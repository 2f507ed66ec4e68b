-- Whether somebody who fills one class of medicine has filled another one in the measurement year, for one payer.
-- The texts in braces are put in by text.py: sources, the treatment period (fill_period.sql), and the tail.
WITH
{sources}
{period}

fill_count AS (
    SELECT f.patient_id, count(DISTINCT f.event_id) AS fills, count(DISTINCT f.day) AS fill_days
    FROM own_fill f
    JOIN period p ON p.patient_id = f.patient_id AND f.day <= p.seen_day
    GROUP BY f.patient_id
),
-- One fill of what is needed, in the year or as long before as allowed, not after the period: it may come before the index fill.
needed AS (
    SELECT f.patient_id, min(f.event_id) AS event_id, min(f.day) AS day
    FROM (
        SELECT c.patient_id, c.event_id, c.day, row_number() OVER (PARTITION BY c.patient_id ORDER BY c.day, c.event_id) AS place
        FROM class_fill c
        JOIN period p ON p.patient_id = c.patient_id AND c.day <= p.seen_day
        WHERE c.set_code = %(needs)s AND c.day >= %(first_day)s - %(needs_back_days)s
    ) AS f
    WHERE f.place = 1
    GROUP BY f.patient_id
),
counted AS (
    SELECT p.patient_id, p.index_day, p.end_day AS period_end_day, coalesce(n.fills, 0) AS fills,
        CASE WHEN d.patient_id IS NULL THEN 0 ELSE 1 END AS is_met,
        CASE
            WHEN p.age_problem IS NOT NULL THEN p.age_problem
            WHEN p.is_uncovered = 1 THEN 'no_coverage'
            WHEN p.end_day - p.index_day + 1 < %(min_period_days)s THEN 'late_first_fill'
            WHEN coalesce(n.fill_days, 0) < %(least_fill_days)s THEN 'one_fill'
            ELSE ''
        END AS not_in_denominator,
        '' AS not_computed,
        CASE WHEN d.patient_id IS NULL AND p.seen_day < p.end_day THEN p.end_day END AS last_day,
        CAST(NULL AS bigint) AS value_milli,
        CAST(NULL AS bigint) AS second_milli,
        CAST(NULL AS bigint) AS limit_milli,
        d.day AS value_day,
        d.event_id AS value_event_id
    FROM period p
    LEFT JOIN fill_count n ON n.patient_id = p.patient_id
    LEFT JOIN needed d ON d.patient_id = p.patient_id
),
{tail}
