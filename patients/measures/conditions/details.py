"""What is told of a condition besides that it is there: the stage of kidney disease, the type of diabetes.

The stage is that of the newest claim with a stage; of one day, the highest. The type follows the first part of a published rule
for diagnosis codes with prescriptions (Klompas and others, Diabetes Care 2013, 36:914): type 1 where more than half of the coded
days are type 1 and no oral agent but metformin was filled. Ours asks for insulin, too, since type 1 is not lived with without it;
where neither insulin nor an oral agent is in the fills, the type is not settled. The rule was made for medical records; what it is
worth in claims of older people is not measured.
"""

STAGES = {
    "stage_1": "stage 1",
    "stage_2": "stage 2",
    "stage_3": "stage 3",
    "stage_3a": "stage 3a",
    "stage_3b": "stage 3b",
    "stage_4": "stage 4",
    "stage_5": "stage 5",
    "esrd": "end-stage",
}
TYPES = {
    "type_1": "type 1",
    "type_2": "type 2",
    "other_type": "secondary or other type",
    "type_unsettled": "type not settled",
}
WORDS = STAGES | TYPES
RANKS = {stage: place for place, stage in enumerate(STAGES, 1)}
RULES = {
    "latest_stage": "The stage is that of the newest claim that tells one (N18.1 to N18.6); of one day, the highest.",
    "diabetes_type": "Type 1: more days with E10 than with E11, insulin filled, and no oral agent but metformin. Type 2: as many or "
    "more days with E11, or such an agent filled. More days with E10 and neither filled: not settled. Codes of neither: another type.",
}
