-- How whole cover is in a window of days: common table expressions, put into the text of a kind after its own CTE cover_window
-- (patient_id, name, benefit, from_day, to_day). Gaps are what lies before, between and after the spans; who has no day of cover
-- in a window has no row.
window_gap AS (
    SELECT w.patient_id, w.name, w.to_day, least(s.last_day, w.to_day) AS last_day,
        greatest(s.from_day, w.from_day) - coalesce(
            lag(s.last_day) OVER (PARTITION BY w.patient_id, w.name ORDER BY s.from_day) + 1, w.from_day
        ) AS gap
    FROM cover_window w
    JOIN covered_span s ON s.patient_id = w.patient_id AND s.benefit = w.benefit AND s.gap_days = 0
        AND s.from_day <= w.to_day AND s.last_day >= w.from_day
),
window_cover AS (
    SELECT patient_id, name, max(last_day) AS last_day,
        sum(CASE WHEN gap > 0 THEN 1 ELSE 0 END) + CASE WHEN max(last_day) < max(to_day) THEN 1 ELSE 0 END AS gaps,
        greatest(max(gap), max(to_day) - max(last_day)) AS longest
    FROM window_gap
    GROUP BY patient_id, name
),
