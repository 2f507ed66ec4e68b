-- Cover in the year before, and with medicines in this one: common table expressions, put into the text of a kind after its own
-- CTE population. since_day is the first day of the year before. Each year may have one gap, and at the end of this one there is none.
cover_window AS (
    SELECT patient_id, 'before' AS name, 'any' AS benefit, %(since_day)s AS from_day, %(first_day)s - 1 AS to_day FROM population
    UNION ALL
    SELECT patient_id, 'drugs', 'drugs', %(first_day)s, %(known_day)s FROM population
),
{window_cover}
cover AS (
    SELECT patient_id, max(CASE WHEN name = 'drugs' AND last_day = %(known_day)s THEN 1 ELSE 0 END) AS has_drugs,
        max(CASE WHEN name = 'before' THEN 1 ELSE 0 END) AS was_covered
    FROM window_cover WHERE gaps <= 1 AND longest <= %(enrolment_gap_days)s GROUP BY patient_id
),
