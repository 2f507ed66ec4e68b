-- All conditions of a payer's members as of a day, in one pass over the facts: one row a member and condition that is met, with the
-- way that met it first within the look-back, and up to three claims that prove it. Days are numbers since 1970-01-01.
-- Its sources come first: the tables condition_* of codes and rules where they are not tables of the session (tables.py), and fact.sql.
WITH {sources},

-- A claim that carries an excluding code does not count for that condition.
excluded AS (
    SELECT DISTINCT condition, patient_id, event_id FROM fact WHERE kind = 'excluded'
),
emergency AS (
    SELECT DISTINCT patient_id, day, setting FROM fact WHERE condition = 0
),
-- Claims that count by some way.
coded AS (
    SELECT f.patient_id, f.condition, w.way, f.day, f.event_id, f.code, f.setting, f.detail, f.detail_rank, w.is_full
    FROM fact f
    JOIN condition_way w ON w.condition = f.condition AND w.kind = f.kind AND w.setting = f.setting
    LEFT JOIN excluded x ON x.condition = f.condition AND x.patient_id = f.patient_id AND x.event_id = f.event_id
    WHERE x.event_id IS NULL
    UNION ALL
    SELECT f.patient_id, f.condition, w.way, f.day, f.event_id, f.code, f.setting, f.detail, f.detail_rank, w.is_full
    FROM fact f
    JOIN condition_way w ON w.condition = f.condition AND w.kind = f.kind AND w.setting = 'emergency'
    JOIN emergency e ON e.patient_id = f.patient_id AND e.day = f.day AND e.setting = f.setting
),
-- Claims count by day, so that a visit and its bill, or two claims of one day, are not two.
coded_day AS (
    SELECT patient_id, condition, way, day, min(event_id) AS event_id, max(is_full) AS is_full
    FROM coded GROUP BY patient_id, condition, way, day
),
placed AS (
    SELECT d.patient_id, d.condition, d.way, d.day, d.event_id, b.claims, b.before_day, b.span_days,
        lag(d.day, 1) OVER (PARTITION BY d.patient_id, d.condition, d.way ORDER BY d.day) AS day_before,
        lag(d.day, 2) OVER (PARTITION BY d.patient_id, d.condition, d.way ORDER BY d.day) AS day_before_that,
        max(CASE WHEN d.is_full = 1 THEN d.day END) OVER (
            PARTITION BY d.patient_id, d.condition, d.way ORDER BY d.day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS last_full_day,
        sum(CASE WHEN d.day > b.before_day THEN 1 ELSE 0 END) OVER (
            PARTITION BY d.patient_id, d.condition, d.way ORDER BY d.day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS place
    FROM coded_day d
    JOIN condition_basis b ON b.condition = d.condition AND b.way = d.way
),
-- met_day: within the look-back. ever_day: the first day in all claims that met it, looking back from that day.
way_met AS (
    SELECT patient_id, condition, way,
        min(CASE WHEN place >= claims AND last_full_day > before_day THEN day END) AS met_day,
        min(CASE WHEN last_full_day > day - span_days AND (claims = 1 OR day_before > day - span_days)
            AND (claims < 3 OR day_before_that > day - span_days) THEN day END) AS ever_day,
        max(CASE WHEN day > before_day THEN day END) AS last_day
    FROM placed GROUP BY patient_id, condition, way
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
    SELECT m.patient_id, m.condition, m.way, m.met_day,
        min(m.ever_day) OVER (PARTITION BY m.patient_id, m.condition) AS ever_day,
        max(m.last_day) OVER (PARTITION BY m.patient_id, m.condition) AS last_day,
        row_number() OVER (
            PARTITION BY m.patient_id, m.condition
            ORDER BY CASE WHEN m.met_day IS NULL THEN 1 ELSE 0 END, m.met_day, m.way
        ) AS choice
    FROM way_met m
    LEFT JOIN void x ON x.condition = m.condition AND x.way = m.way AND x.patient_id = m.patient_id
    WHERE x.patient_id IS NULL
),
met AS (
    SELECT patient_id, condition, way, met_day, last_day,
        CASE WHEN ever_day < met_day THEN ever_day ELSE met_day END AS ever_day
    FROM way_kept WHERE choice = 1 AND met_day IS NOT NULL
),
proof AS (
    SELECT m.patient_id, m.condition, m.way, p.day, p.event_id,
        row_number() OVER (PARTITION BY m.patient_id, m.condition ORDER BY p.day) AS number
    FROM met m
    JOIN placed p ON p.patient_id = m.patient_id AND p.condition = m.condition AND p.way = m.way
    WHERE p.day > p.before_day AND p.day <= m.met_day AND (p.place < p.claims OR p.day = m.met_day)
),
claim AS (
    SELECT p.patient_id, p.condition, p.number, p.day, p.event_id, min(c.code) AS code, min(c.setting) AS setting
    FROM proof p
    JOIN coded c ON c.patient_id = p.patient_id AND c.condition = p.condition AND c.way = p.way AND c.day = p.day
        AND c.event_id = p.event_id
    GROUP BY p.patient_id, p.condition, p.number, p.day, p.event_id
),
evidence AS (
    SELECT patient_id, condition,
        {claims}
    FROM claim GROUP BY patient_id, condition
),
-- Type and stage, from the claims of the look-back (details.py has the words).
latest AS (
    SELECT c.patient_id, c.condition, c.detail,
        row_number() OVER (PARTITION BY c.patient_id, c.condition ORDER BY c.day DESC, c.detail_rank DESC) AS place
    FROM coded c
    JOIN condition_rule r ON r.condition = c.condition AND r.detail = 'latest_stage'
    WHERE c.detail <> '' AND c.day > r.before_day
),
typed AS (
    SELECT c.patient_id, c.condition,
        count(DISTINCT CASE WHEN c.detail = 'type_1' THEN c.day END) AS type_1_days,
        count(DISTINCT CASE WHEN c.detail = 'type_2' THEN c.day END) AS type_2_days
    FROM coded c
    JOIN condition_rule r ON r.condition = c.condition AND r.detail = 'diabetes_type'
    WHERE c.day > r.before_day
    GROUP BY c.patient_id, c.condition
),
support AS (
    SELECT f.patient_id, f.condition,
        max(CASE WHEN f.detail = 'insulin' THEN 1 ELSE 0 END) AS has_insulin,
        max(CASE WHEN f.detail = 'oral_agent' THEN 1 ELSE 0 END) AS has_oral_agent
    FROM fact f
    JOIN condition_rule r ON r.condition = f.condition
    WHERE f.kind = 'support' AND f.day > r.before_day
    GROUP BY f.patient_id, f.condition
)
SELECT m.patient_id, m.condition, m.way, m.met_day, m.ever_day, m.last_day,
    CASE
        WHEN l.detail IS NOT NULL THEN l.detail
        WHEN t.patient_id IS NULL THEN ''
        WHEN t.type_1_days + t.type_2_days = 0 THEN 'other_type'
        WHEN t.type_1_days <= t.type_2_days THEN 'type_2'
        WHEN s.has_oral_agent = 1 THEN 'type_2'
        WHEN s.has_insulin = 1 THEN 'type_1'
        ELSE 'type_unsettled'
    END AS detail,
    {evidence}
FROM met m
JOIN condition_rule r ON r.condition = m.condition AND r.is_asked = 1
JOIN evidence e ON e.patient_id = m.patient_id AND e.condition = m.condition
LEFT JOIN latest l ON l.patient_id = m.patient_id AND l.condition = m.condition AND l.place = 1
LEFT JOIN typed t ON t.patient_id = m.patient_id AND t.condition = m.condition
LEFT JOIN support s ON s.patient_id = m.patient_id AND s.condition = m.condition
