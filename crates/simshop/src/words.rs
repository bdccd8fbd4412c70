//! The words of the invented shop: goods, people, opinions.
//!
//! Every name is made up of common parts; likeness to anybody is chance.

/// Choices a product comes in.
#[derive(Debug, Clone, Copy)]
pub enum Choices {
    /// One variant only.
    None,
    /// Colours at one price.
    Colours(&'static [&'static str]),
    /// Sizes with their share of the price, in percent.
    Sizes(&'static [(&'static str, i64)]),
}

/// A kind of goods.
pub struct Noun {
    /// As in titles.
    pub name: &'static str,
    /// Lowest and highest price in major units.
    pub price: (f64, f64),
    /// What choices it may come in.
    pub choices: Choices,
}

/// A category with its goods.
pub struct Category {
    /// As shown.
    pub name: &'static str,
    /// Two letters for SKUs.
    pub code: &'static str,
    /// What stands before the noun.
    pub styles: &'static [&'static str],
    /// The goods.
    pub nouns: &'static [Noun],
    /// Day of the year on which it sells best, and how strongly (log amplitude).
    pub season: (f64, f64),
    /// Categories (by index) that people buy with it.
    pub goes_with: &'static [usize],
}

const fn noun(name: &'static str, low: f64, high: f64, choices: Choices) -> Noun {
    Noun { name, price: (low, high), choices }
}

const GLAZES: Choices = Choices::Colours(&["sage", "oat", "ink blue", "terracotta"]);
const CLOTHS: Choices = Choices::Colours(&["natural", "indigo", "mustard", "rose"]);
const PAPERS: Choices = Choices::Colours(&["cream", "navy", "forest"]);
const WEIGHTS: Choices = Choices::Sizes(&[("100 g", 100), ("250 g", 225), ("500 g", 400)]);
const BURNS: Choices = Choices::Sizes(&[("small", 100), ("large", 180)]);
const POTS: Choices = Choices::Sizes(&[("12 cm", 100), ("18 cm", 150), ("24 cm", 210)]);
const ONE: Choices = Choices::None;

const PATTERNS: &[&str] = &[
    "Fern",
    "Harbour",
    "Swallow",
    "Hedgerow",
    "Orchard",
    "Saltmarsh",
    "Juniper",
    "Bramble",
    "Heron",
    "Clover",
    "Wren",
    "Meadow",
    "Pebble",
    "Thistle",
    "Foxglove",
    "Lantern",
];
const SCENTS: &[&str] = &[
    "Fig leaf",
    "Cedar and smoke",
    "Wild mint",
    "Winter orange",
    "Rose garden",
    "Sea salt",
    "Beeswax",
    "Lavender field",
    "Black pepper",
    "Rain on slate",
    "Vanilla oat",
    "Pine forest",
];

