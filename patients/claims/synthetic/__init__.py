"""A synthetic population, written as feed files, with the adherence that every member must come out with.

Nobody in it exists. Names, addresses, telephone numbers, pharmacies and NPIs are made up; towns, ZIP codes, NDCs,
ICD-10-CM, LOINC and CVX codes are real ones. Pure Python: it needs neither Django nor a database.

    population.write(folder, members=2000, year=2026, seed=1, payer="demo")     the files, and a Summary
    directory.pharmacies()                                                      the pharmacies, always the same
    python -m patients.claims.synthetic FOLDER --members N --year Y --seed S    the same from a shell
"""
