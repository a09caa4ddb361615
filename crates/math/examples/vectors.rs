//! Prints the digest of `plimsoll_math::self_check`; with any argument also the bits of every figure behind it, one
//! `label hex` per line, for comparison with another build.

use plimsoll_math::lane::Wide;
use plimsoll_math::self_check;

fn main() {
    if std::env::args().len() > 1 {
        self_check::for_each_bits::<Wide>(|label, bits| println!("{label} {bits:016x}"));
    }
    println!("{:016x}", self_check::digest());
}
