//! The forward that calls and puts of one strike imply.

use alloc::vec::Vec;

/// Bid and ask of the call and the put of one strike.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ParityQuote {
    /// Strike, quote per unit.
    pub strike: f64,
    /// Bid and ask of the call: quote, or coin for coin-settled options.
    pub call: [f64; 2],
    /// Bid and ask of the put, in the same unit.
    pub put: [f64; 2],
}

/// Forward price by put–call parity, C − P = D·(F − K), or in coin, where a price is a share of the forward,
/// c − p = D·(1 − K/F): the median over that half of the strikes whose spreads leave their own answers the least room.
///
/// * `discount`: D, the value now of 1 paid at expiry
/// * strikes that are quoted one-sided or crossed do not count; `None` where none is left, or D is not finite and > 0
#[must_use]
pub fn forward_from_parity(quotes: &[ParityQuote], discount: f64, in_coin: bool) -> Option<f64> {
    if !(discount > 0.0 && discount < f64::INFINITY) {
        return None;
    }
    let forward = |strike: f64, difference: f64| {
        if in_coin {
            strike / (1.0 - difference / discount)
        } else {
            strike + difference / discount
        }
    };
    let answers: Vec<(f64, f64)> = quotes
        .iter()
        .filter_map(|quote| {
            let ([call_bid, call_ask], [put_bid, put_ask]) = (quote.call, quote.put);
            let is_two_sided = call_bid > 0.0 && put_bid > 0.0 && call_ask >= call_bid && put_ask >= put_bid;
            let low = forward(quote.strike, call_bid - put_ask);
            let high = forward(quote.strike, call_ask - put_bid);
            let middle = forward(quote.strike, 0.5 * (call_bid + call_ask - put_bid - put_ask));
            (is_two_sided && low > 0.0 && low <= high && middle > 0.0 && middle + high < f64::INFINITY)
                .then_some((high - low, middle))
        })
        .collect();
    let (widest, _) = middle(&answers, |&(width, _)| width)?;
    let narrow: Vec<(f64, f64)> = answers.into_iter().filter(|&(width, _)| width <= widest).collect();
    middle(&narrow, |&(_, forward)| forward).map(|(_, forward)| forward)
}

/// The answer in the middle by a key, of an even count the lower of two; `None` of none. By counting, which is quick for the
/// strikes of one expiry and needs no sort, whose code would be larger than all of this.
fn middle(answers: &[(f64, f64)], key: impl Fn(&(f64, f64)) -> f64) -> Option<(f64, f64)> {
    let place = answers.len().checked_sub(1)? / 2;
    let in_middle = |answer: &&(f64, f64)| {
        let below = answers.iter().filter(|other| key(other) < key(answer)).count();
        let equal = answers.iter().filter(|other| key(other) == key(answer)).count();
        below <= place && place < below + equal
    };
    answers.iter().find(in_middle).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::black::{forward, OptionType};

    fn quoted(forward_price: f64, rate: f64, in_coin: bool) -> Vec<ParityQuote> {
        (6..15)
            .map(|i| {
                let strike = 10.0 * f64::from(i);
                let unit = if in_coin { forward_price } else { 1.0 };
                let value = |option| forward(option, forward_price, strike, 0.5, rate, 0.6).0.price / unit;
                let around = |price: f64| [price * 0.98, price * 1.02];
                ParityQuote {
                    strike,
                    call: around(value(OptionType::Call)),
                    put: around(value(OptionType::Put)),
                }
            })
            .collect()
    }

    #[test]
    fn the_forward_of_model_prices_is_found() {
        for in_coin in [false, true] {
            let quotes = quoted(103.0, 0.04, in_coin);
            let discount = (-0.02_f64).exp();
            let found = forward_from_parity(&quotes, discount, in_coin).expect("two-sided");
            assert!((found - 103.0).abs() < 1e-10, "{found}");
        }
    }

    #[test]
    fn an_outlier_and_one_sided_strikes_do_not_move_it() {
        let mut quotes = quoted(103.0, 0.0, false);
        quotes[0].call = [90.0, 90.1];
        quotes[1].put[0] = 0.0;
        quotes[2].call = [5.0, 4.0];
        let found = forward_from_parity(&quotes, 1.0, false).expect("two-sided");
        assert!((found - 103.0).abs() < 1e-10, "{found}");
    }

    #[test]
    fn without_a_two_sided_strike_or_a_discount_there_is_none() {
        assert_eq!(forward_from_parity(&[], 1.0, false), None);
        // Without spreads a discount of the wrong sign would give 97.
        let quote = ParityQuote {
            strike: 100.0,
            call: [8.0; 2],
            put: [5.0; 2],
        };
        assert_eq!(forward_from_parity(&[quote], 1.0, false), Some(103.0));
        for discount in [-1.0, 0.0, f64::INFINITY, f64::NAN] {
            for in_coin in [false, true] {
                assert_eq!(forward_from_parity(&[quote], discount, in_coin), None, "{discount}");
            }
        }
    }

    /// A strike whose own answer is 100 + `above`, with so much room on either side.
    fn told(above: f64, room: f64) -> ParityQuote {
        ParityQuote {
            strike: 100.0,
            call: [10.0 + above - room, 10.0 + above + room],
            put: [10.0; 2],
        }
    }

    #[test]
    fn it_is_the_median_of_the_half_with_the_least_room() {
        let quotes = [
            told(5.0, 5.0),
            told(1.0, 1.0),
            told(3.0, 3.0),
            told(2.0, 2.0),
            told(4.0, 4.0),
        ];
        // widths up to the third: 101, 102 and 103
        assert_eq!(forward_from_parity(&quotes, 1.0, false), Some(102.0));
        // of four up to the second: of 101 and 102 the lower
        assert_eq!(forward_from_parity(&quotes[1..], 1.0, false), Some(101.0));
    }

    #[test]
    fn a_strike_that_is_one_sided_or_crossed_or_tells_no_forward_does_not_count() {
        let quote = told(3.0, 0.5);
        assert_eq!(forward_from_parity(&[quote], 1.0, false), Some(103.0));
        let (call, put) = (quote.call, quote.put);
        for (call, put) in [
            ([0.0, 13.5], put),
            (call, [0.0, 10.0]),
            ([13.5, 12.5], put),
            (call, [10.0, 9.0]),
            // between −2 and 120
            ([1.0, 30.0], [10.0, 103.0]),
        ] {
            assert_eq!(
                forward_from_parity(&[ParityQuote { call, put, ..quote }], 1.0, false),
                None
            );
        }
        // 100/(1 − 1) at the ask
        let (call, put) = ([0.5, 1.25], [0.25, 0.25]);
        assert_eq!(
            forward_from_parity(&[ParityQuote { call, put, ..quote }], 1.0, true),
            None
        );
    }
}