/// All categories. The order is part of what a seed means.
pub const CATEGORIES: &[Category] = &[
    Category {
        name: "Tea",
        code: "TE",
        styles: &[
            "Assam",
            "Darjeeling first flush",
            "Earl Grey",
            "Jasmine pearl",
            "Moroccan mint",
            "Sencha",
            "Smoky lapsang",
            "Rooibos orange",
            "English breakfast",
            "Camomile honey",
            "Ginger and lemon",
            "White peony",
            "Milk oolong",
            "Masala chai",
        ],
        nouns: &[
            noun("loose leaf tea", 5.0, 14.0, WEIGHTS),
            noun("tea bags, box of 20", 3.5, 7.0, ONE),
            noun("gift caddy", 9.0, 16.0, ONE),
            noun("tea sampler", 12.0, 22.0, ONE),
        ],
        season: (350.0, 0.35),
        goes_with: &[1, 2, 5],
    },
    Category {
        name: "Kitchen",
        code: "KI",
        styles: PATTERNS,
        nouns: &[
            noun("stoneware teapot", 28.0, 48.0, GLAZES),
            noun("stoneware mug", 9.0, 15.0, GLAZES),
            noun("enamel milk jug", 14.0, 22.0, ONE),
            noun("mixing bowl", 16.0, 32.0, GLAZES),
            noun("oak chopping board", 24.0, 45.0, ONE),
            noun("tea strainer", 5.0, 9.0, ONE),
            noun("cake tin", 12.0, 19.0, ONE),
            noun("espresso cups, set of 2", 16.0, 24.0, GLAZES),
        ],
        season: (345.0, 0.25),
        goes_with: &[0, 2, 7],
    },
    Category {
        name: "Table linen",
        code: "LI",
        styles: PATTERNS,
        nouns: &[
            noun("linen tea towel", 8.0, 13.0, CLOTHS),
            noun("table runner", 22.0, 36.0, CLOTHS),
            noun("napkins, set of 4", 18.0, 29.0, CLOTHS),
            noun("oven glove", 11.0, 17.0, ONE),
            noun("apron", 24.0, 35.0, CLOTHS),
        ],
        season: (340.0, 0.2),
        goes_with: &[1, 7],
    },
    Category {
        name: "Candles and scent",
        code: "CA",
        styles: SCENTS,
        nouns: &[
            noun("scented candle", 12.0, 26.0, BURNS),
            noun("reed diffuser", 18.0, 30.0, ONE),
            noun("incense sticks", 4.5, 8.0, ONE),
            noun("room spray", 11.0, 18.0, ONE),
        ],
        season: (335.0, 0.6),
        goes_with: &[6, 7],
    },
    Category {
        name: "Garden",
        code: "GA",
        styles: &[
            "Ash-handled",
            "Cottage",
            "Copper",
            "Heritage",
            "Galvanised",
            "Little",
            "Walled-garden",
            "Kew",
            "Potting-shed",
            "Rambler",
            "Allotment",
            "Woodland",
        ],
        nouns: &[
            noun("hand trowel", 11.0, 19.0, ONE),
            noun("plant pot", 8.0, 15.0, POTS),
            noun("watering can", 22.0, 42.0, Choices::Colours(&["green", "slate", "cream"])),
            noun("seed collection", 6.0, 12.0, ONE),
            noun("bird feeder", 14.0, 26.0, ONE),
            noun("garden twine, 50 m", 4.0, 7.0, ONE),
            noun(
                "gardening gloves",
                12.0,
                18.0,
                Choices::Sizes(&[("S", 100), ("M", 100), ("L", 100)]),
            ),
        ],
        season: (130.0, 0.9),
        goes_with: &[3, 7],
    },
    Category {
        name: "Stationery",
        code: "ST",
        styles: PATTERNS,
        nouns: &[
            noun("clothbound notebook", 9.0, 16.0, PAPERS),
            noun("greeting cards, pack of 6", 6.0, 10.0, ONE),
            noun("weekly planner", 12.0, 19.0, PAPERS),
            noun("wrapping paper, 3 sheets", 4.5, 8.0, ONE),
            noun("pencil set", 6.0, 11.0, ONE),
            noun("letter paper and envelopes", 11.0, 17.0, PAPERS),
            noun("wax seal kit", 14.0, 22.0, ONE),
        ],
        season: (345.0, 0.5),
        goes_with: &[0, 3, 9],
    },
    Category {
        name: "Bath",
        code: "BA",
        styles: SCENTS,
        nouns: &[
            noun("soap bar", 4.0, 7.5, ONE),
            noun("hand cream", 8.0, 14.0, ONE),
            noun("bath salts", 9.0, 16.0, WEIGHTS),
            noun("body oil", 14.0, 24.0, ONE),
        ],
        season: (345.0, 0.25),
        goes_with: &[3, 5],
    },
    Category {
        name: "Storage",
        code: "SO",
        styles: &[
            "Seagrass",
            "Willow",
            "Enamel",
            "Ribbed glass",
            "Oak",
            "Felt",
            "Rattan",
            "Tin",
            "Canvas",
            "Stackable",
            "Wire",
            "Birch",
        ],
        nouns: &[
            noun("basket", 16.0, 38.0, BURNS),
            noun("storage jar", 7.0, 14.0, ONE),
            noun("bread bin", 32.0, 49.0, Choices::Colours(&["cream", "slate"])),
            noun("letter tray", 18.0, 28.0, ONE),
            noun("hook rail", 19.0, 34.0, ONE),
        ],
        season: (25.0, 0.3),
        goes_with: &[1, 5, 4],
    },
    Category {
        name: "Decoration",
        code: "DE",
        styles: PATTERNS,
        nouns: &[
            noun("cushion cover", 18.0, 32.0, CLOTHS),
            noun("bud vase", 9.0, 16.0, GLAZES),
            noun("wool throw", 45.0, 89.0, CLOTHS),
            noun("paper star", 7.0, 14.0, ONE),
            noun(
                "framed print",
                22.0,
                48.0,
                Choices::Sizes(&[("A5", 100), ("A4", 140), ("A3", 210)]),
            ),
            noun("fairy lights", 12.0, 20.0, ONE),
        ],
        season: (340.0, 0.55),
        goes_with: &[3, 7, 2],
    },
    Category {
        name: "Toys",
        code: "TO",
        styles: &[
            "Little bear",
            "Wooden farm",
            "Rainbow",
            "Woodland",
            "Circus",
            "Sailing",
            "Sleepy fox",
            "Railway",
            "Moon and stars",
            "Hedgehog",
        ],
        nouns: &[
            noun("puzzle", 9.0, 18.0, ONE),
            noun("soft toy", 14.0, 26.0, ONE),
            noun("stacking blocks", 16.0, 28.0, ONE),
            noun("colouring book", 5.0, 9.0, ONE),
            noun("memory game", 10.0, 16.0, ONE),
        ],
        season: (343.0, 0.75),
        goes_with: &[5, 8],
    },
];

