"""The words that the seeded shop is made of: departments, goods, people, places, opinions."""

# ruff: noqa: E501, RUF001 - lists of words read better in long lines, in their own letters

from __future__ import annotations

from typing import Final, NamedTuple


class Department(NamedTuple):
    """A top category: what it is made of, what to say of it, and what lies in each shelf."""

    name: str
    code: str
    cheapest: int
    dearest: int
    qualities: tuple[str, ...]
    sentences: tuple[str, ...]
    shelves: dict[str, tuple[str, ...]]


DEPARTMENTS: Final = (
    Department(
        "Furniture", "FUR", 39, 890,
        ("Oak", "Walnut", "Ash", "Birch", "Pine", "Cherry", "White-oiled", "Black-stained"),
        (
            "Solid wood, oiled by hand.",
            "Comes flat with everything needed to put it together.",
            "Made in a small workshop in Småland.",
            "The wood is certified and comes from managed forests.",
            "Scratches can be sanded out and oiled again.",
        ),
        {
            "Tables": ("dining table", "side table", "coffee table", "desk", "folding table"),
            "Chairs": ("chair", "armchair", "stool", "bench", "rocking chair"),
            "Shelves": ("bookcase", "wall shelf", "shelf unit", "plate rack", "shoe rack"),
            "Beds": ("bed frame", "day bed", "bedside table", "headboard", "bunk bed"),
            "Cabinets": ("sideboard", "wardrobe", "chest of drawers", "linen chest", "cabinet"),
        },
    ),
    Department(
        "Kitchen", "KIT", 6, 189,
        ("Cast-iron", "Copper", "Stoneware", "Enamel", "Steel", "Glazed", "Carbon-steel", "Beech"),
        (
            "Goes into the oven up to 250 °C.",
            "Suitable for every hob, induction too.",
            "Wash by hand and dry at once.",
            "Gets better with every year of use.",
            "The handle stays cool.",
        ),
        {
            "Pots": ("saucepan", "casserole", "stockpot", "milk pan", "steamer"),
            "Pans": ("frying pan", "wok", "crêpe pan", "grill pan", "roasting tin"),
            "Tableware": ("dinner plate", "bowl", "mug", "serving dish", "jug"),
            "Knives": ("bread knife", "chef's knife", "paring knife", "cleaver", "carving set"),
            "Baking": ("loaf tin", "cake ring", "baking sheet", "mixing bowl", "rolling pin"),
        },
    ),
    Department(
        "Garden", "GAR", 5, 249,
        ("Galvanised", "Teak", "Terracotta", "Forged", "Willow", "Slate", "Weathered", "Green"),
        (
            "Stays outside all year round.",
            "Light enough to carry with one hand.",
            "Every part can be ordered singly.",
            "Tested for three summers in an allotment garden.",
            "Drains by itself, so that frost does no harm.",
        ),
        {
            "Planters": ("planter", "window box", "herb trough", "hanging basket", "seed tray"),
            "Garden tools": ("spade", "rake", "hoe", "hand fork", "pruning saw"),
            "Watering": ("watering can", "rain barrel", "hose reel", "sprinkler", "rain gauge"),
            "Garden seats": ("garden bench", "deck chair", "garden stool", "swing", "lounger"),
            "Birds": ("nesting box", "bird bath", "bird feeder", "bird table", "insect hotel"),
        },
    ),
    Department(
        "Lighting", "LIG", 14, 329,
        ("Brass", "Opal", "Linen", "Smoked", "Paper", "Ribbed", "Matt", "Blown"),
        (
            "Takes one E27 bulb, which is not included.",
            "Dims from breakfast to bedtime.",
            "The cable is two metres long and covered with cotton.",
            "Gives a warm, even light without glare.",
            "CE marked; class II insulation.",
        ),
        {
            "Ceiling lamps": ("pendant", "ceiling lamp", "chandelier", "spotlight", "globe lamp"),
            "Table lamps": ("table lamp", "desk lamp", "reading lamp", "clip lamp", "night light"),
            "Floor lamps": ("floor lamp", "arc lamp", "uplighter", "tripod lamp", "corner lamp"),
            "Outdoor lamps": ("lantern", "wall lamp", "path light", "string light", "gate lamp"),
            "Candles": ("candlestick", "tealight holder", "candle tray", "wall sconce", "storm lamp"),
        },
    ),
    Department(
        "Textiles", "TEX", 8, 219,
        ("Linen", "Wool", "Cotton", "Washed", "Woven", "Quilted", "Undyed", "Striped"),
        (
            "Washes at 60 °C.",
            "Woven in Portugal on looms from 1962.",
            "Softer after every wash.",
            "Free of harmful substances, tested every year.",
            "Hang it up wet and it needs no iron.",
        ),
        {
            "Blankets": ("blanket", "throw", "plaid", "picnic rug", "baby blanket"),
            "Bed linen": ("duvet cover", "pillowcase", "fitted sheet", "bedspread", "bolster"),
            "Towels": ("bath towel", "hand towel", "tea towel", "bath mat", "face cloth"),
            "Cushions": ("cushion", "floor cushion", "seat pad", "neck roll", "pouffe"),
            "Curtains": ("curtain", "roman blind", "café curtain", "door curtain", "voile"),
        },
    ),
    Department(
        "Stationery", "STA", 2, 79,
        ("Ruled", "Plain", "Dotted", "Leather", "Cloth-bound", "Recycled", "Brass", "Cedar"),
        (
            "Paper of 100 g that ink does not bleed through.",
            "Opens flat on every page.",
            "Sewn, not glued.",
            "Refills are kept in stock.",
            "Fits into a coat pocket.",
        ),
        {
            "Notebooks": ("notebook", "sketchbook", "pocket diary", "logbook", "music book"),
            "Pens": ("fountain pen", "pencil set", "ballpoint", "brush pen", "drawing pen"),
            "Paper": ("writing paper", "envelope set", "postcard set", "wrapping paper", "card box"),
            "Desk": ("pen tray", "letter rack", "paperweight", "desk pad", "tape holder"),
            "Calendars": ("wall calendar", "year planner", "desk calendar", "week pad", "almanac"),
        },
    ),
    Department(
        "Outdoors", "OUT", 9, 449,
        ("Light", "Waxed", "Ripstop", "Merino", "Titanium", "Canvas", "Folding", "Padded"),
        (
            "Weighs less than it looks.",
            "Repaired free of charge for ten years.",
            "Keeps dry through a day of rain.",
            "Packs down to the size of a loaf.",
            "Made for Scottish weather, tried there.",
        ),
        {
            "Rucksacks": ("day pack", "rucksack", "roll-top bag", "hip bag", "trekking pack"),
            "Tents": ("tent", "tarp", "bivouac bag", "groundsheet", "awning"),
            "Sleeping": ("sleeping bag", "sleeping mat", "hammock", "liner", "camp pillow"),
            "Camp kitchen": ("camp stove", "pot set", "flask", "mess tin", "spork set"),
            "Rainwear": ("rain jacket", "poncho", "rain trousers", "gaiters", "umbrella"),
        },
    ),
    Department(
        "Workshop", "WOR", 4, 379,
        ("Steel", "Beech", "Forged", "Heavy", "Fine", "Cordless", "Adjustable", "Compact"),
        (
            "Hardened and ground, sharp from the first day.",
            "Spare parts are available for twenty years.",
            "Lies well in the hand.",
            "Comes in a box that keeps it from rust.",
            "The tool our own carpenter uses.",
        ),
        {
            "Hand tools": ("hammer", "chisel set", "block plane", "handsaw", "screwdriver set"),
            "Measuring": ("folding rule", "spirit level", "try square", "calliper", "marking gauge"),
            "Clamps": ("bar clamp", "bench vice", "spring clamp", "corner clamp", "hold-down"),
            "Power tools": ("drill", "sander", "jigsaw", "router", "heat gun"),
            "Storage": ("tool box", "tool roll", "parts tray", "wall hooks", "work apron"),
        },
    ),
)  # fmt: skip

