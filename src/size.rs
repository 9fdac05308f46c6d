//! Sizes of files as people read and write them: `172.4 KiB`, `1G`.

use std::fmt;
use std::str::FromStr;

use crate::protocol::plain_number;

/// A number of bytes. Displays as `5 B`, `172.4 KiB`, `1.0 GiB`; parses from `5`, `64K`, `10M`,
/// `1G` (times 1024).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut value = self.0 as f64;
        if self.0 < 1024 {
            return write!(f, "{} B", self.0);
        }
        let mut unit = "";
        for larger in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
            // 1023.95 KiB would show as 1024.0 KiB.
            if value < 1023.95 {
                break;
            }
            value /= 1024.0;
            unit = larger;
        }
        write!(f, "{value:.1} {unit}")
    }
}

impl FromStr for ByteSize {
    type Err = ();

    fn from_str(text: &str) -> Result<ByteSize, ()> {
        let (digits, factor) = match text.char_indices().last() {
            Some((at, 'K' | 'k')) => (&text[..at], 1 << 10),
            Some((at, 'M' | 'm')) => (&text[..at], 1 << 20),
            Some((at, 'G' | 'g')) => (&text[..at], 1 << 30),
            _ => (text, 1),
        };
        let number: u64 = plain_number(digits).ok_or(())?;
        number.checked_mul(factor).map(ByteSize).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_shown_in_the_largest_unit_that_it_fills() {
        let shown = |bytes| ByteSize(bytes).to_string();
        assert_eq!(shown(0), "0 B");
        assert_eq!(shown(1023), "1023 B");
        assert_eq!(shown(1024), "1.0 KiB");
        assert_eq!(shown(176_538), "172.4 KiB");
        assert_eq!(shown((1 << 20) - 1), "1.0 MiB");
        assert_eq!(shown(1 << 30), "1.0 GiB");
        assert_eq!(shown(u64::MAX), "16.0 EiB");
    }

    #[test]
    fn a_size_is_written_with_a_suffix_or_without() {
        assert_eq!("5".parse(), Ok(ByteSize(5)));
        assert_eq!("64K".parse(), Ok(ByteSize(65536)));
        assert_eq!("10m".parse(), Ok(ByteSize(10 << 20)));
        assert_eq!("1G".parse(), Ok(ByteSize(1 << 30)));
        for bad in ["", "K", "+5", "-1", "1.5G", "1 G", "1T", "99999999999G", "é"] {
            assert_eq!(bad.parse::<ByteSize>(), Err(()), "{bad:?}");
        }
    }
}