/// First names.
pub const FIRST_NAMES: &[&str] = &[
    "Amelia", "Aisha", "Alan", "Beatrix", "Bruno", "Caitlin", "Cedric", "Chidi", "Clara", "Dafydd",
    "Daniela", "Edith", "Eilidh", "Emeka", "Esme", "Farah", "Felix", "Fiona", "George", "Greta",
    "Hamish", "Hannah", "Imogen", "Ines", "Isaac", "Jasper", "Joan", "Kavita", "Kieran", "Lena",
    "Lewis", "Luca", "Mabel", "Maeve", "Marcus", "Mei", "Nadia", "Niamh", "Noah", "Olive", "Oscar",
    "Padma", "Percy", "Priya", "Quentin", "Rhys", "Rosa", "Rupert", "Sadie", "Samir", "Sofia",
    "Tariq", "Tess", "Theo", "Una", "Violet", "Walter", "Yasmin", "Yusuf", "Zofia",
];

/// Last names.
pub const LAST_NAMES: &[&str] = &[
    "Abbott",
    "Adeyemi",
    "Ashdown",
    "Barrow",
    "Bell",
    "Blackwood",
    "Byrne",
    "Calloway",
    "Chandra",
    "Clarke",
    "Cole",
    "Croft",
    "Dale",
    "Dunmore",
    "Ellery",
    "Farrow",
    "Fenwick",
    "Finch",
    "Fletcher",
    "Gallagher",
    "Garland",
    "Grove",
    "Hale",
    "Hartley",
    "Hollis",
    "Hughes",
    "Iqbal",
    "Jarvis",
    "Kaur",
    "Keane",
    "Langley",
    "Larkin",
    "Lindqvist",
    "Lowe",
    "Marsh",
    "Mistry",
    "Moreau",
    "Nair",
    "Norwood",
    "Oakley",
    "Okafor",
    "Osborne",
    "Parry",
    "Patel",
    "Penrose",
    "Quinn",
    "Ramsey",
    "Reeve",
    "Rowe",
    "Sato",
    "Shaw",
    "Silva",
    "Stanton",
    "Thorne",
    "Underhill",
    "Vance",
    "Walsh",
    "Whitlock",
    "Winslow",
    "Yates",
];

/// Country codes with their share of customers in percent.
pub const COUNTRIES: &[(&str, u32)] =
    &[("GB", 82), ("IE", 6), ("DE", 4), ("FR", 3), ("NL", 3), ("US", 2)];

/// What people write, by stars from 1 to 5.
pub const OPINIONS: [&[&str]; 5] = [
    &[
        "Arrived broken and feels cheap.",
        "Not at all like the picture. Sent it back.",
        "Fell apart within a week.",
        "Very disappointed.",
    ],
    &[
        "Smaller than I expected.",
        "The colour is not what the photo shows.",
        "Fine at first, but it did not last.",
        "Not worth the price.",
    ],
    &[
        "Does the job, nothing special.",
        "Nice enough, though delivery was slow.",
        "Good but a little dear.",
        "Pretty, but the finish could be better.",
    ],
    &[
        "Lovely thing, would buy again.",
        "Good quality and well packed.",
        "A gift that went down well.",
        "Just as described.",
    ],
    &[
        "Perfect. I use it every day.",
        "Beautifully made, I have already ordered another.",
        "My favourite purchase this year.",
        "Even nicer than in the picture.",
    ],
];
