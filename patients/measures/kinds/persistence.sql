-- Whether a treatment that is new goes on, for one payer and one measurement year. An early refill of an ingredient is carried over.
-- The texts in braces are put in by text.py: sources and the tail. The intake is the year that ends so many days before the
-- measurement year does.
WITH
{sources}
-- A dose given as a service is a fill that lasts so many days; billed twice on a day it is one dose.
own_fill AS (
    SELECT patient_id, day, days_supply, ingredient_id, event_id FROM class_fill WHERE set_code IN ({begins_with})
    UNION ALL
    SELECT c.patient_id, c.day, max(w.days) AS days_supply, w.ingredient_id, min(c.event_id) AS event_id
    FROM coded c
    JOIN (VALUES {doses}) AS w (code, ingredient_id, form, days) ON w.code = c.code
    WHERE c.list_code IN ({given})
    GROUP BY c.patient_id, c.day, w.ingredient_id, w.form
),
-- New: nothing of the class in the days before; by_supply: no supply of it that reaches into them either.
fill_day AS (
    SELECT patient_id, day,
        max(day + CASE WHEN %(by_supply)s = 1 AND days_supply > 0 THEN days_supply - 1 ELSE 0 END) AS until_day
    FROM own_fill GROUP BY patient_id, day
),
fill_before AS (
    SELECT patient_id, day,
        max(until_day) OVER (PARTITION BY patient_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_day
    FROM fill_day
),
index_fill AS (
    SELECT patient_id, min(day) AS index_day
    FROM (
        SELECT patient_id, day, before_day, row_number() OVER (PARTITION BY patient_id ORDER BY day) AS place
        FROM fill_before
        WHERE day >= %(first_day)s - %(intake_back_days)s AND day <= %(last_day)s - %(intake_back_days)s
    ) AS intake
    WHERE (before_day IS NULL OR before_day < day - %(history_days)s) AND (place = 1 OR %(only_first)s = 0)
    GROUP BY patient_id
),
person AS (
    SELECT i.patient_id, i.index_day, i.index_day + %(follow_days)s - 1 AS end_day,
        least(i.index_day + %(follow_days)s - 1, %(known_day)s) AS seen_day,
        CASE WHEN p.born_on > %(born_by)s THEN 'under_age' WHEN p.born_on <= %(born_after)s THEN 'over_age'
            WHEN p.born_on IS NULL THEN 'no_birth_date' END AS age_problem,
        CASE WHEN p.died_on - DATE '1970-01-01' <= %(known_day)s THEN 1 ELSE 0 END AS has_died
    FROM index_fill i
    JOIN patients_patient p ON p.id = i.patient_id
),
-- Covered from the days before to the last one that is asked for, as far as it is known: one gap is allowed, but not on the day of
-- the first fill.
cover_window AS (
    SELECT patient_id, 'treatment' AS name, 'drugs' AS benefit, index_day - %(history_days)s AS from_day,
        least(index_day + %(cover_days)s - 1, %(known_day)s) AS to_day
    FROM person
),
{period}
period AS (
    SELECT p.patient_id, p.index_day, p.end_day, p.seen_day, p.age_problem, p.has_died,
        CASE WHEN c.patient_id IS NULL OR c.gaps > 1 OR c.longest > %(enrolment_gap_days)s OR s.patient_id IS NULL
            THEN 1 ELSE 0 END AS is_uncovered
    FROM person p
    LEFT JOIN window_cover c ON c.patient_id = p.patient_id
    LEFT JOIN covered_span s ON s.patient_id = p.patient_id AND s.benefit = 'drugs' AND s.gap_days = 0
        AND s.from_day <= p.index_day AND s.last_day >= p.index_day
),
diagnosed AS (
    SELECT DISTINCT d.patient_id
    FROM coded d
    JOIN period p ON p.patient_id = d.patient_id
        AND d.day >= p.index_day - %(diagnosis_days)s AND d.day <= p.index_day + %(diagnosis_days)s
    WHERE d.list_code IN ({diagnosis})
),
-- Same-day fills of one ingredient add up; the next supply starts when the last one ends.
supply AS (
    SELECT f.patient_id, f.ingredient_id, f.day, CAST(sum(f.days_supply) AS integer) AS days
    FROM own_fill f
    JOIN period p ON p.patient_id = f.patient_id AND f.day >= p.index_day AND f.day <= p.seen_day
    WHERE f.days_supply > 0
    GROUP BY f.patient_id, f.ingredient_id, f.day
),
supply_summed AS (
    SELECT patient_id, ingredient_id, day, days,
        CAST(sum(days) OVER (
            PARTITION BY patient_id, ingredient_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS integer) AS supplied
    FROM supply
),
chain AS (
    SELECT patient_id, days, supplied + max(day - (supplied - days)) OVER (
            PARTITION BY patient_id, ingredient_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS to_day
    FROM supply_summed
),
-- The union of all ingredients, and the days without before each of its pieces.
chain_before AS (
    SELECT patient_id, to_day - days AS from_day, to_day,
        max(to_day) OVER (
            PARTITION BY patient_id ORDER BY to_day - days, to_day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS to_day_before
    FROM chain
),
covered AS (
    SELECT c.patient_id, max(c.to_day) - 1 AS supply_ends_day,
        CAST(sum(greatest(0, least(c.to_day, p.seen_day + 1) - greatest(c.from_day, coalesce(c.to_day_before, c.from_day)))) AS integer)
            AS days,
        greatest(
            max(CASE WHEN c.from_day <= p.seen_day THEN greatest(0, c.from_day - coalesce(c.to_day_before, p.index_day)) ELSE 0 END),
            min(p.seen_day) + 1 - max(least(c.to_day, p.seen_day + 1))
        ) AS longest_gap
    FROM chain_before c
    JOIN period p ON p.patient_id = c.patient_id
    GROUP BY c.patient_id
),
fill_count AS (
    SELECT f.patient_id, count(DISTINCT f.event_id) AS fills,
        max(CASE WHEN f.days_supply > 0 THEN 0 ELSE 1 END) AS is_unknown
    FROM own_fill f
    JOIN period p ON p.patient_id = f.patient_id AND f.day >= p.index_day AND f.day <= p.seen_day
    GROUP BY f.patient_id
),
judged_days AS (
    SELECT p.patient_id, p.index_day, p.end_day, p.seen_day, coalesce(n.fills, 0) AS fills, coalesce(c.days, 0) AS days,
        coalesce(c.longest_gap, p.seen_day - p.index_day + 1) AS longest_gap, c.supply_ends_day,
        %(follow_days)s - %(least_days)s - (p.seen_day - p.index_day + 1 - coalesce(c.days, 0)) AS days_left,
        CASE
            WHEN p.age_problem IS NOT NULL THEN p.age_problem
            WHEN p.has_died = 1 THEN 'died'
            WHEN p.is_uncovered = 1 THEN 'no_cover_follow_up'
            WHEN g.patient_id IS NULL THEN 'no_diagnosis'
            ELSE ''
        END AS not_in_denominator,
        CASE WHEN n.is_unknown = 1 THEN 'no_days_supply' ELSE '' END AS not_computed,
        CASE WHEN coalesce(c.days, 0) >= %(least_days)s AND coalesce(c.longest_gap, 1) <= %(longest_gap_days)s
            AND (%(is_early)s = 1 OR p.seen_day = p.end_day) THEN 1 ELSE 0 END AS is_met
    FROM period p
    LEFT JOIN fill_count n ON n.patient_id = p.patient_id
    LEFT JOIN covered c ON c.patient_id = p.patient_id
    LEFT JOIN diagnosed g ON g.patient_id = p.patient_id
),
counted AS (
    SELECT patient_id, index_day, end_day AS period_end_day, CAST(fills AS integer) AS fills, is_met, not_in_denominator, not_computed,
        CASE WHEN is_met = 0 AND seen_day < end_day AND days_left >= 0 AND longest_gap <= %(longest_gap_days)s AND not_computed = ''
            THEN least(end_day, greatest(supply_ends_day, seen_day) + days_left + 1, supply_ends_day + %(longest_gap_days)s + 1)
            END AS last_day,
        CAST(1000 * days AS bigint) AS value_milli,
        CAST(1000 * longest_gap AS bigint) AS second_milli,
        CAST(1000 * %(least_days)s AS bigint) AS limit_milli,
        CAST(NULL AS integer) AS value_day,
        CAST(NULL AS bigint) AS value_event_id
    FROM judged_days
),
{tail}
