-- The average dose of opioids over an episode, in morphine milligram equivalents (MME) a day, for one payer and one year.
-- A claim's MME are spread evenly over its days of supply; claims that overlap add up; days without supply count as days.
-- The texts in braces are put in by text.py: sources, the treatment period (fill_period.sql), and the tail.
WITH
{sources}
{period}

-- Quantities beyond 10,000 units are not believed. quantity_milli: thousandths of a unit.
dose AS (
    SELECT f.patient_id, f.event_id, f.ingredient_id, f.ndc, f.day, f.days_supply, p.seen_day,
        CASE WHEN f.quantity > 0 AND f.quantity <= 10000 THEN CAST(f.quantity * 1000 AS bigint) END AS quantity_milli
    FROM class_fill f
    JOIN period p ON p.patient_id = f.patient_id AND f.day <= p.seen_day
    WHERE f.set_code IN ({begins_with}) AND f.day >= %(first_day)s
),
-- The factor of the day of the fill, and of the claim's daily dose (methadone until 2022).
equivalent AS (
    SELECT d.patient_id, d.event_id, d.day, d.days_supply, d.quantity_milli, m.micro_mme,
        least(d.day + d.days_supply, d.seen_day + 1) AS to_day,
        CASE WHEN d.days_supply > 0 THEN CASE WHEN d.quantity_milli IS NULL THEN 'no_quantity'
            WHEN m.micro_mme IS NULL THEN 'no_strength' END ELSE 'no_days_supply' END AS problem
    FROM dose d
    LEFT JOIN drugs_mmeperunit m
        ON m.ndc11 = d.ndc AND m.ingredient_id = d.ingredient_id AND d.day >= m.first_day AND d.day <= m.last_day
        AND m.strength_ng * d.quantity_milli > m.over_daily_ng * d.days_supply * 1000
        AND m.strength_ng * d.quantity_milli <= m.most_daily_ng * d.days_supply * 1000
),
-- Millionths of an MME, rounded down a claim: on each of its days, and on those of them that are past.
share AS (
    SELECT patient_id, event_id, day, to_day,
        CAST((daily - mod(daily, 1000 * days_supply)) / (1000 * days_supply) AS bigint) AS daily_micro,
        CAST((so_far - mod(so_far, 1000 * days_supply)) / (1000 * days_supply) AS bigint) AS micro
    FROM (
        SELECT patient_id, event_id, day, days_supply, to_day, quantity_milli * micro_mme AS daily,
            quantity_milli * micro_mme * (to_day - day) AS so_far
        FROM equivalent WHERE problem IS NULL
    ) AS known
),
total AS (
    SELECT patient_id, CAST(sum(micro) AS bigint) AS micro FROM share GROUP BY patient_id
),
-- The dose on each day on which it changes.
turn AS (
    SELECT patient_id, day, sum(step) AS step
    FROM (
        SELECT patient_id, day, daily_micro AS step FROM share
        UNION ALL
        SELECT patient_id, to_day AS day, -daily_micro AS step FROM share
    ) AS edge
    GROUP BY patient_id, day
),
highest AS (
    SELECT patient_id, CAST(max(daily_micro) AS bigint) AS micro
    FROM (
        SELECT patient_id,
            sum(step) OVER (PARTITION BY patient_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS daily_micro
        FROM turn
    ) AS level
    GROUP BY patient_id
),
-- The claim with the highest dose a day; of several, the first.
strongest AS (
    SELECT patient_id, day, event_id
    FROM (
        SELECT patient_id, day, event_id,
            row_number() OVER (PARTITION BY patient_id ORDER BY daily_micro DESC, day, event_id) AS place
        FROM share
    ) AS ranked
    WHERE place = 1
),
claim AS (
    SELECT patient_id, event_id, day, max(days_supply) AS days_supply, max(problem) AS problem
    FROM equivalent GROUP BY patient_id, event_id, day
),
-- The episode goes from the first fill to the last day of supply that is past.
claim_count AS (
    SELECT c.patient_id, count(*) AS fills, count(DISTINCT c.day) AS fill_days, CAST(sum(c.days_supply) AS integer) AS supply,
        max(c.problem) AS problem, max(CASE WHEN c.problem = 'no_days_supply' THEN 1 ELSE 0 END) AS is_unknown,
        max(least(p.seen_day, c.day + CASE WHEN c.days_supply > 0 THEN c.days_supply ELSE 1 END - 1)) - p.index_day + 1
            AS episode_days
    FROM claim c
    JOIN period p ON p.patient_id = c.patient_id
    GROUP BY c.patient_id, p.index_day
),
-- The average, rounded to a thousandth of an MME.
average AS (
    SELECT n.patient_id,
        CAST((2 * coalesce(t.micro, 0) + 1000 * n.episode_days
            - mod(2 * coalesce(t.micro, 0) + 1000 * n.episode_days, 2000 * n.episode_days)) / (2000 * n.episode_days) AS bigint)
            AS milli
    FROM claim_count n
    LEFT JOIN total t ON t.patient_id = n.patient_id
),
counted AS (
    SELECT p.patient_id, p.index_day, p.end_day AS period_end_day, CAST(coalesce(n.fills, 0) AS integer) AS fills,
        CASE WHEN coalesce(a.milli, 0) >= %(limit_milli)s THEN 1 ELSE 0 END AS is_met,
        CASE
            WHEN p.age_problem IS NOT NULL THEN p.age_problem
            WHEN p.is_uncovered = 1 THEN 'no_coverage'
            WHEN p.end_day - p.index_day + 1 < %(min_period_days)s THEN 'late_first_fill'
            WHEN coalesce(n.fill_days, 0) < 2 THEN 'one_fill'
            WHEN n.is_unknown = 0 AND n.supply < %(least_supply_days)s THEN 'short_supply'
            WHEN n.is_unknown = 0 AND n.episode_days < %(least_episode_days)s THEN 'short_episode'
            ELSE ''
        END AS not_in_denominator,
        CASE WHEN coalesce(a.milli, 0) >= %(limit_milli)s AND n.is_unknown = 0 THEN '' ELSE coalesce(n.problem, '') END
            AS not_computed,
        CAST(NULL AS integer) AS last_day,
        coalesce(a.milli, 0) AS value_milli,
        CAST((coalesce(h.micro, 0) + 500 - mod(coalesce(h.micro, 0) + 500, 1000)) / 1000 AS bigint) AS second_milli,
        CAST(%(limit_milli)s AS bigint) AS limit_milli,
        s.day AS value_day,
        s.event_id AS value_event_id
    FROM period p
    LEFT JOIN claim_count n ON n.patient_id = p.patient_id
    LEFT JOIN average a ON a.patient_id = p.patient_id
    LEFT JOIN highest h ON h.patient_id = p.patient_id
    LEFT JOIN strongest s ON s.patient_id = p.patient_id
),
{tail}