SERIES: Final = (
    "Alma", "Birka", "Clara", "Dagny", "Edda", "Freja", "Greta", "Hedda", "Ingrid", "Juno",
    "Kaja", "Linnea", "Maja", "Nora", "Olga", "Petra", "Runa", "Signe", "Tove", "Ylva",
)  # fmt: skip

TAGS: Final = (
    "bestseller", "new", "handmade", "organic", "recycled", "vegan", "small-batch", "gift",
    "made-to-order", "repairable", "space-saving", "for-children", "waterproof", "fair-trade",
    "limited", "clearance", "classic", "outdoor", "set", "award-winning", "lightweight",
    "plastic-free", "local", "premium",
)  # fmt: skip

FIRST_NAMES: Final = (
    "Anna", "Ben", "Chiara", "David", "Elif", "Femke", "Giulia", "Hugo", "Ines", "Jonas",
    "Katarzyna", "Liam", "Marta", "Nadia", "Oscar", "Priya", "Quentin", "Rosa", "Stefan", "Tomoko",
    "Ursula", "Viktor", "Wanda", "Xavier", "Yusuf", "Zoë", "Åsa", "Björn", "Célia", "José",
    "Łukasz", "Mei", "Noël", "Oluwaseun", "Pilar", "Renée", "Søren", "Thảo", "Umut", "Vera",
)  # fmt: skip

