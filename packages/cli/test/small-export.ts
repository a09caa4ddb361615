const TRADES_HEADER = "time,user,coin,side,px,sz,crossed\n";

/**
 * A market of one coin in nine rows, so small that every figure can be worked out by hand.
 *
 * alice deposits 10 and buys 1 at 100; at 92 she has 10 − 8 = 2 against a requirement of 0.92; in the second 10:20:00 the price goes to 90.5
 * and she sells at 90, her bankruptcy price: 10 − 10 = 0. carol has no ledger row and buys 1 at 100: equity 0. dave deposits 3 and buys
 * 0.3 at 90; at 80 he is left with 0, after the last record.
 */
export const SMALL_EXPORT = {
  "trades.csv": `${TRADES_HEADER}2023-03-01T10:00:00Z,alice,BTC,Bid,100,1,true
2023-03-01T10:00:01Z,carol,BTC,Bid,100,1,true
2023-03-01T10:10:00Z,bob,BTC,Ask,92,0.5,true
2023-03-01T10:20:00Z,bob,BTC,Ask,90.5,0.5,true
2023-03-01T10:20:00Z,alice,BTC,Ask,90,1,false
2023-03-01T10:30:00Z,dave,BTC,Bid,90,0.3,true
2023-03-01T10:40:00Z,bob,BTC,Bid,80,0.1,true
`,
  "ledger.csv": `time,user,delta_usd
2023-03-01T09:00:00Z,alice,10
2023-03-01T09:00:00Z,bob,1000
2023-03-01T09:00:00Z,dave,3
`,
  "liquidations-all.csv": `time,user,liquidated_ntl_pos,liquidated_account_value,leverage_type
2023-03-01T10:20:00Z,alice,90.7,0.7,Cross
`,
};

/** Two rows of the 2021 form and one that is malformed; published figures are those of the rows' own exchange. */
export const SMALL_TICKERS = `instrument_name,timestamp,underlying_price,index_price,mark_price,mark_iv,greeks_delta,greeks_gamma,greeks_vega,greeks_theta,greeks_rho
BTC-26MAR21-48000-C,1613068630297,48500,47800,0.09,95.5,0.57,0.00002,,-80,
BTC-26MAR21-48000-P,1613068630297,48500,47800,0.08,95.5,-0.43,0.00002,,-80,
BTC-99MAR21-48000-P,1613068630297,48500,47800,0.08,95.5,-0.43,0.00002,60,-80,10
`;

/** One row of the 2026 form. */
export const SMALL_SNAPSHOT = `timestamp,instrument_name,currency,option_type,strike,expiry_datetime,underlying,index_price,mark_price,implied_volatility,delta,vega
2026-06-30T17:15:07.640896+00:00,BTC-10JUL26-60000-C,BTC,call,60000,2026-07-10T08:00:00+00:00,58373,58339,0.02,0.55,0.41,37
`;
