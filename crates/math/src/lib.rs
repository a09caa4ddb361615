//! Pure numerics of Plimsoll. Knows no account and no JavaScript.