LAST_NAMES: Final = (
    "Andersson", "Bakker", "Costa", "Dubois", "Eriksen", "Fischer", "García", "Horváth", "Ivanova",
    "Jansen", "Kowalski", "Lindberg", "Moreau", "Novak", "O'Brien", "Papadopoulos", "Quist",
    "Rossi", "Schmidt", "Tanaka", "Ulrich", "Vidal", "Weber", "Yılmaz", "Zhang", "Ågren", "Brown",
    "Çelik", "Díaz", "Evans", "Fontaine", "Gruber", "Haddad", "Ito", "Jović", "Keller", "Lefèvre",
    "Murphy", "Nguyễn", "Okafor", "Petrov", "Ribeiro", "Sharma", "Taylor", "Visser", "Wójcik", "Ødegård",
)  # fmt: skip

STREETS: Final = (
    "Mill Lane", "Station Road", "Lindenstraße", "Rue des Écoles", "Calle Mayor", "Via Roma",
    "Storgatan", "Kerkstraat", "Bahnhofstraße", "Avenue Victor Hugo", "Church Street", "Ulica Długa",
    "Parkveien", "Rua Augusta", "Gartenweg", "High Street", "Nørregade", "Kauppakatu", "Hauptplatz",
    "Prinsengracht",
)  # fmt: skip

CITIES: Final = (
    ("Stockholm", "111", "SE"), ("Göteborg", "411", "SE"), ("Oslo", "015", "NO"),
    ("Bergen", "500", "NO"), ("København", "210", "DK"), ("Aarhus", "800", "DK"),
    ("Helsinki", "001", "FI"), ("Berlin", "101", "DE"), ("Hamburg", "200", "DE"),
    ("München", "803", "DE"), ("Köln", "506", "DE"), ("Amsterdam", "101", "NL"),
    ("Utrecht", "351", "NL"), ("Antwerpen", "200", "BE"), ("Paris", "750", "FR"),
    ("Lyon", "690", "FR"), ("Nantes", "440", "FR"), ("Madrid", "280", "ES"),
    ("Sevilla", "410", "ES"), ("Lisboa", "110", "PT"), ("Porto", "400", "PT"),
    ("Milano", "201", "IT"), ("Bologna", "401", "IT"), ("Wien", "101", "AT"),
    ("Graz", "801", "AT"), ("Zürich", "800", "CH"), ("Kraków", "300", "PL"),
    ("Gdańsk", "800", "PL"), ("Dublin", "D02", "IE"), ("Edinburgh", "EH1", "GB"),
    ("Bristol", "BS1", "GB"), ("London", "N16", "GB"),
)  # fmt: skip

OPINIONS: Final = (
    (5, "Exactly as described", "Arrived two days early and well packed. I would buy it again."),
    (5, "Even better in real life", "The photographs do not do it justice."),
    (5, "A gift that was kept", "My sister has not stopped talking about it."),
    (5, "Built to last", "You feel it when you lift it. Nothing rattles."),
    (5, "Second one in this house", "The first is ten years old and still in daily use."),
    (4, "Good, with one wish", "I would have liked it a little larger. Otherwise perfect."),
    (4, "Solid", "Does what it should. Took longer to arrive than promised."),
    (4, "Pleased", "The colour is slightly darker than on the screen."),
    (4, "Well made", "One screw was missing; it came by post within two days."),
    (3, "All right", "Not bad, not special. The price is fair."),
    (3, "Mixed feelings", "Beautiful, but the instructions could be clearer."),
    (3, "Does the job", "A plain thing for plain use."),
    (2, "Expected more", "The finish is rough at the back. I kept it for the cellar."),
    (2, "Too small for us", "My mistake in part: the size is hard to find on the page."),
    (1, "Arrived broken", "The parcel had been opened. The money came back at once, though."),
    (1, "Not for me", "It wobbles, whatever I do. Sent back."),
)  # fmt: skip
