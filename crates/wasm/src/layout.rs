//! The description of everything that crosses the boundary, one line each, for the test of the TypeScript side.

use crate::{blocks, chains, command, contracts, mathematics, model, record, surfaces, OUTCOMES};

/// Names behind the numbers that columns and records hold.
const NAMES: &[(&str, &[&str])] = &[
    ("kind", &["spot", "perp", "future", "option"]),
    ("payoff", &["linear", "inverse"]),
    ("option", &["call", "put"]),
    ("unit", &["quote", "settlement"]),
    ("form", model::TABLE_FORMS),
    (
        "band",
        &["healthy", "warning", "reduce-only", "liquidatable", "insolvent"],
    ),
    (
        "status",
        &["ok", "stale", "expired", "no-vol", "missing-price", "out-of-range"],
    ),
    (
        "leverageState",
        &["none", "finite", "liquidatable", "insolvent", "unknown"],
    ),
    ("rule", &["hyperliquid-2023", "hyperliquid", "binance-usdm"]),
    (
        "none",
        &[
            "no-exposure",
            "missing-price",
            "safe-at-every-price",
            "liquidatable-at-every-price",
        ],
    ),
    ("mathPart", mathematics::PARTS),
    ("chainPart", chains::PARTS),
    ("mathFigure", mathematics::FIGURES),
    ("mathInput", mathematics::INPUTS),
    ("mathModel", mathematics::MODELS),
    ("mathFunction", mathematics::FUNCTIONS),
    ("volSource", &["none", "own", "surface"]),
    ("stickiness", surfaces::STICKINESS),
    ("contract", contracts::CONTRACTS),
    ("contractFigure", contracts::FIRST_ORDER),
    ("touchFigure", contracts::PROBABILITY),
    ("doubleFigure", contracts::DOUBLE),
    (
        "americanStatus",
        &[
            "ok",
            "invalid-input",
            "kink",
            "out-of-range",
            "two-boundaries",
            "unresolved",
        ],
    ),
    (
        "volStatus",
        &["ok", "below-intrinsic", "above-bound", "expired", "non-finite-input"],
    ),
    ("mathStatus", &["ok", "invalid-input", "kink", "out-of-range"]),
    (
        "tickStatus",
        &[
            "applied",
            "rejected-price",
            "rejected-time",
            "rejected-vol",
            "rejected-settled",
            "rejected-handle",
        ],
    ),
];

/// Bytes that the description may take.
const CAPACITY: usize = 1 << 14;

/// Text that is put together while this is compiled.
struct Text {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl Text {
    const fn word(mut self, word: &str) -> Self {
        let mut at = 0;
        while at < word.len() {
            self.bytes[self.length] = word.as_bytes()[at];
            self.length += 1;
            at += 1;
        }
        self
    }

    /// A line for each name with its items.
    const fn lines(mut self, kind: &str, list: &[(&str, &[&str])]) -> Self {
        let mut row = 0;
        while row < list.len() {
            let (name, items) = list[row];
            self = self.word(kind).word(" ").word(name);
            let mut item = 0;
            while item < items.len() {
                self = self.word(" ").word(items[item]);
                item += 1;
            }
            self = self.word("\n");
            row += 1;
        }
        self
    }
}

/// One line per outcome, block, command, record and list of names; an argument is two words, its name and its type.
const DESCRIPTION: Text = Text {
    bytes: [0; CAPACITY],
    length: 0,
}
.lines("outcome", OUTCOMES)
.lines("block", blocks::BLOCKS)
.lines("command", command::COMMANDS)
.lines("record", record::RECORDS)
.lines("names", NAMES);

/// The description as a custom section of the module. No instance has it in its memory, and what is published goes without.
#[allow(unsafe_code)] // SAFETY: a custom section of a name that is ours alone
#[allow(dead_code)] // read from the module's file
#[link_section = "plimsoll-layout"]
static SECTION: [u8; DESCRIPTION.length] = match DESCRIPTION.bytes.first_chunk() {
    Some(bytes) => *bytes,
    None => unreachable!(),
};
