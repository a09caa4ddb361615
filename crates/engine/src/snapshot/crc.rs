//! CRC-32 of ISO 3309 and zlib, whose polynomial is x³² + x²⁶ + x²³ + x²² + x¹⁶ + x¹² + x¹¹ + x¹⁰ + x⁸ + x⁷ + x⁵ + x⁴ + x² + x + 1.
//!
//! Of the small well-known checksums it is the one that promises something: no error within 32 neighbouring bits goes unseen,
//! and any tool can check it (`zlib.crc32`). It is no defence against who forges a snapshot on purpose.

/// The polynomial, lowest power in the highest bit.
const POLYNOMIAL: u32 = 0xEDB8_8320;
/// Bytes that one turn of the loop takes in.
const STRIDE: usize = 8;

/// Per place in a stride, what each byte there adds to the checksum ("slicing by eight", Kounavis and Berry 2005).
fn tables() -> [[u32; 256]; STRIDE] {
    let mut tables = [[0_u32; 256]; STRIDE];
    for (crc, byte) in tables[0].iter_mut().zip(0_u32..) {
        *crc = byte;
        for _ in 0..8 {
            *crc = (*crc >> 1) ^ (POLYNOMIAL & (*crc & 1).wrapping_neg());
        }
    }
    for place in 1..STRIDE {
        for byte in 0..256 {
            let before = tables[place - 1][byte];
            tables[place][byte] = (before >> 8) ^ tables[0][(before & 0xFF) as usize];
        }
    }
    tables
}

/// The checksum of the parts, one after the other.
pub(crate) fn crc32(parts: &[&[u8]]) -> u32 {
    let tables = tables();
    let mut crc = u32::MAX;
    for part in parts {
        let mut strides = part.chunks_exact(STRIDE);
        for stride in &mut strides {
            let mut bytes = [0; STRIDE];
            bytes.copy_from_slice(stride);
            let word = u64::from_le_bytes(bytes) ^ u64::from(crc);
            crc = (0..STRIDE).fold(0, |sum, i| {
                sum ^ tables[STRIDE - 1 - i][(word >> (8 * i)) as usize & 0xFF]
            });
        }
        for &byte in strides.remainder() {
            crc = (crc >> 8) ^ tables[0][((crc ^ u32::from(byte)) & 0xFF) as usize];
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::crc32;

    #[test]
    fn check_value_of_the_standard() {
        // "check" of CRC-32/ISO-HDLC in Koopman's and Cook's catalogues
        assert_eq!(crc32(&[b"123456789"]), 0xCBF4_3926);
        assert_eq!(crc32(&[b"1234", b"", b"56789"]), 0xCBF4_3926);
        assert_eq!(crc32(&[]), 0);
    }
}
