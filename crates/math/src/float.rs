//! Square root and rounding of a double, which `core` alone does not give.
//!
//! Each is one instruction, correctly rounded by IEEE 754, so that all hosts agree to the bit. Without the standard library,
//! as in WebAssembly, they are reached through vectors of two.

#[cfg(target_arch = "wasm32")]
use core::arch::wasm32::{
    f64x2_ceil, f64x2_extract_lane, f64x2_floor, f64x2_nearest, f64x2_splat, f64x2_sqrt, f64x2_trunc,
};

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident $vector:ident;)*) => {$(
        $(#[$doc])*
        #[inline(always)]
        #[must_use]
        pub fn $name(x: f64) -> f64 {
            #[cfg(target_arch = "wasm32")]
            return f64x2_extract_lane::<0>($vector(f64x2_splat(x)));
            #[cfg(not(target_arch = "wasm32"))]
            return x.$name();
        }
    )*};
}

functions! {
    /// √x; NaN below zero.
    sqrt f64x2_sqrt;
    /// The largest whole number ≤ x.
    floor f64x2_floor;
    /// The smallest whole number ≥ x.
    ceil f64x2_ceil;
    /// The whole number before the point.
    trunc f64x2_trunc;
    /// The nearest whole number, the even one of two.
    round_ties_even f64x2_nearest;
}
