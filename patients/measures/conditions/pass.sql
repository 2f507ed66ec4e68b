-- All conditions of a payer's members as of a day, in one pass over the facts: one row a member and condition that is met, with the
-- way that met it first within the look-back, and up to three claims that prove it. Days are numbers since 1970-01-01.
-- Its sources come first: the tables condition_* of codes and rules where they are not tables of the session (tables.py), and fact.sql.
WITH {sources},

-- A claim that carries an excluding code does not count for that condition.
excluded AS (
    SELECT DISTINCT f.patient_id, b.condition, f.event_id
    FROM fact f
    JOIN condition_basis b ON b.basis = f.basis AND b.role = 'excluded'
),
emergency AS (
    SELECT DISTINCT f.patient_id, f.day, mod(f.number, 10) AS setting_number
    FROM fact f
    JOIN condition_basis b ON b.basis = f.basis AND b.role = 'emergency'
),
coded AS (
    SELECT f.patient_id, f.basis, f.day, f.event_id, f.number, f.is_full
    FROM fact f
    JOIN condition_basis b ON b.basis = f.basis AND b.role = 'way'
    UNION ALL
    SELECT f.patient_id, f.basis, f.day, f.event_id, f.number, f.is_full
    FROM fact f
    JOIN condition_basis b ON b.basis = f.basis AND b.role = 'way with exclusion'
    LEFT JOIN excluded x ON x.patient_id = f.patient_id AND x.condition = b.condition AND x.event_id = f.event_id
    WHERE x.event_id IS NULL
    UNION ALL
    SELECT f.patient_id, f.basis, f.day, f.event_id, f.number, f.is_full
    FROM fact f
    JOIN condition_basis b ON b.basis = f.basis AND b.role = 'way in emergency'
    JOIN emergency e ON e.patient_id = f.patient_id AND e.day = f.day AND e.setting_number = mod(f.number, 10)
),
-- Claims count by day, so that a visit and its bill, or two claims of one day, are not two. claim: the day's first event, and number.
coded_day AS (
    SELECT patient_id, basis, day, min(event_id * 1000000 + number) AS claim, max(is_full) AS is_full
    FROM coded GROUP BY patient_id, basis, day
),
placed AS (
    SELECT d.patient_id, d.basis, d.day, d.claim, d.is_full, b.claims, b.has_lesser, b.before_day, b.span_days,
        lag(d.day, 1) OVER (PARTITION BY d.patient_id, d.basis ORDER BY d.day) AS day_before,
        lag(d.day, 2) OVER (PARTITION BY d.patient_id, d.basis ORDER BY d.day) AS second_before,
        lag(d.day, 3) OVER (PARTITION BY d.patient_id, d.basis ORDER BY d.day) AS third_before,
        lag(d.is_full, 1) OVER (PARTITION BY d.patient_id, d.basis ORDER BY d.day) AS full_before
    FROM coded_day d
    JOIN condition_basis b ON b.basis = d.basis
),
-- By day, as many days as the way asks for: day_1 to day_3 are the first ones within the look-back, each with its claim; ever_day is the
-- first day in all claims that met the way, looking back from that day.
way_day AS (
    SELECT patient_id, basis, max(claims) AS claims, max(has_lesser) AS has_lesser,
        min(CASE WHEN day > before_day THEN day END) AS day_1,
        min(CASE WHEN day > before_day AND coalesce(day_before, before_day) <= before_day THEN claim END) AS claim_1,
        min(CASE WHEN day_before > before_day THEN day END) AS day_2,
        min(CASE WHEN day_before > before_day AND coalesce(second_before, before_day) <= before_day THEN claim END) AS claim_2,
        min(CASE WHEN second_before > before_day THEN day END) AS day_3,
        min(CASE WHEN second_before > before_day AND coalesce(third_before, before_day) <= before_day THEN claim END) AS claim_3,
        min(CASE WHEN day > before_day AND is_full = 1 THEN day END) AS full_day,
        max(CASE WHEN day > before_day THEN day END) AS last_day,
        min(CASE WHEN (claims = 1 OR day_before > day - span_days) AND (claims < 3 OR second_before > day - span_days)
            AND (is_full = 1 OR (full_before = 1 AND has_lesser = 1)) THEN day END) AS ever_day
    FROM placed GROUP BY patient_id, basis
),
-- Where codes count that prove nothing alone, the way is met when one of the others is there, too (of two claims: tables.py).
full_claim AS (
    SELECT f.patient_id, f.basis, f.day, min(f.event_id * 1000000 + f.number) AS claim
    FROM fact f
    JOIN condition_basis b ON b.basis = f.basis AND b.has_lesser = 1
    WHERE f.is_full = 1
    GROUP BY f.patient_id, f.basis, f.day
),
way_met AS (
    SELECT w.patient_id, b.condition, b.way, w.last_day, w.ever_day, w.day_1, w.claim_1,
        CASE WHEN w.claims = 1 THEN w.day_1 WHEN w.claims = 3 THEN w.day_3 WHEN w.has_lesser = 0 THEN w.day_2
            WHEN w.full_day IS NULL OR w.day_2 IS NULL THEN NULL ELSE greatest(w.day_2, w.full_day) END AS met_day,
        CASE WHEN w.claims > 1 THEN w.day_2 END AS day_2,
        CASE WHEN w.claims > 1 THEN w.claim_2 END AS claim_2,
        CASE WHEN w.claims > 2 THEN w.day_3 END AS day_3,
        CASE WHEN w.claims > 2 THEN w.claim_3 END AS claim_3,
        CASE WHEN w.has_lesser = 1 AND w.full_day > w.day_2 THEN w.full_day END AS full_day,
        w.basis
    FROM way_day w
    JOIN condition_basis b ON b.basis = w.basis
),
-- A way is void beside some conditions, unless another holds.
void AS (
    SELECT v.condition, v.way, o.patient_id
    FROM condition_void v
    JOIN way_met o ON o.condition = v.other AND o.met_day IS NOT NULL
    GROUP BY v.condition, v.way, o.patient_id
    HAVING max(v.voids) = 1 AND min(v.voids) = 1
),
way_kept AS (
    SELECT m.*,
        min(m.ever_day) OVER (PARTITION BY m.patient_id, m.condition) AS first_ever_day,
        max(m.last_day) OVER (PARTITION BY m.patient_id, m.condition) AS last_seen_day,
        row_number() OVER (
            PARTITION BY m.patient_id, m.condition
            ORDER BY CASE WHEN m.met_day IS NULL THEN 1 ELSE 0 END, m.met_day, m.way
        ) AS choice
    FROM way_met m
    LEFT JOIN void x ON x.condition = m.condition AND x.way = m.way AND x.patient_id = m.patient_id
    WHERE x.patient_id IS NULL
),
proven AS (
    SELECT k.patient_id, k.condition, k.way, k.met_day, k.last_seen_day, k.day_1, k.claim_1, k.day_3, k.claim_3,
        CASE WHEN k.first_ever_day < k.met_day THEN k.first_ever_day ELSE k.met_day END AS ever_day,
        coalesce(k.full_day, k.day_2) AS day_2,
        coalesce(f.claim, k.claim_2) AS claim_2
    FROM way_kept k
    LEFT JOIN full_claim f ON f.patient_id = k.patient_id AND f.basis = k.basis AND f.day = k.full_day
    WHERE k.choice = 1 AND k.met_day IS NOT NULL
),
-- Type and stage, from the claims of the look-back (details.py has the words).
told AS (
    SELECT f.patient_id, b.condition, f.day, c.detail, c.detail_rank, r.detail AS rule
    FROM fact f
    JOIN condition_basis b ON b.basis = f.basis AND b.tells_detail = 1
    JOIN condition_rule r ON r.condition = b.condition
    JOIN condition_code c ON c.number = (f.number - mod(f.number, 10)) / 10
    WHERE f.day > r.before_day AND c.detail <> ''
),
latest AS (
    SELECT patient_id, condition, detail,
        row_number() OVER (PARTITION BY patient_id, condition ORDER BY day DESC, detail_rank DESC) AS place
    FROM told WHERE rule = 'latest_stage'
),
typed AS (
    SELECT patient_id, condition,
        count(DISTINCT CASE WHEN detail = 'type_1' THEN day END) AS type_1_days,
        count(DISTINCT CASE WHEN detail = 'type_2' THEN day END) AS type_2_days,
        max(CASE WHEN detail = 'insulin' THEN 1 ELSE 0 END) AS has_insulin,
        max(CASE WHEN detail = 'oral_agent' THEN 1 ELSE 0 END) AS has_oral_agent
    FROM told WHERE rule = 'diabetes_type'
    GROUP BY patient_id, condition
)
SELECT m.patient_id, m.condition, m.way, m.met_day, m.ever_day, m.last_seen_day,
    CASE
        WHEN l.detail IS NOT NULL THEN l.detail
        WHEN t.patient_id IS NULL THEN ''
        WHEN t.type_1_days + t.type_2_days = 0 THEN 'other_type'
        WHEN t.type_1_days <= t.type_2_days THEN 'type_2'
        WHEN t.has_oral_agent = 1 THEN 'type_2'
        WHEN t.has_insulin = 1 THEN 'type_1'
        ELSE 'type_unsettled'
    END AS detail,
    {evidence}
FROM proven m
JOIN condition_rule r ON r.condition = m.condition AND r.is_asked = 1
LEFT JOIN condition_code c1 ON c1.number = (mod(m.claim_1, 1000000) - mod(m.claim_1, 10)) / 10
LEFT JOIN condition_code c2 ON c2.number = (mod(m.claim_2, 1000000) - mod(m.claim_2, 10)) / 10
LEFT JOIN condition_code c3 ON c3.number = (mod(m.claim_3, 1000000) - mod(m.claim_3, 10)) / 10
LEFT JOIN latest l ON l.patient_id = m.patient_id AND l.condition = m.condition AND l.place = 1
LEFT JOIN typed t ON t.patient_id = m.patient_id AND t.condition = m.condition
