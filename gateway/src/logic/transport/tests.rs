//! Which first bytes mean what.

use super::sniff::{Sniff, Sniffed};

#[test]
fn first_bytes_tell_as_soon_as_they_can() {
    for (bytes, after, kind) in [
        (b"GET /".as_slice(), 4, Sniffed::Ws),
        (b"GEX.", 3, Sniffed::Raw),
        (&[0x16, 3, 1, 0], 3, Sniffed::Tls),
        (&[0x16, 3, 0, 0], 3, Sniffed::Raw),
        (&[0x16, 4], 2, Sniffed::Raw),
        (&[5, 0, 0, 0], 1, Sniffed::Raw),
    ] {
        let mut sniff = Sniff::default();
        for (index, byte) in bytes.iter().enumerate().take(after) {
            assert_eq!(sniff.kind(), None, "{bytes:?} after {index}");
            assert_eq!(sniff.take(&[*byte]), 1);
        }
        assert_eq!(sniff.kind(), Some(kind), "{bytes:?}");
    }
}
