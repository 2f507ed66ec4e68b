-- Whether somebody who fills one class of medicine has filled another one in the measurement year, for one payer.
-- The texts in braces are put in by presence.py: the treatment period (period.sql), which patients, the exclusions.
WITH

{period}

fill_count AS (
    SELECT f.patient_id, count(DISTINCT f.event_id) AS fills, count(DISTINCT f.day) AS fill_days
    FROM class_fill f
    JOIN period p ON p.patient_id = f.patient_id AND f.day <= p.seen_day
    GROUP BY f.patient_id
),
-- One fill of what is needed, anywhere in the year and not after the period: it may come before the index fill.
needed AS (
    SELECT f.patient_id, count(DISTINCT f.event_id) AS fills
    FROM claims_fill f
    JOIN drugs_drugsetmember m ON m.ndc11 = f.ndc AND m.set_code = %(needs)s
    JOIN period p ON p.patient_id = f.patient_id AND f.day <= p.seen_day
    WHERE f.payer_id = %(payer_id)s AND f.day >= %(first_day)s AND f.day <= %(known_day)s {people_f}
    GROUP BY f.patient_id
),

-- Exclusions: one claim or enrolment indicator in the year. rank is the place in the definition's list.
exclusion_found (patient_id, rank, day, event_id) AS (
{exclusions}
),
exclusion AS (
    SELECT patient_id, min(rank) AS rank FROM exclusion_found GROUP BY patient_id
),
counted AS (
    SELECT p.patient_id, p.index_day, p.end_day, p.seen_day, coalesce(n.fills, 0) AS fills,
        x.rank AS exclusion_rank,
        CASE WHEN d.patient_id IS NULL THEN 0 ELSE 1 END AS is_met,
        CASE
            WHEN p.age_problem IS NOT NULL THEN p.age_problem
            WHEN p.is_uncovered = 1 THEN 'no_coverage'
            WHEN p.end_day - p.index_day + 1 < %(min_period_days)s THEN 'late_first_fill'
            WHEN coalesce(n.fill_days, 0) < %(least_fill_days)s THEN 'one_fill'
            ELSE ''
        END AS not_in_denominator
    FROM period p
    LEFT JOIN fill_count n ON n.patient_id = p.patient_id
    LEFT JOIN needed d ON d.patient_id = p.patient_id
    LEFT JOIN exclusion x ON x.patient_id = p.patient_id
),
judged AS (
    SELECT patient_id, index_day, end_day, seen_day, fills, is_met, not_in_denominator,
        CASE {exclusion_codes} ELSE '' END AS exclusion
    FROM counted
)
SELECT
    patient_id,
    not_in_denominator = '' AND exclusion = '' AS denominator,
    exclusion,
    not_in_denominator = '' AND exclusion = '' AND is_met = 1 AS numerator,
    10000 AS threshold_bp,
    greatest(0, seen_day - index_day + 1) AS period_days,
    end_day - index_day + 1 AS full_period_days,
    0 AS stay_days,
    index_day,
    end_day AS period_end_day,
    CASE WHEN is_met = 0 AND seen_day < end_day THEN end_day END AS last_day,
    fills,
    '' AS not_computed,
    not_in_denominator
FROM judged
