-- Units of medicines that control asthma, as a share of all units of asthma medicines, for one payer and one measurement year.
-- The texts in braces are put in by text.py and asthma_ratio.py. in_year: 1 for the measurement year, 0 for the one before.
WITH
{sources}
-- A unit is a fill of an inhaler or an injection, or up to 30 days of a medicine by mouth.
asthma_fill AS (
    SELECT f.patient_id, f.set_code, f.event_id, f.day, f.ingredient_id, f.ndc, f.days_supply,
        CASE WHEN f.day >= %(first_day)s THEN 1 ELSE 0 END AS in_year,
        CASE WHEN m.form IN ('inhaler', 'nebulizer') THEN 'inhaled' WHEN m.form IN ('injection', 'kit', 'other') THEN 'injected'
            ELSE 'oral' END AS way,
        CASE WHEN m.form IN ('inhaler', 'nebulizer', 'injection', 'kit', 'other') OR f.days_supply IS NULL OR f.days_supply <= 30 THEN 1
            ELSE CAST((f.days_supply + 29 - mod(f.days_supply + 29, 30)) / 30 AS integer) END AS units
    FROM class_fill f
    JOIN drugs_drugsetmember m ON m.ndc11 = f.ndc AND m.set_code = f.set_code AND m.ingredient_id = f.ingredient_id
    WHERE f.set_code IN ({controllers}, {relievers}) AND m.set_code IN ({controllers}, {relievers}) AND f.day >= %(since_day)s
),
-- By mouth a time that something was dispensed is 30 full days of what came of one medicine on one day, and one at least: what is
-- left over is none, though it is a unit.
by_mouth AS (
    SELECT patient_id, in_year, sum(CASE WHEN days < 30 THEN 1 ELSE CAST((days - mod(days, 30)) / 30 AS integer) END) AS times
    FROM (
        SELECT patient_id, in_year, ingredient_id, day, CAST(coalesce(sum(days_supply), 0) AS integer) AS days
        FROM asthma_fill WHERE way = 'oral' GROUP BY patient_id, in_year, ingredient_id, day
    ) AS of_day
    GROUP BY patient_id, in_year
),
-- Inhalers of one medicine on one day are one time.
dispensed AS (
    SELECT a.patient_id, a.in_year,
        coalesce(max(b.times), 0) + count(DISTINCT CASE WHEN a.way = 'injected' THEN a.event_id END)
            + count(DISTINCT CASE WHEN a.way = 'inhaled' THEN CAST(a.ingredient_id AS bigint) * 1000000 + a.day END) AS times,
        max(CASE WHEN n.ndc IS NULL THEN 1 ELSE 0 END) AS is_plain
    FROM asthma_fill a
    LEFT JOIN by_mouth b ON b.patient_id = a.patient_id AND b.in_year = a.in_year
    LEFT JOIN (SELECT DISTINCT ndc FROM class_fill WHERE set_code IN ({not_alone})) AS n ON n.ndc = a.ndc
    GROUP BY a.patient_id, a.in_year
),
asthma AS (
    SELECT patient_id, day, event_id, list_code, code, setting, is_principal, CASE WHEN day >= %(first_day)s THEN 1 ELSE 0 END AS in_year
    FROM coded
    WHERE list_code IN ({diagnosis}) AND day >= %(since_day)s
),
asthma_year AS (
    SELECT a.patient_id, a.in_year, count(DISTINCT CASE WHEN a.setting IN ('carrier', 'outpatient') THEN a.day END) AS visits,
        max(CASE WHEN a.is_principal = 1 AND (a.setting = 'inpatient' OR v.day IS NOT NULL) THEN 1 ELSE 0 END) AS is_acute
    FROM asthma a
    LEFT JOIN (SELECT DISTINCT patient_id, day FROM coded WHERE list_code IN ({emergency})) AS v
        ON v.patient_id = a.patient_id AND v.day = a.day
    GROUP BY a.patient_id, a.in_year
),
-- Persistent in a year: treated in hospital or emergency, or seen four times and treated twice, or treated four times.
persistent AS (
    SELECT patient_id, in_year
    FROM (
        SELECT y.patient_id, y.in_year,
            max(CASE WHEN y.is_acute = 1 OR (y.visits >= 4 AND coalesce(d.times, 0) >= 2) THEN 1 ELSE 0 END) AS is_persistent
        FROM asthma_year y
        LEFT JOIN dispensed d ON d.patient_id = y.patient_id AND d.in_year = y.in_year
        GROUP BY y.patient_id, y.in_year
        UNION ALL
        SELECT d.patient_id, d.in_year, CASE WHEN d.is_plain = 1 OR y.patient_id IS NOT NULL THEN 1 ELSE 0 END
        FROM dispensed d
        LEFT JOIN asthma_year y ON y.patient_id = d.patient_id AND y.in_year = d.in_year
        WHERE d.times >= 4
    ) AS found
    WHERE is_persistent = 1
    GROUP BY patient_id, in_year
),
population AS (
    SELECT patient_id, CAST(%(first_day)s AS integer) AS index_day
    FROM persistent GROUP BY patient_id HAVING count(*) = 2
),
{period}

