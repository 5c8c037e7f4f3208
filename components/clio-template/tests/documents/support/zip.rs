//! A zip file of these members, deflated.

/// Writes one.
pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for (name, data) in members {
        let deflated = miniz_oxide::deflate::compress_to_vec(data, 6);
        let at = u32::try_from(out.len()).unwrap();
        let mut common = vec![0x14, 0, 0, 0, 8, 0, 0, 0, 0x21, 0];
        common.extend(rawzip::crc32(data).to_le_bytes());
        common.extend(u32::try_from(deflated.len()).unwrap().to_le_bytes());
        common.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        common.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend([0, 0]);
        out.extend(name.as_bytes());
        out.extend(deflated);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(common);
        directory.extend([0; 12]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (at, count) = (
        u32::try_from(out.len()).unwrap(),
        u16::try_from(members.len()).unwrap(),
    );
    let length = u32::try_from(directory.len()).unwrap();
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0, 0]);
    out
}
