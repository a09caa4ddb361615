//! The description of everything that crosses the boundary, one line each, for the test of the TypeScript side.

use crate::{blocks, command, mathematics, record, DONE, REFUSED, TICK_STATUS_BASE};

/// Names behind the numbers that columns and records hold.
const NAMES: &[(&str, &[&str])] = &[
    ("kind", &["spot", "perp", "future", "option"]),
    ("payoff", &["linear", "inverse"]),
    ("option", &["call", "put"]),
    ("unit", &["quote", "settlement"]),
    ("form", command::TABLE_FORMS),
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
    ("mathInput", mathematics::INPUTS),
    ("mathModel", mathematics::MODELS),
    ("mathFunction", mathematics::FUNCTIONS),
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

/// One line per outcome, block, command, record and list of names.
pub(crate) fn describe() -> String {
    let mut text = format!(
        "outcome done:{DONE} refused:{REFUSED} tick:{TICK_STATUS_BASE} mathRows:{}\n",
        mathematics::ROWS
    );
    for (name, element) in blocks::BLOCKS {
        text += &format!("block {name}:{element}\n");
    }
    for (name, arguments) in command::describe() {
        text += &format!("command {name}");
        for (argument, kind) in arguments {
            text += &format!(" {}:{kind}", camel_case(argument));
        }
        text += "\n";
    }
    for (name, fields) in record::RECORDS {
        text += &format!("record {name} {}\n", fields.join(" "));
    }
    for (name, names) in NAMES {
        text += &format!("names {name} {}\n", names.join(" "));
    }
    text
}

fn camel_case(snake_case: &str) -> String {
    let mut words = snake_case.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_ascii_uppercase() + &word[1..])
}