{cover}
unit AS (
    SELECT patient_id, CAST(sum(CASE WHEN set_code IN ({controllers}) THEN units ELSE 0 END) AS integer) AS controllers,
        CAST(sum(units) AS integer) AS units, count(DISTINCT event_id) AS fills
    FROM (
        SELECT DISTINCT patient_id, set_code, event_id, units FROM asthma_fill WHERE in_year = 1
    ) AS claim
    GROUP BY patient_id
),
shown AS (
    SELECT 'asks' AS role, list_code, day, code, '' AS result, event_id, patient_id FROM asthma
    UNION ALL
    SELECT 'asks', list_code, day, code, '', event_id, patient_id FROM coded WHERE list_code IN ({emergency}) AND day >= %(since_day)s
    UNION ALL
    SELECT CASE WHEN in_year = 1 THEN 'value' ELSE 'asks' END, set_code, day, ndc,
        CAST(units AS varchar(10)) || CASE WHEN units = 1 THEN ' unit' ELSE ' units' END, event_id, patient_id
    FROM asthma_fill
),
counted AS (
    SELECT p.patient_id, p.index_day, p.end_day AS period_end_day, CAST(coalesce(u.fills, 0) AS integer) AS fills,
        CASE WHEN 100 * u.controllers >= %(least_percent)s * u.units THEN 1 ELSE 0 END AS is_met,
        CASE WHEN p.age_problem IS NOT NULL THEN p.age_problem
            WHEN p.has_died = 1 THEN 'died' WHEN p.is_uncovered = 1 THEN 'no_full_coverage'
            WHEN coalesce(c.was_covered, 0) = 0 THEN 'no_cover_before' WHEN c.has_drugs = 0 THEN 'no_drug_cover'
            WHEN u.patient_id IS NULL THEN 'no_asthma_medicine'
            ELSE '' END AS not_in_denominator,
        '' AS not_computed,
        CASE WHEN p.seen_day < p.end_day AND 100 * u.controllers < %(least_percent)s * u.units THEN p.end_day END AS last_day,
        CAST((100000 * u.controllers - mod(100000 * u.controllers, u.units)) / u.units AS bigint) AS value_milli,
        CAST(NULL AS bigint) AS second_milli,
        CAST(1000 * %(least_percent)s AS bigint) AS limit_milli,
        CAST(NULL AS integer) AS value_day,
        CAST(NULL AS bigint) AS value_event_id
    FROM period p
    LEFT JOIN cover c ON c.patient_id = p.patient_id
    LEFT JOIN unit u ON u.patient_id = p.patient_id
),
{tail}
