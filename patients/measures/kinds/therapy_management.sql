-- Who is eligible for medication therapy management, and whether a comprehensive review was held, for one payer.
-- The texts in braces are put in by text.py and therapy_management.py.
WITH
{sources}
-- A core disease: on two days since the year before, or on one claim of a hospital stay.
claimed AS (
    SELECT patient_id, day, event_id, list_code, code, setting
    FROM coded WHERE list_code IN ({diseases}) AND list_code <> %(not_core)s AND day >= %(since_day)s AND setting <> 'dme'
),
disease AS (
    SELECT patient_id, list_code
    FROM claimed
    GROUP BY patient_id, list_code
    HAVING count(DISTINCT day) >= 2 OR max(CASE WHEN setting = 'inpatient' THEN 1 ELSE 0 END) = 1
),
diseases AS (
    SELECT patient_id, count(*) AS diseases FROM disease GROUP BY patient_id
),
-- A medicine taken for long: filled on two days, or for 60 days and more. The cost is that of all medicines.
medicines AS (
    SELECT patient_id, sum(CASE WHEN last_day > first_day OR days_supply >= 60 THEN 1 ELSE 0 END) AS drugs,
        CAST(sum(paid_cents) AS bigint) AS paid_cents
    FROM drug_use GROUP BY patient_id
),
-- Whom the plan holds to be at risk under its drug management programme on any day of the year so far: that suffices alone.
at_risk AS (
    SELECT c.patient_id, min(greatest(c.starts_on - DATE '1970-01-01', %(first_day)s)) AS day
    FROM patients_coverage c
    WHERE c.payer_id = %(payer_id)s AND c.is_at_risk_beneficiary AND %(is_at_risk_enough)s = 1
        AND c.starts_on - DATE '1970-01-01' <= %(known_day)s
        AND coalesce(c.ends_on - DATE '1970-01-01', %(open_day)s) >= %(first_day)s {people_c}
    GROUP BY c.patient_id
),
-- Somebody without any core disease, or without a medicine, has no row unless at risk.
listed AS (
    SELECT d.patient_id FROM diseases d JOIN medicines m ON m.patient_id = d.patient_id
    UNION
    SELECT patient_id FROM at_risk
),
covered AS (
    SELECT DISTINCT patient_id FROM covered_span
    WHERE benefit = 'drugs' AND gap_days = 0 AND from_day <= %(known_day)s AND last_day >= %(known_day)s
),
review (patient_id, day, event_id, list_code, code) AS (
    SELECT patient_id, day, event_id, list_code, code
    FROM coded WHERE list_code IN ({reviews}) AND day >= %(first_day)s
    UNION ALL
    SELECT patient_id, day, CAST(NULL AS bigint), protocol, '' FROM given WHERE protocol IN ({protocols})
),
first_review AS (
    SELECT patient_id, day, event_id
    FROM (
        SELECT patient_id, day, event_id, row_number() OVER (PARTITION BY patient_id ORDER BY day, event_id) AS place FROM review
    ) AS ranked
    WHERE place = 1
),
shown AS (
    SELECT 'asks' AS role, c.list_code, c.day, c.code, '' AS result, c.event_id, c.patient_id
    FROM claimed c
    JOIN disease d ON d.patient_id = c.patient_id AND d.list_code = c.list_code
    UNION ALL
    SELECT 'asks', 'at_risk_beneficiary', day, '', 'drug management programme', CAST(NULL AS bigint), patient_id FROM at_risk
    UNION ALL
    SELECT 'meets', list_code, day, code, '', event_id, patient_id FROM review WHERE {asks_review} = 1
),
counted AS (
    SELECT l.patient_id, %(first_day)s AS index_day, %(last_day)s AS period_end_day, coalesce(m.drugs, 0) AS fills,
        CASE WHEN {asks_review} = 0 OR r.patient_id IS NOT NULL THEN 1 ELSE 0 END AS is_met,
        CASE WHEN p.born_on > %(born_by)s THEN 'under_age' WHEN p.born_on IS NULL THEN 'no_birth_date'
            WHEN p.died_on - DATE '1970-01-01' <= %(known_day)s THEN 'died'
            WHEN c.patient_id IS NULL THEN 'no_drug_cover'
            WHEN a.patient_id IS NOT NULL THEN ''
            WHEN d.diseases < %(least_diseases)s THEN 'few_diseases'
            WHEN m.drugs < %(least_drugs)s THEN 'few_drugs'
            WHEN m.paid_cents < {least_cents} THEN 'low_cost' ELSE '' END AS not_in_denominator,
        '' AS not_computed,
        CASE WHEN {asks_review} = 1 AND r.patient_id IS NULL AND %(known_day)s < %(last_day)s THEN %(last_day)s END AS last_day,
        m.paid_cents * 10 AS value_milli,
        CAST(NULL AS bigint) AS second_milli,
        CASE WHEN d.diseases >= %(least_diseases)s AND m.drugs >= %(least_drugs)s AND m.paid_cents >= {least_cents}
                OR a.patient_id IS NULL
            THEN {least_cents} * 10 END AS limit_milli,
        r.day AS value_day,
        r.event_id AS value_event_id
    FROM listed l
    JOIN patients_patient p ON p.id = l.patient_id
    LEFT JOIN diseases d ON d.patient_id = l.patient_id
    LEFT JOIN medicines m ON m.patient_id = l.patient_id
    LEFT JOIN at_risk a ON a.patient_id = l.patient_id
    LEFT JOIN covered c ON c.patient_id = l.patient_id
    LEFT JOIN first_review r ON r.patient_id = l.patient_id
),
{tail}
