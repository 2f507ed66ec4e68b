"""A first installation is made whole or not at all; whoever wrote its file reads every problem at once."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from carecoord.kernel.accounts.models import Organisation, User
from patients.models import Client
from patients.programs.models import Program
from pharmacies.models import Contract, Credential, Network, NetworkMembership, Pharmacy, RuralUplift
from tests.conftest import as_owner
from tests.factories.cast import npi

pytestmark = pytest.mark.django_db
ASH, BIRCH = npi(801), npi(802)
GOOD = f"""
[pbm]
code = "northbridge"
name = "Northbridge PBM"
payers = {{ acme = "Acme Health" }}

[network]
code = "lantern"
name = "Lantern Network"
since = 2026-01-01
pharmacies = ["{ASH}"]

[contract]
code = "SVC-1"
title = "Pharmacist services"
since = 2026-01-01
fees = {{ "99606" = ["Adherence call", 3200] }}

[program]
code = "htn"
title = "Hypertension"
definition = "medicare_htn_dm"
since = 2026-01-01
clients = {{ acme = "*" }}

[[people]]
email = "dana@example.org"
name = "Dana Dale"
role = "program"
at = "pbm"

[[people]]
email = "alice@example.org"
name = "Alice Ash"
role = "pharmacist"
at = "{ASH}"
"""
NOTHING_MADE = {"memberships": 0, "participations": 0, "fees": 0, "clients": {"acme": []}, "first_passwords": {}}


@pytest.fixture(autouse=True)
def ash():
    with as_owner():
        place = Organisation.objects.create(kind="pharmacy", code=ASH, name="Ash")
        return Pharmacy.objects.create(organisation=place, npi=ASH, name="Ash")


@pytest.fixture
def run(tmp_path):
    def run(text=GOOD, *options):
        file, out = tmp_path / "set_up.toml", StringIO()
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        call_command("set_up", str(file), *options, stdout=out)
        return json.loads(out.getvalue())

    return run


def made():
    with as_owner():
        return [m.objects.count() for m in (User, Network, NetworkMembership, Contract)] + [
            Organisation.objects.exclude(kind="pharmacy").count()
        ]


def test_a_dry_run_says_what_would_be_made_and_makes_nothing(run):
    dry = run(GOOD, "--dry-run")
    assert dry["first_passwords"] == {"dana@example.org": "", "alice@example.org": ""}
    assert made() == [0, 0, 0, 0, 0]
    real = run()
    assert real | {"first_passwords": 0} == dry | {"first_passwords": 0}
    assert all(len(word) > 12 for word in real["first_passwords"].values())


def test_run_again_it_adds_only_what_is_new(run):
    run()
    assert run() == NOTHING_MADE
    eve = '\n[[people]]\nemail = "eve@example.org"\nname = "Eve"\nrole = "network_lead"\nat = "network"\n'
    more = run(GOOD.replace("3200", "3300").replace("2026-01-01\nfees", "2026-02-01\nfees") + eve)
    assert (list(more["first_passwords"]), more["fees"], more["memberships"]) == (["eve@example.org"], 1, 0)


def test_a_pbm_and_somebody_who_goes_on_are_enough(run):
    pbm = GOOD[: GOOD.index("[network]")]
    dana = GOOD[GOOD.index("[[people]]") : GOOD.rindex("[[people]]")]
    assert run(pbm + dana) | {"first_passwords": 0} == NOTHING_MADE | {"clients": {}, "first_passwords": 0}
    assert made() == [1, 0, 0, 0, 2]
    with pytest.raises(CommandError, match=r"contract: It needs a network"):
        run(GOOD[: GOOD.index("[network]")] + GOOD[GOOD.index("[contract]") :])


def test_contact_uplift_and_papers_are_written_once(run):
    more = GOOD.replace("[program]", "uplift_basis_points = 1250\n[program]")
    more = more.replace('{ acme = "*" }', '{ acme = "*" }\ncontact = "Call 304-555-0100"')
    paper = f'\n[[papers]]\nnpi = "{ASH}"\nkind = "license"\nsince = 2026-01-01\nnumber = "P-1"\n'
    more += paper + paper.replace("P-1", 'R-1"\nemail = "alice@example.org')
    assert (run(more)["papers"], run(more)["papers"]) == (2, 0)
    with as_owner():
        assert Program.objects.get().contact == "Call 304-555-0100"
        assert [row.basis_points for row in RuralUplift.objects.all()] == [1250]
        papers = Credential.objects.order_by("number").values_list("number", "person__email")
        assert list(papers) == [("P-1", None), ("R-1", "alice@example.org")]


def test_a_refusal_late_in_the_file_leaves_nothing(run, ash):
    run()
    with as_owner():
        rows = NetworkMembership.objects.all()
        rows.update(since=date(2025, 1, 1), until=date(2026, 6, 30))  # the store left: it may not come back before that
    before = made()
    eve = '\n[[people]]\nemail = "eve@example.org"\nname = "Eve"\nrole = "network_lead"\nat = "network"\n'
    with pytest.raises(CommandError, match=r"network\.pharmacies: This pharmacy is in that network on some"):
        run(GOOD + eve)
    assert made() == before


def test_a_programme_of_another_pbm_is_not_taken_over(run):
    run()
    with pytest.raises(CommandError, match=r"program\.code: Another PBM has a programme with this code"):
        run(GOOD.replace('"northbridge"', '"southbridge"').replace("@example.org", "@example.com"))


def test_clients_that_are_named_must_be_there(run):
    run()
    with as_owner():
        Client.objects.create(payer=Organisation.objects.get(code="acme"), code="C1", name="One")
    with pytest.raises(CommandError, match=r"program\.clients\.acme: acme has no client C2\. It has: C1\."):
        run(GOOD.replace('acme = "*"', 'acme = ["C1", "C2"]'))
    assert run(GOOD.replace('acme = "*"', 'acme = ["C1"]'))["clients"] == {"acme": ["C1"]}


BAD = [  # (what is written, what stands there instead, what is said)
    ('name = "Lantern', 'nmae = "Lantern', r"network\.nmae: This key is not known.*network\.name: This key is missing"),
    ("[contract]", "[contracts]", "contracts: This part is not known"),
    ("[pbm]", "[pmb]", r"pbm: This part is missing\. Write \[pbm\]"),
    (f'["{ASH}"]', f'["{ASH}", "{ASH}"]', rf"network\.pharmacies: '{ASH}' is named twice"),
    (f'["{ASH}"]', '["1234567890"]', r"network\.pharmacies\[1\]: '1234567890' is no NPI"),
    (f'["{ASH}"]', f'"{ASH}"', r"network\.pharmacies: This is not a list of texts"),
    (f'["{ASH}"]', f'["{BIRCH}"]', rf"network\.pharmacies\[1\]: There is no pharmacy with NPI {BIRCH}"),
    ('role = "pharmacist"', 'role = "claims"', r"people\[2\]\.role: A pharmacy has no claims\. It can have: owner"),
    ('role = "pharmacist"', 'role = "boss"', r"people\[2\]\.role: There is no role 'boss'"),
    ('role = "program"', 'role = "claims"', "people: Nobody could go on from here"),
    ("alice@", "DANA@", r"people\[2\]\.email: people\[1\] has this address too"),
    ("alice@example.org", "alice", r"people\[2\]\.email: 'alice' will not do"),
    ('at = "pbm"', 'at = "acme"', r"people\[1\]\.at: 'acme' is no place"),
    ("since = 2026-01-01\nph", 'since = "2026-01-01"\nph', r"network\.since: '2026-01-01' is not a date"),
    ("since = 2026-01-01\nph", "since = 0026-01-01\nph", r"network\.since: 0026-01-01 cannot be meant"),
    ("01-01\nfees", "01-01\nuntil = 2025-12-31\nfees", r"contract\.until: 2025-12-31 lies before since"),
    ("3200", "32.5", r"contract\.fees\.99606: 32\.5 is no amount"),
    ("3200", "-1", r"contract\.fees\.99606: -1 is no amount"),
    ('["Adherence call", 3200]', "3200", r"contract\.fees\.99606: A fee is a short label and an amount"),
    ('"medicare_htn_dm"', '"x"', r"program\.definition: There is no definition 'x'\. There are: "),
    ('clients = { acme = "*" }', 'clients = { other = "*" }', r"program\.clients\.other: The PBM does not serve"),
    ("3200] }", "3200] }\nuplift_basis_points = 12.5", r"contract\.uplift_basis_points: 12\.5 is no uplift"),
    (
        "[pbm]",
        '[[papers]]\nnpi = "1"\nkind = "x"\nsince = 1\n[pbm]',
        r"papers\[1\]\.npi.*papers\[1\]\.kind.*papers\[1\]\.since",
    ),
    ('code = "htn"', 'code = "h t\\u0000n"', r"program\.code: There is a control character"),
    ('code = "htn"', f'code = "{"h" * 41}"', r"program\.code: It has 41 characters\. Shorten it to 40"),
    ("[pbm]", "[pbm", "The file is not TOML"),
    ("[network]", "[pbm]\n[network]", "The file is not TOML: Cannot declare"),
    ('"Dana Dale"', b'"D\xe1na"', "The file is not UTF-8: byte"),
]


@pytest.mark.parametrize(("written", "instead", "said"), BAD, ids=[said[:40] for *_, said in BAD])
def test_what_is_wrong_is_said_and_nothing_is_written(run, written, instead, said):
    assert GOOD.count(written) >= 1
    instead = instead if isinstance(instead, bytes) else instead.encode()
    with pytest.raises(CommandError, match=f"(?s){said}"):
        run(GOOD.encode().replace(written.encode(), instead, 1))
    assert made() == [0, 0, 0, 0, 0]


def test_every_problem_is_listed_at_once(run):
    bad = GOOD.replace("3200", "true").replace('"pharmacist"', '"x"').replace("[network]", "[network]\ncolour = 1")
    with pytest.raises(CommandError) as refused:
        run(bad)
    assert "set_up.toml has 3 problems:" in str(refused.value)
    assert [line.split(":")[0].strip() for line in str(refused.value).splitlines()[1:]] == [
        "network.colour", "contract.fees.99606", "people[2].role",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "pbm = 1", "people = 1", "pbm = [1]\nnetwork = 'x'", "[people]", "a = " + "[" * 5000]
)
def test_nonsense_is_a_sentence_too(run, text):
    with pytest.raises(CommandError):
        run(text)
