//! Writes the module as text, which works with any bundler, server and MIME type. js/unpack.js reads it.
//!
//! Each of the 91 most frequent bytes is one printable character; every other byte is two. Compressed with gzip, this
//! text is as small as the module itself, while base64 would be a quarter larger.

/// Printable ASCII without the quotation mark and the backslash.
const CHARACTERS: usize = 93;

/// The other two characters are the escapes.
const FREQUENT: usize = CHARACTERS - 2;

/// `module.js` for the bytes of a module.
pub(crate) fn pack(module: &[u8]) -> String {
    let mut counts = [0_usize; 256];
    for &byte in module {
        counts[usize::from(byte)] += 1;
    }
    let mut ranked: Vec<usize> = (0..256).collect();
    ranked.sort_by_key(|&byte| std::cmp::Reverse(counts[byte]));
    // In the order of the bytes, so that one bit for each byte is enough.
    let (mut frequent, mut rare) = (ranked[..FREQUENT].to_vec(), ranked[FREQUENT..].to_vec());
    frequent.sort_unstable();
    rare.sort_unstable();
    let mut codes = vec![String::new(); 256];
    for (number, &byte) in frequent.iter().enumerate() {
        codes[byte].push(character(number));
    }
    for (number, &byte) in rare.iter().enumerate() {
        codes[byte].push(character(FREQUENT + number / CHARACTERS));
        codes[byte].push(character(number % CHARACTERS));
    }
    let marks: String = (0..256_usize)
        .step_by(5)
        .map(|start| (0..5).filter(|bit| frequent.contains(&(start + bit))).map(|bit| 1 << bit).sum::<u8>())
        .map(|bits| char::from(b'(' + bits))
        .collect();
    let text: String = module.iter().map(|&byte| codes[usize::from(byte)].as_str()).collect();
    format!("export const marks = \"{marks}\";\nexport const text = \"{text}\";\n")
}

fn character(number: usize) -> char {
    let mut code = b' ' + u8::try_from(number).unwrap_or_default();
    for gap in *b"\"\\" {
        code += u8::from(code >= gap);
    }
    char::from(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_printable_and_needs_no_escape() {
        let characters: Vec<char> = (0..CHARACTERS).map(character).collect();
        assert!(characters.iter().all(|character| (' '..='~').contains(character) && !"\"\\".contains(*character)));
        assert_eq!(characters.iter().collect::<std::collections::BTreeSet<_>>().len(), CHARACTERS);
    }

    #[test]
    fn every_byte_has_a_place() {
        let module: Vec<u8> = (0..=255).collect();
        let packed = pack(&module);
        // 91 characters alone, and 165 pairs.
        assert_eq!(packed.lines().nth(1).map(str::len), Some("export const text = \"\";".len() + 91 + 2 * 165));
    }
}
