-- Days on which several medicines are at hand at once, for one payer and one measurement year.
-- A fill is at hand from its day for its days of supply; supplies are neither added up nor moved, and a day counts once.
-- The texts in braces are put in by text.py and overlap.py: sources, the treatment period (fill_period.sql), tracks, the tail.
WITH
{sources}
{period}

-- A claim once, whichever ingredients of the class it holds.
claim AS (
    SELECT f.patient_id, f.event_id, f.day, max(f.days_supply) AS days_supply
    FROM own_fill f
    JOIN period p ON p.patient_id = f.patient_id AND f.day <= p.seen_day
    GROUP BY f.patient_id, f.event_id, f.day
),
claim_count AS (
    SELECT patient_id, count(*) AS fills, count(DISTINCT day) AS fill_days, CAST(sum(days_supply) AS integer) AS supply,
        max(CASE WHEN days_supply > 0 THEN 0 ELSE 1 END) AS is_unknown
    FROM claim GROUP BY patient_id
),
same_drug AS (
    SELECT patient_id, max(fill_days) AS fill_days
    FROM (
        SELECT f.patient_id, f.ingredient_id, count(DISTINCT f.day) AS fill_days
        FROM own_fill f
        JOIN period p ON p.patient_id = f.patient_id AND f.day <= p.seen_day
        GROUP BY f.patient_id, f.ingredient_id
    ) AS by_drug
    GROUP BY patient_id
),

-- A track is what counts once a day: a class of medicines, or each ingredient of a class. Tracks of one group are compared.
track_fill AS (
    SELECT f.patient_id, w.group_code,
        coalesce(w.track, CAST(f.ingredient_id AS varchar(20))) AS track,
        f.day, f.days_supply, p.seen_day
    FROM class_fill f
    JOIN (VALUES {tracks}) AS w (set_code, group_code, track) ON w.set_code = f.set_code
    JOIN period p ON p.patient_id = f.patient_id AND f.day <= p.seen_day
    WHERE f.set_code IN ({compared}) AND f.day >= %(first_day)s
),
track AS (
    SELECT patient_id, group_code, track, max(CASE WHEN days_supply > 0 THEN 0 ELSE 1 END) AS is_unknown,
        count(*) OVER (PARTITION BY patient_id, group_code) AS tracks
    FROM track_fill
    GROUP BY patient_id, group_code, track HAVING count(DISTINCT day) >= %(track_fill_days)s
),
-- The union of the supplies of a track, as pieces that do not overlap; where there are too few tracks, no day can count.
supply AS (
    SELECT f.patient_id, f.group_code, f.track, f.day AS from_day, least(f.day + f.days_supply, f.seen_day + 1) AS to_day
    FROM track_fill f
    JOIN track t ON t.patient_id = f.patient_id AND t.group_code = f.group_code AND t.track = f.track
    WHERE f.days_supply > 0 AND t.tracks >= %(at_once)s
),
supply_before AS (
    SELECT patient_id, group_code, from_day, to_day,
        max(to_day) OVER (
            PARTITION BY patient_id, group_code, track ORDER BY from_day, to_day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS to_day_before
    FROM supply
),
piece AS (
    SELECT patient_id, group_code, greatest(from_day, coalesce(to_day_before, from_day)) AS from_day, to_day
    FROM supply_before
    WHERE to_day > coalesce(to_day_before, from_day)
),
-- How many tracks are at hand from each day on which that changes.
turn AS (
    SELECT patient_id, group_code, day, sum(step) AS step
    FROM (
        SELECT patient_id, group_code, from_day AS day, 1 AS step FROM piece
        UNION ALL
        SELECT patient_id, group_code, to_day AS day, -1 AS step FROM piece
    ) AS edge
    GROUP BY patient_id, group_code, day
),
level AS (
    SELECT patient_id, group_code, day,
        sum(step) OVER (
            PARTITION BY patient_id, group_code ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS at_hand,
        lead(day) OVER (PARTITION BY patient_id, group_code ORDER BY day) AS next_day
    FROM turn
),
together AS (
    SELECT patient_id, group_code, min(day) AS first_day, CAST(sum(next_day - day) AS integer) AS days
    FROM level
    WHERE at_hand >= %(at_once)s
    GROUP BY patient_id, group_code
),
-- The group with most days together; of several, the first by name.
most AS (
    SELECT patient_id, first_day, days
    FROM (
        SELECT patient_id, first_day, days,
            row_number() OVER (PARTITION BY patient_id ORDER BY days DESC, group_code) AS place
        FROM together
    ) AS ranked
    WHERE place = 1
),
unknown_supply AS (
    SELECT patient_id, max(is_unknown) AS is_unknown FROM track GROUP BY patient_id
),
-- A medicine that makes the combination acceptable; its fill may lie before the year.
protection AS (
    SELECT f.patient_id, max(f.day) AS day
    FROM class_fill f
    JOIN period p ON p.patient_id = f.patient_id AND f.day <= p.seen_day
    WHERE f.set_code = %(unless)s AND f.day >= p.seen_day - %(unless_days)s
    GROUP BY f.patient_id
),
counted AS (
    SELECT p.patient_id, p.index_day, p.end_day AS period_end_day, CAST(coalesce(n.fills, 0) AS integer) AS fills,
        CASE WHEN coalesce(m.days, 0) >= %(least_days)s AND x.patient_id IS NULL THEN 1 ELSE 0 END AS is_met,
        CASE
            WHEN p.age_problem IS NOT NULL THEN p.age_problem
            WHEN p.is_uncovered = 1 THEN 'no_coverage'
            WHEN p.end_day - p.index_day + 1 < %(min_period_days)s THEN 'late_first_fill'
            WHEN coalesce(n.fill_days, 0) < 2 THEN 'one_fill'
            WHEN %(same_drug)s = 1 AND s.fill_days < 2 THEN 'no_drug_twice'
            WHEN n.is_unknown = 0 AND n.supply < %(least_supply_days)s THEN 'short_supply'
            ELSE ''
        END AS not_in_denominator,
        CASE WHEN coalesce(m.days, 0) >= %(least_days)s THEN ''
            WHEN u.is_unknown = 1 OR (n.is_unknown = 1 AND coalesce(n.supply, 0) < %(least_supply_days)s) THEN 'no_days_supply'
            ELSE '' END AS not_computed,
        CAST(NULL AS integer) AS last_day,
        CAST(1000 * coalesce(m.days, 0) AS bigint) AS value_milli,
        CAST(NULL AS bigint) AS second_milli,
        CAST(1000 * %(least_days)s AS bigint) AS limit_milli,
        m.first_day AS value_day,
        CAST(NULL AS bigint) AS value_event_id
    FROM period p
    LEFT JOIN claim_count n ON n.patient_id = p.patient_id
    LEFT JOIN same_drug s ON s.patient_id = p.patient_id
    LEFT JOIN most m ON m.patient_id = p.patient_id
    LEFT JOIN unknown_supply u ON u.patient_id = p.patient_id
    LEFT JOIN protection x ON x.patient_id = p.patient_id
),
{tail}
