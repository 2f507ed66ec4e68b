-- Opioids from many prescribers and many pharmacies within a window of days, for one payer and one measurement year.
-- The texts in braces are put in by text.py: sources, the treatment period (fill_period.sql), and the tail.
WITH
{sources}
{period}

-- A claim once. A prescriber or a pharmacy that the feed does not name is nobody.
claim AS (
    SELECT f.patient_id, f.event_id, f.day, max(f.days_supply) AS days_supply,
        nullif(max(f.prescriber_ref), '') AS prescriber,
        nullif(max(CASE WHEN f.pharmacy_id IS NULL THEN f.pharmacy_ref ELSE '#' || CAST(f.pharmacy_id AS varchar(20)) END), '')
            AS pharmacy
    FROM class_fill f
    JOIN period p ON p.patient_id = f.patient_id AND f.day <= p.seen_day
    WHERE f.set_code IN ({begins_with}) AND f.day >= %(first_day)s
    GROUP BY f.patient_id, f.event_id, f.day
),
claim_count AS (
    SELECT c.patient_id, count(*) AS fills, count(DISTINCT c.day) AS fill_days,
        CAST(sum(CASE WHEN c.days_supply > 0 THEN c.days_supply ELSE 0 END) AS integer) AS supply,
        max(CASE WHEN c.days_supply > 0 THEN 0 ELSE 1 END) AS is_unknown,
        max(least(p.seen_day, c.day + CASE WHEN c.days_supply > 0 THEN c.days_supply ELSE 1 END - 1)) - p.index_day + 1
            AS episode_days
    FROM claim c
    JOIN period p ON p.patient_id = c.patient_id
    GROUP BY c.patient_id, p.index_day
),
-- From each day with a fill, as many days as the window has, that day included.
stretch AS (
    SELECT a.patient_id, a.day, count(DISTINCT b.prescriber) AS prescribers, count(DISTINCT b.pharmacy) AS pharmacies
    FROM (SELECT DISTINCT patient_id, day FROM claim) AS a
    JOIN claim b ON b.patient_id = a.patient_id AND b.day >= a.day AND b.day < a.day + %(window_days)s
    GROUP BY a.patient_id, a.day
),
-- The window that comes nearest to both limits; of several, the first.
nearest AS (
    SELECT patient_id, day, prescribers, pharmacies
    FROM (
        SELECT patient_id, day, prescribers, pharmacies,
            row_number() OVER (
                PARTITION BY patient_id
                ORDER BY least(prescribers, %(prescribers)s) + least(pharmacies, %(pharmacies)s) DESC, prescribers + pharmacies DESC, day
            ) AS place
        FROM stretch
    ) AS ranked
    WHERE place = 1
),
counted AS (
    SELECT p.patient_id, p.index_day, p.end_day AS period_end_day, CAST(coalesce(n.fills, 0) AS integer) AS fills,
        CASE WHEN w.prescribers >= %(prescribers)s AND w.pharmacies >= %(pharmacies)s THEN 1 ELSE 0 END AS is_met,
        CASE
            WHEN p.age_problem IS NOT NULL THEN p.age_problem
            WHEN p.is_uncovered = 1 THEN 'no_coverage'
            WHEN p.end_day - p.index_day + 1 < %(min_period_days)s THEN 'late_first_fill'
            WHEN coalesce(n.fill_days, 0) < 2 THEN 'one_fill'
            WHEN n.is_unknown = 0 AND n.supply < %(least_supply_days)s THEN 'short_supply'
            WHEN n.is_unknown = 0 AND n.episode_days < %(least_episode_days)s THEN 'short_episode'
            ELSE ''
        END AS not_in_denominator,
        CASE
            WHEN n.is_unknown = 1 AND (n.supply < %(least_supply_days)s OR n.episode_days < %(least_episode_days)s)
                THEN 'no_days_supply'
            WHEN w.prescribers = 0 THEN 'no_prescriber'
            WHEN w.pharmacies = 0 THEN 'no_pharmacy'
            ELSE ''
        END AS not_computed,
        CAST(NULL AS integer) AS last_day,
        CAST(1000 * coalesce(w.prescribers, 0) AS bigint) AS value_milli,
        CAST(1000 * coalesce(w.pharmacies, 0) AS bigint) AS second_milli,
        CAST(1000 * %(prescribers)s AS bigint) AS limit_milli,
        w.day AS value_day,
        CAST(NULL AS bigint) AS value_event_id
    FROM period p
    LEFT JOIN claim_count n ON n.patient_id = p.patient_id
    LEFT JOIN nearest w ON w.patient_id = p.patient_id
),
{tail}
