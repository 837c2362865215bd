"""Twelve captions against three to five others, and what COCO's evaluation says of them.

The numbers were taken once from pycocoevalcap 1.2 (Bleu, Rouge, Cider), given the words of `caption_words`.
"""

from __future__ import annotations

CASES = [
    (
        "A brown dog runs across the grass.",
        ["A brown dog is running on the grass.", "The dog runs across a field.", "A dog runs through green grass."],
    ),
    (
        "Two children play on the beach.",
        [
            "Two kids are playing in the sand at the beach.",
            "Two children build a sandcastle.",
            "A boy and a girl play on the beach.",
            "Children play on the sand near the sea.",
        ],
    ),
    (
        "A man rides a bicycle.",
        [
            "A man in a red shirt rides a bicycle down a steep hill.",
            "A cyclist races down the hill.",
            "The man is riding his bike downhill.",
            "A man on a mountain bike.",
            "A man rides a bike.",
        ],
    ),
    (
        "The girl's hat is red red red.",
        ["A girl in a red hat smiles.", "The girl's hat is red.", "The little girl wears a red hat."],
    ),
    (
        "A woman plays the guitar on a stage in front of a large crowd of people at night.",
        ["A woman plays the guitar on stage.", "A singer with a guitar.", "The woman's band plays to a crowd."],
    ),
    (
        "Grass.",
        ["A field of tall grass.", "Grass grows in the sun.", "Tall grass."],
    ),
    (
        "A skier jumps off a snowy mountain.",
        [
            "A skier jumps off a snowy mountain.",
            "A person on skis is in the air.",
            "The skier flies over the snow.",
            "Somebody is skiing in the mountains.",
        ],
    ),
    (
        "People are sitting in a restaurant.",
        ["A group of friends is eating dinner.", "Four people eat at a table.", "Friends sit around a table."],
    ),
    (
        "A black-and-white dog catches a frisbee.",
        [
            "A black-and-white dog leaps for a frisbee.",
            "The dog catches a yellow frisbee in its mouth.",
            "A dog jumps to catch a frisbee in the park.",
            "A dog is playing frisbee.",
            "The black-and-white dog is off the ground.",
        ],
    ),
    (
        "A dog.",
        ["A boy throws a ball.", "A young baseball player pitches.", "The pitcher throws the ball to a batter."],
    ),
    (
        "grass the on dog brown A",
        ["A brown dog on the grass.", "A dog lies on the grass.", "The brown dog sleeps on the lawn."],
    ),
    (
        "An old man reads a newspaper on a bench.",
        [
            "An old man sits on a bench and reads a newspaper.",
            "A man with a hat is reading the paper.",
            "The man reads his newspaper in the park.",
        ],
    ),
]
ANSWERS = [answer for answer, _ in CASES]
REFERENCES = [references for _, references in CASES]

BLEU = [0.802469136, 0.698898758, 0.602732529, 0.49347937]
ROUGE_L = 0.62341225
ROUGE_L_OF_EACH = [
    *(0.685393258, 0.557077626, 0.871428571, 0.879807692, 0.608262108, 0.628865979),
    *(1.0, 0.333333333, 0.758706468, 0.265217391, 0.303482587, 0.589371981),
]
CIDER_D = 1.631505051
CIDER_D_OF_EACH = [
    *(2.524018624, 2.54275959, 1.743393759, 2.87479119, 0.396458056, 0.885532014),
    *(2.663245459, 0.19484263, 1.931434198, 0.0, 1.620268902, 2.201316186),
]
