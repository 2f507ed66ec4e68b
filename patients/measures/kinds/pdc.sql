-- Proportion of days covered, for one payer, one drug set and one measurement year, set-based and without recursion.
-- Days are integers since 1970-01-01. An interval [from_day, to_day) does not hold its to_day, unless it says "last".
-- The texts in braces are put in by text.py: sources, the treatment period (fill_period.sql), which patients, and the tail.
WITH
{sources}
{period}

-- Stays inside the period, merged. days_before counts the stay days before each. Empty in years without adjustment.
stay_clipped AS (
    SELECT p.patient_id, greatest(s.from_day, p.index_day) AS from_day,
        least(s.to_day + %(discharge_day_counts)s, p.seen_day + 1) AS to_day
    FROM period p
    JOIN claims_stay s ON s.patient_id = p.patient_id AND s.payer_id = %(payer_id)s {people_s}
    WHERE %(stay_adjustment)s = 1 AND s.kind IN ('inpatient', 'snf')
        AND s.from_day <= p.seen_day AND s.to_day + %(discharge_day_counts)s > p.index_day
),
stay_before AS (
    SELECT patient_id, from_day, to_day,
        max(to_day) OVER (
            PARTITION BY patient_id ORDER BY from_day, to_day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS to_day_before
    FROM stay_clipped WHERE from_day < to_day
),
stay_numbered AS (
    SELECT patient_id, from_day, to_day,
        sum(CASE WHEN from_day <= to_day_before THEN 0 ELSE 1 END) OVER (
            PARTITION BY patient_id ORDER BY from_day, to_day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS stay
    FROM stay_before
),
stay_merged AS (
    SELECT patient_id, min(from_day) AS from_day, max(to_day) AS to_day
    FROM stay_numbered GROUP BY patient_id, stay
),
stay AS (
    SELECT patient_id, from_day, to_day, to_day - from_day AS days,
        CAST(coalesce(sum(to_day - from_day) OVER (
            PARTITION BY patient_id ORDER BY from_day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS integer) AS days_before
    FROM stay_merged
),
stay_total AS (
    SELECT patient_id, CAST(sum(days) AS integer) AS days FROM stay GROUP BY patient_id
),

-- Same-day fills of one ingredient add up.
supply AS (
    SELECT f.patient_id, f.ingredient_id, f.day, CAST(sum(f.days_supply) AS integer) AS days
    FROM own_fill f
    JOIN period p ON p.patient_id = f.patient_id AND f.day <= p.seen_day
    GROUP BY f.patient_id, f.ingredient_id, f.day
),
-- A supply that is not known makes the whole result not computable. The index fill is looked at even when the period ends
-- before it (a fill after death or after the end of cover).
fill_count AS (
    SELECT f.patient_id,
        count(DISTINCT CASE WHEN f.day <= p.seen_day THEN f.event_id END) AS fills,
        count(DISTINCT CASE WHEN f.day <= p.seen_day THEN f.day END) AS fill_days,
        max(CASE WHEN f.days_supply > 0 THEN 0 ELSE 1 END) AS is_unknown
    FROM own_fill f
    JOIN period p ON p.patient_id = f.patient_id AND f.day <= greatest(p.seen_day, p.index_day)
    GROUP BY f.patient_id
),
-- The calendar without stay days: a day's number less the stay days before it. A stay day becomes the first day after.
supply_moved AS (
    SELECT u.patient_id, u.ingredient_id, u.days,
        CAST(u.day - coalesce(sum(least(s.to_day, u.day) - s.from_day), 0) AS integer) AS day
    FROM supply u
    JOIN stay_total t ON t.patient_id = u.patient_id
    LEFT JOIN stay s ON s.patient_id = u.patient_id AND s.from_day < u.day
    GROUP BY u.patient_id, u.ingredient_id, u.days, u.day
),
supply_added AS (
    SELECT u.patient_id, u.ingredient_id, u.day, u.days
    FROM supply u
    LEFT JOIN stay_total t ON t.patient_id = u.patient_id
    WHERE t.patient_id IS NULL
    UNION ALL
    SELECT patient_id, ingredient_id, day, CAST(sum(days) AS integer) AS days
    FROM supply_moved GROUP BY patient_id, ingredient_id, day
),
-- Carry-over in closed form: with s the running sum of days supply, a chain of "starts when the last one ends"
-- is covered until s + the running maximum of (fill day - s before it).
supply_summed AS (
    SELECT patient_id, ingredient_id, day, days,
        CAST(sum(days) OVER (
            PARTITION BY patient_id, ingredient_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS integer) AS supplied
    FROM supply_added
),
chain AS (
    SELECT patient_id, days, supplied + max(day - (supplied - days)) OVER (
            PARTITION BY patient_id, ingredient_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS to_day
    FROM supply_summed
),
-- Different ingredients are never moved: a day is covered when any of them covers it. Union by running maximum of ends.
chain_before AS (
    SELECT patient_id, to_day - days AS from_day, to_day,
        max(to_day) OVER (
            PARTITION BY patient_id ORDER BY to_day - days, to_day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS to_day_before
    FROM chain
),
covered AS (
    SELECT c.patient_id, max(c.to_day) AS to_day,
        CAST(sum(greatest(0,
            least(c.to_day, p.seen_day + 1 - coalesce(t.days, 0))
            - greatest(c.from_day, coalesce(c.to_day_before, c.from_day))
        )) AS integer) AS days
    FROM chain_before c
    JOIN period p ON p.patient_id = c.patient_id
    LEFT JOIN stay_total t ON t.patient_id = c.patient_id
    GROUP BY c.patient_id
),
-- The last day of supply, back on the calendar: plus the days of every stay that begins at or before it.
supply_end AS (
    SELECT c.patient_id, CAST(c.to_day - 1 + coalesce(sum(s.days), 0) AS integer) AS day
    FROM covered c
    LEFT JOIN stay s ON s.patient_id = c.patient_id AND s.from_day - s.days_before <= c.to_day - 1
    GROUP BY c.patient_id, c.to_day
),

-- The diagnosis that some measures ask for: coded in a hospital, or on two days of the year.
diagnosed AS (
    SELECT d.patient_id
    FROM coded d
    WHERE {diagnosed} AND d.day >= %(first_day)s
    GROUP BY d.patient_id
    HAVING count(DISTINCT d.day) >= 2 OR max(CASE WHEN d.setting = 'inpatient' THEN 1 ELSE 0 END) = 1
),

-- All numbers of a patient side by side; full_period_days is the whole treatment period, known or still to come.
added AS (
    SELECT p.patient_id, p.index_day, p.end_day, p.seen_day, n.fills, n.fill_days, n.is_unknown,
        p.end_day - p.index_day + 1 - coalesce(t.days, 0) AS full_period_days,
        greatest(0, p.seen_day - p.index_day + 1 - coalesce(t.days, 0)) AS period_days,
        coalesce(t.days, 0) AS stay_days,
        coalesce(c.days, 0) AS covered_days,
        e.day AS supply_ends_day,
        CASE
            WHEN p.age_problem IS NOT NULL THEN p.age_problem
            WHEN p.is_uncovered = 1 THEN 'no_coverage'
            WHEN p.end_day - p.index_day + 1 < %(min_period_days)s THEN 'late_first_fill'
            WHEN n.fill_days < %(least_fill_days)s THEN 'one_fill'
            WHEN %(needs_diagnosis)s = 1 AND g.patient_id IS NULL THEN 'no_diagnosis'
            WHEN p.end_day - p.index_day + 1 <= coalesce(t.days, 0) THEN 'all_stay'
            ELSE ''
        END AS not_in_denominator
    FROM period p
    LEFT JOIN fill_count n ON n.patient_id = p.patient_id
    LEFT JOIN stay_total t ON t.patient_id = p.patient_id
    LEFT JOIN diagnosed g ON g.patient_id = p.patient_id
    LEFT JOIN covered c ON c.patient_id = p.patient_id
    LEFT JOIN supply_end e ON e.patient_id = p.patient_id
),
-- Days that may be missed over the whole period, rounded down, less those missed so far.
allowed AS (
    SELECT patient_id, index_day, end_day, seen_day, coalesce(fills, 0) AS fills, full_period_days, period_days, stay_days,
        covered_days, supply_ends_day, not_in_denominator,
        CASE WHEN is_unknown = 1 THEN 'no_days_supply' ELSE '' END AS not_computed,
        CAST((full_period_days * (10000 - %(threshold_bp)s) - mod(full_period_days * (10000 - %(threshold_bp)s), 10000)) / 10000
            AS integer) - (period_days - covered_days) AS days_left
    FROM added
),
counted AS (
    SELECT patient_id, index_day, fills, full_period_days, period_days, stay_days, not_in_denominator, not_computed,
        CASE WHEN period_days > 0 AND covered_days * 10000 >= %(threshold_bp)s * period_days THEN 1 ELSE 0 END AS is_met,
        CASE WHEN not_computed = '' THEN covered_days END AS covered_days,
        %(threshold_bp)s AS threshold_bp,
        end_day AS period_end_day,
        CASE WHEN not_computed = '' THEN days_left END AS days_left,
        CASE WHEN not_computed = '' AND seen_day < end_day AND days_left >= 0
            THEN greatest(supply_ends_day, seen_day) + days_left + 1 END AS last_day,
        CASE WHEN not_computed = '' THEN supply_ends_day END AS supply_ends_day,
        CASE WHEN not_computed = '' THEN supply_ends_day + 1 END AS next_refill_day
    FROM allowed
),
{tail}
